/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-archive.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cmp/cmp-asn1-crmf.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-cms-crypto.h"

#define TAG_ENCRYPTED_KEY 4
#define TAG_ENVELOPED_DATA 0

enum {
  ARCHIVE_ENCRYPTED_KEY,
  ARCHIVE_PARAMETERS,
  ARCHIVE_REMOTE,
};

gboolean
signet_cmp_archival_check (const SignetCmpArchival  *archival,
                           GError                  **error)
{
  g_return_val_if_fail (archival != NULL && SIGNET_IS_KEY (archival->key), FALSE);

  if (!signet_key_can_encipher (archival->key) && !signet_key_can_agree (archival->key) && !signet_key_can_encapsulate (archival->key))
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS,
                              _("A private key that makes signatures is not given away: whoever has a copy could sign in your name"));
  if (!archival->consent)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS,
                              _("The private key is given to the authority only if you say expressly that it shall keep a copy"));
  return TRUE;
}

static SignetEncKeyIdentifier *
make_identifier (const SignetCmpArchival *archival)
{
  SignetEncKeyIdentifier *identifier = SignetEncKeyIdentifier_new ();

  if (archival->token != NULL)
    {
      identifier->type = 0;
      identifier->value.string = ASN1_UTF8STRING_new ();
      ASN1_STRING_set (identifier->value.string, archival->token, -1);
      return identifier;
    }
  identifier->type = 1;
  identifier->value.general_name = GENERAL_NAME_new ();
  GENERAL_NAME_set0_value (identifier->value.general_name, GEN_DIRNAME, X509_NAME_dup (archival->name));
  return identifier;
}

/* DER EncKeyWithID. PrivateKeyInfo is of version 0 and has no attributes, RFC 4211 §4.2.1. */
static SignetSecret *
make_enc_key_with_id (const SignetCmpArchival  *archival,
                      GError                  **error)
{
  g_autoptr (SignetEncKeyWithId) content = SignetEncKeyWithId_new ();
  PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8 (signet_key_get_pkey (archival->key));
  SignetSecret *secret;
  unsigned char *der = NULL;
  int size = -1;

  if (info != NULL)
    {
      PKCS8_PRIV_KEY_INFO_free (content->private_key);
      content->private_key = info;
      if (archival->name != NULL || archival->token != NULL)
        content->identifier = make_identifier (archival);
      size = i2d_SignetEncKeyWithId (content, &der);
    }
  if (size <= 0)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                                _("The private key does not leave its place, and so cannot be given to the authority"));
      return NULL;
    }
  secret = signet_secret_new (der, (gsize) size);
  OPENSSL_clear_free (der, (gsize) size);
  return secret;
}

GBytes *
signet_cmp_archival_seal (const SignetCmpArchival  *archival,
                          gboolean                  identified,
                          GError                  **error)
{
  g_autoptr (SignetSecret) content = NULL;

  if (!signet_cmp_archival_check (archival, error))
    return NULL;
  if (identified && archival->token == NULL && (archival->name == NULL || X509_NAME_entry_count (archival->name) == 0))
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CREDENTIALS,
                         _("With the private key must go whose it is: give the request a subject, or the key a text known to the authority"));
      return NULL;
    }
  content = make_enc_key_with_id (archival, error);
  if (content == NULL)
    return NULL;
  return signet_cmp_envelope_seal (SIGNET_CMS_ENC_KEY_WITH_ID, content, archival->certificate, archival->secret, archival->authority,
                                   archival->rsa, error);
}

GBytes *
signet_cmp_archival_make_pop (const SignetCmpArchival  *archival,
                              GError                  **error)
{
  g_autoptr (GBytes) enveloped = signet_cmp_archival_seal (archival, TRUE, error);

  return enveloped != NULL ? signet_cmp_envelope_tag (enveloped, TAG_ENCRYPTED_KEY) : NULL;
}

GBytes *
signet_cmp_archive_options_new_key (const SignetCmpArchival  *archival,
                                    GError                  **error)
{
  g_autoptr (SignetPkiArchiveOptions) options = SignetPkiArchiveOptions_new ();
  g_autoptr (GBytes) enveloped = signet_cmp_archival_seal (archival, FALSE, error);
  g_autoptr (GBytes) tagged = NULL;

  if (enveloped == NULL)
    return NULL;
  tagged = signet_cmp_envelope_tag (enveloped, TAG_ENVELOPED_DATA);
  options->type = ARCHIVE_ENCRYPTED_KEY;
  options->value.encrypted_priv_key = signet_asn1_decode (g_bytes_get_data (tagged, NULL), g_bytes_get_size (tagged), ASN1_ITEM_rptr (ASN1_ANY));
  return signet_asn1_encode (options, ASN1_ITEM_rptr (SignetPkiArchiveOptions));
}

GBytes *
signet_cmp_archive_options_new_parameters (GBytes *parameters)
{
  g_autoptr (SignetPkiArchiveOptions) options = SignetPkiArchiveOptions_new ();

  g_return_val_if_fail (parameters != NULL, NULL);

  options->type = ARCHIVE_PARAMETERS;
  options->value.key_gen_parameters = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (options->value.key_gen_parameters, g_bytes_get_data (parameters, NULL), (int) g_bytes_get_size (parameters));
  return signet_asn1_encode (options, ASN1_ITEM_rptr (SignetPkiArchiveOptions));
}

GBytes *
signet_cmp_archive_options_new_remote (gboolean archive)
{
  g_autoptr (SignetPkiArchiveOptions) options = SignetPkiArchiveOptions_new ();

  options->type = ARCHIVE_REMOTE;
  options->value.archive_rem_gen_priv_key = archive ? 0xff : 0;
  return signet_asn1_encode (options, ASN1_ITEM_rptr (SignetPkiArchiveOptions));
}
