/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"
#include "cmp/cmp-random.h"
#include "pki/pki-thread.h"

#define IV_SIZE 16
#define KEY_SIZE 32
#define KEY_SIZE_SMALL 16

/* What a recipient's key does, RFC 9810 §5.2.2. */
typedef enum {
  TECHNIQUE_NONE,
  TECHNIQUE_TRANSPORT,
  TECHNIQUE_AGREEMENT,
  TECHNIQUE_ENCAPSULATION,
} Technique;

static Technique
technique_of (EVP_PKEY *key)
{
  if (EVP_PKEY_is_a (key, "RSA"))
    return TECHNIQUE_TRANSPORT;
  if (EVP_PKEY_is_a (key, "EC") || EVP_PKEY_is_a (key, "X25519") || EVP_PKEY_is_a (key, "X448"))
    return TECHNIQUE_AGREEMENT;
  if (EVP_PKEY_is_a (key, "ML-KEM-512") || EVP_PKEY_is_a (key, "ML-KEM-768") || EVP_PKEY_is_a (key, "ML-KEM-1024"))
    return TECHNIQUE_ENCAPSULATION;
  return TECHNIQUE_NONE;
}

static gboolean
check_certificate (SignetCertificate  *certificate,
                   Technique          *technique,
                   GError            **error)
{
  X509 *x509 = signet_certificate_get_x509 (certificate);
  const char *subject = signet_certificate_get_subject (certificate);
  EVP_PKEY *key = X509_get0_pubkey (x509);

  *technique = key == NULL ? TECHNIQUE_NONE : technique_of (key);
  if (*technique == TECHNIQUE_NONE)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS,
                              _("Nothing can be encrypted for the certificate of “%s”: its key makes signatures only. A certificate with an RSA "
                                "or EC key is needed, or a secret shared with the authority."), subject);
  /* Without the extension every use is allowed, which libcrypto tells by all bits. */
  if ((X509_get_key_usage (x509) & (*technique == TECHNIQUE_AGREEMENT ? KU_KEY_AGREEMENT : KU_KEY_ENCIPHERMENT)) != 0)
    return TRUE;
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS,
                            *technique == TECHNIQUE_AGREEMENT
                              ? _("Nothing may be encrypted for the certificate of “%s”: its key usage lacks keyAgreement")
                              : _("Nothing may be encrypted for the certificate of “%s”: its key usage lacks keyEncipherment"), subject);
}

gboolean
signet_cmp_envelope_check_recipient (SignetCertificate  *certificate,
                                     GError            **error)
{
  Technique technique;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (certificate), FALSE);

  return check_certificate (certificate, &technique, error);
}

static SignetRecipientInfo *
make_recipient (SignetCertificate      *certificate,
                Technique               technique,
                SignetCmpRsaTransport   rsa,
                SignetSecret           *cek,
                GError                **error)
{
  EVP_PKEY *key = X509_get0_pubkey (signet_certificate_get_x509 (certificate));

  if (technique == TECHNIQUE_AGREEMENT)
    return signet_envelope_make_kari (certificate, key, cek, error);
  if (technique == TECHNIQUE_ENCAPSULATION || rsa == SIGNET_CMP_RSA_KEM)
    return signet_envelope_make_kemri (certificate, key, cek, error);
  return signet_envelope_make_ktri (certificate, key, rsa == SIGNET_CMP_RSA_OAEP, cek, error);
}

static gboolean
set_content (SignetEncryptedContentInfo  *info,
             const char                  *content_type,
             SignetSecret                *content,
             SignetSecret                *cek,
             GError                     **error)
{
  gsize size = signet_secret_get_size (cek);
  SignetCmsCipher cipher = { size == KEY_SIZE_SMALL ? "AES-128-CBC" : "AES-256-CBC", size, NULL };
  ASN1_OCTET_STRING *parameter;
  guint8 iv[IV_SIZE];

  if (!signet_cmp_random (iv, sizeof iv, error))
    return FALSE;
  cipher.iv = iv;
  info->encrypted_content = signet_cms_cipher_encrypt (&cipher, cek, content, error);
  if (info->encrypted_content == NULL)
    return FALSE;
  parameter = ASN1_OCTET_STRING_new ();
  ASN1_OBJECT_free (info->content_type);
  info->content_type = OBJ_txt2obj (content_type, 1);
  if (info->content_type != NULL && ASN1_OCTET_STRING_set (parameter, iv, sizeof iv) == 1
      && X509_ALGOR_set0 (info->content_encryption_algorithm, OBJ_txt2obj (cipher.name, 0), V_ASN1_OCTET_STRING, parameter) == 1)
    return TRUE;
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content could not be encrypted"));
  return FALSE;
}

/* RFC 5652 §6.1. */
static long
version_for (const SignetRecipientInfo *info)
{
  if (info->type == SIGNET_RECIPIENT_PWRI || info->type == SIGNET_RECIPIENT_ORI)
    return 3;
  return info->type == SIGNET_RECIPIENT_KTRI && signet_cms_version_is (info->value.ktri->version, 0) ? 0 : 2;
}

GBytes *
signet_cmp_envelope_seal (const char             *content_type,
                          SignetSecret           *content,
                          SignetCertificate      *certificate,
                          SignetSecret           *secret,
                          SignetCmpAuthority     *authority,
                          SignetCmpRsaTransport   rsa,
                          GError                **error)
{
  g_autoptr (SignetEnvelopedData) enveloped = SignetEnvelopedData_new ();
  g_autoptr (SignetSecret) cek = NULL;
  SignetRecipientInfo *info;
  Technique technique = TECHNIQUE_NONE;
  gboolean small = FALSE;

  g_return_val_if_fail (content != NULL, NULL);
  g_return_val_if_fail ((certificate != NULL) != (secret != NULL), NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (authority), NULL);

  signet_assert_may_take_time ();
  if (certificate != NULL)
    {
      if (!check_certificate (certificate, &technique, error))
        return NULL;
      /* RFC 9936 §2.2.1: ML-KEM-512 goes with AES-128. */
      small = EVP_PKEY_is_a (X509_get0_pubkey (signet_certificate_get_x509 (certificate)), "ML-KEM-512");
    }
  cek = signet_secret_new_random (small ? KEY_SIZE_SMALL : KEY_SIZE);
  info = certificate != NULL ? make_recipient (certificate, technique, rsa, cek, error)
                             : signet_envelope_make_pwri (secret, authority, cek, error);
  if (info == NULL)
    return NULL;
  sk_SignetRecipientInfo_push (enveloped->recipient_infos, info);
  ASN1_INTEGER_set (enveloped->version, version_for (info));
  if (!set_content (enveloped->encrypted_content_info, content_type, content, cek, error))
    return NULL;
  return signet_asn1_encode (enveloped, ASN1_ITEM_rptr (SignetEnvelopedData));
}
