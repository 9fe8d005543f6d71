/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-transaction.h"
#include "demo/demo-ca.h"
#include "pki/pki-name.h"

/*
 * An authority that knows the secret and lies: each row of the table is one lie, what becomes of the transaction, and the exact
 * words. "Refused" leaves the transaction as it was, so that the true answer is taken afterwards.
 */

#define REFERENCE "4711"
#define SECRET "a secret of some length"

typedef enum
{
  LIE_NONE,
  LIE_OTHER_TRANSACTION,
  LIE_NO_TRANSACTION,
  LIE_OTHER_RECIP_NONCE,
  LIE_NO_RECIP_NONCE,
  LIE_SHORT_NONCE,
  LIE_UNPROTECTED,
  LIE_OTHER_SECRET,
  LIE_OTHER_KID,
  LIE_SIGNED,
  LIE_PVNO_1,
  LIE_PVNO_4,
  LIE_KUP,
  LIE_PKICONF,
  LIE_POLL_REP,
  LIE_OTHER_REQUEST,
  LIE_TWO_RESPONSES,
  LIE_NO_CERTIFICATE,
  LIE_FAIL_INFO,
  LIE_REJECTED_WITH_CERTIFICATE,
  LIE_OTHER_KEY,
  LIE_OTHER_CA,
  LIE_ODD_STATUS,
} Lie;

typedef enum
{
  REFUSED,                      /* receive () says no, nothing has changed */
  FAILED,                       /* over at once */
  REJECTS,                      /* certConf with "rejection" follows */
  TAKEN,
} Outcome;

typedef struct
{
  const char *path;
  Lie lie;
  Outcome outcome;
  SignetCmpError code;
  const char *words;
} Case;

static const Case cases[] = {
  { "/cmp/hostile/truth-is-taken", LIE_NONE, TAKEN, 0, NULL },
  { "/cmp/hostile/other-transaction/R022", LIE_OTHER_TRANSACTION, REFUSED, SIGNET_CMP_ERROR_TRANSACTION_ID,
    "The answer belongs to another transaction than this request." },
  { "/cmp/hostile/no-transaction/R122", LIE_NO_TRANSACTION, REFUSED, SIGNET_CMP_ERROR_MALFORMED,
    "The answer has no transaction ID." },
  { "/cmp/hostile/other-nonce/R123", LIE_OTHER_RECIP_NONCE, REFUSED, SIGNET_CMP_ERROR_NONCE,
    "The answer is for another message than the one sent last: its recipNonce is not our senderNonce. It may be an old one." },
  { "/cmp/hostile/no-nonce/R123", LIE_NO_RECIP_NONCE, REFUSED, SIGNET_CMP_ERROR_NONCE,
    "The answer does not say which message it answers (no recipNonce)." },
  { "/cmp/hostile/short-nonce/R122", LIE_SHORT_NONCE, REFUSED, SIGNET_CMP_ERROR_NONCE,
    "The answer's senderNonce has 8 octets; at least 16 are needed." },
  { "/cmp/hostile/unprotected/R055", LIE_UNPROTECTED, REFUSED, SIGNET_CMP_ERROR_UNPROTECTED,
    "The answer (ip) is not protected, so anybody could have made it." },
  { "/cmp/hostile/other-secret/R057", LIE_OTHER_SECRET, REFUSED, SIGNET_CMP_ERROR_BAD_PROTECTION, NULL },
  { "/cmp/hostile/other-key-identifier/R059", LIE_OTHER_KID, REFUSED, SIGNET_CMP_ERROR_BAD_PROTECTION,
    "The answer names another secret (senderKID) than the reference “4711”." },
  { "/cmp/hostile/signed-though-a-mac-was-agreed/R053", LIE_SIGNED, REFUSED, SIGNET_CMP_ERROR_WRONG_PROTECTION,
    "The answer is signed, though the request was protected by a shared secret. If this authority does so, allow it by the "
    "setting signed-answer-to-mac." },
  { "/cmp/hostile/version-1/R043", LIE_PVNO_1, REFUSED, SIGNET_CMP_ERROR_VERSION,
    "The answer speaks version 1 of CMP; only 2 and 3 are understood." },
  { "/cmp/hostile/version-4/R043", LIE_PVNO_4, REFUSED, SIGNET_CMP_ERROR_VERSION,
    "The answer speaks version 4 of CMP; only 2 and 3 are understood." },
  { "/cmp/hostile/kup-for-ip/R003,R127", LIE_KUP, FAILED, SIGNET_CMP_ERROR_WRONG_BODY,
    "The authority answered with a message of the kind kup where ip was expected." },
  { "/cmp/hostile/pkiconf-for-ip/R003,R127", LIE_PKICONF, FAILED, SIGNET_CMP_ERROR_WRONG_BODY,
    "The authority answered with a message of the kind pkiconf where ip was expected." },
  { "/cmp/hostile/pollrep-without-polling/R003,R127", LIE_POLL_REP, FAILED, SIGNET_CMP_ERROR_WRONG_BODY,
    "The authority answered with a message of the kind pollRep where ip was expected." },
  { "/cmp/hostile/other-request/R154", LIE_OTHER_REQUEST, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority answered request 7, sent was 0." },
  { "/cmp/hostile/two-responses/R154", LIE_TWO_RESPONSES, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority answered one request with 2 responses." },
  { "/cmp/hostile/granted-without-certificate/R155", LIE_NO_CERTIFICATE, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority granted the request, but sent no certificate." },
  { "/cmp/hostile/granted-with-a-reason-to-refuse/R134,R155", LIE_FAIL_INFO, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority sent a certificate and a reason for refusing it at once." },
  { "/cmp/hostile/refused-with-certificate/R155", LIE_REJECTED_WITH_CERTIFICATE, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority refused the request and sent a certificate at once." },
  { "/cmp/hostile/status-of-another-kind/R133", LIE_ODD_STATUS, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority answered a request with the status “revocationNotification”, which does not fit." },
  { "/cmp/hostile/another-key/R126,R153", LIE_OTHER_KEY, REJECTS, SIGNET_CMP_ERROR_CERTIFICATE,
    "The certificate for “CN=Maria Huber” holds another key than the one requested and was refused." },
  { "/cmp/hostile/another-authority/R126,R158", LIE_OTHER_CA, REJECTS, SIGNET_CMP_ERROR_CERTIFICATE, NULL },
};

typedef struct
{
  SignetDemoCa *ca;
  SignetDemoCa *stranger;
  SignetKey *key;
  SignetCmpAuthority *authority;
  SignetCmpCredentials *credentials;
  SignetCmpTransaction *transaction;
  SignetCmpMessage *request;
  gint64 now;
} World;

static SignetDemoCa *
make_ca (void)
{
  g_autofree char *folder = g_dir_make_tmp ("signet-hostile-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);
  g_autoptr (GError) error = NULL;
  SignetDemoCa *ca = signet_demo_ca_open (folder, &error);

  g_assert_no_error (error);
  g_assert_cmpint (system (command), ==, 0);

  return ca;
}

static SignetCmpCredentials *
make_credentials (const char *text)
{
  g_autoptr (SignetSecret) secret = signet_secret_new (text, strlen (text));

  return signet_cmp_credentials_new_mac (REFERENCE, secret);
}

static void
world_init (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetCertificate) anchor = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GBytes) out = NULL;

  world->now = g_get_real_time () / G_USEC_PER_SEC;
  world->ca = make_ca ();
  world->stranger = make_ca ();
  world->key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  world->authority = signet_cmp_authority_new ();
  anchor = signet_certificate_new_for_x509 (world->ca->root);
  signet_cmp_authority_add_anchor (world->authority, anchor);
  world->credentials = make_credentials (SECRET);
  operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, world->key, subject);
  world->transaction = signet_cmp_transaction_new (operation, world->authority, world->credentials, &error);
  g_assert_no_error (error);
  out = signet_cmp_transaction_next (world->transaction, world->now, &error);
  world->request = signet_cmp_message_parse (out, &error);
  g_assert_no_error (error);
}

static void
world_clear (World *world)
{
  g_clear_object (&world->transaction);
  g_clear_object (&world->request);
  g_clear_object (&world->credentials);
  g_clear_object (&world->authority);
  g_clear_object (&world->key);
  signet_demo_ca_free (world->ca);
  signet_demo_ca_free (world->stranger);
}

static X509 *
issue (SignetDemoCa *ca,
       SignetKey    *key)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  X509 *x509 = X509_new ();

  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 4711);
  X509_gmtime_adj (X509_getm_notBefore (x509), -60);
  X509_gmtime_adj (X509_getm_notAfter (x509), 3600);
  X509_set_subject_name (x509, subject);
  X509_set_issuer_name (x509, X509_get_subject_name (ca->issuer));
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  g_assert_cmpint (X509_sign (x509, ca->issuer_key, EVP_sha256 ()), >, 0);

  return x509;
}

static SignetCertResponse *
make_response (World *world,
               Lie    lie)
{
  SignetCertResponse *response = SignetCertResponse_new ();
  gboolean rejection = lie == LIE_REJECTED_WITH_CERTIFICATE;
  g_autoptr (SignetKey) other = lie == LIE_OTHER_KEY ? signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL) : NULL;
  g_autoptr (X509) x509 = NULL;
  unsigned char *der = NULL;
  const unsigned char *at;
  int length;

  ASN1_INTEGER_set (response->cert_req_id, lie == LIE_OTHER_REQUEST ? 7 : 0);
  ASN1_INTEGER_set (response->status->status, rejection ? 2 : lie == LIE_ODD_STATUS ? 5 : 0);
  if (lie == LIE_FAIL_INFO)
    {
      response->status->fail_info = ASN1_BIT_STRING_new ();
      ASN1_BIT_STRING_set_bit (response->status->fail_info, 9, 1);
    }
  if (lie == LIE_NO_CERTIFICATE)
    return response;
  x509 = issue (lie == LIE_OTHER_CA ? world->stranger : world->ca, other != NULL ? other : world->key);
  length = i2d_X509 (x509, &der);
  at = der;
  response->certified_key_pair = SignetCertifiedKeyPair_new ();
  response->certified_key_pair->cert_or_enc_cert->type = 0;
  response->certified_key_pair->cert_or_enc_cert->value.certificate = d2i_ASN1_TYPE (NULL, &at, length);
  OPENSSL_free (der);

  return response;
}

static GBytes *
make_content (World             *world,
              Lie                lie,
              SignetCmpBodyType *type)
{
  SignetCertRepMessage *rep;
  SignetPollRepContent *poll;
  GBytes *content;

  if (lie == LIE_PKICONF)
    {
      *type = SIGNET_CMP_BODY_PKICONF;
      return signet_cmp_body_pkiconf ();
    }
  if (lie == LIE_POLL_REP)
    {
      SignetPollRep *one = SignetPollRep_new ();

      *type = SIGNET_CMP_BODY_POLLREP;
      ASN1_INTEGER_set (one->check_after, 1);
      poll = sk_SignetPollRep_new_null ();
      sk_SignetPollRep_push (poll, one);
      content = signet_asn1_encode (poll, ASN1_ITEM_rptr (SignetPollRepContent));
      sk_SignetPollRep_pop_free (poll, SignetPollRep_free);
      return content;
    }
  *type = lie == LIE_KUP ? SIGNET_CMP_BODY_KUP : SIGNET_CMP_BODY_IP;
  rep = SignetCertRepMessage_new ();
  if (rep->response == NULL)
    rep->response = sk_SignetCertResponse_new_null ();
  sk_SignetCertResponse_push (rep->response, make_response (world, lie));
  if (lie == LIE_TWO_RESPONSES)
    sk_SignetCertResponse_push (rep->response, make_response (world, lie));
  content = signet_asn1_encode (rep, ASN1_ITEM_rptr (SignetCertRepMessage));
  SignetCertRepMessage_free (rep);

  return content;
}

static SignetCmpProtector *
make_protector (World *world,
                Lie    lie)
{
  g_autoptr (SignetCmpCredentials) credentials = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpProtector *protector;

  if (lie == LIE_SIGNED)
    {
      g_autoptr (SignetKey) key = signet_key_new_for_pkey (world->ca->issuer_key);
      g_autoptr (SignetCertificate) certificate = signet_certificate_new_for_x509 (world->ca->issuer);

      credentials = signet_cmp_credentials_new_signature (key, certificate, NULL, &error);
    }
  else
    credentials = make_credentials (lie == LIE_OTHER_SECRET ? "another secret" : SECRET);
  g_assert_no_error (error);
  protector = signet_cmp_protector_new (credentials, world->authority, &error);
  g_assert_no_error (error);

  return protector;
}

static GBytes *
nonce_of (gsize size)
{
  return g_bytes_new_take (g_strnfill (size, 'n'), size);
}

static GBytes *
make_answer (World *world,
             Lie    lie)
{
  g_autoptr (GError) error = NULL;
  SignetCmpBodyType type;
  g_autoptr (GBytes) content = make_content (world, lie, &type);
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  g_autoptr (SignetCmpProtector) protector = make_protector (world, lie);
  g_autoptr (GBytes) nonce = nonce_of (lie == LIE_SHORT_NONCE ? 8 : 16);
  g_autoptr (GBytes) other = nonce_of (16);
  g_autoptr (GBytes) kid = g_bytes_new_static (lie == LIE_OTHER_KID ? "4712" : REFERENCE, 4);
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) bits = NULL;
  g_autoptr (GPtrArray) extra = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (SignetCmpMessage) message = NULL;

  builder = signet_cmp_message_builder_new (lie == LIE_PVNO_1 ? 1 : lie == LIE_PVNO_4 ? 4 : 2, type, content);
  if (lie != LIE_UNPROTECTED)
    g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (protector), &error));
  if (lie != LIE_SIGNED)
    signet_cmp_message_builder_set_sender_kid (builder, kid);
  if (lie != LIE_NO_TRANSACTION)
    signet_cmp_message_builder_set_transaction_id (
        builder, lie == LIE_OTHER_TRANSACTION ? other : signet_cmp_message_get_transaction_id (world->request));
  signet_cmp_message_builder_set_sender_nonce (builder, nonce);
  if (lie != LIE_NO_RECIP_NONCE)
    signet_cmp_message_builder_set_recip_nonce (
        builder, lie == LIE_OTHER_RECIP_NONCE ? other : signet_cmp_message_get_sender_nonce (world->request));
  part = signet_cmp_message_builder_get_protected_part (builder, &error);
  g_assert_no_error (error);
  if (lie != LIE_UNPROTECTED)
    bits = signet_cmp_protector_protect (protector, part, &error);
  g_assert_no_error (error);
  g_ptr_array_add (extra, signet_certificate_new_for_x509 (world->ca->issuer));
  g_ptr_array_add (extra, signet_certificate_new_for_x509 (world->stranger->issuer));
  message = signet_cmp_message_builder_finish (builder, bits, extra, &error);
  g_assert_no_error (error);

  return g_bytes_ref (signet_cmp_message_get_der (message));
}

static void
assert_unchanged (World  *world,
                  GBytes *before)
{
  g_autoptr (GBytes) after = NULL;
  g_autoptr (SignetSecret) sealed = NULL;
  g_autoptr (GBytes) truth = make_answer (world, LIE_NONE);
  g_autoptr (GError) error = NULL;
  SignetCmpStep step;

  g_assert_true (signet_cmp_transaction_save (world->transaction, &after, &sealed, NULL));
  g_assert_true (g_bytes_equal (before, after));
  g_assert_true (signet_cmp_transaction_receive (world->transaction, truth, world->now, &step, &error));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  World world = { 0 };
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (SignetSecret) sealed = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;
  gboolean taken;

  world_init (&world);
  answer = make_answer (&world, test->lie);
  g_assert_true (signet_cmp_transaction_save (world.transaction, &before, &sealed, NULL));
  taken = signet_cmp_transaction_receive (world.transaction, answer, world.now, &step, &error);
  g_assert_cmpint (taken, ==, test->outcome != REFUSED);
  if (test->outcome == REFUSED)
    {
      g_assert_error (error, SIGNET_CMP_ERROR, (int) test->code);
      if (test->words != NULL)
        g_assert_cmpstr (error->message, ==, test->words);
      assert_unchanged (&world, before);
    }
  else if (test->outcome == FAILED)
    {
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
      g_assert_error (signet_cmp_transaction_get_failure (world.transaction), SIGNET_CMP_ERROR, (int) test->code);
      g_assert_cmpstr (signet_cmp_transaction_get_failure (world.transaction)->message, ==, test->words);
    }
  else
    {
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
      g_assert_cmpint (signet_cmp_transaction_get_pending_body (world.transaction), ==, SIGNET_CMP_BODY_CERTCONF);
    }
  if (test->outcome == REJECTS)
    {
      g_autoptr (GBytes) certconf = signet_cmp_transaction_next (world.transaction, world.now, &error);
      g_autoptr (GBytes) pkiconf = NULL;

      g_assert_no_error (error);
      g_clear_object (&world.request);
      world.request = signet_cmp_message_parse (certconf, NULL);
      pkiconf = make_answer (&world, LIE_PKICONF);
      g_assert_true (signet_cmp_transaction_receive (world.transaction, pkiconf, world.now, &step, &error));
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
      g_assert_error (signet_cmp_transaction_get_failure (world.transaction), SIGNET_CMP_ERROR, (int) test->code);
      if (test->words != NULL)
        g_assert_cmpstr (signet_cmp_transaction_get_failure (world.transaction)->message, ==, test->words);
    }
  world_clear (&world);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i], test_case);

  return g_test_run ();
}
