/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "key-page.h"

#include <glib/gi18n.h>

#include "client/client-words.h"
#include "object-row.h"

struct _SignetKeyPage
{
  SignetPage parent;

  SignetClient *client;
  gint64 id;
};

G_DEFINE_FINAL_TYPE (SignetKeyPage, signet_key_page, SIGNET_TYPE_PAGE)

static void
show_certificate (GtkWidget *row)
{
  SignetItem *item = g_object_get_data (G_OBJECT (row), "item");

  signet_shell_show_item (signet_shell_of (row), item);
}

static void
add_certificates (SignetKeyPage *self)
{
  AdwPreferencesGroup *group = signet_page_add_group (SIGNET_PAGE (self), _("Certificates With This Key"));
  GListModel *model = signet_client_get_certificates (self->client);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  guint found = 0;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (SignetItem) item = g_list_model_get_item (model, i);
      const SignetCertificateRecord *record = signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item));
      g_autofree char *status = NULL;
      GtkWidget *row;
      SignetTone tone;

      if (record->key_id != self->id)
        continue;
      found++;
      status = signet_words_certificate_status (record, now, &tone);
      row = signet_page_add_fact (group, signet_tone_icon (tone), status, record->name);
      adw_preferences_row_set_title_selectable (ADW_PREFERENCES_ROW (row), FALSE);
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
      g_object_set_data_full (G_OBJECT (row), "item", g_object_ref (item), g_object_unref);
      signet_page_set_subject (row, G_OBJECT_TYPE (item), signet_item_get_id (item));
      g_signal_connect (row, "activated", G_CALLBACK (show_certificate), NULL);
    }
  if (found == 0)
    adw_preferences_group_set_description (group, _("None yet. The key waits for the certificate that was requested with it."));
}

static void
signet_key_page_rebuild (SignetPage *page)
{
  SignetKeyPage *self = SIGNET_KEY_PAGE (page);
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_keys (self->client), self->id);
  const SignetKeyRecord *record;
  AdwPreferencesGroup *group;
  g_autofree char *kind = NULL;
  g_autofree char *created = NULL;

  if (item == NULL)
    return;
  record = signet_key_item_get_record (SIGNET_KEY_ITEM (item));
  kind = signet_words_key_spec (record->spec);
  created = signet_words_date (record->created);
  signet_page_clear (page);
  signet_page_set_heading (page, "dialog-password-symbolic", kind, _("Kept sealed by Signet on this computer"));
  group = signet_page_add_group (page, _("Key"));
  signet_page_add_fact (group, NULL, g_strcmp0 (record->origin, "imported") == 0 ? _("Imported") : _("Made here"), created);
  signet_page_add_fact (group, NULL, _("SHA-256 of the public key"), record->key_hash);
  add_certificates (self);
}

static void
signet_key_page_dispose (GObject *object)
{
  g_clear_object (&SIGNET_KEY_PAGE (object)->client);

  G_OBJECT_CLASS (signet_key_page_parent_class)->dispose (object);
}

static void
signet_key_page_class_init (SignetKeyPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = signet_key_page_dispose;
  SIGNET_PAGE_CLASS (klass)->rebuild = signet_key_page_rebuild;
}

static void
signet_key_page_init (SignetKeyPage *self)
{
  signet_page_set_title (SIGNET_PAGE (self), _("Key"));
}

GtkWidget *
signet_key_page_new (SignetClient *client,
                     gint64        id)
{
  SignetKeyPage *self = g_object_new (SIGNET_TYPE_KEY_PAGE, NULL);

  self->client = g_object_ref (client);
  self->id = id;
  signet_page_rebuild (SIGNET_PAGE (self));

  return GTK_WIDGET (self);
}
