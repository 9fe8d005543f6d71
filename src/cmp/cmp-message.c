/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/err.h>

#include "cmp/cmp-der.h"
#include "cmp/cmp-info.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-text.h"

#define MAX_EXTRA_CERTS 64
#define MAX_NESTED_DEPTH 4
#define MAX_NESTED_COUNT 64
#define TAG_SEQUENCE 0x30
#define TAG_BIT_STRING 0x03
#define TAG_EXPLICIT(n) (0xa0 | (n))

struct _SignetCmpMessage {
  GObject parent_instance;

  GBytes *der;
  GBytes *header_der;
  GBytes *body_content;
  GBytes *protected_part;
  GBytes *protection;
  GBytes *trailer;                /* protection and extraCerts as received, with their tags */
  GPtrArray *extra_certs;

  SignetPkiHeader *header;
  SignetCmpBodyType body_type;
  ASN1_VALUE *body;
  GPtrArray *nested;              /* (element-type SignetCmpMessage) */
  GBytes *sender_kid;
  GBytes *transaction_id;
  GBytes *sender_nonce;
  GBytes *recip_nonce;
  char *free_text;
};

G_DEFINE_TYPE (SignetCmpMessage, signet_cmp_message, G_TYPE_OBJECT)

/* Where a message lies while it is parsed: how many are around it, and how many were found in the outermost so far. */
typedef struct {
  guint depth;
  guint count;
  GPtrArray *known;               /* (nullable): certificates that need not be decoded again */
} Nesting;

static SignetCmpMessage *parse_nested_message (GBytes *der, Nesting *nesting, GError **error);

static const char *const body_names[] = {
  "ir", "ip", "cr", "cp", "p10cr", "popdecc", "popdecr", "kur", "kup", "krr", "krp", "rr", "rp", "ccr", "ccp",
  "ckuann", "cann", "rann", "crlann", "pkiconf", "nested", "genm", "genp", "error", "certConf", "pollReq", "pollRep",
};

static gboolean G_GNUC_PRINTF (2, 3)
malformed (GError     **error,
           const char  *format,
           ...)
{
  va_list args;
  g_autofree char *what = NULL;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                            _("This is not a well-formed CMP message: %s"), what);
  return FALSE;
}

/* A part of the received octets that keeps them alive. */
static GBytes *
slice (SignetCmpMessage *self,
       const guint8     *start,
       gsize             size)
{
  gsize offset = (gsize) (start - (const guint8 *) g_bytes_get_data (self->der, NULL));

  return g_bytes_new_from_bytes (self->der, offset, size);
}

static GBytes *
octets (const ASN1_OCTET_STRING *string)
{
  if (string == NULL)
    return NULL;
  return g_bytes_new (ASN1_STRING_get0_data (string), (gsize) ASN1_STRING_length (string));
}

static gboolean
parse_header (SignetCmpMessage      *self,
              const SignetDerValue  *value,
              GError               **error)
{
  gint64 number;

  self->header = signet_asn1_decode (value->octets, value->size, ASN1_ITEM_rptr (SignetPkiHeader));
  if (self->header == NULL)
    return malformed (error, _("its header does not follow PKIHeader"));
  if (!signet_asn1_get_int64 (self->header->pvno, &number))
    return malformed (error, _("its version number is out of range"));
  if (self->header->message_time != NULL && !signet_asn1_time_to_seconds (self->header->message_time, &number))
    return malformed (error, _("its messageTime is not a time"));

  self->header_der = slice (self, value->octets, value->size);
  self->sender_kid = octets (self->header->sender_kid);
  self->transaction_id = octets (self->header->transaction_id);
  self->sender_nonce = octets (self->header->sender_nonce);
  self->recip_nonce = octets (self->header->recip_nonce);
  self->free_text = signet_cmp_text_from_free_text (self->header->free_text);
  return TRUE;
}

/* Each message inside by the rules for one alone: RFC 9810 §5.1.3.5. */
static gboolean
parse_nested (SignetCmpMessage      *self,
              const SignetDerValue  *list,
              Nesting               *nesting,
              GError               **error)
{
  const guint8 *data = list->contents;
  gsize size = list->contents_size;
  SignetDerValue item;

  if (nesting->depth == MAX_NESTED_DEPTH)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT,
                   _("Messages lie inside each other more than %d deep"), MAX_NESTED_DEPTH);
      return FALSE;
    }
  while (size > 0)
    {
      g_autoptr (GBytes) der = NULL;
      SignetCmpMessage *message;

      if (nesting->count == MAX_NESTED_COUNT)
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT,
                       _("The message carries more than %d others"), MAX_NESTED_COUNT);
          return FALSE;
        }
      if (!signet_der_read (&data, &size, &item))
        return malformed (error, _("the list of messages in it is cut short"));
      der = slice (self, item.octets, item.size);
      nesting->count++;
      nesting->depth++;
      message = parse_nested_message (der, nesting, error);
      nesting->depth--;
      if (message == NULL)
        {
          g_prefix_error (error, _("Number %u of the messages in it: "), self->nested->len + 1);
          return FALSE;
        }
      g_ptr_array_add (self->nested, message);
    }
  return TRUE;
}

static gboolean
parse_body (SignetCmpMessage      *self,
            const SignetDerValue  *value,
            Nesting               *nesting,
            GError               **error)
{
  const guint8 *data = value->contents;
  gsize size = value->contents_size;
  const ASN1_ITEM *item;
  SignetDerValue content;

  if (value->tag_class != 2 || !value->constructed || value->tag > SIGNET_CMP_BODY_LAST)
    return malformed (error, _("its body has none of the 27 types of PKIBody"));
  self->body_type = (SignetCmpBodyType) value->tag;
  if (!signet_der_read (&data, &size, &content) || size != 0)
    return malformed (error, _("its body “%s” does not hold exactly one value"), body_names[value->tag]);

  item = signet_cmp_body_item (value->tag);
  self->body = signet_asn1_decode (content.octets, content.size, item);
  if (self->body == NULL)
    return malformed (error, _("its body does not follow the syntax of “%s”"), body_names[value->tag]);
  self->body_content = slice (self, content.octets, content.size);
  return self->body_type != SIGNET_CMP_BODY_NESTED || parse_nested (self, &content, nesting, error);
}

static gboolean
parse_protection (SignetCmpMessage      *self,
                  const SignetDerValue  *value,
                  GError               **error)
{
  const guint8 *data = value->contents;
  gsize size = value->contents_size;
  SignetDerValue bits;

  /* Every protection algorithm makes whole octets: there is no room for unused bits. */
  if (!signet_der_read_expected (&data, &size, TAG_BIT_STRING, &bits) || size != 0
      || bits.contents_size < 1 || bits.contents[0] != 0)
    return malformed (error, _("its protection is not a BIT STRING of whole octets"));
  self->protection = slice (self, bits.contents + 1, bits.contents_size - 1);
  return TRUE;
}

/* The one of @known with exactly these octets, else a new one: (transfer full) */
static SignetCertificate *
find_or_decode (GPtrArray  *known,
                GBytes     *der,
                GError    **error)
{
  for (guint i = 0; known != NULL && i < known->len; i++)
    if (g_bytes_equal (signet_certificate_get_der (known->pdata[i]), der))
      return g_object_ref (known->pdata[i]);
  return signet_certificate_new_from_der (der, error);
}

static gboolean
parse_extra_certs (SignetCmpMessage      *self,
                   const SignetDerValue  *value,
                   GPtrArray             *known,
                   GError               **error)
{
  const guint8 *data = value->contents;
  gsize size = value->contents_size;
  SignetDerValue list;
  SignetDerValue item;

  if (!signet_der_read_expected (&data, &size, TAG_SEQUENCE, &list) || size != 0)
    return malformed (error, _("its extraCerts are not a list"));
  data = list.contents;
  size = list.contents_size;
  while (size > 0)
    {
      g_autoptr (GBytes) der = NULL;
      g_autoptr (GError) local_error = NULL;
      g_autoptr (SignetCertificate) certificate = NULL;

      if (self->extra_certs->len == MAX_EXTRA_CERTS)
        {
          g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT,
                       _("The message carries more than %d extra certificates"), MAX_EXTRA_CERTS);
          return FALSE;
        }
      if (!signet_der_read (&data, &size, &item))
        return malformed (error, _("its extraCerts are cut short"));
      der = slice (self, item.octets, item.size);
      certificate = find_or_decode (known, der, &local_error);
      if (certificate == NULL)
        return malformed (error, _("number %u of its extraCerts cannot be read: %s"), self->extra_certs->len + 1,
                          local_error->message);
      g_ptr_array_add (self->extra_certs, g_steal_pointer (&certificate));
    }
  return TRUE;
}

static GBytes *
make_protected_part (GBytes       *header,
                     const guint8 *body,
                     gsize         body_size)
{
  GByteArray *array = g_byte_array_new ();
  gsize header_size;
  const guint8 *header_data = g_bytes_get_data (header, &header_size);

  signet_der_append_header (array, TAG_SEQUENCE, header_size + body_size);
  g_byte_array_append (array, header_data, (guint) header_size);
  g_byte_array_append (array, body, (guint) body_size);
  return g_byte_array_free_to_bytes (array);
}

static gboolean
parse_message (SignetCmpMessage  *self,
               Nesting           *nesting,
               GError           **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (self->der, &size);
  SignetDerValue message;
  SignetDerValue header;
  SignetDerValue body;
  SignetDerValue value;

  if (!signet_der_read_expected (&data, &size, TAG_SEQUENCE, &message))
    return malformed (error, _("it does not begin with a SEQUENCE"));
  data = message.contents;
  size = message.contents_size;
  if (!signet_der_read_expected (&data, &size, TAG_SEQUENCE, &header))
    return malformed (error, _("it has no header"));
  if (!signet_der_read (&data, &size, &body))
    return malformed (error, _("it has no body"));
  if (!parse_header (self, &header, error) || !parse_body (self, &body, nesting, error))
    return FALSE;

  self->trailer = slice (self, data, size);
  if (size > 0 && *data == TAG_EXPLICIT (0)
      && (!signet_der_read (&data, &size, &value) || !parse_protection (self, &value, error)))
    return FALSE;
  if (size > 0 && *data == TAG_EXPLICIT (1)
      && (!signet_der_read (&data, &size, &value) || !parse_extra_certs (self, &value, nesting->known, error)))
    return FALSE;
  if (size > 0)
    return malformed (error, _("something follows that is neither protection nor extraCerts"));
  self->protected_part = make_protected_part (self->header_der, body.octets, body.size);
  return TRUE;
}

static SignetCmpMessage *
parse_nested_message (GBytes   *der,
                      Nesting  *nesting,
                      GError  **error)
{
  g_autoptr (SignetCmpMessage) self = g_object_new (SIGNET_TYPE_CMP_MESSAGE, NULL);

  self->der = g_bytes_ref (der);
  return parse_message (self, nesting, error) ? g_steal_pointer (&self) : NULL;
}

static void
signet_cmp_message_finalize (GObject *object)
{
  SignetCmpMessage *self = SIGNET_CMP_MESSAGE (object);

  SignetPkiHeader_free (self->header);
  if (self->body != NULL)
    ASN1_item_free (self->body, signet_cmp_body_item (self->body_type));
  g_clear_pointer (&self->der, g_bytes_unref);
  g_clear_pointer (&self->header_der, g_bytes_unref);
  g_clear_pointer (&self->body_content, g_bytes_unref);
  g_clear_pointer (&self->protected_part, g_bytes_unref);
  g_clear_pointer (&self->protection, g_bytes_unref);
  g_clear_pointer (&self->trailer, g_bytes_unref);
  g_clear_pointer (&self->extra_certs, g_ptr_array_unref);
  g_clear_pointer (&self->nested, g_ptr_array_unref);
  g_clear_pointer (&self->sender_kid, g_bytes_unref);
  g_clear_pointer (&self->transaction_id, g_bytes_unref);
  g_clear_pointer (&self->sender_nonce, g_bytes_unref);
  g_clear_pointer (&self->recip_nonce, g_bytes_unref);
  g_clear_pointer (&self->free_text, g_free);
  G_OBJECT_CLASS (signet_cmp_message_parent_class)->finalize (object);
}

static void
signet_cmp_message_class_init (SignetCmpMessageClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_cmp_message_finalize;
}

static void
signet_cmp_message_init (SignetCmpMessage *self)
{
  self->extra_certs = g_ptr_array_new_with_free_func (g_object_unref);
  self->nested = g_ptr_array_new_with_free_func (g_object_unref);
}

const char *
signet_cmp_body_type_name (guint type)
{
  return type < G_N_ELEMENTS (body_names) ? body_names[type] : NULL;
}

/**
 * signet_cmp_message_parse:
 * @der: DER of one PKIMessage
 * @error: %SIGNET_CMP_ERROR_MALFORMED or %SIGNET_CMP_ERROR_LIMIT
 *
 * Lengths, forms and depth are checked before any template sees an octet, because libcrypto's decoder takes BER too. The
 * octets inside are kept as they came: what a sender's encoder got wrong in there is not repaired, since the protection
 * goes over it.
 *
 * Returns: (transfer full): the message; (RFC 9810 §5.1, RFC 9483 §3.5)
 */
SignetCmpMessage *
signet_cmp_message_parse (GBytes  *der,
                          GError **error)
{
  return signet_cmp_message_parse_knowing (der, NULL, error);
}

SignetCmpMessage *
signet_cmp_message_parse_knowing (GBytes     *der,
                                  GPtrArray  *known,
                                  GError    **error)
{
  SignetCmpMessage *self;
  Nesting nesting = { .known = known };
  const guint8 *data;
  const char *reason;
  gsize offset;
  gsize size;

  g_return_val_if_fail (der != NULL, NULL);

  data = g_bytes_get_data (der, &size);
  if (size > SIGNET_CMP_MESSAGE_MAX_SIZE)
    {
      g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT,
                   _("The message has %" G_GSIZE_FORMAT " octets, and more than %d are not taken"), size,
                   SIGNET_CMP_MESSAGE_MAX_SIZE);
      return NULL;
    }
  ERR_clear_error ();
  if (!signet_der_check (data, size, &offset, &reason))
    {
      malformed (error, _("%s (at octet %" G_GSIZE_FORMAT ")"), reason, offset);
      return NULL;
    }

  self = parse_nested_message (der, &nesting, error);
  if (self != NULL)
    ERR_clear_error ();
  return self;
}

GBytes *
signet_cmp_message_get_der (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->der;
}

SignetCmpBodyType
signet_cmp_message_get_body_type (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), SIGNET_CMP_BODY_ERROR);
  return self->body_type;
}

gint64
signet_cmp_message_get_pvno (SignetCmpMessage *self)
{
  gint64 pvno = -1;

  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), -1);
  signet_asn1_get_int64 (self->header->pvno, &pvno);
  return pvno;
}

const GENERAL_NAME *
signet_cmp_message_get_sender (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->header->sender;
}

const GENERAL_NAME *
signet_cmp_message_get_recipient (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->header->recipient;
}

gboolean
signet_cmp_message_get_time (SignetCmpMessage *self,
                             gint64           *seconds)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), FALSE);
  return signet_asn1_time_to_seconds (self->header->message_time, seconds);
}

const X509_ALGOR *
signet_cmp_message_get_protection_alg (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->header->protection_alg;
}

GBytes *
signet_cmp_message_get_sender_kid (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->sender_kid;
}

GBytes *
signet_cmp_message_get_transaction_id (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->transaction_id;
}

GBytes *
signet_cmp_message_get_sender_nonce (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->sender_nonce;
}

GBytes *
signet_cmp_message_get_recip_nonce (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->recip_nonce;
}

const char *
signet_cmp_message_get_free_text (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->free_text;
}

gboolean
signet_cmp_message_get_implicit_confirm (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), FALSE);
  return signet_cmp_info_has_implicit_confirm (self->header->general_info);
}

gboolean
signet_cmp_message_get_confirm_wait_time (SignetCmpMessage *self,
                                          gint64           *seconds)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), FALSE);
  return signet_cmp_info_get_confirm_wait_time (self->header->general_info, seconds);
}

GBytes *
signet_cmp_message_get_protection (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->protection;
}

GBytes *
signet_cmp_message_get_protected_part (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->protected_part;
}

GPtrArray *
signet_cmp_message_get_extra_certs (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->extra_certs;
}

GPtrArray *
signet_cmp_message_get_nested (SignetCmpMessage *self)
{
  g_return_val_if_fail (SIGNET_IS_CMP_MESSAGE (self), NULL);
  return self->nested;
}

const SignetPkiHeader *
signet_cmp_message_get_header (SignetCmpMessage *self)
{
  return self->header;
}

gconstpointer
signet_cmp_message_get_body (SignetCmpMessage *self)
{
  return self->body;
}

GBytes *
signet_cmp_message_get_body_content (SignetCmpMessage *self)
{
  return self->body_content;
}

char *
signet_cmp_message_get_cert_profile (SignetCmpMessage *self)
{
  return signet_cmp_info_get_cert_profile (self->header->general_info);
}

GBytes *
signet_cmp_message_encode_again (SignetCmpMessage *self)
{
  g_autoptr (GBytes) header = signet_asn1_encode (self->header, ASN1_ITEM_rptr (SignetPkiHeader));
  g_autoptr (GBytes) content = signet_asn1_encode (self->body, signet_cmp_body_item (self->body_type));
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  GByteArray *message;

  if (header == NULL || content == NULL)
    return NULL;

  g_byte_array_append (inner, g_bytes_get_data (header, NULL), (guint) g_bytes_get_size (header));
  signet_der_append (inner, TAG_EXPLICIT (self->body_type), g_bytes_get_data (content, NULL), g_bytes_get_size (content));
  g_byte_array_append (inner, g_bytes_get_data (self->trailer, NULL), (guint) g_bytes_get_size (self->trailer));
  message = g_byte_array_new ();
  signet_der_append (message, TAG_SEQUENCE, inner->data, inner->len);
  return g_byte_array_free_to_bytes (message);
}
