/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-key-package.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "cmp/cmp-asn1-cms.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-cms-crypto.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-envelope-private.h"
#include "cmp/cmp-signature.h"
#include "cmp/cmp-trust.h"
#include "pki/pki-chain.h"
#include "pki/pki-thread.h"

#define OID_KEY_PACKAGE "2.16.840.1.101.2.1.2.78.5"     /* id-ct-KP-aKeyPackage, RFC 5958 §2 */
#define OID_KEY_PACKAGE_MISSPELT "1.2.16.840.1.101.2.1.2.78.5"  /* what CmpRaComponent writes for it */
#define OID_CM_KGA "1.3.6.1.5.5.7.3.32"

#define TAG_SEQUENCE 0x30
#define TAG_INTEGER 0x02
#define TAG_OCTET_STRING 0x04
#define TAG_ATTRIBUTES 0xa0
#define TAG_PUBLIC_KEY 0x81

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)

static void
add_remark (GPtrArray  *remarks,
            const char *remark)
{
  if (remarks != NULL)
    g_ptr_array_add (remarks, g_strdup (remark));
}

static gboolean
refuse_signed (GError     **error,
               const char  *what)
{
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("The package with the private key is not signed as it must be: %s"), what);
}

/* The one value of an attribute that is there once, or NULL. */
static const ASN1_TYPE *
find_attribute (const STACK_OF (SignetCmsAttribute) *attributes,
                int                                  nid)
{
  const ASN1_TYPE *value = NULL;

  for (int i = 0; i < sk_SignetCmsAttribute_num (attributes); i++)
    {
      const SignetCmsAttribute *attribute = sk_SignetCmsAttribute_value (attributes, i);

      if (OBJ_obj2nid (attribute->attr_type) != nid)
        continue;
      if (value != NULL || sk_ASN1_TYPE_num (attribute->attr_values) != 1)
        return NULL;
      value = sk_ASN1_TYPE_value (attribute->attr_values, 0);
    }
  return value;
}

static gboolean
is_package (const ASN1_OBJECT        *type,
            const SignetCmpKeySource *source)
{
  gboolean any_form = (signet_cmp_authority_get_relaxations (source->authority) & SIGNET_CMP_RELAX_KEY_PACKAGE_FORM) != 0;

  return signet_cms_is (type, OID_KEY_PACKAGE)
         || (any_form && (signet_cms_is (type, SIGNET_CMS_DATA) || signet_cms_is (type, OID_KEY_PACKAGE_MISSPELT)));
}

/* Which deviations from RFC 9483 §4.1.6 are passed over, and which are not. */
static gboolean
check_form (const SignetSignedData    *signed_data,
            const SignetCmpKeySource  *source,
            GPtrArray                 *remarks,
            GError                   **error)
{
  const SignetSignerInfo *signer;

  if (!signet_cms_version_is (signed_data->version, 3))
    {
      if (!signet_cms_version_is (signed_data->version, 1))
        return refuse_signed (error, _("SignedData has a version that is not known"));
      add_remark (remarks, _("SignedData around the private key has version 1 instead of 3"));
    }
  if (!is_package (signed_data->encap_content_info->e_content_type, source) || signed_data->encap_content_info->e_content == NULL)
    return refuse_signed (error, _("it does not contain an AsymmetricKeyPackage"));
  if (sk_X509_ALGOR_num (signed_data->digest_algorithms) != 1 || sk_SignetSignerInfo_num (signed_data->signer_infos) != 1)
    return refuse_signed (error, _("it must have one signer and one digest algorithm"));
  signer = sk_SignetSignerInfo_value (signed_data->signer_infos, 0);
  if (signer->sid->type == 0)
    add_remark (remarks, _("The signer of the private key's package is named by issuer and serial number instead of the key identifier"));
  if (!signet_cms_version_is (signer->version, signer->sid->type == 0 ? 1 : 3))
    return refuse_signed (error, _("SignerInfo has a version that does not fit the way its signer is named"));
  if (signer->signed_attrs == NULL)
    return refuse_signed (error, _("it has no signed attributes"));
  if (OBJ_cmp (sk_X509_ALGOR_value (signed_data->digest_algorithms, 0)->algorithm, signer->digest_algorithm->algorithm) != 0)
    return refuse_signed (error, _("the digest algorithm of the signer is another one than the package's"));
  return TRUE;
}

/* Octets of the digest, for SHAKE as RFC 8702 §3.1 has them; 0 for one that is not used. */
static gsize
digest_size (int nid)
{
  switch (nid)
    {
    case NID_sha224:
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
    case NID_sha3_224:
    case NID_sha3_256:
    case NID_sha3_384:
    case NID_sha3_512:
      return (gsize) EVP_MD_get_size (EVP_get_digestbynid (nid));
    case NID_shake128:
      return 32;
    case NID_shake256:
      return 64;
    default:
      return 0;
    }
}

static gboolean
compute_digest (const X509_ALGOR         *algorithm,
                const ASN1_OCTET_STRING  *content,
                guint8                    octets[EVP_MAX_MD_SIZE],
                gsize                    *size,
                GError                  **error)
{
  int nid = OBJ_obj2nid (algorithm->algorithm);
  gboolean shake = nid == NID_shake128 || nid == NID_shake256;
  g_autoptr (EVP_MD) digest = NULL;
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  g_autofree char *name = NULL;

  *size = digest_size (nid);
  if (*size > 0)
    digest = EVP_MD_fetch (NULL, OBJ_nid2sn (nid), NULL);
  if (digest != NULL && EVP_DigestInit_ex2 (context, digest, NULL) == 1
      && EVP_DigestUpdate (context, ASN1_STRING_get0_data (content), (gsize) ASN1_STRING_length (content)) == 1
      && (shake ? EVP_DigestFinalXOF (context, octets, *size) : EVP_DigestFinal_ex (context, octets, NULL)) == 1)
    return TRUE;
  name = signet_cmp_algorithm_name (algorithm);
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_WEAK, _("The package with the private key is signed with the digest “%s”, which is not known "
                                                            "here or too weak"), name);
}

/* RFC 8933 §3: the digest is made anew from what is there. */
static gboolean
check_digest (const SignetSignedData  *signed_data,
              const SignetSignerInfo  *signer,
              GError                 **error)
{
  const ASN1_TYPE *type = find_attribute (signer->signed_attrs, NID_pkcs9_contentType);
  const ASN1_TYPE *expected = find_attribute (signer->signed_attrs, NID_pkcs9_messageDigest);
  guint8 octets[EVP_MAX_MD_SIZE];
  gsize size = 0;

  if (type == NULL || ASN1_TYPE_get (type) != V_ASN1_OBJECT
      || OBJ_cmp (type->value.object, signed_data->encap_content_info->e_content_type) != 0)
    return refuse_signed (error, _("its attribute content-type does not say AsymmetricKeyPackage"));
  if (expected == NULL || ASN1_TYPE_get (expected) != V_ASN1_OCTET_STRING)
    return refuse_signed (error, _("its attribute message-digest is missing"));
  if (!compute_digest (signer->digest_algorithm, signed_data->encap_content_info->e_content, octets, &size, error))
    return FALSE;
  if ((gsize) ASN1_STRING_length (expected->value.octet_string) != size
      || CRYPTO_memcmp (octets, ASN1_STRING_get0_data (expected->value.octet_string), size) != 0)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_BAD_PROTECTION, _("The package with the private key was changed: its digest is another"));
  return TRUE;
}

/* The digest that is part of a signature algorithm, or NID_undef. */
static int
signature_digest (const X509_ALGOR *algorithm)
{
  g_autoptr (RSA_PSS_PARAMS) params = NULL;
  int digest = NID_undef;
  int key_type;

  switch (OBJ_obj2nid (algorithm->algorithm))
    {
    case NID_ED25519:
      return NID_sha512;                 /* RFC 8419 §3.1 */
    case NID_ED448:
      return NID_shake256;
    case NID_rsassaPss:
      if (algorithm->parameter != NULL && ASN1_TYPE_get (algorithm->parameter) == V_ASN1_SEQUENCE)
        params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (RSA_PSS_PARAMS), algorithm->parameter);
      return params == NULL || params->hashAlgorithm == NULL ? NID_sha1 : OBJ_obj2nid (params->hashAlgorithm->algorithm);
    default:
      if (OBJ_find_sigid_algs (OBJ_obj2nid (algorithm->algorithm), &digest, &key_type) != 1)
        digest = NID_undef;
      return digest;
    }
}

/* The signature algorithm as an AlgorithmIdentifier of its own: many write the key's (rsaEncryption), RFC 3370 §3.2. %NULL with
 * @error where it has another digest than the attributes: RFC 8933 §3. */
static X509_ALGOR *
signature_algorithm (const SignetSignerInfo  *signer,
                     GError                 **error)
{
  int digest = OBJ_obj2nid (signer->digest_algorithm->algorithm);
  int signature = NID_undef;
  int own;
  X509_ALGOR *algorithm;

  if (OBJ_obj2nid (signer->signature_algorithm->algorithm) == NID_rsaEncryption
      && OBJ_find_sigid_by_algs (&signature, digest, NID_rsaEncryption) == 1)
    {
      algorithm = X509_ALGOR_new ();
      X509_ALGOR_set0 (algorithm, OBJ_nid2obj (signature), V_ASN1_NULL, NULL);
      return algorithm;
    }
  own = signature_digest (signer->signature_algorithm);
  if (own != NID_undef && own != digest)
    {
      refuse_signed (error, _("the signature has another digest algorithm than the message digest"));
      return NULL;
    }
  return X509_ALGOR_dup (signer->signature_algorithm);
}

static void
add_all (GPtrArray *all,
         GPtrArray *some)
{
  for (guint i = 0; some != NULL && i < some->len; i++)
    g_ptr_array_add (all, g_object_ref (g_ptr_array_index (some, i)));
}

/* Where signer and issuers may be found; none is trusted for that. */
static GPtrArray *
collect (const SignetSignedData    *signed_data,
         const SignetCmpKeySource  *source)
{
  GPtrArray *all = signet_envelope_read_certificates (signed_data->certificates);

  add_all (all, source->certificates);
  add_all (all, signet_cmp_authority_get_intermediates (source->authority));
  add_all (all, signet_cmp_authority_get_anchors (source->authority));
  return all;
}

static SignetCertificate *
find_signer (const SignetRecipientIdentifier  *sid,
             GPtrArray                        *candidates,
             GError                          **error)
{
  for (guint i = 0; i < candidates->len; i++)
    if (signet_envelope_names (g_ptr_array_index (candidates, i), sid->type == 0 ? sid->value.issuer_and_serial_number : NULL,
                               sid->type == 1 ? sid->value.subject_key_identifier : NULL))
      return g_ptr_array_index (candidates, i);
  signet_cms_refuse (error, SIGNET_CMP_ERROR_UNTRUSTED,
                     _("The certificate of whoever signed the package with the private key did not come with it and is not known"));
  return NULL;
}

static gboolean
is_entitled (SignetCertificate   *signer,
             SignetCmpAuthority  *authority,
             GPtrArray           *anchors)
{
  const char *usage = signet_cmp_authority_get_signer_usage (authority);

  return signet_certificate_is_ca (signer) || signet_cmp_trust_has_usage (signer, OID_CM_KGA)
         || g_ptr_array_find_with_equal_func (anchors, signer, (GEqualFunc) signet_certificate_equal, NULL)
         || (usage != NULL && (g_str_equal (usage, "any") || signet_cmp_trust_has_usage (signer, usage)));
}

/* RFC 9483 §4.1.6, RFC 9810 §4.5. */
static gboolean
check_signer (SignetCertificate         *signer,
              GPtrArray                 *candidates,
              const SignetCmpKeySource  *source,
              GError                   **error)
{
  g_autoptr (GPtrArray) anchors = signet_cmp_trust_anchors (source->authority, candidates, NULL);
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (GError) reason = NULL;
  SignetCmpRelaxations relaxations = signet_cmp_authority_get_relaxations (source->authority);
  const char *subject = signet_certificate_get_subject (signer);

  chain = signet_chain_build (signer, candidates, anchors, source->now, &reason);
  if (chain == NULL)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_UNTRUSTED, _("The signer of the package with the private key is not trusted. %s"),
                              reason->message);
  if ((X509_get_key_usage (signet_certificate_get_x509 (signer)) & KU_DIGITAL_SIGNATURE) == 0
      && (relaxations & SIGNET_CMP_RELAX_NO_DIGITAL_SIGNATURE) == 0)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_UNTRUSTED,
                              _("The certificate of “%s”, who signed the package with the private key, may not be used for signatures"), subject);
  if (!is_entitled (signer, source->authority, anchors))
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_UNTRUSTED,
                              _("“%s” signed the package with the private key, but may not make keys: no CA, and extended key usage without cmKGA. "
                                "The setting signer-usage says who else may."), subject);
  return TRUE;
}

static gboolean
check_signature (const SignetSignedData    *signed_data,
                 const SignetCmpKeySource  *source,
                 GError                   **error)
{
  const SignetSignerInfo *signer = sk_SignetSignerInfo_value (signed_data->signer_infos, 0);
  SignetCmpRelaxations relaxations = signet_cmp_authority_get_relaxations (source->authority);
  g_autoptr (GPtrArray) candidates = collect (signed_data, source);
  g_autoptr (X509_ALGOR) algorithm = NULL;
  g_autoptr (GBytes) attributes = NULL;
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GError) reason = NULL;
  SignetCertificate *certificate;
  EVP_PKEY *key;

  if (!check_digest (signed_data, signer, error))
    return FALSE;
  algorithm = signature_algorithm (signer, error);
  if (algorithm == NULL)
    return FALSE;
  certificate = find_signer (signer->sid, candidates, error);
  if (certificate == NULL)
    return FALSE;
  key = X509_get0_pubkey (signet_certificate_get_x509 (certificate));
  if (key == NULL)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The key of the certificate of “%s”, who signed the package with the private key, "
                                                                     "cannot be used"), signet_certificate_get_subject (certificate));

  /* What is signed is the attributes' DER as a SET: RFC 5652 §5.4. */
  attributes = signet_asn1_encode (signer->signed_attrs, ASN1_ITEM_rptr (SignetCmsAttributes));
  signature = g_bytes_new (ASN1_STRING_get0_data (signer->signature), (gsize) ASN1_STRING_length (signer->signature));
  if (!signet_cmp_signature_verify (key, algorithm, attributes, signature, relaxations, &reason))
    return signet_cms_refuse (error, (SignetCmpError) reason->code, _("The package with the private key is not signed as it must be: %s"),
                              reason->message);
  if (source->by_mac && (relaxations & SIGNET_CMP_RELAX_KGA_BY_MAC) != 0)
    return TRUE;
  return check_signer (certificate, candidates, source, error);
}

/* DER PrivateKeyInfo of version 0, which every libcrypto reads, from the members of a OneAsymmetricKey. */
static SignetSecret *
make_private_key_info (const SignetDerValue *algorithm,
                       const SignetDerValue *private_key)
{
  static const guint8 version[] = { TAG_INTEGER, 1, 0 };
  g_autoptr (GByteArray) header = g_byte_array_new ();
  gsize contents = sizeof version + algorithm->size + private_key->size;
  guint8 *octets;
  guint8 *cursor;
  SignetSecret *secret;
  gsize size;

  signet_der_append_header (header, TAG_SEQUENCE, contents);
  size = header->len + contents;
  octets = g_malloc (size);
  cursor = mempcpy (octets, header->data, header->len);
  cursor = mempcpy (cursor, version, sizeof version);
  cursor = mempcpy (cursor, algorithm->octets, algorithm->size);
  memcpy (cursor, private_key->octets, private_key->size);
  secret = signet_secret_new_take (octets, size);
  return secret;
}

/* The public key that came with the private one must be its own. */
static gboolean
check_public (SignetKey             *key,
              const SignetDerValue  *public_key,
              GError               **error)
{
  GBytes *der = signet_key_get_public (key);
  g_autoptr (SignetPublicKeyInfo) info
    = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (SignetPublicKeyInfo));

  if (info != NULL && public_key->contents_size == (gsize) ASN1_STRING_length (info->key) + 1 && public_key->contents[0] == 0
      && memcmp (public_key->contents + 1, ASN1_STRING_get0_data (info->key), public_key->contents_size - 1) == 0)
    return TRUE;
  return signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("The private key that came does not belong to the public key beside it"));
}

/* OneAsymmetricKey, RFC 5958 §2, read where it lies. */
static SignetKey *
read_key (const guint8  *data,
          gsize          size,
          GPtrArray     *remarks,
          GError       **error)
{
  SignetDerValue version;
  SignetDerValue algorithm;
  SignetDerValue private_key;
  SignetDerValue attributes;
  SignetDerValue public_key = { 0 };
  g_autoptr (SignetSecret) info = NULL;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (GError) reason = NULL;
  gboolean second;

  if (!signet_der_read_expected (&data, &size, TAG_INTEGER, &version) || version.contents_size != 1 || version.contents[0] > 1
      || !signet_der_read_expected (&data, &size, TAG_SEQUENCE, &algorithm)
      || !signet_der_read_expected (&data, &size, TAG_OCTET_STRING, &private_key)
      || (size > 0 && *data == TAG_ATTRIBUTES && !signet_der_read (&data, &size, &attributes))
      || (size > 0 && !signet_der_read_expected (&data, &size, TAG_PUBLIC_KEY, &public_key)) || size > 0)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("The private key that came is no OneAsymmetricKey"));
      return NULL;
    }
  second = version.contents[0] == 1;
  if (!second || public_key.contents == NULL)
    add_remark (remarks, _("The private key came without the public key that RFC 9483 §4.1.6 demands beside it"));
  info = make_private_key_info (&algorithm, &private_key);
  key = signet_key_new_from_pkcs8 (info, &reason);
  if (key == NULL)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("The private key that came cannot be used: %s"), reason->message);
      return NULL;
    }
  if (public_key.contents != NULL && !check_public (key, &public_key, error))
    return NULL;
  return g_steal_pointer (&key);
}

SignetKey *
signet_cmp_key_package_read (SignetSecret  *package,
                             GPtrArray     *remarks,
                             GError       **error)
{
  SignetDerValue sequence;
  SignetDerValue one;
  gsize size;
  const guint8 *data;

  g_return_val_if_fail (package != NULL, NULL);

  data = signet_secret_get_data (package, &size);
  if (!signet_der_read_expected (&data, &size, TAG_SEQUENCE, &sequence) || size > 0)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("What came for the private key is no AsymmetricKeyPackage"));
      return NULL;
    }
  data = sequence.contents;
  size = sequence.contents_size;
  if (!signet_der_read_expected (&data, &size, TAG_SEQUENCE, &one) || size > 0)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("The package must hold one private key, and holds none or more"));
      return NULL;
    }
  return read_key (one.contents, one.contents_size, remarks, error);
}

/* A key of the forms before PKCS #8, such as ECPrivateKey. */
static SignetKey *
read_traditional (SignetSecret *content)
{
  gsize size;
  const guint8 *data = signet_secret_get_data (content, &size);
  g_autoptr (EVP_PKEY) pkey = d2i_AutoPrivateKey (NULL, &data, (long) size);
  PKCS8_PRIV_KEY_INFO *info = pkey != NULL ? EVP_PKEY2PKCS8 (pkey) : NULL;
  guint8 *encoded = NULL;
  int length = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO (info, &encoded) : 0;
  g_autoptr (SignetSecret) pkcs8 = length > 0 ? signet_secret_new (encoded, (gsize) length) : NULL;

  OPENSSL_clear_free (encoded, length > 0 ? (gsize) length : 0);
  PKCS8_PRIV_KEY_INFO_free (info);
  return pkcs8 != NULL ? signet_key_new_from_pkcs8 (pkcs8, NULL) : NULL;
}

/* A package as the source's authority may make them: OpenSSL 3.5 signs one key in the form that i2d_PrivateKey () gives. */
static SignetKey *
read_signed (SignetSecret              *package,
             const SignetCmpKeySource  *source,
             GPtrArray                 *remarks,
             GError                   **error)
{
  SignetKey *key = NULL;

  if ((signet_cmp_authority_get_relaxations (source->authority) & SIGNET_CMP_RELAX_KEY_PACKAGE_FORM) != 0)
    key = read_traditional (package);

  return key != NULL ? key : signet_cmp_key_package_read (package, remarks, error);
}

SignetKey *
signet_cmp_key_package_open (SignetSecret              *signed_data,
                             const SignetCmpKeySource  *source,
                             GPtrArray                 *remarks,
                             GError                   **error)
{
  g_autoptr (SignetSignedData) decoded = NULL;
  g_autoptr (SignetSecret) package = NULL;
  ASN1_OCTET_STRING *content;
  SignetKey *key = NULL;
  gsize size;
  const guint8 *data;

  g_return_val_if_fail (signed_data != NULL, NULL);
  g_return_val_if_fail (source != NULL, NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (source->authority), NULL);

  signet_assert_may_take_time ();
  data = signet_secret_get_data (signed_data, &size);
  decoded = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetSignedData));
  /* What does not even look like it is told as what could not be decrypted is. */
  if (decoded == NULL)
    {
      signet_cmp_envelope_set_unreadable (error);
      return NULL;
    }
  content = decoded->encap_content_info->e_content;
  if (check_form (decoded, source, remarks, error) && check_signature (decoded, source, error))
    {
      package = signet_secret_new (ASN1_STRING_get0_data (content), (gsize) ASN1_STRING_length (content));
      key = read_signed (package, source, remarks, error);
    }
  if (content != NULL)
    OPENSSL_cleanse (content->data, (gsize) content->length);
  ERR_clear_error ();
  return key;
}
