/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "client/client-private.h"

/* Short reads of what no list holds, each in a thread. */

typedef gpointer (*ReadFunc) (SignetStore *store, gint64 id, GError **error);

typedef struct
{
  SignetStore *store;
  ReadFunc read;
  gint64 id;
  GDestroyNotify free;
} Read;

static void
read_free (gpointer data)
{
  Read *read = data;

  g_clear_object (&read->store);
  g_free (read);
}

static void
read_in_thread (GTask        *task,
                gpointer      source_object,
                gpointer      task_data,
                GCancellable *cancellable)
{
  Read *read = task_data;
  GError *error = NULL;
  gpointer found = read->read (read->store, read->id, &error);

  if (found != NULL)
    g_task_return_pointer (task, found, read->free);
  else
    g_task_return_error (task, error);
}

static void
start_read (SignetClient        *self,
            ReadFunc             func,
            gint64               id,
            GDestroyNotify       free_func,
            GCancellable        *cancellable,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Read *read;

  g_task_set_name (task, "start_read");
  read = g_new0 (Read, 1);
  read->store = signet_client_lists_get_store (signet_client_get_lists (self));
  read->read = func;
  read->id = id;
  read->free = free_func;
  g_task_set_task_data (task, read, read_free);
  if (read->store == NULL)
    g_task_return_new_error (task, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NOT_FOUND, _("There is no store yet."));
  else
    g_task_run_in_thread (task, read_in_thread);
}

static gpointer
finish_read (GAsyncResult  *result,
             GError       **error)
{
  GError *reason = NULL;
  gpointer found = g_task_propagate_pointer (G_TASK (result), &reason);

  if (reason == NULL)
    return found;
  if (reason->domain == SIGNET_STORE_ERROR)
    {
      g_set_error_literal (error, SIGNET_CLIENT_ERROR,
                           reason->code == SIGNET_STORE_ERROR_NOT_FOUND ? SIGNET_CLIENT_ERROR_NOT_FOUND
                                                                        : SIGNET_CLIENT_ERROR_FAILED,
                           reason->message);
      g_error_free (reason);
    }
  else
    g_propagate_error (error, reason);

  return NULL;
}

static gpointer
read_messages (SignetStore  *store,
               gint64        id,
               GError      **error)
{
  return signet_store_list_messages (store, id, error);
}

static gpointer
read_octets (SignetStore  *store,
             gint64        id,
             GError      **error)
{
  return signet_store_get_message (store, id, error);
}

static gpointer
read_chain (SignetStore  *store,
            gint64        id,
            GError      **error)
{
  return signet_store_list_chain (store, id, error);
}

static void
unref_array (gpointer array)
{
  g_ptr_array_unref (array);
}

static void
unref_bytes (gpointer bytes)
{
  g_bytes_unref (bytes);
}

/**
 * signet_client_list_messages_async:
 * @self: an open client
 * @request: its row
 * @cancellable: (nullable): a cancellable
 * @callback: called with the messages
 * @user_data: for @callback
 */
void
signet_client_list_messages_async (SignetClient        *self,
                                   gint64               request,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  g_return_if_fail (SIGNET_IS_CLIENT (self));

  start_read (self, read_messages, request, unref_array, cancellable, callback, user_data);
}

/**
 * signet_client_list_messages_finish:
 * @self: a client
 * @result: what the callback got
 * @error: %SIGNET_CLIENT_ERROR
 *
 * Returns: (transfer full) (element-type SignetMessageRecord): oldest first
 */
GPtrArray *
signet_client_list_messages_finish (SignetClient  *self,
                                    GAsyncResult  *result,
                                    GError       **error)
{
  return finish_read (result, error);
}

/**
 * signet_client_read_message_async:
 * @self: an open client
 * @message: its row
 * @cancellable: (nullable): a cancellable
 * @callback: called with the octets
 * @user_data: for @callback
 */
void
signet_client_read_message_async (SignetClient        *self,
                                  gint64               message,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  g_return_if_fail (SIGNET_IS_CLIENT (self));

  start_read (self, read_octets, message, unref_bytes, cancellable, callback, user_data);
}

/**
 * signet_client_read_message_finish:
 * @self: a client
 * @result: what the callback got
 * @error: %SIGNET_CLIENT_ERROR
 *
 * Returns: (transfer full): the message as it was sent or received
 */
GBytes *
signet_client_read_message_finish (SignetClient  *self,
                                   GAsyncResult  *result,
                                   GError       **error)
{
  return finish_read (result, error);
}

/**
 * signet_client_list_chain_async:
 * @self: an open client
 * @certificate: its row
 * @cancellable: (nullable): a cancellable
 * @callback: called with the chain
 * @user_data: for @callback
 */
void
signet_client_list_chain_async (SignetClient        *self,
                                gint64               certificate,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_return_if_fail (SIGNET_IS_CLIENT (self));

  start_read (self, read_chain, certificate, unref_array, cancellable, callback, user_data);
}

/**
 * signet_client_list_chain_finish:
 * @self: a client
 * @result: what the callback got
 * @error: %SIGNET_CLIENT_ERROR
 *
 * Returns: (transfer full) (element-type SignetCertificateRecord): own first, as far as the store has issuers
 */
GPtrArray *
signet_client_list_chain_finish (SignetClient  *self,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  return finish_read (result, error);
}
