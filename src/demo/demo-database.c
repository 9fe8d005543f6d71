/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-database.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sqlite3.h>

#define BUSY_PATIENCE 10000             /* milliseconds: "approve" comes from another process */

struct _SignetDemoDatabase
{
  sqlite3 *db;
  char *path;
  GError *failure;                      /* the first, until it is told */
};

static const char schema[]
    = "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS codes (reference TEXT PRIMARY KEY, secret TEXT NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS transactions ("
      "  id INTEGER PRIMARY KEY, transaction_id BLOB NOT NULL UNIQUE, request BLOB NOT NULL, polls INTEGER NOT NULL,"
      "  approved INTEGER NOT NULL, state TEXT NOT NULL, nonce BLOB);"
      "CREATE TABLE IF NOT EXISTS certificates ("
      "  id INTEGER PRIMARY KEY, transaction_id BLOB NOT NULL UNIQUE, der BLOB NOT NULL);"
      "CREATE TABLE IF NOT EXISTS answers (hash TEXT PRIMARY KEY, answer BLOB NOT NULL) WITHOUT ROWID;";

/* Version 1: who began a transaction, by a code's reference or by the certificate that signed. */
static const char to_version_1[]
    = "ALTER TABLE transactions ADD COLUMN reference TEXT;"
      "ALTER TABLE transactions ADD COLUMN signer BLOB;"
      "PRAGMA user_version = 1;";

static void
note_failure (SignetDemoDatabase *self)
{
  if (self->failure == NULL)
    self->failure = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _("The demo authority's database “%s”: %s"), self->path,
                                 sqlite3_errmsg (self->db));
}

static void
execute (SignetDemoDatabase *self,
         const char         *sql)
{
  if (self->failure == NULL && sqlite3_exec (self->db, sql, NULL, NULL, NULL) != SQLITE_OK)
    note_failure (self);
}

static int
bind (sqlite3_stmt *statement,
      const char   *types,
      va_list       arguments)
{
  int rc = SQLITE_OK;

  for (int i = 1; rc == SQLITE_OK && types[i - 1] != '\0'; i++)
    if (types[i - 1] == 'b')
      {
        GBytes *bytes = va_arg (arguments, GBytes *);

        if (bytes != NULL)
          rc = sqlite3_bind_blob64 (statement, i, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), SQLITE_TRANSIENT);
      }
    else if (types[i - 1] == 's')
      rc = sqlite3_bind_text (statement, i, va_arg (arguments, const char *), -1, SQLITE_TRANSIENT);
    else
      rc = sqlite3_bind_int64 (statement, i, va_arg (arguments, gint64));

  return rc;
}

/* Takes one step: %NULL where that failed or where something did before. */
static sqlite3_stmt *
step (SignetDemoDatabase *self,
      const char         *sql,
      const char         *types,
      va_list             arguments,
      gboolean           *row)
{
  sqlite3_stmt *statement = NULL;
  int rc;

  *row = FALSE;
  if (self->failure != NULL)
    return NULL;
  rc = sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL);
  if (rc == SQLITE_OK)
    rc = bind (statement, types, arguments);
  if (rc == SQLITE_OK)
    rc = sqlite3_step (statement);
  *row = rc == SQLITE_ROW;
  if (rc == SQLITE_ROW || rc == SQLITE_DONE)
    return statement;
  note_failure (self);
  sqlite3_finalize (statement);

  return NULL;
}

static gint64
read_version (SignetDemoDatabase *self)
{
  return signet_demo_database_read_number (self, 0, "PRAGMA user_version", "");
}

static void
migrate (SignetDemoDatabase *self)
{
  execute (self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  execute (self, "BEGIN IMMEDIATE");
  execute (self, schema);
  if (read_version (self) < 1)
    execute (self, to_version_1);
  execute (self, "COMMIT");
}

void
signet_demo_database_free (SignetDemoDatabase *self)
{
  sqlite3_close_v2 (self->db);
  g_clear_error (&self->failure);
  g_free (self->path);
  g_free (self);
}

/**
 * signet_demo_database_open:
 * @folder: exists; the database is made in it where there is none
 *
 * Returns: (transfer full): the database, at its newest version
 */
SignetDemoDatabase *
signet_demo_database_open (const char  *folder,
                           GError     **error)
{
  g_autoptr (SignetDemoDatabase) self = g_new0 (SignetDemoDatabase, 1);

  self->path = g_build_filename (folder, "demo-ca.db", NULL);
  if (sqlite3_open (self->path, &self->db) != SQLITE_OK || g_chmod (self->path, 0600) != 0)
    note_failure (self);
  sqlite3_busy_timeout (self->db, BUSY_PATIENCE);
  migrate (self);

  return signet_demo_database_check (self, error) ? g_steal_pointer (&self) : NULL;
}

int
signet_demo_database_run (SignetDemoDatabase *self,
                          const char         *sql,
                          const char         *types,
                          ...)
{
  sqlite3_stmt *statement;
  va_list arguments;
  gboolean row;

  va_start (arguments, types);
  statement = step (self, sql, types, arguments, &row);
  va_end (arguments);
  if (statement == NULL)
    return -1;
  sqlite3_finalize (statement);

  return sqlite3_changes (self->db);
}

GBytes *
signet_demo_database_read (SignetDemoDatabase *self,
                           const char         *sql,
                           const char         *types,
                           ...)
{
  GBytes *bytes = NULL;
  sqlite3_stmt *statement;
  va_list arguments;
  gboolean row;

  va_start (arguments, types);
  statement = step (self, sql, types, arguments, &row);
  va_end (arguments);
  if (row && sqlite3_column_type (statement, 0) != SQLITE_NULL)
    bytes = g_bytes_new (sqlite3_column_blob (statement, 0), (gsize) sqlite3_column_bytes (statement, 0));
  sqlite3_finalize (statement);

  return bytes;
}

char *
signet_demo_database_read_text (SignetDemoDatabase *self,
                                const char         *sql,
                                const char         *types,
                                ...)
{
  char *text = NULL;
  sqlite3_stmt *statement;
  va_list arguments;
  gboolean row;

  va_start (arguments, types);
  statement = step (self, sql, types, arguments, &row);
  va_end (arguments);
  if (row)
    text = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);

  return text;
}

gint64
signet_demo_database_read_number (SignetDemoDatabase *self,
                                  gint64              otherwise,
                                  const char         *sql,
                                  const char         *types,
                                  ...)
{
  gint64 number = otherwise;
  sqlite3_stmt *statement;
  va_list arguments;
  gboolean row;

  va_start (arguments, types);
  statement = step (self, sql, types, arguments, &row);
  va_end (arguments);
  if (row && sqlite3_column_type (statement, 0) != SQLITE_NULL)
    number = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);

  return number;
}

gboolean
signet_demo_database_check (SignetDemoDatabase  *self,
                            GError             **error)
{
  if (self->failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->failure));

  return FALSE;
}
