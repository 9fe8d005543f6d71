/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-template.h"
#include "pki/pki-name.h"
#include "worker/worker-authority.h"
#include "worker/worker-credentials.h"
#include "worker/worker-settings.h"
#include "worker/worker-step.h"

/* How a request becomes a transaction with a first message. */

static gboolean
add_usages (SignetCmpOperation       *operation,
            const SignetWorkerNotes  *notes,
            GError                  **error)
{
  for (char **usage = notes->key_usages; *usage != NULL; usage++)
    if (!signet_cmp_operation_add_key_usage (operation, *usage, error))
      return FALSE;
  for (char **usage = notes->extended_key_usages; *usage != NULL; usage++)
    if (!signet_cmp_operation_add_extended_key_usage (operation, *usage, error))
      return FALSE;

  return TRUE;
}

/* The name that requests to this authority are sent to, for a template that asks who shall issue. */
static X509_NAME *
issuer_of (const SignetAuthorityRecord *authority)
{
  g_autoptr (SignetCmpAuthority) known = signet_worker_authority_to_cmp (authority, NULL);
  const X509_NAME *name = known != NULL ? signet_cmp_authority_get_recipient (known) : NULL;

  return name != NULL ? X509_NAME_dup (name) : NULL;
}

/* What @wished asks for, as the authority's template has it: RFC 9483 §4.3.3. */
static SignetCmpOperation *
follow_template (SignetWorkerStep    *self,
                 SignetCmpOperation  *wished,
                 GError             **error)
{
  g_autoptr (SignetCmpTemplate) template = signet_cmp_template_parse (self->notes->template, error);
  g_autoptr (X509_NAME) issuer = issuer_of (self->authority);
  SignetCmpTemplateWish wish = { signet_cmp_operation_get_subject (wished), issuer, signet_cmp_operation_get_extensions (wished),
                                 self->notes->insist };
  g_autoptr (SignetCmpTemplateResult) result = NULL;
  g_autoptr (SignetCmpItem) item = NULL;
  SignetCmpOperation *operation;

  if (template == NULL)
    return NULL;
  result = signet_cmp_template_apply (template, &wish);
  item = signet_cmp_item_new (signet_cmp_operation_get_key (wished), result->subject);
  if (result->issuer != NULL)
    signet_cmp_item_set_issuer (item, result->issuer);
  if (result->not_before != G_MININT64 || result->not_after != G_MININT64)
    signet_cmp_item_set_validity (item, result->not_before, result->not_after);
  for (int i = 0; i < sk_X509_EXTENSION_num (result->extensions); i++)
    signet_cmp_item_set_extension (item, sk_X509_EXTENSION_value (result->extensions, i));
  operation = signet_cmp_operation_new_for_items (signet_cmp_operation_get_body_type (wished));
  signet_cmp_operation_add_item (operation, item);

  return operation;
}

static SignetCmpOperation *
make_operation (SignetWorkerStep  *self,
                SignetKey         *key,
                GError           **error)
{
  const SignetRequestRecord *record = self->record;
  gboolean certification = g_strcmp0 (record->operation, "cr") == 0;
  g_autoptr (X509_NAME) subject = signet_name_parse (record->subject != NULL ? record->subject : "", error);
  g_autoptr (SignetCmpOperation) operation = NULL;

  if (subject == NULL)
    return NULL;
  operation = signet_cmp_operation_new (certification ? SIGNET_CMP_BODY_CR : SIGNET_CMP_BODY_IR, key, subject);
  for (char **text = record->alt_names; text != NULL && *text != NULL; text++)
    {
      g_autoptr (GENERAL_NAME) name = signet_alt_name_parse (*text, error);

      if (name == NULL)
        return NULL;
      signet_cmp_operation_add_alt_name (operation, name);
    }
  if (!add_usages (operation, self->notes, error))
    return NULL;
  if (self->notes->template != NULL)
    return follow_template (self, operation, error);

  return g_steal_pointer (&operation);
}

/**
 * signet_worker_step_begin_transaction:
 * @self: a step, loaded, outside of a change to the store, which crypto must not hold up
 * @key: the new certificate's
 * @error: what is wrong
 *
 * A new transaction with an ID of its own and its first message, in memory only. The message is made here and never again:
 * from now on the same octets go out.
 *
 * Returns: (transfer full): the message
 */
GBytes *
signet_worker_step_begin_transaction (SignetWorkerStep  *self,
                                      SignetKey         *key,
                                      GError           **error)
{
  g_autoptr (SignetCmpOperation) operation = make_operation (self, key, error);
  g_autoptr (SignetCmpAuthority) authority = NULL;
  g_autoptr (SignetCmpCredentials) credentials = NULL;

  if (operation == NULL)
    return NULL;
  authority = signet_worker_authority_to_cmp (self->authority, error);
  if (authority == NULL)
    return NULL;
  credentials = signet_worker_credentials_find (self->store, self->authority, self->notes->identity_id, error);
  if (credentials == NULL)
    return NULL;
  signet_worker_authority_add_chain (self->authority, authority, credentials);
  g_clear_object (&self->transaction);
  self->transaction = signet_cmp_transaction_new (operation, authority, credentials, error);
  if (self->transaction == NULL)
    return NULL;
  self->notes->resent = FALSE;
  self->notes->polls = 0;
  self->notes->polling_since = 0;
  self->notes->outgoing = 0;
  g_free (self->record->transaction_id);
  self->record->transaction_id = signet_worker_to_hex (signet_cmp_transaction_get_id (self->transaction));

  return signet_worker_step_next (self, error);
}

/**
 * signet_worker_step_key_made:
 * @self: a step
 * @key: a new key, or one that the request named
 * @now: seconds since 1970, UTC
 * @error: where the store cannot be written
 *
 * Key, transaction and first message become durable together: there is never a key without its request.
 *
 * Returns: (transfer full): what to do
 */
SignetWorkerOutcome *
signet_worker_step_key_made (SignetWorkerStep  *self,
                             SignetKey         *key,
                             gint64             now,
                             GError           **error)
{
  g_autoptr (GBytes) octets = NULL;
  g_autoptr (GError) reason = NULL;

  if (!signet_worker_step_load (self, now, error))
    return NULL;
  /* Cancelled while the key was being made. */
  if (self->record->state != SIGNET_REQUEST_DRAFT)
    return signet_worker_step_rest (self);
  octets = signet_worker_step_begin_transaction (self, key, &reason);
  if (octets == NULL)
    {
      signet_worker_step_drop (self);
      return signet_worker_step_key_failed (self, reason, now, error);
    }
  if (!signet_store_begin (self->store, error))
    {
      signet_worker_step_drop (self);
      return NULL;
    }
  self->record->state = self->record->offline ? SIGNET_REQUEST_OUTBOX : SIGNET_REQUEST_READY;
  if (self->record->key_id == 0)
    self->record->key_id = signet_store_add_key (self->store, key, "made", self->id, now, error);
  if (self->record->key_id == 0 || !signet_worker_step_keep_outgoing (self, octets, error))
    {
      signet_worker_step_abandon (self);
      return NULL;
    }
  if (!signet_worker_step_commit (self, error))
    return NULL;
  if (self->record->offline)
    return signet_worker_step_rest (self);

  return signet_worker_step_send (self, error);
}

/**
 * signet_worker_step_key_failed:
 * @self: a step
 * @reason: why there is no key, or no message
 * @now: seconds since 1970, UTC
 * @error: where the store cannot be written
 *
 * Nothing has left: the request has failed for good, and another can be made.
 *
 * Returns: (transfer full): what to do
 */
SignetWorkerOutcome *
signet_worker_step_key_failed (SignetWorkerStep  *self,
                               const GError      *reason,
                               gint64             now,
                               GError           **error)
{
  if (!signet_worker_step_load (self, now, error))
    return NULL;
  if (self->record->state != SIGNET_REQUEST_DRAFT)
    return signet_worker_step_rest (self);
  if (!signet_store_begin (self->store, error))
    return NULL;
  self->record->state = SIGNET_REQUEST_FAILED;
  self->record->retry_at = 0;
  signet_worker_step_set_error (self, reason);
  if (!signet_worker_step_commit (self, error))
    return NULL;

  return signet_worker_step_rest (self);
}
