/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-archive.h"
#include "cmp/cmp-control.h"
#include "cmp/cmp-info.h"
#include "cmp/cmp-made.h"
#include "cmp/cmp-peer.h"
#include "pki/pki-name.h"

/* What a person may choose beside the usual, what is proposed where nothing was chosen, and what is then demanded. */

static const SignetCertReqMsg *
get_request (Peer *peer)
{
  return sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) signet_cmp_message_get_body (peer->request), 0);
}

/* ---- names ---- */

static void
test_issuer (void)
{
  Peer peer = { 0 };
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (X509_NAME) issuer = signet_name_parse ("CN=Second CA,O=Example", NULL);
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GBytes) grant = NULL;
  const SignetCmpQuestion *question;

  peer_init (&peer);
  operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, peer.key, name);
  signet_cmp_item_set_issuer (signet_cmp_operation_get_item (operation, 0), issuer);
  peer_begin_operation (&peer, operation);
  g_assert_cmpint (X509_NAME_cmp (get_request (&peer)->cert_req->cert_template->issuer, issuer), ==, 0);
  /* And by whom it was issued instead is told. */
  grant = peer_grant (&peer);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, grant, NULL, NULL), ==, SIGNET_CMP_STEP_ASK);
  question = signet_cmp_transaction_get_question (peer.transaction);
  g_assert_cmpuint (question->differences->len, ==, 1);
  g_assert_cmpstr (((SignetCmpDifference *) question->differences->pdata[0])->field, ==, "issuer");
  peer_clear (&peer);
}

static void
test_proposed_name (void)
{
  Peer peer = { 0 };
  SignetCertificate *own;
  g_autoptr (X509_NAME) reference = NULL;
  g_autoptr (X509_NAME) subject = NULL;
  g_autofree char *text = NULL;

  peer_init (&peer);
  reference = signet_cmp_credentials_make_name (peer.credentials);
  text = signet_name_print (reference);
  g_assert_cmpstr (text, ==, "CN=" PEER_REFERENCE);
  own = peer_use_signature (&peer);
  subject = signet_cmp_credentials_make_name (peer.credentials);
  g_assert_cmpint (X509_NAME_cmp (subject, X509_get_subject_name (signet_certificate_get_x509 (own))), ==, 0);
  peer_clear (&peer);
}

static void
test_identity (void)
{
  static const struct { const char *subject; gboolean sign; gboolean same; } rows[] = {
    { "CN=Maria Huber", TRUE, TRUE }, { "CN=Somebody Else", TRUE, FALSE }, { "", TRUE, TRUE },
    { "CN=4711,O=Example", FALSE, TRUE }, { "CN=Somebody Else", FALSE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Peer peer = { 0 };
      g_autoptr (X509_NAME) name = signet_name_parse (rows[i].subject, NULL);
      g_autoptr (SignetCmpOperation) operation = NULL;
      g_autofree char *warning = NULL;

      peer_init (&peer);
      if (rows[i].sign)
        peer_use_signature (&peer);
      operation = signet_cmp_operation_new (SIGNET_CMP_BODY_CR, peer.key, name);
      warning = signet_cmp_operation_check_identity (operation, peer.credentials);
      g_assert_cmpint (warning == NULL, ==, rows[i].same);
      if (warning != NULL)
        g_assert_nonnull (strstr (warning, rows[i].subject));
      peer_clear (&peer);
    }
}

/* ---- after implicit confirmation ---- */

static void
grant_implicitly (PeerAnswer *answer,
                  gpointer    data)
{
  SignetTypeAndValue *info = SignetTypeAndValue_new ();

  ASN1_OBJECT_free (info->type);
  info->type = OBJ_txt2obj ("1.3.6.1.5.5.7.4.13", 1);
  info->value = ASN1_TYPE_new ();
  ASN1_TYPE_set (info->value, V_ASN1_NULL, NULL);
  answer->header->general_info = sk_SignetTypeAndValue_new_null ();
  sk_SignetTypeAndValue_push (answer->header->general_info, info);
}

/* The authority is not told; the person is, and that the certificate should be revoked. */
/* implicitConfirm with another value than the NULL of its type agrees to nothing: certConf is sent. Without one it is taken. */
static void
grant_by_value (PeerAnswer *answer,
                gpointer    data)
{
  g_assert_true (signet_cmp_info_add (&answer->header->general_info, SIGNET_OID_IT "13", data));
}

static void
test_implicit_value (void)
{
  static const guint8 no[] = { 0x01, 0x01, 0x00 };
  g_autoptr (GBytes) value = g_bytes_new_static (no, sizeof no);
  struct { GBytes *value; SignetCmpStep step; } cases[] = { { value, SIGNET_CMP_STEP_SEND }, { NULL, SIGNET_CMP_STEP_DONE } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Peer peer = { 0 };
      g_autoptr (GBytes) content = NULL;

      peer_init (&peer);
      peer_begin (&peer, SIGNET_CMP_BODY_IR);
      content = peer_grant (&peer);
      g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, grant_by_value, cases[i].value), ==, cases[i].step);
      if (cases[i].step == SIGNET_CMP_STEP_SEND)
        {
          peer_take (&peer);
          g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_CERTCONF);
        }
      peer_clear (&peer);
    }
}

static void
test_refused_too_late (void)
{
  Peer peer = { 0 };
  g_autoptr (X509) x509 = NULL;
  g_autoptr (X509_NAME) changed = signet_name_parse ("CN=Somebody Else", NULL);
  g_autoptr (GBytes) content = NULL;
  SignetCmpStep step;

  peer_init (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  x509 = peer_issue (peer.ca, peer.key);
  X509_set_subject_name (x509, changed);
  g_assert_cmpint (X509_sign (x509, peer.ca->issuer_key, EVP_sha256 ()), >, 0);
  content = peer_cert_rep (peer_response (x509), NULL);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, grant_implicitly, NULL), ==, SIGNET_CMP_STEP_ASK);
  peer_restart (&peer);
  g_assert_true (signet_cmp_transaction_answer (peer.transaction, FALSE, peer.now, &step, NULL));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
  g_assert_null (signet_cmp_transaction_next (peer.transaction, peer.now, NULL));
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE);
  g_assert_nonnull (strstr (signet_cmp_transaction_get_failure (peer.transaction)->message, "have it revoked"));
  g_assert_nonnull (signet_cmp_transaction_get_certificate (peer.transaction));
  peer_clear (&peer);
}

/* ---- kur ---- */

/* For a new key, or for the same one where that is wished. */
static void
test_update_keys (void)
{
  Peer peer = { 0 };
  SignetCertificate *old;
  SignetKey *new_key;

  peer_init (&peer);
  old = peer_use_signature (&peer);
  new_key = peer_new_key (&peer, "ec:P-256");
  for (guint same = 0; same < 2; same++)
    {
      SignetKey *key = same ? peer.key : new_key;
      g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_update (key, old);
      g_autoptr (GBytes) sent = NULL;

      peer_begin_operation (&peer, operation);
      sent = signet_asn1_encode (get_request (&peer)->cert_req->cert_template->public_key, ASN1_ITEM_rptr (SignetPublicKeyInfo));
      g_assert_true (g_bytes_equal (sent, signet_key_get_public (key)));
    }
  peer_clear (&peer);
}

static void
sign (PeerAnswer *answer,
      gpointer    data)
{
  peer_answer_sign (answer, answer->peer->ca->issuer_key, answer->peer->ca->issuer);
}

/* Ended between kup and pkiconf, it goes on with both keys, and the old certificate signs the confirmation of the new one. */
static void
test_update_keeps_old (void)
{
  Peer peer = { 0 };
  SignetCertificate *old;
  SignetKey *new_key;
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (X509) x509 = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  old = peer_use_signature (&peer);
  new_key = peer_new_key (&peer, "ec:P-256");
  operation = signet_cmp_operation_new_update (new_key, old);
  peer_begin_operation (&peer, operation);
  x509 = peer_issue (peer.ca, new_key);
  content = peer_cert_rep (peer_response (x509), NULL);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_KUP, content, sign, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_CERTCONF);
  g_assert_true (signet_cmp_verify_signature (peer.request, old, SIGNET_CMP_RELAX_NONE, &error));
  g_assert_no_error (error);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_PKICONF, pkiconf, sign, NULL), ==, SIGNET_CMP_STEP_DONE);
  peer_clear (&peer);
}

/* ---- ccr ---- */

typedef enum { SIGNING_ALG, ISSUER, VALIDITY, SUBJECT, NOTHING } Missing;

static SignetCmpOperation *
make_cross_certification (Peer    *peer,
                          Missing  missing)
{
  g_autoptr (X509_NAME) subject = signet_name_parse (missing == SUBJECT ? "" : "CN=Maria Huber", NULL);
  SignetCmpOperation *operation = signet_cmp_operation_new (SIGNET_CMP_BODY_CCR, peer->key, subject);
  SignetCmpItem *item = signet_cmp_operation_get_item (operation, 0);
  g_autoptr (GBytes) algorithm = made_der ("SEQUENCE:s", "[s]\na=OID:ecdsa-with-SHA256\n");

  if (missing != ISSUER)
    signet_cmp_item_set_issuer (item, X509_get_subject_name (peer->ca->issuer));
  signet_cmp_item_set_validity (item, peer->now - 3600, missing == VALIDITY ? G_MININT64 : peer->now + 7200);
  if (missing != SIGNING_ALG)
    g_assert_true (signet_cmp_item_set_signing_alg (item, algorithm, NULL));

  return operation;
}

static void
test_cross_complete (void)
{
  static const char *const words[] = { "signingAlg", "issuer", "validity", "subject" };
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) under_mac = NULL;
  g_autoptr (SignetCmpOperation) two = NULL;
  g_autoptr (SignetCmpItem) another = NULL;

  peer_init (&peer);
  under_mac = make_cross_certification (&peer, NOTHING);
  peer_cannot_send (&peer, under_mac, SIGNET_CMP_ERROR_CREDENTIALS, "signed");
  peer_use_signature (&peer);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autoptr (SignetCmpOperation) operation = make_cross_certification (&peer, i);

      peer_cannot_send (&peer, operation, SIGNET_CMP_ERROR_CONTENT, words[i]);
    }
  two = make_cross_certification (&peer, NOTHING);
  another = g_object_ref (signet_cmp_operation_get_item (two, 0));
  signet_cmp_operation_add_item (two, another);
  peer_cannot_send (&peer, two, SIGNET_CMP_ERROR_CREDENTIALS, "singly");
  peer_clear (&peer);
}

static void
test_cross_keeps_key (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GBytes) options = signet_cmp_archive_options_new_remote (TRUE);
  g_autoptr (GBytes) control = signet_cmp_control_new_archive_options (options, NULL);

  peer_init (&peer);
  peer_use_signature (&peer);
  operation = make_cross_certification (&peer, NOTHING);
  g_assert_true (signet_cmp_item_add_control (signet_cmp_operation_get_item (operation, 0), control, NULL));
  peer_cannot_send (&peer, operation, SIGNET_CMP_ERROR_CONTENT, "not given away");
  peer_clear (&peer);
}

/* What was granted otherwise is shown before the certificate counts. */
static void
test_cross_examined (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GBytes) content = NULL;
  const SignetCmpQuestion *question;

  peer_init (&peer);
  peer_use_signature (&peer);
  operation = make_cross_certification (&peer, NOTHING);
  peer_begin_operation (&peer, operation);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_CCR);
  g_assert_cmpint (ASN1_INTEGER_get (get_request (&peer)->cert_req->cert_req_id), ==, 0);
  content = peer_grant (&peer);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_CCP, content, sign, NULL), ==, SIGNET_CMP_STEP_ASK);
  question = signet_cmp_transaction_get_question (peer.transaction);
  g_assert_cmpuint (question->differences->len, ==, 2);
  g_assert_cmpstr (((SignetCmpDifference *) question->differences->pdata[0])->field, ==, "notBefore");
  g_assert_cmpstr (((SignetCmpDifference *) question->differences->pdata[1])->field, ==, "notAfter");
  peer_clear (&peer);
}

/* A CA below another may as well ask as everybody does. */
static void
test_subordinate (void)
{
  static const SignetCmpBodyType types[] = { SIGNET_CMP_BODY_IR, SIGNET_CMP_BODY_CR };
  Peer peer = { 0 };
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=Sub CA", NULL);

  peer_init (&peer);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (types[i], peer.key, name);
      X509_EXTENSION *ca = X509V3_EXT_conf_nid (NULL, NULL, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");

      signet_cmp_item_set_extension (signet_cmp_operation_get_item (operation, 0), ca);
      g_assert_true (signet_cmp_operation_add_key_usage (operation, "keyCertSign", NULL));
      peer_begin_operation (&peer, operation);
      g_assert_cmpint (X509v3_get_ext_by_NID (get_request (&peer)->cert_req->cert_template->extensions, NID_basic_constraints, -1),
                       >=, 0);
      X509_EXTENSION_free (ca);
    }
  peer_clear (&peer);
}

/* ---- krr ---- */

static void
test_recovery (void)
{
  Peer peer = { 0 };
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GBytes) sent = NULL;
  g_autoptr (GBytes) named = NULL;
  g_autoptr (SignetPublicKeyInfo) info = NULL;
  SignetKey *protocol_key;
  const SignetTypeAndValue *control;

  peer_init (&peer);
  protocol_key = peer_new_key (&peer, "rsa:2048");
  operation = signet_cmp_operation_new (SIGNET_CMP_BODY_KRR, peer.key, name);
  signet_cmp_item_set_protocol_key (signet_cmp_operation_get_item (operation, 0), protocol_key);
  peer_begin_operation (&peer, operation);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_KRR);
  g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 3);
  sent = signet_asn1_encode (get_request (&peer)->cert_req->cert_template->public_key, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  g_assert_true (g_bytes_equal (sent, signet_key_get_public (peer.key)));
  g_assert_cmpint (get_request (&peer)->popo->type, ==, SIGNET_POPO_SIGNATURE);
  control = sk_SignetTypeAndValue_value (get_request (&peer)->cert_req->controls, 0);
  info = signet_asn1_decode_any (control->value, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  named = signet_asn1_encode (info, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  g_assert_true (g_bytes_equal (named, signet_key_get_public (protocol_key)));
  /* The key is there again after each restart, for what will be encrypted to it. */
  g_assert_cmpstr (signet_key_get_id (signet_cmp_item_get_protocol_key (
                       signet_cmp_operation_get_item (signet_cmp_transaction_get_operation (peer.transaction), 0))),
                   ==, signet_key_get_id (protocol_key));
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/choices/issuer/R141,R151", test_issuer);
  g_test_add_func ("/cmp/choices/name-that-is-proposed/R146", test_proposed_name);
  g_test_add_func ("/cmp/choices/warns-where-names-differ/R147", test_identity);
  g_test_add_func ("/cmp/choices/refused-after-implicit-confirmation/R128", test_refused_too_late);
  g_test_add_func ("/cmp/choices/implicit-confirmation-by-its-value", test_implicit_value);
  g_test_add_func ("/cmp/choices/update/new-key-or-the-same/R181", test_update_keys);
  g_test_add_func ("/cmp/choices/update/old-key-serves-until-confirmed/R184", test_update_keeps_old);
  g_test_add_func ("/cmp/choices/cross-certification/complete/R185,R186", test_cross_complete);
  g_test_add_func ("/cmp/choices/cross-certification/keeps-its-key/R187", test_cross_keeps_key);
  g_test_add_func ("/cmp/choices/cross-certification/is-examined/R185,R188", test_cross_examined);
  g_test_add_func ("/cmp/choices/cross-certification/or-as-everybody-does/R189", test_subordinate);
  g_test_add_func ("/cmp/choices/recovery/R360,R367", test_recovery);

  return g_test_run ();
}
