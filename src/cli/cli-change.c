/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-change.h"
#include "cli/cli-output.h"
#include "cli/cli-records.h"
#include "cli/cli-secret.h"
#include "cli/cli-settings.h"

/* How long the row that was changed may take to be read again. */
#define ROW_TIMEOUT 30

/* What is given up: an option of "authority add" with "no-" before it, or without. */
typedef struct {
  char **anchors;               /* fingerprints */
  char **intermediates;         /* fingerprints */
  char **relaxations;
  gboolean no_accept_root;
  gboolean no_signer;
  gboolean no_tls_signer;
  gboolean no_tls_anchors;
  gboolean implicit_confirm;
  gboolean no_follow_redirects;
  gboolean no_operation_labels;
  gboolean no_whole_chain;
  gboolean no_trailing_slash;
  gboolean no_keep_connection;
  gboolean no_keep_code;
} Undone;

static void
undone_clear (Undone *self)
{
  g_strfreev (self->anchors);
  g_strfreev (self->intermediates);
  g_strfreev (self->relaxations);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Undone, undone_clear)

/* (element-type GOptionEntry) (transfer full): all of "authority add", and what takes it back. */
static GArray *
make_entries (SignetCliSettings *settings,
              Undone            *undone)
{
  const GOptionEntry more[] = {
    { "no-anchor", 0, 0, G_OPTION_ARG_STRING_ARRAY, &undone->anchors,
      N_("SHA-256 of a root certificate that is trusted no longer; may be given again"), N_("HEX") },
    { "no-intermediate", 0, 0, G_OPTION_ARG_STRING_ARRAY, &undone->intermediates,
      N_("SHA-256 of a certificate below the root that is used no longer"), N_("HEX") },
    { "no-relax", 0, 0, G_OPTION_ARG_STRING_ARRAY, &undone->relaxations, N_("A check that this authority passes again; by name"),
      N_("NAME") },
    { "no-accept-root", 0, 0, G_OPTION_ARG_NONE, &undone->no_accept_root, N_("Do not ask about a root that it sends"), NULL },
    { "no-sign-with", 0, 0, G_OPTION_ARG_NONE, &undone->no_signer, N_("No certificate that signs requests to it"), NULL },
    { "no-tls-certificate", 0, 0, G_OPTION_ARG_NONE, &undone->no_tls_signer, N_("Do not tell an https server who you are"), NULL },
    { "no-tls-anchors", 0, 0, G_OPTION_ARG_NONE, &undone->no_tls_anchors, N_("Trust the system’s roots for https again"), NULL },
    { "implicit-confirm", 0, 0, G_OPTION_ARG_NONE, &undone->implicit_confirm,
      N_("Let the authority waive the message that confirms a certificate, as is usual"), NULL },
    { "no-follow-redirects", 0, 0, G_OPTION_ARG_NONE, &undone->no_follow_redirects, N_("Follow no redirects"), NULL },
    { "no-operation-labels", 0, 0, G_OPTION_ARG_NONE, &undone->no_operation_labels,
      N_("Do not add the operation’s name to the address"), NULL },
    { "no-whole-chain", 0, 0, G_OPTION_ARG_NONE, &undone->no_whole_chain, N_("Do not send the root along with a signed request"), NULL },
    { "no-trailing-slash", 0, 0, G_OPTION_ARG_NONE, &undone->no_trailing_slash, N_("Do not end the address with a slash"), NULL },
    { "no-keep-connection", 0, 0, G_OPTION_ARG_NONE, &undone->no_keep_connection,
      N_("Send each message over a connection of its own"), NULL },
    { "no-keep-code", 0, 0, G_OPTION_ARG_NONE, &undone->no_keep_code, N_("Delete the code once it was used"), NULL },
  };
  GArray *entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  for (const GOptionEntry *entry = signet_cli_settings_entries (settings); entry->long_name != NULL; entry++)
    g_array_append_vals (entries, entry, 1);
  g_array_append_vals (entries, more, G_N_ELEMENTS (more));

  return entries;
}

/* (transfer full) (array zero-terminated=1): settings that are as ever again. */
static char **
list_unset (const Undone *undone)
{
  const struct {
    gboolean is;
    const char *name;
  } flags[] = {
    { undone->no_signer, "identity" },
    { undone->no_tls_signer, "tls-identity" },
    { undone->no_tls_anchors, "tls-anchors" },
    { undone->implicit_confirm, "implicit-confirm" },
    { undone->no_follow_redirects, "follow-redirects" },
    { undone->no_operation_labels, "operation-labels" },
    { undone->no_whole_chain, "whole-chain" },
    { undone->no_trailing_slash, "trailing-slash" },
    { undone->no_keep_connection, "keep-connection" },
    { undone->no_keep_code, "one-time" },
  };
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (flags[i].is)
      g_strv_builder_add (names, flags[i].name);

  return g_strv_builder_end (names);
}

static void
insert_undone (const Undone *undone,
               GVariantDict *dict)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) relaxations = NULL;

  if (undone->relaxations != NULL)
    g_strv_builder_addv (builder, (const char **) undone->relaxations);
  if (undone->no_accept_root)
    g_strv_builder_add (builder, "ca-pubs");
  relaxations = g_strv_builder_end (builder);
  if (relaxations[0] != NULL)
    g_variant_dict_insert (dict, "remove-relaxations", "^as", relaxations);
  if (undone->anchors != NULL)
    g_variant_dict_insert (dict, "remove-anchors", "^as", undone->anchors);
  if (undone->intermediates != NULL)
    g_variant_dict_insert (dict, "remove-intermediates", "^as", undone->intermediates);
}

typedef struct {
  gint64 id;
  SignetItem *before;
} Row;

static gboolean
row_is_new (SignetCli *cli,
            gpointer   user_data)
{
  const Row *row = user_data;
  g_autoptr (SignetItem) item = signet_client_lookup (signet_cli_model (cli, SIGNET_CLI_KIND_AUTHORITY), row->id);

  return item != NULL && item != row->before;
}

/* Says what the authority is now. */
static SignetCliStatus
show_changed (SignetCli   *cli,
              gint64       id,
              SignetItem  *before,
              GError     **error)
{
  Row row = { id, before };
  g_autoptr (SignetItem) item = NULL;

  signet_cli_wait (cli, row_is_new, &row, ROW_TIMEOUT);
  item = signet_cli_lookup (cli, SIGNET_CLI_KIND_AUTHORITY, id, error);
  if (item == NULL)
    return SIGNET_CLI_NOT_FOUND;
  signet_cli_show_item (cli, item);

  return SIGNET_CLI_DONE;
}

/* A code goes to where the authority is from now on. */
static void
warn_of_plain_code (GVariantDict *dict,
                    SignetItem   *before,
                    GUnixFDList  *fds)
{
  const char *url = signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (before))->url;

  g_variant_dict_lookup (dict, "url", "&s", &url);
  signet_cli_warn_of_plain_code (url, fds);
}

static SignetCliStatus
change (SignetCli          *cli,
        gint64              id,
        SignetCliSettings  *settings,
        GVariantDict       *dict,
        const Undone       *undone,
        GError            **error)
{
  g_autoptr (SignetItem) before = signet_cli_lookup (cli, SIGNET_CLI_KIND_AUTHORITY, id, error);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) changes = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_auto (GStrv) unset = list_unset (undone);

  if (before == NULL)
    return SIGNET_CLI_NOT_FOUND;
  if (!signet_cli_settings_find_identity (cli, settings, dict, error))
    return SIGNET_CLI_FAILED;
  fds = signet_cli_secret_list (settings->secret_file, settings->secret_fd, NULL, error);
  if (fds == NULL)
    return SIGNET_CLI_FAILED;
  warn_of_plain_code (dict, before, fds);
  insert_undone (undone, dict);
  changes = g_variant_ref_sink (g_variant_dict_end (dict));
  if (g_variant_n_children (changes) == 0 && unset[0] == NULL && g_unix_fd_list_get_length (fds) == 0)
    {
      g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("Say what to change: see --help"));
      return SIGNET_CLI_USAGE;
    }
  reply = signet_cli_call (cli, "ChangeAuthority",
                           g_variant_new ("(x@a{sv}^as@ah)", id, changes, unset, signet_cli_secret_handles (fds)), fds, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  signet_cli_warn_of_shared_code (cli, id, fds);

  return show_changed (cli, id, before, error);
}

SignetCliStatus
signet_cli_run_change (SignetCli  *cli,
                       char      **args,
                       GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (SignetCliSettings) settings = signet_cli_settings_new ();
  g_auto (Undone) undone = { 0 };
  g_autoptr (GArray) entries = make_entries (settings, &undone);
  g_autoptr (GVariantDict) dict = NULL;
  gint64 id;

  settings->changing = TRUE;
  if (!signet_cli_parse (cli, &words, (const GOptionEntry *) (gpointer) entries->data, _("AUTHORITY"),
                         _("Changes what is set for an authority: what an option names, and nothing else. An option that may be given "
                           "again adds to what there is, and with no- before it takes one away; an empty text as in --profile= takes "
                           "a setting back. With an error nothing is changed.\n"
                           "While a request is under way, only how messages are carried may change, and holds from the next message on."),
                         1, 1, error))
    return SIGNET_CLI_USAGE;
  dict = signet_cli_settings_read (settings, error);
  if (dict == NULL || !signet_cli_open (cli, error) || !signet_cli_find_authority (cli, words[1], &id, error))
    return SIGNET_CLI_FAILED;

  return change (cli, id, settings, dict, &undone, error);
}
