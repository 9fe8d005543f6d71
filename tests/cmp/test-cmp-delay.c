/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-peer.h"
#include "pki/pki-name.h"

/* Delayed delivery of every kind of answer: RFC 9483 §4.4, RFC 9810 §5.3.22. */

#define CA_CERTS_QUESTION "\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x04\x11"

typedef struct {
  SignetCmpBodyType request;
  SignetCmpBodyType answer;
} Kind;

static const Kind kinds[] = {
  { SIGNET_CMP_BODY_IR, SIGNET_CMP_BODY_IP },     { SIGNET_CMP_BODY_CR, SIGNET_CMP_BODY_CP },
  { SIGNET_CMP_BODY_KUR, SIGNET_CMP_BODY_KUP },   { SIGNET_CMP_BODY_P10CR, SIGNET_CMP_BODY_CP },
  { SIGNET_CMP_BODY_CCR, SIGNET_CMP_BODY_CCP },   { SIGNET_CMP_BODY_KRR, SIGNET_CMP_BODY_KRP },
  { SIGNET_CMP_BODY_RR, SIGNET_CMP_BODY_RP },     { SIGNET_CMP_BODY_GENM, SIGNET_CMP_BODY_GENP },
};

static GBytes *
make_p10 (EVP_PKEY *key)
{
  X509_REQ *request = X509_REQ_new ();
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=Maria Huber", NULL);
  GBytes *der;

  X509_REQ_set_subject_name (request, name);
  X509_REQ_set_pubkey (request, key);
  g_assert_cmpint (X509_REQ_sign (request, key, EVP_sha256 ()), >, 0);
  der = signet_asn1_encode (request, ASN1_ITEM_rptr (X509_REQ));
  X509_REQ_free (request);

  return der;
}

static GBytes *
make_rev_req (void)
{
  SignetRevReqContent *content = sk_SignetRevDetails_new_null ();
  SignetRevDetails *details = SignetRevDetails_new ();
  GBytes *der;

  details->cert_details->issuer = signet_name_parse ("CN=Some CA", NULL);
  details->cert_details->serial_number = ASN1_INTEGER_new ();
  ASN1_INTEGER_set (details->cert_details->serial_number, 17);
  sk_SignetRevDetails_push (content, details);
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetRevReqContent));
  sk_SignetRevDetails_pop_free (content, SignetRevDetails_free);

  return der;
}

/* A cross-certificate is asked for completely, so the certificate that comes is for less time than that. */
static SignetCmpOperation *
make_cross_certification (Peer *peer)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  SignetCmpOperation *operation = signet_cmp_operation_new (SIGNET_CMP_BODY_CCR, peer->key, subject);
  SignetCmpItem *item = signet_cmp_operation_get_item (operation, 0);
  static const guint8 ecdsa_with_sha256[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
  g_autoptr (GBytes) algorithm = g_bytes_new_static (ecdsa_with_sha256, sizeof ecdsa_with_sha256);

  signet_cmp_item_set_issuer (item, X509_get_subject_name (peer->ca->issuer));
  signet_cmp_item_set_validity (item, peer->now - 60, peer->now + 3600);
  g_assert_true (signet_cmp_item_set_signing_alg (item, algorithm, NULL));

  return operation;
}

static SignetCmpOperation *
make_operation (Peer              *peer,
                SignetCmpBodyType  type)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (GBytes) content = NULL;

  switch (type)
    {
    case SIGNET_CMP_BODY_P10CR:
      content = make_p10 (signet_key_get_pkey (peer->key));
      return signet_cmp_operation_new_p10 (content, peer->key, NULL);
    case SIGNET_CMP_BODY_CCR:
      return make_cross_certification (peer);
    case SIGNET_CMP_BODY_RR:
      content = make_rev_req ();
      return signet_cmp_operation_new_for_content (type, content, NULL);
    case SIGNET_CMP_BODY_GENM:
      content = g_bytes_new_static (CA_CERTS_QUESTION, sizeof CA_CERTS_QUESTION - 1);
      return signet_cmp_operation_new_for_content (type, content, NULL);
    default:
      return signet_cmp_operation_new (type, peer->key, subject);
    }
}

static GBytes *
make_key_rec_rep (int   status,
                  X509 *certificate)
{
  SignetKeyRecRepContent *content = SignetKeyRecRepContent_new ();
  GBytes *der;

  ASN1_INTEGER_set (content->status->status, status);
  if (certificate != NULL)
    {
      g_autoptr (GBytes) encoded = signet_asn1_encode (certificate, ASN1_ITEM_rptr (X509));

      content->new_sig_cert = signet_asn1_any_new (encoded);
    }
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetKeyRecRepContent));
  SignetKeyRecRepContent_free (content);

  return der;
}

static GBytes *
make_rev_rep (void)
{
  SignetRevRepContent *content = SignetRevRepContent_new ();
  GBytes *der;

  sk_SignetPkiStatusInfo_push (content->status, SignetPkiStatusInfo_new ());
  ASN1_INTEGER_set (sk_SignetPkiStatusInfo_value (content->status, 0)->status, 0);
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetRevRepContent));
  SignetRevRepContent_free (content);

  return der;
}

static GBytes *
make_answer (Peer              *peer,
             SignetCmpBodyType  request)
{
  g_autoptr (X509) certificate = peer_issue (peer->ca, peer->key);

  switch (request)
    {
    case SIGNET_CMP_BODY_RR:
      return make_rev_rep ();
    case SIGNET_CMP_BODY_GENM:
      return g_bytes_new_static (CA_CERTS_QUESTION, sizeof CA_CERTS_QUESTION - 1);
    case SIGNET_CMP_BODY_KRR:
      return make_key_rec_rep (0, certificate);
    case SIGNET_CMP_BODY_P10CR:
      return peer_cert_rep (peer_response_for (-1, 0, certificate), NULL);
    default:
      return peer_cert_rep (peer_response (certificate), NULL);
    }
}

static void
sign (PeerAnswer *answer,
      gpointer    data)
{
  peer_answer_sign (answer, answer->peer->ca->issuer_key, answer->peer->ca->issuer);
}

static SignetCmpStep
receive (Peer              *peer,
         SignetCmpBodyType  type,
         GBytes            *content)
{
  gboolean mac = signet_cmp_credentials_is_mac (peer->credentials);
  SignetCmpStep step = peer_receive (peer, type, content, mac ? NULL : sign, NULL);

  g_bytes_unref (content);

  return step;
}

static void
begin (Peer       *peer,
       const Kind *kind)
{
  g_autoptr (SignetCmpOperation) operation = NULL;

  peer_init (peer);
  /* Cross-certificates are asked for by signature alone. */
  if (kind->request == SIGNET_CMP_BODY_CCR)
    peer_use_signature (peer);
  operation = make_operation (peer, kind->request);
  g_assert_nonnull (operation);
  peer_begin_operation (peer, operation);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer->request), ==, kind->request);
}

/* The next message of our side is a pollReq for @id. */
static void
take_poll (Peer  *peer,
           gint64 id)
{
  const SignetPollReqContent *content;

  signet_cmp_transaction_hurry (peer->transaction);
  peer_take (peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer->request), ==, SIGNET_CMP_BODY_POLLREQ);
  content = signet_cmp_message_get_body (peer->request);
  g_assert_cmpint (sk_SignetPollReq_num (content), ==, 1);
  g_assert_cmpint (ASN1_INTEGER_get (sk_SignetPollReq_value (content, 0)->cert_req_id), ==, id);
}

static void
put_off (Peer  *peer,
         gint64 id)
{
  static const gint64 seconds[] = { 60 };

  take_poll (peer, id);
  g_assert_cmpint (receive (peer, SIGNET_CMP_BODY_POLLREP, peer_poll_rep (&id, seconds, 1)), ==, SIGNET_CMP_STEP_WAIT);
  g_assert_cmpint (signet_cmp_transaction_get_wait_until (peer->transaction), ==, peer->now + 60);
  g_assert_cmpstr (signet_cmp_transaction_get_status (peer->transaction)->text, ==, "not yet");
  take_poll (peer, id);
}

/* Once the answer is there, all is as if it had come at once; the pkiconf may be delayed as well. */
static void
finish (Peer       *peer,
        const Kind *kind)
{
  SignetCmpStep step = receive (peer, kind->answer, make_answer (peer, kind->request));

  if (kind->request == SIGNET_CMP_BODY_CCR && step == SIGNET_CMP_STEP_ASK)
    g_assert_true (signet_cmp_transaction_answer (peer->transaction, TRUE, peer->now, &step, NULL));
  if (kind->request == SIGNET_CMP_BODY_RR || kind->request == SIGNET_CMP_BODY_GENM)
    {
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_DONE);
      return;
    }
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
  peer_take (peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer->request), ==, SIGNET_CMP_BODY_CERTCONF);
  g_assert_cmpint (receive (peer, SIGNET_CMP_BODY_ERROR, peer_error (3, 0)), ==, SIGNET_CMP_STEP_WAIT);
  put_off (peer, -1);
  g_assert_cmpint (receive (peer, SIGNET_CMP_BODY_PKICONF, signet_cmp_body_pkiconf ()), ==, SIGNET_CMP_STEP_DONE);
}

/* error “waiting”: the whole answer is delayed. */
static void
test_whole (gconstpointer data)
{
  const Kind *kind = data;
  Peer peer = { 0 };

  begin (&peer, kind);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_ERROR, peer_error (3, 0)), ==, SIGNET_CMP_STEP_WAIT);
  put_off (&peer, -1);
  finish (&peer, kind);
  peer_clear (&peer);
}

/* The answer says “waiting” itself. */
static void
test_response (gconstpointer data)
{
  const Kind *kind = data;
  gint64 id = kind->request == SIGNET_CMP_BODY_P10CR ? -1 : 0;
  Peer peer = { 0 };
  GBytes *content = kind->request == SIGNET_CMP_BODY_KRR ? make_key_rec_rep (3, NULL)
                                                        : peer_cert_rep (peer_response_for (id, 3, NULL), NULL);

  begin (&peer, kind);
  g_assert_cmpint (receive (&peer, kind->answer, content), ==, SIGNET_CMP_STEP_WAIT);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (peer.transaction, 0), ==, SIGNET_CMP_ITEM_WAITING);
  put_off (&peer, id);
  finish (&peer, kind);
  peer_clear (&peer);
}

/* krp “waiting” must have nothing else in it. */
static void
test_recovery_waits_empty (void)
{
  static const Kind kind = { SIGNET_CMP_BODY_KRR, SIGNET_CMP_BODY_KRP };
  Peer peer = { 0 };
  g_autoptr (X509) certificate = NULL;

  begin (&peer, &kind);
  certificate = peer_issue (peer.ca, peer.key);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_KRP, make_key_rec_rep (3, certificate)), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
  peer_clear (&peer);
}

static void
test_rejected_after_waiting (void)
{
  static const Kind kind = { SIGNET_CMP_BODY_RR, SIGNET_CMP_BODY_RP };
  Peer peer = { 0 };

  begin (&peer, &kind);
  receive (&peer, SIGNET_CMP_BODY_ERROR, peer_error (3, 0));
  take_poll (&peer, -1);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_ERROR, peer_error (2, 1 << 10)), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  static const char *const rows[] = { "R204,R208", "R204,R208", "R204,R208", "R204,R208", "R204,R208,R209", "R204,R208,R209,R372", "R135,R208",
                                      "R135,R208,R249" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *name = signet_cmp_body_type_name (kinds[i].request);
      g_autofree char *whole = g_strdup_printf ("/cmp/delay/error/%s/%s", name, rows[i]);
      const char *more = kinds[i].request == SIGNET_CMP_BODY_P10CR  ? "R210"
                         : kinds[i].request == SIGNET_CMP_BODY_KRR ? "R209,R371,R372"
                         : kinds[i].request == SIGNET_CMP_BODY_CCR ? "R209"
                                                                   : "R207";
      g_autofree char *response = g_strdup_printf ("/cmp/delay/response/%s/%s,R204", name, more);

      g_test_add_data_func (whole, &kinds[i], test_whole);
      if (kinds[i].request != SIGNET_CMP_BODY_RR && kinds[i].request != SIGNET_CMP_BODY_GENM)
        g_test_add_data_func (response, &kinds[i], test_response);
    }
  g_test_add_func ("/cmp/delay/recovery-that-waits-is-empty/R371", test_recovery_waits_empty);
  g_test_add_func ("/cmp/delay/rejected-in-the-end", test_rejected_after_waiting);

  return g_test_run ();
}
