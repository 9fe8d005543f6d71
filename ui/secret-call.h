/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gunixfdlist.h>

#include "shell.h"

/* A descriptor list with @text in anonymous memory as its only member, so that no message holds it; empty where @text is
 * empty. *@handles: (out): floating "ah" to put into the call's arguments. (transfer full) */
GUnixFDList *signet_secret_list (const char *text, GVariant **handles, GError **error);
