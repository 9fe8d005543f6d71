/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-operation.h"

#include <glib/gi18n-lib.h>

struct _SignetCmpOperation
{
  GObject parent;

  SignetCmpBodyType type;
  SignetKey *key;
  X509_NAME *subject;
  GENERAL_NAMES *alt_names;                     /* (nullable) */
  GPtrArray *extended_usages;                   /* OIDs in dotted form */
  guint32 key_usage;                            /* KU_… */
  STACK_OF (X509_EXTENSION) *extensions;        /* made when first asked for */
};

G_DEFINE_FINAL_TYPE (SignetCmpOperation, signet_cmp_operation, G_TYPE_OBJECT)

static const struct
{
  const char *name;
  int bit;
} key_usages[] = {
  { "digitalSignature", 0 }, { "nonRepudiation", 1 }, { "keyEncipherment", 2 }, { "dataEncipherment", 3 },
  { "keyAgreement", 4 },
};

static void
signet_cmp_operation_finalize (GObject *object)
{
  SignetCmpOperation *self = SIGNET_CMP_OPERATION (object);

  g_clear_object (&self->key);
  g_clear_pointer (&self->subject, X509_NAME_free);
  g_clear_pointer (&self->alt_names, GENERAL_NAMES_free);
  g_clear_pointer (&self->extended_usages, g_ptr_array_unref);
  if (self->extensions != NULL)
    sk_X509_EXTENSION_pop_free (self->extensions, X509_EXTENSION_free);

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
  self->extended_usages = g_ptr_array_new_with_free_func (g_free);
}

/**
 * signet_cmp_operation_new:
 * @type: %SIGNET_CMP_BODY_IR or %SIGNET_CMP_BODY_CR
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
  SignetCmpOperation *self;

  g_return_val_if_fail (type == SIGNET_CMP_BODY_IR || type == SIGNET_CMP_BODY_CR, NULL);
  g_return_val_if_fail (SIGNET_IS_KEY (key), NULL);
  g_return_val_if_fail (subject != NULL, NULL);

  self = g_object_new (SIGNET_TYPE_CMP_OPERATION, NULL);
  self->type = type;
  self->key = g_object_ref (key);
  self->subject = X509_NAME_dup (subject);

  return self;
}

void
signet_cmp_operation_add_alt_name (SignetCmpOperation *self,
                                   const GENERAL_NAME *name)
{
  g_return_if_fail (SIGNET_IS_CMP_OPERATION (self));
  g_return_if_fail (name != NULL && self->extensions == NULL);

  if (self->alt_names == NULL)
    self->alt_names = GENERAL_NAMES_new ();
  sk_GENERAL_NAME_push (self->alt_names, GENERAL_NAME_dup ((GENERAL_NAME *) name));
}

/**
 * signet_cmp_operation_add_extended_key_usage:
 * @self: an operation that was not sent yet
 * @usage: "emailProtection", "clientAuth", …: libcrypto's short name, or an OID
 * @error: (out) (optional): %SIGNET_CMP_ERROR_UNSUPPORTED
 *
 * Returns: whether @usage is known
 */
gboolean
signet_cmp_operation_add_extended_key_usage (SignetCmpOperation  *self,
                                             const char          *usage,
                                             GError             **error)
{
  g_autoptr (ASN1_OBJECT) object = NULL;
  char oid[128];

  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), FALSE);
  g_return_val_if_fail (usage != NULL && self->extensions == NULL, FALSE);

  object = OBJ_txt2obj (usage, 0);
  if (object == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
                                _("“%s” is no extended key usage; give a name such as emailProtection, or an OID"), usage);
      return FALSE;
    }
  OBJ_obj2txt (oid, sizeof oid, object, 1);
  g_ptr_array_add (self->extended_usages, g_strdup (oid));

  return TRUE;
}

/**
 * signet_cmp_operation_add_key_usage:
 * @self: an operation that was not sent yet
 * @usage: a name of RFC 5280 §4.2.1.3, such as "digitalSignature"
 * @error: (out) (optional): %SIGNET_CMP_ERROR_UNSUPPORTED
 *
 * Returns: whether @usage is known
 */
gboolean
signet_cmp_operation_add_key_usage (SignetCmpOperation  *self,
                                    const char          *usage,
                                    GError             **error)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), FALSE);
  g_return_val_if_fail (usage != NULL && self->extensions == NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (key_usages); i++)
    if (g_ascii_strcasecmp (key_usages[i].name, usage) == 0)
      {
        self->key_usage |= 1u << key_usages[i].bit;
        return TRUE;
      }
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED,
               _("“%s” is no key usage that a person's certificate has; give a name such as digitalSignature."), usage);

  return FALSE;
}

SignetCmpBodyType
signet_cmp_operation_get_body_type (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), SIGNET_CMP_BODY_IR);

  return self->type;
}

SignetKey *
signet_cmp_operation_get_key (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);

  return self->key;
}

const X509_NAME *
signet_cmp_operation_get_subject (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);

  return self->subject;
}

const GENERAL_NAMES *
signet_cmp_operation_get_alt_names (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);

  return self->alt_names;
}

static void
add_extensions (SignetCmpOperation *self)
{
  if (self->alt_names != NULL)
    /* Critical where the name is nowhere else: RFC 5280 §4.2.1.6. */
    X509V3_add1_i2d (&self->extensions, NID_subject_alt_name, self->alt_names, X509_NAME_entry_count (self->subject) == 0,
                     X509V3_ADD_APPEND);
  if (self->key_usage != 0)
    {
      ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new ();

      for (int bit = 0; bit < 9; bit++)
        if (self->key_usage & (1u << bit))
          ASN1_BIT_STRING_set_bit (bits, bit, 1);
      X509V3_add1_i2d (&self->extensions, NID_key_usage, bits, 1, X509V3_ADD_APPEND);
      ASN1_BIT_STRING_free (bits);
    }
  if (self->extended_usages->len > 0)
    {
      EXTENDED_KEY_USAGE *usages = sk_ASN1_OBJECT_new_null ();

      for (guint i = 0; i < self->extended_usages->len; i++)
        sk_ASN1_OBJECT_push (usages, OBJ_txt2obj (g_ptr_array_index (self->extended_usages, i), 1));
      X509V3_add1_i2d (&self->extensions, NID_ext_key_usage, usages, 0, X509V3_ADD_APPEND);
      EXTENDED_KEY_USAGE_free (usages);
    }
}

/**
 * signet_cmp_operation_get_extensions:
 * @self: an operation
 *
 * Returns: (transfer none) (nullable): the extensions asked for; nothing can be added any more
 */
const STACK_OF (X509_EXTENSION) *
signet_cmp_operation_get_extensions (SignetCmpOperation *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_OPERATION (self), NULL);

  if (self->extensions == NULL)
    add_extensions (self);

  return self->extensions;
}
