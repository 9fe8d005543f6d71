/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "application.h"
#include "store/store.h"

/* The store is chosen before the application registers, so these two options are taken out of the command line first. */
static gboolean
parse (int      *argc,
       char   ***argv,
       char    **home,
       char    **passphrase_file,
       GError  **error)
{
  const GOptionEntry entries[] = {
    { "home", 0, 0, G_OPTION_ARG_FILENAME, home, N_("Folder of the store"), N_("DIR") },
    { "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, passphrase_file, N_("File with the passphrase of the store"), N_("FILE") },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (_("[FILE…]"));

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, _("Certificates for a person, by the Certificate Management Protocol"));

  return g_option_context_parse (context, argc, argv, error);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (SignetApplication) application = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *home = NULL;
  g_autofree char *passphrase_file = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (!parse (&argc, &argv, &home, &passphrase_file, &error))
    {
      g_printerr ("signet: %s\n", error->message);
      return 2;
    }
  signet_store_keep_off_this_thread ();
  application = signet_application_new (home, passphrase_file);

  return g_application_run (G_APPLICATION (application), argc, argv);
}
