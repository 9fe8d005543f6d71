/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <locale.h>

#include <glib/gi18n-lib.h>

#include "cli/cli-cmp.h"
#include "cli/cli.h"
#include "store/store.h"

G_DEFINE_QUARK (signet-cli-error-quark, signet_cli_error)

static const SignetCliCommand *const command_tables[] = {
  signet_cli_store_commands,
  signet_cli_authority_commands,
  signet_cli_request_commands,
  signet_cli_list_commands,
  signet_cli_export_commands,
  signet_cli_message_commands,
  signet_cli_cmp_commands,
};

static const char *const status_help = N_(
  "Exit status:\n"
  "   0  done\n"
  "   1  failed; the message says why\n"
  "   2  the command line is wrong\n"
  "   3  the authority rejected the request\n"
  "   4  still waiting: the time is up, or a reply is to be carried by hand\n"
  "   5  the outcome is unknown: sent, but no answer came; it may have been issued\n"
  "   6  the store is locked: a passphrase or the keyring is needed\n"
  "   7  no such request, certificate, key or authority\n"
  "   8  not possible in the present state\n"
  "   9  the worker could not be started or reached\n"
  "  10  a question waits for \"signetctl answer\"\n"
  "  11  the request was cancelled\n");

static SignetCliStatus
status_of_error (const GError *error)
{
  static const SignetCliStatus of_client_error[] = {
    [SIGNET_CLIENT_ERROR_FAILED] = SIGNET_CLI_FAILED,
    [SIGNET_CLIENT_ERROR_NO_WORKER] = SIGNET_CLI_NO_WORKER,
    [SIGNET_CLIENT_ERROR_VERSION] = SIGNET_CLI_NO_WORKER,
    [SIGNET_CLIENT_ERROR_LOCKED] = SIGNET_CLI_LOCKED,
    [SIGNET_CLIENT_ERROR_NOT_FOUND] = SIGNET_CLI_NOT_FOUND,
    [SIGNET_CLIENT_ERROR_BUSY] = SIGNET_CLI_BUSY,
    [SIGNET_CLIENT_ERROR_INVALID] = SIGNET_CLI_USAGE,
  };

  if (error->domain == SIGNET_CLI_ERROR)
    return (SignetCliStatus) error->code;
  if (error->domain == G_OPTION_ERROR)
    return SIGNET_CLI_USAGE;
  if (error->domain == SIGNET_CLIENT_ERROR && (gsize) error->code < G_N_ELEMENTS (of_client_error))
    return of_client_error[error->code];

  return SIGNET_CLI_FAILED;
}

static const char *
status_name (SignetCliStatus status)
{
  static const char *const names[] = {
    "done", "failed", "usage", "rejected", "waiting", "unknown", "locked", "not-found", "busy", "no-worker", "question",
    "cancelled",
  };

  return (gsize) status < G_N_ELEMENTS (names) ? names[status] : "failed";
}

void
signet_cli_add_error (SignetJson      *json,
                      SignetCliStatus  status,
                      const GError    *error)
{
  signet_json_begin_object (json, "error");
  signet_json_add_string (json, "code", status_name (status));
  signet_json_add_int (json, "status", status);
  signet_json_add_string (json, "message", error->message);
  signet_json_end_object (json);
}

static void
tell_error (SignetCli       *cli,
            SignetCliStatus  status,
            const GError    *error)
{
  g_printerr ("signetctl: %s\n", error->message);
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_cli_add_error (json, status, error);
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
}

static void
add_global_options (SignetCli      *cli,
                    GOptionContext *context,
                    gboolean       *version)
{
  const GOptionEntry entries[] = {
    { "home", 0, 0, G_OPTION_ARG_FILENAME, &cli->home, N_("Folder of the store; default: $SIGNET_HOME, else your own"),
      N_("DIR") },
    { "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &cli->passphrase_file, N_("File with the passphrase of the store"),
      N_("FILE") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &cli->json, N_("Print JSON"), NULL },
    { "version", 0, version != NULL ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, version, N_("Print the version"), NULL },
    G_OPTION_ENTRY_NULL
  };

  /* The version is asked of the program, not of a command. */
  if (version != NULL)
    {
      g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    }
  else
    {
      GOptionGroup *group = g_option_group_new ("global", NULL, NULL, NULL, NULL);
      GOptionEntry shared[] = { entries[0], entries[1], entries[2], G_OPTION_ENTRY_NULL };

      g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
      g_option_group_add_entries (group, shared);
      g_option_context_set_main_group (context, group);
    }
}

gboolean
signet_cli_parse (SignetCli           *cli,
                  char              ***args,
                  const GOptionEntry  *entries,
                  const char          *usage,
                  const char          *summary,
                  guint                min,
                  guint                max,
                  GError             **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  guint given;

  g_set_prgname ((*args)[0]);
  add_global_options (cli, context, NULL);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, _(status_help));
  if (!g_option_context_parse_strv (context, args, error))
    return FALSE;

  given = g_strv_length (*args) - 1;
  if (given < min || given > max)
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE,
                   given < min ? _("An argument is missing; usage: %s [OPTION…] %s")
                               : _("There are too many arguments; usage: %s [OPTION…] %s"),
                   (*args)[0], usage != NULL ? usage : "");
      return FALSE;
    }

  return TRUE;
}

static void
print_help (void)
{
  g_print (_("Usage: signetctl [OPTION…] COMMAND [ARGUMENT…]\n\n"
             "Requests, watches and exports certificates by the Certificate Management Protocol.\n\nCommands:\n"));
  for (guint t = 0; t < G_N_ELEMENTS (command_tables); t++)
    for (const SignetCliCommand *command = command_tables[t]; command->name != NULL; command++)
      {
        g_autofree char *name = g_strjoin (" ", command->group != NULL ? command->group : command->name,
                                           command->group != NULL ? command->name : NULL, NULL);

        g_print ("  %-20s %s\n", name, _(command->summary));
      }
  g_print (_("\nOptions, before or behind the command:\n"
             "  --home=DIR               Folder of the store; default: $SIGNET_HOME, else your own\n"
             "  --passphrase-file=FILE   File with the passphrase of the store\n"
             "  --json                   Print JSON\n"
             "  --version                Print the version\n"
             "  -h, --help               Show this; behind a command, what that command takes\n\n"));
  g_print ("%s", _(status_help));
}

static const SignetCliCommand *
find_command (char **words,
              guint *used)
{
  for (guint t = 0; t < G_N_ELEMENTS (command_tables); t++)
    for (const SignetCliCommand *command = command_tables[t]; command->name != NULL; command++)
      {
        *used = command->group != NULL ? 2 : 1;
        if (command->group == NULL && g_str_equal (words[0], command->name))
          return command;
        if (command->group != NULL && g_str_equal (words[0], command->group) && words[1] != NULL
            && g_str_equal (words[1], command->name))
          return command;
      }

  return NULL;
}

static SignetCliStatus
run_command (SignetCli  *cli,
             char      **words,
             GError    **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) args = NULL;
  g_autofree char *name = NULL;
  const SignetCliCommand *command;
  guint used;

  command = find_command (words, &used);
  if (command == NULL)
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("There is no command “%s”; see signetctl --help"), words[0]);
      return SIGNET_CLI_USAGE;
    }

  name = g_strjoin (" ", "signetctl", words[0], used == 2 ? words[1] : NULL, NULL);
  g_strv_builder_add (builder, name);
  g_strv_builder_addv (builder, (const char **) words + used);
  args = g_strv_builder_end (builder);

  return command->run (cli, g_steal_pointer (&args), error);
}

static SignetCliStatus
run_program (SignetCli  *cli,
             char      **args,
             GError    **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_auto (GStrv) words = g_strdupv (args);
  gboolean version = FALSE;
  gboolean help = FALSE;
  const GOptionEntry help_entries[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };

  /* Only what stands before the command is read here: the command reads the rest. */
  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_set_help_enabled (context, FALSE);
  add_global_options (cli, context, &version);
  g_option_context_add_main_entries (context, help_entries, NULL);
  if (!g_option_context_parse_strv (context, &words, error))
    return SIGNET_CLI_USAGE;

  if (version)
    {
      g_print ("signetctl %s\n", PACKAGE_VERSION);
      return SIGNET_CLI_DONE;
    }
  if (help)
    {
      print_help ();
      return SIGNET_CLI_DONE;
    }
  if (words[1] == NULL)
    {
      g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("No command was given; see signetctl --help"));
      return SIGNET_CLI_USAGE;
    }

  return run_command (cli, words + 1, error);
}

int
signet_cli_main (int    argc,
                 char **argv)
{
  SignetCli cli = { 0 };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) args = NULL;
  SignetCliStatus status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  g_set_prgname ("signetctl");
  signet_store_keep_off_this_thread ();

  args = signet_cli_cmp_hide_secrets (&cli, argc, argv);
  status = run_program (&cli, args, &error);
  if (error != NULL)
    {
      status = status_of_error (error);
      tell_error (&cli, status, error);
    }
  g_clear_object (&cli.client);
  g_clear_pointer (&cli.secrets, g_ptr_array_unref);
  g_free (cli.home);
  g_free (cli.passphrase_file);

  return status;
}
