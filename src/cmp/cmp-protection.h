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
 *
 * With KEM-based protection each side has a secret of its own: the one that the authority encapsulated to our key protects what we
 * send, the one that we encapsulated to the authority's key protects what it sends, and neither does the other's work: who
 * encapsulated a secret has proved nothing by knowing it.
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
/* Protection bits over DER ProtectedPart. %SIGNET_CMP_ERROR_STATE while a KEM's ciphertext is awaited. */
GBytes *signet_cmp_protector_protect (SignetCmpProtector *self, GBytes *protected_part, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* MAC under the shared secret, or under what key agreement or a KEM gave: parameters bounded, constant-time comparison. */
gboolean signet_cmp_protector_verify_mac (SignetCmpProtector *self, SignetCmpMessage *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- KEM-based protection, RFC 9810 §5.1.3.4 and App. E ---- */

/* Whether the authority must first encapsulate a secret to our key: by an unprotected genm, RFC 9810 App. E Fig. 3. */
gboolean signet_cmp_protector_needs_ciphertext (SignetCmpProtector *self);
/* @info: DER KemCiphertextInfo; @transaction_id: of the message it came in. %SIGNET_CMP_ERROR_BAD_PROTECTION where it is none for our
 * key: then the operation ends. */
gboolean signet_cmp_protector_take_ciphertext (SignetCmpProtector *self, GBytes *info, GBytes *transaction_id,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A new secret for the authority's key, which was found trustworthy: (transfer full) DER KemCiphertextInfo, for generalInfo of the
 * message with @transaction_id (RFC 9810 App. E Fig. 4). */
GBytes *signet_cmp_protector_encapsulate (SignetCmpProtector *self, EVP_PKEY *peer, GBytes *transaction_id,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a saved transaction needs of both secrets, to be sealed: (transfer full) (nullable), %NULL where there are none. */
SignetSecret *signet_cmp_protector_save_secrets (SignetCmpProtector *self);
gboolean signet_cmp_protector_restore_secrets (SignetCmpProtector *self, SignetSecret *saved, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Signature by the key of @signer, whatever that one may do: trust is decided elsewhere. */
gboolean signet_cmp_verify_signature (SignetCmpMessage *message, SignetCertificate *signer, SignetCmpRelaxations relaxations,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* %TRUE: a MAC by its OID; otherwise taken for a signature. */
gboolean signet_cmp_message_is_mac_protected (SignetCmpMessage *message);
