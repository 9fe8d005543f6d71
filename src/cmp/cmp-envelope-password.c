/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-envelope-private.h"
#include "cmp/cmp-random.h"

/* Passwords: RFC 5652 §6.2.4, RFC 9481 §4.3 and §4.4, RFC 9483 §4.1.6.3; PWRI-KEK of RFC 3211 for peers that keep to CMS alone. */

#define SALT_SIZE 16
#define KEK_SIZE 32
#define BLOCK 16                         /* of AES */
#define CHECK_SIZE 3
#define WRAPPED_MAX_SIZE 256

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_CIPHER, EVP_CIPHER_free)

/* AES-CBC without padding, in place. */
static gboolean
decrypt_blocks (const char   *cipher,
                SignetSecret *kek,
                const guint8 *iv,
                guint8       *data,
                gsize         size)
{
  g_autoptr (EVP_CIPHER) method = EVP_CIPHER_fetch (NULL, cipher, NULL);
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  int length = 0;

  return method != NULL && EVP_DecryptInit_ex2 (context, method, signet_secret_get_data (kek, NULL), iv, NULL) == 1
         && EVP_CIPHER_CTX_set_padding (context, 0) == 1
         && EVP_DecryptUpdate (context, data, &length, data, (int) size) == 1 && length == (int) size;
}

/* RFC 3211 §2.3.2: the last block is decrypted with the one before it as IV, which gives the IV of all the rest. */
static SignetSecret *
unwrap_pwri_kek (const SignetCmsCipher   *cipher,
                 SignetSecret            *kek,
                 const ASN1_OCTET_STRING *wrapped,
                 gsize                    cek_size)
{
  gsize size = (gsize) ASN1_STRING_length (wrapped);
  guint8 data[WRAPPED_MAX_SIZE];
  guint8 iv[BLOCK];
  SignetSecret *cek = NULL;

  if (size < 2 * BLOCK || size > sizeof data || size % BLOCK != 0 || cek_size + 1 + CHECK_SIZE > size)
    return NULL;
  memcpy (data, ASN1_STRING_get0_data (wrapped), size);
  memcpy (iv, data + size - 2 * BLOCK, BLOCK);
  if (decrypt_blocks (cipher->name, kek, iv, data + size - BLOCK, BLOCK))
    {
      memcpy (iv, data + size - BLOCK, BLOCK);
      if (decrypt_blocks (cipher->name, kek, iv, data, size - BLOCK)
          && decrypt_blocks (cipher->name, kek, cipher->iv, data, size))
        {
          guint bad = data[0] ^ (guint) cek_size;

          for (guint i = 0; i < CHECK_SIZE; i++)
            bad |= (guint) (data[1 + i] ^ data[1 + CHECK_SIZE + i]) ^ 0xffu;
          if (bad == 0)
            cek = signet_secret_new (data + 1 + CHECK_SIZE, cek_size);
        }
    }
  OPENSSL_cleanse (data, sizeof data);
  OPENSSL_cleanse (iv, sizeof iv);
  ERR_clear_error ();
  return cek;
}

/* How the key is wrapped: AES key wrap, or PWRI-KEK with the AES-CBC that its parameter names. */
static gboolean
read_encryption (const X509_ALGOR  *algorithm,
                 X509_ALGOR       **inner,
                 SignetCmsCipher   *cipher,
                 gsize             *size,
                 GError           **error)
{
  if (!signet_cms_is (algorithm->algorithm, SIGNET_PWRI_KEK))
    return signet_cms_wrap_read (algorithm, size, error);
  if (algorithm->parameter != NULL)
    *inner = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (X509_ALGOR), algorithm->parameter);
  if (*inner == NULL)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("The parameters of PWRI-KEK cannot be read"));
  if (!signet_cms_cipher_read (*inner, FALSE, cipher, error))
    return FALSE;
  *size = cipher->key_size;
  return TRUE;
}

SignetSecret *
signet_envelope_open_pwri (const SignetEnvelopeOpening        *opening,
                           const SignetPasswordRecipientInfo  *pwri,
                           GError                            **error)
{
  const SignetCmpRecipient *recipient = opening->recipient;
  SignetCmpAuthority *authority = opening->authority;
  SignetCmsCipher cipher = { 0 };
  g_autoptr (X509_ALGOR) inner = NULL;
  g_autoptr (SignetSecret) kek = NULL;
  g_autoptr (GBytes) salt = NULL;
  SignetSecret *cek;
  gsize size = 0;

  if (recipient->secret == NULL)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS, _("What was sent is encrypted with a secret, and none is at hand"));
      return NULL;
    }
  if (!signet_cms_version_is (pwri->version, 0) || pwri->key_derivation_algorithm == NULL)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("PasswordRecipientInfo has another version than 0, or no key derivation"));
      return NULL;
    }
  if (!read_encryption (pwri->key_encryption_algorithm, &inner, &cipher, &size, error))
    return NULL;
  signet_envelope_compare_sizes (opening, size);
  kek = signet_cms_derive_pbkdf2 (pwri->key_derivation_algorithm, recipient->secret, size,
                                  signet_cmp_authority_get_mac_iteration_limit (authority),
                                  signet_cmp_authority_get_relaxations (authority), &salt, error);
  if (kek == NULL)
    return NULL;
  if (recipient->mac_salt != NULL && g_bytes_equal (salt, recipient->mac_salt))
    signet_envelope_remark (opening, _("The same salt served for the message's MAC and for the encryption, which RFC 9481 §4.4 forbids"));

  cek = inner != NULL ? unwrap_pwri_kek (&cipher, kek, pwri->encrypted_key, opening->cek_size)
                      : signet_cms_unwrap (kek, pwri->encrypted_key);
  if (cek == NULL)
    signet_cmp_envelope_set_unreadable (error);
  return cek;
}

SignetRecipientInfo *
signet_envelope_make_pwri (SignetSecret        *secret,
                           SignetCmpAuthority  *authority,
                           SignetSecret        *cek,
                           GError             **error)
{
  g_autoptr (SignetRecipientInfo) info = SignetRecipientInfo_new ();
  SignetPasswordRecipientInfo *pwri = SignetPasswordRecipientInfo_new ();
  g_autoptr (SignetSecret) kek = NULL;
  int iterations = (int) signet_cmp_authority_get_mac_iterations (authority);
  guint8 salt[SALT_SIZE];

  info->type = SIGNET_RECIPIENT_PWRI;
  info->value.pwri = pwri;
  if (!signet_cmp_random (salt, sizeof salt, error))
    return NULL;
  pwri->key_derivation_algorithm = PKCS5_pbkdf2_set (iterations, salt, sizeof salt, NID_hmacWithSHA256, -1);
  if (pwri->key_derivation_algorithm == NULL || ASN1_INTEGER_set (pwri->version, 0) != 1
      || X509_ALGOR_set0 (pwri->key_encryption_algorithm, OBJ_nid2obj (NID_id_aes256_wrap), V_ASN1_UNDEF, NULL) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The content-encryption key could not be encrypted"));
      return NULL;
    }
  kek = signet_cms_derive_pbkdf2 (pwri->key_derivation_algorithm, secret, KEK_SIZE, G_MAXUINT, SIGNET_CMP_RELAX_NONE, NULL, error);
  if (kek == NULL)
    return NULL;
  ASN1_OCTET_STRING_free (pwri->encrypted_key);
  pwri->encrypted_key = signet_cms_wrap (kek, cek, error);
  return pwri->encrypted_key != NULL ? g_steal_pointer (&info) : NULL;
}
