/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "worker/worker-authority.h"
#include "worker/worker-settings.h"
#include "worker/worker-step.h"

/* What arrives is stored as octets first, then applied, then committed. */

/* PKIFailureInfo, RFC 9810 §5.2.3. */
#define FAIL_TRANSACTION_ID_IN_USE (1u << 21)
#define FAIL_SYSTEM_UNAVAIL (1u << 24)
#define FAIL_SYSTEM_FAILURE (1u << 25)

/* A request begins again at most this often by itself. */
#define RENEWALS_MAX 20

static void
replace_text (char       **text,
              const char  *with)
{
  g_free (*text);
  *text = with != NULL ? g_strdup (with) : NULL;
}

static const char *
body_name (GBytes *octets)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (octets, NULL);

  return message != NULL ? signet_cmp_body_type_name (signet_cmp_message_get_body_type (message)) : "?";
}

/* Once octets have left, an answer that is not the authority's proves nothing: back to where it was, and ask again. */
static void
rest_refused (SignetWorkerStep *self)
{
  SignetRequestRecord *record = self->record;
  gint64 again;

  record->state = self->notes->before;
  if (record->offline || record->state == SIGNET_REQUEST_CANCELLED)
    return;
  again = signet_schedule_back_off (self->now, ++self->notes->failures, self->chance, self->chance_data);
  switch (record->state)
    {
    case SIGNET_REQUEST_SENT:
    case SIGNET_REQUEST_UNKNOWN:
    case SIGNET_REQUEST_FAILED:
      record->state = SIGNET_REQUEST_UNKNOWN;
      record->next_check = again;
      break;
    case SIGNET_REQUEST_WAITING:
      record->next_check = again;
      break;
    case SIGNET_REQUEST_CONFIRM:
      record->retry_at = again;
      break;
    default:
      break;
    }
}

/* The words of a message that did not verify are worth showing, as what somebody said. */
static void
quote_refused (SignetWorkerStep *self,
               GBytes           *octets)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (octets, NULL);
  g_autoptr (SignetCmpStatusInfo) status = NULL;

  if (message == NULL || signet_cmp_message_get_body_type (message) != SIGNET_CMP_BODY_ERROR)
    return;
  status = signet_cmp_message_get_error_content (message, NULL);
  if (status == NULL || status->text == NULL)
    return;
  replace_text (&self->record->authority_text, status->text);
  self->record->authority_text_authentic = FALSE;
}

static SignetWorkerOutcome *
refuse (SignetWorkerStep  *self,
        GBytes            *octets,
        const GError      *reason,
        GError           **error)
{
  g_autoptr (SignetWorkerOutcome) outcome = NULL;

  if (!signet_store_begin (self->store, error))
    return NULL;
  if (!signet_store_set_message_note (self->store, self->notes->answer, reason->message, error))
    {
      signet_worker_step_abandon (self);
      return NULL;
    }
  self->notes->answer = 0;
  signet_worker_step_set_error (self, reason);
  quote_refused (self, octets);
  rest_refused (self);
  if (!signet_worker_step_commit (self, error))
    return NULL;

  outcome = signet_worker_step_rest (self);
  outcome->refusal = g_error_copy (reason);

  return g_steal_pointer (&outcome);
}

static gboolean
keep_certificates (SignetWorkerStep  *self,
                   const char        *state,
                   GError           **error)
{
  SignetCertificate *certificate = signet_cmp_transaction_get_certificate (self->transaction);
  GPtrArray *chain = signet_cmp_transaction_get_chain (self->transaction);
  SignetCertificate *anchor = signet_cmp_transaction_get_new_anchor (self->transaction);
  SignetRequestRecord *record = self->record;

  if (anchor != NULL && !signet_store_add_anchor (self->store, record->authority_id, anchor, error))
    return FALSE;
  if (certificate == NULL)
    return TRUE;
  if (record->certificate_id != 0)
    return signet_store_set_certificate_state (self->store, record->certificate_id, state, error);

  for (guint i = 0; chain != NULL && i < chain->len; i++)
    if (!signet_store_add_issuer (self->store, chain->pdata[i], record->authority_id, self->now, error))
      return FALSE;
  record->certificate_id = signet_store_add_certificate (self->store, certificate, record, state, self->now, error);

  return record->certificate_id != 0;
}

static GVariant *
describe_question (const SignetCmpQuestion *question,
                   guint                    number)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder differences = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sss)"));
  GBytes *der = signet_certificate_get_der (question->certificate);

  for (guint i = 0; question->differences != NULL && i < question->differences->len; i++)
    {
      const SignetCmpDifference *difference = question->differences->pdata[i];

      g_variant_builder_add (&differences, "(sss)", difference->field,
                             difference->requested != NULL ? difference->requested : "",
                             difference->granted != NULL ? difference->granted : "");
    }
  g_variant_dict_insert (&dict, "number", "u", number);
  g_variant_dict_insert (&dict, "kind", "s",
                         question->kind == SIGNET_CMP_QUESTION_TRUST_ROOT ? "trust-root" : "accept-changes");
  g_variant_dict_insert_value (&dict, "certificate", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, der, TRUE));
  g_variant_dict_insert_value (&dict, "differences", g_variant_builder_end (&differences));
  g_variant_dict_insert (&dict, "deadline", "x", question->deadline);
  g_variant_dict_insert (&dict, "default", "b", question->accept_by_default);

  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
follow_wait (SignetWorkerStep *self)
{
  SignetRequestRecord *record = self->record;
  gint64 until = signet_cmp_transaction_get_wait_until (self->transaction);

  replace_text (&record->pending_body, "pollReq");
  if (self->notes->polling_since == 0)
    self->notes->polling_since = self->now;
  if (self->notes->before == SIGNET_REQUEST_CANCELLED)
    {
      record->state = SIGNET_REQUEST_CANCELLED;
      return;
    }
  if (record->offline)
    {
      record->state = SIGNET_REQUEST_OUTBOX;
      record->next_check = until;
      return;
    }
  if (self->now - self->notes->polling_since > SIGNET_SCHEDULE_POLL_LIMIT)
    {
      record->state = SIGNET_REQUEST_UNKNOWN;
      record->next_check = 0;
      replace_text (&record->error_code, "worker.poll-limit");
      replace_text (&record->error_text, _("The authority has put this off for 90 days. It is not asked any more by itself; "
                                           "ask again, or ask your organisation."));
      return;
    }
  record->state = SIGNET_REQUEST_WAITING;
  record->next_check = signet_schedule_poll (self->now, until, self->notes->polls++, self->chance, self->chance_data);
}

/* RFC 9483 §6.4, §4.1.1: who carries a confirmation by hand has to know until when it counts. The time is the authority's; how
 * far its clock is from ours cannot be told from a message that lay on a memory stick for a while. */
static void
warn_of_deadline (SignetWorkerStep *self)
{
  gint64 until = signet_cmp_transaction_get_confirm_until (self->transaction);
  g_autoptr (GDateTime) time = NULL;
  g_autofree char *words = NULL;
  g_autofree char *text = NULL;

  if (until == 0)
    return;
  time = g_date_time_new_from_unix_local (until);
  if (time == NULL)
    return;
  /* Translators: a day and a time, as strftime () writes them */
  words = g_date_time_format (time, _("%e %B %Y, %H:%M"));
  if (until > self->now)
    text = g_strdup_printf (_("The authority waits for the confirmation until %s. After that it may revoke the certificate."),
                            g_strchug (words));
  else
    text = g_strdup_printf (_("The authority waited for the confirmation until %s, and may have revoked the certificate since. "
                              "Send the confirmation all the same, and ask your organisation whether the certificate is good."),
                            g_strchug (words));
  replace_text (&self->record->error_code, until > self->now ? "worker.confirm-by" : "worker.confirm-late");
  replace_text (&self->record->error_text, text);
}

/* The next message of a transaction that goes on: a confirmation, mostly. */
static gboolean
follow_send (SignetWorkerStep  *self,
             GError           **error)
{
  SignetRequestRecord *record = self->record;
  SignetCmpBodyType body = signet_cmp_transaction_get_pending_body (self->transaction);
  g_autofree char *id = signet_worker_to_hex (signet_cmp_transaction_get_id (self->transaction));

  replace_text (&record->pending_body, signet_cmp_body_type_name (body));
  /* Another one where the transaction was begun anew. */
  replace_text (&record->transaction_id, id);
  if (body == SIGNET_CMP_BODY_POLLREQ)
    {
      follow_wait (self);
      return TRUE;
    }
  record->state = record->offline ? SIGNET_REQUEST_OUTBOX : SIGNET_REQUEST_CONFIRM;
  if (record->offline)
    warn_of_deadline (self);

  return keep_certificates (self, "unconfirmed", error);
}

static void
follow_ask (SignetWorkerStep *self)
{
  SignetRequestRecord *record = self->record;

  record->state = SIGNET_REQUEST_ASKING;
  g_clear_pointer (&record->question, g_variant_unref);
  record->question = describe_question (signet_cmp_transaction_get_question (self->transaction), ++self->notes->question);
  replace_text (&record->pending_body, NULL);
}

/* Codes that people read and type are good for one operation (R472): this one is used up, unless another request of the
 * same authority that began with it is still open. */
static gboolean
use_code_up (SignetWorkerStep  *self,
             GError           **error)
{
  g_autoptr (GPtrArray) requests = NULL;

  if (!self->authority->has_secret || self->authority->identity_id != 0 || self->notes->identity_id != 0
      || !signet_worker_authority_is_one_time (self->authority))
    return TRUE;
  requests = signet_store_list_requests (self->store, error);
  if (requests == NULL)
    return FALSE;
  for (guint i = 0; i < requests->len; i++)
    {
      const SignetRequestRecord *other = requests->pdata[i];

      if (other->id != self->id && other->authority_id == self->authority->id
          && (!signet_request_state_is_final (other->state) || other->retry_at != 0))
        return TRUE;
    }

  return signet_store_delete_authority_secret (self->store, self->authority->id, error);
}

static gboolean
follow_done (SignetWorkerStep  *self,
             GError           **error)
{
  SignetRequestRecord *record = self->record;

  record->state = SIGNET_REQUEST_DONE;
  record->confirmed = self->now;
  replace_text (&record->pending_body, NULL);
  if (!keep_certificates (self, "good-for-use", error))
    return FALSE;

  return use_code_up (self, error);
}

static guint32
fail_info (SignetWorkerStep *self)
{
  const SignetCmpStatusInfo *status = signet_cmp_transaction_get_status (self->transaction);

  return status != NULL ? status->fail_info : 0;
}

/* RFC 9483 §3.6.4: a clash of IDs or a server in trouble is answered by a new transaction, later. */
static gboolean
begin_again_later (SignetWorkerStep *self)
{
  SignetRequestRecord *record = self->record;
  guint32 reasons = fail_info (self);

  if (record->offline || self->notes->renewals >= RENEWALS_MAX || self->notes->before == SIGNET_REQUEST_CANCELLED
      || (reasons & (FAIL_TRANSACTION_ID_IN_USE | FAIL_SYSTEM_UNAVAIL | FAIL_SYSTEM_FAILURE)) == 0)
    return FALSE;
  self->notes->renewals++;
  record->state = SIGNET_REQUEST_FAILED;
  if ((reasons & FAIL_TRANSACTION_ID_IN_USE) != 0 && self->notes->renewals == 1)
    record->retry_at = self->now;
  else
    record->retry_at = signet_schedule_back_off (self->now, self->notes->renewals, self->chance, self->chance_data);

  return TRUE;
}

/* The first message left more than once: that the second was refused says nothing of the first. The transaction is kept
 * as it was before this answer, so that it can still be asked. */
static gboolean
refusal_proves_nothing (SignetWorkerStep *self,
                        const GError     *failure)
{
  return self->notes->resent && self->notes->polls == 0 && self->record->certificate_id == 0
         && g_error_matches (failure, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
}

static gboolean
follow_failed (SignetWorkerStep  *self,
               gint64             outgoing,
               GError           **error)
{
  SignetRequestRecord *record = self->record;
  const GError *failure = signet_cmp_transaction_get_failure (self->transaction);

  record->retry_at = 0;
  if (failure != NULL)
    signet_worker_step_set_error (self, failure);
  if (refusal_proves_nothing (self, failure))
    {
      record->state = SIGNET_REQUEST_UNKNOWN;
      self->notes->outgoing = outgoing;
      g_clear_object (&self->transaction);
      return TRUE;
    }
  if (begin_again_later (self))
    return TRUE;

  replace_text (&record->pending_body, NULL);
  record->state = g_error_matches (failure, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED) ? SIGNET_REQUEST_REJECTED
                                                                                         : SIGNET_REQUEST_FAILED;
  if (record->certificate_id != 0)
    return signet_store_set_certificate_state (self->store, record->certificate_id, "rejected", error);

  return TRUE;
}

/* An answer's oddities stand beside it, for whoever asks later why something did not work. */
static gboolean
keep_remarks (SignetWorkerStep  *self,
              GError           **error)
{
  const char *remarks = signet_cmp_transaction_get_remarks (self->transaction);
  gint64 answer = self->notes->answer;

  self->notes->answer = 0;

  return answer == 0 || remarks == NULL || signet_store_set_message_remark (self->store, answer, remarks, error);
}

static gboolean
follow_step (SignetWorkerStep  *self,
             SignetCmpStep      step,
             GError           **error)
{
  SignetRequestRecord *record = self->record;
  const SignetCmpStatusInfo *status = signet_cmp_transaction_get_status (self->transaction);
  gint64 outgoing = self->notes->outgoing;

  if (!keep_remarks (self, error))
    return FALSE;
  self->notes->outgoing = 0;
  self->notes->failures = 0;
  record->next_check = 0;
  record->retry_at = 0;
  signet_worker_step_set_error (self, NULL);
  if (status != NULL && status->text != NULL)
    {
      replace_text (&record->authority_text, status->text);
      record->authority_text_authentic = TRUE;
    }
  switch (step)
    {
    case SIGNET_CMP_STEP_SEND:
      return follow_send (self, error);
    case SIGNET_CMP_STEP_WAIT:
      follow_wait (self);
      return TRUE;
    case SIGNET_CMP_STEP_ASK:
      follow_ask (self);
      return TRUE;
    case SIGNET_CMP_STEP_DONE:
      return follow_done (self, error);
    case SIGNET_CMP_STEP_FAILED:
    default:
      return follow_failed (self, outgoing, error);
    }
}

/* What this exchange taught of the authority helps the next one: RFC 9810 §7. */
static gboolean
remember_version (SignetWorkerStep  *self,
                  GError           **error)
{
  gint64 pvno = signet_cmp_transaction_get_peer_pvno (self->transaction);

  return pvno == 0 || pvno == self->authority->pvno
         || signet_store_set_authority_pvno (self->store, self->authority->id, pvno, error);
}

/* Commits what followed from an answer or a decision, and goes on where the next message may leave at once. */
static SignetWorkerOutcome *
finish_step (SignetWorkerStep  *self,
             SignetCmpStep      step,
             GError           **error)
{
  if (!follow_step (self, step, error))
    {
      signet_worker_step_abandon (self);
      return NULL;
    }
  if (!signet_worker_step_commit (self, error))
    return NULL;
  if (self->record->state == SIGNET_REQUEST_CONFIRM)
    return signet_worker_step_send (self, error);

  return signet_worker_step_rest (self);
}

/**
 * signet_worker_step_apply:
 * @self: a step, loaded, whose answer is stored
 * @error: where transaction or store fail
 *
 * Returns: (transfer full): what to do
 */
SignetWorkerOutcome *
signet_worker_step_apply (SignetWorkerStep  *self,
                          GError           **error)
{
  g_autoptr (GBytes) octets = signet_store_get_message (self->store, self->notes->answer, error);
  g_autoptr (GError) reason = NULL;
  SignetCmpStep step;

  if (octets == NULL || !signet_worker_step_load_transaction (self, error))
    return NULL;
  if (!signet_cmp_transaction_receive (self->transaction, octets, self->now, &step, &reason))
    return refuse (self, octets, reason, error);

  if (!signet_store_begin (self->store, error))
    {
      g_clear_object (&self->transaction);
      return NULL;
    }
  if (self->record->received == 0)
    self->record->received = self->now;
  if (!remember_version (self, error))
    {
      signet_worker_step_abandon (self);
      return NULL;
    }

  return finish_step (self, step, error);
}

/**
 * signet_worker_step_receive:
 * @self: a step
 * @message: what came
 * @now: seconds since 1970, UTC
 * @error: where the store cannot be written: then the octets are lost, and the question is asked again
 *
 * Returns: (transfer full): what to do
 */
SignetWorkerOutcome *
signet_worker_step_receive (SignetWorkerStep  *self,
                            GBytes            *message,
                            gint64             now,
                            GError           **error)
{
  if (!signet_worker_step_load (self, now, error))
    return NULL;
  /* Another way was faster: what comes now is no answer to anything. */
  if (self->record->state == SIGNET_REQUEST_DONE || self->record->state == SIGNET_REQUEST_ASKING
      || self->record->state == SIGNET_REQUEST_REJECTED || self->record->state == SIGNET_REQUEST_ANSWERED)
    return signet_worker_step_rest (self);
  if (!signet_store_begin (self->store, error))
    return NULL;
  self->notes->answer = signet_store_add_message (self->store, self->id, FALSE, body_name (message), now, message, error);
  if (self->notes->answer == 0)
    {
      signet_worker_step_abandon (self);
      return NULL;
    }
  self->notes->before = self->record->state;
  self->record->state = SIGNET_REQUEST_ANSWERED;
  if (!signet_worker_step_commit (self, error))
    return NULL;

  return signet_worker_step_apply (self, error);
}

/**
 * signet_worker_step_answer:
 * @self: a step
 * @question: its number
 * @accept: what the person decided, or what the deadline's passing means
 * @now: seconds since 1970, UTC
 * @error: %SIGNET_WORKER_ERROR_BUSY where that question is not open
 *
 * Returns: (transfer full): what to do
 */
SignetWorkerOutcome *
signet_worker_step_answer (SignetWorkerStep  *self,
                           guint              question,
                           gboolean           accept,
                           gint64             now,
                           GError           **error)
{
  SignetCmpStep step;

  if (!signet_worker_step_load (self, now, error))
    return NULL;
  if (self->record->state != SIGNET_REQUEST_ASKING || self->notes->question != question)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY, _("“%s” asks nothing any more."),
                   self->record->name);
      return NULL;
    }
  if (!signet_worker_step_load_transaction (self, error))
    return NULL;
  if (!signet_cmp_transaction_answer (self->transaction, accept, now, &step, error)
      || !signet_store_begin (self->store, error))
    {
      g_clear_object (&self->transaction);
      return NULL;
    }
  self->notes->before = SIGNET_REQUEST_ASKING;
  g_clear_pointer (&self->record->question, g_variant_unref);

  return finish_step (self, step, error);
}
