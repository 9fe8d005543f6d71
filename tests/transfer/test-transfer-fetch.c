/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <libsoup/soup.h>

#include "transfer/transfer-fetch.h"
#include "transfer/transfer.h"

/* What lies where a certificate says, fetched from a real server that does what each test chooses. */

#define LIMIT 65536             /* octets */

typedef struct {
  SoupServer *server;
  char *url;
  guint status;
  const char *content_type;
  const char *location;
  const char *challenge;        /* WWW-Authenticate */
  const char *cookie;
  GBytes *answer;
  guint times;                  /* how often it is in the body */
  gboolean chunked;
  gboolean stall;               /* says nothing */
  gboolean stop_short;          /* says a part, and no more */
  gboolean gzip;
  GPtrArray *seen;              /* of SoupServerMessage */
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
  soup_server_message_set_status (message, fixture->status, NULL);
  soup_message_headers_replace (headers, "Content-Type", fixture->content_type);
  if (fixture->location != NULL)
    soup_message_headers_replace (headers, "Location", fixture->location);
  if (fixture->challenge != NULL)
    soup_message_headers_replace (headers, "WWW-Authenticate", fixture->challenge);
  if (fixture->cookie != NULL)
    soup_message_headers_replace (headers, "Set-Cookie", fixture->cookie);
  if (fixture->gzip)
    soup_message_headers_replace (headers, "Content-Encoding", "gzip");
  for (guint i = 0; i < fixture->times; i++)
    soup_message_body_append_bytes (soup_server_message_get_response_body (message), fixture->answer);
  if (fixture->chunked)
    {
      soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
      soup_message_body_complete (soup_server_message_get_response_body (message));
    }
  if (fixture->stop_short)
    soup_message_headers_set_content_length (headers, LIMIT);
  if (fixture->stall)
    soup_server_message_pause (message);
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
  fixture->url = g_strdup_printf ("http://127.0.0.1:%d/ca.p7c?which=1", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  fixture->status = 200;
  fixture->content_type = "application/pkix-cert";
  fixture->answer = g_bytes_new_static ("\x30\x03\x02\x01\x2b", 5);
  fixture->times = 1;
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  soup_server_disconnect (fixture->server);
  g_clear_object (&fixture->server);
  g_ptr_array_unref (fixture->seen);
  g_bytes_unref (fixture->answer);
  g_free (fixture->url);
}

static void
fetched_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static GBytes *
fetch (const char    *url,
       guint          timeout,
       GCancellable  *cancellable,
       GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  signet_transfer_fetch_async (url, LIMIT, timeout, cancellable, fetched_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return signet_transfer_fetch_finish (result, error);
}

/* @code: -1: any */
static void
assert_fails (const char *url,
              guint       timeout,
              int         code,
              const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (fetch (url, timeout, NULL, &error));
  g_assert_cmpstr (g_quark_to_string (error->domain), ==, g_quark_to_string (SIGNET_TRANSFER_ERROR));
  if (code >= 0)
    g_assert_cmpint (error->code, ==, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” is not in: %s", words, error->message);
}

/* The type that a server names is a hint at best (RFC 5280 §4.2.2.1): the octets come whatever it is, and are judged by others. */
static void
test_fetched (Fixture       *fixture,
              gconstpointer  data)
{
  static const char *const types[] = { "application/pkix-cert", "application/pkcs7-mime; smime-type=certs-only", "text/html" };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) octets = NULL;
      SoupServerMessage *message;
      SoupMessageHeaders *headers;

      fixture->content_type = types[i];
      fixture->chunked = i == 1;
      fixture->cookie = "who=me";
      octets = fetch (fixture->url, 30, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (octets, fixture->answer));
      g_assert_cmpuint (fixture->seen->len, ==, i + 1);
      message = fixture->seen->pdata[i];
      headers = soup_server_message_get_request_headers (message);
      g_assert_cmpstr (soup_server_message_get_method (message), ==, "GET");
      g_assert_cmpstr (g_uri_get_query (soup_server_message_get_uri (message)), ==, "which=1");
      g_assert_cmpstr (soup_message_headers_get_one (headers, "Accept"), ==, "application/pkix-cert, application/pkcs7-mime");
      g_assert_null (soup_message_headers_get_one (headers, "Cookie"));
      g_assert_null (soup_message_headers_get_one (headers, "Authorization"));
      g_assert_null (soup_message_headers_get_one (headers, "Accept-Encoding"));
    }
}

static void
test_refusals (Fixture       *fixture,
               gconstpointer  data)
{
  static const guint redirects[] = { 301, 302, 303, 307, 308 };

  fixture->location = "/elsewhere";
  for (guint i = 0; i < G_N_ELEMENTS (redirects); i++)
    {
      fixture->status = redirects[i];
      assert_fails (fixture->url, 30, SIGNET_TRANSFER_ERROR_REDIRECT, "not followed");
    }
  fixture->status = 404;
  assert_fails (fixture->url, 30, SIGNET_TRANSFER_ERROR_HTTP, "404");
  fixture->status = 401;
  fixture->challenge = "Basic realm=\"x\"";
  assert_fails (fixture->url, 30, SIGNET_TRANSFER_ERROR_HTTP, "401");
  fixture->status = 204;
  fixture->times = 0;
  assert_fails (fixture->url, 30, SIGNET_TRANSFER_ERROR_HTTP, "204");
  /* Each was asked once, and nothing else was. */
  g_assert_cmpuint (fixture->seen->len, ==, G_N_ELEMENTS (redirects) + 3);
  for (guint i = 0; i < fixture->seen->len; i++)
    g_assert_cmpstr (g_uri_get_path (soup_server_message_get_uri (fixture->seen->pdata[i])), ==, "/ca.p7c");
}

/* A hundred million octets, announced and not. */
static void
test_too_large (Fixture       *fixture,
                gconstpointer  data)
{
  g_clear_pointer (&fixture->answer, g_bytes_unref);
  fixture->answer = g_bytes_new_take (g_malloc0 (1000000), 1000000);
  fixture->times = 100;
  assert_fails (fixture->url, 60, SIGNET_TRANSFER_ERROR_TOO_LARGE, "65536 octets");
  fixture->chunked = TRUE;
  assert_fails (fixture->url, 60, SIGNET_TRANSFER_ERROR_TOO_LARGE, "65536 octets");
  /* Not one octet more than the limit. */
  g_clear_pointer (&fixture->answer, g_bytes_unref);
  fixture->answer = g_bytes_new_take (g_malloc0 (LIMIT + 1), LIMIT + 1);
  fixture->times = 1;
  assert_fails (fixture->url, 60, SIGNET_TRANSFER_ERROR_TOO_LARGE, "65536 octets");
}

/* Nothing is unpacked, which could be made endless. */
static void
test_packed (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) octets = NULL;

  fixture->gzip = TRUE;
  octets = fetch (fixture->url, 30, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (octets, fixture->answer));
}

static void
test_slow (Fixture       *fixture,
           gconstpointer  data)
{
  fixture->stall = TRUE;
  assert_fails (fixture->url, 1, -1, "within 1 seconds");
  fixture->stall = FALSE;
  fixture->stop_short = TRUE;
  assert_fails (fixture->url, 1, -1, "");
}

static gboolean
cancel (gpointer user_data)
{
  g_cancellable_cancel (user_data);

  return G_SOURCE_REMOVE;
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fixture->stall = TRUE;
  g_idle_add (cancel, cancellable);
  g_assert_null (fetch (fixture->url, 30, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_unreachable (Fixture       *fixture,
                  gconstpointer  data)
{
  soup_server_disconnect (fixture->server);
  assert_fails (fixture->url, 30, SIGNET_TRANSFER_ERROR_NOT_DELIVERED, "127.0.0.1");
}

static void
test_addresses (void)
{
  static const char *const urls[] = { "", "ftp://127.0.0.1/ca.cer", "file:///etc/passwd", "http:///ca.cer", "http://me@127.0.0.1/",
                                      "http://me:secret@127.0.0.1/", "//127.0.0.1/", "data:text/plain,x" };

  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    assert_fails (urls[i], 30, SIGNET_TRANSFER_ERROR_URL, "");
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/transfer/fetch/gets-the-octets-and-tells-nothing-of-who-asks", test_fetched);
  ADD ("/transfer/fetch/follows-no-redirect-and-answers-no-challenge", test_refusals);
  ADD ("/transfer/fetch/reads-no-more-than-the-limit", test_too_large);
  ADD ("/transfer/fetch/unpacks-nothing", test_packed);
  ADD ("/transfer/fetch/waits-no-longer-than-the-limit", test_slow);
  ADD ("/transfer/fetch/can-be-given-up", test_cancelled);
  ADD ("/transfer/fetch/tells-that-nobody-is-there", test_unreachable);
  g_test_add_func ("/transfer/fetch/refuses-addresses-that-are-none-for-http", test_addresses);

  return g_test_run ();
}
