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
  gpointer data;                /* a test's own, for its conditions */
} UiKit;

/* A test in a process of its own: a process has one application. */
void ui_kit_add_test (const char *path, GTestFunc run);
void ui_kit_set_up (UiKit *kit);
void ui_kit_tear_down (UiKit *kit);
typedef gboolean (*UiCondition) (UiKit *kit);
/* Runs the main loop until @condition holds; a test that waits a minute has failed. */
void ui_kit_wait (UiKit *kit, UiCondition condition);
/* Lets everything that is due happen, frames included. */
void ui_kit_settle (UiKit *kit);
/* The visible widget below @root of @type whose property @name has the text @value; %NULL for none. */
GtkWidget *ui_kit_find (GtkWidget *root, GType type, const char *name, const char *value);
/* The visible label below @root that shows @words, among others; %NULL for none. */
GtkWidget *ui_kit_find_text (GtkWidget *root, const char *words);
/* Such a label is there, or comes; a test that waits a minute has failed. */
void ui_kit_assert_says (GtkWidget *root, const char *words);
/* The open window of @type. */
GtkWidget *ui_kit_window (UiKit *kit, GType type);
/* What a click does. */
void ui_kit_activate (UiKit *kit, GtkWidget *button);
guint ui_kit_count (GListModel *model);
/* One of @row's choices whose words begin with @words; there must be one. */
void ui_kit_select (UiKit *kit, GtkWidget *row, const char *words);
/* Types into a row with the title @title below @root. */
void ui_kit_type (UiKit *kit, GtkWidget *root, const char *title, const char *text);
/* What a person does with the open file dialog: @path is chosen. */
void ui_kit_choose_file (UiKit *kit, const char *path);
/* The open message dialog; waited for. */
GtkWidget *ui_kit_message_dialog (UiKit *kit);
/* A call of the worker that must succeed. @secret: (nullable): its only descriptor. @arguments: floating. (transfer full) */
GVariant *ui_kit_call (UiKit *kit, const char *method, GVariant *arguments, const char *secret);
/* Asks @authority by @kit's worker for a certificate for "CN=Maria", with @changes: (nullable): "{'offline': <true>}".
 * Returns the request's row. */
gint64 ui_kit_request (UiKit *kit, gint64 authority, const char *changes);
/* Row @id, which must be there; valid until the main loop runs again. */
const SignetRequestRecord *ui_kit_get_request (UiKit *kit, gint64 id);
