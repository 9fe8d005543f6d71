/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-envelope-kit.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#include "cmp/cmp-der.h"
#include "common/extension.h"

#define DAY (24 * 60 * 60)

static SignetKey *
make_key (const char *spec)
{
  g_autoptr (GError) error = NULL;
  SignetKey *key = signet_key_generate (spec, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return key;
}

Party *
party_new_for_key (SignetKey   *key,
                   const char  *name,
                   const Party *issuer,
                   PartyUsage   usage)
{
  Party *self = g_new0 (Party, 1);
  g_autoptr (X509) x509 = X509_new ();
  X509 *issuer_x509 = issuer != NULL ? signet_certificate_get_x509 (issuer->certificate) : x509;
  EVP_PKEY *signing = signet_key_get_pkey (issuer != NULL ? issuer->key : key);
  gint64 serial = g_random_int ();

  self->key = g_object_ref (key);
  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set_int64 (X509_get_serialNumber (x509), serial + 1);
  X509_NAME_add_entry_by_txt (X509_get_subject_name (x509), "CN", MBSTRING_UTF8, (const guint8 *) name, -1, -1, 0);
  X509_set_issuer_name (x509, X509_get_subject_name (issuer_x509));
  X509_gmtime_adj (X509_getm_notBefore (x509), -DAY);
  X509_gmtime_adj (X509_getm_notAfter (x509), DAY);
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  if (usage.ca)
    add_extension (x509, issuer_x509, NID_basic_constraints, "critical,CA:TRUE");
  if (usage.key_usage != NULL)
    add_extension (x509, issuer_x509, NID_key_usage, usage.key_usage);
  if (usage.extended_key_usage != NULL)
    add_extension (x509, issuer_x509, NID_ext_key_usage, usage.extended_key_usage);
  if (!usage.no_key_identifier)
    add_extension (x509, issuer_x509, NID_subject_key_identifier, "hash");
  g_assert_cmpint (X509_sign (x509, signing, EVP_PKEY_is_a (signing, "ED25519") ? NULL : EVP_sha256 ()), >, 0);
  self->certificate = signet_certificate_new_for_x509 (x509);
  return self;
}

Party *
party_new (const char  *spec,
           const char  *name,
           const Party *issuer,
           PartyUsage   usage)
{
  g_autoptr (SignetKey) key = make_key (spec);

  return party_new_for_key (key, name, issuer, usage);
}

void
party_free (Party *self)
{
  g_clear_object (&self->key);
  g_clear_object (&self->certificate);
  g_free (self);
}

SignetCmpRecipient
party_recipient (const Party *self)
{
  return (SignetCmpRecipient) { .key = self->key, .certificate = self->certificate };
}

SignetSecret *
kit_secret (const char *text)
{
  return signet_secret_new (text, strlen (text));
}

void
kit_assert_secret (SignetSecret *secret,
                   const char   *text)
{
  gsize size;
  const guint8 *octets;

  g_assert_nonnull (secret);
  octets = signet_secret_get_data (secret, &size);
  g_assert_cmpmem (octets, size, text, strlen (text));
}

GBytes *
kit_unwrap (CMS_ContentInfo *cms)
{
  unsigned char *der = NULL;
  int size = i2d_CMS_ContentInfo (cms, &der);
  const unsigned char *cursor = der;
  ASN1_TYPE *any;
  GBytes *content;
  long length;
  int tag;
  int class;

  g_assert_cmpint (size, >, 0);
  /* SEQUENCE { contentType, [0] { content } } */
  ASN1_get_object (&cursor, &length, &tag, &class, size);
  any = d2i_ASN1_TYPE (NULL, &cursor, length);
  ASN1_TYPE_free (any);
  ASN1_get_object (&cursor, &length, &tag, &class, der + size - cursor);
  content = g_bytes_new (cursor, length);
  OPENSSL_free (der);
  return content;
}

CMS_ContentInfo *
kit_wrap (GBytes *content,
          int     nid)
{
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  unsigned char *oid = NULL;
  int oid_size = i2d_ASN1_OBJECT (OBJ_nid2obj (nid), &oid);
  int explicit_size = ASN1_object_size (1, (int) g_bytes_get_size (content), 0);
  int total = ASN1_object_size (1, oid_size + explicit_size, V_ASN1_SEQUENCE);
  g_autofree unsigned char *der = g_malloc (total);
  unsigned char *cursor = der;
  const unsigned char *start = der;
  CMS_ContentInfo *cms;

  ASN1_put_object (&cursor, 1, oid_size + explicit_size, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
  memcpy (cursor, oid, oid_size);
  cursor += oid_size;
  ASN1_put_object (&cursor, 1, (int) g_bytes_get_size (content), 0, V_ASN1_CONTEXT_SPECIFIC);
  memcpy (cursor, g_bytes_get_data (content, NULL), g_bytes_get_size (content));
  OPENSSL_free (oid);
  cms = d2i_CMS_ContentInfo (NULL, &start, total);
  g_assert_nonnull (cms);
  return cms;
}

GBytes *
kit_encrypt_octets (SignetSecret     *secret,
                    const char       *content_type,
                    const Party      *recipient,
                    const EVP_CIPHER *cipher,
                    guint             flags,
                    KitTune           tune,
                    gconstpointer     data)
{
  gsize size;
  const guint8 *octets = signet_secret_get_data (secret, &size);
  g_autoptr (BIO) bio = BIO_new_mem_buf (octets, (int) size);
  g_autoptr (ASN1_OBJECT) type = OBJ_txt2obj (content_type, 1);
  CMS_ContentInfo *cms = CMS_encrypt (NULL, bio, cipher, CMS_PARTIAL | CMS_BINARY);
  CMS_RecipientInfo *info;
  GBytes *content;

  g_assert_cmpint (CMS_set1_eContentType (cms, type), ==, 1);
  info = CMS_add1_recipient_cert (cms, signet_certificate_get_x509 (recipient->certificate), flags | CMS_KEY_PARAM);
  g_assert_nonnull (info);
  if (tune != NULL)
    tune (CMS_RecipientInfo_get0_pkey_ctx (info), data);
  g_assert_cmpint (CMS_final (cms, bio, NULL, CMS_BINARY), ==, 1);
  content = kit_unwrap (cms);
  CMS_ContentInfo_free (cms);
  return content;
}

GBytes *
kit_encrypt (const char       *text,
             const Party      *recipient,
             const EVP_CIPHER *cipher,
             guint             flags,
             KitTune           tune,
             gconstpointer     data)
{
  g_autoptr (SignetSecret) secret = kit_secret (text);

  return kit_encrypt_octets (secret, SIGNET_CMS_DATA, recipient, cipher, flags, tune, data);
}

GBytes *
kit_sign (SignetSecret *secret,
          const char   *content_type,
          const Party  *signer,
          const EVP_MD *digest,
          guint         flags)
{
  gsize size;
  const guint8 *octets = signet_secret_get_data (secret, &size);
  g_autoptr (BIO) bio = BIO_new_mem_buf (octets, (int) size);
  g_autoptr (ASN1_OBJECT) type = OBJ_txt2obj (content_type, 1);
  CMS_ContentInfo *cms = CMS_sign (NULL, NULL, NULL, bio, CMS_PARTIAL | CMS_BINARY);
  GBytes *content;

  g_assert_nonnull (cms);
  g_assert_cmpint (CMS_set1_eContentType (cms, type), ==, 1);
  g_assert_nonnull (CMS_add1_signer (cms, signet_certificate_get_x509 (signer->certificate), signet_key_get_pkey (signer->key), digest,
                                     flags | CMS_NOSMIMECAP));
  g_assert_cmpint (CMS_final (cms, bio, NULL, CMS_BINARY), ==, 1);
  content = kit_unwrap (cms);
  CMS_ContentInfo_free (cms);
  return content;
}

SignetSecret *
kit_key_package (SignetKey *key,
                 guint      version,
                 guint      count)
{
  static const guint8 versions[2][3] = { { 2, 1, 0 }, { 2, 1, 1 } };
  PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8 (signet_key_get_pkey (key));
  X509_PUBKEY *public_key = NULL;
  const X509_ALGOR *algorithm;
  const guint8 *octets;
  const guint8 *point;
  unsigned char *algorithm_der = NULL;
  int length;
  int size;
  int point_size;
  g_autoptr (GByteArray) one = g_byte_array_new ();
  g_autoptr (GByteArray) all = g_byte_array_new ();
  g_autoptr (GByteArray) package = g_byte_array_new ();

  g_assert_cmpint (PKCS8_pkey_get0 (NULL, &octets, &size, &algorithm, info), ==, 1);
  g_byte_array_append (one, versions[version], 3);
  length = i2d_X509_ALGOR (algorithm, &algorithm_der);
  g_byte_array_append (one, algorithm_der, length);
  OPENSSL_free (algorithm_der);
  signet_der_append (one, 0x04, octets, size);
  if (version == 1)
    {
      g_autoptr (GByteArray) bits = g_byte_array_new ();
      const guint8 none = 0;

      g_assert_cmpint (X509_PUBKEY_set (&public_key, signet_key_get_pkey (key)), ==, 1);
      X509_PUBKEY_get0_param (NULL, &point, &point_size, NULL, public_key);
      g_byte_array_append (bits, &none, 1);
      g_byte_array_append (bits, point, point_size);
      signet_der_append (one, 0x81, bits->data, bits->len);
      X509_PUBKEY_free (public_key);
    }
  for (guint i = 0; i < count; i++)
    signet_der_append (all, 0x30, one->data, one->len);
  signet_der_append (package, 0x30, all->data, all->len);
  PKCS8_PRIV_KEY_INFO_free (info);
  return signet_secret_new (package->data, package->len);
}

SignetSecret *
kit_decrypt (GBytes      *enveloped,
             const Party *recipient,
             const char  *password)
{
  CMS_ContentInfo *cms = kit_wrap (enveloped, NID_pkcs7_enveloped);
  g_autoptr (BIO) out = BIO_new (BIO_s_mem ());
  SignetSecret *secret = NULL;
  char *octets;
  long size;
  int ok;

  ok = password != NULL ? CMS_decrypt_set1_password (cms, (unsigned char *) password, -1)
                        : CMS_decrypt_set1_pkey (cms, signet_key_get_pkey (recipient->key), signet_certificate_get_x509 (recipient->certificate));
  if (ok == 1 && CMS_decrypt (cms, NULL, NULL, NULL, out, CMS_BINARY) == 1)
    {
      size = BIO_get_mem_data (out, &octets);
      secret = signet_secret_new (octets, size);
    }
  CMS_ContentInfo_free (cms);
  ERR_clear_error ();
  return secret;
}
