/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-compare.h"
#include "cmp/cmp-random.h"
#include "cmp/cmp-request.h"
#include "pki/pki-thread.h"

G_DEFINE_FINAL_TYPE (SignetCmpTransaction, signet_cmp_transaction, G_TYPE_OBJECT)

static void
signet_cmp_transaction_finalize (GObject *object)
{
  SignetCmpTransaction *self = SIGNET_CMP_TRANSACTION (object);

  g_string_free (self->remarks, TRUE);
  g_clear_object (&self->operation);
  g_clear_object (&self->authority);
  g_clear_object (&self->credentials);
  g_clear_object (&self->protector);
  g_clear_pointer (&self->progress, g_ptr_array_unref);
  g_clear_pointer (&self->id, g_bytes_unref);
  g_clear_pointer (&self->outgoing, g_bytes_unref);
  g_clear_object (&self->substitute);
  g_clear_pointer (&self->sender_nonce, g_bytes_unref);
  g_clear_pointer (&self->challenge_response, g_bytes_unref);
  g_clear_pointer (&self->request_nonce, g_bytes_unref);
  g_clear_pointer (&self->delayed_nonce, g_bytes_unref);
  g_clear_pointer (&self->peer_nonce, g_bytes_unref);
  g_clear_pointer (&self->peer_name, GENERAL_NAME_free);
  g_clear_object (&self->signer);
  g_clear_pointer (&self->signer_path, g_ptr_array_unref);
  g_clear_pointer (&self->kem_certificates, g_ptr_array_unref);
  g_clear_object (&self->new_anchor);
  g_clear_object (&self->root);
  g_clear_pointer (&self->question, signet_cmp_question_free);
  g_clear_pointer (&self->answer, g_bytes_unref);
  g_clear_error (&self->failure);
  g_clear_pointer (&self->status, signet_cmp_status_info_free);

  G_OBJECT_CLASS (signet_cmp_transaction_parent_class)->finalize (object);
}

static void
signet_cmp_transaction_class_init (SignetCmpTransactionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_cmp_transaction_finalize;
}

static void
signet_cmp_transaction_init (SignetCmpTransaction *self)
{
  self->kem_certificates = g_ptr_array_new_with_free_func (g_object_unref);
  self->progress = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_progress_free);
  self->remarks = g_string_new (NULL);
}

SignetCmpQuestion *
signet_cmp_question_new (SignetCmpQuestionKind  kind,
                         SignetCertificate     *certificate,
                         GPtrArray             *differences,
                         gint64                 deadline)
{
  SignetCmpQuestion *self = g_new0 (SignetCmpQuestion, 1);

  self->kind = kind;
  self->certificate = g_object_ref (certificate);
  self->differences = differences != NULL
                          ? g_ptr_array_ref (differences)
                          : g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_difference_free);
  self->deadline = deadline;

  return self;
}

void
signet_cmp_question_free (SignetCmpQuestion *self)
{
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->differences, g_ptr_array_unref);
  g_free (self);
}

void
signet_cmp_progress_free (SignetCmpProgress *self)
{
  g_clear_pointer (&self->status, signet_cmp_status_info_free);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->chain, g_ptr_array_unref);
  g_clear_object (&self->key);
  g_clear_error (&self->rejection);
  g_free (self);
}

/* The items of CertReqMessages are numbered from 0; a PKCS #10 has no number: RFC 9483 §4.1.1, §4.1.4. */
void
signet_cmp_transaction_start_progress (SignetCmpTransaction *self)
{
  guint n_items = signet_cmp_operation_get_n_items (self->operation);
  gboolean p10 = signet_cmp_operation_get_body_type (self->operation) == SIGNET_CMP_BODY_P10CR;

  g_ptr_array_set_size (self->progress, 0);
  for (guint i = 0; i < n_items; i++)
    {
      SignetCmpProgress *progress = g_new0 (SignetCmpProgress, 1);

      progress->id = p10 ? SIGNET_CMP_P10_REQUEST_ID : (gint64) i;
      progress->chain = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (self->progress, progress);
    }
}

gboolean
signet_cmp_transaction_begin_again (SignetCmpTransaction *self)
{
  GBytes *id = signet_cmp_random_bytes (SIGNET_CMP_NONCE_SIZE, NULL);

  if (id == NULL)
    return FALSE;
  g_bytes_unref (self->id);
  self->id = id;
  g_clear_pointer (&self->outgoing, g_bytes_unref);
  g_clear_pointer (&self->sender_nonce, g_bytes_unref);
  g_clear_pointer (&self->request_nonce, g_bytes_unref);
  g_clear_pointer (&self->delayed_nonce, g_bytes_unref);
  g_clear_pointer (&self->peer_nonce, g_bytes_unref);
  g_clear_pointer (&self->challenge_response, g_bytes_unref);
  g_clear_pointer (&self->answer, g_bytes_unref);
  g_clear_object (&self->signer);
  g_clear_pointer (&self->signer_path, g_ptr_array_unref);
  self->polling = FALSE;
  self->sent_pvno = 0;
  self->retried = TRUE;
  self->step = SIGNET_CMP_STEP_SEND;
  self->next_body = signet_cmp_operation_get_body_type (self->operation);
  self->asked_body = self->next_body;
  signet_cmp_transaction_start_progress (self);

  return TRUE;
}

/* ---- public ---- */

/**
 * signet_cmp_transaction_new:
 * @operation: what is asked for
 * @authority: of whom
 * @credentials: with what proof
 * @error: (out) (optional): #SignetCmpError
 *
 * Begins a transaction with a fresh transactionID of 128 bits (RFC 9483 §3.1). Nothing is sent.
 *
 * Returns: (transfer full): a transaction whose step is %SIGNET_CMP_STEP_SEND, or %NULL
 */
SignetCmpTransaction *
signet_cmp_transaction_new (SignetCmpOperation    *operation,
                            SignetCmpAuthority    *authority,
                            SignetCmpCredentials  *credentials,
                            GError               **error)
{
  g_autoptr (SignetCmpTransaction) self = NULL;

  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (operation), NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (authority), NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (credentials), NULL);

  self = g_object_new (SIGNET_TYPE_CMP_TRANSACTION, NULL);
  self->operation = g_object_ref (operation);
  self->authority = g_object_ref (authority);
  self->credentials = g_object_ref (credentials);
  self->step = SIGNET_CMP_STEP_SEND;
  self->next_body = signet_cmp_operation_get_body_type (operation);
  self->asked_body = self->next_body;
  signet_cmp_transaction_start_progress (self);
  self->pvno = signet_cmp_transaction_choose_pvno (self, error);
  if (self->pvno == 0)
    return NULL;
  if (signet_cmp_credentials_is_none (credentials))
    {
      if ((signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_UNPROTECTED_REQUESTS) == 0)
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                       _("There is nothing to protect messages with, neither a secret nor a key with its certificate."));
          return NULL;
        }
    }
  else
    {
      self->protector = signet_cmp_protector_new (credentials, authority, error);
      if (self->protector == NULL)
        return NULL;
    }
  self->id = signet_cmp_random_bytes (SIGNET_CMP_NONCE_SIZE, error);
  if (self->id == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

void
signet_cmp_transaction_hurry (SignetCmpTransaction *self)
{
  g_return_if_fail (SIGNET_IS_CMP_TRANSACTION (self));

  if (self->step != SIGNET_CMP_STEP_WAIT)
    return;
  self->wait_until = 0;
  for (guint i = 0; i < self->progress->len; i++)
    signet_cmp_transaction_get_progress (self, i)->check_at = 0;
}

GBytes *
signet_cmp_transaction_next (SignetCmpTransaction  *self,
                             gint64                 now,
                             GError               **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  signet_assert_may_take_time ();
  if (self->step == SIGNET_CMP_STEP_WAIT && now >= self->wait_until)
    {
      self->step = SIGNET_CMP_STEP_SEND;
      self->next_body = SIGNET_CMP_BODY_POLLREQ;
    }
  if (self->step != SIGNET_CMP_STEP_SEND)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE, _("There is nothing to send now."));
      return NULL;
    }
  if (self->outgoing == NULL && !signet_cmp_transaction_make_outgoing (self, now, error))
    return NULL;

  return g_bytes_ref (self->outgoing);
}

/* Without the root none of the certificates that lead to it can be taken. */
static void
answer_root (SignetCmpTransaction *self,
             gboolean              accept)
{
  if (accept)
    {
      self->new_anchor = g_steal_pointer (&self->root);
      return;
    }
  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, i);

      if (progress->state == SIGNET_CMP_ITEM_GRANTED && progress->rejection == NULL)
        progress->rejection = g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE,
                                           _("The root certificate “%s” was not confirmed, so the certificate was refused."),
                                           signet_certificate_get_subject (self->root));
    }
  g_clear_object (&self->root);
}

static void
answer_changes (SignetCmpTransaction *self,
                gboolean              accept)
{
  SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, self->question->item);

  progress->considered = TRUE;
  if (accept)
    return;
  g_clear_error (&progress->rejection);
  progress->rejection = g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE,
                                     _("The certificate for “%s” differs from what was asked for and was refused."),
                                     signet_certificate_get_subject (progress->certificate));
}

gboolean
signet_cmp_transaction_answer (SignetCmpTransaction  *self,
                               gboolean               accept,
                               gint64                 now,
                               SignetCmpStep         *step,
                               GError               **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), FALSE);

  if (self->step != SIGNET_CMP_STEP_ASK)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE, _("There is no question to answer."));
      return FALSE;
    }
  if (self->question->kind == SIGNET_CMP_QUESTION_TRUST_ROOT)
    answer_root (self, accept);
  else
    answer_changes (self, accept);
  signet_cmp_transaction_consider (self);
  if (step != NULL)
    *step = self->step;

  return TRUE;
}

/* One that needs no confirmation counts already and can still be refused; one whose confirmation is made cannot. */
gboolean
signet_cmp_transaction_refuse (SignetCmpTransaction  *self,
                               guint                  index,
                               const char            *reason,
                               GError               **error)
{
  SignetCmpProgress *progress;
  gboolean unconfirmed;

  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), FALSE);
  g_return_val_if_fail (index < self->progress->len && reason != NULL, FALSE);

  progress = signet_cmp_transaction_get_progress (self, index);
  unconfirmed = progress->state == SIGNET_CMP_ITEM_GRANTED && self->outgoing == NULL;
  if (!unconfirmed && (progress->state != SIGNET_CMP_ITEM_CONFIRMED || !self->implicit || progress->certificate == NULL))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE, _("There is no certificate that could still be refused."));
      return FALSE;
    }
  if (progress->rejection == NULL)
    progress->rejection = g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE, _("The new certificate was refused. %s"),
                                       reason);
  if (unconfirmed)
    {
      signet_cmp_transaction_consider (self);
      return TRUE;
    }
  progress->state = SIGNET_CMP_ITEM_REFUSED;
  signet_cmp_transaction_finish (self);

  return TRUE;
}

void
signet_cmp_transaction_substitute (SignetCmpTransaction *self,
                                   SignetCmpMessage     *message)
{
  g_return_if_fail (SIGNET_IS_CMP_TRANSACTION (self));
  g_return_if_fail (message == NULL || SIGNET_IS_CMP_MESSAGE (message));

  g_set_object (&self->substitute, message);
  g_clear_pointer (&self->outgoing, g_bytes_unref);
}

void
signet_cmp_transaction_adopt (SignetCmpTransaction *self,
                              GBytes               *id,
                              GBytes               *sender_nonce)
{
  g_return_if_fail (SIGNET_IS_CMP_TRANSACTION (self));

  if (id != NULL)
    {
      g_bytes_unref (self->id);
      self->id = g_bytes_ref (id);
    }
  if (sender_nonce != NULL)
    {
      g_clear_pointer (&self->sender_nonce, g_bytes_unref);
      self->sender_nonce = g_bytes_ref (sender_nonce);
    }
}

SignetCmpStep
signet_cmp_transaction_get_step (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), SIGNET_CMP_STEP_FAILED);

  return self->step;
}

gint64
signet_cmp_transaction_get_wait_until (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), 0);

  return self->wait_until;
}

const SignetCmpQuestion *
signet_cmp_transaction_get_question (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->question;
}

const GError *
signet_cmp_transaction_get_failure (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->failure;
}

const SignetCmpStatusInfo *
signet_cmp_transaction_get_status (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->status;
}

const char *
signet_cmp_transaction_get_remarks (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->remarks->len > 0 ? self->remarks->str : NULL;
}

GBytes *
signet_cmp_transaction_get_id (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->id;
}

SignetCmpBodyType
signet_cmp_transaction_get_pending_body (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), SIGNET_CMP_BODY_IR);

  if (self->step == SIGNET_CMP_STEP_WAIT)
    return SIGNET_CMP_BODY_POLLREQ;

  return signet_cmp_transaction_awaits_ciphertext (self) ? SIGNET_CMP_BODY_GENM : self->next_body;
}

SignetCmpOperation *
signet_cmp_transaction_get_operation (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->operation;
}

guint
signet_cmp_transaction_get_n_items (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), 0);

  return self->progress->len;
}

SignetCmpItemState
signet_cmp_transaction_get_item_state (SignetCmpTransaction *self,
                                       guint                 index)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), SIGNET_CMP_ITEM_ASKED);
  g_return_val_if_fail (index < self->progress->len, SIGNET_CMP_ITEM_ASKED);

  return signet_cmp_transaction_get_progress (self, index)->state;
}

const SignetCmpStatusInfo *
signet_cmp_transaction_get_item_status (SignetCmpTransaction *self,
                                        guint                 index)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);
  g_return_val_if_fail (index < self->progress->len, NULL);

  return signet_cmp_transaction_get_progress (self, index)->status;
}

SignetCertificate *
signet_cmp_transaction_get_item_certificate (SignetCmpTransaction *self,
                                             guint                 index)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);
  g_return_val_if_fail (index < self->progress->len, NULL);

  return signet_cmp_transaction_get_progress (self, index)->certificate;
}

GPtrArray *
signet_cmp_transaction_get_item_chain (SignetCmpTransaction *self,
                                       guint                 index)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);
  g_return_val_if_fail (index < self->progress->len, NULL);

  return signet_cmp_transaction_get_progress (self, index)->chain;
}

SignetKey *
signet_cmp_transaction_get_item_key (SignetCmpTransaction *self,
                                     guint                 index)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);
  g_return_val_if_fail (index < self->progress->len, NULL);

  return signet_cmp_transaction_get_progress (self, index)->key;
}

const GError *
signet_cmp_transaction_get_item_failure (SignetCmpTransaction *self,
                                         guint                 index)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);
  g_return_val_if_fail (index < self->progress->len, NULL);

  return signet_cmp_transaction_get_progress (self, index)->rejection;
}

gint64
signet_cmp_transaction_get_peer_pvno (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), 0);

  return self->peer_pvno;
}

GBytes *
signet_cmp_transaction_get_answer (SignetCmpTransaction *self,
                                   SignetCmpBodyType    *body)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  if (body != NULL && self->answer != NULL)
    *body = self->answer_body;

  return self->answer;
}

SignetCertificate *
signet_cmp_transaction_get_certificate (SignetCmpTransaction *self)
{
  return signet_cmp_transaction_get_item_certificate (self, 0);
}

GPtrArray *
signet_cmp_transaction_get_chain (SignetCmpTransaction *self)
{
  return signet_cmp_transaction_get_item_chain (self, 0);
}

gint64
signet_cmp_transaction_get_confirm_until (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), 0);

  return self->confirm_until;
}

SignetCertificate *
signet_cmp_transaction_get_new_anchor (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->new_anchor;
}

gint64
signet_cmp_transaction_get_clock_offset (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), 0);

  return self->clock_offset;
}
