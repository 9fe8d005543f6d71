/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "request-dialog.h"
#include "template-group.h"
#include "ui-authority.h"

/* The wizard and what the authority wants: asked, shown, locked, and followed to an issued certificate. */

typedef struct
{
  UiKit kit;
  UiAuthority authority;
  GtkWidget *dialog;
} Fixture;

static void
set_up (Fixture *self)
{
  ui_kit_set_up (&self->kit);
  ui_authority_start (&self->authority, NULL);
  ui_authority_add (&self->authority, &self->kit, TRUE);
  g_assert_true (gtk_widget_activate_action (self->kit.window, "win.new-request", NULL));
  ui_kit_settle (&self->kit);
  self->dialog = ui_kit_window (&self->kit, SIGNET_TYPE_REQUEST_DIALOG);
  g_assert_nonnull (self->dialog);
  self->kit.data = self;
  g_object_set (ui_kit_find (self->dialog, ADW_TYPE_EXPANDER_ROW, "title", "Details"), "expanded", TRUE, NULL);
  ui_kit_type (&self->kit, self->dialog, "Name", "Maria Huber");
  ui_kit_type (&self->kit, self->dialog, "E-mail address", "maria@example.org");
  ui_kit_settle (&self->kit);
}

static void
tear_down (Fixture *self)
{
  ui_authority_stop (&self->authority);
  ui_kit_tear_down (&self->kit);
}

static GtkWidget *
row (Fixture    *self,
     const char *title)
{
  GtkWidget *found = ui_kit_find (self->dialog, ADW_TYPE_PREFERENCES_ROW, "title", title);

  g_assert_nonnull (found);

  return found;
}

static GtkWidget *
group (Fixture *self)
{
  GtkWidget *found = ui_kit_find (self->dialog, SIGNET_TYPE_TEMPLATE_GROUP, NULL, NULL);

  g_assert_nonnull (found);

  return found;
}

static gboolean
is_answered (UiKit *kit)
{
  Fixture *self = kit->data;

  return ui_kit_find_text (self->dialog, "The request holds what the authority asked for") != NULL;
}

static void
ask (Fixture *self)
{
  ui_kit_activate (&self->kit, ui_kit_find (self->dialog, GTK_TYPE_BUTTON, "label", "_Ask"));
  ui_kit_wait (&self->kit, is_answered);
}

static guint
count_kinds (Fixture *self)
{
  return g_list_model_get_n_items (adw_combo_row_get_model (ADW_COMBO_ROW (row (self, "Kind of key"))));
}

static void
test_locks (void)
{
  Fixture self = { 0 };
  GtkWidget *organization;

  set_up (&self);
  organization = ui_kit_find (self.dialog, ADW_TYPE_ENTRY_ROW, "title", "Organisation");
  g_assert_true (gtk_editable_get_editable (GTK_EDITABLE (organization)));
  g_assert_cmpuint (count_kinds (&self), ==, 5);
  ask (&self);
  /* Fixed: shown with a lock, and in its own field, which cannot be changed. */
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (organization)), ==, "Signet Demo");
  g_assert_false (gtk_editable_get_editable (GTK_EDITABLE (organization)));
  g_assert_cmpstr (gtk_widget_get_tooltip_text (organization), ==, "Fixed by the authority");
  ui_kit_assert_says (group (&self), "Signet Demo");
  ui_kit_assert_says (group (&self), "Digital Signature");
  /* To be filled in: as it was. */
  g_assert_true (gtk_editable_get_editable (GTK_EDITABLE (row (&self, "Name"))));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (row (&self, "Name"))), ==, "Maria Huber");
  g_assert_true (gtk_editable_get_editable (GTK_EDITABLE (row (&self, "E-mail address"))));
  /* Not wanted. */
  g_assert_false (gtk_widget_get_sensitive (row (&self, "Also valid for")));
  /* The keys that it certifies. */
  g_assert_cmpuint (count_kinds (&self), ==, 2);
  ui_kit_select (&self.kit, row (&self, "Kind of key"), "RSA 3072");
  tear_down (&self);
}

static void
test_insists (void)
{
  Fixture self = { 0 };
  GtkWidget *organization;

  set_up (&self);
  ask (&self);
  organization = ui_kit_find (self.dialog, ADW_TYPE_ENTRY_ROW, "title", "Organisation");
  ui_kit_assert_says (group (&self), "it may refuse the request");
  gtk_switch_set_active (GTK_SWITCH (ui_kit_find (group (&self), GTK_TYPE_SWITCH, NULL, NULL)), TRUE);
  ui_kit_settle (&self.kit);
  g_assert_true (gtk_editable_get_editable (GTK_EDITABLE (organization)));
  g_assert_cmpuint (count_kinds (&self), ==, 5);
  tear_down (&self);
}

static gboolean
is_done (UiKit *kit)
{
  g_autoptr (SignetRequestItem) item = g_list_model_get_item (signet_client_get_requests (kit->client), 0);
  const SignetRequestRecord *record = item != NULL ? signet_request_item_get_record (item) : NULL;

  if (record != NULL && record->state == SIGNET_REQUEST_FAILED)
    g_error ("%s", record->error_text);

  return record != NULL && record->state == SIGNET_REQUEST_DONE;
}

static gboolean
has_certificate (UiKit *kit)
{
  g_autoptr (GObject) item = g_list_model_get_item (signet_client_get_certificates (kit->client), 0);

  return item != NULL;
}

static void
test_follows (void)
{
  Fixture self = { 0 };
  g_autoptr (SignetCertificateItem) item = NULL;

  set_up (&self);
  ask (&self);
  ui_kit_activate (&self.kit, ui_kit_find (self.dialog, GTK_TYPE_BUTTON, "label", "_Request"));
  ui_kit_wait (&self.kit, is_done);
  ui_kit_wait (&self.kit, has_certificate);
  item = g_list_model_get_item (signet_client_get_certificates (self.kit.client), 0);
  g_assert_cmpstr (signet_certificate_item_get_record (item)->subject, ==, "CN=Maria Huber,O=Signet Demo");
  tear_down (&self);
}

static gboolean
problem_is_shown (UiKit *kit)
{
  Fixture *self = kit->data;
  GtkWidget *bar = ui_kit_find (self->dialog, GTK_TYPE_INFO_BAR, NULL, NULL);

  return bar != NULL && gtk_info_bar_get_revealed (GTK_INFO_BAR (bar));
}

static void
test_cannot_be_asked (void)
{
  Fixture self = { 0 };

  set_up (&self);
  ui_authority_stop (&self.authority);
  ui_kit_activate (&self.kit, ui_kit_find (self.dialog, GTK_TYPE_BUTTON, "label", "_Ask"));
  ui_kit_wait (&self.kit, problem_is_shown);
  /* What a person entered stays, and can still be requested. */
  g_assert_true (gtk_widget_get_sensitive (ui_kit_find (self.dialog, GTK_TYPE_BUTTON, "label", "_Request")));
  g_assert_true (gtk_editable_get_editable (GTK_EDITABLE (row (&self, "Name"))));
  ui_kit_tear_down (&self.kit);
}

/* The code is entered in the dialog: that it is kept changes the authority's row, and not what the authority said. */
static void
test_with_a_code (void)
{
  Fixture self = { 0 };

  ui_kit_set_up (&self.kit);
  ui_authority_start (&self.authority, NULL);
  ui_authority_add (&self.authority, &self.kit, FALSE);
  g_assert_true (gtk_widget_activate_action (self.kit.window, "win.new-request", NULL));
  ui_kit_settle (&self.kit);
  self.dialog = ui_kit_window (&self.kit, SIGNET_TYPE_REQUEST_DIALOG);
  self.kit.data = &self;
  ui_kit_type (&self.kit, self.dialog, "Name", "Maria Huber");
  ui_kit_type (&self.kit, self.dialog, "E-mail address", "maria@example.org");
  g_assert_false (gtk_widget_get_sensitive (ui_kit_find (self.dialog, GTK_TYPE_BUTTON, "label", "_Ask")));
  ui_kit_type (&self.kit, self.dialog, "Reference", self.authority.reference);
  ui_kit_type (&self.kit, self.dialog, "Code", self.authority.secret);
  ask (&self);
  ui_kit_settle (&self.kit);
  g_assert_true (is_answered (&self.kit));
  ui_kit_activate (&self.kit, ui_kit_find (self.dialog, GTK_TYPE_BUTTON, "label", "_Request"));
  ui_kit_wait (&self.kit, is_done);
  tear_down (&self);
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  ui_kit_add_test ("/ui/template/locks-what-the-authority-fixed/R288,R289,R296", test_locks);
  ui_kit_add_test ("/ui/template/who-insists-is-warned/R298", test_insists);
  ui_kit_add_test ("/ui/template/request-follows-it/R288", test_follows);
  ui_kit_add_test ("/ui/template/asked-with-a-code", test_with_a_code);
  ui_kit_add_test ("/ui/template/an-authority-that-cannot-be-asked", test_cannot_be_asked);

  return g_test_run ();
}
