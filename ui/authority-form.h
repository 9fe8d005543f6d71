/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "client/client.h"
#include "client/client-presets.h"

/* What stands in the dialog about an authority, as settings for the worker. */

typedef enum
{
  SIGNET_RECOGNISED_BY_FILE,            /* in the order of the dialog's choice */
  SIGNET_RECOGNISED_BY_FINGERPRINT,
  SIGNET_RECOGNISED_BY_FIRST_ANSWER
} SignetRecognition;

/* Strings are never %NULL; an empty one is none. */
typedef struct
{
  const char *name;
  const char *url;
  const char *reference;
  const char *mac;
  const char *profile;
  const char *fingerprint;
  SignetRecognition recognition;
  GPtrArray *anchors;                   /* (element-type GBytes): DER, by file */
  const SignetPreset *preset;           /* (nullable): of the system that was chosen */
} SignetAuthorityForm;

SignetRecognition signet_authority_recognition (const SignetAuthorityRecord *record);
const char *signet_authority_lookup_text (const SignetAuthorityRecord *record, const char *setting, const char *otherwise);
/* a{sv} for AddAuthority: floating. */
GVariant *signet_authority_form_to_settings (const SignetAuthorityForm *self);
/* For ChangeAuthority: what differs from @record, as floating a{sv}, and in @unset (out) (transfer full) what is as ever again. */
GVariant *signet_authority_form_to_changes (const SignetAuthorityForm *self, const SignetAuthorityRecord *record, char ***unset);
