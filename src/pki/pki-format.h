/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"
#include "pki/pki-key.h"

/* What a file held. Any member may be %NULL or empty. */
typedef struct {
  SignetKey *key;
  SignetCertificate *certificate;     /* that belongs to @key, or the first of the file */
  GPtrArray *chain;                   /* (element-type SignetCertificate): the others */
} SignetIdentity;
void signet_identity_free (SignetIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetIdentity, signet_identity_free)

/* PEM (any number of certificates, one private key, encrypted or not), DER certificate, PKCS #8 or PKCS #12; at most
 * 1 MiB. @password may be %NULL. Tells a wrong password from a missing MAC and from an unsupported cipher. */
SignetIdentity *signet_identity_parse (GBytes *data, SignetSecret *password, GError **error) G_GNUC_WARN_UNUSED_RESULT;

char *signet_certificates_to_pem (GPtrArray *certificates);          /* (transfer full) */
/* PKCS #12 with AES-256-CBC, PBKDF2 and HMAC-SHA-256, friendlyName @name; opened again and compared before it is returned. */
GBytes *signet_identity_to_pkcs12 (SignetKey *key, SignetCertificate *certificate, GPtrArray *chain, const char *name,
                                   SignetSecret *password, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same with PBMAC1 for its integrity (RFC 9579), which programs of before 2024 do not read. */
GBytes *signet_identity_to_pkcs12_pbmac1 (SignetKey *key, SignetCertificate *certificate, GPtrArray *chain, const char *name,
                                          SignetSecret *password, GError **error) G_GNUC_WARN_UNUSED_RESULT;
