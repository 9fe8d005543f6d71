/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/**
 * SignetWorkerError:
 *
 * What a caller of the worker can act on; each is a D-Bus error io.github.signet.Error.NAME.
 */
typedef enum {
  SIGNET_WORKER_ERROR_FAILED,
  SIGNET_WORKER_ERROR_VERSION,          /* another protocol, or no Hello */
  SIGNET_WORKER_ERROR_LOCKED,           /* the store key is not open */
  SIGNET_WORKER_ERROR_NOT_FOUND,        /* no such row */
  SIGNET_WORKER_ERROR_BUSY,             /* in use, or the state does not allow this */
  SIGNET_WORKER_ERROR_INVALID,          /* an argument is wrong */
} SignetWorkerError;
#define SIGNET_WORKER_ERROR (signet_worker_error_quark ())
GQuark signet_worker_error_quark (void);

const char *signet_worker_error_dbus_name (const GError *error);
const char *signet_worker_error_code (const GError *error);
