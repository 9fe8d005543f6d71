/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-genm-item.h"
#include "cmp/cmp-trust.h"

#define WRONG_INTEGRITY (1u << 12)              /* PKIFailureInfo, RFC 9810 §5.2.3 */
#define OID_KEM_CIPHERTEXT_INFO "1.3.6.1.5.5.7.4.24"

gboolean
signet_cmp_transaction_awaits_ciphertext (SignetCmpTransaction *self)
{
  return self->protector != NULL && signet_cmp_protector_needs_ciphertext (self->protector);
}

/* ---- our key: Fig. 3 ---- */

GBytes *
signet_cmp_transaction_ask_for_ciphertext (void)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);

  g_ptr_array_add (items, signet_cmp_genm_item_new (SIGNET_CMP_INFO_KEM_CIPHERTEXT_INFO, NULL));

  return signet_cmp_genm_encode (items);
}

static GBytes *
find_ciphertext (SignetCmpMessage *message)
{
  g_autoptr (GPtrArray) items = signet_cmp_genm_decode (signet_cmp_message_get_body_content (message), NULL);

  for (guint i = 0; items != NULL && i < items->len; i++)
    {
      const SignetCmpGenmItem *item = g_ptr_array_index (items, i);

      if (g_str_equal (item->oid, OID_KEM_CIPHERTEXT_INFO) && item->value != NULL)
        return g_bytes_ref (item->value);
    }

  return NULL;
}

/* The answer proves nothing of who made it, so nothing else of it is kept: who encapsulated learns only whether our MAC is right. And
 * one that brings no secret ends nothing. */
gboolean
signet_cmp_transaction_receive_ciphertext (SignetCmpTransaction  *self,
                                           SignetCmpMessage      *message,
                                           GError               **error)
{
  g_autoptr (GBytes) info = NULL;
  g_autoptr (GError) reason = NULL;

  if (signet_cmp_message_get_body_type (message) != SIGNET_CMP_BODY_GENP)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_BODY,
                   _("The authority answered with a message of the kind %s where %s was expected."),
                   signet_cmp_body_type_name (signet_cmp_message_get_body_type (message)),
                   signet_cmp_body_type_name (SIGNET_CMP_BODY_GENP));
      return FALSE;
    }
  info = find_ciphertext (message);
  if (info == NULL)
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                           _("The authority was asked to encapsulate a secret for the key (KemCiphertextInfo) and sent none. It may not "
                             "know KEM-based protection."));
      return FALSE;
    }
  g_string_truncate (self->remarks, 0);
  g_clear_pointer (&self->peer_nonce, g_bytes_unref);
  self->peer_nonce = g_bytes_ref (signet_cmp_message_get_sender_nonce (message));
  g_clear_pointer (&self->outgoing, g_bytes_unref);
  /* RFC 9810 §5.1.3.4 step 2: what cannot be decapsulated ends the operation. */
  if (!signet_cmp_protector_take_ciphertext (self->protector, info, signet_cmp_message_get_transaction_id (message), &reason))
    signet_cmp_transaction_fail (self, (SignetCmpError) reason->code, "%s", reason->message);

  return TRUE;
}

/* ---- the authority's key: Fig. 4 and Fig. 5 ---- */

gboolean
signet_cmp_transaction_add_ciphertext (SignetCmpTransaction     *self,
                                       SignetCmpMessageBuilder  *builder,
                                       gint64                    now,
                                       GError                  **error)
{
  SignetCertificate *certificate = self->kem_certificates->len > 0 ? g_ptr_array_index (self->kem_certificates, 0)
                                                                   : signet_cmp_authority_get_kem_certificate (self->authority);
  g_autoptr (GBytes) info = NULL;

  if (certificate == NULL || self->protector == NULL)
    return TRUE;
  if (!signet_cmp_trust_check_kem_certificate (self->authority, certificate, self->kem_certificates, now, error))
    return FALSE;
  info = signet_cmp_protector_encapsulate (self->protector, X509_get0_pubkey (signet_certificate_get_x509 (certificate)), self->id,
                                           error);

  return info != NULL && signet_cmp_message_builder_add_info (builder, OID_KEM_CIPHERTEXT_INFO, info, error);
}

static gboolean
says_wrong_integrity (SignetCmpMessage *message)
{
  g_autoptr (SignetCmpStatusInfo) status = signet_cmp_message_get_error_content (message, NULL);

  return status != NULL && status->status == SIGNET_CMP_STATUS_REJECTION && (status->fail_info & WRONG_INTEGRITY) != 0;
}

/* The first of extraCerts with a key that can be encapsulated to, if its usage names that; one for all usages is none for this. */
static SignetCertificate *
find_kem_certificate (SignetCmpMessage *message)
{
  GPtrArray *certificates = signet_cmp_message_get_extra_certs (message);

  for (guint i = 0; certificates != NULL && i < certificates->len; i++)
    {
      SignetCertificate *certificate = g_ptr_array_index (certificates, i);
      guint32 usage = X509_get_key_usage (signet_certificate_get_x509 (certificate));

      if (usage != UINT32_MAX && (usage & KU_KEY_ENCIPHERMENT) != 0 && !signet_certificate_is_ca (certificate))
        return certificate;
    }

  return NULL;
}

gboolean
signet_cmp_transaction_take_kem_certificate (SignetCmpTransaction  *self,
                                             SignetCmpMessage      *message,
                                             gint64                 now,
                                             gboolean              *taken,
                                             GError               **error)
{
  SignetCertificate *certificate;

  *taken = FALSE;
  if (self->protector == NULL || self->kem_certificates->len > 0
      || self->next_body != signet_cmp_operation_get_body_type (self->operation)
      || signet_cmp_transaction_awaits_ciphertext (self) || !says_wrong_integrity (message))
    return TRUE;
  certificate = find_kem_certificate (message);
  if (certificate == NULL)
    return TRUE;
  if (!signet_cmp_trust_check_kem_certificate (self->authority, certificate, signet_cmp_message_get_extra_certs (message), now, error))
    return FALSE;

  g_ptr_array_add (self->kem_certificates, g_object_ref (certificate));
  for (guint i = 0; i < signet_cmp_message_get_extra_certs (message)->len; i++)
    g_ptr_array_add (self->kem_certificates, g_object_ref (g_ptr_array_index (signet_cmp_message_get_extra_certs (message), i)));
  g_clear_pointer (&self->outgoing, g_bytes_unref);
  g_clear_pointer (&self->peer_nonce, g_bytes_unref);
  self->peer_nonce = g_bytes_ref (signet_cmp_message_get_sender_nonce (message));
  self->step = SIGNET_CMP_STEP_SEND;
  *taken = TRUE;

  return TRUE;
}
