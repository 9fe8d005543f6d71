/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shell.h"

/* Asks where to save @octets and saves them whole or not at all; @private: readable by this user alone. */
void signet_save_octets (GtkWidget *widget, const char *title, const char *file_name, GBytes *octets, gboolean private);

typedef void (*SignetFileChosen) (GtkWidget *widget, GFile *file);
/* Asks for a file; nothing happens when the person does not choose one. @patterns: %NULL-terminated. */
void signet_choose_file (GtkWidget *widget, const char *title, const char *kind, const char *const *patterns,
                         SignetFileChosen chosen);
