/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <string.h>

#define TEXT "the private part of it"

static void
assert_does_not_open (SignetSecret *key,
                      const char   *name,
                      const char   *row,
                      GBytes       *also,
                      GBytes       *sealed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) plain = signet_store_open_with (key, name, row, also, sealed, &error);

  g_assert_null (plain);
  g_assert_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED);
  g_assert_null (strstr (error->message, TEXT));
}

static void
test_opens_what_it_sealed (void)
{
  static const gsize sizes[] = { 0, 1, 15, 16, 17, 4096, 1 << 20 };
  g_autoptr (SignetSecret) key = signet_secret_new_random (SIGNET_STORE_KEY_SIZE);
  g_autoptr (GBytes) also = g_bytes_new_static ("beside", 6);

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree guint8 *data = g_malloc0 (sizes[i] + 1);
      g_autoptr (SignetSecret) plain = signet_secret_new (data, sizes[i]);
      g_autoptr (GBytes) sealed = signet_store_seal_with (key, "key", "7", also, plain, &error);
      g_autoptr (SignetSecret) opened = NULL;

      g_assert_no_error (error);
      opened = signet_store_open_with (key, "key", "7", also, sealed, &error);
      g_assert_no_error (error);
      g_assert_true (signet_secret_equal (plain, opened));
    }
}

static void
test_belongs_to_its_place (void)
{
  g_autoptr (SignetSecret) key = signet_secret_new_random (SIGNET_STORE_KEY_SIZE);
  g_autoptr (SignetSecret) other = signet_secret_new_random (SIGNET_STORE_KEY_SIZE);
  g_autoptr (SignetSecret) plain = signet_secret_new (TEXT, strlen (TEXT));
  g_autoptr (GBytes) also = g_bytes_new_static ("beside", 6);
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) sealed = signet_store_seal_with (key, "key", "7", also, plain, NULL);

  assert_does_not_open (other, "key", "7", also, sealed);
  assert_does_not_open (key, "slot", "7", also, sealed);
  assert_does_not_open (key, "key", "8", also, sealed);
  assert_does_not_open (key, "key", "7", NULL, sealed);
  assert_does_not_open (key, "key", "7", empty, sealed);
  /* Nor can octets wander from one part of what is authenticated to the next. */
  assert_does_not_open (key, "key 7", "", also, sealed);
  assert_does_not_open (key, "key", "7beside", NULL, sealed);
}

static void
test_any_octet_changed (void)
{
  g_autoptr (SignetSecret) key = signet_secret_new_random (SIGNET_STORE_KEY_SIZE);
  g_autoptr (SignetSecret) plain = signet_secret_new (TEXT, strlen (TEXT));
  g_autoptr (GBytes) sealed = signet_store_seal_with (key, "key", "7", NULL, plain, NULL);
  gsize size;
  const guint8 *data = g_bytes_get_data (sealed, &size);

  for (gsize i = 0; i < size; i++)
    {
      g_autofree guint8 *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GBytes) cut = g_bytes_new (data, i);

      copy[i] ^= 1;
      changed = g_bytes_new_take (g_steal_pointer (&copy), size);
      assert_does_not_open (key, "key", "7", NULL, changed);
      assert_does_not_open (key, "key", "7", NULL, cut);
    }
}

static void
test_hides_and_never_repeats (void)
{
  g_autoptr (SignetSecret) key = signet_secret_new_random (SIGNET_STORE_KEY_SIZE);
  g_autoptr (SignetSecret) plain = signet_secret_new (TEXT, strlen (TEXT));
  g_autoptr (GHashTable) nonces = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);

  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (GBytes) sealed = signet_store_seal_with (key, "key", "7", NULL, plain, NULL);
      gsize size;
      const guint8 *data = g_bytes_get_data (sealed, &size);

      g_assert_cmpuint (size, ==, 1 + 12 + strlen (TEXT) + 16);
      g_assert_null (memmem (data, size, TEXT, strlen (TEXT)));
      g_assert_true (g_hash_table_add (nonces, g_bytes_new (data + 1, 12)));
    }
}

/* RFC 9045 §4.1: an authority's code is opened as the code of that authority, and as nothing else. */
static void
test_code_keeps_its_purpose (void)
{
  static const char *const others[] = { "key", "slot", "transaction", "authority" };
  g_autoptr (SignetSecret) key = signet_secret_new_random (SIGNET_STORE_KEY_SIZE);
  g_autoptr (SignetSecret) code = signet_secret_new (TEXT, strlen (TEXT));
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) sealed = signet_store_seal_with (key, "authority secret", "7", NULL, code, &error);
  g_autoptr (SignetSecret) opened = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    assert_does_not_open (key, others[i], "7", NULL, sealed);
  assert_does_not_open (key, "authority secret", "8", NULL, sealed);
  opened = signet_store_open_with (key, "authority secret", "7", NULL, sealed, &error);
  g_assert_no_error (error);
  g_assert_true (signet_secret_equal (opened, code));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/seal/opens-what-it-sealed/R469", test_opens_what_it_sealed);
  g_test_add_func ("/store/seal/belongs-to-its-place", test_belongs_to_its_place);
  g_test_add_func ("/store/seal/a-code-serves-one-authority-and-nothing-else/R088", test_code_keeps_its_purpose);
  g_test_add_func ("/store/seal/any-octet-changed", test_any_octet_changed);
  g_test_add_func ("/store/seal/hides-and-never-repeats/R467", test_hides_and_never_repeats);

  return g_test_run ();
}
