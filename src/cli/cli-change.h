/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/cli.h"

/* "authority change". */
SignetCliStatus signet_cli_run_change (SignetCli *cli, char **args, GError **error);
