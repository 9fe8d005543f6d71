/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-print.h"

void
signet_cmp_print_template (SignetCmpNode            *parent,
                           const char               *name,
                           const SignetCertTemplate *template)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, name, NULL);

  signet_cmp_node_add_number (node, "version", template->version);
  signet_cmp_node_add_number (node, "serialNumber", template->serial_number);
  signet_cmp_print_algorithm (node, "signingAlg", template->signing_alg);
  signet_cmp_print_name (node, "issuer", template->issuer);
  if (template->validity != NULL)
    {
      signet_cmp_print_time (node, "notBefore", template->validity->not_before);
      signet_cmp_print_time (node, "notAfter", template->validity->not_after);
    }
  signet_cmp_print_name (node, "subject", template->subject);
  signet_cmp_print_public_key (node, "publicKey", template->public_key);
  signet_cmp_node_add_string (node, "issuerUID", template->issuer_uid);
  signet_cmp_node_add_string (node, "subjectUID", template->subject_uid);
  if (sk_X509_EXTENSION_num (template->extensions) > 0)
    signet_cmp_print_extensions (signet_cmp_node_add (node, "extensions", NULL), template->extensions);
}

static void
print_pk_mac (SignetCmpNode          *parent,
              const char             *name,
              const SignetPkMacValue *mac)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, name, NULL);

  signet_cmp_print_algorithm (node, "algId", mac->alg_id);
  signet_cmp_node_add_string (node, "value", mac->value);
}

static void
print_subsequent_message (SignetCmpNode      *node,
                          const ASN1_INTEGER *number)
{
  gint64 value;

  if (!signet_asn1_get_int64 (number, &value) || value < 0 || value > 1)
    signet_cmp_node_add_number (node, "subsequentMessage", number);
  else
    signet_cmp_node_add (node, "subsequentMessage", value == 0 ? _("0 (encrCert: the certificate shall come encrypted)")
                                                               : _("1 (challengeResp: a challenge shall come)"));
}

static void
print_signature_popo (SignetCmpNode              *node,
                      const SignetPopoSigningKey *popo)
{
  if (popo->poposk_input != NULL)
    {
      SignetCmpNode *input = signet_cmp_node_add (node, "poposkInput", NULL);

      signet_cmp_print_public_key (input, "publicKey", popo->poposk_input->public_key);
      if (popo->poposk_input->auth_info->type == 0)
        signet_cmp_print_general_name (input, "sender", popo->poposk_input->auth_info->value.sender);
      else
        print_pk_mac (input, "publicKeyMAC", popo->poposk_input->auth_info->value.public_key_mac);
    }
  signet_cmp_print_algorithm (node, "algorithm", popo->algorithm_identifier);
  signet_cmp_node_add_string (node, "signature", popo->signature);
}

static void
print_private_key_popo (SignetCmpNode           *node,
                        const SignetPopoPrivKey *popo)
{
  switch (popo->type)
    {
    case 0:
      signet_cmp_node_add_string (node, "thisMessage", popo->value.this_message);
      break;
    case 1:
      print_subsequent_message (node, popo->value.subsequent_message);
      break;
    case 2:
      signet_cmp_node_add_string (node, "dhMAC", popo->value.dh_mac);
      break;
    case 3:
      print_pk_mac (node, "agreeMAC", popo->value.agree_mac);
      break;
    default:
      signet_cmp_print_enveloped_members (node, "encryptedKey", popo->value.encrypted_key);
      break;
    }
}

static void
print_popo (SignetCmpNode                 *parent,
            const SignetProofOfPossession *popo)
{
  static const char *const kinds[] = { "raVerified", "signature", "keyEncipherment", "keyAgreement" };
  SignetCmpNode *node;

  if (popo == NULL || popo->type < 0 || popo->type >= (int) G_N_ELEMENTS (kinds))
    return;
  node = signet_cmp_node_add (parent, "popo", kinds[popo->type]);
  if (popo->type == SIGNET_POPO_SIGNATURE)
    print_signature_popo (node, popo->value.signature);
  else if (popo->type != SIGNET_POPO_RA_VERIFIED)
    print_private_key_popo (node, popo->value.key_encipherment);
}

void
signet_cmp_print_cert_request (SignetCmpNode           *node,
                               const SignetCertRequest *request)
{
  signet_cmp_node_add_number (node, "certReqId", request->cert_req_id);
  signet_cmp_print_template (node, "certTemplate", request->cert_template);
  signet_cmp_print_info (node, "controls", request->controls);
}

void
signet_cmp_print_cert_req_messages (SignetCmpNode               *parent,
                                    const SignetCertReqMessages *messages)
{
  for (int i = 0; i < sk_SignetCertReqMsg_num (messages); i++)
    {
      const SignetCertReqMsg *message = sk_SignetCertReqMsg_value (messages, i);
      SignetCmpNode *node = signet_cmp_node_add (parent, "CertReqMsg", NULL);

      if (node == NULL)
        return;
      signet_cmp_print_cert_request (node, message->cert_req);
      print_popo (node, message->popo);
      signet_cmp_print_info (node, "regInfo", message->reg_info);
    }
}

/* The extensions asked for by extensionRequest; the other attributes as they are. */
static void
print_attribute (SignetCmpNode  *parent,
                 X509_ATTRIBUTE *attribute)
{
  const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type (attribute, 0);
  STACK_OF (X509_EXTENSION) *extensions = NULL;

  if (OBJ_obj2nid (X509_ATTRIBUTE_get0_object (attribute)) == NID_ext_req)
    extensions = signet_asn1_decode_any (value, ASN1_ITEM_rptr (X509_EXTENSIONS));
  ERR_clear_error ();
  if (sk_X509_EXTENSION_num (extensions) > 0)
    signet_cmp_print_extensions (signet_cmp_node_add (parent, "extensions", NULL), extensions);
  else
    signet_cmp_print_object_value (parent, X509_ATTRIBUTE_get0_object (attribute), value);
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
}

void
signet_cmp_print_pkcs10 (SignetCmpNode                    *parent,
                         const SignetCertificationRequest *request)
{
  const SignetCertificationRequestInfo *info = request->certification_request_info;

  signet_cmp_print_name (parent, "subject", info->subject);
  signet_cmp_print_public_key (parent, "publicKey", info->subject_pk_info);
  for (int i = 0; parent != NULL && i < sk_X509_ATTRIBUTE_num (info->attributes); i++)
    print_attribute (parent, sk_X509_ATTRIBUTE_value (info->attributes, i));
  signet_cmp_print_algorithm (parent, "signatureAlgorithm", request->signature_algorithm);
  signet_cmp_node_add_string (parent, "signature", request->signature);
}

void
signet_cmp_print_rev_req (SignetCmpNode             *parent,
                          const SignetRevReqContent *content)
{
  for (int i = 0; i < sk_SignetRevDetails_num (content); i++)
    {
      const SignetRevDetails *details = sk_SignetRevDetails_value (content, i);
      SignetCmpNode *node = signet_cmp_node_add (parent, "RevDetails", NULL);

      if (node == NULL)
        return;
      signet_cmp_print_template (node, "certDetails", details->cert_details);
      if (sk_X509_EXTENSION_num (details->crl_entry_details) > 0)
        signet_cmp_print_extensions (signet_cmp_node_add (node, "crlEntryDetails", NULL), details->crl_entry_details);
    }
}

void
signet_cmp_print_challenges (SignetCmpNode                      *parent,
                             const SignetPopoDecKeyChallContent *content)
{
  for (int i = 0; i < sk_SignetChallenge_num (content); i++)
    {
      const SignetChallenge *challenge = sk_SignetChallenge_value (content, i);
      SignetCmpNode *node = signet_cmp_node_add (parent, "Challenge", NULL);

      if (node == NULL)
        return;
      signet_cmp_print_algorithm (node, "owf", challenge->owf);
      signet_cmp_node_add_string (node, "witness", challenge->witness);
      signet_cmp_node_add_string (node, "challenge", challenge->challenge);
      signet_cmp_print_enveloped_data (node, "encryptedRand", challenge->encrypted_rand);
    }
}
