/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-credentials.h"
#include "cmp/cmp-operation.h"

/* certReqId of the answer to a PKCS #10, which has none itself: RFC 9483 §4.1.4. */
#define SIGNET_CMP_P10_REQUEST_ID (-1)

/**
 * signet_cmp_request_build:
 * @now: seconds since 1970, UTC, for what must not have expired
 * @error: %SIGNET_CMP_ERROR_CONTENT for what no authority can grant, %SIGNET_CMP_ERROR_CREDENTIALS where the kind of request
 *   asks for other credentials, %SIGNET_CMP_ERROR_UNSUPPORTED for a proof of possession that the key cannot give
 *
 * What stands in the body of the first message: CertReqMessages (RFC 4211 §3) whose items have the numbers 0, 1, … as
 * certReqId, CertificationRequest, RevReqContent or GenMsgContent.
 *
 * Returns: (transfer full): DER
 */
GBytes *signet_cmp_request_build (SignetCmpOperation *operation, SignetCmpAuthority *authority,
                                  SignetCmpCredentials *credentials, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
