/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "cmp-corpus.h"

static void
entry_free (CorpusEntry *self)
{
  g_free (self->path);
  g_free (self->expectation);
  g_free (self->libcrypto);
  g_free (self->protection);
  g_bytes_unref (self->octets);
  g_free (self);
}

static char *
load_text (const char *path,
           gsize      *size)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "data", "corpus", path, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (file, &text, size, &error);
  g_assert_no_error (error);
  return text;
}

/* The first paragraph that is no comment. */
static GBytes *
decode_base64 (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) paragraph = g_string_new (NULL);
  guchar *octets;
  gsize size;

  for (char **line = lines; *line != NULL; line++)
    {
      g_strstrip (*line);
      if (**line != '#' && **line != '\0')
        g_string_append (paragraph, *line);
      else if (paragraph->len > 0)
        break;
    }
  octets = g_base64_decode (paragraph->str, &size);
  return g_bytes_new_take (octets, size);
}

GBytes *
corpus_load_file (const char *path)
{
  gsize size;
  char *text = load_text (path, &size);
  GBytes *octets;

  if (text[0] == 0x30)
    return g_bytes_new_take (text, size);
  octets = decode_base64 (text);
  g_free (text);
  return octets;
}

GPtrArray *
corpus_load (void)
{
  g_autofree char *manifest = load_text ("MANIFEST.tsv", NULL);
  g_auto (GStrv) lines = g_strsplit (manifest, "\n", -1);
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);

  for (char **line = lines; **line != '\0'; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, "\t", -1);
      CorpusEntry *entry;

      g_assert_cmpuint (g_strv_length (fields), ==, 5);
      if (g_str_equal (fields[1], "data"))
        continue;
      entry = g_new0 (CorpusEntry, 1);
      entry->path = g_strdup (fields[0]);
      entry->expectation = g_strdup (fields[2]);
      entry->libcrypto = g_strdup (fields[3]);
      entry->protection = g_strdup (fields[4]);
      entry->octets = corpus_load_file (fields[0]);
      g_ptr_array_add (entries, entry);
    }
  g_assert_cmpuint (entries->len, >=, 80);
  return entries;
}

SignetCmpMessage *
corpus_load_message (const char *path)
{
  g_autoptr (GBytes) octets = corpus_load_file (path);
  g_autoptr (GError) error = NULL;
  SignetCmpMessage *message = signet_cmp_message_parse (octets, &error);

  g_assert_no_error (error);
  return message;
}

SignetCertificate *
corpus_load_certificate (const char *path)
{
  gsize size;
  g_autofree char *text = load_text (path, &size);
  g_autoptr (BIO) bio = BIO_new_mem_buf (text, (int) size);
  g_autoptr (X509) x509 = text[0] == 0x30 ? d2i_X509_bio (bio, NULL) : PEM_read_bio_X509 (bio, NULL, NULL, NULL);

  g_assert_nonnull (x509);
  return signet_certificate_new_for_x509 (x509);
}

EVP_PKEY *
corpus_load_key (const char *path)
{
  gsize size;
  g_autofree char *text = load_text (path, &size);
  g_autoptr (BIO) bio = BIO_new_mem_buf (text, (int) size);
  EVP_PKEY *key = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);

  g_assert_nonnull (key);
  return key;
}

GBytes *
corpus_hex (const char *hexadecimal)
{
  gsize size = strlen (hexadecimal) / 2;
  guint8 *octets = g_malloc (size);

  g_assert_cmpuint (strlen (hexadecimal) % 2, ==, 0);
  for (gsize i = 0; i < size; i++)
    octets[i] = (guint8) (g_ascii_xdigit_value (hexadecimal[2 * i]) << 4 | g_ascii_xdigit_value (hexadecimal[2 * i + 1]));
  return g_bytes_new_take (octets, size);
}

CONF *
corpus_values_load (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "asn1", "types.cnf", NULL);
  CONF *conf = NCONF_new (NULL);

  g_assert_cmpint (NCONF_load (conf, path, NULL), ==, 1);
  return conf;
}

GBytes *
corpus_generate (CONF       *conf,
                 const char *value)
{
  X509V3_CTX context;
  ASN1_TYPE *any;
  GBytes *der;

  X509V3_set_ctx_nodb (&context);
  X509V3_set_nconf (&context, conf);
  any = ASN1_generate_v3 (value, &context);
  if (any == NULL)
    ERR_print_errors_fp (stderr);
  g_assert_nonnull (any);
  der = signet_asn1_any_get_der (any);
  ASN1_TYPE_free (any);
  return der;
}
