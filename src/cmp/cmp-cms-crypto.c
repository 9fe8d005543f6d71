/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-cms-crypto.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-signature.h"

#define AES_IV_SIZE 16
#define DES_IV_SIZE 8
#define DES3_KEY_SIZE 24
#define WRAP_BLOCK 8
#define MIN_ITERATIONS 1000              /* RFC 8018 §4.2 */
#define OID_SIZE 128

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PBKDF2PARAM, PBKDF2PARAM_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_CIPHER, EVP_CIPHER_free)

gboolean
signet_cms_refuse (GError         **error,
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

char *
signet_cms_oid (const ASN1_OBJECT *object)
{
  char text[OID_SIZE];

  if (OBJ_obj2txt (text, sizeof text, object, 1) <= 0)
    *text = '\0';
  return g_strdup (text);
}

gboolean
signet_cms_is (const ASN1_OBJECT *object,
               const char        *oid)
{
  g_autofree char *text = signet_cms_oid (object);

  return g_str_equal (text, oid);
}

gboolean
signet_cms_version_is (const ASN1_INTEGER *version,
                       gint64              expected)
{
  gint64 number;

  return signet_asn1_get_int64 (version, &number) && number == expected;
}

gboolean
signet_cms_cipher_read (const X509_ALGOR  *algorithm,
                        gboolean           old,
                        SignetCmsCipher   *cipher,
                        GError           **error)
{
  static const struct {
    int nid;
    const char *name;
    gsize key_size;
    int iv_size;
  } ciphers[] = {
    { NID_aes_128_cbc, "AES-128-CBC", 16, AES_IV_SIZE },
    { NID_aes_192_cbc, "AES-192-CBC", 24, AES_IV_SIZE },
    { NID_aes_256_cbc, "AES-256-CBC", 32, AES_IV_SIZE },
    { NID_des_ede3_cbc, "DES-EDE3-CBC", DES3_KEY_SIZE, DES_IV_SIZE },
  };
  g_autofree char *name = signet_cmp_algorithm_name (algorithm);
  int nid = OBJ_obj2nid (algorithm->algorithm);

  for (guint i = 0; i < G_N_ELEMENTS (ciphers); i++)
    {
      const ASN1_TYPE *parameter = algorithm->parameter;

      if (ciphers[i].nid != nid || nid == NID_undef)
        continue;
      if (nid == NID_des_ede3_cbc && !old)
        return signet_cms_refuse (error, SIGNET_CMP_ERROR_WEAK, _("The content is encrypted with “%s”, which is too weak"), name);
      if (parameter == NULL || ASN1_TYPE_get (parameter) != V_ASN1_OCTET_STRING
          || ASN1_STRING_length (parameter->value.octet_string) != ciphers[i].iv_size)
        return signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("The initialisation vector of “%s” cannot be read"), name);
      cipher->name = ciphers[i].name;
      cipher->key_size = ciphers[i].key_size;
      cipher->iv = ASN1_STRING_get0_data (parameter->value.octet_string);
      return TRUE;
    }
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The content is encrypted with “%s”, which is not known here"), name);
}

SignetSecret *
signet_cms_cipher_decrypt (const SignetCmsCipher *cipher,
                           SignetSecret          *key,
                           const guint8          *octets,
                           gsize                  size)
{
  g_autoptr (EVP_CIPHER) method = EVP_CIPHER_fetch (NULL, cipher->name, NULL);
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  SignetSecret *content = NULL;
  guint8 *plain;
  int length = 0;
  int rest = 0;

  if (size == 0 || size > G_MAXINT - EVP_MAX_BLOCK_LENGTH || signet_secret_get_size (key) != cipher->key_size)
    return NULL;
  plain = OPENSSL_secure_malloc (size + EVP_MAX_BLOCK_LENGTH);
  if (plain == NULL)
    plain = OPENSSL_malloc (size + EVP_MAX_BLOCK_LENGTH);
  if (plain == NULL)
    return NULL;
  if (method != NULL && EVP_DecryptInit_ex2 (context, method, signet_secret_get_data (key, NULL), cipher->iv, NULL) == 1
      && EVP_DecryptUpdate (context, plain, &length, octets, (int) size) == 1
      && EVP_DecryptFinal_ex (context, plain + length, &rest) == 1)
    content = signet_secret_new (plain, (gsize) length + (gsize) rest);
  OPENSSL_secure_clear_free (plain, size + EVP_MAX_BLOCK_LENGTH);
  ERR_clear_error ();
  return content;
}

ASN1_OCTET_STRING *
signet_cms_cipher_encrypt (const SignetCmsCipher  *cipher,
                           SignetSecret           *key,
                           SignetSecret           *content,
                           GError                **error)
{
  g_autoptr (EVP_CIPHER) method = EVP_CIPHER_fetch (NULL, cipher->name, NULL);
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  g_autoptr (ASN1_OCTET_STRING) encrypted = ASN1_OCTET_STRING_new ();
  g_autofree guint8 *buffer = NULL;
  gsize size;
  const guint8 *octets = signet_secret_get_data (content, &size);
  int length = 0;
  int rest = 0;

  if (size > G_MAXINT - EVP_MAX_BLOCK_LENGTH)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_LIMIT, _("The content is too large to be encrypted"));
      return NULL;
    }
  buffer = g_malloc (size + EVP_MAX_BLOCK_LENGTH);
  if (method == NULL || EVP_EncryptInit_ex2 (context, method, signet_secret_get_data (key, NULL), cipher->iv, NULL) != 1
      || EVP_EncryptUpdate (context, buffer, &length, octets, (int) size) != 1
      || EVP_EncryptFinal_ex (context, buffer + length, &rest) != 1
      || ASN1_OCTET_STRING_set (encrypted, buffer, length + rest) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content could not be encrypted"));
      return NULL;
    }
  return g_steal_pointer (&encrypted);
}

gboolean
signet_cms_wrap_read (const X509_ALGOR  *algorithm,
                      gsize             *key_size,
                      GError           **error)
{
  g_autofree char *name = NULL;

  switch (OBJ_obj2nid (algorithm->algorithm))
    {
    case NID_id_aes128_wrap:
      *key_size = 16;
      return TRUE;
    case NID_id_aes192_wrap:
      *key_size = 24;
      return TRUE;
    case NID_id_aes256_wrap:
      *key_size = 32;
      return TRUE;
    default:
      name = signet_cmp_algorithm_name (algorithm);
      return signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED,
                                _("The content-encryption key is encrypted with “%s”, which is not known here"), name);
    }
}

/* One pass of AES key wrap, either way: @out has room for a block more than @size. */
static gboolean
run_wrap (SignetSecret *kek,
          gboolean      wrap,
          const guint8 *octets,
          gsize         size,
          guint8       *out,
          gsize        *out_size)
{
  g_autofree char *name = g_strdup_printf ("AES-%u-WRAP", (guint) signet_secret_get_size (kek) * 8);
  g_autoptr (EVP_CIPHER) method = EVP_CIPHER_fetch (NULL, name, NULL);
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  int length = 0;
  int rest = 0;

  if (method == NULL)
    return FALSE;
  EVP_CIPHER_CTX_set_flags (context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  if (EVP_CipherInit_ex2 (context, method, signet_secret_get_data (kek, NULL), NULL, wrap, NULL) != 1
      || EVP_CipherUpdate (context, out, &length, octets, (int) size) != 1
      || EVP_CipherFinal_ex (context, out + length, &rest) != 1)
    return FALSE;
  *out_size = (gsize) length + (gsize) rest;
  return TRUE;
}

SignetSecret *
signet_cms_unwrap (SignetSecret            *kek,
                   const ASN1_OCTET_STRING *wrapped)
{
  guint8 key[SIGNET_CMS_KEY_MAX + WRAP_BLOCK];
  gsize size = (gsize) ASN1_STRING_length (wrapped);
  SignetSecret *unwrapped = NULL;

  if (size <= 2 * WRAP_BLOCK || size > sizeof key || size % WRAP_BLOCK != 0)
    return NULL;
  if (run_wrap (kek, FALSE, ASN1_STRING_get0_data (wrapped), size, key, &size))
    unwrapped = signet_secret_new (key, size);
  OPENSSL_cleanse (key, sizeof key);
  ERR_clear_error ();
  return unwrapped;
}

ASN1_OCTET_STRING *
signet_cms_wrap (SignetSecret  *kek,
                 SignetSecret  *key,
                 GError       **error)
{
  g_autoptr (ASN1_OCTET_STRING) wrapped = ASN1_OCTET_STRING_new ();
  guint8 buffer[SIGNET_CMS_KEY_MAX + 2 * WRAP_BLOCK];
  gsize size;
  const guint8 *octets = signet_secret_get_data (key, &size);

  g_assert (size <= SIGNET_CMS_KEY_MAX);
  if (!run_wrap (kek, TRUE, octets, size, buffer, &size) || ASN1_OCTET_STRING_set (wrapped, buffer, (int) size) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content-encryption key could not be encrypted"));
      return NULL;
    }
  return g_steal_pointer (&wrapped);
}

static SignetSecret *
run_kdf (const char        *name,
         const OSSL_PARAM  *params,
         gsize              size,
         GError           **error)
{
  g_autoptr (EVP_KDF) kdf = EVP_KDF_fetch (NULL, name, NULL);
  g_autoptr (EVP_KDF_CTX) context = kdf == NULL ? NULL : EVP_KDF_CTX_new (kdf);
  SignetSecret *derived = NULL;
  guint8 key[SIGNET_CMS_KEY_MAX];

  g_assert (size <= sizeof key);
  if (context != NULL && EVP_KDF_derive (context, key, size, params) == 1)
    derived = signet_secret_new (key, size);
  else
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The key could not be derived"));
  OPENSSL_cleanse (key, sizeof key);
  return derived;
}

SignetSecret *
signet_cms_derive (SignetCmsKdf              kdf,
                   const char               *digest,
                   SignetSecret             *secret,
                   const ASN1_OCTET_STRING  *salt,
                   GBytes                   *info,
                   gsize                     size,
                   GError                  **error)
{
  static const char *const names[] = { "X963KDF", "HKDF" };
  OSSL_PARAM params[5];
  guint n = 0;
  gsize secret_size;
  const guint8 *octets = signet_secret_get_data (secret, &secret_size);

  params[n++] = OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *) digest, 0);
  params[n++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_KEY, (void *) octets, secret_size);
  if (info != NULL)
    params[n++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_INFO, (void *) g_bytes_get_data (info, NULL), g_bytes_get_size (info));
  if (salt != NULL && kdf == SIGNET_CMS_KDF_HKDF)
    params[n++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_SALT, (void *) ASN1_STRING_get0_data (salt),
                                                     (gsize) ASN1_STRING_length (salt));
  params[n] = OSSL_PARAM_construct_end ();
  return run_kdf (names[kdf], params, size, error);
}

static const char *
prf_digest (const X509_ALGOR      *prf,
            SignetCmpRelaxations   relaxations,
            GError               **error)
{
  /* A prf left out is HMAC-SHA-1, RFC 8018 App. A.2. */
  switch (prf == NULL ? NID_hmacWithSHA1 : OBJ_obj2nid (prf->algorithm))
    {
    case NID_hmacWithSHA1:
      if (relaxations & SIGNET_CMP_RELAX_SHA1)
        return "SHA1";
      signet_cms_refuse (error, SIGNET_CMP_ERROR_WEAK,
                         _("The key is derived from the secret with SHA-1, which the settings of this authority do not allow"));
      return NULL;
    case NID_hmacWithSHA224:
      return "SHA224";
    case NID_hmacWithSHA256:
      return "SHA256";
    case NID_hmacWithSHA384:
      return "SHA384";
    case NID_hmacWithSHA512:
      return "SHA512";
    default:
      signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The key is derived from the secret with a function that is not known here"));
      return NULL;
    }
}

static gboolean
check_pbkdf2 (const PBKDF2PARAM  *params,
              gsize               size,
              guint               iteration_limit,
              guint              *iterations,
              GError            **error)
{
  gint64 number;

  if (ASN1_STRING_length (params->salt->value.octet_string) > SIGNET_CMS_SALT_MAX)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_LIMIT, _("The salt has more than the %d octets allowed"), SIGNET_CMS_SALT_MAX);
  if (!signet_asn1_get_int64 (params->iter, &number) || number > iteration_limit)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_LIMIT,
                              _("The encrypted content demands more rounds of key derivation than the %u that are allowed"),
                              iteration_limit);
  if (number < MIN_ITERATIONS)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_WEAK,
                              _("The content was encrypted with %" G_GINT64_FORMAT " rounds of key derivation, and at least %d are "
                                "demanded"), number, MIN_ITERATIONS);
  *iterations = (guint) number;
  if (params->keylength != NULL && (!signet_asn1_get_int64 (params->keylength, &number) || number != (gint64) size))
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("The key derived from the secret does not have the size of the key wrap"));
  return TRUE;
}

SignetSecret *
signet_cms_derive_pbkdf2 (const X509_ALGOR      *algorithm,
                          SignetSecret          *secret,
                          gsize                  size,
                          guint                  iteration_limit,
                          SignetCmpRelaxations   relaxations,
                          GBytes               **salt,
                          GError               **error)
{
  g_autoptr (PBKDF2PARAM) kdf = NULL;
  const ASN1_OCTET_STRING *octets;
  const char *digest;
  guint iterations = 0;
  gsize secret_size;
  const guint8 *password = signet_secret_get_data (secret, &secret_size);

  if (OBJ_obj2nid (algorithm->algorithm) == NID_id_pbkdf2 && algorithm->parameter != NULL)
    kdf = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (PBKDF2PARAM), algorithm->parameter);
  if (kdf == NULL || ASN1_TYPE_get (kdf->salt) != V_ASN1_OCTET_STRING)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The key is not derived from the secret by PBKDF2 with a salt given"));
      return NULL;
    }
  if (!check_pbkdf2 (kdf, size, iteration_limit, &iterations, error))
    return NULL;
  digest = prf_digest (kdf->prf, relaxations, error);
  if (digest == NULL)
    return NULL;
  octets = kdf->salt->value.octet_string;
  if (salt != NULL)
    *salt = g_bytes_new (ASN1_STRING_get0_data (octets), (gsize) ASN1_STRING_length (octets));

  return run_kdf ("PBKDF2",
                  (const OSSL_PARAM[]) {
                    OSSL_PARAM_octet_string (OSSL_KDF_PARAM_PASSWORD, (void *) password, secret_size),
                    OSSL_PARAM_octet_string (OSSL_KDF_PARAM_SALT, (void *) ASN1_STRING_get0_data (octets),
                                             (gsize) ASN1_STRING_length (octets)),
                    OSSL_PARAM_uint (OSSL_KDF_PARAM_ITER, &iterations),
                    OSSL_PARAM_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *) digest, 0),
                    OSSL_PARAM_END,
                  },
                  size, error);
}
