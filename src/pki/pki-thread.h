/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* The thread of a program's main loop must never wait for cryptography or the disk. A program says which thread that is;
 * whatever takes its time asks, in builds with debug information, that it is not called there. */

/* This thread, from now on. */
void signet_thread_keep_responsive (void);
/* Whether this thread was named so. */
gboolean signet_thread_is_kept_responsive (void);

#ifdef SIGNET_DEBUG
#define signet_assert_may_take_time() g_assert (!signet_thread_is_kept_responsive ())
#else
#define signet_assert_may_take_time() ((void) 0)
#endif
