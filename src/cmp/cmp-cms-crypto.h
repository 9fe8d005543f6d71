/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-error.h"
#include "pki/pki-secret.h"

/* Ciphers, key wraps and key derivations that CMS names by AlgorithmIdentifier: RFC 9481 §4 and §5. */

/**
 * SignetCmsCipher:
 * @name: libcrypto's name
 * @key_size: octets
 * @iv: borrowed from the AlgorithmIdentifier
 */
typedef struct {
  const char *name;
  gsize key_size;
  const guint8 *iv;
} SignetCmsCipher;

#define SIGNET_CMS_SALT_MAX 1024
#define SIGNET_CMS_KEY_MAX 64

/* AES-CBC; with @old also what EncryptedValue was used with, 3-DES. %SIGNET_CMP_ERROR_UNSUPPORTED or WEAK. */
gboolean signet_cms_cipher_read (const X509_ALGOR *algorithm, gboolean old, SignetCmsCipher *cipher, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* %NULL, without saying why, where the padding is wrong. */
SignetSecret *signet_cms_cipher_decrypt (const SignetCmsCipher *cipher, SignetSecret *key, const guint8 *octets, gsize size);
/* (transfer full) */
ASN1_OCTET_STRING *signet_cms_cipher_encrypt (const SignetCmsCipher *cipher, SignetSecret *key, SignetSecret *content, GError **error);

/* The size of the key of an AES key wrap; %FALSE with %SIGNET_CMP_ERROR_UNSUPPORTED for another algorithm. */
gboolean signet_cms_wrap_read (const X509_ALGOR *algorithm, gsize *key_size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* RFC 3394, by the size of @kek. %NULL, without saying why, where it does not fit. */
SignetSecret *signet_cms_unwrap (SignetSecret *kek, const ASN1_OCTET_STRING *wrapped);
ASN1_OCTET_STRING *signet_cms_wrap (SignetSecret *kek, SignetSecret *key, GError **error);

typedef enum {
  SIGNET_CMS_KDF_X963,            /* ANSI X9.63, RFC 5753 §7.2 */
  SIGNET_CMS_KDF_HKDF,            /* RFC 8418 §2.2 */
} SignetCmsKdf;

/* @salt: (nullable): for HKDF only. @info: (nullable) */
SignetSecret *signet_cms_derive (SignetCmsKdf kdf, const char *digest, SignetSecret *secret, const ASN1_OCTET_STRING *salt, GBytes *info,
                                 gsize size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* PBKDF2 with the parameters of RFC 8018 App. A.2 and a key of @size octets; @salt: (out) (optional): the
 * salt (transfer full). %SIGNET_CMP_ERROR_LIMIT over @iteration_limit. */
SignetSecret *signet_cms_derive_pbkdf2 (const X509_ALGOR *algorithm, SignetSecret *secret, gsize size, guint iteration_limit,
                                        SignetCmpRelaxations relaxations, GBytes **salt, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Dotted. (transfer full) */
char *signet_cms_oid (const ASN1_OBJECT *object);
gboolean signet_cms_is (const ASN1_OBJECT *object, const char *oid);
gboolean signet_cms_version_is (const ASN1_INTEGER *version, gint64 expected);
/* Sets @error and returns %FALSE; empties libcrypto's queue. */
gboolean signet_cms_refuse (GError **error, SignetCmpError code, const char *format, ...) G_GNUC_PRINTF (3, 4);
