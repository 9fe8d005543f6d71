/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-fixture.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

void
store_fixture_set_up (StoreFixture  *self,
                      gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  self->home = g_dir_make_tmp ("signet-store-XXXXXX", &error);
  g_assert_no_error (error);
  self->passphrase = signet_secret_new (STORE_FIXTURE_PASSPHRASE, strlen (STORE_FIXTURE_PASSPHRASE));
  store_fixture_open (self);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_assert_cmpint (g_unlink (child), ==, 0);
    }
  g_assert_cmpint (g_rmdir (path), ==, 0);
}

void
store_fixture_tear_down (StoreFixture  *self,
                         gconstpointer  data)
{
  store_fixture_close (self);
  g_clear_pointer (&self->passphrase, signet_secret_unref);
  remove_folder (self->home);
  g_clear_pointer (&self->home, g_free);
}

void
store_fixture_open (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;

  self->store = signet_store_open (self->home, SIGNET_STORE_WRITE, &error);
  g_assert_no_error (error);
  g_assert_true (signet_store_unlock (self->store, self->passphrase, NULL, &error));
  g_assert_no_error (error);
}

void
store_fixture_close (StoreFixture *self)
{
  if (self->store != NULL)
    signet_store_close (self->store);
  g_clear_object (&self->store);
}

void
store_fixture_begin (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_store_begin (self->store, &error));
  g_assert_no_error (error);
}

void
store_fixture_commit (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_store_commit (self->store, &error));
  g_assert_no_error (error);
}

void
store_fixture_edit (StoreFixture *self,
                    const char   *sql)
{
  g_autofree char *path = signet_store_path (self->home);
  char *message = NULL;
  sqlite3 *db = NULL;

  g_assert_null (self->store);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  if (sqlite3_exec (db, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
  sqlite3_close (db);
}

gboolean
store_fixture_contains (StoreFixture  *self,
                        gconstpointer  octets,
                        gsize          size)
{
  g_autoptr (GDir) folder = g_dir_open (self->home, 0, NULL);
  const char *name;

  g_assert_nonnull (folder);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->home, name, NULL);
      g_autofree char *contents = NULL;
      gsize length = 0;

      g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
      if (memmem (contents, length, octets, size) != NULL)
        return TRUE;
    }

  return FALSE;
}

SignetCertificate *
store_fixture_make_certificate (SignetKey *key)
{
  g_autoptr (X509) x509 = X509_new ();

  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 7);
  X509_gmtime_adj (X509_getm_notBefore (x509), 0);
  X509_gmtime_adj (X509_getm_notAfter (x509), 3600);
  X509_NAME_add_entry_by_txt (X509_get_subject_name (x509), "CN", MBSTRING_UTF8, (const guint8 *) "Maria", -1, -1, 0);
  X509_set_issuer_name (x509, X509_get_subject_name (x509));
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  g_assert_cmpint (X509_sign (x509, signet_key_get_pkey (key), EVP_sha256 ()), >, 0);

  return signet_certificate_new_for_x509 (x509);
}

gint64
store_fixture_add_authority (StoreFixture *self,
                             guint         anchors)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetAuthorityRecord) record = g_new0 (SignetAuthorityRecord, 1);
  g_autoptr (SignetSecret) secret = signet_secret_new (STORE_FIXTURE_CODE, strlen (STORE_FIXTURE_CODE));
  gint64 id;

  record->name = g_strdup ("Example");
  record->kind = g_strdup ("http");
  record->url = g_strdup ("http://127.0.0.1:1/.well-known/cmp");
  record->reference = g_strdup ("4711");
  record->created = 1000;
  record->settings = g_variant_ref_sink (g_variant_new_parsed ("{'mac': <'pbmac1'>, 'relaxations': <@as []>}"));
  record->anchors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; i < anchors; i++)
    {
      g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
      g_autoptr (SignetCertificate) anchor = store_fixture_make_certificate (key);

      g_ptr_array_add (record->anchors, g_bytes_ref (signet_certificate_get_der (anchor)));
    }
  store_fixture_begin (self);
  id = signet_store_add_authority (self->store, record, secret, &error);
  g_assert_no_error (error);
  store_fixture_commit (self);

  return id;
}

gint64
store_fixture_add_key (StoreFixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  gint64 id;

  store_fixture_begin (self);
  id = signet_store_add_key (self->store, key, "made", 0, 1000, &error);
  g_assert_no_error (error);
  store_fixture_commit (self);

  return id;
}

gint64
store_fixture_add_request (StoreFixture *self,
                           gint64        authority,
                           gint64        key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetRequestRecord) record = g_new0 (SignetRequestRecord, 1);
  g_autoptr (GBytes) public_part = g_bytes_new_static ("public", 6);
  g_autoptr (SignetSecret) sealed_part = signet_secret_new ("sealed", 6);
  gint64 id;

  record->authority_id = authority;
  record->key_id = key;
  record->name = g_strdup ("Mail");
  record->subject = g_strdup ("CN=Maria");
  record->alt_names = g_strsplit ("email:maria@example.net", " ", -1);
  record->operation = g_strdup ("ir");
  record->state = SIGNET_REQUEST_WAITING;
  record->created = 1000;
  record->transaction_id = g_strdup ("00ff");
  store_fixture_begin (self);
  id = signet_store_add_request (self->store, record, &error);
  g_assert_no_error (error);
  g_assert_true (signet_store_set_transaction (self->store, id, public_part, sealed_part, &error));
  g_assert_no_error (error);
  store_fixture_commit (self);

  return id;
}
