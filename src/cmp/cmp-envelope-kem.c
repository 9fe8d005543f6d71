/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"
#include "cmp/cmp-signature.h"

/* Key encapsulation: RFC 9629, with RSA (RFC 9690) and, where libcrypto has it, ML-KEM (RFC 9936). */

#define SHARED_MAX_SIZE 2048             /* octets: RSA-KEM's is as long as the modulus */
#define CIPHERTEXT_MAX_SIZE 4096
#define UKM_MAX_SIZE 1024
#define SHARED_RSA_MAX 64

typedef struct {
  SignetCmsKdf function;
  const char *digest;
} Derivation;

static const char *
digest_of (const X509_ALGOR *algorithm)
{
  switch (algorithm == NULL ? NID_undef : OBJ_obj2nid (algorithm->algorithm))
    {
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
read_kdf (const X509_ALGOR  *algorithm,
          Derivation        *derivation,
          GError           **error)
{
  g_autofree char *oid = signet_cms_oid (algorithm->algorithm);
  g_autoptr (X509_ALGOR) digest = NULL;

  *derivation = (Derivation) { SIGNET_CMS_KDF_HKDF, NULL };
  if (g_str_equal (oid, SIGNET_KDF3) || g_str_equal (oid, SIGNET_KDF2))
    {
      if (algorithm->parameter != NULL)
        digest = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (X509_ALGOR), algorithm->parameter);
      derivation->function = g_str_equal (oid, SIGNET_KDF3) ? SIGNET_CMS_KDF_3 : SIGNET_CMS_KDF_X963;
      derivation->digest = digest_of (digest);
    }
  /* RFC 8619 §2: the parameters are absent. */
  else if (algorithm->parameter == NULL)
    derivation->digest = g_str_equal (oid, SIGNET_HKDF_SHA256)   ? "SHA256"
                         : g_str_equal (oid, SIGNET_HKDF_SHA384) ? "SHA384"
                         : g_str_equal (oid, SIGNET_HKDF_SHA512) ? "SHA512"
                                                                 : NULL;
  if (derivation->digest != NULL)
    return TRUE;
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The key derivation “%s” of the KEM recipient is not known here"), oid);
}

/* RSA-KEM derives once more, before what CMS derives: RFC 9690 App. A. Parameters left out mean KDF3 with SHA-256. */
static gboolean
read_rsa_kem (const X509_ALGOR  *kem,
              gsize              kek_size,
              Derivation        *derivation,
              gsize             *size,
              GError           **error)
{
  g_autoptr (SignetRsaKemParameters) params = NULL;
  gint64 number;

  *derivation = (Derivation) { SIGNET_CMS_KDF_3, "SHA256" };
  *size = kek_size;
  if (kem->parameter == NULL)
    return TRUE;
  if (ASN1_TYPE_get (kem->parameter) == V_ASN1_SEQUENCE)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetRsaKemParameters), kem->parameter);
  if (params == NULL || !signet_asn1_get_int64 (params->key_length, &number) || number < 1 || number > SHARED_RSA_MAX)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("The parameters of RSA-KEM cannot be used"));
  *size = (gsize) number;
  return read_kdf (params->key_derivation_function, derivation, error);
}

static SignetSecret *
decapsulate (EVP_PKEY                *key,
             gboolean                 rsa,
             const ASN1_OCTET_STRING *ciphertext)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  const guint8 *octets = ASN1_STRING_get0_data (ciphertext);
  gsize octets_size = (gsize) ASN1_STRING_length (ciphertext);
  guint8 shared[SHARED_MAX_SIZE];
  gsize size = 0;
  SignetSecret *secret = NULL;

  if (context != NULL && EVP_PKEY_decapsulate_init (context, NULL) == 1 && (!rsa || EVP_PKEY_CTX_set_kem_op (context, "RSASVE") == 1)
      && EVP_PKEY_decapsulate (context, NULL, &size, octets, octets_size) == 1 && size <= sizeof shared
      && EVP_PKEY_decapsulate (context, shared, &size, octets, octets_size) == 1)
    secret = signet_secret_new (shared, size);
  OPENSSL_cleanse (shared, sizeof shared);
  ERR_clear_error ();
  return secret;
}

/* DER CMSORIforKEMOtherInfo, RFC 9629 §5. */
static GBytes *
make_other_info (const SignetKemRecipientInfo *kemri)
{
  g_autoptr (SignetCmsOriForKemOtherInfo) info = SignetCmsOriForKemOtherInfo_new ();

  X509_ALGOR_free (info->wrap);
  info->wrap = X509_ALGOR_dup (kemri->wrap);
  ASN1_INTEGER_free (info->kek_length);
  info->kek_length = ASN1_INTEGER_dup (kemri->kek_length);
  info->ukm = kemri->ukm != NULL ? ASN1_OCTET_STRING_dup (kemri->ukm) : NULL;
  return signet_asn1_encode (info, ASN1_ITEM_rptr (SignetCmsOriForKemOtherInfo));
}

/* The key-encryption key of what was encapsulated. What was shared is dropped as soon as it is derived: RFC 9629 §7. */
static SignetSecret *
derive_kek (const SignetKemRecipientInfo  *kemri,
            SignetSecret                  *encapsulated,
            const Derivation              *rsa_kem,
            gsize                          shared_size,
            const Derivation              *derivation,
            gsize                          kek_size,
            GError                       **error)
{
  g_autoptr (SignetSecret) shared = NULL;
  g_autoptr (GBytes) info = make_other_info (kemri);

  shared = rsa_kem != NULL ? signet_cms_derive (rsa_kem->function, rsa_kem->digest, encapsulated, NULL, NULL, shared_size, error)
                           : signet_secret_ref (encapsulated);
  if (shared == NULL)
    return NULL;
  return signet_cms_derive (derivation->function, derivation->digest, shared, NULL, info, kek_size, error);
}

static gboolean
check_kemri (const SignetEnvelopeOpening   *opening,
             const SignetKemRecipientInfo  *kemri,
             EVP_PKEY                      *key,
             gsize                         *kek_size,
             GError                       **error)
{
  const SignetRecipientIdentifier *rid = kemri->rid;
  g_autofree char *kem = signet_cms_oid (kemri->kem->algorithm);
  gint64 number;

  if (!signet_cms_version_is (kemri->version, 0))
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("KEMRecipientInfo has another version than 0"));
  if ((kemri->ukm != NULL && ASN1_STRING_length (kemri->ukm) > UKM_MAX_SIZE) || ASN1_STRING_length (kemri->kemct) > CIPHERTEXT_MAX_SIZE)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_LIMIT, _("KEMRecipientInfo has more octets than are allowed"));
  if (!signet_envelope_check_rid (opening, rid->type == 0 ? rid->value.issuer_and_serial_number : NULL,
                                  rid->type == 1 ? rid->value.subject_key_identifier : NULL, error))
    return FALSE;
  if (!signet_cms_wrap_read (kemri->wrap, kek_size, error))
    return FALSE;
  if (!signet_asn1_get_int64 (kemri->kek_length, &number) || number != (gint64) *kek_size)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT,
                              _("kekLength of KEMRecipientInfo does not fit the key wrap, which takes %u octets"), (guint) *kek_size);
  if (g_str_equal (kem, SIGNET_KEM_RSA) ? !EVP_PKEY_is_a (key, "RSA") : !EVP_PKEY_is_a (key, kem))
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS, _("What was sent is encapsulated by “%s”, which the key at hand does not do"),
                              kem);
  return TRUE;
}

SignetSecret *
signet_envelope_open_kemri (const SignetEnvelopeOpening   *opening,
                            const SignetKemRecipientInfo  *kemri,
                            GError                       **error)
{
  EVP_PKEY *key = signet_envelope_get_key (opening, error);
  gboolean rsa = signet_cms_is (kemri->kem->algorithm, SIGNET_KEM_RSA);
  g_autoptr (SignetSecret) encapsulated = NULL;
  g_autoptr (SignetSecret) kek = NULL;
  SignetSecret *cek = NULL;
  Derivation rsa_kem = { 0 };
  Derivation derivation = { 0 };
  gsize shared_size = 0;
  gsize kek_size = 0;

  if (key == NULL || !check_kemri (opening, kemri, key, &kek_size, error) || !read_kdf (kemri->kdf, &derivation, error)
      || (rsa && !read_rsa_kem (kemri->kem, kek_size, &rsa_kem, &shared_size, error)))
    return NULL;
  signet_envelope_compare_sizes (opening, kek_size);
  encapsulated = decapsulate (key, rsa, kemri->kemct);
  if (encapsulated != NULL)
    {
      kek = derive_kek (kemri, encapsulated, rsa ? &rsa_kem : NULL, shared_size, &derivation, kek_size, error);
      if (kek == NULL)
        return NULL;
      cek = signet_cms_unwrap (kek, kemri->encrypted_key);
    }
  if (cek == NULL)
    signet_cmp_envelope_set_unreadable (error);
  return cek;
}

static SignetSecret *
encapsulate (EVP_PKEY          *key,
             gboolean           rsa,
             ASN1_OCTET_STRING *ciphertext)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  guint8 wrapped[CIPHERTEXT_MAX_SIZE];
  guint8 shared[SHARED_MAX_SIZE];
  gsize wrapped_size = 0;
  gsize size = 0;
  SignetSecret *secret = NULL;

  if (context != NULL && EVP_PKEY_encapsulate_init (context, NULL) == 1 && (!rsa || EVP_PKEY_CTX_set_kem_op (context, "RSASVE") == 1)
      && EVP_PKEY_encapsulate (context, NULL, &wrapped_size, NULL, &size) == 1 && wrapped_size <= sizeof wrapped && size <= sizeof shared
      && EVP_PKEY_encapsulate (context, wrapped, &wrapped_size, shared, &size) == 1
      && ASN1_OCTET_STRING_set (ciphertext, wrapped, (int) wrapped_size) == 1)
    secret = signet_secret_new (shared, size);
  OPENSSL_cleanse (shared, sizeof shared);
  return secret;
}

static gboolean
set_algorithms (SignetKemRecipientInfo *kemri,
                EVP_PKEY               *key,
                gboolean                rsa,
                gboolean                small)
{
  g_autoptr (X509_ALGOR) sha256 = X509_ALGOR_new ();
  ASN1_OBJECT *kem;
  ASN1_STRING *packed = NULL;

  /* RFC 9690 §2.1 has KDF3, RFC 9936 §2.2.1 HKDF. */
  kem = rsa ? OBJ_txt2obj (SIGNET_KEM_RSA, 1) : OBJ_txt2obj (EVP_PKEY_get0_type_name (key), 0);
  if (kem == NULL || X509_ALGOR_set0 (kemri->kem, kem, V_ASN1_UNDEF, NULL) != 1)
    return FALSE;
  if (rsa)
    {
      X509_ALGOR_set0 (sha256, OBJ_nid2obj (NID_sha256), V_ASN1_NULL, NULL);
      if (ASN1_item_pack (sha256, ASN1_ITEM_rptr (X509_ALGOR), &packed) == NULL)
        return FALSE;
    }
  return X509_ALGOR_set0 (kemri->kdf, OBJ_txt2obj (rsa ? SIGNET_KDF3 : SIGNET_HKDF_SHA256, 1), rsa ? V_ASN1_SEQUENCE : V_ASN1_UNDEF, packed) == 1
         && X509_ALGOR_set0 (kemri->wrap, OBJ_nid2obj (small ? NID_id_aes128_wrap : NID_id_aes256_wrap), V_ASN1_UNDEF, NULL) == 1
         && ASN1_INTEGER_set (kemri->kek_length, small ? 16 : 32) == 1 && ASN1_INTEGER_set (kemri->version, 0) == 1;
}

static SignetRecipientInfo *
wrap_in_ori (const SignetKemRecipientInfo *kemri)
{
  g_autoptr (SignetRecipientInfo) info = SignetRecipientInfo_new ();

  info->type = SIGNET_RECIPIENT_ORI;
  info->value.ori = SignetOtherRecipientInfo_new ();
  ASN1_OBJECT_free (info->value.ori->ori_type);
  info->value.ori->ori_type = OBJ_txt2obj (SIGNET_ORI_KEM, 1);
  return ASN1_TYPE_pack_sequence (ASN1_ITEM_rptr (SignetKemRecipientInfo), (void *) kemri, &info->value.ori->ori_value) != NULL
           ? g_steal_pointer (&info)
           : NULL;
}

SignetRecipientInfo *
signet_envelope_make_kemri (SignetCertificate  *certificate,
                            EVP_PKEY           *key,
                            SignetSecret       *cek,
                            GError            **error)
{
  g_autoptr (SignetKemRecipientInfo) kemri = SignetKemRecipientInfo_new ();
  g_autoptr (SignetSecret) encapsulated = NULL;
  g_autoptr (SignetSecret) kek = NULL;
  const Derivation kdf3 = { SIGNET_CMS_KDF_3, "SHA256" };
  const Derivation hkdf = { SIGNET_CMS_KDF_HKDF, "SHA256" };
  gboolean rsa = EVP_PKEY_is_a (key, "RSA");
  gsize size = signet_secret_get_size (cek);
  SignetRecipientInfo *info = NULL;

  if (set_algorithms (kemri, key, rsa, size == 16) && signet_envelope_set_rid (kemri->rid, certificate))
    encapsulated = encapsulate (key, rsa, kemri->kemct);
  if (encapsulated != NULL)
    {
      kek = derive_kek (kemri, encapsulated, rsa ? &kdf3 : NULL, size, rsa ? &kdf3 : &hkdf, size, error);
      if (kek == NULL)
        return NULL;
      ASN1_OCTET_STRING_free (kemri->encrypted_key);
      kemri->encrypted_key = signet_cms_wrap (kek, cek, error);
      if (kemri->encrypted_key == NULL)
        return NULL;
      info = wrap_in_ori (kemri);
    }
  if (info == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content-encryption key could not be encrypted"));
  return info;
}
