/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-credentials.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cmp/cmp-error.h"

struct _SignetCmpCredentials
{
  GObject parent;

  char *reference;
  GBytes *sender_kid;           /* (nullable): instead of it */
  SignetSecret *secret;
  SignetKey *key;
  SignetCertificate *certificate;
  GPtrArray *chain;
  SignetCmpCredentialsKind kind;
  SignetCertificate *peer;              /* (nullable): for DH */
};

G_DEFINE_FINAL_TYPE (SignetCmpCredentials, signet_cmp_credentials, G_TYPE_OBJECT)

static void
signet_cmp_credentials_finalize (GObject *object)
{
  SignetCmpCredentials *self = SIGNET_CMP_CREDENTIALS (object);

  g_clear_pointer (&self->reference, g_free);
  g_clear_pointer (&self->sender_kid, g_bytes_unref);
  g_clear_pointer (&self->secret, signet_secret_unref);
  g_clear_object (&self->key);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->chain, g_ptr_array_unref);
  g_clear_object (&self->peer);

  G_OBJECT_CLASS (signet_cmp_credentials_parent_class)->finalize (object);
}

static void
signet_cmp_credentials_class_init (SignetCmpCredentialsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_cmp_credentials_finalize;
}

static void
signet_cmp_credentials_init (SignetCmpCredentials *self)
{
}

/**
 * signet_cmp_credentials_new_mac:
 * @reference: the name of the secret, for sender and senderKID (RFC 9483 §4.1.5)
 * @secret: the shared secret
 *
 * Returns: (transfer full): credentials for MAC protection
 */
SignetCmpCredentials *
signet_cmp_credentials_new_mac (const char   *reference,
                                SignetSecret *secret)
{
  SignetCmpCredentials *self;

  g_return_val_if_fail (reference != NULL, NULL);
  g_return_val_if_fail (secret != NULL, NULL);

  self = g_object_new (SIGNET_TYPE_CMP_CREDENTIALS, NULL);
  self->reference = g_strdup (reference);
  self->secret = signet_secret_ref (secret);

  return self;
}

static gboolean
check_pair (SignetKey          *key,
            SignetCertificate  *certificate,
            GError            **error)
{
  if (X509_check_private_key (signet_certificate_get_x509 (certificate), signet_key_get_pkey (key)) == 1)
    return TRUE;
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                            _("The certificate of “%s” does not belong to the key that shall be used"),
                            signet_certificate_get_subject (certificate));
  return FALSE;
}

static SignetCmpCredentials *
new_with_key (SignetCmpCredentialsKind  kind,
              SignetKey                *key,
              SignetCertificate        *certificate,
              GPtrArray                *chain)
{
  SignetCmpCredentials *self = g_object_new (SIGNET_TYPE_CMP_CREDENTIALS, NULL);

  self->kind = kind;
  self->key = g_object_ref (key);
  self->certificate = g_object_ref (certificate);
  self->chain = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; chain != NULL && i < chain->len; i++)
    if (!signet_certificate_equal (g_ptr_array_index (chain, i), certificate))
      g_ptr_array_add (self->chain, g_object_ref (g_ptr_array_index (chain, i)));

  return self;
}

/**
 * signet_cmp_credentials_new_signature:
 * @key: the private key
 * @certificate: the CMP protection certificate of @key
 * @chain: (nullable) (element-type SignetCertificate): its issuers, for extraCerts (RFC 9483 §3.3)
 * @error: (out) (optional): %SIGNET_CMP_ERROR_CREDENTIALS where @key and @certificate do not belong together or may not
 *   sign (RFC 9483 §3.5)
 *
 * Returns: (transfer full): credentials for signature protection, or %NULL
 */
SignetCmpCredentials *
signet_cmp_credentials_new_signature (SignetKey          *key,
                                      SignetCertificate  *certificate,
                                      GPtrArray          *chain,
                                      GError            **error)
{
  g_return_val_if_fail (SIGNET_IS_KEY (key), NULL);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (certificate), NULL);

  if (!check_pair (key, certificate, error))
    return NULL;
  if (!signet_key_can_sign (key) || (X509_get_key_usage (signet_certificate_get_x509 (certificate)) & KU_DIGITAL_SIGNATURE) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("The certificate of “%s” may not be used to sign: its key usage lacks digitalSignature. Choose another "
                     "one."),
                   signet_certificate_get_subject (certificate));
      return NULL;
    }

  return new_with_key (SIGNET_CMP_CREDENTIALS_SIGNATURE, key, certificate, chain);
}

/**
 * signet_cmp_credentials_new_kem:
 * @key: an RSA or ML-KEM key
 * @certificate: its certificate, which the authority encapsulates for
 * @chain: (nullable) (element-type SignetCertificate): its issuers, for extraCerts
 * @error: (out) (optional): %SIGNET_CMP_ERROR_CREDENTIALS
 *
 * Returns: (transfer full): credentials for KEM-based MAC protection (RFC 9810 §5.1.3.4), or %NULL
 */
SignetCmpCredentials *
signet_cmp_credentials_new_kem (SignetKey          *key,
                                SignetCertificate  *certificate,
                                GPtrArray          *chain,
                                GError            **error)
{
  g_return_val_if_fail (SIGNET_IS_KEY (key), NULL);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (certificate), NULL);

  if (!check_pair (key, certificate, error))
    return NULL;
  if (!signet_key_can_encapsulate (key)
      || (X509_get_key_usage (signet_certificate_get_x509 (certificate)) & KU_KEY_ENCIPHERMENT) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("The certificate of “%s” may not be used for key encapsulation: it needs an RSA or ML-KEM key and a key "
                     "usage with keyEncipherment. Choose another one."),
                   signet_certificate_get_subject (certificate));
      return NULL;
    }

  return new_with_key (SIGNET_CMP_CREDENTIALS_KEM, key, certificate, chain);
}

/**
 * signet_cmp_credentials_new_dh:
 * @key: a key for key agreement
 * @certificate: its certificate
 * @chain: (nullable) (element-type SignetCertificate): its issuers, for extraCerts
 * @peer: the authority's certificate for key agreement, whose trust was decided before
 * @error: (out) (optional): %SIGNET_CMP_ERROR_CREDENTIALS
 *
 * Returns: (transfer full): credentials for DHBasedMac (RFC 9810 §5.1.3.2), or %NULL
 */
SignetCmpCredentials *
signet_cmp_credentials_new_dh (SignetKey          *key,
                               SignetCertificate  *certificate,
                               GPtrArray          *chain,
                               SignetCertificate  *peer,
                               GError            **error)
{
  SignetCmpCredentials *self;
  EVP_PKEY *peer_key;

  g_return_val_if_fail (SIGNET_IS_KEY (key), NULL);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (certificate), NULL);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (peer), NULL);

  if (!check_pair (key, certificate, error))
    return NULL;
  peer_key = X509_get0_pubkey (signet_certificate_get_x509 (peer));
  if (!signet_key_can_agree (key) || (X509_get_key_usage (signet_certificate_get_x509 (certificate)) & KU_KEY_AGREEMENT) == 0
      || (X509_get_key_usage (signet_certificate_get_x509 (peer)) & KU_KEY_AGREEMENT) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("The certificates of “%s” and “%s” may not both be used for key agreement"),
                   signet_certificate_get_subject (certificate), signet_certificate_get_subject (peer));
      return NULL;
    }
  if (peer_key == NULL || EVP_PKEY_parameters_eq (signet_key_get_pkey (key), peer_key) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                                _("The keys of “%s” and “%s” are of different kinds or groups and cannot agree"),
                                signet_certificate_get_subject (certificate), signet_certificate_get_subject (peer));
      return NULL;
    }

  self = new_with_key (SIGNET_CMP_CREDENTIALS_DH, key, certificate, chain);
  self->peer = g_object_ref (peer);

  return self;
}

/**
 * signet_cmp_credentials_new_none:
 *
 * Returns: (transfer full): credentials of somebody who proves nothing
 */
SignetCmpCredentials *
signet_cmp_credentials_new_none (void)
{
  SignetCmpCredentials *self = g_object_new (SIGNET_TYPE_CMP_CREDENTIALS, NULL);

  self->kind = SIGNET_CMP_CREDENTIALS_NONE;

  return self;
}

gboolean
signet_cmp_credentials_is_none (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), TRUE);

  return self->kind == SIGNET_CMP_CREDENTIALS_NONE;
}

SignetCmpCredentialsKind
signet_cmp_credentials_get_kind (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), SIGNET_CMP_CREDENTIALS_SECRET);

  return self->kind;
}

SignetCertificate *
signet_cmp_credentials_get_peer (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), NULL);

  return self->peer;
}

void
signet_cmp_credentials_set_sender_kid (SignetCmpCredentials *self,
                                       GBytes               *kid)
{
  g_return_if_fail (SIGNET_IS_CMP_CREDENTIALS (self));
  g_return_if_fail (kid != NULL);

  g_clear_pointer (&self->sender_kid, g_bytes_unref);
  self->sender_kid = g_bytes_ref (kid);
}

GBytes *
signet_cmp_credentials_get_sender_kid (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), NULL);

  if (self->sender_kid != NULL)
    return g_bytes_ref (self->sender_kid);

  return self->reference != NULL && *self->reference != '\0' ? g_bytes_new (self->reference, strlen (self->reference)) : NULL;
}

gboolean
signet_cmp_credentials_is_mac (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), FALSE);

  return self->secret != NULL;
}

X509_NAME *
signet_cmp_credentials_make_name (SignetCmpCredentials *self)
{
  X509_NAME *name;

  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), NULL);

  if (self->certificate != NULL)
    return X509_NAME_dup (X509_get_subject_name (signet_certificate_get_x509 (self->certificate)));
  name = X509_NAME_new ();
  if (self->reference != NULL)
    {
      X509_NAME_add_entry_by_NID (name, NID_commonName, MBSTRING_UTF8, (const unsigned char *) self->reference, -1, -1, 0);
      signet_openssl_set_error (NULL, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, "name");
    }

  return name;
}

const char *
signet_cmp_credentials_get_reference (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), NULL);

  return self->reference;
}

SignetSecret *
signet_cmp_credentials_get_secret (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), NULL);

  return self->secret;
}

SignetKey *
signet_cmp_credentials_get_key (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), NULL);

  return self->key;
}

SignetCertificate *
signet_cmp_credentials_get_certificate (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), NULL);

  return self->certificate;
}

GPtrArray *
signet_cmp_credentials_get_chain (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), NULL);

  return self->chain;
}
