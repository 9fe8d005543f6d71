/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * SignetCmpError:
 * @SIGNET_CMP_ERROR_FAILED: libcrypto refused for a reason of its own
 * @SIGNET_CMP_ERROR_MALFORMED: not DER of the type expected (badDataFormat)
 * @SIGNET_CMP_ERROR_VERSION: pvno that is not spoken (unsupportedVersion)
 * @SIGNET_CMP_ERROR_UNSUPPORTED: an algorithm or body that is not known (badAlg)
 * @SIGNET_CMP_ERROR_LIMIT: a number or size over the bounds, such as an iteration count
 * @SIGNET_CMP_ERROR_WRONG_BODY: a body that this state of the transaction does not allow (badRequest)
 * @SIGNET_CMP_ERROR_TRANSACTION_ID: another transaction's message
 * @SIGNET_CMP_ERROR_NONCE: senderNonce or recipNonce missing, short or wrong
 * @SIGNET_CMP_ERROR_UNPROTECTED: protection is missing where it is demanded
 * @SIGNET_CMP_ERROR_UNAUTHENTICATED_ERROR: an error message without protection: quoted, never believed
 * @SIGNET_CMP_ERROR_WRONG_PROTECTION: another kind of protection than was agreed (wrongIntegrity)
 * @SIGNET_CMP_ERROR_BAD_PROTECTION: MAC or signature does not verify (badMessageCheck)
 * @SIGNET_CMP_ERROR_UNTRUSTED: signer without a path to an anchor, or without the right to speak (signerNotTrusted)
 * @SIGNET_CMP_ERROR_WEAK: an algorithm that settings do not allow
 * @SIGNET_CMP_ERROR_CONTENT: verified, but contradicts the protocol or the request
 * @SIGNET_CMP_ERROR_CERTIFICATE: the certificate received is not acceptable
 * @SIGNET_CMP_ERROR_REJECTED: the authority said no
 * @SIGNET_CMP_ERROR_CREDENTIALS: key or secret is missing or does not fit
 * @SIGNET_CMP_ERROR_STATE: the call does not fit the state of the transaction
 * @SIGNET_CMP_ERROR_SAVED: a saved transaction that cannot be restored
 * @SIGNET_CMP_ERROR_TIME: too late: a deadline has passed
 */
typedef enum {
  SIGNET_CMP_ERROR_FAILED,
  SIGNET_CMP_ERROR_MALFORMED,
  SIGNET_CMP_ERROR_VERSION,
  SIGNET_CMP_ERROR_UNSUPPORTED,
  SIGNET_CMP_ERROR_LIMIT,
  SIGNET_CMP_ERROR_WRONG_BODY,
  SIGNET_CMP_ERROR_TRANSACTION_ID,
  SIGNET_CMP_ERROR_NONCE,
  SIGNET_CMP_ERROR_UNPROTECTED,
  SIGNET_CMP_ERROR_UNAUTHENTICATED_ERROR,
  SIGNET_CMP_ERROR_WRONG_PROTECTION,
  SIGNET_CMP_ERROR_BAD_PROTECTION,
  SIGNET_CMP_ERROR_UNTRUSTED,
  SIGNET_CMP_ERROR_WEAK,
  SIGNET_CMP_ERROR_CONTENT,
  SIGNET_CMP_ERROR_CERTIFICATE,
  SIGNET_CMP_ERROR_REJECTED,
  SIGNET_CMP_ERROR_CREDENTIALS,
  SIGNET_CMP_ERROR_STATE,
  SIGNET_CMP_ERROR_SAVED,
  SIGNET_CMP_ERROR_TIME,
} SignetCmpError;

#define SIGNET_CMP_ERROR (signet_cmp_error_quark ())
GQuark signet_cmp_error_quark (void);
