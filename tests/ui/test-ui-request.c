/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdlib.h>

#include "certificate-page.h"
#include "request-dialog.h"
#include "request-page.h"
#include "ui-authority.h"

/* A request's page in each state, with what can be done there done. */

typedef struct
{
  UiKit kit;
  UiAuthority authority;
  gint64 id;                    /* of the request that is shown */
  SignetRequestState wanted;
} Fixture;

static gboolean
is_in_state (UiKit *kit)
{
  Fixture *self = kit->data;
  const SignetRequestRecord *record;
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_requests (kit->client), self->id);

  if (item == NULL)
    return FALSE;
  record = signet_request_item_get_record (SIGNET_REQUEST_ITEM (item));

  return record->state == self->wanted;
}

static void
wait_state (Fixture            *self,
            SignetRequestState  state)
{
  self->wanted = state;
  self->kit.data = self;
  ui_kit_wait (&self->kit, is_in_state);
}

/* Asks an authority that behaves as @options say, and opens the page once the request is in @state. */
static void
set_up (Fixture            *self,
        const char *const  *options,
        const char         *changes,
        SignetRequestState  state)
{
  gint64 authority;

  ui_kit_set_up (&self->kit);
  ui_authority_start (&self->authority, options);
  authority = ui_authority_add (&self->authority, &self->kit, TRUE);
  self->id = ui_kit_request (&self->kit, authority, changes);
  wait_state (self, state);
  signet_shell_show_row (SIGNET_SHELL (self->kit.window), signet_client_get_requests (self->kit.client), self->id);
  ui_kit_settle (&self->kit);
  g_assert_nonnull (ui_kit_find (self->kit.window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL));
}

static void
tear_down (Fixture *self)
{
  ui_authority_stop (&self->authority);
  ui_kit_tear_down (&self->kit);
}

static GtkWidget *
button (Fixture    *self,
        const char *label)
{
  return ui_kit_find (ui_kit_find (self->kit.window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL), GTK_TYPE_BUTTON, "label", label);
}

static void
says (Fixture    *self,
      const char *words)
{
  ui_kit_assert_says (ui_kit_find (self->kit.window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL), words);
}

/* The authority says when to ask again only after it was asked once. */
static gboolean
next_check_is_known (UiKit *kit)
{
  Fixture *self = kit->data;

  return ui_kit_get_request (kit, self->id)->next_check > g_get_real_time () / G_USEC_PER_SEC;
}

static void
test_waiting (void)
{
  Fixture self = { 0 };
  const char *const options[] = { "--hold", "--check-after", "3600", NULL };
  const char *const approve[] = { "approve", "1", NULL };
  g_autofree char *output = NULL;

  set_up (&self, options, NULL, SIGNET_REQUEST_WAITING);
  ui_kit_wait (&self.kit, next_check_is_known);
  says (&self, "Waiting for approval · next check");
  says (&self, "You can close this window.");
  g_assert_nonnull (button (&self, "_Cancel Request"));
  output = ui_authority_run (&self.authority, approve);
  ui_kit_activate (&self.kit, button (&self, "Check _Now"));
  wait_state (&self, SIGNET_REQUEST_DONE);
  says (&self, "Issued");
  g_assert_null (button (&self, "_Cancel Request"));
  ui_kit_activate (&self.kit, button (&self, "_Show Certificate"));
  g_assert_nonnull (ui_kit_find (self.kit.window, SIGNET_TYPE_CERTIFICATE_PAGE, NULL, NULL));
  tear_down (&self);
}

static void
ask_about_change (gboolean            accept,
                  SignetRequestState  state)
{
  Fixture self = { 0 };
  const char *const options[] = { "--modify", NULL };

  set_up (&self, options, "{'subject': <'CN=Maria Huber,O=Mine'>}", SIGNET_REQUEST_ASKING);
  says (&self, "Needs your decision");
  g_assert_nonnull (ui_kit_find (self.kit.window, ADW_TYPE_PREFERENCES_GROUP, "title", "The authority changed something"));
  says (&self, "CN=Maria Huber,O=Mine");
  ui_kit_activate (&self.kit, button (&self, accept ? "_Accept" : "_Refuse"));
  wait_state (&self, state);
  g_assert_null (ui_kit_find (self.kit.window, ADW_TYPE_PREFERENCES_GROUP, "title", "The authority changed something"));
  if (accept)
    g_assert_nonnull (button (&self, "_Show Certificate"));
  else
    {
      says (&self, "Failed");
      g_assert_nonnull (button (&self, "_Edit and Resend…"));
    }
  tear_down (&self);
}

static void
test_question_accepted (void)
{
  ask_about_change (TRUE, SIGNET_REQUEST_DONE);
}

static void
test_question_refused (void)
{
  ask_about_change (FALSE, SIGNET_REQUEST_FAILED);
}

/* The dialog that [Edit and Resend…] opens holds what was asked for. */
static void
assert_same (Fixture *self)
{
  GtkWidget *dialog;
  GtkWidget *row;

  ui_kit_activate (&self->kit, button (self, "_Edit and Resend…"));
  dialog = ui_kit_window (&self->kit, SIGNET_TYPE_REQUEST_DIALOG);
  g_assert_nonnull (dialog);
  row = ui_kit_find (dialog, ADW_TYPE_ENTRY_ROW, "title", "Name");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row)), ==, "Maria, Huber");
  row = ui_kit_find (dialog, ADW_TYPE_ENTRY_ROW, "title", "E-mail address");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row)), ==, "maria@example.org");
  row = ui_kit_find (dialog, ADW_TYPE_ENTRY_ROW, "title", "Also valid for");
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row)), ==, "dns:maria.example.org");
  ui_kit_assert_says (dialog, "CN=Maria\\, Huber,OU=Desk,O=Example,C=AT");
  ui_kit_assert_says (dialog, "Your key P-256");
  gtk_window_close (GTK_WINDOW (dialog));
  ui_kit_settle (&self->kit);
}

static void
test_rejected (void)
{
  Fixture self = { 0 };
  const char *const options[] = { "--reject", "Come to the desk with your passport", NULL };

  set_up (&self, options,
          "{'subject': <'CN=Maria\\\\, Huber,OU=Desk,O=Example,C=AT'>,"
          " 'alt-names': <['email:maria@example.org', 'dns:maria.example.org']>}",
          SIGNET_REQUEST_REJECTED);
  says (&self, "Rejected by the authority");
  says (&self, "The authority says: “Come to the desk with your passport”");
  g_assert_null (button (&self, "_Cancel Request"));
  assert_same (&self);
  tear_down (&self);
}

static void
test_failed_and_tried_again (void)
{
  Fixture self = { 0 };
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *settings = NULL;
  g_autoptr (GVariant) reply = NULL;
  gint64 authority;

  /* Nobody answers there once this is closed. */
  g_socket_listener_close (listener);
  settings = g_strdup_printf ("({'name': <'Nobody'>, 'url': <'http://127.0.0.1:%u/'>, 'reference': <'x'>, 'relaxations': "
                              "<['ca-pubs']>}, [handle 0])", port);
  ui_kit_set_up (&self.kit);
  reply = ui_kit_call (&self.kit, "AddAuthority", g_variant_new_parsed (settings), "a secret of the tests");
  g_variant_get (reply, "(x)", &authority);
  self.id = ui_kit_request (&self.kit, authority, NULL);
  wait_state (&self, SIGNET_REQUEST_FAILED);
  signet_shell_show_row (SIGNET_SHELL (self.kit.window), signet_client_get_requests (self.kit.client), self.id);
  ui_kit_settle (&self.kit);

  says (&self, "Failed · tried again");
  says (&self, "127.0.0.1");
  ui_kit_activate (&self.kit, button (&self, "_Try Again Now"));
  wait_state (&self, SIGNET_REQUEST_FAILED);
  ui_kit_activate (&self.kit, button (&self, "_Cancel Request"));
  wait_state (&self, SIGNET_REQUEST_CANCELLED);
  says (&self, "Cancelled");
  g_assert_null (button (&self, "_Cancel Request"));
  g_assert_nonnull (button (&self, "_Edit and Resend…"));
  ui_kit_tear_down (&self.kit);
}

/* The authority cannot say what it does not like in a way that could be believed, so the outcome is unknown. */
static void
test_wrong_code (void)
{
  Fixture self = { 0 };
  gint64 authority;
  g_autofree char *code = NULL;
  GtkWidget *dialog;

  ui_kit_set_up (&self.kit);
  ui_authority_start (&self.authority, NULL);
  code = g_steal_pointer (&self.authority.secret);
  self.authority.secret = g_strdup ("not the code that it knows");
  authority = ui_authority_add (&self.authority, &self.kit, TRUE);
  self.id = ui_kit_request (&self.kit, authority, NULL);
  wait_state (&self, SIGNET_REQUEST_UNKNOWN);
  signet_shell_show_row (SIGNET_SHELL (self.kit.window), signet_client_get_requests (self.kit.client), self.id);
  ui_kit_settle (&self.kit);
  says (&self, "Outcome unknown: it may have been issued");
  says (&self, "made with another secret");
  g_assert_nonnull (button (&self, "_Ask Again"));
  ui_kit_activate (&self.kit, button (&self, "_Cancel Request"));
  wait_state (&self, SIGNET_REQUEST_CANCELLED);

  ui_kit_activate (&self.kit, button (&self, "_Edit and Resend…"));
  dialog = ui_kit_window (&self.kit, SIGNET_TYPE_REQUEST_DIALOG);
  ui_kit_select (&self.kit, ui_kit_find (dialog, ADW_TYPE_COMBO_ROW, "title", "Shown by"), "Another reference and code");
  ui_kit_type (&self.kit, dialog, "Code", code);
  ui_kit_activate (&self.kit, ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", "_Request"));
  self.id++;
  wait_state (&self, SIGNET_REQUEST_DONE);
  says (&self, "Issued");
  tear_down (&self);
}

/* Saves the message that waits, has the authority answer it, and imports the answer. */
static void
carry (Fixture            *self,
       const char         *folder,
       const char         *round,
       SignetRequestState  state)
{
  g_autofree char *message = g_strdup_printf ("%s/%s.pki", folder, round);
  g_autofree char *reply = g_strdup_printf ("%s/%s-reply.pki", folder, round);
  const char *const answer[] = { "answer", message, "--output", reply, NULL };
  g_autofree char *output = NULL;

  ui_kit_activate (&self->kit, button (self, "_Save Message…"));
  ui_kit_choose_file (&self->kit, message);
  wait_state (self, SIGNET_REQUEST_AWAITING_REPLY);
  g_assert_true (g_file_test (message, G_FILE_TEST_EXISTS));
  output = ui_authority_run (&self->authority, answer);
  ui_kit_activate (&self->kit, button (self, "_Import Reply…"));
  ui_kit_choose_file (&self->kit, reply);
  wait_state (self, state);
}

static void
test_offline (void)
{
  Fixture self = { 0 };
  g_autofree char *folder = g_dir_make_tmp ("signet-carry-XXXXXX", NULL);
  g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", folder);

  set_up (&self, NULL, "{'offline': <true>}", SIGNET_REQUEST_OUTBOX);
  says (&self, "Send the message to the authority");
  g_assert_nonnull (button (&self, "_E-Mail…"));
  carry (&self, folder, "first", SIGNET_REQUEST_OUTBOX);
  says (&self, "Send the confirmation to the authority");
  carry (&self, folder, "second", SIGNET_REQUEST_DONE);
  ui_kit_activate (&self.kit, button (&self, "_Show Certificate"));
  g_assert_nonnull (ui_kit_find (self.kit.window, SIGNET_TYPE_CERTIFICATE_PAGE, NULL, NULL));
  /* One page of the request lies below, however often a reply was imported on it. */
  gtk_widget_activate_action (self.kit.window, "win.back", NULL);
  gtk_widget_activate_action (self.kit.window, "win.back", NULL);
  ui_kit_settle (&self.kit);
  g_assert_null (ui_kit_find (self.kit.window, SIGNET_TYPE_REQUEST_PAGE, NULL, NULL));
  g_assert_cmpint (system (remove), ==, 0);
  tear_down (&self);
}

static void
test_foreign_reply (void)
{
  Fixture self = { 0 };
  g_autofree char *path = NULL;

  set_up (&self, NULL, "{'offline': <true>}", SIGNET_REQUEST_OUTBOX);
  path = g_build_filename (self.authority.folder, "poem.pki", NULL);
  g_assert_true (g_file_set_contents (path, "Roses are red", -1, NULL));
  gtk_widget_activate_action (self.kit.window, "win.import", NULL);
  ui_kit_settle (&self.kit);
  ui_kit_choose_file (&self.kit, path);
  ui_kit_assert_says (ui_kit_message_dialog (&self.kit), "The reply was not taken");
  ui_kit_assert_says (ui_kit_message_dialog (&self.kit), "This is no message of a certificate authority");
  gtk_window_close (GTK_WINDOW (ui_kit_message_dialog (&self.kit)));
  wait_state (&self, SIGNET_REQUEST_OUTBOX);
  tear_down (&self);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  ui_kit_add_test ("/ui/request/waiting-is-checked-now-and-issued", test_waiting);
  ui_kit_add_test ("/ui/request/a-change-is-shown-and-accepted", test_question_accepted);
  ui_kit_add_test ("/ui/request/a-change-is-shown-and-refused", test_question_refused);
  ui_kit_add_test ("/ui/request/rejected-with-words-and-a-way-on", test_rejected);
  ui_kit_add_test ("/ui/request/failed-is-tried-again-or-cancelled", test_failed_and_tried_again);
  ui_kit_add_test ("/ui/request/a-wrong-code-is-told-and-mended", test_wrong_code);
  ui_kit_add_test ("/ui/request/carried-by-hand-in-two-rounds", test_offline);
  ui_kit_add_test ("/ui/request/a-file-that-is-no-reply-is-refused-with-words", test_foreign_reply);

  return g_test_run ();
}
