/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-key-fixture.h"

/* Who signed a key that an authority made, and how: by libcrypto's CMS, then read by ours. */

static const PartyUsage ca_usage = { .key_usage = "keyCertSign,cRLSign", .ca = TRUE };
static const PartyUsage kga_usage = { .key_usage = "digitalSignature", .extended_key_usage = "1.3.6.1.5.5.7.3.32" };
static const PartyUsage plain_usage = { .key_usage = "digitalSignature" };

static void
test_signed (KeyFixture    *self,
             gconstpointer  data)
{
  const EVP_MD *digests[] = { EVP_sha256 (), EVP_sha384 (), EVP_sha512 () };
  g_autoptr (Party) rsa = party_new ("rsa:2048", "RSA", self->root, kga_usage);

  for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
    {
      g_autoptr (SignetSecret) by_ec = key_fixture_sign (self, self->kga, digests[i], CMS_USE_KEYID);
      g_autoptr (SignetSecret) by_rsa = key_fixture_sign (self, rsa, digests[i], CMS_USE_KEYID);

      key_fixture_opens (self, by_ec, NULL);
      key_fixture_opens (self, by_rsa, NULL);
    }
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
  sk_SignetSignerInfo_push (signed_data->signer_infos, ASN1_item_dup (ASN1_ITEM_rptr (SignetSignerInfo), key_fixture_signer (signed_data)));
}

static void
edit_signer_version (SignetSignedData *signed_data)
{
  ASN1_INTEGER_set (key_fixture_signer (signed_data)->version, 1);
}

static void
edit_no_attributes (SignetSignedData *signed_data)
{
  sk_SignetCmsAttribute_pop_free (key_fixture_signer (signed_data)->signed_attrs, SignetCmsAttribute_free);
  key_fixture_signer (signed_data)->signed_attrs = NULL;
}

static void
remove_attribute (SignetSignedData *signed_data,
                  int               nid)
{
  STACK_OF (SignetCmsAttribute) *attributes = key_fixture_signer (signed_data)->signed_attrs;

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
edit_signature (SignetSignedData *signed_data)
{
  key_fixture_signer (signed_data)->signature->data[20] ^= 1;
}

static void
edit_signature_digest (SignetSignedData *signed_data)
{
  X509_ALGOR_set0 (key_fixture_signer (signed_data)->signature_algorithm, OBJ_nid2obj (NID_ecdsa_with_SHA512), V_ASN1_UNDEF, NULL);
}

static void
edit_sha1 (SignetSignedData *signed_data)
{
  X509_ALGOR_set0 (sk_X509_ALGOR_value (signed_data->digest_algorithms, 0), OBJ_nid2obj (NID_sha1), V_ASN1_UNDEF, NULL);
  X509_ALGOR_set0 (key_fixture_signer (signed_data)->digest_algorithm, OBJ_nid2obj (NID_sha1), V_ASN1_UNDEF, NULL);
}

/* What deviates from RFC 9483 §4.1.6: refused, or passed over and remarked on. */
static void
test_deviations (KeyFixture    *self,
                 gconstpointer  data)
{
  static const struct {
    KeyFixtureEdit edit;
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
  g_autoptr (SignetSecret) content = key_fixture_sign (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) by_serial = key_fixture_sign (self, self->kga, EVP_sha256 (), 0);
  g_autoptr (SignetSecret) first = key_fixture_edit (content, edit_version_1);

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (SignetSecret) spoilt = key_fixture_edit (content, refused[i].edit);

      key_fixture_refuses (self, spoilt, refused[i].code, refused[i].words);
    }
  key_fixture_opens (self, first, "version 1");
  key_fixture_opens (self, by_serial, "serial number");
}

static void
test_digests (KeyFixture    *self,
              gconstpointer  data)
{
  g_autoptr (SignetSecret) content = key_fixture_sign (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) changed = key_fixture_spoil (content);
  g_autoptr (SignetSecret) mixed = key_fixture_edit (content, edit_signature_digest);

  key_fixture_refuses (self, changed, SIGNET_CMP_ERROR_BAD_PROTECTION, "digest");
  key_fixture_refuses (self, mixed, SIGNET_CMP_ERROR_CONTENT, "another digest algorithm");
}

static void
test_untrusted (KeyFixture    *self,
                gconstpointer  data)
{
  g_autoptr (Party) stranger_root = party_new ("ec:P-256", "Another root", NULL, ca_usage);
  g_autoptr (Party) stranger = party_new ("ec:P-256", "Key generation", stranger_root, kga_usage);
  g_autoptr (SignetSecret) content = key_fixture_sign (self, stranger, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) right = key_fixture_sign (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  gint64 now = self->source.now;

  key_fixture_refuses (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "not trusted");
  self->source.now = now + 10 * 24 * 60 * 60;
  key_fixture_refuses (self, right, SIGNET_CMP_ERROR_UNTRUSTED, "expired");
  self->source.now = now;
  key_fixture_opens (self, right, NULL);
}

/* Signed with a certificate of its own that lies inside: it proves nothing. */
static void
test_self_signed (KeyFixture    *self,
                  gconstpointer  data)
{
  const PartyUsage all = { .key_usage = "digitalSignature,keyCertSign", .extended_key_usage = "1.3.6.1.5.5.7.3.32", .ca = TRUE };
  g_autoptr (Party) alone = party_new ("ec:P-256", "Root", NULL, all);
  g_autoptr (SignetSecret) content = key_fixture_sign (self, alone, EVP_sha256 (), CMS_USE_KEYID);

  key_fixture_refuses (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "not trusted");
}

static void
test_authorised (KeyFixture    *self,
                 gconstpointer  data)
{
  const PartyUsage special = { .key_usage = "digitalSignature", .extended_key_usage = "1.3.6.1.4.1.99999.1" };
  const PartyUsage signing_ca = { .key_usage = "digitalSignature,keyCertSign", .ca = TRUE };
  const PartyUsage no_signatures = { .key_usage = "keyEncipherment", .extended_key_usage = "1.3.6.1.5.5.7.3.32" };
  g_autoptr (Party) plain = party_new ("ec:P-256", "Anybody", self->root, plain_usage);
  g_autoptr (Party) other = party_new ("ec:P-256", "Special", self->root, special);
  g_autoptr (Party) ca = party_new ("ec:P-256", "CA", self->root, signing_ca);
  g_autoptr (Party) mute = party_new ("ec:P-256", "Mute", self->root, no_signatures);
  g_autoptr (SignetSecret) by_plain = key_fixture_sign (self, plain, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) by_other = key_fixture_sign (self, other, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) by_ca = key_fixture_sign (self, ca, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) by_mute = key_fixture_sign (self, mute, EVP_sha256 (), CMS_USE_KEYID);

  key_fixture_refuses (self, by_plain, SIGNET_CMP_ERROR_UNTRUSTED, "cmKGA");
  key_fixture_refuses (self, by_other, SIGNET_CMP_ERROR_UNTRUSTED, "cmKGA");
  key_fixture_refuses (self, by_mute, SIGNET_CMP_ERROR_UNTRUSTED, "signatures");
  key_fixture_opens (self, by_ca, NULL);
  signet_cmp_authority_set_signer_usage (self->authority, "1.3.6.1.4.1.99999.1");
  key_fixture_opens (self, by_other, NULL);
  key_fixture_refuses (self, by_plain, SIGNET_CMP_ERROR_UNTRUSTED, "cmKGA");
}

static void
test_by_mac (KeyFixture    *self,
             gconstpointer  data)
{
  g_autoptr (Party) stranger = party_new ("ec:P-256", "Key generation", NULL, kga_usage);
  g_autoptr (SignetSecret) content = key_fixture_sign (self, stranger, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) changed = key_fixture_spoil (content);

  self->source.by_mac = TRUE;
  key_fixture_refuses (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "not trusted");
  signet_cmp_authority_set_relaxations (self->authority, SIGNET_CMP_RELAX_KGA_BY_MAC);
  key_fixture_opens (self, content, NULL);
  key_fixture_refuses (self, changed, SIGNET_CMP_ERROR_BAD_PROTECTION, "digest");
  self->source.by_mac = FALSE;
  key_fixture_refuses (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "not trusted");
}

/* The signer's certificate may be in extraCerts or known beforehand instead of inside. */
static void
test_certificate_elsewhere (KeyFixture    *self,
                            gconstpointer  data)
{
  g_autoptr (SignetSecret) content = key_fixture_sign (self, self->kga, EVP_sha256 (), CMS_USE_KEYID | CMS_NOCERTS);
  g_autoptr (GPtrArray) certificates = g_ptr_array_new ();

  key_fixture_refuses (self, content, SIGNET_CMP_ERROR_UNTRUSTED, "did not come with it");
  g_ptr_array_add (certificates, self->kga->certificate);
  self->source.certificates = certificates;
  key_fixture_opens (self, content, NULL);
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
  SignetSignerInfo *info = key_fixture_signer (signed_data);
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
  sk_SignetCmsAttribute_push (info->signed_attrs, make_attribute (NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_txt2obj (KEY_FIXTURE_PACKAGE, 1)));
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
signed_anew (KeyFixture  *self,
             const Party *signer,
             const char  *signature,
             int          digest)
{
  g_autoptr (SignetSecret) content = key_fixture_sign (self, self->kga, EVP_sha256 (), CMS_USE_KEYID);
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
test_eddsa (KeyFixture    *self,
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
        key_fixture_opens (self, content, NULL);
      else
        key_fixture_refuses (self, content, SIGNET_CMP_ERROR_CONTENT, "another digest algorithm");
      self->source.certificates = NULL;
    }
}

/* RFC 9882 §3.3: ML-DSA with SHA-512, and with SHAKE256. */
static void
test_ml_dsa (KeyFixture    *self,
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
        key_fixture_opens (self, content, NULL);
        self->source.certificates = NULL;
      }
}

#define ADD(path, function) g_test_add ("/cmp/key-package/" path, KeyFixture, NULL, key_fixture_set_up, function, key_fixture_tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("opens-what-libcrypto-signs", test_signed);
  ADD ("deviations/R338", test_deviations);
  ADD ("digests-are-made-anew/R339", test_digests);
  ADD ("signer-must-be-trusted/R340", test_untrusted);
  ADD ("self-signed-inside-proves-nothing/R343", test_self_signed);
  ADD ("signer-must-be-authorised/R341", test_authorised);
  ADD ("mac-vouches-only-by-setting/R342", test_by_mac);
  ADD ("signer-may-be-in-extra-certs", test_certificate_elsewhere);
  ADD ("edwards-curves-with-their-digests/R339", test_eddsa);
  ADD ("ml-dsa-signer/R393", test_ml_dsa);
  return g_test_run ();
}
