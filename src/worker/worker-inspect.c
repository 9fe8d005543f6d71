/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-protection.h"
#include "pki/pki-chain.h"
#include "transfer/transfer-file.h"
#include "worker/worker-authority.h"
#include "worker/worker-credentials.h"
#include "worker/worker-error.h"
#include "worker/worker-import.h"
#include "worker/worker-inspect.h"

static char *
judge_mac (SignetStore                  *store,
           const SignetAuthorityRecord  *record,
           SignetCmpAuthority           *authority,
           SignetCmpMessage             *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpCredentials) credentials = signet_worker_credentials_find (store, record, 0, &error);
  g_autoptr (SignetCmpProtector) protector = NULL;

  if (credentials != NULL && signet_cmp_credentials_is_mac (credentials))
    protector = signet_cmp_protector_new (credentials, authority, &error);
  if (protector == NULL)
    return g_strdup (_("Protection: not checked, for the code is no longer here."));
  if (!signet_cmp_protector_verify_mac (protector, message, &error))
    return g_strdup_printf (_("Protection: does not check: %s"), error->message);

  return g_strdup_printf (_("Protection: checks with the code of “%s”."), record->name);
}

static char *
judge_signature (const SignetAuthorityRecord *record,
                 SignetCmpAuthority          *authority,
                 SignetCmpMessage            *message,
                 gint64                       now)
{
  GPtrArray *extra = signet_cmp_message_get_extra_certs (message);
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (GError) error = NULL;

  if (extra == NULL || extra->len == 0)
    return g_strdup (_("Protection: not checked, for the message does not carry its signer’s certificate."));
  if (!signet_cmp_verify_signature (message, extra->pdata[0], signet_cmp_authority_get_relaxations (authority), &error))
    return g_strdup_printf (_("Protection: does not check: %s"), error->message);
  chain = signet_chain_build (extra->pdata[0], extra, signet_cmp_authority_get_anchors (authority), now, &error);
  if (chain == NULL)
    return g_strdup_printf (_("Protection: the signature checks, but its signer is not trusted: %s"), error->message);

  return g_strdup_printf (_("Protection: signed by %s, which leads to an anchor of “%s”."),
                          signet_certificate_get_subject (extra->pdata[0]), record->name);
}

/* (transfer full): never empty. */
static char *
judge (SignetStore      *store,
       gint64            request,
       SignetCmpMessage *message,
       gint64            now)
{
  g_autoptr (SignetRequestRecord) record = request != 0 ? signet_store_get_request (store, request, NULL) : NULL;
  g_autoptr (SignetAuthorityRecord) known = NULL;
  g_autoptr (SignetCmpAuthority) authority = NULL;

  if (signet_cmp_message_get_protection (message) == NULL)
    return g_strdup (_("Protection: none. Anybody can have written this."));
  if (record != NULL)
    known = signet_store_get_authority (store, record->authority_id, NULL);
  if (known != NULL)
    authority = signet_worker_authority_to_cmp (known, NULL);
  if (authority == NULL)
    return g_strdup (_("Protection: not checked, for the message belongs to no request that is known here."));
  if (signet_cmp_message_is_mac_protected (message))
    return judge_mac (store, known, authority, message);

  return judge_signature (known, authority, message, now);
}

/**
 * signet_worker_inspect:
 * @store: where requests lie
 * @contents: of a file or paste: DER, PEM or base64
 * @now: seconds since 1970, UTC
 * @text: (out) (transfer full): the message in words
 * @tree: (out) (transfer full): its fields as "(ssav)"
 * @error: %SIGNET_WORKER_ERROR_INVALID where it is no message
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_inspect (SignetStore  *store,
                       GBytes       *contents,
                       gint64        now,
                       char        **text,
                       GVariant    **tree,
                       GError      **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GBytes) der = signet_message_file_decode (contents, &reason);
  g_autoptr (SignetCmpMessage) message = der != NULL ? signet_cmp_message_parse (der, &reason) : NULL;
  g_autoptr (GBytes) again = NULL;
  g_autofree char *judgement = NULL;
  g_autofree char *words = NULL;
  gint64 request;

  if (message == NULL)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                   _("This is no message of a certificate authority: %s"), reason->message);
      return FALSE;
    }
  request = signet_worker_import_find_request (store, 0, der, &again, NULL);
  judgement = judge (store, request, message, now);
  words = signet_cmp_message_print (message);
  *text = g_strconcat (judgement, "\n\n", words, NULL);
  *tree = g_variant_ref_sink (signet_cmp_message_to_tree (message));

  return TRUE;
}
