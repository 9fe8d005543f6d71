/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-error.h"
#include "pki/pki-openssl.h"

/* A distinguished name as a person writes it: RFC 4514 ("CN=Maria Huber,O=Example") or with slashes ("/CN=…/O=…");
 * "" is the NULL-DN. Attribute types by short name, long name or OID. */
X509_NAME *signet_name_parse (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *signet_name_print (const X509_NAME *name);                     /* (transfer full), RFC 4514, UTF-8 */
char *signet_name_get_cn (const X509_NAME *name);                    /* (transfer full) (nullable), the last CN */
/* "email:a@b", "dns:…", "uri:…", "ip:…", "dn:…", "upn:…"; a text with an @ and no prefix is an e-mail address. */
GENERAL_NAME *signet_alt_name_parse (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
char *signet_alt_name_print (const GENERAL_NAME *name);              /* (transfer full), with the prefix */
