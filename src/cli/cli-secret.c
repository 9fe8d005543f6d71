/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/cli-secret.h"

#define GOOD_CODE 16                    /* characters */
#define MAX_SECRET 4096                 /* octets: a code, a passphrase */
#define INTERRUPT 3                     /* Ctrl+C */
#define MAX_FILE (1024 * 1024)          /* octets: an identity with its chain */

static gboolean
write_all (int            fd,
           const guint8  *data,
           gsize          size,
           GError       **error)
{
  while (size > 0)
    {
      ssize_t written = write (fd, data, size);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        {
          g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("The secret could not be handed over: %s"),
                       g_strerror (errno));
          return FALSE;
        }
      data += written;
      size -= (gsize) written;
    }

  return TRUE;
}

/* Reads to the end, or to the first line end where @line. The count, or -1 with @error. */
static gssize
read_all (int          fd,
          guint8      *buffer,
          gsize        max,
          gboolean     line,
          const char  *name,
          GError     **error)
{
  gsize used = 0;

  while (used <= max)
    {
      ssize_t got = read (fd, buffer + used, line ? 1 : max + 1 - used);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("%s could not be read: %s"), name, g_strerror (errno));
          return -1;
        }
      if (got == 0 || (line && buffer[used] == '\n'))
        return (gssize) used;
      if (line && buffer[used] == INTERRUPT)
        {
          g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("Interrupted"));
          return -1;
        }
      used += (gsize) got;
    }
  g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("%s holds more than %" G_GSIZE_FORMAT " octets"), name, max);

  return -1;
}

/* A sealed memory file with what @source holds: nothing else ever writes it. */
static int
copy_to_memory (int          source,
                gsize        max,
                gboolean     text,
                gboolean     line,
                const char  *name,
                GError     **error)
{
  guint8 *buffer = g_malloc (max + 1);
  gssize size = read_all (source, buffer, max, line, name, error);
  int fd = -1;

  if (size >= 0)
    {
      if (text && size > 0 && buffer[size - 1] == '\n')
        size--;
      if (text && size > 0 && buffer[size - 1] == '\r')
        size--;
      fd = memfd_create ("signet", MFD_CLOEXEC | MFD_ALLOW_SEALING);
      if (fd < 0)
        g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("No memory file could be made: %s"), g_strerror (errno));
      else if (!write_all (fd, buffer, (gsize) size, error))
        {
          g_close (fd, NULL);
          fd = -1;
        }
    }
  explicit_bzero (buffer, max + 1);
  g_free (buffer);
  if (fd >= 0)
    {
      (void) lseek (fd, 0, SEEK_SET);
      (void) fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    }

  return fd;
}

static int
ask_on_terminal (const char  *prompt,
                 GError     **error)
{
  struct termios shown;
  struct termios hidden;
  int terminal = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  g_autofree char *text = g_strdup_printf ("%s: ", prompt);
  int fd;

  if (terminal < 0 || tcgetattr (terminal, &shown) != 0)
    {
      if (terminal >= 0)
        g_close (terminal, NULL);
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE,
                   _("There is no terminal to ask for “%s” on: give it by a file or a descriptor, see --help"), prompt);
      return -1;
    }

  hidden = shown;
  /* Ctrl+C ends the line rather than the program: echo must come back first. */
  hidden.c_lflag &= ~(tcflag_t) (ECHO | ISIG);
  hidden.c_lflag |= ICANON;
  hidden.c_cc[VEOL] = INTERRUPT;
  (void) tcsetattr (terminal, TCSAFLUSH, &hidden);
  fd = write_all (terminal, (const guint8 *) text, strlen (text), error)
         ? copy_to_memory (terminal, MAX_SECRET, TRUE, TRUE, _("The terminal"), error) : -1;
  (void) tcsetattr (terminal, TCSAFLUSH, &shown);
  (void) write_all (terminal, (const guint8 *) "\n", 1, NULL);
  g_close (terminal, NULL);

  return fd;
}

static int
open_file (const char  *file,
           GError     **error)
{
  int fd = g_open (file, O_RDONLY | O_CLOEXEC, 0);

  if (fd < 0)
    g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("%s could not be opened: %s"), file, g_strerror (errno));

  return fd;
}

static GUnixFDList *
list_of (int fd)
{
  return fd >= 0 ? g_unix_fd_list_new_from_array (&fd, 1) : NULL;
}

GUnixFDList *
signet_cli_secret_list (const char  *file,
                        int          fd,
                        const char  *prompt,
                        GError     **error)
{
  int secret;

  /* Neither core dumps nor other processes see what is read from here on. */
  (void) prctl (PR_SET_DUMPABLE, 0);
  if (file != NULL)
    {
      int source = open_file (file, error);

      secret = source >= 0 ? copy_to_memory (source, MAX_SECRET, TRUE, FALSE, file, error) : -1;
      if (source >= 0)
        g_close (source, NULL);
    }
  else if (fd >= 0)
    {
      g_autofree char *name = g_strdup_printf (_("Descriptor %d"), fd);

      secret = copy_to_memory (fd, MAX_SECRET, TRUE, FALSE, name, error);
    }
  else if (prompt != NULL)
    {
      secret = ask_on_terminal (prompt, error);
    }
  else
    {
      return g_unix_fd_list_new ();
    }

  return list_of (secret);
}

GUnixFDList *
signet_cli_file_list (const char  *file,
                      GError     **error)
{
  int source = open_file (file, error);
  int copy;

  if (source < 0)
    return NULL;
  (void) prctl (PR_SET_DUMPABLE, 0);
  copy = copy_to_memory (source, MAX_FILE, FALSE, FALSE, file, error);
  g_close (source, NULL);

  return list_of (copy);
}

GVariant *
signet_cli_secret_handles (GUnixFDList *fds)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ah"));
  if (g_unix_fd_list_get_length (fds) > 0)
    g_variant_builder_add (&builder, "h", 0);

  return g_variant_builder_end (&builder);
}

GVariant *
signet_cli_secret_argument (GUnixFDList *fds)
{
  GVariant *handles = signet_cli_secret_handles (fds);

  return g_variant_new_tuple (&handles, 1);
}

gboolean
signet_cli_secret_is_short (GUnixFDList *fds)
{
  const int *list = g_unix_fd_list_peek_fds (fds, NULL);
  off_t size = lseek (list[0], 0, SEEK_END);

  (void) lseek (list[0], 0, SEEK_SET);

  return size < GOOD_CODE;
}

gboolean
signet_cli_secret_append (GUnixFDList  *fds,
                          GUnixFDList  *more,
                          GError      **error)
{
  const int *list = g_unix_fd_list_peek_fds (more, NULL);

  return g_unix_fd_list_get_length (more) == 0 || g_unix_fd_list_append (fds, list[0], error) >= 0;
}
