/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-crl-update.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>
#include <time.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-info.h"
#include "cmp/cmp-text.h"
#include "pki/pki-name.h"

/* Clocks of two machines are never quite the same. */
#define CLOCK_SKEW 300

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CRL_DIST_POINTS, CRL_DIST_POINTS_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ISSUING_DIST_POINT, ISSUING_DIST_POINT_free)

static X509_CRL *
parse (GBytes  *der,
       GError **error)
{
  X509_CRL *crl = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_CRL));

  if (crl == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("This is no revocation list"));
  return crl;
}

/* ---- asking ---- */

/* The first distribution point of @certificate that has a name, or a cRLIssuer. */
static const DIST_POINT *
find_point (const CRL_DIST_POINTS *points)
{
  for (int i = 0; i < sk_DIST_POINT_num (points); i++)
    {
      const DIST_POINT *point = sk_DIST_POINT_value (points, i);

      if (point->distpoint != NULL || sk_GENERAL_NAME_num (point->CRLissuer) > 0)
        return point;
    }

  return NULL;
}

static void
set_issuer (SignetCrlSource     *source,
            const X509_NAME     *issuer,
            const GENERAL_NAMES *names)
{
  GENERAL_NAME *name = NULL;

  source->type = 1;
  source->value.issuer = sk_GENERAL_NAME_new_null ();
  for (int i = 0; i < sk_GENERAL_NAME_num (names) && name == NULL; i++)
    if (sk_GENERAL_NAME_value (names, i)->type == GEN_DIRNAME)
      name = GENERAL_NAME_dup (sk_GENERAL_NAME_value (names, i));
  if (name == NULL)
    {
      name = GENERAL_NAME_new ();
      name->type = GEN_DIRNAME;
      name->d.directoryName = X509_NAME_dup (issuer);
    }
  sk_GENERAL_NAME_push (source->value.issuer, name);
}

static void
set_point (SignetCrlSource       *source,
           const DIST_POINT_NAME *name)
{
  source->type = 0;
  source->value.dpn = ASN1_item_dup (ASN1_ITEM_rptr (DIST_POINT_NAME), (void *) name);
}

static void
fill_source (SignetCrlSource          *source,
             SignetCertificate        *certificate,
             X509_CRL                 *known,
             SignetCmpCrlSourceChoice  choice)
{
  X509 *x509 = certificate != NULL ? signet_certificate_get_x509 (certificate) : NULL;
  g_autoptr (CRL_DIST_POINTS) points = x509 != NULL ? X509_get_ext_d2i (x509, NID_crl_distribution_points, NULL, NULL) : NULL;
  g_autoptr (ISSUING_DIST_POINT) issuing = NULL;
  const DIST_POINT *point = find_point (points);

  if (known != NULL)
    issuing = X509_CRL_get_ext_d2i (known, NID_issuing_distribution_point, NULL, NULL);
  if (choice == SIGNET_CMP_CRL_SOURCE_BEST && point != NULL && point->distpoint != NULL)
    set_point (source, point->distpoint);
  else if (choice == SIGNET_CMP_CRL_SOURCE_BEST && issuing != NULL && issuing->distpoint != NULL)
    set_point (source, issuing->distpoint);
  else
    set_issuer (source, x509 != NULL ? X509_get_issuer_name (x509) : X509_CRL_get_issuer (known),
                point != NULL ? point->CRLissuer : NULL);
}

SignetCmpGenmItem *
signet_cmp_genm_ask_crl (SignetCertificate         *certificate,
                         GBytes                    *known,
                         SignetCmpCrlSourceChoice   choice,
                         GError                   **error)
{
  g_autoptr (X509_CRL) crl = NULL;
  SignetCrlStatusList *list;
  SignetCrlStatus *status;
  g_autoptr (GBytes) value = NULL;

  g_return_val_if_fail (certificate != NULL || known != NULL, NULL);

  if (known != NULL)
    {
      crl = parse (known, error);
      if (crl == NULL)
        return NULL;
    }
  status = SignetCrlStatus_new ();
  fill_source (status->source, certificate, crl, choice);
  if (crl != NULL)
    status->this_update = ASN1_STRING_dup (X509_CRL_get0_lastUpdate (crl));
  list = sk_SignetCrlStatus_new_null ();
  sk_SignetCrlStatus_push (list, status);
  value = signet_asn1_encode (list, ASN1_ITEM_rptr (SignetCrlStatusList));
  sk_SignetCrlStatus_pop_free (list, SignetCrlStatus_free);

  return signet_cmp_genm_item_new (SIGNET_CMP_INFO_CRL_STATUS_LIST, value);
}

/* ---- checking ---- */

static gboolean
names_meet (const GENERAL_NAMES *a,
            const GENERAL_NAMES *b)
{
  for (int i = 0; i < sk_GENERAL_NAME_num (a); i++)
    for (int k = 0; k < sk_GENERAL_NAME_num (b); k++)
      if (GENERAL_NAME_cmp (sk_GENERAL_NAME_value (a, i), sk_GENERAL_NAME_value (b, k)) == 0)
        return TRUE;

  return FALSE;
}

static gboolean
points_meet (const DIST_POINT_NAME *a,
             const DIST_POINT_NAME *b)
{
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;

  if (a->type == 0 && b->type == 0)
    return names_meet (a->name.fullname, b->name.fullname);
  first = signet_asn1_encode (a, ASN1_ITEM_rptr (DIST_POINT_NAME));
  second = signet_asn1_encode (b, ASN1_ITEM_rptr (DIST_POINT_NAME));

  return g_bytes_equal (first, second);
}

static gboolean
is_source (const SignetCrlSource    *source,
           X509_CRL                 *crl,
           const ISSUING_DIST_POINT *issuing)
{
  if (source->type == 0)
    /* A list without a distribution point is about all that its issuer issued. */
    return issuing == NULL || issuing->distpoint == NULL || points_meet (source->value.dpn, issuing->distpoint);
  for (int i = 0; i < sk_GENERAL_NAME_num (source->value.issuer); i++)
    {
      const GENERAL_NAME *name = sk_GENERAL_NAME_value (source->value.issuer, i);

      if (name->type == GEN_DIRNAME && X509_NAME_cmp (name->d.directoryName, X509_CRL_get_issuer (crl)) == 0)
        return TRUE;
    }

  return FALSE;
}

static gboolean
check_scope (X509_CRL                 *crl,
             const SignetCmpGenmItem  *question,
             GError                  **error)
{
  g_autoptr (ISSUING_DIST_POINT) issuing = X509_CRL_get_ext_d2i (crl, NID_issuing_distribution_point, NULL, NULL);
  SignetCrlStatusList *list;
  gboolean found = FALSE;

  if (issuing != NULL && issuing->indirectCRL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("Indirect revocation lists are not read."));
      return FALSE;
    }
  if (X509_CRL_get_ext_by_NID (crl, NID_delta_crl, -1) >= 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                   _("The authority sent the changes of a revocation list, where a whole one is needed."));
      return FALSE;
    }
  if (question == NULL || question->value == NULL)
    return TRUE;
  list = signet_asn1_decode (g_bytes_get_data (question->value, NULL), g_bytes_get_size (question->value),
                             ASN1_ITEM_rptr (SignetCrlStatusList));
  for (int i = 0; i < sk_SignetCrlStatus_num (list) && !found; i++)
    found = is_source (sk_SignetCrlStatus_value (list, i)->source, crl, issuing);
  sk_SignetCrlStatus_pop_free (list, SignetCrlStatus_free);
  if (!found)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                 _("The authority sent another revocation list than the one asked for."));

  return found;
}

static gboolean
extensions_are_known (const STACK_OF (X509_EXTENSION) *extensions,
                      int                              known)
{
  for (int i = 0; i < sk_X509_EXTENSION_num (extensions); i++)
    {
      X509_EXTENSION *extension = sk_X509_EXTENSION_value (extensions, i);

      if (X509_EXTENSION_get_critical (extension) && OBJ_obj2nid (X509_EXTENSION_get_object (extension)) != known)
        return FALSE;
    }

  return TRUE;
}

static gboolean
check_critical (X509_CRL  *crl,
                GError   **error)
{
  const STACK_OF (X509_REVOKED) *entries = X509_CRL_get_REVOKED (crl);
  gboolean good = extensions_are_known (X509_CRL_get0_extensions (crl), NID_issuing_distribution_point);

  for (int i = 0; good && i < sk_X509_REVOKED_num (entries); i++)
    good = extensions_are_known (X509_REVOKED_get0_extensions (sk_X509_REVOKED_value (entries, i)), NID_undef);
  if (!good)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                 _("The revocation list has a critical extension that is not known here."));

  return good;
}

static gboolean
may_sign (SignetCertificate *issuer)
{
  return signet_certificate_is_ca (issuer) && (X509_get_key_usage (signet_certificate_get_x509 (issuer)) & KU_CRL_SIGN) != 0;
}

static gboolean
check_signature (X509_CRL   *crl,
                 GPtrArray  *issuers,
                 GError    **error)
{
  const X509_NAME *name = X509_CRL_get_issuer (crl);
  g_autofree char *text = signet_name_print (name);
  gboolean named = FALSE;
  int digest = NID_undef;

  if (OBJ_find_sigid_algs (X509_CRL_get_signature_nid (crl), &digest, NULL) == 1
      && (digest == NID_md5 || digest == NID_md4 || digest == NID_md2 || digest == NID_sha1))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK, _("The revocation list is signed with a hash that is broken."));
      return FALSE;
    }
  for (guint i = 0; i < issuers->len; i++)
    {
      SignetCertificate *issuer = g_ptr_array_index (issuers, i);
      X509 *x509 = signet_certificate_get_x509 (issuer);

      if (X509_NAME_cmp (X509_get_subject_name (x509), name) != 0 || !may_sign (issuer))
        continue;
      named = TRUE;
      if (X509_CRL_verify (crl, X509_get0_pubkey (x509)) == 1)
        return TRUE;
    }
  ERR_clear_error ();
  if (named)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED, _("The revocation list of “%s” is not signed by its key."), text);
  else
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED,
                 _("The revocation list comes from “%s”, who is no authority that is trusted for lists."), text);

  return FALSE;
}

static gboolean
check_newer (X509_CRL  *crl,
             X509_CRL  *known,
             GError   **error)
{
  g_autoptr (ASN1_INTEGER) number = X509_CRL_get_ext_d2i (crl, NID_crl_number, NULL, NULL);
  g_autoptr (ASN1_INTEGER) known_number = X509_CRL_get_ext_d2i (known, NID_crl_number, NULL, NULL);

  if (X509_NAME_cmp (X509_CRL_get_issuer (crl), X509_CRL_get_issuer (known)) != 0)
    return TRUE;
  if (ASN1_TIME_compare (X509_CRL_get0_lastUpdate (crl), X509_CRL_get0_lastUpdate (known)) > 0
      && (number == NULL || known_number == NULL || ASN1_INTEGER_cmp (number, known_number) > 0))
    return TRUE;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TIME,
               _("The authority sent a revocation list that is not newer than the one at hand."));

  return FALSE;
}

static gboolean
check_dates (X509_CRL  *crl,
             gint64     now,
             GError   **error)
{
  gint64 this_update, next_update;

  if (!signet_asn1_time_to_seconds (X509_CRL_get0_lastUpdate (crl), &this_update))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("The revocation list has no date that can be read."));
      return FALSE;
    }
  if (this_update > now + CLOCK_SKEW)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TIME,
                   _("The revocation list is dated in the future; check the clock of this computer."));
      return FALSE;
    }
  /* RFC 5280 §5.1.2.5 demands nextUpdate, without which a list would never be too old. */
  if (!signet_asn1_time_to_seconds (X509_CRL_get0_nextUpdate (crl), &next_update) || next_update < now - CLOCK_SKEW)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TIME, _("The revocation list has expired, or does not say when it will."));
      return FALSE;
    }

  return TRUE;
}

gboolean
signet_cmp_crl_check (GBytes                   *der,
                      const SignetCmpGenmItem  *question,
                      GPtrArray                *issuers,
                      GBytes                   *known,
                      gint64                    now,
                      GError                  **error)
{
  g_autoptr (X509_CRL) crl = parse (der, error);
  g_autoptr (X509_CRL) newest = NULL;

  g_return_val_if_fail (issuers != NULL, FALSE);

  if (crl == NULL || !check_signature (crl, issuers, error) || !check_scope (crl, question, error)
      || !check_critical (crl, error) || !check_dates (crl, now, error))
    return FALSE;
  if (known == NULL)
    return TRUE;
  newest = parse (known, error);

  return newest != NULL && check_newer (crl, newest, error);
}

char *
signet_cmp_crl_describe (GBytes  *der,
                         GError **error)
{
  g_autoptr (X509_CRL) crl = parse (der, error);
  g_autofree char *issuer = NULL;
  g_autofree char *clean = NULL;
  g_autofree char *day = NULL;
  g_autoptr (GDateTime) date = NULL;
  gint64 seconds = 0;
  int entries;

  if (crl == NULL)
    return NULL;
  issuer = signet_name_print (X509_CRL_get_issuer (crl));
  clean = signet_cmp_text_clean (issuer, strlen (issuer), SIGNET_CMP_TEXT_MAX);
  if (!signet_asn1_time_to_seconds (X509_CRL_get0_lastUpdate (crl), &seconds))
    seconds = 0;
  date = g_date_time_new_from_unix_utc (seconds);
  day = date != NULL ? g_date_time_format_iso8601 (date) : g_strdup ("?");
  entries = sk_X509_REVOKED_num (X509_CRL_get_REVOKED (crl));

  /* Translators: issuer, date, number of certificates */
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Revocation list of “%s” of %s, with %d certificate",
                                       "Revocation list of “%s” of %s, with %d certificates", (gulong) MAX (entries, 0)),
                          clean, day, MAX (entries, 0));
}
