/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
assert_open_fails (StoreFixture    *self,
                   SignetStoreMode  mode,
                   int              code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetStore) store = signet_store_open (self->home, mode, &error);

  g_assert_null (store);
  g_assert_error (error, SIGNET_STORE_ERROR, code);
}

static void
test_no_store_to_read (StoreFixture  *self,
                       gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *nowhere = g_build_filename (self->home, "nowhere", NULL);

  g_assert_null (signet_store_open (nowhere, SIGNET_STORE_READ, &error));
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NOT_FOUND);
  g_assert_false (g_file_test (nowhere, G_FILE_TEST_EXISTS));
}

static void
test_makes_folders_for_one_user (StoreFixture  *self,
                                 gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *inner = g_build_filename (self->home, "a", "b", NULL);
  g_autofree char *outer = g_path_get_dirname (inner);
  StoreFixture deep = { .home = inner, .passphrase = self->passphrase };
  mode_t before = umask (0);
  struct stat status;

  store_fixture_open (&deep);
  store_fixture_add_authority (&deep, 1);
  umask (before);
  g_assert_cmpint (stat (inner, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0700);
  for (guint i = 0; i < 4; i++)
    {
      static const char *const names[] = { "signet.db", "signet.db-wal", "signet.db-shm", "lock" };
      g_autofree char *path = g_build_filename (inner, names[i], NULL);

      g_assert_cmpint (stat (path, &status), ==, 0);
      g_assert_cmpint (status.st_mode & 0777, ==, 0600);
    }
  store_fixture_close (&deep);
}

/* On some systems /home itself is a link. */
static void
test_home_behind_a_link (StoreFixture  *self,
                         gconstpointer  data)
{
  g_autofree char *target = g_build_filename (self->home, "target", NULL);
  g_autofree char *link = g_build_filename (self->home, "link", NULL);
  g_autofree char *home = g_build_filename (link, "signet", NULL);
  StoreFixture behind = { .home = home, .passphrase = self->passphrase };
  g_autoptr (SignetStore) reader = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (target, 0700), ==, 0);
  g_assert_cmpint (symlink (target, link), ==, 0);
  store_fixture_open (&behind);
  store_fixture_add_key (&behind);
  g_assert_cmpstr (signet_store_get_home (behind.store), ==, home);
  reader = signet_store_open (home, SIGNET_STORE_READ, &error);
  g_assert_no_error (error);
  store_fixture_close (&behind);
}

static void
test_database_that_is_a_link (StoreFixture  *self,
                              gconstpointer  data)
{
  g_autofree char *path = signet_store_path (self->home);
  g_autofree char *away = g_build_filename (self->home, "elsewhere.db", NULL);

  store_fixture_close (self);
  g_assert_cmpint (g_rename (path, away), ==, 0);
  g_assert_cmpint (symlink (away, path), ==, 0);
  assert_open_fails (self, SIGNET_STORE_WRITE, SIGNET_STORE_ERROR_FAILED);
  assert_open_fails (self, SIGNET_STORE_READ, SIGNET_STORE_ERROR_FAILED);
}

static void
test_no_database_at_all (StoreFixture  *self,
                         gconstpointer  data)
{
  g_autofree char *path = signet_store_path (self->home);
  g_autoptr (GString) noise = g_string_new (NULL);

  for (guint i = 0; i < 4096; i++)
    g_string_append_c (noise, (char) ('a' + i % 26));
  store_fixture_close (self);
  g_assert_true (g_file_set_contents (path, noise->str, (gssize) noise->len, NULL));
  assert_open_fails (self, SIGNET_STORE_WRITE, SIGNET_STORE_ERROR_CORRUPT);
  assert_open_fails (self, SIGNET_STORE_READ, SIGNET_STORE_ERROR_CORRUPT);
}

static void
test_generation_is_the_database_s (StoreFixture  *self,
                                   gconstpointer  data)
{
  g_autofree char *path = signet_store_path (self->home);
  guint64 generation = signet_store_get_generation (self->store);
  guint64 counter = signet_store_get_counter (self->store);

  g_assert_cmpuint (generation, !=, 0);
  store_fixture_add_key (self);
  g_assert_cmpuint (signet_store_get_counter (self->store), ==, counter + 1);
  store_fixture_close (self);
  store_fixture_open (self);
  g_assert_cmpuint (signet_store_get_generation (self->store), ==, generation);
  g_assert_cmpuint (signet_store_get_counter (self->store), ==, counter + 1);

  store_fixture_close (self);
  g_assert_cmpint (g_unlink (path), ==, 0);
  store_fixture_open (self);
  g_assert_cmpuint (signet_store_get_generation (self->store), !=, generation);
}

/* A reader changes nothing, not even when it is the last to leave. */
static void
test_reader_writes_nothing (StoreFixture  *self,
                            gconstpointer  data)
{
  g_autofree char *path = signet_store_path (self->home);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetStore) reader = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gsize before_size = 0;
  gsize after_size = 0;

  store_fixture_add_key (self);
  store_fixture_close (self);
  g_assert_true (g_file_get_contents (path, &before, &before_size, NULL));
  reader = signet_store_open (self->home, SIGNET_STORE_READ, &error);
  g_assert_no_error (error);
  g_assert_false (signet_store_begin (reader, &error) && signet_store_commit (reader, &error));
  g_assert_nonnull (error);
  signet_store_close (reader);
  g_assert_true (g_file_get_contents (path, &after, &after_size, NULL));
  g_assert_cmpmem (before, before_size, after, after_size);
}

/* What was deleted is in no file any more, also not in the log: neither in clear nor sealed. */
static void
test_deleted_code_is_gone (StoreFixture  *self,
                           gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) marker = NULL;
  gint64 id = store_fixture_add_authority (self, 1);

  /* A sealed value that can be recognised. */
  store_fixture_close (self);
  store_fixture_edit (self, "UPDATE authorities SET secret = X'6d61726b65722d6f662d7468652d7365616c6564'");
  store_fixture_open (self);
  g_assert_true (store_fixture_contains (self, "marker-of-the-sealed", 20));
  store_fixture_begin (self);
  g_assert_true (signet_store_delete_authority_secret (self->store, id, &error));
  g_assert_no_error (error);
  store_fixture_commit (self);
  g_assert_false (store_fixture_contains (self, "marker-of-the-sealed", 20));
}

static void
test_closed_store_says_so (StoreFixture  *self,
                           gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;

  signet_store_close (self->store);
  list = signet_store_list_requests (self->store, &error);
  g_assert_null (list);
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  STORE_ADD ("/store/open/no-store-to-read", test_no_store_to_read);
  STORE_ADD ("/store/open/makes-folders-for-one-user", test_makes_folders_for_one_user);
  STORE_ADD ("/store/open/home-behind-a-link", test_home_behind_a_link);
  STORE_ADD ("/store/open/database-that-is-a-link", test_database_that_is_a_link);
  STORE_ADD ("/store/open/no-database-at-all", test_no_database_at_all);
  STORE_ADD ("/store/open/generation-is-the-databases-own", test_generation_is_the_database_s);
  STORE_ADD ("/store/open/reader-writes-nothing", test_reader_writes_nothing);
  STORE_ADD ("/store/open/deleted-code-is-gone/R477", test_deleted_code_is_gone);
  STORE_ADD ("/store/open/closed-store-says-so", test_closed_store_says_so);

  return g_test_run ();
}
