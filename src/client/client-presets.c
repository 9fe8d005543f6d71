/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "client/client-presets.h"

#define ENDING ".preset"
#define NOTES_MAX 32

/* The settings that a preset may hold: those of AddAuthority that are the same for everybody who has this system. */
static const struct
{
  const char *name;
  char type;                    /* of the variant: 's', 'u', 'b'; 'a': as */
} kinds[] = {
  { "mac", 's' },
  { "mac-digest", 's' },
  { "mac-iterations", 'u' },
  { "code-format", 's' },
  { "implicit-confirm", 'b' },
  { "operation-labels", 'b' },
  { "keep-connection", 'b' },
  { "trailing-slash", 'b' },
  { "whole-chain", 'b' },
  { "framing", 's' },
  { "media-type", 's' },
  { "signer-usage", 's' },
  { "relaxations", 'a' },
};

char **
signet_preset_setting_names (void)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_strv_builder_add (names, kinds[i].name);

  return g_strv_builder_end (names);
}

static void
placeholder_free (gpointer data)
{
  SignetPresetPlaceholder *self = data;

  g_free (self->name);
  g_free (self->title);
  g_free (self->example);
  g_free (self);
}

void
signet_preset_free (SignetPreset *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self->description);
  g_free (self->source);
  g_free (self->template);
  g_clear_pointer (&self->placeholders, g_ptr_array_unref);
  g_clear_pointer (&self->settings, g_variant_unref);
  g_strfreev (self->notes);
  g_free (self);
}

/* Text of a preset in the person's language. data/authorities/words.h has them for the translators. */
static char *
read_words (GKeyFile    *file,
            const char  *group,
            const char  *key,
            GError     **error)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, error);

  return text != NULL ? g_strdup (g_dgettext (GETTEXT_PACKAGE, text)) : NULL;
}

static gboolean
insert_setting (GVariantDict  *dict,
                GKeyFile      *file,
                const char    *name,
                GError       **error)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) list = NULL;
  g_autoptr (GError) reason = NULL;
  guint64 number = 0;
  gboolean flag;
  gsize i = 0;

  while (i < G_N_ELEMENTS (kinds) && !g_str_equal (kinds[i].name, name))
    i++;
  switch (i < G_N_ELEMENTS (kinds) ? kinds[i].type : 0)
    {
    case 's':
      text = g_key_file_get_string (file, "settings", name, &reason);
      if (text != NULL)
        g_variant_dict_insert (dict, name, "s", text);
      break;
    case 'u':
      number = g_key_file_get_uint64 (file, "settings", name, &reason);
      if (reason == NULL && number <= G_MAXUINT32)
        g_variant_dict_insert (dict, name, "u", (guint32) number);
      break;
    case 'b':
      flag = g_key_file_get_boolean (file, "settings", name, &reason);
      if (reason == NULL)
        g_variant_dict_insert (dict, name, "b", flag);
      break;
    case 'a':
      list = g_key_file_get_string_list (file, "settings", name, NULL, &reason);
      if (list != NULL)
        g_variant_dict_insert (dict, name, "^as", list);
      break;
    default:
      g_set_error (&reason, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND, _("A preset cannot set “%s”"), name);
    }
  if (reason == NULL && !g_key_file_has_key (file, "sources", name, NULL))
    g_set_error (&reason, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND, _("It does not say where “%s” is from"), name);
  if (reason != NULL)
    g_propagate_error (error, g_steal_pointer (&reason));

  return g_variant_dict_contains (dict, name) && (error == NULL || *error == NULL);
}

static gboolean
read_settings (SignetPreset  *self,
               GKeyFile      *file,
               GError       **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_auto (GStrv) names = g_key_file_get_keys (file, "settings", NULL, NULL);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (GError) reason = NULL;

      if (!insert_setting (&dict, file, names[i], &reason))
        {
          g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "%s",
                       reason != NULL ? reason->message : names[i]);
          return FALSE;
        }
    }
  self->settings = g_variant_ref_sink (g_variant_dict_end (&dict));

  return TRUE;
}

static gboolean
read_address (SignetPreset  *self,
              GKeyFile      *file,
              GError       **error)
{
  const char *at;

  self->placeholders = g_ptr_array_new_with_free_func (placeholder_free);
  if (!g_key_file_has_group (file, "address"))
    return TRUE;
  self->template = g_key_file_get_string (file, "address", "template", error);
  for (at = self->template; at != NULL && (at = strchr (at, '{')) != NULL; at++)
    {
      const char *end = strchr (at, '}');
      SignetPresetPlaceholder *placeholder = g_new0 (SignetPresetPlaceholder, 1);
      g_autofree char *group = NULL;

      g_ptr_array_add (self->placeholders, placeholder);
      placeholder->name = end != NULL ? g_strndup (at + 1, (gsize) (end - at - 1)) : g_strdup (at);
      group = g_strconcat ("placeholder ", placeholder->name, NULL);
      placeholder->title = read_words (file, group, "title", error);
      placeholder->example = placeholder->title != NULL ? g_key_file_get_string (file, group, "example", error) : NULL;
      if (placeholder->example == NULL)
        return FALSE;
    }

  return self->template != NULL;
}

static gboolean
read_notes (SignetPreset  *self,
            GKeyFile      *file,
            GError       **error)
{
  g_autoptr (GStrvBuilder) notes = g_strv_builder_new ();

  for (guint i = 1; i <= NOTES_MAX; i++)
    {
      g_autofree char *group = g_strdup_printf ("note %u", i);
      g_autofree char *text = NULL;

      if (!g_key_file_has_group (file, group))
        break;
      text = read_words (file, group, "text", error);
      if (text == NULL)
        return FALSE;
      g_strv_builder_add (notes, text);
    }
  self->notes = g_strv_builder_end (notes);

  return TRUE;
}

SignetPreset *
signet_preset_read (const char  *path,
                    GError     **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (SignetPreset) self = g_new0 (SignetPreset, 1);
  g_autofree char *base = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  base = g_path_get_basename (path);
  self->id = g_strndup (base, strlen (base) - (g_str_has_suffix (base, ENDING) ? strlen (ENDING) : 0));
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  self->name = g_key_file_get_string (file, "preset", "name", error);
  self->description = self->name != NULL ? read_words (file, "preset", "description", error) : NULL;
  self->source = self->description != NULL ? g_key_file_get_string (file, "preset", "source", error) : NULL;
  if (self->source == NULL || !read_address (self, file, error) || !read_settings (self, file, error)
      || !read_notes (self, file, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }

  return g_steal_pointer (&self);
}

char *
signet_presets_folder (void)
{
  g_autofree char *built = g_build_filename (BUILD_ROOT, "data", "authorities", NULL);

  if (*BUILD_ROOT != '\0' && g_file_test (built, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&built);

  return g_build_filename (DATADIR, "signet", "authorities", NULL);
}

static gint
compare_names (gconstpointer a,
               gconstpointer b)
{
  const SignetPreset *const *one = a;
  const SignetPreset *const *other = b;

  return g_utf8_collate ((*one)->name, (*other)->name);
}

GPtrArray *
signet_presets_load (GError **error)
{
  g_autoptr (GPtrArray) presets = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_preset_free);
  g_autofree char *folder = signet_presets_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, 0, error);
  const char *name;

  if (dir == NULL)
    return NULL;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      SignetPreset *preset;

      if (!g_str_has_suffix (name, ENDING))
        continue;
      preset = signet_preset_read (path, error);
      if (preset == NULL)
        return NULL;
      g_ptr_array_add (presets, preset);
    }
  g_ptr_array_sort (presets, compare_names);

  return g_steal_pointer (&presets);
}

SignetPreset *
signet_presets_find (const char  *id,
                     GError     **error)
{
  g_autoptr (GPtrArray) presets = signet_presets_load (error);
  g_autoptr (GString) known = g_string_new (NULL);

  g_return_val_if_fail (id != NULL, NULL);

  for (guint i = 0; presets != NULL && i < presets->len; i++)
    {
      SignetPreset *preset = g_ptr_array_index (presets, i);

      if (g_str_equal (preset->id, id))
        return g_ptr_array_steal_index (presets, i);
      g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", preset->id);
    }
  if (presets != NULL)
    g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_NOT_FOUND, _("There is no preset “%s”. There are: %s."), id, known->str);

  return NULL;
}

/* What may stand in one part of an address: a host with its port as it is, anything else as one segment of the path. */
static char *
fit (const SignetPreset             *self,
     const SignetPresetPlaceholder  *placeholder,
     const char                     *value,
     gboolean                        is_host,
     GError                        **error)
{
  if (value == NULL || *value == '\0')
    {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, _("%s needs “%s” (%s), as in %s."), self->name,
                   placeholder->name, placeholder->title, placeholder->example);
      return NULL;
    }
  if (is_host ? strpbrk (value, "/?#@ ") != NULL : g_str_equal (value, ".") || g_str_equal (value, ".."))
    {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, _("“%s” cannot be “%s” (%s). Write it as in %s."), value,
                   placeholder->name, placeholder->title, placeholder->example);
      return NULL;
    }

  return is_host ? g_strdup (value) : g_uri_escape_string (value, NULL, FALSE);
}

char *
signet_preset_make_url (const SignetPreset  *self,
                        GHashTable          *values,
                        GError             **error)
{
  g_autoptr (GString) url = NULL;
  const char *at;

  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (values != NULL, NULL);

  if (self->template == NULL)
    {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                   _("Addresses of %s follow no known pattern. Give the one that your authority told you."), self->name);
      return NULL;
    }
  url = g_string_new (NULL);
  at = self->template;
  for (guint i = 0; i < self->placeholders->len; i++)
    {
      const SignetPresetPlaceholder *placeholder = g_ptr_array_index (self->placeholders, i);
      const char *brace = strchr (at, '{');
      g_autofree char *fitted = fit (self, placeholder, g_hash_table_lookup (values, placeholder->name),
                                     g_str_equal (placeholder->name, "host"), error);

      if (fitted == NULL)
        return NULL;
      g_string_append_len (url, at, brace - at);
      g_string_append (url, fitted);
      at = strchr (brace, '}') + 1;
    }
  g_string_append (url, at);

  return g_string_free (g_steal_pointer (&url), FALSE);
}
