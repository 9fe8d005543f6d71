/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* Writes @contents whole or not at all, synced, with @mode; what is there already stays unless @force. "-": standard
 * output. */
gboolean signet_cli_write_file (const char *path, GBytes *contents, int mode, gboolean force, GError **error);
/* At most @max octets of @path; "-": standard input. (transfer full) */
GBytes *signet_cli_read_file (const char *path, gsize max, GError **error) G_GNUC_WARN_UNUSED_RESULT;
