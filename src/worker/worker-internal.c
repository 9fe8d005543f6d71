/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>

#include "worker/worker-private.h"

/* What jobs and methods ask of the worker. */

typedef struct
{
  SignetWorker *worker;
  guint64 generation;
  guint64 counter;
  GVariant *rows;
} Changed;

static gboolean
tell_changed (gpointer data)
{
  Changed *changed = data;

  signet_worker_service_emit (changed->worker->service, "Changed",
                              g_variant_new ("(tt@a(sx))", changed->generation, changed->counter, changed->rows));

  return G_SOURCE_REMOVE;
}

static void
changed_free (gpointer data)
{
  Changed *changed = data;

  g_object_unref (changed->worker);
  g_variant_unref (changed->rows);
  g_free (changed);
}

SignetStore *
signet_worker_get_store (SignetWorker *self)
{
  return self->store;
}

SignetWorkerDemo *
signet_worker_get_demo (SignetWorker *self)
{
  if (self->demo == NULL)
    self->demo = signet_worker_demo_new (self->home);

  return self->demo;
}

SignetTransfer *
signet_worker_get_transfer (SignetWorker *self)
{
  return self->transfer;
}

GMainContext *
signet_worker_get_context (SignetWorker *self)
{
  return self->context;
}

gint64
signet_worker_get_now (SignetWorker *self)
{
  return self->clock (self->clock_data);
}

double
signet_worker_get_chance (gpointer worker)
{
  return g_random_double ();
}

/**
 * signet_worker_describe:
 * @self: a worker whose store is open
 *
 * Returns: (transfer floating): a{sv} for Hello
 */
GVariant *
signet_worker_describe (SignetWorker *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  gboolean locked = self->store == NULL || !signet_store_is_unlocked (self->store);

  g_variant_dict_insert (&dict, "state", "s", locked ? "locked" : "ready");
  g_variant_dict_insert (&dict, "generation", "t", self->store != NULL ? signet_store_get_generation (self->store) : 0);
  g_variant_dict_insert (&dict, "counter", "t", self->store != NULL ? signet_store_get_counter (self->store) : 0);
  g_variant_dict_insert (&dict, "libcrypto", "s", OpenSSL_version (OPENSSL_VERSION_STRING));

  return g_variant_dict_end (&dict);
}

/**
 * signet_worker_publish:
 * @self: a worker
 *
 * In any thread, after commits: queued before that thread's own result, so that a client hears of a change before the answer
 * to the call that made it.
 */
void
signet_worker_publish (SignetWorker *self)
{
  g_autoptr (GSource) source = NULL;
  GVariant *rows = signet_store_take_changes (self->store);
  Changed *changed;

  if (rows == NULL)
    return;
  changed = g_new (Changed, 1);
  changed->worker = g_object_ref (self);
  changed->generation = signet_store_get_generation (self->store);
  changed->counter = signet_store_get_counter (self->store);
  changed->rows = rows;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, tell_changed, changed, changed_free);
  g_source_attach (source, self->context);
}

void
signet_worker_emit_progress (SignetWorker *self,
                             gint64        request,
                             double        fraction,
                             const char   *text)
{
  signet_worker_service_emit (self->service, "Progress", g_variant_new ("(xds)", request, fraction, text));
}

void
signet_worker_emit_state (SignetWorker *self)
{
  signet_worker_service_emit (self->service, "StateChanged",
                              g_variant_new ("(s)", !signet_store_is_unlocked (self->store) ? "locked" : "ready"));
}

/**
 * signet_worker_plan:
 * @self: a worker
 * @request: its row
 * @when: seconds since 1970, UTC; 0: not by itself
 */
void
signet_worker_plan (SignetWorker *self,
                    gint64        request,
                    gint64        when)
{
  signet_schedule_set (self->schedule, request, when);
  signet_worker_arm_timer (self);
}

/**
 * signet_worker_get_job:
 * @self: a worker
 * @request: its row
 *
 * Returns: (transfer none): its job, made where none acts
 */
SignetWorkerJob *
signet_worker_get_job (SignetWorker *self,
                       gint64        request)
{
  SignetWorkerJob *job = g_hash_table_lookup (self->jobs, &request);

  if (job == NULL)
    {
      job = signet_worker_job_new (self, request);
      /* It still answers whoever waits for it. */
      if (self->closing != NULL)
        signet_worker_job_stop (job);
      g_hash_table_insert (self->jobs, g_memdup2 (&request, sizeof request), job);
      signet_worker_clear_source (&self->grace_timer);
    }

  return job;
}

/* A job that does nothing is let go: its row has everything. */
void
signet_worker_job_settled (SignetWorker    *self,
                           SignetWorkerJob *job)
{
  gint64 id = signet_worker_job_get_id (job);

  if (!signet_worker_job_is_idle (job) || g_hash_table_lookup (self->jobs, &id) != job)
    return;
  g_hash_table_remove (self->jobs, &id);
  if (self->closing != NULL)
    signet_worker_finish_closing (self);
  else
    signet_worker_consider_end (self);
}

static void
on_thread_over (GTask      *task,
                GParamSpec *property,
                gpointer    user_data)
{
  SignetWorker *self = user_data;

  self->threads--;
  if (self->closing != NULL)
    signet_worker_finish_closing (self);
  else
    signet_worker_consider_end (self);
}

static void
unref_worker (gpointer  worker,
              GClosure *closure)
{
  g_object_unref (worker);
}

void
signet_worker_run_in_thread (SignetWorker    *self,
                             GTask           *task,
                             GTaskThreadFunc  func)
{
  if (self->closing != NULL || self->store == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", _("The background worker is ending."));
      return;
    }
  self->threads++;
  signet_worker_clear_source (&self->grace_timer);
  /* Told after the task's own callback, which may start more. */
  g_signal_connect_data (task, "notify::completed", G_CALLBACK (on_thread_over), g_object_ref (self), unref_worker, 0);
  g_task_run_in_thread (task, func);
}

gboolean
signet_worker_is_settled (SignetWorker *self)
{
  return g_hash_table_size (self->jobs) == 0 && !self->resuming;
}
