/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "fuzz-inputs.h"

#include <string.h>

#define MAX_STEPS 4

void
fuzz_collect (const char *folder,
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
        fuzz_collect (path, inputs);
      else if (g_file_get_contents (path, &data, &size, NULL))
        g_ptr_array_add (inputs, g_bytes_new_take (data, size));
    }
}

void
fuzz_mutate (GByteArray *input,
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
