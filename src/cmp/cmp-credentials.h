/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"
#include "pki/pki-key.h"

/**
 * SignetCmpCredentials:
 *
 * With what the person proves who they are: a reference and a shared secret, or a key and its certificate.
 */
#define SIGNET_TYPE_CMP_CREDENTIALS (signet_cmp_credentials_get_type ())
G_DECLARE_FINAL_TYPE (SignetCmpCredentials, signet_cmp_credentials, SIGNET, CMP_CREDENTIALS, GObject)

SignetCmpCredentials *signet_cmp_credentials_new_mac (const char *reference, SignetSecret *secret);
/* @chain: (nullable): issuers of @certificate, for extraCerts. */
SignetCmpCredentials *signet_cmp_credentials_new_signature (SignetKey *key, SignetCertificate *certificate, GPtrArray *chain,
                                                            GError **error);
/* Nothing: for authorities that take messages without protection (the relaxation "unprotected-requests"). */
SignetCmpCredentials *signet_cmp_credentials_new_none (void);
gboolean signet_cmp_credentials_is_none (SignetCmpCredentials *self);
gboolean signet_cmp_credentials_is_mac (SignetCmpCredentials *self);
const char *signet_cmp_credentials_get_reference (SignetCmpCredentials *self);
SignetSecret *signet_cmp_credentials_get_secret (SignetCmpCredentials *self);
SignetKey *signet_cmp_credentials_get_key (SignetCmpCredentials *self);
SignetCertificate *signet_cmp_credentials_get_certificate (SignetCmpCredentials *self);
GPtrArray *signet_cmp_credentials_get_chain (SignetCmpCredentials *self);
