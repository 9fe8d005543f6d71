/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "authority-page.h"

#include <glib/gi18n.h>

#include "authority-dialog.h"
#include "client/client-presets.h"
#include "secret-call.h"

struct _SignetAuthorityPage
{
  SignetPage parent;

  SignetClient *client;
  gint64 id;
};

G_DEFINE_FINAL_TYPE (SignetAuthorityPage, signet_authority_page, SIGNET_TYPE_PAGE)

static void remove_authority (SignetAuthorityPage *self, gboolean force);

static void
on_force_response (AdwMessageDialog    *dialog,
                   const char          *response,
                   SignetAuthorityPage *self)
{
  if (g_str_equal (response, "remove"))
    remove_authority (self, TRUE);
}

/* Requests are open: what is lost with it is said before it is. */
static void
ask_force (SignetAuthorityPage *self,
           const GError        *error)
{
  GtkWidget *dialog;

  if (gtk_widget_get_root (GTK_WIDGET (self)) == NULL)
    return;
  dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Requests are open"),
                                   error->message);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Keep It"), "remove", _("Remove _Anyway"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "remove", ADW_RESPONSE_DESTRUCTIVE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_force_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_removed (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (SignetAuthorityPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  SignetShell *shell = signet_shell_of (GTK_WIDGET (self));

  if (g_error_matches (error, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_BUSY))
    ask_force (self, error);
  else if (reply == NULL)
    signet_shell_report (shell, _("The authority was not removed"), error);
  else if (shell != NULL)
    {
      signet_shell_say (shell, _("Authority removed"));
      if (gtk_widget_get_mapped (GTK_WIDGET (self)))
        gtk_widget_activate_action (GTK_WIDGET (self), "win.back", NULL);
    }
}

static void
remove_authority (SignetAuthorityPage *self,
                  gboolean             force)
{
  signet_client_call_async (self->client, "RemoveAuthority", g_variant_new ("(xb)", self->id, force), NULL, NULL, on_removed,
                            g_object_ref (self));
}

static void
on_remove_response (AdwMessageDialog    *dialog,
                    const char          *response,
                    SignetAuthorityPage *self)
{
  if (g_str_equal (response, "remove"))
    remove_authority (self, FALSE);
}

static void
ask_remove (SignetAuthorityPage *self)
{
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Remove this authority?"),
      _("Its address, code and trust anchors are forgotten. Certificates and keys stay. A demo authority is stopped, and what it "
        "knew is deleted."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "remove", _("_Remove"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "remove", ADW_RESPONSE_DESTRUCTIVE);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_remove_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_code_set (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);

  if (reply == NULL)
    signet_shell_report (signet_shell_of (widget), _("The code was not kept"), error);
  else if (signet_shell_of (widget) != NULL)
    {
      signet_shell_say (signet_shell_of (widget), _("New code kept"));
      signet_secret_warn_if_shared (signet_shell_of (widget), SIGNET_AUTHORITY_PAGE (widget)->id);
    }
}

static void
on_code_response (AdwMessageDialog    *dialog,
                  const char          *response,
                  SignetAuthorityPage *self)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *handles = NULL;
  GtkWidget *group;
  GtkEditable *reference;
  GtkEditable *code;

  if (!g_str_equal (response, "keep"))
    return;
  group = adw_message_dialog_get_extra_child (dialog);
  reference = g_object_get_data (G_OBJECT (group), "reference");
  code = g_object_get_data (G_OBJECT (group), "code");
  fds = signet_secret_list (gtk_editable_get_text (code), &handles, &error);
  if (fds == NULL)
    {
      signet_shell_report (signet_shell_of (GTK_WIDGET (self)), _("The code was not kept"), error);
      return;
    }
  signet_client_call_async (self->client, "SetAuthoritySecret",
                            g_variant_new ("(xs@ah)", self->id, gtk_editable_get_text (reference), handles), fds, NULL,
                            on_code_set, g_object_ref (self));
}

static void
ask_code (SignetAuthorityPage *self)
{
  GtkWidget *dialog
      = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("New Code"),
                                _("Enter the reference and the one-time code that your organisation gave you."));
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *reference = adw_entry_row_new ();
  GtkWidget *code = adw_password_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (reference), _("Reference (empty: as before)"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (code), _("Code"));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), reference);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), code);
  g_object_set_data (G_OBJECT (group), "reference", reference);
  g_object_set_data (G_OBJECT (group), "code", code);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), group);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "keep", _("_Keep Code"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "keep", ADW_RESPONSE_SUGGESTED);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_code_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
edit (SignetAuthorityPage *self)
{
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_authorities (self->client), self->id);
  SignetShell *shell = signet_shell_of (GTK_WIDGET (self));

  if (item != NULL && shell != NULL)
    gtk_window_present (GTK_WINDOW (signet_authority_dialog_new_for (shell, item)));
}

static void
add_trust (SignetAuthorityPage         *self,
           const SignetAuthorityRecord *record)
{
  AdwPreferencesGroup *group = signet_page_add_group (SIGNET_PAGE (self), _("Recognised By"));
  const char *fingerprint = NULL;

  for (guint i = 0; record->anchors != NULL && i < record->anchors->len; i++)
    {
      GBytes *der = g_ptr_array_index (record->anchors, i);
      g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, der);

      signet_page_add_fact (group, NULL, _("Root certificate, SHA-256 fingerprint"), hash);
    }
  if (record->settings != NULL && g_variant_lookup (record->settings, "anchor-fingerprint", "&s", &fingerprint))
    signet_page_add_fact (group, NULL, _("The root with this SHA-256 fingerprint"), fingerprint);
  if ((record->anchors == NULL || record->anchors->len == 0) && fingerprint == NULL)
    adw_preferences_group_set_description (group, _("Nothing yet: the root that it sends is shown to you with the first answer."));
}

/* What was set for this authority beyond the usual, whoever set it. */
static void
add_settings (SignetAuthorityPage         *self,
              const SignetAuthorityRecord *record)
{
  g_auto (GStrv) sentences = record->settings != NULL ? signet_words_settings (record->settings) : NULL;
  g_autofree char *text = NULL;

  if (sentences == NULL || sentences[0] == NULL)
    return;
  text = g_strjoinv ("\n", sentences);
  adw_preferences_group_set_description (signet_page_add_group (SIGNET_PAGE (self), _("What Is Set for It")), text);
}

static void
signet_authority_page_rebuild (SignetPage *page)
{
  SignetAuthorityPage *self = SIGNET_AUTHORITY_PAGE (page);
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_authorities (self->client), self->id);
  const SignetAuthorityRecord *record;
  AdwPreferencesGroup *group;
  GtkWidget *buttons;
  gboolean demo;

  if (item == NULL)
    return;
  record = signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item));
  demo = g_strcmp0 (record->kind, "demo") == 0;
  signet_page_clear (page);
  signet_page_set_heading (page, "network-server-symbolic", record->name,
                           demo ? _("Runs on this computer, for trying only") : record->url);
  group = signet_page_add_group (page, _("How It Is Reached"));
  signet_page_add_fact (group, NULL, _("Address"), record->url != NULL ? record->url : _("By message file or mail only"));
  if (record->reference != NULL)
    signet_page_add_fact (group, NULL, record->has_secret ? _("Reference; its code is kept sealed") : _("Reference; its code was used up"),
                          record->reference);
  add_trust (self, record);
  add_settings (self, record);
  buttons = signet_page_add_buttons (page);
  if (!demo && record->reference != NULL)
    signet_page_add_button (buttons, _("New _Code…"), !record->has_secret, G_CALLBACK (ask_code), self);
  if (!demo)
    signet_page_add_button (buttons, _("_Edit…"), FALSE, G_CALLBACK (edit), self);
  signet_page_add_button (buttons, _("_Remove…"), FALSE, G_CALLBACK (ask_remove), self);
}

static void
signet_authority_page_dispose (GObject *object)
{
  g_clear_object (&SIGNET_AUTHORITY_PAGE (object)->client);

  G_OBJECT_CLASS (signet_authority_page_parent_class)->dispose (object);
}

static void
signet_authority_page_class_init (SignetAuthorityPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = signet_authority_page_dispose;
  SIGNET_PAGE_CLASS (klass)->rebuild = signet_authority_page_rebuild;
}

static void
signet_authority_page_init (SignetAuthorityPage *self)
{
  signet_page_set_title (SIGNET_PAGE (self), _("Authority"));
}

GtkWidget *
signet_authority_page_new (SignetClient *client,
                           gint64        id)
{
  SignetAuthorityPage *self = g_object_new (SIGNET_TYPE_AUTHORITY_PAGE, NULL);

  self->client = g_object_ref (client);
  self->id = id;
  signet_page_rebuild (SIGNET_PAGE (self));

  return GTK_WIDGET (self);
}
