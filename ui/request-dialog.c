/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "request-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

struct _SignetRequestDialog
{
  AdwWindow parent;

  SignetShell *shell;           /* the window it belongs to, which outlives it */
  GtkWidget *request_button;
  GtkInfoBar *problem;
  GtkLabel *problem_text;
  AdwComboRow *authority;
  AdwComboRow *purpose;
  GtkEditable *name;
  GtkEditable *email;
  GtkEditable *also;
  AdwComboRow *key;
  GtkEditable *organization;
  GtkWidget *offline_row;
  GtkSwitch *offline;
  GtkLabel *review;
};

G_DEFINE_FINAL_TYPE (SignetRequestDialog, signet_request_dialog, ADW_TYPE_WINDOW)

/* In the order of the rows in the template. */
static const char *const purposes[] = { "mail", "sign-in", "documents", "other" };
static const char *const key_specs[] = { "ec:P-256", "rsa:3072", "rsa:4096", "ec:P-384", "ed25519" };

static void
show_problem (SignetRequestDialog *self,
              const char          *words)
{
  gtk_label_set_text (self->problem_text, words != NULL ? words : "");
  gtk_info_bar_set_revealed (self->problem, words != NULL);
}

static const SignetAuthorityRecord *
chosen_authority (SignetRequestDialog *self)
{
  gpointer item = adw_combo_row_get_selected_item (self->authority);

  return item != NULL ? signet_authority_item_get_record (item) : NULL;
}

/* A value of a distinguished name, RFC 4514 §2.4. */
static void
append_attribute (GString    *subject,
                  const char *type,
                  const char *value)
{
  if (*value == '\0')
    return;
  g_string_append_printf (subject, "%s%s=", subject->len > 0 ? "," : "", type);
  for (const char *c = value; *c != '\0'; c++)
    {
      if (strchr ("\"+,;<>\\=", *c) != NULL || (c == value && (*c == ' ' || *c == '#')) || (c[1] == '\0' && *c == ' '))
        g_string_append_c (subject, '\\');
      g_string_append_c (subject, *c);
    }
}

static char *
make_subject (SignetRequestDialog *self)
{
  g_autoptr (GString) subject = g_string_new (NULL);

  append_attribute (subject, "CN", gtk_editable_get_text (self->name));
  append_attribute (subject, "O", gtk_editable_get_text (self->organization));

  return g_string_free (g_steal_pointer (&subject), FALSE);
}

static char **
make_alt_names (SignetRequestDialog *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *email = gtk_editable_get_text (self->email);
  g_auto (GStrv) others = g_strsplit_set (gtk_editable_get_text (self->also), " ,;", -1);

  if (*email != '\0')
    {
      g_autofree char *name = g_strconcat ("email:", email, NULL);

      g_strv_builder_add (builder, name);
    }
  for (guint i = 0; others[i] != NULL; i++)
    if (*others[i] != '\0')
      g_strv_builder_add (builder, others[i]);

  return g_strv_builder_end (builder);
}

static void
update (SignetRequestDialog *self)
{
  const SignetAuthorityRecord *authority = chosen_authority (self);
  g_autofree char *subject = make_subject (self);
  g_auto (GStrv) names = make_alt_names (self);
  g_autofree char *joined = g_strjoinv (", ", names);
  g_autofree char *words = NULL;
  gboolean mail = adw_combo_row_get_selected (self->purpose) == 0;
  gboolean ready = authority != NULL && (*subject != '\0' || names[0] != NULL)
                   && (!mail || *gtk_editable_get_text (self->email) != '\0');

  gtk_widget_set_sensitive (self->request_button, ready);
  if (authority == NULL)
    return;
  gtk_widget_set_visible (self->offline_row, authority->url != NULL);
  if (!ready)
    gtk_label_set_text (self->review, mail ? _("Enter the e-mail address that the certificate is for.")
                                           : _("Enter a name, or an address that the certificate is for."));
  else
    {
      /* Translators: first is an authority's name, second a subject such as "CN=Maria", third a list of addresses */
      words = g_strdup_printf (_("A new key is made on this computer. “%s” is asked for a certificate for %s%s%s. The answer is "
                                 "compared with what you asked for. You can close the window meanwhile."),
                               authority->name, subject, *subject != '\0' && *joined != '\0' ? ", " : "", joined);
      gtk_label_set_text (self->review, words);
    }
}

static void
on_changed (GtkEditable         *editable,
            SignetRequestDialog *self)
{
  show_problem (self, NULL);
  update (self);
}

static void
on_choice (AdwComboRow         *row,
           GParamSpec          *spec,
           SignetRequestDialog *self)
{
  if (self->shell != NULL)
    update (self);
}

static void
on_created (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (SignetRequestDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  gint64 id;

  gtk_widget_set_sensitive (self->request_button, TRUE);
  if (reply == NULL)
    {
      show_problem (self, error->message);
      return;
    }
  g_variant_get (reply, "(x)", &id);
  g_signal_emit_by_name (self->shell, "request-created", id);
  gtk_window_close (GTK_WINDOW (self));
}

static GVariant *
make_request (SignetRequestDialog *self)
{
  const SignetAuthorityRecord *authority = chosen_authority (self);
  g_autofree char *subject = make_subject (self);
  g_auto (GStrv) names = make_alt_names (self);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "authority", "x", authority->id);
  g_variant_dict_insert (&dict, "purpose", "s", purposes[adw_combo_row_get_selected (self->purpose)]);
  g_variant_dict_insert (&dict, "subject", "s", subject);
  g_variant_dict_insert_value (&dict, "alt-names", g_variant_new_strv ((const char *const *) names, -1));
  g_variant_dict_insert (&dict, "key-spec", "s", key_specs[adw_combo_row_get_selected (self->key)]);
  g_variant_dict_insert (&dict, "offline", "b", authority->url == NULL || gtk_switch_get_active (self->offline));

  return g_variant_dict_end (&dict);
}

static void
on_request (GtkButton           *button,
            SignetRequestDialog *self)
{
  gtk_widget_set_sensitive (self->request_button, FALSE);
  signet_client_call_async (signet_shell_get_client (self->shell), "CreateRequest",
                            g_variant_new ("(@a{sv})", make_request (self)), NULL, NULL, on_created, g_object_ref (self));
}

static void
signet_request_dialog_class_init (SignetRequestDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/request-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, request_button);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, problem_text);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, authority);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, purpose);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, name);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, email);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, also);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, key);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, organization);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, offline_row);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, offline);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, review);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_choice);
  gtk_widget_class_bind_template_callback (widget_class, on_request);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
signet_request_dialog_init (SignetRequestDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static char *
authority_name (gpointer item)
{
  return g_strdup (signet_authority_item_get_record (item)->name);
}

GtkWidget *
signet_request_dialog_new (SignetShell *shell)
{
  SignetRequestDialog *self = g_object_new (SIGNET_TYPE_REQUEST_DIALOG, "transient-for", shell, NULL);
  GListModel *authorities = signet_client_get_authorities (signet_shell_get_client (shell));
  g_autoptr (GtkExpression) name = NULL;
  const char *real_name = g_get_real_name ();

  self->shell = shell;
  name = GTK_EXPRESSION (gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 0, NULL, G_CALLBACK (authority_name), NULL, NULL));
  adw_combo_row_set_expression (self->authority, name);
  adw_combo_row_set_model (self->authority, authorities);
  gtk_widget_set_visible (GTK_WIDGET (self->authority), g_list_model_get_n_items (authorities) > 1);
  /* "root" and "Unknown" are nobody's name. */
  if (g_strcmp0 (real_name, "Unknown") != 0 && g_strcmp0 (real_name, "root") != 0)
    gtk_editable_set_text (self->name, real_name);
  update (self);

  return GTK_WIDGET (self);
}
