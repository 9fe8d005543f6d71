/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-message.h"

/**
 * signet_cmp_trust_find_signer:
 * @known: (nullable): who signed the first answer of this transaction
 * @path: (inout) (optional) (transfer full) (nullable) (element-type SignetCertificate): the path to an anchor that an earlier call
 *   found for this authority and transaction, the signer first; afterwards that of the signer found
 *
 * The certificate whose key protects @message and whose holder may speak for @authority: named by sender and senderKID,
 * leading to an anchor at @now, with a key usage that allows signing (RFC 9483 §3.5), entitled as
 * signet_cmp_authority_set_signer_usage () says, and the same through the transaction (RFC 9483 §4.1.1).
 *
 * The signatures along @path are not verified again for the same signer, octet for octet, as long as every certificate of it holds
 * at @now; everything else is checked each time. So a signer is also believed where later messages omit the certificates that led to
 * it (RFC 9483 §3.3).
 *
 * Returns: (transfer full): the signer, or %NULL with the first check that failed and on what
 */
SignetCertificate *signet_cmp_trust_find_signer (SignetCmpAuthority *authority, SignetCmpMessage *message,
                                                 SignetCertificate *known, GPtrArray **path, gint64 now,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whose key made the signature of @message, among those that came with it or are known of @authority, by sender and senderKID; at most
 * four are tried. Nothing else of that certificate is looked at. (transfer full): %NULL with %SIGNET_CMP_ERROR_UNTRUSTED or
 * %SIGNET_CMP_ERROR_BAD_PROTECTION */
SignetCertificate *signet_cmp_trust_find_by_signature (SignetCmpAuthority *authority, SignetCmpMessage *message,
                                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether a secret may be encapsulated to the key of @certificate for @authority to protect its messages with (RFC 9810 §5.1.3.4 step 1):
 * a path to an anchor, keyEncipherment, and the right to speak as a signer needs it. @others: (nullable) (element-type
 * SignetCertificate): where issuers may be found too. %SIGNET_CMP_ERROR_UNTRUSTED */
gboolean signet_cmp_trust_check_kem_certificate (SignetCmpAuthority *authority, SignetCertificate *certificate, GPtrArray *others,
                                                 gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The anchors that hold for certificates around @message: those pinned, and the one with the pinned fingerprint if it is
 * among @candidates. @found: (out) (optional) (transfer full): that one. (transfer full) (element-type SignetCertificate) */
GPtrArray *signet_cmp_trust_anchors (SignetCmpAuthority *authority, GPtrArray *candidates, SignetCertificate **found);
/* Whether extendedKeyUsage of @certificate has @oid, dotted. */
gboolean signet_cmp_trust_has_usage (SignetCertificate *certificate, const char *oid);
