/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli-output.h"
#include "cli/cli.h"

static gboolean
fail (const char  *path,
      int          code,
      GError     **error)
{
  if (code == EEXIST)
    g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED,
                 _("%s exists already; it was left as it is (--force replaces it)"), path);
  else
    g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("%s could not be written: %s"), path, g_strerror (code));

  return FALSE;
}

/* 0 or errno. */
static int
write_contents (int     fd,
                GBytes *contents)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (contents, &size);

  while (size > 0)
    {
      ssize_t written = write (fd, data, size);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return errno;
      data += written;
      size -= (gsize) written;
    }

  return 0;
}

/* Gives the finished file its name. A file system that cannot do that without replacing is asked first. 0 or errno. */
static int
put_in_place (const char *temporary,
              const char *path,
              gboolean    force)
{
  if (force)
    return rename (temporary, path) == 0 ? 0 : errno;
  if (renameat2 (AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS)
    return errno;
  if (access (path, F_OK) == 0)
    return EEXIST;

  return rename (temporary, path) == 0 ? 0 : errno;
}

/* A name in a folder is durable once the folder is synced. */
static void
sync_folder (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0)
    {
      (void) fsync (fd);
      g_close (fd, NULL);
    }
}

gboolean
signet_cli_write_file (const char  *path,
                       GBytes      *contents,
                       int          mode,
                       gboolean     force,
                       GError     **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd;
  int code;

  if (g_str_equal (path, "-"))
    {
      code = write_contents (STDOUT_FILENO, contents);
      return code == 0 || fail (_("Standard output"), code, error);
    }
  if (!force && access (path, F_OK) == 0)
    return fail (path, EEXIST, error);

  fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, mode);
  if (fd < 0)
    return fail (path, errno, error);
  code = write_contents (fd, contents);
  if (code == 0 && fsync (fd) != 0)
    code = errno;
  if (close (fd) != 0 && code == 0)
    code = errno;
  if (code == 0)
    code = put_in_place (temporary, path, force);
  if (code != 0)
    {
      (void) g_unlink (temporary);
      return fail (path, code, error);
    }
  sync_folder (path);

  return TRUE;
}

GBytes *
signet_cli_read_file (const char  *path,
                      gsize        max,
                      GError     **error)
{
  g_autoptr (GByteArray) contents = g_byte_array_new ();
  gboolean standard = g_str_equal (path, "-");
  int fd = standard ? STDIN_FILENO : g_open (path, O_RDONLY | O_CLOEXEC, 0);
  guint8 buffer[4096];
  ssize_t got = 0;

  if (fd >= 0)
    while (contents->len <= max && ((got = read (fd, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)))
      if (got > 0)
        g_byte_array_append (contents, buffer, (guint) got);
  if (fd < 0 || got < 0)
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("%s could not be read: %s"), path, g_strerror (errno));
      if (fd >= 0 && !standard)
        g_close (fd, NULL);
      return NULL;
    }
  if (!standard)
    g_close (fd, NULL);
  if (contents->len > max)
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("%s holds more than %" G_GSIZE_FORMAT " octets"), path, max);
      return NULL;
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&contents));
}
