/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>

#define MIN_CHECK_AFTER 1               /* seconds: bounds on what the authority may ask to wait, R215 */
#define MAX_CHECK_AFTER (7 * 24 * 3600)

/* The senderNonce of what is delayed is kept until its answer is there: RFC 9483 §4.4. */
static void
keep_nonce (SignetCmpTransaction *self,
            GBytes               *nonce)
{
  self->polling = TRUE;
  if (self->delayed_nonce == nonce)
    return;
  g_clear_pointer (&self->delayed_nonce, g_bytes_unref);
  self->delayed_nonce = g_bytes_ref (nonce);
}

static void
remark_on_reason (SignetCmpTransaction      *self,
                  const SignetCmpStatusInfo *status)
{
  if (status->fail_info != 0)
    signet_cmp_transaction_remark (
        self, _("The answer says “wait” and gives a reason for refusing at once. The reason was passed over."));
}

/* No checkAfter comes with "waiting": the first pollReq may follow at once (RFC 9483 §4.4). */
void
signet_cmp_transaction_begin_polling (SignetCmpTransaction *self,
                                      gint64                now)
{
  remark_on_reason (self, self->status);
  if (!self->polling)
    keep_nonce (self, self->sender_nonce);
  self->poll_whole = TRUE;
  self->wait_until = now + MIN_CHECK_AFTER;
  self->step = SIGNET_CMP_STEP_WAIT;
}

void
signet_cmp_transaction_put_off (SignetCmpTransaction *self,
                                SignetCmpProgress    *progress,
                                gint64                now)
{
  remark_on_reason (self, progress->status);
  progress->state = SIGNET_CMP_ITEM_WAITING;
  progress->check_at = now + MIN_CHECK_AFTER;
}

void
signet_cmp_transaction_plan_polling (SignetCmpTransaction *self)
{
  gint64 earliest = G_MAXINT64;

  for (guint i = 0; i < self->progress->len; i++)
    {
      const SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, i);

      if (progress->state == SIGNET_CMP_ITEM_WAITING)
        earliest = MIN (earliest, progress->check_at);
    }
  keep_nonce (self, self->request_nonce);
  self->poll_whole = FALSE;
  self->asked_body = signet_cmp_operation_get_body_type (self->operation);
  self->wait_until = earliest;
  self->step = SIGNET_CMP_STEP_WAIT;
}

void
signet_cmp_transaction_choose_polled (SignetCmpTransaction *self,
                                      gint64                now)
{
  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, i);

      progress->polled = progress->state == SIGNET_CMP_ITEM_WAITING && progress->check_at <= now;
    }
}

/* The item that was asked about by this number; %NULL: none. */
static SignetCmpProgress *
find_polled (SignetCmpTransaction *self,
             gint64                id)
{
  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, i);

      if (progress->polled && progress->id == id)
        return progress;
    }

  return NULL;
}

static void
fail_unknown_number (SignetCmpTransaction *self,
                     gint64                id)
{
  if (self->poll_whole || self->progress->len == 1)
    signet_cmp_transaction_fail (
        self, SIGNET_CMP_ERROR_CONTENT,
        _("The authority answered about request %" G_GINT64_FORMAT ", asked was %" G_GINT64_FORMAT "."), id,
        self->poll_whole ? (gint64) SIGNET_CMP_WHOLE_MESSAGE : signet_cmp_transaction_get_progress (self, 0)->id);
  else
    signet_cmp_transaction_fail (
        self, SIGNET_CMP_ERROR_CONTENT,
        _("The authority answered about request %" G_GINT64_FORMAT ", which it was not asked about."), id);
}

static gboolean
take_poll_rep (SignetCmpTransaction   *self,
               const SignetCmpPollRep *rep,
               gint64                  now)
{
  gint64 until = now + CLAMP (rep->check_after, MIN_CHECK_AFTER, MAX_CHECK_AFTER);
  SignetCmpStatusInfo status = { SIGNET_CMP_STATUS_WAITING, rep->reason, 0, -1 };
  SignetCmpProgress *progress = NULL;

  if (self->poll_whole ? rep->cert_req_id != SIGNET_CMP_WHOLE_MESSAGE
                       : (progress = find_polled (self, rep->cert_req_id)) == NULL)
    {
      fail_unknown_number (self, rep->cert_req_id);
      return FALSE;
    }
  signet_cmp_transaction_set_status (self, &status);
  if (progress == NULL)
    {
      self->wait_until = until;
      self->step = SIGNET_CMP_STEP_WAIT;
      return TRUE;
    }
  progress->check_at = until;
  g_clear_pointer (&progress->status, signet_cmp_status_info_free);
  progress->status = signet_cmp_status_info_copy (&status);

  return TRUE;
}

/* One entry for each that was asked about; who leaves one out is asked again, not before the others. */
void
signet_cmp_transaction_receive_poll_rep (SignetCmpTransaction *self,
                                         SignetCmpMessage     *message,
                                         gint64                now)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GPtrArray) reps = signet_cmp_message_get_poll_reps (message, &reason);
  guint asked = self->poll_whole ? 1 : 0;

  for (guint i = 0; i < self->progress->len && !self->poll_whole; i++)
    asked += signet_cmp_transaction_get_progress (self, i)->polled ? 1 : 0;
  if (reps == NULL || reps->len == 0 || reps->len > asked)
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT,
                                   asked == 1 ? _("The authority's answer about waiting has %u entries where one belongs.")
                                              : _("The authority's answer about waiting has %u entries, not one for each."),
                                   reps != NULL ? reps->len : 0);
      return;
    }
  for (guint i = 0; i < self->progress->len; i++)
    if (signet_cmp_transaction_get_progress (self, i)->polled)
      signet_cmp_transaction_get_progress (self, i)->check_at = now + MIN_CHECK_AFTER;
  for (guint i = 0; i < reps->len; i++)
    if (!take_poll_rep (self, g_ptr_array_index (reps, i), now))
      return;
  if (!self->poll_whole)
    signet_cmp_transaction_plan_polling (self);
}
