/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-asn1-crmf.h"

/*
 * Values of InfoTypeAndValue (RFC 9810 §5.1.1, §5.3.19; RFC 9483 §4.3) and parameters of MAC protection (RFC 9810 §5.1.3) as
 * libcrypto templates with explicit tags. CMPCertificate and CertificateList are ASN1_TYPE, octet for octet, wherever they stand.
 *
 * Values that need no type of their own:
 *   caProtEncCert, rootCaCert (CMPCertificate)           ASN1_ANY
 *   currentCRL (CertificateList)                         ASN1_ANY
 *   caCerts, crls, origPKIMessage (SEQUENCE OF those)    ASN1_SEQUENCE_ANY, STACK_OF (ASN1_TYPE)
 *   signKeyPairTypes, encKeyPairTypes                    X509_ALGORS
 *   preferredSymmAlg, keyPairParamRep, AlgIdCtrl         X509_ALGOR
 *   keyPairParamReq                                      ASN1_OBJECT
 *   revPassphrase (EncryptedKey)                         SignetEncryptedKey, or octets for what decrypts it
 *   implicitConfirm                                      ASN1_NULL
 *   confirmWaitTime                                      ASN1_GENERALIZEDTIME
 *   AltCertTemplate                                      SignetTypeAndValue
 *   RsaKeyLenCtrl                                        ASN1_INTEGER
 */

#define SIGNET_OID_IT "1.3.6.1.5.5.7.4."

/* unsupportedOIDs */
typedef STACK_OF (ASN1_OBJECT) SignetUnsupportedOids;
DECLARE_ASN1_ITEM (SignetUnsupportedOids)

/* suppLangTags and certProfile: SEQUENCE OF UTF8String */
typedef STACK_OF (ASN1_UTF8STRING) SignetUtf8Strings;
DECLARE_ASN1_ITEM (SignetUtf8Strings)

/* caKeyUpdateInfo, and inside ckuann: RFC 9810 §5.3.13 */
typedef struct {
  ASN1_TYPE *old_with_new;
  ASN1_TYPE *new_with_old;
  ASN1_TYPE *new_with_new;
} SignetCaKeyUpdAnnContent;
DECLARE_ASN1_FUNCTIONS (SignetCaKeyUpdAnnContent)

/* rootCaKeyUpdate, and inside ckuann: RFC 9810 §5.3.19.15 */
typedef struct {
  ASN1_TYPE *new_with_new;
  ASN1_TYPE *new_with_old;                               /* (nullable) */
  ASN1_TYPE *old_with_new;                               /* (nullable) */
} SignetRootCaKeyUpdateContent;
DECLARE_ASN1_FUNCTIONS (SignetRootCaKeyUpdateContent)

/* certReqTemplate, RFC 9810 §5.3.19.16 */
typedef struct {
  SignetCertTemplate *cert_template;
  STACK_OF (SignetTypeAndValue) *key_spec;
} SignetCertReqTemplateContent;
DECLARE_ASN1_FUNCTIONS (SignetCertReqTemplateContent)

/* crlStatusList, RFC 9810 §5.3.19.17 */
typedef struct {
  int type;                                              /* 0: dpn, 1: issuer */
  union {
    DIST_POINT_NAME *dpn;
    GENERAL_NAMES *issuer;
  } value;
} SignetCrlSource;
DECLARE_ASN1_FUNCTIONS (SignetCrlSource)

typedef struct {
  SignetCrlSource *source;
  ASN1_TIME *this_update;                                /* (nullable) */
} SignetCrlStatus;
DEFINE_STACK_OF (SignetCrlStatus)
typedef STACK_OF (SignetCrlStatus) SignetCrlStatusList;
DECLARE_ASN1_FUNCTIONS (SignetCrlStatus)
DECLARE_ASN1_ITEM (SignetCrlStatusList)

/* OOBCertHash, RFC 9810 §5.2.5; OOBCert is a CMPCertificate */
typedef struct {
  X509_ALGOR *hash_alg;
  SignetCertId *cert_id;
  ASN1_BIT_STRING *hash_val;
} SignetOobCertHash;
DECLARE_ASN1_FUNCTIONS (SignetOobCertHash)

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

/* DHBMParameter, RFC 9810 §5.1.3.2 */
typedef struct {
  X509_ALGOR *owf;
  X509_ALGOR *mac;
} SignetDhbmParameter;
DECLARE_ASN1_FUNCTIONS (SignetDhbmParameter)

/* KemBMParameter, KemCiphertextInfo and KemOtherInfo, RFC 9810 §5.1.3.4 */
typedef struct {
  X509_ALGOR *kdf;
  ASN1_OCTET_STRING *kem_context;                        /* (nullable) */
  ASN1_INTEGER *len;
  X509_ALGOR *mac;
} SignetKemBmParameter;
DECLARE_ASN1_FUNCTIONS (SignetKemBmParameter)

typedef struct {
  X509_ALGOR *kem;
  ASN1_OCTET_STRING *ct;
} SignetKemCiphertextInfo;
DECLARE_ASN1_FUNCTIONS (SignetKemCiphertextInfo)

typedef struct {
  STACK_OF (ASN1_UTF8STRING) *static_string;
  ASN1_OCTET_STRING *transaction_id;
  ASN1_OCTET_STRING *kem_context;                        /* (nullable) */
} SignetKemOtherInfo;
DECLARE_ASN1_FUNCTIONS (SignetKemOtherInfo)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCaKeyUpdAnnContent, SignetCaKeyUpdAnnContent_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetRootCaKeyUpdateContent, SignetRootCaKeyUpdateContent_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCertReqTemplateContent, SignetCertReqTemplateContent_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCrlStatus, SignetCrlStatus_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetOobCertHash, SignetOobCertHash_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPbmParameter, SignetPbmParameter_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPbmac1Params, SignetPbmac1Params_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetDhbmParameter, SignetDhbmParameter_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetKemBmParameter, SignetKemBmParameter_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetKemCiphertextInfo, SignetKemCiphertextInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetKemOtherInfo, SignetKemOtherInfo_free)
