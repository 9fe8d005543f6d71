/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-message.h"

/* Signatures of messages and of proofs of possession, by every algorithm that libcrypto knows. */

/* DER AlgorithmIdentifier with which @key signs: with @digest (nullable), libcrypto's name of a hash function, else with the one that
 * fits the key (RFC 9481 §3). Kinds of keys that have a digest of their own keep to it. (transfer full) */
GBytes *signet_cmp_signature_algorithm_for_key (EVP_PKEY *key, const char *digest, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @algorithm: DER AlgorithmIdentifier. (transfer full) */
GBytes *signet_cmp_signature_make (EVP_PKEY *key, GBytes *algorithm, GBytes *data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* %SIGNET_CMP_ERROR_WEAK, UNSUPPORTED, or BAD_PROTECTION where the signature is wrong or the key does not fit. */
gboolean signet_cmp_signature_verify (EVP_PKEY *key, const X509_ALGOR *algorithm, GBytes *data, GBytes *signature,
                                      SignetCmpRelaxations relaxations, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "sha256WithRSAEncryption", "Ed25519" …, a dotted number where libcrypto has no name: (transfer full) */
char *signet_cmp_algorithm_name (const X509_ALGOR *algorithm);
/* %SIGNET_CMP_ERROR_UNPROTECTED unless there are both protection and protectionAlg. */
gboolean signet_cmp_message_check_protected (SignetCmpMessage *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
