/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/x509v3.h>

#include "common/extension.h"
#include "common/remake.h"
#include "worker-peer.h"

/* Complaints about clients of CMP that are not about words alone: chains that are mixed up, "the certificate is not valid" without the
 * cause, sleeping while an authority thinks; and roots that an authority wants to see. */

#define HOUR (60 * 60)

/* A CA for @key that @issuer's key signed: (nullable): its own. */
static X509 *
make_ca (const char *cn,
         EVP_PKEY   *key,
         X509       *issuer,
         EVP_PKEY   *issuer_key,
         gint64      from,
         gint64      until)
{
  static long serial = 50;
  X509 *certificate = X509_new ();
  X509_NAME *name = X509_get_subject_name (certificate);

  X509_set_version (certificate, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), serial++);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *) cn, -1, -1, 0);
  X509_set_issuer_name (certificate, issuer != NULL ? X509_get_subject_name (issuer) : name);
  X509_set_pubkey (certificate, key);
  ASN1_TIME_set (X509_getm_notBefore (certificate), from);
  ASN1_TIME_set (X509_getm_notAfter (certificate), until);
  add_extension (certificate, issuer != NULL ? issuer : certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension (certificate, issuer != NULL ? issuer : certificate, NID_key_usage, "critical,keyCertSign,digitalSignature");
  add_extension (certificate, issuer != NULL ? issuer : certificate, NID_subject_key_identifier, "hash");
  g_assert_cmpint (X509_sign (certificate, issuer_key != NULL ? issuer_key : key, EVP_sha256 ()), >, 0);

  return certificate;
}

/* ---- chains ---- */

/* The CA's former certificate, of the same name, and one of somebody else come along, before the one that issued. */
static void
test_chain (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (EVP_PKEY) former_key = EVP_EC_gen ("P-256");
  g_autoptr (EVP_PKEY) other_key = EVP_EC_gen ("P-256");
  g_autoptr (X509) former = make_ca ("Test Authority", former_key, NULL, NULL, WORKER_FIXTURE_START - HOUR,
                                     WORKER_FIXTURE_START + 100 * HOUR);
  g_autoptr (X509) other = make_ca ("TLS of the web server", other_key, NULL, NULL, WORKER_FIXTURE_START - HOUR,
                                    WORKER_FIXTURE_START + 100 * HOUR);
  g_autoptr (SignetRequestRecord) done = NULL;
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (GBytes) anchor = worker_peer_get_anchor (peer);
  g_autoptr (GError) error = NULL;
  STACK_OF (X509) *extra = sk_X509_new_null ();
  const SignetCertificateRecord *last;
  gint64 id;

  sk_X509_push (extra, former);
  sk_X509_push (extra, other);
  sk_X509_push (extra, peer->anchor);
  OSSL_CMP_CTX_set1_extraCertsOut (OSSL_CMP_SRV_CTX_get0_cmp_ctx (peer->cmp), extra);
  sk_X509_free (extra);
  id = worker_fixture_create_request (fixture, worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET),
                                      NULL);
  done = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  chain = signet_store_list_chain (signet_worker_get_store (fixture->worker), done->certificate_id, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (chain->len, ==, 2);
  last = chain->pdata[1];
  g_assert_true (g_bytes_equal (last->der, anchor));
}

/* ---- what is not valid about a certificate ---- */

typedef struct
{
  const char *path;
  gint64 from;                  /* of the signer's certificate, seconds from now */
  gint64 until;
  gboolean stranger;            /* it is by another authority of the same name */
  const char *text;
} Signer;

static const Signer signers[] = {
  { "expired", -2 * HOUR, -HOUR, FALSE, "certificate has expired" },
  { "not-valid-yet", HOUR, 2 * HOUR, FALSE, "certificate is not yet valid" },
  { "of-another-authority", -HOUR, HOUR, TRUE, "certificate signature failure" },
};

typedef struct
{
  SignetCmpCredentials *credentials;
  SignetCertificate *shown;
} Signing;

static gboolean
say_signed (WorkerPeer        *peer,
            SoupServerMessage *message,
            guint              post,
            gpointer           user_data)
{
  const Signing *signing = user_data;
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  const Remake remake = { .credentials = signing->credentials, .shown = signing->shown, .time = WORKER_FIXTURE_START };
  g_autoptr (GBytes) made = remake_message (answer, &remake);

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, g_bytes_get_data (made, NULL),
                                    g_bytes_get_size (made));

  return TRUE;
}

static void
test_signer (gconstpointer data)
{
  static const char *const relaxations[] = { "signed-answer-to-mac", NULL };
  const Signer *test = data;
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (EVP_PKEY) stranger = EVP_EC_gen ("P-256");
  g_autoptr (X509) x509 = make_ca ("Signer of answers", signet_key_get_pkey (key), peer->anchor, test->stranger ? stranger : peer->key,
                                   WORKER_FIXTURE_START + test->from, WORKER_FIXTURE_START + test->until);
  g_autoptr (SignetCertificate) certificate = signet_certificate_new_for_x509 (x509);
  g_autoptr (SignetCmpCredentials) credentials = NULL;
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (GError) error = NULL;
  Signing signing;
  gint64 id;

  credentials = signet_cmp_credentials_new_signature (key, certificate, NULL, &error);
  g_assert_no_error (error);
  signing = (Signing){ credentials, certificate };
  peer->hook = say_signed;
  peer->hook_data = &signing;
  g_variant_dict_insert (&dict, "relaxations", "^as", relaxations);
  id = worker_fixture_create_request (fixture,
                                      worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), WORKER_PEER_SECRET), NULL);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_UNKNOWN);
  g_assert_cmpstr (record->error_code, ==, "cmp.untrusted");
  g_test_message ("%s", record->error_text);
  g_assert_nonnull (strstr (record->error_text, "The signer of the answer is not trusted."));
  g_assert_nonnull (strstr (record->error_text, "Signer of answers"));
  g_assert_nonnull (strstr (record->error_text, test->text));
}

/* ---- waiting ---- */

/* While one request waits for days, another is made and ends, everything is answered, and nothing is asked before its time. */
static void
test_not_sleeping (void)
{
  g_autoptr (WorkerPeer) slow = worker_peer_new ();
  g_autoptr (WorkerPeer) quick = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) waiting = NULL;
  g_autoptr (SignetRequestRecord) other = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  gint64 slow_id;
  gint64 quick_id;

  slow->polls = 2;
  slow->check_after = 2 * 24 * HOUR;
  slow_id = worker_fixture_create_request (
      fixture, worker_fixture_add_authority (fixture, worker_peer_settings (slow), WORKER_PEER_SECRET), NULL);
  waiting = worker_fixture_wait (fixture, slow_id, SIGNET_REQUEST_WAITING);
  worker_fixture_settle (fixture);
  worker_fixture_advance (fixture, waiting->next_check - fixture->now);
  worker_fixture_settle (fixture);
  g_assert_cmpuint (slow->posts->len, ==, 2);
  quick_id = worker_fixture_create_request (
      fixture, worker_fixture_add_authority (fixture, worker_peer_settings (quick), WORKER_PEER_SECRET), NULL);
  other = worker_fixture_wait (fixture, quick_id, SIGNET_REQUEST_DONE);
  worker_fixture_settle (fixture);
  g_clear_pointer (&waiting, signet_request_record_free);
  waiting = worker_fixture_get_request (fixture, slow_id);
  g_assert_cmpint (waiting->state, ==, SIGNET_REQUEST_WAITING);
  g_assert_cmpint (waiting->next_check, >=, fixture->now + 2 * 24 * HOUR);
  g_assert_cmpuint (slow->posts->len, ==, 2);
  worker_fixture_advance (fixture, waiting->next_check - fixture->now);
  done = worker_fixture_wait (fixture, slow_id, SIGNET_REQUEST_DONE);
}

/* ---- whole-chain ---- */

/* A signed request brings its signer's certificate, and the root of it only to who wants that: RFC 9483 §3.3. */
static void
test_whole_chain (void)
{
  for (guint on = 0; on < 2; on++)
    {
      g_autoptr (WorkerPeer) peer = worker_peer_new ();
      g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
      g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
      g_autoptr (SignetRequestRecord) first = NULL;
      g_autoptr (SignetRequestRecord) further = NULL;
      g_autoptr (SignetCmpMessage) message = NULL;
      g_autoptr (GBytes) anchor = worker_peer_get_anchor (peer);
      GPtrArray *extra;
      gint64 authority;

      if (on == 1)
        g_variant_dict_insert (&dict, "whole-chain", "b", TRUE);
      authority = worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), WORKER_PEER_SECRET);
      first = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, NULL), SIGNET_REQUEST_DONE);
      worker_peer_use_signatures (peer);
      further = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, NULL), SIGNET_REQUEST_DONE);
      message = signet_cmp_message_parse (peer->posts->pdata[1], NULL);
      extra = signet_cmp_message_get_extra_certs (message);
      g_assert_cmpuint (extra->len, ==, 1 + on);
      if (on == 1)
        g_assert_true (g_bytes_equal (signet_certificate_get_der (extra->pdata[1]), anchor));
    }
}

int
main (int    argc,
      char **argv)
{
  g_setenv ("no_proxy", "*", TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/worker/complaints/chain-of-the-certificate-alone", test_chain);
  for (guint i = 0; i < G_N_ELEMENTS (signers); i++)
    {
      g_autofree char *path = g_strdup_printf ("/worker/complaints/what-is-not-valid/%s", signers[i].path);

      g_test_add_data_func (path, &signers[i], test_signer);
    }
  g_test_add_func ("/worker/complaints/nobody-sleeps-while-one-waits", test_not_sleeping);
  g_test_add_func ("/worker/complaints/whole-chain", test_whole_chain);

  return g_test_run ();
}
