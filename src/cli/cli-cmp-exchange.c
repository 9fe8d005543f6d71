/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "cli/cli-cmp.h"
#include "cli/cli-output.h"
#include "cmp/cmp-exposure.h"
#include "transfer/transfer-http.h"

/* Messages go to the server, which the main thread talks to, or to and from files. The thread that works waits for them. */

#define MAX_ANSWER SIGNET_CMP_MESSAGE_MAX_SIZE

struct _SignetCliCmpTransport {
  SignetCliCmp *run;
  SignetTransfer *carrier;      /* (nullable): no server was given */
  SignetEndpoint *endpoint;     /* (nullable) */
  char **files_in;              /* -rspin */
  char **files_out;             /* -rspout */
  char **requests_out;          /* -reqout */
  guint next_in;
  guint next_out;
  guint next_request;
};

/* One message on its way: written by the thread that waits, then by the main thread. */
typedef struct {
  SignetCliCmpTransport *transport;
  GBytes *request;
  GCancellable *cancellable;
  GMutex mutex;
  GCond cond;
  gboolean over;
  GBytes *answer;
  GError *error;
} Exchange;

static void
sent_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Exchange *exchange = user_data;
  GError *error = NULL;
  GBytes *answer = signet_transfer_send_finish (SIGNET_TRANSFER (source), result, &error);

  g_mutex_lock (&exchange->mutex);
  exchange->answer = answer;
  exchange->error = error;
  exchange->over = TRUE;
  g_cond_signal (&exchange->cond);
  g_mutex_unlock (&exchange->mutex);
}

static gboolean
send_in_main (gpointer user_data)
{
  Exchange *exchange = user_data;

  signet_transfer_send_async (exchange->transport->carrier, exchange->transport->endpoint, exchange->request, exchange->cancellable,
                              sent_cb, exchange);

  return G_SOURCE_REMOVE;
}

/* Until the answer is there; past @left seconds it is given up. 0: however long it takes. */
static void
wait_for (Exchange *exchange,
          guint     left)
{
  gint64 end = g_get_monotonic_time () + (gint64) left * G_TIME_SPAN_SECOND;
  gboolean in_time = TRUE;

  g_mutex_lock (&exchange->mutex);
  while (!exchange->over && in_time && left > 0)
    in_time = g_cond_wait_until (&exchange->cond, &exchange->mutex, end);
  if (!in_time)
    g_cancellable_cancel (exchange->cancellable);
  while (!exchange->over)
    g_cond_wait (&exchange->cond, &exchange->mutex);
  g_mutex_unlock (&exchange->mutex);
}

static void
warn_of_exposure (SignetCliCmpTransport *transport,
                  GBytes                *request)
{
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autofree char *words = NULL;

  if (transport->endpoint == NULL || signet_endpoint_is_encrypted (transport->endpoint))
    return;
  message = signet_cmp_message_parse (request, NULL);
  if (message != NULL)
    words = signet_cmp_message_explain_exposure (message);
  if (words != NULL)
    signet_cli_cmp_log (transport->run, SIGNET_CLI_CMP_LOG_WARNING, "%s", words);
}

/* -keep_alive 2: only a message that others follow demands a connection that lasts. */
static void
demand_connection (SignetCliCmpTransport *transport,
                   GBytes                *request)
{
  g_autoptr (SignetCmpMessage) message = NULL;
  SignetTransferKeep keep = SIGNET_TRANSFER_KEEP_IF_USEFUL;

  if (transport->endpoint == NULL || signet_cli_cmp_number (transport->run, "keep_alive", 1) != 2)
    return;
  message = signet_cmp_message_parse (request, NULL);
  switch (message != NULL ? (int) signet_cmp_message_get_body_type (message) : -1)
    {
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
    case SIGNET_CMP_BODY_P10CR:
    case SIGNET_CMP_BODY_KUR:
    case SIGNET_CMP_BODY_POLLREQ:
      keep = SIGNET_TRANSFER_KEEP_DEMANDED;
      break;
    default:
      break;
    }
  signet_endpoint_set_keep (transport->endpoint, keep);
}

static GBytes *
ask_server (SignetCliCmpTransport  *transport,
            GBytes                 *request,
            guint                   left,
            GError                **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Exchange exchange = { .transport = transport, .request = request, .cancellable = cancellable };

  if (transport->carrier == NULL)
    {
      signet_cli_cmp_usage (error, _("There is nobody to ask: give -server, or enough files by -rspin"));
      return NULL;
    }
  g_mutex_init (&exchange.mutex);
  g_cond_init (&exchange.cond);
  g_main_context_invoke (transport->run->main, send_in_main, &exchange);
  wait_for (&exchange, left);
  g_mutex_clear (&exchange.mutex);
  g_cond_clear (&exchange.cond);
  if (exchange.error != NULL)
    g_propagate_error (error, exchange.error);

  return exchange.answer;
}

/* The next file of a list takes @message; with none left nothing is written. */
static gboolean
write_next (SignetCliCmpTransport  *transport,
            const char             *option,
            char                  **files,
            guint                  *next,
            GBytes                 *message,
            GError                **error)
{
  if (files[0] == NULL)
    return TRUE;
  if (files[*next] == NULL)
    {
      signet_cli_cmp_log (transport->run, SIGNET_CLI_CMP_LOG_WARNING, _("-%s names too few files: this message is not saved"), option);
      return TRUE;
    }

  return signet_cli_cmp_write (files[(*next)++], message, 0644, error);
}

static SignetTransfer *
make_carrier (SignetCliCmp *self,
              gboolean      encrypted)
{
  SignetHttpTransfer *carrier = signet_http_transfer_new ();
  g_autoptr (GProxyResolver) proxy = signet_cli_cmp_proxy_new (self, encrypted);

  signet_http_transfer_set_proxy_resolver (carrier, proxy);

  return SIGNET_TRANSFER (carrier);
}

SignetCliCmpTransport *
signet_cli_cmp_transport_new (SignetCliCmp  *self,
                              GError       **error)
{
  g_autoptr (SignetCliCmpTransport) transport = g_new0 (SignetCliCmpTransport, 1);

  transport->run = self;
  transport->files_in = signet_cli_cmp_items (self, "rspin");
  transport->files_out = signet_cli_cmp_items (self, "rspout");
  transport->requests_out = signet_cli_cmp_items (self, "reqout");
  if (signet_cli_cmp_given (self, "server") && !signet_cli_cmp_given (self, "reqout_only"))
    {
      transport->endpoint = signet_cli_cmp_endpoint_new (self, error);
      if (transport->endpoint == NULL)
        return NULL;
      transport->carrier = make_carrier (self, signet_endpoint_is_encrypted (transport->endpoint));
    }
  else if (transport->files_in[0] == NULL && !signet_cli_cmp_given (self, "reqout_only"))
    {
      signet_cli_cmp_usage (error, _("Nobody is named to ask: -server, or -rspin, is missing"));
      return NULL;
    }

  return g_steal_pointer (&transport);
}

static gboolean
drop_in_main (gpointer carrier)
{
  g_object_unref (carrier);

  return G_SOURCE_REMOVE;
}

void
signet_cli_cmp_transport_free (SignetCliCmpTransport *transport)
{
  /* Its connections belong to the loop of the main thread, which takes this before it is told that the work is done. */
  if (transport->carrier != NULL)
    g_main_context_invoke (transport->run->main, drop_in_main, transport->carrier);
  g_clear_object (&transport->endpoint);
  g_strfreev (transport->files_in);
  g_strfreev (transport->files_out);
  g_strfreev (transport->requests_out);
  g_free (transport);
}

gboolean
signet_cli_cmp_transport_note_request (SignetCliCmpTransport  *transport,
                                       GBytes                 *request,
                                       GError                **error)
{
  return write_next (transport, "reqout", transport->requests_out, &transport->next_request, request, error);
}

GBytes *
signet_cli_cmp_transport_exchange (SignetCliCmpTransport  *transport,
                                   GBytes                 *request,
                                   guint                   left,
                                   gboolean               *from_file,
                                   GError                **error)
{
  g_autoptr (GBytes) answer = NULL;

  *from_file = transport->files_in[transport->next_in] != NULL;
  if (*from_file)
    {
      const char *file = transport->files_in[transport->next_in++];

      signet_cli_cmp_log (transport->run, SIGNET_CLI_CMP_LOG_INFO, _("The answer is read from %s"), file);
      answer = signet_cli_read_file (file, MAX_ANSWER, error);
    }
  else
    {
      if (transport->next_in > 0 && transport->carrier != NULL)
        signet_cli_cmp_log (transport->run, SIGNET_CLI_CMP_LOG_WARNING, _("-rspin names too few files: the server is asked"));
      warn_of_exposure (transport, request);
      demand_connection (transport, request);
      answer = ask_server (transport, request, left, error);
    }
  if (answer == NULL || !write_next (transport, "rspout", transport->files_out, &transport->next_out, answer, error))
    return NULL;

  return g_steal_pointer (&answer);
}
