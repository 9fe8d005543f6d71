/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gio.h>
#include <string.h>

#include "peer-run.h"

/*
 * The engine against Bouncy Castle's classes over real HTTP: PBMAC1, PasswordBasedMac and signatures; confirmation asked for or
 * granted; polling begun by ip or cp and by an error message. Between any two steps the transaction is saved, freed and restored.
 */

#define REFERENCE "4711"
#define SECRET "a secret of some length"

typedef struct
{
  char *folder;
  char *url;                    /* with a slash at its end */
  GSubprocess *process;
} Responder;

static Responder responder;

static void
start_responder (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *secret_file = NULL;
  g_autoptr (GDataInputStream) output = NULL;

  responder.folder = g_dir_make_tmp ("signet-bc-XXXXXX", &error);
  secret_file = g_build_filename (responder.folder, "secret", NULL);
  g_assert_true (g_file_set_contents (secret_file, SECRET, -1, &error));
  responder.process
      = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "java", "-cp",
                          BOUNCYCASTLE_CLASSPATH, "Responder", responder.folder, REFERENCE, secret_file, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (responder.process));
  responder.url = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_nonnull (responder.url);
}

static void
stop_responder (void)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", responder.folder);

  g_output_stream_close (g_subprocess_get_stdin_pipe (responder.process), NULL, NULL);
  g_subprocess_wait (responder.process, NULL, NULL);
  g_clear_object (&responder.process);
  g_assert_cmpint (system (command), ==, 0);
  g_free (responder.folder);
  g_free (responder.url);
}

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
  { "/peers/bouncycastle/pbmac1/explicit/R089,R090", SIGNET_CMP_MAC_PBMAC1, FALSE, "plain", " certConf" },
  { "/peers/bouncycastle/pbmac1/implicit/R191", SIGNET_CMP_MAC_PBMAC1, FALSE, "implicit", "" },
  { "/peers/bouncycastle/pbmac1/poll-ip/R207,R219", SIGNET_CMP_MAC_PBMAC1, FALSE, "poll-ip", " pollReq pollReq pollReq certConf" },
  { "/peers/bouncycastle/pbmac1/poll-ip-implicit/R219", SIGNET_CMP_MAC_PBMAC1, FALSE, "poll-ip+implicit", " pollReq pollReq pollReq" },
  { "/peers/bouncycastle/pbmac1/poll-error/R135,R208", SIGNET_CMP_MAC_PBMAC1, FALSE, "poll-error", " pollReq pollReq pollReq certConf" },
  { "/peers/bouncycastle/pbm/explicit/R079,R080", SIGNET_CMP_MAC_PASSWORD_BASED, FALSE, "plain", " certConf" },
  { "/peers/bouncycastle/pbm/implicit", SIGNET_CMP_MAC_PASSWORD_BASED, FALSE, "implicit", "" },
  { "/peers/bouncycastle/pbm/poll-ip", SIGNET_CMP_MAC_PASSWORD_BASED, FALSE, "poll-ip", " pollReq pollReq pollReq certConf" },
  { "/peers/bouncycastle/pbm/poll-error/R208", SIGNET_CMP_MAC_PASSWORD_BASED, FALSE, "poll-error", " pollReq pollReq pollReq certConf" },
  { "/peers/bouncycastle/signature/explicit/R051,R078", SIGNET_CMP_MAC_PBMAC1, TRUE, "plain", " certConf" },
  { "/peers/bouncycastle/signature/implicit", SIGNET_CMP_MAC_PBMAC1, TRUE, "implicit", "" },
  { "/peers/bouncycastle/signature/poll-ip", SIGNET_CMP_MAC_PBMAC1, TRUE, "poll-ip", " pollReq pollReq pollReq certConf" },
  { "/peers/bouncycastle/signature/poll-error/R208", SIGNET_CMP_MAC_PBMAC1, TRUE, "poll-error", " pollReq pollReq pollReq certConf" },
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
test_modified (void)
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
test_rejected (void)
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
  int status;

  g_test_init (&argc, &argv, NULL);
  if (*BOUNCYCASTLE_CLASSPATH == '\0')
    {
      g_print ("1..0 # SKIP Bouncy Castle (libbcpkix-java) or a JDK is not installed\n");
      return 0;
    }
  start_responder ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i], test_case);
  g_test_add_func ("/peers/bouncycastle/changes-refused/R126,R152", test_modified);
  g_test_add_func ("/peers/bouncycastle/rejection/R156", test_rejected);
  status = g_test_run ();
  stop_responder ();

  return status;
}
