/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-envelope.h"

/**
 * signet_cmp_encrypted_value_open:
 * @encrypted_value: DER EncryptedValue, RFC 4211 §6.4
 * @recipient: its key opens it; an EncryptedValue names nobody
 * @authority: must have the relaxation encrypted-value
 * @remarks: (nullable) (element-type utf8): that the old form was used is appended
 *
 * A symmetric key encrypted with RSA, and what that encrypts: a certificate, or PKCS #8. Errors as for signet_cmp_envelope_open ().
 *
 * Returns: (transfer full): what was encrypted, or %NULL
 */
SignetSecret *signet_cmp_encrypted_value_open (GBytes *encrypted_value, const SignetCmpRecipient *recipient, SignetCmpAuthority *authority,
                                               GPtrArray *remarks, GError **error) G_GNUC_WARN_UNUSED_RESULT;
