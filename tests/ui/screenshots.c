/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>

#include "ui-kit.h"
#include "window.h"

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

static void
shoot_dialog (UiKit      *kit,
              const char *action,
              const char *folder,
              const char *name,
              const char *suffix)
{
  g_autofree char *file = g_strdup_printf ("%s-%s.png", name, suffix);
  g_autoptr (GList) windows = NULL;

  gtk_widget_activate_action (kit->window, action, NULL);
  ui_kit_settle (kit);
  windows = gtk_window_list_toplevels ();
  for (GList *l = windows; l != NULL; l = l->next)
    if (gtk_window_get_transient_for (l->data) == GTK_WINDOW (kit->window) && gtk_widget_get_mapped (l->data))
      {
        save (kit, l->data, folder, file);
        gtk_window_destroy (l->data);
      }
  ui_kit_settle (kit);
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
  shoot_page (kit, signet_client_get_authorities (kit->client), folder, "authority", suffix);
  shoot_dialog (kit, "win.new-request", folder, "new-request", suffix);
  shoot_dialog (kit, "win.add-authority", folder, "add-authority", suffix);
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
