/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "page.h"
#include "shell.h"

/* One request as a timeline that moves by itself, with what can be done now and the messages that were exchanged. */
#define SIGNET_TYPE_REQUEST_PAGE (signet_request_page_get_type ())
G_DECLARE_FINAL_TYPE (SignetRequestPage, signet_request_page, SIGNET, REQUEST_PAGE, SignetPage)
GtkWidget *signet_request_page_new (SignetClient *client, gint64 id);
