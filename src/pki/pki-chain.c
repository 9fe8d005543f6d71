/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-chain.h"

#include <glib/gi18n-lib.h>

/* Longer chains are not in use; the bound keeps a peer's heap of certificates from costing time. */
#define CHAIN_MAX_DEPTH 16
#define CRL_MAX_SIZE (64 * 1024 * 1024)

static STACK_OF (X509) *
stack_of (GPtrArray *certificates)
{
  STACK_OF (X509) *stack = sk_X509_new_null ();

  for (guint i = 0; certificates != NULL && i < certificates->len; i++)
    sk_X509_push (stack, signet_certificate_get_x509 (g_ptr_array_index (certificates, i)));

  return stack;
}

static void
set_untrusted (SignetCertificate *leaf,
               X509_STORE_CTX    *context,
               GError           **error)
{
  X509 *culprit = X509_STORE_CTX_get_current_cert (context);
  int code = X509_STORE_CTX_get_error (context);
  const char *reason = X509_verify_cert_error_string (code);

  if (culprit != NULL)
    {
      g_autoptr (SignetCertificate) certificate = signet_certificate_new_for_x509 (culprit);

      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNTRUSTED,
                   _("The certificate of “%s” is not trusted: for “%s” it was found that: %s."),
                   signet_certificate_get_subject (leaf), signet_certificate_get_subject (certificate), reason);
    }
  else
    g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNTRUSTED, _("The certificate of “%s” is not trusted: %s."),
                 signet_certificate_get_subject (leaf), reason);
}

static X509_STORE *
store_of (GPtrArray *anchors,
          gint64     now)
{
  X509_STORE *store = X509_STORE_new ();
  X509_VERIFY_PARAM *parameters = X509_STORE_get0_param (store);

  for (guint i = 0; i < anchors->len; i++)
    X509_STORE_add_cert (store, signet_certificate_get_x509 (g_ptr_array_index (anchors, i)));
  X509_VERIFY_PARAM_set_time (parameters, now);
  X509_VERIFY_PARAM_set_depth (parameters, CHAIN_MAX_DEPTH);
  X509_VERIFY_PARAM_set_flags (parameters, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  /* Whoever is an anchor here was pinned by the person: that it may be one is not asked of the certificate. */
  X509_VERIFY_PARAM_set_auth_level (parameters, 1);

  return store;
}

/* The certificate that @x509 was taken from, or a new one. */
static SignetCertificate *
certificate_for (X509              *x509,
                 SignetCertificate *leaf,
                 GPtrArray         *untrusted,
                 GPtrArray         *anchors)
{
  GPtrArray *sources[] = { untrusted, anchors };

  if (signet_certificate_get_x509 (leaf) == x509)
    return g_object_ref (leaf);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    for (guint k = 0; sources[i] != NULL && k < sources[i]->len; k++)
      if (signet_certificate_get_x509 (g_ptr_array_index (sources[i], k)) == x509)
        return g_object_ref (g_ptr_array_index (sources[i], k));

  return signet_certificate_new_for_x509 (x509);
}

GPtrArray *
signet_chain_build (SignetCertificate  *leaf,
                    GPtrArray          *untrusted,
                    GPtrArray          *anchors,
                    gint64              now,
                    GError            **error)
{
  g_autoptr (X509_STORE) store = NULL;
  g_autoptr (X509_STORE_CTX) context = NULL;
  STACK_OF (X509) *candidates;
  GPtrArray *chain = NULL;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (leaf), NULL);
  g_return_val_if_fail (anchors != NULL, NULL);

  if (anchors->len == 0)
    {
      g_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNTRUSTED,
                   _("The certificate of “%s” is not trusted: no trust anchor is known for this authority."),
                   signet_certificate_get_subject (leaf));
      return NULL;
    }

  store = store_of (anchors, now);
  context = X509_STORE_CTX_new ();
  candidates = stack_of (untrusted);
  if (X509_STORE_CTX_init (context, store, signet_certificate_get_x509 (leaf), candidates) != 1)
    signet_openssl_set_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, _("The chain could not be built"));
  else if (X509_verify_cert (context) != 1)
    set_untrusted (leaf, context, error);
  else
    {
      STACK_OF (X509) *found = X509_STORE_CTX_get0_chain (context);

      chain = g_ptr_array_new_with_free_func (g_object_unref);
      for (int i = 0; i < sk_X509_num (found); i++)
        g_ptr_array_add (chain, certificate_for (sk_X509_value (found, i), leaf, untrusted, anchors));
    }
  sk_X509_free (candidates);
  signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, "chain");

  return chain;
}

static STACK_OF (X509_CRL) *
crl_stack_of (GPtrArray *crls)
{
  STACK_OF (X509_CRL) *stack = sk_X509_CRL_new_null ();

  for (guint i = 0; i < crls->len; i++)
    {
      GBytes *der = g_ptr_array_index (crls, i);
      const unsigned char *octets = g_bytes_get_data (der, NULL);
      X509_CRL *crl = g_bytes_get_size (der) <= CRL_MAX_SIZE ? d2i_X509_CRL (NULL, &octets, (long) g_bytes_get_size (der)) : NULL;

      if (crl != NULL)
        sk_X509_CRL_push (stack, crl);
    }

  return stack;
}

SignetRevocation
signet_chain_get_revocation (SignetCertificate *leaf,
                             GPtrArray         *untrusted,
                             GPtrArray         *anchors,
                             GPtrArray         *crls,
                             gint64             now)
{
  g_autoptr (X509_STORE) store = NULL;
  g_autoptr (X509_STORE_CTX) context = NULL;
  STACK_OF (X509) *candidates;
  STACK_OF (X509_CRL) *lists;
  SignetRevocation status = SIGNET_REVOCATION_UNKNOWN;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (leaf), SIGNET_REVOCATION_UNKNOWN);
  g_return_val_if_fail (anchors != NULL && crls != NULL, SIGNET_REVOCATION_UNKNOWN);

  if (crls->len == 0)
    return SIGNET_REVOCATION_UNKNOWN;
  store = store_of (anchors, now);
  context = X509_STORE_CTX_new ();
  candidates = stack_of (untrusted);
  lists = crl_stack_of (crls);
  if (X509_STORE_CTX_init (context, store, signet_certificate_get_x509 (leaf), candidates) == 1)
    {
      X509_STORE_CTX_set0_crls (context, lists);
      X509_VERIFY_PARAM_set_flags (X509_STORE_CTX_get0_param (context), X509_V_FLAG_CRL_CHECK);
      if (X509_verify_cert (context) == 1)
        status = SIGNET_REVOCATION_GOOD;
      else if (X509_STORE_CTX_get_error (context) == X509_V_ERR_CERT_REVOKED)
        status = SIGNET_REVOCATION_REVOKED;
    }
  sk_X509_free (candidates);
  sk_X509_CRL_pop_free (lists, X509_CRL_free);
  signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, "revocation");

  return status;
}

static gboolean
is_issuer_of (SignetCertificate *issuer,
              SignetCertificate *subject)
{
  X509 *x509 = signet_certificate_get_x509 (issuer);

  /* Names, key identifiers and key usage first: cheap. The signature decides. */
  return X509_check_issued (x509, signet_certificate_get_x509 (subject)) == X509_V_OK && X509_get0_pubkey (x509) != NULL
         && X509_verify (signet_certificate_get_x509 (subject), X509_get0_pubkey (x509)) == 1;
}

/**
 * signet_chain_order:
 * @leaf: the end of the chain
 * @candidates: (element-type SignetCertificate) (nullable): in any order
 *
 * Follows issuers among @candidates as far as there are any, without trust and without looking at validity.
 *
 * Returns: (transfer full) (element-type SignetCertificate): @leaf, its issuer, and so on
 */
GPtrArray *
signet_chain_order (SignetCertificate *leaf,
                    GPtrArray         *candidates)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func (g_object_unref);
  SignetCertificate *last = leaf;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (leaf), NULL);

  g_ptr_array_add (chain, g_object_ref (leaf));
  while (!signet_certificate_is_self_issued (last) && chain->len < CHAIN_MAX_DEPTH)
    {
      SignetCertificate *next = NULL;

      for (guint i = 0; candidates != NULL && i < candidates->len && next == NULL; i++)
        {
          SignetCertificate *candidate = g_ptr_array_index (candidates, i);

          if (!g_ptr_array_find_with_equal_func (chain, candidate, (GEqualFunc) signet_certificate_equal, NULL)
              && is_issuer_of (candidate, last))
            next = candidate;
        }
      if (next == NULL)
        break;
      g_ptr_array_add (chain, g_object_ref (next));
      last = next;
    }
  signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, "chain");

  return chain;
}
