/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "client/client-words.h"

/* A row about one thing: icon, title, a line of facts, and a status sentence whose tone is never told by colour alone. */
#define SIGNET_TYPE_OBJECT_ROW (signet_object_row_get_type ())
G_DECLARE_FINAL_TYPE (SignetObjectRow, signet_object_row, SIGNET, OBJECT_ROW, GtkWidget)

GtkWidget *signet_object_row_new (void);
void signet_object_row_set_icon (SignetObjectRow *self, const char *icon_name);
/* Texts of a peer or a person: shown as they are, without markup. */
void signet_object_row_set_texts (SignetObjectRow *self, const char *title, const char *facts);
void signet_object_row_set_status (SignetObjectRow *self, const char *status, SignetTone tone);
/* A fact beside the text that is no status: without an icon. */
void signet_object_row_set_note (SignetObjectRow *self, const char *note);
/* Under the text rather than beside it. */
void signet_object_row_set_narrow (SignetObjectRow *self, gboolean narrow);

const char *signet_tone_icon (SignetTone tone);
/* A style class of Adwaita's; %NULL for none. */
const char *signet_tone_class (SignetTone tone);
