/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-signature.h"

struct _SignetCmpProtector {
  GObject parent_instance;

  SignetCmpCredentials *credentials;
  SignetCmpAuthority *authority;
  GBytes *algorithm;              /* DER AlgorithmIdentifier of what is sent */
  SignetCmpMacKey *own_key;       /* derived when first needed */
  GBytes *peer_algorithm;         /* of the last message received */
  SignetCmpMacKey *peer_key;      /* and the key that its parameters gave */
};

G_DEFINE_TYPE (SignetCmpProtector, signet_cmp_protector, G_TYPE_OBJECT)

static X509_ALGOR *
decode_algorithm (GBytes  *der,
                  GError **error)
{
  X509_ALGOR *algorithm;

  algorithm = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_ALGOR));
  if (algorithm == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                              _("The algorithm of the protection cannot be read"));
  return algorithm;
}

static SignetCmpMacKey *
derive (SignetCmpProtector    *self,
        const X509_ALGOR      *algorithm,
        SignetCmpRelaxations   relaxations,
        GError               **error)
{
  return signet_cmp_mac_key_new (algorithm, signet_cmp_credentials_get_secret (self->credentials),
                                 signet_cmp_authority_get_mac_iteration_limit (self->authority), relaxations, error);
}

/* A peer may use parameters of its own; as long as it keeps them, the key is derived once. */
static SignetCmpMacKey *
get_peer_key (SignetCmpProtector  *self,
              const X509_ALGOR    *algorithm,
              GError             **error)
{
  g_autoptr (GBytes) der = signet_asn1_encode (algorithm, ASN1_ITEM_rptr (X509_ALGOR));
  g_autoptr (SignetCmpMacKey) key = NULL;

  if (self->peer_algorithm != NULL && der != NULL && g_bytes_equal (der, self->peer_algorithm))
    return self->peer_key;

  key = derive (self, algorithm, signet_cmp_authority_get_relaxations (self->authority), error);
  if (key == NULL)
    return NULL;
  g_clear_pointer (&self->peer_key, signet_cmp_mac_key_free);
  g_clear_pointer (&self->peer_algorithm, g_bytes_unref);
  self->peer_key = g_steal_pointer (&key);
  self->peer_algorithm = g_steal_pointer (&der);
  return self->peer_key;
}

static void
signet_cmp_protector_finalize (GObject *object)
{
  SignetCmpProtector *self = SIGNET_CMP_PROTECTOR (object);

  g_clear_object (&self->credentials);
  g_clear_object (&self->authority);
  g_clear_pointer (&self->algorithm, g_bytes_unref);
  g_clear_pointer (&self->own_key, signet_cmp_mac_key_free);
  g_clear_pointer (&self->peer_algorithm, g_bytes_unref);
  g_clear_pointer (&self->peer_key, signet_cmp_mac_key_free);
  G_OBJECT_CLASS (signet_cmp_protector_parent_class)->finalize (object);
}

static void
signet_cmp_protector_class_init (SignetCmpProtectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_cmp_protector_finalize;
}

static void
signet_cmp_protector_init (SignetCmpProtector *self)
{
}

/**
 * signet_cmp_protector_new:
 * @credentials: the secret, or key and certificate
 * @authority: gives kind and parameters of the MAC, limits and relaxations
 * @error: %SIGNET_CMP_ERROR_UNSUPPORTED where the key cannot sign
 *
 * Returns: (transfer full): a protector with new MAC parameters, or with the signature algorithm that fits the key
 */
SignetCmpProtector *
signet_cmp_protector_new (SignetCmpCredentials  *credentials,
                          SignetCmpAuthority    *authority,
                          GError               **error)
{
  g_autoptr (GBytes) algorithm = NULL;

  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (credentials), NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (authority), NULL);

  if (signet_cmp_credentials_is_mac (credentials))
    algorithm = signet_cmp_mac_algorithm_new (signet_cmp_authority_get_mac (authority),
                                              signet_cmp_authority_get_mac_digest (authority),
                                              signet_cmp_authority_get_mac_iterations (authority), error);
  else
    algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (signet_cmp_credentials_get_key (credentials)),
                                                        error);
  return algorithm == NULL ? NULL : signet_cmp_protector_new_with_algorithm (credentials, authority, algorithm, error);
}

/**
 * signet_cmp_protector_new_with_algorithm:
 * @algorithm_der: DER AlgorithmIdentifier from signet_cmp_protector_get_algorithm ()
 * @error: %SIGNET_CMP_ERROR_CREDENTIALS where it is a MAC and @credentials are a key, or the other way round
 *
 * Returns: (transfer full): a protector that goes on with the parameters of an earlier one
 */
SignetCmpProtector *
signet_cmp_protector_new_with_algorithm (SignetCmpCredentials  *credentials,
                                         SignetCmpAuthority    *authority,
                                         GBytes                *algorithm_der,
                                         GError               **error)
{
  g_autoptr (SignetCmpProtector) self = NULL;
  g_autoptr (X509_ALGOR) algorithm = NULL;

  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (credentials), NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (authority), NULL);
  g_return_val_if_fail (algorithm_der != NULL, NULL);

  algorithm = decode_algorithm (algorithm_der, error);
  if (algorithm == NULL)
    return NULL;
  if (signet_cmp_credentials_is_mac (credentials) != (signet_cmp_mac_get_kind (algorithm) != SIGNET_CMP_MAC_KIND_NONE))
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                           _("The transaction began with another kind of proof than the one there is now"));
      return NULL;
    }

  self = g_object_new (SIGNET_TYPE_CMP_PROTECTOR, NULL);
  self->credentials = g_object_ref (credentials);
  self->authority = g_object_ref (authority);
  self->algorithm = g_bytes_ref (algorithm_der);
  return g_steal_pointer (&self);
}

GBytes *
signet_cmp_protector_get_algorithm (SignetCmpProtector *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_PROTECTOR (self), NULL);
  return self->algorithm;
}

GBytes *
signet_cmp_protector_protect (SignetCmpProtector  *self,
                              GBytes              *protected_part,
                              GError             **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_PROTECTOR (self), NULL);
  g_return_val_if_fail (protected_part != NULL, NULL);

  if (!signet_cmp_credentials_is_mac (self->credentials))
    return signet_cmp_signature_make (signet_key_get_pkey (signet_cmp_credentials_get_key (self->credentials)),
                                      self->algorithm, protected_part, error);
  if (self->own_key == NULL)
    {
      g_autoptr (X509_ALGOR) algorithm = decode_algorithm (self->algorithm, error);

      if (algorithm == NULL)
        return NULL;
      self->own_key = derive (self, algorithm, SIGNET_CMP_RELAX_NONE, error);
      if (self->own_key == NULL)
        return NULL;
    }
  return signet_cmp_mac_compute (self->own_key, protected_part, error);
}

gboolean
signet_cmp_protector_verify_mac (SignetCmpProtector  *self,
                                 SignetCmpMessage    *message,
                                 GError             **error)
{
  const X509_ALGOR *algorithm;
  SignetCmpMacKey *key;
  g_autoptr (GBytes) expected = NULL;
  GBytes *received;

  g_return_val_if_fail (SIGNET_IS_CMP_PROTECTOR (self), FALSE);
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (message), FALSE);
  g_return_val_if_fail (signet_cmp_credentials_is_mac (self->credentials), FALSE);

  if (!signet_cmp_message_check_protected (message, error))
    return FALSE;
  algorithm = signet_cmp_message_get_protection_alg (message);
  /* No falling back: who agreed on PBMAC1 must not be led to the older one by an answer. */
  if (signet_cmp_mac_get_kind (algorithm) == SIGNET_CMP_MAC_KIND_PASSWORD_BASED
      && signet_cmp_authority_get_mac (self->authority) == SIGNET_CMP_MAC_PBMAC1)
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_PROTECTION,
                           _("The message is protected with PasswordBasedMac, but PBMAC1 is set for this authority"));
      return FALSE;
    }
  key = get_peer_key (self, algorithm, error);
  if (key == NULL)
    return FALSE;
  expected = signet_cmp_mac_compute (key, signet_cmp_message_get_protected_part (message), error);
  if (expected == NULL)
    return FALSE;
  received = signet_cmp_message_get_protection (message);
  if (g_bytes_get_size (received) == g_bytes_get_size (expected)
      && CRYPTO_memcmp (g_bytes_get_data (received, NULL), g_bytes_get_data (expected, NULL), g_bytes_get_size (expected)) == 0)
    return TRUE;
  g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION,
                       _("The MAC is wrong: the message was changed, or made with another secret"));
  return FALSE;
}
