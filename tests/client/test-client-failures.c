/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "client/client-lists.h"
#include "client-fixture.h"

/* What a client does where a worker hangs or its database cannot be read for a while. */

#define ANSWER_LIMIT 300        /* milliseconds; whoever stands in for the worker never answers */

static void
keep_result (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
is_set (gpointer user_data)
{
  return *(gpointer *) user_data != NULL;
}

/* ---- a worker that accepts and then says nothing ---- */

static gboolean
on_incoming (GSocketService    *service,
             GSocketConnection *connection,
             GObject           *source,
             gpointer           user_data)
{
  /* Kept, so that it stays open. */
  g_ptr_array_add (user_data, g_object_ref (connection));

  return TRUE;
}

static void
on_let_in (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  GDBusConnection *connection = g_dbus_connection_new_finish (result, NULL);

  /* Its messages are never looked at. */
  if (connection != NULL)
    g_ptr_array_add (user_data, connection);
}

static gboolean
on_incoming_let_in (GSocketService    *service,
                    GSocketConnection *connection,
                    GObject           *source,
                    gpointer           user_data)
{
  g_autofree char *guid = g_dbus_generate_guid ();

  g_dbus_connection_new (G_IO_STREAM (connection), guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER | G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, NULL, on_let_in, user_data);

  return TRUE;
}

static GSocketService *
listen_at (ClientFixture *fixture,
           GCallback      incoming,
           gpointer       user_data)
{
  GSocketService *service = g_socket_service_new ();
  g_autofree char *path = g_build_filename (fixture->home, "worker.sock", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (fixture->home, 0700), ==, 0);
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (service), address, G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, &error));
  g_assert_no_error (error);
  g_signal_connect (service, "incoming", incoming, user_data);

  return service;
}

static void
spoil_database (ClientFixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->home, "signet.db", NULL);

  g_assert_true (g_file_set_contents (path, "This is no database at all, whoever looks at it and for how long.", -1, NULL));
}

static void
stop_listening (ClientFixture  *fixture,
                GSocketService *service)
{
  g_autofree char *path = g_build_filename (fixture->home, "worker.sock", NULL);

  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  /* Nobody is behind it whom the fixture could end. */
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
assert_given_up (GCallback incoming)
{
  g_autoptr (ClientFixture) fixture = client_fixture_new ();
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GSocketService) service = listen_at (fixture, incoming, kept);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  signet_client_set_answer_limit (fixture->client, ANSWER_LIMIT);
  signet_client_open_async (fixture->client, NULL, keep_result, &result);
  client_fixture_run_until (is_set, &result, "the end of the client's patience");
  g_assert_false (signet_client_open_finish (fixture->client, result, &error));
  g_assert_error (error, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NO_WORKER);
  g_assert_cmpstr (signet_client_get_state (fixture->client), ==, "lost");
  g_assert_cmpuint (kept->len, >, 0);
  stop_listening (fixture, service);
}

static void
test_silent_at_once (void)
{
  assert_given_up (G_CALLBACK (on_incoming));
}

static void
test_silent_after_letting_in (void)
{
  assert_given_up (G_CALLBACK (on_incoming_let_in));
}

/* ---- a worker that goes as soon as it has said Hello ---- */

static const char hello_xml[]
    = "<node><interface name='io.github.signet.Worker1'><method name='Hello'><arg type='u' direction='in'/>"
      "<arg type='s' direction='in'/><arg type='s' direction='out'/><arg type='a{sv}' direction='out'/></method></interface>"
      "</node>";

typedef struct
{
  GPtrArray *kept;              /* (element-type GDBusConnection) */
  guint greetings;
} Greeter;

static void
on_said (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_dbus_connection_close (G_DBUS_CONNECTION (source), NULL, NULL, NULL);
}

/* The first is let go with its answer, the next may stay. */
static void
greet (GDBusConnection       *connection,
       const char            *sender,
       const char            *object_path,
       const char            *interface_name,
       const char            *method_name,
       GVariant              *parameters,
       GDBusMethodInvocation *invocation,
       gpointer               user_data)
{
  Greeter *greeter = user_data;

  g_assert_cmpstr (method_name, ==, "Hello");
  g_dbus_method_invocation_return_value (invocation, g_variant_new_parsed ("('1', {'state': <'ready'>})"));
  if (++greeter->greetings == 1)
    g_dbus_connection_flush (connection, NULL, on_said, NULL);
}

static void
on_let_in_for_hello (GObject      *source,
                     GAsyncResult *result,
                     gpointer      user_data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = greet };
  Greeter *greeter = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (hello_xml, &error);
  GDBusConnection *connection = g_dbus_connection_new_finish (result, NULL);

  g_assert_no_error (error);
  g_assert_nonnull (connection);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_dbus_connection_register_object (connection, "/io/github/signet/Worker1", node->interfaces[0], &vtable, greeter, NULL,
                                     &error);
  g_assert_no_error (error);
  g_ptr_array_add (greeter->kept, connection);
  g_dbus_connection_start_message_processing (connection);
}

static gboolean
on_incoming_greeted (GSocketService    *service,
                     GSocketConnection *connection,
                     GObject           *source,
                     gpointer           user_data)
{
  g_autofree char *guid = g_dbus_generate_guid ();

  g_dbus_connection_new (G_IO_STREAM (connection), guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER | G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, NULL, on_let_in_for_hello, user_data);

  return TRUE;
}

static gboolean
is_greeted_again (gpointer user_data)
{
  return ((Greeter *) user_data)->greetings > 1;
}

static void
test_gone_after_hello (void)
{
  g_autoptr (ClientFixture) fixture = client_fixture_new ();
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_object_unref);
  Greeter greeter = { .kept = kept };
  g_autoptr (GSocketService) service = listen_at (fixture, G_CALLBACK (on_incoming_greeted), &greeter);

  /* Reading is tried for a while: the worker goes before that is over. */
  spoil_database (fixture);
  signet_client_open_async (fixture->client, NULL, NULL, NULL);
  client_fixture_run_until (is_greeted_again, &greeter, "another greeting");
  stop_listening (fixture, service);
}

/* ---- a database that cannot be read ---- */

static int refusals;

/* As a handler of the domain, since under newer releases of GLib a test's messages no longer pass the writer. */
static void
count_refusals (const char     *domain,
                GLogLevelFlags  level,
                const char     *message,
                gpointer        user_data)
{
  if (g_str_has_prefix (message, "Lists "))
    g_atomic_int_inc (&refusals);
  g_log_default_handler (domain, level, message, user_data);
}

static gboolean
is_refused (gpointer user_data)
{
  return g_atomic_int_get (&refusals) > 0;
}

/* A change is told once: it must not be lost with a reading that failed. */
static void
test_reads_again (void)
{
  g_autoptr (ClientFixture) fixture = client_fixture_new ();
  g_autoptr (SignetClientLists) lists = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *path = g_build_filename (fixture->home, "signet.db", NULL);
  g_autofree char *aside = g_build_filename (fixture->top, "aside.db", NULL);

  client_fixture_open (fixture);
  g_assert_cmpint (client_fixture_add_authority (fixture, "Example"), >, 0);
  client_fixture_end_worker (fixture);

  g_assert_cmpint (g_rename (path, aside), ==, 0);
  spoil_database (fixture);
  lists = signet_client_lists_new (fixture->home);
  signet_client_lists_reload (lists);
  client_fixture_run_until (is_refused, NULL, "a reading that fails");
  g_assert_cmpint (g_rename (aside, path), ==, 0);
  signet_client_lists_settle_async (lists, keep_result, &result);
  client_fixture_run_until (is_set, &result, "lists that settle");
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (signet_client_lists_get_authorities (lists))), ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("signet-client", G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_MESSAGE, count_refusals, NULL);
  g_test_add_func ("/client/failures/worker-that-accepts-and-says-nothing-is-given-up", test_silent_at_once);
  g_test_add_func ("/client/failures/worker-that-lets-in-and-says-nothing-is-given-up", test_silent_after_letting_in);
  g_test_add_func ("/client/failures/worker-that-goes-behind-its-first-word-is-replaced", test_gone_after_hello);
  g_test_add_func ("/client/failures/lists-that-could-not-be-read-are-read-again", test_reads_again);

  return g_test_run ();
}
