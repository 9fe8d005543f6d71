/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-mac-function.h"

#include <glib/gi18n-lib.h>
#include <openssl/asn1t.h>
#include <openssl/core_names.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-digest.h"
#include "cmp/cmp-signature.h"

#define OID_TEXT_SIZE 128
#define GMAC_SIZE 16
#define GMAC_MIN_SIZE 12
#define NONCE_MAX_SIZE 128
#define CUSTOM_MAX_SIZE 512                      /* libcrypto's own bound on the customization string */
#define MAC_MAX_SIZE 64

/* GMACParameters, RFC 9044 §2; KMACwithSHAKE128-params, RFC 8702 §3.4: only here */
typedef struct {
  ASN1_OCTET_STRING *nonce;
  ASN1_INTEGER *length;
} GmacParameters;

ASN1_SEQUENCE (GmacParameters) = {
  ASN1_SIMPLE (GmacParameters, nonce, ASN1_OCTET_STRING),
  ASN1_OPT (GmacParameters, length, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END (GmacParameters)

typedef struct {
  ASN1_INTEGER *length;                          /* bits */
  ASN1_OCTET_STRING *custom;
} KmacParameters;

ASN1_SEQUENCE (KmacParameters) = {
  ASN1_OPT (KmacParameters, length, ASN1_INTEGER),
  ASN1_OPT (KmacParameters, custom, ASN1_OCTET_STRING),
} static_ASN1_SEQUENCE_END (KmacParameters)

static const struct {
  int hmac;
  int digest;
} hmacs[] = {
  { NID_hmacWithSHA1, NID_sha1 },           { NID_hmac_sha1, NID_sha1 },
  { NID_hmacWithSHA224, NID_sha224 },       { NID_hmacWithSHA256, NID_sha256 },
  { NID_hmacWithSHA384, NID_sha384 },       { NID_hmacWithSHA512, NID_sha512 },
  { NID_hmacWithSHA512_224, NID_sha512_224 }, { NID_hmacWithSHA512_256, NID_sha512_256 },
  { NID_hmac_sha3_224, NID_sha3_224 },      { NID_hmac_sha3_256, NID_sha3_256 },
  { NID_hmac_sha3_384, NID_sha3_384 },      { NID_hmac_sha3_512, NID_sha3_512 },
};

/* By OID: libcrypto has no numbers for GMAC, and those of KMAC are younger than some of the libraries. */
static const struct {
  const char *oid;
  SignetCmpMacFunction function;
} others[] = {
  { "2.16.840.1.101.3.4.1.9", { "GMAC", NULL, "AES-128-GCM", 16, TRUE, GMAC_MIN_SIZE, NULL, NULL } },
  { "2.16.840.1.101.3.4.1.29", { "GMAC", NULL, "AES-192-GCM", 24, TRUE, GMAC_MIN_SIZE, NULL, NULL } },
  { "2.16.840.1.101.3.4.1.49", { "GMAC", NULL, "AES-256-GCM", 32, TRUE, GMAC_MIN_SIZE, NULL, NULL } },
  { "2.16.840.1.101.3.4.2.19", { "KMAC-128", NULL, NULL, 32, FALSE, 32, NULL, NULL } },
  { "2.16.840.1.101.3.4.2.20", { "KMAC-256", NULL, NULL, 64, FALSE, 64, NULL, NULL } },
};

int
signet_cmp_mac_function_get_digest (const X509_ALGOR *algorithm)
{
  int nid = OBJ_obj2nid (algorithm->algorithm);

  for (guint i = 0; i < G_N_ELEMENTS (hmacs); i++)
    if (hmacs[i].hmac == nid && nid != NID_undef)
      return hmacs[i].digest;
  return NID_undef;
}

static const SignetCmpMacFunction *
find_other (const X509_ALGOR *algorithm)
{
  char oid[OID_TEXT_SIZE];

  if (OBJ_obj2txt (oid, sizeof oid, algorithm->algorithm, 1) <= 0)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_equal (others[i].oid, oid))
      return &others[i].function;
  return NULL;
}

gboolean
signet_cmp_mac_function_is_known (const X509_ALGOR *algorithm)
{
  return signet_cmp_mac_function_get_digest (algorithm) != NID_undef || find_other (algorithm) != NULL;
}

static gboolean
refuse_parameters (const X509_ALGOR  *algorithm,
                   GError           **error)
{
  g_autofree char *name = signet_cmp_algorithm_name (algorithm);

  ERR_clear_error ();
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("The parameters of the MAC “%s” cannot be used"), name);
  return FALSE;
}

static gboolean
read_gmac (const X509_ALGOR      *algorithm,
           SignetCmpMacFunction  *function,
           GError               **error)
{
  GmacParameters *params = NULL;
  gint64 size = GMAC_MIN_SIZE;
  int nonce_size;
  gboolean ok = FALSE;

  if (algorithm->parameter != NULL && ASN1_TYPE_get (algorithm->parameter) == V_ASN1_SEQUENCE)
    params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (GmacParameters), algorithm->parameter);
  if (params == NULL)
    return refuse_parameters (algorithm, error);
  nonce_size = ASN1_STRING_length (params->nonce);
  if (nonce_size > 0 && nonce_size <= NONCE_MAX_SIZE && (params->length == NULL || signet_asn1_get_int64 (params->length, &size))
      && size >= GMAC_MIN_SIZE && size <= GMAC_SIZE)
    {
      function->nonce = g_bytes_new (ASN1_STRING_get0_data (params->nonce), (gsize) nonce_size);
      function->size = (gsize) size;
      ok = TRUE;
    }
  ASN1_item_free ((ASN1_VALUE *) params, ASN1_ITEM_rptr (GmacParameters));
  return ok || refuse_parameters (algorithm, error);
}

/* Absent parameters mean 256 or 512 bits and no customization; other lengths "in this specification" there are none. */
static gboolean
read_kmac (const X509_ALGOR      *algorithm,
           SignetCmpMacFunction  *function,
           GError               **error)
{
  KmacParameters *params;
  gint64 bits = (gint64) function->size * 8;
  gboolean ok;

  if (algorithm->parameter == NULL)
    return TRUE;
  params = ASN1_TYPE_get (algorithm->parameter) == V_ASN1_SEQUENCE
               ? ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (KmacParameters), algorithm->parameter) : NULL;
  if (params == NULL)
    return refuse_parameters (algorithm, error);
  ok = (params->length == NULL || signet_asn1_get_int64 (params->length, &bits)) && bits == (gint64) function->size * 8
       && (params->custom == NULL || ASN1_STRING_length (params->custom) <= CUSTOM_MAX_SIZE);
  if (ok && params->custom != NULL && ASN1_STRING_length (params->custom) > 0)
    function->custom = g_bytes_new (ASN1_STRING_get0_data (params->custom), (gsize) ASN1_STRING_length (params->custom));
  ASN1_item_free ((ASN1_VALUE *) params, ASN1_ITEM_rptr (KmacParameters));
  return ok || refuse_parameters (algorithm, error);
}

static gboolean
read_hmac (const X509_ALGOR      *algorithm,
           int                    nid,
           SignetCmpRelaxations   relaxations,
           SignetCmpMacFunction  *function,
           GError               **error)
{
  SignetCmpDigest digest;
  int parameter_type;

  X509_ALGOR_get0 (NULL, &parameter_type, NULL, algorithm);
  if (parameter_type != V_ASN1_UNDEF && parameter_type != V_ASN1_NULL)
    return refuse_parameters (algorithm, error);
  if (!signet_cmp_digest_get (nid, relaxations, &digest, error))
    return FALSE;
  *function = (SignetCmpMacFunction) { "HMAC", digest.name, NULL, digest.size, FALSE, digest.size, NULL, NULL };
  return TRUE;
}

gboolean
signet_cmp_mac_function_read (const X509_ALGOR      *algorithm,
                              SignetCmpRelaxations   relaxations,
                              SignetCmpMacFunction  *function,
                              GError               **error)
{
  int digest = signet_cmp_mac_function_get_digest (algorithm);
  const SignetCmpMacFunction *other = find_other (algorithm);
  g_autofree char *name = NULL;

  if (digest != NID_undef)
    return read_hmac (algorithm, digest, relaxations, function, error);
  if (other != NULL)
    {
      *function = *other;
      return function->cipher != NULL ? read_gmac (algorithm, function, error) : read_kmac (algorithm, function, error);
    }
  name = signet_cmp_algorithm_name (algorithm);
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("The message is protected with “%s”, which is not known here"),
               name);
  return FALSE;
}

void
signet_cmp_mac_function_clear (SignetCmpMacFunction *function)
{
  g_clear_pointer (&function->nonce, g_bytes_unref);
  g_clear_pointer (&function->custom, g_bytes_unref);
}

static void
add_octets (OSSL_PARAM *param,
            const char *name,
            GBytes     *octets)
{
  *param = OSSL_PARAM_construct_octet_string (name, (void *) g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
}

GBytes *
signet_cmp_mac_function_compute (const SignetCmpMacFunction  *function,
                                 SignetSecret                *key,
                                 GBytes                      *data,
                                 GError                     **error)
{
  g_autoptr (EVP_MAC) mac = EVP_MAC_fetch (NULL, function->name, NULL);
  g_autoptr (EVP_MAC_CTX) context = mac == NULL ? NULL : EVP_MAC_CTX_new (mac);
  guint8 result[MAC_MAX_SIZE];
  gsize result_size = 0;
  gsize key_size;
  const guint8 *octets = signet_secret_get_data (key, &key_size);
  gsize size = function->size;
  OSSL_PARAM params[4];
  guint count = 0;

  if (function->digest != NULL)
    params[count++] = OSSL_PARAM_construct_utf8_string (OSSL_MAC_PARAM_DIGEST, (char *) function->digest, 0);
  else if (function->cipher != NULL)
    params[count++] = OSSL_PARAM_construct_utf8_string (OSSL_MAC_PARAM_CIPHER, (char *) function->cipher, 0);
  else
    params[count++] = OSSL_PARAM_construct_size_t (OSSL_MAC_PARAM_SIZE, &size);
  if (function->nonce != NULL)
    add_octets (&params[count++], OSSL_MAC_PARAM_IV, function->nonce);
  if (function->custom != NULL)
    add_octets (&params[count++], OSSL_MAC_PARAM_CUSTOM, function->custom);
  params[count] = OSSL_PARAM_construct_end ();

  if (context == NULL || EVP_MAC_init (context, octets, key_size, params) != 1
      || EVP_MAC_update (context, g_bytes_get_data (data, NULL), g_bytes_get_size (data)) != 1
      || EVP_MAC_final (context, result, &result_size, sizeof result) != 1 || result_size < function->size)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The MAC could not be computed"));
      return NULL;
    }
  return g_bytes_new (result, function->size);
}

X509_ALGOR *
signet_cmp_mac_function_new_hmac (int digest)
{
  X509_ALGOR *algorithm;

  for (guint i = 0; i < G_N_ELEMENTS (hmacs); i++)
    if (hmacs[i].digest == digest)
      {
        algorithm = X509_ALGOR_new ();
        X509_ALGOR_set0 (algorithm, OBJ_nid2obj (hmacs[i].hmac), V_ASN1_NULL, NULL);
        return algorithm;
      }
  return NULL;
}
