/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "demo/demo-ca.h"

/* What the demo authority tells by general message (RFC 9483 §4.3): caCerts and certReqTemplate, both to who asks nothing; of all
 * else that it is not known (unsupportedOIDs). @questions: DER GenMsgContent. libcrypto's own items are of another kind in each of its
 * releases, so these are ours. DER GenRepContent: (transfer full) (nullable) */
GBytes *signet_demo_general_answer (SignetDemoCa *ca, GBytes *questions);
