/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "store/store.h"

/* A store in a folder of its own, unlocked by a passphrase. */
typedef struct
{
  char *home;
  SignetSecret *passphrase;
  SignetStore *store;
} Fixture;

static void
open_store (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->store = signet_store_open (fixture->home, SIGNET_STORE_WRITE, &error);
  g_assert_no_error (error);
  g_assert_true (signet_store_unlock (fixture->store, fixture->passphrase, NULL, &error));
  g_assert_no_error (error);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->home = g_dir_make_tmp ("signet-store-XXXXXX", NULL);
  fixture->passphrase = signet_secret_new ("open sesame", 11);
  open_store (fixture);
}

static void
reopen (Fixture *fixture)
{
  signet_store_close (fixture->store);
  g_clear_object (&fixture->store);
  open_store (fixture);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", fixture->home);

  g_clear_object (&fixture->store);
  signet_secret_unref (fixture->passphrase);
  g_assert_cmpint (system (command), ==, 0);
  g_free (fixture->home);
}

static void
begin (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_store_begin (fixture->store, &error));
  g_assert_no_error (error);
}

static void
commit (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_store_commit (fixture->store, &error));
  g_assert_no_error (error);
}

static SignetCertificate *
make_certificate (SignetKey *key)
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

static void
sql (Fixture    *fixture,
     const char *statement)
{
  g_autofree char *path = signet_store_path (fixture->home);
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, statement, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static gint64
add_authority (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetAuthorityRecord) record = g_new0 (SignetAuthorityRecord, 1);
  g_autoptr (SignetSecret) secret = signet_secret_new ("SiemensIT", 9);
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) anchor = make_certificate (key);
  gint64 id;

  record->name = g_strdup ("Example");
  record->kind = g_strdup ("http");
  record->url = g_strdup ("http://127.0.0.1:1/.well-known/cmp");
  record->reference = g_strdup ("4711");
  record->created = 1000;
  record->settings = g_variant_ref_sink (g_variant_new_parsed ("{'mac': <'pbmac1'>, 'relaxations': <@as []>}"));
  record->anchors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (record->anchors, g_bytes_ref (signet_certificate_get_der (anchor)));
  begin (fixture);
  id = signet_store_add_authority (fixture->store, record, secret, &error);
  g_assert_no_error (error);
  commit (fixture);

  return id;
}

static void
test_authority (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 id = add_authority (fixture);
  g_autoptr (SignetAuthorityRecord) record = NULL;
  g_autoptr (SignetSecret) secret = NULL;
  const char *mac = NULL;

  reopen (fixture);
  record = signet_store_get_authority (fixture->store, id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (record->name, ==, "Example");
  g_assert_cmpstr (record->reference, ==, "4711");
  g_assert_true (record->has_secret);
  g_assert_cmpuint (record->anchors->len, ==, 1);
  g_assert_true (g_variant_lookup (record->settings, "mac", "&s", &mac));
  g_assert_cmpstr (mac, ==, "pbmac1");
  secret = signet_store_get_authority_secret (fixture->store, id, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (signet_secret_get_data (secret, NULL), signet_secret_get_size (secret), "SiemensIT", 9);

  begin (fixture);
  g_assert_true (signet_store_delete_authority_secret (fixture->store, id, &error));
  commit (fixture);
  g_assert_null (signet_store_get_authority_secret (fixture->store, id, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NOT_FOUND);
}

static void
assert_tampered (Fixture    *fixture,
                 gint64      id,
                 const char *statement)
{
  g_autoptr (GError) error = NULL;

  signet_store_close (fixture->store);
  g_clear_object (&fixture->store);
  sql (fixture, statement);
  open_store (fixture);
  g_assert_null (signet_store_get_authority (fixture->store, id, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
}

static void
test_tampered_anchor (Fixture      *fixture,
                      gconstpointer data)
{
  assert_tampered (fixture, add_authority (fixture), "UPDATE anchors SET der = CAST (der || x'00' AS BLOB)");
}

static void
test_tampered_settings (Fixture      *fixture,
                        gconstpointer data)
{
  assert_tampered (fixture, add_authority (fixture),
                   "UPDATE authorities SET settings = '{''relaxations'': <[''ca-pubs'']>}'");
}

static void
test_tampered_url (Fixture      *fixture,
                   gconstpointer data)
{
  assert_tampered (fixture, add_authority (fixture), "UPDATE authorities SET url = 'http://192.0.2.1/'");
}

static void
test_key_and_certificate (Fixture      *fixture,
                          gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) certificate = make_certificate (key);
  g_autoptr (SignetKey) again = NULL;
  g_autoptr (SignetCertificateRecord) record = NULL;
  g_autoptr (SignetKeyRecord) key_record = NULL;
  gint64 key_id;
  gint64 id;

  begin (fixture);
  key_id = signet_store_add_key (fixture->store, key, "made", 3, 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpint (signet_store_add_key (fixture->store, key, "made", 3, 1000, &error), ==, key_id);
  id = signet_store_add_certificate (fixture->store, certificate, NULL, "unconfirmed", 1000, &error);
  g_assert_no_error (error);
  g_assert_cmpint (signet_store_add_certificate (fixture->store, certificate, NULL, "good-for-use", 1000, &error), ==, id);
  commit (fixture);
  reopen (fixture);

  again = signet_store_get_key (fixture->store, key_id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (EVP_PKEY_eq (signet_key_get_pkey (again), signet_key_get_pkey (key)), ==, 1);
  record = signet_store_get_certificate (fixture->store, id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (record->key_id, ==, key_id);
  g_assert_cmpstr (record->state, ==, "good-for-use");
  g_assert_cmpstr (record->subject_cn, ==, "Maria");
  key_record = signet_store_get_key_record (fixture->store, key_id, &error);
  g_assert_cmpint (key_record->certificates, ==, 1);
  g_assert_cmpint (key_record->request_id, ==, 3);
}

static void
test_request (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetRequestRecord) record = g_new0 (SignetRequestRecord, 1);
  g_autoptr (SignetRequestRecord) read = NULL;
  g_autoptr (GVariant) notes = g_variant_ref_sink (g_variant_new ("(us)", 7, "it's"));
  g_autoptr (GVariant) notes_read = NULL;
  g_autoptr (GBytes) public_part = g_bytes_new_static ("public", 6);
  g_autoptr (GBytes) public_read = NULL;
  g_autoptr (SignetSecret) sealed_read = NULL;

  record->authority_id = 5;
  record->name = g_strdup ("Mail");
  record->alt_names = g_strsplit ("email:a@b.example dns:c", " ", -1);
  record->operation = g_strdup ("ir");
  record->state = SIGNET_REQUEST_ASKING;
  record->created = 10;
  record->next_check = 20;
  record->retry_at = 30;
  record->authority_text_authentic = TRUE;
  record->transaction_id = g_strdup ("00ff");
  record->question = g_variant_ref_sink (g_variant_new_parsed ("{'number': <uint32 3>, 'kind': <'trust-root'>}"));
  begin (fixture);
  record->id = signet_store_add_request (fixture->store, record, &error);
  g_assert_no_error (error);
  record->state = SIGNET_REQUEST_WAITING;
  g_assert_true (signet_store_update_request (fixture->store, record, notes, &error));
  g_assert_true (signet_store_set_transaction (fixture->store, record->id, public_part, NULL, &error));
  g_assert_no_error (error);
  commit (fixture);
  reopen (fixture);

  read = signet_store_get_request (fixture->store, record->id, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read->state, ==, SIGNET_REQUEST_WAITING);
  g_assert_cmpint (read->authority_id, ==, 5);
  g_assert_cmpstr (read->alt_names[1], ==, "dns:c");
  g_assert_cmpint (read->next_check, ==, 20);
  g_assert_cmpint (read->retry_at, ==, 30);
  g_assert_true (read->authority_text_authentic);
  g_assert_true (g_variant_equal (read->question, record->question));
  g_assert_true (signet_store_get_request_notes (fixture->store, record->id, &notes_read, &error));
  g_assert_true (g_variant_equal (notes, notes_read));
  g_assert_cmpint (signet_store_find_request (fixture->store, "00ff", &error), ==, record->id);
  g_assert_cmpint (signet_store_find_request (fixture->store, "00fe", &error), ==, 0);
  g_assert_true (signet_store_get_transaction (fixture->store, record->id, &public_read, &sealed_read, &error));
  g_assert_true (g_bytes_equal (public_read, public_part));
  g_assert_null (sealed_read);

  signet_store_close (fixture->store);
  g_clear_object (&fixture->store);
  sql (fixture, "UPDATE requests SET transaction_public = CAST ('PUBLIC' AS BLOB)");
  open_store (fixture);
  g_clear_pointer (&public_read, g_bytes_unref);
  g_assert_false (signet_store_get_transaction (fixture->store, record->id, &public_read, &sealed_read, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
}

static void
test_messages (Fixture      *fixture,
               gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetRequestRecord) request = g_new0 (SignetRequestRecord, 1);
  g_autoptr (GBytes) octets = g_bytes_new_static ("\0\1\2", 3);
  g_autoptr (GBytes) read = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (SignetMessageRecord) found = NULL;
  g_autoptr (GVariant) changes = NULL;
  g_autofree char *printed = NULL;
  gint64 id;

  begin (fixture);
  request->id = signet_store_add_request (fixture->store, request, &error);
  id = signet_store_add_message (fixture->store, request->id, FALSE, "ip", 99, octets, &error);
  g_assert_no_error (error);
  g_assert_true (signet_store_set_message_note (fixture->store, id, "refused", &error));
  g_assert_true (signet_store_set_message_remark (fixture->store, id, "odd", &error));
  commit (fixture);

  read = signet_store_get_message (fixture->store, id, &error);
  g_assert_true (g_bytes_equal (read, octets));
  list = signet_store_list_messages (fixture->store, request->id, &error);
  g_assert_cmpuint (list->len, ==, 1);
  found = signet_store_find_message (fixture->store, request->id, octets, &error);
  g_assert_cmpstr (found->note, ==, "refused");
  g_assert_cmpstr (found->remark, ==, "odd");
  changes = signet_store_take_changes (fixture->store);
  printed = g_variant_print (changes, FALSE);
  g_assert_cmpstr (printed, ==, "[('request', 1), ('message', 1)]");
  g_assert_null (signet_store_take_changes (fixture->store));
}

static void
test_rollback (Fixture      *fixture,
               gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetRequestRecord) request = g_new0 (SignetRequestRecord, 1);
  g_autoptr (GPtrArray) list = NULL;
  guint64 counter = signet_store_get_counter (fixture->store);

  begin (fixture);
  g_assert_cmpint (signet_store_add_request (fixture->store, request, &error), !=, 0);
  signet_store_rollback (fixture->store);
  list = signet_store_list_requests (fixture->store, &error);
  g_assert_cmpuint (list->len, ==, 0);
  g_assert_null (signet_store_take_changes (fixture->store));
  g_assert_cmpuint (signet_store_get_counter (fixture->store), ==, counter);
}

static void
test_wrong_passphrase (Fixture      *fixture,
                       gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) wrong = signet_secret_new ("open sesam", 10);
  g_autoptr (SignetSecret) other = signet_secret_new ("another", 7);

  signet_store_close (fixture->store);
  g_clear_object (&fixture->store);
  fixture->store = signet_store_open (fixture->home, SIGNET_STORE_WRITE, &error);
  g_assert_no_error (error);
  g_assert_false (signet_store_unlock (fixture->store, wrong, NULL, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_WRONG_PASSPHRASE);
  g_clear_error (&error);
  g_assert_true (signet_store_unlock (fixture->store, fixture->passphrase, NULL, &error));

  g_assert_true (signet_store_set_passphrase (fixture->store, other, &error));
  g_assert_false (signet_store_set_passphrase (fixture->store, NULL, &error));
  g_clear_error (&error);
  signet_secret_unref (fixture->passphrase);
  fixture->passphrase = g_steal_pointer (&other);
  reopen (fixture);
}

static void
test_second_writer (Fixture      *fixture,
                    gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *lock = g_build_filename (fixture->home, "lock", NULL);

  g_assert_null (signet_store_open (fixture->home, SIGNET_STORE_WRITE, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_IN_USE);
  g_clear_error (&error);

  /* What a worker that died on another computer leaves. */
  signet_store_close (fixture->store);
  g_assert_true (g_file_set_contents (lock, "elsewhere", -1, NULL));
  g_assert_null (signet_store_open (fixture->home, SIGNET_STORE_WRITE, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_IN_USE);
  g_assert_nonnull (strstr (error->message, "elsewhere"));
}

static void
test_modes (Fixture      *fixture,
            gconstpointer data)
{
  static const char *const files[] = { "signet.db", "signet.db-wal", "signet.db-shm", "lock" };
  struct stat status;

  g_assert_cmpint (stat (fixture->home, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);
  add_authority (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (fixture->home, files[i], NULL);

      g_assert_cmpint (stat (path, &status), ==, 0);
      g_assert_cmpint (status.st_mode & 0777, ==, 0600);
    }
}

static void
test_reader (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetStore) reader = signet_store_open (fixture->home, SIGNET_STORE_READ, &error);
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (SignetSecret) secret = NULL;
  gint64 id;

  g_assert_no_error (error);
  g_assert_cmpuint (signet_store_get_generation (reader), ==, signet_store_get_generation (fixture->store));
  id = add_authority (fixture);
  list = signet_store_list_authorities (reader, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  secret = signet_store_get_authority_secret (reader, id, &error);
  g_assert_null (secret);
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_LOCKED);
}

static void
test_too_new (Fixture      *fixture,
              gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  signet_store_close (fixture->store);
  sql (fixture, "PRAGMA user_version = 1000");
  g_assert_null (signet_store_open (fixture->home, SIGNET_STORE_WRITE, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TOO_NEW);
}

static void
test_sealed (Fixture      *fixture,
             gconstpointer data)
{
  static const char *const files[] = { "signet.db", "signet.db-wal" };

  add_authority (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (fixture->home, files[i], NULL);
      g_autofree char *contents = NULL;
      gsize length;

      g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
      g_assert_null (memmem (contents, length, "SiemensIT", 9));
    }
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/store/authority/comes-back/R479", test_authority);
  ADD ("/store/authority/detects-a-changed-anchor/R468", test_tampered_anchor);
  ADD ("/store/authority/detects-changed-settings/R468", test_tampered_settings);
  ADD ("/store/authority/detects-a-changed-address", test_tampered_url);
  ADD ("/store/key-and-certificate/come-back/R469", test_key_and_certificate);
  ADD ("/store/request/comes-back-whole-or-not-at-all", test_request);
  ADD ("/store/message/comes-back-and-is-announced", test_messages);
  ADD ("/store/rollback-leaves-nothing", test_rollback);
  ADD ("/store/passphrase/opens-changes-and-refuses", test_wrong_passphrase);
  ADD ("/store/one-writer-one-computer", test_second_writer);
  ADD ("/store/files-are-for-one-user", test_modes);
  ADD ("/store/reader-sees-what-is-committed", test_reader);
  ADD ("/store/refuses-a-newer-database", test_too_new);
  ADD ("/store/secrets-are-sealed/R469,R477", test_sealed);

  return g_test_run ();
}
