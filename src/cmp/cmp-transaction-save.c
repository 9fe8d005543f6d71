/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include "cmp/cmp-item-private.h"
#include "cmp/cmp-transaction-saved.h"

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
put_status (GVariantDict              *dict,
            const SignetCmpStatusInfo *status)
{
  if (status != NULL)
    g_variant_dict_insert (dict, "status", "(imsux)", status->status, status->text, status->fail_info, status->error_code);
}

static void
put_chain (GVariantDict *dict,
           const char   *name,
           GPtrArray    *chain)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aay"));
  for (guint i = 0; i < chain->len; i++)
    g_variant_builder_add_value (
        &builder, g_variant_new_from_bytes (BYTES, signet_certificate_get_der (g_ptr_array_index (chain, i)), TRUE));
  g_variant_dict_insert_value (dict, name, g_variant_builder_end (&builder));
}

static gboolean
put_item (GVariantBuilder  *items,
          SignetCmpItem    *item,
          GError          **error)
{
  g_autoptr (GBytes) request = signet_cmp_item_get_request (item, 0, error);
  g_autoptr (GBytes) reg_info = signet_cmp_item_get_reg_info_der (item);
  SignetKey *key = signet_cmp_item_get_key (item);
  GVariantDict dict;

  if (request == NULL)
    return FALSE;
  g_variant_dict_init (&dict, NULL);
  put_bytes (&dict, "request", request);
  put_bytes (&dict, "reg-info", reg_info);
  put_bytes (&dict, "given-popo", signet_cmp_item_get_given_popo (item));
  put_certificate (&dict, "agreement-certificate", signet_cmp_item_get_agreement_certificate (item));
  g_variant_dict_insert (&dict, "popo", "u", (guint32) signet_cmp_item_get_popo (item));
  if (key != NULL)
    g_variant_dict_insert (&dict, "key", "s", signet_key_get_id (key));
  g_variant_builder_add_value (items, g_variant_dict_end (&dict));

  return TRUE;
}

/* What is sent as it came (PKCS #10, RevReqContent, GenMsgContent) is kept so; of a PKCS #10 also which key it is for. */
static gboolean
put_operation (GVariantDict        *dict,
               SignetCmpOperation  *operation,
               GError             **error)
{
  GBytes *content = signet_cmp_operation_get_content (operation);
  SignetKey *key = signet_cmp_operation_get_key (operation);
  GVariantBuilder items;
  gboolean put = TRUE;

  g_variant_dict_insert (dict, "operation", "u", (guint32) signet_cmp_operation_get_body_type (operation));
  if (content != NULL)
    {
      put_bytes (dict, "content", content);
      if (key != NULL)
        g_variant_dict_insert (dict, "key", "s", signet_key_get_id (key));
      return TRUE;
    }
  g_variant_builder_init (&items, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; put && i < signet_cmp_operation_get_n_items (operation); i++)
    put = put_item (&items, signet_cmp_operation_get_item (operation, i), error);
  if (put)
    g_variant_dict_insert_value (dict, "items", g_variant_builder_end (&items));
  else
    g_variant_builder_clear (&items);

  return put;
}

static void
put_progress (GVariantBuilder         *builder,
              const SignetCmpProgress *progress)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "x", progress->id);
  g_variant_dict_insert (&dict, "state", "u", (guint32) progress->state);
  g_variant_dict_insert (&dict, "polling", "(bx)", progress->polled, progress->check_at);
  g_variant_dict_insert (&dict, "considered", "b", progress->considered);
  put_certificate (&dict, "certificate", progress->certificate);
  put_chain (&dict, "chain", progress->chain);
  put_error (&dict, "rejection", progress->rejection);
  put_status (&dict, progress->status);
  g_variant_builder_add_value (builder, g_variant_dict_end (&dict));
}

static void
put_state (GVariantDict         *dict,
           SignetCmpTransaction *self)
{
  GVariantBuilder progress;

  g_variant_dict_insert (dict, "step", "u", (guint32) self->step);
  g_variant_dict_insert (dict, "next-body", "u", (guint32) self->next_body);
  g_variant_dict_insert (dict, "asked-body", "u", (guint32) self->asked_body);
  g_variant_dict_insert (dict, "polling", "(bbx)", self->polling, self->poll_whole, self->wait_until);
  g_variant_dict_insert (dict, "clock-offset", "x", self->clock_offset);
  g_variant_dict_insert (dict, "pvno", "(xxxb)", self->pvno, self->sent_pvno, self->peer_pvno, self->retried);
  g_variant_dict_insert (dict, "confirm", "(bx)", self->implicit, self->confirm_until);
  put_bytes (dict, "id", self->id);
  if (self->protector != NULL)
    put_bytes (dict, "algorithm", signet_cmp_protector_get_algorithm (self->protector));
  put_bytes (dict, "outgoing", self->outgoing);
  put_bytes (dict, "sender-nonce", self->sender_nonce);
  put_bytes (dict, "request-nonce", self->request_nonce);
  put_bytes (dict, "delayed-nonce", self->delayed_nonce);
  put_bytes (dict, "peer-nonce", self->peer_nonce);
  put_asn1 (dict, "peer-name", self->peer_name, ASN1_ITEM_rptr (GENERAL_NAME));
  g_variant_builder_init (&progress, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < self->progress->len; i++)
    put_progress (&progress, signet_cmp_transaction_get_progress (self, i));
  g_variant_dict_insert_value (dict, "progress", g_variant_builder_end (&progress));
}

static void
put_results (GVariantDict         *dict,
             SignetCmpTransaction *self)
{
  put_certificate (dict, "signer", self->signer);
  if (self->kem_certificates->len > 0)
    put_chain (dict, "kem-certificates", self->kem_certificates);
  put_certificate (dict, "new-anchor", self->new_anchor);
  put_certificate (dict, "root", self->root);
  put_error (dict, "failure", self->failure);
  put_status (dict, self->status);
  put_bytes (dict, "answer", self->answer);
  g_variant_dict_insert (dict, "answer-body", "u", (guint32) self->answer_body);
  if (self->question != NULL)
    g_variant_dict_insert (dict, "question", "(uuxb)", (guint32) self->question->kind, self->question->item,
                           self->question->deadline, self->question->accept_by_default);
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
  g_variant_dict_insert (&dict, "format", "u", SIGNET_CMP_SAVED_FORMAT);
  if (!put_operation (&dict, self->operation, error))
    {
      g_variant_dict_clear (&dict);
      return FALSE;
    }
  put_state (&dict, self);
  put_results (&dict, self);
  saved = g_variant_ref_sink (g_variant_dict_end (&dict));
  if (G_BYTE_ORDER == G_BIG_ENDIAN)
    {
      GVariant *swapped = g_variant_byteswap (saved);

      g_variant_unref (saved);
      saved = swapped;
    }
  if (!signet_cmp_transaction_seal (self, sealed_part, error))
    return FALSE;
  *public_part = g_variant_get_data_as_bytes (saved);

  return TRUE;
}
