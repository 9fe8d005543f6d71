/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-kem.h"

/* What KEM-based protection has between messages, RFC 9810 §5.1.3.4: KemCiphertextInfo, and the secrets to be kept. */

/**
 * SignetCmpKemSecret:
 * @secret: (nullable): what the KEM transported
 * @transaction_id: (nullable): of the message that carried the ciphertext
 */
typedef struct {
  SignetSecret *secret;
  GBytes *transaction_id;
} SignetCmpKemSecret;

void signet_cmp_kem_secret_clear (SignetCmpKemSecret *self);

/* DER KemCiphertextInfo with a new secret for @key. RSA-KEM's is @secret_size octets long. (transfer full) */
GBytes *signet_cmp_kem_make_info (EVP_PKEY *key, gsize secret_size, SignetSecret **secret, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The secret in DER KemCiphertextInfo. (transfer full) */
SignetSecret *signet_cmp_kem_open_info (SignetKey *key, GBytes *info, gsize secret_size, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Both in one, for sealing: (transfer full) (nullable), %NULL where neither is there. */
SignetSecret *signet_cmp_kem_secrets_save (const SignetCmpKemSecret *own, const SignetCmpKemSecret *peer);
gboolean signet_cmp_kem_secrets_restore (SignetSecret *saved, SignetCmpKemSecret *own, SignetCmpKemSecret *peer,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
