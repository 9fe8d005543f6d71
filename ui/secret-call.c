/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "secret-call.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHORT_CODE 16                   /* characters: fewer can be guessed by who reads a MAC made with it */

static int
to_descriptor (const void  *data,
               gsize        size,
               GError     **error)
{
  int fd = memfd_create ("signet-secret", MFD_CLOEXEC);

  if (fd >= 0 && write (fd, data, size) == (gssize) size && lseek (fd, 0, SEEK_SET) == 0)
    return fd;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _("The secret could not be handed over: %s"),
               g_strerror (errno));
  if (fd >= 0)
    close (fd);

  return -1;
}

GVariant *
signet_secret_append (GUnixFDList  *list,
                      const void   *data,
                      gsize         size,
                      GError      **error)
{
  GVariantBuilder builder;
  int fd;
  int index = -1;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("ah"));
  if (size == 0)
    return g_variant_builder_end (&builder);
  fd = to_descriptor (data, size, error);
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

  return g_variant_builder_end (&builder);
}

GUnixFDList *
signet_secret_list (const char  *text,
                    GVariant   **handles,
                    GError     **error)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();

  *handles = signet_secret_append (list, text, text != NULL ? strlen (text) : 0, error);

  return *handles != NULL ? g_steal_pointer (&list) : NULL;
}

gboolean
signet_secret_is_exposed (const char *url,
                          const char *code)
{
  return url != NULL && g_ascii_strncasecmp (url, "http:", strlen ("http:")) == 0 && *code != '\0'
         && g_utf8_strlen (code, -1) < SHORT_CODE;
}

static void
on_compared (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (SignetShell) shell = user_data;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, NULL);
  g_autoptr (GVariant) others = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  g_autofree char *words = NULL;
  const char *name;

  /* What was asked for is done: that nothing could be compared is no failure of it. */
  if (others == NULL || g_variant_n_children (others) == 0)
    return;
  g_variant_get_child (others, 0, "(x&s)", NULL, &name);
  words = g_strdup_printf (_("“%s” has the same code: each authority should have one of its own"), name);
  signet_shell_say (shell, words);
}

void
signet_secret_warn_if_shared (SignetShell *shell,
                              gint64       authority)
{
  signet_client_call_async (signet_shell_get_client (shell), "CompareCode", g_variant_new ("(x)", authority), NULL, NULL, on_compared,
                            g_object_ref (shell));
}
