/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-fixture.h"
#include "store/store-private.h"

#include <sqlite3.h>
#include <string.h>

/* Databases as earlier releases wrote them, as SQL in tests/data/store: version-N.sql. Made once and never changed. */

static char *
read_golden (int version)
{
  g_autofree char *name = g_strdup_printf ("version-%d.sql", version);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "store", name, NULL);
  g_autoptr (GError) error = NULL;
  char *sql = NULL;

  g_assert_true (g_file_get_contents (path, &sql, NULL, &error));
  g_assert_no_error (error);

  return sql;
}

static void
replace_by_golden (StoreFixture *self,
                   int           version)
{
  g_autofree char *path = signet_store_path (self->home);
  g_autofree char *sql = read_golden (version);

  store_fixture_close (self);
  g_assert_cmpint (remove (path), ==, 0);
  store_fixture_edit (self, sql);
  store_fixture_open (self);
}

static int
user_version (StoreFixture *self)
{
  sqlite3_stmt *statement = signet_store_prepare (self->store, NULL, "PRAGMA user_version", "");
  int version;

  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  version = sqlite3_column_int (statement, 0);
  sqlite3_finalize (statement);

  return version;
}

static char *
schema_of (StoreFixture *self)
{
  sqlite3_stmt *statement = signet_store_prepare (
      self->store, NULL, "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name", "");
  g_autoptr (GString) schema = g_string_new (NULL);

  while (sqlite3_step (statement) == SQLITE_ROW)
    g_string_append_printf (schema, "%s\n", (const char *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);

  return g_string_free (g_steal_pointer (&schema), FALSE);
}

static void
assert_authority (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetAuthorityRecord) authority = signet_store_get_authority (self->store, 1, &error);
  g_autoptr (SignetSecret) code = NULL;
  const char *mac = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (authority->name, ==, "Example");
  g_assert_cmpuint (authority->anchors->len, ==, 2);
  g_assert_true (g_variant_lookup (authority->settings, "mac", "&s", &mac));
  g_assert_cmpstr (mac, ==, "pbmac1");
  g_assert_cmpint (authority->pvno, ==, 0);
  code = signet_store_get_authority_secret (self->store, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (signet_secret_get_data (code, NULL), signet_secret_get_size (code), STORE_FIXTURE_CODE,
                   strlen (STORE_FIXTURE_CODE));
}

static void
assert_request (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetRequestRecord) request = signet_store_get_request (self->store, 1, &error);
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (SignetSecret) sealed_part = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (request->state, ==, SIGNET_REQUEST_WAITING);
  g_assert_cmpstr (request->transaction_id, ==, "00ff");
  g_assert_true (signet_store_get_transaction (self->store, 1, &public_part, &sealed_part, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (public_part, NULL), g_bytes_get_size (public_part), "public", 6);
  g_assert_cmpmem (signet_secret_get_data (sealed_part, NULL), signet_secret_get_size (sealed_part), "sealed", 6);
  messages = signet_store_list_messages (self->store, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (messages->len, ==, 1);
}

static void
test_from_version (StoreFixture  *self,
                   gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *fresh = schema_of (self);
  g_autofree char *migrated = NULL;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetCertificateRecord) certificate = NULL;

  replace_by_golden (self, GPOINTER_TO_INT (data));
  g_assert_cmpint (user_version (self), ==, signet_store_schema_version ());
  migrated = schema_of (self);
  g_assert_cmpstr (fresh, ==, migrated);

  assert_authority (self);
  assert_request (self);
  certificate = signet_store_get_certificate (self->store, 1, &error);
  g_assert_no_error (error);
  key = signet_store_get_key (self->store, certificate->key_id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (signet_key_get_id (key), ==, certificate->key_hash);
}

/* Each version that was released has its file here; who adds a step adds one. */
static void
test_every_version_has_its_file (void)
{
  for (int version = 1; version <= signet_store_schema_version (); version++)
    {
      g_autofree char *sql = read_golden (version);
      g_autofree char *set = g_strdup_printf ("PRAGMA user_version = %d;", version);

      g_assert_nonnull (strstr (sql, set));
    }
}

static void
test_refuses_a_newer_one (StoreFixture  *self,
                          gconstpointer  data)
{
  static const SignetStoreMode modes[] = { SIGNET_STORE_WRITE, SIGNET_STORE_READ };
  g_autofree char *sql = g_strdup_printf ("PRAGMA user_version = %d", signet_store_schema_version () + 1);

  store_fixture_close (self);
  store_fixture_edit (self, sql);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_store_open (self->home, modes[i], &error));
      g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TOO_NEW);
    }
}

/* A step that fails leaves the database at the version before, and what it holds. */
static void
test_failed_step_is_undone (StoreFixture  *self,
                            gconstpointer  data)
{
  g_autofree char *sql = g_strdup_printf ("PRAGMA user_version = %d", signet_store_schema_version ());
  g_autoptr (GError) error = NULL;

  store_fixture_close (self);
  store_fixture_edit (self, "PRAGMA user_version = 0");
  g_assert_null (signet_store_open (self->home, SIGNET_STORE_WRITE, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED);
  store_fixture_edit (self, sql);
  store_fixture_open (self);
}

/* Fills a store with one row of each kind, to make the file of a new version from: test-store-migrate --fill HOME. */
static void
fill (const char *home)
{
  StoreFixture self = { .home = (char *) home };
  g_autoptr (SignetSecret) passphrase = signet_secret_new (STORE_FIXTURE_PASSPHRASE, strlen (STORE_FIXTURE_PASSPHRASE));
  g_autoptr (GBytes) octets = g_bytes_new_static ("\0\1\2", 3);
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetCertificate) certificate = NULL;
  gint64 key_id;
  gint64 request;

  self.passphrase = passphrase;
  store_fixture_open (&self);
  store_fixture_add_authority (&self, 2);
  key_id = store_fixture_add_key (&self);
  request = store_fixture_add_request (&self, 1, key_id);
  key = signet_store_get_key (self.store, key_id, NULL);
  certificate = store_fixture_make_certificate (key);
  store_fixture_begin (&self);
  g_assert_cmpint (signet_store_add_certificate (self.store, certificate, NULL, "good-for-use", 1000, NULL), !=, 0);
  g_assert_cmpint (signet_store_add_message (self.store, request, TRUE, "ir", 1000, octets, NULL), !=, 0);
  store_fixture_commit (&self);
  store_fixture_close (&self);
}

int
main (int    argc,
      char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--fill"))
    {
      fill (argv[2]);
      return 0;
    }

  g_test_init (&argc, &argv, NULL);
  for (int version = 1; version <= signet_store_schema_version (); version++)
    {
      g_autofree char *path = g_strdup_printf ("/store/migrate/from-version-%d", version);

      g_test_add (path, StoreFixture, GINT_TO_POINTER (version), store_fixture_set_up, test_from_version, store_fixture_tear_down);
    }
  g_test_add_func ("/store/migrate/every-version-has-its-file", test_every_version_has_its_file);
  STORE_ADD ("/store/migrate/refuses-a-newer-one", test_refuses_a_newer_one);
  STORE_ADD ("/store/migrate/failed-step-is-undone", test_failed_step_is_undone);

  return g_test_run ();
}
