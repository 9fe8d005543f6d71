/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "transfer/transfer.h"

/* What an HTTP answer is to CMP: a message, or an error in words. */

/* @content_type: (nullable); @location: (nullable): of a redirect. (transfer full), or %NULL with %SIGNET_TRANSFER_ERROR. */
GBytes *signet_transfer_read_answer (guint status, const char *reason, const char *content_type, const char *location,
                                     GBytes *body, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether @octets are one SEQUENCE in DER, to the last octet. */
gboolean signet_transfer_looks_like_message (GBytes *octets);
/* At most @size octets of a peer's words as one line of plain text: bounded, without control characters. (nullable): nothing is
 * left. (transfer full) */
char *signet_transfer_plain_line (const char *text, gsize size);
