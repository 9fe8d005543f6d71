/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>

#include "ui-kit.h"
#include "window.h"

#define ADDRESS "Address"
#define DIALOG_HEIGHT 1300      /* pixels */

/* usage: take-screenshots FOLDER
 * Every view of a store with a certificate in it, light and dark, wide and narrow, as PNG files. */

static gboolean
authority_known (UiKit *kit)
{
  return ui_kit_count (signet_client_get_authorities (kit->client)) == 1;
}

static gboolean
certificate_there (UiKit *kit)
{
  return ui_kit_count (signet_client_get_certificates (kit->client)) == 1;
}

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);

  g_assert_no_error (error);
}

static void
save (UiKit      *kit,
      GtkWidget  *window,
      const char *folder,
      const char *name)
{
  int width = gtk_widget_get_width (window);
  int height = gtk_widget_get_height (window);
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (window);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree char *path = g_build_filename (folder, name, NULL);

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, NULL);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}

static void
shoot_views (UiKit      *kit,
             const char *folder,
             const char *suffix)
{
  static const char *const names[] = { "overview", "certificates", "requests", "keys", "authorities" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *file = g_strdup_printf ("%s-%s.png", names[i], suffix);

      signet_window_show_view (SIGNET_WINDOW (kit->window), names[i]);
      ui_kit_settle (kit);
      save (kit, kit->window, folder, file);
    }
}

static void
shoot_page (UiKit      *kit,
            GListModel *model,
            const char *folder,
            const char *name,
            const char *suffix)
{
  g_autoptr (SignetItem) item = g_list_model_get_item (model, 0);
  g_autofree char *file = g_strdup_printf ("%s-%s.png", name, suffix);

  signet_shell_show_item (SIGNET_SHELL (kit->window), item);
  ui_kit_settle (kit);
  save (kit, kit->window, folder, file);
}

static GtkWidget *
find_dialog (UiKit *kit)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  GtkWidget *found = NULL;

  for (GList *l = windows; l != NULL; l = l->next)
    if (gtk_window_get_transient_for (l->data) == GTK_WINDOW (kit->window) && gtk_widget_get_mapped (l->data))
      found = l->data;
  g_assert_nonnull (found);

  return found;
}

/* As wide as the window lets it be, and so high that all of it is seen. */
static GtkWidget *
open_dialog (UiKit      *kit,
             const char *action)
{
  GtkWidget *dialog;
  int width;
  int height;

  if (action != NULL)
    gtk_widget_activate_action (kit->window, action, NULL);
  else
    ui_kit_activate (kit, ui_kit_find (kit->window, GTK_TYPE_BUTTON, "label", "_Edit…"));
  ui_kit_settle (kit);
  dialog = find_dialog (kit);
  gtk_window_get_default_size (GTK_WINDOW (kit->window), &width, &height);
  gtk_window_set_default_size (GTK_WINDOW (dialog), MIN (width, 520), MAX (height, DIALOG_HEIGHT));
  ui_kit_settle (kit);

  return dialog;
}

static void
shoot_dialog (UiKit      *kit,
              const char *folder,
              const char *name,
              const char *suffix)
{
  g_autofree char *file = g_strdup_printf ("%s-%s.png", name, suffix);
  g_autofree char *end = g_strdup_printf ("%s-end-%s.png", name, suffix);
  GtkWidget *dialog = find_dialog (kit);
  GtkWidget *scrolled = ui_kit_find (dialog, GTK_TYPE_SCROLLED_WINDOW, NULL, NULL);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));

  gtk_adjustment_set_value (adjustment, 0);
  ui_kit_settle (kit);
  save (kit, dialog, folder, file);
  if (gtk_adjustment_get_upper (adjustment) <= gtk_adjustment_get_page_size (adjustment))
    return;
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
  ui_kit_settle (kit);
  save (kit, dialog, folder, end);
}

static void
close_dialog (UiKit *kit)
{
  gtk_window_destroy (GTK_WINDOW (find_dialog (kit)));
  ui_kit_settle (kit);
}

static gboolean
presets_there (UiKit *kit)
{
  GtkWidget *row = ui_kit_find (find_dialog (kit), ADW_TYPE_COMBO_ROW, "title", "System");

  return adw_combo_row_get_model (ADW_COMBO_ROW (row)) != NULL
         && g_list_model_get_n_items (adw_combo_row_get_model (ADW_COMBO_ROW (row))) > 1;
}

static gboolean
template_there (UiKit *kit)
{
  return ui_kit_find_text (find_dialog (kit), "The request holds what the authority asked for") != NULL;
}

/* A request as it is made, and once the authority said what it wants. */
static void
shoot_request (UiKit      *kit,
               const char *folder,
               const char *suffix)
{
  GtkWidget *dialog = open_dialog (kit, "win.new-request");

  ui_kit_select (kit, ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "From"), "Demo");
  ui_kit_type (kit, dialog, "Name", "Maria Huber");
  ui_kit_type (kit, dialog, "E-mail address", "maria@example.org");
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (ui_kit_find (dialog, ADW_TYPE_EXPANDER_ROW, "title", "Details")), TRUE);
  shoot_dialog (kit, folder, "new-request", suffix);
  ui_kit_activate (kit, ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", "_Ask"));
  ui_kit_wait (kit, template_there);
  shoot_dialog (kit, folder, "request-template", suffix);
  close_dialog (kit);
}

/* An authority as it is added, with a system that is known, and as it is changed. */
static void
shoot_authority (UiKit      *kit,
                 const char *folder,
                 const char *suffix)
{
  GtkWidget *dialog = open_dialog (kit, "win.add-authority");

  shoot_dialog (kit, folder, "add-authority", suffix);
  ui_kit_wait (kit, presets_there);
  ui_kit_select (kit, ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "System"), "EJBCA");
  shoot_dialog (kit, folder, "add-authority-preset", suffix);
  close_dialog (kit);

  shoot_page (kit, signet_client_get_authorities (kit->client), folder, "authority", suffix);
  dialog = open_dialog (kit, NULL);
  ui_kit_wait (kit, presets_there);
  shoot_dialog (kit, folder, "edit-authority", suffix);
  ui_kit_type (kit, dialog, ADDRESS, "ca.example.org");
  ui_kit_type (kit, dialog, "Reference", "");
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (ui_kit_find (dialog, ADW_TYPE_EXPANDER_ROW, "title", "Details")), TRUE);
  ui_kit_activate (kit, ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", "_Save"));
  shoot_dialog (kit, folder, "edit-authority-mistakes", suffix);
  close_dialog (kit);
}

static void
shoot (UiKit      *kit,
       const char *folder,
       const char *suffix)
{
  shoot_views (kit, folder, suffix);
  shoot_page (kit, signet_client_get_requests (kit->client), folder, "request", suffix);
  shoot_page (kit, signet_client_get_certificates (kit->client), folder, "certificate", suffix);
  shoot_page (kit, signet_client_get_keys (kit->client), folder, "key", suffix);
  shoot_request (kit, folder, suffix);
  shoot_authority (kit, folder, suffix);
}

static gboolean
two_authorities (UiKit *kit)
{
  return ui_kit_count (signet_client_get_authorities (kit->client)) == 2;
}

/* One that can be changed, with the demo's root. */
static void
add_example (UiKit *kit)
{
  g_autoptr (SignetItem) demo = g_list_model_get_item (signet_client_get_authorities (kit->client), 0);
  GBytes *der = signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (demo))->anchors->pdata[0];
  GVariant *anchor = g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, der, TRUE);
  static const char *const relaxations[] = { "signed-answer-to-mac", "sha1", NULL };
  GVariantBuilder handles = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ah"));
  GVariantDict dict;
  g_autoptr (GVariant) reply = NULL;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", "Example CA");
  g_variant_dict_insert (&dict, "url", "s", "https://pki.example.org/.well-known/cmp");
  g_variant_dict_insert (&dict, "reference", "s", "4711");
  g_variant_dict_insert (&dict, "profile", "s", "people");
  g_variant_dict_insert (&dict, "relaxations", "^as", relaxations);
  g_variant_dict_insert_value (&dict, "anchors", g_variant_new_array (G_VARIANT_TYPE_BYTESTRING, &anchor, 1));
  g_variant_builder_add (&handles, "h", 0);
  reply = ui_kit_call (kit, "AddAuthority", g_variant_new ("(@a{sv}ah)", g_variant_dict_end (&dict), &handles), "a code for pictures");
  ui_kit_wait (kit, two_authorities);
}

static void
fill_store (UiKit *kit)
{
  GVariant *request = g_variant_new_parsed ("({'authority': <int64 1>, 'purpose': <'mail'>, 'subject': <'CN=Maria Huber,O=Example'>,"
                                            " 'alt-names': <['email:maria@example.org']>, 'key-spec': <'ec:P-256'>},)");
  GVariant *offline = g_variant_new_parsed ("({'authority': <int64 1>, 'purpose': <'sign-in'>, 'subject': <'CN=Maria Huber'>,"
                                            " 'name': <'VPN access'>, 'key-spec': <'ec:P-256'>, 'offline': <true>},)");

  signet_client_call_async (kit->client, "TryDemoAuthority", NULL, NULL, NULL, on_done, NULL);
  ui_kit_wait (kit, authority_known);
  signet_client_call_async (kit->client, "CreateRequest", request, NULL, NULL, on_done, NULL);
  ui_kit_wait (kit, certificate_there);
  signet_client_call_async (kit->client, "CreateRequest", offline, NULL, NULL, on_done, NULL);
  ui_kit_settle (kit);
  add_example (kit);
}

int
main (int    argc,
      char **argv)
{
  static const int widths[] = { 1100, 360 };
  UiKit kit = { 0 };

  g_assert_cmpint (argc, ==, 2);
  adw_init ();
  g_mkdir_with_parents (argv[1], 0755);
  ui_kit_set_up (&kit);
  /* No picture of a page that is still fading in. */
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  save (&kit, kit.window, argv[1], "welcome-light-1100.png");
  fill_store (&kit);
  for (guint dark = 0; dark < 2; dark++)
    for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
      {
        g_autofree char *suffix = g_strdup_printf ("%s-%d", dark ? "dark" : "light", widths[i]);

        adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                            dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
        gtk_window_set_default_size (GTK_WINDOW (kit.window), widths[i], 760);
        ui_kit_settle (&kit);
        shoot (&kit, argv[1], suffix);
      }
  g_print ("%s\n", argv[1]);
  ui_kit_tear_down (&kit);

  return 0;
}
