/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-records.h"

static const struct {
  const char *name;
  SignetCliKind kind;
} lists[] = {
  { "authorities", SIGNET_CLI_KIND_AUTHORITY },
  { "certificates", SIGNET_CLI_KIND_CERTIFICATE },
  { "keys", SIGNET_CLI_KIND_KEY },
  { "requests", SIGNET_CLI_KIND_REQUEST },
};

void
signet_cli_print_list (SignetCli     *cli,
                       const char    *name,
                       SignetCliKind  kind)
{
  GListModel *model = signet_cli_model (cli, kind);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_auto (GStrv) header = signet_cli_item_header (kind);
  SignetJson *json = cli->json ? signet_json_new () : NULL;

  if (json != NULL)
    {
      signet_json_begin_object (json, NULL);
      signet_json_begin_array (json, name);
    }
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (SignetItem) item = g_list_model_get_item (model, i);

      if (json != NULL)
        signet_cli_add_item (cli, json, NULL, item);
      else
        g_ptr_array_add (rows, signet_cli_item_columns (cli, item));
    }
  if (json != NULL)
    {
      signet_json_end_array (json);
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
  else if (rows->len > 0)
    {
      signet_cli_print_table (header, rows);
    }
}

static SignetCliStatus
run_list (SignetCli  *cli,
          char      **args,
          GError    **error)
{
  g_auto (GStrv) words = args;

  if (!signet_cli_parse (cli, &words, NULL, "authorities|certificates|keys|requests",
                         _("Lists what the store holds, newest first."), 1, 1, error))
    return SIGNET_CLI_USAGE;
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (g_str_equal (words[1], lists[i].name))
      {
        if (!signet_cli_open (cli, error))
          return SIGNET_CLI_FAILED;
        signet_cli_print_list (cli, lists[i].name, lists[i].kind);
        return SIGNET_CLI_DONE;
      }
  g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE,
               _("There is no list “%s”: choose authorities, certificates, keys or requests"), words[1]);

  return SIGNET_CLI_USAGE;
}

static void
keep_result (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static gboolean
has_result (SignetCli *cli,
            gpointer   user_data)
{
  GAsyncResult **result = user_data;

  return *result != NULL;
}

/* (element-type SignetMessageRecord) */
static GPtrArray *
read_messages (SignetCli  *cli,
               gint64      request,
               GError    **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  signet_client_list_messages_async (cli->client, request, NULL, keep_result, &result);
  signet_cli_wait (cli, has_result, &result, -1);

  return signet_client_list_messages_finish (cli->client, result, error);
}

static gboolean
show_request (SignetCli   *cli,
              SignetItem  *item,
              GError     **error)
{
  g_autoptr (GPtrArray) messages = read_messages (cli, signet_item_get_id (item), error);

  if (messages == NULL)
    return FALSE;
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_cli_add_item (cli, json, "request", item);
      signet_json_begin_array (json, "messages");
      for (guint i = 0; i < messages->len; i++)
        signet_cli_add_message (json, messages->pdata[i]);
      signet_json_end_array (json);
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
  else
    {
      signet_cli_print_item (cli, item);
      g_print ("\n%s\n", _("Messages"));
      for (guint i = 0; i < messages->len; i++)
        signet_cli_print_message (messages->pdata[i]);
    }

  return TRUE;
}

/* "r1", or "request 1". */
static gboolean
parse_named (char          **words,
             SignetCliKind  *kind,
             gint64         *id,
             GError        **error)
{
  static const char *const singular[] = { "authority", "certificate", "key", "request" };

  if (words[2] == NULL)
    return signet_cli_parse_id (words[1], "rcka", kind, id, error);
  for (guint i = 0; i < G_N_ELEMENTS (singular); i++)
    if (g_str_equal (words[1], singular[i]))
      {
        const char kinds[] = { (char) lists[i].kind, '\0' };

        return signet_cli_parse_id (words[2], kinds, kind, id, error);
      }
  g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE,
               _("“%s” is nothing that can be shown: choose authority, certificate, key or request"), words[1]);

  return FALSE;
}

static SignetCliStatus
run_show (SignetCli  *cli,
          char      **args,
          GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (SignetItem) item = NULL;
  SignetCliKind kind;
  gint64 id;

  if (!signet_cli_parse (cli, &words, NULL, _("ID | KIND NUMBER"),
                         _("Shows one request (r1), certificate (c1), key (k1) or authority (a1)."), 1, 2, error)
      || !parse_named (words, &kind, &id, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  item = signet_cli_lookup (cli, kind, id, error);
  if (item == NULL)
    return SIGNET_CLI_NOT_FOUND;
  if (kind == SIGNET_CLI_KIND_REQUEST)
    return show_request (cli, item, error) ? SIGNET_CLI_DONE : SIGNET_CLI_FAILED;
  signet_cli_show_item (cli, item);

  return SIGNET_CLI_DONE;
}

const SignetCliCommand signet_cli_list_commands[] = {
  { NULL, "list", N_("List authorities, certificates, keys or requests"), run_list },
  { NULL, "show", N_("Show one of them"), run_show },
  { NULL, NULL, NULL, NULL },
};
