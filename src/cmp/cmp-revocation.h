/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-error.h"
#include "cmp/cmp-status.h"
#include "pki/pki-certificate.h"

/* CRLReason, RFC 5280 §5.3.1. */
typedef enum {
  SIGNET_CMP_REASON_UNSPECIFIED = 0,
  SIGNET_CMP_REASON_KEY_COMPROMISE = 1,
  SIGNET_CMP_REASON_CA_COMPROMISE = 2,
  SIGNET_CMP_REASON_AFFILIATION_CHANGED = 3,
  SIGNET_CMP_REASON_SUPERSEDED = 4,
  SIGNET_CMP_REASON_CESSATION_OF_OPERATION = 5,
  SIGNET_CMP_REASON_CERTIFICATE_HOLD = 6,
  SIGNET_CMP_REASON_REMOVE_FROM_CRL = 8,        /* ends a certificateHold */
  SIGNET_CMP_REASON_PRIVILEGE_WITHDRAWN = 9,
  SIGNET_CMP_REASON_AA_COMPROMISE = 10,
} SignetCmpRevocationReason;

/* "keyCompromise"; %NULL for a number that is none. */
const char *signet_cmp_revocation_reason_name (int reason);
/* By that name in any case, or by its number. Errors: %SIGNET_CMP_ERROR_UNSUPPORTED, naming those there are. */
gboolean signet_cmp_revocation_reason_parse (const char *text, SignetCmpRevocationReason *reason,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

#define SIGNET_CMP_REVOCATION_MAX 64            /* in one rr */

/**
 * SignetCmpRevocation:
 *
 * One RevDetails: which certificate, and why (RFC 9810 §5.3.9, RFC 9483 §4.2).
 */
typedef struct _SignetCmpRevocation SignetCmpRevocation;

SignetCmpRevocation *signet_cmp_revocation_new (SignetCertificate *certificate, SignetCmpRevocationReason reason);
/* Where the certificate is not at hand. */
SignetCmpRevocation *signet_cmp_revocation_new_for_serial (const X509_NAME *issuer, const ASN1_INTEGER *serial,
                                                           SignetCmpRevocationReason reason);
void signet_cmp_revocation_free (SignetCmpRevocation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpRevocation, signet_cmp_revocation_free)
/* Since when the key is known or suspected to be lost: invalidityDate, RFC 5280 §5.3.2. Seconds since 1970, UTC. */
void signet_cmp_revocation_set_invalidity_date (SignetCmpRevocation *self, gint64 seconds);

/* Whether there is something to revoke (RFC 9483 §4.2): the certificate has not expired at @now, as far as it is at hand. Errors:
 * %SIGNET_CMP_ERROR_TIME. */
gboolean signet_cmp_revocation_check (const SignetCmpRevocation *self, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* RevReqContent, as it stands inside an rr: each RevDetails has serialNumber and issuer, and a reasonCode, 0 included. @revocations:
 * (element-type SignetCmpRevocation): one (RFC 9483 §4.2), or up to SIGNET_CMP_REVOCATION_MAX. Errors: %SIGNET_CMP_ERROR_LIMIT.
 * (transfer full) */
GBytes *signet_cmp_revocation_encode (GPtrArray *revocations, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * SignetCmpRevocationAnswer:
 * @statuses: (element-type SignetCmpStatusInfo): one for each certificate, in the order in which they were asked for
 * @crls: (element-type GBytes): DER CertificateList each: to be used only after signet_cmp_crl_check (); empty where none came
 *
 * RevRepContent, RFC 9810 §5.3.10.
 */
typedef struct {
  GPtrArray *statuses;
  GPtrArray *crls;
} SignetCmpRevocationAnswer;

void signet_cmp_revocation_answer_free (SignetCmpRevocationAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpRevocationAnswer, signet_cmp_revocation_answer_free)

/**
 * signet_cmp_revocation_read:
 * @content: DER RevRepContent, from an authenticated rp
 * @revocations: (element-type SignetCmpRevocation): what was asked for
 * @error: (out) (optional): %SIGNET_CMP_ERROR_MALFORMED; %SIGNET_CMP_ERROR_CONTENT: another number of statuses, a failInfo beside
 *   something else than a rejection, a status that no rp has, or revCerts that are not those asked for in their order;
 *   %SIGNET_CMP_ERROR_LIMIT
 *
 * Returns: (transfer full): what the authority said
 */
SignetCmpRevocationAnswer *signet_cmp_revocation_read (GBytes *content, GPtrArray *revocations,
                                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What one status of an rp means for the certificate, for a person: revoked, revoked before, held, a warning, or refused and why.
 * (transfer full) */
char *signet_cmp_revocation_explain (const SignetCmpRevocation *self, const SignetCmpStatusInfo *status);
