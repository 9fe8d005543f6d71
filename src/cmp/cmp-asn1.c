/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-message.h"

ASN1_SEQUENCE (SignetPkiHeader) = {
  ASN1_SIMPLE (SignetPkiHeader, pvno, ASN1_INTEGER),
  ASN1_SIMPLE (SignetPkiHeader, sender, GENERAL_NAME),
  ASN1_SIMPLE (SignetPkiHeader, recipient, GENERAL_NAME),
  ASN1_EXP_OPT (SignetPkiHeader, message_time, ASN1_GENERALIZEDTIME, 0),
  ASN1_EXP_OPT (SignetPkiHeader, protection_alg, X509_ALGOR, 1),
  ASN1_EXP_OPT (SignetPkiHeader, sender_kid, ASN1_OCTET_STRING, 2),
  ASN1_EXP_OPT (SignetPkiHeader, recip_kid, ASN1_OCTET_STRING, 3),
  ASN1_EXP_OPT (SignetPkiHeader, transaction_id, ASN1_OCTET_STRING, 4),
  ASN1_EXP_OPT (SignetPkiHeader, sender_nonce, ASN1_OCTET_STRING, 5),
  ASN1_EXP_OPT (SignetPkiHeader, recip_nonce, ASN1_OCTET_STRING, 6),
  ASN1_EXP_SEQUENCE_OF_OPT (SignetPkiHeader, free_text, ASN1_UTF8STRING, 7),
  ASN1_EXP_SEQUENCE_OF_OPT (SignetPkiHeader, general_info, SignetTypeAndValue, 8),
} ASN1_SEQUENCE_END (SignetPkiHeader)
IMPLEMENT_ASN1_FUNCTIONS (SignetPkiHeader)

ASN1_SEQUENCE (SignetPkiStatusInfo) = {
  ASN1_SIMPLE (SignetPkiStatusInfo, status, ASN1_INTEGER),
  ASN1_SEQUENCE_OF_OPT (SignetPkiStatusInfo, status_string, ASN1_UTF8STRING),
  ASN1_OPT (SignetPkiStatusInfo, fail_info, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END (SignetPkiStatusInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetPkiStatusInfo)

/* The attributes are a SET OF, which no encoder may put in another order than it was signed in. */
ASN1_SEQUENCE_enc (SignetCertificationRequestInfo, enc, NULL) = {
  ASN1_SIMPLE (SignetCertificationRequestInfo, version, ASN1_INTEGER),
  ASN1_SIMPLE (SignetCertificationRequestInfo, subject, X509_NAME),
  ASN1_SIMPLE (SignetCertificationRequestInfo, subject_pk_info, SignetPublicKeyInfo),
  ASN1_IMP_SET_OF_OPT (SignetCertificationRequestInfo, attributes, X509_ATTRIBUTE, 0),
} ASN1_SEQUENCE_END_enc (SignetCertificationRequestInfo, SignetCertificationRequestInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertificationRequestInfo)

ASN1_SEQUENCE (SignetCertificationRequest) = {
  ASN1_SIMPLE (SignetCertificationRequest, certification_request_info, SignetCertificationRequestInfo),
  ASN1_SIMPLE (SignetCertificationRequest, signature_algorithm, X509_ALGOR),
  ASN1_SIMPLE (SignetCertificationRequest, signature, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END (SignetCertificationRequest)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertificationRequest)

ASN1_SEQUENCE (SignetChallenge) = {
  ASN1_OPT (SignetChallenge, owf, X509_ALGOR),
  ASN1_SIMPLE (SignetChallenge, witness, ASN1_OCTET_STRING),
  ASN1_SIMPLE (SignetChallenge, challenge, ASN1_OCTET_STRING),
  ASN1_EXP_OPT (SignetChallenge, encrypted_rand, ASN1_ANY, 0),
} ASN1_SEQUENCE_END (SignetChallenge)
IMPLEMENT_ASN1_FUNCTIONS (SignetChallenge)

ASN1_ITEM_TEMPLATE (SignetPopoDecKeyChallContent) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetPopoDecKeyChallContent, SignetChallenge)
ASN1_ITEM_TEMPLATE_END (SignetPopoDecKeyChallContent)

ASN1_SEQUENCE (SignetRand) = {
  ASN1_SIMPLE (SignetRand, integer, ASN1_INTEGER),
  ASN1_SIMPLE (SignetRand, sender, GENERAL_NAME),
} ASN1_SEQUENCE_END (SignetRand)
IMPLEMENT_ASN1_FUNCTIONS (SignetRand)

ASN1_ITEM_TEMPLATE (SignetPopoDecKeyRespContent) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetPopoDecKeyRespContent, ASN1_INTEGER)
ASN1_ITEM_TEMPLATE_END (SignetPopoDecKeyRespContent)

ASN1_CHOICE (SignetCertOrEncCert) = {
  ASN1_EXP (SignetCertOrEncCert, value.certificate, ASN1_ANY, 0),
  ASN1_EXP (SignetCertOrEncCert, value.encrypted_cert, ASN1_ANY, 1),
} ASN1_CHOICE_END (SignetCertOrEncCert)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertOrEncCert)

ASN1_SEQUENCE (SignetCertifiedKeyPair) = {
  ASN1_SIMPLE (SignetCertifiedKeyPair, cert_or_enc_cert, SignetCertOrEncCert),
  ASN1_EXP_OPT (SignetCertifiedKeyPair, private_key, ASN1_ANY, 0),
  ASN1_EXP_OPT (SignetCertifiedKeyPair, publication_info, ASN1_ANY, 1),
} ASN1_SEQUENCE_END (SignetCertifiedKeyPair)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertifiedKeyPair)

ASN1_SEQUENCE (SignetCertResponse) = {
  ASN1_SIMPLE (SignetCertResponse, cert_req_id, ASN1_INTEGER),
  ASN1_SIMPLE (SignetCertResponse, status, SignetPkiStatusInfo),
  ASN1_OPT (SignetCertResponse, certified_key_pair, SignetCertifiedKeyPair),
  ASN1_OPT (SignetCertResponse, rsp_info, ASN1_OCTET_STRING),
} ASN1_SEQUENCE_END (SignetCertResponse)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertResponse)

ASN1_SEQUENCE (SignetCertRepMessage) = {
  ASN1_EXP_SEQUENCE_OF_OPT (SignetCertRepMessage, ca_pubs, ASN1_ANY, 1),
  ASN1_SEQUENCE_OF (SignetCertRepMessage, response, SignetCertResponse),
} ASN1_SEQUENCE_END (SignetCertRepMessage)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertRepMessage)

ASN1_SEQUENCE (SignetKeyRecRepContent) = {
  ASN1_SIMPLE (SignetKeyRecRepContent, status, SignetPkiStatusInfo),
  ASN1_EXP_OPT (SignetKeyRecRepContent, new_sig_cert, ASN1_ANY, 0),
  ASN1_EXP_SEQUENCE_OF_OPT (SignetKeyRecRepContent, ca_certs, ASN1_ANY, 1),
  ASN1_EXP_SEQUENCE_OF_OPT (SignetKeyRecRepContent, key_pair_hist, SignetCertifiedKeyPair, 2),
} ASN1_SEQUENCE_END (SignetKeyRecRepContent)
IMPLEMENT_ASN1_FUNCTIONS (SignetKeyRecRepContent)

ASN1_SEQUENCE (SignetRevDetails) = {
  ASN1_SIMPLE (SignetRevDetails, cert_details, SignetCertTemplate),
  ASN1_SEQUENCE_OF_OPT (SignetRevDetails, crl_entry_details, X509_EXTENSION),
} ASN1_SEQUENCE_END (SignetRevDetails)
IMPLEMENT_ASN1_FUNCTIONS (SignetRevDetails)

ASN1_ITEM_TEMPLATE (SignetRevReqContent) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetRevReqContent, SignetRevDetails)
ASN1_ITEM_TEMPLATE_END (SignetRevReqContent)

ASN1_SEQUENCE (SignetRevRepContent) = {
  ASN1_SEQUENCE_OF (SignetRevRepContent, status, SignetPkiStatusInfo),
  ASN1_EXP_SEQUENCE_OF_OPT (SignetRevRepContent, rev_certs, SignetCertId, 0),
  ASN1_EXP_SEQUENCE_OF_OPT (SignetRevRepContent, crls, ASN1_ANY, 1),
} ASN1_SEQUENCE_END (SignetRevRepContent)
IMPLEMENT_ASN1_FUNCTIONS (SignetRevRepContent)

ASN1_CHOICE (SignetCaKeyUpdContent) = {
  ASN1_SIMPLE (SignetCaKeyUpdContent, value.ca_key_upd_ann_v2, SignetCaKeyUpdAnnContent),
  ASN1_EXP (SignetCaKeyUpdContent, value.ca_key_upd_ann_v3, SignetRootCaKeyUpdateContent, 0),
} ASN1_CHOICE_END (SignetCaKeyUpdContent)
IMPLEMENT_ASN1_FUNCTIONS (SignetCaKeyUpdContent)

ASN1_SEQUENCE (SignetRevAnnContent) = {
  ASN1_SIMPLE (SignetRevAnnContent, status, ASN1_INTEGER),
  ASN1_SIMPLE (SignetRevAnnContent, cert_id, SignetCertId),
  ASN1_SIMPLE (SignetRevAnnContent, will_be_revoked_at, ASN1_GENERALIZEDTIME),
  ASN1_SIMPLE (SignetRevAnnContent, bad_since_date, ASN1_GENERALIZEDTIME),
  ASN1_SEQUENCE_OF_OPT (SignetRevAnnContent, crl_details, X509_EXTENSION),
} ASN1_SEQUENCE_END (SignetRevAnnContent)
IMPLEMENT_ASN1_FUNCTIONS (SignetRevAnnContent)

ASN1_SEQUENCE (SignetErrorMsgContent) = {
  ASN1_SIMPLE (SignetErrorMsgContent, status_info, SignetPkiStatusInfo),
  ASN1_OPT (SignetErrorMsgContent, error_code, ASN1_INTEGER),
  ASN1_SEQUENCE_OF_OPT (SignetErrorMsgContent, error_details, ASN1_UTF8STRING),
} ASN1_SEQUENCE_END (SignetErrorMsgContent)
IMPLEMENT_ASN1_FUNCTIONS (SignetErrorMsgContent)

ASN1_SEQUENCE (SignetCertStatus) = {
  ASN1_SIMPLE (SignetCertStatus, cert_hash, ASN1_OCTET_STRING),
  ASN1_SIMPLE (SignetCertStatus, cert_req_id, ASN1_INTEGER),
  ASN1_OPT (SignetCertStatus, status_info, SignetPkiStatusInfo),
  ASN1_EXP_OPT (SignetCertStatus, hash_alg, X509_ALGOR, 0),
} ASN1_SEQUENCE_END (SignetCertStatus)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertStatus)

ASN1_ITEM_TEMPLATE (SignetCertConfirmContent) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetCertConfirmContent, SignetCertStatus)
ASN1_ITEM_TEMPLATE_END (SignetCertConfirmContent)

ASN1_SEQUENCE (SignetPollReq) = {
  ASN1_SIMPLE (SignetPollReq, cert_req_id, ASN1_INTEGER),
} ASN1_SEQUENCE_END (SignetPollReq)
IMPLEMENT_ASN1_FUNCTIONS (SignetPollReq)

ASN1_ITEM_TEMPLATE (SignetPollReqContent) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetPollReqContent, SignetPollReq)
ASN1_ITEM_TEMPLATE_END (SignetPollReqContent)

ASN1_SEQUENCE (SignetPollRep) = {
  ASN1_SIMPLE (SignetPollRep, cert_req_id, ASN1_INTEGER),
  ASN1_SIMPLE (SignetPollRep, check_after, ASN1_INTEGER),
  ASN1_SEQUENCE_OF_OPT (SignetPollRep, reason, ASN1_UTF8STRING),
} ASN1_SEQUENCE_END (SignetPollRep)
IMPLEMENT_ASN1_FUNCTIONS (SignetPollRep)

ASN1_ITEM_TEMPLATE (SignetPollRepContent) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetPollRepContent, SignetPollRep)
ASN1_ITEM_TEMPLATE_END (SignetPollRepContent)

ASN1_ITEM_TEMPLATE (SignetGenMsgContent) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetGenMsgContent, SignetTypeAndValue)
ASN1_ITEM_TEMPLATE_END (SignetGenMsgContent)

const ASN1_ITEM *
signet_cmp_body_item (guint type)
{
  static ASN1_ITEM_EXP *const items[] = {
    [SIGNET_CMP_BODY_IR] = ASN1_ITEM_ref (SignetCertReqMessages),
    [SIGNET_CMP_BODY_IP] = ASN1_ITEM_ref (SignetCertRepMessage),
    [SIGNET_CMP_BODY_CR] = ASN1_ITEM_ref (SignetCertReqMessages),
    [SIGNET_CMP_BODY_CP] = ASN1_ITEM_ref (SignetCertRepMessage),
    [SIGNET_CMP_BODY_P10CR] = ASN1_ITEM_ref (SignetCertificationRequest),
    [SIGNET_CMP_BODY_POPDECC] = ASN1_ITEM_ref (SignetPopoDecKeyChallContent),
    [SIGNET_CMP_BODY_POPDECR] = ASN1_ITEM_ref (SignetPopoDecKeyRespContent),
    [SIGNET_CMP_BODY_KUR] = ASN1_ITEM_ref (SignetCertReqMessages),
    [SIGNET_CMP_BODY_KUP] = ASN1_ITEM_ref (SignetCertRepMessage),
    [SIGNET_CMP_BODY_KRR] = ASN1_ITEM_ref (SignetCertReqMessages),
    [SIGNET_CMP_BODY_KRP] = ASN1_ITEM_ref (SignetKeyRecRepContent),
    [SIGNET_CMP_BODY_RR] = ASN1_ITEM_ref (SignetRevReqContent),
    [SIGNET_CMP_BODY_RP] = ASN1_ITEM_ref (SignetRevRepContent),
    [SIGNET_CMP_BODY_CCR] = ASN1_ITEM_ref (SignetCertReqMessages),
    [SIGNET_CMP_BODY_CCP] = ASN1_ITEM_ref (SignetCertRepMessage),
    [SIGNET_CMP_BODY_CKUANN] = ASN1_ITEM_ref (SignetCaKeyUpdContent),
    [SIGNET_CMP_BODY_CANN] = ASN1_ITEM_ref (ASN1_ANY),
    [SIGNET_CMP_BODY_RANN] = ASN1_ITEM_ref (SignetRevAnnContent),
    [SIGNET_CMP_BODY_CRLANN] = ASN1_ITEM_ref (ASN1_SEQUENCE_ANY),
    [SIGNET_CMP_BODY_PKICONF] = ASN1_ITEM_ref (ASN1_NULL),
    [SIGNET_CMP_BODY_NESTED] = ASN1_ITEM_ref (ASN1_SEQUENCE_ANY),
    [SIGNET_CMP_BODY_GENM] = ASN1_ITEM_ref (SignetGenMsgContent),
    [SIGNET_CMP_BODY_GENP] = ASN1_ITEM_ref (SignetGenMsgContent),
    [SIGNET_CMP_BODY_ERROR] = ASN1_ITEM_ref (SignetErrorMsgContent),
    [SIGNET_CMP_BODY_CERTCONF] = ASN1_ITEM_ref (SignetCertConfirmContent),
    [SIGNET_CMP_BODY_POLLREQ] = ASN1_ITEM_ref (SignetPollReqContent),
    [SIGNET_CMP_BODY_POLLREP] = ASN1_ITEM_ref (SignetPollRepContent),
  };

  return type < G_N_ELEMENTS (items) ? ASN1_ITEM_ptr (items[type]) : NULL;
}

GBytes *
signet_asn1_encode (const void      *value,
                    const ASN1_ITEM *item)
{
  unsigned char *der = NULL;
  int size;
  GBytes *bytes;

  size = ASN1_item_i2d (value, &der, item);
  if (size < 0)
    return NULL;
  bytes = g_bytes_new (der, size);
  OPENSSL_free (der);
  return bytes;
}

void *
signet_asn1_decode (gconstpointer    data,
                    gsize            size,
                    const ASN1_ITEM *item)
{
  const unsigned char *cursor = data;
  void *value;

  if (size > G_MAXINT)
    return NULL;
  value = ASN1_item_d2i (NULL, &cursor, size, item);
  if (value != NULL && cursor != (const unsigned char *) data + size)
    {
      ASN1_item_free (value, item);
      return NULL;
    }
  return value;
}

gboolean
signet_asn1_get_int64 (const ASN1_INTEGER *integer,
                       gint64             *value)
{
  int64_t number;

  if (integer == NULL || !ASN1_INTEGER_get_int64 (&number, integer))
    {
      ERR_clear_error ();
      return FALSE;
    }
  *value = number;
  return TRUE;
}

void *
signet_asn1_decode_any (const ASN1_TYPE *any,
                        const ASN1_ITEM *item)
{
  g_autoptr (GBytes) der = any == NULL ? NULL : signet_asn1_any_get_der (any);

  return der == NULL ? NULL : signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), item);
}

ASN1_TYPE *
signet_asn1_any_new (GBytes *der)
{
  return signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (ASN1_ANY));
}

GBytes *
signet_asn1_any_get_der (const ASN1_TYPE *any)
{
  return signet_asn1_encode (any, ASN1_ITEM_rptr (ASN1_ANY));
}
