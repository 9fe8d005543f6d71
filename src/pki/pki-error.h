/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * SignetPkiError:
 * @SIGNET_PKI_ERROR_FAILED: libcrypto refused for a reason of its own
 * @SIGNET_PKI_ERROR_UNSUPPORTED: an algorithm or format this build or libcrypto does not know
 * @SIGNET_PKI_ERROR_MALFORMED: octets or text that are not what they should be
 * @SIGNET_PKI_ERROR_WRONG_PASSWORD: a password is needed, or the one given does not open the file
 * @SIGNET_PKI_ERROR_NO_MAC: a PKCS #12 file without integrity protection
 * @SIGNET_PKI_ERROR_MISMATCH: key and certificate do not belong together
 * @SIGNET_PKI_ERROR_UNTRUSTED: no path to a trust anchor, or one that does not hold
 * @SIGNET_PKI_ERROR_TOO_LARGE: input over the limit
 */
typedef enum {
  SIGNET_PKI_ERROR_FAILED,
  SIGNET_PKI_ERROR_UNSUPPORTED,
  SIGNET_PKI_ERROR_MALFORMED,
  SIGNET_PKI_ERROR_WRONG_PASSWORD,
  SIGNET_PKI_ERROR_NO_MAC,
  SIGNET_PKI_ERROR_MISMATCH,
  SIGNET_PKI_ERROR_UNTRUSTED,
  SIGNET_PKI_ERROR_TOO_LARGE,
} SignetPkiError;

#define SIGNET_PKI_ERROR (signet_pki_error_quark ())
GQuark signet_pki_error_quark (void);
