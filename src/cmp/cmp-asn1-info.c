/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/asn1t.h>

#include "cmp/cmp-asn1-info.h"

ASN1_ITEM_TEMPLATE (SignetUnsupportedOids) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetUnsupportedOids, ASN1_OBJECT)
ASN1_ITEM_TEMPLATE_END (SignetUnsupportedOids)

ASN1_ITEM_TEMPLATE (SignetUtf8Strings) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetUtf8Strings, ASN1_UTF8STRING)
ASN1_ITEM_TEMPLATE_END (SignetUtf8Strings)

ASN1_SEQUENCE (SignetCaKeyUpdAnnContent) = {
  ASN1_SIMPLE (SignetCaKeyUpdAnnContent, old_with_new, ASN1_ANY),
  ASN1_SIMPLE (SignetCaKeyUpdAnnContent, new_with_old, ASN1_ANY),
  ASN1_SIMPLE (SignetCaKeyUpdAnnContent, new_with_new, ASN1_ANY),
} ASN1_SEQUENCE_END (SignetCaKeyUpdAnnContent)
IMPLEMENT_ASN1_FUNCTIONS (SignetCaKeyUpdAnnContent)

ASN1_SEQUENCE (SignetRootCaKeyUpdateContent) = {
  ASN1_SIMPLE (SignetRootCaKeyUpdateContent, new_with_new, ASN1_ANY),
  ASN1_EXP_OPT (SignetRootCaKeyUpdateContent, new_with_old, ASN1_ANY, 0),
  ASN1_EXP_OPT (SignetRootCaKeyUpdateContent, old_with_new, ASN1_ANY, 1),
} ASN1_SEQUENCE_END (SignetRootCaKeyUpdateContent)
IMPLEMENT_ASN1_FUNCTIONS (SignetRootCaKeyUpdateContent)

ASN1_SEQUENCE (SignetCertReqTemplateContent) = {
  ASN1_SIMPLE (SignetCertReqTemplateContent, cert_template, SignetCertTemplate),
  ASN1_SEQUENCE_OF_OPT (SignetCertReqTemplateContent, key_spec, SignetControl),
} ASN1_SEQUENCE_END (SignetCertReqTemplateContent)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertReqTemplateContent)

ASN1_CHOICE (SignetCrlSource) = {
  ASN1_EXP (SignetCrlSource, value.dpn, DIST_POINT_NAME, 0),
  ASN1_EXP (SignetCrlSource, value.issuer, GENERAL_NAMES, 1),
} ASN1_CHOICE_END (SignetCrlSource)
IMPLEMENT_ASN1_FUNCTIONS (SignetCrlSource)

ASN1_SEQUENCE (SignetCrlStatus) = {
  ASN1_SIMPLE (SignetCrlStatus, source, SignetCrlSource),
  ASN1_OPT (SignetCrlStatus, this_update, ASN1_TIME),
} ASN1_SEQUENCE_END (SignetCrlStatus)
IMPLEMENT_ASN1_FUNCTIONS (SignetCrlStatus)

ASN1_ITEM_TEMPLATE (SignetCrlStatusList) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SEQUENCE_OF, 0, SignetCrlStatusList, SignetCrlStatus)
ASN1_ITEM_TEMPLATE_END (SignetCrlStatusList)

ASN1_SEQUENCE (SignetOobCertHash) = {
  ASN1_EXP_OPT (SignetOobCertHash, hash_alg, X509_ALGOR, 0),
  ASN1_EXP_OPT (SignetOobCertHash, cert_id, SignetCertId, 1),
  ASN1_SIMPLE (SignetOobCertHash, hash_val, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END (SignetOobCertHash)
IMPLEMENT_ASN1_FUNCTIONS (SignetOobCertHash)

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

ASN1_SEQUENCE (SignetDhbmParameter) = {
  ASN1_SIMPLE (SignetDhbmParameter, owf, X509_ALGOR),
  ASN1_SIMPLE (SignetDhbmParameter, mac, X509_ALGOR),
} ASN1_SEQUENCE_END (SignetDhbmParameter)
IMPLEMENT_ASN1_FUNCTIONS (SignetDhbmParameter)

ASN1_SEQUENCE (SignetKemBmParameter) = {
  ASN1_SIMPLE (SignetKemBmParameter, kdf, X509_ALGOR),
  ASN1_EXP_OPT (SignetKemBmParameter, kem_context, ASN1_OCTET_STRING, 0),
  ASN1_SIMPLE (SignetKemBmParameter, len, ASN1_INTEGER),
  ASN1_SIMPLE (SignetKemBmParameter, mac, X509_ALGOR),
} ASN1_SEQUENCE_END (SignetKemBmParameter)
IMPLEMENT_ASN1_FUNCTIONS (SignetKemBmParameter)

ASN1_SEQUENCE (SignetKemCiphertextInfo) = {
  ASN1_SIMPLE (SignetKemCiphertextInfo, kem, X509_ALGOR),
  ASN1_SIMPLE (SignetKemCiphertextInfo, ct, ASN1_OCTET_STRING),
} ASN1_SEQUENCE_END (SignetKemCiphertextInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetKemCiphertextInfo)

ASN1_SEQUENCE (SignetKemOtherInfo) = {
  ASN1_SEQUENCE_OF (SignetKemOtherInfo, static_string, ASN1_UTF8STRING),
  ASN1_SIMPLE (SignetKemOtherInfo, transaction_id, ASN1_OCTET_STRING),
  ASN1_EXP_OPT (SignetKemOtherInfo, kem_context, ASN1_OCTET_STRING, 0),
} ASN1_SEQUENCE_END (SignetKemOtherInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetKemOtherInfo)
