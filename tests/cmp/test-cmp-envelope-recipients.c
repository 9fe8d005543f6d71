/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"

/* Passwords, and what of EnvelopedData is bounded: known answers, and messages put together here. */

#define PASSWORD "SiemensIT"
#define CEK_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define WRAPPED_HEX "c2211975ca7961f71bac7ab9495bbf5e175d70c4042afa697b80b47aaadd54fcc1044ddda44d9248"
/* PBKDF2 with HMAC-SHA-256, salt 0011223344556677, 10,000 rounds, 32 octets */
#define PBKDF2_HEX "302c06092a864886f70d01050c301f04080011223344556677020227100201" \
                   "20300c06082a864886f70d02090500"

static SignetCmpAuthority *authority;

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
  g_test_add_func ("/cmp/envelope/technique-by-credential/R350", test_choice);
  g_test_add_func ("/cmp/envelope/cut-short", test_garbage);
  status = g_test_run ();
  g_clear_object (&authority);
  return status;
}
