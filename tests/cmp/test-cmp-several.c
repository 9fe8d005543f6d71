/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-peer.h"
#include "pki/pki-name.h"

/* Several requests in one message: each has a state of its own (RFC 9810 §5.3.22, App. C.4). */

#define ACCEPTED 0
#define REJECTION 2
#define WAITING 3

/* A transaction for @n certificates, each for a key of its own: @peer's first, then @peer->keys. */
static void
begin (Peer              *peer,
       SignetCmpBodyType  type,
       guint              n)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_for_items (type);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SignetCmpItem) item = signet_cmp_item_new (i == 0 ? peer->key : peer_new_key (peer, "ec:P-256"), subject);

      signet_cmp_operation_add_item (operation, item);
    }
  peer_begin_operation (peer, operation);
}

static SignetKey *
key_of (Peer  *peer,
        gint64 id)
{
  return id == 0 ? peer->key : g_ptr_array_index (peer->keys, id - 1);
}

static SignetCertResponse *
grant (Peer   *peer,
       gint64  id)
{
  g_autoptr (X509) certificate = peer_issue (peer->ca, key_of (peer, id));

  return peer_response_for (id, ACCEPTED, certificate);
}

static GBytes *
both (SignetCertResponse *a,
      SignetCertResponse *b)
{
  GBytes *content = peer_cert_rep (a, NULL);

  peer_cert_rep_add (&content, b);

  return content;
}

static void
assert_states (Peer               *peer,
               SignetCmpItemState  first,
               SignetCmpItemState  second)
{
  g_assert_cmpuint (signet_cmp_transaction_get_n_items (peer->transaction), ==, 2);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (peer->transaction, 0), ==, first);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (peer->transaction, 1), ==, second);
}

/* The last message of our side is a pollReq for these. */
static void
assert_polls_for (Peer         *peer,
                  const gint64 *ids,
                  int           n)
{
  const SignetPollReqContent *content = signet_cmp_message_get_body (peer->request);

  g_assert_cmpint (signet_cmp_message_get_body_type (peer->request), ==, SIGNET_CMP_BODY_POLLREQ);
  g_assert_cmpint (sk_SignetPollReq_num (content), ==, n);
  for (int i = 0; i < n; i++)
    g_assert_cmpint (ASN1_INTEGER_get (sk_SignetPollReq_value (content, i)->cert_req_id), ==, ids[i]);
}

/* The last message of our side is a certConf with a CertStatus for these, of these values. */
static void
assert_confirms (Peer         *peer,
                 const gint64 *ids,
                 const gint64 *statuses,
                 int           n)
{
  const SignetCertConfirmContent *content = signet_cmp_message_get_body (peer->request);

  g_assert_cmpint (signet_cmp_message_get_body_type (peer->request), ==, SIGNET_CMP_BODY_CERTCONF);
  g_assert_cmpint (sk_SignetCertStatus_num (content), ==, n);
  for (int i = 0; i < n; i++)
    {
      const SignetCertStatus *status = sk_SignetCertStatus_value (content, i);

      g_assert_cmpint (ASN1_INTEGER_get (status->cert_req_id), ==, ids[i]);
      g_assert_cmpint (ASN1_INTEGER_get (status->status_info->status), ==, statuses[i]);
      g_assert_cmpint (status->status_info->fail_info != NULL, ==, statuses[i] == REJECTION);
    }
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

static void
assert_pkiconf_leads_to (Peer          *peer,
                         SignetCmpStep  step)
{
  g_assert_cmpint (receive (peer, SIGNET_CMP_BODY_PKICONF, signet_cmp_body_pkiconf ()), ==, step);
}

static void
test_both_granted (void)
{
  static const gint64 ids[] = { 0, 1 };
  static const gint64 statuses[] = { ACCEPTED, ACCEPTED };
  Peer peer = { 0 };
  const SignetCertReqMessages *messages;

  peer_init (&peer);
  begin (&peer, SIGNET_CMP_BODY_IR, 2);
  messages = signet_cmp_message_get_body (peer.request);
  g_assert_cmpint (sk_SignetCertReqMsg_num (messages), ==, 2);
  for (int i = 0; i < 2; i++)
    g_assert_cmpint (ASN1_INTEGER_get (sk_SignetCertReqMsg_value (messages, i)->cert_req->cert_req_id), ==, i);
  /* In which order the answers come does not matter. */
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP, both (grant (&peer, 1), grant (&peer, 0))), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  assert_confirms (&peer, ids, statuses, 2);
  assert_states (&peer, SIGNET_CMP_ITEM_GRANTED, SIGNET_CMP_ITEM_GRANTED);
  assert_pkiconf_leads_to (&peer, SIGNET_CMP_STEP_DONE);
  assert_states (&peer, SIGNET_CMP_ITEM_CONFIRMED, SIGNET_CMP_ITEM_CONFIRMED);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpstr (signet_certificate_get_key_id (signet_cmp_transaction_get_item_certificate (peer.transaction, i)), ==,
                     signet_key_get_id (key_of (&peer, i)));
  peer_clear (&peer);
}

static void
test_one_rejected (void)
{
  static const gint64 ids[] = { 1 };
  static const gint64 statuses[] = { ACCEPTED };
  Peer peer = { 0 };

  peer_init (&peer);
  begin (&peer, SIGNET_CMP_BODY_CR, 2);
  g_assert_cmpint (
      receive (&peer, SIGNET_CMP_BODY_CP, both (peer_response_for (0, REJECTION, NULL), grant (&peer, 1))), ==,
      SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  assert_confirms (&peer, ids, statuses, 1);
  assert_pkiconf_leads_to (&peer, SIGNET_CMP_STEP_DONE);
  assert_states (&peer, SIGNET_CMP_ITEM_REJECTED, SIGNET_CMP_ITEM_CONFIRMED);
  g_assert_error (signet_cmp_transaction_get_item_failure (peer.transaction, 0), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  g_assert_null (signet_cmp_transaction_get_item_certificate (peer.transaction, 0));
  g_assert_nonnull (signet_cmp_transaction_get_item_certificate (peer.transaction, 1));
  peer_clear (&peer);
}

/* One certificate is as asked for, the other has another key: one CertStatus each, none left out. */
static void
test_one_refused (void)
{
  static const gint64 ids[] = { 0, 1 };
  static const gint64 statuses[] = { ACCEPTED, REJECTION };
  Peer peer = { 0 };
  g_autoptr (X509) wrong = NULL;

  peer_init (&peer);
  begin (&peer, SIGNET_CMP_BODY_IR, 2);
  wrong = peer_issue (peer.ca, peer.key);
  g_assert_cmpint (
      receive (&peer, SIGNET_CMP_BODY_IP, both (grant (&peer, 0), peer_response_for (1, ACCEPTED, wrong))), ==,
      SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  assert_confirms (&peer, ids, statuses, 2);
  assert_pkiconf_leads_to (&peer, SIGNET_CMP_STEP_DONE);
  assert_states (&peer, SIGNET_CMP_ITEM_CONFIRMED, SIGNET_CMP_ITEM_REFUSED);
  peer_clear (&peer);
}

static void
test_none_granted (void)
{
  Peer peer = { 0 };

  peer_init (&peer);
  begin (&peer, SIGNET_CMP_BODY_IR, 2);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP,
                            both (peer_response_for (0, REJECTION, NULL), peer_response_for (1, REJECTION, NULL))),
                   ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  peer_clear (&peer);
}

/* Each is asked about by itself, and each answer counts for one. */
static void
test_questions (void)
{
  static const gint64 ids[] = { 0, 1 };
  static const gint64 statuses[] = { ACCEPTED, REJECTION };
  Peer peer = { 0 };
  g_autoptr (X509_NAME) changed = signet_name_parse ("CN=Maria Huber-Meier", NULL);
  SignetCertResponse *responses[2];
  SignetCmpStep step;

  peer_init (&peer);
  begin (&peer, SIGNET_CMP_BODY_IR, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (X509) x509 = peer_issue (peer.ca, key_of (&peer, i));

      X509_set_subject_name (x509, changed);
      g_assert_cmpint (X509_sign (x509, peer.ca->issuer_key, EVP_sha256 ()), >, 0);
      responses[i] = peer_response_for (i, 1, x509);
    }
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP, both (responses[0], responses[1])), ==, SIGNET_CMP_STEP_ASK);
  peer_restart (&peer);
  g_assert_cmpuint (signet_cmp_transaction_get_question (peer.transaction)->item, ==, 0);
  g_assert_true (signet_cmp_transaction_answer (peer.transaction, TRUE, peer.now, &step, NULL));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_ASK);
  peer_restart (&peer);
  g_assert_cmpuint (signet_cmp_transaction_get_question (peer.transaction)->item, ==, 1);
  g_assert_true (signet_cmp_transaction_answer (peer.transaction, FALSE, peer.now, &step, NULL));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  assert_confirms (&peer, ids, statuses, 2);
  peer_clear (&peer);
}

/* ---- polling ---- */

/* The exchange of RFC 9810 §5.3.22, step by step. */
static void
test_example (void)
{
  static const gint64 zero[] = { 0, 1 };
  static const gint64 *one = &zero[1];
  static const gint64 seconds[] = { 10, 20 };
  static const gint64 accepted[] = { ACCEPTED };
  Peer peer = { 0 };

  peer_init (&peer);
  begin (&peer, SIGNET_CMP_BODY_IR, 2);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP,
                            both (peer_response_for (0, WAITING, NULL), peer_response_for (1, WAITING, NULL))),
                   ==, SIGNET_CMP_STEP_WAIT);
  assert_states (&peer, SIGNET_CMP_ITEM_WAITING, SIGNET_CMP_ITEM_WAITING);
  signet_cmp_transaction_hurry (peer.transaction);
  peer_take (&peer);
  assert_polls_for (&peer, zero, 2);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_POLLREP, peer_poll_rep (zero, seconds, 2)), ==, SIGNET_CMP_STEP_WAIT);
  g_assert_cmpint (signet_cmp_transaction_get_wait_until (peer.transaction), ==, peer.now + 10);
  /* Only the first may be asked about by then; its certificate is ready, and is confirmed before anything else. */
  peer.now += 10;
  peer_take (&peer);
  assert_polls_for (&peer, zero, 1);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP, peer_cert_rep (grant (&peer, 0), NULL)), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  assert_confirms (&peer, zero, accepted, 1);
  assert_pkiconf_leads_to (&peer, SIGNET_CMP_STEP_WAIT);
  assert_states (&peer, SIGNET_CMP_ITEM_CONFIRMED, SIGNET_CMP_ITEM_WAITING);
  g_assert_cmpint (signet_cmp_transaction_get_wait_until (peer.transaction), ==, peer.now + 10);
  peer.now += 10;
  peer_take (&peer);
  assert_polls_for (&peer, one, 1);
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP, peer_cert_rep (grant (&peer, 1), NULL)), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  assert_confirms (&peer, one, accepted, 1);
  assert_pkiconf_leads_to (&peer, SIGNET_CMP_STEP_DONE);
  assert_states (&peer, SIGNET_CMP_ITEM_CONFIRMED, SIGNET_CMP_ITEM_CONFIRMED);
  peer_clear (&peer);
}

/* The answer to the first pollReq of all may carry the nonce of the request itself, also after a certConf between them. */
static void
use_request_nonce (PeerAnswer *answer,
                   gpointer    data)
{
  GBytes *nonce = data;

  ASN1_OCTET_STRING_set (answer->header->recip_nonce, g_bytes_get_data (nonce, NULL), (int) g_bytes_get_size (nonce));
}

static void
test_granted_and_waiting (void)
{
  static const gint64 one[] = { 1 };
  Peer peer = { 0 };
  g_autoptr (GBytes) nonce = NULL;
  g_autoptr (GBytes) late = NULL;

  peer_init (&peer);
  begin (&peer, SIGNET_CMP_BODY_KUR, 2);
  nonce = g_bytes_ref (signet_cmp_message_get_sender_nonce (peer.request));
  g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_KUP, both (grant (&peer, 0), peer_response_for (1, WAITING, NULL))), ==,
                   SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_CERTCONF);
  assert_pkiconf_leads_to (&peer, SIGNET_CMP_STEP_WAIT);
  signet_cmp_transaction_hurry (peer.transaction);
  peer_take (&peer);
  assert_polls_for (&peer, one, 1);
  late = peer_cert_rep (grant (&peer, 1), NULL);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_KUP, late, use_request_nonce, nonce), ==, SIGNET_CMP_STEP_SEND);
  peer_clear (&peer);
}

typedef struct {
  gint64 ids[2];
  guint n;
} Numbers;

/* Numbers that were not asked for, or are answered twice, end it. */
static void
test_wrong_numbers (void)
{
  static const Numbers wrong[] = { { { 0, 0 }, 2 }, { { 0, 2 }, 2 }, { { 0, 0 }, 1 }, { { -1, 0 }, 2 } };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      Peer peer = { 0 };
      GBytes *content;

      peer_init (&peer);
      begin (&peer, SIGNET_CMP_BODY_IR, 2);
      content = peer_cert_rep (peer_response_for (wrong[i].ids[0], WAITING, NULL), NULL);
      if (wrong[i].n == 2)
        peer_cert_rep_add (&content, peer_response_for (wrong[i].ids[1], WAITING, NULL));
      g_assert_cmpint (receive (&peer, SIGNET_CMP_BODY_IP, content), ==, SIGNET_CMP_STEP_FAILED);
      g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
      peer_clear (&peer);
    }
}

static void
test_wrong_poll_rep (void)
{
  static const gint64 rows[][2] = { { 0, 2 }, { 0, 0 }, { -1, 1 } };
  static const gint64 seconds[] = { 5, 5 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Peer peer = { 0 };
      SignetCmpStep step;

      peer_init (&peer);
      begin (&peer, SIGNET_CMP_BODY_IR, 2);
      receive (&peer, SIGNET_CMP_BODY_IP, both (peer_response_for (0, WAITING, NULL), peer_response_for (1, WAITING, NULL)));
      signet_cmp_transaction_hurry (peer.transaction);
      peer_take (&peer);
      step = receive (&peer, SIGNET_CMP_BODY_POLLREP, peer_poll_rep (rows[i], seconds, 2));
      /* The same number twice is only odd: the later one counts. */
      g_assert_cmpint (step, ==, rows[i][1] == 0 ? SIGNET_CMP_STEP_WAIT : SIGNET_CMP_STEP_FAILED);
      peer_clear (&peer);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/several/both-granted/R206", test_both_granted);
  g_test_add_func ("/cmp/several/one-rejected", test_one_rejected);
  g_test_add_func ("/cmp/several/one-refused-by-us/R201", test_one_refused);
  g_test_add_func ("/cmp/several/none-granted", test_none_granted);
  g_test_add_func ("/cmp/several/a-question-about-each/R152", test_questions);
  g_test_add_func ("/cmp/several/the-example-of-rfc-9810/R206,R220", test_example);
  g_test_add_func ("/cmp/several/granted-beside-waiting/R211,R220", test_granted_and_waiting);
  g_test_add_func ("/cmp/several/numbers-not-asked-for/R154", test_wrong_numbers);
  g_test_add_func ("/cmp/several/polled-numbers-not-asked-for/R216", test_wrong_poll_rep);

  return g_test_run ();
}
