/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-genm-item.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-der.h"

#define ID_IT "1.3.6.1.5.5.7.4."
#define OID_TEXT_SIZE 256
#define SEQUENCE 0x30
#define OBJECT_IDENTIFIER 0x06

static const guint8 null_der[] = { 0x05, 0x00 };

static const char *const type_names[] = {
  [SIGNET_CMP_INFO_CA_PROT_ENC_CERT] = "caProtEncCert",
  [SIGNET_CMP_INFO_SIGN_KEY_PAIR_TYPES] = "signKeyPairTypes",
  [SIGNET_CMP_INFO_ENC_KEY_PAIR_TYPES] = "encKeyPairTypes",
  [SIGNET_CMP_INFO_PREFERRED_SYMM_ALG] = "preferredSymmAlg",
  [SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO] = "caKeyUpdateInfo",
  [SIGNET_CMP_INFO_CURRENT_CRL] = "currentCRL",
  [SIGNET_CMP_INFO_UNSUPPORTED_OIDS] = "unsupportedOIDs",
  [SIGNET_CMP_INFO_KEY_PAIR_PARAM_REQ] = "keyPairParamReq",
  [SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP] = "keyPairParamRep",
  [SIGNET_CMP_INFO_REV_PASSPHRASE] = "revPassphrase",
  [SIGNET_CMP_INFO_IMPLICIT_CONFIRM] = "implicitConfirm",
  [SIGNET_CMP_INFO_CONFIRM_WAIT_TIME] = "confirmWaitTime",
  [SIGNET_CMP_INFO_ORIG_PKI_MESSAGE] = "origPKIMessage",
  [SIGNET_CMP_INFO_SUPP_LANG_TAGS] = "suppLangTags",
  [SIGNET_CMP_INFO_CA_CERTS] = "caCerts",
  [SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE] = "rootCaKeyUpdate",
  [SIGNET_CMP_INFO_CERT_REQ_TEMPLATE] = "certReqTemplate",
  [SIGNET_CMP_INFO_ROOT_CA_CERT] = "rootCaCert",
  [SIGNET_CMP_INFO_CERT_PROFILE] = "certProfile",
  [SIGNET_CMP_INFO_CRL_STATUS_LIST] = "crlStatusList",
  [SIGNET_CMP_INFO_CRLS] = "crls",
  [SIGNET_CMP_INFO_KEM_CIPHERTEXT_INFO] = "KemCiphertextInfo",
};

static SignetCmpInfoType
type_of (const char *oid)
{
  guint64 arc;

  if (!g_str_has_prefix (oid, ID_IT)
      || !g_ascii_string_to_unsigned (oid + strlen (ID_IT), 10, 1, G_N_ELEMENTS (type_names) - 1, &arc, NULL)
      || type_names[arc] == NULL)
    return SIGNET_CMP_INFO_OTHER;

  return (SignetCmpInfoType) arc;
}

SignetCmpGenmItem *
signet_cmp_genm_item_new (SignetCmpInfoType  type,
                          GBytes            *value)
{
  SignetCmpGenmItem *self;

  g_return_val_if_fail (signet_cmp_info_type_to_name (type) != NULL, NULL);

  self = g_new0 (SignetCmpGenmItem, 1);
  self->type = type;
  self->oid = g_strdup_printf (ID_IT "%d", (int) type);
  self->value = value != NULL ? g_bytes_ref (value) : NULL;

  return self;
}

SignetCmpGenmItem *
signet_cmp_genm_item_new_raw (const char  *oid,
                              GBytes      *value,
                              GError     **error)
{
  g_autoptr (ASN1_OBJECT) object = NULL;
  SignetCmpGenmItem *self;
  const char *reason;
  gsize offset;

  g_return_val_if_fail (oid != NULL, NULL);

  object = OBJ_txt2obj (oid, 1);
  if (object == NULL)
    {
      ERR_clear_error ();
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                   _("“%s” is no object identifier; write one with numbers and dots, such as 1.3.6.1.5.5.7.4.17."), oid);
      return NULL;
    }
  if (value != NULL && !signet_der_check (g_bytes_get_data (value, NULL), g_bytes_get_size (value), &offset, &reason))
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                   _("The value for %s is not one value in DER: %s at octet %" G_GSIZE_FORMAT "."), oid, reason, offset);
      return NULL;
    }
  self = g_new0 (SignetCmpGenmItem, 1);
  self->type = type_of (oid);
  self->oid = g_strdup (oid);
  self->value = value != NULL ? g_bytes_ref (value) : NULL;

  return self;
}

void
signet_cmp_genm_item_free (SignetCmpGenmItem *self)
{
  g_free (self->oid);
  g_clear_pointer (&self->value, g_bytes_unref);
  g_free (self);
}

const char *
signet_cmp_info_type_to_name (SignetCmpInfoType type)
{
  return (guint) type < G_N_ELEMENTS (type_names) ? type_names[type] : NULL;
}

SignetCmpInfoType
signet_cmp_info_type_from_name (const char *name)
{
  g_return_val_if_fail (name != NULL, SIGNET_CMP_INFO_OTHER);

  for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
    if (type_names[i] != NULL && g_ascii_strcasecmp (type_names[i], name) == 0)
      return (SignetCmpInfoType) i;

  return SIGNET_CMP_INFO_OTHER;
}

gboolean
signet_cmp_info_type_is_header_only (SignetCmpInfoType type)
{
  switch ((int) type)
    {
    case SIGNET_CMP_INFO_IMPLICIT_CONFIRM:
    case SIGNET_CMP_INFO_CONFIRM_WAIT_TIME:
    case SIGNET_CMP_INFO_ORIG_PKI_MESSAGE:
    case SIGNET_CMP_INFO_CERT_PROFILE:
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
signet_cmp_genm_item_has_value (const SignetCmpGenmItem *self)
{
  return self->value != NULL
         && (g_bytes_get_size (self->value) != sizeof null_der
             || memcmp (g_bytes_get_data (self->value, NULL), null_der, sizeof null_der) != 0);
}

static void
append_item (GByteArray              *array,
             const SignetCmpGenmItem *item)
{
  g_autoptr (ASN1_OBJECT) object = OBJ_txt2obj (item->oid, 1);
  gsize value_size = item->value != NULL ? g_bytes_get_size (item->value) : 0;
  gsize oid_size = OBJ_length (object);
  g_autoptr (GByteArray) type = g_byte_array_new ();

  signet_der_append (type, OBJECT_IDENTIFIER, OBJ_get0_data (object), oid_size);
  signet_der_append_header (array, SEQUENCE, type->len + value_size);
  g_byte_array_append (array, type->data, type->len);
  if (item->value != NULL)
    g_byte_array_append (array, g_bytes_get_data (item->value, NULL), (guint) value_size);
}

GBytes *
signet_cmp_genm_encode (GPtrArray *items)
{
  g_autoptr (GByteArray) contents = g_byte_array_new ();
  GByteArray *content = g_byte_array_new ();

  for (guint i = 0; i < items->len; i++)
    append_item (contents, g_ptr_array_index (items, i));
  signet_der_append (content, SEQUENCE, contents->data, contents->len);

  return g_byte_array_free_to_bytes (content);
}

/* DER of the object identifier at the start of @data, taken off; dotted, or %NULL. */
static char *
take_oid (const guint8 **data,
          gsize         *size)
{
  g_autoptr (ASN1_OBJECT) object = NULL;
  SignetDerValue value;
  const unsigned char *cursor;
  char text[OID_TEXT_SIZE];
  int length;

  if (!signet_der_read_expected (data, size, OBJECT_IDENTIFIER, &value))
    return NULL;
  cursor = value.octets;
  object = d2i_ASN1_OBJECT (NULL, &cursor, (long) value.size);
  length = object != NULL ? OBJ_obj2txt (text, sizeof text, object, 1) : -1;
  ERR_clear_error ();

  return length > 0 && length < (int) sizeof text ? g_strdup (text) : NULL;
}

static SignetCmpGenmItem *
decode_item (GBytes *der)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (der, &size);
  g_autoptr (SignetCmpGenmItem) self = g_new0 (SignetCmpGenmItem, 1);
  SignetDerValue sequence, value;

  if (!signet_der_read_expected (&data, &size, SEQUENCE, &sequence))
    return NULL;
  data = sequence.contents;
  size = sequence.contents_size;
  self->oid = take_oid (&data, &size);
  if (self->oid == NULL)
    return NULL;
  self->type = type_of (self->oid);
  if (size > 0)
    {
      if (!signet_der_read (&data, &size, &value) || size > 0)
        return NULL;
      self->value = g_bytes_new (value.octets, value.size);
    }

  return g_steal_pointer (&self);
}

/* What stands in the SEQUENCE, which may be empty. */
static GPtrArray *
split (GBytes      *sequence,
       guint        max,
       const char  *name,
       GError     **error)
{
  g_autoptr (GPtrArray) elements = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  gsize size;
  const guint8 *data = g_bytes_get_data (sequence, &size);
  SignetDerValue whole, element;

  if (!signet_der_read_expected (&data, &size, SEQUENCE, &whole) || size > 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("%s is not a sequence in DER."), name);
      return NULL;
    }
  data = whole.contents;
  size = whole.contents_size;
  while (size > 0)
    {
      if (elements->len == max)
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("%s holds more than %u values."), name, max);
          return NULL;
        }
      if (!signet_der_read (&data, &size, &element))
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("Value %u of %s is not DER."),
                       elements->len + 1, name);
          return NULL;
        }
      g_ptr_array_add (elements, g_bytes_new (element.octets, element.size));
    }

  return g_steal_pointer (&elements);
}

GPtrArray *
signet_cmp_genm_decode (GBytes  *content,
                        GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);
  g_autoptr (GPtrArray) elements = split (content, SIGNET_CMP_GENM_MAX_ITEMS, "GenRepContent", error);

  if (elements == NULL)
    return NULL;
  for (guint i = 0; i < elements->len; i++)
    {
      SignetCmpGenmItem *item = decode_item (g_ptr_array_index (elements, i));

      if (item == NULL)
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                       _("Item %u of the answer is no InfoTypeAndValue."), i + 1);
          return NULL;
        }
      g_ptr_array_add (items, item);
    }

  return g_steal_pointer (&items);
}

GPtrArray *
signet_cmp_genm_split (GBytes      *sequence,
                       guint        max,
                       const char  *name,
                       GError     **error)
{
  g_autoptr (GPtrArray) elements = split (sequence, max, name, error);

  if (elements != NULL && elements->len == 0)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED, _("%s is empty, which it must not be."), name);
      return NULL;
    }

  return g_steal_pointer (&elements);
}
