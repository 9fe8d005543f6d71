/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-records.h"

/* What an authority wants in requests: asked, shown, and followed by a request. */

GVariant *
signet_cli_ask_template (SignetCli   *cli,
                         gint64       authority,
                         gint64       identity,
                         const char  *profile,
                         GError     **error)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;

  if (identity != 0)
    g_variant_dict_insert (&options, "identity", "x", identity);
  if (profile != NULL)
    g_variant_dict_insert (&options, "profile", "s", profile);
  reply = signet_cli_call (cli, "AskAuthority",
                           g_variant_new ("(xs@a{sv})", authority, "certReqTemplate", g_variant_dict_end (&options)), NULL, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

static void
show (SignetCli *cli,
      GVariant  *answer)
{
  const char *text = "";

  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_json_add_variant (json, "template", answer);
      signet_json_end_object (json);
      signet_cli_print_json (json);
      return;
    }
  g_variant_lookup (answer, "text", "&s", &text);
  g_print ("%s\n", text);
}

SignetCliStatus
signet_cli_run_template (SignetCli  *cli,
                         char      **args,
                         GError    **error)
{
  g_auto (GStrv) words = args;
  g_autofree char *profile = NULL;
  g_autofree char *signer = NULL;
  g_autoptr (GVariant) answer = NULL;
  SignetCliKind kind = SIGNET_CLI_KIND_CERTIFICATE;
  gint64 authority;
  gint64 identity = 0;
  const GOptionEntry entries[] = {
    { "profile", 0, 0, G_OPTION_ARG_STRING, &profile, N_("For which of its kinds of certificate; default: the authority's setting"),
      N_("NAME") },
    { "sign-with", 0, 0, G_OPTION_ARG_STRING, &signer, N_("Certificate that signs the question"), N_("ID") },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("AUTHORITY"),
                         _("Asks an authority which fields it wants in a request, which it fixes, and which keys it certifies."), 1, 1,
                         error)
      || (signer != NULL && !signet_cli_parse_id (signer, "c", &kind, &identity, error))
      || !signet_cli_open (cli, error)
      || !signet_cli_find_authority (cli, words[1], &authority, error))
    return SIGNET_CLI_FAILED;
  answer = signet_cli_ask_template (cli, authority, identity, profile, error);
  if (answer == NULL)
    return SIGNET_CLI_FAILED;
  show (cli, answer);

  return SIGNET_CLI_DONE;
}
