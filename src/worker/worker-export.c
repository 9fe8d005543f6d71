/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pki/pki-chain.h"
#include "pki/pki-format.h"
#include "worker/worker-error.h"
#include "worker/worker-export.h"

/* @certificate first, then its issuers as far as the store has them. */
static GPtrArray *
find_chain (SignetStore        *store,
            SignetCertificate  *certificate,
            GError            **error)
{
  g_autoptr (GPtrArray) issuers = signet_store_list_issuers (store, error);

  return issuers != NULL ? signet_chain_order (certificate, issuers) : NULL;
}

static GBytes *
to_pkcs12 (SignetStore                    *store,
           const SignetCertificateRecord  *record,
           SignetCertificate              *certificate,
           GPtrArray                      *chain,
           SignetSecret                   *password,
           gboolean                        pbmac1,
           GError                        **error)
{
  g_autoptr (SignetKey) key = NULL;

  if (record->key_id == 0)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                   _("The private key of “%s” is not here, so there is nothing to put into a PKCS #12 file."), record->name);
      return NULL;
    }
  if (password == NULL || signet_secret_get_size (password) == 0)
    {
      g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                           _("A file with a private key needs a password."));
      return NULL;
    }
  key = signet_store_get_key (store, record->key_id, error);
  if (key == NULL)
    return NULL;
  g_ptr_array_remove_index (chain, 0);

  return pbmac1 ? signet_identity_to_pkcs12_pbmac1 (key, certificate, chain, record->name, password, error)
                : signet_identity_to_pkcs12 (key, certificate, chain, record->name, password, error);
}

/**
 * signet_worker_export_certificate:
 * @store: where it lies
 * @certificate: its row
 * @format: "pem" (with its chain), "der", "pkcs12" (with key and chain) or "pkcs12-pbmac1" (RFC 9579)
 * @password: (nullable): for the latter two
 * @error: %SIGNET_WORKER_ERROR_INVALID says what is missing
 *
 * Returns: (transfer full): octets of the file
 */
GBytes *
signet_worker_export_certificate (SignetStore   *store,
                                  gint64         certificate,
                                  const char    *format,
                                  SignetSecret  *password,
                                  GError       **error)
{
  g_autoptr (SignetCertificateRecord) record = signet_store_get_certificate (store, certificate, error);
  g_autoptr (SignetCertificate) parsed = NULL;
  g_autoptr (GPtrArray) chain = NULL;

  if (record == NULL)
    return NULL;
  parsed = signet_certificate_new_from_der (record->der, error);
  chain = parsed != NULL ? find_chain (store, parsed, error) : NULL;
  if (chain == NULL)
    return NULL;
  if (g_str_equal (format, "der"))
    return g_bytes_ref (record->der);
  if (g_str_equal (format, "pkcs12") || g_str_equal (format, "pkcs12-pbmac1"))
    return to_pkcs12 (store, record, parsed, chain, password, g_str_equal (format, "pkcs12-pbmac1"), error);
  if (g_str_equal (format, "pem"))
    {
      char *text = signet_certificates_to_pem (chain);

      return g_bytes_new_take (text, strlen (text));
    }
  g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
               _("“%s” is no format: choose pem, der, pkcs12 or pkcs12-pbmac1."), format);

  return NULL;
}
