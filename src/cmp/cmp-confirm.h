/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"

/**
 * signet_cmp_confirm_hash:
 * @digest: (out) (nullable): name of the hash where hashAlg must say it, which only version 3 has
 * @error: (out) (optional): %SIGNET_CMP_ERROR_UNSUPPORTED where libcrypto lacks it
 *
 * certHash: that of the certificate's signature algorithm, where it has one; SHA-512 and SHAKE256 for Ed25519 and Ed448
 * (RFC 9481 §3.3); else SHA-512, and hashAlg says so (RFC 9810 §5.3.18).
 *
 * Returns: (transfer full): the hash
 */
GBytes *signet_cmp_confirm_hash (SignetCertificate *certificate, const char **digest, GError **error) G_GNUC_WARN_UNUSED_RESULT;
