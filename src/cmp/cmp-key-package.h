/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-envelope.h"

/**
 * SignetCmpKeySource:
 * @authority: whose anchors hold, and whose signer-usage says who may sign key packages beside CAs and those with id-kp-cmKGA
 * @certificates: (nullable) (element-type SignetCertificate): extraCerts of the message: where issuers may be found
 * @by_mac: whether the message was protected by a MAC: then the relaxation kga-by-mac lets the secret speak for the key generation
 *   authority (RFC 9483 §4.1.6)
 * @now: seconds since 1970, UTC
 *
 * Where a private key made elsewhere comes from.
 */
typedef struct {
  SignetCmpAuthority *authority;
  GPtrArray *certificates;
  gboolean by_mac;
  gint64 now;
} SignetCmpKeySource;

/**
 * signet_cmp_key_package_open:
 * @signed_data: DER SignedData with an AsymmetricKeyPackage (RFC 5958) of one key: what was inside the EnvelopedData
 * @remarks: (nullable) (element-type utf8): what was odd and passed over is appended
 *
 * The key, if the signer's certificate leads to an anchor and may sign key packages, and the digest of what is there is the one
 * signed (RFC 9483 §4.1.6, RFC 8933). Certificates are never trusted for lying inside.
 *
 * Returns: (transfer full): the key, or %NULL: %SIGNET_CMP_ERROR_CONTENT, UNTRUSTED, BAD_PROTECTION, WEAK or UNSUPPORTED
 */
SignetKey *signet_cmp_key_package_open (SignetSecret *signed_data, const SignetCmpKeySource *source, GPtrArray *remarks,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_key_package_read:
 * @package: DER AsymmetricKeyPackage
 *
 * The one OneAsymmetricKey inside, whose publicKey must be the key's.
 */
SignetKey *signet_cmp_key_package_read (SignetSecret *package, GPtrArray *remarks, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_central_key_open:
 * @private_key: DER EncryptedKey: what stands in CertifiedKeyPair.privateKey (RFC 9810 §5.3.4)
 * @recipient: the credentials that the request was protected with, or a protocol encryption key
 * @certificate: the certificate that came with it
 *
 * A key that the authority made (RFC 9483 §4.1.6) or kept (§5.3.8 of RFC 9810): decrypted, its package checked, and found to belong to
 * @certificate. Inside an EncryptedValue it is bare PKCS #8.
 *
 * Returns: (transfer full): the key; %NULL with an error as of the functions above, or %SIGNET_CMP_ERROR_CERTIFICATE where it does not
 *   belong to @certificate
 */
SignetKey *signet_cmp_central_key_open (GBytes *private_key, const SignetCmpRecipient *recipient, SignetCertificate *certificate,
                                        const SignetCmpKeySource *source, GPtrArray *remarks, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_encrypted_certificate_open:
 * @encrypted_cert: DER EncryptedKey: what stands in CertOrEncCert.encryptedCert
 * @recipient: with the private key that the certificate was asked for; its certificate is %NULL
 *
 * The certificate, whose being read proves possession (RFC 9810 §5.2.8.3.2). Whatever else is inside is told by the one error of what
 * cannot be read: nobody gets anything decrypted here (§8.2).
 *
 * Returns: (transfer full): a certificate for @recipient's key, or %NULL
 */
SignetCertificate *signet_cmp_encrypted_certificate_open (GBytes *encrypted_cert, const SignetCmpRecipient *recipient,
                                                          SignetCmpAuthority *authority, GPtrArray *remarks,
                                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What to tell the person before a key is made by the authority: RFC 9483 §4.1.6, RFC 4211 §9. @signing: whether it is to sign.
 * (transfer none) */
const char *signet_cmp_central_key_warning (gboolean signing);
