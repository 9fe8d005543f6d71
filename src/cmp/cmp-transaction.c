/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cmp/cmp-compare.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-random.h"
#include "cmp/cmp-request.h"
#include "pki/pki-thread.h"

#define PVNO_2000 2
#define PVNO_2021 3
#define CERT_REQ_ID 0
/* Where the signature algorithm of a certificate fixes no hash: RFC 9810 §5.3.18. */
#define CONFIRM_DIGEST "SHA512"
#define ED448_DIGEST_SIZE 64            /* SHAKE256 with 512 bits, RFC 9481 §3.3 */
/* How long before confirmWaitTime a question must be answered, so that certConf still arrives. */
#define DEADLINE_MARGIN 60

G_DEFINE_FINAL_TYPE (SignetCmpTransaction, signet_cmp_transaction, G_TYPE_OBJECT)

static void
signet_cmp_transaction_finalize (GObject *object)
{
  SignetCmpTransaction *self = SIGNET_CMP_TRANSACTION (object);

  g_string_free (self->remarks, TRUE);
  g_clear_object (&self->operation);
  g_clear_object (&self->authority);
  g_clear_object (&self->credentials);
  g_clear_object (&self->protector);
  g_clear_pointer (&self->id, g_bytes_unref);
  g_clear_pointer (&self->outgoing, g_bytes_unref);
  g_clear_pointer (&self->sender_nonce, g_bytes_unref);
  g_clear_pointer (&self->delayed_nonce, g_bytes_unref);
  g_clear_pointer (&self->peer_nonce, g_bytes_unref);
  g_clear_pointer (&self->peer_name, GENERAL_NAME_free);
  g_clear_object (&self->signer);
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->chain, g_ptr_array_unref);
  g_clear_object (&self->new_anchor);
  g_clear_object (&self->root);
  g_clear_pointer (&self->question, signet_cmp_question_free);
  g_clear_error (&self->rejection);
  g_clear_error (&self->failure);
  g_clear_pointer (&self->status, signet_cmp_status_info_free);

  G_OBJECT_CLASS (signet_cmp_transaction_parent_class)->finalize (object);
}

static void
signet_cmp_transaction_class_init (SignetCmpTransactionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_cmp_transaction_finalize;
}

static void
signet_cmp_transaction_init (SignetCmpTransaction *self)
{
  self->chain = g_ptr_array_new_with_free_func (g_object_unref);
  self->remarks = g_string_new (NULL);
}

SignetCmpQuestion *
signet_cmp_question_new (SignetCmpQuestionKind  kind,
                         SignetCertificate     *certificate,
                         GPtrArray             *differences,
                         gint64                 deadline)
{
  SignetCmpQuestion *self = g_new0 (SignetCmpQuestion, 1);

  self->kind = kind;
  self->certificate = g_object_ref (certificate);
  self->differences = differences != NULL
                          ? g_ptr_array_ref (differences)
                          : g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_difference_free);
  self->deadline = deadline;

  return self;
}

void
signet_cmp_question_free (SignetCmpQuestion *self)
{
  g_clear_object (&self->certificate);
  g_clear_pointer (&self->differences, g_ptr_array_unref);
  g_free (self);
}

/* ---- what is sent ---- */

static const X509_NAME *
first_recipient (SignetCmpTransaction *self)
{
  GPtrArray *anchors = signet_cmp_authority_get_anchors (self->authority);
  const X509_NAME *configured = signet_cmp_authority_get_recipient (self->authority);

  if (configured != NULL)
    return configured;
  if (!signet_cmp_credentials_is_mac (self->credentials) && self->asked_body == SIGNET_CMP_BODY_CR)
    return X509_get_issuer_name (
        signet_certificate_get_x509 (signet_cmp_credentials_get_certificate (self->credentials)));
  if (anchors->len == 1)
    return X509_get_subject_name (signet_certificate_get_x509 (g_ptr_array_index (anchors, 0)));

  return NULL;
}

static void
set_recipient (SignetCmpTransaction    *self,
               SignetCmpMessageBuilder *builder)
{
  if (self->peer_name != NULL)
    signet_cmp_message_builder_set_recipient_name (builder, self->peer_name);
  else
    signet_cmp_message_builder_set_recipient (builder, first_recipient (self));
}

static void
set_sender (SignetCmpTransaction    *self,
            SignetCmpMessageBuilder *builder)
{
  g_autoptr (GBytes) kid = NULL;

  if (signet_cmp_credentials_is_mac (self->credentials))
    {
      const char *reference = signet_cmp_credentials_get_reference (self->credentials);
      g_autoptr (X509_NAME) name = X509_NAME_new ();

      /* A reference that no commonName can hold leaves the NULL-DN: R008. */
      X509_NAME_add_entry_by_NID (name, NID_commonName, MBSTRING_UTF8, (const unsigned char *) reference, -1, -1, 0);
      signet_openssl_set_error (NULL, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, "name");
      signet_cmp_message_builder_set_sender (builder, name);
      kid = g_bytes_new (reference, strlen (reference));
    }
  else
    {
      X509 *x509 = signet_certificate_get_x509 (signet_cmp_credentials_get_certificate (self->credentials));
      const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id (x509);

      signet_cmp_message_builder_set_sender (builder, X509_get_subject_name (x509));
      if (ski != NULL)
        kid = g_bytes_new (ASN1_STRING_get0_data (ski), (gsize) ASN1_STRING_length (ski));
    }
  if (kid != NULL)
    signet_cmp_message_builder_set_sender_kid (builder, kid);
}

/* The protection certificate, then its chain without the root: RFC 9483 §3.3. */
static GPtrArray *
extra_certs (SignetCmpTransaction *self)
{
  GPtrArray *certificates;
  GPtrArray *chain;

  if (signet_cmp_credentials_is_mac (self->credentials))
    return NULL;
  certificates = g_ptr_array_new_with_free_func (g_object_unref);
  chain = signet_cmp_credentials_get_chain (self->credentials);
  g_ptr_array_add (certificates, g_object_ref (signet_cmp_credentials_get_certificate (self->credentials)));
  for (guint i = 0; i < chain->len; i++)
    if (!signet_certificate_is_self_issued (g_ptr_array_index (chain, i)))
      g_ptr_array_add (certificates, g_object_ref (g_ptr_array_index (chain, i)));

  return certificates;
}

/* Hash of the certificate as RFC 9810 §5.3.18 and RFC 9481 §3.3 want it. @digest: (out): its name where hashAlg must say it. */
static GBytes *
certificate_hash (X509         *x509,
                  const char  **digest,
                  GError      **error)
{
  g_autoptr (EVP_MD_CTX) context = EVP_MD_CTX_new ();
  g_autoptr (EVP_MD) md = NULL;
  g_autofree unsigned char *der = NULL;
  unsigned char *encoded = NULL;
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  int md_nid = NID_undef;
  int size = i2d_X509 (x509, &encoded);
  int signature = X509_get_signature_nid (x509);
  gboolean hashed = FALSE;

  der = size > 0 ? g_memdup2 (encoded, (gsize) size) : NULL;
  OPENSSL_free (encoded);
  *digest = NULL;
  if (signature == NID_ED448)
    md_nid = NID_shake256;
  else if (signature == NID_ED25519)
    md_nid = NID_sha512;
  else if (X509_get_signature_info (x509, &md_nid, NULL, NULL, NULL) != 1 || md_nid == NID_undef)
    {
      *digest = CONFIRM_DIGEST;
      md_nid = NID_sha512;
    }
  md = EVP_MD_fetch (NULL, OBJ_nid2sn (md_nid), NULL);
  if (der != NULL && md != NULL && EVP_DigestInit_ex (context, md, NULL) == 1
      && EVP_DigestUpdate (context, der, (size_t) size) == 1)
    {
      if (md_nid == NID_shake256)
        {
          length = ED448_DIGEST_SIZE;
          hashed = EVP_DigestFinalXOF (context, hash, length) == 1;
        }
      else
        hashed = EVP_DigestFinal_ex (context, hash, &length) == 1;
    }
  if (!hashed)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                                _("The certificate cannot be confirmed: its hash could not be made"));
      return NULL;
    }

  return g_bytes_new (hash, length);
}

static GBytes *
confirmation (SignetCmpTransaction  *self,
              gint64                *pvno,
              GError               **error)
{
  SignetCmpStatusInfo accepted = { SIGNET_CMP_STATUS_ACCEPTED, NULL, 0, -1 };
  SignetCmpStatusInfo rejected = { SIGNET_CMP_STATUS_REJECTION, NULL, 1u << 7 /* incorrectData */, -1 };
  const char *digest = NULL;
  g_autoptr (GBytes) hash
      = certificate_hash (signet_certificate_get_x509 (self->certificate), &digest, error);

  if (hash == NULL)
    return NULL;
  if (digest != NULL)
    *pvno = PVNO_2021;

  return signet_cmp_body_cert_conf (CERT_REQ_ID, hash, digest, self->rejection != NULL ? &rejected : &accepted, error);
}

static GBytes *
body_content (SignetCmpTransaction  *self,
              gint64                *pvno,
              GError               **error)
{
  switch (self->next_body)
    {
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
      return signet_cmp_request_build (self->operation, error);
    case SIGNET_CMP_BODY_CERTCONF:
      return confirmation (self, pvno, error);
    case SIGNET_CMP_BODY_POLLREQ:
      return signet_cmp_body_poll_req (self->poll_id);
    default:
      g_assert_not_reached ();
    }
}

static SignetCmpMessageBuilder *
start_message (SignetCmpTransaction  *self,
               gint64                 now,
               GBytes                *nonce,
               GError               **error)
{
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  g_autoptr (GBytes) content = NULL;
  gint64 pvno = PVNO_2000;

  content = body_content (self, &pvno, error);
  if (content == NULL)
    return NULL;
  builder = signet_cmp_message_builder_new (pvno, self->next_body, content);
  set_sender (self, builder);
  set_recipient (self, builder);
  signet_cmp_message_builder_set_time (builder, now);
  if (!signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (self->protector), error))
    return NULL;
  signet_cmp_message_builder_set_transaction_id (builder, self->id);
  signet_cmp_message_builder_set_sender_nonce (builder, nonce);
  if (self->peer_nonce != NULL)
    signet_cmp_message_builder_set_recip_nonce (builder, self->peer_nonce);
  if (self->next_body == SIGNET_CMP_BODY_IR || self->next_body == SIGNET_CMP_BODY_CR)
    {
      if (signet_cmp_authority_get_implicit_confirm (self->authority))
        signet_cmp_message_builder_add_implicit_confirm (builder);
      if (signet_cmp_authority_get_profile (self->authority) != NULL)
        signet_cmp_message_builder_add_cert_profile (builder, signet_cmp_authority_get_profile (self->authority));
    }

  return g_steal_pointer (&builder);
}

static gboolean
make_outgoing (SignetCmpTransaction  *self,
               gint64                 now,
               GError               **error)
{
  g_autoptr (GBytes) nonce = signet_cmp_random_bytes (SIGNET_CMP_NONCE_SIZE, error);
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) protection = NULL;
  g_autoptr (GPtrArray) certificates = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;

  builder = nonce != NULL ? start_message (self, now, nonce, error) : NULL;
  part = builder != NULL ? signet_cmp_message_builder_get_protected_part (builder, error) : NULL;
  protection = part != NULL ? signet_cmp_protector_protect (self->protector, part, error) : NULL;
  if (protection == NULL)
    return FALSE;
  certificates = extra_certs (self);
  message = signet_cmp_message_builder_finish (builder, protection, certificates, error);
  if (message == NULL)
    return FALSE;

  self->outgoing = g_bytes_ref (signet_cmp_message_get_der (message));
  self->sent_pvno = signet_cmp_message_get_pvno (message);
  g_clear_pointer (&self->sender_nonce, g_bytes_unref);
  self->sender_nonce = g_steal_pointer (&nonce);

  return TRUE;
}

/* ---- public ---- */

/**
 * signet_cmp_transaction_new:
 * @operation: what is asked for
 * @authority: of whom
 * @credentials: with what proof
 * @error: (out) (optional): #SignetCmpError
 *
 * Begins a transaction with a fresh transactionID of 128 bits (RFC 9483 §3.1). Nothing is sent.
 *
 * Returns: (transfer full): a transaction whose step is %SIGNET_CMP_STEP_SEND, or %NULL
 */
SignetCmpTransaction *
signet_cmp_transaction_new (SignetCmpOperation    *operation,
                            SignetCmpAuthority    *authority,
                            SignetCmpCredentials  *credentials,
                            GError               **error)
{
  g_autoptr (SignetCmpTransaction) self = NULL;

  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (operation), NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (authority), NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (credentials), NULL);

  self = g_object_new (SIGNET_TYPE_CMP_TRANSACTION, NULL);
  self->operation = g_object_ref (operation);
  self->authority = g_object_ref (authority);
  self->credentials = g_object_ref (credentials);
  self->step = SIGNET_CMP_STEP_SEND;
  self->next_body = signet_cmp_operation_get_body_type (operation);
  self->asked_body = self->next_body;
  self->protector = signet_cmp_protector_new (credentials, authority, error);
  if (self->protector == NULL)
    return NULL;
  self->id = signet_cmp_random_bytes (SIGNET_CMP_NONCE_SIZE, error);
  if (self->id == NULL)
    return NULL;

  return g_steal_pointer (&self);
}

void
signet_cmp_transaction_hurry (SignetCmpTransaction *self)
{
  g_return_if_fail (SIGNET_IS_CMP_TRANSACTION (self));

  if (self->step == SIGNET_CMP_STEP_WAIT)
    self->wait_until = 0;
}

GBytes *
signet_cmp_transaction_next (SignetCmpTransaction  *self,
                             gint64                 now,
                             GError               **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  signet_assert_may_take_time ();
  if (self->step == SIGNET_CMP_STEP_WAIT && now >= self->wait_until)
    {
      self->step = SIGNET_CMP_STEP_SEND;
      self->next_body = SIGNET_CMP_BODY_POLLREQ;
    }
  if (self->step != SIGNET_CMP_STEP_SEND)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE, _("There is nothing to send now."));
      return NULL;
    }
  if (self->outgoing == NULL && !make_outgoing (self, now, error))
    return NULL;

  return g_bytes_ref (self->outgoing);
}

void
signet_cmp_transaction_conclude (SignetCmpTransaction *self)
{
  g_clear_pointer (&self->question, signet_cmp_question_free);
  if (!self->implicit)
    {
      self->step = SIGNET_CMP_STEP_SEND;
      self->next_body = SIGNET_CMP_BODY_CERTCONF;
      self->asked_body = SIGNET_CMP_BODY_CERTCONF;
      return;
    }
  if (self->rejection == NULL)
    {
      self->step = SIGNET_CMP_STEP_DONE;
      return;
    }
  self->step = SIGNET_CMP_STEP_FAILED;
  self->failure = g_error_copy (self->rejection);
}

void
signet_cmp_transaction_consider (SignetCmpTransaction *self)
{
  g_autoptr (GPtrArray) differences = NULL;
  gint64 deadline = self->confirm_until > 0 && !self->implicit ? self->confirm_until - DEADLINE_MARGIN : 0;

  g_clear_pointer (&self->question, signet_cmp_question_free);
  if (self->root != NULL)
    {
      self->question = signet_cmp_question_new (SIGNET_CMP_QUESTION_TRUST_ROOT, self->root, NULL, deadline);
      self->step = SIGNET_CMP_STEP_ASK;
      return;
    }
  differences = signet_cmp_compare (self->operation, self->certificate);
  if (differences->len == 0)
    {
      signet_cmp_transaction_conclude (self);
      return;
    }
  self->question = signet_cmp_question_new (SIGNET_CMP_QUESTION_ACCEPT_CHANGES, self->certificate, differences, deadline);
  self->step = SIGNET_CMP_STEP_ASK;
}

gboolean
signet_cmp_transaction_answer (SignetCmpTransaction  *self,
                               gboolean               accept,
                               gint64                 now,
                               SignetCmpStep         *step,
                               GError               **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), FALSE);

  if (self->step != SIGNET_CMP_STEP_ASK)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE, _("There is no question to answer."));
      return FALSE;
    }
  if (self->question->kind == SIGNET_CMP_QUESTION_TRUST_ROOT && accept)
    {
      self->new_anchor = g_steal_pointer (&self->root);
      signet_cmp_transaction_consider (self);
    }
  else
    {
      if (!accept)
        {
          gboolean root = self->question->kind == SIGNET_CMP_QUESTION_TRUST_ROOT;

          g_clear_error (&self->rejection);
          self->rejection = g_error_new (SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE,
                                         root ? _("The root certificate “%s” was not confirmed, so the certificate was refused.")
                                              : _("The certificate for “%s” differs from what was asked for and was refused."),
                                         signet_certificate_get_subject (self->question->certificate));
          g_clear_object (&self->root);
        }
      signet_cmp_transaction_conclude (self);
    }
  if (step != NULL)
    *step = self->step;

  return TRUE;
}

SignetCmpStep
signet_cmp_transaction_get_step (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), SIGNET_CMP_STEP_FAILED);

  return self->step;
}

gint64
signet_cmp_transaction_get_wait_until (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), 0);

  return self->wait_until;
}

const SignetCmpQuestion *
signet_cmp_transaction_get_question (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->question;
}

const GError *
signet_cmp_transaction_get_failure (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->failure;
}

const SignetCmpStatusInfo *
signet_cmp_transaction_get_status (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->status;
}

const char *
signet_cmp_transaction_get_remarks (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->remarks->len > 0 ? self->remarks->str : NULL;
}

GBytes *
signet_cmp_transaction_get_id (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->id;
}

SignetCmpBodyType
signet_cmp_transaction_get_pending_body (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), SIGNET_CMP_BODY_IR);

  return self->step == SIGNET_CMP_STEP_WAIT ? SIGNET_CMP_BODY_POLLREQ : self->next_body;
}

SignetCertificate *
signet_cmp_transaction_get_certificate (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->certificate;
}

GPtrArray *
signet_cmp_transaction_get_chain (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->chain;
}

gint64
signet_cmp_transaction_get_confirm_until (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), 0);

  return self->confirm_until;
}

SignetCertificate *
signet_cmp_transaction_get_new_anchor (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), NULL);

  return self->new_anchor;
}

gint64
signet_cmp_transaction_get_clock_offset (SignetCmpTransaction *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), 0);

  return self->clock_offset;
}
