/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-error.h"
#include "pki/pki-openssl.h"
#include "pki/pki-secret.h"

/**
 * SignetKey:
 *
 * A private key behind a handle, wherever it lives: software now, a token or a TPM through the same type later.
 * Immutable after construction and usable from any thread.
 */
#define SIGNET_TYPE_KEY (signet_key_get_type ())
G_DECLARE_FINAL_TYPE (SignetKey, signet_key, SIGNET, KEY, GObject)

/* Called now and then while a key is made, from the thread that makes it. */
typedef void (*SignetKeyProgress) (gpointer user_data);

/* Specs: "rsa:2048", "rsa:3072", "rsa:4096", the same with "rsa-pss:", "ec:P-256", "ec:P-384", "ec:P-521", "ed25519", "ed448";
 * for key agreement alone "x25519", "x448", "dh:ffdhe2048" to "dh:ffdhe4096"; and where libcrypto has them "ml-dsa-44" (65, 87),
 * "slh-dsa-sha2-128s" (128f … 256f, and shake) and, to encapsulate, "ml-kem-512" (768, 1024). */
gboolean signet_key_spec_check (const char *spec, GError **error);
/* The specs that this libcrypto can make, best default first: (transfer full) (array zero-terminated=1). */
char **signet_key_spec_list (void);
/* "RSA 3072", "P-256", "Ed25519": (transfer full), for people. */
char *signet_key_spec_describe (const char *spec);

SignetKey *signet_key_generate (const char *spec, SignetKeyProgress progress, gpointer user_data,
                                GCancellable *cancellable, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetKey *signet_key_new_for_pkey (EVP_PKEY *pkey);
/* PKCS #8 (RFC 5958), unencrypted DER: what the store seals. */
SignetKey *signet_key_new_from_pkcs8 (SignetSecret *der, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetSecret *signet_key_to_pkcs8 (SignetKey *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

EVP_PKEY *signet_key_get_pkey (SignetKey *self);                     /* (transfer none) */
const char *signet_key_get_spec (SignetKey *self);                   /* as above; never %NULL, "unknown" for exotic keys */
/* SHA-256 of the DER SubjectPublicKeyInfo in lower-case hexadecimal: what names a key in the store. */
const char *signet_key_get_id (SignetKey *self);
GBytes *signet_key_get_public (SignetKey *self);                     /* (transfer none), DER SubjectPublicKeyInfo */
/* What the algorithm of the key can do, whatever a certificate allows. */
gboolean signet_key_can_sign (SignetKey *self);
gboolean signet_key_can_encipher (SignetKey *self);                  /* key transport */
gboolean signet_key_can_agree (SignetKey *self);                     /* key agreement */
gboolean signet_key_can_encapsulate (SignetKey *self);               /* KEM */
