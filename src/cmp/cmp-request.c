/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-request.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-envelope.h"
#include "cmp/cmp-item-private.h"
#include "cmp/cmp-pop.h"
#include "cmp/cmp-strength.h"

static gboolean
has_alt_names (const SignetCertTemplate *template)
{
  return template->extensions != NULL && X509v3_get_ext_by_NID (template->extensions, NID_subject_alt_name, -1) >= 0;
}

/* ---- what one kind of request demands ---- */

/* RFC 9483 §4.1.3: by the certificate that is updated, while it is valid. */
static gboolean
check_update (SignetCmpItem         *item,
              SignetCmpAuthority    *authority,
              SignetCmpCredentials  *credentials,
              gint64                 now,
              GError               **error)
{
  const STACK_OF (SignetTypeAndValue) *controls = signet_cmp_item_get_controls (item);
  SignetCertificate *certificate = signet_cmp_credentials_get_certificate (credentials);

  if (certificate == NULL)
    return TRUE;
  if (signet_certificate_get_not_after (certificate) < now)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("The certificate of “%s” has expired, so it cannot be updated. Request a new one instead."),
                   signet_certificate_get_subject (certificate));
      return FALSE;
    }
  for (int i = 0; i < sk_SignetTypeAndValue_num (controls); i++)
    {
      const SignetTypeAndValue *control = sk_SignetTypeAndValue_value (controls, i);
      g_autoptr (SignetCertId) id = NULL;
      X509 *x509 = signet_certificate_get_x509 (certificate);

      if (OBJ_obj2nid (control->type) != NID_id_regCtrl_oldCertID
          || (signet_cmp_authority_get_relaxations (authority) & SIGNET_CMP_RELAX_UPDATE_BY_OTHER) != 0)
        continue;
      id = signet_asn1_decode_any (control->value, ASN1_ITEM_rptr (SignetCertId));
      if (id == NULL || id->issuer->type != GEN_DIRNAME
          || X509_NAME_cmp (id->issuer->d.directoryName, X509_get_issuer_name (x509)) != 0
          || ASN1_INTEGER_cmp (id->serial_number, X509_get0_serialNumber (x509)) != 0)
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                       _("A certificate is updated by itself: sign the request with the old certificate. If this authority takes "
                         "another one, allow it by the setting update-by-other."));
          return FALSE;
        }
    }

  return TRUE;
}

/* RFC 9810 App. D.6: one request, signed, and complete. */
static gboolean
check_cross_certification (SignetCmpOperation    *operation,
                           SignetCmpCredentials  *credentials,
                           GError               **error)
{
  const SignetCertTemplate *template = signet_cmp_item_get_template (signet_cmp_operation_get_item (operation, 0));
  const char *missing = NULL;

  if (signet_cmp_credentials_is_mac (credentials) || signet_cmp_operation_get_n_items (operation) != 1)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS,
                   _("A cross-certificate is asked for singly, and signed by the authority that asks for it."));
      return FALSE;
    }
  if (template->signing_alg == NULL)
    missing = "signingAlg";
  else if (template->issuer == NULL)
    missing = "issuer";
  else if (template->validity == NULL || template->validity->not_before == NULL || template->validity->not_after == NULL)
    missing = "validity";
  else if (template->subject == NULL || X509_NAME_entry_count (template->subject) == 0)
    missing = "subject";
  else if (template->public_key == NULL)
    missing = "publicKey";
  if (missing != NULL)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                 _("A request for a cross-certificate must be complete; it lacks %s."), missing);

  return missing == NULL;
}

/* What the authority makes is encrypted to a key for this request alone, or to the certificate that signs it: RFC 9483 §4.1.6. */
static gboolean
check_can_be_encrypted_to (SignetCmpItem         *item,
                           SignetCmpCredentials  *credentials,
                           GError               **error)
{
  SignetCertificate *certificate = signet_cmp_credentials_get_certificate (credentials);

  return !signet_cmp_item_is_central (item) || signet_cmp_item_get_protocol_key (item) != NULL || certificate == NULL
         || signet_cmp_envelope_check_recipient (certificate, error);
}

static gboolean
has_attribute (const STACK_OF (SignetTypeAndValue) *attributes,
               const char                          *oid)
{
  for (int i = 0; i < sk_SignetTypeAndValue_num (attributes); i++)
    {
      char text[128];

      OBJ_obj2txt (text, sizeof text, sk_SignetTypeAndValue_value (attributes, i)->type, 1);
      if (g_str_equal (text, oid))
        return TRUE;
    }

  return FALSE;
}

static gboolean
is_empty (const SignetCertTemplate *template)
{
  return template->version == NULL && template->serial_number == NULL && template->signing_alg == NULL
         && template->issuer == NULL && template->validity == NULL && template->subject == NULL && template->public_key == NULL
         && template->issuer_uid == NULL && template->subject_uid == NULL && template->extensions == NULL;
}

/* Which controls go with what: RFC 4211 §6, §7, RFC 9810 §5.2.1, §5.3.11. */
static gboolean
check_attributes (SignetCmpOperation  *operation,
                  SignetCmpItem       *item,
                  GError             **error)
{
  const STACK_OF (SignetTypeAndValue) *controls = signet_cmp_item_get_controls (item);
  SignetCmpBodyType type = signet_cmp_operation_get_body_type (operation);
  const char *words = NULL;

  if (type != SIGNET_CMP_BODY_IR && has_attribute (controls, SIGNET_OID_REG_TOKEN))
    words = _("A registration token is for the first request to an authority (ir) only.");
  else if (type == SIGNET_CMP_BODY_CCR && has_attribute (controls, SIGNET_OID_PKI_ARCHIVE_OPTIONS))
    words = _("The private key of a certification authority is not given away.");
  else if (has_attribute (controls, SIGNET_OID_ALT_CERT_TEMPLATE) && !is_empty (signet_cmp_item_get_template (item)))
    words = _("Another kind of template goes only with an empty one of the usual kind.");
  else if (has_attribute (signet_cmp_item_get_reg_info (item), SIGNET_OID_CERT_REQ))
    words = _("Only a registration authority puts a request into the registration information.");
  if (words != NULL)
    g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT, words);

  return words == NULL;
}

static gboolean
check_item (SignetCmpOperation    *operation,
            SignetCmpItem         *item,
            GError               **error)
{
  const SignetCertTemplate *template = signet_cmp_item_get_template (item);
  gboolean cross = signet_cmp_operation_get_body_type (operation) == SIGNET_CMP_BODY_CCR;

  if (template->subject != NULL && X509_NAME_entry_count (template->subject) == 0 && !has_alt_names (template))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                   _("A certificate needs a name: give a subject, or at least one address that it is for."));
      return FALSE;
    }
  /* RFC 4211 §5: these are the authority's to give. */
  if (template->serial_number != NULL || (template->signing_alg != NULL && !cross))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT,
                   _("Serial number and signature algorithm of a certificate cannot be asked for."));
      return FALSE;
    }

  return TRUE;
}

/* RFC 9935 §5, RFC 9881 §5, RFC 9909 §6: what such a key may be asked to be for. */
static gboolean
check_usage (SignetCmpItem  *item,
             GError        **error)
{
  const SignetCertTemplate *template = signet_cmp_item_get_template (item);
  ASN1_BIT_STRING *bits = template->extensions != NULL ? X509V3_get_d2i (template->extensions, NID_key_usage, NULL, NULL) : NULL;
  g_autoptr (GError) reason = NULL;
  guint32 usage = 0;
  gboolean fits;

  if (template->public_key == NULL || bits == NULL)
    return TRUE;
  for (int i = 0; i < ASN1_STRING_length (bits) && i < 2; i++)
    usage |= (guint32) ASN1_STRING_get0_data (bits)[i] << (8 * i);
  ASN1_BIT_STRING_free (bits);
  fits = signet_key_usage_check (template->public_key->algorithm->algorithm, usage, &reason);
  if (!fits)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT, "%s.", reason->message);

  return fits;
}

/* ---- CertReqMessages ---- */

static SignetCertReqMsg *
make_message (SignetCmpItem         *item,
              gint64                 id,
              SignetCmpAuthority    *authority,
              SignetCmpCredentials  *credentials,
              GError               **error)
{
  g_autoptr (SignetCertReqMsg) message = SignetCertReqMsg_new ();
  g_autoptr (GBytes) request = signet_cmp_item_get_request (item, id, error);
  const STACK_OF (SignetTypeAndValue) *reg_info = signet_cmp_item_get_reg_info (item);

  if (request == NULL)
    return NULL;
  SignetCertRequest_free (message->cert_req);
  message->cert_req = signet_asn1_decode (g_bytes_get_data (request, NULL), g_bytes_get_size (request),
                                          ASN1_ITEM_rptr (SignetCertRequest));
  if (message->cert_req == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                                _("The certificate request could not be made"));
      return NULL;
    }
  if (!signet_cmp_pop_make (item, request, authority, credentials, &message->popo, error))
    return NULL;
  for (int i = 0; i < sk_SignetTypeAndValue_num (reg_info); i++)
    {
      if (message->reg_info == NULL)
        message->reg_info = sk_SignetTypeAndValue_new_null ();
      sk_SignetTypeAndValue_push (message->reg_info,
                                  ASN1_item_dup (ASN1_ITEM_rptr (SignetTypeAndValue), sk_SignetTypeAndValue_value (reg_info, i)));
    }

  return g_steal_pointer (&message);
}

static GBytes *
make_messages (SignetCmpOperation    *operation,
               SignetCmpAuthority    *authority,
               SignetCmpCredentials  *credentials,
               gint64                 now,
               GError               **error)
{
  SignetCertReqMessages *messages = sk_SignetCertReqMsg_new_null ();
  guint n_items = signet_cmp_operation_get_n_items (operation);
  gboolean made = TRUE;
  GBytes *der = NULL;

  for (guint i = 0; i < n_items && made; i++)
    {
      SignetCmpItem *item = signet_cmp_operation_get_item (operation, i);
      SignetCertReqMsg *message = NULL;

      made = check_item (operation, item, error) && check_attributes (operation, item, error)
             && check_can_be_encrypted_to (item, credentials, error)
             && signet_cmp_strength_check_central (item, authority, credentials, error) && check_usage (item, error)
             && (signet_cmp_operation_get_body_type (operation) != SIGNET_CMP_BODY_KUR
                 || check_update (item, authority, credentials, now, error));
      message = made ? make_message (item, i, authority, credentials, error) : NULL;
      made = message != NULL && sk_SignetCertReqMsg_push (messages, message) > 0;
    }
  if (made)
    der = signet_asn1_encode (messages, ASN1_ITEM_rptr (SignetCertReqMessages));
  sk_SignetCertReqMsg_pop_free (messages, SignetCertReqMsg_free);
  if (made && der == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                              _("The certificate request could not be made"));

  return der;
}

GBytes *
signet_cmp_request_build (SignetCmpOperation    *operation,
                          SignetCmpAuthority    *authority,
                          SignetCmpCredentials  *credentials,
                          gint64                 now,
                          GError               **error)
{
  GBytes *content = signet_cmp_operation_get_content (operation);

  if (content != NULL)
    return g_bytes_ref (content);
  if (signet_cmp_operation_get_n_items (operation) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT, _("Nothing is asked for."));
      return NULL;
    }
  if (signet_cmp_operation_get_body_type (operation) == SIGNET_CMP_BODY_CCR
      && !check_cross_certification (operation, credentials, error))
    return NULL;

  return make_messages (operation, authority, credentials, now, error);
}
