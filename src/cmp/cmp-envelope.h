/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-error.h"
#include "pki/pki-key.h"

/*
 * What comes and goes encrypted, RFC 9810 §5.2.2: EnvelopedData for one recipient, by key transport, key agreement, password or KEM.
 * Pure functions: no clock, no I/O.
 */

#define SIGNET_CMS_DATA "1.2.840.113549.1.7.1"
#define SIGNET_CMS_SIGNED_DATA "1.2.840.113549.1.7.2"
#define SIGNET_CMS_ENC_KEY_WITH_ID "1.2.840.113549.1.9.16.1.21"

/**
 * SignetCmpRecipient:
 * @key: (nullable): the private key that may have been encrypted to
 * @certificate: (nullable): the certificate of @key. With it, what names another recipient is refused; without it (a certificate that
 *   is still encrypted, a challenge, a protocol encryption key) the rid is passed over, RFC 9810 §5.2.8.3.2
 * @secret: (nullable): the secret shared with the authority
 * @mac_salt: (nullable): the salt of the MAC over the same message, which must not serve twice (RFC 9481 §4.4)
 * @originators: (nullable) (element-type SignetCertificate): where the certificate of an originator that is only named may be
 *
 * Whom something is encrypted for. All is borrowed for the call.
 */
typedef struct {
  SignetKey *key;
  SignetCertificate *certificate;
  SignetSecret *secret;
  GBytes *mac_salt;
  GPtrArray *originators;
} SignetCmpRecipient;

/**
 * SignetCmpRsaTransport:
 * @SIGNET_CMP_RSA_OAEP: RSAES-OAEP with SHA-256, RFC 3560
 * @SIGNET_CMP_RSA_PKCS1: PKCS #1 v1.5, RFC 3370 §4.2.1, for old peers
 * @SIGNET_CMP_RSA_KEM: RSA-KEM, RFC 9690
 *
 * How to encrypt for an RSA key, which RFC 9810 §5.2.2 leaves to local policy.
 */
typedef enum {
  SIGNET_CMP_RSA_OAEP,
  SIGNET_CMP_RSA_PKCS1,
  SIGNET_CMP_RSA_KEM,
} SignetCmpRsaTransport;

/**
 * signet_cmp_envelope_open:
 * @enveloped_data: DER EnvelopedData, as a SEQUENCE or under [0]
 * @recipient: whose key or secret opens it
 * @authority: for its limit on iterations and its relaxations
 * @content_type: (out) (optional) (transfer full): contentType, dotted
 * @remarks: (nullable) (element-type utf8): what was odd and passed over is appended
 *
 * The octets inside. Whatever goes wrong after a private key or secret was used gives one error, %SIGNET_CMP_ERROR_CONTENT with one
 * text, in which nobody can read how far it went (RFC 9810 §8.2). What can be told before has codes and words of its own:
 * %SIGNET_CMP_ERROR_MALFORMED, UNSUPPORTED, LIMIT, WEAK, and CREDENTIALS where it is encrypted for somebody else.
 *
 * Returns: (transfer full): the content, or %NULL
 */
SignetSecret *signet_cmp_envelope_open (GBytes *enveloped_data, const SignetCmpRecipient *recipient, SignetCmpAuthority *authority,
                                        char **content_type, GPtrArray *remarks, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_envelope_seal:
 * @content_type: dotted, such as SIGNET_CMS_DATA
 * @content: what to encrypt
 * @certificate: (nullable): the recipient's; its key and keyUsage choose the technique, RFC 9810 §5.2.2
 * @secret: (nullable): or the secret shared with the recipient
 * @authority: its iterations are taken where a key is derived from @secret
 *
 * One RecipientInfo, a new content-encryption key, AES-256.
 *
 * Returns: (transfer full): DER EnvelopedData (a SEQUENCE); %NULL with %SIGNET_CMP_ERROR_CREDENTIALS where @certificate is not for
 *   encryption
 */
GBytes *signet_cmp_envelope_seal (const char *content_type, SignetSecret *content, SignetCertificate *certificate, SignetSecret *secret,
                                  SignetCmpAuthority *authority, SignetCmpRsaTransport rsa, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same SEQUENCE under the implicit tag @number: how EncryptedKey [0], encryptedKey [4] and encryptedRand [0] hold it. (transfer full) */
GBytes *signet_cmp_envelope_tag (GBytes *enveloped_data, guint8 number);

/**
 * signet_cmp_encrypted_key_open:
 * @encrypted_key: DER EncryptedKey: [0] EnvelopedData, or EncryptedValue where the authority's relaxation encrypted-value allows it
 * @content_type: (out) (optional) (transfer full) (nullable): as above; %NULL for an EncryptedValue
 *
 * Otherwise as signet_cmp_envelope_open ().
 *
 * Returns: (transfer full): what was encrypted, or %NULL
 */
SignetSecret *signet_cmp_encrypted_key_open (GBytes *encrypted_key, const SignetCmpRecipient *recipient, SignetCmpAuthority *authority,
                                             char **content_type, GPtrArray *remarks, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether @certificate allows what central key generation needs of the certificate that protects the request: RFC 9483 §4.1.6.1 and
 * §4.1.6.2. %FALSE with %SIGNET_CMP_ERROR_CREDENTIALS and words. */
gboolean signet_cmp_envelope_check_recipient (SignetCertificate *certificate, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The one error for all that fails once a key was used; empties libcrypto's queue. */
void signet_cmp_envelope_set_unreadable (GError **error);
