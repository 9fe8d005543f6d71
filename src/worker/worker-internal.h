/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "worker/worker-demo.h"
#include "worker/worker-job.h"
#include "worker/worker.h"

/* What jobs, methods and the demo authority ask of the worker. In the worker's thread unless said otherwise. */

SignetStore *signet_worker_get_store (SignetWorker *self);                 /* (nullable): before it is open */
SignetTransfer *signet_worker_get_transfer (SignetWorker *self);
GMainContext *signet_worker_get_context (SignetWorker *self);
gint64 signet_worker_get_now (SignetWorker *self);                         /* any thread */
double signet_worker_get_chance (gpointer worker);                         /* any thread */
GVariant *signet_worker_describe (SignetWorker *self);                     /* floating a{sv}: Hello's info */

/* Any thread, after commits: clients hear of what changed before the answer of the thread that changed it. */
void signet_worker_publish (SignetWorker *self);
void signet_worker_emit_progress (SignetWorker *self, gint64 request, double fraction, const char *text);
void signet_worker_emit_state (SignetWorker *self);
void signet_worker_plan (SignetWorker *self, gint64 request, gint64 when);
SignetWorkerJob *signet_worker_get_job (SignetWorker *self, gint64 request);        /* (transfer none): made where none acts */
void signet_worker_job_settled (SignetWorker *self, SignetWorkerJob *job);
void signet_worker_resume_all (SignetWorker *self);
/* g_task_run_in_thread () for what uses the store: it stays open until that is over. Where the worker ends already, @task fails. */
void signet_worker_run_in_thread (SignetWorker *self, GTask *task, GTaskThreadFunc func);
gboolean signet_worker_is_settled (SignetWorker *self);                    /* no request is acted on just now */
void signet_worker_finish (SignetWorker *self);                            /* emits "finished" soon */
SignetWorkerDemo *signet_worker_get_demo (SignetWorker *self);             /* (transfer none) */

/* The demo authority as one of the store's (worker-try.c): started again with the worker, then everything resumed. */
void signet_worker_restart_demo (SignetWorker *self);
void signet_worker_try_demo_async (SignetWorker *self, GAsyncReadyCallback callback, gpointer user_data);
gint64 signet_worker_try_demo_finish (SignetWorker *self, GAsyncResult *result, GError **error);
