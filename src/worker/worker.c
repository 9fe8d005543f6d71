/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "transfer/transfer-http.h"
#include "worker/worker-private.h"

#define SOCKET_NAME "worker.sock"
/* The clock is looked at this often at least: it may have been set, or the machine asleep. */
#define LONGEST_SLEEP 300
/* How long, and in which steps, another worker's lock is waited for: microseconds. */
#define LOCK_PATIENCE (5 * G_USEC_PER_SEC)
#define LOCK_PAUSE (50 * 1000)

enum
{
  FINISHED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SignetWorker, signet_worker, G_TYPE_OBJECT)

static gint64
system_clock (gpointer user_data)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

void
signet_worker_clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static gboolean
on_grace_over (gpointer user_data)
{
  SignetWorker *self = user_data;

  signet_worker_clear_source (&self->grace_timer);
  g_signal_emit (self, signals[FINISHED], 0);

  return G_SOURCE_REMOVE;
}

/* Nobody is there and nothing waits: the process may end, after a moment in which somebody may come back. */
void
signet_worker_consider_end (SignetWorker *self)
{
  gboolean idle = signet_worker_service_get_n_clients (self->service) == 0
                  && signet_schedule_get_size (self->schedule) == 0
                  && g_hash_table_size (self->jobs) == 0
                  && !self->resuming && self->threads == 0;

  if (!idle || self->grace == 0 || self->closing != NULL)
    {
      signet_worker_clear_source (&self->grace_timer);
      return;
    }
  if (self->grace_timer != NULL)
    return;
  self->grace_timer = g_timeout_source_new_seconds (self->grace);
  g_source_set_callback (self->grace_timer, on_grace_over, self, NULL);
  g_source_attach (self->grace_timer, self->context);
}

static gboolean
on_timer (gpointer user_data)
{
  SignetWorker *self = user_data;

  signet_worker_clear_source (&self->timer);
  signet_worker_wake (self);

  return G_SOURCE_REMOVE;
}

/* One timer for all that waits. */
void
signet_worker_arm_timer (SignetWorker *self)
{
  gint64 when;
  gint64 wait;

  signet_worker_clear_source (&self->timer);
  if (self->closing != NULL || !signet_schedule_next (self->schedule, &when))
    return;
  wait = CLAMP (when - signet_worker_get_now (self), 0, LONGEST_SLEEP);
  self->timer = wait == 0 ? g_idle_source_new () : g_timeout_source_new_seconds ((guint) wait);
  g_source_set_priority (self->timer, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->timer, on_timer, self, NULL);
  g_source_attach (self->timer, self->context);
}

static void
on_idle_changed (SignetWorkerService *service,
                 gpointer             user_data)
{
  signet_worker_consider_end (user_data);
}

static void
signet_worker_dispose (GObject *object)
{
  SignetWorker *self = SIGNET_WORKER (object);

  signet_worker_clear_source (&self->timer);
  signet_worker_clear_source (&self->grace_timer);
  if (self->service != NULL)
    signet_worker_service_close (self->service);
  g_clear_object (&self->demo);

  G_OBJECT_CLASS (signet_worker_parent_class)->dispose (object);
}

static void
signet_worker_finalize (GObject *object)
{
  SignetWorker *self = SIGNET_WORKER (object);

  g_hash_table_unref (self->jobs);
  g_clear_object (&self->service);
  g_clear_object (&self->store);
  g_clear_object (&self->transfer);
  signet_schedule_free (self->schedule);
  g_clear_pointer (&self->passphrase, signet_secret_unref);
  g_main_context_unref (self->context);
  g_free (self->home);

  G_OBJECT_CLASS (signet_worker_parent_class)->finalize (object);
}

static void
signet_worker_class_init (SignetWorkerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = signet_worker_dispose;
  object_class->finalize = signet_worker_finalize;

  signals[FINISHED] = g_signal_new ("finished", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 0);
}

static void
signet_worker_init (SignetWorker *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->clock = system_clock;
  self->schedule = signet_schedule_new ();
  self->jobs = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  self->service = signet_worker_service_new (self);
  g_signal_connect (self->service, "idle-changed", G_CALLBACK (on_idle_changed), self);
}

/**
 * signet_worker_new:
 * @home: folder of the store; made with mode 0700 where it is absent
 *
 * Returns: (transfer full): a worker whose store is not open yet
 */
SignetWorker *
signet_worker_new (const char *home)
{
  SignetWorker *self = g_object_new (SIGNET_TYPE_WORKER, NULL);

  self->home = g_canonicalize_filename (home, NULL);

  return self;
}

/**
 * signet_worker_get_home:
 * @self: a worker
 *
 * Returns: (transfer none): the absolute path of the store's folder
 */
const char *
signet_worker_get_home (SignetWorker *self)
{
  return self->home;
}

/**
 * signet_worker_set_passphrase:
 * @self: a worker that is not open
 * @passphrase: opens the store key, or is set as its passphrase where the store is new
 */
void
signet_worker_set_passphrase (SignetWorker *self,
                              SignetSecret *passphrase)
{
  g_clear_pointer (&self->passphrase, signet_secret_unref);
  self->passphrase = signet_secret_ref (passphrase);
}

/**
 * signet_worker_set_clock:
 * @self: a worker that is not open
 * @clock: gives seconds since 1970, UTC; called in any thread
 * @user_data: for @clock
 */
void
signet_worker_set_clock (SignetWorker *self,
                         SignetClock   clock,
                         gpointer      user_data)
{
  self->clock = clock;
  self->clock_data = user_data;
}

/**
 * signet_worker_set_transfer:
 * @self: a worker that is not open
 * @transfer: carries messages instead of HTTP
 */
void
signet_worker_set_transfer (SignetWorker   *self,
                            SignetTransfer *transfer)
{
  g_set_object (&self->transfer, transfer);
}

/**
 * signet_worker_wake:
 * @self: a worker
 *
 * Resumes every request whose time has come.
 */
void
signet_worker_wake (SignetWorker *self)
{
  gint64 now = signet_worker_get_now (self);
  gint64 id;

  if (self->store == NULL || self->closing != NULL)
    return;
  while (signet_schedule_take_due (self->schedule, now, &id))
    signet_worker_job_run_async (signet_worker_get_job (self, id),
                                 signet_worker_command_new (SIGNET_WORKER_COMMAND_RESUME), NULL, NULL);
  signet_worker_arm_timer (self);
}

/* A worker that is just ending takes its socket away first and gives the lock up last: it is waited for. */
static SignetStore *
open_store (const char  *home,
            GError     **error)
{
  gint64 give_up = g_get_monotonic_time () + LOCK_PATIENCE;

  for (;;)
    {
      g_autoptr (GError) reason = NULL;
      SignetStore *store = signet_store_open (home, SIGNET_STORE_WRITE, &reason);

      if (store != NULL)
        return store;
      if (!g_error_matches (reason, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_IN_USE) || g_get_monotonic_time () > give_up)
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return NULL;
        }
      g_usleep (LOCK_PAUSE);
    }
}

static void
open_in_thread (GTask        *task,
                gpointer      source_object,
                gpointer      task_data,
                GCancellable *cancellable)
{
  SignetWorker *self = source_object;
  GError *error = NULL;
  SignetStore *store = open_store (self->home, &error);

  if (store == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  /* Without its key the store can be looked at, and opened later. A passphrase that is wrong is somebody's mistake. */
  if (!signet_store_unlock (store, self->passphrase, cancellable, &error))
    {
      if (self->passphrase != NULL)
        {
          g_object_unref (store);
          g_task_return_error (task, error);
          return;
        }
      g_message ("%s", error->message);
      g_error_free (error);
    }
  g_task_return_pointer (task, store, g_object_unref);
}

static void
unref_array (gpointer array)
{
  g_array_unref (array);
}

static void
list_open_in_thread (GTask        *task,
                     gpointer      source_object,
                     gpointer      task_data,
                     GCancellable *cancellable)
{
  SignetWorker *self = source_object;
  GError *error = NULL;
  g_autoptr (GPtrArray) requests = signet_store_list_requests (self->store, &error);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; requests != NULL && i < requests->len; i++)
    {
      const SignetRequestRecord *record = requests->pdata[i];

      if (!signet_request_state_is_final (record->state) || record->retry_at != 0)
        g_array_append_val (ids, record->id);
    }
  if (requests != NULL)
    g_task_return_pointer (task, ids, unref_array);
  else
    {
      g_array_unref (ids);
      g_task_return_error (task, error);
    }
}

static void
on_listed_open (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  SignetWorker *self = SIGNET_WORKER (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids = g_task_propagate_pointer (G_TASK (result), &error);

  self->resuming = FALSE;
  if (self->store == NULL || self->closing != NULL)
    return;
  if (ids == NULL)
    {
      /* The next worker tries again: this one may end. */
      g_message ("Requests cannot be read: %s", error->message);
      signet_worker_consider_end (self);
      return;
    }
  for (guint i = 0; i < ids->len; i++)
    signet_schedule_set (self->schedule, g_array_index (ids, gint64, i), 1);
  signet_worker_wake (self);
  signet_worker_consider_end (self);
}

/**
 * signet_worker_resume_all:
 * @self: a worker whose store is open and whose key is there
 *
 * Takes up what an earlier worker left. A worker that is closing leaves it to the next.
 */
void
signet_worker_resume_all (SignetWorker *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_listed_open, NULL);

  g_task_set_name (task, "signet_worker_resume_all");
  signet_worker_run_in_thread (self, task, list_open_in_thread);
}

static void
on_opened (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  SignetWorker *self = SIGNET_WORKER (source);
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  self->store = g_task_propagate_pointer (G_TASK (result), &error);
  if (self->store == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (self->transfer == NULL)
    self->transfer = SIGNET_TRANSFER (signet_http_transfer_new ());
  if (signet_store_is_unlocked (self->store))
    {
      self->resuming = TRUE;
      signet_worker_restart_demo (self);
    }
  g_task_return_boolean (task, TRUE);
}

/**
 * signet_worker_open_async:
 * @self: a worker
 * @cancellable: (nullable): a cancellable
 * @callback: called when the store is open
 * @user_data: for @callback
 */
void
signet_worker_open_async (SignetWorker        *self,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr (GTask) work = NULL;
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_name (task, "signet_worker_open_async");
  work = g_task_new (self, NULL, on_opened, task);
  g_task_set_name (work, "open_in_thread");
  g_task_run_in_thread (work, open_in_thread);
}

/**
 * signet_worker_open_finish:
 * @self: a worker
 * @result: what the callback got
 * @error: why the store cannot be opened
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_open_finish (SignetWorker  *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * signet_worker_listen:
 * @self: a worker whose store is open
 * @error: where the socket cannot be made
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_listen (SignetWorker  *self,
                      GError       **error)
{
  g_autofree char *path = g_build_filename (self->home, SOCKET_NAME, NULL);

  return signet_worker_service_listen (self->service, path, error);
}

/**
 * signet_worker_listen_fd:
 * @self: a worker whose store is open
 * @fd: (transfer full): a listening socket, or a connection with one client
 * @error: where it is neither
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_listen_fd (SignetWorker  *self,
                         int            fd,
                         GError       **error)
{
  return signet_worker_service_listen_fd (self->service, fd, error);
}

/**
 * signet_worker_add_connection:
 * @self: a worker whose store is open
 * @stream: a connected Unix socket
 */
void
signet_worker_add_connection (SignetWorker *self,
                              GIOStream    *stream)
{
  signet_worker_service_add_connection (self->service, stream);
}

/**
 * signet_worker_set_grace:
 * @self: a worker
 * @seconds: after which it ends when nobody is connected and nothing waits; 0: never
 */
void
signet_worker_set_grace (SignetWorker *self,
                         guint         seconds)
{
  self->grace = seconds;
  signet_worker_consider_end (self);
}

static void
close_in_thread (GTask        *task,
                 gpointer      source_object,
                 gpointer      task_data,
                 GCancellable *cancellable)
{
  signet_store_close (task_data);
  g_task_return_boolean (task, TRUE);
}

void
signet_worker_finish_closing (SignetWorker *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->closing == NULL || g_hash_table_size (self->jobs) != 0 || self->threads != 0)
    return;
  task = g_steal_pointer (&self->closing);
  g_clear_object (&self->demo);
  if (self->store == NULL)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  g_task_set_task_data (task, g_steal_pointer (&self->store), g_object_unref);
  g_task_run_in_thread (task, close_in_thread);
}

/**
 * signet_worker_close_async:
 * @self: a worker
 * @callback: called when the store is closed
 * @user_data: for @callback
 *
 * Finishes what is under way. Sends are given up, and made again by the next worker.
 */
void
signet_worker_close_async (SignetWorker        *self,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  GHashTableIter iter;
  gpointer job;
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_if_fail (self->closing == NULL);

  self->closing = g_task_new (self, NULL, callback, user_data);
  g_task_set_name (self->closing, "signet_worker_close_async");
  signet_worker_clear_source (&self->timer);
  signet_worker_clear_source (&self->grace_timer);
  signet_worker_service_close (self->service);
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &job))
    g_ptr_array_add (jobs, g_object_ref (job));
  for (guint i = 0; i < jobs->len; i++)
    signet_worker_job_stop (jobs->pdata[i]);
  signet_worker_finish_closing (self);
}

/**
 * signet_worker_close_finish:
 * @self: a worker
 * @result: what the callback got
 * @error: never set
 *
 * Returns: %TRUE
 */
gboolean
signet_worker_close_finish (SignetWorker  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
on_finish (gpointer user_data)
{
  g_signal_emit (user_data, signals[FINISHED], 0);

  return G_SOURCE_REMOVE;
}

void
signet_worker_finish (SignetWorker *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, on_finish, g_object_ref (self), g_object_unref);
  g_source_attach (source, self->context);
}
