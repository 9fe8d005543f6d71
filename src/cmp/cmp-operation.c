/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-operation.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-asn1.h"
#include "pki/pki-name.h"

struct _SignetCmpOperation
{
  GObject parent;

  SignetCmpBodyType type;
  GPtrArray *items;             /* (element-type SignetCmpItem) */
  GBytes *content;              /* (nullable): DER of what stands in the body, for p10cr, rr and genm */
  guint n_details;              /* how many RevDetails an rr has */
};

G_DEFINE_FINAL_TYPE (SignetCmpOperation, signet_cmp_operation, G_TYPE_OBJECT)

static void
signet_cmp_operation_finalize (GObject *object)
{
  SignetCmpOperation *self = SIGNET_CMP_OPERATION (object);

  g_clear_pointer (&self->items, g_ptr_array_unref);
  g_clear_pointer (&self->content, g_bytes_unref);

  G_OBJECT_CLASS (signet_cmp_operation_parent_class)->finalize (object);
}

static void
signet_cmp_operation_class_init (SignetCmpOperationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_cmp_operation_finalize;
}

static void
signet_cmp_operation_init (SignetCmpOperation *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

static gboolean
has_items (SignetCmpBodyType type)
{
  return type == SIGNET_CMP_BODY_IR || type == SIGNET_CMP_BODY_CR || type == SIGNET_CMP_BODY_KUR || type == SIGNET_CMP_BODY_CCR
         || type == SIGNET_CMP_BODY_KRR;
}

static void
complain_too_many (GError **error)
{
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT,
               _("More than %d things at once are not asked for. Make several requests of it."), SIGNET_CMP_OPERATION_MAX_ITEMS);
}

/**
 * signet_cmp_operation_new:
 * @type: %SIGNET_CMP_BODY_IR, CR, KUR, CCR or KRR
 * @key: the key pair that the certificate shall be for
 * @subject: the name asked for; empty where alternative names say it all (RFC 9483 §4.1.1)
 *
 * Returns: (transfer full): what is asked for
 */
SignetCmpOperation *
signet_cmp_operation_new (SignetCmpBodyType  type,
                          SignetKey         *key,
                          const X509_NAME   *subject)
{
  g_autoptr (SignetCmpItem) item = NULL;
  SignetCmpOperation *self;

  g_return_val_if_fail (has_items (type), NULL);
  g_return_val_if_fail (SIGNET_IS_KEY (key), NULL);
  g_return_val_if_fail (subject != NULL, NULL);

  self = signet_cmp_operation_new_for_items (type);
  item = signet_cmp_item_new (key, subject);
  signet_cmp_operation_add_item (self, item);

  return self;
}

/**
 * signet_cmp_operation_new_for_items:
 * @type: %SIGNET_CMP_BODY_IR, CR, KUR, CCR or KRR
 *
 * Returns: (transfer full): what is asked for, with nothing in it yet
 */
SignetCmpOperation *
signet_cmp_operation_new_for_items (SignetCmpBodyType type)
{
  SignetCmpOperation *self;

  g_return_val_if_fail (has_items (type), NULL);

  self = g_object_new (SIGNET_TYPE_CMP_OPERATION, NULL);
  self->type = type;

  return self;
}

void
signet_cmp_operation_add_item (SignetCmpOperation *self,
                               SignetCmpItem      *item)
{
  g_return_if_fail (SIGNET_IS_CMP_OPERATION (self) && has_items (self->type));
  g_return_if_fail (SIGNET_IS_CMP_ITEM (item));
  g_return_if_fail (self->items->len < SIGNET_CMP_OPERATION_MAX_ITEMS);

  g_ptr_array_add (self->items, g_object_ref (item));
}

/**
 * signet_cmp_operation_new_update:
 * @key: the new key pair
 * @old: the certificate that is updated, with which the request must be protected (RFC 9483 §4.1.3)
 *
 * Returns: (transfer full): a kur
 */
SignetCmpOperation *
signet_cmp_operation_new_update (SignetKey         *key,
                                 SignetCertificate *old)
{
  g_autoptr (SignetCmpItem) item = NULL;
  SignetCmpOperation *self;

  g_return_val_if_fail (SIGNET_IS_KEY (key), NULL);
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE (old), NULL);

  self = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_KUR);
  item = signet_cmp_item_new (key, NULL);
  signet_cmp_item_set_old_certificate (item, old);
  signet_cmp_operation_add_item (self, item);

  return self;
}

/* What the PKCS #10 asks for, to compare the certificate with. */
static SignetCmpItem *
item_from_request (X509_REQ   *request,
                   GBytes     *public_key,
                   SignetKey  *key,
                   GError    **error)
{
  g_autoptr (SignetCmpItem) item = signet_cmp_item_new (key, X509_REQ_get_subject_name (request));
  STACK_OF (X509_EXTENSION) *extensions = X509_REQ_get_extensions (request);

  for (int i = 0; i < sk_X509_EXTENSION_num (extensions); i++)
    signet_cmp_item_set_extension (item, sk_X509_EXTENSION_value (extensions, i));
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
  if (key == NULL && !signet_cmp_item_set_public_key (item, public_key, error))
    return NULL;

  return g_steal_pointer (&item);
}

/**
 * signet_cmp_operation_new_p10:
 * @request: DER of one PKCS #10 CertificationRequest (RFC 2986)
 * @key: (nullable): the key that signed it; not needed
 * @error: (out) (optional): %SIGNET_CMP_ERROR_MALFORMED, %SIGNET_CMP_ERROR_CREDENTIALS for another key's request
 *
 * Returns: (transfer full): a p10cr that sends these very octets
 */
SignetCmpOperation *
signet_cmp_operation_new_p10 (GBytes     *request,
                              SignetKey  *key,
                              GError    **error)
{
  g_autoptr (SignetCmpOperation) self = NULL;
  g_autoptr (GBytes) public_key = NULL;
  SignetCmpItem *item;
  X509_REQ *decoded;

  g_return_val_if_fail (request != NULL, NULL);
  g_return_val_if_fail (key == NULL || SIGNET_IS_KEY (key), NULL);

  decoded = signet_asn1_decode (g_bytes_get_data (request, NULL), g_bytes_get_size (request), ASN1_ITEM_rptr (X509_REQ));
  if (decoded == NULL || X509_REQ_get_version (decoded) != 0 || X509_REQ_verify (decoded, X509_REQ_get0_pubkey (decoded)) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                                decoded == NULL ? _("This is no certificate request (PKCS #10)")
                                                : _("The certificate request is not signed by the key in it"));
      X509_REQ_free (decoded);
      return NULL;
    }
  public_key = signet_asn1_encode (X509_REQ_get_X509_PUBKEY (decoded), ASN1_ITEM_rptr (X509_PUBKEY));
  if (key != NULL && EVP_PKEY_eq (X509_REQ_get0_pubkey (decoded), signet_key_get_pkey (key)) != 1)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS, _("The certificate request is for another key."));
      X509_REQ_free (decoded);
      return NULL;
    }
  item = item_from_request (decoded, public_key, key, error);
  X509_REQ_free (decoded);
  if (item == NULL)
    return NULL;
  self = g_object_new (SIGNET_TYPE_CMP_OPERATION, NULL);
  self->type = SIGNET_CMP_BODY_P10CR;
  self->content = g_bytes_ref (request);
  g_ptr_array_add (self->items, item);

  return g_steal_pointer (&self);
}

/**
 * signet_cmp_operation_new_for_content:
 * @type: %SIGNET_CMP_BODY_RR or %SIGNET_CMP_BODY_GENM
 * @content: DER RevReqContent or GenMsgContent (RFC 9810 §5.3.9, §5.3.19)
 * @error: (out) (optional): %SIGNET_CMP_ERROR_MALFORMED, %SIGNET_CMP_ERROR_LIMIT
 *
 * Returns: (transfer full): what is asked for
 */
SignetCmpOperation *
signet_cmp_operation_new_for_content (SignetCmpBodyType   type,
                                      GBytes             *content,
                                      GError            **error)
{
  g_autoptr (SignetCmpOperation) self = NULL;
  const ASN1_ITEM *item;
  void *value;

  g_return_val_if_fail (type == SIGNET_CMP_BODY_RR || type == SIGNET_CMP_BODY_GENM, NULL);
  g_return_val_if_fail (content != NULL, NULL);

  item = signet_cmp_body_item (type);
  value = signet_asn1_decode (g_bytes_get_data (content, NULL), g_bytes_get_size (content), item);
  if (value == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("What shall be sent as %s cannot be read"),
                                signet_cmp_body_type_name (type));
      return NULL;
    }
  self = g_object_new (SIGNET_TYPE_CMP_OPERATION, NULL);
  self->type = type;
  self->content = g_bytes_ref (content);
  self->n_details = type == SIGNET_CMP_BODY_RR ? (guint) sk_SignetRevDetails_num (value) : 1;
  ASN1_item_free (value, item);
  if (self->n_details == 0 || self->n_details > SIGNET_CMP_OPERATION_MAX_ITEMS)
    {
      if (self->n_details > 0)
        complain_too_many (error);
      else
        g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("There is nothing to be revoked."));
      return NULL;
    }

  return g_steal_pointer (&self);
}

/* ---- the first item ---- */

void
signet_cmp_operation_add_alt_name (SignetCmpOperation *self,
                                   const GENERAL_NAME *name)
{
  g_return_if_fail (SIGNET_IS_CMP_OPERATION (self) && self->items->len > 0);

  signet_cmp_item_add_alt_name (g_ptr_array_index (self->items, 0), name);
}

gboolean
signet_cmp_operation_add_extended_key_usage (SignetCmpOperation  *self,
                                             const char          *usage,
                                             GError             **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self) && self->items->len > 0, FALSE);

  return signet_cmp_item_add_extended_key_usage (g_ptr_array_index (self->items, 0), usage, error);
}

gboolean
signet_cmp_operation_add_key_usage (SignetCmpOperation  *self,
                                    const char          *usage,
                                    GError             **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self) && self->items->len > 0, FALSE);

  return signet_cmp_item_add_key_usage (g_ptr_array_index (self->items, 0), usage, error);
}

/* The name itself, or the reference as common name or address. */
static gboolean
is_named (SignetCmpItem        *item,
          SignetCmpCredentials *credentials)
{
  g_autoptr (X509_NAME) own = signet_cmp_credentials_make_name (credentials);
  const X509_NAME *subject = signet_cmp_item_get_subject (item);
  const char *reference = signet_cmp_credentials_get_reference (credentials);
  char common[256] = "";

  if (subject == NULL || X509_NAME_entry_count (subject) == 0 || X509_NAME_cmp (subject, own) == 0)
    return TRUE;
  X509_NAME_get_text_by_NID ((X509_NAME *) subject, NID_commonName, common, sizeof common);

  return reference != NULL && g_ascii_strcasecmp (common, reference) == 0;
}

char *
signet_cmp_operation_check_identity (SignetCmpOperation   *self,
                                     SignetCmpCredentials *credentials)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);
  g_return_val_if_fail (SIGNET_IS_CMP_CREDENTIALS (credentials), NULL);

  for (guint i = 0; i < self->items->len; i++)
    {
      SignetCmpItem *item = g_ptr_array_index (self->items, i);
      g_autofree char *asked = NULL;
      g_autofree char *proved = NULL;
      g_autoptr (X509_NAME) own = NULL;

      if (signet_cmp_credentials_is_none (credentials) || is_named (item, credentials))
        continue;
      own = signet_cmp_credentials_make_name (credentials);
      asked = signet_name_print (signet_cmp_item_get_subject (item));
      proved = signet_name_print (own);
      return g_strdup_printf (_("The certificate is asked for “%s”, and the request is proved to come from “%s”. The authority may "
                                "refuse that."),
                              asked, proved);
    }

  return NULL;
}

SignetCmpBodyType
signet_cmp_operation_get_body_type (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), SIGNET_CMP_BODY_IR);

  return self->type;
}

guint
signet_cmp_operation_get_n_items (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), 0);

  return self->n_details > 0 ? self->n_details : self->items->len;
}

SignetCmpItem *
signet_cmp_operation_get_item (SignetCmpOperation *self,
                               guint               index)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);

  return index < self->items->len ? g_ptr_array_index (self->items, index) : NULL;
}

GBytes *
signet_cmp_operation_get_content (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);

  return self->content;
}

SignetKey *
signet_cmp_operation_get_key (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);

  return self->items->len > 0 ? signet_cmp_item_get_key (g_ptr_array_index (self->items, 0)) : NULL;
}

const X509_NAME *
signet_cmp_operation_get_subject (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);

  return self->items->len > 0 ? signet_cmp_item_get_subject (g_ptr_array_index (self->items, 0)) : NULL;
}

const STACK_OF (X509_EXTENSION) *
signet_cmp_operation_get_extensions (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);

  return self->items->len > 0 ? signet_cmp_item_get_extensions (g_ptr_array_index (self->items, 0)) : NULL;
}
