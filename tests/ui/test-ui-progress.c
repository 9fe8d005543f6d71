/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "request-dialog.h"
#include "request-page.h"
#include "ui-authority.h"

/* Making a large key is seen, and can be given up. How long it takes is luck, so what came too late is tried again. */

#define ATTEMPTS 40

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

static gboolean
cancel_can_be_pressed (Fixture *self)
{
  GtkWidget *page = ui_kit_find (self->kit.window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL);

  return self->heard > 0 && page != NULL && ui_kit_find (page, GTK_TYPE_PROGRESS_BAR, NULL, NULL) != NULL
         && ui_kit_find (page, GTK_TYPE_BUTTON, "label", "_Cancel Request") != NULL;
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

  ui_kit_set_up (&self.kit);
  ui_authority_start (&authority, NULL);
  ui_authority_add (&authority, &self.kit, TRUE);
  g_signal_connect (self.kit.client, "progress", G_CALLBACK (on_progress), &self);
  for (guint i = 0; i < ATTEMPTS && !cancelled; i++)
    {
      guint keys = ui_kit_count (signet_client_get_keys (self.kit.client));

      ask_for_large_key (&self);
      self.kit.data = &self;
      while (!cancel_can_be_pressed (&self) && ui_kit_count (signet_client_get_keys (self.kit.client)) == keys)
        g_main_context_iteration (NULL, TRUE);
      if (!cancel_can_be_pressed (&self))
        continue;
      gtk_widget_activate (ui_kit_find (self.kit.window, GTK_TYPE_BUTTON, "label", "_Cancel Request"));
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
