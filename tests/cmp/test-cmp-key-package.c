/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-asn1-cms.h"
#include "cmp/cmp-key-package.h"

/* Keys that an authority made: signed by libcrypto's CMS, then read by ours. */

#define KEY_PACKAGE "2.16.840.1.101.2.1.2.78.5"

static const PartyUsage ca_usage = { .key_usage = "keyCertSign,cRLSign", .ca = TRUE };
static const PartyUsage kga_usage = { .key_usage = "digitalSignature", .extended_key_usage = "1.3.6.1.5.5.7.3.32" };
static const PartyUsage plain_usage = { .key_usage = "digitalSignature" };
static const PartyUsage encipher = { .key_usage = "digitalSignature,keyEncipherment" };

typedef struct {
  Party *root;
  Party *kga;
  Party *recipient;
  SignetKey *key;                        /* what the authority makes */
  Party *made;                           /* and its certificate */
  SignetCmpAuthority *authority;
  SignetCmpKeySource source;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  self->root = party_new ("ec:P-256", "Root", NULL, ca_usage);
  self->kga = party_new ("ec:P-256", "Key generation", self->root, kga_usage);
  self->recipient = party_new ("rsa:2048", "Recipient", self->root, encipher);
  self->made = party_new ("ec:P-256", "Maria Huber", self->root, plain_usage);
  self->key = self->made->key;
  self->authority = signet_cmp_authority_new ();
  signet_cmp_authority_add_anchor (self->authority, self->root->certificate);
  self->source = (SignetCmpKeySource) { .authority = self->authority, .now = g_get_real_time () / G_USEC_PER_SEC };
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  party_free (self->root);
  party_free (self->kga);
  party_free (self->recipient);
  party_free (self->made);
  g_object_unref (self->authority);
}

static SignetSecret *
as_secret (GBytes *octets)
{
  return signet_secret_new (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
}

static SignetSecret *
signed_package (Fixture      *self,
                const Party  *signer,
                const EVP_MD *digest,
                guint         flags)
{
  g_autoptr (SignetSecret) package = kit_key_package (self->key, 1, 1);
  g_autoptr (GBytes) octets = kit_sign (package, KEY_PACKAGE, signer, digest, flags);

  return as_secret (octets);
}

static void
assert_key (Fixture      *self,
            SignetSecret *signed_data,
            const char   *remark)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (SignetKey) key = signet_cmp_key_package_open (signed_data, &self->source, remarks, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (signet_key_get_id (key), ==, signet_key_get_id (self->key));
  if (remark == NULL)
    g_assert_cmpuint (remarks->len, ==, 0);
  else
    {
      g_assert_cmpuint (remarks->len, >=, 1);
      g_assert_nonnull (strstr (g_ptr_array_index (remarks, 0), remark));
    }
}

static void
assert_no_key (Fixture      *self,
               SignetSecret *signed_data,
               int           code,
               const char   *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = signet_cmp_key_package_open (signed_data, &self->source, NULL, &error);

  g_assert_null (key);
  g_assert_error (error, SIGNET_CMP_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” has no “%s”", error->message, words);
  g_assert_cmpuint (ERR_peek_error (), ==, 0);
}

static void
test_signed (Fixture       *self,
             gconstpointer  data)
{
  const EVP_MD *digests[] = { EVP_sha256 (), EVP_sha384 (), EVP_sha512 () };
  g_autoptr (Party) rsa = party_new ("rsa:2048", "RSA", self->root, kga_usage);

  for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
    {
      g_autoptr (SignetSecret) by_ec = signed_package (self, self->kga, digests[i], CMS_USE_KEYID);
      g_autoptr (SignetSecret) by_rsa = signed_package (self, rsa, digests[i], CMS_USE_KEYID);

      assert_key (self, by_ec, NULL);
      assert_key (self, by_rsa, NULL);
    }
}

/* The whole way: EnvelopedData { SignedData { AsymmetricKeyPackage } }. */
static void
test_central (Fixture       *self,
              gconstpointer  data)
{
  const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc (), EVP_aes_192_cbc (), EVP_aes_256_cbc () };
  g_autoptr (SignetSecret) content = signed_package (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
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
assert_not_central (Fixture      *self,
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
test_central_unsigned (Fixture       *self,
                       gconstpointer  data)
{
  g_autoptr (SignetSecret) package = kit_key_package (self->key, 1, 1);
  g_autoptr (SignetSecret) content = signed_package (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);

  assert_not_central (self, content, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);
  assert_not_central (self, package, KEY_PACKAGE, self->made, SIGNET_CMP_ERROR_CONTENT);
  assert_not_central (self, package, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);
  assert_not_central (self, package, SIGNET_CMS_SIGNED_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);
}

static void
test_central_mismatch (Fixture       *self,
                       gconstpointer  data)
{
  g_autoptr (SignetSecret) content = signed_package (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);

  assert_not_central (self, content, SIGNET_CMS_SIGNED_DATA, self->kga, SIGNET_CMP_ERROR_CERTIFICATE);
}

typedef void (*Edit) (SignetSignedData *signed_data);

static SignetSignerInfo *
signer_of (SignetSignedData *signed_data)
{
  return sk_SignetSignerInfo_value (signed_data->signer_infos, 0);
}

static SignetSecret *
edited (SignetSecret *content,
        Edit          edit)
{
  gsize size;
  const guint8 *octets = signet_secret_get_data (content, &size);
  g_autoptr (SignetSignedData) decoded = d2i_SignetSignedData (NULL, &octets, (long) size);
  unsigned char *encoded = NULL;
  int length;
  SignetSecret *result;

  g_assert_nonnull (decoded);
  edit (decoded);
  length = i2d_SignetSignedData (decoded, &encoded);
  result = signet_secret_new (encoded, length);
  OPENSSL_free (encoded);
  return result;
}

static void
edit_version_1 (SignetSignedData *signed_data)
{
  ASN1_INTEGER_set (signed_data->version, 1);
}

static void
edit_version_2 (SignetSignedData *signed_data)
{
  ASN1_INTEGER_set (signed_data->version, 2);
}

static void
edit_no_digests (SignetSignedData *signed_data)
{
  X509_ALGOR_free (sk_X509_ALGOR_pop (signed_data->digest_algorithms));
}

static void
edit_two_digests (SignetSignedData *signed_data)
{
  X509_ALGOR *second = X509_ALGOR_new ();

  X509_ALGOR_set0 (second, OBJ_nid2obj (NID_sha512), V_ASN1_UNDEF, NULL);
  sk_X509_ALGOR_push (signed_data->digest_algorithms, second);
}

static void
edit_other_digest (SignetSignedData *signed_data)
{
  X509_ALGOR_set0 (sk_X509_ALGOR_value (signed_data->digest_algorithms, 0), OBJ_nid2obj (NID_sha512), V_ASN1_UNDEF, NULL);
}

static void
edit_content_type (SignetSignedData *signed_data)
{
  ASN1_OBJECT_free (signed_data->encap_content_info->e_content_type);
  signed_data->encap_content_info->e_content_type = OBJ_nid2obj (NID_pkcs7_data);
}

static void
edit_no_content (SignetSignedData *signed_data)
{
  g_clear_pointer (&signed_data->encap_content_info->e_content, ASN1_OCTET_STRING_free);
}

static void
edit_no_signer (SignetSignedData *signed_data)
{
  SignetSignerInfo_free (sk_SignetSignerInfo_pop (signed_data->signer_infos));
}

static void
edit_two_signers (SignetSignedData *signed_data)
{
  sk_SignetSignerInfo_push (signed_data->signer_infos, ASN1_item_dup (ASN1_ITEM_rptr (SignetSignerInfo), signer_of (signed_data)));
}

static void
edit_signer_version (SignetSignedData *signed_data)
{
  ASN1_INTEGER_set (signer_of (signed_data)->version, 1);
}

static void
edit_no_attributes (SignetSignedData *signed_data)
{
  sk_SignetCmsAttribute_pop_free (signer_of (signed_data)->signed_attrs, SignetCmsAttribute_free);
  signer_of (signed_data)->signed_attrs = NULL;
}

static void
remove_attribute (SignetSignedData *signed_data,
                  int               nid)
{
  STACK_OF (SignetCmsAttribute) *attributes = signer_of (signed_data)->signed_attrs;

  for (int i = 0; i < sk_SignetCmsAttribute_num (attributes); i++)
    if (OBJ_obj2nid (sk_SignetCmsAttribute_value (attributes, i)->attr_type) == nid)
      {
        SignetCmsAttribute_free (sk_SignetCmsAttribute_delete (attributes, i));
        return;
      }
  g_assert_not_reached ();
}

static void
edit_no_content_type (SignetSignedData *signed_data)
{
  remove_attribute (signed_data, NID_pkcs9_contentType);
}

static void
edit_no_message_digest (SignetSignedData *signed_data)
{
  remove_attribute (signed_data, NID_pkcs9_messageDigest);
}

/* What is signed may not change: signingTime goes, or is there a second time. */
static void
edit_no_signing_time (SignetSignedData *signed_data)
{
  remove_attribute (signed_data, NID_pkcs9_signingTime);
}

static void
edit_content (SignetSignedData *signed_data)
{
  ASN1_OCTET_STRING *content = signed_data->encap_content_info->e_content;

  content->data[content->length - 1] ^= 1;
}

static void
edit_signature (SignetSignedData *signed_data)
{
  signer_of (signed_data)->signature->data[20] ^= 1;
}

static void
edit_signature_digest (SignetSignedData *signed_data)
{
  X509_ALGOR_set0 (signer_of (signed_data)->signature_algorithm, OBJ_nid2obj (NID_ecdsa_with_SHA512), V_ASN1_UNDEF, NULL);
}

static void
edit_sha1 (SignetSignedData *signed_data)
{
  X509_ALGOR_set0 (sk_X509_ALGOR_value (signed_data->digest_algorithms, 0), OBJ_nid2obj (NID_sha1), V_ASN1_UNDEF, NULL);
  X509_ALGOR_set0 (signer_of (signed_data)->digest_algorithm, OBJ_nid2obj (NID_sha1), V_ASN1_UNDEF, NULL);
}

/* What deviates from RFC 9483 §4.1.6: refused, or passed over and remarked on. */
static void
test_deviations (Fixture       *self,
                 gconstpointer  data)
{
  static const struct {
    Edit edit;
    int code;
    const char *words;
  } refused[] = {
    { edit_version_2, SIGNET_CMP_ERROR_CONTENT, "version" },
    { edit_no_digests, SIGNET_CMP_ERROR_CONTENT, "one digest algorithm" },
    { edit_two_digests, SIGNET_CMP_ERROR_CONTENT, "one digest algorithm" },
    { edit_other_digest, SIGNET_CMP_ERROR_CONTENT, "digest algorithm of the signer" },
    { edit_content_type, SIGNET_CMP_ERROR_CONTENT, "does not contain an AsymmetricKeyPackage" },
    { edit_no_content, SIGNET_CMP_ERROR_CONTENT, "does not contain an AsymmetricKeyPackage" },
    { edit_no_signer, SIGNET_CMP_ERROR_CONTENT, "one signer" },
    { edit_two_signers, SIGNET_CMP_ERROR_CONTENT, "one signer" },
    { edit_signer_version, SIGNET_CMP_ERROR_CONTENT, "SignerInfo" },
    { edit_no_attributes, SIGNET_CMP_ERROR_CONTENT, "signed attributes" },
    { edit_no_content_type, SIGNET_CMP_ERROR_CONTENT, "content-type" },
    { edit_no_message_digest, SIGNET_CMP_ERROR_CONTENT, "message-digest" },
    { edit_no_signing_time, SIGNET_CMP_ERROR_BAD_PROTECTION, "signature" },
    { edit_signature, SIGNET_CMP_ERROR_BAD_PROTECTION, "" },
    { edit_sha1, SIGNET_CMP_ERROR_WEAK, "SHA1" },
  };
  g_autoptr (SignetSecret) content = signed_package (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) by_serial = signed_package (self, self->kga, EVP_sha256 (), 0);
  g_autoptr (SignetSecret) first = edited (content, edit_version_1);

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (SignetSecret) spoilt = edited (content, refused[i].edit);

      assert_no_key (self, spoilt, refused[i].code, refused[i].words);
    }
  assert_key (self, first, "version 1");
  assert_key (self, by_serial, "serial number");
}

static void
test_digests (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (SignetSecret) content = signed_package (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) changed = edited (content, edit_content);
  g_autoptr (SignetSecret) mixed = edited (content, edit_signature_digest);

  assert_no_key (self, changed, SIGNET_CMP_ERROR_BAD_PROTECTION, "digest");
  assert_no_key (self, mixed, SIGNET_CMP_ERROR_CONTENT, "another digest algorithm");
}

static void
test_untrusted (Fixture       *self,
                gconstpointer  data)
{
  g_autoptr (Party) stranger_root = party_new ("ec:P-256", "Another root", NULL, ca_usage);
  g_autoptr (Party) stranger = party_new ("ec:P-256", "Key generation", stranger_root, kga_usage);
  g_autoptr (SignetSecret) content = signed_package (self, stranger, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) right = signed_package (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  gint64 now = self->source.now;

  assert_no_key (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "not trusted");
  self->source.now = now + 10 * 24 * 60 * 60;
  assert_no_key (self, right, SIGNET_CMP_ERROR_UNTRUSTED, "expired");
  self->source.now = now;
  assert_key (self, right, NULL);
}

/* Signed with a certificate of its own that lies inside: it proves nothing. */
static void
test_self_signed (Fixture       *self,
                  gconstpointer  data)
{
  const PartyUsage all = { .key_usage = "digitalSignature,keyCertSign", .extended_key_usage = "1.3.6.1.5.5.7.3.32", .ca = TRUE };
  g_autoptr (Party) alone = party_new ("ec:P-256", "Root", NULL, all);
  g_autoptr (SignetSecret) content = signed_package (self, alone, EVP_sha256 (), CMS_USE_KEYID);

  assert_no_key (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "not trusted");
}

static void
test_authorised (Fixture       *self,
                 gconstpointer  data)
{
  const PartyUsage special = { .key_usage = "digitalSignature", .extended_key_usage = "1.3.6.1.4.1.99999.1" };
  const PartyUsage signing_ca = { .key_usage = "digitalSignature,keyCertSign", .ca = TRUE };
  const PartyUsage no_signatures = { .key_usage = "keyEncipherment", .extended_key_usage = "1.3.6.1.5.5.7.3.32" };
  g_autoptr (Party) plain = party_new ("ec:P-256", "Anybody", self->root, plain_usage);
  g_autoptr (Party) other = party_new ("ec:P-256", "Special", self->root, special);
  g_autoptr (Party) ca = party_new ("ec:P-256", "CA", self->root, signing_ca);
  g_autoptr (Party) mute = party_new ("ec:P-256", "Mute", self->root, no_signatures);
  g_autoptr (SignetSecret) by_plain = signed_package (self, plain, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) by_other = signed_package (self, other, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) by_ca = signed_package (self, ca, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) by_mute = signed_package (self, mute, EVP_sha256 (), CMS_USE_KEYID);

  assert_no_key (self, by_plain, SIGNET_CMP_ERROR_UNTRUSTED, "cmKGA");
  assert_no_key (self, by_other, SIGNET_CMP_ERROR_UNTRUSTED, "cmKGA");
  assert_no_key (self, by_mute, SIGNET_CMP_ERROR_UNTRUSTED, "signatures");
  assert_key (self, by_ca, NULL);
  signet_cmp_authority_set_signer_usage (self->authority, "1.3.6.1.4.1.99999.1");
  assert_key (self, by_other, NULL);
  assert_no_key (self, by_plain, SIGNET_CMP_ERROR_UNTRUSTED, "cmKGA");
}

static void
test_by_mac (Fixture       *self,
             gconstpointer  data)
{
  g_autoptr (Party) stranger = party_new ("ec:P-256", "Key generation", NULL, kga_usage);
  g_autoptr (SignetSecret) content = signed_package (self, stranger, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) changed = edited (content, edit_content);

  self->source.by_mac = TRUE;
  assert_no_key (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "not trusted");
  signet_cmp_authority_set_relaxations (self->authority, SIGNET_CMP_RELAX_KGA_BY_MAC);
  assert_key (self, content, NULL);
  assert_no_key (self, changed, SIGNET_CMP_ERROR_BAD_PROTECTION, "digest");
  self->source.by_mac = FALSE;
  assert_no_key (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "not trusted");
}

/* What OpenSSL 3.5 and Siemens' CmpRaComponent make of RFC 9483 §4.1.6: SignedData and what is in it are called data, and the key
 * has a form from before PKCS #8. Signed it must be all the same. */
static void
test_other_forms (Fixture       *self,
                  gconstpointer  data)
{
  g_autoptr (SignetSecret) package = kit_key_package (self->key, 1, 1);
  g_autoptr (SignetSecret) content = signed_package (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) changed = edited (content, edit_content);
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
  bare_content = as_secret (bare_signed);
  assert_no_key (self, bare_content, SIGNET_CMP_ERROR_CONTENT, "AsymmetricKeyPackage");
  assert_not_central (self, content, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);

  signet_cmp_authority_set_relaxations (self->authority, SIGNET_CMP_RELAX_KEY_PACKAGE_FORM);
  assert_key (self, bare_content, NULL);
  assert_key (self, content, NULL);
  assert_not_central (self, changed, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_BAD_PROTECTION);
  assert_not_central (self, package, KEY_PACKAGE, self->made, SIGNET_CMP_ERROR_CONTENT);
  assert_not_central (self, package, SIGNET_CMS_DATA, self->made, SIGNET_CMP_ERROR_CONTENT);
  enveloped = kit_encrypt_octets (bare_content, SIGNET_CMS_DATA, self->recipient, EVP_aes_128_cbc (), CMS_USE_KEYID, NULL, NULL);
  encrypted_key = signet_cmp_envelope_tag (enveloped, 0);
  key = signet_cmp_central_key_open (encrypted_key, &recipient, self->made->certificate, &self->source, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (key);
}

/* The signer's certificate may be in extraCerts or known beforehand instead of inside. */
static void
test_certificate_elsewhere (Fixture       *self,
                            gconstpointer  data)
{
  g_autoptr (SignetSecret) content = signed_package (self, self->kga, EVP_sha256 (), CMS_USE_KEYID | CMS_NOCERTS);
  g_autoptr (GPtrArray) certificates = g_ptr_array_new ();

  assert_no_key (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "did not come with it");
  g_ptr_array_add (certificates, self->kga->certificate);
  self->source.certificates = certificates;
  assert_key (self, content, NULL);
}

static SignetKey *
read_package (SignetSecret  *package,
              GPtrArray     *remarks,
              GError       **error)
{
  return signet_cmp_key_package_read (package, remarks, error);
}

static void
test_packages (Fixture       *self,
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

static SignetCmsAttribute *
make_attribute (int      nid,
                int      type,
                gpointer value)
{
  SignetCmsAttribute *attribute = SignetCmsAttribute_new ();
  ASN1_TYPE *any = ASN1_TYPE_new ();

  attribute->attr_type = OBJ_nid2obj (nid);
  ASN1_TYPE_set (any, type, value);
  sk_ASN1_TYPE_push (attribute->attr_values, any);
  return attribute;
}

/* Signed anew, by @signer with @signature and @digest of @size octets: what libcrypto's CMS of 3.0 does not do itself. */
static void
sign_anew (SignetSignedData *signed_data,
           const Party      *signer,
           const char       *signature,
           int               digest,
           gsize             size)
{
  SignetSignerInfo *info = signer_of (signed_data);
  const ASN1_OCTET_STRING *content = signed_data->encap_content_info->e_content;
  g_autoptr (EVP_MD_CTX) hash = EVP_MD_CTX_new ();
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  ASN1_OCTET_STRING *message_digest = ASN1_OCTET_STRING_new ();
  g_autofree guint8 *octets = NULL;
  unsigned char *attributes = NULL;
  guint8 digest_octets[64];
  gsize octets_size;
  int attributes_size;

  EVP_DigestInit_ex (hash, EVP_get_digestbynid (digest), NULL);
  EVP_DigestUpdate (hash, ASN1_STRING_get0_data (content), ASN1_STRING_length (content));
  if (digest == NID_shake256)
    EVP_DigestFinalXOF (hash, digest_octets, size);
  else
    EVP_DigestFinal_ex (hash, digest_octets, NULL);
  ASN1_OCTET_STRING_set (message_digest, digest_octets, (int) size);
  sk_SignetCmsAttribute_pop_free (info->signed_attrs, SignetCmsAttribute_free);
  info->signed_attrs = sk_SignetCmsAttribute_new_null ();
  sk_SignetCmsAttribute_push (info->signed_attrs, make_attribute (NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_txt2obj (KEY_PACKAGE, 1)));
  sk_SignetCmsAttribute_push (info->signed_attrs, make_attribute (NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, message_digest));
  X509_ALGOR_set0 (info->digest_algorithm, OBJ_nid2obj (digest), V_ASN1_UNDEF, NULL);
  X509_ALGOR_set0 (sk_X509_ALGOR_value (signed_data->digest_algorithms, 0), OBJ_nid2obj (digest), V_ASN1_UNDEF, NULL);
  X509_ALGOR_set0 (info->signature_algorithm, OBJ_txt2obj (signature, 1), V_ASN1_UNDEF, NULL);
  ASN1_OCTET_STRING_free (info->sid->value.subject_key_identifier);
  info->sid->value.subject_key_identifier = ASN1_OCTET_STRING_dup (X509_get0_subject_key_id (signet_certificate_get_x509 (signer->certificate)));

  attributes_size = ASN1_item_i2d ((ASN1_VALUE *) info->signed_attrs, &attributes, ASN1_ITEM_rptr (SignetCmsAttributes));
  g_assert_cmpint (EVP_DigestSignInit_ex (context, NULL, NULL, NULL, NULL, signet_key_get_pkey (signer->key), NULL), ==, 1);
  g_assert_cmpint (EVP_DigestSign (context, NULL, &octets_size, attributes, attributes_size), ==, 1);
  octets = g_malloc (octets_size);
  g_assert_cmpint (EVP_DigestSign (context, octets, &octets_size, attributes, attributes_size), ==, 1);
  OPENSSL_free (attributes);
  ASN1_OCTET_STRING_set (info->signature, octets, (int) octets_size);
}

static SignetSecret *
signed_anew (Fixture     *self,
             const Party *signer,
             const char  *signature,
             int          digest)
{
  g_autoptr (SignetSecret) content = signed_package (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  gsize size;
  const guint8 *octets = signet_secret_get_data (content, &size);
  g_autoptr (SignetSignedData) decoded = d2i_SignetSignedData (NULL, &octets, (long) size);
  unsigned char *der = NULL;
  SignetSecret *secret;
  int length;

  sign_anew (decoded, signer, signature, digest, digest == NID_sha256 ? 32 : 64);
  length = i2d_SignetSignedData (decoded, &der);
  secret = signet_secret_new (der, length);
  OPENSSL_free (der);
  return secret;
}

/* RFC 8419 §3: Ed25519 goes with SHA-512, Ed448 with SHAKE256, and with nothing else. */
static void
test_eddsa (Fixture       *self,
            gconstpointer  data)
{
  static const struct {
    const char *spec;
    const char *signature;
    int digest;
    gboolean accepted;
  } cases[] = {
    { "ed25519", "1.3.101.112", NID_sha512, TRUE },
    { "ed25519", "1.3.101.112", NID_sha256, FALSE },
    { "ed448", "1.3.101.113", NID_shake256, TRUE },
    { "ed448", "1.3.101.113", NID_sha512, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Party) signer = party_new (cases[i].spec, "Key generation", self->root, kga_usage);
      g_autoptr (GPtrArray) certificates = g_ptr_array_new ();
      g_autoptr (SignetSecret) content = signed_anew (self, signer, cases[i].signature, cases[i].digest);

      g_ptr_array_add (certificates, signer->certificate);
      self->source.certificates = certificates;
      if (cases[i].accepted)
        assert_key (self, content, NULL);
      else
        assert_no_key (self, content, SIGNET_CMP_ERROR_CONTENT, "another digest algorithm");
      self->source.certificates = NULL;
    }
}

/* RFC 9882 §3.3: ML-DSA with SHA-512, and with SHAKE256. */
static void
test_ml_dsa (Fixture       *self,
             gconstpointer  data)
{
  static const struct {
    const char *spec;
    const char *signature;
  } kinds[] = {
    { "ml-dsa-44", "2.16.840.1.101.3.4.3.17" }, { "ml-dsa-65", "2.16.840.1.101.3.4.3.18" }, { "ml-dsa-87", "2.16.840.1.101.3.4.3.19" },
  };
  static const int digests[] = { NID_sha512, NID_shake256 };

  if (!signet_key_spec_check (kinds[0].spec, NULL))
    {
      g_test_skip ("this libcrypto has no ML-DSA");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (guint k = 0; k < G_N_ELEMENTS (digests); k++)
      {
        g_autoptr (Party) signer = party_new (kinds[i].spec, "Key generation", self->root, kga_usage);
        g_autoptr (GPtrArray) certificates = g_ptr_array_new ();
        g_autoptr (SignetSecret) content = signed_anew (self, signer, kinds[i].signature, digests[k]);

        g_ptr_array_add (certificates, signer->certificate);
        self->source.certificates = certificates;
        assert_key (self, content, NULL);
        self->source.certificates = NULL;
      }
}

/* Keys of the new kinds come in packages too. */
static void
test_post_quantum_packages (Fixture       *self,
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
test_package_public_key (Fixture       *self,
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

#define ADD(path, function) g_test_add ("/cmp/key-package/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("opens-what-libcrypto-signs", test_signed);
  ADD ("comes-in-signed-data-in-enveloped-data/R327,R337", test_central);
  ADD ("must-be-signed/R327", test_central_unsigned);
  ADD ("must-fit-the-certificate/R345", test_central_mismatch);
  ADD ("deviations/R338", test_deviations);
  ADD ("digests-are-made-anew/R339", test_digests);
  ADD ("signer-must-be-trusted/R340", test_untrusted);
  ADD ("self-signed-inside-proves-nothing/R343", test_self_signed);
  ADD ("signer-must-be-authorised/R341", test_authorised);
  ADD ("mac-vouches-only-by-setting/R342", test_by_mac);
  ADD ("other-forms-only-by-setting/R337", test_other_forms);
  ADD ("signer-may-be-in-extra-certs", test_certificate_elsewhere);
  ADD ("one-key-with-its-public-key/R344", test_packages);
  ADD ("public-key-must-be-its-own/R344", test_package_public_key);
  ADD ("edwards-curves-with-their-digests/R339", test_eddsa);
  ADD ("ml-dsa-signer/R393", test_ml_dsa);
  ADD ("ml-kem-and-ml-dsa-keys/R344,R347", test_post_quantum_packages);
  g_test_add_func ("/cmp/key-package/warns-before-central-generation/R348", test_warnings);
  g_test_add_func ("/cmp/key-package/preflight-of-own-certificate/R326", test_preflight);
  return g_test_run ();
}
