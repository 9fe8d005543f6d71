/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "request-dialog.h"
#include "ui-kit.h"

/* Each action of the window once, on an empty store: none may warn, and none may need what is not there. */

static void
test_every_action (void)
{
  static const char *const actions[] = { "win.search", "win.check", "win.back", "win.add-authority", "win.unlock" };
  static const char *const names[] = { "certificates", "requests", "keys", "authorities", "overview" };
  UiKit kit = { 0 };

  ui_kit_set_up (&kit);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_true (gtk_widget_activate_action (kit.window, "win.view", "s", names[i]));
      ui_kit_settle (&kit);
    }
  g_assert_nonnull (ui_kit_find (kit.window, GTK_TYPE_LABEL, "label", "Welcome to Signet"));
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      g_autoptr (GList) windows = NULL;

      g_assert_true (gtk_widget_activate_action (kit.window, actions[i], NULL));
      ui_kit_settle (&kit);
      windows = gtk_window_list_toplevels ();
      for (GList *l = windows; l != NULL; l = l->next)
        if (l->data != kit.window && gtk_window_get_transient_for (l->data) == GTK_WINDOW (kit.window))
          gtk_window_destroy (l->data);
    }
  /* Without an authority there is nobody to ask. */
  gtk_widget_activate_action (kit.window, "win.new-request", NULL);
  g_assert_null (ui_kit_find (kit.window, SIGNET_TYPE_REQUEST_DIALOG, NULL, NULL));
  ui_kit_tear_down (&kit);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/ui/actions/each-once", test_every_action);

  return g_test_run ();
}
