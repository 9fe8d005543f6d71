/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-genm.h"
#include "cmp/cmp-genp.h"
#include "cmp/cmp-made.h"
#include "cmp/cmp-peer.h"
#include "cmp/cmp-root-update.h"
#include "cmp/cmp-template.h"

/* Questions of a genm in a transaction, and what becomes of the answer. */

/* A transaction that asks @item, which is taken; its first message is @peer's request. */
static void
begin (Peer              *peer,
       SignetCmpGenmItem *item)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (item);
  g_ptr_array_add (items, item);
  content = signet_cmp_genm_encode (items);
  operation = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_GENM, content, &error);
  g_assert_no_error (error);
  g_clear_object (&peer->transaction);
  peer->transaction = signet_cmp_transaction_new (operation, peer->authority, peer->credentials, &error);
  g_assert_no_error (error);
  peer_take (peer);
}

static GPtrArray *
take_answer (Peer *peer)
{
  SignetCmpBodyType body = SIGNET_CMP_BODY_GENM;
  GBytes *answer = signet_cmp_transaction_get_answer (peer->transaction, &body);
  g_autoptr (GError) error = NULL;
  GPtrArray *items = signet_cmp_genm_decode (answer, &error);

  g_assert_no_error (error);
  g_assert_cmpint (body, ==, SIGNET_CMP_BODY_GENP);

  return items;
}

static const STACK_OF (SignetTypeAndValue) *
general_info (Peer *peer)
{
  return signet_cmp_message_get_header (peer->request)->general_info;
}

/* A template may be chosen by the name of a profile; no other question has one, and none asks for implicit confirmation. */
static void
test_profile (void)
{
  Peer peer = { 0 };
  g_autofree char *profile = NULL;

  peer_init (&peer);
  signet_cmp_authority_set_profile (peer.authority, "smime");
  begin (&peer, signet_cmp_genm_ask (SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, NULL));
  profile = signet_cmp_message_get_cert_profile (peer.request);
  g_assert_cmpstr (profile, ==, "smime");
  g_assert_cmpint (sk_SignetTypeAndValue_num (general_info (&peer)), ==, 1);
  begin (&peer, signet_cmp_genm_ask (SIGNET_CMP_INFO_CA_CERTS, NULL));
  g_assert_cmpint (sk_SignetTypeAndValue_num (general_info (&peer)), <=, 0);
  signet_cmp_authority_set_profile (peer.authority, NULL);
  begin (&peer, signet_cmp_genm_ask (SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, NULL));
  g_assert_cmpint (sk_SignetTypeAndValue_num (general_info (&peer)), <=, 0);
  peer_clear (&peer);
}

static void
test_template (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask (SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, NULL);
  g_autoptr (GBytes) content = made_der (
    "SEQUENCE:genp", "[genp]\nitem=SEQUENCE:item\n[item]\ntype=OID:1.3.6.1.5.5.7.4.19\nvalue=SEQUENCE:value\n"
                     "[value]\ntemplate=SEQUENCE:template\n[template]\nsubject=EXP:5,SEQUENCE:none\n[none]\n");
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (SignetCmpTemplate) template = NULL;

  peer_init (&peer);
  begin (&peer, signet_cmp_genm_ask (SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, NULL));
  g_assert_cmpint (sk_SignetTypeAndValue_num (signet_cmp_message_get_body (peer.request)), ==, 1);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_GENP, content, NULL, NULL), ==, SIGNET_CMP_STEP_DONE);
  items = take_answer (&peer);
  g_assert_true (signet_cmp_template_read (signet_cmp_genm_find_answer (question, items, NULL), &template, NULL));
  g_assert_cmpuint (signet_cmp_template_get_fields (template)->len, ==, 1);
  peer_clear (&peer);
}

/* An error body is a refusal; a genp that says so is an answer. */
static void
test_not_available (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask (SIGNET_CMP_INFO_CA_CERTS, NULL);
  g_autoptr (GBytes) refusal = made_der ("SEQUENCE:error", "[error]\nstatus=SEQUENCE:status\n[status]\nstatus=INTEGER:2\n"
                                                           "fail=FORMAT:BITLIST,BITSTRING:2\n");
  g_autoptr (GBytes) unsupported = made_der ("SEQUENCE:genp", "[genp]\nitem=SEQUENCE:item\n[item]\ntype=OID:1.3.6.1.5.5.7.4.7\n"
                                                              "value=SEQUENCE:oids\n[oids]\none=OID:1.3.6.1.5.5.7.4.17\n");
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  begin (&peer, signet_cmp_genm_ask (SIGNET_CMP_INFO_CA_CERTS, NULL));
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_ERROR, refusal, NULL, NULL), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  begin (&peer, signet_cmp_genm_ask (SIGNET_CMP_INFO_CA_CERTS, NULL));
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_GENP, unsupported, NULL, NULL), ==, SIGNET_CMP_STEP_DONE);
  items = take_answer (&peer);
  g_assert_null (signet_cmp_genm_find_answer (question, items, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
  peer_clear (&peer);
}

/* ---- whom to believe about a new root ---- */

static GBytes *
update_by (SignetDemoCa *new_ca)
{
  g_autoptr (SignetCertificate) root = signet_certificate_new_for_x509 (new_ca->root);
  g_autoptr (GBytes) value = made_sequence (signet_certificate_get_der (root), NULL);
  g_autoptr (GBytes) type = made_der ("OID:1.3.6.1.5.5.7.4.18", NULL);
  g_autoptr (GBytes) item = made_sequence (type, value, NULL);

  return made_sequence (item, NULL);
}

static void
sign (PeerAnswer *answer,
      gpointer    data)
{
  SignetDemoCa *ca = data;

  peer_answer_sign (answer, ca->issuer_key, ca->issuer);
  g_ptr_array_add (answer->extra_certs, signet_certificate_new_for_x509 (ca->root));
}

static void
test_who_may_tell_of_a_root (void)
{
  Peer peer = { 0 };
  g_autoptr (X509) own = NULL;
  g_autoptr (SignetCertificate) own_certificate = NULL;
  g_autoptr (SignetCertificate) root = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;
  const SignetTypeAndValue *asked;
  g_autoptr (GBytes) named = NULL;

  peer_init (&peer);
  own = peer_issue (peer.ca, peer.key);
  own_certificate = signet_certificate_new_for_x509 (own);
  root = signet_certificate_new_for_x509 (peer.ca->root);
  g_clear_object (&peer.credentials);
  peer.credentials = signet_cmp_credentials_new_signature (peer.key, own_certificate, NULL, &error);
  g_assert_no_error (error);
  begin (&peer, signet_cmp_genm_ask_root_update (root));
  asked = sk_SignetTypeAndValue_value ((const STACK_OF (SignetTypeAndValue) *) signet_cmp_message_get_body (peer.request), 0);
  named = signet_asn1_any_get_der (asked->value);
  g_assert_true (g_bytes_equal (named, signet_certificate_get_der (root)));

  content = update_by (peer.stranger);
  answer = peer_answer (&peer, SIGNET_CMP_BODY_GENP, content, sign, peer.stranger);
  g_assert_false (signet_cmp_transaction_receive (peer.transaction, answer, peer.now, &step, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  g_assert_cmpint (signet_cmp_transaction_get_step (peer.transaction), ==, SIGNET_CMP_STEP_SEND);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_GENP, content, sign, peer.ca), ==, SIGNET_CMP_STEP_DONE);
  /* What it says becomes no anchor by being said. */
  g_assert_null (signet_cmp_transaction_get_new_anchor (peer.transaction));
  g_assert_cmpuint (signet_cmp_authority_get_anchors (peer.authority)->len, ==, 1);
  peer_clear (&peer);
}

/* caCerts are there to build chains from: who is certified by one of them alone is not trusted. */
static void
test_ca_certs_are_no_anchors (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCertificate) root = NULL;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GBytes) type = made_der ("OID:1.3.6.1.5.5.7.4.17", NULL);
  g_autoptr (GBytes) item = NULL;
  g_autoptr (GBytes) content = NULL;

  peer_init (&peer);
  root = signet_certificate_new_for_x509 (peer.stranger->root);
  value = made_sequence (signet_certificate_get_der (root), NULL);
  item = made_sequence (type, value, NULL);
  content = made_sequence (item, NULL);
  begin (&peer, signet_cmp_genm_ask (SIGNET_CMP_INFO_CA_CERTS, NULL));
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_GENP, content, NULL, NULL), ==, SIGNET_CMP_STEP_DONE);
  g_assert_null (signet_cmp_transaction_get_new_anchor (peer.transaction));
  g_assert_cmpuint (signet_cmp_authority_get_anchors (peer.authority)->len, ==, 1);
  peer_clear (&peer);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/genm-exchange/profile-chooses-the-template/R033,R286", test_profile);
  g_test_add_func ("/cmp/genm-exchange/template/R242,R263", test_template);
  g_test_add_func ("/cmp/genm-exchange/not-available/R248", test_not_available);
  g_test_add_func ("/cmp/genm-exchange/root-update-by-who-is-trusted-already/R268,R274,R382", test_who_may_tell_of_a_root);
  g_test_add_func ("/cmp/genm-exchange/ca-certs-are-no-anchors/R261", test_ca_certs_are_no_anchors);

  return g_test_run ();
}
