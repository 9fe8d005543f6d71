/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "transfer/transfer-answer.h"
#include "transfer/transfer-file.h"

#define MAX_MESSAGE 1048576     /* octets of DER */

static void
saved_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) reason = NULL;
  g_autofree char *name = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &reason))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  name = g_file_get_parse_name (G_FILE (source));
  g_prefix_error (&reason, _("The message could not be saved as %s: "), name);
  g_task_return_error (task, g_steal_pointer (&reason));
}

/**
 * signet_message_file_save_async:
 * @file: replaced as a whole; what was there stays if anything fails
 * @message: DER of one PKIMessage, RFC 9483 §6.4.1
 */
void
signet_message_file_save_async (GFile               *file,
                                GBytes              *message,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (G_IS_FILE (file));
  g_return_if_fail (message != NULL);

  task = g_task_new (file, cancellable, callback, user_data);
  g_file_replace_contents_bytes_async (file, message, NULL, FALSE, G_FILE_CREATE_REPLACE_DESTINATION, cancellable, saved_cb, task);
}

gboolean
signet_message_file_save_finish (GFile         *file,
                                 GAsyncResult  *result,
                                 GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, file), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* The base64 between the lines of PEM, whatever they are labelled, or all of a text without such lines. */
static char *
extract_base64 (const char  *text,
                GError     **error)
{
  const char *begin = strstr (text, "-----BEGIN ");
  const char *end;

  if (begin == NULL)
    return g_strdup (text);
  begin = strstr (begin + strlen ("-----BEGIN "), "-----");
  end = begin != NULL ? strstr (begin + strlen ("-----"), "-----END ") : NULL;
  if (end == NULL)
    {
      g_set_error_literal (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_CMP,
                           _("The text begins as PEM and does not end: a part is missing. Copy all of it."));
      return NULL;
    }
  if (strstr (end, "-----BEGIN ") != NULL)
    {
      g_set_error_literal (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_CMP,
                           _("The text holds more than one part in PEM. Give one message at a time."));
      return NULL;
    }
  begin += strlen ("-----");

  return g_strndup (begin, (gsize) (end - begin));
}

/* Only base64, padding at its end, and space; g_base64_decode () would skip what is anything else. */
static gboolean
is_base64 (const char *text)
{
  gsize count = 0;
  gboolean padded = FALSE;

  for (const char *c = text; *c != '\0'; c++)
    {
      if (g_ascii_isspace (*c))
        continue;
      count++;
      if (*c == '=')
        padded = TRUE;
      else if (padded || !(g_ascii_isalnum (*c) || *c == '+' || *c == '/'))
        return FALSE;
    }

  return count > 0 && count % 4 == 0;
}

static GBytes *
decode_text (const guint8  *data,
             gsize          size,
             GError       **error)
{
  g_autofree char *text = g_strndup (size > 0 ? (const char *) data : "", size);
  g_autofree char *base64 = NULL;
  g_autoptr (GBytes) der = NULL;
  guchar *decoded;
  gsize decoded_size;

  base64 = extract_base64 (text, error);
  if (base64 == NULL)
    return NULL;
  if (strlen (text) == size && is_base64 (base64))
    {
      decoded = g_base64_decode (base64, &decoded_size);
      der = g_bytes_new_take (decoded, decoded_size);
    }
  if (der == NULL || !signet_transfer_looks_like_message (der))
    {
      g_set_error_literal (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_CMP,
                           _("This is no CMP message, neither as it is nor as PEM or base64. Choose the file that the authority "
                             "sent, as it was sent."));
      return NULL;
    }

  return g_steal_pointer (&der);
}

/**
 * signet_message_file_decode:
 * @contents: what the person has: DER, PEM, or base64 with or without line ends
 * @error: %SIGNET_TRANSFER_ERROR_NOT_CMP or %SIGNET_TRANSFER_ERROR_TOO_LARGE
 *
 * Returns: (transfer full): DER of exactly one SEQUENCE; an octet more or less is refused (RFC 9483 §6.4.1)
 */
GBytes *
signet_message_file_decode (GBytes  *contents,
                            GError **error)
{
  g_autoptr (GBytes) der = NULL;
  const guint8 *data;
  gsize size;

  g_return_val_if_fail (contents != NULL, NULL);

  data = g_bytes_get_data (contents, &size);
  /* Base64 with line ends is at most 1.4 times as long. */
  if (size > 2 * MAX_MESSAGE)
    {
      g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_TOO_LARGE,
                   _("This is too large for a CMP message: %" G_GSIZE_FORMAT " octets."), size);
      return NULL;
    }
  if (signet_transfer_looks_like_message (contents))
    der = g_bytes_ref (contents);
  else if (size > 0 && data[0] == 0x30)
    g_set_error_literal (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_CMP,
                         _("The file holds more or less than one message: it was cut or something was added. Get it again."));
  else
    der = decode_text (data, size, error);
  if (der != NULL && g_bytes_get_size (der) > MAX_MESSAGE)
    {
      g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_TOO_LARGE,
                   _("This is too large for a CMP message: %" G_GSIZE_FORMAT " octets."), g_bytes_get_size (der));
      return NULL;
    }

  return g_steal_pointer (&der);
}
