/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shell.h"

/* Shows a CMP message in words, in a window of its own. */
void signet_inspect_message (GtkWidget *widget, GBytes *octets);
