/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "cmp/cmp-made.h"
#include "pki/pki-issuers.h"

/* Where a certificate says that those of its issuer lie, and the forms in which they lie there: RFC 5280 §4.2.2.1. */

static SignetCertificate *
make_certificate (const char *extension,
                  long        serial)
{
  g_autoptr (EVP_PKEY) key = made_key ();
  const MadeCertificate what = { .subject = "CN=Root", .key = key, .serial = serial, .extensions = { extension } };

  return made_certificate (&what);
}

/* DER of a PKCS #7 message that has @certificates and no signer, as libcrypto writes it. */
static GBytes *
certs_only (GPtrArray *certificates)
{
  PKCS7 *message = PKCS7_new ();
  unsigned char *der = NULL;
  int size;
  GBytes *octets;

  g_assert_true (PKCS7_set_type (message, NID_pkcs7_signed));
  g_assert_true (PKCS7_content_new (message, NID_pkcs7_data));
  PKCS7_set_detached (message, 1);
  for (guint i = 0; i < certificates->len; i++)
    g_assert_true (PKCS7_add_certificate (message, signet_certificate_get_x509 (certificates->pdata[i])));
  size = i2d_PKCS7 (message, &der);
  g_assert_cmpint (size, >, 0);
  octets = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  PKCS7_free (message);

  return octets;
}

/* The same with the outermost length left open, which DER has not and BER has. */
static GBytes *
open_length (GBytes *der)
{
  const unsigned char *cursor = g_bytes_get_data (der, NULL);
  GByteArray *ber = g_byte_array_new ();
  long length;
  int tag;
  int class;

  g_assert_cmpint (ASN1_get_object (&cursor, &length, &tag, &class, (long) g_bytes_get_size (der)), ==, V_ASN1_CONSTRUCTED);
  g_byte_array_append (ber, (const guint8 *) "\x30\x80", 2);
  g_byte_array_append (ber, cursor, (guint) length);
  g_byte_array_append (ber, (const guint8 *) "\0\0", 2);

  return g_byte_array_free_to_bytes (ber);
}

static GBytes *
to_pem (GBytes     *der,
        const char *name)
{
  g_autoptr (BIO) bio = BIO_new (BIO_s_mem ());
  char *data;
  long size;

  g_assert_cmpint (PEM_write_bio (bio, name, "", g_bytes_get_data (der, NULL), (long) g_bytes_get_size (der)), >, 0);
  size = BIO_get_mem_data (bio, &data);

  return g_bytes_new (data, (gsize) size);
}

static GBytes *
join (GBytes     *first,
      const char *text)
{
  GByteArray *octets = g_byte_array_new ();

  g_byte_array_append (octets, g_bytes_get_data (first, NULL), (guint) g_bytes_get_size (first));
  g_byte_array_append (octets, (const guint8 *) text, (guint) strlen (text));

  return g_byte_array_free_to_bytes (octets);
}

static void
assert_addresses (const char *extension,
                  const char *joined)
{
  g_autoptr (SignetCertificate) certificate = make_certificate (extension, 1);
  g_auto (GStrv) addresses = signet_certificate_get_ca_issuers (certificate);
  g_autofree char *text = g_strjoinv (" ", addresses);

  g_assert_cmpstr (text, ==, joined);
}

static void
test_addresses (void)
{
  g_autofree char *padding = g_strnfill (1024, 'x');
  g_autofree char *too_long = g_strdup_printf ("authorityInfoAccess=caIssuers;URI:http://a/%s,caIssuers;URI:http://b/", padding);

  assert_addresses (NULL, "");
  assert_addresses ("authorityInfoAccess=OCSP;URI:http://o/", "");
  assert_addresses ("authorityInfoAccess=caIssuers;URI:http://a/ca.p7c,OCSP;URI:http://o/,caIssuers;URI:HTTPS://b/?q=1",
                    "http://a/ca.p7c HTTPS://b/?q=1");
  assert_addresses ("authorityInfoAccess=caIssuers;URI:ldap://a/cn=CA,caIssuers;URI:file:///etc/passwd,caIssuers;URI:ftp://a/ca.cer,"
                    "caIssuers;email:ca@example.org,caIssuers;URI:http://a/ b,caIssuers;URI:relative", "");
  assert_addresses (too_long, "http://b/");
  assert_addresses ("authorityInfoAccess=caIssuers;URI:http://1/,caIssuers;URI:http://2/,caIssuers;URI:http://3/,caIssuers;URI:http://4/,"
                    "caIssuers;URI:http://5/,caIssuers;URI:http://6/,caIssuers;URI:http://7/,caIssuers;URI:http://8/,"
                    "caIssuers;URI:http://9/", "http://1/ http://2/ http://3/ http://4/ http://5/ http://6/ http://7/ http://8/");
}

static void
assert_read (GBytes    *octets,
             GPtrArray *wanted)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) certificates = signet_issuers_read (octets, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (certificates->len, ==, wanted->len);
  for (guint i = 0; i < wanted->len; i++)
    g_assert_true (g_ptr_array_find_with_equal_func (certificates, wanted->pdata[i], (GEqualFunc) signet_certificate_equal, NULL));
}

static void
test_forms (void)
{
  g_autoptr (GPtrArray) one = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) two = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GBytes) der = NULL;
  g_autoptr (GBytes) der_pem = NULL;
  g_autoptr (GBytes) collection = NULL;
  g_autoptr (GBytes) collection_ber = NULL;
  g_autoptr (GBytes) collection_pem = NULL;
  g_autoptr (GBytes) collection_cms = NULL;

  g_ptr_array_add (one, make_certificate (NULL, 1));
  g_ptr_array_add (two, g_object_ref (one->pdata[0]));
  g_ptr_array_add (two, make_certificate (NULL, 2));
  der = g_bytes_ref (signet_certificate_get_der (one->pdata[0]));
  der_pem = to_pem (der, PEM_STRING_X509);
  collection = certs_only (two);
  collection_ber = open_length (collection);
  collection_pem = to_pem (collection, PEM_STRING_PKCS7);
  collection_cms = to_pem (collection_ber, PEM_STRING_CMS);
  assert_read (der, one);
  assert_read (der_pem, one);
  assert_read (collection, two);
  assert_read (collection_ber, two);
  assert_read (collection_pem, two);
  assert_read (collection_cms, two);
}

static void
assert_refused (GBytes *octets,
                int     code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (signet_issuers_read (octets, &error));
  g_assert_error (error, SIGNET_PKI_ERROR, code);
  g_assert_cmpuint (ERR_peek_error (), ==, 0);
}

static void
test_counts (void)
{
  g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GBytes) none = certs_only (certificates);
  g_autoptr (GBytes) most = NULL;
  g_autoptr (GBytes) too_many = NULL;

  assert_refused (none, SIGNET_PKI_ERROR_MALFORMED);
  for (int i = 0; i < SIGNET_ISSUERS_MAX_COUNT; i++)
    g_ptr_array_add (certificates, make_certificate (NULL, i + 1));
  most = certs_only (certificates);
  assert_read (most, certificates);
  g_ptr_array_add (certificates, make_certificate (NULL, 1000));
  too_many = certs_only (certificates);
  assert_refused (too_many, SIGNET_PKI_ERROR_TOO_LARGE);
}

static void
test_refused (void)
{
  static const char *const texts[] = { "", "0", "\x30\x80", "<html><title>Oops</title></html>", "-----BEGIN CERTIFICATE-----\nAAAA\n" };
  g_autoptr (SignetCertificate) certificate = make_certificate (NULL, 1);
  GBytes *der = signet_certificate_get_der (certificate);
  g_autoptr (GBytes) longer = join (der, "x");
  g_autoptr (GBytes) shorter = g_bytes_new_from_bytes (der, 0, g_bytes_get_size (der) - 1);
  g_autoptr (GBytes) pem = to_pem (der, PEM_STRING_X509);
  g_autoptr (GBytes) with_key = join (pem, "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n");
  g_autoptr (GBytes) data_only = made_der ("SEQUENCE:message", "[message]\ntype=OID:1.2.840.113549.1.7.1\n");
  g_autoptr (GBytes) huge = g_bytes_new_take (g_malloc0 (SIGNET_ISSUERS_MAX_SIZE + 1), SIGNET_ISSUERS_MAX_SIZE + 1);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) octets = g_bytes_new_static (texts[i], strlen (texts[i]));

      assert_refused (octets, SIGNET_PKI_ERROR_MALFORMED);
    }
  assert_refused (longer, SIGNET_PKI_ERROR_MALFORMED);
  assert_refused (shorter, SIGNET_PKI_ERROR_MALFORMED);
  assert_refused (with_key, SIGNET_PKI_ERROR_MALFORMED);
  assert_refused (data_only, SIGNET_PKI_ERROR_MALFORMED);
  assert_refused (huge, SIGNET_PKI_ERROR_TOO_LARGE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pki/issuers/addresses-for-http-alone-and-bounded/R278", test_addresses);
  g_test_add_func ("/pki/issuers/one-certificate-or-certs-only-in-der-ber-and-pem/R278", test_forms);
  g_test_add_func ("/pki/issuers/counts-are-bounded", test_counts);
  g_test_add_func ("/pki/issuers/refuses-everything-else", test_refused);

  return g_test_run ();
}
