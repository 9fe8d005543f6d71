/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <math.h>

#include "cli/cli-json.h"

struct _SignetJson {
  GString *text;
  GByteArray *filled;           /* a level's element: whether it holds a value already */
};

SignetJson *
signet_json_new (void)
{
  SignetJson *self = g_new0 (SignetJson, 1);

  self->text = g_string_new (NULL);
  self->filled = g_byte_array_new ();

  return self;
}

void
signet_json_free (SignetJson *self)
{
  g_string_free (self->text, TRUE);
  g_byte_array_unref (self->filled);
  g_free (self);
}

static void
append_string (GString    *text,
               const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  g_string_append_c (text, '"');
  for (const char *c = valid; *c != '\0'; c++)
    {
      if (*c == '"' || *c == '\\')
        g_string_append_printf (text, "\\%c", *c);
      else if (*c == '\n')
        g_string_append (text, "\\n");
      else if (*c == '\t')
        g_string_append (text, "\\t");
      else if ((guchar) *c < 0x20 || *c == 0x7f)
        g_string_append_printf (text, "\\u%04x", (guint) (guchar) *c);
      else
        g_string_append_c (text, *c);
    }
  g_string_append_c (text, '"');
}

static void
append_line (SignetJson *self)
{
  g_string_append_c (self->text, '\n');
  for (guint i = 0; i < self->filled->len; i++)
    g_string_append (self->text, "  ");
}

/* What stands before a value: a comma, a new line, its key. */
static void
begin_value (SignetJson *self,
             const char *key)
{
  if (self->filled->len > 0)
    {
      guint8 *filled = &self->filled->data[self->filled->len - 1];

      if (*filled)
        g_string_append_c (self->text, ',');
      *filled = TRUE;
      append_line (self);
    }
  if (key != NULL)
    {
      append_string (self->text, key);
      g_string_append (self->text, ": ");
    }
}

static void
begin_container (SignetJson *self,
                 const char *key,
                 char        bracket)
{
  const guint8 empty = FALSE;

  begin_value (self, key);
  g_string_append_c (self->text, bracket);
  g_byte_array_append (self->filled, &empty, 1);
}

static void
end_container (SignetJson *self,
               char        bracket)
{
  guint8 filled;

  g_assert (self->filled->len > 0);
  filled = self->filled->data[self->filled->len - 1];
  g_byte_array_set_size (self->filled, self->filled->len - 1);
  if (filled)
    append_line (self);
  g_string_append_c (self->text, bracket);
}

void
signet_json_begin_object (SignetJson *self,
                          const char *key)
{
  begin_container (self, key, '{');
}

void
signet_json_end_object (SignetJson *self)
{
  end_container (self, '}');
}

void
signet_json_begin_array (SignetJson *self,
                         const char *key)
{
  begin_container (self, key, '[');
}

void
signet_json_end_array (SignetJson *self)
{
  end_container (self, ']');
}

void
signet_json_add_string (SignetJson *self,
                        const char *key,
                        const char *value)
{
  begin_value (self, key);
  if (value != NULL)
    append_string (self->text, value);
  else
    g_string_append (self->text, "null");
}

void
signet_json_add_int (SignetJson *self,
                     const char *key,
                     gint64      value)
{
  begin_value (self, key);
  g_string_append_printf (self->text, "%" G_GINT64_FORMAT, value);
}

void
signet_json_add_boolean (SignetJson *self,
                         const char *key,
                         gboolean    value)
{
  begin_value (self, key);
  g_string_append (self->text, value ? "true" : "false");
}

void
signet_json_add_double (SignetJson *self,
                        const char *key,
                        double      value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  begin_value (self, key);
  g_string_append (self->text, isfinite (value) ? g_ascii_dtostr (buffer, sizeof buffer, value) : "null");
}

void
signet_json_add_time (SignetJson *self,
                      const char *key,
                      gint64      seconds)
{
  g_autoptr (GDateTime) time = seconds != 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  signet_json_add_string (self, key, text);
}

void
signet_json_add_strv (SignetJson        *self,
                      const char        *key,
                      const char *const *values)
{
  signet_json_begin_array (self, key);
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    signet_json_add_string (self, NULL, values[i]);
  signet_json_end_array (self);
}

static void
add_container (SignetJson *self,
               const char *key,
               GVariant   *value)
{
  const GVariantType *type = g_variant_get_type (value);
  gboolean dictionary = g_variant_type_is_subtype_of (type, G_VARIANT_TYPE ("a{s*}"));
  gsize size = g_variant_n_children (value);

  if (dictionary)
    signet_json_begin_object (self, key);
  else
    signet_json_begin_array (self, key);
  for (gsize i = 0; i < size; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (dictionary)
        {
          g_autoptr (GVariant) name = g_variant_get_child_value (child, 0);
          g_autoptr (GVariant) entry = g_variant_get_child_value (child, 1);

          signet_json_add_variant (self, g_variant_get_string (name, NULL), entry);
        }
      else
        {
          signet_json_add_variant (self, NULL, child);
        }
    }
  if (dictionary)
    signet_json_end_object (self);
  else
    signet_json_end_array (self);
}

/* Of every integer type. */
static gboolean
read_integer (GVariant *value,
              gint64   *number)
{
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BYTE:
      *number = g_variant_get_byte (value);
      return TRUE;
    case G_VARIANT_CLASS_INT16:
      *number = g_variant_get_int16 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT16:
      *number = g_variant_get_uint16 (value);
      return TRUE;
    case G_VARIANT_CLASS_INT32:
      *number = g_variant_get_int32 (value);
      return TRUE;
    case G_VARIANT_CLASS_UINT32:
      *number = g_variant_get_uint32 (value);
      return TRUE;
    case G_VARIANT_CLASS_INT64:
      *number = g_variant_get_int64 (value);
      return TRUE;
    default:
      return FALSE;
    }
}

void
signet_json_add_variant (SignetJson *self,
                         const char *key,
                         GVariant   *value)
{
  gint64 number;

  if (value == NULL)
    {
      signet_json_add_string (self, key, NULL);
    }
  else if (read_integer (value, &number))
    {
      signet_json_add_int (self, key, number);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
    {
      begin_value (self, key);
      g_string_append_printf (self->text, "%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
    {
      gsize size;
      const guchar *data = g_variant_get_fixed_array (value, &size, 1);
      g_autofree char *text = g_base64_encode (data, size);

      signet_json_add_string (self, key, text);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    {
      signet_json_add_boolean (self, key, g_variant_get_boolean (value));
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    {
      signet_json_add_double (self, key, g_variant_get_double (value));
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) || g_variant_is_of_type (value, G_VARIANT_TYPE_OBJECT_PATH)
           || g_variant_is_of_type (value, G_VARIANT_TYPE_SIGNATURE))
    {
      signet_json_add_string (self, key, g_variant_get_string (value, NULL));
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
    {
      g_autoptr (GVariant) inner = g_variant_get_variant (value);

      signet_json_add_variant (self, key, inner);
    }
  else if (g_variant_is_container (value))
    {
      add_container (self, key, value);
    }
  else
    {
      g_autofree char *text = g_variant_print (value, FALSE);

      signet_json_add_string (self, key, text);
    }
}

char *
signet_json_finish (SignetJson *self)
{
  g_assert (self->filled->len == 0);

  return g_strconcat (self->text->str, "\n", NULL);
}
