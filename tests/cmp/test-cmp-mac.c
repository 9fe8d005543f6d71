/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-digest.h"
#include "cmp/cmp-mac-function.h"
#include "cmp/cmp-mac-private.h"
#include "cmp/cmp-mac.h"

/* Known answers: of the standards where they have some; otherwise computed with Python's hashlib and hmac, and GMAC and KMAC by
 * openssl mac, for the secret "SiemensIT", the salt 0011223344556677 and the text "abc". */

#define LIMIT 1000000

static SignetSecret *
secret_from_hex (const char *hexadecimal)
{
  g_autoptr (GBytes) octets = corpus_hex (hexadecimal);

  return signet_secret_new (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
}

static X509_ALGOR *
algorithm_from_hex (const char *hexadecimal)
{
  g_autoptr (GBytes) der = corpus_hex (hexadecimal);
  X509_ALGOR *algorithm = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_ALGOR));

  g_assert_nonnull (algorithm);
  return algorithm;
}

static void
assert_secret (SignetSecret *secret,
               const char   *hexadecimal)
{
  g_autoptr (GBytes) expected = corpus_hex (hexadecimal);
  gsize size;
  const guint8 *octets = signet_secret_get_data (secret, &size);

  g_assert_cmpmem (octets, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

static void
assert_mac (SignetCmpMacKey *key,
            const char      *hexadecimal)
{
  g_autoptr (GBytes) text = g_bytes_new_static ("abc", 3);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) mac = signet_cmp_mac_compute (key, text, &error);

  g_assert_no_error (error);
  corpus_assert_hex (mac, hexadecimal);
}

/* ---- hash functions ---- */

/* FIPS 202: SHAKE128 and SHAKE256 of nothing, 256 and 512 bits of it; and of a message longer than a block. */
static void
test_shake (void)
{
  static const struct {
    int nid;
    const char *empty;
  } cases[] = {
    { NID_shake128, "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26" },
    { NID_shake256, "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f"
                    "d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (X509_ALGOR) algorithm = X509_ALGOR_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) octets = NULL;
      guint8 output[SIGNET_CMP_DIGEST_MAX_SIZE];
      SignetCmpDigest digest;

      X509_ALGOR_set0 (algorithm, OBJ_nid2obj (cases[i].nid), V_ASN1_UNDEF, NULL);
      g_assert_true (signet_cmp_digest_read (algorithm, SIGNET_CMP_RELAX_NONE, &digest, &error));
      g_assert_true (signet_cmp_digest_compute (&digest, NULL, 0, output, &error));
      g_assert_no_error (error);
      octets = g_bytes_new (output, digest.size);
      corpus_assert_hex (octets, cases[i].empty);
    }
}

/* Every hash of RFC 9481 §2 and of FIPS 202 is known with its size; the old ones are not, or by setting only. */
static void
test_digests (void)
{
  static const int nids[] = { NID_sha224,     NID_sha256,   NID_sha384,   NID_sha512,   NID_sha512_224,
                              NID_sha512_256, NID_sha3_224, NID_sha3_256, NID_sha3_384, NID_sha3_512 };
  g_autoptr (GError) error = NULL;
  guint8 output[SIGNET_CMP_DIGEST_MAX_SIZE];
  SignetCmpPiece piece = { "abc", 3 };
  SignetCmpDigest digest;

  for (guint i = 0; i < G_N_ELEMENTS (nids); i++)
    {
      g_assert_true (signet_cmp_digest_get (nids[i], SIGNET_CMP_RELAX_NONE, &digest, &error));
      g_assert_cmpuint (digest.size, ==, EVP_MD_get_size (EVP_get_digestbynid (nids[i])));
      g_assert_true (signet_cmp_digest_compute (&digest, &piece, 1, output, &error));
    }
  g_assert_false (signet_cmp_digest_get (NID_sha1, SIGNET_CMP_RELAX_NONE, &digest, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
  g_clear_error (&error);
  g_assert_true (signet_cmp_digest_get (NID_sha1, SIGNET_CMP_RELAX_SHA1, &digest, &error));
  g_assert_false (signet_cmp_digest_get (NID_md5, SIGNET_CMP_RELAX_SHA1, &digest, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
}

/* ---- MACs under a key that is there ---- */

typedef struct {
  const char *path;
  const char *algorithm;
  const char *key;
  const char *data;
  const char *mac;
} FunctionCase;

static const FunctionCase function_cases[] = {
  /* RFC 4231 §4.2 */
  { "/cmp/mac/hmac-sha224/known-answer/R094", "300c06082a864886f70d02080500", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
    "4869205468657265", "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22" },
  { "/cmp/mac/hmac-sha256/known-answer/R094", "300c06082a864886f70d02090500", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
    "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
  { "/cmp/mac/hmac-sha384/known-answer/R094", "300c06082a864886f70d020a0500", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
    "4869205468657265",
    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6" },
  { "/cmp/mac/hmac-sha512/known-answer/R094", "300c06082a864886f70d020b0500", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
    "4869205468657265",
    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a12"
    "6854" },
  /* NIST SP 800-185, samples 1 and 4 of KMAC */
  { "/cmp/mac/kmac128/known-answer/R094", "300b0609608648016503040213", "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",
    "00010203", "e5780b0d3ea6f7d3a429c5706aa43a00fadbd7d49628839e3187243f456ee14e" },
  { "/cmp/mac/kmac256/customized-known-answer/R094",
    "30280609608648016503040214301b0202020004154d7920546167676564204170706c69636174696f6e",
    "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f", "00010203",
    "20c570c31346f703c9ac36c61c03cb64c3970d0cfc787e9b79599d273a68d2f7f69d4cc3de9d104a351689f27cf6f5951f0103f33f4f24871024d9c27773a8"
    "dd" },
  /* NIST's GCM vectors: 128 bits of key, no plaintext, 128 bits of additional data */
  { "/cmp/mac/gmac128/known-answer/R083", "301e06096086480165030401093011040ce0e00f19fed7ba0136a797f3020110",
    "77be63708971c4e240d1cb79e8d77feb", "7a43ec1d9c0a5a78a0b16533a6213cab", "209fcc8d3675ed938e9c7166709dd946" },
  /* The same cut to 12 octets, which is what no length means: RFC 9044 §2. */
  { "/cmp/mac/gmac128/default-length/R083", "301b0609608648016503040109300e040ce0e00f19fed7ba0136a797f3", "77be63708971c4e240d1cb79e8d77feb",
    "7a43ec1d9c0a5a78a0b16533a6213cab", "209fcc8d3675ed938e9c7166" },
};

static void
test_function (gconstpointer data)
{
  const FunctionCase *test = data;
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (test->algorithm);
  g_auto (SignetCmpMacFunction) function = { 0 };
  g_autoptr (SignetSecret) key = secret_from_hex (test->key);
  g_autoptr (GBytes) text = corpus_hex (test->data);
  g_autoptr (GBytes) mac = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_mac_function_is_known (algorithm));
  g_assert_true (signet_cmp_mac_function_read (algorithm, SIGNET_CMP_RELAX_NONE, &function, &error));
  g_assert_no_error (error);
  mac = signet_cmp_mac_function_compute (&function, key, text, &error);
  g_assert_no_error (error);
  corpus_assert_hex (mac, test->mac);
}

static void
test_function_refused (void)
{
  static const struct {
    const char *algorithm;
    int code;
  } cases[] = {
    { "300c06082a864886f70d02070500", SIGNET_CMP_ERROR_WEAK },                                /* HMAC-SHA-1 */
    { "300c06082b060105050801020500", SIGNET_CMP_ERROR_WEAK },                                /* the same by its old OID */
    { "300d06082a864886f70d0209040100", SIGNET_CMP_ERROR_UNSUPPORTED },                       /* HMAC with an octet string */
    { "300b0609608648016503040109", SIGNET_CMP_ERROR_UNSUPPORTED },                           /* GMAC without a nonce */
    { "301206096086480165030401093005040002010c", SIGNET_CMP_ERROR_UNSUPPORTED },            /* … with an empty one */
    { "301306096086480165030401093006040101020108", SIGNET_CMP_ERROR_UNSUPPORTED },         /* … of 8 octets */
    { "30110609608648016503040213300402020080", SIGNET_CMP_ERROR_UNSUPPORTED },               /* KMAC of 128 bits */
    { "300b0609608648016503040201", SIGNET_CMP_ERROR_UNSUPPORTED },                           /* a hash is no MAC */
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (cases[i].algorithm);
      g_auto (SignetCmpMacFunction) function = { 0 };
      g_autoptr (GError) error = NULL;

      g_assert_false (signet_cmp_mac_function_read (algorithm, SIGNET_CMP_RELAX_NONE, &function, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, cases[i].code);
    }
}

/* ---- PasswordBasedMac and PBMAC1 ---- */

typedef struct {
  const char *path;
  const char *algorithm;
  const char *key;
  const char *mac;
} KeyCase;

#define NONCE "040c000102030405060708090a0b"

static const KeyCase key_cases[] = {
  /* SHA-224 gives 28 of the 32 octets that AES-256-GMAC needs. */
  { "/cmp/mac/pbm/expands-a-key-that-is-too-short/R081",
    "304806092a864886f67d07420d303b04080011223344556677300b0609608648016503040204020203e8301e060960864801650304013130110"
    "40c000102030405060708090a0b020110",
    "d7a23b6f373d9979375e239ca99ae4a07b55d9480f404bf308e6be58c6db6beb", "c0f4bc0fbae1a4a190ceeda09cdfb0cd" },
  { "/cmp/mac/pbm/cuts-a-key-that-is-too-long/R081,R083",
    "304806092a864886f67d07420d303b04080011223344556677300b0609608648016503040201020203e8301e060960864801650304010930110"
    "40c000102030405060708090a0b020110",
    "cd3eb3e7cac4c30f37a7372cf686a382", "edf7286552d787c5effe5b8198afb077" },
  { "/cmp/mac/pbm/sha512-and-hmac-sha384/R079",
    "303606092a864886f67d07420d302904080011223344556677300b0609608648016503040203020203e8300c06082a864886f70d020a0500",
    "51681a58acdb3a9a161a7af95e118715c1c9cfb283f7463d74ed5705ada118a9f86519632cf63cf6cf5110d7836b5a1b31787e37d7f65df5b9905cb53c3d7"
    "630",
    "4b9c21c0072ba10af2ed2d7000b910d6cb47fb50aec8e6cfcb43f1badced1849ead2afe54628800fa54bd3d8f040bd0e" },
  { "/cmp/mac/pbm/sha3-256-and-hmac-sha3-256/R079",
    "303706092a864886f67d07420d302a04080011223344556677300b0609608648016503040208020203e8300d060960864801650304020e0500",
    "05c1fc98b2d9cb4180bc2e11c35faa6d7e560f0b1ba232a3509dbd90674590fb",
    "5942e15c5910f5f8fdd37502f989c3d0060210280d0fface08c6fe9e9cf2d20c" },
  { "/cmp/mac/pbm/shake256-and-hmac-sha512/R065,R079",
    "303606092a864886f67d07420d302904080011223344556677300b060960864801650304020c020203e8300c06082a864886f70d020b0500",
    "b705b9cf2a9aff6eca2dd05c67765d950c376d022d2b563963571d7d91dbf86d88f13fde9c6d718839b7f3b34082c18c6c5aabbf5b11c1e1ac92d1c0e967a"
    "eeb",
    "82ca2f4522da5da972db2302f1af40885d8e482fc41d52d39c49d2aaf91cbd205da335ff752644a8739867de812181977cff047c05b3d8d6652120ace89f8"
    "193" },
  { "/cmp/mac/pbm/shake128-and-kmac128/R065,R079,R094",
    "303506092a864886f67d07420d302804080011223344556677300b060960864801650304020b020203e8300b0609608648016503040213",
    "143202958d8e74cf749315bada059619a3fdf301ddea3e0beff2a561775c7c51",
    "e13f113b20c7e89dfc3cc84052df4cea4408ca84989a9ac137be2725eb6cf264" },
  { "/cmp/mac/pbmac1/hmac-sha384-and-hmac-sha512/R089",
    "304906092a864886f70d01050e303c302c06092a864886f70d01050c301f04080011223344556677020207d0020140300c06082a864886f70d020a0500300c"
    "06082a864886f70d020b0500",
    "43cf310b4566d09843ac7bb5685d4ee6a5fb2eed6eb18c360549178eee6c1bfea4f4724ab002de36185159663740ed7384dd4cce70348700fda11742b5639"
    "a79",
    "8fe4231f78450abfdfe0c142dbbe70bf0aece95f321abca20d416b0f0ba1d25a400c7a887d418704ea09f96cafc8c89d10f5bb8f9665131252bc5536b164e"
    "e9f" },
  { "/cmp/mac/pbmac1/hmac-sha3-256/R089",
    "304b06092a864886f70d01050e303e302d06092a864886f70d01050c302004080011223344556677020207d0020120300d060960864801650304020e050030"
    "0d060960864801650304020e0500",
    "71d4cd2e83b13d08277d18fdd6d526d66e0571d3f0a6802c4b0c108b3b689a69",
    "bbdf98ce193e3f79e51628ea4f4a4d76a6f389bb355a51bc9a09dcf1c58309b2" },
  /* Without keyLength: 24 octets, which AES-192-GMAC takes and nothing else. */
  { "/cmp/mac/pbmac1/gmac192-natural-length/R092,R093",
    "305806092a864886f70d01050e304b302906092a864886f70d01050c301c04080011223344556677020207d0300c06082a864886f70d02090500301e060960"
    "864801650304011d3011040c000102030405060708090a0b020110",
    "891e07e74860048a66c3cd89bde3e5b96d37158c908c0d92", "91097016212b7ddd9fb00a357754a92c" },
  { "/cmp/mac/pbmac1/kmac256/R094",
    "304806092a864886f70d01050e303b302c06092a864886f70d01050c301f04080011223344556677020207d0020140300c06082a864886f70d0209050030"
    "0b0609608648016503040214",
    "891e07e74860048a66c3cd89bde3e5b96d37158c908c0d921ca3d35dd4deb1edf330caf9235b3b0db073ff6f1123b5980cf94f05cdc6ed3f301ff4c430feb"
    "9f6",
    "9c19eab0388c92fb9663e7d692712ea688bc0fe95f5ab933ed57d579f96c3a04eb6915c892b6f9cf9a3b837e8681318ba714e3638cf97a2278ef5a5d7c4d3"
    "5a4" },
};

static void
test_key (gconstpointer data)
{
  const KeyCase *test = data;
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (test->algorithm);
  g_autoptr (SignetSecret) secret = signet_secret_new ("SiemensIT", 9);
  g_autoptr (SignetCmpMacKey) key = NULL;
  g_autoptr (GError) error = NULL;

  key = signet_cmp_mac_key_new (algorithm, secret, LIMIT, SIGNET_CMP_RELAX_NONE, &error);
  g_assert_no_error (error);
  assert_secret (signet_cmp_mac_key_get_secret (key), test->key);
  assert_mac (key, test->mac);
}

/* 64 octets of SHA-256's BASEKEY, as the worked example has them, and a third block cut short. */
static void
test_expansion (void)
{
  static const SignetCmpDigest sha256 = { "SHA256", 32, FALSE };
  g_autoptr (SignetSecret) base = secret_from_hex ("cd3eb3e7cac4c30f37a7372cf686a382034b1597148b9b8d327a41fc242bfc86");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) two = signet_cmp_mac_expand_key (base, &sha256, 64, &error);
  g_autoptr (SignetSecret) more = signet_cmp_mac_expand_key (base, &sha256, 70, &error);

  g_assert_no_error (error);
  assert_secret (two, "cd3eb3e7cac4c30f37a7372cf686a382034b1597148b9b8d327a41fc242bfc86"
                      "eec1f4c807ddd4dd9467ed68125c6f3001eb458213265603cf2fcc586adb5a68");
  assert_secret (more, "cd3eb3e7cac4c30f37a7372cf686a382034b1597148b9b8d327a41fc242bfc86"
                       "eec1f4c807ddd4dd9467ed68125c6f3001eb458213265603cf2fcc586adb5a680aac6c42a1b2");
}

static void
assert_key_refused (const char *hexadecimal,
                    int         code)
{
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (hexadecimal);
  g_autoptr (SignetSecret) secret = signet_secret_new ("SiemensIT", 9);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMacKey) key = signet_cmp_mac_key_new (algorithm, secret, LIMIT, SIGNET_CMP_RELAX_SHA1, &error);

  g_assert_null (key);
  g_assert_error (error, SIGNET_CMP_ERROR, code);
}

static void
test_unfit (void)
{
  /* GMAC with a key of another size; KMAC as prf; MD5 as owf */
  assert_key_refused ("305b06092a864886f70d01050e304e302c06092a864886f70d01050c301f04080011223344556677020207d0020120300c06082a8648"
                      "86f70d02090500301e060960864801650304011d3011040c000102030405060708090a0b020110", SIGNET_CMP_ERROR_UNSUPPORTED);
  assert_key_refused ("304806092a864886f70d01050e303b302b06092a864886f70d01050c301e04080011223344556677020207d0020120300b060960"
                      "8648016503040213300c06082a864886f70d02090500", SIGNET_CMP_ERROR_UNSUPPORTED);
  assert_key_refused ("303506092a864886f67d07420d302804080011223344556677300a06082a864886f70d0205020203e8300c06082a864886f70d0209"
                      "0500", SIGNET_CMP_ERROR_WEAK);
}

/* The secret as the key: only one that could be one, and never with a nonce that stays. */
static void
test_plain (void)
{
  g_autoptr (X509_ALGOR) hmac = algorithm_from_hex ("300c06082a864886f70d02090500");
  g_autoptr (X509_ALGOR) gmac = algorithm_from_hex ("301e0609608648016503040109301104" "0c000102030405060708090a0b020110");
  g_autoptr (SignetSecret) key_secret = secret_from_hex ("000102030405060708090a0b0c0d0e0f");
  g_autoptr (SignetSecret) password = signet_secret_new ("SiemensIT", 9);
  g_autoptr (SignetCmpMacKey) key = NULL;
  g_autoptr (SignetCmpMacKey) refused = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (signet_cmp_mac_get_kind (hmac), ==, SIGNET_CMP_MAC_KIND_PLAIN);
  key = signet_cmp_mac_key_new (hmac, key_secret, LIMIT, SIGNET_CMP_RELAX_NONE, &error);
  g_assert_no_error (error);
  assert_secret (signet_cmp_mac_key_get_secret (key), "000102030405060708090a0b0c0d0e0f");
  refused = signet_cmp_mac_key_new (hmac, password, LIMIT, SIGNET_CMP_RELAX_NONE, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
  g_clear_error (&error);
  refused = signet_cmp_mac_key_new (gmac, key_secret, LIMIT, SIGNET_CMP_RELAX_NONE, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
}

/* ---- PBMAC1 of RFC 9579 ---- */

static SignetDerValue
expect (const guint8 **data,
        gsize         *size,
        guint8         identifier)
{
  SignetDerValue value;

  g_assert_true (signet_der_read_expected (data, size, identifier, &value));
  return value;
}

/* The authenticated octets of a PKCS #12 file, the algorithm of its MAC and the MAC. */
static void
read_pkcs12 (const char  *name,
             GBytes     **authenticated,
             X509_ALGOR **algorithm,
             GBytes     **mac)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "pbmac1", name, NULL);
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  const unsigned char *der;
  SignetDerValue value;
  const guint8 *data;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  data = (const guint8 *) contents;
  value = expect (&data, &size, 0x30);
  data = value.contents;
  size = value.contents_size;
  expect (&data, &size, 0x02);
  value = expect (&data, &size, 0x30);
  {
    const guint8 *inner = value.contents;
    gsize inner_size = value.contents_size;

    expect (&inner, &inner_size, 0x06);
    value = expect (&inner, &inner_size, 0xa0);
    inner = value.contents;
    inner_size = value.contents_size;
    value = expect (&inner, &inner_size, 0x04);
    *authenticated = g_bytes_new (value.contents, value.contents_size);
  }
  value = expect (&data, &size, 0x30);          /* MacData */
  data = value.contents;
  size = value.contents_size;
  value = expect (&data, &size, 0x30);          /* DigestInfo */
  data = value.contents;
  size = value.contents_size;
  value = expect (&data, &size, 0x30);
  der = value.octets;
  *algorithm = d2i_X509_ALGOR (NULL, &der, (long) value.size);
  g_assert_nonnull (*algorithm);
  value = expect (&data, &size, 0x04);
  *mac = g_bytes_new (value.contents, value.contents_size);
}

static void
test_rfc9579 (void)
{
  static const struct {
    const char *name;
    gboolean good;
  } cases[] = {
    { "pbmac1_256_256.good.p12", TRUE },     { "pbmac1_512_256.good.p12", TRUE },      { "pbmac1_512_512.good.p12", TRUE },
    { "pbmac1_256_256.bad-iter.p12", FALSE }, { "pbmac1_256_256.bad-salt.p12", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SignetSecret) secret = signet_secret_new ("1234", 4);
      g_autoptr (GBytes) authenticated = NULL;
      g_autoptr (GBytes) mac = NULL;
      g_autoptr (GBytes) computed = NULL;
      g_autoptr (X509_ALGOR) algorithm = NULL;
      g_autoptr (SignetCmpMacKey) key = NULL;
      g_autoptr (GError) error = NULL;

      read_pkcs12 (cases[i].name, &authenticated, &algorithm, &mac);
      key = signet_cmp_mac_key_new (algorithm, secret, LIMIT, SIGNET_CMP_RELAX_NONE, &error);
      g_assert_no_error (error);
      computed = signet_cmp_mac_compute (key, authenticated, &error);
      g_assert_no_error (error);
      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (g_bytes_equal (computed, mac), ==, cases[i].good);
    }
}

/* ---- DHBasedMac ---- */

static EVP_PKEY *
raw_public (const char *hexadecimal)
{
  g_autoptr (GBytes) octets = corpus_hex (hexadecimal);
  EVP_PKEY *key = EVP_PKEY_new_raw_public_key (EVP_PKEY_X25519, NULL, g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));

  g_assert_nonnull (key);
  return key;
}

/* RFC 7748 §6.1: Alice's private and Bob's public key. */
#define ALICE "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
#define BOB "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"

static SignetKey *
new_alice (void)
{
  g_autoptr (GBytes) octets = corpus_hex (ALICE);
  g_autoptr (EVP_PKEY) key
      = EVP_PKEY_new_raw_private_key (EVP_PKEY_X25519, NULL, g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));

  return signet_key_new_for_pkey (key);
}

/* BASEKEY is the hash of what RFC 7748 gives as K; SHA-224's is expanded for AES-256-GMAC. */
static void
test_dh_known_answer (void)
{
  static const struct {
    const char *algorithm;
    const char *key;
    const char *mac;
  } cases[] = {
    { "302806092a864886f67d07421e301b300b0609608648016503040201300c06082a864886f70d02090500",
      "dead45a1d43d6902aa9240b43c0d75a0b5fc750660590d6d45461cbfc4010684",
      "f78eab7e09bceca86bd3fea97fb0acd38c45266edc570aee1f52a99ab58d56a1" },
    { "303a06092a864886f67d07421e302d300b0609608648016503040204301e06096086480165030401313011" NONCE "020110",
      "c1c295708b764eda88d950b58081ac96f93e2ef38d2fdabba4a2b65f9ad7c075", "dc70fd5e913a91af2715a6b3a06d680b" },
  };
  g_autoptr (SignetKey) alice = new_alice ();
  g_autoptr (EVP_PKEY) bob = raw_public (BOB);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (cases[i].algorithm);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpMacKey) key = signet_cmp_mac_key_new_dh (algorithm, alice, bob, SIGNET_CMP_RELAX_NONE, &error);

      g_assert_no_error (error);
      g_assert_cmpint (signet_cmp_mac_get_kind (algorithm), ==, SIGNET_CMP_MAC_KIND_DH);
      assert_secret (signet_cmp_mac_key_get_secret (key), cases[i].key);
      assert_mac (key, cases[i].mac);
    }
}

/* Each kind of key for key agreement: both sides come to one key, and no key of another kind does. */
static void
test_dh_kinds (gconstpointer data)
{
  const char *spec = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) own = signet_key_generate (spec, NULL, NULL, NULL, &error);
  g_autoptr (SignetKey) peer = signet_key_generate (spec, NULL, NULL, NULL, &error);
  g_autoptr (EVP_PKEY) bob = raw_public (BOB);
  g_autoptr (GBytes) der = signet_cmp_mac_algorithm_new_dh ("SHA256", &error);
  g_autoptr (X509_ALGOR) algorithm
      = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_ALGOR));
  g_autoptr (SignetCmpMacKey) one = signet_cmp_mac_key_new_dh (algorithm, own, signet_key_get_pkey (peer), 0, &error);
  g_autoptr (SignetCmpMacKey) two = signet_cmp_mac_key_new_dh (algorithm, peer, signet_key_get_pkey (own), 0, &error);
  g_autoptr (SignetCmpMacKey) none = NULL;

  g_assert_no_error (error);
  g_assert_true (signet_secret_equal (signet_cmp_mac_key_get_secret (one), signet_cmp_mac_key_get_secret (two)));
  if (g_str_equal (spec, "x25519"))
    return;
  none = signet_cmp_mac_key_new_dh (algorithm, own, bob, 0, &error);
  g_assert_null (none);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
}

/* ---- KemBasedMac ---- */

#define SHARED "7df12d412ae299a24fde6d7c3bb8e3194c80ad3c733dcf2775e09fe8bedb86d8"
#define TRANSACTION "000102030405060708090a0b0c0d0e0f"

static const KeyCase kem_cases[] = {
  { "/cmp/mac/kem/known-answer/R099,R101,R102",
    "302d06092a864886f67d0742103020300d060b2a864886f70d010910031c020120300c06082a864886f70d02090500",
    "3127703cd7254e2538b72200562691aa3e59886dd3ae100f3fa5690962937879",
    "d5a711450e19c73143722354ef90ab788c8747866504462bc054f3457ebb9cc3" },
  { "/cmp/mac/kem/another-length-and-hkdf-sha512/R100",
    "302d06092a864886f67d0742103020300d060b2a864886f70d010910031e020130300c06082a864886f70d02090500",
    "5ea542d5c70d1db7fa6acbe42b0487afbda551186313f535a6e0e3126295d3de2b5780ea6c496979c99fcb555cc1274f",
    "1789e440e35563a02583180422980ed97370b8fe35f9144c1e76ab13f766306e" },
  { "/cmp/mac/kem/with-context/R101",
    "303806092a864886f67d074210302b300d060b2a864886f70d010910031ca0090407636f6e74657874020120300c06082a864886f70d02090500",
    "ffc718e4f6e53045934150bf337f3113fe75e335bffdb17fed6aaed3b198768c",
    "11d888c27b55c1866393ed724c5c0e8613a67ec1361580372ca0860e4bb1a66a" },
  { "/cmp/mac/kem/kdf3/R099",
    "303b06092a864886f67d074210302e301b060a2b8105108648092c0102300d06096086480165030402010500020120300c06082a864886f70d02090500",
    "bff56c9ab2b3e62870a3a1abe1b29013156a2cd841a5951459478aaa9505073a",
    "d705e9be72b3a5c81f3a3a56e8169ff14fef4822138d35ca023b32e7469ce98b" },
};

static void
test_kem (gconstpointer data)
{
  const KeyCase *test = data;
  g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (test->algorithm);
  g_autoptr (SignetSecret) shared = secret_from_hex (SHARED);
  g_autoptr (GBytes) id = corpus_hex (TRANSACTION);
  g_autoptr (GBytes) other_id = corpus_hex ("000102030405060708090a0b0c0d0e10");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMacKey) key = signet_cmp_mac_key_new_kem (algorithm, shared, id, SIGNET_CMP_RELAX_NONE, &error);
  g_autoptr (SignetCmpMacKey) other = signet_cmp_mac_key_new_kem (algorithm, shared, other_id, SIGNET_CMP_RELAX_NONE, &error);

  g_assert_no_error (error);
  assert_secret (signet_cmp_mac_key_get_secret (key), test->key);
  assert_mac (key, test->mac);
  g_assert_false (signet_secret_equal (signet_cmp_mac_key_get_secret (key), signet_cmp_mac_key_get_secret (other)));
}

/* What is made is the worked example, and so is its context. */
static void
test_kem_made (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) der = signet_cmp_mac_algorithm_new_kem ("SHA256", &error);
  g_autoptr (GBytes) id = corpus_hex (TRANSACTION);
  g_autoptr (GBytes) info = signet_cmp_mac_kem_other_info (id, NULL);

  g_assert_no_error (error);
  corpus_assert_hex (der, "302d06092a864886f67d0742103020300d060b2a864886f70d010910031c020120300c06082a864886f70d02090500");
  corpus_assert_hex (info, "301d30090c07434d502d4b454d0410" TRANSACTION);
}

static void
test_kem_bounds (void)
{
  static const struct {
    const char *algorithm;
    int code;
  } cases[] = {
    { "302d06092a864886f67d0742103020300d060b2a864886f70d010910031c02010f300c06082a864886f70d02090500", SIGNET_CMP_ERROR_WEAK },
    { "302d06092a864886f67d0742103020300d060b2a864886f70d010910031c0201ff300c06082a864886f70d02090500", SIGNET_CMP_ERROR_WEAK },
    { "302e06092a864886f67d0742103021300d060b2a864886f70d010910031c02020401300c06082a864886f70d02090500", SIGNET_CMP_ERROR_LIMIT },
    { "302d06092a864886f67d0742103020300d060b2a864886f70d010910031c020120300c06082a864886f70d02070500", SIGNET_CMP_ERROR_WEAK },
    { "301006092a864886f67d0742103003040100", SIGNET_CMP_ERROR_MALFORMED },
    { "300b06092a864886f67d074210", SIGNET_CMP_ERROR_MALFORMED },
  };
  g_autoptr (SignetSecret) shared = secret_from_hex (SHARED);
  g_autoptr (GBytes) id = corpus_hex (TRANSACTION);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (X509_ALGOR) algorithm = algorithm_from_hex (cases[i].algorithm);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpMacKey) key = signet_cmp_mac_key_new_kem (algorithm, shared, id, SIGNET_CMP_RELAX_NONE, &error);

      g_assert_null (key);
      g_assert_error (error, SIGNET_CMP_ERROR, cases[i].code);
    }
}

/* ---- what is made for sending ---- */

/* Another MAC than the hash's own, as scripts for old servers have it; SHA-1 by setting only. */
static void
test_made_with_function (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) secret = signet_secret_new ("SiemensIT", 9);
  g_autoptr (X509_ALGOR) algorithm = NULL;
  g_autoptr (SignetCmpMacKey) key = NULL;
  g_autoptr (GBytes) der = signet_cmp_mac_algorithm_new_with_function (SIGNET_CMP_MAC_PASSWORD_BASED, "SHA256", "hmac-sha1", 500,
                                                                       SIGNET_CMP_RELAX_SHA1, &error);
  g_autoptr (GBytes) refused = NULL;

  g_assert_no_error (error);
  algorithm = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_ALGOR));
  key = signet_cmp_mac_key_new (algorithm, secret, LIMIT, SIGNET_CMP_RELAX_SHA1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (signet_secret_get_size (signet_cmp_mac_key_get_secret (key)), ==, 32);

  refused = signet_cmp_mac_algorithm_new_with_function (SIGNET_CMP_MAC_PASSWORD_BASED, "SHA256", "hmac-sha1", 500, 0, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  refused = signet_cmp_mac_algorithm_new_with_function (SIGNET_CMP_MAC_PBMAC1, "SHA256", "sha256", 10000, 0, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
}

int
main (int    argc,
      char **argv)
{
  static const char *const specs[] = { "x25519", "x448", "ec:P-256", "ec:P-384", "ec:P-521", "dh:ffdhe2048" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/digest/shake-gives-twice-its-strength/R065", test_shake);
  g_test_add_func ("/cmp/digest/knows-sha2-and-sha3-and-no-older-ones/R389", test_digests);
  for (guint i = 0; i < G_N_ELEMENTS (function_cases); i++)
    g_test_add_data_func (function_cases[i].path, &function_cases[i], test_function);
  g_test_add_func ("/cmp/mac/refuses-what-it-does-not-know/R389", test_function_refused);
  for (guint i = 0; i < G_N_ELEMENTS (key_cases); i++)
    g_test_add_data_func (key_cases[i].path, &key_cases[i], test_key);
  g_test_add_func ("/cmp/mac/pbm/expands-by-ascii-digits/R081", test_expansion);
  g_test_add_func ("/cmp/mac/refuses-parts-that-do-not-fit/R093", test_unfit);
  g_test_add_func ("/cmp/mac/plain/only-with-a-secret-that-is-a-key/R094", test_plain);
  g_test_add_func ("/cmp/mac/pbmac1/examples-of-rfc9579/R089,R386", test_rfc9579);
  g_test_add_func ("/cmp/mac/dh/known-answer/R095", test_dh_known_answer);
  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cmp/mac/dh/%s/both-sides-come-to-one-key/R095", specs[i]);

      g_test_add_data_func (path, specs[i], test_dh_kinds);
    }
  for (guint i = 0; i < G_N_ELEMENTS (kem_cases); i++)
    g_test_add_data_func (kem_cases[i].path, &kem_cases[i], test_kem);
  g_test_add_func ("/cmp/mac/kem/makes-the-worked-example/R099,R101", test_kem_made);
  g_test_add_func ("/cmp/mac/kem/bounds/R100", test_kem_bounds);
  g_test_add_func ("/cmp/mac/made-with-another-mac", test_made_with_function);

  return g_test_run ();
}
