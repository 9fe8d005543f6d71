/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-credentials.h"
#include "cmp/cmp-item.h"
#include "cmp/cmp-message.h"

/**
 * SignetCmpOperation:
 *
 * What is asked for, independent of to whom and with what proof: certificates (ir, cr, kur, ccr, krr with a list of items,
 * p10cr with a PKCS #10), or what an rr or genm holds.
 */
#define SIGNET_TYPE_CMP_OPERATION (signet_cmp_operation_get_type ())
G_DECLARE_FINAL_TYPE (SignetCmpOperation, signet_cmp_operation, SIGNET, CMP_OPERATION, GObject)

/* One certificate: @type is ir, cr, kur, ccr or krr; @key: the new certificate's; @subject: may be the NULL-DN, then with
 * alternative names. */
SignetCmpOperation *signet_cmp_operation_new (SignetCmpBodyType type, SignetKey *key, const X509_NAME *subject);
/* The same kinds with no item yet. RFC 9483 §4.1.1 allows one, RFC 9810 App. C.4 two, §5.3.1 any number; here at most
 * SIGNET_CMP_OPERATION_MAX_ITEMS. */
SignetCmpOperation *signet_cmp_operation_new_for_items (SignetCmpBodyType type);
#define SIGNET_CMP_OPERATION_MAX_ITEMS 32
void signet_cmp_operation_add_item (SignetCmpOperation *self, SignetCmpItem *item);
/* kur (RFC 9483 §4.1.3): the same name for @key, in place of @old. */
SignetCmpOperation *signet_cmp_operation_new_update (SignetKey *key, SignetCertificate *old);
/* p10cr (RFC 9483 §4.1.4): DER PKCS #10, whose signature is checked. @key: (nullable): its key where that is at hand. */
SignetCmpOperation *signet_cmp_operation_new_p10 (GBytes *request, SignetKey *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* rr or genm: DER RevReqContent or GenMsgContent. */
SignetCmpOperation *signet_cmp_operation_new_for_content (SignetCmpBodyType type, GBytes *content,
                                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For the first item, as signet_cmp_item_add_alt_name () and so on. */
void signet_cmp_operation_add_alt_name (SignetCmpOperation *self, const GENERAL_NAME *name);
gboolean signet_cmp_operation_add_extended_key_usage (SignetCmpOperation *self, const char *usage, GError **error);
gboolean signet_cmp_operation_add_key_usage (SignetCmpOperation *self, const char *usage, GError **error);

/* Whether what is asked for is for the holder of @credentials, as far as names say: RFC 9483 §4.1. %NULL: it is, or nothing says
 * otherwise; else words for the person. (transfer full) */
char *signet_cmp_operation_check_identity (SignetCmpOperation *self, SignetCmpCredentials *credentials);

SignetCmpBodyType signet_cmp_operation_get_body_type (SignetCmpOperation *self);
/* How many answers are expected: items, RevDetails, or one. */
guint signet_cmp_operation_get_n_items (SignetCmpOperation *self);
/* (transfer none) (nullable): %NULL for rr and genm. That of a p10cr has its name, extensions and key. */
SignetCmpItem *signet_cmp_operation_get_item (SignetCmpOperation *self, guint index);
GBytes *signet_cmp_operation_get_content (SignetCmpOperation *self);                 /* (nullable): of p10cr, rr, genm */
SignetKey *signet_cmp_operation_get_key (SignetCmpOperation *self);                  /* (nullable): the first item's */
const X509_NAME *signet_cmp_operation_get_subject (SignetCmpOperation *self);        /* (nullable): the first item's */
const STACK_OF (X509_EXTENSION) *signet_cmp_operation_get_extensions (SignetCmpOperation *self);     /* the first item's */
