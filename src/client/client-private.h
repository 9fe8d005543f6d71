/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client/client-lists.h"
#include "client/client.h"

SignetClientLists *signet_client_get_lists (SignetClient *self);
GDBusConnection *signet_client_get_connection (SignetClient *self);
/* What the worker said, as an error of this module: (transfer full). */
GError *signet_client_translate_error (const GError *error);

#define SIGNET_CLIENT_OBJECT_PATH "/io/github/signet/Worker1"
#define SIGNET_CLIENT_INTERFACE "io.github.signet.Worker1"
#define SIGNET_CLIENT_ERROR_PREFIX "io.github.signet.Error."
#define SIGNET_CLIENT_PROTOCOL 1
#define SIGNET_CLIENT_CALL_LIMIT (10 * 60 * 1000)       /* milliseconds: a demo authority may be made first */
