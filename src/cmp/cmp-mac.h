/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-error.h"
#include "pki/pki-secret.h"

/* MACs under a shared secret: PasswordBasedMac (RFC 9810 §5.1.3.1) and PBMAC1 (RFC 8018 §7.1). */

typedef enum {
  SIGNET_CMP_MAC_KIND_NONE,             /* not a MAC: taken for a signature */
  SIGNET_CMP_MAC_KIND_PASSWORD_BASED,
  SIGNET_CMP_MAC_KIND_PBMAC1,
  SIGNET_CMP_MAC_KIND_OTHER,            /* a MAC that is not spoken here */
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
/* @iteration_limit: more are refused before a single one is made. */
SignetCmpMacKey *signet_cmp_mac_key_new (const X509_ALGOR *algorithm, SignetSecret *secret, guint iteration_limit,
                                         SignetCmpRelaxations relaxations, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_cmp_mac_key_free (SignetCmpMacKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpMacKey, signet_cmp_mac_key_free)
/* The key itself, for known-answer tests. */
SignetSecret *signet_cmp_mac_key_get_secret (SignetCmpMacKey *self);
GBytes *signet_cmp_mac_compute (SignetCmpMacKey *self, GBytes *data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
