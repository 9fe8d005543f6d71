/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "request-dialog.h"
#include "request-page.h"
#include "ui-authority.h"

/* Making a large key is seen, and can be given up. How long it takes is luck: the worker is held while the window draws what
 * there is to press, and what came too late all the same is tried again. */

#define ATTEMPTS 10
#define PATIENCE (10 * G_USEC_PER_SEC)

typedef struct
{
  UiKit kit;
  gint64 id;
  guint heard;                  /* Progress of @id */
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

/* The worker of @self's store, by its command line. */
static pid_t
find_worker (Fixture *self)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (processes)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "cmdline", NULL);
      g_autofree char *line = NULL;
      gsize size = 0;

      if (!g_ascii_isdigit (name[0]) || !g_file_get_contents (path, &line, &size, NULL) || size == 0
          || !g_str_has_suffix (line, "signet-worker"))
        continue;
      for (gsize i = 0; i < size; i++)
        line[i] = line[i] == '\0' ? ' ' : line[i];
      if (strstr (line, self->kit.home) != NULL)
        return (pid_t) g_ascii_strtoll (name, NULL, 10);
    }
  g_assert_not_reached ();
}

static gboolean
cancel_can_be_pressed (Fixture *self)
{
  GtkWidget *page = ui_kit_find (self->kit.window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL);

  return self->heard > 0 && page != NULL && ui_kit_find (page, GTK_TYPE_PROGRESS_BAR, NULL, NULL) != NULL
         && ui_kit_find (page, GTK_TYPE_BUTTON, "label", "_Cancel Request") != NULL;
}

/* Waits until the button is there, the worker held from when the request is shown on; or until the key was made before that. */
static gboolean
wait_for_cancel (Fixture *self,
                 pid_t    worker,
                 guint    keys)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE;
  gboolean held = FALSE;

  while (!cancel_can_be_pressed (self) && g_get_monotonic_time () < deadline
         && ui_kit_count (signet_client_get_keys (self->kit.client)) == keys)
    {
      g_main_context_iteration (NULL, FALSE);
      if (!held && self->heard > 0 && ui_kit_find (self->kit.window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL) != NULL)
        held = kill (worker, SIGSTOP) == 0;
    }
  if (cancel_can_be_pressed (self))
    gtk_widget_activate (ui_kit_find (self->kit.window, GTK_TYPE_BUTTON, "label", "_Cancel Request"));
  else
    self->id = 0;
  /* The call is on its way before the worker goes on. */
  ui_kit_settle (&self->kit);
  kill (worker, SIGCONT);

  return self->id != 0;
}

static gboolean
has_ended (UiKit *kit)
{
  Fixture *self = kit->data;
  const SignetRequestState state = ui_kit_get_request (kit, self->id)->state;

  return state == SIGNET_REQUEST_CANCELLED || state == SIGNET_REQUEST_DONE;
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
  self->heard = 0;
  gtk_widget_activate (button);
}

static void
test_cancel (void)
{
  Fixture self = { 0 };
  UiAuthority authority = { 0 };
  gboolean cancelled = FALSE;
  pid_t worker;

  ui_kit_set_up (&self.kit);
  ui_authority_start (&authority, NULL);
  ui_authority_add (&authority, &self.kit, TRUE);
  worker = find_worker (&self);
  g_signal_connect (self.kit.client, "progress", G_CALLBACK (on_progress), &self);
  for (guint i = 0; i < ATTEMPTS && !cancelled; i++)
    {
      guint keys = ui_kit_count (signet_client_get_keys (self.kit.client));

      ask_for_large_key (&self);
      self.kit.data = &self;
      if (!wait_for_cancel (&self, worker, keys))
        continue;
      ui_kit_wait (&self.kit, has_ended);
      cancelled = ui_kit_get_request (&self.kit, self.id)->state == SIGNET_REQUEST_CANCELLED
                  && ui_kit_get_request (&self.kit, self.id)->key_id == 0
                  && ui_kit_count (signet_client_get_keys (self.kit.client)) == keys;
    }
  g_assert_true (cancelled);
  ui_kit_assert_says (self.kit.window, "Cancelled");
  g_assert_null (ui_kit_find (self.kit.window, GTK_TYPE_PROGRESS_BAR, NULL, NULL));
  ui_authority_stop (&authority);
  ui_kit_tear_down (&self.kit);
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
