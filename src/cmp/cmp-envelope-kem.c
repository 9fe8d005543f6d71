/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"
#include "cmp/cmp-kdf.h"
#include "cmp/cmp-kem.h"

/* Key encapsulation: RFC 9629, with RSA (RFC 9690) and, where libcrypto has it, ML-KEM (RFC 9936). */

#define CIPHERTEXT_MAX_SIZE 4096
#define UKM_MAX_SIZE 1024
#define SMALL_SIZE 16

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
  g_autoptr (GBytes) ciphertext = NULL;
  g_autoptr (GBytes) info = NULL;
  g_autoptr (SignetSecret) shared = NULL;
  g_autoptr (SignetSecret) kek = NULL;
  g_autoptr (GError) reason = NULL;
  SignetSecret *cek = NULL;
  gsize kek_size = 0;

  if (key == NULL || !check_kemri (opening, kemri, key, &kek_size, error))
    return NULL;
  signet_envelope_compare_sizes (opening, kek_size);
  ciphertext = g_bytes_new (ASN1_STRING_get0_data (kemri->kemct), (gsize) ASN1_STRING_length (kemri->kemct));
  shared = signet_cmp_kem_decapsulate (opening->recipient->key, kemri->kem, ciphertext, kek_size, &reason);
  if (shared == NULL && !g_error_matches (reason, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  if (shared != NULL)
    {
      info = make_other_info (kemri);
      kek = signet_cmp_kdf_derive (kemri->kdf, shared, info, kek_size, error);
      if (kek == NULL)
        return NULL;
      cek = signet_cms_unwrap (kek, kemri->encrypted_key);
    }
  if (cek == NULL)
    signet_cmp_envelope_set_unreadable (error);
  return cek;
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

/* All of @kemri but the key: RFC 9690 §2.1 has KDF3, RFC 9936 §2.2.1 HKDF. */
static SignetSecret *
set_encapsulation (SignetKemRecipientInfo  *kemri,
                   SignetCertificate       *certificate,
                   EVP_PKEY                *key,
                   gsize                    size,
                   GError                 **error)
{
  g_autoptr (GBytes) ciphertext = NULL;
  g_autoptr (GBytes) info = NULL;
  g_autoptr (SignetSecret) shared = NULL;
  X509_ALGOR *kem = NULL;

  shared = signet_cmp_kem_encapsulate (key, size, &kem, &ciphertext, error);
  if (shared == NULL)
    return NULL;
  X509_ALGOR_free (kemri->kem);
  kemri->kem = kem;
  X509_ALGOR_free (kemri->kdf);
  kemri->kdf = EVP_PKEY_is_a (key, "RSA") ? signet_cmp_kdf_new_kdf3 () : signet_cmp_kdf_new_hkdf ();
  if (!signet_envelope_set_rid (kemri->rid, certificate) || ASN1_INTEGER_set (kemri->version, 0) != 1
      || ASN1_OCTET_STRING_set (kemri->kemct, g_bytes_get_data (ciphertext, NULL), (int) g_bytes_get_size (ciphertext)) != 1
      || ASN1_INTEGER_set (kemri->kek_length, (long) size) != 1
      || X509_ALGOR_set0 (kemri->wrap, OBJ_nid2obj (size == SMALL_SIZE ? NID_id_aes128_wrap : NID_id_aes256_wrap), V_ASN1_UNDEF, NULL) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content-encryption key could not be encrypted"));
      return NULL;
    }
  info = make_other_info (kemri);
  return signet_cmp_kdf_derive (kemri->kdf, shared, info, size, error);
}

SignetRecipientInfo *
signet_envelope_make_kemri (SignetCertificate  *certificate,
                            EVP_PKEY           *key,
                            SignetSecret       *cek,
                            GError            **error)
{
  g_autoptr (SignetKemRecipientInfo) kemri = SignetKemRecipientInfo_new ();
  g_autoptr (SignetSecret) kek = NULL;
  SignetRecipientInfo *info;

  kek = set_encapsulation (kemri, certificate, key, signet_secret_get_size (cek), error);
  if (kek == NULL)
    return NULL;
  ASN1_OCTET_STRING_free (kemri->encrypted_key);
  kemri->encrypted_key = signet_cms_wrap (kek, cek, error);
  if (kemri->encrypted_key == NULL)
    return NULL;
  info = wrap_in_ori (kemri);
  if (info == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content-encryption key could not be encrypted"));
  return info;
}
