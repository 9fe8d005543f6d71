/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli-cmp.h"
#include "cli/cli-output.h"
#include "cmp/cmp-compare.h"
#include "cmp/cmp-message-private.h"

/* One transaction from its first message to its end. */

typedef struct {
  SignetCliCmp *run;
  SignetCliCmpTransport *transport;
  SignetCmpTransaction *transaction;
  gint64 began;                 /* seconds since 1970 */
  guint64 checked;              /* a bit for each certificate that was looked at */
  gboolean stopped;             /* -reqout_only: that was all */
  char **requests_in;           /* -reqin */
  guint next_request;
} Performance;

static gint64
real_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* The time that answers are checked at: -attime, and what has passed since. */
static gint64
checked_now (Performance *self)
{
  const char *time = signet_cli_cmp_text (self->run, "attime");

  return time != NULL ? g_ascii_strtoll (time, NULL, 10) + real_now () - self->began : real_now ();
}

/* Seconds left of -total_timeout; 0 with @error: none. Without a limit @left is 0. */
static gboolean
get_left (Performance  *self,
          guint        *left,
          GError      **error)
{
  int total = signet_cli_cmp_number (self->run, "total_timeout", 0);
  gint64 end = self->began + total;

  *left = 0;
  if (total == 0)
    return TRUE;
  if (real_now () >= end)
    return signet_cli_cmp_usage (error, _("-total_timeout: the %d seconds are over"), total);
  *left = (guint) (end - real_now ());

  return TRUE;
}

static void
keep_ca_pubs (SignetCliCmp *run,
              GBytes       *answer)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (answer, NULL);
  g_autoptr (GPtrArray) responses = NULL;
  GPtrArray *ca_pubs = NULL;

  if (message == NULL || !signet_cli_cmp_is_cert_rep (signet_cmp_message_get_body_type (message))
      || !signet_cmp_message_get_cert_rep (message, &responses, &ca_pubs, NULL))
    return;
  g_clear_pointer (&run->ca_pubs, g_ptr_array_unref);
  run->ca_pubs = ca_pubs;
}

/* ---- stored messages ---- */

/* The next file of -reqin, or %NULL without @error where there is none. */
static gboolean
read_stored (Performance       *self,
             SignetCmpMessage **message,
             GError           **error)
{
  const char *file = self->requests_in[self->next_request];
  g_autoptr (GBytes) octets = NULL;

  *message = NULL;
  if (file == NULL)
    return TRUE;
  octets = signet_cli_read_file (file, SIGNET_CMP_MESSAGE_MAX_SIZE, error);
  *message = octets != NULL ? signet_cmp_message_parse (octets, error) : NULL;
  if (*message == NULL)
    {
      g_prefix_error (error, "-reqin: %s: ", file);
      return FALSE;
    }
  signet_cli_cmp_log (self->run, SIGNET_CLI_CMP_LOG_INFO, _("The message of %s is sent instead"), file);
  self->next_request++;

  return TRUE;
}

/* The first goes out as it is stored, so that its octets can be tried; those behind it must answer what came meanwhile, and are
 * protected anew. */
static GBytes *
next_request (Performance  *self,
              GError      **error)
{
  g_autoptr (SignetCmpMessage) stored = NULL;
  g_autoptr (GBytes) own = signet_cmp_transaction_next (self->transaction, real_now (), error);
  gboolean first = self->next_request == 0;

  if (own == NULL || !signet_cli_cmp_transport_note_request (self->transport, own, error) || !read_stored (self, &stored, error))
    return NULL;
  if (stored == NULL)
    return g_steal_pointer (&own);
  if (!first || signet_cli_cmp_flag (self->run, "reqin_new_tid"))
    {
      signet_cmp_transaction_substitute (self->transaction, stored);
      return signet_cmp_transaction_next (self->transaction, real_now (), error);
    }
  signet_cmp_transaction_adopt (self->transaction, signet_cmp_message_get_transaction_id (stored),
                                signet_cmp_message_get_sender_nonce (stored));

  return g_bytes_ref (signet_cmp_message_get_der (stored));
}

static gboolean
adopt_answer (Performance  *self,
              GBytes       *answer,
              GError      **error)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (answer, error);

  if (message == NULL)
    return FALSE;
  signet_cmp_transaction_adopt (self->transaction, signet_cmp_message_get_transaction_id (message),
                                signet_cmp_message_get_recip_nonce (message));

  return TRUE;
}

/* ---- steps ---- */

static void
show_message (Performance *self,
              GBytes      *octets)
{
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autofree char *words = NULL;

  if (self->run->verbosity <= (int) SIGNET_CLI_CMP_LOG_DEBUG)
    return;
  message = signet_cmp_message_parse (octets, NULL);
  words = message != NULL ? signet_cmp_message_print (message) : NULL;
  if (words != NULL)
    signet_cli_cmp_log (self->run, SIGNET_CLI_CMP_LOG_DEBUG, "%s", words);
}

/* What -out_trusted refuses is told to the authority while it still waits for the confirmation. */
static gboolean
check_certificates (Performance  *self,
                    GError      **error)
{
  guint n_items = signet_cmp_transaction_get_n_items (self->transaction);

  for (guint i = 0; i < n_items && i < sizeof self->checked * 8; i++)
    {
      SignetCertificate *certificate = signet_cmp_transaction_get_item_certificate (self->transaction, i);
      SignetCmpItemState state = signet_cmp_transaction_get_item_state (self->transaction, i);
      g_autoptr (GError) reason = NULL;

      if (certificate == NULL || (self->checked & (G_GUINT64_CONSTANT (1) << i)) != 0
          || (state != SIGNET_CMP_ITEM_GRANTED && state != SIGNET_CMP_ITEM_CONFIRMED))
        continue;
      self->checked |= G_GUINT64_CONSTANT (1) << i;
      if (!signet_cli_cmp_check_certificate (self->run, certificate, signet_cmp_transaction_get_item_chain (self->transaction, i), &reason)
          && !signet_cmp_transaction_refuse (self->transaction, i, reason->message, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
take_answer (Performance  *self,
             GBytes       *answer,
             GError      **error)
{
  gint64 now = checked_now (self);

  if (!signet_cli_cmp_check_answer (self->run, answer, now, error)
      || !signet_cmp_transaction_receive (self->transaction, answer, now, NULL, error))
    return FALSE;
  keep_ca_pubs (self->run, answer);
  if (signet_cmp_transaction_get_remarks (self->transaction) != NULL)
    signet_cli_cmp_log (self->run, SIGNET_CLI_CMP_LOG_WARNING, "%s", signet_cmp_transaction_get_remarks (self->transaction));

  return check_certificates (self, error) && signet_cli_cmp_state_save (self->run, self->transaction, error);
}

static gboolean
step_send (Performance  *self,
           GError      **error)
{
  const char *only = signet_cli_cmp_text (self->run, "reqout_only");
  gboolean replay = self->requests_in[self->next_request] != NULL;
  g_autoptr (GBytes) request = next_request (self, error);
  g_autoptr (GBytes) answer = NULL;
  gboolean from_file;
  guint left;

  if (request == NULL || !get_left (self, &left, error))
    return FALSE;
  if (only != NULL)
    {
      self->stopped = TRUE;
      return signet_cli_cmp_write (only, request, 0644, error);
    }
  if (!signet_cli_cmp_state_save (self->run, self->transaction, error))
    return FALSE;
  signet_cli_cmp_log (self->run, SIGNET_CLI_CMP_LOG_INFO, _("sending %s"),
                      signet_cmp_body_type_name (signet_cmp_transaction_get_pending_body (self->transaction)));
  show_message (self, request);
  answer = signet_cli_cmp_transport_exchange (self->transport, request, left, &from_file, error);
  if (answer == NULL || ((from_file || replay) && !adopt_answer (self, answer, error)))
    return FALSE;
  show_message (self, answer);

  return take_answer (self, answer, error);
}

static gboolean
step_wait (Performance  *self,
           GError      **error)
{
  gint64 seconds = MAX (signet_cmp_transaction_get_wait_until (self->transaction) - checked_now (self), 0);
  guint left;

  if (!get_left (self, &left, error))
    return FALSE;
  if (signet_cli_cmp_given (self->run, "state") && seconds > 0)
    {
      self->run->waiting = TRUE;
      self->stopped = TRUE;
      signet_cli_cmp_log (self->run, SIGNET_CLI_CMP_LOG_INFO, _("The authority wants to be asked again in %" G_GINT64_FORMAT
                                                                " seconds: run the same command then"), seconds);
      return TRUE;
    }
  if (left > 0 && seconds >= (gint64) left)
    return signet_cli_cmp_usage (error, _("The authority is still at work: it wants to be asked again in %" G_GINT64_FORMAT
                                          " seconds, and -total_timeout leaves %u"), seconds, left);
  signet_cli_cmp_log (self->run, SIGNET_CLI_CMP_LOG_INFO, _("The authority wants to be asked again in %" G_GINT64_FORMAT " seconds"),
                      seconds);
  g_usleep ((gulong) seconds * G_USEC_PER_SEC);
  signet_cmp_transaction_hurry (self->transaction);

  return TRUE;
}

/* Nobody is there to be asked: the options have answered beforehand. */
static gboolean
step_ask (Performance  *self,
          GError      **error)
{
  const SignetCmpQuestion *question = signet_cmp_transaction_get_question (self->transaction);
  gboolean accept = question->kind == SIGNET_CMP_QUESTION_ACCEPT_CHANGES
                    && !signet_cli_cmp_flag (self->run, "refuse_changes") && !signet_cli_cmp_flag (self->run, "strict");

  for (guint i = 0; i < question->differences->len; i++)
    {
      const SignetCmpDifference *difference = question->differences->pdata[i];

      signet_cli_cmp_log (self->run, SIGNET_CLI_CMP_LOG_WARNING, _("the certificate differs: %s was asked as “%s”, granted as “%s”"),
                          difference->field, difference->requested, difference->granted);
    }

  return signet_cmp_transaction_answer (self->transaction, accept, checked_now (self), NULL, error);
}

static gboolean
run_transaction (Performance  *self,
                 GError      **error)
{
  for (;;)
    {
      gboolean good = TRUE;

      switch (signet_cmp_transaction_get_step (self->transaction))
        {
        case SIGNET_CMP_STEP_SEND:
          good = step_send (self, error);
          break;
        case SIGNET_CMP_STEP_WAIT:
          good = step_wait (self, error) && (self->stopped || step_send (self, error));
          break;
        case SIGNET_CMP_STEP_ASK:
          good = step_ask (self, error);
          break;
        case SIGNET_CMP_STEP_DONE:
          return TRUE;
        case SIGNET_CMP_STEP_FAILED:
          g_propagate_error (error, g_error_copy (signet_cmp_transaction_get_failure (self->transaction)));
          return FALSE;
        default:
          g_assert_not_reached ();
        }
      if (!good || self->stopped)
        return good;
    }
}

static void
tell_status (Performance *self)
{
  const SignetCmpStatusInfo *status = signet_cmp_transaction_get_status (self->transaction);
  const char *server = signet_cli_cmp_text (self->run, "server");

  if (status != NULL)
    signet_cli_cmp_log (self->run, status->status == SIGNET_CMP_STATUS_ACCEPTED ? SIGNET_CLI_CMP_LOG_INFO : SIGNET_CLI_CMP_LOG_WARNING,
                        "received%s%s PKIStatus: %s%s%s%s", server != NULL ? " from " : "", server != NULL ? server : "",
                        signet_cmp_status_name (status->status), status->text != NULL ? "; StatusString: \"" : "",
                        status->text != NULL ? status->text : "", status->text != NULL ? "\"" : "");
}

/* That of -state, or a new one. */
static SignetCmpTransaction *
begin (SignetCliCmp  *run,
       GError       **error)
{
  SignetCmpTransaction *transaction;
  g_autoptr (SignetCmpOperation) operation = NULL;

  if (!signet_cli_cmp_state_load (run, &transaction, error) || transaction != NULL)
    return transaction;
  operation = signet_cli_cmp_make_operation (run, error);

  return operation != NULL ? signet_cmp_transaction_new (operation, run->authority, run->credentials, error) : NULL;
}

static gboolean
finish (Performance  *self,
        gboolean      good,
        GError      **error)
{
  SignetCmpStep step = signet_cmp_transaction_get_step (self->transaction);

  if (!self->stopped)
    tell_status (self);
  /* What failed on the way is tried again; what is over is not. */
  if (step == SIGNET_CMP_STEP_DONE || step == SIGNET_CMP_STEP_FAILED)
    signet_cli_cmp_state_remove (self->run);
  if (!good || self->stopped)
    return good;
  if (self->run->body == SIGNET_CMP_BODY_GENM && !signet_cli_cmp_take_genp (self->run, self->transaction, error))
    return FALSE;

  if (self->run->body == SIGNET_CMP_BODY_KRR && !signet_cli_cmp_take_krp (self->run, self->transaction, error))
    return FALSE;
  if (!signet_cli_cmp_save (self->run, self->transaction, error))
    return FALSE;
  for (guint i = 0; i < signet_cmp_transaction_get_n_items (self->transaction); i++)
    if (signet_cmp_transaction_get_item_failure (self->transaction, i) != NULL)
      return signet_cli_cmp_usage (error, _("Of what was asked for, number %u was not granted: %s"), i + 1,
                                   signet_cmp_transaction_get_item_failure (self->transaction, i)->message);

  return TRUE;
}

gboolean
signet_cli_cmp_perform (SignetCliCmp  *run,
                        GError       **error)
{
  g_autoptr (SignetCmpTransaction) transaction = begin (run, error);
  g_autoptr (SignetCliCmpTransport) transport = transaction != NULL ? signet_cli_cmp_transport_new (run, error) : NULL;
  g_auto (GStrv) stored = signet_cli_cmp_items (run, "reqin");
  Performance self = { .run = run, .transport = transport, .transaction = transaction, .began = real_now (), .requests_in = stored };

  if (transport == NULL)
    return FALSE;
  if (signet_cli_cmp_given (run, "rspin") && *stored != NULL)
    {
      signet_cli_cmp_log (run, SIGNET_CLI_CMP_LOG_WARNING, _("-reqin is without effect beside -rspin"));
      self.next_request = g_strv_length (stored);
    }

  return finish (&self, run_transaction (&self, error), error);
}
