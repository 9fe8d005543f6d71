/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-signature-shake.h"
#include "cmp/cmp-signature.h"
#include "pki/pki-thread.h"

#define ALGORITHM_MAX_SIZE 512
#define NAME_SIZE 128
#define PSS_DEFAULT_SALT 20              /* RFC 4055 §3.1 */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)

/* An AlgorithmIdentifier in libcrypto's terms. */
typedef struct {
  const char *digest;                    /* %NULL: the algorithm has its own */
  const char *key_type;
  gboolean pss;
  const char *mgf1_digest;
  int salt_size;
  const SignetCmpShakeScheme *shake;     /* (nullable): instead of all of that */
} Scheme;

char *
signet_cmp_algorithm_name (const X509_ALGOR *algorithm)
{
  const ASN1_OBJECT *oid;
  char text[NAME_SIZE];
  int nid;

  X509_ALGOR_get0 (&oid, NULL, NULL, algorithm);
  nid = OBJ_obj2nid (oid);
  if (nid != NID_undef)
    return g_strdup (OBJ_nid2sn (nid));
  OBJ_obj2txt (text, sizeof text, oid, 1);
  return g_strdup (text);
}

static gboolean
refuse (GError           **error,
        SignetCmpError     code,
        const char        *format,
        const X509_ALGOR  *algorithm)
{
  g_autofree char *name = signet_cmp_algorithm_name (algorithm);
  g_autofree char *message = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  message = g_strdup_printf (format, name);
#pragma GCC diagnostic pop
  ERR_clear_error ();
  g_set_error_literal (error, SIGNET_CMP_ERROR, code, message);
  return FALSE;
}

/* Only digests of RFC 5754 and FIPS 202; SHA-1 by the authority's setting. */
static gboolean
check_digest (int                    nid,
              SignetCmpRelaxations   relaxations,
              const X509_ALGOR      *algorithm,
              GError               **error)
{
  switch (nid)
    {
    case NID_sha224:
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
    case NID_sha512_224:
    case NID_sha512_256:
    case NID_sha3_224:
    case NID_sha3_256:
    case NID_sha3_384:
    case NID_sha3_512:
      return TRUE;
    case NID_sha1:
      if (relaxations & SIGNET_CMP_RELAX_SHA1)
        return TRUE;
      return refuse (error, SIGNET_CMP_ERROR_WEAK,
                     _("The signature algorithm “%s” is too weak to be trusted. If this authority has no better, allow it by the "
                       "setting sha1."), algorithm);
    default:
      return refuse (error, SIGNET_CMP_ERROR_WEAK, _("The signature algorithm “%s” is too weak to be trusted"), algorithm);
    }
}

/* RFC 4056 §3: absent members mean SHA-1, MGF1 with SHA-1, 20 octets of salt. */
static gboolean
read_pss (const X509_ALGOR      *algorithm,
          SignetCmpRelaxations   relaxations,
          Scheme                *scheme,
          GError               **error)
{
  g_autoptr (RSA_PSS_PARAMS) params = NULL;
  g_autoptr (X509_ALGOR) mgf1_hash = NULL;
  const char *unsupported = _("The parameters of the signature algorithm “%s” cannot be used");
  const ASN1_OBJECT *oid;
  const void *value;
  int value_type;
  int digest = NID_sha1;
  int mgf1_digest = NID_sha1;
  gint64 salt_size = PSS_DEFAULT_SALT;
  gint64 trailer = 1;

  X509_ALGOR_get0 (NULL, &value_type, &value, algorithm);
  if (value_type != V_ASN1_SEQUENCE)
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, unsupported, algorithm);
  params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (RSA_PSS_PARAMS), algorithm->parameter);
  if (params == NULL)
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, unsupported, algorithm);

  if (params->hashAlgorithm != NULL)
    digest = OBJ_obj2nid (params->hashAlgorithm->algorithm);
  if (params->maskGenAlgorithm != NULL)
    {
      X509_ALGOR_get0 (&oid, &value_type, NULL, params->maskGenAlgorithm);
      if (OBJ_obj2nid (oid) != NID_mgf1 || value_type != V_ASN1_SEQUENCE)
        return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, unsupported, algorithm);
      mgf1_hash = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (X509_ALGOR), params->maskGenAlgorithm->parameter);
      mgf1_digest = mgf1_hash == NULL ? NID_undef : OBJ_obj2nid (mgf1_hash->algorithm);
    }
  if ((params->saltLength != NULL && !signet_asn1_get_int64 (params->saltLength, &salt_size))
      || (params->trailerField != NULL && !signet_asn1_get_int64 (params->trailerField, &trailer))
      || salt_size < 0 || salt_size > EVP_MAX_MD_SIZE || trailer != 1)
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, unsupported, algorithm);
  if (!check_digest (digest, relaxations, algorithm, error) || !check_digest (mgf1_digest, relaxations, algorithm, error))
    return FALSE;

  scheme->pss = TRUE;
  scheme->key_type = NULL;
  scheme->digest = OBJ_nid2sn (digest);
  scheme->mgf1_digest = OBJ_nid2sn (mgf1_digest);
  scheme->salt_size = (int) salt_size;
  return TRUE;
}

/* An algorithm that libcrypto's tables join to no key type: one whose OID names key and signature alike, such as ML-DSA. */
static gboolean
read_by_key (const X509_ALGOR  *algorithm,
             EVP_PKEY          *key,
             Scheme            *scheme,
             GError           **error)
{
  const ASN1_OBJECT *oid;
  char text[NAME_SIZE];

  X509_ALGOR_get0 (&oid, NULL, NULL, algorithm);
  OBJ_obj2txt (text, sizeof text, oid, 1);
  if (!EVP_PKEY_is_a (key, text))
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The signature algorithm “%s” is not known here"), algorithm);
  scheme->digest = NULL;
  return TRUE;
}

static gboolean
read_scheme (const X509_ALGOR      *algorithm,
             EVP_PKEY              *key,
             SignetCmpRelaxations   relaxations,
             Scheme                *scheme,
             GError               **error)
{
  const ASN1_OBJECT *oid;
  int parameter_type;
  int digest;
  int key_type;

  X509_ALGOR_get0 (&oid, &parameter_type, NULL, algorithm);
  if (OBJ_obj2nid (oid) == NID_rsassaPss)
    return read_pss (algorithm, relaxations, scheme, error);

  scheme->shake = signet_cmp_shake_scheme_find (algorithm);
  /* RFC 8692 §3: no parameters, not even NULL. */
  if (scheme->shake != NULL && parameter_type == V_ASN1_UNDEF)
    return TRUE;
  if (scheme->shake != NULL || (parameter_type != V_ASN1_UNDEF && parameter_type != V_ASN1_NULL))
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The parameters of the signature algorithm “%s” cannot be used"),
                   algorithm);
  if (!OBJ_find_sigid_algs (OBJ_obj2nid (oid), &digest, &key_type))
    {
      if (!read_by_key (algorithm, key, scheme, error))
        return FALSE;
      digest = NID_undef;
    }
  else
    {
      if (key_type == NID_dsa || key_type == NID_dsa_2)
        return refuse (error, SIGNET_CMP_ERROR_WEAK, _("The signature algorithm “%s” is too weak to be trusted"), algorithm);
      if (digest != NID_undef && !check_digest (digest, relaxations, algorithm, error))
        return FALSE;
      scheme->digest = digest == NID_undef ? NULL : OBJ_nid2sn (digest);
      scheme->key_type = OBJ_nid2sn (key_type);
    }

  /* RFC 8410 §3 and RFC 9881 §2: no parameters, not even NULL. */
  if (digest == NID_undef && parameter_type != V_ASN1_UNDEF)
    return refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The parameters of the signature algorithm “%s” cannot be used"),
                   algorithm);
  return TRUE;
}

static gboolean
key_fits (const Scheme *scheme,
          EVP_PKEY     *key)
{
  if (scheme->shake != NULL)
    return signet_cmp_shake_scheme_fits (scheme->shake, key);
  if (scheme->pss)
    return EVP_PKEY_is_a (key, "RSA") || EVP_PKEY_is_a (key, "RSA-PSS");
  return scheme->key_type == NULL || EVP_PKEY_is_a (key, scheme->key_type);
}

static gboolean
set_padding (const Scheme *scheme,
             EVP_PKEY_CTX *context)
{
  return !scheme->pss
         || (EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PSS_PADDING) > 0
             && EVP_PKEY_CTX_set_rsa_mgf1_md_name (context, scheme->mgf1_digest, NULL) > 0
             && EVP_PKEY_CTX_set_rsa_pss_saltlen (context, scheme->salt_size) > 0);
}

/* ECDSA: the digest as long as the order of the curve, RFC 5480 §4 and RFC 9481 §3.2. */
static const char *
digest_for_key (EVP_PKEY   *key,
                const char *wanted,
                char       *name,
                gsize       size)
{
  /* 2: no other one. */
  if (wanted != NULL && EVP_PKEY_get_default_digest_name (key, name, size) != 2)
    return wanted;
  if (EVP_PKEY_is_a (key, "EC"))
    return EVP_PKEY_get_bits (key) <= 256 ? "SHA256" : EVP_PKEY_get_bits (key) <= 384 ? "SHA384" : "SHA512";
  if (EVP_PKEY_get_default_digest_name (key, name, size) <= 0 || g_ascii_strcasecmp (name, "UNDEF") == 0 || *name == '\0')
    return NULL;
  return name;
}

GBytes *
signet_cmp_signature_algorithm_for_key (EVP_PKEY    *key,
                                        const char  *digest,
                                        GError     **error)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_context = NULL;
  guint8 der[ALGORITHM_MAX_SIZE];
  char name[NAME_SIZE] = "";
  OSSL_PARAM params[] = {
    OSSL_PARAM_octet_string (OSSL_SIGNATURE_PARAM_ALGORITHM_ID, der, sizeof der),
    OSSL_PARAM_END,
  };
  gboolean pss = EVP_PKEY_is_a (key, "RSA-PSS");

  if (EVP_DigestSignInit_ex (context, &key_context, digest_for_key (key, digest, name, sizeof name), NULL, NULL, key, NULL) != 1
      || (pss && EVP_PKEY_CTX_set_rsa_pss_saltlen (key_context, RSA_PSS_SALTLEN_DIGEST) <= 0)
      || EVP_PKEY_CTX_get_params (key_context, params) != 1 || !OSSL_PARAM_modified (&params[0]))
    {
      if (digest != NULL)
        signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                                  _("A key of type “%s” cannot sign messages with the digest “%s”"), EVP_PKEY_get0_type_name (key),
                                  digest);
      else
        signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                                  _("A key of type “%s” cannot sign messages"), EVP_PKEY_get0_type_name (key));
      return NULL;
    }
  ERR_clear_error ();
  return g_bytes_new (der, params[0].return_size);
}

static GBytes *
sign (const Scheme  *scheme,
      EVP_PKEY      *key,
      GBytes        *data,
      GError       **error)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_context = NULL;
  const guint8 *octets = g_bytes_get_data (data, NULL);
  gsize octets_size = g_bytes_get_size (data);
  g_autofree guint8 *signature = NULL;
  gsize size = 0;

  if (EVP_DigestSignInit_ex (context, &key_context, scheme->digest, NULL, NULL, key, NULL) == 1
      && set_padding (scheme, key_context) && EVP_DigestSign (context, NULL, &size, octets, octets_size) == 1)
    {
      signature = g_malloc (size);
      if (EVP_DigestSign (context, signature, &size, octets, octets_size) == 1)
        return g_bytes_new_take (g_steal_pointer (&signature), size);
    }
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The message could not be signed"));
  return NULL;
}

GBytes *
signet_cmp_signature_make (EVP_PKEY  *key,
                           GBytes    *algorithm,
                           GBytes    *data,
                           GError   **error)
{
  g_autoptr (X509_ALGOR) decoded = NULL;
  Scheme scheme = { 0 };

  signet_assert_may_take_time ();
  decoded = signet_asn1_decode (g_bytes_get_data (algorithm, NULL), g_bytes_get_size (algorithm), ASN1_ITEM_rptr (X509_ALGOR));
  if (decoded == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                                _("The signature algorithm cannot be read"));
      return NULL;
    }
  if (!read_scheme (decoded, key, SIGNET_CMP_RELAX_NONE, &scheme, error))
    return NULL;
  if (!key_fits (&scheme, key))
    {
      refuse (error, SIGNET_CMP_ERROR_CREDENTIALS, _("The key does not fit the signature algorithm “%s”"), decoded);
      return NULL;
    }
  if (scheme.shake != NULL)
    return signet_cmp_shake_sign (scheme.shake, key, data, error);
  return sign (&scheme, key, data, error);
}

static gboolean
verify_shake (const Scheme      *scheme,
              EVP_PKEY          *key,
              const X509_ALGOR  *algorithm,
              GBytes            *data,
              GBytes            *signature,
              GError           **error)
{
  g_autoptr (GError) reason = NULL;

  if (signet_cmp_shake_verify (scheme->shake, key, data, signature, &reason))
    return TRUE;
  if (reason == NULL)
    return refuse (error, SIGNET_CMP_ERROR_BAD_PROTECTION, _("The signature (%s) is wrong"), algorithm);
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

gboolean
signet_cmp_signature_verify (EVP_PKEY              *key,
                             const X509_ALGOR      *algorithm,
                             GBytes                *data,
                             GBytes                *signature,
                             SignetCmpRelaxations   relaxations,
                             GError               **error)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  EVP_PKEY_CTX *key_context = NULL;
  Scheme scheme = { 0 };

  signet_assert_may_take_time ();
  if (!read_scheme (algorithm, key, relaxations, &scheme, error))
    return FALSE;
  if (!key_fits (&scheme, key))
    return refuse (error, SIGNET_CMP_ERROR_BAD_PROTECTION,
                   _("The signer's key does not fit the signature algorithm “%s”"), algorithm);
  if (scheme.shake != NULL)
    return verify_shake (&scheme, key, algorithm, data, signature, error);
  if (EVP_DigestVerifyInit_ex (context, &key_context, scheme.digest, NULL, NULL, key, NULL) != 1
      || !set_padding (&scheme, key_context))
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("The signature cannot be checked"));
      return FALSE;
    }
  if (EVP_DigestVerify (context, g_bytes_get_data (signature, NULL), g_bytes_get_size (signature),
                        g_bytes_get_data (data, NULL), g_bytes_get_size (data)) != 1)
    return refuse (error, SIGNET_CMP_ERROR_BAD_PROTECTION, _("The signature (%s) is wrong"), algorithm);
  return TRUE;
}

gboolean
signet_cmp_message_check_protected (SignetCmpMessage  *message,
                                    GError           **error)
{
  if (signet_cmp_message_get_protection (message) != NULL && signet_cmp_message_get_protection_alg (message) != NULL)
    return TRUE;
  g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNPROTECTED,
                       _("The message is not protected: nothing shows who sent it"));
  return FALSE;
}

gboolean
signet_cmp_verify_signature (SignetCmpMessage      *message,
                             SignetCertificate     *signer,
                             SignetCmpRelaxations   relaxations,
                             GError               **error)
{
  EVP_PKEY *key;

  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (message), FALSE);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (signer), FALSE);

  if (!signet_cmp_message_check_protected (message, error))
    return FALSE;
  key = X509_get0_pubkey (signet_certificate_get_x509 (signer));
  if (key == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                                _("The key of the signer's certificate (%s) cannot be used"),
                                signet_certificate_get_subject (signer));
      return FALSE;
    }
  return signet_cmp_signature_verify (key, signet_cmp_message_get_protection_alg (message),
                                      signet_cmp_message_get_protected_part (message),
                                      signet_cmp_message_get_protection (message), relaxations, error);
}
