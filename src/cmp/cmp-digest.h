/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-error.h"

/*
 * Hash functions by AlgorithmIdentifier, RFC 9481 §2: SHA-2, SHA-3, and SHAKE128 and SHAKE256 with 256 and 512 bits of output,
 * which libcrypto would cut to half of that. SHA-1 by an authority's setting only.
 */

#define SIGNET_CMP_DIGEST_MAX_SIZE 64           /* octets */

/**
 * SignetCmpDigest:
 * @name: libcrypto's name
 * @size: octets of output
 * @xof: an extendable-output function, of which @size octets are taken
 */
typedef struct {
  const char *name;
  gsize size;
  gboolean xof;
} SignetCmpDigest;

/* %SIGNET_CMP_ERROR_WEAK or UNSUPPORTED. */
gboolean signet_cmp_digest_read (const X509_ALGOR *algorithm, SignetCmpRelaxations relaxations, SignetCmpDigest *digest,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same by libcrypto's number. */
gboolean signet_cmp_digest_get (int nid, SignetCmpRelaxations relaxations, SignetCmpDigest *digest,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Hashes @count pieces one after the other into @output, which has room for @digest->size octets. %FALSE with @error. */
typedef struct {
  gconstpointer data;
  gsize size;
} SignetCmpPiece;
gboolean signet_cmp_digest_compute (const SignetCmpDigest *digest, const SignetCmpPiece *pieces, guint count, guint8 *output,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @rounds times in all: over @pieces first, then over what came out. At least 1. */
gboolean signet_cmp_digest_iterate (const SignetCmpDigest *digest, const SignetCmpPiece *pieces, guint count, guint rounds,
                                    guint8 *output, GError **error) G_GNUC_WARN_UNUSED_RESULT;
