/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-server.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>

#define MESSAGE_MAX_SIZE (1024 * 1024)
#define WELL_KNOWN_PATH "/.well-known/cmp"

struct _SignetDemoServer
{
  GObject parent;

  SignetDemoAuthority *authority;
  SoupServer *server;
};

G_DEFINE_FINAL_TYPE (SignetDemoServer, signet_demo_server, G_TYPE_OBJECT)

static void
signet_demo_server_finalize (GObject *object)
{
  SignetDemoServer *self = SIGNET_DEMO_SERVER (object);

  if (self->server != NULL)
    soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  g_clear_object (&self->authority);

  G_OBJECT_CLASS (signet_demo_server_parent_class)->finalize (object);
}

static void
signet_demo_server_class_init (SignetDemoServerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_demo_server_finalize;
}

static void
signet_demo_server_init (SignetDemoServer *self)
{
}

/* Nothing more is read of it: libsoup by itself would read a body to its end before it answers. */
static void
refuse_size (SoupServerMessage *message)
{
  static const char answer[] = "HTTP/1.1 413 Request Entity Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all (g_io_stream_get_output_stream (stream), answer, strlen (answer), NULL, NULL, &error)
      || !g_io_stream_close (stream, NULL, &error))
    g_debug ("%s", error->message);
}

static void
on_chunk (SoupServerMessage *message,
          GBytes            *chunk,
          gpointer           user_data)
{
  if (soup_server_message_get_request_body (message)->length > MESSAGE_MAX_SIZE)
    refuse_size (message);
}

/* The headers are there, the body is not. */
static void
on_headers (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  if (soup_message_headers_get_content_length (soup_server_message_get_request_headers (message)) > MESSAGE_MAX_SIZE)
    refuse_size (message);
  else
    g_signal_connect (message, "got-chunk", G_CALLBACK (on_chunk), NULL);
}

/* What went wrong, in words and without a CMP message: whose fault it was says the status. */
static void
respond_error (SoupServerMessage *message,
               const GError      *error)
{
  guint status = SOUP_STATUS_INTERNAL_SERVER_ERROR;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    status = SOUP_STATUS_BAD_REQUEST;
  g_message ("%s", error->message);
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, error->message,
                                    strlen (error->message));
}

static void
on_request (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  SignetDemoServer *self = user_data;
  const char *type
      = soup_message_headers_get_content_type (soup_server_message_get_request_headers (message), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;

  if (!g_str_equal (soup_server_message_get_method (message), "POST"))
    {
      soup_server_message_set_status (message, SOUP_STATUS_METHOD_NOT_ALLOWED, NULL);
      return;
    }
  if (type == NULL || g_ascii_strcasecmp (type, "application/pkixcmp") != 0)
    {
      soup_server_message_set_status (message, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE, NULL);
      return;
    }
  request = soup_message_body_flatten (soup_server_message_get_request_body (message));
  answer = signet_demo_authority_handle (self->authority, request, &error);
  if (answer == NULL)
    {
      respond_error (message, error);
      return;
    }
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, g_bytes_get_data (answer, NULL),
                                    g_bytes_get_size (answer));
}

SignetDemoServer *
signet_demo_server_new (SignetDemoAuthority *authority)
{
  SignetDemoServer *self;

  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (authority), NULL);

  self = g_object_new (SIGNET_TYPE_DEMO_SERVER, NULL);
  self->authority = g_object_ref (authority);

  return self;
}

static gboolean
try_port (SignetDemoServer  *self,
          const char        *address,
          guint              port,
          gboolean           tls,
          GError           **error)
{
  g_autoptr (GSocketAddress) socket_address = NULL;
  SoupServerListenOptions options = tls ? SOUP_SERVER_LISTEN_HTTPS : 0;

  if (address == NULL)
    return soup_server_listen_local (self->server, port, SOUP_SERVER_LISTEN_IPV4_ONLY | options, error);
  socket_address = g_inet_socket_address_new_from_string (address, port);
  if (socket_address == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“%s” is no address."), address);
      return FALSE;
    }

  return soup_server_listen (self->server, socket_address, options, error);
}

gboolean
signet_demo_server_listen (SignetDemoServer  *self,
                           const char        *address,
                           guint              port,
                           GTlsCertificate   *tls,
                           GError           **error)
{
  guint last;

  g_return_val_if_fail (SIGNET_IS_DEMO_SERVER (self), FALSE);

  self->server = soup_server_new ("server-header", "signet-demo-ca", "tls-certificate", tls, NULL);
  soup_server_add_early_handler (self->server, NULL, on_headers, self, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  last = port == 0 ? signet_demo_authority_get_port (self->authority) : port;
  if (!(last != 0 && try_port (self, address, last, tls != NULL, NULL)) && !try_port (self, address, port, tls != NULL, error))
    return FALSE;
  if (port == 0)
    {
      g_autofree char *url = signet_demo_server_get_url (self);
      g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

      return signet_demo_authority_set_port (self->authority, (guint) g_uri_get_port (uri), error);
    }

  return TRUE;
}

char *
signet_demo_server_get_url (SignetDemoServer *self)
{
  GSList *uris;
  GUri *uri;
  char *url;

  g_return_val_if_fail (SIGNET_IS_DEMO_SERVER (self), NULL);

  uris = soup_server_get_uris (self->server);
  g_return_val_if_fail (uris != NULL, NULL);
  uri = uris->data;
  /* Not by printf: an IPv6 address stands in brackets. */
  url = g_uri_join (G_URI_FLAGS_NONE, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri), g_uri_get_port (uri), WELL_KNOWN_PATH,
                    NULL, NULL);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  return url;
}
