/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-records.h"
#include "pki/pki-certificate.h"

/* Roots and issuers of an authority, fetched from where its certificates say that they lie. */

static void
print_places (GVariant *answer)
{
  g_autoptr (GVariant) places = g_variant_lookup_value (answer, "places", G_VARIANT_TYPE ("a(ss)"));
  GVariantIter iter;
  const char *address;
  const char *text;

  if (g_variant_n_children (places) == 0)
    g_print ("%s\n", _("None of the authority’s certificates says where others lie."));
  g_variant_iter_init (&iter, places);
  while (g_variant_iter_next (&iter, "(&s&s)", &address, &text))
    g_print ("%s: %s\n", address, text);
}

static const char *
hint_for (gboolean vouched,
          gboolean refused,
          gboolean installed)
{
  if (installed)
    return _("It is trusted from now on.");
  if (refused)
    return NULL;

  return vouched ? _("To trust it: --install") : _("To trust it: --trust with the fingerprint that you were given");
}

static void
print_certificates (GVariant   *answer,
                    const char *name,
                    const char *title)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (answer, name, G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; i < g_variant_n_children (list); i++)
    {
      g_autoptr (GVariant) entry = g_variant_get_child_value (list, i);
      g_autofree char *fingerprint = NULL;
      const char *subject = "";
      const char *digits = "";
      const char *text = NULL;
      const char *hint;
      gboolean vouched = FALSE;
      gboolean refused = FALSE;
      gboolean installed = FALSE;

      g_variant_lookup (entry, "subject", "&s", &subject);
      g_variant_lookup (entry, "fingerprint", "&s", &digits);
      g_variant_lookup (entry, "text", "&s", &text);
      g_variant_lookup (entry, "vouched", "b", &vouched);
      g_variant_lookup (entry, "refused", "b", &refused);
      g_variant_lookup (entry, "installed", "b", &installed);
      fingerprint = signet_fingerprint_format (digits);
      g_print ("\n%s: %s\n  SHA-256 %s\n", title, subject, fingerprint);
      hint = text != NULL ? hint_for (vouched, refused, installed) : NULL;
      if (text != NULL)
        g_print ("  %s\n", text);
      if (hint != NULL)
        g_print ("  %s\n", hint);
    }
}

static void
show (SignetCli *cli,
      GVariant  *answer)
{
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_json_add_variant (json, "found", answer);
      signet_json_end_object (json);
      signet_cli_print_json (json);
      return;
    }
  print_places (answer);
  print_certificates (answer, "roots", _("Root"));
  print_certificates (answer, "issuers", _("Issuer, kept"));
}

SignetCliStatus
signet_cli_run_roots (SignetCli  *cli,
                      char      **args,
                      GError    **error)
{
  g_auto (GStrv) words = args;
  g_autofree char *trust = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  gboolean install = FALSE;
  gint64 authority;
  const GOptionEntry entries[] = {
    { "install", 0, 0, G_OPTION_ARG_NONE, &install, N_("Trust new roots that the present one vouches for"), NULL },
    { "trust", 0, 0, G_OPTION_ARG_STRING, &trust, N_("Trust the root with this SHA-256 fingerprint, which you got by another way"),
      N_("FINGERPRINT") },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("AUTHORITY"),
                         _("Fetches roots and issuers of an authority from where its certificates say that they lie (caIssuers), over "
                           "HTTP. Issuers are kept where they lead to a root that is trusted; a new root is shown, and trusted only "
                           "where an option says so."), 1, 1, error)
      || !signet_cli_open (cli, error)
      || !signet_cli_find_authority (cli, words[1], &authority, error))
    return SIGNET_CLI_FAILED;
  if (install)
    g_variant_dict_insert (&options, "install", "b", TRUE);
  if (trust != NULL)
    g_variant_dict_insert (&options, "trust", "s", trust);
  reply = signet_cli_call (cli, "FetchRoots", g_variant_new ("(x@a{sv})", authority, g_variant_dict_end (&options)), NULL, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  answer = g_variant_get_child_value (reply, 0);
  show (cli, answer);

  return SIGNET_CLI_DONE;
}
