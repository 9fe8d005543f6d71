/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-announcement.h"
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

/* The person's certificates: (transfer full) (element-type SignetCertificate) */
static GPtrArray *
list_own (SignetStore *store)
{
  GPtrArray *certificates = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) records = signet_store_list_certificates (store, NULL);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const SignetCertificateRecord *record = records->pdata[i];
      SignetCertificate *certificate = signet_certificate_new_from_der (record->der, NULL);

      if (certificate != NULL)
        g_ptr_array_add (certificates, certificate);
    }

  return certificates;
}

/* Whose announcement it is: that authority which its protection shows to have made it, else none. (transfer full) (nullable) */
static SignetCmpAnnouncement *
check_announcement (SignetStore                  *store,
                    const SignetAuthorityRecord  *record,
                    SignetCmpMessage             *message,
                    GPtrArray                    *own,
                    gint64                        now,
                    GError                      **error)
{
  g_autoptr (SignetCmpAuthority) authority = signet_worker_authority_to_cmp (record, error);
  g_autoptr (SignetCmpCredentials) credentials = NULL;
  SignetCmpAnnouncementContext context = { .authority = authority, .own = own, .now = now };

  if (authority == NULL)
    return NULL;
  if (signet_cmp_message_is_mac_protected (message))
    credentials = signet_worker_credentials_find (store, record, 0, NULL);
  context.credentials = credentials;

  return signet_cmp_announcement_check (message, &context, error);
}

/* (transfer full): never empty. */
static char *
judge_announcement (SignetStore      *store,
                    SignetCmpMessage *message,
                    gint64            now)
{
  g_autoptr (GPtrArray) authorities = signet_store_list_authorities (store, NULL);
  g_autoptr (GPtrArray) own = list_own (store);
  g_autofree char *refused = NULL;

  for (guint i = 0; authorities != NULL && i < authorities->len; i++)
    {
      const SignetAuthorityRecord *record = authorities->pdata[i];
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpAnnouncement) announcement = check_announcement (store, record, message, own, now, &error);
      g_autofree char *words = announcement != NULL ? signet_cmp_announcement_explain (announcement) : g_strdup (error->message);

      if (announcement != NULL && announcement->authentic)
        return g_strdup_printf (_("Announcement by “%s”: %s"), record->name, words);
      if (refused == NULL)
        refused = g_steal_pointer (&words);
    }
  if (refused == NULL)
    return g_strdup (_("Announcement: not checked, for no authority is known here."));

  return g_strdup_printf (_("Announcement by none of your authorities: %s"), refused);
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

  if (signet_cmp_message_is_announcement (message))
    return judge_announcement (store, message, now);
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
  *tree = signet_cmp_message_to_tree (message);

  return TRUE;
}
