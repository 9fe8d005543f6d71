/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "page.h"
#include "shell.h"

/* One key: what kind, where it is kept, which certificates hold it. */
#define SIGNET_TYPE_KEY_PAGE (signet_key_page_get_type ())
G_DECLARE_FINAL_TYPE (SignetKeyPage, signet_key_page, SIGNET, KEY_PAGE, SignetPage)
GtkWidget *signet_key_page_new (SignetClient *client, gint64 id);
