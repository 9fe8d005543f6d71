/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "page.h"
#include "shell.h"

/* One authority: how it is reached and recognised; a new code; removing it. */
#define SIGNET_TYPE_AUTHORITY_PAGE (signet_authority_page_get_type ())
G_DECLARE_FINAL_TYPE (SignetAuthorityPage, signet_authority_page, SIGNET, AUTHORITY_PAGE, SignetPage)
GtkWidget *signet_authority_page_new (SignetClient *client, gint64 id);
