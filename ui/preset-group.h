/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client/client-presets.h"

/* Which system an authority runs, for those who know: tells what is set for it, and asks for what its address needs. Signals
 * "changed" when the choice or what was typed changes, and "problem" with words where the list cannot be read. */
#define SIGNET_TYPE_PRESET_GROUP (signet_preset_group_get_type ())
G_DECLARE_FINAL_TYPE (SignetPresetGroup, signet_preset_group, SIGNET, PRESET_GROUP, AdwPreferencesGroup)

/* (transfer none) (nullable): %NULL for another system than those that are known. */
const SignetPreset *signet_preset_group_get_preset (SignetPresetGroup *self);
/* What the first choice is called, in place of "Another, or not known". */
void signet_preset_group_set_none (SignetPresetGroup *self, const char *words);
/* The address that follows from what was typed: (transfer full) (nullable): not all of it is there, or it has no pattern. */
char *signet_preset_group_make_url (SignetPresetGroup *self);
