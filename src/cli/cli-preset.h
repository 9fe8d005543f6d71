/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cli/cli.h"

/* "authority presets" */
SignetCliStatus signet_cli_run_presets (SignetCli *cli, char **args, GError **error);
