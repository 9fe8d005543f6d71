/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker-peer.h"

/* An authority that is known already becomes another one: all that was named, or with an error nothing. */

#define HELD(setting) "A request to “Test Authority” is under way, and its setting “" setting "” holds until the end of that. Wait for " \
                      "it, or cancel the request first."

typedef struct
{
  WorkerPeer *peer;
  WorkerFixture *fixture;
  gint64 authority;
} World;

static void
world_clear (World *self)
{
  worker_fixture_free (self->fixture);
  worker_peer_free (self->peer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (World, world_clear)

static World
world_new (const char *secret)
{
  World self = { worker_peer_new (), worker_fixture_new (NULL) };

  self.authority = worker_fixture_add_authority (self.fixture, worker_peer_settings (self.peer), secret);

  return self;
}

/* @changes: a{sv}, floating; @unset: (nullable): one setting; @secret: (nullable) */
static GVariant *
arguments (World      *self,
           GVariant   *changes,
           const char *unset,
           const char *secret)
{
  const char *const names[] = { unset, NULL };
  GVariantBuilder handles = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ah"));

  if (secret != NULL)
    g_variant_builder_add (&handles, "h", 0);

  return g_variant_new ("(x@a{sv}^asah)", self->authority, changes, names, &handles);
}

static void
change (World      *self,
        GVariant   *changes,
        const char *unset,
        const char *secret)
{
  const char *const secrets[] = { secret, NULL };
  g_autoptr (GVariant) reply
      = worker_fixture_must (self->fixture, "ChangeAuthority", arguments (self, changes, unset, secret), secrets);
}

static void
refuse (World      *self,
        GVariant   *changes,
        const char *unset,
        const char *secret,
        const char *name,
        const char *words)
{
  const char *const secrets[] = { secret, NULL };

  worker_fixture_must_fail (self->fixture, "ChangeAuthority", arguments (self, changes, unset, secret), secrets, name, words);
}

static GVariant *
given (const char *text)
{
  return g_variant_new_parsed (text);
}

static GVariant *
one (const char *name,
     GVariant   *value)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert_value (&dict, name, value);

  return g_variant_dict_end (&dict);
}

static GVariant *
certificates (WorkerPeer *peer)
{
  g_autoptr (GBytes) anchor = worker_peer_get_anchor (peer);
  GVariant *der = g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, anchor, TRUE);

  return g_variant_new_array (G_VARIANT_TYPE_BYTESTRING, &der, 1);
}

static char *
fingerprint (WorkerPeer *peer)
{
  g_autoptr (GBytes) anchor = worker_peer_get_anchor (peer);

  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, anchor);
}

static SignetAuthorityRecord *
look (World *self)
{
  g_autoptr (GError) error = NULL;
  SignetAuthorityRecord *record
      = signet_store_get_authority (signet_worker_get_store (self->fixture->worker), self->authority, &error);

  g_assert_no_error (error);

  return record;
}

/* Everything that the store knows of the authority, its code too. */
static char *
tell (World *self)
{
  g_autoptr (SignetAuthorityRecord) record = look (self);
  g_autoptr (SignetSecret) secret
      = signet_store_get_authority_secret (signet_worker_get_store (self->fixture->worker), self->authority, NULL);
  g_autofree char *settings = g_variant_print (record->settings, TRUE);
  GString *text = g_string_new (NULL);
  gsize size = 0;
  const char *code = secret != NULL ? (const char *) signet_secret_get_data (secret, &size) : "";

  g_string_append_printf (text, "%s|%s|%s|%s|%.*s|%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT "|%s", record->name, record->kind,
                          record->url, record->reference, (int) size, code, record->identity_id, record->pvno, settings);
  for (guint i = 0; i < record->anchors->len; i++)
    {
      g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, record->anchors->pdata[i]);

      g_string_append_printf (text, "|%s", hash);
    }

  return g_string_free (text, FALSE);
}

static SignetRequestRecord *
ask (World              *self,
     SignetRequestState  end)
{
  return worker_fixture_wait (self->fixture, worker_fixture_create_request (self->fixture, self->authority, NULL), end);
}

static void
test_address (void)
{
  g_auto (World) world = world_new (WORKER_PEER_SECRET);
  g_autoptr (WorkerPeer) other = worker_peer_new ();
  g_autoptr (SignetRequestRecord) done = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *wanted = g_strdup_printf ("authority %" G_GINT64_FORMAT, world.authority);

  g_ptr_array_set_size (world.fixture->changed, 0);
  g_variant_dict_insert (&dict, "url", "s", other->url);
  g_variant_dict_insert_value (&dict, "add-anchors", certificates (other));
  change (&world, g_variant_dict_end (&dict), NULL, NULL);
  g_assert_true (g_ptr_array_find_with_equal_func (world.fixture->changed, wanted, g_str_equal, NULL));
  done = ask (&world, SIGNET_REQUEST_DONE);
  g_assert_cmpuint (other->issued, ==, 1);
  g_assert_cmpuint (world.peer->posts->len, ==, 0);
}

/* The address alone is another one: behind it answers who answered before. */
static gboolean
pass_on (WorkerPeer        *peer,
         SoupServerMessage *message,
         guint              post,
         gpointer           user_data)
{
  g_autoptr (GBytes) answer = worker_peer_answer (user_data, peer->posts->pdata[post - 1]);

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, g_bytes_get_data (answer, NULL),
                                    g_bytes_get_size (answer));

  return TRUE;
}

static void
test_address_at_once (void)
{
  g_auto (World) world = world_new (WORKER_PEER_SECRET);
  g_autoptr (WorkerPeer) gate = worker_peer_new ();
  g_autoptr (SignetRequestRecord) waiting = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  g_autoptr (GVariant) reply = NULL;

  gate->hook = pass_on;
  gate->hook_data = world.peer;
  world.peer->polls = 1;
  world.peer->check_after = 60;
  waiting = ask (&world, SIGNET_REQUEST_WAITING);
  worker_fixture_settle (world.fixture);
  g_assert_cmpuint (world.peer->posts->len, ==, 1);
  change (&world, one ("url", g_variant_new_string (gate->url)), NULL, NULL);
  worker_fixture_settle (world.fixture);
  reply = worker_fixture_must (world.fixture, "CheckRequest", g_variant_new ("(x)", waiting->id), NULL);
  done = worker_fixture_wait (world.fixture, waiting->id, SIGNET_REQUEST_DONE);
  g_assert_cmpuint (world.peer->posts->len, ==, 1);
  g_assert_cmpuint (gate->posts->len, >, 0);
}

/* What began with certain settings goes on with them, also when it is taken up from the disk. */
static void
test_held (void)
{
  g_auto (World) world = world_new (WORKER_PEER_SECRET);
  g_autoptr (WorkerPeer) other = worker_peer_new ();
  g_autoptr (SignetRequestRecord) waiting = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *before = tell (&world);
  g_autofree char *after = NULL;

  world.peer->polls = G_MAXUINT;
  world.peer->check_after = 60;
  waiting = ask (&world, SIGNET_REQUEST_WAITING);
  worker_fixture_settle (world.fixture);
  refuse (&world, given ("{'mac': <'pbmac1'>, 'timeout': <uint32 9>}"), NULL, NULL, "Busy", HELD ("mac"));
  refuse (&world, given ("{'relaxations': <['sha1']>}"), NULL, NULL, "Busy", HELD ("relaxations"));
  refuse (&world, given ("{'add-relaxations': <['sha1']>}"), NULL, NULL, "Busy", HELD ("relaxations"));
  refuse (&world, one ("add-anchors", certificates (other)), NULL, NULL, "Busy", HELD ("anchors"));
  refuse (&world, one ("anchors", certificates (other)), NULL, NULL, "Busy", HELD ("anchors"));
  refuse (&world, given ("{'profile': <'mail'>}"), NULL, NULL, "Busy", HELD ("profile"));
  refuse (&world, given ("@a{sv} {}"), "mac", NULL, "Busy", HELD ("mac"));
  refuse (&world, given ("@a{sv} {}"), "url", NULL, "Busy", HELD ("url"));
  refuse (&world, given ("@a{sv} {}"), NULL, "another code", "Busy",
          "A request to “Test Authority” is under way with the present code. Wait for its end, or cancel it first.");
  refuse (&world, given ("{'reference': <'4712'>}"), NULL, NULL, "Busy",
          "A request to “Test Authority” is under way with the present code. Wait for its end, or cancel it first.");
  after = tell (&world);
  g_assert_cmpstr (before, ==, after);
  /* Named, but not another: nothing that would be held. */
  change (&world, given ("{'mac': <'password-based'>, 'name': <'Renamed'>, 'timeout': <uint32 9>}"), NULL, NULL);
  worker_fixture_settle (world.fixture);
  reply = worker_fixture_must (world.fixture, "CancelRequest", g_variant_new ("(x)", waiting->id), NULL);
  worker_fixture_settle (world.fixture);
  change (&world, given ("{'mac': <'pbmac1'>, 'reference': <'4712'>}"), NULL, "another code");
}

/* A request is shown with the name of its authority. */
static void
test_name (void)
{
  g_auto (World) world = world_new (WORKER_PEER_SECRET);
  g_autoptr (SignetRequestRecord) done = ask (&world, SIGNET_REQUEST_DONE);
  g_autoptr (SignetAuthorityRecord) record = NULL;
  g_autofree char *wanted = g_strdup_printf ("request %" G_GINT64_FORMAT, done->id);

  worker_fixture_settle (world.fixture);
  g_ptr_array_set_size (world.fixture->changed, 0);
  change (&world, given ("{'name': <'Renamed'>}"), NULL, NULL);
  g_assert_true (g_ptr_array_find_with_equal_func (world.fixture->changed, wanted, g_str_equal, NULL));
  record = look (&world);
  g_assert_cmpstr (record->name, ==, "Renamed");
  g_assert_cmpstr (record->url, ==, world.peer->url);
}

static void
test_wrong (void)
{
  g_auto (World) world = world_new (WORKER_PEER_SECRET);
  g_autofree char *hash = g_strnfill (64, '0');
  g_autofree char *before = tell (&world);
  g_autofree char *after = NULL;
  g_autofree char *words = g_strdup_printf ("“%s” is not among the “anchors” of this authority, so it was not taken away.", hash);
  g_autofree char *known = fingerprint (world.peer);
  const char *const unknown[] = { hash, NULL };
  const char *const only[] = { known, NULL };

  refuse (&world, given ("{'url': <'http://127.0.0.1:9/'>, 'mac': <'rot13'>}"), NULL, "new", "Invalid",
          "“rot13” is no kind of protection by a code: choose “pbmac1” or “password-based”.");
  refuse (&world, given ("{'colour': <'red'>}"), NULL, NULL, "Invalid", "An authority has no setting “colour”.");
  refuse (&world, given ("@a{sv} {}"), "colour", NULL, "Invalid", "An authority has no setting “colour”.");
  refuse (&world, given ("{'timeout': <'soon'>}"), NULL, NULL, "Invalid", "The setting “timeout” has the wrong type.");
  refuse (&world, given ("{'timeout': <uint32 0>}"), NULL, NULL, "Invalid", "The setting “timeout” must be between 1 and 86400.");
  refuse (&world, given ("{'url': <'ftp://x/'>}"), NULL, NULL, "Invalid", NULL);
  refuse (&world, given ("{'add-anchors': <[b'no certificate']>}"), NULL, NULL, "Invalid", NULL);
  refuse (&world, given ("{'add-anchors': <'x'>}"), NULL, NULL, "Invalid", "The setting “anchors” has the wrong type.");
  refuse (&world, given ("{'add-mac': <'x'>}"), NULL, NULL, "Invalid", "An authority has no list “mac” that could be added to.");
  refuse (&world, given ("{'remove-mac': <['x']>}"), NULL, NULL, "Invalid", "An authority has no list “mac” that could be taken from.");
  refuse (&world, given ("{'remove-relaxations': <['sha1']>}"), NULL, NULL, "Invalid",
          "“sha1” is not among the “relaxations” of this authority, so it was not taken away.");
  refuse (&world, one ("remove-anchors", g_variant_new_strv (unknown, -1)), NULL, NULL, "Invalid", words);
  refuse (&world, one ("remove-anchors", g_variant_new_strv (only, -1)), NULL, NULL, "Invalid",
          "Say how the authority is recognised: give its root certificate, the fingerprint of it, or allow that the root it sends "
          "is shown to you.");
  refuse (&world, given ("@a{sv} {}"), "reference", NULL, "Invalid",
          "A code needs the reference that came with it: it says whose code it is.");
  refuse (&world, given ("{'identity': <int64 77>}"), NULL, NULL, "NotFound", NULL);
  refuse (&world, given ("{'tls-identity': <int64 77>}"), NULL, NULL, "NotFound", NULL);
  world.authority++;
  refuse (&world, given ("@a{sv} {}"), NULL, NULL, "NotFound", NULL);
  world.authority--;
  after = tell (&world);
  g_assert_cmpstr (before, ==, after);
}

/* Lists by one, what is unset, and what one server was seen to speak. */
static void
test_settings (void)
{
  g_auto (World) world = world_new (WORKER_PEER_SECRET);
  g_autoptr (WorkerPeer) other = worker_peer_new ();
  g_autoptr (SignetAuthorityRecord) record = NULL;
  g_autofree char *first = fingerprint (world.peer);
  g_autofree char *second = fingerprint (other);
  g_autofree char *kept = NULL;
  g_autofree const char **names = NULL;
  const char *const gone[] = { first, NULL };
  SignetStore *store = signet_worker_get_store (world.fixture->worker);
  guint32 number;

  g_assert_true (signet_store_begin (store, NULL) && signet_store_set_authority_pvno (store, world.authority, 2, NULL)
                 && signet_store_commit (store, NULL));
  change (&world, given ("{'add-relaxations': <['sha1', 'signer-change']>, 'profile': <'mail'>}"), NULL, NULL);
  change (&world, given ("{'remove-relaxations': <['sha1']>, 'profile': <''>}"), "timeout", NULL);
  record = look (&world);
  g_assert_true (g_variant_lookup (record->settings, "relaxations", "^a&s", &names));
  g_assert_cmpuint (g_strv_length ((char **) names), ==, 1);
  g_assert_cmpstr (names[0], ==, "signer-change");
  g_assert_false (g_variant_lookup (record->settings, "profile", "&s", NULL));
  g_assert_false (g_variant_lookup (record->settings, "timeout", "u", &number));
  g_assert_cmpint (record->pvno, ==, 2);
  g_clear_pointer (&record, signet_authority_record_free);

  change (&world, one ("add-anchors", certificates (other)), NULL, NULL);
  change (&world, one ("add-anchors", certificates (other)), NULL, NULL);
  record = look (&world);
  g_assert_cmpuint (record->anchors->len, ==, 2);
  g_clear_pointer (&record, signet_authority_record_free);
  change (&world, one ("remove-anchors", g_variant_new_strv (gone, -1)), NULL, NULL);
  record = look (&world);
  g_assert_cmpuint (record->anchors->len, ==, 1);
  kept = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, record->anchors->pdata[0]);
  g_assert_cmpstr (kept, ==, second);
  g_clear_pointer (&record, signet_authority_record_free);

  change (&world, given ("{'url': <''>}"), NULL, NULL);
  record = look (&world);
  g_assert_null (record->url);
  g_assert_cmpstr (record->kind, ==, "file");
  g_assert_cmpint (record->pvno, ==, 0);
  g_assert_cmpstr (record->reference, ==, WORKER_PEER_REFERENCE);
  g_assert_true (record->has_secret);
}

/* Whom the next answer is believed from: its root is taken away, then may be shown, then comes back. */
static void
test_trust (void)
{
  g_auto (World) world = world_new (WORKER_PEER_SECRET);
  g_autoptr (SignetRequestRecord) done = ask (&world, SIGNET_REQUEST_DONE);
  g_autoptr (SignetRequestRecord) asking = NULL;
  g_autoptr (GVariant) reply = NULL;
  const char *kind;

  worker_fixture_settle (world.fixture);
  world.peer->sends_root = TRUE;
  change (&world, given ("{'anchors': <@aay []>, 'add-relaxations': <['ca-pubs']>}"), NULL, WORKER_PEER_SECRET);
  asking = ask (&world, SIGNET_REQUEST_ASKING);
  g_assert_true (g_variant_lookup (asking->question, "kind", "&s", &kind));
  g_assert_cmpstr (kind, ==, "trust-root");
  worker_fixture_settle (world.fixture);
  refuse (&world, given ("{'remove-relaxations': <['ca-pubs']>}"), NULL, NULL, "Invalid", NULL);
  reply = worker_fixture_must (world.fixture, "CancelRequest", g_variant_new ("(x)", asking->id), NULL);
  worker_fixture_settle (world.fixture);
  change (&world, one ("add-anchors", certificates (world.peer)), NULL, NULL);
  change (&world, given ("{'remove-relaxations': <['ca-pubs']>}"), NULL, NULL);
  g_clear_pointer (&done, signet_request_record_free);
  done = ask (&world, SIGNET_REQUEST_DONE);
}

static gboolean
has_trouble (gpointer user_data)
{
  World *world = user_data;
  g_autoptr (SignetRequestRecord) record = worker_fixture_get_request (world->fixture, 1);

  return record->error_code != NULL;
}

/* A code that was mistyped is mended, under another reference too. */
static void
test_code (void)
{
  g_auto (World) world = world_new ("not the code");
  gint64 refused = worker_fixture_create_request (world.fixture, world.authority, NULL);
  g_autoptr (SignetRequestRecord) done = NULL;
  g_autoptr (SignetAuthorityRecord) record = NULL;
  g_autoptr (GVariant) reply = NULL;

  g_assert_cmpint (refused, ==, 1);
  worker_fixture_run_until (has_trouble, &world, "a refusal");
  worker_fixture_settle (world.fixture);
  reply = worker_fixture_must (world.fixture, "CancelRequest", g_variant_new ("(x)", refused), NULL);
  worker_fixture_settle (world.fixture);
  change (&world, given ("@a{sv} {}"), NULL, WORKER_PEER_SECRET);
  done = ask (&world, SIGNET_REQUEST_DONE);
  worker_fixture_settle (world.fixture);
  record = look (&world);
  g_assert_false (record->has_secret);
  g_clear_pointer (&record, signet_authority_record_free);
  change (&world, given ("{'reference': <'4713'>, 'one-time': <false>}"), NULL, "the next one");
  record = look (&world);
  g_assert_true (record->has_secret);
  g_assert_cmpstr (record->reference, ==, "4713");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/change/address/next-request-goes-there", test_address);
  g_test_add_func ("/worker/change/address/request-under-way-goes-there", test_address_at_once);
  g_test_add_func ("/worker/change/held-while-a-request-is-under-way", test_held);
  g_test_add_func ("/worker/change/name/shown-with-its-requests", test_name);
  g_test_add_func ("/worker/change/wrong/leaves-everything", test_wrong);
  g_test_add_func ("/worker/change/settings/lists-and-unset", test_settings);
  g_test_add_func ("/worker/change/trust/root-taken-away-and-shown", test_trust);
  g_test_add_func ("/worker/change/code/replaced", test_code);

  return g_test_run ();
}
