/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>

#include "client/client-items.h"
#include "client/client-models.h"
#include "client-fixture.h"

/* ---- the model alone ---- */

static SignetItem *
make_item (gint64      id,
           const char *name)
{
  SignetKeyRecord *record = g_new0 (SignetKeyRecord, 1);

  record->id = id;
  record->spec = g_strdup (name);

  return signet_key_item_new (record);
}

typedef struct
{
  guint position;
  guint removed;
  guint added;
  guint times;
} Change;

static void
on_items_changed (GListModel *model,
                  guint       position,
                  guint       removed,
                  guint       added,
                  gpointer    user_data)
{
  Change *change = user_data;

  *change = (Change) { position, removed, added, change->times + 1 };
}

static void
set (SignetItemModel *model,
     gint64           id,
     const char      *name)
{
  g_autoptr (SignetItem) item = make_item (id, name);

  signet_item_model_set (model, item);
}

static void
assert_order (SignetItemModel *model,
              const char      *wanted)
{
  g_autoptr (GString) found = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (model)); i++)
    {
      g_autoptr (SignetKeyItem) item = g_list_model_get_item (G_LIST_MODEL (model), i);

      g_string_append_printf (found, "%" G_GINT64_FORMAT "%s ", signet_item_get_id (SIGNET_ITEM (item)),
                              signet_key_item_get_record (item)->spec);
    }
  g_assert_cmpstr (found->str, ==, wanted);
}

static void
test_in_place (void)
{
  g_autoptr (SignetItemModel) model = signet_item_model_new (SIGNET_TYPE_KEY_ITEM);
  Change change = { 0 };

  g_signal_connect (model, "items-changed", G_CALLBACK (on_items_changed), &change);
  set (model, 5, "a");
  set (model, 9, "b");
  set (model, 7, "c");
  assert_order (model, "9b 7c 5a ");
  g_assert_cmpuint (change.position, ==, 1);
  g_assert_cmpuint (change.removed, ==, 0);
  g_assert_cmpuint (change.added, ==, 1);
  set (model, 7, "d");
  assert_order (model, "9b 7d 5a ");
  g_assert_cmpuint (change.position, ==, 1);
  g_assert_cmpuint (change.removed, ==, 1);
  g_assert_cmpuint (change.added, ==, 1);
  signet_item_model_remove (model, 9);
  signet_item_model_remove (model, 1234);
  assert_order (model, "7d 5a ");
  g_assert_cmpuint (change.position, ==, 0);
  g_assert_cmpuint (change.removed, ==, 1);
  g_assert_cmpuint (change.added, ==, 0);
  g_assert_cmpuint (change.times, ==, 5);
}

static void
test_many_at_once (void)
{
  g_autoptr (SignetItemModel) model = signet_item_model_new (SIGNET_TYPE_KEY_ITEM);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (SignetItem) found = NULL;
  g_autoptr (SignetItem) missing = NULL;
  Change change = { 0 };

  for (gint64 id = 1; id <= 100000; id++)
    g_ptr_array_add (items, make_item ((id * 7919) % 100003, ""));
  g_signal_connect (model, "items-changed", G_CALLBACK (on_items_changed), &change);
  signet_item_model_replace_all (model, items);
  g_assert_cmpuint (change.times, ==, 1);
  g_assert_cmpuint (change.added, ==, 100000);
  found = signet_item_model_lookup (model, 7919);
  g_assert_cmpint (signet_item_get_id (found), ==, 7919);
  missing = signet_item_model_lookup (model, 200000);
  g_assert_null (missing);
}

/* ---- with a worker, as a program has it ---- */

static void
test_empty (void)
{
  g_autofree char *home = g_dir_make_tmp ("signet-client-XXXXXX", NULL);
  g_autoptr (SignetClient) client = signet_client_new (home, NULL);

  g_assert_cmpstr (signet_client_get_home (client), ==, home);
  g_assert_cmpuint (g_list_model_get_n_items (signet_client_get_requests (client)), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (signet_client_get_authorities (client)), ==, 0);
  g_assert_true (g_list_model_get_item_type (signet_client_get_keys (client)) == SIGNET_TYPE_KEY_ITEM);
  g_rmdir (home);
}

static void
test_starts_worker (void)
{
  g_autoptr (ClientFixture) fixture = client_fixture_new ();

  client_fixture_open (fixture);
  g_assert_cmpstr (signet_client_get_state (fixture->client), ==, "ready");
}

static void
test_call_shows (void)
{
  g_autoptr (ClientFixture) fixture = client_fixture_new ();
  gint64 id = client_fixture_add_authority (fixture, "Example");
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_authorities (fixture->client), id);

  g_assert_true (SIGNET_IS_AUTHORITY_ITEM (item));
  g_assert_cmpstr (signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item))->name, ==, "Example");
}

/* Two programs at one store, as window and command line are. */
static void
test_two_clients (void)
{
  g_autoptr (ClientFixture) fixture = client_fixture_new ();
  g_autoptr (SignetClient) other = NULL;
  GListModel *authorities;

  client_fixture_open (fixture);
  other = client_fixture_new_client (fixture);
  authorities = signet_client_get_authorities (other);
  g_assert_cmpuint (g_list_model_get_n_items (authorities), ==, 0);
  client_fixture_add_authority (fixture, "Example");
  client_fixture_wait_for_items (authorities, 1);
}

static void
test_reconnects (void)
{
  g_autoptr (ClientFixture) fixture = client_fixture_new ();
  gint64 id;

  client_fixture_add_authority (fixture, "First");
  client_fixture_kill_worker (fixture);
  id = client_fixture_add_authority (fixture, "Second");
  g_assert_cmpint (id, !=, 0);
  g_assert_cmpuint (g_list_model_get_n_items (signet_client_get_authorities (fixture->client)), ==, 2);
}

static void
test_errors (void)
{
  g_autoptr (ClientFixture) fixture = client_fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = client_fixture_call (fixture, "CheckRequest", g_variant_new ("(x)", G_GINT64_CONSTANT (99)), &error);

  g_assert_null (reply);
  g_assert_error (error, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NOT_FOUND);
  g_assert_null (strstr (error->message, "GDBus"));
  g_clear_error (&error);
  reply = client_fixture_call (fixture, "AddAuthority", g_variant_new ("(a{sv}ah)", NULL, NULL), &error);
  g_assert_error (error, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_INVALID);
}

static void
test_wrong_passphrase (void)
{
  g_autoptr (ClientFixture) fixture = client_fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  client_fixture_add_authority (fixture, "First");
  client_fixture_end_worker (fixture);
  g_assert_true (g_file_set_contents (fixture->passphrase_file, "another", -1, NULL));
  g_clear_object (&fixture->client);
  fixture->client = signet_client_new (fixture->home, fixture->passphrase_file);
  reply = client_fixture_call (fixture, "Quit", NULL, &error);
  g_assert_error (error, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NO_WORKER);
  g_assert_cmpstr (signet_client_get_state (fixture->client), ==, "lost");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/models/splices-in-place", test_in_place);
  g_test_add_func ("/client/models/fills-a-hundred-thousand-at-once", test_many_at_once);
  g_test_add_func ("/client/lists/empty-without-a-worker", test_empty);
  g_test_add_func ("/client/worker/is-started", test_starts_worker);
  g_test_add_func ("/client/lists/show-what-a-call-changed", test_call_shows);
  g_test_add_func ("/client/lists/follow-another-client", test_two_clients);
  g_test_add_func ("/client/worker/is-started-again-when-killed", test_reconnects);
  g_test_add_func ("/client/errors/are-the-workers-words", test_errors);
  g_test_add_func ("/client/errors/say-why-no-worker-came", test_wrong_passphrase);

  return g_test_run ();
}
