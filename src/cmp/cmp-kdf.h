/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-error.h"
#include "pki/pki-openssl.h"
#include "pki/pki-secret.h"

/* Key derivation by AlgorithmIdentifier: HKDF (RFC 8619), KDF2 and KDF3 (ANSI X9.44, as RFC 9690 uses them). */

#define SIGNET_CMP_KDF_MAX_SIZE 1024            /* octets of key that are derived at most */

/**
 * signet_cmp_kdf_derive:
 * @kdf: HKDF without parameters and with an empty salt, or KDF2 or KDF3 with a hash of the SHA-2 family
 * @input: the input key material
 * @info: (nullable): the context
 * @size: octets of output
 *
 * Returns: (transfer full): the key; %NULL with %SIGNET_CMP_ERROR_UNSUPPORTED, WEAK or LIMIT
 */
SignetSecret *signet_cmp_kdf_derive (const X509_ALGOR *kdf, SignetSecret *input, GBytes *info, gsize size,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* AlgorithmIdentifiers: HKDF with SHA-256, and KDF3 with SHA-256. (transfer full) */
X509_ALGOR *signet_cmp_kdf_new_hkdf (void);
X509_ALGOR *signet_cmp_kdf_new_kdf3 (void);
