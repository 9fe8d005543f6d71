/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-issuers.h"

#include <glib/gi18n-lib.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "pki/pki-thread.h"

#define PLACES_MAX 8
#define ADDRESS_MAX 1024        /* octets */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CMS_ContentInfo, CMS_ContentInfo_free)

/* (transfer full) (nullable): the address, where it is one for HTTP in plain printable ASCII. */
static char *
take_address (const ACCESS_DESCRIPTION *description)
{
  const ASN1_IA5STRING *text;
  g_autofree char *address = NULL;
  g_autofree char *scheme = NULL;

  if (OBJ_obj2nid (description->method) != NID_ad_ca_issuers || description->location->type != GEN_URI)
    return NULL;
  text = description->location->d.uniformResourceIdentifier;
  if (ASN1_STRING_length (text) < 1 || ASN1_STRING_length (text) > ADDRESS_MAX)
    return NULL;
  address = g_strndup ((const char *) ASN1_STRING_get0_data (text), (gsize) ASN1_STRING_length (text));
  if (strlen (address) != (gsize) ASN1_STRING_length (text))
    return NULL;
  for (const char *c = address; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c))
      return NULL;
  scheme = g_uri_parse_scheme (address);
  if (scheme == NULL || (g_ascii_strcasecmp (scheme, "http") != 0 && g_ascii_strcasecmp (scheme, "https") != 0))
    return NULL;

  return g_steal_pointer (&address);
}

char **
signet_certificate_get_ca_issuers (SignetCertificate *self)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (AUTHORITY_INFO_ACCESS) access = NULL;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (self), NULL);

  access = X509_get_ext_d2i (signet_certificate_get_x509 (self), NID_info_access, NULL, NULL);
  ERR_clear_error ();
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num (access) && addresses->len < PLACES_MAX; i++)
    {
      char *address = take_address (sk_ACCESS_DESCRIPTION_value (access, i));

      if (address != NULL)
        g_ptr_array_add (addresses, address);
    }
  g_ptr_array_add (addresses, NULL);

  return (char **) g_ptr_array_free (g_steal_pointer (&addresses), FALSE);
}

static gboolean
add (GPtrArray  *certificates,
     X509       *x509,
     GError    **error)
{
  if (certificates->len >= SIGNET_ISSUERS_MAX_COUNT)
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_TOO_LARGE, _("The collection has more than %d certificates."),
                   SIGNET_ISSUERS_MAX_COUNT);
      return FALSE;
    }
  g_ptr_array_add (certificates, signet_certificate_new_for_x509 (x509));

  return TRUE;
}

static gboolean
malformed (GError **error)
{
  ERR_clear_error ();
  g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED,
                       _("This is neither a certificate nor a collection of certificates (certs-only CMS), in DER or PEM."));

  return FALSE;
}

/* @der: one certificate or one CMS message, to its last octet. */
static gboolean
read_der (const guint8  *der,
          gsize          size,
          GPtrArray     *certificates,
          GError       **error)
{
  const guint8 *cursor = der;
  g_autoptr (X509) x509 = d2i_X509 (NULL, &cursor, (long) size);
  g_autoptr (CMS_ContentInfo) cms = NULL;
  STACK_OF (X509) *found;
  gboolean taken = TRUE;

  if (x509 != NULL)
    return cursor == der + size ? add (certificates, x509, error) : malformed (error);
  cursor = der;
  cms = d2i_CMS_ContentInfo (NULL, &cursor, (long) size);
  if (cms == NULL || cursor != der + size || OBJ_obj2nid (CMS_get0_type (cms)) != NID_pkcs7_signed)
    return malformed (error);
  /* Who signed the collection, if anybody did, is no matter: each certificate is judged by itself. */
  found = CMS_get1_certs (cms);
  for (int i = 0; taken && i < sk_X509_num (found); i++)
    taken = add (certificates, sk_X509_value (found, i), error);
  sk_X509_pop_free (found, X509_free);

  return taken;
}

static gboolean
read_pem (GBytes     *octets,
          GPtrArray  *certificates,
          GError    **error)
{
  static const char *const names[] = { PEM_STRING_X509, PEM_STRING_X509_OLD, PEM_STRING_PKCS7, PEM_STRING_PKCS7_SIGNED, PEM_STRING_CMS };
  g_autoptr (BIO) bio = BIO_new_mem_buf (g_bytes_get_data (octets, NULL), (int) g_bytes_get_size (octets));
  gboolean good = TRUE;
  char *name = NULL;
  char *header = NULL;
  unsigned char *data = NULL;
  long size;

  while (good && PEM_read_bio (bio, &name, &header, &data, &size) == 1)
    {
      gboolean known = FALSE;

      for (guint i = 0; i < G_N_ELEMENTS (names) && !known; i++)
        known = g_str_equal (name, names[i]);
      good = known ? read_der (data, (gsize) size, certificates, error) : malformed (error);
      OPENSSL_free (name);
      OPENSSL_free (header);
      OPENSSL_free (data);
    }

  return good;
}

GPtrArray *
signet_issuers_read (GBytes  *octets,
                     GError **error)
{
  g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func (g_object_unref);
  gsize size;
  const guint8 *data;
  gboolean pem;
  gboolean good;

  signet_assert_may_take_time ();
  g_return_val_if_fail (octets != NULL, NULL);

  data = g_bytes_get_data (octets, &size);
  if (size > SIGNET_ISSUERS_MAX_SIZE)
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_TOO_LARGE, _("The collection has more than %d octets."),
                   SIGNET_ISSUERS_MAX_SIZE);
      return NULL;
    }
  ERR_clear_error ();
  pem = size > 0 && data[0] != 0x30 && g_strstr_len ((const char *) data, (gssize) size, "-----BEGIN ") != NULL;
  if (size == 0)
    return malformed (error), NULL;
  good = pem ? read_pem (octets, certificates, error) : read_der (data, size, certificates, error);
  ERR_clear_error ();
  if (!good)
    return NULL;
  if (certificates->len == 0)
    {
      g_set_error_literal (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED, _("The collection has no certificate in it."));
      return NULL;
    }

  return g_steal_pointer (&certificates);
}
