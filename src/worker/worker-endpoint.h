/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"
#include "transfer/transfer.h"

/* Where the messages of @request go, with what the settings of its authority want of a connection: (transfer full) */
SignetEndpoint *signet_worker_endpoint_new (SignetStore *store, const SignetAuthorityRecord *authority,
                                            const SignetRequestRecord *request, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The name under which the connection of the request with row @id is kept: (transfer full) */
char *signet_worker_endpoint_name_connection (gint64 id);
/* Whether the certificate with row @id can tell a TLS server who asks: its key is here. */
gboolean signet_worker_endpoint_check_identity (SignetStore *store, gint64 id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
