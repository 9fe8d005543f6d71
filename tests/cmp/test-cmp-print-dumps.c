/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/bn.h>

#include "cmp-corpus.h"

/*
 * What another decoder says of messages, by its dumps (tests/data/corpus/dumps.tsv), is what ours says: each field that a dump
 * has, as often and in the same order.
 */

#define SHOWN_OCTETS 64                  /* of what is longer */

typedef struct {
  char *field;
  char *value;
} Fact;

static void
fact_free (Fact *self)
{
  g_free (self->field);
  g_free (self->value);
  g_free (self);
}

static void
add_fact (GPtrArray  *facts,
          const char *section,
          const char *field,
          const char *value)
{
  Fact *fact = g_new0 (Fact, 1);

  fact->field = section == NULL ? g_strdup (field) : g_strconcat (section, "/", field, NULL);
  fact->value = g_strdup (value);
  g_ptr_array_add (facts, fact);
}

/* ---- ours ---- */

static guint
get_indent (const char *line)
{
  return (guint) strspn (line, " ");
}

/* One line of the print; @section and @general_info say where it stands. */
static void
read_line (GPtrArray   *facts,
           const char  *line,
           const char **section,
           gboolean    *general_info)
{
  static const char *const sections[] = { "header", "body", "protection", "extraCerts" };
  guint indent = get_indent (line);
  g_auto (GStrv) parts = g_strsplit (line + indent, ": ", 2);

  if (parts[0] == NULL)
    return;
  if (indent == 0)
    {
      *section = NULL;
      for (guint i = 0; i < G_N_ELEMENTS (sections); i++)
        if (g_str_equal (parts[0], sections[i]))
          *section = sections[i];
    }
  else if (indent == 2)
    *general_info = g_str_equal (line, "  generalInfo");
  if (*section == NULL)
    return;
  if (*general_info && indent == 4)
    add_fact (facts, NULL, "header/generalInfo", parts[0]);
  else if (parts[1] != NULL)
    add_fact (facts, indent == 0 || g_str_equal (*section, "body") ? NULL : *section, parts[0], parts[1]);
}

static GPtrArray *
read_print (const char *path)
{
  g_autoptr (SignetCmpMessage) message = corpus_load_message (path);
  g_autofree char *text = signet_cmp_message_print (message);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GPtrArray *facts = g_ptr_array_new_with_free_func ((GDestroyNotify) fact_free);
  const char *section = NULL;
  gboolean general_info = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    read_line (facts, lines[i], &section, &general_info);

  return facts;
}

/* ---- as ours writes it ---- */

static char *
write_serial (const char *decimal)
{
  BIGNUM *number = NULL;
  char *hexadecimal;
  char *copy;

  g_assert_cmpint (BN_dec2bn (&number, decimal), >, 0);
  hexadecimal = BN_bn2hex (number);
  copy = g_strdup (hexadecimal);
  OPENSSL_free (hexadecimal);
  BN_free (number);

  return copy;
}

static char *
write_algorithm (const char *oid)
{
  return g_strdup (OBJ_nid2sn (OBJ_txt2nid (oid)));
}

static char *
write_info (const char *oid)
{
  g_assert_cmpstr (oid, ==, "1.3.6.1.5.5.7.4.21");
  return g_strdup ("certProfile");
}

static char *
write_name (const char *common_name)
{
  return g_strconcat ("CN=", common_name, NULL);
}

static const struct {
  const char *field;
  char *(*write) (const char *value);
} writers[] = {
  { "header/sender", write_name }, { "header/recipient", write_name }, { "header/protectionAlg", write_algorithm },
  { "header/generalInfo", write_info }, { "extraCerts/certificate", write_name }, { "extraCerts/issuer", write_name },
  { "extraCerts/serialNumber", write_serial },
};

static char *
write_value (const char *field,
             const char *value)
{
  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    if (g_str_equal (field, writers[i].field))
      return writers[i].write (value);
  return g_strdup (value);
}

/* A reference that is text stands in quotation marks. */
static char *
write_hex (const char *quoted)
{
  gsize mark = strlen ("“");
  GString *hexadecimal = g_string_new (NULL);

  for (const char *at = quoted + mark; strcmp (at, "”") != 0; at++)
    g_string_append_printf (hexadecimal, "%02x", (guint8) *at);

  return g_string_free (hexadecimal, FALSE);
}

/* @ours may say more: a status in words, and how much of long octets is left out. */
static gboolean
is_same (const char *field,
         const char *theirs,
         const char *ours)
{
  if (g_str_equal (field, "status"))
    return g_str_has_prefix (ours, theirs) && ours[strlen (theirs)] == ' ';
  if (g_str_equal (field, "protection") && strlen (theirs) > 2 * SHOWN_OCTETS)
    return strncmp (ours, theirs, 2 * SHOWN_OCTETS) == 0;
  if (g_str_equal (field, "header/senderKID") && g_str_has_prefix (ours, "“") && g_str_has_suffix (ours, "”"))
    {
      g_autofree char *hexadecimal = write_hex (ours);

      return g_str_equal (hexadecimal, theirs);
    }
  return g_str_equal (ours, theirs);
}

/* ---- both ---- */

/* The next of @facts by that name, which is taken out. */
static char *
take_value (GPtrArray  *facts,
            const char *field)
{
  for (guint i = 0; i < facts->len; i++)
    {
      Fact *fact = g_ptr_array_index (facts, i);

      if (g_str_equal (fact->field, field))
        {
          char *value = g_steal_pointer (&fact->value);

          g_ptr_array_remove_index (facts, i);
          return value;
        }
    }
  return NULL;
}

static void
compare (const char *path,
         GPtrArray  *ours,
         const char *field,
         const char *value)
{
  g_autofree char *theirs = write_value (field, value);
  g_autofree char *got = take_value (ours, field);

  if (got == NULL || !is_same (field, theirs, got))
    g_error ("%s: %s is “%s” for the other decoder and “%s” for ours", path, field, theirs, got);
}

/* What the dumps have is theirs alone: nothing of the kind may be left of ours. */
static void
assert_no_more (const char *path,
                GPtrArray  *ours)
{
  static const char *const fields[] = { "header/generalInfo", "header/recipNonce", "header/recipKID", "protection", "certHash", "checkAfter",
                                        "extraCerts/certificate" };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *more = take_value (ours, fields[i]);

      if (more != NULL)
        g_error ("%s: ours alone says %s “%s”", path, fields[i], more);
    }
}

static void
test_dumps (void)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "data", "corpus", "dumps.tsv", NULL);
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GPtrArray) ours = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_messages = 0;

  g_file_get_contents (file, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (lines[i], "\t", 3);

      if (lines[i][0] == '#' || g_strv_length (parts) != 3)
        continue;
      if (g_strcmp0 (path, parts[0]) != 0)
        {
          if (ours != NULL)
            assert_no_more (path, ours);
          g_clear_pointer (&ours, g_ptr_array_unref);
          ours = read_print (parts[0]);
          g_free (path);
          path = g_strdup (parts[0]);
          n_messages++;
        }
      compare (path, ours, parts[1], parts[2]);
    }
  assert_no_more (path, ours);
  g_assert_cmpuint (n_messages, ==, 36);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/print/says-what-another-decoder-says", test_dumps);

  return g_test_run ();
}
