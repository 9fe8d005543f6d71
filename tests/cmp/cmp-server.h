/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/cmp.h>

#include "cmp/cmp-peer.h"

/*
 * libcrypto's CMP server in memory, for the kinds of requests that the demo authority does not take. The rest of the world (CA,
 * credentials, our side) is a Peer's; what our side sends is decoded by libcrypto, and encoded to the same octets.
 */

typedef struct {
  Peer *peer;
  OSSL_CMP_SRV_CTX *context;
  int polls;                            /* how often a certificate is put off before it is issued */
  gboolean rename;                      /* issue for another name than was asked for */
  X509 *issued;                         /* (nullable): last issued */
  X509_NAME *revoked_issuer;            /* (nullable): last revoked */
  ASN1_INTEGER *revoked_serial;         /* (nullable) */
  guint revocations;
  guint confirmations;
  OSSL_CMP_MSG *request;                /* (nullable): that is being polled for */
} Server;

/* By the shared secret of @peer, or, with @sign, by the CA's certificate. */
void server_init (Server *self, Peer *peer, gboolean sign);
void server_clear (Server *self);
/* What it answers @octets: (transfer full) */
GBytes *server_answer (Server *self, GBytes *octets);
/* Goes on until nothing is to be sent any more; waits are skipped. Between any two steps the transaction is saved and restored. */
SignetCmpStep server_run (Server *self, SignetCmpOperation *operation);
