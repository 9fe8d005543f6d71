/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-asn1-cms.h"
#include "cmp/cmp-cms-crypto.h"
#include "cmp/cmp-envelope.h"

/* Between the files that open and make what is encrypted; nobody else includes this header. */

#define SIGNET_ORI_KEM "1.2.840.113549.1.9.16.13.3"          /* RFC 9629 §3 */
#define SIGNET_KEM_RSA "1.0.18033.2.2.4"                     /* RFC 9690 §2.2 */
#define SIGNET_PWRI_KEK "1.2.840.113549.1.9.16.3.9"          /* RFC 3211 §3 */

/* One EnvelopedData being opened. */
typedef struct {
  const SignetCmpRecipient *recipient;
  SignetCmpAuthority *authority;
  gsize cek_size;                                            /* octets that the content's cipher needs */
  GPtrArray *remarks;                                        /* (nullable) */
  GPtrArray *originators;                                    /* (nullable) (element-type SignetCertificate): of OriginatorInfo */
} SignetEnvelopeOpening;

void signet_envelope_remark (const SignetEnvelopeOpening *opening, const char *remark);
/* The key for one technique, or %NULL with %SIGNET_CMP_ERROR_CREDENTIALS where the recipient has none. */
EVP_PKEY *signet_envelope_get_key (const SignetEnvelopeOpening *opening, GError **error);
/* Whether the recipient's certificate is meant; %TRUE where there is none to compare with. */
gboolean signet_envelope_check_rid (const SignetEnvelopeOpening *opening, const PKCS7_ISSUER_AND_SERIAL *issuer_and_serial,
                                    const ASN1_OCTET_STRING *key_identifier, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_envelope_names (SignetCertificate *certificate, const PKCS7_ISSUER_AND_SERIAL *issuer_and_serial,
                                const ASN1_OCTET_STRING *key_identifier);
/* The certificates among @values, a few at most: (transfer full) (element-type SignetCertificate) */
GPtrArray *signet_envelope_read_certificates (const STACK_OF (ASN1_TYPE) *values);
/* RFC 9481 §4.3.1: remarks where content and key wrap are of different sizes. */
void signet_envelope_compare_sizes (const SignetEnvelopeOpening *opening, gsize wrap_size);

/* The content-encryption key. KTRI gives a random one rather than an error where the RSA decryption fails: nobody can tell. */
SignetSecret *signet_envelope_open_ktri (const SignetEnvelopeOpening *opening, const SignetKeyTransRecipientInfo *ktri,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetSecret *signet_envelope_open_kari (const SignetEnvelopeOpening *opening, const SignetKeyAgreeRecipientInfo *kari,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetSecret *signet_envelope_open_pwri (const SignetEnvelopeOpening *opening, const SignetPasswordRecipientInfo *pwri,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetSecret *signet_envelope_open_kemri (const SignetEnvelopeOpening *opening, const SignetKemRecipientInfo *kemri,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* RSA decryption to exactly @size octets, PKCS #1 v1.5 or OAEP by @algorithm; a random key where it fails. */
SignetSecret *signet_envelope_rsa_decrypt (EVP_PKEY *key, const X509_ALGOR *algorithm, const guint8 *encrypted, gsize encrypted_size,
                                           gsize size, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* RecipientInfo for a new content-encryption key. (transfer full) */
SignetRecipientInfo *signet_envelope_make_ktri (SignetCertificate *certificate, EVP_PKEY *key, gboolean oaep, SignetSecret *cek,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetRecipientInfo *signet_envelope_make_kari (SignetCertificate *certificate, EVP_PKEY *key, SignetSecret *cek,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetRecipientInfo *signet_envelope_make_pwri (SignetSecret *secret, SignetCmpAuthority *authority, SignetSecret *cek,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetRecipientInfo *signet_envelope_make_kemri (SignetCertificate *certificate, EVP_PKEY *key, SignetSecret *cek,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Names @certificate by its key identifier, else by issuer and serial number: RFC 9483 §4.1.6.1. */
gboolean signet_envelope_set_rid (SignetRecipientIdentifier *rid, SignetCertificate *certificate);
