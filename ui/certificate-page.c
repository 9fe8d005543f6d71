/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "certificate-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/client-words.h"
#include "files.h"
#include "object-row.h"
#include "password-group.h"
#include "secret-call.h"

struct _SignetCertificatePage
{
  SignetPage parent;

  SignetClient *client;
  gint64 id;
  GPtrArray *chain;             /* (nullable) (element-type SignetCertificateRecord) */
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (SignetCertificatePage, signet_certificate_page, SIGNET_TYPE_PAGE)

/* ---- export ---- */

typedef struct
{
  GtkWidget *page;
  const char *format;
  char *file_name;
} Export;

static void
export_free (Export *export)
{
  g_object_unref (export->page);
  g_free (export->file_name);
  g_free (export);
}

static void
on_exported (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Export *export = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);

  if (reply == NULL)
    signet_shell_report (signet_shell_of (export->page), _("The certificate was not exported"), error);
  else if (gtk_widget_get_root (export->page) != NULL)
    {
      g_autoptr (GVariant) octets = g_variant_get_child_value (reply, 0);
      g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (octets);

      signet_save_octets (export->page, _("Export Certificate"), export->file_name, bytes,
                          g_str_equal (export->format, "pkcs12"));
    }
  export_free (export);
}

static char *
file_stem (const SignetCertificateRecord *record)
{
  g_autofree char *stem = g_strdup (record->email != NULL ? record->email : record->subject_cn);

  if (stem == NULL || *stem == '\0')
    return g_strdup ("certificate");

  return g_strdelimit (g_steal_pointer (&stem), "/\\:*?\"<>| \n\t", '-');
}

static void
export_as (SignetCertificatePage *self,
           const char            *format,
           const char            *suffix,
           const char            *password)
{
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_certificates (self->client), self->id);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *handles = NULL;
  g_autofree char *stem = NULL;
  Export *export;

  if (item == NULL)
    return;
  fds = signet_secret_list (password, &handles, &error);
  if (fds == NULL)
    {
      signet_shell_report (signet_shell_of (GTK_WIDGET (self)), _("The certificate was not exported"), error);
      return;
    }
  stem = file_stem (signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item)));
  export = g_new0 (Export, 1);
  export->page = g_object_ref (GTK_WIDGET (self));
  export->format = format;
  export->file_name = g_strconcat (stem, suffix, NULL);
  signet_client_call_async (self->client, "ExportCertificate", g_variant_new ("(xs@ah)", self->id, format, handles), fds, NULL,
                            on_exported, export);
}

static void
on_password_response (AdwMessageDialog      *dialog,
                      const char            *response,
                      SignetCertificatePage *self)
{
  if (g_str_equal (response, "export"))
    export_as (self, "pkcs12", ".p12", signet_password_group_get (dialog));
}

static void
on_password_changed (GtkEditable      *entry,
                     AdwMessageDialog *dialog)
{
  adw_message_dialog_set_response_enabled (dialog, "export", *gtk_editable_get_text (entry) != '\0');
}

static void
ask_password (SignetCertificatePage *self)
{
  GtkWidget *dialog = adw_message_dialog_new (
      GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Export with the private key?"),
      _("The file will hold your private key. Choose a password that protects it; the other program will ask for it. Whoever "
        "has both can sign and read in your name."));
  GtkEditable *entry = signet_password_group_add (ADW_MESSAGE_DIALOG (dialog), _("Password"));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "export", _("_Export…"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "export", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (dialog), "export", FALSE);
  g_signal_connect (entry, "changed", G_CALLBACK (on_password_changed), dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_password_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_export_format (GSimpleAction         *action,
                  GVariant              *parameter,
                  SignetCertificatePage *self)
{
  const char *format = g_variant_get_string (parameter, NULL);

  if (g_str_equal (format, "pkcs12"))
    ask_password (self);
  else if (g_str_equal (format, "der"))
    export_as (self, "der", ".cer", NULL);
  else
    export_as (self, "pem", ".pem", NULL);
}

static void
copy_pem (SignetCertificatePage *self)
{
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_certificates (self->client), self->id);
  g_autofree char *base64 = NULL;
  g_autoptr (GString) pem = g_string_new ("-----BEGIN CERTIFICATE-----\n");
  GBytes *der;

  if (item == NULL)
    return;
  der = signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item))->der;
  base64 = g_base64_encode (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
  for (gsize at = 0; at < strlen (base64); at += 64)
    g_string_append_printf (pem, "%.64s\n", base64 + at);
  g_string_append (pem, "-----END CERTIFICATE-----\n");
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), pem->str);
  signet_shell_say (signet_shell_of (GTK_WIDGET (self)), _("Certificate copied as text"));
}

/* ---- contents ---- */

static void
add_status (SignetCertificatePage         *self,
            const SignetCertificateRecord *record,
            gint64                         now)
{
  AdwPreferencesGroup *group = signet_page_add_group (SIGNET_PAGE (self), _("Status"));
  SignetTone tone;
  g_autofree char *status = signet_words_certificate_status (record, now, &tone);
  g_autofree char *from = signet_words_date (record->not_before);
  g_autofree char *until = signet_words_date (record->not_after);
  /* Translators: both are dates */
  g_autofree char *range = g_strdup_printf (_("%s to %s"), from, until);

  signet_page_add_fact (group, signet_tone_icon (tone), range, status);
}

static void
add_names (SignetCertificatePage         *self,
           const SignetCertificateRecord *record)
{
  AdwPreferencesGroup *group = signet_page_add_group (SIGNET_PAGE (self), _("Valid For"));

  for (guint i = 0; record->alt_names != NULL && record->alt_names[i] != NULL; i++)
    {
      g_autofree char *kind = NULL;
      g_autofree char *value = signet_words_alt_name (record->alt_names[i], &kind);

      signet_page_add_fact (group, NULL, kind, value);
    }
  if (record->subject != NULL && *record->subject != '\0')
    signet_page_add_fact (group, NULL, _("Name"), record->subject);
}

static void
add_chain (SignetCertificatePage         *self,
           const SignetCertificateRecord *record)
{
  AdwPreferencesGroup *group = signet_page_add_group (SIGNET_PAGE (self), _("Issued By"));

  if (self->chain == NULL || self->chain->len < 2)
    {
      signet_page_add_fact (group, NULL, _("The certificate of the issuer is not here"), record->issuer);
      return;
    }
  for (guint i = 1; i < self->chain->len; i++)
    {
      const SignetCertificateRecord *issuer = g_ptr_array_index (self->chain, i);
      gboolean root = g_strcmp0 (issuer->subject, issuer->issuer) == 0;

      signet_page_add_fact (group, NULL, root ? _("Root: what this computer recognises the authority by") : _("Authority"),
                            issuer->subject_cn != NULL ? issuer->subject_cn : issuer->subject);
    }
}

static void
show_key (SignetCertificatePage *self)
{
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_certificates (self->client), self->id);

  if (item != NULL)
    signet_shell_show_row (signet_shell_of (GTK_WIDGET (self)), signet_client_get_keys (self->client),
                           signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item))->key_id);
}

static void
add_key (SignetCertificatePage         *self,
         const SignetCertificateRecord *record)
{
  AdwPreferencesGroup *group = signet_page_add_group (SIGNET_PAGE (self), _("Key"));
  g_autofree char *kind = signet_words_key_spec (record->key_spec);
  GtkWidget *row = signet_page_add_fact (
      group, NULL, record->key_id != 0 ? _("Its private key is kept sealed by Signet") : _("Its private key is not here"), kind);

  if (record->key_id == 0)
    return;
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  adw_preferences_row_set_title_selectable (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_signal_connect_swapped (row, "activated", G_CALLBACK (show_key), self);
}

static char *
with_colons (const char *hex)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; hex != NULL && hex[i] != '\0'; i++)
    {
      if (i > 0 && i % 2 == 0)
        g_string_append_c (text, ':');
      g_string_append_c (text, g_ascii_toupper (hex[i]));
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_technical (SignetCertificatePage         *self,
               const SignetCertificateRecord *record)
{
  AdwPreferencesGroup *group = signet_page_add_group (SIGNET_PAGE (self), _("Technical"));
  g_autofree char *fingerprint = with_colons (record->fingerprint);
  GtkWidget *copy = gtk_button_new_with_mnemonic (_("_Copy PEM"));

  signet_page_add_fact (group, NULL, _("SHA-256 fingerprint"), fingerprint);
  signet_page_add_fact (group, NULL, _("Serial number"), record->serial);
  signet_page_add_fact (group, NULL, _("Issuer"), record->issuer);
  gtk_widget_add_css_class (copy, "flat");
  g_signal_connect_swapped (copy, "clicked", G_CALLBACK (copy_pem), self);
  adw_preferences_group_set_header_suffix (group, copy);
}

static void
add_actions (SignetCertificatePage         *self,
             const SignetCertificateRecord *record)
{
  GtkWidget *buttons = signet_page_add_buttons (SIGNET_PAGE (self));
  GtkWidget *button = gtk_menu_button_new ();
  g_autoptr (GMenu) menu = g_menu_new ();

  g_menu_append (menu, _("For many programs, with chain (PEM)"), "certificate.export::pem");
  g_menu_append (menu, _("The certificate alone (DER)"), "certificate.export::der");
  if (record->key_id != 0)
    g_menu_append (menu, _("With the private key (PKCS #12)…"), "certificate.export::pkcs12");
  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _("_Export…"));
  gtk_menu_button_set_use_underline (GTK_MENU_BUTTON (button), TRUE);
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_flow_box_append (GTK_FLOW_BOX (buttons), button);
}

static void
signet_certificate_page_rebuild (SignetPage *page)
{
  SignetCertificatePage *self = SIGNET_CERTIFICATE_PAGE (page);
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_certificates (self->client), self->id);
  const SignetCertificateRecord *record;
  g_autofree char *purpose = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  if (item == NULL)
    return;
  record = signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item));
  purpose = signet_words_purpose (record->purpose);
  signet_page_clear (page);
  signet_page_set_heading (page, "application-certificate-symbolic", record->name, purpose);
  add_actions (self, record);
  add_status (self, record, now);
  add_names (self, record);
  add_chain (self, record);
  add_key (self, record);
  add_technical (self, record);
}

static void
on_chain (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (SignetCertificatePage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) chain = signet_client_list_chain_finish (SIGNET_CLIENT (source), result, &error);

  if (chain == NULL)
    {
      g_debug ("The chain could not be read: %s", error->message);
      return;
    }
  g_clear_pointer (&self->chain, g_ptr_array_unref);
  self->chain = g_steal_pointer (&chain);
  signet_page_rebuild (SIGNET_PAGE (self));
}

static void
signet_certificate_page_dispose (GObject *object)
{
  SignetCertificatePage *self = SIGNET_CERTIFICATE_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->client);
  g_clear_pointer (&self->chain, g_ptr_array_unref);

  G_OBJECT_CLASS (signet_certificate_page_parent_class)->dispose (object);
}

static void
signet_certificate_page_finalize (GObject *object)
{
  g_clear_object (&SIGNET_CERTIFICATE_PAGE (object)->cancellable);

  G_OBJECT_CLASS (signet_certificate_page_parent_class)->finalize (object);
}

static void
signet_certificate_page_class_init (SignetCertificatePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = signet_certificate_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = signet_certificate_page_finalize;
  SIGNET_PAGE_CLASS (klass)->rebuild = signet_certificate_page_rebuild;
}

static void
signet_certificate_page_init (SignetCertificatePage *self)
{
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) export = g_simple_action_new ("export", G_VARIANT_TYPE_STRING);

  self->cancellable = g_cancellable_new ();
  g_signal_connect_object (export, "activate", G_CALLBACK (on_export_format), self, 0);
  g_action_map_add_action (G_ACTION_MAP (actions), G_ACTION (export));
  gtk_widget_insert_action_group (GTK_WIDGET (self), "certificate", G_ACTION_GROUP (actions));
  signet_page_set_title (SIGNET_PAGE (self), _("Certificate"));
}

GtkWidget *
signet_certificate_page_new (SignetClient *client,
                             gint64        id)
{
  SignetCertificatePage *self = g_object_new (SIGNET_TYPE_CERTIFICATE_PAGE, NULL);

  self->client = g_object_ref (client);
  self->id = id;
  signet_page_rebuild (SIGNET_PAGE (self));
  signet_client_list_chain_async (client, id, self->cancellable, on_chain, g_object_ref (self));

  return GTK_WIDGET (self);
}
