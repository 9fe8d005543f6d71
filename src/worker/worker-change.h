/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store-records.h"

/* A change of the settings of an authority that the store has. */

SignetAuthorityRecord *signet_worker_change_apply (const SignetAuthorityRecord *record, GVariant *changes,
                                                   const char *const *unset, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *signet_worker_change_find_held (const SignetAuthorityRecord *record, const SignetAuthorityRecord *changed);
