/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "overview.h"

#include <glib/gi18n.h>

#include "client/client-words.h"
#include "object-row.h"

#define GROUP_MAX 20            /* rows: what is more stands in the views */

struct _SignetOverview
{
  SignetPage parent;

  SignetClient *client;
};

G_DEFINE_FINAL_TYPE (SignetOverview, signet_overview, SIGNET_TYPE_PAGE)

typedef struct
{
  AdwPreferencesGroup *group;
  const char *title;
  guint rows;
} Section;

static void
on_activated (GtkWidget *row)
{
  signet_shell_show_item (signet_shell_of (row), g_object_get_data (G_OBJECT (row), "item"));
}

static void
add_row (SignetOverview *self,
         Section        *section,
         SignetItem     *item,
         const char     *title,
         const char     *words,
         SignetTone      tone)
{
  GtkWidget *row;

  if (section->rows++ >= GROUP_MAX)
    return;
  if (section->group == NULL)
    section->group = signet_page_add_group (SIGNET_PAGE (self), section->title);
  row = signet_page_add_fact (section->group, signet_tone_icon (tone), words, title);
  adw_preferences_row_set_title_selectable (ADW_PREFERENCES_ROW (row), FALSE);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  g_object_set_data_full (G_OBJECT (row), "item", g_object_ref (item), g_object_unref);
  signet_page_set_subject (row, G_OBJECT_TYPE (item), signet_item_get_id (item));
  g_signal_connect (row, "activated", G_CALLBACK (on_activated), NULL);
}

static void
add_requests (SignetOverview *self,
              Section        *section,
              gboolean        needing,
              gint64          now)
{
  GListModel *model = signet_client_get_requests (self->client);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (SignetItem) item = g_list_model_get_item (model, i);
      const SignetRequestRecord *record = signet_request_item_get_record (SIGNET_REQUEST_ITEM (item));
      gboolean needs = FALSE;
      SignetTone tone;
      g_autofree char *words = signet_words_request_status (record, now, &tone, &needs);

      if (needs == needing && (needs || !signet_request_state_is_final (record->state)))
        add_row (self, section, item, record->name, words, tone);
    }
}

static void
add_certificates (SignetOverview *self,
                  Section        *needs,
                  Section        *fine,
                  gint64          now)
{
  GListModel *model = signet_client_get_certificates (self->client);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (SignetItem) item = g_list_model_get_item (model, i);
      const SignetCertificateRecord *record = signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item));
      SignetTone tone;
      g_autofree char *words = signet_words_certificate_status (record, now, &tone);

      if (record->not_after < now)
        continue;
      add_row (self, tone == SIGNET_TONE_WARNING || tone == SIGNET_TONE_ERROR ? needs : fine, item, record->name, words, tone);
    }
}

static void
add_empty (SignetOverview *self)
{
  GtkWidget *page = adw_status_page_new ();
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  gboolean known = g_list_model_get_n_items (signet_client_get_authorities (self->client)) > 0;
  GtkWidget *first = gtk_button_new_with_mnemonic (known ? _("_Request a Certificate") : _("_Try the Demo Authority"));

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "io.github.signet.Signet-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), known ? _("Ready for your first certificate") : _("Welcome to Signet"));
  adw_status_page_set_description (
      ADW_STATUS_PAGE (page),
      known ? _("Request a certificate for mail, sign-in or documents. The key is made here and never leaves this computer.")
            : _("Certificates for mail, sign-in and documents come from your organisation's certificate service. Tell Signet where "
                "it is, or try everything with a demo authority on this computer."));
  gtk_widget_set_halign (buttons, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (first, "pill");
  gtk_widget_add_css_class (first, "suggested-action");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (first), known ? "win.new-request" : "win.try-demo");
  gtk_box_append (GTK_BOX (buttons), first);
  if (!known)
    {
      GtkWidget *second = gtk_button_new_with_mnemonic (_("_Enter Address…"));

      gtk_widget_add_css_class (second, "pill");
      gtk_actionable_set_action_name (GTK_ACTIONABLE (second), "win.add-authority");
      gtk_box_append (GTK_BOX (buttons), second);
    }
  adw_status_page_set_child (ADW_STATUS_PAGE (page), buttons);
  signet_page_add (SIGNET_PAGE (self), page);
}

static void
signet_overview_rebuild (SignetPage *page)
{
  SignetOverview *self = SIGNET_OVERVIEW (page);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  Section needs = { NULL, _("Needs You"), 0 };
  Section progress = { NULL, _("In Progress"), 0 };
  Section fine = { NULL, _("Nothing to Do"), 0 };

  signet_page_clear (page);
  add_requests (self, &needs, TRUE, now);
  add_requests (self, &progress, FALSE, now);
  add_certificates (self, &needs, &fine, now);
  if (needs.rows + progress.rows + fine.rows == 0)
    add_empty (self);
}

static void
signet_overview_dispose (GObject *object)
{
  g_clear_object (&SIGNET_OVERVIEW (object)->client);

  G_OBJECT_CLASS (signet_overview_parent_class)->dispose (object);
}

static void
signet_overview_class_init (SignetOverviewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = signet_overview_dispose;
  SIGNET_PAGE_CLASS (klass)->rebuild = signet_overview_rebuild;
}

static void
signet_overview_init (SignetOverview *self)
{
  signet_page_set_title (SIGNET_PAGE (self), _("Overview"));
}

GtkWidget *
signet_overview_new (SignetClient *client)
{
  SignetOverview *self = g_object_new (SIGNET_TYPE_OVERVIEW, NULL);

  self->client = g_object_ref (client);
  signet_page_rebuild (SIGNET_PAGE (self));

  return GTK_WIDGET (self);
}

guint
signet_overview_count (SignetClient *client)
{
  GListModel *model = signet_client_get_requests (client);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  guint count = 0;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (SignetItem) item = g_list_model_get_item (model, i);
      gboolean needs = FALSE;

      g_free (signet_words_request_status (signet_request_item_get_record (SIGNET_REQUEST_ITEM (item)), now, NULL, &needs));
      count += needs;
    }

  return count;
}
