/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "worker/worker-internal.h"

/* Asks an authority by general message; nothing of it is kept. @parameters: of the method AskAuthority. */
void signet_worker_ask_async (SignetWorker *self, GVariant *parameters, GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): "(a{sv})", or %NULL with @error */
GVariant *signet_worker_ask_finish (SignetWorker *self, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
