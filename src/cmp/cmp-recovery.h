/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-key-package.h"
#include "cmp/cmp-status.h"

/**
 * SignetCmpRecoveredPair:
 * @certificate: (nullable): whose key it is; %NULL where the certificate is encrypted itself
 * @encrypted_certificate: (nullable): DER EncryptedKey
 * @private_key: (nullable): DER EncryptedKey
 *
 * One CertifiedKeyPair of keyPairHist.
 */
typedef struct {
  SignetCertificate *certificate;
  GBytes *encrypted_certificate;
  GBytes *private_key;
} SignetCmpRecoveredPair;

/**
 * SignetCmpRecovery:
 * @status: PKIStatusInfo
 * @new_sig_cert: (nullable): certificate for the new signature key that the krr had
 * @ca_certs: (element-type SignetCertificate): for building chains, trusted by nothing (RFC 9810 §8.9)
 * @history: (element-type SignetCmpRecoveredPair): keys that were kept for the requester
 *
 * KeyRecRepContent, RFC 9810 §5.3.8.
 */
typedef struct {
  SignetCmpStatusInfo *status;
  SignetCertificate *new_sig_cert;
  GPtrArray *ca_certs;
  GPtrArray *history;
} SignetCmpRecovery;

void signet_cmp_recovery_free (SignetCmpRecovery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpRecovery, signet_cmp_recovery_free)

/* @content: DER KeyRecRepContent, from an authenticated krp: at most 64 certificates and 256 keys. With another status than accepted or
 * grantedWithMods nothing else may be there. Errors: %SIGNET_CMP_ERROR_MALFORMED, %SIGNET_CMP_ERROR_CONTENT,
 * %SIGNET_CMP_ERROR_LIMIT, and those of reading a certificate. (transfer full) */
SignetCmpRecovery *signet_cmp_recovery_read (GBytes *content, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_recovery_open:
 * @pair: from the history
 * @recipient: with the private part of the protocol encryption key that the krr named (protocolEncrKey, RFC 4211 §6.6)
 * @source: where the answer came from
 * @certificate: (out) (optional) (transfer full): the certificate of the key
 * @remarks: (nullable) (element-type utf8): what was odd and passed over is appended
 *
 * Returns: (transfer full): the private key, which belongs to the certificate; %NULL with the errors of signet_cmp_central_key_open ()
 */
SignetKey *signet_cmp_recovery_open (const SignetCmpRecoveredPair *pair, const SignetCmpRecipient *recipient,
                                     const SignetCmpKeySource *source, SignetCertificate **certificate, GPtrArray *remarks,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether @key may serve as protocol encryption key: it can be encrypted to, and its group, where it has one, has no small subgroups that
 * would give parts of it away (RFC 9810 §8.4). Errors: %SIGNET_CMP_ERROR_CREDENTIALS, %SIGNET_CMP_ERROR_WEAK. */
gboolean signet_cmp_recovery_check_key (SignetKey *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* protocolEncrKey for a krr that wants the key history (RFC 9810 §5.3.7, RFC 4211 §6.6): DER AttributeTypeAndValue for
 * signet_cmp_item_add_control (), with the public part of @key, which is checked as above. (transfer full) */
GBytes *signet_cmp_recovery_new_control (SignetKey *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
