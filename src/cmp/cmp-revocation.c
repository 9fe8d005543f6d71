/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-revocation.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-message-private.h"

#define CRLS_MAX 16
#define FAIL_BAD_CERT_ID 4      /* PKIFailureInfo, RFC 9810 §5.2.3 */
#define FAIL_CERT_REVOKED 10

struct _SignetCmpRevocation
{
  SignetCertificate *certificate;       /* (nullable) */
  X509_NAME *issuer;
  ASN1_INTEGER *serial;
  SignetCmpRevocationReason reason;
  gint64 invalidity_date;               /* G_MININT64: not said */
};

static const char *const reason_names[] = {
  "unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation", "certificateHold", NULL,
  "removeFromCRL", "privilegeWithdrawn", "aACompromise",
};

const char *
signet_cmp_revocation_reason_name (int reason)
{
  return reason >= 0 && reason < (int) G_N_ELEMENTS (reason_names) ? reason_names[reason] : NULL;
}

gboolean
signet_cmp_revocation_reason_parse (const char                 *text,
                                    SignetCmpRevocationReason  *reason,
                                    GError                    **error)
{
  guint64 number;

  g_return_val_if_fail (text != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (reason_names); i++)
    if (reason_names[i] != NULL
        && (g_ascii_strcasecmp (reason_names[i], text) == 0
            || (g_ascii_string_to_unsigned (text, 10, 0, G_N_ELEMENTS (reason_names), &number, NULL) && number == i)))
      {
        *reason = (SignetCmpRevocationReason) i;
        return TRUE;
      }
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
               _("“%s” is no reason for a revocation. There are unspecified, keyCompromise, cACompromise, affiliationChanged, superseded, "
                 "cessationOfOperation, certificateHold, removeFromCRL, privilegeWithdrawn and aACompromise."), text);

  return FALSE;
}

SignetCmpRevocation *
signet_cmp_revocation_new (SignetCertificate         *certificate,
                           SignetCmpRevocationReason  reason)
{
  X509 *x509;
  SignetCmpRevocation *self;

  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (certificate), NULL);

  x509 = signet_certificate_get_x509 (certificate);
  self = signet_cmp_revocation_new_for_serial (X509_get_issuer_name (x509), X509_get0_serialNumber (x509), reason);
  self->certificate = g_object_ref (certificate);

  return self;
}

SignetCmpRevocation *
signet_cmp_revocation_new_for_serial (const X509_NAME           *issuer,
                                      const ASN1_INTEGER        *serial,
                                      SignetCmpRevocationReason  reason)
{
  SignetCmpRevocation *self;

  g_return_val_if_fail (issuer != NULL && serial != NULL, NULL);
  g_return_val_if_fail (signet_cmp_revocation_reason_name (reason) != NULL, NULL);

  self = g_new0 (SignetCmpRevocation, 1);
  self->issuer = X509_NAME_dup (issuer);
  self->serial = ASN1_INTEGER_dup (serial);
  self->reason = reason;
  self->invalidity_date = G_MININT64;

  return self;
}

void
signet_cmp_revocation_free (SignetCmpRevocation *self)
{
  g_clear_object (&self->certificate);
  X509_NAME_free (self->issuer);
  ASN1_INTEGER_free (self->serial);
  g_free (self);
}

void
signet_cmp_revocation_set_invalidity_date (SignetCmpRevocation *self,
                                           gint64               seconds)
{
  self->invalidity_date = seconds;
}

gboolean
signet_cmp_revocation_check (const SignetCmpRevocation  *self,
                             gint64                      now,
                             GError                    **error)
{
  if (self->certificate == NULL || signet_certificate_get_not_after (self->certificate) >= now)
    return TRUE;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TIME,
               _("The certificate of “%s” has expired, so there is nothing to revoke any more."),
               signet_certificate_get_subject (self->certificate));

  return FALSE;
}

/* ---- rr ---- */

static SignetRevDetails *
make_details (const SignetCmpRevocation *self)
{
  SignetRevDetails *details = SignetRevDetails_new ();
  ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new ();

  details->cert_details->serial_number = ASN1_INTEGER_dup (self->serial);
  details->cert_details->issuer = X509_NAME_dup (self->issuer);
  ASN1_ENUMERATED_set (reason, self->reason);
  X509V3_add1_i2d (&details->crl_entry_details, NID_crl_reason, reason, 0, X509V3_ADD_APPEND);
  ASN1_ENUMERATED_free (reason);
  if (self->invalidity_date != G_MININT64)
    {
      ASN1_GENERALIZEDTIME *date = ASN1_GENERALIZEDTIME_set (NULL, (time_t) self->invalidity_date);

      X509V3_add1_i2d (&details->crl_entry_details, NID_invalidity_date, date, 0, X509V3_ADD_APPEND);
      ASN1_GENERALIZEDTIME_free (date);
    }

  return details;
}

GBytes *
signet_cmp_revocation_encode (GPtrArray  *revocations,
                              GError    **error)
{
  SignetRevReqContent *content;
  GBytes *der;

  if (revocations->len == 0 || revocations->len > SIGNET_CMP_REVOCATION_MAX)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("One to %d certificates can be revoked at once."),
                   SIGNET_CMP_REVOCATION_MAX);
      return NULL;
    }
  content = sk_SignetRevDetails_new_null ();
  for (guint i = 0; i < revocations->len; i++)
    sk_SignetRevDetails_push (content, make_details (g_ptr_array_index (revocations, i)));
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetRevReqContent));
  sk_SignetRevDetails_pop_free (content, SignetRevDetails_free);

  return der;
}

/* ---- rp ---- */

void
signet_cmp_revocation_answer_free (SignetCmpRevocationAnswer *self)
{
  g_clear_pointer (&self->statuses, g_ptr_array_unref);
  g_clear_pointer (&self->crls, g_ptr_array_unref);
  g_free (self);
}

static gboolean
set_content_error (GError     **error,
                   const char  *words)
{
  g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT, words);
  return FALSE;
}

static gboolean
check_status (const SignetCmpStatusInfo  *status,
              GError                    **error)
{
  switch (status->status)
    {
    case SIGNET_CMP_STATUS_REJECTION:
      return TRUE;
    case SIGNET_CMP_STATUS_ACCEPTED:
    case SIGNET_CMP_STATUS_GRANTED_WITH_MODS:
    case SIGNET_CMP_STATUS_REVOCATION_WARNING:
    case SIGNET_CMP_STATUS_REVOCATION_NOTIFICATION:
      return status->fail_info == 0
             || set_content_error (error, _("The authority accepted a revocation and gave a reason for refusing it at once."));
    default:
      return set_content_error (error, _("The authority answered a revocation with a status that does not fit."));
    }
}

static gboolean
take_statuses (SignetCmpRevocationAnswer  *self,
               const SignetRevRepContent  *content,
               guint                       wanted,
               GError                    **error)
{
  if (sk_SignetPkiStatusInfo_num (content->status) != (int) wanted)
    return set_content_error (error, _("The authority answered about another number of certificates than it was asked about."));
  for (guint i = 0; i < wanted; i++)
    {
      SignetCmpStatusInfo *status = signet_cmp_status_info_from_asn1 (sk_SignetPkiStatusInfo_value (content->status, (int) i), error);

      if (status == NULL)
        return FALSE;
      g_ptr_array_add (self->statuses, status);
      if (!check_status (status, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
names (const SignetCertId        *id,
       const SignetCmpRevocation *revocation)
{
  return id->issuer->type == GEN_DIRNAME && X509_NAME_cmp (id->issuer->d.directoryName, revocation->issuer) == 0
         && ASN1_INTEGER_cmp (id->serial_number, revocation->serial) == 0;
}

/* revCerts: IDs for which revocation was requested, in the same order as status. */
static gboolean
check_certificates (const SignetRevRepContent  *content,
                    GPtrArray                  *revocations,
                    GError                    **error)
{
  int count = sk_SignetCertId_num (content->rev_certs);

  if (content->rev_certs == NULL)
    return TRUE;
  if (count != (int) revocations->len)
    return set_content_error (error, _("The authority names another number of revoked certificates than it was asked about."));
  for (int i = 0; i < count; i++)
    if (!names (sk_SignetCertId_value (content->rev_certs, i), g_ptr_array_index (revocations, i)))
      return set_content_error (error, _("The authority names another certificate than the one that it was asked to revoke."));

  return TRUE;
}

static gboolean
take_crls (SignetCmpRevocationAnswer  *self,
           const SignetRevRepContent  *content,
           GError                    **error)
{
  if (sk_ASN1_TYPE_num (content->crls) > CRLS_MAX)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("The authority sent more than %d revocation lists."), CRLS_MAX);
      return FALSE;
    }
  for (int i = 0; i < sk_ASN1_TYPE_num (content->crls); i++)
    {
      GBytes *der = signet_asn1_any_get_der (sk_ASN1_TYPE_value (content->crls, i));

      if (der == NULL)
        return set_content_error (error, _("The authority sent a revocation list that cannot be read."));
      g_ptr_array_add (self->crls, der);
    }

  return TRUE;
}

SignetCmpRevocationAnswer *
signet_cmp_revocation_read (GBytes     *content,
                            GPtrArray  *revocations,
                            GError    **error)
{
  g_autoptr (SignetCmpRevocationAnswer) self = g_new0 (SignetCmpRevocationAnswer, 1);
  g_autoptr (SignetRevRepContent) parsed = NULL;

  self->statuses = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_status_info_free);
  self->crls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  parsed = signet_asn1_decode (g_bytes_get_data (content, NULL), g_bytes_get_size (content), ASN1_ITEM_rptr (SignetRevRepContent));
  if (parsed == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                                _("The authority's answer to the revocation cannot be read"));
      return NULL;
    }
  if (!take_statuses (self, parsed, revocations->len, error) || !check_certificates (parsed, revocations, error)
      || !take_crls (self, parsed, error))
    return NULL;

  return g_steal_pointer (&self);
}

char *
signet_cmp_revocation_explain (const SignetCmpRevocation *self,
                               const SignetCmpStatusInfo *status)
{
  switch (status->status)
    {
    case SIGNET_CMP_STATUS_ACCEPTED:
    case SIGNET_CMP_STATUS_GRANTED_WITH_MODS:
      if (self->reason == SIGNET_CMP_REASON_CERTIFICATE_HOLD)
        return g_strdup (_("The certificate is suspended."));
      if (self->reason == SIGNET_CMP_REASON_REMOVE_FROM_CRL)
        return g_strdup (_("The certificate is no longer suspended."));
      return g_strdup (_("The certificate is revoked."));
    case SIGNET_CMP_STATUS_REVOCATION_WARNING:
      return g_strdup (_("The authority warns that the certificate is about to be revoked."));
    case SIGNET_CMP_STATUS_REVOCATION_NOTIFICATION:
      return g_strdup (_("The authority tells that the certificate was revoked."));
    default:
      break;
    }
  if ((status->fail_info & 1u << FAIL_CERT_REVOKED) != 0)
    return g_strdup (_("The authority refused: the certificate was revoked before, so there is nothing left to do."));
  if ((status->fail_info & 1u << FAIL_BAD_CERT_ID) != 0)
    return g_strdup (_("The authority refused: it knows no certificate with this number. Check that the certificate is one of this authority."));

  return signet_cmp_status_info_explain (status);
}
