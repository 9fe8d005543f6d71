/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* What is known of the systems that people meet: one file each in data/authorities/. A preset only fills in settings of one
 * authority, each of which a person can change; where a fact is from stands in the file. */

typedef struct {
  char *name;                   /* "alias" */
  char *title;                  /* translated */
  char *example;
} SignetPresetPlaceholder;

/**
 * SignetPreset:
 * @id: the name of its file: "ejbca"
 * @name: of the system
 * @description: translated, one sentence
 * @source: where what is known is from
 * @template: (nullable): address with names in braces: "https://{host}/ejbca/publicweb/cmp/{alias}"
 * @placeholders: (element-type SignetPresetPlaceholder): what stands in these, in the order of the address
 * @settings: a{sv}: for AddAuthority; what is not in it is as ever
 * @notes: (array zero-terminated=1): translated: what a person should know of it beside the settings
 */
typedef struct {
  char *id;
  char *name;
  char *description;
  char *source;
  char *template;
  GPtrArray *placeholders;
  GVariant *settings;
  char **notes;
} SignetPreset;

void signet_preset_free (SignetPreset *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPreset, signet_preset_free)

/* (element-type SignetPreset) (transfer full): all, by name. A file that cannot be read is %G_KEY_FILE_ERROR with its name. */
GPtrArray *signet_presets_load (GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full): %G_KEY_FILE_ERROR_NOT_FOUND names those that there are. */
SignetPreset *signet_presets_find (const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What a preset may set, by the names of settings. (transfer full) (array zero-terminated=1) */
char **signet_preset_setting_names (void);
/* The folder that they lie in. (transfer full) */
char *signet_presets_folder (void);
/* One file, for tests. */
SignetPreset *signet_preset_read (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The address, with @values (name → text) in it: (transfer full). %NULL with %G_KEY_FILE_ERROR_INVALID_VALUE that says what is
 * missing or cannot stand there. */
char *signet_preset_make_url (const SignetPreset *self, GHashTable *values, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full) (array zero-terminated=1): one sentence for each thing that it sets, in the person's language. */
char **signet_preset_explain (const SignetPreset *self);
/* The same for the settings of an authority, whoever set them: those that are not as ever. */
char **signet_words_settings (GVariant *settings);
