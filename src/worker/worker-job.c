/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "worker/worker-endpoint.h"
#include "worker/worker-internal.h"
#include "worker/worker-job.h"

#define PROGRESS_INTERVAL (100 * 1000)  /* microseconds between two signals */

struct _SignetWorkerJob
{
  GObject parent_instance;

  SignetWorker *worker;         /* unowned */
  gint64 id;
  SignetWorkerStep *step;       /* used by the thread of the command that runs, else by nobody */
  GQueue commands;              /* of GTask: those that wait */
  gboolean running;
  GCancellable *sending;        /* (nullable): while octets are under way */
  GCancellable *making;         /* (nullable): while a key is made */
  gboolean stopped;
};

G_DEFINE_FINAL_TYPE (SignetWorkerJob, signet_worker_job, G_TYPE_OBJECT)

static void run_next (SignetWorkerJob *self);

static void
command_free (gpointer data)
{
  SignetWorkerCommand *command = data;

  g_clear_pointer (&command->message, g_bytes_unref);
  g_clear_object (&command->key);
  g_clear_error (&command->reason);
  g_free (command);
}

/* The worker's own doing, not a caller's: nobody is told of its failure but the row. */
static gboolean
is_own (const SignetWorkerCommand *command)
{
  switch (command->kind)
    {
    case SIGNET_WORKER_COMMAND_RESUME:
    case SIGNET_WORKER_COMMAND_KEY_MADE:
    case SIGNET_WORKER_COMMAND_KEY_FAILED:
    case SIGNET_WORKER_COMMAND_RECEIVE:
    case SIGNET_WORKER_COMMAND_SEND_FAILED:
      return TRUE;
    case SIGNET_WORKER_COMMAND_CHECK:
    case SIGNET_WORKER_COMMAND_CANCEL:
    case SIGNET_WORKER_COMMAND_ANSWER:
    case SIGNET_WORKER_COMMAND_EXPORT:
    case SIGNET_WORKER_COMMAND_IMPORT:
    default:
      return FALSE;
    }
}

static SignetWorkerOutcome *
perform (SignetWorkerStep           *step,
         const SignetWorkerCommand  *command,
         gint64                      now,
         GError                    **error)
{
  switch (command->kind)
    {
    case SIGNET_WORKER_COMMAND_CHECK:
      return signet_worker_step_check (step, now, error);
    case SIGNET_WORKER_COMMAND_CANCEL:
      return signet_worker_step_cancel (step, now, error);
    case SIGNET_WORKER_COMMAND_ANSWER:
      return signet_worker_step_answer (step, command->question, command->accept, now, error);
    case SIGNET_WORKER_COMMAND_EXPORT:
      return signet_worker_step_export (step, now, error);
    case SIGNET_WORKER_COMMAND_IMPORT:
      return signet_worker_step_import (step, command->message, now, error);
    case SIGNET_WORKER_COMMAND_KEY_MADE:
      return signet_worker_step_key_made (step, command->key, now, error);
    case SIGNET_WORKER_COMMAND_KEY_FAILED:
      return signet_worker_step_key_failed (step, command->reason, now, error);
    case SIGNET_WORKER_COMMAND_RECEIVE:
      return signet_worker_step_receive (step, command->message, now, error);
    case SIGNET_WORKER_COMMAND_SEND_FAILED:
      return signet_worker_step_send_failed (step, command->reason, now, error);
    case SIGNET_WORKER_COMMAND_RESUME:
    default:
      return signet_worker_step_resume (step, now, error);
    }
}

static void
outcome_free (gpointer outcome)
{
  signet_worker_outcome_free (outcome);
}

static void
perform_in_thread (GTask        *work,
                   gpointer      source_object,
                   gpointer      task_data,
                   GCancellable *cancellable)
{
  SignetWorkerJob *self = source_object;
  const SignetWorkerCommand *command = g_task_get_task_data (G_TASK (task_data));
  gint64 now = signet_worker_get_now (self->worker);
  g_autoptr (GError) error = NULL;
  SignetWorkerOutcome *outcome = perform (self->step, command, now, &error);

  if (outcome == NULL && is_own (command) && !g_error_matches (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NOT_FOUND))
    outcome = signet_worker_step_note_failure (self->step, error, now);
  signet_worker_publish (self->worker);
  if (outcome != NULL)
    g_task_return_pointer (work, outcome, outcome_free);
  else
    g_task_return_error (work, g_steal_pointer (&error));
}

static void
push (SignetWorkerJob     *self,
      SignetWorkerCommand *command)
{
  signet_worker_job_run_async (self, command, NULL, NULL);
}

typedef struct
{
  SignetWorkerJob *job;
  GCancellable *cancellable;    /* tells this send from a later one */
} Sending;

static void
sending_free (Sending *sending)
{
  g_object_unref (sending->job);
  g_object_unref (sending->cancellable);
  g_free (sending);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sending, sending_free)

static void
on_sent (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (Sending) sending = user_data;
  SignetWorkerJob *self = sending->job;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = signet_transfer_send_finish (SIGNET_TRANSFER (source), result, &error);
  SignetWorkerCommand *command;

  /* A newer message is under way, or the worker ends: then the next one asks again. */
  if (sending->cancellable != self->sending)
    return;
  g_clear_object (&self->sending);
  if (self->stopped)
    {
      signet_worker_job_settled (self->worker, self);
      return;
    }
  command = signet_worker_command_new (answer != NULL ? SIGNET_WORKER_COMMAND_RECEIVE : SIGNET_WORKER_COMMAND_SEND_FAILED);
  command->message = g_steal_pointer (&answer);
  command->reason = g_steal_pointer (&error);
  push (self, command);
}

static void
start_sending (SignetWorkerJob     *self,
               SignetWorkerOutcome *outcome)
{
  Sending *sending = g_new (Sending, 1);

  if (self->sending != NULL)
    g_cancellable_cancel (self->sending);
  g_clear_object (&self->sending);
  self->sending = g_cancellable_new ();
  sending->job = g_object_ref (self);
  sending->cancellable = g_object_ref (self->sending);
  signet_transfer_send_async (signet_worker_get_transfer (self->worker), outcome->endpoint, outcome->send, self->sending,
                              on_sent, sending);
}

typedef struct
{
  SignetWorkerJob *job;
  char *spec;
  char *words;
  gint64 last;                  /* monotonic, microseconds: when progress was told */
} Making;

static void
making_free (gpointer data)
{
  Making *making = data;

  g_object_unref (making->job);
  g_free (making->spec);
  g_free (making->words);
  g_free (making);
}

typedef struct
{
  SignetWorkerJob *job;
  char *words;
} Progress;

static gboolean
tell_progress (gpointer data)
{
  Progress *progress = data;

  if (!progress->job->stopped)
    signet_worker_emit_progress (progress->job->worker, progress->job->id, -1.0, progress->words);

  return G_SOURCE_REMOVE;
}

static void
progress_free (gpointer data)
{
  Progress *progress = data;

  g_object_unref (progress->job);
  g_free (progress->words);
  g_free (progress);
}

static void
on_key_progress (gpointer user_data)
{
  Making *making = user_data;
  gint64 now = g_get_monotonic_time ();
  Progress *progress;

  if (now - making->last < PROGRESS_INTERVAL)
    return;
  making->last = now;
  progress = g_new (Progress, 1);
  progress->job = g_object_ref (making->job);
  progress->words = g_strdup (making->words);
  g_main_context_invoke_full (signet_worker_get_context (making->job->worker), G_PRIORITY_DEFAULT, tell_progress, progress,
                              progress_free);
}

static void
make_key_in_thread (GTask        *task,
                    gpointer      source_object,
                    gpointer      task_data,
                    GCancellable *cancellable)
{
  Making *making = task_data;
  GError *error = NULL;
  SignetKey *key = signet_key_generate (making->spec, on_key_progress, making, cancellable, &error);

  if (key != NULL)
    g_task_return_pointer (task, key, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
on_key_made (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  SignetWorkerJob *self = SIGNET_WORKER_JOB (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = g_task_propagate_pointer (G_TASK (result), &error);
  SignetWorkerCommand *command;

  g_clear_object (&self->making);
  /* Cancelled by the person, whose command has changed the row already, or by the end of the worker, which leaves it. */
  if (self->stopped || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      signet_worker_job_settled (self->worker, self);
      return;
    }
  command = signet_worker_command_new (key != NULL ? SIGNET_WORKER_COMMAND_KEY_MADE : SIGNET_WORKER_COMMAND_KEY_FAILED);
  command->key = g_steal_pointer (&key);
  command->reason = g_steal_pointer (&error);
  push (self, command);
}

static void
start_making (SignetWorkerJob *self,
              const char      *spec)
{
  g_autoptr (GTask) task = NULL;
  g_autofree char *kind = signet_key_spec_describe (spec);
  Making *making;

  self->making = g_cancellable_new ();
  task = g_task_new (self, self->making, on_key_made, NULL);
  g_task_set_name (task, "start_making");
  making = g_new0 (Making, 1);
  making->job = g_object_ref (self);
  making->spec = g_strdup (spec);
  /* Translators: %s is a kind of key, such as "RSA 4096" */
  making->words = g_strdup_printf (_("Making a key: %s"), kind);
  g_task_set_task_data (task, making, making_free);
  signet_worker_emit_progress (self->worker, self->id, -1.0, making->words);
  g_task_run_in_thread (task, make_key_in_thread);
}

static void
end_connection (SignetWorkerJob *self)
{
  g_autofree char *name = signet_worker_endpoint_name_connection (self->id);

  signet_transfer_end_connection (signet_worker_get_transfer (self->worker), name);
}

static void
act (SignetWorkerJob     *self,
     SignetWorkerOutcome *outcome)
{
  if (self->stopped)
    return;
  if (outcome->over)
    end_connection (self);
  signet_worker_plan (self->worker, self->id, outcome->due);
  if (outcome->send != NULL)
    start_sending (self, outcome);
  if (outcome->make_key != NULL && self->making == NULL)
    start_making (self, outcome->make_key);
}

static void
on_performed (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  SignetWorkerJob *self = SIGNET_WORKER_JOB (source);
  g_autoptr (GTask) task = user_data;
  const SignetWorkerCommand *command = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  SignetWorkerOutcome *outcome = g_task_propagate_pointer (G_TASK (result), &error);

  self->running = FALSE;
  if (outcome != NULL)
    {
      if (command->kind == SIGNET_WORKER_COMMAND_CANCEL && self->making != NULL)
        g_cancellable_cancel (self->making);
      act (self, outcome);
      g_task_return_pointer (task, outcome, outcome_free);
    }
  else
    g_task_return_error (task, g_steal_pointer (&error));
  run_next (self);
}

/* What is asked for is under way already. */
static gboolean
is_under_way (SignetWorkerJob           *self,
              const SignetWorkerCommand *command)
{
  return (command->kind == SIGNET_WORKER_COMMAND_CHECK || command->kind == SIGNET_WORKER_COMMAND_RESUME)
         && (self->sending != NULL || self->making != NULL);
}

static void
run_next (SignetWorkerJob *self)
{
  g_autoptr (GTask) work = NULL;
  GTask *task;

  while (!self->running && (task = g_queue_pop_head (&self->commands)) != NULL)
    {
      const SignetWorkerCommand *command = g_task_get_task_data (task);

      if (self->stopped || is_under_way (self, command))
        {
          g_task_return_pointer (task, g_new0 (SignetWorkerOutcome, 1), outcome_free);
          g_object_unref (task);
          continue;
        }
      self->running = TRUE;
      work = g_task_new (self, NULL, on_performed, task);
      g_task_set_name (work, "run_next");
      g_task_set_task_data (work, g_object_ref (task), g_object_unref);
      g_task_run_in_thread (work, perform_in_thread);
    }
  if (signet_worker_job_is_idle (self))
    signet_worker_job_settled (self->worker, self);
}

static void
signet_worker_job_finalize (GObject *object)
{
  SignetWorkerJob *self = SIGNET_WORKER_JOB (object);

  g_queue_clear_full (&self->commands, g_object_unref);
  g_clear_object (&self->sending);
  g_clear_object (&self->making);
  g_clear_pointer (&self->step, signet_worker_step_free);

  G_OBJECT_CLASS (signet_worker_job_parent_class)->finalize (object);
}

static void
signet_worker_job_class_init (SignetWorkerJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_worker_job_finalize;
}

static void
signet_worker_job_init (SignetWorkerJob *self)
{
  g_queue_init (&self->commands);
}

/**
 * signet_worker_command_new:
 * @kind: what happens to a request
 *
 * Returns: (transfer full): a command without arguments
 */
SignetWorkerCommand *
signet_worker_command_new (SignetWorkerCommandKind kind)
{
  SignetWorkerCommand *command = g_new0 (SignetWorkerCommand, 1);

  command->kind = kind;

  return command;
}

/**
 * signet_worker_job_new:
 * @worker: whose job it is
 * @id: row of the request
 *
 * Returns: (transfer full): a job that does nothing yet
 */
SignetWorkerJob *
signet_worker_job_new (SignetWorker *worker,
                       gint64        id)
{
  SignetWorkerJob *self = g_object_new (SIGNET_TYPE_WORKER_JOB, NULL);

  self->worker = worker;
  self->id = id;
  self->step = signet_worker_step_new (signet_worker_get_store (worker), id, signet_worker_get_chance, worker);

  return self;
}

/**
 * signet_worker_job_get_id:
 * @self: a job
 *
 * Returns: row of its request
 */
gint64
signet_worker_job_get_id (SignetWorkerJob *self)
{
  return self->id;
}

/**
 * signet_worker_job_run_async:
 * @self: a job
 * @command: (transfer full): what happens to the request
 * @callback: (nullable): called when the transition is durable, before what follows from it is over
 * @user_data: for @callback
 *
 * Commands run one after another in the order given.
 */
void
signet_worker_job_run_async (SignetWorkerJob     *self,
                             SignetWorkerCommand *command,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_name (task, "signet_worker_job_run_async");
  g_task_set_task_data (task, command, command_free);
  g_queue_push_tail (&self->commands, task);
  run_next (self);
}

/**
 * signet_worker_job_run_finish:
 * @self: a job
 * @result: what the callback got
 * @error: why nothing has changed
 *
 * Returns: (transfer full): what followed
 */
SignetWorkerOutcome *
signet_worker_job_run_finish (SignetWorkerJob  *self,
                              GAsyncResult     *result,
                              GError          **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * signet_worker_job_is_idle:
 * @self: a job
 *
 * Returns: whether nothing runs, waits or is under way
 */
gboolean
signet_worker_job_is_idle (SignetWorkerJob *self)
{
  return !self->running && g_queue_is_empty (&self->commands) && self->sending == NULL && self->making == NULL;
}

/**
 * signet_worker_job_stop:
 * @self: a job
 *
 * Octets that are under way may have left: the row says so, and the next worker sends them again. A key that is being made
 * is begun anew.
 */
void
signet_worker_job_stop (SignetWorkerJob *self)
{
  self->stopped = TRUE;
  if (self->sending != NULL)
    g_cancellable_cancel (self->sending);
  if (self->making != NULL)
    g_cancellable_cancel (self->making);
  run_next (self);
}
