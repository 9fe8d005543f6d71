/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-challenge.h"
#include "cmp/cmp-item-private.h"
#include "cmp/cmp-key-package.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-pop.h"

#define PVNO_2000 2
#define PVNO_2021 3
#define BAD_POP 9                               /* bits of PKIFailureInfo */
#define UNSUPPORTED_VERSION 22

static void
add_remarks (SignetCmpTransaction *self,
             GPtrArray            *remarks)
{
  for (guint i = 0; i < remarks->len; i++)
    signet_cmp_transaction_remark (self, g_ptr_array_index (remarks, i));
}

static gboolean
is_proved_by (SignetCmpItem *item,
              SignetCmpPopo  popo)
{
  return item != NULL && !signet_cmp_item_is_central (item) && signet_cmp_pop_choose (item) == popo;
}

static gboolean
any_is_proved_by (SignetCmpTransaction *self,
                  SignetCmpPopo         popo)
{
  for (guint i = 0; i < self->progress->len; i++)
    if (is_proved_by (signet_cmp_operation_get_item (self->operation, i), popo))
      return TRUE;

  return FALSE;
}

/* ---- challenge: RFC 9810 §5.2.8.3.3 ---- */

gboolean
signet_cmp_transaction_expects_challenge (SignetCmpTransaction *self)
{
  return self->asked_body == signet_cmp_operation_get_body_type (self->operation) && self->challenge_response == NULL
         && any_is_proved_by (self, SIGNET_CMP_POPO_CHALLENGE);
}

/* One challenge for each of those who asked to be challenged, in their order. */
void
signet_cmp_transaction_receive_challenge (SignetCmpTransaction *self,
                                          SignetCmpMessage     *message)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) reason = NULL;
  SignetCmpChallenged challenged = { signet_cmp_message_get_pvno (message), signet_cmp_message_get_sender (message), keys,
                                     self->authority };

  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpItem *item = signet_cmp_operation_get_item (self->operation, i);

      if (is_proved_by (item, SIGNET_CMP_POPO_CHALLENGE))
        g_ptr_array_add (keys, signet_cmp_item_get_key (item));
    }
  self->challenge_response
      = signet_cmp_challenge_answer (signet_cmp_message_get_body_content (message), &challenged, remarks, &reason);
  add_remarks (self, remarks);
  if (self->challenge_response == NULL)
    {
      signet_cmp_transaction_fail (self, (SignetCmpError) reason->code, "%s", reason->message);
      return;
    }
  self->polling = FALSE;
  self->step = SIGNET_CMP_STEP_SEND;
  self->next_body = SIGNET_CMP_BODY_POPDECR;
}

/* ---- encrypted certificate: RFC 9810 §5.2.8.3.2 ---- */

gboolean
signet_cmp_transaction_needs_confirmation (SignetCmpTransaction *self)
{
  return any_is_proved_by (self, SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE);
}

/* Its hash in certConf is the proof; whoever cannot read it sends nothing that would tell anybody anything (§8.2). */
SignetCertificate *
signet_cmp_transaction_decrypt_certificate (SignetCmpTransaction        *self,
                                            SignetCmpItem               *item,
                                            const SignetCmpCertResponse *response)
{
  SignetCmpRecipient recipient = { signet_cmp_item_get_key (item), NULL, NULL, NULL, NULL };
  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) reason = NULL;
  SignetCertificate *certificate;

  if (!is_proved_by (item, SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE))
    {
      signet_cmp_transaction_fail (
          self, SIGNET_CMP_ERROR_CONTENT,
          _("The authority sent an encrypted certificate, though possession of the key was proved by a signature."));
      return NULL;
    }
  certificate
      = signet_cmp_encrypted_certificate_open (response->encrypted_certificate, &recipient, self->authority, remarks, &reason);
  add_remarks (self, remarks);
  if (certificate == NULL)
    signet_cmp_transaction_fail (self, (SignetCmpError) reason->code, "%s", reason->message);

  return certificate;
}

/* ---- a key that the authority made: RFC 9483 §4.1.6 ---- */

static GBytes *
get_octets (const ASN1_OCTET_STRING *string)
{
  return g_bytes_new (ASN1_STRING_get0_data (string), (gsize) ASN1_STRING_length (string));
}

/* The salt with which the MAC's key was derived, which must not serve a second time: RFC 9481 §4.4. (transfer full) (nullable) */
static GBytes *
get_mac_salt (SignetCmpMessage *message)
{
  const X509_ALGOR *algorithm = signet_cmp_message_get_protection_alg (message);
  g_autoptr (SignetPbmParameter) old = NULL;
  g_autoptr (SignetPbmac1Params) params = NULL;
  PBKDF2PARAM *pbkdf2 = NULL;
  GBytes *salt = NULL;

  switch (algorithm != NULL ? signet_cmp_mac_get_kind (algorithm) : SIGNET_CMP_MAC_KIND_NONE)
    {
    case SIGNET_CMP_MAC_KIND_PASSWORD_BASED:
      old = signet_asn1_decode_any (algorithm->parameter, ASN1_ITEM_rptr (SignetPbmParameter));
      return old != NULL ? get_octets (old->salt) : NULL;
    case SIGNET_CMP_MAC_KIND_PBMAC1:
      params = signet_asn1_decode_any (algorithm->parameter, ASN1_ITEM_rptr (SignetPbmac1Params));
      pbkdf2 = params != NULL ? signet_asn1_decode_any (params->key_derivation_func->parameter, ASN1_ITEM_rptr (PBKDF2PARAM))
                              : NULL;
      if (pbkdf2 != NULL && pbkdf2->salt->type == V_ASN1_OCTET_STRING)
        salt = get_octets (pbkdf2->salt->value.octet_string);
      PBKDF2PARAM_free (pbkdf2);
      return salt;
    default:
      return NULL;
    }
}

void
signet_cmp_transaction_take_central_key (SignetCmpTransaction        *self,
                                         SignetCmpMessage            *message,
                                         SignetCmpItem               *item,
                                         SignetCmpProgress           *progress,
                                         const SignetCmpCertResponse *response,
                                         gint64                       now)
{
  SignetKey *protocol_key = signet_cmp_item_get_protocol_key (item);
  g_autoptr (GBytes) salt = get_mac_salt (message);
  GPtrArray *certificates = signet_cmp_message_get_extra_certs (message);
  SignetCmpRecipient recipient = { signet_cmp_credentials_get_key (self->credentials),
                                   signet_cmp_credentials_get_certificate (self->credentials),
                                   signet_cmp_credentials_get_secret (self->credentials), salt, certificates };
  SignetCmpKeySource source = { self->authority, certificates, signet_cmp_message_is_mac_protected (message), now };
  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) reason = NULL;

  if (response->private_key == NULL)
    {
      progress->rejection = g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE,
                                         _("The authority was asked to make a key, and sent a certificate without it."));
      return;
    }
  if (protocol_key != NULL)
    {
      recipient.key = protocol_key;
      recipient.certificate = NULL;
      recipient.secret = NULL;
    }
  progress->key
      = signet_cmp_central_key_open (response->private_key, &recipient, response->certificate, &source, remarks, &reason);
  add_remarks (self, remarks);
  if (progress->key == NULL)
    progress->rejection = g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE,
                                       _("The key that the authority made was refused, and its certificate with it. %s"),
                                       reason->message);
}

/* ---- versions: RFC 9810 §7 ---- */

/* EnvelopedData is sent or expected in the answer, or agreeMAC sent: what version 2 does not have. */
static gboolean
needs_version_3 (SignetCmpTransaction *self)
{
  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpItem *item = signet_cmp_operation_get_item (self->operation, i);

      if (item == NULL || signet_cmp_operation_get_body_type (self->operation) == SIGNET_CMP_BODY_P10CR)
        continue;
      if (signet_cmp_item_is_central (item) || signet_cmp_item_get_protocol_key (item) != NULL
          || is_proved_by (item, SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE) || is_proved_by (item, SIGNET_CMP_POPO_CHALLENGE)
          || is_proved_by (item, SIGNET_CMP_POPO_AGREE_MAC) || is_proved_by (item, SIGNET_CMP_POPO_GIVEN))
        return TRUE;
    }

  return FALSE;
}

gint64
signet_cmp_transaction_choose_pvno (SignetCmpTransaction *self,
                                    GError              **error)
{
  gint64 known = self->peer_pvno != 0 ? self->peer_pvno : signet_cmp_authority_get_pvno (self->authority);
  gboolean old_syntax = (signet_cmp_authority_get_relaxations (self->authority) & SIGNET_CMP_RELAX_ENCRYPTED_VALUE) != 0;
  gboolean needed = needs_version_3 (self);

  if (needed && known == PVNO_2000 && !old_syntax)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_VERSION,
                   _("What is asked for needs version 3 of the protocol, and the authority speaks version 2 only. If it encrypts in "
                     "the old way, allow that by the setting encrypted-value."));
      return 0;
    }
  if (known != 0)
    return known;

  return needed ? PVNO_2021 : PVNO_2000;
}

/* ---- another way after a refusal ---- */

/* RFC 9810 §7: the answer's version is one that the authority speaks. */
static gboolean
try_another_version (SignetCmpTransaction *self,
                     gint64                pvno)
{
  g_autoptr (GError) reason = NULL;
  gint64 chosen;

  if (pvno == self->sent_pvno || (pvno != PVNO_2000 && pvno != PVNO_2021))
    return FALSE;
  self->peer_pvno = pvno;
  chosen = signet_cmp_transaction_choose_pvno (self, &reason);
  if (chosen == 0)
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_VERSION, "%s", reason->message);
      return TRUE;
    }
  self->pvno = chosen;

  return signet_cmp_transaction_begin_again (self);
}

/* RFC 9810 §5.2.8.4: a challenge, where an encrypted certificate was only this side's own choice. */
static gboolean
try_another_proof (SignetCmpTransaction *self)
{
  gboolean changed = FALSE;

  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpItem *item = signet_cmp_operation_get_item (self->operation, i);

      if (is_proved_by (item, SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE)
          && signet_cmp_item_get_popo (item) == SIGNET_CMP_POPO_DEFAULT)
        {
          signet_cmp_item_set_popo (item, SIGNET_CMP_POPO_CHALLENGE);
          changed = TRUE;
        }
    }

  return changed && signet_cmp_transaction_begin_again (self);
}

gboolean
signet_cmp_transaction_try_another_way (SignetCmpTransaction      *self,
                                        const SignetCmpStatusInfo *status,
                                        gint64                     pvno)
{
  if (self->retried || self->next_body != signet_cmp_operation_get_body_type (self->operation))
    return FALSE;
  if ((status->fail_info & 1u << UNSUPPORTED_VERSION) != 0)
    return try_another_version (self, pvno);
  if ((status->fail_info & 1u << BAD_POP) != 0 && self->progress->len == 1)
    return try_another_proof (self);

  return FALSE;
}
