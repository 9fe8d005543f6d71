/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/**
 * SignetSecret:
 *
 * Octets that must not be found anywhere else: a code, a password, a private key's encoding. Kept in libcrypto's secure
 * heap (locked, left out of core dumps) and cleansed when the last reference goes. Immutable; references may be taken
 * and dropped in any thread.
 */
typedef struct _SignetSecret SignetSecret;
#define SIGNET_TYPE_SECRET (signet_secret_get_type ())
GType signet_secret_get_type (void);

/* Once a process, before any key or secret exists: secure heap, no core dumps, not traceable by others. */
void signet_secret_harden_process (void);

SignetSecret *signet_secret_new (gconstpointer data, gsize size);
SignetSecret *signet_secret_new_random (gsize size) G_GNUC_WARN_UNUSED_RESULT;
/* Cleanses @data, then frees it: for octets that a library insists on handing out with g_malloc (). */
SignetSecret *signet_secret_new_take (gpointer data, gsize size);
/* Reads to the end of @fd, at most @max octets; one trailing line end (LF or CRLF) is dropped when @text. */
SignetSecret *signet_secret_new_from_fd (int fd, gsize max, gboolean text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetSecret *signet_secret_new_from_file (const char *path, gsize max, gboolean text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetSecret *signet_secret_ref (SignetSecret *self);
void signet_secret_unref (SignetSecret *self);
const guint8 *signet_secret_get_data (SignetSecret *self, gsize *size);
gsize signet_secret_get_size (SignetSecret *self);
/* Constant time in the contents. */
gboolean signet_secret_equal (SignetSecret *a, SignetSecret *b);
/* A pipe or memfd holding the secret, to hand it to another process: (transfer full) descriptor, or -1 with @error. */
int signet_secret_to_fd (SignetSecret *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetSecret, signet_secret_unref)
