/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-der.h"
#include "cmp/cmp-info.h"
#include "cmp/cmp-message-private.h"

struct _SignetCmpMessageBuilder {
  SignetPkiHeader *header;
  SignetCmpBodyType type;
  GBytes *content;
  GBytes *protected_part;        /* once made, what is protected and sent */
};

static void
set_octets (ASN1_OCTET_STRING **field,
            GBytes             *value)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (value, &size);

  if (*field == NULL)
    *field = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (*field, data, (int) size);
}

/* %NULL is the NULL-DN: directoryName with no relative name in it. */
static void
set_directory_name (GENERAL_NAME    **field,
                    const X509_NAME  *name)
{
  GENERAL_NAME *general_name = GENERAL_NAME_new ();

  GENERAL_NAME_set0_value (general_name, GEN_DIRNAME, name == NULL ? X509_NAME_new () : X509_NAME_dup (name));
  GENERAL_NAME_free (*field);
  *field = general_name;
}

SignetCmpMessageBuilder *
signet_cmp_message_builder_new (gint64             pvno,
                                SignetCmpBodyType  type,
                                GBytes            *content)
{
  SignetCmpMessageBuilder *self = g_new0 (SignetCmpMessageBuilder, 1);

  self->header = SignetPkiHeader_new ();
  ASN1_INTEGER_set_int64 (self->header->pvno, pvno);
  self->type = type;
  self->content = g_bytes_ref (content);
  set_directory_name (&self->header->sender, NULL);
  set_directory_name (&self->header->recipient, NULL);
  return self;
}

void
signet_cmp_message_builder_free (SignetCmpMessageBuilder *self)
{
  SignetPkiHeader_free (self->header);
  g_bytes_unref (self->content);
  g_clear_pointer (&self->protected_part, g_bytes_unref);
  g_free (self);
}

void
signet_cmp_message_builder_set_sender (SignetCmpMessageBuilder *self,
                                       const X509_NAME         *name)
{
  set_directory_name (&self->header->sender, name);
}

void
signet_cmp_message_builder_set_recipient (SignetCmpMessageBuilder *self,
                                          const X509_NAME         *name)
{
  set_directory_name (&self->header->recipient, name);
}

void
signet_cmp_message_builder_set_recipient_name (SignetCmpMessageBuilder *self,
                                               const GENERAL_NAME      *name)
{
  GENERAL_NAME_free (self->header->recipient);
  self->header->recipient = GENERAL_NAME_dup (name);
}

void
signet_cmp_message_builder_set_time (SignetCmpMessageBuilder *self,
                                     gint64                   seconds)
{
  ASN1_GENERALIZEDTIME_free (self->header->message_time);
  self->header->message_time = ASN1_GENERALIZEDTIME_set (NULL, (time_t) seconds);
}

gboolean
signet_cmp_message_builder_set_protection_alg (SignetCmpMessageBuilder  *self,
                                               GBytes                   *algorithm,
                                               GError                  **error)
{
  X509_ALGOR *decoded;
  gsize size;
  const guint8 *data = g_bytes_get_data (algorithm, &size);

  decoded = signet_asn1_decode (data, size, ASN1_ITEM_rptr (X509_ALGOR));
  if (decoded == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                                _("The algorithm of the protection cannot be read"));
      return FALSE;
    }
  X509_ALGOR_free (self->header->protection_alg);
  self->header->protection_alg = decoded;
  return TRUE;
}

void
signet_cmp_message_builder_set_sender_kid (SignetCmpMessageBuilder *self,
                                           GBytes                  *kid)
{
  set_octets (&self->header->sender_kid, kid);
}

void
signet_cmp_message_builder_set_recip_kid (SignetCmpMessageBuilder *self,
                                          GBytes                  *kid)
{
  set_octets (&self->header->recip_kid, kid);
}

void
signet_cmp_message_builder_set_transaction_id (SignetCmpMessageBuilder *self,
                                               GBytes                  *id)
{
  set_octets (&self->header->transaction_id, id);
}

void
signet_cmp_message_builder_set_sender_nonce (SignetCmpMessageBuilder *self,
                                             GBytes                  *nonce)
{
  set_octets (&self->header->sender_nonce, nonce);
}

void
signet_cmp_message_builder_set_recip_nonce (SignetCmpMessageBuilder *self,
                                            GBytes                  *nonce)
{
  set_octets (&self->header->recip_nonce, nonce);
}

void
signet_cmp_message_builder_add_implicit_confirm (SignetCmpMessageBuilder *self)
{
  signet_cmp_info_add_implicit_confirm (&self->header->general_info);
}

void
signet_cmp_message_builder_add_confirm_wait_time (SignetCmpMessageBuilder *self,
                                                  gint64                   seconds)
{
  signet_cmp_info_add_confirm_wait_time (&self->header->general_info, seconds);
}

void
signet_cmp_message_builder_add_cert_profile (SignetCmpMessageBuilder *self,
                                             const char              *profile)
{
  signet_cmp_info_add_cert_profile (&self->header->general_info, profile);
}

gboolean
signet_cmp_message_builder_add_info (SignetCmpMessageBuilder  *self,
                                     const char               *oid,
                                     GBytes                   *value,
                                     GError                  **error)
{
  if (signet_cmp_info_add (&self->header->general_info, oid, value))
    return TRUE;
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                            _("The generalInfo “%s” of the message could not be made"), oid);
  return FALSE;
}

GBytes *
signet_cmp_message_builder_get_protected_part (SignetCmpMessageBuilder  *self,
                                               GError                  **error)
{
  g_autoptr (GBytes) header = NULL;
  g_autoptr (GByteArray) inner = NULL;
  GByteArray *outer;

  if (self->protected_part != NULL)
    return g_bytes_ref (self->protected_part);

  header = signet_asn1_encode (self->header, ASN1_ITEM_rptr (SignetPkiHeader));
  if (header == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED,
                                _("The header of the message could not be made"));
      return NULL;
    }
  inner = g_byte_array_new ();
  g_byte_array_append (inner, g_bytes_get_data (header, NULL), (guint) g_bytes_get_size (header));
  signet_der_append (inner, (guint8) (0xa0 | self->type), g_bytes_get_data (self->content, NULL),
                     g_bytes_get_size (self->content));
  outer = g_byte_array_new ();
  signet_der_append (outer, 0x30, inner->data, inner->len);
  self->protected_part = g_byte_array_free_to_bytes (outer);
  return g_bytes_ref (self->protected_part);
}

/* [0] EXPLICIT BIT STRING without unused bits */
static void
append_protection (GByteArray *message,
                   GBytes     *protection)
{
  static const guint8 no_unused_bits = 0;
  gsize size;
  const guint8 *data = g_bytes_get_data (protection, &size);
  g_autoptr (GByteArray) bits = g_byte_array_new ();

  signet_der_append_header (bits, 0x03, size + 1);
  g_byte_array_append (bits, &no_unused_bits, 1);
  g_byte_array_append (bits, data, (guint) size);
  signet_der_append (message, 0xa0, bits->data, bits->len);
}

/* [1] EXPLICIT SEQUENCE OF CMPCertificate */
static void
append_extra_certs (GByteArray *message,
                    GPtrArray  *certificates)
{
  g_autoptr (GByteArray) list = g_byte_array_new ();
  g_autoptr (GByteArray) sequence = g_byte_array_new ();

  for (guint i = 0; i < certificates->len; i++)
    {
      GBytes *der = signet_certificate_get_der (g_ptr_array_index (certificates, i));

      g_byte_array_append (list, g_bytes_get_data (der, NULL), (guint) g_bytes_get_size (der));
    }
  signet_der_append (sequence, 0x30, list->data, list->len);
  signet_der_append (message, 0xa1, sequence->data, sequence->len);
}

/* protectionAlg is there if and only if protection is: RFC 9810 §5.1.1.
 *
 * The message is read back by the parser that takes the messages of others: what it refuses is never sent. */
SignetCmpMessage *
signet_cmp_message_builder_finish (SignetCmpMessageBuilder  *self,
                                   GBytes                   *protection,
                                   GPtrArray                *extra_certs,
                                   GError                  **error)
{
  g_autoptr (GBytes) part = signet_cmp_message_builder_get_protected_part (self, error);
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  g_autoptr (GByteArray) message = NULL;
  g_autoptr (GBytes) der = NULL;
  const guint8 *data;
  SignetDerValue value;
  gsize size;

  if (part == NULL)
    return NULL;
  if ((protection != NULL) != (self->header->protection_alg != NULL))
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE,
                           _("A message has both protection and its algorithm, or neither"));
      return NULL;
    }
  data = g_bytes_get_data (part, &size);
  if (!signet_der_read (&data, &size, &value))
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT, _("The message became too large"));
      return NULL;
    }
  g_byte_array_append (inner, value.contents, (guint) value.contents_size);
  if (protection != NULL)
    append_protection (inner, protection);
  if (extra_certs != NULL && extra_certs->len > 0)
    append_extra_certs (inner, extra_certs);
  message = g_byte_array_new ();
  signet_der_append (message, 0x30, inner->data, inner->len);
  der = g_byte_array_free_to_bytes (g_steal_pointer (&message));
  return signet_cmp_message_parse_knowing (der, extra_certs, error);
}
