/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-asn1.h"

/* generalInfo of a PKIHeader, RFC 9810 §5.1.1.1 to §5.1.1.4. Unknown types are passed over (R031). */
/* Its value is NULL (RFC 9810 §5.1.1.1) or, as some leave it out, absent; what else is called implicitConfirm is not. */
gboolean signet_cmp_info_has_implicit_confirm (const STACK_OF (SignetTypeAndValue) *info);
gboolean signet_cmp_info_get_confirm_wait_time (const STACK_OF (SignetTypeAndValue) *info, gint64 *seconds);
/* The first name of certProfile, cleaned: (transfer full) (nullable) */
char *signet_cmp_info_get_cert_profile (const STACK_OF (SignetTypeAndValue) *info);

void signet_cmp_info_add_implicit_confirm (STACK_OF (SignetTypeAndValue) **info);
void signet_cmp_info_add_confirm_wait_time (STACK_OF (SignetTypeAndValue) **info, gint64 seconds);
void signet_cmp_info_add_cert_profile (STACK_OF (SignetTypeAndValue) **info, const char *profile);

/* Any other: @oid in dotted form; @value: (nullable), exactly one value in DER. %FALSE for what is none. */
gboolean signet_cmp_info_add (STACK_OF (SignetTypeAndValue) **info, const char *oid, GBytes *value) G_GNUC_WARN_UNUSED_RESULT;
/* The value of the first of that type: (transfer none) (nullable): absent, or without a value. */
const ASN1_TYPE *signet_cmp_info_get (const STACK_OF (SignetTypeAndValue) *info, const char *oid);

/* "implicitConfirm", "confirmWaitTime", …: names of id-it; %NULL for others. */
const char *signet_cmp_info_type_name (const ASN1_OBJECT *type);

/* Seconds since 1970, UTC, of a valid time; %FALSE otherwise. */
gboolean signet_asn1_time_to_seconds (const ASN1_TIME *time, gint64 *seconds);
