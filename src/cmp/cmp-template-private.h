/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What parsing and applying a template share. */

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-template.h"

struct _SignetCmpTemplate
{
  GBytes *der;
  SignetCertReqTemplateContent *content;
  GPtrArray *fields;
  GPtrArray *key_types;
  char *remarks;
};

/* "CN", or the OID: (transfer full) */
char *signet_cmp_template_attribute_type (const ASN1_OBJECT *object);
/* "keyUsage", or the OID: (transfer full) */
char *signet_cmp_template_extension_type (const ASN1_OBJECT *object);
/* Whether @extension is there to be filled in: a value without octets, or an empty list where a list must not be empty. */
gboolean signet_cmp_template_extension_is_empty (X509_EXTENSION *extension);
/* A name in an alternative name that is there to be filled in. */
gboolean signet_cmp_template_alt_name_is_empty (const GENERAL_NAME *name);
/* "dns" of "dns:…": (transfer full) */
char *signet_cmp_template_alt_name_type (const GENERAL_NAME *name);
