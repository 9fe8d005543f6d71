/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-message.h"
#include "pki/pki-format.h"
#include "transfer/transfer-file.h"
#include "worker/worker-error.h"
#include "worker/worker-import.h"
#include "worker/worker-settings.h"

static gint64
keep_identity (SignetStore     *store,
               SignetIdentity  *identity,
               gint64           now,
               GError         **error)
{
  gint64 key;
  gint64 certificate;

  if (!signet_store_begin (store, error))
    return 0;
  key = signet_store_add_key (store, identity->key, "imported", 0, now, error);
  certificate = key != 0 ? signet_store_add_certificate (store, identity->certificate, NULL, "good-for-use", now, error) : 0;
  for (guint i = 0; certificate != 0 && identity->chain != NULL && i < identity->chain->len; i++)
    if (!signet_store_add_issuer (store, identity->chain->pdata[i], 0, now, error))
      certificate = 0;
  if (certificate == 0)
    {
      signet_store_rollback (store);
      return 0;
    }

  return signet_store_commit (store, error) ? certificate : 0;
}

/**
 * signet_worker_import_identity:
 * @store: where to keep it
 * @file: octets of a PEM or PKCS #12 file
 * @password: (nullable): opens it
 * @now: seconds since 1970, UTC
 * @error: %SIGNET_PKI_ERROR or %SIGNET_WORKER_ERROR_INVALID says what is wrong with the file
 *
 * Returns: row of the certificate, or 0 with @error
 */
gint64
signet_worker_import_identity (SignetStore   *store,
                               GBytes        *file,
                               SignetSecret  *password,
                               gint64         now,
                               GError       **error)
{
  g_autoptr (SignetIdentity) identity = signet_identity_parse (file, password, error);

  if (identity == NULL)
    return 0;
  if (identity->certificate == NULL || identity->key == NULL)
    {
      g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                           identity->certificate == NULL ? _("The file holds no certificate.")
                                                         : _("The file holds no private key, so it cannot sign a request."));
      return 0;
    }

  return keep_identity (store, identity, now, error);
}

static gboolean
check_wanted (SignetStore  *store,
              gint64        wanted,
              gint64        found,
              GError      **error)
{
  g_autoptr (SignetRequestRecord) other = NULL;

  if (wanted == 0 || wanted == found)
    return TRUE;
  other = signet_store_get_request (store, found, error);
  if (other != NULL)
    g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                 _("This reply belongs to “%s”, not to the request that is shown."), other->name);

  return FALSE;
}

/**
 * signet_worker_import_find_request:
 * @store: where requests lie
 * @wanted: row it must belong to, or 0
 * @contents: of a file or paste: DER, PEM or base64
 * @der: (out) (transfer full): the message
 * @error: %SIGNET_WORKER_ERROR_INVALID where it is no message or another's, %SIGNET_WORKER_ERROR_NOT_FOUND where nobody's
 *
 * A reply is matched by its transactionID, whatever its file is called (RFC 9483 §3.5).
 *
 * Returns: row of the request, or 0 with @error
 */
gint64
signet_worker_import_find_request (SignetStore  *store,
                                   gint64        wanted,
                                   GBytes       *contents,
                                   GBytes      **der,
                                   GError      **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GBytes) octets = signet_message_file_decode (contents, &reason);
  g_autoptr (SignetCmpMessage) message = octets != NULL ? signet_cmp_message_parse (octets, &reason) : NULL;
  g_autofree char *transaction_id = NULL;
  gint64 found;

  if (message == NULL)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                   _("This is no message of a certificate authority: %s"), reason->message);
      return 0;
    }
  transaction_id = signet_worker_to_hex (signet_cmp_message_get_transaction_id (message));
  found = signet_store_find_request (store, transaction_id, &reason);
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return 0;
    }
  if (found == 0)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_NOT_FOUND,
                   _("This reply belongs to no request that is known here. Was it made on another computer? Its transaction "
                     "is %s."),
                   *transaction_id != '\0' ? transaction_id : _("not named"));
      return 0;
    }
  if (!check_wanted (store, wanted, found, error))
    return 0;
  *der = g_steal_pointer (&octets);

  return found;
}
