/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/pem.h>

#include "cmp-corpus.h"
#include "cmp/cmp-signature.h"
#include "pki/pki-key.h"

/* Signatures beyond those of test-cmp-protection.c: each algorithm of RFC 9481 §3 and of RFC 9881 and 9909, with each digest. */

static X509_ALGOR *
algorithm_from_hex (const char *hexadecimal)
{
  g_autoptr (GBytes) der = corpus_hex (hexadecimal);
  X509_ALGOR *algorithm = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_ALGOR));

  g_assert_nonnull (algorithm);
  return algorithm;
}

static SignetKey *
new_key (const char *spec)
{
  g_autoptr (GError) error = NULL;
  SignetKey *key = signet_key_generate (spec, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return key;
}

static gboolean
skip_without (const char *spec)
{
  if (signet_key_spec_check (spec, NULL))
    return FALSE;
  g_test_skip_printf ("this libcrypto has no %s", spec);
  return TRUE;
}

/* ---- SHAKE, RFC 8692 ---- */

/* Made by Bouncy Castle 1.72 over "protected part". */
static const char rsa_key[] =
    "30820122300d06092a864886f70d01010105000382010f003082010a0282010100d3a3a0fd955810c0c71a5be3cece831ebeafb8734d2cde971654b8"
    "0ea1bfbddb382932e576b54842ce0143da7e06725e32874bfd153e4465c5bc2dfad997003792c648fb118709779855ddf2d8d5457878c1fc9bc5cc31"
    "8a4a1bf2c27fd89b6f6c2646b24ffbb8e4e8fab279ee6a3dd8081e5764a5ae6cda376be7faccc0d68c4c1fb56b6b2604a6bf31284abb5f2ad95649b8"
    "c0d9ed53282c1f2cbf1989c2474ed7acf304b13844488ee20001dc4f702718409f0fc4e827c50910f76c0bdb5298c2400556e3507955cb40b406b0f1"
    "df62015e21634ac83df8a66ed99aaa53490e3380b1d4a2b8097207be9c28d020730e2fd4cb04f363e34366cc0b5638944d0203010001";
static const char ec_key[] =
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004c2a64639c692abe026043e051db0c6528ba059396df0d741108950f6622e36dc32"
    "c6728c7aaef09cb0fe63ac620a4233ddb4dc795518c85fe50d872d9e4e399f";

typedef struct {
  const char *path;
  const char *algorithm;
  const char *key;
  const char *signature;
} KnownAnswer;

static const KnownAnswer shake_cases[] = {
  { "/cmp/signature/rsa-pss-shake128/known-answer/R061,R064,R065", "300a06082b0601050507061e", rsa_key,
    "ba163f379eb2457a6ed5bb47e7b656ea099560177c6f30a5b3e1aaa1f3fcdfae20eb44cf5fd47deef8a8523d877eff13022e017f062fe00fac7f360c"
    "8f0f9a2f43947172e5dcde7f24531aad0393e0b44bcc95eb90eeeaa7125e196d3ed3f6bbf48b89cfd29d5cc6c71d6a804806167bb984bd7b24dcd446"
    "73eded6e59ca5205006fefd3f8229cbb946f7f1a3e1877deda48f08dd1647bfe7e79be403e54ce3d277910d65bf20666164d5136648c1d3465e6a1a8"
    "4baca48ed440b57533b1a8c58e10330522f74a76f746458c52f23a52b85a62bdd2cc00f816b3b816940f087dc8e29e79475ff200a47d2d5e6dbe6882"
    "37d1539dacf565e56216d42016300ccd" },
  { "/cmp/signature/rsa-pss-shake256/known-answer/R061,R064,R065", "300a06082b0601050507061f", rsa_key,
    "aba70116f5893c6d8b8526bec0f3db82db0a000ade76fbe029cca3b79a15c8cf5e0dc489542a21c0823d41401b233bf215d915a150e34813f244744f"
    "62c4cc30e21705964ee1d7b56cf74c6bd74415fd4f152e342e5ff52a4d9f10a1d1e6b0b7aa1727e78b7135669193635d6eaf2af50478e319c84ca80e"
    "e77aec4a50fb4d3d2bc57fbf9dbc116c3f8268c8daec61eea17c02e36114c794f549599d34ac3b41dd4958e1178bc042a6328fbe0db263e3ebc438ae"
    "844bff557e286591e687186e98ce6407ae0a4a689ae96bcb9b0fd3273466cf520d94bc84424d92297e42ec1bc5a3bf3f72d7abaa54c75789544c80ca"
    "a4b4d6f9a9f5b90012dcac58ee5c186c" },
  { "/cmp/signature/ecdsa-shake128/known-answer/R061,R064,R065", "300a06082b06010505070620", ec_key,
    "30440220084c231c305c01c0acd86f09dba6c6c48abd534474874a5501ce5a9302618581022007963f1e54667d5efd3957cb6136f20f7d1868356d4c"
    "867b88f78c19308ebcac" },
  { "/cmp/signature/ecdsa-shake256/known-answer/R061,R064,R065", "300a06082b06010505070621", ec_key,
    "3044022073bd67f3d8fd737859963154222058eef87c0e4a11dc7692a88b2bae6a700ee80220656e264c2409b37c3fd43d87939e7587c079cca6f2cf"
    "992f538121f568c92277" },
};

static void
test_shake (gconstpointer data)
{
  const KnownAnswer *test = data;
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (test->algorithm);
  g_autoptr (GBytes) public_der = corpus_hex (test->key);
  g_autoptr (GBytes) signature = corpus_hex (test->signature);
  g_autoptr (GBytes) text = g_bytes_new_static ("protected part", 14);
  g_autoptr (GBytes) changed = g_bytes_new_static ("protected Part", 14);
  const unsigned char *octets = g_bytes_get_data (public_der, NULL);
  g_autoptr (EVP_PKEY) key = d2i_PUBKEY (NULL, &octets, (long) g_bytes_get_size (public_der));
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_signature_verify (key, algorithm, text, signature, SIGNET_CMP_RELAX_NONE, &error));
  g_assert_no_error (error);
  g_assert_false (signet_cmp_signature_verify (key, algorithm, changed, signature, SIGNET_CMP_RELAX_NONE, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION);
}

/* Every octet of the signature counts. */
static void
test_shake_flipped (gconstpointer data)
{
  const KnownAnswer *test = data;
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (test->algorithm);
  g_autoptr (GBytes) public_der = corpus_hex (test->key);
  g_autoptr (GBytes) signature = corpus_hex (test->signature);
  g_autoptr (GBytes) text = g_bytes_new_static ("protected part", 14);
  const unsigned char *octets = g_bytes_get_data (public_der, NULL);
  g_autoptr (EVP_PKEY) key = d2i_PUBKEY (NULL, &octets, (long) g_bytes_get_size (public_der));
  gsize size = g_bytes_get_size (signature);

  for (gsize i = 0; i < size; i++)
    {
      guint8 *copy = g_memdup2 (g_bytes_get_data (signature, NULL), size);
      g_autoptr (GBytes) flipped = NULL;

      copy[i] ^= 1;
      flipped = g_bytes_new_take (copy, size);
      g_assert_false (signet_cmp_signature_verify (key, algorithm, text, flipped, SIGNET_CMP_RELAX_NONE, NULL));
    }
  for (gsize cut = 0; cut < size; cut += 7)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (signature, 0, cut);

      g_assert_false (signet_cmp_signature_verify (key, algorithm, text, part, SIGNET_CMP_RELAX_NONE, NULL));
    }
}

/* ---- round trips: key × algorithm ---- */

typedef struct {
  const char *spec;
  const char *name;
  const char *algorithm;
} Pair;

#define PSS(hash, salt) \
  "304106092a864886f70d01010a3034a00f300d0609608648016503040" hash "0500a11c301a06092a864886f70d010108300d0609608648016503040" hash \
  "0500a2030201" salt

static const Pair pairs[] = {
  { "rsa:2048", "sha224WithRSA", "300d06092a864886f70d01010e0500" },
  { "rsa:2048", "sha384WithRSA", "300d06092a864886f70d01010c0500" },
  { "rsa:2048", "sha512WithRSA", "300d06092a864886f70d01010d0500" },
  { "rsa:2048", "pss-sha224", PSS ("204", "1c") },
  { "rsa:2048", "pss-sha384", PSS ("202", "30") },
  { "rsa-pss:2048", "pss-sha512", PSS ("203", "40") },
  { "rsa:2048", "pss-shake128", "300a06082b0601050507061e" },
  { "rsa:3072", "pss-shake256", "300a06082b0601050507061f" },
  { "ec:P-256", "ecdsa-sha224", "300a06082a8648ce3d040301" },
  { "ec:P-256", "ecdsa-sha512", "300a06082a8648ce3d040304" },
  { "ec:P-384", "ecdsa-sha256", "300a06082a8648ce3d040302" },
  { "ec:P-521", "ecdsa-sha384", "300a06082a8648ce3d040303" },
  { "ec:P-256", "ecdsa-shake128", "300a06082b06010505070620" },
  { "ec:P-521", "ecdsa-shake256", "300a06082b06010505070621" },
};

static void
assert_round_trip (SignetKey  *key,
                   SignetKey  *other,
                   GBytes     *algorithm)
{
  g_autoptr (X509_ALGOR) decoded
      = signet_asn1_decode (g_bytes_get_data (algorithm, NULL), g_bytes_get_size (algorithm), ASN1_ITEM_rptr (X509_ALGOR));
  g_autoptr (GBytes) text = g_bytes_new_static ("protected part", 14);
  g_autoptr (GBytes) changed = g_bytes_new_static ("protected Part", 14);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) signature = signet_cmp_signature_make (signet_key_get_pkey (key), algorithm, text, &error);

  g_assert_no_error (error);
  g_assert_true (signet_cmp_signature_verify (signet_key_get_pkey (key), decoded, text, signature, 0, &error));
  g_assert_no_error (error);
  g_assert_false (signet_cmp_signature_verify (signet_key_get_pkey (key), decoded, changed, signature, 0, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION);
  g_clear_error (&error);
  g_assert_false (signet_cmp_signature_verify (signet_key_get_pkey (other), decoded, text, signature, 0, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION);
}

static void
test_pair (gconstpointer data)
{
  const Pair *test = data;
  g_autoptr (SignetKey) key = new_key (test->spec);
  g_autoptr (SignetKey) other = new_key (test->spec);
  g_autoptr (GBytes) algorithm = corpus_hex (test->algorithm);

  assert_round_trip (key, other, algorithm);
}

static void
assert_refused (const char *spec,
                const char *algorithm,
                int         code)
{
  g_autoptr (SignetKey) key = new_key (spec);
  g_autoptr (X509_ALGOR) decoded = algorithm_from_hex (algorithm);
  g_autoptr (GBytes) text = g_bytes_new_static ("abc", 3);
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_cmp_signature_verify (signet_key_get_pkey (key), decoded, text, text, 0, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, code);
}

static void
test_shake_unfit (void)
{
  assert_refused ("rsa:2048", "300c06082b0601050507061e0500", SIGNET_CMP_ERROR_UNSUPPORTED);     /* NULL: RFC 8692 §3 */
  assert_refused ("ec:P-256", "300a06082b0601050507061e", SIGNET_CMP_ERROR_BAD_PROTECTION);      /* RSA's for EC */
  assert_refused ("rsa:2048", "300a06082b06010505070620", SIGNET_CMP_ERROR_BAD_PROTECTION);
  assert_refused ("ed25519", "300a06082b06010505070621", SIGNET_CMP_ERROR_BAD_PROTECTION);
}

/* ---- ML-DSA and SLH-DSA ---- */

typedef struct {
  const char *spec;
  const char *algorithm;
  const char *with_null;
} PostQuantum;

static const PostQuantum post_quantum[] = {
  { "ml-dsa-44", "300b0609608648016503040311", "300d06096086480165030403110500" },
  { "ml-dsa-65", "300b0609608648016503040312", "300d06096086480165030403120500" },
  { "ml-dsa-87", "300b0609608648016503040313", "300d06096086480165030403130500" },
  { "slh-dsa-sha2-128f", "300b0609608648016503040315", "300d06096086480165030403150500" },
  { "slh-dsa-shake-128f", "300b060960864801650304031b", "300d060960864801650304031b0500" },
};

/* Pure mode only, and no parameters, not even NULL. */
static void
test_post_quantum (gconstpointer data)
{
  const PostQuantum *test = data;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetKey) other = NULL;
  g_autoptr (GBytes) algorithm = NULL;
  g_autoptr (GError) error = NULL;

  if (skip_without (test->spec))
    return;
  key = new_key (test->spec);
  other = new_key (test->spec);
  algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), NULL, &error);
  g_assert_no_error (error);
  corpus_assert_hex (algorithm, test->algorithm);
  assert_round_trip (key, other, algorithm);
  assert_refused (test->spec, test->with_null, SIGNET_CMP_ERROR_UNSUPPORTED);
}

/* HashML-DSA (id-hash-ml-dsa-65-with-sha512) and HashSLH-DSA are never taken, on no libcrypto. */
static void
test_pre_hash (void)
{
  static const char *const algorithms[] = { "300b0609608648016503040321", "300b0609608648016503040323" };

  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      assert_refused ("ed25519", algorithms[i], SIGNET_CMP_ERROR_UNSUPPORTED);
      if (signet_key_spec_check ("ml-dsa-65", NULL))
        assert_refused ("ml-dsa-65", algorithms[i], SIGNET_CMP_ERROR_UNSUPPORTED);
    }
}

/* Where libcrypto has no ML-DSA and SLH-DSA, a signature by them is refused in words that name it. */
static void
test_too_old (void)
{
  g_autoptr (SignetKey) key = new_key ("ed25519");
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex ("300b0609608648016503040312");
  g_autoptr (GBytes) text = g_bytes_new_static ("abc", 3);
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_cmp_signature_verify (signet_key_get_pkey (key), algorithm, text, text, 0, &error));
  if (!signet_key_spec_check ("ml-dsa-65", NULL))
    g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
}

/* The self-signed examples of RFC 9881 and the example of RFC 9909 verify by our own code. */
static void
test_example_certificate (gconstpointer data)
{
  const char *name = data;
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "data", "keys", name, NULL);
  g_autoptr (BIO) bio = BIO_new_file (file, "r");
  g_autoptr (X509) x509 = NULL;
  g_autofree char *spec = NULL;
  const ASN1_BIT_STRING *bits;
  const X509_ALGOR *algorithm;
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GError) error = NULL;
  unsigned char *der = NULL;
  int size;

  spec = g_ascii_strdown (name, (gssize) (strlen (name) - strlen (".crt")));
  if (skip_without (spec))
    return;
  g_assert_nonnull (bio);
  x509 = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  g_assert_nonnull (x509);
  X509_get0_signature (&bits, &algorithm, x509);
  g_assert_null (algorithm->parameter);
  size = i2d_re_X509_tbs (x509, &der);
  part = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  signature = g_bytes_new (ASN1_STRING_get0_data (bits), (gsize) ASN1_STRING_length (bits));
  g_assert_true (signet_cmp_signature_verify (X509_get0_pubkey (x509), algorithm, part, signature, 0, &error));
  g_assert_no_error (error);
}

/* The hash function that is set, where the kind of key leaves a choice. */
static void
test_digest (void)
{
  static const struct {
    const char *spec;
    const char *digest;
    int algorithm;
  } table[] = {
    { "ec:P-256", NULL, NID_ecdsa_with_SHA256 },         { "ec:P-256", "SHA384", NID_ecdsa_with_SHA384 },
    { "ec:P-384", NULL, NID_ecdsa_with_SHA384 },         { "ec:P-384", "SHA256", NID_ecdsa_with_SHA256 },
    { "rsa:2048", "SHA512", NID_sha512WithRSAEncryption }, { "ed25519", "SHA512", NID_ED25519 },
    { "ed448", "SHA256", NID_ED448 },
  };
  g_autoptr (GBytes) data = g_bytes_new_static ("data", 4);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (SignetKey) key = new_key (table[i].spec);
      g_autoptr (SignetKey) other = new_key (table[i].spec);
      g_autoptr (GBytes) algorithm
          = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), table[i].digest, &error);
      g_autoptr (X509_ALGOR) decoded = NULL;

      g_assert_no_error (error);
      decoded = signet_asn1_decode (g_bytes_get_data (algorithm, NULL), g_bytes_get_size (algorithm), ASN1_ITEM_rptr (X509_ALGOR));
      g_assert_cmpint (OBJ_obj2nid (decoded->algorithm), ==, table[i].algorithm);
      assert_round_trip (key, other, algorithm);
    }
  {
    g_autoptr (SignetKey) key = new_key ("ec:P-256");
    g_autoptr (GBytes) weak = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), "SHA1", &error);

    g_assert_no_error (error);
    g_assert_null (signet_cmp_signature_make (signet_key_get_pkey (key), weak, data, &error));
    g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
    g_clear_error (&error);
    g_assert_null (signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), "none", &error));
    g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
    g_assert_nonnull (strstr (error->message, "none"));
  }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (shake_cases); i++)
    {
      g_autofree char *path = g_strdup (shake_cases[i].path);
      g_autofree char *flipped = NULL;

      g_test_add_data_func (path, &shake_cases[i], test_shake);
      *strstr (path, "/known-answer") = '\0';
      flipped = g_strconcat (path, "/every-octet-counts/R057", NULL);
      g_test_add_data_func (flipped, &shake_cases[i], test_shake_flipped);
    }
  g_test_add_func ("/cmp/signature/shake/refuses-what-does-not-fit/R061", test_shake_unfit);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cmp/signature/%s/%s/rejects-changes/R061,%s", pairs[i].spec, pairs[i].name,
                                               g_str_has_prefix (pairs[i].spec, "ec") ? "R063" : "R064");

      g_test_add_data_func (path, &pairs[i], test_pair);
    }
  for (guint i = 0; i < G_N_ELEMENTS (post_quantum); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cmp/signature/%s/pure-and-without-parameters/%s", post_quantum[i].spec,
                                               g_str_has_prefix (post_quantum[i].spec, "ml") ? "R067" : "R068");

      g_test_add_data_func (path, &post_quantum[i], test_post_quantum);
    }
  g_test_add_func ("/cmp/signature/digest-by-setting", test_digest);
  g_test_add_func ("/cmp/signature/never-pre-hashed/R067,R068", test_pre_hash);
  g_test_add_func ("/cmp/signature/ml-dsa/unknown-to-an-old-libcrypto", test_too_old);
  g_test_add_data_func ("/cmp/signature/ml-dsa-44/example-certificate/R067", "ML-DSA-44.crt", test_example_certificate);
  g_test_add_data_func ("/cmp/signature/ml-dsa-65/example-certificate/R067", "ML-DSA-65.crt", test_example_certificate);
  g_test_add_data_func ("/cmp/signature/ml-dsa-87/example-certificate/R067", "ML-DSA-87.crt", test_example_certificate);
  g_test_add_data_func ("/cmp/signature/slh-dsa/example-certificate/R068", "SLH-DSA-SHA2-128s.crt", test_example_certificate);

  return g_test_run ();
}
