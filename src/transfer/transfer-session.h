/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

/* What every exchange over HTTP has: a session that a server can abuse for nothing, and an end. */

/* (transfer full): decompresses nothing, which a server could make endless; knows no passwords and no cookies.
 * @idle_timeout: seconds that a connection waits for the next message; 0: as long as it wants. */
SoupSession *signet_transfer_session_new (guint idle_timeout);

/* Part of what one exchange knows; not to be moved once begun. */
typedef struct {
  GCancellable *cancellable;            /* for the exchange: the caller's or the time limit's */
  GCancellable *outer;                  /* (nullable): the caller's */
  gulong outer_handler;
  GSource *timer;
  gboolean timed_out;
} SignetTransferLimit;

/* @outer: (nullable): cancels as well. @seconds: for the whole exchange, in the thread-default main context. */
void signet_transfer_limit_begin (SignetTransferLimit *self, GCancellable *outer, guint seconds);
/* Whether the caller gave up, which counts before the time limit. */
gboolean signet_transfer_limit_is_given_up (const SignetTransferLimit *self);
/* One that was never begun, too. */
void signet_transfer_limit_clear (SignetTransferLimit *self);
