/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* Nonces, transaction IDs and salts: from libcrypto's generator, or from what signet_cmp_set_random_for_tests () set.
 * No key is ever made from it. */
gboolean signet_cmp_random (guint8 *buffer, gsize size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same as GBytes: (transfer full), %NULL with @error. */
GBytes *signet_cmp_random_bytes (gsize size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
