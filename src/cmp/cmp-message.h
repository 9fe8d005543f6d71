/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-error.h"
#include "cmp/cmp-status.h"
#include "pki/pki-certificate.h"

/* PKIBody, RFC 9810 §5.1.2. */
typedef enum {
  SIGNET_CMP_BODY_IR = 0, SIGNET_CMP_BODY_IP, SIGNET_CMP_BODY_CR, SIGNET_CMP_BODY_CP, SIGNET_CMP_BODY_P10CR,
  SIGNET_CMP_BODY_POPDECC, SIGNET_CMP_BODY_POPDECR, SIGNET_CMP_BODY_KUR, SIGNET_CMP_BODY_KUP, SIGNET_CMP_BODY_KRR,
  SIGNET_CMP_BODY_KRP, SIGNET_CMP_BODY_RR, SIGNET_CMP_BODY_RP, SIGNET_CMP_BODY_CCR, SIGNET_CMP_BODY_CCP,
  SIGNET_CMP_BODY_CKUANN, SIGNET_CMP_BODY_CANN, SIGNET_CMP_BODY_RANN, SIGNET_CMP_BODY_CRLANN,
  SIGNET_CMP_BODY_PKICONF, SIGNET_CMP_BODY_NESTED, SIGNET_CMP_BODY_GENM, SIGNET_CMP_BODY_GENP,
  SIGNET_CMP_BODY_ERROR, SIGNET_CMP_BODY_CERTCONF, SIGNET_CMP_BODY_POLLREQ, SIGNET_CMP_BODY_POLLREP,
  SIGNET_CMP_BODY_LAST = SIGNET_CMP_BODY_POLLREP
} SignetCmpBodyType;

/* "ir", "pkiconf", "certConf" …: the standard's names. %NULL past 26. */
const char *signet_cmp_body_type_name (guint type);

#define SIGNET_CMP_MESSAGE_MAX_SIZE (1024 * 1024)                    /* octets */

/**
 * SignetCmpMessage:
 *
 * One PKIMessage (RFC 9810 §5.1). A parsed one keeps the octets of header and body as received: protection is verified
 * over these and never over a re-encoding. Immutable once parsed or protected.
 */
#define SIGNET_TYPE_CMP_MESSAGE (signet_cmp_message_get_type ())
G_DECLARE_FINAL_TYPE (SignetCmpMessage, signet_cmp_message, SIGNET, CMP_MESSAGE, GObject)

/* Exactly one message, nothing behind it, at most SIGNET_CMP_MESSAGE_MAX_SIZE octets. */
SignetCmpMessage *signet_cmp_message_parse (GBytes *der, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_cmp_message_get_der (SignetCmpMessage *self);         /* (transfer none) */

SignetCmpBodyType signet_cmp_message_get_body_type (SignetCmpMessage *self);
gint64 signet_cmp_message_get_pvno (SignetCmpMessage *self);
const GENERAL_NAME *signet_cmp_message_get_sender (SignetCmpMessage *self);
const GENERAL_NAME *signet_cmp_message_get_recipient (SignetCmpMessage *self);
gboolean signet_cmp_message_get_time (SignetCmpMessage *self, gint64 *seconds);      /* messageTime; %FALSE: absent */
const X509_ALGOR *signet_cmp_message_get_protection_alg (SignetCmpMessage *self);    /* (nullable) */
GBytes *signet_cmp_message_get_sender_kid (SignetCmpMessage *self);                  /* (nullable) (transfer none) */
GBytes *signet_cmp_message_get_transaction_id (SignetCmpMessage *self);              /* (nullable) (transfer none) */
GBytes *signet_cmp_message_get_sender_nonce (SignetCmpMessage *self);                /* (nullable) (transfer none) */
GBytes *signet_cmp_message_get_recip_nonce (SignetCmpMessage *self);                 /* (nullable) (transfer none) */
const char *signet_cmp_message_get_free_text (SignetCmpMessage *self);               /* (nullable), bounded, cleaned */
gboolean signet_cmp_message_get_implicit_confirm (SignetCmpMessage *self);
gboolean signet_cmp_message_get_confirm_wait_time (SignetCmpMessage *self, gint64 *seconds);
GBytes *signet_cmp_message_get_protection (SignetCmpMessage *self);  /* (nullable) (transfer none): bits of the BIT STRING */
GBytes *signet_cmp_message_get_protected_part (SignetCmpMessage *self);              /* (transfer none): DER ProtectedPart */
GPtrArray *signet_cmp_message_get_extra_certs (SignetCmpMessage *self);              /* (element-type SignetCertificate), at most 64 */
/* The messages in a body “nested”: (transfer none) (element-type SignetCmpMessage). At most 64 in all and 4 deep; none in any
 * other body. */
GPtrArray *signet_cmp_message_get_nested (SignetCmpMessage *self);

/* error: status with errorCode; errorDetails follow statusString in its text. Authentic only where the protection was
 * checked. (transfer full) */
SignetCmpStatusInfo *signet_cmp_message_get_error_content (SignetCmpMessage *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The whole message in words: who protected it (not whether that checks), what it asks or answers, then every field.
 * (transfer full) */
char *signet_cmp_message_print (SignetCmpMessage *self);
/* The fields as a tree for window and JSON: node is (name, value, children) as GVariant "(ssav)". (transfer full) */
GVariant *signet_cmp_message_to_tree (SignetCmpMessage *self);
