/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "transfer/transfer-answer.h"
#include "transfer/transfer-framing.h"

#define TITLE_SEARCHED 65536    /* octets of a page */
#define LINE_LENGTH 120         /* octets of a server's words that are quoted */

/* DER's SEQUENCE, X.690 §8.1.3: the length in one octet, or in as many as the first tells. */
gboolean
signet_transfer_looks_like_message (GBytes *octets)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (octets, &size);
  gsize length;
  gsize head = 2;

  if (size < 2 || data[0] != 0x30)
    return FALSE;
  length = data[1];
  if (length >= 0x80)
    {
      guint count = data[1] & 0x7f;

      if (count == 0 || count > 4 || size < 2 + count)
        return FALSE;
      length = 0;
      for (guint i = 0; i < count; i++)
        length = (length << 8) | data[2 + i];
      head += count;
    }

  return size - head == length;
}

/* RFC 9811 §3.2; §4 (pkixcmp-poll); RFC 2510 §5.3 (x-pkixcmp). Parameters and case do not matter. */
static gboolean
is_cmp_type (const char *content_type)
{
  static const char *const names[] = { "application/pkixcmp", "application/pkixcmp-poll", "application/x-pkixcmp" };
  g_auto (GStrv) parts = NULL;

  if (content_type == NULL)
    return FALSE;
  parts = g_strsplit (content_type, ";", 2);
  g_strstrip (parts[0]);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (parts[0], names[i]) == 0)
      return TRUE;

  return FALSE;
}

char *
signet_transfer_plain_line (const char *text,
                            gsize       size)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) size);
  GString *line = g_string_new (NULL);

  for (const char *c = valid; *c != '\0' && line->len < LINE_LENGTH; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      if (!g_unichar_isspace (character) && !g_unichar_iscntrl (character))
        g_string_append_unichar (line, character);
      else if (line->len > 0 && line->str[line->len - 1] != ' ')
        g_string_append_c (line, ' ');
    }
  g_strchomp (line->str);
  if (*line->str == '\0')
    return g_string_free (line, TRUE), NULL;

  return g_string_free (line, FALSE);
}

/* The title of an HTML page, a server's words. */
static char *
page_title (GBytes *body)
{
  gsize size;
  const char *data = g_bytes_get_data (body, &size);
  g_autofree char *text = g_strndup (data, MIN (size, TITLE_SEARCHED));
  g_autofree char *folded = g_ascii_strdown (text, -1);
  const char *begin = strstr (folded, "<title");
  const char *end;

  begin = begin != NULL ? strchr (begin, '>') : NULL;
  end = begin != NULL ? strstr (begin, "</title") : NULL;
  if (end == NULL)
    return NULL;

  return signet_transfer_plain_line (text + (begin + 1 - folded), (gsize) (end - begin - 1));
}

/* What it was instead, in words: a page with its title, text, nothing. */
static char *
describe (const char *content_type,
          GBytes     *body)
{
  g_autofree char *title = g_bytes_get_size (body) > 0 ? page_title (body) : NULL;
  g_autofree char *type = content_type != NULL ? g_utf8_make_valid (content_type, -1) : NULL;

  if (g_bytes_get_size (body) == 0)
    return g_strdup (_("nothing"));
  if (title != NULL)
    return g_strdup_printf (_("a web page, “%s”"), title);
  if (type != NULL)
    return g_strdup_printf (_("content of type %.80s"), type);

  return g_strdup (_("content of no known type"));
}

static void
set_http_error (guint        status,
                const char  *reason,
                const char  *what,
                GError     **error)
{
  const char *hint = "";

  if (status == 404 || status == 405 || status == 410)
    hint = _(" There is no certificate service at this address: check its path.");
  else if (status == 401 || status == 403 || status == 407)
    hint = _(" The web server wants to know who you are before it lets a message through: ask your authority.");
  else if (status >= 400 && status < 500)
    hint = _(" It could make nothing of the message. Check the address, and whether your authority says that its server is an older "
             "one: the settings framing and media-type are for such.");
  else if (status >= 500)
    hint = _(" The service has a problem of its own: try again later.");

  g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_HTTP,
               /* Translators: "The server answered 404 Not Found with a web page, “Oops”, and no CMP message. (a hint)" */
               _("The server answered %u %s with %s, and no CMP message.%s"), status, reason != NULL ? reason : "", what, hint);
}

/**
 * signet_transfer_read_answer:
 *
 * A CMP message counts wherever it comes, with 2xx, 4xx or 5xx alike (RFC 9811 §3.1): HTTP's own word says nothing of the
 * transaction.
 */
GBytes *
signet_transfer_read_answer (guint        status,
                             const char  *reason,
                             const char  *content_type,
                             const char  *location,
                             GBytes      *body,
                             GError     **error)
{
  g_autofree char *what = NULL;
  SignetTransferFraming framing;

  if (status >= 300 && status < 400)
    {
      g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_REDIRECT,
                   _("The server sends the message on to %s, which the settings of this authority do not allow. Check with your "
                     "authority, and enter that address if it is right."), location != NULL ? location : _("another place"));
      return NULL;
    }
  framing = signet_transfer_recognise_framing (body);
  if (framing != SIGNET_TRANSFER_FRAMING_NONE)
    {
      g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_CMP,
                   _("The server wrapped its answer as older ones do. If this is your authority, set “framing” to “%s” in its "
                     "settings."), framing == SIGNET_TRANSFER_FRAMING_TCP ? "tcp" : "tcp-base64");
      return NULL;
    }
  /* A message under a wrong type is a message all the same: its protection is what counts. */
  if (signet_transfer_looks_like_message (body) || (is_cmp_type (content_type) && g_bytes_get_size (body) > 0))
    return g_bytes_ref (body);

  what = describe (content_type, body);
  if (status >= 400 || status < 200)
    set_http_error (status, reason, what, error);
  else
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_CMP,
                 _("The server answered with %s, and no CMP message. Check the address with your authority."), what);

  return NULL;
}
