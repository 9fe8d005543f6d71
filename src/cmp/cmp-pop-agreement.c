/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-pop-agreement.h"

#include <glib/gi18n-lib.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>

#include "cmp/cmp-asn1-crmf.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-cms-crypto.h"
#include "pki/pki-thread.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetPopoPrivKey, SignetPopoPrivKey_free)

#define SHARED_MAX_SIZE 1024             /* octets of what two keys agree on */
#define AGREE_MAC 3

/* id-pkix id-alg(6): static DH 15 to 18, static ECDH 25 to 28 */
#define OID_ALG "1.3.6.1.5.5.7.6."

typedef struct {
  int bits;                              /* of the curve, or of the prime */
  const char *digest;
  const char *oid;
} Scheme;

static const Scheme ec_schemes[] = {
  { 256, "SHA256", OID_ALG "26" },
  { 384, "SHA384", OID_ALG "27" },
  { G_MAXINT, "SHA512", OID_ALG "28" },
};

static const Scheme dh_schemes[] = {
  { 3072, "SHA256", OID_ALG "16" },
  { 7680, "SHA384", OID_ALG "17" },
  { G_MAXINT, "SHA512", OID_ALG "18" },
};

static gboolean
is_dh (EVP_PKEY *key)
{
  return EVP_PKEY_is_a (key, "DHX") || EVP_PKEY_is_a (key, "DH");
}

static SignetSecret *
agree (EVP_PKEY *own,
       EVP_PKEY *peer)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_pkey (NULL, own, NULL);
  SignetSecret *shared = NULL;
  guint8 octets[SHARED_MAX_SIZE];
  gsize size = sizeof octets;

  /* ZZ is as long as the prime, with zeros in front: RFC 2631 §2.1.2. */
  if (context != NULL && EVP_PKEY_derive_init (context) == 1 && (!is_dh (own) || EVP_PKEY_CTX_set_dh_pad (context, 1) > 0)
      && EVP_PKEY_derive_set_peer (context, peer) == 1 && EVP_PKEY_derive (context, octets, &size) == 1)
    shared = signet_secret_new (octets, size);
  OPENSSL_cleanse (octets, sizeof octets);
  return shared;
}

static gboolean
derive_key (SignetSecret *shared,
            GBytes       *leading,
            GBytes       *trailing,
            EVP_MD       *digest,
            guint8       *key,
            guint        *key_size)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  gsize size;
  const guint8 *octets = signet_secret_get_data (shared, &size);

  return EVP_DigestInit_ex2 (context, digest, NULL) == 1
         && EVP_DigestUpdate (context, g_bytes_get_data (leading, NULL), g_bytes_get_size (leading)) == 1
         && EVP_DigestUpdate (context, octets, size) == 1
         && EVP_DigestUpdate (context, g_bytes_get_data (trailing, NULL), g_bytes_get_size (trailing)) == 1
         && EVP_DigestFinal_ex (context, key, key_size) == 1;
}

GBytes *
signet_cmp_pop_agree_mac_compute (EVP_PKEY    *own,
                                  EVP_PKEY    *peer,
                                  GBytes      *leading,
                                  GBytes      *trailing,
                                  const char  *digest,
                                  GBytes      *text,
                                  GError     **error)
{
  g_autoptr (EVP_MD) method = EVP_MD_fetch (NULL, digest, NULL);
  g_autoptr (SignetSecret) shared = NULL;
  guint8 key[EVP_MAX_MD_SIZE];
  guint8 mac[EVP_MAX_MD_SIZE];
  guint key_size = 0;
  gsize mac_size = 0;
  gboolean ok = FALSE;

  signet_assert_may_take_time ();
  if (EVP_PKEY_parameters_eq (own, peer) != 1)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS,
                         _("The key and the one in the authority's certificate are not of one group, so that they cannot agree on anything"));
      return NULL;
    }
  shared = agree (own, peer);
  if (shared != NULL && method != NULL && derive_key (shared, leading, trailing, method, key, &key_size))
    ok = EVP_Q_mac (NULL, "HMAC", NULL, digest, NULL, key, key_size, g_bytes_get_data (text, NULL), g_bytes_get_size (text), mac, sizeof mac,
                    &mac_size) != NULL;
  OPENSSL_cleanse (key, sizeof key);
  if (ok)
    return g_bytes_new (mac, mac_size);
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The proof that the private key is at hand could not be made"));
  return NULL;
}

static const Scheme *
find_scheme (EVP_PKEY  *key,
             GError   **error)
{
  const Scheme *schemes = EVP_PKEY_is_a (key, "EC") ? ec_schemes : is_dh (key) ? dh_schemes : NULL;

  if (schemes == NULL)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("There is no proof of possession by key agreement for a key of type “%s”"),
                         EVP_PKEY_get0_type_name (key));
      return NULL;
    }
  while (EVP_PKEY_get_bits (key) > schemes->bits)
    schemes++;
  return schemes;
}

/* DER of @name, or of the alternative names where it is empty: RFC 4211 §4.3. */
static GBytes *
name_of (X509            *x509,
         const X509_NAME *name,
         int              alternative)
{
  int position = X509_NAME_entry_count (name) == 0 ? X509_get_ext_by_NID (x509, alternative, -1) : -1;

  if (position >= 0)
    {
      const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data (X509_get_ext (x509, position));

      return g_bytes_new (ASN1_STRING_get0_data (value), (gsize) ASN1_STRING_length (value));
    }
  return signet_asn1_encode (name, ASN1_ITEM_rptr (X509_NAME));
}

GBytes *
signet_cmp_pop_agree_mac_new (SignetKey          *key,
                              SignetCertificate  *certificate,
                              GBytes             *cert_request,
                              GError            **error)
{
  g_autoptr (SignetPopoPrivKey) proof = SignetPopoPrivKey_new ();
  g_autoptr (GBytes) leading = NULL;
  g_autoptr (GBytes) trailing = NULL;
  g_autoptr (GBytes) mac = NULL;
  EVP_PKEY *own;
  EVP_PKEY *peer;
  X509 *x509;
  const Scheme *scheme;

  g_return_val_if_fail (SIGNET_IS_KEY (key), NULL);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (certificate), NULL);

  own = signet_key_get_pkey (key);
  x509 = signet_certificate_get_x509 (certificate);
  peer = X509_get0_pubkey (x509);
  scheme = find_scheme (own, error);
  if (scheme == NULL)
    return NULL;
  if (peer == NULL || (X509_get_key_usage (x509) & KU_KEY_AGREEMENT) == 0)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS, _("The certificate of “%s” is not for key agreement"),
                         signet_certificate_get_subject (certificate));
      return NULL;
    }
  leading = name_of (x509, X509_get_subject_name (x509), NID_subject_alt_name);
  trailing = name_of (x509, X509_get_issuer_name (x509), NID_issuer_alt_name);
  mac = signet_cmp_pop_agree_mac_compute (own, peer, leading, trailing, scheme->digest, cert_request, error);
  if (mac == NULL)
    return NULL;
  proof->type = AGREE_MAC;
  proof->value.agree_mac = SignetPkMacValue_new ();
  X509_ALGOR_set0 (proof->value.agree_mac->alg_id, OBJ_txt2obj (scheme->oid, 1), V_ASN1_UNDEF, NULL);
  ASN1_BIT_STRING_set (proof->value.agree_mac->value, (guint8 *) g_bytes_get_data (mac, NULL), (int) g_bytes_get_size (mac));
  proof->value.agree_mac->value->flags = (proof->value.agree_mac->value->flags & ~0x07L) | ASN1_STRING_FLAG_BITS_LEFT;
  return signet_asn1_encode (proof, ASN1_ITEM_rptr (SignetPopoPrivKey));
}
