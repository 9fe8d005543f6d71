/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-print.h"
#include "cmp/cmp-text.h"

static void
print_key_pair (SignetCmpNode                *node,
                const SignetCertifiedKeyPair *pair)
{
  if (pair->cert_or_enc_cert->type == 0)
    signet_cmp_print_certificate_any (node, "certificate", pair->cert_or_enc_cert->value.certificate);
  else
    signet_cmp_print_encrypted_key (node, "encryptedCert", pair->cert_or_enc_cert->value.encrypted_cert);
  signet_cmp_print_encrypted_key (node, "privateKey", pair->private_key);
  signet_cmp_print_value (node, "publicationInfo", SIGNET_OID_PKI_PUBLICATION_INFO, pair->publication_info);
}

static void
print_cert_rep (SignetCmpNode              *parent,
                const SignetCertRepMessage *message)
{
  signet_cmp_print_certificates (parent, "caPubs", message->ca_pubs);
  for (int i = 0; i < sk_SignetCertResponse_num (message->response); i++)
    {
      const SignetCertResponse *response = sk_SignetCertResponse_value (message->response, i);
      SignetCmpNode *node = signet_cmp_node_add (parent, "CertResponse", NULL);

      if (node == NULL)
        return;
      signet_cmp_node_add_number (node, "certReqId", response->cert_req_id);
      signet_cmp_print_status (node, "status", response->status);
      if (response->rsp_info != NULL)
        signet_cmp_node_add_take (node, "rspInfo",
                                  signet_cmp_text_clean ((const char *) ASN1_STRING_get0_data (response->rsp_info),
                                                         (gsize) ASN1_STRING_length (response->rsp_info), SIGNET_CMP_TEXT_MAX));
      if (response->certified_key_pair != NULL)
        print_key_pair (node, response->certified_key_pair);
    }
}

static void
print_key_recovery (SignetCmpNode               *parent,
                    const SignetKeyRecRepContent *content)
{
  signet_cmp_print_status (parent, "status", content->status);
  signet_cmp_print_certificate_any (parent, "newSigCert", content->new_sig_cert);
  signet_cmp_print_certificates (parent, "caCerts", content->ca_certs);
  for (int i = 0; i < sk_SignetCertifiedKeyPair_num (content->key_pair_hist); i++)
    {
      SignetCmpNode *node = signet_cmp_node_add (parent, "keyPairHist", NULL);

      if (node == NULL)
        return;
      print_key_pair (node, sk_SignetCertifiedKeyPair_value (content->key_pair_hist, i));
    }
}

static void
print_rev_rep (SignetCmpNode              *parent,
               const SignetRevRepContent  *content)
{
  for (int i = 0; !signet_cmp_node_is_full (parent) && i < sk_SignetPkiStatusInfo_num (content->status); i++)
    signet_cmp_print_status (parent, "status", sk_SignetPkiStatusInfo_value (content->status, i));
  for (int i = 0; !signet_cmp_node_is_full (parent) && i < sk_SignetCertId_num (content->rev_certs); i++)
    signet_cmp_print_cert_id (parent, "revCerts", sk_SignetCertId_value (content->rev_certs, i));
  signet_cmp_print_crls (parent, "crls", content->crls);
}

static void
print_rev_announcement (SignetCmpNode             *parent,
                        const SignetRevAnnContent *content)
{
  gint64 status;

  if (signet_asn1_get_int64 (content->status, &status) && status >= 0 && status <= G_MAXINT)
    signet_cmp_node_add_take (parent, "status", g_strdup_printf ("%d (%s)", (int) status, signet_cmp_status_name ((int) status)));
  else
    signet_cmp_node_add_number (parent, "status", content->status);
  signet_cmp_print_cert_id (parent, "certId", content->cert_id);
  signet_cmp_print_time (parent, "willBeRevokedAt", content->will_be_revoked_at);
  signet_cmp_print_time (parent, "badSinceDate", content->bad_since_date);
  if (sk_X509_EXTENSION_num (content->crl_details) > 0)
    signet_cmp_print_extensions (signet_cmp_node_add (parent, "crlDetails", NULL), content->crl_details);
}

static void
print_key_announcement (SignetCmpNode               *parent,
                        const SignetCaKeyUpdContent *content)
{
  if (content->type == 0)
    signet_cmp_print_ca_key_upd_ann (parent, content->value.ca_key_upd_ann_v2);
  else
    signet_cmp_print_root_ca_key_update (parent, content->value.ca_key_upd_ann_v3);
}

static void
print_integers (SignetCmpNode                     *parent,
                const SignetPopoDecKeyRespContent *content)
{
  for (int i = 0; !signet_cmp_node_is_full (parent) && i < sk_ASN1_INTEGER_num (content); i++)
    signet_cmp_node_add_number (parent, "INTEGER", sk_ASN1_INTEGER_value (content, i));
}

static void
print_nested (SignetCmpNode *parent,
              GPtrArray     *messages)
{
  for (guint i = 0; !signet_cmp_node_is_full (parent) && i < messages->len; i++)
    signet_cmp_print_message (parent, g_ptr_array_index (messages, i));
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
  for (int i = 0; !signet_cmp_node_is_full (parent) && i < sk_SignetPollReq_num (content); i++)
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

static void
print_answer (SignetCmpNode    *node,
              SignetCmpMessage *message,
              gconstpointer     body)
{
  switch ((int) signet_cmp_message_get_body_type (message))
    {
    case SIGNET_CMP_BODY_POPDECC:
      signet_cmp_print_challenges (node, body);
      break;
    case SIGNET_CMP_BODY_KRP:
      print_key_recovery (node, body);
      break;
    case SIGNET_CMP_BODY_RP:
      print_rev_rep (node, body);
      break;
    case SIGNET_CMP_BODY_CKUANN:
      print_key_announcement (node, body);
      break;
    case SIGNET_CMP_BODY_CANN:
      signet_cmp_print_certificate_any (node, "certificate", body);
      break;
    case SIGNET_CMP_BODY_RANN:
      print_rev_announcement (node, body);
      break;
    case SIGNET_CMP_BODY_CRLANN:
      signet_cmp_print_crls (node, "CertificateList", body);
      break;
    case SIGNET_CMP_BODY_NESTED:
      print_nested (node, signet_cmp_message_get_nested (message));
      break;
    case SIGNET_CMP_BODY_ERROR:
      print_error (node, body);
      break;
    case SIGNET_CMP_BODY_POLLREP:
      print_poll_rep (node, body);
      break;
    default:                             /* pkiconf says nothing */
      break;
    }
}

void
signet_cmp_print_body (SignetCmpNode    *parent,
                       SignetCmpMessage *message)
{
  SignetCmpBodyType type = signet_cmp_message_get_body_type (message);
  SignetCmpNode *node = signet_cmp_node_add (parent, "body", signet_cmp_body_type_name (type));
  gconstpointer body = signet_cmp_message_get_body (message);

  switch ((int) type)
    {
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
    case SIGNET_CMP_BODY_KUR:
    case SIGNET_CMP_BODY_KRR:
    case SIGNET_CMP_BODY_CCR:
      signet_cmp_print_cert_req_messages (node, body);
      break;
    case SIGNET_CMP_BODY_IP:
    case SIGNET_CMP_BODY_CP:
    case SIGNET_CMP_BODY_KUP:
    case SIGNET_CMP_BODY_CCP:
      print_cert_rep (node, body);
      break;
    case SIGNET_CMP_BODY_P10CR:
      signet_cmp_print_pkcs10 (node, body);
      break;
    case SIGNET_CMP_BODY_POPDECR:
      print_integers (node, body);
      break;
    case SIGNET_CMP_BODY_RR:
      signet_cmp_print_rev_req (node, body);
      break;
    case SIGNET_CMP_BODY_GENM:
    case SIGNET_CMP_BODY_GENP:
      signet_cmp_print_info (node, "InfoTypeAndValue", body);
      break;
    case SIGNET_CMP_BODY_CERTCONF:
      print_cert_confirm (node, body);
      break;
    case SIGNET_CMP_BODY_POLLREQ:
      print_poll_req (node, body);
      break;
    default:
      print_answer (node, message, body);
      break;
    }
}
