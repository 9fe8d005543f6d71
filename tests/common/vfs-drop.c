/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "common/vfs-drop.h"

#include <glib.h>
#include <sqlite3.h>
#include <string.h>

/* What a file holds for this process; the disk holds what was synced. */
typedef struct
{
  char *path;
  GByteArray *content;
  gsize dirty_from;             /* first octet that differs from the disk */
  gsize dirty_to;               /* one past the last */
  gboolean resized;
  guint users;
} Shadow;

typedef struct
{
  sqlite3_file base;
  Shadow *shadow;               /* NULL: a temporary file, passed through */
  sqlite3_file *real;
} DropFile;

static sqlite3_vfs drop_vfs;
static sqlite3_io_methods drop_methods;
static sqlite3_vfs *real_vfs;
static GHashTable *shadows;
static GMutex lock;

static void
mark_dirty (Shadow *shadow,
            gsize   from,
            gsize   to)
{
  if (shadow->dirty_from == shadow->dirty_to)
    {
      shadow->dirty_from = from;
      shadow->dirty_to = to;
    }
  else
    {
      shadow->dirty_from = MIN (shadow->dirty_from, from);
      shadow->dirty_to = MAX (shadow->dirty_to, to);
    }
}

static void
shadow_free (Shadow *shadow)
{
  g_byte_array_unref (shadow->content);
  g_free (shadow->path);
  g_free (shadow);
}

static int
shadow_load (Shadow       *shadow,
             sqlite3_file *real)
{
  sqlite3_int64 size = 0;
  int rc = real->pMethods->xFileSize (real, &size);

  if (rc != SQLITE_OK || size == 0)
    return rc;
  g_byte_array_set_size (shadow->content, (guint) size);

  return real->pMethods->xRead (real, shadow->content->data, (int) size, 0);
}

static int
drop_close (sqlite3_file *file)
{
  DropFile *self = (DropFile *) file;
  int rc = self->real->pMethods->xClose (self->real);

  g_mutex_lock (&lock);
  if (self->shadow != NULL && --self->shadow->users == 0)
    g_hash_table_remove (shadows, self->shadow->path);
  g_mutex_unlock (&lock);
  g_free (self->real);

  return rc;
}

static int
drop_read (sqlite3_file *file,
           void         *buffer,
           int           amount,
           sqlite3_int64 offset)
{
  DropFile *self = (DropFile *) file;
  gsize have = 0;

  if (self->shadow == NULL)
    return self->real->pMethods->xRead (self->real, buffer, amount, offset);

  g_mutex_lock (&lock);
  if ((guint64) offset < self->shadow->content->len)
    {
      have = MIN ((gsize) amount, self->shadow->content->len - (gsize) offset);
      memcpy (buffer, self->shadow->content->data + offset, have);
    }
  g_mutex_unlock (&lock);
  if (have == (gsize) amount)
    return SQLITE_OK;
  memset ((guint8 *) buffer + have, 0, (gsize) amount - have);

  return SQLITE_IOERR_SHORT_READ;
}

static void
resize (Shadow *shadow,
        gsize   size)
{
  gsize old = shadow->content->len;

  g_byte_array_set_size (shadow->content, (guint) size);
  if (size > old)
    {
      memset (shadow->content->data + old, 0, size - old);
      mark_dirty (shadow, old, size);
    }
  shadow->dirty_to = MIN (shadow->dirty_to, size);
  shadow->dirty_from = MIN (shadow->dirty_from, shadow->dirty_to);
  shadow->resized = TRUE;
}

static int
drop_write (sqlite3_file *file,
            const void   *buffer,
            int           amount,
            sqlite3_int64 offset)
{
  DropFile *self = (DropFile *) file;
  gsize end = (gsize) offset + (gsize) amount;

  if (self->shadow == NULL)
    return self->real->pMethods->xWrite (self->real, buffer, amount, offset);

  g_mutex_lock (&lock);
  if (end > self->shadow->content->len)
    resize (self->shadow, end);
  memcpy (self->shadow->content->data + offset, buffer, (gsize) amount);
  mark_dirty (self->shadow, (gsize) offset, end);
  g_mutex_unlock (&lock);

  return SQLITE_OK;
}

static int
drop_truncate (sqlite3_file *file,
               sqlite3_int64 size)
{
  DropFile *self = (DropFile *) file;

  if (self->shadow == NULL)
    return self->real->pMethods->xTruncate (self->real, size);

  g_mutex_lock (&lock);
  resize (self->shadow, (gsize) size);
  g_mutex_unlock (&lock);

  return SQLITE_OK;
}

static int
drop_sync (sqlite3_file *file,
           int           flags)
{
  DropFile *self = (DropFile *) file;
  Shadow *shadow = self->shadow;
  int rc = SQLITE_OK;

  if (shadow != NULL)
    {
      g_mutex_lock (&lock);
      if (shadow->resized)
        rc = self->real->pMethods->xTruncate (self->real, shadow->content->len);
      if (rc == SQLITE_OK && shadow->dirty_to > shadow->dirty_from)
        rc = self->real->pMethods->xWrite (self->real, shadow->content->data + shadow->dirty_from,
                                           (int) (shadow->dirty_to - shadow->dirty_from),
                                           (sqlite3_int64) shadow->dirty_from);
      if (rc == SQLITE_OK)
        {
          shadow->dirty_from = shadow->dirty_to = 0;
          shadow->resized = FALSE;
        }
      g_mutex_unlock (&lock);
    }
  if (rc == SQLITE_OK)
    rc = self->real->pMethods->xSync (self->real, flags);

  return rc;
}

static int
drop_file_size (sqlite3_file  *file,
                sqlite3_int64 *size)
{
  DropFile *self = (DropFile *) file;

  if (self->shadow == NULL)
    return self->real->pMethods->xFileSize (self->real, size);

  g_mutex_lock (&lock);
  *size = self->shadow->content->len;
  g_mutex_unlock (&lock);

  return SQLITE_OK;
}

static int
drop_lock (sqlite3_file *file,
           int           level)
{
  sqlite3_file *real = ((DropFile *) file)->real;

  return real->pMethods->xLock (real, level);
}

static int
drop_unlock (sqlite3_file *file,
             int           level)
{
  sqlite3_file *real = ((DropFile *) file)->real;

  return real->pMethods->xUnlock (real, level);
}

static int
drop_check_reserved (sqlite3_file *file,
                     int          *out)
{
  sqlite3_file *real = ((DropFile *) file)->real;

  return real->pMethods->xCheckReservedLock (real, out);
}

static int
drop_file_control (sqlite3_file *file,
                   int           operation,
                   void         *argument)
{
  sqlite3_file *real = ((DropFile *) file)->real;

  /* A size hint or a chunk size would grow the real file past what was synced. */
  if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE)
    return SQLITE_OK;

  return real->pMethods->xFileControl (real, operation, argument);
}

static int
drop_sector_size (sqlite3_file *file)
{
  sqlite3_file *real = ((DropFile *) file)->real;

  return real->pMethods->xSectorSize (real);
}

static int
drop_device_characteristics (sqlite3_file *file)
{
  return 0;                     /* no promise: neither atomic writes nor safe appends */
}

static int
drop_shm_map (sqlite3_file   *file,
              int             page,
              int             size,
              int             extend,
              void volatile **out)
{
  sqlite3_file *real = ((DropFile *) file)->real;

  return real->pMethods->xShmMap (real, page, size, extend, out);
}

static int
drop_shm_lock (sqlite3_file *file,
               int           offset,
               int           n,
               int           flags)
{
  sqlite3_file *real = ((DropFile *) file)->real;

  return real->pMethods->xShmLock (real, offset, n, flags);
}

static void
drop_shm_barrier (sqlite3_file *file)
{
  sqlite3_file *real = ((DropFile *) file)->real;

  real->pMethods->xShmBarrier (real);
}

static int
drop_shm_unmap (sqlite3_file *file,
                int           delete_flag)
{
  sqlite3_file *real = ((DropFile *) file)->real;

  return real->pMethods->xShmUnmap (real, delete_flag);
}

static int
drop_open (sqlite3_vfs  *vfs,
           const char   *name,
           sqlite3_file *file,
           int           flags,
           int          *out_flags)
{
  DropFile *self = (DropFile *) file;
  Shadow *shadow = NULL;
  int rc;

  self->base.pMethods = NULL;
  self->real = g_malloc0 ((gsize) real_vfs->szOsFile);
  rc = real_vfs->xOpen (real_vfs, name, self->real, flags, out_flags);
  if (rc != SQLITE_OK)
    {
      g_free (self->real);
      return rc;
    }

  if (name != NULL)
    {
      g_mutex_lock (&lock);
      shadow = g_hash_table_lookup (shadows, name);
      if (shadow == NULL)
        {
          shadow = g_new0 (Shadow, 1);
          shadow->path = g_strdup (name);
          shadow->content = g_byte_array_new ();
          rc = shadow_load (shadow, self->real);
          g_hash_table_insert (shadows, shadow->path, shadow);
        }
      shadow->users++;
      g_mutex_unlock (&lock);
    }
  self->shadow = shadow;
  self->base.pMethods = &drop_methods;
  if (rc != SQLITE_OK)
    {
      drop_close (file);
      self->base.pMethods = NULL;
    }

  return rc;
}

void
vfs_drop_register (void)
{
  real_vfs = sqlite3_vfs_find (NULL);
  g_assert_nonnull (real_vfs);
  shadows = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) shadow_free);

  drop_methods = (sqlite3_io_methods) {
    .iVersion = 2,              /* no xFetch: the disk is not what a connection sees */
    .xClose = drop_close,
    .xRead = drop_read,
    .xWrite = drop_write,
    .xTruncate = drop_truncate,
    .xSync = drop_sync,
    .xFileSize = drop_file_size,
    .xLock = drop_lock,
    .xUnlock = drop_unlock,
    .xCheckReservedLock = drop_check_reserved,
    .xFileControl = drop_file_control,
    .xSectorSize = drop_sector_size,
    .xDeviceCharacteristics = drop_device_characteristics,
    .xShmMap = drop_shm_map,
    .xShmLock = drop_shm_lock,
    .xShmBarrier = drop_shm_barrier,
    .xShmUnmap = drop_shm_unmap,
  };
  drop_vfs = *real_vfs;
  drop_vfs.pNext = NULL;
  drop_vfs.zName = "signet-drop";
  drop_vfs.szOsFile = sizeof (DropFile);
  drop_vfs.xOpen = drop_open;
  g_assert_cmpint (sqlite3_vfs_register (&drop_vfs, 1), ==, SQLITE_OK);
}
