/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <sys/types.h>
#include <unistd.h>

#include "worker-fixture.h"
#include "worker/worker-authority.h"
#include "worker/worker-internal.h"
#include "worker/worker-service.h"

static GVariant *
settings (const char *first,
          ...) G_GNUC_NULL_TERMINATED;

/* Pairs of a name and a floating value. */
static GVariant *
settings (const char *first,
          ...)
{
  GVariantDict dict;
  va_list args;

  g_variant_dict_init (&dict, NULL);
  va_start (args, first);
  for (const char *name = first; name != NULL; name = va_arg (args, const char *))
    g_variant_dict_insert_value (&dict, name, va_arg (args, GVariant *));
  va_end (args);

  return g_variant_dict_end (&dict);
}

static GVariant *
fingerprint (void)
{
  return g_variant_new_string ("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
}

static void
test_hello_first (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GDBusConnection) greeted = g_steal_pointer (&fixture->client);

  fixture->client = worker_fixture_connect (fixture);
  worker_fixture_must_fail (fixture, "CheckRequest", g_variant_new ("(x)", G_GINT64_CONSTANT (1)), NULL, "Version",
                            "The first call must be Hello, so that both sides know what they speak.");
}

static void
test_version (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);

  worker_fixture_must_fail (fixture, "Hello", g_variant_new ("(us)", SIGNET_WORKER_PROTOCOL + 1, "C"), NULL, "Version", NULL);
}

static void
test_describes_itself (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GVariant) reply = worker_fixture_must (fixture, "Hello", g_variant_new ("(us)", SIGNET_WORKER_PROTOCOL, "C"), NULL);
  g_autoptr (GVariant) info = g_variant_get_child_value (reply, 1);
  const char *state;
  guint64 generation;

  g_assert_true (g_variant_lookup (info, "state", "&s", &state));
  g_assert_cmpstr (state, ==, "ready");
  g_assert_true (g_variant_lookup (info, "generation", "t", &generation));
  g_assert_cmpuint (generation, !=, 0);
}

static void
test_other_user (void)
{
  g_autoptr (GCredentials) own = g_credentials_new ();
  g_autoptr (GCredentials) other = g_credentials_new ();
  g_autoptr (GError) error = NULL;

  g_credentials_set_unix_user (other, getuid () + 1, &error);
  g_assert_no_error (error);
  g_assert_true (signet_worker_service_is_allowed (own));
  g_assert_false (signet_worker_service_is_allowed (other));
  g_assert_false (signet_worker_service_is_allowed (NULL));
}

static void
assert_refused (WorkerFixture *fixture,
                GVariant      *given,
                const char    *words)
{
  worker_fixture_must_fail (fixture, "AddAuthority", g_variant_new ("(@a{sv}@ah)", given, g_variant_new ("ah", NULL)), NULL,
                            "Invalid", words);
}

static void
test_authority_bounds (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autofree char *long_text = g_strnfill (2000, 'a');

  assert_refused (fixture, settings ("colour", g_variant_new_string ("red"), NULL), "An authority has no setting “colour”.");
  assert_refused (fixture, settings ("url", g_variant_new_boolean (TRUE), NULL), "The setting “url” has the wrong type.");
  assert_refused (fixture, settings ("url", g_variant_new_string (long_text), NULL),
                  "The setting “url” is too long: at most 1023 octets.");
  assert_refused (fixture, settings ("timeout", g_variant_new_uint32 (0), NULL),
                  "The setting “timeout” must be between 1 and 86400.");
  assert_refused (fixture, settings ("mac-iterations", g_variant_new_uint32 (999), NULL),
                  "The setting “mac-iterations” must be between 1000 and 10000000.");
  assert_refused (fixture,
                  settings ("anchor-fingerprint", fingerprint (), "mac-iterations", g_variant_new_uint32 (2000000), NULL),
                  "“mac-iterations” is more than “mac-iteration-limit” allows.");
  assert_refused (fixture, settings ("mac", g_variant_new_string ("rot13"), NULL),
                  "“rot13” is no kind of protection by a code: choose “pbmac1” or “password-based”.");
  assert_refused (fixture, settings ("name", g_variant_new_string ("x"), NULL),
                  "Say how the authority is recognised: give its root certificate, the fingerprint of it, or allow that the "
                  "root it sends is shown to you.");
  assert_refused (fixture, settings ("relaxations", g_variant_new_strv ((const char *const[]) { "everything" }, 1), NULL),
                  NULL);
  assert_refused (fixture, settings ("url", g_variant_new_string ("ftp://x/"), "anchor-fingerprint", fingerprint (), NULL),
                  NULL);
}

/* Every setting of one authority is its own: R479. */
static void
test_authority_settings (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  gint64 id = worker_fixture_add_authority (fixture,
                                            settings ("name", g_variant_new_string ("Example"),
                                                      "url", g_variant_new_string ("http://127.0.0.1:9/pkix"),
                                                      "reference", g_variant_new_string ("4711"),
                                                      "mac", g_variant_new_string ("password-based"),
                                                      "profile", g_variant_new_string ("person"),
                                                      "recipient", g_variant_new_string ("CN=CA"),
                                                      "anchor-fingerprint", fingerprint (),
                                                      "timeout", g_variant_new_uint32 (7),
                                                      "implicit-confirm", g_variant_new_boolean (FALSE), NULL),
                                            "secret");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetAuthorityRecord) record = signet_store_get_authority (signet_worker_get_store (fixture->worker), id, &error);
  g_autoptr (SignetCmpAuthority) authority = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (record->name, ==, "Example");
  g_assert_cmpstr (record->kind, ==, "http");
  g_assert_cmpstr (record->reference, ==, "4711");
  g_assert_true (record->has_secret);
  g_assert_cmpint (record->created, ==, WORKER_FIXTURE_START);
  authority = signet_worker_authority_to_cmp (record, &error);
  g_assert_no_error (error);
  g_assert_cmpint (signet_cmp_authority_get_mac (authority), ==, SIGNET_CMP_MAC_PASSWORD_BASED);
  g_assert_cmpstr (signet_cmp_authority_get_profile (authority), ==, "person");
  g_assert_false (signet_cmp_authority_get_implicit_confirm (authority));
  g_assert_nonnull (signet_cmp_authority_get_recipient (authority));
}

static void
test_secret_needs_reference (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  const char *const secrets[] = { "code", NULL };
  GVariantBuilder handles = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("ah"));

  g_variant_builder_add (&handles, "h", 0);
  worker_fixture_must_fail (fixture, "AddAuthority",
                            g_variant_new ("(@a{sv}ah)", settings ("anchor-fingerprint", fingerprint (), NULL), &handles),
                            secrets, "Invalid",
                            "A code needs the reference that came with it: it says whose code it is.");
}

static void
assert_request_refused (WorkerFixture *fixture,
                        GVariant      *given,
                        const char    *name,
                        const char    *words)
{
  worker_fixture_must_fail (fixture, "CreateRequest", g_variant_new ("(@a{sv})", given), NULL, name, words);
}

static void
test_request_bounds (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  gint64 id = worker_fixture_add_authority (fixture, settings ("name", g_variant_new_string ("Example"),
                                                               "anchor-fingerprint", fingerprint (), NULL), NULL);

  assert_request_refused (fixture, settings ("authority", g_variant_new_int64 (99), NULL), "NotFound", NULL);
  assert_request_refused (fixture, settings ("authority", g_variant_new_int64 (id), NULL), "Invalid",
                          "Say for whom the certificate is: give a name or an address.");
  assert_request_refused (fixture,
                          settings ("authority", g_variant_new_int64 (id), "subject", g_variant_new_string ("CN=a"),
                                    "purpose", g_variant_new_string ("fun"), NULL),
                          "Invalid", "“fun” is no purpose: choose mail, sign-in, documents or other.");
  assert_request_refused (fixture,
                          settings ("authority", g_variant_new_int64 (id), "subject", g_variant_new_string ("CN=a"),
                                    "key-spec", g_variant_new_string ("rsa:512"), NULL),
                          "Invalid", NULL);
  assert_request_refused (fixture,
                          settings ("authority", g_variant_new_int64 (id), "subject", g_variant_new_string ("CN=a"), NULL),
                          "Invalid",
                          "“Example” needs a new code: the last one was used up. Ask your organisation for one, or sign with "
                          "a certificate you hold.");
  worker_fixture_must_fail (fixture, "CancelRequest", g_variant_new ("(x)", G_GINT64_CONSTANT (99)), NULL, "NotFound", NULL);
}

static void
test_changed_before_reply (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  gint64 id = worker_fixture_add_authority (fixture, settings ("anchor-fingerprint", fingerprint (), NULL), NULL);
  g_autofree char *wanted = g_strdup_printf ("authority %" G_GINT64_FORMAT, id);

  g_assert_true (g_ptr_array_find_with_equal_func (fixture->changed, wanted, g_str_equal, NULL));
}

static void
on_finished (SignetWorker *worker,
             gpointer      user_data)
{
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gpointer user_data)
{
  return *(gboolean *) user_data;
}

static void
test_quit (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GVariant) reply = NULL;
  gboolean finished = FALSE;

  g_signal_connect (fixture->worker, "finished", G_CALLBACK (on_finished), &finished);
  reply = worker_fixture_must (fixture, "Quit", NULL, NULL);
  worker_fixture_run_until (is_true, &finished, "the end");
}

static void
test_ends_alone (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  gboolean finished = FALSE;

  g_signal_connect (fixture->worker, "finished", G_CALLBACK (on_finished), &finished);
  signet_worker_set_grace (fixture->worker, 1);
  g_main_context_iteration (NULL, FALSE);
  g_assert_false (finished);
  g_dbus_connection_close (fixture->client, NULL, NULL, NULL);
  worker_fixture_run_until (is_true, &finished, "the end");
}

/* A thread that was started just before the end still finds the store open. */
static void
test_ends_behind_threads (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);

  for (guint i = 0; i < 5; i++)
    {
      signet_worker_resume_all (fixture->worker);
      worker_fixture_restart (fixture);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/service/hello/must-come-first", test_hello_first);
  g_test_add_func ("/worker/service/hello/refuses-another-protocol", test_version);
  g_test_add_func ("/worker/service/hello/describes-the-store", test_describes_itself);
  g_test_add_func ("/worker/service/peer/same-user-only", test_other_user);
  g_test_add_func ("/worker/service/authority/refuses-what-makes-no-sense/R470", test_authority_bounds);
  g_test_add_func ("/worker/service/authority/settings-are-its-own/R479", test_authority_settings);
  g_test_add_func ("/worker/service/authority/code-needs-reference", test_secret_needs_reference);
  g_test_add_func ("/worker/service/request/refuses-what-makes-no-sense", test_request_bounds);
  g_test_add_func ("/worker/service/changed-comes-before-the-reply", test_changed_before_reply);
  g_test_add_func ("/worker/service/quit", test_quit);
  g_test_add_func ("/worker/service/ends-when-nobody-is-there", test_ends_alone);
  g_test_add_func ("/worker/service/ends-after-what-reads-the-store", test_ends_behind_threads);

  return g_test_run ();
}
