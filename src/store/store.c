/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/rand.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "pki/pki-thread.h"

#define DATABASE_NAME "signet.db"
#define LOCK_NAME "lock"
#define READER_PATIENCE 5000            /* milliseconds that a reader waits for the writer's checkpoint */

G_DEFINE_FINAL_TYPE (SignetStore, signet_store, G_TYPE_OBJECT)
G_DEFINE_QUARK (signet-store-error-quark, signet_store_error)

static void
signet_store_finalize (GObject *object)
{
  SignetStore *self = SIGNET_STORE (object);

  signet_store_close (self);
  g_clear_pointer (&self->home, g_free);
  g_clear_pointer (&self->pending, g_array_unref);
  g_clear_pointer (&self->changes, g_array_unref);
  g_rec_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (signet_store_parent_class)->finalize (object);
}

static void
signet_store_class_init (SignetStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_store_finalize;
}

static void
signet_store_init (SignetStore *self)
{
  g_rec_mutex_init (&self->mutex);
  self->lock_fd = -1;
  self->pending = g_array_new (FALSE, FALSE, sizeof (SignetStoreChange));
  self->changes = g_array_new (FALSE, FALSE, sizeof (SignetStoreChange));
}

static gboolean G_GNUC_PRINTF (2, 3)
set_errno (GError    **error,
           const char *format,
           ...)
{
  int saved = errno;
  g_autofree char *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, SIGNET_STORE_ERROR, saved == ENOSPC ? SIGNET_STORE_ERROR_FULL : SIGNET_STORE_ERROR_FAILED, "%s: %s",
               what, g_strerror (saved));
  return FALSE;
}

/* ---- lock: one worker, one computer ---- */

static gboolean
read_lock_holder (int    fd,
                  char **host)
{
  char buffer[256];
  gssize length = pread (fd, buffer, sizeof buffer - 1, 0);

  if (length <= 0)
    return FALSE;
  buffer[length] = '\0';
  *host = g_strndup (buffer, strcspn (buffer, "\n"));

  return **host != '\0';
}

static gboolean
take_lock (SignetStore  *self,
           GError      **error)
{
  g_autofree char *path = g_build_filename (self->home, LOCK_NAME, NULL);
  g_autofree char *holder = NULL;
  const char *host = g_get_host_name ();

  self->lock_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (self->lock_fd < 0)
    return set_errno (error, _("“%s” could not be opened"), path);
  if (flock (self->lock_fd, LOCK_EX | LOCK_NB) != 0)
    {
      if (errno != EWOULDBLOCK)
        return set_errno (error, _("“%s” could not be locked"), path);
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_IN_USE,
                   _("Another Signet worker already serves the store in “%s”."), self->home);
      return FALSE;
    }
  /* Network file systems may grant the lock on two computers; what a worker that ended badly left there says which. */
  if (read_lock_holder (self->lock_fd, &holder) && !g_str_equal (holder, host))
    {
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_IN_USE,
                   _("The store in “%s” is in use on the computer “%s”. End Signet there; if it no longer runs, delete “%s”."),
                   self->home, holder, path);
      close (self->lock_fd);
      self->lock_fd = -1;
      return FALSE;
    }
  if (ftruncate (self->lock_fd, 0) != 0 || pwrite (self->lock_fd, host, strlen (host), 0) != (gssize) strlen (host))
    return set_errno (error, _("“%s” could not be written"), path);

  return TRUE;
}

static void
release_lock (SignetStore *self)
{
  if (self->lock_fd < 0)
    return;
  if (ftruncate (self->lock_fd, 0) != 0)
    g_debug ("The lock file could not be emptied: %s", g_strerror (errno));
  close (self->lock_fd);
  self->lock_fd = -1;
}

/* ---- opening ---- */

static gboolean
make_home (SignetStore  *self,
           GError      **error)
{
  struct stat status;

  if (g_mkdir_with_parents (self->home, 0700) != 0)
    return set_errno (error, _("The folder “%s” could not be made"), self->home);
  if (stat (self->home, &status) != 0)
    return set_errno (error, _("The folder “%s” could not be read"), self->home);
  if (!S_ISDIR (status.st_mode) || status.st_uid != geteuid ())
    {
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED,
                   _("“%s” is no folder of yours; Signet keeps keys only where nobody else writes."), self->home);
      return FALSE;
    }
  if ((status.st_mode & 0077) != 0 && chmod (self->home, 0700) != 0)
    return set_errno (error, _("The folder “%s” could not be closed to others"), self->home);

  return TRUE;
}

static gboolean
on_network (const char *path)
{
  static const guint32 kinds[] = { 0x6969 /* NFS */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB 2 */, 0x517b /* SMB */,
                                   0x65735546 /* FUSE */, 0x01021997 /* 9P */, 0x5346414f /* AFS */ };
  struct statfs status;

  if (statfs (path, &status) != 0)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if ((guint32) status.f_type == kinds[i])
      return TRUE;

  return FALSE;
}

static gboolean
execute (SignetStore  *self,
         const char   *sql,
         GError      **error)
{
  if (sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  signet_store_set_error (self, error, _("The database could not be set up"));

  return FALSE;
}

static gboolean
configure (SignetStore  *self,
           GError      **error)
{
  sqlite3_busy_timeout (self->db, READER_PATIENCE);
  sqlite3_limit (self->db, SQLITE_LIMIT_LENGTH, 32 * 1024 * 1024);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  if (self->mode == SIGNET_STORE_READ)
    {
      /* Also the last one to leave writes nothing. */
      sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
      return execute (self, "PRAGMA query_only = ON", error);
    }
  if (!execute (self, "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON", error))
    return FALSE;

  /* A rollback journal where shared memory cannot be relied on. A commit is then the journal's deletion, which only EXTRA
   * makes durable. */
  if (on_network (self->home))
    return execute (self, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA", error);

  return execute (self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", error);
}

static gboolean
load_meta (SignetStore  *self,
           GError      **error)
{
  sqlite3_stmt *statement = signet_store_prepare (self, error, "SELECT name, value FROM meta", "");
  int rc = SQLITE_ERROR;

  while (statement != NULL && (rc = signet_store_step (self, statement, error)) == SQLITE_ROW)
    {
      const char *name = (const char *) sqlite3_column_text (statement, 0);

      if (g_strcmp0 (name, "generation") == 0)
        self->generation = (guint64) sqlite3_column_int64 (statement, 1);
      else if (g_strcmp0 (name, "counter") == 0)
        self->counter = (guint64) sqlite3_column_int64 (statement, 1);
    }
  sqlite3_finalize (statement);
  if (rc != SQLITE_DONE)
    return FALSE;
  if (self->generation != 0 || self->mode == SIGNET_STORE_READ)
    return TRUE;
  if (RAND_bytes ((unsigned char *) &self->generation, sizeof self->generation) != 1)
    {
      signet_openssl_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED, _("There is no randomness"));
      return FALSE;
    }
  self->generation |= 1;

  return signet_store_run (self, error, "INSERT INTO meta VALUES ('generation', ?1)", "i", (gint64) self->generation);
}

static gboolean
open_database (SignetStore  *self,
               GError      **error)
{
  g_autofree char *folder = realpath (self->home, NULL);
  g_autofree char *path = NULL;
  int flags = SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW
              | (self->mode == SIGNET_STORE_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);

  if (folder == NULL && self->mode == SIGNET_STORE_WRITE)
    return set_errno (error, _("The folder “%s” could not be read"), self->home);
  /* The folder may be reached through links (on some systems /home is one); the file itself must be none. */
  path = signet_store_path (folder != NULL ? folder : self->home);

  /* Made here, so that it never has other permissions; SQLite gives its side files those of the database. */
  if (self->mode == SIGNET_STORE_WRITE)
    {
      int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

      if (fd < 0)
        return set_errno (error, _("“%s” could not be opened"), path);
      close (fd);
    }
  else if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NOT_FOUND, _("There is no store in “%s” yet."), self->home);
      return FALSE;
    }
  if (sqlite3_open_v2 (path, &self->db, flags, NULL) != SQLITE_OK)
    {
      signet_store_set_error (self, error, _("The database could not be opened"));
      return FALSE;
    }

  return configure (self, error) && signet_store_migrate (self, error) && load_meta (self, error);
}

void
signet_store_keep_off_this_thread (void)
{
  signet_thread_keep_responsive ();
}

/**
 * signet_store_open:
 * @home: (type filename): the store's folder
 * @mode: to read or to write
 * @error: (out) (optional): #SignetStoreError
 *
 * Blocks on the disk. A writer leaves the store locked until signet_store_unlock().
 *
 * Returns: (transfer full): the store, or %NULL
 */
SignetStore *
signet_store_open (const char       *home,
                   SignetStoreMode   mode,
                   GError          **error)
{
  g_autoptr (SignetStore) self = NULL;

  signet_assert_may_take_time ();
  g_return_val_if_fail (home != NULL, NULL);

  self = g_object_new (SIGNET_TYPE_STORE, NULL);
  self->home = g_strdup (home);
  self->mode = mode;
  if (mode == SIGNET_STORE_WRITE && (!make_home (self, error) || !take_lock (self, error)))
    return NULL;
  if (!open_database (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * signet_store_close:
 * @self: a store
 *
 * Forgets the store key, closes the database and gives up the lock. What was begun and not committed is undone.
 */
void
signet_store_close (SignetStore *self)
{
  g_return_if_fail (SIGNET_IS_STORE (self));

  g_rec_mutex_lock (&self->mutex);
  if (self->db != NULL)
    sqlite3_close_v2 (g_steal_pointer (&self->db));
  g_clear_pointer (&self->key, signet_secret_unref);
  release_lock (self);
  g_rec_mutex_unlock (&self->mutex);
}

const char *
signet_store_get_home (SignetStore *self)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  return self->home;
}

guint64
signet_store_get_generation (SignetStore *self)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self), 0);

  return self->generation;
}

guint64
signet_store_get_counter (SignetStore *self)
{
  guint64 counter;

  g_return_val_if_fail (SIGNET_IS_STORE (self), 0);

  g_rec_mutex_lock (&self->mutex);
  counter = self->counter;
  g_rec_mutex_unlock (&self->mutex);

  return counter;
}

char *
signet_store_default_home (void)
{
  const char *home = g_getenv ("SIGNET_HOME");

  return home != NULL && *home != '\0' ? g_canonicalize_filename (home, NULL)
                                       : g_build_filename (g_get_user_data_dir (), "signet", NULL);
}

char *
signet_store_path (const char *home)
{
  return g_build_filename (home, DATABASE_NAME, NULL);
}

/* ---- transactions ---- */

/* The write-ahead log keeps what it was given until it is reset: also what was deleted since. A reader in the way only puts
 * it off to the next commit. */
static void
wipe_log (SignetStore *self)
{
  int log = 0;
  int checkpointed = 0;

  if (sqlite3_wal_checkpoint_v2 (self->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &log, &checkpointed) == SQLITE_OK)
    self->wipe_log = FALSE;
  else
    g_debug ("The log keeps deleted octets until the next commit: %s", sqlite3_errmsg (self->db));
}

/**
 * signet_store_begin:
 * @self: a store open for writing
 * @error: (out) (optional): #SignetStoreError
 *
 * Waits for other threads' transactions, then begins one. Ended by signet_store_commit() or signet_store_rollback() in the
 * same thread.
 *
 * Returns: whether a transaction runs now
 */
gboolean
signet_store_begin (SignetStore  *self,
                    GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self), FALSE);

  signet_assert_may_take_time ();
  g_rec_mutex_lock (&self->mutex);
  g_assert (!self->in_transaction);
  if (!signet_store_run (self, error, "BEGIN IMMEDIATE", ""))
    {
      g_rec_mutex_unlock (&self->mutex);
      return FALSE;
    }
  self->in_transaction = TRUE;
  g_array_set_size (self->pending, 0);

  return TRUE;
}

gboolean
signet_store_commit (SignetStore  *self,
                     GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self), FALSE);
  g_return_val_if_fail (self->in_transaction, FALSE);

  signet_assert_may_take_time ();
  if (!signet_store_run (self, error, "UPDATE meta SET value = value + 1 WHERE name = 'counter'", "")
      || !signet_store_run (self, error, "COMMIT", ""))
    {
      signet_store_rollback (self);
      return FALSE;
    }
  self->counter++;
  g_array_append_vals (self->changes, self->pending->data, self->pending->len);
  g_array_set_size (self->pending, 0);
  self->in_transaction = FALSE;
  if (self->wipe_log)
    wipe_log (self);
  g_rec_mutex_unlock (&self->mutex);

  return TRUE;
}

void
signet_store_rollback (SignetStore *self)
{
  g_return_if_fail (SIGNET_IS_STORE (self));
  g_return_if_fail (self->in_transaction);

  if (self->db != NULL && sqlite3_get_autocommit (self->db) == 0)
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
  g_array_set_size (self->pending, 0);
  self->in_transaction = FALSE;
  g_rec_mutex_unlock (&self->mutex);
}

GVariant *
signet_store_take_changes (SignetStore *self)
{
  GVariantBuilder builder;
  GVariant *changes = NULL;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  if (self->changes->len > 0)
    {
      g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sx)"));
      for (guint i = 0; i < self->changes->len; i++)
        {
          const SignetStoreChange *change = &g_array_index (self->changes, SignetStoreChange, i);

          g_variant_builder_add (&builder, "(sx)", change->table, change->row);
        }
      changes = g_variant_ref_sink (g_variant_builder_end (&builder));
      g_array_set_size (self->changes, 0);
    }
  g_rec_mutex_unlock (&self->mutex);

  return changes;
}
