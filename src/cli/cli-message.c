/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-output.h"
#include "cli/cli-records.h"

#define MAX_MESSAGE (2 * 1024 * 1024)   /* octets as a person has them: base64 is longer than DER */

static SignetCliStatus
run_export (SignetCli  *cli,
            char      **args,
            GError    **error)
{
  g_auto (GStrv) words = args;
  g_autofree char *output = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) octets = NULL;
  g_autoptr (GBytes) contents = NULL;
  const char *name;
  gboolean force = FALSE;
  SignetCliKind kind;
  gint64 id;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("File to write; default: a name of its own here; “-”: standard output"),
      N_("FILE") },
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, N_("Replace a file that is there"), NULL },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("REQUEST"),
                         _("Writes the message that a request wants carried to the authority by hand."), 1, 1, error)
      || !signet_cli_parse_id (words[1], "r", &kind, &id, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "ExportMessage", g_variant_new ("(x)", id), NULL, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  octets = g_variant_get_child_value (reply, 0);
  contents = g_variant_get_data_as_bytes (octets);
  g_variant_get_child (reply, 1, "&s", &name);
  if (output == NULL)
    output = g_path_get_basename (name);
  if (!signet_cli_write_file (output, contents, 0644, force, error))
    return SIGNET_CLI_FAILED;
  if (g_str_equal (output, "-"))
    return SIGNET_CLI_DONE;
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_json_add_string (json, "file", output);
      signet_json_add_int (json, "size", (gint64) g_bytes_get_size (contents));
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
  else
    {
      g_print (_("Written: %s\n"), output);
    }

  return SIGNET_CLI_DONE;
}

static GVariant *
octets_of (GBytes *contents)
{
  return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, contents, TRUE);
}

static void
tell_outcome (SignetCli  *cli,
              SignetItem *item,
              const char *outcome)
{
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_json_add_string (json, "outcome", outcome);
      signet_cli_add_item (cli, json, "request", item);
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
  else
    {
      g_print ("%s\n\n", outcome);
      signet_cli_print_item (cli, item);
    }
}

static SignetCliStatus
run_import (SignetCli  *cli,
            char      **args,
            GError    **error)
{
  g_auto (GStrv) words = args;
  g_autofree char *request = NULL;
  g_autoptr (GBytes) contents = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (SignetItem) item = NULL;
  const char *outcome;
  SignetCliKind kind;
  gint64 id = 0;
  const GOptionEntry entries[] = {
    { "request", 'r', 0, G_OPTION_ARG_STRING, &request, N_("Request that it must belong to; default: the one that it fits"),
      N_("ID") },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("FILE"),
                         _("Takes the authority’s reply, carried by hand: DER, PEM or base64; “-” reads standard input. It finds "
                           "its request by itself."), 1, 1, error)
      || (request != NULL && !signet_cli_parse_id (request, "r", &kind, &id, error)))
    return SIGNET_CLI_USAGE;
  contents = signet_cli_read_file (words[1], MAX_MESSAGE, error);
  if (contents == NULL || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "ImportMessage", g_variant_new ("(x@ay)", id, octets_of (contents)), NULL, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  g_variant_get (reply, "(x&s)", &id, &outcome);
  item = signet_cli_await (cli, SIGNET_CLI_KIND_REQUEST, id, error);
  if (item == NULL)
    return SIGNET_CLI_FAILED;
  tell_outcome (cli, item, outcome);

  return SIGNET_CLI_DONE;
}

/* A node "(ssav)": name, value, children. */
static void
add_node (SignetJson *json,
          const char *key,
          GVariant   *node)
{
  g_autoptr (GVariantIter) children = NULL;
  const char *name;
  const char *value;
  GVariant *child;

  g_variant_get (node, "(&s&sav)", &name, &value, &children);
  signet_json_begin_object (json, key);
  signet_json_add_string (json, "name", name);
  signet_json_add_string (json, "value", value);
  signet_json_begin_array (json, "children");
  while (g_variant_iter_loop (children, "v", &child))
    if (g_variant_is_of_type (child, G_VARIANT_TYPE ("(ssav)")))
      add_node (json, NULL, child);
  signet_json_end_array (json);
  signet_json_end_object (json);
}

static SignetCliStatus
run_inspect (SignetCli  *cli,
             char      **args,
             GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (GBytes) contents = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) tree = NULL;
  const char *text;

  if (!signet_cli_parse (cli, &words, NULL, _("FILE"),
                         _("Shows any CMP message in words: who protected it, what it asks or answers, and every field."),
                         1, 1, error))
    return SIGNET_CLI_USAGE;
  contents = signet_cli_read_file (words[1], MAX_MESSAGE, error);
  if (contents == NULL || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "InspectMessage", g_variant_new ("(@ay)", octets_of (contents)), NULL, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  g_variant_get (reply, "(&sv)", &text, &tree);
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_json_add_string (json, "text", text);
      if (g_variant_is_of_type (tree, G_VARIANT_TYPE ("(ssav)")))
        add_node (json, "message", tree);
      else
        signet_json_add_variant (json, "message", tree);
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
  else
    {
      g_print ("%s\n", text);
    }

  return SIGNET_CLI_DONE;
}

const SignetCliCommand signet_cli_message_commands[] = {
  { "message", "export", N_("Write a request’s message to carry it by hand"), run_export },
  { "message", "import", N_("Take the authority’s reply from a file"), run_import },
  { NULL, "inspect", N_("Show a CMP message in words"), run_inspect },
  { NULL, NULL, NULL, NULL },
};
