/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "authority-dialog.h"
#include "preset-group.h"
#include "ui-kit.h"

/* Adding an authority whose system is known: what is set for it is told, its address asked for by names. */

#define FINGERPRINT "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"
#define ADDRESS "Address"

static gboolean
one_authority (UiKit *kit)
{
  return ui_kit_count (signet_client_get_authorities (kit->client)) == 1;
}

static gboolean
presets_there (UiKit *kit)
{
  AdwComboRow *row = ADW_COMBO_ROW (ui_kit_find (kit->data, ADW_TYPE_COMBO_ROW, "title", "System"));

  return adw_combo_row_get_model (row) != NULL && g_list_model_get_n_items (adw_combo_row_get_model (row)) == 17;
}

static GtkWidget *
open_dialog (UiKit *kit)
{
  g_assert_true (gtk_widget_activate_action (kit->window, "win.add-authority", NULL));
  ui_kit_settle (kit);
  kit->data = ui_kit_window (kit, SIGNET_TYPE_AUTHORITY_DIALOG);
  ui_kit_wait (kit, presets_there);

  return kit->data;
}

static GtkWidget *
find_combo (GtkWidget  *dialog,
            const char *title)
{
  return ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", title);
}

static const char *
address_of (GtkWidget *dialog)
{
  return gtk_editable_get_text (GTK_EDITABLE (ui_kit_find (dialog, ADW_TYPE_ENTRY_ROW, "title", ADDRESS)));
}

/* Pictures for whoever wants to look: in the folder that SIGNET_SCREENSHOTS names. */
static void
save_picture (GtkWidget  *window,
              const char *name)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (window);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree char *path = NULL;

  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (window), gtk_widget_get_height (window));
  node = gtk_snapshot_free_to_node (snapshot);
  if (g_getenv ("SIGNET_SCREENSHOTS") == NULL || node == NULL)
    return;
  path = g_build_filename (g_getenv ("SIGNET_SCREENSHOTS"), name, NULL);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, NULL);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}

static void
test_known_system (void)
{
  UiKit kit = { 0 };
  GtkWidget *dialog;
  g_autoptr (SignetItem) item = NULL;
  const SignetAuthorityRecord *record;
  g_autofree const char **relaxations = NULL;
  const char *mac = NULL;

  ui_kit_set_up (&kit);
  dialog = open_dialog (&kit);
  g_assert_null (ui_kit_find_text (dialog, "What is set for it:"));
  ui_kit_select (&kit, find_combo (dialog, "System"), "EJBCA");
  ui_kit_assert_says (dialog, "A code protects messages by PasswordBasedMac, the older way.");
  ui_kit_assert_says (dialog, "A wrong alias is answered by HTTP 404.");
  ui_kit_type (&kit, dialog, "Host name (as in ca.example.org)", "ca.example.org");
  g_assert_cmpstr (address_of (dialog), ==, "");
  ui_kit_type (&kit, dialog, "Name of the CMP alias (as in mycmp)", "people");
  g_assert_cmpstr (address_of (dialog), ==, "https://ca.example.org/ejbca/publicweb/cmp/people");
  save_picture (dialog, "preset-520.png");
  ui_kit_select (&kit, find_combo (dialog, "Recognised by"), "The fingerprint of its root");
  ui_kit_type (&kit, dialog, "SHA-256 fingerprint", FINGERPRINT);
  ui_kit_activate (&kit, ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", "_Add"));
  ui_kit_wait (&kit, one_authority);

  item = g_list_model_get_item (signet_client_get_authorities (kit.client), 0);
  record = signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item));
  g_assert_cmpstr (record->url, ==, "https://ca.example.org/ejbca/publicweb/cmp/people");
  g_assert_true (g_variant_lookup (record->settings, "mac", "&s", &mac));
  g_assert_cmpstr (mac, ==, "password-based");
  g_assert_true (g_variant_lookup (record->settings, "relaxations", "^a&s", &relaxations));
  g_assert_true (g_strv_contains (relaxations, "no-digital-signature"));
  signet_shell_show_row (SIGNET_SHELL (kit.window), signet_client_get_authorities (kit.client), signet_item_get_id (item));
  ui_kit_settle (&kit);
  ui_kit_assert_says (kit.window, "Answers may be signed with a certificate that is not for signatures.");
  ui_kit_tear_down (&kit);
}

/* Another choice takes back what the first had set, and the root that is sent is one relaxation among others. */
static void
test_change_of_mind (void)
{
  UiKit kit = { 0 };
  GtkWidget *dialog;
  g_autoptr (SignetItem) item = NULL;
  const SignetAuthorityRecord *record;
  g_autofree const char **relaxations = NULL;

  ui_kit_set_up (&kit);
  dialog = open_dialog (&kit);
  ui_kit_select (&kit, find_combo (dialog, "System"), "Insta Certifier, old versions");
  ui_kit_assert_says (dialog, "Messages are wrapped as for the TCP transfer of old.");
  ui_kit_select (&kit, find_combo (dialog, "System"), "EJBCA");
  ui_kit_select (&kit, find_combo (dialog, "System"), "Nexus Certificate Manager");
  g_assert_null (ui_kit_find (dialog, ADW_TYPE_ENTRY_ROW, "title", "Name of the CMP alias (as in mycmp)"));
  ui_kit_type (&kit, dialog, ADDRESS, "http://127.0.0.1:9/cmp");
  ui_kit_type (&kit, dialog, "Reference", "4711");
  ui_kit_type (&kit, dialog, "Code", "a code that is long enough");
  ui_kit_select (&kit, find_combo (dialog, "Recognised by"), "The root it sends");
  ui_kit_activate (&kit, ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", "_Add"));
  ui_kit_wait (&kit, one_authority);
  item = g_list_model_get_item (signet_client_get_authorities (kit.client), 0);
  record = signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item));
  g_assert_true (g_variant_lookup (record->settings, "relaxations", "^a&s", &relaxations));
  g_assert_cmpuint (g_strv_length ((char **) relaxations), ==, 2);
  g_assert_true (g_strv_contains (relaxations, "signed-answer-to-mac"));
  g_assert_true (g_strv_contains (relaxations, "ca-pubs"));
  g_assert_false (g_variant_lookup (record->settings, "framing", "&s", NULL));
  ui_kit_tear_down (&kit);
}

/* A phone's width, with every system: nothing is cut off sideways, and each row has its name for those who listen. */
static void
test_narrow (void)
{
  UiKit kit = { 0 };
  GtkWidget *dialog;
  AdwComboRow *choice;

  ui_kit_set_up (&kit);
  dialog = open_dialog (&kit);
  gtk_window_set_default_size (GTK_WINDOW (dialog), 360, 720);
  ui_kit_settle (&kit);
  choice = ADW_COMBO_ROW (find_combo (dialog, "System"));
  for (guint i = 0; i < g_list_model_get_n_items (adw_combo_row_get_model (choice)); i++)
    {
      int minimum;

      adw_combo_row_set_selected (choice, i);
      ui_kit_settle (&kit);
      gtk_widget_measure (dialog, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
      g_assert_cmpint (minimum, <=, 360);
      g_assert_cmpint (gtk_widget_get_width (dialog), <=, 360);
    }
  ui_kit_select (&kit, GTK_WIDGET (choice), "Entrust");
  save_picture (dialog, "preset-360.png");
  g_assert_true (gtk_test_accessible_has_relation (GTK_ACCESSIBLE (choice), GTK_ACCESSIBLE_RELATION_LABELLED_BY));
  ui_kit_tear_down (&kit);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);

  ui_kit_add_test ("/ui/preset/known-system/R479", test_known_system);
  ui_kit_add_test ("/ui/preset/change-of-mind", test_change_of_mind);
  ui_kit_add_test ("/ui/preset/every-system-in-360-pixels", test_narrow);

  return g_test_run ();
}
