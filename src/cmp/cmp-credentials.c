/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-credentials.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-error.h"

struct _SignetCmpCredentials
{
  GObject parent;

  char *reference;
  SignetSecret *secret;
  SignetKey *key;
  SignetCertificate *certificate;
  GPtrArray *chain;
};

G_DEFINE_FINAL_TYPE (SignetCmpCredentials, signet_cmp_credentials, G_TYPE_OBJECT)

static void
signet_cmp_credentials_finalize (GObject *object)
{
  SignetCmpCredentials *self = SIGNET_CMP_CREDENTIALS (object);

  g_clear_pointer (&self->reference, g_free);
  g_clear_pointer (&self->secret, signet_secret_unref);
  g_clear_object (&self->key);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->chain, g_ptr_array_unref);

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
  SignetCmpCredentials *self;
  X509 *x509;

  g_return_val_if_fail (SIGNET_IS_KEY (key), NULL);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (certificate), NULL);

  x509 = signet_certificate_get_x509 (certificate);
  if (X509_check_private_key (x509, signet_key_get_pkey (key)) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                                _("The certificate of “%s” does not belong to the key that shall sign"),
                                signet_certificate_get_subject (certificate));
      return NULL;
    }
  if (!signet_key_can_sign (key) || (X509_get_key_usage (x509) & KU_DIGITAL_SIGNATURE) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("The certificate of “%s” may not be used to sign: its key usage lacks digitalSignature. Choose another "
                     "one."),
                   signet_certificate_get_subject (certificate));
      return NULL;
    }

  self = g_object_new (SIGNET_TYPE_CMP_CREDENTIALS, NULL);
  self->key = g_object_ref (key);
  self->certificate = g_object_ref (certificate);
  self->chain = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; chain != NULL && i < chain->len; i++)
    if (!signet_certificate_equal (g_ptr_array_index (chain, i), certificate))
      g_ptr_array_add (self->chain, g_object_ref (g_ptr_array_index (chain, i)));

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
  return g_object_new (SIGNET_TYPE_CMP_CREDENTIALS, NULL);
}

gboolean
signet_cmp_credentials_is_none (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), TRUE);

  return self->secret == NULL && self->certificate == NULL;
}

gboolean
signet_cmp_credentials_is_mac (SignetCmpCredentials *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (self), FALSE);

  return self->secret != NULL;
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
