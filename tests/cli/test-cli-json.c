/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>

#include "cli/cli-json.h"

static void
test_nesting (void)
{
  g_autoptr (SignetJson) json = signet_json_new ();
  g_autofree char *text = NULL;

  signet_json_begin_object (json, NULL);
  signet_json_add_int (json, "a", -3);
  signet_json_begin_array (json, "b");
  signet_json_end_array (json);
  signet_json_begin_array (json, "c");
  signet_json_add_boolean (json, NULL, TRUE);
  signet_json_begin_object (json, NULL);
  signet_json_end_object (json);
  signet_json_end_array (json);
  signet_json_add_strv (json, "d", (const char *const[]) { "x", "y", NULL });
  signet_json_add_strv (json, "e", NULL);
  signet_json_end_object (json);
  text = signet_json_finish (json);
  g_assert_cmpstr (text, ==,
                   "{\n  \"a\": -3,\n  \"b\": [],\n  \"c\": [\n    true,\n    {}\n  ],\n  \"d\": [\n    \"x\",\n    \"y\"\n  ],\n"
                   "  \"e\": []\n}\n");
}

static void
assert_string (const char *value,
               const char *expected)
{
  g_autoptr (SignetJson) json = signet_json_new ();
  g_autofree char *text = NULL;

  signet_json_add_string (json, NULL, value);
  text = signet_json_finish (json);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_escapes (void)
{
  assert_string (NULL, "null\n");
  assert_string ("", "\"\"\n");
  assert_string ("a \"b\" \\ c/d", "\"a \\\"b\\\" \\\\ c/d\"\n");
  assert_string ("line\nnext\ttab\r\x1b[31m\x7f\x01", "\"line\\nnext\\ttab\\u000d\\u001b[31m\\u007f\\u0001\"\n");
  assert_string ("Jürgen ☃", "\"Jürgen ☃\"\n");
  /* Octets that are no UTF-8 become U+FFFD. */
  assert_string ("a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\"\n");
}

static void
test_numbers_and_times (void)
{
  g_autoptr (SignetJson) json = signet_json_new ();
  g_autofree char *text = NULL;

  signet_json_begin_array (json, NULL);
  signet_json_add_int (json, NULL, G_MININT64);
  signet_json_add_double (json, NULL, 0.5);
  signet_json_add_double (json, NULL, NAN);
  signet_json_add_double (json, NULL, -INFINITY);
  signet_json_add_time (json, NULL, 0);
  signet_json_add_time (json, NULL, 1796979600);
  signet_json_add_time (json, NULL, G_MAXINT64);
  signet_json_end_array (json);
  text = signet_json_finish (json);
  g_assert_cmpstr (text, ==, "[\n  -9223372036854775808,\n  0.5,\n  null,\n  null,\n  null,\n  \"2026-12-11T09:00:00Z\",\n  null\n]\n");
}

static void
assert_variant (const char *source,
                const char *expected)
{
  g_autoptr (SignetJson) json = signet_json_new ();
  g_autoptr (GVariant) value = source != NULL ? g_variant_ref_sink (g_variant_new_parsed (source)) : NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  signet_json_add_variant (json, NULL, value);
  text = signet_json_finish (json);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    g_strchug (lines[i]);
  g_free (text);
  text = g_strjoinv ("", lines);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_variants (void)
{
  assert_variant (NULL, "null");
  assert_variant ("byte 0x07", "7");
  assert_variant ("int16 -7", "-7");
  assert_variant ("uint32 4294967295", "4294967295");
  assert_variant ("uint64 18446744073709551615", "18446744073709551615");
  assert_variant ("b'abc'", "\"YWJjAA==\"");
  assert_variant ("@ay []", "\"\"");
  assert_variant ("{'a': <1>, 'b\"': <'x\"'>, 'c': <[byte 0x30, 0x82]>}", "{\"a\": 1,\"b\\\"\": \"x\\\"\",\"c\": \"MII=\"}");
  assert_variant ("[('n', 'v', [<true>, <0.25>])]", "[[\"n\",\"v\",[true,0.25]]]");
  assert_variant ("@a{sv} {}", "{}");
  assert_variant ("{1: 'x'}", "[[1,\"x\"]]");
  assert_variant ("objectpath '/a'", "\"/a\"");
  assert_variant ("@mi nothing", "[]");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cli/json/nests", test_nesting);
  g_test_add_func ("/cli/json/escapes-strings", test_escapes);
  g_test_add_func ("/cli/json/numbers-and-times", test_numbers_and_times);
  g_test_add_func ("/cli/json/variants", test_variants);

  return g_test_run ();
}
