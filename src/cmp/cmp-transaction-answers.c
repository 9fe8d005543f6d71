/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>

/* FALSE: the whole answer breaks the protocol (RFC 9483 §4.2). */
static gboolean
take_revocation_status (SignetCmpTransaction *self,
                        SignetCmpProgress    *progress,
                        SignetCmpStatusInfo  *status)
{
  signet_cmp_transaction_set_status (self, status);
  g_clear_pointer (&progress->status, signet_cmp_status_info_free);
  progress->status = signet_cmp_status_info_copy (status);
  switch (status->status)
    {
    case SIGNET_CMP_STATUS_ACCEPTED:
    case SIGNET_CMP_STATUS_GRANTED_WITH_MODS:
    case SIGNET_CMP_STATUS_REVOCATION_WARNING:
    case SIGNET_CMP_STATUS_REVOCATION_NOTIFICATION:
      if (status->fail_info != 0)
        {
          signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT,
                                       _("The authority revoked the certificate and gave a reason for refusing to at once."));
          return FALSE;
        }
      progress->state = SIGNET_CMP_ITEM_CONFIRMED;
      return TRUE;
    case SIGNET_CMP_STATUS_REJECTION:
      {
        g_autofree char *words = signet_cmp_status_info_explain (status);

        progress->state = SIGNET_CMP_ITEM_REJECTED;
        progress->rejection = g_error_new_literal (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED, words);
        return TRUE;
      }
    default:
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT,
                                   _("The authority answered a request with the status “%s”, which does not fit."),
                                   signet_cmp_status_name (status->status));
      return FALSE;
    }
}

/* RevRepContent, RFC 9810 §5.3.10: a status for each RevDetails, in their order. */
void
signet_cmp_transaction_receive_rev_rep (SignetCmpTransaction *self,
                                        SignetCmpMessage     *message)
{
  const SignetRevRepContent *content = signet_cmp_message_get_body (message);

  if (sk_SignetPkiStatusInfo_num (content->status) != (int) self->progress->len)
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT,
                                   _("The authority was asked to revoke %u certificates and answered about %d."),
                                   self->progress->len, sk_SignetPkiStatusInfo_num (content->status));
      return;
    }
  for (guint i = 0; i < self->progress->len; i++)
    {
      g_autoptr (GError) reason = NULL;
      g_autoptr (SignetCmpStatusInfo) status
          = signet_cmp_status_info_from_asn1 (sk_SignetPkiStatusInfo_value (content->status, (int) i), &reason);

      if (status == NULL)
        {
          signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority's answer cannot be read: %s"),
                                       reason->message);
          return;
        }
      if (!take_revocation_status (self, signet_cmp_transaction_get_progress (self, i), status))
        return;
    }
  signet_cmp_transaction_finish (self);
}

/* "waiting", which an error message began the delay with, is over; of what says no more, what was said of the request counts. */
static void
end_waiting (SignetCmpTransaction *self)
{
  const SignetCmpStatusInfo *of_request = signet_cmp_transaction_get_progress (self, 0)->status;

  if (self->status == NULL || self->status->status != SIGNET_CMP_STATUS_WAITING)
    return;
  g_clear_pointer (&self->status, signet_cmp_status_info_free);
  if (of_request != NULL && of_request->status != SIGNET_CMP_STATUS_WAITING)
    self->status = signet_cmp_status_info_copy (of_request);
}

/* What it says is for the readers of genp; here it only ends the transaction: RFC 9810 §5.3.20. */
void
signet_cmp_transaction_receive_gen_rep (SignetCmpTransaction *self,
                                        SignetCmpMessage     *message G_GNUC_UNUSED)
{
  end_waiting (self);
  signet_cmp_transaction_get_progress (self, 0)->state = SIGNET_CMP_ITEM_CONFIRMED;
  signet_cmp_transaction_finish (self);
}

void
signet_cmp_transaction_receive_pkiconf (SignetCmpTransaction *self)
{
  end_waiting (self);
  signet_cmp_transaction_settle (self);
  signet_cmp_transaction_finish (self);
}

void
signet_cmp_transaction_receive_error (SignetCmpTransaction *self,
                                      SignetCmpMessage     *message,
                                      gint64                now)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (SignetCmpStatusInfo) status = signet_cmp_message_get_error_content (message, &reason);

  if (status == NULL)
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority's error message cannot be read: %s"),
                                   reason->message);
      return;
    }
  signet_cmp_transaction_set_status (self, status);
  if (status->status == SIGNET_CMP_STATUS_WAITING)
    signet_cmp_transaction_begin_polling (self, now);
  else if (!signet_cmp_transaction_try_another_way (self, status, signet_cmp_message_get_pvno (message)))
    signet_cmp_transaction_fail_rejected (self, status);
}
