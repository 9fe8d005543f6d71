/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "peer-run.h"

#include <openssl/pem.h>
#include <string.h>

#include "pki/pki-name.h"

SignetCertificate *
peer_read_certificate (const char *path)
{
  g_autoptr (BIO) bio = BIO_new_file (path, "r");
  g_autoptr (X509) x509 = bio != NULL ? PEM_read_bio_X509 (bio, NULL, NULL, NULL) : NULL;

  g_assert_nonnull (x509);

  return signet_certificate_new_for_x509 (x509);
}

GBytes *
peer_http (SoupSession *session,
           const char  *method,
           const char  *url,
           GBytes      *body)
{
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  g_autoptr (GError) error = NULL;
  GBytes *answer;

  /* Goes on on the same connection: the server in "openssl cmp" forgets a transaction with its connection. */
  soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT);
  if (body != NULL)
    soup_message_set_request_body_from_bytes (message, "application/pkixcmp", body);
  answer = soup_session_send_and_read (session, message, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (soup_message_get_status (message), ==, SOUP_STATUS_OK);

  return answer;
}

void
peer_run_add_test (const char    *peer,
                   const char    *path,
                   GTestDataFunc  function,
                   gconstpointer  data)
{
  g_autofree char *full = g_strdup_printf ("/peers/%s/%s", peer, path);

  g_test_add_data_func (full, data, function);
}

void
peer_run_init (PeerRun    *run,
               const char *reference,
               const char *secret)
{
  g_autoptr (SignetSecret) kept = signet_secret_new (secret, strlen (secret));

  run->session = soup_session_new ();
  run->now = g_get_real_time () / G_USEC_PER_SEC;
  run->sent = g_string_new (NULL);
  run->key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  run->authority = signet_cmp_authority_new ();
  run->credentials = signet_cmp_credentials_new_mac (reference, kept);
}

void
peer_run_clear (PeerRun *run)
{
  g_clear_object (&run->session);
  g_clear_pointer (&run->url, g_free);
  g_clear_object (&run->transaction);
  g_clear_object (&run->key);
  g_clear_pointer (&run->more_keys, g_ptr_array_unref);
  g_clear_object (&run->authority);
  g_clear_object (&run->credentials);
  g_string_free (run->sent, TRUE);
}

void
peer_run_trust (PeerRun           *run,
                SignetCertificate *anchor)
{
  signet_cmp_authority_add_anchor (run->authority, anchor);
}

static SignetKey *
resolve (const char  *id,
         gpointer     user_data,
         GError     **error)
{
  PeerRun *run = user_data;

  for (guint i = 0; run->more_keys != NULL && i < run->more_keys->len; i++)
    if (g_str_equal (signet_key_get_id (run->more_keys->pdata[i]), id))
      return g_object_ref (run->more_keys->pdata[i]);

  return g_object_ref (run->key);
}

static void
restart (PeerRun *run)
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

SignetCmpStep
peer_run_step (PeerRun *run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) in = NULL;
  SignetCmpStep step;

  run->now = MAX (run->now, signet_cmp_transaction_get_wait_until (run->transaction));
  out = signet_cmp_transaction_next (run->transaction, run->now, &error);
  g_assert_no_error (error);
  g_string_append_printf (run->sent, "%s%s", run->sent->len > 0 ? " " : "",
                          signet_cmp_body_type_name (signet_cmp_transaction_get_pending_body (run->transaction)));
  restart (run);
  in = peer_http (run->session, "POST", run->url, out);
  if (!signet_cmp_transaction_receive (run->transaction, in, run->now, &step, &error))
    g_error ("%s", error->message);
  restart (run);

  return step;
}

static void
tell_differences (PeerRun *run)
{
  GPtrArray *differences = signet_cmp_transaction_get_question (run->transaction)->differences;

  for (guint i = 0; i < differences->len; i++)
    {
      const SignetCmpDifference *difference = differences->pdata[i];

      g_test_message ("%s: asked “%s”, granted “%s”", difference->field, difference->requested, difference->granted);
    }
}

static void
prepare (PeerRun            *run,
         SignetCmpOperation *operation)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&run->transaction);
  run->transaction = signet_cmp_transaction_new (operation, run->authority, run->credentials, &error);
  g_assert_no_error (error);
  g_string_truncate (run->sent, 0);
}

SignetCmpStep
peer_run_finish (PeerRun *run)
{
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;

  for (guint i = 0; i < 20 && (step == SIGNET_CMP_STEP_SEND || step == SIGNET_CMP_STEP_WAIT); i++)
    step = peer_run_step (run);
  if (step == SIGNET_CMP_STEP_ASK)
    tell_differences (run);

  return step;
}

SignetCmpStep
peer_run_do (PeerRun            *run,
             SignetCmpOperation *operation)
{
  prepare (run, operation);

  return peer_run_finish (run);
}

void
peer_run_prepare (PeerRun           *run,
                  SignetCmpBodyType  type)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (GENERAL_NAME) email = signet_alt_name_parse ("maria@example.org", NULL);
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (type, run->key, subject);

  signet_cmp_operation_add_alt_name (operation, email);
  prepare (run, operation);
}

SignetCmpStep
peer_run_go (PeerRun           *run,
             SignetCmpBodyType  type)
{
  peer_run_prepare (run, type);

  return peer_run_finish (run);
}

void
peer_run_use_certificate (PeerRun *run)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&run->credentials);
  run->credentials
      = signet_cmp_credentials_new_signature (run->key, signet_cmp_transaction_get_certificate (run->transaction),
                                              signet_cmp_transaction_get_chain (run->transaction), &error);
  g_assert_no_error (error);
}
