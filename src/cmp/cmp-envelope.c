/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-envelope.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-encrypted-value.h"
#include "cmp/cmp-envelope-private.h"
#include "pki/pki-thread.h"

#define ENVELOPE_MAX_SIZE (1024 * 1024)
#define CERTIFICATES_MAX 32
#define TAG_SEQUENCE 0x30
#define TAG_CONTEXT_0 0xa0

void
signet_cmp_envelope_set_unreadable (GError **error)
{
  signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT,
                     _("What was sent encrypted cannot be read: it was encrypted for another key or with another secret, was damaged, or "
                       "is not what should be there"));
}

void
signet_envelope_remark (const SignetEnvelopeOpening *opening,
                        const char                  *remark)
{
  if (opening->remarks != NULL)
    g_ptr_array_add (opening->remarks, g_strdup (remark));
}

EVP_PKEY *
signet_envelope_get_key (const SignetEnvelopeOpening  *opening,
                         GError                      **error)
{
  if (opening->recipient->key != NULL)
    return signet_key_get_pkey (opening->recipient->key);
  signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS, _("What was sent is encrypted for a key pair, but only a secret is at hand"));
  return NULL;
}

gboolean
signet_envelope_names (SignetCertificate             *certificate,
                       const PKCS7_ISSUER_AND_SERIAL *issuer_and_serial,
                       const ASN1_OCTET_STRING       *key_identifier)
{
  X509 *x509 = signet_certificate_get_x509 (certificate);

  if (key_identifier != NULL)
    {
      const ASN1_OCTET_STRING *own = X509_get0_subject_key_id (x509);

      return own != NULL && ASN1_OCTET_STRING_cmp (own, key_identifier) == 0;
    }
  return issuer_and_serial != NULL && X509_NAME_cmp (issuer_and_serial->issuer, X509_get_issuer_name (x509)) == 0
         && ASN1_INTEGER_cmp (issuer_and_serial->serial, X509_get0_serialNumber (x509)) == 0;
}

gboolean
signet_envelope_check_rid (const SignetEnvelopeOpening    *opening,
                           const PKCS7_ISSUER_AND_SERIAL  *issuer_and_serial,
                           const ASN1_OCTET_STRING        *key_identifier,
                           GError                        **error)
{
  SignetCertificate *certificate = opening->recipient->certificate;

  if (certificate == NULL || signet_envelope_names (certificate, issuer_and_serial, key_identifier))
    return TRUE;
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS,
                            _("What was sent is encrypted for another certificate than “%s” (%s), which was to be used"),
                            signet_certificate_get_subject (certificate), signet_certificate_get_serial (certificate));
}

void
signet_envelope_compare_sizes (const SignetEnvelopeOpening *opening,
                               gsize                        wrap_size)
{
  g_autofree char *remark = NULL;

  if (wrap_size == opening->cek_size)
    return;
  remark = g_strdup_printf (_("The content is encrypted with a key of %u bits, which is itself encrypted with one of %u; RFC 9481 §4.3.1 "
                              "demands the same"), (guint) opening->cek_size * 8, (guint) wrap_size * 8);
  signet_envelope_remark (opening, remark);
}

GPtrArray *
signet_envelope_read_certificates (const STACK_OF (ASN1_TYPE) *values)
{
  GPtrArray *certificates = g_ptr_array_new_with_free_func (g_object_unref);

  for (int i = 0; i < sk_ASN1_TYPE_num (values) && i < CERTIFICATES_MAX; i++)
    {
      const ASN1_TYPE *value = sk_ASN1_TYPE_value (values, i);
      g_autoptr (GBytes) der = NULL;
      SignetCertificate *certificate;

      if (ASN1_TYPE_get (value) != V_ASN1_SEQUENCE)
        continue;
      der = g_bytes_new (ASN1_STRING_get0_data (value->value.sequence), (gsize) ASN1_STRING_length (value->value.sequence));
      certificate = signet_certificate_new_from_der (der, NULL);
      if (certificate != NULL)
        g_ptr_array_add (certificates, certificate);
    }
  ERR_clear_error ();
  return certificates;
}

static SignetEnvelopedData *
decode (GBytes  *der,
        GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (der, &size);
  SignetEnvelopedData *enveloped = NULL;

  if (size > ENVELOPE_MAX_SIZE)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_LIMIT, _("What was sent encrypted has more than the %d octets allowed"), ENVELOPE_MAX_SIZE);
      return NULL;
    }
  if (size > 0 && *data == TAG_CONTEXT_0)
    enveloped = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetTaggedEnvelopedData));
  else
    enveloped = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetEnvelopedData));
  if (enveloped == NULL)
    signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("What was sent encrypted is no EnvelopedData"));
  return enveloped;
}

/* RFC 5652 §6.1 gives 3 where a password or KEM is used, erratum 7833; RFC 9483 §4.1.6 printed 0 for the password. */
static gboolean
check_version (const SignetEnvelopedData  *enveloped,
               const SignetRecipientInfo  *info,
               GError                    **error)
{
  gboolean third = info->type == SIGNET_RECIPIENT_PWRI || info->type == SIGNET_RECIPIENT_ORI;

  if (signet_cms_version_is (enveloped->version, 0) || signet_cms_version_is (enveloped->version, third ? 3 : 2))
    return TRUE;
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("EnvelopedData has a version that does not fit its recipient"));
}

static SignetSecret *
open_ori (const SignetEnvelopeOpening     *opening,
          const SignetOtherRecipientInfo  *ori,
          GError                         **error)
{
  g_autoptr (SignetKemRecipientInfo) kemri = NULL;

  if (!signet_cms_is (ori->ori_type, SIGNET_ORI_KEM))
    {
      g_autofree char *oid = signet_cms_oid (ori->ori_type);

      signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("OtherRecipientInfo “%s” is not known here"), oid);
      return NULL;
    }
  if (ASN1_TYPE_get (ori->ori_value) == V_ASN1_SEQUENCE)
    kemri = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetKemRecipientInfo), ori->ori_value);
  if (kemri == NULL)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("KEMRecipientInfo cannot be read"));
      return NULL;
    }
  return signet_envelope_open_kemri (opening, kemri, error);
}

static SignetSecret *
open_recipient (const SignetEnvelopeOpening  *opening,
                const SignetRecipientInfo    *info,
                GError                      **error)
{
  switch (info->type)
    {
    case SIGNET_RECIPIENT_KTRI:
      return signet_envelope_open_ktri (opening, info->value.ktri, error);
    case SIGNET_RECIPIENT_KARI:
      return signet_envelope_open_kari (opening, info->value.kari, error);
    case SIGNET_RECIPIENT_PWRI:
      return signet_envelope_open_pwri (opening, info->value.pwri, error);
    case SIGNET_RECIPIENT_ORI:
      return open_ori (opening, info->value.ori, error);
    default:
      signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED,
                         _("What was sent is encrypted with a key shared beforehand (KEKRecipientInfo), which CMP does not use (RFC 9481 §4.3)"));
      return NULL;
    }
}

static SignetSecret *
open_decoded (SignetEnvelopeOpening      *opening,
              const SignetEnvelopedData  *enveloped,
              GError                    **error)
{
  const SignetEncryptedContentInfo *content = enveloped->encrypted_content_info;
  const SignetRecipientInfo *info;
  g_autoptr (GPtrArray) originators = NULL;
  g_autoptr (SignetSecret) cek = NULL;
  SignetSecret *plain;
  SignetCmsCipher cipher;

  /* RFC 9483 §4.1.6, RFC 9810 §5.2.2: exactly one, so that nobody else was given the same. */
  if (sk_SignetRecipientInfo_num (enveloped->recipient_infos) != 1)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("What was sent is encrypted for %d recipients, and must be for one"),
                         sk_SignetRecipientInfo_num (enveloped->recipient_infos));
      return NULL;
    }
  info = sk_SignetRecipientInfo_value (enveloped->recipient_infos, 0);
  if (!check_version (enveloped, info, error)
      || !signet_cms_cipher_read (content->content_encryption_algorithm, FALSE, &cipher, error))
    return NULL;
  if (content->encrypted_content == NULL)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("EnvelopedData has no content"));
      return NULL;
    }
  if (enveloped->originator_info != NULL)
    originators = signet_envelope_read_certificates (enveloped->originator_info->certs);
  opening->originators = originators;
  opening->cek_size = cipher.key_size;
  cek = open_recipient (opening, info, error);
  if (cek == NULL)
    return NULL;
  plain = signet_cms_cipher_decrypt (&cipher, cek, ASN1_STRING_get0_data (content->encrypted_content),
                                     (gsize) ASN1_STRING_length (content->encrypted_content));
  if (plain == NULL)
    signet_cmp_envelope_set_unreadable (error);
  return plain;
}

SignetSecret *
signet_cmp_envelope_open (GBytes                    *enveloped_data,
                          const SignetCmpRecipient  *recipient,
                          SignetCmpAuthority        *authority,
                          char                     **content_type,
                          GPtrArray                 *remarks,
                          GError                   **error)
{
  SignetEnvelopeOpening opening = { recipient, authority, 0, remarks, NULL };
  g_autoptr (SignetEnvelopedData) enveloped = NULL;
  SignetSecret *plain;

  g_return_val_if_fail (enveloped_data != NULL, NULL);
  g_return_val_if_fail (recipient != NULL, NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (authority), NULL);

  signet_assert_may_take_time ();
  enveloped = decode (enveloped_data, error);
  if (enveloped == NULL)
    return NULL;
  plain = open_decoded (&opening, enveloped, error);
  if (plain != NULL && content_type != NULL)
    *content_type = signet_cms_oid (enveloped->encrypted_content_info->content_type);
  ERR_clear_error ();
  return plain;
}

GBytes *
signet_cmp_envelope_tag (GBytes *enveloped_data,
                         guint8  number)
{
  gsize size;
  guint8 *tagged;

  g_return_val_if_fail (g_bytes_get_size (enveloped_data) > 0, NULL);

  size = g_bytes_get_size (enveloped_data);
  tagged = g_memdup2 (g_bytes_get_data (enveloped_data, NULL), size);
  tagged[0] = (guint8) (TAG_CONTEXT_0 | number);
  return g_bytes_new_take (tagged, size);
}

SignetSecret *
signet_cmp_encrypted_key_open (GBytes                    *encrypted_key,
                               const SignetCmpRecipient  *recipient,
                               SignetCmpAuthority        *authority,
                               char                     **content_type,
                               GPtrArray                 *remarks,
                               GError                   **error)
{
  gsize size;
  const guint8 *data;

  g_return_val_if_fail (encrypted_key != NULL, NULL);

  data = g_bytes_get_data (encrypted_key, &size);
  if (content_type != NULL)
    *content_type = NULL;
  if (size > 0 && *data == TAG_SEQUENCE)
    return signet_cmp_encrypted_value_open (encrypted_key, recipient, authority, remarks, error);
  return signet_cmp_envelope_open (encrypted_key, recipient, authority, content_type, remarks, error);
}
