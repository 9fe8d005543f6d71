/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shell.h"

/* The window: five views, and pages over them. */
#define SIGNET_TYPE_WINDOW (signet_window_get_type ())
G_DECLARE_FINAL_TYPE (SignetWindow, signet_window, SIGNET, WINDOW, AdwApplicationWindow)
GtkWidget *signet_window_new (GtkApplication *application, SignetClient *client);
void signet_window_import_file (SignetWindow *self, GFile *file);
/* "overview", "certificates", "requests", "keys", "authorities" */
void signet_window_show_view (SignetWindow *self, const char *name);
