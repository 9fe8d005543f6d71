/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-server.h"

#include <string.h>

#include "common/libcrypto-server.h"

static X509 *
issue_for_request (Server         *self,
                   const X509_REQ *request)
{
  g_autoptr (SignetKey) key = signet_key_new_for_pkey (X509_REQ_get0_pubkey ((X509_REQ *) request));
  X509 *x509 = peer_issue (self->peer->ca, key);
  STACK_OF (X509_EXTENSION) *extensions = X509_REQ_get_extensions ((X509_REQ *) request);

  X509_set_subject_name (x509, X509_REQ_get_subject_name (request));
  for (int i = 0; i < sk_X509_EXTENSION_num (extensions); i++)
    X509_add_ext (x509, sk_X509_EXTENSION_value (extensions, i), -1);
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
  g_assert_cmpint (X509_sign (x509, self->peer->ca->issuer_key, EVP_sha256 ()), >, 0);

  return x509;
}

static OSSL_CMP_PKISI *
on_certificate (OSSL_CMP_SRV_CTX    *context,
                const OSSL_CMP_MSG  *request,
                int                  id,
                const OSSL_CRMF_MSG *crm,
                const X509_REQ      *p10cr,
                X509               **certificate,
                STACK_OF (X509)    **chain,
                STACK_OF (X509)    **ca_pubs)
{
  Server *self = OSSL_CMP_SRV_CTX_get0_custom_ctx (context);

  if (self->polls > 0)
    {
      if (self->request == NULL)
        self->request = OSSL_CMP_MSG_dup (request);
      return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_waiting, 0, NULL);
    }
  *certificate = crm != NULL ? signet_demo_ca_issue (self->peer->ca, OSSL_CRMF_MSG_get0_tmpl (crm), self->rename)
                             : issue_for_request (self, p10cr);
  g_assert_nonnull (*certificate);
  g_clear_pointer (&self->issued, X509_free);
  self->issued = X509_dup (*certificate);
  *chain = sk_X509_new_null ();
  X509_up_ref (self->peer->ca->issuer);
  sk_X509_push (*chain, self->peer->ca->issuer);

  return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_accepted, 0, NULL);
}

static OSSL_CMP_PKISI *
on_revocation (OSSL_CMP_SRV_CTX   *context,
               const OSSL_CMP_MSG *request,
               const X509_NAME    *issuer,
               const ASN1_INTEGER *serial)
{
  Server *self = OSSL_CMP_SRV_CTX_get0_custom_ctx (context);

  X509_NAME_free (self->revoked_issuer);
  ASN1_INTEGER_free (self->revoked_serial);
  self->revoked_issuer = X509_NAME_dup (issuer);
  self->revoked_serial = ASN1_INTEGER_dup (serial);
  if (++self->revocations > 1)
    return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_rejection, 1 << OSSL_CMP_PKIFAILUREINFO_certRevoked, NULL);

  return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_accepted, 0, NULL);
}

/* Answers with what it was asked. */
static int
on_general_message (OSSL_CMP_SRV_CTX               *context,
                    const OSSL_CMP_MSG             *request,
                    const STACK_OF (OSSL_CMP_ITAV) *in,
                    STACK_OF (OSSL_CMP_ITAV)      **out)
{
  *out = sk_OSSL_CMP_ITAV_deep_copy (in, OSSL_CMP_ITAV_dup, OSSL_CMP_ITAV_free);

  return 1;
}

static void
on_error (OSSL_CMP_SRV_CTX           *context,
          const OSSL_CMP_MSG         *message,
          const OSSL_CMP_PKISI       *status,
          const ASN1_INTEGER         *code,
          const OSSL_CMP_PKIFREETEXT *details)
{
  /* Our side sends none: RFC 9483 §3.6.1. */
  g_assert_not_reached ();
}

static int
on_confirmation (OSSL_CMP_SRV_CTX        *context,
                 const OSSL_CMP_MSG      *request,
                 int                      id,
                 const ASN1_OCTET_STRING *hash,
                 const OSSL_CMP_PKISI    *status)
{
  Server *self = OSSL_CMP_SRV_CTX_get0_custom_ctx (context);
  g_autoptr (ASN1_OCTET_STRING) expected = X509_digest_sig (self->issued, NULL, NULL);

  g_assert_cmpint (ASN1_OCTET_STRING_cmp (expected, hash), ==, 0);
  self->confirmations++;

  return 1;
}

static int
on_poll (OSSL_CMP_SRV_CTX   *context,
         const OSSL_CMP_MSG *request,
         int                 id,
         OSSL_CMP_MSG      **first,
         int64_t            *check_after)
{
  Server *self = OSSL_CMP_SRV_CTX_get0_custom_ctx (context);

  *first = NULL;
  *check_after = 7;
  if (--self->polls > 0)
    return 1;
  *first = g_steal_pointer (&self->request);

  return *first != NULL;
}

void
server_init (Server  *self,
             Peer    *peer,
             gboolean sign)
{
  static const LibcryptoServer callbacks = { on_certificate, on_revocation, on_general_message, on_error, on_confirmation, on_poll };
  OSSL_CMP_CTX *context;
  X509_STORE *store = X509_STORE_new ();

  *self = (Server) { .peer = peer };
  self->context = libcrypto_server_new (&callbacks, self);
  context = OSSL_CMP_SRV_CTX_get0_cmp_ctx (self->context);
  X509_STORE_add_cert (store, peer->ca->root);
  g_assert_cmpint (OSSL_CMP_CTX_set0_trustedStore (context, store), ==, 1);
  if (sign)
    {
      STACK_OF (X509) *untrusted = sk_X509_new_null ();

      X509_up_ref (peer->ca->issuer);
      sk_X509_push (untrusted, peer->ca->issuer);
      g_assert_cmpint (OSSL_CMP_CTX_set1_untrusted (context, untrusted), ==, 1);
      sk_X509_pop_free (untrusted, X509_free);
      g_assert_cmpint (OSSL_CMP_CTX_set1_cert (context, peer->ca->issuer), ==, 1);
      g_assert_cmpint (OSSL_CMP_CTX_set1_pkey (context, peer->ca->issuer_key), ==, 1);
      return;
    }
  signet_cmp_authority_set_mac (peer->authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  libcrypto_server_set_secret (context, PEER_REFERENCE, PEER_SECRET);
}

void
server_clear (Server *self)
{
  OSSL_CMP_SRV_CTX_free (self->context);
  X509_free (self->issued);
  X509_NAME_free (self->revoked_issuer);
  ASN1_INTEGER_free (self->revoked_serial);
  OSSL_CMP_MSG_free (self->request);
}

GBytes *
server_answer (Server *self,
               GBytes *octets)
{
  gsize size;
  const unsigned char *data = g_bytes_get_data (octets, &size);
  OSSL_CMP_MSG *request = d2i_OSSL_CMP_MSG (NULL, &data, (long) size);
  unsigned char *der = NULL;
  GBytes *answer;
  int length;

  g_assert_nonnull (request);
  length = i2d_OSSL_CMP_MSG (request, &der);
  g_assert_cmpmem (der, length, g_bytes_get_data (octets, NULL), size);
  OPENSSL_free (der);
  OSSL_CMP_MSG_free (request);
  answer = libcrypto_server_answer (self->context, octets);
  g_assert_nonnull (answer);

  return answer;
}

SignetCmpStep
server_run (Server             *self,
            SignetCmpOperation *operation)
{
  Peer *peer = self->peer;
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;

  peer_begin_operation (peer, operation);
  for (guint i = 0; i < 20 && (step == SIGNET_CMP_STEP_SEND || step == SIGNET_CMP_STEP_WAIT); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) answer = NULL;

      if (step == SIGNET_CMP_STEP_WAIT)
        signet_cmp_transaction_hurry (peer->transaction);
      if (i > 0)
        peer_take (peer);
      answer = server_answer (self, signet_cmp_message_get_der (peer->request));
      if (!signet_cmp_transaction_receive (peer->transaction, answer, peer->now, &step, &error))
        g_error ("%s", error->message);
      if (step == SIGNET_CMP_STEP_FAILED)
        g_test_message ("failed: %s", signet_cmp_transaction_get_failure (peer->transaction)->message);
      peer_restart (peer);
    }

  return step;
}
