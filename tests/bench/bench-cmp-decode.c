/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cmp.h>
#include <openssl/err.h>

#include "../cmp/cmp-corpus.h"

/* Each message of the corpus that both sides decode, decoded and freed: ours checks the form of DER at every depth, keeps the received
 * octets and reads the certificates; libcrypto's decodes into its structures. */

#define ROUNDS 40
#define REPEATS 15

static gint64
run_ours (GPtrArray *messages)
{
  gint64 start = g_get_monotonic_time ();

  for (guint round = 0; round < ROUNDS; round++)
    for (guint i = 0; i < messages->len; i++)
      {
        SignetCmpMessage *message = signet_cmp_message_parse (g_ptr_array_index (messages, i), NULL);

        g_assert_nonnull (message);
        g_object_unref (message);
      }
  return g_get_monotonic_time () - start;
}

static gint64
run_theirs (GPtrArray *messages)
{
  gint64 start = g_get_monotonic_time ();

  for (guint round = 0; round < ROUNDS; round++)
    for (guint i = 0; i < messages->len; i++)
      {
        gsize size;
        const unsigned char *data = g_bytes_get_data (g_ptr_array_index (messages, i), &size);
        OSSL_CMP_MSG *message = d2i_OSSL_CMP_MSG (NULL, &data, (long) size);

        g_assert_nonnull (message);
        OSSL_CMP_MSG_free (message);
      }
  return g_get_monotonic_time () - start;
}

static gboolean
both_decode (GBytes *octets)
{
  gsize size;
  const unsigned char *data = g_bytes_get_data (octets, &size);
  OSSL_CMP_MSG *theirs = d2i_OSSL_CMP_MSG (NULL, &data, (long) size);
  g_autoptr (SignetCmpMessage) ours = theirs == NULL ? NULL : signet_cmp_message_parse (octets, NULL);

  OSSL_CMP_MSG_free (theirs);
  ERR_clear_error ();
  return ours != NULL;
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  const gint64 *x = a;
  const gint64 *y = b;

  return (*x > *y) - (*x < *y);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GPtrArray) corpus = NULL;
  g_autoptr (GPtrArray) messages = g_ptr_array_new ();
  gint64 ours[REPEATS];
  gint64 theirs[REPEATS];

  g_test_init (&argc, &argv, NULL);
  corpus = corpus_load ();
  for (guint i = 0; i < corpus->len; i++)
    {
      const CorpusEntry *entry = g_ptr_array_index (corpus, i);

      if (both_decode (entry->octets))
        g_ptr_array_add (messages, entry->octets);
    }
  for (guint i = 0; i < REPEATS; i++)
    {
      ours[i] = run_ours (messages);
      theirs[i] = run_theirs (messages);
    }
  qsort (ours, REPEATS, sizeof ours[0], compare);
  qsort (theirs, REPEATS, sizeof theirs[0], compare);
  g_print ("decoding %u messages of the corpus, median of %d: ours %.1f µs a message, libcrypto's %.1f µs, ratio %.2f\n", messages->len,
           REPEATS, (double) ours[REPEATS / 2] / ROUNDS / messages->len, (double) theirs[REPEATS / 2] / ROUNDS / messages->len,
           (double) ours[REPEATS / 2] / (double) theirs[REPEATS / 2]);
  return 0;
}
