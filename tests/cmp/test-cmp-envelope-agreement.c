/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/kdf.h>

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-envelope-private.h"

/*
 * Key agreement that libcrypto's CMS does not make on 3.0: X25519 and X448, HKDF, originators that are only named. Agreed, derived and wrapped
 * here with EVP alone.
 */

static const PartyUsage agree = { .key_usage = "keyAgreement" };
static const PartyUsage ca_usage = { .key_usage = "keyCertSign", .ca = TRUE };

static SignetCmpAuthority *authority;
static Party *root;

typedef enum {
  BY_KEY,
  BY_KEY_IDENTIFIER,
  BY_ISSUER_AND_SERIAL,
} Naming;

typedef struct {
  const char *scheme;
  const char *kdf;
  const char *digest;
  int wrap;
  gsize size;
  const char *ukm;                       /* (nullable) */
  Naming naming;
  const char *shared_info;               /* hexadecimal of DER ECC-CMS-SharedInfo */
} Plan;

#define INFO_128 "3015300b0609608648016503040105a206040400000080"
#define INFO_192 "3015300b0609608648016503040119a2060404000000c0"
#define INFO_256 "3015300b060960864801650304012da206040400000100"
#define INFO_256_UKM "301d300b060960864801650304012da0060404" "73616c74a206040400000100"

static void
derive (const Plan   *plan,
        const guint8 *shared,
        gsize         size,
        guint8       *kek)
{
  g_autoptr (EVP_KDF) kdf = EVP_KDF_fetch (NULL, plan->kdf, NULL);
  g_autoptr (EVP_KDF_CTX) context = EVP_KDF_CTX_new (kdf);
  g_autoptr (GBytes) info = corpus_hex (plan->shared_info);
  OSSL_PARAM params[5];
  guint n = 0;

  params[n++] = OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *) plan->digest, 0);
  params[n++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_KEY, (void *) shared, size);
  params[n++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_INFO, (void *) g_bytes_get_data (info, NULL), g_bytes_get_size (info));
  if (plan->ukm != NULL && g_str_equal (plan->kdf, "HKDF"))
    params[n++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_SALT, (void *) plan->ukm, strlen (plan->ukm));
  params[n] = OSSL_PARAM_construct_end ();
  g_assert_cmpint (EVP_KDF_derive (context, kek, plan->size, params), ==, 1);
}

static void
wrap_key (const Plan        *plan,
          const guint8      *kek,
          const guint8      *key,
          ASN1_OCTET_STRING *wrapped)
{
  const EVP_CIPHER *cipher = plan->size == 16 ? EVP_aes_128_wrap () : plan->size == 24 ? EVP_aes_192_wrap () : EVP_aes_256_wrap ();
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  guint8 octets[64];
  int length;

  EVP_CIPHER_CTX_set_flags (context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  g_assert_cmpint (EVP_EncryptInit_ex (context, cipher, NULL, kek, NULL), ==, 1);
  g_assert_cmpint (EVP_EncryptUpdate (context, octets, &length, key, (int) plan->size), ==, 1);
  ASN1_OCTET_STRING_set (wrapped, octets, length);
}

static void
set_originator (SignetOriginatorIdentifierOrKey *originator,
                const Plan                      *plan,
                const Party                     *sender)
{
  X509 *x509 = signet_certificate_get_x509 (sender->certificate);
  GBytes *spki = signet_key_get_public (sender->key);
  g_autoptr (SignetPublicKeyInfo) info = signet_asn1_decode (g_bytes_get_data (spki, NULL), g_bytes_get_size (spki), ASN1_ITEM_rptr (SignetPublicKeyInfo));

  switch (plan->naming)
    {
    case BY_KEY:
      originator->type = SIGNET_ORIGINATOR_KEY;
      originator->value.originator_key = SignetOriginatorPublicKey_new ();
      X509_ALGOR_copy (originator->value.originator_key->algorithm, info->algorithm);
      ASN1_BIT_STRING_free (originator->value.originator_key->public_key);
      originator->value.originator_key->public_key = g_steal_pointer (&info->key);
      break;
    case BY_KEY_IDENTIFIER:
      originator->type = SIGNET_ORIGINATOR_KEY_IDENTIFIER;
      originator->value.subject_key_identifier = ASN1_OCTET_STRING_dup (X509_get0_subject_key_id (x509));
      break;
    case BY_ISSUER_AND_SERIAL:
      originator->type = SIGNET_ORIGINATOR_ISSUER_AND_SERIAL;
      originator->value.issuer_and_serial_number = PKCS7_ISSUER_AND_SERIAL_new ();
      X509_NAME_set (&originator->value.issuer_and_serial_number->issuer, X509_get_issuer_name (x509));
      ASN1_INTEGER_free (originator->value.issuer_and_serial_number->serial);
      originator->value.issuer_and_serial_number->serial = ASN1_INTEGER_dup (X509_get0_serialNumber (x509));
      break;
    default:
      g_assert_not_reached ();
    }
}

static SignetRecipientInfo *
make_kari (const Plan   *plan,
           const Party  *recipient,
           const Party  *sender,
           const guint8 *key)
{
  SignetRecipientInfo *info = SignetRecipientInfo_new ();
  SignetKeyAgreeRecipientInfo *kari = SignetKeyAgreeRecipientInfo_new ();
  SignetRecipientEncryptedKey *encrypted = SignetRecipientEncryptedKey_new ();
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (signet_key_get_pkey (sender->key), NULL);
  g_autoptr (X509_ALGOR) wrap = X509_ALGOR_new ();
  ASN1_STRING *packed = NULL;
  guint8 shared[128];
  guint8 kek[64];
  gsize size = sizeof shared;

  info->type = SIGNET_RECIPIENT_KARI;
  info->value.kari = kari;
  ASN1_INTEGER_set (kari->version, 3);
  set_originator (kari->originator, plan, sender);
  if (plan->ukm != NULL)
    {
      kari->ukm = ASN1_OCTET_STRING_new ();
      ASN1_OCTET_STRING_set (kari->ukm, (const guint8 *) plan->ukm, -1);
    }
  X509_ALGOR_set0 (wrap, OBJ_nid2obj (plan->wrap), V_ASN1_UNDEF, NULL);
  g_assert_nonnull (ASN1_item_pack (wrap, ASN1_ITEM_rptr (X509_ALGOR), &packed));
  X509_ALGOR_set0 (kari->key_encryption_algorithm, OBJ_txt2obj (plan->scheme, 1), V_ASN1_SEQUENCE, packed);

  g_assert_cmpint (EVP_PKEY_derive_init (context), ==, 1);
  g_assert_cmpint (EVP_PKEY_derive_set_peer (context, signet_key_get_pkey (recipient->key)), ==, 1);
  g_assert_cmpint (EVP_PKEY_derive (context, shared, &size), ==, 1);
  derive (plan, shared, size, kek);
  wrap_key (plan, kek, key, encrypted->encrypted_key);
  encrypted->rid->type = 1;
  encrypted->rid->value.r_key_id = SignetRecipientKeyIdentifier_new ();
  ASN1_OCTET_STRING_free (encrypted->rid->value.r_key_id->subject_key_identifier);
  encrypted->rid->value.r_key_id->subject_key_identifier
    = ASN1_OCTET_STRING_dup (X509_get0_subject_key_id (signet_certificate_get_x509 (recipient->certificate)));
  sk_SignetRecipientEncryptedKey_push (kari->recipient_encrypted_keys, encrypted);
  return info;
}

static GBytes *
make_enveloped (const Plan  *plan,
                const Party *recipient,
                const Party *sender)
{
  g_autoptr (SignetEnvelopedData) enveloped = SignetEnvelopedData_new ();
  SignetEncryptedContentInfo *content = enveloped->encrypted_content_info;
  const EVP_CIPHER *cipher = plan->size == 16 ? EVP_aes_128_cbc () : plan->size == 24 ? EVP_aes_192_cbc () : EVP_aes_256_cbc ();
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  ASN1_OCTET_STRING *iv = ASN1_OCTET_STRING_new ();
  guint8 key[32];
  guint8 octets[128];
  int length;
  int rest;

  memset (key, 0x6b, sizeof key);
  ASN1_INTEGER_set (enveloped->version, 2);
  sk_SignetRecipientInfo_push (enveloped->recipient_infos, make_kari (plan, recipient, sender, key));
  ASN1_OCTET_STRING_set (iv, key, 16);
  EVP_EncryptInit_ex (context, cipher, NULL, key, ASN1_STRING_get0_data (iv));
  EVP_EncryptUpdate (context, octets, &length, (const guint8 *) KIT_TEXT, sizeof KIT_TEXT - 1);
  EVP_EncryptFinal_ex (context, octets + length, &rest);
  content->content_type = OBJ_nid2obj (NID_pkcs7_data);
  X509_ALGOR_set0 (content->content_encryption_algorithm, OBJ_nid2obj (EVP_CIPHER_get_nid (cipher)), V_ASN1_OCTET_STRING, iv);
  content->encrypted_content = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (content->encrypted_content, octets, length + rest);
  return signet_asn1_encode (enveloped, ASN1_ITEM_rptr (SignetEnvelopedData));
}

static SignetSecret *
open (const Plan   *plan,
      const Party  *recipient,
      const Party  *sender,
      GPtrArray    *originators,
      GError      **error)
{
  g_autoptr (GBytes) enveloped = make_enveloped (plan, recipient, sender);
  SignetCmpRecipient holder = party_recipient (recipient);

  holder.originators = originators;
  return signet_cmp_envelope_open (enveloped, &holder, authority, NULL, NULL, error);
}

#define STD_256 "1.3.132.1.11.1"
#define HKDF_256 "1.2.840.113549.1.9.16.3.19"
#define HKDF_384 "1.2.840.113549.1.9.16.3.20"
#define HKDF_512 "1.2.840.113549.1.9.16.3.21"

static void
test_schemes (void)
{
  static const Plan plans[] = {
    { STD_256, "X963KDF", "SHA256", NID_id_aes128_wrap, 16, NULL, BY_KEY, INFO_128 },
    { STD_256, "X963KDF", "SHA256", NID_id_aes192_wrap, 24, NULL, BY_KEY, INFO_192 },
    { STD_256, "X963KDF", "SHA256", NID_id_aes256_wrap, 32, NULL, BY_KEY, INFO_256 },
    { STD_256, "X963KDF", "SHA256", NID_id_aes256_wrap, 32, "salt", BY_KEY, INFO_256_UKM },
    { "1.3.132.1.11.3", "X963KDF", "SHA512", NID_id_aes256_wrap, 32, NULL, BY_KEY, INFO_256 },
    { HKDF_256, "HKDF", "SHA256", NID_id_aes128_wrap, 16, NULL, BY_KEY, INFO_128 },
    { HKDF_384, "HKDF", "SHA384", NID_id_aes256_wrap, 32, NULL, BY_KEY, INFO_256 },
    { HKDF_512, "HKDF", "SHA512", NID_id_aes256_wrap, 32, "salt", BY_KEY, INFO_256_UKM },
  };
  static const char *const specs[] = { "x25519", "x448", "ec:P-256", "ec:P-384" };

  for (guint s = 0; s < G_N_ELEMENTS (specs); s++)
    {
      g_autoptr (Party) recipient = party_new (specs[s], "Recipient", root, agree);
      g_autoptr (Party) sender = party_new (specs[s], "Sender", root, agree);

      for (guint i = 0; i < G_N_ELEMENTS (plans); i++)
        {
          g_autoptr (GError) error = NULL;
          g_autoptr (SignetSecret) content = open (&plans[i], recipient, sender, NULL, &error);

          g_assert_no_error (error);
          kit_assert_secret (content, KIT_TEXT);
        }
    }
}

/* RFC 9483 §4.1.6.2 names a certificate: with something new in it that is taken, if the certificate is at hand. */
static void
test_named_originator (void)
{
  static const Naming namings[] = { BY_KEY_IDENTIFIER, BY_ISSUER_AND_SERIAL };
  g_autoptr (Party) recipient = party_new ("ec:P-256", "Recipient", root, agree);
  g_autoptr (Party) sender = party_new ("ec:P-256", "Sender", root, agree);
  g_autoptr (GPtrArray) originators = g_ptr_array_new ();

  g_ptr_array_add (originators, root->certificate);
  g_ptr_array_add (originators, sender->certificate);
  for (guint i = 0; i < G_N_ELEMENTS (namings); i++)
    {
      const Plan plan = { STD_256, "X963KDF", "SHA256", NID_id_aes256_wrap, 32, "salt", namings[i], INFO_256_UKM };
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) reason = NULL;
      g_autoptr (SignetSecret) content = open (&plan, recipient, sender, originators, &error);
      g_autoptr (SignetSecret) none = open (&plan, recipient, sender, NULL, &reason);

      g_assert_no_error (error);
      kit_assert_secret (content, KIT_TEXT);
      g_assert_null (none);
      g_assert_error (reason, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
    }
}

/* Or if it came with it, in OriginatorInfo. */
static void
test_originator_info (void)
{
  const Plan plan = { STD_256, "X963KDF", "SHA256", NID_id_aes256_wrap, 32, "salt", BY_KEY_IDENTIFIER, INFO_256_UKM };
  g_autoptr (Party) recipient = party_new ("ec:P-256", "Recipient", root, agree);
  g_autoptr (Party) sender = party_new ("ec:P-256", "Sender", root, agree);
  g_autoptr (GBytes) bare = make_enveloped (&plan, recipient, sender);
  GBytes *der = signet_certificate_get_der (sender->certificate);
  const guint8 *cursor = g_bytes_get_data (bare, NULL);
  g_autoptr (SignetEnvelopedData) enveloped = d2i_SignetEnvelopedData (NULL, &cursor, (long) g_bytes_get_size (bare));
  SignetCmpRecipient holder = party_recipient (recipient);
  g_autoptr (GBytes) complete = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) content = NULL;

  cursor = g_bytes_get_data (der, NULL);
  enveloped->originator_info = SignetOriginatorInfo_new ();
  enveloped->originator_info->certs = sk_ASN1_TYPE_new_null ();
  sk_ASN1_TYPE_push (enveloped->originator_info->certs, d2i_ASN1_TYPE (NULL, &cursor, (long) g_bytes_get_size (der)));
  complete = signet_asn1_encode (enveloped, ASN1_ITEM_rptr (SignetEnvelopedData));
  content = signet_cmp_envelope_open (complete, &holder, authority, NULL, NULL, &error);
  g_assert_no_error (error);
  kit_assert_secret (content, KIT_TEXT);
}

static void
test_static_static (void)
{
  const Plan plan = { STD_256, "X963KDF", "SHA256", NID_id_aes256_wrap, 32, NULL, BY_KEY_IDENTIFIER, INFO_256 };
  g_autoptr (Party) recipient = party_new ("ec:P-256", "Recipient", root, agree);
  g_autoptr (Party) sender = party_new ("ec:P-256", "Sender", root, agree);
  g_autoptr (GPtrArray) originators = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (originators, sender->certificate);
  g_assert_null (open (&plan, recipient, sender, originators, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
  g_assert_nonnull (strstr (error->message, "static keys of both sides"));
}

typedef void (*Edit) (SignetKeyAgreeRecipientInfo *kari);

static void
edit_version (SignetKeyAgreeRecipientInfo *kari)
{
  ASN1_INTEGER_set (kari->version, 2);
}

static void
edit_rid (SignetKeyAgreeRecipientInfo *kari)
{
  sk_SignetRecipientEncryptedKey_value (kari->recipient_encrypted_keys, 0)->rid->value.r_key_id->subject_key_identifier->data[0] ^= 1;
}

static void
edit_two (SignetKeyAgreeRecipientInfo *kari)
{
  sk_SignetRecipientEncryptedKey_push (kari->recipient_encrypted_keys,
                                       ASN1_item_dup (ASN1_ITEM_rptr (SignetRecipientEncryptedKey),
                                                      sk_SignetRecipientEncryptedKey_value (kari->recipient_encrypted_keys, 0)));
}

static void
edit_mqv (SignetKeyAgreeRecipientInfo *kari)
{
  ASN1_OBJECT_free (kari->key_encryption_algorithm->algorithm);
  kari->key_encryption_algorithm->algorithm = OBJ_txt2obj ("1.3.132.1.15.1", 1);
}

static void
edit_no_wrap (SignetKeyAgreeRecipientInfo *kari)
{
  g_clear_pointer (&kari->key_encryption_algorithm->parameter, ASN1_TYPE_free);
}

static void
edit_point (SignetKeyAgreeRecipientInfo *kari)
{
  kari->originator->value.originator_key->public_key->data[20] ^= 1;
}

static void
edit_kind (SignetKeyAgreeRecipientInfo *kari)
{
  X509_ALGOR_set0 (kari->originator->value.originator_key->algorithm, OBJ_nid2obj (NID_X25519), V_ASN1_UNDEF, NULL);
}

static void
edit_key (SignetKeyAgreeRecipientInfo *kari)
{
  sk_SignetRecipientEncryptedKey_value (kari->recipient_encrypted_keys, 0)->encrypted_key->data[3] ^= 1;
}

static void
edit_ukm (SignetKeyAgreeRecipientInfo *kari)
{
  kari->ukm = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (kari->ukm, (const guint8 *) "other", 5);
}

static void
test_deviations (void)
{
  static const struct {
    Edit edit;
    int code;
  } cases[] = {
    { edit_version, SIGNET_CMP_ERROR_MALFORMED },  { edit_rid, SIGNET_CMP_ERROR_CREDENTIALS }, { edit_two, SIGNET_CMP_ERROR_CONTENT },
    { edit_mqv, SIGNET_CMP_ERROR_UNSUPPORTED },    { edit_no_wrap, SIGNET_CMP_ERROR_MALFORMED }, { edit_point, SIGNET_CMP_ERROR_CREDENTIALS },
    { edit_kind, SIGNET_CMP_ERROR_CREDENTIALS },   { edit_key, SIGNET_CMP_ERROR_CONTENT },      { edit_ukm, SIGNET_CMP_ERROR_CONTENT },
  };
  const Plan plan = { STD_256, "X963KDF", "SHA256", NID_id_aes256_wrap, 32, NULL, BY_KEY, INFO_256 };
  g_autoptr (Party) recipient = party_new ("ec:P-256", "Recipient", root, agree);
  g_autoptr (Party) sender = party_new ("ec:P-256", "Sender", root, agree);
  g_autoptr (GBytes) right = make_enveloped (&plan, recipient, sender);
  SignetCmpRecipient holder = party_recipient (recipient);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint8 *cursor = g_bytes_get_data (right, NULL);
      g_autoptr (SignetEnvelopedData) enveloped = d2i_SignetEnvelopedData (NULL, &cursor, (long) g_bytes_get_size (right));
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GError) error = NULL;

      cases[i].edit (sk_SignetRecipientInfo_value (enveloped->recipient_infos, 0)->value.kari);
      changed = signet_asn1_encode (enveloped, ASN1_ITEM_rptr (SignetEnvelopedData));
      g_assert_null (signet_cmp_envelope_open (changed, &holder, authority, NULL, NULL, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, cases[i].code);
      g_assert_cmpuint (ERR_peek_error (), ==, 0);
    }
}

/* ephemeral-static Diffie-Hellman (id-alg-ESDH), made by libcrypto. */
static void
test_dh (void)
{
  const EVP_CIPHER *ciphers[] = { EVP_aes_128_cbc (), EVP_aes_192_cbc (), EVP_aes_256_cbc () };
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "DHX", NULL);
  g_autoptr (EVP_PKEY) pkey = NULL;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (Party) recipient = NULL;

  /* RFC 5114 §2.3: 2,048 bits, in the form of X9.42 that RFC 3370 §4.1.1 has */
  g_assert_cmpint (EVP_PKEY_keygen_init (context), ==, 1);
  g_assert_cmpint (EVP_PKEY_CTX_set_group_name (context, "dh_2048_256"), ==, 1);
  g_assert_cmpint (EVP_PKEY_generate (context, &pkey), ==, 1);
  key = signet_key_new_for_pkey (pkey);
  recipient = party_new_for_key (key, "Recipient", root, agree);
  for (guint i = 0; i < G_N_ELEMENTS (ciphers); i++)
    {
      g_autoptr (GBytes) enveloped = kit_encrypt (KIT_TEXT, recipient, ciphers[i], CMS_USE_KEYID, NULL, NULL);
      SignetCmpRecipient holder = party_recipient (recipient);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetSecret) content = signet_cmp_envelope_open (enveloped, &holder, authority, NULL, NULL, &error);

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
  authority = signet_cmp_authority_new ();
  root = party_new ("ec:P-256", "Root", NULL, ca_usage);
  g_test_add_func ("/cmp/envelope/agreement/curves-and-derivations/R331", test_schemes);
  g_test_add_func ("/cmp/envelope/agreement/originator-by-certificate/R331", test_named_originator);
  g_test_add_func ("/cmp/envelope/agreement/originator-in-originator-info/R331", test_originator_info);
  g_test_add_func ("/cmp/envelope/agreement/refuses-static-static/R387", test_static_static);
  g_test_add_func ("/cmp/envelope/agreement/deviations", test_deviations);
  g_test_add_func ("/cmp/envelope/agreement/diffie-hellman-of-libcrypto/R386,R387", test_dh);
  status = g_test_run ();
  party_free (root);
  g_clear_object (&authority);
  return status;
}
