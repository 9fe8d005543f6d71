/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-tree.h"

/* Fields shared by the files that print. Each adds nothing for a member that is absent, or below a %NULL parent. */

/* ---- cmp-print.c ---- */
void signet_cmp_print_message (SignetCmpNode *parent, SignetCmpMessage *message);
void signet_cmp_print_status (SignetCmpNode *parent, const char *name, const SignetPkiStatusInfo *info);
void signet_cmp_print_algorithm (SignetCmpNode *parent, const char *name, const X509_ALGOR *algorithm);
void signet_cmp_print_info (SignetCmpNode *parent, const char *name, const STACK_OF (SignetTypeAndValue) *info);
/* One of those: @type in words, @value (nullable) by type where it is known. */
void signet_cmp_print_object_value (SignetCmpNode *parent, const ASN1_OBJECT *type, const ASN1_TYPE *value);
void signet_cmp_print_name (SignetCmpNode *parent, const char *name, const X509_NAME *value);
void signet_cmp_print_general_name (SignetCmpNode *parent, const char *name, const GENERAL_NAME *value);
void signet_cmp_print_public_key (SignetCmpNode *parent, const char *name, const SignetPublicKeyInfo *key);
void signet_cmp_print_certificate (SignetCmpNode *parent, const char *name, SignetCertificate *certificate);
void signet_cmp_print_certificate_any (SignetCmpNode *parent, const char *name, const ASN1_TYPE *any);
void signet_cmp_print_extensions (SignetCmpNode *parent, const STACK_OF (X509_EXTENSION) *extensions);
void signet_cmp_print_time (SignetCmpNode *parent, const char *name, const ASN1_TIME *time);
void signet_cmp_print_text (SignetCmpNode *parent, const char *name, const STACK_OF (ASN1_UTF8STRING) *text);
/* libcrypto's long name, or dotted: (transfer full) */
char *signet_cmp_print_object_name (const ASN1_OBJECT *object);

/* ---- cmp-print-value.c ---- */
/* @value by the type that belongs to @oid (an infoType, a control, an attribute of regInfo, an algorithm), or else value by value. */
void signet_cmp_print_value (SignetCmpNode *parent, const char *name, const char *oid, const ASN1_TYPE *value);
void signet_cmp_print_cert_id (SignetCmpNode *parent, const char *name, const SignetCertId *id);
void signet_cmp_print_certificates (SignetCmpNode *parent, const char *name, const STACK_OF (ASN1_TYPE) *certificates);
void signet_cmp_print_crls (SignetCmpNode *parent, const char *name, const STACK_OF (ASN1_TYPE) *crls);
void signet_cmp_print_ca_key_upd_ann (SignetCmpNode *node, const SignetCaKeyUpdAnnContent *content);
void signet_cmp_print_root_ca_key_update (SignetCmpNode *node, const SignetRootCaKeyUpdateContent *content);

/* ---- cmp-print-encrypted.c: structure only, nothing is opened ---- */
void signet_cmp_print_encrypted_key (SignetCmpNode *parent, const char *name, const ASN1_TYPE *any);
void signet_cmp_print_enveloped_data (SignetCmpNode *parent, const char *name, const ASN1_TYPE *any);
/* The same where it was decoded under an implicit tag. */
void signet_cmp_print_enveloped_members (SignetCmpNode *parent, const char *name, const STACK_OF (ASN1_TYPE) *members);

/* ---- cmp-print-request.c ---- */
void signet_cmp_print_template (SignetCmpNode *parent, const char *name, const SignetCertTemplate *template);
void signet_cmp_print_cert_request (SignetCmpNode *node, const SignetCertRequest *request);
void signet_cmp_print_cert_req_messages (SignetCmpNode *parent, const SignetCertReqMessages *messages);
void signet_cmp_print_pkcs10 (SignetCmpNode *parent, const SignetCertificationRequest *request);
void signet_cmp_print_rev_req (SignetCmpNode *parent, const SignetRevReqContent *content);
void signet_cmp_print_challenges (SignetCmpNode *parent, const SignetPopoDecKeyChallContent *content);

/* ---- cmp-print-body.c, cmp-print-words.c ---- */
void signet_cmp_print_body (SignetCmpNode *parent, SignetCmpMessage *message);
/* What the body says, in sentences: (transfer full) */
char *signet_cmp_print_body_words (SignetCmpMessage *message);
