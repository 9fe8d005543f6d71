/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-error.h"
#include "pki/pki-key.h"

/*
 * MACs of messages: under a shared secret by PasswordBasedMac (RFC 9810 §5.1.3.1), PBMAC1 (RFC 8018 §7.1), or HMAC and KMAC with
 * the secret as key (RFC 9481 §6.2); under what two keys for key agreement give (DHBasedMac, RFC 9810 §5.1.3.2); under what a KEM
 * transported (KemBasedMac, RFC 9810 §5.1.3.4).
 */

typedef enum {
  SIGNET_CMP_MAC_KIND_NONE,             /* not a MAC: taken for a signature */
  SIGNET_CMP_MAC_KIND_PASSWORD_BASED,
  SIGNET_CMP_MAC_KIND_PBMAC1,
  SIGNET_CMP_MAC_KIND_PLAIN,            /* HMAC, KMAC, GMAC: the secret is the key */
  SIGNET_CMP_MAC_KIND_DH,
  SIGNET_CMP_MAC_KIND_KEM,
} SignetCmpMacKind;

/**
 * SignetCmpMacKey:
 *
 * A key derived from a secret by the parameters of one AlgorithmIdentifier, and the MAC to use it with.
 */
typedef struct _SignetCmpMacKey SignetCmpMacKey;

SignetCmpMacKind signet_cmp_mac_get_kind (const X509_ALGOR *algorithm);
/* DER AlgorithmIdentifier with a new salt. @digest: "SHA256" to "SHA512"; it serves as owf or prf, and for the HMAC. */
GBytes *signet_cmp_mac_algorithm_new (SignetCmpMac mac, const char *digest, guint iterations, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same with another MAC than HMAC with that digest. @function: (nullable): libcrypto's name of an HMAC, such as
 * "hmac-sha1" or "hmacWithSHA512", or a dotted OID. SHA-1 only where @relaxations allow it. */
GBytes *signet_cmp_mac_algorithm_new_with_function (SignetCmpMac mac, const char *digest, const char *function, guint iterations,
                                                    SignetCmpRelaxations relaxations, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* DHBasedMac with @digest as owf and for the HMAC; KemBasedMac with HKDF-SHA-256 and HMAC with @digest. */
GBytes *signet_cmp_mac_algorithm_new_dh (const char *digest, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_cmp_mac_algorithm_new_kem (const char *digest, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* PasswordBasedMac, PBMAC1, or a plain MAC. @iteration_limit: more are refused before a single one is made. */
SignetCmpMacKey *signet_cmp_mac_key_new (const X509_ALGOR *algorithm, SignetSecret *secret, guint iteration_limit,
                                         SignetCmpRelaxations relaxations, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* DHBasedMac. %SIGNET_CMP_ERROR_CREDENTIALS where @own and @peer are not of one kind and group. */
SignetCmpMacKey *signet_cmp_mac_key_new_dh (const X509_ALGOR *algorithm, SignetKey *own, EVP_PKEY *peer,
                                            SignetCmpRelaxations relaxations, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* KemBasedMac. @shared: what the KEM transported. @transaction_id: of the message that carried the ciphertext. */
SignetCmpMacKey *signet_cmp_mac_key_new_kem (const X509_ALGOR *algorithm, SignetSecret *shared, GBytes *transaction_id,
                                             SignetCmpRelaxations relaxations, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_cmp_mac_key_free (SignetCmpMacKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpMacKey, signet_cmp_mac_key_free)
/* The key itself, for known-answer tests. */
SignetSecret *signet_cmp_mac_key_get_secret (SignetCmpMacKey *self);
/* Whether its parameters hold a nonce, so that a second message under them proves nothing (AES-GMAC, RFC 9481 §6.2.2). */
gboolean signet_cmp_mac_key_is_for_one_message (SignetCmpMacKey *self);
GBytes *signet_cmp_mac_compute (SignetCmpMacKey *self, GBytes *data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
