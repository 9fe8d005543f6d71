/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-message.h"

ASN1_SEQUENCE (SignetTypeAndValue) = {
  ASN1_SIMPLE (SignetTypeAndValue, type, ASN1_OBJECT),
  ASN1_OPT (SignetTypeAndValue, value, ASN1_ANY),
} ASN1_SEQUENCE_END (SignetTypeAndValue)
IMPLEMENT_ASN1_FUNCTIONS (SignetTypeAndValue)

/* The same members, but RFC 4211 demands the value. */
ASN1_SEQUENCE (SignetControl) = {
  ASN1_SIMPLE (SignetTypeAndValue, type, ASN1_OBJECT),
  ASN1_SIMPLE (SignetTypeAndValue, value, ASN1_ANY),
} ASN1_SEQUENCE_END_name (SignetTypeAndValue, SignetControl)

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

/* Time is a CHOICE, therefore explicit even here. */
ASN1_SEQUENCE (SignetOptionalValidity) = {
  ASN1_EXP_OPT (SignetOptionalValidity, not_before, ASN1_TIME, 0),
  ASN1_EXP_OPT (SignetOptionalValidity, not_after, ASN1_TIME, 1),
} ASN1_SEQUENCE_END (SignetOptionalValidity)
IMPLEMENT_ASN1_FUNCTIONS (SignetOptionalValidity)

ASN1_SEQUENCE (SignetPublicKeyInfo) = {
  ASN1_SIMPLE (SignetPublicKeyInfo, algorithm, X509_ALGOR),
  ASN1_SIMPLE (SignetPublicKeyInfo, key, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END (SignetPublicKeyInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetPublicKeyInfo)

ASN1_SEQUENCE (SignetCertTemplate) = {
  ASN1_IMP_OPT (SignetCertTemplate, version, ASN1_INTEGER, 0),
  ASN1_IMP_OPT (SignetCertTemplate, serial_number, ASN1_INTEGER, 1),
  ASN1_IMP_OPT (SignetCertTemplate, signing_alg, X509_ALGOR, 2),
  ASN1_EXP_OPT (SignetCertTemplate, issuer, X509_NAME, 3),
  ASN1_IMP_OPT (SignetCertTemplate, validity, SignetOptionalValidity, 4),
  ASN1_EXP_OPT (SignetCertTemplate, subject, X509_NAME, 5),
  ASN1_IMP_OPT (SignetCertTemplate, public_key, SignetPublicKeyInfo, 6),
  ASN1_IMP_OPT (SignetCertTemplate, issuer_uid, ASN1_BIT_STRING, 7),
  ASN1_IMP_OPT (SignetCertTemplate, subject_uid, ASN1_BIT_STRING, 8),
  ASN1_IMP_SEQUENCE_OF_OPT (SignetCertTemplate, extensions, X509_EXTENSION, 9),
} ASN1_SEQUENCE_END (SignetCertTemplate)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertTemplate)

ASN1_SEQUENCE (SignetCertRequest) = {
  ASN1_SIMPLE (SignetCertRequest, cert_req_id, ASN1_INTEGER),
  ASN1_SIMPLE (SignetCertRequest, cert_template, SignetCertTemplate),
  ASN1_SEQUENCE_OF_OPT (SignetCertRequest, controls, SignetControl),
} ASN1_SEQUENCE_END (SignetCertRequest)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertRequest)

ASN1_SEQUENCE (SignetPkMacValue) = {
  ASN1_SIMPLE (SignetPkMacValue, alg_id, X509_ALGOR),
  ASN1_SIMPLE (SignetPkMacValue, value, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END (SignetPkMacValue)
IMPLEMENT_ASN1_FUNCTIONS (SignetPkMacValue)

ASN1_CHOICE (SignetPopoAuthInfo) = {
  ASN1_EXP (SignetPopoAuthInfo, value.sender, GENERAL_NAME, 0),
  ASN1_SIMPLE (SignetPopoAuthInfo, value.public_key_mac, SignetPkMacValue),
} ASN1_CHOICE_END (SignetPopoAuthInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetPopoAuthInfo)

ASN1_SEQUENCE (SignetPopoSigningKeyInput) = {
  ASN1_SIMPLE (SignetPopoSigningKeyInput, auth_info, SignetPopoAuthInfo),
  ASN1_SIMPLE (SignetPopoSigningKeyInput, public_key, SignetPublicKeyInfo),
} ASN1_SEQUENCE_END (SignetPopoSigningKeyInput)
IMPLEMENT_ASN1_FUNCTIONS (SignetPopoSigningKeyInput)

ASN1_SEQUENCE (SignetPopoSigningKey) = {
  ASN1_IMP_OPT (SignetPopoSigningKey, poposk_input, SignetPopoSigningKeyInput, 0),
  ASN1_SIMPLE (SignetPopoSigningKey, algorithm_identifier, X509_ALGOR),
  ASN1_SIMPLE (SignetPopoSigningKey, signature, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END (SignetPopoSigningKey)
IMPLEMENT_ASN1_FUNCTIONS (SignetPopoSigningKey)

ASN1_CHOICE (SignetPopoPrivKey) = {
  ASN1_IMP (SignetPopoPrivKey, value.this_message, ASN1_BIT_STRING, 0),
  ASN1_IMP (SignetPopoPrivKey, value.subsequent_message, ASN1_INTEGER, 1),
  ASN1_IMP (SignetPopoPrivKey, value.dh_mac, ASN1_BIT_STRING, 2),
  ASN1_IMP (SignetPopoPrivKey, value.agree_mac, SignetPkMacValue, 3),
  ASN1_IMP_SEQUENCE_OF (SignetPopoPrivKey, value.encrypted_key, ASN1_ANY, 4),
} ASN1_CHOICE_END (SignetPopoPrivKey)
IMPLEMENT_ASN1_FUNCTIONS (SignetPopoPrivKey)

ASN1_CHOICE (SignetProofOfPossession) = {
  ASN1_IMP (SignetProofOfPossession, value.ra_verified, ASN1_NULL, 0),
  ASN1_IMP (SignetProofOfPossession, value.signature, SignetPopoSigningKey, 1),
  ASN1_EXP (SignetProofOfPossession, value.key_encipherment, SignetPopoPrivKey, 2),
  ASN1_EXP (SignetProofOfPossession, value.key_agreement, SignetPopoPrivKey, 3),
} ASN1_CHOICE_END (SignetProofOfPossession)
IMPLEMENT_ASN1_FUNCTIONS (SignetProofOfPossession)

ASN1_SEQUENCE (SignetCertReqMsg) = {
  ASN1_SIMPLE (SignetCertReqMsg, cert_req, SignetCertRequest),
  ASN1_OPT (SignetCertReqMsg, popo, SignetProofOfPossession),
  ASN1_SEQUENCE_OF_OPT (SignetCertReqMsg, reg_info, SignetControl),
} ASN1_SEQUENCE_END (SignetCertReqMsg)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertReqMsg)

ASN1_ITEM_TEMPLATE (SignetCertReqMessages) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetCertReqMessages, SignetCertReqMsg)
ASN1_ITEM_TEMPLATE_END (SignetCertReqMessages)

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

ASN1_SEQUENCE (SignetPbmParameter) = {
  ASN1_SIMPLE (SignetPbmParameter, salt, ASN1_OCTET_STRING),
  ASN1_SIMPLE (SignetPbmParameter, owf, X509_ALGOR),
  ASN1_SIMPLE (SignetPbmParameter, iteration_count, ASN1_INTEGER),
  ASN1_SIMPLE (SignetPbmParameter, mac, X509_ALGOR),
} ASN1_SEQUENCE_END (SignetPbmParameter)
IMPLEMENT_ASN1_FUNCTIONS (SignetPbmParameter)

ASN1_SEQUENCE (SignetPbmac1Params) = {
  ASN1_SIMPLE (SignetPbmac1Params, key_derivation_func, X509_ALGOR),
  ASN1_SIMPLE (SignetPbmac1Params, message_auth_scheme, X509_ALGOR),
} ASN1_SEQUENCE_END (SignetPbmac1Params)
IMPLEMENT_ASN1_FUNCTIONS (SignetPbmac1Params)

const ASN1_ITEM *
signet_cmp_body_item (guint type)
{
  switch (type)
    {
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
    case SIGNET_CMP_BODY_KUR:
    case SIGNET_CMP_BODY_KRR:
    case SIGNET_CMP_BODY_CCR:
      return ASN1_ITEM_rptr (SignetCertReqMessages);
    case SIGNET_CMP_BODY_IP:
    case SIGNET_CMP_BODY_CP:
    case SIGNET_CMP_BODY_KUP:
    case SIGNET_CMP_BODY_CCP:
      return ASN1_ITEM_rptr (SignetCertRepMessage);
    case SIGNET_CMP_BODY_P10CR:
      return ASN1_ITEM_rptr (X509_REQ);
    case SIGNET_CMP_BODY_PKICONF:
      return ASN1_ITEM_rptr (ASN1_NULL);
    case SIGNET_CMP_BODY_GENM:
    case SIGNET_CMP_BODY_GENP:
      return ASN1_ITEM_rptr (SignetGenMsgContent);
    case SIGNET_CMP_BODY_ERROR:
      return ASN1_ITEM_rptr (SignetErrorMsgContent);
    case SIGNET_CMP_BODY_CERTCONF:
      return ASN1_ITEM_rptr (SignetCertConfirmContent);
    case SIGNET_CMP_BODY_POLLREQ:
      return ASN1_ITEM_rptr (SignetPollReqContent);
    case SIGNET_CMP_BODY_POLLREP:
      return ASN1_ITEM_rptr (SignetPollRepContent);
    default:
      return NULL;
    }
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
