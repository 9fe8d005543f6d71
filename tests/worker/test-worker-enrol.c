/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker-peer.h"

#define DAY (24 * 60 * 60)

static gint64
start_request (WorkerFixture *fixture,
               WorkerPeer    *peer)
{
  gint64 authority = worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);

  return worker_fixture_create_request (fixture, authority, NULL);
}

/* One certificate, one key, and both belong together. */
static void
assert_one_certificate (WorkerFixture             *fixture,
                        const SignetRequestRecord *request,
                        const char                *state)
{
  SignetStore *store = signet_worker_get_store (fixture->worker);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) certificates = signet_store_list_certificates (store, &error);
  g_autoptr (GPtrArray) keys = signet_store_list_keys (store, NULL);
  const SignetCertificateRecord *certificate;

  g_assert_no_error (error);
  g_assert_cmpuint (certificates->len, ==, 1);
  g_assert_cmpuint (keys->len, ==, 1);
  certificate = certificates->pdata[0];
  g_assert_cmpint (certificate->id, ==, request->certificate_id);
  g_assert_cmpint (certificate->key_id, ==, request->key_id);
  g_assert_cmpint (certificate->request_id, ==, request->id);
  g_assert_cmpstr (certificate->state, ==, state);
}

static void
test_implicit (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  gint64 id = start_request (fixture, peer);
  g_autoptr (SignetRequestRecord) record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);

  g_assert_cmpstr (record->error_text, ==, NULL);
  g_assert_cmpstr (record->operation, ==, "ir");
  g_assert_cmpstr (record->name, ==, "E-mail certificate for maria@example.org");
  g_assert_cmpint (record->sent, ==, WORKER_FIXTURE_START);
  g_assert_cmpint (record->received, ==, WORKER_FIXTURE_START);
  g_assert_cmpint (record->confirmed, ==, WORKER_FIXTURE_START);
  g_assert_cmpuint (peer->posts->len, ==, 1);
  g_assert_cmpuint (peer->issued, ==, 1);
  assert_one_certificate (fixture, record, "good-for-use");
}

/* The first message of a request for a key of @spec. */
static char *
get_first_remark (WorkerFixture *fixture,
                  gint64         authority,
                  const char    *spec,
                  gboolean       offline)
{
  SignetStore *store = signet_worker_get_store (fixture->worker);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  gint64 id;

  g_variant_dict_insert (&dict, "key-spec", "s", spec);
  g_variant_dict_insert (&dict, "offline", "b", offline);
  id = worker_fixture_create_request (fixture, authority, g_variant_dict_end (&dict));
  record = worker_fixture_wait (fixture, id, offline ? SIGNET_REQUEST_OUTBOX : SIGNET_REQUEST_DONE);
  if (offline)
    {
      g_autoptr (GVariant) reply = worker_fixture_must (fixture, "ExportMessage", g_variant_new ("(x)", id), NULL);
    }
  worker_fixture_settle (fixture);
  messages = signet_store_list_messages (store, id, NULL);
  g_assert_cmpuint (messages->len, >, 0);

  return g_strdup (((SignetMessageRecord *) messages->pdata[0])->remark);
}

/* A code under SHA-256 is as strong as a P-256 key, and weaker than one on P-384: the message that asks for it says so. */
static void
test_weak_protection (void)
{
  for (guint offline = 0; offline < 2; offline++)
    {
      g_autoptr (WorkerPeer) peer = worker_peer_new ();
      g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
      g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
      g_autofree char *enough = NULL;
      g_autofree char *weak = NULL;
      gint64 authority;

      g_variant_dict_insert (&dict, "one-time", "b", FALSE);
      authority = worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), WORKER_PEER_SECRET);
      enough = get_first_remark (fixture, authority, "ec:P-256", offline != 0);
      weak = get_first_remark (fixture, authority, "ec:P-384", offline != 0);
      g_assert_null (enough);
      g_assert_cmpstr (weak, ==,
                       "The request is protected with 128 bits of security, and the key that it is for has 192. Whoever breaks the "
                       "protection gets a certificate in your name; choose a stronger one.");
    }
}

static void
assert_messages (WorkerFixture *fixture,
                 gint64         id,
                 const char    *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) messages = signet_store_list_messages (signet_worker_get_store (fixture->worker), id, &error);
  g_autoptr (GString) found = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < messages->len; i++)
    {
      const SignetMessageRecord *message = messages->pdata[i];

      g_string_append_printf (found, "%s%s ", message->sent ? ">" : "<", message->body_type);
    }
  g_assert_cmpstr (found->str, ==, wanted);
}

static void
test_explicit (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  gint64 id;

  peer->implicit = FALSE;
  id = start_request (fixture, peer);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  g_assert_cmpuint (peer->confirmed, ==, 1);
  assert_messages (fixture, id, ">ir <ip >certConf <pkiconf ");
  assert_one_certificate (fixture, record, "good-for-use");
}

/* The code is good for one certificate, and gone when that is there: R472. */
static void
test_code_once (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  gint64 id = start_request (fixture, peer);
  g_autoptr (SignetRequestRecord) record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetAuthorityRecord) authority = signet_store_get_authority (signet_worker_get_store (fixture->worker),
                                                                            record->authority_id, &error);

  g_assert_no_error (error);
  g_assert_false (authority->has_secret);
}

/* With the code used up, what it brought signs for the next: a further certificate of a known PKI is asked for by cr. */
static void
test_further (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  gint64 authority = worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);
  gint64 first_id = worker_fixture_create_request (fixture, authority, NULL);
  g_autoptr (SignetRequestRecord) first = worker_fixture_wait (fixture, first_id, SIGNET_REQUEST_DONE);
  g_autoptr (SignetRequestRecord) further = NULL;
  g_autoptr (SignetCertificateRecord) signer = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  gint64 id;

  worker_peer_use_signatures (peer);
  id = worker_fixture_create_request (fixture, authority, NULL);
  further = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_assert_cmpstr (further->error_text, ==, NULL);
  g_assert_cmpstr (first->operation, ==, "ir");
  g_assert_cmpstr (further->operation, ==, "cr");
  signer = signet_store_get_certificate (signet_worker_get_store (fixture->worker), first->certificate_id, NULL);
  message = signet_cmp_message_parse (peer->posts->pdata[1], NULL);
  g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, SIGNET_CMP_BODY_CR);
  g_assert_true (g_bytes_equal (signet_certificate_get_der (signet_cmp_message_get_extra_certs (message)->pdata[0]), signer->der));
}

static void
test_polling (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) waiting = NULL;
  g_autoptr (SignetRequestRecord) later = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  gint64 id;

  peer->polls = 2;
  peer->check_after = 600;
  id = start_request (fixture, peer);
  waiting = worker_fixture_wait (fixture, id, SIGNET_REQUEST_WAITING);
  g_assert_cmpstr (waiting->authority_text, ==, "A person has to look at this");
  g_assert_true (waiting->authority_text_authentic);
  g_assert_cmpint (waiting->next_check, >, fixture->now);
  worker_fixture_settle (fixture);

  /* The first pollReq may come soon; after its pollRep nothing goes before checkAfter. */
  worker_fixture_advance (fixture, waiting->next_check - fixture->now);
  worker_fixture_settle (fixture);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  later = worker_fixture_get_request (fixture, id);
  g_assert_cmpint (later->state, ==, SIGNET_REQUEST_WAITING);
  g_assert_cmpint (later->next_check, >=, fixture->now + 600);
  worker_fixture_advance (fixture, 599);
  worker_fixture_settle (fixture);
  g_assert_cmpuint (peer->posts->len, ==, 2);

  /* With a restart in between. */
  worker_fixture_restart (fixture);
  worker_fixture_settle (fixture);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  worker_fixture_advance (fixture, 100);
  done = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 3);
  assert_one_certificate (fixture, done, "good-for-use");
}

static void
test_check_now (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) waiting = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  g_autoptr (GVariant) reply = NULL;
  gint64 id;

  peer->polls = 1;
  id = start_request (fixture, peer);
  waiting = worker_fixture_wait (fixture, id, SIGNET_REQUEST_WAITING);
  worker_fixture_settle (fixture);
  reply = worker_fixture_must (fixture, "CheckRequest", g_variant_new ("(x)", id), NULL);
  done = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  worker_fixture_must_fail (fixture, "CheckRequest", g_variant_new ("(x)", id), NULL, "Busy",
                            "“E-mail certificate for maria@example.org” is over: there is nothing left to ask the authority.");
}

static void
test_rejection (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  gint64 id;

  peer->rejects = TRUE;
  peer->fail_bit = 23;
  id = start_request (fixture, peer);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_REJECTED);
  g_assert_cmpstr (record->error_code, ==, "cmp.rejected");
  g_assert_cmpstr (record->authority_text, ==, "We do not know you");
  g_assert_true (record->authority_text_authentic);
  g_assert_cmpint (record->next_check, ==, 0);
  g_assert_cmpint (record->retry_at, ==, 0);
  worker_fixture_settle (fixture);
  worker_fixture_advance (fixture, 30 * DAY);
  worker_fixture_settle (fixture);
  g_assert_cmpuint (peer->posts->len, ==, 1);
}

static GBytes *
transaction_id_of (GBytes *octets)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (octets, &error);

  g_assert_no_error (error);

  return g_bytes_ref (signet_cmp_message_get_transaction_id (message));
}

/* RFC 9483 §3.6.4: again in a new transaction, at once for a clash of IDs and later for a server in trouble. */
static void
test_begins_again (gconstpointer fail_bit)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;
  gint64 id;

  peer->rejects = TRUE;
  peer->fail_bit = GPOINTER_TO_UINT (fail_bit);
  id = start_request (fixture, peer);
  if (peer->fail_bit == 21)
    worker_fixture_run_until ((gboolean (*) (gpointer)) signet_worker_is_settled, fixture->worker, "rest");
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_FAILED);
  worker_fixture_settle (fixture);
  g_assert_cmpint (record->retry_at, !=, 0);
  peer->rejects = FALSE;
  worker_fixture_advance (fixture, DAY);
  g_clear_pointer (&record, signet_request_record_free);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  first = transaction_id_of (peer->posts->pdata[0]);
  second = transaction_id_of (peer->posts->pdata[peer->posts->len - 1]);
  g_assert_false (g_bytes_equal (first, second));
  assert_one_certificate (fixture, record, "good-for-use");
}

static void
answer (WorkerFixture *fixture,
        gint64         id,
        guint          number,
        gboolean       accept)
{
  g_autoptr (GVariant) reply = worker_fixture_must (fixture, "AnswerQuestion", g_variant_new ("(xub)", id, number, accept), NULL);
}

static void
test_changes (gconstpointer accept)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) asking = NULL;
  g_autoptr (SignetRequestRecord) end = NULL;
  const char *kind;
  guint32 number;
  gint64 id;

  peer->changes = TRUE;
  peer->implicit = FALSE;
  id = start_request (fixture, peer);
  asking = worker_fixture_wait (fixture, id, SIGNET_REQUEST_ASKING);
  g_assert_true (g_variant_lookup (asking->question, "kind", "&s", &kind));
  g_assert_cmpstr (kind, ==, "accept-changes");
  g_assert_true (g_variant_lookup (asking->question, "number", "u", &number));
  worker_fixture_must_fail (fixture, "AnswerQuestion", g_variant_new ("(xub)", id, number + 1, TRUE), NULL, "Busy", NULL);
  worker_fixture_settle (fixture);
  worker_fixture_restart (fixture);

  answer (fixture, id, number, accept != NULL);
  end = worker_fixture_wait (fixture, id, accept != NULL ? SIGNET_REQUEST_DONE : SIGNET_REQUEST_FAILED);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  if (accept != NULL)
    assert_one_certificate (fixture, end, "good-for-use");
  g_assert_null (end->question);
}

static void
test_root (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  const char *const relaxations[] = { "ca-pubs", NULL };
  g_autoptr (SignetRequestRecord) asking = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  g_autoptr (SignetAuthorityRecord) authority = NULL;
  g_autoptr (GBytes) anchor = worker_peer_get_anchor (peer);
  const char *kind;
  guint32 number;
  gint64 id;

  peer->sends_root = TRUE;
  g_variant_dict_insert (&dict, "url", "s", peer->url);
  g_variant_dict_insert (&dict, "reference", "s", WORKER_PEER_REFERENCE);
  g_variant_dict_insert (&dict, "mac", "s", "password-based");
  g_variant_dict_insert (&dict, "relaxations", "^as", relaxations);
  id = worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), WORKER_PEER_SECRET);
  id = worker_fixture_create_request (fixture, id, NULL);
  asking = worker_fixture_wait (fixture, id, SIGNET_REQUEST_ASKING);
  g_assert_true (g_variant_lookup (asking->question, "kind", "&s", &kind));
  g_assert_cmpstr (kind, ==, "trust-root");
  g_assert_true (g_variant_lookup (asking->question, "number", "u", &number));
  answer (fixture, id, number, TRUE);
  done = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  authority = signet_store_get_authority (signet_worker_get_store (fixture->worker), done->authority_id, NULL);
  g_assert_cmpuint (authority->anchors->len, ==, 1);
  g_assert_true (g_bytes_equal (authority->anchors->pdata[0], anchor));
}

static void
test_cancel (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) waiting = NULL;
  g_autoptr (SignetRequestRecord) cancelled = NULL;
  g_autoptr (GVariant) reply = NULL;
  gint64 id;

  peer->polls = G_MAXUINT;
  id = start_request (fixture, peer);
  waiting = worker_fixture_wait (fixture, id, SIGNET_REQUEST_WAITING);
  worker_fixture_settle (fixture);
  reply = worker_fixture_must (fixture, "CancelRequest", g_variant_new ("(x)", id), NULL);
  worker_fixture_advance (fixture, 30 * DAY);
  worker_fixture_settle (fixture);
  cancelled = worker_fixture_get_request (fixture, id);
  g_assert_cmpint (cancelled->state, ==, SIGNET_REQUEST_CANCELLED);
  g_assert_cmpuint (peer->posts->len, ==, 1);
  worker_fixture_must_fail (fixture, "CancelRequest", g_variant_new ("(x)", id), NULL, "Busy", NULL);
}

/* An end while the key is made: the request starts over, and has one key. */
static void
test_restart_while_key (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  gint64 authority = worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);
  gint64 id;

  g_variant_dict_insert (&dict, "key-spec", "s", "rsa:3072");
  id = worker_fixture_create_request (fixture, authority, g_variant_dict_end (&dict));
  worker_fixture_restart (fixture);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  assert_one_certificate (fixture, record, "good-for-use");
}

static void
test_busy_authority (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (GVariant) reply = NULL;
  gint64 id;

  peer->polls = G_MAXUINT;
  id = start_request (fixture, peer);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_WAITING);
  worker_fixture_must_fail (fixture, "RemoveAuthority", g_variant_new ("(xb)", record->authority_id, FALSE), NULL, "Busy",
                            "“Test Authority” is still asked for 1 certificate. Cancel the request first.");
}

/* Ten requests at a time are ten transactions. */
static void
test_many (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  gint64 authority = worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);
  gint64 requests[10];

  peer->rejects = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    requests[i] = worker_fixture_create_request (fixture, authority, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr (SignetRequestRecord) record = worker_fixture_wait (fixture, requests[i], SIGNET_REQUEST_REJECTED);
    }
  for (guint i = 0; i < peer->posts->len; i++)
    g_hash_table_add (ids, transaction_id_of (peer->posts->pdata[i]));
  g_assert_cmpuint (g_hash_table_size (ids), ==, G_N_ELEMENTS (requests));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/enrol/protection-weaker-than-the-key-is-told/R385", test_weak_protection);
  g_test_add_func ("/worker/enrol/mac/implicit-confirmation", test_implicit);
  g_test_add_func ("/worker/enrol/mac/explicit-confirmation", test_explicit);
  g_test_add_func ("/worker/enrol/mac/code-is-used-once/R165,R472", test_code_once);
  g_test_add_func ("/worker/enrol/further-certificate-by-the-first/R167,R168,R173", test_further);
  g_test_add_func ("/worker/enrol/polling/honours-check-after-over-a-restart/R213,R223", test_polling);
  g_test_add_func ("/worker/enrol/polling/check-now", test_check_now);
  g_test_add_func ("/worker/enrol/polling/ends-when-cancelled/R217,R222", test_cancel);
  g_test_add_func ("/worker/enrol/rejection", test_rejection);
  g_test_add_data_func ("/worker/enrol/begins-again/transaction-id-in-use/R026", GUINT_TO_POINTER (21), test_begins_again);
  g_test_add_data_func ("/worker/enrol/begins-again/system-unavailable/R131", GUINT_TO_POINTER (24), test_begins_again);
  g_test_add_data_func ("/worker/enrol/begins-again/system-failure/R131", GUINT_TO_POINTER (25), test_begins_again);
  g_test_add_data_func ("/worker/enrol/changes/accepted", GUINT_TO_POINTER (1), test_changes);
  g_test_add_data_func ("/worker/enrol/changes/declined", NULL, test_changes);
  g_test_add_func ("/worker/enrol/root/shown-and-kept", test_root);
  g_test_add_func ("/worker/enrol/restart-while-the-key-is-made", test_restart_while_key);
  g_test_add_func ("/worker/enrol/authority-in-use-stays", test_busy_authority);
  g_test_add_func ("/worker/enrol/many-at-a-time/R024", test_many);

  return g_test_run ();
}
