/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-announcement.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-crl-update.h"
#include "cmp/cmp-info.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-signature.h"
#include "cmp/cmp-text.h"
#include "cmp/cmp-trust.h"
#include "pki/pki-chain.h"
#include "pki/pki-name.h"

#define MAX_CRLS 64
#define NAME_MAX_SIZE 512

static void G_GNUC_PRINTF (2, 3)
note (GPtrArray  *notes,
      const char *format,
      ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (notes, g_strdup_vprintf (format, args));
  va_end (args);
}

void
signet_cmp_announcement_free (SignetCmpAnnouncement *self)
{
  g_clear_object (&self->signer);
  g_ptr_array_unref (self->good);
  g_ptr_array_unref (self->bad);
  g_clear_pointer (&self->root_update, signet_cmp_root_update_free);
  g_clear_object (&self->anchor);
  g_clear_object (&self->certificate);
  g_ptr_array_unref (self->crls);
  g_free (self->issuer);
  g_free (self->serial);
  g_clear_object (&self->revoked);
  g_free (self);
}

static SignetCmpAnnouncement *
announcement_new (SignetCmpBodyType type)
{
  SignetCmpAnnouncement *self = g_new0 (SignetCmpAnnouncement, 1);

  self->type = type;
  self->good = g_ptr_array_new_with_free_func (g_free);
  self->bad = g_ptr_array_new_with_free_func (g_free);
  self->crls = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return self;
}

/* ---- whom it is from ---- */

static gboolean
verify_mac (SignetCmpMessage                    *message,
            const SignetCmpAnnouncementContext  *context,
            GError                             **error)
{
  g_autoptr (SignetCmpProtector) protector = NULL;

  if (context->credentials == NULL || signet_cmp_credentials_get_secret (context->credentials) == NULL)
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                           _("It is protected by a MAC, and no secret is shared with this authority."));
      return FALSE;
    }
  protector = signet_cmp_protector_new (context->credentials, context->authority, error);
  return protector != NULL && signet_cmp_protector_verify_mac (protector, message, error);
}

static void
check_protection (SignetCmpAnnouncement              *self,
                  SignetCmpMessage                   *message,
                  const SignetCmpAnnouncementContext *context)
{
  g_autoptr (GError) error = NULL;

  if (!signet_cmp_message_check_protected (message, &error))
    note (self->bad, _("It is not protected: anybody may have sent it."));
  else if (signet_cmp_message_is_mac_protected (message))
    {
      self->authentic = verify_mac (message, context, &error);
      if (self->authentic)
        note (self->good, _("It is protected with the secret shared with this authority."));
      else
        note (self->bad, "%s", error->message);
    }
  else
    {
      self->signer = signet_cmp_trust_find_signer (context->authority, message, NULL, NULL, context->now, &error);
      self->authentic = self->signer != NULL;
      if (self->authentic)
        note (self->good, _("It is signed by “%s”, who may speak for this authority."),
              signet_certificate_get_subject (self->signer));
      else
        note (self->bad, "%s", error->message);
    }
}

/* Nothing ties it to a time but messageTime: how old it may be is for the settings to say (RFC 9483 §3.5). */
static void
check_time (SignetCmpAnnouncement              *self,
            SignetCmpMessage                   *message,
            const SignetCmpAnnouncementContext *context)
{
  guint tolerance = signet_cmp_authority_get_time_tolerance (context->authority);
  gint64 seconds;

  if (tolerance == 0 || !self->authentic)
    return;
  if (!signet_cmp_message_get_time (message, &seconds))
    note (self->bad, _("It does not say when it was made, so that it may be an old one sent again."));
  else if (seconds > context->now + tolerance || seconds < context->now - tolerance)
    {
      note (self->bad, _("It was made at a time too far from now to be taken."));
      self->authentic = FALSE;
    }
}

/* ---- ckuann ---- */

static SignetCmpRootUpdate *
read_root_update (const SignetCaKeyUpdContent  *content,
                  GError                      **error)
{
  SignetCmpInfoType type;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (SignetCmpGenmItem) item = NULL;
  SignetCmpRootUpdate *update = NULL;

  if (content->type == 0)
    {
      type = SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO;
      value = signet_asn1_encode (content->value.ca_key_upd_ann_v2, ASN1_ITEM_rptr (SignetCaKeyUpdAnnContent));
    }
  else
    {
      type = SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE;
      value = signet_asn1_encode (content->value.ca_key_upd_ann_v3, ASN1_ITEM_rptr (SignetRootCaKeyUpdateContent));
    }
  item = signet_cmp_genm_item_new (type, value);
  return signet_cmp_root_update_read (item, &update, error) ? update : NULL;
}

/* As a root update that was asked for: RFC 9810 §4.4.2.2. One of the anchors must be what it follows. */
static void
check_root_update (SignetCmpAnnouncement              *self,
                   const SignetCmpAnnouncementContext *context)
{
  GPtrArray *anchors = signet_cmp_authority_get_anchors (context->authority);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < anchors->len && self->anchor == NULL; i++)
    {
      SignetCertificate *anchor = g_ptr_array_index (anchors, i);

      g_clear_error (&error);
      if (signet_cmp_root_update_check (self->root_update, anchor, context->former_anchors, context->now, &self->links, &error))
        self->anchor = g_object_ref (anchor);
    }
  if (self->anchor == NULL)
    {
      self->links = 0;
      note (self->bad, "%s", error != NULL ? error->message : _("No certificate of this authority is trusted that it could follow."));
      return;
    }
  note (self->good, _("The new certificate “%s” fits the trusted one."),
        signet_certificate_get_subject (self->root_update->new_with_new));
  if (self->links & SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD)
    note (self->good, _("The old key vouches for the new one."));
  else
    note (self->bad, _("The old key does not vouch for the new one: compare the fingerprint by another way before you trust it."));
}

static gboolean
read_ckuann (SignetCmpAnnouncement               *self,
             SignetCmpMessage                    *message,
             const SignetCmpAnnouncementContext  *context,
             GError                             **error)
{
  const SignetCaKeyUpdContent *content = signet_cmp_message_get_body (message);

  self->root_update = read_root_update (content, error);
  if (self->root_update == NULL)
    return FALSE;
  /* RFC 9810 §5.3.13; what the sender wrote is clear all the same. */
  if (content->type == 1 && signet_cmp_message_get_pvno (message) < 3)
    note (self->bad, _("It has the form of version 3 in a message of version %" G_GINT64_FORMAT "."),
          signet_cmp_message_get_pvno (message));
  check_root_update (self, context);
  self->usable = self->anchor != NULL;
  return TRUE;
}

/* ---- cann ---- */

/* Whether @certificate leads to an anchor of the authority, by what it is known to have issued and what came along. */
static gboolean
leads_to_anchor (SignetCertificate                   *certificate,
                 SignetCmpMessage                    *message,
                 const SignetCmpAnnouncementContext  *context,
                 GError                             **error)
{
  g_autoptr (GPtrArray) anchors = signet_cmp_trust_anchors (context->authority, NULL, NULL);
  g_autoptr (GPtrArray) untrusted = g_ptr_array_new ();
  g_autoptr (GPtrArray) chain = NULL;
  GPtrArray *extra = signet_cmp_message_get_extra_certs (message);
  GPtrArray *known = signet_cmp_authority_get_intermediates (context->authority);

  for (guint i = 0; i < extra->len; i++)
    g_ptr_array_add (untrusted, g_ptr_array_index (extra, i));
  for (guint i = 0; i < known->len; i++)
    g_ptr_array_add (untrusted, g_ptr_array_index (known, i));
  chain = signet_chain_build (certificate, untrusted, anchors, context->now, error);
  return chain != NULL;
}

static gboolean
read_cann (SignetCmpAnnouncement               *self,
           SignetCmpMessage                    *message,
           const SignetCmpAnnouncementContext  *context,
           GError                             **error)
{
  g_autoptr (GError) reason = NULL;

  self->certificate = signet_cmp_certificate_from_any (signet_cmp_message_get_body (message), error);
  if (self->certificate == NULL)
    return FALSE;
  self->usable = leads_to_anchor (self->certificate, message, context, &reason);
  if (self->usable)
    note (self->good, _("The certificate leads to a trusted one of this authority. Whether it was revoked was not asked."));
  else
    note (self->bad, "%s", reason->message);
  return TRUE;
}

/* ---- rann ---- */

static char *
print_issuer (const GENERAL_NAME *name)
{
  g_autofree char *text = name->type == GEN_DIRNAME ? signet_name_print (name->d.directoryName) : signet_alt_name_print (name);

  return signet_cmp_text_clean (text, strlen (text), NAME_MAX_SIZE);
}

static SignetCertificate *
find_own (const SignetCertId                 *id,
          const SignetCmpAnnouncementContext *context)
{
  for (guint i = 0; context->own != NULL && i < context->own->len; i++)
    {
      SignetCertificate *certificate = g_ptr_array_index (context->own, i);
      X509 *x509 = signet_certificate_get_x509 (certificate);

      if (id->issuer->type == GEN_DIRNAME && X509_NAME_cmp (id->issuer->d.directoryName, X509_get_issuer_name (x509)) == 0
          && ASN1_INTEGER_cmp (id->serial_number, X509_get0_serialNumber (x509)) == 0)
        return g_object_ref (certificate);
    }
  return NULL;
}

static gboolean
read_rann (SignetCmpAnnouncement               *self,
           SignetCmpMessage                    *message,
           const SignetCmpAnnouncementContext  *context,
           GError                             **error)
{
  const SignetRevAnnContent *content = signet_cmp_message_get_body (message);
  BIGNUM *serial = ASN1_INTEGER_to_BN (content->cert_id->serial_number, NULL);
  char *hexadecimal = serial == NULL ? NULL : BN_bn2hex (serial);

  self->issuer = print_issuer (content->cert_id->issuer);
  self->serial = g_strdup (hexadecimal);
  OPENSSL_free (hexadecimal);
  BN_free (serial);
  if (!signet_asn1_get_int64 (content->status, &self->status)
      || !signet_asn1_time_to_seconds (content->will_be_revoked_at, &self->will_be_revoked_at)
      || !signet_asn1_time_to_seconds (content->bad_since_date, &self->bad_since))
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                           _("The announcement cannot be used: a time or its status is not valid."));
      return FALSE;
    }
  self->revoked = find_own (content->cert_id, context);
  self->usable = self->revoked != NULL && leads_to_anchor (self->revoked, message, context, NULL);
  if (self->usable)
    note (self->good, _("It is about your certificate “%s”."), signet_certificate_get_subject (self->revoked));
  else if (self->revoked != NULL)
    note (self->bad, _("It is about your certificate “%s”, which another authority issued."),
          signet_certificate_get_subject (self->revoked));
  else
    note (self->bad, _("It is about no certificate of yours."));
  return TRUE;
}

/* ---- crlann ---- */

/* Who may have signed a list: what is trusted, and what a chain leads from there. */
static GPtrArray *
find_issuers (SignetCmpMessage                   *message,
              const SignetCmpAnnouncementContext *context)
{
  GPtrArray *issuers = signet_cmp_trust_anchors (context->authority, NULL, NULL);
  g_autoptr (GPtrArray) anchors = signet_cmp_trust_anchors (context->authority, NULL, NULL);
  GPtrArray *sources[] = { signet_cmp_authority_get_intermediates (context->authority),
                           signet_cmp_message_get_extra_certs (message) };

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    for (guint k = 0; sources[i] != NULL && k < sources[i]->len; k++)
      {
        SignetCertificate *candidate = g_ptr_array_index (sources[i], k);
        g_autoptr (GPtrArray) chain = NULL;

        if (signet_certificate_is_ca (candidate))
          chain = signet_chain_build (candidate, sources[i], anchors, context->now, NULL);
        if (chain != NULL)
          g_ptr_array_add (issuers, g_object_ref (candidate));
      }
  return issuers;
}

static X509_CRL *
decode_crl (GBytes *der)
{
  X509_CRL *crl = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_CRL));

  ERR_clear_error ();
  return crl;
}

/* The list at hand by the same issuer: (transfer none) (nullable) */
static GBytes *
find_known (X509_CRL                           *crl,
            const SignetCmpAnnouncementContext *context)
{
  for (guint i = 0; context->crls != NULL && i < context->crls->len; i++)
    {
      GBytes *der = g_ptr_array_index (context->crls, i);
      g_autoptr (X509_CRL) known = decode_crl (der);

      if (known != NULL && X509_NAME_cmp (X509_CRL_get_issuer (known), X509_CRL_get_issuer (crl)) == 0)
        return der;
    }
  return NULL;
}

static void
check_crl (SignetCmpAnnouncement              *self,
           const ASN1_TYPE                    *any,
           GPtrArray                          *issuers,
           const SignetCmpAnnouncementContext *context)
{
  g_autoptr (GBytes) der = signet_asn1_any_get_der (any);
  g_autoptr (X509_CRL) crl = der == NULL ? NULL : decode_crl (der);
  g_autofree char *name = NULL;
  g_autofree char *clean = NULL;
  g_autoptr (GError) error = NULL;

  if (crl == NULL)
    {
      note (self->bad, _("Something is announced as a revocation list that is none."));
      return;
    }
  name = signet_name_print (X509_CRL_get_issuer (crl));
  clean = signet_cmp_text_clean (name, strlen (name), NAME_MAX_SIZE);
  if (!signet_cmp_crl_check (der, NULL, issuers, find_known (crl, context), context->now, &error))
    {
      note (self->bad, "%s", error->message);
      return;
    }
  note (self->good, _("The revocation list of “%s” is signed by it, valid now and newer than what is at hand."), clean);
  g_ptr_array_add (self->crls, g_steal_pointer (&der));
}

static gboolean
read_crlann (SignetCmpAnnouncement               *self,
             SignetCmpMessage                    *message,
             const SignetCmpAnnouncementContext  *context,
             GError                             **error)
{
  const STACK_OF (ASN1_TYPE) *lists = signet_cmp_message_get_body (message);
  g_autoptr (GPtrArray) issuers = find_issuers (message, context);

  if (sk_ASN1_TYPE_num (lists) > MAX_CRLS)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("More than %d revocation lists are announced at once"), MAX_CRLS);
      return FALSE;
    }
  for (int i = 0; i < sk_ASN1_TYPE_num (lists); i++)
    check_crl (self, sk_ASN1_TYPE_value (lists, i), issuers, context);
  if (sk_ASN1_TYPE_num (lists) <= 0)
    note (self->bad, _("It brings no revocation list."));
  self->usable = self->crls->len > 0;
  return TRUE;
}

gboolean
signet_cmp_message_is_announcement (SignetCmpMessage *message)
{
  SignetCmpBodyType type = signet_cmp_message_get_body_type (message);

  return type >= SIGNET_CMP_BODY_CKUANN && type <= SIGNET_CMP_BODY_CRLANN;
}

static gboolean
read_content (SignetCmpAnnouncement               *self,
              SignetCmpMessage                    *message,
              const SignetCmpAnnouncementContext  *context,
              GError                             **error)
{
  switch ((int) self->type)
    {
    case SIGNET_CMP_BODY_CKUANN:
      return read_ckuann (self, message, context, error);
    case SIGNET_CMP_BODY_CANN:
      return read_cann (self, message, context, error);
    case SIGNET_CMP_BODY_RANN:
      return read_rann (self, message, context, error);
    default:
      return read_crlann (self, message, context, error);
    }
}

SignetCmpAnnouncement *
signet_cmp_announcement_check (SignetCmpMessage                    *message,
                               const SignetCmpAnnouncementContext  *context,
                               GError                             **error)
{
  g_autoptr (SignetCmpAnnouncement) self = NULL;

  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (message), NULL);

  if (!signet_cmp_message_is_announcement (message))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_BODY, _("This is no announcement, but a message “%s”"),
                   signet_cmp_body_type_name (signet_cmp_message_get_body_type (message)));
      return NULL;
    }
  self = announcement_new (signet_cmp_message_get_body_type (message));
  check_protection (self, message, context);
  check_time (self, message, context);
  if (!read_content (self, message, context, error))
    return NULL;
  self->usable = self->usable && self->authentic;
  return g_steal_pointer (&self);
}

/* ---- words ---- */

static char *
date_text (gint64 seconds)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (seconds);

  return date == NULL ? g_strdup ("?") : g_date_time_format (date, "%Y-%m-%d %H:%M UTC");
}

static void
say_what (GString                     *words,
          const SignetCmpAnnouncement *self)
{
  g_autofree char *when = NULL;
  g_autofree char *since = NULL;

  switch ((int) self->type)
    {
    case SIGNET_CMP_BODY_CKUANN:
      g_string_append_printf (words, _("An authority announces a new certificate of its own, “%s”."),
                              signet_certificate_get_subject (self->root_update->new_with_new));
      break;
    case SIGNET_CMP_BODY_CANN:
      g_string_append_printf (words, _("An authority announces the certificate of “%s”."),
                              signet_certificate_get_subject (self->certificate));
      break;
    case SIGNET_CMP_BODY_RANN:
      when = date_text (self->will_be_revoked_at);
      since = date_text (self->bad_since);
      g_string_append_printf (words, _("An authority announces that the certificate with the number %s of “%s” is revoked as of %s, and "
                                       "not to be relied on since %s."), self->serial, self->issuer, when, since);
      break;
    default:
      g_string_append (words, _("An authority announces revocation lists."));
      break;
    }
}

char *
signet_cmp_announcement_explain (const SignetCmpAnnouncement *self)
{
  GString *words = g_string_new (NULL);

  say_what (words, self);
  for (guint i = 0; i < self->good->len; i++)
    g_string_append_printf (words, "\n✓ %s", (const char *) g_ptr_array_index (self->good, i));
  for (guint i = 0; i < self->bad->len; i++)
    g_string_append_printf (words, "\n✗ %s", (const char *) g_ptr_array_index (self->bad, i));
  g_string_append_printf (words, "\n%s", self->usable ? _("It may be used.") : _("It changes nothing."));
  return g_string_free (words, FALSE);
}
