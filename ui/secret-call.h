/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gunixfdlist.h>

#include "shell.h"

/* Adds @size octets at @data, in anonymous memory, so that no message holds them. Returns the floating "ah" to put into the
 * call's arguments: without a member where @size is 0, %NULL with @error. */
GVariant *signet_secret_append (GUnixFDList *list, const void *data, gsize size, GError **error);
/* A descriptor list with @text as its only member; empty where @text is empty. *@handles: (out): as from
 * signet_secret_append (). (transfer full) */
GUnixFDList *signet_secret_list (const char *text, GVariant **handles, GError **error);
/* Whether somebody who reads along on the way to @url (nullable) could guess @code. */
gboolean signet_secret_is_exposed (const char *url, const char *code);
/* Says so where the code that was just kept for @authority is that of others, too (RFC 9045 §4.1). Later: it asks the worker. */
void signet_secret_warn_if_shared (SignetShell *shell, gint64 authority);
