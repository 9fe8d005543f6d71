/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-peer.h"
#include "pki/pki-name.h"

/*
 * What an authority may put into an answer beside what is needed: it is taken, and grants nothing. Each row is an answer with a
 * certificate as asked for, and the remark that stands beside it afterwards.
 */

typedef struct Case Case;

struct Case {
  const char *path;
  SignetCmpBodyType request;
  PeerEdit edit;                                /* (nullable) */
  GBytes *(*content) (Peer *peer);              /* (nullable): as asked for */
  void (*prepare) (Peer *peer);                 /* (nullable) */
  SignetCmpStep step;
  const char *remark;                           /* part of it; %NULL: none */
};

static void
add_info (PeerAnswer *answer,
          const char *oid,
          int         type,
          void       *value)
{
  SignetTypeAndValue *item = SignetTypeAndValue_new ();

  if (answer->header->general_info == NULL)
    answer->header->general_info = sk_SignetTypeAndValue_new_null ();
  ASN1_OBJECT_free (item->type);
  item->type = OBJ_txt2obj (oid, 1);
  item->value = ASN1_TYPE_new ();
  ASN1_TYPE_set (item->value, type, value);
  sk_SignetTypeAndValue_push (answer->header->general_info, item);
}

/* freeText, recipKID and an information type that nobody knows: RFC 9483 leaves them out and does not forbid them. */
static void
add_undiscussed (PeerAnswer *answer,
                 gpointer    data)
{
  ASN1_UTF8STRING *text = ASN1_UTF8STRING_new ();

  ASN1_STRING_set (text, "Grüße", -1);
  answer->header->free_text = sk_ASN1_UTF8STRING_new_null ();
  sk_ASN1_UTF8STRING_push (answer->header->free_text, text);
  answer->header->recip_kid = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (answer->header->recip_kid, (const guint8 *) "somebody", 8);
  add_info (answer, "1.3.6.1.4.1.99999.1", V_ASN1_NULL, NULL);
}

static void
name_strangers (PeerAnswer *answer,
                gpointer    data)
{
  g_autoptr (X509_NAME) other = signet_name_parse ("CN=Somebody,O=Else", NULL);

  X509_NAME_free (answer->header->recipient->d.directoryName);
  answer->header->recipient->d.directoryName = X509_NAME_dup (other);
  X509_NAME_free (answer->header->sender->d.directoryName);
  answer->header->sender->d.directoryName = g_steal_pointer (&other);
}

static void
add_many_certificates (PeerAnswer *answer,
                       gpointer    data)
{
  GPtrArray *extra = answer->extra_certs;
  g_autoptr (SignetCertificate) needed = g_object_ref (g_ptr_array_index (extra, 0));

  g_ptr_array_set_size (extra, 0);
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
      g_autoptr (X509) x509 = peer_issue (i % 2 == 0 ? answer->peer->stranger : answer->peer->ca, key);

      g_ptr_array_add (extra, signet_certificate_new_for_x509 (x509));
      if (i == 13)
        g_ptr_array_add (extra, g_object_ref (needed));
    }
}

static void
grant_and_limit (PeerAnswer *answer,
                 gpointer    data)
{
  add_info (answer, "1.3.6.1.5.5.7.4.13", V_ASN1_NULL, NULL);
  add_info (answer, "1.3.6.1.5.5.7.4.14", V_ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_set (NULL, answer->peer->now + 60));
}

static void
speak_version_3 (PeerAnswer *answer,
                 gpointer    data)
{
  ASN1_INTEGER_set (answer->header->pvno, 3);
}

static void
sign_by_stranger (PeerAnswer *answer,
                  gpointer    data)
{
  peer_answer_sign (answer, answer->peer->stranger->issuer_key, answer->peer->stranger->issuer);
  g_ptr_array_add (answer->extra_certs, signet_certificate_new_for_x509 (answer->peer->stranger->root));
}

static void
sign_by_issuer (PeerAnswer *answer,
                gpointer    data)
{
  peer_answer_sign (answer, answer->peer->ca->issuer_key, answer->peer->ca->issuer);
}

static GBytes *
content_with_infos (Peer *peer)
{
  g_autoptr (X509) certificate = peer_issue (peer->ca, peer->key);
  SignetCertResponse *response = peer_response (certificate);

  response->rsp_info = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (response->rsp_info, (const guint8 *) "shelf?7%", 8);
  response->certified_key_pair->publication_info = ASN1_TYPE_new ();
  {
    /* SEQUENCE { action INTEGER dontPublish } */
    static const guint8 info[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };
    ASN1_STRING *sequence = ASN1_STRING_new ();

    ASN1_STRING_set (sequence, info, sizeof info);
    ASN1_TYPE_set (response->certified_key_pair->publication_info, V_ASN1_SEQUENCE, sequence);
  }

  return peer_cert_rep (response, NULL);
}

static GBytes *
content_with_ca_pubs (Peer *peer)
{
  g_autoptr (X509) certificate = peer_issue (peer->ca, peer->key);
  X509 *ca_pubs[] = { peer->stranger->root, peer->stranger->issuer, NULL };

  return peer_cert_rep (peer_response (certificate), ca_pubs);
}

static GBytes *
content_with_known_ca_pubs (Peer *peer)
{
  g_autoptr (X509) certificate = peer_issue (peer->ca, peer->key);
  X509 *ca_pubs[] = { peer->ca->root, NULL };

  return peer_cert_rep (peer_response (certificate), ca_pubs);
}

static GBytes *
content_waiting_with_reason (Peer *peer)
{
  SignetCertResponse *response = peer_response (NULL);

  ASN1_INTEGER_set (response->status->status, 3);
  response->status->fail_info = ASN1_BIT_STRING_new ();
  ASN1_BIT_STRING_set_bit (response->status->fail_info, 2, 1);

  return peer_cert_rep (response, NULL);
}

/* Roots that come along are wanted, and signed answers allowed: the most that settings open. */
static void
open_wide (Peer *peer)
{
  signet_cmp_authority_set_relaxations (peer->authority,
                                        SIGNET_CMP_RELAX_CA_PUBS | SIGNET_CMP_RELAX_SIGNED_ANSWER_TO_MAC);
}

static const Case cases[] = {
  { "/cmp/answer/nothing-added", SIGNET_CMP_BODY_IR, NULL, NULL, NULL, SIGNET_CMP_STEP_SEND, NULL },
  { "/cmp/answer/free-text-and-unknown-information/R005,R031,R478", SIGNET_CMP_BODY_IR, add_undiscussed, content_with_infos, NULL,
    SIGNET_CMP_STEP_SEND, NULL },
  { "/cmp/answer/other-sender-and-recipient/R009,R012", SIGNET_CMP_BODY_IR, name_strangers, NULL, NULL, SIGNET_CMP_STEP_SEND, NULL },
  { "/cmp/answer/many-certificates-in-any-order/R116", SIGNET_CMP_BODY_IR, add_many_certificates, NULL, NULL, SIGNET_CMP_STEP_SEND,
    NULL },
  { "/cmp/answer/no-confirmation-needed-and-by-when/R193", SIGNET_CMP_BODY_IR, grant_and_limit, NULL, NULL, SIGNET_CMP_STEP_DONE,
    "until when it must come" },
  { "/cmp/answer/another-version/R044", SIGNET_CMP_BODY_IR, speak_version_3, NULL, NULL, SIGNET_CMP_STEP_SEND,
    "another version of the protocol" },
  { "/cmp/answer/wait-and-a-reason-to-refuse/R218", SIGNET_CMP_BODY_IR, NULL, content_waiting_with_reason, NULL,
    SIGNET_CMP_STEP_WAIT, "The reason was passed over" },
  { "/cmp/answer/roots-that-nobody-wanted/R160", SIGNET_CMP_BODY_IR, NULL, content_with_ca_pubs, NULL, SIGNET_CMP_STEP_SEND,
    "None of them was taken" },
  { "/cmp/answer/roots-though-one-is-known/R160", SIGNET_CMP_BODY_IR, NULL, content_with_ca_pubs, open_wide, SIGNET_CMP_STEP_SEND,
    "None of them was taken" },
  { "/cmp/answer/the-root-that-is-known/R160", SIGNET_CMP_BODY_IR, NULL, content_with_known_ca_pubs, NULL, SIGNET_CMP_STEP_SEND,
    NULL },
  { "/cmp/answer/roots-in-cp/R169", SIGNET_CMP_BODY_CR, NULL, content_with_ca_pubs, open_wide, SIGNET_CMP_STEP_SEND,
    "where none belong" },
};

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  Peer peer = { 0 };
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (SignetSecret) sealed_part = NULL;
  const char *remark;

  peer_init (&peer);
  if (test->prepare != NULL)
    test->prepare (&peer);
  peer_begin (&peer, test->request);
  content = test->content != NULL ? test->content (&peer) : peer_grant (&peer);
  g_assert_cmpint (peer_receive (&peer, test->request == SIGNET_CMP_BODY_IR ? SIGNET_CMP_BODY_IP : SIGNET_CMP_BODY_CP, content,
                                 test->edit, NULL), ==, test->step);
  remark = signet_cmp_transaction_get_remarks (peer.transaction);
  if (test->remark == NULL)
    g_assert_cmpstr (remark, ==, NULL);
  else
    g_assert_nonnull (strstr (remark, test->remark));
  g_assert_null (signet_cmp_transaction_get_new_anchor (peer.transaction));
  if (test->step != SIGNET_CMP_STEP_WAIT)
    g_assert_cmpuint (signet_cmp_transaction_get_chain (peer.transaction)->len, ==, 2);
  peer_clear (&peer);
}

/* A signed answer may not bring the root that its signature is to be trusted by, whatever the settings. */
static void
test_own_root (void)
{
  Peer peer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (X509) certificate = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) own = NULL;
  X509 *ca_pubs[] = { NULL, NULL };
  SignetCmpStep step;

  peer_init (&peer);
  g_clear_object (&peer.authority);
  peer.authority = signet_cmp_authority_new ();
  open_wide (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  certificate = peer_issue (peer.stranger, peer.key);
  ca_pubs[0] = peer.stranger->root;
  content = peer_cert_rep (peer_response (certificate), ca_pubs);
  answer = peer_answer (&peer, SIGNET_CMP_BODY_IP, content, sign_by_stranger, NULL);
  g_assert_false (signet_cmp_transaction_receive (peer.transaction, answer, peer.now, &step, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  g_assert_null (signet_cmp_transaction_get_new_anchor (peer.transaction));
  peer_clear (&peer);
}

/* Roots are offered one at a time: of two that have nothing to do with each other, none is. */
static void
test_two_roots (void)
{
  Peer peer = { 0 };
  g_autoptr (X509) certificate = NULL;
  g_autoptr (GBytes) content = NULL;
  X509 *ca_pubs[] = { NULL, NULL, NULL };

  peer_init (&peer);
  g_clear_object (&peer.authority);
  peer.authority = signet_cmp_authority_new ();
  open_wide (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  certificate = peer_issue (peer.ca, peer.key);
  ca_pubs[0] = peer.ca->root;
  ca_pubs[1] = peer.stranger->root;
  content = peer_cert_rep (peer_response (certificate), ca_pubs);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, NULL, NULL), ==, SIGNET_CMP_STEP_SEND);
  g_assert_null (signet_cmp_transaction_get_question (peer.transaction));
  g_assert_null (signet_cmp_transaction_get_new_anchor (peer.transaction));
  g_assert_nonnull (strstr (signet_cmp_transaction_get_remarks (peer.transaction), "None of them was taken"));
  peer_clear (&peer);
}

/* With an anchor of ours a signed answer is believed, and needs no word of its own about whom to trust. */
static void
test_existing_anchor (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) content = NULL;

  peer_init (&peer);
  open_wide (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  content = content_with_ca_pubs (&peer);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, sign_by_issuer, NULL), ==, SIGNET_CMP_STEP_SEND);
  g_assert_null (signet_cmp_transaction_get_new_anchor (peer.transaction));
  g_assert_null (signet_cmp_transaction_get_question (peer.transaction));
  g_assert_nonnull (strstr (signet_cmp_transaction_get_remarks (peer.transaction), "None of them was taken"));
  peer_clear (&peer);
}

/* What is shown of an answer: rspInfo and publicationInfo too, though nothing follows from them. */
static void
test_infos_shown (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autofree char *words = NULL;

  peer_init (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  content = content_with_infos (&peer);
  answer = peer_answer (&peer, SIGNET_CMP_BODY_IP, content, add_undiscussed, NULL);
  message = signet_cmp_message_parse (answer, NULL);
  words = signet_cmp_message_print (message);
  g_assert_nonnull (strstr (words, "rspInfo"));
  g_assert_nonnull (strstr (words, "publicationInfo"));
  g_assert_nonnull (strstr (words, "Grüße"));
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, NULL, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_clear (&peer);
}

/* One remark goes with one answer. */
static void
test_remark_goes (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();

  peer_init (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  content = content_with_ca_pubs (&peer);
  peer_receive (&peer, SIGNET_CMP_BODY_IP, content, NULL, NULL);
  g_assert_nonnull (signet_cmp_transaction_get_remarks (peer.transaction));
  peer_take (&peer);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_PKICONF, pkiconf, NULL, NULL), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpstr (signet_cmp_transaction_get_remarks (peer.transaction), ==, NULL);
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i], test_case);
  g_test_add_func ("/cmp/answer/no-root-for-its-own-signature/R161,R163", test_own_root);
  g_test_add_func ("/cmp/answer/two-roots-offer-none/R160", test_two_roots);
  g_test_add_func ("/cmp/answer/existing-anchors-suffice/R164", test_existing_anchor);
  g_test_add_func ("/cmp/answer/what-is-passed-over-is-shown/R157", test_infos_shown);
  g_test_add_func ("/cmp/answer/a-remark-goes-with-its-answer", test_remark_goes);

  return g_test_run ();
}
