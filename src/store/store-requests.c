/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <glib/gi18n-lib.h>

#define FIELDS                                                                                                         \
  "authority_id, key_id, certificate_id, name, purpose, subject, alt_names, key_spec, operation, offline, state,"       \
  " created, sent, received, confirmed, updated, next_check, retry_at, pending_body, authority_text,"                   \
  " authority_text_authentic, error_code, error_text, question, transaction_id"
#define COLUMNS "SELECT id, " FIELDS " FROM requests"
#define QUESTION_TYPE G_VARIANT_TYPE_VARDICT

static gboolean
write_row (SignetStore                *self,
           const SignetRequestRecord  *record,
           const char                 *sql,
           GError                    **error)
{
  g_autofree char *alt_names = signet_store_strv_to_text (record->alt_names);
  g_autofree char *question = record->question != NULL ? g_variant_print (record->question, TRUE) : NULL;

  return signet_store_run (self, error, sql, "iiissssssisiiiiiiississssi", record->authority_id, record->key_id,
                           record->certificate_id, record->name, record->purpose, record->subject, alt_names, record->key_spec,
                           record->operation, (gint64) record->offline, signet_request_state_name (record->state),
                           record->created, record->sent, record->received, record->confirmed, record->updated,
                           record->next_check, record->retry_at, record->pending_body, record->authority_text,
                           (gint64) record->authority_text_authentic, record->error_code, record->error_text, question,
                           record->transaction_id, record->id);
}

gint64
signet_store_add_request (SignetStore                *self,
                          const SignetRequestRecord  *record,
                          GError                    **error)
{
  gint64 id;

  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, 0);

  /* ?26 is the row's number, here left to SQLite. */
  if (!write_row (self, record,
                  "INSERT INTO requests (" FIELDS ", id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
                  " ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, nullif (?26, 0))",
                  error))
    return 0;
  id = sqlite3_last_insert_rowid (self->db);
  signet_store_note_change (self, "request", id);

  return id;
}

gboolean
signet_store_update_request (SignetStore                *self,
                             const SignetRequestRecord  *record,
                             GVariant                   *notes,
                             GError                    **error)
{
  g_autofree char *text = notes != NULL ? g_variant_print (notes, TRUE) : NULL;
  g_autofree char *typed
      = notes != NULL ? g_strdup_printf ("%s %s", g_variant_get_type_string (notes), text) : NULL;

  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  if (!write_row (self, record,
                  "UPDATE requests SET (" FIELDS ") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,"
                  " ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25) WHERE id = ?26",
                  error))
    return FALSE;
  if (sqlite3_changes (self->db) == 0)
    {
      signet_store_not_found (error, _("request"), record->id);
      return FALSE;
    }
  signet_store_note_change (self, "request", record->id);

  return signet_store_run (self, error, "UPDATE requests SET notes = ?2 WHERE id = ?1", "is", record->id, typed);
}

static SignetRequestRecord *
read_row (sqlite3_stmt  *statement,
          GError       **error)
{
  g_autoptr (SignetRequestRecord) record = g_new0 (SignetRequestRecord, 1);
  const char *state = (const char *) sqlite3_column_text (statement, 11);

  record->id = sqlite3_column_int64 (statement, 0);
  record->authority_id = sqlite3_column_int64 (statement, 1);
  record->key_id = sqlite3_column_int64 (statement, 2);
  record->certificate_id = sqlite3_column_int64 (statement, 3);
  record->name = signet_store_column_text (statement, 4);
  record->purpose = signet_store_column_text (statement, 5);
  record->subject = signet_store_column_text (statement, 6);
  record->alt_names = signet_store_column_strv (statement, 7);
  record->key_spec = signet_store_column_text (statement, 8);
  record->operation = signet_store_column_text (statement, 9);
  record->offline = sqlite3_column_int (statement, 10) != 0;
  record->created = sqlite3_column_int64 (statement, 12);
  record->sent = sqlite3_column_int64 (statement, 13);
  record->received = sqlite3_column_int64 (statement, 14);
  record->confirmed = sqlite3_column_int64 (statement, 15);
  record->updated = sqlite3_column_int64 (statement, 16);
  record->next_check = sqlite3_column_int64 (statement, 17);
  record->retry_at = sqlite3_column_int64 (statement, 18);
  record->pending_body = signet_store_column_text (statement, 19);
  record->authority_text = signet_store_column_text (statement, 20);
  record->authority_text_authentic = sqlite3_column_int (statement, 21) != 0;
  record->error_code = signet_store_column_text (statement, 22);
  record->error_text = signet_store_column_text (statement, 23);
  record->question = signet_store_column_variant (statement, 24, QUESTION_TYPE);
  record->transaction_id = signet_store_column_text (statement, 25);
  if (state == NULL || !signet_request_state_from_name (state, &record->state))
    {
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_CORRUPT,
                   _("The request %" G_GINT64_FORMAT " is in a state that this Signet does not know."), record->id);
      return NULL;
    }

  return g_steal_pointer (&record);
}

SignetRequestRecord *
signet_store_get_request (SignetStore  *self,
                          gint64        id,
                          GError      **error)
{
  sqlite3_stmt *statement;
  SignetRequestRecord *record = NULL;
  int rc;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, COLUMNS " WHERE id = ?1", "i", id);
  rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;
  if (rc == SQLITE_ROW)
    record = read_row (statement, error);
  else if (rc == SQLITE_DONE)
    signet_store_not_found (error, _("request"), id);
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return record;
}

gboolean
signet_store_get_request_notes (SignetStore  *self,
                                gint64        id,
                                GVariant    **notes,
                                GError      **error)
{
  sqlite3_stmt *statement;
  int rc;

  g_return_val_if_fail (SIGNET_IS_STORE (self), FALSE);

  *notes = NULL;
  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, "SELECT notes FROM requests WHERE id = ?1", "i", id);
  rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;
  if (rc == SQLITE_ROW && sqlite3_column_text (statement, 0) != NULL)
    {
      g_auto (GStrv) parts = g_strsplit ((const char *) sqlite3_column_text (statement, 0), " ", 2);

      if (parts[1] != NULL && g_variant_type_string_is_valid (parts[0]))
        *notes = g_variant_parse (G_VARIANT_TYPE (parts[0]), parts[1], NULL, NULL, NULL);
    }
  else if (rc == SQLITE_DONE)
    signet_store_not_found (error, _("request"), id);
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return rc == SQLITE_ROW;
}

GPtrArray *
signet_store_list_requests (SignetStore  *self,
                            GError      **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_request_record_free);
  sqlite3_stmt *statement;
  int rc = SQLITE_ERROR;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, COLUMNS " ORDER BY id DESC", "");
  while (statement != NULL && (rc = signet_store_step (self, statement, error)) == SQLITE_ROW)
    {
      SignetRequestRecord *record = read_row (statement, error);

      if (record == NULL)
        {
          rc = SQLITE_ERROR;
          break;
        }
      g_ptr_array_add (records, record);
    }
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return rc == SQLITE_DONE ? g_steal_pointer (&records) : NULL;
}

gint64
signet_store_find_request (SignetStore  *self,
                           const char   *transaction_id,
                           GError      **error)
{
  sqlite3_stmt *statement;
  gint64 id = 0;

  g_return_val_if_fail (SIGNET_IS_STORE (self), 0);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, "SELECT id FROM requests WHERE transaction_id = ?1 ORDER BY id DESC", "s",
                                    transaction_id);
  if (statement != NULL && signet_store_step (self, statement, error) == SQLITE_ROW)
    id = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return id;
}

/* The sealed part is written even where there is nothing to hide: it is what authenticates the public part. */
gboolean
signet_store_set_transaction (SignetStore   *self,
                              gint64         request,
                              GBytes        *public_part,
                              SignetSecret  *sealed_part,
                              GError       **error)
{
  g_autofree char *row = g_strdup_printf ("%" G_GINT64_FORMAT, request);
  g_autoptr (SignetSecret) nothing = signet_secret_new ("", 0);
  g_autoptr (GBytes) sealed = NULL;

  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  sealed = signet_store_seal (self, "transaction", row, public_part, sealed_part != NULL ? sealed_part : nothing, error);

  return sealed != NULL
         && signet_store_run (self, error,
                              "UPDATE requests SET transaction_public = ?2, transaction_sealed = ?3 WHERE id = ?1", "ibb",
                              request, public_part, sealed);
}

gboolean
signet_store_get_transaction (SignetStore    *self,
                              gint64          request,
                              GBytes        **public_part,
                              SignetSecret  **sealed_part,
                              GError        **error)
{
  g_autofree char *row = g_strdup_printf ("%" G_GINT64_FORMAT, request);
  g_autoptr (GBytes) public_octets = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (SignetSecret) secret = NULL;
  sqlite3_stmt *statement;
  int rc;

  g_return_val_if_fail (SIGNET_IS_STORE (self), FALSE);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error,
                                    "SELECT transaction_public, transaction_sealed FROM requests WHERE id = ?1", "i", request);
  rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;
  if (rc == SQLITE_ROW)
    {
      public_octets = signet_store_column_bytes (statement, 0);
      sealed = signet_store_column_bytes (statement, 1);
    }
  sqlite3_finalize (statement);
  if (public_octets != NULL && sealed != NULL)
    secret = signet_store_unseal (self, "transaction", row, public_octets, sealed, error);
  else if (rc == SQLITE_ROW || rc == SQLITE_DONE)
    signet_store_not_found (error, _("transaction of a request"), request);
  g_rec_mutex_unlock (&self->mutex);
  if (secret == NULL)
    return FALSE;

  *public_part = g_steal_pointer (&public_octets);
  *sealed_part = signet_secret_get_size (secret) > 0 ? g_steal_pointer (&secret) : NULL;

  return TRUE;
}
