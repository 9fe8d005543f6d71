/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-secret.h"
#include "store/store.h"

/* What leaves the store for the person's files: "pem", "der", "pkcs12" (with key and chain, needs @password). */
GBytes *signet_worker_export_certificate (SignetStore *store, gint64 certificate, const char *format, SignetSecret *password,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
