/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "peer-responder.h"
#include "peer-run.h"

/*
 * Answers as no authority should send them, made by Bouncy Castle's classes: each must be refused for its real reason. What is not from
 * the authority leaves the transaction as it was, so that the right answer is still taken; what is, and makes no sense, ends it.
 * Usage: test-peers-mistakes PEER
 */

#define REFERENCE "4711"
#define SECRET "a secret of some length"

static PeerResponder responder;

enum
{
  PBM = 1 << 0,
  PBMAC1 = 1 << 1,
  ECDSA = 1 << 2,
  MAC = PBM | PBMAC1,
  BOTH = PBMAC1 | ECDSA,
};

typedef struct
{
  const char *word;             /* of the path, see Mistakes.java */
  guint protections;
  gboolean ends;                /* it is from the authority */
  SignetCmpError code;
  const char *says;
  const char *rows;             /* (nullable) */
} Mistake;

static const Mistake mistakes[] = {
  { "other-nonce", BOTH, FALSE, SIGNET_CMP_ERROR_NONCE, "another message than the one sent last", "R123" },
  { "no-nonce", BOTH, FALSE, SIGNET_CMP_ERROR_NONCE, "no recipNonce", "R123" },
  { "short-nonce", BOTH, FALSE, SIGNET_CMP_ERROR_NONCE, "15 octets", "R122" },
  { "other-transaction", BOTH, FALSE, SIGNET_CMP_ERROR_TRANSACTION_ID, "another transaction", NULL },
  { "no-transaction", BOTH, FALSE, SIGNET_CMP_ERROR_MALFORMED, "no transaction ID", "R122" },
  { "version-7", BOTH, FALSE, SIGNET_CMP_ERROR_VERSION, "version 7", NULL },
  { "other-sender", ECDSA, FALSE, SIGNET_CMP_ERROR_UNTRUSTED, "Somebody Else", NULL },
  { "flip-protection", BOTH | PBM, FALSE, SIGNET_CMP_ERROR_BAD_PROTECTION, "is wrong", NULL },
  { "flip-body", BOTH | PBM, FALSE, SIGNET_CMP_ERROR_BAD_PROTECTION, "is wrong", NULL },
  { "no-protection", BOTH, FALSE, SIGNET_CMP_ERROR_UNPROTECTED, "not protected", NULL },
  { "no-algorithm", BOTH, FALSE, SIGNET_CMP_ERROR_UNPROTECTED, "not protected", NULL },
  { "trailing", BOTH, FALSE, SIGNET_CMP_ERROR_MALFORMED, "octets follow the end", "R121" },
  { "cut", BOTH, FALSE, SIGNET_CMP_ERROR_MALFORMED, "points past the end", "R121" },
  { "other-secret", MAC, FALSE, SIGNET_CMP_ERROR_BAD_PROTECTION, "made with another secret", NULL },
  { "other-kid", MAC, FALSE, SIGNET_CMP_ERROR_BAD_PROTECTION, "4711", NULL },
  { "one-iteration", MAC, FALSE, SIGNET_CMP_ERROR_WEAK, "with 1 rounds", NULL },
  { "many-iterations", MAC, FALSE, SIGNET_CMP_ERROR_LIMIT, "mac-iteration-limit", NULL },
  { "sign", MAC, FALSE, SIGNET_CMP_ERROR_WRONG_PROTECTION, "signed-answer-to-mac", NULL },
  { "mac", ECDSA, FALSE, SIGNET_CMP_ERROR_WRONG_PROTECTION, "shared secret, though the request was signed", NULL },
  { "no-signer", ECDSA, FALSE, SIGNET_CMP_ERROR_UNTRUSTED, "no certificate with that name", NULL },
  { "stranger", ECDSA, FALSE, SIGNET_CMP_ERROR_UNTRUSTED, "unable to get local issuer", NULL },
  { "person", ECDSA, FALSE, SIGNET_CMP_ERROR_UNTRUSTED, "lets it speak for it", NULL },
  { "expired", ECDSA, FALSE, SIGNET_CMP_ERROR_UNTRUSTED, "has expired", NULL },
  { "sha1", ECDSA, FALSE, SIGNET_CMP_ERROR_WEAK, "by the setting sha1", NULL },
  { "as-cp", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind cp where ip", NULL },
  { "as-pkiconf", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind pkiconf where ip", NULL },
  { "as-pollrep", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind pollRep where ip", NULL },
  { "as-genp", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind genp where ip", NULL },
  { "as-popdecc", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind popdecc where ip", NULL },
  { "as-nested", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind nested where ip", NULL },
  { "as-ckuann", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind ckuann where ip", NULL },
  { "as-cann", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind cann where ip", NULL },
  { "as-rann", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind rann where ip", NULL },
  { "as-crlann", BOTH, TRUE, SIGNET_CMP_ERROR_WRONG_BODY, "kind crlann where ip", NULL },
  { "other-number", BOTH, TRUE, SIGNET_CMP_ERROR_CONTENT, "answered request 1, sent was 0", NULL },
  { "no-responses", BOTH, TRUE, SIGNET_CMP_ERROR_CONTENT, "with 0 responses", NULL },
  { "two-responses", BOTH, TRUE, SIGNET_CMP_ERROR_CONTENT, "with 2 responses", NULL },
  { "no-certificate", BOTH, TRUE, SIGNET_CMP_ERROR_CONTENT, "sent no certificate", NULL },
  { "granted-with-failure", BOTH, TRUE, SIGNET_CMP_ERROR_CONTENT, "a certificate and a reason for refusing", "R134" },
  { "refused-with-certificate", BOTH, TRUE, SIGNET_CMP_ERROR_CONTENT, "refused the request and sent a certificate", "R134" },
  { "unknown-status", BOTH, TRUE, SIGNET_CMP_ERROR_CONTENT, "unknown", NULL },
};

static void
go_to (PeerRun    *run,
       const char *words)
{
  g_free (run->url);
  run->url = g_strconcat (responder.url, words, NULL);
}

static void
begin (PeerRun *run,
       guint    protection)
{
  g_autofree char *path = g_build_filename (responder.folder, "ca.pem", NULL);
  g_autoptr (SignetCertificate) anchor = peer_read_certificate (path);

  peer_run_init (run, REFERENCE, SECRET);
  peer_run_trust (run, anchor);
  signet_cmp_authority_set_mac (run->authority, protection == PBM ? SIGNET_CMP_MAC_PASSWORD_BASED : SIGNET_CMP_MAC_PBMAC1);
  signet_cmp_authority_set_mac_parameters (run->authority, "SHA256", 10000);
  if (protection == ECDSA)
    {
      go_to (run, "implicit");
      g_assert_cmpint (peer_run_go (run, SIGNET_CMP_BODY_IR), ==, SIGNET_CMP_STEP_DONE);
      peer_run_use_certificate (run);
    }
}

/* How many certificates were refused, as the peer says it. */
static char *
rejected (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GBytes) text = peer_http (session, "GET", responder.url, NULL);
  g_autofree char *counts = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  char *found = strstr (counts, "rejected ");

  g_assert_nonnull (found);
  *strstr (found, " revoked") = '\0';

  return g_strdup (found);
}

static GBytes *
save (PeerRun *run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) sealed_part = NULL;
  GBytes *public_part = NULL;

  g_assert_true (signet_cmp_transaction_save (run->transaction, &public_part, &sealed_part, &error));
  g_assert_no_error (error);

  return public_part;
}

static void
check (const Mistake *mistake,
       const GError  *error)
{
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_error (error, SIGNET_CMP_ERROR, (int) mistake->code);
  g_assert_nonnull (strstr (error->message, mistake->says));
}

typedef struct
{
  const Mistake *mistake;
  guint protection;
} Case;

static void
test_mistake (gconstpointer data)
{
  const Case *test = data;
  const Mistake *mistake = test->mistake;
  PeerRun run = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) in = NULL;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GBytes) after = NULL;
  SignetCmpStep step;

  begin (&run, test->protection);
  peer_run_prepare (&run, SIGNET_CMP_BODY_IR);
  out = signet_cmp_transaction_next (run.transaction, run.now, &error);
  g_assert_no_error (error);
  before = save (&run);
  go_to (&run, mistake->word);
  in = peer_http (run.session, "POST", run.url, out);
  if (mistake->ends)
    {
      g_assert_true (signet_cmp_transaction_receive (run.transaction, in, run.now, &step, &error));
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
      check (mistake, signet_cmp_transaction_get_failure (run.transaction));
      g_assert_null (signet_cmp_transaction_get_certificate (run.transaction));
    }
  else
    {
      g_assert_false (signet_cmp_transaction_receive (run.transaction, in, run.now, &step, &error));
      check (mistake, error);
      after = save (&run);
      g_assert_true (g_bytes_equal (before, after));
      go_to (&run, "plain");
      g_assert_cmpint (peer_run_finish (&run), ==, SIGNET_CMP_STEP_DONE);
      g_assert_cmpstr (run.sent->str, ==, "ir certConf");
    }
  peer_run_clear (&run);
}

/* A certificate for somebody's key is no mistake of the message: the authority is told that it is not taken. */
static void
test_other_key (gconstpointer data)
{
  PeerRun run = { 0 };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  begin (&run, GPOINTER_TO_UINT (data));
  before = rejected ();
  peer_run_prepare (&run, SIGNET_CMP_BODY_IR);
  go_to (&run, "other-key");
  g_assert_cmpint (peer_run_finish (&run), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_cmpstr (run.sent->str, ==, "ir certConf");
  after = rejected ();
  g_assert_cmpstr (before, !=, after);
  g_assert_error (signet_cmp_transaction_get_failure (run.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE);
  peer_run_clear (&run);
}

static void
add (const char    *peer,
     const Mistake *mistake,
     guint          protection,
     const char    *name)
{
  g_autofree char *path = g_strdup_printf ("/peers/%s/mistakes/%s/%s%s%s", peer, name, mistake->word,
                                           mistake->rows != NULL ? "/" : "", mistake->rows != NULL ? mistake->rows : "");
  Case *test = g_new (Case, 1);

  *test = (Case){ mistake, protection };
  g_test_add_data_func_full (path, test, test_mistake, g_free);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *classpath = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  classpath = peer_responder_find (argv[1]);
  peer_responder_start (&responder, classpath, "Responder", REFERENCE, SECRET, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      static const char *const names[] = { "pbm", "pbmac1", "ecdsa" };

      for (guint k = 0; k < G_N_ELEMENTS (names); k++)
        if ((mistakes[i].protections & 1u << k) != 0)
          add (argv[1], &mistakes[i], 1u << k, names[k]);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = g_strdup_printf ("/peers/%s/mistakes/%s/other-key/R126", argv[1], i == 0 ? "pbmac1" : "ecdsa");

      g_test_add_data_func (path, GUINT_TO_POINTER (i == 0 ? PBMAC1 : ECDSA), test_other_key);
    }
  status = g_test_run ();
  peer_responder_stop (&responder);

  return status;
}
