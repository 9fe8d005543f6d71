/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-operation.h"

/* CertReqMessages with the one CertReqMsg of @operation, its possession proved by a signature of its key over DER certReq:
 * RFC 9483 §4.1.1, RFC 4211 §4.1. (transfer full) */
GBytes *signet_cmp_request_build (SignetCmpOperation *operation, GError **error) G_GNUC_WARN_UNUSED_RESULT;
