/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "worker/worker-step.h"
#include "worker/worker.h"

typedef enum {
  SIGNET_WORKER_COMMAND_RESUME,
  SIGNET_WORKER_COMMAND_CHECK,
  SIGNET_WORKER_COMMAND_CANCEL,
  SIGNET_WORKER_COMMAND_ANSWER,
  SIGNET_WORKER_COMMAND_EXPORT,
  SIGNET_WORKER_COMMAND_IMPORT,
  SIGNET_WORKER_COMMAND_KEY_MADE,
  SIGNET_WORKER_COMMAND_KEY_FAILED,
  SIGNET_WORKER_COMMAND_RECEIVE,
  SIGNET_WORKER_COMMAND_SEND_FAILED,
} SignetWorkerCommandKind;

typedef struct
{
  SignetWorkerCommandKind kind;
  guint question;
  gboolean accept;
  GBytes *message;
  SignetKey *key;
  GError *reason;
} SignetWorkerCommand;
SignetWorkerCommand *signet_worker_command_new (SignetWorkerCommandKind kind);

/**
 * SignetWorkerJob:
 *
 * One request while something is done for it: runs its transitions one after another in threads, and does what follows
 * from each: sends, makes a key, plans when to look again. Lives in the worker's thread; exists only as long as it acts.
 */
#define SIGNET_TYPE_WORKER_JOB (signet_worker_job_get_type ())
G_DECLARE_FINAL_TYPE (SignetWorkerJob, signet_worker_job, SIGNET, WORKER_JOB, GObject)

/* @worker: not held; must outlive the job. */
SignetWorkerJob *signet_worker_job_new (SignetWorker *worker, gint64 id);
gint64 signet_worker_job_get_id (SignetWorkerJob *self);
/* @command: (transfer full) */
void signet_worker_job_run_async (SignetWorkerJob *self, SignetWorkerCommand *command, GAsyncReadyCallback callback,
                                  gpointer user_data);
SignetWorkerOutcome *signet_worker_job_run_finish (SignetWorkerJob *self, GAsyncResult *result, GError **error);
gboolean signet_worker_job_is_idle (SignetWorkerJob *self);
/* Gives up sends and key making; what is durable stays. */
void signet_worker_job_stop (SignetWorkerJob *self);
