/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-error.h"
#include "pki/pki-key.h"

/*
 * Key encapsulation, RFC 9629 §1: RSA-KEM (RFC 9690) with every libcrypto, ML-KEM (RFC 9935, RFC 9936) where it has that. Other
 * mechanisms are refused: only these stay safe however often a key is used (RFC 9810 §8.8).
 */

/* Whether @key is one that can be encapsulated to: RSA of at least 2,048 bits, or ML-KEM. %SIGNET_CMP_ERROR_UNSUPPORTED or WEAK */
gboolean signet_cmp_kem_check_key (EVP_PKEY *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_kem_encapsulate:
 * @key: the recipient's public key
 * @secret_size: octets of the shared secret for RSA-KEM, whose secret is as long as one likes; ML-KEM's has 32
 * @kem: (out) (transfer full) (optional): AlgorithmIdentifier of the mechanism, without parameters
 * @ciphertext: (out) (transfer full): to be sent
 * @error: %SIGNET_CMP_ERROR_UNSUPPORTED, WEAK or FAILED
 *
 * Returns: (transfer full): the shared secret, new each time; %NULL
 */
SignetSecret *signet_cmp_kem_encapsulate (EVP_PKEY *key, gsize secret_size, X509_ALGOR **kem, GBytes **ciphertext,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where @kem is RSA-KEM: says in its RsaKemParameters that the secret is KDF3-SHA-256's, @secret_size octets of it. */
void signet_cmp_kem_set_parameters (X509_ALGOR *kem, gsize secret_size);

/**
 * signet_cmp_kem_decapsulate:
 * @kem: AlgorithmIdentifier of the mechanism, which must be the key's; RsaKemParameters may name KDF and size
 * @secret_size: octets of the shared secret for RSA-KEM where @kem does not say
 * @error: %SIGNET_CMP_ERROR_BAD_PROTECTION where @ciphertext is none for this key (RFC 9810 §5.1.3.4 step 2: badMessageCheck)
 *
 * ML-KEM gives another secret rather than an error for a ciphertext that was changed.
 *
 * Returns: (transfer full): the shared secret, or %NULL
 */
SignetSecret *signet_cmp_kem_decapsulate (SignetKey *key, const X509_ALGOR *kem, GBytes *ciphertext, gsize secret_size,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
