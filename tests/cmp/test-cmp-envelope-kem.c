/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"
#include "cmp/cmp-kdf.h"

/* KEMRecipientInfo (RFC 9629) by RSA-KEM and ML-KEM: known answers, and messages put together here. */

static SignetCmpAuthority *authority;

static GBytes *
load (const char *path)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "data", "cms", path, NULL);
  g_autoptr (GError) error = NULL;
  char *text;
  gsize size;

  g_file_get_contents (file, &text, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (text, size);
}

static GBytes *
content_of (GBytes *content_info)
{
  const guint8 *cursor = g_bytes_get_data (content_info, NULL);
  CMS_ContentInfo *cms = d2i_CMS_ContentInfo (NULL, &cursor, (long) g_bytes_get_size (content_info));
  const guint8 *data = g_bytes_get_data (content_info, NULL);
  long length;
  int tag;
  int class;
  GBytes *content;

  CMS_ContentInfo_free (cms);
  ERR_clear_error ();
  cursor = data;
  ASN1_get_object (&cursor, &length, &tag, &class, (long) g_bytes_get_size (content_info));
  ASN1_get_object (&cursor, &length, &tag, &class, length);
  cursor += length;
  ASN1_get_object (&cursor, &length, &tag, &class, data + g_bytes_get_size (content_info) - cursor);
  content = g_bytes_new (cursor, length);
  return content;
}

/* Bob's key is an RSAPrivateKey under the label of PKCS #8. */
static Party *
load_bob (void)
{
  g_autoptr (GBytes) key_pem = load ("rfc5990bis-examples/rfc5990bis-bob.p8.pem");
  g_autoptr (GBytes) certificate_pem = load ("rfc5990bis-examples/rfc5990bis-bob.crt");
  g_autoptr (BIO) key_bio = BIO_new_mem_buf (g_bytes_get_data (key_pem, NULL), (int) g_bytes_get_size (key_pem));
  g_autoptr (BIO) certificate_bio = BIO_new_mem_buf (g_bytes_get_data (certificate_pem, NULL), (int) g_bytes_get_size (certificate_pem));
  g_autoptr (EVP_PKEY) key = NULL;
  g_autoptr (X509) certificate = PEM_read_bio_X509 (certificate_bio, NULL, NULL, NULL);
  Party *bob = g_new0 (Party, 1);
  char *name = NULL;
  char *header = NULL;
  unsigned char *der = NULL;
  const guint8 *cursor;
  long length;

  g_assert_cmpint (PEM_read_bio (key_bio, &name, &header, &der, &length), ==, 1);
  cursor = der;
  key = d2i_PrivateKey (EVP_PKEY_RSA, NULL, &cursor, length);
  OPENSSL_free (name);
  OPENSSL_free (header);
  OPENSSL_free (der);
  g_assert_nonnull (key);
  g_assert_nonnull (certificate);
  bob->key = signet_key_new_for_pkey (key);
  bob->certificate = signet_certificate_new_for_x509 (certificate);
  return bob;
}

/* RSA-KEM of RFC 9690 App. D, and of another maker: both ways of naming the recipient. */
static void
test_rsa_kem (void)
{
  static const char *const files[] = {
    "rfc9690/appendix-d.p7m",
    "rfc5990bis-examples/rfc5990bis-1-def.p7m",
    "rfc5990bis-examples/rfc5990bis-2-ski.p7m",
  };
  g_autoptr (Party) bob = load_bob ();
  const PartyUsage any = { NULL };
  g_autoptr (Party) other = party_new ("rsa:3072", "Another", NULL, any);
  SignetCmpRecipient wrong = { .key = other->key };
  SignetCmpRecipient recipient = party_recipient (bob);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GBytes) octets = load (files[i]);
      g_autoptr (GBytes) enveloped = content_of (octets);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) reason = NULL;
      g_autoptr (SignetSecret) content = signet_cmp_envelope_open (enveloped, &recipient, authority, NULL, NULL, &error);
      g_autoptr (SignetSecret) none = signet_cmp_envelope_open (enveloped, &wrong, authority, NULL, NULL, &reason);

      g_test_message ("%s", files[i]);
      g_assert_no_error (error);
      kit_assert_secret (content, "Hello, world!");
      g_assert_null (none);
      g_assert_error (reason, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
    }
}

typedef void (*KemEdit) (SignetKemRecipientInfo *kemri);

static void
edit_length (SignetKemRecipientInfo *kemri)
{
  ASN1_INTEGER_set (kemri->kek_length, 32);
}

static void
edit_wrap (SignetKemRecipientInfo *kemri)
{
  X509_ALGOR_set0 (kemri->wrap, OBJ_nid2obj (NID_id_aes256_wrap), V_ASN1_UNDEF, NULL);
}

static void
edit_kem_version (SignetKemRecipientInfo *kemri)
{
  ASN1_INTEGER_set (kemri->version, 1);
}

static void
edit_rid (SignetKemRecipientInfo *kemri)
{
  kemri->rid->value.subject_key_identifier->data[0] ^= 1;
}

static void
edit_ukm (SignetKemRecipientInfo *kemri)
{
  kemri->ukm = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (kemri->ukm, (const guint8 *) "ukm", 3);
}

static void
edit_ciphertext (SignetKemRecipientInfo *kemri)
{
  ASN1_OCTET_STRING_set (kemri->kemct, (const guint8 *) "short", 5);
}

static void
edit_kem (SignetKemRecipientInfo *kemri)
{
  X509_ALGOR_set0 (kemri->kem, OBJ_txt2obj ("2.16.840.1.101.3.4.4.1", 1), V_ASN1_UNDEF, NULL);
}

static void
test_kem_deviations (void)
{
  static const struct {
    KemEdit edit;
    int code;
  } cases[] = {
    { edit_length, SIGNET_CMP_ERROR_CONTENT },        { edit_wrap, SIGNET_CMP_ERROR_CONTENT },
    { edit_kem_version, SIGNET_CMP_ERROR_MALFORMED }, { edit_rid, SIGNET_CMP_ERROR_CREDENTIALS },
    { edit_ukm, SIGNET_CMP_ERROR_CONTENT },           { edit_ciphertext, SIGNET_CMP_ERROR_CONTENT },
    { edit_kem, SIGNET_CMP_ERROR_CREDENTIALS },
  };
  g_autoptr (Party) bob = load_bob ();
  SignetCmpRecipient recipient = party_recipient (bob);
  g_autoptr (GBytes) octets = load ("rfc9690/appendix-d.p7m");
  g_autoptr (GBytes) right = content_of (octets);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint8 *cursor = g_bytes_get_data (right, NULL);
      SignetEnvelopedData *enveloped = d2i_SignetEnvelopedData (NULL, &cursor, (long) g_bytes_get_size (right));
      SignetOtherRecipientInfo *ori = sk_SignetRecipientInfo_value (enveloped->recipient_infos, 0)->value.ori;
      g_autoptr (SignetKemRecipientInfo) kemri = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetKemRecipientInfo), ori->ori_value);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GError) error = NULL;

      cases[i].edit (kemri);
      g_assert_nonnull (ASN1_TYPE_pack_sequence (ASN1_ITEM_rptr (SignetKemRecipientInfo), kemri, &ori->ori_value));
      changed = signet_asn1_encode (enveloped, ASN1_ITEM_rptr (SignetEnvelopedData));
      SignetEnvelopedData_free (enveloped);
      g_assert_null (signet_cmp_envelope_open (changed, &recipient, authority, NULL, NULL, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, cases[i].code);
      if (cases[i].edit == edit_length)
        g_assert_nonnull (strstr (error->message, "kekLength"));
    }
}

static void
test_seal_kem (void)
{
  g_autoptr (Party) bob = load_bob ();
  SignetCmpRecipient recipient = party_recipient (bob);
  g_autoptr (SignetSecret) text = kit_secret (KIT_TEXT);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) enveloped = signet_cmp_envelope_seal (SIGNET_CMS_DATA, text, bob->certificate, NULL, authority, SIGNET_CMP_RSA_KEM, &error);
  g_autoptr (SignetSecret) content = NULL;

  g_assert_no_error (error);
  content = signet_cmp_envelope_open (enveloped, &recipient, authority, NULL, NULL, &error);
  g_assert_no_error (error);
  kit_assert_secret (content, KIT_TEXT);
}

/* Of the secure heap no more is in use afterwards than the content: shared secret and keys are gone. */
static void
test_kem_secret_dropped (void)
{
  g_autoptr (Party) bob = load_bob ();
  SignetCmpRecipient recipient = party_recipient (bob);
  g_autoptr (GBytes) octets = load ("rfc9690/appendix-d.p7m");
  g_autoptr (GBytes) enveloped = content_of (octets);
  g_autoptr (SignetSecret) warm = signet_cmp_envelope_open (enveloped, &recipient, authority, NULL, NULL, NULL);
  gsize before;
  SignetSecret *content;

  g_assert_cmpint (CRYPTO_secure_malloc_initialized (), ==, 1);
  before = CRYPTO_secure_used ();
  content = signet_cmp_envelope_open (enveloped, &recipient, authority, NULL, NULL, NULL);
  g_assert_nonnull (content);
  g_assert_cmpuint (CRYPTO_secure_used (), >, before);
  signet_secret_unref (content);
  g_assert_cmpuint (CRYPTO_secure_used (), ==, before);
}

/* The example of RFC 9936 App. C. Its derivation everywhere; its decapsulation where libcrypto has ML-KEM. */
static SignetKemRecipientInfo *
load_ml_kem (void)
{
  g_autoptr (GBytes) pem = load ("cms-kyber/ML-KEM-512.cms");
  g_autoptr (BIO) bio = BIO_new_mem_buf (g_bytes_get_data (pem, NULL), (int) g_bytes_get_size (pem));
  g_autoptr (GBytes) octets = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetRecipientInfo) info = NULL;
  char *name = NULL;
  char *header = NULL;
  unsigned char *der = NULL;
  const guint8 *cursor;
  long length;
  int tag;
  int class;

  g_assert_cmpint (PEM_read_bio (bio, &name, &header, &der, &length), ==, 1);
  octets = g_bytes_new (der, length);
  OPENSSL_free (name);
  OPENSSL_free (header);
  OPENSSL_free (der);
  content = content_of (octets);
  /* AuthEnvelopedData { version, SET { RecipientInfo … */
  cursor = g_bytes_get_data (content, NULL);
  ASN1_get_object (&cursor, &length, &tag, &class, (long) g_bytes_get_size (content));
  cursor += 3;
  ASN1_get_object (&cursor, &length, &tag, &class, length - 3);
  g_assert_cmpint (tag, ==, V_ASN1_SET);
  info = d2i_SignetRecipientInfo (NULL, &cursor, length);
  g_assert_nonnull (info);
  g_assert_cmpint (info->type, ==, SIGNET_RECIPIENT_ORI);
  return ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetKemRecipientInfo), info->value.ori->ori_value);
}

static GBytes *
load_hex (const char *path)
{
  g_autoptr (GBytes) text = load (path);
  g_autofree char *line = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));

  return corpus_hex (g_strstrip (line));
}

static void
test_ml_kem_derivation (void)
{
  g_autoptr (SignetKemRecipientInfo) kemri = load_ml_kem ();
  g_autoptr (SignetCmsOriForKemOtherInfo) info = SignetCmsOriForKemOtherInfo_new ();
  g_autoptr (GBytes) shared_octets = load_hex ("cms-kyber/shared_secret.txt");
  g_autoptr (SignetSecret) shared = signet_secret_new (g_bytes_get_data (shared_octets, NULL), g_bytes_get_size (shared_octets));
  g_autoptr (GBytes) expected_kek = load_hex ("cms-kyber/kek.txt");
  g_autoptr (GBytes) expected_cek = load_hex ("cms-kyber/cek.txt");
  g_autoptr (GBytes) der = NULL;
  g_autoptr (SignetSecret) kek = NULL;
  g_autoptr (SignetSecret) cek = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *octets;

  X509_ALGOR_free (info->wrap);
  info->wrap = X509_ALGOR_dup (kemri->wrap);
  ASN1_INTEGER_set (info->kek_length, 16);
  der = signet_asn1_encode (info, ASN1_ITEM_rptr (SignetCmsOriForKemOtherInfo));
  corpus_assert_hex (der, "3010300b0609608648016503040105020110");
  kek = signet_cmp_kdf_derive (kemri->kdf, shared, der, 16, &error);
  g_assert_no_error (error);
  octets = signet_secret_get_data (kek, &size);
  g_assert_cmpmem (octets, size, g_bytes_get_data (expected_kek, NULL), g_bytes_get_size (expected_kek));
  cek = signet_cms_unwrap (kek, kemri->encrypted_key);
  octets = signet_secret_get_data (cek, &size);
  g_assert_cmpmem (octets, size, g_bytes_get_data (expected_cek, NULL), g_bytes_get_size (expected_cek));
}

static void
test_ml_kem (void)
{
  g_autoptr (SignetKemRecipientInfo) kemri = load_ml_kem ();
  g_autoptr (GBytes) pem = load ("cms-kyber/ML-KEM-512-both.priv");
  g_autoptr (BIO) bio = BIO_new_mem_buf (g_bytes_get_data (pem, NULL), (int) g_bytes_get_size (pem));
  g_autoptr (EVP_PKEY) pkey = PEM_read_bio_PrivateKey (bio, NULL, NULL, NULL);
  g_autoptr (GBytes) expected = load_hex ("cms-kyber/cek.txt");
  g_autoptr (SignetKey) key = NULL;
  SignetCmpRecipient recipient = { 0 };
  SignetEnvelopeOpening opening = { &recipient, authority, 16, NULL, NULL };
  g_autoptr (SignetSecret) cek = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 *octets;
  gsize size;

  if (pkey == NULL)
    {
      ERR_clear_error ();
      g_test_skip ("this libcrypto has no ML-KEM");
      return;
    }
  key = signet_key_new_for_pkey (pkey);
  recipient.key = key;
  cek = signet_envelope_open_kemri (&opening, kemri, &error);
  g_assert_no_error (error);
  octets = signet_secret_get_data (cek, &size);
  g_assert_cmpmem (octets, size, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

static void
test_seal_ml_kem (void)
{
  static const char *const specs[] = { "ml-kem-512", "ml-kem-768", "ml-kem-1024" };
  const PartyUsage ca = { .key_usage = "keyCertSign", .ca = TRUE };
  const PartyUsage encipher = { .key_usage = "keyEncipherment" };
  g_autoptr (Party) root = party_new ("ec:P-256", "Root", NULL, ca);
  g_autoptr (SignetSecret) text = kit_secret (KIT_TEXT);

  if (!signet_key_spec_check (specs[0], NULL))
    {
      g_test_skip ("this libcrypto has no ML-KEM");
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autoptr (Party) party = party_new (specs[i], "Recipient", root, encipher);
      SignetCmpRecipient recipient = party_recipient (party);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) enveloped
        = signet_cmp_envelope_seal (SIGNET_CMS_DATA, text, party->certificate, NULL, authority, SIGNET_CMP_RSA_OAEP, &error);
      g_autoptr (SignetSecret) content = NULL;

      g_assert_no_error (error);
      content = signet_cmp_envelope_open (enveloped, &recipient, authority, NULL, NULL, &error);
      g_assert_no_error (error);
      kit_assert_secret (content, KIT_TEXT);
    }
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  CRYPTO_secure_malloc_init (1 << 20, 64);
  authority = signet_cmp_authority_new ();
  g_test_add_func ("/cmp/envelope/kem/rsa-known-answers/R333,R334,R395", test_rsa_kem);
  g_test_add_func ("/cmp/envelope/kem/deviations/R333", test_kem_deviations);
  g_test_add_func ("/cmp/envelope/kem/shared-secret-is-dropped/R335", test_kem_secret_dropped);
  g_test_add_func ("/cmp/envelope/kem/seals-with-rsa-kem/R395", test_seal_kem);
  g_test_add_func ("/cmp/envelope/kem/ml-kem-derivation-known-answer/R333,R394", test_ml_kem_derivation);
  g_test_add_func ("/cmp/envelope/kem/ml-kem-known-answer/R333,R394", test_ml_kem);
  g_test_add_func ("/cmp/envelope/kem/seals-with-ml-kem/R394", test_seal_ml_kem);
  status = g_test_run ();
  g_clear_object (&authority);
  return status;
}
