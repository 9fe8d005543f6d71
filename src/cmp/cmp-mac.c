/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-random.h"
#include "cmp/cmp-signature.h"
#include "pki/pki-thread.h"

#define SALT_SIZE 16
#define SALT_MAX_SIZE 1024
#define PBM_MIN_ITERATIONS 100           /* RFC 9045 §4.3 */
#define PBMAC1_MIN_ITERATIONS 1000       /* RFC 8018 §4.2 */
#define KEY_MIN_SIZE 16
#define KEY_MAX_SIZE 1024                /* octets */
#define ROUNDS_FACTOR 4                  /* a long key takes the iterations once a block: so many times the limit at most */
#define OID_TEXT_SIZE 128

#define OID_ENTRUST "1.2.840.113533.7.66."
#define OID_PASSWORD_BASED_MAC OID_ENTRUST "13"
#define OID_KEM_BASED_MAC OID_ENTRUST "16"
#define OID_DH_BASED_MAC OID_ENTRUST "30"
#define OID_HMAC_SHA1_OLD "1.3.6.1.5.5.8.1.2"

struct _SignetCmpMacKey {
  SignetSecret *key;
  int digest;                            /* of the HMAC */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PBKDF2PARAM, PBKDF2PARAM_free)

static void
get_oid (const X509_ALGOR *algorithm,
         char              text[OID_TEXT_SIZE])
{
  const ASN1_OBJECT *oid;

  X509_ALGOR_get0 (&oid, NULL, NULL, algorithm);
  if (OBJ_obj2txt (text, OID_TEXT_SIZE, oid, 1) <= 0)
    *text = '\0';
}

/* The digest of an HMAC's OID, or NID_undef. */
static int
hmac_digest (const X509_ALGOR *algorithm)
{
  char oid[OID_TEXT_SIZE];

  get_oid (algorithm, oid);
  if (g_str_equal (oid, OID_HMAC_SHA1_OLD))
    return NID_sha1;
  switch (OBJ_obj2nid (algorithm->algorithm))
    {
    case NID_hmacWithSHA1:
      return NID_sha1;
    case NID_hmacWithSHA224:
      return NID_sha224;
    case NID_hmacWithSHA256:
      return NID_sha256;
    case NID_hmacWithSHA384:
      return NID_sha384;
    case NID_hmacWithSHA512:
      return NID_sha512;
    default:
      return NID_undef;
    }
}

static int
hmac_for_digest (int digest)
{
  switch (digest)
    {
    case NID_sha224:
      return NID_hmacWithSHA224;
    case NID_sha256:
      return NID_hmacWithSHA256;
    case NID_sha384:
      return NID_hmacWithSHA384;
    case NID_sha512:
      return NID_hmacWithSHA512;
    default:
      return NID_undef;
    }
}

SignetCmpMacKind
signet_cmp_mac_get_kind (const X509_ALGOR *algorithm)
{
  char oid[OID_TEXT_SIZE];

  get_oid (algorithm, oid);
  if (g_str_equal (oid, OID_PASSWORD_BASED_MAC))
    return SIGNET_CMP_MAC_KIND_PASSWORD_BASED;
  if (OBJ_obj2nid (algorithm->algorithm) == NID_pbmac1)
    return SIGNET_CMP_MAC_KIND_PBMAC1;
  if (g_str_equal (oid, OID_KEM_BASED_MAC) || g_str_equal (oid, OID_DH_BASED_MAC) || hmac_digest (algorithm) != NID_undef)
    return SIGNET_CMP_MAC_KIND_OTHER;
  return SIGNET_CMP_MAC_KIND_NONE;
}

static gboolean G_GNUC_PRINTF (3, 4)
refuse (GError         **error,
        SignetCmpError   code,
        const char      *format,
        ...)
{
  va_list args;
  g_autofree char *message = NULL;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  ERR_clear_error ();
  g_set_error_literal (error, SIGNET_CMP_ERROR, code, message);
  return FALSE;
}

static gboolean
check_strength (int                    digest,
                const X509_ALGOR      *algorithm,
                SignetCmpRelaxations   relaxations,
                GError               **error)
{
  g_autofree char *name = signet_cmp_algorithm_name (algorithm);

  switch (digest)
    {
    case NID_sha224:
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
      return TRUE;
    case NID_sha1:
      if (relaxations & SIGNET_CMP_RELAX_SHA1)
        return TRUE;
      return refuse (error, SIGNET_CMP_ERROR_WEAK,
                     _("The message is protected with SHA-1 (%s), which the settings of this authority do not allow"), name);
    default:
      return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The message is protected with “%s”, which is not known here"),
                     name);
    }
}

static gboolean
check_bounds (const ASN1_INTEGER  *iteration_count,
              int                  salt_size,
              guint                minimum,
              guint                limit,
              guint               *iterations,
              GError             **error)
{
  gint64 number;

  if (!signet_asn1_get_int64 (iteration_count, &number) || number > limit)
    return refuse (error, SIGNET_CMP_ERROR_LIMIT,
                   _("The message demands more rounds of key derivation than the %u that are allowed"), limit);
  if (number < minimum)
    return refuse (error, SIGNET_CMP_ERROR_WEAK,
                   _("The message was protected with %" G_GINT64_FORMAT " rounds of key derivation, and at least %u are demanded"),
                   number, minimum);
  if (salt_size > SALT_MAX_SIZE)
    return refuse (error, SIGNET_CMP_ERROR_LIMIT, _("The salt of the message's protection has %d octets, more than the %d allowed"),
                   salt_size, SALT_MAX_SIZE);
  *iterations = (guint) number;
  return TRUE;
}

/* BASEKEY = owf (… owf (secret ‖ salt)): the owf is applied @iterations times in all, RFC 9810 §5.1.3.1. */
static SignetSecret *
derive_base_key (SignetSecret             *secret,
                 const ASN1_OCTET_STRING  *salt,
                 int                       digest,
                 guint                     iterations,
                 GError                  **error)
{
  g_autoptr (EVP_MD) md = EVP_MD_fetch (NULL, OBJ_nid2sn (digest), NULL);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  SignetSecret *key = NULL;
  guint8 block[EVP_MAX_MD_SIZE];
  guint size = 0;
  gsize secret_size;
  const guint8 *octets = signet_secret_get_data (secret, &secret_size);
  gboolean ok;

  ok = md != NULL && EVP_DigestInit_ex2 (context, md, NULL) && EVP_DigestUpdate (context, octets, secret_size)
       && EVP_DigestUpdate (context, ASN1_STRING_get0_data (salt), (gsize) ASN1_STRING_length (salt))
       && EVP_DigestFinal_ex (context, block, &size);
  for (guint i = 1; ok && i < iterations; i++)
    ok = EVP_DigestInit_ex2 (context, NULL, NULL) && EVP_DigestUpdate (context, block, size)
         && EVP_DigestFinal_ex (context, block, &size);
  if (ok)
    key = signet_secret_new (block, size);
  else
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The key could not be derived"));
  OPENSSL_cleanse (block, sizeof block);
  return key;
}

static gboolean
derive_password_based (SignetCmpMacKey       *self,
                       const X509_ALGOR      *algorithm,
                       SignetSecret          *secret,
                       guint                  limit,
                       SignetCmpRelaxations   relaxations,
                       GError               **error)
{
  g_autoptr (SignetPbmParameter) params = NULL;
  guint iterations = 0;
  int owf;

  if (algorithm->parameter != NULL)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetPbmParameter), algorithm->parameter);
  if (params == NULL)
    return refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("The parameters of PasswordBasedMac cannot be read"));
  if (!check_bounds (params->iteration_count, ASN1_STRING_length (params->salt), PBM_MIN_ITERATIONS, limit, &iterations, error))
    return FALSE;

  owf = OBJ_obj2nid (params->owf->algorithm);
  self->digest = hmac_digest (params->mac);
  if (!check_strength (owf, params->owf, relaxations, error) || !check_strength (self->digest, params->mac, relaxations, error))
    return FALSE;
  self->key = derive_base_key (secret, params->salt, owf, iterations, error);
  return self->key != NULL;
}

static gboolean
run_pbkdf2 (SignetCmpMacKey           *self,
            SignetSecret              *secret,
            const ASN1_OCTET_STRING   *salt,
            int                        prf,
            guint                      iterations,
            gsize                      size,
            GError                   **error)
{
  g_autoptr (EVP_KDF) kdf = EVP_KDF_fetch (NULL, "PBKDF2", NULL);
  g_autoptr (EVP_KDF_CTX) context = kdf == NULL ? NULL : EVP_KDF_CTX_new (kdf);
  guint8 key[KEY_MAX_SIZE];
  gsize secret_size;
  const guint8 *octets = signet_secret_get_data (secret, &secret_size);
  OSSL_PARAM params[] = {
    OSSL_PARAM_octet_string (OSSL_KDF_PARAM_PASSWORD, (void *) octets, secret_size),
    OSSL_PARAM_octet_string (OSSL_KDF_PARAM_SALT, (void *) ASN1_STRING_get0_data (salt), (gsize) ASN1_STRING_length (salt)),
    OSSL_PARAM_uint (OSSL_KDF_PARAM_ITER, &iterations),
    OSSL_PARAM_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *) OBJ_nid2sn (prf), 0),
    OSSL_PARAM_END,
  };

  if (context == NULL || EVP_KDF_derive (context, key, size, params) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The key could not be derived"));
      return FALSE;
    }
  self->key = signet_secret_new (key, size);
  OPENSSL_cleanse (key, sizeof key);
  return TRUE;
}

/* Without keyLength the natural key of the MAC is meant, RFC 8018 §7.1.2. */
static gboolean
get_key_size (const PBKDF2PARAM  *params,
              int                 digest,
              gsize              *size,
              GError            **error)
{
  gint64 number;

  if (params->keylength == NULL)
    {
      *size = (gsize) EVP_MD_get_size (EVP_get_digestbynid (digest));
      return TRUE;
    }
  if (!signet_asn1_get_int64 (params->keylength, &number) || number > KEY_MAX_SIZE)
    return refuse (error, SIGNET_CMP_ERROR_LIMIT, _("The message demands a MAC key of more than %d octets"), KEY_MAX_SIZE);
  if (number < KEY_MIN_SIZE)
    return refuse (error, SIGNET_CMP_ERROR_WEAK, _("The message was protected with a MAC key of fewer than %d octets"), KEY_MIN_SIZE);
  *size = (gsize) number;
  return TRUE;
}

static gboolean
check_rounds (gsize     size,
              int       prf,
              guint     iterations,
              guint     limit,
              GError  **error)
{
  gsize block = (gsize) EVP_MD_get_size (EVP_get_digestbynid (prf));
  guint64 rounds = (guint64) iterations * ((size + block - 1) / block);

  if (rounds <= (guint64) limit * ROUNDS_FACTOR)
    return TRUE;
  return refuse (error, SIGNET_CMP_ERROR_LIMIT,
                 _("The message demands %" G_GUINT64_FORMAT " rounds to derive a key of %" G_GSIZE_FORMAT
                   " octets, more than are allowed"), rounds, size);
}

static gboolean
derive_pbmac1 (SignetCmpMacKey       *self,
               const X509_ALGOR      *algorithm,
               SignetSecret          *secret,
               guint                  limit,
               SignetCmpRelaxations   relaxations,
               GError               **error)
{
  g_autoptr (SignetPbmac1Params) params = NULL;
  g_autoptr (PBKDF2PARAM) kdf = NULL;
  g_autoptr (X509_ALGOR) default_prf = NULL;
  const X509_ALGOR *prf_algorithm;
  guint iterations = 0;
  gsize size = 0;
  int prf;

  if (algorithm->parameter != NULL)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetPbmac1Params), algorithm->parameter);
  if (params != NULL && OBJ_obj2nid (params->key_derivation_func->algorithm) == NID_id_pbkdf2
      && params->key_derivation_func->parameter != NULL)
    kdf = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (PBKDF2PARAM), params->key_derivation_func->parameter);
  if (kdf == NULL || ASN1_TYPE_get (kdf->salt) != V_ASN1_OCTET_STRING)
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The parameters of PBMAC1 are not PBKDF2 with a salt given"));
  if (!check_bounds (kdf->iter, ASN1_STRING_length (kdf->salt->value.octet_string), PBMAC1_MIN_ITERATIONS, limit,
                     &iterations, error))
    return FALSE;

  /* A prf left out is HMAC-SHA-1, RFC 8018 App. A.2. One that is no HMAC, such as AES-GMAC, is refused: RFC 9481 §9. */
  default_prf = X509_ALGOR_new ();
  X509_ALGOR_set0 (default_prf, OBJ_nid2obj (NID_hmacWithSHA1), V_ASN1_NULL, NULL);
  prf_algorithm = kdf->prf != NULL ? kdf->prf : default_prf;
  prf = hmac_digest (prf_algorithm);
  self->digest = hmac_digest (params->message_auth_scheme);
  return check_strength (prf, prf_algorithm, relaxations, error)
         && check_strength (self->digest, params->message_auth_scheme, relaxations, error)
         && get_key_size (kdf, self->digest, &size, error)
         && check_rounds (size, prf, iterations, limit, error)
         && run_pbkdf2 (self, secret, kdf->salt->value.octet_string, prf, iterations, size, error);
}

SignetCmpMacKey *
signet_cmp_mac_key_new (const X509_ALGOR      *algorithm,
                        SignetSecret          *secret,
                        guint                  iteration_limit,
                        SignetCmpRelaxations   relaxations,
                        GError               **error)
{
  g_autoptr (SignetCmpMacKey) self = g_new0 (SignetCmpMacKey, 1);
  g_autofree char *name = NULL;

  signet_assert_may_take_time ();
  switch (signet_cmp_mac_get_kind (algorithm))
    {
    case SIGNET_CMP_MAC_KIND_PASSWORD_BASED:
      if (!derive_password_based (self, algorithm, secret, iteration_limit, relaxations, error))
        return NULL;
      break;
    case SIGNET_CMP_MAC_KIND_PBMAC1:
      if (!derive_pbmac1 (self, algorithm, secret, iteration_limit, relaxations, error))
        return NULL;
      break;
    case SIGNET_CMP_MAC_KIND_NONE:
    case SIGNET_CMP_MAC_KIND_OTHER:
    default:
      name = signet_cmp_algorithm_name (algorithm);
      refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The message is protected with “%s”, which is not known here"), name);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
signet_cmp_mac_key_free (SignetCmpMacKey *self)
{
  g_clear_pointer (&self->key, signet_secret_unref);
  g_free (self);
}

SignetSecret *
signet_cmp_mac_key_get_secret (SignetCmpMacKey *self)
{
  return self->key;
}

GBytes *
signet_cmp_mac_compute (SignetCmpMacKey  *self,
                        GBytes           *data,
                        GError          **error)
{
  g_autoptr (EVP_MAC) mac = EVP_MAC_fetch (NULL, "HMAC", NULL);
  g_autoptr (EVP_MAC_CTX) context = mac == NULL ? NULL : EVP_MAC_CTX_new (mac);
  guint8 result[EVP_MAX_MD_SIZE];
  gsize result_size;
  gsize key_size;
  const guint8 *key = signet_secret_get_data (self->key, &key_size);
  OSSL_PARAM params[] = {
    OSSL_PARAM_utf8_string (OSSL_MAC_PARAM_DIGEST, (char *) OBJ_nid2sn (self->digest), 0),
    OSSL_PARAM_END,
  };

  if (context == NULL || EVP_MAC_init (context, key, key_size, params) != 1
      || EVP_MAC_update (context, g_bytes_get_data (data, NULL), g_bytes_get_size (data)) != 1
      || EVP_MAC_final (context, result, &result_size, sizeof result) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The MAC could not be computed"));
      return NULL;
    }
  return g_bytes_new (result, result_size);
}

static gboolean
set_hmac (X509_ALGOR *algorithm,
          int         digest)
{
  return X509_ALGOR_set0 (algorithm, OBJ_nid2obj (hmac_for_digest (digest)), V_ASN1_NULL, NULL);
}

/* AlgorithmIdentifier { @oid, @params } */
static X509_ALGOR *
wrap (ASN1_OBJECT     *oid,
      const ASN1_ITEM *item,
      void            *params)
{
  X509_ALGOR *algorithm = X509_ALGOR_new ();
  ASN1_STRING *packed = ASN1_item_pack (params, item, NULL);

  if (packed == NULL || !X509_ALGOR_set0 (algorithm, oid, V_ASN1_SEQUENCE, packed))
    g_clear_pointer (&algorithm, X509_ALGOR_free);
  return algorithm;
}

static X509_ALGOR *
new_password_based (GBytes *salt,
                    int     digest,
                    guint   iterations)
{
  g_autoptr (SignetPbmParameter) params = SignetPbmParameter_new ();

  ASN1_OCTET_STRING_set (params->salt, g_bytes_get_data (salt, NULL), (int) g_bytes_get_size (salt));
  ASN1_INTEGER_set_uint64 (params->iteration_count, iterations);
  X509_ALGOR_set0 (params->owf, OBJ_nid2obj (digest), V_ASN1_UNDEF, NULL);
  set_hmac (params->mac, digest);
  return wrap (OBJ_txt2obj (OID_PASSWORD_BASED_MAC, 1), ASN1_ITEM_rptr (SignetPbmParameter), params);
}

static X509_ALGOR *
new_pbmac1 (GBytes *salt,
            int     digest,
            guint   iterations)
{
  g_autoptr (SignetPbmac1Params) params = SignetPbmac1Params_new ();
  g_autoptr (PBKDF2PARAM) kdf = PBKDF2PARAM_new ();
  ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new ();

  ASN1_OCTET_STRING_set (octets, g_bytes_get_data (salt, NULL), (int) g_bytes_get_size (salt));
  ASN1_TYPE_set (kdf->salt, V_ASN1_OCTET_STRING, octets);
  ASN1_INTEGER_set_uint64 (kdf->iter, iterations);
  kdf->keylength = ASN1_INTEGER_new ();
  ASN1_INTEGER_set_int64 (kdf->keylength, EVP_MD_get_size (EVP_get_digestbynid (digest)));
  kdf->prf = X509_ALGOR_new ();
  set_hmac (kdf->prf, digest);
  set_hmac (params->message_auth_scheme, digest);
  X509_ALGOR_free (params->key_derivation_func);
  params->key_derivation_func = wrap (OBJ_nid2obj (NID_id_pbkdf2), ASN1_ITEM_rptr (PBKDF2PARAM), kdf);
  return wrap (OBJ_nid2obj (NID_pbmac1), ASN1_ITEM_rptr (SignetPbmac1Params), params);
}

GBytes *
signet_cmp_mac_algorithm_new (SignetCmpMac   mac,
                              const char    *digest,
                              guint          iterations,
                              GError       **error)
{
  const EVP_MD *md = EVP_get_digestbyname (digest);
  int nid = md == NULL ? NID_undef : EVP_MD_get_type (md);
  g_autoptr (GBytes) salt = NULL;
  g_autoptr (X509_ALGOR) algorithm = NULL;
  GBytes *der = NULL;
  guint minimum = mac == SIGNET_CMP_MAC_PBMAC1 ? PBMAC1_MIN_ITERATIONS : PBM_MIN_ITERATIONS;

  if (hmac_for_digest (nid) == NID_undef)
    {
      refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The digest “%s” cannot be used for a MAC"), digest);
      return NULL;
    }
  if (iterations < minimum)
    {
      refuse (error, SIGNET_CMP_ERROR_WEAK, _("%u rounds of key derivation are too few: at least %u are demanded"), iterations,
              minimum);
      return NULL;
    }
  salt = signet_cmp_random_bytes (SALT_SIZE, error);
  if (salt == NULL)
    return NULL;
  algorithm = mac == SIGNET_CMP_MAC_PBMAC1 ? new_pbmac1 (salt, nid, iterations) : new_password_based (salt, nid, iterations);
  if (algorithm != NULL)
    der = signet_asn1_encode (algorithm, ASN1_ITEM_rptr (X509_ALGOR));
  if (der == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The parameters of the MAC could not be made"));
  return der;
}

gboolean
signet_cmp_message_is_mac_protected (SignetCmpMessage *message)
{
  const X509_ALGOR *algorithm;

  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (message), FALSE);

  algorithm = signet_cmp_message_get_protection_alg (message);
  return algorithm != NULL && signet_cmp_mac_get_kind (algorithm) != SIGNET_CMP_MAC_KIND_NONE;
}
