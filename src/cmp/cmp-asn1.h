/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-openssl.h"

/*
 * The ASN.1 types of RFC 9810 (explicit tags) and RFC 4211 (implicit tags) as libcrypto templates. Only files of this
 * folder include this header. Members have the standards' names and order. What one step of the protocol has no use for
 * (EncryptedKey, publicationInfo, values of attributes) is ASN1_TYPE: carried octet for octet.
 */

/* InfoTypeAndValue, AttributeTypeAndValue */
typedef struct {
  ASN1_OBJECT *type;
  ASN1_TYPE *value;                                      /* (nullable) for InfoTypeAndValue only */
} SignetTypeAndValue;
DEFINE_STACK_OF (SignetTypeAndValue)
DECLARE_ASN1_FUNCTIONS (SignetTypeAndValue)
DECLARE_ASN1_ITEM (SignetControl)

/* PKIHeader, RFC 9810 §5.1.1 */
typedef struct {
  ASN1_INTEGER *pvno;
  GENERAL_NAME *sender;
  GENERAL_NAME *recipient;
  ASN1_GENERALIZEDTIME *message_time;
  X509_ALGOR *protection_alg;
  ASN1_OCTET_STRING *sender_kid;
  ASN1_OCTET_STRING *recip_kid;
  ASN1_OCTET_STRING *transaction_id;
  ASN1_OCTET_STRING *sender_nonce;
  ASN1_OCTET_STRING *recip_nonce;
  STACK_OF (ASN1_UTF8STRING) *free_text;
  STACK_OF (SignetTypeAndValue) *general_info;
} SignetPkiHeader;
DECLARE_ASN1_FUNCTIONS (SignetPkiHeader)

/* PKIStatusInfo, RFC 9810 §5.2.3 */
typedef struct {
  ASN1_INTEGER *status;
  STACK_OF (ASN1_UTF8STRING) *status_string;
  ASN1_BIT_STRING *fail_info;
} SignetPkiStatusInfo;
DECLARE_ASN1_FUNCTIONS (SignetPkiStatusInfo)

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

/* CertRepMessage, RFC 9810 §5.3.4 */
typedef struct {
  int type;                                              /* 0: certificate, 1: encryptedCert */
  union {
    ASN1_TYPE *certificate;
    ASN1_TYPE *encrypted_cert;
  } value;
} SignetCertOrEncCert;
DECLARE_ASN1_FUNCTIONS (SignetCertOrEncCert)

typedef struct {
  SignetCertOrEncCert *cert_or_enc_cert;
  ASN1_TYPE *private_key;
  ASN1_TYPE *publication_info;
} SignetCertifiedKeyPair;
DECLARE_ASN1_FUNCTIONS (SignetCertifiedKeyPair)

typedef struct {
  ASN1_INTEGER *cert_req_id;
  SignetPkiStatusInfo *status;
  SignetCertifiedKeyPair *certified_key_pair;
  ASN1_OCTET_STRING *rsp_info;
} SignetCertResponse;
DEFINE_STACK_OF (SignetCertResponse)
DECLARE_ASN1_FUNCTIONS (SignetCertResponse)

typedef struct {
  STACK_OF (ASN1_TYPE) *ca_pubs;
  STACK_OF (SignetCertResponse) *response;
} SignetCertRepMessage;
DECLARE_ASN1_FUNCTIONS (SignetCertRepMessage)

/* ErrorMsgContent, CertStatus, PollReqContent, PollRepContent: RFC 9810 §5.3.21, §5.3.18, §5.3.22 */
typedef struct {
  SignetPkiStatusInfo *status_info;
  ASN1_INTEGER *error_code;
  STACK_OF (ASN1_UTF8STRING) *error_details;
} SignetErrorMsgContent;
DECLARE_ASN1_FUNCTIONS (SignetErrorMsgContent)

typedef struct {
  ASN1_OCTET_STRING *cert_hash;
  ASN1_INTEGER *cert_req_id;
  SignetPkiStatusInfo *status_info;
  X509_ALGOR *hash_alg;
} SignetCertStatus;
DEFINE_STACK_OF (SignetCertStatus)
typedef STACK_OF (SignetCertStatus) SignetCertConfirmContent;
DECLARE_ASN1_FUNCTIONS (SignetCertStatus)
DECLARE_ASN1_ITEM (SignetCertConfirmContent)

typedef struct {
  ASN1_INTEGER *cert_req_id;
} SignetPollReq;
DEFINE_STACK_OF (SignetPollReq)
typedef STACK_OF (SignetPollReq) SignetPollReqContent;
DECLARE_ASN1_FUNCTIONS (SignetPollReq)
DECLARE_ASN1_ITEM (SignetPollReqContent)

typedef struct {
  ASN1_INTEGER *cert_req_id;
  ASN1_INTEGER *check_after;
  STACK_OF (ASN1_UTF8STRING) *reason;
} SignetPollRep;
DEFINE_STACK_OF (SignetPollRep)
typedef STACK_OF (SignetPollRep) SignetPollRepContent;
DECLARE_ASN1_FUNCTIONS (SignetPollRep)
DECLARE_ASN1_ITEM (SignetPollRepContent)

/* GenMsgContent and GenRepContent, RFC 9810 §5.3.19 */
typedef STACK_OF (SignetTypeAndValue) SignetGenMsgContent;
DECLARE_ASN1_ITEM (SignetGenMsgContent)

/* PBMParameter, RFC 9810 §5.1.3.1; PBMAC1-params, RFC 8018 App. A.5 */
typedef struct {
  ASN1_OCTET_STRING *salt;
  X509_ALGOR *owf;
  ASN1_INTEGER *iteration_count;
  X509_ALGOR *mac;
} SignetPbmParameter;
DECLARE_ASN1_FUNCTIONS (SignetPbmParameter)

typedef struct {
  X509_ALGOR *key_derivation_func;
  X509_ALGOR *message_auth_scheme;
} SignetPbmac1Params;
DECLARE_ASN1_FUNCTIONS (SignetPbmac1Params)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPkiHeader, SignetPkiHeader_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetTypeAndValue, SignetTypeAndValue_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPkiStatusInfo, SignetPkiStatusInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPublicKeyInfo, SignetPublicKeyInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertRequest, SignetCertRequest_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertReqMsg, SignetCertReqMsg_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertStatus, SignetCertStatus_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPollReq, SignetPollReq_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPbmParameter, SignetPbmParameter_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPbmac1Params, SignetPbmac1Params_free)

/* What stands inside the [@type] of a PKIBody, or %NULL where the body is carried as octets. */
const ASN1_ITEM *signet_cmp_body_item (guint type);

/* DER of @value by @item's template; %NULL only when memory or a member is missing. (transfer full) */
GBytes *signet_asn1_encode (const void *value, const ASN1_ITEM *item);
/* One value that fills all of @data; %NULL otherwise, with libcrypto's queue telling why. To be freed by @item. */
void *signet_asn1_decode (gconstpointer data, gsize size, const ASN1_ITEM *item) G_GNUC_WARN_UNUSED_RESULT;
/* %FALSE where @integer is missing or does not fit. */
gboolean signet_asn1_get_int64 (const ASN1_INTEGER *integer, gint64 *value);
