/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-kdf.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-signature.h"
#include "pki/pki-thread.h"

#define OID_HKDF_SHA256 "1.2.840.113549.1.9.16.3.28"
#define OID_KDF3 "1.3.133.16.840.9.44.1.2"
#define OID_TEXT_SIZE 128

/* What an OID means to libcrypto. KDF2 and KDF3 have their hash in the parameters. */
static const struct {
  const char *oid;
  const char *name;
  const char *digest;
} functions[] = {
  { OID_HKDF_SHA256, "HKDF", "SHA256" },
  { "1.2.840.113549.1.9.16.3.29", "HKDF", "SHA384" },
  { "1.2.840.113549.1.9.16.3.30", "HKDF", "SHA512" },
  { "1.3.133.16.840.9.44.1.1", "X963KDF", NULL },        /* KDF2: H (Z ‖ counter ‖ info) */
  { OID_KDF3, "SSKDF", NULL },                            /* KDF3: H (counter ‖ Z ‖ info) */
};

static gboolean
refuse (const X509_ALGOR  *kdf,
        GError           **error)
{
  g_autofree char *name = signet_cmp_algorithm_name (kdf);

  ERR_clear_error ();
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
               _("The key derivation “%s”, or its parameters, are not known here"), name);
  return FALSE;
}

static const char *
read_hash (const X509_ALGOR *kdf)
{
  g_autoptr (X509_ALGOR) hash = NULL;

  if (ASN1_TYPE_get (kdf->parameter) == V_ASN1_SEQUENCE)
    hash = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (X509_ALGOR), kdf->parameter);
  switch (hash == NULL ? NID_undef : OBJ_obj2nid (hash->algorithm))
    {
    case NID_sha224:
      return "SHA224";
    case NID_sha256:
      return "SHA256";
    case NID_sha384:
      return "SHA384";
    case NID_sha512:
      return "SHA512";
    default:
      return NULL;
    }
}

/* The name of the function for libcrypto, and @digest; %FALSE where they are not known. */
static gboolean
read_function (const X509_ALGOR  *kdf,
               const char       **name,
               const char       **digest,
               GError           **error)
{
  char oid[OID_TEXT_SIZE];

  if (OBJ_obj2txt (oid, sizeof oid, kdf->algorithm, 1) <= 0)
    *oid = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    {
      if (!g_str_equal (functions[i].oid, oid))
        continue;
      *name = functions[i].name;
      *digest = functions[i].digest;
      /* RFC 8619 §2: no parameters, not even NULL. */
      if (functions[i].digest != NULL)
        return kdf->parameter == NULL || refuse (kdf, error);
      *digest = kdf->parameter == NULL ? NULL : read_hash (kdf);
      return *digest != NULL || refuse (kdf, error);
    }
  return refuse (kdf, error);
}

SignetSecret *
signet_cmp_kdf_derive (const X509_ALGOR  *kdf,
                       SignetSecret      *input,
                       GBytes            *info,
                       gsize              size,
                       GError           **error)
{
  g_autoptr (EVP_KDF) function = NULL;
  g_autoptr (EVP_KDF_CTX) context = NULL;
  SignetSecret *secret = NULL;
  guint8 key[SIGNET_CMP_KDF_MAX_SIZE];
  gsize input_size;
  const guint8 *octets = signet_secret_get_data (input, &input_size);
  const char *name;
  const char *digest;
  OSSL_PARAM params[4];
  guint count = 0;

  signet_assert_may_take_time ();
  if (size == 0 || size > sizeof key)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT,
                   _("A key of %" G_GSIZE_FORMAT " octets cannot be derived; 1 to %d are possible"), size, SIGNET_CMP_KDF_MAX_SIZE);
      return NULL;
    }
  if (!read_function (kdf, &name, &digest, error))
    return NULL;

  params[count++] = OSSL_PARAM_construct_utf8_string (OSSL_KDF_PARAM_DIGEST, (char *) digest, 0);
  params[count++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_KEY, (void *) octets, input_size);
  if (info != NULL && g_bytes_get_size (info) > 0)
    params[count++] = OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_INFO, (void *) g_bytes_get_data (info, NULL),
                                                         g_bytes_get_size (info));
  params[count] = OSSL_PARAM_construct_end ();
  function = EVP_KDF_fetch (NULL, name, NULL);
  context = function == NULL ? NULL : EVP_KDF_CTX_new (function);
  if (context != NULL && EVP_KDF_derive (context, key, size, params) == 1)
    secret = signet_secret_new (key, size);
  else
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The key could not be derived"));
  OPENSSL_cleanse (key, sizeof key);
  return secret;
}

X509_ALGOR *
signet_cmp_kdf_new_hkdf (void)
{
  X509_ALGOR *kdf = X509_ALGOR_new ();

  X509_ALGOR_set0 (kdf, OBJ_txt2obj (OID_HKDF_SHA256, 1), V_ASN1_UNDEF, NULL);
  return kdf;
}

X509_ALGOR *
signet_cmp_kdf_new_kdf3 (void)
{
  X509_ALGOR *kdf = X509_ALGOR_new ();
  g_autoptr (X509_ALGOR) hash = X509_ALGOR_new ();

  X509_ALGOR_set0 (hash, OBJ_nid2obj (NID_sha256), V_ASN1_NULL, NULL);
  X509_ALGOR_set0 (kdf, OBJ_txt2obj (OID_KDF3, 1), V_ASN1_SEQUENCE, ASN1_item_pack (hash, ASN1_ITEM_rptr (X509_ALGOR), NULL));
  return kdf;
}
