/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-records.h"
#include "cli/cli-secret.h"

static void
tell_state (SignetCli *cli)
{
  const char *state = signet_client_get_state (cli->client);

  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_json_add_string (json, "home", signet_client_get_home (cli->client));
      signet_json_add_string (json, "state", state);
      signet_json_add_int (json, "authorities", g_list_model_get_n_items (signet_client_get_authorities (cli->client)));
      signet_json_add_int (json, "requests", g_list_model_get_n_items (signet_client_get_requests (cli->client)));
      signet_json_add_int (json, "certificates", g_list_model_get_n_items (signet_client_get_certificates (cli->client)));
      signet_json_add_int (json, "keys", g_list_model_get_n_items (signet_client_get_keys (cli->client)));
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
  else
    {
      g_print (_("Store: %s\nState: %s\n"), signet_client_get_home (cli->client), state);
    }
}

static SignetCliStatus
run_status (SignetCli  *cli,
            char      **args,
            GError    **error)
{
  g_auto (GStrv) words = args;

  if (!signet_cli_parse (cli, &words, NULL, NULL, _("Shows where the store is, and whether it is locked."), 0, 0, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  tell_state (cli);

  return SIGNET_CLI_DONE;
}

/* Calls a method that takes a passphrase only. */
static SignetCliStatus
call_with_passphrase (SignetCli    *cli,
                      const char   *method,
                      const char   *file,
                      int           fd,
                      const char   *prompt,
                      GError      **error)
{
  g_autoptr (GUnixFDList) fds = signet_cli_secret_list (file, fd, prompt, error);
  g_autoptr (GVariant) reply = NULL;

  if (fds == NULL)
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, method, signet_cli_secret_argument (fds), fds, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  tell_state (cli);

  return SIGNET_CLI_DONE;
}

static SignetCliStatus
run_unlock (SignetCli  *cli,
            char      **args,
            GError    **error)
{
  g_auto (GStrv) words = args;

  if (!signet_cli_parse (cli, &words, NULL, NULL,
                         _("Opens the store with its passphrase, from --passphrase-file or asked for on the terminal."), 0, 0, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  if (g_strcmp0 (signet_client_get_state (cli->client), "ready") == 0)
    {
      tell_state (cli);
      return SIGNET_CLI_DONE;
    }

  return call_with_passphrase (cli, "Unlock", cli->passphrase_file, -1, _("Passphrase of the store"), error);
}

static SignetCliStatus
run_passphrase_set (SignetCli  *cli,
                    char      **args,
                    GError    **error)
{
  g_auto (GStrv) words = args;
  g_autofree char *file = NULL;
  int fd = -1;
  const GOptionEntry entries[] = {
    { "new-file", 0, 0, G_OPTION_ARG_FILENAME, &file, N_("File with the new passphrase"), N_("FILE") },
    { "new-fd", 0, 0, G_OPTION_ARG_INT, &fd, N_("Open descriptor to read it from"), N_("NUMBER") },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, NULL,
                         _("Sets the passphrase that opens the store where the keyring does not, and after it was lost."),
                         0, 0, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;

  return call_with_passphrase (cli, "SetPassphrase", file, fd, _("New passphrase of the store"), error);
}

static SignetCliStatus
run_passphrase_remove (SignetCli  *cli,
                       char      **args,
                       GError    **error)
{
  g_auto (GStrv) words = args;

  if (!signet_cli_parse (cli, &words, NULL, NULL, _("Removes the passphrase: only the keyring opens the store then."), 0, 0, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;

  return call_with_passphrase (cli, "SetPassphrase", NULL, -1, NULL, error);
}

static SignetCliStatus
run_quit (SignetCli  *cli,
          char      **args,
          GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) reason = NULL;

  if (!signet_cli_parse (cli, &words, NULL, NULL, _("Ends the worker of the store, after what is durable is finished."), 0, 0, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "Quit", NULL, NULL, &reason);
  /* It may be gone before its answer is through. */
  if (reply == NULL && !g_error_matches (reason, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NO_WORKER))
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return SIGNET_CLI_FAILED;
    }

  return SIGNET_CLI_DONE;
}

const SignetCliCommand signet_cli_store_commands[] = {
  { NULL, "status", N_("Show the store and its state"), run_status },
  { NULL, "unlock", N_("Open the store with its passphrase"), run_unlock },
  { "passphrase", "set", N_("Set the passphrase of the store"), run_passphrase_set },
  { "passphrase", "remove", N_("Remove the passphrase of the store"), run_passphrase_remove },
  { NULL, "quit", N_("End the worker"), run_quit },
  { NULL, NULL, NULL, NULL },
};
