/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"
#include "pki/pki-key.h"

/**
 * SignetCmpCredentials:
 *
 * With what the person proves who they are: a reference and a shared secret, or a key and its certificate. The key signs, or, to
 * be the base of a MAC, decapsulates (RFC 9810 §5.1.3.4) or agrees with the authority's (RFC 9810 §5.1.3.2).
 */
typedef enum {
  SIGNET_CMP_CREDENTIALS_SECRET,
  SIGNET_CMP_CREDENTIALS_SIGNATURE,
  SIGNET_CMP_CREDENTIALS_KEM,
  SIGNET_CMP_CREDENTIALS_DH,
  SIGNET_CMP_CREDENTIALS_NONE,
} SignetCmpCredentialsKind;

#define SIGNET_TYPE_CMP_CREDENTIALS (signet_cmp_credentials_get_type ())
G_DECLARE_FINAL_TYPE (SignetCmpCredentials, signet_cmp_credentials, SIGNET, CMP_CREDENTIALS, GObject)

SignetCmpCredentials *signet_cmp_credentials_new_mac (const char *reference, SignetSecret *secret);
/* @chain: (nullable): issuers of @certificate, for extraCerts. */
SignetCmpCredentials *signet_cmp_credentials_new_signature (SignetKey *key, SignetCertificate *certificate, GPtrArray *chain,
                                                            GError **error);
/* Nothing: for authorities that take messages without protection (the relaxation "unprotected-requests"). */
SignetCmpCredentials *signet_cmp_credentials_new_none (void);
/* senderKID of messages under the MAC, instead of the reference's octets: for authorities whose users have a number beside a name. */
void signet_cmp_credentials_set_sender_kid (SignetCmpCredentials *self, GBytes *kid);
/* What the reference, or that, is as octets: (transfer full) (nullable): not under a MAC, or without one. */
GBytes *signet_cmp_credentials_get_sender_kid (SignetCmpCredentials *self);
gboolean signet_cmp_credentials_is_none (SignetCmpCredentials *self);
/* A key that decapsulates, whose certificate allows that (keyEncipherment). */
SignetCmpCredentials *signet_cmp_credentials_new_kem (SignetKey *key, SignetCertificate *certificate, GPtrArray *chain,
                                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A key for key agreement. @peer: the authority's certificate, trusted by whoever calls, of the same kind and group. */
SignetCmpCredentials *signet_cmp_credentials_new_dh (SignetKey *key, SignetCertificate *certificate, GPtrArray *chain,
                                                     SignetCertificate *peer, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetCmpCredentialsKind signet_cmp_credentials_get_kind (SignetCmpCredentials *self);
SignetCertificate *signet_cmp_credentials_get_peer (SignetCmpCredentials *self);              /* (nullable) */
/* Whether it is a shared secret. */
gboolean signet_cmp_credentials_is_mac (SignetCmpCredentials *self);
/* Who this is, as a name: the subject of the certificate, or the reference as commonName (RFC 9483 §4.1.5); the NULL-DN where that is
 * too long to be one. For the header's sender, and for a request whose name nobody has chosen (§4.1). (transfer full) */
X509_NAME *signet_cmp_credentials_make_name (SignetCmpCredentials *self);
const char *signet_cmp_credentials_get_reference (SignetCmpCredentials *self);
SignetSecret *signet_cmp_credentials_get_secret (SignetCmpCredentials *self);
SignetKey *signet_cmp_credentials_get_key (SignetCmpCredentials *self);
SignetCertificate *signet_cmp_credentials_get_certificate (SignetCmpCredentials *self);
GPtrArray *signet_cmp_credentials_get_chain (SignetCmpCredentials *self);
