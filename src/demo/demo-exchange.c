/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-exchange.h"

#include <glib/gi18n-lib.h>
#include <openssl/cmp.h>
#include <string.h>

#include "cmp/cmp-message.h"
#include "cmp/cmp-protection.h"
#include "demo/demo-reply.h"
#include "pki/pki-openssl.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_CMP_MSG, OSSL_CMP_MSG_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_CMP_PKISI, OSSL_CMP_PKISI_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_CMP_SRV_CTX, OSSL_CMP_SRV_CTX_free)

/* What the call-backs of one message work on. */
typedef struct
{
  SignetDemoDesk *desk;
  SignetCmpMessage *message;
  GBytes *id;                           /* transactionID */
  char *reference;                      /* (nullable): of the code that protects the message */
  GBytes *secret;                       /* (nullable): that code */
  gboolean again;                       /* the first request is shown to a new server context once more: nothing new happens */
  gboolean polled;                      /* the first request is looked at again because of a poll */
  gboolean checked;                     /* the protection held, and the message is the transaction's */
  gboolean certificate_sent;
  OSSL_CMP_PKISI *refusal;              /* (nullable): to be answered by an error message */
} Exchange;

static void
exchange_clear (Exchange *self)
{
  g_clear_object (&self->message);
  g_clear_pointer (&self->reference, g_free);
  g_clear_pointer (&self->secret, g_bytes_unref);
  g_clear_pointer (&self->refusal, OSSL_CMP_PKISI_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Exchange, exchange_clear)

static OSSL_CMP_PKISI *
refuse (int         bit,
        const char *words)
{
  return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_rejection, 1 << bit, words);
}

/* ---- what is kept ---- */

static GBytes *
read_octets (Exchange   *exchange,
             const char *sql)
{
  return signet_demo_database_read (exchange->desk->database, sql, "b", exchange->id);
}

static X509 *
read_certificate (Exchange   *exchange,
                  const char *sql)
{
  g_autoptr (GBytes) der = read_octets (exchange, sql);
  const unsigned char *data = der != NULL ? g_bytes_get_data (der, NULL) : NULL;

  return der != NULL ? d2i_X509 (NULL, &data, (long) g_bytes_get_size (der)) : NULL;
}

static X509 *
certificate_of (Exchange *exchange)
{
  return read_certificate (exchange, "SELECT der FROM certificates WHERE transaction_id = ?1");
}

static OSSL_CMP_MSG *
first_request_of (Exchange *exchange)
{
  g_autoptr (GBytes) octets = read_octets (exchange, "SELECT request FROM transactions WHERE transaction_id = ?1");
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

static gint64
read_number (Exchange   *exchange,
             const char *sql)
{
  return signet_demo_database_read_number (exchange->desk->database, 0, sql, "b", exchange->id);
}

static gboolean
must_wait (Exchange *exchange)
{
  const SignetDemoOptions *options = exchange->desk->options;

  return read_number (exchange, "SELECT polls FROM transactions WHERE transaction_id = ?1") < options->poll_count
         || (options->hold && read_number (exchange, "SELECT approved FROM transactions WHERE transaction_id = ?1") == 0);
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

  if (read_number (exchange, "SELECT count (*) FROM transactions WHERE transaction_id = ?1") != 0)
    {
      exchange->refusal = refuse (OSSL_CMP_PKIFAILUREINFO_transactionIdInUse, "Another request has this transactionID.");
      return FALSE;
    }
  if (exchange->reference == NULL && signer == NULL)
    {
      exchange->refusal = refuse (OSSL_CMP_PKIFAILUREINFO_signerNotTrusted, "The certificate that signed is not in extraCerts.");
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
  certificate = old != NULL ? signet_demo_ca_renew (desk->ca, tmpl, old) : signet_demo_ca_issue (desk->ca, tmpl, desk->options->modify);
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
    return refuse (OSSL_CMP_PKIFAILUREINFO_wrongIntegrity, "A key update is signed with the certificate that it replaces.");
  if (signet_demo_database_read_number (exchange->desk->database, 0,
                                        "SELECT count (*) FROM certificates NATURAL JOIN transactions WHERE state <> 'refused'"
                                        " AND der = (SELECT signer FROM transactions WHERE transaction_id = ?1)",
                                        "b", exchange->id) == 0)
    return refuse (OSSL_CMP_PKIFAILUREINFO_badCertId, "The certificate that signed is none of this authority.");
  if (named != NULL && (X509_NAME_cmp (OSSL_CRMF_CERTID_get0_issuer (named), X509_get_issuer_name (old)) != 0
                        || ASN1_INTEGER_cmp (OSSL_CRMF_CERTID_get0_serialNumber (named), X509_get0_serialNumber (old)) != 0))
    return refuse (OSSL_CMP_PKIFAILUREINFO_badCertId, "oldCertID is not the certificate that signed.");
  if (subject != NULL && X509_NAME_entry_count (subject) > 0 && X509_NAME_cmp (subject, X509_get_subject_name (old)) != 0)
    return refuse (OSSL_CMP_PKIFAILUREINFO_badCertTemplate, "A key update keeps the subject.");

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
    refusal = refuse (OSSL_CMP_PKIFAILUREINFO_notAuthorized, options->reject);
  else if (read_number (exchange, "SELECT approved FROM transactions WHERE transaction_id = ?1") < 0)
    refusal = refuse (OSSL_CMP_PKIFAILUREINFO_notAuthorized, "Refused after a look at the request.");
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
    return refuse (OSSL_CMP_PKIFAILUREINFO_badRequest, "This authority takes ir, cr and kur only.");
  if (!exchange->polled && !begin (exchange, OSSL_CMP_SRV_CTX_get0_cmp_ctx (server)))
    return OSSL_CMP_PKISI_dup (exchange->refusal);
  old = update ? read_certificate (exchange, "SELECT signer FROM transactions WHERE transaction_id = ?1") : NULL;
  status = decide (exchange, request, crm, old);
  if (status != NULL)
    return status;
  *certificate = issue (exchange, OSSL_CRMF_MSG_get0_tmpl (crm), old);
  if (*certificate == NULL)
    return refuse (OSSL_CMP_PKIFAILUREINFO_badCertTemplate, "A certificate cannot be made of this.");
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
  *first = first_request_of (exchange);

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
  return 0;
}

/* ---- one message ---- */

static gboolean
trust_clients (SignetDemoDesk  *desk,
               OSSL_CMP_CTX    *context,
               GError         **error)
{
  g_autoptr (X509_STORE) store = X509_STORE_new ();

  X509_STORE_add_cert (store, desk->ca->root);
  if (desk->options->trusted != NULL && X509_STORE_load_file (store, desk->options->trusted) != 1)
    {
      signet_openssl_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“%s” holds no certificates"),
                                desk->options->trusted);
      return FALSE;
    }

  return OSSL_CMP_CTX_set0_trustedStore (context, g_steal_pointer (&store)) == 1;
}

/* senderKID names the code: RFC 9810 §5.1.1. FALSE only where the message names one that there is not. */
static gboolean
look_up_code (Exchange  *exchange,
              GError   **error)
{
  GBytes *kid = signet_cmp_message_get_sender_kid (exchange->message);

  if (!signet_cmp_message_is_mac_protected (exchange->message))
    return TRUE;
  if (kid != NULL)
    {
      exchange->reference = g_strndup (g_bytes_get_data (kid, NULL), g_bytes_get_size (kid));
      exchange->secret = signet_demo_database_read (
          exchange->desk->database, "SELECT CAST (secret AS BLOB) FROM codes WHERE reference = ?1", "s", exchange->reference);
    }
  if (exchange->secret != NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, _("There is no code with this reference."));

  return FALSE;
}

static void
set_credentials (Exchange     *exchange,
                 OSSL_CMP_CTX *context)
{
  SignetDemoCa *ca = exchange->desk->ca;
  STACK_OF (X509) *chain = sk_X509_new_null ();

  sk_X509_push (chain, ca->root);
  OSSL_CMP_CTX_set1_cert (context, ca->issuer);
  OSSL_CMP_CTX_set1_pkey (context, ca->issuer_key);
  OSSL_CMP_CTX_set1_untrusted (context, chain);
  sk_X509_free (chain);
  /* libcrypto's default is HMAC-SHA1. */
  OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_OWF_ALGNID, NID_sha256);
  OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_MAC_ALGNID, NID_hmacWithSHA256);
  if (exchange->secret == NULL)
    return;
  OSSL_CMP_CTX_set1_referenceValue (context, (const guint8 *) exchange->reference, (int) strlen (exchange->reference));
  OSSL_CMP_CTX_set1_secretValue (context, g_bytes_get_data (exchange->secret, NULL), (int) g_bytes_get_size (exchange->secret));
}

/* Whether the message is protected as the transaction's first one was: by the same code, or by a signature, which libcrypto
 * is then told to check with the same certificate. */
static gboolean
may_go_on (Exchange     *exchange,
           OSSL_CMP_CTX *context)
{
  g_autofree char *reference = NULL;
  g_autoptr (X509) signer = NULL;

  if (read_number (exchange, "SELECT count (*) FROM transactions WHERE transaction_id = ?1") == 0)
    return TRUE;
  reference = signet_demo_database_read_text (exchange->desk->database,
                                              "SELECT reference FROM transactions WHERE transaction_id = ?1", "b", exchange->id);
  signer = read_certificate (exchange, "SELECT signer FROM transactions WHERE transaction_id = ?1");
  if (signer != NULL)
    OSSL_CMP_CTX_set1_srvCert (context, signer);

  return g_strcmp0 (reference, exchange->reference) == 0 && (reference != NULL || signer != NULL);
}

/* Brings a new server context to where the last one was: it sees the first request again, whose number it keeps where no
 * public function could set it, and gets the nonce that was sent last. */
static void
continue_transaction (OSSL_CMP_SRV_CTX *server,
                      Exchange         *exchange)
{
  OSSL_CMP_CTX *context = OSSL_CMP_SRV_CTX_get0_cmp_ctx (server);
  g_autoptr (GBytes) nonce = read_octets (exchange, "SELECT nonce FROM transactions WHERE transaction_id = ?1");
  g_autoptr (OSSL_CMP_MSG) first = first_request_of (exchange);
  g_autoptr (OSSL_CMP_MSG) forgotten = NULL;
  g_autoptr (ASN1_OCTET_STRING) string = ASN1_OCTET_STRING_new ();

  if (first == NULL || nonce == NULL)
    return;
  exchange->again = TRUE;
  forgotten = OSSL_CMP_SRV_process_request (server, first);
  exchange->again = FALSE;
  ASN1_OCTET_STRING_set (string, g_bytes_get_data (exchange->id, NULL), (int) g_bytes_get_size (exchange->id));
  OSSL_CMP_CTX_set1_transactionID (context, string);
  ASN1_OCTET_STRING_set (string, g_bytes_get_data (nonce, NULL), (int) g_bytes_get_size (nonce));
  OSSL_CMP_CTX_set1_senderNonce (context, string);
}

static GBytes *
process (OSSL_CMP_SRV_CTX  *server,
         GBytes            *octets,
         GError           **error)
{
  const unsigned char *data = g_bytes_get_data (octets, NULL);
  g_autoptr (OSSL_CMP_MSG) request = d2i_OSSL_CMP_MSG (NULL, &data, (long) g_bytes_get_size (octets));
  g_autoptr (OSSL_CMP_MSG) response = request != NULL ? OSSL_CMP_SRV_process_request (server, request) : NULL;
  unsigned char *der = NULL;
  int length = response != NULL ? i2d_OSSL_CMP_MSG (response, &der) : 0;
  GBytes *answer;

  if (length <= 0)
    {
      signet_openssl_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("The message cannot be answered"));
      return NULL;
    }
  /* What was wrong stands in the answer; libcrypto's queue would otherwise grow. */
  signet_openssl_set_error (NULL, G_IO_ERROR, G_IO_ERROR_FAILED, "served");
  answer = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);

  return answer;
}

/* What libcrypto answered, or what it has no public way to answer. */
static GBytes *
complete (Exchange  *exchange,
          GBytes    *answer,
          GError   **error)
{
  SignetDemoDesk *desk = exchange->desk;
  g_autoptr (SignetCmpMessage) message = NULL;

  if (exchange->refusal != NULL)
    return signet_demo_reply_error (desk->ca, exchange->reference, exchange->secret, exchange->message, exchange->refusal, error);
  if (!exchange->certificate_sent || desk->options->confirm_wait <= 0)
    return g_bytes_ref (answer);
  message = signet_cmp_message_parse (answer, error);
  if (message == NULL)
    return NULL;
  /* One excludes the other: RFC 9810 §5.1.1.2. */
  if (signet_cmp_message_get_implicit_confirm (message))
    return g_bytes_ref (answer);

  return signet_demo_reply_add_confirm_wait_time (desk->ca, exchange->reference, exchange->secret, answer,
                                                  g_get_real_time () / G_USEC_PER_SEC + desk->options->confirm_wait, error);
}

static GBytes *
serve (Exchange  *exchange,
       GError   **error)
{
  g_autoptr (OSSL_CMP_SRV_CTX) server = OSSL_CMP_SRV_CTX_new (NULL, NULL);
  SignetCmpBodyType type = signet_cmp_message_get_body_type (exchange->message);
  OSSL_CMP_CTX *context = OSSL_CMP_SRV_CTX_get0_cmp_ctx (server);
  g_autoptr (GBytes) answer = NULL;

  OSSL_CMP_SRV_CTX_init (server, exchange, on_certificate_request, NULL, on_general_message, on_error,
                         on_certificate_confirmation, on_poll);
  OSSL_CMP_SRV_CTX_set_grant_implicit_confirm (server, exchange->desk->options->implicit_confirm);
  if (!trust_clients (exchange->desk, context, error) || !look_up_code (exchange, error))
    return NULL;
  set_credentials (exchange, context);
  if (type == SIGNET_CMP_BODY_CERTCONF || type == SIGNET_CMP_BODY_POLLREQ || type == SIGNET_CMP_BODY_ERROR)
    {
      if (!may_go_on (exchange, context))
        {
          exchange->refusal = refuse (OSSL_CMP_PKIFAILUREINFO_notAuthorized, "This transaction was begun by somebody else.");
          return complete (exchange, NULL, error);
        }
      if (type != SIGNET_CMP_BODY_ERROR)
        continue_transaction (server, exchange);
    }
  answer = process (server, signet_cmp_message_get_der (exchange->message), error);

  return answer != NULL ? complete (exchange, answer, error) : NULL;
}

static gboolean
note_answer (Exchange    *exchange,
             const char  *hash,
             GBytes      *answer,
             GError     **error)
{
  SignetDemoDatabase *database = exchange->desk->database;
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (answer, error);
  GBytes *nonce = message != NULL ? signet_cmp_message_get_sender_nonce (message) : NULL;

  if (message == NULL)
    return FALSE;
  if (nonce != NULL)
    signet_demo_database_run (database, "UPDATE transactions SET nonce = ?2 WHERE transaction_id = ?1", "bb", exchange->id, nonce);
  signet_demo_database_run (database, "INSERT INTO answers (hash, answer) VALUES (?1, ?2)", "sb", hash, answer);

  return TRUE;
}

GBytes *
signet_demo_desk_answer (SignetDemoDesk  *self,
                         GBytes          *octets,
                         GError         **error)
{
  g_auto (Exchange) exchange = { .desk = self, .message = signet_cmp_message_parse (octets, NULL) };
  g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, octets);
  g_autoptr (GBytes) answer = NULL;

  exchange.id = exchange.message != NULL ? signet_cmp_message_get_transaction_id (exchange.message) : NULL;
  if (exchange.id == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   exchange.message != NULL ? _("The message has no transaction ID.") : _("This is no CMP message."));
      return NULL;
    }
  answer = signet_demo_database_read (self->database, "SELECT answer FROM answers WHERE hash = ?1", "s", hash);
  if (answer != NULL)
    return g_steal_pointer (&answer);
  answer = serve (&exchange, error);
  if (answer == NULL || (exchange.checked && !note_answer (&exchange, hash, answer, error)))
    return NULL;

  return g_steal_pointer (&answer);
}
