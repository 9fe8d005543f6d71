/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-peer.h"

/*
 * An authority that knows the secret and lies: each row of the table is one lie, what becomes of the transaction, and the exact
 * words. "Refused" leaves the transaction as it was, so that the true answer is taken afterwards.
 */

typedef enum
{
  LIE_NONE,
  LIE_OTHER_TRANSACTION,
  LIE_NO_TRANSACTION,
  LIE_OTHER_RECIP_NONCE,
  LIE_NO_RECIP_NONCE,
  LIE_SHORT_NONCE,
  LIE_UNPROTECTED,
  LIE_OTHER_SECRET,
  LIE_OTHER_KID,
  LIE_SIGNED,
  LIE_PVNO_1,
  LIE_PVNO_4,
  LIE_KUP,
  LIE_PKICONF,
  LIE_POLL_REP,
  LIE_OTHER_REQUEST,
  LIE_TWO_RESPONSES,
  LIE_NO_CERTIFICATE,
  LIE_FAIL_INFO,
  LIE_REJECTED_WITH_CERTIFICATE,
  LIE_OTHER_KEY,
  LIE_OTHER_CA,
  LIE_ODD_STATUS,
} Lie;

typedef enum
{
  REFUSED,                      /* receive () says no, nothing has changed */
  FAILED,                       /* over at once */
  REJECTS,                      /* certConf with "rejection" follows */
  TAKEN,
} Outcome;

typedef struct
{
  const char *path;
  Lie lie;
  Outcome outcome;
  SignetCmpError code;
  const char *words;
} Case;

static const Case cases[] = {
  { "/cmp/hostile/truth-is-taken", LIE_NONE, TAKEN, 0, NULL },
  { "/cmp/hostile/other-transaction/R022", LIE_OTHER_TRANSACTION, REFUSED, SIGNET_CMP_ERROR_TRANSACTION_ID,
    "The answer belongs to another transaction than this request." },
  { "/cmp/hostile/no-transaction/R122", LIE_NO_TRANSACTION, REFUSED, SIGNET_CMP_ERROR_MALFORMED,
    "The answer has no transaction ID." },
  { "/cmp/hostile/other-nonce/R123", LIE_OTHER_RECIP_NONCE, REFUSED, SIGNET_CMP_ERROR_NONCE,
    "The answer is for another message than the one sent last: its recipNonce is not our senderNonce. It may be an old one." },
  { "/cmp/hostile/no-nonce/R123", LIE_NO_RECIP_NONCE, REFUSED, SIGNET_CMP_ERROR_NONCE,
    "The answer does not say which message it answers (no recipNonce)." },
  { "/cmp/hostile/short-nonce/R122", LIE_SHORT_NONCE, REFUSED, SIGNET_CMP_ERROR_NONCE,
    "The answer's senderNonce has 8 octets; at least 16 are needed." },
  { "/cmp/hostile/unprotected/R055", LIE_UNPROTECTED, REFUSED, SIGNET_CMP_ERROR_UNPROTECTED,
    "The answer (ip) is not protected, so anybody could have made it. Ask your authority to protect what it answers." },
  { "/cmp/hostile/other-secret/R057", LIE_OTHER_SECRET, REFUSED, SIGNET_CMP_ERROR_BAD_PROTECTION, NULL },
  { "/cmp/hostile/other-key-identifier/R059", LIE_OTHER_KID, REFUSED, SIGNET_CMP_ERROR_BAD_PROTECTION,
    "The answer names another secret (senderKID) than the reference “4711”. If this authority does so, allow it by the setting "
    "other-reference." },
  { "/cmp/hostile/signed-though-a-mac-was-agreed/R053", LIE_SIGNED, REFUSED, SIGNET_CMP_ERROR_WRONG_PROTECTION,
    "The answer is signed, though the request was protected by a shared secret. If this authority does so, allow it by the "
    "setting signed-answer-to-mac." },
  { "/cmp/hostile/version-1/R043,R049", LIE_PVNO_1, FAILED, SIGNET_CMP_ERROR_VERSION,
    "The authority speaks the first version of the protocol (RFC 2510) only, which is not spoken here." },
  { "/cmp/hostile/version-4/R043", LIE_PVNO_4, REFUSED, SIGNET_CMP_ERROR_VERSION,
    "The answer speaks version 4 of CMP; only 2 and 3 are understood." },
  { "/cmp/hostile/kup-for-ip/R003,R127", LIE_KUP, FAILED, SIGNET_CMP_ERROR_WRONG_BODY,
    "The authority answered with a message of the kind kup where ip was expected." },
  { "/cmp/hostile/pkiconf-for-ip/R003,R127", LIE_PKICONF, FAILED, SIGNET_CMP_ERROR_WRONG_BODY,
    "The authority answered with a message of the kind pkiconf where ip was expected." },
  { "/cmp/hostile/pollrep-without-polling/R003,R127", LIE_POLL_REP, FAILED, SIGNET_CMP_ERROR_WRONG_BODY,
    "The authority answered with a message of the kind pollRep where ip was expected." },
  { "/cmp/hostile/other-request/R154", LIE_OTHER_REQUEST, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority answered request 7, sent was 0." },
  { "/cmp/hostile/two-responses/R154", LIE_TWO_RESPONSES, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority answered one request with 2 responses." },
  { "/cmp/hostile/granted-without-certificate/R155", LIE_NO_CERTIFICATE, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority granted the request, but sent no certificate." },
  { "/cmp/hostile/granted-with-a-reason-to-refuse/R134,R155", LIE_FAIL_INFO, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority sent a certificate and a reason for refusing it at once." },
  { "/cmp/hostile/refused-with-certificate/R155", LIE_REJECTED_WITH_CERTIFICATE, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority refused the request and sent a certificate at once." },
  { "/cmp/hostile/status-of-another-kind/R133", LIE_ODD_STATUS, FAILED, SIGNET_CMP_ERROR_CONTENT,
    "The authority answered a request with the status “revocationNotification”, which does not fit." },
  { "/cmp/hostile/another-key/R126,R153", LIE_OTHER_KEY, REJECTS, SIGNET_CMP_ERROR_CERTIFICATE,
    "The certificate for “CN=Maria Huber” holds another key than the one requested and was refused." },
  { "/cmp/hostile/another-authority/R126,R158", LIE_OTHER_CA, REJECTS, SIGNET_CMP_ERROR_CERTIFICATE, NULL },
};

static SignetCertResponse *
make_response (Peer *peer,
               Lie   lie)
{
  g_autoptr (SignetKey) other = lie == LIE_OTHER_KEY ? signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL) : NULL;
  g_autoptr (X509) x509 = NULL;
  SignetCertResponse *response;

  if (lie != LIE_NO_CERTIFICATE)
    x509 = peer_issue (lie == LIE_OTHER_CA ? peer->stranger : peer->ca, other != NULL ? other : peer->key);
  response = peer_response (x509);
  ASN1_INTEGER_set (response->cert_req_id, lie == LIE_OTHER_REQUEST ? 7 : 0);
  ASN1_INTEGER_set (response->status->status, lie == LIE_REJECTED_WITH_CERTIFICATE ? 2 : lie == LIE_ODD_STATUS ? 5 : 0);
  if (lie == LIE_FAIL_INFO)
    {
      response->status->fail_info = ASN1_BIT_STRING_new ();
      ASN1_BIT_STRING_set_bit (response->status->fail_info, 9, 1);
    }

  return response;
}

static GBytes *
make_poll_rep (void)
{
  SignetPollRep *one = SignetPollRep_new ();
  SignetPollRepContent *poll = sk_SignetPollRep_new_null ();
  GBytes *content;

  ASN1_INTEGER_set (one->check_after, 1);
  sk_SignetPollRep_push (poll, one);
  content = signet_asn1_encode (poll, ASN1_ITEM_rptr (SignetPollRepContent));
  sk_SignetPollRep_pop_free (poll, SignetPollRep_free);

  return content;
}

static GBytes *
make_content (Peer              *peer,
              Lie                lie,
              SignetCmpBodyType *type)
{
  GBytes *content;

  *type = lie == LIE_PKICONF ? SIGNET_CMP_BODY_PKICONF
          : lie == LIE_POLL_REP ? SIGNET_CMP_BODY_POLLREP
          : lie == LIE_KUP ? SIGNET_CMP_BODY_KUP : SIGNET_CMP_BODY_IP;
  if (lie == LIE_PKICONF)
    return signet_cmp_body_pkiconf ();
  if (lie == LIE_POLL_REP)
    return make_poll_rep ();
  content = peer_cert_rep (make_response (peer, lie), NULL);
  if (lie == LIE_TWO_RESPONSES)
    peer_cert_rep_add (&content, make_response (peer, lie));

  return content;
}

static void
spoil_protection (PeerAnswer *answer,
                  Lie         lie)
{
  g_autoptr (SignetCmpCredentials) other = NULL;

  if (lie == LIE_SIGNED)
    peer_answer_sign (answer, answer->peer->ca->issuer_key, answer->peer->ca->issuer);
  else
    g_clear_object (&answer->protector);
  if (lie != LIE_OTHER_SECRET)
    return;
  other = peer_mac_credentials ("another secret");
  answer->protector = signet_cmp_protector_new (other, answer->peer->authority, NULL);
}

static void
spoil (PeerAnswer *answer,
       gpointer    data)
{
  static const guint8 other[16] = "nnnnnnnnnnnnnnn";
  SignetPkiHeader *header = answer->header;
  Lie lie = GPOINTER_TO_UINT (data);

  g_ptr_array_add (answer->extra_certs, signet_certificate_new_for_x509 (answer->peer->stranger->issuer));
  if (lie == LIE_PVNO_1 || lie == LIE_PVNO_4)
    ASN1_INTEGER_set (header->pvno, lie == LIE_PVNO_1 ? 1 : 4);
  if (lie == LIE_OTHER_KID)
    ASN1_OCTET_STRING_set (header->sender_kid, (const guint8 *) "4712", 4);
  if (lie == LIE_SHORT_NONCE)
    ASN1_OCTET_STRING_set (header->sender_nonce, other, 8);
  if (lie == LIE_OTHER_TRANSACTION)
    ASN1_OCTET_STRING_set (header->transaction_id, other, sizeof other);
  if (lie == LIE_OTHER_RECIP_NONCE)
    ASN1_OCTET_STRING_set (header->recip_nonce, other, sizeof other);
  if (lie == LIE_NO_TRANSACTION)
    g_clear_pointer (&header->transaction_id, ASN1_OCTET_STRING_free);
  if (lie == LIE_NO_RECIP_NONCE)
    g_clear_pointer (&header->recip_nonce, ASN1_OCTET_STRING_free);
  if (lie == LIE_SIGNED || lie == LIE_UNPROTECTED || lie == LIE_OTHER_SECRET)
    spoil_protection (answer, lie);
}

static GBytes *
make_answer (Peer *peer,
             Lie   lie)
{
  SignetCmpBodyType type;
  g_autoptr (GBytes) content = make_content (peer, lie, &type);

  return peer_answer (peer, type, content, spoil, GUINT_TO_POINTER (lie));
}

static void
assert_unchanged (Peer   *peer,
                  GBytes *before)
{
  g_autoptr (GBytes) after = NULL;
  g_autoptr (SignetSecret) sealed = NULL;
  g_autoptr (GBytes) truth = make_answer (peer, LIE_NONE);
  g_autoptr (GError) error = NULL;
  SignetCmpStep step;

  g_assert_true (signet_cmp_transaction_save (peer->transaction, &after, &sealed, NULL));
  g_assert_true (g_bytes_equal (before, after));
  g_assert_true (signet_cmp_transaction_receive (peer->transaction, truth, peer->now, &step, &error));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  Peer peer = { 0 };
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (SignetSecret) sealed = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;
  gboolean taken;

  peer_init (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  answer = make_answer (&peer, test->lie);
  g_assert_true (signet_cmp_transaction_save (peer.transaction, &before, &sealed, NULL));
  taken = signet_cmp_transaction_receive (peer.transaction, answer, peer.now, &step, &error);
  g_assert_cmpint (taken, ==, test->outcome != REFUSED);
  if (test->outcome == REFUSED)
    {
      g_assert_error (error, SIGNET_CMP_ERROR, (int) test->code);
      if (test->words != NULL)
        g_assert_cmpstr (error->message, ==, test->words);
      assert_unchanged (&peer, before);
    }
  else if (test->outcome == FAILED)
    {
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
      g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, (int) test->code);
      g_assert_cmpstr (signet_cmp_transaction_get_failure (peer.transaction)->message, ==, test->words);
    }
  else
    {
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
      g_assert_cmpint (signet_cmp_transaction_get_pending_body (peer.transaction), ==, SIGNET_CMP_BODY_CERTCONF);
    }
  if (test->outcome == REJECTS)
    {
      g_autoptr (GBytes) pkiconf = NULL;

      peer_take (&peer);
      pkiconf = make_answer (&peer, LIE_PKICONF);
      g_assert_true (signet_cmp_transaction_receive (peer.transaction, pkiconf, peer.now, &step, &error));
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
      g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, (int) test->code);
      if (test->words != NULL)
        g_assert_cmpstr (signet_cmp_transaction_get_failure (peer.transaction)->message, ==, test->words);
    }
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i], test_case);

  return g_test_run ();
}
