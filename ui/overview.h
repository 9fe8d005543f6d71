/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "page.h"
#include "shell.h"

/* What needs the person, what goes on by itself, and what is fine. */
#define SIGNET_TYPE_OVERVIEW (signet_overview_get_type ())
G_DECLARE_FINAL_TYPE (SignetOverview, signet_overview, SIGNET, OVERVIEW, SignetPage)
GtkWidget *signet_overview_new (SignetClient *client);
/* How many things need the person. */
guint signet_overview_count (SignetClient *client);
