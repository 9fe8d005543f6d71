/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-encrypted-value.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1-crmf.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"

#define VALUE_MAX_SIZE (1024 * 1024)

static gboolean
is_whole_octets (const ASN1_BIT_STRING *bits)
{
  return (bits->flags & ASN1_STRING_FLAG_BITS_LEFT) == 0 || (bits->flags & 0x07) == 0;
}

static SignetSecret *
open_decoded (const SignetEncryptedValue  *value,
              const SignetCmpRecipient    *recipient,
              GError                     **error)
{
  g_autoptr (SignetSecret) key = NULL;
  SignetSecret *plain;
  SignetCmsCipher cipher;

  if (value->symm_alg == NULL || value->enc_symm_key == NULL || value->key_alg == NULL || !is_whole_octets (value->enc_symm_key)
      || !is_whole_octets (value->enc_value))
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED,
                         _("The EncryptedValue is not encrypted with a symmetric key that came with it encrypted for the recipient"));
      return NULL;
    }
  if (recipient->key == NULL)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS, _("What was sent is encrypted for a key pair, but only a secret is at hand"));
      return NULL;
    }
  if (!signet_cms_cipher_read (value->symm_alg, TRUE, &cipher, error))
    return NULL;
  key = signet_envelope_rsa_decrypt (signet_key_get_pkey (recipient->key), value->key_alg, ASN1_STRING_get0_data (value->enc_symm_key),
                                     (gsize) ASN1_STRING_length (value->enc_symm_key), cipher.key_size, error);
  if (key == NULL)
    return NULL;
  plain = signet_cms_cipher_decrypt (&cipher, key, ASN1_STRING_get0_data (value->enc_value), (gsize) ASN1_STRING_length (value->enc_value));
  if (plain == NULL)
    signet_cmp_envelope_set_unreadable (error);
  return plain;
}

SignetSecret *
signet_cmp_encrypted_value_open (GBytes                    *encrypted_value,
                                 const SignetCmpRecipient  *recipient,
                                 SignetCmpAuthority        *authority,
                                 GPtrArray                 *remarks,
                                 GError                   **error)
{
  g_autoptr (SignetEncryptedValue) value = NULL;
  gsize size;
  const guint8 *data;
  SignetSecret *plain;

  g_return_val_if_fail (encrypted_value != NULL, NULL);
  g_return_val_if_fail (recipient != NULL, NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (authority), NULL);

  if ((signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_ENCRYPTED_VALUE) == 0)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_WEAK,
                         _("The authority sent an EncryptedValue, a form given up in favour of EnvelopedData. If it knows no other, allow it by "
                           "the setting encrypted-value."));
      return NULL;
    }
  data = g_bytes_get_data (encrypted_value, &size);
  if (size > VALUE_MAX_SIZE)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_LIMIT, _("What was sent encrypted has more than the %d octets allowed"), VALUE_MAX_SIZE);
      return NULL;
    }
  value = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetEncryptedValue));
  if (value == NULL)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_MALFORMED, _("What was sent encrypted is no EncryptedValue"));
      return NULL;
    }
  plain = open_decoded (value, recipient, error);
  if (plain != NULL && remarks != NULL)
    g_ptr_array_add (remarks, g_strdup (_("What was sent is encrypted in an EncryptedValue, a form given up in favour of EnvelopedData")));
  return plain;
}
