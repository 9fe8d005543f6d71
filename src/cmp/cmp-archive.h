/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-envelope.h"

/*
 * A private key given away: to have it archived (pkiArchiveOptions, RFC 4211 §6.4), and to prove by that that it is there (encryptedKey
 * of POPOPrivKey, §4.2). Never but where the person said so: RFC 9810 §5.2.8.3.1, §8.3.
 */

/**
 * SignetCmpArchival:
 * @key: the private key
 * @consent: the person said expressly that the authority shall have a copy
 * @name: (nullable): who it belongs to, as the certificate's subject
 * @token: (nullable): or a text known to both sides
 * @certificate: (nullable): of whoever keeps the copy: caProtEncCert, mostly
 * @secret: (nullable): or the secret shared with them
 * @authority: for key derivation
 * @rsa: how to encrypt for an RSA key
 */
typedef struct {
  SignetKey *key;
  gboolean consent;
  const X509_NAME *name;
  const char *token;
  SignetCertificate *certificate;
  SignetSecret *secret;
  SignetCmpAuthority *authority;
  SignetCmpRsaTransport rsa;
} SignetCmpArchival;

/* Whether the key may go: %FALSE with %SIGNET_CMP_ERROR_CREDENTIALS without consent, and for a key that makes signatures only. */
gboolean signet_cmp_archival_check (const SignetCmpArchival *archival, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* DER EnvelopedData whose content is EncKeyWithID; @identified: the identifier must be there, RFC 4211 §4.2.1. (transfer full) */
GBytes *signet_cmp_archival_seal (const SignetCmpArchival *archival, gboolean identified, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* DER POPOPrivKey with encryptedKey [4], for pvno 3. (transfer full) */
GBytes *signet_cmp_archival_make_pop (const SignetCmpArchival *archival, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* DER PKIArchiveOptions with encryptedPrivKey [0]; with keyGenParameters [1], whose octets are what the key can be made from again; and
 * with archiveRemGenPrivKey [2]. (transfer full) */
GBytes *signet_cmp_archive_options_new_key (const SignetCmpArchival *archival, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_cmp_archive_options_new_parameters (GBytes *parameters);
GBytes *signet_cmp_archive_options_new_remote (gboolean archive);
