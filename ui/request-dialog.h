/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shell.h"

/* Asks what certificate is wanted and for whom, and requests it. What has one possible answer is not asked. */
#define SIGNET_TYPE_REQUEST_DIALOG (signet_request_dialog_get_type ())
G_DECLARE_FINAL_TYPE (SignetRequestDialog, signet_request_dialog, SIGNET, REQUEST_DIALOG, AdwWindow)
GtkWidget *signet_request_dialog_new (SignetShell *shell);
/* The same with everything that @record asked for, to be mended and sent as another request. */
GtkWidget *signet_request_dialog_new_like (SignetShell *shell, const SignetRequestRecord *record);
