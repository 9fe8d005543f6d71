/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "pki/pki-certificate.h"
#include "worker/worker-authority.h"
#include "worker/worker-change.h"
#include "worker/worker-error.h"
#include "worker/worker-settings.h"

/* The changed settings go through the very checks that they went through when the authority was added: as one dictionary. */

#define ADD "add-"
#define REMOVE "remove-"

static GVariant *
to_octets (GPtrArray *anchors)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aay"));

  for (guint i = 0; anchors != NULL && i < anchors->len; i++)
    g_variant_builder_add_value (&builder,
                                 g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, g_ptr_array_index (anchors, i), TRUE));

  return g_variant_builder_end (&builder);
}

/* What AddAuthority would have to be given to make @record. */
static GVariantDict *
to_settings (const SignetAuthorityRecord *record)
{
  GVariantDict *dict = g_variant_dict_new (record->settings);

  g_variant_dict_insert (dict, "name", "s", record->name);
  if (record->url != NULL)
    g_variant_dict_insert (dict, "url", "s", record->url);
  if (record->reference != NULL)
    g_variant_dict_insert (dict, "reference", "s", record->reference);
  if (record->identity_id != 0)
    g_variant_dict_insert (dict, "identity", "x", record->identity_id);
  if (record->anchors != NULL && record->anchors->len > 0)
    g_variant_dict_insert_value (dict, "anchors", to_octets (record->anchors));

  return dict;
}

/* How a value of a list is named where one is taken away: a certificate by its fingerprint. */
static gboolean
is_named (GVariant   *child,
          const char *name)
{
  g_autoptr (GBytes) der = NULL;
  g_autofree char *hash = NULL;

  if (g_variant_is_of_type (child, G_VARIANT_TYPE_STRING))
    return g_str_equal (g_variant_get_string (child, NULL), name);
  der = g_variant_get_data_as_bytes (child);
  hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, der);

  return g_str_equal (hash, name);
}

static gboolean
is_among (GVariant *list,
          GVariant *value)
{
  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (list, i);

      if (g_variant_equal (child, value))
        return TRUE;
    }

  return FALSE;
}

/* The values of @list but for those that bear @name (nullable). Returns the number of these. */
static guint
copy_others (GVariantBuilder *builder,
             GVariant        *list,
             const char      *name)
{
  guint dropped = 0;

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (list, i);

      if (name != NULL && is_named (child, name))
        dropped++;
      else
        g_variant_builder_add_value (builder, child);
    }

  return dropped;
}

static void
keep_list (GVariantDict *dict,
           const char   *name,
           GVariant     *list)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (list);

  if (g_variant_n_children (held) == 0)
    g_variant_dict_remove (dict, name);
  else
    g_variant_dict_insert_value (dict, name, held);
}

static gboolean
add_to_list (GVariantDict  *dict,
             const char    *name,
             GVariant      *values,
             GError       **error)
{
  const char *type = signet_worker_authority_get_setting_type (name);

  if (type == NULL || type[0] != 'a')
    return signet_worker_invalid (error, _("An authority has no list “%s” that could be added to."), name);
  if (!g_variant_is_of_type (values, G_VARIANT_TYPE (type)))
    return signet_worker_invalid (error, _("The setting “%s” has the wrong type."), name);
  for (gsize i = 0; i < g_variant_n_children (values); i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (values, i);
      g_autoptr (GVariant) list = g_variant_dict_lookup_value (dict, name, G_VARIANT_TYPE (type));
      GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (type));

      copy_others (&builder, list, NULL);
      if (!is_among (list, value))
        g_variant_builder_add_value (&builder, value);
      keep_list (dict, name, g_variant_builder_end (&builder));
    }

  return TRUE;
}

/* What is_named () compares with: (transfer full), or %NULL with @error. */
static char *
normalise_name (const char  *type,
                const char  *name,
                GError     **error)
{
  g_autoptr (GError) reason = NULL;
  char *fingerprint;

  if (!g_str_equal (type, "aay"))
    return g_strdup (name);
  fingerprint = signet_fingerprint_parse (name, &reason);
  if (fingerprint == NULL)
    signet_worker_invalid (error, "%s", reason->message);

  return fingerprint;
}

static gboolean
remove_from_list (GVariantDict  *dict,
                  const char    *name,
                  GVariant      *values,
                  GError       **error)
{
  const char *type = signet_worker_authority_get_setting_type (name);
  g_autofree const char **names = NULL;

  if (type == NULL || type[0] != 'a')
    return signet_worker_invalid (error, _("An authority has no list “%s” that could be taken from."), name);
  if (!g_variant_is_of_type (values, G_VARIANT_TYPE_STRING_ARRAY))
    return signet_worker_invalid (error, _("The setting “%s” has the wrong type."), name);
  names = g_variant_get_strv (values, NULL);
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (GVariant) list = g_variant_dict_lookup_value (dict, name, G_VARIANT_TYPE (type));
      g_autofree char *wanted = normalise_name (type, names[i], error);
      GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (type));
      guint dropped;

      if (wanted == NULL)
        {
          g_variant_builder_clear (&builder);
          return FALSE;
        }
      dropped = copy_others (&builder, list, wanted);
      keep_list (dict, name, g_variant_builder_end (&builder));
      /* A misspelt one must not go unnoticed: what was to be taken away would go on to be trusted. */
      if (dropped == 0)
        return signet_worker_invalid (error, _("“%s” is not among the “%s” of this authority, so it was not taken away."), names[i], name);
    }

  return TRUE;
}

/* Nothing, where there is nothing to say: such a setting is as ever. */
static gboolean
is_empty (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return *g_variant_get_string (value, NULL) == '\0';
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return g_variant_get_int64 (value) == 0;

  return g_variant_is_of_type (value, G_VARIANT_TYPE_ARRAY) && g_variant_n_children (value) == 0;
}

static gboolean
apply_one (GVariantDict  *dict,
           const char    *name,
           GVariant      *value,
           GError       **error)
{
  if (g_str_has_prefix (name, ADD))
    return add_to_list (dict, name + strlen (ADD), value, error);
  if (g_str_has_prefix (name, REMOVE))
    return remove_from_list (dict, name + strlen (REMOVE), value, error);
  if (signet_worker_authority_get_setting_type (name) != NULL && is_empty (value))
    g_variant_dict_remove (dict, name);
  else
    g_variant_dict_insert_value (dict, name, value);

  return TRUE;
}

/* The demo authority belongs to the worker, which starts it: its address, root and code are no settings of the person's. */
static gboolean
check_demo (const SignetAuthorityRecord  *record,
            GVariant                     *changes,
            const char *const            *unset,
            GError                      **error)
{
  static const char *const own[] = {
    "url", "reference", "anchors", "add-anchors", "remove-anchors", "anchor-fingerprint", "mac", "code-format", NULL
  };

  if (g_strcmp0 (record->kind, "demo") != 0)
    return TRUE;
  for (guint i = 0; own[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (changes, own[i], NULL);

      if (value != NULL || g_strv_contains (unset, own[i]))
        return signet_worker_invalid (error, _("The setting “%s” of the demo authority is the demo’s own: it cannot be changed."), own[i]);
    }

  return TRUE;
}

/**
 * signet_worker_change_apply:
 * @record: an authority of the store
 * @changes: a{sv} as ChangeAuthority takes it
 * @unset: names of settings that are as ever again
 * @error: %SIGNET_WORKER_ERROR_INVALID names the setting and says what to do
 *
 * Returns: (transfer full): the authority as it is to be, checked like one that is added
 */
SignetAuthorityRecord *
signet_worker_change_apply (const SignetAuthorityRecord  *record,
                            GVariant                     *changes,
                            const char *const            *unset,
                            GError                      **error)
{
  g_autoptr (GVariantDict) dict = to_settings (record);
  g_autoptr (GVariant) settings = NULL;
  SignetAuthorityRecord *changed;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (!check_demo (record, changes, unset, error))
    return NULL;
  for (guint i = 0; unset[i] != NULL; i++)
    {
      if (signet_worker_authority_get_setting_type (unset[i]) == NULL)
        return signet_worker_invalid (error, _("An authority has no setting “%s”."), unset[i]), NULL;
      g_variant_dict_remove (dict, unset[i]);
    }
  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    if (!apply_one (dict, name, value, error))
      {
        g_variant_unref (value);
        return NULL;
      }
  settings = g_variant_ref_sink (g_variant_dict_end (dict));
  changed = signet_worker_authority_parse (settings, error);
  if (changed == NULL)
    return NULL;
  changed->id = record->id;
  changed->created = record->created;
  changed->has_secret = record->has_secret;
  /* What one server was seen to speak says nothing of another. */
  changed->pvno = g_strcmp0 (changed->url, record->url) == 0 ? record->pvno : 0;
  if (g_strcmp0 (record->kind, "demo") == 0)
    {
      g_free (changed->kind);
      changed->kind = g_strdup (record->kind);
    }

  return changed;
}

/* A setting of @from that @to has not, or otherwise, and that is no matter of carriage. The code has rules of its own, and its
 * reference with it. */
static char *
find_difference (GVariant *from,
                 GVariant *to)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, from);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    {
      g_autoptr (GVariant) other = g_variant_lookup_value (to, name, NULL);

      if (signet_worker_authority_is_carriage (name) || g_str_equal (name, "reference")
          || (other != NULL && g_variant_equal (value, other)))
        continue;
      g_variant_unref (value);
      return g_strdup (name);
    }

  return NULL;
}

/**
 * signet_worker_change_find_held:
 * @record: an authority of the store
 * @changed: what signet_worker_change_apply() made of it
 *
 * An exchange goes on as it began: what its messages are, how they are protected and whose answers are believed. A transaction is
 * restored with the settings that its authority has then, so these do not change while there is one.
 *
 * Returns: (transfer full) (nullable): the name of a setting that cannot change while a request is under way
 */
char *
signet_worker_change_find_held (const SignetAuthorityRecord *record,
                                const SignetAuthorityRecord *changed)
{
  g_autoptr (GVariantDict) before_dict = to_settings (record);
  g_autoptr (GVariantDict) after_dict = to_settings (changed);
  g_autoptr (GVariant) before = g_variant_ref_sink (g_variant_dict_end (before_dict));
  g_autoptr (GVariant) after = g_variant_ref_sink (g_variant_dict_end (after_dict));
  char *held = find_difference (before, after);

  if (held == NULL)
    held = find_difference (after, before);
  /* Without an address, what is under way has no place to go. */
  if (held == NULL && record->url != NULL && changed->url == NULL)
    held = g_strdup ("url");

  return held;
}
