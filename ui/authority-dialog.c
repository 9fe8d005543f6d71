/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "authority-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "authority-form.h"
#include "client/client-words.h"
#include "files.h"
#include "preset-group.h"
#include "secret-call.h"

#define ANCHOR_MAX (64 * 1024)          /* octets of a certificate file */

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
  GtkLabel *url_mistake;
  GtkLabel *reference_mistake;
  GtkLabel *trust_mistake;
  AdwPreferencesGroup *identity_group;
  AdwPreferencesGroup *recognition_group;
  SignetItem *edited;           /* (nullable): the authority that is changed, as it was when the dialog was opened */
  GPtrArray *kept;              /* (element-type GBytes): those of its roots that stay */
  GPtrArray *kept_rows;         /* (element-type GtkWidget): a row each */
};

G_DEFINE_FINAL_TYPE (SignetAuthorityDialog, signet_authority_dialog, ADW_TYPE_WINDOW)

static void
show_problem (SignetAuthorityDialog *self,
              const char            *words)
{
  gtk_label_set_text (self->problem_text, words != NULL ? words : "");
  gtk_info_bar_set_revealed (self->problem, words != NULL);
}

/* (nullable): where one is changed. */
static const SignetAuthorityRecord *
record_of (SignetAuthorityDialog *self)
{
  return self->edited != NULL ? signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (self->edited)) : NULL;
}

/* @words below @row, which they are about; %NULL: nothing is wrong with it. */
static void
mark (GtkWidget  *row,
      GtkLabel   *label,
      const char *words)
{
  gtk_label_set_text (label, words != NULL ? words : "");
  gtk_widget_set_visible (gtk_widget_get_ancestor (GTK_WIDGET (label), ADW_TYPE_PREFERENCES_ROW), words != NULL);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               words != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  if (words == NULL)
    {
      gtk_widget_remove_css_class (row, "error");
      gtk_accessible_reset_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
      return;
    }
  gtk_widget_add_css_class (row, "error");
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words, -1);
}

static void
forget_mistakes (SignetAuthorityDialog *self)
{
  mark (GTK_WIDGET (self->url), self->url_mistake, NULL);
  mark (GTK_WIDGET (self->reference), self->reference_mistake, NULL);
  mark (GTK_WIDGET (self->fingerprint), self->trust_mistake, NULL);
}

static const char *
find_url_mistake (SignetAuthorityDialog *self)
{
  const char *url = gtk_editable_get_text (self->url);
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  if (*url == '\0')
    return *gtk_editable_get_text (self->name) == '\0' ? _("Give an address, or where there is none, a name.") : NULL;
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || (!g_str_equal (g_uri_get_scheme (uri), "https") && !g_str_equal (g_uri_get_scheme (uri), "http")))
    return _("This is no address of a server: it begins with https:// or http://, and a host follows.");

  return NULL;
}

static const char *
find_trust_mistake (SignetAuthorityDialog *self)
{
  const char *text = gtk_editable_get_text (self->fingerprint);
  guint how = adw_combo_row_get_selected (self->recognition);
  guint digits = 0;

  if (how == SIGNET_RECOGNISED_BY_FILE && self->anchor == NULL && self->kept->len == 0)
    return _("Choose the root certificate that the authority is recognised by.");
  if (how != SIGNET_RECOGNISED_BY_FINGERPRINT)
    return NULL;
  for (const char *c = text; *c != '\0'; c++)
    if (g_ascii_isxdigit (*c))
      digits++;
    else if (*c != ':' && !g_ascii_isspace (*c))
      return _("A fingerprint has only digits and the letters A to F.");

  return digits != 64 ? _("A SHA-256 fingerprint has 64 digits and letters.") : NULL;
}

/* Whether all is well; else the first row with a mistake has the focus. */
static gboolean
check (SignetAuthorityDialog *self)
{
  const SignetAuthorityRecord *record = record_of (self);
  gboolean code = *gtk_editable_get_text (self->code) != '\0' || (record != NULL && record->has_secret);
  const char *url = find_url_mistake (self);
  const char *trust = find_trust_mistake (self);
  const char *reference = NULL;

  if (code && *gtk_editable_get_text (self->reference) == '\0')
    reference = _("A code needs the reference that came with it: it says whose code it is.");
  mark (GTK_WIDGET (self->url), self->url_mistake, url);
  mark (GTK_WIDGET (self->reference), self->reference_mistake, reference);
  mark (GTK_WIDGET (self->fingerprint), self->trust_mistake, trust);
  if (url != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self->url));
  else if (reference != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self->reference));
  else if (trust != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (self->recognition));

  return url == NULL && reference == NULL && trust == NULL;
}

static void
update (SignetAuthorityDialog *self)
{
  const char *url = gtk_editable_get_text (self->url);
  const char *code = gtk_editable_get_text (self->code);
  guint how = adw_combo_row_get_selected (self->recognition);
  gboolean reference = *gtk_editable_get_text (self->reference) != '\0';
  /* Who has neither shows a certificate with each request; a root that is sent is vouched for by the code alone. */
  gboolean shown = reference ? *code != '\0' : *code == '\0' && how != SIGNET_RECOGNISED_BY_FIRST_ANSWER;
  gboolean ready = shown && (*url != '\0' || *gtk_editable_get_text (self->name) != '\0')
                   && (how != SIGNET_RECOGNISED_BY_FILE || self->anchor != NULL)
                   && (how != SIGNET_RECOGNISED_BY_FINGERPRINT || *gtk_editable_get_text (self->fingerprint) != '\0');

  gtk_widget_set_visible (self->warning, signet_secret_is_exposed (url, code));
  /* What is wrong with a change is said where it is. */
  gtk_widget_set_sensitive (self->add_button, self->edited != NULL || ready);
}

static void
on_changed (GtkEditable           *editable,
            SignetAuthorityDialog *self)
{
  show_problem (self, NULL);
  forget_mistakes (self);
  update (self);
}

/* The address is shown as it comes about, and may be mended by hand; the kind of protection is that of the system. */
static void
on_preset (SignetPresetGroup     *presets,
           SignetAuthorityDialog *self)
{
  const SignetPreset *preset = signet_preset_group_get_preset (presets);
  g_autofree char *url = signet_preset_group_make_url (presets);
  const char *mac = self->edited != NULL ? signet_authority_lookup_text (record_of (self), "mac", "pbmac1") : "pbmac1";

  if (url != NULL)
    gtk_editable_set_text (self->url, url);
  if (preset != self->preset)
    {
      if (preset != NULL && !g_variant_lookup (preset->settings, "mac", "&s", &mac))
        mac = "pbmac1";
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

  gtk_widget_set_visible (GTK_WIDGET (self->anchor_row), how == SIGNET_RECOGNISED_BY_FILE);
  gtk_widget_set_visible (GTK_WIDGET (self->fingerprint), how == SIGNET_RECOGNISED_BY_FINGERPRINT);
  for (guint i = 0; i < self->kept_rows->len; i++)
    gtk_widget_set_visible (self->kept_rows->pdata[i], how == SIGNET_RECOGNISED_BY_FILE);
  mark (GTK_WIDGET (self->fingerprint), self->trust_mistake, NULL);
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
  g_autofree char *fingerprint = NULL;
  gsize length = 0;

  g_clear_pointer (&self->anchor, g_bytes_unref);
  if (!g_file_load_contents_finish (G_FILE (source), result, &contents, &length, NULL, &error))
    show_problem (self, error->message);
  else if (length > ANCHOR_MAX || (self->anchor = der_of (contents, length)) == NULL)
    show_problem (self, _("This file holds no certificate."));
  if (self->anchor != NULL)
    {
      fingerprint = signet_words_fingerprint (self->anchor);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->anchor_row), name);
      adw_action_row_set_subtitle (self->anchor_row, fingerprint);
      mark (GTK_WIDGET (self->fingerprint), self->trust_mistake, NULL);
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
on_saved (GObject      *source,
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
      if (self->edited != NULL)
        id = signet_item_get_id (self->edited);
      else
        g_variant_get (reply, "(x)", &id);
      signet_shell_say (self->shell, self->edited != NULL ? _("Changes kept")
                                                          : _("Authority added. You can request a certificate from it."));
      if (*gtk_editable_get_text (self->code) != '\0')
        signet_secret_warn_if_shared (self->shell, id);
      gtk_window_close (GTK_WINDOW (self));
    }
}

static GPtrArray *
list_anchors (SignetAuthorityDialog *self)
{
  GPtrArray *anchors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (guint i = 0; i < self->kept->len; i++)
    g_ptr_array_add (anchors, g_bytes_ref (self->kept->pdata[i]));
  if (self->anchor != NULL)
    g_ptr_array_add (anchors, g_bytes_ref (self->anchor));

  return anchors;
}

/* The arguments of AddAuthority or ChangeAuthority. @handles: consumed */
static GVariant *
make_arguments (SignetAuthorityDialog *self,
                GVariant              *handles)
{
  const SignetAuthorityRecord *record = record_of (self);
  g_autoptr (GPtrArray) anchors = list_anchors (self);
  const SignetAuthorityForm form = {
    .name = gtk_editable_get_text (self->name),
    .url = gtk_editable_get_text (self->url),
    .reference = gtk_editable_get_text (self->reference),
    .mac = adw_combo_row_get_selected (self->mac) == 0 ? "pbmac1" : "password-based",
    .profile = gtk_editable_get_text (self->profile),
    .fingerprint = gtk_editable_get_text (self->fingerprint),
    .recognition = (SignetRecognition) adw_combo_row_get_selected (self->recognition),
    .anchors = anchors,
    .preset = self->preset,
  };
  g_auto (GStrv) unset = NULL;
  GVariant *changes;

  if (record == NULL)
    return g_variant_new ("(@a{sv}@ah)", signet_authority_form_to_settings (&form), handles);
  changes = signet_authority_form_to_changes (&form, record, &unset);

  return g_variant_new ("(x@a{sv}^as@ah)", record->id, changes, unset, handles);
}

static void
on_add (GtkButton             *button,
        SignetAuthorityDialog *self)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *handles = NULL;

  if (!check (self))
    return;
  fds = signet_secret_list (gtk_editable_get_text (self->code), &handles, &error);
  if (fds == NULL)
    {
      show_problem (self, error->message);
      return;
    }
  gtk_widget_set_sensitive (self->add_button, FALSE);
  signet_client_call_async (signet_shell_get_client (self->shell), self->edited != NULL ? "ChangeAuthority" : "AddAuthority",
                            make_arguments (self, handles), fds, NULL, on_saved, g_object_ref (self));
}

/* A root of the authority is trusted no longer, once that is saved. */
static void
on_drop_anchor (GtkButton             *button,
                SignetAuthorityDialog *self)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), ADW_TYPE_ACTION_ROW);
  guint i;

  if (!g_ptr_array_find (self->kept_rows, row, &i))
    return;
  g_ptr_array_remove_index (self->kept, i);
  g_ptr_array_remove_index (self->kept_rows, i);
  adw_preferences_group_remove (self->recognition_group, row);
  gtk_widget_grab_focus (GTK_WIDGET (self->recognition));
  update (self);
}

static void
add_kept (SignetAuthorityDialog *self,
          GBytes                *der)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *fingerprint = signet_words_fingerprint (der);
  /* Translators: for who cannot see the picture; %s is a fingerprint */
  g_autofree char *name = g_strdup_printf (_("Take away the root certificate %s"), fingerprint);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _("Root certificate"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), fingerprint);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _("Take Away"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_signal_connect (button, "clicked", G_CALLBACK (on_drop_anchor), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (self->recognition_group, row);
  g_ptr_array_add (self->kept, g_bytes_ref (der));
  g_ptr_array_add (self->kept_rows, row);
}

/* The dialog as it is for an authority that is known. */
static void
fill (SignetAuthorityDialog *self)
{
  const SignetAuthorityRecord *record = record_of (self);

  gtk_window_set_title (GTK_WINDOW (self), _("Edit Authority"));
  gtk_button_set_label (GTK_BUTTON (self->add_button), _("_Save"));
  signet_preset_group_set_none (self->presets, _("As it is set now"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self->presets),
                                         _("Only what you change here changes. Requests that are under way go on as they began, "
                                           "but their next message goes to a new address."));
  adw_preferences_group_set_description (self->identity_group,
                                         record->has_secret ? _("The code that is kept stays unless you enter another one.")
                                                            : _("There is no code: it was used up, or a certificate is shown instead."));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->code),
                                 record->has_secret ? _("New code (empty: unchanged)") : _("New code (empty: none)"));
  gtk_editable_set_text (self->url, record->url != NULL ? record->url : "");
  gtk_editable_set_text (self->name, record->name);
  gtk_editable_set_text (self->reference, record->reference != NULL ? record->reference : "");
  gtk_editable_set_text (self->profile, signet_authority_lookup_text (record, "profile", ""));
  gtk_editable_set_text (self->fingerprint, signet_authority_lookup_text (record, "anchor-fingerprint", ""));
  adw_combo_row_set_selected (self->mac, g_str_equal (signet_authority_lookup_text (record, "mac", "pbmac1"), "pbmac1") ? 0 : 1);
  for (guint i = 0; record->anchors != NULL && i < record->anchors->len; i++)
    add_kept (self, record->anchors->pdata[i]);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->anchor_row),
                                 self->kept->len > 0 ? _("Another root certificate") : _("No file chosen"));
  adw_combo_row_set_selected (self->recognition, signet_authority_recognition (record));
  on_recognition (self->recognition, NULL, self);
}

static void
signet_authority_dialog_finalize (GObject *object)
{
  SignetAuthorityDialog *self = SIGNET_AUTHORITY_DIALOG (object);

  g_clear_pointer (&self->anchor, g_bytes_unref);
  g_clear_object (&self->edited);
  g_ptr_array_unref (self->kept);
  g_ptr_array_unref (self->kept_rows);

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
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, url_mistake);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, reference_mistake);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, trust_mistake);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, identity_group);
  gtk_widget_class_bind_template_child (widget_class, SignetAuthorityDialog, recognition_group);
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
  self->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->kept_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
signet_authority_dialog_new (SignetShell *shell)
{
  SignetAuthorityDialog *self = g_object_new (SIGNET_TYPE_AUTHORITY_DIALOG, "transient-for", shell, NULL);

  self->shell = shell;

  return GTK_WIDGET (self);
}

GtkWidget *
signet_authority_dialog_new_for (SignetShell *shell,
                                 SignetItem  *authority)
{
  GtkWidget *widget = signet_authority_dialog_new (shell);

  SIGNET_AUTHORITY_DIALOG (widget)->edited = g_object_ref (authority);
  fill (SIGNET_AUTHORITY_DIALOG (widget));

  return widget;
}
