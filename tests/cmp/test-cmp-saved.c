/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-peer.h"

/* What a program of format 1 saved goes on in this one: tests/data/saved/README.md says what each file is. */

typedef struct {
  const char *saved;
  SignetCmpStep step;
  const char *answer;           /* (nullable): what comes next */
  SignetCmpStep after;          /* and where that leads */
} Sample;

static GBytes *
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "saved", "format-1", name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);

  return g_bytes_new_take (contents, size);
}

static gint64
saved_at (void)
{
  g_autoptr (GBytes) text = load ("now.txt");

  return g_ascii_strtoll (g_bytes_get_data (text, NULL), NULL, 10);
}

static SignetKey *
resolve (const char  *id,
         gpointer     user_data G_GNUC_UNUSED,
         GError     **error)
{
  g_autoptr (GBytes) der = load ("key.p8");
  g_autoptr (SignetSecret) secret = signet_secret_new (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
  SignetKey *key = signet_key_new_from_pkcs8 (secret, error);

  g_assert_nonnull (key);
  g_assert_cmpstr (signet_key_get_id (key), ==, id);

  return key;
}

static SignetCmpTransaction *
restore (const char *name)
{
  g_autoptr (GBytes) saved = load (name);
  g_autoptr (GBytes) anchor_der = load ("anchor.der");
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_from_der (anchor_der, NULL);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetCmpCredentials) credentials = peer_mac_credentials (PEER_SECRET);
  g_autoptr (GError) error = NULL;
  SignetCmpTransaction *transaction;

  signet_cmp_authority_add_anchor (authority, anchor);
  transaction = signet_cmp_transaction_restore (saved, NULL, authority, credentials, resolve, NULL, &error);
  g_assert_no_error (error);

  return transaction;
}

/* Saved anew, in the format of today, and restored from that. */
static void
save_again (SignetCmpTransaction **transaction)
{
  g_autoptr (GBytes) anchor_der = load ("anchor.der");
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_from_der (anchor_der, NULL);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetCmpCredentials) credentials = peer_mac_credentials (PEER_SECRET);
  g_autoptr (GBytes) saved = NULL;
  g_autoptr (SignetSecret) sealed = NULL;
  g_autoptr (GError) error = NULL;

  signet_cmp_authority_add_anchor (authority, anchor);
  g_assert_true (signet_cmp_transaction_save (*transaction, &saved, &sealed, &error));
  g_clear_object (transaction);
  *transaction = signet_cmp_transaction_restore (saved, sealed, authority, credentials, resolve, NULL, &error);
  g_assert_no_error (error);
}

static void
test_goes_on (gconstpointer data)
{
  const Sample *sample = data;
  gint64 now = saved_at ();

  for (guint again = 0; again < 2; again++)
    {
      g_autoptr (SignetCmpTransaction) transaction = restore (sample->saved);
      g_autoptr (GBytes) out = NULL;
      g_autoptr (GBytes) answer = sample->answer != NULL ? load (sample->answer) : NULL;
      g_autoptr (GError) error = NULL;
      SignetCmpStep step;

      if (again > 0)
        save_again (&transaction);
      g_assert_cmpint (signet_cmp_transaction_get_step (transaction), ==, sample->step);
      if (answer == NULL)
        continue;
      out = signet_cmp_transaction_next (transaction, now + 1, &error);
      g_assert_no_error (error);
      g_assert_true (signet_cmp_transaction_receive (transaction, answer, now, &step, &error));
      g_assert_no_error (error);
      g_assert_cmpint (step, ==, sample->after);
    }
}

static void
test_waits (void)
{
  g_autoptr (SignetCmpTransaction) transaction = restore ("waiting.saved");
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GBytes) early = NULL;
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GError) error = NULL;
  const SignetPollReqContent *ids;

  g_assert_cmpint (signet_cmp_transaction_get_item_state (transaction, 0), ==, SIGNET_CMP_ITEM_WAITING);
  early = signet_cmp_transaction_next (transaction, signet_cmp_transaction_get_wait_until (transaction) - 1, NULL);
  g_assert_null (early);
  out = signet_cmp_transaction_next (transaction, signet_cmp_transaction_get_wait_until (transaction), &error);
  g_assert_no_error (error);
  message = signet_cmp_message_parse (out, &error);
  g_assert_no_error (error);
  g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, SIGNET_CMP_BODY_POLLREQ);
  ids = signet_cmp_message_get_body (message);
  g_assert_cmpint (sk_SignetPollReq_num (ids), ==, 1);
  g_assert_cmpint (ASN1_INTEGER_get (sk_SignetPollReq_value (ids, 0)->cert_req_id), ==, 0);
}

static void
test_asks (void)
{
  g_autoptr (SignetCmpTransaction) transaction = restore ("asking.saved");
  const SignetCmpQuestion *question = signet_cmp_transaction_get_question (transaction);
  const SignetCmpDifference *difference;
  SignetCmpStep step;

  g_assert_nonnull (question);
  g_assert_cmpint (question->kind, ==, SIGNET_CMP_QUESTION_ACCEPT_CHANGES);
  g_assert_cmpuint (question->differences->len, ==, 1);
  difference = g_ptr_array_index (question->differences, 0);
  g_assert_cmpstr (difference->granted, ==, "CN=Maria Huber-Meier");
  g_assert_true (signet_cmp_transaction_answer (transaction, TRUE, saved_at (), &step, NULL));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
  g_assert_cmpint (signet_cmp_transaction_get_pending_body (transaction), ==, SIGNET_CMP_BODY_CERTCONF);
}

static void
test_ended (void)
{
  g_autoptr (SignetCmpTransaction) done = restore ("done.saved");
  g_autoptr (SignetCmpTransaction) failed = restore ("failed.saved");

  g_assert_nonnull (signet_cmp_transaction_get_certificate (done));
  g_assert_cmpuint (signet_cmp_transaction_get_chain (done)->len, ==, 2);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (done, 0), ==, SIGNET_CMP_ITEM_CONFIRMED);
  g_assert_error (signet_cmp_transaction_get_failure (failed), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (failed, 0), ==, SIGNET_CMP_ITEM_REJECTED);
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; Sample sample; } samples[] = {
    { "/cmp/saved/format-1/request-sent", { "ir-sent.saved", SIGNET_CMP_STEP_SEND, "ip.der", SIGNET_CMP_STEP_SEND } },
    { "/cmp/saved/format-1/confirmation-sent",
      { "certconf-sent.saved", SIGNET_CMP_STEP_SEND, "pkiconf.der", SIGNET_CMP_STEP_DONE } },
    { "/cmp/saved/format-1/poll-sent", { "pollreq-sent.saved", SIGNET_CMP_STEP_SEND, "polled-ip.der", SIGNET_CMP_STEP_SEND } },
    { "/cmp/saved/format-1/waiting", { "waiting.saved", SIGNET_CMP_STEP_WAIT, NULL, SIGNET_CMP_STEP_WAIT } },
    { "/cmp/saved/format-1/asking", { "asking.saved", SIGNET_CMP_STEP_ASK, NULL, SIGNET_CMP_STEP_ASK } },
    { "/cmp/saved/format-1/done", { "done.saved", SIGNET_CMP_STEP_DONE, NULL, SIGNET_CMP_STEP_DONE } },
    { "/cmp/saved/format-1/failed", { "failed.saved", SIGNET_CMP_STEP_FAILED, NULL, SIGNET_CMP_STEP_FAILED } },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    g_test_add_data_func (samples[i].path, &samples[i].sample, test_goes_on);
  g_test_add_func ("/cmp/saved/format-1/polls-when-it-may", test_waits);
  g_test_add_func ("/cmp/saved/format-1/the-question-is-the-same", test_asks);
  g_test_add_func ("/cmp/saved/format-1/what-had-ended", test_ended);

  return g_test_run ();
}
