/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "shell.h"

#include <glib/gi18n.h>

G_DEFINE_INTERFACE (SignetShell, signet_shell, GTK_TYPE_WIDGET)

static void
signet_shell_default_init (SignetShellInterface *iface)
{
}

SignetShell *
signet_shell_of (GtkWidget *widget)
{
  GtkWidget *root = GTK_WIDGET (gtk_widget_get_root (widget));

  /* A dialog's shell is the window that it belongs to. */
  while (root != NULL && !SIGNET_IS_SHELL (root) && GTK_IS_WINDOW (root))
    root = GTK_WIDGET (gtk_window_get_transient_for (GTK_WINDOW (root)));

  return SIGNET_IS_SHELL (root) ? SIGNET_SHELL (root) : NULL;
}

SignetClient *
signet_shell_get_client (SignetShell *self)
{
  g_return_val_if_fail (SIGNET_IS_SHELL (self), NULL);

  return SIGNET_SHELL_GET_IFACE (self)->get_client (self);
}

void
signet_shell_show_item (SignetShell *self,
                        SignetItem  *item)
{
  g_return_if_fail (SIGNET_IS_SHELL (self));

  SIGNET_SHELL_GET_IFACE (self)->show_item (self, item);
}

void
signet_shell_show_row (SignetShell *self,
                       GListModel  *model,
                       gint64       id)
{
  g_autoptr (SignetItem) item = signet_client_lookup (model, id);

  if (item != NULL)
    signet_shell_show_item (self, item);
}

void
signet_shell_say (SignetShell *self,
                  const char  *words)
{
  g_return_if_fail (SIGNET_IS_SHELL (self));

  SIGNET_SHELL_GET_IFACE (self)->say (self, words);
}

void
signet_shell_report (SignetShell  *self,
                     const char   *what,
                     const GError *error)
{
  GtkWidget *dialog;

  if (self == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  dialog = adw_message_dialog_new (GTK_WINDOW (self), what, error->message);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}
