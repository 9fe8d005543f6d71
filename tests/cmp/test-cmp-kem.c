/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/pem.h>

#include "cmp-corpus.h"
#include "cmp/cmp-kdf.h"
#include "cmp/cmp-kem.h"

/* The contents of a file of tests/data/keys. */
static GBytes *
load_file (const char *name)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "data", "keys", name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (file, &contents, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, size);
}

static SignetKey *
load_key (const char *name)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "data", "keys", name, NULL);
  g_autoptr (BIO) bio = BIO_new_file (file, "r");
  g_autoptr (EVP_PKEY) pkey = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);

  g_assert_nonnull (pkey);
  return signet_key_new_for_pkey (pkey);
}

static SignetKey *
new_key (const char *spec)
{
  g_autoptr (GError) error = NULL;
  SignetKey *key = signet_key_generate (spec, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return key;
}

static X509_ALGOR *
algorithm (const char *hexadecimal)
{
  g_autoptr (GBytes) der = corpus_hex (hexadecimal);
  X509_ALGOR *value = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_ALGOR));

  g_assert_nonnull (value);
  return value;
}

static void
assert_secret (SignetSecret *secret,
               const char   *hexadecimal)
{
  g_autoptr (GBytes) expected = corpus_hex (hexadecimal);
  gsize size;
  const guint8 *octets;

  g_assert_nonnull (secret);
  octets = signet_secret_get_data (secret, &size);
  g_assert_cmpmem (octets, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

static gboolean
skip_without (const char *spec)
{
  if (signet_key_spec_check (spec, NULL))
    return FALSE;
  g_test_skip_printf ("this libcrypto has no %s", spec);
  return TRUE;
}

#define HKDF_SHA256 "300d060b2a864886f70d010910031c"
#define KEM_RSA "3009060728818c71020204"

/* ---- key derivation ---- */

/* RFC 5869 App. A.3: SHA-256, neither salt nor info. */
static void
test_hkdf (void)
{
  g_autoptr (X509_ALGOR) kdf = signet_cmp_kdf_new_hkdf ();
  g_autoptr (X509_ALGOR) published = algorithm (HKDF_SHA256);
  g_autofree guint8 *ikm = g_malloc (22);
  g_autoptr (SignetSecret) input = NULL;
  g_autoptr (SignetSecret) key = NULL;
  g_autoptr (GError) error = NULL;

  memset (ikm, 0x0b, 22);
  input = signet_secret_new (ikm, 22);
  g_assert_cmpint (X509_ALGOR_cmp (kdf, published), ==, 0);
  key = signet_cmp_kdf_derive (kdf, input, NULL, 42, &error);
  g_assert_no_error (error);
  assert_secret (key, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

/* RFC 9690 App. D: from the shared secret to the key-encryption key. */
static void
test_kdf3 (void)
{
  g_autoptr (X509_ALGOR) kdf = signet_cmp_kdf_new_kdf3 ();
  g_autoptr (GBytes) der = signet_asn1_encode (kdf, ASN1_ITEM_rptr (X509_ALGOR));
  g_autoptr (GBytes) secret = corpus_hex ("3cf82ec41b54ed4d37402bbd8f805a52");
  g_autoptr (GBytes) info = corpus_hex ("3010300b0609608648016503040105020110");
  g_autoptr (SignetSecret) input = signet_secret_new (g_bytes_get_data (secret, NULL), g_bytes_get_size (secret));
  g_autoptr (SignetSecret) key = NULL;
  g_autoptr (GError) error = NULL;

  corpus_assert_hex (der, "301b060a2b8105108648092c0102300d06096086480165030402010500");
  key = signet_cmp_kdf_derive (kdf, input, info, 16, &error);
  g_assert_no_error (error);
  assert_secret (key, "e6dc9d62ff2b469bef604c617b018718");
}

/* KDF2 is H (Z ‖ 1 ‖ info): known answer of ANSI X9.63 with SHA-256 from NIST's CAVS 12.0 vectors. */
static void
test_kdf2 (void)
{
  g_autoptr (X509_ALGOR) kdf = algorithm ("301b060a2b8105108648092c0101300d06096086480165030402010500");
  g_autoptr (GBytes) secret = corpus_hex ("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08");
  g_autoptr (SignetSecret) input = signet_secret_new (g_bytes_get_data (secret, NULL), g_bytes_get_size (secret));
  g_autoptr (SignetSecret) key = NULL;
  g_autoptr (GError) error = NULL;

  key = signet_cmp_kdf_derive (kdf, input, NULL, 16, &error);
  g_assert_no_error (error);
  assert_secret (key, "443024c3dae66b95e6f5670601558f71");
}

static void
test_kdf_refused (void)
{
  static const char *const cases[] = {
    "300f060b2a864886f70d010910031c0500",                  /* HKDF with NULL, RFC 8619 §2 */
    "300c060a2b8105108648092c0102",                        /* KDF3 without a hash */
    "3017060a2b8105108648092c0102300906052b0e03021a0500",  /* KDF3 with SHA-1 */
    "300b06092a864886f70d01050c",                          /* PBKDF2 has no place here */
  };
  g_autoptr (SignetSecret) input = signet_secret_new ("secret", 6);
  g_autoptr (X509_ALGOR) good = signet_cmp_kdf_new_hkdf ();
  g_autoptr (SignetSecret) nothing = NULL;
  g_autoptr (GError) limit = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (X509_ALGOR) kdf = algorithm (cases[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetSecret) key = signet_cmp_kdf_derive (kdf, input, NULL, 32, &error);

      g_assert_null (key);
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
    }
  nothing = signet_cmp_kdf_derive (good, input, NULL, 1025, &limit);
  g_assert_null (nothing);
  g_assert_error (limit, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT);
}

/* ---- encapsulation ---- */

static void
test_rsa_known_answer (void)
{
  g_autoptr (SignetKey) key = load_key ("RSA-KEM-bob.priv");
  g_autoptr (GBytes) ciphertext = load_file ("RSA-KEM-bob.ciphertext");
  g_autoptr (X509_ALGOR) kem = algorithm (KEM_RSA);
  g_autoptr (X509_ALGOR) explicit_kem
      = algorithm ("302b060728818c710202043020301b060a2b8105108648092c0102300d06096086480165030402010500020110");
  g_autoptr (SignetSecret) secret = NULL;
  g_autoptr (SignetSecret) same = NULL;
  g_autoptr (GError) error = NULL;

  secret = signet_cmp_kem_decapsulate (key, kem, ciphertext, 16, &error);
  g_assert_no_error (error);
  assert_secret (secret, "3cf82ec41b54ed4d37402bbd8f805a52");
  /* RsaKemParameters say the same, whatever size was expected. */
  same = signet_cmp_kem_decapsulate (key, explicit_kem, ciphertext, 32, &error);
  g_assert_no_error (error);
  assert_secret (same, "3cf82ec41b54ed4d37402bbd8f805a52");
}

/* RFC 9936 App. C: shared secret, and the key that HKDF makes of it. */
static void
test_ml_kem_known_answer (void)
{
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (GBytes) ciphertext = load_file ("ML-KEM-512.ciphertext");
  g_autoptr (GBytes) info = corpus_hex ("3010300b0609608648016503040105020110");
  g_autoptr (X509_ALGOR) kem = algorithm ("300b0609608648016503040401");
  g_autoptr (X509_ALGOR) kdf = signet_cmp_kdf_new_hkdf ();
  g_autoptr (SignetSecret) secret = NULL;
  g_autoptr (SignetSecret) kek = NULL;
  g_autoptr (GError) error = NULL;

  if (skip_without ("ml-kem-512"))
    return;
  key = load_key ("ML-KEM-512-expanded.priv");
  secret = signet_cmp_kem_decapsulate (key, kem, ciphertext, 32, &error);
  g_assert_no_error (error);
  assert_secret (secret, "7df12d412ae299a24fde6d7c3bb8e3194c80ad3c733dcf2775e09fe8bedb86d8");
  kek = signet_cmp_kdf_derive (kdf, secret, info, 16, &error);
  g_assert_no_error (error);
  assert_secret (kek, "cf453a3e2bae0a78701b8206c185a008");
}

/* Both ways: what one side encapsulates the other gets out, new each time, and a changed ciphertext gives no same secret. */
static void
test_both_ways (gconstpointer data)
{
  const char *spec = data;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetKey) other = NULL;
  g_autoptr (X509_ALGOR) kem = NULL;
  g_autoptr (GBytes) ciphertext = NULL;
  g_autoptr (GBytes) second = NULL;
  g_autoptr (GBytes) changed = NULL;
  g_autoptr (GBytes) cut = NULL;
  g_autoptr (SignetSecret) sent = NULL;
  g_autoptr (SignetSecret) again = NULL;
  g_autoptr (SignetSecret) received = NULL;
  g_autoptr (SignetSecret) wrong = NULL;
  g_autoptr (SignetSecret) none = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *octets = NULL;
  gsize size;

  if (skip_without (spec))
    return;
  key = new_key (spec);
  other = new_key (spec);
  sent = signet_cmp_kem_encapsulate (signet_key_get_pkey (key), 32, &kem, &ciphertext, &error);
  g_assert_no_error (error);
  received = signet_cmp_kem_decapsulate (key, kem, ciphertext, 32, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (signet_secret_get_size (sent), ==, 32);
  g_assert_true (signet_secret_equal (sent, received));

  again = signet_cmp_kem_encapsulate (signet_key_get_pkey (key), 32, NULL, &second, &error);
  g_assert_no_error (error);
  g_assert_false (signet_secret_equal (sent, again));
  g_assert_false (g_bytes_equal (ciphertext, second));

  octets = g_memdup2 (g_bytes_get_data (ciphertext, &size), g_bytes_get_size (ciphertext));
  octets[size - 1] ^= 1;
  changed = g_bytes_new (octets, size);
  wrong = signet_cmp_kem_decapsulate (key, kem, changed, 32, NULL);
  g_assert_true (wrong == NULL || !signet_secret_equal (wrong, sent));
  g_clear_pointer (&wrong, signet_secret_unref);
  wrong = signet_cmp_kem_decapsulate (other, kem, ciphertext, 32, NULL);
  g_assert_true (wrong == NULL || !signet_secret_equal (wrong, sent));

  cut = g_bytes_new_from_bytes (ciphertext, 0, size - 1);
  none = signet_cmp_kem_decapsulate (key, kem, cut, 32, &error);
  g_assert_null (none);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION);
}

/* No other mechanism, no short key, no mechanism that is not the key's. */
static void
test_allow_list (void)
{
  static const struct {
    const char *type;
    const char *group;
    gsize bits;
    int code;
  } cases[] = {
    { "EC", "P-256", 0, SIGNET_CMP_ERROR_UNSUPPORTED },      /* newer libcryptos have a KEM for these (RFC 9180) */
    { "X25519", NULL, 0, SIGNET_CMP_ERROR_UNSUPPORTED },
    { "ED25519", NULL, 0, SIGNET_CMP_ERROR_UNSUPPORTED },
    { "RSA", NULL, 1024, SIGNET_CMP_ERROR_WEAK },
  };
  g_autoptr (SignetKey) rsa = new_key ("rsa:2048");
  g_autoptr (X509_ALGOR) ml_kem = algorithm ("300b0609608648016503040401");
  g_autoptr (X509_ALGOR) null = algorithm ("300b060728818c710202040500");
  g_autoptr (GBytes) octets = g_bytes_new_static ("x", 1);
  g_autoptr (SignetSecret) nothing = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (EVP_PKEY) pkey = cases[i].bits != 0   ? EVP_PKEY_Q_keygen (NULL, NULL, cases[i].type, cases[i].bits)
                                  : cases[i].group != NULL ? EVP_PKEY_Q_keygen (NULL, NULL, cases[i].type, cases[i].group)
                                                           : EVP_PKEY_Q_keygen (NULL, NULL, cases[i].type);
      g_autoptr (GBytes) ciphertext = NULL;
      g_autoptr (SignetSecret) secret = NULL;
      g_autoptr (GError) reason = NULL;

      g_assert_nonnull (pkey);
      secret = signet_cmp_kem_encapsulate (pkey, 32, NULL, &ciphertext, &reason);
      g_assert_null (secret);
      g_assert_error (reason, SIGNET_CMP_ERROR, cases[i].code);
    }
  nothing = signet_cmp_kem_decapsulate (rsa, ml_kem, octets, 32, &error);
  g_assert_null (nothing);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  nothing = signet_cmp_kem_decapsulate (rsa, null, octets, 32, &error);
  g_assert_null (nothing);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
}

int
main (int    argc,
      char **argv)
{
  static const char *const specs[] = { "rsa:2048", "ml-kem-512", "ml-kem-768", "ml-kem-1024" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/kdf/hkdf/known-answer", test_hkdf);
  g_test_add_func ("/cmp/kdf/kdf3/known-answer", test_kdf3);
  g_test_add_func ("/cmp/kdf/kdf2/known-answer", test_kdf2);
  g_test_add_func ("/cmp/kdf/refuses-what-it-does-not-know", test_kdf_refused);
  g_test_add_func ("/cmp/kem/rsa/known-answer", test_rsa_known_answer);
  g_test_add_func ("/cmp/kem/ml-kem-512/known-answer", test_ml_kem_known_answer);
  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cmp/kem/%s/both-ways-and-new-each-time/R098,R103", specs[i]);

      g_test_add_data_func (path, specs[i], test_both_ways);
    }
  g_test_add_func ("/cmp/kem/only-what-stays-safe-however-often-it-is-used/R111", test_allow_list);

  return g_test_run ();
}
