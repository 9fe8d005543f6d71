/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-exchange.h"

#include <openssl/cmp.h>
#include <string.h>

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "demo/demo-general.h"
#include "pki/pki-openssl.h"

typedef SignetDemoExchange Exchange;

void
signet_demo_exchange_clear (Exchange *exchange)
{
  g_clear_object (&exchange->message);
  g_clear_pointer (&exchange->reference, g_free);
  g_clear_pointer (&exchange->secret, g_bytes_unref);
  g_clear_pointer (&exchange->general, g_bytes_unref);
  g_clear_pointer (&exchange->refusal, OSSL_CMP_PKISI_free);
}

OSSL_CMP_PKISI *
signet_demo_refuse (int         bit,
                    const char *words)
{
  return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_rejection, 1 << bit, words);
}

/* ---- what is kept ---- */

GBytes *
signet_demo_exchange_read (Exchange   *exchange,
                           const char *sql)
{
  return signet_demo_database_read (exchange->desk->database, sql, "b", exchange->id);
}

X509 *
signet_demo_exchange_read_certificate (Exchange   *exchange,
                                       const char *sql)
{
  g_autoptr (GBytes) der = signet_demo_exchange_read (exchange, sql);
  const unsigned char *data = der != NULL ? g_bytes_get_data (der, NULL) : NULL;

  return der != NULL ? d2i_X509 (NULL, &data, (long) g_bytes_get_size (der)) : NULL;
}

static X509 *
certificate_of (Exchange *exchange)
{
  return signet_demo_exchange_read_certificate (exchange, "SELECT der FROM certificates WHERE transaction_id = ?1");
}

OSSL_CMP_MSG *
signet_demo_exchange_first_request (Exchange *exchange)
{
  g_autoptr (GBytes) octets = signet_demo_exchange_read (exchange, "SELECT request" OF_TRANSACTION);
  const unsigned char *data = octets != NULL ? g_bytes_get_data (octets, NULL) : NULL;

  return octets != NULL ? d2i_OSSL_CMP_MSG (NULL, &data, (long) g_bytes_get_size (octets)) : NULL;
}

static void
set_state (Exchange   *exchange,
           const char *state)
{
  signet_demo_database_run (exchange->desk->database, "UPDATE transactions SET state = ?2 WHERE transaction_id = ?1", "bs",
                            exchange->id, state);
}

gint64
signet_demo_exchange_read_number (Exchange   *exchange,
                                  const char *sql)
{
  return signet_demo_database_read_number (exchange->desk->database, 0, sql, "b", exchange->id);
}

static gboolean
must_wait (Exchange *exchange)
{
  const SignetDemoOptions *options = exchange->desk->options;

  return signet_demo_exchange_read_number (exchange, "SELECT polls" OF_TRANSACTION) < options->poll_count
         || (options->hold && signet_demo_exchange_read_number (exchange, "SELECT approved" OF_TRANSACTION) == 0);
}

/* The certificate whose key signed the message, as libcrypto has just found it trustworthy: it does not say which. */
static GBytes *
find_signer (Exchange     *exchange,
             OSSL_CMP_CTX *context)
{
  GPtrArray *sent = signet_cmp_message_get_extra_certs (exchange->message);

  for (guint i = 0; i < sent->len; i++)
    {
      const unsigned char *data;
      GBytes *der = signet_certificate_get_der (sent->pdata[i]);
      g_autoptr (X509) x509 = NULL;

      data = g_bytes_get_data (der, NULL);
      x509 = d2i_X509 (NULL, &data, (long) g_bytes_get_size (der));
      if (x509 != NULL && signet_cmp_verify_signature (exchange->message, sent->pdata[i], SIGNET_CMP_RELAX_NONE, NULL)
          && OSSL_CMP_validate_cert_path (context, OSSL_CMP_CTX_get0_trustedStore (context), x509) == 1)
        return g_bytes_ref (der);
    }

  return NULL;
}

/* A transaction begins, with a message whose protection and POP libcrypto has checked. */
static gboolean
begin (Exchange     *exchange,
       OSSL_CMP_CTX *context)
{
  g_autoptr (GBytes) signer = exchange->reference == NULL ? find_signer (exchange, context) : NULL;

  if (signet_demo_exchange_read_number (exchange, "SELECT count (*)" OF_TRANSACTION) != 0)
    {
      exchange->refusal
          = signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_transactionIdInUse, "Another request has this transactionID.");
      return FALSE;
    }
  if (exchange->reference == NULL && signer == NULL)
    {
      exchange->refusal
          = signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_signerNotTrusted, "The certificate that signed is not in extraCerts.");
      return FALSE;
    }
  signet_demo_database_run (exchange->desk->database,
                            "INSERT INTO transactions (transaction_id, request, polls, approved, state, reference, signer)"
                            " VALUES (?1, ?2, 0, 0, 'new', ?3, ?4)",
                            "bbsb", exchange->id, signet_cmp_message_get_der (exchange->message), exchange->reference, signer);
  exchange->checked = TRUE;

  return TRUE;
}

/* ---- libcrypto's server calls these ---- */

static X509 *
issue (Exchange                     *exchange,
       const OSSL_CRMF_CERTTEMPLATE *tmpl,
       X509                         *old)
{
  SignetDemoDesk *desk = exchange->desk;
  X509 *certificate = certificate_of (exchange);
  g_autoptr (GBytes) der = NULL;
  unsigned char *encoded = NULL;
  int length;

  if (certificate != NULL)
    return certificate;
  if (old != NULL)
    certificate = signet_demo_ca_renew (desk->ca, tmpl, old);
  else
    certificate = signet_demo_ca_issue (desk->ca, tmpl, desk->options->modify);
  length = certificate != NULL ? i2d_X509 (certificate, &encoded) : 0;
  if (length <= 0)
    return NULL;
  der = g_bytes_new (encoded, (gsize) length);
  OPENSSL_free (encoded);
  signet_demo_database_run (desk->database, "INSERT INTO certificates (transaction_id, der) VALUES (?1, ?2)", "bb", exchange->id,
                            der);

  return certificate;
}

/* RFC 9810 §5.3.5, RFC 9483 §4.1.3: a key update is signed with the certificate that it replaces, one of this authority,
 * which oldCertID names where it is there. */
static OSSL_CMP_PKISI *
check_update (Exchange            *exchange,
              const OSSL_CRMF_MSG *crm,
              X509                *old)
{
  const OSSL_CRMF_CERTID *named = OSSL_CRMF_MSG_get0_regCtrl_oldCertID (crm);
  const X509_NAME *subject = OSSL_CRMF_CERTTEMPLATE_get0_subject (OSSL_CRMF_MSG_get0_tmpl (crm));

  if (old == NULL)
    return signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_wrongIntegrity,
                               "A key update is signed with the certificate that it replaces.");
  if (signet_demo_database_read_number (exchange->desk->database, 0,
                                        "SELECT count (*) FROM certificates NATURAL JOIN transactions WHERE state <> 'refused'"
                                        " AND der = (SELECT signer FROM transactions WHERE transaction_id = ?1)",
                                        "b", exchange->id) == 0)
    return signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_badCertId, "The certificate that signed is none of this authority.");
  if (named != NULL && (X509_NAME_cmp (OSSL_CRMF_CERTID_get0_issuer (named), X509_get_issuer_name (old)) != 0
                        || ASN1_INTEGER_cmp (OSSL_CRMF_CERTID_get0_serialNumber (named), X509_get0_serialNumber (old)) != 0))
    return signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_badCertId, "oldCertID is not the certificate that signed.");
  if (subject != NULL && X509_NAME_entry_count (subject) > 0 && X509_NAME_cmp (subject, X509_get_subject_name (old)) != 0)
    return signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_badCertTemplate, "A key update keeps the subject.");

  return NULL;
}

static void
fill_chains (SignetDemoDesk   *desk,
             STACK_OF (X509) **chain,
             STACK_OF (X509) **ca_pubs)
{
  *chain = sk_X509_new_null ();
  X509_up_ref (desk->ca->issuer);
  sk_X509_push (*chain, desk->ca->issuer);
  if (desk->options->ca_pubs)
    {
      *ca_pubs = sk_X509_new_null ();
      X509_up_ref (desk->ca->root);
      sk_X509_push (*ca_pubs, desk->ca->root);
    }
}

/* (nullable): nothing speaks against it. */
static OSSL_CMP_PKISI *
decide (Exchange            *exchange,
        const OSSL_CMP_MSG  *request,
        const OSSL_CRMF_MSG *crm,
        X509                *old)
{
  const SignetDemoOptions *options = exchange->desk->options;
  OSSL_CMP_PKISI *refusal = NULL;

  if (options->reject != NULL)
    refusal = signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_notAuthorized, options->reject);
  else if (signet_demo_exchange_read_number (exchange, "SELECT approved" OF_TRANSACTION) < 0)
    refusal = signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_notAuthorized, "Refused after a look at the request.");
  else if (OSSL_CMP_MSG_get_bodytype (request) == SIGNET_CMP_BODY_KUR)
    refusal = check_update (exchange, crm, old);
  if (refusal != NULL)
    set_state (exchange, "rejected");
  else if (must_wait (exchange))
    {
      set_state (exchange, options->hold ? "held" : "waiting");
      return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_waiting, 0, NULL);
    }

  return refusal;
}

static OSSL_CMP_PKISI *
on_certificate_request (OSSL_CMP_SRV_CTX       *server,
                        const OSSL_CMP_MSG     *request,
                        int                     id,
                        const OSSL_CRMF_MSG    *crm,
                        const X509_REQ         *p10cr,
                        X509                  **certificate,
                        STACK_OF (X509)       **chain,
                        STACK_OF (X509)       **ca_pubs)
{
  Exchange *exchange = OSSL_CMP_SRV_CTX_get0_custom_ctx (server);
  gboolean update = OSSL_CMP_MSG_get_bodytype (request) == SIGNET_CMP_BODY_KUR;
  g_autoptr (X509) old = NULL;
  OSSL_CMP_PKISI *status;

  if (exchange->again)
    {
      *certificate = certificate_of (exchange);
      return OSSL_CMP_STATUSINFO_new (*certificate != NULL ? OSSL_CMP_PKISTATUS_accepted : OSSL_CMP_PKISTATUS_waiting, 0, NULL);
    }
  if (crm == NULL)
    return signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_badRequest, "This authority takes ir, cr and kur only.");
  if (!exchange->polled && !begin (exchange, OSSL_CMP_SRV_CTX_get0_cmp_ctx (server)))
    return OSSL_CMP_PKISI_dup (exchange->refusal);
  old = update ? signet_demo_exchange_read_certificate (exchange, "SELECT signer" OF_TRANSACTION) : NULL;
  status = decide (exchange, request, crm, old);
  if (status != NULL)
    return status;
  *certificate = issue (exchange, OSSL_CRMF_MSG_get0_tmpl (crm), old);
  if (*certificate == NULL)
    return signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_badCertTemplate, "A certificate cannot be made of this.");
  set_state (exchange, "issued");
  exchange->certificate_sent = TRUE;
  fill_chains (exchange->desk, chain, ca_pubs);

  return OSSL_CMP_STATUSINFO_new (
      exchange->desk->options->modify && !update ? OSSL_CMP_PKISTATUS_grantedWithMods : OSSL_CMP_PKISTATUS_accepted, 0, NULL);
}

static int
on_certificate_confirmation (OSSL_CMP_SRV_CTX        *server,
                             const OSSL_CMP_MSG      *request,
                             int                      id,
                             const ASN1_OCTET_STRING *hash,
                             const OSSL_CMP_PKISI    *status)
{
  Exchange *exchange = OSSL_CMP_SRV_CTX_get0_custom_ctx (server);
  g_autoptr (X509) certificate = certificate_of (exchange);
  g_autoptr (ASN1_OCTET_STRING) expected = certificate != NULL ? X509_digest_sig (certificate, NULL, NULL) : NULL;
  g_autofree char *words = g_malloc0 (OSSL_CMP_PKISI_BUFLEN);

  if (expected == NULL || ASN1_OCTET_STRING_cmp (expected, hash) != 0)
    return 0;
  exchange->checked = TRUE;
  /* Of the status only its text can be had by public means; "rejection" stands in it. */
  if (status != NULL && OSSL_CMP_snprint_PKIStatusInfo (status, words, OSSL_CMP_PKISI_BUFLEN) != NULL
      && strstr (words, "rejection") != NULL)
    set_state (exchange, "refused");
  else
    set_state (exchange, "confirmed");

  return 1;
}

static int
on_poll (OSSL_CMP_SRV_CTX    *server,
         const OSSL_CMP_MSG  *request,
         int                  id,
         OSSL_CMP_MSG       **first,
         int64_t             *check_after)
{
  Exchange *exchange = OSSL_CMP_SRV_CTX_get0_custom_ctx (server);

  exchange->polled = TRUE;
  exchange->checked = TRUE;
  signet_demo_database_run (exchange->desk->database,
                            "UPDATE transactions SET polls = polls + 1 WHERE transaction_id = ?1", "b", exchange->id);
  *first = NULL;
  *check_after = exchange->desk->options->check_after;
  if (must_wait (exchange))
    return 1;
  *first = signet_demo_exchange_first_request (exchange);

  return *first != NULL;
}

static void
on_error (OSSL_CMP_SRV_CTX            *server,
          const OSSL_CMP_MSG          *message,
          const OSSL_CMP_PKISI        *status,
          const ASN1_INTEGER          *code,
          const OSSL_CMP_PKIFREETEXT  *details)
{
  Exchange *exchange = OSSL_CMP_SRV_CTX_get0_custom_ctx (server);

  exchange->checked = TRUE;
  set_state (exchange, "failed");
}

static int
on_general_message (OSSL_CMP_SRV_CTX               *server,
                    const OSSL_CMP_MSG             *request,
                    const STACK_OF (OSSL_CMP_ITAV) *in,
                    STACK_OF (OSSL_CMP_ITAV)      **out)
{
  Exchange *exchange = OSSL_CMP_SRV_CTX_get0_custom_ctx (server);

  exchange->checked = TRUE;
  exchange->general = signet_demo_general_answer (exchange->desk->ca, signet_cmp_message_get_body_content (exchange->message));
  /* libcrypto's own genp stays empty: it is not sent. */
  *out = NULL;

  return exchange->general != NULL;
}

void
signet_demo_exchange_attach (Exchange         *exchange,
                             OSSL_CMP_SRV_CTX *server)
{
  OSSL_CMP_SRV_CTX_init (server, exchange, on_certificate_request, NULL, on_general_message, on_error,
                         on_certificate_confirmation, on_poll);
  OSSL_CMP_SRV_CTX_set_grant_implicit_confirm (server, exchange->desk->options->implicit_confirm);
}
