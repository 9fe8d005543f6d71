/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/worker-error.h"
#include "worker/worker-settings.h"

/**
 * signet_worker_invalid:
 * @error: (out) (optional): %SIGNET_WORKER_ERROR_INVALID
 * @format: translated: which argument, and what to do
 * @...: for @format
 *
 * Returns: %FALSE
 */
gboolean
signet_worker_invalid (GError     **error,
                       const char  *format,
                       ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID, format, args);
  va_end (args);

  return FALSE;
}

/**
 * signet_worker_lookup_text:
 * @dict: a{sv}
 * @name: of a value of type s
 *
 * Returns: (transfer full) (nullable): the text without white space around it; an empty one is the same as none
 */
char *
signet_worker_lookup_text (GVariant   *dict,
                           const char *name)
{
  char *text = NULL;

  if (!g_variant_lookup (dict, name, "s", &text))
    return NULL;
  g_strstrip (text);
  if (*text == '\0')
    g_clear_pointer (&text, g_free);

  return text;
}

/**
 * signet_worker_to_hex:
 * @bytes: (nullable): octets
 *
 * Returns: (transfer full): two lower-case digits an octet
 */
char *
signet_worker_to_hex (GBytes *bytes)
{
  gsize size = 0;
  const guint8 *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;
  GString *text = g_string_sized_new (2 * size);

  for (gsize i = 0; i < size; i++)
    g_string_append_printf (text, "%02x", data[i]);

  return g_string_free (text, FALSE);
}
