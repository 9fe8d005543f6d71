/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "worker/worker.h"

/**
 * SignetWorkerService:
 *
 * The clients of one worker: their connections, who may connect, and the dispatch of io.github.signet.Worker1.
 */
#define SIGNET_TYPE_WORKER_SERVICE (signet_worker_service_get_type ())
G_DECLARE_FINAL_TYPE (SignetWorkerService, signet_worker_service, SIGNET, WORKER_SERVICE, GObject)

/* Signal "idle-changed": the first client came, or the last one went. @worker: not held. */
SignetWorkerService *signet_worker_service_new (SignetWorker *worker);
gboolean signet_worker_service_listen (SignetWorkerService *self, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_worker_service_listen_fd (SignetWorkerService *self, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_worker_service_add_connection (SignetWorkerService *self, GIOStream *stream);
guint signet_worker_service_get_n_clients (SignetWorkerService *self);
/* To every client that said Hello. @parameters: floating. */
void signet_worker_service_emit (SignetWorkerService *self, const char *signal_name, GVariant *parameters);
void signet_worker_service_close (SignetWorkerService *self);
/* Whether a process with these credentials may be a client: the same user only. @peer: (nullable) */
gboolean signet_worker_service_is_allowed (GCredentials *peer);
