/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cmp.h>
#include <openssl/err.h>

#include "cmp-corpus.h"
#include "cmp/cmp-info.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-signature.h"
#include "pki/pki-key.h"
#include "pki/pki-name.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_CMP_MSG, OSSL_CMP_MSG_free)

static OSSL_CMP_MSG *
decode (GBytes *der)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (der, &size);
  const guint8 *cursor = data;
  OSSL_CMP_MSG *message = d2i_OSSL_CMP_MSG (NULL, &cursor, (long) size);

  ERR_clear_error ();
  if (message != NULL && cursor == data + size)
    return message;
  OSSL_CMP_MSG_free (message);
  return NULL;
}

/* libcrypto decodes the message, finds that body in it, and encodes it to the same octets. */
static void
assert_same (SignetCmpMessage *message)
{
  GBytes *der = signet_cmp_message_get_der (message);
  g_autoptr (OSSL_CMP_MSG) other = decode (der);
  guint8 *again = NULL;
  int size;

  g_assert_nonnull (other);
  g_assert_cmpint (OSSL_CMP_MSG_get_bodytype (other), ==, signet_cmp_message_get_body_type (message));
  size = i2d_OSSL_CMP_MSG (other, &again);
  g_assert_cmpmem (again, (gsize) size, g_bytes_get_data (der, NULL), g_bytes_get_size (der));
  OPENSSL_free (again);
}

static GBytes *
octets (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

/* Takes @content, @algorithm. Everything that a header can hold, and protection and extraCerts. */
static SignetCmpMessage *
make (SignetCmpBodyType  type,
      GBytes            *content,
      GBytes            *algorithm)
{
  g_autoptr (GBytes) body = content;
  g_autoptr (GBytes) protection_alg = algorithm;
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, type, content);
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) sender = signet_name_parse ("CN=1234", &error);
  g_autoptr (X509_NAME) recipient = signet_name_parse ("O=Example,CN=Prüfstelle", &error);
  g_autoptr (GBytes) id = octets ("0123456789abcdef");
  g_autoptr (GBytes) bits = octets ("protection");
  g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func (g_object_unref);
  SignetCmpMessage *message;

  g_assert_no_error (error);
  signet_cmp_message_builder_set_sender (builder, sender);
  signet_cmp_message_builder_set_recipient (builder, recipient);
  signet_cmp_message_builder_set_time (builder, 1800000000);
  g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, protection_alg, &error));
  signet_cmp_message_builder_set_sender_kid (builder, id);
  signet_cmp_message_builder_set_transaction_id (builder, id);
  signet_cmp_message_builder_set_sender_nonce (builder, id);
  signet_cmp_message_builder_set_recip_nonce (builder, id);
  signet_cmp_message_builder_add_implicit_confirm (builder);
  signet_cmp_message_builder_add_confirm_wait_time (builder, 1800000300);
  signet_cmp_message_builder_add_cert_profile (builder, "mail");
  g_ptr_array_add (certificates, corpus_load_certificate ("openssl-testdata/Root_CA.crt"));
  g_ptr_array_add (certificates, corpus_load_certificate ("openssl-testdata/EndEntity1.crt"));
  message = signet_cmp_message_builder_finish (builder, bits, certificates, &error);
  g_assert_no_error (error);
  return message;
}

static GBytes *
mac_algorithm (SignetCmpMac mac)
{
  g_autoptr (GError) error = NULL;
  GBytes *algorithm = signet_cmp_mac_algorithm_new (mac, "SHA256", 10000, &error);

  g_assert_no_error (error);
  return algorithm;
}

static STACK_OF (X509_EXTENSION) *
make_extensions (void)
{
  STACK_OF (X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null ();

  sk_X509_EXTENSION_push (extensions, X509V3_EXT_nconf_nid (NULL, NULL, NID_subject_alt_name, "email:maria@example.com"));
  sk_X509_EXTENSION_push (extensions, X509V3_EXT_nconf_nid (NULL, NULL, NID_key_usage, "critical,digitalSignature"));
  return extensions;
}

static GBytes *
cert_req_body (const char *spec,
               const char *subject)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = signet_key_generate (spec, NULL, NULL, NULL, &error);
  g_autoptr (X509_NAME) name = signet_name_parse (subject, &error);
  STACK_OF (X509_EXTENSION) *extensions = make_extensions ();
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) algorithm = NULL;
  g_autoptr (GBytes) signature = NULL;
  GBytes *body;

  request = signet_cmp_cert_request_new (0, name, signet_key_get_public (key), extensions, &error);
  g_assert_no_error (error);
  algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), NULL, &error);
  signature = signet_cmp_signature_make (signet_key_get_pkey (key), algorithm, request, &error);
  g_assert_no_error (error);
  body = signet_cmp_body_cert_req (request, algorithm, signature, &error);
  g_assert_no_error (error);
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
  return body;
}

/* libcrypto's own check of the POP tells that the signature goes over what it must. */
static void
assert_pop (SignetCmpMessage *message)
{
  GBytes *content = signet_cmp_message_get_body_content (message);
  const guint8 *cursor = g_bytes_get_data (content, NULL);
  OSSL_CRMF_MSGS *requests = d2i_OSSL_CRMF_MSGS (NULL, &cursor, (long) g_bytes_get_size (content));

  g_assert_nonnull (requests);
  g_assert_cmpint (OSSL_CRMF_MSGS_verify_popo (requests, 0, 0, NULL, NULL), ==, 1);
  OSSL_CRMF_MSGS_free (requests);
}

static void
test_requests (gconstpointer data)
{
  const char *spec = data;
  g_autoptr (SignetCmpMessage) ir = make (SIGNET_CMP_BODY_IR, cert_req_body (spec, "CN=Maria Huber,O=Example"),
                                          mac_algorithm (SIGNET_CMP_MAC_PBMAC1));
  g_autoptr (SignetCmpMessage) cr = make (SIGNET_CMP_BODY_CR, cert_req_body (spec, ""),
                                          mac_algorithm (SIGNET_CMP_MAC_PASSWORD_BASED));

  assert_same (ir);
  assert_same (cr);
  assert_pop (ir);
  assert_pop (cr);
}

static void
test_confirmations (void)
{
  static const SignetCmpStatusInfo rejection = { SIGNET_CMP_STATUS_REJECTION, (char *) "not what I asked for", 1u << 7, -1 };
  g_autoptr (GBytes) hash = octets ("01234567890123456789012345678901");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) accepted = NULL;
  g_autoptr (SignetCmpMessage) rejected = NULL;
  g_autoptr (SignetCmpMessage) pkiconf = NULL;

  accepted = make (SIGNET_CMP_BODY_CERTCONF, signet_cmp_body_cert_conf (0, hash, NULL, NULL, &error),
                   mac_algorithm (SIGNET_CMP_MAC_PBMAC1));
  rejected = make (SIGNET_CMP_BODY_CERTCONF, signet_cmp_body_cert_conf (0, hash, NULL, &rejection, &error),
                   mac_algorithm (SIGNET_CMP_MAC_PBMAC1));
  pkiconf = make (SIGNET_CMP_BODY_PKICONF, signet_cmp_body_pkiconf (), mac_algorithm (SIGNET_CMP_MAC_PBMAC1));
  g_assert_no_error (error);
  assert_same (accepted);
  assert_same (rejected);
  assert_same (pkiconf);
}

/* One certificate taken and one refused in the same message. */
static void
test_several_confirmations (void)
{
  static const SignetCmpStatusInfo rejection = { SIGNET_CMP_STATUS_REJECTION, (char *) "not what I asked for", 1u << 7, -1 };
  g_autoptr (GBytes) hash = octets ("01234567890123456789012345678901");
  const SignetCmpConfirmation confirmations[] = { { 0, hash, NULL, NULL }, { 1, hash, NULL, &rejection } };
  const SignetCmpConfirmation unknown[] = { { 0, hash, NULL, NULL }, { 1, hash, "NOSUCHHASH", NULL } };
  const gint64 ids[] = { 0, 1, 2 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) confirm = make (SIGNET_CMP_BODY_CERTCONF,
                                               signet_cmp_body_cert_confs (confirmations, G_N_ELEMENTS (confirmations), &error),
                                               mac_algorithm (SIGNET_CMP_MAC_PBMAC1));
  g_autoptr (SignetCmpMessage) poll = make (SIGNET_CMP_BODY_POLLREQ, signet_cmp_body_poll_reqs (ids, G_N_ELEMENTS (ids)),
                                            mac_algorithm (SIGNET_CMP_MAC_PBMAC1));
  const SignetCertConfirmContent *content = signet_cmp_message_get_body (confirm);

  g_assert_no_error (error);
  assert_same (confirm);
  assert_same (poll);
  g_assert_cmpint (sk_SignetCertStatus_num (content), ==, 2);
  g_assert_null (sk_SignetCertStatus_value (content, 0)->status_info);
  g_assert_nonnull (sk_SignetCertStatus_value (content, 1)->status_info);
  g_assert_cmpint (sk_SignetPollReq_num (signet_cmp_message_get_body (poll)), ==, G_N_ELEMENTS (ids));

  g_assert_null (signet_cmp_body_cert_confs (unknown, G_N_ELEMENTS (unknown), &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
}

static void
test_challenge_response (void)
{
  g_autoptr (GPtrArray) integers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (integers, corpus_hex ("020d123456789abcdef01122334455"));
  g_ptr_array_add (integers, corpus_hex ("0201fb"));
  message = make (SIGNET_CMP_BODY_POPDECR, signet_cmp_body_popdecr (integers, &error), mac_algorithm (SIGNET_CMP_MAC_PBMAC1));
  g_assert_no_error (error);
  assert_same (message);
  corpus_assert_hex (signet_cmp_message_get_body_content (message), "3012020d123456789abcdef011223344550201fb");

  g_ptr_array_add (integers, corpus_hex ("0500"));
  g_assert_null (signet_cmp_body_popdecr (integers, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED);
}

/* RFC 9810 App. B: generalInfo of any message may bring the passphrase; here a certConf does. */
static void
test_passphrase_in_a_header (void)
{
  g_autoptr (GBytes) hash = octets ("01234567890123456789012345678901");
  g_autoptr (GBytes) passphrase = corpus_hex ("3003030100");              /* EncryptedValue with no octets in it */
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = signet_cmp_body_cert_conf (0, hash, NULL, NULL, &error);
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_CERTCONF, content);
  g_autoptr (SignetCmpMessage) message = NULL;
  const ASN1_TYPE *value;

  g_assert_true (signet_cmp_message_builder_add_info (builder, SIGNET_OID_IT "12", passphrase, &error));
  message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_same (message);
  value = signet_cmp_info_get (signet_cmp_message_get_header (message)->general_info, SIGNET_OID_IT "12");
  g_assert_cmpint (ASN1_TYPE_get (value), ==, V_ASN1_SEQUENCE);
}

static void
test_polls (void)
{
  g_autoptr (SignetCmpMessage) first = make (SIGNET_CMP_BODY_POLLREQ, signet_cmp_body_poll_req (0),
                                             mac_algorithm (SIGNET_CMP_MAC_PBMAC1));
  g_autoptr (SignetCmpMessage) whole = make (SIGNET_CMP_BODY_POLLREQ, signet_cmp_body_poll_req (-1),
                                             mac_algorithm (SIGNET_CMP_MAC_PBMAC1));

  assert_same (first);
  assert_same (whole);
}

/* What libcrypto takes and we do not would be somebody's message lost. */
static void
test_corpus (void)
{
  g_autoptr (GPtrArray) corpus = corpus_load ();
  gboolean is_3_0 = OPENSSL_version_major () == 3 && OPENSSL_version_minor () == 0;

  for (guint i = 0; i < corpus->len; i++)
    {
      const CorpusEntry *entry = g_ptr_array_index (corpus, i);
      g_autoptr (OSSL_CMP_MSG) theirs = decode (entry->octets);
      g_autoptr (SignetCmpMessage) ours = signet_cmp_message_parse (entry->octets, NULL);

      g_test_message ("%s", entry->path);
      if (theirs != NULL)
        g_assert_nonnull (ours);
      /* The manifest is of 3.0; a later one refuses certProfile where it is no SEQUENCE, and takes version 3. */
      if (is_3_0)
        g_assert_cmpstr (theirs != NULL ? "ok" : "no", ==, entry->libcrypto);
      if (theirs != NULL)
        g_assert_cmpint (OSSL_CMP_MSG_get_bodytype (theirs), ==, signet_cmp_message_get_body_type (ours));
    }
}

/* The named difference: BER, which libcrypto's templates take and the protocol does not allow. */
static void
test_ber (void)
{
  static const char *const forms[] = {
    "3080300b020102a4023000a4023000b30205000000",
    "308111300b020102a4023000a4023000b3020500",
  };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (GBytes) der = corpus_hex (forms[i]);
      g_autoptr (OSSL_CMP_MSG) theirs = decode (der);
      g_autoptr (SignetCmpMessage) ours = signet_cmp_message_parse (der, NULL);

      g_assert_nonnull (theirs);
      g_assert_null (ours);
    }
}

int
main (int    argc,
      char **argv)
{
  static const char *const specs[] = { "rsa:2048", "ec:P-256", "ec:P-521", "ed25519", "ed448" };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autofree char *spec = g_strdelimit (g_strdup (specs[i]), ":", '-');
      g_autofree char *path = g_strdup_printf ("/cmp/libcrypto/reads-our-requests/%s/R001,R002", spec);

      g_test_add_data_func (path, specs[i], test_requests);
    }
  g_test_add_func ("/cmp/libcrypto/several-confirmations-and-polls", test_several_confirmations);
  g_test_add_func ("/cmp/libcrypto/revocation-passphrase-in-a-header/R036", test_passphrase_in_a_header);
  g_test_add_func ("/cmp/libcrypto/challenge-response", test_challenge_response);
  g_test_add_func ("/cmp/libcrypto/reads-our-confirmations/R001,R002", test_confirmations);
  g_test_add_func ("/cmp/libcrypto/reads-our-polls/R001,R002", test_polls);
  g_test_add_func ("/cmp/libcrypto/takes-no-message-that-we-refuse", test_corpus);
  g_test_add_func ("/cmp/libcrypto/takes-ber-and-we-do-not", test_ber);

  return g_test_run ();
}
