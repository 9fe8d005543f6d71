/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-credentials.h"
#include "cmp/cmp-message.h"

/**
 * SignetCmpProtector:
 *
 * Makes and checks the protection of one transaction's messages. MAC parameters (salt, iterations) are made once and
 * stay the same for the transaction (R087); the keys derived are cached and cleansed.
 */
#define SIGNET_TYPE_CMP_PROTECTOR (signet_cmp_protector_get_type ())
G_DECLARE_FINAL_TYPE (SignetCmpProtector, signet_cmp_protector, SIGNET, CMP_PROTECTOR, GObject)

/* Chooses the algorithm: from the key (RFC 9481 §3), or the MAC of @authority. */
SignetCmpProtector *signet_cmp_protector_new (SignetCmpCredentials *credentials, SignetCmpAuthority *authority,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same with the algorithm that a saved transaction began with. */
SignetCmpProtector *signet_cmp_protector_new_with_algorithm (SignetCmpCredentials *credentials, SignetCmpAuthority *authority,
                                                             GBytes *algorithm_der, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_cmp_protector_get_algorithm (SignetCmpProtector *self);               /* (transfer none): DER AlgorithmIdentifier */
/* Protection bits over DER ProtectedPart. */
GBytes *signet_cmp_protector_protect (SignetCmpProtector *self, GBytes *protected_part, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* MAC under the shared secret: PasswordBasedMac or PBMAC1, parameters bounded, constant-time comparison. */
gboolean signet_cmp_protector_verify_mac (SignetCmpProtector *self, SignetCmpMessage *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Signature by the key of @signer, whatever that one may do: trust is decided elsewhere. */
gboolean signet_cmp_verify_signature (SignetCmpMessage *message, SignetCertificate *signer, SignetCmpRelaxations relaxations,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* %TRUE: a MAC by its OID; otherwise taken for a signature. */
gboolean signet_cmp_message_is_mac_protected (SignetCmpMessage *message);
