/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "worker/worker-dbus.h"
#include "worker/worker-internal.h"
#include "worker/worker-methods.h"
#include "worker/worker-service.h"

#define OBJECT_PATH "/io/github/signet/Worker1"
#define INTERFACE "io.github.signet.Worker1"
#define CLIENTS_MAX 64

struct _SignetWorkerService
{
  GObject parent_instance;

  SignetWorker *worker;         /* unowned: it owns this */
  GPtrArray *clients;           /* (element-type Client) */
  GSocketService *listener;
  GCancellable *cancellable;
  char *path;
};

typedef struct
{
  SignetWorkerService *service; /* unowned */
  GDBusConnection *connection;
  guint registration;
  gulong closed_id;
  gboolean greeted;             /* Hello was the first call */
} Client;

enum
{
  IDLE_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SignetWorkerService, signet_worker_service, G_TYPE_OBJECT)

static void
client_free (gpointer data)
{
  Client *client = data;

  if (client->registration != 0)
    g_dbus_connection_unregister_object (client->connection, client->registration);
  g_clear_signal_handler (&client->closed_id, client->connection);
  g_clear_object (&client->connection);
  g_free (client);
}

static void
return_hello (Client                *client,
              GVariant              *parameters,
              GDBusMethodInvocation *invocation)
{
  guint32 protocol;

  g_variant_get (parameters, "(u&s)", &protocol, NULL);
  if (protocol != SIGNET_WORKER_PROTOCOL)
    {
      g_dbus_method_invocation_return_dbus_error (invocation, "io.github.signet.Error.Version",
                                                  _("The background worker is of another version. Close every window of "
                                                    "Signet and open it again."));
      return;
    }
  client->greeted = TRUE;
  g_dbus_method_invocation_return_value (invocation,
                                         g_variant_new ("(s@a{sv})", PACKAGE_VERSION,
                                                        signet_worker_describe (client->service->worker)));
}

static void
on_method_call (GDBusConnection       *connection,
                const char            *sender,
                const char            *object_path,
                const char            *interface_name,
                const char            *method_name,
                GVariant              *parameters,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
  Client *client = user_data;

  if (g_str_equal (method_name, "Hello"))
    return_hello (client, parameters, invocation);
  else if (!client->greeted)
    g_dbus_method_invocation_return_dbus_error (invocation, "io.github.signet.Error.Version",
                                                _("The first call must be Hello, so that both sides know what they speak."));
  else
    signet_worker_dispatch (client->service->worker, method_name, parameters, invocation);
}

static const GDBusInterfaceVTable vtable = { .method_call = on_method_call };

static void
on_closed (GDBusConnection *connection,
           gboolean         vanished,
           GError          *error,
           gpointer         user_data)
{
  Client *client = user_data;
  SignetWorkerService *self = client->service;

  g_ptr_array_remove_fast (self->clients, client);
  if (self->clients->len == 0)
    g_signal_emit (self, signals[IDLE_CHANGED], 0);
}

static void
on_authenticated (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (SignetWorkerService) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);
  Client *client;

  if (connection == NULL)
    {
      g_debug ("A client was not let in: %s", error->message);
      return;
    }
  if (g_cancellable_is_cancelled (self->cancellable) || self->clients->len >= CLIENTS_MAX)
    {
      g_dbus_connection_close (connection, NULL, NULL, NULL);
      return;
    }

  client = g_new0 (Client, 1);
  client->service = self;
  client->connection = g_steal_pointer (&connection);
  g_dbus_connection_set_exit_on_close (client->connection, FALSE);
  client->closed_id = g_signal_connect (client->connection, "closed", G_CALLBACK (on_closed), client);
  client->registration = g_dbus_connection_register_object (client->connection, OBJECT_PATH,
                                                            signet_dbus_worker1_interface_info (), &vtable, client, NULL,
                                                            &error);
  g_ptr_array_add (self->clients, client);
  if (client->registration == 0)
    g_critical ("%s", error->message);
  if (self->clients->len == 1)
    g_signal_emit (self, signals[IDLE_CHANGED], 0);
  g_dbus_connection_start_message_processing (client->connection);
}

/* Only the kernel's word about the peer counts; the cookie mechanism would let files decide. */
static gboolean
on_allow_mechanism (GDBusAuthObserver *observer,
                    const char        *mechanism,
                    gpointer           user_data)
{
  return g_str_equal (mechanism, "EXTERNAL");
}

static gboolean
on_authorize_peer (GDBusAuthObserver *observer,
                   GIOStream         *stream,
                   GCredentials      *credentials,
                   gpointer           user_data)
{
  return signet_worker_service_is_allowed (credentials);
}

static gboolean
on_incoming (GSocketService    *listener,
             GSocketConnection *connection,
             GObject           *source,
             gpointer           user_data)
{
  signet_worker_service_add_connection (SIGNET_WORKER_SERVICE (user_data), G_IO_STREAM (connection));

  return TRUE;
}

static void
signet_worker_service_dispose (GObject *object)
{
  signet_worker_service_close (SIGNET_WORKER_SERVICE (object));

  G_OBJECT_CLASS (signet_worker_service_parent_class)->dispose (object);
}

static void
signet_worker_service_finalize (GObject *object)
{
  SignetWorkerService *self = SIGNET_WORKER_SERVICE (object);

  g_ptr_array_unref (self->clients);
  g_object_unref (self->listener);
  g_object_unref (self->cancellable);
  g_free (self->path);

  G_OBJECT_CLASS (signet_worker_service_parent_class)->finalize (object);
}

static void
signet_worker_service_class_init (SignetWorkerServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = signet_worker_service_dispose;
  object_class->finalize = signet_worker_service_finalize;

  signals[IDLE_CHANGED] = g_signal_new ("idle-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 0);
}

static void
signet_worker_service_init (SignetWorkerService *self)
{
  self->clients = g_ptr_array_new_with_free_func (client_free);
  self->cancellable = g_cancellable_new ();
  self->listener = g_socket_service_new ();
  g_socket_service_stop (self->listener);
  g_signal_connect (self->listener, "incoming", G_CALLBACK (on_incoming), self);
}

/**
 * signet_worker_service_new:
 * @worker: that answers; must outlive the service
 *
 * Returns: (transfer full): a service without clients
 */
SignetWorkerService *
signet_worker_service_new (SignetWorker *worker)
{
  SignetWorkerService *self = g_object_new (SIGNET_TYPE_WORKER_SERVICE, NULL);

  self->worker = worker;

  return self;
}

/**
 * signet_worker_service_listen:
 * @self: a service
 * @path: of the socket; one that is left over is replaced, for the caller holds the lock of the store
 * @error: where the socket cannot be made
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_service_listen (SignetWorkerService  *self,
                              const char           *path,
                              GError              **error)
{
  g_autoptr (GSocketAddress) address = NULL;

  g_return_val_if_fail (SIGNET_IS_WORKER_SERVICE (self), FALSE);

  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_FAILED,
                   _("The path “%s” is too long for a socket. Choose a folder with a shorter name."), path);
      return FALSE;
    }
  if (g_unlink (path) != 0 && errno != ENOENT)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_FAILED, _("“%s” cannot be replaced: %s"), path,
                   g_strerror (errno));
      return FALSE;
    }
  address = g_unix_socket_address_new (path);
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (self->listener), address, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error))
    return FALSE;
  self->path = g_strdup (path);
  if (g_chmod (path, 0600) != 0)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_FAILED, _("“%s” cannot be kept to yourself: %s"), path,
                   g_strerror (errno));
      return FALSE;
    }
  g_socket_service_start (self->listener);

  return TRUE;
}

/**
 * signet_worker_service_listen_fd:
 * @self: a service
 * @fd: (transfer full): a listening socket, or a connection with one client
 * @error: where it is neither
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_service_listen_fd (SignetWorkerService  *self,
                                 int                   fd,
                                 GError              **error)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, error);
  int listening = 0;

  if (socket == NULL || !g_socket_get_option (socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, error))
    return FALSE;
  if (listening)
    {
      if (!g_socket_listener_add_socket (G_SOCKET_LISTENER (self->listener), socket, NULL, error))
        return FALSE;
      g_socket_service_start (self->listener);
    }
  else
    {
      g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);

      signet_worker_service_add_connection (self, G_IO_STREAM (connection));
    }

  return TRUE;
}

/**
 * signet_worker_service_add_connection:
 * @self: a service
 * @stream: a connected Unix socket
 *
 * Lets the client in once it has shown that it is the same user.
 */
void
signet_worker_service_add_connection (SignetWorkerService *self,
                                      GIOStream           *stream)
{
  g_autoptr (GDBusAuthObserver) observer = g_dbus_auth_observer_new ();
  g_autofree char *guid = g_dbus_generate_guid ();

  g_return_if_fail (SIGNET_IS_WORKER_SERVICE (self));

  g_signal_connect (observer, "allow-mechanism", G_CALLBACK (on_allow_mechanism), NULL);
  g_signal_connect (observer, "authorize-authenticated-peer", G_CALLBACK (on_authorize_peer), NULL);
  g_dbus_connection_new (stream, guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER
                         | G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_REQUIRE_SAME_USER
                         | G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         observer, self->cancellable, on_authenticated, g_object_ref (self));
}

/**
 * signet_worker_service_get_n_clients:
 * @self: a service
 *
 * Returns: how many are connected
 */
guint
signet_worker_service_get_n_clients (SignetWorkerService *self)
{
  g_return_val_if_fail (SIGNET_IS_WORKER_SERVICE (self), 0);

  return self->clients->len;
}

/**
 * signet_worker_service_emit:
 * @self: a service
 * @signal_name: of io.github.signet.Worker1
 * @parameters: (transfer floating): its arguments
 */
void
signet_worker_service_emit (SignetWorkerService *self,
                            const char          *signal_name,
                            GVariant            *parameters)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (parameters);

  g_return_if_fail (SIGNET_IS_WORKER_SERVICE (self));

  for (guint i = 0; i < self->clients->len; i++)
    {
      Client *client = self->clients->pdata[i];
      g_autoptr (GError) error = NULL;

      if (client->greeted
          && !g_dbus_connection_emit_signal (client->connection, NULL, OBJECT_PATH, INTERFACE, signal_name, held, &error))
        g_debug ("A client does not hear %s: %s", signal_name, error->message);
    }
}

/**
 * signet_worker_service_close:
 * @self: a service
 *
 * Lets every client go, after what was already said has been sent, and listens no more.
 */
void
signet_worker_service_close (SignetWorkerService *self)
{
  g_return_if_fail (SIGNET_IS_WORKER_SERVICE (self));

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  g_cancellable_cancel (self->cancellable);
  g_socket_service_stop (self->listener);
  g_socket_listener_close (G_SOCKET_LISTENER (self->listener));
  if (self->path != NULL)
    g_unlink (self->path);
  for (guint i = 0; i < self->clients->len; i++)
    {
      Client *client = self->clients->pdata[i];

      g_clear_signal_handler (&client->closed_id, client->connection);
      g_dbus_connection_close (client->connection, NULL, NULL, NULL);
    }
  g_ptr_array_set_size (self->clients, 0);
}

/**
 * signet_worker_service_is_allowed:
 * @peer: (nullable): what the kernel says of a process that connected
 *
 * Returns: whether it belongs to the same user
 */
gboolean
signet_worker_service_is_allowed (GCredentials *peer)
{
  g_autoptr (GCredentials) own = g_credentials_new ();

  return peer != NULL && g_credentials_is_same_user (own, peer, NULL);
}
