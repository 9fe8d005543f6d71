/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-tree.h"

/* Fields shared by the files that print. Each adds nothing for a member that is absent. */
void signet_cmp_print_status (SignetCmpNode *parent, const char *name, const SignetPkiStatusInfo *info);
void signet_cmp_print_algorithm (SignetCmpNode *parent, const char *name, const X509_ALGOR *algorithm);
void signet_cmp_print_info (SignetCmpNode *parent, const char *name, const STACK_OF (SignetTypeAndValue) *info);
/* One of those: @type in words, @value (nullable) value by value. */
void signet_cmp_print_object_value (SignetCmpNode *parent, const ASN1_OBJECT *type, const ASN1_TYPE *value);
void signet_cmp_print_name (SignetCmpNode *parent, const char *name, const X509_NAME *value);
void signet_cmp_print_public_key (SignetCmpNode *parent, const char *name, const SignetPublicKeyInfo *key);
void signet_cmp_print_certificate (SignetCmpNode *parent, const char *name, SignetCertificate *certificate);
void signet_cmp_print_certificate_any (SignetCmpNode *parent, const char *name, const ASN1_TYPE *any);
void signet_cmp_print_extensions (SignetCmpNode *parent, const STACK_OF (X509_EXTENSION) *extensions);
void signet_cmp_print_text (SignetCmpNode *parent, const char *name, const STACK_OF (ASN1_UTF8STRING) *text);

/* In cmp-print-body.c: the body's fields, by type or else value by value. */
void signet_cmp_print_body (SignetCmpNode *parent, SignetCmpMessage *message);
/* What the body says, in sentences: (transfer full) */
char *signet_cmp_print_body_words (SignetCmpMessage *message);
