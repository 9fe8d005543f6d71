/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the other files of this folder see of a message: its parsed parts, its body by type, and how one is made. */

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-message.h"

/* ---- parsed parts ---- */

/* As signet_cmp_message_parse (). @known: (nullable) (element-type SignetCertificate): what extraCerts have of it, octet for octet, is
 * taken from it; making a certificate of octets, above all its key, costs more than all else in a message. */
SignetCmpMessage *signet_cmp_message_parse_knowing (GBytes *der, GPtrArray *known, GError **error) G_GNUC_WARN_UNUSED_RESULT;
const SignetPkiHeader *signet_cmp_message_get_header (SignetCmpMessage *self);
/* The value behind signet_cmp_body_item (), never %NULL. */
gconstpointer signet_cmp_message_get_body (SignetCmpMessage *self);
/* What stands inside the [n] of the PKIBody, as received: (transfer none) */
GBytes *signet_cmp_message_get_body_content (SignetCmpMessage *self);
/* certProfile's first name: (transfer full) (nullable) */
char *signet_cmp_message_get_cert_profile (SignetCmpMessage *self);
/* Header and body put together anew by the templates, with the received protection and extraCerts: equal to the received
 * octets unless these were no DER inside. (transfer full) */
GBytes *signet_cmp_message_encode_again (SignetCmpMessage *self);

/* ---- bodies read ---- */

/**
 * SignetCmpCertResponse:
 * @cert_req_id: certReqId
 * @status: status, never %NULL
 * @certificate: (nullable): certifiedKeyPair's certificate
 * @encrypted_certificate: (nullable): DER EncryptedKey, instead of a certificate
 * @private_key: (nullable): DER EncryptedKey: certifiedKeyPair holds a centrally generated key
 * @publication_info: (nullable): DER PKIPublicationInfo
 * @rsp_info: (nullable): rspInfo's octets, for people as regInfo's utf8Pairs are (RFC 9810 §5.3.4)
 * @has_encrypted_certificate: whether @encrypted_certificate is there
 * @has_private_key: whether @private_key is there
 */
typedef struct {
  gint64 cert_req_id;
  SignetCmpStatusInfo *status;
  SignetCertificate *certificate;
  GBytes *encrypted_certificate;
  GBytes *private_key;
  GBytes *publication_info;
  GBytes *rsp_info;
  gboolean has_encrypted_certificate;
  gboolean has_private_key;
} SignetCmpCertResponse;
void signet_cmp_cert_response_free (SignetCmpCertResponse *self);
/* A CertifiedKeyPair's members into @response, as krp has them too. */
gboolean signet_cmp_cert_response_read_pair (SignetCmpCertResponse *response, const SignetCertifiedKeyPair *pair,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The whole of a CMPCertificate; @error: %SIGNET_CMP_ERROR_CERTIFICATE. (transfer full) */
SignetCertificate *signet_cmp_certificate_from_any (const ASN1_TYPE *any, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ip, cp, kup, ccp. @responses: (out) (transfer full) (element-type SignetCmpCertResponse); @ca_pubs: (out) (optional)
 * (transfer full) (element-type SignetCertificate): as they came, trusted by nothing. */
gboolean signet_cmp_message_get_cert_rep (SignetCmpMessage *self, GPtrArray **responses, GPtrArray **ca_pubs,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @reason: (nullable), cleaned; @check_after: seconds, whatever was sent, negative included. */
typedef struct {
  gint64 cert_req_id;
  gint64 check_after;
  char *reason;
} SignetCmpPollRep;
void signet_cmp_poll_rep_free (SignetCmpPollRep *self);

/* pollRep: (transfer full) (element-type SignetCmpPollRep) */
GPtrArray *signet_cmp_message_get_poll_reps (SignetCmpMessage *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full); %NULL with @error where the status is no number that fits. */
SignetCmpStatusInfo *signet_cmp_status_info_from_asn1 (const SignetPkiStatusInfo *info, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- contents of bodies made: DER of what stands inside the [n], (transfer full) ---- */

/* CertRequest with certReqId, subject (empty allowed), public key (DER SubjectPublicKeyInfo) and (nullable) extensions:
 * what a POP signature goes over. */
GBytes *signet_cmp_cert_request_new (gint64 cert_req_id, const X509_NAME *subject, GBytes *public_key,
                                     const STACK_OF (X509_EXTENSION) *extensions, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* CertReqMessages with one CertReqMsg. @popo_algorithm: DER AlgorithmIdentifier; @popo_signature: over @cert_request. */
GBytes *signet_cmp_body_cert_req (GBytes *cert_request, GBytes *popo_algorithm, GBytes *popo_signature,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_cmp_body_pkiconf (void);
/* @hash_algorithm: (nullable): EVP_MD name for hashAlg, which needs pvno 3. @status: (nullable): accepted by omission. */
GBytes *signet_cmp_body_cert_conf (gint64 cert_req_id, GBytes *cert_hash, const char *hash_algorithm,
                                   const SignetCmpStatusInfo *status, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for several: what signet_cmp_body_cert_conf () takes for one. Nothing is owned. */
typedef struct {
  gint64 cert_req_id;
  GBytes *cert_hash;
  const char *hash_algorithm;
  const SignetCmpStatusInfo *status;
} SignetCmpConfirmation;
GBytes *signet_cmp_body_cert_confs (const SignetCmpConfirmation *confirmations, gsize n_confirmations,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_cmp_body_poll_req (gint64 cert_req_id);
/* @ids: (array length=n_ids) */
GBytes *signet_cmp_body_poll_reqs (const gint64 *ids, gsize n_ids);
/* POPODecKeyRespContent: @integers: (element-type GBytes), each DER INTEGER, in the order of the challenges. @error:
 * %SIGNET_CMP_ERROR_FAILED for what is no INTEGER. */
GBytes *signet_cmp_body_popdecr (GPtrArray *integers, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- messages made ---- */

typedef struct _SignetCmpMessageBuilder SignetCmpMessageBuilder;

/* @content: as above, DER of one value. */
SignetCmpMessageBuilder *signet_cmp_message_builder_new (gint64 pvno, SignetCmpBodyType type, GBytes *content);
void signet_cmp_message_builder_free (SignetCmpMessageBuilder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpMessageBuilder, signet_cmp_message_builder_free)
void signet_cmp_message_builder_set_sender (SignetCmpMessageBuilder *self, const X509_NAME *name);          /* (nullable): NULL-DN, the default */
void signet_cmp_message_builder_set_recipient (SignetCmpMessageBuilder *self, const X509_NAME *name);       /* the same */
void signet_cmp_message_builder_set_recipient_name (SignetCmpMessageBuilder *self, const GENERAL_NAME *name);
void signet_cmp_message_builder_set_time (SignetCmpMessageBuilder *self, gint64 seconds);
/* DER AlgorithmIdentifier, as signet_cmp_protector_get_algorithm () gives it. */
gboolean signet_cmp_message_builder_set_protection_alg (SignetCmpMessageBuilder *self, GBytes *algorithm,
                                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_cmp_message_builder_set_sender_kid (SignetCmpMessageBuilder *self, GBytes *kid);
void signet_cmp_message_builder_set_recip_kid (SignetCmpMessageBuilder *self, GBytes *kid);
void signet_cmp_message_builder_set_transaction_id (SignetCmpMessageBuilder *self, GBytes *id);
void signet_cmp_message_builder_set_sender_nonce (SignetCmpMessageBuilder *self, GBytes *nonce);
void signet_cmp_message_builder_set_recip_nonce (SignetCmpMessageBuilder *self, GBytes *nonce);
void signet_cmp_message_builder_add_implicit_confirm (SignetCmpMessageBuilder *self);
void signet_cmp_message_builder_add_confirm_wait_time (SignetCmpMessageBuilder *self, gint64 seconds);
void signet_cmp_message_builder_add_cert_profile (SignetCmpMessageBuilder *self, const char *profile);
/* Any other generalInfo, RFC 9810 §5.1.1: @oid in dotted form; @value: (nullable), exactly one value in DER. */
gboolean signet_cmp_message_builder_add_info (SignetCmpMessageBuilder *self, const char *oid, GBytes *value,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* DER ProtectedPart, RFC 9810 §5.1.3: (transfer full). Header and body stay as they are from here on. */
GBytes *signet_cmp_message_builder_get_protected_part (SignetCmpMessageBuilder *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @protection: (nullable): bits as signet_cmp_protector_protect () makes them; @extra_certs: (nullable) (element-type
 * SignetCertificate). */
SignetCmpMessage *signet_cmp_message_builder_finish (SignetCmpMessageBuilder *self, GBytes *protection,
                                                     GPtrArray *extra_certs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
