/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/crmf.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-asn1-crmf.h"
#include "cmp/cmp-key-package.h"

/* The old EncryptedValue, and certificates that come encrypted in it or in EnvelopedData. */

static const PartyUsage encipher = { .key_usage = "keyEncipherment" };

static SignetCmpAuthority *authority;

static GBytes *
encrypt_symmetric (const EVP_CIPHER *cipher,
                   const guint8     *key,
                   const guint8     *iv,
                   const guint8     *octets,
                   gsize             size)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  guint8 *encrypted = g_malloc (size + EVP_MAX_BLOCK_LENGTH);
  int length;
  int rest;

  g_assert_cmpint (EVP_EncryptInit_ex (context, cipher, NULL, key, iv), ==, 1);
  g_assert_cmpint (EVP_EncryptUpdate (context, encrypted, &length, octets, (int) size), ==, 1);
  g_assert_cmpint (EVP_EncryptFinal_ex (context, encrypted + length, &rest), ==, 1);
  return g_bytes_new_take (encrypted, length + rest);
}

/* DER EncryptedValue of @content for @recipient, by hand. */
static GBytes *
make_value (const Party      *recipient,
            const EVP_CIPHER *cipher,
            SignetSecret     *content)
{
  g_autoptr (SignetEncryptedValue) value = SignetEncryptedValue_new ();
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (signet_key_get_pkey (recipient->key), NULL);
  g_autoptr (GBytes) encrypted = NULL;
  ASN1_OCTET_STRING *parameter = ASN1_OCTET_STRING_new ();
  guint8 key[EVP_MAX_KEY_LENGTH];
  guint8 iv[EVP_MAX_IV_LENGTH];
  guint8 wrapped[512];
  gsize wrapped_size = sizeof wrapped;
  gsize size;
  const guint8 *octets = signet_secret_get_data (content, &size);
  unsigned char *der = NULL;
  GBytes *bytes;
  int length;

  memset (key, 0x4b, sizeof key);
  memset (iv, 0x49, sizeof iv);
  encrypted = encrypt_symmetric (cipher, key, iv, octets, size);
  EVP_PKEY_encrypt_init (context);
  EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING);
  g_assert_cmpint (EVP_PKEY_encrypt (context, wrapped, &wrapped_size, key, EVP_CIPHER_get_key_length (cipher)), ==, 1);

  ASN1_OCTET_STRING_set (parameter, iv, EVP_CIPHER_get_iv_length (cipher));
  value->symm_alg = X509_ALGOR_new ();
  X509_ALGOR_set0 (value->symm_alg, OBJ_nid2obj (EVP_CIPHER_get_nid (cipher)), V_ASN1_OCTET_STRING, parameter);
  value->key_alg = X509_ALGOR_new ();
  X509_ALGOR_set0 (value->key_alg, OBJ_nid2obj (NID_rsaEncryption), V_ASN1_NULL, NULL);
  value->enc_symm_key = ASN1_BIT_STRING_new ();
  ASN1_BIT_STRING_set (value->enc_symm_key, wrapped, (int) wrapped_size);
  value->enc_symm_key->flags = ASN1_STRING_FLAG_BITS_LEFT;
  ASN1_BIT_STRING_set (value->enc_value, (guint8 *) g_bytes_get_data (encrypted, NULL), (int) g_bytes_get_size (encrypted));
  value->enc_value->flags = ASN1_STRING_FLAG_BITS_LEFT;
  length = i2d_SignetEncryptedValue (value, &der);
  bytes = g_bytes_new (der, length);
  OPENSSL_free (der);
  return bytes;
}

static SignetSecret *
der_of (const Party *party)
{
  GBytes *der = signet_certificate_get_der (party->certificate);

  return signet_secret_new (g_bytes_get_data (der, NULL), g_bytes_get_size (der));
}

static SignetCertificate *
open_certificate (GBytes      *encrypted,
                  const Party *party,
                  GError     **error)
{
  SignetCmpRecipient recipient = { .key = party->key };

  return signet_cmp_encrypted_certificate_open (encrypted, &recipient, authority, NULL, error);
}

/* That the test makes them right is libcrypto's to say, which reads such certificates too. */
static void
test_certificate (void)
{
  const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc (), EVP_aes_256_cbc (), EVP_des_ede3_cbc () };
  g_autoptr (Party) party = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  g_autoptr (SignetSecret) content = der_of (party);

  for (guint i = 0; i < G_N_ELEMENTS (ciphers); i++)
    {
      g_autoptr (GBytes) value = make_value (party, ciphers[i], content);
      const guint8 *cursor = g_bytes_get_data (value, NULL);
      OSSL_CRMF_ENCRYPTEDVALUE *theirs = d2i_OSSL_CRMF_ENCRYPTEDVALUE (NULL, &cursor, (long) g_bytes_get_size (value));
      g_autoptr (X509) x509 = OSSL_CRMF_ENCRYPTEDVALUE_get1_encCert (theirs, NULL, NULL, signet_key_get_pkey (party->key));
      g_autoptr (SignetCertificate) certificate = NULL;
      g_autoptr (SignetCertificate) refused = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) reason = NULL;

      g_assert_nonnull (x509);
      OSSL_CRMF_ENCRYPTEDVALUE_free (theirs);
      refused = open_certificate (value, party, &reason);
      g_assert_null (refused);
      g_assert_error (reason, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
      g_assert_nonnull (strstr (reason->message, "encrypted-value"));
      signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_ENCRYPTED_VALUE);
      certificate = open_certificate (value, party, &error);
      signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_NONE);
      g_assert_no_error (error);
      g_assert_true (signet_certificate_equal (certificate, party->certificate));
    }
}

/* PKCS #8 inside, as it was before key packages. */
static void
test_private_key (void)
{
  g_autoptr (Party) party = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  g_autoptr (Party) made = party_new ("ec:P-256", "Maria Huber", NULL, encipher);
  SignetCmpRecipient recipient = party_recipient (party);
  SignetCmpKeySource source = { .authority = authority };
  g_autoptr (SignetSecret) content = signet_key_to_pkcs8 (made->key, NULL);
  g_autoptr (GBytes) value = make_value (party, EVP_aes_128_cbc (), content);
  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) reason = NULL;
  g_autoptr (GError) mismatch = NULL;
  g_autoptr (SignetKey) key = NULL;

  g_assert_null (signet_cmp_central_key_open (value, &recipient, made->certificate, &source, NULL, &reason));
  g_assert_error (reason, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_ENCRYPTED_VALUE);
  key = signet_cmp_central_key_open (value, &recipient, made->certificate, &source, remarks, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (signet_key_get_id (key), ==, signet_key_get_id (made->key));
  g_assert_cmpuint (remarks->len, ==, 1);
  g_assert_null (signet_cmp_central_key_open (value, &recipient, party->certificate, &source, NULL, &mismatch));
  g_assert_error (mismatch, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE);
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_NONE);
}

/* encryptedCert as EnvelopedData: for RSA, EC and by libcrypto. */
static void
test_enveloped (void)
{
  static const char *const specs[] = { "rsa:2048", "ec:P-256" };

  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      const PartyUsage any = { NULL };
      g_autoptr (Party) party = party_new (specs[i], "Maria Huber", NULL, any);
      g_autoptr (SignetSecret) content = der_of (party);
      g_autoptr (GBytes) enveloped = NULL;
      g_autoptr (GBytes) tagged = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCertificate) certificate = NULL;

      signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_SHA1);
      enveloped = kit_encrypt_octets (content, SIGNET_CMS_DATA, party, EVP_aes_128_cbc (), 0, NULL, NULL);
      tagged = signet_cmp_envelope_tag (enveloped, 0);
      certificate = open_certificate (tagged, party, &error);
      signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_NONE);
      g_assert_no_error (error);
      g_assert_true (signet_certificate_equal (certificate, party->certificate));
    }
}

/* Anything else that is encrypted to the key, a certificate for another key, and what was damaged: the same words. */
static void
test_no_oracle (void)
{
  g_autoptr (Party) party = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  g_autoptr (Party) other = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  g_autoptr (SignetSecret) letter = kit_secret ("a letter to Maria");
  g_autoptr (SignetSecret) foreign = der_of (other);
  g_autoptr (SignetSecret) right = der_of (party);
  g_autoptr (GError) expected = NULL;
  SignetSecret *contents[] = { letter, foreign, right };

  signet_cmp_envelope_set_unreadable (&expected);
  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    for (guint old = 0; old < 2; old++)
      {
        g_autoptr (GBytes) enveloped = kit_encrypt_octets (contents[i], SIGNET_CMS_DATA, party, EVP_aes_128_cbc (), 0, NULL, NULL);
        g_autoptr (GBytes) tagged = signet_cmp_envelope_tag (enveloped, 0);
        g_autoptr (GBytes) value = make_value (party, EVP_aes_128_cbc (), contents[i]);
        GBytes *octets = old ? value : tagged;
        g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
        g_autoptr (GBytes) sent = NULL;
        g_autoptr (GError) error = NULL;

        /* What is right comes damaged, in the block before the last: nothing of the end is left that is a certificate's. */
        if (contents[i] == right)
          copy[g_bytes_get_size (octets) - 60] ^= 1;
        sent = g_bytes_new (copy, g_bytes_get_size (octets));
        signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_ENCRYPTED_VALUE);
        if (contents[i] != right)
          {
            g_assert_null (open_certificate (sent, party, &error));
            g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
            g_assert_cmpstr (error->message, ==, expected->message);
          }
        else
          {
            g_autoptr (SignetCertificate) certificate = open_certificate (sent, other, &error);

            g_assert_null (certificate);
            g_assert_cmpstr (error->message, ==, expected->message);
          }
        signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_NONE);
      }
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  authority = signet_cmp_authority_new ();
  g_test_add_func ("/cmp/encrypted-value/certificate-only-by-setting/R310,R346", test_certificate);
  g_test_add_func ("/cmp/encrypted-value/private-key-only-by-setting/R346,R327,R369", test_private_key);
  g_test_add_func ("/cmp/encrypted-certificate/opens-what-libcrypto-makes/R310", test_enveloped);
  g_test_add_func ("/cmp/encrypted-certificate/gives-nothing-but-a-certificate/R313,R474", test_no_oracle);
  status = g_test_run ();
  g_clear_object (&authority);
  return status;
}
