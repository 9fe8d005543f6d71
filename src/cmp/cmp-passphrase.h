/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-envelope.h"
#include "cmp/cmp-genm-item.h"
#include "cmp/cmp-message.h"

/*
 * Revocation passphrases, RFC 9810 App. B: a secret shared with the authority while the key is still there, with which a rr is
 * protected once it is not. It goes encrypted in a genm, or in generalInfo of any message; the rr then is one of
 * signet_cmp_credentials_new_mac () with the passphrase's name as reference.
 */

/* 160 bits at random, as letters and digits that can be read out and typed: "K7QF-…". (transfer full) */
SignetSecret *signet_cmp_passphrase_generate (GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_passphrase_check_recipient:
 * @certificate: what an authority gave as its caProtEncCert (RFC 9810 §5.3.19.1)
 * @authority: whose anchors and intermediates hold
 * @untrusted: (nullable) (element-type SignetCertificate): where issuers may be found
 * @now: seconds since 1970, UTC
 * @error: (out) (optional): %SIGNET_CMP_ERROR_UNTRUSTED, %SIGNET_CMP_ERROR_CREDENTIALS where it is not for encryption
 *
 * Whether it is the authority's, so that secrets may be encrypted to it.
 *
 * Returns: %FALSE with @error
 */
gboolean signet_cmp_passphrase_check_recipient (SignetCertificate *certificate, SignetCmpAuthority *authority, GPtrArray *untrusted,
                                                gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_passphrase_encrypt:
 * @passphrase: the secret
 * @certificate: (nullable): the authority's, once signet_cmp_passphrase_check_recipient () found it good
 * @shared: (nullable): or a secret that is shared already
 * @name: (nullable): by which the authority finds it again: localKeyId or valueHint, and senderKID of the later rr
 * @authority: its iterations and relaxations: with encrypted-value the passphrase goes as EncryptedValue, for version 2
 * @error: (out) (optional): %SIGNET_CMP_ERROR_CREDENTIALS, %SIGNET_CMP_ERROR_FAILED
 *
 * Returns: (transfer full): the item for a genm, or for signet_cmp_authority_add_general_info ()
 */
SignetCmpGenmItem *signet_cmp_passphrase_encrypt (SignetSecret *passphrase, SignetCertificate *certificate, SignetSecret *shared,
                                                  const char *name, SignetCmpAuthority *authority,
                                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether @answer, which must be authentic, acknowledges a passphrase that was sent in generalInfo: revPassphrase without a value in its
 * own generalInfo. Without that it is not established. */
gboolean signet_cmp_passphrase_is_acknowledged (SignetCmpMessage *answer);
