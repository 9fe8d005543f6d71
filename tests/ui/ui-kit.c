/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "ui-kit.h"

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "secret-call.h"
#include "store/store.h"
#include "window.h"

#define PATIENCE_SECONDS 60

typedef struct
{
  GTestFunc run;
} Case;

/* AdwMessageDialog measures its labels for less room than they need, of which GTK warns since 4.16: that is not our layout. */
static GLogWriterOutput
write_log (GLogLevelFlags   level,
           const GLogField *fields,
           gsize            n_fields,
           gpointer         user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE") && fields[i].length < 0
        && g_str_has_prefix (fields[i].value, "Trying to measure GtkLabel "))
      return G_LOG_WRITER_HANDLED;

  return g_log_writer_default (level, fields, n_fields, user_data);
}

/* Set once a file was chosen in GTK's own dialog. */
static gboolean chose_file;

/* GTK's path bar, when it is led elsewhere before it has all its buttons, takes buttons away that it had not added yet. */
static gboolean
is_fatal (const char     *domain,
          GLogLevelFlags  level,
          const char     *message,
          gpointer        user_data)
{
  return !chose_file || g_strcmp0 (domain, "Gtk") != 0
         || !g_str_equal (message, "gtk_box_remove: assertion 'gtk_widget_get_parent (child) == (GtkWidget *)box' failed");
}

static void
run_case (gconstpointer data)
{
  const Case *test = data;

  if (g_test_subprocess ())
    {
      test->run ();
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

void
ui_kit_add_test (const char *path,
                 GTestFunc   run)
{
  g_test_add_data_func_full (path, g_memdup2 (&(Case){ run }, sizeof (Case)), run_case, g_free);
}

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

  g_log_set_writer_func (write_log, NULL, NULL);
  g_test_log_set_fatal_handler (is_fatal, NULL);
  signet_store_keep_off_this_thread ();
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
ui_kit_find_text (GtkWidget  *root,
                  const char *words)
{
  if (!gtk_widget_get_mapped (root))
    return NULL;
  if (GTK_IS_LABEL (root) && strstr (gtk_label_get_text (GTK_LABEL (root)), words) != NULL)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = ui_kit_find_text (child, words);

      if (found != NULL)
        return found;
    }

  return NULL;
}

static void
add_texts (GtkWidget *root,
           GString   *texts)
{
  if (!gtk_widget_get_mapped (root))
    return;
  if (GTK_IS_LABEL (root))
    g_string_append_printf (texts, "\n  %s", gtk_label_get_text (GTK_LABEL (root)));
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    add_texts (child, texts);
}

void
ui_kit_assert_says (GtkWidget  *root,
                    const char *words)
{
  g_autoptr (GtkWidget) held = NULL;
  g_autoptr (GString) texts = NULL;
  gboolean late = FALSE;
  guint timer;

  g_assert_nonnull (root);
  held = g_object_ref (root);
  timer = g_timeout_add_seconds (PATIENCE_SECONDS, on_timeout, &late);
  while (ui_kit_find_text (root, words) == NULL && !late)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
  if (!late)
    return;
  texts = g_string_new (NULL);
  add_texts (root, texts);
  g_error ("“%s” does not stand in what is shown:%s", words, texts->str);
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
  /* At once: by the keyboard a button is pressed for a while first, in which its page may be made anew. */
  if (GTK_IS_BUTTON (button))
    g_signal_emit_by_name (button, "clicked");
  else
    g_assert_true (gtk_widget_activate (button));
  kit->activations++;
  ui_kit_settle (kit);
}

guint
ui_kit_count (GListModel *model)
{
  return g_list_model_get_n_items (model);
}

void
ui_kit_select (UiKit      *kit,
               GtkWidget  *row,
               const char *words)
{
  GListModel *model = adw_combo_row_get_model (ADW_COMBO_ROW (row));
  GtkExpression *expression = adw_combo_row_get_expression (ADW_COMBO_ROW (row));

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);
      g_auto (GValue) value = G_VALUE_INIT;
      const char *text = NULL;

      if (GTK_IS_STRING_OBJECT (item))
        text = gtk_string_object_get_string (GTK_STRING_OBJECT (item));
      else if (gtk_expression_evaluate (expression, item, &value))
        text = g_value_get_string (&value);
      if (text == NULL || !g_str_has_prefix (text, words))
        continue;
      adw_combo_row_set_selected (ADW_COMBO_ROW (row), i);
      ui_kit_settle (kit);
      return;
    }
  g_error ("There is no choice “%s”", words);
}

void
ui_kit_type (UiKit      *kit,
             GtkWidget  *root,
             const char *title,
             const char *text)
{
  GtkWidget *row = ui_kit_find (root, ADW_TYPE_ENTRY_ROW, "title", title);

  g_assert_nonnull (row);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
  ui_kit_settle (kit);
}

void
ui_kit_choose_file (UiKit      *kit,
                    const char *path)
{
  GtkWidget *dialog = ui_kit_window (kit, GTK_TYPE_FILE_CHOOSER_DIALOG);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFile) folder = g_file_get_parent (file);
  g_autofree char *name = g_file_get_basename (file);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (dialog);
  chose_file = TRUE;
  if (gtk_file_chooser_get_action (GTK_FILE_CHOOSER (dialog)) == GTK_FILE_CHOOSER_ACTION_OPEN)
    gtk_file_chooser_set_file (GTK_FILE_CHOOSER (dialog), file, &error);
  else
    {
      gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (dialog), folder, &error);
      gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
    }
  g_assert_no_error (error);
  ui_kit_settle (kit);
  gtk_dialog_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  ui_kit_settle (kit);
}

static gboolean
has_message_dialog (UiKit *kit)
{
  return ui_kit_window (kit, ADW_TYPE_MESSAGE_DIALOG) != NULL;
}

GtkWidget *
ui_kit_message_dialog (UiKit *kit)
{
  ui_kit_wait (kit, has_message_dialog);

  return ui_kit_window (kit, ADW_TYPE_MESSAGE_DIALOG);
}

static void
on_called (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  *(GVariant **) user_data = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  g_assert_no_error (error);
}

GVariant *
ui_kit_call (UiKit      *kit,
             const char *method,
             GVariant   *arguments,
             const char *secret)
{
  g_autoptr (GUnixFDList) fds = NULL;
  GVariant *handles = NULL;
  GVariant *reply = NULL;

  if (secret != NULL)
    {
      fds = signet_secret_list (secret, &handles, NULL);
      g_variant_unref (g_variant_ref_sink (handles));
    }
  signet_client_call_async (kit->client, method, arguments, fds, NULL, on_called, &reply);
  while (reply == NULL)
    g_main_context_iteration (NULL, TRUE);
  ui_kit_settle (kit);

  return reply;
}

gint64
ui_kit_request (UiKit      *kit,
                gint64      authority,
                const char *changes)
{
  g_autoptr (GVariant) more = g_variant_new_parsed (changes != NULL ? changes : "@a{sv} {}");
  g_autoptr (GVariant) reply = NULL;
  GVariantDict dict;
  GVariantIter iter;
  const char *name;
  GVariant *value;
  gint64 id;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "authority", "x", authority);
  g_variant_dict_insert (&dict, "purpose", "s", "mail");
  g_variant_dict_insert (&dict, "subject", "s", "CN=Maria Huber");
  g_variant_dict_insert_value (&dict, "alt-names", g_variant_new_parsed ("['email:maria@example.org']"));
  g_variant_dict_insert (&dict, "key-spec", "s", "ec:P-256");
  g_variant_iter_init (&iter, more);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    g_variant_dict_insert_value (&dict, name, value);
  reply = ui_kit_call (kit, "CreateRequest", g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)), NULL);
  g_variant_get (reply, "(x)", &id);

  return id;
}

const SignetRequestRecord *
ui_kit_get_request (UiKit  *kit,
                    gint64  id)
{
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_requests (kit->client), id);

  g_assert_nonnull (item);

  return signet_request_item_get_record (SIGNET_REQUEST_ITEM (item));
}
