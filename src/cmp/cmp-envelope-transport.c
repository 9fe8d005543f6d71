/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"
#include "cmp/cmp-signature.h"

/* Key transport: RFC 5652 §6.2.1, RFC 9481 §4.2, RFC 9483 §4.1.6.1. */

#define RSA_MAX_SIZE 2048                /* octets of a modulus */
#define PKCS1_OVERHEAD 11

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_OAEP_PARAMS, RSA_OAEP_PARAMS_free)

/* What RSAES-OAEP-params say, RFC 4055 §4.1. */
typedef struct {
  const char *digest;
  const char *mgf1_digest;
} Oaep;

static const char *
oaep_digest (const X509_ALGOR *algorithm)
{
  /* Left out is SHA-1, which does OAEP no harm: it rests on no resistance to collisions. */
  switch (algorithm == NULL ? NID_sha1 : OBJ_obj2nid (algorithm->algorithm))
    {
    case NID_sha1:
      return "SHA1";
    case NID_sha224:
      return "SHA224";
    case NID_sha256:
      return "SHA256";
    case NID_sha384:
      return "SHA384";
    case NID_sha512:
      return "SHA512";
    default:
      return NULL;
    }
}

static gboolean
has_empty_label (const X509_ALGOR *source)
{
  return source == NULL
         || (OBJ_obj2nid (source->algorithm) == NID_pSpecified && source->parameter != NULL
             && ASN1_TYPE_get (source->parameter) == V_ASN1_OCTET_STRING
             && ASN1_STRING_length (source->parameter->value.octet_string) == 0);
}

static gboolean
read_oaep (const X509_ALGOR  *algorithm,
           Oaep              *oaep,
           GError           **error)
{
  g_autoptr (RSA_OAEP_PARAMS) params = NULL;
  g_autoptr (X509_ALGOR) mgf1 = NULL;

  if (algorithm->parameter != NULL && ASN1_TYPE_get (algorithm->parameter) == V_ASN1_SEQUENCE)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (RSA_OAEP_PARAMS), algorithm->parameter);
  if (params != NULL)
    {
      oaep->digest = oaep_digest (params->hashFunc);
      oaep->mgf1_digest = "SHA1";
      if (params->maskGenFunc != NULL)
        {
          if (OBJ_obj2nid (params->maskGenFunc->algorithm) == NID_mgf1 && params->maskGenFunc->parameter != NULL)
            mgf1 = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (X509_ALGOR), params->maskGenFunc->parameter);
          oaep->mgf1_digest = mgf1 == NULL ? NULL : oaep_digest (mgf1);
        }
      if (oaep->digest != NULL && oaep->mgf1_digest != NULL && has_empty_label (params->pSourceFunc))
        return TRUE;
    }
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The parameters of RSAES-OAEP cannot be used"));
}

static gboolean
set_oaep (EVP_PKEY_CTX *context,
          const Oaep   *oaep)
{
  return EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_OAEP_PADDING) > 0
         && EVP_PKEY_CTX_set_rsa_oaep_md_name (context, oaep->digest, NULL) > 0
         && EVP_PKEY_CTX_set_rsa_mgf1_md_name (context, oaep->mgf1_digest, NULL) > 0;
}

/*
 * 00 02 ‖ at least 8 octets, none of them 0 ‖ 00 ‖ @size octets. Not a branch nor an index depends on what was decrypted: where it is
 * not so, @key stays what it was. libcrypto does the like by itself from 3.2 only, and does not know the size wanted.
 */
static void
take_pkcs1 (const guint8 *decrypted,
            gsize         decrypted_size,
            guint8       *key,
            gsize         size)
{
  gsize separator = decrypted_size - size - 1;
  guint bad = decrypted[0] | (decrypted[1] ^ 2u) | decrypted[separator];
  guint8 good;

  for (gsize i = 2; i < separator; i++)
    bad |= ((guint) decrypted[i] - 1) >> 31;
  good = (guint8) ((bad - 1) >> 8);
  for (gsize i = 0; i < size; i++)
    key[i] = (guint8) ((decrypted[separator + 1 + i] & good) | (key[i] & (guint8) ~good));
}

SignetSecret *
signet_envelope_rsa_decrypt (EVP_PKEY          *key,
                             const X509_ALGOR  *algorithm,
                             const guint8      *encrypted,
                             gsize              encrypted_size,
                             gsize              size,
                             GError           **error)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  g_autoptr (SignetSecret) substitute = signet_secret_new_random (size);
  gboolean pkcs1 = OBJ_obj2nid (algorithm->algorithm) == NID_rsaEncryption;
  guint8 decrypted[RSA_MAX_SIZE];
  guint8 result[SIGNET_CMS_KEY_MAX];
  gsize modulus = (gsize) EVP_PKEY_get_size (key);
  gsize length = sizeof decrypted;
  Oaep oaep = { 0 };
  SignetSecret *secret;
  gboolean ok;

  if (!pkcs1 && OBJ_obj2nid (algorithm->algorithm) != NID_rsaesOaep)
    {
      g_autofree char *name = signet_cmp_algorithm_name (algorithm);

      signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The content-encryption key is encrypted with “%s”, which is not known here"),
                         name);
      return NULL;
    }
  if (!pkcs1 && !read_oaep (algorithm, &oaep, error))
    return NULL;
  if (!EVP_PKEY_is_a (key, "RSA") || encrypted_size != modulus || modulus > sizeof decrypted || modulus < size + PKCS1_OVERHEAD)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS, _("What is encrypted does not fit the key: it is for an RSA key of another size"));
      return NULL;
    }

  memset (decrypted, 0, sizeof decrypted);
  memcpy (result, signet_secret_get_data (substitute, NULL), size);
  ok = context != NULL && EVP_PKEY_decrypt_init (context) == 1
       && (pkcs1 ? EVP_PKEY_CTX_set_rsa_padding (context, RSA_NO_PADDING) > 0 : set_oaep (context, &oaep))
       && EVP_PKEY_decrypt (context, decrypted, &length, encrypted, encrypted_size) == 1;
  if (ok && pkcs1 && length == modulus)
    take_pkcs1 (decrypted, length, result, size);
  else if (ok && !pkcs1 && length == size)
    memcpy (result, decrypted, size);
  secret = signet_secret_new (result, size);
  OPENSSL_cleanse (decrypted, sizeof decrypted);
  OPENSSL_cleanse (result, sizeof result);
  ERR_clear_error ();
  return secret;
}

SignetSecret *
signet_envelope_open_ktri (const SignetEnvelopeOpening        *opening,
                           const SignetKeyTransRecipientInfo  *ktri,
                           GError                            **error)
{
  const SignetRecipientIdentifier *rid = ktri->rid;
  EVP_PKEY *key = signet_envelope_get_key (opening, error);

  if (key == NULL)
    return NULL;
  /* RFC 9483 §4.1.6.1 has 2; RFC 5652 §6.2.1 has 0 for issuerAndSerialNumber. */
  if (!signet_cms_version_is (ktri->version, 2) && !signet_cms_version_is (ktri->version, 0))
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("KeyTransRecipientInfo has a version that is not known"));
      return NULL;
    }
  if (!signet_envelope_check_rid (opening, rid->type == 0 ? rid->value.issuer_and_serial_number : NULL,
                                  rid->type == 1 ? rid->value.subject_key_identifier : NULL, error))
    return NULL;
  return signet_envelope_rsa_decrypt (key, ktri->key_encryption_algorithm, ASN1_STRING_get0_data (ktri->encrypted_key),
                                      (gsize) ASN1_STRING_length (ktri->encrypted_key), opening->cek_size, error);
}

static gboolean
set_oaep_algorithm (X509_ALGOR *algorithm)
{
  g_autoptr (RSA_OAEP_PARAMS) params = RSA_OAEP_PARAMS_new ();
  g_autoptr (X509_ALGOR) mgf1_hash = X509_ALGOR_new ();
  ASN1_STRING *mgf1 = NULL;
  ASN1_STRING *packed = NULL;

  params->hashFunc = X509_ALGOR_new ();
  params->maskGenFunc = X509_ALGOR_new ();
  if (X509_ALGOR_set0 (params->hashFunc, OBJ_nid2obj (NID_sha256), V_ASN1_NULL, NULL) != 1
      || X509_ALGOR_set0 (mgf1_hash, OBJ_nid2obj (NID_sha256), V_ASN1_NULL, NULL) != 1
      || ASN1_item_pack (mgf1_hash, ASN1_ITEM_rptr (X509_ALGOR), &mgf1) == NULL)
    return FALSE;
  X509_ALGOR_set0 (params->maskGenFunc, OBJ_nid2obj (NID_mgf1), V_ASN1_SEQUENCE, mgf1);
  if (ASN1_item_pack (params, ASN1_ITEM_rptr (RSA_OAEP_PARAMS), &packed) == NULL)
    return FALSE;
  return X509_ALGOR_set0 (algorithm, OBJ_nid2obj (NID_rsaesOaep), V_ASN1_SEQUENCE, packed) == 1;
}

gboolean
signet_envelope_set_rid (SignetRecipientIdentifier *rid,
                         SignetCertificate         *certificate)
{
  X509 *x509 = signet_certificate_get_x509 (certificate);
  const ASN1_OCTET_STRING *key_identifier = X509_get0_subject_key_id (x509);

  if (key_identifier != NULL)
    {
      rid->type = 1;
      rid->value.subject_key_identifier = ASN1_OCTET_STRING_dup (key_identifier);
      return rid->value.subject_key_identifier != NULL;
    }
  rid->type = 0;
  rid->value.issuer_and_serial_number = PKCS7_ISSUER_AND_SERIAL_new ();
  g_clear_pointer (&rid->value.issuer_and_serial_number->serial, ASN1_INTEGER_free);
  rid->value.issuer_and_serial_number->serial = ASN1_INTEGER_dup (X509_get0_serialNumber (x509));
  return X509_NAME_set (&rid->value.issuer_and_serial_number->issuer, X509_get_issuer_name (x509)) == 1;
}

SignetRecipientInfo *
signet_envelope_make_ktri (SignetCertificate  *certificate,
                           EVP_PKEY           *key,
                           gboolean            oaep,
                           SignetSecret       *cek,
                           GError            **error)
{
  const Oaep sha256 = { "SHA256", "SHA256" };
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  g_autoptr (SignetRecipientInfo) info = SignetRecipientInfo_new ();
  SignetKeyTransRecipientInfo *ktri = SignetKeyTransRecipientInfo_new ();
  guint8 encrypted[RSA_MAX_SIZE];
  gsize length = sizeof encrypted;
  gsize size;
  const guint8 *octets = signet_secret_get_data (cek, &size);

  info->type = SIGNET_RECIPIENT_KTRI;
  info->value.ktri = ktri;
  if (EVP_PKEY_get_size (key) <= RSA_MAX_SIZE && signet_envelope_set_rid (ktri->rid, certificate)
      && ASN1_INTEGER_set (ktri->version, ktri->rid->type == 1 ? 2 : 0) == 1
      && (oaep ? set_oaep_algorithm (ktri->key_encryption_algorithm)
               : X509_ALGOR_set0 (ktri->key_encryption_algorithm, OBJ_nid2obj (NID_rsaEncryption), V_ASN1_NULL, NULL) == 1)
      && EVP_PKEY_encrypt_init (context) == 1
      && (oaep ? set_oaep (context, &sha256) : EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) > 0)
      && EVP_PKEY_encrypt (context, encrypted, &length, octets, size) == 1
      && ASN1_OCTET_STRING_set (ktri->encrypted_key, encrypted, (int) length) == 1)
    return g_steal_pointer (&info);
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content-encryption key could not be encrypted"));
  return NULL;
}
