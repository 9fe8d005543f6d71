/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "secret-call.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int
to_descriptor (const char  *text,
               GError     **error)
{
  gsize length = strlen (text);
  int fd = memfd_create ("signet-secret", MFD_CLOEXEC);

  if (fd >= 0 && write (fd, text, length) == (gssize) length && lseek (fd, 0, SEEK_SET) == 0)
    return fd;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _("The secret could not be handed over: %s"),
               g_strerror (errno));
  if (fd >= 0)
    close (fd);

  return -1;
}

GUnixFDList *
signet_secret_list (const char  *text,
                    GVariant   **handles,
                    GError     **error)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  GVariantBuilder builder;
  int index = -1;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ah"));
  if (text != NULL && *text != '\0')
    {
      int fd = to_descriptor (text, error);

      if (fd >= 0)
        {
          index = g_unix_fd_list_append (list, fd, error);
          close (fd);
        }
      if (index < 0)
        {
          g_variant_builder_clear (&builder);
          return NULL;
        }
      g_variant_builder_add (&builder, "h", index);
    }
  *handles = g_variant_builder_end (&builder);

  return g_steal_pointer (&list);
}
