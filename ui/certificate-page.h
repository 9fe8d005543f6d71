/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "page.h"
#include "shell.h"

/* One certificate: status with its evidence, what it is valid for, who issued it, its key, and the technical part. */
#define SIGNET_TYPE_CERTIFICATE_PAGE (signet_certificate_page_get_type ())
G_DECLARE_FINAL_TYPE (SignetCertificatePage, signet_certificate_page, SIGNET, CERTIFICATE_PAGE, SignetPage)
GtkWidget *signet_certificate_page_new (SignetClient *client, gint64 id);
