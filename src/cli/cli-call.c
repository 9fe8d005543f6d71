/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/cli.h"
#include "cli/cli-secret.h"

/* signetctl does one thing after the other: each call of the client, which never blocks, is waited for here by turning
 * the one main context there is. */

static void
keep_result (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static gboolean
unlock (SignetCli  *cli,
        GError    **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GUnixFDList) fds = signet_cli_secret_list (cli->passphrase_file, -1, NULL, error);

  if (fds == NULL)
    return FALSE;
  reply = signet_cli_call (cli, "Unlock", signet_cli_secret_argument (fds), fds, error);

  return reply != NULL;
}

gboolean
signet_cli_open (SignetCli  *cli,
                 GError    **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  cli->client = signet_client_new (cli->home, cli->passphrase_file);
  signet_client_open_async (cli->client, NULL, keep_result, &result);
  if (!signet_client_open_finish (cli->client, wait_for_result (&result), error))
    return FALSE;
  /* A worker that ran already was started without this passphrase. */
  if (cli->passphrase_file != NULL && g_strcmp0 (signet_client_get_state (cli->client), "locked") == 0)
    return unlock (cli, error);

  return TRUE;
}

GVariant *
signet_cli_call (SignetCli    *cli,
                 const char   *method,
                 GVariant     *arguments,
                 GUnixFDList  *fds,
                 GError      **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  signet_client_call_async (cli->client, method, arguments, fds, NULL, keep_result, &result);

  return signet_client_call_finish (cli->client, wait_for_result (&result), error);
}

static gboolean
time_is_up (gpointer user_data)
{
  gboolean *up = user_data;

  *up = TRUE;

  return G_SOURCE_REMOVE;
}

gboolean
signet_cli_wait (SignetCli     *cli,
                 SignetCliDone  done,
                 gpointer       user_data,
                 int            timeout)
{
  gboolean up = FALSE;
  gboolean finished;
  guint source = timeout >= 0 ? g_timeout_add_seconds (timeout, time_is_up, &up) : 0;

  while (!(finished = done (cli, user_data)) && !up)
    g_main_context_iteration (NULL, TRUE);
  if (source != 0 && !up)
    g_source_remove (source);

  return finished;
}

void
signet_cli_print_json (SignetJson *json)
{
  g_autofree char *text = signet_json_finish (json);

  g_print ("%s", text);
  signet_json_free (json);
}
