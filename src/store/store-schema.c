/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <glib/gi18n-lib.h>

/* Step n brings a database of version n to version n + 1. A step that was released is never changed. */
static const char *const steps[] = {
  "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
  "INSERT INTO meta VALUES ('counter', 0);"
  "CREATE TABLE slots ("
  "  kind TEXT PRIMARY KEY CHECK (kind IN ('keyring', 'passphrase')),"
  "  parameters TEXT NOT NULL, sealed BLOB) STRICT, WITHOUT ROWID;"
  "CREATE TABLE authorities ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, kind TEXT NOT NULL, url TEXT, reference TEXT,"
  "  secret BLOB, identity_id INTEGER NOT NULL DEFAULT 0, settings TEXT NOT NULL, mac BLOB, created INTEGER NOT NULL) STRICT;"
  "CREATE TABLE anchors ("
  "  id INTEGER PRIMARY KEY, authority_id INTEGER NOT NULL REFERENCES authorities (id) ON DELETE CASCADE,"
  "  der BLOB NOT NULL, mac BLOB NOT NULL, UNIQUE (authority_id, der)) STRICT;"
  "CREATE TABLE keys ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE, spec TEXT NOT NULL, origin TEXT NOT NULL,"
  "  created INTEGER NOT NULL, request_id INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;"
  "CREATE TABLE certificates ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, fingerprint TEXT NOT NULL UNIQUE, key_id INTEGER NOT NULL,"
  "  authority_id INTEGER NOT NULL, request_id INTEGER NOT NULL, role TEXT NOT NULL, state TEXT NOT NULL,"
  "  name TEXT, subject TEXT, issuer TEXT, subject_cn TEXT, issuer_cn TEXT, serial TEXT, email TEXT, purpose TEXT,"
  "  key_spec TEXT, key_hash TEXT, alt_names TEXT, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL,"
  "  added INTEGER NOT NULL, der BLOB NOT NULL) STRICT;"
  "CREATE INDEX certificates_by_role ON certificates (role, id);"
  "CREATE INDEX certificates_by_key ON certificates (key_hash);"
  "CREATE TABLE requests ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, authority_id INTEGER NOT NULL, key_id INTEGER NOT NULL,"
  "  certificate_id INTEGER NOT NULL, name TEXT, purpose TEXT, subject TEXT, alt_names TEXT, key_spec TEXT,"
  "  operation TEXT, offline INTEGER NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, sent INTEGER NOT NULL,"
  "  received INTEGER NOT NULL, confirmed INTEGER NOT NULL, updated INTEGER NOT NULL, next_check INTEGER NOT NULL,"
  "  retry_at INTEGER NOT NULL, pending_body TEXT, authority_text TEXT, authority_text_authentic INTEGER NOT NULL,"
  "  error_code TEXT, error_text TEXT, question TEXT, transaction_id TEXT, notes TEXT,"
  "  transaction_public BLOB, transaction_sealed BLOB) STRICT;"
  "CREATE INDEX requests_by_transaction ON requests (transaction_id);"
  "CREATE TABLE messages ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT, request_id INTEGER NOT NULL REFERENCES requests (id), sent INTEGER NOT NULL,"
  "  body_type TEXT NOT NULL, time INTEGER NOT NULL, note TEXT, octets BLOB NOT NULL) STRICT;"
  "CREATE INDEX messages_by_request ON messages (request_id, id);",
  /* 2: what a message that was taken had that it should not have */
  "ALTER TABLE messages ADD COLUMN remark TEXT;",
  /* 3: which version of the protocol an authority speaks, once an exchange has taught it */
  "ALTER TABLE authorities ADD COLUMN pvno INTEGER NOT NULL DEFAULT 0;",
};

int
signet_store_schema_version (void)
{
  return G_N_ELEMENTS (steps);
}

static gboolean
read_version (SignetStore  *self,
              int          *version,
              GError      **error)
{
  sqlite3_stmt *statement = signet_store_prepare (self, error, "PRAGMA user_version", "");
  gboolean read = statement != NULL && signet_store_step (self, statement, error) == SQLITE_ROW;

  if (read)
    *version = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);

  return read;
}

static gboolean
run_step (SignetStore  *self,
          int           version,
          GError      **error)
{
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %d", version + 1);

  if (sqlite3_exec (self->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK
      && sqlite3_exec (self->db, steps[version], NULL, NULL, NULL) == SQLITE_OK
      && sqlite3_exec (self->db, set_version, NULL, NULL, NULL) == SQLITE_OK
      && sqlite3_exec (self->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;

  signet_store_set_error (self, error, _("The database could not be brought up to date"));
  sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);

  return FALSE;
}

/* Brings the database to this release's version, one durable step after the other; a reader only checks. */
gboolean
signet_store_migrate (SignetStore  *self,
                      GError      **error)
{
  int version = 0;

  if (!read_version (self, &version, error))
    return FALSE;
  if (version > signet_store_schema_version ())
    {
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TOO_NEW,
                   _("The database in “%s” was written by a newer Signet (version %d, this one knows %d). Use that one."),
                   self->home, version, signet_store_schema_version ());
      return FALSE;
    }
  if (self->mode == SIGNET_STORE_READ)
    {
      if (version == signet_store_schema_version ())
        return TRUE;
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED,
                   _("The database in “%s” is not ready yet."), self->home);
      return FALSE;
    }
  for (; version < signet_store_schema_version (); version++)
    if (!run_step (self, version, error))
      return FALSE;

  return TRUE;
}
