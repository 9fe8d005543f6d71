/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-request.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-signature.h"

/* certReqId of the only request in a message, RFC 9483 §4.1.1. */
#define CERT_REQ_ID 0

GBytes *
signet_cmp_request_build (SignetCmpOperation  *operation,
                          GError             **error)
{
  SignetKey *key = signet_cmp_operation_get_key (operation);
  const X509_NAME *subject = signet_cmp_operation_get_subject (operation);
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) algorithm = NULL;
  g_autoptr (GBytes) signature = NULL;

  if (X509_NAME_entry_count (subject) == 0 && signet_cmp_operation_get_alt_names (operation) == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                   _("A certificate needs a name: give a subject, or at least one address that it is for."));
      return NULL;
    }
  if (!signet_key_can_sign (key))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("A key of the kind %s cannot sign, so its possession cannot be proved."), signet_key_get_spec (key));
      return NULL;
    }
  request = signet_cmp_cert_request_new (CERT_REQ_ID, subject, signet_key_get_public (key),
                                         signet_cmp_operation_get_extensions (operation), error);
  if (request == NULL)
    return NULL;
  algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), error);
  signature = algorithm != NULL ? signet_cmp_signature_make (signet_key_get_pkey (key), algorithm, request, error) : NULL;

  return signature != NULL ? signet_cmp_body_cert_req (request, algorithm, signature, error) : NULL;
}
