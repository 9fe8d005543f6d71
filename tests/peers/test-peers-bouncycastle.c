/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "peer-responder.h"
#include "peer-run.h"

/*
 * The engine against Bouncy Castle's classes over real HTTP: PBMAC1, PasswordBasedMac and signatures; confirmation asked for or
 * granted; polling begun by ip or cp and by an error message. Between any two steps the transaction is saved, freed and restored.
 */

#define REFERENCE "4711"
#define SECRET "a secret of some length"

static PeerResponder responder;

static char *
counts (void)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GBytes) text = peer_http (session, "GET", responder.url, NULL);

  return g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
}

static void
begin (PeerRun      *run,
       SignetCmpMac  mac)
{
  g_autofree char *path = g_build_filename (responder.folder, "ca.pem", NULL);
  g_autoptr (SignetCertificate) anchor = peer_read_certificate (path);

  peer_run_init (run, REFERENCE, SECRET);
  peer_run_trust (run, anchor);
  signet_cmp_authority_set_mac (run->authority, mac);
}

static SignetCmpStep
go (PeerRun           *run,
    SignetCmpBodyType  type,
    const char        *behaviour)
{
  g_free (run->url);
  run->url = g_strconcat (responder.url, behaviour, NULL);

  return peer_run_go (run, type);
}

typedef struct
{
  const char *path;
  SignetCmpMac mac;
  gboolean signature;           /* a second request, signed with the first certificate */
  const char *behaviour;
  const char *sent;             /* after the name of the request */
} Case;

static const Case cases[] = {
  { "ir+cr/pbmac1/explicit/R089,R090", SIGNET_CMP_MAC_PBMAC1, FALSE, "plain", " certConf" },
  { "ir+cr/pbmac1/implicit/R191", SIGNET_CMP_MAC_PBMAC1, FALSE, "implicit", "" },
  { "ir+cr/pbmac1/poll-ip/R207,R219", SIGNET_CMP_MAC_PBMAC1, FALSE, "poll-ip", " pollReq pollReq pollReq certConf" },
  { "ir+cr/pbmac1/poll-ip-implicit/R219", SIGNET_CMP_MAC_PBMAC1, FALSE, "poll-ip+implicit", " pollReq pollReq pollReq" },
  { "ir+cr/pbmac1/poll-error/R135,R208", SIGNET_CMP_MAC_PBMAC1, FALSE, "poll-error", " pollReq pollReq pollReq certConf" },
  { "ir+cr/pbm/explicit/R079,R080", SIGNET_CMP_MAC_PASSWORD_BASED, FALSE, "plain", " certConf" },
  { "ir+cr/pbm/implicit", SIGNET_CMP_MAC_PASSWORD_BASED, FALSE, "implicit", "" },
  { "ir+cr/pbm/poll-ip", SIGNET_CMP_MAC_PASSWORD_BASED, FALSE, "poll-ip", " pollReq pollReq pollReq certConf" },
  { "ir+cr/pbm/poll-error/R208", SIGNET_CMP_MAC_PASSWORD_BASED, FALSE, "poll-error", " pollReq pollReq pollReq certConf" },
  { "ir+cr/ecdsa/explicit/R051,R078", SIGNET_CMP_MAC_PBMAC1, TRUE, "plain", " certConf" },
  { "ir+cr/ecdsa/implicit", SIGNET_CMP_MAC_PBMAC1, TRUE, "implicit", "" },
  { "ir+cr/ecdsa/poll-ip", SIGNET_CMP_MAC_PBMAC1, TRUE, "poll-ip", " pollReq pollReq pollReq certConf" },
  { "ir+cr/ecdsa/poll-error/R208", SIGNET_CMP_MAC_PBMAC1, TRUE, "poll-error", " pollReq pollReq pollReq certConf" },
};

static void
check (PeerRun    *run,
       const Case *test,
       const char *request)
{
  g_autofree char *expected = g_strconcat (request, test->sent, NULL);

  g_assert_cmpstr (run->sent->str, ==, expected);
  g_assert_cmpstr (signet_certificate_get_key_id (signet_cmp_transaction_get_certificate (run->transaction)), ==,
                   signet_key_get_id (run->key));
  g_assert_cmpstr (signet_certificate_get_email (signet_cmp_transaction_get_certificate (run->transaction)), ==,
                   "maria@example.org");
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  PeerRun run = { 0 };

  begin (&run, test->mac);
  if (test->signature)
    {
      g_assert_cmpint (go (&run, SIGNET_CMP_BODY_IR, "implicit"), ==, SIGNET_CMP_STEP_DONE);
      peer_run_use_certificate (&run);
    }
  g_assert_cmpint (go (&run, SIGNET_CMP_BODY_IR, test->behaviour), ==, SIGNET_CMP_STEP_DONE);
  check (&run, test, "ir");
  g_assert_cmpint (go (&run, SIGNET_CMP_BODY_CR, test->behaviour), ==, SIGNET_CMP_STEP_DONE);
  check (&run, test, "cr");
  peer_run_clear (&run);
}

static void
test_modified (gconstpointer data)
{
  g_autofree char *before = counts ();
  g_autofree char *after = NULL;
  PeerRun run = { 0 };
  SignetCmpStep step;

  begin (&run, SIGNET_CMP_MAC_PBMAC1);
  g_assert_cmpint (go (&run, SIGNET_CMP_BODY_IR, "modify"), ==, SIGNET_CMP_STEP_ASK);
  g_assert_true (signet_cmp_transaction_answer (run.transaction, FALSE, run.now, &step, NULL));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
  step = peer_run_step (&run);
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
  after = counts ();
  /* The peer counts certificates that were refused. */
  g_assert_cmpstr (strstr (before, "rejected"), !=, strstr (after, "rejected"));
  peer_run_clear (&run);
}

static void
test_rejected (gconstpointer data)
{
  PeerRun run = { 0 };

  begin (&run, SIGNET_CMP_MAC_PBMAC1);
  g_assert_cmpint (go (&run, SIGNET_CMP_BODY_IR, "reject"), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_cmpstr (run.sent->str, ==, "ir");
  g_assert_error (signet_cmp_transaction_get_failure (run.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  g_assert_nonnull (strstr (signet_cmp_transaction_get_failure (run.transaction)->message, "Not on the list."));
  peer_run_clear (&run);
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
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    peer_run_add_test (argv[1], cases[i].path, test_case, &cases[i]);
  peer_run_add_test (argv[1], "changes-refused/pbmac1/R126,R152", test_modified, NULL);
  peer_run_add_test (argv[1], "rejection/pbmac1/R156", test_rejected, NULL);
  status = g_test_run ();
  peer_responder_stop (&responder);

  return status;
}
