/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* Message files, RFC 9483 §6.4.1: the DER of one PKIMessage and nothing else, named *.pki. Written whole or not at all. */
void signet_message_file_save_async (GFile *file, GBytes *message, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
gboolean signet_message_file_save_finish (GFile *file, GAsyncResult *result, GError **error);
/* Octets of a reply as a person has them: DER, PEM, base64 with or without line ends, or one such part of a mail (a later
 * issue); at most 1 MiB. (transfer full) DER, or %NULL with @error. */
GBytes *signet_message_file_decode (GBytes *contents, GError **error) G_GNUC_WARN_UNUSED_RESULT;
