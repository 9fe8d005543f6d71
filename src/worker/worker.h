/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-secret.h"
#include "store/store.h"
#include "transfer/transfer.h"
#include "worker/worker-error.h"

#define SIGNET_WORKER_PROTOCOL 1        /* of io.github.signet.Worker1 */

/* Seconds since 1970, UTC. */
typedef gint64 (*SignetClock) (gpointer user_data);

/**
 * SignetWorker:
 *
 * The background worker of one store: owns the store, the jobs and their schedule, and serves the clients that are
 * connected. Lives in the thread that made it and its thread-default main context; SQL, cryptography and key making run in
 * threads of their own.
 *
 * Signal "finished": nobody is connected and nothing waits, or Quit was called; the process may end.
 */
#define SIGNET_TYPE_WORKER (signet_worker_get_type ())
G_DECLARE_FINAL_TYPE (SignetWorker, signet_worker, SIGNET, WORKER, GObject)

SignetWorker *signet_worker_new (const char *home);
const char *signet_worker_get_home (SignetWorker *self);
void signet_worker_set_passphrase (SignetWorker *self, SignetSecret *passphrase);
/* For tests, before opening: another clock and another carrier than HTTP. */
void signet_worker_set_clock (SignetWorker *self, SignetClock clock, gpointer user_data);
void signet_worker_set_transfer (SignetWorker *self, SignetTransfer *transfer);
/* Looks at the clock again: for tests that move theirs. */
void signet_worker_wake (SignetWorker *self);

void signet_worker_open_async (SignetWorker *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean signet_worker_open_finish (SignetWorker *self, GAsyncResult *result, GError **error);
gboolean signet_worker_listen (SignetWorker *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_worker_listen_fd (SignetWorker *self, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_worker_add_connection (SignetWorker *self, GIOStream *stream);
/* Ends the process when nobody is connected and nothing waits for @seconds. */
void signet_worker_set_grace (SignetWorker *self, guint seconds);
/* Finishes what is under way and closes the store; sends are given up and made again by the next worker. */
void signet_worker_close_async (SignetWorker *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean signet_worker_close_finish (SignetWorker *self, GAsyncResult *result, GError **error);
