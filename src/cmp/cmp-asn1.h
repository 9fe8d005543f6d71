/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-asn1-crmf.h"
#include "cmp/cmp-asn1-info.h"

/*
 * The messages of RFC 9810 (explicit tags) as libcrypto templates. Only files of this folder include this header. Members have the
 * standards' names and order. Certificates, revocation lists, EncryptedKey, EnvelopedData and nested messages are ASN1_TYPE: carried
 * octet for octet, since signatures and hashes go over what came, and since reading one costs more than all the rest.
 */

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
DEFINE_STACK_OF (SignetPkiStatusInfo)
DECLARE_ASN1_FUNCTIONS (SignetPkiStatusInfo)

/* CertificationRequest, RFC 2986 §4.2; its signed part is encoded as it was decoded */
typedef struct {
  ASN1_ENCODING enc;
  ASN1_INTEGER *version;
  X509_NAME *subject;
  SignetPublicKeyInfo *subject_pk_info;
  STACK_OF (X509_ATTRIBUTE) *attributes;
} SignetCertificationRequestInfo;
DECLARE_ASN1_FUNCTIONS (SignetCertificationRequestInfo)

typedef struct {
  SignetCertificationRequestInfo *certification_request_info;
  X509_ALGOR *signature_algorithm;
  ASN1_BIT_STRING *signature;
} SignetCertificationRequest;
DECLARE_ASN1_FUNCTIONS (SignetCertificationRequest)

/* POPODecKeyChallContent, Rand and POPODecKeyRespContent, RFC 9810 §5.2.8.3 */
typedef struct {
  X509_ALGOR *owf;                                       /* (nullable): that of the Challenge before */
  ASN1_OCTET_STRING *witness;
  ASN1_OCTET_STRING *challenge;
  ASN1_TYPE *encrypted_rand;                             /* (nullable): EnvelopedData */
} SignetChallenge;
DEFINE_STACK_OF (SignetChallenge)
typedef STACK_OF (SignetChallenge) SignetPopoDecKeyChallContent;
DECLARE_ASN1_FUNCTIONS (SignetChallenge)
DECLARE_ASN1_ITEM (SignetPopoDecKeyChallContent)

typedef struct {
  ASN1_INTEGER *integer;                                 /* "int" in the standard */
  GENERAL_NAME *sender;
} SignetRand;
DECLARE_ASN1_FUNCTIONS (SignetRand)

typedef STACK_OF (ASN1_INTEGER) SignetPopoDecKeyRespContent;
DECLARE_ASN1_ITEM (SignetPopoDecKeyRespContent)

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
  ASN1_TYPE *private_key;                                /* (nullable): EncryptedKey */
  ASN1_TYPE *publication_info;                           /* (nullable): SignetPkiPublicationInfo */
} SignetCertifiedKeyPair;
DEFINE_STACK_OF (SignetCertifiedKeyPair)
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

/* KeyRecRepContent, RFC 9810 §5.3.8 */
typedef struct {
  SignetPkiStatusInfo *status;
  ASN1_TYPE *new_sig_cert;                               /* (nullable) */
  STACK_OF (ASN1_TYPE) *ca_certs;
  STACK_OF (SignetCertifiedKeyPair) *key_pair_hist;
} SignetKeyRecRepContent;
DECLARE_ASN1_FUNCTIONS (SignetKeyRecRepContent)

/* RevReqContent and RevRepContent, RFC 9810 §5.3.9, §5.3.10 */
typedef struct {
  SignetCertTemplate *cert_details;
  STACK_OF (X509_EXTENSION) *crl_entry_details;
} SignetRevDetails;
DEFINE_STACK_OF (SignetRevDetails)
typedef STACK_OF (SignetRevDetails) SignetRevReqContent;
DECLARE_ASN1_FUNCTIONS (SignetRevDetails)
DECLARE_ASN1_ITEM (SignetRevReqContent)

typedef struct {
  STACK_OF (SignetPkiStatusInfo) *status;
  STACK_OF (SignetCertId) *rev_certs;
  STACK_OF (ASN1_TYPE) *crls;
} SignetRevRepContent;
DECLARE_ASN1_FUNCTIONS (SignetRevRepContent)

/* CAKeyUpdContent, RFC 9810 §5.3.13. CertAnnContent (§5.3.14) is ASN1_ANY, CRLAnnContent (§5.3.16) ASN1_SEQUENCE_ANY. */
typedef struct {
  int type;                                              /* 0: cAKeyUpdAnnV2, 1: cAKeyUpdAnnV3 */
  union {
    SignetCaKeyUpdAnnContent *ca_key_upd_ann_v2;
    SignetRootCaKeyUpdateContent *ca_key_upd_ann_v3;
  } value;
} SignetCaKeyUpdContent;
DECLARE_ASN1_FUNCTIONS (SignetCaKeyUpdContent)

/* RevAnnContent, RFC 9810 §5.3.15 */
typedef struct {
  ASN1_INTEGER *status;
  SignetCertId *cert_id;
  ASN1_GENERALIZEDTIME *will_be_revoked_at;
  ASN1_GENERALIZEDTIME *bad_since_date;
  STACK_OF (X509_EXTENSION) *crl_details;
} SignetRevAnnContent;
DECLARE_ASN1_FUNCTIONS (SignetRevAnnContent)

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

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPkiHeader, SignetPkiHeader_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPkiStatusInfo, SignetPkiStatusInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertificationRequest, SignetCertificationRequest_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetChallenge, SignetChallenge_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetRand, SignetRand_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertRepMessage, SignetCertRepMessage_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetKeyRecRepContent, SignetKeyRecRepContent_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetRevDetails, SignetRevDetails_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetRevRepContent, SignetRevRepContent_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCaKeyUpdContent, SignetCaKeyUpdContent_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetRevAnnContent, SignetRevAnnContent_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertStatus, SignetCertStatus_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPollReq, SignetPollReq_free)

/*
 * What stands inside the [@type] of a PKIBody; %NULL past 26. Messages inside nested are ASN1_TYPE here, and are read by
 * signet_cmp_message_get_nested () within bounds.
 */
const ASN1_ITEM *signet_cmp_body_item (guint type);

/* DER of @value by @item's template; %NULL only when memory or a member is missing. (transfer full) */
GBytes *signet_asn1_encode (const void *value, const ASN1_ITEM *item);
/* One value that fills all of @data; %NULL otherwise, with libcrypto's queue telling why. To be freed by @item. */
void *signet_asn1_decode (gconstpointer data, gsize size, const ASN1_ITEM *item) G_GNUC_WARN_UNUSED_RESULT;
/* %FALSE where @integer is missing or does not fit. */
gboolean signet_asn1_get_int64 (const ASN1_INTEGER *integer, gint64 *value);
/* The value in @any by @item; %NULL where @any is %NULL or not such a value. To be freed by @item. */
void *signet_asn1_decode_any (const ASN1_TYPE *any, const ASN1_ITEM *item) G_GNUC_WARN_UNUSED_RESULT;
/* Exactly one value of any type: (transfer full); %NULL where @der is none. */
ASN1_TYPE *signet_asn1_any_new (GBytes *der) G_GNUC_WARN_UNUSED_RESULT;
/* Its whole DER: (transfer full) (nullable) */
GBytes *signet_asn1_any_get_der (const ASN1_TYPE *any) G_GNUC_WARN_UNUSED_RESULT;
