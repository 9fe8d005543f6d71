/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1-cms.h"
#include "cmp/cmp-print.h"

#define ORI_KEM "1.2.840.113549.1.9.16.13.3"             /* id-ori-kem, RFC 9629 §3 */
#define OID_TEXT_SIZE 128

static void
print_encrypted_value (SignetCmpNode              *parent,
                       const char                 *name,
                       const SignetEncryptedValue *value)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, name, "EncryptedValue");

  signet_cmp_print_algorithm (node, "intendedAlg", value->intended_alg);
  signet_cmp_print_algorithm (node, "symmAlg", value->symm_alg);
  signet_cmp_node_add_string (node, "encSymmKey", value->enc_symm_key);
  signet_cmp_print_algorithm (node, "keyAlg", value->key_alg);
  signet_cmp_node_add_string (node, "valueHint", value->value_hint);
  signet_cmp_node_add_string (node, "encValue", value->enc_value);
}

static void
print_issuer_and_serial (SignetCmpNode                 *parent,
                         const PKCS7_ISSUER_AND_SERIAL *value)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "issuerAndSerialNumber", NULL);

  signet_cmp_print_name (node, "issuer", value->issuer);
  signet_cmp_node_add_number (node, "serialNumber", value->serial);
}

static void
print_recipient_identifier (SignetCmpNode                   *parent,
                            const SignetRecipientIdentifier *rid)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "rid", NULL);

  if (rid->type == 0)
    print_issuer_and_serial (node, rid->value.issuer_and_serial_number);
  else
    signet_cmp_node_add_string (node, "subjectKeyIdentifier", rid->value.subject_key_identifier);
}

static void
print_ktri (SignetCmpNode                     *parent,
            const SignetKeyTransRecipientInfo *info)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "RecipientInfo", _("ktri: a key encrypted for the holder of a certificate"));

  signet_cmp_node_add_number (node, "version", info->version);
  print_recipient_identifier (node, info->rid);
  signet_cmp_print_algorithm (node, "keyEncryptionAlgorithm", info->key_encryption_algorithm);
  signet_cmp_node_add_string (node, "encryptedKey", info->encrypted_key);
}

static void
print_originator (SignetCmpNode                         *parent,
                  const SignetOriginatorIdentifierOrKey *originator)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "originator", NULL);

  if (originator->type == SIGNET_ORIGINATOR_ISSUER_AND_SERIAL)
    print_issuer_and_serial (node, originator->value.issuer_and_serial_number);
  else if (originator->type == SIGNET_ORIGINATOR_KEY_IDENTIFIER)
    signet_cmp_node_add_string (node, "subjectKeyIdentifier", originator->value.subject_key_identifier);
  else
    {
      node = signet_cmp_node_add (node, "originatorKey", NULL);
      signet_cmp_print_algorithm (node, "algorithm", originator->value.originator_key->algorithm);
      signet_cmp_node_add_string (node, "publicKey", originator->value.originator_key->public_key);
    }
}

static void
print_agreed_key (SignetCmpNode                    *parent,
                  const SignetRecipientEncryptedKey *key)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "RecipientEncryptedKey", NULL);

  if (key->rid->type == 0)
    print_issuer_and_serial (node, key->rid->value.issuer_and_serial_number);
  else
    signet_cmp_node_add_string (node, "rKeyId", key->rid->value.r_key_id->subject_key_identifier);
  signet_cmp_node_add_string (node, "encryptedKey", key->encrypted_key);
}

static void
print_kari (SignetCmpNode                     *parent,
            const SignetKeyAgreeRecipientInfo *info)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "RecipientInfo", _("kari: a key agreed with the holder of a certificate"));

  signet_cmp_node_add_number (node, "version", info->version);
  print_originator (node, info->originator);
  signet_cmp_node_add_string (node, "ukm", info->ukm);
  signet_cmp_print_algorithm (node, "keyEncryptionAlgorithm", info->key_encryption_algorithm);
  for (int i = 0; !signet_cmp_node_is_full (node) && i < sk_SignetRecipientEncryptedKey_num (info->recipient_encrypted_keys); i++)
    print_agreed_key (node, sk_SignetRecipientEncryptedKey_value (info->recipient_encrypted_keys, i));
}

static void
print_pwri (SignetCmpNode                     *parent,
            const SignetPasswordRecipientInfo *info)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "RecipientInfo", _("pwri: a key encrypted under a shared secret"));

  signet_cmp_node_add_number (node, "version", info->version);
  signet_cmp_print_algorithm (node, "keyDerivationAlgorithm", info->key_derivation_algorithm);
  signet_cmp_print_algorithm (node, "keyEncryptionAlgorithm", info->key_encryption_algorithm);
  signet_cmp_node_add_string (node, "encryptedKey", info->encrypted_key);
}

static void
print_kemri (SignetCmpNode                *parent,
             const SignetKemRecipientInfo *info)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "RecipientInfo", _("kemri: a key encapsulated for the holder of a certificate"));

  signet_cmp_node_add_number (node, "version", info->version);
  print_recipient_identifier (node, info->rid);
  signet_cmp_print_algorithm (node, "kem", info->kem);
  signet_cmp_node_add_string (node, "kemct", info->kemct);
  signet_cmp_print_algorithm (node, "kdf", info->kdf);
  signet_cmp_node_add_number (node, "kekLength", info->kek_length);
  signet_cmp_node_add_string (node, "ukm", info->ukm);
  signet_cmp_print_algorithm (node, "wrap", info->wrap);
  signet_cmp_node_add_string (node, "encryptedKey", info->encrypted_key);
}

static void
print_ori (SignetCmpNode                  *parent,
           const SignetOtherRecipientInfo *info)
{
  char oid[OID_TEXT_SIZE];
  g_autoptr (SignetKemRecipientInfo) kemri = NULL;
  SignetCmpNode *node;

  if (OBJ_obj2txt (oid, sizeof oid, info->ori_type, 1) > 0 && g_str_equal (oid, ORI_KEM))
    kemri = signet_asn1_decode_any (info->ori_value, ASN1_ITEM_rptr (SignetKemRecipientInfo));
  ERR_clear_error ();
  if (kemri != NULL)
    {
      print_kemri (parent, kemri);
      return;
    }
  node = signet_cmp_node_add (parent, "RecipientInfo", _("ori: of another kind"));
  signet_cmp_print_object_value (node, info->ori_type, info->ori_value);
}

static void
print_recipient (SignetCmpNode             *parent,
                 const SignetRecipientInfo *info)
{
  switch (info->type)
    {
    case SIGNET_RECIPIENT_KTRI:
      print_ktri (parent, info->value.ktri);
      break;
    case SIGNET_RECIPIENT_KARI:
      print_kari (parent, info->value.kari);
      break;
    case SIGNET_RECIPIENT_PWRI:
      print_pwri (parent, info->value.pwri);
      break;
    case SIGNET_RECIPIENT_ORI:
      print_ori (parent, info->value.ori);
      break;
    default:
      signet_cmp_node_add (parent, "RecipientInfo", _("kekri: a key encrypted under a symmetric key"));
      break;
    }
}

static void
print_enveloped (SignetCmpNode             *node,
                 const SignetEnvelopedData *data)
{
  const SignetEncryptedContentInfo *content = data->encrypted_content_info;
  SignetCmpNode *list;

  signet_cmp_node_add_number (node, "version", data->version);
  if (data->originator_info != NULL)
    signet_cmp_print_certificates (node, "originatorInfo", data->originator_info->certs);
  for (int i = 0; !signet_cmp_node_is_full (node) && i < sk_SignetRecipientInfo_num (data->recipient_infos); i++)
    print_recipient (node, sk_SignetRecipientInfo_value (data->recipient_infos, i));
  list = signet_cmp_node_add (node, "encryptedContentInfo", NULL);
  signet_cmp_node_add_take (list, "contentType", signet_cmp_print_object_name (content->content_type));
  signet_cmp_print_algorithm (list, "contentEncryptionAlgorithm", content->content_encryption_algorithm);
  signet_cmp_node_add_string (list, "encryptedContent", content->encrypted_content);
}

void
signet_cmp_print_enveloped_data (SignetCmpNode   *parent,
                                 const char      *name,
                                 const ASN1_TYPE *any)
{
  g_autoptr (SignetEnvelopedData) data = signet_asn1_decode_any (any, ASN1_ITEM_rptr (SignetEnvelopedData));

  ERR_clear_error ();
  if (data != NULL)
    print_enveloped (signet_cmp_node_add (parent, name, "EnvelopedData"), data);
  else if (any != NULL)
    signet_cmp_node_add_any (parent, name, any);
}

void
signet_cmp_print_enveloped_members (SignetCmpNode              *parent,
                                    const char                 *name,
                                    const STACK_OF (ASN1_TYPE) *members)
{
  g_autoptr (GBytes) der = signet_asn1_encode (members, ASN1_ITEM_rptr (ASN1_SEQUENCE_ANY));
  ASN1_TYPE *any = der == NULL ? NULL : signet_asn1_any_new (der);

  signet_cmp_print_enveloped_data (parent, name, any);
  ASN1_TYPE_free (any);
}

void
signet_cmp_print_encrypted_key (SignetCmpNode   *parent,
                                const char      *name,
                                const ASN1_TYPE *any)
{
  g_autoptr (SignetEncryptedKey) key = signet_asn1_decode_any (any, ASN1_ITEM_rptr (SignetEncryptedKey));

  ERR_clear_error ();
  if (any == NULL)
    return;
  if (key == NULL)
    signet_cmp_node_add_any (parent, name, any);
  else if (key->type == 0)
    print_encrypted_value (parent, name, key->value.encrypted_value);
  else
    signet_cmp_print_enveloped_members (parent, name, key->value.enveloped_data);
}
