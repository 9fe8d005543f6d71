/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"

/* Where a certificate says that those of its issuer lie, and what is found there: RFC 5280 §4.2.2.1. */

/* At most this many octets are read, and this many certificates of one collection. */
#define SIGNET_ISSUERS_MAX_SIZE (1024 * 1024)
#define SIGNET_ISSUERS_MAX_COUNT 64

/* Addresses of caIssuers in authorityInfoAccess that are http or https, in their order, at most eight: (transfer full), ended by
 * %NULL. They are the certificate's word, worth no more than the certificate. */
char **signet_certificate_get_ca_issuers (SignetCertificate *self);
/* One certificate in DER, a "certs-only" CMS message in BER or DER (RFC 5652 §5, RFC 8551 §3.8), or PEM of these. (transfer full)
 * (element-type SignetCertificate): at least one, trusted by nothing; %NULL with %SIGNET_PKI_ERROR_MALFORMED or
 * %SIGNET_PKI_ERROR_TOO_LARGE. */
GPtrArray *signet_issuers_read (GBytes *octets, GError **error) G_GNUC_WARN_UNUSED_RESULT;
