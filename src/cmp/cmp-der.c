/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-der.h"

#define CONSTRUCTED 0x20
#define TAG_MASK 0x1f

static gboolean
read_tag (const guint8   **cursor,
          const guint8    *end,
          SignetDerValue  *value)
{
  guint8 first = *(*cursor)++;

  value->tag_class = first >> 6;
  value->constructed = (first & CONSTRUCTED) != 0;
  value->tag = first & TAG_MASK;
  if (value->tag != TAG_MASK)
    return TRUE;

  value->tag = 0;
  for (guint i = 0; i < 4 && *cursor < end; i++)
    {
      guint8 octet = *(*cursor)++;

      if (i == 0 && octet == 0x80)
        return FALSE;
      value->tag = value->tag << 7 | (octet & 0x7f);
      if ((octet & 0x80) == 0)
        return value->tag >= TAG_MASK;
    }
  return FALSE;
}

static gboolean
read_length (const guint8 **cursor,
             const guint8  *end,
             gsize         *length)
{
  guint8 first;
  guint count;

  if (*cursor >= end)
    return FALSE;
  first = *(*cursor)++;
  if (first < 0x80)
    {
      *length = first;
      return TRUE;
    }
  count = first & 0x7f;
  if (count == 0 || count > 4 || count > (gsize) (end - *cursor) || **cursor == 0)
    return FALSE;

  *length = 0;
  for (guint i = 0; i < count; i++)
    *length = *length << 8 | *(*cursor)++;
  return *length >= 0x80;
}

/* X.690 §10.2: string types are primitive; only sequences, sets and the like are constructed. */
static gboolean
form_is_der (const SignetDerValue *value)
{
  if (value->tag_class != 0)
    return TRUE;
  switch (value->tag)
    {
    case 0:
      return FALSE;
    case 8:     /* EXTERNAL */
    case 11:    /* EMBEDDED PDV */
    case 16:    /* SEQUENCE */
    case 17:    /* SET */
    case 29:    /* CHARACTER STRING */
      return value->constructed;
    default:
      return !value->constructed;
    }
}

gboolean
signet_der_read (const guint8   **data,
                 gsize           *size,
                 SignetDerValue  *value)
{
  const guint8 *cursor = *data;
  const guint8 *end;
  gsize length;

  if (*size < 2)                         /* of nothing there may be no address either */
    return FALSE;
  end = *data + *size;
  if (!read_tag (&cursor, end, value) || !read_length (&cursor, end, &length) || length > (gsize) (end - cursor)
      || !form_is_der (value))
    return FALSE;

  value->octets = *data;
  value->contents = cursor;
  value->contents_size = length;
  value->size = (gsize) (cursor - *data) + length;
  *data += value->size;
  *size -= value->size;
  return TRUE;
}

gboolean
signet_der_read_expected (const guint8   **data,
                          gsize           *size,
                          guint8           identifier,
                          SignetDerValue  *value)
{
  return *size > 0 && **data == identifier && signet_der_read (data, size, value);
}

static gboolean
check_values (const guint8   *start,
              const guint8   *data,
              gsize           size,
              guint           depth,
              gsize          *offset,
              const char    **reason)
{
  SignetDerValue value;

  while (size > 0)
    {
      *offset = (gsize) (data - start);
      if (!signet_der_read (&data, &size, &value))
        {
          *reason = _("tag or length is not DER, or points past the end");
          return FALSE;
        }
      if (!value.constructed)
        continue;
      if (depth + 1 >= SIGNET_DER_MAX_DEPTH)
        {
          *reason = _("values are nested too deeply");
          return FALSE;
        }
      if (!check_values (start, value.contents, value.contents_size, depth + 1, offset, reason))
        return FALSE;
    }
  return TRUE;
}

gboolean
signet_der_check (const guint8  *data,
                  gsize          size,
                  gsize         *offset,
                  const char   **reason)
{
  const guint8 *rest = data;
  gsize rest_size = size;
  SignetDerValue value;

  *offset = 0;
  if (!signet_der_read (&rest, &rest_size, &value))
    {
      *reason = _("tag or length is not DER, or points past the end");
      return FALSE;
    }
  if (rest_size > 0)
    {
      *offset = value.size;
      *reason = _("octets follow the end of the value");
      return FALSE;
    }
  return check_values (data, data, size, 0, offset, reason);
}

void
signet_der_append_header (GByteArray *array,
                          guint8      identifier,
                          gsize       size)
{
  guint8 header[2 + sizeof (gsize)] = { identifier };
  guint count = 0;

  g_assert ((identifier & TAG_MASK) != TAG_MASK);
  if (size < 0x80)
    {
      header[1] = (guint8) size;
      g_byte_array_append (array, header, 2);
      return;
    }
  while (count < sizeof size && size >> (8 * count) != 0)
    count++;
  header[1] = (guint8) (0x80 | count);
  for (guint i = 0; i < count; i++)
    header[2 + i] = (guint8) (size >> (8 * (count - 1 - i)));
  g_byte_array_append (array, header, 2 + count);
}

void
signet_der_append (GByteArray    *array,
                   guint8         identifier,
                   gconstpointer  contents,
                   gsize          size)
{
  signet_der_append_header (array, identifier, size);
  if (size > 0)
    g_byte_array_append (array, contents, (guint) size);
}
