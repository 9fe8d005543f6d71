/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui-kit.h"

/* An authority as a process of its own, which behaves as its options say. */
typedef struct
{
  GSubprocess *process;
  int lifeline;
  char *folder;                 /* of its state */
  char *url;
  char *reference;
  char *secret;
  char *anchor_file;
  char *fingerprint;            /* of the anchor: hexadecimal */
} UiAuthority;

/* @options: of signet-demo-ca, NULL-terminated. */
void ui_authority_start (UiAuthority *self, const char *const *options);
void ui_authority_stop (UiAuthority *self);
/* signet-demo-ca with @words beside its --state; must succeed. What it prints: (transfer full) */
char *ui_authority_run (UiAuthority *self, const char *const *words);
/* Lets @kit's worker know it, by its anchor and, where @with_code, its code. Returns its row. */
gint64 ui_authority_add (UiAuthority *self, UiKit *kit, gboolean with_code);
/* A PKI of its own: root.pem, and person.p12 with the password "open me", in @folder. */
void ui_authority_make_identity (const char *folder);
