/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/pkcs12.h>
#include <string.h>

#include "pki/pki-format.h"
#include "pki/pki-pbmac1.h"

/* PKCS #12 files with PBMAC1: the examples of RFC 9579 App. A and of OpenSSL's tests, and our own. */

#define LIMIT 10000000

static GBytes *
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "pbmac1", name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);

  return g_bytes_new_take (contents, size);
}

static PKCS12 *
parse (GBytes *octets)
{
  gsize size;
  const guchar *data = g_bytes_get_data (octets, &size);
  PKCS12 *p12 = d2i_PKCS12 (NULL, &data, (long) size);

  g_assert_nonnull (p12);

  return p12;
}

static SignetIdentity *
open_with (GBytes      *octets,
           const char  *text,
           GError     **error)
{
  g_autoptr (SignetSecret) password = signet_secret_new (text, strlen (text));

  return signet_identity_parse (octets, password, error);
}

static void
test_examples (void)
{
  static const char *const names[] = { "pbmac1_256_256.good.p12", "pbmac1_512_256.good.p12", "pbmac1_512_512.good.p12" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GBytes) octets = load (names[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetIdentity) identity = open_with (octets, "1234", &error);
      g_autoptr (SignetIdentity) wrong = NULL;

      g_assert_no_error (error);
      g_assert_nonnull (identity->key);
      g_assert_nonnull (identity->certificate);
      wrong = open_with (octets, "12345", &error);
      g_assert_null (wrong);
      g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_WRONG_PASSWORD);
    }
}

/* RFC 9579 App. A.4 to A.6, and what OpenSSL tests beside them. */
static void
test_refused (void)
{
  static const struct { const char *name; SignetPkiError code; } table[] = {
    { "pbmac1_256_256.bad-iter.p12", SIGNET_PKI_ERROR_WRONG_PASSWORD },
    { "pbmac1_256_256.bad-salt.p12", SIGNET_PKI_ERROR_WRONG_PASSWORD },
    { "pbmac1_256_256.no-len.p12", SIGNET_PKI_ERROR_UNSUPPORTED },
    { "pbmac1_256_256.zero-len.p12", SIGNET_PKI_ERROR_UNSUPPORTED },
    { "pbmac1_256_256.negative-len.p12", SIGNET_PKI_ERROR_WRONG_PASSWORD },
    { "pbmac1_256_256.very-big-len.p12", SIGNET_PKI_ERROR_UNSUPPORTED },
    { "pbmac1_256_256.bad-len.p12", SIGNET_PKI_ERROR_WRONG_PASSWORD },
    { "pbmac1_256_256.no-salt.p12", SIGNET_PKI_ERROR_UNSUPPORTED },
    { "pbmac1_256_256.bad-salt-type.p12", SIGNET_PKI_ERROR_UNSUPPORTED },
    { "pbmac1_sha1_hmac_and_prf.p12", SIGNET_PKI_ERROR_UNSUPPORTED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GBytes) octets = load (table[i].name);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetIdentity) identity = open_with (octets, "1234", &error);

      g_assert_null (identity);
      if (!g_error_matches (error, SIGNET_PKI_ERROR, (int) table[i].code))
        g_error ("%s: %d: %s", table[i].name, error->code, error->message);
    }
}

typedef struct
{
  SignetKey *key;
  SignetCertificate *certificate;
} Own;

static void
make_own (Own *own)
{
  X509 *x509 = X509_new ();
  X509_NAME *name = X509_get_subject_name (x509);

  own->key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guchar *) "Maria", -1, -1, 0);
  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 7);
  X509_set_issuer_name (x509, name);
  X509_gmtime_adj (X509_getm_notBefore (x509), -60);
  X509_gmtime_adj (X509_getm_notAfter (x509), 3600);
  X509_set_pubkey (x509, signet_key_get_pkey (own->key));
  g_assert_cmpint (X509_sign (x509, signet_key_get_pkey (own->key), EVP_sha256 ()), >, 0);
  own->certificate = signet_certificate_new_for_x509 (x509);
  X509_free (x509);
}

static void
own_clear (Own *own)
{
  g_object_unref (own->key);
  g_object_unref (own->certificate);
}

/* AlgorithmIdentifier of our own file: PBMAC1 with PBKDF2, a salt, iterations, keyLength 32 and HMAC-SHA-256 twice. */
static void
assert_parameters (GBytes *octets)
{
  static const guint8 tail[] = {
    0x02, 0x01, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09, 0x05, 0x00,
    0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09, 0x05, 0x00,
  };
  g_autoptr (PKCS12) p12 = parse (octets);
  const X509_ALGOR *algorithm;
  const ASN1_OCTET_STRING *salt;
  const ASN1_INTEGER *iterations;
  const ASN1_STRING *parameters;
  gsize size;

  g_assert_true (signet_pkcs12_has_pbmac1 (p12));
  PKCS12_get0_mac (NULL, &algorithm, &salt, &iterations, p12);
  g_assert_cmpint (ASN1_STRING_length (salt), >, 0);
  g_assert_true (iterations == NULL || ASN1_INTEGER_get (iterations) > 0);
  g_assert_cmpint (algorithm->parameter->type, ==, V_ASN1_SEQUENCE);
  parameters = algorithm->parameter->value.sequence;
  size = (gsize) ASN1_STRING_length (parameters);
  g_assert_cmpuint (size, >, sizeof tail);
  g_assert_cmpmem (ASN1_STRING_get0_data (parameters) + size - sizeof tail, sizeof tail, tail, sizeof tail);
}

static void
test_written (void)
{
  static const char *const passwords[] = { "1234", "Grüße, Łódź und 東京", "a b" };
  Own own;

  make_own (&own);
  for (guint i = 0; i < G_N_ELEMENTS (passwords); i++)
    {
      g_autoptr (SignetSecret) password = signet_secret_new (passwords[i], strlen (passwords[i]));
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) octets = signet_identity_to_pkcs12_pbmac1 (own.key, own.certificate, NULL, "Maria", password, &error);
      g_autoptr (SignetIdentity) again = NULL;
      g_autoptr (SignetIdentity) wrong = NULL;

      g_assert_no_error (error);
      assert_parameters (octets);
      again = open_with (octets, passwords[i], &error);
      g_assert_no_error (error);
      g_assert_true (signet_certificate_equal (again->certificate, own.certificate));
      wrong = open_with (octets, "another", &error);
      g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_WRONG_PASSWORD);
#if OPENSSL_VERSION_NUMBER >= 0x30400000L
      {
        g_autoptr (PKCS12) p12 = parse (octets);

        g_assert_cmpint (PKCS12_verify_mac (p12, passwords[i], -1), ==, 1);
      }
#endif
    }
  own_clear (&own);
}

/* What RFC 9579 §6 says of passwords, which its examples do not do: BMPString with a terminator. Such files open, too. */
static void
test_bmp_password (void)
{
  static const char text[] = "Grüße";
  g_autoptr (PKCS12) plain = NULL;
  g_autoptr (PKCS12) p12 = NULL;
  g_autoptr (GError) error = NULL;
  guchar *bmp = NULL;
  int bmp_size = 0;
  Own own;

  make_own (&own);
  plain = PKCS12_create (text, NULL, signet_key_get_pkey (own.key), signet_certificate_get_x509 (own.certificate), NULL,
                         NID_aes_256_cbc, NID_aes_256_cbc, 2048, -1, 0);
  g_assert_nonnull (OPENSSL_utf82uni (text, -1, &bmp, &bmp_size));
  g_assert_cmpint (bmp_size, ==, 12);
  p12 = signet_pkcs12_add_pbmac1 (plain, (const char *) bmp, (gsize) bmp_size, 2048);
  OPENSSL_free (bmp);
  g_assert_true (signet_pkcs12_verify_pbmac1 (p12, text, strlen (text), LIMIT, &error));
  g_assert_no_error (error);
  g_assert_false (signet_pkcs12_verify_pbmac1 (p12, "Gruesse", 7, LIMIT, &error));
  g_clear_error (&error);
  g_assert_false (signet_pkcs12_verify_pbmac1 (p12, text, strlen (text), 2047, &error));
  g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_TOO_LARGE);
  own_clear (&own);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pki/pbmac1/examples-of-the-rfc/R480", test_examples);
  g_test_add_func ("/pki/pbmac1/refuses-what-is-not-allowed/R481", test_refused);
  g_test_add_func ("/pki/pbmac1/written-and-opened-again/R480", test_written);
  g_test_add_func ("/pki/pbmac1/password-as-bmp-string/R482", test_bmp_password);

  return g_test_run ();
}
