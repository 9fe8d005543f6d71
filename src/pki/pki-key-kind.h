/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-openssl.h"

/* The kinds of key by name, for pki-key.c: what "ec:P-256" means to libcrypto, and back. */

/**
 * SignetKeyKind:
 * @spec: "rsa:3072"
 * @algorithm: libcrypto's name of the key type
 * @group: (nullable): curve or group
 * @bits: of an RSA modulus; 0 for other kinds
 * @words: its name for people
 */
typedef struct {
  const char *spec;
  const char *algorithm;
  const char *group;
  guint bits;
  const char *words;
} SignetKeyKind;

/* %NULL with %SIGNET_PKI_ERROR_UNSUPPORTED for a kind that does not exist, or that this libcrypto cannot make. */
const SignetKeyKind *signet_key_kind_find (const char *spec, GError **error);
/* The spec of a key, also of one that cannot be made here ("ec:brainpoolP256r1", "rsa:1024"): (transfer full) */
char *signet_key_kind_spec_of (EVP_PKEY *pkey);
/* "ML-KEM-768" where @oid names a key of RFC 9881, 9909 or 9935, known to libcrypto or not; otherwise %NULL. */
const char *signet_key_kind_name_of_post_quantum (const ASN1_OBJECT *oid);
