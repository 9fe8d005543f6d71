/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"
#include "cmp/cmp-random.h"
#include "cmp/cmp-signature.h"

/* Key agreement: RFC 5652 §6.2.2, RFC 5753, RFC 8418, RFC 3370 §4.1.1; RFC 9481 §4.1, RFC 9483 §4.1.6.2. */

#define SHARED_MAX_SIZE 1024             /* octets of what two keys agree on */
#define UKM_SIZE 32
#define UKM_MAX_SIZE 1024
#define KEK_SIZE 32
#define BITS_256 256
#define BITS_384 384
#define DH_MIN_BITS 2048

#define OID_DH_PUBLIC_NUMBER "1.2.840.10046.2.1"             /* RFC 3279 §2.3.3 */
#define OID_DH_KEY_AGREEMENT "1.2.840.113549.1.3.1"          /* PKCS #3 */

typedef enum {
  WITH_X963,
  WITH_HKDF,
  WITH_X942,
} Derivation;

typedef struct {
  const char *oid;
  const char *digest;
  Derivation derivation;
  gboolean cofactor;
} Scheme;

static const Scheme schemes[] = {
  { "1.3.132.1.11.0", "SHA224", WITH_X963, FALSE },                  /* dhSinglePass-stdDH */
  { "1.3.132.1.11.1", "SHA256", WITH_X963, FALSE },
  { "1.3.132.1.11.2", "SHA384", WITH_X963, FALSE },
  { "1.3.132.1.11.3", "SHA512", WITH_X963, FALSE },
  { "1.3.132.1.14.0", "SHA224", WITH_X963, TRUE },                   /* dhSinglePass-cofactorDH */
  { "1.3.132.1.14.1", "SHA256", WITH_X963, TRUE },
  { "1.3.132.1.14.2", "SHA384", WITH_X963, TRUE },
  { "1.3.132.1.14.3", "SHA512", WITH_X963, TRUE },
  { "1.3.133.16.840.63.0.2", "SHA1", WITH_X963, FALSE },
  { "1.3.133.16.840.63.0.3", "SHA1", WITH_X963, TRUE },
  { "1.2.840.113549.1.9.16.3.19", "SHA256", WITH_HKDF, FALSE },      /* RFC 8418 §2.2 */
  { "1.2.840.113549.1.9.16.3.20", "SHA384", WITH_HKDF, FALSE },
  { "1.2.840.113549.1.9.16.3.21", "SHA512", WITH_HKDF, FALSE },
  { "1.2.840.113549.1.9.16.3.5", "SHA1", WITH_X942, FALSE },         /* id-alg-ESDH: RFC 2631 has no other digest */
};

static const Scheme *
find_scheme (const X509_ALGOR      *algorithm,
             SignetCmpRelaxations   relaxations,
             GError               **error)
{
  g_autofree char *oid = signet_cms_oid (algorithm->algorithm);
  g_autofree char *name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    {
      if (!g_str_equal (schemes[i].oid, oid))
        continue;
      if (schemes[i].derivation == WITH_X963 && g_str_equal (schemes[i].digest, "SHA1") && (relaxations & SIGNET_CMP_RELAX_SHA1) == 0)
        {
          signet_cms_refuse (error, SIGNET_CMP_ERROR_WEAK,
                             _("The key agreement uses SHA-1, which the settings of this authority do not allow"));
          return NULL;
        }
      return &schemes[i];
    }
  name = signet_cmp_algorithm_name (algorithm);
  signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The key agreement “%s” is not known here"), name);
  return NULL;
}

static EVP_PKEY *
find_among (GPtrArray                              *certificates,
            const SignetOriginatorIdentifierOrKey  *originator)
{
  gboolean by_key = originator->type == SIGNET_ORIGINATOR_KEY_IDENTIFIER;

  for (guint i = 0; certificates != NULL && i < certificates->len; i++)
    {
      SignetCertificate *certificate = g_ptr_array_index (certificates, i);
      EVP_PKEY *key = X509_get0_pubkey (signet_certificate_get_x509 (certificate));

      if (key != NULL
          && signet_envelope_names (certificate, by_key ? NULL : originator->value.issuer_and_serial_number,
                                    by_key ? originator->value.subject_key_identifier : NULL))
        return key;
    }
  return NULL;
}

/* The key of a certificate that is only named: RFC 9483 §4.1.6.2 has it so. */
static EVP_PKEY *
find_originator (const SignetEnvelopeOpening            *opening,
                 const SignetOriginatorIdentifierOrKey  *originator,
                 GError                                **error)
{
  EVP_PKEY *key = find_among (opening->originators, originator);

  if (key == NULL)
    key = find_among (opening->recipient->originators, originator);
  ERR_clear_error ();
  if (key != NULL)
    EVP_PKEY_up_ref (key);
  else
    signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS,
                       _("What was sent was encrypted with the key of a certificate that did not come with it and is not known"));
  return key;
}

static gboolean
set_dh_public (EVP_PKEY              *peer,
               const ASN1_BIT_STRING *bits)
{
  g_autoptr (BIGNUM) number = NULL;
  ASN1_INTEGER *integer = signet_asn1_decode (ASN1_STRING_get0_data (bits), (gsize) ASN1_STRING_length (bits), ASN1_ITEM_rptr (ASN1_INTEGER));
  guint8 octets[SHARED_MAX_SIZE];
  int size = EVP_PKEY_get_size (peer);

  if (integer != NULL)
    number = ASN1_INTEGER_to_BN (integer, NULL);
  ASN1_INTEGER_free (integer);
  return number != NULL && !BN_is_negative (number) && size > 0 && (gsize) size <= sizeof octets
         && BN_bn2binpad (number, octets, size) == size && EVP_PKEY_set1_encoded_public_key (peer, octets, (gsize) size) == 1;
}

static gboolean
is_dh (EVP_PKEY *key)
{
  return EVP_PKEY_is_a (key, "DHX") || EVP_PKEY_is_a (key, "DH");
}

static gboolean
is_kind_of (EVP_PKEY   *key,
            const char *oid)
{
  if (is_dh (key))
    return g_str_equal (oid, OID_DH_PUBLIC_NUMBER) || g_str_equal (oid, OID_DH_KEY_AGREEMENT);
  return EVP_PKEY_is_a (key, oid);
}

/* The ephemeral key, on the curve or in the group of the recipient's own: RFC 5753 §3.1.1. */
static EVP_PKEY *
read_originator_key (EVP_PKEY                         *own,
                     const SignetOriginatorPublicKey  *originator,
                     GError                          **error)
{
  g_autoptr (EVP_PKEY) peer = NULL;
  const guint8 *octets = ASN1_STRING_get0_data (originator->public_key);
  gsize size = (gsize) ASN1_STRING_length (originator->public_key);
  g_autofree char *oid = signet_cms_oid (originator->algorithm->algorithm);
  gboolean ok = FALSE;

  if (is_kind_of (own, oid))
    {
      if (EVP_PKEY_is_a (own, "X25519") || EVP_PKEY_is_a (own, "X448"))
        {
          peer = EVP_PKEY_new_raw_public_key_ex (NULL, EVP_PKEY_get0_type_name (own), NULL, octets, size);
          ok = peer != NULL;
        }
      else
        {
          peer = EVP_PKEY_new ();
          ok = EVP_PKEY_copy_parameters (peer, own) == 1
               && (is_dh (own) ? set_dh_public (peer, originator->public_key)
                                              : EVP_PKEY_set1_encoded_public_key (peer, octets, size) == 1);
        }
    }
  if (ok)
    return g_steal_pointer (&peer);
  signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS, _("What was sent is encrypted for a key of another kind than the one at hand"));
  return NULL;
}

static SignetSecret *
agree (EVP_PKEY *own,
       EVP_PKEY *peer,
       gboolean  cofactor)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, own, NULL);
  SignetSecret *shared = NULL;
  guint8 octets[SHARED_MAX_SIZE];
  gsize size = sizeof octets;

  if (context != NULL && EVP_PKEY_derive_init (context) == 1
      && (!EVP_PKEY_is_a (own, "EC") || EVP_PKEY_CTX_set_ecdh_cofactor_mode (context, cofactor) > 0)
      && (!is_dh (own) || EVP_PKEY_CTX_set_dh_pad (context, 1) > 0)
      && EVP_PKEY_derive_set_peer_ex (context, peer, 1) == 1 && EVP_PKEY_derive (context, octets, &size) == 1)
    shared = signet_secret_new (octets, size);
  OPENSSL_cleanse (octets, sizeof octets);
  ERR_clear_error ();
  return shared;
}

/* DER ECC-CMS-SharedInfo, RFC 5753 §7.2. */
static GBytes *
make_shared_info (const X509_ALGOR        *wrap,
                  const ASN1_OCTET_STRING *ukm,
                  gsize                    kek_size)
{
  g_autoptr (SignetEccCmsSharedInfo) info = SignetEccCmsSharedInfo_new ();
  guint32 bits = GUINT32_TO_BE ((guint32) kek_size * 8);

  X509_ALGOR_free (info->key_info);
  info->key_info = X509_ALGOR_dup (wrap);
  info->entity_u_info = ukm != NULL ? ASN1_OCTET_STRING_dup (ukm) : NULL;
  ASN1_OCTET_STRING_set (info->supp_pub_info, (const guint8 *) &bits, sizeof bits);
  return signet_asn1_encode (info, ASN1_ITEM_rptr (SignetEccCmsSharedInfo));
}

/* RFC 2631 §2.1.2, whose OtherInfo libcrypto makes itself. */
static SignetSecret *
derive_x942 (SignetSecret             *shared,
             const ASN1_OCTET_STRING  *ukm,
             gsize                     size,
             GError                  **error)
{
  g_autoptr (EVP_KDF) kdf = EVP_KDF_fetch (NULL, "X942KDF-ASN1", NULL);
  g_autoptr (EVP_KDF_CTX) context = kdf == NULL ? NULL : EVP_KDF_CTX_new (kdf);
  g_autofree char *wrap = g_strdup_printf ("AES-%u-WRAP", (guint) size * 8);
  SignetSecret *secret = NULL;
  OSSL_PARAM params[5];
  guint n = 0;
  gsize shared_size;
  const guint8 *octets = signet_secret_get_data (shared, &shared_size);
  guint8 key[SIGNET_CMS_KEY_MAX];

  params[n++] = OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *) "SHA1", 0);
  params[n++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_KEY, (void *) octets, shared_size);
  params[n++] = OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_CEK_ALG, wrap, 0);
  if (ukm != NULL)
    params[n++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_UKM, (void *) ASN1_STRING_get0_data (ukm),
                                                     (gsize) ASN1_STRING_length (ukm));
  params[n] = OSSL_PARAM_construct_end ();
  if (context != NULL && EVP_KDF_derive (context, key, size, params) == 1)
    secret = signet_secret_new (key, size);
  else
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The key could not be derived"));
  OPENSSL_cleanse (key, sizeof key);
  return secret;
}

static SignetSecret *
derive_kek (const Scheme             *scheme,
            SignetSecret             *shared,
            const X509_ALGOR         *wrap,
            const ASN1_OCTET_STRING  *ukm,
            gsize                     size,
            GError                  **error)
{
  g_autoptr (GBytes) info = NULL;

  if (scheme->derivation == WITH_X942)
    return derive_x942 (shared, ukm, size, error);
  info = make_shared_info (wrap, ukm, size);
  return signet_cms_derive (scheme->derivation == WITH_HKDF ? SIGNET_CMS_KDF_HKDF : SIGNET_CMS_KDF_X963, scheme->digest, shared, ukm, info,
                            size, error);
}

/* What stands in KeyAgreeRecipientInfo, looked at before any key is used. */
static gboolean
check_kari (const SignetEnvelopeOpening        *opening,
            const SignetKeyAgreeRecipientInfo  *kari,
            GError                            **error)
{
  const SignetKeyAgreeRecipientIdentifier *rid;

  if (!signet_cms_version_is (kari->version, 3))
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("KeyAgreeRecipientInfo has a version that is not known"));
  if (sk_SignetRecipientEncryptedKey_num (kari->recipient_encrypted_keys) != 1)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("What was sent is encrypted for %d recipients, and must be for one"),
                              sk_SignetRecipientEncryptedKey_num (kari->recipient_encrypted_keys));
  if (kari->ukm != NULL && ASN1_STRING_length (kari->ukm) > UKM_MAX_SIZE)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_LIMIT, _("The user keying material has more than the %d octets allowed"), UKM_MAX_SIZE);
  /* RFC 9481 §4.1: static-static is out. Where RFC 9483 §4.1.6.2 has a certificate named all the same, only what is new each time in
   * the user keying material makes the key one of its own (RFC 2631 §2.3). */
  if (kari->originator->type != SIGNET_ORIGINATOR_KEY && (kari->ukm == NULL || ASN1_STRING_length (kari->ukm) == 0))
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_WEAK,
                              _("What was sent is encrypted by static keys of both sides with nothing new to it, which RFC 9481 §4.1 forbids"));
  rid = sk_SignetRecipientEncryptedKey_value (kari->recipient_encrypted_keys, 0)->rid;
  return signet_envelope_check_rid (opening, rid->type == 0 ? rid->value.issuer_and_serial_number : NULL,
                                    rid->type == 1 ? rid->value.r_key_id->subject_key_identifier : NULL, error);
}

static gboolean
check_own (EVP_PKEY      *own,
           const Scheme  *scheme,
           GError       **error)
{
  gboolean dh = is_dh (own);

  if (dh == (scheme->derivation == WITH_X942) && (dh || EVP_PKEY_is_a (own, "EC") || EVP_PKEY_is_a (own, "X25519") || EVP_PKEY_is_a (own, "X448")))
    {
      if (!dh || EVP_PKEY_get_bits (own) >= DH_MIN_BITS)
        return TRUE;
      return signet_cms_refuse (error, SIGNET_CMP_ERROR_WEAK, _("The Diffie-Hellman group has fewer than %d bits"), DH_MIN_BITS);
    }
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS, _("What was sent is encrypted by key agreement, which the key at hand does not do"));
}

SignetSecret *
signet_envelope_open_kari (const SignetEnvelopeOpening        *opening,
                           const SignetKeyAgreeRecipientInfo  *kari,
                           GError                            **error)
{
  EVP_PKEY *own = signet_envelope_get_key (opening, error);
  const Scheme *scheme;
  g_autoptr (X509_ALGOR) wrap = NULL;
  g_autoptr (EVP_PKEY) peer = NULL;
  g_autoptr (SignetSecret) shared = NULL;
  g_autoptr (SignetSecret) kek = NULL;
  SignetSecret *cek = NULL;
  gsize size = 0;

  if (own == NULL || !check_kari (opening, kari, error))
    return NULL;
  scheme = find_scheme (kari->key_encryption_algorithm, signet_cmp_authority_get_relaxations (opening->authority), error);
  if (scheme == NULL || !check_own (own, scheme, error))
    return NULL;
  if (kari->key_encryption_algorithm->parameter != NULL)
    wrap = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (X509_ALGOR), kari->key_encryption_algorithm->parameter);
  if (wrap == NULL)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("The key agreement does not say how the key is wrapped"));
      return NULL;
    }
  if (!signet_cms_wrap_read (wrap, &size, error))
    return NULL;
  signet_envelope_compare_sizes (opening, size);
  peer = kari->originator->type == SIGNET_ORIGINATOR_KEY ? read_originator_key (own, kari->originator->value.originator_key, error)
                                                         : find_originator (opening, kari->originator, error);
  if (peer == NULL)
    return NULL;

  shared = agree (own, peer, scheme->cofactor);
  if (shared != NULL)
    kek = derive_kek (scheme, shared, wrap, kari->ukm, size, error);
  if (shared != NULL && kek == NULL)
    return NULL;
  if (kek != NULL)
    cek = signet_cms_unwrap (kek, sk_SignetRecipientEncryptedKey_value (kari->recipient_encrypted_keys, 0)->encrypted_key);
  if (cek == NULL)
    signet_cmp_envelope_set_unreadable (error);
  return cek;
}

static const Scheme *
scheme_for_key (EVP_PKEY *key)
{
  const char *oid = EVP_PKEY_get_bits (key) <= BITS_256 ? "1.3.132.1.11.1"
                    : EVP_PKEY_get_bits (key) <= BITS_384 ? "1.3.132.1.11.2" : "1.3.132.1.11.3";

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_equal (schemes[i].oid, oid))
      return &schemes[i];
  g_assert_not_reached ();
}

static EVP_PKEY *
make_ephemeral (EVP_PKEY *like)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, like, NULL);
  EVP_PKEY *key = NULL;

  if (context == NULL || EVP_PKEY_keygen_init (context) != 1 || EVP_PKEY_generate (context, &key) != 1)
    return NULL;
  return key;
}

static gboolean
set_originator (SignetOriginatorIdentifierOrKey *originator,
                EVP_PKEY                        *ephemeral)
{
  g_autoptr (SignetPublicKeyInfo) info = NULL;
  unsigned char *der = NULL;
  int size = i2d_PUBKEY (ephemeral, &der);

  if (size > 0)
    info = signet_asn1_decode (der, (gsize) size, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  OPENSSL_free (der);
  if (info == NULL)
    return FALSE;
  originator->type = SIGNET_ORIGINATOR_KEY;
  originator->value.originator_key = SignetOriginatorPublicKey_new ();
  X509_ALGOR_free (originator->value.originator_key->algorithm);
  originator->value.originator_key->algorithm = g_steal_pointer (&info->algorithm);
  ASN1_BIT_STRING_free (originator->value.originator_key->public_key);
  originator->value.originator_key->public_key = g_steal_pointer (&info->key);
  return TRUE;
}

static gboolean
set_agreement (X509_ALGOR        *algorithm,
               const Scheme      *scheme,
               const X509_ALGOR  *wrap)
{
  ASN1_STRING *packed = NULL;

  if (ASN1_item_pack ((void *) wrap, ASN1_ITEM_rptr (X509_ALGOR), &packed) == NULL)
    return FALSE;
  return X509_ALGOR_set0 (algorithm, OBJ_txt2obj (scheme->oid, 1), V_ASN1_SEQUENCE, packed) == 1;
}

static gboolean
set_agree_rid (SignetKeyAgreeRecipientIdentifier *rid,
               SignetCertificate                 *certificate)
{
  SignetRecipientIdentifier *plain = SignetRecipientIdentifier_new ();
  gboolean ok = signet_envelope_set_rid (plain, certificate);

  rid->type = plain->type;
  if (ok && plain->type == 1)
    {
      rid->value.r_key_id = SignetRecipientKeyIdentifier_new ();
      ASN1_OCTET_STRING_free (rid->value.r_key_id->subject_key_identifier);
      rid->value.r_key_id->subject_key_identifier = g_steal_pointer (&plain->value.subject_key_identifier);
    }
  else if (ok)
    rid->value.issuer_and_serial_number = g_steal_pointer (&plain->value.issuer_and_serial_number);
  else
    rid->type = -1;
  SignetRecipientIdentifier_free (plain);
  return ok;
}

/* Fills @kari but for its recipient. */
static SignetSecret *
set_sender (SignetKeyAgreeRecipientInfo  *kari,
            EVP_PKEY                     *key,
            GError                      **error)
{
  const Scheme *scheme = scheme_for_key (key);
  g_autoptr (EVP_PKEY) ephemeral = make_ephemeral (key);
  g_autoptr (X509_ALGOR) wrap = X509_ALGOR_new ();
  g_autoptr (SignetSecret) shared = NULL;
  guint8 ukm[UKM_SIZE];

  if (!signet_cmp_random (ukm, sizeof ukm, error))
    return NULL;
  kari->ukm = ASN1_OCTET_STRING_new ();
  if (ephemeral != NULL && ASN1_INTEGER_set (kari->version, 3) == 1 && ASN1_OCTET_STRING_set (kari->ukm, ukm, sizeof ukm) == 1
      && X509_ALGOR_set0 (wrap, OBJ_nid2obj (NID_id_aes256_wrap), V_ASN1_UNDEF, NULL) == 1
      && set_originator (kari->originator, ephemeral) && set_agreement (kari->key_encryption_algorithm, scheme, wrap))
    shared = agree (ephemeral, key, FALSE);
  if (shared != NULL)
    return derive_kek (scheme, shared, wrap, kari->ukm, KEK_SIZE, error);
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content-encryption key could not be encrypted"));
  return NULL;
}

SignetRecipientInfo *
signet_envelope_make_kari (SignetCertificate  *certificate,
                           EVP_PKEY           *key,
                           SignetSecret       *cek,
                           GError            **error)
{
  g_autoptr (SignetRecipientInfo) info = SignetRecipientInfo_new ();
  SignetRecipientEncryptedKey *encrypted = SignetRecipientEncryptedKey_new ();
  g_autoptr (SignetSecret) kek = NULL;

  info->type = SIGNET_RECIPIENT_KARI;
  info->value.kari = SignetKeyAgreeRecipientInfo_new ();
  sk_SignetRecipientEncryptedKey_push (info->value.kari->recipient_encrypted_keys, encrypted);
  kek = set_sender (info->value.kari, key, error);
  if (kek == NULL)
    return NULL;
  ASN1_OCTET_STRING_free (encrypted->encrypted_key);
  encrypted->encrypted_key = signet_cms_wrap (kek, cek, error);
  if (encrypted->encrypted_key == NULL)
    return NULL;
  if (!set_agree_rid (encrypted->rid, certificate))
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content-encryption key could not be encrypted"));
      return NULL;
    }
  return g_steal_pointer (&info);
}
