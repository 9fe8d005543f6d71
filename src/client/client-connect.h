/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* Reaches the worker of a store, and starts it where none runs. Errors are %SIGNET_CLIENT_ERROR_NO_WORKER. */
void signet_client_connect_async (const char *home, const char *passphrase_file, guint answer_limit,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): before Hello, its messages not yet processed. */
GDBusConnection *signet_client_connect_finish (GAsyncResult *result, GError **error);
