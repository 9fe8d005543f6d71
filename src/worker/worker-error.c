/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-error.h"
#include "pki/pki-error.h"
#include "store/store.h"
#include "transfer/transfer.h"
#include "worker/worker-error.h"

G_DEFINE_QUARK (signet-worker-error-quark, signet_worker_error)


static const char *const cmp_codes[] = {
  [SIGNET_CMP_ERROR_FAILED] = "cmp.failed",
  [SIGNET_CMP_ERROR_MALFORMED] = "cmp.malformed",
  [SIGNET_CMP_ERROR_VERSION] = "cmp.version",
  [SIGNET_CMP_ERROR_UNSUPPORTED] = "cmp.unsupported",
  [SIGNET_CMP_ERROR_LIMIT] = "cmp.limit",
  [SIGNET_CMP_ERROR_WRONG_BODY] = "cmp.wrong-body",
  [SIGNET_CMP_ERROR_TRANSACTION_ID] = "cmp.transaction-id",
  [SIGNET_CMP_ERROR_NONCE] = "cmp.nonce",
  [SIGNET_CMP_ERROR_UNPROTECTED] = "cmp.unprotected",
  [SIGNET_CMP_ERROR_UNAUTHENTICATED_ERROR] = "cmp.unauthenticated-error",
  [SIGNET_CMP_ERROR_WRONG_PROTECTION] = "cmp.wrong-protection",
  [SIGNET_CMP_ERROR_BAD_PROTECTION] = "cmp.bad-protection",
  [SIGNET_CMP_ERROR_UNTRUSTED] = "cmp.untrusted",
  [SIGNET_CMP_ERROR_WEAK] = "cmp.weak",
  [SIGNET_CMP_ERROR_CONTENT] = "cmp.content",
  [SIGNET_CMP_ERROR_CERTIFICATE] = "cmp.certificate",
  [SIGNET_CMP_ERROR_REJECTED] = "cmp.rejected",
  [SIGNET_CMP_ERROR_CREDENTIALS] = "cmp.credentials",
  [SIGNET_CMP_ERROR_STATE] = "cmp.state",
  [SIGNET_CMP_ERROR_SAVED] = "cmp.saved",
  [SIGNET_CMP_ERROR_TIME] = "cmp.time",
};

static const char *const transfer_codes[] = {
  [SIGNET_TRANSFER_ERROR_NOT_DELIVERED] = "transfer.not-delivered",
  [SIGNET_TRANSFER_ERROR_UNKNOWN] = "transfer.unknown",
  [SIGNET_TRANSFER_ERROR_HTTP] = "transfer.http",
  [SIGNET_TRANSFER_ERROR_NOT_CMP] = "transfer.not-cmp",
  [SIGNET_TRANSFER_ERROR_TOO_LARGE] = "transfer.too-large",
  [SIGNET_TRANSFER_ERROR_REDIRECT] = "transfer.redirect",
  [SIGNET_TRANSFER_ERROR_URL] = "transfer.url",
};

static const char *
pick (const char *const *names,
      gsize              n_names,
      int                code,
      const char        *otherwise)
{
  return code >= 0 && (gsize) code < n_names ? names[code] : otherwise;
}

static SignetWorkerError
kind_of_store_error (int code)
{
  switch (code)
    {
    case SIGNET_STORE_ERROR_LOCKED:
    case SIGNET_STORE_ERROR_NO_KEYRING:
      return SIGNET_WORKER_ERROR_LOCKED;
    case SIGNET_STORE_ERROR_WRONG_PASSPHRASE:
      return SIGNET_WORKER_ERROR_INVALID;
    case SIGNET_STORE_ERROR_IN_USE:
      return SIGNET_WORKER_ERROR_BUSY;
    case SIGNET_STORE_ERROR_NOT_FOUND:
      return SIGNET_WORKER_ERROR_NOT_FOUND;
    default:
      return SIGNET_WORKER_ERROR_FAILED;
    }
}

static SignetWorkerError
kind_of_error (const GError *error)
{
  if (error->domain == SIGNET_WORKER_ERROR)
    return (SignetWorkerError) error->code;
  if (error->domain == SIGNET_STORE_ERROR)
    return kind_of_store_error (error->code);
  /* What a person gave cannot be read, or not with that password. */
  if (error->domain == SIGNET_PKI_ERROR && error->code != SIGNET_PKI_ERROR_FAILED)
    return SIGNET_WORKER_ERROR_INVALID;

  return SIGNET_WORKER_ERROR_FAILED;
}

/**
 * signet_worker_error_dbus_name:
 * @error: any error
 *
 * Returns: (transfer none): the D-Bus error that a caller gets for it: "io.github.signet.Error.NotFound"
 */
const char *
signet_worker_error_dbus_name (const GError *error)
{
  static const char *const names[] = {
    [SIGNET_WORKER_ERROR_FAILED] = "io.github.signet.Error.Failed",
    [SIGNET_WORKER_ERROR_VERSION] = "io.github.signet.Error.Version",
    [SIGNET_WORKER_ERROR_LOCKED] = "io.github.signet.Error.Locked",
    [SIGNET_WORKER_ERROR_NOT_FOUND] = "io.github.signet.Error.NotFound",
    [SIGNET_WORKER_ERROR_BUSY] = "io.github.signet.Error.Busy",
    [SIGNET_WORKER_ERROR_INVALID] = "io.github.signet.Error.Invalid",
  };

  g_return_val_if_fail (error != NULL, names[SIGNET_WORKER_ERROR_FAILED]);

  return names[kind_of_error (error)];
}

/**
 * signet_worker_error_code:
 * @error: any error
 *
 * Returns: (transfer none): a stable name for a request's row, for JSON and tests: "cmp.untrusted"
 */
const char *
signet_worker_error_code (const GError *error)
{
  g_return_val_if_fail (error != NULL, "worker.failed");

  if (error->domain == SIGNET_CMP_ERROR)
    return pick (cmp_codes, G_N_ELEMENTS (cmp_codes), error->code, "cmp.failed");
  if (error->domain == SIGNET_TRANSFER_ERROR)
    return pick (transfer_codes, G_N_ELEMENTS (transfer_codes), error->code, "transfer.unknown");
  if (error->domain == SIGNET_PKI_ERROR)
    return "pki.failed";
  if (kind_of_error (error) == SIGNET_WORKER_ERROR_LOCKED)
    return "store.locked";
  if (error->domain == SIGNET_STORE_ERROR)
    return "store.failed";

  return "worker.failed";
}
