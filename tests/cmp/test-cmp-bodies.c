/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp-peer.h"
#include "cmp/cmp-der.h"

/* Each of the 27 bodies: read, encoded again, and refused as an answer where another is expected. */

typedef struct {
  SignetCmpBodyType type;
  const char *value;             /* for OpenSSL's generator over tests/data/asn1/types.cnf */
  ASN1_ITEM_EXP *item;
} Body;

static const Body bodies[] = {
  { SIGNET_CMP_BODY_IR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.signature", ASN1_ITEM_ref (SignetCertReqMessages) },
  { SIGNET_CMP_BODY_IP, "SEQUENCE:SignetCertRepMessage", ASN1_ITEM_ref (SignetCertRepMessage) },
  { SIGNET_CMP_BODY_CR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.signatureMac", ASN1_ITEM_ref (SignetCertReqMessages) },
  { SIGNET_CMP_BODY_CP, "SEQUENCE:SignetCertRepMessage", ASN1_ITEM_ref (SignetCertRepMessage) },
  { SIGNET_CMP_BODY_P10CR, "SEQUENCE:SignetCertificationRequest", ASN1_ITEM_ref (SignetCertificationRequest) },
  { SIGNET_CMP_BODY_POPDECC, "SEQUENCE:SignetPopoDecKeyChallContent", ASN1_ITEM_ref (SignetPopoDecKeyChallContent) },
  { SIGNET_CMP_BODY_POPDECR, "SEQUENCE:SignetPopoDecKeyRespContent", ASN1_ITEM_ref (SignetPopoDecKeyRespContent) },
  { SIGNET_CMP_BODY_KUR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.subsequent", ASN1_ITEM_ref (SignetCertReqMessages) },
  { SIGNET_CMP_BODY_KUP, "SEQUENCE:SignetCertRepMessage", ASN1_ITEM_ref (SignetCertRepMessage) },
  { SIGNET_CMP_BODY_KRR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.agree", ASN1_ITEM_ref (SignetCertReqMessages) },
  { SIGNET_CMP_BODY_KRP, "SEQUENCE:SignetKeyRecRepContent.full", ASN1_ITEM_ref (SignetKeyRecRepContent) },
  { SIGNET_CMP_BODY_RR, "SEQUENCE:SignetRevReqContent", ASN1_ITEM_ref (SignetRevReqContent) },
  { SIGNET_CMP_BODY_RP, "SEQUENCE:SignetRevRepContent.full", ASN1_ITEM_ref (SignetRevRepContent) },
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.verified", ASN1_ITEM_ref (SignetCertReqMessages) },
  { SIGNET_CMP_BODY_CCP, "SEQUENCE:SignetCertRepMessage", ASN1_ITEM_ref (SignetCertRepMessage) },
  { SIGNET_CMP_BODY_CKUANN, "EXPLICIT:0,SEQUENCE:SignetRootCaKeyUpdateContent.full", ASN1_ITEM_ref (SignetCaKeyUpdContent) },
  { SIGNET_CMP_BODY_CANN, "SEQUENCE:certificate", ASN1_ITEM_ref (ASN1_ANY) },
  { SIGNET_CMP_BODY_RANN, "SEQUENCE:SignetRevAnnContent.full", ASN1_ITEM_ref (SignetRevAnnContent) },
  { SIGNET_CMP_BODY_CRLANN, "SEQUENCE:certificates", ASN1_ITEM_ref (ASN1_SEQUENCE_ANY) },
  { SIGNET_CMP_BODY_PKICONF, "NULL", ASN1_ITEM_ref (ASN1_NULL) },
  { SIGNET_CMP_BODY_NESTED, "SEQWRAP,SEQUENCE:message", ASN1_ITEM_ref (ASN1_SEQUENCE_ANY) },
  { SIGNET_CMP_BODY_GENM, "SEQUENCE:key_spec", ASN1_ITEM_ref (SignetGenMsgContent) },
  { SIGNET_CMP_BODY_GENP, "SEQUENCE:key_spec", ASN1_ITEM_ref (SignetGenMsgContent) },
  { SIGNET_CMP_BODY_ERROR, "SEQUENCE:error", ASN1_ITEM_ref (SignetErrorMsgContent) },
  { SIGNET_CMP_BODY_CERTCONF, "SEQUENCE:cert_conf", ASN1_ITEM_ref (SignetCertConfirmContent) },
  { SIGNET_CMP_BODY_POLLREQ, "SEQUENCE:poll_req", ASN1_ITEM_ref (SignetPollReqContent) },
  { SIGNET_CMP_BODY_POLLREP, "SEQUENCE:poll_rep", ASN1_ITEM_ref (SignetPollRepContent) },
};

static SignetCmpMessage *
wrap (SignetCmpBodyType   type,
      GBytes             *content,
      GError            **error)
{
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, type, content);

  return signet_cmp_message_builder_finish (builder, NULL, NULL, error);
}

static void
test_all (void)
{
  CONF *conf = corpus_values_load ();

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GBytes) content = corpus_generate (conf, bodies[i].value);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpMessage) message = wrap (bodies[i].type, content, &error);
      g_autoptr (GBytes) again = NULL;
      g_autofree char *text = NULL;
      g_autofree char *name = g_strdup_printf ("body: %s\n", signet_cmp_body_type_name (i));

      g_assert_no_error (error);
      g_assert_cmpint (bodies[i].type, ==, i);                      /* all 27, in their order */
      g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, i);
      g_assert_true (signet_cmp_body_item (i) == ASN1_ITEM_ptr (bodies[i].item));
      g_assert_nonnull (signet_cmp_message_get_body (message));
      again = signet_cmp_message_encode_again (message);
      g_assert_true (g_bytes_equal (again, signet_cmp_message_get_der (message)));
      text = signet_cmp_message_print (message);
      g_assert_nonnull (strstr (text, name));
    }
  g_assert_cmpuint (G_N_ELEMENTS (bodies), ==, SIGNET_CMP_BODY_LAST + 1);
  g_assert_null (signet_cmp_body_item (SIGNET_CMP_BODY_LAST + 1));
  NCONF_free (conf);
}

/* The content of one body under the tag of each other: taken only where both have one syntax. */
static void
test_wrong_tags (void)
{
  CONF *conf = corpus_values_load ();

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    for (guint tag = 0; tag < G_N_ELEMENTS (bodies); tag++)
      {
        g_autoptr (GBytes) content = corpus_generate (conf, bodies[i].value);
        g_autoptr (GError) error = NULL;
        g_autoptr (SignetCmpMessage) message = wrap (bodies[tag].type, content, &error);

        if (signet_cmp_body_item (tag) == signet_cmp_body_item (i) || message != NULL)
          continue;
        g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
        g_assert_nonnull (strstr (error->message, tag == SIGNET_CMP_BODY_NESTED ? "message" : signet_cmp_body_type_name (tag)));
      }
  NCONF_free (conf);
}

static gboolean
may_answer_ir (SignetCmpBodyType type)
{
  return type == SIGNET_CMP_BODY_IP || type == SIGNET_CMP_BODY_ERROR || type == SIGNET_CMP_BODY_POPDECC;
}

/* Every other body as an answer to ir, right in all but that: it ends the transaction, with words and without a crash. */
static void
test_as_answers (void)
{
  CONF *conf = corpus_values_load ();
  Peer peer = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autofree char *words = g_strdup_printf ("The authority answered with a message of the kind %s where ip was expected.",
                                                signet_cmp_body_type_name (i));
      g_autoptr (GBytes) content = NULL;

      if (may_answer_ir (bodies[i].type))
        continue;
      content = corpus_generate (conf, bodies[i].value);
      peer_init (&peer);
      peer_begin (&peer, SIGNET_CMP_BODY_IR);
      g_assert_cmpint (peer_receive (&peer, bodies[i].type, content, NULL, NULL), ==, SIGNET_CMP_STEP_FAILED);
      g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_BODY);
      g_assert_cmpstr (signet_cmp_transaction_get_failure (peer.transaction)->message, ==, words);
      peer_clear (&peer);
    }
  NCONF_free (conf);
}

/* Even one with the very answer in it: batches are for RAs. */
static void
test_nested_answer (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GByteArray) list = g_byte_array_new ();
  g_autoptr (GBytes) batch = NULL;
  g_autoptr (SignetCmpMessage) inner = NULL;

  peer_init (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  content = peer_grant (&peer);
  answer = peer_answer (&peer, SIGNET_CMP_BODY_IP, content, NULL, NULL);
  inner = signet_cmp_message_parse (answer, NULL);
  g_assert_nonnull (inner);
  signet_der_append (list, 0x30, g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
  batch = g_bytes_new (list->data, list->len);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_NESTED, batch, NULL, NULL), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_BODY);
  peer_clear (&peer);
}

/* freeText in several languages, the first one first; tags of RFC 5646 stay what the sender made of them. */
static void
test_free_text (void)
{
  g_autoptr (GBytes) der = corpus_hex ("3036" "3030020102a4023000a4023000" "a723" "3021"
                                       "0c0e5b64655d2047757465205a656974" "0c0f5b656e5d20476f6f642074696d6573" "b3020500");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (der, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (signet_cmp_message_get_free_text (message), ==, "[de] Gute Zeit\n[en] Good times");
  text = signet_cmp_message_print (message);
  g_assert_nonnull (strstr (text, "freeText: [de] Gute Zeit [en] Good times"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/bodies/all-27-are-read/R003", test_all);
  g_test_add_func ("/cmp/bodies/wrong-tags", test_wrong_tags);
  g_test_add_func ("/cmp/bodies/none-but-the-expected-answers/R003", test_as_answers);
  g_test_add_func ("/cmp/bodies/nested-is-no-answer/R383", test_nested_answer);
  g_test_add_func ("/cmp/bodies/free-text-in-several-languages/R030", test_free_text);

  return g_test_run ();
}
