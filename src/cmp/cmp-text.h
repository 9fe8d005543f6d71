/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-openssl.h"

#define SIGNET_CMP_TEXT_MAX 4096                          /* octets */

/* Text of a peer, fit to be shown: valid UTF-8, cut at @max octets, each control or direction-changing character replaced
 * by U+FFFD, line ends and tabs by spaces. (transfer full) */
char *signet_cmp_text_clean (const char *text, gsize size, gsize max);
/* The parts of a PKIFreeText cleaned and joined by line ends, SIGNET_CMP_TEXT_MAX octets at most; %NULL for none. */
char *signet_cmp_text_from_free_text (const STACK_OF (ASN1_UTF8STRING) *text);
