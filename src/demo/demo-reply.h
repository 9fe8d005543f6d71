/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/cmp.h>

#include "cmp/cmp-message.h"
#include "demo/demo-ca.h"
#include "pki/pki-secret.h"

/* Answers that libcrypto's server has no public way to give. Each is protected with @secret under @reference where there
 * is one, else signed by the CA. */

/* An error message (RFC 9810 §5.3.21) with @status to @request. (transfer full) */
GBytes *signet_demo_reply_error (SignetDemoCa *ca, const char *reference, GBytes *secret, SignetCmpMessage *request,
                                 const OSSL_CMP_PKISI *status, GError **error);
/* @answer with confirmWaitTime (RFC 9810 §5.1.1.2), @seconds since 1970, and protected anew. (transfer full) */
GBytes *signet_demo_reply_add_confirm_wait_time (SignetDemoCa *ca, const char *reference, GBytes *secret, GBytes *answer,
                                                 gint64 seconds, GError **error);
/* A genp (RFC 9810 §5.3.20) with @content, DER GenRepContent, to @request. (transfer full) */
GBytes *signet_demo_reply_general (SignetDemoCa *ca, const char *reference, GBytes *secret, SignetCmpMessage *request, GBytes *content,
                                   GError **error);
