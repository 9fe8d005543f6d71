/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shell.h"

/* Asks for the passphrase of the locked store over the window that @shell is, and hands it to the worker. */
void signet_unlock_ask (SignetShell *shell);
