/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/rsa.h>

#include "cmp/cmp-peer.h"

/*
 * The hash of a certificate in certConf, for each way a certificate may be signed. The certificates are real ones under a new
 * signature; those of the algorithms that only newer libcryptos have got the algorithm's name alone, and are refused, which a
 * certConf tells as well.
 */

typedef struct {
  const char *path;
  const char *spec;             /* (nullable): the issuer's key; "rsa-pss" is RSA that signs so */
  const char *digest;           /* (nullable): of the signature */
  const char *oid;              /* (nullable): put in place of the signature's algorithm */
  const char *hash;             /* that certHash must be made with */
  gsize size;                   /* octets */
  gboolean named;               /* hashAlg says it */
} Case;

static const Case cases[] = {
  { "/cmp/confirm/rsa-sha256/R194", "rsa:2048", "SHA256", NULL, "SHA256", 32, FALSE },
  { "/cmp/confirm/rsa-sha384/R194", "rsa:2048", "SHA384", NULL, "SHA384", 48, FALSE },
  { "/cmp/confirm/rsa-sha512/R194", "rsa:2048", "SHA512", NULL, "SHA512", 64, FALSE },
  { "/cmp/confirm/rsa-pss-sha256/R194", "rsa-pss", "SHA256", NULL, "SHA256", 32, FALSE },
  { "/cmp/confirm/rsa-pss-sha512/R194", "rsa-pss", "SHA512", NULL, "SHA512", 64, FALSE },
  { "/cmp/confirm/ecdsa-sha256/R194", "ec:P-256", "SHA256", NULL, "SHA256", 32, FALSE },
  { "/cmp/confirm/ecdsa-sha384/R194", "ec:P-384", "SHA384", NULL, "SHA384", 48, FALSE },
  { "/cmp/confirm/ecdsa-sha512/R194", "ec:P-521", "SHA512", NULL, "SHA512", 64, FALSE },
  { "/cmp/confirm/ed25519/R194,R195", "ed25519", NULL, NULL, "SHA512", 64, FALSE },
  { "/cmp/confirm/ed448/R194,R195", "ed448", NULL, NULL, "SHAKE256", 64, FALSE },
  { "/cmp/confirm/ml-dsa-65/R042,R196,R197", NULL, NULL, "2.16.840.1.101.3.4.3.18", "SHA512", 64, TRUE },
  { "/cmp/confirm/slh-dsa/R042,R196", NULL, NULL, "2.16.840.1.101.3.4.3.20", "SHA512", 64, TRUE },
};

static void
sign_again (X509       *x509,
            const Case *test)
{
  gboolean pss = g_str_equal (test->spec, "rsa-pss");
  g_autoptr (SignetKey) key = signet_key_generate (pss ? "rsa:2048" : test->spec, NULL, NULL, NULL, NULL);
  g_autoptr (EVP_MD) digest = test->digest != NULL ? EVP_MD_fetch (NULL, test->digest, NULL) : NULL;
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *parameters = NULL;

  g_assert_cmpint (EVP_DigestSignInit (context, &parameters, digest, NULL, signet_key_get_pkey (key)), ==, 1);
  if (pss)
    g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (parameters, RSA_PKCS1_PSS_PADDING), ==, 1);
  g_assert_cmpint (X509_sign_ctx (x509, context), >, 0);
}

/* Both places that name the algorithm: libcrypto need not know it. */
static X509 *
rename_algorithm (X509       *x509,
                  const char *oid)
{
  const X509_ALGOR *outer;
  const X509_ALGOR *inner = X509_get0_tbs_sigalg (x509);
  unsigned char *der = NULL;
  const unsigned char *at;
  X509 *renamed;
  int length;

  X509_get0_signature (NULL, &outer, x509);
  X509_ALGOR_set0 ((X509_ALGOR *) outer, OBJ_txt2obj (oid, 1), V_ASN1_UNDEF, NULL);
  X509_ALGOR_set0 ((X509_ALGOR *) inner, OBJ_txt2obj (oid, 1), V_ASN1_UNDEF, NULL);
  i2d_re_X509_tbs (x509, NULL);
  length = i2d_X509 (x509, &der);
  at = der;
  renamed = d2i_X509 (NULL, &at, length);
  g_assert_nonnull (renamed);
  OPENSSL_free (der);

  return renamed;
}

static X509 *
make_certificate (Peer       *peer,
                  const Case *test)
{
  g_autoptr (X509) x509 = peer_issue (peer->ca, peer->key);

  if (test->oid != NULL)
    return rename_algorithm (x509, test->oid);
  sign_again (x509, test);

  return g_steal_pointer (&x509);
}

/* What the confirmation must hold, made by other means than the engine's: a digest by name over the DER. */
static GBytes *
hash_of (X509       *x509,
         const Case *test)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (x509, &der);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  g_autoptr (EVP_MD) digest = EVP_MD_fetch (NULL, test->hash, NULL);
  guint8 *hash = g_malloc (test->size);

  g_assert_cmpint (EVP_DigestInit_ex (context, digest, NULL), ==, 1);
  g_assert_cmpint (EVP_DigestUpdate (context, der, (size_t) length), ==, 1);
  if (g_str_equal (test->hash, "SHAKE256"))
    g_assert_cmpint (EVP_DigestFinalXOF (context, hash, test->size), ==, 1);
  else
    g_assert_cmpint (EVP_DigestFinal_ex (context, hash, NULL), ==, 1);
  OPENSSL_free (der);

  return g_bytes_new_take (hash, test->size);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  Peer peer = { 0 };
  g_autoptr (X509) x509 = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) hash = NULL;
  const SignetCertConfirmContent *confirm;
  const SignetCertStatus *status;

  peer_init (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 2);
  x509 = make_certificate (&peer, test);
  content = peer_cert_rep (peer_response (x509), NULL);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, content, NULL, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);

  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_CERTCONF);
  confirm = signet_cmp_message_get_body (peer.request);
  g_assert_cmpint (sk_SignetCertStatus_num (confirm), ==, 1);
  status = sk_SignetCertStatus_value (confirm, 0);
  hash = hash_of (x509, test);
  g_assert_cmpmem (status->cert_hash->data, status->cert_hash->length, g_bytes_get_data (hash, NULL), test->size);
  /* hashAlg is syntax of version 3: RFC 9810 §5.3.18. */
  g_assert_cmpint (status->hash_alg != NULL, ==, test->named);
  g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, test->named ? 3 : 2);
  if (test->named)
    g_assert_cmpint (OBJ_obj2nid (status->hash_alg->algorithm), ==, NID_sha512);
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i], test_case);

  return g_test_run ();
}
