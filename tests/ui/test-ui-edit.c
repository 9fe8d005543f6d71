/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "authority-dialog.h"
#include "preset-group.h"
#include "ui-authority.h"

/* An authority that is known is changed on its page: filled in as it is, and saved as a whole. */

#define ADDRESS "Address"
#define CODE "New code (empty: unchanged)"

typedef struct
{
  UiKit kit;
  UiAuthority authority;
  GtkWidget *dialog;
  gint64 id;                    /* of the authority */
  SignetItem *before;           /* its row when the dialog was opened */
  gint64 request;
  SignetRequestState wanted;
} Fixture;

static SignetItem *
look (Fixture *self)
{
  return signet_client_lookup (signet_client_get_authorities (self->kit.client), self->id);
}

static gboolean
presets_there (UiKit *kit)
{
  Fixture *self = kit->data;
  AdwComboRow *row = ADW_COMBO_ROW (ui_kit_find (self->dialog, ADW_TYPE_COMBO_ROW, "title", "System"));

  return adw_combo_row_get_model (row) != NULL && g_list_model_get_n_items (adw_combo_row_get_model (row)) > 1;
}

static gboolean
edit_button_there (UiKit *kit)
{
  return ui_kit_find (kit->window, GTK_TYPE_BUTTON, "label", "_Edit…") != NULL;
}

static gboolean
dialog_there (UiKit *kit)
{
  return ui_kit_window (kit, SIGNET_TYPE_AUTHORITY_DIALOG) != NULL;
}

/* The page of the authority, its button, and the dialog behind it. */
static void
open_dialog (Fixture *self)
{
  self->kit.data = self;
  signet_shell_show_row (SIGNET_SHELL (self->kit.window), signet_client_get_authorities (self->kit.client), self->id);
  ui_kit_wait (&self->kit, edit_button_there);
  g_clear_object (&self->before);
  self->before = look (self);
  ui_kit_activate (&self->kit, ui_kit_find (self->kit.window, GTK_TYPE_BUTTON, "label", "_Edit…"));
  ui_kit_wait (&self->kit, dialog_there);
  self->dialog = ui_kit_window (&self->kit, SIGNET_TYPE_AUTHORITY_DIALOG);
  ui_kit_wait (&self->kit, presets_there);
}

static void
set_up (Fixture *self)
{
  ui_kit_set_up (&self->kit);
  ui_authority_start (&self->authority, NULL);
  self->id = ui_authority_add (&self->authority, &self->kit, TRUE);
  open_dialog (self);
}

static void
tear_down (Fixture *self)
{
  g_clear_object (&self->before);
  ui_authority_stop (&self->authority);
  ui_kit_tear_down (&self->kit);
}

static gboolean
is_changed (UiKit *kit)
{
  Fixture *self = kit->data;
  g_autoptr (SignetItem) item = look (self);

  return item != self->before && ui_kit_window (kit, SIGNET_TYPE_AUTHORITY_DIALOG) == NULL;
}

static void
press_save (Fixture *self)
{
  ui_kit_activate (&self->kit, ui_kit_find (self->dialog, GTK_TYPE_BUTTON, "label", "_Save"));
}

/* (transfer full): the row as it is then */
static SignetItem *
save (Fixture *self)
{
  press_save (self);
  ui_kit_wait (&self->kit, is_changed);

  return look (self);
}

static const SignetAuthorityRecord *
record_of (SignetItem *item)
{
  return signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item));
}

static const char *
text_of (Fixture    *self,
         const char *title)
{
  GtkWidget *row = ui_kit_find (self->dialog, ADW_TYPE_ENTRY_ROW, "title", title);

  g_assert_nonnull (row);

  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static gboolean
is_in_state (UiKit *kit)
{
  Fixture *self = kit->data;
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_requests (kit->client), self->request);

  return item != NULL && signet_request_item_get_record (SIGNET_REQUEST_ITEM (item))->state == self->wanted;
}

static void
wait_state (Fixture            *self,
            SignetRequestState  state)
{
  self->wanted = state;
  ui_kit_wait (&self->kit, is_in_state);
}

static void
test_filled_in (void)
{
  Fixture self = { 0 };
  g_autoptr (SignetItem) item = NULL;
  const SignetAuthorityRecord *record;
  g_autofree char *settings = NULL;
  g_autofree char *after = NULL;

  set_up (&self);
  record = record_of (self.before);
  settings = g_variant_print (record->settings, TRUE);
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (self.dialog)), ==, "Edit Authority");
  g_assert_cmpstr (text_of (&self, ADDRESS), ==, self.authority.url);
  g_assert_cmpstr (text_of (&self, "Name for it"), ==, record->name);
  g_assert_cmpstr (text_of (&self, "Reference"), ==, self.authority.reference);
  g_assert_cmpstr (text_of (&self, CODE), ==, "");
  ui_kit_assert_says (self.dialog, "The code that is kept stays unless you enter another one.");
  g_assert_nonnull (ui_kit_find (self.dialog, ADW_TYPE_ACTION_ROW, "title", "Root certificate"));
  /* Its name alone is another one. */
  ui_kit_type (&self.kit, self.dialog, "Name for it", "Renamed");
  item = save (&self);
  g_assert_cmpstr (record_of (item)->name, ==, "Renamed");
  g_assert_cmpstr (record_of (item)->url, ==, record->url);
  g_assert_cmpstr (record_of (item)->reference, ==, record->reference);
  g_assert_true (record_of (item)->has_secret);
  g_assert_cmpuint (record_of (item)->anchors->len, ==, 1);
  after = g_variant_print (record_of (item)->settings, TRUE);
  g_assert_cmpstr (after, ==, settings);
  tear_down (&self);
}

/* Another authority in place of the first: address, root and code. */
static void
test_moved (void)
{
  Fixture self = { 0 };
  UiAuthority other = { 0 };
  g_autoptr (SignetItem) item = NULL;
  g_autofree char *words = NULL;
  GtkWidget *drop;

  set_up (&self);
  ui_authority_start (&other, NULL);
  ui_kit_type (&self.kit, self.dialog, ADDRESS, other.url);
  ui_kit_type (&self.kit, self.dialog, "Reference", other.reference);
  ui_kit_type (&self.kit, self.dialog, CODE, other.secret);
  drop = ui_kit_find (self.dialog, GTK_TYPE_BUTTON, "icon-name", "user-trash-symbolic");
  words = g_strdup_printf ("Take away the root certificate %s",
                           adw_action_row_get_subtitle (ADW_ACTION_ROW (gtk_widget_get_ancestor (drop, ADW_TYPE_ACTION_ROW))));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (drop), GTK_ACCESSIBLE_PROPERTY_LABEL, words);
  ui_kit_activate (&self.kit, drop);
  press_save (&self);
  ui_kit_assert_says (self.dialog, "Choose the root certificate that the authority is recognised by.");
  ui_kit_activate (&self.kit, ui_kit_find (self.dialog, GTK_TYPE_BUTTON, "label", "C_hoose…"));
  ui_kit_choose_file (&self.kit, other.anchor_file);
  item = save (&self);
  g_assert_cmpuint (record_of (item)->anchors->len, ==, 1);
  /* Who answered before is gone. */
  ui_authority_stop (&self.authority);
  self.request = ui_kit_request (&self.kit, self.id, NULL);
  wait_state (&self, SIGNET_REQUEST_DONE);
  self.authority = other;
  tear_down (&self);
}

static void
assert_wrong (Fixture    *self,
              const char *title,
              const char *words)
{
  GtkWidget *row = ui_kit_find (self->dialog, ADW_TYPE_ENTRY_ROW, "title", title);

  press_save (self);
  ui_kit_assert_says (self->dialog, words);
  gtk_test_accessible_assert_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words);
}

/* What is wrong is said where it is, and in the worker's words where only that one knows; nothing changes. */
static void
test_mistakes (void)
{
  static const char no_address[] = "This is no address of a server: it begins with https:// or http://, and a host follows.";
  Fixture self = { 0 };
  g_autoptr (SignetItem) item = NULL;

  set_up (&self);
  ui_kit_type (&self.kit, self.dialog, ADDRESS, "ftp://ca.example.org/");
  assert_wrong (&self, ADDRESS, no_address);
  ui_kit_type (&self.kit, self.dialog, ADDRESS, "https://");
  assert_wrong (&self, ADDRESS, no_address);
  ui_kit_type (&self.kit, self.dialog, ADDRESS, "https://ca.example.org/");
  g_assert_null (ui_kit_find_text (self.dialog, no_address));
  ui_kit_type (&self.kit, self.dialog, "Reference", "");
  assert_wrong (&self, "Reference", "A code needs the reference that came with it: it says whose code it is.");
  ui_kit_type (&self.kit, self.dialog, "Reference", "4712");
  ui_kit_select (&self.kit, ui_kit_find (self.dialog, ADW_TYPE_COMBO_ROW, "title", "Recognised by"), "The fingerprint of its root");
  ui_kit_type (&self.kit, self.dialog, "SHA-256 fingerprint", "0A:1B");
  assert_wrong (&self, "SHA-256 fingerprint", "A SHA-256 fingerprint has 64 digits and letters.");
  ui_kit_type (&self.kit, self.dialog, "SHA-256 fingerprint", "none of it");
  assert_wrong (&self, "SHA-256 fingerprint", "A fingerprint has only digits and the letters A to F.");
  ui_kit_select (&self.kit, ui_kit_find (self.dialog, ADW_TYPE_COMBO_ROW, "title", "Recognised by"), "Its root certificate in a file");
  ui_kit_type (&self.kit, self.dialog, ADDRESS, "https://user@ca.example.org/");
  press_save (&self);
  g_assert_true (gtk_info_bar_get_revealed (GTK_INFO_BAR (ui_kit_find (self.dialog, GTK_TYPE_INFO_BAR, NULL, NULL))));
  item = look (&self);
  g_assert_true (item == self.before);
  tear_down (&self);
}

/* Whom it is recognised by in the two other ways. */
static void
test_recognition (void)
{
  Fixture self = { 0 };
  g_autoptr (SignetItem) typed = NULL;
  g_autoptr (SignetItem) asked = NULL;
  g_autofree const char **names = NULL;
  const char *fingerprint = NULL;

  set_up (&self);
  ui_kit_select (&self.kit, ui_kit_find (self.dialog, ADW_TYPE_COMBO_ROW, "title", "Recognised by"), "The fingerprint of its root");
  g_assert_null (ui_kit_find (self.dialog, ADW_TYPE_ACTION_ROW, "title", "Root certificate"));
  ui_kit_type (&self.kit, self.dialog, "SHA-256 fingerprint", self.authority.fingerprint);
  typed = save (&self);
  g_assert_cmpuint (record_of (typed)->anchors->len, ==, 0);
  g_assert_true (g_variant_lookup (record_of (typed)->settings, "anchor-fingerprint", "&s", &fingerprint));
  g_assert_cmpstr (fingerprint, ==, self.authority.fingerprint);
  open_dialog (&self);
  g_assert_cmpstr (text_of (&self, "SHA-256 fingerprint"), ==, self.authority.fingerprint);
  ui_kit_select (&self.kit, ui_kit_find (self.dialog, ADW_TYPE_COMBO_ROW, "title", "Recognised by"), "The root it sends, shown to me");
  asked = save (&self);
  g_assert_false (g_variant_lookup (record_of (asked)->settings, "anchor-fingerprint", "&s", &fingerprint));
  g_assert_true (g_variant_lookup (record_of (asked)->settings, "relaxations", "^a&s", &names));
  g_assert_true (g_strv_contains (names, "ca-pubs"));
  tear_down (&self);
}

/* A system that is chosen brings what is known of it, in place of what was set for another one. */
static void
test_preset (void)
{
  Fixture self = { 0 };
  g_autoptr (SignetItem) first = NULL;
  g_autoptr (SignetItem) second = NULL;
  g_autofree const char **names = NULL;
  const char *text = NULL;

  set_up (&self);
  ui_kit_select (&self.kit, ui_kit_find (self.dialog, ADW_TYPE_COMBO_ROW, "title", "System"), "EJBCA");
  ui_kit_assert_says (self.dialog, "A wrong alias is answered by HTTP 404.");
  g_assert_cmpstr (text_of (&self, ADDRESS), ==, self.authority.url);
  first = save (&self);
  g_assert_cmpstr (record_of (first)->url, ==, self.authority.url);
  g_assert_true (g_variant_lookup (record_of (first)->settings, "relaxations", "^a&s", &names));
  g_assert_true (g_strv_contains (names, "signed-answer-to-mac"));
  open_dialog (&self);
  ui_kit_select (&self.kit, ui_kit_find (self.dialog, ADW_TYPE_COMBO_ROW, "title", "System"), "Insta Certifier, old versions");
  second = save (&self);
  g_assert_true (g_variant_lookup (record_of (second)->settings, "framing", "&s", &text));
  g_assert_cmpstr (text, ==, "tcp");
  g_assert_true (record_of (second)->has_secret);
  tear_down (&self);
}

/* While a request waits, what it began with stays; the words say so, and the address may change. */
static void
test_under_way (void)
{
  Fixture self = { 0 };
  UiAuthority waiting = { 0 };
  const char *const options[] = { "--hold", "--check-after", "3600", NULL };
  g_autoptr (SignetItem) item = NULL;

  ui_kit_set_up (&self.kit);
  ui_authority_start (&waiting, options);
  self.authority = waiting;
  self.id = ui_authority_add (&self.authority, &self.kit, TRUE);
  self.kit.data = &self;
  self.request = ui_kit_request (&self.kit, self.id, NULL);
  wait_state (&self, SIGNET_REQUEST_WAITING);
  open_dialog (&self);
  ui_kit_type (&self.kit, self.dialog, CODE, "another code, which is long");
  press_save (&self);
  ui_kit_assert_says (self.dialog, "is under way with the present code.");
  ui_kit_type (&self.kit, self.dialog, CODE, "");
  ui_kit_type (&self.kit, self.dialog, ADDRESS, "http://127.0.0.1:9/elsewhere");
  item = save (&self);
  g_assert_cmpstr (record_of (item)->url, ==, "http://127.0.0.1:9/elsewhere");
  ui_kit_assert_says (self.kit.window, "http://127.0.0.1:9/elsewhere");
  tear_down (&self);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  ui_kit_add_test ("/ui/edit/filled-in-and-only-what-is-changed-changes", test_filled_in);
  ui_kit_add_test ("/ui/edit/next-request-goes-to-the-new-authority", test_moved);
  ui_kit_add_test ("/ui/edit/mistakes-are-told-at-their-row", test_mistakes);
  ui_kit_add_test ("/ui/edit/recognised-in-another-way", test_recognition);
  ui_kit_add_test ("/ui/edit/another-system-brings-its-settings", test_preset);
  ui_kit_add_test ("/ui/edit/a-request-under-way-keeps-its-code", test_under_way);

  return g_test_run ();
}
