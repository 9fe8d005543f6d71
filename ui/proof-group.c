/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "proof-group.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client/client-words.h"
#include "files.h"
#include "secret-call.h"

#define IDENTITY_FILE_MAX (1024 * 1024) /* octets: an identity with its chain */

struct _SignetProofGroup
{
  AdwPreferencesGroup parent;

  SignetClient *client;
  SignetAuthorityItem *authority;       /* (nullable) */
  GtkStringList *by_code;               /* none, the code that is kept or to be entered, and another than is kept */
  GListModel *by_certificate;
  GtkStringList *by_file;
  GFile *file;                          /* (nullable) */
  AdwComboRow *choice;
  GtkEditable *reference;
  GtkEditable *code;
  AdwActionRow *file_row;
  GtkEditable *password;
  GtkWidget *warning;
};

G_DEFINE_FINAL_TYPE (SignetProofGroup, signet_proof_group, ADW_TYPE_PREFERENCES_GROUP)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static const SignetAuthorityRecord *
get_authority (SignetProofGroup *self)
{
  return self->authority != NULL ? signet_authority_item_get_record (self->authority) : NULL;
}

/* ---- what there is to choose from ---- */

/* Whether a certificate can sign a request now. */
static gboolean
is_usable (gpointer item,
           gpointer user_data)
{
  const SignetCertificateRecord *record = signet_certificate_item_get_record (item);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  return record->key_id != 0 && g_strcmp0 (record->state, "good-for-use") == 0 && record->not_before <= now
         && now <= record->not_after;
}

static char *
choice_name (gpointer item)
{
  const SignetCertificateRecord *record;
  g_autofree char *until = NULL;

  if (GTK_IS_STRING_OBJECT (item))
    return g_strdup (gtk_string_object_get_string (item));
  record = signet_certificate_item_get_record (item);
  until = signet_words_date (record->not_after);

  /* Translators: a certificate's name, its issuer, and a date */
  return g_strdup_printf (_("Certificate: %s, by %s, until %s"), record->name,
                          record->issuer_cn != NULL ? record->issuer_cn : record->issuer, until);
}

static const SignetCertificateRecord *
chosen_certificate (SignetProofGroup *self)
{
  gpointer item = adw_combo_row_get_selected_item (self->choice);

  return SIGNET_IS_CERTIFICATE_ITEM (item) ? signet_certificate_item_get_record (item) : NULL;
}

static gboolean
is_by_file (SignetProofGroup *self)
{
  g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->by_file), 0);

  return adw_combo_row_get_selected_item (self->choice) == item;
}

static gboolean
is_by_code (SignetProofGroup *self)
{
  return self->authority != NULL && chosen_certificate (self) == NULL && !is_by_file (self);
}

/* Whether a code is to be entered: none is kept, or another is wanted. */
static gboolean
needs_code (SignetProofGroup *self)
{
  return is_by_code (self) && (!get_authority (self)->has_secret || adw_combo_row_get_selected (self->choice) > 0);
}

/* With a certificate set for it, the worker never uses a code; what the demo authority knows is known here, too. */
static void
offer_codes (SignetProofGroup *self)
{
  const SignetAuthorityRecord *authority = get_authority (self);
  const char *const codes[] = { _("The reference and code you were given"), _("Another reference and code"), NULL };
  guint known = g_list_model_get_n_items (G_LIST_MODEL (self->by_code));
  guint wanted = authority->identity_id != 0 ? 0 : authority->has_secret && g_strcmp0 (authority->kind, "demo") != 0 ? 2 : 1;

  if (known < wanted)
    gtk_string_list_splice (self->by_code, known, 0, wanted == 2 ? codes + known : (const char *const[]) { codes[0], NULL });
  else
    gtk_string_list_splice (self->by_code, wanted, known - wanted, NULL);
}

/* The place of the certificate that is most likely meant: the authority's own setting, one that it issued, or none. */
static guint
likely_certificate (SignetProofGroup *self)
{
  const SignetAuthorityRecord *authority = get_authority (self);

  for (guint i = 0; i < g_list_model_get_n_items (self->by_certificate); i++)
    {
      g_autoptr (SignetItem) item = g_list_model_get_item (self->by_certificate, i);
      const SignetCertificateRecord *record = signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item));

      if (authority->identity_id != 0 ? record->id == authority->identity_id : record->authority_id == authority->id)
        return i;
    }

  return GTK_INVALID_LIST_POSITION;
}

static void
select_likely (SignetProofGroup *self)
{
  const SignetAuthorityRecord *authority = get_authority (self);
  guint codes = g_list_model_get_n_items (G_LIST_MODEL (self->by_code));
  guint likely = likely_certificate (self);

  adw_combo_row_set_selected (self->choice,
                              likely == GTK_INVALID_LIST_POSITION || authority->has_secret ? 0 : codes + likely);
}

static void
update (SignetProofGroup *self)
{
  gboolean by_file = is_by_file (self);
  gboolean enter = needs_code (self);

  gtk_widget_set_visible (GTK_WIDGET (self->reference), enter);
  gtk_widget_set_visible (GTK_WIDGET (self->code), enter);
  gtk_widget_set_visible (GTK_WIDGET (self->file_row), by_file);
  gtk_widget_set_visible (GTK_WIDGET (self->password), by_file);
  gtk_widget_set_visible (self->warning, enter && signet_secret_is_exposed (get_authority (self)->url,
                                                                            gtk_editable_get_text (self->code)));
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_choice (AdwComboRow      *row,
           GParamSpec       *spec,
           SignetProofGroup *self)
{
  if (self->authority != NULL)
    update (self);
}

static void
on_changed (GtkEditable      *editable,
            SignetProofGroup *self)
{
  update (self);
}

/* ---- an identity in a file ---- */

static void
on_file_chosen (GtkWidget *widget,
                GFile     *file)
{
  SignetProofGroup *self = SIGNET_PROOF_GROUP (widget);
  g_autofree char *name = g_file_get_basename (file);

  g_set_object (&self->file, file);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->file_row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->file_row), name);
  update (self);
}

static void
on_choose (GtkButton        *button,
           SignetProofGroup *self)
{
  static const char *const patterns[] = { "*.p12", "*.pfx", "*.pem", "*.P12", "*.PFX", "*.PEM", NULL };

  signet_choose_file (GTK_WIDGET (self), _("Identity"), _("Identities (PKCS #12, PEM)"), patterns, on_file_chosen);
}

static void
wipe (gpointer octets)
{
  explicit_bzero (octets, IDENTITY_FILE_MAX + 1);
  g_free (octets);
}

static void
on_imported (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) reply = NULL;
  GError *error = NULL;
  gint64 id;

  reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (reply, "(x)", &id);
  g_task_return_int (task, (gssize) id);
}

static void
import (SignetProofGroup *self,
        GTask            *task,
        gconstpointer     octets,
        gsize             size)
{
  const char *password = gtk_editable_get_text (self->password);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GVariant) file = NULL;
  GVariant *secret;
  GError *error = NULL;

  file = signet_secret_append (fds, octets, size, &error);
  secret = file != NULL ? signet_secret_append (fds, password, strlen (password), &error) : NULL;
  if (secret == NULL)
    g_task_return_error (task, error);
  else
    signet_client_call_async (self->client, "ImportIdentity", g_variant_new ("(@ah@ah)", g_steal_pointer (&file), secret), fds,
                              NULL, on_imported, g_object_ref (task));
}

static void
on_file_read (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gsize size;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &size, &error))
    g_task_return_error (task, error);
  else if (size == 0 || size > IDENTITY_FILE_MAX)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s",
                             size == 0 ? _("The file is empty.") : _("The file is too large to be an identity."));
  else
    import (g_task_get_source_object (task), task, g_task_get_task_data (task), size);
}

static void
on_file_open (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read_finish (G_FILE (source), result, &error);

  if (stream == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, g_malloc (IDENTITY_FILE_MAX + 1), wipe);
  g_input_stream_read_all_async (G_INPUT_STREAM (stream), g_task_get_task_data (task), IDENTITY_FILE_MAX + 1,
                                 G_PRIORITY_DEFAULT, NULL, on_file_read, g_object_ref (task));
}

/* ---- a new code ---- */

static void
on_code_kept (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) reply = NULL;
  SignetProofGroup *self = g_task_get_source_object (task);
  GError *error = NULL;

  reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (signet_shell_of (GTK_WIDGET (self)) != NULL && get_authority (self) != NULL)
    signet_secret_warn_if_shared (signet_shell_of (GTK_WIDGET (self)), get_authority (self)->id);
  g_task_return_int (task, 0);
}

static void
keep_code (SignetProofGroup *self,
           GTask            *task)
{
  GError *error = NULL;
  GVariant *handles = NULL;
  g_autoptr (GUnixFDList) fds = signet_secret_list (gtk_editable_get_text (self->code), &handles, &error);

  if (fds == NULL)
    g_task_return_error (task, error);
  else
    signet_client_call_async (
        self->client, "SetAuthoritySecret",
        g_variant_new ("(xs@ah)", get_authority (self)->id, gtk_editable_get_text (self->reference), handles), fds, NULL,
        on_code_kept, g_object_ref (task));
}

/* ---- the widget ---- */

static void
signet_proof_group_dispose (GObject *object)
{
  SignetProofGroup *self = SIGNET_PROOF_GROUP (object);

  g_clear_object (&self->client);
  g_clear_object (&self->authority);
  g_clear_object (&self->by_code);
  g_clear_object (&self->by_certificate);
  g_clear_object (&self->by_file);
  g_clear_object (&self->file);

  G_OBJECT_CLASS (signet_proof_group_parent_class)->dispose (object);
}

static void
signet_proof_group_class_init (SignetProofGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = signet_proof_group_dispose;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/proof-group.ui");
  gtk_widget_class_bind_template_child (widget_class, SignetProofGroup, choice);
  gtk_widget_class_bind_template_child (widget_class, SignetProofGroup, reference);
  gtk_widget_class_bind_template_child (widget_class, SignetProofGroup, code);
  gtk_widget_class_bind_template_child (widget_class, SignetProofGroup, file_row);
  gtk_widget_class_bind_template_child (widget_class, SignetProofGroup, password);
  gtk_widget_class_bind_template_child (widget_class, SignetProofGroup, warning);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_choice);
  gtk_widget_class_bind_template_callback (widget_class, on_choose);
}

static void
signet_proof_group_init (SignetProofGroup *self)
{
  const char *const by_file[] = { _("An identity in a file"), NULL };

  self->by_code = gtk_string_list_new (NULL);
  self->by_file = gtk_string_list_new (by_file);
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
signet_proof_group_set_client (SignetProofGroup *self,
                               SignetClient     *client)
{
  GListModel *certificates = g_object_ref (signet_client_get_certificates (client));
  GtkFilter *usable = GTK_FILTER (gtk_custom_filter_new (is_usable, NULL, NULL));
  GListStore *parts = g_list_store_new (G_TYPE_LIST_MODEL);
  g_autoptr (GListModel) choices = NULL;
  g_autoptr (GtkExpression) name = NULL;

  g_return_if_fail (SIGNET_IS_PROOF_GROUP (self) && self->client == NULL);

  self->client = g_object_ref (client);
  self->by_certificate = G_LIST_MODEL (gtk_filter_list_model_new (certificates, usable));
  g_list_store_append (parts, self->by_code);
  g_list_store_append (parts, self->by_certificate);
  g_list_store_append (parts, self->by_file);
  choices = G_LIST_MODEL (gtk_flatten_list_model_new (G_LIST_MODEL (parts)));
  name = GTK_EXPRESSION (gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 0, NULL, G_CALLBACK (choice_name), NULL, NULL));
  adw_combo_row_set_expression (self->choice, name);
  adw_combo_row_set_model (self->choice, choices);
}

void
signet_proof_group_set_authority (SignetProofGroup    *self,
                                  SignetAuthorityItem *authority)
{
  gboolean other;

  g_return_if_fail (SIGNET_IS_PROOF_GROUP (self) && self->client != NULL);

  other = self->authority == NULL || signet_item_get_id (SIGNET_ITEM (self->authority)) != signet_item_get_id (SIGNET_ITEM (authority));
  g_set_object (&self->authority, authority);
  offer_codes (self);
  if (other)
    {
      gtk_editable_set_text (self->reference, get_authority (self)->reference != NULL ? get_authority (self)->reference : "");
      gtk_editable_set_text (self->code, "");
      select_likely (self);
    }
  update (self);
}

gboolean
signet_proof_group_is_ready (SignetProofGroup *self)
{
  g_return_val_if_fail (SIGNET_IS_PROOF_GROUP (self), FALSE);

  if (is_by_file (self))
    return self->file != NULL;
  if (needs_code (self))
    return *gtk_editable_get_text (self->reference) != '\0' && *gtk_editable_get_text (self->code) != '\0';

  return self->authority != NULL;
}

char *
signet_proof_group_describe (SignetProofGroup *self)
{
  const SignetCertificateRecord *certificate;
  g_autofree char *name = NULL;

  g_return_val_if_fail (SIGNET_IS_PROOF_GROUP (self), NULL);

  certificate = chosen_certificate (self);
  /* Translators: %s is a certificate's name */
  if (certificate != NULL)
    return g_strdup_printf (_("The request is signed with the key of your certificate “%s”."), certificate->name);
  if (is_by_code (self))
    return g_strdup (_("Your code shows that it comes from you."));
  if (self->file == NULL)
    return NULL;
  name = g_file_get_basename (self->file);

  /* Translators: %s is a file's name */
  return g_strdup_printf (_("The request is signed with the identity in “%s”, which Signet then keeps, too."), name);
}

void
signet_proof_group_prepare_async (SignetProofGroup    *self,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_return_if_fail (SIGNET_IS_PROOF_GROUP (self));

  g_task_set_name (task, "signet_proof_group_prepare_async");
  if (is_by_file (self) && self->file != NULL)
    g_file_read_async (self->file, G_PRIORITY_DEFAULT, NULL, on_file_open, g_steal_pointer (&task));
  else if (needs_code (self))
    keep_code (self, task);
  else
    g_task_return_int (task, chosen_certificate (self) != NULL ? (gssize) chosen_certificate (self)->id : 0);
}

gboolean
signet_proof_group_prepare_finish (SignetProofGroup  *self,
                                   GAsyncResult      *result,
                                   gint64            *identity,
                                   GError           **error)
{
  gssize id;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  id = g_task_propagate_int (G_TASK (result), error);
  *identity = id;

  return id >= 0;
}
