/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-pbmac1.h"

#include <glib/gi18n-lib.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "pki/pki-error.h"
#include "pki/pki-openssl.h"

#define KEY_SIZE 32
#define KEY_MIN_SIZE 20         /* RFC 9579 §9 */
#define KEY_MAX_SIZE 1024
#define SALT_SIZE 16
#define SALT_MAX_SIZE 1024

/* PFX, RFC 7292 §4, so far as PKCS12 does not let anybody see it. */
typedef struct {
  X509_SIG *mac;                /* DigestInfo */
  ASN1_OCTET_STRING *salt;
  ASN1_INTEGER *iterations;     /* (nullable) */
} MacData;

typedef struct {
  ASN1_INTEGER *version;
  PKCS7 *auth_safe;
  MacData *mac_data;            /* (nullable) */
} Pfx;

typedef struct {
  X509_ALGOR *kdf;
  X509_ALGOR *scheme;
} Pbmac1Params;

ASN1_SEQUENCE (MacData) = {
  ASN1_SIMPLE (MacData, mac, X509_SIG),
  ASN1_SIMPLE (MacData, salt, ASN1_OCTET_STRING),
  ASN1_OPT (MacData, iterations, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END (MacData)

ASN1_SEQUENCE (Pfx) = {
  ASN1_SIMPLE (Pfx, version, ASN1_INTEGER),
  ASN1_SIMPLE (Pfx, auth_safe, PKCS7),
  ASN1_OPT (Pfx, mac_data, MacData),
} static_ASN1_SEQUENCE_END (Pfx)

ASN1_SEQUENCE (Pbmac1Params) = {
  ASN1_SIMPLE (Pbmac1Params, kdf, X509_ALGOR),
  ASN1_SIMPLE (Pbmac1Params, scheme, X509_ALGOR),
} static_ASN1_SEQUENCE_END (Pbmac1Params)

static void
pfx_free (Pfx *self)
{
  ASN1_item_free ((ASN1_VALUE *) self, ASN1_ITEM_rptr (Pfx));
}

static void
params_free (Pbmac1Params *self)
{
  ASN1_item_free ((ASN1_VALUE *) self, ASN1_ITEM_rptr (Pbmac1Params));
}

static void
mac_data_free (MacData *self)
{
  ASN1_item_free ((ASN1_VALUE *) self, ASN1_ITEM_rptr (MacData));
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pfx, pfx_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pbmac1Params, params_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PBKDF2PARAM, PBKDF2PARAM_free)

/* What a key is derived with. */
typedef struct {
  const ASN1_OCTET_STRING *salt;
  guint iterations;
  gsize key_size;
  int prf;                      /* NIDs of digests */
  int digest;
} Derivation;

static Pfx *
decode_pfx (PKCS12 *p12)
{
  unsigned char *der = NULL;
  int size = i2d_PKCS12 (p12, &der);
  const unsigned char *p = der;
  Pfx *pfx = size > 0 ? (Pfx *) ASN1_item_d2i (NULL, &p, size, ASN1_ITEM_rptr (Pfx)) : NULL;

  OPENSSL_free (der);

  return pfx;
}

static PKCS12 *
encode_pfx (Pfx *pfx)
{
  unsigned char *der = NULL;
  int size = ASN1_item_i2d ((const ASN1_VALUE *) pfx, &der, ASN1_ITEM_rptr (Pfx));
  const unsigned char *p = der;
  PKCS12 *p12 = size > 0 ? d2i_PKCS12 (NULL, &p, size) : NULL;

  OPENSSL_free (der);

  return p12;
}

static gboolean
refuse (GError         **error,
        SignetPkiError   code,
        const char      *words)
{
  ERR_clear_error ();
  g_set_error_literal (error, SIGNET_PKI_ERROR, (int) code, words);

  return FALSE;
}

/* Of an HMAC; NID_undef for one that is not known, or too short to be allowed: RFC 9579 §7. */
static int
digest_of (const X509_ALGOR *algorithm)
{
  switch (OBJ_obj2nid (algorithm->algorithm))
    {
    case NID_hmacWithSHA224:
      return NID_sha224;
    case NID_hmacWithSHA256:
      return NID_sha256;
    case NID_hmacWithSHA384:
      return NID_sha384;
    case NID_hmacWithSHA512:
      return NID_sha512;
    case NID_hmacWithSHA512_256:
      return NID_sha512_256;
    case NID_hmac_sha3_256:
      return NID_sha3_256;
    case NID_hmac_sha3_384:
      return NID_sha3_384;
    case NID_hmac_sha3_512:
      return NID_sha3_512;
    default:
      return NID_undef;
    }
}

static gboolean
read_kdf (const PBKDF2PARAM  *kdf,
          guint               limit,
          Derivation         *derivation,
          GError            **error)
{
  gint64 iterations = 0;
  gint64 key_size = 0;

  if (kdf->salt->type != V_ASN1_OCTET_STRING || ASN1_STRING_length (kdf->salt->value.octet_string) > SALT_MAX_SIZE)
    return refuse (error, SIGNET_PKI_ERROR_UNSUPPORTED, _("The PKCS #12 file is protected in a way that is not known here."));
  if (kdf->keylength == NULL)
    return refuse (error, SIGNET_PKI_ERROR_UNSUPPORTED,
                   _("The PKCS #12 file does not say how long the key of its protection is, as it must (RFC 9579 §5). Export it again "
                     "with a newer program."));
  if (ASN1_INTEGER_get_int64 (&key_size, kdf->keylength) != 1 || key_size < KEY_MIN_SIZE || key_size > KEY_MAX_SIZE)
    return refuse (error, SIGNET_PKI_ERROR_UNSUPPORTED,
                   _("The key of the PKCS #12 file’s protection is too short or too long to be taken. Export it again."));
  if (ASN1_INTEGER_get_int64 (&iterations, kdf->iter) != 1 || iterations < 1 || iterations > limit)
    {
      ERR_clear_error ();
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_TOO_LARGE,
                   _("The PKCS #12 file asks for %" G_GINT64_FORMAT " iterations, which is not between 1 and %u."), iterations, limit);
      return FALSE;
    }
  derivation->salt = kdf->salt->value.octet_string;
  derivation->iterations = (guint) iterations;
  derivation->key_size = (gsize) key_size;
  derivation->prf = kdf->prf != NULL ? digest_of (kdf->prf) : NID_undef;

  return TRUE;
}

static gboolean
derive (const Derivation *self,
        const char       *password,
        gsize             size,
        guint8            key[KEY_MAX_SIZE])
{
  const EVP_MD *digest = EVP_get_digestbynid (self->prf);

  return digest != NULL
         && PKCS5_PBKDF2_HMAC (password, (int) size, ASN1_STRING_get0_data (self->salt), ASN1_STRING_length (self->salt),
                               (int) self->iterations, digest, (int) self->key_size, key) == 1;
}

static gboolean
make_mac (const Derivation         *self,
          const char               *password,
          gsize                     size,
          const ASN1_OCTET_STRING  *content,
          guint8                    mac[EVP_MAX_MD_SIZE],
          guint                    *mac_size)
{
  const EVP_MD *digest = EVP_get_digestbynid (self->digest);
  guint8 key[KEY_MAX_SIZE];
  gboolean made = digest != NULL && derive (self, password, size, key)
                  && HMAC (digest, key, (int) self->key_size, ASN1_STRING_get0_data (content),
                           (gsize) ASN1_STRING_length (content), mac, mac_size) != NULL;

  OPENSSL_cleanse (key, sizeof key);

  return made;
}

static gboolean
matches (const Derivation         *self,
         const char               *password,
         gsize                     size,
         const ASN1_OCTET_STRING  *content,
         const ASN1_OCTET_STRING  *expected)
{
  guint8 mac[EVP_MAX_MD_SIZE];
  guint mac_size = 0;

  return make_mac (self, password, size, content, mac, &mac_size) && ASN1_STRING_length (expected) == (int) mac_size
         && CRYPTO_memcmp (ASN1_STRING_get0_data (expected), mac, mac_size) == 0;
}

/* The password as RFC 9579 §6 has it: BMPString with a NULL terminator. */
static gboolean
matches_bmp (const Derivation         *self,
             const char               *password,
             gsize                     size,
             const ASN1_OCTET_STRING  *content,
             const ASN1_OCTET_STRING  *expected)
{
  unsigned char *bmp = NULL;
  int bmp_size = 0;
  gboolean same;

  if (OPENSSL_utf82uni (password, (int) size, &bmp, &bmp_size) == NULL)
    return FALSE;
  same = matches (self, (const char *) bmp, (gsize) bmp_size, content, expected);
  OPENSSL_clear_free (bmp, (gsize) bmp_size);

  return same;
}

gboolean
signet_pkcs12_has_pbmac1 (PKCS12 *p12)
{
  const X509_ALGOR *algorithm = NULL;

  if (PKCS12_mac_present (p12) != 1)
    return FALSE;
  PKCS12_get0_mac (NULL, &algorithm, NULL, NULL, p12);

  return algorithm != NULL && OBJ_obj2nid (algorithm->algorithm) == NID_pbmac1;
}

gboolean
signet_pkcs12_verify_pbmac1 (PKCS12      *p12,
                             const char  *password,
                             gsize        size,
                             guint        limit,
                             GError     **error)
{
  g_autoptr (Pfx) pfx = decode_pfx (p12);
  g_autoptr (Pbmac1Params) params = NULL;
  g_autoptr (PBKDF2PARAM) kdf = NULL;
  const X509_ALGOR *algorithm = NULL;
  const ASN1_OCTET_STRING *expected = NULL;
  const ASN1_OCTET_STRING *content;
  Derivation derivation = { 0 };

  if (pfx == NULL || pfx->mac_data == NULL || !PKCS7_type_is_data (pfx->auth_safe))
    return refuse (error, SIGNET_PKI_ERROR_MALFORMED, _("The PKCS #12 file is damaged."));
  content = pfx->auth_safe->d.data;
  X509_SIG_get0 (pfx->mac_data->mac, &algorithm, &expected);
  if (algorithm->parameter != NULL)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (Pbmac1Params), algorithm->parameter);
  if (params != NULL && OBJ_obj2nid (params->kdf->algorithm) == NID_id_pbkdf2 && params->kdf->parameter != NULL)
    kdf = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (PBKDF2PARAM), params->kdf->parameter);
  if (kdf == NULL)
    return refuse (error, SIGNET_PKI_ERROR_UNSUPPORTED, _("The PKCS #12 file is protected in a way that is not known here."));
  if (!read_kdf (kdf, limit, &derivation, error))
    return FALSE;
  derivation.digest = digest_of (params->scheme);
  /* Without a prf it is HMAC-SHA-1 (RFC 8018 App. A.2), which digest_of () does not know either. */
  if (derivation.prf == NID_undef || derivation.digest == NID_undef)
    return refuse (error, SIGNET_PKI_ERROR_UNSUPPORTED,
                   _("The PKCS #12 file is protected with a digest that is too weak, or not known here. Export it again with another."));
  if (!matches (&derivation, password, size, content, expected) && !matches_bmp (&derivation, password, size, content, expected))
    return refuse (error, SIGNET_PKI_ERROR_WRONG_PASSWORD, _("This is not the password of the PKCS #12 file."));

  return TRUE;
}

PKCS12 *
signet_pkcs12_strip_mac (PKCS12 *p12)
{
  g_autoptr (Pfx) pfx = decode_pfx (p12);

  if (pfx == NULL)
    return NULL;
  mac_data_free (pfx->mac_data);
  pfx->mac_data = NULL;

  return encode_pfx (pfx);
}

/* The parameters that RFC 9579 §5 wants of everybody. */
static gboolean
set_parameters (X509_ALGOR         *algorithm,
                const guint8        salt[SALT_SIZE],
                guint               iterations)
{
  g_autoptr (Pbmac1Params) params = (Pbmac1Params *) ASN1_item_new (ASN1_ITEM_rptr (Pbmac1Params));
  X509_ALGOR *kdf = PKCS5_pbkdf2_set ((int) iterations, (unsigned char *) salt, SALT_SIZE, NID_hmacWithSHA256, KEY_SIZE);
  ASN1_TYPE *packed = NULL;

  if (kdf == NULL)
    return FALSE;
  X509_ALGOR_free (params->kdf);
  params->kdf = kdf;
  X509_ALGOR_set0 (params->scheme, OBJ_nid2obj (NID_hmacWithSHA256), V_ASN1_NULL, NULL);
  packed = ASN1_TYPE_pack_sequence (ASN1_ITEM_rptr (Pbmac1Params), params, NULL);
  if (packed == NULL)
    return FALSE;
  ASN1_OBJECT_free (algorithm->algorithm);
  algorithm->algorithm = OBJ_nid2obj (NID_pbmac1);
  ASN1_TYPE_free (algorithm->parameter);
  algorithm->parameter = packed;

  return TRUE;
}

PKCS12 *
signet_pkcs12_add_pbmac1 (PKCS12     *p12,
                          const char *password,
                          gsize       size,
                          guint       iterations)
{
  g_autoptr (Pfx) pfx = decode_pfx (p12);
  g_autoptr (ASN1_OCTET_STRING) salt_string = ASN1_OCTET_STRING_new ();
  guint8 salt[SALT_SIZE];
  guint8 mac[EVP_MAX_MD_SIZE];
  guint mac_size = 0;
  Derivation derivation = { salt_string, iterations, KEY_SIZE, NID_sha256, NID_sha256 };
  X509_ALGOR *algorithm = NULL;
  ASN1_OCTET_STRING *digest = NULL;

  if (pfx == NULL || !PKCS7_type_is_data (pfx->auth_safe) || RAND_bytes (salt, sizeof salt) != 1
      || ASN1_OCTET_STRING_set (salt_string, salt, sizeof salt) != 1
      || !make_mac (&derivation, password, size, pfx->auth_safe->d.data, mac, &mac_size))
    return NULL;
  mac_data_free (pfx->mac_data);
  pfx->mac_data = (MacData *) ASN1_item_new (ASN1_ITEM_rptr (MacData));
  X509_SIG_getm (pfx->mac_data->mac, &algorithm, &digest);
  pfx->mac_data->iterations = ASN1_INTEGER_new ();
  /* Readers of this kind pass both over; others would stumble over none: RFC 9579 §4. */
  if (!set_parameters (algorithm, salt, iterations) || ASN1_OCTET_STRING_set (digest, mac, (int) mac_size) != 1
      || ASN1_OCTET_STRING_set (pfx->mac_data->salt, salt, sizeof salt) != 1
      || ASN1_INTEGER_set (pfx->mac_data->iterations, 1) != 1)
    return NULL;

  return encode_pfx (pfx);
}
