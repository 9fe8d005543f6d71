/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-kem-info.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-signature.h"

#define KEM_SECRET_SIZE 32
#define KEM_DIGEST "SHA256"
#define DH_DIGEST "SHA256"

struct _SignetCmpProtector {
  GObject parent_instance;

  SignetCmpCredentials *credentials;
  SignetCmpAuthority *authority;
  GBytes *algorithm;              /* DER AlgorithmIdentifier of what is sent */
  SignetCmpMacKey *own_key;       /* derived when first needed */
  GBytes *peer_algorithm;         /* of the last message received */
  SignetCmpMacKey *peer_key;      /* and the key that its parameters gave */
  GBytes *peer_part;              /* what it protected */
  SignetCmpKemSecret own_secret;  /* encapsulated by the peer */
  SignetCmpKemSecret peer_secret; /* encapsulated by us */
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
derive (SignetCmpProtector        *self,
        const SignetCmpKemSecret  *kem_secret,
        const X509_ALGOR          *algorithm,
        GError                   **error)
{
  SignetCmpRelaxations relaxations = signet_cmp_authority_get_relaxations (self->authority);
  SignetCertificate *peer = signet_cmp_credentials_get_peer (self->credentials);

  switch (signet_cmp_mac_get_kind (algorithm))
    {
    case SIGNET_CMP_MAC_KIND_KEM:
      return signet_cmp_mac_key_new_kem (algorithm, kem_secret->secret, kem_secret->transaction_id, relaxations, error);
    case SIGNET_CMP_MAC_KIND_DH:
      return signet_cmp_mac_key_new_dh (algorithm, signet_cmp_credentials_get_key (self->credentials),
                                        X509_get0_pubkey (signet_certificate_get_x509 (peer)), relaxations, error);
    case SIGNET_CMP_MAC_KIND_NONE:
    case SIGNET_CMP_MAC_KIND_PASSWORD_BASED:
    case SIGNET_CMP_MAC_KIND_PBMAC1:
    case SIGNET_CMP_MAC_KIND_PLAIN:
    default:
      return signet_cmp_mac_key_new (algorithm, signet_cmp_credentials_get_secret (self->credentials),
                                     signet_cmp_authority_get_mac_iteration_limit (self->authority), relaxations, error);
    }
}

/* A peer may use parameters of its own; as long as it keeps them, the key is derived once. */
static SignetCmpMacKey *
get_peer_key (SignetCmpProtector  *self,
              const X509_ALGOR    *algorithm,
              GBytes              *part,
              GError             **error)
{
  g_autoptr (GBytes) der = signet_asn1_encode (algorithm, ASN1_ITEM_rptr (X509_ALGOR));
  g_autoptr (SignetCmpMacKey) key = NULL;

  if (self->peer_algorithm != NULL && der != NULL && g_bytes_equal (der, self->peer_algorithm))
    {
      if (!signet_cmp_mac_key_is_for_one_message (self->peer_key) || g_bytes_equal (part, self->peer_part))
        return self->peer_key;
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK,
                           _("A second message was protected by AES-GMAC with the same nonce, which protects nothing"));
      return NULL;
    }

  key = derive (self, &self->peer_secret, algorithm, error);
  if (key == NULL)
    return NULL;
  g_clear_pointer (&self->peer_key, signet_cmp_mac_key_free);
  g_clear_pointer (&self->peer_algorithm, g_bytes_unref);
  g_clear_pointer (&self->peer_part, g_bytes_unref);
  self->peer_key = g_steal_pointer (&key);
  self->peer_algorithm = g_steal_pointer (&der);
  self->peer_part = g_bytes_ref (part);
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
  g_clear_pointer (&self->peer_part, g_bytes_unref);
  signet_cmp_kem_secret_clear (&self->own_secret);
  signet_cmp_kem_secret_clear (&self->peer_secret);
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

  switch (signet_cmp_credentials_get_kind (credentials))
    {
    case SIGNET_CMP_CREDENTIALS_SECRET:
      algorithm = signet_cmp_mac_algorithm_new_with_function (signet_cmp_authority_get_mac (authority),
                                                              signet_cmp_authority_get_mac_digest (authority),
                                                              signet_cmp_authority_get_mac_function (authority),
                                                              signet_cmp_authority_get_mac_iterations (authority),
                                                              signet_cmp_authority_get_relaxations (authority), error);
      break;
    case SIGNET_CMP_CREDENTIALS_KEM:
      algorithm = signet_cmp_mac_algorithm_new_kem (KEM_DIGEST, error);
      break;
    case SIGNET_CMP_CREDENTIALS_DH:
      algorithm = signet_cmp_mac_algorithm_new_dh (DH_DIGEST, error);
      break;
    case SIGNET_CMP_CREDENTIALS_NONE:
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS, _("There is nothing to protect messages with"));
      break;
    case SIGNET_CMP_CREDENTIALS_SIGNATURE:
    default:
      algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (signet_cmp_credentials_get_key (credentials)),
                                                          signet_cmp_authority_get_signature_digest (authority), error);
    }
  return algorithm == NULL ? NULL : signet_cmp_protector_new_with_algorithm (credentials, authority, algorithm, error);
}

/* Whether protection of the kind of @algorithm is what @credentials make. */
static gboolean
fits_credentials (SignetCmpCredentials *credentials,
                  const X509_ALGOR     *algorithm)
{
  SignetCmpMacKind kind = signet_cmp_mac_get_kind (algorithm);

  switch (signet_cmp_credentials_get_kind (credentials))
    {
    case SIGNET_CMP_CREDENTIALS_SECRET:
      return kind == SIGNET_CMP_MAC_KIND_PASSWORD_BASED || kind == SIGNET_CMP_MAC_KIND_PBMAC1 || kind == SIGNET_CMP_MAC_KIND_PLAIN;
    case SIGNET_CMP_CREDENTIALS_KEM:
      return kind == SIGNET_CMP_MAC_KIND_KEM;
    case SIGNET_CMP_CREDENTIALS_DH:
      return kind == SIGNET_CMP_MAC_KIND_DH;
    case SIGNET_CMP_CREDENTIALS_NONE:
      return FALSE;
    case SIGNET_CMP_CREDENTIALS_SIGNATURE:
    default:
      return kind == SIGNET_CMP_MAC_KIND_NONE;
    }
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
  if (!fits_credentials (credentials, algorithm))
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

  if (signet_cmp_credentials_get_kind (self->credentials) == SIGNET_CMP_CREDENTIALS_SIGNATURE)
    return signet_cmp_signature_make (signet_key_get_pkey (signet_cmp_credentials_get_key (self->credentials)),
                                      self->algorithm, protected_part, error);
  if (signet_cmp_protector_needs_ciphertext (self))
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE,
                           _("Nothing can be protected before the authority has sent the ciphertext for the key"));
      return NULL;
    }
  if (self->own_key == NULL)
    {
      g_autoptr (X509_ALGOR) algorithm = decode_algorithm (self->algorithm, error);

      if (algorithm == NULL)
        return NULL;
      self->own_key = derive (self, &self->own_secret, algorithm, error);
      if (self->own_key == NULL)
        return NULL;
    }
  return signet_cmp_mac_compute (self->own_key, protected_part, error);
}

/* No falling back: who agreed on PBMAC1 must not be led to an older or barer one by an answer. */
static gboolean
secret_allows (SignetCmpAuthority *authority,
               SignetCmpMacKind    kind)
{
  switch (signet_cmp_authority_get_mac (authority))
    {
    case SIGNET_CMP_MAC_PASSWORD_BASED:
      return kind == SIGNET_CMP_MAC_KIND_PASSWORD_BASED || kind == SIGNET_CMP_MAC_KIND_PBMAC1;
    case SIGNET_CMP_MAC_HMAC:
    case SIGNET_CMP_MAC_KMAC:
      return kind == SIGNET_CMP_MAC_KIND_PLAIN || kind == SIGNET_CMP_MAC_KIND_PBMAC1;
    case SIGNET_CMP_MAC_PBMAC1:
    default:
      return kind == SIGNET_CMP_MAC_KIND_PBMAC1;
    }
}

static const char *
kind_name (SignetCmpMacKind kind)
{
  switch (kind)
    {
    case SIGNET_CMP_MAC_KIND_PASSWORD_BASED:
      return "PasswordBasedMac";
    case SIGNET_CMP_MAC_KIND_PBMAC1:
      return "PBMAC1";
    case SIGNET_CMP_MAC_KIND_DH:
      return "DHBasedMac";
    case SIGNET_CMP_MAC_KIND_KEM:
      return "KemBasedMac";
    case SIGNET_CMP_MAC_KIND_PLAIN:
    case SIGNET_CMP_MAC_KIND_NONE:
    default:
      return "MAC";
    }
}

/* Whether there is something agreed on with which a MAC of that kind can be checked. */
static gboolean
check_kind (SignetCmpProtector  *self,
            SignetCmpMacKind     kind,
            GError             **error)
{
  SignetCmpCredentialsKind own = signet_cmp_credentials_get_kind (self->credentials);
  gboolean ok;

  if (own == SIGNET_CMP_CREDENTIALS_SECRET && kind == SIGNET_CMP_MAC_KIND_PASSWORD_BASED && !secret_allows (self->authority, kind)
      && signet_cmp_authority_get_mac (self->authority) == SIGNET_CMP_MAC_PBMAC1)
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_PROTECTION,
                           _("The message is protected with PasswordBasedMac, but PBMAC1 is set for this authority"));
      return FALSE;
    }
  switch (kind)
    {
    case SIGNET_CMP_MAC_KIND_KEM:
      ok = self->peer_secret.secret != NULL;
      break;
    case SIGNET_CMP_MAC_KIND_DH:
      ok = own == SIGNET_CMP_CREDENTIALS_DH;
      break;
    case SIGNET_CMP_MAC_KIND_NONE:
    case SIGNET_CMP_MAC_KIND_PASSWORD_BASED:
    case SIGNET_CMP_MAC_KIND_PBMAC1:
    case SIGNET_CMP_MAC_KIND_PLAIN:
    default:
      ok = own == SIGNET_CMP_CREDENTIALS_SECRET && secret_allows (self->authority, kind);
    }
  if (!ok)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_PROTECTION,
                 _("The message is protected by another kind of MAC (%s) than was agreed on with this authority"), kind_name (kind));
  return ok;
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
  GBytes *part;

  g_return_val_if_fail (SIGNET_IS_CMP_PROTECTOR (self), FALSE);
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (message), FALSE);

  if (!signet_cmp_message_check_protected (message, error))
    return FALSE;
  algorithm = signet_cmp_message_get_protection_alg (message);
  if (!check_kind (self, signet_cmp_mac_get_kind (algorithm), error))
    return FALSE;
  part = signet_cmp_message_get_protected_part (message);
  key = get_peer_key (self, algorithm, part, error);
  if (key == NULL)
    return FALSE;
  expected = signet_cmp_mac_compute (key, part, error);
  if (expected == NULL)
    return FALSE;
  received = signet_cmp_message_get_protection (message);
  if (g_bytes_get_size (received) == g_bytes_get_size (expected)
      && CRYPTO_memcmp (g_bytes_get_data (received, NULL), g_bytes_get_data (expected, NULL), g_bytes_get_size (expected)) == 0)
    return TRUE;
  g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION,
                       _("The MAC is wrong: the message was changed, or made with another secret. Check the code."));
  return FALSE;
}

gboolean
signet_cmp_protector_needs_ciphertext (SignetCmpProtector *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_PROTECTOR (self), FALSE);

  return signet_cmp_credentials_get_kind (self->credentials) == SIGNET_CMP_CREDENTIALS_KEM && self->own_secret.secret == NULL;
}

gboolean
signet_cmp_protector_take_ciphertext (SignetCmpProtector  *self,
                                      GBytes              *info,
                                      GBytes              *transaction_id,
                                      GError             **error)
{
  SignetSecret *secret;

  g_return_val_if_fail (SIGNET_IS_CMP_PROTECTOR (self), FALSE);
  g_return_val_if_fail (info != NULL && transaction_id != NULL, FALSE);
  g_return_val_if_fail (signet_cmp_credentials_get_kind (self->credentials) == SIGNET_CMP_CREDENTIALS_KEM, FALSE);

  secret = signet_cmp_kem_open_info (signet_cmp_credentials_get_key (self->credentials), info, KEM_SECRET_SIZE, error);
  if (secret == NULL)
    return FALSE;
  g_clear_pointer (&self->own_key, signet_cmp_mac_key_free);
  signet_cmp_kem_secret_clear (&self->own_secret);
  self->own_secret.secret = secret;
  self->own_secret.transaction_id = g_bytes_ref (transaction_id);
  return TRUE;
}

GBytes *
signet_cmp_protector_encapsulate (SignetCmpProtector  *self,
                                  EVP_PKEY            *peer,
                                  GBytes              *transaction_id,
                                  GError             **error)
{
  g_autoptr (SignetSecret) secret = NULL;
  GBytes *info;

  g_return_val_if_fail (SIGNET_IS_CMP_PROTECTOR (self), NULL);
  g_return_val_if_fail (peer != NULL && transaction_id != NULL, NULL);

  info = signet_cmp_kem_make_info (peer, KEM_SECRET_SIZE, &secret, error);
  if (info == NULL)
    return NULL;
  g_clear_pointer (&self->peer_key, signet_cmp_mac_key_free);
  g_clear_pointer (&self->peer_algorithm, g_bytes_unref);
  g_clear_pointer (&self->peer_part, g_bytes_unref);
  signet_cmp_kem_secret_clear (&self->peer_secret);
  self->peer_secret.secret = g_steal_pointer (&secret);
  self->peer_secret.transaction_id = g_bytes_ref (transaction_id);
  return info;
}

SignetSecret *
signet_cmp_protector_save_secrets (SignetCmpProtector *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_PROTECTOR (self), NULL);

  return signet_cmp_kem_secrets_save (&self->own_secret, &self->peer_secret);
}

gboolean
signet_cmp_protector_restore_secrets (SignetCmpProtector  *self,
                                      SignetSecret        *saved,
                                      GError             **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_PROTECTOR (self), FALSE);
  g_return_val_if_fail (saved != NULL, FALSE);

  return signet_cmp_kem_secrets_restore (saved, &self->own_secret, &self->peer_secret, error);
}
