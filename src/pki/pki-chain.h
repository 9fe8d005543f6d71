/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"

/**
 * signet_chain_build:
 * @leaf: the end of the chain
 * @untrusted: (element-type SignetCertificate) (nullable): where issuers may be found; gives no trust
 * @anchors: (element-type SignetCertificate): trust anchors, self-signed or not
 * @now: seconds since 1970, UTC; the clock is never read
 * @error: %SIGNET_PKI_ERROR_UNTRUSTED says in words which certificate and why
 *
 * Path validation as in RFC 5280 §6 with @now as time. Partial chains to an anchor that is not self-signed are
 * allowed. No revocation check.
 *
 * Returns: (transfer full) (element-type SignetCertificate): @leaf first, the anchor last
 */
GPtrArray *signet_chain_build (SignetCertificate *leaf, GPtrArray *untrusted, GPtrArray *anchors, gint64 now,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/**
 * SignetRevocation:
 * @SIGNET_REVOCATION_GOOD: a list that counts now does not name it
 * @SIGNET_REVOCATION_REVOKED: one does
 * @SIGNET_REVOCATION_UNKNOWN: there is no list of its issuer that counts now
 */
typedef enum {
  SIGNET_REVOCATION_GOOD,
  SIGNET_REVOCATION_REVOKED,
  SIGNET_REVOCATION_UNKNOWN,
} SignetRevocation;

/* What @crls (element-type GBytes), DER CertificateLists, say of @leaf at @now: RFC 5280 §6.3. Each list is believed only under the
 * signature of the issuer in the chain to @anchors. */
SignetRevocation signet_chain_get_revocation (SignetCertificate *leaf, GPtrArray *untrusted, GPtrArray *anchors, GPtrArray *crls,
                                              gint64 now);
/* The longest chain that names and keys give, without any trust or time: @leaf first. (transfer full) */
GPtrArray *signet_chain_order (SignetCertificate *leaf, GPtrArray *candidates);
