/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-recovery.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-message-private.h"

#define CERTIFICATES_MAX 64
#define KEYS_MAX 256

static void
pair_free (gpointer data)
{
  SignetCmpRecoveredPair *pair = data;

  g_clear_object (&pair->certificate);
  g_clear_pointer (&pair->encrypted_certificate, g_bytes_unref);
  g_clear_pointer (&pair->private_key, g_bytes_unref);
  g_free (pair);
}

void
signet_cmp_recovery_free (SignetCmpRecovery *self)
{
  g_clear_pointer (&self->status, signet_cmp_status_info_free);
  g_clear_object (&self->new_sig_cert);
  g_clear_pointer (&self->ca_certs, g_ptr_array_unref);
  g_clear_pointer (&self->history, g_ptr_array_unref);
  g_free (self);
}

static SignetCertificate *
read_certificate (const ASN1_TYPE  *any,
                  GError          **error)
{
  g_autoptr (GBytes) der = signet_asn1_any_get_der (any);

  if (der == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("A certificate in the authority's answer cannot be read."));
      return NULL;
    }

  return signet_certificate_new_from_der (der, error);
}

static gboolean
read_ca_certs (SignetCmpRecovery             *self,
               const SignetKeyRecRepContent  *content,
               GError                       **error)
{
  for (int i = 0; i < sk_ASN1_TYPE_num (content->ca_certs); i++)
    {
      SignetCertificate *certificate = read_certificate (sk_ASN1_TYPE_value (content->ca_certs, i), error);

      if (certificate == NULL)
        return FALSE;
      g_ptr_array_add (self->ca_certs, certificate);
    }

  return TRUE;
}

static gboolean
read_pair (SignetCmpRecovery             *self,
           const SignetCertifiedKeyPair  *content,
           GError                       **error)
{
  SignetCmpRecoveredPair *pair = g_new0 (SignetCmpRecoveredPair, 1);

  g_ptr_array_add (self->history, pair);
  if (content->private_key != NULL)
    pair->private_key = signet_asn1_any_get_der (content->private_key);
  if (content->cert_or_enc_cert->type == 1)
    {
      pair->encrypted_certificate = signet_asn1_any_get_der (content->cert_or_enc_cert->value.encrypted_cert);
      return TRUE;
    }
  pair->certificate = read_certificate (content->cert_or_enc_cert->value.certificate, error);

  return pair->certificate != NULL;
}

static gboolean
check_bounds (const SignetKeyRecRepContent  *content,
              GError                       **error)
{
  if (sk_ASN1_TYPE_num (content->ca_certs) <= CERTIFICATES_MAX && sk_SignetCertifiedKeyPair_num (content->key_pair_hist) <= KEYS_MAX)
    return TRUE;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT,
               _("The authority sent more than %d certificates or %d keys at once."), CERTIFICATES_MAX, KEYS_MAX);

  return FALSE;
}

/* RFC 9810 §5.3.8: with other statuses the optional fields are absent. */
static gboolean
check_status (const SignetCmpRecovery       *self,
              const SignetKeyRecRepContent  *content,
              GError                       **error)
{
  int status = self->status->status;

  if (status == SIGNET_CMP_STATUS_ACCEPTED || status == SIGNET_CMP_STATUS_GRANTED_WITH_MODS
      || (content->new_sig_cert == NULL && content->ca_certs == NULL && content->key_pair_hist == NULL))
    return TRUE;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
               _("The authority sent keys or certificates with the status “%s”, which does not fit."), signet_cmp_status_name (status));

  return FALSE;
}

SignetCmpRecovery *
signet_cmp_recovery_read (GBytes  *content,
                          GError **error)
{
  g_autoptr (SignetCmpRecovery) self = g_new0 (SignetCmpRecovery, 1);
  g_autoptr (SignetKeyRecRepContent) parsed = NULL;

  self->ca_certs = g_ptr_array_new_with_free_func (g_object_unref);
  self->history = g_ptr_array_new_with_free_func (pair_free);
  parsed = signet_asn1_decode (g_bytes_get_data (content, NULL), g_bytes_get_size (content), ASN1_ITEM_rptr (SignetKeyRecRepContent));
  if (parsed == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                                _("The authority's answer to the recovery cannot be read"));
      return NULL;
    }
  self->status = signet_cmp_status_info_from_asn1 (parsed->status, error);
  if (self->status == NULL || !check_status (self, parsed, error) || !check_bounds (parsed, error))
    return NULL;
  if (parsed->new_sig_cert != NULL)
    {
      self->new_sig_cert = read_certificate (parsed->new_sig_cert, error);
      if (self->new_sig_cert == NULL)
        return NULL;
    }
  if (!read_ca_certs (self, parsed, error))
    return NULL;
  for (int i = 0; i < sk_SignetCertifiedKeyPair_num (parsed->key_pair_hist); i++)
    if (!read_pair (self, sk_SignetCertifiedKeyPair_value (parsed->key_pair_hist, i), error))
      return NULL;

  return g_steal_pointer (&self);
}

SignetKey *
signet_cmp_recovery_open (const SignetCmpRecoveredPair  *pair,
                          const SignetCmpRecipient      *recipient,
                          const SignetCmpKeySource      *source,
                          SignetCertificate            **certificate,
                          GPtrArray                     *remarks,
                          GError                       **error)
{
  g_autoptr (SignetCertificate) found = NULL;
  SignetKey *key;

  if (pair->private_key == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT, _("The authority sent a certificate without the key to recover."));
      return NULL;
    }
  if (pair->certificate != NULL)
    found = g_object_ref (pair->certificate);
  else
    {
      g_autoptr (SignetSecret) opened = signet_cmp_encrypted_key_open (pair->encrypted_certificate, recipient, source->authority, NULL,
                                                                       remarks, error);
      g_autoptr (GBytes) der = NULL;
      const guint8 *data;
      gsize size;

      if (opened == NULL)
        return NULL;
      data = signet_secret_get_data (opened, &size);
      der = g_bytes_new (data, size);
      found = signet_certificate_new_from_der (der, NULL);
      if (found == NULL)
        {
          signet_cmp_envelope_set_unreadable (error);
          return NULL;
        }
    }
  key = signet_cmp_central_key_open (pair->private_key, recipient, found, source, remarks, error);
  if (key != NULL && certificate != NULL)
    *certificate = g_steal_pointer (&found);

  return key;
}

gboolean
signet_cmp_recovery_check_key (SignetKey  *key,
                               GError    **error)
{
  EVP_PKEY *pkey = signet_key_get_pkey (key);
  g_autoptr (EVP_PKEY_CTX) context = NULL;

  if (!signet_key_can_encipher (key) && !signet_key_can_agree (key) && !signet_key_can_encapsulate (key))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS, _("Nothing can be encrypted to a key of the kind %s."),
                   signet_key_get_spec (key));
      return FALSE;
    }
  if (!EVP_PKEY_is_a (pkey, "DH") && !EVP_PKEY_is_a (pkey, "DHX"))
    return TRUE;
  context = EVP_PKEY_CTX_new_from_pkey (NULL, pkey, NULL);
  if (context == NULL || EVP_PKEY_param_check (context) != 1 || EVP_PKEY_public_check (context) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK,
                                _("The group of this Diffie-Hellman key has small subgroups; take one such as ffdhe2048"));
      return FALSE;
    }

  return TRUE;
}

GBytes *
signet_cmp_recovery_new_control (SignetKey  *key,
                                 GError    **error)
{
  g_autoptr (SignetTypeAndValue) control = NULL;

  if (!signet_cmp_recovery_check_key (key, error))
    return NULL;
  control = SignetTypeAndValue_new ();
  ASN1_OBJECT_free (control->type);
  control->type = OBJ_txt2obj (SIGNET_OID_PROTOCOL_ENCR_KEY, 1);
  control->value = signet_asn1_any_new (signet_key_get_public (key));

  return signet_asn1_encode (control, ASN1_ITEM_rptr (SignetTypeAndValue));
}
