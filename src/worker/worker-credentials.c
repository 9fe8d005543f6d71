/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pki/pki-chain.h"
#include "worker/worker-credentials.h"
#include "worker/worker-error.h"

static SignetCmpCredentials *
by_certificate (SignetStore  *store,
                gint64        identity_id,
                GError      **error)
{
  g_autoptr (SignetCertificateRecord) record = signet_store_get_certificate (store, identity_id, error);
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (GPtrArray) issuers = NULL;
  g_autoptr (GPtrArray) chain = NULL;

  if (record == NULL)
    return NULL;
  if (record->key_id == 0)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                   _("“%s” cannot sign a request: its private key is not here."), record->name);
      return NULL;
    }
  certificate = signet_certificate_new_from_der (record->der, error);
  key = certificate != NULL ? signet_store_get_key (store, record->key_id, error) : NULL;
  issuers = key != NULL ? signet_store_list_issuers (store, error) : NULL;
  if (issuers == NULL)
    return NULL;
  chain = signet_chain_order (certificate, issuers);
  g_ptr_array_remove_index (chain, 0);

  return signet_cmp_credentials_new_signature (key, certificate, chain, error);
}

/* Whether a certificate of this computer may sign for a further one: good, with its key, and one whose key signs. */
static gboolean
can_sign (SignetStore                    *store,
          const SignetCertificateRecord  *record,
          gint64                          now)
{
  g_autoptr (SignetCmpCredentials) credentials = NULL;

  if (record->key_id == 0 || g_strcmp0 (record->state, "good-for-use") != 0 || record->not_before > now
      || record->not_after <= now)
    return FALSE;
  credentials = by_certificate (store, record->id, NULL);

  return credentials != NULL;
}

/**
 * signet_worker_credentials_choose_identity:
 * @store: where certificates lie
 * @authority: who is asked
 * @identity_id: row of the certificate that the person named, or 0
 * @now: seconds since 1970, UTC
 *
 * The certificate named, else the one that the authority's settings name, else its code. Where that was used up, the latest
 * certificate of this very authority that can sign, as a further certificate is asked for (RFC 9483 §4.1.2).
 *
 * Returns: row of the certificate that signs, or 0 for the code
 */
gint64
signet_worker_credentials_choose_identity (SignetStore                  *store,
                                           const SignetAuthorityRecord  *authority,
                                           gint64                        identity_id,
                                           gint64                        now)
{
  g_autoptr (GPtrArray) certificates = NULL;
  const SignetCertificateRecord *latest = NULL;

  if (identity_id != 0)
    return identity_id;
  if (authority->identity_id != 0 || authority->has_secret)
    return authority->identity_id;
  certificates = signet_store_list_certificates (store, NULL);
  for (guint i = 0; certificates != NULL && i < certificates->len; i++)
    {
      const SignetCertificateRecord *record = g_ptr_array_index (certificates, i);

      if (record->authority_id == authority->id && (latest == NULL || record->not_before >= latest->not_before)
          && can_sign (store, record, now))
        latest = record;
    }

  return latest != NULL ? latest->id : 0;
}

/**
 * signet_worker_credentials_find:
 * @store: where keys and codes are sealed
 * @authority: who is asked
 * @identity_id: as signet_worker_credentials_choose_identity() gave it
 * @error: %SIGNET_WORKER_ERROR_INVALID says what is missing
 *
 * Returns: (transfer full): the credentials
 */
SignetCmpCredentials *
signet_worker_credentials_find (SignetStore                  *store,
                                const SignetAuthorityRecord  *authority,
                                gint64                        identity_id,
                                GError                      **error)
{
  g_autoptr (SignetSecret) secret = NULL;

  if (identity_id == 0)
    identity_id = authority->identity_id;
  if (identity_id != 0)
    return by_certificate (store, identity_id, error);
  if (!authority->has_secret)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                   _("“%s” needs a new code: the last one was used up. Ask your organisation for one, or sign with a "
                     "certificate you hold."),
                   authority->name);
      return NULL;
    }
  secret = signet_store_get_authority_secret (store, authority->id, error);
  if (secret == NULL)
    return NULL;

  return signet_cmp_credentials_new_mac (authority->reference, secret);
}

/**
 * signet_worker_credentials_choose_operation:
 * @store: where the certificate lies
 * @authority: who is asked
 * @identity_id: as for signet_worker_credentials_find()
 *
 * A certificate of this very authority asks for a further one by cr; a code, or a certificate of another PKI, enrols by ir
 * (RFC 9483 §4.1.1, §4.1.2).
 *
 * Returns: (transfer none): "ir" or "cr"
 */
const char *
signet_worker_credentials_choose_operation (SignetStore                 *store,
                                            const SignetAuthorityRecord *authority,
                                            gint64                       identity_id)
{
  g_autoptr (SignetCertificateRecord) record = NULL;

  if (identity_id != 0)
    record = signet_store_get_certificate (store, identity_id, NULL);

  return record != NULL && record->authority_id == authority->id ? "cr" : "ir";
}
