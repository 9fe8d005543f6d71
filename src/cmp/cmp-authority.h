/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"

typedef enum {
  SIGNET_CMP_MAC_PBMAC1,          /* RFC 9810 §5.1.3.1, RFC 8018; the default */
  SIGNET_CMP_MAC_PASSWORD_BASED,  /* PasswordBasedMac, RFC 9810 §5.1.3.1: older authorities */
  SIGNET_CMP_MAC_HMAC,            /* HMAC with the secret as key, RFC 9481 §6.2.1: at least 16 octets */
  SIGNET_CMP_MAC_KMAC,            /* KMAC with the secret as key, RFC 9481 §6.2.3: KMAC256 with SHA512 as digest, else KMAC128 */
} SignetCmpMac;

/* Each relaxation is a named setting of one authority; none is on by default. */
typedef enum {
  SIGNET_CMP_RELAX_NONE = 0,
  SIGNET_CMP_RELAX_SIGNED_ANSWER_TO_MAC = 1 << 0,        /* "signed-answer-to-mac": R053 */
  SIGNET_CMP_RELAX_CA_PUBS = 1 << 1,                     /* "ca-pubs": offer caPubs of a MAC-protected ip as anchors, R161 */
  SIGNET_CMP_RELAX_NO_DIGITAL_SIGNATURE = 1 << 2,        /* "no-digital-signature": signer's keyUsage without it */
  SIGNET_CMP_RELAX_SHA1 = 1 << 3,                        /* "sha1": SHA-1 in signatures and as PBM's owf or mac, R066 */
  SIGNET_CMP_RELAX_SIGNER_CHANGE = 1 << 4,               /* "signer-change": later answers by another trusted signer, R054 */
  SIGNET_CMP_RELAX_ENCRYPTED_VALUE = 1 << 5,             /* "encrypted-value": EncryptedValue beside EnvelopedData, R346 */
  SIGNET_CMP_RELAX_RA_VERIFIED = 1 << 6,                 /* "ra-verified": proof of possession by raVerified, R305 */
  SIGNET_CMP_RELAX_P10_REQUEST_ID = 1 << 7,              /* "p10-request-id": cp for a PKCS #10 with certReqId 0, R171 */
  SIGNET_CMP_RELAX_UNPROTECTED_ERRORS = 1 << 8,          /* "unprotected-errors": believe these, refusals and pkiconf, R056 */
  SIGNET_CMP_RELAX_UNVERIFIED_CERTIFICATE = 1 << 9,      /* "unverified-certificate": a new certificate without a path to an anchor */
  SIGNET_CMP_RELAX_NO_CONFIRM = 1 << 10,                 /* "no-confirm": no certConf although one was not waived */
  SIGNET_CMP_RELAX_OTHER_REFERENCE = 1 << 11,            /* "other-reference": another senderKID in answers under the shared secret */
  SIGNET_CMP_RELAX_UNPROTECTED_REQUESTS = 1 << 12,       /* "unprotected-requests": messages are sent without protection */
  SIGNET_CMP_RELAX_UPDATE_BY_OTHER = 1 << 13,            /* "update-by-other": kur signed with another certificate than the one updated */
  SIGNET_CMP_RELAX_KGA_BY_MAC = 1 << 14,                 /* "kga-by-mac": a MAC vouches for a key that the authority made, R342 */
  SIGNET_CMP_RELAX_KEY_PACKAGE_FORM = 1 << 17,           /* "key-package-form": a private key packed as OpenSSL and Siemens do, R337 */
  SIGNET_CMP_RELAX_SENDER_KID = 1 << 15,                 /* "sender-kid": another senderKID than the signer's */
  SIGNET_CMP_RELAX_WEAK_SECRET = 1 << 16,                /* "weak-secret": one weaker than the key that the authority shall make, R097 */
} SignetCmpRelaxations;

/* One InfoTypeAndValue of generalInfo. */
typedef struct {
  char *oid;
  GBytes *value;                /* (nullable): DER */
} SignetCmpGeneralInfo;

/**
 * SignetCmpAuthority:
 *
 * What one authority is to the protocol: how it is recognised and how strictly it is taken. No address, no secret. Set up
 * by one thread, then shared read-only.
 */
#define SIGNET_TYPE_CMP_AUTHORITY (signet_cmp_authority_get_type ())
G_DECLARE_FINAL_TYPE (SignetCmpAuthority, signet_cmp_authority, SIGNET, CMP_AUTHORITY, GObject)

SignetCmpAuthority *signet_cmp_authority_new (void);
void signet_cmp_authority_set_recipient (SignetCmpAuthority *self, const X509_NAME *name);    /* (nullable): NULL-DN */
void signet_cmp_authority_add_anchor (SignetCmpAuthority *self, SignetCertificate *anchor);
/* Accept as anchor the self-signed certificate with this SHA-256 (hexadecimal) wherever a message carries it: R118. */
void signet_cmp_authority_set_signer (SignetCmpAuthority *self, SignetCertificate *signer);
void signet_cmp_authority_set_anchor_fingerprint (SignetCmpAuthority *self, const char *fingerprint);
void signet_cmp_authority_add_intermediate (SignetCmpAuthority *self, SignetCertificate *certificate);
/* (nullable): the certificate of a KEM key with which the authority protects its answers: RFC 9810 App. E Fig. 4. */
void signet_cmp_authority_set_kem_certificate (SignetCmpAuthority *self, SignetCertificate *certificate);
/* (nullable): libcrypto's name of the hash function of signatures made, those of protection and of possession; %NULL (the default): the
 * one that fits the key. Kinds of keys that have one of their own keep to it. */
void signet_cmp_authority_set_signature_digest (SignetCmpAuthority *self, const char *digest);
void signet_cmp_authority_set_mac (SignetCmpAuthority *self, SignetCmpMac mac);
/* For messages sent: "SHA256", … and 1,000 to the limit. Defaults: SHA256, 100,000 (PBMAC1), 10,000 (PBM). */
void signet_cmp_authority_set_mac_parameters (SignetCmpAuthority *self, const char *digest, guint iterations);
/* (nullable): another MAC than HMAC with that digest, "hmac-sha1", "hmacWithSHA512"; %NULL, the default: HMAC with it. */
void signet_cmp_authority_set_mac_function (SignetCmpAuthority *self, const char *function);
void signet_cmp_authority_set_mac_iteration_limit (SignetCmpAuthority *self, guint limit);   /* on receipt; default 1,000,000 */
void signet_cmp_authority_set_implicit_confirm (SignetCmpAuthority *self, gboolean wanted);  /* default %TRUE */
void signet_cmp_authority_set_profile (SignetCmpAuthority *self, const char *profile);       /* (nullable): certProfile */
/* For generalInfo of every request, beside what the protocol itself puts there: @oid in dotted form, @value (nullable), DER. */
void signet_cmp_authority_add_general_info (SignetCmpAuthority *self, const char *oid, GBytes *value);
/* For extraCerts of every message, behind those that the protection needs. */
void signet_cmp_authority_add_extra_certificate (SignetCmpAuthority *self, SignetCertificate *certificate);
/* The highest version of the protocol that it is known to speak, 2 or 3; 0 (the default): not known. What an exchange taught is in
 * signet_cmp_transaction_get_peer_pvno (): RFC 9810 §7. */
void signet_cmp_authority_set_pvno (SignetCmpAuthority *self, gint64 pvno);
/* Seconds that messageTime may be off; 0 (the default) does not look: R014. */
void signet_cmp_authority_set_time_tolerance (SignetCmpAuthority *self, guint seconds);
/* Who of the authority's certificates may sign answers: %NULL (the default): CAs, anchors and those with id-kp-cmcCA or
 * id-kp-cmcRA; an OID: that extended key usage; "any": every certificate of that CA. R075 */
void signet_cmp_authority_set_signer_usage (SignetCmpAuthority *self, const char *usage);
void signet_cmp_authority_set_relaxations (SignetCmpAuthority *self, SignetCmpRelaxations relaxations);
/* Revocation lists that are at hand, DER; what they say of a signer counts (RFC 9483 §3.5). */
void signet_cmp_authority_add_crl (SignetCmpAuthority *self, GBytes *crl);
/* Whether a signer of whom no list says anything is refused; default %FALSE. */
void signet_cmp_authority_set_revocation_required (SignetCmpAuthority *self, gboolean required);
/* Whether certConf and pollReq leave out extraCerts (RFC 9483 §3.3); default %FALSE. */
void signet_cmp_authority_set_small_messages (SignetCmpAuthority *self, gboolean small);
/* Names as above, for settings and command line: %FALSE with @error for an unknown one. */
gboolean signet_cmp_relaxations_parse (const char *const *names, SignetCmpRelaxations *relaxations, GError **error);
const char *signet_cmp_relaxations_get_name (guint index);    /* (nullable): past the last of them */

const X509_NAME *signet_cmp_authority_get_recipient (SignetCmpAuthority *self);
GPtrArray *signet_cmp_authority_get_anchors (SignetCmpAuthority *self);
SignetCertificate *signet_cmp_authority_get_signer (SignetCmpAuthority *self);
const char *signet_cmp_authority_get_anchor_fingerprint (SignetCmpAuthority *self);
GPtrArray *signet_cmp_authority_get_intermediates (SignetCmpAuthority *self);
SignetCertificate *signet_cmp_authority_get_kem_certificate (SignetCmpAuthority *self);
SignetCmpMac signet_cmp_authority_get_mac (SignetCmpAuthority *self);
const char *signet_cmp_authority_get_mac_digest (SignetCmpAuthority *self);
const char *signet_cmp_authority_get_mac_function (SignetCmpAuthority *self);
const char *signet_cmp_authority_get_signature_digest (SignetCmpAuthority *self);
guint signet_cmp_authority_get_mac_iterations (SignetCmpAuthority *self);
guint signet_cmp_authority_get_mac_iteration_limit (SignetCmpAuthority *self);
gboolean signet_cmp_authority_get_implicit_confirm (SignetCmpAuthority *self);
const char *signet_cmp_authority_get_profile (SignetCmpAuthority *self);
GPtrArray *signet_cmp_authority_get_general_info (SignetCmpAuthority *self);        /* (element-type SignetCmpGeneralInfo) */
GPtrArray *signet_cmp_authority_get_extra_certificates (SignetCmpAuthority *self);
gint64 signet_cmp_authority_get_pvno (SignetCmpAuthority *self);
guint signet_cmp_authority_get_time_tolerance (SignetCmpAuthority *self);
GPtrArray *signet_cmp_authority_get_crls (SignetCmpAuthority *self);
gboolean signet_cmp_authority_get_revocation_required (SignetCmpAuthority *self);
gboolean signet_cmp_authority_get_small_messages (SignetCmpAuthority *self);
const char *signet_cmp_authority_get_signer_usage (SignetCmpAuthority *self);
SignetCmpRelaxations signet_cmp_authority_get_relaxations (SignetCmpAuthority *self);
