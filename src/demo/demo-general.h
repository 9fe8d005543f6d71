/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/cmp.h>

#include "demo/demo-ca.h"

/* What the demo authority tells by general message (RFC 9483 §4.3): caCerts and certReqTemplate; of all else that it is not known
 * (unsupportedOIDs). (transfer full) (nullable) */
STACK_OF (OSSL_CMP_ITAV) *signet_demo_general_answer (SignetDemoCa *ca, const STACK_OF (OSSL_CMP_ITAV) *questions);
