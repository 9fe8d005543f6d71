/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "request-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/client-words.h"
#include "proof-group.h"
#include "subject-text.h"
#include "template-group.h"

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
  SignetProofGroup *proof;
  SignetTemplateGroup *template;
  AdwComboRow *key;
  AdwComboRow *kind;
  GtkEditable *organization;
  GtkWidget *offline_row;
  GtkSwitch *offline;
  GtkLabel *review;
  gint64 authority_id;          /* row of the authority that is chosen; 0 */
  char **specs;                 /* kinds of key, in the order of their row */
  SignetSubjectText subject;    /* what was asked for before, in its fields and beside them */
  gboolean busy;                /* between the button and the answer to it */
};

G_DEFINE_FINAL_TYPE (SignetRequestDialog, signet_request_dialog, ADW_TYPE_WINDOW)

/* In the order of the rows in the template. */
static const char *const purposes[] = { "mail", "sign-in", "documents", "other" };
/* Kinds of key where the authority does not say which, the one to recommend first. */
static const char *const key_specs[] = { "ec:P-256", "rsa:3072", "rsa:4096", "ec:P-384", "ed25519", NULL };

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

/* %NULL: a new one. */
static const SignetKeyRecord *
chosen_key (SignetRequestDialog *self)
{
  gpointer item = adw_combo_row_get_selected_item (self->key);

  return SIGNET_IS_KEY_ITEM (item) ? signet_key_item_get_record (item) : NULL;
}

static char *
key_name (gpointer item)
{
  const SignetKeyRecord *record;
  g_autofree char *kind = NULL;
  g_autofree char *created = NULL;

  if (GTK_IS_STRING_OBJECT (item))
    return g_strdup (gtk_string_object_get_string (item));
  record = signet_key_item_get_record (item);
  kind = signet_words_key_spec (record->spec);
  created = signet_words_date (record->created);

  /* Translators: first is a kind of key such as "P-256", second the date since when it is here, third the beginning of a hash */
  return g_strdup_printf (_("%s of %s (%.8s…)"), kind, created, record->key_hash);
}

/* "" where the authority wants no such thing. */
static const char *
get_text (GtkEditable *editable)
{
  return gtk_widget_get_sensitive (GTK_WIDGET (editable)) ? gtk_editable_get_text (editable) : "";
}

static char *
make_subject (SignetRequestDialog *self)
{
  g_autofree char *usual = signet_subject_text_print (&self->subject, get_text (self->name), get_text (self->organization));
  g_autofree char *more = signet_template_group_get_subject (self->template);

  return g_strconcat (usual, *usual != '\0' && *more != '\0' ? "," : "", more, NULL);
}

static char **
make_alt_names (SignetRequestDialog *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const char *email = get_text (self->email);
  g_auto (GStrv) others = g_strsplit_set (get_text (self->also), " ,;", -1);

  if (*email != '\0')
    {
      g_autofree char *name = g_strconcat ("email:", email, NULL);

      g_strv_builder_add (builder, name);
    }
  for (guint i = 0; others[i] != NULL; i++)
    if (*others[i] != '\0')
      g_strv_builder_add (builder, others[i]);
  signet_template_group_add_alt_names (self->template, builder);

  return g_strv_builder_end (builder);
}

/* What will happen, in the order in which it will. */
static char *
describe (SignetRequestDialog *self,
          const char          *authority,
          const char          *subject,
          const char          *names)
{
  const SignetKeyRecord *key = chosen_key (self);
  g_autofree char *kind = key != NULL ? key_name (adw_combo_row_get_selected_item (self->key)) : NULL;
  /* Translators: %s is a key such as "P-256 of 24 November 2026 (0a1b2c3d…)" */
  g_autofree char *first = key != NULL ? g_strdup_printf (_("Your key %s is used again."), kind)
                                       : g_strdup (_("A new key is made on this computer."));
  /* Translators: first is an authority's name, second a subject such as "CN=Maria", fourth a list of addresses */
  g_autofree char *second = g_strdup_printf (_("“%s” is asked for a certificate for %s%s%s."), authority, subject,
                                             *subject != '\0' && *names != '\0' ? ", " : "", names);
  g_autofree char *proof = signet_proof_group_describe (self->proof);

  return g_strjoin (" ", first, second,
                    _("The answer is compared with what you asked for. You can close the window meanwhile."), proof, NULL);
}

static void
update (SignetRequestDialog *self)
{
  const SignetAuthorityRecord *authority = chosen_authority (self);
  g_autofree char *subject = make_subject (self);
  g_auto (GStrv) names = make_alt_names (self);
  g_autofree char *joined = g_strjoinv (", ", names);
  g_autofree char *words = NULL;
  gboolean mail = adw_combo_row_get_selected (self->purpose) == 0 && gtk_widget_get_sensitive (GTK_WIDGET (self->email));
  gboolean known = (*subject != '\0' || names[0] != NULL) && (!mail || *gtk_editable_get_text (self->email) != '\0');
  gboolean proven = signet_proof_group_is_ready (self->proof);

  gtk_widget_set_sensitive (self->request_button, authority != NULL && known && proven && !self->busy);
  gtk_widget_set_visible (GTK_WIDGET (self->kind), chosen_key (self) == NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->template), authority != NULL && authority->url != NULL);
  signet_template_group_set_askable (self->template, proven && !self->busy);
  if (authority == NULL)
    return;
  gtk_widget_set_visible (self->offline_row, authority->url != NULL);
  if (!known)
    gtk_label_set_text (self->review, mail ? _("Enter the e-mail address that the certificate is for.")
                                           : _("Enter a name, or an address that the certificate is for."));
  else if (!proven)
    gtk_label_set_text (self->review, _("Enter the reference and code, or choose the file, that show who you are."));
  else
    {
      words = describe (self, authority->name, subject, joined);
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
on_authority (AdwComboRow         *row,
              GParamSpec          *spec,
              SignetRequestDialog *self)
{
  gpointer item = adw_combo_row_get_selected_item (row);

  if (item == NULL)
    return;
  /* A row that changed is another item, as when its code was kept; what the authority said stays true. */
  if (signet_item_get_id (item) != self->authority_id)
    signet_template_group_set_answer (self->template, NULL);
  self->authority_id = signet_item_get_id (item);
  signet_proof_group_set_authority (self->proof, item);
}

static void
on_proof (SignetProofGroup    *proof,
          SignetRequestDialog *self)
{
  show_problem (self, NULL);
  if (self->shell != NULL)
    update (self);
}

/* ---- what the authority wants ---- */

/* A field that the authority fixed shows its value and cannot be changed; one that it does not want cannot be filled in. */
static void
follow_field (SignetRequestDialog *self,
              GtkEditable         *editable,
              const char          *part,
              const char          *type)
{
  gboolean open = signet_template_group_is_open (self->template, part, type);
  const char *fixed = signet_template_group_get_fixed (self->template, part, type);

  if (!open && fixed != NULL)
    gtk_editable_set_text (editable, fixed);
  gtk_editable_set_editable (editable, open);
  gtk_widget_set_sensitive (GTK_WIDGET (editable), open || fixed != NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (editable), open ? NULL : fixed != NULL ? _("Fixed by the authority")
                                                                                  : _("The authority does not want this"));
}

/* The kinds of key that the authority certifies, or the usual ones; what was chosen stays where it is among them. */
static void
offer_kinds (SignetRequestDialog *self)
{
  g_auto (GStrv) wanted = signet_template_group_get_key_specs (self->template);
  g_autoptr (GtkStringList) words = gtk_string_list_new (NULL);
  g_autofree char *chosen = NULL;
  guint selected = 0;

  if (wanted == NULL)
    wanted = g_strdupv ((char **) key_specs);
  if (self->specs != NULL && g_strv_equal ((const char *const *) wanted, (const char *const *) self->specs))
    return;
  if (self->specs != NULL && adw_combo_row_get_selected (self->kind) < g_strv_length (self->specs))
    chosen = g_strdup (self->specs[adw_combo_row_get_selected (self->kind)]);
  g_clear_pointer (&self->specs, g_strfreev);
  self->specs = g_steal_pointer (&wanted);
  for (guint i = 0; self->specs[i] != NULL; i++)
    {
      g_autofree char *kind = signet_words_key_spec (self->specs[i]);
      /* Translators: %s is a kind of key, such as "P-256" */
      g_autofree char *recommended = g_strdup_printf (_("%s (recommended)"), kind);

      gtk_string_list_append (words, i == 0 ? recommended : kind);
      if (g_strcmp0 (self->specs[i], chosen) == 0)
        selected = i;
    }
  adw_combo_row_set_model (self->kind, G_LIST_MODEL (words));
  adw_combo_row_set_selected (self->kind, selected);
}

static void
on_template (SignetTemplateGroup *group,
             SignetRequestDialog *self)
{
  follow_field (self, self->name, "subject", "CN");
  follow_field (self, self->organization, "subject", "O");
  follow_field (self, self->email, "alt-name", "email");
  gtk_widget_set_sensitive (GTK_WIDGET (self->also), signet_template_group_allows_any_name (group));
  offer_kinds (self);
  if (self->shell != NULL)
    update (self);
}

static void stop (SignetRequestDialog *self, const GError *error);

static void
on_asked (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (SignetRequestDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  g_autoptr (GVariant) answer = NULL;

  if (reply == NULL)
    {
      stop (self, error);
      return;
    }
  self->busy = FALSE;
  answer = g_variant_get_child_value (reply, 0);
  signet_template_group_set_answer (self->template, answer);
  update (self);
}

static void
on_prepared_to_ask (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr (SignetRequestDialog) self = user_data;
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GError) error = NULL;
  gint64 identity;

  if (!signet_proof_group_prepare_finish (SIGNET_PROOF_GROUP (source), result, &identity, &error))
    {
      stop (self, error);
      return;
    }
  if (chosen_authority (self) == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (identity != 0)
    g_variant_dict_insert (&options, "identity", "x", identity);
  signet_client_call_async (signet_shell_get_client (self->shell), "AskAuthority",
                            g_variant_new ("(xs@a{sv})", chosen_authority (self)->id, "certReqTemplate", g_variant_dict_end (&options)),
                            NULL, NULL, on_asked, g_object_ref (self));
}

static void
on_ask (SignetTemplateGroup *group,
        SignetRequestDialog *self)
{
  self->busy = TRUE;
  show_problem (self, NULL);
  update (self);
  signet_proof_group_prepare_async (self->proof, on_prepared_to_ask, g_object_ref (self));
}

/* ---- the request ---- */

/* Ends what on_request () or on_ask () began. */
static void
stop (SignetRequestDialog *self,
      const GError        *error)
{
  self->busy = FALSE;
  update (self);
  show_problem (self, error->message);
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

  if (reply == NULL)
    {
      stop (self, error);
      return;
    }
  g_variant_get (reply, "(x)", &id);
  g_signal_emit_by_name (self->shell, "request-created", id);
  gtk_window_close (GTK_WINDOW (self));
}

static GVariant *
make_request (SignetRequestDialog *self,
              gint64               identity)
{
  const SignetAuthorityRecord *authority = chosen_authority (self);
  const SignetKeyRecord *key = chosen_key (self);
  g_autofree char *subject = make_subject (self);
  g_auto (GStrv) names = make_alt_names (self);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "authority", "x", authority->id);
  g_variant_dict_insert (&dict, "purpose", "s", purposes[adw_combo_row_get_selected (self->purpose)]);
  g_variant_dict_insert (&dict, "subject", "s", subject);
  g_variant_dict_insert_value (&dict, "alt-names", g_variant_new_strv ((const char *const *) names, -1));
  if (key != NULL)
    g_variant_dict_insert (&dict, "key", "x", key->id);
  else
    g_variant_dict_insert (&dict, "key-spec", "s", self->specs[adw_combo_row_get_selected (self->kind)]);
  if (signet_template_group_get_template (self->template) != NULL)
    {
      g_variant_dict_insert_value (&dict, "template", signet_template_group_get_template (self->template));
      g_variant_dict_insert (&dict, "insist", "b", signet_template_group_get_insist (self->template));
    }
  if (identity != 0)
    g_variant_dict_insert (&dict, "identity", "x", identity);
  g_variant_dict_insert (&dict, "offline", "b", authority->url == NULL || gtk_switch_get_active (self->offline));

  return g_variant_dict_end (&dict);
}

static void
on_prepared (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (SignetRequestDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  gint64 identity;

  /* Without an authority, or with the dialog closed, there is nothing to request any more. */
  if (!signet_proof_group_prepare_finish (SIGNET_PROOF_GROUP (source), result, &identity, &error))
    stop (self, error);
  else if (chosen_authority (self) != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    signet_client_call_async (signet_shell_get_client (self->shell), "CreateRequest",
                              g_variant_new ("(@a{sv})", make_request (self, identity)), NULL, NULL, on_created,
                              g_object_ref (self));
}

static void
on_request (GtkButton           *button,
            SignetRequestDialog *self)
{
  self->busy = TRUE;
  update (self);
  signet_proof_group_prepare_async (self->proof, on_prepared, g_object_ref (self));
}

static void
signet_request_dialog_finalize (GObject *object)
{
  SignetRequestDialog *self = SIGNET_REQUEST_DIALOG (object);

  signet_subject_text_clear (&self->subject);
  g_clear_pointer (&self->specs, g_strfreev);

  G_OBJECT_CLASS (signet_request_dialog_parent_class)->finalize (object);
}

static void
signet_request_dialog_class_init (SignetRequestDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = signet_request_dialog_finalize;

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/request-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, request_button);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, problem_text);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, authority);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, purpose);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, name);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, email);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, also);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, proof);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, template);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, key);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, kind);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, organization);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, offline_row);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, offline);
  gtk_widget_class_bind_template_child (widget_class, SignetRequestDialog, review);
  gtk_widget_class_bind_template_callback (widget_class, on_ask);
  gtk_widget_class_bind_template_callback (widget_class, on_authority);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_choice);
  gtk_widget_class_bind_template_callback (widget_class, on_proof);
  gtk_widget_class_bind_template_callback (widget_class, on_request);
  gtk_widget_class_bind_template_callback (widget_class, on_template);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
signet_request_dialog_init (SignetRequestDialog *self)
{
  g_type_ensure (SIGNET_TYPE_PROOF_GROUP);
  g_type_ensure (SIGNET_TYPE_TEMPLATE_GROUP);
  gtk_widget_init_template (GTK_WIDGET (self));
  offer_kinds (self);
}

static char *
authority_name (gpointer item)
{
  return g_strdup (signet_authority_item_get_record (item)->name);
}

static void
set_choices (AdwComboRow *row,
             GListModel  *model,
             GCallback    name)
{
  g_autoptr (GtkExpression) expression
      = GTK_EXPRESSION (gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 0, NULL, name, NULL, NULL));

  adw_combo_row_set_expression (row, expression);
  adw_combo_row_set_model (row, model);
}

/* A new key first, then those that are there; where none is there is nothing to choose. */
static void
offer_keys (SignetRequestDialog *self,
            GListModel          *keys)
{
  const char *const new_key[] = { _("A new key (recommended)"), NULL };
  g_autoptr (GtkStringList) first = gtk_string_list_new (new_key);
  GListStore *parts = g_list_store_new (G_TYPE_LIST_MODEL);
  g_autoptr (GListModel) choices = NULL;

  g_list_store_append (parts, first);
  g_list_store_append (parts, keys);
  choices = G_LIST_MODEL (gtk_flatten_list_model_new (G_LIST_MODEL (parts)));
  set_choices (self->key, choices, G_CALLBACK (key_name));
  gtk_widget_set_visible (GTK_WIDGET (self->key), g_list_model_get_n_items (keys) > 0);
}

GtkWidget *
signet_request_dialog_new (SignetShell *shell)
{
  SignetRequestDialog *self = g_object_new (SIGNET_TYPE_REQUEST_DIALOG, "transient-for", shell, NULL);
  SignetClient *client = signet_shell_get_client (shell);
  GListModel *authorities = signet_client_get_authorities (client);
  const char *real_name = g_get_real_name ();

  signet_proof_group_set_client (self->proof, client);
  set_choices (self->authority, authorities, G_CALLBACK (authority_name));
  gtk_widget_set_visible (GTK_WIDGET (self->authority), g_list_model_get_n_items (authorities) > 1);
  offer_keys (self, signet_client_get_keys (client));
  /* "root" and "Unknown" are nobody's name. */
  if (g_strcmp0 (real_name, "Unknown") != 0 && g_strcmp0 (real_name, "root") != 0)
    gtk_editable_set_text (self->name, real_name);
  self->shell = shell;
  update (self);

  return GTK_WIDGET (self);
}

static void
select_row (AdwComboRow *row,
            gint64       id)
{
  GListModel *model = adw_combo_row_get_model (row);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);

      if (SIGNET_IS_ITEM (item) && signet_item_get_id (SIGNET_ITEM (item)) == id)
        adw_combo_row_set_selected (row, i);
    }
}

static void
select_text (AdwComboRow       *row,
             const char *const *texts,
             guint              n_texts,
             const char        *wanted)
{
  for (guint i = 0; i < n_texts; i++)
    if (g_strcmp0 (texts[i], wanted) == 0)
      adw_combo_row_set_selected (row, i);
}

static void
set_alt_names (SignetRequestDialog *self,
               char               **names)
{
  g_autoptr (GString) others = g_string_new (NULL);
  const char *email = NULL;

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      if (email == NULL && g_str_has_prefix (names[i], "email:"))
        email = names[i] + strlen ("email:");
      else
        g_string_append_printf (others, "%s%s", others->len > 0 ? " " : "", names[i]);
    }
  gtk_editable_set_text (self->email, email != NULL ? email : "");
  gtk_editable_set_text (self->also, others->str);
}

GtkWidget *
signet_request_dialog_new_like (SignetShell               *shell,
                                const SignetRequestRecord *record)
{
  SignetRequestDialog *self = SIGNET_REQUEST_DIALOG (signet_request_dialog_new (shell));

  select_row (self->authority, record->authority_id);
  select_text (self->purpose, purposes, G_N_ELEMENTS (purposes), record->purpose);
  signet_subject_text_parse (&self->subject, record->subject);
  gtk_editable_set_text (self->name, self->subject.name);
  gtk_editable_set_text (self->organization, self->subject.organization);
  set_alt_names (self, record->alt_names);
  /* The key that was made for it has not been used for anything else. */
  if (record->key_id != 0)
    select_row (self->key, record->key_id);
  select_text (self->kind, (const char *const *) self->specs, g_strv_length (self->specs), record->key_spec);
  gtk_switch_set_active (self->offline, record->offline);
  update (self);

  return GTK_WIDGET (self);
}
