/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-made.h"

#include <openssl/asn1t.h>
#include <openssl/conf.h>
#include <string.h>

#include "pki/pki-name.h"

GBytes *
made_der (const char *text,
          const char *sections)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (sections != NULL ? sections : "", -1);
  CONF *configuration = NCONF_new (NULL);
  long line = 0;
  ASN1_TYPE *value;
  unsigned char *der = NULL;
  int size;
  GBytes *bytes;

  g_assert_cmpint (NCONF_load_bio (configuration, bio, &line), ==, 1);
  value = ASN1_generate_nconf (text, configuration);
  g_assert_nonnull (value);
  size = i2d_ASN1_TYPE (value, &der);
  bytes = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  ASN1_TYPE_free (value);
  NCONF_free (configuration);

  return bytes;
}

GBytes *
made_octets (const char *hex)
{
  long size = 0;
  unsigned char *octets = OPENSSL_hexstr2buf (hex, &size);
  GBytes *bytes;

  g_assert_nonnull (octets);
  bytes = g_bytes_new (octets, (gsize) size);
  OPENSSL_free (octets);

  return bytes;
}

GBytes *
made_sequence (GBytes *first,
               ...)
{
  ASN1_SEQUENCE_ANY *values = sk_ASN1_TYPE_new_null ();
  unsigned char *der = NULL;
  va_list arguments;
  int size;
  GBytes *bytes;

  va_start (arguments, first);
  for (GBytes *value = first; value != NULL; value = va_arg (arguments, GBytes *))
    {
      const unsigned char *cursor = g_bytes_get_data (value, NULL);
      ASN1_TYPE *any = d2i_ASN1_TYPE (NULL, &cursor, (long) g_bytes_get_size (value));

      g_assert_nonnull (any);
      sk_ASN1_TYPE_push (values, any);
    }
  va_end (arguments);
  size = i2d_ASN1_SEQUENCE_ANY (values, &der);
  bytes = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  sk_ASN1_TYPE_pop_free (values, ASN1_TYPE_free);

  return bytes;
}

GBytes *
made_tagged (int     tag,
             GBytes *value)
{
  int size = (int) g_bytes_get_size (value);
  g_autofree unsigned char *der = g_malloc ((gsize) ASN1_object_size (1, size, tag));
  unsigned char *cursor = der;

  ASN1_put_object (&cursor, 1, size, tag, V_ASN1_CONTEXT_SPECIFIC);
  memcpy (cursor, g_bytes_get_data (value, NULL), (gsize) size);

  return g_bytes_new (der, (gsize) ASN1_object_size (1, size, tag));
}

EVP_PKEY *
made_key (void)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");

  g_assert_nonnull (key);

  return key;
}

static void
set_name (X509_NAME  *name,
          const char *text)
{
  g_autoptr (X509_NAME) parsed = signet_name_parse (text, NULL);

  g_assert_nonnull (parsed);
  for (int i = 0; i < X509_NAME_entry_count (parsed); i++)
    X509_NAME_add_entry (name, X509_NAME_get_entry (parsed, i), -1, 0);
}

static X509_EXTENSION *
make_extension (const char *text,
                X509V3_CTX *context)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);
  X509_EXTENSION *extension = X509V3_EXT_conf (NULL, context, parts[0], parts[1]);

  g_assert_nonnull (extension);

  return extension;
}

SignetCertificate *
made_certificate (const MadeCertificate *what)
{
  g_autoptr (X509) x509 = X509_new ();
  X509V3_CTX context;

  g_assert_true (X509_set_version (x509, what->version_1 ? X509_VERSION_1 : X509_VERSION_3));
  ASN1_INTEGER_set (X509_get_serialNumber (x509), what->serial != 0 ? what->serial : 4711);
  set_name (X509_get_subject_name (x509), what->subject);
  set_name (X509_get_issuer_name (x509), what->issuer != NULL ? what->issuer : what->subject);
  ASN1_TIME_set (X509_getm_notBefore (x509), what->not_before != 0 ? what->not_before : MADE_NOW - MADE_DAY);
  ASN1_TIME_set (X509_getm_notAfter (x509), what->not_after != 0 ? what->not_after : MADE_NOW + 100 * MADE_DAY);
  X509_set_pubkey (x509, what->key);
  X509V3_set_ctx (&context, x509, x509, NULL, NULL, 0);
  if (!what->version_1 && !what->end_entity)
    {
      X509_EXTENSION *basic = make_extension ("basicConstraints=critical,CA:TRUE", &context);

      X509_add_ext (x509, basic, -1);
      X509_EXTENSION_free (basic);
    }
  for (guint i = 0; i < G_N_ELEMENTS (what->extensions) && what->extensions[i] != NULL; i++)
    {
      X509_EXTENSION *extension = make_extension (what->extensions[i], &context);

      X509_add_ext (x509, extension, -1);
      X509_EXTENSION_free (extension);
    }
  g_assert_cmpint (X509_sign (x509, what->issuer_key != NULL ? what->issuer_key : what->key,
                              EVP_get_digestbyname (what->digest != NULL ? what->digest : "SHA256")), >, 0);

  return signet_certificate_new_for_x509 (x509);
}

GBytes *
made_crl (const MadeCrl *what)
{
  g_autoptr (X509_CRL) crl = X509_CRL_new ();
  g_autoptr (X509_NAME) issuer = signet_name_parse (what->issuer, NULL);
  X509_REVOKED *entry = X509_REVOKED_new ();
  g_autoptr (ASN1_INTEGER) serial = ASN1_INTEGER_new ();
  ASN1_TIME *time = ASN1_TIME_new ();
  unsigned char *der = NULL;
  X509V3_CTX context;
  int size;
  GBytes *bytes;

  X509_CRL_set_version (crl, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name (crl, issuer);
  ASN1_TIME_set (time, what->this_update != 0 ? what->this_update : MADE_NOW - 3600);
  X509_CRL_set1_lastUpdate (crl, time);
  X509_REVOKED_set_revocationDate (entry, time);
  ASN1_TIME_set (time, what->next_update > 0 ? what->next_update : MADE_NOW + MADE_DAY);
  if (what->next_update >= 0)
    X509_CRL_set1_nextUpdate (crl, time);
  ASN1_TIME_free (time);
  ASN1_INTEGER_set (serial, 99);
  X509_REVOKED_set_serialNumber (entry, serial);
  X509_CRL_add0_revoked (crl, entry);
  if (what->number != 0)
    {
      ASN1_INTEGER_set (serial, what->number);
      X509_CRL_add1_ext_i2d (crl, NID_crl_number, serial, 0, 0);
    }
  X509V3_set_ctx (&context, NULL, NULL, NULL, crl, 0);
  for (guint i = 0; i < G_N_ELEMENTS (what->extensions) && what->extensions[i] != NULL; i++)
    {
      X509_EXTENSION *extension = make_extension (what->extensions[i], &context);

      X509_CRL_add_ext (crl, extension, -1);
      X509_EXTENSION_free (extension);
    }
  g_assert_cmpint (X509_CRL_sign (crl, what->issuer_key, EVP_get_digestbyname (what->digest != NULL ? what->digest : "SHA256")), >, 0);
  size = i2d_X509_CRL (crl, &der);
  bytes = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);

  return bytes;
}
