/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "fuzz.h"

#define ROUNDS 150                       /* mutations of each file */
#define MAX_STEPS 4

/* A fuzz target as a test: every file of a folder as it is, then with random changes. The seed is printed, and
 * SIGNET_FUZZ_SEED repeats a run. */

static void
collect (const char *folder,
         GPtrArray  *inputs)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      char *data;
      gsize size;

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        collect (path, inputs);
      else if (g_file_get_contents (path, &data, &size, NULL))
        g_ptr_array_add (inputs, g_bytes_new_take (data, size));
    }
}

static void
mutate (GByteArray *input,
        GRand      *rand)
{
  guint steps = (guint) g_rand_int_range (rand, 1, MAX_STEPS + 1);

  for (guint i = 0; i < steps && input->len > 2; i++)
    {
      guint at = (guint) g_rand_int_range (rand, 0, (gint32) input->len);
      guint wanted = (guint) g_rand_int_range (rand, 1, 9);
      guint count = MIN (wanted, input->len - at);

      switch (g_rand_int_range (rand, 0, 5))
        {
        case 0:
          input->data[at] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
          break;
        case 1:
          input->data[at] = (guint8) g_rand_int (rand);
          break;
        case 2:
          g_byte_array_remove_range (input, at, count);
          break;
        case 3:
          g_byte_array_set_size (input, at);
          break;
        default:
          memmove (input->data + g_rand_int_range (rand, 0, (gint32) (input->len - count + 1)), input->data + at, count);
          break;
        }
    }
}

static void
test_files (gconstpointer data)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "data", "corpus", NULL);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  const char *wanted = g_getenv ("SIGNET_FUZZ_SEED");
  guint32 seed = wanted != NULL ? (guint32) g_ascii_strtoull (wanted, NULL, 10) : g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("SIGNET_FUZZ_SEED=%u", seed);
  collect (folder, inputs);
  g_assert_cmpuint (inputs->len, >, 80);
  for (guint i = 0; i < inputs->len; i++)
    {
      gsize size;
      const guint8 *octets = g_bytes_get_data (g_ptr_array_index (inputs, i), &size);

      LLVMFuzzerTestOneInput (octets, size);
      for (guint round = 0; octets[0] == 0x30 && round < ROUNDS; round++)
        {
          g_autoptr (GByteArray) changed = g_byte_array_new ();

          g_byte_array_append (changed, octets, (guint) size);
          mutate (changed, rand);
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
