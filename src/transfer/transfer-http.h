/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "transfer/transfer.h"

/* HTTP(S) by libsoup, RFC 9811. Uses the thread-default main context; never blocks. */
#define SIGNET_TYPE_HTTP_TRANSFER (signet_http_transfer_get_type ())
G_DECLARE_FINAL_TYPE (SignetHttpTransfer, signet_http_transfer, SIGNET, HTTP_TRANSFER, GObject)
SignetHttpTransfer *signet_http_transfer_new (void);
/* Seconds that a connection which endpoints name is held with nothing to do (RFC 9811 §5 item 1); default 300. For those that
 * are made from now on. */
void signet_http_transfer_set_idle_timeout (SignetHttpTransfer *self, guint seconds);
/* How servers are reached: as @resolver says instead of what the system is set to. For what is sent from now on. */
void signet_http_transfer_set_proxy_resolver (SignetHttpTransfer *self, GProxyResolver *resolver);
