/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-asn1-cms.h"

#include <openssl/asn1t.h>

ASN1_CHOICE (SignetRecipientIdentifier) = {
  ASN1_SIMPLE (SignetRecipientIdentifier, value.issuer_and_serial_number, PKCS7_ISSUER_AND_SERIAL),
  ASN1_IMP (SignetRecipientIdentifier, value.subject_key_identifier, ASN1_OCTET_STRING, 0),
} ASN1_CHOICE_END (SignetRecipientIdentifier)
IMPLEMENT_ASN1_FUNCTIONS (SignetRecipientIdentifier)

ASN1_SEQUENCE (SignetKeyTransRecipientInfo) = {
  ASN1_SIMPLE (SignetKeyTransRecipientInfo, version, ASN1_INTEGER),
  ASN1_SIMPLE (SignetKeyTransRecipientInfo, rid, SignetRecipientIdentifier),
  ASN1_SIMPLE (SignetKeyTransRecipientInfo, key_encryption_algorithm, X509_ALGOR),
  ASN1_SIMPLE (SignetKeyTransRecipientInfo, encrypted_key, ASN1_OCTET_STRING),
} ASN1_SEQUENCE_END (SignetKeyTransRecipientInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetKeyTransRecipientInfo)

ASN1_SEQUENCE (SignetOriginatorPublicKey) = {
  ASN1_SIMPLE (SignetOriginatorPublicKey, algorithm, X509_ALGOR),
  ASN1_SIMPLE (SignetOriginatorPublicKey, public_key, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END (SignetOriginatorPublicKey)
IMPLEMENT_ASN1_FUNCTIONS (SignetOriginatorPublicKey)

ASN1_CHOICE (SignetOriginatorIdentifierOrKey) = {
  ASN1_SIMPLE (SignetOriginatorIdentifierOrKey, value.issuer_and_serial_number, PKCS7_ISSUER_AND_SERIAL),
  ASN1_IMP (SignetOriginatorIdentifierOrKey, value.subject_key_identifier, ASN1_OCTET_STRING, 0),
  ASN1_IMP (SignetOriginatorIdentifierOrKey, value.originator_key, SignetOriginatorPublicKey, 1),
} ASN1_CHOICE_END (SignetOriginatorIdentifierOrKey)
IMPLEMENT_ASN1_FUNCTIONS (SignetOriginatorIdentifierOrKey)

ASN1_SEQUENCE (SignetRecipientKeyIdentifier) = {
  ASN1_SIMPLE (SignetRecipientKeyIdentifier, subject_key_identifier, ASN1_OCTET_STRING),
  ASN1_OPT (SignetRecipientKeyIdentifier, date, ASN1_GENERALIZEDTIME),
  ASN1_OPT (SignetRecipientKeyIdentifier, other, ASN1_ANY),
} ASN1_SEQUENCE_END (SignetRecipientKeyIdentifier)
IMPLEMENT_ASN1_FUNCTIONS (SignetRecipientKeyIdentifier)

ASN1_CHOICE (SignetKeyAgreeRecipientIdentifier) = {
  ASN1_SIMPLE (SignetKeyAgreeRecipientIdentifier, value.issuer_and_serial_number, PKCS7_ISSUER_AND_SERIAL),
  ASN1_IMP (SignetKeyAgreeRecipientIdentifier, value.r_key_id, SignetRecipientKeyIdentifier, 0),
} ASN1_CHOICE_END (SignetKeyAgreeRecipientIdentifier)
IMPLEMENT_ASN1_FUNCTIONS (SignetKeyAgreeRecipientIdentifier)

ASN1_SEQUENCE (SignetRecipientEncryptedKey) = {
  ASN1_SIMPLE (SignetRecipientEncryptedKey, rid, SignetKeyAgreeRecipientIdentifier),
  ASN1_SIMPLE (SignetRecipientEncryptedKey, encrypted_key, ASN1_OCTET_STRING),
} ASN1_SEQUENCE_END (SignetRecipientEncryptedKey)
IMPLEMENT_ASN1_FUNCTIONS (SignetRecipientEncryptedKey)

ASN1_SEQUENCE (SignetKeyAgreeRecipientInfo) = {
  ASN1_SIMPLE (SignetKeyAgreeRecipientInfo, version, ASN1_INTEGER),
  ASN1_EXP (SignetKeyAgreeRecipientInfo, originator, SignetOriginatorIdentifierOrKey, 0),
  ASN1_EXP_OPT (SignetKeyAgreeRecipientInfo, ukm, ASN1_OCTET_STRING, 1),
  ASN1_SIMPLE (SignetKeyAgreeRecipientInfo, key_encryption_algorithm, X509_ALGOR),
  ASN1_SEQUENCE_OF (SignetKeyAgreeRecipientInfo, recipient_encrypted_keys, SignetRecipientEncryptedKey),
} ASN1_SEQUENCE_END (SignetKeyAgreeRecipientInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetKeyAgreeRecipientInfo)

ASN1_SEQUENCE (SignetPasswordRecipientInfo) = {
  ASN1_SIMPLE (SignetPasswordRecipientInfo, version, ASN1_INTEGER),
  ASN1_IMP_OPT (SignetPasswordRecipientInfo, key_derivation_algorithm, X509_ALGOR, 0),
  ASN1_SIMPLE (SignetPasswordRecipientInfo, key_encryption_algorithm, X509_ALGOR),
  ASN1_SIMPLE (SignetPasswordRecipientInfo, encrypted_key, ASN1_OCTET_STRING),
} ASN1_SEQUENCE_END (SignetPasswordRecipientInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetPasswordRecipientInfo)

ASN1_SEQUENCE (SignetOtherRecipientInfo) = {
  ASN1_SIMPLE (SignetOtherRecipientInfo, ori_type, ASN1_OBJECT),
  ASN1_SIMPLE (SignetOtherRecipientInfo, ori_value, ASN1_ANY),
} ASN1_SEQUENCE_END (SignetOtherRecipientInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetOtherRecipientInfo)

ASN1_SEQUENCE (SignetKemRecipientInfo) = {
  ASN1_SIMPLE (SignetKemRecipientInfo, version, ASN1_INTEGER),
  ASN1_SIMPLE (SignetKemRecipientInfo, rid, SignetRecipientIdentifier),
  ASN1_SIMPLE (SignetKemRecipientInfo, kem, X509_ALGOR),
  ASN1_SIMPLE (SignetKemRecipientInfo, kemct, ASN1_OCTET_STRING),
  ASN1_SIMPLE (SignetKemRecipientInfo, kdf, X509_ALGOR),
  ASN1_SIMPLE (SignetKemRecipientInfo, kek_length, ASN1_INTEGER),
  ASN1_EXP_OPT (SignetKemRecipientInfo, ukm, ASN1_OCTET_STRING, 0),
  ASN1_SIMPLE (SignetKemRecipientInfo, wrap, X509_ALGOR),
  ASN1_SIMPLE (SignetKemRecipientInfo, encrypted_key, ASN1_OCTET_STRING),
} ASN1_SEQUENCE_END (SignetKemRecipientInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetKemRecipientInfo)

ASN1_SEQUENCE (SignetCmsOriForKemOtherInfo) = {
  ASN1_SIMPLE (SignetCmsOriForKemOtherInfo, wrap, X509_ALGOR),
  ASN1_SIMPLE (SignetCmsOriForKemOtherInfo, kek_length, ASN1_INTEGER),
  ASN1_EXP_OPT (SignetCmsOriForKemOtherInfo, ukm, ASN1_OCTET_STRING, 0),
} ASN1_SEQUENCE_END (SignetCmsOriForKemOtherInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetCmsOriForKemOtherInfo)

ASN1_SEQUENCE (SignetEccCmsSharedInfo) = {
  ASN1_SIMPLE (SignetEccCmsSharedInfo, key_info, X509_ALGOR),
  ASN1_EXP_OPT (SignetEccCmsSharedInfo, entity_u_info, ASN1_OCTET_STRING, 0),
  ASN1_EXP (SignetEccCmsSharedInfo, supp_pub_info, ASN1_OCTET_STRING, 2),
} ASN1_SEQUENCE_END (SignetEccCmsSharedInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetEccCmsSharedInfo)

ASN1_CHOICE (SignetRecipientInfo) = {
  ASN1_SIMPLE (SignetRecipientInfo, value.ktri, SignetKeyTransRecipientInfo),
  ASN1_IMP (SignetRecipientInfo, value.kari, SignetKeyAgreeRecipientInfo, 1),
  ASN1_IMP_SEQUENCE_OF (SignetRecipientInfo, value.kekri, ASN1_ANY, 2),
  ASN1_IMP (SignetRecipientInfo, value.pwri, SignetPasswordRecipientInfo, 3),
  ASN1_IMP (SignetRecipientInfo, value.ori, SignetOtherRecipientInfo, 4),
} ASN1_CHOICE_END (SignetRecipientInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetRecipientInfo)

ASN1_SEQUENCE (SignetOriginatorInfo) = {
  ASN1_IMP_SET_OF_OPT (SignetOriginatorInfo, certs, ASN1_ANY, 0),
  ASN1_IMP_SET_OF_OPT (SignetOriginatorInfo, crls, ASN1_ANY, 1),
} ASN1_SEQUENCE_END (SignetOriginatorInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetOriginatorInfo)

ASN1_SEQUENCE (SignetEncryptedContentInfo) = {
  ASN1_SIMPLE (SignetEncryptedContentInfo, content_type, ASN1_OBJECT),
  ASN1_SIMPLE (SignetEncryptedContentInfo, content_encryption_algorithm, X509_ALGOR),
  ASN1_IMP_OPT (SignetEncryptedContentInfo, encrypted_content, ASN1_OCTET_STRING, 0),
} ASN1_SEQUENCE_END (SignetEncryptedContentInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetEncryptedContentInfo)

ASN1_SEQUENCE (SignetEnvelopedData) = {
  ASN1_SIMPLE (SignetEnvelopedData, version, ASN1_INTEGER),
  ASN1_IMP_OPT (SignetEnvelopedData, originator_info, SignetOriginatorInfo, 0),
  ASN1_SET_OF (SignetEnvelopedData, recipient_infos, SignetRecipientInfo),
  ASN1_SIMPLE (SignetEnvelopedData, encrypted_content_info, SignetEncryptedContentInfo),
  ASN1_IMP_SET_OF_OPT (SignetEnvelopedData, unprotected_attrs, ASN1_ANY, 1),
} ASN1_SEQUENCE_END (SignetEnvelopedData)
IMPLEMENT_ASN1_FUNCTIONS (SignetEnvelopedData)

ASN1_ITEM_TEMPLATE (SignetTaggedEnvelopedData)
  = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_IMPTAG | ASN1_TFLG_CONTEXT, 0, SignetTaggedEnvelopedData, SignetEnvelopedData)
ASN1_ITEM_TEMPLATE_END (SignetTaggedEnvelopedData)

ASN1_SEQUENCE (SignetEncapsulatedContentInfo) = {
  ASN1_SIMPLE (SignetEncapsulatedContentInfo, e_content_type, ASN1_OBJECT),
  ASN1_EXP_OPT (SignetEncapsulatedContentInfo, e_content, ASN1_OCTET_STRING, 0),
} ASN1_SEQUENCE_END (SignetEncapsulatedContentInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetEncapsulatedContentInfo)

ASN1_SEQUENCE (SignetCmsAttribute) = {
  ASN1_SIMPLE (SignetCmsAttribute, attr_type, ASN1_OBJECT),
  ASN1_SET_OF (SignetCmsAttribute, attr_values, ASN1_ANY),
} ASN1_SEQUENCE_END (SignetCmsAttribute)
IMPLEMENT_ASN1_FUNCTIONS (SignetCmsAttribute)

ASN1_ITEM_TEMPLATE (SignetCmsAttributes) = ASN1_EX_TEMPLATE_TYPE (ASN1_TFLG_SET_OF, 0, SignetCmsAttributes, SignetCmsAttribute)
ASN1_ITEM_TEMPLATE_END (SignetCmsAttributes)

ASN1_SEQUENCE (SignetSignerInfo) = {
  ASN1_SIMPLE (SignetSignerInfo, version, ASN1_INTEGER),
  ASN1_SIMPLE (SignetSignerInfo, sid, SignetRecipientIdentifier),
  ASN1_SIMPLE (SignetSignerInfo, digest_algorithm, X509_ALGOR),
  ASN1_IMP_SET_OF_OPT (SignetSignerInfo, signed_attrs, SignetCmsAttribute, 0),
  ASN1_SIMPLE (SignetSignerInfo, signature_algorithm, X509_ALGOR),
  ASN1_SIMPLE (SignetSignerInfo, signature, ASN1_OCTET_STRING),
  ASN1_IMP_SET_OF_OPT (SignetSignerInfo, unsigned_attrs, SignetCmsAttribute, 1),
} ASN1_SEQUENCE_END (SignetSignerInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetSignerInfo)

ASN1_SEQUENCE (SignetSignedData) = {
  ASN1_SIMPLE (SignetSignedData, version, ASN1_INTEGER),
  ASN1_SET_OF (SignetSignedData, digest_algorithms, X509_ALGOR),
  ASN1_SIMPLE (SignetSignedData, encap_content_info, SignetEncapsulatedContentInfo),
  ASN1_IMP_SET_OF_OPT (SignetSignedData, certificates, ASN1_ANY, 0),
  ASN1_IMP_SET_OF_OPT (SignetSignedData, crls, ASN1_ANY, 1),
  ASN1_SET_OF (SignetSignedData, signer_infos, SignetSignerInfo),
} ASN1_SEQUENCE_END (SignetSignedData)
IMPLEMENT_ASN1_FUNCTIONS (SignetSignedData)
