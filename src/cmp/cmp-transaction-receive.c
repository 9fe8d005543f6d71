/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cmp/cmp-compare.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-trust.h"
#include "pki/pki-chain.h"
#include "pki/pki-thread.h"

#define CERT_REQ_ID 0
#define WHOLE_MESSAGE (-1)              /* certReqId of a pollReq for an answer that is no CertResponse: RFC 9483 §4.4 */
#define MIN_CHECK_AFTER 1               /* seconds: bounds on what the authority may ask to wait, R215 */
#define MAX_CHECK_AFTER (7 * 24 * 3600)

/* ---- before anything is believed: a message that fails here changes nothing ---- */

static gboolean
equal_or_null (GBytes *a,
               GBytes *b)
{
  return a != NULL && b != NULL && g_bytes_equal (a, b);
}

/* An error message without protection may come from anybody on the way: R056. Its reason is still worth reading. */
static void
quote_unprotected_error (SignetCmpMessage  *message,
                         GError           **error)
{
  g_autoptr (SignetCmpStatusInfo) status = signet_cmp_message_get_error_content (message, NULL);
  g_autofree char *words = status != NULL ? signet_cmp_status_info_explain (status) : NULL;

  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNAUTHENTICATED_ERROR,
               _("Somebody answered with an error that is not protected, so it may not come from the authority: %s"),
               words != NULL ? words : _("it gives no reason."));
}

static gboolean
check_header (SignetCmpTransaction  *self,
              SignetCmpMessage      *message,
              GError               **error)
{
  gint64 pvno = signet_cmp_message_get_pvno (message);
  GBytes *id = signet_cmp_message_get_transaction_id (message);
  GBytes *nonce = signet_cmp_message_get_sender_nonce (message);
  GBytes *recip_nonce = signet_cmp_message_get_recip_nonce (message);

  if (pvno != 2 && pvno != 3)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_VERSION,
                   _("The answer speaks version %" G_GINT64_FORMAT " of CMP; only 2 and 3 are understood."), pvno);
      return FALSE;
    }
  if (id == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("The answer has no transaction ID."));
      return FALSE;
    }
  if (!g_bytes_equal (id, self->id))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TRANSACTION_ID,
                   _("The answer belongs to another transaction than this request."));
      return FALSE;
    }
  if (nonce == NULL || g_bytes_get_size (nonce) < SIGNET_CMP_NONCE_SIZE)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_NONCE,
                   _("The answer's senderNonce has %" G_GSIZE_FORMAT " octets; at least %d are needed."),
                   nonce != NULL ? g_bytes_get_size (nonce) : 0, SIGNET_CMP_NONCE_SIZE);
      return FALSE;
    }
  if (!equal_or_null (recip_nonce, self->sender_nonce) && !(self->polling && equal_or_null (recip_nonce, self->delayed_nonce)))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_NONCE,
                   recip_nonce == NULL ? _("The answer does not say which message it answers (no recipNonce).")
                                       : _("The answer is for another message than the one sent last: its recipNonce is not "
                                           "our senderNonce. It may be an old one."));
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_mac (SignetCmpTransaction  *self,
           SignetCmpMessage      *message,
           GError               **error)
{
  const char *reference = signet_cmp_credentials_get_reference (self->credentials);
  GBytes *kid = signet_cmp_message_get_sender_kid (message);

  if (!signet_cmp_credentials_is_mac (self->credentials))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_PROTECTION,
                   _("The answer is protected by a shared secret, though the request was signed."));
      return FALSE;
    }
  if (kid != NULL
      && (g_bytes_get_size (kid) != strlen (reference)
          || memcmp (g_bytes_get_data (kid, NULL), reference, strlen (reference)) != 0))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION,
                   _("The answer names another secret (senderKID) than the reference “%s”."), reference);
      return FALSE;
    }

  return signet_cmp_protector_verify_mac (self->protector, message, error);
}

/* @signer: (out) (nullable) */
static gboolean
check_protection (SignetCmpTransaction  *self,
                  SignetCmpMessage      *message,
                  gint64                 now,
                  SignetCertificate    **signer,
                  GError               **error)
{
  if (signet_cmp_message_get_protection (message) == NULL || signet_cmp_message_get_protection_alg (message) == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNPROTECTED,
                   _("The answer (%s) is not protected, so anybody could have made it."),
                   signet_cmp_body_type_name (signet_cmp_message_get_body_type (message)));
      return FALSE;
    }
  if (signet_cmp_message_is_mac_protected (message))
    return check_mac (self, message, error);
  if (signet_cmp_credentials_is_mac (self->credentials)
      && (signet_cmp_authority_get_relaxations (self->authority) & SIGNET_CMP_RELAX_SIGNED_ANSWER_TO_MAC) == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_PROTECTION,
                   _("The answer is signed, though the request was protected by a shared secret. If this authority does so, "
                     "allow it by the setting signed-answer-to-mac."));
      return FALSE;
    }
  *signer = signet_cmp_trust_find_signer (self->authority, message, self->signer, now, error);

  return *signer != NULL;
}

static gboolean
check_time (SignetCmpTransaction  *self,
            SignetCmpMessage      *message,
            gint64                 now,
            GError               **error)
{
  guint tolerance = signet_cmp_authority_get_time_tolerance (self->authority);
  gint64 time;

  if (tolerance == 0 || !signet_cmp_message_get_time (message, &time) || ABS (time - now) <= (gint64) tolerance)
    return TRUE;
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TIME,
               _("The answer's time differs by %" G_GINT64_FORMAT " seconds from this computer's clock; %u are allowed. Check the "
                 "clock."),
               ABS (time - now), tolerance);

  return FALSE;
}

/* ---- what an authenticated message does ---- */

static void G_GNUC_PRINTF (3, 4)
fail (SignetCmpTransaction *self,
      SignetCmpError        code,
      const char           *format,
      ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  self->step = SIGNET_CMP_STEP_FAILED;
  g_clear_error (&self->failure);
  self->failure = g_error_new_literal (SIGNET_CMP_ERROR, (int) code, message);
}

static void
remark (SignetCmpTransaction *self,
        const char           *words)
{
  if (self->remarks->len > 0)
    g_string_append_c (self->remarks, ' ');
  g_string_append (self->remarks, words);
}

static void
set_status (SignetCmpTransaction      *self,
            const SignetCmpStatusInfo *status)
{
  g_clear_pointer (&self->status, signet_cmp_status_info_free);
  self->status = signet_cmp_status_info_copy (status);
}

static void
fail_rejected (SignetCmpTransaction      *self,
               const SignetCmpStatusInfo *status)
{
  g_autofree char *words = signet_cmp_status_info_explain (status);

  fail (self, SIGNET_CMP_ERROR_REJECTED, "%s", words);
}

/* No checkAfter comes with "waiting": the first pollReq may follow at once (RFC 9483 §4.4). */
static void
begin_polling (SignetCmpTransaction *self,
               gint64                poll_id,
               gint64                now)
{
  if (self->status->fail_info != 0)
    remark (self, _("The answer says “wait” and gives a reason for refusing at once. The reason was passed over."));
  if (!self->polling)
    {
      self->polling = TRUE;
      g_clear_pointer (&self->delayed_nonce, g_bytes_unref);
      self->delayed_nonce = g_bytes_ref (self->sender_nonce);
    }
  self->poll_id = poll_id;
  self->wait_until = now + MIN_CHECK_AFTER;
  self->step = SIGNET_CMP_STEP_WAIT;
}

static void
receive_error (SignetCmpTransaction *self,
               SignetCmpMessage     *message,
               gint64                now)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (SignetCmpStatusInfo) status = signet_cmp_message_get_error_content (message, &reason);

  if (status == NULL)
    {
      fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority's error message cannot be read: %s"), reason->message);
      return;
    }
  set_status (self, status);
  if (status->status == SIGNET_CMP_STATUS_WAITING)
    begin_polling (self, WHOLE_MESSAGE, now);
  else
    fail_rejected (self, status);
}

static void
receive_poll_rep (SignetCmpTransaction *self,
                  SignetCmpMessage     *message,
                  gint64                now)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (GPtrArray) reps = signet_cmp_message_get_poll_reps (message, &reason);
  const SignetCmpPollRep *rep;
  SignetCmpStatusInfo status = { SIGNET_CMP_STATUS_WAITING, NULL, 0, -1 };

  if (reps == NULL || reps->len != 1)
    {
      fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority's answer about waiting has %u entries where one belongs."),
            reps != NULL ? reps->len : 0);
      return;
    }
  rep = g_ptr_array_index (reps, 0);
  if (rep->cert_req_id != self->poll_id)
    {
      fail (self, SIGNET_CMP_ERROR_CONTENT,
            _("The authority answered about request %" G_GINT64_FORMAT ", asked was %" G_GINT64_FORMAT "."), rep->cert_req_id,
            self->poll_id);
      return;
    }
  status.text = rep->reason;
  set_status (self, &status);
  self->wait_until = now + CLAMP (rep->check_after, MIN_CHECK_AFTER, MAX_CHECK_AFTER);
  self->step = SIGNET_CMP_STEP_WAIT;
}

static void
reject (SignetCmpTransaction *self,
        GError               *reason)
{
  g_clear_error (&self->rejection);
  self->rejection = reason;
  signet_cmp_transaction_conclude (self);
}

static SignetCertificate *
offered_root (SignetCmpTransaction *self,
              SignetCmpMessage     *message,
              GPtrArray            *ca_pubs)
{
  SignetCmpRelaxations relaxations = signet_cmp_authority_get_relaxations (self->authority);

  /* Anchors come only with an ip under the shared secret, one of them, and only where the settings want that: R160 to R163. */
  if (signet_cmp_message_get_body_type (message) != SIGNET_CMP_BODY_IP || !signet_cmp_message_is_mac_protected (message)
      || (relaxations & SIGNET_CMP_RELAX_CA_PUBS) == 0 || ca_pubs->len != 1
      || signet_cmp_authority_get_anchors (self->authority)->len > 0
      || signet_cmp_authority_get_anchor_fingerprint (self->authority) != NULL)
    return NULL;

  return g_ptr_array_index (ca_pubs, 0);
}

static gboolean
is_known (SignetCmpTransaction *self,
          SignetCertificate    *certificate)
{
  GPtrArray *known[] = { signet_cmp_authority_get_anchors (self->authority),
                         signet_cmp_authority_get_intermediates (self->authority) };

  if (self->root != NULL && signet_certificate_equal (self->root, certificate))
    return TRUE;
  if (self->new_anchor != NULL && signet_certificate_equal (self->new_anchor, certificate))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_ptr_array_find_with_equal_func (known[i], certificate, (GEqualFunc) signet_certificate_equal, NULL))
      return TRUE;

  return FALSE;
}

/* A server that hands out roots to trust without being asked is told of: R160, R169. */
static void
remark_on_ca_pubs (SignetCmpTransaction *self,
                   SignetCmpMessage     *message,
                   GPtrArray            *ca_pubs)
{
  for (guint i = 0; i < ca_pubs->len; i++)
    if (!is_known (self, g_ptr_array_index (ca_pubs, i)))
      {
        remark (self, signet_cmp_message_get_body_type (message) == SIGNET_CMP_BODY_IP
                          ? _("The answer brought certificates to be trusted from now on (caPubs). None of them was taken.")
                          : _("The answer brought certificates to be trusted from now on (caPubs), where none belong. None of "
                              "them was taken."));
        return;
      }
}

/* Looks for the path of the new certificate to what is trusted, or may come to be. FALSE: it was refused. */
static gboolean
find_chain (SignetCmpTransaction *self,
            SignetCmpMessage     *message,
            GPtrArray            *ca_pubs,
            gint64                now)
{
  g_autoptr (GPtrArray) untrusted = g_ptr_array_new ();
  g_autoptr (GPtrArray) anchors = NULL;
  g_autoptr (GPtrArray) chain = NULL;
  GPtrArray *sources[] = { signet_cmp_message_get_extra_certs (message), ca_pubs,
                           signet_cmp_authority_get_intermediates (self->authority) };
  SignetCertificate *root = offered_root (self, message, ca_pubs);
  GError *reason = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    for (guint k = 0; sources[i] != NULL && k < sources[i]->len; k++)
      g_ptr_array_add (untrusted, g_ptr_array_index (sources[i], k));
  anchors = signet_cmp_trust_anchors (self->authority, untrusted, &self->new_anchor);
  if (root != NULL)
    g_ptr_array_add (anchors, g_object_ref (root));
  chain = signet_chain_build (self->certificate, untrusted, anchors, now, &reason);
  if (chain == NULL)
    {
      g_autofree char *words = g_strdup (reason->message);

      g_clear_error (&reason);
      reject (self, g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE,
                                 _("The new certificate was refused. %s"), words));
      return FALSE;
    }
  for (guint i = 1; i < chain->len; i++)
    g_ptr_array_add (self->chain, g_object_ref (g_ptr_array_index (chain, i)));
  g_set_object (&self->root, root);

  return TRUE;
}

static void
receive_certificate (SignetCmpTransaction        *self,
                     SignetCmpMessage            *message,
                     const SignetCmpCertResponse *response,
                     GPtrArray                   *ca_pubs,
                     gint64                       now)
{
  if (response->certificate == NULL || response->has_private_key)
    {
      fail (self, SIGNET_CMP_ERROR_CONTENT,
            response->has_private_key ? _("The authority sent a private key that nobody asked for.")
            : response->has_encrypted_certificate
                ? _("The authority sent an encrypted certificate, though possession of the key was proved by a signature.")
                : _("The authority granted the request, but sent no certificate."));
      return;
    }
  if (response->status->fail_info != 0)
    {
      fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority sent a certificate and a reason for refusing it at once."));
      return;
    }
  g_set_object (&self->certificate, response->certificate);
  /* Granted only where it was asked for; a time limit beside it means nothing: R193. */
  self->implicit = signet_cmp_message_get_implicit_confirm (message)
                   && signet_cmp_authority_get_implicit_confirm (self->authority);
  if (!signet_cmp_message_get_confirm_wait_time (message, &self->confirm_until))
    self->confirm_until = 0;
  if (self->implicit && self->confirm_until != 0)
    {
      remark (self, _("The answer says that no confirmation is needed and until when it must come. None is sent."));
      self->confirm_until = 0;
    }

  if (!signet_cmp_compare_key (self->operation, self->certificate))
    {
      reject (self, g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE,
                                 _("The certificate for “%s” holds another key than the one requested and was refused."),
                                 signet_certificate_get_subject (self->certificate)));
      return;
    }
  if (find_chain (self, message, ca_pubs, now))
    signet_cmp_transaction_consider (self);
  remark_on_ca_pubs (self, message, ca_pubs);
}

static void
receive_cert_response (SignetCmpTransaction        *self,
                       SignetCmpMessage            *message,
                       const SignetCmpCertResponse *response,
                       GPtrArray                   *ca_pubs,
                       gint64                       now)
{
  set_status (self, response->status);
  switch (response->status->status)
    {
    case SIGNET_CMP_STATUS_ACCEPTED:
    case SIGNET_CMP_STATUS_GRANTED_WITH_MODS:
      receive_certificate (self, message, response, ca_pubs, now);
      return;
    case SIGNET_CMP_STATUS_WAITING:
      begin_polling (self, CERT_REQ_ID, now);
      return;
    case SIGNET_CMP_STATUS_REJECTION:
      if (response->certificate != NULL)
        fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority refused the request and sent a certificate at once."));
      else
        fail_rejected (self, response->status);
      return;
    default:
      fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority answered a request with the status “%s”, which does not fit."),
            signet_cmp_status_name (response->status->status));
    }
}

static void
receive_cert_rep (SignetCmpTransaction *self,
                  SignetCmpMessage     *message,
                  gint64                now)
{
  g_autoptr (GPtrArray) responses = NULL;
  g_autoptr (GPtrArray) ca_pubs = NULL;
  g_autoptr (GError) reason = NULL;
  const SignetCmpCertResponse *response;

  if (!signet_cmp_message_get_cert_rep (message, &responses, &ca_pubs, &reason))
    {
      fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority's answer cannot be read: %s"), reason->message);
      return;
    }
  if (responses->len != 1)
    {
      fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority answered one request with %u responses."), responses->len);
      return;
    }
  response = g_ptr_array_index (responses, 0);
  if (response->cert_req_id != CERT_REQ_ID)
    {
      fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority answered request %" G_GINT64_FORMAT ", sent was %d."),
            response->cert_req_id, CERT_REQ_ID);
      return;
    }
  receive_cert_response (self, message, response, ca_pubs, now);
}

static void
receive_pkiconf (SignetCmpTransaction *self)
{
  if (self->rejection == NULL)
    {
      self->step = SIGNET_CMP_STEP_DONE;
      return;
    }
  self->step = SIGNET_CMP_STEP_FAILED;
  self->failure = g_error_copy (self->rejection);
}

static SignetCmpBodyType
expected_body (SignetCmpTransaction *self)
{
  switch (self->asked_body)
    {
    case SIGNET_CMP_BODY_IR:
      return SIGNET_CMP_BODY_IP;
    case SIGNET_CMP_BODY_CR:
      return SIGNET_CMP_BODY_CP;
    default:
      return SIGNET_CMP_BODY_PKICONF;
    }
}

/* Notes what every authenticated message brings, whatever its body. */
static void
take_header (SignetCmpTransaction *self,
             SignetCmpMessage     *message,
             SignetCertificate    *signer,
             gint64                now)
{
  gint64 time;

  g_string_truncate (self->remarks, 0);
  /* A confirmation may speak version 3 by need, its answer either: RFC 9483 §3.1. */
  if (self->sent_pvno != 0 && self->next_body != SIGNET_CMP_BODY_CERTCONF
      && signet_cmp_message_get_pvno (message) != self->sent_pvno)
    remark (self, _("The answer speaks another version of the protocol than the request."));
  if (self->signer == NULL && signer != NULL)
    self->signer = g_object_ref (signer);
  g_clear_pointer (&self->peer_nonce, g_bytes_unref);
  self->peer_nonce = g_bytes_ref (signet_cmp_message_get_sender_nonce (message));
  g_clear_pointer (&self->peer_name, GENERAL_NAME_free);
  self->peer_name = GENERAL_NAME_dup ((GENERAL_NAME *) signet_cmp_message_get_sender (message));
  if (signet_cmp_message_get_time (message, &time))
    self->clock_offset = time - now;
  g_clear_pointer (&self->outgoing, g_bytes_unref);
}

static void
dispatch (SignetCmpTransaction *self,
          SignetCmpMessage     *message,
          gint64                now)
{
  SignetCmpBodyType body = signet_cmp_message_get_body_type (message);

  if (body == SIGNET_CMP_BODY_ERROR)
    receive_error (self, message, now);
  else if (body == SIGNET_CMP_BODY_POLLREP && self->polling && self->next_body == SIGNET_CMP_BODY_POLLREQ)
    receive_poll_rep (self, message, now);
  else if (body == expected_body (self))
    {
      self->polling = FALSE;
      if (body == SIGNET_CMP_BODY_PKICONF)
        receive_pkiconf (self);
      else
        receive_cert_rep (self, message, now);
    }
  else
    fail (self, SIGNET_CMP_ERROR_WRONG_BODY, _("The authority answered with a message of the kind %s where %s was expected."),
          signet_cmp_body_type_name (body), signet_cmp_body_type_name (expected_body (self)));
}

gboolean
signet_cmp_transaction_receive (SignetCmpTransaction  *self,
                                GBytes                *octets,
                                gint64                 now,
                                SignetCmpStep         *step,
                                GError               **error)
{
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (SignetCertificate) signer = NULL;

  signet_assert_may_take_time ();
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), FALSE);
  g_return_val_if_fail (octets != NULL, FALSE);

  if (self->step != SIGNET_CMP_STEP_SEND || self->outgoing == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE, _("No answer is awaited now."));
      return FALSE;
    }
  message = signet_cmp_message_parse (octets, error);
  if (message == NULL)
    return FALSE;
  if (signet_cmp_message_get_body_type (message) == SIGNET_CMP_BODY_ERROR
      && signet_cmp_message_get_protection (message) == NULL)
    {
      quote_unprotected_error (message, error);
      return FALSE;
    }
  if (!check_header (self, message, error) || !check_protection (self, message, now, &signer, error)
      || !check_time (self, message, now, error))
    return FALSE;

  take_header (self, message, signer, now);
  dispatch (self, message, now);
  if (step != NULL)
    *step = self->step;

  return TRUE;
}
