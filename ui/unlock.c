/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "unlock.h"

#include <glib/gi18n.h>

#include "password-group.h"
#include "secret-call.h"

static void
on_unlocked (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (SignetShell) shell = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);

  if (reply == NULL)
    signet_shell_report (shell, _("The store stays locked"), error);
}

static void
on_response (AdwMessageDialog *dialog,
             const char       *response,
             SignetShell      *shell)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *handles = NULL;

  if (!g_str_equal (response, "unlock"))
    return;
  fds = signet_secret_list (signet_password_group_get (dialog), &handles, &error);
  if (fds == NULL)
    signet_shell_report (shell, _("The store stays locked"), error);
  else
    signet_client_call_async (signet_shell_get_client (shell), "Unlock", g_variant_new ("(@ah)", handles), fds, NULL,
                              on_unlocked, g_object_ref (shell));
}

void
signet_unlock_ask (SignetShell *shell)
{
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (shell), _("Unlock Signet"),
      _("Enter the passphrase of this store. If it is new, the one you enter now is set; without it the keys are lost."));

  signet_password_group_add (ADW_MESSAGE_DIALOG (dialog), _("Passphrase"));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "unlock", _("_Unlock"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "unlock", ADW_RESPONSE_SUGGESTED);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_response), shell, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
