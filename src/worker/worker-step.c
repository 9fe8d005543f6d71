/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "worker/worker-authority.h"
#include "worker/worker-credentials.h"
#include "worker/worker-step.h"

/**
 * signet_worker_outcome_free:
 * @self: (transfer full): an outcome
 */
void
signet_worker_outcome_free (SignetWorkerOutcome *self)
{
  g_return_if_fail (self != NULL);

  g_clear_pointer (&self->send, g_bytes_unref);
  g_clear_object (&self->endpoint);
  g_free (self->make_key);
  g_clear_pointer (&self->message, g_bytes_unref);
  g_free (self->file_name);
  g_free (self->words);
  g_clear_error (&self->refusal);
  g_free (self);
}

/**
 * signet_worker_step_new:
 * @store: where the request lies
 * @id: its row
 * @chance: where jitter comes from
 * @chance_data: for @chance
 *
 * Returns: (transfer full): nothing read yet
 */
SignetWorkerStep *
signet_worker_step_new (SignetStore  *store,
                        gint64        id,
                        SignetChance  chance,
                        gpointer      chance_data)
{
  SignetWorkerStep *self = g_new0 (SignetWorkerStep, 1);

  self->store = g_object_ref (store);
  self->id = id;
  self->chance = chance;
  self->chance_data = chance_data;

  return self;
}

/* What was read for one transition is not kept for the next: the row on disk is the truth. */
static void
forget_rows (SignetWorkerStep *self)
{
  g_clear_pointer (&self->record, signet_request_record_free);
  g_clear_pointer (&self->notes, signet_worker_notes_free);
  g_clear_pointer (&self->authority, signet_authority_record_free);
}

/**
 * signet_worker_step_free:
 * @self: (transfer full): a step
 */
void
signet_worker_step_free (SignetWorkerStep *self)
{
  g_return_if_fail (self != NULL);

  forget_rows (self);
  g_clear_object (&self->transaction);
  g_object_unref (self->store);
  g_free (self);
}

/**
 * signet_worker_step_load:
 * @self: a step
 * @now: seconds since 1970, UTC
 * @error: %SIGNET_STORE_ERROR_NOT_FOUND where the request or its authority is gone
 *
 * Reads what the disk says of the request.
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_step_load (SignetWorkerStep  *self,
                         gint64             now,
                         GError           **error)
{
  g_autoptr (GVariant) notes = NULL;

  forget_rows (self);
  self->now = now;
  self->record = signet_store_get_request (self->store, self->id, error);
  if (self->record == NULL)
    return FALSE;
  if (!signet_store_get_request_notes (self->store, self->id, &notes, error))
    return FALSE;
  self->notes = signet_worker_notes_new_from_variant (notes);
  self->authority = signet_store_get_authority (self->store, self->record->authority_id, error);

  return self->authority != NULL;
}

static SignetKey *
resolve_key (const char  *key_id,
             gpointer     user_data,
             GError     **error)
{
  return signet_store_get_key_by_hash (user_data, key_id, error);
}

/**
 * signet_worker_step_load_transaction:
 * @self: a step, loaded
 * @error: where the transaction, its key or its code cannot be had
 *
 * Restores the transaction where memory does not have it.
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_step_load_transaction (SignetWorkerStep  *self,
                                     GError           **error)
{
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (SignetSecret) sealed_part = NULL;
  g_autoptr (SignetCmpAuthority) authority = NULL;
  g_autoptr (SignetCmpCredentials) credentials = NULL;

  if (self->transaction != NULL)
    return TRUE;
  if (!signet_store_get_transaction (self->store, self->id, &public_part, &sealed_part, error))
    return FALSE;
  authority = signet_worker_authority_to_cmp (self->authority, error);
  if (authority == NULL)
    return FALSE;
  credentials = signet_worker_credentials_find (self->store, self->authority, self->notes->identity_id, error);
  if (credentials == NULL)
    return FALSE;
  signet_worker_authority_add_chain (self->authority, authority, credentials);
  self->transaction = signet_cmp_transaction_restore (public_part, sealed_part, authority, credentials, resolve_key,
                                                      self->store, error);

  return self->transaction != NULL;
}

/* Memory may be ahead of the disk: the disk is right. */
void
signet_worker_step_drop (SignetWorkerStep *self)
{
  g_clear_object (&self->transaction);
  forget_rows (self);
}

/* The same, with what was begun in the database taken back. */
void
signet_worker_step_abandon (SignetWorkerStep *self)
{
  signet_store_rollback (self->store);
  signet_worker_step_drop (self);
}

static gboolean
write_transaction (SignetWorkerStep  *self,
                   GError           **error)
{
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (SignetSecret) sealed_part = NULL;

  if (self->transaction == NULL)
    return TRUE;
  if (!signet_cmp_transaction_save (self->transaction, &public_part, &sealed_part, error))
    return FALSE;

  return signet_store_set_transaction (self->store, self->id, public_part, sealed_part, error);
}

/**
 * signet_worker_step_commit:
 * @self: a step, between signet_store_begin() and its end
 * @error: where the store cannot be written
 *
 * Writes row, notes and transaction, and makes all of it durable. Where that fails, memory is thrown away: the disk is right.
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_step_commit (SignetWorkerStep  *self,
                           GError           **error)
{
  g_autoptr (GVariant) notes = g_variant_ref_sink (signet_worker_notes_to_variant (self->notes));

  self->record->updated = self->now;
  if (!write_transaction (self, error) || !signet_store_update_request (self->store, self->record, notes, error))
    {
      signet_worker_step_abandon (self);
      return FALSE;
    }
  if (!signet_store_commit (self->store, error))
    {
      signet_worker_step_drop (self);
      return FALSE;
    }

  return TRUE;
}

/**
 * signet_worker_step_set_error:
 * @self: a step, loaded
 * @reason: (nullable): what the row says went wrong; %NULL: nothing
 */
void
signet_worker_step_set_error (SignetWorkerStep *self,
                              const GError     *reason)
{
  g_free (self->record->error_code);
  g_free (self->record->error_text);
  self->record->error_code = reason != NULL ? g_strdup (signet_worker_error_code (reason)) : NULL;
  self->record->error_text = reason != NULL ? g_strdup (reason->message) : NULL;
}

static gboolean
question_default (const SignetRequestRecord *record)
{
  gboolean accept = FALSE;

  if (record->question != NULL)
    g_variant_lookup (record->question, "default", "b", &accept);

  return accept;
}

static gint64
question_deadline (const SignetRequestRecord *record)
{
  gint64 deadline = 0;

  if (record->question != NULL)
    g_variant_lookup (record->question, "deadline", "x", &deadline);

  return deadline;
}

/* When a request in its present state is to be looked at by itself. */
static gint64
due_time (SignetWorkerStep *self)
{
  const SignetRequestRecord *record = self->record;

  switch (record->state)
    {
    case SIGNET_REQUEST_DRAFT:
    case SIGNET_REQUEST_READY:
    case SIGNET_REQUEST_SENT:
    case SIGNET_REQUEST_ANSWERED:
      return self->now;
    case SIGNET_REQUEST_WAITING:
    case SIGNET_REQUEST_UNKNOWN:
      return record->next_check;
    case SIGNET_REQUEST_ASKING:
      return question_deadline (record);
    case SIGNET_REQUEST_CONFIRM:
      return record->retry_at != 0 ? record->retry_at : self->now;
    case SIGNET_REQUEST_FAILED:
      return record->retry_at;
    case SIGNET_REQUEST_OUTBOX:
    case SIGNET_REQUEST_AWAITING_REPLY:
    case SIGNET_REQUEST_DONE:
    case SIGNET_REQUEST_REJECTED:
    case SIGNET_REQUEST_CANCELLED:
    default:
      return 0;
    }
}

/**
 * signet_worker_step_rest:
 * @self: a step, loaded
 *
 * Returns: (transfer full): nothing to do before the time that the state implies
 */
SignetWorkerOutcome *
signet_worker_step_rest (SignetWorkerStep *self)
{
  SignetWorkerOutcome *outcome = g_new0 (SignetWorkerOutcome, 1);

  outcome->due = due_time (self);
  outcome->over = signet_request_state_is_final (self->record->state);

  return outcome;
}

/* A key that the request names is there at once; another is made first. */
static SignetWorkerOutcome *
start (SignetWorkerStep  *self,
       GError           **error)
{
  SignetWorkerOutcome *outcome;

  if (self->record->key_id != 0)
    {
      g_autoptr (SignetKey) key = signet_store_get_key (self->store, self->record->key_id, error);

      return key != NULL ? signet_worker_step_key_made (self, key, self->now, error) : NULL;
    }
  outcome = g_new0 (SignetWorkerOutcome, 1);
  outcome->make_key = g_strdup (self->record->key_spec);

  return outcome;
}

/* Goes on from the state on disk, whatever time is planned. */
static SignetWorkerOutcome *
go_on (SignetWorkerStep  *self,
       GError           **error)
{
  switch (self->record->state)
    {
    case SIGNET_REQUEST_DRAFT:
      return start (self, error);
    case SIGNET_REQUEST_ANSWERED:
      return signet_worker_step_apply (self, error);
    case SIGNET_REQUEST_READY:
    case SIGNET_REQUEST_SENT:
    case SIGNET_REQUEST_WAITING:
    case SIGNET_REQUEST_UNKNOWN:
    case SIGNET_REQUEST_CONFIRM:
    case SIGNET_REQUEST_FAILED:
      return signet_worker_step_send (self, error);
    case SIGNET_REQUEST_ASKING:
      return signet_worker_step_answer (self, self->notes->question, question_default (self->record), self->now,
                                        error);
    case SIGNET_REQUEST_OUTBOX:
    case SIGNET_REQUEST_AWAITING_REPLY:
    case SIGNET_REQUEST_DONE:
    case SIGNET_REQUEST_REJECTED:
    case SIGNET_REQUEST_CANCELLED:
    default:
      return signet_worker_step_rest (self);
    }
}

/**
 * signet_worker_step_resume:
 * @self: a step
 * @now: seconds since 1970, UTC
 * @error: where the store or the transaction cannot be read or written
 *
 * After a restart, or when the time has come that an outcome named.
 *
 * Returns: (transfer full): what to do
 */
SignetWorkerOutcome *
signet_worker_step_resume (SignetWorkerStep  *self,
                           gint64             now,
                           GError           **error)
{
  gint64 due;

  if (!signet_worker_step_load (self, now, error))
    return NULL;
  due = due_time (self);
  if (due == 0 || due > now)
    return signet_worker_step_rest (self);

  return go_on (self, error);
}

/**
 * signet_worker_step_check:
 * @self: a step
 * @now: seconds since 1970, UTC
 * @error: %SIGNET_WORKER_ERROR_BUSY where there is nothing to ask
 *
 * The person does not want to wait for the time planned.
 *
 * Returns: (transfer full): what to do
 */
SignetWorkerOutcome *
signet_worker_step_check (SignetWorkerStep  *self,
                          gint64             now,
                          GError           **error)
{
  if (!signet_worker_step_load (self, now, error))
    return NULL;

  switch (self->record->state)
    {
    case SIGNET_REQUEST_DRAFT:
      /* The key is being made already. */
      return signet_worker_step_rest (self);
    case SIGNET_REQUEST_READY:
    case SIGNET_REQUEST_SENT:
    case SIGNET_REQUEST_WAITING:
    case SIGNET_REQUEST_UNKNOWN:
    case SIGNET_REQUEST_CONFIRM:
    case SIGNET_REQUEST_ANSWERED:
      if (self->record->offline)
        break;
      return go_on (self, error);
    case SIGNET_REQUEST_FAILED:
      if (self->record->retry_at != 0 && !self->record->offline)
        return go_on (self, error);
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY, _("“%s” has failed. Make a new request."),
                   self->record->name);
      return NULL;
    case SIGNET_REQUEST_ASKING:
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY, _("“%s” waits for your decision."),
                   self->record->name);
      return NULL;
    case SIGNET_REQUEST_OUTBOX:
    case SIGNET_REQUEST_AWAITING_REPLY:
      break;
    case SIGNET_REQUEST_DONE:
    case SIGNET_REQUEST_REJECTED:
    case SIGNET_REQUEST_CANCELLED:
    default:
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY,
                   _("“%s” is over: there is nothing left to ask the authority."), self->record->name);
      return NULL;
    }
  g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY,
               _("The messages of “%s” are carried by hand: save the message and import the reply."), self->record->name);

  return NULL;
}

/**
 * signet_worker_step_cancel:
 * @self: a step
 * @now: seconds since 1970, UTC
 * @error: %SIGNET_WORKER_ERROR_BUSY where it is over, or the certificate is there already
 *
 * Stops asking. Nothing is sent for it: to the authority a transaction that is not polled any more has ended (RFC 9810
 * §5.3.21). An answer that still comes is taken.
 *
 * Returns: (transfer full): what to do
 */
SignetWorkerOutcome *
signet_worker_step_cancel (SignetWorkerStep  *self,
                           gint64             now,
                           GError           **error)
{
  if (!signet_worker_step_load (self, now, error))
    return NULL;
  if (self->record->state == SIGNET_REQUEST_CONFIRM || self->record->certificate_id != 0)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY,
                   _("The certificate of “%s” is already here. It can be revoked, but the request cannot be taken back."),
                   self->record->name);
      return NULL;
    }
  if (signet_request_state_is_final (self->record->state)
      && !(self->record->state == SIGNET_REQUEST_FAILED && self->record->retry_at != 0))
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY, _("“%s” is over already."), self->record->name);
      return NULL;
    }
  if (!signet_store_begin (self->store, error))
    return NULL;
  self->record->state = SIGNET_REQUEST_CANCELLED;
  self->record->next_check = 0;
  self->record->retry_at = 0;
  g_clear_pointer (&self->record->question, g_variant_unref);
  if (!signet_worker_step_commit (self, error))
    return NULL;

  return signet_worker_step_rest (self);
}

/**
 * signet_worker_step_note_failure:
 * @self: a step
 * @reason: why a transition was not made
 * @now: seconds since 1970, UTC
 *
 * Writes beside the request why it does not go on by itself, such as a code that was used up, and when it is tried again.
 * Where even that cannot be written, the row stays as it was.
 *
 * Returns: (transfer full): when to resume
 */
SignetWorkerOutcome *
signet_worker_step_note_failure (SignetWorkerStep *self,
                                 const GError     *reason,
                                 gint64            now)
{
  g_autoptr (GError) error = NULL;
  SignetWorkerOutcome *outcome = g_new0 (SignetWorkerOutcome, 1);

  outcome->due = signet_schedule_back_off (now, 1, self->chance, self->chance_data);
  if (!signet_worker_step_load (self, now, &error) || signet_request_state_is_final (self->record->state)
      || !signet_store_begin (self->store, &error))
    {
      if (error == NULL)
        outcome->due = 0;
      return outcome;
    }
  outcome->due = signet_schedule_back_off (now, ++self->notes->failures, self->chance, self->chance_data);
  signet_worker_step_set_error (self, reason);
  if (self->record->state == SIGNET_REQUEST_WAITING || self->record->state == SIGNET_REQUEST_UNKNOWN)
    self->record->next_check = outcome->due;
  else if (self->record->state == SIGNET_REQUEST_CONFIRM || self->record->state == SIGNET_REQUEST_FAILED)
    self->record->retry_at = outcome->due;
  if (!signet_worker_step_commit (self, &error))
    g_message ("Request %" G_GINT64_FORMAT ": %s", self->id, error->message);

  return outcome;
}
