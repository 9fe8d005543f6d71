/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/**
 * signet_transfer_fetch_async:
 * @url: http or https, from a source that the caller trusts to name addresses; user info is refused
 * @size_limit: octets
 * @timeout: seconds, for the whole of it
 * @cancellable: (nullable): ends it
 *
 * Gets what lies at an address where an authority publishes certificates (RFC 5280 §4.2.2.1). Nothing is said there of who asks: no
 * cookie, no password, no client certificate. No redirect is followed. Uses the thread-default main context.
 */
void signet_transfer_fetch_async (const char *url, gsize size_limit, guint timeout, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full): the octets, of whatever kind, since what a server says of their type is a hint at best; %NULL with
 * %SIGNET_TRANSFER_ERROR or %G_IO_ERROR_CANCELLED. */
GBytes *signet_transfer_fetch_finish (GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
