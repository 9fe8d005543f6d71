/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"
#include "worker/worker-notes.h"

/* What CreateRequest takes (a{sv}), checked, as a row and the worker's notes on it. */
gboolean signet_worker_request_parse (SignetStore *store, GVariant *request, gint64 now,
                                      SignetRequestRecord **record, SignetWorkerNotes **notes,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
