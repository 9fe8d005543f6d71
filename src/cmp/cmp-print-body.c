/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-print.h"
#include "cmp/cmp-text.h"
#include "pki/pki-name.h"

/* What each body is for; indexed by tag. */
static const char *const body_words[] = {
  N_("A first request for a certificate (ir)."),
  N_("The answer to a first request (ip)."),
  N_("A request for a certificate (cr)."),
  N_("The answer to a request for a certificate (cp)."),
  N_("A request for a certificate by PKCS #10 (p10cr)."),
  N_("A challenge to prove possession of a key (popdecc)."),
  N_("The response to a challenge (popdecr)."),
  N_("A request to update a certificate (kur)."),
  N_("The answer to an update request (kup)."),
  N_("A request to recover keys (krr)."),
  N_("The answer to a recovery request (krp)."),
  N_("A request to revoke a certificate (rr)."),
  N_("The answer to a revocation request (rp)."),
  N_("A request of one authority to another for a certificate (ccr)."),
  N_("The answer to an authority's request (ccp)."),
  N_("An announcement of a new key of the authority (ckuann)."),
  N_("An announcement of a new certificate (cann)."),
  N_("An announcement that a certificate is to be revoked (rann)."),
  N_("An announcement of a revocation list (crlann)."),
  N_("The confirmation that ends a transaction (pkiconf)."),
  N_("A wrapper around other messages (nested)."),
  N_("A question to the authority (genm)."),
  N_("The answer to a question (genp)."),
  N_("An error message (error)."),
  N_("The acknowledgement of a certificate received (certConf)."),
  N_("A question whether the answer is ready (pollReq)."),
  N_("The answer that more time is needed (pollRep)."),
};

/* ---- fields ---- */

static void
print_template (SignetCmpNode            *parent,
                const SignetCertTemplate *template)
{
  SignetCmpNode *node = signet_cmp_node_add (parent, "certTemplate", NULL);

  signet_cmp_node_add_number (node, "version", template->version);
  signet_cmp_node_add_number (node, "serialNumber", template->serial_number);
  signet_cmp_print_algorithm (node, "signingAlg", template->signing_alg);
  signet_cmp_print_name (node, "issuer", template->issuer);
  if (template->validity != NULL && template->validity->not_before != NULL)
    signet_cmp_node_add_take (node, "notBefore",
                              signet_cmp_text_clean ((const char *) ASN1_STRING_get0_data (template->validity->not_before),
                                                     (gsize) ASN1_STRING_length (template->validity->not_before), 64));
  if (template->validity != NULL && template->validity->not_after != NULL)
    signet_cmp_node_add_take (node, "notAfter",
                              signet_cmp_text_clean ((const char *) ASN1_STRING_get0_data (template->validity->not_after),
                                                     (gsize) ASN1_STRING_length (template->validity->not_after), 64));
  signet_cmp_print_name (node, "subject", template->subject);
  signet_cmp_print_public_key (node, "publicKey", template->public_key);
  signet_cmp_node_add_string (node, "issuerUID", template->issuer_uid);
  signet_cmp_node_add_string (node, "subjectUID", template->subject_uid);
  if (sk_X509_EXTENSION_num (template->extensions) > 0)
    signet_cmp_print_extensions (signet_cmp_node_add (node, "extensions", NULL), template->extensions);
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
        signet_cmp_node_add_take (input, "sender", signet_alt_name_print (popo->poposk_input->auth_info->value.sender));
      else
        signet_cmp_print_algorithm (input, "publicKeyMAC", popo->poposk_input->auth_info->value.public_key_mac->alg_id);
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
      signet_cmp_node_add_number (node, "subsequentMessage", popo->value.subsequent_message);
      break;
    case 2:
      signet_cmp_node_add_string (node, "dhMAC", popo->value.dh_mac);
      break;
    case 3:
      signet_cmp_print_algorithm (node, "agreeMAC", popo->value.agree_mac->alg_id);
      break;
    default:
      node = signet_cmp_node_add (node, "encryptedKey", NULL);
      for (int i = 0; i < sk_ASN1_TYPE_num (popo->value.encrypted_key); i++)
        signet_cmp_node_add_any (node, "value", sk_ASN1_TYPE_value (popo->value.encrypted_key, i));
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

static void
print_cert_req_messages (SignetCmpNode               *parent,
                         const SignetCertReqMessages *messages)
{
  for (int i = 0; i < sk_SignetCertReqMsg_num (messages); i++)
    {
      const SignetCertReqMsg *message = sk_SignetCertReqMsg_value (messages, i);
      SignetCmpNode *node = signet_cmp_node_add (parent, "CertReqMsg", NULL);

      if (node == NULL)
        return;
      signet_cmp_node_add_number (node, "certReqId", message->cert_req->cert_req_id);
      print_template (node, message->cert_req->cert_template);
      signet_cmp_print_info (node, "controls", message->cert_req->controls);
      print_popo (node, message->popo);
      signet_cmp_print_info (node, "regInfo", message->reg_info);
    }
}

static void
print_cert_rep (SignetCmpNode              *parent,
                const SignetCertRepMessage *message)
{
  for (int i = 0; i < sk_ASN1_TYPE_num (message->ca_pubs); i++)
    signet_cmp_print_certificate_any (parent, "caPubs", sk_ASN1_TYPE_value (message->ca_pubs, i));
  for (int i = 0; i < sk_SignetCertResponse_num (message->response); i++)
    {
      const SignetCertResponse *response = sk_SignetCertResponse_value (message->response, i);
      const SignetCertifiedKeyPair *pair = response->certified_key_pair;
      SignetCmpNode *node = signet_cmp_node_add (parent, "CertResponse", NULL);

      if (node == NULL)
        return;
      signet_cmp_node_add_number (node, "certReqId", response->cert_req_id);
      signet_cmp_print_status (node, "status", response->status);
      signet_cmp_node_add_string (node, "rspInfo", response->rsp_info);
      if (pair == NULL)
        continue;
      if (pair->cert_or_enc_cert->type == 0)
        signet_cmp_print_certificate_any (node, "certificate", pair->cert_or_enc_cert->value.certificate);
      else
        signet_cmp_node_add_any (node, "encryptedCert", pair->cert_or_enc_cert->value.encrypted_cert);
      signet_cmp_node_add_any (node, "privateKey", pair->private_key);
      signet_cmp_node_add_any (node, "publicationInfo", pair->publication_info);
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

static void
print_pkcs10 (SignetCmpNode                    *parent,
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

static void
print_cert_confirm (SignetCmpNode                  *parent,
                    const SignetCertConfirmContent *content)
{
  for (int i = 0; i < sk_SignetCertStatus_num (content); i++)
    {
      const SignetCertStatus *status = sk_SignetCertStatus_value (content, i);
      SignetCmpNode *node = signet_cmp_node_add (parent, "CertStatus", NULL);

      if (node == NULL)
        return;
      signet_cmp_node_add_string (node, "certHash", status->cert_hash);
      signet_cmp_node_add_number (node, "certReqId", status->cert_req_id);
      signet_cmp_print_status (node, "statusInfo", status->status_info);
      signet_cmp_print_algorithm (node, "hashAlg", status->hash_alg);
    }
}

static void
print_poll_rep (SignetCmpNode              *parent,
                const SignetPollRepContent *content)
{
  for (int i = 0; i < sk_SignetPollRep_num (content); i++)
    {
      const SignetPollRep *poll = sk_SignetPollRep_value (content, i);
      SignetCmpNode *node = signet_cmp_node_add (parent, "PollRep", NULL);

      if (node == NULL)
        return;
      signet_cmp_node_add_number (node, "certReqId", poll->cert_req_id);
      signet_cmp_node_add_number (node, "checkAfter", poll->check_after);
      signet_cmp_print_text (node, "reason", poll->reason);
    }
}

static void
print_poll_req (SignetCmpNode              *parent,
                const SignetPollReqContent *content)
{
  for (int i = 0; i < sk_SignetPollReq_num (content); i++)
    signet_cmp_node_add_number (parent, "certReqId", sk_SignetPollReq_value (content, i)->cert_req_id);
}

static void
print_error (SignetCmpNode               *parent,
             const SignetErrorMsgContent *content)
{
  signet_cmp_print_status (parent, "pKIStatusInfo", content->status_info);
  signet_cmp_node_add_number (parent, "errorCode", content->error_code);
  signet_cmp_print_text (parent, "errorDetails", content->error_details);
}

void
signet_cmp_print_body (SignetCmpNode    *parent,
                       SignetCmpMessage *message)
{
  SignetCmpBodyType type = signet_cmp_message_get_body_type (message);
  SignetCmpNode *node = signet_cmp_node_add (parent, "body", signet_cmp_body_type_name (type));
  gconstpointer body = signet_cmp_message_get_body (message);
  GBytes *content = signet_cmp_message_get_body_content (message);

  switch ((int) type)
    {
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
    case SIGNET_CMP_BODY_KUR:
    case SIGNET_CMP_BODY_KRR:
    case SIGNET_CMP_BODY_CCR:
      print_cert_req_messages (node, body);
      break;
    case SIGNET_CMP_BODY_IP:
    case SIGNET_CMP_BODY_CP:
    case SIGNET_CMP_BODY_KUP:
    case SIGNET_CMP_BODY_CCP:
      print_cert_rep (node, body);
      break;
    case SIGNET_CMP_BODY_P10CR:
      print_pkcs10 (node, body);
      break;
    case SIGNET_CMP_BODY_PKICONF:
      break;
    case SIGNET_CMP_BODY_GENM:
    case SIGNET_CMP_BODY_GENP:
      signet_cmp_print_info (node, "InfoTypeAndValue", body);
      break;
    case SIGNET_CMP_BODY_ERROR:
      print_error (node, body);
      break;
    case SIGNET_CMP_BODY_CERTCONF:
      print_cert_confirm (node, body);
      break;
    case SIGNET_CMP_BODY_POLLREQ:
      print_poll_req (node, body);
      break;
    case SIGNET_CMP_BODY_POLLREP:
      print_poll_rep (node, body);
      break;
    default:
      signet_cmp_node_add_der (node, NULL, g_bytes_get_data (content, NULL), g_bytes_get_size (content));
      break;
    }
}

/* ---- words ---- */

static void
say_requests (GString                     *words,
              const SignetCertReqMessages *messages)
{
  for (int i = 0; i < MIN (sk_SignetCertReqMsg_num (messages), 3); i++)
    {
      const SignetCertTemplate *template = sk_SignetCertReqMsg_value (messages, i)->cert_req->cert_template;
      g_autofree char *subject = NULL;
      g_autofree char *clean = NULL;

      if (template->subject == NULL || X509_NAME_entry_count (template->subject) == 0)
        continue;
      subject = signet_name_print (template->subject);
      clean = signet_cmp_text_clean (subject, strlen (subject), 512);
      g_string_append_c (words, ' ');
      g_string_append_printf (words, _("It is for “%s”."), clean);
    }
}

static void
say_status (GString             *words,
            SignetCmpStatusInfo *status)
{
  g_autofree char *explanation = status == NULL ? NULL : signet_cmp_status_info_explain (status);

  if (explanation != NULL)
    g_string_append_printf (words, " %s", explanation);
}

static void
say_responses (GString                    *words,
               const SignetCertRepMessage *message)
{
  for (int i = 0; i < MIN (sk_SignetCertResponse_num (message->response), 3); i++)
    {
      const SignetCertResponse *response = sk_SignetCertResponse_value (message->response, i);
      g_autoptr (SignetCmpStatusInfo) status = signet_cmp_status_info_from_asn1 (response->status, NULL);

      say_status (words, status);
    }
}

static void
say_polls (GString                    *words,
           const SignetPollRepContent *content)
{
  gint64 seconds;

  if (sk_SignetPollRep_num (content) > 0
      && signet_asn1_get_int64 (sk_SignetPollRep_value (content, 0)->check_after, &seconds))
    {
      g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, seconds);

      g_string_append_c (words, ' ');
      g_string_append_printf (words, _("It asks to come back in %s seconds."), number);
    }
}

char *
signet_cmp_print_body_words (SignetCmpMessage *message)
{
  SignetCmpBodyType type = signet_cmp_message_get_body_type (message);
  const ASN1_ITEM *item = signet_cmp_body_item (type);
  gconstpointer body = signet_cmp_message_get_body (message);
  GString *words = g_string_new (_(body_words[type]));

  if (item == ASN1_ITEM_rptr (SignetCertReqMessages))
    say_requests (words, body);
  else if (item == ASN1_ITEM_rptr (SignetCertRepMessage))
    say_responses (words, body);
  else if (type == SIGNET_CMP_BODY_POLLREP)
    say_polls (words, body);
  else if (type == SIGNET_CMP_BODY_ERROR)
    {
      g_autoptr (SignetCmpStatusInfo) status = signet_cmp_message_get_error_content (message, NULL);

      say_status (words, status);
    }
  return g_string_free (words, FALSE);
}
