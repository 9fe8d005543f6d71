/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/pem.h>

#include "pki/pki-chain.h"
#include "pki/pki-key.h"
#include "worker/worker-authority.h"
#include "worker/worker-endpoint.h"
#include "worker/worker-error.h"

/* What a connection to one authority needs beyond its address: who we are to its TLS server, and whether it is kept. */

static gboolean
write_chain (SignetStore        *store,
             SignetCertificate  *certificate,
             BIO                *bio,
             GError            **error)
{
  g_autoptr (GPtrArray) issuers = signet_store_list_issuers (store, error);
  g_autoptr (GPtrArray) chain = issuers != NULL ? signet_chain_order (certificate, issuers) : NULL;

  for (guint i = 0; chain != NULL && i < chain->len; i++)
    if (PEM_write_bio_X509 (bio, signet_certificate_get_x509 (chain->pdata[i])) != 1)
      return FALSE;

  return chain != NULL;
}

/* GIO takes a key as text only; what it and GnuTLS copy is not ours to cleanse, so this happens only where it was set. */
static GTlsCertificate *
make_identity (SignetStore                    *store,
               const SignetCertificateRecord  *record,
               GError                        **error)
{
  g_autoptr (SignetCertificate) certificate = signet_certificate_new_from_der (record->der, error);
  g_autoptr (SignetKey) key = certificate != NULL ? signet_store_get_key (store, record->key_id, error) : NULL;
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());
  g_autoptr (GError) reason = NULL;
  GTlsCertificate *identity;
  char *data;
  long size;

  if (key == NULL || !write_chain (store, certificate, bio, error))
    return NULL;
  if (PEM_write_bio_PKCS8PrivateKey (bio, signet_key_get_pkey (key), NULL, NULL, 0, NULL, NULL) != 1)
    {
      signet_openssl_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                                _("The key of “%s” cannot be used for a connection"), record->name);
      return NULL;
    }
  size = BIO_get_mem_data (bio, &data);
  identity = g_tls_certificate_new_from_pem (data, size, &reason);
  if (identity == NULL)
    g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                 _("“%s” cannot tell the server who you are: %s"), record->name, reason->message);

  return identity;
}

/**
 * signet_worker_endpoint_check_identity:
 * @store: where the certificate lies
 * @id: its row
 * @error: %SIGNET_WORKER_ERROR_INVALID
 */
gboolean
signet_worker_endpoint_check_identity (SignetStore  *store,
                                       gint64        id,
                                       GError      **error)
{
  g_autoptr (SignetCertificateRecord) record = signet_store_get_certificate (store, id, error);

  if (record == NULL)
    return FALSE;
  if (record->key_id != 0)
    return TRUE;
  g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
               _("“%s” cannot tell a server who you are: its private key is not here."), record->name);

  return FALSE;
}

char *
signet_worker_endpoint_name_connection (gint64 id)
{
  return g_strdup_printf ("request %" G_GINT64_FORMAT, id);
}

/**
 * signet_worker_endpoint_new:
 * @store: where the certificate for TLS lies
 * @authority: who is asked
 * @request: whose messages go there
 * @error: %SIGNET_WORKER_ERROR_INVALID says what is missing
 *
 * Returns: (transfer full): address, limits, and who we are to the server
 */
SignetEndpoint *
signet_worker_endpoint_new (SignetStore                  *store,
                            const SignetAuthorityRecord  *authority,
                            const SignetRequestRecord    *request,
                            GError                      **error)
{
  g_autoptr (SignetEndpoint) endpoint = signet_worker_authority_to_endpoint (authority, request->operation, error);
  gboolean keep = FALSE;
  gint64 identity_id = 0;

  if (endpoint == NULL)
    return NULL;
  if (authority->settings != NULL)
    {
      g_variant_lookup (authority->settings, "keep-connection", "b", &keep);
      g_variant_lookup (authority->settings, "tls-identity", "x", &identity_id);
    }
  if (keep)
    {
      g_autofree char *name = signet_worker_endpoint_name_connection (request->id);

      signet_endpoint_set_connection (endpoint, name);
    }
  if (identity_id != 0)
    {
      g_autoptr (SignetCertificateRecord) record = NULL;
      g_autoptr (GTlsCertificate) identity = NULL;

      if (!signet_worker_endpoint_check_identity (store, identity_id, error))
        return NULL;
      record = signet_store_get_certificate (store, identity_id, error);
      identity = record != NULL ? make_identity (store, record, error) : NULL;
      if (identity == NULL)
        return NULL;
      signet_endpoint_set_client_certificate (endpoint, identity);
    }

  return g_steal_pointer (&endpoint);
}
