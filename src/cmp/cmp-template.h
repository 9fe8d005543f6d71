/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-genm-item.h"
#include "cmp/cmp-key-type.h"

/* Where in a certificate a field of a template stands. */
typedef enum {
  SIGNET_CMP_TEMPLATE_SUBJECT,
  SIGNET_CMP_TEMPLATE_ISSUER,
  SIGNET_CMP_TEMPLATE_NOT_BEFORE,
  SIGNET_CMP_TEMPLATE_NOT_AFTER,
  SIGNET_CMP_TEMPLATE_ALT_NAME,
  SIGNET_CMP_TEMPLATE_EXTENSION,
} SignetCmpTemplatePart;

/**
 * SignetCmpTemplateField:
 * @part: where it stands
 * @type: what of it: "CN" of a name, "dns" of the alternative names, "keyUsage" or an OID of an extension; %NULL: all of it, as the
 *   requester likes
 * @value: (nullable): what the authority fixed, in words; %NULL: to be filled in
 * @known: whether one can fill it in here: extensions that are neither known nor given are left out (RFC 9483 §4.3.3)
 */
typedef struct {
  SignetCmpTemplatePart part;
  char *type;
  char *value;
  gboolean known;
} SignetCmpTemplateField;

/**
 * SignetCmpTemplate:
 *
 * What an authority wants in requests: CertReqTemplateContent, RFC 9810 §5.3.19.16, RFC 9483 §4.3.3. Immutable.
 */
typedef struct _SignetCmpTemplate SignetCmpTemplate;

/* @der: the value of a certReqTemplate, from an authenticated genp. Errors: %SIGNET_CMP_ERROR_MALFORMED, %SIGNET_CMP_ERROR_LIMIT.
 * (transfer full) */
SignetCmpTemplate *signet_cmp_template_parse (GBytes *der, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @item: certReqTemplate. @template: (out) (transfer full) (nullable): %NULL where the authority has no requirements. */
gboolean signet_cmp_template_read (const SignetCmpGenmItem *item, SignetCmpTemplate **template,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_cmp_template_free (SignetCmpTemplate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpTemplate, signet_cmp_template_free)

/* In the template's order: (transfer none) (element-type SignetCmpTemplateField) */
GPtrArray *signet_cmp_template_get_fields (const SignetCmpTemplate *self);
/* Whether the template speaks of @part at all; one that it does not speak of should not be in a request. */
gboolean signet_cmp_template_has_part (const SignetCmpTemplate *self, SignetCmpTemplatePart part);
/* The field of @part and @type in any case, as with "dns"; else the one that stands for all of @part. (nullable) */
const SignetCmpTemplateField *signet_cmp_template_find (const SignetCmpTemplate *self, SignetCmpTemplatePart part, const char *type);
/* keySpec: (transfer none) (element-type SignetCmpKeyType): empty where every key will do */
GPtrArray *signet_cmp_template_get_key_types (const SignetCmpTemplate *self);
/* What the template has that it must not have, and that is passed over (R295): (nullable), in words */
const char *signet_cmp_template_get_remarks (const SignetCmpTemplate *self);
/* (transfer full), or %NULL with @error: for a person, one line a field. */
char *signet_cmp_template_describe (const SignetCmpTemplate *self);
char *signet_cmp_template_describe_item (const SignetCmpGenmItem *item, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_cmp_template_get_der (const SignetCmpTemplate *self);                    /* (transfer none) */

/**
 * SignetCmpTemplateWish:
 * @subject: (nullable): the name that the requester has
 * @issuer: (nullable): name of the authority, for a template that asks for it
 * @extensions: (nullable): subjectAltName and whatever else the requester wants
 * @insist: keep what the template does not have or has otherwise (RFC 9483 §4.3.3 allows it; it might be refused)
 *
 * What goes into the empty places. Everything is the caller's.
 */
typedef struct {
  const X509_NAME *subject;
  const X509_NAME *issuer;
  const STACK_OF (X509_EXTENSION) *extensions;
  gboolean insist;
} SignetCmpTemplateWish;

/**
 * SignetCmpTemplateResult:
 * @subject: (nullable): left out where %NULL
 * @issuer: (nullable): likewise
 * @not_before: seconds since 1970, UTC; %G_MININT64: left open
 * @not_after: likewise
 * @extensions: (nullable)
 * @missing: (element-type utf8): what the template wants filled in and nothing was there for, so that it is left out
 * @deviations: (element-type utf8): what the requester wished and the template does not have or has otherwise: left out, or with
 *   insist kept, for which the request may be refused
 *
 * What a request for this template holds.
 */
typedef struct {
  X509_NAME *subject;
  X509_NAME *issuer;
  gint64 not_before;
  gint64 not_after;
  STACK_OF (X509_EXTENSION) *extensions;
  GPtrArray *missing;
  GPtrArray *deviations;
} SignetCmpTemplateResult;

void signet_cmp_template_result_free (SignetCmpTemplateResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCmpTemplateResult, signet_cmp_template_result_free)

/* RFC 9483 §4.3.3: all fields of the template, their given values taken over with order and criticality, the empty ones filled from
 * @wish, those that stay empty left out, nothing added. (transfer full) */
SignetCmpTemplateResult *signet_cmp_template_apply (const SignetCmpTemplate *self, const SignetCmpTemplateWish *wish);
