/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ui-kit.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#include "window.h"

#define PATIENCE_SECONDS 60

static gboolean
is_ready (UiKit *kit)
{
  return g_str_equal (signet_client_get_state (kit->client), "ready");
}

void
ui_kit_set_up (UiKit *kit)
{
  g_autoptr (GError) error = NULL;
  GList *windows;

  kit->home = g_dir_make_tmp ("signet-ui-XXXXXX", &error);
  g_assert_no_error (error);
  kit->passphrase_file = g_strconcat (kit->home, ".passphrase", NULL);
  g_assert_true (g_file_set_contents (kit->passphrase_file, "open sesame\n", -1, NULL));
  kit->application = signet_application_new (kit->home, kit->passphrase_file);
  kit->client = signet_application_get_client (kit->application);
  g_application_set_default (G_APPLICATION (kit->application));
  g_assert_true (g_application_register (G_APPLICATION (kit->application), NULL, &error));
  g_application_activate (G_APPLICATION (kit->application));
  windows = gtk_application_get_windows (GTK_APPLICATION (kit->application));
  g_assert_nonnull (windows);
  kit->window = windows->data;
  ui_kit_wait (kit, is_ready);
}

static void
on_quit (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, NULL);

  *(gboolean *) user_data = TRUE;
}

void
ui_kit_tear_down (UiKit *kit)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s' '%s'", kit->home, kit->passphrase_file);
  gboolean ended = FALSE;

  signet_client_call_async (kit->client, "Quit", NULL, NULL, NULL, on_quit, &ended);
  while (!ended)
    g_main_context_iteration (NULL, TRUE);
  gtk_window_destroy (GTK_WINDOW (kit->window));
  ui_kit_settle (kit);
  g_clear_object (&kit->application);
  g_assert_cmpint (system (command), ==, 0);
  g_clear_pointer (&kit->home, g_free);
  g_clear_pointer (&kit->passphrase_file, g_free);
}

static gboolean
on_timeout (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_CONTINUE;
}

void
ui_kit_wait (UiKit       *kit,
             UiCondition  condition)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add_seconds (PATIENCE_SECONDS, on_timeout, &late);

  while (!condition (kit))
    {
      g_main_context_iteration (NULL, TRUE);
      if (late)
        g_error ("What was waited for did not happen");
    }
  g_source_remove (timer);
  ui_kit_settle (kit);
}

void
ui_kit_settle (UiKit *kit)
{
  gboolean done = FALSE;
  guint timer = g_timeout_add (400, on_timeout, &done);

  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
}

static gboolean
has_text (GtkWidget  *widget,
          const char *name,
          const char *value)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (widget), name);
  g_autofree char *text = NULL;

  if (spec == NULL || spec->value_type != G_TYPE_STRING)
    return FALSE;
  g_object_get (widget, name, &text, NULL);

  return g_strcmp0 (text, value) == 0;
}

GtkWidget *
ui_kit_find (GtkWidget  *root,
             GType       type,
             const char *name,
             const char *value)
{
  if (!gtk_widget_get_mapped (root))
    return NULL;
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && (name == NULL || has_text (root, name, value)))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = ui_kit_find (child, type, name, value);

      if (found != NULL)
        return found;
    }

  return NULL;
}

GtkWidget *
ui_kit_window (UiKit *kit,
               GType  type)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();

  for (GList *l = windows; l != NULL; l = l->next)
    if (g_type_is_a (G_OBJECT_TYPE (l->data), type) && gtk_widget_get_visible (l->data))
      return l->data;

  return NULL;
}

void
ui_kit_activate (UiKit     *kit,
                 GtkWidget *button)
{
  g_assert_nonnull (button);
  g_assert_true (gtk_widget_is_sensitive (button));
  g_assert_true (gtk_widget_activate (button));
  kit->activations++;
  ui_kit_settle (kit);
}

guint
ui_kit_count (GListModel *model)
{
  return g_list_model_get_n_items (model);
}
