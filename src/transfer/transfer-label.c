/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "transfer/transfer.h"

/* RFC 9483 §6.1, Table 1. The first name is that of the request's body, or of the information that a genm asks for; variants
 * (MAC, central keys, polling) have no labels of their own. */
static const char *const labels[][2] = {
  { "ir", "initialization" },
  { "cr", "certification" },
  { "kur", "keyupdate" },
  { "p10cr", "pkcs10" },
  { "rr", "revocation" },
  { "caCerts", "getcacerts" },
  { "rootCaCert", "getrootupdate" },
  { "certReqTemplate", "getcertreqtemplate" },
  { "crlStatusList", "getcrls" },
  { "nested", "nested" },
};

/**
 * signet_endpoint_label_for_operation:
 * @operation: (nullable): "ir", …; of a genm the name of its information, "caCerts"
 *
 * Returns: (transfer none) (nullable): the last part of the path where labels are wanted
 */
const char *
signet_endpoint_label_for_operation (const char *operation)
{
  for (guint i = 0; operation != NULL && i < G_N_ELEMENTS (labels); i++)
    if (g_str_equal (labels[i][0], operation))
      return labels[i][1];

  return NULL;
}

static const char *const framings[] = {
  [SIGNET_TRANSFER_FRAMING_NONE] = "none",
  [SIGNET_TRANSFER_FRAMING_TCP] = "tcp",
  [SIGNET_TRANSFER_FRAMING_TCP_BASE64] = "tcp-base64",
};

gboolean
signet_transfer_framing_from_name (const char            *name,
                                   SignetTransferFraming *framing)
{
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (framing != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (framings); i++)
    if (g_str_equal (framings[i], name))
      {
        *framing = (SignetTransferFraming) i;
        return TRUE;
      }

  return FALSE;
}
