/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "request-page.h"

#include <glib/gi18n.h>

#include "carry.h"
#include "client/client-words.h"
#include "files.h"
#include "inspect-window.h"
#include "request-dialog.h"
#include "timeline.h"

struct _SignetRequestPage
{
  SignetPage parent;

  SignetClient *client;
  gint64 id;
  GPtrArray *messages;          /* (nullable) (element-type SignetMessageRecord) */
  GtkWidget *progress;          /* (nullable): while the key is made */
  gboolean messages_open;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (SignetRequestPage, signet_request_page, SIGNET_TYPE_PAGE)

/* ---- calls ---- */

static void
on_called (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);

  if (reply == NULL)
    signet_shell_report (signet_shell_of (widget), _("That did not work"), error);
}

static void
call (SignetRequestPage *self,
      const char        *method,
      GVariant          *arguments)
{
  signet_client_call_async (self->client, method, arguments, NULL, NULL, on_called, g_object_ref (self));
}

static void
check_now (SignetRequestPage *self)
{
  call (self, "CheckRequest", g_variant_new ("(x)", self->id));
}

static void
cancel_request (SignetRequestPage *self)
{
  call (self, "CancelRequest", g_variant_new ("(x)", self->id));
}

static const SignetRequestRecord *
get_record (SignetRequestPage  *self,
            SignetItem        **item)
{
  *item = signet_client_lookup (signet_client_get_requests (self->client), self->id);

  return *item != NULL ? signet_request_item_get_record (SIGNET_REQUEST_ITEM (*item)) : NULL;
}

static void
answer (SignetRequestPage *self,
        gboolean           accept)
{
  g_autoptr (SignetItem) item = NULL;
  const SignetRequestRecord *record = get_record (self, &item);
  guint number = 0;

  if (record != NULL && record->question != NULL && g_variant_lookup (record->question, "number", "u", &number))
    call (self, "AnswerQuestion", g_variant_new ("(xub)", self->id, number, accept));
}

static void
accept_answer (SignetRequestPage *self)
{
  answer (self, TRUE);
}

static void
refuse_answer (SignetRequestPage *self)
{
  answer (self, FALSE);
}

static void
edit_and_resend (SignetRequestPage *self)
{
  g_autoptr (SignetItem) item = NULL;
  const SignetRequestRecord *record = get_record (self, &item);
  SignetShell *shell = signet_shell_of (GTK_WIDGET (self));

  if (record != NULL && shell != NULL)
    gtk_window_present (GTK_WINDOW (signet_request_dialog_new_like (shell, record)));
}

static void
show_certificate (SignetRequestPage *self)
{
  g_autoptr (SignetItem) item = NULL;
  const SignetRequestRecord *record = get_record (self, &item);

  if (record != NULL)
    signet_shell_show_row (signet_shell_of (GTK_WIDGET (self)), signet_client_get_certificates (self->client),
                           record->certificate_id);
}

/* ---- messages by hand ---- */

static void
save_message (SignetRequestPage *self)
{
  signet_carry_save (GTK_WIDGET (self), self->id);
}

static void
mail_message (SignetRequestPage *self)
{
  signet_carry_mail (GTK_WIDGET (self), self->id);
}

static void
import_reply (SignetRequestPage *self)
{
  signet_carry_import (GTK_WIDGET (self));
}

/* ---- timeline ---- */

static char *
at_time (gint64      time,
         const char *more)
{
  g_autofree char *words = signet_words_time (time, g_get_real_time () / G_USEC_PER_SEC);

  return more != NULL && *more != '\0' ? g_strdup_printf ("%s · %s", words, more) : g_steal_pointer (&words);
}

static GtkWidget *
add_button (GtkWidget         *box,
            const char        *label,
            gboolean           suggested,
            GCallback          clicked,
            SignetRequestPage *self)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  if (suggested)
    gtk_widget_add_css_class (button, "suggested-action");
  g_signal_connect_swapped (button, "clicked", clicked, self);
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_flow_box_append (GTK_FLOW_BOX (box), button);
  gtk_widget_set_focusable (gtk_widget_get_parent (button), FALSE);

  return button;
}

/* Ended without a certificate. */
static gboolean
has_ended (const SignetRequestRecord *record)
{
  return record->state == SIGNET_REQUEST_REJECTED || record->state == SIGNET_REQUEST_CANCELLED
         || (record->state == SIGNET_REQUEST_FAILED && record->retry_at == 0);
}

static gboolean
has_authority (SignetRequestPage         *self,
               const SignetRequestRecord *record)
{
  g_autoptr (SignetItem) authority = signet_client_lookup (signet_client_get_authorities (self->client), record->authority_id);

  return authority != NULL;
}

/* What can be done in this state, one of it suggested; what cannot be done is not there. */
static GtkWidget *
make_buttons (SignetRequestPage         *self,
              const SignetRequestRecord *record)
{
  GtkWidget *box = gtk_flow_box_new ();

  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (box), GTK_SELECTION_NONE);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (box), 4);
  gtk_widget_set_halign (box, GTK_ALIGN_FILL);
  switch (record->state)
    {
    case SIGNET_REQUEST_WAITING:
    case SIGNET_REQUEST_READY:
      add_button (box, _("Check _Now"), FALSE, G_CALLBACK (check_now), self);
      break;
    case SIGNET_REQUEST_UNKNOWN:
    case SIGNET_REQUEST_SENT:
    case SIGNET_REQUEST_CONFIRM:
      add_button (box, _("_Ask Again"), record->state == SIGNET_REQUEST_UNKNOWN, G_CALLBACK (check_now), self);
      break;
    case SIGNET_REQUEST_FAILED:
      if (record->retry_at != 0)
        add_button (box, _("_Try Again Now"), TRUE, G_CALLBACK (check_now), self);
      break;
    case SIGNET_REQUEST_OUTBOX:
      add_button (box, _("_Save Message…"), TRUE, G_CALLBACK (save_message), self);
      add_button (box, _("_E-Mail…"), FALSE, G_CALLBACK (mail_message), self);
      break;
    case SIGNET_REQUEST_AWAITING_REPLY:
      add_button (box, _("_Import Reply…"), TRUE, G_CALLBACK (import_reply), self);
      add_button (box, _("_Save Message…"), FALSE, G_CALLBACK (save_message), self);
      add_button (box, _("_E-Mail…"), FALSE, G_CALLBACK (mail_message), self);
      break;
    case SIGNET_REQUEST_ASKING:
      add_button (box, _("_Accept"), TRUE, G_CALLBACK (accept_answer), self);
      add_button (box, _("_Refuse"), FALSE, G_CALLBACK (refuse_answer), self);
      break;
    case SIGNET_REQUEST_DONE:
      add_button (box, _("_Show Certificate"), TRUE, G_CALLBACK (show_certificate), self);
      break;
    case SIGNET_REQUEST_REJECTED:
    case SIGNET_REQUEST_CANCELLED:
    case SIGNET_REQUEST_DRAFT:
    case SIGNET_REQUEST_ANSWERED:
      break;
    }
  if (has_ended (record) && has_authority (self, record))
    add_button (box, _("_Edit and Resend…"), record->state != SIGNET_REQUEST_CANCELLED, G_CALLBACK (edit_and_resend), self);
  if (!signet_request_state_is_final (record->state) || (record->state == SIGNET_REQUEST_FAILED && record->retry_at != 0))
    add_button (box, _("_Cancel Request"), FALSE, G_CALLBACK (cancel_request), self);

  return box;
}

static char *
now_words (const SignetRequestRecord *record)
{
  g_autofree char *status = signet_words_request_status (record, g_get_real_time () / G_USEC_PER_SEC, NULL, NULL);
  g_autoptr (GString) words = g_string_new (status);

  if (record->error_text != NULL && *record->error_text != '\0')
    g_string_append_printf (words, "\n%s", record->error_text);
  if (record->authority_text != NULL && *record->authority_text != '\0')
    {
      /* Translators: %s is what the authority wrote */
      g_string_append_printf (words, record->authority_text_authentic ? _("\nThe authority says: “%s”")
                                                                      : _("\nSomebody wrote, and it may not be the authority: “%s”"),
                              record->authority_text);
    }
  if (record->state == SIGNET_REQUEST_WAITING || record->state == SIGNET_REQUEST_AWAITING_REPLY)
    g_string_append_printf (words, "\n%s", _("You can close this window. Nothing is lost in between."));

  return g_string_free (g_steal_pointer (&words), FALSE);
}

static void
add_timeline (SignetRequestPage         *self,
              const SignetRequestRecord *record)
{
  GtkWidget *timeline = signet_timeline_new ();
  g_autofree char *key = signet_words_key_spec (record->key_spec);
  g_autofree char *created = at_time (record->created, key);
  g_autofree char *words = now_words (record);

  signet_timeline_add (SIGNET_TIMELINE (timeline), SIGNET_STAGE_DONE, _("Created"), created, NULL);
  if (record->sent != 0)
    {
      g_autofree char *sent = at_time (record->sent, record->offline ? _("handed over as a message") : NULL);

      signet_timeline_add (SIGNET_TIMELINE (timeline), SIGNET_STAGE_DONE, _("Sent"), sent, NULL);
    }
  if (record->received != 0)
    {
      g_autofree char *received = at_time (record->received, NULL);

      signet_timeline_add (SIGNET_TIMELINE (timeline), SIGNET_STAGE_DONE, _("Answered"), received, NULL);
    }
  if (record->state == SIGNET_REQUEST_DONE)
    signet_timeline_add (SIGNET_TIMELINE (timeline), SIGNET_STAGE_DONE, _("Issued"), words, make_buttons (self, record));
  else if (has_ended (record))
    signet_timeline_add (SIGNET_TIMELINE (timeline), SIGNET_STAGE_ENDED, _("Ended"), words, make_buttons (self, record));
  else
    {
      GtkWidget *buttons = make_buttons (self, record);

      signet_timeline_add (SIGNET_TIMELINE (timeline), SIGNET_STAGE_NOW, _("Now"), words, buttons);
      signet_timeline_add (SIGNET_TIMELINE (timeline), SIGNET_STAGE_LATER, _("Confirmed and ready"),
                           _("The certificate is compared with what you asked for"), NULL);
    }
  signet_page_add (SIGNET_PAGE (self), timeline);
}

static void
add_progress (SignetRequestPage         *self,
              const SignetRequestRecord *record)
{
  if (record->state != SIGNET_REQUEST_DRAFT)
    {
      self->progress = NULL;
      return;
    }
  if (self->progress != NULL)
    {
      signet_page_add (SIGNET_PAGE (self), self->progress);
      return;
    }
  self->progress = gtk_progress_bar_new ();
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (self->progress), _("Making the key…"));
  gtk_progress_bar_set_show_text (GTK_PROGRESS_BAR (self->progress), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->progress), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Making the key"), -1);
  signet_page_add (SIGNET_PAGE (self), self->progress);
}

static void
add_root_question (SignetRequestPage *self,
                   GVariant          *question)
{
  g_autoptr (GVariant) der = g_variant_lookup_value (question, "certificate", G_VARIANT_TYPE_BYTESTRING);
  AdwPreferencesGroup *group = signet_page_add_group (SIGNET_PAGE (self), _("Is this your organisation?"));
  g_autoptr (GBytes) octets = g_variant_get_data_as_bytes (der);
  g_autofree char *fingerprint = signet_words_fingerprint (octets);

  adw_preferences_group_set_description (
      group, _("The authority sent its root certificate, secured by your code. Compare this fingerprint with what your "
               "organisation told you. From then on everything with this root is trusted as your authority."));
  signet_page_add_fact (group, NULL, _("SHA-256 fingerprint of the root"), fingerprint);
}

static void
add_change_question (SignetRequestPage *self,
                     GVariant          *question)
{
  g_autoptr (GVariant) differences = g_variant_lookup_value (question, "differences", G_VARIANT_TYPE ("a(sss)"));
  AdwPreferencesGroup *group = signet_page_add_group (SIGNET_PAGE (self), _("The authority changed something"));
  GVariantIter iter;
  const char *field;
  const char *requested;
  const char *granted;

  adw_preferences_group_set_description (group, _("The certificate is not quite what you asked for. Do you want it like this?"));
  g_variant_iter_init (&iter, differences);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &field, &requested, &granted))
    {
      /* Translators: %s is a field such as "subject" */
      g_autofree char *asked = g_strdup_printf (_("%s: asked for"), field);
      g_autofree char *got = g_strdup_printf (_("%s: granted"), field);

      signet_page_add_fact (group, NULL, asked, requested);
      signet_page_add_fact (group, NULL, got, granted);
    }
}

static void
add_question (SignetRequestPage         *self,
              const SignetRequestRecord *record)
{
  const char *kind = NULL;

  if (record->state != SIGNET_REQUEST_ASKING || record->question == NULL
      || !g_variant_lookup (record->question, "kind", "&s", &kind))
    return;
  if (g_str_equal (kind, "trust-root"))
    add_root_question (self, record->question);
  else
    add_change_question (self, record->question);
}

/* ---- messages ---- */

static void
on_message_read (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GtkWidget) button = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) octets = signet_client_read_message_finish (SIGNET_CLIENT (source), result, &error);

  if (octets == NULL)
    signet_shell_report (signet_shell_of (button), _("The message cannot be read"), error);
  else if (gtk_widget_get_root (button) != NULL)
    {
      if (g_object_get_data (G_OBJECT (button), "inspect") != NULL)
        signet_inspect_message (button, octets);
      else
        signet_save_octets (button, _("Save Message"), "message.pki", octets, FALSE);
    }
}

static void
on_message_button (GtkButton         *button,
                   SignetRequestPage *self)
{
  const gint64 *id = g_object_get_data (G_OBJECT (button), "message");

  signet_client_read_message_async (self->client, *id, self->cancellable, on_message_read, g_object_ref (button));
}

static void
add_message_button (SignetRequestPage *self,
                    GtkWidget         *row,
                    gint64             id,
                    const char        *label,
                    gboolean           inspect)
{
  GtkWidget *button = gtk_button_new_with_label (label);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (button), "message", g_memdup2 (&id, sizeof id), g_free);
  signet_page_set_subject (button, G_TYPE_BYTES, id);
  g_object_set_data (G_OBJECT (button), "inspect", inspect ? button : NULL);
  g_signal_connect (button, "clicked", G_CALLBACK (on_message_button), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

static void
on_expanded (AdwExpanderRow    *row,
             GParamSpec        *spec,
             SignetRequestPage *self)
{
  self->messages_open = adw_expander_row_get_expanded (row);
}

static void
add_messages (SignetRequestPage *self)
{
  AdwPreferencesGroup *group;
  GtkWidget *expander;
  g_autofree char *count = NULL;

  if (self->messages == NULL || self->messages->len == 0)
    return;
  group = signet_page_add_group (SIGNET_PAGE (self), NULL);
  expander = adw_expander_row_new ();
  count = g_strdup_printf (ngettext ("%u message", "%u messages", self->messages->len), self->messages->len);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (expander), _("Messages"));
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (expander), count);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (expander), self->messages_open);
  g_signal_connect (expander, "notify::expanded", G_CALLBACK (on_expanded), self);
  for (guint i = 0; i < self->messages->len; i++)
    {
      const SignetMessageRecord *message = g_ptr_array_index (self->messages, i);
      GtkWidget *row = adw_action_row_new ();
      g_autofree char *time = signet_words_time (message->time, g_get_real_time () / G_USEC_PER_SEC);
      g_autofree char *size = g_format_size ((guint64) message->size);
      g_autofree char *facts = g_strjoin (" · ", message->body_type, size, time,
                                          message->note != NULL ? message->note : message->remark, NULL);

      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), message->sent ? _("Sent") : _("Received"));
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), facts);
      adw_action_row_set_icon_name (ADW_ACTION_ROW (row), message->sent ? "go-up-symbolic" : "go-down-symbolic");
      add_message_button (self, row, message->id, _("Inspect"), TRUE);
      add_message_button (self, row, message->id, _("Save…"), FALSE);
      adw_expander_row_add_row (ADW_EXPANDER_ROW (expander), row);
    }
  adw_preferences_group_add (group, expander);
}

static void
on_messages (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (SignetRequestPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) messages = signet_client_list_messages_finish (SIGNET_CLIENT (source), result, &error);

  if (messages == NULL)
    {
      g_debug ("Messages could not be read: %s", error->message);
      return;
    }
  if (self->messages != NULL && self->messages->len == messages->len)
    return;
  g_clear_pointer (&self->messages, g_ptr_array_unref);
  self->messages = g_steal_pointer (&messages);
  signet_page_rebuild (SIGNET_PAGE (self));
}

static void
signet_request_page_rebuild (SignetPage *page)
{
  SignetRequestPage *self = SIGNET_REQUEST_PAGE (page);
  g_autoptr (SignetItem) item = NULL;
  const SignetRequestRecord *record = get_record (self, &item);
  g_autofree char *subtitle = NULL;

  if (record == NULL)
    return;
  subtitle = g_strjoin (" · ", record->subject != NULL && *record->subject != '\0' ? record->subject : _("no name"),
                        signet_request_item_get_authority_name (SIGNET_REQUEST_ITEM (item)), NULL);
  signet_page_clear (page);
  signet_page_set_heading (page, "mail-send-symbolic", record->name, subtitle);
  add_progress (self, record);
  add_question (self, record);
  add_timeline (self, record);
  add_messages (self);
  signet_client_list_messages_async (self->client, self->id, self->cancellable, on_messages, g_object_ref (self));
}

static void
on_progress (SignetClient      *client,
             gint64             request,
             double             fraction,
             const char        *text,
             SignetRequestPage *self)
{
  if (request != self->id || self->progress == NULL)
    return;
  if (fraction < 0)
    gtk_progress_bar_pulse (GTK_PROGRESS_BAR (self->progress));
  else
    gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (self->progress), fraction);
}

static void
signet_request_page_dispose (GObject *object)
{
  SignetRequestPage *self = SIGNET_REQUEST_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_clear_pointer (&self->messages, g_ptr_array_unref);

  G_OBJECT_CLASS (signet_request_page_parent_class)->dispose (object);
}

static void
signet_request_page_finalize (GObject *object)
{
  g_clear_object (&SIGNET_REQUEST_PAGE (object)->cancellable);

  G_OBJECT_CLASS (signet_request_page_parent_class)->finalize (object);
}

static void
signet_request_page_class_init (SignetRequestPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = signet_request_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = signet_request_page_finalize;
  SIGNET_PAGE_CLASS (klass)->rebuild = signet_request_page_rebuild;
}

static void
signet_request_page_init (SignetRequestPage *self)
{
  self->cancellable = g_cancellable_new ();
  signet_page_set_title (SIGNET_PAGE (self), _("Request"));
}

GtkWidget *
signet_request_page_new (SignetClient *client,
                         gint64        id)
{
  SignetRequestPage *self = g_object_new (SIGNET_TYPE_REQUEST_PAGE, NULL);

  self->client = g_object_ref (client);
  self->id = id;
  g_signal_connect (client, "progress", G_CALLBACK (on_progress), self);
  signet_page_rebuild (SIGNET_PAGE (self));

  return GTK_WIDGET (self);
}
