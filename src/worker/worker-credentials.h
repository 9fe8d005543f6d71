/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-credentials.h"
#include "store/store.h"

gint64 signet_worker_credentials_choose_identity (SignetStore *store, const SignetAuthorityRecord *authority,
                                                  gint64 identity_id, gint64 now);
/* With what requests to one authority are protected. */
SignetCmpCredentials *signet_worker_credentials_find (SignetStore *store, const SignetAuthorityRecord *authority,
                                                      gint64 identity_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "ir" or "cr". */
const char *signet_worker_credentials_choose_operation (SignetStore *store, const SignetAuthorityRecord *authority,
                                                        gint64 identity_id);
