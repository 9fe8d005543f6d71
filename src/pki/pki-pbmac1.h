/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <openssl/pkcs12.h>

/* Integrity protection of PKCS #12 files by PBMAC1, RFC 9579, which libcrypto has from 3.4 on. */

/* Whether the MAC of @p12 is of that kind. */
gboolean signet_pkcs12_has_pbmac1 (PKCS12 *p12);
/**
 * signet_pkcs12_verify_pbmac1:
 * @password: (array length=size): UTF-8
 * @size: octets
 * @limit: of iterations
 * @error: %SIGNET_PKI_ERROR_WRONG_PASSWORD; %SIGNET_PKI_ERROR_TOO_LARGE for more iterations; %SIGNET_PKI_ERROR_UNSUPPORTED for
 *   what RFC 9579 §5, §7 and §9 rule out
 *
 * macSalt and iterations beside it are passed over (§4). RFC 9579 §6 makes a password of its BMPString and the examples of its
 * App. A of its octets: both are tried.
 */
gboolean signet_pkcs12_verify_pbmac1 (PKCS12 *p12, const char *password, gsize size, guint limit,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @p12 without its MAC, for readers that know none of this kind. (transfer full) (nullable) */
PKCS12 *signet_pkcs12_strip_mac (PKCS12 *p12) G_GNUC_WARN_UNUSED_RESULT;
/* @p12 with such a MAC: HMAC-SHA-256 as MAC and in PBKDF2, 32 octets of key, and the password's octets, as the examples have it and
 * programs read it. (transfer full), or %NULL with libcrypto's errors queued. */
PKCS12 *signet_pkcs12_add_pbmac1 (PKCS12 *p12, const char *password, gsize size, guint iterations) G_GNUC_WARN_UNUSED_RESULT;
