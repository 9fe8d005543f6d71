/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "certificate-page.h"
#include "request-dialog.h"
#include "request-page.h"
#include "ui-kit.h"

/* From an empty start to a certificate, through real widgets, the real worker and the demo authority. */

static gboolean
authority_known (UiKit *kit)
{
  return ui_kit_count (signet_client_get_authorities (kit->client)) == 1;
}

static gboolean
certificate_there (UiKit *kit)
{
  g_autoptr (SignetRequestItem) item = g_list_model_get_item (signet_client_get_requests (kit->client), 0);

  return item != NULL && signet_request_item_get_record (item)->state == SIGNET_REQUEST_DONE
         && ui_kit_count (signet_client_get_certificates (kit->client)) == 1;
}

static void
test_first_certificate (void)
{
  UiKit kit = { 0 };
  GtkWidget *dialog;
  GtkWidget *email;
  g_autoptr (SignetCertificateItem) item = NULL;

  ui_kit_set_up (&kit);
  g_assert_null (ui_kit_find (kit.window, GTK_TYPE_INFO_BAR, "name", "trouble"));
  ui_kit_activate (&kit, ui_kit_find (kit.window, GTK_TYPE_BUTTON, "action-name", "win.try-demo"));
  ui_kit_wait (&kit, authority_known);

  ui_kit_activate (&kit, ui_kit_find (kit.window, GTK_TYPE_BUTTON, "action-name", "win.new-request"));
  dialog = ui_kit_window (&kit, SIGNET_TYPE_REQUEST_DIALOG);
  g_assert_nonnull (dialog);
  email = ui_kit_find (dialog, ADW_TYPE_ENTRY_ROW, "title", "E-mail address");
  g_assert_nonnull (email);
  gtk_editable_set_text (GTK_EDITABLE (email), "maria@example.org");
  ui_kit_activate (&kit, ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", "_Request"));
  ui_kit_wait (&kit, certificate_there);

  g_assert_null (ui_kit_window (&kit, SIGNET_TYPE_REQUEST_DIALOG));
  g_assert_nonnull (ui_kit_find (kit.window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL));
  ui_kit_activate (&kit, ui_kit_find (kit.window, GTK_TYPE_BUTTON, "label", "_Show Certificate"));
  g_assert_nonnull (ui_kit_find (kit.window, SIGNET_TYPE_CERTIFICATE_PAGE, NULL, NULL));
  g_assert_cmpuint (kit.activations, <=, 5);

  item = g_list_model_get_item (signet_client_get_certificates (kit.client), 0);
  g_assert_cmpstr (signet_certificate_item_get_record (item)->email, ==, "maria@example.org");
  g_assert_cmpint (signet_certificate_item_get_record (item)->key_id, !=, 0);
  ui_kit_tear_down (&kit);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/ui/journey/first-certificate-in-five-activations", test_first_certificate);

  return g_test_run ();
}
