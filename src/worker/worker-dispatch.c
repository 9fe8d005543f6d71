/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "worker/worker-ask.h"
#include "worker/worker-internal.h"
#include "worker/worker-methods.h"
#include "worker/worker-roots.h"

/* Which method is what: work in a thread, a command to one request, or the demo authority's. */

static void
call_free (gpointer data)
{
  SignetWorkerCall *call = data;

  g_object_unref (call->worker);
  g_clear_object (&call->invocation);
  g_variant_unref (call->parameters);
  g_clear_object (&call->fds);
  g_clear_pointer (&call->message, g_bytes_unref);
  g_free (call);
}

static void
fail (SignetWorkerCall *call,
      const GError     *error)
{
  g_dbus_method_invocation_return_dbus_error (g_steal_pointer (&call->invocation), signet_worker_error_dbus_name (error),
                                              error->message);
}

static void
succeed (SignetWorkerCall *call,
         GVariant         *result)
{
  g_dbus_method_invocation_return_value (g_steal_pointer (&call->invocation), result);
}

static void
run_in_thread (GTask        *task,
               gpointer      source_object,
               gpointer      task_data,
               GCancellable *cancellable)
{
  SignetWorkerCall *call = task_data;
  GError *error = NULL;
  GVariant *result = call->in_thread (call, &error);

  signet_worker_publish (call->worker);

  if (result != NULL)
    g_task_return_pointer (task, g_variant_ref_sink (result), (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

static void
on_ran (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  SignetWorkerCall *call = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = g_task_propagate_pointer (G_TASK (result), &error);

  if (value == NULL)
    {
      fail (call, error);
      return;
    }
  if (call->after != NULL)
    call->after (call);
  succeed (call, value);
}

static void
start (SignetWorkerCall           *call,
       SignetWorkerMethodInThread  in_thread,
       GAsyncReadyCallback         callback)
{
  g_autoptr (GTask) task = g_task_new (call->worker, NULL, callback, NULL);

  g_task_set_name (task, "start");
  call->in_thread = in_thread;
  g_task_set_task_data (task, call, call_free);
  signet_worker_run_in_thread (call->worker, task, run_in_thread);
}

/* ---- methods that are commands to one request ---- */

static void
on_commanded (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  SignetWorkerCall *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetWorkerOutcome) outcome = signet_worker_job_run_finish (SIGNET_WORKER_JOB (source), result, &error);

  if (outcome == NULL)
    fail (call, error);
  else if (outcome->message != NULL)
    succeed (call, g_variant_new ("(@ays)", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, outcome->message, TRUE),
                                  outcome->file_name));
  else if (call->message != NULL && outcome->refusal != NULL)
    g_dbus_method_invocation_return_dbus_error (g_steal_pointer (&call->invocation), "io.github.signet.Error.Invalid",
                                                outcome->refusal->message);
  else if (call->message != NULL)
    succeed (call, g_variant_new ("(xs)", call->id, outcome->words != NULL ? outcome->words : ""));
  else
    succeed (call, NULL);
  call_free (call);
}

static void
command (SignetWorkerCall        *call,
         SignetWorkerCommandKind  kind)
{
  SignetWorkerCommand *order = signet_worker_command_new (kind);

  if (kind == SIGNET_WORKER_COMMAND_ANSWER)
    g_variant_get (call->parameters, "(xub)", NULL, &order->question, &order->accept);
  if (call->message != NULL)
    order->message = g_bytes_ref (call->message);
  signet_worker_job_run_async (signet_worker_get_job (call->worker, call->id), order, on_commanded, call);
}

static void
on_import_found (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  SignetWorkerCall *found = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = g_task_propagate_pointer (G_TASK (result), &error);
  SignetWorkerCall *call;

  if (value == NULL)
    {
      fail (found, error);
      return;
    }
  call = g_new0 (SignetWorkerCall, 1);
  call->worker = g_object_ref (found->worker);
  call->invocation = g_steal_pointer (&found->invocation);
  call->parameters = g_variant_ref (found->parameters);
  call->message = g_steal_pointer (&found->message);
  call->id = found->id;
  command (call, SIGNET_WORKER_COMMAND_IMPORT);
}

/* @answer: (nullable): failed with @error */
static void
end (SignetWorkerCall *call,
     GVariant         *answer,
     const GError     *error)
{
  if (answer != NULL)
    succeed (call, answer);
  else
    fail (call, error);
  call_free (call);
}

static void
on_demo_tried (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  SignetWorkerCall *call = user_data;
  g_autoptr (GError) error = NULL;
  gint64 id = signet_worker_try_demo_finish (SIGNET_WORKER (source), result, &error);

  end (call, id != 0 ? g_variant_new ("(x)", id) : NULL, error);
}

static void
on_asked (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  SignetWorkerCall *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = signet_worker_ask_finish (SIGNET_WORKER (source), result, &error);

  end (call, answer, error);
}

static void
on_roots_fetched (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  SignetWorkerCall *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = signet_worker_roots_finish (SIGNET_WORKER (source), result, &error);

  end (call, answer, error);
}

static gboolean
dispatch_command (SignetWorkerCall *call,
                  const char       *method)
{
  static const struct { const char *name; SignetWorkerCommandKind kind; } commands[] = {
    { "CheckRequest", SIGNET_WORKER_COMMAND_CHECK },
    { "CancelRequest", SIGNET_WORKER_COMMAND_CANCEL },
    { "AnswerQuestion", SIGNET_WORKER_COMMAND_ANSWER },
    { "ExportMessage", SIGNET_WORKER_COMMAND_EXPORT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, method))
      {
        g_variant_get_child (call->parameters, 0, "x", &call->id);
        command (call, commands[i].kind);
        return TRUE;
      }

  return FALSE;
}

static gboolean
dispatch_thread (SignetWorkerCall *call,
                 const char       *method)
{
  const SignetWorkerMethod *found = signet_worker_methods_find (method);

  if (found == NULL)
    return FALSE;
  call->after = found->after;
  start (call, found->in_thread, on_ran);

  return TRUE;
}

/**
 * signet_worker_dispatch:
 * @worker: a worker
 * @method: of io.github.signet.Worker1, but not Hello
 * @parameters: its arguments, of the types that the interface names
 * @invocation: (transfer full): where the answer goes
 */
void
signet_worker_dispatch (SignetWorker          *worker,
                        const char            *method,
                        GVariant              *parameters,
                        GDBusMethodInvocation *invocation)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (invocation);
  GUnixFDList *fds = g_dbus_message_get_unix_fd_list (message);
  SignetWorkerCall *call;

  if (g_str_equal (method, "Quit"))
    {
      g_dbus_method_invocation_return_value (invocation, NULL);
      signet_worker_finish (worker);
      return;
    }
  call = g_new0 (SignetWorkerCall, 1);
  call->worker = g_object_ref (worker);
  call->invocation = invocation;
  call->parameters = g_variant_ref (parameters);
  call->fds = fds != NULL ? g_object_ref (fds) : NULL;
  if (g_str_equal (method, "TryDemoAuthority"))
    signet_worker_try_demo_async (worker, on_demo_tried, call);
  else if (g_str_equal (method, "AskAuthority"))
    signet_worker_ask_async (worker, parameters, on_asked, call);
  else if (g_str_equal (method, "FetchRoots"))
    signet_worker_roots_async (worker, parameters, on_roots_fetched, call);
  else if (g_str_equal (method, "ImportMessage"))
    start (call, signet_worker_methods_find_import, on_import_found);
  else if (!dispatch_command (call, method) && !dispatch_thread (call, method))
    {
      g_dbus_method_invocation_return_dbus_error (g_steal_pointer (&call->invocation), "io.github.signet.Error.Invalid",
                                                  _("The background worker has no such method."));
      call_free (call);
    }
}
