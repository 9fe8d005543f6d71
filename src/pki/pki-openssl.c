/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-openssl.h"

#include <openssl/err.h>

/**
 * signet_openssl_set_error:
 * @error: (out) (optional): where the error goes
 * @domain: an error domain
 * @code: a code of @domain
 * @format: what failed, as a sentence without its full stop
 * @...: arguments of @format
 *
 * Sets @error to what @format says and, after a colon, the reasons of libcrypto's error queue, innermost last; then
 * empties the queue. Only fixed reason strings are taken from it, never the data attached to an entry.
 */
void
signet_openssl_set_error (GError    **error,
                          GQuark      domain,
                          int         code,
                          const char *format,
                          ...)
{
  g_autoptr (GString) message = g_string_new (NULL);
  const char *separator = ": ";
  const char *last = NULL;
  unsigned long entry;
  va_list arguments;

  va_start (arguments, format);
  g_string_vprintf (message, format, arguments);
  va_end (arguments);

  while ((entry = ERR_get_error ()) != 0)
    {
      const char *reason = ERR_reason_error_string (entry);

      if (reason == NULL || reason == last)
        continue;
      g_string_append_printf (message, "%s%s", separator, reason);
      separator = ", ";
      last = reason;
    }

  g_set_error_literal (error, domain, code, message->str);
}
