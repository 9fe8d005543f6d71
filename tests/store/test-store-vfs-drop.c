/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/vfs-drop.h"

/* Proves the tool of the crash tests: what was not synced is gone after a kill, what was synced is there. */

static void
execute (sqlite3    *db,
         const char *sql)
{
  char *message = NULL;
  int rc = sqlite3_exec (db, sql, NULL, NULL, &message);

  if (rc != SQLITE_OK)
    g_error ("%s: %s", sql, message);
}

static int
count_rows (const char *path)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  int rows;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, "SELECT count(*) FROM t", -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  rows = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);
  sqlite3_close (db);

  return rows;
}

/* Writes ten rows with the given setting of synchronous in a child that is then killed: how many are left? */
static int
rows_after_kill (const char *synchronous,
                 const char *journal)
{
  g_autofree char *folder = g_dir_make_tmp ("signet-vfs-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "t.db", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);
  sqlite3 *db = NULL;
  int rows;
  pid_t child;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  execute (db, "CREATE TABLE t (n INTEGER)");
  sqlite3_close (db);

  child = fork ();
  if (child == 0)
    {
      g_autofree char *pragma = g_strdup_printf ("PRAGMA journal_mode=%s; PRAGMA synchronous=%s", journal, synchronous);

      vfs_drop_register ();
      g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
      execute (db, pragma);
      for (int i = 0; i < 10; i++)
        execute (db, "INSERT INTO t VALUES (1)");
      kill (getpid (), SIGKILL);
    }
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);

  rows = count_rows (path);
  g_assert_cmpint (system (command), ==, 0);

  return rows;
}

static void
test_keeps_what_was_synced (void)
{
  g_assert_cmpint (rows_after_kill ("FULL", "WAL"), ==, 10);
  g_assert_cmpint (rows_after_kill ("FULL", "DELETE"), ==, 10);
}

static void
test_drops_what_was_not_synced (void)
{
  g_assert_cmpint (rows_after_kill ("OFF", "WAL"), <, 10);
  g_assert_cmpint (rows_after_kill ("NORMAL", "WAL"), <, 10);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/vfs-drop/keeps-what-was-synced", test_keeps_what_was_synced);
  g_test_add_func ("/store/vfs-drop/drops-what-was-not-synced", test_drops_what_was_not_synced);

  return g_test_run ();
}
