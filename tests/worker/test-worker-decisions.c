/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>

#include "demo/demo-server.h"
#include "worker-fixture.h"

/* Requests that take a while: held until a person of the authority decides, granted with changes, signed with a certificate of
 * another PKI, or carried by hand while a time limit runs. The demo authority is in this process. */

#define HOUR (60 * 60)

typedef struct
{
  char *folder;
  SignetDemoAuthority *authority;
  SignetDemoServer *server;
} Demo;

static void
demo_clear (Demo *self)
{
  static const char *const names[] = { "anchor.pem", "ca.pem", "secret", "demo-ca.db", "demo-ca.db-wal", "demo-ca.db-shm" };

  g_clear_object (&self->server);
  g_clear_object (&self->authority);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->folder, names[i], NULL);

      g_remove (path);
    }
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Demo, demo_clear)

static Demo
demo_new (const SignetDemoOptions *options)
{
  g_autoptr (GError) error = NULL;
  Demo self = { 0 };

  self.folder = g_dir_make_tmp ("signet-demo-XXXXXX", &error);
  self.authority = signet_demo_authority_new (self.folder, options, &error);
  g_assert_no_error (error);
  self.server = signet_demo_server_new (self.authority);
  g_assert_true (signet_demo_server_listen (self.server, NULL, 0, NULL, &error));

  return self;
}

static GVariant *
demo_settings (Demo *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *url = signet_demo_server_get_url (self->server);
  g_autofree char *path = signet_demo_authority_anchor_file (self->authority);
  g_autoptr (BIO) bio = BIO_new_file (path, "r");
  g_autoptr (X509) root = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_for_x509 (root);
  GVariant *anchors[] = {
    g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, signet_certificate_get_der (anchor), TRUE),
  };

  g_variant_dict_insert (&dict, "name", "s", "Demo");
  g_variant_dict_insert (&dict, "url", "s", url);
  g_variant_dict_insert (&dict, "reference", "s", "demo");
  g_variant_dict_insert (&dict, "mac", "s", "password-based");
  g_variant_dict_insert_value (&dict, "anchors", g_variant_new_array (G_VARIANT_TYPE_BYTESTRING, anchors, 1));

  return g_variant_dict_end (&dict);
}

static char *
demo_secret (Demo *self)
{
  g_autofree char *path = signet_demo_authority_secret_file (self->authority);
  char *secret;

  g_assert_true (g_file_get_contents (path, &secret, NULL, NULL));

  return secret;
}

static gint64
add_demo (WorkerFixture *fixture,
          Demo          *demo)
{
  g_autofree char *secret = demo_secret (demo);

  return worker_fixture_add_authority (fixture, demo_settings (demo), secret);
}

/* The authority's clock is the machine's. */
static WorkerFixture *
fixture_of_now (void)
{
  WorkerFixture *fixture = worker_fixture_new (NULL);

  fixture->now = g_get_real_time () / G_USEC_PER_SEC;

  return fixture;
}

static void
test_hold (gconstpointer approved)
{
  const SignetDemoOptions options = { .hold = TRUE, .check_after = 600 };
  g_auto (Demo) demo = demo_new (&options);
  g_autoptr (WorkerFixture) fixture = fixture_of_now ();
  gint64 id = worker_fixture_create_request (fixture, add_demo (fixture, &demo), NULL);
  g_autoptr (SignetRequestRecord) record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_WAITING);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 5; i++)
    {
      worker_fixture_settle (fixture);
      g_clear_pointer (&record, signet_request_record_free);
      record = worker_fixture_get_request (fixture, id);
      g_assert_cmpint (record->state, ==, SIGNET_REQUEST_WAITING);
      worker_fixture_advance (fixture, record->next_check - fixture->now);
    }
  worker_fixture_settle (fixture);
  g_assert_true (signet_demo_authority_decide (demo.authority, 1, approved != NULL, &error));
  g_clear_pointer (&record, signet_request_record_free);
  record = worker_fixture_get_request (fixture, id);
  worker_fixture_advance (fixture, record->next_check - fixture->now);
  g_clear_pointer (&record, signet_request_record_free);
  record = worker_fixture_wait (fixture, id, approved != NULL ? SIGNET_REQUEST_DONE : SIGNET_REQUEST_REJECTED);
  if (approved == NULL)
    g_assert_cmpstr (record->authority_text, ==, "Refused after a look at the request.");
  else
    g_assert_cmpint (record->certificate_id, !=, 0);
}

static void
test_changes (gconstpointer accept)
{
  const SignetDemoOptions options = { .modify = TRUE };
  g_auto (Demo) demo = demo_new (&options);
  g_autoptr (WorkerFixture) fixture = fixture_of_now ();
  gint64 id = worker_fixture_create_request (fixture, add_demo (fixture, &demo), NULL);
  g_autoptr (SignetRequestRecord) asking = worker_fixture_wait (fixture, id, SIGNET_REQUEST_ASKING);
  g_autoptr (SignetRequestRecord) end = NULL;
  g_autoptr (GVariant) differences = g_variant_lookup_value (asking->question, "differences", G_VARIANT_TYPE ("a(sss)"));
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *list = NULL;
  const char *requested;
  const char *granted;
  guint32 number;

  g_assert_cmpuint (g_variant_n_children (differences), ==, 1);
  g_variant_get_child (differences, 0, "(&s&s&s)", NULL, &requested, &granted);
  g_assert_cmpstr (requested, ==, "CN=Maria Huber,O=Example");
  g_assert_cmpstr (granted, ==, "CN=Maria Huber,O=Signet Demo Customers");
  g_assert_true (g_variant_lookup (asking->question, "number", "u", &number));
  reply = worker_fixture_must (fixture, "AnswerQuestion", g_variant_new ("(xub)", id, number, accept != NULL), NULL);
  end = worker_fixture_wait (fixture, id, accept != NULL ? SIGNET_REQUEST_DONE : SIGNET_REQUEST_FAILED);
  list = signet_demo_authority_list (demo.authority, NULL);
  g_assert_nonnull (strstr (list, accept != NULL ? "\tconfirmed\t" : "\trefused\t"));
}

/* RFC 9483 §4.1.1: a certificate of another PKI signs an ir, once the authority trusts that PKI; else it is refused. */
static void
test_other_pki (gconstpointer trusted)
{
  g_auto (Demo) maker = demo_new (NULL);
  g_autofree char *root = signet_demo_authority_anchor_file (maker.authority);
  const SignetDemoOptions options = { .trusted = trusted != NULL ? root : NULL };
  g_auto (Demo) demo = demo_new (&options);
  g_autoptr (WorkerFixture) fixture = fixture_of_now ();
  gint64 first = worker_fixture_create_request (fixture, add_demo (fixture, &maker), NULL);
  g_autoptr (SignetRequestRecord) holder = worker_fixture_wait (fixture, first, SIGNET_REQUEST_DONE);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  gint64 id;

  g_variant_dict_insert (&dict, "identity", "x", holder->certificate_id);
  id = worker_fixture_create_request (fixture, add_demo (fixture, &demo), g_variant_dict_end (&dict));
  record = worker_fixture_wait (fixture, id, trusted != NULL ? SIGNET_REQUEST_DONE : SIGNET_REQUEST_REJECTED);
  g_assert_cmpstr (record->operation, ==, "ir");
  if (trusted != NULL)
    {
      g_autoptr (SignetCertificateRecord) certificate
          = signet_store_get_certificate (signet_worker_get_store (fixture->worker), record->certificate_id, NULL);

      g_assert_cmpint (certificate->authority_id, ==, record->authority_id);
    }
}

/* ---- carried by hand ---- */

static GBytes *
export_message (WorkerFixture *fixture,
                gint64         id)
{
  g_autoptr (GVariant) reply = worker_fixture_must (fixture, "ExportMessage", g_variant_new ("(x)", id), NULL);
  g_autoptr (GVariant) octets = g_variant_get_child_value (reply, 0);

  return g_variant_get_data_as_bytes (octets);
}

static char *
import_reply (WorkerFixture *fixture,
              gint64         id,
              GBytes        *octets)
{
  g_autoptr (GVariant) reply
      = worker_fixture_must (fixture, "ImportMessage",
                             g_variant_new ("(x@ay)", id, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, octets, TRUE)), NULL);
  char *words;

  g_variant_get (reply, "(xs)", NULL, &words);

  return words;
}

/* A time limit for the confirmation that a person on the way has to know of, before it has passed and after. */
static void
test_deadline (gconstpointer late)
{
  const SignetDemoOptions options = { .confirm_wait = HOUR };
  g_auto (Demo) demo = demo_new (&options);
  g_autoptr (WorkerFixture) fixture = fixture_of_now ();
  gint64 authority = add_demo (fixture, &demo);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) ir = NULL;
  g_autoptr (GBytes) ip = NULL;
  g_autoptr (GBytes) conf = NULL;
  g_autoptr (GBytes) pkiconf = NULL;
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  g_autofree char *words = NULL;
  g_autofree char *end = NULL;
  gint64 id;

  g_variant_dict_insert (&dict, "offline", "b", TRUE);
  id = worker_fixture_create_request (fixture, authority, g_variant_dict_end (&dict));
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_OUTBOX);
  ir = export_message (fixture, id);
  ip = signet_demo_authority_handle (demo.authority, ir, &error);
  g_assert_no_error (error);
  fixture->now += late != NULL ? 2 * HOUR : 60;
  words = import_reply (fixture, id, ip);
  g_clear_pointer (&record, signet_request_record_free);
  record = worker_fixture_get_request (fixture, id);
  g_assert_cmpint (record->state, ==, SIGNET_REQUEST_OUTBOX);
  g_assert_cmpstr (record->error_code, ==, late != NULL ? "worker.confirm-late" : "worker.confirm-by");
  g_assert_true (g_str_has_prefix (record->error_text, late != NULL ? "The authority waited for the confirmation until "
                                                                    : "The authority waits for the confirmation until "));
  g_assert_true (g_str_has_suffix (words, record->error_text));
  conf = export_message (fixture, id);
  pkiconf = signet_demo_authority_handle (demo.authority, conf, &error);
  g_assert_no_error (error);
  end = import_reply (fixture, id, pkiconf);
  done = worker_fixture_get_request (fixture, id);
  g_assert_cmpint (done->state, ==, SIGNET_REQUEST_DONE);
  g_assert_null (done->error_code);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/worker/demo/hold/approved/R217", GUINT_TO_POINTER (1), test_hold);
  g_test_add_data_func ("/worker/demo/hold/rejected", NULL, test_hold);
  g_test_add_data_func ("/worker/demo/changes/accepted", GUINT_TO_POINTER (1), test_changes);
  g_test_add_data_func ("/worker/demo/changes/declined/R126", NULL, test_changes);
  g_test_add_data_func ("/worker/demo/signed-by-another-pki/trusted/R120", GUINT_TO_POINTER (1), test_other_pki);
  g_test_add_data_func ("/worker/demo/signed-by-another-pki/not-trusted", NULL, test_other_pki);
  g_test_add_data_func ("/worker/file/confirmation-is-awaited-for-a-time/R192,R459", NULL, test_deadline);
  g_test_add_data_func ("/worker/file/confirmation-comes-too-late/R192,R459", GUINT_TO_POINTER (1), test_deadline);

  return g_test_run ();
}
