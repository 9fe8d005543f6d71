/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-secret.h"
#include "store/store.h"

/* A PEM or PKCS #12 identity of another PKI. Returns the row of its certificate, or 0 with @error. */
gint64 signet_worker_import_identity (SignetStore *store, GBytes *file, SignetSecret *password, gint64 now, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* Which request a message belongs to: its row, or 0 with @error that says whose it is or that nobody's. @der: (out): the
 * message itself, out of PEM or base64. @wanted: 0, or the row it must belong to. */
gint64 signet_worker_import_find_request (SignetStore *store, gint64 wanted, GBytes *contents, GBytes **der, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
