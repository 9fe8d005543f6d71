/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cmp.h>
#include <openssl/crmf.h>
#include <string.h>

#include "cmp/cmp-peer.h"
#include "pki/pki-name.h"

/*
 * What our side sends, against the profile: requests as libcrypto reads them, and of each kind of message the fields that it
 * may have, so that one too many is seen.
 */

#define PROFILE "smime"
#define LONG_REFERENCE "a reference that is too long for a common name, which ends at 64 characters"

typedef struct {
  const char *subject;
  const char *alt_name;         /* (nullable) */
  const char *key_usage;        /* (nullable) */
  const char *extended_usage;   /* (nullable) */
} Template;

static SignetCmpTransaction *
make_transaction (Peer              *peer,
                  SignetCmpBodyType  type,
                  const Template    *template)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) subject = signet_name_parse (template->subject, NULL);
  g_autoptr (GENERAL_NAME) name = template->alt_name != NULL ? signet_alt_name_parse (template->alt_name, NULL) : NULL;
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (type, peer->key, subject);
  SignetCmpTransaction *transaction;

  if (name != NULL)
    signet_cmp_operation_add_alt_name (operation, name);
  if (template->key_usage != NULL)
    g_assert_true (signet_cmp_operation_add_key_usage (operation, template->key_usage, &error));
  if (template->extended_usage != NULL)
    g_assert_true (signet_cmp_operation_add_extended_key_usage (operation, template->extended_usage, &error));
  transaction = signet_cmp_transaction_new (operation, peer->authority, peer->credentials, &error);
  g_assert_no_error (error);

  return transaction;
}

/* CertReqMessages as libcrypto's own type. */
static OSSL_CRMF_MSGS *
read_by_libcrypto (SignetCmpMessage *message)
{
  GBytes *content = signet_cmp_message_get_body_content (message);
  const unsigned char *at = g_bytes_get_data (content, NULL);
  OSSL_CRMF_MSGS *requests = d2i_OSSL_CRMF_MSGS (NULL, &at, (long) g_bytes_get_size (content));

  g_assert_nonnull (requests);

  return requests;
}

static int
find_extension (const OSSL_CRMF_CERTTEMPLATE *template,
                int                           nid)
{
  const STACK_OF (X509_EXTENSION) *extensions = OSSL_CRMF_CERTTEMPLATE_get0_extensions (template);

  return extensions != NULL ? X509v3_get_ext_by_NID (extensions, nid, -1) : -1;
}

static void
test_template (gconstpointer data)
{
  const Template *template = data;
  Peer peer = { 0 };
  OSSL_CRMF_MSGS *requests;
  OSSL_CRMF_MSG *request;
  OSSL_CRMF_CERTTEMPLATE *asked;
  g_autoptr (X509_NAME) subject = signet_name_parse (template->subject, NULL);
  g_autoptr (GBytes) key = NULL;
  const SignetCertReqMessages *own;
  const SignetCertTemplate *own_template;

  peer_init (&peer);
  peer.transaction = make_transaction (&peer, SIGNET_CMP_BODY_IR, template);
  peer_take (&peer);
  requests = read_by_libcrypto (peer.request);
  g_assert_cmpint (sk_OSSL_CRMF_MSG_num (requests), ==, 1);
  request = sk_OSSL_CRMF_MSG_value (requests, 0);
  g_assert_cmpint (OSSL_CRMF_MSG_get_certReqId (request), ==, 0);
  asked = OSSL_CRMF_MSG_get0_tmpl (request);
  g_assert_cmpint (X509_NAME_cmp (OSSL_CRMF_CERTTEMPLATE_get0_subject (asked), subject), ==, 0);
  /* The proof of possession checks, by another hand, under the key that is asked for. */
  g_assert_cmpint (OSSL_CRMF_MSGS_verify_popo (requests, 0, 0, NULL, NULL), ==, 1);
  g_assert_null (OSSL_CRMF_CERTTEMPLATE_get0_serialNumber (asked));
  g_assert_null (OSSL_CRMF_CERTTEMPLATE_get0_issuer (asked));
  g_assert_cmpint (find_extension (asked, NID_subject_alt_name) >= 0, ==, template->alt_name != NULL);
  g_assert_cmpint (find_extension (asked, NID_key_usage) >= 0, ==, template->key_usage != NULL);
  g_assert_cmpint (find_extension (asked, NID_ext_key_usage) >= 0, ==, template->extended_usage != NULL);
  sk_OSSL_CRMF_MSG_pop_free (requests, OSSL_CRMF_MSG_free);

  own = signet_cmp_message_get_body (peer.request);
  own_template = sk_SignetCertReqMsg_value (own, 0)->cert_req->cert_template;
  g_assert_null (own_template->version);
  g_assert_null (own_template->signing_alg);
  g_assert_null (own_template->validity);
  g_assert_null (own_template->issuer_uid);
  g_assert_null (own_template->subject_uid);
  key = signet_asn1_encode (own_template->public_key, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  g_assert_true (g_bytes_equal (key, signet_key_get_public (peer.key)));
  /* The field is there, though the name in it may be empty. */
  g_assert_nonnull (own_template->subject);
  g_assert_cmpint (X509_NAME_entry_count (own_template->subject), ==, X509_NAME_entry_count (subject));
  peer_clear (&peer);
}

static void
test_no_name (void)
{
  static const Template nobody = { "", NULL, NULL, NULL };
  Peer peer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;

  peer_init (&peer);
  peer.transaction = make_transaction (&peer, SIGNET_CMP_BODY_IR, &nobody);
  out = signet_cmp_transaction_next (peer.transaction, peer.now, &error);
  g_assert_null (out);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
  peer_clear (&peer);
}

/* ---- each message of an operation ---- */

/* Which members of PKIHeader a message of ours may have, and the only ones that generalInfo may hold: RFC 9483 §3.1. */
static void
check_header (SignetCmpMessage *message,
              gboolean          first)
{
  const SignetPkiHeader *header = signet_cmp_message_get_header (message);

  g_assert_nonnull (header->message_time);
  g_assert_nonnull (header->protection_alg);
  g_assert_nonnull (header->sender_kid);
  g_assert_null (header->recip_kid);
  g_assert_nonnull (header->transaction_id);
  g_assert_nonnull (header->sender_nonce);
  g_assert_cmpint (header->recip_nonce == NULL, ==, first);
  g_assert_null (header->free_text);
  g_assert_cmpint (sk_SignetTypeAndValue_num (header->general_info), ==, first ? 2 : -1);
  for (int i = 0; i < sk_SignetTypeAndValue_num (header->general_info); i++)
    {
      static const char *const allowed[] = { "1.3.6.1.5.5.7.4.13", "1.3.6.1.5.5.7.4.21" };
      char oid[64];

      OBJ_obj2txt (oid, sizeof oid, sk_SignetTypeAndValue_value (header->general_info, i)->type, 1);
      g_assert_cmpstr (oid, ==, allowed[i]);
    }
}

static void
check_body (SignetCmpMessage *message)
{
  gconstpointer body = signet_cmp_message_get_body (message);

  switch (signet_cmp_message_get_body_type (message))
    {
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
      g_assert_null (sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) body, 0)->reg_info);
      g_assert_null (sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) body, 0)->cert_req->controls);
      break;
    case SIGNET_CMP_BODY_CERTCONF:
      g_assert_cmpint (sk_SignetCertStatus_num ((const SignetCertConfirmContent *) body), ==, 1);
      g_assert_nonnull (sk_SignetCertStatus_value ((const SignetCertConfirmContent *) body, 0)->status_info);
      g_assert_null (sk_SignetCertStatus_value ((const SignetCertConfirmContent *) body, 0)->status_info->fail_info);
      g_assert_null (sk_SignetCertStatus_value ((const SignetCertConfirmContent *) body, 0)->hash_alg);
      break;
    case SIGNET_CMP_BODY_POLLREQ:
      g_assert_cmpint (sk_SignetPollReq_num ((const SignetPollReqContent *) body), ==, 1);
      break;
    default:
      /* No error message, no PKIConfirm, nothing else: R124, R205. */
      g_assert_not_reached ();
    }
}

static GBytes *
waiting (void)
{
  SignetCertResponse *response = peer_response (NULL);

  ASN1_INTEGER_set (response->status->status, 3);

  return peer_cert_rep (response, NULL);
}

static void
take_and_check (Peer     *peer,
                gboolean  first)
{
  peer_take (peer);
  check_header (peer->request, first);
  check_body (peer->request);
  g_assert_nonnull (signet_cmp_message_get_protection (peer->request));
}

/* A request, put off once, granted, confirmed. */
static void
run_operation (Peer              *peer,
               SignetCmpBodyType  type)
{
  static const Template mail = { "CN=Maria Huber", NULL, NULL, NULL };
  SignetCmpBodyType answer = type == SIGNET_CMP_BODY_IR ? SIGNET_CMP_BODY_IP : SIGNET_CMP_BODY_CP;
  g_autoptr (GBytes) wait = waiting ();
  g_autoptr (GBytes) grant = peer_grant (peer);
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();

  g_clear_object (&peer->transaction);
  peer->transaction = make_transaction (peer, type, &mail);
  take_and_check (peer, TRUE);
  g_assert_cmpint (peer_receive (peer, answer, wait, NULL, NULL), ==, SIGNET_CMP_STEP_WAIT);
  signet_cmp_transaction_hurry (peer->transaction);
  take_and_check (peer, FALSE);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer->request), ==, SIGNET_CMP_BODY_POLLREQ);
  g_assert_cmpint (peer_receive (peer, answer, grant, NULL, NULL), ==, SIGNET_CMP_STEP_SEND);
  take_and_check (peer, FALSE);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer->request), ==, SIGNET_CMP_BODY_CERTCONF);
  g_assert_cmpint (peer_receive (peer, SIGNET_CMP_BODY_PKICONF, pkiconf, NULL, NULL), ==, SIGNET_CMP_STEP_DONE);
}

static void
test_fields (void)
{
  static const SignetCmpBodyType types[] = { SIGNET_CMP_BODY_IR, SIGNET_CMP_BODY_CR };
  Peer peer = { 0 };

  peer_init (&peer);
  signet_cmp_authority_set_profile (peer.authority, PROFILE);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    run_operation (&peer, types[i]);
  peer_clear (&peer);
}

static void
test_profile (void)
{
  static const Template mail = { "CN=Maria Huber", "email:maria@example.org", NULL, "emailProtection" };
  Peer peer = { 0 };
  g_autofree char *profile = NULL;
  const SignetTypeAndValue *item;
  STACK_OF (ASN1_TYPE) *names;

  peer_init (&peer);
  signet_cmp_authority_set_profile (peer.authority, PROFILE);
  peer.transaction = make_transaction (&peer, SIGNET_CMP_BODY_IR, &mail);
  peer_take (&peer);
  profile = signet_cmp_message_get_cert_profile (peer.request);
  g_assert_cmpstr (profile, ==, PROFILE);
  item = sk_SignetTypeAndValue_value (signet_cmp_message_get_header (peer.request)->general_info, 1);
  names = signet_asn1_decode (item->value->value.sequence->data, (gsize) item->value->value.sequence->length,
                              ASN1_ITEM_rptr (ASN1_SEQUENCE_ANY));
  g_assert_cmpint (sk_ASN1_TYPE_num (names), ==, 1);
  sk_ASN1_TYPE_pop_free (names, ASN1_TYPE_free);
  peer_clear (&peer);
}

static void
test_recipient (void)
{
  Peer peer = { 0 };
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=The CA,O=Example", NULL);
  const GENERAL_NAME *recipient;

  peer_init (&peer);
  /* The CA that is known by its anchor. */
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  recipient = signet_cmp_message_get_recipient (peer.request);
  g_assert_cmpint (X509_NAME_cmp (recipient->d.directoryName, X509_get_subject_name (peer.ca->root)), ==, 0);
  signet_cmp_authority_set_recipient (peer.authority, name);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (X509_NAME_cmp (signet_cmp_message_get_recipient (peer.request)->d.directoryName, name), ==, 0);
  /* Nobody known: the NULL-DN. */
  g_clear_object (&peer.authority);
  peer.authority = signet_cmp_authority_new ();
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  recipient = signet_cmp_message_get_recipient (peer.request);
  g_assert_cmpint (recipient->type, ==, GEN_DIRNAME);
  g_assert_cmpint (X509_NAME_entry_count (recipient->d.directoryName), ==, 0);
  peer_clear (&peer);
}

/* A reference that no common name can hold: sender says nothing, senderKID all. */
static void
test_long_reference (void)
{
  static const guint8 null_dn[] = { 0xa4, 0x02, 0x30, 0x00 };
  Peer peer = { 0 };
  g_autoptr (SignetSecret) secret = signet_secret_new (PEER_SECRET, strlen (PEER_SECRET));
  unsigned char *der = NULL;
  GBytes *kid;
  int length;

  peer_init (&peer);
  g_clear_object (&peer.credentials);
  peer.credentials = signet_cmp_credentials_new_mac (LONG_REFERENCE, secret);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  length = i2d_GENERAL_NAME ((GENERAL_NAME *) signet_cmp_message_get_sender (peer.request), &der);
  g_assert_cmpmem (der, length, null_dn, sizeof null_dn);
  OPENSSL_free (der);
  kid = signet_cmp_message_get_sender_kid (peer.request);
  g_assert_cmpmem (g_bytes_get_data (kid, NULL), g_bytes_get_size (kid), LONG_REFERENCE, strlen (LONG_REFERENCE));
  peer_clear (&peer);
}

/* ---- who may sign ---- */

static X509 *
make_usage (Peer       *peer,
            const char *usage)
{
  X509 *x509 = peer_issue (peer->ca, peer->key);
  X509_EXTENSION *extension = usage != NULL ? X509V3_EXT_conf_nid (NULL, NULL, NID_key_usage, usage) : NULL;

  if (extension != NULL)
    X509_add_ext (x509, extension, -1);
  X509_EXTENSION_free (extension);
  g_assert_cmpint (X509_sign (x509, peer->ca->issuer_key, EVP_sha256 ()), >, 0);

  return x509;
}

static void
test_signer (void)
{
  static const struct { const char *usage; gboolean allowed; } rows[] = {
    { NULL, TRUE }, { "digitalSignature", TRUE }, { "keyEncipherment", FALSE }, { "nonRepudiation", FALSE },
  };
  Peer peer = { 0 };

  peer_init (&peer);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (X509) x509 = make_usage (&peer, rows[i].usage);
      g_autoptr (SignetCertificate) certificate = signet_certificate_new_for_x509 (x509);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpCredentials) credentials
          = signet_cmp_credentials_new_signature (peer.key, certificate, NULL, &error);

      g_assert_cmpint (credentials != NULL, ==, rows[i].allowed);
      if (!rows[i].allowed)
        {
          g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
          g_assert_nonnull (strstr (error->message, "digitalSignature"));
        }
    }
  peer_clear (&peer);
}

static void
test_signed_fields (void)
{
  Peer peer = { 0 };
  g_autoptr (X509) x509 = NULL;
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);
  const GPtrArray *extra;

  peer_init (&peer);
  x509 = make_usage (&peer, "digitalSignature");
  certificate = signet_certificate_new_for_x509 (x509);
  g_ptr_array_add (chain, signet_certificate_new_for_x509 (peer.ca->issuer));
  g_ptr_array_add (chain, signet_certificate_new_for_x509 (peer.ca->root));
  g_clear_object (&peer.credentials);
  peer.credentials = signet_cmp_credentials_new_signature (peer.key, certificate, chain, NULL);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  extra = signet_cmp_message_get_extra_certs (peer.request);
  /* Protection certificate, then what certifies it, without the root. */
  g_assert_cmpuint (extra->len, ==, 2);
  g_assert_true (signet_certificate_equal (g_ptr_array_index (extra, 0), certificate));
  g_assert_true (signet_certificate_equal (g_ptr_array_index (extra, 1), g_ptr_array_index (chain, 0)));
  /* No subject key identifier in that certificate, so there is none to send. */
  g_assert_null (signet_cmp_message_get_sender_kid (peer.request));
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; Template template; } templates[] = {
    { "/cmp/request/template/subject/R136,R137,R139,R140,R142,R145", { "CN=Maria Huber", NULL, NULL, NULL } },
    { "/cmp/request/template/subject-and-address/R144,R145", { "CN=Maria Huber", "email:maria@example.org", NULL, NULL } },
    { "/cmp/request/template/address-alone/R143,R144", { "", "email:maria@example.org", NULL, NULL } },
    { "/cmp/request/template/usages/R148", { "CN=Maria Huber", NULL, "digitalSignature", "emailProtection" } },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (templates); i++)
    g_test_add_data_func (templates[i].path, &templates[i].template, test_template);
  g_test_add_func ("/cmp/request/needs-a-name", test_no_name);
  g_test_add_func ("/cmp/request/no-field-too-many/R004,R017,R032,R033,R035,R037,R050,R124,R198,R199,R205", test_fields);
  g_test_add_func ("/cmp/request/one-profile-is-named/R034,R150", test_profile);
  g_test_add_func ("/cmp/request/recipient/R010", test_recipient);
  g_test_add_func ("/cmp/request/reference-that-is-no-name/R008", test_long_reference);
  g_test_add_func ("/cmp/request/signer-must-be-one-that-signs/R069", test_signer);
  g_test_add_func ("/cmp/request/signed-by-another-pki/R018,R077,R112,R114,R120", test_signed_fields);

  return g_test_run ();
}
