/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-message.h"
#include "pki/pki-key.h"

/**
 * SignetCmpOperation:
 *
 * What is asked for, independent of to whom and with what proof: now ir and cr (RFC 9483 §4.1.1, §4.1.2).
 */
#define SIGNET_TYPE_CMP_OPERATION (signet_cmp_operation_get_type ())
G_DECLARE_FINAL_TYPE (SignetCmpOperation, signet_cmp_operation, SIGNET, CMP_OPERATION, GObject)

/* @type: %SIGNET_CMP_BODY_IR or %SIGNET_CMP_BODY_CR; @key: the new certificate's; @subject: may be the NULL-DN, then with
 * alternative names. */
SignetCmpOperation *signet_cmp_operation_new (SignetCmpBodyType type, SignetKey *key, const X509_NAME *subject);
void signet_cmp_operation_add_alt_name (SignetCmpOperation *self, const GENERAL_NAME *name);
/* Short names or OIDs: "emailProtection", "clientAuth"; key usage as in "digitalSignature". */
gboolean signet_cmp_operation_add_extended_key_usage (SignetCmpOperation *self, const char *usage, GError **error);
gboolean signet_cmp_operation_add_key_usage (SignetCmpOperation *self, const char *usage, GError **error);

SignetCmpBodyType signet_cmp_operation_get_body_type (SignetCmpOperation *self);
SignetKey *signet_cmp_operation_get_key (SignetCmpOperation *self);
const X509_NAME *signet_cmp_operation_get_subject (SignetCmpOperation *self);
const GENERAL_NAMES *signet_cmp_operation_get_alt_names (SignetCmpOperation *self);  /* (nullable) */
const STACK_OF (X509_EXTENSION) *signet_cmp_operation_get_extensions (SignetCmpOperation *self);     /* SAN included */
