/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shell.h"

/* Asks for an authority's address, code and anchor, and adds it; or shows what is set for one, and changes it. */
#define SIGNET_TYPE_AUTHORITY_DIALOG (signet_authority_dialog_get_type ())
G_DECLARE_FINAL_TYPE (SignetAuthorityDialog, signet_authority_dialog, SIGNET, AUTHORITY_DIALOG, AdwWindow)
GtkWidget *signet_authority_dialog_new (SignetShell *shell);
/* @authority: a SignetAuthorityItem, which is changed */
GtkWidget *signet_authority_dialog_new_for (SignetShell *shell, SignetItem *authority);
