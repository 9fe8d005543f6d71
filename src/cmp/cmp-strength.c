/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-strength.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1-info.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-digest.h"
#include "cmp/cmp-item-private.h"
#include "cmp/cmp-mac-function.h"
#include "cmp/cmp-mac.h"

#define NOT_SAID 112                    /* an RSA key whose length the authority chooses has 2,048 bits at least */

guint
signet_cmp_strength_of_key (EVP_PKEY *key)
{
  int bits = EVP_PKEY_get_security_bits (key);

  return bits > 0 ? (guint) bits : 0;
}

guint
signet_cmp_strength_of_public_key_info (GBytes *public_key)
{
  static const struct {
    int nid;
    guint bits;
  } kinds[] = {
    { NID_rsaEncryption, NOT_SAID }, { NID_rsassaPss, NOT_SAID }, { NID_ED25519, 128 },          { NID_X25519, 128 },
    { NID_ED448, 224 },              { NID_X448, 224 },           { NID_X9_62_prime256v1, 128 }, { NID_secp384r1, 192 },
    { NID_secp521r1, 256 },          { NID_secp224r1, 112 },
  };
  g_autoptr (SignetPublicKeyInfo) info
      = signet_asn1_decode (g_bytes_get_data (public_key, NULL), g_bytes_get_size (public_key), ASN1_ITEM_rptr (SignetPublicKeyInfo));
  int nid;

  ERR_clear_error ();
  if (info == NULL)
    return 0;
  nid = OBJ_obj2nid (info->algorithm->algorithm);
  if (nid == NID_X9_62_id_ecPublicKey && info->algorithm->parameter != NULL
      && ASN1_TYPE_get (info->algorithm->parameter) == V_ASN1_OBJECT)
    nid = OBJ_obj2nid (info->algorithm->parameter->value.object);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (kinds[i].nid == nid)
      return kinds[i].bits;

  return 0;
}

/* Eight times the binary logarithm of @number, below 256, rounded down. */
static gsize
eighths_of_log2 (guint number)
{
  guint64 power = 1;
  gsize log2 = 0;

  g_assert (number < 256);
  for (guint i = 0; i < 8; i++)
    power *= number;
  while (power >>= 1)
    log2++;

  return log2;
}

guint
signet_cmp_strength_of_secret (SignetSecret *secret)
{
  gboolean seen[256] = { FALSE };
  guint pools[] = { 0, 0, 0, 0, 0 };    /* digits, lower case, upper case, other ASCII, everything else */
  static const guint pool_sizes[] = { 10, 26, 26, 33, 128 };
  guint pool = 0;
  guint distinct = 0;
  gsize size;
  const guint8 *octets = signet_secret_get_data (secret, &size);

  for (gsize i = 0; i < size; i++)
    {
      guint kind = g_ascii_isdigit (octets[i])               ? 0
                   : g_ascii_islower (octets[i])             ? 1
                   : g_ascii_isupper (octets[i])             ? 2
                   : octets[i] >= 0x20 && octets[i] < 0x7f   ? 3 : 4;

      pools[kind]++;
      distinct += seen[octets[i]] ? 0 : 1;
      seen[octets[i]] = TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (pools); i++)
    pool += pools[i] > 0 ? pool_sizes[i] : 0;
  /* Few different characters, repeated, are worth no more than those. */
  pool = MIN (pool, distinct * distinct);

  return (guint) (size * eighths_of_log2 (pool) / 8);
}

/* Half the output of a hash: RFC 9481 table 1. @algorithm: (nullable) */
static guint
strength_of_digest (const X509_ALGOR *algorithm)
{
  SignetCmpDigest digest;

  if (algorithm == NULL || !signet_cmp_digest_read (algorithm, SIGNET_CMP_RELAX_SHA1, &digest, NULL))
    return 0;

  return (guint) digest.size * 4;
}

static guint
strength_of_function (const X509_ALGOR *algorithm)
{
  g_auto (SignetCmpMacFunction) function = { NULL, NULL, NULL, 0, FALSE, 0, NULL, NULL };

  if (!signet_cmp_mac_function_read (algorithm, SIGNET_CMP_RELAX_SHA1, &function, NULL))
    return 0;

  return (guint) function.key_size * (function.key_is_fixed ? 8 : 4);
}

static guint
strength_of_password_based (const X509_ALGOR *protection)
{
  g_autoptr (SignetPbmParameter) params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetPbmParameter), protection->parameter);

  return params != NULL ? MIN (strength_of_digest (params->owf), strength_of_function (params->mac)) : 0;
}

static guint
strength_of_pbmac1 (const X509_ALGOR *protection)
{
  g_autoptr (SignetPbmac1Params) params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetPbmac1Params), protection->parameter);

  return params != NULL ? strength_of_function (params->message_auth_scheme) : 0;
}

static guint
strength_of_kem (const X509_ALGOR *protection)
{
  g_autoptr (SignetKemBmParameter) params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetKemBmParameter), protection->parameter);

  return params != NULL ? strength_of_function (params->mac) : 0;
}

static guint
strength_of_dh (const X509_ALGOR *protection)
{
  g_autoptr (SignetDhbmParameter) params = ASN1_TYPE_unpack_sequence (ASN1_ITEM_rptr (SignetDhbmParameter), protection->parameter);

  return params != NULL ? MIN (strength_of_digest (params->owf), strength_of_function (params->mac)) : 0;
}

guint
signet_cmp_strength_of_algorithm (const X509_ALGOR *protection)
{
  SignetCmpMacKind kind = signet_cmp_mac_get_kind (protection);
  guint bits = 0;

  if (kind == SIGNET_CMP_MAC_KIND_NONE)
    return G_MAXUINT;
  if (kind == SIGNET_CMP_MAC_KIND_PLAIN)
    return strength_of_function (protection);
  if (protection->parameter == NULL)
    return 0;
  if (kind == SIGNET_CMP_MAC_KIND_PASSWORD_BASED)
    bits = strength_of_password_based (protection);
  else if (kind == SIGNET_CMP_MAC_KIND_PBMAC1)
    bits = strength_of_pbmac1 (protection);
  else
    bits = kind == SIGNET_CMP_MAC_KIND_KEM ? strength_of_kem (protection) : strength_of_dh (protection);
  ERR_clear_error ();

  return bits;
}

/* What stands behind the protection: the key, or the MAC. */
static guint
strength_of_protection (SignetCmpCredentials *credentials,
                        GBytes               *protection)
{
  g_autoptr (X509_ALGOR) algorithm
      = signet_asn1_decode (g_bytes_get_data (protection, NULL), g_bytes_get_size (protection), ASN1_ITEM_rptr (X509_ALGOR));
  SignetKey *key = signet_cmp_credentials_get_key (credentials);
  guint bits = algorithm != NULL ? signet_cmp_strength_of_algorithm (algorithm) : 0;

  return key != NULL ? MIN (bits, signet_cmp_strength_of_key (signet_key_get_pkey (key))) : bits;
}

char *
signet_cmp_strength_advise (SignetCmpOperation   *operation,
                            SignetCmpCredentials *credentials,
                            GBytes               *protection)
{
  guint bits = strength_of_protection (credentials, protection);

  for (guint i = 0; i < signet_cmp_operation_get_n_items (operation); i++)
    {
      SignetCmpItem *item = signet_cmp_operation_get_item (operation, i);
      SignetKey *key = item != NULL ? signet_cmp_item_get_key (item) : NULL;
      guint wanted = key != NULL ? signet_cmp_strength_of_key (signet_key_get_pkey (key)) : 0;

      if (bits < wanted)
        return g_strdup_printf (_("The request is protected with %u bits of security, and the key that it is for has %u. Whoever breaks "
                                  "the protection gets a certificate in your name; choose a stronger one."),
                                bits, wanted);
    }

  return NULL;
}

gboolean
signet_cmp_strength_check_central (SignetCmpItem         *item,
                                   SignetCmpAuthority    *authority,
                                   SignetCmpCredentials  *credentials,
                                   GError               **error)
{
  const SignetCertTemplate *template = signet_cmp_item_get_template (item);
  g_autoptr (GBytes) public_key = NULL;
  guint wanted = NOT_SAID;
  guint bits;

  if (!signet_cmp_item_is_central (item) || !signet_cmp_credentials_is_mac (credentials)
      || (signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_WEAK_SECRET) != 0)
    return TRUE;
  if (template->public_key != NULL)
    {
      public_key = signet_asn1_encode (template->public_key, ASN1_ITEM_rptr (SignetPublicKeyInfo));
      wanted = MAX (wanted, public_key != NULL ? signet_cmp_strength_of_public_key_info (public_key) : 0);
    }
  bits = signet_cmp_strength_of_secret (signet_cmp_credentials_get_secret (credentials));
  if (bits >= wanted)
    return TRUE;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK,
               _("The authority shall make a private key and send it under the code, which can be guessed more easily than the key (about "
                 "%u bits, and %u are needed). Make the key here, or ask for a longer code; the setting weak-secret allows it."),
               bits, wanted);

  return FALSE;
}
