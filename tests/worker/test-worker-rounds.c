/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-der.h"
#include "cmp/cmp-message-private.h"
#include "common/remake.h"
#include "worker-peer.h"

/* Rounds of polling and confirmation with an authority whose answers are true, protected, and unusual: what the worker makes of
 * them, and what it says itself. */

#define HOUR (60 * 60)
#define DAY (24 * HOUR)

static SignetCmpMessage *
parse (GBytes *octets)
{
  g_autoptr (GError) error = NULL;
  SignetCmpMessage *message = signet_cmp_message_parse (octets, &error);

  g_assert_no_error (error);

  return message;
}

static SignetCmpMessage *
post (WorkerPeer *peer,
      guint       number)
{
  g_assert_cmpuint (number, <=, peer->posts->len);

  return parse (peer->posts->pdata[number - 1]);
}

/* @octets with what @change says, as the authority says it. */
static GBytes *
say_changed (GBytes       *octets,
             const Remake *change)
{
  g_autoptr (SignetSecret) secret = signet_secret_new (WORKER_PEER_SECRET, strlen (WORKER_PEER_SECRET));
  g_autoptr (SignetCmpCredentials) credentials = signet_cmp_credentials_new_mac (WORKER_PEER_REFERENCE, secret);
  Remake remake = *change;

  remake.credentials = credentials;
  remake.time = WORKER_FIXTURE_START;

  return remake_message (octets, &remake);
}

static void
respond (SoupServerMessage *message,
         GBytes            *octets)
{
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, g_bytes_get_data (octets, NULL),
                                    g_bytes_get_size (octets));
}

static gint64
start_request (WorkerFixture *fixture,
               WorkerPeer    *peer)
{
  gint64 authority = worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);

  return worker_fixture_create_request (fixture, authority, NULL);
}

/* Time goes on as long as the request waits; what it came to. */
static SignetRequestRecord *
run_on (WorkerFixture *fixture,
        gint64         id)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (SignetRequestRecord) record = NULL;

      worker_fixture_settle (fixture);
      record = worker_fixture_get_request (fixture, id);
      if (record->state == SIGNET_REQUEST_DONE || record->state == SIGNET_REQUEST_FAILED || record->error_code != NULL)
        break;
      worker_fixture_advance (fixture, HOUR);
    }

  return worker_fixture_get_request (fixture, id);
}

/* ---- what we say ---- */

static void
read_integer (const guint8 **data,
              gsize         *size,
              int            wanted)
{
  SignetDerValue value;

  g_assert_true (signet_der_read_expected (data, size, 0x02, &value));
  g_assert_cmpuint (value.contents_size, ==, 1);
  g_assert_cmpint ((gint8) value.contents[0], ==, wanted);
}

/* certConf with exactly one CertStatus: SHA-256 of the certificate, certReqId 0, and statusInfo with @status and nothing more. */
static void
assert_confirmation (SignetCmpMessage *message,
                     GBytes           *certificate,
                     int               status)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (signet_cmp_message_get_body_content (message), &size);
  g_autofree char *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, certificate);
  g_autoptr (GString) found = g_string_new (NULL);
  SignetDerValue list;
  SignetDerValue one;
  SignetDerValue value;

  g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, SIGNET_CMP_BODY_CERTCONF);
  g_assert_true (signet_der_read_expected (&data, &size, 0x30, &list));
  data = list.contents;
  size = list.contents_size;
  g_assert_true (signet_der_read_expected (&data, &size, 0x30, &one));
  g_assert_cmpuint (size, ==, 0);
  data = one.contents;
  size = one.contents_size;
  g_assert_true (signet_der_read_expected (&data, &size, 0x04, &value));
  for (gsize i = 0; i < value.contents_size; i++)
    g_string_append_printf (found, "%02x", value.contents[i]);
  g_assert_cmpstr (found->str, ==, digest);
  read_integer (&data, &size, 0);
  g_assert_true (signet_der_read_expected (&data, &size, 0x30, &value));
  /* No hashAlg: the signature algorithm fixes the digest. */
  g_assert_cmpuint (size, ==, 0);
  data = value.contents;
  size = value.contents_size;
  read_integer (&data, &size, status);
  if (status == SIGNET_CMP_STATUS_ACCEPTED)
    g_assert_cmpuint (size, ==, 0);
}

static void
test_confirmation (gconstpointer accept)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) asking = NULL;
  g_autoptr (SignetRequestRecord) end = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) shown = NULL;
  g_autoptr (GBytes) der = NULL;
  g_autoptr (SignetCmpMessage) confirmation = NULL;
  gint64 id;

  peer->implicit = FALSE;
  peer->changes = TRUE;
  id = start_request (fixture, peer);
  asking = worker_fixture_wait (fixture, id, SIGNET_REQUEST_ASKING);
  shown = g_variant_lookup_value (asking->question, "certificate", G_VARIANT_TYPE_BYTESTRING);
  der = g_variant_get_data_as_bytes (shown);
  reply = worker_fixture_must (fixture, "AnswerQuestion", g_variant_new ("(xub)", id, 1, accept != NULL), NULL);
  end = worker_fixture_wait (fixture, id, accept != NULL ? SIGNET_REQUEST_DONE : SIGNET_REQUEST_FAILED);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  confirmation = post (peer, 2);
  assert_confirmation (confirmation, der, accept != NULL ? SIGNET_CMP_STATUS_ACCEPTED : SIGNET_CMP_STATUS_REJECTION);
}

/* certReqId of the one entry of a pollReq. */
static void
assert_poll (SignetCmpMessage *message,
             int               id)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (signet_cmp_message_get_body_content (message), &size);
  SignetDerValue list;
  SignetDerValue one;

  g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, SIGNET_CMP_BODY_POLLREQ);
  g_assert_true (signet_der_read_expected (&data, &size, 0x30, &list));
  data = list.contents;
  size = list.contents_size;
  g_assert_true (signet_der_read_expected (&data, &size, 0x30, &one));
  g_assert_cmpuint (size, ==, 0);
  data = one.contents;
  size = one.contents_size;
  read_integer (&data, &size, id);
}

/* ---- what they say ---- */

static gboolean
grant_both (WorkerPeer        *peer,
            SoupServerMessage *message,
            guint              number,
            gpointer           user_data)
{
  const Remake change = { .implicit_confirm = TRUE, .confirm_until = WORKER_FIXTURE_START + 60 };
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[number - 1]);
  g_autoptr (GBytes) changed = say_changed (answer, &change);

  respond (message, changed);

  return TRUE;
}

/* A time limit for a confirmation that is not wanted: it means nothing. */
static void
test_both (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) done = NULL;

  peer->hook = grant_both;
  done = worker_fixture_wait (fixture, start_request (fixture, peer), SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 1);
}

static gboolean
answer_first (WorkerPeer        *peer,
              SoupServerMessage *message,
              guint              number,
              gpointer           user_data)
{
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[number - 1]);
  g_autoptr (SignetCmpMessage) parsed = parse (answer);
  g_autoptr (SignetCmpMessage) which = post (peer, GPOINTER_TO_UINT (user_data) == 1 ? 1 : number);
  const Remake change = { .recip_nonce = signet_cmp_message_get_sender_nonce (which) };
  g_autoptr (GBytes) changed = NULL;

  if (number == 1 || signet_cmp_message_get_body_type (parsed) != SIGNET_CMP_BODY_IP)
    {
      respond (message, answer);
      return TRUE;
    }
  changed = say_changed (answer, &change);
  respond (message, changed);

  return TRUE;
}

/* RFC 9483 §4.4: the answer to the request that was delayed may say whose answer it is by the nonce of that request, which is
 * kept over a restart, or by the one of the last pollReq. */
static void
test_delayed_nonce (gconstpointer which)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) waiting = NULL;
  g_autoptr (SignetRequestRecord) end = NULL;
  gint64 id;

  peer->polls = 2;
  peer->check_after = 60;
  peer->implicit = FALSE;
  peer->hook = answer_first;
  peer->hook_data = (gpointer) which;
  id = start_request (fixture, peer);
  waiting = worker_fixture_wait (fixture, id, SIGNET_REQUEST_WAITING);
  worker_fixture_settle (fixture);
  worker_fixture_restart (fixture);
  end = run_on (fixture, id);
  g_assert_cmpstr (end->error_text, ==, NULL);
  g_assert_cmpint (end->state, ==, SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 4);
}

/* pollRep of one entry: certReqId, checkAfter. */
static gboolean
answer_another_poll (WorkerPeer        *peer,
                     SoupServerMessage *message,
                     guint              number,
                     gpointer           user_data)
{
  static const guint8 poll_rep[] = { 0x30, 0x08, 0x30, 0x06, 0x02, 0x01, 0x07, 0x02, 0x01, 0x3c };
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[number - 1]);
  g_autoptr (GBytes) content = g_bytes_new_static (poll_rep, sizeof poll_rep);
  const Remake change = { .type = SIGNET_CMP_BODY_POLLREP, .content = content };
  g_autoptr (GBytes) changed = NULL;

  if (number == 1)
    return respond (message, answer), TRUE;
  changed = say_changed (answer, &change);
  respond (message, changed);

  return TRUE;
}

static void
test_another_poll (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) end = NULL;
  gint64 id;

  peer->polls = G_MAXUINT;
  peer->hook = answer_another_poll;
  id = start_request (fixture, peer);
  end = run_on (fixture, id);
  g_assert_cmpint (end->state, ==, SIGNET_REQUEST_FAILED);
  g_assert_cmpstr (end->error_code, ==, "cmp.content");
  g_assert_cmpuint (peer->posts->len, ==, 2);
}

/* "waiting" with a reason for a refusal beside it. */
static void
test_waiting_with_reason (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) end = NULL;
  gint64 id;

  peer->polls = 1;
  peer->fail_bit = 2;
  peer->waits_with_reason = TRUE;
  id = start_request (fixture, peer);
  end = run_on (fixture, id);
  g_assert_cmpstr (end->error_text, ==, NULL);
  g_assert_cmpint (end->state, ==, SIGNET_REQUEST_DONE);
}

typedef struct
{
  GBytes *acknowledgement;      /* kept back */
} Delay;

/* pkiConf is put off by an error "waiting": RFC 9483 §4, RFC 9810 §5.3.22. */
static gboolean
delay_acknowledgement (WorkerPeer        *peer,
                       SoupServerMessage *message,
                       guint              number,
                       gpointer           user_data)
{
  /* ErrorMsgContent with PKIStatus 3; pollRep with certReqId -1, checkAfter 60 */
  static const guint8 waiting[] = { 0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x03 };
  static const guint8 poll_rep[] = { 0x30, 0x08, 0x30, 0x06, 0x02, 0x01, 0xff, 0x02, 0x01, 0x3c };
  Delay *delay = user_data;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpMessage) confirmation = NULL;
  g_autoptr (SignetCmpMessage) poll = NULL;
  Remake change = { 0 };

  if (number == 1)
    return FALSE;
  if (number == 2)
    {
      delay->acknowledgement = worker_peer_answer (peer, peer->posts->pdata[1]);
      content = g_bytes_new_static (waiting, sizeof waiting);
      change = (Remake) { .type = SIGNET_CMP_BODY_ERROR, .content = content };
      answer = say_changed (delay->acknowledgement, &change);
    }
  else
    {
      poll = post (peer, number);
      assert_poll (poll, -1);
      content = number == 3 ? g_bytes_new_static (poll_rep, sizeof poll_rep) : NULL;
      confirmation = post (peer, number == 3 ? 3 : 2);
      change = (Remake) { .type = SIGNET_CMP_BODY_POLLREP, .content = content,
                          .recip_nonce = signet_cmp_message_get_sender_nonce (confirmation) };
      answer = say_changed (delay->acknowledgement, &change);
    }
  respond (message, answer);

  return TRUE;
}

static void
test_delayed_acknowledgement (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) end = NULL;
  Delay delay = { 0 };
  gint64 id;

  peer->implicit = FALSE;
  peer->hook = delay_acknowledgement;
  peer->hook_data = &delay;
  id = start_request (fixture, peer);
  end = run_on (fixture, id);
  g_assert_cmpstr (end->error_text, ==, NULL);
  g_assert_cmpint (end->state, ==, SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 4);
  g_bytes_unref (delay.acknowledgement);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/worker/rounds/confirmation/accepted/R198,R199,R205", GUINT_TO_POINTER (1), test_confirmation);
  g_test_add_data_func ("/worker/rounds/confirmation/rejected/R126,R200", NULL, test_confirmation);
  g_test_add_func ("/worker/rounds/confirmation/time-limit-beside-implicit-confirmation/R193", test_both);
  g_test_add_func ("/worker/rounds/confirmation/acknowledgement-is-delayed/R204,R208", test_delayed_acknowledgement);
  g_test_add_data_func ("/worker/rounds/polling/final-answer-names-the-request/R123,R211", GUINT_TO_POINTER (1), test_delayed_nonce);
  g_test_add_data_func ("/worker/rounds/polling/final-answer-names-the-poll/R212", NULL, test_delayed_nonce);
  g_test_add_func ("/worker/rounds/polling/answer-to-another-poll/R216", test_another_poll);
  g_test_add_func ("/worker/rounds/polling/waiting-with-a-reason-for-refusal/R218", test_waiting_with_reason);

  return g_test_run ();
}
