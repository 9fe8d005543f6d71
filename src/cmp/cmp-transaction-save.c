/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-compare.h"

/*
 * The public part is a GVariant of type a{sv} in little-endian serialisation. "format" is its version; a member that is
 * not there has no value. Nothing in it is secret, and there is no sealed part yet: private keys and shared secrets stay where
 * they are, and the keys derived from these are derived again.
 */
#define FORMAT 1
#define MAX_SAVED_SIZE (8 * 1024 * 1024)
#define BYTES G_VARIANT_TYPE_BYTESTRING

static void
put_bytes (GVariantDict *dict,
           const char   *name,
           GBytes       *bytes)
{
  if (bytes != NULL)
    g_variant_dict_insert_value (dict, name, g_variant_new_from_bytes (BYTES, bytes, TRUE));
}

static void
put_certificate (GVariantDict      *dict,
                 const char        *name,
                 SignetCertificate *certificate)
{
  if (certificate != NULL)
    put_bytes (dict, name, signet_certificate_get_der (certificate));
}

static void
put_asn1 (GVariantDict    *dict,
          const char      *name,
          const void      *value,
          const ASN1_ITEM *item)
{
  unsigned char *der = NULL;
  int length = value != NULL ? ASN1_item_i2d (value, &der, item) : 0;

  if (length > 0)
    g_variant_dict_insert_value (dict, name, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, der, (gsize) length, 1));
  OPENSSL_free (der);
}

static void
put_error (GVariantDict *dict,
           const char   *name,
           const GError *error)
{
  if (error != NULL)
    g_variant_dict_insert (dict, name, "(is)", error->code, error->message);
}

static void
put_operation (GVariantDict       *dict,
               SignetCmpOperation *operation)
{
  g_variant_dict_insert (dict, "operation", "u", (guint32) signet_cmp_operation_get_body_type (operation));
  g_variant_dict_insert (dict, "key", "s", signet_key_get_id (signet_cmp_operation_get_key (operation)));
  put_asn1 (dict, "subject", signet_cmp_operation_get_subject (operation), ASN1_ITEM_rptr (X509_NAME));
  put_asn1 (dict, "extensions", signet_cmp_operation_get_extensions (operation), ASN1_ITEM_rptr (X509_EXTENSIONS));
}

static void
put_progress (GVariantDict         *dict,
              SignetCmpTransaction *self)
{
  g_variant_dict_insert (dict, "step", "u", (guint32) self->step);
  g_variant_dict_insert (dict, "next-body", "u", (guint32) self->next_body);
  g_variant_dict_insert (dict, "asked-body", "u", (guint32) self->asked_body);
  g_variant_dict_insert (dict, "polling", "(bxx)", self->polling, self->poll_id, self->wait_until);
  g_variant_dict_insert (dict, "clock-offset", "x", self->clock_offset);
  g_variant_dict_insert (dict, "sent-pvno", "x", self->sent_pvno);
  g_variant_dict_insert (dict, "confirm", "(bx)", self->implicit, self->confirm_until);
  put_bytes (dict, "id", self->id);
  put_bytes (dict, "algorithm", signet_cmp_protector_get_algorithm (self->protector));
  put_bytes (dict, "outgoing", self->outgoing);
  put_bytes (dict, "sender-nonce", self->sender_nonce);
  put_bytes (dict, "delayed-nonce", self->delayed_nonce);
  put_bytes (dict, "peer-nonce", self->peer_nonce);
  put_asn1 (dict, "peer-name", self->peer_name, ASN1_ITEM_rptr (GENERAL_NAME));
}

static void
put_results (GVariantDict         *dict,
             SignetCmpTransaction *self)
{
  GVariantBuilder chain;

  put_certificate (dict, "signer", self->signer);
  put_certificate (dict, "certificate", self->certificate);
  put_certificate (dict, "new-anchor", self->new_anchor);
  put_certificate (dict, "root", self->root);
  g_variant_builder_init (&chain, G_VARIANT_TYPE ("aay"));
  for (guint i = 0; i < self->chain->len; i++)
    g_variant_builder_add_value (
        &chain, g_variant_new_from_bytes (BYTES, signet_certificate_get_der (g_ptr_array_index (self->chain, i)), TRUE));
  g_variant_dict_insert_value (dict, "chain", g_variant_builder_end (&chain));
  put_error (dict, "rejection", self->rejection);
  put_error (dict, "failure", self->failure);
  if (self->status != NULL)
    g_variant_dict_insert (dict, "status", "(imsux)", self->status->status, self->status->text, self->status->fail_info,
                           self->status->error_code);
  if (self->question != NULL)
    g_variant_dict_insert (dict, "question", "(uxb)", (guint32) self->question->kind, self->question->deadline,
                           self->question->accept_by_default);
}

gboolean
signet_cmp_transaction_save (SignetCmpTransaction  *self,
                             GBytes               **public_part,
                             SignetSecret         **sealed_part,
                             GError               **error)
{
  GVariantDict dict;
  g_autoptr (GVariant) saved = NULL;

  g_return_val_if_fail (SIGNET_IS_CMP_TRANSACTION (self), FALSE);
  g_return_val_if_fail (public_part != NULL && sealed_part != NULL, FALSE);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "format", "u", FORMAT);
  put_operation (&dict, self->operation);
  put_progress (&dict, self);
  put_results (&dict, self);
  saved = g_variant_ref_sink (g_variant_dict_end (&dict));
  if (G_BYTE_ORDER == G_BIG_ENDIAN)
    {
      GVariant *swapped = g_variant_byteswap (saved);

      g_variant_unref (saved);
      saved = swapped;
    }
  *public_part = g_variant_get_data_as_bytes (saved);
  *sealed_part = NULL;

  return TRUE;
}

/* ---- back: everything is checked again, for the file it was kept in may have been changed ---- */

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

/* Puts back what was asked for from its DER: whatever kinds of extensions there were, the same octets are asked for again. */
static gboolean
add_extensions (SignetCmpOperation        *operation,
                STACK_OF (X509_EXTENSION) *extensions,
                GError                   **error)
{
  g_autoptr (GENERAL_NAMES) names = X509V3_get_d2i (extensions, NID_subject_alt_name, NULL, NULL);
  EXTENDED_KEY_USAGE *usages = X509V3_get_d2i (extensions, NID_ext_key_usage, NULL, NULL);
  ASN1_BIT_STRING *bits = X509V3_get_d2i (extensions, NID_key_usage, NULL, NULL);
  static const char *const key_usages[]
      = { "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement" };
  gboolean added = TRUE;

  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++)
    signet_cmp_operation_add_alt_name (operation, sk_GENERAL_NAME_value (names, i));
  for (int i = 0; i < sk_ASN1_OBJECT_num (usages) && added; i++)
    {
      char oid[128];

      OBJ_obj2txt (oid, sizeof oid, sk_ASN1_OBJECT_value (usages, i), 1);
      added = signet_cmp_operation_add_extended_key_usage (operation, oid, error);
    }
  for (guint i = 0; bits != NULL && i < G_N_ELEMENTS (key_usages) && added; i++)
    if (ASN1_BIT_STRING_get_bit (bits, (int) i))
      added = signet_cmp_operation_add_key_usage (operation, key_usages[i], error);
  EXTENDED_KEY_USAGE_free (usages);
  ASN1_BIT_STRING_free (bits);

  return added;
}

static gboolean
get_operation (GVariantDict          *dict,
               SignetCmpTransaction  *self,
               SignetCmpKeyResolver   resolver,
               gpointer               user_data,
               GError               **error)
{
  g_autoptr (X509_NAME) subject = get_asn1 (dict, "subject", ASN1_ITEM_rptr (X509_NAME));
  STACK_OF (X509_EXTENSION) *extensions = NULL;
  g_autoptr (SignetKey) key = NULL;
  const char *key_id = NULL;
  guint32 type = 0;
  gboolean added;

  if (!g_variant_dict_lookup (dict, "operation", "u", &type) || (type != SIGNET_CMP_BODY_IR && type != SIGNET_CMP_BODY_CR)
      || subject == NULL || !g_variant_dict_lookup (dict, "key", "&s", &key_id))
    return set_broken (error, "operation");
  key = resolver (key_id, user_data, error);
  if (key == NULL)
    return FALSE;
  self->operation = signet_cmp_operation_new ((SignetCmpBodyType) type, key, subject);
  if (!g_variant_dict_contains (dict, "extensions"))
    return TRUE;
  extensions = get_asn1 (dict, "extensions", ASN1_ITEM_rptr (X509_EXTENSIONS));
  if (extensions == NULL)
    return set_broken (error, "extensions");
  added = add_extensions (self->operation, extensions, error);
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);

  return added;
}

static gboolean
is_sendable (guint32 body)
{
  return body == SIGNET_CMP_BODY_IR || body == SIGNET_CMP_BODY_CR || body == SIGNET_CMP_BODY_CERTCONF
         || body == SIGNET_CMP_BODY_POLLREQ;
}

static gboolean
get_progress (GVariantDict          *dict,
              SignetCmpTransaction  *self,
              GError               **error)
{
  g_autoptr (GBytes) algorithm = get_bytes (dict, "algorithm");
  guint32 step = 0;
  guint32 next = 0;
  guint32 asked = 0;

  if (!g_variant_dict_lookup (dict, "step", "u", &step) || step > SIGNET_CMP_STEP_FAILED
      || !g_variant_dict_lookup (dict, "next-body", "u", &next) || !is_sendable (next)
      || !g_variant_dict_lookup (dict, "asked-body", "u", &asked) || !is_sendable (asked) || asked == SIGNET_CMP_BODY_POLLREQ
      || !g_variant_dict_lookup (dict, "polling", "(bxx)", &self->polling, &self->poll_id, &self->wait_until)
      || !g_variant_dict_lookup (dict, "confirm", "(bx)", &self->implicit, &self->confirm_until)
      || !g_variant_dict_lookup (dict, "clock-offset", "x", &self->clock_offset) || algorithm == NULL)
    return set_broken (error, "progress");
  /* Not in what earlier releases saved. */
  g_variant_dict_lookup (dict, "sent-pvno", "x", &self->sent_pvno);
  self->step = (SignetCmpStep) step;
  self->next_body = (SignetCmpBodyType) next;
  self->asked_body = (SignetCmpBodyType) asked;
  self->id = get_bytes (dict, "id");
  self->outgoing = get_bytes (dict, "outgoing");
  self->sender_nonce = get_bytes (dict, "sender-nonce");
  self->delayed_nonce = get_bytes (dict, "delayed-nonce");
  self->peer_nonce = get_bytes (dict, "peer-nonce");
  if (g_variant_dict_contains (dict, "peer-name"))
    {
      self->peer_name = get_asn1 (dict, "peer-name", ASN1_ITEM_rptr (GENERAL_NAME));
      if (self->peer_name == NULL)
        return set_broken (error, "peer-name");
    }
  if (self->id == NULL || g_bytes_get_size (self->id) != SIGNET_CMP_NONCE_SIZE
      || (self->outgoing != NULL && self->sender_nonce == NULL) || (self->polling && self->delayed_nonce == NULL))
    return set_broken (error, "nonces");
  self->protector = signet_cmp_protector_new_with_algorithm (self->credentials, self->authority, algorithm, error);

  return self->protector != NULL;
}

static gboolean
get_chain (GVariantDict          *dict,
           SignetCmpTransaction  *self,
           GError               **error)
{
  g_autoptr (GVariant) chain = g_variant_dict_lookup_value (dict, "chain", G_VARIANT_TYPE ("aay"));

  for (gsize i = 0; chain != NULL && i < g_variant_n_children (chain); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (chain, i);
      g_autoptr (GBytes) der = g_variant_get_data_as_bytes (child);
      SignetCertificate *certificate = signet_certificate_new_from_der (der, NULL);

      if (certificate == NULL)
        return set_broken (error, "chain");
      g_ptr_array_add (self->chain, certificate);
    }

  return TRUE;
}

static gboolean
get_results (GVariantDict          *dict,
             SignetCmpTransaction  *self,
             GError               **error)
{
  SignetCmpStatusInfo status = { 0, NULL, 0, -1 };
  g_autofree char *text = NULL;

  if (!get_certificate (dict, "signer", &self->signer, error)
      || !get_certificate (dict, "certificate", &self->certificate, error)
      || !get_certificate (dict, "new-anchor", &self->new_anchor, error)
      || !get_certificate (dict, "root", &self->root, error) || !get_chain (dict, self, error))
    return FALSE;
  self->rejection = get_error (dict, "rejection");
  self->failure = get_error (dict, "failure");
  if (g_variant_dict_lookup (dict, "status", "(imsux)", &status.status, &text, &status.fail_info, &status.error_code))
    {
      status.text = text;
      self->status = signet_cmp_status_info_copy (&status);
    }
  if ((self->step == SIGNET_CMP_STEP_FAILED && self->failure == NULL)
      || (self->step == SIGNET_CMP_STEP_DONE && self->certificate == NULL)
      || (self->asked_body == SIGNET_CMP_BODY_CERTCONF && self->certificate == NULL))
    return set_broken (error, "results");

  return TRUE;
}

static gboolean
get_question (GVariantDict          *dict,
              SignetCmpTransaction  *self,
              GError               **error)
{
  g_autoptr (GPtrArray) differences = NULL;
  guint32 kind = 0;
  gint64 deadline = 0;
  gboolean accept = FALSE;
  gboolean root;

  if (self->step != SIGNET_CMP_STEP_ASK)
    return TRUE;
  if (!g_variant_dict_lookup (dict, "question", "(uxb)", &kind, &deadline, &accept) || kind > SIGNET_CMP_QUESTION_TRUST_ROOT)
    return set_broken (error, "question");
  root = kind == SIGNET_CMP_QUESTION_TRUST_ROOT;
  if (self->certificate == NULL || (root && self->root == NULL))
    return set_broken (error, "question");
  if (!root)
    differences = signet_cmp_compare (self->operation, self->certificate);
  self->question = signet_cmp_question_new ((SignetCmpQuestionKind) kind, root ? self->root : self->certificate, differences,
                                            deadline);
  self->question->accept_by_default = accept;

  return TRUE;
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
  guint32 format = 0;
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
  if (!g_variant_dict_lookup (&dict, "format", "u", &format) || format != FORMAT)
    restored = set_broken (error, "format");
  else
    restored = get_operation (&dict, self, resolver, user_data, error) && get_progress (&dict, self, error)
               && get_results (&dict, self, error) && get_question (&dict, self, error);
  g_variant_dict_clear (&dict);

  return restored ? g_steal_pointer (&self) : NULL;
}
