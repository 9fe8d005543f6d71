/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>

#include "transfer/transfer-answer.h"
#include "transfer/transfer-endpoint.h"
#include "transfer/transfer-framing.h"
#include "transfer/transfer-http.h"
#include "transfer/transfer-session.h"

#define IDLE_TIMEOUT 30                 /* seconds that a connection waits for the next message */
#define KEPT_TIMEOUT 300                /* the same, where an endpoint names it */
#define CHUNK 16384
#define MAX_REDIRECTS 3
#define MAX_SESSIONS 16                 /* with anchors of their own */
#define MAX_KEPT 16                     /* connections; what goes beyond them is not kept */

struct _SignetHttpTransfer {
  GObject parent_instance;

  SoupSession *session;
  GHashTable *own_sessions;             /* trust → SoupSession: anchors are a session's, not a message's */
  GHashTable *kept;                     /* name → SoupSession with one connection */
  guint idle_timeout;                   /* of these */
  GProxyResolver *proxy;                /* (nullable): the system's */
};

/* One exchange. */
typedef struct {
  SignetEndpoint *endpoint;
  GBytes *message;
  SoupSession *session;
  gboolean kept;                        /* @session is of one connection that may be used again */
  SoupMessage *request;
  GUri *uri;                            /* where to, after redirects */
  SignetTransferLimit limit;
  GByteArray *body;
  GInputStream *stream;
  guint redirects;
  gboolean wrong_host;                  /* the TLS server's certificate does not bear the name that it must */
  gboolean left;                        /* octets may have left this machine */
  gboolean started;                     /* @request was written once: never again */
} Exchange;

static void signet_http_transfer_iface_init (SignetTransferInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SignetHttpTransfer, signet_http_transfer, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (SIGNET_TYPE_TRANSFER, signet_http_transfer_iface_init))

static void send_request (GTask *task);

static void
exchange_free (Exchange *self)
{
  signet_transfer_limit_clear (&self->limit);
  g_clear_object (&self->endpoint);
  g_clear_object (&self->session);
  g_clear_object (&self->request);
  g_clear_object (&self->stream);
  g_clear_pointer (&self->message, g_bytes_unref);
  g_clear_pointer (&self->uri, g_uri_unref);
  g_clear_pointer (&self->body, g_byte_array_unref);
  g_free (self);
}

static SoupSession *
make_session (GTlsDatabase   *anchors,
              GProxyResolver *proxy,
              guint           idle_timeout)
{
  SoupSession *session = signet_transfer_session_new (idle_timeout);

  if (anchors != NULL)
    soup_session_set_tls_database (session, anchors);
  if (proxy != NULL)
    soup_session_set_proxy_resolver (session, proxy);

  return session;
}

/* What decides whether a connection may be used for @endpoint: anchors, and the host that the certificate bears where it is not that
 * of the address. (nullable): nothing of its own. (transfer full) */
static char *
trust_of (SignetEndpoint *endpoint)
{
  const char *anchors = signet_endpoint_get_tls_anchors (endpoint);
  const char *host = signet_endpoint_get_tls_host (endpoint);

  if (host == NULL)
    return g_strdup (anchors);

  return g_strconcat (host, "\n", anchors, NULL);
}

/* A session of its own, so that nothing else comes onto the connection; and for a name and what is trusted, so that no later
 * message goes where others were trusted. */
static SoupSession *
find_kept (SignetHttpTransfer *self,
           SignetEndpoint     *endpoint)
{
  const char *name = signet_endpoint_get_connection (endpoint);
  GTlsDatabase *anchors = signet_endpoint_get_tls_database (endpoint);
  g_autofree char *trust = trust_of (endpoint);
  SoupSession *session = g_hash_table_lookup (self->kept, name);

  if (session != NULL && g_strcmp0 (g_object_get_data (G_OBJECT (session), "signet-trust"), trust) == 0)
    return session;
  if (session == NULL && g_hash_table_size (self->kept) >= MAX_KEPT)
    return NULL;
  session = make_session (anchors, self->proxy, self->idle_timeout);
  g_object_set_data_full (G_OBJECT (session), "signet-trust", g_steal_pointer (&trust), g_free);
  g_hash_table_replace (self->kept, g_strdup (name), session);

  return session;
}

static SoupSession *
find_session (SignetHttpTransfer *self,
              SignetEndpoint     *endpoint)
{
  g_autofree char *trust = trust_of (endpoint);
  SoupSession *session;

  if (trust == NULL)
    return self->session;
  session = g_hash_table_lookup (self->own_sessions, trust);
  if (session == NULL)
    {
      if (g_hash_table_size (self->own_sessions) >= MAX_SESSIONS)
        g_hash_table_remove_all (self->own_sessions);
      session = make_session (signet_endpoint_get_tls_database (endpoint), self->proxy, IDLE_TIMEOUT);
      g_hash_table_insert (self->own_sessions, g_steal_pointer (&trust), session);
    }

  return session;
}

/* What is wrong with a server's TLS certificate, in words. */
static const char *
explain_certificate (GTlsCertificateFlags flags)
{
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return _("it was issued for another host");
  if (flags & G_TLS_CERTIFICATE_EXPIRED)
    return _("it has expired, or the clock of this computer is wrong");
  if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return _("it is not valid yet, or the clock of this computer is wrong");
  if (flags & G_TLS_CERTIFICATE_REVOKED)
    return _("it was revoked");
  if (flags & G_TLS_CERTIFICATE_INSECURE)
    return _("its algorithm is too weak");
  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return _("its issuer is not trusted; the root for TLS can be given in the authority’s settings");

  return _("it does not check");
}

/* Whether @certificate bears the name that the endpoint demands; what else there is to check, the handshake has checked. */
static gboolean
bears_host (Exchange        *exchange,
            GTlsCertificate *certificate)
{
  g_autoptr (GSocketConnectable) identity = g_network_address_new (signet_endpoint_get_tls_host (exchange->endpoint), 0);

  return certificate != NULL && (g_tls_certificate_verify (certificate, identity, NULL) & G_TLS_CERTIFICATE_BAD_IDENTITY) == 0;
}

static void
set_undelivered (Exchange      *exchange,
                 const GError  *reason,
                 GError       **error)
{
  const char *host = g_uri_get_host (exchange->uri);
  GTlsCertificateFlags flags = exchange->request != NULL ? soup_message_get_tls_peer_certificate_errors (exchange->request) : 0;

  /* libsoup has compared with the address. */
  if ((flags & G_TLS_CERTIFICATE_BAD_IDENTITY) != 0 && signet_endpoint_get_tls_host (exchange->endpoint) != NULL
      && bears_host (exchange, soup_message_get_tls_peer_certificate (exchange->request)))
    flags &= ~(guint) G_TLS_CERTIFICATE_BAD_IDENTITY;
  if (exchange->wrong_host)
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
                 _("%s showed a TLS certificate that does not bear the name %s. Nothing was sent."), host,
                 signet_endpoint_get_tls_host (exchange->endpoint));
  else if (g_error_matches (reason, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
                 _("%s showed a TLS certificate that is not accepted: %s. Nothing was sent."), host, explain_certificate (flags));
  else if (reason->domain == G_TLS_ERROR)
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
                 _("No encrypted connection to %s could be made: %s. Nothing was sent."), host, reason->message);
  else if (reason->domain == G_RESOLVER_ERROR)
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
                 _("The host %s was not found: check the address and the network. Nothing was sent."), host);
  else
    g_set_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
                 _("%s could not be reached: %s. Nothing was sent."), host, reason->message);
}

/* Ends the exchange with what @reason means for the message. */
static void
fail (GTask        *task,
      const GError *reason)
{
  Exchange *exchange = g_task_get_task_data (task);
  GError *error = NULL;

  if (signet_transfer_limit_is_given_up (&exchange->limit))
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_CANCELLED,
                         exchange->left ? _("Waiting for the answer was given up; the message may have arrived.")
                                        : _("Sending was given up; nothing was sent."));
  else if (exchange->limit.timed_out && !exchange->left)
    g_set_error (&error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
                 _("%s could not be reached within %u seconds. Nothing was sent."), g_uri_get_host (exchange->uri),
                 signet_endpoint_get_timeout (exchange->endpoint));
  else if (exchange->limit.timed_out)
    g_set_error (&error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_UNKNOWN,
                 _("The message was sent to %s, and no whole answer came within %u seconds."), g_uri_get_host (exchange->uri),
                 signet_endpoint_get_timeout (exchange->endpoint));
  else if (exchange->left && g_error_matches (reason, G_TLS_ERROR, G_TLS_ERROR_CERTIFICATE_REQUIRED))
    g_set_error (&error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_UNKNOWN,
                 _("%s wants a certificate of yours for the connection, and ended it; the message may have arrived. Ask your "
                   "authority for an address that does without."), g_uri_get_host (exchange->uri));
  else if (exchange->left)
    g_set_error (&error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_UNKNOWN,
                 _("The message was sent to %s, and the connection ended before a whole answer came: %s"),
                 g_uri_get_host (exchange->uri), reason->message);
  else
    set_undelivered (exchange, reason, &error);
  g_task_return_error (task, error);
}

static void
fail_too_large (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);

  g_task_return_new_error (task, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_TOO_LARGE,
                           _("The answer of %s is larger than %" G_GSIZE_FORMAT " octets; the rest was not read."),
                           g_uri_get_host (exchange->uri), signet_endpoint_get_size_limit (exchange->endpoint));
  /* The connection still has the rest of it. */
  g_cancellable_cancel (exchange->limit.cancellable);
}

/* RFC 9811 §5: a redirect is followed only where the settings say so, with the same method, and to the same origin. */
static gboolean
follow_redirect (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);
  guint status = soup_message_get_status (exchange->request);
  const char *location = soup_message_headers_get_one (soup_message_get_response_headers (exchange->request), "Location");
  g_autoptr (GUri) target = NULL;

  if ((status != SOUP_STATUS_TEMPORARY_REDIRECT && status != SOUP_STATUS_PERMANENT_REDIRECT)
      || !signet_endpoint_get_follow_redirects (exchange->endpoint)
      || location == NULL || exchange->redirects >= MAX_REDIRECTS)
    return FALSE;
  target = g_uri_parse_relative (exchange->uri, location, G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, NULL);
  if (target == NULL
      || !g_str_equal (g_uri_get_scheme (target), g_uri_get_scheme (exchange->uri))
      || g_strcmp0 (g_uri_get_host (target), g_uri_get_host (exchange->uri)) != 0
      || g_uri_get_port (target) != g_uri_get_port (exchange->uri)
      || g_uri_get_userinfo (target) != NULL)
    return FALSE;

  exchange->redirects++;
  g_uri_unref (exchange->uri);
  exchange->uri = g_steal_pointer (&target);
  g_clear_object (&exchange->stream);
  g_byte_array_set_size (exchange->body, 0);
  send_request (task);

  return TRUE;
}

/* RFC 9483 §6.1: the status tells that a server knows no operation labels; then the address without one gets the same octets,
 * which the server has not looked at. A CMP message beside the status counts, as anywhere. */
static gboolean
leave_label_out (GTask  *task,
                 GBytes *body)
{
  Exchange *exchange = g_task_get_task_data (task);
  guint status = soup_message_get_status (exchange->request);
  GUri *base = signet_endpoint_get_base (exchange->endpoint);

  if ((status != SOUP_STATUS_NOT_FOUND && status != SOUP_STATUS_METHOD_NOT_ALLOWED) || exchange->redirects > 0
      || g_str_equal (g_uri_get_path (exchange->uri), g_uri_get_path (base)) || signet_transfer_looks_like_message (body))
    return FALSE;

  g_uri_unref (exchange->uri);
  exchange->uri = g_uri_ref (base);
  g_clear_object (&exchange->stream);
  g_byte_array_set_size (exchange->body, 0);
  send_request (task);

  return TRUE;
}

static void
finish (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);
  SoupMessageHeaders *headers = soup_message_get_response_headers (exchange->request);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GBytes) inside = NULL;
  GBytes *answer = NULL;
  GError *error = NULL;

  if (follow_redirect (task))
    return;
  if (signet_endpoint_get_keep (exchange->endpoint) == SIGNET_TRANSFER_KEEP_DEMANDED && !soup_message_is_keepalive (exchange->request))
    {
      g_task_return_new_error (task, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_HTTP,
                               _("%s answered, but does not keep the connection for the next message, which is demanded."),
                               g_uri_get_host (exchange->uri));
      return;
    }
  body = g_bytes_new (exchange->body->data, exchange->body->len);
  inside = signet_transfer_unframe (signet_endpoint_get_framing (exchange->endpoint), body, &error);
  if (inside != NULL && leave_label_out (task, inside))
    return;
  if (inside != NULL)
    answer = signet_transfer_read_answer (soup_message_get_status (exchange->request),
                                          soup_message_get_reason_phrase (exchange->request),
                                          soup_message_headers_get_one (headers, "Content-Type"),
                                          soup_message_headers_get_one (headers, "Location"), inside, &error);
  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  g_autoptr (GError) reason = NULL;
  g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &reason);

  if (chunk == NULL)
    {
      fail (task, reason);
      return;
    }
  if (g_bytes_get_size (chunk) == 0)
    {
      finish (task);
      return;
    }
  if (exchange->body->len + g_bytes_get_size (chunk) > signet_endpoint_get_size_limit (exchange->endpoint))
    {
      fail_too_large (task);
      return;
    }
  g_byte_array_append (exchange->body, g_bytes_get_data (chunk, NULL), (guint) g_bytes_get_size (chunk));
  g_input_stream_read_bytes_async (exchange->stream, CHUNK, G_PRIORITY_DEFAULT, exchange->limit.cancellable, read_cb,
                                   g_object_ref (task));
}

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Exchange *exchange = g_task_get_task_data (task);
  g_autoptr (GError) reason = NULL;
  goffset length;

  exchange->stream = soup_session_send_finish (SOUP_SESSION (source), result, &reason);
  if (exchange->stream == NULL)
    {
      fail (task, reason);
      return;
    }
  length = soup_message_headers_get_content_length (soup_message_get_response_headers (exchange->request));
  if (length > 0 && (guint64) length > signet_endpoint_get_size_limit (exchange->endpoint))
    {
      fail_too_large (task);
      return;
    }
  g_input_stream_read_bytes_async (exchange->stream, CHUNK, G_PRIORITY_DEFAULT, exchange->limit.cancellable, read_cb,
                                   g_object_ref (task));
}

/* Only where an endpoint names another host than its address, and only for this one error. */
static gboolean
accept_certificate_cb (SoupMessage          *message,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  errors,
                       gpointer              user_data)
{
  Exchange *exchange = user_data;

  if (errors != G_TLS_CERTIFICATE_BAD_IDENTITY)
    return FALSE;
  exchange->wrong_host = !bears_host (exchange, certificate);

  return !exchange->wrong_host;
}

static void
starting_cb (SoupMessage *message,
             gpointer     user_data)
{
  Exchange *exchange = user_data;

  /* A certificate for the host of the address passes the handshake; it may still not be the one that is demanded. */
  if (signet_endpoint_get_tls_host (exchange->endpoint) != NULL && signet_endpoint_is_encrypted (exchange->endpoint)
      && !bears_host (exchange, soup_message_get_tls_peer_certificate (message)))
    {
      exchange->wrong_host = TRUE;
      g_cancellable_cancel (exchange->limit.cancellable);
      return;
    }
  /* Should libsoup ever find that a connection was dead and begin anew by itself: what may have left leaves no second time
   * before the outcome is told as unknown. */
  if (exchange->started)
    g_cancellable_cancel (exchange->limit.cancellable);
  exchange->started = TRUE;
  exchange->left = TRUE;
}

static void
send_request (GTask *task)
{
  Exchange *exchange = g_task_get_task_data (task);
  GTlsCertificate *certificate = signet_endpoint_get_client_certificate (exchange->endpoint);

  g_clear_object (&exchange->request);
  exchange->request = soup_message_new_from_uri (SOUP_METHOD_POST, exchange->uri);
  exchange->started = FALSE;
  soup_message_add_flags (exchange->request, SOUP_MESSAGE_NO_REDIRECT);
  /* To libsoup this says that a connection that was used before may be used again, and nothing else. */
  if (exchange->kept)
    soup_message_add_flags (exchange->request, SOUP_MESSAGE_IDEMPOTENT);
  soup_message_set_request_body_from_bytes (exchange->request, signet_endpoint_get_media_type (exchange->endpoint),
                                           exchange->message);
  if (certificate != NULL)
    soup_message_set_tls_client_certificate (exchange->request, certificate);
  if (signet_endpoint_get_keep (exchange->endpoint) == SIGNET_TRANSFER_KEEP_NOT)
    soup_message_headers_append (soup_message_get_request_headers (exchange->request), "Connection", "close");
  if (signet_endpoint_get_tls_host (exchange->endpoint) != NULL)
    g_signal_connect (exchange->request, "accept-certificate", G_CALLBACK (accept_certificate_cb), exchange);
  /* Emitted when a connection is there and writing begins. POST is never sent a second time by libsoup. */
  g_signal_connect (exchange->request, "starting", G_CALLBACK (starting_cb), exchange);
  soup_session_send_async (exchange->session, exchange->request, G_PRIORITY_DEFAULT, exchange->limit.cancellable, sent_cb,
                           g_object_ref (task));
}

static void
signet_http_transfer_send_async (SignetTransfer      *transfer,
                                 SignetEndpoint      *endpoint,
                                 GBytes              *message,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data)
{
  SignetHttpTransfer *self = SIGNET_HTTP_TRANSFER (transfer);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Exchange *exchange = g_new0 (Exchange, 1);
  SoupSession *kept = NULL;

  g_task_set_task_data (task, exchange, (GDestroyNotify) exchange_free);
  exchange->endpoint = g_object_ref (endpoint);
  exchange->message = signet_transfer_frame (signet_endpoint_get_framing (endpoint), message);
  if (signet_endpoint_get_connection (endpoint) != NULL)
    kept = find_kept (self, endpoint);
  exchange->kept = kept != NULL;
  exchange->session = g_object_ref (kept != NULL ? kept : find_session (self, endpoint));
  exchange->uri = g_uri_ref (signet_endpoint_get_uri (endpoint));
  exchange->body = g_byte_array_new ();
  signet_transfer_limit_begin (&exchange->limit, cancellable, signet_endpoint_get_timeout (endpoint));
  send_request (task);
}

static GBytes *
signet_http_transfer_send_finish (SignetTransfer  *transfer,
                                  GAsyncResult    *result,
                                  GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, transfer), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* The session goes, and with it what is idle; a message under way holds it until it is answered. */
static void
signet_http_transfer_end_connection (SignetTransfer *transfer,
                                     const char     *name)
{
  g_hash_table_remove (SIGNET_HTTP_TRANSFER (transfer)->kept, name);
}

static void
signet_http_transfer_finalize (GObject *object)
{
  SignetHttpTransfer *self = SIGNET_HTTP_TRANSFER (object);

  g_clear_object (&self->session);
  g_clear_object (&self->proxy);
  g_clear_pointer (&self->own_sessions, g_hash_table_unref);
  g_clear_pointer (&self->kept, g_hash_table_unref);

  G_OBJECT_CLASS (signet_http_transfer_parent_class)->finalize (object);
}

static void
signet_http_transfer_class_init (SignetHttpTransferClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_http_transfer_finalize;
}

static void
signet_http_transfer_init (SignetHttpTransfer *self)
{
  self->session = make_session (NULL, NULL, IDLE_TIMEOUT);
  self->idle_timeout = KEPT_TIMEOUT;
  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->own_sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

static void
signet_http_transfer_iface_init (SignetTransferInterface *iface)
{
  iface->send_async = signet_http_transfer_send_async;
  iface->send_finish = signet_http_transfer_send_finish;
  iface->end_connection = signet_http_transfer_end_connection;
}

/**
 * signet_http_transfer_new:
 *
 * Returns: (transfer full): a carrier over HTTP and HTTPS. Each message has a connection of its own unless the endpoint names
 *   one that is kept, and connections never mean anything: an answer belongs to a message by what is in it (RFC 9811 §3.1)
 */
SignetHttpTransfer *
signet_http_transfer_new (void)
{
  return g_object_new (SIGNET_TYPE_HTTP_TRANSFER, NULL);
}

void
signet_http_transfer_set_idle_timeout (SignetHttpTransfer *self,
                                       guint               seconds)
{
  g_return_if_fail (SIGNET_IS_HTTP_TRANSFER (self));
  g_return_if_fail (seconds > 0);

  self->idle_timeout = seconds;
}

void
signet_http_transfer_set_proxy_resolver (SignetHttpTransfer *self,
                                         GProxyResolver     *resolver)
{
  g_return_if_fail (SIGNET_IS_HTTP_TRANSFER (self));
  g_return_if_fail (G_IS_PROXY_RESOLVER (resolver));

  g_set_object (&self->proxy, resolver);
  soup_session_set_proxy_resolver (self->session, resolver);
  g_hash_table_remove_all (self->kept);
  g_hash_table_remove_all (self->own_sessions);
}
