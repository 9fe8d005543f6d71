/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1-info.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-digest.h"
#include "cmp/cmp-kdf.h"
#include "cmp/cmp-mac-function.h"
#include "cmp/cmp-mac-private.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-random.h"

/* The AlgorithmIdentifiers of MACs that we make. */

#define SALT_SIZE 16
#define OID_KMAC128 "2.16.840.1.101.3.4.2.19"
#define OID_KMAC256 "2.16.840.1.101.3.4.2.20"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PBKDF2PARAM, PBKDF2PARAM_free)

/* What a MAC is made of: its hash, and the MAC that takes the key. */
typedef struct {
  int digest;
  X509_ALGOR *function;
  gsize key_size;
} Parts;

static void
parts_clear (Parts *parts)
{
  g_clear_pointer (&parts->function, X509_ALGOR_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

/* AlgorithmIdentifier { @oid, @params } */
static X509_ALGOR *
wrap (ASN1_OBJECT     *oid,
      const ASN1_ITEM *item,
      void            *params)
{
  X509_ALGOR *algorithm = X509_ALGOR_new ();
  ASN1_STRING *packed = ASN1_item_pack (params, item, NULL);

  if (packed == NULL || !X509_ALGOR_set0 (algorithm, oid, V_ASN1_SEQUENCE, packed))
    g_clear_pointer (&algorithm, X509_ALGOR_free);
  return algorithm;
}

static X509_ALGOR *
new_password_based (const Parts *parts,
                    GBytes      *salt,
                    guint        iterations)
{
  g_autoptr (SignetPbmParameter) params = SignetPbmParameter_new ();

  ASN1_OCTET_STRING_set (params->salt, g_bytes_get_data (salt, NULL), (int) g_bytes_get_size (salt));
  ASN1_INTEGER_set_uint64 (params->iteration_count, iterations);
  X509_ALGOR_set0 (params->owf, OBJ_nid2obj (parts->digest), V_ASN1_UNDEF, NULL);
  X509_ALGOR_copy (params->mac, parts->function);
  return wrap (OBJ_txt2obj (SIGNET_OID_PASSWORD_BASED_MAC, 1), ASN1_ITEM_rptr (SignetPbmParameter), params);
}

static X509_ALGOR *
new_pbmac1 (const Parts *parts,
            GBytes      *salt,
            guint        iterations)
{
  g_autoptr (SignetPbmac1Params) params = SignetPbmac1Params_new ();
  g_autoptr (PBKDF2PARAM) kdf = PBKDF2PARAM_new ();
  ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new ();

  ASN1_OCTET_STRING_set (octets, g_bytes_get_data (salt, NULL), (int) g_bytes_get_size (salt));
  ASN1_TYPE_set (kdf->salt, V_ASN1_OCTET_STRING, octets);
  ASN1_INTEGER_set_uint64 (kdf->iter, iterations);
  kdf->keylength = ASN1_INTEGER_new ();
  ASN1_INTEGER_set_uint64 (kdf->keylength, parts->key_size);
  kdf->prf = signet_cmp_mac_function_new_hmac (parts->digest);
  X509_ALGOR_copy (params->message_auth_scheme, parts->function);
  X509_ALGOR_free (params->key_derivation_func);
  params->key_derivation_func = wrap (OBJ_nid2obj (NID_id_pbkdf2), ASN1_ITEM_rptr (PBKDF2PARAM), kdf);
  return wrap (OBJ_nid2obj (NID_pbmac1), ASN1_ITEM_rptr (SignetPbmac1Params), params);
}

static X509_ALGOR *
new_dh (const Parts *parts)
{
  g_autoptr (SignetDhbmParameter) params = SignetDhbmParameter_new ();

  X509_ALGOR_set0 (params->owf, OBJ_nid2obj (parts->digest), V_ASN1_UNDEF, NULL);
  X509_ALGOR_copy (params->mac, parts->function);
  return wrap (OBJ_txt2obj (SIGNET_OID_DH_BASED_MAC, 1), ASN1_ITEM_rptr (SignetDhbmParameter), params);
}

static X509_ALGOR *
new_kem (const Parts *parts)
{
  g_autoptr (SignetKemBmParameter) params = SignetKemBmParameter_new ();

  X509_ALGOR_free (params->kdf);
  params->kdf = signet_cmp_kdf_new_hkdf ();
  ASN1_INTEGER_set_uint64 (params->len, parts->key_size);
  X509_ALGOR_copy (params->mac, parts->function);
  return wrap (OBJ_txt2obj (SIGNET_OID_KEM_BASED_MAC, 1), ASN1_ITEM_rptr (SignetKemBmParameter), params);
}

static X509_ALGOR *
new_kmac (int digest)
{
  X509_ALGOR *algorithm = X509_ALGOR_new ();

  X509_ALGOR_set0 (algorithm, OBJ_txt2obj (digest == NID_sha512 ? OID_KMAC256 : OID_KMAC128, 1), V_ASN1_UNDEF, NULL);
  return algorithm;
}

/* @function: (nullable): a name or dotted OID of a MAC; %NULL: HMAC with the same hash */
static gboolean
find_parts (const char            *digest,
            const char            *function,
            SignetCmpRelaxations   relaxations,
            Parts                 *parts,
            GError               **error)
{
  const EVP_MD *md = EVP_get_digestbyname (digest);
  g_auto (SignetCmpMacFunction) read = { NULL, NULL, NULL, 0, FALSE, 0, NULL, NULL };
  SignetCmpDigest found;
  g_autoptr (ASN1_OBJECT) oid = NULL;

  parts->digest = md == NULL ? NID_undef : EVP_MD_get_type (md);
  if (!signet_cmp_digest_get (parts->digest, relaxations, &found, NULL) || found.xof)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("The digest “%s” cannot be used for a MAC"), digest);
      return FALSE;
    }
  if (function == NULL)
    parts->function = signet_cmp_mac_function_new_hmac (parts->digest);
  else
    {
      oid = OBJ_txt2obj (function, 0);
      parts->function = X509_ALGOR_new ();
      X509_ALGOR_set0 (parts->function, g_steal_pointer (&oid), V_ASN1_NULL, NULL);
      if (OBJ_obj2nid (parts->function->algorithm) == NID_undef || signet_cmp_mac_function_get_digest (parts->function) == NID_undef)
        g_clear_pointer (&parts->function, X509_ALGOR_free);
    }
  if (parts->function == NULL || !signet_cmp_mac_function_read (parts->function, relaxations, &read, NULL))
    {
      ERR_clear_error ();
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("The MAC “%s” cannot be used"),
                   function != NULL ? function : digest);
      return FALSE;
    }
  parts->key_size = read.key_size;
  return TRUE;
}

static gboolean
check_iterations (SignetCmpMac   mac,
                  guint          iterations,
                  GError       **error)
{
  guint minimum = mac == SIGNET_CMP_MAC_PBMAC1 ? SIGNET_CMP_PBMAC1_MIN_ITERATIONS
                  : mac == SIGNET_CMP_MAC_PASSWORD_BASED ? SIGNET_CMP_PBM_MIN_ITERATIONS : 0;

  if (iterations >= minimum)
    return TRUE;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK,
               _("%u rounds of key derivation are too few: at least %u are demanded"), iterations, minimum);
  return FALSE;
}

static GBytes *
encode (X509_ALGOR  *algorithm,
        GError     **error)
{
  GBytes *der = algorithm != NULL ? signet_asn1_encode (algorithm, ASN1_ITEM_rptr (X509_ALGOR)) : NULL;

  X509_ALGOR_free (algorithm);
  if (der == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The parameters of the MAC could not be made"));
  return der;
}

static X509_ALGOR *
build (SignetCmpMac  mac,
       const Parts  *parts,
       GBytes       *salt,
       guint         iterations)
{
  switch (mac)
    {
    case SIGNET_CMP_MAC_HMAC:
      return X509_ALGOR_dup (parts->function);
    case SIGNET_CMP_MAC_KMAC:
      return new_kmac (parts->digest);
    case SIGNET_CMP_MAC_PASSWORD_BASED:
      return new_password_based (parts, salt, iterations);
    case SIGNET_CMP_MAC_PBMAC1:
    default:
      return new_pbmac1 (parts, salt, iterations);
    }
}

GBytes *
signet_cmp_mac_algorithm_new_with_function (SignetCmpMac           mac,
                                            const char            *digest,
                                            const char            *function,
                                            guint                  iterations,
                                            SignetCmpRelaxations   relaxations,
                                            GError               **error)
{
  g_autoptr (GBytes) salt = NULL;
  g_auto (Parts) parts = { NID_undef, NULL, 0 };

  if (!find_parts (digest, function, relaxations, &parts, error) || !check_iterations (mac, iterations, error))
    return NULL;
  salt = signet_cmp_random_bytes (SALT_SIZE, error);
  if (salt == NULL)
    return NULL;
  return encode (build (mac, &parts, salt, iterations), error);
}

GBytes *
signet_cmp_mac_algorithm_new (SignetCmpMac   mac,
                              const char    *digest,
                              guint          iterations,
                              GError       **error)
{
  return signet_cmp_mac_algorithm_new_with_function (mac, digest, NULL, iterations, SIGNET_CMP_RELAX_NONE, error);
}

static GBytes *
make (X509_ALGOR *(*new_algorithm) (const Parts *parts),
      const char   *digest,
      GError      **error)
{
  g_auto (Parts) parts = { NID_undef, NULL, 0 };

  if (!find_parts (digest, NULL, SIGNET_CMP_RELAX_NONE, &parts, error))
    return NULL;
  return encode (new_algorithm (&parts), error);
}

GBytes *
signet_cmp_mac_algorithm_new_dh (const char  *digest,
                                 GError     **error)
{
  return make (new_dh, digest, error);
}

GBytes *
signet_cmp_mac_algorithm_new_kem (const char  *digest,
                                  GError     **error)
{
  return make (new_kem, digest, error);
}
