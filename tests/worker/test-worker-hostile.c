/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker-peer.h"

#define HOUR (60 * 60)
#define DAY (24 * HOUR)

/* ---- what stands between us and the authority ---- */

static void
respond (SoupServerMessage *message,
         guint              status,
         const char        *type,
         const char        *body)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, body, strlen (body));
}

static gboolean
send_html (WorkerPeer        *peer,
           SoupServerMessage *message,
           guint              post,
           gpointer           user_data)
{
  respond (message, 200, "text/html", "<html><head><title>Welcome to Hotel Wi-Fi</title></head><body>Pay</body></html>");

  return TRUE;
}

static gboolean
send_not_found (WorkerPeer        *peer,
                SoupServerMessage *message,
                guint              post,
                gpointer           user_data)
{
  respond (message, 404, "text/html", "<html><head><title>Not here</title></head></html>");

  return TRUE;
}

static gboolean
send_redirect (WorkerPeer        *peer,
               SoupServerMessage *message,
               guint              post,
               gpointer           user_data)
{
  soup_message_headers_append (soup_server_message_get_response_headers (message), "Location", "http://127.0.0.1:9/other");
  soup_server_message_set_status (message, 307, NULL);

  return TRUE;
}

static gboolean
send_hundred_megabytes (WorkerPeer        *peer,
                        SoupServerMessage *message,
                        guint              post,
                        gpointer           user_data)
{
  gsize size = 100 * 1024 * 1024;

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_TAKE, g_malloc0 (size), size);

  return TRUE;
}

static gboolean
send_slowly (WorkerPeer        *peer,
             SoupServerMessage *message,
             guint              post,
             gpointer           user_data)
{
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_content_type (soup_server_message_get_response_headers (message), "application/pkixcmp", NULL);
  soup_message_headers_set_content_length (soup_server_message_get_response_headers (message), 1000);
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY, "0", 1);
  soup_server_message_pause (message);

  return TRUE;
}

static gboolean
close_after_reading (WorkerPeer        *peer,
                     SoupServerMessage *message,
                     guint              post,
                     gpointer           user_data)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  g_io_stream_close (stream, NULL, NULL);

  return TRUE;
}

static void
respond_octets (SoupServerMessage *message,
                const guint8      *data,
                gsize              size)
{
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, (const char *) data, size);
}

/* Somebody on the way who knows no secret and says that it has all failed. */
static gboolean
send_unprotected_error (WorkerPeer        *peer,
                        SoupServerMessage *message,
                        guint              post,
                        gpointer           user_data)
{
  g_autoptr (GBytes) answer = NULL;
  gsize size;
  const guint8 *data;

  OSSL_CMP_CTX_set1_secretValue (OSSL_CMP_SRV_CTX_get0_cmp_ctx (peer->cmp), (const guchar *) "another secret", 14);
  OSSL_CMP_SRV_CTX_set_send_unprotected_errors (peer->cmp, 1);
  answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  OSSL_CMP_SRV_CTX_set_send_unprotected_errors (peer->cmp, 0);
  OSSL_CMP_CTX_set1_secretValue (OSSL_CMP_SRV_CTX_get0_cmp_ctx (peer->cmp), (const guchar *) WORKER_PEER_SECRET,
                                 strlen (WORKER_PEER_SECRET));
  data = g_bytes_get_data (answer, &size);
  respond_octets (message, data, size);

  return TRUE;
}

/* A true answer with its last octet, one of the protection's, turned. */
static gboolean
send_flipped (WorkerPeer        *peer,
              SoupServerMessage *message,
              guint              post,
              gpointer           user_data)
{
  g_autoptr (GBytes) answer = NULL;
  g_autofree guint8 *copy = NULL;
  gsize size;
  gconstpointer data;

  peer->rejects = TRUE;
  answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  peer->rejects = FALSE;
  data = g_bytes_get_data (answer, &size);
  copy = g_memdup2 (data, size);
  copy[size - 1] ^= 1;
  respond_octets (message, copy, size);

  return TRUE;
}

static gboolean
send_truncated (WorkerPeer        *peer,
                SoupServerMessage *message,
                guint              post,
                gpointer           user_data)
{
  g_autoptr (GBytes) answer = NULL;
  gsize size;
  const guint8 *data;

  peer->rejects = TRUE;
  answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  peer->rejects = FALSE;
  data = g_bytes_get_data (answer, &size);
  respond_octets (message, data, size - 1);

  return TRUE;
}

/* Our own request sent back. */
static gboolean
send_echo (WorkerPeer        *peer,
           SoupServerMessage *message,
           guint              post,
           gpointer           user_data)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (peer->posts->pdata[post - 1], &size);

  respond_octets (message, data, size);

  return TRUE;
}

typedef struct
{
  const char *name;
  WorkerPeerHook hook;
  const char *error_code;
  const char *error_text;
} Scenario;

static const Scenario scenarios[] = {
#include "hostile-scenarios.h"
};

static void
check_again (WorkerFixture *fixture,
             gint64         id)
{
  g_autoptr (GVariant) reply = worker_fixture_must (fixture, "CheckRequest", g_variant_new ("(x)", id), NULL);
}

static gint64
start_request (WorkerFixture *fixture,
               WorkerPeer    *peer)
{
  gint64 authority = worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);

  return worker_fixture_create_request (fixture, authority, NULL);
}

static void
assert_same_posts (WorkerPeer *peer)
{
  for (guint i = 1; i < peer->posts->len; i++)
    g_assert_true (g_bytes_equal (peer->posts->pdata[0], peer->posts->pdata[i]));
}

/* Whatever came instead of an answer: one POST, the outcome unknown, said in words; then the same octets again, and one
 * certificate. */
static void
test_scenario (gconstpointer data)
{
  const Scenario *scenario = data;
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) unknown = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  gint64 id;

  peer->hook = scenario->hook;
  id = start_request (fixture, peer);
  unknown = worker_fixture_wait (fixture, id, SIGNET_REQUEST_UNKNOWN);
  worker_fixture_settle (fixture);
  g_assert_cmpstr (unknown->error_code, ==, scenario->error_code);
  g_assert_cmpstr (unknown->error_text, ==, scenario->error_text);
  g_assert_nonnull (unknown->transaction_id);
  g_assert_false (unknown->authority_text_authentic);
  g_assert_cmpint (unknown->next_check, >=, fixture->now + 30);
  g_assert_cmpint (unknown->received, ==, 0);
  g_assert_cmpuint (peer->posts->len, ==, 1);

  /* Not before its time. */
  worker_fixture_advance (fixture, 29);
  worker_fixture_settle (fixture);
  g_assert_cmpuint (peer->posts->len, ==, 1);

  peer->hook = NULL;
  check_again (fixture, id);
  done = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  assert_same_posts (peer);
  g_assert_cmpuint (peer->issued, ==, 1);
  g_assert_null (done->error_text);
}

/* The schedule asks again by itself, ever more slowly, with the same octets: R404. */
static void
test_by_schedule (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) done = NULL;
  gint64 id;

  peer->hook = close_after_reading;
  id = start_request (fixture, peer);
  for (guint attempt = 1; attempt <= 5; attempt++)
    {
      g_autoptr (SignetRequestRecord) unknown = worker_fixture_wait (fixture, id, SIGNET_REQUEST_UNKNOWN);

      worker_fixture_settle (fixture);
      g_assert_cmpuint (peer->posts->len, ==, attempt);
      g_assert_cmpint (unknown->next_check - fixture->now, >=, 30 << (attempt - 1));
      /* An end of the worker in between changes nothing. */
      worker_fixture_restart (fixture);
      worker_fixture_settle (fixture);
      g_assert_cmpuint (peer->posts->len, ==, attempt);
      if (attempt == 5)
        peer->hook = NULL;
      worker_fixture_advance (fixture, unknown->next_check - fixture->now);
      worker_fixture_settle (fixture);
    }
  done = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  assert_same_posts (peer);
}

/* After a resend a rejection proves nothing about the first: it stays unknown, with the authority's words. */
static void
test_rejection_after_resend (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) unknown = NULL;
  g_autoptr (SignetRequestRecord) still = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  gint64 id;

  peer->hook = close_after_reading;
  id = start_request (fixture, peer);
  unknown = worker_fixture_wait (fixture, id, SIGNET_REQUEST_UNKNOWN);
  worker_fixture_settle (fixture);
  peer->hook = NULL;
  peer->rejects = TRUE;
  peer->fail_bit = 21;
  check_again (fixture, id);
  worker_fixture_settle (fixture);
  still = worker_fixture_get_request (fixture, id);
  g_assert_cmpint (still->state, ==, SIGNET_REQUEST_UNKNOWN);
  g_assert_cmpint (still->next_check, ==, 0);
  g_assert_cmpstr (still->error_code, ==, "cmp.rejected");
  g_assert_cmpstr (still->authority_text, ==, "We do not know you");
  g_assert_true (still->authority_text_authentic);

  peer->rejects = FALSE;
  check_again (fixture, id);
  done = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  assert_same_posts (peer);
}

static void
test_refused_connection (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) failed = NULL;
  gint64 id;

  soup_server_disconnect (peer->server);
  id = start_request (fixture, peer);
  failed = worker_fixture_wait (fixture, id, SIGNET_REQUEST_FAILED);
  g_assert_cmpstr (failed->error_code, ==, "transfer.not-delivered");
  g_assert_cmpint (failed->retry_at, >=, fixture->now + 30);
  /* Nothing has left, so nothing can have been issued. */
  g_assert_cmpint (failed->sent, ==, 0);
  worker_fixture_settle (fixture);
  worker_fixture_advance (fixture, failed->retry_at - fixture->now);
  worker_fixture_settle (fixture);
  g_clear_pointer (&failed, signet_request_record_free);
  failed = worker_fixture_wait (fixture, id, SIGNET_REQUEST_FAILED);
  g_assert_cmpint (failed->retry_at, >=, fixture->now + 60);
}

static void
test_endless_polling (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) end = NULL;
  gint64 id;

  peer->polls = G_MAXUINT;
  id = start_request (fixture, peer);
  end = worker_fixture_wait (fixture, id, SIGNET_REQUEST_WAITING);
  worker_fixture_settle (fixture);
  for (guint i = 0; i < 250 && end->state == SIGNET_REQUEST_WAITING; i++)
    {
      /* Where it is slow anyway, time is let run. */
      worker_fixture_advance (fixture, MAX (end->next_check - fixture->now, i > 50 ? DAY : 0));
      worker_fixture_settle (fixture);
      g_clear_pointer (&end, signet_request_record_free);
      end = worker_fixture_get_request (fixture, id);
    }
  g_assert_cmpint (end->state, ==, SIGNET_REQUEST_UNKNOWN);
  g_assert_cmpstr (end->error_code, ==, "worker.poll-limit");
  g_assert_cmpstr (end->error_text, ==, "The authority has put this off for 90 days. It is not asked any more by itself; ask "
                                        "again, or ask your organisation.");
  g_assert_cmpint (end->next_check, ==, 0);
}

static void
test_check_after (gconstpointer check_after)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) waiting = NULL;
  gint64 seconds = *(const gint64 *) check_after;
  gint64 id;

  peer->polls = G_MAXUINT;
  peer->check_after = seconds;
  id = start_request (fixture, peer);
  waiting = worker_fixture_wait (fixture, id, SIGNET_REQUEST_WAITING);
  worker_fixture_settle (fixture);
  check_again (fixture, id);
  worker_fixture_settle (fixture);
  g_clear_pointer (&waiting, signet_request_record_free);
  waiting = worker_fixture_get_request (fixture, id);
  g_assert_cmpint (waiting->state, ==, SIGNET_REQUEST_WAITING);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  if (seconds < 0)
    g_assert_cmpint (waiting->next_check, ==, fixture->now + 1);
  else
    {
      g_assert_cmpint (waiting->next_check, >=, fixture->now + 7 * DAY);
      g_assert_cmpint (waiting->next_check, <=, fixture->now + 8 * DAY);
    }
}

/* An answer that comes after the person has given up is taken all the same. */
static void
test_late_answer (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) cancelled = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) imported = NULL;
  gint64 id;

  peer->hook = close_after_reading;
  id = start_request (fixture, peer);
  cancelled = worker_fixture_wait (fixture, id, SIGNET_REQUEST_UNKNOWN);
  worker_fixture_settle (fixture);
  reply = worker_fixture_must (fixture, "CancelRequest", g_variant_new ("(x)", id), NULL);
  worker_fixture_advance (fixture, DAY);
  worker_fixture_settle (fixture);
  g_assert_cmpuint (peer->posts->len, ==, 1);
  answer = worker_peer_answer (peer, peer->posts->pdata[0]);
  imported = worker_fixture_must (fixture, "ImportMessage",
                                  g_variant_new ("(x@ay)", (gint64) 0,
                                                 g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, answer, TRUE)), NULL);
  done = worker_fixture_get_request (fixture, id);
  g_assert_cmpint (done->state, ==, SIGNET_REQUEST_DONE);
  g_assert_cmpint (done->certificate_id, !=, 0);
}

int
main (int    argc,
      char **argv)
{
  static const gint64 huge = G_GINT64_CONSTANT (1) << 31;
  static const gint64 negative = -5;

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (scenarios); i++)
    {
      g_autofree char *path = g_strdup_printf ("/worker/hostile/%s", scenarios[i].name);

      g_test_add_data_func (path, &scenarios[i], test_scenario);
    }
  g_test_add_func ("/worker/hostile/no-answer/asks-again-by-schedule/R404", test_by_schedule);
  g_test_add_func ("/worker/hostile/no-answer/rejection-after-resend-proves-nothing", test_rejection_after_resend);
  g_test_add_func ("/worker/hostile/no-answer/late-answer-is-taken", test_late_answer);
  g_test_add_func ("/worker/hostile/connection-refused-delivers-nothing", test_refused_connection);
  g_test_add_func ("/worker/hostile/polling/endless/R217", test_endless_polling);
  g_test_add_data_func ("/worker/hostile/polling/check-after-huge/R215", &huge, test_check_after);
  g_test_add_data_func ("/worker/hostile/polling/check-after-negative/R215", &negative, test_check_after);

  return g_test_run ();
}
