/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "cli/cli-change.h"
#include "cli/cli-output.h"
#include "cli/cli-preset.h"
#include "cli/cli-records.h"
#include "cli/cli-secret.h"
#include "cli/cli-settings.h"

static SignetCliStatus
call_for_authority (SignetCli    *cli,
                    const char   *method,
                    GVariant     *arguments,
                    GUnixFDList  *fds,
                    GError      **error)
{
  g_autoptr (GVariant) reply = signet_cli_call (cli, method, arguments, fds, error);
  g_autoptr (SignetItem) item = NULL;
  gint64 id;

  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  g_variant_get (reply, "(x)", &id);
  if (fds != NULL)
    signet_cli_warn_of_shared_code (cli, id, fds);
  item = signet_cli_await (cli, SIGNET_CLI_KIND_AUTHORITY, id, error);
  if (item == NULL)
    return SIGNET_CLI_FAILED;
  signet_cli_show_item (cli, item);

  return SIGNET_CLI_DONE;
}

static SignetCliStatus
run_add (SignetCli  *cli,
         char      **args,
         GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (SignetCliSettings) settings = signet_cli_settings_new ();
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariantDict) dict = NULL;
  const char *prompt;
  const char *url = NULL;

  if (!signet_cli_parse (cli, &words, signet_cli_settings_entries (settings), NULL,
                         _("Adds a certificate authority: where it is, how it is recognised and how you prove who you are.\n"
                           "One of --anchor, --anchor-fingerprint and --accept-root says how it is recognised."), 0, 0, error))
    return SIGNET_CLI_USAGE;
  dict = signet_cli_settings_read (settings, error);
  if (dict == NULL || !signet_cli_open (cli, error) || !signet_cli_settings_find_identity (cli, settings, dict, error))
    return SIGNET_CLI_FAILED;

  prompt = g_variant_dict_contains (dict, "reference") ? _("Code for this reference") : NULL;
  fds = signet_cli_secret_list (settings->secret_file, settings->secret_fd, prompt, error);
  if (fds == NULL)
    return SIGNET_CLI_FAILED;
  g_variant_dict_lookup (dict, "url", "&s", &url);
  signet_cli_warn_of_plain_code (url, fds);

  return call_for_authority (cli, "AddAuthority",
                             g_variant_new ("(@a{sv}@ah)", g_variant_dict_end (dict), signet_cli_secret_handles (fds)),
                             fds, error);
}

static SignetCliStatus
run_list (SignetCli  *cli,
          char      **args,
          GError    **error)
{
  g_auto (GStrv) words = args;

  if (!signet_cli_parse (cli, &words, NULL, NULL, _("Lists the authorities."), 0, 0, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  signet_cli_print_list (cli, "authorities", SIGNET_CLI_KIND_AUTHORITY);

  return SIGNET_CLI_DONE;
}

static SignetCliStatus
run_show (SignetCli  *cli,
          char      **args,
          GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (SignetItem) item = NULL;
  gint64 id;

  if (!signet_cli_parse (cli, &words, NULL, _("AUTHORITY"), _("Shows one authority, by ID or name."), 1, 1, error)
      || !signet_cli_open (cli, error)
      || !signet_cli_find_authority (cli, words[1], &id, error))
    return SIGNET_CLI_FAILED;
  item = signet_cli_lookup (cli, SIGNET_CLI_KIND_AUTHORITY, id, error);
  if (item == NULL)
    return SIGNET_CLI_NOT_FOUND;
  signet_cli_show_item (cli, item);

  return SIGNET_CLI_DONE;
}

static void
tell_done (SignetCli     *cli,
           const char    *what,
           SignetCliKind  kind,
           gint64         id)
{
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();
      g_autofree char *text = signet_cli_format_id (kind, id);

      signet_json_begin_object (json, NULL);
      signet_json_add_string (json, what, text);
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
}

static SignetCliStatus
run_remove (SignetCli  *cli,
            char      **args,
            GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (GVariant) reply = NULL;
  gboolean force = FALSE;
  gint64 id;
  const GOptionEntry entries[] = {
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, N_("Also while requests to it are open: they are given up"), NULL },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("AUTHORITY"),
                         _("Removes an authority and its code. The demo authority is stopped and all it issued forgotten."),
                         1, 1, error)
      || !signet_cli_open (cli, error)
      || !signet_cli_find_authority (cli, words[1], &id, error))
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "RemoveAuthority", g_variant_new ("(xb)", id, force), NULL, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  tell_done (cli, "removed", SIGNET_CLI_KIND_AUTHORITY, id);

  return SIGNET_CLI_DONE;
}

static SignetCliStatus
run_code (SignetCli  *cli,
          char      **args,
          GError    **error)
{
  g_auto (GStrv) words = args;
  g_autofree char *reference = NULL;
  g_autofree char *file = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  int fd = -1;
  gint64 id;
  const GOptionEntry entries[] = {
    { "reference", 0, 0, G_OPTION_ARG_STRING, &reference, N_("Another reference; default: as it was"), N_("TEXT") },
    { "secret-file", 0, 0, G_OPTION_ARG_FILENAME, &file, N_("File with the code"), N_("FILE") },
    { "secret-fd", 0, 0, G_OPTION_ARG_INT, &fd, N_("Open descriptor to read the code from"), N_("NUMBER") },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("AUTHORITY"),
                         _("Takes another code for an authority, as when the first was used up. Asks for it on the terminal "
                           "where no option says where it is."), 1, 1, error)
      || !signet_cli_open (cli, error)
      || !signet_cli_find_authority (cli, words[1], &id, error))
    return SIGNET_CLI_FAILED;
  fds = signet_cli_secret_list (file, fd, _("Code"), error);
  if (fds == NULL)
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "SetAuthoritySecret",
                           g_variant_new ("(xs@ah)", id, reference != NULL ? reference : "", signet_cli_secret_handles (fds)),
                           fds, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  signet_cli_warn_of_shared_code (cli, id, fds);
  tell_done (cli, "authority", SIGNET_CLI_KIND_AUTHORITY, id);

  return SIGNET_CLI_DONE;
}

static SignetCliStatus
run_try_demo (SignetCli  *cli,
              char      **args,
              GError    **error)
{
  g_auto (GStrv) words = args;

  if (!signet_cli_parse (cli, &words, NULL, NULL,
                         _("Starts the demo authority on this machine, for trying only, and adds it. A second call finds the "
                           "first."), 0, 0, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;

  return call_for_authority (cli, "TryDemoAuthority", NULL, NULL, error);
}

const SignetCliCommand signet_cli_authority_commands[] = {
  { "authority", "add", N_("Add a certificate authority"), run_add },
  { "authority", "presets", N_("List what is known of systems"), signet_cli_run_presets },
  { "authority", "list", N_("List the authorities"), run_list },
  { "authority", "show", N_("Show one authority"), run_show },
  { "authority", "change", N_("Change what is set for an authority"), signet_cli_run_change },
  { "authority", "template", N_("Ask what a request may contain"), signet_cli_run_template },
  { "authority", "roots", N_("Fetch roots and issuers from where certificates say"), signet_cli_run_roots },
  { "authority", "code", N_("Take another code for an authority"), run_code },
  { "authority", "remove", N_("Remove an authority"), run_remove },
  { NULL, "try-demo", N_("Start the demo authority and add it"), run_try_demo },
  { NULL, NULL, NULL, NULL },
};
