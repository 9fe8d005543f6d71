/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-authority.h"
#include "cmp/cmp-credentials.h"
#include "cmp/cmp-item.h"

/**
 * signet_cmp_pop_make:
 * @cert_request: DER CertRequest of @item: what a signature goes over
 * @authority: whose settings may allow raVerified
 * @credentials: who the request is from: with a template that has no subject, the proof says it (RFC 4211 §4.1)
 * @popo: (out) (nullable): %NULL where the authority makes the key (RFC 9483 §4.1.6)
 *
 * The proof that the private key of @item is at hand: RFC 9810 §5.2.8, RFC 4211 §4.
 */
gboolean signet_cmp_pop_make (SignetCmpItem *item, GBytes *cert_request, SignetCmpAuthority *authority,
                              SignetCmpCredentials *credentials, SignetProofOfPossession **popo,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What SIGNET_CMP_POPO_DEFAULT comes to for @item. */
SignetCmpPopo signet_cmp_pop_choose (SignetCmpItem *item);
