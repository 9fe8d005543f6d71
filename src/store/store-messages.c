/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <glib/gi18n-lib.h>

#define COLUMNS "SELECT id, request_id, sent, body_type, time, length (octets), note, remark FROM messages"

gint64
signet_store_add_message (SignetStore  *self,
                          gint64        request,
                          gboolean      sent,
                          const char   *body_type,
                          gint64        now,
                          GBytes       *octets,
                          GError      **error)
{
  gint64 id;

  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, 0);

  if (!signet_store_run (self, error,
                         "INSERT INTO messages (request_id, sent, body_type, time, octets) VALUES (?1, ?2, ?3, ?4, ?5)", "iisib",
                         request, (gint64) sent, body_type != NULL ? body_type : "?", now, octets))
    return 0;
  id = sqlite3_last_insert_rowid (self->db);
  signet_store_note_change (self, "message", id);
  signet_store_note_change (self, "request", request);

  return id;
}

gboolean
signet_store_set_message_note (SignetStore  *self,
                               gint64        id,
                               const char   *note,
                               GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  signet_store_note_change (self, "message", id);

  return signet_store_run (self, error, "UPDATE messages SET note = ?2 WHERE id = ?1", "is", id, note);
}

gboolean
signet_store_set_message_remark (SignetStore  *self,
                                 gint64        id,
                                 const char   *remark,
                                 GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  signet_store_note_change (self, "message", id);

  return signet_store_run (self, error, "UPDATE messages SET remark = ?2 WHERE id = ?1", "is", id, remark);
}

GBytes *
signet_store_get_message (SignetStore  *self,
                          gint64        id,
                          GError      **error)
{
  sqlite3_stmt *statement;
  GBytes *octets = NULL;
  int rc;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, "SELECT octets FROM messages WHERE id = ?1", "i", id);
  rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;
  if (rc == SQLITE_ROW)
    octets = signet_store_column_bytes (statement, 0);
  else if (rc == SQLITE_DONE)
    signet_store_not_found (error, _("message"), id);
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return octets;
}

static SignetMessageRecord *
read_row (sqlite3_stmt *statement)
{
  SignetMessageRecord *record = g_new0 (SignetMessageRecord, 1);

  record->id = sqlite3_column_int64 (statement, 0);
  record->request_id = sqlite3_column_int64 (statement, 1);
  record->sent = sqlite3_column_int (statement, 2) != 0;
  record->body_type = signet_store_column_text (statement, 3);
  record->time = sqlite3_column_int64 (statement, 4);
  record->size = sqlite3_column_int64 (statement, 5);
  record->note = signet_store_column_text (statement, 6);
  record->remark = signet_store_column_text (statement, 7);

  return record;
}

SignetMessageRecord *
signet_store_find_message (SignetStore  *self,
                           gint64        request,
                           GBytes       *octets,
                           GError      **error)
{
  sqlite3_stmt *statement;
  SignetMessageRecord *record = NULL;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error,
                                    COLUMNS " WHERE request_id = ?1 AND sent = 0 AND octets = ?2 ORDER BY id DESC", "ib",
                                    request, octets);
  if (statement != NULL && signet_store_step (self, statement, error) == SQLITE_ROW)
    record = read_row (statement);
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return record;
}

GPtrArray *
signet_store_list_messages (SignetStore  *self,
                            gint64        request,
                            GError      **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_message_record_free);
  sqlite3_stmt *statement;
  int rc = SQLITE_ERROR;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, COLUMNS " WHERE request_id = ?1 ORDER BY id", "i", request);
  while (statement != NULL && (rc = signet_store_step (self, statement, error)) == SQLITE_ROW)
    g_ptr_array_add (records, read_row (statement));
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return rc == SQLITE_DONE ? g_steal_pointer (&records) : NULL;
}
