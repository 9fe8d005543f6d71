/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "application.h"

/* The application in this process, on a store of its own, with the real worker as a process of its own. */
typedef struct
{
  char *home;
  char *passphrase_file;
  SignetApplication *application;
  SignetClient *client;
  GtkWidget *window;
  guint activations;            /* of buttons, by ui_kit_activate () */
} UiKit;

void ui_kit_set_up (UiKit *kit);
void ui_kit_tear_down (UiKit *kit);
typedef gboolean (*UiCondition) (UiKit *kit);
/* Runs the main loop until @condition holds; a test that waits a minute has failed. */
void ui_kit_wait (UiKit *kit, UiCondition condition);
/* Lets everything that is due happen, frames included. */
void ui_kit_settle (UiKit *kit);
/* The visible widget below @root of @type whose property @name has the text @value; %NULL for none. */
GtkWidget *ui_kit_find (GtkWidget *root, GType type, const char *name, const char *value);
/* The open window of @type. */
GtkWidget *ui_kit_window (UiKit *kit, GType type);
/* What a click does. */
void ui_kit_activate (UiKit *kit, GtkWidget *button);
guint ui_kit_count (GListModel *model);
