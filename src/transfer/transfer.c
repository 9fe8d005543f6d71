/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "transfer/transfer.h"

G_DEFINE_INTERFACE (SignetTransfer, signet_transfer, G_TYPE_OBJECT)

static void
signet_transfer_default_init (SignetTransferInterface *iface)
{
}

/**
 * signet_transfer_send_async:
 * @self: a carrier
 * @endpoint: where to
 * @message: DER of one PKIMessage, sent as it is
 * @cancellable: (nullable): ends the waiting; the octets may have left
 *
 * Gives a message to the authority and brings what it answers.
 */
void
signet_transfer_send_async (SignetTransfer      *self,
                            SignetEndpoint      *endpoint,
                            GBytes              *message,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  g_return_if_fail (SIGNET_IS_TRANSFER (self));
  g_return_if_fail (SIGNET_IS_ENDPOINT (endpoint));
  g_return_if_fail (message != NULL);

  SIGNET_TRANSFER_GET_IFACE (self)->send_async (self, endpoint, message, cancellable, callback, user_data);
}

/**
 * signet_transfer_send_finish:
 * @error: %SIGNET_TRANSFER_ERROR, which tells whether the octets may have arrived, or %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the octets of the answer, which nothing has looked into yet
 */
GBytes *
signet_transfer_send_finish (SignetTransfer  *self,
                             GAsyncResult    *result,
                             GError         **error)
{
  g_return_val_if_fail (SIGNET_IS_TRANSFER (self), NULL);

  return SIGNET_TRANSFER_GET_IFACE (self)->send_finish (self, result, error);
}

/**
 * signet_transfer_end_connection:
 * @name: as signet_endpoint_set_connection () took it
 *
 * Nothing follows on the connection that was kept under this name, if there is one.
 */
void
signet_transfer_end_connection (SignetTransfer *self,
                                const char     *name)
{
  g_return_if_fail (SIGNET_IS_TRANSFER (self));
  g_return_if_fail (name != NULL);

  if (SIGNET_TRANSFER_GET_IFACE (self)->end_connection != NULL)
    SIGNET_TRANSFER_GET_IFACE (self)->end_connection (self, name);
}
