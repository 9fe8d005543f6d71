/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "request-dialog.h"
#include "ui-authority.h"

/* What the wizard offers beside a new key and a code, through its widgets, each to an issued certificate. */

static gboolean
newest_is_done (UiKit *kit)
{
  g_autoptr (SignetRequestItem) item = g_list_model_get_item (signet_client_get_requests (kit->client), 0);
  guint count = GPOINTER_TO_UINT (kit->data);

  if (item == NULL || ui_kit_count (signet_client_get_requests (kit->client)) < count)
    return FALSE;
  if (signet_request_item_get_record (item)->state == SIGNET_REQUEST_FAILED)
    g_error ("%s", signet_request_item_get_record (item)->error_text);

  return signet_request_item_get_record (item)->state == SIGNET_REQUEST_DONE;
}

static void
wait_done (UiKit *kit,
           guint  count)
{
  kit->data = GUINT_TO_POINTER (count);
  ui_kit_wait (kit, newest_is_done);
}

static GtkWidget *
open_dialog (UiKit *kit)
{
  GtkWidget *dialog;

  g_assert_true (gtk_widget_activate_action (kit->window, "win.new-request", NULL));
  ui_kit_settle (kit);
  dialog = ui_kit_window (kit, SIGNET_TYPE_REQUEST_DIALOG);
  g_assert_nonnull (dialog);

  return dialog;
}

static GtkWidget *
request_button (GtkWidget *dialog)
{
  return ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", "_Request");
}

/* The sentence under “What Happens” tells it, too. */
static void
assert_told (GtkWidget  *dialog,
             const char *words)
{
  GtkWidget *group = ui_kit_find (dialog, ADW_TYPE_PREFERENCES_GROUP, "title", "What Happens");

  g_assert_nonnull (group);
  ui_kit_assert_says (group, words);
}

static void
test_existing_key (void)
{
  UiKit kit = { 0 };
  UiAuthority authority = { 0 };
  GtkWidget *dialog;
  GtkWidget *details;
  gint64 id;

  ui_kit_set_up (&kit);
  ui_authority_start (&authority, NULL);
  id = ui_authority_add (&authority, &kit, TRUE);
  dialog = open_dialog (&kit);
  details = ui_kit_find (dialog, ADW_TYPE_EXPANDER_ROW, "title", "Details");
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (details), TRUE);
  ui_kit_settle (&kit);
  g_assert_null (ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "Key"));
  g_assert_nonnull (ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "Kind of key"));
  gtk_window_close (GTK_WINDOW (dialog));
  ui_kit_request (&kit, id, "{'key-spec': <'ec:P-384'>}");
  wait_done (&kit, 1);

  dialog = open_dialog (&kit);
  details = ui_kit_find (dialog, ADW_TYPE_EXPANDER_ROW, "title", "Details");
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (details), TRUE);
  ui_kit_settle (&kit);
  ui_kit_type (&kit, dialog, "E-mail address", "maria.huber@example.org");
  ui_kit_select (&kit, ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "Shown by"), "The reference and code");
  ui_kit_type (&kit, dialog, "Name", "Maria Huber");
  assert_told (dialog, "Enter the reference and code");
  /* The code went with the first certificate: another one of the authority's is needed for this one. */
  ui_kit_type (&kit, dialog, "Reference", authority.reference);
  ui_kit_type (&kit, dialog, "Code", authority.secret);
  assert_told (dialog, "A new key is made on this computer.");
  ui_kit_select (&kit, ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "Key"), "P-384");
  g_assert_null (ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "Kind of key"));
  assert_told (dialog, "Your key P-384");
  ui_kit_activate (&kit, request_button (dialog));
  wait_done (&kit, 2);

  g_assert_cmpuint (ui_kit_count (signet_client_get_keys (kit.client)), ==, 1);
  g_assert_cmpuint (ui_kit_count (signet_client_get_certificates (kit.client)), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SignetCertificateItem) item = g_list_model_get_item (signet_client_get_certificates (kit.client), i);

      g_assert_cmpstr (signet_certificate_item_get_record (item)->key_spec, ==, "ec:P-384");
    }
  ui_authority_stop (&authority);
  ui_kit_tear_down (&kit);
}

static void
test_certificate_as_proof (void)
{
  UiKit kit = { 0 };
  UiAuthority authority = { 0 };
  GtkWidget *dialog;
  GtkWidget *proof;
  gint64 id;
  g_autoptr (SignetRequestItem) item = NULL;

  ui_kit_set_up (&kit);
  ui_authority_start (&authority, NULL);
  id = ui_authority_add (&authority, &kit, TRUE);
  ui_kit_request (&kit, id, NULL);
  wait_done (&kit, 1);

  /* The code is used up, so the certificate that this authority issued is what is meant: nothing needs to be chosen. */
  dialog = open_dialog (&kit);
  proof = ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "Shown by");
  g_assert_true (SIGNET_IS_CERTIFICATE_ITEM (adw_combo_row_get_selected_item (ADW_COMBO_ROW (proof))));
  g_assert_null (ui_kit_find (dialog, ADW_TYPE_ENTRY_ROW, "title", "Code"));
  ui_kit_type (&kit, dialog, "Name", "Maria Huber");
  ui_kit_type (&kit, dialog, "E-mail address", "maria@example.net");
  assert_told (dialog, "The request is signed with the key of your certificate");
  ui_kit_activate (&kit, request_button (dialog));
  wait_done (&kit, 2);

  item = g_list_model_get_item (signet_client_get_requests (kit.client), 0);
  g_assert_cmpstr (signet_request_item_get_record (item)->operation, ==, "cr");
  g_assert_cmpuint (ui_kit_count (signet_client_get_keys (kit.client)), ==, 2);
  ui_authority_stop (&authority);
  ui_kit_tear_down (&kit);
}

static void
test_identity_from_file (void)
{
  UiKit kit = { 0 };
  UiAuthority authority = { 0 };
  g_autofree char *folder = g_dir_make_tmp ("signet-identity-XXXXXX", NULL);
  g_autofree char *root = g_build_filename (folder, "root.pem", NULL);
  g_autofree char *file = g_build_filename (folder, "person.p12", NULL);
  g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", folder);
  const char *const options[] = { "--trusted", root, NULL };
  GtkWidget *dialog;
  GtkWidget *problem;
  g_autoptr (SignetRequestItem) item = NULL;

  ui_authority_make_identity (folder);
  ui_kit_set_up (&kit);
  ui_authority_start (&authority, options);
  ui_authority_add (&authority, &kit, FALSE);

  dialog = open_dialog (&kit);
  ui_kit_type (&kit, dialog, "Name", "Maria Huber");
  ui_kit_type (&kit, dialog, "E-mail address", "maria@example.org");
  g_assert_false (gtk_widget_get_sensitive (request_button (dialog)));
  ui_kit_select (&kit, ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "Shown by"), "An identity in a file");
  g_assert_false (gtk_widget_get_sensitive (request_button (dialog)));
  ui_kit_activate (&kit, ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", "C_hoose…"));
  ui_kit_choose_file (&kit, file);
  assert_told (dialog, "The request is signed with the identity in “person.p12”");

  /* What is wrong with the file is said in the dialog, which can be mended and sent again. */
  ui_kit_type (&kit, dialog, "Password of the file, where it has one", "not this one");
  ui_kit_activate (&kit, request_button (dialog));
  problem = ui_kit_find (dialog, GTK_TYPE_INFO_BAR, NULL, NULL);
  while (!gtk_info_bar_get_revealed (GTK_INFO_BAR (problem)))
    ui_kit_settle (&kit);
  ui_kit_assert_says (problem, "password");
  g_assert_cmpuint (ui_kit_count (signet_client_get_certificates (kit.client)), ==, 0);
  ui_kit_type (&kit, dialog, "Password of the file, where it has one", "open me");
  g_assert_false (gtk_info_bar_get_revealed (GTK_INFO_BAR (problem)));
  ui_kit_activate (&kit, request_button (dialog));
  wait_done (&kit, 1);

  item = g_list_model_get_item (signet_client_get_requests (kit.client), 0);
  g_assert_cmpstr (signet_request_item_get_record (item)->operation, ==, "ir");
  /* The identity, and what it brought. */
  g_assert_cmpuint (ui_kit_count (signet_client_get_certificates (kit.client)), ==, 2);
  g_assert_cmpuint (ui_kit_count (signet_client_get_keys (kit.client)), ==, 2);
  g_assert_cmpint (system (remove), ==, 0);
  ui_authority_stop (&authority);
  ui_kit_tear_down (&kit);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  ui_kit_add_test ("/ui/wizard/an-existing-key-is-used-again", test_existing_key);
  ui_kit_add_test ("/ui/wizard/a-certificate-signs-the-next-request", test_certificate_as_proof);
  ui_kit_add_test ("/ui/wizard/an-identity-in-a-file-signs-the-first-request", test_identity_from_file);

  return g_test_run ();
}
