/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker-fixture.h"

#define OBJECT_PATH "/io/github/signet/Worker1"
#define INTERFACE "io.github.signet.Worker1"
#define PASSPHRASE "a passphrase of the tests"
#define LIMIT 30                /* seconds until a test gives up waiting */

static gint64
read_clock (gpointer user_data)
{
  return ((WorkerFixture *) user_data)->now;
}

static gboolean
on_limit (gpointer user_data)
{
  g_error ("Waited in vain for: %s", (const char *) user_data);

  return G_SOURCE_REMOVE;
}

void
worker_fixture_run_until (gboolean   (*done) (gpointer user_data),
                          gpointer     user_data,
                          const char  *what)
{
  guint limit = g_timeout_add_seconds (LIMIT, on_limit, (gpointer) what);

  while (!done (user_data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
}

static void
on_result (GObject      *source,
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

static void
on_signal (GDBusConnection *connection,
           const char      *sender,
           const char      *object_path,
           const char      *interface,
           const char      *name,
           GVariant        *parameters,
           gpointer         user_data)
{
  WorkerFixture *self = user_data;
  g_autoptr (GVariantIter) iter = NULL;
  const char *table;
  gint64 row;

  if (g_str_equal (name, "Progress"))
    self->progress++;
  if (!g_str_equal (name, "Changed"))
    return;
  g_variant_get (parameters, "(tta(sx))", NULL, NULL, &iter);
  while (g_variant_iter_next (iter, "(&sx)", &table, &row))
    g_ptr_array_add (self->changed, g_strdup_printf ("%s %" G_GINT64_FORMAT, table, row));
}

static GSocketConnection *
wrap (int fd)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);

  g_assert_no_error (error);

  return g_socket_connection_factory_create_connection (socket);
}

GDBusConnection *
worker_fixture_connect (WorkerFixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) ours = NULL;
  g_autoptr (GSocketConnection) theirs = NULL;
  GDBusConnection *connection;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  ours = wrap (fds[0]);
  theirs = wrap (fds[1]);
  signet_worker_add_connection (self->worker, G_IO_STREAM (theirs));
  g_dbus_connection_new (G_IO_STREAM (ours), NULL, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, on_result,
                         &result);
  worker_fixture_run_until (is_set, &result, "a connection");
  connection = g_dbus_connection_new_finish (result, &error);
  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (connection, FALSE);

  return connection;
}

void
worker_fixture_start (WorkerFixture *self)
{
  g_autoptr (SignetSecret) passphrase = signet_secret_new (PASSPHRASE, strlen (PASSPHRASE));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) hello = NULL;

  self->worker = signet_worker_new (self->home);
  signet_worker_set_passphrase (self->worker, passphrase);
  signet_worker_set_clock (self->worker, read_clock, self);
  if (self->transfer != NULL)
    signet_worker_set_transfer (self->worker, self->transfer);
  signet_worker_open_async (self->worker, NULL, on_result, &result);
  worker_fixture_run_until (is_set, &result, "an open store");
  signet_worker_open_finish (self->worker, result, &error);
  g_assert_no_error (error);

  self->client = worker_fixture_connect (self);
  g_dbus_connection_signal_subscribe (self->client, NULL, INTERFACE, NULL, OBJECT_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                      on_signal, self, NULL);
  hello = worker_fixture_must (self, "Hello", g_variant_new ("(us)", SIGNET_WORKER_PROTOCOL, "C"), NULL);
}

void
worker_fixture_stop (WorkerFixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_dbus_connection_close (self->client, NULL, NULL, NULL);
  g_clear_object (&self->client);
  signet_worker_close_async (self->worker, on_result, &result);
  worker_fixture_run_until (is_set, &result, "a closed store");
  signet_worker_close_finish (self->worker, result, &error);
  g_assert_no_error (error);
  g_clear_object (&self->worker);
}

void
worker_fixture_restart (WorkerFixture *self)
{
  worker_fixture_stop (self);
  worker_fixture_start (self);
}

WorkerFixture *
worker_fixture_new (SignetTransfer *transfer)
{
  WorkerFixture *self = g_new0 (WorkerFixture, 1);
  g_autoptr (GError) error = NULL;

  self->home = g_dir_make_tmp ("signet-worker-XXXXXX", &error);
  g_assert_no_error (error);
  self->now = WORKER_FIXTURE_START;
  self->transfer = transfer != NULL ? g_object_ref (transfer) : NULL;
  self->changed = g_ptr_array_new_with_free_func (g_free);
  worker_fixture_start (self);

  return self;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

void
worker_fixture_free (WorkerFixture *self)
{
  if (self->worker != NULL)
    worker_fixture_stop (self);
  g_clear_object (&self->transfer);
  g_ptr_array_unref (self->changed);
  remove_tree (self->home);
  g_free (self->home);
  g_free (self);
}

void
worker_fixture_advance (WorkerFixture *self,
                        gint64         seconds)
{
  self->now += seconds;
  signet_worker_wake (self->worker);
}

static GUnixFDList *
make_fds (const char *const *secrets)
{
  GUnixFDList *list = g_unix_fd_list_new ();

  for (guint i = 0; secrets != NULL && secrets[i] != NULL; i++)
    {
      g_autoptr (SignetSecret) secret = signet_secret_new (secrets[i], strlen (secrets[i]));
      g_autoptr (GError) error = NULL;
      int fd = signet_secret_to_fd (secret, &error);

      g_assert_no_error (error);
      g_unix_fd_list_append (list, fd, &error);
      g_assert_no_error (error);
      close (fd);
    }

  return list;
}

GVariant *
worker_fixture_call (WorkerFixture      *self,
                     const char         *method,
                     GVariant           *arguments,
                     const char *const  *secrets,
                     GError            **error)
{
  g_autoptr (GUnixFDList) fds = make_fds (secrets);
  g_autoptr (GAsyncResult) result = NULL;

  g_dbus_connection_call_with_unix_fd_list (self->client, NULL, OBJECT_PATH, INTERFACE, method, arguments, NULL,
                                            G_DBUS_CALL_FLAGS_NONE, LIMIT * 1000, fds, NULL, on_result, &result);
  worker_fixture_run_until (is_set, &result, method);

  return g_dbus_connection_call_with_unix_fd_list_finish (self->client, NULL, result, error);
}

GVariant *
worker_fixture_must (WorkerFixture     *self,
                     const char        *method,
                     GVariant          *arguments,
                     const char *const *secrets)
{
  g_autoptr (GError) error = NULL;
  GVariant *reply = worker_fixture_call (self, method, arguments, secrets, &error);

  g_assert_no_error (error);

  return reply;
}

void
worker_fixture_must_fail (WorkerFixture     *self,
                          const char        *method,
                          GVariant          *arguments,
                          const char *const *secrets,
                          const char        *name,
                          const char        *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = worker_fixture_call (self, method, arguments, secrets, &error);
  g_autofree char *remote = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;
  g_autofree char *wanted = g_strconcat ("io.github.signet.Error.", name, NULL);

  g_assert_null (reply);
  g_assert_cmpstr (remote, ==, wanted);
  g_dbus_error_strip_remote_error (error);
  if (words != NULL)
    g_assert_cmpstr (error->message, ==, words);
}

gint64
worker_fixture_add_authority (WorkerFixture *self,
                              GVariant      *settings,
                              const char    *secret)
{
  const char *const secrets[] = { secret, NULL };
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder handles = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ah"));
  gint64 id;

  if (secret != NULL)
    g_variant_builder_add (&handles, "h", 0);
  reply = worker_fixture_must (self, "AddAuthority", g_variant_new ("(@a{sv}ah)", settings, &handles), secrets);
  g_variant_get (reply, "(x)", &id);

  return id;
}

gint64
worker_fixture_create_request (WorkerFixture *self,
                               gint64         authority,
                               GVariant      *changes)
{
  static const char *const names[] = { "email:maria@example.org", NULL };
  g_autoptr (GVariant) held = changes != NULL ? g_variant_ref_sink (changes) : NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (held);
  g_autoptr (GVariant) reply = NULL;
  gint64 id;

  g_variant_dict_insert (&dict, "authority", "x", authority);
  if (!g_variant_dict_contains (&dict, "subject"))
    g_variant_dict_insert (&dict, "subject", "s", "CN=Maria Huber,O=Example");
  if (!g_variant_dict_contains (&dict, "alt-names"))
    g_variant_dict_insert (&dict, "alt-names", "^as", names);
  if (!g_variant_dict_contains (&dict, "purpose"))
    g_variant_dict_insert (&dict, "purpose", "s", "mail");
  if (!g_variant_dict_contains (&dict, "key-spec"))
    g_variant_dict_insert (&dict, "key-spec", "s", "ec:P-256");
  reply = worker_fixture_must (self, "CreateRequest", g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)), NULL);
  g_variant_get (reply, "(x)", &id);

  return id;
}

SignetRequestRecord *
worker_fixture_get_request (WorkerFixture *self,
                            gint64         id)
{
  g_autoptr (GError) error = NULL;
  SignetRequestRecord *record = signet_store_get_request (signet_worker_get_store (self->worker), id, &error);

  g_assert_no_error (error);

  return record;
}

typedef struct
{
  WorkerFixture *fixture;
  gint64 id;
  SignetRequestState state;
} Wanted;

static gboolean
has_state (gpointer user_data)
{
  Wanted *wanted = user_data;
  g_autoptr (SignetRequestRecord) record = worker_fixture_get_request (wanted->fixture, wanted->id);

  return record->state == wanted->state;
}

SignetRequestRecord *
worker_fixture_wait (WorkerFixture      *self,
                     gint64              id,
                     SignetRequestState  state)
{
  Wanted wanted = { self, id, state };

  worker_fixture_run_until (has_state, &wanted, signet_request_state_name (state));

  return worker_fixture_get_request (self, id);
}

static gboolean
is_settled (gpointer user_data)
{
  return signet_worker_is_settled (user_data);
}

void
worker_fixture_settle (WorkerFixture *self)
{
  worker_fixture_run_until (is_settled, self->worker, "nothing under way");
}
