/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/* Any CMP message in words, with a line on whether its protection checks where a request of the store can tell. */
gboolean signet_worker_inspect (SignetStore *store, GBytes *contents, gint64 now, char **text, GVariant **tree,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
