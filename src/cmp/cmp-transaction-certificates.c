/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-compare.h"
#include "cmp/cmp-request.h"
#include "cmp/cmp-root-successor.h"
#include "cmp/cmp-trust.h"
#include "pki/pki-chain.h"

/* How long before confirmWaitTime a question must be answered, so that certConf still arrives. */
#define DEADLINE_MARGIN 60

/* ---- caPubs ---- */

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
      || signet_cmp_authority_get_anchor_fingerprint (self->authority) != NULL || self->new_anchor != NULL)
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
        signet_cmp_transaction_remark (
            self, signet_cmp_message_get_body_type (message) == SIGNET_CMP_BODY_IP
                      ? _("The answer brought certificates to be trusted from now on (caPubs). None of them was taken.")
                      : _("The answer brought certificates to be trusted from now on (caPubs), where none belong. None of "
                          "them was taken."));
        return;
      }
}

/* The root that is to follow, as the present one announced it, is told of; a root update takes it (RFC 9483 §4.3.2). */
static void
remark_on_successor (SignetCmpTransaction *self,
                     SignetCmpMessage     *message)
{
  GPtrArray *anchors = signet_cmp_authority_get_anchors (self->authority);
  GPtrArray *certificates = signet_cmp_message_get_extra_certs (message);

  for (guint i = 0; certificates != NULL && i < certificates->len; i++)
    for (guint k = 0; k < anchors->len; k++)
      if (!is_known (self, certificates->pdata[i]) && signet_cmp_root_announces (anchors->pdata[k], certificates->pdata[i]))
        {
          g_autofree char *words
              = g_strdup_printf (_("The answer brought the root that “%s” has announced to follow it. Ask for a root update to have it."),
                                 signet_certificate_get_subject (anchors->pdata[k]));

          signet_cmp_transaction_remark (self, words);
          return;
        }
}

/* ---- one certificate ---- */

/* What a new certificate came with. */
typedef struct {
  SignetCmpTransaction *self;
  SignetCmpMessage *message;
  GPtrArray *ca_pubs;           /* (element-type SignetCertificate): trusted by nothing */
  gint64 now;
} Delivery;

/* Looks for the path of the new certificate to what is trusted, or may come to be. */
static void
find_chain (Delivery          *delivery,
            SignetCmpProgress *progress)
{
  SignetCmpTransaction *self = delivery->self;
  g_autoptr (GPtrArray) untrusted = g_ptr_array_new ();
  g_autoptr (GPtrArray) anchors = NULL;
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (SignetCertificate) found = NULL;
  GPtrArray *sources[] = { signet_cmp_message_get_extra_certs (delivery->message), delivery->ca_pubs,
                           signet_cmp_authority_get_intermediates (self->authority) };
  SignetCertificate *root = offered_root (self, delivery->message, delivery->ca_pubs);
  g_autoptr (GError) reason = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    for (guint k = 0; sources[i] != NULL && k < sources[i]->len; k++)
      g_ptr_array_add (untrusted, g_ptr_array_index (sources[i], k));
  anchors = signet_cmp_trust_anchors (self->authority, untrusted, &found);
  if (found != NULL)
    g_set_object (&self->new_anchor, found);
  else if (self->new_anchor != NULL)
    g_ptr_array_add (anchors, g_object_ref (self->new_anchor));
  if (root != NULL)
    g_ptr_array_add (anchors, g_object_ref (root));
  chain = signet_chain_build (progress->certificate, untrusted, anchors, delivery->now, &reason);
  if (chain == NULL
      && (signet_cmp_authority_get_relaxations (self->authority) & SIGNET_CMP_RELAX_UNVERIFIED_CERTIFICATE) != 0)
    {
      signet_cmp_transaction_remark (self, _("No path leads from the new certificate to an anchor; it is taken all the same."));
      chain = signet_chain_order (progress->certificate, untrusted);
    }
  if (chain == NULL)
    {
      progress->rejection = g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE,
                                         _("The new certificate was refused. %s"), reason->message);
      return;
    }
  for (guint i = 1; i < chain->len; i++)
    g_ptr_array_add (progress->chain, g_object_ref (g_ptr_array_index (chain, i)));
  if (root != NULL)
    g_set_object (&self->root, root);
}

static void
take_certificate (Delivery          *delivery,
                  SignetCmpProgress *progress,
                  SignetCmpItem     *item,
                  SignetCertificate *certificate)
{
  g_set_object (&progress->certificate, certificate);
  progress->state = SIGNET_CMP_ITEM_GRANTED;
  if (progress->rejection != NULL)
    return;
  if (!signet_cmp_item_is_central (item) && !signet_cmp_compare_key (item, certificate))
    progress->rejection = g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE,
                                       _("The certificate for “%s” holds another key than the one requested and was refused."),
                                       signet_certificate_get_subject (certificate));
  else
    find_chain (delivery, progress);
}

/* ---- one response ---- */

static gboolean
receive_granted (Delivery                    *delivery,
                 SignetCmpProgress           *progress,
                 SignetCmpItem               *item,
                 const SignetCmpCertResponse *response)
{
  SignetCmpTransaction *self = delivery->self;
  gboolean central = signet_cmp_item_is_central (item);
  g_autoptr (SignetCertificate) certificate = NULL;

  if ((response->certificate == NULL && response->encrypted_certificate == NULL)
      || (response->private_key != NULL && !central))
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT, "%s",
                                   response->private_key != NULL
                                       ? _("The authority sent a private key that nobody asked for.")
                                       : _("The authority granted the request, but sent no certificate."));
      return FALSE;
    }
  if (response->status->fail_info != 0)
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT,
                                   _("The authority sent a certificate and a reason for refusing it at once."));
      return FALSE;
    }
  if (response->certificate != NULL)
    certificate = g_object_ref (response->certificate);
  else
    certificate = signet_cmp_transaction_decrypt_certificate (self, item, response);
  if (certificate == NULL)
    return FALSE;
  if (central)
    signet_cmp_transaction_take_central_key (self, delivery->message, item, progress, response, delivery->now);
  take_certificate (delivery, progress, item, certificate);

  return TRUE;
}

static gboolean
receive_rejected (SignetCmpTransaction        *self,
                  SignetCmpProgress           *progress,
                  const SignetCmpCertResponse *response)
{
  g_autofree char *words = NULL;

  if (response->certificate != NULL || response->encrypted_certificate != NULL)
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT,
                                   _("The authority refused the request and sent a certificate at once."));
      return FALSE;
    }
  if (signet_cmp_transaction_try_another_way (self, response->status, 0))
    return FALSE;
  words = signet_cmp_status_info_explain (response->status);
  progress->state = SIGNET_CMP_ITEM_REJECTED;
  progress->rejection = g_error_new_literal (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED, words);

  return TRUE;
}

/* FALSE: the whole answer breaks the protocol. */
static gboolean
receive_response (Delivery                    *delivery,
                  SignetCmpProgress           *progress,
                  SignetCmpItem               *item,
                  const SignetCmpCertResponse *response)
{
  SignetCmpTransaction *self = delivery->self;

  signet_cmp_transaction_set_status (self, response->status);
  g_clear_pointer (&progress->status, signet_cmp_status_info_free);
  progress->status = signet_cmp_status_info_copy (response->status);
  switch (response->status->status)
    {
    case SIGNET_CMP_STATUS_ACCEPTED:
    case SIGNET_CMP_STATUS_GRANTED_WITH_MODS:
      return receive_granted (delivery, progress, item, response);
    case SIGNET_CMP_STATUS_WAITING:
      signet_cmp_transaction_put_off (self, progress, delivery->now);
      return TRUE;
    case SIGNET_CMP_STATUS_REJECTION:
      return receive_rejected (self, progress, response);
    case SIGNET_CMP_STATUS_KEY_UPDATE_WARNING:
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_REJECTED,
                                   _("The authority says that this certificate was updated before (keyUpdateWarning). Look for "
                                     "the newer one among your certificates, or ask the authority for it."));
      return FALSE;
    default:
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT,
                                   _("The authority answered a request with the status “%s”, which does not fit."),
                                   signet_cmp_status_name (response->status->status));
      return FALSE;
    }
}

/* ---- the whole answer ---- */

/* That of a PKCS #10 has the number −1; who answers 0 instead is taken by setting: R171. */
static gboolean
is_number_of (SignetCmpTransaction *self,
              SignetCmpProgress    *progress,
              gint64                id)
{
  if (progress->id == id)
    return TRUE;

  return progress->id == SIGNET_CMP_P10_REQUEST_ID && id == 0
         && (signet_cmp_authority_get_relaxations (self->authority) & SIGNET_CMP_RELAX_P10_REQUEST_ID) != 0;
}

static gboolean
is_open (const SignetCmpProgress *progress)
{
  return progress->state == SIGNET_CMP_ITEM_ASKED || progress->state == SIGNET_CMP_ITEM_WAITING;
}

/* What is answered by the number @id and is still open, also in this message; G_MAXUINT: nothing. */
static guint
find_item (SignetCmpTransaction *self,
           gint64                id,
           gboolean             *answered)
{
  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, i);

      if (is_open (progress) && !answered[i] && is_number_of (self, progress, id))
        {
          answered[i] = TRUE;
          progress->id = id;
          return i;
        }
    }

  return G_MAXUINT;
}

static gboolean
check_responses (SignetCmpTransaction *self,
                 GPtrArray            *responses)
{
  guint open = 0;
  guint asked = 0;

  for (guint i = 0; i < self->progress->len; i++)
    {
      open += is_open (signet_cmp_transaction_get_progress (self, i)) ? 1 : 0;
      asked += signet_cmp_transaction_get_progress (self, i)->state == SIGNET_CMP_ITEM_ASKED ? 1 : 0;
    }
  /* The first answer is about all of them; after polling, about one or more that were waiting. */
  if (responses->len > 0 && responses->len <= open && responses->len >= asked)
    return TRUE;
  signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT,
                               open == 1 ? _("The authority answered one request with %u responses.")
                                         : _("The authority answered several requests with %u responses."),
                               responses->len);

  return FALSE;
}

static void
fail_unknown_number (SignetCmpTransaction *self,
                     gint64                id)
{
  if (self->progress->len == 1)
    signet_cmp_transaction_fail (
        self, SIGNET_CMP_ERROR_CONTENT,
        _("The authority answered request %" G_GINT64_FORMAT ", sent was %" G_GINT64_FORMAT "."), id,
        signet_cmp_transaction_get_progress (self, 0)->id);
  else
    signet_cmp_transaction_fail (
        self, SIGNET_CMP_ERROR_CONTENT,
        _("The authority answered request %" G_GINT64_FORMAT ", which was not sent or is answered already."), id);
}

/* Granted only where it was asked for; a time limit beside it means nothing: R193. */
static void
take_confirmation_rules (SignetCmpTransaction *self,
                         SignetCmpMessage     *message)
{
  self->implicit = signet_cmp_message_get_implicit_confirm (message)
                   && signet_cmp_authority_get_implicit_confirm (self->authority)
                   && !signet_cmp_transaction_needs_confirmation (self);
  if (!signet_cmp_message_get_confirm_wait_time (message, &self->confirm_until))
    self->confirm_until = 0;
  if (self->implicit && self->confirm_until != 0)
    {
      signet_cmp_transaction_remark (
          self, _("The answer says that no confirmation is needed and until when it must come. None is sent."));
      self->confirm_until = 0;
    }
}

void
signet_cmp_transaction_receive_cert_rep (SignetCmpTransaction *self,
                                         SignetCmpMessage     *message,
                                         gint64                now)
{
  g_autoptr (GPtrArray) responses = NULL;
  g_autoptr (GPtrArray) ca_pubs = NULL;
  g_autoptr (GError) reason = NULL;
  g_autofree gboolean *answered = g_new0 (gboolean, self->progress->len);
  Delivery delivery = { self, message, NULL, now };

  if (!signet_cmp_message_get_cert_rep (message, &responses, &ca_pubs, &reason))
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority's answer cannot be read: %s"),
                                   reason->message);
      return;
    }
  if (!check_responses (self, responses))
    return;
  delivery.ca_pubs = ca_pubs;
  take_confirmation_rules (self, message);
  for (guint i = 0; i < responses->len; i++)
    {
      const SignetCmpCertResponse *response = g_ptr_array_index (responses, i);
      guint at = find_item (self, response->cert_req_id, answered);

      if (at == G_MAXUINT)
        {
          fail_unknown_number (self, response->cert_req_id);
          return;
        }
      if (!receive_response (&delivery, signet_cmp_transaction_get_progress (self, at),
                             signet_cmp_operation_get_item (self->operation, at), response))
        return;
    }
  signet_cmp_transaction_consider (self);
  remark_on_ca_pubs (self, message, ca_pubs);
  remark_on_successor (self, message);
}

/* ---- krp ---- */

/*
 * KeyRecRepContent, RFC 9810 §5.3.8: one status for all; its keys and old certificates are for the reader of krp. newSigCert is a
 * certificate newly issued, which is confirmed as one of ip, cp, kup and ccp is, by the number of its request (§5.3.22, before and in
 * item 1: a certConf answers each krp too). What was issued long ago is not: a krp without newSigCert ends the transaction.
 */
void
signet_cmp_transaction_receive_key_rec_rep (SignetCmpTransaction *self,
                                            SignetCmpMessage     *message,
                                            gint64                now)
{
  const SignetKeyRecRepContent *content = signet_cmp_message_get_body (message);
  SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, 0);
  g_autoptr (GPtrArray) ca_pubs = g_ptr_array_new ();
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (GError) reason = NULL;
  SignetCmpCertResponse response = { .cert_req_id = progress->id };
  g_autoptr (SignetCmpStatusInfo) status = signet_cmp_status_info_from_asn1 (content->status, &reason);
  Delivery delivery = { self, message, ca_pubs, now };
  gboolean waiting;

  if (status != NULL && content->new_sig_cert != NULL)
    certificate = signet_cmp_certificate_from_any (content->new_sig_cert, &reason);
  if (status == NULL || (content->new_sig_cert != NULL && certificate == NULL))
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT, _("The authority's answer cannot be read: %s"),
                                   reason->message);
      return;
    }
  waiting = status->status == SIGNET_CMP_STATUS_WAITING;
  if (waiting && (content->new_sig_cert != NULL || content->ca_certs != NULL || content->key_pair_hist != NULL))
    {
      signet_cmp_transaction_fail (self, SIGNET_CMP_ERROR_CONTENT,
                                   _("The authority says “wait” and sends recovered keys at once."));
      return;
    }
  take_confirmation_rules (self, message);
  response.status = status;
  response.certificate = certificate;
  if (certificate == NULL && (status->status == SIGNET_CMP_STATUS_ACCEPTED
                              || status->status == SIGNET_CMP_STATUS_GRANTED_WITH_MODS))
    {
      /* Only the keys were recovered. */
      signet_cmp_transaction_set_status (self, status);
      progress->status = signet_cmp_status_info_copy (status);
      progress->state = SIGNET_CMP_ITEM_CONFIRMED;
    }
  else if (!receive_response (&delivery, progress, signet_cmp_operation_get_item (self->operation, 0), &response))
    return;
  signet_cmp_transaction_consider (self);
}

/* ---- what follows ---- */

/* Nobody told the authority: RFC 9483 §3.6.1. */
static void
say_what_remains (SignetCmpProgress *progress)
{
  GError *reason = progress->rejection;

  progress->rejection = g_error_new (reason->domain, reason->code, "%s %s", reason->message,
                                     _("The authority counts it as accepted, since it asked for no confirmation: have it revoked."));
  g_error_free (reason);
}

void
signet_cmp_transaction_settle (SignetCmpTransaction *self)
{
  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, i);

      if (progress->state != SIGNET_CMP_ITEM_GRANTED)
        continue;
      progress->state = progress->rejection == NULL ? SIGNET_CMP_ITEM_CONFIRMED : SIGNET_CMP_ITEM_REFUSED;
      if (self->implicit && progress->rejection != NULL)
        say_what_remains (progress);
    }
}

void
signet_cmp_transaction_finish (SignetCmpTransaction *self)
{
  const GError *reason = NULL;
  gboolean done = FALSE;

  for (guint i = 0; i < self->progress->len; i++)
    {
      const SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, i);

      if (is_open (progress))
        {
          signet_cmp_transaction_plan_polling (self);
          return;
        }
      done = done || progress->state == SIGNET_CMP_ITEM_CONFIRMED;
      if (reason == NULL)
        reason = progress->rejection;
    }
  if (done)
    self->step = SIGNET_CMP_STEP_DONE;
  else
    signet_cmp_transaction_fail (self, reason != NULL ? (SignetCmpError) reason->code : SIGNET_CMP_ERROR_CONTENT, "%s",
                                 reason != NULL ? reason->message : _("Nothing of what was asked for was granted."));
}

void
signet_cmp_transaction_conclude (SignetCmpTransaction *self)
{
  gboolean waived = (signet_cmp_authority_get_relaxations (self->authority) & SIGNET_CMP_RELAX_NO_CONFIRM) != 0;
  gboolean confirm = FALSE;

  g_clear_pointer (&self->question, signet_cmp_question_free);
  for (guint i = 0; i < self->progress->len && !self->implicit && !waived; i++)
    confirm = confirm || signet_cmp_transaction_get_progress (self, i)->state == SIGNET_CMP_ITEM_GRANTED;
  if (confirm)
    {
      self->step = SIGNET_CMP_STEP_SEND;
      self->next_body = SIGNET_CMP_BODY_CERTCONF;
      self->asked_body = SIGNET_CMP_BODY_CERTCONF;
      return;
    }
  signet_cmp_transaction_settle (self);
  signet_cmp_transaction_finish (self);
}

static gboolean
ask_about_changes (SignetCmpTransaction *self,
                   guint                 index,
                   gint64                deadline)
{
  SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, index);
  g_autoptr (GPtrArray) differences = NULL;

  if (progress->state != SIGNET_CMP_ITEM_GRANTED || progress->rejection != NULL || progress->considered)
    return FALSE;
  differences = signet_cmp_compare (signet_cmp_operation_get_item (self->operation, index), progress->certificate);
  progress->considered = differences->len == 0;
  if (progress->considered)
    return FALSE;
  self->question
      = signet_cmp_question_new (SIGNET_CMP_QUESTION_ACCEPT_CHANGES, progress->certificate, differences, deadline);
  self->question->item = index;
  self->step = SIGNET_CMP_STEP_ASK;

  return TRUE;
}

void
signet_cmp_transaction_consider (SignetCmpTransaction *self)
{
  gint64 deadline = self->confirm_until > 0 && !self->implicit ? self->confirm_until - DEADLINE_MARGIN : 0;

  g_clear_pointer (&self->question, signet_cmp_question_free);
  if (self->root != NULL)
    {
      self->question = signet_cmp_question_new (SIGNET_CMP_QUESTION_TRUST_ROOT, self->root, NULL, deadline);
      self->step = SIGNET_CMP_STEP_ASK;
      return;
    }
  for (guint i = 0; i < self->progress->len; i++)
    if (ask_about_changes (self, i, deadline))
      return;
  signet_cmp_transaction_conclude (self);
}
