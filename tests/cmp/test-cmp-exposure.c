/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp/cmp-asn1-crmf.h"
#include "cmp/cmp-exposure.h"

/* What should not go over a transport without TLS. */

typedef struct {
  const char *control;                   /* (nullable): OID of one */
  int popo;                              /* choice of POPOPrivKey, -1: signature, -2: none */
  gboolean central;
} Request;

static SignetTypeAndValue *
make_control (const char *oid)
{
  SignetTypeAndValue *control = SignetTypeAndValue_new ();
  ASN1_UTF8STRING *text = ASN1_UTF8STRING_new ();

  ASN1_STRING_set (text, "1234", 4);
  control->type = OBJ_txt2obj (oid, 1);
  control->value = ASN1_TYPE_new ();
  ASN1_TYPE_set (control->value, V_ASN1_UTF8STRING, text);
  return control;
}

static void
set_proof (SignetProofOfPossession *popo,
           int                      choice)
{
  popo->type = SIGNET_POPO_KEY_ENCIPHERMENT;
  popo->value.key_encipherment = SignetPopoPrivKey_new ();
  popo->value.key_encipherment->type = choice;
  switch (choice)
    {
    case 0:
      popo->value.key_encipherment->value.this_message = ASN1_BIT_STRING_new ();
      break;
    case 1:
      popo->value.key_encipherment->value.subsequent_message = ASN1_INTEGER_new ();
      break;
    default:
      g_assert_cmpint (choice, ==, 4);
      popo->value.key_encipherment->value.encrypted_key = sk_ASN1_TYPE_new_null ();
    }
}

static GBytes *
make_content (const Request *request)
{
  SignetCertReqMessages *messages = sk_SignetCertReqMsg_new_null ();
  SignetCertReqMsg *message = SignetCertReqMsg_new ();
  SignetCertTemplate *template = message->cert_req->cert_template;
  GBytes *content;

  sk_SignetCertReqMsg_push (messages, message);
  ASN1_INTEGER_set (message->cert_req->cert_req_id, 0);
  if (request->control != NULL)
    {
      message->cert_req->controls = sk_SignetTypeAndValue_new_null ();
      sk_SignetTypeAndValue_push (message->cert_req->controls, make_control (request->control));
    }
  template->public_key = SignetPublicKeyInfo_new ();
  X509_ALGOR_set0 (template->public_key->algorithm, OBJ_nid2obj (NID_rsaEncryption), V_ASN1_NULL, NULL);
  if (!request->central)
    ASN1_BIT_STRING_set (template->public_key->key, (guint8 *) "key", 3);
  if (request->popo >= 0)
    {
      message->popo = SignetProofOfPossession_new ();
      set_proof (message->popo, request->popo);
    }
  content = signet_asn1_encode (messages, ASN1_ITEM_rptr (SignetCertReqMessages));
  sk_SignetCertReqMsg_pop_free (messages, SignetCertReqMsg_free);
  g_assert_nonnull (content);
  return content;
}

static char *
explain (SignetCmpBodyType  type,
         GBytes            *content,
         const char        *info)
{
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (3, type, content);
  g_autoptr (GBytes) id = g_bytes_new_static ("0123456789abcdef", 16);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;

  signet_cmp_message_builder_set_transaction_id (builder, id);
  signet_cmp_message_builder_set_sender_nonce (builder, id);
  if (info != NULL)
    g_assert_true (signet_cmp_message_builder_add_info (builder, info, NULL, &error));
  message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);
  g_assert_no_error (error);
  return signet_cmp_message_explain_exposure (message);
}

static char *
explain_request (SignetCmpBodyType  type,
                 Request            request)
{
  g_autoptr (GBytes) content = make_content (&request);

  return explain (type, content, NULL);
}

static void
assert_words (char       *words,
              const char *expected)
{
  g_autofree char *owned = words;

  if (expected == NULL)
    g_assert_cmpstr (owned, ==, NULL);
  else
    {
      g_assert_nonnull (owned);
      g_assert_nonnull (strstr (owned, expected));
      g_assert_nonnull (strstr (owned, "https"));
    }
}

static void
test_tokens (void)
{
  assert_words (explain_request (SIGNET_CMP_BODY_IR, (Request) { SIGNET_OID_REG_TOKEN, -1, FALSE }), "as it is");
  assert_words (explain_request (SIGNET_CMP_BODY_CR, (Request) { SIGNET_OID_AUTHENTICATOR, -1, FALSE }), "as it is");
  assert_words (explain_request (SIGNET_CMP_BODY_IR, (Request) { SIGNET_OID_PKI_PUBLICATION_INFO, -1, FALSE }), NULL);
  assert_words (explain_request (SIGNET_CMP_BODY_IR, (Request) { NULL, -1, FALSE }), NULL);
}

static void
test_lasting (void)
{
  g_autoptr (GBytes) plain = corpus_hex ("300c300a06082b06010505070411");
  g_autoptr (GBytes) passphrase = corpus_hex ("300c300a06082b0601050507040c");

  assert_words (explain_request (SIGNET_CMP_BODY_IR, (Request) { SIGNET_OID_PKI_ARCHIVE_OPTIONS, -1, FALSE }), "records it");
  assert_words (explain_request (SIGNET_CMP_BODY_CR, (Request) { NULL, 4, FALSE }), "records it");
  assert_words (explain_request (SIGNET_CMP_BODY_CR, (Request) { NULL, 0, FALSE }), "records it");
  assert_words (explain_request (SIGNET_CMP_BODY_CR, (Request) { NULL, 1, FALSE }), NULL);
  assert_words (explain_request (SIGNET_CMP_BODY_KUR, (Request) { NULL, -2, TRUE }), "records it");
  assert_words (explain_request (SIGNET_CMP_BODY_KRR, (Request) { NULL, -1, FALSE }), "records it");
  assert_words (explain (SIGNET_CMP_BODY_GENM, plain, NULL), NULL);
  assert_words (explain (SIGNET_CMP_BODY_GENM, plain, "1.3.6.1.5.5.7.4.12"), "records it");
  assert_words (explain (SIGNET_CMP_BODY_GENM, passphrase, NULL), "records it");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/exposure/tokens-and-passwords/R354", test_tokens);
  g_test_add_func ("/cmp/exposure/secrets-that-are-to-last/R351", test_lasting);
  return g_test_run ();
}
