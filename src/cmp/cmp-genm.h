/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-genm-item.h"
#include "pki/pki-certificate.h"

/*
 * Questions of a genm and which answer belongs to which: RFC 9810 §5.3.19, RFC 9483 §4.3. Nothing here knows messages: items go into and
 * come out of signet_cmp_genm_encode () and signet_cmp_genm_decode (), after the genp was authenticated.
 */

/* A question that has no value: all of id-it that a client may ask but keyPairParamReq, revPassphrase, suppLangTags and
 * crlStatusList. rootCaCert: about the root that the authority takes for the current one. Errors: %SIGNET_CMP_ERROR_UNSUPPORTED for
 * what is an answer only, belongs into the header only, or needs a value. */
SignetCmpGenmItem *signet_cmp_genm_ask (SignetCmpInfoType type, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* keyPairParamReq: @algorithm by name or OID. */
SignetCmpGenmItem *signet_cmp_genm_ask_key_pair_parameters (const char *algorithm, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* suppLangTags, most wanted first, each a tag of RFC 5646: one at least. */
SignetCmpGenmItem *signet_cmp_genm_ask_language (const char *const *tags, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* rootCaCert: what comes after @root (RFC 9483 §4.3.2). */
SignetCmpGenmItem *signet_cmp_genm_ask_root_update (SignetCertificate *root);

/* Whether the GenMsgContent @content asks about @type. */
gboolean signet_cmp_genm_asks (GBytes *content, SignetCmpInfoType type);
/* Whether an InfoTypeAndValue needs a message of version cmp2021(3): a revPassphrase in EnvelopedData (RFC 9810 App. B). @value: (nullable) */
gboolean signet_cmp_genm_needs_2021 (const char *oid, GBytes *value);

/* The infoType that answers @type: 20 is answered by 18, 22 by 23, 10 by 11, every other one by itself. */
SignetCmpInfoType signet_cmp_genm_answer_type (SignetCmpInfoType type);

/**
 * signet_cmp_genm_find_answer:
 * @question: an item that was sent
 * @items: (element-type SignetCmpGenmItem): the items of the genp
 * @error: (out) (optional): %SIGNET_CMP_ERROR_UNSUPPORTED where unsupportedOIDs names the question, %SIGNET_CMP_ERROR_CONTENT where
 *   the answer is missing or there twice
 *
 * Items of other types are passed over (RFC 9483 §3.5).
 *
 * Returns: (transfer none): the item that answers, which may have no value
 */
const SignetCmpGenmItem *signet_cmp_genm_find_answer (const SignetCmpGenmItem *question, GPtrArray *items,
                                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
