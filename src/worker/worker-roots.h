/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "worker/worker-internal.h"

/* FetchRoots: what lies where an authority's certificates say that their issuers' lie, judged. In the worker's thread. */
void signet_worker_roots_async (SignetWorker *self, GVariant *parameters, GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): the tuple of results, or %NULL with @error */
GVariant *signet_worker_roots_finish (SignetWorker *self, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
