/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-envelope-private.h"

/* What libcrypto's CMS encrypts opens, and the other way round. */

static SignetCmpAuthority *authority;

static const PartyUsage encipher = { .key_usage = "digitalSignature,keyEncipherment" };
static const PartyUsage agree = { .key_usage = "digitalSignature,keyAgreement" };

static void
assert_opens (GBytes             *enveloped,
              SignetCmpRecipient  recipient,
              const char         *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *type = NULL;
  g_autoptr (SignetSecret) content = signet_cmp_envelope_open (enveloped, &recipient, authority, &type, NULL, &error);

  g_assert_no_error (error);
  kit_assert_secret (content, text);
  g_assert_cmpstr (type, ==, SIGNET_CMS_DATA);
}

static char *
refusal (GBytes             *enveloped,
         SignetCmpRecipient  recipient,
         int                 code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) content = signet_cmp_envelope_open (enveloped, &recipient, authority, NULL, NULL, &error);

  g_assert_null (content);
  g_assert_error (error, SIGNET_CMP_ERROR, code);
  g_assert_cmpuint (ERR_peek_error (), ==, 0);
  return g_strdup (error->message);
}

static void
assert_refused (GBytes             *enveloped,
                SignetCmpRecipient  recipient,
                int                 code)
{
  g_autofree char *message = refusal (enveloped, recipient, code);
}

typedef struct {
  int padding;
  const EVP_MD *(*digest) (void);
} Rsa;

static void
tune_rsa (EVP_PKEY_CTX  *context,
          gconstpointer  data)
{
  const Rsa *rsa = data;

  g_assert_cmpint (EVP_PKEY_CTX_set_rsa_padding (context, rsa->padding), >, 0);
  if (rsa->digest != NULL)
    {
      g_assert_cmpint (EVP_PKEY_CTX_set_rsa_oaep_md (context, rsa->digest ()), >, 0);
      g_assert_cmpint (EVP_PKEY_CTX_set_rsa_mgf1_md (context, rsa->digest ()), >, 0);
    }
}

static void
test_transport_from_libcrypto (void)
{
  static const Rsa kinds[] = {
    { RSA_PKCS1_PADDING, NULL }, { RSA_PKCS1_OAEP_PADDING, NULL },       { RSA_PKCS1_OAEP_PADDING, EVP_sha256 },
    { RSA_PKCS1_OAEP_PADDING, EVP_sha384 }, { RSA_PKCS1_OAEP_PADDING, EVP_sha512 },
  };
  const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc (), EVP_aes_192_cbc (), EVP_aes_256_cbc () };
  g_autoptr (Party) recipient = party_new ("rsa:2048", "Recipient", NULL, encipher);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint c = 0; c < G_N_ELEMENTS (ciphers); c++)
      for (guint by_key = 0; by_key < 2; by_key++)
        {
          g_autoptr (GBytes) enveloped = kit_encrypt (KIT_TEXT, recipient, ciphers[c], by_key ? CMS_USE_KEYID : 0, tune_rsa, &kinds[i]);
          g_autoptr (GBytes) tagged = signet_cmp_envelope_tag (enveloped, 0);

          assert_opens (enveloped, party_recipient (recipient), KIT_TEXT);
          assert_opens (tagged, party_recipient (recipient), KIT_TEXT);
        }
}

static void
test_transport_for_another (void)
{
  const Rsa pkcs1 = { RSA_PKCS1_PADDING, NULL };
  g_autoptr (Party) recipient = party_new ("rsa:2048", "Recipient", NULL, encipher);
  g_autoptr (Party) other = party_new ("rsa:2048", "Another", NULL, encipher);
  g_autoptr (GBytes) enveloped = kit_encrypt (KIT_TEXT, other, EVP_aes_128_cbc (), CMS_USE_KEYID, tune_rsa, &pkcs1);
  SignetCmpRecipient nameless = { .key = other->key };
  SignetCmpRecipient secret_only = { 0 };

  assert_refused (enveloped, party_recipient (recipient), SIGNET_CMP_ERROR_CREDENTIALS);
  assert_refused (enveloped, secret_only, SIGNET_CMP_ERROR_CREDENTIALS);
  /* Without a certificate to compare with, the rid says nothing. */
  assert_opens (enveloped, nameless, KIT_TEXT);
}

/* An octet of what RSA decrypts, of the content, of the key: the same code and the same words each time. */
static void
test_transport_no_oracle (void)
{
  const Rsa kinds[] = { { RSA_PKCS1_PADDING, NULL }, { RSA_PKCS1_OAEP_PADDING, NULL } };
  g_autoptr (Party) recipient = party_new ("rsa:2048", "Recipient", NULL, encipher);
  g_autoptr (Party) stranger = party_new ("rsa:2048", "Stranger", NULL, encipher);
  SignetCmpRecipient wrong = { .key = stranger->key };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (GBytes) enveloped = kit_encrypt (KIT_TEXT, recipient, EVP_aes_128_cbc (), CMS_USE_KEYID, tune_rsa, &kinds[i]);
      gsize size = g_bytes_get_size (enveloped);
      g_autofree char *expected = NULL;
      g_autoptr (GBytes) spoilt_content = NULL;
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (enveloped, NULL), size);
      g_autoptr (GError) error = NULL;

      signet_cmp_envelope_set_unreadable (&error);
      copy[size - 17] ^= 0x55;
      spoilt_content = g_bytes_new (copy, size);
      expected = refusal (spoilt_content, party_recipient (recipient), SIGNET_CMP_ERROR_CONTENT);
      g_assert_cmpstr (expected, ==, error->message);
      for (guint k = 0; k < 40; k++)
        {
          g_autofree guint8 *spoilt = g_memdup2 (g_bytes_get_data (enveloped, NULL), size);
          g_autoptr (GBytes) octets = NULL;
          g_autoptr (GError) reason = NULL;
          g_autoptr (SignetSecret) content = NULL;
          SignetCmpRecipient holder = party_recipient (recipient);

          /* Within the 256 octets of encryptedKey, which end before the content's 100 odd. */
          spoilt[size - 130 - 5 * k] ^= 1;
          octets = g_bytes_new_take (g_steal_pointer (&spoilt), size);
          content = signet_cmp_envelope_open (octets, k == 0 ? &wrong : &holder, authority, NULL, NULL, &reason);
          /* One random key in 256 leaves something that looks padded: never the text. */
          if (content == NULL)
            {
              g_assert_error (reason, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
              g_assert_cmpstr (reason->message, ==, expected);
            }
          else
            g_assert_cmpuint (signet_secret_get_size (content), <, strlen (KIT_TEXT) + 16);
        }
    }
}

static void
test_seal_transport (void)
{
  const SignetCmpRsaTransport kinds[] = { SIGNET_CMP_RSA_OAEP, SIGNET_CMP_RSA_PKCS1 };
  const PartyUsage plain = { .key_usage = "keyEncipherment", .no_key_identifier = TRUE };
  g_autoptr (Party) recipient = party_new ("rsa:2048", "Recipient", NULL, encipher);
  g_autoptr (Party) unnamed = party_new_for_key (recipient->key, "Recipient", NULL, plain);
  g_autoptr (SignetSecret) content = kit_secret (KIT_TEXT);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const Party *parties[] = { recipient, unnamed };

      for (guint k = 0; k < G_N_ELEMENTS (parties); k++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (GBytes) first = signet_cmp_envelope_seal (SIGNET_CMS_DATA, content, parties[k]->certificate, NULL, authority, kinds[i], &error);
          g_autoptr (GBytes) second = signet_cmp_envelope_seal (SIGNET_CMS_DATA, content, parties[k]->certificate, NULL, authority, kinds[i], &error);
          g_autoptr (SignetSecret) read = NULL;

          g_assert_no_error (error);
          g_assert_false (g_bytes_equal (first, second));
          read = kit_decrypt (first, parties[k], NULL);
          kit_assert_secret (read, KIT_TEXT);
          assert_opens (second, party_recipient (parties[k]), KIT_TEXT);
        }
    }
}

typedef struct {
  const EVP_MD *(*digest) (void);
  gboolean cofactor;
  gboolean ukm;
} Ecdh;

static void
tune_ecdh (EVP_PKEY_CTX  *context,
           gconstpointer  data)
{
  const Ecdh *ecdh = data;

  g_assert_cmpint (EVP_PKEY_CTX_set_ecdh_kdf_md (context, ecdh->digest ()), >, 0);
  g_assert_cmpint (EVP_PKEY_CTX_set_ecdh_cofactor_mode (context, ecdh->cofactor), >, 0);
}

static void
test_agreement_from_libcrypto (void)
{
  static const Ecdh kinds[] = {
    { EVP_sha224, FALSE, FALSE }, { EVP_sha256, FALSE, FALSE }, { EVP_sha384, FALSE, FALSE }, { EVP_sha512, FALSE, FALSE },
    { EVP_sha224, TRUE, FALSE },  { EVP_sha256, TRUE, FALSE },  { EVP_sha384, TRUE, FALSE },  { EVP_sha512, TRUE, FALSE },
  };
  static const char *const curves[] = { "ec:P-256", "ec:P-384", "ec:P-521" };
  const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc (), EVP_aes_192_cbc (), EVP_aes_256_cbc () };

  for (guint curve = 0; curve < G_N_ELEMENTS (curves); curve++)
    {
      g_autoptr (Party) recipient = party_new (curves[curve], "Recipient", NULL, agree);

      for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
        for (guint by_key = 0; by_key < 2; by_key++)
          {
            g_autoptr (GBytes) enveloped
              = kit_encrypt (KIT_TEXT, recipient, ciphers[i % 3], by_key ? CMS_USE_KEYID : 0, tune_ecdh, &kinds[i]);

            assert_opens (enveloped, party_recipient (recipient), KIT_TEXT);
          }
    }
}

static void
test_agreement_sha1 (void)
{
  const Ecdh sha1 = { EVP_sha1, FALSE, FALSE };
  g_autoptr (Party) recipient = party_new ("ec:P-256", "Recipient", NULL, agree);
  g_autoptr (GBytes) enveloped = kit_encrypt (KIT_TEXT, recipient, EVP_aes_128_cbc (), 0, tune_ecdh, &sha1);

  assert_refused (enveloped, party_recipient (recipient), SIGNET_CMP_ERROR_WEAK);
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_SHA1);
  assert_opens (enveloped, party_recipient (recipient), KIT_TEXT);
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_NONE);
}

static void
test_seal_agreement (void)
{
  static const char *const curves[] = { "ec:P-256", "ec:P-384", "ec:P-521" };
  g_autoptr (SignetSecret) content = kit_secret (KIT_TEXT);

  for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (Party) recipient = party_new (curves[i], "Recipient", NULL, agree);
      g_autoptr (GBytes) enveloped
        = signet_cmp_envelope_seal (SIGNET_CMS_DATA, content, recipient->certificate, NULL, authority, SIGNET_CMP_RSA_OAEP, &error);
      g_autoptr (SignetSecret) read = NULL;

      g_assert_no_error (error);
      read = kit_decrypt (enveloped, recipient, NULL);
      kit_assert_secret (read, KIT_TEXT);
      assert_opens (enveloped, party_recipient (recipient), KIT_TEXT);
    }
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  authority = signet_cmp_authority_new ();
  signet_cmp_authority_set_mac_parameters (authority, "SHA256", 2000);
  g_test_add_func ("/cmp/envelope/transport/opens-what-libcrypto-makes/R330,R388", test_transport_from_libcrypto);
  g_test_add_func ("/cmp/envelope/transport/knows-whom-it-is-for", test_transport_for_another);
  g_test_add_func ("/cmp/envelope/transport/gives-one-error/R475", test_transport_no_oracle);
  g_test_add_func ("/cmp/envelope/transport/libcrypto-opens-ours/R349", test_seal_transport);
  g_test_add_func ("/cmp/envelope/agreement/opens-what-libcrypto-makes/R331", test_agreement_from_libcrypto);
  g_test_add_func ("/cmp/envelope/agreement/refuses-sha1-by-default", test_agreement_sha1);
  g_test_add_func ("/cmp/envelope/agreement/libcrypto-opens-ours", test_seal_agreement);
  status = g_test_run ();
  g_clear_object (&authority);
  return status;
}
