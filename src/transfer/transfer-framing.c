/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "transfer/transfer-answer.h"
#include "transfer/transfer-framing.h"

/* Two heads were in use. RFC 2510 §5.2: length (4 octets, of what follows them), flag, value. Its successor, which never became
 * an RFC: length, version 10, flags, message type, value. The fifth octet tells them apart, as no flag of the former is 10. */
#define LENGTH_SIZE 4
#define HEAD_OLD 5
#define HEAD 7
#define VERSION 10
#define TYPE_REQUEST 0x00
#define TYPE_ERROR 0x06
#define TEXT_MAX 120            /* octets of a server's words */

GBytes *
signet_transfer_frame (SignetTransferFraming  framing,
                       GBytes                *message)
{
  g_autoptr (GByteArray) framed = NULL;
  guint32 length;
  const guint8 rest[] = { VERSION, 0, TYPE_REQUEST };
  char *text;

  if (framing == SIGNET_TRANSFER_FRAMING_NONE)
    return g_bytes_ref (message);

  framed = g_byte_array_new ();
  length = GUINT32_TO_BE ((guint32) (g_bytes_get_size (message) + sizeof rest));
  g_byte_array_append (framed, (const guint8 *) &length, sizeof length);
  g_byte_array_append (framed, rest, sizeof rest);
  g_byte_array_append (framed, g_bytes_get_data (message, NULL), (guint) g_bytes_get_size (message));
  if (framing == SIGNET_TRANSFER_FRAMING_TCP)
    return g_byte_array_free_to_bytes (g_steal_pointer (&framed));

  text = g_base64_encode (framed->data, framed->len);

  return g_bytes_new_take (text, strlen (text));
}

/* What the head says is inside: size, and type where there is one. FALSE: no head, or one that does not fit what came. */
static gboolean
read_head (GBytes *framed,
           gsize  *head,
           guint8 *type)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (framed, &size);
  guint32 length;

  if (size < HEAD_OLD)
    return FALSE;
  length = (guint32) data[0] << 24 | (guint32) data[1] << 16 | (guint32) data[2] << 8 | (guint32) data[3];
  if (length != size - LENGTH_SIZE || data[LENGTH_SIZE] > VERSION)
    return FALSE;
  *head = data[LENGTH_SIZE] == VERSION ? HEAD : HEAD_OLD;
  if (size < *head)
    return FALSE;
  *type = data[*head - 1];

  return TRUE;
}

/* An error of that transfer: two octets of code, two of a length, so much data, text. Anybody can have made it: it is quoted
 * as one line of plain text, and no more comes of it. */
static char *
read_error (GBytes *framed)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (framed, &size);
  g_autofree char *words = NULL;
  gsize at = HEAD + 4;

  if (size < at)
    return g_strdup (_("no words"));
  at += (gsize) data[HEAD + 2] << 8 | data[HEAD + 3];
  if (at < size)
    words = signet_transfer_plain_line ((const char *) data + at, MIN (size - at, TEXT_MAX));

  return words != NULL ? g_strdup_printf (_("“%s”"), words) : g_strdup (_("no words"));
}

static GBytes *
decode_base64 (GBytes *body)
{
  g_autofree char *text = NULL;
  guchar *data;
  gsize size;

  if (g_bytes_get_size (body) == 0)
    return NULL;
  text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("+/=\r\n \t", *c) == NULL)
      return NULL;
  if (strlen (text) != g_bytes_get_size (body))
    return NULL;
  data = g_base64_decode (text, &size);

  return g_bytes_new_take (data, size);
}

SignetTransferFraming
signet_transfer_recognise_framing (GBytes *body)
{
  g_autoptr (GBytes) decoded = NULL;
  gsize head;
  guint8 type;

  if (read_head (body, &head, &type))
    return SIGNET_TRANSFER_FRAMING_TCP;
  decoded = decode_base64 (body);
  if (decoded != NULL && read_head (decoded, &head, &type))
    return SIGNET_TRANSFER_FRAMING_TCP_BASE64;

  return SIGNET_TRANSFER_FRAMING_NONE;
}

static GBytes *
take_inside (GBytes  *framed,
             GError **error)
{
  g_autoptr (GBytes) inside = NULL;
  g_autofree char *words = NULL;
  gsize head;
  guint8 type;

  if (!read_head (framed, &head, &type))
    return NULL;
  inside = g_bytes_new_from_bytes (framed, head, g_bytes_get_size (framed) - head);
  if (signet_transfer_looks_like_message (inside))
    return g_steal_pointer (&inside);

  words = head == HEAD && type == TYPE_ERROR ? read_error (framed) : NULL;
  if (words != NULL)
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_CMP,
                 /* Translators: %s is what the server says in quotation marks, or “no words” */
                 _("The server answered with an error of its transfer and %s, and no CMP message. Ask your authority."), words);
  else
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_CMP,
                 _("The server answered with a note of type %u of a transfer that is not spoken here, and no CMP message. Ask your "
                   "authority for another address."), type);

  return NULL;
}

GBytes *
signet_transfer_unframe (SignetTransferFraming   framing,
                         GBytes                 *body,
                         GError                **error)
{
  g_autoptr (GBytes) decoded = NULL;
  SignetTransferFraming found = signet_transfer_recognise_framing (body);

  /* What comes bare, or is no message at all, is read as ever. */
  if (found == SIGNET_TRANSFER_FRAMING_NONE || found > framing)
    return g_bytes_ref (body);
  if (found == SIGNET_TRANSFER_FRAMING_TCP_BASE64)
    decoded = decode_base64 (body);

  return take_inside (decoded != NULL ? decoded : body, error);
}
