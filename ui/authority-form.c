/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "authority-form.h"

#define CA_PUBS "ca-pubs"

/* The settings that the dialog shows itself; a system that is chosen brings its own. */
static const char *const shown[] = {
  "name", "url", "reference", "mac", "profile", "anchors", "anchor-fingerprint", "relaxations", NULL
};

SignetRecognition
signet_authority_recognition (const SignetAuthorityRecord *record)
{
  if (*signet_authority_lookup_text (record, "anchor-fingerprint", "") != '\0')
    return SIGNET_RECOGNISED_BY_FINGERPRINT;

  return record->anchors != NULL && record->anchors->len > 0 ? SIGNET_RECOGNISED_BY_FILE : SIGNET_RECOGNISED_BY_FIRST_ANSWER;
}

const char *
signet_authority_lookup_text (const SignetAuthorityRecord *record,
                              const char                  *setting,
                              const char                  *otherwise)
{
  const char *text = otherwise;

  if (record->settings != NULL)
    g_variant_lookup (record->settings, setting, "&s", &text);

  return text;
}

static void
insert_text (GVariantDict *dict,
             const char   *name,
             const char   *text)
{
  if (text != NULL && *text != '\0')
    g_variant_dict_insert (dict, name, "s", text);
  else
    g_variant_dict_remove (dict, name);
}

static void
insert_anchors (GVariantDict *dict,
                GPtrArray    *anchors)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aay"));

  for (guint i = 0; anchors != NULL && i < anchors->len; i++)
    g_variant_builder_add_value (&builder, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, anchors->pdata[i], TRUE));
  if (anchors != NULL && anchors->len > 0)
    g_variant_dict_insert_value (dict, "anchors", g_variant_builder_end (&builder));
  else
    g_variant_builder_clear (&builder);
}

/* The list of @dict with @name, or without it. */
static void
set_relaxation (GVariantDict *dict,
                const char   *name,
                gboolean      given)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) before = NULL;
  g_auto (GStrv) after = NULL;

  g_variant_dict_lookup (dict, "relaxations", "^as", &before);
  for (guint i = 0; before != NULL && before[i] != NULL; i++)
    if (!g_str_equal (before[i], name))
      g_strv_builder_add (builder, before[i]);
  if (given)
    g_strv_builder_add (builder, name);
  after = g_strv_builder_end (builder);
  if (after[0] != NULL)
    g_variant_dict_insert (dict, "relaxations", "^as", after);
  else
    g_variant_dict_remove (dict, "relaxations");
}

/* What AddAuthority would be given for @record, as far as the dialog deals with it. */
static GVariantDict *
to_dict (const SignetAuthorityRecord *record)
{
  GVariantDict *dict = g_variant_dict_new (record->settings);

  insert_text (dict, "name", record->name);
  insert_text (dict, "url", record->url);
  insert_text (dict, "reference", record->reference);
  insert_anchors (dict, record->anchors);

  return dict;
}

static void
insert_name (const SignetAuthorityForm *self,
             GVariantDict              *dict)
{
  g_autoptr (GUri) uri = *self->url != '\0' ? g_uri_parse (self->url, G_URI_FLAGS_NONE, NULL) : NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  insert_text (dict, "name", *self->name != '\0' ? self->name : (host != NULL && *host != '\0' ? host : self->url));
  insert_text (dict, "url", self->url);
}

GVariant *
signet_authority_form_to_settings (const SignetAuthorityForm *self)
{
  GVariantDict dict;

  /* What is known of the system first: what stands in the dialog says it better. */
  g_variant_dict_init (&dict, self->preset != NULL ? self->preset->settings : NULL);
  insert_name (self, &dict);
  insert_text (&dict, "reference", self->reference);
  insert_text (&dict, "mac", self->mac);
  insert_text (&dict, "profile", self->profile);
  if (self->recognition == SIGNET_RECOGNISED_BY_FILE)
    insert_anchors (&dict, self->anchors);
  else if (self->recognition == SIGNET_RECOGNISED_BY_FINGERPRINT)
    insert_text (&dict, "anchor-fingerprint", self->fingerprint);
  else
    set_relaxation (&dict, CA_PUBS, TRUE);

  return g_variant_dict_end (&dict);
}

/* Roots that came with an answer stay while what they were recognised by does. */
static void
insert_recognition (const SignetAuthorityForm   *self,
                    const SignetAuthorityRecord *record,
                    GVariantDict                *dict)
{
  const char *fingerprint = signet_authority_lookup_text (record, "anchor-fingerprint", "");
  gboolean same = self->recognition == signet_authority_recognition (record)
                  && (self->recognition != SIGNET_RECOGNISED_BY_FINGERPRINT || g_str_equal (self->fingerprint, fingerprint));

  if (self->recognition == SIGNET_RECOGNISED_BY_FILE)
    {
      g_variant_dict_remove (dict, "anchors");
      insert_anchors (dict, self->anchors);
    }
  if (same)
    return;
  insert_text (dict, "anchor-fingerprint",
               self->recognition == SIGNET_RECOGNISED_BY_FINGERPRINT ? self->fingerprint : NULL);
  if (self->recognition != SIGNET_RECOGNISED_BY_FILE)
    g_variant_dict_remove (dict, "anchors");
  set_relaxation (dict, CA_PUBS, self->recognition == SIGNET_RECOGNISED_BY_FIRST_ANSWER);
}

/* Another system than it was taken for: its settings come in place of those that are a system's. */
static void
insert_preset (const SignetPreset *preset,
               GVariantDict       *dict)
{
  g_auto (GStrv) names = signet_preset_setting_names ();
  g_auto (GStrv) before = NULL;
  gboolean ca_pubs = g_variant_dict_lookup (dict, "relaxations", "^as", &before)
                     && g_strv_contains ((const char *const *) before, CA_PUBS);
  GVariantIter iter;
  const char *name;
  GVariant *value;

  for (guint i = 0; names[i] != NULL; i++)
    g_variant_dict_remove (dict, names[i]);
  g_variant_iter_init (&iter, preset->settings);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    g_variant_dict_insert_value (dict, name, value);
  if (ca_pubs)
    set_relaxation (dict, CA_PUBS, TRUE);
}

/* @name where @before and @after differ in it: into @changes, or into @unset. */
static void
compare (GVariantDict *before,
         GVariantDict *after,
         const char   *name,
         GVariantDict *changes,
         GStrvBuilder *unset)
{
  g_autoptr (GVariant) was = g_variant_dict_lookup_value (before, name, NULL);
  g_autoptr (GVariant) is = g_variant_dict_lookup_value (after, name, NULL);

  if (is == NULL && was != NULL)
    g_strv_builder_add (unset, name);
  else if (is != NULL && (was == NULL || !g_variant_equal (was, is)))
    g_variant_dict_insert_value (changes, name, is);
}

GVariant *
signet_authority_form_to_changes (const SignetAuthorityForm    *self,
                                  const SignetAuthorityRecord  *record,
                                  char                       ***unset)
{
  g_autoptr (GVariantDict) before = to_dict (record);
  g_autoptr (GVariantDict) after = to_dict (record);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) known = signet_preset_setting_names ();
  GVariantDict changes;

  if (self->preset != NULL)
    insert_preset (self->preset, after);
  insert_name (self, after);
  insert_text (after, "reference", self->reference);
  insert_text (after, "profile", self->profile);
  if (!g_str_equal (self->mac, signet_authority_lookup_text (record, "mac", "pbmac1")) || self->preset != NULL)
    insert_text (after, "mac", self->mac);
  insert_recognition (self, record, after);
  g_variant_dict_init (&changes, NULL);
  for (guint i = 0; shown[i] != NULL; i++)
    compare (before, after, shown[i], &changes, names);
  for (guint i = 0; known[i] != NULL; i++)
    if (!g_strv_contains (shown, known[i]))
      compare (before, after, known[i], &changes, names);
  *unset = g_strv_builder_end (names);

  return g_variant_dict_end (&changes);
}
