/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-genm-item.h"
#include "pki/pki-certificate.h"

/* How a crlStatusList names the source of a revocation list. */
typedef enum {
  SIGNET_CMP_CRL_SOURCE_BEST,           /* distribution point if one is known, else issuer: RFC 9483 §4.3.4 */
  SIGNET_CMP_CRL_SOURCE_ISSUER,         /* issuer in any case, for authorities that know nothing else */
} SignetCmpCrlSourceChoice;

/**
 * signet_cmp_genm_ask_crl:
 * @certificate: (nullable): whose revocation the list is about
 * @known: (nullable): the newest list at hand, DER CertificateList; its thisUpdate is told, so that an older one does not come
 * @choice: how to name the list
 * @error: (out) (optional): %SIGNET_CMP_ERROR_MALFORMED
 *
 * A crlStatusList with one CRLStatus (RFC 9483 §4.3.4). The distribution point is that of the certificate's cRLDistributionPoints, else
 * of @known's issuingDistributionPoint; the issuer is that point's cRLIssuer, else the certificate's or @known's issuer. One of
 * @certificate and @known must be there.
 *
 * Returns: (transfer full): the question
 */
SignetCmpGenmItem *signet_cmp_genm_ask_crl (SignetCertificate *certificate, GBytes *known, SignetCmpCrlSourceChoice choice,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_crl_check:
 * @der: a CertificateList, as a genp or an rp brought it
 * @question: (nullable): the crlStatusList that it answers
 * @issuers: (element-type SignetCertificate): certificates of authorities, each trusted by a chain that the caller has checked
 * @known: (nullable): the newest list at hand, DER
 * @now: seconds since 1970, UTC
 * @error: (out) (optional): %SIGNET_CMP_ERROR_MALFORMED; %SIGNET_CMP_ERROR_UNTRUSTED: no issuer, or a signature that does not verify;
 *   %SIGNET_CMP_ERROR_WEAK; %SIGNET_CMP_ERROR_TIME: not valid yet, expired, or not newer than @known; %SIGNET_CMP_ERROR_CONTENT:
 *   not the list asked for; %SIGNET_CMP_ERROR_UNSUPPORTED: a delta or an indirect list, or a critical extension that is not known
 *
 * Whether the list may be used: signature, issuer, scope and dates, RFC 5280 §6.3.3.
 *
 * Returns: %FALSE with @error
 */
gboolean signet_cmp_crl_check (GBytes *der, const SignetCmpGenmItem *question, GPtrArray *issuers, GBytes *known, gint64 now,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Issuer, dates and number of entries, for a person: (transfer full), or %NULL with @error. */
char *signet_cmp_crl_describe (GBytes *der, GError **error) G_GNUC_WARN_UNUSED_RESULT;
