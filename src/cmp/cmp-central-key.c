/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-cms-crypto.h"
#include "cmp/cmp-key-package.h"

/* What is inside an EncryptedValue: PKCS #8, RFC 4211 §6.4. */
static SignetKey *
read_bare (SignetSecret  *content,
           GError       **error)
{
  SignetKey *key = signet_key_new_from_pkcs8 (content, NULL);

  if (key == NULL)
    signet_cmp_envelope_set_unreadable (error);
  return key;
}

/* OpenSSL 3.5 and Siemens' CmpRaComponent call the SignedData in their envelopes data (RFC 9483 §4.1.6 says what it is called). */
static gboolean
is_signed_data (const char         *content_type,
                SignetCmpAuthority *authority)
{
  gboolean any_form = (signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_KEY_PACKAGE_FORM) != 0;

  return g_str_equal (content_type, SIGNET_CMS_SIGNED_DATA) || (any_form && g_str_equal (content_type, SIGNET_CMS_DATA));
}

SignetKey *
signet_cmp_central_key_open (GBytes                    *private_key,
                             const SignetCmpRecipient  *recipient,
                             SignetCertificate         *certificate,
                             const SignetCmpKeySource  *source,
                             GPtrArray                 *remarks,
                             GError                   **error)
{
  g_autofree char *content_type = NULL;
  g_autoptr (SignetSecret) content = NULL;
  g_autoptr (SignetKey) key = NULL;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (certificate), NULL);
  g_return_val_if_fail (source != NULL, NULL);

  content = signet_cmp_encrypted_key_open (private_key, recipient, source->authority, &content_type, remarks, error);
  if (content == NULL)
    return NULL;
  if (content_type != NULL && !is_signed_data (content_type, source->authority))
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("The private key came encrypted, but not signed by whoever made it: inside is “%s” "
                                                            "instead of SignedData. If the authority only calls it so, allow it by the "
                                                            "setting key-package-form"),
                         content_type);
      return NULL;
    }
  key = content_type == NULL ? read_bare (content, error) : signet_cmp_key_package_open (content, source, remarks, error);
  if (key == NULL)
    return NULL;
  if (!g_str_equal (signet_key_get_id (key), signet_certificate_get_key_id (certificate)))
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CERTIFICATE, _("The private key that came does not belong to the certificate of “%s”"),
                         signet_certificate_get_subject (certificate));
      return NULL;
    }
  return g_steal_pointer (&key);
}

SignetCertificate *
signet_cmp_encrypted_certificate_open (GBytes                    *encrypted_cert,
                                       const SignetCmpRecipient  *recipient,
                                       SignetCmpAuthority        *authority,
                                       GPtrArray                 *remarks,
                                       GError                   **error)
{
  g_autoptr (SignetSecret) content = NULL;
  g_autoptr (GBytes) der = NULL;
  g_autoptr (SignetCertificate) certificate = NULL;
  gsize size;
  const guint8 *data;

  g_return_val_if_fail (recipient != NULL, NULL);
  g_return_val_if_fail (SIGNET_IS_KEY (recipient->key), NULL);

  content = signet_cmp_encrypted_key_open (encrypted_cert, recipient, authority, NULL, remarks, error);
  if (content == NULL)
    return NULL;
  data = signet_secret_get_data (content, &size);
  der = g_bytes_new (data, size);
  certificate = signet_certificate_new_from_der (der, NULL);
  ERR_clear_error ();
  if (certificate != NULL && g_str_equal (signet_certificate_get_key_id (certificate), signet_key_get_id (recipient->key)))
    return g_steal_pointer (&certificate);
  signet_cmp_envelope_set_unreadable (error);
  return NULL;
}

const char *
signet_cmp_central_key_warning (gboolean signing)
{
  return signing ? _("Whoever makes a key can use it. If the authority makes a key for signatures, it could sign in your name: better make it here.")
                 : _("Whoever makes a key can use it. If the authority makes it, it could read what is encrypted for you: better make it here.");
}
