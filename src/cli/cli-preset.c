/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-output.h"
#include "cli/cli-preset.h"
#include "client/client-presets.h"

static void
add_json (SignetJson         *json,
          const SignetPreset *preset)
{
  g_auto (GStrv) sentences = signet_preset_explain (preset);

  signet_json_begin_object (json, NULL);
  signet_json_add_string (json, "id", preset->id);
  signet_json_add_string (json, "name", preset->name);
  signet_json_add_string (json, "description", preset->description);
  signet_json_add_string (json, "address", preset->template);
  signet_json_begin_array (json, "fill");
  for (guint i = 0; i < preset->placeholders->len; i++)
    {
      const SignetPresetPlaceholder *placeholder = g_ptr_array_index (preset->placeholders, i);

      signet_json_begin_object (json, NULL);
      signet_json_add_string (json, "name", placeholder->name);
      signet_json_add_string (json, "title", placeholder->title);
      signet_json_add_string (json, "example", placeholder->example);
      signet_json_end_object (json);
    }
  signet_json_end_array (json);
  signet_json_add_variant (json, "settings", preset->settings);
  signet_json_add_strv (json, "sets", (const char *const *) sentences);
  signet_json_add_strv (json, "notes", (const char *const *) preset->notes);
  signet_json_end_object (json);
}

static void
print_text (const SignetPreset *preset)
{
  g_auto (GStrv) sentences = signet_preset_explain (preset);

  g_print ("%s: %s\n", preset->id, preset->name);
  g_print ("  %s\n", preset->description);
  if (preset->template != NULL)
    g_print ("  %s\n", preset->template);
  for (guint i = 0; i < preset->placeholders->len; i++)
    {
      const SignetPresetPlaceholder *placeholder = g_ptr_array_index (preset->placeholders, i);

      g_print ("    --fill %s=%s  %s\n", placeholder->name, placeholder->example, placeholder->title);
    }
  for (guint i = 0; sentences[i] != NULL; i++)
    g_print ("  + %s\n", sentences[i]);
  for (guint i = 0; preset->notes[i] != NULL; i++)
    g_print ("  - %s\n", preset->notes[i]);
}

SignetCliStatus
signet_cli_run_presets (SignetCli  *cli,
                        char      **args,
                        GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (GPtrArray) presets = NULL;
  SignetJson *json = NULL;

  if (!signet_cli_parse (cli, &words, NULL, NULL,
                         _("Lists the systems that are known, what “authority add --preset” sets for each (+), and what to know of it "
                           "beside that (-)."), 0, 0, error))
    return SIGNET_CLI_USAGE;
  presets = signet_presets_load (error);
  if (presets == NULL)
    return SIGNET_CLI_FAILED;
  if (cli->json)
    {
      json = signet_json_new ();
      signet_json_begin_object (json, NULL);
      signet_json_begin_array (json, "presets");
    }
  for (guint i = 0; i < presets->len; i++)
    if (json != NULL)
      add_json (json, g_ptr_array_index (presets, i));
    else
      print_text (g_ptr_array_index (presets, i));
  if (json != NULL)
    {
      signet_json_end_array (json);
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }

  return SIGNET_CLI_DONE;
}
