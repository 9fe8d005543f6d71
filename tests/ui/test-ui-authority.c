/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "authority-dialog.h"
#include "authority-page.h"
#include "request-page.h"
#include "ui-authority.h"

/* Adding an authority by its address, recognised in each of the three ways, and taking the demo authority away again. */

typedef struct
{
  UiKit kit;
  UiAuthority authority;
  GtkWidget *dialog;
  gint64 id;                    /* of a request */
  SignetRequestState wanted;
} Fixture;

static gboolean
one_authority (UiKit *kit)
{
  return ui_kit_count (signet_client_get_authorities (kit->client)) == 1;
}

static gboolean
no_authority (UiKit *kit)
{
  return ui_kit_count (signet_client_get_authorities (kit->client)) == 0;
}

static gboolean
is_in_state (UiKit *kit)
{
  Fixture *self = kit->data;
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_requests (kit->client), self->id);

  return item != NULL && signet_request_item_get_record (SIGNET_REQUEST_ITEM (item))->state == self->wanted;
}

static void
wait_state (Fixture            *self,
            SignetRequestState  state)
{
  self->wanted = state;
  self->kit.data = self;
  ui_kit_wait (&self->kit, is_in_state);
}

static gint64
authority_id (Fixture *self)
{
  g_autoptr (SignetItem) item = g_list_model_get_item (signet_client_get_authorities (self->kit.client), 0);

  return signet_item_get_id (item);
}

static GtkWidget *
add_button (Fixture *self)
{
  return ui_kit_find (self->dialog, GTK_TYPE_BUTTON, "label", "_Add");
}

static void
open_dialog (Fixture *self)
{
  g_assert_true (gtk_widget_activate_action (self->kit.window, "win.add-authority", NULL));
  ui_kit_settle (&self->kit);
  self->dialog = ui_kit_window (&self->kit, SIGNET_TYPE_AUTHORITY_DIALOG);
  g_assert_nonnull (self->dialog);
}

/* The dialog, with everything but how the authority is recognised. */
static void
set_up (Fixture           *self,
        const char *const *options,
        const char        *recognised_by)
{
  ui_kit_set_up (&self->kit);
  ui_authority_start (&self->authority, options);
  open_dialog (self);
  ui_kit_type (&self->kit, self->dialog, "Address", self->authority.url);
  ui_kit_type (&self->kit, self->dialog, "Reference", self->authority.reference);
  ui_kit_type (&self->kit, self->dialog, "Code", self->authority.secret);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (ui_kit_find (self->dialog, ADW_TYPE_EXPANDER_ROW, "title", "Details")), TRUE);
  ui_kit_settle (&self->kit);
  ui_kit_select (&self->kit, ui_kit_find (self->dialog, ADW_TYPE_COMBO_ROW, "title", "Protection by the code"),
                 "PasswordBasedMac");
  ui_kit_select (&self->kit, ui_kit_find (self->dialog, ADW_TYPE_COMBO_ROW, "title", "Recognised by"), recognised_by);
}

static void
tear_down (Fixture *self)
{
  ui_authority_stop (&self->authority);
  ui_kit_tear_down (&self->kit);
}

/* As the window writes it: "0A1B 2C3D …" */
static char *
spaced (const char *fingerprint)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; fingerprint[i] != '\0'; i++)
    g_string_append_printf (text, "%s%c", i > 0 && i % 4 == 0 ? " " : "", g_ascii_toupper (fingerprint[i]));

  return g_string_free (text, FALSE);
}

static void
show_authority (Fixture *self)
{
  signet_shell_show_row (SIGNET_SHELL (self->kit.window), signet_client_get_authorities (self->kit.client),
                         authority_id (self));
  ui_kit_settle (&self->kit);
}

static void
test_anchor_file (void)
{
  Fixture self = { 0 };
  g_autofree char *fingerprint = NULL;

  set_up (&self, NULL, "Its root certificate in a file");
  fingerprint = spaced (self.authority.fingerprint);
  g_assert_false (gtk_widget_get_sensitive (add_button (&self)));
  ui_kit_activate (&self.kit, ui_kit_find (self.dialog, GTK_TYPE_BUTTON, "label", "C_hoose…"));
  ui_kit_choose_file (&self.kit, self.authority.anchor_file);
  ui_kit_assert_says (self.dialog, fingerprint);
  ui_kit_activate (&self.kit, add_button (&self));
  ui_kit_wait (&self.kit, one_authority);
  g_assert_null (ui_kit_window (&self.kit, SIGNET_TYPE_AUTHORITY_DIALOG));
  show_authority (&self);
  ui_kit_assert_says (self.kit.window, self.authority.fingerprint);
  self.id = ui_kit_request (&self.kit, authority_id (&self), NULL);
  wait_state (&self, SIGNET_REQUEST_DONE);
  tear_down (&self);
}

static void
test_file_without_certificate (void)
{
  Fixture self = { 0 };
  g_autofree char *path = NULL;

  set_up (&self, NULL, "Its root certificate in a file");
  path = g_build_filename (self.authority.folder, "poem.pem", NULL);
  g_assert_true (g_file_set_contents (path, "-----BEGIN CERTIFICATE-----\nUm9zZXM=\n-----END CERTIFICATE-----\n", -1, NULL));
  ui_kit_activate (&self.kit, ui_kit_find (self.dialog, GTK_TYPE_BUTTON, "label", "C_hoose…"));
  ui_kit_choose_file (&self.kit, path);
  ui_kit_activate (&self.kit, add_button (&self));
  ui_kit_assert_says (ui_kit_find (self.dialog, GTK_TYPE_INFO_BAR, NULL, NULL), "is no certificate");
  g_assert_true (no_authority (&self.kit));
  tear_down (&self);
}

static void
test_typed_fingerprint (void)
{
  Fixture self = { 0 };
  const char *const options[] = { "--ca-pubs", NULL };

  set_up (&self, options, "The fingerprint of its root");
  g_assert_false (gtk_widget_get_sensitive (add_button (&self)));
  ui_kit_type (&self.kit, self.dialog, "SHA-256 fingerprint", "0A:1B");
  ui_kit_activate (&self.kit, add_button (&self));
  ui_kit_assert_says (self.dialog, "A SHA-256 fingerprint has 64 digits and letters.");
  g_assert_true (no_authority (&self.kit));
  ui_kit_type (&self.kit, self.dialog, "SHA-256 fingerprint", self.authority.fingerprint);
  ui_kit_activate (&self.kit, add_button (&self));
  ui_kit_wait (&self.kit, one_authority);
  self.id = ui_kit_request (&self.kit, authority_id (&self), NULL);
  wait_state (&self, SIGNET_REQUEST_DONE);
  tear_down (&self);
}

/* Up to the question whether this is the root. */
static void
ask_about_root (Fixture *self)
{
  const char *const options[] = { "--ca-pubs", NULL };
  g_autofree char *fingerprint = NULL;

  set_up (self, options, "The root it sends, shown to me");
  fingerprint = spaced (self->authority.fingerprint);
  ui_kit_activate (&self->kit, add_button (self));
  ui_kit_wait (&self->kit, one_authority);
  self->id = ui_kit_request (&self->kit, authority_id (self), NULL);
  wait_state (self, SIGNET_REQUEST_ASKING);
  signet_shell_show_row (SIGNET_SHELL (self->kit.window), signet_client_get_requests (self->kit.client), self->id);
  ui_kit_settle (&self->kit);
  ui_kit_assert_says (self->kit.window, "Is this your organisation?");
  ui_kit_assert_says (self->kit.window, fingerprint);
}

static void
test_root_confirmed (void)
{
  Fixture self = { 0 };

  ask_about_root (&self);
  ui_kit_activate (&self.kit, ui_kit_find (self.kit.window, GTK_TYPE_BUTTON, "label", "_Accept"));
  wait_state (&self, SIGNET_REQUEST_DONE);
  show_authority (&self);
  ui_kit_assert_says (self.kit.window, self.authority.fingerprint);
  tear_down (&self);
}

static void
test_root_refused (void)
{
  Fixture self = { 0 };
  g_autoptr (SignetCertificateItem) item = NULL;

  ask_about_root (&self);
  ui_kit_activate (&self.kit, ui_kit_find (self.kit.window, GTK_TYPE_BUTTON, "label", "_Refuse"));
  wait_state (&self, SIGNET_REQUEST_FAILED);
  item = g_list_model_get_item (signet_client_get_certificates (self.kit.client), 0);
  g_assert_cmpstr (signet_certificate_item_get_record (item)->state, ==, "rejected");
  show_authority (&self);
  g_assert_null (ui_kit_find_text (self.kit.window, self.authority.fingerprint));
  tear_down (&self);
}

static gboolean
warns (Fixture *self)
{
  return ui_kit_find_text (self->dialog, "The connection is not encrypted and the code is short") != NULL;
}

static void
test_short_code (void)
{
  static const char address[] = "Address";
  Fixture self = { 0 };

  ui_kit_set_up (&self.kit);
  open_dialog (&self);
  ui_kit_type (&self.kit, self.dialog, address, "http://ca.example.org/cmp");
  g_assert_false (warns (&self));
  ui_kit_type (&self.kit, self.dialog, "Code", "123456");
  g_assert_true (warns (&self));
  ui_kit_type (&self.kit, self.dialog, address, "HTTP://ca.example.org/cmp");
  g_assert_true (warns (&self));
  ui_kit_type (&self.kit, self.dialog, address, "https://ca.example.org/cmp");
  g_assert_false (warns (&self));
  ui_kit_type (&self.kit, self.dialog, address, "http://ca.example.org/cmp");
  ui_kit_type (&self.kit, self.dialog, "Code", "a code that nobody guesses");
  g_assert_false (warns (&self));
  ui_kit_tear_down (&self.kit);
}

/* A code that another authority has is taken, and said to be that. */
static void
test_shared_code (void)
{
  static const char settings[]
      = "({'name': <'Nobody'>, 'url': <'http://127.0.0.1:1/'>, 'reference': <'x'>, 'relaxations': <['ca-pubs']>}, [handle 0])";
  Fixture self = { 0 };
  g_autoptr (GVariant) reply = NULL;

  ui_kit_set_up (&self.kit);
  reply = ui_kit_call (&self.kit, "AddAuthority", g_variant_new_parsed (settings), "a secret of the tests");
  ui_kit_wait (&self.kit, one_authority);
  open_dialog (&self);
  ui_kit_type (&self.kit, self.dialog, "Address", "https://ca.example.org/cmp");
  ui_kit_type (&self.kit, self.dialog, "Reference", "4711");
  ui_kit_type (&self.kit, self.dialog, "Code", "a secret of the tests");
  ui_kit_select (&self.kit, ui_kit_find (self.dialog, ADW_TYPE_COMBO_ROW, "title", "Recognised by"), "The root it sends, shown to me");
  ui_kit_activate (&self.kit, add_button (&self));
  ui_kit_assert_says (self.kit.window, "“Nobody” has the same code: each authority should have one of its own");
  ui_kit_tear_down (&self.kit);
}

static void
respond (Fixture    *self,
         const char *response)
{
  GtkWidget *dialog = ui_kit_message_dialog (&self->kit);

  ui_kit_assert_says (dialog, "A demo authority is stopped, and what it knew is deleted.");
  ui_kit_activate (&self->kit, ui_kit_find (dialog, GTK_TYPE_BUTTON, "label", response));
}

static void
test_demo_removed (void)
{
  Fixture self = { 0 };
  g_autofree char *state = NULL;
  GtkWidget *remove;

  ui_kit_set_up (&self.kit);
  gtk_widget_activate_action (self.kit.window, "win.try-demo", NULL);
  ui_kit_wait (&self.kit, one_authority);
  state = g_build_filename (self.kit.home, "demo-ca", NULL);
  g_assert_true (g_file_test (state, G_FILE_TEST_IS_DIR));
  gtk_widget_activate_action (self.kit.window, "win.view", "s", "authorities");
  show_authority (&self);
  remove = ui_kit_find (self.kit.window, GTK_TYPE_BUTTON, "label", "_Remove…");
  ui_kit_activate (&self.kit, remove);
  respond (&self, "_Cancel");
  g_assert_true (one_authority (&self.kit));
  g_assert_nonnull (ui_kit_find (self.kit.window, SIGNET_TYPE_AUTHORITY_PAGE, NULL, NULL));
  ui_kit_activate (&self.kit, remove);
  respond (&self, "_Remove");
  ui_kit_wait (&self.kit, no_authority);
  g_assert_false (g_file_test (state, G_FILE_TEST_EXISTS));
  /* Back to the list, which offers the first steps again. */
  g_assert_null (ui_kit_find (self.kit.window, SIGNET_TYPE_AUTHORITY_PAGE, NULL, NULL));
  g_assert_nonnull (ui_kit_find (self.kit.window, GTK_TYPE_BUTTON, "action-name", "win.try-demo"));
  ui_kit_tear_down (&self.kit);
}

static void
test_removed_with_open_request (void)
{
  Fixture self = { 0 };
  const char *const options[] = { "--hold", "--check-after", "3600", NULL };

  ui_kit_set_up (&self.kit);
  ui_authority_start (&self.authority, options);
  ui_authority_add (&self.authority, &self.kit, TRUE);
  self.id = ui_kit_request (&self.kit, authority_id (&self), NULL);
  wait_state (&self, SIGNET_REQUEST_WAITING);
  show_authority (&self);
  ui_kit_activate (&self.kit, ui_kit_find (self.kit.window, GTK_TYPE_BUTTON, "label", "_Remove…"));
  respond (&self, "_Remove");
  ui_kit_assert_says (ui_kit_message_dialog (&self.kit), "is still asked for 1 certificate");
  ui_kit_activate (&self.kit, ui_kit_find (ui_kit_message_dialog (&self.kit), GTK_TYPE_BUTTON, "label", "Remove _Anyway"));
  ui_kit_wait (&self.kit, no_authority);
  tear_down (&self);
}

/* A person presses where they looked, and whoever goes by the keyboard stays where they were. */
static void
test_stays_while_things_change (void)
{
  Fixture self = { 0 };
  const char *const options[] = { "--hold", NULL };
  GtkWidget *remove;

  ui_kit_set_up (&self.kit);
  ui_authority_start (&self.authority, options);
  ui_authority_add (&self.authority, &self.kit, TRUE);
  show_authority (&self);
  remove = ui_kit_find (self.kit.window, GTK_TYPE_BUTTON, "label", "_Remove…");
  g_assert_true (gtk_widget_grab_focus (remove));
  self.id = ui_kit_request (&self.kit, authority_id (&self), NULL);
  wait_state (&self, SIGNET_REQUEST_WAITING);
  g_assert_true (ui_kit_find (self.kit.window, GTK_TYPE_BUTTON, "label", "_Remove…") == remove);
  g_assert_true (gtk_widget_has_focus (remove));
  /* Pressed, and a quarter of a second later taken as pressed: the page is filled anew in between. */
  g_assert_true (gtk_widget_activate (remove));
  signet_page_rebuild (SIGNET_PAGE (gtk_widget_get_ancestor (remove, SIGNET_TYPE_PAGE)));
  ui_kit_assert_says (ui_kit_message_dialog (&self.kit), "Certificates and keys stay.");
  tear_down (&self);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  ui_kit_add_test ("/ui/authority/recognised-by-a-file-whose-fingerprint-is-shown/R471", test_anchor_file);
  ui_kit_add_test ("/ui/authority/a-file-without-a-certificate-is-refused", test_file_without_certificate);
  ui_kit_add_test ("/ui/authority/recognised-by-a-typed-fingerprint/R166,R471", test_typed_fingerprint);
  ui_kit_add_test ("/ui/authority/recognised-by-the-root-it-sends-once-confirmed", test_root_confirmed);
  ui_kit_add_test ("/ui/authority/a-root-that-is-refused-is-not-trusted", test_root_refused);
  ui_kit_add_test ("/ui/authority/a-short-code-over-plain-http-is-warned-about", test_short_code);
  ui_kit_add_test ("/ui/authority/a-code-that-another-has-is-warned-about/R088", test_shared_code);
  ui_kit_add_test ("/ui/authority/the-demo-is-removed-after-asking", test_demo_removed);
  ui_kit_add_test ("/ui/authority/with-an-open-request-is-removed-after-asking-twice", test_removed_with_open_request);
  ui_kit_add_test ("/ui/authority/the-page-stays-in-place-while-things-change", test_stays_while_things_change);

  return g_test_run ();
}
