/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/asn1t.h>

#include "cmp/cmp-asn1-crmf.h"

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

ASN1_SEQUENCE (SignetCertId) = {
  ASN1_SIMPLE (SignetCertId, issuer, GENERAL_NAME),
  ASN1_SIMPLE (SignetCertId, serial_number, ASN1_INTEGER),
} ASN1_SEQUENCE_END (SignetCertId)
IMPLEMENT_ASN1_FUNCTIONS (SignetCertId)

ASN1_SEQUENCE (SignetSinglePubInfo) = {
  ASN1_SIMPLE (SignetSinglePubInfo, pub_method, ASN1_INTEGER),
  ASN1_OPT (SignetSinglePubInfo, pub_location, GENERAL_NAME),
} ASN1_SEQUENCE_END (SignetSinglePubInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetSinglePubInfo)

ASN1_SEQUENCE (SignetPkiPublicationInfo) = {
  ASN1_SIMPLE (SignetPkiPublicationInfo, action, ASN1_INTEGER),
  ASN1_SEQUENCE_OF_OPT (SignetPkiPublicationInfo, pub_infos, SignetSinglePubInfo),
} ASN1_SEQUENCE_END (SignetPkiPublicationInfo)
IMPLEMENT_ASN1_FUNCTIONS (SignetPkiPublicationInfo)

ASN1_SEQUENCE (SignetEncryptedValue) = {
  ASN1_IMP_OPT (SignetEncryptedValue, intended_alg, X509_ALGOR, 0),
  ASN1_IMP_OPT (SignetEncryptedValue, symm_alg, X509_ALGOR, 1),
  ASN1_IMP_OPT (SignetEncryptedValue, enc_symm_key, ASN1_BIT_STRING, 2),
  ASN1_IMP_OPT (SignetEncryptedValue, key_alg, X509_ALGOR, 3),
  ASN1_IMP_OPT (SignetEncryptedValue, value_hint, ASN1_OCTET_STRING, 4),
  ASN1_SIMPLE (SignetEncryptedValue, enc_value, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END (SignetEncryptedValue)
IMPLEMENT_ASN1_FUNCTIONS (SignetEncryptedValue)

ASN1_CHOICE (SignetEncryptedKey) = {
  ASN1_SIMPLE (SignetEncryptedKey, value.encrypted_value, SignetEncryptedValue),
  ASN1_IMP_SEQUENCE_OF (SignetEncryptedKey, value.enveloped_data, ASN1_ANY, 0),
} ASN1_CHOICE_END (SignetEncryptedKey)
IMPLEMENT_ASN1_FUNCTIONS (SignetEncryptedKey)

/* EncryptedKey is a CHOICE, therefore explicit even here. */
ASN1_CHOICE (SignetPkiArchiveOptions) = {
  ASN1_EXP (SignetPkiArchiveOptions, value.encrypted_priv_key, ASN1_ANY, 0),
  ASN1_IMP (SignetPkiArchiveOptions, value.key_gen_parameters, ASN1_OCTET_STRING, 1),
  ASN1_IMP (SignetPkiArchiveOptions, value.archive_rem_gen_priv_key, ASN1_BOOLEAN, 2),
} ASN1_CHOICE_END (SignetPkiArchiveOptions)
IMPLEMENT_ASN1_FUNCTIONS (SignetPkiArchiveOptions)

ASN1_CHOICE (SignetEncKeyIdentifier) = {
  ASN1_SIMPLE (SignetEncKeyIdentifier, value.string, ASN1_UTF8STRING),
  ASN1_SIMPLE (SignetEncKeyIdentifier, value.general_name, GENERAL_NAME),
} ASN1_CHOICE_END (SignetEncKeyIdentifier)
IMPLEMENT_ASN1_FUNCTIONS (SignetEncKeyIdentifier)

ASN1_SEQUENCE (SignetEncKeyWithId) = {
  ASN1_SIMPLE (SignetEncKeyWithId, private_key, PKCS8_PRIV_KEY_INFO),
  ASN1_OPT (SignetEncKeyWithId, identifier, SignetEncKeyIdentifier),
} ASN1_SEQUENCE_END (SignetEncKeyWithId)
IMPLEMENT_ASN1_FUNCTIONS (SignetEncKeyWithId)
