/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>

#include "transfer/transfer-file.h"
#include "transfer/transfer.h"

/* SEQUENCE { OCTET STRING of 180 octets } */
static GBytes *
make_message (void)
{
  guint8 data[186] = { 0x30, 0x81, 0xb7, 0x04, 0x81, 0xb4 };

  for (guint i = 6; i < sizeof data; i++)
    data[i] = (guint8) (i * 7);

  return g_bytes_new (data, sizeof data);
}

static void
assert_decodes (const char *text,
                GBytes     *expected)
{
  g_autoptr (GBytes) contents = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) der = signet_message_file_decode (contents, &error);

  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (der, expected));
}

static void
test_decode (void)
{
  g_autoptr (GBytes) message = make_message ();
  g_autoptr (GBytes) der = signet_message_file_decode (message, NULL);
  g_autofree char *base64 = g_base64_encode (g_bytes_get_data (message, NULL), g_bytes_get_size (message));
  g_autoptr (GString) lines = g_string_new (base64);
  g_autofree char *pem = NULL;
  g_autofree char *labelled = NULL;

  g_assert_true (g_bytes_equal (der, message));
  assert_decodes (base64, message);
  for (gssize i = 64; i < (gssize) lines->len; i += 66)
    g_string_insert (lines, i, "\r\n");
  assert_decodes (lines->str, message);
  g_string_prepend (lines, "  \n");
  assert_decodes (lines->str, message);
  pem = g_strdup_printf ("Dear Maria,\n-----BEGIN PKIMESSAGE-----\n%s\n-----END PKIMESSAGE-----\n", lines->str);
  assert_decodes (pem, message);
  labelled = g_strdup_printf ("-----BEGIN CMP-----\n%s-----END CMP-----", base64);
  assert_decodes (labelled, message);
}

static void
assert_refused (gconstpointer       data,
                gsize               size,
                SignetTransferError code)
{
  g_autoptr (GBytes) contents = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) der = signet_message_file_decode (contents, &error);

  g_assert_null (der);
  g_assert_error (error, SIGNET_TRANSFER_ERROR, (int) code);
}

static void
test_refused (void)
{
  g_autoptr (GBytes) message = make_message ();
  g_autofree guint8 *copy = g_malloc0 (4 * 1024 * 1024);
  g_autofree char *base64 = g_base64_encode (g_bytes_get_data (message, NULL), g_bytes_get_size (message));
  g_autofree char *twice = g_strdup_printf ("-----BEGIN A-----\n%s\n-----END A-----\n-----BEGIN A-----\n%s\n-----END A-----\n",
                                            base64, base64);
  const char *const texts[] = {
    "", "\n", "Dear Maria", "-----BEGIN A-----\nMAA=\n", "-----BEGIN A-----\n-----END A-----\n", "MA", "MAA", "AAAA",
    "====", "MA=A", "M\xc3\xa4==", twice,
  };

  /* One octet more, one less. */
  memcpy (copy, g_bytes_get_data (message, NULL), g_bytes_get_size (message));
  assert_refused (copy, g_bytes_get_size (message) + 1, SIGNET_TRANSFER_ERROR_NOT_CMP);
  assert_refused (copy, g_bytes_get_size (message) - 1, SIGNET_TRANSFER_ERROR_NOT_CMP);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_refused (texts[i], strlen (texts[i]), SIGNET_TRANSFER_ERROR_NOT_CMP);
  assert_refused (copy, 4 * 1024 * 1024, SIGNET_TRANSFER_ERROR_TOO_LARGE);
  /* A SEQUENCE that is whole, and one octet more than a message may have. */
  copy[0] = 0x30;
  copy[1] = 0x83;
  copy[2] = 0x10;
  copy[3] = 0x00;
  copy[4] = 0x00;
  assert_refused (copy, 5 + 0x100000, SIGNET_TRANSFER_ERROR_TOO_LARGE);
  /* A length of 2^32 and more. */
  copy[1] = 0x85;
  assert_refused (copy, 100, SIGNET_TRANSFER_ERROR_NOT_CMP);
}

static void
finished_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static gboolean
save (const char  *path,
      GBytes      *message,
      GError     **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) result = NULL;

  signet_message_file_save_async (file, message, NULL, finished_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return signet_message_file_save_finish (file, result, error);
}

static void
test_save (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("signet-file-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "request.pki", NULL);
  g_autofree char *missing = g_build_filename (folder, "none", "request.pki", NULL);
  g_autoptr (GBytes) message = make_message ();
  g_autofree char *contents = NULL;
  gsize size;

  g_assert_true (g_file_set_contents (path, "older and longer, so that what is left of it would be seen ……………………………………………………………………………",
                                      -1, NULL));
  g_assert_true (save (path, message, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_cmpmem (contents, size, g_bytes_get_data (message, NULL), g_bytes_get_size (message));

  g_assert_false (save (missing, message, &error));
  g_assert_nonnull (strstr (error->message, missing));
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/transfer/file/der-pem-and-base64", test_decode);
  g_test_add_func ("/transfer/file/exactly-one-message/R455", test_refused);
  g_test_add_func ("/transfer/file/saved-as-a-whole", test_save);

  return g_test_run ();
}
