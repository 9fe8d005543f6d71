/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-confirm.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-error.h"

#define DIGEST "SHA512"                 /* where the signature algorithm of a certificate fixes none: RFC 9810 §5.3.18 */
#define ED448_DIGEST_SIZE 64            /* SHAKE256 with 512 bits, RFC 9481 §3.3 */

GBytes *
signet_cmp_confirm_hash (SignetCertificate  *certificate,
                         const char        **digest,
                         GError            **error)
{
  GBytes *der = signet_certificate_get_der (certificate);
  X509 *x509 = signet_certificate_get_x509 (certificate);
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  g_autoptr (EVP_MD) md = NULL;
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  int md_nid = NID_undef;
  int signature = X509_get_signature_nid (x509);
  gboolean hashed = FALSE;

  *digest = NULL;
  if (signature == NID_ED448)
    md_nid = NID_shake256;
  else if (signature == NID_ED25519)
    md_nid = NID_sha512;
  else if (X509_get_signature_info (x509, &md_nid, NULL, NULL, NULL) != 1 || md_nid == NID_undef)
    {
      *digest = DIGEST;
      md_nid = NID_sha512;
    }
  md = EVP_MD_fetch (NULL, OBJ_nid2sn (md_nid), NULL);
  if (md != NULL && EVP_DigestInit_ex (context, md, NULL) == 1
      && EVP_DigestUpdate (context, g_bytes_get_data (der, NULL), g_bytes_get_size (der)) == 1)
    {
      if (md_nid == NID_shake256)
        {
          length = ED448_DIGEST_SIZE;
          hashed = EVP_DigestFinalXOF (context, hash, length) == 1;
        }
      else
        hashed = EVP_DigestFinal_ex (context, hash, &length) == 1;
    }
  if (!hashed)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                                _("The certificate cannot be confirmed: its hash could not be made"));
      return NULL;
    }

  return g_bytes_new (hash, length);
}
