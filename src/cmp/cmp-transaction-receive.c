/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cmp/cmp-mac.h"
#include "cmp/cmp-trust.h"
#include "pki/pki-thread.h"

#define PVNO_1999 1                     /* cmp1999: only to be told, RFC 9810 §7.1.1 */

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

/* Refuses @message for @reason: consumed. What an error message says is worth reading all the same, as the words of somebody:
 * authorities that cannot read a request protect their error with the wrong secret, or answer it with another nonce. */
static gboolean
refuse (SignetCmpMessage  *message,
        GError            *reason,
        GError           **error)
{
  g_autoptr (SignetCmpStatusInfo) status = NULL;

  if (signet_cmp_message_get_body_type (message) == SIGNET_CMP_BODY_ERROR)
    status = signet_cmp_message_get_error_content (message, NULL);
  if (status != NULL)
    {
      g_autofree char *words = signet_cmp_status_info_explain (status);

      /* Translators: first why the message is refused, then what it says */
      g_set_error (error, reason->domain, reason->code,
                   _("%s The message is an error, which may not come from the authority: %s"), reason->message, words);
      g_error_free (reason);
    }
  else
    g_propagate_error (error, reason);

  return FALSE;
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

  if (pvno != PVNO_1999 && pvno != 2 && pvno != 3)
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
  g_autoptr (GBytes) own = signet_cmp_credentials_get_sender_kid (self->credentials);

  switch (signet_cmp_mac_get_kind (signet_cmp_message_get_protection_alg (message)))
    {
    case SIGNET_CMP_MAC_KIND_KEM:
    case SIGNET_CMP_MAC_KIND_DH:
      return signet_cmp_protector_verify_mac (self->protector, message, error);
    case SIGNET_CMP_MAC_KIND_NONE:
    case SIGNET_CMP_MAC_KIND_PASSWORD_BASED:
    case SIGNET_CMP_MAC_KIND_PBMAC1:
    case SIGNET_CMP_MAC_KIND_PLAIN:
    default:
      break;
    }
  if (!signet_cmp_credentials_is_mac (self->credentials))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_PROTECTION,
                   _("The answer is protected by a shared secret, though the request was signed. Ask your authority for a code, or "
                     "whether it knows the certificate that signed."));
      return FALSE;
    }
  if (kid != NULL && (signet_cmp_authority_get_relaxations (self->authority) & SIGNET_CMP_RELAX_OTHER_REFERENCE) == 0
      && !equal_or_null (kid, own))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION,
                   _("The answer names another secret (senderKID) than the reference “%s”. If this authority does so, allow it "
                     "by the setting other-reference."), reference);
      return FALSE;
    }

  return signet_cmp_protector_verify_mac (self->protector, message, error);
}

/* @signer: (out) (nullable); @path: (inout) (nullable): of who signed the last answer, then of @signer */
static gboolean
check_protection (SignetCmpTransaction  *self,
                  SignetCmpMessage      *message,
                  gint64                 now,
                  SignetCertificate    **signer,
                  GPtrArray            **path,
                  GError               **error)
{
  if (signet_cmp_message_get_protection (message) == NULL || signet_cmp_message_get_protection_alg (message) == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNPROTECTED,
                   _("The answer (%s) is not protected, so anybody could have made it. Ask your authority to protect what it answers."),
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
  *signer = signet_cmp_trust_find_signer (self->authority, message, self->signer, path, now, error);

  return *signer != NULL;
}

/* Whether every status of a CertRepMessage is a refusal. */
static gboolean
refuses_all (SignetCmpMessage *message)
{
  g_autoptr (GPtrArray) responses = NULL;

  if (!signet_cmp_message_get_cert_rep (message, &responses, NULL, NULL))
    return FALSE;
  for (guint i = 0; i < responses->len; i++)
    if (((const SignetCmpCertResponse *) responses->pdata[i])->status->status != SIGNET_CMP_STATUS_REJECTION)
      return FALSE;

  return responses->len > 0;
}

static gboolean
refuses_to_revoke (SignetCmpMessage *message)
{
  const SignetRevRepContent *content = signet_cmp_message_get_body (message);

  for (int i = 0; i < sk_SignetPkiStatusInfo_num (content->status); i++)
    {
      g_autoptr (SignetCmpStatusInfo) status
          = signet_cmp_status_info_from_asn1 (sk_SignetPkiStatusInfo_value (content->status, i), NULL);

      if (status == NULL || status->status != SIGNET_CMP_STATUS_REJECTION)
        return FALSE;
    }

  return sk_SignetPkiStatusInfo_num (content->status) > 0;
}

/* What can do no more than keep this side from something, which who is on the way can do in any case. */
static gboolean
is_believed_unprotected (SignetCmpTransaction *self,
                         SignetCmpMessage     *message)
{
  if ((signet_cmp_authority_get_relaxations (self->authority) & SIGNET_CMP_RELAX_UNPROTECTED_ERRORS) == 0)
    return FALSE;
  switch (signet_cmp_message_get_body_type (message))
    {
    case SIGNET_CMP_BODY_ERROR:
    case SIGNET_CMP_BODY_PKICONF:
      return TRUE;
    case SIGNET_CMP_BODY_IP:
    case SIGNET_CMP_BODY_CP:
    case SIGNET_CMP_BODY_KUP:
      return refuses_all (message);
    case SIGNET_CMP_BODY_RP:
      return refuses_to_revoke (message);
    default:
      return FALSE;
    }
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

/* Those that answers bring again and again. (transfer full) */
static GPtrArray *
known_certificates (SignetCmpTransaction *self)
{
  GPtrArray *known = g_ptr_array_new ();
  GPtrArray *lists[] = { self->signer_path, signet_cmp_authority_get_anchors (self->authority),
                         signet_cmp_authority_get_intermediates (self->authority),
                         signet_cmp_credentials_get_chain (self->credentials) };

  if (self->signer != NULL)
    g_ptr_array_add (known, self->signer);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (lists[i] != NULL)
      g_ptr_array_extend (known, lists[i], NULL, NULL);
  for (guint i = 0; i < self->progress->len; i++)
    g_ptr_array_extend (known, signet_cmp_transaction_get_progress (self, i)->chain, NULL, NULL);

  return known;
}

/* ---- what an authenticated message does ---- */

void
signet_cmp_transaction_fail (SignetCmpTransaction *self,
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

void
signet_cmp_transaction_fail_rejected (SignetCmpTransaction      *self,
                                      const SignetCmpStatusInfo *status)
{
  g_autofree char *words = signet_cmp_status_info_explain (status);

  signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_REJECTED, "%s", words);
}

void
signet_cmp_transaction_remark (SignetCmpTransaction *self,
                               const char           *words)
{
  if (self->remarks->len > 0)
    g_string_append_c (self->remarks, ' ');
  g_string_append (self->remarks, words);
}

void
signet_cmp_transaction_set_status (SignetCmpTransaction      *self,
                                   const SignetCmpStatusInfo *status)
{
  g_clear_pointer (&self->status, signet_cmp_status_info_free);
  self->status = signet_cmp_status_info_copy (status);
}

static SignetCmpBodyType
expected_body (SignetCmpTransaction *self)
{
  switch (self->asked_body)
    {
    case SIGNET_CMP_BODY_IR:
      return SIGNET_CMP_BODY_IP;
    case SIGNET_CMP_BODY_CR:
    case SIGNET_CMP_BODY_P10CR:
      return SIGNET_CMP_BODY_CP;
    case SIGNET_CMP_BODY_KUR:
      return SIGNET_CMP_BODY_KUP;
    case SIGNET_CMP_BODY_CCR:
      return SIGNET_CMP_BODY_CCP;
    case SIGNET_CMP_BODY_KRR:
      return SIGNET_CMP_BODY_KRP;
    case SIGNET_CMP_BODY_RR:
      return SIGNET_CMP_BODY_RP;
    case SIGNET_CMP_BODY_GENM:
      return SIGNET_CMP_BODY_GENP;
    default:
      return SIGNET_CMP_BODY_PKICONF;
    }
}

/* Notes what every authenticated message brings, whatever its body. */
static void
take_header (SignetCmpTransaction *self,
             SignetCmpMessage     *message,
             SignetCertificate    *signer,
             GPtrArray            *path,
             gint64                now)
{
  gint64 time;

  g_string_truncate (self->remarks, 0);
  /* A confirmation may speak version 3 by need, its answer either: RFC 9483 §3.1. */
  if (self->sent_pvno != 0 && self->next_body != SIGNET_CMP_BODY_CERTCONF
      && signet_cmp_message_get_pvno (message) != self->sent_pvno)
    signet_cmp_transaction_remark (self, _("The answer speaks another version of the protocol than the request."));
  if (self->sent_pvno == 3 && signet_cmp_message_get_pvno (message) == 3)
    self->peer_pvno = 3;
  if (self->signer == NULL && signer != NULL)
    self->signer = g_object_ref (signer);
  if (path != NULL && path != self->signer_path)
    {
      g_clear_pointer (&self->signer_path, g_ptr_array_unref);
      self->signer_path = g_ptr_array_ref (path);
    }
  g_clear_pointer (&self->peer_nonce, g_bytes_unref);
  self->peer_nonce = g_bytes_ref (signet_cmp_message_get_sender_nonce (message));
  g_clear_pointer (&self->peer_name, GENERAL_NAME_free);
  self->peer_name = GENERAL_NAME_dup ((GENERAL_NAME *) signet_cmp_message_get_sender (message));
  if (signet_cmp_message_get_time (message, &time))
    self->clock_offset = time - now;
  g_clear_pointer (&self->outgoing, g_bytes_unref);
  g_clear_object (&self->substitute);
}

static void
take_answer (SignetCmpTransaction *self,
             SignetCmpMessage     *message)
{
  g_clear_pointer (&self->answer, g_bytes_unref);
  self->answer = g_bytes_ref (signet_cmp_message_get_body_content (message));
  self->answer_body = signet_cmp_message_get_body_type (message);
}

/* The answer itself, whether it came at once or after polling: RFC 9810 §5.3.22 item 4. */
static void
receive_final (SignetCmpTransaction *self,
               SignetCmpMessage     *message,
               gint64                now)
{
  self->polling = FALSE;
  if (self->asked_body == SIGNET_CMP_BODY_CERTCONF)
    {
      signet_cmp_transaction_receive_pkiconf (self);
      return;
    }
  take_answer (self, message);
  switch (self->answer_body)
    {
    case SIGNET_CMP_BODY_RP:
      signet_cmp_transaction_receive_rev_rep (self, message);
      break;
    case SIGNET_CMP_BODY_GENP:
      signet_cmp_transaction_receive_gen_rep (self, message);
      break;
    case SIGNET_CMP_BODY_KRP:
      signet_cmp_transaction_receive_key_rec_rep (self, message, now);
      break;
    default:
      signet_cmp_transaction_receive_cert_rep (self, message, now);
    }
}

static void
dispatch (SignetCmpTransaction *self,
          SignetCmpMessage     *message,
          gint64                now)
{
  SignetCmpBodyType body = signet_cmp_message_get_body_type (message);

  if (signet_cmp_message_get_pvno (message) == PVNO_1999)
    signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_VERSION,
                                 _("The authority speaks the first version of the protocol (RFC 2510) only, which is not spoken "
                                   "here."));
  else if (body == SIGNET_CMP_BODY_ERROR)
    signet_cmp_transaction_receive_error (self, message, now);
  else if (body == SIGNET_CMP_BODY_POLLREP && self->polling && self->next_body == SIGNET_CMP_BODY_POLLREQ)
    signet_cmp_transaction_receive_poll_rep (self, message, now);
  else if (body == SIGNET_CMP_BODY_POPDECC && signet_cmp_transaction_expects_challenge (self))
    signet_cmp_transaction_receive_challenge (self, message);
  else if (body == expected_body (self))
    receive_final (self, message, now);
  else
    signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_WRONG_BODY,
                                 _("The authority answered with a message of the kind %s where %s was expected."),
                                 signet_cmp_body_type_name (body), signet_cmp_body_type_name (expected_body (self)));
}

/* An unprotected error: its reason is quoted, unless it brings the certificate that the authority's answers will stand on. */
static gboolean
receive_unprotected_error (SignetCmpTransaction  *self,
                           SignetCmpMessage      *message,
                           gint64                 now,
                           SignetCmpStep         *step,
                           GError               **error)
{
  gboolean taken = FALSE;

  if (check_header (self, message, NULL) && !signet_cmp_transaction_take_kem_certificate (self, message, now, &taken, error))
    return FALSE;
  if (!taken)
    {
      quote_unprotected_error (message, error);
      return FALSE;
    }
  if (step != NULL)
    *step = self->step;

  return TRUE;
}

/* The genp that comes before anything can be protected: RFC 9810 App. E Fig. 3. */
static gboolean
receive_ciphertext (SignetCmpTransaction  *self,
                    SignetCmpMessage      *message,
                    SignetCmpStep         *step,
                    GError               **error)
{
  if (!check_header (self, message, error) || !signet_cmp_transaction_receive_ciphertext (self, message, error))
    return FALSE;
  if (step != NULL)
    *step = self->step;

  return TRUE;
}

gboolean
signet_cmp_transaction_receive (SignetCmpTransaction  *self,
                                GBytes                *octets,
                                gint64                 now,
                                SignetCmpStep         *step,
                                GError               **error)
{
  g_autoptr (GPtrArray) known = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (SignetCertificate) signer = NULL;
  g_autoptr (GPtrArray) path = NULL;
  g_autoptr (GError) unprotected = NULL;
  GError *reason = NULL;
  gboolean believed;

  signet_assert_may_take_time ();
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), FALSE);
  g_return_val_if_fail (octets != NULL, FALSE);

  if (self->step != SIGNET_CMP_STEP_SEND || self->outgoing == NULL)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE, _("No answer is awaited now."));
      return FALSE;
    }
  known = known_certificates (self);
  message = signet_cmp_message_parse_knowing (octets, known, error);
  if (message == NULL)
    return FALSE;
  believed = is_believed_unprotected (self, message);
  if (!believed && signet_cmp_message_get_body_type (message) == SIGNET_CMP_BODY_ERROR
      && signet_cmp_message_get_protection (message) == NULL)
    return receive_unprotected_error (self, message, now, step, error);
  if (signet_cmp_transaction_awaits_ciphertext (self))
    return receive_ciphertext (self, message, step, error);
  if (!check_header (self, message, &reason))
    return refuse (message, reason, error);
  path = self->signer_path != NULL ? g_ptr_array_ref (self->signer_path) : NULL;
  if (!check_protection (self, message, now, &signer, &path, &unprotected))
    {
      if (!believed)
        return refuse (message, g_steal_pointer (&unprotected), error);
      g_clear_object (&signer);
      g_clear_pointer (&path, g_ptr_array_unref);
    }
  if (!check_time (self, message, now, error))
    return FALSE;

  take_header (self, message, signer, path, now);
  if (unprotected != NULL)
    signet_cmp_transaction_remark (self, unprotected->message);
  dispatch (self, message, now);
  if (step != NULL)
    *step = self->step;

  return TRUE;
}
