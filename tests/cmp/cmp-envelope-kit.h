/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/cms.h>

#include "cmp/cmp-envelope.h"

/*
 * Recipients and signers of the tests, and what libcrypto's CMS makes for and reads from them: another implementation than ours.
 */

typedef struct {
  SignetKey *key;
  SignetCertificate *certificate;
} Party;

typedef struct {
  const char *key_usage;                 /* (nullable): as libcrypto's configuration has it */
  const char *extended_key_usage;        /* (nullable) */
  gboolean ca;
  gboolean no_key_identifier;
} PartyUsage;

/* A key pair of that spec with a certificate signed by @issuer, or by itself. Keys of one spec and name are made once. */
Party *party_new (const char *spec, const char *name, const Party *issuer, PartyUsage usage);
/* A certificate for @key. */
Party *party_new_for_key (SignetKey *key, const char *name, const Party *issuer, PartyUsage usage);
void party_free (Party *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Party, party_free)
SignetCmpRecipient party_recipient (const Party *self);

#define KIT_TEXT "what only the recipient may read"
SignetSecret *kit_secret (const char *text);
void kit_assert_secret (SignetSecret *secret, const char *text);

/* What is inside a ContentInfo, and a ContentInfo of that type around @content. (transfer full) */
GBytes *kit_unwrap (CMS_ContentInfo *cms);
CMS_ContentInfo *kit_wrap (GBytes *content, int nid);

/* Called with the key context of the recipient, to set padding and derivation. */
typedef void (*KitTune) (EVP_PKEY_CTX *context, gconstpointer data);
/* EnvelopedData of @text, made by libcrypto. */
GBytes *kit_encrypt (const char *text, const Party *recipient, const EVP_CIPHER *cipher, guint flags, KitTune tune, gconstpointer data);
/* The same of any octets and content type, dotted. */
GBytes *kit_encrypt_octets (SignetSecret *content, const char *content_type, const Party *recipient, const EVP_CIPHER *cipher, guint flags,
                            KitTune tune, gconstpointer data);
/* SignedData of @content by @signer, made by libcrypto. */
GBytes *kit_sign (SignetSecret *content, const char *content_type, const Party *signer, const EVP_MD *digest, guint flags);
/* DER AsymmetricKeyPackage of @key, put together by hand. @version: 0 or 1, the latter with publicKey; @count: so many times */
SignetSecret *kit_key_package (SignetKey *key, guint version, guint count);
/* What libcrypto reads in our EnvelopedData. */
SignetSecret *kit_decrypt (GBytes *enveloped, const Party *recipient, const char *password);
