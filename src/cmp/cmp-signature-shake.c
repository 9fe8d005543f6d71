/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-signature-shake.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "cmp/cmp-digest.h"
#include "cmp/cmp-random.h"

#define OID_TEXT_SIZE 128
#define MODULUS_MAX_SIZE 2048           /* octets */
#define PREFIX_SIZE 8                   /* octets of zero in M', RFC 8017 §9.1.1 */
#define TRAILER 0xbc

struct _SignetCmpShakeScheme {
  const char *oid;
  const char *key_type;
  int hash;                             /* NID; its output is as long as the salt */
};

static const SignetCmpShakeScheme schemes[] = {
  { "1.3.6.1.5.5.7.6.30", "RSA", NID_shake128 },
  { "1.3.6.1.5.5.7.6.31", "RSA", NID_shake256 },
  { "1.3.6.1.5.5.7.6.32", "EC", NID_shake128 },
  { "1.3.6.1.5.5.7.6.33", "EC", NID_shake256 },
};

/* The encoded message of RSASSA-PSS: masked data block, hash, trailer. */
typedef struct {
  guint8 octets[MODULUS_MAX_SIZE];
  gsize size;
  gsize hash_at;                        /* where the hash begins: the size of the data block */
  guint8 top_mask;                      /* bits of the first octet that are used */
} Encoded;

const SignetCmpShakeScheme *
signet_cmp_shake_scheme_find (const X509_ALGOR *algorithm)
{
  char oid[OID_TEXT_SIZE];

  if (OBJ_obj2txt (oid, sizeof oid, algorithm->algorithm, 1) <= 0)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_equal (schemes[i].oid, oid))
      return &schemes[i];

  return NULL;
}

gboolean
signet_cmp_shake_scheme_fits (const SignetCmpShakeScheme *self,
                              EVP_PKEY                   *key)
{
  return EVP_PKEY_is_a (key, self->key_type);
}

/* The mask is SHAKE itself, run for as long as it takes: RFC 8692 §3. */
static gboolean
mask (const SignetCmpDigest  *digest,
      Encoded                *encoded,
      GError                **error)
{
  guint8 octets[MODULUS_MAX_SIZE];
  SignetCmpDigest generator = *digest;
  SignetCmpPiece seed = { encoded->octets + encoded->hash_at, digest->size };

  generator.size = encoded->hash_at;
  if (!signet_cmp_digest_compute (&generator, &seed, 1, octets, error))
    return FALSE;
  for (gsize i = 0; i < encoded->hash_at; i++)
    encoded->octets[i] ^= octets[i];
  encoded->octets[0] &= encoded->top_mask;

  return TRUE;
}

/* H' = SHAKE (0^8 ‖ SHAKE (M) ‖ salt) */
static gboolean
hash_salted (const SignetCmpDigest  *digest,
             GBytes                 *data,
             const guint8           *salt,
             guint8                 *output,
             GError                **error)
{
  static const guint8 prefix[PREFIX_SIZE] = { 0 };
  guint8 inner[SIGNET_CMP_DIGEST_MAX_SIZE];
  SignetCmpPiece message = { g_bytes_get_data (data, NULL), g_bytes_get_size (data) };
  SignetCmpPiece pieces[] = { { prefix, sizeof prefix }, { inner, digest->size }, { salt, digest->size } };

  return signet_cmp_digest_compute (digest, &message, 1, inner, error)
         && signet_cmp_digest_compute (digest, pieces, G_N_ELEMENTS (pieces), output, error);
}

/* The sizes for @key; %FALSE where it is too short for hash and salt, or longer than any key. */
static gboolean
measure (const SignetCmpDigest  *digest,
         EVP_PKEY               *key,
         Encoded                *encoded,
         GError                **error)
{
  int bits = EVP_PKEY_get_bits (key);

  encoded->size = bits > 1 ? (gsize) (bits - 1 + 7) / 8 : 0;
  if (encoded->size > MODULUS_MAX_SIZE || encoded->size < 2 * digest->size + 2)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("An RSA key of %d bits cannot be used with %s"), bits,
                   digest->name);
      return FALSE;
    }
  encoded->hash_at = encoded->size - digest->size - 1;
  encoded->top_mask = (guint8) (0xff >> (8 * encoded->size - (gsize) (bits - 1)));

  return TRUE;
}

static GBytes *
sign_digest (EVP_PKEY      *key,
             const guint8  *digest,
             gsize          digest_size,
             gboolean       rsa,
             GError       **error)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  g_autofree guint8 *signature = NULL;
  gsize size = 0;

  if (context != NULL && EVP_PKEY_sign_init (context) == 1 && (!rsa || EVP_PKEY_CTX_set_rsa_padding (context, RSA_NO_PADDING) > 0)
      && EVP_PKEY_sign (context, NULL, &size, digest, digest_size) == 1)
    {
      signature = g_malloc (size);
      if (EVP_PKEY_sign (context, signature, &size, digest, digest_size) == 1)
        return g_bytes_new_take (g_steal_pointer (&signature), size);
    }
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The message could not be signed"));

  return NULL;
}

static GBytes *
sign_pss (const SignetCmpDigest  *digest,
          EVP_PKEY               *key,
          GBytes                 *data,
          GError                **error)
{
  guint8 salt[SIGNET_CMP_DIGEST_MAX_SIZE];
  guint8 padded[MODULUS_MAX_SIZE] = { 0 };
  Encoded encoded = { { 0 }, 0, 0, 0 };
  gsize modulus_size = (gsize) EVP_PKEY_get_size (key);

  if (!measure (digest, key, &encoded, error) || !signet_cmp_random (salt, digest->size, error))
    return NULL;
  encoded.octets[encoded.hash_at - digest->size - 1] = 1;
  memcpy (encoded.octets + encoded.hash_at - digest->size, salt, digest->size);
  encoded.octets[encoded.size - 1] = TRAILER;
  if (!hash_salted (digest, data, salt, encoded.octets + encoded.hash_at, error) || !mask (digest, &encoded, error))
    return NULL;
  g_assert (modulus_size >= encoded.size && modulus_size <= sizeof padded);
  memcpy (padded + modulus_size - encoded.size, encoded.octets, encoded.size);

  return sign_digest (key, padded, modulus_size, TRUE, error);
}

/* What the public key makes of @signature, RFC 8017 §5.2.2. */
static gboolean
recover (EVP_PKEY *key,
         GBytes   *signature,
         Encoded  *encoded)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  guint8 octets[MODULUS_MAX_SIZE];
  gsize size = sizeof octets;
  gsize lead;
  gboolean ok = g_bytes_get_size (signature) == (gsize) EVP_PKEY_get_size (key) && context != NULL
                && EVP_PKEY_verify_recover_init (context) == 1 && EVP_PKEY_CTX_set_rsa_padding (context, RSA_NO_PADDING) > 0
                && EVP_PKEY_verify_recover (context, octets, &size, g_bytes_get_data (signature, NULL),
                                            g_bytes_get_size (signature)) == 1
                && size >= encoded->size;

  ERR_clear_error ();
  if (!ok)
    return FALSE;
  lead = size - encoded->size;
  for (gsize i = 0; i < lead; i++)
    if (octets[i] != 0)
      return FALSE;
  memcpy (encoded->octets, octets + lead, encoded->size);

  return TRUE;
}

/* RFC 8017 §9.1.2 */
static gboolean
verify_pss (const SignetCmpDigest  *digest,
            EVP_PKEY               *key,
            GBytes                 *data,
            GBytes                 *signature,
            GError                **error)
{
  guint8 expected[SIGNET_CMP_DIGEST_MAX_SIZE];
  Encoded encoded = { { 0 }, 0, 0, 0 };
  gsize salt_at;

  if (!measure (digest, key, &encoded, error) || !recover (key, signature, &encoded)
      || encoded.octets[encoded.size - 1] != TRAILER || (encoded.octets[0] & ~encoded.top_mask) != 0
      || !mask (digest, &encoded, error))
    return FALSE;
  salt_at = encoded.hash_at - digest->size;
  for (gsize i = 0; i < salt_at - 1; i++)
    if (encoded.octets[i] != 0)
      return FALSE;
  if (encoded.octets[salt_at - 1] != 1 || !hash_salted (digest, data, encoded.octets + salt_at, expected, error))
    return FALSE;

  return memcmp (expected, encoded.octets + encoded.hash_at, digest->size) == 0;
}

GBytes *
signet_cmp_shake_sign (const SignetCmpShakeScheme  *self,
                       EVP_PKEY                    *key,
                       GBytes                      *data,
                       GError                     **error)
{
  SignetCmpPiece piece = { g_bytes_get_data (data, NULL), g_bytes_get_size (data) };
  guint8 hash[SIGNET_CMP_DIGEST_MAX_SIZE];
  SignetCmpDigest digest;

  if (!signet_cmp_digest_get (self->hash, SIGNET_CMP_RELAX_NONE, &digest, error))
    return NULL;
  if (g_str_equal (self->key_type, "RSA"))
    return sign_pss (&digest, key, data, error);

  return signet_cmp_digest_compute (&digest, &piece, 1, hash, error) ? sign_digest (key, hash, digest.size, FALSE, error) : NULL;
}

gboolean
signet_cmp_shake_verify (const SignetCmpShakeScheme  *self,
                         EVP_PKEY                    *key,
                         GBytes                      *data,
                         GBytes                      *signature,
                         GError                     **error)
{
  SignetCmpPiece piece = { g_bytes_get_data (data, NULL), g_bytes_get_size (data) };
  g_autoptr (EVP_PKEY_CTX) context = NULL;
  guint8 hash[SIGNET_CMP_DIGEST_MAX_SIZE];
  SignetCmpDigest digest;
  gboolean right;

  if (!signet_cmp_digest_get (self->hash, SIGNET_CMP_RELAX_NONE, &digest, error))
    return FALSE;
  if (g_str_equal (self->key_type, "RSA"))
    return verify_pss (&digest, key, data, signature, error);
  if (!signet_cmp_digest_compute (&digest, &piece, 1, hash, error))
    return FALSE;
  context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  right = context != NULL && EVP_PKEY_verify_init (context) == 1
          && EVP_PKEY_verify (context, g_bytes_get_data (signature, NULL), g_bytes_get_size (signature), hash, digest.size) == 1;
  ERR_clear_error ();

  return right;
}
