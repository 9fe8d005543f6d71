/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-text.h"

#define MAX_CERTIFICATES 64
#define FAIL_INFO_BITS 27

static gboolean
set_content_error (GError     **error,
                   const char  *what)
{
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("The message cannot be used: %s"), what);
  return FALSE;
}

void
signet_cmp_cert_response_free (SignetCmpCertResponse *self)
{
  g_clear_pointer (&self->status, signet_cmp_status_info_free);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->encrypted_certificate, g_bytes_unref);
  g_clear_pointer (&self->private_key, g_bytes_unref);
  g_clear_pointer (&self->publication_info, g_bytes_unref);
  g_clear_pointer (&self->rsp_info, g_bytes_unref);
  g_free (self);
}

void
signet_cmp_poll_rep_free (SignetCmpPollRep *self)
{
  g_free (self->reason);
  g_free (self);
}

/* x509v3PKCert is the only choice of CMPCertificate in use. */
SignetCertificate *
signet_cmp_certificate_from_any (const ASN1_TYPE  *any,
                                 GError          **error)
{
  g_autoptr (GBytes) der = NULL;
  g_autoptr (GError) local_error = NULL;
  SignetCertificate *certificate = NULL;

  if (ASN1_TYPE_get (any) == V_ASN1_SEQUENCE)
    {
      der = g_bytes_new (any->value.sequence->data, (gsize) any->value.sequence->length);
      certificate = signet_certificate_new_from_der (der, &local_error);
    }
  if (certificate == NULL)
    g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE, _("A certificate in the message cannot be read: %s"),
                 local_error != NULL ? local_error->message : _("it is not an X.509 certificate"));
  return certificate;
}

gboolean
signet_cmp_cert_response_read_pair (SignetCmpCertResponse         *response,
                                    const SignetCertifiedKeyPair  *pair,
                                    GError                       **error)
{
  if (pair->private_key != NULL)
    response->private_key = signet_asn1_any_get_der (pair->private_key);
  if (pair->publication_info != NULL)
    response->publication_info = signet_asn1_any_get_der (pair->publication_info);
  response->has_private_key = response->private_key != NULL;
  response->has_encrypted_certificate = pair->cert_or_enc_cert->type != 0;
  if (response->has_encrypted_certificate)
    {
      response->encrypted_certificate = signet_asn1_any_get_der (pair->cert_or_enc_cert->value.encrypted_cert);
      return TRUE;
    }
  response->certificate = signet_cmp_certificate_from_any (pair->cert_or_enc_cert->value.certificate, error);
  return response->certificate != NULL;
}

static gboolean
read_cert_response (GPtrArray                 *responses,
                    const SignetCertResponse  *source,
                    GError                   **error)
{
  SignetCmpCertResponse *response = g_new0 (SignetCmpCertResponse, 1);

  g_ptr_array_add (responses, response);
  if (!signet_asn1_get_int64 (source->cert_req_id, &response->cert_req_id))
    return set_content_error (error, _("its certReqId is out of range"));
  response->status = signet_cmp_status_info_from_asn1 (source->status, error);
  if (response->status == NULL)
    return FALSE;
  if (source->rsp_info != NULL)
    response->rsp_info = g_bytes_new (ASN1_STRING_get0_data (source->rsp_info), (gsize) ASN1_STRING_length (source->rsp_info));
  return source->certified_key_pair == NULL
         || signet_cmp_cert_response_read_pair (response, source->certified_key_pair, error);
}

static GPtrArray *
read_ca_pubs (const STACK_OF (ASN1_TYPE)  *source,
              GError                     **error)
{
  g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func (g_object_unref);

  if (sk_ASN1_TYPE_num (source) > MAX_CERTIFICATES)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("The message carries more than %d caPubs"),
                   MAX_CERTIFICATES);
      return NULL;
    }
  for (int i = 0; i < sk_ASN1_TYPE_num (source); i++)
    {
      SignetCertificate *certificate = signet_cmp_certificate_from_any (sk_ASN1_TYPE_value (source, i), error);

      if (certificate == NULL)
        return NULL;
      g_ptr_array_add (certificates, certificate);
    }
  return g_steal_pointer (&certificates);
}

gboolean
signet_cmp_message_get_cert_rep (SignetCmpMessage  *self,
                                 GPtrArray        **responses,
                                 GPtrArray        **ca_pubs,
                                 GError           **error)
{
  const SignetCertRepMessage *body = signet_cmp_message_get_body (self);
  SignetCmpBodyType type = signet_cmp_message_get_body_type (self);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_cert_response_free);
  g_autoptr (GPtrArray) certificates = NULL;

  g_return_val_if_fail (type == SIGNET_CMP_BODY_IP || type == SIGNET_CMP_BODY_CP || type == SIGNET_CMP_BODY_KUP
                        || type == SIGNET_CMP_BODY_CCP, FALSE);

  if (sk_SignetCertResponse_num (body->response) > MAX_CERTIFICATES)
    return set_content_error (error, _("it answers too many requests at once"));
  for (int i = 0; i < sk_SignetCertResponse_num (body->response); i++)
    if (!read_cert_response (list, sk_SignetCertResponse_value (body->response, i), error))
      return FALSE;
  certificates = read_ca_pubs (body->ca_pubs, error);
  if (certificates == NULL)
    return FALSE;

  *responses = g_steal_pointer (&list);
  if (ca_pubs != NULL)
    *ca_pubs = g_steal_pointer (&certificates);
  return TRUE;
}

GPtrArray *
signet_cmp_message_get_poll_reps (SignetCmpMessage  *self,
                                  GError           **error)
{
  const SignetPollRepContent *body = signet_cmp_message_get_body (self);
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_poll_rep_free);

  g_return_val_if_fail (signet_cmp_message_get_body_type (self) == SIGNET_CMP_BODY_POLLREP, NULL);

  for (int i = 0; i < sk_SignetPollRep_num (body); i++)
    {
      const SignetPollRep *source = sk_SignetPollRep_value (body, i);
      SignetCmpPollRep *poll_rep = g_new0 (SignetCmpPollRep, 1);

      g_ptr_array_add (list, poll_rep);
      if (!signet_asn1_get_int64 (source->cert_req_id, &poll_rep->cert_req_id)
          || !signet_asn1_get_int64 (source->check_after, &poll_rep->check_after))
        {
          set_content_error (error, _("a number of its pollRep is out of range"));
          return NULL;
        }
      poll_rep->reason = signet_cmp_text_from_free_text (source->reason);
    }
  return g_steal_pointer (&list);
}

SignetCmpStatusInfo *
signet_cmp_status_info_from_asn1 (const SignetPkiStatusInfo  *info,
                                  GError                    **error)
{
  g_autoptr (SignetCmpStatusInfo) self = g_new0 (SignetCmpStatusInfo, 1);
  gint64 status;

  if (!signet_asn1_get_int64 (info->status, &status) || status < 0 || status > G_MAXINT)
    {
      set_content_error (error, _("its status is out of range"));
      return NULL;
    }
  self->status = (int) status;
  self->error_code = -1;
  self->text = signet_cmp_text_from_free_text (info->status_string);
  for (guint bit = 0; info->fail_info != NULL && bit < FAIL_INFO_BITS; bit++)
    if (ASN1_BIT_STRING_get_bit (info->fail_info, (int) bit))
      self->fail_info |= 1u << bit;
  return g_steal_pointer (&self);
}

SignetCmpStatusInfo *
signet_cmp_message_get_error_content (SignetCmpMessage  *self,
                                      GError           **error)
{
  const SignetErrorMsgContent *body = signet_cmp_message_get_body (self);
  g_autoptr (SignetCmpStatusInfo) status = NULL;
  g_autofree char *details = NULL;

  g_return_val_if_fail (signet_cmp_message_get_body_type (self) == SIGNET_CMP_BODY_ERROR, NULL);

  status = signet_cmp_status_info_from_asn1 (body->status_info, error);
  if (status == NULL)
    return NULL;
  /* errorCode is the sender's own numbering: out of range it is only not shown. */
  if (!signet_asn1_get_int64 (body->error_code, &status->error_code))
    status->error_code = -1;
  details = signet_cmp_text_from_free_text (body->error_details);
  if (details != NULL)
    {
      g_autofree char *text = status->text == NULL ? g_strdup (details) : g_strjoin ("\n", status->text, details, NULL);

      g_free (status->text);
      status->text = g_utf8_make_valid (text, (gssize) MIN (strlen (text), SIGNET_CMP_TEXT_MAX));
    }
  return g_steal_pointer (&status);
}

static gboolean
fill_template (SignetCertTemplate                *template,
               const X509_NAME                   *subject,
               GBytes                            *public_key,
               const STACK_OF (X509_EXTENSION)   *extensions)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (public_key, &size);

  template->subject = subject == NULL ? X509_NAME_new () : X509_NAME_dup (subject);
  template->public_key = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetPublicKeyInfo));
  if (template->subject == NULL || template->public_key == NULL)
    return FALSE;
  if (sk_X509_EXTENSION_num (extensions) > 0)
    template->extensions = sk_X509_EXTENSION_deep_copy (extensions, (sk_X509_EXTENSION_copyfunc) X509_EXTENSION_dup,
                                                        X509_EXTENSION_free);
  return sk_X509_EXTENSION_num (extensions) <= 0 || template->extensions != NULL;
}

GBytes *
signet_cmp_cert_request_new (gint64                             cert_req_id,
                             const X509_NAME                   *subject,
                             GBytes                            *public_key,
                             const STACK_OF (X509_EXTENSION)   *extensions,
                             GError                           **error)
{
  g_autoptr (SignetCertRequest) request = SignetCertRequest_new ();
  GBytes *der = NULL;

  ASN1_INTEGER_set_int64 (request->cert_req_id, cert_req_id);
  if (fill_template (request->cert_template, subject, public_key, extensions))
    der = signet_asn1_encode (request, ASN1_ITEM_rptr (SignetCertRequest));
  if (der == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                              _("The certificate request could not be made"));
  return der;
}

static gboolean
set_popo (SignetCertReqMsg *message,
          GBytes           *algorithm,
          GBytes           *signature)
{
  SignetPopoSigningKey *popo = SignetPopoSigningKey_new ();
  gsize size;
  const guint8 *data = g_bytes_get_data (algorithm, &size);

  message->popo = SignetProofOfPossession_new ();
  message->popo->type = SIGNET_POPO_SIGNATURE;
  message->popo->value.signature = popo;
  X509_ALGOR_free (popo->algorithm_identifier);
  popo->algorithm_identifier = signet_asn1_decode (data, size, ASN1_ITEM_rptr (X509_ALGOR));
  data = g_bytes_get_data (signature, &size);
  popo->signature->flags = (popo->signature->flags & ~0x07L) | ASN1_STRING_FLAG_BITS_LEFT;
  return popo->algorithm_identifier != NULL && ASN1_STRING_set (popo->signature, data, (int) size) == 1;
}

GBytes *
signet_cmp_body_cert_req (GBytes  *cert_request,
                          GBytes  *popo_algorithm,
                          GBytes  *popo_signature,
                          GError **error)
{
  g_autoptr (SignetCertReqMsg) message = SignetCertReqMsg_new ();
  SignetCertReqMessages *messages = sk_SignetCertReqMsg_new_null ();
  GBytes *der = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (cert_request, &size);

  SignetCertRequest_free (message->cert_req);
  message->cert_req = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetCertRequest));
  if (message->cert_req != NULL && set_popo (message, popo_algorithm, popo_signature)
      && sk_SignetCertReqMsg_push (messages, message) > 0)
    der = signet_asn1_encode (messages, ASN1_ITEM_rptr (SignetCertReqMessages));
  sk_SignetCertReqMsg_free (messages);
  if (der == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                              _("The certificate request could not be made"));
  return der;
}

GBytes *
signet_cmp_body_pkiconf (void)
{
  static const guint8 null_value[] = { 0x05, 0x00 };

  return g_bytes_new_static (null_value, sizeof null_value);
}

static void
append_text (SignetPkiStatusInfo *info,
             const char          *text)
{
  ASN1_UTF8STRING *part = ASN1_UTF8STRING_new ();

  ASN1_STRING_set (part, text, -1);
  if (info->status_string == NULL)
    info->status_string = sk_ASN1_UTF8STRING_new_null ();
  sk_ASN1_UTF8STRING_push (info->status_string, part);
}

static SignetPkiStatusInfo *
status_info_to_asn1 (const SignetCmpStatusInfo *status)
{
  SignetPkiStatusInfo *info = SignetPkiStatusInfo_new ();

  ASN1_INTEGER_set_int64 (info->status, status->status);
  if (status->text != NULL)
    append_text (info, status->text);
  for (guint bit = 0; bit < FAIL_INFO_BITS; bit++)
    if (status->fail_info & 1u << bit)
      {
        if (info->fail_info == NULL)
          info->fail_info = ASN1_BIT_STRING_new ();
        ASN1_BIT_STRING_set_bit (info->fail_info, (int) bit, 1);
      }
  return info;
}

/* hashAlg as RFC 5754 §2 wants digest algorithms: without parameters. */
static gboolean
set_hash_algorithm (SignetCertStatus  *status,
                    const char        *name,
                    GError           **error)
{
  const EVP_MD *digest = EVP_get_digestbyname (name);

  if (digest == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED, _("The hash algorithm “%s” is not known"), name);
      return FALSE;
    }
  status->hash_alg = X509_ALGOR_new ();
  X509_ALGOR_set0 (status->hash_alg, OBJ_nid2obj (EVP_MD_get_type (digest)), V_ASN1_UNDEF, NULL);
  return TRUE;
}

static SignetCertStatus *
cert_status_new (const SignetCmpConfirmation  *confirmation,
                 GError                      **error)
{
  g_autoptr (SignetCertStatus) self = SignetCertStatus_new ();
  gsize size;
  const guint8 *hash = g_bytes_get_data (confirmation->cert_hash, &size);

  ASN1_INTEGER_set_int64 (self->cert_req_id, confirmation->cert_req_id);
  ASN1_OCTET_STRING_set (self->cert_hash, hash, (int) size);
  if (confirmation->status != NULL)
    self->status_info = status_info_to_asn1 (confirmation->status);
  if (confirmation->hash_algorithm != NULL && !set_hash_algorithm (self, confirmation->hash_algorithm, error))
    return NULL;
  return g_steal_pointer (&self);
}

GBytes *
signet_cmp_body_cert_confs (const SignetCmpConfirmation  *confirmations,
                            gsize                         n_confirmations,
                            GError                      **error)
{
  SignetCertConfirmContent *content = sk_SignetCertStatus_new_null ();
  GBytes *der = NULL;
  gsize made = 0;

  for (; made < n_confirmations; made++)
    {
      SignetCertStatus *status = cert_status_new (&confirmations[made], error);

      if (status == NULL)
        break;
      sk_SignetCertStatus_push (content, status);
    }
  if (made == n_confirmations)
    {
      der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetCertConfirmContent));
      if (der == NULL)
        signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("The confirmation could not be made"));
    }
  sk_SignetCertStatus_pop_free (content, SignetCertStatus_free);
  return der;
}

GBytes *
signet_cmp_body_cert_conf (gint64                      cert_req_id,
                           GBytes                     *cert_hash,
                           const char                 *hash_algorithm,
                           const SignetCmpStatusInfo  *status,
                           GError                    **error)
{
  const SignetCmpConfirmation confirmation = { cert_req_id, cert_hash, hash_algorithm, status };

  return signet_cmp_body_cert_confs (&confirmation, 1, error);
}

GBytes *
signet_cmp_body_poll_reqs (const gint64 *ids,
                           gsize         n_ids)
{
  SignetPollReqContent *content = sk_SignetPollReq_new_null ();
  GBytes *der;

  for (gsize i = 0; i < n_ids; i++)
    {
      SignetPollReq *request = SignetPollReq_new ();

      ASN1_INTEGER_set_int64 (request->cert_req_id, ids[i]);
      sk_SignetPollReq_push (content, request);
    }
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetPollReqContent));
  sk_SignetPollReq_pop_free (content, SignetPollReq_free);
  return der;
}

GBytes *
signet_cmp_body_poll_req (gint64 cert_req_id)
{
  return signet_cmp_body_poll_reqs (&cert_req_id, 1);
}

GBytes *
signet_cmp_body_popdecr (GPtrArray  *integers,
                         GError    **error)
{
  SignetPopoDecKeyRespContent *content = sk_ASN1_INTEGER_new_null ();
  GBytes *der = NULL;
  guint made = 0;

  for (; made < integers->len; made++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (integers, made), &size);
      ASN1_INTEGER *integer = signet_asn1_decode (data, size, ASN1_ITEM_rptr (ASN1_INTEGER));

      if (integer == NULL)
        break;
      sk_ASN1_INTEGER_push (content, integer);
    }
  if (made == integers->len)
    der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetPopoDecKeyRespContent));
  if (der == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                              _("The response to the challenge could not be made"));
  sk_ASN1_INTEGER_pop_free (content, ASN1_INTEGER_free);
  return der;
}
