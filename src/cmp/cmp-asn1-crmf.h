/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-openssl.h"

/*
 * The types of RFC 4211 as libcrypto templates: implicit tags, but for each CHOICE. Members have the standards' names and
 * order. EncryptedKey is ASN1_TYPE wherever it stands, so that what is decrypted is what came.
 */

/* InfoTypeAndValue, AttributeTypeAndValue */
typedef struct {
  ASN1_OBJECT *type;
  ASN1_TYPE *value;                                      /* (nullable) for InfoTypeAndValue only */
} SignetTypeAndValue;
DEFINE_STACK_OF (SignetTypeAndValue)
DECLARE_ASN1_FUNCTIONS (SignetTypeAndValue)
DECLARE_ASN1_ITEM (SignetControl)

/* OptionalValidity and CertTemplate, RFC 4211 §5 */
typedef struct {
  ASN1_TIME *not_before;
  ASN1_TIME *not_after;
} SignetOptionalValidity;
DECLARE_ASN1_FUNCTIONS (SignetOptionalValidity)

/*
 * SubjectPublicKeyInfo, RFC 5280 §4.1. libcrypto's X509_PUBKEY looks for a decoder of the key each time one is read, which costs
 * more than all the rest of a request; and the key may be empty here, or of a kind libcrypto does not know.
 */
typedef struct {
  X509_ALGOR *algorithm;
  ASN1_BIT_STRING *key;
} SignetPublicKeyInfo;
DECLARE_ASN1_FUNCTIONS (SignetPublicKeyInfo)

typedef struct {
  ASN1_INTEGER *version;
  ASN1_INTEGER *serial_number;
  X509_ALGOR *signing_alg;
  X509_NAME *issuer;
  SignetOptionalValidity *validity;
  X509_NAME *subject;
  SignetPublicKeyInfo *public_key;
  ASN1_BIT_STRING *issuer_uid;
  ASN1_BIT_STRING *subject_uid;
  STACK_OF (X509_EXTENSION) *extensions;
} SignetCertTemplate;
DECLARE_ASN1_FUNCTIONS (SignetCertTemplate)

typedef struct {
  ASN1_INTEGER *cert_req_id;
  SignetCertTemplate *cert_template;
  STACK_OF (SignetTypeAndValue) *controls;
} SignetCertRequest;
DECLARE_ASN1_FUNCTIONS (SignetCertRequest)

/* ProofOfPossession, RFC 4211 §4 */
typedef struct {
  X509_ALGOR *alg_id;
  ASN1_BIT_STRING *value;
} SignetPkMacValue;
DECLARE_ASN1_FUNCTIONS (SignetPkMacValue)

typedef struct {
  int type;                                              /* 0: sender, 1: publicKeyMAC */
  union {
    GENERAL_NAME *sender;
    SignetPkMacValue *public_key_mac;
  } value;
} SignetPopoAuthInfo;
DECLARE_ASN1_FUNCTIONS (SignetPopoAuthInfo)

typedef struct {
  SignetPopoAuthInfo *auth_info;
  SignetPublicKeyInfo *public_key;
} SignetPopoSigningKeyInput;
DECLARE_ASN1_FUNCTIONS (SignetPopoSigningKeyInput)

typedef struct {
  SignetPopoSigningKeyInput *poposk_input;
  X509_ALGOR *algorithm_identifier;
  ASN1_BIT_STRING *signature;
} SignetPopoSigningKey;
DECLARE_ASN1_FUNCTIONS (SignetPopoSigningKey)

typedef struct {
  int type;                                              /* the tag: 0 to 4 */
  union {
    ASN1_BIT_STRING *this_message;
    ASN1_INTEGER *subsequent_message;
    ASN1_BIT_STRING *dh_mac;
    SignetPkMacValue *agree_mac;
    STACK_OF (ASN1_TYPE) *encrypted_key;                 /* EnvelopedData, its members uninterpreted */
  } value;
} SignetPopoPrivKey;
DECLARE_ASN1_FUNCTIONS (SignetPopoPrivKey)

typedef enum {
  SIGNET_POPO_RA_VERIFIED, SIGNET_POPO_SIGNATURE, SIGNET_POPO_KEY_ENCIPHERMENT, SIGNET_POPO_KEY_AGREEMENT,
} SignetPopoType;

typedef struct {
  int type;                                              /* SignetPopoType */
  union {
    ASN1_NULL *ra_verified;
    SignetPopoSigningKey *signature;
    SignetPopoPrivKey *key_encipherment;
    SignetPopoPrivKey *key_agreement;
  } value;
} SignetProofOfPossession;
DECLARE_ASN1_FUNCTIONS (SignetProofOfPossession)

typedef struct {
  SignetCertRequest *cert_req;
  SignetProofOfPossession *popo;
  STACK_OF (SignetTypeAndValue) *reg_info;
} SignetCertReqMsg;
DEFINE_STACK_OF (SignetCertReqMsg)
typedef STACK_OF (SignetCertReqMsg) SignetCertReqMessages;
DECLARE_ASN1_FUNCTIONS (SignetCertReqMsg)
DECLARE_ASN1_ITEM (SignetCertReqMessages)

/* CertId and OldCertId, RFC 4211 §6.5 */
typedef struct {
  GENERAL_NAME *issuer;
  ASN1_INTEGER *serial_number;
} SignetCertId;
DEFINE_STACK_OF (SignetCertId)
typedef SignetCertId SignetOldCertId;
DECLARE_ASN1_FUNCTIONS (SignetCertId)

/* PKIPublicationInfo, RFC 4211 §6.3 */
typedef struct {
  ASN1_INTEGER *pub_method;                              /* 0: dontCare, 1: x500, 2: web, 3: ldap */
  GENERAL_NAME *pub_location;
} SignetSinglePubInfo;
DEFINE_STACK_OF (SignetSinglePubInfo)
DECLARE_ASN1_FUNCTIONS (SignetSinglePubInfo)

typedef struct {
  ASN1_INTEGER *action;                                  /* 0: dontPublish, 1: pleasePublish */
  STACK_OF (SignetSinglePubInfo) *pub_infos;
} SignetPkiPublicationInfo;
DECLARE_ASN1_FUNCTIONS (SignetPkiPublicationInfo)

/* EncryptedValue and EncryptedKey, RFC 4211 §2.1.9 */
typedef struct {
  X509_ALGOR *intended_alg;
  X509_ALGOR *symm_alg;
  ASN1_BIT_STRING *enc_symm_key;
  X509_ALGOR *key_alg;
  ASN1_OCTET_STRING *value_hint;
  ASN1_BIT_STRING *enc_value;
} SignetEncryptedValue;
DECLARE_ASN1_FUNCTIONS (SignetEncryptedValue)

typedef struct {
  int type;                                              /* 0: encryptedValue, 1: envelopedData */
  union {
    SignetEncryptedValue *encrypted_value;
    STACK_OF (ASN1_TYPE) *enveloped_data;                /* its members uninterpreted */
  } value;
} SignetEncryptedKey;
DECLARE_ASN1_FUNCTIONS (SignetEncryptedKey)

/* PKIArchiveOptions, RFC 4211 §6.4 */
typedef struct {
  int type;                                              /* the tag: 0 to 2 */
  union {
    ASN1_TYPE *encrypted_priv_key;                       /* EncryptedKey */
    ASN1_OCTET_STRING *key_gen_parameters;
    ASN1_BOOLEAN archive_rem_gen_priv_key;
  } value;
} SignetPkiArchiveOptions;
DECLARE_ASN1_FUNCTIONS (SignetPkiArchiveOptions)

/* EncKeyWithID, RFC 4211 §4.2.2: holds a private key in the clear, which libcrypto cleanses when it frees it */
typedef struct {
  int type;                                              /* 0: string, 1: generalName */
  union {
    ASN1_UTF8STRING *string;
    GENERAL_NAME *general_name;
  } value;
} SignetEncKeyIdentifier;
DECLARE_ASN1_FUNCTIONS (SignetEncKeyIdentifier)

typedef struct {
  PKCS8_PRIV_KEY_INFO *private_key;
  SignetEncKeyIdentifier *identifier;
} SignetEncKeyWithId;
DECLARE_ASN1_FUNCTIONS (SignetEncKeyWithId)

/* ProtocolEncrKey, RFC 4211 §6.6, is SignetPublicKeyInfo; RegToken, Authenticator and UTF8Pairs are ASN1_UTF8STRING. */

/* Values of controls, and of attributes in regInfo: RFC 4211 §6 and §7, RFC 9810 App. F. */
#define SIGNET_OID_REG_CTRL "1.3.6.1.5.5.7.5.1."
#define SIGNET_OID_REG_TOKEN SIGNET_OID_REG_CTRL "1"
#define SIGNET_OID_AUTHENTICATOR SIGNET_OID_REG_CTRL "2"
#define SIGNET_OID_PKI_PUBLICATION_INFO SIGNET_OID_REG_CTRL "3"
#define SIGNET_OID_PKI_ARCHIVE_OPTIONS SIGNET_OID_REG_CTRL "4"
#define SIGNET_OID_OLD_CERT_ID SIGNET_OID_REG_CTRL "5"
#define SIGNET_OID_PROTOCOL_ENCR_KEY SIGNET_OID_REG_CTRL "6"
#define SIGNET_OID_ALT_CERT_TEMPLATE SIGNET_OID_REG_CTRL "7"
#define SIGNET_OID_ALG_ID SIGNET_OID_REG_CTRL "11"
#define SIGNET_OID_RSA_KEY_LEN SIGNET_OID_REG_CTRL "12"
#define SIGNET_OID_REG_INFO "1.3.6.1.5.5.7.5.2."
#define SIGNET_OID_UTF8_PAIRS SIGNET_OID_REG_INFO "1"
#define SIGNET_OID_CERT_REQ SIGNET_OID_REG_INFO "2"
#define SIGNET_OID_ENC_KEY_WITH_ID "1.2.840.113549.1.9.16.1.21"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetTypeAndValue, SignetTypeAndValue_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPublicKeyInfo, SignetPublicKeyInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertTemplate, SignetCertTemplate_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertRequest, SignetCertRequest_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertReqMsg, SignetCertReqMsg_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPkMacValue, SignetPkMacValue_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPopoSigningKeyInput, SignetPopoSigningKeyInput_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetProofOfPossession, SignetProofOfPossession_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertId, SignetCertId_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPkiPublicationInfo, SignetPkiPublicationInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetEncryptedValue, SignetEncryptedValue_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetEncryptedKey, SignetEncryptedKey_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPkiArchiveOptions, SignetPkiArchiveOptions_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetEncKeyWithId, SignetEncKeyWithId_free)
