/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-key.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <string.h>
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

/* What a spec means to libcrypto. RSA's size is part of the spec and checked apart. */
typedef struct
{
  const char *spec;
  const char *algorithm;        /* name for EVP_PKEY_CTX_new_from_name () */
  const char *group;            /* curve, or NULL */
  guint bits;                   /* RSA modulus, or 0 */
  const char *words;
} KeyKind;

/* In the order in which they are offered: the first that libcrypto can make is the default. */
static const KeyKind kinds[] = {
  { "ec:P-256", "EC", "P-256", 0, "P-256" },
  { "rsa:3072", "RSA", NULL, 3072, "RSA 3072" },
  { "rsa:2048", "RSA", NULL, 2048, "RSA 2048" },
  { "rsa:4096", "RSA", NULL, 4096, "RSA 4096" },
  { "ec:P-384", "EC", "P-384", 0, "P-384" },
  { "ec:P-521", "EC", "P-521", 0, "P-521" },
  { "ed25519", "ED25519", NULL, 0, "Ed25519" },
  { "ed448", "ED448", NULL, 0, "Ed448" },
  { "ml-dsa-44", "ML-DSA-44", NULL, 0, "ML-DSA-44" },
  { "ml-dsa-65", "ML-DSA-65", NULL, 0, "ML-DSA-65" },
  { "ml-dsa-87", "ML-DSA-87", NULL, 0, "ML-DSA-87" },
};

static gboolean
kind_is_available (const KeyKind *kind)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, kind->algorithm, NULL);
  gboolean available = context != NULL && EVP_PKEY_keygen_init (context) == 1;

  signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED, "%s", kind->spec);

  return available;
}

static const KeyKind *
find_kind (const char  *spec,
           GError     **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_ascii_strcasecmp (kinds[i].spec, spec) == 0)
      {
        if (kind_is_available (&kinds[i]))
          return &kinds[i];
        g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED,
                     _("Keys of the kind “%s” need a newer libcrypto than the one on this computer."), spec);
        return NULL;
      }
  g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED,
               _("“%s” is no kind of key. Try ec:P-256, rsa:3072 or ed25519."), spec);

  return NULL;
}

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

/**
 * signet_key_spec_check:
 * @spec: a kind of key, such as "rsa:3072"
 * @error: (out) (optional): %SIGNET_PKI_ERROR_UNSUPPORTED
 *
 * Returns: whether this libcrypto can make such keys
 */
gboolean
signet_key_spec_check (const char  *spec,
                       GError     **error)
{
  g_return_val_if_fail (spec != NULL, FALSE);

  return find_kind (spec, error) != NULL;
}

/**
 * signet_key_spec_list:
 *
 * Returns: (transfer full) (array zero-terminated=1): the kinds of key that this libcrypto can make, the one to recommend
 *   first
 */
char **
signet_key_spec_list (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kind_is_available (&kinds[i]))
      g_strv_builder_add (builder, kinds[i].spec);

  return g_strv_builder_end (builder);
}

/**
 * signet_key_spec_describe:
 * @spec: a kind of key
 *
 * Returns: (transfer full): its name for people; @spec itself where it is not known
 */
char *
signet_key_spec_describe (const char *spec)
{
  g_return_val_if_fail (spec != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_ascii_strcasecmp (kinds[i].spec, spec) == 0)
      return g_strdup (kinds[i].words);
  if (g_str_has_prefix (spec, "rsa:"))
    return g_strdup_printf ("RSA %s", spec + strlen ("rsa:"));

  return g_strdup (spec);
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
  const KeyKind *kind;
  gboolean ready;

  signet_assert_may_take_time ();
  g_return_val_if_fail (spec != NULL, NULL);

  kind = find_kind (spec, error);
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

static char *
spec_of (EVP_PKEY *pkey)
{
  char group[64];
  gsize length;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (!EVP_PKEY_is_a (pkey, kinds[i].algorithm))
        continue;
      if (kinds[i].bits != 0)
        return g_strdup_printf ("rsa:%d", EVP_PKEY_get_bits (pkey));
      if (kinds[i].group == NULL)
        return g_strdup (kinds[i].spec);
      if (EVP_PKEY_get_group_name (pkey, group, sizeof group, &length) == 1
          && OBJ_sn2nid (group) == EC_curve_nist2nid (kinds[i].group))
        return g_strdup (kinds[i].spec);
    }
  if (EVP_PKEY_get0_type_name (pkey) != NULL)
    return g_ascii_strdown (EVP_PKEY_get0_type_name (pkey), -1);

  return g_strdup ("unknown");
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
  self->spec = spec_of (pkey);

  return self;
}

/**
 * signet_key_new_from_pkcs8:
 * @der: DER PrivateKeyInfo or OneAsymmetricKey (RFC 5958), not encrypted
 * @error: (out) (optional): %SIGNET_PKI_ERROR_MALFORMED
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
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED, _("The private key cannot be read"));
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

  return EVP_PKEY_can_sign (self->pkey);
}
