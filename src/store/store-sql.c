/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include "pki/pki-thread.h"

/* What SQLite said last, as an error whose code tells what can be done. */
void
signet_store_set_error (SignetStore  *self,
                        GError      **error,
                        const char   *what)
{
  int code = self->db != NULL ? sqlite3_errcode (self->db) : SQLITE_NOMEM;
  const char *message = self->db != NULL ? sqlite3_errmsg (self->db) : "out of memory";

  switch (code & 0xff)
    {
    case SQLITE_FULL:
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FULL,
                   _("%s: the disk is full. Nothing was lost; make room and try again."), what);
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_CORRUPT, _("%s: the database is damaged (%s)."), what,
                   message);
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_IN_USE,
                   _("%s: another program has the database open."), what);
      break;
    default:
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED, "%s: %s", what, message);
    }
}

void
signet_store_not_found (GError    **error,
                        const char *what,
                        gint64      id)
{
  g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NOT_FOUND,
               _("There is no %s with the number %" G_GINT64_FORMAT "."), what, id);
}

static int
bind (sqlite3_stmt *statement,
      int           index,
      char          type,
      va_list      *arguments)
{
  const char *text;
  GBytes *bytes;
  gconstpointer data;
  gsize size;

  switch (type)
    {
    case 'i':
      return sqlite3_bind_int64 (statement, index, va_arg (*arguments, gint64));
    case 's':
      text = va_arg (*arguments, const char *);
      return text != NULL ? sqlite3_bind_text (statement, index, text, -1, SQLITE_TRANSIENT)
                          : sqlite3_bind_null (statement, index);
    case 'b':
      bytes = va_arg (*arguments, GBytes *);
      if (bytes == NULL)
        return sqlite3_bind_null (statement, index);
      data = g_bytes_get_data (bytes, &size);
      return sqlite3_bind_blob64 (statement, index, size > 0 ? data : "", size, SQLITE_TRANSIENT);
    default:
      g_assert_not_reached ();
    }
}

static sqlite3_stmt *
prepare_va (SignetStore *self,
            GError     **error,
            const char  *sql,
            const char  *types,
            va_list     *arguments)
{
  sqlite3_stmt *statement = NULL;

  if (self->db == NULL)
    {
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED, _("The store is closed."));
      return NULL;
    }
  if (sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) != SQLITE_OK)
    {
      signet_store_set_error (self, error, _("The database could not be asked"));
      return NULL;
    }
  for (int i = 0; types[i] != '\0'; i++)
    if (bind (statement, i + 1, types[i], arguments) != SQLITE_OK)
      {
        signet_store_set_error (self, error, _("The database could not be asked"));
        sqlite3_finalize (statement);
        return NULL;
      }

  return statement;
}

sqlite3_stmt *
signet_store_prepare (SignetStore *self,
                      GError     **error,
                      const char  *sql,
                      const char  *types,
                      ...)
{
  sqlite3_stmt *statement;
  va_list arguments;

  signet_assert_may_take_time ();
  va_start (arguments, types);
  statement = prepare_va (self, error, sql, types, &arguments);
  va_end (arguments);

  return statement;
}

int
signet_store_step (SignetStore  *self,
                   sqlite3_stmt *statement,
                   GError      **error)
{
  int rc = sqlite3_step (statement);

  signet_assert_may_take_time ();
  if (rc != SQLITE_ROW && rc != SQLITE_DONE)
    signet_store_set_error (self, error, _("The database could not be read or written"));

  return rc;
}

gboolean
signet_store_run (SignetStore *self,
                  GError     **error,
                  const char  *sql,
                  const char  *types,
                  ...)
{
  sqlite3_stmt *statement;
  va_list arguments;
  int rc;

  va_start (arguments, types);
  statement = prepare_va (self, error, sql, types, &arguments);
  va_end (arguments);
  if (statement == NULL)
    return FALSE;
  rc = signet_store_step (self, statement, error);
  sqlite3_finalize (statement);

  return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

char *
signet_store_column_text (sqlite3_stmt *statement,
                          int           column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

GBytes *
signet_store_column_bytes (sqlite3_stmt *statement,
                           int           column)
{
  if (sqlite3_column_type (statement, column) == SQLITE_NULL)
    return NULL;

  return g_bytes_new (sqlite3_column_blob (statement, column), (gsize) sqlite3_column_bytes (statement, column));
}

/* NULL where there is none, or none that is whole: the text is GVariant's own. */
GVariant *
signet_store_column_variant (sqlite3_stmt       *statement,
                             int                 column,
                             const GVariantType *type)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL ? g_variant_parse (type, text, NULL, NULL, NULL) : NULL;
}

/* Values hold no line ends: names and alternative names are checked before they come here. */
char **
signet_store_column_strv (sqlite3_stmt *statement,
                          int           column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL && *text != '\0' ? g_strsplit (text, "\n", -1) : g_new0 (char *, 1);
}

char *
signet_store_strv_to_text (char **strv)
{
  return strv != NULL ? g_strjoinv ("\n", strv) : g_strdup ("");
}

void
signet_store_note_change (SignetStore *self,
                          const char  *table,
                          gint64       row)
{
  const SignetStoreChange change = { table, row };

  for (guint i = 0; i < self->pending->len; i++)
    {
      const SignetStoreChange *known = &g_array_index (self->pending, SignetStoreChange, i);

      if (known->row == row && g_str_equal (known->table, table))
        return;
    }
  g_array_append_val (self->pending, change);
}
