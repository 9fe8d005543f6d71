/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shell.h"

/* Asks for an authority's address, code and anchor, and adds it. */
#define SIGNET_TYPE_AUTHORITY_DIALOG (signet_authority_dialog_get_type ())
G_DECLARE_FINAL_TYPE (SignetAuthorityDialog, signet_authority_dialog, SIGNET, AUTHORITY_DIALOG, AdwWindow)
GtkWidget *signet_authority_dialog_new (SignetShell *shell);
