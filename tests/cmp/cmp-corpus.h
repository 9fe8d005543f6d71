/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/conf.h>

#include "cmp/cmp-message-private.h"

/* One line of tests/data/corpus/MANIFEST.tsv, and the octets of its file. */
typedef struct {
  char *path;
  char *expectation;                     /* body type or "refused" */
  char *libcrypto;                       /* "ok" or "no" */
  char *protection;                      /* "none", "extra", "mac:SECRET" … */
  GBytes *octets;
} CorpusEntry;

/* (element-type CorpusEntry): every message, refused ones included. */
GPtrArray *corpus_load (void);
GBytes *corpus_load_file (const char *path);
/* The message of that path, parsed. */
SignetCmpMessage *corpus_load_message (const char *path);
SignetCertificate *corpus_load_certificate (const char *path);
EVP_PKEY *corpus_load_key (const char *path);

/* tests/data/asn1/types.cnf, and DER that OpenSSL's generator makes of it: @value as in ASN1_generate_v3(3). (transfer full) */
CONF *corpus_values_load (void);
GBytes *corpus_generate (CONF *conf, const char *value);

/* @hexadecimal as octets. */
GBytes *corpus_hex (const char *hexadecimal);
#define corpus_assert_hex(bytes, hexadecimal) \
  G_STMT_START { \
    g_autoptr (GBytes) expected_octets = corpus_hex (hexadecimal); \
    g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), \
                     g_bytes_get_data (expected_octets, NULL), g_bytes_get_size (expected_octets)); \
  } G_STMT_END
