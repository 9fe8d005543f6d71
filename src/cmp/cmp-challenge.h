/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-envelope.h"

/**
 * SignetCmpChallenged:
 * @pvno: of the popdecc message: 3 has encryptedRand, 2 the deprecated challenge
 * @sender: of the popdecc message
 * @keys: (element-type SignetKey): the private keys whose possession is to be proved, in the order of their requests
 * @authority: for bounds and relaxations
 *
 * Whom a popdecc message challenges.
 */
typedef struct {
  gint64 pvno;
  const GENERAL_NAME *sender;
  GPtrArray *keys;
  SignetCmpAuthority *authority;
} SignetCmpChallenged;

/**
 * signet_cmp_challenge_answer:
 * @content: DER POPODecKeyChallContent
 * @remarks: (nullable) (element-type utf8): what was odd and passed over is appended
 *
 * Decrypts each challenge by the key of its request (the rid says nothing, RFC 9810 §5.2.8.3.3). An INTEGER is given back only if all of
 * them are a Rand that names @sender and whose witness is right: whatever else is encrypted to these keys nobody learns (§8.2), and one
 * error, %SIGNET_CMP_ERROR_CONTENT with one text, says so.
 *
 * Returns: (transfer full): DER POPODecKeyRespContent, or %NULL
 */
GBytes *signet_cmp_challenge_answer (GBytes *content, const SignetCmpChallenged *challenged, GPtrArray *remarks,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
