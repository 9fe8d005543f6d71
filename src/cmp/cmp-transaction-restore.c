/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-compare.h"
#include "cmp/cmp-item-private.h"
#include "cmp/cmp-transaction-saved.h"

/* Everything is checked again, for the file it was kept in may have been changed. */

#define FORMAT_OF_ONE 1                         /* one certificate, by ir or cr */
#define MAX_SAVED_SIZE (8 * 1024 * 1024)

/* What finds private keys again. */
typedef struct {
  SignetCmpKeyResolver resolver;
  gpointer user_data;
} Keys;

static gboolean
set_broken (GError    **error,
            const char *what)
{
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_SAVED,
               _("The saved state of the request cannot be read (%s). Ask the authority what became of it."), what);
  return FALSE;
}

static GBytes *
get_bytes (GVariantDict *dict,
           const char   *name)
{
  g_autoptr (GVariant) value = g_variant_dict_lookup_value (dict, name, BYTES);

  return value != NULL ? g_variant_get_data_as_bytes (value) : NULL;
}

static gboolean
get_certificate (GVariantDict       *dict,
                 const char         *name,
                 SignetCertificate **certificate,
                 GError            **error)
{
  g_autoptr (GBytes) der = get_bytes (dict, name);

  if (der == NULL)
    return TRUE;
  *certificate = signet_certificate_new_from_der (der, NULL);

  return *certificate != NULL || set_broken (error, name);
}

static void *
get_asn1 (GVariantDict    *dict,
          const char      *name,
          const ASN1_ITEM *item)
{
  g_autoptr (GBytes) der = get_bytes (dict, name);
  const unsigned char *data;
  const unsigned char *end;
  gsize size;
  void *value;

  if (der == NULL)
    return NULL;
  data = end = g_bytes_get_data (der, &size);
  value = size > 0 ? (void *) ASN1_item_d2i (NULL, &end, (long) size, item) : NULL;
  if (value != NULL && end != data + size)
    {
      ASN1_item_free (value, item);
      value = NULL;
    }
  signet_openssl_set_error (NULL, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_SAVED, "%s", name);

  return value;
}

static SignetCmpStatusInfo *
get_status (GVariantDict *dict)
{
  SignetCmpStatusInfo status = { 0, NULL, 0, -1 };
  g_autofree char *text = NULL;

  if (!g_variant_dict_lookup (dict, "status", "(imsux)", &status.status, &text, &status.fail_info, &status.error_code))
    return NULL;
  status.text = text;

  return signet_cmp_status_info_copy (&status);
}

static GError *
get_error (GVariantDict *dict,
           const char   *name)
{
  const char *message;
  int code;

  if (!g_variant_dict_lookup (dict, name, "(i&s)", &code, &message))
    return NULL;

  return g_error_new_literal (SIGNET_CMP_ERROR, code, message);
}

static gboolean
get_chain (GVariantDict  *dict,
           const char    *name,
           GPtrArray     *certificates,
           GError       **error)
{
  g_autoptr (GVariant) chain = g_variant_dict_lookup_value (dict, name, G_VARIANT_TYPE ("aay"));

  for (gsize i = 0; chain != NULL && i < g_variant_n_children (chain); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (chain, i);
      g_autoptr (GBytes) der = g_variant_get_data_as_bytes (child);
      SignetCertificate *certificate = signet_certificate_new_from_der (der, NULL);

      if (certificate == NULL)
        return set_broken (error, name);
      g_ptr_array_add (certificates, certificate);
    }

  return TRUE;
}

/* ---- what was asked for ---- */

/* @key: (out): stays %NULL where none is named */
static gboolean
get_key (GVariantDict  *dict,
         const Keys    *keys,
         SignetKey    **key,
         GError       **error)
{
  const char *id;

  if (!g_variant_dict_lookup (dict, "key", "&s", &id))
    return TRUE;
  *key = keys->resolver (id, keys->user_data, error);

  return *key != NULL;
}

static gboolean
get_item (GVariant            *saved,
          SignetCmpOperation  *operation,
          const Keys          *keys,
          GError             **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (saved);
  g_autoptr (GBytes) request = get_bytes (&dict, "request");
  g_autoptr (GBytes) reg_info = get_bytes (&dict, "reg-info");
  g_autoptr (GBytes) given = get_bytes (&dict, "given-popo");
  g_autoptr (SignetCertificate) agreement = NULL;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetCmpItem) item = NULL;
  guint32 popo = 0;

  if (request == NULL || !g_variant_dict_lookup (&dict, "popo", "u", &popo) || popo > SIGNET_CMP_POPO_LAST)
    return set_broken (error, "items");
  if (!get_key (&dict, keys, &key, error))
    return FALSE;
  item = signet_cmp_item_new_from_request (key, request, reg_info, (SignetCmpPopo) popo, NULL);
  if (item == NULL)
    return set_broken (error, "items");
  if (!get_certificate (&dict, "agreement-certificate", &agreement, error))
    return FALSE;
  if (given != NULL)
    signet_cmp_item_set_given_popo (item, given);
  if (agreement != NULL)
    signet_cmp_item_set_agreement_certificate (item, agreement);
  signet_cmp_item_set_popo (item, (SignetCmpPopo) popo);
  signet_cmp_operation_add_item (operation, item);

  return TRUE;
}

static gboolean
get_items (GVariantDict          *dict,
           SignetCmpTransaction  *self,
           SignetCmpBodyType      type,
           const Keys            *keys,
           GError               **error)
{
  g_autoptr (GVariant) items = g_variant_dict_lookup_value (dict, "items", G_VARIANT_TYPE ("aa{sv}"));
  gsize n_items = items != NULL ? g_variant_n_children (items) : 0;

  if (n_items == 0 || n_items > SIGNET_CMP_OPERATION_MAX_ITEMS)
    return set_broken (error, "items");
  self->operation = signet_cmp_operation_new_for_items (type);
  for (gsize i = 0; i < n_items; i++)
    {
      g_autoptr (GVariant) item = g_variant_get_child_value (items, i);

      if (!get_item (item, self->operation, keys, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
get_operation (GVariantDict          *dict,
               SignetCmpTransaction  *self,
               const Keys            *keys,
               GError               **error)
{
  g_autoptr (GBytes) content = get_bytes (dict, "content");
  g_autoptr (SignetKey) key = NULL;
  guint32 type = G_MAXUINT32;

  g_variant_dict_lookup (dict, "operation", "u", &type);
  switch (type)
    {
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
    case SIGNET_CMP_BODY_KUR:
    case SIGNET_CMP_BODY_CCR:
    case SIGNET_CMP_BODY_KRR:
      return get_items (dict, self, (SignetCmpBodyType) type, keys, error);
    case SIGNET_CMP_BODY_P10CR:
      if (!get_key (dict, keys, &key, error))
        return FALSE;
      self->operation = content != NULL ? signet_cmp_operation_new_p10 (content, key, NULL) : NULL;
      break;
    case SIGNET_CMP_BODY_RR:
    case SIGNET_CMP_BODY_GENM:
      if (content != NULL)
        self->operation = signet_cmp_operation_new_for_content ((SignetCmpBodyType) type, content, NULL);
      break;
    default:
      break;
    }

  return self->operation != NULL || set_broken (error, "operation");
}

/* What format 1 had: the same octets are asked for again, whatever kinds of extensions there were. */
static gboolean
get_operation_of_one (GVariantDict          *dict,
                      SignetCmpTransaction  *self,
                      const Keys            *keys,
                      GError               **error)
{
  g_autoptr (X509_NAME) subject = get_asn1 (dict, "subject", ASN1_ITEM_rptr (X509_NAME));
  STACK_OF (X509_EXTENSION) *extensions = NULL;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetCmpItem) item = NULL;
  guint32 type = 0;

  if (!g_variant_dict_lookup (dict, "operation", "u", &type) || (type != SIGNET_CMP_BODY_IR && type != SIGNET_CMP_BODY_CR)
      || subject == NULL)
    return set_broken (error, "operation");
  if (!get_key (dict, keys, &key, error))
    return FALSE;
  if (key == NULL)
    return set_broken (error, "key");
  item = signet_cmp_item_new (key, subject);
  if (g_variant_dict_contains (dict, "extensions"))
    {
      extensions = get_asn1 (dict, "extensions", ASN1_ITEM_rptr (X509_EXTENSIONS));
      if (extensions == NULL)
        return set_broken (error, "extensions");
    }
  for (int i = 0; i < sk_X509_EXTENSION_num (extensions); i++)
    signet_cmp_item_set_extension (item, sk_X509_EXTENSION_value (extensions, i));
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
  self->operation = signet_cmp_operation_new_for_items ((SignetCmpBodyType) type);
  signet_cmp_operation_add_item (self->operation, item);

  return TRUE;
}

/* ---- how far it has come ---- */

static gboolean
is_sendable (SignetCmpTransaction *self,
             guint32               body)
{
  return body == signet_cmp_operation_get_body_type (self->operation) || body == SIGNET_CMP_BODY_CERTCONF
         || body == SIGNET_CMP_BODY_POPDECR || body == SIGNET_CMP_BODY_POLLREQ;
}

static gboolean
get_versions_and_polling (GVariantDict         *dict,
                          SignetCmpTransaction *self,
                          guint32               format)
{
  gint64 poll_id = 0;

  if (format != FORMAT_OF_ONE)
    return g_variant_dict_lookup (dict, "polling", "(bbx)", &self->polling, &self->poll_whole, &self->wait_until)
           && g_variant_dict_lookup (dict, "pvno", "(xxxb)", &self->pvno, &self->sent_pvno, &self->peer_pvno, &self->retried)
           && (self->pvno == 2 || self->pvno == 3);
  /* "sent-pvno" is not in what the first releases saved. */
  g_variant_dict_lookup (dict, "sent-pvno", "x", &self->sent_pvno);
  self->pvno = 2;
  if (!g_variant_dict_lookup (dict, "polling", "(bxx)", &self->polling, &poll_id, &self->wait_until))
    return FALSE;
  self->poll_whole = poll_id == SIGNET_CMP_WHOLE_MESSAGE;

  return TRUE;
}

static gboolean
get_nonces (GVariantDict         *dict,
            SignetCmpTransaction *self,
            guint32               format)
{
  self->id = get_bytes (dict, "id");
  self->outgoing = get_bytes (dict, "outgoing");
  self->sender_nonce = get_bytes (dict, "sender-nonce");
  self->request_nonce = get_bytes (dict, "request-nonce");
  self->delayed_nonce = get_bytes (dict, "delayed-nonce");
  self->peer_nonce = get_bytes (dict, "peer-nonce");
  /* Then the request was what was delayed, or what was sent. */
  if (format == FORMAT_OF_ONE && (self->delayed_nonce != NULL || self->sender_nonce != NULL))
    self->request_nonce = g_bytes_ref (self->delayed_nonce != NULL ? self->delayed_nonce : self->sender_nonce);

  return self->id != NULL && g_bytes_get_size (self->id) == SIGNET_CMP_NONCE_SIZE
         && (self->outgoing == NULL || (self->sender_nonce != NULL && self->request_nonce != NULL))
         && (!self->polling || (self->delayed_nonce != NULL && self->request_nonce != NULL))
         && (self->peer_nonce == NULL || self->request_nonce != NULL);
}

static gboolean
get_state (GVariantDict          *dict,
           SignetCmpTransaction  *self,
           guint32                format,
           GError               **error)
{
  g_autoptr (GBytes) algorithm = get_bytes (dict, "algorithm");
  guint32 step = 0;
  guint32 next = 0;
  guint32 asked = 0;

  if (!g_variant_dict_lookup (dict, "step", "u", &step) || step > SIGNET_CMP_STEP_FAILED
      || !g_variant_dict_lookup (dict, "next-body", "u", &next) || !is_sendable (self, next)
      || !g_variant_dict_lookup (dict, "asked-body", "u", &asked) || !is_sendable (self, asked)
      || asked == SIGNET_CMP_BODY_POLLREQ || asked == SIGNET_CMP_BODY_POPDECR || !get_versions_and_polling (dict, self, format)
      || !g_variant_dict_lookup (dict, "confirm", "(bx)", &self->implicit, &self->confirm_until)
      || !g_variant_dict_lookup (dict, "clock-offset", "x", &self->clock_offset)
      || (algorithm == NULL) != signet_cmp_credentials_is_none (self->credentials))
    return set_broken (error, "progress");
  self->step = (SignetCmpStep) step;
  self->next_body = (SignetCmpBodyType) next;
  self->asked_body = (SignetCmpBodyType) asked;
  if (!get_nonces (dict, self, format))
    return set_broken (error, "nonces");
  if (g_variant_dict_contains (dict, "peer-name"))
    {
      self->peer_name = get_asn1 (dict, "peer-name", ASN1_ITEM_rptr (GENERAL_NAME));
      if (self->peer_name == NULL)
        return set_broken (error, "peer-name");
    }
  if (algorithm == NULL)
    return TRUE;
  self->protector = signet_cmp_protector_new_with_algorithm (self->credentials, self->authority, algorithm, error);

  return self->protector != NULL;
}

static gboolean
get_results (GVariantDict          *dict,
             SignetCmpTransaction  *self,
             GError               **error)
{
  guint32 body = 0;

  if (!get_certificate (dict, "signer", &self->signer, error)
      || !get_chain (dict, "kem-certificates", self->kem_certificates, error)
      || !get_certificate (dict, "new-anchor", &self->new_anchor, error)
      || !get_certificate (dict, "root", &self->root, error))
    return FALSE;
  self->failure = get_error (dict, "failure");
  self->status = get_status (dict);
  self->answer = get_bytes (dict, "answer");
  if (g_variant_dict_lookup (dict, "answer-body", "u", &body) && body <= SIGNET_CMP_BODY_LAST)
    self->answer_body = (SignetCmpBodyType) body;
  if (self->step == SIGNET_CMP_STEP_FAILED && self->failure == NULL)
    return set_broken (error, "results");

  return TRUE;
}

/* ---- each of the things asked for ---- */

static gboolean
get_progress (GVariant           *saved,
              SignetCmpProgress  *progress,
              GError            **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (saved);
  guint32 state = G_MAXUINT32;

  if (!g_variant_dict_lookup (&dict, "id", "x", &progress->id) || !g_variant_dict_lookup (&dict, "state", "u", &state)
      || state > SIGNET_CMP_ITEM_REFUSED
      || !g_variant_dict_lookup (&dict, "polling", "(bx)", &progress->polled, &progress->check_at)
      || !g_variant_dict_lookup (&dict, "considered", "b", &progress->considered))
    return set_broken (error, "progress");
  progress->state = (SignetCmpItemState) state;
  progress->status = get_status (&dict);
  progress->rejection = get_error (&dict, "rejection");
  if (!get_certificate (&dict, "certificate", &progress->certificate, error) || !get_chain (&dict, "chain", progress->chain, error))
    return FALSE;
  if ((progress->state == SIGNET_CMP_ITEM_GRANTED || progress->state == SIGNET_CMP_ITEM_REFUSED)
      && progress->certificate == NULL)
    return set_broken (error, "progress");

  return TRUE;
}

static gboolean
get_all_progress (GVariantDict          *dict,
                  SignetCmpTransaction  *self,
                  GError               **error)
{
  g_autoptr (GVariant) all = g_variant_dict_lookup_value (dict, "progress", G_VARIANT_TYPE ("aa{sv}"));

  if (all == NULL || g_variant_n_children (all) != self->progress->len)
    return set_broken (error, "progress");
  for (guint i = 0; i < self->progress->len; i++)
    {
      g_autoptr (GVariant) one = g_variant_get_child_value (all, i);

      if (!get_progress (one, signet_cmp_transaction_get_progress (self, i), error))
        return FALSE;
    }

  return TRUE;
}

static SignetCmpItemState
state_of_one (SignetCmpTransaction    *self,
              const SignetCmpProgress *progress)
{
  if (progress->certificate == NULL)
    {
      if (self->failure != NULL && self->failure->code == SIGNET_CMP_ERROR_REJECTED)
        return SIGNET_CMP_ITEM_REJECTED;
      return self->polling && !self->poll_whole ? SIGNET_CMP_ITEM_WAITING : SIGNET_CMP_ITEM_ASKED;
    }
  if (self->step == SIGNET_CMP_STEP_DONE)
    return SIGNET_CMP_ITEM_CONFIRMED;

  return self->step == SIGNET_CMP_STEP_FAILED ? SIGNET_CMP_ITEM_REFUSED : SIGNET_CMP_ITEM_GRANTED;
}

/* What format 1 said of the whole is said of its only item. */
static gboolean
get_progress_of_one (GVariantDict          *dict,
                     SignetCmpTransaction  *self,
                     GError               **error)
{
  SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, 0);

  if (!get_certificate (dict, "certificate", &progress->certificate, error) || !get_chain (dict, "chain", progress->chain, error))
    return FALSE;
  progress->rejection = get_error (dict, "rejection");
  progress->status = self->status != NULL ? signet_cmp_status_info_copy (self->status) : NULL;
  progress->state = state_of_one (self, progress);
  progress->check_at = self->wait_until;
  progress->polled = progress->state == SIGNET_CMP_ITEM_WAITING && self->next_body == SIGNET_CMP_BODY_POLLREQ;
  if (progress->rejection == NULL && progress->state == SIGNET_CMP_ITEM_REJECTED)
    progress->rejection = g_error_copy (self->failure);
  if (progress->certificate == NULL
      && (self->step == SIGNET_CMP_STEP_DONE || self->asked_body == SIGNET_CMP_BODY_CERTCONF))
    return set_broken (error, "results");

  return TRUE;
}

/* What would lead on to a message that cannot be made. */
static gboolean
check_progress (SignetCmpTransaction  *self,
                GError               **error)
{
  guint granted = 0;
  guint waiting = 0;

  for (guint i = 0; i < self->progress->len; i++)
    {
      granted += signet_cmp_transaction_get_progress (self, i)->state == SIGNET_CMP_ITEM_GRANTED ? 1 : 0;
      waiting += signet_cmp_transaction_get_progress (self, i)->state == SIGNET_CMP_ITEM_WAITING ? 1 : 0;
    }
  if ((self->step == SIGNET_CMP_STEP_SEND && self->asked_body == SIGNET_CMP_BODY_CERTCONF && granted == 0)
      || (self->step == SIGNET_CMP_STEP_WAIT && !self->polling)
      || (self->step == SIGNET_CMP_STEP_WAIT && !self->poll_whole && waiting == 0))
    return set_broken (error, "progress");

  return TRUE;
}

static gboolean
get_question (GVariantDict          *dict,
              SignetCmpTransaction  *self,
              guint32                format,
              GError               **error)
{
  g_autoptr (GPtrArray) differences = NULL;
  SignetCertificate *certificate;
  guint32 kind = G_MAXUINT32;
  guint32 item = 0;
  gint64 deadline = 0;
  gboolean accept = FALSE;
  gboolean found;

  if (self->step != SIGNET_CMP_STEP_ASK)
    return TRUE;
  if (format == FORMAT_OF_ONE)
    found = g_variant_dict_lookup (dict, "question", "(uxb)", &kind, &deadline, &accept);
  else
    found = g_variant_dict_lookup (dict, "question", "(uuxb)", &kind, &item, &deadline, &accept);
  if (!found || kind > SIGNET_CMP_QUESTION_TRUST_ROOT || item >= self->progress->len)
    return set_broken (error, "question");
  certificate = kind == SIGNET_CMP_QUESTION_TRUST_ROOT ? self->root
                                                       : signet_cmp_transaction_get_progress (self, item)->certificate;
  if (certificate == NULL)
    return set_broken (error, "question");
  if (kind == SIGNET_CMP_QUESTION_ACCEPT_CHANGES)
    {
      if (signet_cmp_operation_get_item (self->operation, item) == NULL)
        return set_broken (error, "question");
      differences = signet_cmp_compare (signet_cmp_operation_get_item (self->operation, item), certificate);
    }
  self->question = signet_cmp_question_new ((SignetCmpQuestionKind) kind, certificate, differences, deadline);
  self->question->item = item;
  self->question->accept_by_default = accept;

  return TRUE;
}

static gboolean
get_all (GVariantDict          *dict,
         SignetCmpTransaction  *self,
         SignetSecret          *sealed_part,
         const Keys            *keys,
         GError               **error)
{
  guint32 format = 0;
  gboolean one;

  if (!g_variant_dict_lookup (dict, "format", "u", &format)
      || (format != FORMAT_OF_ONE && format != SIGNET_CMP_SAVED_FORMAT))
    return set_broken (error, "format");
  one = format == FORMAT_OF_ONE;
  if (one ? !get_operation_of_one (dict, self, keys, error) : !get_operation (dict, self, keys, error))
    return FALSE;
  signet_cmp_transaction_start_progress (self);
  if (!get_state (dict, self, format, error) || !get_results (dict, self, error))
    return FALSE;
  if (one ? !get_progress_of_one (dict, self, error) : !get_all_progress (dict, self, error))
    return FALSE;

  return check_progress (self, error) && signet_cmp_transaction_unseal (self, sealed_part, error)
         && get_question (dict, self, format, error);
}

SignetCmpTransaction *
signet_cmp_transaction_restore (GBytes                *public_part,
                                SignetSecret          *sealed_part,
                                SignetCmpAuthority    *authority,
                                SignetCmpCredentials  *credentials,
                                SignetCmpKeyResolver   resolver,
                                gpointer               user_data,
                                GError               **error)
{
  g_autoptr (SignetCmpTransaction) self = NULL;
  g_autoptr (GVariant) saved = NULL;
  GVariantDict dict;
  const Keys keys = { resolver, user_data };
  gboolean restored;

  g_return_val_if_fail (public_part != NULL, NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_AUTHORITY (authority), NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (credentials), NULL);
  g_return_val_if_fail (resolver != NULL, NULL);

  if (g_bytes_get_size (public_part) > MAX_SAVED_SIZE)
    {
      set_broken (error, "size");
      return NULL;
    }
  saved = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, public_part, FALSE));
  if (G_BYTE_ORDER == G_BIG_ENDIAN)
    {
      GVariant *swapped = g_variant_byteswap (saved);

      g_variant_unref (saved);
      saved = swapped;
    }
  if (!g_variant_is_normal_form (saved))
    {
      set_broken (error, "form");
      return NULL;
    }

  self = g_object_new (SIGNET_TYPE_CMP_TRANSACTION, NULL);
  self->authority = g_object_ref (authority);
  self->credentials = g_object_ref (credentials);
  g_variant_dict_init (&dict, saved);
  restored = get_all (&dict, self, sealed_part, &keys, error);
  g_variant_dict_clear (&dict);

  return restored ? g_steal_pointer (&self) : NULL;
}
