/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <glib/gi18n-lib.h>

#define COLUMNS                                                                                             \
  "SELECT id, hash, spec, origin, created, request_id,"                                                     \
  " (SELECT count(*) FROM certificates WHERE key_hash = hash AND role = 'own') FROM keys"

static gint64
find_row (SignetStore  *self,
          const char   *hash,
          GError      **error)
{
  sqlite3_stmt *statement = signet_store_prepare (self, error, "SELECT id FROM keys WHERE hash = ?1", "s", hash);
  gint64 id = 0;

  if (statement != NULL && signet_store_step (self, statement, error) == SQLITE_ROW)
    id = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);

  return id;
}

gint64
signet_store_add_key (SignetStore  *self,
                      SignetKey    *key,
                      const char   *origin,
                      gint64        request,
                      gint64        now,
                      GError      **error)
{
  const char *hash = signet_key_get_id (key);
  g_autoptr (SignetSecret) pkcs8 = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (GError) reason = NULL;
  gint64 id;

  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, 0);

  id = find_row (self, hash, &reason);
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return 0;
    }
  if (id != 0)
    return id;

  pkcs8 = signet_key_to_pkcs8 (key, error);
  sealed = pkcs8 != NULL ? signet_store_seal (self, "key", hash, NULL, pkcs8, error) : NULL;
  if (sealed == NULL
      || !signet_store_run (self, error,
                            "INSERT INTO keys (hash, spec, origin, created, request_id, sealed)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                            "sssiib", hash, signet_key_get_spec (key), origin, now, request, sealed))
    return 0;
  id = sqlite3_last_insert_rowid (self->db);
  signet_store_note_change (self, "key", id);

  return id;
}

static SignetKey *
load_key (SignetStore   *self,
          sqlite3_stmt  *statement,
          GError       **error)
{
  g_autofree char *hash = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (SignetSecret) pkcs8 = NULL;
  int rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;

  if (rc == SQLITE_ROW)
    {
      hash = signet_store_column_text (statement, 0);
      sealed = signet_store_column_bytes (statement, 1);
      pkcs8 = signet_store_unseal (self, "key", hash, NULL, sealed, error);
    }
  else if (rc == SQLITE_DONE)
    g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NOT_FOUND, _("The private key is not in this store."));
  sqlite3_finalize (statement);

  return pkcs8 != NULL ? signet_key_new_from_pkcs8 (pkcs8, error) : NULL;
}

SignetKey *
signet_store_get_key (SignetStore  *self,
                      gint64        id,
                      GError      **error)
{
  SignetKey *key;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  key = load_key (self, signet_store_prepare (self, error, "SELECT hash, sealed FROM keys WHERE id = ?1", "i", id), error);
  g_rec_mutex_unlock (&self->mutex);

  return key;
}

SignetKey *
signet_store_get_key_by_hash (SignetStore  *self,
                              const char   *hash,
                              GError      **error)
{
  SignetKey *key;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);
  g_return_val_if_fail (hash != NULL, NULL);

  g_rec_mutex_lock (&self->mutex);
  key = load_key (self, signet_store_prepare (self, error, "SELECT hash, sealed FROM keys WHERE hash = ?1", "s", hash), error);
  g_rec_mutex_unlock (&self->mutex);

  return key;
}

static SignetKeyRecord *
read_row (sqlite3_stmt *statement)
{
  SignetKeyRecord *record = g_new0 (SignetKeyRecord, 1);

  record->id = sqlite3_column_int64 (statement, 0);
  record->key_hash = signet_store_column_text (statement, 1);
  record->spec = signet_store_column_text (statement, 2);
  record->origin = signet_store_column_text (statement, 3);
  record->created = sqlite3_column_int64 (statement, 4);
  record->request_id = sqlite3_column_int64 (statement, 5);
  record->certificates = sqlite3_column_int64 (statement, 6);

  return record;
}

SignetKeyRecord *
signet_store_get_key_record (SignetStore  *self,
                             gint64        id,
                             GError      **error)
{
  sqlite3_stmt *statement;
  SignetKeyRecord *record = NULL;
  int rc;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, COLUMNS " WHERE id = ?1", "i", id);
  rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;
  if (rc == SQLITE_ROW)
    record = read_row (statement);
  else if (rc == SQLITE_DONE)
    signet_store_not_found (error, _("key"), id);
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return record;
}

GPtrArray *
signet_store_list_keys (SignetStore  *self,
                        GError      **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_key_record_free);
  sqlite3_stmt *statement;
  int rc = SQLITE_ERROR;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, COLUMNS " ORDER BY id DESC", "");
  while (statement != NULL && (rc = signet_store_step (self, statement, error)) == SQLITE_ROW)
    g_ptr_array_add (records, read_row (statement));
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return rc == SQLITE_DONE ? g_steal_pointer (&records) : NULL;
}
