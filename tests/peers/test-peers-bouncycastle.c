/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gio.h>
#include <libsoup/soup.h>
#include <openssl/pem.h>
#include <string.h>

#include "cmp/cmp-transaction.h"
#include "pki/pki-name.h"

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
  SoupSession *session;
} Responder;

typedef struct
{
  SignetCmpAuthority *authority;
  SignetCmpCredentials *credentials;
  SignetKey *key;
  SignetCmpTransaction *transaction;
  gint64 now;
  GString *sent;                /* the kinds of messages sent, in order */
} Run;

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
  responder.session = soup_session_new ();
}

static void
stop_responder (void)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", responder.folder);

  g_output_stream_close (g_subprocess_get_stdin_pipe (responder.process), NULL, NULL);
  g_subprocess_wait (responder.process, NULL, NULL);
  g_clear_object (&responder.process);
  g_clear_object (&responder.session);
  g_assert_cmpint (system (command), ==, 0);
  g_free (responder.folder);
  g_free (responder.url);
}

static GBytes *
http (const char *method,
      const char *behaviour,
      GBytes     *body)
{
  g_autofree char *url = g_strconcat (responder.url, behaviour, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  g_autoptr (GError) error = NULL;
  GBytes *answer;

  if (body != NULL)
    soup_message_set_request_body_from_bytes (message, "application/pkixcmp", body);
  answer = soup_session_send_and_read (responder.session, message, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (soup_message_get_status (message), ==, SOUP_STATUS_OK);

  return answer;
}

static char *
counts (void)
{
  g_autoptr (GBytes) text = http ("GET", "", NULL);

  return g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
}

static SignetCmpAuthority *
make_authority (SignetCmpMac mac)
{
  SignetCmpAuthority *authority = signet_cmp_authority_new ();
  g_autofree char *path = g_build_filename (responder.folder, "ca.pem", NULL);
  g_autoptr (BIO) bio = BIO_new_file (path, "r");
  g_autoptr (X509) x509 = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_for_x509 (x509);

  signet_cmp_authority_add_anchor (authority, anchor);
  signet_cmp_authority_set_mac (authority, mac);

  return authority;
}

static SignetKey *
resolve (const char  *id,
         gpointer     user_data,
         GError     **error)
{
  Run *run = user_data;

  return g_object_ref (run->key);
}

static void
restart (Run *run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (SignetSecret) sealed_part = NULL;

  g_assert_true (signet_cmp_transaction_save (run->transaction, &public_part, &sealed_part, &error));
  g_clear_object (&run->transaction);
  run->transaction = signet_cmp_transaction_restore (public_part, sealed_part, run->authority, run->credentials, resolve, run,
                                                     &error);
  g_assert_no_error (error);
}

static SignetCmpStep
go (Run               *run,
    SignetCmpBodyType  type,
    const char        *behaviour)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (GENERAL_NAME) email = signet_alt_name_parse ("maria@example.org", NULL);
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (type, run->key, subject);
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;

  signet_cmp_operation_add_alt_name (operation, email);
  g_clear_object (&run->transaction);
  run->transaction = signet_cmp_transaction_new (operation, run->authority, run->credentials, &error);
  g_assert_no_error (error);
  g_string_truncate (run->sent, 0);
  for (guint i = 0; i < 20 && (step == SIGNET_CMP_STEP_SEND || step == SIGNET_CMP_STEP_WAIT); i++)
    {
      g_autoptr (GBytes) out = NULL;
      g_autoptr (GBytes) in = NULL;

      run->now = MAX (run->now, signet_cmp_transaction_get_wait_until (run->transaction));
      out = signet_cmp_transaction_next (run->transaction, run->now, &error);
      g_assert_no_error (error);
      g_string_append_printf (run->sent, "%s%s", i > 0 ? " " : "",
                              signet_cmp_body_type_name (signet_cmp_transaction_get_pending_body (run->transaction)));
      restart (run);
      in = http ("POST", behaviour, out);
      if (!signet_cmp_transaction_receive (run->transaction, in, run->now, &step, &error))
        g_error ("%s", error->message);
      restart (run);
    }

  return step;
}

static void
run_init (Run          *run,
          SignetCmpMac  mac)
{
  g_autoptr (SignetSecret) secret = signet_secret_new (SECRET, strlen (SECRET));

  run->now = g_get_real_time () / G_USEC_PER_SEC;
  run->sent = g_string_new (NULL);
  run->key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  run->authority = make_authority (mac);
  run->credentials = signet_cmp_credentials_new_mac (REFERENCE, secret);
}

static void
run_clear (Run *run)
{
  g_clear_object (&run->transaction);
  g_clear_object (&run->key);
  g_clear_object (&run->authority);
  g_clear_object (&run->credentials);
  g_string_free (run->sent, TRUE);
}

/* From now on the certificate that was issued signs. */
static void
use_certificate (Run *run)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&run->credentials);
  run->credentials
      = signet_cmp_credentials_new_signature (run->key, signet_cmp_transaction_get_certificate (run->transaction),
                                              signet_cmp_transaction_get_chain (run->transaction), &error);
  g_assert_no_error (error);
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
check (Run        *run,
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
  Run run = { 0 };

  run_init (&run, test->mac);
  if (test->signature)
    {
      g_assert_cmpint (go (&run, SIGNET_CMP_BODY_IR, "implicit"), ==, SIGNET_CMP_STEP_DONE);
      use_certificate (&run);
    }
  g_assert_cmpint (go (&run, SIGNET_CMP_BODY_IR, test->behaviour), ==, SIGNET_CMP_STEP_DONE);
  check (&run, test, "ir");
  g_assert_cmpint (go (&run, SIGNET_CMP_BODY_CR, test->behaviour), ==, SIGNET_CMP_STEP_DONE);
  check (&run, test, "cr");
  run_clear (&run);
}

static void
test_modified (void)
{
  g_autofree char *before = counts ();
  g_autofree char *after = NULL;
  Run run = { 0 };
  SignetCmpStep step;

  run_init (&run, SIGNET_CMP_MAC_PBMAC1);
  g_assert_cmpint (go (&run, SIGNET_CMP_BODY_IR, "modify"), ==, SIGNET_CMP_STEP_ASK);
  g_assert_true (signet_cmp_transaction_answer (run.transaction, FALSE, run.now, &step, NULL));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
  {
    g_autoptr (GBytes) out = signet_cmp_transaction_next (run.transaction, run.now, NULL);
    g_autoptr (GBytes) in = http ("POST", "modify", out);

    g_assert_true (signet_cmp_transaction_receive (run.transaction, in, run.now, &step, NULL));
  }
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
  after = counts ();
  g_assert_cmpstr (strstr (before, "rejected"), !=, strstr (after, "rejected"));
  run_clear (&run);
}

static void
test_rejected (void)
{
  Run run = { 0 };

  run_init (&run, SIGNET_CMP_MAC_PBMAC1);
  g_assert_cmpint (go (&run, SIGNET_CMP_BODY_IR, "reject"), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_cmpstr (run.sent->str, ==, "ir");
  g_assert_error (signet_cmp_transaction_get_failure (run.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  g_assert_nonnull (strstr (signet_cmp_transaction_get_failure (run.transaction)->message, "Not on the list."));
  run_clear (&run);
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
