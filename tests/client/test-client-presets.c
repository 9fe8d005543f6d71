/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>

#include "client/client-presets.h"

static void
test_load (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) presets = signet_presets_load (&error);

  g_assert_no_error (error);
  g_assert_cmpuint (presets->len, ==, 16);
  for (guint i = 0; i < presets->len; i++)
    {
      const SignetPreset *preset = g_ptr_array_index (presets, i);
      g_auto (GStrv) sentences = signet_preset_explain (preset);
      gboolean insists = FALSE;

      if (i > 0)
        g_assert_cmpint (g_utf8_collate (((SignetPreset *) presets->pdata[i - 1])->name, preset->name), <=, 0);
      g_assert_cmpstr (preset->description, !=, "");
      /* Whatever it sets it tells; that something is as ever needs no words. */
      g_variant_lookup (preset->settings, "implicit-confirm", "b", &insists);
      g_assert_cmpuint (g_strv_length (sentences), >=, g_variant_n_children (preset->settings) - (insists ? 1 : 0));
    }
}

static void
test_ejbca (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetPreset) preset = signet_presets_find ("ejbca", &error);
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (GStrv) sentences = NULL;
  g_autofree char *url = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (preset->name, ==, "EJBCA");
  sentences = signet_preset_explain (preset);
  g_assert_cmpstr (sentences[0], ==, "A code protects messages by PasswordBasedMac, the older way.");
  g_assert_cmpuint (g_strv_length (sentences), ==, 3);
  g_assert_null (signet_preset_make_url (preset, values, &error));
  g_assert_cmpstr (error->message, ==, "EJBCA needs “host” (Host name), as in ca.example.org.");
  g_clear_error (&error);
  g_hash_table_insert (values, (char *) "host", (char *) "ca.example.org:8442");
  g_assert_null (signet_preset_make_url (preset, values, &error));
  g_assert_cmpstr (error->message, ==, "EJBCA needs “alias” (Name of the CMP alias), as in mycmp.");
  g_clear_error (&error);
  g_hash_table_insert (values, (char *) "alias", (char *) "My alias/1");
  url = signet_preset_make_url (preset, values, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (url, ==, "https://ca.example.org:8442/ejbca/publicweb/cmp/My%20alias%2F1");
}

/* What is filled in cannot lead somewhere else. */
static void
test_url_bounds (void)
{
  static const char *const hosts[] = { "user@evil.example", "evil.example/x", "evil.example?", "evil.example#", "a b" };
  g_autoptr (SignetPreset) preset = signet_presets_find ("ejbca", NULL);
  g_autoptr (SignetPreset) without = signet_presets_find ("siemens-ra", NULL);
  g_autoptr (GHashTable) values = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;

  g_hash_table_insert (values, (char *) "alias", (char *) "x");
  for (guint i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      g_hash_table_insert (values, (char *) "host", (char *) hosts[i]);
      g_assert_null (signet_preset_make_url (preset, values, &error));
      g_assert_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE);
      g_clear_error (&error);
    }
  g_hash_table_insert (values, (char *) "host", (char *) "h");
  g_hash_table_insert (values, (char *) "alias", (char *) "..");
  g_assert_null (signet_preset_make_url (preset, values, &error));
  g_assert_cmpstr (error->message, ==, "“..” cannot be “alias” (Name of the CMP alias). Write it as in mycmp.");
  g_clear_error (&error);
  g_assert_null (signet_preset_make_url (without, values, &error));
  g_assert_nonnull (strstr (error->message, "follow no known pattern"));
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (signet_presets_find ("acme", &error));
  g_assert_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "bouncycastle-java"));
  g_assert_nonnull (strstr (error->message, "ejbca"));
}

/* A file that is not as it should be is told with its name, and no other counts then. */
static void
test_damaged (void)
{
  static const struct { const char *text; const char *words; } table[] = {
    { "", "preset" },
    { "[preset]\nname=A\n", "description" },
    { "[preset]\nname=A\ndescription=B\n", "source" },
    { "[preset]\nname=A\ndescription=B\nsource=C\n[settings]\ncolour=red\n[sources]\ncolour=x\n", "A preset cannot set “colour”" },
    { "[preset]\nname=A\ndescription=B\nsource=C\n[settings]\nurl=http://evil/\n[sources]\nurl=x\n", "A preset cannot set “url”" },
    { "[preset]\nname=A\ndescription=B\nsource=C\n[settings]\nmac=pbmac1\n", "does not say where “mac” is from" },
    { "[preset]\nname=A\ndescription=B\nsource=C\n[settings]\nmac-iterations=many\n[sources]\nmac-iterations=x\n", "many" },
    { "[preset]\nname=A\ndescription=B\nsource=C\n[address]\ntemplate=http://{host}/\nsource=x\n", "placeholder host" },
    { "[preset]\nname=A\ndescription=B\nsource=C\n[note 1]\nsource=x\n", "text" },
  };
  g_autofree char *folder = g_dir_make_tmp ("signet-preset-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "made-up.preset", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;
      SignetPreset *preset;

      g_assert_true (g_file_set_contents (path, table[i].text, -1, NULL));
      preset = signet_preset_read (path, &error);
      g_assert_null (preset);
      if (strstr (error->message, table[i].words) == NULL || !g_str_has_prefix (error->message, path))
        g_error ("“%s” does not say “%s”", error->message, table[i].words);
    }
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/client/presets/all-load-and-tell-what-they-set/R479", test_load);
  g_test_add_func ("/client/presets/address-of-ejbca/R407", test_ejbca);
  g_test_add_func ("/client/presets/address-leads-nowhere-else", test_url_bounds);
  g_test_add_func ("/client/presets/unknown-one-names-the-others", test_unknown);
  g_test_add_func ("/client/presets/damaged-file-is-named", test_damaged);

  return g_test_run ();
}
