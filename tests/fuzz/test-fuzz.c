/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib.h>

#include "fuzz-inputs.h"
#include "fuzz.h"

/* A fuzz target as a test: every file of a folder as it is, then with random changes. The seed is printed, and
 * SIGNET_FUZZ_SEED repeats a run. */

static void
test_files (gconstpointer data)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "data", FUZZ_FOLDER, NULL);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  const char *wanted = g_getenv ("SIGNET_FUZZ_SEED");
  guint32 seed = wanted != NULL ? (guint32) g_ascii_strtoull (wanted, NULL, 10) : g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("SIGNET_FUZZ_SEED=%u", seed);
  fuzz_collect (folder, inputs);
  g_assert_cmpuint (inputs->len, >, 10);
  for (guint i = 0; i < inputs->len; i++)
    {
      gsize size;
      const guint8 *octets = g_bytes_get_data (g_ptr_array_index (inputs, i), &size);

      LLVMFuzzerTestOneInput (octets, size);
      /* text is for others to decode */
      for (guint round = 0; !g_utf8_validate ((const char *) octets, (gssize) size, NULL) && round < FUZZ_ROUNDS; round++)
        {
          g_autoptr (GByteArray) changed = g_byte_array_new ();

          g_byte_array_append (changed, octets, (guint) size);
          fuzz_mutate (changed, rand);
          LLVMFuzzerTestOneInput (changed->data, changed->len);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/fuzz/" FUZZ_TARGET "/corpus-and-mutations/R121", NULL, test_files);

  return g_test_run ();
}
