/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-passphrase.h"

#include <glib/gi18n-lib.h>
#include <openssl/rsa.h>
#include <string.h>

#include "cmp/cmp-asn1-cms.h"
#include "cmp/cmp-cms-crypto.h"
#include "cmp/cmp-genm.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-random.h"
#include "pki/pki-chain.h"

#define RANDOM_SIZE 20                  /* octets */
#define GROUP 4                         /* characters between dashes */
#define ENVELOPED_DATA_VERSION 2        /* with unprotectedAttrs, and no recipient that demands 3: RFC 5652 §6.1 */
#define KEY_SIZE 16                     /* of an EncryptedValue's symmetric key, AES-128 */
#define BLOCK_SIZE 16
#define LOCAL_KEY_ID "1.2.840.113549.1.9.21"

SignetSecret *
signet_cmp_passphrase_generate (GError **error)
{
  /* No letter or digit that is easily taken for another one. */
  static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  g_autoptr (SignetSecret) random = signet_secret_new_random (RANDOM_SIZE);
  char text[RANDOM_SIZE * 8 / 5 + RANDOM_SIZE * 8 / 5 / GROUP];
  const guint8 *octets;
  SignetSecret *passphrase;
  guint32 bits = 0;
  gsize size = 0;
  guint held = 0;

  if (random == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("There are no random numbers to be had"));
      return NULL;
    }
  octets = signet_secret_get_data (random, NULL);
  for (guint i = 0; i < RANDOM_SIZE; i++)
    {
      bits = bits << 8 | octets[i];
      for (held += 8; held >= 5; held -= 5)
        {
          if (size % (GROUP + 1) == GROUP)
            text[size++] = '-';
          text[size++] = alphabet[bits >> (held - 5) & 31];
        }
    }
  passphrase = signet_secret_new (text, size);
  OPENSSL_cleanse (text, sizeof text);
  OPENSSL_cleanse (&bits, sizeof bits);

  return passphrase;
}

gboolean
signet_cmp_passphrase_check_recipient (SignetCertificate   *certificate,
                                       SignetCmpAuthority  *authority,
                                       GPtrArray           *untrusted,
                                       gint64               now,
                                       GError             **error)
{
  g_autoptr (GPtrArray) candidates = g_ptr_array_new ();
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (GError) reason = NULL;
  guint32 usage = X509_get_key_usage (signet_certificate_get_x509 (certificate));

  if (untrusted != NULL)
    g_ptr_array_extend (candidates, untrusted, NULL, NULL);
  g_ptr_array_extend (candidates, signet_cmp_authority_get_intermediates (authority), NULL, NULL);
  chain = signet_chain_build (certificate, candidates, signet_cmp_authority_get_anchors (authority), now, &reason);
  if (chain == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                   _("Nothing is encrypted to the certificate that the authority named for that: %s"), reason->message);
      return FALSE;
    }
  if ((usage & (KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT)) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("The certificate that the authority named for encryption (“%s”) is not for that."),
                   signet_certificate_get_subject (certificate));
      return FALSE;
    }

  return TRUE;
}

/* ---- EnvelopedData ---- */

/* Attribute localKeyId { OCTET STRING name }, RFC 2985 §5.5.2 */
static ASN1_TYPE *
local_key_id (const char *name)
{
  X509_ATTRIBUTE *attribute = X509_ATTRIBUTE_create_by_txt (NULL, LOCAL_KEY_ID, V_ASN1_OCTET_STRING, (const guint8 *) name,
                                                            (int) strlen (name));
  g_autoptr (GBytes) der = signet_asn1_encode (attribute, ASN1_ITEM_rptr (X509_ATTRIBUTE));

  X509_ATTRIBUTE_free (attribute);

  return signet_asn1_any_new (der);
}

static GBytes *
add_name (GBytes     *sealed,
          const char *name)
{
  g_autoptr (SignetEnvelopedData) data = signet_asn1_decode (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed),
                                                             ASN1_ITEM_rptr (SignetEnvelopedData));
  gint64 version;

  g_return_val_if_fail (data != NULL && data->unprotected_attrs == NULL, NULL);

  data->unprotected_attrs = sk_ASN1_TYPE_new_null ();
  sk_ASN1_TYPE_push (data->unprotected_attrs, local_key_id (name));
  if (signet_asn1_get_int64 (data->version, &version) && version < ENVELOPED_DATA_VERSION)
    ASN1_INTEGER_set (data->version, ENVELOPED_DATA_VERSION);

  return signet_asn1_encode (data, ASN1_ITEM_rptr (SignetEnvelopedData));
}

static GBytes *
make_enveloped (SignetSecret        *passphrase,
                SignetCertificate   *certificate,
                SignetSecret        *shared,
                const char          *name,
                SignetCmpAuthority  *authority,
                GError             **error)
{
  g_autoptr (GBytes) sealed = signet_cmp_envelope_seal (SIGNET_CMS_DATA, passphrase, certificate, shared, authority, SIGNET_CMP_RSA_OAEP,
                                                        error);
  g_autoptr (GBytes) named = NULL;

  if (sealed == NULL)
    return NULL;
  named = name != NULL ? add_name (sealed, name) : g_bytes_ref (sealed);

  return signet_cmp_envelope_tag (named, 0);
}

/* ---- EncryptedValue ---- */

static void
set_bits (ASN1_BIT_STRING **bits,
          const guint8     *octets,
          gsize             size)
{
  *bits = ASN1_BIT_STRING_new ();
  ASN1_BIT_STRING_set (*bits, (guint8 *) octets, (int) size);
  /* All bits count, also those that are 0 at the end. */
  (*bits)->flags = ((*bits)->flags & ~7L) | ASN1_STRING_FLAG_BITS_LEFT;
}

/* symmAlg and encValue: @passphrase under @key. */
static gboolean
encrypt_value (SignetEncryptedValue  *value,
               SignetSecret          *passphrase,
               SignetSecret          *key,
               GError               **error)
{
  guint8 iv[BLOCK_SIZE];
  SignetCmsCipher cipher = { "AES-128-CBC", KEY_SIZE, iv };
  g_autoptr (ASN1_OCTET_STRING) encrypted = NULL;
  ASN1_OCTET_STRING *parameter;

  if (!signet_cmp_random (iv, sizeof iv, error))
    return FALSE;
  encrypted = signet_cms_cipher_encrypt (&cipher, key, passphrase, error);
  if (encrypted == NULL)
    return FALSE;
  parameter = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (parameter, iv, sizeof iv);
  value->symm_alg = X509_ALGOR_new ();
  X509_ALGOR_set0 (value->symm_alg, OBJ_nid2obj (NID_aes_128_cbc), V_ASN1_OCTET_STRING, parameter);
  set_bits (&value->enc_value, encrypted->data, (gsize) encrypted->length);

  return TRUE;
}

/* keyAlg and encSymmKey: @key for the owner of @certificate. */
static gboolean
encrypt_key (SignetEncryptedValue  *value,
             SignetCertificate     *certificate,
             SignetSecret          *key,
             GError               **error)
{
  gsize size;
  const guint8 *octets = signet_secret_get_data (key, &size);
  EVP_PKEY *pkey = X509_get0_pubkey (signet_certificate_get_x509 (certificate));
  g_autoptr (EVP_PKEY_CTX) context = pkey != NULL && EVP_PKEY_is_a (pkey, "RSA") ? EVP_PKEY_CTX_new_from_pkey (NULL, pkey, NULL) : NULL;
  guint8 encrypted[2048];
  size_t length = sizeof encrypted;

  if (context == NULL || (size_t) EVP_PKEY_get_size (pkey) > length || EVP_PKEY_encrypt_init (context) != 1
      || EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) != 1
      || EVP_PKEY_encrypt (context, encrypted, &length, octets, size) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                                _("An EncryptedValue can only be made for an RSA certificate"));
      return FALSE;
    }
  value->key_alg = X509_ALGOR_new ();
  X509_ALGOR_set0 (value->key_alg, OBJ_nid2obj (NID_rsaEncryption), V_ASN1_NULL, NULL);
  set_bits (&value->enc_symm_key, encrypted, length);

  return TRUE;
}

static GBytes *
make_encrypted_value (SignetSecret       *passphrase,
                      SignetCertificate  *certificate,
                      const char         *name,
                      GError            **error)
{
  g_autoptr (SignetEncryptedValue) value = SignetEncryptedValue_new ();
  g_autoptr (SignetSecret) key = signet_secret_new_random (KEY_SIZE);

  ASN1_BIT_STRING_free (value->enc_value);
  value->enc_value = NULL;
  if (key == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("There are no random numbers to be had"));
      return NULL;
    }
  if (!encrypt_value (value, passphrase, key, error) || !encrypt_key (value, certificate, key, error))
    return NULL;
  if (name != NULL)
    {
      value->value_hint = ASN1_OCTET_STRING_new ();
      ASN1_OCTET_STRING_set (value->value_hint, (const guint8 *) name, (int) strlen (name));
    }

  return signet_asn1_encode (value, ASN1_ITEM_rptr (SignetEncryptedValue));
}

SignetCmpGenmItem *
signet_cmp_passphrase_encrypt (SignetSecret        *passphrase,
                               SignetCertificate   *certificate,
                               SignetSecret        *shared,
                               const char          *name,
                               SignetCmpAuthority  *authority,
                               GError             **error)
{
  g_autoptr (GBytes) value = NULL;

  g_return_val_if_fail ((certificate != NULL) != (shared != NULL), NULL);

  if (certificate != NULL && (signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_ENCRYPTED_VALUE) != 0)
    value = make_encrypted_value (passphrase, certificate, name, error);
  else
    value = make_enveloped (passphrase, certificate, shared, name, authority, error);

  return value != NULL ? signet_cmp_genm_item_new (SIGNET_CMP_INFO_REV_PASSPHRASE, value) : NULL;
}

gboolean
signet_cmp_passphrase_is_acknowledged (SignetCmpMessage *answer)
{
  const STACK_OF (SignetTypeAndValue) *info = signet_cmp_message_get_header (answer)->general_info;
  g_autoptr (SignetCmpGenmItem) wanted = signet_cmp_genm_item_new (SIGNET_CMP_INFO_REV_PASSPHRASE, NULL);
  char oid[128];

  for (int i = 0; i < sk_SignetTypeAndValue_num (info); i++)
    {
      const SignetTypeAndValue *item = sk_SignetTypeAndValue_value (info, i);

      if (OBJ_obj2txt (oid, sizeof oid, item->type, 1) > 0 && g_str_equal (oid, wanted->oid)
          && (item->value == NULL || ASN1_TYPE_get (item->value) == V_ASN1_NULL))
        return TRUE;
    }

  return FALSE;
}
