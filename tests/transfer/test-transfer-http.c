/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <libsoup/soup.h>

#include "transfer/transfer-http.h"

/* A real server, whose answer each test chooses. */
typedef struct {
  SoupServer *server;
  char *url;
  SignetHttpTransfer *transfer;
  GBytes *message;
  GBytes *answer;

  guint status;
  const char *content_type;
  const char *location;
  gboolean stall;               /* takes the message and says nothing */
  gboolean chunked;
  gboolean gzip;
  guint label_status;           /* with which it says that it knows no labels; 0: it does */
  GPtrArray *seen;              /* of SoupServerMessage: what came */
} Fixture;

static void
handle (SoupServer        *server,
        SoupServerMessage *message,
        const char        *path,
        GHashTable        *query,
        gpointer           user_data)
{
  Fixture *fixture = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  g_ptr_array_add (fixture->seen, g_object_ref (message));
  /* Where a redirect leads to, the answer is. */
  if (g_str_has_suffix (path, "/moved"))
    {
      soup_server_message_set_status (message, 200, NULL);
      soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY,
                                        g_bytes_get_data (fixture->answer, NULL), g_bytes_get_size (fixture->answer));
      return;
    }
  if (fixture->label_status != 0 && g_str_has_suffix (path, "/initialization"))
    {
      soup_server_message_set_status (message, fixture->label_status, NULL);
      soup_server_message_set_response (message, "text/html", SOUP_MEMORY_STATIC, "<title>Not here</title>", 23);
      return;
    }
  soup_server_message_set_status (message, fixture->status, NULL);
  if (fixture->location != NULL)
    soup_message_headers_replace (headers, "Location", fixture->location);
  if (fixture->gzip)
    soup_message_headers_replace (headers, "Content-Encoding", "gzip");
  if (fixture->content_type != NULL)
    soup_message_headers_replace (headers, "Content-Type", fixture->content_type);
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY,
                            g_bytes_get_data (fixture->answer, NULL), g_bytes_get_size (fixture->answer));
  if (fixture->chunked)
    soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  if (fixture->stall)
    soup_server_message_pause (message);
}

static void
set_answer (Fixture    *fixture,
            guint       status,
            const char *content_type,
            const char *text,
            gssize      size)
{
  fixture->status = status;
  fixture->content_type = content_type;
  g_clear_pointer (&fixture->answer, g_bytes_unref);
  fixture->answer = g_bytes_new (text, size >= 0 ? (gsize) size : strlen (text));
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  fixture->server = soup_server_new (NULL, NULL);
  fixture->seen = g_ptr_array_new_with_free_func (g_object_unref);
  soup_server_add_handler (fixture->server, NULL, handle, fixture, NULL);
  g_assert_true (soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (fixture->server);
  fixture->url = g_strdup_printf ("http://127.0.0.1:%d/cmp", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  fixture->transfer = signet_http_transfer_new ();
  fixture->message = g_bytes_new_static ("\x30\x03\x02\x01\x2a", 5);
  set_answer (fixture, 200, "application/pkixcmp", "\x30\x03\x02\x01\x2b", 5);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_object (&fixture->transfer);
  soup_server_disconnect (fixture->server);
  g_clear_object (&fixture->server);
  g_ptr_array_unref (fixture->seen);
  g_bytes_unref (fixture->message);
  g_bytes_unref (fixture->answer);
  g_free (fixture->url);
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static GBytes *
send_to (Fixture         *fixture,
         SignetEndpoint  *endpoint,
         GCancellable    *cancellable,
         GError         **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  signet_transfer_send_async (SIGNET_TRANSFER (fixture->transfer), endpoint, fixture->message, cancellable, sent_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return signet_transfer_send_finish (SIGNET_TRANSFER (fixture->transfer), result, error);
}

static void
assert_answer (Fixture        *fixture,
               SignetEndpoint *endpoint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = send_to (fixture, endpoint, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (answer, fixture->answer));
}

static void
assert_error (Fixture             *fixture,
              SignetEndpoint      *endpoint,
              SignetTransferError  code,
              const char          *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = send_to (fixture, endpoint, NULL, &error);

  g_assert_null (answer);
  g_assert_error (error, SIGNET_TRANSFER_ERROR, (int) code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, words);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

static void
test_post (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
  SoupServerMessage *seen;
  SoupMessageHeaders *headers;
  g_autoptr (GBytes) body = NULL;

  assert_answer (fixture, endpoint);
  g_assert_cmpuint (fixture->seen->len, ==, 1);
  seen = fixture->seen->pdata[0];
  headers = soup_server_message_get_request_headers (seen);
  body = soup_message_body_flatten (soup_server_message_get_request_body (seen));
  g_assert_cmpstr (soup_server_message_get_method (seen), ==, "POST");
  g_assert_cmpstr (g_uri_get_path (soup_server_message_get_uri (seen)), ==, "/cmp");
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Content-Type"), ==, "application/pkixcmp");
  g_assert_cmpint (soup_message_headers_get_content_length (headers), ==, 5);
  g_assert_null (soup_message_headers_get_one (headers, "Expect"));
  g_assert_null (soup_message_headers_get_one (headers, "Transfer-Encoding"));
  g_assert_null (soup_message_headers_get_one (headers, "Accept-Encoding"));
  g_assert_null (soup_message_headers_get_one (headers, "Cookie"));
  g_assert_true (g_bytes_equal (body, fixture->message));
}

/* A message counts by its octets, wherever and under whatever type it comes. */
static void
test_types (Fixture       *fixture,
            gconstpointer  data)
{
  static const char *const types[] = {
    "application/pkixcmp", "Application/PKIXCMP; charset=x", "application/pkixcmp-poll", "application/x-pkixcmp",
    "application/octet-stream", "text/html", NULL,
  };
  static const guint statuses[] = { 200, 201, 202, 400, 401, 404, 500, 503 };
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    for (guint j = 0; j < G_N_ELEMENTS (statuses); j++)
      {
        set_answer (fixture, statuses[j], types[i], "\x30\x03\x02\x01\x2b", 5);
        assert_answer (fixture, endpoint);
      }
  g_assert_cmpuint (fixture->seen->len, ==, G_N_ELEMENTS (types) * G_N_ELEMENTS (statuses));
}

static void
test_no_message (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);

  set_answer (fixture, 200, "text/html", "<html><head><TITLE>\n Please \tlog in\x1b[31m </title></head>", -1);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_NOT_CMP, "a web page, “Please log in [31m”");
  set_answer (fixture, 404, "text/html", "<title>Not here</title>", -1);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_HTTP, "404 Not Found with a web page, “Not here”");
  set_answer (fixture, 404, "text/html", "no title", -1);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_HTTP, "check its path");
  set_answer (fixture, 403, "text/plain", "no", -1);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_HTTP, "text/plain");
  set_answer (fixture, 503, NULL, "", -1);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_HTTP, "with nothing");
  set_answer (fixture, 200, "application/pkixcmp", "", -1);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_NOT_CMP, "with nothing");
  set_answer (fixture, 200, NULL, "<title></title><title", -1);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_NOT_CMP, "no known type");
}

static void
test_redirects (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
  g_autofree char *same = g_strdup_printf ("%s/moved", fixture->url);
  static const guint statuses[] = { 301, 302, 303, 307, 308 };
  static const char *const elsewhere[] = {
    "http://127.0.0.2/moved", "https://127.0.0.1/moved", "http://127.0.0.1:1/moved", "//localhost/moved", "ftp://127.0.0.1/moved",
  };

  fixture->location = same;
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      fixture->status = statuses[i];
      assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_REDIRECT, same);
    }
  g_assert_cmpuint (fixture->seen->len, ==, G_N_ELEMENTS (statuses));

  signet_endpoint_set_follow_redirects (endpoint, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      fixture->status = statuses[i];
      if (statuses[i] >= 307)
        assert_answer (fixture, endpoint);
      else
        assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_REDIRECT, same);
    }
  for (guint i = 0; i < G_N_ELEMENTS (elsewhere); i++)
    {
      fixture->location = elsewhere[i];
      assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_REDIRECT, elsewhere[i]);
    }
  /* Round and round, but not for ever. */
  fixture->location = "/cmp";
  g_ptr_array_set_size (fixture->seen, 0);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_REDIRECT, "/cmp");
  g_assert_cmpuint (fixture->seen->len, ==, 4);
}

/* A server that knows no labels is asked without; any other error of its is no reason to. */
static void
test_labels (Fixture       *fixture,
             gconstpointer  data)
{
  static const guint statuses[] = { 0, 404, 405, 403, 500 };
  static const guint posts[] = { 1, 2, 2, 1, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
      g_autoptr (GBytes) body = NULL;
      SoupServerMessage *last;

      signet_endpoint_set_label (endpoint, "initialization");
      fixture->label_status = statuses[i];
      g_ptr_array_set_size (fixture->seen, 0);
      if (statuses[i] == 0 || posts[i] == 2)
        assert_answer (fixture, endpoint);
      else
        assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_HTTP, "Not here");
      g_assert_cmpuint (fixture->seen->len, ==, posts[i]);
      last = fixture->seen->pdata[posts[i] - 1];
      g_assert_cmpstr (g_uri_get_path (soup_server_message_get_uri (last)), ==, posts[i] == 2 ? "/cmp" : "/cmp/initialization");
      body = soup_message_body_flatten (soup_server_message_get_request_body (last));
      g_assert_true (g_bytes_equal (body, fixture->message));
    }
  /* Without one there is nothing to leave out. */
  {
    g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);

    g_ptr_array_set_size (fixture->seen, 0);
    set_answer (fixture, 404, "text/html", "<title>Gone</title>", -1);
    assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_HTTP, "Gone");
    g_assert_cmpuint (fixture->seen->len, ==, 1);
  }
}

static void
test_limits (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
  g_autofree char *large = g_malloc0 (200000);

  large[0] = 0x30;
  signet_endpoint_set_size_limit (endpoint, 100000);
  set_answer (fixture, 200, "application/pkixcmp", large, 100000);
  assert_answer (fixture, endpoint);
  set_answer (fixture, 200, "application/pkixcmp", large, 100001);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_TOO_LARGE, "100000");
  /* Without a Content-Length. */
  set_answer (fixture, 200, "application/pkixcmp", large, 200000);
  fixture->chunked = TRUE;
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_TOO_LARGE, "100000");
  /* What says that it is compressed is taken as it is. */
  fixture->chunked = FALSE;
  fixture->gzip = TRUE;
  set_answer (fixture, 200, "application/pkixcmp", "\x1f\x8b\x08\x00", 4);
  assert_answer (fixture, endpoint);
}

static gboolean
cancel_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);

  return G_SOURCE_REMOVE;
}

static void
test_cancel (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = NULL;

  fixture->stall = TRUE;
  g_timeout_add (50, cancel_cb, cancellable);
  answer = send_to (fixture, endpoint, cancellable, &error);
  g_assert_null (answer);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A server of sockets alone, for what no HTTP server does. */
typedef struct {
  GSocketService *service;
  char *url;
  const char *says;             /* after the request; NULL: nothing */
  gboolean rude;                /* does not read first */
  gboolean holds;               /* then waits until the other side closes */
  guint requests;
} RawServer;

static gboolean
raw_cb (GThreadedSocketService *service,
        GSocketConnection      *connection,
        GObject                *source,
        gpointer                user_data)
{
  RawServer *raw = user_data;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[1024];
  gssize got;

  /* To the message's end: closing with something unread would make the answer vanish. */
  while (!raw->rude && strstr (text->str, "\r\n\r\n0\x03\x02\x01*") == NULL
         && (got = g_input_stream_read (input, buffer, sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (text, buffer, got);
  if (g_str_has_prefix (text->str, "POST "))
    g_atomic_int_inc (&raw->requests);
  if (raw->says != NULL)
    g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), raw->says, strlen (raw->says), NULL, NULL,
                               NULL);
  while (raw->holds && (got = g_input_stream_read (input, buffer, sizeof buffer, NULL, NULL)) > 0)
    if (g_strstr_len (buffer, got, "POST ") != NULL)
      g_atomic_int_inc (&raw->requests);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);

  return TRUE;
}

static void
raw_start (RawServer  *raw,
           const char *says)
{
  guint16 port;

  raw->says = says;
  raw->service = g_threaded_socket_service_new (4);
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (raw->service), NULL, NULL);
  raw->url = g_strdup_printf ("http://127.0.0.1:%u/", port);
  g_signal_connect (raw->service, "run", G_CALLBACK (raw_cb), raw);
}

static void
raw_stop (RawServer *raw)
{
  g_socket_service_stop (raw->service);
  g_socket_listener_close (G_SOCKET_LISTENER (raw->service));
  g_clear_object (&raw->service);
  g_free (raw->url);
}

static void
test_slow (Fixture       *fixture,
           gconstpointer  data)
{
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
  g_autoptr (SignetEndpoint) half = NULL;
  RawServer raw = { .holds = TRUE };

  fixture->stall = TRUE;
  signet_endpoint_set_timeout (endpoint, 1);
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_UNKNOWN, "within 1 seconds");
  g_assert_cmpuint (fixture->seen->len, ==, 1);

  /* A body that stops half way. */
  raw_start (&raw, "HTTP/1.1 200 OK\r\nContent-Type: application/pkixcmp\r\nContent-Length: 500\r\n\r\n0\x82");
  half = signet_endpoint_new (raw.url, NULL);
  signet_endpoint_set_timeout (half, 1);
  assert_error (fixture, half, SIGNET_TRANSFER_ERROR_UNKNOWN, "within 1 seconds");
  g_assert_cmpint (g_atomic_int_get (&raw.requests), ==, 1);
  raw_stop (&raw);
}

/* Closed after reading, in every state of the answer: exactly one POST, and nobody knows. */
static void
test_cut (Fixture       *fixture,
          gconstpointer  data)
{
  static const char *const answers[] = {
    NULL, "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0",
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      RawServer raw = { 0 };
      g_autoptr (SignetEndpoint) endpoint = NULL;

      raw_start (&raw, answers[i]);
      endpoint = signet_endpoint_new (raw.url, NULL);
      assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_UNKNOWN, "was sent");
      g_assert_cmpint (g_atomic_int_get (&raw.requests), ==, 1);
      raw_stop (&raw);
    }
}

/* A connection that was kept after an answer: the server takes the next message and closes. An HTTP client may ask again
 * for what is idempotent; a CMP message is not. */
static void
test_cut_when_kept (Fixture       *fixture,
                    gconstpointer  data)
{
  RawServer raw = { .holds = TRUE };
  g_autoptr (SignetEndpoint) endpoint = NULL;

  raw_start (&raw, "HTTP/1.1 200 OK\r\nContent-Type: application/pkixcmp\r\nContent-Length: 5\r\n\r\n0\x03\x02\x01+");
  endpoint = signet_endpoint_new (raw.url, NULL);
  assert_answer (fixture, endpoint);
  raw.says = NULL;
  raw.holds = FALSE;
  assert_error (fixture, endpoint, SIGNET_TRANSFER_ERROR_UNKNOWN, "was sent");
  g_assert_cmpint (g_atomic_int_get (&raw.requests), ==, 2);
  raw_stop (&raw);
}

static void
test_old_server (Fixture       *fixture,
                 gconstpointer  data)
{
  RawServer raw = { 0 };
  g_autoptr (SignetEndpoint) endpoint = NULL;

  raw_start (&raw, "HTTP/1.0 200 OK\r\nContent-Type: application/pkixcmp\r\n\r\n0\x03\x02\x01+");
  endpoint = signet_endpoint_new (raw.url, NULL);
  assert_answer (fixture, endpoint);
  assert_answer (fixture, endpoint);
  raw_stop (&raw);
}

static void
test_nobody_there (Fixture       *fixture,
                   gconstpointer  data)
{
  RawServer raw = { 0 };
  RawServer rude = { .rude = TRUE };
  g_autoptr (SignetEndpoint) refused = NULL;
  g_autoptr (SignetEndpoint) unknown = signet_endpoint_new ("http://nobody.invalid/", NULL);
  g_autoptr (SignetEndpoint) not_tls = NULL;
  g_autofree char *secure = NULL;

  raw_start (&raw, NULL);
  refused = signet_endpoint_new (raw.url, NULL);
  raw_stop (&raw);
  assert_error (fixture, refused, SIGNET_TRANSFER_ERROR_NOT_DELIVERED, "Nothing was sent");
  assert_error (fixture, unknown, SIGNET_TRANSFER_ERROR_NOT_DELIVERED, "nobody.invalid");
  raw_start (&rude, "this is no TLS\r\n");
  secure = g_strdup_printf ("https%s", rude.url + strlen ("http"));
  not_tls = signet_endpoint_new (secure, NULL);
  assert_error (fixture, not_tls, SIGNET_TRANSFER_ERROR_NOT_DELIVERED, "encrypted connection");
  raw_stop (&rude);
}

int
main (int    argc,
      char **argv)
{
  g_setenv ("no_proxy", "*", TRUE);
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) g_test_add ("/transfer/http/" path, Fixture, NULL, set_up, function, tear_down)
  ADD ("posts-der-as-pkixcmp/R397,R398,R418", test_post);
  ADD ("a-message-counts-wherever-it-comes/R399,R400,R402", test_types);
  ADD ("tells-what-came-instead/R402", test_no_message);
  ADD ("redirects-only-if-allowed-and-to-the-same-origin/R403", test_redirects);
  ADD ("label-is-left-out-where-it-is-not-known/R410", test_labels);
  ADD ("size-is-bounded/R420", test_limits);
  ADD ("time-is-bounded/R420", test_slow);
  ADD ("cancelled", test_cancel);
  ADD ("cut-off-is-unknown-after-one-post/R404", test_cut);
  ADD ("cut-off-when-kept-is-unknown-after-one-post/R404", test_cut_when_kept);
  ADD ("http-1.0-without-length/R416,R417", test_old_server);
  ADD ("nothing-sent-is-told-apart/R404", test_nobody_there);

  return g_test_run ();
}
