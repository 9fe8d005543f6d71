/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/err.h>

#include "cmp/cmp-print.h"

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

void
signet_cmp_print_enveloped_members (SignetCmpNode              *parent,
                                    const char                 *name,
                                    const STACK_OF (ASN1_TYPE) *members)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, name, "EnvelopedData");

  for (int i = 0; node != NULL && i < sk_ASN1_TYPE_num (members); i++)
    signet_cmp_node_add_any (node, "value", sk_ASN1_TYPE_value (members, i));
}

void
signet_cmp_print_enveloped_data (SignetCmpNode   *parent,
                                 const char      *name,
                                 const ASN1_TYPE *any)
{
  STACK_OF (ASN1_TYPE) *members = signet_asn1_decode_any (any, ASN1_ITEM_rptr (ASN1_SEQUENCE_ANY));

  ERR_clear_error ();
  if (members != NULL)
    signet_cmp_print_enveloped_members (parent, name, members);
  else if (any != NULL)
    signet_cmp_node_add_any (parent, name, any);
  sk_ASN1_TYPE_pop_free (members, ASN1_TYPE_free);
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
