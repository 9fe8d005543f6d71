/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "request-dialog.h"
#include "request-page.h"
#include "ui-authority.h"

/* Making a large key is seen, and can be given up. How long it takes is luck, so hold-key.c keeps it from ending. */

typedef struct
{
  UiKit kit;
  gint64 id;
  guint heard;                  /* Progress of @id */
  char *hold;                   /* the FIFO of hold-key.c */
  char *ended;                  /* the file in which it tells how making the key ended */
} Fixture;

static void
on_progress (SignetClient *client,
             gint64        request,
             double        fraction,
             const char   *text,
             Fixture      *self)
{
  self->id = request;
  self->heard++;
}

static void
set_up (Fixture *self)
{
  g_autofree char *library = g_test_build_filename (G_TEST_BUILT, "ui", "libhold-key.so", NULL);
  const char *options = g_getenv ("ASAN_OPTIONS");

  g_assert_true (g_file_test (library, G_FILE_TEST_EXISTS));
  self->hold = g_build_filename (g_get_user_runtime_dir (), "hold-key", NULL);
  self->ended = g_strconcat (self->hold, ".ended", NULL);
  self->kit.data = self;
  if (options != NULL)
    {
      g_autofree char *more = g_strconcat (options, ":verify_asan_link_order=0", NULL);

      g_setenv ("ASAN_OPTIONS", more, TRUE);
    }
  g_setenv ("SIGNET_TEST_HOLD_KEY", self->hold, TRUE);
  g_setenv ("LD_PRELOAD", library, TRUE);
  ui_kit_set_up (&self->kit);
  g_unsetenv ("LD_PRELOAD");
  g_signal_connect (self->kit.client, "progress", G_CALLBACK (on_progress), self);
}

static void
tear_down (Fixture *self)
{
  ui_kit_tear_down (&self->kit);
  g_assert_cmpint (g_unlink (self->hold), ==, 0);
  g_assert_cmpint (g_unlink (self->ended), ==, 0);
  g_free (self->hold);
  g_free (self->ended);
}

static gboolean
cancel_can_be_pressed (UiKit *kit)
{
  Fixture *self = kit->data;
  GtkWidget *page = ui_kit_find (kit->window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL);

  return self->heard > 0 && page != NULL && ui_kit_find (page, GTK_TYPE_PROGRESS_BAR, NULL, NULL) != NULL
         && ui_kit_find (page, GTK_TYPE_BUTTON, "label", "_Cancel Request") != NULL;
}

static gboolean
is_cancelled (UiKit *kit)
{
  Fixture *self = kit->data;

  return ui_kit_get_request (kit, self->id)->state == SIGNET_REQUEST_CANCELLED
         && ui_kit_find (kit->window, GTK_TYPE_PROGRESS_BAR, NULL, NULL) == NULL;
}

static void
ask_for_large_key (Fixture *self)
{
  GtkWidget *dialog;
  GtkWidget *button;

  gtk_widget_activate_action (self->kit.window, "win.new-request", NULL);
  ui_kit_settle (&self->kit);
  dialog = ui_kit_window (&self->kit, SIGNET_TYPE_REQUEST_DIALOG);
  ui_kit_type (&self->kit, dialog, "E-mail address", "maria@example.org");
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (ui_kit_find (dialog, ADW_TYPE_EXPANDER_ROW, "title", "Details")), TRUE);
  ui_kit_settle (&self->kit);
  ui_kit_select (&self->kit, ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "Kind of key"), "RSA 4096");
  button = ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", "_Request");
  g_assert_true (gtk_widget_is_sensitive (button));
  gtk_widget_activate (button);
}

static gboolean
poll_for_end (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
has_ended (UiKit *kit)
{
  Fixture *self = kit->data;
  g_autofree char *told = NULL;

  return g_file_get_contents (self->ended, &told, NULL, NULL) && *told != '\0';
}

/* The worker's thread goes on, and finds that nobody wants its key any more. */
static void
let_go (Fixture *self)
{
  int fifo = g_open (self->hold, O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0);
  guint timer = g_timeout_add (20, poll_for_end, NULL);
  g_autofree char *told = NULL;

  g_assert_cmpint (fifo, >=, 0);
  g_assert_true (g_close (fifo, NULL));
  ui_kit_wait (&self->kit, has_ended);
  g_source_remove (timer);
  g_assert_true (g_file_get_contents (self->ended, &told, NULL, NULL));
  g_assert_cmpstr (told, ==, "given up");
}

static void
test_cancel (void)
{
  Fixture self = { 0 };
  UiAuthority authority = { 0 };
  guint keys;

  set_up (&self);
  ui_authority_start (&authority, NULL);
  ui_authority_add (&authority, &self.kit, TRUE);
  keys = ui_kit_count (signet_client_get_keys (self.kit.client));

  g_assert_cmpint (mkfifo (self.hold, 0600), ==, 0);
  ask_for_large_key (&self);
  ui_kit_wait (&self.kit, cancel_can_be_pressed);
  gtk_widget_activate (ui_kit_find (self.kit.window, GTK_TYPE_BUTTON, "label", "_Cancel Request"));
  ui_kit_wait (&self.kit, is_cancelled);
  ui_kit_assert_says (self.kit.window, "Cancelled");
  let_go (&self);
  g_assert_cmpint (ui_kit_get_request (&self.kit, self.id)->state, ==, SIGNET_REQUEST_CANCELLED);
  g_assert_cmpint (ui_kit_get_request (&self.kit, self.id)->key_id, ==, 0);
  g_assert_cmpuint (ui_kit_count (signet_client_get_keys (self.kit.client)), ==, keys);

  ui_authority_stop (&authority);
  tear_down (&self);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  ui_kit_add_test ("/ui/progress/a-large-key-shows-progress-and-is-cancelled", test_cancel);

  return g_test_run ();
}
