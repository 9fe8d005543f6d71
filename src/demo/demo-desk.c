/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-desk.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cmp/cmp-protection.h"
#include "demo/demo-exchange.h"
#include "demo/demo-reply.h"
#include "pki/pki-openssl.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_CMP_MSG, OSSL_CMP_MSG_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_CMP_SRV_CTX, OSSL_CMP_SRV_CTX_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SignetDemoExchange, signet_demo_exchange_clear)

typedef SignetDemoExchange Exchange;

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

  if (signet_demo_exchange_read_number (exchange, "SELECT count (*)" OF_TRANSACTION) == 0)
    return TRUE;
  reference = signet_demo_database_read_text (exchange->desk->database,
                                              "SELECT reference" OF_TRANSACTION, "b", exchange->id);
  signer = signet_demo_exchange_read_certificate (exchange, "SELECT signer" OF_TRANSACTION);
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
  g_autoptr (GBytes) nonce = signet_demo_exchange_read (exchange, "SELECT nonce" OF_TRANSACTION);
  g_autoptr (OSSL_CMP_MSG) first = signet_demo_exchange_first_request (exchange);
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
  if (exchange->general != NULL)
    return signet_demo_reply_general (desk->ca, exchange->reference, exchange->secret, exchange->message, exchange->general, error);
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

  signet_demo_exchange_attach (exchange, server);
  if (!trust_clients (exchange->desk, context, error) || !look_up_code (exchange, error))
    return NULL;
  set_credentials (exchange, context);
  if (type == SIGNET_CMP_BODY_CERTCONF || type == SIGNET_CMP_BODY_POLLREQ || type == SIGNET_CMP_BODY_ERROR)
    {
      if (!may_go_on (exchange, context))
        {
          exchange->refusal
              = signet_demo_refuse (OSSL_CMP_PKIFAILUREINFO_notAuthorized, "This transaction was begun by somebody else.");
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
  g_auto (SignetDemoExchange) exchange = { .desk = self, .message = signet_cmp_message_parse (octets, NULL) };
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
