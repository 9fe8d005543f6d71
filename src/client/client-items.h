/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client/client.h"

/* How items are made of rows; each takes the record over. May be called in any thread. */
SignetItem *signet_authority_item_new (SignetAuthorityRecord *record);
SignetItem *signet_request_item_new (SignetRequestRecord *record, const char *authority_name);
SignetItem *signet_certificate_item_new (SignetCertificateRecord *record);
SignetItem *signet_key_item_new (SignetKeyRecord *record);
