/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-key-fixture.h"

/* Keys that an authority made: in what they come, and what they must fit. */

static const PartyUsage ca_usage = { .key_usage = "keyCertSign,cRLSign", .ca = TRUE };

/* The whole way: EnvelopedData { SignedData { AsymmetricKeyPackage } }. */
static void
test_central (KeyFixture    *self,
              gconstpointer  data)
{
  const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc (), EVP_aes_192_cbc (), EVP_aes_256_cbc () };
  g_autoptr (SignetSecret) content = key_fixture_sign (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  SignetCmpRecipient recipient = party_recipient (self->recipient);

  for (guint i = 0; i < G_N_ELEMENTS (ciphers); i++)
    {
      g_autoptr (GBytes) enveloped
        = kit_encrypt_octets (content, SIGNET_CMS_SIGNED_DATA, self->recipient, ciphers[i], CMS_USE_KEYID, NULL, NULL);
      g_autoptr (GBytes) encrypted_key = signet_cmp_envelope_tag (enveloped, 0);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetKey) key
        = signet_cmp_central_key_open (encrypted_key, &recipient, self->made->certificate, &self->source, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (signet_key_get_id (key), ==, signet_key_get_id (self->key));
    }
}

static void
assert_not_central (KeyFixture   *self,
                    SignetSecret *content,
                    const char   *content_type,
                    const Party  *made,
                    int           code)
{
  SignetCmpRecipient recipient = party_recipient (self->recipient);
  g_autoptr (GBytes) enveloped = kit_encrypt_octets (content, content_type, self->recipient, EVP_aes_128_cbc (), CMS_USE_KEYID, NULL, NULL);
  g_autoptr (GBytes) encrypted_key = signet_cmp_envelope_tag (enveloped, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = signet_cmp_central_key_open (encrypted_key, &recipient, made->certificate, &self->source, NULL, &error);

  g_assert_null (key);
  g_assert_error (error, SIGNET_CMP_ERROR, code);
}

static void
test_central_unsigned (KeyFixture    *self,
                       gconstpointer  data)
{
  g_autoptr (SignetSecret) package = kit_key_package (self->key, 1, 1);
  g_autoptr (SignetSecret) content = key_fixture_sign (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);

  assert_not_central (self, content, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);
  assert_not_central (self, package, KEY_FIXTURE_PACKAGE, self->made, SIGNET_CMP_ERROR_CONTENT);
  assert_not_central (self, package, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);
  assert_not_central (self, package, SIGNET_CMS_SIGNED_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);
}

static void
test_central_mismatch (KeyFixture    *self,
                       gconstpointer  data)
{
  g_autoptr (SignetSecret) content = key_fixture_sign (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);

  assert_not_central (self, content, SIGNET_CMS_SIGNED_DATA, self->kga, SIGNET_CMP_ERROR_CERTIFICATE);
}

/* What OpenSSL 3.5 and Siemens' CmpRaComponent make of RFC 9483 §4.1.6: SignedData and what is in it are called data, and the key
 * has a form from before PKCS #8. Signed it must be all the same. */
static void
test_other_forms (KeyFixture    *self,
                  gconstpointer  data)
{
  g_autoptr (SignetSecret) package = kit_key_package (self->key, 1, 1);
  g_autoptr (SignetSecret) content = key_fixture_sign (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) changed = key_fixture_spoil (content);
  g_autoptr (SignetSecret) bare = NULL;
  g_autoptr (GBytes) bare_signed = NULL;
  g_autoptr (SignetSecret) bare_content = NULL;
  g_autoptr (GBytes) enveloped = NULL;
  g_autoptr (GBytes) encrypted_key = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = NULL;
  SignetCmpRecipient recipient = party_recipient (self->recipient);
  guint8 *octets = NULL;
  int length = i2d_PrivateKey (signet_key_get_pkey (self->key), &octets);

  g_assert_cmpint (length, >, 0);
  bare = signet_secret_new (octets, (gsize) length);
  OPENSSL_clear_free (octets, (gsize) length);
  bare_signed = kit_sign (bare, SIGNET_CMS_DATA, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  bare_content = key_fixture_secret (bare_signed);
  key_fixture_refuses (self, bare_content, SIGNET_CMP_ERROR_CONTENT, "AsymmetricKeyPackage");
  assert_not_central (self, content, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);

  signet_cmp_authority_set_relaxations (self->authority, SIGNET_CMP_RELAX_KEY_PACKAGE_FORM);
  key_fixture_opens (self, bare_content, NULL);
  key_fixture_opens (self, content, NULL);
  assert_not_central (self, changed, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_BAD_PROTECTION);
  assert_not_central (self, package, KEY_FIXTURE_PACKAGE, self->made, SIGNET_CMP_ERROR_CONTENT);
  assert_not_central (self, package, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);
  enveloped = kit_encrypt_octets (bare_content, SIGNET_CMS_DATA, self->recipient, EVP_aes_128_cbc (), CMS_USE_KEYID, NULL, NULL);
  encrypted_key = signet_cmp_envelope_tag (enveloped, 0);
  key = signet_cmp_central_key_open (encrypted_key, &recipient, self->made->certificate, &self->source, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (key);
}

static SignetKey *
read_package (SignetSecret  *package,
              GPtrArray     *remarks,
              GError       **error)
{
  return signet_cmp_key_package_read (package, remarks, error);
}

static void
test_packages (KeyFixture    *self,
               gconstpointer  data)
{
  static const char *const specs[] = { "rsa:2048", "ec:P-384", "ed25519", "x25519" };
  const guint counts[] = { 0, 2 };

  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    for (guint version = 0; version < 2; version++)
      {
        g_autoptr (GError) error = NULL;
        g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
        g_autoptr (SignetKey) key = signet_key_generate (specs[i], NULL, NULL, NULL, &error);
        g_autoptr (SignetSecret) package = kit_key_package (key, version, 1);
        g_autoptr (SignetKey) read = read_package (package, remarks, &error);

        g_assert_no_error (error);
        g_assert_cmpstr (signet_key_get_id (read), ==, signet_key_get_id (key));
        /* v1, without publicKey, is passed over. */
        g_assert_cmpuint (remarks->len, ==, version == 0 ? 1 : 0);
      }
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autoptr (SignetSecret) package = kit_key_package (self->key, 1, counts[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetKey) key = read_package (package, NULL, &error);

      g_assert_null (key);
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
    }
}

/* Keys of the new kinds come in packages too. */
static void
test_post_quantum_packages (KeyFixture    *self,
                            gconstpointer  data)
{
  static const char *const specs[] = { "ml-kem-512", "ml-kem-768", "ml-dsa-44", "ml-dsa-65" };

  if (!signet_key_spec_check (specs[0], NULL))
    {
      g_test_skip ("this libcrypto has no ML-KEM");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetKey) key = signet_key_generate (specs[i], NULL, NULL, NULL, &error);
      g_autoptr (SignetSecret) package = kit_key_package (key, 1, 1);
      g_autoptr (SignetKey) read = read_package (package, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (signet_key_get_id (read), ==, signet_key_get_id (key));
    }
}

/* The last octets of the package are the public key: another one there is found. */
static void
test_package_public_key (KeyFixture    *self,
                         gconstpointer  data)
{
  g_autoptr (SignetSecret) package = kit_key_package (self->key, 1, 1);
  gsize size;
  const guint8 *octets = signet_secret_get_data (package, &size);
  g_autofree guint8 *copy = g_memdup2 (octets, size);
  g_autoptr (SignetSecret) spoilt = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = NULL;

  copy[size - 1] ^= 1;
  spoilt = signet_secret_new (copy, size);
  key = read_package (spoilt, NULL, &error);
  g_assert_null (key);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
  g_assert_nonnull (strstr (error->message, "public key beside it"));
}

static void
test_warnings (void)
{
  g_assert_nonnull (strstr (signet_cmp_central_key_warning (TRUE), "sign in your name"));
  g_assert_null (strstr (signet_cmp_central_key_warning (FALSE), "sign in your name"));
}

static void
test_preflight (void)
{
  static const struct {
    const char *spec;
    const char *key_usage;
    const char *refused;
  } cases[] = {
    { "rsa:2048", "digitalSignature,keyEncipherment", NULL },
    { "rsa:2048", "digitalSignature", "keyEncipherment" },
    { "rsa:2048", NULL, NULL },
    { "ec:P-256", "digitalSignature,keyAgreement", NULL },
    { "ec:P-256", "digitalSignature,keyEncipherment", "keyAgreement" },
    { "x25519", "keyAgreement", NULL },
    { "ed25519", "digitalSignature", "signatures only" },
  };
  g_autoptr (Party) root = party_new ("ec:P-256", "Root", NULL, ca_usage);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const PartyUsage usage = { .key_usage = cases[i].key_usage };
      g_autoptr (Party) party = party_new (cases[i].spec, "Somebody", root, usage);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (signet_cmp_envelope_check_recipient (party->certificate, &error), ==, cases[i].refused == NULL);
      if (cases[i].refused == NULL)
        continue;
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
      g_assert_nonnull (strstr (error->message, cases[i].refused));
    }
}

#define ADD(path, function) g_test_add ("/cmp/key-package/" path, KeyFixture, NULL, key_fixture_set_up, function, key_fixture_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("comes-in-signed-data-in-enveloped-data/R327,R337", test_central);
  ADD ("must-be-signed/R327", test_central_unsigned);
  ADD ("must-fit-the-certificate/R345", test_central_mismatch);
  ADD ("other-forms-only-by-setting/R337", test_other_forms);
  ADD ("one-key-with-its-public-key/R344", test_packages);
  ADD ("public-key-must-be-its-own/R344", test_package_public_key);
  ADD ("ml-kem-and-ml-dsa-keys/R344,R347", test_post_quantum_packages);
  g_test_add_func ("/cmp/key-package/warns-before-central-generation/R348", test_warnings);
  g_test_add_func ("/cmp/key-package/preflight-of-own-certificate/R326", test_preflight);
  return g_test_run ();
}
