/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"
#include "cmp/cmp-kdf.h"

/* Passwords, KEMs, and what of EnvelopedData is bounded: known answers, and messages put together here. */

#define PASSWORD "SiemensIT"
#define CEK_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define WRAPPED_HEX "c2211975ca7961f71bac7ab9495bbf5e175d70c4042afa697b80b47aaadd54fcc1044ddda44d9248"
/* PBKDF2 with HMAC-SHA-256, salt 0011223344556677, 10,000 rounds, 32 octets */
#define PBKDF2_HEX "302c06092a864886f70d01050c301f04080011223344556677020227100201" \
                   "20300c06082a864886f70d02090500"

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

static void *
decode_hex (const char      *hexadecimal,
            const ASN1_ITEM *item)
{
  g_autoptr (GBytes) octets = corpus_hex (hexadecimal);
  void *value = signet_asn1_decode (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets), item);

  g_assert_nonnull (value);
  return value;
}

static void
set_octets (ASN1_OCTET_STRING *string,
            const char        *hexadecimal)
{
  g_autoptr (GBytes) octets = corpus_hex (hexadecimal);

  ASN1_OCTET_STRING_set (string, g_bytes_get_data (octets, NULL), (int) g_bytes_get_size (octets));
}

/* KIT_TEXT under CEK_HEX with AES-256-CBC (or its first 16 octets with AES-128-CBC), for @info, which is taken over. */
static SignetEnvelopedData *
make_enveloped (SignetRecipientInfo *info,
                long                 version,
                gboolean             small)
{
  SignetEnvelopedData *enveloped = SignetEnvelopedData_new ();
  SignetEncryptedContentInfo *content = enveloped->encrypted_content_info;
  const EVP_CIPHER *cipher = small ? EVP_aes_128_cbc () : EVP_aes_256_cbc ();
  g_autoptr (GBytes) key = corpus_hex (CEK_HEX);
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  ASN1_OCTET_STRING *iv = ASN1_OCTET_STRING_new ();
  guint8 encrypted[128];
  int length;
  int rest;

  ASN1_INTEGER_set (enveloped->version, version);
  sk_SignetRecipientInfo_push (enveloped->recipient_infos, info);
  set_octets (iv, "101112131415161718191a1b1c1d1e1f");
  EVP_EncryptInit_ex (context, cipher, NULL, g_bytes_get_data (key, NULL), ASN1_STRING_get0_data (iv));
  EVP_EncryptUpdate (context, encrypted, &length, (const guint8 *) KIT_TEXT, sizeof KIT_TEXT - 1);
  EVP_EncryptFinal_ex (context, encrypted + length, &rest);
  content->content_type = OBJ_nid2obj (NID_pkcs7_data);
  X509_ALGOR_set0 (content->content_encryption_algorithm, OBJ_nid2obj (EVP_CIPHER_get_nid (cipher)), V_ASN1_OCTET_STRING, iv);
  content->encrypted_content = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (content->encrypted_content, encrypted, length + rest);
  return enveloped;
}

static GBytes *
take_der (SignetEnvelopedData *enveloped)
{
  GBytes *der = signet_asn1_encode (enveloped, ASN1_ITEM_rptr (SignetEnvelopedData));

  SignetEnvelopedData_free (enveloped);
  g_assert_nonnull (der);
  return der;
}

static SignetRecipientInfo *
make_pwri (const char *derivation,
           int         wrap,
           const char *wrapped)
{
  SignetRecipientInfo *info = SignetRecipientInfo_new ();
  SignetPasswordRecipientInfo *pwri = SignetPasswordRecipientInfo_new ();

  info->type = SIGNET_RECIPIENT_PWRI;
  info->value.pwri = pwri;
  ASN1_INTEGER_set (pwri->version, 0);
  if (derivation != NULL)
    pwri->key_derivation_algorithm = decode_hex (derivation, ASN1_ITEM_rptr (X509_ALGOR));
  X509_ALGOR_set0 (pwri->key_encryption_algorithm, OBJ_nid2obj (wrap), V_ASN1_UNDEF, NULL);
  set_octets (pwri->encrypted_key, wrapped);
  return info;
}

static GBytes *
known_password (long version)
{
  return take_der (make_enveloped (make_pwri (PBKDF2_HEX, NID_id_aes256_wrap, WRAPPED_HEX), version, FALSE));
}

static SignetSecret *
open_with (GBytes      *enveloped,
           const char  *password,
           const char  *mac_salt,
           GPtrArray   *remarks,
           GError     **error)
{
  g_autoptr (SignetSecret) secret = kit_secret (password);
  g_autoptr (GBytes) salt = mac_salt != NULL ? corpus_hex (mac_salt) : NULL;
  SignetCmpRecipient recipient = { .secret = secret, .mac_salt = salt };

  return signet_cmp_envelope_open (enveloped, &recipient, authority, NULL, remarks, error);
}

static void
assert_password_opens (GBytes     *enveloped,
                       const char *password,
                       const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) content = open_with (enveloped, password, NULL, NULL, &error);

  g_assert_no_error (error);
  kit_assert_secret (content, text);
}

static void
assert_password_refused (GBytes     *enveloped,
                         const char *password,
                         int         code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) content = open_with (enveloped, password, NULL, NULL, &error);

  g_assert_null (content);
  g_assert_error (error, SIGNET_CMP_ERROR, code);
}

static void
test_password_known_answer (void)
{
  g_autoptr (GBytes) enveloped = known_password (3);

  assert_password_opens (enveloped, PASSWORD, KIT_TEXT);
  assert_password_refused (enveloped, "SiemensIt", SIGNET_CMP_ERROR_CONTENT);
}

/* id-alg-PWRI-KEK, which is all that libcrypto makes. */
static void
test_password_from_libcrypto (void)
{
  const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc (), EVP_aes_192_cbc (), EVP_aes_256_cbc () };

  for (guint i = 0; i < G_N_ELEMENTS (ciphers); i++)
    {
      g_autoptr (BIO) bio = BIO_new_mem_buf (KIT_TEXT, -1);
      CMS_ContentInfo *cms = CMS_encrypt (NULL, bio, ciphers[i], CMS_PARTIAL | CMS_BINARY);
      g_autoptr (GBytes) enveloped = NULL;

      g_assert_nonnull (CMS_add0_recipient_password (cms, 2000, NID_id_alg_PWRI_KEK, -1, (guint8 *) OPENSSL_strdup (PASSWORD), -1, NULL));
      g_assert_cmpint (CMS_final (cms, bio, NULL, CMS_BINARY), ==, 1);
      enveloped = kit_unwrap (cms);
      CMS_ContentInfo_free (cms);
      assert_password_refused (enveloped, PASSWORD, SIGNET_CMP_ERROR_WEAK);
      signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_SHA1);
      assert_password_opens (enveloped, PASSWORD, KIT_TEXT);
      assert_password_refused (enveloped, "another", SIGNET_CMP_ERROR_CONTENT);
      signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_NONE);
    }
}

static void
test_password_bounds (void)
{
  static const struct {
    const char *derivation;
    int code;
  } cases[] = {
    /* 16,777,215 rounds; 999; keyLength 16 for a wrap that takes 32; PRF left out, which is SHA-1; no salt of its own */
    { "302e06092a864886f70d01050c302104080011223344556677020400ffffff020120300c06082a864886f70d02090500", SIGNET_CMP_ERROR_LIMIT },
    { "302c06092a864886f70d01050c301f04080011223344556677020203e7020120300c06082a864886f70d02090500", SIGNET_CMP_ERROR_WEAK },
    { "302c06092a864886f70d01050c301f0408001122334455667702022710020110300c06082a864886f70d02090500", SIGNET_CMP_ERROR_CONTENT },
    { "301b06092a864886f70d01050c300e0408001122334455667702022710", SIGNET_CMP_ERROR_WEAK },
    { "300b06092a864886f70d01050c", SIGNET_CMP_ERROR_UNSUPPORTED },
    { "300b060960864801650304020a", SIGNET_CMP_ERROR_UNSUPPORTED },
    { NULL, SIGNET_CMP_ERROR_MALFORMED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) enveloped = take_der (make_enveloped (make_pwri (cases[i].derivation, NID_id_aes256_wrap, WRAPPED_HEX), 3, FALSE));

      assert_password_refused (enveloped, PASSWORD, cases[i].code);
    }
  {
    g_autoptr (GBytes) enveloped = take_der (make_enveloped (make_pwri (PBKDF2_HEX, NID_id_smime_alg_CMS3DESwrap, WRAPPED_HEX), 3, FALSE));

    assert_password_refused (enveloped, PASSWORD, SIGNET_CMP_ERROR_UNSUPPORTED);
  }
}

static void
test_salt (void)
{
  g_autoptr (GBytes) enveloped = known_password (3);
  const char *salts[] = { "0011223344556677", "0011223344556678" };

  for (guint i = 0; i < G_N_ELEMENTS (salts); i++)
    {
      g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetSecret) content = open_with (enveloped, PASSWORD, salts[i], remarks, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (remarks->len, ==, i == 0 ? 1 : 0);
      if (i == 0)
        g_assert_nonnull (strstr (g_ptr_array_index (remarks, 0), "salt"));
    }
}

/* The content with AES-128, its key wrapped with AES-256: told, and the other way round nothing to tell. */
static void
test_sizes (void)
{
  g_autoptr (SignetSecret) password = kit_secret (PASSWORD);
  g_autoptr (X509_ALGOR) derivation = decode_hex (PBKDF2_HEX, ASN1_ITEM_rptr (X509_ALGOR));
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) kek = signet_cms_derive_pbkdf2 (derivation, password, 32, 100000, SIGNET_CMP_RELAX_NONE, NULL, &error);
  g_autoptr (GBytes) cek_octets = corpus_hex ("000102030405060708090a0b0c0d0e0f");
  g_autoptr (SignetSecret) cek = signet_secret_new (g_bytes_get_data (cek_octets, NULL), 16);
  SignetRecipientInfo *info = make_pwri (PBKDF2_HEX, NID_id_aes256_wrap, "00");
  g_autoptr (GBytes) mismatched = NULL;
  g_autoptr (GBytes) matched = known_password (3);
  g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (SignetSecret) content = NULL;
  g_autoptr (SignetSecret) other = NULL;

  ASN1_OCTET_STRING_free (info->value.pwri->encrypted_key);
  info->value.pwri->encrypted_key = signet_cms_wrap (kek, cek, &error);
  g_assert_no_error (error);
  mismatched = take_der (make_enveloped (info, 3, TRUE));
  content = open_with (mismatched, PASSWORD, NULL, remarks, &error);
  g_assert_no_error (error);
  kit_assert_secret (content, KIT_TEXT);
  g_assert_cmpuint (remarks->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (remarks, 0), "128 bits"));
  other = open_with (matched, PASSWORD, NULL, remarks, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (remarks->len, ==, 1);
}

static GBytes *
with_version (GBytes *enveloped,
              long    version)
{
  const guint8 *cursor = g_bytes_get_data (enveloped, NULL);
  SignetEnvelopedData *decoded = d2i_SignetEnvelopedData (NULL, &cursor, (long) g_bytes_get_size (enveloped));

  ASN1_INTEGER_set (decoded->version, version);
  return take_der (decoded);
}

static void
assert_version (GBytes             *enveloped,
                SignetCmpRecipient  recipient,
                long                version,
                gboolean            accepted)
{
  g_autoptr (GBytes) changed = with_version (enveloped, version);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) content = signet_cmp_envelope_open (changed, &recipient, authority, NULL, NULL, &error);

  g_assert_cmpint (content != NULL, ==, accepted);
  if (!accepted)
    g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
}

static void
test_versions (void)
{
  const PartyUsage any = { NULL };
  g_autoptr (Party) rsa = party_new ("rsa:2048", "Recipient", NULL, any);
  g_autoptr (Party) ec = party_new ("ec:P-256", "Recipient", NULL, any);
  g_autoptr (SignetSecret) text = kit_secret (KIT_TEXT);
  g_autoptr (SignetSecret) password = kit_secret (PASSWORD);
  SignetCmpRecipient knowing = { .secret = password };
  g_autoptr (GBytes) ktri = kit_encrypt (KIT_TEXT, rsa, EVP_aes_128_cbc (), CMS_USE_KEYID, NULL, NULL);
  g_autoptr (GBytes) kari = signet_cmp_envelope_seal (SIGNET_CMS_DATA, text, ec->certificate, NULL, authority, SIGNET_CMP_RSA_OAEP, NULL);
  g_autoptr (GBytes) kemri = signet_cmp_envelope_seal (SIGNET_CMS_DATA, text, rsa->certificate, NULL, authority, SIGNET_CMP_RSA_KEM, NULL);
  g_autoptr (GBytes) pwri = known_password (0);

  for (long version = 0; version <= 5; version++)
    {
      assert_version (ktri, party_recipient (rsa), version, version == 0 || version == 2);
      assert_version (kari, party_recipient (ec), version, version == 0 || version == 2);
      assert_version (kemri, party_recipient (rsa), version, version == 0 || version == 3);
      assert_version (pwri, knowing, version, version == 0 || version == 3);
    }
}

static void
test_one_recipient (void)
{
  SignetEnvelopedData *enveloped = make_enveloped (make_pwri (PBKDF2_HEX, NID_id_aes256_wrap, WRAPPED_HEX), 3, FALSE);
  SignetEnvelopedData *empty = make_enveloped (make_pwri (PBKDF2_HEX, NID_id_aes256_wrap, WRAPPED_HEX), 3, FALSE);
  g_autoptr (GBytes) two = NULL;
  g_autoptr (GBytes) none = NULL;

  sk_SignetRecipientInfo_push (enveloped->recipient_infos, make_pwri (PBKDF2_HEX, NID_id_aes256_wrap, WRAPPED_HEX));
  two = take_der (enveloped);
  assert_password_refused (two, PASSWORD, SIGNET_CMP_ERROR_CONTENT);
  SignetRecipientInfo_free (sk_SignetRecipientInfo_pop (empty->recipient_infos));
  none = take_der (empty);
  assert_password_refused (none, PASSWORD, SIGNET_CMP_ERROR_CONTENT);
}

/* KEKRecipientInfo, which libcrypto makes and RFC 9481 §4.3 rules out. */
static void
test_kek_refused (void)
{
  g_autoptr (BIO) bio = BIO_new_mem_buf (KIT_TEXT, -1);
  CMS_ContentInfo *cms = CMS_encrypt (NULL, bio, EVP_aes_128_cbc (), CMS_PARTIAL | CMS_BINARY);
  guint8 *key = OPENSSL_zalloc (16);
  guint8 *id = OPENSSL_zalloc (4);
  g_autoptr (GBytes) enveloped = NULL;

  g_assert_nonnull (CMS_add0_recipient_key (cms, NID_id_aes128_wrap, key, 16, id, 4, NULL, NULL, NULL));
  g_assert_cmpint (CMS_final (cms, bio, NULL, CMS_BINARY), ==, 1);
  enveloped = kit_unwrap (cms);
  CMS_ContentInfo_free (cms);
  assert_password_refused (enveloped, "0123456789abcdef", SIGNET_CMP_ERROR_UNSUPPORTED);
}

/* The content-encryption key of what was encrypted with PASSWORD. */
static SignetSecret *
key_of (GBytes *enveloped)
{
  const guint8 *cursor = g_bytes_get_data (enveloped, NULL);
  g_autoptr (SignetEnvelopedData) decoded = d2i_SignetEnvelopedData (NULL, &cursor, (long) g_bytes_get_size (enveloped));
  g_autoptr (SignetSecret) password = kit_secret (PASSWORD);
  SignetCmpRecipient recipient = { .secret = password };
  SignetEnvelopeOpening opening = { &recipient, authority, 32, NULL, NULL };
  g_autoptr (GError) error = NULL;
  SignetSecret *cek = signet_envelope_open_pwri (&opening, sk_SignetRecipientInfo_value (decoded->recipient_infos, 0)->value.pwri, &error);

  g_assert_no_error (error);
  return cek;
}

static void
test_seal_password (void)
{
  g_autoptr (SignetSecret) text = kit_secret (KIT_TEXT);
  g_autoptr (SignetSecret) password = kit_secret (PASSWORD);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) first = signet_cmp_envelope_seal (SIGNET_CMS_DATA, text, NULL, password, authority, SIGNET_CMP_RSA_OAEP, &error);
  g_autoptr (GBytes) second = signet_cmp_envelope_seal (SIGNET_CMS_DATA, text, NULL, password, authority, SIGNET_CMP_RSA_OAEP, &error);
  const guint8 *cursor = g_bytes_get_data (first, NULL);
  g_autoptr (SignetEnvelopedData) decoded = d2i_SignetEnvelopedData (NULL, &cursor, (long) g_bytes_get_size (first));
  g_autoptr (SignetSecret) first_key = key_of (first);
  g_autoptr (SignetSecret) second_key = key_of (second);
  const SignetRecipientInfo *info = sk_SignetRecipientInfo_value (decoded->recipient_infos, 0);

  g_assert_no_error (error);
  g_assert_false (signet_secret_equal (first_key, second_key));
  assert_password_opens (first, PASSWORD, KIT_TEXT);
  assert_password_opens (second, PASSWORD, KIT_TEXT);
  g_assert_cmpint (ASN1_INTEGER_get (decoded->version), ==, 3);
  g_assert_cmpint (sk_SignetRecipientInfo_num (decoded->recipient_infos), ==, 1);
  g_assert_cmpint (ASN1_INTEGER_get (info->value.pwri->version), ==, 0);
  g_assert_cmpint (OBJ_obj2nid (info->value.pwri->key_encryption_algorithm->algorithm), ==, NID_id_aes256_wrap);
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
      changed = take_der (enveloped);
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

/* By what the recipient has: a certificate's key and usage, or a secret. */
static void
test_choice (void)
{
  static const struct {
    const char *spec;
    const char *usage;
    SignetCmpRsaTransport rsa;
    int type;
  } cases[] = {
    { "rsa:2048", "keyEncipherment", SIGNET_CMP_RSA_OAEP, SIGNET_RECIPIENT_KTRI },
    { "rsa:2048", NULL, SIGNET_CMP_RSA_PKCS1, SIGNET_RECIPIENT_KTRI },
    { "rsa:2048", "keyEncipherment", SIGNET_CMP_RSA_KEM, SIGNET_RECIPIENT_ORI },
    { "ec:P-256", "keyAgreement", SIGNET_CMP_RSA_OAEP, SIGNET_RECIPIENT_KARI },
    { "x25519", NULL, SIGNET_CMP_RSA_OAEP, SIGNET_RECIPIENT_KARI },
    { "x448", "keyAgreement", SIGNET_CMP_RSA_OAEP, SIGNET_RECIPIENT_KARI },
    { "rsa:2048", "digitalSignature", SIGNET_CMP_RSA_OAEP, -1 },
    { "rsa:2048", "keyAgreement", SIGNET_CMP_RSA_OAEP, -1 },
    { "ec:P-256", "digitalSignature,keyEncipherment", SIGNET_CMP_RSA_OAEP, -1 },
    { "ed25519", NULL, SIGNET_CMP_RSA_OAEP, -1 },
  };
  const PartyUsage ca = { .key_usage = "keyCertSign", .ca = TRUE };
  g_autoptr (Party) root = party_new ("ec:P-256", "Root", NULL, ca);
  g_autoptr (SignetSecret) text = kit_secret (KIT_TEXT);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const PartyUsage usage = { .key_usage = cases[i].usage };
      g_autoptr (Party) party = party_new (cases[i].spec, "Recipient", root, usage);
      SignetCmpRecipient recipient = party_recipient (party);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) enveloped
        = signet_cmp_envelope_seal (SIGNET_CMS_DATA, text, party->certificate, NULL, authority, cases[i].rsa, &error);
      g_autoptr (SignetEnvelopedData) decoded = NULL;
      g_autoptr (SignetSecret) content = NULL;
      const guint8 *cursor;

      if (cases[i].type < 0)
        {
          g_assert_null (enveloped);
          g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
          continue;
        }
      g_assert_no_error (error);
      cursor = g_bytes_get_data (enveloped, NULL);
      decoded = d2i_SignetEnvelopedData (NULL, &cursor, (long) g_bytes_get_size (enveloped));
      g_assert_cmpint (sk_SignetRecipientInfo_num (decoded->recipient_infos), ==, 1);
      g_assert_cmpint (sk_SignetRecipientInfo_value (decoded->recipient_infos, 0)->type, ==, cases[i].type);
      content = signet_cmp_envelope_open (enveloped, &recipient, authority, NULL, NULL, &error);
      g_assert_no_error (error);
      kit_assert_secret (content, KIT_TEXT);
    }
}

static void
test_garbage (void)
{
  g_autoptr (GBytes) right = known_password (3);
  gsize size = g_bytes_get_size (right);

  for (gsize cut = 0; cut < size; cut++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (right, 0, cut);

      assert_password_refused (part, PASSWORD, SIGNET_CMP_ERROR_MALFORMED);
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
  signet_cmp_authority_set_mac_parameters (authority, "SHA256", 2000);
  g_test_add_func ("/cmp/envelope/password/known-answer/R332", test_password_known_answer);
  g_test_add_func ("/cmp/envelope/password/pwri-kek-of-libcrypto/R332", test_password_from_libcrypto);
  g_test_add_func ("/cmp/envelope/password/bounds", test_password_bounds);
  g_test_add_func ("/cmp/envelope/password/remarks-on-the-salt-of-the-mac/R390", test_salt);
  g_test_add_func ("/cmp/envelope/password/seals-anew-each-time/R349", test_seal_password);
  g_test_add_func ("/cmp/envelope/sizes-of-keys-are-compared/R336", test_sizes);
  g_test_add_func ("/cmp/envelope/versions/R328", test_versions);
  g_test_add_func ("/cmp/envelope/one-recipient/R329", test_one_recipient);
  g_test_add_func ("/cmp/envelope/refuses-kek-recipient", test_kek_refused);
  g_test_add_func ("/cmp/envelope/kem/rsa-known-answers/R333,R334,R395", test_rsa_kem);
  g_test_add_func ("/cmp/envelope/kem/deviations/R333", test_kem_deviations);
  g_test_add_func ("/cmp/envelope/kem/shared-secret-is-dropped/R335", test_kem_secret_dropped);
  g_test_add_func ("/cmp/envelope/kem/seals-with-rsa-kem/R395", test_seal_kem);
  g_test_add_func ("/cmp/envelope/kem/ml-kem-derivation-known-answer/R333,R394", test_ml_kem_derivation);
  g_test_add_func ("/cmp/envelope/kem/ml-kem-known-answer/R333,R394", test_ml_kem);
  g_test_add_func ("/cmp/envelope/kem/seals-with-ml-kem/R394", test_seal_ml_kem);
  g_test_add_func ("/cmp/envelope/technique-by-credential/R350", test_choice);
  g_test_add_func ("/cmp/envelope/cut-short", test_garbage);
  status = g_test_run ();
  g_clear_object (&authority);
  return status;
}
