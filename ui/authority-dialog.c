/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "authority-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "files.h"
#include "preset-group.h"
#include "secret-call.h"

#define ANCHOR_MAX (64 * 1024)          /* octets of a certificate file */

enum
{
  BY_FILE,
  BY_FINGERPRINT,
  BY_FIRST_ANSWER
};

struct _SignetAuthorityDialog
{
  AdwWindow parent;

  SignetShell *shell;           /* the window it belongs to, which outlives it */
  GtkWidget *add_button;
  GtkInfoBar *problem;
  GtkLabel *problem_text;
  SignetPresetGroup *presets;
  const SignetPreset *preset;   /* (nullable): the last that was chosen */
  GtkEditable *url;
  GtkEditable *name;
  GtkEditable *reference;
  GtkEditable *code;
  GtkWidget *warning;
  AdwComboRow *recognition;
  AdwActionRow *anchor_row;
  GtkEditable *fingerprint;
  AdwComboRow *mac;
  GtkEditable *profile;
  GBytes *anchor;               /* (nullable): DER */
};

G_DEFINE_FINAL_TYPE (SignetAuthorityDialog, signet_authority_dialog, ADW_TYPE_WINDOW)

static void
show_problem (SignetAuthorityDialog *self,
              const char            *words)
{
  gtk_label_set_text (self->problem_text, words != NULL ? words : "");
  gtk_info_bar_set_revealed (self->problem, words != NULL);
}

static void
update (SignetAuthorityDialog *self)
{
  const char *url = gtk_editable_get_text (self->url);
  const char *code = gtk_editable_get_text (self->code);
  guint how = adw_combo_row_get_selected (self->recognition);
  gboolean reference = *gtk_editable_get_text (self->reference) != '\0';
  /* Who has neither shows a certificate with each request; a root that is sent is vouched for by the code alone. */
  gboolean shown = reference ? *code != '\0' : *code == '\0' && how != BY_FIRST_ANSWER;
  gboolean ready = shown && (*url != '\0' || *gtk_editable_get_text (self->name) != '\0')
                   && (how != BY_FILE || self->anchor != NULL)
                   && (how != BY_FINGERPRINT || *gtk_editable_get_text (self->fingerprint) != '\0');

  gtk_widget_set_visible (self->warning, signet_secret_is_exposed (url, code));
  gtk_widget_set_sensitive (self->add_button, ready);
}

static void
on_changed (GtkEditable           *editable,
            SignetAuthorityDialog *self)
{
  show_problem (self, NULL);
  update (self);
}

/* The address is shown as it comes about, and may be mended by hand; the kind of protection is that of the system. */
static void
on_preset (SignetPresetGroup     *presets,
           SignetAuthorityDialog *self)
{
  const SignetPreset *preset = signet_preset_group_get_preset (presets);
  g_autofree char *url = signet_preset_group_make_url (presets);
  const char *mac = "pbmac1";

  if (url != NULL)
    gtk_editable_set_text (self->url, url);
  if (preset != self->preset)
    {
      if (preset != NULL)
        g_variant_lookup (preset->settings, "mac", "&s", &mac);
      adw_combo_row_set_selected (self->mac, g_str_equal (mac, "pbmac1") ? 0 : 1);
      self->preset = preset;
    }
  show_problem (self, NULL);
  update (self);
}

static void
on_preset_problem (SignetPresetGroup     *presets,
                   const char            *words,
                   SignetAuthorityDialog *self)
{
  show_problem (self, words);
}

static void
on_recognition (AdwComboRow           *row,
                GParamSpec            *spec,
                SignetAuthorityDialog *self)
{
  guint how = adw_combo_row_get_selected (self->recognition);

  gtk_widget_set_visible (GTK_WIDGET (self->anchor_row), how == BY_FILE);
  gtk_widget_set_visible (GTK_WIDGET (self->fingerprint), how == BY_FINGERPRINT);
  update (self);
}

/* The DER in a PEM or DER file; only its clothing is looked at here, the worker reads what is inside. */
static GBytes *
der_of (const char *contents,
        gsize       length)
{
  static const char begin[] = "-----BEGIN CERTIFICATE-----";
  const char *start = g_strstr_len (contents, (gssize) length, begin);
  const char *end;
  g_autofree char *base64 = NULL;
  guchar *der;
  gsize size;

  if (start == NULL)
    return g_bytes_new (contents, length);
  start += strlen (begin);
  end = g_strstr_len (start, (gssize) (length - (gsize) (start - contents)), "-----END");
  if (end == NULL)
    return NULL;
  base64 = g_strndup (start, (gsize) (end - start));
  der = g_base64_decode (base64, &size);

  return g_bytes_new_take (der, size);
}

static void
on_anchor_read (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (SignetAuthorityDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;
  g_autofree char *name = g_file_get_basename (G_FILE (source));
  g_autofree char *hash = NULL;
  g_autoptr (GString) spaced = g_string_new (NULL);
  gsize length = 0;

  g_clear_pointer (&self->anchor, g_bytes_unref);
  if (!g_file_load_contents_finish (G_FILE (source), result, &contents, &length, NULL, &error))
    show_problem (self, error->message);
  else if (length > ANCHOR_MAX || (self->anchor = der_of (contents, length)) == NULL)
    show_problem (self, _("This file holds no certificate."));
  if (self->anchor != NULL)
    {
      hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->anchor);
      for (gsize i = 0; hash[i] != '\0'; i++)
        g_string_append_printf (spaced, "%s%c", i > 0 && i % 4 == 0 ? " " : "", g_ascii_toupper (hash[i]));
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->anchor_row), name);
      adw_action_row_set_subtitle (self->anchor_row, spaced->str);
    }
  update (self);
}

static void
on_anchor_chosen (GtkWidget *widget,
                  GFile     *file)
{
  g_file_load_contents_async (file, NULL, on_anchor_read, g_object_ref (widget));
}

static void
on_choose (GtkButton             *button,
           SignetAuthorityDialog *self)
{
  static const char *const patterns[] = { "*.pem", "*.crt", "*.cer", "*.der", NULL };

  signet_choose_file (GTK_WIDGET (self), _("Root Certificate"), _("Certificates"), patterns, on_anchor_chosen);
}

static void
on_added (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (SignetAuthorityDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  gint64 id;

  gtk_widget_set_sensitive (self->add_button, TRUE);
  if (reply == NULL)
    show_problem (self, error->message);
  else
    {
      g_variant_get (reply, "(x)", &id);
      signet_shell_say (self->shell, _("Authority added. You can request a certificate from it."));
      signet_secret_warn_if_shared (self->shell, id);
      gtk_window_close (GTK_WINDOW (self));
    }
}

static GVariant *
make_settings (SignetAuthorityDialog *self)
{
  const char *url = gtk_editable_get_text (self->url);
  const char *name = gtk_editable_get_text (self->name);
  const char *profile = gtk_editable_get_text (self->profile);
  guint how = adw_combo_row_get_selected (self->recognition);
  g_autoptr (GUri) uri = *url != '\0' ? g_uri_parse (url, G_URI_FLAGS_NONE, NULL) : NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr (GStrvBuilder) relaxations = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;
  GVariantDict dict;

  /* What is known of the system first: what stands in the dialog says it better. */
  g_variant_dict_init (&dict, self->preset != NULL ? self->preset->settings : NULL);
  if (g_variant_dict_lookup (&dict, "relaxations", "^as", &names))
    g_strv_builder_addv (relaxations, (const char **) names);
  g_variant_dict_insert (&dict, "name", "s", *name != '\0' ? name : (host != NULL && *host != '\0' ? host : url));
  if (*url != '\0')
    g_variant_dict_insert (&dict, "url", "s", url);
  if (*gtk_editable_get_text (self->reference) != '\0')
    g_variant_dict_insert (&dict, "reference", "s", gtk_editable_get_text (self->reference));
  g_variant_dict_insert (&dict, "mac", "s", adw_combo_row_get_selected (self->mac) == 0 ? "pbmac1" : "password-based");
  if (*profile != '\0')
    g_variant_dict_insert (&dict, "profile", "s", profile);
  if (how == BY_FILE)
    {
      GVariant *der = g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, self->anchor, TRUE);

      g_variant_dict_insert_value (&dict, "anchors", g_variant_new_array (G_VARIANT_TYPE_BYTESTRING, &der, 1));
    }
  else if (how == BY_FINGERPRINT)
    g_variant_dict_insert (&dict, "anchor-fingerprint", "s", gtk_editable_get_text (self->fingerprint));
  else
    {
      g_clear_pointer (&names, g_strfreev);
      g_strv_builder_add (relaxations, "ca-pubs");
      names = g_strv_builder_end (relaxations);
      g_variant_dict_insert (&dict, "relaxations", "^as", names);
    }

  return g_variant_dict_end (&dict);
}

static void
on_add (GtkButton             *button,
        SignetAuthorityDialog *self)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *handles = NULL;

  fds = signet_secret_list (gtk_editable_get_text (self->code), &handles, &error);
  if (fds == NULL)
    {
      show_problem (self, error->message);
      return;
    }
  gtk_widget_set_sensitive (self->add_button, FALSE);
  signet_client_call_async (signet_shell_get_client (self->shell), "AddAuthority",
                            g_variant_new ("(@a{sv}@ah)", make_settings (self), handles), fds, NULL, on_added,
                            g_object_ref (self));
}

static void
signet_authority_dialog_finalize (GObject *object)
{
  g_clear_pointer (&SIGNET_AUTHORITY_DIALOG (object)->anchor, g_bytes_unref);

  G_OBJECT_CLASS (signet_authority_dialog_parent_class)->finalize (object);
}

static void
signet_authority_dialog_class_init (SignetAuthorityDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = signet_authority_dialog_finalize;

  g_type_ensure (SIGNET_TYPE_PRESET_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/authority-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, add_button);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, problem_text);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, presets);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, url);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, name);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, reference);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, code);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, warning);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, recognition);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, anchor_row);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, fingerprint);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, mac);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, profile);
  gtk_widget_class_bind_template_callback (widget_class, on_add);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_choose);
  gtk_widget_class_bind_template_callback (widget_class, on_preset);
  gtk_widget_class_bind_template_callback (widget_class, on_preset_problem);
  gtk_widget_class_bind_template_callback (widget_class, on_recognition);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
signet_authority_dialog_init (SignetAuthorityDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
signet_authority_dialog_new (SignetShell *shell)
{
  SignetAuthorityDialog *self = g_object_new (SIGNET_TYPE_AUTHORITY_DIALOG, "transient-for", shell, NULL);

  self->shell = shell;

  return GTK_WIDGET (self);
}
