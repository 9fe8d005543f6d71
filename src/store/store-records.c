/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-records.h"

static const char *const state_names[] = {
  [SIGNET_REQUEST_DRAFT] = "draft",
  [SIGNET_REQUEST_READY] = "ready",
  [SIGNET_REQUEST_SENT] = "sent",
  [SIGNET_REQUEST_WAITING] = "waiting",
  [SIGNET_REQUEST_OUTBOX] = "outbox",
  [SIGNET_REQUEST_AWAITING_REPLY] = "awaiting-reply",
  [SIGNET_REQUEST_ANSWERED] = "answered",
  [SIGNET_REQUEST_ASKING] = "asking",
  [SIGNET_REQUEST_CONFIRM] = "confirm",
  [SIGNET_REQUEST_DONE] = "done",
  [SIGNET_REQUEST_REJECTED] = "rejected",
  [SIGNET_REQUEST_FAILED] = "failed",
  [SIGNET_REQUEST_UNKNOWN] = "unknown",
  [SIGNET_REQUEST_CANCELLED] = "cancelled",
};

/**
 * signet_request_state_name:
 * @state: a state
 *
 * Returns: its name as stored in the database and shown in JSON
 */
const char *
signet_request_state_name (SignetRequestState state)
{
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (state_names), NULL);

  return state_names[state];
}

/**
 * signet_request_state_from_name:
 * @name: a name as given by signet_request_state_name()
 * @state: (out): the state
 *
 * Returns: %FALSE where there is no such state
 */
gboolean
signet_request_state_from_name (const char         *name,
                                SignetRequestState *state)
{
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (state != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++)
    if (g_str_equal (name, state_names[i]))
      {
        *state = (SignetRequestState) i;
        return TRUE;
      }

  return FALSE;
}

/**
 * signet_request_state_is_final:
 * @state: a state
 *
 * Returns: whether nothing more happens by itself, once no retry is planned
 */
gboolean
signet_request_state_is_final (SignetRequestState state)
{
  return state == SIGNET_REQUEST_DONE || state == SIGNET_REQUEST_REJECTED || state == SIGNET_REQUEST_FAILED
         || state == SIGNET_REQUEST_CANCELLED;
}

void
signet_authority_record_free (SignetAuthorityRecord *self)
{
  g_free (self->name);
  g_free (self->kind);
  g_free (self->url);
  g_free (self->reference);
  g_clear_pointer (&self->settings, g_variant_unref);
  g_clear_pointer (&self->anchors, g_ptr_array_unref);
  g_free (self);
}

void
signet_request_record_free (SignetRequestRecord *self)
{
  g_free (self->name);
  g_free (self->purpose);
  g_free (self->subject);
  g_strfreev (self->alt_names);
  g_free (self->key_spec);
  g_free (self->operation);
  g_free (self->pending_body);
  g_free (self->authority_text);
  g_free (self->error_code);
  g_free (self->error_text);
  g_clear_pointer (&self->question, g_variant_unref);
  g_free (self->transaction_id);
  g_free (self);
}

void
signet_message_record_free (SignetMessageRecord *self)
{
  g_free (self->body_type);
  g_free (self->note);
  g_free (self->remark);
  g_free (self);
}

void
signet_certificate_record_free (SignetCertificateRecord *self)
{
  g_free (self->role);
  g_free (self->subject);
  g_free (self->issuer);
  g_free (self->subject_cn);
  g_free (self->issuer_cn);
  g_free (self->serial);
  g_free (self->fingerprint);
  g_free (self->email);
  g_free (self->purpose);
  g_free (self->key_spec);
  g_free (self->key_hash);
  g_strfreev (self->alt_names);
  g_free (self->name);
  g_free (self->state);
  g_clear_pointer (&self->der, g_bytes_unref);
  g_free (self);
}

void
signet_key_record_free (SignetKeyRecord *self)
{
  g_free (self->key_hash);
  g_free (self->spec);
  g_free (self->origin);
  g_free (self);
}
