/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"
#include "pki/pki-key.h"

/**
 * SignetCmpPopo:
 * @SIGNET_CMP_POPO_DEFAULT: what fits the key: a signature where it can sign (RFC 9810 §5.2.8.2), else @ENCRYPTED_CERTIFICATE;
 *   none where there is no key
 * @SIGNET_CMP_POPO_SIGNATURE: a signature
 * @SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE: subsequentMessage encrCert: to be able to read the certificate is the proof (§5.2.8.3.2)
 * @SIGNET_CMP_POPO_CHALLENGE: subsequentMessage challengeResp (§5.2.8.3.3)
 * @SIGNET_CMP_POPO_AGREE_MAC: agreeMAC, with the certificate of signet_cmp_item_set_agreement_certificate () (RFC 4211 §4.3)
 * @SIGNET_CMP_POPO_GIVEN: what signet_cmp_item_set_given_popo () gave: the private key itself, mostly, to be archived (§4.2)
 * @SIGNET_CMP_POPO_RA_VERIFIED: raVerified, only where the authority's settings allow it (§5.2.8.1)
 *
 * How it is proved that the private key is there (ProofOfPossession, RFC 4211 §4).
 */
typedef enum {
  SIGNET_CMP_POPO_DEFAULT,
  SIGNET_CMP_POPO_SIGNATURE,
  SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE,
  SIGNET_CMP_POPO_CHALLENGE,
  SIGNET_CMP_POPO_RA_VERIFIED,
  SIGNET_CMP_POPO_AGREE_MAC,
  SIGNET_CMP_POPO_GIVEN,
  SIGNET_CMP_POPO_LAST = SIGNET_CMP_POPO_GIVEN
} SignetCmpPopo;

/**
 * SignetCmpItem:
 *
 * One certificate that is asked for: a CertReqMsg (RFC 4211 §3) without its number. Built by one thread, then unchanged once
 * a transaction has it.
 */
#define SIGNET_TYPE_CMP_ITEM (signet_cmp_item_get_type ())
G_DECLARE_FINAL_TYPE (SignetCmpItem, signet_cmp_item, SIGNET, CMP_ITEM, GObject)

/* @key: (nullable): the new certificate's; %NULL: the authority shall make it (RFC 9483 §4.1.6). @subject: (nullable): not in
 * the template at all; the NULL-DN where alternative names say it. */
SignetCmpItem *signet_cmp_item_new (SignetKey *key, const X509_NAME *subject);
/* A key whose private part is elsewhere: DER SubjectPublicKeyInfo. With an empty BIT STRING: the authority shall make a key of
 * this algorithm (RFC 9483 §4.1.6). */
gboolean signet_cmp_item_set_public_key (SignetCmpItem *self, GBytes *public_key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* In place of the one given before. (nullable): not in the template at all. */
void signet_cmp_item_set_subject (SignetCmpItem *self, const X509_NAME *subject);
void signet_cmp_item_add_alt_name (SignetCmpItem *self, const GENERAL_NAME *name);
/* Short names or OIDs: "emailProtection", "clientAuth"; key usage as in "digitalSignature". */
gboolean signet_cmp_item_add_extended_key_usage (SignetCmpItem *self, const char *usage, GError **error);
gboolean signet_cmp_item_add_key_usage (SignetCmpItem *self, const char *usage, GError **error);
/* Any extension; one of the same kind that is there is replaced. */
void signet_cmp_item_set_extension (SignetCmpItem *self, X509_EXTENSION *extension);
/* Fields of the template that are left out unless an authority wants them: RFC 4211 §5. (nullable) */
void signet_cmp_item_set_issuer (SignetCmpItem *self, const X509_NAME *issuer);
void signet_cmp_item_set_serial (SignetCmpItem *self, const ASN1_INTEGER *serial);
/* Seconds since 1970, UTC; %G_MININT64: this end is left open. One of them at least. */
void signet_cmp_item_set_validity (SignetCmpItem *self, gint64 not_before, gint64 not_after);
/* For a cross-certificate: DER AlgorithmIdentifier (RFC 9810 App. D.6). */
gboolean signet_cmp_item_set_signing_alg (SignetCmpItem *self, GBytes *algorithm, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The certificate that is updated: subject and alternative names as in it, control oldCertID (RFC 9483 §4.1.3). */
void signet_cmp_item_set_old_certificate (SignetCmpItem *self, SignetCertificate *certificate);
/* That control alone. */
void signet_cmp_item_set_old_cert_id (SignetCmpItem *self, SignetCertificate *certificate);
/* DER AttributeTypeAndValue; cmp-control.h makes them: RFC 4211 §6, §7. */
gboolean signet_cmp_item_add_control (SignetCmpItem *self, GBytes *control, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_cmp_item_add_reg_info (SignetCmpItem *self, GBytes *reg_info, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Control protocolEncrKey (RFC 4211 §6.6): what comes encrypted in the answer is encrypted to @key, which is made for this one
 * request and forgotten with it. */
void signet_cmp_item_set_protocol_key (SignetCmpItem *self, SignetKey *key);
void signet_cmp_item_set_popo (SignetCmpItem *self, SignetCmpPopo popo);

/* The authority's certificate for key agreement, with which agreeMAC is made; and DER POPOPrivKey as signet_cmp_archival_make_pop ()
 * makes it, whose choice of kind is then SIGNET_CMP_POPO_GIVEN. */
void signet_cmp_item_set_agreement_certificate (SignetCmpItem *self, SignetCertificate *certificate);
void signet_cmp_item_set_given_popo (SignetCmpItem *self, GBytes *popo_priv_key);

SignetKey *signet_cmp_item_get_key (SignetCmpItem *self);                                   /* (nullable) */
const X509_NAME *signet_cmp_item_get_subject (SignetCmpItem *self);                         /* (nullable) */
const STACK_OF (X509_EXTENSION) *signet_cmp_item_get_extensions (SignetCmpItem *self);      /* (nullable) */
SignetKey *signet_cmp_item_get_protocol_key (SignetCmpItem *self);                          /* (nullable) */
SignetCertificate *signet_cmp_item_get_agreement_certificate (SignetCmpItem *self);         /* (nullable) */
GBytes *signet_cmp_item_get_given_popo (SignetCmpItem *self);                               /* (nullable) */
SignetCmpPopo signet_cmp_item_get_popo (SignetCmpItem *self);
/* Whether the authority shall make the key pair. */
gboolean signet_cmp_item_is_central (SignetCmpItem *self);
