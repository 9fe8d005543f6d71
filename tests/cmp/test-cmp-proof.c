/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cmp.h>
#include <openssl/crmf.h>
#include <openssl/ec.h>
#include <string.h>

#include "cmp/cmp-envelope-kit.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-peer.h"
#include "cmp/cmp-signature.h"
#include "pki/pki-name.h"

/*
 * Proof of possession of each kind (RFC 9810 §5.2.8). What comes encrypted is encrypted by libcrypto's CMS, for a certificate that has
 * nothing in common with the request but the key.
 */

static SignetCmpOperation *
make_operation (SignetKey     *key,
                const char    *subject,
                SignetCmpPopo  popo)
{
  g_autoptr (X509_NAME) name = subject != NULL ? signet_name_parse (subject, NULL) : NULL;
  g_autoptr (SignetCmpItem) item = signet_cmp_item_new (key, name);
  SignetCmpOperation *operation = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_IR);

  signet_cmp_item_set_popo (item, popo);
  signet_cmp_operation_add_item (operation, item);

  return operation;
}

static const SignetCertReqMsg *
get_request (Peer *peer)
{
  return sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) signet_cmp_message_get_body (peer->request), 0);
}

static SignetCmpStep
receive (Peer              *peer,
         SignetCmpBodyType  type,
         GBytes            *content)
{
  SignetCmpStep step = peer_receive (peer, type, content, NULL, NULL);

  g_bytes_unref (content);

  return step;
}

/* ---- signature ---- */

static void
assert_libcrypto_verifies (Peer *peer)
{
  GBytes *content = signet_cmp_message_get_body_content (peer->request);
  const unsigned char *at = g_bytes_get_data (content, NULL);
  OSSL_CRMF_MSGS *requests = d2i_OSSL_CRMF_MSGS (NULL, &at, (long) g_bytes_get_size (content));

  g_assert_nonnull (requests);
  g_assert_cmpint (OSSL_CRMF_MSGS_verify_popo (requests, 0, 0, NULL, NULL), ==, 1);
  sk_OSSL_CRMF_MSG_pop_free (requests, OSSL_CRMF_MSG_free);
}

/* A key that can sign proves itself by that, whatever it is to be used for. */
static void
test_signature (void)
{
  static const char *const specs[] = { "rsa:2048", "ec:P-384", "ed25519", "ed448" };
  Peer peer = { 0 };

  peer_init (&peer);
  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autoptr (SignetCmpOperation) operation
          = make_operation (peer_new_key (&peer, specs[i]), "CN=Maria Huber", SIGNET_CMP_POPO_DEFAULT);
      const SignetProofOfPossession *popo;

      g_assert_true (signet_cmp_operation_add_key_usage (operation, "keyEncipherment", NULL));
      peer_begin_operation (&peer, operation);
      popo = get_request (&peer)->popo;
      g_assert_cmpint (popo->type, ==, SIGNET_POPO_SIGNATURE);
      g_assert_null (popo->value.signature->poposk_input);
      assert_libcrypto_verifies (&peer);
    }
  peer_clear (&peer);
}

/* The signature over DER POPOSigningKeyInput, checked by libcrypto. */
static void
assert_signs_input (Peer      *peer,
                    SignetKey *key)
{
  const SignetPopoSigningKey *signing = get_request (peer)->popo->value.signature;
  g_autoptr (GBytes) input = signet_asn1_encode (signing->poposk_input, ASN1_ITEM_rptr (SignetPopoSigningKeyInput));
  g_autoptr (GBytes) named = signet_asn1_encode (signing->poposk_input->public_key, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();

  g_assert_true (g_bytes_equal (named, signet_key_get_public (key)));
  g_assert_cmpint (EVP_DigestVerifyInit (context, NULL, EVP_sha256 (), NULL, signet_key_get_pkey (key)), ==, 1);
  g_assert_cmpint (EVP_DigestVerify (context, signing->signature->data, (size_t) signing->signature->length,
                                     g_bytes_get_data (input, NULL), g_bytes_get_size (input)), ==, 1);
}

/* Without a subject the proof says who asks: the sender, if there is a certificate. */
static void
test_input_with_sender (void)
{
  Peer peer = { 0 };
  SignetCertificate *own;
  SignetKey *key;
  g_autoptr (SignetCmpOperation) operation = NULL;
  const SignetPopoAuthInfo *info;

  peer_init (&peer);
  own = peer_use_signature (&peer);
  key = peer_new_key (&peer, "ec:P-256");
  operation = make_operation (key, NULL, SIGNET_CMP_POPO_DEFAULT);
  peer_begin_operation (&peer, operation);
  g_assert_null (get_request (&peer)->cert_req->cert_template->subject);
  info = get_request (&peer)->popo->value.signature->poposk_input->auth_info;
  g_assert_cmpint (info->type, ==, 0);
  g_assert_cmpint (X509_NAME_cmp (info->value.sender->d.directoryName,
                                  X509_get_subject_name (signet_certificate_get_x509 (own))), ==, 0);
  assert_signs_input (&peer, key);
  peer_clear (&peer);
}

/* Else publicKeyMAC, which libcrypto computes again from the parameters. */
static void
test_input_with_mac (void)
{
  Peer peer = { 0 };
  SignetKey *key;
  g_autoptr (SignetCmpOperation) operation = NULL;
  const SignetPopoAuthInfo *info;
  OSSL_CRMF_PBMPARAMETER *parameters;
  const unsigned char *at;
  GBytes *public_key;
  unsigned char *mac = NULL;
  size_t size = 0;

  peer_init (&peer);
  key = peer_new_key (&peer, "ec:P-256");
  operation = make_operation (key, NULL, SIGNET_CMP_POPO_DEFAULT);
  peer_begin_operation (&peer, operation);
  info = get_request (&peer)->popo->value.signature->poposk_input->auth_info;
  g_assert_cmpint (info->type, ==, 1);
  g_assert_cmpint (OBJ_obj2nid (info->value.public_key_mac->alg_id->algorithm), ==, NID_id_PasswordBasedMAC);
  at = info->value.public_key_mac->alg_id->parameter->value.sequence->data;
  parameters = d2i_OSSL_CRMF_PBMPARAMETER (NULL, &at, info->value.public_key_mac->alg_id->parameter->value.sequence->length);
  g_assert_nonnull (parameters);
  public_key = signet_key_get_public (key);
  g_assert_cmpint (OSSL_CRMF_pbm_new (NULL, NULL, parameters, g_bytes_get_data (public_key, NULL), g_bytes_get_size (public_key),
                                      (const unsigned char *) PEER_SECRET, strlen (PEER_SECRET), &mac, &size), ==, 1);
  g_assert_cmpmem (mac, size, info->value.public_key_mac->value->data, info->value.public_key_mac->value->length);
  OPENSSL_free (mac);
  OSSL_CRMF_PBMPARAMETER_free (parameters);
  assert_signs_input (&peer, key);
  peer_clear (&peer);
}

/* ---- raVerified ---- */

static void
test_ra_verified (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;

  peer_init (&peer);
  operation = make_operation (peer.key, "CN=Maria Huber", SIGNET_CMP_POPO_RA_VERIFIED);
  peer_cannot_send (&peer, operation, SIGNET_CMP_ERROR_UNSUPPORTED, "ra-verified");
  signet_cmp_authority_set_relaxations (peer.authority, SIGNET_CMP_RELAX_RA_VERIFIED);
  peer_begin_operation (&peer, operation);
  g_assert_cmpint (get_request (&peer)->popo->type, ==, SIGNET_POPO_RA_VERIFIED);
  peer_clear (&peer);
}

/* ---- keys that do not sign ---- */

typedef struct {
  const char *spec;
  SignetCmpPopo popo;
  int type;                     /* of ProofOfPossession */
  long subsequent;
} Subsequent;

static void
test_subsequent (gconstpointer data)
{
  const Subsequent *row = data;
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  const SignetProofOfPossession *popo;

  if (!signet_key_spec_check (row->spec, NULL))
    {
      g_test_skip ("this libcrypto has no such keys");
      return;
    }
  peer_init (&peer);
  operation = make_operation (peer_new_key (&peer, row->spec), "CN=Maria Huber", row->popo);
  peer_begin_operation (&peer, operation);
  popo = get_request (&peer)->popo;
  g_assert_cmpint (popo->type, ==, row->type);
  g_assert_cmpint (popo->value.key_encipherment->type, ==, 1);
  g_assert_cmpint (ASN1_INTEGER_get (popo->value.key_encipherment->value.subsequent_message), ==, row->subsequent);
  /* The certHash is the proof, so there must be a certConf. */
  g_assert_cmpint (signet_cmp_message_get_implicit_confirm (peer.request), ==, row->subsequent != 0);
  g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 3);
  peer_clear (&peer);
}

static void
test_impossible (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) sign_only = NULL;
  g_autoptr (SignetCmpOperation) elsewhere = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_IR);
  g_autoptr (SignetCmpItem) item = NULL;
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=Maria Huber", NULL);

  peer_init (&peer);
  sign_only = make_operation (peer_new_key (&peer, "ed25519"), "CN=Maria Huber", SIGNET_CMP_POPO_CHALLENGE);
  peer_cannot_send (&peer, sign_only, SIGNET_CMP_ERROR_UNSUPPORTED, "ed25519");
  item = signet_cmp_item_new (NULL, name);
  g_assert_true (signet_cmp_item_set_public_key (item, signet_key_get_public (peer.key), NULL));
  signet_cmp_operation_add_item (elsewhere, item);
  peer_cannot_send (&peer, elsewhere, SIGNET_CMP_ERROR_UNSUPPORTED, "not at hand");
  peer_clear (&peer);
}

/* ---- encrypted certificate ---- */

static const PartyUsage any_usage = { .key_usage = NULL };

/* libcrypto's default is SHA-1. */
static void
tune_agreement (EVP_PKEY_CTX *context,
                gconstpointer data)
{
  if (EVP_PKEY_is_a (EVP_PKEY_CTX_get0_pkey (context), "EC"))
    g_assert_cmpint (EVP_PKEY_CTX_set_ecdh_kdf_md (context, EVP_sha256 ()), ==, 1);
}

static GBytes *
encrypted_key (SignetSecret *content,
               SignetKey    *key)
{
  g_autoptr (Party) party = party_new_for_key (key, "Somebody else", NULL, any_usage);
  g_autoptr (GBytes) enveloped
      = kit_encrypt_octets (content, SIGNET_CMS_DATA, party, EVP_aes_128_cbc (), 0, tune_agreement, NULL);

  return signet_cmp_envelope_tag (enveloped, 0);
}

static GBytes *
encrypted_rep (SignetSecret *content,
               SignetKey    *key)
{
  SignetCertResponse *response = peer_response_for (0, 0, NULL);
  g_autoptr (GBytes) encrypted = encrypted_key (content, key);
  SignetCertifiedKeyPair *pair = SignetCertifiedKeyPair_new ();

  pair->cert_or_enc_cert->type = 1;
  pair->cert_or_enc_cert->value.encrypted_cert = signet_asn1_any_new (encrypted);
  response->certified_key_pair = pair;

  return peer_cert_rep (response, NULL);
}

static SignetSecret *
certificate_secret (Peer      *peer,
                    SignetKey *key)
{
  g_autoptr (X509) x509 = peer_issue (peer->ca, key);
  g_autoptr (GBytes) der = signet_asn1_encode (x509, ASN1_ITEM_rptr (X509));

  return signet_secret_new (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
}

static void
grant_implicitly (PeerAnswer *answer,
                  gpointer    data)
{
  SignetTypeAndValue *info = SignetTypeAndValue_new ();

  ASN1_INTEGER_set (answer->header->pvno, 3);
  ASN1_OBJECT_free (info->type);
  info->type = OBJ_txt2obj ("1.3.6.1.5.5.7.4.13", 1);
  info->value = ASN1_TYPE_new ();
  ASN1_TYPE_set (info->value, V_ASN1_NULL, NULL);
  answer->header->general_info = sk_SignetTypeAndValue_new_null ();
  sk_SignetTypeAndValue_push (answer->header->general_info, info);
}

/* @data: the key's spec. Confirmed although the authority says that it need not be. */
static void
test_encrypted_certificate (gconstpointer data)
{
  Peer peer = { 0 };
  SignetKey *key;
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (SignetSecret) secret = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) hash = NULL;
  const SignetCertStatus *status;
  guint8 digest[32];
  gsize size;
  const guint8 *der;

  peer_init (&peer);
  key = peer_new_key (&peer, data);
  operation = make_operation (key, "CN=Maria Huber", SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE);
  peer_begin_operation (&peer, operation);
  secret = certificate_secret (&peer, key);
  content = encrypted_rep (secret, key);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, grant_implicitly, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_CERTCONF);
  status = sk_SignetCertStatus_value ((const SignetCertConfirmContent *) signet_cmp_message_get_body (peer.request), 0);
  der = signet_secret_get_data (secret, &size);
  g_assert_cmpint (EVP_Digest (der, size, digest, NULL, EVP_sha256 (), NULL), ==, 1);
  g_assert_cmpmem (status->cert_hash->data, status->cert_hash->length, digest, sizeof digest);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_PKICONF, signet_cmp_body_pkiconf ()), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpstr (signet_certificate_get_key_id (signet_cmp_transaction_get_certificate (peer.transaction)), ==,
                   signet_key_get_id (key));
  peer_clear (&peer);
}

/* Whatever else was encrypted: nothing is sent, and the words are the same. */
static void
test_no_oracle (void)
{
  Peer peer = { 0 };
  SignetKey *key;
  g_autoptr (SignetKey) other = signet_key_generate ("rsa:2048", NULL, NULL, NULL, NULL);
  g_autoptr (SignetSecret) arbitrary = kit_secret (KIT_TEXT);
  g_autofree char *words = NULL;

  peer_init (&peer);
  key = peer_new_key (&peer, "rsa:2048");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (SignetCmpOperation) operation = make_operation (key, "CN=Maria Huber", SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE);
      g_autoptr (SignetSecret) good = certificate_secret (&peer, i == 1 ? other : key);
      const GError *failure;

      peer_begin_operation (&peer, operation);
      /* Any octets; another key's certificate; encrypted for another key. */
      g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP, encrypted_rep (i == 0 ? arbitrary : good, i == 2 ? other : key)), ==,
                       SIGNET_CMP_STEP_FAILED);
      g_assert_null (signet_cmp_transaction_next (peer.transaction, peer.now, NULL));
      failure = signet_cmp_transaction_get_failure (peer.transaction);
      g_assert_error (failure, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
      if (words == NULL)
        words = g_strdup (failure->message);
      g_assert_cmpstr (failure->message, ==, words);
    }
  peer_clear (&peer);
}

/* One that was not asked for is not even looked at. */
static void
test_encrypted_unasked (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetSecret) secret = NULL;

  peer_init (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  secret = certificate_secret (&peer, peer.key);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP, encrypted_rep (secret, peer.key)), ==, SIGNET_CMP_STEP_FAILED);
  peer_clear (&peer);
}

/* ---- challenge ---- */

/* A challenge for @key with @number inside, made by libcrypto but for the templates of the CMP types. */
static SignetChallenge *
make_challenge (SignetKey *key,
                long       number,
                gboolean   lie)
{
  SignetChallenge *challenge = SignetChallenge_new ();
  g_autoptr (SignetRand) rand = SignetRand_new ();
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (GBytes) integer = NULL;
  g_autoptr (GBytes) encrypted = NULL;
  g_autoptr (SignetSecret) secret = NULL;
  guint8 digest[32];

  ASN1_INTEGER_set (rand->integer, number);
  GENERAL_NAME_free (rand->sender);
  rand->sender = GENERAL_NAME_new ();
  GENERAL_NAME_set0_value (rand->sender, GEN_DIRNAME, X509_NAME_new ());
  plain = signet_asn1_encode (rand, ASN1_ITEM_rptr (SignetRand));
  ASN1_INTEGER_set (rand->integer, lie ? number + 1 : number);
  integer = signet_asn1_encode (rand->integer, ASN1_ITEM_rptr (ASN1_INTEGER));
  g_assert_cmpint (EVP_Digest (g_bytes_get_data (integer, NULL), g_bytes_get_size (integer), digest, NULL, EVP_sha256 (), NULL),
                   ==, 1);
  secret = signet_secret_new (g_bytes_get_data (plain, NULL), g_bytes_get_size (plain));
  encrypted = encrypted_key (secret, key);
  challenge->owf = X509_ALGOR_new ();
  X509_ALGOR_set0 (challenge->owf, OBJ_nid2obj (NID_sha256), V_ASN1_UNDEF, NULL);
  ASN1_OCTET_STRING_set (challenge->witness, digest, sizeof digest);
  challenge->encrypted_rand = signet_asn1_any_new (encrypted);

  return challenge;
}

static GBytes *
make_challenges (SignetChallenge *first,
                 SignetChallenge *second)
{
  SignetPopoDecKeyChallContent *content = sk_SignetChallenge_new_null ();
  GBytes *der;

  sk_SignetChallenge_push (content, first);
  if (second != NULL)
    sk_SignetChallenge_push (content, second);
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetPopoDecKeyChallContent));
  sk_SignetChallenge_pop_free (content, SignetChallenge_free);

  return der;
}

static void
speak_version_3 (PeerAnswer *answer,
                 gpointer    data)
{
  ASN1_INTEGER_set (answer->header->pvno, 3);
}

/* Two requests, two challenges: answered in their order, and then it goes on with ip. */
static void
test_challenge (void)
{
  Peer peer = { 0 };
  SignetKey *keys[2];
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (SignetCmpItem) second = NULL;
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) waiting = NULL;
  g_autoptr (GBytes) nonce = NULL;
  const SignetPopoDecKeyRespContent *response;

  peer_init (&peer);
  for (guint i = 0; i < 2; i++)
    keys[i] = peer_new_key (&peer, "rsa:2048");
  operation = make_operation (keys[0], "CN=Maria Huber", SIGNET_CMP_POPO_CHALLENGE);
  second = signet_cmp_item_new (keys[1], name);
  signet_cmp_item_set_popo (second, SIGNET_CMP_POPO_CHALLENGE);
  signet_cmp_operation_add_item (operation, second);
  peer_begin_operation (&peer, operation);
  content = make_challenges (make_challenge (keys[0], 4711, FALSE), make_challenge (keys[1], 815, FALSE));
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_POPDECC, content, speak_version_3, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_POPDECR);
  response = signet_cmp_message_get_body (peer.request);
  g_assert_cmpint (sk_ASN1_INTEGER_num (response), ==, 2);
  g_assert_cmpint (ASN1_INTEGER_get (sk_ASN1_INTEGER_value (response, 0)), ==, 4711);
  g_assert_cmpint (ASN1_INTEGER_get (sk_ASN1_INTEGER_value (response, 1)), ==, 815);
  nonce = g_bytes_ref (signet_cmp_message_get_sender_nonce (peer.request));
  waiting = peer_cert_rep (peer_response_for (0, 3, NULL), NULL);
  peer_cert_rep_add (&waiting, peer_response_for (1, 2, NULL));
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, waiting, NULL, NULL), ==, SIGNET_CMP_STEP_WAIT);
  signet_cmp_transaction_hurry (peer.transaction);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_POLLREQ);
  peer_clear (&peer);
}

static void
test_wrong_challenge (void)
{
  Peer peer = { 0 };
  SignetKey *key;

  peer_init (&peer);
  key = peer_new_key (&peer, "rsa:2048");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (SignetCmpOperation) operation
          = make_operation (key, "CN=Maria Huber", i == 2 ? SIGNET_CMP_POPO_SIGNATURE : SIGNET_CMP_POPO_CHALLENGE);
      g_autoptr (GBytes) content = make_challenges (make_challenge (key, 5, i == 0), i == 1 ? make_challenge (key, 6, FALSE) : NULL);

      peer_begin_operation (&peer, operation);
      /* A wrong witness; one too many; nobody asked for a challenge. */
      g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_POPDECC, content, speak_version_3, NULL), ==, SIGNET_CMP_STEP_FAILED);
      g_assert_null (signet_cmp_transaction_next (peer.transaction, peer.now, NULL));
    }
  peer_clear (&peer);
}

/* Refused with badPOP, a proof that was not the person's choice is tried in the other way, once. */
static void
test_other_proof (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GBytes) first = NULL;
  SignetCertResponse *response;

  peer_init (&peer);
  operation = make_operation (peer_new_key (&peer, "x25519"), "CN=Maria Huber", SIGNET_CMP_POPO_DEFAULT);
  peer_begin_operation (&peer, operation);
  first = g_bytes_ref (signet_cmp_transaction_get_id (peer.transaction));
  response = peer_response_for (0, 2, NULL);
  response->status->fail_info = ASN1_BIT_STRING_new ();
  ASN1_BIT_STRING_set_bit (response->status->fail_info, 9, 1);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP, peer_cert_rep (response, NULL)), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_IR);
  g_assert_false (g_bytes_equal (first, signet_cmp_message_get_transaction_id (peer.request)));
  g_assert_null (signet_cmp_message_get_recip_nonce (peer.request));
  g_assert_cmpint (ASN1_INTEGER_get (get_request (&peer)->popo->value.key_agreement->value.subsequent_message), ==, 1);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_ERROR, peer_error (2, 1 << 9)), ==, SIGNET_CMP_STEP_FAILED);
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; Subsequent row; } rows[] = {
    { "/cmp/proof/subsequent/rsa/R308,R311",
      { "rsa:2048", SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE, SIGNET_POPO_KEY_ENCIPHERMENT, 0 } },
    { "/cmp/proof/subsequent/rsa-challenge/R308", { "rsa:2048", SIGNET_CMP_POPO_CHALLENGE, SIGNET_POPO_KEY_ENCIPHERMENT, 1 } },
    { "/cmp/proof/subsequent/x25519/R308,R309,R311", { "x25519", SIGNET_CMP_POPO_DEFAULT, SIGNET_POPO_KEY_AGREEMENT, 0 } },
    { "/cmp/proof/subsequent/ec-challenge/R308,R309",
      { "ec:P-256", SIGNET_CMP_POPO_CHALLENGE, SIGNET_POPO_KEY_AGREEMENT, 1 } },
    { "/cmp/proof/subsequent/ml-kem/R307,R308", { "ml-kem-768", SIGNET_CMP_POPO_DEFAULT, SIGNET_POPO_KEY_ENCIPHERMENT, 0 } },
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/proof/signature/R299,R300,R301,R302,R304", test_signature);
  g_test_add_func ("/cmp/proof/signature/without-subject-signed/R303", test_input_with_sender);
  g_test_add_func ("/cmp/proof/signature/without-subject-mac/R303", test_input_with_mac);
  g_test_add_func ("/cmp/proof/ra-verified-by-setting-only/R305", test_ra_verified);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add_data_func (rows[i].path, &rows[i].row, test_subsequent);
  g_test_add_func ("/cmp/proof/cannot-be-given", test_impossible);
  g_test_add_data_func ("/cmp/proof/encrypted-certificate/rsa/R310,R311,R312", "rsa:2048", test_encrypted_certificate);
  g_test_add_data_func ("/cmp/proof/encrypted-certificate/ec/R310,R311,R312", "ec:P-256", test_encrypted_certificate);
  g_test_add_func ("/cmp/proof/encrypted-certificate/no-oracle/R313", test_no_oracle);
  g_test_add_func ("/cmp/proof/encrypted-certificate/not-asked-for", test_encrypted_unasked);
  g_test_add_func ("/cmp/proof/challenge/two/R314,R318", test_challenge);
  g_test_add_func ("/cmp/proof/challenge/wrong/R313,R316", test_wrong_challenge);
  g_test_add_func ("/cmp/proof/another-way-after-badpop/R319", test_other_proof);

  return g_test_run ();
}
