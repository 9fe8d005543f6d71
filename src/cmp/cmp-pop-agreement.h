/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-error.h"
#include "pki/pki-certificate.h"
#include "pki/pki-key.h"

/* Static Diffie-Hellman proof of possession, RFC 6955 §4 and §6: agreeMAC of POPOPrivKey, RFC 4211 §4.3. */

/**
 * signet_cmp_pop_agree_mac_compute:
 * @own: the private key that is to be proved
 * @peer: the authority's public key, of the same group
 * @leading: LeadingInfo: DER of the subject in the authority's certificate
 * @trailing: TrailingInfo: DER of its issuer
 * @digest: libcrypto's name of the hash, for derivation and HMAC
 * @text: what is proved: DER CertRequest
 *
 * Returns: (transfer full): HMAC (H (@leading ‖ what both keys give ‖ @trailing), @text), or %NULL
 */
GBytes *signet_cmp_pop_agree_mac_compute (EVP_PKEY *own, EVP_PKEY *peer, GBytes *leading, GBytes *trailing, const char *digest, GBytes *text,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_pop_agree_mac_new:
 * @key: the private key that is to be proved, EC or Diffie-Hellman
 * @certificate: the authority's, for key agreement, in whose group @key is: without it there is no such proof (RFC 9810 §5.2.8.4)
 * @cert_request: DER CertRequest, with subject and publicKey
 *
 * For pvno 3 only: RFC 9810 §5.2.8.3.
 *
 * Returns: (transfer full): DER POPOPrivKey with agreeMAC [3]; %NULL with %SIGNET_CMP_ERROR_CREDENTIALS where the keys do not go together
 */
GBytes *signet_cmp_pop_agree_mac_new (SignetKey *key, SignetCertificate *certificate, GBytes *cert_request,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
