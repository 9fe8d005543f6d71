/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-kem.h"

#include <glib/gi18n-lib.h>
#include <openssl/asn1t.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-kdf.h"
#include "cmp/cmp-signature.h"
#include "pki/pki-thread.h"

#define OID_KEM_RSA "1.0.18033.2.2.4"
#define OID_TEXT_SIZE 128
#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 16384

/* RsaKemParameters, RFC 9690 App. B: only here */
typedef struct {
  X509_ALGOR *kdf;
  ASN1_INTEGER *key_length;
} RsaKemParameters;

ASN1_SEQUENCE (RsaKemParameters) = {
  ASN1_SIMPLE (RsaKemParameters, kdf, X509_ALGOR),
  ASN1_SIMPLE (RsaKemParameters, key_length, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END (RsaKemParameters)

static const struct {
  const char *key_type;
  const char *oid;
} mechanisms[] = {
  { "RSA", OID_KEM_RSA },
  { "ML-KEM-512", "2.16.840.1.101.3.4.4.1" },
  { "ML-KEM-768", "2.16.840.1.101.3.4.4.2" },
  { "ML-KEM-1024", "2.16.840.1.101.3.4.4.3" },
};

static const char *
mechanism_of (EVP_PKEY *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (mechanisms); i++)
    if (EVP_PKEY_is_a (key, mechanisms[i].key_type))
      return mechanisms[i].oid;

  return NULL;
}

gboolean
signet_cmp_kem_check_key (EVP_PKEY  *key,
                          GError   **error)
{
  const char *type = EVP_PKEY_get0_type_name (key);

  if (mechanism_of (key) == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("No secret can be encapsulated with a key of the kind %s; only RSA and ML-KEM keys are used for that"),
                   type != NULL ? type : "?");
      return FALSE;
    }
  if (EVP_PKEY_is_a (key, "RSA") && EVP_PKEY_get_bits (key) < RSA_MIN_BITS)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK, _("An RSA key of %d bits is too short; at least %d are demanded"),
                   EVP_PKEY_get_bits (key), RSA_MIN_BITS);
      return FALSE;
    }
  if (EVP_PKEY_is_a (key, "RSA") && EVP_PKEY_get_bits (key) > RSA_MAX_BITS)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("An RSA key of %d bits is too long; at most %d are taken"),
                   EVP_PKEY_get_bits (key), RSA_MAX_BITS);
      return FALSE;
    }

  return TRUE;
}

/* RSA-KEM goes on from what RSASVE gives: SS = KDF (Z, ssLen), RFC 9690 §1.2. Takes @secret. */
static SignetSecret *
derive_rsa (SignetSecret      *secret,
            const X509_ALGOR  *kdf,
            gsize              size,
            GError           **error)
{
  g_autoptr (SignetSecret) integer = secret;
  g_autoptr (X509_ALGOR) default_kdf = signet_cmp_kdf_new_kdf3 ();

  return signet_cmp_kdf_derive (kdf != NULL ? kdf : default_kdf, integer, NULL, size, error);
}

static gboolean
set_operation (EVP_PKEY_CTX *context,
               EVP_PKEY     *key)
{
  return !EVP_PKEY_is_a (key, "RSA") || EVP_PKEY_CTX_set_kem_op (context, "RSASVE") == 1;
}

static void
clear_secret (guint8 *octets,
              gsize   size)
{
  if (octets != NULL)
    OPENSSL_cleanse (octets, size);
  g_free (octets);
}

SignetSecret *
signet_cmp_kem_encapsulate (EVP_PKEY    *key,
                            gsize        secret_size,
                            X509_ALGOR **kem,
                            GBytes     **ciphertext,
                            GError     **error)
{
  g_autoptr (EVP_PKEY_CTX) context = NULL;
  g_autofree guint8 *sent = NULL;
  SignetSecret *secret = NULL;
  guint8 *octets = NULL;
  gsize sent_size = 0;
  gsize size = 0;
  gsize allocated = 0;

  signet_assert_may_take_time ();
  if (!signet_cmp_kem_check_key (key, error))
    return NULL;
  context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  if (context != NULL && EVP_PKEY_encapsulate_init (context, NULL) == 1 && set_operation (context, key)
      && EVP_PKEY_encapsulate (context, NULL, &sent_size, NULL, &size) == 1)
    {
      sent = g_malloc (sent_size);
      octets = g_malloc (size);
      allocated = size;
      if (EVP_PKEY_encapsulate (context, sent, &sent_size, octets, &size) == 1)
        secret = signet_secret_new (octets, size);
    }
  clear_secret (octets, allocated);
  if (secret == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("No secret could be encapsulated"));
      return NULL;
    }
  if (EVP_PKEY_is_a (key, "RSA"))
    secret = derive_rsa (secret, NULL, secret_size, error);
  if (secret == NULL)
    return NULL;
  if (kem != NULL)
    {
      *kem = X509_ALGOR_new ();
      X509_ALGOR_set0 (*kem, OBJ_txt2obj (mechanism_of (key), 1), V_ASN1_UNDEF, NULL);
    }
  *ciphertext = g_bytes_new_take (g_steal_pointer (&sent), sent_size);

  return secret;
}

void
signet_cmp_kem_set_parameters (X509_ALGOR *kem,
                               gsize       secret_size)
{
  RsaKemParameters *params;
  ASN1_STRING *packed;
  char oid[OID_TEXT_SIZE];

  if (OBJ_obj2txt (oid, sizeof oid, kem->algorithm, 1) <= 0 || !g_str_equal (oid, OID_KEM_RSA))
    return;
  params = (RsaKemParameters *) ASN1_item_new (ASN1_ITEM_rptr (RsaKemParameters));
  X509_ALGOR_free (params->kdf);
  params->kdf = signet_cmp_kdf_new_kdf3 ();
  ASN1_INTEGER_set_uint64 (params->key_length, secret_size);
  packed = ASN1_item_pack (params, ASN1_ITEM_rptr (RsaKemParameters), NULL);
  X509_ALGOR_set0 (kem, OBJ_dup (kem->algorithm), V_ASN1_SEQUENCE, packed);
  ASN1_item_free ((ASN1_VALUE *) params, ASN1_ITEM_rptr (RsaKemParameters));
}

/* @kdf: (out) (transfer full) (nullable): what RsaKemParameters name; @size stays where there are none. */
static gboolean
read_mechanism (SignetKey         *key,
                const X509_ALGOR  *kem,
                X509_ALGOR       **kdf,
                gsize             *size,
                GError           **error)
{
  const char *expected = mechanism_of (signet_key_get_pkey (key));
  g_autofree char *name = signet_cmp_algorithm_name (kem);
  RsaKemParameters *params = NULL;
  char oid[OID_TEXT_SIZE];
  gint64 length = 0;
  gboolean ok = FALSE;

  if (OBJ_obj2txt (oid, sizeof oid, kem->algorithm, 1) <= 0 || g_strcmp0 (oid, expected) != 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("The secret was encapsulated with “%s”, which does not fit the key (%s)"), name, signet_key_get_spec (key));
      return FALSE;
    }
  if (kem->parameter == NULL)
    return TRUE;
  if (g_str_equal (oid, OID_KEM_RSA) && ASN1_TYPE_get (kem->parameter) == V_ASN1_SEQUENCE)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (RsaKemParameters), kem->parameter);
  if (params != NULL && signet_asn1_get_int64 (params->key_length, &length) && length >= 16 && length <= SIGNET_CMP_KDF_MAX_SIZE)
    {
      *kdf = g_steal_pointer (&params->kdf);
      *size = (gsize) length;
      ok = TRUE;
    }
  if (params != NULL)
    ASN1_item_free ((ASN1_VALUE *) params, ASN1_ITEM_rptr (RsaKemParameters));
  ERR_clear_error ();
  if (!ok)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("The parameters of the key encapsulation “%s” cannot be used"),
                 name);

  return ok;
}

SignetSecret *
signet_cmp_kem_decapsulate (SignetKey         *key,
                            const X509_ALGOR  *kem,
                            GBytes            *ciphertext,
                            gsize              secret_size,
                            GError           **error)
{
  g_autoptr (EVP_PKEY_CTX) context = NULL;
  g_autoptr (X509_ALGOR) kdf = NULL;
  SignetSecret *secret = NULL;
  EVP_PKEY *pkey = signet_key_get_pkey (key);
  guint8 *octets = NULL;
  gsize allocated = 0;
  gsize size = 0;

  signet_assert_may_take_time ();
  if (!signet_cmp_kem_check_key (pkey, error) || !read_mechanism (key, kem, &kdf, &secret_size, error))
    return NULL;
  context = EVP_PKEY_CTX_new_from_pkey (NULL, pkey, NULL);
  if (context != NULL && EVP_PKEY_decapsulate_init (context, NULL) == 1 && set_operation (context, pkey)
      && EVP_PKEY_decapsulate (context, NULL, &size, g_bytes_get_data (ciphertext, NULL), g_bytes_get_size (ciphertext)) == 1)
    {
      octets = g_malloc (size);
      allocated = size;
      if (EVP_PKEY_decapsulate (context, octets, &size, g_bytes_get_data (ciphertext, NULL), g_bytes_get_size (ciphertext)) == 1)
        secret = signet_secret_new (octets, size);
    }
  clear_secret (octets, allocated);
  if (secret == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION,
                                _("The encapsulated secret that came is none for this key"));
      return NULL;
    }

  return EVP_PKEY_is_a (pkey, "RSA") ? derive_rsa (secret, kdf, secret_size, error) : secret;
}
