/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-transaction.h"

void signet_cmp_difference_free (SignetCmpDifference *self);
/* Whether @certificate holds the key that was asked for: R153. */
gboolean signet_cmp_compare_key (SignetCmpItem *item, SignetCertificate *certificate);
/* What was asked for and granted otherwise, field by field; what the authority added where nothing was asked for is no
 * difference. (transfer full) (element-type SignetCmpDifference) */
GPtrArray *signet_cmp_compare (SignetCmpItem *item, SignetCertificate *certificate);
