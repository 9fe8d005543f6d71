/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/pkcs7.h>

#include "pki/pki-openssl.h"

/*
 * The types of the Cryptographic Message Syntax that CMP carries (RFC 5652, RFC 9629; implicit tags) as libcrypto templates. Only
 * files of this folder include this header. Members have the standards' names and order; certificates, CRLs and attributes
 * are ASN1_TYPE: carried octet for octet. What holds a private key (RFC 5958, EncKeyWithID) has no template: it is read where it
 * lies, in a SignetSecret.
 */

/* RecipientIdentifier, SignerIdentifier: RFC 5652 §6.2.1, §5.3 */
typedef struct {
  int type;                                              /* 0: issuerAndSerialNumber, 1: subjectKeyIdentifier */
  union {
    PKCS7_ISSUER_AND_SERIAL *issuer_and_serial_number;
    ASN1_OCTET_STRING *subject_key_identifier;
  } value;
} SignetRecipientIdentifier;
DECLARE_ASN1_FUNCTIONS (SignetRecipientIdentifier)

typedef struct {
  ASN1_INTEGER *version;
  SignetRecipientIdentifier *rid;
  X509_ALGOR *key_encryption_algorithm;
  ASN1_OCTET_STRING *encrypted_key;
} SignetKeyTransRecipientInfo;
DECLARE_ASN1_FUNCTIONS (SignetKeyTransRecipientInfo)

/* KeyAgreeRecipientInfo, RFC 5652 §6.2.2 */
typedef struct {
  X509_ALGOR *algorithm;
  ASN1_BIT_STRING *public_key;
} SignetOriginatorPublicKey;
DECLARE_ASN1_FUNCTIONS (SignetOriginatorPublicKey)

enum {
  SIGNET_ORIGINATOR_ISSUER_AND_SERIAL,
  SIGNET_ORIGINATOR_KEY_IDENTIFIER,
  SIGNET_ORIGINATOR_KEY,
};

typedef struct {
  int type;
  union {
    PKCS7_ISSUER_AND_SERIAL *issuer_and_serial_number;
    ASN1_OCTET_STRING *subject_key_identifier;
    SignetOriginatorPublicKey *originator_key;
  } value;
} SignetOriginatorIdentifierOrKey;
DECLARE_ASN1_FUNCTIONS (SignetOriginatorIdentifierOrKey)

typedef struct {
  ASN1_OCTET_STRING *subject_key_identifier;
  ASN1_GENERALIZEDTIME *date;
  ASN1_TYPE *other;
} SignetRecipientKeyIdentifier;
DECLARE_ASN1_FUNCTIONS (SignetRecipientKeyIdentifier)

typedef struct {
  int type;                                              /* 0: issuerAndSerialNumber, 1: rKeyId */
  union {
    PKCS7_ISSUER_AND_SERIAL *issuer_and_serial_number;
    SignetRecipientKeyIdentifier *r_key_id;
  } value;
} SignetKeyAgreeRecipientIdentifier;
DECLARE_ASN1_FUNCTIONS (SignetKeyAgreeRecipientIdentifier)

typedef struct {
  SignetKeyAgreeRecipientIdentifier *rid;
  ASN1_OCTET_STRING *encrypted_key;
} SignetRecipientEncryptedKey;
DEFINE_STACK_OF (SignetRecipientEncryptedKey)
DECLARE_ASN1_FUNCTIONS (SignetRecipientEncryptedKey)

typedef struct {
  ASN1_INTEGER *version;
  SignetOriginatorIdentifierOrKey *originator;
  ASN1_OCTET_STRING *ukm;
  X509_ALGOR *key_encryption_algorithm;
  STACK_OF (SignetRecipientEncryptedKey) *recipient_encrypted_keys;
} SignetKeyAgreeRecipientInfo;
DECLARE_ASN1_FUNCTIONS (SignetKeyAgreeRecipientInfo)

/* PasswordRecipientInfo and OtherRecipientInfo, RFC 5652 §6.2.4, §6.2.5 */
typedef struct {
  ASN1_INTEGER *version;
  X509_ALGOR *key_derivation_algorithm;                  /* (nullable) */
  X509_ALGOR *key_encryption_algorithm;
  ASN1_OCTET_STRING *encrypted_key;
} SignetPasswordRecipientInfo;
DECLARE_ASN1_FUNCTIONS (SignetPasswordRecipientInfo)

typedef struct {
  ASN1_OBJECT *ori_type;
  ASN1_TYPE *ori_value;
} SignetOtherRecipientInfo;
DECLARE_ASN1_FUNCTIONS (SignetOtherRecipientInfo)

/* KEMRecipientInfo and CMSORIforKEMOtherInfo, RFC 9629 §3, §5 */
typedef struct {
  ASN1_INTEGER *version;
  SignetRecipientIdentifier *rid;
  X509_ALGOR *kem;
  ASN1_OCTET_STRING *kemct;
  X509_ALGOR *kdf;
  ASN1_INTEGER *kek_length;
  ASN1_OCTET_STRING *ukm;                                /* (nullable) */
  X509_ALGOR *wrap;
  ASN1_OCTET_STRING *encrypted_key;
} SignetKemRecipientInfo;
DECLARE_ASN1_FUNCTIONS (SignetKemRecipientInfo)

typedef struct {
  X509_ALGOR *wrap;
  ASN1_INTEGER *kek_length;
  ASN1_OCTET_STRING *ukm;                                /* (nullable) */
} SignetCmsOriForKemOtherInfo;
DECLARE_ASN1_FUNCTIONS (SignetCmsOriForKemOtherInfo)

/* ECC-CMS-SharedInfo, RFC 5753 §7.2 */
typedef struct {
  X509_ALGOR *key_info;
  ASN1_OCTET_STRING *entity_u_info;                      /* (nullable) */
  ASN1_OCTET_STRING *supp_pub_info;
} SignetEccCmsSharedInfo;
DECLARE_ASN1_FUNCTIONS (SignetEccCmsSharedInfo)

enum {
  SIGNET_RECIPIENT_KTRI,
  SIGNET_RECIPIENT_KARI,
  SIGNET_RECIPIENT_KEKRI,
  SIGNET_RECIPIENT_PWRI,
  SIGNET_RECIPIENT_ORI,
};

/* RecipientInfo, RFC 5652 §6.2 */
typedef struct {
  int type;
  union {
    SignetKeyTransRecipientInfo *ktri;
    SignetKeyAgreeRecipientInfo *kari;
    STACK_OF (ASN1_TYPE) *kekri;                         /* not used by CMP, RFC 9481 §4.3 */
    SignetPasswordRecipientInfo *pwri;
    SignetOtherRecipientInfo *ori;
  } value;
} SignetRecipientInfo;
DEFINE_STACK_OF (SignetRecipientInfo)
DECLARE_ASN1_FUNCTIONS (SignetRecipientInfo)

/* EnvelopedData, RFC 5652 §6.1 */
typedef struct {
  STACK_OF (ASN1_TYPE) *certs;
  STACK_OF (ASN1_TYPE) *crls;
} SignetOriginatorInfo;
DECLARE_ASN1_FUNCTIONS (SignetOriginatorInfo)

typedef struct {
  ASN1_OBJECT *content_type;
  X509_ALGOR *content_encryption_algorithm;
  ASN1_OCTET_STRING *encrypted_content;                  /* (nullable) */
} SignetEncryptedContentInfo;
DECLARE_ASN1_FUNCTIONS (SignetEncryptedContentInfo)

typedef struct {
  ASN1_INTEGER *version;
  SignetOriginatorInfo *originator_info;                 /* (nullable) */
  STACK_OF (SignetRecipientInfo) *recipient_infos;
  SignetEncryptedContentInfo *encrypted_content_info;
  STACK_OF (ASN1_TYPE) *unprotected_attrs;               /* (nullable) */
} SignetEnvelopedData;
DECLARE_ASN1_FUNCTIONS (SignetEnvelopedData)
/* The same under [0] IMPLICIT: how EncryptedKey and Challenge hold it. */
DECLARE_ASN1_ITEM (SignetTaggedEnvelopedData)

/* SignedData, RFC 5652 §5; SignetCmsAttributes: signedAttrs as they are signed, §5.4 */
typedef struct {
  ASN1_OBJECT *e_content_type;
  ASN1_OCTET_STRING *e_content;                          /* (nullable) */
} SignetEncapsulatedContentInfo;
DECLARE_ASN1_FUNCTIONS (SignetEncapsulatedContentInfo)

typedef struct {
  ASN1_OBJECT *attr_type;
  STACK_OF (ASN1_TYPE) *attr_values;
} SignetCmsAttribute;
DEFINE_STACK_OF (SignetCmsAttribute)
typedef STACK_OF (SignetCmsAttribute) SignetCmsAttributes;
DECLARE_ASN1_FUNCTIONS (SignetCmsAttribute)
DECLARE_ASN1_ITEM (SignetCmsAttributes)

typedef struct {
  ASN1_INTEGER *version;
  SignetRecipientIdentifier *sid;
  X509_ALGOR *digest_algorithm;
  STACK_OF (SignetCmsAttribute) *signed_attrs;           /* (nullable) */
  X509_ALGOR *signature_algorithm;
  ASN1_OCTET_STRING *signature;
  STACK_OF (SignetCmsAttribute) *unsigned_attrs;         /* (nullable) */
} SignetSignerInfo;
DEFINE_STACK_OF (SignetSignerInfo)
DECLARE_ASN1_FUNCTIONS (SignetSignerInfo)

typedef struct {
  ASN1_INTEGER *version;
  STACK_OF (X509_ALGOR) *digest_algorithms;
  SignetEncapsulatedContentInfo *encap_content_info;
  STACK_OF (ASN1_TYPE) *certificates;                    /* (nullable) */
  STACK_OF (ASN1_TYPE) *crls;                            /* (nullable) */
  STACK_OF (SignetSignerInfo) *signer_infos;
} SignetSignedData;
DECLARE_ASN1_FUNCTIONS (SignetSignedData)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetEnvelopedData, SignetEnvelopedData_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetKemRecipientInfo, SignetKemRecipientInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetRecipientInfo, SignetRecipientInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmsOriForKemOtherInfo, SignetCmsOriForKemOtherInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetEccCmsSharedInfo, SignetEccCmsSharedInfo_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetSignedData, SignetSignedData_free)
