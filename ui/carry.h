/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shell.h"

/* Messages that a person carries between Signet and an authority. @widget: any within a shell. */

/* Asks where to save the message of request @id that waits to be sent. */
void signet_carry_save (GtkWidget *widget, gint64 id);
/* Opens a mail in the person's mail program with that message attached; where none opens, offers to save it. */
void signet_carry_mail (GtkWidget *widget, gint64 id);
/* Asks for a file with a reply, and hands it to the worker, which finds its request by itself. */
void signet_carry_import (GtkWidget *widget);
void signet_carry_import_file (GtkWidget *widget, GFile *file);
