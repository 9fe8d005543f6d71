/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What cmp-mac.c and cmp-mac-algorithm.c share, and what known-answer tests ask for. */

#include "cmp/cmp-digest.h"
#include "cmp/cmp-mac.h"

#define SIGNET_OID_PASSWORD_BASED_MAC "1.2.840.113533.7.66.13"
#define SIGNET_OID_KEM_BASED_MAC "1.2.840.113533.7.66.16"
#define SIGNET_OID_DH_BASED_MAC "1.2.840.113533.7.66.30"

#define SIGNET_CMP_PBM_MIN_ITERATIONS 100           /* RFC 9045 §4.3 */
#define SIGNET_CMP_PBMAC1_MIN_ITERATIONS 1000       /* RFC 8018 §4.2 */

/* @base_key, as the owf made it, cut or expanded to @size octets: RFC 9810 §5.1.3.1. */
SignetSecret *signet_cmp_mac_expand_key (SignetSecret *base_key, const SignetCmpDigest *owf, gsize size,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* DER KemOtherInfo, the context of the key derivation: RFC 9810 §5.1.3.4. @kem_context: (nullable) */
GBytes *signet_cmp_mac_kem_other_info (GBytes *transaction_id, const ASN1_OCTET_STRING *kem_context);
