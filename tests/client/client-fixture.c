/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gunixfdlist.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client-fixture.h"
#include "pki/pki-secret.h"

#define LIMIT 60                /* seconds until a test gives up waiting */

static gboolean
on_limit (gpointer user_data)
{
  g_error ("Waited in vain for: %s", (const char *) user_data);

  return G_SOURCE_REMOVE;
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

void
client_fixture_run_until (gboolean   (*done) (gpointer user_data),
                          gpointer     user_data,
                          const char  *what)
{
  guint limit = g_timeout_add_seconds (LIMIT, on_limit, (gpointer) what);
  /* Not all that is waited for wakes this loop: a process that ends does not. */
  guint tick = g_timeout_add (20, on_tick, NULL);

  while (!done (user_data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
  g_source_remove (tick);
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
open_client (SignetClient *client)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  signet_client_open_async (client, NULL, on_result, &result);
  client_fixture_run_until (is_set, &result, "an open client");
  signet_client_open_finish (client, result, &error);
  g_assert_no_error (error);
}

ClientFixture *
client_fixture_new (void)
{
  ClientFixture *self = g_new0 (ClientFixture, 1);
  g_autoptr (GError) error = NULL;

  self->top = g_dir_make_tmp ("signet-client-XXXXXX", &error);
  g_assert_no_error (error);
  self->home = g_build_filename (self->top, "home", NULL);
  self->passphrase_file = g_build_filename (self->top, "passphrase", NULL);
  g_assert_true (g_file_set_contents (self->passphrase_file, "a passphrase of the tests\n", -1, NULL));
  self->client = signet_client_new (self->home, self->passphrase_file);

  return self;
}

void
client_fixture_open (ClientFixture *self)
{
  open_client (self->client);
}

SignetClient *
client_fixture_new_client (ClientFixture *self)
{
  SignetClient *client = signet_client_new (self->home, self->passphrase_file);

  open_client (client);

  return client;
}

void
client_fixture_renew (ClientFixture *self)
{
  g_clear_object (&self->client);
  self->client = signet_client_new (self->home, self->passphrase_file);
}

GVariant *
client_fixture_call (ClientFixture  *self,
                     const char     *method,
                     GVariant       *arguments,
                     GError        **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  signet_client_call_async (self->client, method, arguments, NULL, NULL, on_result, &result);
  client_fixture_run_until (is_set, &result, method);

  return signet_client_call_finish (self->client, result, error);
}

GVariant *
client_fixture_must (ClientFixture *self,
                     const char    *method,
                     GVariant      *arguments)
{
  g_autoptr (GError) error = NULL;
  GVariant *reply = client_fixture_call (self, method, arguments, &error);

  g_assert_no_error (error);

  return reply;
}

gint64
client_fixture_add_authority_with_secret (ClientFixture *self,
                                          GVariant      *settings,
                                          const char    *secret)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (SignetSecret) held = signet_secret_new (secret, strlen (secret));
  GVariantBuilder handles = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ah"));
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  gint64 id;
  int fd = signet_secret_to_fd (held, &error);

  g_assert_no_error (error);
  g_variant_builder_add (&handles, "h", g_unix_fd_list_append (fds, fd, &error));
  g_assert_no_error (error);
  close (fd);
  signet_client_call_async (self->client, "AddAuthority", g_variant_new ("(@a{sv}ah)", settings, &handles), fds, NULL,
                            on_result, &result);
  client_fixture_run_until (is_set, &result, "AddAuthority");
  reply = signet_client_call_finish (self->client, result, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(x)", &id);

  return id;
}

gint64
client_fixture_add_authority (ClientFixture *self,
                              const char    *name)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  gint64 id;

  g_variant_dict_insert (&dict, "name", "s", name);
  g_variant_dict_insert (&dict, "anchor-fingerprint", "s",
                         "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  reply = client_fixture_must (self, "AddAuthority", g_variant_new ("(@a{sv}ah)", g_variant_dict_end (&dict), NULL));
  g_variant_get (reply, "(x)", &id);

  return id;
}

typedef struct
{
  GListModel *model;
  guint n_items;
} Items;

static gboolean
has_items (gpointer user_data)
{
  Items *items = user_data;

  return g_list_model_get_n_items (items->model) == items->n_items;
}

void
client_fixture_wait_for_items (GListModel *model,
                               guint       n_items)
{
  Items items = { model, n_items };

  client_fixture_run_until (has_items, &items, "items in a list");
}

/* The process behind the socket of this home; 0: none. */
static pid_t
find_worker (ClientFixture *self)
{
  g_autofree char *path = g_build_filename (self->home, "worker.sock", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  g_autoptr (GCredentials) credentials = NULL;

  if (connection == NULL)
    return 0;
  credentials = g_socket_get_credentials (g_socket_connection_get_socket (connection), NULL);

  return credentials != NULL ? g_credentials_get_unix_pid (credentials, NULL) : 0;
}

static gboolean
is_gone (gpointer user_data)
{
  return find_worker (user_data) == 0;
}

static gboolean
is_not_ready (gpointer user_data)
{
  return !g_str_equal (signet_client_get_state (((ClientFixture *) user_data)->client), "ready");
}

void
client_fixture_kill_worker (ClientFixture *self)
{
  pid_t pid = find_worker (self);

  g_assert_cmpint (pid, >, 1);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  client_fixture_run_until (is_not_ready, self, "the loss of the worker");
}

void
client_fixture_end_worker (ClientFixture *self)
{
  g_autoptr (GVariant) reply = client_fixture_call (self, "Quit", NULL, NULL);

  g_clear_object (&self->client);
  client_fixture_run_until (is_gone, self, "the worker's end");
  self->client = signet_client_new (self->home, self->passphrase_file);
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
client_fixture_free (ClientFixture *self)
{
  pid_t pid;

  g_clear_object (&self->client);
  pid = find_worker (self);
  if (pid > 1)
    {
      kill (pid, SIGTERM);
      client_fixture_run_until (is_gone, self, "the worker's end");
    }
  remove_tree (self->top);
  g_free (self->top);
  g_free (self->home);
  g_free (self->passphrase_file);
  g_free (self);
}
