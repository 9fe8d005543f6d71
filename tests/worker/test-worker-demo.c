/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>

#include "pki/pki-format.h"
#include "worker-fixture.h"
#include "worker/worker-import.h"

/* The demo authority as the worker's child: the newcomer's way, without a window. */

static WorkerFixture *
new_fixture (void)
{
  WorkerFixture *fixture = worker_fixture_new (NULL);

  /* The authority's clock is the machine's. */
  fixture->now = g_get_real_time () / G_USEC_PER_SEC;

  return fixture;
}

static gint64
try_demo (WorkerFixture *fixture)
{
  g_autoptr (GVariant) reply = worker_fixture_must (fixture, "TryDemoAuthority", NULL, NULL);
  gint64 id;

  g_variant_get (reply, "(x)", &id);

  return id;
}

static gboolean
has_url (gpointer user_data)
{
  WorkerFixture *fixture = user_data;

  return signet_worker_demo_is_running (signet_worker_get_demo (fixture->worker));
}

static void
test_first_certificate (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  gint64 authority = try_demo (fixture);
  gint64 id = worker_fixture_create_request (fixture, authority, NULL);
  g_autoptr (SignetRequestRecord) record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);

  g_assert_cmpint (record->certificate_id, !=, 0);
  /* There is one a store. */
  g_assert_cmpint (try_demo (fixture), ==, authority);
}

static void
test_restarts (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  g_autoptr (SignetRequestRecord) record = NULL;
  gint64 authority = try_demo (fixture);
  gint64 id;

  worker_fixture_restart (fixture);
  worker_fixture_run_until (has_url, fixture, "the demo authority");
  id = worker_fixture_create_request (fixture, authority, NULL);
  /* Its port may be another: what was not delivered is tried again. */
  for (;;)
    {
      g_clear_pointer (&record, signet_request_record_free);
      worker_fixture_settle (fixture);
      record = worker_fixture_get_request (fixture, id);
      if (record->state == SIGNET_REQUEST_DONE)
        break;
      if (record->state == SIGNET_REQUEST_FAILED && record->retry_at != 0)
        worker_fixture_advance (fixture, record->retry_at - fixture->now);
      g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpint (record->certificate_id, !=, 0);
}

static void
test_removed (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  gint64 authority = try_demo (fixture);
  g_autofree char *state = g_build_filename (fixture->home, "demo-ca", NULL);
  g_autoptr (GVariant) reply = NULL;

  g_assert_true (g_file_test (state, G_FILE_TEST_IS_DIR));
  reply = worker_fixture_must (fixture, "RemoveAuthority", g_variant_new ("(xb)", authority, FALSE), NULL);
  g_assert_false (g_file_test (state, G_FILE_TEST_EXISTS));
  g_assert_false (signet_worker_demo_is_running (signet_worker_get_demo (fixture->worker)));
  /* And made anew. */
  g_assert_cmpint (try_demo (fixture), !=, 0);
}

/* A certificate of this authority signs the request for a further one. */
static void
test_signed_by_certificate (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  gint64 authority = try_demo (fixture);
  gint64 first = worker_fixture_create_request (fixture, authority, NULL);
  g_autoptr (SignetRequestRecord) holder = worker_fixture_wait (fixture, first, SIGNET_REQUEST_DONE);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  gint64 id;

  g_variant_dict_insert (&dict, "identity", "x", holder->certificate_id);
  id = worker_fixture_create_request (fixture, authority, g_variant_dict_end (&dict));
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_assert_cmpstr (record->operation, ==, "cr");
  g_assert_cmpint (record->certificate_id, !=, holder->certificate_id);
  g_assert_cmpint (record->key_id, !=, holder->key_id);
}

static GBytes *
export_certificate (WorkerFixture *fixture,
                    gint64         id,
                    const char    *format,
                    const char    *password)
{
  const char *const secrets[] = { password, NULL };
  GVariantBuilder handles = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ah"));
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) octets = NULL;

  if (password != NULL)
    g_variant_builder_add (&handles, "h", 0);
  reply = worker_fixture_must (fixture, "ExportCertificate", g_variant_new ("(xsah)", id, format, &handles), secrets);
  octets = g_variant_get_child_value (reply, 0);

  return g_variant_get_data_as_bytes (octets);
}

static void
test_export (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  gint64 authority = try_demo (fixture);
  gint64 id = worker_fixture_create_request (fixture, authority, NULL);
  g_autoptr (SignetRequestRecord) record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_autoptr (SignetCertificateRecord) certificate = NULL;
  g_autoptr (SignetSecret) password = signet_secret_new ("export", 6);
  g_autoptr (GBytes) der = export_certificate (fixture, record->certificate_id, "der", NULL);
  g_autoptr (GBytes) pem = export_certificate (fixture, record->certificate_id, "pem", NULL);
  g_autoptr (GBytes) pkcs12 = export_certificate (fixture, record->certificate_id, "pkcs12", "export");
  g_autoptr (SignetIdentity) chain = NULL;
  g_autoptr (SignetIdentity) identity = NULL;
  g_autoptr (GError) error = NULL;

  certificate = signet_store_get_certificate (signet_worker_get_store (fixture->worker), record->certificate_id, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (der, certificate->der));
  chain = signet_identity_parse (pem, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (signet_certificate_get_fingerprint (chain->certificate), ==, certificate->fingerprint);
  g_assert_cmpuint (chain->chain->len, >=, 1);
  identity = signet_identity_parse (pkcs12, password, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (signet_key_get_id (identity->key), ==, certificate->key_hash);
  worker_fixture_must_fail (fixture, "ExportCertificate",
                            g_variant_new ("(xs@ah)", record->certificate_id, "pkcs12", g_variant_new ("ah", NULL)), NULL,
                            "Invalid", "A file with a private key needs a password.");
  worker_fixture_must_fail (fixture, "ExportCertificate",
                            g_variant_new ("(xs@ah)", record->certificate_id, "jks", g_variant_new ("ah", NULL)), NULL,
                            "Invalid", "“jks” is no format: choose pem, der, pkcs12 or pkcs12-pbmac1.");
}

/* What leaves one store comes into another, and signs there. */
static void
test_import_identity (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  g_autoptr (WorkerFixture) other = new_fixture ();
  gint64 authority = try_demo (fixture);
  gint64 id = worker_fixture_create_request (fixture, authority, NULL);
  g_autoptr (SignetRequestRecord) record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_autoptr (GBytes) der = export_certificate (fixture, record->certificate_id, "der", NULL);
  g_autoptr (GBytes) pkcs12 = export_certificate (fixture, record->certificate_id, "pkcs12", "export");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) password = signet_secret_new ("wrong", 5);
  g_autoptr (SignetSecret) right = signet_secret_new ("export", 6);
  SignetStore *store = signet_worker_get_store (other->worker);
  g_autoptr (SignetCertificateRecord) imported = NULL;
  gint64 row;

  g_assert_cmpint (signet_worker_import_identity (store, pkcs12, password, other->now, &error), ==, 0);
  g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_WRONG_PASSWORD);
  g_clear_error (&error);
  g_assert_cmpint (signet_worker_import_identity (store, der, NULL, other->now, &error), ==, 0);
  g_assert_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID);
  g_clear_error (&error);
  row = signet_worker_import_identity (store, pkcs12, right, other->now, &error);
  g_assert_no_error (error);
  imported = signet_store_get_certificate (store, row, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (imported->der, der));
  g_assert_cmpint (imported->key_id, !=, 0);
  g_assert_cmpstr (imported->role, ==, "own");
  /* Twice is once. */
  g_assert_cmpint (signet_worker_import_identity (store, pkcs12, right, other->now, &error), ==, row);
}

static GBytes *
last_message (WorkerFixture *fixture,
              gint64         request,
              gboolean       sent)
{
  SignetStore *store = signet_worker_get_store (fixture->worker);
  g_autoptr (GPtrArray) messages = signet_store_list_messages (store, request, NULL);

  for (guint i = messages->len; i > 0; i--)
    {
      const SignetMessageRecord *message = messages->pdata[i - 1];

      if (message->sent == sent)
        return signet_store_get_message (store, message->id, NULL);
    }
  g_assert_not_reached ();

  return NULL;
}

static void
test_inspect (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  gint64 authority = try_demo (fixture);
  gint64 id = worker_fixture_create_request (fixture, authority, NULL);
  g_autoptr (SignetRequestRecord) record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_autoptr (GBytes) message = last_message (fixture, id, FALSE);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) tree = NULL;
  const char *text;

  reply = worker_fixture_must (fixture, "InspectMessage",
                               g_variant_new ("(@ay)", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, message, TRUE)),
                               NULL);
  g_variant_get (reply, "(&sv)", &text, &tree);
  g_assert_true (g_str_has_prefix (text, "Protection: checks with the code of “Demo Authority”."));
  g_assert_cmpstr (g_variant_get_type_string (tree), ==, "(ssav)");
}

static GVariant *
ask (WorkerFixture *fixture,
     gint64         authority,
     const char    *question)
{
  g_autoptr (GVariant) reply = worker_fixture_must (fixture, "AskAuthority",
                                                    g_variant_new ("(xs@a{sv})", authority, question, g_variant_new ("a{sv}", NULL)), NULL);

  return g_variant_get_child_value (reply, 0);
}

static void
test_template (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  gint64 authority = try_demo (fixture);
  g_autoptr (GVariant) answer = ask (fixture, authority, "certReqTemplate");
  g_autoptr (GVariant) template = g_variant_lookup_value (answer, "template", G_VARIANT_TYPE_BYTESTRING);
  g_autoptr (GVariant) fields = g_variant_lookup_value (answer, "fields", G_VARIANT_TYPE ("a(sssbb)"));
  const char *wanted_specs[] = { "ec:P-256", "rsa:3072", NULL };
  g_auto (GStrv) specs = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (SignetCertificateRecord) certificate = NULL;
  g_autoptr (SignetCertificate) parsed = NULL;
  const char *part, *type, *value;
  gboolean fixed;

  g_assert_cmpuint (g_variant_n_children (fields), ==, 5);
  g_variant_get_child (fields, 0, "(&s&s&sbb)", &part, &type, &value, &fixed, NULL);
  g_assert_cmpstr (part, ==, "subject");
  g_assert_cmpstr (type, ==, "O");
  g_assert_cmpstr (value, ==, "Signet Demo");
  g_assert_true (fixed);
  g_variant_get_child (fields, 1, "(&s&s&sbb)", &part, &type, &value, &fixed, NULL);
  g_assert_cmpstr (type, ==, "CN");
  g_assert_false (fixed);
  g_assert_true (g_variant_lookup (answer, "key-specs", "^as", &specs));
  g_assert_cmpstrv (specs, wanted_specs);

  /* The usual request has O=Example, which the authority fixes otherwise. */
  g_variant_dict_insert_value (&dict, "template", template);
  record = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, g_variant_dict_end (&dict)),
                                SIGNET_REQUEST_DONE);
  certificate = signet_store_get_certificate (signet_worker_get_store (fixture->worker), record->certificate_id, NULL);
  parsed = signet_certificate_new_from_der (certificate->der, NULL);
  g_assert_cmpstr (signet_certificate_get_subject (parsed), ==, "CN=Maria Huber,O=Signet Demo");
  g_assert_cmpuint (X509_get_key_usage (signet_certificate_get_x509 (parsed)), ==, KU_DIGITAL_SIGNATURE);
}

static void
test_template_restricts_keys (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  gint64 authority = try_demo (fixture);
  g_autoptr (GVariant) answer = ask (fixture, authority, "certReqTemplate");
  g_autoptr (GVariant) template = g_variant_lookup_value (answer, "template", G_VARIANT_TYPE_BYTESTRING);
  const char *specs[] = { "ed25519", "ec:P-256" };

  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

      g_variant_dict_insert (&dict, "authority", "x", authority);
      g_variant_dict_insert (&dict, "subject", "s", "CN=Maria Huber");
      g_variant_dict_insert (&dict, "key-spec", "s", specs[i]);
      g_variant_dict_insert_value (&dict, "template", template);
      if (i == 0)
        worker_fixture_must_fail (fixture, "CreateRequest", g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)), NULL, "Invalid",
                                  "The authority certifies other keys than that: P-256, RSA 3072.");
      else
        {
          g_autoptr (GVariant) reply = worker_fixture_must (fixture, "CreateRequest",
                                                            g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)), NULL);

          worker_fixture_settle (fixture);
        }
    }
}

static void
test_ask (void)
{
  g_autoptr (WorkerFixture) fixture = new_fixture ();
  gint64 authority = try_demo (fixture);
  g_autoptr (GVariant) answer = ask (fixture, authority, "caCerts");
  g_autoptr (GVariant) certificates = g_variant_lookup_value (answer, "certificates", G_VARIANT_TYPE ("aay"));

  g_assert_cmpuint (g_variant_n_children (certificates), ==, 1);
  worker_fixture_must_fail (fixture, "AskAuthority",
                            g_variant_new ("(xs@a{sv})", authority, "signKeyPairTypes", g_variant_new ("a{sv}", NULL)), NULL, "Invalid",
                            "“signKeyPairTypes” is no question: choose certReqTemplate or caCerts.");
  worker_fixture_must_fail (fixture, "AskAuthority",
                            g_variant_new ("(xs@a{sv})", G_GINT64_CONSTANT (99), "caCerts", g_variant_new ("a{sv}", NULL)), NULL, "NotFound",
                            NULL);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/demo/first-certificate", test_first_certificate);
  g_test_add_func ("/worker/demo/starts-again-with-the-worker", test_restarts);
  g_test_add_func ("/worker/demo/removed-with-its-state", test_removed);
  g_test_add_func ("/worker/demo/certificate-signs-for-a-further-one", test_signed_by_certificate);
  g_test_add_func ("/worker/export/what-was-issued", test_export);
  g_test_add_func ("/worker/import/identity-of-another-store", test_import_identity);
  g_test_add_func ("/worker/inspect/says-whether-protection-checks", test_inspect);
  g_test_add_func ("/worker/ask/template-is-asked-and-followed/R263,R288", test_template);
  g_test_add_func ("/worker/ask/template-restricts-keys/R296", test_template_restricts_keys);
  g_test_add_func ("/worker/ask/ca-certs/R261", test_ask);

  return g_test_run ();
}
