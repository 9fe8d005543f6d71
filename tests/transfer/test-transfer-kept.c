/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <libsoup/soup.h>
#include <string.h>

#include "transfer/transfer-http.h"

/* A server that looks at which connection each message comes over, and may cut one off. */
typedef struct {
  SoupServer *server;
  char *url;
  SignetHttpTransfer *transfer;
  GBytes *message;
  GArray *ports;                /* (element-type guint): the client's, of each POST */
  GSocket *socket;              /* of the last POST */
  guint cut;                    /* the number of the POST that is read and not answered */
  SignetTransferKeep keep;      /* that is asked for */
  char *asked;                  /* (nullable): "Connection" of the last POST */
  gboolean closing;             /* answers say that the connection ends */
} Fixture;

static void
handle (SoupServer        *server,
        SoupServerMessage *message,
        const char        *path,
        GHashTable        *query,
        gpointer           user_data)
{
  Fixture *fixture = user_data;
  guint port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (soup_server_message_get_remote_address (message)));

  g_array_append_val (fixture->ports, port);
  g_free (fixture->asked);
  fixture->asked = g_strdup (soup_message_headers_get_list (soup_server_message_get_request_headers (message), "Connection"));
  if (fixture->closing)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection", "close");
  g_set_object (&fixture->socket, soup_server_message_get_socket (message));
  if (fixture->ports->len == fixture->cut)
    {
      g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

      g_io_stream_close (stream, NULL, NULL);
      return;
    }
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_STATIC, "\x30\x03\x02\x01\x2b", 5);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  fixture->server = soup_server_new (NULL, NULL);
  fixture->ports = g_array_new (FALSE, FALSE, sizeof (guint));
  soup_server_add_handler (fixture->server, NULL, handle, fixture, NULL);
  g_assert_true (soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (fixture->server);
  fixture->url = g_strdup_printf ("http://127.0.0.1:%d/cmp", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  fixture->transfer = signet_http_transfer_new ();
  fixture->message = g_bytes_new_static ("\x30\x03\x02\x01\x2a", 5);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_clear_object (&fixture->transfer);
  soup_server_disconnect (fixture->server);
  g_clear_object (&fixture->server);
  g_array_unref (fixture->ports);
  g_clear_object (&fixture->socket);
  g_bytes_unref (fixture->message);
  g_free (fixture->url);
  g_free (fixture->asked);
}

static void
on_sent (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
send_one (Fixture     *fixture,
          const char  *name,
          GError     **error)
{
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) answer = NULL;

  signet_endpoint_set_connection (endpoint, name);
  signet_endpoint_set_keep (endpoint, fixture->keep);
  signet_transfer_send_async (SIGNET_TRANSFER (fixture->transfer), endpoint, fixture->message, NULL, on_sent, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  answer = signet_transfer_send_finish (SIGNET_TRANSFER (fixture->transfer), result, error);

  return answer != NULL;
}

static guint
port_of (Fixture    *fixture,
         const char *name)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (send_one (fixture, name, &error));
  g_assert_no_error (error);

  return g_array_index (fixture->ports, guint, fixture->ports->len - 1);
}

static void
test_each_its_own (Fixture      *fixture,
                   gconstpointer data)
{
  g_assert_cmpuint (port_of (fixture, NULL), !=, port_of (fixture, NULL));
}

static void
test_kept (Fixture      *fixture,
           gconstpointer data)
{
  guint first = port_of (fixture, "one");

  g_assert_cmpuint (port_of (fixture, "one"), ==, first);
  /* Others do not come onto it, be they kept or not. */
  g_assert_cmpuint (port_of (fixture, "two"), !=, first);
  g_assert_cmpuint (port_of (fixture, NULL), !=, first);
  g_assert_cmpuint (port_of (fixture, "one"), ==, first);
  signet_transfer_end_connection (SIGNET_TRANSFER (fixture->transfer), "one");
  g_assert_cmpuint (port_of (fixture, "one"), !=, first);
  /* What was never there may end, too. */
  signet_transfer_end_connection (SIGNET_TRANSFER (fixture->transfer), "three");
}

/* Read and not answered: whether it did its work is not known, so it goes out no second time. */
static void
test_lost (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  port_of (fixture, "one");
  fixture->cut = 2;
  g_assert_false (send_one (fixture, "one", &error));
  g_assert_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_UNKNOWN);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->ports->len, ==, 2);
  g_assert_cmpuint (g_array_index (fixture->ports, guint, 0), ==, g_array_index (fixture->ports, guint, 1));
  /* The next begins on a new connection. */
  g_assert_cmpuint (port_of (fixture, "one"), !=, g_array_index (fixture->ports, guint, 1));
}

/* What is asked of the server, and what is made of its answer. */
static void
test_asked_for (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  guint first = port_of (fixture, "one");

  g_assert_true (fixture->asked == NULL || g_ascii_strcasecmp (fixture->asked, "close") != 0);
  fixture->keep = SIGNET_TRANSFER_KEEP_DEMANDED;
  g_assert_cmpuint (port_of (fixture, "one"), ==, first);
  fixture->keep = SIGNET_TRANSFER_KEEP_NOT;
  g_assert_cmpuint (port_of (fixture, "one"), ==, first);
  g_assert_cmpstr (fixture->asked, ==, "close");
  g_assert_cmpuint (port_of (fixture, "one"), !=, first);

  fixture->closing = TRUE;
  fixture->keep = SIGNET_TRANSFER_KEEP_IF_USEFUL;
  port_of (fixture, "two");
  fixture->keep = SIGNET_TRANSFER_KEEP_DEMANDED;
  g_assert_false (send_one (fixture, "two", &error));
  g_assert_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_HTTP);
  g_assert_nonnull (strstr (error->message, "does not keep the connection"));
}

/* A server has its own mind how long it keeps one that is idle. */
static void
test_closed_while_idle (Fixture      *fixture,
                        gconstpointer data)
{
  guint first = port_of (fixture, "one");
  g_autofree char *old = g_strdup (fixture->url);
  g_autoptr (GUri) uri = g_uri_parse (old, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GError) error = NULL;

  soup_server_disconnect (fixture->server);
  g_object_unref (fixture->server);
  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, NULL, handle, fixture, NULL);
  g_assert_true (soup_server_listen_local (fixture->server, (guint) g_uri_get_port (uri), SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_cmpuint (port_of (fixture, "one"), !=, first);
  g_assert_cmpuint (fixture->ports->len, ==, 2);
}

static gboolean
give_up (gpointer user_data)
{
  g_error ("The connection is still there");

  return G_SOURCE_REMOVE;
}

static gboolean
look_again (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* One that is kept is not kept for ever. */
static void
test_idle (Fixture      *fixture,
           gconstpointer data)
{
  guint limit = g_timeout_add_seconds (30, give_up, NULL);
  guint look = g_timeout_add (50, look_again, NULL);

  signet_http_transfer_set_idle_timeout (fixture->transfer, 1);
  g_assert_cmpuint (port_of (fixture, "one"), ==, port_of (fixture, "one"));
  /* Nobody says anything, so what can be read is the end. */
  while ((g_socket_condition_check (fixture->socket, G_IO_IN) & G_IO_IN) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (look);
  g_source_remove (limit);
}

/* Beyond a bound connections are not kept, and messages go all the same. */
static void
test_bounded (Fixture      *fixture,
              gconstpointer data)
{
  guint again = 0;

  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < 20; i++)
      {
        g_autofree char *name = g_strdup_printf ("request %u", i);
        guint port = port_of (fixture, name);

        if (round == 1 && port == g_array_index (fixture->ports, guint, i))
          again++;
      }
  g_assert_cmpuint (again, ==, 16);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add ("/transfer/connection/" path, Fixture, NULL, set_up, function, tear_down)
  ADD ("each-message-its-own", test_each_its_own);
  ADD ("kept-by-name-until-it-ends", test_kept);
  ADD ("asked-for-not-at-all-or-demanded", test_asked_for);
  ADD ("lost/post-is-sent-once/R404", test_lost);
  ADD ("closed-while-idle/R416", test_closed_while_idle);
  ADD ("closed-after-a-time-limit/R421", test_idle);
  ADD ("no-more-than-a-few-are-kept", test_bounded);

  return g_test_run ();
}
