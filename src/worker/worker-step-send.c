/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/x509.h>

#include "cmp/cmp-exposure.h"
#include "cmp/cmp-strength.h"
#include "worker/worker-credentials.h"
#include "worker/worker-endpoint.h"
#include "worker/worker-step.h"

/* What leaves, and what is known when no answer came. */

static gboolean
is_poll (const SignetRequestRecord *record)
{
  return g_strcmp0 (record->pending_body, "pollReq") == 0;
}

static gboolean
is_confirmation (const SignetRequestRecord *record)
{
  return g_strcmp0 (record->pending_body, "certConf") == 0;
}

/**
 * signet_worker_step_next:
 * @self: a step with its transaction
 * @error: where the message cannot be made
 *
 * Returns: (transfer full): the octets that go out next, the same until an answer was taken
 */
GBytes *
signet_worker_step_next (SignetWorkerStep  *self,
                         GError           **error)
{
  GBytes *octets;

  /* The schedule, or the person, has decided already that it is time. */
  signet_cmp_transaction_hurry (self->transaction);
  octets = signet_cmp_transaction_next (self->transaction, self->now, error);
  if (octets == NULL)
    return NULL;
  g_free (self->record->pending_body);
  self->record->pending_body
    = g_strdup (signet_cmp_body_type_name (signet_cmp_transaction_get_pending_body (self->transaction)));

  return octets;
}

/* Whether what protects the request at @octets is weaker than the key that it is for: (transfer full) (nullable) words. RFC 9481 §7
 * wants it to be as strong; the person may have no choice, so it goes out all the same. */
static char *
advise (SignetWorkerStep *self,
        GBytes           *octets)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (octets, NULL);
  const X509_ALGOR *algorithm = message != NULL ? signet_cmp_message_get_protection_alg (message) : NULL;
  g_autoptr (SignetCmpCredentials) credentials = NULL;
  g_autoptr (GBytes) protection = NULL;
  guint8 *der = NULL;
  int size;

  if (algorithm == NULL || is_poll (self->record) || is_confirmation (self->record))
    return NULL;
  credentials = signet_worker_credentials_find (self->store, self->authority, self->notes->identity_id, NULL);
  size = i2d_X509_ALGOR (algorithm, &der);
  if (credentials == NULL || size <= 0)
    {
      OPENSSL_free (der);
      return NULL;
    }
  protection = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);

  return signet_cmp_strength_advise (signet_cmp_transaction_get_operation (self->transaction), credentials, protection);
}

/**
 * signet_worker_step_keep_outgoing:
 * @self: a step, between signet_store_begin() and its commit
 * @octets: that go out next
 * @error: where the store cannot be written
 *
 * Gives the message a row of its own the first time it is seen, and tells there where it is protected too weakly.
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_step_keep_outgoing (SignetWorkerStep  *self,
                                  GBytes            *octets,
                                  GError           **error)
{
  g_autofree char *words = NULL;

  if (self->notes->outgoing != 0)
    return TRUE;
  self->notes->outgoing = signet_store_add_message (self->store, self->id, TRUE, self->record->pending_body, self->now,
                                                    octets, error);
  if (self->notes->outgoing == 0)
    return FALSE;
  words = advise (self, octets);

  return words == NULL || signet_store_set_message_remark (self->store, self->notes->outgoing, words, error);
}

/* What goes out without TLS and should not is told beside it; that it goes is the person's setting. */
static gboolean
remark_on_exposure (SignetWorkerStep  *self,
                    SignetEndpoint    *endpoint,
                    GBytes            *octets,
                    GError           **error)
{
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autofree char *words = NULL;
  g_autofree char *advice = NULL;
  g_autofree char *both = NULL;

  if (signet_endpoint_is_encrypted (endpoint))
    return TRUE;
  message = signet_cmp_message_parse (octets, NULL);
  if (message != NULL)
    words = signet_cmp_message_explain_exposure (message);
  if (words == NULL)
    return TRUE;
  /* One remark has both. */
  advice = advise (self, octets);
  both = advice != NULL ? g_strdup_printf ("%s %s", words, advice) : g_strdup (words);

  return signet_store_set_message_remark (self->store, self->notes->outgoing, both, error);
}

/* A transaction that the authority ended for a reason of the moment: the same request begins again (RFC 9483 §3.6.4). */
static GBytes *
next_or_begin_again (SignetWorkerStep  *self,
                     GError           **error)
{
  g_autoptr (SignetKey) key = NULL;

  if (self->record->state != SIGNET_REQUEST_FAILED
      || signet_cmp_transaction_get_step (self->transaction) != SIGNET_CMP_STEP_FAILED)
    return signet_worker_step_next (self, error);
  key = signet_store_get_key (self->store, self->record->key_id, error);

  return key != NULL ? signet_worker_step_begin_transaction (self, key, error) : NULL;
}

static void
mark_as_leaving (SignetWorkerStep *self)
{
  SignetRequestRecord *record = self->record;

  if (is_confirmation (record))
    record->state = SIGNET_REQUEST_CONFIRM;
  else if (is_poll (record))
    record->state = SIGNET_REQUEST_WAITING;
  else
    {
      /* From here on a refusal no longer proves that nothing was issued. */
      if (record->state == SIGNET_REQUEST_SENT || record->state == SIGNET_REQUEST_UNKNOWN)
        self->notes->resent = TRUE;
      record->state = SIGNET_REQUEST_SENT;
    }
  signet_worker_step_set_error (self, NULL);
  if (record->sent == 0)
    record->sent = self->now;
  record->next_check = is_poll (record) ? self->now : 0;
  record->retry_at = 0;
}

/**
 * signet_worker_step_send:
 * @self: a step, loaded, whose state awaits that its message leaves
 * @error: where transaction or store fail
 *
 * What leaves is durable, and that it may have left is, before the first octet goes.
 *
 * Returns: (transfer full): the octets and where to bring them
 */
SignetWorkerOutcome *
signet_worker_step_send (SignetWorkerStep  *self,
                         GError           **error)
{
  g_autoptr (SignetWorkerOutcome) outcome = g_new0 (SignetWorkerOutcome, 1);

  if (!signet_worker_step_load_transaction (self, error))
    return NULL;
  outcome->endpoint = signet_worker_endpoint_new (self->store, self->authority, self->record, error);
  if (outcome->endpoint == NULL)
    return NULL;
  outcome->send = next_or_begin_again (self, error);
  if (outcome->send == NULL || !signet_store_begin (self->store, error))
    {
      signet_worker_step_drop (self);
      return NULL;
    }
  if (!signet_worker_step_keep_outgoing (self, outcome->send, error)
      || !remark_on_exposure (self, outcome->endpoint, outcome->send, error))
    {
      signet_worker_step_abandon (self);
      return NULL;
    }
  mark_as_leaving (self);
  if (!signet_worker_step_commit (self, error))
    return NULL;

  return g_steal_pointer (&outcome);
}

/* Nothing left this time; what left earlier is another matter. */
static void
rest_undelivered (SignetWorkerStep *self,
                  gint64            again)
{
  SignetRequestRecord *record = self->record;

  if (self->notes->resent)
    {
      record->state = SIGNET_REQUEST_UNKNOWN;
      record->next_check = again;
    }
  else
    {
      record->state = SIGNET_REQUEST_FAILED;
      record->retry_at = again;
      record->sent = 0;
    }
}

/* A refused poll or confirmation leaves the request where it was; so does one whose answer never came, for asking and
 * confirming twice with the same octets does no harm. */
static void
rest_after_failure (SignetWorkerStep *self,
                    const GError     *reason)
{
  SignetRequestRecord *record = self->record;
  gint64 again = signet_schedule_back_off (self->now, ++self->notes->failures, self->chance, self->chance_data);

  if (is_confirmation (record))
    record->retry_at = again;
  else if (is_poll (record))
    record->next_check = again;
  else if (g_error_matches (reason, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_DELIVERED))
    rest_undelivered (self, again);
  else if (g_error_matches (reason, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL))
    rest_undelivered (self, self->notes->resent ? again : 0);
  else
    {
      record->state = SIGNET_REQUEST_UNKNOWN;
      record->next_check = again;
    }
}

/**
 * signet_worker_step_send_failed:
 * @self: a step
 * @reason: what the carrier said
 * @now: seconds since 1970, UTC
 * @error: where the store cannot be written
 *
 * A connection that was refused delivered nothing. Everything else leaves the outcome unknown, whatever the transfer's
 * own status says (RFC 9811 §5 item 2): the same octets go out again.
 *
 * Returns: (transfer full): what to do
 */
SignetWorkerOutcome *
signet_worker_step_send_failed (SignetWorkerStep  *self,
                                const GError      *reason,
                                gint64             now,
                                GError           **error)
{
  SignetRequestState state;

  if (!signet_worker_step_load (self, now, error))
    return NULL;
  state = self->record->state;
  /* Cancelled, or answered by another way, while it was under way. */
  if (state != SIGNET_REQUEST_SENT && state != SIGNET_REQUEST_WAITING && state != SIGNET_REQUEST_CONFIRM)
    return signet_worker_step_rest (self);
  if (!signet_store_begin (self->store, error))
    return NULL;
  signet_worker_step_set_error (self, reason);
  rest_after_failure (self, reason);
  if (!signet_worker_step_commit (self, error))
    return NULL;

  return signet_worker_step_rest (self);
}
