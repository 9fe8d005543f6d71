/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-asn1-crmf.h"
#include "cmp/cmp-pop-agreement.h"

/* Static Diffie-Hellman proof of possession: RFC 6955 App. B, and what the authority computes with its own key. */

static const char p_hex[] =
  "009484e0456c7f6951623e56807c68e7c5a99e9e747494ed908c1dc4e14a1482f5d2940c19e3b910bb11b9e5a5fb8e215163"
  "0286aa06b82136b67f36dfd1d6685b797c1d5a14751f6a937593cebb97728af00f239d47f6d4b3c7f0f4e6f62bc232e18967"
  "be7e06aef8d0016b8b2af502d7b6a8639483b01b317d521adee5038527";
static const char g_hex[] =
  "26a6322c5a2bd4332b5cdc0687533f90066150383ed2b97d811c1210c50c53d464d18e3007088cdd3f0a2f2cd61b7f5786d0"
  "dabb6e362a18e8d3bc70317a48b64e186edd1f2206eb3fead44169d99bde47957a7291d2097f495c3b033351c8f1399aff04"
  "d56e7e943d03b8f63115264895a85cde4788b4693a00a7869edad1cd";
static const char q_hex[] =
  "00e872fa96f01140f5f2dcfd3b5d7894b18501e5693721f725b9ba714afc6030fb";
static const char peer_hex[] =
  "5fcf39ad62cf498ed1ce66e2b1e6a7014d05c277c8925242a905a4dbe0467950a3fc993d3da69ba9adbc621c69b711a1c02a"
  "f18528f768fed68f3156224d0a116e723a02af0e27aaf9edce05efd85992c018d7696ebd70b621d1773921e1af7a3acf200a"
  "b42c695fcf796720314df2c6ed23bfc4bb1ed171402c07d6f08fc51a";
static const char own_hex[] =
  "1363a185048c46a888ebf45ea89374aefdae9e96271265c44c07063e18fe94b8a87948bd2e34b647ca0430a1ec33fd1a0b2d"
  "9e50c9780fae6aecb56b6abeb25cdab29f782cb977e2792b25bf2e0b594a934bf8b3ec8134ae974752e0a82998ecd1b0ca2b"
  "6f7a8bdb4e8da5157e7eaf3362099e0f11448cc18da2119e53efb2e8";
static const char private_hex[] =
  "32ccbdb4b77c4426bb3c83426e7d1b008635097107a0a476b8db5fec00ce6fc3";
static const char leading_hex[] =
  "3046310b30090603550406130255533111300f060355040a13085845544920496e633110300e060355040b13075465737469"
  "6e673112301006035504031309444820546573744341";
static const char trailing_hex[] =
  "3048310b30090603550406130255533111300f060355040a13085845544920496e633110300e060355040b13075465737469"
  "6e67311430120603550403130b526f6f7420445341204341";
static const char text_hex[] =
  "30820298020100304e310b30090603550406130255533111300f060355040a13085845544920496e633110300e060355040b"
  "130754657374696e67311a301806035504031311504b4958204578616d706c65205573657230820241308201b606072a8648"
  "ce3e0201308201a9028181009484e0456c7f6951623e56807c68e7c5a99e9e747494ed908c1dc4e14a1482f5d2940c19e3b9"
  "10bb11b9e5a5fb8e2151630286aa06b82136b67f36dfd1d6685b797c1d5a14751f6a937593cebb97728af00f239d47f6d4b3"
  "c7f0f4e6f62bc232e18967be7e06aef8d0016b8b2af502d7b6a8639483b01b317d521adee503852702818026a6322c5a2bd4"
  "332b5cdc0687533f90066150383ed2b97d811c1210c50c53d464d18e3007088cdd3f0a2f2cd61b7f5786d0dabb6e362a18e8"
  "d3bc70317a48b64e186edd1f2206eb3fead44169d99bde47957a7291d2097f495c3b033351c8f1399aff04d56e7e943d03b8"
  "f63115264895a85cde4788b4693a00a7869edad1cd022100e872fa96f01140f5f2dcfd3b5d7894b18501e5693721f725b9ba"
  "714afc6030fb026100a39101c0a86ea44da056fc6cfe1fa7b0cd0f94870c25be97768debe5a4095dab83cd800b35677f0c8e"
  "a73198328539409d1198d8deb87f869baf8d673db676b4612f21e14b0e68ff533e87ddd871566847dcf720634b3c5f787183"
  "e6709ee292301a0315001cd53a0d17826d0a81758146108e3edb09e49834020137038184000281801363a185048c46a888eb"
  "f45ea89374aefdae9e96271265c44c07063e18fe94b8a87948bd2e34b647ca0430a1ec33fd1a0b2d9e50c9780fae6aecb56b"
  "6abeb25cdab29f782cb977e2792b25bf2e0b594a934bf8b3ec8134ae974752e0a82998ecd1b0ca2b6f7a8bdb4e8da5157e7e"
  "af3362099e0f11448cc18da2119e53efb2e8";

#define MAC_HEX "2d0577fe5e8f65f5afadc95c9b02c0a888296163"

static EVP_PKEY *
make_dh (const char *public_hex,
         const char *secret_hex)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "DHX", NULL);
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
  BIGNUM *numbers[5] = { NULL };
  OSSL_PARAM *params;
  EVP_PKEY *key = NULL;

  BN_hex2bn (&numbers[0], p_hex);
  BN_hex2bn (&numbers[1], q_hex);
  BN_hex2bn (&numbers[2], g_hex);
  BN_hex2bn (&numbers[3], public_hex);
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_FFC_P, numbers[0]);
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_FFC_Q, numbers[1]);
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_FFC_G, numbers[2]);
  OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_PUB_KEY, numbers[3]);
  if (secret_hex != NULL)
    {
      BN_hex2bn (&numbers[4], secret_hex);
      OSSL_PARAM_BLD_push_BN (builder, OSSL_PKEY_PARAM_PRIV_KEY, numbers[4]);
    }
  params = OSSL_PARAM_BLD_to_param (builder);
  g_assert_cmpint (EVP_PKEY_fromdata_init (context), ==, 1);
  g_assert_cmpint (EVP_PKEY_fromdata (context, &key, secret_hex != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params), ==, 1);
  OSSL_PARAM_free (params);
  OSSL_PARAM_BLD_free (builder);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    BN_free (numbers[i]);
  return key;
}

static void
test_known_answer (void)
{
  g_autoptr (EVP_PKEY) own = make_dh (own_hex, private_hex);
  g_autoptr (EVP_PKEY) peer = make_dh (peer_hex, NULL);
  g_autoptr (GBytes) leading = corpus_hex (leading_hex);
  g_autoptr (GBytes) trailing = corpus_hex (trailing_hex);
  g_autoptr (GBytes) text = corpus_hex (text_hex);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) mac = signet_cmp_pop_agree_mac_compute (own, peer, leading, trailing, "SHA1", text, &error);

  g_assert_no_error (error);
  corpus_assert_hex (mac, MAC_HEX);
}

/* What the authority would compute: its private key with our public one. */
static GBytes *
compute_there (const Party *authority,
               SignetKey   *key,
               const char  *digest,
               GBytes      *text)
{
  X509 *x509 = signet_certificate_get_x509 (authority->certificate);
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (signet_key_get_pkey (authority->key), NULL);
  g_autoptr (EVP_MD_CTX) hash = EVP_MD_CTX_new ();
  guint8 shared[512];
  guint8 derived[EVP_MAX_MD_SIZE];
  guint8 mac[EVP_MAX_MD_SIZE];
  unsigned char *subject = NULL;
  unsigned char *issuer = NULL;
  int subject_size = i2d_X509_NAME (X509_get_subject_name (x509), &subject);
  int issuer_size = i2d_X509_NAME (X509_get_issuer_name (x509), &issuer);
  gsize size = sizeof shared;
  gsize mac_size;
  guint derived_size;

  g_assert_cmpint (EVP_PKEY_derive_init (context), ==, 1);
  g_assert_cmpint (EVP_PKEY_derive_set_peer (context, signet_key_get_pkey (key)), ==, 1);
  g_assert_cmpint (EVP_PKEY_derive (context, shared, &size), ==, 1);
  EVP_DigestInit_ex (hash, EVP_get_digestbyname (digest), NULL);
  EVP_DigestUpdate (hash, subject, subject_size);
  EVP_DigestUpdate (hash, shared, size);
  EVP_DigestUpdate (hash, issuer, issuer_size);
  EVP_DigestFinal_ex (hash, derived, &derived_size);
  g_assert_nonnull (EVP_Q_mac (NULL, "HMAC", NULL, digest, NULL, derived, derived_size, g_bytes_get_data (text, NULL), g_bytes_get_size (text), mac,
                               sizeof mac, &mac_size));
  OPENSSL_free (subject);
  OPENSSL_free (issuer);
  return g_bytes_new (mac, mac_size);
}

static void
test_proofs (void)
{
  static const struct {
    const char *spec;
    const char *digest;
    const char *oid;
  } cases[] = {
    { "ec:P-256", "SHA256", "1.3.6.1.5.5.7.6.26" },
    { "ec:P-384", "SHA384", "1.3.6.1.5.5.7.6.27" },
    { "ec:P-521", "SHA512", "1.3.6.1.5.5.7.6.28" },
    { "dh:ffdhe2048", "SHA256", "1.3.6.1.5.5.7.6.16" },
  };
  const PartyUsage ca = { .key_usage = "keyCertSign", .ca = TRUE };
  const PartyUsage agree = { .key_usage = "keyAgreement" };
  g_autoptr (Party) root = party_new ("ec:P-256", "Root", NULL, ca);
  g_autoptr (GBytes) text = g_bytes_new_static ("a CertRequest", 13);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Party) authority = party_new (cases[i].spec, "Authority", root, agree);
      g_autoptr (Party) own = party_new (cases[i].spec, "Maria Huber", root, agree);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) proof = signet_cmp_pop_agree_mac_new (own->key, authority->certificate, text, &error);
      g_autoptr (GBytes) expected = NULL;
      SignetPopoPrivKey *decoded;
      const guint8 *cursor;
      char oid[64];

      g_assert_no_error (error);
      cursor = g_bytes_get_data (proof, NULL);
      g_assert_cmphex (*cursor, ==, 0xa3);
      decoded = d2i_SignetPopoPrivKey (NULL, &cursor, (long) g_bytes_get_size (proof));
      g_assert_nonnull (decoded);
      OBJ_obj2txt (oid, sizeof oid, decoded->value.agree_mac->alg_id->algorithm, 1);
      g_assert_cmpstr (oid, ==, cases[i].oid);
      g_assert_null (decoded->value.agree_mac->alg_id->parameter);
      expected = compute_there (authority, own->key, cases[i].digest, text);
      g_assert_cmpmem (ASN1_STRING_get0_data (decoded->value.agree_mac->value), ASN1_STRING_length (decoded->value.agree_mac->value),
                       g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
      SignetPopoPrivKey_free (decoded);
    }
}

/* Only with the authority's certificate for key agreement, and only in its group. */
static void
test_refused (void)
{
  const PartyUsage agree = { .key_usage = "keyAgreement" };
  const PartyUsage sign = { .key_usage = "digitalSignature" };
  const PartyUsage ca = { .key_usage = "keyCertSign", .ca = TRUE };
  g_autoptr (Party) root = party_new ("ec:P-256", "Root", NULL, ca);
  g_autoptr (Party) own = party_new ("ec:P-256", "Maria Huber", root, agree);
  g_autoptr (Party) other_curve = party_new ("ec:P-384", "Authority", root, agree);
  g_autoptr (Party) other_kind = party_new ("rsa:2048", "Authority", root, agree);
  g_autoptr (Party) signing = party_new ("ec:P-256", "Authority", root, sign);
  g_autoptr (Party) rsa = party_new ("rsa:2048", "Maria Huber", root, agree);
  g_autoptr (GBytes) text = g_bytes_new_static ("a CertRequest", 13);
  const Party *refused[] = { other_curve, other_kind, signing };
  g_autoptr (GError) unsupported = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_cmp_pop_agree_mac_new (own->key, refused[i]->certificate, text, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
    }
  g_assert_null (signet_cmp_pop_agree_mac_new (rsa->key, own->certificate, text, &unsupported));
  g_assert_error (unsupported, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/pop-agreement/known-answer/R320", test_known_answer);
  g_test_add_func ("/cmp/pop-agreement/authority-computes-the-same/R320", test_proofs);
  g_test_add_func ("/cmp/pop-agreement/only-with-the-authoritys-certificate/R320", test_refused);
  return g_test_run ();
}
