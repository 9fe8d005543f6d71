/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-thread.h"

static GThread *responsive;             /* (nullable): set before there are others, and only compared */

void
signet_thread_keep_responsive (void)
{
  g_atomic_pointer_set (&responsive, g_thread_self ());
}

gboolean
signet_thread_is_kept_responsive (void)
{
  return g_atomic_pointer_get (&responsive) == g_thread_self ();
}
