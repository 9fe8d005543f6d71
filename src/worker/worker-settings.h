/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* What the readers of a{sv} arguments share. */

/* Sets %SIGNET_WORKER_ERROR_INVALID and returns %FALSE. */
gboolean signet_worker_invalid (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
char *signet_worker_lookup_text (GVariant *dict, const char *name);
char *signet_worker_to_hex (GBytes *bytes);
