/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/rsa.h>

#include "cmp-corpus.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-signature.h"

#define LIMIT 1000000

static SignetSecret *
secret (const char *text)
{
  return signet_secret_new (text, strlen (text));
}

static X509_ALGOR *
algorithm_from_der (GBytes *der)
{
  X509_ALGOR *algorithm = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_ALGOR));

  g_assert_nonnull (algorithm);
  return algorithm;
}

static X509_ALGOR *
algorithm_from_hex (const char *hexadecimal)
{
  g_autoptr (GBytes) der = corpus_hex (hexadecimal);

  return algorithm_from_der (der);
}

static SignetCmpMacKey *
derive (const char            *algorithm_hex,
        const char            *password,
        SignetCmpRelaxations   relaxations,
        GError               **error)
{
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (algorithm_hex);
  g_autoptr (SignetSecret) octets = secret (password);

  return signet_cmp_mac_key_new (algorithm, octets, LIMIT, relaxations, error);
}

static void
assert_refused (const char            *algorithm_hex,
                SignetCmpRelaxations   relaxations,
                int                    code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMacKey) key = derive (algorithm_hex, "SiemensIT", relaxations, &error);

  g_assert_null (key);
  g_assert_error (error, SIGNET_CMP_ERROR, code);
}

static void
assert_known_answer (const char *algorithm_hex,
                     const char *key_hex,
                     const char *mac_hex)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMacKey) key = derive (algorithm_hex, "SiemensIT", SIGNET_CMP_RELAX_NONE, &error);
  g_autoptr (GBytes) text = g_bytes_new_static ("abc", 3);
  g_autoptr (GBytes) expected_key = corpus_hex (key_hex);
  g_autoptr (GBytes) mac = NULL;
  gsize size;
  const guint8 *data;

  g_assert_no_error (error);
  data = signet_secret_get_data (signet_cmp_mac_key_get_secret (key), &size);
  g_assert_cmpmem (data, size, g_bytes_get_data (expected_key, NULL), g_bytes_get_size (expected_key));
  mac = signet_cmp_mac_compute (key, text, &error);
  g_assert_no_error (error);
  corpus_assert_hex (mac, mac_hex);
}

static void
test_pbm_known_answer (void)
{
  assert_known_answer ("303806092a864886f67d07420d302b04080011223344556677300d06096086480165030402010500020203e8"
                       "300c06082a864886f70d02090500",
                       "cd3eb3e7cac4c30f37a7372cf686a382034b1597148b9b8d327a41fc242bfc86",
                       "73ee38d126c8bc2b013d9bd6d6b66382811098fee1f5dce1540c0e6eda11308c");
}

static void
test_pbmac1_known_answer (void)
{
  assert_known_answer ("304906092a864886f70d01050e303c302c06092a864886f70d01050c301f04080011223344556677"
                       "02022710020120300c06082a864886f70d02090500300c06082a864886f70d02090500",
                       "3300e675bf7da1d5d65d2162e89164c1e9e54f99d03ddaaecba093e6f5c64b7a",
                       "2f927647416d7bae4ff53e65f61327c47f3504da9689834ec7867a078cc25c30");
}

/* Without keyLength: 32 octets for HMAC-SHA-256, so the same answer. */
static void
test_pbmac1_natural_length (void)
{
  assert_known_answer ("304606092a864886f70d01050e3039302906092a864886f70d01050c301c04080011223344556677"
                       "02022710300c06082a864886f70d02090500300c06082a864886f70d02090500",
                       "3300e675bf7da1d5d65d2162e89164c1e9e54f99d03ddaaecba093e6f5c64b7a",
                       "2f927647416d7bae4ff53e65f61327c47f3504da9689834ec7867a078cc25c30");
}

static void
test_real_base_keys (void)
{
  static const struct {
    const char *path;
    const char *secret;
    const char *base_key;
  } cases[] = {
    { "openssl-testdata/CR_protected_PBM_1234.der", "1234", "21d6c3a1a6a8f115921c271732c283cbdf4b05db3c70ba186bdc6f6bd7c586e8" },
    { "openssl-testdata/IP_PBM.der", "insta", "b50070cd492db1f102f2c618e6509bc64d5f7f91" },
    { "openssl-testdata/IP_waitingStatus_PBM.der", "9pp8-b35i-Xd3Q-udNR", "ff3e2f93cd3dad10d817495c18c86de7c2bf90df" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SignetCmpMessage) message = corpus_load_message (cases[i].path);
      g_autoptr (SignetSecret) octets = secret (cases[i].secret);
      g_autoptr (GBytes) expected = corpus_hex (cases[i].base_key);
      g_autoptr (GBytes) mac = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpMacKey) key = NULL;
      g_autoptr (SignetCmpMacKey) refused = NULL;
      const guint8 *data;
      gsize size;

      key = signet_cmp_mac_key_new (signet_cmp_message_get_protection_alg (message), octets, LIMIT, SIGNET_CMP_RELAX_SHA1, &error);
      g_assert_no_error (error);
      data = signet_secret_get_data (signet_cmp_mac_key_get_secret (key), &size);
      g_assert_cmpmem (data, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
      mac = signet_cmp_mac_compute (key, signet_cmp_message_get_protected_part (message), &error);
      g_assert_true (g_bytes_equal (mac, signet_cmp_message_get_protection (message)));

      refused = signet_cmp_mac_key_new (signet_cmp_message_get_protection_alg (message), octets, LIMIT, SIGNET_CMP_RELAX_NONE, &error);
      g_assert_null (refused);
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
    }
}

/* iterationCount 99, 0, −1, 1,000,001, 2^31, 2^64: each at once. */
static void
test_pbm_bounds (void)
{
  static const struct {
    const char *count;
    int code;
  } cases[] = {
    { "020163", SIGNET_CMP_ERROR_WEAK }, { "020100", SIGNET_CMP_ERROR_WEAK }, { "0201ff", SIGNET_CMP_ERROR_WEAK },
    { "02030f4241", SIGNET_CMP_ERROR_LIMIT }, { "02050080000000", SIGNET_CMP_ERROR_LIMIT },
    { "0209010000000000000000", SIGNET_CMP_ERROR_LIMIT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint count_size = (guint) strlen (cases[i].count) / 2;
      g_autofree char *hex = g_strdup_printf ("30%02x06092a864886f67d07420d30%02x04080011223344556677300d06096086480165030402010500%s"
                                              "300c06082a864886f70d02090500", 0x34 + count_size, 0x27 + count_size, cases[i].count);

      assert_refused (hex, SIGNET_CMP_RELAX_NONE, cases[i].code);
    }
}

static void
test_pbm_salt_bound (void)
{
  g_autofree char *salt = g_strnfill (2 * 1025, '0');
  g_autofree char *hex = g_strdup_printf ("3082043506092a864886f67d07420d3082042604820401%s300d06096086480165030402010500020203e8"
                                          "300c06082a864886f70d02090500", salt);

  assert_refused (hex, SIGNET_CMP_RELAX_NONE, SIGNET_CMP_ERROR_LIMIT);
}

static void
test_pbmac1_bounds (void)
{
  /* 999 rounds; 2^31 rounds; a key of 8 octets; a key of 65,535 octets; 1,024 octets in a million rounds each */
  assert_refused ("304906092a864886f70d01050e303c302c06092a864886f70d01050c301f04080011223344556677"
                  "020203e7020120300c06082a864886f70d02090500300c06082a864886f70d02090500", 0, SIGNET_CMP_ERROR_WEAK);
  assert_refused ("304c06092a864886f70d01050e303f302f06092a864886f70d01050c302204080011223344556677"
                  "02050080000000020120300c06082a864886f70d02090500300c06082a864886f70d02090500", 0, SIGNET_CMP_ERROR_LIMIT);
  assert_refused ("304906092a864886f70d01050e303c302c06092a864886f70d01050c301f04080011223344556677"
                  "02022710020108300c06082a864886f70d02090500300c06082a864886f70d02090500", 0, SIGNET_CMP_ERROR_WEAK);
  assert_refused ("304b06092a864886f70d01050e303e302e06092a864886f70d01050c302104080011223344556677"
                  "02022710020300ffff300c06082a864886f70d02090500300c06082a864886f70d02090500", 0, SIGNET_CMP_ERROR_LIMIT);
  assert_refused ("304b06092a864886f70d01050e303e302e06092a864886f70d01050c302104080011223344556677"
                  "02030f424002020400300c06082a864886f70d02090500300c06082a864886f70d02090500", 0, SIGNET_CMP_ERROR_LIMIT);
}

/* prf left out means HMAC-SHA-1, which is weak; AES-GMAC and a plain digest are no prf at all. */
static void
test_pbmac1_prf (void)
{
  assert_refused ("303b06092a864886f70d01050e302e301e06092a864886f70d01050c301104080011223344556677"
                  "02022710020120300c06082a864886f70d02090500", 0, SIGNET_CMP_ERROR_WEAK);
  assert_refused ("304806092a864886f70d01050e303b302b06092a864886f70d01050c301e04080011223344556677"
                  "02022710020120300b0609608648016503040109300c06082a864886f70d02090500", 0, SIGNET_CMP_ERROR_UNSUPPORTED);
  assert_refused ("304806092a864886f70d01050e303b302b06092a864886f70d01050c301e04080011223344556677"
                  "02022710020120300b0609608648016503040201300c06082a864886f70d02090500", SIGNET_CMP_RELAX_SHA1,
                  SIGNET_CMP_ERROR_UNSUPPORTED);
}

/* What is made: a new salt each time, prf given and no default, keyLength given. */
static void
test_pbmac1_made (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) der = signet_cmp_mac_algorithm_new (SIGNET_CMP_MAC_PBMAC1, "SHA256", 100000, &error);
  g_autoptr (GBytes) other = signet_cmp_mac_algorithm_new (SIGNET_CMP_MAC_PBMAC1, "SHA256", 100000, &error);
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_der (der);
  g_autoptr (SignetPbmac1Params) params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetPbmac1Params), algorithm->parameter);
  PBKDF2PARAM *kdf = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (PBKDF2PARAM), params->key_derivation_func->parameter);

  g_assert_no_error (error);
  g_assert_false (g_bytes_equal (der, other));
  g_assert_cmpint (signet_cmp_mac_get_kind (algorithm), ==, SIGNET_CMP_MAC_KIND_PBMAC1);
  g_assert_cmpint (ASN1_TYPE_get (kdf->salt), ==, V_ASN1_OCTET_STRING);
  g_assert_cmpint (ASN1_STRING_length (kdf->salt->value.octet_string), ==, 16);
  g_assert_cmpint (ASN1_INTEGER_get (kdf->iter), ==, 100000);
  g_assert_cmpint (ASN1_INTEGER_get (kdf->keylength), ==, 32);
  g_assert_cmpint (OBJ_obj2nid (kdf->prf->algorithm), ==, NID_hmacWithSHA256);
  g_assert_cmpint (OBJ_obj2nid (params->message_auth_scheme->algorithm), ==, NID_hmacWithSHA256);
  PBKDF2PARAM_free (kdf);
}

static void
test_pbm_made (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) der = signet_cmp_mac_algorithm_new (SIGNET_CMP_MAC_PASSWORD_BASED, "SHA256", 10000, &error);
  g_autoptr (GBytes) few = NULL;
  g_autoptr (GBytes) weak = NULL;
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_der (der);
  g_autoptr (SignetPbmParameter) params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetPbmParameter), algorithm->parameter);

  g_assert_no_error (error);
  g_assert_cmpint (ASN1_STRING_length (params->salt), ==, 16);
  g_assert_cmpint (ASN1_INTEGER_get (params->iteration_count), ==, 10000);
  g_assert_cmpint (OBJ_obj2nid (params->owf->algorithm), ==, NID_sha256);
  g_assert_cmpint (OBJ_obj2nid (params->mac->algorithm), ==, NID_hmacWithSHA256);

  few = signet_cmp_mac_algorithm_new (SIGNET_CMP_MAC_PASSWORD_BASED, "SHA256", 99, &error);
  g_assert_null (few);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
  g_clear_error (&error);
  weak = signet_cmp_mac_algorithm_new (SIGNET_CMP_MAC_PASSWORD_BASED, "SHA1", 10000, &error);
  g_assert_null (weak);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
}

/* ---- signatures ---- */

/* One key type, the algorithm that it signs with by default, and whether SHA-1 must be asked for. */
typedef struct {
  const char *spec;
  const char *algorithm;                 /* DER */
} SignatureCase;

static const SignatureCase signature_cases[] = {
  { "rsa:2048", "300d06092a864886f70d01010b0500" },      /* sha256WithRSAEncryption */
  { "ec:P-256", "300a06082a8648ce3d040302" },            /* ecdsa-with-SHA256 */
  { "ec:P-384", "300a06082a8648ce3d040303" },
  { "ec:P-521", "300a06082a8648ce3d040304" },
  { "ed25519", "300506032b6570" },
  { "ed448", "300506032b6571" },
};

static SignetKey *
new_key (const char *spec)
{
  g_autoptr (GError) error = NULL;
  SignetKey *key = signet_key_generate (spec, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return key;
}

static void
assert_round_trip (EVP_PKEY *key,
                   EVP_PKEY *other,
                   GBytes   *algorithm)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) data = g_bytes_new_static ("protected part", 14);
  g_autoptr (GBytes) changed = g_bytes_new_static ("protected Part", 14);
  g_autoptr (GBytes) signature = signet_cmp_signature_make (key, algorithm, data, &error);
  g_autoptr (X509_ALGOR) decoded = algorithm_from_der (algorithm);

  g_assert_no_error (error);
  g_assert_true (signet_cmp_signature_verify (key, decoded, data, signature, 0, &error));
  g_assert_no_error (error);
  g_assert_false (signet_cmp_signature_verify (key, decoded, changed, signature, 0, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION);
  g_clear_error (&error);
  g_assert_false (signet_cmp_signature_verify (other, decoded, data, signature, 0, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION);
}

static void
test_signature (gconstpointer data)
{
  const SignatureCase *test = data;
  g_autoptr (SignetKey) key = new_key (test->spec);
  g_autoptr (SignetKey) other = new_key (test->spec);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), NULL, &error);

  g_assert_no_error (error);
  corpus_assert_hex (algorithm, test->algorithm);
  assert_round_trip (signet_key_get_pkey (key), signet_key_get_pkey (other), algorithm);
}

/* RSASSA-PSS with SHA-256 and SHA-512, MGF1 with the same, a salt as long as the hash: RFC 4056 §3. */
static const char pss_sha256[] = "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108"
                                 "300d06096086480165030402010500a203020120";
static const char pss_sha512[] = "304106092a864886f70d01010a3034a00f300d06096086480165030402030500a11c301a06092a864886f70d010108"
                                 "300d06096086480165030402030500a203020140";

static void
test_pss (void)
{
  g_autoptr (SignetKey) key = new_key ("rsa:2048");
  g_autoptr (SignetKey) other = new_key ("rsa:2048");
  g_autoptr (GBytes) sha256 = corpus_hex (pss_sha256);
  g_autoptr (GBytes) sha512 = corpus_hex (pss_sha512);

  assert_round_trip (signet_key_get_pkey (key), signet_key_get_pkey (other), sha256);
  assert_round_trip (signet_key_get_pkey (key), signet_key_get_pkey (other), sha512);
}

/* The salt must be as long as protectionAlg says. */
static void
test_pss_salt (void)
{
  g_autoptr (SignetKey) key = new_key ("rsa:2048");
  g_autoptr (GBytes) algorithm = corpus_hex (pss_sha256);
  g_autofree char *other_salt = g_strdup (pss_sha256);
  g_autoptr (X509_ALGOR) other = NULL;
  g_autoptr (GBytes) data = g_bytes_new_static ("abc", 3);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) signature = signet_cmp_signature_make (signet_key_get_pkey (key), algorithm, data, &error);

  g_assert_no_error (error);
  memcpy (other_salt + strlen (other_salt) - 2, "10", 2);
  other = algorithm_from_hex (other_salt);
  g_assert_false (signet_cmp_signature_verify (signet_key_get_pkey (key), other, data, signature, 0, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION);
}

/* A key that is for PSS only chooses PSS by itself, with a salt as long as the hash. */
static void
test_pss_key (void)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "RSA-PSS", NULL);
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (SignetKey) other = new_key ("rsa:2048");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) algorithm = NULL;

  g_assert_cmpint (EVP_PKEY_keygen_init (context), ==, 1);
  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_keygen_bits (context, 2048), ==, 1);
  g_assert_cmpint (EVP_PKEY_generate (context, &key), ==, 1);
  algorithm = signet_cmp_signature_algorithm_for_key (key, NULL, &error);
  g_assert_no_error (error);
  corpus_assert_hex (algorithm, pss_sha256);
  assert_round_trip (key, signet_key_get_pkey (other), algorithm);
}

static void
assert_signature_refused (EVP_PKEY             *key,
                          const char           *algorithm_hex,
                          SignetCmpRelaxations  relaxations,
                          int                   code)
{
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (algorithm_hex);
  g_autoptr (GBytes) data = g_bytes_new_static ("abc", 3);
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_cmp_signature_verify (key, algorithm, data, data, relaxations, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, code);
}

static void
test_weak (void)
{
  g_autoptr (SignetKey) key = new_key ("rsa:2048");
  EVP_PKEY *pkey = signet_key_get_pkey (key);

  assert_signature_refused (pkey, "300d06092a864886f70d0101050500", 0, SIGNET_CMP_ERROR_WEAK);     /* SHA-1 */
  assert_signature_refused (pkey, "300d06092a864886f70d0101040500", 0, SIGNET_CMP_ERROR_WEAK);     /* MD5 */
  assert_signature_refused (pkey, "300d06092a864886f70d0101040500", SIGNET_CMP_RELAX_SHA1, SIGNET_CMP_ERROR_WEAK);
  assert_signature_refused (pkey, "300906072a8648ce380403", 0, SIGNET_CMP_ERROR_WEAK);             /* DSA with SHA-1 */
  assert_signature_refused (pkey, "300b0609608648016503040302", SIGNET_CMP_RELAX_SHA1, SIGNET_CMP_ERROR_WEAK);
  assert_signature_refused (pkey, "300d06092a864886f70d01010a3000", 0, SIGNET_CMP_ERROR_WEAK);     /* PSS, defaults */
  assert_signature_refused (pkey, "302306092a864886f70d01010a3016a00f300d06096086480165030402010500a203020120", 0,
                            SIGNET_CMP_ERROR_WEAK);                                               /* MGF1 with SHA-1 */
  assert_signature_refused (pkey, "300d06092a864886f70d0101050500", SIGNET_CMP_RELAX_SHA1, SIGNET_CMP_ERROR_BAD_PROTECTION);
}

static void
test_odd_algorithms (void)
{
  g_autoptr (SignetKey) rsa = new_key ("rsa:2048");
  g_autoptr (SignetKey) ed25519 = new_key ("ed25519");

  assert_signature_refused (signet_key_get_pkey (ed25519), "300706032b65700500", 0, SIGNET_CMP_ERROR_UNSUPPORTED);
  assert_signature_refused (signet_key_get_pkey (ed25519), "300d06092a864886f70d01010b0500", 0, SIGNET_CMP_ERROR_BAD_PROTECTION);
  assert_signature_refused (signet_key_get_pkey (rsa), "300506032b6570", 0, SIGNET_CMP_ERROR_BAD_PROTECTION);
  assert_signature_refused (signet_key_get_pkey (rsa), "300606042a030405", 0, SIGNET_CMP_ERROR_UNSUPPORTED);
  assert_signature_refused (signet_key_get_pkey (rsa), "300e06092a864886f70d01010b040100", 0, SIGNET_CMP_ERROR_UNSUPPORTED);
}

/* An algorithm that this code has no name for: made and checked by what libcrypto says of the key. */
static void
test_ml_dsa (void)
{
  g_auto (GStrv) specs = signet_key_spec_list ();
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetKey) other = NULL;
  g_autoptr (GBytes) algorithm = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_strv_contains ((const char *const *) specs, "ml-dsa-65"))
    {
      g_test_skip ("this libcrypto has no ML-DSA");
      return;
    }
  key = new_key ("ml-dsa-65");
  other = new_key ("ml-dsa-65");
  algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), NULL, &error);
  g_assert_no_error (error);
  corpus_assert_hex (algorithm, "300b0609608648016503040312");
  assert_round_trip (signet_key_get_pkey (key), signet_key_get_pkey (other), algorithm);
  assert_signature_refused (signet_key_get_pkey (key), "300d06096086480165030403120500", 0, SIGNET_CMP_ERROR_UNSUPPORTED);
}

/* ---- real messages ---- */

static gboolean
verify_mac (SignetCmpMessage      *message,
            const char            *password,
            SignetCmpRelaxations   relaxations,
            GError               **error)
{
  g_autoptr (SignetSecret) octets = secret (password);
  g_autoptr (SignetCmpMacKey) key = NULL;
  g_autoptr (GBytes) mac = NULL;

  key = signet_cmp_mac_key_new (signet_cmp_message_get_protection_alg (message), octets, LIMIT, relaxations, error);
  if (key == NULL)
    return FALSE;
  mac = signet_cmp_mac_compute (key, signet_cmp_message_get_protected_part (message), error);
  return mac != NULL && g_bytes_equal (mac, signet_cmp_message_get_protection (message));
}

/* By what the manifest says: "extra", "certificate:FILE", "key:FILE" or "mac:SECRET". */
static gboolean
verify (SignetCmpMessage      *message,
        const char            *kind,
        const char            *argument,
        SignetCmpRelaxations   relaxations,
        GError               **error)
{
  if (g_str_equal (kind, "mac"))
    return verify_mac (message, argument, relaxations, error);
  if (g_str_equal (kind, "extra"))
    return signet_cmp_verify_signature (message, g_ptr_array_index (signet_cmp_message_get_extra_certs (message), 0),
                                        relaxations, error);
  if (g_str_equal (kind, "certificate"))
    {
      g_autoptr (SignetCertificate) certificate = corpus_load_certificate (argument);

      return signet_cmp_verify_signature (message, certificate, relaxations, error);
    }
  g_assert_cmpstr (kind, ==, "key");
  {
    g_autoptr (EVP_PKEY) key = corpus_load_key (argument);

    return signet_cmp_signature_verify (key, signet_cmp_message_get_protection_alg (message),
                                        signet_cmp_message_get_protected_part (message),
                                        signet_cmp_message_get_protection (message), relaxations, error);
  }
}

static void
test_corpus (void)
{
  g_autoptr (GPtrArray) corpus = corpus_load ();
  guint verified = 0;

  for (guint i = 0; i < corpus->len; i++)
    {
      const CorpusEntry *entry = g_ptr_array_index (corpus, i);
      g_auto (GStrv) parts = g_strsplit (entry->protection, ":", 2);
      gboolean sha1 = g_str_has_suffix (parts[0], "-sha1");
      g_autofree char *kind = g_strndup (parts[0], strlen (parts[0]) - (sha1 ? strlen ("-sha1") : 0));
      g_autoptr (SignetCmpMessage) message = NULL;
      g_autoptr (GError) error = NULL;

      if (g_str_equal (entry->expectation, "refused") || g_str_equal (kind, "unknown") || g_str_equal (kind, "none"))
        continue;
      g_test_message ("%s", entry->path);
      message = corpus_load_message (entry->path);
      g_assert_true (verify (message, kind, parts[1], sha1 ? SIGNET_CMP_RELAX_SHA1 : SIGNET_CMP_RELAX_NONE, &error));
      g_assert_no_error (error);
      if (sha1)
        {
          g_assert_false (verify (message, kind, parts[1], SIGNET_CMP_RELAX_NONE, &error));
          g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
        }
      verified++;
    }
  g_assert_cmpuint (verified, >=, 50);
}

static void
test_unprotected (void)
{
  g_autoptr (SignetCmpMessage) message = corpus_load_message ("openssl-testdata/IR_unprotected.der");
  g_autoptr (SignetCertificate) certificate = corpus_load_certificate ("openssl-testdata/insta.cert.pem");
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_cmp_message_is_mac_protected (message));
  g_assert_false (signet_cmp_verify_signature (message, certificate, 0, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNPROTECTED);
}

/* Each octet of the message in turn with one bit turned: refused, or no longer verified. Outside header, body and
 * protection (lengths and extraCerts) nothing is claimed. */
static void
test_flipped (void)
{
  g_autoptr (GBytes) original = corpus_load_file ("siemens-lra-messageflows/CrDelayed/downstream_POLL_REQ.PKI");
  g_autoptr (SignetCmpMessage) whole = corpus_load_message ("siemens-lra-messageflows/CrDelayed/downstream_POLL_REQ.PKI");
  SignetCertificate *signer = g_ptr_array_index (signet_cmp_message_get_extra_certs (whole), 0);
  gsize size = g_bytes_get_size (original);
  gsize covered = g_bytes_get_size (signet_cmp_message_get_protected_part (whole))
                  + g_bytes_get_size (signet_cmp_message_get_protection (whole));
  g_autofree guint8 *octets = g_memdup2 (g_bytes_get_data (original, NULL), size);

  for (gsize i = 0; i < covered; i++)
    {
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (SignetCmpMessage) message = NULL;
      g_autoptr (GError) error = NULL;

      octets[i] ^= (guint8) (1 << (i % 8));
      changed = g_bytes_new (octets, size);
      message = signet_cmp_message_parse (changed, &error);
      if (message != NULL)
        g_assert_false (signet_cmp_verify_signature (message, signer, 0, &error));
      g_assert_nonnull (error);
      octets[i] ^= (guint8) (1 << (i % 8));
    }
}

/* The same header, body and protection with other extraCerts. */
static SignetCmpMessage *
with_extra_certs (SignetCmpMessage *message,
                  GPtrArray        *certificates)
{
  static const guint8 no_unused_bits = 0;
  GBytes *part = signet_cmp_message_get_protected_part (message);
  GBytes *protection = signet_cmp_message_get_protection (message);
  const guint8 *data = g_bytes_get_data (part, NULL);
  gsize size = g_bytes_get_size (part);
  g_autoptr (GByteArray) bits = g_byte_array_new ();
  g_autoptr (GByteArray) list = g_byte_array_new ();
  g_autoptr (GByteArray) sequence = g_byte_array_new ();
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  g_autoptr (GByteArray) outer = g_byte_array_new ();
  g_autoptr (GBytes) der = NULL;
  g_autoptr (GError) error = NULL;
  SignetDerValue value;
  SignetCmpMessage *changed;

  g_assert_true (signet_der_read (&data, &size, &value));
  g_byte_array_append (inner, value.contents, (guint) value.contents_size);
  signet_der_append_header (bits, 0x03, g_bytes_get_size (protection) + 1);
  g_byte_array_append (bits, &no_unused_bits, 1);
  g_byte_array_append (bits, g_bytes_get_data (protection, NULL), (guint) g_bytes_get_size (protection));
  signet_der_append (inner, 0xa0, bits->data, bits->len);
  for (guint i = 0; i < certificates->len; i++)
    {
      GBytes *certificate = signet_certificate_get_der (g_ptr_array_index (certificates, i));

      g_byte_array_append (list, g_bytes_get_data (certificate, NULL), (guint) g_bytes_get_size (certificate));
    }
  signet_der_append (sequence, 0x30, list->data, list->len);
  signet_der_append (inner, 0xa1, sequence->data, sequence->len);
  signet_der_append (outer, 0x30, inner->data, inner->len);
  der = g_bytes_new (outer->data, outer->len);
  changed = signet_cmp_message_parse (der, &error);
  g_assert_no_error (error);
  return changed;
}

/* extraCerts are not covered: none, more of them and another order change nothing about the check. */
static void
test_extra_certs (void)
{
  g_autoptr (SignetCmpMessage) message = corpus_load_message ("siemens-lra-messageflows/CrDelayed/downstream_POLL_REQ.PKI");
  GPtrArray *own = signet_cmp_message_get_extra_certs (message);
  SignetCertificate *signer = g_ptr_array_index (own, 0);
  g_autoptr (SignetCertificate) stranger = corpus_load_certificate ("openssl-testdata/Root_CA.crt");
  g_autoptr (GPtrArray) certificates = g_ptr_array_new ();

  for (guint count = 0; count < 20; count++)
    {
      g_autoptr (SignetCmpMessage) changed = with_extra_certs (message, certificates);
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (signet_cmp_message_get_extra_certs (changed)->len, ==, count);
      g_assert_true (signet_cmp_verify_signature (changed, signer, 0, &error));
      g_assert_no_error (error);
      g_assert_false (signet_cmp_verify_signature (changed, stranger, 0, &error));
      g_ptr_array_insert (certificates, 0, count % 2 == 0 ? stranger : g_ptr_array_index (own, count % own->len));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/protection/pbm/known-answer/R079,R080,R082", test_pbm_known_answer);
  g_test_add_func ("/cmp/protection/pbm/real-messages/R079,R080", test_real_base_keys);
  g_test_add_func ("/cmp/protection/pbm/bounds-iterations/R085,R086", test_pbm_bounds);
  g_test_add_func ("/cmp/protection/pbm/bounds-salt/R086", test_pbm_salt_bound);
  g_test_add_func ("/cmp/protection/pbm/makes-strong-parameters/R084,R085", test_pbm_made);
  g_test_add_func ("/cmp/protection/pbmac1/known-answer/R089", test_pbmac1_known_answer);
  g_test_add_func ("/cmp/protection/pbmac1/natural-key-length/R092", test_pbmac1_natural_length);
  g_test_add_func ("/cmp/protection/pbmac1/bounds", test_pbmac1_bounds);
  g_test_add_func ("/cmp/protection/pbmac1/refuses-weak-or-unfit-prf/R093", test_pbmac1_prf);
  g_test_add_func ("/cmp/protection/pbmac1/makes-prf-and-key-length-explicit/R091", test_pbmac1_made);
  for (guint i = 0; i < G_N_ELEMENTS (signature_cases); i++)
    {
      g_autofree char *spec = g_strdelimit (g_strdup (signature_cases[i].spec), ":", '-');
      g_autofree char *path = g_strdup_printf ("/cmp/protection/signature/%s/R061,%s", spec, i == 0 ? "R062" : "R063");

      g_test_add_data_func (path, &signature_cases[i], test_signature);
    }
  g_test_add_func ("/cmp/protection/signature/rsa-pss/R061,R064", test_pss);
  g_test_add_func ("/cmp/protection/signature/rsa-pss-salt-length/R064", test_pss_salt);
  g_test_add_func ("/cmp/protection/signature/rsa-pss-only-key/R061,R064", test_pss_key);
  g_test_add_func ("/cmp/protection/signature/ml-dsa/R067", test_ml_dsa);
  g_test_add_func ("/cmp/protection/signature/refuses-weak-digests/R066", test_weak);
  g_test_add_func ("/cmp/protection/signature/refuses-what-does-not-fit/R061", test_odd_algorithms);
  g_test_add_func ("/cmp/protection/corpus/verifies/R051", test_corpus);
  g_test_add_func ("/cmp/protection/refuses/unprotected", test_unprotected);
  g_test_add_func ("/cmp/protection/refuses/any-octet-changed/R057", test_flipped);
  g_test_add_func ("/cmp/protection/extra-certs-are-not-covered/R058", test_extra_certs);

  return g_test_run ();
}
