/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <openssl/cmp.h>

/* libcrypto's CMP server, as several tests put one up: by octets, each call-back that a test does not bring doing nothing. */

typedef struct {
  OSSL_CMP_SRV_cert_request_cb_t request;
  OSSL_CMP_SRV_rr_cb_t revocation;             /* (nullable): the request is refused */
  OSSL_CMP_SRV_genm_cb_t general;              /* (nullable): the same */
  OSSL_CMP_SRV_error_cb_t error;               /* (nullable): passed over */
  OSSL_CMP_SRV_certConf_cb_t confirmation;     /* (nullable): taken unseen */
  OSSL_CMP_SRV_pollReq_cb_t poll;              /* (nullable): refused */
} LibcryptoServer;

/* @custom: OSSL_CMP_SRV_CTX_get0_custom_ctx () in the call-backs. (transfer full) */
OSSL_CMP_SRV_CTX *libcrypto_server_new (const LibcryptoServer *callbacks, gpointer custom);
/* The MAC of messages of either side's context: PasswordBasedMac by HMAC-SHA-256, since libcrypto's own choice, HMAC-SHA1, is
 * taken by nobody. */
void libcrypto_server_set_secret (OSSL_CMP_CTX *context, const char *reference, const char *secret);
/* (nullable): libcrypto has no answer */
GBytes *libcrypto_server_answer (OSSL_CMP_SRV_CTX *self, GBytes *request);
