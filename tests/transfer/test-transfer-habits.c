/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <libsoup/soup.h>

#include "transfer/transfer-http.h"

/* What older servers do to a message inside of HTTP: each habit is a setting of one authority, off by default, and without it
 * the words say which. */

#define MESSAGE "\x30\x03\x02\x01\x2a"
#define ANSWER "\x30\x03\x02\x01\x2b"

typedef struct {
  SoupServer *server;
  char *url;
  SignetHttpTransfer *transfer;
  const char *answer;
  gsize answer_size;
  guint status;
  gboolean chunked;
  GBytes *seen;                 /* body of the last request */
  char *seen_type;
  char *seen_path;
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

  g_clear_pointer (&fixture->seen, g_bytes_unref);
  g_free (fixture->seen_type);
  g_free (fixture->seen_path);
  fixture->seen = soup_message_body_flatten (soup_server_message_get_request_body (message));
  fixture->seen_type
      = g_strdup (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Content-Type"));
  fixture->seen_path = g_strdup (path);
  soup_server_message_set_status (message, fixture->status, NULL);
  if (!fixture->chunked)
    {
      soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, fixture->answer, fixture->answer_size);
      return;
    }
  /* Each octet in a chunk of its own. */
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_headers_replace (headers, "Content-Type", "application/pkixcmp");
  for (gsize i = 0; i < fixture->answer_size; i++)
    soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY, fixture->answer + i, 1);
  soup_message_body_complete (soup_server_message_get_response_body (message));
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  GSList *uris;

  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, NULL, handle, fixture, NULL);
  g_assert_true (soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (fixture->server);
  fixture->url = g_strdup_printf ("http://127.0.0.1:%d/cmp", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  fixture->transfer = signet_http_transfer_new ();
  fixture->status = 200;
  fixture->answer = ANSWER;
  fixture->answer_size = 5;
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_object (&fixture->transfer);
  soup_server_disconnect (fixture->server);
  g_clear_object (&fixture->server);
  g_clear_pointer (&fixture->seen, g_bytes_unref);
  g_free (fixture->seen_type);
  g_free (fixture->seen_path);
  g_free (fixture->url);
}

static void
on_sent (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GBytes *
send_to (Fixture         *fixture,
         SignetEndpoint  *endpoint,
         GError         **error)
{
  g_autoptr (GBytes) message = g_bytes_new_static (MESSAGE, 5);
  g_autoptr (GAsyncResult) result = NULL;

  signet_transfer_send_async (SIGNET_TRANSFER (fixture->transfer), endpoint, message, NULL, on_sent, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return signet_transfer_send_finish (SIGNET_TRANSFER (fixture->transfer), result, error);
}

static void
assert_octets (GBytes     *octets,
               const char *expected,
               gsize       size)
{
  g_assert_cmpmem (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets), expected, size);
}

#define OCTETS(text) text, sizeof text - 1

typedef struct {
  const char *name;
  SignetTransferFraming framing;
  const char *sent;             /* as it must leave */
  gsize sent_size;
  const char *answer;
  gsize answer_size;
  const char *words;            /* (nullable): of the error; NULL: the message came through */
} Frame;

/* Heads written by hand, from RFC 2510 §5.2 and from what cryptlib and Wireshark know of version 10. */
static const Frame frames[] = {
  { "bare", SIGNET_TRANSFER_FRAMING_NONE, OCTETS (MESSAGE), OCTETS (ANSWER), NULL },
  { "strict-names-the-setting", SIGNET_TRANSFER_FRAMING_NONE, OCTETS (MESSAGE), OCTETS ("\0\0\0\x08\x0a\0\x05" ANSWER),
    "set “framing” to “tcp”" },
  { "strict-names-base64", SIGNET_TRANSFER_FRAMING_NONE, OCTETS (MESSAGE), OCTETS ("AAAACAoABTADAgEr"),
    "set “framing” to “tcp-base64”" },
  { "version-10", SIGNET_TRANSFER_FRAMING_TCP, OCTETS ("\0\0\0\x08\x0a\0\0" MESSAGE), OCTETS ("\0\0\0\x08\x0a\0\x05" ANSWER), NULL },
  { "version-10-final", SIGNET_TRANSFER_FRAMING_TCP, OCTETS ("\0\0\0\x08\x0a\0\0" MESSAGE), OCTETS ("\0\0\0\x08\x0a\x01\x03" ANSWER),
    NULL },
  { "rfc2510", SIGNET_TRANSFER_FRAMING_TCP, OCTETS ("\0\0\0\x08\x0a\0\0" MESSAGE), OCTETS ("\0\0\0\x06\x05" ANSWER), NULL },
  { "bare-all-the-same", SIGNET_TRANSFER_FRAMING_TCP, OCTETS ("\0\0\0\x08\x0a\0\0" MESSAGE), OCTETS (ANSWER), NULL },
  { "base64", SIGNET_TRANSFER_FRAMING_TCP_BASE64, OCTETS ("AAAACAoAADADAgEq"), OCTETS ("AAAACAoABTADAgEr"), NULL },
  { "base64-in-lines", SIGNET_TRANSFER_FRAMING_TCP_BASE64, OCTETS ("AAAACAoAADADAgEq"), OCTETS ("AAAACAoA\r\nBTADAgEr\r\n"), NULL },
  { "error", SIGNET_TRANSFER_FRAMING_TCP, OCTETS ("\0\0\0\x08\x0a\0\0" MESSAGE),
    OCTETS ("\0\0\0\x13\x0a\0\x06\x02\x01\0\x02xxNot \x1b[1mme"), "an error of its transfer and “Not [1mme”" },
  { "error-past-its-end", SIGNET_TRANSFER_FRAMING_TCP, OCTETS ("\0\0\0\x08\x0a\0\0" MESSAGE),
    OCTETS ("\0\0\0\x08\x0a\0\x06\x02\x01\xff\xffx"), "an error of its transfer and no words" },
  { "error-cut-off", SIGNET_TRANSFER_FRAMING_TCP, OCTETS ("\0\0\0\x08\x0a\0\0" MESSAGE), OCTETS ("\0\0\0\x04\x0a\0\x06\x02"),
    "an error of its transfer and no words" },
  { "poll-of-its-own", SIGNET_TRANSFER_FRAMING_TCP, OCTETS ("\0\0\0\x08\x0a\0\0" MESSAGE),
    OCTETS ("\0\0\0\x0b\x0a\0\x01\0\0\0\x01\0\0\0\x3c"), "a note of type 1 of a transfer that is not spoken" },
  { "no-message-inside", SIGNET_TRANSFER_FRAMING_TCP, OCTETS ("\0\0\0\x08\x0a\0\0" MESSAGE),
    OCTETS ("\0\0\0\x09\x0a\0\x05" ANSWER "x"), "a note of type 5" },
};

static void
test_frame (Fixture       *fixture,
            gconstpointer  data)
{
  const Frame *frame = data;
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = NULL;

  signet_endpoint_set_framing (endpoint, frame->framing);
  fixture->answer = frame->answer;
  fixture->answer_size = frame->answer_size;
  answer = send_to (fixture, endpoint, &error);
  assert_octets (fixture->seen, frame->sent, frame->sent_size);
  if (frame->words == NULL)
    {
      g_assert_no_error (error);
      assert_octets (answer, ANSWER, 5);
      return;
    }
  g_assert_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_CMP);
  if (strstr (error->message, frame->words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, frame->words);
}

/* A length that lies is no head; then what came is told like anything else that is no message. */
static void
test_lies (Fixture       *fixture,
           gconstpointer  data)
{
  static const struct { const char *octets; gsize size; } lies[] = {
    { OCTETS ("\xff\xff\xff\xff\x0a\0\x05" ANSWER) }, { OCTETS ("\0\0\0\x07\x0a\0\x05" ANSWER) }, { OCTETS ("\0\0\0\0") },
    { OCTETS ("\0\0\0\x01\x0a") }, { OCTETS ("\0\0\0\x02\x0a\0") }, { OCTETS ("AAAA") },
  };
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);

  signet_endpoint_set_framing (endpoint, SIGNET_TRANSFER_FRAMING_TCP_BASE64);
  fixture->status = 400;
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (GBytes) answer = NULL;

      /* Its type says that it is a message: the decoder tells what is wrong with it. */
      fixture->answer = lies[i].octets;
      fixture->answer_size = lies[i].size;
      answer = send_to (fixture, endpoint, NULL);
      assert_octets (answer, lies[i].octets, lies[i].size);
    }
}

static void
test_chunks (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
  g_autoptr (GBytes) answer = NULL;

  fixture->chunked = TRUE;
  answer = send_to (fixture, endpoint, NULL);
  assert_octets (answer, ANSWER, 5);
}

static void
test_slash_and_type (Fixture       *fixture,
                     gconstpointer  data)
{
  static const char *const types[] = { "application/pkixcmp", "application/pkixcmp-poll", "application/x-pkixcmp" };
  g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (fixture->url, NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GBytes) answer = NULL;

      if (i > 0)
        g_assert_true (signet_endpoint_set_media_type (endpoint, types[i], &error));
      signet_endpoint_set_trailing_slash (endpoint, i == 1);
      answer = send_to (fixture, endpoint, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (fixture->seen_type, ==, types[i]);
      g_assert_cmpstr (fixture->seen_path, ==, i == 1 ? "/cmp/" : "/cmp");
    }
  g_assert_false (signet_endpoint_set_media_type (endpoint, "text/plain", &error));
  g_assert_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL);
}

static void
test_names (void)
{
  static const char *const names[] = { "none", "tcp", "tcp-base64" };
  SignetTransferFraming framing;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_true (signet_transfer_framing_from_name (names[i], &framing));
      g_assert_cmpint ((int) framing, ==, (int) i);
    }
  g_assert_false (signet_transfer_framing_from_name ("TCP", &framing));
}

int
main (int    argc,
      char **argv)
{
  g_setenv ("no_proxy", "*", TRUE);
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      g_autofree char *path = g_strdup_printf ("/transfer/habits/framing/%s/R399", frames[i].name);

      g_test_add (path, Fixture, &frames[i], set_up, test_frame, tear_down);
    }
  g_test_add ("/transfer/habits/framing/heads-that-lie", Fixture, NULL, set_up, test_lies, tear_down);
  g_test_add ("/transfer/habits/chunked-answer", Fixture, NULL, set_up, test_chunks, tear_down);
  g_test_add ("/transfer/habits/slash-and-media-type/R400,R407", Fixture, NULL, set_up, test_slash_and_type, tear_down);
  g_test_add_func ("/transfer/habits/framing/names", test_names);

  return g_test_run ();
}
