/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-message.h"

/**
 * signet_cmp_message_explain_exposure:
 * @message: one that is about to be sent over a transport without TLS
 *
 * What protection of messages alone does not shield: regToken and authenticator, which stand in a request as they are (RFC 4211 §6.1, §6.2),
 * and secrets that are to last (private keys, passphrases), which without forward secrecy can be read by whoever comes by a key later
 * (RFC 9810 §8.5).
 *
 * Returns: (transfer full) (nullable): for people; %NULL where there is nothing of the kind
 */
char *signet_cmp_message_explain_exposure (SignetCmpMessage *message);
