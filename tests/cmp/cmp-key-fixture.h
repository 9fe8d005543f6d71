/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/err.h>

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-asn1-cms.h"
#include "cmp/cmp-key-package.h"

/* An authority that makes keys (RFC 9483 §4.1.6), its key generation authority, and what it made. */

#define KEY_FIXTURE_PACKAGE "2.16.840.1.101.2.1.2.78.5"     /* id-ct-KP-aKeyPackage */

typedef struct {
  Party *root;
  Party *kga;
  Party *recipient;
  SignetKey *key;                        /* what the authority makes */
  Party *made;                           /* and its certificate */
  SignetCmpAuthority *authority;
  SignetCmpKeySource source;
} KeyFixture;

void key_fixture_set_up (KeyFixture *self, gconstpointer data);
void key_fixture_tear_down (KeyFixture *self, gconstpointer data);
SignetSecret *key_fixture_secret (GBytes *octets);
/* SignedData of the key, made by libcrypto. */
SignetSecret *key_fixture_sign (KeyFixture *self, const Party *signer, const EVP_MD *digest, guint flags);
/* Ours takes the key out of @signed_data. @remark: (nullable): what the first remark holds; none at all for %NULL */
void key_fixture_opens (KeyFixture *self, SignetSecret *signed_data, const char *remark);
void key_fixture_refuses (KeyFixture *self, SignetSecret *signed_data, int code, const char *words);

typedef void (*KeyFixtureEdit) (SignetSignedData *signed_data);
SignetSignerInfo *key_fixture_signer (SignetSignedData *signed_data);
SignetSecret *key_fixture_edit (SignetSecret *content, KeyFixtureEdit edit);
/* With another last octet of what is signed. */
SignetSecret *key_fixture_spoil (SignetSecret *content);
