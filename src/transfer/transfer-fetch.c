/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>

#include "transfer/transfer-fetch.h"
#include "transfer/transfer-session.h"
#include "transfer/transfer.h"

#define CHUNK 16384
#define URL_MAX 2048            /* octets */
/* RFC 5280 §4.2.2.1 */
#define ACCEPTED "application/pkix-cert, application/pkcs7-mime"

typedef struct {
  SoupSession *session;
  SoupMessage *request;
  gsize size_limit;
  guint timeout;                        /* seconds */
  SignetTransferLimit limit;
  GByteArray *body;
  GInputStream *stream;
  gboolean started;                     /* there was a connection */
} Fetch;

static void
fetch_free (gpointer data)
{
  Fetch *self = data;

  signet_transfer_limit_clear (&self->limit);
  g_clear_object (&self->stream);
  g_clear_object (&self->request);
  g_clear_object (&self->session);
  g_byte_array_unref (self->body);
  g_free (self);
}

static const char *
host_of (Fetch *self)
{
  return g_uri_get_host (soup_message_get_uri (self->request));
}

static void
fail (GTask        *task,
      const GError *reason)
{
  Fetch *self = g_task_get_task_data (task);

  if (signet_transfer_limit_is_given_up (&self->limit))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s", _("Fetching was given up."));
  else if (self->limit.timed_out)
    g_task_return_new_error (task, SIGNET_TRANSFER_ERROR,
                             self->started ? SIGNET_TRANSFER_ERROR_UNKNOWN : SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
                             _("%s gave no whole answer within %u seconds."), host_of (self), self->timeout);
  else if (reason->domain == G_RESOLVER_ERROR)
    g_task_return_new_error (task, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
                             _("The host %s was not found: check the network."), host_of (self));
  else
    g_task_return_new_error (task, SIGNET_TRANSFER_ERROR,
                             self->started ? SIGNET_TRANSFER_ERROR_UNKNOWN : SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
                             _("Nothing could be fetched from %s: %s"), host_of (self), reason->message);
}

static void
fail_too_large (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);

  g_task_return_new_error (task, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_TOO_LARGE,
                           _("What %s has there is larger than %" G_GSIZE_FORMAT " octets; the rest was not read."), host_of (self),
                           self->size_limit);
  /* The connection still has the rest of it. */
  g_cancellable_cancel (self->limit.cancellable);
}

static gboolean
check_status (GTask *task)
{
  Fetch *self = g_task_get_task_data (task);
  guint status = soup_message_get_status (self->request);

  if (status == SOUP_STATUS_OK)
    return TRUE;
  /* A certificate names the place: where a server sends on to is named by nobody. */
  if (status >= 300 && status < 400)
    g_task_return_new_error (task, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_REDIRECT,
                             _("%s sends on to another place, which is not followed."), host_of (self));
  else
    g_task_return_new_error (task, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_HTTP, _("%s answered %u %s."), host_of (self), status,
                             soup_status_get_phrase (status));
  g_cancellable_cancel (self->limit.cancellable);

  return FALSE;
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Fetch *self = g_task_get_task_data (task);
  g_autoptr (GError) reason = NULL;
  g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &reason);

  if (chunk == NULL)
    fail (task, reason);
  else if (g_bytes_get_size (chunk) == 0)
    g_task_return_pointer (task, g_byte_array_free_to_bytes (g_byte_array_ref (self->body)), (GDestroyNotify) g_bytes_unref);
  else if (self->body->len + g_bytes_get_size (chunk) > self->size_limit)
    fail_too_large (task);
  else
    {
      g_byte_array_append (self->body, g_bytes_get_data (chunk, NULL), (guint) g_bytes_get_size (chunk));
      g_input_stream_read_bytes_async (self->stream, CHUNK, G_PRIORITY_DEFAULT, self->limit.cancellable, read_cb, g_object_ref (task));
    }
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Fetch *self = g_task_get_task_data (task);
  g_autoptr (GError) reason = NULL;
  goffset length;

  self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &reason);
  if (self->stream == NULL)
    {
      fail (task, reason);
      return;
    }
  if (!check_status (task))
    return;
  length = soup_message_headers_get_content_length (soup_message_get_response_headers (self->request));
  if (length > 0 && (guint64) length > self->size_limit)
    fail_too_large (task);
  else
    g_input_stream_read_bytes_async (self->stream, CHUNK, G_PRIORITY_DEFAULT, self->limit.cancellable, read_cb, g_object_ref (task));
}

static void
starting_cb (SoupMessage *message,
             gpointer     user_data)
{
  ((Fetch *) user_data)->started = TRUE;
}

/* (transfer full): %NULL with @error */
static GUri *
read_url (const char  *url,
          GError     **error)
{
  g_autoptr (GUri) uri = strlen (url) <= URL_MAX ? g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";

  if (uri != NULL && (g_str_equal (scheme, "http") || g_str_equal (scheme, "https"))
      && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0' && g_uri_get_userinfo (uri) == NULL)
    return g_steal_pointer (&uri);
  g_set_error_literal (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL,
                       _("This is no address from which anything is fetched: it must begin with http:// or https:// and have no user name."));

  return NULL;
}

void
signet_transfer_fetch_async (const char          *url,
                             gsize                size_limit,
                             guint                timeout,
                             GCancellable        *cancellable,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr (GUri) uri = NULL;
  GError *error = NULL;
  Fetch *self;

  g_return_if_fail (url != NULL && timeout > 0);

  g_task_set_name (task, "signet_transfer_fetch_async");
  uri = read_url (url, &error);
  if (uri == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  self = g_new0 (Fetch, 1);
  g_task_set_task_data (task, self, fetch_free);
  self->size_limit = size_limit;
  self->timeout = timeout;
  self->body = g_byte_array_new ();
  self->session = signet_transfer_session_new (0);
  self->request = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  signet_transfer_limit_begin (&self->limit, cancellable, timeout);
  soup_message_add_flags (self->request, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_headers_replace (soup_message_get_request_headers (self->request), "Accept", ACCEPTED);
  g_signal_connect (self->request, "starting", G_CALLBACK (starting_cb), self);
  soup_session_send_async (self->session, self->request, G_PRIORITY_DEFAULT, self->limit.cancellable, sent_cb, g_object_ref (task));
}

GBytes *
signet_transfer_fetch_finish (GAsyncResult  *result,
                              GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
