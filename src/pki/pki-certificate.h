/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-error.h"
#include "pki/pki-openssl.h"

/**
 * SignetCertificate:
 *
 * A parsed X.509 certificate (RFC 5280) with the columns that lists need. Immutable, usable from any thread.
 */
#define SIGNET_TYPE_CERTIFICATE (signet_certificate_get_type ())
G_DECLARE_FINAL_TYPE (SignetCertificate, signet_certificate, SIGNET, CERTIFICATE, GObject)

/* One subject alternative name: @type is "email", "dns", "uri", "ip", "dn", "upn" or an OID. */
typedef struct {
  char *type;
  char *value;
} SignetAltName;
void signet_alt_name_free (SignetAltName *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetAltName, signet_alt_name_free)

/* Exactly one certificate, at most 64 KiB of DER, nothing behind it. */
SignetCertificate *signet_certificate_new_from_der (GBytes *der, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetCertificate *signet_certificate_new_for_x509 (X509 *x509);     /* takes a reference of its own */
X509 *signet_certificate_get_x509 (SignetCertificate *self);         /* (transfer none) */
GBytes *signet_certificate_get_der (SignetCertificate *self);        /* (transfer none) */
const char *signet_certificate_get_subject (SignetCertificate *self);      /* RFC 4514 order and escapes, UTF-8 */
const char *signet_certificate_get_issuer (SignetCertificate *self);
const char *signet_certificate_get_subject_cn (SignetCertificate *self);   /* (nullable) */
const char *signet_certificate_get_issuer_cn (SignetCertificate *self);    /* (nullable) */
const char *signet_certificate_get_serial (SignetCertificate *self);       /* upper-case hexadecimal */
const char *signet_certificate_get_fingerprint (SignetCertificate *self);  /* SHA-256 of the DER, lower-case hexadecimal */
const char *signet_certificate_get_key_id (SignetCertificate *self);       /* as signet_key_get_id () */
const char *signet_certificate_get_key_spec (SignetCertificate *self);     /* as signet_key_get_spec () */
gint64 signet_certificate_get_not_before (SignetCertificate *self);        /* seconds since 1970, UTC */
gint64 signet_certificate_get_not_after (SignetCertificate *self);
GPtrArray *signet_certificate_get_alt_names (SignetCertificate *self);     /* (transfer none) (element-type SignetAltName) */
const char *signet_certificate_get_email (SignetCertificate *self);        /* (nullable): first of the SANs, else of the DN */
/* "mail", "sign-in", "documents", "server", "authority" or "other": from extKeyUsage and basicConstraints. */
const char *signet_certificate_get_purpose (SignetCertificate *self);
gboolean signet_certificate_is_ca (SignetCertificate *self);
gboolean signet_certificate_is_self_issued (SignetCertificate *self);
gboolean signet_certificate_equal (SignetCertificate *a, SignetCertificate *b);
/* "AB:CD:…" (transfer full) of a fingerprint as stored; and back from what a person types (spaces, colons, either case,
 * 64 digits), %NULL with @error where it is none. */
char *signet_fingerprint_format (const char *fingerprint);
char *signet_fingerprint_parse (const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether key usage (KU_… bits, UINT32_MAX for none given) and a key of the kind that @algorithm names go together: ML-KEM only
 * enciphers keys (RFC 9935 §5), ML-DSA and SLH-DSA only sign (RFC 9881 §5, RFC 9909 §6). Other kinds pass. %SIGNET_PKI_ERROR_MISMATCH */
gboolean signet_key_usage_check (const ASN1_OBJECT *algorithm, guint32 usage, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same of a certificate. */
gboolean signet_certificate_check_key_usage (SignetCertificate *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
