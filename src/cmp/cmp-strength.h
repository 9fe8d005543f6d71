/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-credentials.h"
#include "cmp/cmp-operation.h"

/* Bits of security, RFC 9481 §7 tables 1 and 2: what protects a certificate's request should be as strong as its key. */

guint signet_cmp_strength_of_key (EVP_PKEY *key);
/* Of a key that the authority shall make, DER SubjectPublicKeyInfo of which only the algorithm is looked at. 0: not known. */
guint signet_cmp_strength_of_public_key_info (GBytes *public_key);
/* A guess from length and kinds of characters, which a word that people choose does not reach. */
guint signet_cmp_strength_of_secret (SignetSecret *secret);
/* Of the MAC by its hash functions; %G_MAXUINT for a signature, which is as strong as its key. */
guint signet_cmp_strength_of_algorithm (const X509_ALGOR *protection);

/**
 * signet_cmp_strength_advise:
 * @protection: DER AlgorithmIdentifier
 *
 * Compares each key that @operation asks a certificate for with what protects the request.
 *
 * Returns: (transfer full) (nullable): what is weaker than a key, in words; %NULL where nothing is
 */
char *signet_cmp_strength_advise (SignetCmpOperation *operation, SignetCmpCredentials *credentials, GBytes *protection);
/* RFC 9483 §4.1.6.3: the secret under which a private key comes is no weaker than that key. %SIGNET_CMP_ERROR_WEAK */
gboolean signet_cmp_strength_check_central (SignetCmpItem *item, SignetCmpAuthority *authority, SignetCmpCredentials *credentials,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
