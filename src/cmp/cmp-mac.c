/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-mac.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

#include "cmp/cmp-asn1-info.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-digest.h"
#include "cmp/cmp-kdf.h"
#include "cmp/cmp-mac-function.h"
#include "cmp/cmp-mac-private.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-signature.h"
#include "pki/pki-thread.h"

#define SALT_MAX_SIZE 1024
#define KEY_MIN_SIZE 16
#define KEY_MAX_SIZE SIGNET_CMP_KDF_MAX_SIZE
#define KEM_CONTEXT_MAX_SIZE 1024
#define ROUNDS_FACTOR 4                  /* a long key takes the iterations once a block: so many times the limit at most */
#define OID_TEXT_SIZE 128
#define KEM_STATIC_STRING "CMP-KEM"      /* RFC 9810 §5.1.3.4 */

struct _SignetCmpMacKey {
  SignetSecret *key;
  SignetCmpMacFunction function;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PBKDF2PARAM, PBKDF2PARAM_free)

SignetCmpMacKind
signet_cmp_mac_get_kind (const X509_ALGOR *algorithm)
{
  char oid[OID_TEXT_SIZE];

  switch (OBJ_obj2nid (algorithm->algorithm))
    {
    case NID_id_PasswordBasedMAC:
      return SIGNET_CMP_MAC_KIND_PASSWORD_BASED;
    case NID_id_DHBasedMac:
      return SIGNET_CMP_MAC_KIND_DH;
    case NID_pbmac1:
      return SIGNET_CMP_MAC_KIND_PBMAC1;
    default:
      break;
    }
  /* No libcrypto has a number for this one. */
  if (OBJ_obj2txt (oid, sizeof oid, algorithm->algorithm, 1) <= 0)
    return SIGNET_CMP_MAC_KIND_NONE;
  if (g_str_equal (SIGNET_OID_KEM_BASED_MAC, oid))
    return SIGNET_CMP_MAC_KIND_KEM;
  return signet_cmp_mac_function_is_known (algorithm) ? SIGNET_CMP_MAC_KIND_PLAIN : SIGNET_CMP_MAC_KIND_NONE;
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
                   _("The message demands more rounds of key derivation than the %u that are allowed. If this authority needs that "
                     "many, allow them by the setting mac-iteration-limit."), limit);
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

/* BASEKEY = owf (… owf (secret ‖ salt)): the owf is applied @rounds times in all, RFC 9810 §5.1.3.1. */
static SignetSecret *
derive_base_key (SignetSecret             *secret,
                 const ASN1_OCTET_STRING  *salt,
                 const SignetCmpDigest    *owf,
                 guint                     rounds,
                 GError                  **error)
{
  guint8 block[SIGNET_CMP_DIGEST_MAX_SIZE];
  SignetCmpPiece pieces[2];
  SignetSecret *key = NULL;

  pieces[0].data = signet_secret_get_data (secret, &pieces[0].size);
  pieces[1].data = salt != NULL ? ASN1_STRING_get0_data (salt) : NULL;
  pieces[1].size = salt != NULL ? (gsize) ASN1_STRING_length (salt) : 0;
  if (signet_cmp_digest_iterate (owf, pieces, salt != NULL ? 2 : 1, rounds, block, error))
    key = signet_secret_new (block, owf->size);
  OPENSSL_cleanse (block, sizeof block);
  return key;
}

/* @size octets: BASEKEY ‖ owf ("1" ‖ BASEKEY) ‖ owf ("2" ‖ BASEKEY) …, RFC 9810 §5.1.3.1. */
SignetSecret *
signet_cmp_mac_expand_key (SignetSecret           *base_key,
                           const SignetCmpDigest  *owf,
                           gsize                   size,
                           GError                **error)
{
  guint8 key[KEY_MAX_SIZE + SIGNET_CMP_DIGEST_MAX_SIZE];
  SignetSecret *expanded = NULL;
  SignetCmpPiece pieces[2];
  gsize filled;
  gboolean ok = size <= KEY_MAX_SIZE;

  pieces[1].data = signet_secret_get_data (base_key, &pieces[1].size);
  filled = pieces[1].size;
  g_assert (filled <= SIGNET_CMP_DIGEST_MAX_SIZE);
  memcpy (key, pieces[1].data, filled);
  for (guint number = 1; ok && filled < size; number++)
    {
      g_autofree char *digits = g_strdup_printf ("%u", number);

      pieces[0] = (SignetCmpPiece) { digits, strlen (digits) };
      ok = signet_cmp_digest_compute (owf, pieces, 2, key + filled, error);
      filled += owf->size;
    }
  if (ok)
    expanded = signet_secret_new (key, size);
  OPENSSL_cleanse (key, sizeof key);
  return expanded;
}

/* The key for @self->function: all of BASEKEY for an HMAC or KMAC, exactly as much as it needs for a MAC that takes no other. */
static gboolean
set_key_from_base (SignetCmpMacKey        *self,
                   SignetSecret           *base_key,
                   const SignetCmpDigest  *owf,
                   GError                **error)
{
  if (base_key == NULL)
    return FALSE;
  self->key = self->function.key_is_fixed ? signet_cmp_mac_expand_key (base_key, owf, self->function.key_size, error)
                                          : signet_secret_ref (base_key);
  return self->key != NULL;
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
  g_autoptr (SignetSecret) base_key = NULL;
  SignetCmpDigest owf;
  guint iterations = 0;

  if (algorithm->parameter != NULL)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetPbmParameter), algorithm->parameter);
  if (params == NULL)
    return refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("The parameters of PasswordBasedMac cannot be read"));
  if (!check_bounds (params->iteration_count, ASN1_STRING_length (params->salt), SIGNET_CMP_PBM_MIN_ITERATIONS, limit, &iterations,
                     error)
      || !signet_cmp_digest_read (params->owf, relaxations, &owf, error)
      || !signet_cmp_mac_function_read (params->mac, relaxations, &self->function, error))
    return FALSE;
  base_key = derive_base_key (secret, params->salt, &owf, iterations, error);
  return set_key_from_base (self, base_key, &owf, error);
}

static gboolean
run_pbkdf2 (SignetCmpMacKey           *self,
            SignetSecret              *secret,
            const ASN1_OCTET_STRING   *salt,
            const char                *prf,
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
    OSSL_PARAM_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *) prf, 0),
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
get_key_size (const ASN1_INTEGER          *key_length,
              const SignetCmpMacFunction  *function,
              gsize                       *size,
              GError                     **error)
{
  gint64 number;

  if (key_length == NULL)
    {
      *size = function->key_size;
      return TRUE;
    }
  if (!signet_asn1_get_int64 (key_length, &number) || number > KEY_MAX_SIZE)
    return refuse (error, SIGNET_CMP_ERROR_LIMIT, _("The message demands a MAC key of more than %d octets"), KEY_MAX_SIZE);
  if (number < KEY_MIN_SIZE)
    return refuse (error, SIGNET_CMP_ERROR_WEAK, _("The message was protected with a MAC key of fewer than %d octets"), KEY_MIN_SIZE);
  if (function->key_is_fixed && (gsize) number != function->key_size)
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("The message gives its MAC a key of %" G_GINT64_FORMAT " octets; it takes %" G_GSIZE_FORMAT), number,
                   function->key_size);
  *size = (gsize) number;
  return TRUE;
}

static gboolean
check_rounds (gsize     size,
              gsize     block,
              guint     iterations,
              guint     limit,
              GError  **error)
{
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
  SignetCmpMacFunction prf = { NULL, NULL, NULL, 0, FALSE, 0, NULL, NULL };
  guint iterations = 0;
  gsize size = 0;

  if (algorithm->parameter != NULL)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetPbmac1Params), algorithm->parameter);
  if (params != NULL && OBJ_obj2nid (params->key_derivation_func->algorithm) == NID_id_pbkdf2
      && params->key_derivation_func->parameter != NULL)
    kdf = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (PBKDF2PARAM), params->key_derivation_func->parameter);
  if (kdf == NULL || ASN1_TYPE_get (kdf->salt) != V_ASN1_OCTET_STRING)
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The parameters of PBMAC1 are not PBKDF2 with a salt given"));
  if (!check_bounds (kdf->iter, ASN1_STRING_length (kdf->salt->value.octet_string), SIGNET_CMP_PBMAC1_MIN_ITERATIONS,
                     limit, &iterations, error))
    return FALSE;

  /* A prf left out is HMAC-SHA-1, RFC 8018 App. A.2. One that is no HMAC, such as AES-GMAC, is refused: RFC 9481 §9. */
  default_prf = X509_ALGOR_new ();
  X509_ALGOR_set0 (default_prf, OBJ_nid2obj (NID_hmacWithSHA1), V_ASN1_NULL, NULL);
  prf_algorithm = kdf->prf != NULL ? kdf->prf : default_prf;
  if (signet_cmp_mac_function_get_digest (prf_algorithm) == NID_undef)
    {
      g_autofree char *name = signet_cmp_algorithm_name (prf_algorithm);

      return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("PBKDF2 cannot be run with “%s”: only an HMAC serves it"), name);
    }
  return signet_cmp_mac_function_read (prf_algorithm, relaxations, &prf, error)
         && signet_cmp_mac_function_read (params->message_auth_scheme, relaxations, &self->function, error)
         && get_key_size (kdf->keylength, &self->function, &size, error)
         && check_rounds (size, prf.size, iterations, limit, error)
         && run_pbkdf2 (self, secret, kdf->salt->value.octet_string, prf.digest, iterations, size, error);
}

/* A secret that is the key itself: RFC 9481 §6.2. */
static gboolean
take_plain (SignetCmpMacKey       *self,
            const X509_ALGOR      *algorithm,
            SignetSecret          *secret,
            SignetCmpRelaxations   relaxations,
            GError               **error)
{
  if (!signet_cmp_mac_function_read (algorithm, relaxations, &self->function, error))
    return FALSE;
  /* The nonce would have to change with each message under a key that stays: RFC 9481 §6.2.2. */
  if (self->function.nonce != NULL)
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("AES-GMAC is taken only with a key that is derived for the message"));
  if (signet_secret_get_size (secret) < KEY_MIN_SIZE)
    return refuse (error, SIGNET_CMP_ERROR_WEAK,
                   _("The shared secret has %" G_GSIZE_FORMAT " octets; to be a key by itself it needs at least %d"),
                   signet_secret_get_size (secret), KEY_MIN_SIZE);
  self->key = signet_secret_ref (secret);
  return TRUE;
}

SignetCmpMacKey *
signet_cmp_mac_key_new (const X509_ALGOR      *algorithm,
                        SignetSecret          *secret,
                        guint                  iteration_limit,
                        SignetCmpRelaxations   relaxations,
                        GError               **error)
{
  g_autoptr (SignetCmpMacKey) self = g_new0 (SignetCmpMacKey, 1);
  gboolean ok;

  signet_assert_may_take_time ();
  switch (signet_cmp_mac_get_kind (algorithm))
    {
    case SIGNET_CMP_MAC_KIND_PASSWORD_BASED:
      ok = derive_password_based (self, algorithm, secret, iteration_limit, relaxations, error);
      break;
    case SIGNET_CMP_MAC_KIND_PBMAC1:
      ok = derive_pbmac1 (self, algorithm, secret, iteration_limit, relaxations, error);
      break;
    case SIGNET_CMP_MAC_KIND_PLAIN:
      ok = take_plain (self, algorithm, secret, relaxations, error);
      break;
    case SIGNET_CMP_MAC_KIND_NONE:
    case SIGNET_CMP_MAC_KIND_DH:
    case SIGNET_CMP_MAC_KIND_KEM:
    default:
      {
        g_autofree char *name = signet_cmp_algorithm_name (algorithm);

        ok = refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The message is protected with “%s”, which is not known here"), name);
      }
    }
  return ok ? g_steal_pointer (&self) : NULL;
}

/* The result of the Diffie-Hellman computation, as long as the group's prime or field: RFC 2631 §2.1.2. */
static SignetSecret *
agree (EVP_PKEY  *own,
       EVP_PKEY  *peer,
       GError   **error)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, own, NULL);
  SignetSecret *secret = NULL;
  guint8 *octets = NULL;
  gsize size = 0;
  gsize allocated = 0;
  gboolean ok = context != NULL && EVP_PKEY_derive_init (context) == 1;

  if (ok && (EVP_PKEY_is_a (own, "DH") || EVP_PKEY_is_a (own, "DHX")))
    ok = EVP_PKEY_CTX_set_dh_pad (context, 1) == 1;
  if (ok && EVP_PKEY_derive_set_peer (context, peer) == 1 && EVP_PKEY_derive (context, NULL, &size) == 1)
    {
      octets = g_malloc (size);
      allocated = size;
      if (EVP_PKEY_derive (context, octets, &size) == 1)
        secret = signet_secret_new (octets, size);
      OPENSSL_cleanse (octets, allocated);
      g_free (octets);
    }
  if (secret == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                              _("The two keys for key agreement do not fit together"));
  return secret;
}

SignetCmpMacKey *
signet_cmp_mac_key_new_dh (const X509_ALGOR      *algorithm,
                           SignetKey             *own,
                           EVP_PKEY              *peer,
                           SignetCmpRelaxations   relaxations,
                           GError               **error)
{
  g_autoptr (SignetCmpMacKey) self = g_new0 (SignetCmpMacKey, 1);
  g_autoptr (SignetDhbmParameter) params = NULL;
  g_autoptr (SignetSecret) shared = NULL;
  g_autoptr (SignetSecret) base_key = NULL;
  SignetCmpDigest owf;

  signet_assert_may_take_time ();
  if (signet_cmp_mac_get_kind (algorithm) == SIGNET_CMP_MAC_KIND_DH && algorithm->parameter != NULL)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetDhbmParameter), algorithm->parameter);
  if (params == NULL)
    {
      refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("The parameters of DHBasedMac cannot be read"));
      return NULL;
    }
  if (!signet_cmp_digest_read (params->owf, relaxations, &owf, error)
      || !signet_cmp_mac_function_read (params->mac, relaxations, &self->function, error))
    return NULL;
  shared = agree (signet_key_get_pkey (own), peer, error);
  if (shared != NULL)
    base_key = derive_base_key (shared, NULL, &owf, 1, error);
  return set_key_from_base (self, base_key, &owf, error) ? g_steal_pointer (&self) : NULL;
}

GBytes *
signet_cmp_mac_kem_other_info (GBytes                  *transaction_id,
                               const ASN1_OCTET_STRING *kem_context)
{
  g_autoptr (SignetKemOtherInfo) info = SignetKemOtherInfo_new ();
  ASN1_UTF8STRING *text = ASN1_UTF8STRING_new ();

  ASN1_STRING_set (text, KEM_STATIC_STRING, -1);
  sk_ASN1_UTF8STRING_push (info->static_string, text);
  ASN1_OCTET_STRING_set (info->transaction_id, g_bytes_get_data (transaction_id, NULL), (int) g_bytes_get_size (transaction_id));
  if (kem_context != NULL)
    info->kem_context = ASN1_OCTET_STRING_dup (kem_context);
  return signet_asn1_encode (info, ASN1_ITEM_rptr (SignetKemOtherInfo));
}

SignetCmpMacKey *
signet_cmp_mac_key_new_kem (const X509_ALGOR      *algorithm,
                            SignetSecret          *shared,
                            GBytes                *transaction_id,
                            SignetCmpRelaxations   relaxations,
                            GError               **error)
{
  g_autoptr (SignetCmpMacKey) self = g_new0 (SignetCmpMacKey, 1);
  g_autoptr (SignetKemBmParameter) params = NULL;
  g_autoptr (GBytes) info = NULL;
  gsize size = 0;

  signet_assert_may_take_time ();
  if (signet_cmp_mac_get_kind (algorithm) == SIGNET_CMP_MAC_KIND_KEM && algorithm->parameter != NULL)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetKemBmParameter), algorithm->parameter);
  if (params == NULL)
    {
      refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("The parameters of KemBasedMac cannot be read"));
      return NULL;
    }
  if (params->kem_context != NULL && ASN1_STRING_length (params->kem_context) > KEM_CONTEXT_MAX_SIZE)
    {
      refuse (error, SIGNET_CMP_ERROR_LIMIT, _("The context of KemBasedMac has %d octets, more than the %d allowed"),
              ASN1_STRING_length (params->kem_context), KEM_CONTEXT_MAX_SIZE);
      return NULL;
    }
  if (!signet_cmp_mac_function_read (params->mac, relaxations, &self->function, error)
      || !get_key_size (params->len, &self->function, &size, error))
    return NULL;
  info = signet_cmp_mac_kem_other_info (transaction_id, params->kem_context);
  self->key = signet_cmp_kdf_derive (params->kdf, shared, info, size, error);
  return self->key != NULL ? g_steal_pointer (&self) : NULL;
}

void
signet_cmp_mac_key_free (SignetCmpMacKey *self)
{
  g_clear_pointer (&self->key, signet_secret_unref);
  signet_cmp_mac_function_clear (&self->function);
  g_free (self);
}

SignetSecret *
signet_cmp_mac_key_get_secret (SignetCmpMacKey *self)
{
  return self->key;
}

gboolean
signet_cmp_mac_key_is_for_one_message (SignetCmpMacKey *self)
{
  return self->function.nonce != NULL;
}

GBytes *
signet_cmp_mac_compute (SignetCmpMacKey  *self,
                        GBytes           *data,
                        GError          **error)
{
  return signet_cmp_mac_function_compute (&self->function, self->key, data, error);
}

gboolean
signet_cmp_message_is_mac_protected (SignetCmpMessage *message)
{
  const X509_ALGOR *algorithm;

  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (message), FALSE);

  algorithm = signet_cmp_message_get_protection_alg (message);
  return algorithm != NULL && signet_cmp_mac_get_kind (algorithm) != SIGNET_CMP_MAC_KIND_NONE;
}
