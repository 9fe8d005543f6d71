/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/cli-options.h"

/* Rows of the store on the terminal and in JSON. Texts are for a person and change; JSON's names are for programs and stay. */

/* The object of one row, added under @key. */
void signet_cli_add_item (SignetCli *cli, SignetJson *json, const char *key, SignetItem *item);
void signet_cli_add_message (SignetJson *json, const SignetMessageRecord *message);
/* A line for each fact. */
void signet_cli_print_item (SignetCli *cli, SignetItem *item);
void signet_cli_print_message (const SignetMessageRecord *message);
/* One row of a list: (transfer full), columns as many as its header has. */
char **signet_cli_item_header (SignetCliKind kind);
char **signet_cli_item_columns (SignetCli *cli, SignetItem *item);
/* Columns of equal width, cut to the eye only: texts in columns are never shortened. @rows: (element-type GStrv) */
void signet_cli_print_table (char **header, GPtrArray *rows);
/* One item, as JSON under its kind's name or as text. */
void signet_cli_show_item (SignetCli *cli, SignetItem *item);
/* "authority": untranslated. */
const char *signet_cli_kind_name (SignetCliKind kind);
/* The list of one kind under its plural @name, as "signetctl list" prints it. */
void signet_cli_print_list (SignetCli *cli, const char *name, SignetCliKind kind);
SignetCliKind signet_cli_item_kind (SignetItem *item);

/* The answer of AskAuthority about certReqTemplate: (transfer full). @identity: 0, or the certificate that signs; @profile: (nullable) */
GVariant *signet_cli_ask_template (SignetCli *cli, gint64 authority, gint64 identity, const char *profile, GError **error);
SignetCliStatus signet_cli_run_template (SignetCli *cli, char **args, GError **error);
/* What FetchRoots finds. */
SignetCliStatus signet_cli_run_roots (SignetCli *cli, char **args, GError **error);
