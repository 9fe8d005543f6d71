/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-pop.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-error.h"
#include "cmp/cmp-item-private.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-pop-agreement.h"
#include "cmp/cmp-signature.h"

/* SubsequentMessage, RFC 4211 §4.2 */
#define ENCR_CERT 0
#define CHALLENGE_RESP 1

static gboolean
set_bits (ASN1_BIT_STRING *string,
          GBytes          *bits)
{
  string->flags = (string->flags & ~0x07L) | ASN1_STRING_FLAG_BITS_LEFT;

  return ASN1_STRING_set (string, g_bytes_get_data (bits, NULL), (int) g_bytes_get_size (bits)) == 1;
}

static X509_ALGOR *
decode_algorithm (GBytes *der)
{
  return signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_ALGOR));
}

static gboolean
set_failed (GError **error)
{
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                            _("The proof that the private key is at hand could not be made"));
  return FALSE;
}

/* ---- a signature ---- */

/* publicKeyMAC: who has no certificate says by the shared secret whose key it is (RFC 4211 §4.1, §4.4). */
static SignetPkMacValue *
make_public_key_mac (GBytes                *public_key,
                     SignetCmpAuthority    *authority,
                     SignetCmpCredentials  *credentials,
                     GError               **error)
{
  g_autoptr (SignetPkMacValue) value = SignetPkMacValue_new ();
  g_autoptr (GBytes) algorithm = NULL;
  g_autoptr (GBytes) mac = NULL;
  SignetCmpMacKey *key = NULL;

  algorithm = signet_cmp_mac_algorithm_new (SIGNET_CMP_MAC_PASSWORD_BASED, signet_cmp_authority_get_mac_digest (authority),
                                            signet_cmp_authority_get_mac_iterations (authority), error);
  if (algorithm == NULL)
    return NULL;
  X509_ALGOR_free (value->alg_id);
  value->alg_id = decode_algorithm (algorithm);
  key = signet_cmp_mac_key_new (value->alg_id, signet_cmp_credentials_get_secret (credentials),
                                signet_cmp_authority_get_mac_iteration_limit (authority), SIGNET_CMP_RELAX_NONE, error);
  mac = key != NULL ? signet_cmp_mac_compute (key, public_key, error) : NULL;
  g_clear_pointer (&key, signet_cmp_mac_key_free);
  if (mac == NULL || !set_bits (value->value, mac))
    return NULL;

  return g_steal_pointer (&value);
}

/* Where the template does not name the subject, the signature goes over who asks and the key (RFC 4211 §4.1, case 3). */
static SignetPopoSigningKeyInput *
make_input (SignetCmpItem         *item,
            SignetCmpAuthority    *authority,
            SignetCmpCredentials  *credentials,
            GError               **error)
{
  g_autoptr (SignetPopoSigningKeyInput) input = SignetPopoSigningKeyInput_new ();
  GBytes *public_key = signet_key_get_public (signet_cmp_item_get_key (item));
  SignetPopoAuthInfo *info = input->auth_info;

  SignetPublicKeyInfo_free (input->public_key);
  input->public_key = signet_asn1_decode (g_bytes_get_data (public_key, NULL), g_bytes_get_size (public_key),
                                          ASN1_ITEM_rptr (SignetPublicKeyInfo));
  if (signet_cmp_credentials_is_none (credentials))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("A request without a subject must be protected, or nobody knows whom it is from."));
      return NULL;
    }
  if (signet_cmp_credentials_is_mac (credentials))
    {
      info->type = 1;
      info->value.public_key_mac = make_public_key_mac (public_key, authority, credentials, error);
      if (info->value.public_key_mac == NULL)
        return NULL;
    }
  else if (signet_cmp_credentials_is_none (credentials))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("A request without a subject must be protected: otherwise nothing says whose key it is."));
      return NULL;
    }
  else
    {
      X509 *x509 = signet_certificate_get_x509 (signet_cmp_credentials_get_certificate (credentials));

      info->type = 0;
      info->value.sender = GENERAL_NAME_new ();
      GENERAL_NAME_set0_value (info->value.sender, GEN_DIRNAME, X509_NAME_dup (X509_get_subject_name (x509)));
    }

  return g_steal_pointer (&input);
}

static gboolean
sign (SignetCmpItem            *item,
      GBytes                   *cert_request,
      SignetCmpAuthority       *authority,
      SignetCmpCredentials     *credentials,
      SignetProofOfPossession  *popo,
      GError                  **error)
{
  SignetKey *key = signet_cmp_item_get_key (item);
  SignetPopoSigningKey *signing = SignetPopoSigningKey_new ();
  g_autoptr (GBytes) algorithm = NULL;
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GBytes) signed_part = NULL;

  popo->type = SIGNET_POPO_SIGNATURE;
  popo->value.signature = signing;
  if (key == NULL || !signet_key_can_sign (key))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("A key of the kind %s cannot sign, so its possession cannot be proved by a signature."),
                   key != NULL ? signet_key_get_spec (key) : "?");
      return FALSE;
    }
  if (signet_cmp_item_get_template (item)->subject == NULL)
    {
      signing->poposk_input = make_input (item, authority, credentials, error);
      if (signing->poposk_input == NULL)
        return FALSE;
      signed_part = signet_asn1_encode (signing->poposk_input, ASN1_ITEM_rptr (SignetPopoSigningKeyInput));
    }
  else
    signed_part = g_bytes_ref (cert_request);
  algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), signet_cmp_authority_get_signature_digest (authority),
                                                      error);
  signature = algorithm != NULL ? signet_cmp_signature_make (signet_key_get_pkey (key), algorithm, signed_part, error) : NULL;
  if (signature == NULL)
    return FALSE;
  X509_ALGOR_free (signing->algorithm_identifier);
  signing->algorithm_identifier = decode_algorithm (algorithm);

  return (signing->algorithm_identifier != NULL && set_bits (signing->signature, signature)) || set_failed (error);
}

/* ---- what follows later ---- */

/* RFC 9810 §5.2.8.3: agreement for keys that agree, encipherment for all else, KEM keys included (§4.3.4). */
static gboolean
promise (SignetCmpItem            *item,
         long                      subsequent,
         SignetProofOfPossession  *popo,
         GError                  **error)
{
  SignetKey *key = signet_cmp_item_get_key (item);
  SignetPopoPrivKey *private_key;

  if (key == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("The private key is not at hand, so its possession cannot be proved."));
      return FALSE;
    }
  if (!signet_key_can_agree (key) && !signet_key_can_encipher (key) && !signet_key_can_encapsulate (key))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("Nothing can be encrypted for a key of the kind %s, so its possession cannot be proved in that way."),
                   signet_key_get_spec (key));
      return FALSE;
    }
  private_key = SignetPopoPrivKey_new ();

  private_key->type = 1;
  private_key->value.subsequent_message = ASN1_INTEGER_new ();
  if (signet_key_can_agree (key))
    {
      popo->type = SIGNET_POPO_KEY_AGREEMENT;
      popo->value.key_agreement = private_key;
    }
  else
    {
      popo->type = SIGNET_POPO_KEY_ENCIPHERMENT;
      popo->value.key_encipherment = private_key;
    }

  return ASN1_INTEGER_set (private_key->value.subsequent_message, subsequent) == 1 || set_failed (error);
}

/* ---- what comes with the request ---- */

/* @der: DER POPOPrivKey */
static gboolean
put_private_key (SignetCmpItem            *item,
                 GBytes                   *der,
                 SignetProofOfPossession  *popo,
                 GError                  **error)
{
  SignetPopoPrivKey *private_key
      = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (SignetPopoPrivKey));
  SignetKey *key = signet_cmp_item_get_key (item);

  if (private_key == NULL)
    return set_failed (error);
  popo->type = key != NULL && signet_key_can_agree (key) ? SIGNET_POPO_KEY_AGREEMENT : SIGNET_POPO_KEY_ENCIPHERMENT;
  popo->value.key_encipherment = private_key;

  return TRUE;
}

static gboolean
agree (SignetCmpItem            *item,
       GBytes                   *cert_request,
       SignetProofOfPossession  *popo,
       GError                  **error)
{
  SignetCertificate *certificate = signet_cmp_item_get_agreement_certificate (item);
  SignetKey *key = signet_cmp_item_get_key (item);
  g_autoptr (GBytes) der = NULL;

  if (key == NULL || certificate == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("To prove possession by key agreement, the key and the authority's certificate for that are needed."));
      return FALSE;
    }
  der = signet_cmp_pop_agree_mac_new (key, certificate, cert_request, error);

  return der != NULL && put_private_key (item, der, popo, error);
}

static gboolean
give (SignetCmpItem            *item,
      SignetProofOfPossession  *popo,
      GError                  **error)
{
  GBytes *der = signet_cmp_item_get_given_popo (item);

  if (der == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS, _("The proof that was to be given is missing."));
      return FALSE;
    }

  return put_private_key (item, der, popo, error);
}

static gboolean
claim_verified (SignetCmpAuthority       *authority,
                SignetProofOfPossession  *popo,
                GError                  **error)
{
  if ((signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_RA_VERIFIED) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("Only a registration authority may say that possession of the key was verified (raVerified). If this "
                     "authority takes you for one, allow it by the setting ra-verified."));
      return FALSE;
    }
  popo->type = SIGNET_POPO_RA_VERIFIED;
  popo->value.ra_verified = ASN1_NULL_new ();

  return TRUE;
}

SignetCmpPopo
signet_cmp_pop_choose (SignetCmpItem *item)
{
  SignetCmpPopo popo = signet_cmp_item_get_popo (item);
  SignetKey *key = signet_cmp_item_get_key (item);

  if (popo != SIGNET_CMP_POPO_DEFAULT)
    return popo;

  return key != NULL && signet_key_can_sign (key) ? SIGNET_CMP_POPO_SIGNATURE : SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE;
}

gboolean
signet_cmp_pop_make (SignetCmpItem            *item,
                     GBytes                   *cert_request,
                     SignetCmpAuthority       *authority,
                     SignetCmpCredentials     *credentials,
                     SignetProofOfPossession **popo,
                     GError                  **error)
{
  g_autoptr (SignetProofOfPossession) made = NULL;
  gboolean done;

  *popo = NULL;
  if (signet_cmp_item_is_central (item))
    return TRUE;
  made = SignetProofOfPossession_new ();
  switch (signet_cmp_pop_choose (item))
    {
    case SIGNET_CMP_POPO_SIGNATURE:
      done = sign (item, cert_request, authority, credentials, made, error);
      break;
    case SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE:
      done = promise (item, ENCR_CERT, made, error);
      break;
    case SIGNET_CMP_POPO_CHALLENGE:
      done = promise (item, CHALLENGE_RESP, made, error);
      break;
    case SIGNET_CMP_POPO_AGREE_MAC:
      done = agree (item, cert_request, made, error);
      break;
    case SIGNET_CMP_POPO_GIVEN:
      done = give (item, made, error);
      break;
    case SIGNET_CMP_POPO_RA_VERIFIED:
      done = claim_verified (authority, made, error);
      break;
    case SIGNET_CMP_POPO_DEFAULT:
    default:
      g_assert_not_reached ();
    }
  if (done)
    *popo = g_steal_pointer (&made);

  return done;
}
