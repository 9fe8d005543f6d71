/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-error.h"
#include "pki/pki-openssl.h"

/* RSASSA-PSS and ECDSA with SHAKE128 and SHAKE256, RFC 8692, put together here from libcrypto's hash and raw key operations: it has no
 * such signatures itself. */

typedef struct _SignetCmpShakeScheme SignetCmpShakeScheme;

/* By OID; %NULL for every other algorithm. */
const SignetCmpShakeScheme *signet_cmp_shake_scheme_find (const X509_ALGOR *algorithm);
/* RSA or EC, not an RSA key for RSASSA-PSS of another kind. */
gboolean signet_cmp_shake_scheme_fits (const SignetCmpShakeScheme *self, EVP_PKEY *key);
GBytes *signet_cmp_shake_sign (const SignetCmpShakeScheme *self, EVP_PKEY *key, GBytes *data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* %FALSE where the signature is wrong, with @error only where it could not be checked. */
gboolean signet_cmp_shake_verify (const SignetCmpShakeScheme *self, EVP_PKEY *key, GBytes *data, GBytes *signature,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
