/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-error.h"
#include "pki/pki-openssl.h"

/*
 * Registration controls and registration information: DER AttributeTypeAndValue for signet_cmp_item_add_control () and
 * signet_cmp_item_add_reg_info (). RFC 4211 §6, §7, App. A. What belongs into the certificate is asked for in the template; this is
 * what else the authority may want to know (§3). (transfer full) each.
 */

/* One-time words that the authority gave out, for ir alone (§6.1); what is known of the person for a long time (§6.2). */
GBytes *signet_cmp_control_new_reg_token (const char *text);
GBytes *signet_cmp_control_new_authenticator (const char *text);
/* DER PKIArchiveOptions as cmp-archive.h makes it: §6.4. */
GBytes *signet_cmp_control_new_archive_options (GBytes *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* DER of a template of another kind, which goes with an empty certTemplate: RFC 9810 §5.2.1. @kind: its OID. */
GBytes *signet_cmp_control_new_alt_template (const char *kind, GBytes *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  SIGNET_CMP_PUBLISH_DONT_CARE,
  SIGNET_CMP_PUBLISH_X500,
  SIGNET_CMP_PUBLISH_WEB,
  SIGNET_CMP_PUBLISH_LDAP,
} SignetCmpPublishMethod;

/* Where the certificate shall be published. @location: (nullable); not with DONT_CARE. */
typedef struct {
  SignetCmpPublishMethod method;
  const GENERAL_NAME *location;
} SignetCmpPublication;

/* pkiPublicationInfo (§6.3): dontPublish, without places; or pleasePublish with @n places, none meaning that the authority may choose.
 * %SIGNET_CMP_ERROR_CONTENT for places that go with neither. */
GBytes *signet_cmp_control_new_publication (gboolean publish, const SignetCmpPublication *places, gsize n,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One of utf8Pairs: both UTF-8, @name without a digit at its beginning (App. A). */
typedef struct {
  char *name;
  char *value;
} SignetCmpPair;
void signet_cmp_pair_free (SignetCmpPair *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpPair, signet_cmp_pair_free)
SignetCmpPair *signet_cmp_pair_new (const char *name, const char *value);

/* The names that App. A.1 defines: (array zero-terminated=1). */
const char *const *signet_cmp_pair_get_names (void);
/* “Name?Value%Name?Value%”: @pairs: (element-type SignetCmpPair). %SIGNET_CMP_ERROR_CONTENT for a name that cannot be written. */
char *signet_cmp_pairs_print (GPtrArray *pairs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Back, as rspInfo has them too (RFC 9810 §5.3.4): (element-type SignetCmpPair), at most 64. */
GPtrArray *signet_cmp_pairs_parse (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* regInfo utf8Pairs: §7.1. */
GBytes *signet_cmp_reg_info_new_pairs (GPtrArray *pairs, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Values of issuerName, subjectName and validity: App. A.2. %SIGNET_CMP_ERROR_UNSUPPORTED for an attribute that has no name there. */
char *signet_cmp_pair_print_name (const X509_NAME *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Seconds since 1970, UTC; %G_MININT64: left open. */
char *signet_cmp_pair_print_validity (gint64 not_before, gint64 not_after);
