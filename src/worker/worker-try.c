/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "worker/worker-internal.h"

/* The demo authority as one of the store's: known once, started with the worker, at another port each time. */

#define KIND_DEMO "demo"

static SignetAuthorityRecord *
find_demo (SignetStore  *store,
           GError      **error)
{
  g_autoptr (GPtrArray) authorities = signet_store_list_authorities (store, error);

  for (guint i = 0; authorities != NULL && i < authorities->len; i++)
    {
      const SignetAuthorityRecord *record = authorities->pdata[i];

      if (g_strcmp0 (record->kind, KIND_DEMO) == 0)
        return signet_store_get_authority (store, record->id, error);
    }

  return NULL;
}

static void
find_in_thread (GTask        *task,
                gpointer      source_object,
                gpointer      task_data,
                GCancellable *cancellable)
{
  GError *error = NULL;
  SignetAuthorityRecord *record = find_demo (signet_worker_get_store (source_object), &error);
  gint64 id = record != NULL ? record->id : 0;

  g_clear_pointer (&record, signet_authority_record_free);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, (gssize) id);
}

static SignetAuthorityRecord *
make_record (const SignetWorkerDemoSettings *settings)
{
  SignetAuthorityRecord *record = g_new0 (SignetAuthorityRecord, 1);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  record->kind = g_strdup (KIND_DEMO);
  record->name = g_strdup (settings->name != NULL ? settings->name : "Demo");
  record->url = g_strdup (settings->url);
  record->reference = g_strdup (settings->reference);
  record->anchors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_ptr_array_add (record->anchors, g_bytes_ref (settings->anchor));
  g_variant_dict_insert (&dict, "mac", "s", settings->mac != NULL ? settings->mac : "password-based");
  /* One code for as many tries as a person likes. */
  g_variant_dict_insert (&dict, "one-time", "b", FALSE);
  record->settings = g_variant_ref_sink (g_variant_dict_end (&dict));

  return record;
}

static void
settings_free (gpointer settings)
{
  signet_worker_demo_settings_free (settings);
}

/* Known already: only its port is new. */
static gint64
keep_authority (SignetStore                     *store,
                const SignetWorkerDemoSettings  *settings,
                gint64                           now,
                GError                         **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (SignetAuthorityRecord) known = find_demo (store, &reason);
  g_autoptr (SignetAuthorityRecord) record = NULL;
  gint64 id;

  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return 0;
    }
  if (known == NULL)
    {
      record = make_record (settings);
      record->created = now;
    }
  else
    {
      g_free (known->url);
      known->url = g_strdup (settings->url);
    }
  if (!signet_store_begin (store, error))
    return 0;
  if (record != NULL)
    id = signet_store_add_authority (store, record, settings->secret, error);
  else
    id = signet_store_update_authority (store, known, error) ? known->id : 0;
  if (id == 0)
    {
      signet_store_rollback (store);
      return 0;
    }

  return signet_store_commit (store, error) ? id : 0;
}

static void
keep_in_thread (GTask        *task,
                gpointer      source_object,
                gpointer      task_data,
                GCancellable *cancellable)
{
  SignetWorker *self = source_object;
  GError *error = NULL;
  gint64 id = keep_authority (signet_worker_get_store (self), task_data, signet_worker_get_now (self), &error);

  signet_worker_publish (self);
  if (id != 0)
    g_task_return_int (task, (gssize) id);
  else
    g_task_return_error (task, error);
}

static void
on_demo_started (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  SignetWorkerDemoSettings *settings = signet_worker_demo_start_finish (SIGNET_WORKER_DEMO (source), result, &error);

  if (settings == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_set_task_data (task, settings, settings_free);
  signet_worker_run_in_thread (g_task_get_source_object (task), task, keep_in_thread);
}

static void
on_found_for_try (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  SignetWorker *self = SIGNET_WORKER (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gint64 id = g_task_propagate_int (G_TASK (result), &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else if (id != 0 && signet_worker_demo_is_running (signet_worker_get_demo (self)))
    g_task_return_int (task, (gssize) id);
  else if (signet_worker_demo_is_running (signet_worker_get_demo (self)))
    g_task_return_new_error (task, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY, "%s",
                             _("The demo authority is being started."));
  else
    signet_worker_demo_start_async (signet_worker_get_demo (self), on_demo_started, g_steal_pointer (&task));
}

/**
 * signet_worker_try_demo_async:
 * @self: a worker whose store is open
 * @callback: called when the demo authority answers
 * @user_data: for @callback
 */
void
signet_worker_try_demo_async (SignetWorker        *self,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  g_autoptr (GTask) find = NULL;
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_name (task, "signet_worker_try_demo_async");
  find = g_task_new (self, NULL, on_found_for_try, task);
  g_task_set_name (find, "find_in_thread");
  signet_worker_run_in_thread (self, find, find_in_thread);
}

/**
 * signet_worker_try_demo_finish:
 * @self: a worker
 * @result: what the callback got
 * @error: why there is none
 *
 * Returns: row of the demo authority, or 0 with @error
 */
gint64
signet_worker_try_demo_finish (SignetWorker  *self,
                               GAsyncResult  *result,
                               GError       **error)
{
  g_autoptr (GError) reason = NULL;
  gint64 id = g_task_propagate_int (G_TASK (result), &reason);

  if (reason == NULL)
    return id;
  /* One that runs and is not known would stand in the way of the next try. */
  if (!g_error_matches (reason, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY))
    signet_worker_demo_stop (signet_worker_get_demo (self));
  g_propagate_error (error, g_steal_pointer (&reason));

  return 0;
}

static void
on_demo_again (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  signet_worker_try_demo_finish (SIGNET_WORKER (source), result, &error);
  if (error != NULL)
    g_message ("%s", error->message);
  signet_worker_resume_all (SIGNET_WORKER (source));
}

static void
on_found_again (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  SignetWorker *self = SIGNET_WORKER (source);
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_int (G_TASK (result), &error) > 0)
    signet_worker_try_demo_async (self, on_demo_again, NULL);
  else
    signet_worker_resume_all (self);
}

/**
 * signet_worker_restart_demo:
 * @self: a worker whose store is open
 *
 * Starts the demo authority where the store knows it, and then takes up what an earlier worker left.
 */
void
signet_worker_restart_demo (SignetWorker *self)
{
  g_autoptr (GTask) find = g_task_new (self, NULL, on_found_again, NULL);

  g_task_set_name (find, "signet_worker_restart_demo");
  signet_worker_run_in_thread (self, find, find_in_thread);
}
