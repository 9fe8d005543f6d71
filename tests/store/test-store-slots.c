/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-fixture.h"

#include <libsecret/secret.h>
#include <signal.h>
#include <string.h>

/*
 * The store key in a real Secret Service: a gnome-keyring-daemon of each test's own, with a home of its own, on a bus that
 * knows no service of the machine.
 */

#define KEYRING_PASSWORD "keyring password"

typedef struct
{
  StoreFixture store;
  GSubprocess *daemon;
  char *data;
} KeyringFixture;

static void
start_daemon (KeyringFixture *self,
              const char     *password)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE
                                                                        | G_SUBPROCESS_FLAGS_STDOUT_SILENCE
                                                                        | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) wait = NULL;
  g_autoptr (GError) error = NULL;
  GOutputStream *input;

  g_subprocess_launcher_setenv (launcher, "HOME", self->data, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", self->data, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_RUNTIME_DIR", self->data, TRUE);
  self->daemon = g_subprocess_launcher_spawn (launcher, &error, "gnome-keyring-daemon", "--foreground", "--components=secrets",
                                              password != NULL ? "--unlock" : NULL, NULL);
  g_assert_no_error (error);
  input = g_subprocess_get_stdin_pipe (self->daemon);
  if (password != NULL)
    g_assert_true (g_output_stream_write_all (input, password, strlen (password), NULL, NULL, &error));
  g_assert_true (g_output_stream_close (input, NULL, &error));
  wait = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "gdbus", "wait", "--session", "--timeout", "20",
                           "org.freedesktop.secrets", NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (wait, NULL, &error));
  g_assert_no_error (error);
}

static void
stop_daemon (KeyringFixture *self)
{
  if (self->daemon == NULL)
    return;
  g_subprocess_send_signal (self->daemon, SIGTERM);
  g_assert_true (g_subprocess_wait (self->daemon, NULL, NULL));
  g_clear_object (&self->daemon);
  secret_service_disconnect ();
}

static void
open_locked (KeyringFixture *self)
{
  g_autoptr (GError) error = NULL;

  store_fixture_close (&self->store);
  self->store.store = signet_store_open (self->store.home, SIGNET_STORE_WRITE, &error);
  g_assert_no_error (error);
}

static void
unlock_by_keyring (KeyringFixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_store_unlock (self->store.store, NULL, NULL, &error));
  g_assert_no_error (error);
}

static void
assert_no_keyring (KeyringFixture *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_store_unlock (self->store.store, NULL, NULL, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NO_KEYRING);
  g_assert_nonnull (strstr (error->message, "passphrase"));
  g_assert_false (signet_store_is_unlocked (self->store.store));
}

/* A new store's home, and no slot yet. */
static void
set_up (KeyringFixture *self,
        gconstpointer   data)
{
  self->data = g_dir_make_tmp ("signet-keyring-XXXXXX", NULL);
  self->store.home = g_dir_make_tmp ("signet-store-XXXXXX", NULL);
  self->store.passphrase = signet_secret_new (STORE_FIXTURE_PASSPHRASE, strlen (STORE_FIXTURE_PASSPHRASE));
  start_daemon (self, KEYRING_PASSWORD);
  open_locked (self);
}

static void
tear_down (KeyringFixture *self,
           gconstpointer   data)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", self->data);

  stop_daemon (self);
  store_fixture_tear_down (&self->store, NULL);
  g_assert_cmpint (system (command), ==, 0);
  g_free (self->data);
}

static void
test_key_from_the_keyring (KeyringFixture *self,
                           gconstpointer   data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) code = NULL;
  gint64 id;

  unlock_by_keyring (self);
  id = store_fixture_add_authority (&self->store, 1);
  open_locked (self);
  g_assert_null (signet_store_get_authority_secret (self->store.store, id, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_LOCKED);
  g_clear_error (&error);

  stop_daemon (self);
  start_daemon (self, KEYRING_PASSWORD);
  unlock_by_keyring (self);
  code = signet_store_get_authority_secret (self->store.store, id, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (signet_secret_get_data (code, NULL), signet_secret_get_size (code), STORE_FIXTURE_CODE,
                   strlen (STORE_FIXTURE_CODE));
}

static void
test_no_service (KeyringFixture *self,
                 gconstpointer   data)
{
  stop_daemon (self);
  assert_no_keyring (self);
}

static void
test_locked_keyring (KeyringFixture *self,
                     gconstpointer   data)
{
  unlock_by_keyring (self);
  open_locked (self);
  stop_daemon (self);
  start_daemon (self, "not the password");
  assert_no_keyring (self);
}

static void
test_lost_keyring (KeyringFixture *self,
                   gconstpointer   data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) again = NULL;
  gint64 key;

  unlock_by_keyring (self);
  key = store_fixture_add_key (&self->store);
  g_assert_true (signet_store_set_passphrase (self->store.store, self->store.passphrase, &error));
  g_assert_no_error (error);
  open_locked (self);
  stop_daemon (self);
  assert_no_keyring (self);

  g_assert_true (signet_store_unlock (self->store.store, self->store.passphrase, NULL, &error));
  g_assert_no_error (error);
  again = signet_store_get_key (self->store.store, key, &error);
  g_assert_no_error (error);
}

/* A key that the keyring holds under this store's number, but that is another one: nothing is sealed under it. */
static void
test_other_key_in_the_keyring (KeyringFixture *self,
                               gconstpointer   data)
{
  static const SecretSchema any = { "io.github.signet.StoreKey", SECRET_SCHEMA_NONE,
                                    { { "store", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
                                    0, NULL, NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *number = NULL;
  g_autofree char *encoded = g_base64_encode ((const guchar *) "0123456789abcdef0123456789abcdef", 32);

  unlock_by_keyring (self);
  number = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", signet_store_get_generation (self->store.store));
  g_assert_true (secret_password_clear_sync (&any, NULL, &error, "store", number, NULL));
  g_assert_no_error (error);
  secret_password_store_sync (&any, SECRET_COLLECTION_DEFAULT, "other", encoded, NULL, &error, "store", number, NULL);
  g_assert_no_error (error);
  open_locked (self);
  assert_no_keyring (self);
}

static void
test_passphrase_removed (KeyringFixture *self,
                         gconstpointer   data)
{
  g_autoptr (GError) error = NULL;

  unlock_by_keyring (self);
  g_assert_true (signet_store_set_passphrase (self->store.store, self->store.passphrase, &error));
  g_assert_true (signet_store_set_passphrase (self->store.store, NULL, &error));
  g_assert_no_error (error);
  open_locked (self);
  g_assert_false (signet_store_unlock (self->store.store, self->store.passphrase, NULL, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_WRONG_PASSPHRASE);
  unlock_by_keyring (self);
}

/* With a passphrase nobody is asked, and the keyring gets nothing. */
static void
test_passphrase_alone (KeyringFixture *self,
                       gconstpointer   data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SecretService) service = NULL;
  g_autoptr (GHashTable) attributes = g_hash_table_new (g_str_hash, g_str_equal);
  GList *items;

  g_assert_true (signet_store_unlock (self->store.store, self->store.passphrase, NULL, &error));
  g_assert_no_error (error);
  service = secret_service_get_sync (SECRET_SERVICE_NONE, NULL, &error);
  g_assert_no_error (error);
  items = secret_service_search_sync (service, NULL, attributes, SECRET_SEARCH_ALL, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (items);
  open_locked (self);
  g_assert_true (signet_store_unlock (self->store.store, self->store.passphrase, NULL, &error));
}

static void
test_changed_passphrase_leaves_no_old_slot (KeyringFixture *self,
                                            gconstpointer   data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) next = signet_secret_new ("another one", 11);

  g_assert_true (signet_store_unlock (self->store.store, self->store.passphrase, NULL, &error));
  store_fixture_close (&self->store);
  /* Blanks that scrypt's parameters do not mind make the old slot known again; before them stands the end of a tuple. */
  store_fixture_edit (&self->store, "UPDATE slots SET parameters = parameters || '        '");
  open_locked (self);
  g_assert_true (signet_store_unlock (self->store.store, self->store.passphrase, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (store_fixture_contains (&self->store, ")        ", 9));
  g_assert_true (signet_store_set_passphrase (self->store.store, next, &error));
  g_assert_no_error (error);
  g_assert_false (store_fixture_contains (&self->store, ")        ", 9));
}

#define ADD(path, function) g_test_add (path, KeyringFixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_autofree char *daemon = g_find_program_in_path ("gnome-keyring-daemon");
  g_autofree char *dbus = g_find_program_in_path ("dbus-daemon");
  static GTestDBus *bus;        /* kept: it would wait for libsecret to drop its connection */
  g_autoptr (GDBusConnection) connection = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  if (daemon == NULL || dbus == NULL)
    {
      g_print ("1..0 # SKIP gnome-keyring-daemon and dbus-daemon are needed\n");
      return 0;
    }
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);
  ADD ("/store/slots/key-from-the-keyring/R469", test_key_from_the_keyring);
  ADD ("/store/slots/no-service", test_no_service);
  ADD ("/store/slots/locked-keyring", test_locked_keyring);
  ADD ("/store/slots/lost-keyring-is-not-lost-keys", test_lost_keyring);
  ADD ("/store/slots/other-key-in-the-keyring", test_other_key_in_the_keyring);
  ADD ("/store/slots/passphrase-removed", test_passphrase_removed);
  ADD ("/store/slots/passphrase-alone-asks-nobody", test_passphrase_alone);
  ADD ("/store/slots/changed-passphrase-leaves-no-old-slot", test_changed_passphrase_leaves_no_old_slot);
  status = g_test_run ();
  connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_test_dbus_stop (bus);

  return status;
}
