/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-credentials.h"
#include "store/store-records.h"
#include "transfer/transfer.h"

/* One authority's settings between the interface (a{sv}), the store (a record) and those who act on them. */

SignetAuthorityRecord *signet_worker_authority_parse (GVariant *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetCmpAuthority *signet_worker_authority_to_cmp (const SignetAuthorityRecord *record, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetEndpoint *signet_worker_authority_to_endpoint (const SignetAuthorityRecord *record, const char *operation,
                                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_worker_authority_add_chain (const SignetAuthorityRecord *record, SignetCmpAuthority *authority,
                                        SignetCmpCredentials *credentials);
gboolean signet_worker_authority_is_one_time (const SignetAuthorityRecord *record);
gboolean signet_worker_authority_is_carriage (const char *name);
const char *signet_worker_authority_get_setting_type (const char *name);
