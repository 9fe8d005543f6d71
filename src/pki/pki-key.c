/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-key.h"

#include <glib/gi18n-lib.h>
#include <openssl/rsa.h>

#include "pki/pki-key-kind.h"
#include "pki/pki-thread.h"

struct _SignetKey
{
  GObject parent;

  EVP_PKEY *pkey;
  GBytes *public;               /* DER SubjectPublicKeyInfo */
  char *id;
  char *spec;
};

G_DEFINE_FINAL_TYPE (SignetKey, signet_key, G_TYPE_OBJECT)

static void
signet_key_finalize (GObject *object)
{
  SignetKey *self = SIGNET_KEY (object);

  g_clear_pointer (&self->pkey, EVP_PKEY_free);
  g_clear_pointer (&self->public, g_bytes_unref);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->spec, g_free);

  G_OBJECT_CLASS (signet_key_parent_class)->finalize (object);
}

static void
signet_key_class_init (SignetKeyClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_key_finalize;
}

static void
signet_key_init (SignetKey *self)
{
}

typedef struct
{
  SignetKeyProgress progress;
  gpointer user_data;
  GCancellable *cancellable;
} Generation;

/* libcrypto stops making the key where this returns 0. */
static int
on_generation (EVP_PKEY_CTX *context)
{
  Generation *generation = EVP_PKEY_CTX_get_app_data (context);

  if (g_cancellable_is_cancelled (generation->cancellable))
    return 0;
  if (generation->progress != NULL)
    generation->progress (generation->user_data);

  return 1;
}

/**
 * signet_key_generate:
 * @spec: a kind of key
 * @progress: (nullable) (scope call): called now and then from this thread
 * @user_data: for @progress
 * @cancellable: (nullable): stops the search for primes soon after it is cancelled
 * @error: (out) (optional): #SignetPkiError, or %G_IO_ERROR_CANCELLED
 *
 * Makes a key pair; seconds for a large RSA key, so not to be called where anybody waits.
 *
 * Returns: (transfer full): the key, or %NULL
 */
SignetKey *
signet_key_generate (const char         *spec,
                     SignetKeyProgress   progress,
                     gpointer            user_data,
                     GCancellable       *cancellable,
                     GError            **error)
{
  Generation generation = { progress, user_data, cancellable };
  g_autoptr (EVP_PKEY_CTX) context = NULL;
  g_autoptr (EVP_PKEY) pkey = NULL;
  const SignetKeyKind *kind;
  gboolean ready;

  signet_assert_may_take_time ();
  g_return_val_if_fail (spec != NULL, NULL);

  kind = signet_key_kind_find (spec, error);
  if (kind == NULL || g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  context = EVP_PKEY_CTX_new_from_name (NULL, kind->algorithm, NULL);
  ready = context != NULL && EVP_PKEY_keygen_init (context) == 1;
  if (ready && kind->bits != 0)
    ready = EVP_PKEY_CTX_set_rsa_keygen_bits (context, (int) kind->bits) == 1;
  if (ready && kind->group != NULL)
    ready = EVP_PKEY_CTX_set_group_name (context, kind->group) == 1;
  if (ready)
    {
      EVP_PKEY_CTX_set_app_data (context, &generation);
      EVP_PKEY_CTX_set_cb (context, on_generation);
      ready = EVP_PKEY_generate (context, &pkey) == 1;
    }
  if (g_cancellable_is_cancelled (cancellable))
    {
      signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, "%s", spec);
      g_cancellable_set_error_if_cancelled (cancellable, error);
      return NULL;
    }
  if (!ready)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, _("The key could not be made"));
      return NULL;
    }

  return signet_key_new_for_pkey (pkey);
}

/**
 * signet_key_new_for_pkey:
 * @pkey: a key pair; a reference of its own is taken
 *
 * Returns: (transfer full): a handle of @pkey
 */
SignetKey *
signet_key_new_for_pkey (EVP_PKEY *pkey)
{
  g_autofree unsigned char *der = NULL;
  unsigned char *encoded = NULL;
  SignetKey *self;
  int length;

  g_return_val_if_fail (pkey != NULL, NULL);

  length = i2d_PUBKEY (pkey, &encoded);
  g_return_val_if_fail (length > 0, NULL);
  der = g_memdup2 (encoded, (gsize) length);
  OPENSSL_free (encoded);

  self = g_object_new (SIGNET_TYPE_KEY, NULL);
  EVP_PKEY_up_ref (pkey);
  self->pkey = pkey;
  self->public = g_bytes_new_take (g_steal_pointer (&der), (gsize) length);
  self->id = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->public);
  self->spec = signet_key_kind_spec_of (pkey);

  return self;
}

/* Why libcrypto could not make a key of @info: (nullable) where there is none. */
static void
set_unreadable (const PKCS8_PRIV_KEY_INFO  *info,
                GError                    **error)
{
  const ASN1_OBJECT *oid = NULL;
  const char *name = NULL;

  if (info != NULL && PKCS8_pkey_get0 (&oid, NULL, NULL, NULL, info) == 1)
    name = signet_key_kind_name_of_post_quantum (oid);
  if (name != NULL)
    {
      g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, name, NULL);

      if (context == NULL)
        {
          signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED, "%s", name);
          g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED,
                       _("The private key is of the kind %s, which needs a newer libcrypto than the one on this computer."), name);
          return;
        }
    }
  signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED, _("The private key cannot be read"));
}

/**
 * signet_key_new_from_pkcs8:
 * @der: DER PrivateKeyInfo or OneAsymmetricKey (RFC 5958), not encrypted; ML-KEM and ML-DSA keys as seed, expanded or both
 *   (RFC 9935 §6, RFC 9881 §6)
 * @error: (out) (optional): %SIGNET_PKI_ERROR_MALFORMED, also where seed and expanded key contradict each other, or
 *   %SIGNET_PKI_ERROR_UNSUPPORTED
 *
 * Returns: (transfer full): the key, or %NULL
 */
SignetKey *
signet_key_new_from_pkcs8 (SignetSecret  *der,
                           GError       **error)
{
  g_autoptr (PKCS8_PRIV_KEY_INFO) info = NULL;
  g_autoptr (EVP_PKEY) pkey = NULL;
  const unsigned char *end;
  const guint8 *data;
  gsize size;

  g_return_val_if_fail (der != NULL, NULL);

  data = signet_secret_get_data (der, &size);
  end = data;
  info = size <= G_MAXLONG ? d2i_PKCS8_PRIV_KEY_INFO (NULL, &end, (long) size) : NULL;
  if (info != NULL && end == data + size)
    pkey = EVP_PKCS82PKEY (info);
  if (pkey == NULL)
    {
      set_unreadable (info, error);
      return NULL;
    }

  return signet_key_new_for_pkey (pkey);
}

/**
 * signet_key_to_pkcs8:
 * @self: a key
 * @error: (out) (optional): %SIGNET_PKI_ERROR_UNSUPPORTED where the key does not leave its place
 *
 * Returns: (transfer full): DER PrivateKeyInfo, not encrypted, or %NULL
 */
SignetSecret *
signet_key_to_pkcs8 (SignetKey  *self,
                     GError    **error)
{
  g_autoptr (PKCS8_PRIV_KEY_INFO) info = NULL;
  SignetSecret *secret;
  unsigned char *der = NULL;
  int length = -1;

  g_return_val_if_fail (SIGNET_IS_KEY (self), NULL);

  info = EVP_PKEY2PKCS8 (self->pkey);
  if (info != NULL)
    length = i2d_PKCS8_PRIV_KEY_INFO (info, &der);
  if (length <= 0)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED,
                                _("The private key cannot be written"));
      return NULL;
    }
  secret = signet_secret_new (der, (gsize) length);
  OPENSSL_clear_free (der, (gsize) length);

  return secret;
}

EVP_PKEY *
signet_key_get_pkey (SignetKey *self)
{
  g_return_val_if_fail (SIGNET_IS_KEY (self), NULL);

  return self->pkey;
}

const char *
signet_key_get_spec (SignetKey *self)
{
  g_return_val_if_fail (SIGNET_IS_KEY (self), NULL);

  return self->spec;
}

const char *
signet_key_get_id (SignetKey *self)
{
  g_return_val_if_fail (SIGNET_IS_KEY (self), NULL);

  return self->id;
}

GBytes *
signet_key_get_public (SignetKey *self)
{
  g_return_val_if_fail (SIGNET_IS_KEY (self), NULL);

  return self->public;
}

/**
 * signet_key_can_sign:
 * @self: a key
 *
 * Returns: whether the algorithm of @self makes signatures, whatever a certificate allows
 */
gboolean
signet_key_can_sign (SignetKey *self)
{
  g_return_val_if_fail (SIGNET_IS_KEY (self), FALSE);

  return EVP_PKEY_can_sign (self->pkey) == 1;
}

/**
 * signet_key_can_encipher:
 * @self: a key
 *
 * Returns: whether keys can be transported to @self: RSA, by PKCS #1 v1.5 or OAEP (RFC 9481 §4.2)
 */
gboolean
signet_key_can_encipher (SignetKey *self)
{
  g_return_val_if_fail (SIGNET_IS_KEY (self), FALSE);

  return EVP_PKEY_is_a (self->pkey, "RSA");
}

/**
 * signet_key_can_agree:
 * @self: a key
 *
 * Returns: whether @self agrees on keys with another: (EC)DH, X25519, X448 (RFC 9481 §4.1)
 */
gboolean
signet_key_can_agree (SignetKey *self)
{
  static const char *const types[] = { "EC", "X25519", "X448", "DH", "DHX" };

  g_return_val_if_fail (SIGNET_IS_KEY (self), FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (EVP_PKEY_is_a (self->pkey, types[i]))
      return TRUE;

  return FALSE;
}

/**
 * signet_key_can_encapsulate:
 * @self: a key
 *
 * Only mechanisms that stay safe however often the key is used count (RFC 9810 §8.8): RSA-KEM and ML-KEM.
 *
 * Returns: whether @self is of use as the key of a KEM
 */
gboolean
signet_key_can_encapsulate (SignetKey *self)
{
  static const char *const types[] = { "RSA", "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024" };

  g_return_val_if_fail (SIGNET_IS_KEY (self), FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (EVP_PKEY_is_a (self->pkey, types[i]))
      return TRUE;

  return FALSE;
}
