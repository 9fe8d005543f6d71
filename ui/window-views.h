/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "list-view.h"

/* The list views of the window with their rows, search and empty states. */
GtkWidget *signet_certificates_view_new (SignetClient *client);
GtkWidget *signet_requests_view_new (SignetClient *client);
GtkWidget *signet_keys_view_new (SignetClient *client);
GtkWidget *signet_authorities_view_new (SignetClient *client);
