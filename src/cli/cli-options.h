/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/cli.h"

/* What names a row on the command line: "r1" request, "c1" certificate, "k1" key, "a1" authority; "1" where the command
 * takes one kind only. */
typedef enum {
  SIGNET_CLI_KIND_AUTHORITY = 'a',
  SIGNET_CLI_KIND_CERTIFICATE = 'c',
  SIGNET_CLI_KIND_KEY = 'k',
  SIGNET_CLI_KIND_REQUEST = 'r',
} SignetCliKind;

/* @kinds: letters that are allowed, the first is meant by a bare number unless several are allowed. */
gboolean signet_cli_parse_id (const char *text, const char *kinds, SignetCliKind *kind, gint64 *id, GError **error);
/* "r1"; (transfer full) */
char *signet_cli_format_id (SignetCliKind kind, gint64 id);
/* An authority by its ID or, where exactly one bears it, its name. */
gboolean signet_cli_find_authority (SignetCli *cli, const char *text, gint64 *id, GError **error);
/* The list of a kind and its row @id: (transfer full), %NULL with %SIGNET_CLI_NOT_FOUND. */
GListModel *signet_cli_model (SignetCli *cli, SignetCliKind kind);
SignetItem *signet_cli_lookup (SignetCli *cli, SignetCliKind kind, gint64 id, GError **error);
/* The row once it is in its list, for one that was just made: waits for the worker's word of it. */
SignetItem *signet_cli_await (SignetCli *cli, SignetCliKind kind, gint64 id, GError **error);
/* "90", "90s", "15m", "2h", "3d" in seconds. */
gboolean signet_cli_parse_duration (const char *text, int *seconds, GError **error);
