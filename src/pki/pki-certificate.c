/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-certificate.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pki/pki-key-kind.h"
#include "pki/pki-key.h"
#include "pki/pki-name.h"

#define CERTIFICATE_MAX_SIZE (64 * 1024)
#define MAX_ALT_NAMES 256

/* What is read by people and lists. */
typedef struct {
  char *subject;
  char *issuer;
  char *subject_cn;
  char *issuer_cn;
  char *serial;
  char *email;
  const char *purpose;
  GPtrArray *alt_names;
} Columns;

/* What is found out the first time it is asked for, by whichever thread is first: most certificates of a protocol pass by with
 * nobody looking. */
struct _SignetCertificate
{
  GObject parent;

  X509 *x509;
  GBytes *der;
  gint64 not_before;
  gint64 not_after;
  Columns *columns;             /* (nullable): not asked for yet; so are those below */
  char *fingerprint;
  char *key_id;
  char *key_spec;
};

G_DEFINE_FINAL_TYPE (SignetCertificate, signet_certificate, G_TYPE_OBJECT)

static void
columns_free (Columns *self)
{
  g_free (self->subject);
  g_free (self->issuer);
  g_free (self->subject_cn);
  g_free (self->issuer_cn);
  g_free (self->serial);
  g_free (self->email);
  g_ptr_array_unref (self->alt_names);
  g_free (self);
}

static void
signet_certificate_finalize (GObject *object)
{
  SignetCertificate *self = SIGNET_CERTIFICATE (object);

  g_clear_pointer (&self->x509, X509_free);
  g_clear_pointer (&self->der, g_bytes_unref);
  g_clear_pointer (&self->columns, columns_free);
  g_clear_pointer (&self->fingerprint, g_free);
  g_clear_pointer (&self->key_id, g_free);
  g_clear_pointer (&self->key_spec, g_free);

  G_OBJECT_CLASS (signet_certificate_parent_class)->finalize (object);
}

static void
signet_certificate_class_init (SignetCertificateClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_certificate_finalize;
}

static void
signet_certificate_init (SignetCertificate *self)
{
}

/**
 * signet_alt_name_free:
 * @self: (transfer full): a subject alternative name
 */
void
signet_alt_name_free (SignetAltName *self)
{
  g_free (self->type);
  g_free (self->value);
  g_free (self);
}

static gint64
unix_time (const ASN1_TIME *time)
{
  g_autoptr (GDateTime) date = NULL;
  struct tm tm = { 0 };

  if (ASN1_TIME_to_tm (time, &tm) != 1)
    return 0;
  date = g_date_time_new_utc (tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);

  return date != NULL ? g_date_time_to_unix (date) : 0;
}

static char *
serial_of (X509 *x509)
{
  g_autoptr (BIGNUM) number = ASN1_INTEGER_to_BN (X509_get0_serialNumber (x509), NULL);
  char *hex = number != NULL ? BN_bn2hex (number) : NULL;
  char *serial = g_strdup (hex != NULL ? hex : "?");

  OPENSSL_free (hex);

  return serial;
}

static GPtrArray *
alt_names_of (X509 *x509)
{
  GPtrArray *names = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_alt_name_free);
  g_autoptr (GENERAL_NAMES) found = X509_get_ext_d2i (x509, NID_subject_alt_name, NULL, NULL);

  for (int i = 0; i < MIN (sk_GENERAL_NAME_num (found), MAX_ALT_NAMES); i++)
    {
      g_autofree char *text = signet_alt_name_print (sk_GENERAL_NAME_value (found, i));
      char *colon = strchr (text, ':');
      SignetAltName *name = g_new (SignetAltName, 1);

      name->type = g_strndup (text, (gsize) (colon - text));
      name->value = g_strdup (colon + 1);
      g_ptr_array_add (names, name);
    }

  return names;
}

static char *
email_of (X509      *x509,
          GPtrArray *alt_names)
{
  X509_NAME *subject = X509_get_subject_name (x509);
  unsigned char *utf8 = NULL;
  char *email = NULL;
  int at;
  int length;

  for (guint i = 0; i < alt_names->len; i++)
    {
      const SignetAltName *name = g_ptr_array_index (alt_names, i);

      if (g_str_equal (name->type, "email"))
        return g_strdup (name->value);
    }
  at = X509_NAME_get_index_by_NID (subject, NID_pkcs9_emailAddress, -1);
  if (at < 0)
    return NULL;
  length = ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (subject, at)));
  if (length >= 0)
    {
      email = g_utf8_make_valid ((const char *) utf8, length);
      OPENSSL_free (utf8);
    }

  return email;
}

static const char *
purpose_of (X509       *x509,
            const char *email)
{
  guint32 usage = X509_get_extended_key_usage (x509);

  if (X509_check_ca (x509) == 1)
    return "authority";
  if (usage != UINT32_MAX)
    {
      if (usage & XKU_SMIME)
        return "mail";
      if (usage & XKU_SSL_SERVER)
        return "server";
      if (usage & XKU_SSL_CLIENT)
        return "sign-in";
      return "other";
    }
  if (X509_get_key_usage (x509) != UINT32_MAX && (X509_get_key_usage (x509) & KU_NON_REPUDIATION))
    return "documents";

  return email != NULL ? "mail" : "other";
}

static GBytes *
der_of (X509 *x509)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (x509, &der);
  GBytes *bytes;

  g_return_val_if_fail (length > 0, NULL);

  bytes = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);

  return bytes;
}

static Columns *
get_columns (SignetCertificate *self)
{
  Columns *columns = g_atomic_pointer_get (&self->columns);
  X509 *x509 = self->x509;

  if (columns != NULL)
    return columns;
  columns = g_new0 (Columns, 1);
  columns->subject = signet_name_print (X509_get_subject_name (x509));
  columns->issuer = signet_name_print (X509_get_issuer_name (x509));
  columns->subject_cn = signet_name_get_cn (X509_get_subject_name (x509));
  columns->issuer_cn = signet_name_get_cn (X509_get_issuer_name (x509));
  columns->serial = serial_of (x509);
  columns->alt_names = alt_names_of (x509);
  columns->email = email_of (x509, columns->alt_names);
  columns->purpose = purpose_of (x509, columns->email);
  if (!g_atomic_pointer_compare_and_exchange (&self->columns, NULL, columns))
    columns_free (columns);

  return g_atomic_pointer_get (&self->columns);
}

/* The text in @slot, made by @make where it is not there yet. */
static const char *
get_text (SignetCertificate  *self,
          char              **slot,
          char *(*make) (SignetCertificate *self))
{
  char *text;

  if (g_atomic_pointer_get (slot) == NULL)
    {
      text = make (self);
      if (!g_atomic_pointer_compare_and_exchange (slot, NULL, text))
        g_free (text);
    }

  return g_atomic_pointer_get (slot);
}

static char *
fingerprint_of (SignetCertificate *self)
{
  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->der);
}

static char *
key_id_of (SignetCertificate *self)
{
  unsigned char *der = NULL;
  int length = i2d_X509_PUBKEY (X509_get_X509_PUBKEY (self->x509), &der);
  char *id = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der, length > 0 ? (gsize) length : 0);

  OPENSSL_free (der);

  return id;
}

static char *
key_spec_of (SignetCertificate *self)
{
  EVP_PKEY *pkey = X509_get0_pubkey (self->x509);
  g_autoptr (SignetKey) key = pkey != NULL ? signet_key_new_for_pkey (pkey) : NULL;

  if (key == NULL)
    signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED, "key");

  return g_strdup (key != NULL ? signet_key_get_spec (key) : "unknown");
}

static SignetCertificate *
certificate_new (X509   *x509,
                 GBytes *der)
{
  SignetCertificate *self = g_object_new (SIGNET_TYPE_CERTIFICATE, NULL);

  self->x509 = x509;
  self->der = der;
  self->not_before = unix_time (X509_get0_notBefore (x509));
  self->not_after = unix_time (X509_get0_notAfter (x509));

  return self;
}

/**
 * signet_certificate_new_from_der:
 * @der: DER of one certificate (RFC 5280 §4.1), at most 64 KiB, nothing behind it
 * @error: (out) (optional): %SIGNET_PKI_ERROR_MALFORMED, %SIGNET_PKI_ERROR_TOO_LARGE
 *
 * Returns: (transfer full): the certificate, or %NULL
 */
SignetCertificate *
signet_certificate_new_from_der (GBytes  *der,
                                 GError **error)
{
  g_autoptr (X509) x509 = NULL;
  const unsigned char *data;
  const unsigned char *end;
  gsize size;

  g_return_val_if_fail (der != NULL, NULL);

  data = g_bytes_get_data (der, &size);
  if (size > CERTIFICATE_MAX_SIZE)
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_TOO_LARGE,
                   _("The certificate has %" G_GSIZE_FORMAT " octets; more than %d are not taken."), size,
                   CERTIFICATE_MAX_SIZE);
      return NULL;
    }
  end = data;
  x509 = size > 0 ? d2i_X509 (NULL, &end, (long) size) : NULL;
  if (x509 == NULL)
    {
      signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED, _("This is not a certificate"));
      return NULL;
    }
  if (end != data + size)
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                   _("There are %" G_GSIZE_FORMAT " octets behind the certificate."), size - (gsize) (end - data));
      return NULL;
    }

  return certificate_new (g_steal_pointer (&x509), g_bytes_ref (der));
}

/**
 * signet_certificate_new_for_x509:
 * @x509: a certificate; a reference of its own is taken
 *
 * Returns: (transfer full): a certificate
 */
SignetCertificate *
signet_certificate_new_for_x509 (X509 *x509)
{
  g_return_val_if_fail (x509 != NULL, NULL);

  X509_up_ref (x509);

  return certificate_new (x509, der_of (x509));
}

X509 *
signet_certificate_get_x509 (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return self->x509;
}

GBytes *
signet_certificate_get_der (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return self->der;
}

const char *
signet_certificate_get_subject (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_columns (self)->subject;
}

const char *
signet_certificate_get_issuer (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_columns (self)->issuer;
}

const char *
signet_certificate_get_subject_cn (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_columns (self)->subject_cn;
}

const char *
signet_certificate_get_issuer_cn (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_columns (self)->issuer_cn;
}

const char *
signet_certificate_get_serial (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_columns (self)->serial;
}

const char *
signet_certificate_get_fingerprint (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_text (self, &self->fingerprint, fingerprint_of);
}

const char *
signet_certificate_get_key_id (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_text (self, &self->key_id, key_id_of);
}

const char *
signet_certificate_get_key_spec (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_text (self, &self->key_spec, key_spec_of);
}

gint64
signet_certificate_get_not_before (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), 0);

  return self->not_before;
}

gint64
signet_certificate_get_not_after (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), 0);

  return self->not_after;
}

GPtrArray *
signet_certificate_get_alt_names (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_columns (self)->alt_names;
}

const char *
signet_certificate_get_email (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_columns (self)->email;
}

const char *
signet_certificate_get_purpose (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  return get_columns (self)->purpose;
}

/**
 * signet_certificate_is_ca:
 * @self: a certificate
 *
 * Returns: whether it may issue certificates: basicConstraints, or version 1 and self-signed (RFC 5280 §4.2.1.9)
 */
gboolean
signet_certificate_is_ca (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), FALSE);

  return X509_check_ca (self->x509) != 0;
}

gboolean
signet_certificate_is_self_issued (SignetCertificate *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), FALSE);

  return X509_NAME_cmp (X509_get_subject_name (self->x509), X509_get_issuer_name (self->x509)) == 0;
}

gboolean
signet_certificate_equal (SignetCertificate *a,
                          SignetCertificate *b)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (a), FALSE);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (b), FALSE);

  return a == b || g_bytes_equal (a->der, b->der);
}

/**
 * signet_fingerprint_format:
 * @fingerprint: SHA-256 in hexadecimal
 *
 * Returns: (transfer full): the same in upper case with colons, as people compare it
 */
char *
signet_fingerprint_format (const char *fingerprint)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_return_val_if_fail (fingerprint != NULL, NULL);

  for (const char *c = fingerprint; *c != '\0'; c++)
    {
      if (c != fingerprint && (c - fingerprint) % 2 == 0)
        g_string_append_c (text, ':');
      g_string_append_c (text, g_ascii_toupper (*c));
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * signet_fingerprint_parse:
 * @text: what a person typed: 64 hexadecimal digits in either case, with spaces and colons anywhere
 * @error: (out) (optional): %SIGNET_PKI_ERROR_MALFORMED
 *
 * Returns: (transfer full): the digits in lower case, or %NULL
 */
char *
signet_fingerprint_parse (const char  *text,
                          GError     **error)
{
  g_autoptr (GString) digits = g_string_new (NULL);

  g_return_val_if_fail (text != NULL, NULL);

  for (const char *c = text; *c != '\0' && digits->len <= 64; c++)
    {
      if (g_ascii_isxdigit (*c))
        g_string_append_c (digits, g_ascii_tolower (*c));
      else if (*c != ':' && !g_ascii_isspace (*c))
        {
          g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                       _("A fingerprint has only digits and the letters A to F; there is something else at position %ld."),
                       (long) g_utf8_pointer_to_offset (text, c) + 1);
          return NULL;
        }
    }
  if (digits->len != 64)
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                   digits->len > 64 ? _("The fingerprint is too long: a SHA-256 fingerprint has 64 digits.")
                                    : _("The fingerprint is too short: a SHA-256 fingerprint has 64 digits, this has %u."),
                   (guint) digits->len);
      return NULL;
    }

  return g_string_free (g_steal_pointer (&digits), FALSE);
}

gboolean
signet_key_usage_check (const ASN1_OBJECT  *algorithm,
                        guint32             usage,
                        GError            **error)
{
  const guint32 signing = KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION | KU_KEY_CERT_SIGN | KU_CRL_SIGN;
  const guint32 encrypting = KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT | KU_KEY_AGREEMENT | KU_ENCIPHER_ONLY | KU_DECIPHER_ONLY;
  const char *name = signet_key_kind_name_of_post_quantum (algorithm);
  gboolean fits;

  if (name == NULL || usage == UINT32_MAX)
    return TRUE;
  fits = g_str_has_prefix (name, "ML-KEM") ? usage == KU_KEY_ENCIPHERMENT : (usage & signing) != 0 && (usage & encrypting) == 0;
  if (!fits)
    g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MISMATCH,
                 g_str_has_prefix (name, "ML-KEM") ? _("A key of the kind %s may be used for keyEncipherment and for nothing else")
                                                   : _("A key of the kind %s may be used for signatures, and not to encrypt"),
                 name);

  return fits;
}

gboolean
signet_certificate_check_key_usage (SignetCertificate  *self,
                                    GError            **error)
{
  const X509_PUBKEY *key;
  ASN1_OBJECT *algorithm = NULL;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), FALSE);

  key = X509_get_X509_PUBKEY (signet_certificate_get_x509 (self));
  X509_PUBKEY_get0_param (&algorithm, NULL, NULL, NULL, (X509_PUBKEY *) key);

  return signet_key_usage_check (algorithm, X509_get_key_usage (signet_certificate_get_x509 (self)), error);
}
