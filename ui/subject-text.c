/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "subject-text.h"

#include <string.h>

void
signet_subject_text_clear (SignetSubjectText *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->organization, g_free);
  g_clear_pointer (&self->between, g_free);
  g_clear_pointer (&self->after, g_free);
}

/* The end of the attribute that begins at @text: an unescaped comma, or the end. *@plain: whether its value is one text. */
static const char *
find_end (const char *text,
          gboolean   *plain)
{
  *plain = TRUE;
  for (; *text != '\0' && *text != ','; text++)
    {
      if (*text == '\\' && text[1] != '\0')
        text++;
      else if (*text == '+' || *text == '"')
        *plain = FALSE;
    }

  return text;
}

/* RFC 4514 §2.4: "\," for a comma, "\C3" for an octet. %NULL where that makes no text. */
static char *
unescape (const char *text,
          gsize       length)
{
  g_autoptr (GString) value = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    {
      if (text[i] != '\\' || i + 1 >= length)
        g_string_append_c (value, text[i]);
      else if (i + 2 < length && g_ascii_isxdigit (text[i + 1]) && g_ascii_isxdigit (text[i + 2]))
        {
          g_string_append_c (value, (char) (g_ascii_xdigit_value (text[i + 1]) * 16 + g_ascii_xdigit_value (text[i + 2])));
          i += 2;
        }
      else
        g_string_append_c (value, text[++i]);
    }
  if (strlen (value->str) != value->len || !g_utf8_validate (value->str, -1, NULL))
    return NULL;

  return g_string_free (g_steal_pointer (&value), FALSE);
}

static char *
take (const char *text,
      const char *end,
      const char *type,
      gboolean    plain)
{
  gsize length = strlen (type);

  if (!plain || (gsize) (end - text) <= length || g_ascii_strncasecmp (text, type, length) != 0 || text[length] == '#')
    return NULL;

  return unescape (text + length, (gsize) (end - text) - length);
}

void
signet_subject_text_parse (SignetSubjectText *self,
                           const char        *subject)
{
  g_autoptr (GString) between = g_string_new (NULL);
  g_autoptr (GString) after = g_string_new (NULL);
  const char *end;
  gboolean plain;

  signet_subject_text_clear (self);
  for (const char *text = subject != NULL ? subject : ""; *text != '\0'; text = *end == ',' ? end + 1 : end)
    {
      GString *rest = self->organization != NULL ? after : between;

      end = find_end (text, &plain);
      if (self->name == NULL && (self->name = take (text, end, "CN=", plain)) != NULL)
        continue;
      if (self->organization == NULL && (self->organization = take (text, end, "O=", plain)) != NULL)
        continue;
      g_string_append_printf (rest, "%s%.*s", rest->len > 0 ? "," : "", (int) (end - text), text);
    }
  if (self->name == NULL)
    self->name = g_strdup ("");
  if (self->organization == NULL)
    self->organization = g_strdup ("");
  self->between = g_string_free (g_steal_pointer (&between), FALSE);
  self->after = g_string_free (g_steal_pointer (&after), FALSE);
}

/* A value of a distinguished name, RFC 4514 §2.4. */
static void
append_attribute (GString    *subject,
                  const char *type,
                  const char *value)
{
  if (*value == '\0')
    return;
  g_string_append_printf (subject, "%s%s=", subject->len > 0 ? "," : "", type);
  for (const char *c = value; *c != '\0'; c++)
    {
      if (strchr ("\"+,;<>\\=", *c) != NULL || (c == value && (*c == ' ' || *c == '#')) || (c[1] == '\0' && *c == ' '))
        g_string_append_c (subject, '\\');
      g_string_append_c (subject, *c);
    }
}

static void
append_rest (GString    *subject,
             const char *rest)
{
  if (rest != NULL && *rest != '\0')
    g_string_append_printf (subject, "%s%s", subject->len > 0 ? "," : "", rest);
}

char *
signet_subject_text_print (const SignetSubjectText *self,
                           const char              *name,
                           const char              *organization)
{
  g_autoptr (GString) subject = g_string_new (NULL);

  append_attribute (subject, "CN", name);
  append_rest (subject, self->between);
  append_attribute (subject, "O", organization);
  append_rest (subject, self->after);

  return g_string_free (g_steal_pointer (&subject), FALSE);
}
