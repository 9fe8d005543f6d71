/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

/* Gives @dialog one field for a password, labelled @label. */
GtkEditable *signet_password_group_add (AdwMessageDialog *dialog, const char *label);
/* What was typed there; (transfer none). */
const char *signet_password_group_get (AdwMessageDialog *dialog);
