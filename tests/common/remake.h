/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-credentials.h"
#include "cmp/cmp-message.h"

/**
 * Remake:
 * @credentials: who says it now
 * @shown: (nullable): the certificate that is sent along and names the sender, instead of that of @credentials
 * @type: with @content
 * @content: (nullable): DER that stands in the [n] of the body instead
 * @recip_nonce: (nullable): instead of the one there is
 * @iterations: of the MAC; 0: 1,000
 * @time: messageTime
 * @implicit_confirm: adds it
 * @confirm_until: adds confirmWaitTime; 0: does not
 *
 * What is different in a message that is said once more.
 */
typedef struct
{
  SignetCmpCredentials *credentials;
  SignetCertificate *shown;
  SignetCmpBodyType type;
  GBytes *content;
  GBytes *recip_nonce;
  guint iterations;
  gint64 time;
  gboolean implicit_confirm;
  gint64 confirm_until;
} Remake;

/* @octets with those differences, protected anew, under a MAC by PasswordBasedMac. (transfer full) */
GBytes *remake_message (GBytes *octets, const Remake *remake);
