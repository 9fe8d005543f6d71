/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <sqlite3.h>
#include <string.h>

#include "cmp/cmp-transaction.h"
#include "common/remake.h"
#include "demo/demo-authority.h"
#include "pki/pki-format.h"
#include "pki/pki-name.h"

/* The demo authority in this process, and people who want what is not theirs. */

#define OTHER_REFERENCE "4711"
#define OTHER_SECRET "another secret"
#define BIT_TRANSACTION_ID_IN_USE (1u << 21)
#define BIT_NOT_AUTHORIZED (1u << 23)

typedef struct
{
  char *folder;
  SignetDemoAuthority *demo;
  SignetCmpAuthority *authority;
  SignetKey *key;
  gint64 now;
} Fixture;

static void
open_demo (Fixture                 *fixture,
           const SignetDemoOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *pem = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SignetIdentity) anchor = NULL;

  fixture->demo = signet_demo_authority_new (fixture->folder, options, &error);
  g_assert_no_error (error);
  g_assert_true (signet_demo_authority_add_code (fixture->demo, OTHER_REFERENCE, OTHER_SECRET, &error));
  path = signet_demo_authority_anchor_file (fixture->demo);
  g_assert_true (g_file_get_contents (path, &pem, NULL, NULL));
  bytes = g_bytes_new (pem, strlen (pem));
  anchor = signet_identity_parse (bytes, NULL, &error);
  g_assert_no_error (error);
  fixture->authority = signet_cmp_authority_new ();
  signet_cmp_authority_set_mac (fixture->authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_mac_parameters (fixture->authority, "SHA256", 1000);
  signet_cmp_authority_add_anchor (fixture->authority, anchor->certificate);
  signet_cmp_authority_set_implicit_confirm (fixture->authority, FALSE);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("signet-demo-XXXXXX", NULL);
  fixture->now = g_get_real_time () / G_USEC_PER_SEC;
  fixture->key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  open_demo (fixture, data);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  static const char *const names[] = { "anchor.pem", "ca.pem", "secret", "demo-ca.db", "demo-ca.db-wal", "demo-ca.db-shm" };

  g_clear_object (&fixture->demo);
  g_clear_object (&fixture->authority);
  g_clear_object (&fixture->key);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);

      g_remove (path);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
}

static SignetCmpCredentials *
with_code (const char *reference,
           const char *secret)
{
  g_autoptr (SignetSecret) kept = signet_secret_new (secret, strlen (secret));

  return signet_cmp_credentials_new_mac (reference, kept);
}

static SignetCmpCredentials *
with_first_code (Fixture *fixture)
{
  g_autofree char *path = signet_demo_authority_secret_file (fixture->demo);
  g_autofree char *secret = NULL;

  g_assert_true (g_file_get_contents (path, &secret, NULL, NULL));

  return with_code ("demo", secret);
}

static SignetCmpTransaction *
begin (Fixture              *fixture,
       SignetCmpCredentials *credentials,
       const char           *subject)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) name = signet_name_parse (subject, NULL);
  g_autoptr (SignetCmpOperation) operation
      = signet_cmp_operation_new (signet_cmp_credentials_is_mac (credentials) ? SIGNET_CMP_BODY_IR : SIGNET_CMP_BODY_CR,
                                  fixture->key, name);
  SignetCmpTransaction *transaction = signet_cmp_transaction_new (operation, fixture->authority, credentials, &error);

  g_assert_no_error (error);

  return transaction;
}

static GBytes *
next (Fixture              *fixture,
      SignetCmpTransaction *transaction)
{
  g_autoptr (GError) error = NULL;
  GBytes *octets = signet_cmp_transaction_next (transaction, fixture->now, &error);

  g_assert_no_error (error);

  return octets;
}

static SignetCmpMessage *
ask (Fixture *fixture,
     GBytes  *octets)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = signet_demo_authority_handle (fixture->demo, octets, &error);
  SignetCmpMessage *message;

  g_assert_no_error (error);
  message = signet_cmp_message_parse (answer, &error);
  g_assert_no_error (error);

  return message;
}

static SignetCmpStep
take (Fixture              *fixture,
      SignetCmpTransaction *transaction,
      SignetCmpMessage     *answer)
{
  g_autoptr (GError) error = NULL;
  SignetCmpStep step;

  g_assert_true (signet_cmp_transaction_receive (transaction, signet_cmp_message_get_der (answer), fixture->now, &step, &error));
  g_assert_no_error (error);

  return step;
}

/* One step further, with the true authority. */
static SignetCmpStep
go_on (Fixture              *fixture,
       SignetCmpTransaction *transaction)
{
  g_autoptr (GBytes) octets = next (fixture, transaction);
  g_autoptr (SignetCmpMessage) answer = ask (fixture, octets);

  return take (fixture, transaction, answer);
}

static void
assert_error (SignetCmpMessage *answer,
              guint32           fail_info)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpStatusInfo) status = NULL;

  g_assert_cmpstr (signet_cmp_body_type_name (signet_cmp_message_get_body_type (answer)), ==, "error");
  g_assert_nonnull (signet_cmp_message_get_protection (answer));
  status = signet_cmp_message_get_error_content (answer, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status->status, ==, SIGNET_CMP_STATUS_REJECTION);
  g_assert_cmphex (status->fail_info, ==, fail_info);
}

static void
assert_state (Fixture    *fixture,
              const char *wanted)
{
  g_autofree char *list = signet_demo_authority_list (fixture->demo, NULL);
  g_auto (GStrv) lines = g_strsplit (list, "\n", -1);
  g_auto (GStrv) columns = NULL;

  if (wanted == NULL)
    {
      g_assert_cmpstr (list, ==, "");
      return;
    }
  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  columns = g_strsplit (lines[0], "\t", -1);
  g_assert_cmpstr (columns[1], ==, wanted);
}

/* What @octets say, said by somebody else. */
static GBytes *
say_as (Fixture              *fixture,
        GBytes               *octets,
        SignetCmpCredentials *credentials)
{
  const Remake remake = { .credentials = credentials, .time = fixture->now };

  return remake_message (octets, &remake);
}

/* Somebody who knows the name of the code and not the code takes no transactionID away. */
static void
test_unauthenticated_is_not_kept (Fixture      *fixture,
                                  gconstpointer data)
{
  g_autoptr (SignetCmpCredentials) guess = with_code ("demo", "a guess");
  g_autoptr (SignetCmpCredentials) right = with_first_code (fixture);
  g_autoptr (SignetCmpTransaction) transaction = begin (fixture, right, "CN=Maria Huber");
  g_autoptr (GBytes) true_ir = next (fixture, transaction);
  g_autoptr (GBytes) false_ir = say_as (fixture, true_ir, guess);
  g_autoptr (SignetCmpMessage) refused = ask (fixture, false_ir);

  g_assert_cmpint (signet_cmp_message_get_body_type (refused), ==, SIGNET_CMP_BODY_ERROR);
  assert_state (fixture, NULL);
  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_SEND);
  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_DONE);
  assert_state (fixture, "confirmed");
}

/* And in the midst of one that runs, a message that does not check changes nothing. */
static void
test_unauthenticated_confirmation (Fixture      *fixture,
                                   gconstpointer data)
{
  g_autoptr (SignetCmpCredentials) guess = with_code ("demo", "a guess");
  g_autoptr (SignetCmpCredentials) right = with_first_code (fixture);
  g_autoptr (SignetCmpTransaction) transaction = begin (fixture, right, "CN=Maria Huber");
  g_autoptr (GBytes) conf = NULL;
  g_autoptr (GBytes) false_conf = NULL;
  g_autoptr (SignetCmpMessage) refused = NULL;

  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_SEND);
  conf = next (fixture, transaction);
  false_conf = say_as (fixture, conf, guess);
  refused = ask (fixture, false_conf);
  g_assert_cmpint (signet_cmp_message_get_body_type (refused), ==, SIGNET_CMP_BODY_ERROR);
  assert_state (fixture, "issued");
  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_DONE);
}

static gboolean
count_up (guint8   *buffer,
          gsize     size,
          gpointer  user_data)
{
  guint8 *last = user_data;

  for (gsize i = 0; i < size; i++)
    buffer[i] = ++*last;

  return TRUE;
}

static SignetCmpTransaction *
begin_with_known_id (Fixture              *fixture,
                     SignetCmpCredentials *credentials,
                     const char           *subject,
                     GBytes              **ir)
{
  guint8 last = 0;
  SignetCmpTransaction *transaction;

  signet_cmp_set_random_for_tests (count_up, &last);
  transaction = begin (fixture, credentials, subject);
  *ir = next (fixture, transaction);
  signet_cmp_set_random_for_tests (NULL, NULL);

  return transaction;
}

static void
test_transaction_id_in_use (Fixture      *fixture,
                            gconstpointer data)
{
  g_autoptr (SignetCmpCredentials) credentials = with_first_code (fixture);
  g_autoptr (GBytes) first_ir = NULL;
  g_autoptr (GBytes) second_ir = NULL;
  g_autoptr (SignetCmpTransaction) first = begin_with_known_id (fixture, credentials, "CN=Maria Huber", &first_ir);
  g_autoptr (SignetCmpTransaction) second = begin_with_known_id (fixture, credentials, "CN=Somebody Else", &second_ir);
  g_autoptr (SignetCmpMessage) answer = NULL;

  g_assert_true (g_bytes_equal (signet_cmp_transaction_get_id (first), signet_cmp_transaction_get_id (second)));
  g_assert_cmpint (go_on (fixture, first), ==, SIGNET_CMP_STEP_SEND);
  answer = ask (fixture, second_ir);
  assert_error (answer, BIT_TRANSACTION_ID_IN_USE);
  /* The engine believes it, since the MAC holds. */
  g_assert_cmpint (take (fixture, second, answer), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (second), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  /* And the first goes on as if nothing had been. */
  g_assert_cmpint (go_on (fixture, first), ==, SIGNET_CMP_STEP_DONE);
  assert_state (fixture, "confirmed");
}

static void
test_another_code (Fixture      *fixture,
                   gconstpointer data)
{
  const SignetDemoOptions *options = data;
  g_autoptr (SignetCmpCredentials) mine = with_first_code (fixture);
  g_autoptr (SignetCmpCredentials) other = with_code (OTHER_REFERENCE, OTHER_SECRET);
  g_autoptr (SignetCmpTransaction) transaction = begin (fixture, mine, "CN=Maria Huber");
  g_autoptr (GBytes) octets = NULL;
  g_autoptr (GBytes) said = NULL;
  g_autoptr (SignetCmpMessage) answer = NULL;

  if (go_on (fixture, transaction) == SIGNET_CMP_STEP_WAIT)
    signet_cmp_transaction_hurry (transaction);
  octets = next (fixture, transaction);
  said = say_as (fixture, octets, other);
  answer = ask (fixture, said);
  assert_error (answer, BIT_NOT_AUTHORIZED);
  assert_state (fixture, options != NULL ? "waiting" : "issued");
  if (go_on (fixture, transaction) == SIGNET_CMP_STEP_SEND)
    g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_DONE);
  assert_state (fixture, "confirmed");
}

/* A certificate of this authority for @subject, and its key. */
static SignetCmpCredentials *
with_certificate (Fixture    *fixture,
                  const char *subject)
{
  g_autoptr (SignetCmpCredentials) code = with_first_code (fixture);
  g_autoptr (SignetCmpTransaction) transaction = begin (fixture, code, subject);
  g_autoptr (GError) error = NULL;
  SignetCmpCredentials *credentials;

  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_SEND);
  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_DONE);
  credentials = signet_cmp_credentials_new_signature (fixture->key, signet_cmp_transaction_get_certificate (transaction),
                                                      signet_cmp_transaction_get_chain (transaction), &error);
  g_assert_no_error (error);

  return credentials;
}

static void
test_another_signer (Fixture      *fixture,
                     gconstpointer data)
{
  g_autoptr (SignetCmpCredentials) mine = with_certificate (fixture, "CN=Maria Huber");
  g_autoptr (SignetCmpCredentials) other = NULL;
  g_autoptr (SignetCmpCredentials) code = with_first_code (fixture);
  g_autoptr (SignetCmpTransaction) transaction = begin (fixture, mine, "CN=Maria Huber,O=Second");
  g_autoptr (GBytes) conf = NULL;
  g_autoptr (GBytes) by_other = NULL;
  g_autoptr (GBytes) by_code = NULL;
  g_autoptr (SignetCmpMessage) refused = NULL;
  g_autoptr (SignetCmpMessage) refused_too = NULL;

  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_SEND);
  conf = next (fixture, transaction);
  g_object_unref (fixture->key);
  fixture->key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  other = with_certificate (fixture, "CN=Somebody Else");
  by_other = say_as (fixture, conf, other);
  refused = ask (fixture, by_other);
  g_assert_cmpint (signet_cmp_message_get_body_type (refused), ==, SIGNET_CMP_BODY_ERROR);
  by_code = say_as (fixture, conf, code);
  refused_too = ask (fixture, by_code);
  assert_error (refused_too, BIT_NOT_AUTHORIZED);
  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_DONE);
}

static void
test_confirm_wait_time (Fixture      *fixture,
                        gconstpointer data)
{
  g_autoptr (SignetCmpCredentials) code = with_first_code (fixture);
  g_autoptr (SignetCmpCredentials) certificate = with_certificate (fixture, "CN=Maria Huber");
  SignetCmpCredentials *both[] = { code, certificate };

  for (guint i = 0; i < G_N_ELEMENTS (both); i++)
    {
      g_autoptr (SignetCmpTransaction) transaction = begin (fixture, both[i], "CN=Maria Huber");
      g_autoptr (GBytes) octets = next (fixture, transaction);
      g_autoptr (SignetCmpMessage) answer = ask (fixture, octets);
      gint64 until = 0;

      g_assert_true (signet_cmp_message_get_confirm_wait_time (answer, &until));
      g_assert_cmpint (until, >=, fixture->now + 3600);
      /* It is protected as any other answer, and the transaction ends well. */
      g_assert_cmpint (take (fixture, transaction, answer), ==, SIGNET_CMP_STEP_SEND);
      g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_DONE);
    }
}

static void
test_held (Fixture      *fixture,
           gconstpointer data)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SignetCmpCredentials) code = with_first_code (fixture);
      g_autoptr (SignetCmpTransaction) transaction = begin (fixture, code, "CN=Maria Huber");
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_WAIT);
      signet_cmp_transaction_hurry (transaction);
      g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_WAIT);
      g_assert_true (signet_demo_authority_decide (fixture->demo, i + 1, i == 0, &error));
      signet_cmp_transaction_hurry (transaction);
      g_assert_cmpint (go_on (fixture, transaction), ==, i == 0 ? SIGNET_CMP_STEP_SEND : SIGNET_CMP_STEP_FAILED);
      g_assert_false (signet_demo_authority_decide (fixture->demo, 99, TRUE, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    }
}

/* The database fails under it: that is told, and the authority goes on once it is mended. */
static void
test_database_fails (Fixture      *fixture,
                     gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "demo-ca.db", NULL);
  g_autoptr (SignetCmpCredentials) code = with_first_code (fixture);
  g_autoptr (SignetCmpTransaction) transaction = begin (fixture, code, "CN=Maria Huber");
  g_autoptr (GBytes) ir = next (fixture, transaction);
  g_autoptr (GError) error = NULL;
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "ALTER TABLE certificates RENAME TO gone", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_null (signet_demo_authority_handle (fixture->demo, ir, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "no such table: certificates"));
  g_assert_cmpint (sqlite3_exec (db, "ALTER TABLE gone RENAME TO certificates", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  assert_state (fixture, NULL);
  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_SEND);
}

/* What an earlier version made is read on. */
static void
test_old_database (Fixture      *fixture,
                   gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "demo-ca.db", NULL);
  g_autoptr (SignetCmpCredentials) code = with_first_code (fixture);
  g_autoptr (SignetCmpTransaction) transaction = begin (fixture, code, "CN=Maria Huber");
  sqlite3 *db = NULL;

  g_clear_object (&fixture->demo);
  g_clear_object (&fixture->authority);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db,
                                 "ALTER TABLE transactions DROP COLUMN signer; ALTER TABLE transactions DROP COLUMN reference;"
                                 "PRAGMA user_version = 0", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  open_demo (fixture, data);
  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_SEND);
  g_assert_cmpint (go_on (fixture, transaction), ==, SIGNET_CMP_STEP_DONE);
}

static void
test_opens_what_is_there (void)
{
  g_autofree char *folder = g_dir_make_tmp ("signet-demo-XXXXXX", NULL);
  g_autofree char *mistyped = g_build_filename (folder, "mistyped", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (signet_demo_authority_open (mistyped, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_false (g_file_test (mistyped, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  static const SignetDemoOptions polling = { .poll_count = 1, .check_after = 60 };
  static const SignetDemoOptions waiting = { .confirm_wait = 3600 };
  static const SignetDemoOptions hold = { .hold = TRUE, .check_after = 60 };
  static const struct
  {
    const char *path;
    const SignetDemoOptions *options;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/demo/authority/unauthenticated/request-is-not-kept", NULL, test_unauthenticated_is_not_kept },
    { "/demo/authority/unauthenticated/confirmation-changes-nothing", NULL, test_unauthenticated_confirmation },
    { "/demo/authority/transaction-id-in-use", NULL, test_transaction_id_in_use },
    { "/demo/authority/somebody-else/confirmation-with-another-code", NULL, test_another_code },
    { "/demo/authority/somebody-else/poll-with-another-code", &polling, test_another_code },
    { "/demo/authority/somebody-else/confirmation-by-another-signer", NULL, test_another_signer },
    { "/demo/authority/confirm-wait-time", &waiting, test_confirm_wait_time },
    { "/demo/authority/held/approved-and-rejected", &hold, test_held },
    { "/demo/authority/database/fails-in-words", NULL, test_database_fails },
    { "/demo/authority/database/of-an-earlier-version", NULL, test_old_database },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].options, set_up, tests[i].test, tear_down);
  g_test_add_func ("/demo/authority/opens-only-what-is-there", test_opens_what_is_there);

  return g_test_run ();
}
