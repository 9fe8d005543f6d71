/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-genm-item.h"
#include "cmp/cmp-key-type.h"
#include "pki/pki-certificate.h"

/*
 * Values of a genp read: RFC 9810 §5.3.19. Each function takes the item that signet_cmp_genm_find_answer () found, of the type that it
 * names. Where the standard allows the value to be absent, a function gives %TRUE and nothing. What comes out is as the authority
 * said it, trusted by nothing. Errors: %SIGNET_CMP_ERROR_MALFORMED, %SIGNET_CMP_ERROR_LIMIT and what is named.
 */

/* caProtEncCert, rootCaCert. @certificate: (out) (transfer full) (nullable) */
gboolean signet_cmp_genp_get_certificate (const SignetCmpGenmItem *item, SignetCertificate **certificate,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* caCerts: for building chains, never anchors by themselves (RFC 9483 §4.3.1). @certificates: (out) (transfer full) (element-type
 * SignetCertificate): empty where the authority has none; at most 64. */
gboolean signet_cmp_genp_get_certificates (const SignetCmpGenmItem *item, GPtrArray **certificates,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* signKeyPairTypes, encKeyPairTypes: (transfer full) (element-type SignetCmpKeyType) */
GPtrArray *signet_cmp_genp_get_key_types (const SignetCmpGenmItem *item, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* preferredSymmAlg: DER AlgorithmIdentifier; @oid: (out) (optional) (transfer full), dotted. (transfer full) */
GBytes *signet_cmp_genp_get_algorithm (const SignetCmpGenmItem *item, char **oid, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* keyPairParamRep for the question @question: the algorithm asked for, with parameters that signet_cmp_key_parameters_check ()
 * takes. @algorithm: (out) (transfer full) (nullable): DER AlgorithmIdentifier; %NULL: the authority does not support it. */
gboolean signet_cmp_genp_get_key_pair_parameters (const SignetCmpGenmItem *item, const SignetCmpGenmItem *question, GBytes **algorithm,
                                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* unsupportedOIDs: (transfer full) (array zero-terminated=1), dotted */
char **signet_cmp_genp_get_oids (const SignetCmpGenmItem *item, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* suppLangTags: the one language that the authority chose among those of @question: %SIGNET_CMP_ERROR_CONTENT where it is another.
 * (transfer full) */
char *signet_cmp_genp_get_language (const SignetCmpGenmItem *item, const SignetCmpGenmItem *question,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* currentCRL, crls: (out) (transfer full) (element-type GBytes): DER CertificateList each; empty where there is nothing newer. */
gboolean signet_cmp_genp_get_crls (const SignetCmpGenmItem *item, GPtrArray **crls, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* revPassphrase: the authority took it. %SIGNET_CMP_ERROR_CONTENT where a value is there, which has no meaning (RFC 9810 §5.3.19.9). */
gboolean signet_cmp_genp_check_acknowledged (const SignetCmpGenmItem *item, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* KemCiphertextInfo: @kem: (out) (transfer full), DER AlgorithmIdentifier; @ct: (out) (transfer full) */
gboolean signet_cmp_genp_get_kem_ciphertext (const SignetCmpGenmItem *item, GBytes **kem, GBytes **ct,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * signet_cmp_genp_describe:
 * @item: of any type, known or not
 *
 * Returns: (transfer full): what it says, for a person: a line for each value; DER in hexadecimal, cut short, where the type is not
 *   known or its value cannot be read
 */
char *signet_cmp_genp_describe (const SignetCmpGenmItem *item);

/* Whether @tag has the form of RFC 5646 §2.1, 64 octets at most. */
gboolean signet_cmp_language_tag_check (const char *tag);
