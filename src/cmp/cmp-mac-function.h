/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-error.h"
#include "pki/pki-secret.h"

/*
 * MACs under a key that is there, by AlgorithmIdentifier: HMAC with SHA-2 and SHA-3 (RFC 4231), AES-GMAC (RFC 9044), KMAC
 * (RFC 8702 §3.4). HMAC-SHA-1 by an authority's setting only. RFC 9481 §6.2.
 */

/**
 * SignetCmpMacFunction:
 * @name: libcrypto's name
 * @digest: (nullable): of an HMAC
 * @cipher: (nullable): of a GMAC
 * @key_size: octets of key that fit it
 * @key_is_fixed: no other size will do
 * @size: octets of the MAC
 * @nonce: (nullable): of a GMAC; no two messages under one key may have the same
 * @custom: (nullable): KMAC's customization string
 */
typedef struct {
  const char *name;
  const char *digest;
  const char *cipher;
  gsize key_size;
  gboolean key_is_fixed;
  gsize size;
  GBytes *nonce;
  GBytes *custom;
} SignetCmpMacFunction;

/* Whether @algorithm is a MAC by its OID, whatever its parameters. */
gboolean signet_cmp_mac_function_is_known (const X509_ALGOR *algorithm);
/* %SIGNET_CMP_ERROR_WEAK, UNSUPPORTED or MALFORMED. */
gboolean signet_cmp_mac_function_read (const X509_ALGOR *algorithm, SignetCmpRelaxations relaxations, SignetCmpMacFunction *function,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_cmp_mac_function_clear (SignetCmpMacFunction *function);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SignetCmpMacFunction, signet_cmp_mac_function_clear)
/* The digest of an HMAC's OID, as PBKDF2's prf needs it; %NID_undef for everything else. */
int signet_cmp_mac_function_get_digest (const X509_ALGOR *algorithm);
GBytes *signet_cmp_mac_function_compute (const SignetCmpMacFunction *function, SignetSecret *key, GBytes *data,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* AlgorithmIdentifier of an HMAC with a digest (%NID_sha256 …), NULL as parameter (RFC 4231 §3.1); %NULL where there is none.
 * (transfer full) */
X509_ALGOR *signet_cmp_mac_function_new_hmac (int digest);
