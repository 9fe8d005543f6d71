/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>

#include "client/client-private.h"

/* Calls of the worker's methods, over a connection that is made where there is none. */

typedef struct
{
  char *method;
  GVariant *arguments;
  GUnixFDList *fds;
  GVariant *reply;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_free (call->method);
  g_clear_pointer (&call->arguments, g_variant_unref);
  g_clear_object (&call->fds);
  g_clear_pointer (&call->reply, g_variant_unref);
  g_free (call);
}

static void
on_call_settled (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Call *call = g_task_get_task_data (task);

  g_task_return_pointer (task, g_steal_pointer (&call->reply), (GDestroyNotify) g_variant_unref);
}

static void
on_called (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  SignetClient *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  call->reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), NULL, result, &error);
  if (call->reply == NULL)
    {
      g_task_return_error (task, signet_client_translate_error (error));
      return;
    }
  /* What the call has changed is in the lists before its caller goes on. */
  signet_client_lists_settle_async (signet_client_get_lists (self), on_call_settled, g_steal_pointer (&task));
}

static void
on_opened_for_call (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  SignetClient *self = SIGNET_CLIENT (source);
  g_autoptr (GTask) task = user_data;
  Call *call = g_task_get_task_data (task);
  GDBusConnection *connection;
  GError *error = NULL;

  if (!signet_client_open_finish (self, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  connection = signet_client_get_connection (self);
  if (connection == NULL)
    {
      g_task_return_new_error (task, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NO_WORKER,
                               _("The background worker has gone."));
      return;
    }
  g_dbus_connection_call_with_unix_fd_list (connection, NULL, SIGNET_CLIENT_OBJECT_PATH, SIGNET_CLIENT_INTERFACE, call->method, call->arguments, NULL,
                                            G_DBUS_CALL_FLAGS_NONE, SIGNET_CLIENT_CALL_LIMIT, call->fds,
                                            g_task_get_cancellable (task), on_called, g_object_ref (task));
}

/**
 * signet_client_call_async:
 * @self: a client
 * @method: of io.github.signet.Worker1
 * @arguments: (nullable): floating tuple, as in the interface's description; handles are indexes into @fds
 * @fds: (nullable): descriptors for arguments of type h
 * @cancellable: (nullable): a cancellable
 * @callback: called with the result, after the lists show what the call has changed
 * @user_data: for @callback
 *
 * Connects first where there is no connection.
 */
void
signet_client_call_async (SignetClient        *self,
                          const char          *method,
                          GVariant            *arguments,
                          GUnixFDList         *fds,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  GTask *task;
  Call *call;

  g_return_if_fail (SIGNET_IS_CLIENT (self));
  g_return_if_fail (method != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_name (task, "signet_client_call_async");
  call = g_new0 (Call, 1);
  call->method = g_strdup (method);
  call->arguments = g_variant_ref_sink (arguments != NULL ? arguments : g_variant_new ("()"));
  call->fds = fds != NULL ? g_object_ref (fds) : NULL;
  g_task_set_task_data (task, call, call_free);
  signet_client_open_async (self, cancellable, on_opened_for_call, task);
}

/**
 * signet_client_call_finish:
 * @self: a client
 * @result: what the callback got
 * @error: %SIGNET_CLIENT_ERROR
 *
 * Returns: (transfer full): the tuple of results
 */
GVariant *
signet_client_call_finish (SignetClient  *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
