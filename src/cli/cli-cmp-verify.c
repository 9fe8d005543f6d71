/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include <openssl/err.h>

#include "cli/cli-cmp.h"

/* The verification options. Most demand more than the engine does of the chains that it accepts; for those that demand less, see
 * signet_cli_cmp_leaves_out (). */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_VERIFY_PARAM, X509_VERIFY_PARAM_free)

static const struct {
  const char *name;
  unsigned long flag;
} flags[] = {
  { "crl_check", X509_V_FLAG_CRL_CHECK },
  { "crl_check_all", X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL },
  { "policy_check", X509_V_FLAG_POLICY_CHECK },
  { "explicit_policy", X509_V_FLAG_EXPLICIT_POLICY },
  { "inhibit_any", X509_V_FLAG_INHIBIT_ANY },
  { "inhibit_map", X509_V_FLAG_INHIBIT_MAP },
  { "x509_strict", X509_V_FLAG_X509_STRICT },
  { "extended_crl", X509_V_FLAG_EXTENDED_CRL_SUPPORT },
  { "use_deltas", X509_V_FLAG_USE_DELTAS },
  { "policy_print", X509_V_FLAG_NOTIFY_POLICY },
  { "check_ss_sig", X509_V_FLAG_CHECK_SS_SIGNATURE },
  { "trusted_first", X509_V_FLAG_TRUSTED_FIRST },
  { "suiteB_128_only", X509_V_FLAG_SUITEB_128_LOS_ONLY },
  { "suiteB_128", X509_V_FLAG_SUITEB_128_LOS },
  { "suiteB_192", X509_V_FLAG_SUITEB_192_LOS },
  { "partial_chain", X509_V_FLAG_PARTIAL_CHAIN },
  { "ignore_critical", X509_V_FLAG_IGNORE_CRITICAL },
  { "no_check_time", X509_V_FLAG_NO_CHECK_TIME },
  { "allow_proxy_certs", X509_V_FLAG_ALLOW_PROXY_CERTS },
};

gboolean
signet_cli_cmp_leaves_out (SignetCliCmp *self)
{
  return !signet_cli_cmp_flag (self, "strict")
         && (signet_cli_cmp_flag (self, "ignore_critical") || signet_cli_cmp_flag (self, "no_check_time")
             || signet_cli_cmp_flag (self, "allow_proxy_certs"));
}

static gboolean
set_flags (SignetCliCmp       *self,
           X509_VERIFY_PARAM  *param)
{
  gboolean any = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (signet_cli_cmp_flag (self, flags[i].name))
      {
        X509_VERIFY_PARAM_set_flags (param, flags[i].flag);
        any = TRUE;
      }

  return any;
}

static gboolean
set_policies (SignetCliCmp       *self,
              X509_VERIFY_PARAM  *param,
              GError            **error)
{
  g_auto (GStrv) policies = signet_cli_cmp_items (self, "policy");

  for (guint i = 0; policies[i] != NULL; i++)
    {
      ASN1_OBJECT *policy = OBJ_txt2obj (policies[i], 0);

      if (policy == NULL || X509_VERIFY_PARAM_add0_policy (param, policy) != 1)
        {
          ASN1_OBJECT_free (policy);
          ERR_clear_error ();
          return signet_cli_cmp_usage (error, _("-policy: “%s” is no OID"), policies[i]);
        }
    }

  return TRUE;
}

static gboolean
set_purpose (SignetCliCmp       *self,
             X509_VERIFY_PARAM  *param,
             GError            **error)
{
  const char *purpose = signet_cli_cmp_text (self, "purpose");
  const char *name = signet_cli_cmp_text (self, "verify_name");
  int index = purpose != NULL ? X509_PURPOSE_get_by_sname (purpose) : -1;
  const X509_VERIFY_PARAM *named = name != NULL ? X509_VERIFY_PARAM_lookup (name) : NULL;

  if (purpose != NULL
      && (index < 0 || X509_VERIFY_PARAM_set_purpose (param, X509_PURPOSE_get_id (X509_PURPOSE_get0 (index))) != 1))
    return signet_cli_cmp_usage (error, _("-purpose: “%s” is not known"), purpose);
  if (name != NULL && (named == NULL || X509_VERIFY_PARAM_set1 (param, named) != 1))
    return signet_cli_cmp_usage (error, _("-verify_name: “%s” is not known"), name);

  return TRUE;
}

/* @any: (out): whether an option demands something at all. */
static X509_VERIFY_PARAM *
make_param (SignetCliCmp  *self,
            gint64         now,
            gboolean      *any,
            GError       **error)
{
  g_autoptr (X509_VERIFY_PARAM) param = X509_VERIFY_PARAM_new ();
  int depth = signet_cli_cmp_number (self, "verify_depth", -1);
  int level = signet_cli_cmp_number (self, "auth_level", -1);

  *any = set_flags (self, param) || depth >= 0 || level >= 0 || signet_cli_cmp_given (self, "policy")
         || signet_cli_cmp_given (self, "purpose") || signet_cli_cmp_given (self, "verify_name");
  if (!set_policies (self, param, error) || !set_purpose (self, param, error))
    return NULL;
  if (depth >= 0)
    X509_VERIFY_PARAM_set_depth (param, depth);
  if (level >= 0)
    X509_VERIFY_PARAM_set_auth_level (param, level);
  /* Whoever sets a time means that it is looked at. */
  if (!signet_cli_cmp_flag (self, "no_check_time") || signet_cli_cmp_given (self, "attime"))
    X509_VERIFY_PARAM_set_time (param, (time_t) now);

  return g_steal_pointer (&param);
}

static STACK_OF (X509) *
stack_of (GPtrArray *certificates)
{
  STACK_OF (X509) *stack = sk_X509_new_null ();

  for (guint i = 0; certificates != NULL && i < certificates->len; i++)
    sk_X509_push (stack, signet_certificate_get_x509 (certificates->pdata[i]));

  return stack;
}

/* CRLs are those that came with the trusted and the untrusted certificates. */
static gboolean
add_crls (SignetCliCmp  *self,
          X509_STORE    *store,
          GError       **error)
{
  const char *options[] = { "trusted", "untrusted", "out_trusted" };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_auto (GStrv) sources = signet_cli_cmp_items (self, options[i]);

      for (guint k = 0; sources[k] != NULL; k++)
        {
          g_autoptr (GError) reason = NULL;
          X509_CRL *crl = signet_cli_cmp_load_crl (self, sources[k], &reason);

          if (crl != NULL && X509_STORE_add_crl (store, crl) != 1)
            ERR_clear_error ();
          X509_CRL_free (crl);
        }
    }

  return TRUE;
}

static gboolean
verify (SignetCliCmp       *self,
        SignetCertificate  *certificate,
        GPtrArray          *untrusted,
        GPtrArray          *anchors,
        X509_VERIFY_PARAM  *param,
        GError            **error)
{
  g_autoptr (X509_STORE) store = X509_STORE_new ();
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();
  STACK_OF (X509) *others = stack_of (untrusted);
  gboolean good;

  for (guint i = 0; i < anchors->len; i++)
    X509_STORE_add_cert (store, signet_certificate_get_x509 (anchors->pdata[i]));
  ERR_clear_error ();
  X509_STORE_set1_param (store, param);
  good = (!(X509_VERIFY_PARAM_get_flags (param) & X509_V_FLAG_CRL_CHECK) || add_crls (self, store, error))
         && X509_STORE_CTX_init (context, store, signet_certificate_get_x509 (certificate), others) == 1;
  if (good && X509_verify_cert (context) != 1)
    {
      X509 *culprit = X509_STORE_CTX_get_current_cert (context);
      g_autoptr (SignetCertificate) which = culprit != NULL ? signet_certificate_new_for_x509 (culprit) : NULL;

      good = signet_cli_cmp_usage (error, _("The certificate of “%s” does not stand the verification options: %s (“%s”)"),
                                   signet_certificate_get_subject (certificate),
                                   X509_verify_cert_error_string (X509_STORE_CTX_get_error (context)),
                                   which != NULL ? signet_certificate_get_subject (which) : "");
    }
  ERR_clear_error ();
  sk_X509_free (others);

  return good;
}

gboolean
signet_cli_cmp_verify_signer (SignetCliCmp       *self,
                              SignetCertificate  *signer,
                              GPtrArray          *extra,
                              gint64              now,
                              GError            **error)
{
  gboolean any;
  g_autoptr (X509_VERIFY_PARAM) param = make_param (self, now, &any, error);
  g_autoptr (GPtrArray) untrusted = g_ptr_array_new ();

  if (param == NULL)
    return FALSE;
  if (!any || self->server != NULL)
    return TRUE;
  g_ptr_array_extend (untrusted, self->untrusted, NULL, NULL);
  if (extra != NULL)
    g_ptr_array_extend (untrusted, extra, NULL, NULL);

  return verify (self, signer, untrusted, self->trusted, param, error);
}

static gboolean
set_identity (SignetCliCmp       *self,
              X509_VERIFY_PARAM  *param,
              GError            **error)
{
  const char *host = signet_cli_cmp_text (self, "verify_hostname");
  const char *email = signet_cli_cmp_text (self, "verify_email");
  const char *ip = signet_cli_cmp_text (self, "verify_ip");

  if ((host == NULL || X509_VERIFY_PARAM_set1_host (param, host, 0) == 1)
      && (email == NULL || X509_VERIFY_PARAM_set1_email (param, email, 0) == 1)
      && (ip == NULL || X509_VERIFY_PARAM_set1_ip_asc (param, ip) == 1))
    return TRUE;
  ERR_clear_error ();

  return signet_cli_cmp_usage (error, _("-verify_hostname, -verify_email or -verify_ip cannot be read"));
}

gboolean
signet_cli_cmp_check_certificate (SignetCliCmp       *self,
                                  SignetCertificate  *certificate,
                                  GPtrArray          *chain,
                                  GError            **error)
{
  g_autoptr (GPtrArray) anchors = signet_cli_cmp_load_list (self, "out_trusted", "otherpass", error);
  g_autoptr (GPtrArray) untrusted = g_ptr_array_new ();
  g_autoptr (X509_VERIFY_PARAM) param = NULL;
  gboolean any;

  if (anchors == NULL)
    return FALSE;
  if (anchors->len == 0)
    return TRUE;
  /* A new certificate is as of today, whatever -attime says. */
  param = make_param (self, g_get_real_time () / G_USEC_PER_SEC, &any, error);
  if (param == NULL || !set_identity (self, param, error))
    return FALSE;
  /* Nobody can have revoked it yet: the CRLs at hand are older. */
  X509_VERIFY_PARAM_clear_flags (param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_PARTIAL_CHAIN);
  g_ptr_array_extend (untrusted, self->untrusted, NULL, NULL);
  g_ptr_array_extend (untrusted, chain, NULL, NULL);

  return verify (self, certificate, untrusted, anchors, param, error);
}
