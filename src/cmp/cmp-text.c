/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-text.h"

#define REPLACEMENT 0xfffd
#define ZERO_WIDTH_NON_JOINER 0x200c
#define ZERO_WIDTH_JOINER 0x200d

/* A peer must not be able to reorder, hide or break the lines of what a person reads. The two joiners only shape letters,
 * and some scripts cannot be written without them. */
static gunichar
clean_character (gunichar character)
{
  if (character == '\n' || character == '\r' || character == '\t')
    return ' ';
  if (character == ZERO_WIDTH_NON_JOINER || character == ZERO_WIDTH_JOINER)
    return character;
  switch (g_unichar_type (character))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
      return REPLACEMENT;
    default:
      return character;
    }
}

static void
append_clean (GString    *clean,
              const char *text,
              gsize       size,
              gsize       max)
{
  const char *end = text + size;

  while (text < end && clean->len < max)
    {
      gunichar character = g_utf8_get_char_validated (text, end - text);
      gboolean valid = character != (gunichar) -1 && character != (gunichar) -2 && character != 0;

      text += valid ? g_utf8_skip[*(const guchar *) text] : 1;
      character = valid ? clean_character (character) : REPLACEMENT;
      if (clean->len + (gsize) g_unichar_to_utf8 (character, NULL) > max)
        break;
      g_string_append_unichar (clean, character);
    }
}

char *
signet_cmp_text_clean (const char *text,
                       gsize       size,
                       gsize       max)
{
  GString *clean = g_string_new (NULL);

  append_clean (clean, text, size, max);
  return g_string_free (clean, FALSE);
}

char *
signet_cmp_text_from_free_text (const STACK_OF (ASN1_UTF8STRING) *text)
{
  GString *clean;

  if (sk_ASN1_UTF8STRING_num (text) <= 0)
    return NULL;

  clean = g_string_new (NULL);
  for (int i = 0; i < sk_ASN1_UTF8STRING_num (text) && clean->len < SIGNET_CMP_TEXT_MAX; i++)
    {
      const ASN1_UTF8STRING *part = sk_ASN1_UTF8STRING_value (text, i);

      if (i > 0)
        g_string_append_c (clean, '\n');
      append_clean (clean, (const char *) ASN1_STRING_get0_data (part), (gsize) ASN1_STRING_length (part),
                    SIGNET_CMP_TEXT_MAX);
    }
  return g_string_free (clean, FALSE);
}
