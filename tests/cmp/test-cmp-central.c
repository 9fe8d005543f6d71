/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cms.h>
#include <string.h>

#include "cmp/cmp-envelope-kit.h"
#include "cmp/cmp-peer.h"
#include "pki/pki-name.h"

/* Keys that the authority makes (RFC 9483 §4.1.6): signed and encrypted by libcrypto's CMS. */

#define KEY_PACKAGE "2.16.840.1.101.2.1.2.78.5"
#define SUBJECT "CN=Maria Huber"

/* Our side signs with an RSA certificate that may be encrypted to. (transfer full) */
static Party *
use_rsa_signature (Peer       *peer,
                   const char *usage)
{
  Party *self = g_new0 (Party, 1);
  g_autoptr (X509) x509 = NULL;
  X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, NULL, NID_key_usage, usage);
  g_autoptr (GError) error = NULL;

  self->key = g_object_ref (peer_new_key (peer, "rsa:2048"));
  x509 = peer_issue (peer->ca, self->key);
  X509_add_ext (x509, extension, -1);
  X509_EXTENSION_free (extension);
  g_assert_cmpint (X509_sign (x509, peer->ca->issuer_key, EVP_sha256 ()), >, 0);
  self->certificate = signet_certificate_new_for_x509 (x509);
  g_clear_object (&peer->credentials);
  peer->credentials = signet_cmp_credentials_new_signature (self->key, self->certificate, NULL, &error);
  g_assert_no_error (error);

  return self;
}

static SignetCmpOperation *
ask_for_key (GBytes *algorithm)
{
  g_autoptr (X509_NAME) name = signet_name_parse (SUBJECT, NULL);
  g_autoptr (SignetCmpItem) item = signet_cmp_item_new (NULL, name);
  SignetCmpOperation *operation = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_IR);

  if (algorithm != NULL)
    g_assert_true (signet_cmp_item_set_public_key (item, algorithm, NULL));
  signet_cmp_operation_add_item (operation, item);

  return operation;
}

/* AlgorithmIdentifier of a P-256 key, and an empty BIT STRING. */
static GBytes *
wanted_algorithm (void)
{
  static const guint8 der[] = { 0x30, 0x18, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x01, 0x00 };

  return g_bytes_new_static (der, sizeof der);
}

static void
test_request (gconstpointer data)
{
  gboolean named = GPOINTER_TO_INT (data);
  Peer peer = { 0 };
  g_autoptr (GBytes) algorithm = wanted_algorithm ();
  g_autoptr (SignetCmpOperation) operation = ask_for_key (named ? algorithm : NULL);
  const SignetCertReqMsg *message;

  peer_init (&peer);
  peer_begin_operation (&peer, operation);
  message = sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) signet_cmp_message_get_body (peer.request), 0);
  g_assert_null (message->popo);
  g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 3);
  if (named)
    {
      g_autoptr (GBytes) sent
          = signet_asn1_encode (message->cert_req->cert_template->public_key, ASN1_ITEM_rptr (SignetPublicKeyInfo));

      g_assert_true (g_bytes_equal (sent, algorithm));
    }
  else
    g_assert_null (message->cert_req->cert_template->public_key);
  peer_clear (&peer);
}

static void
test_recipient (void)
{
  Peer peer = { 0 };
  g_autoptr (Party) party = NULL;
  g_autoptr (SignetCmpOperation) operation = ask_for_key (NULL);

  peer_init (&peer);
  party = use_rsa_signature (&peer, "digitalSignature");
  peer_cannot_send (&peer, operation, SIGNET_CMP_ERROR_CREDENTIALS, "keyEncipherment");
  peer_clear (&peer);
}

static SignetSecret *
as_secret (GBytes *octets)
{
  return signet_secret_new (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
}

/* What stands in privateKey: @key, signed by @ca's issuer, encrypted for @recipient. */
static GBytes *
make_private_key (SignetDemoCa *ca,
                  SignetKey    *key,
                  const Party  *recipient)
{
  g_autoptr (SignetKey) issuer_key = signet_key_new_for_pkey (ca->issuer_key);
  g_autoptr (SignetCertificate) issuer = signet_certificate_new_for_x509 (ca->issuer);
  const Party signer = { issuer_key, issuer };
  g_autoptr (SignetSecret) package = kit_key_package (key, 1, 1);
  g_autoptr (GBytes) signed_data = kit_sign (package, KEY_PACKAGE, &signer, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) secret = as_secret (signed_data);
  g_autoptr (GBytes) enveloped
      = kit_encrypt_octets (secret, SIGNET_CMS_SIGNED_DATA, recipient, EVP_aes_128_cbc (), 0, NULL, NULL);

  return signet_cmp_envelope_tag (enveloped, 0);
}

static GBytes *
make_rep (X509   *certificate,
          GBytes *private_key,
          gint64  id)
{
  SignetCertResponse *response = peer_response_for (id, 0, certificate);

  if (private_key != NULL)
    response->certified_key_pair->private_key = signet_asn1_any_new (private_key);

  return peer_cert_rep (response, NULL);
}

static void
sign (PeerAnswer *answer,
      gpointer    data)
{
  ASN1_INTEGER_set (answer->header->pvno, 3);
  peer_answer_sign (answer, answer->peer->ca->issuer_key, answer->peer->ca->issuer);
}

static gint64
confirmed_status (Peer *peer)
{
  const SignetCertConfirmContent *content;

  peer_take (peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer->request), ==, SIGNET_CMP_BODY_CERTCONF);
  content = signet_cmp_message_get_body (peer->request);

  return ASN1_INTEGER_get (sk_SignetCertStatus_value (content, 0)->status_info->status);
}

/* Nothing is asked for with a key of one's own, so none is looked for. */
static SignetKey *
no_key (const char  *id,
        gpointer     user_data,
        GError     **error)
{
  g_assert_not_reached ();
}

static void
test_granted (void)
{
  Peer peer = { 0 };
  g_autoptr (Party) party = NULL;
  g_autoptr (SignetCmpOperation) operation = ask_for_key (NULL);
  g_autoptr (SignetKey) made = signet_key_generate ("ec:P-384", NULL, NULL, NULL, NULL);
  g_autoptr (X509) certificate = NULL;
  g_autoptr (GBytes) private_key = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (SignetSecret) sealed = NULL;
  g_autoptr (SignetSecret) pkcs8 = NULL;
  g_autoptr (SignetCmpTransaction) without = NULL;
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  party = use_rsa_signature (&peer, "digitalSignature,keyEncipherment");
  peer_begin_operation (&peer, operation);
  certificate = peer_issue (peer.ca, made);
  private_key = make_private_key (peer.ca, made, party);
  content = make_rep (certificate, private_key, 0);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, sign, NULL), ==, SIGNET_CMP_STEP_SEND);
  g_assert_cmpint (confirmed_status (&peer), ==, 0);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_PKICONF, pkiconf, sign, NULL), ==, SIGNET_CMP_STEP_DONE);
  peer_restart (&peer);
  g_assert_cmpstr (signet_key_get_id (signet_cmp_transaction_get_item_key (peer.transaction, 0)), ==, signet_key_get_id (made));
  /* The key is in the sealed part and nowhere else, and is missed where that is missing. */
  g_assert_true (signet_cmp_transaction_save (peer.transaction, &public_part, &sealed, &error));
  pkcs8 = signet_key_to_pkcs8 (made, NULL);
  g_assert_nonnull (sealed);
  g_assert_null (memmem (g_bytes_get_data (public_part, NULL), g_bytes_get_size (public_part),
                         signet_secret_get_data (pkcs8, NULL) + 30, 40));
  without = signet_cmp_transaction_restore (public_part, NULL, peer.authority, peer.credentials, no_key, NULL, &error);
  g_assert_null (without);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_SAVED);
  peer_clear (&peer);
}

typedef enum { NO_KEY, OTHER_KEY, STRANGER, NOT_FOR_US } Lie;

/* A key that does not fit or cannot be trusted: its certificate is refused by certConf. */
static void
test_refused (gconstpointer data)
{
  Lie lie = GPOINTER_TO_INT (data);
  Peer peer = { 0 };
  g_autoptr (Party) party = NULL;
  g_autoptr (Party) stranger = NULL;
  g_autoptr (SignetCmpOperation) operation = ask_for_key (NULL);
  g_autoptr (SignetKey) made = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetKey) other = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (X509) certificate = NULL;
  g_autoptr (GBytes) private_key = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();

  peer_init (&peer);
  party = use_rsa_signature (&peer, "digitalSignature,keyEncipherment");
  stranger = party_new ("rsa:2048", "Stranger", NULL, (PartyUsage) { .key_usage = "keyEncipherment" });
  peer_begin_operation (&peer, operation);
  certificate = peer_issue (peer.ca, made);
  private_key = make_private_key (lie == STRANGER ? peer.stranger : peer.ca, lie == OTHER_KEY ? other : made,
                                  lie == NOT_FOR_US ? stranger : party);
  content = make_rep (certificate, lie == NO_KEY ? NULL : private_key, 0);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, sign, NULL), ==, SIGNET_CMP_STEP_SEND);
  g_assert_null (signet_cmp_transaction_get_item_key (peer.transaction, 0));
  g_assert_cmpint (confirmed_status (&peer), ==, 2);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_PKICONF, pkiconf, sign, NULL), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (peer.transaction, 0), ==, SIGNET_CMP_ITEM_REFUSED);
  peer_clear (&peer);
}

static void
test_unasked (void)
{
  Peer peer = { 0 };
  g_autoptr (Party) party = NULL;
  g_autoptr (X509) certificate = NULL;
  g_autoptr (GBytes) private_key = NULL;
  g_autoptr (GBytes) content = NULL;

  peer_init (&peer);
  party = use_rsa_signature (&peer, "digitalSignature,keyEncipherment");
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  certificate = peer_issue (peer.ca, peer.key);
  private_key = make_private_key (peer.ca, peer.key, party);
  content = make_rep (certificate, private_key, 0);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, sign, NULL), ==, SIGNET_CMP_STEP_FAILED);
  peer_clear (&peer);
}

/* RFC 9810 App. C.4: a signing key of one's own and an encryption key from the authority, in one ir; the latter is encrypted to a key
 * made for this and named by protocolEncrKey. */
static void
test_two (void)
{
  Peer peer = { 0 };
  g_autoptr (X509_NAME) name = signet_name_parse (SUBJECT, NULL);
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_IR);
  g_autoptr (SignetCmpItem) own = NULL;
  g_autoptr (SignetCmpItem) central = signet_cmp_item_new (NULL, name);
  g_autoptr (SignetKey) short_term = signet_key_generate ("rsa:2048", NULL, NULL, NULL, NULL);
  g_autoptr (Party) recipient = party_new_for_key (short_term, "Nobody", NULL, (PartyUsage) { .key_usage = "keyEncipherment" });
  g_autoptr (SignetKey) made = signet_key_generate ("rsa:2048", NULL, NULL, NULL, NULL);
  g_autoptr (X509) first = NULL;
  g_autoptr (X509) second = NULL;
  g_autoptr (GBytes) private_key = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();
  SignetCertResponse *response;
  const SignetCertReqMsg *message;
  const SignetTypeAndValue *control;
  g_autoptr (SignetPublicKeyInfo) info = NULL;
  g_autoptr (GBytes) named = NULL;

  peer_init (&peer);
  own = signet_cmp_item_new (peer.key, name);
  signet_cmp_item_set_protocol_key (central, short_term);
  signet_cmp_operation_add_item (operation, own);
  signet_cmp_operation_add_item (operation, central);
  peer_begin_operation (&peer, operation);
  message = sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) signet_cmp_message_get_body (peer.request), 1);
  g_assert_cmpint (ASN1_INTEGER_get (message->cert_req->cert_req_id), ==, 1);
  g_assert_null (message->popo);
  control = sk_SignetTypeAndValue_value (message->cert_req->controls, 0);
  info = signet_asn1_decode_any (control->value, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  named = signet_asn1_encode (info, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  g_assert_true (g_bytes_equal (named, signet_key_get_public (short_term)));
  first = peer_issue (peer.ca, peer.key);
  second = peer_issue (peer.ca, made);
  private_key = make_private_key (peer.ca, made, recipient);
  response = peer_response_for (0, 0, first);
  content = make_rep (second, private_key, 1);
  peer_cert_rep_add (&content, response);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, NULL, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (sk_SignetCertStatus_num ((const SignetCertConfirmContent *) signet_cmp_message_get_body (peer.request)), ==, 2);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_PKICONF, pkiconf, NULL, NULL), ==, SIGNET_CMP_STEP_DONE);
  g_assert_null (signet_cmp_transaction_get_item_key (peer.transaction, 0));
  g_assert_cmpstr (signet_key_get_id (signet_cmp_transaction_get_item_key (peer.transaction, 1)), ==, signet_key_get_id (made));
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/cmp/central/request/no-key/R040,R041,R306,R324,R325", GINT_TO_POINTER (FALSE), test_request);
  g_test_add_data_func ("/cmp/central/request/algorithm-alone/R306,R324,R325", GINT_TO_POINTER (TRUE), test_request);
  g_test_add_func ("/cmp/central/request/certificate-must-do/R326", test_recipient);
  g_test_add_func ("/cmp/central/granted/R327,R330,R340,R344", test_granted);
  g_test_add_data_func ("/cmp/central/refused/no-key", GINT_TO_POINTER (NO_KEY), test_refused);
  g_test_add_data_func ("/cmp/central/refused/another-key/R345", GINT_TO_POINTER (OTHER_KEY), test_refused);
  g_test_add_data_func ("/cmp/central/refused/stranger-signed/R340", GINT_TO_POINTER (STRANGER), test_refused);
  g_test_add_data_func ("/cmp/central/refused/not-for-us", GINT_TO_POINTER (NOT_FOR_US), test_refused);
  g_test_add_func ("/cmp/central/not-asked-for", test_unasked);
  g_test_add_func ("/cmp/central/signing-key-own-other-central/R138,R360", test_two);

  return g_test_run ();
}
