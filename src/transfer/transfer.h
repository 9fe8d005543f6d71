/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/**
 * SignetTransferError:
 * @SIGNET_TRANSFER_ERROR_NOT_DELIVERED: nothing left this machine: name not found, connection refused, TLS not agreed
 * @SIGNET_TRANSFER_ERROR_UNKNOWN: octets left, no answer came: the outcome is unknown (RFC 9811 §3.3 notwithstanding)
 * @SIGNET_TRANSFER_ERROR_HTTP: an HTTP status and no CMP message in the body; the message names status and page title
 * @SIGNET_TRANSFER_ERROR_NOT_CMP: an answer that is no CMP message, such as an HTML page
 * @SIGNET_TRANSFER_ERROR_TOO_LARGE: more octets than the limit
 * @SIGNET_TRANSFER_ERROR_REDIRECT: a redirect that the settings do not allow to follow
 * @SIGNET_TRANSFER_ERROR_URL: an address that cannot be used
 */
typedef enum {
  SIGNET_TRANSFER_ERROR_NOT_DELIVERED,
  SIGNET_TRANSFER_ERROR_UNKNOWN,
  SIGNET_TRANSFER_ERROR_HTTP,
  SIGNET_TRANSFER_ERROR_NOT_CMP,
  SIGNET_TRANSFER_ERROR_TOO_LARGE,
  SIGNET_TRANSFER_ERROR_REDIRECT,
  SIGNET_TRANSFER_ERROR_URL,
} SignetTransferError;

#define SIGNET_TRANSFER_ERROR (signet_transfer_error_quark ())
GQuark signet_transfer_error_quark (void);

/**
 * SignetTransferFraming:
 * @SIGNET_TRANSFER_FRAMING_NONE: the message and nothing else, RFC 9811 §3.1
 * @SIGNET_TRANSFER_FRAMING_TCP: behind the seven octets of the TCP transfer of version 10, which older servers keep in HTTP
 * @SIGNET_TRANSFER_FRAMING_TCP_BASE64: the same, all of it in base64: IBM z/OS
 */
typedef enum {
  SIGNET_TRANSFER_FRAMING_NONE,
  SIGNET_TRANSFER_FRAMING_TCP,
  SIGNET_TRANSFER_FRAMING_TCP_BASE64,
} SignetTransferFraming;
/* "none", "tcp", "tcp-base64". */
gboolean signet_transfer_framing_from_name (const char *name, SignetTransferFraming *framing);

/**
 * SignetTransferKeep:
 * @SIGNET_TRANSFER_KEEP_IF_USEFUL: the header says nothing, which in HTTP/1.1 means that the connection may be used again
 * @SIGNET_TRANSFER_KEEP_NOT: "Connection: close"
 * @SIGNET_TRANSFER_KEEP_DEMANDED: an answer whose server ends the connection is an error
 */
typedef enum {
  SIGNET_TRANSFER_KEEP_IF_USEFUL,
  SIGNET_TRANSFER_KEEP_NOT,
  SIGNET_TRANSFER_KEEP_DEMANDED,
} SignetTransferKeep;

/**
 * SignetEndpoint:
 *
 * Where messages of one authority go: address, limits, TLS. Set up once, then shared read-only.
 */
#define SIGNET_TYPE_ENDPOINT (signet_endpoint_get_type ())
G_DECLARE_FINAL_TYPE (SignetEndpoint, signet_endpoint, SIGNET, ENDPOINT, GObject)

/* http or https; a path of its own, else /.well-known/cmp (RFC 9483 §6.1). User info, query and fragment are refused. */
SignetEndpoint *signet_endpoint_new (const char *url, GError **error) G_GNUC_WARN_UNUSED_RESULT;
const char *signet_endpoint_get_url (SignetEndpoint *self);
/* RFC 9483 §6.1, Table 1: "initialization", "certification"; %NULL (the default): no operation label. A server that says by its
 * HTTP status that there is no such place is asked without it. */
void signet_endpoint_set_label (SignetEndpoint *self, const char *label);
/* The label of an operation, named by its request's body as RFC 9483 §6.1 has it, or by the information that a genm asks for:
 * "ir", "p10cr", "caCerts", "crlStatusList". %NULL: there is none (krr, ccr, any other genm). */
const char *signet_endpoint_label_for_operation (const char *operation);
/* RFC 9811 §3.4: /.well-known/cmp/p/<name>; %NULL (the default): without. %FALSE with %SIGNET_TRANSFER_ERROR_URL where the
 * address has a path of its own. */
gboolean signet_endpoint_set_path_name (SignetEndpoint *self, const char *name, GError **error);
/* Habits of older servers; off by default. A slash that ends the path; what is put around a message; and the media type of
 * what is sent: "application/pkixcmp", "application/pkixcmp-poll" (RFC 9811 §4) or "application/x-pkixcmp" (RFC 2510 §5.3). */
void signet_endpoint_set_trailing_slash (SignetEndpoint *self, gboolean slash);
void signet_endpoint_set_framing (SignetEndpoint *self, SignetTransferFraming framing);
gboolean signet_endpoint_set_media_type (SignetEndpoint *self, const char *type, GError **error);
void signet_endpoint_set_timeout (SignetEndpoint *self, guint seconds);             /* for the whole exchange; default 60 */
void signet_endpoint_set_size_limit (SignetEndpoint *self, gsize octets);           /* default 1 MiB */
void signet_endpoint_set_follow_redirects (SignetEndpoint *self, gboolean follow);  /* 307, 308, same origin; default %FALSE */
/* PEM of anchors for TLS only (R414); %NULL: the system's. */
gboolean signet_endpoint_set_tls_anchors (SignetEndpoint *self, const char *pem, GError **error);
void signet_endpoint_set_client_certificate (SignetEndpoint *self, GTlsCertificate *certificate);
/* DNS name or IP address that the certificate of the TLS server must bear instead of the host in the address; %NULL (the default):
 * that host. All else about the certificate is checked as ever. */
void signet_endpoint_set_tls_host (SignetEndpoint *self, const char *host);
/* What stands behind "?" in the address, escaped; %NULL (the default): nothing. */
void signet_endpoint_set_query (SignetEndpoint *self, const char *query);
/* What is said of the connection in what is sent from now on. */
void signet_endpoint_set_keep (SignetEndpoint *self, SignetTransferKeep keep);
/* Messages to endpoints with the same name follow each other on one connection while it lasts, until
 * signet_transfer_end_connection (); %NULL (the default): each has its own. */
void signet_endpoint_set_connection (SignetEndpoint *self, const char *name);
gboolean signet_endpoint_is_encrypted (SignetEndpoint *self);

/**
 * SignetTransfer:
 *
 * A carrier of messages: gives octets to an endpoint and brings the answer, or tells by #SignetTransferError whether they
 * may have arrived. A cancelled send reports %G_IO_ERROR_CANCELLED; the octets may have left.
 */
#define SIGNET_TYPE_TRANSFER (signet_transfer_get_type ())
G_DECLARE_INTERFACE (SignetTransfer, signet_transfer, SIGNET, TRANSFER, GObject)
struct _SignetTransferInterface {
  GTypeInterface parent;
  void (*send_async) (SignetTransfer *self, SignetEndpoint *endpoint, GBytes *message, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data);
  GBytes *(*send_finish) (SignetTransfer *self, GAsyncResult *result, GError **error);
  void (*end_connection) (SignetTransfer *self, const char *name);           /* may be absent */
};
void signet_transfer_send_async (SignetTransfer *self, SignetEndpoint *endpoint, GBytes *message, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
GBytes *signet_transfer_send_finish (SignetTransfer *self, GAsyncResult *result, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_transfer_end_connection (SignetTransfer *self, const char *name);
