/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

/* Secrets come by file, by descriptor or from the terminal, never as an argument, and go on as a sealed memory file. */

/* A list of one descriptor that holds the secret without its last line end: read from @file, else from @fd, else asked for
 * on the terminal with @prompt. With none of these an empty list. (transfer full), %NULL with @error. */
GUnixFDList *signet_cli_secret_list (const char *file, int fd, const char *prompt, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The "(ah)" of a method that takes only the secret. (transfer floating) */
GVariant *signet_cli_secret_argument (GUnixFDList *fds);
/* The "ah" alone: index 0 where @fds holds one. (transfer floating) */
GVariant *signet_cli_secret_handles (GUnixFDList *fds);
/* The contents of a file as a descriptor, octet for octet. */
GUnixFDList *signet_cli_file_list (const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Fewer characters than a code needs whose protection anyone on the way may try to break at leisure. */
gboolean signet_cli_secret_is_short (GUnixFDList *fds);
/* Appends @more's descriptor to @fds. */
gboolean signet_cli_secret_append (GUnixFDList *fds, GUnixFDList *more, GError **error);
