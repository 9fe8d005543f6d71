/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the other files of this folder see of an item: the template itself. */

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-item.h"

/* Controls; regInfo is encoded alike: RFC 4211 §3, §5. */
typedef STACK_OF (SignetTypeAndValue) SignetControls;
DECLARE_ASN1_ITEM (SignetControls)

const SignetCertTemplate *signet_cmp_item_get_template (SignetCmpItem *self);
const STACK_OF (SignetTypeAndValue) *signet_cmp_item_get_controls (SignetCmpItem *self);    /* (nullable) */
const STACK_OF (SignetTypeAndValue) *signet_cmp_item_get_reg_info (SignetCmpItem *self);    /* (nullable) */

/* An item put back together: DER CertRequest (its certReqId is passed over), DER of the regInfo (nullable). */
SignetCmpItem *signet_cmp_item_new_from_request (SignetKey *key, GBytes *cert_request, GBytes *reg_info, SignetCmpPopo popo,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The protocol key of an item that has its control already, from where it was sealed. */
void signet_cmp_item_take_protocol_key (SignetCmpItem *self, SignetKey *key);
/* DER CertRequest with this certReqId, and of the regInfo (nullable): (transfer full). */
GBytes *signet_cmp_item_get_request (SignetCmpItem *self, gint64 cert_req_id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_cmp_item_get_reg_info_der (SignetCmpItem *self);
