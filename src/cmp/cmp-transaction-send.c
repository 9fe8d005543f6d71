/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cmp/cmp-confirm.h"
#include "cmp/cmp-genm.h"
#include "cmp/cmp-random.h"
#include "cmp/cmp-request.h"

#define PVNO_2021 3

static gboolean
is_request (SignetCmpTransaction *self)
{
  return !signet_cmp_transaction_awaits_ciphertext (self)
         && self->next_body == signet_cmp_operation_get_body_type (self->operation);
}

static gboolean
is_protected (SignetCmpTransaction *self)
{
  return (signet_cmp_authority_get_relaxations (self->authority) & SIGNET_CMP_RELAX_UNPROTECTED_REQUESTS) == 0
         && !signet_cmp_transaction_awaits_ciphertext (self);
}

/* ---- header ---- */

/* Who is known already is addressed by the name of the CA that certified this side, except in a PKI that is new to it. */
static const X509_NAME *
first_recipient (SignetCmpTransaction *self)
{
  GPtrArray *anchors = signet_cmp_authority_get_anchors (self->authority);
  const X509_NAME *configured = signet_cmp_authority_get_recipient (self->authority);
  SignetCmpBodyType type = signet_cmp_operation_get_body_type (self->operation);

  if (configured != NULL)
    return configured;
  if (signet_cmp_credentials_get_peer (self->credentials) != NULL)
    return X509_get_subject_name (signet_certificate_get_x509 (signet_cmp_credentials_get_peer (self->credentials)));
  if (signet_cmp_credentials_get_certificate (self->credentials) != NULL && type != SIGNET_CMP_BODY_IR
      && type != SIGNET_CMP_BODY_CCR)
    return X509_get_issuer_name (
        signet_certificate_get_x509 (signet_cmp_credentials_get_certificate (self->credentials)));
  if (anchors->len == 1)
    return X509_get_subject_name (signet_certificate_get_x509 (g_ptr_array_index (anchors, 0)));

  return NULL;
}

static void
set_recipient (SignetCmpTransaction    *self,
               SignetCmpMessageBuilder *builder)
{
  if (self->peer_name != NULL)
    signet_cmp_message_builder_set_recipient_name (builder, self->peer_name);
  else
    signet_cmp_message_builder_set_recipient (builder, first_recipient (self));
}

/* Which of the authority's keys ours agrees with: RFC 9810 §5.1.1. */
static void
set_recip_kid (SignetCmpTransaction    *self,
               SignetCmpMessageBuilder *builder)
{
  SignetCertificate *peer = signet_cmp_credentials_get_peer (self->credentials);
  const ASN1_OCTET_STRING *ski = peer != NULL ? X509_get0_subject_key_id (signet_certificate_get_x509 (peer)) : NULL;
  g_autoptr (GBytes) kid = NULL;

  if (ski == NULL)
    return;
  kid = g_bytes_new (ASN1_STRING_get0_data (ski), (gsize) ASN1_STRING_length (ski));
  signet_cmp_message_builder_set_recip_kid (builder, kid);
}

static void
set_sender (SignetCmpTransaction    *self,
            SignetCmpMessageBuilder *builder)
{
  g_autoptr (GBytes) kid = NULL;

  if (signet_cmp_credentials_is_mac (self->credentials))
    {
      const char *reference = signet_cmp_credentials_get_reference (self->credentials);
      g_autoptr (X509_NAME) name = X509_NAME_new ();

      /* A reference that no commonName can hold leaves the NULL-DN: R008. */
      X509_NAME_add_entry_by_NID (name, NID_commonName, MBSTRING_UTF8, (const unsigned char *) reference, -1, -1, 0);
      signet_openssl_set_error (NULL, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, "name");
      signet_cmp_message_builder_set_sender (builder, name);
      kid = signet_cmp_credentials_get_sender_kid (self->credentials);
    }
  else if (!signet_cmp_credentials_is_none (self->credentials))
    {
      X509 *x509 = signet_certificate_get_x509 (signet_cmp_credentials_get_certificate (self->credentials));
      const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id (x509);

      signet_cmp_message_builder_set_sender (builder, X509_get_subject_name (x509));
      if (ski != NULL)
        kid = g_bytes_new (ASN1_STRING_get0_data (ski), (gsize) ASN1_STRING_length (ski));
    }
  if (kid != NULL)
    signet_cmp_message_builder_set_sender_kid (builder, kid);
  set_recip_kid (self, builder);
}

/* The protection certificate, then its chain without the root (RFC 9483 §3.3), then what the settings add. */
static GPtrArray *
extra_certs (SignetCmpTransaction *self)
{
  GPtrArray *certificates = g_ptr_array_new_with_free_func (g_object_unref);
  GPtrArray *more = signet_cmp_authority_get_extra_certificates (self->authority);
  SignetCertificate *own = signet_cmp_credentials_get_certificate (self->credentials);
  GPtrArray *chain = signet_cmp_credentials_get_chain (self->credentials);

  /* RFC 9483 §3.3: the first request brought them. */
  if (signet_cmp_authority_get_small_messages (self->authority)
      && (self->next_body == SIGNET_CMP_BODY_CERTCONF || self->next_body == SIGNET_CMP_BODY_POLLREQ))
    return certificates;
  if (own != NULL)
    g_ptr_array_add (certificates, g_object_ref (own));
  for (guint i = 0; own != NULL && i < chain->len; i++)
    if (!signet_certificate_is_self_issued (g_ptr_array_index (chain, i)))
      g_ptr_array_add (certificates, g_object_ref (g_ptr_array_index (chain, i)));
  for (guint i = 0; i < more->len; i++)
    if (!g_ptr_array_find_with_equal_func (certificates, more->pdata[i], (GEqualFunc) signet_certificate_equal, NULL))
      g_ptr_array_add (certificates, g_object_ref (more->pdata[i]));

  return certificates;
}

/* ---- body ---- */

static void
clear_confirmation (gpointer data)
{
  g_bytes_unref (((SignetCmpConfirmation *) data)->cert_hash);
}

/* One CertStatus for each certificate that came with the last answer: RFC 9810 §5.3.18. */
static GBytes *
confirmation (SignetCmpTransaction  *self,
              gint64                *pvno,
              GError               **error)
{
  static const SignetCmpStatusInfo accepted = { SIGNET_CMP_STATUS_ACCEPTED, NULL, 0, -1 };
  static const SignetCmpStatusInfo rejected = { SIGNET_CMP_STATUS_REJECTION, NULL, 1u << 7 /* incorrectData */, -1 };
  g_autoptr (GArray) confirmations = g_array_new (FALSE, TRUE, sizeof (SignetCmpConfirmation));

  g_array_set_clear_func (confirmations, clear_confirmation);
  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, i);
      SignetCmpConfirmation one = { progress->id, NULL, NULL, progress->rejection == NULL ? &accepted : &rejected };

      if (progress->state != SIGNET_CMP_ITEM_GRANTED)
        continue;
      one.cert_hash = signet_cmp_confirm_hash (progress->certificate, &one.hash_algorithm, error);
      if (one.cert_hash == NULL)
        return NULL;
      if (one.hash_algorithm != NULL)
        *pvno = PVNO_2021;
      g_array_append_val (confirmations, one);
    }

  return signet_cmp_body_cert_confs ((const SignetCmpConfirmation *) confirmations->data, confirmations->len, error);
}

static GBytes *
poll_request (SignetCmpTransaction *self)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  if (self->poll_whole)
    return signet_cmp_body_poll_req (SIGNET_CMP_WHOLE_MESSAGE);
  for (guint i = 0; i < self->progress->len; i++)
    if (signet_cmp_transaction_get_progress (self, i)->polled)
      g_array_append_val (ids, signet_cmp_transaction_get_progress (self, i)->id);

  return signet_cmp_body_poll_reqs ((const gint64 *) ids->data, ids->len);
}

static GBytes *
body_content (SignetCmpTransaction  *self,
              gint64                 now,
              gint64                *pvno,
              GError               **error)
{
  if (signet_cmp_transaction_awaits_ciphertext (self))
    return signet_cmp_transaction_ask_for_ciphertext ();
  switch (self->next_body)
    {
    case SIGNET_CMP_BODY_CERTCONF:
      return confirmation (self, pvno, error);
    case SIGNET_CMP_BODY_POPDECR:
      return g_bytes_ref (self->challenge_response);
    case SIGNET_CMP_BODY_POLLREQ:
      signet_cmp_transaction_choose_polled (self, now);
      return poll_request (self);
    default:
      return signet_cmp_request_build (self->operation, self->authority, self->credentials, now, error);
    }
}

/* RFC 9483 §3.1: what generalInfo may hold, and in which messages. */
static gboolean
add_general_info (SignetCmpTransaction     *self,
                  SignetCmpMessageBuilder  *builder,
                  GError                  **error)
{
  const char *profile = signet_cmp_authority_get_profile (self->authority);
  GPtrArray *more = signet_cmp_authority_get_general_info (self->authority);

  switch (signet_cmp_operation_get_body_type (self->operation))
    {
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
    case SIGNET_CMP_BODY_KUR:
    case SIGNET_CMP_BODY_P10CR:
      if (signet_cmp_authority_get_implicit_confirm (self->authority) && !signet_cmp_transaction_needs_confirmation (self))
        signet_cmp_message_builder_add_implicit_confirm (builder);
      if (profile != NULL)
        signet_cmp_message_builder_add_cert_profile (builder, profile);
      break;
    case SIGNET_CMP_BODY_GENM:
      /* RFC 9483 §4.3.3: which template. */
      if (profile != NULL
          && signet_cmp_genm_asks (signet_cmp_operation_get_content (self->operation), SIGNET_CMP_INFO_CERT_REQ_TEMPLATE))
        signet_cmp_message_builder_add_cert_profile (builder, profile);
      break;
    default:
      break;
    }
  for (guint i = 0; i < more->len; i++)
    {
      const SignetCmpGeneralInfo *info = g_ptr_array_index (more, i);

      if (!signet_cmp_message_builder_add_info (builder, info->oid, info->value, error))
        return FALSE;
    }

  return TRUE;
}

/* Whether what is asked, or told along with it, has the syntax of cmp2021: RFC 9810 §7. */
static gboolean
needs_2021 (SignetCmpTransaction *self)
{
  GPtrArray *more = signet_cmp_authority_get_general_info (self->authority);
  g_autoptr (GPtrArray) items = NULL;

  for (guint i = 0; i < more->len; i++)
    {
      const SignetCmpGeneralInfo *info = g_ptr_array_index (more, i);

      if (signet_cmp_genm_needs_2021 (info->oid, info->value))
        return TRUE;
    }
  if (signet_cmp_operation_get_body_type (self->operation) == SIGNET_CMP_BODY_GENM)
    items = signet_cmp_genm_decode (signet_cmp_operation_get_content (self->operation), NULL);
  for (guint i = 0; items != NULL && i < items->len; i++)
    {
      const SignetCmpGenmItem *item = g_ptr_array_index (items, i);

      if (signet_cmp_genm_needs_2021 (item->oid, item->value))
        return TRUE;
    }

  return FALSE;
}

static SignetCmpMessageBuilder *
start_message (SignetCmpTransaction  *self,
               gint64                 now,
               GBytes                *nonce,
               GError               **error)
{
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  g_autoptr (GBytes) content = NULL;
  gint64 pvno = self->pvno;

  if (self->substitute != NULL && !signet_cmp_transaction_awaits_ciphertext (self))
    {
      content = g_bytes_ref (signet_cmp_message_get_body_content (self->substitute));
      builder = signet_cmp_message_builder_new (signet_cmp_message_get_pvno (self->substitute),
                                                signet_cmp_message_get_body_type (self->substitute), content);
    }
  else
    {
      content = body_content (self, now, &pvno, error);
      if (content == NULL)
        return NULL;
      if (is_request (self) && needs_2021 (self))
        pvno = PVNO_2021;
      builder = signet_cmp_message_builder_new (pvno, signet_cmp_transaction_awaits_ciphertext (self) ? SIGNET_CMP_BODY_GENM : self->next_body,
                                                content);
    }
  set_sender (self, builder);
  set_recipient (self, builder);
  signet_cmp_message_builder_set_time (builder, now);
  if (is_protected (self)
      && !signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (self->protector), error))
    return NULL;
  signet_cmp_message_builder_set_transaction_id (builder, self->id);
  signet_cmp_message_builder_set_sender_nonce (builder, nonce);
  if (self->peer_nonce != NULL)
    signet_cmp_message_builder_set_recip_nonce (builder, self->peer_nonce);
  if (is_request (self)
      && (!add_general_info (self, builder, error) || !signet_cmp_transaction_add_ciphertext (self, builder, now, error)))
    return NULL;

  return g_steal_pointer (&builder);
}

gboolean
signet_cmp_transaction_make_outgoing (SignetCmpTransaction  *self,
                                      gint64                 now,
                                      GError               **error)
{
  g_autoptr (GBytes) nonce = signet_cmp_random_bytes (SIGNET_CMP_NONCE_SIZE, error);
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) protection = NULL;
  g_autoptr (GPtrArray) certificates = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;

  builder = nonce != NULL ? start_message (self, now, nonce, error) : NULL;
  part = builder != NULL ? signet_cmp_message_builder_get_protected_part (builder, error) : NULL;
  if (part == NULL)
    return FALSE;
  protection = is_protected (self) ? signet_cmp_protector_protect (self->protector, part, error) : NULL;
  if (protection == NULL && is_protected (self))
    return FALSE;
  certificates = extra_certs (self);
  message = signet_cmp_message_builder_finish (builder, protection, certificates, error);
  if (message == NULL)
    return FALSE;

  self->outgoing = g_bytes_ref (signet_cmp_message_get_der (message));
  self->sent_pvno = signet_cmp_message_get_pvno (message);
  g_clear_pointer (&self->sender_nonce, g_bytes_unref);
  self->sender_nonce = g_steal_pointer (&nonce);
  if (is_request (self) || signet_cmp_transaction_awaits_ciphertext (self) || self->next_body == SIGNET_CMP_BODY_POPDECR)
    {
      g_clear_pointer (&self->request_nonce, g_bytes_unref);
      self->request_nonce = g_bytes_ref (self->sender_nonce);
    }

  return TRUE;
}
