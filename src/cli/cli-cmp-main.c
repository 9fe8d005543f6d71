/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include <openssl/provider.h>
#include <openssl/rand.h>

#include "cli/cli-cmp.h"
#include "pki/pki-openssl.h"

/* The command: everything that takes its time is done on a thread of its own, while the main thread runs the loop on which
 * messages travel. */

static void
unload (gpointer provider)
{
  (void) OSSL_PROVIDER_unload (provider);
}

static gboolean
load_providers (SignetCliCmp  *self,
                GError       **error)
{
  g_auto (GStrv) paths = signet_cli_cmp_items (self, "provider-path");
  g_auto (GStrv) names = signet_cli_cmp_items (self, "provider");
  const char *query = signet_cli_cmp_text (self, "propquery");

  for (guint i = 0; paths[i] != NULL; i++)
    (void) OSSL_PROVIDER_set_default_search_path (NULL, paths[i]);
  self->providers = g_ptr_array_new_with_free_func (unload);
  for (guint i = 0; names[i] != NULL; i++)
    {
      OSSL_PROVIDER *provider = OSSL_PROVIDER_load (NULL, names[i]);

      if (provider == NULL)
        {
          signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("-provider: %s cannot be loaded"), names[i]);
          return FALSE;
        }
      g_ptr_array_add (self->providers, provider);
    }
  if (query != NULL && EVP_set_default_properties (NULL, query) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("-propquery: “%s” cannot be read"), query);
      return FALSE;
    }

  return TRUE;
}

static gboolean
load_random (SignetCliCmp  *self,
             GError       **error)
{
  g_auto (GStrv) files = g_strsplit_set (signet_cli_cmp_given (self, "rand") ? signet_cli_cmp_text (self, "rand") : "", ":,", -1);

  for (guint i = 0; files[i] != NULL; i++)
    if (*files[i] != '\0' && RAND_load_file (files[i], -1) < 0)
      {
        signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("-rand: %s cannot be read"), files[i]);
        return FALSE;
      }

  return TRUE;
}

static gboolean
load_reference (SignetCliCmp  *self,
                GError       **error)
{
  const char *source = signet_cli_cmp_text (self, "oldcert");

  if (source == NULL)
    return TRUE;
  self->reference = signet_cli_cmp_load_certificate (self, source, "keypass", error);

  return self->reference != NULL;
}

static gboolean
work (SignetCliCmp  *self,
      GError       **error)
{
  int times = signet_cli_cmp_number (self, "repeat", 1);
  const char *random = signet_cli_cmp_text (self, "writerand");

  if (!load_providers (self, error) || !load_random (self, error) || !signet_cli_cmp_read_command (self, error)
      || !load_reference (self, error) || !signet_cli_cmp_setup_authority (self, error)
      || !signet_cli_cmp_setup_credentials (self, error))
    return FALSE;
  for (int i = 0; i < times; i++)
    if (!signet_cli_cmp_perform (self, error))
      return FALSE;
  if (random != NULL && RAND_write_file (random) < 0)
    {
      signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("-writerand: %s cannot be written"), random);
      return FALSE;
    }

  return TRUE;
}

static void
work_in_thread (GTask        *task,
                gpointer      source,
                gpointer      task_data,
                GCancellable *cancellable)
{
  GError *error = NULL;
  gboolean good = work (task_data, &error);

  /* The thread outlives the work, and with it what libcrypto keeps for it. */
  OPENSSL_thread_stop ();
  if (good)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
worked_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_main_loop_quit (user_data);
}

static gboolean
run_beside_loop (SignetCliCmp  *self,
                 GError       **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, worked_cb, loop);

  self->main = g_main_loop_get_context (loop);
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, work_in_thread);
  g_main_loop_run (loop);

  return g_task_propagate_boolean (task, error);
}

static SignetCliStatus
run_cmp (SignetCli  *cli,
         char      **args,
         GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (SignetCliCmp) self = signet_cli_cmp_new (cli);
  g_autoptr (GError) reason = NULL;
  gboolean help = FALSE;

  signet_secret_harden_process ();
  if (words[1] == NULL)
    {
      signet_cli_cmp_print_help ();
      return SIGNET_CLI_FAILED;
    }
  if (signet_cli_cmp_read_config (self, words, &reason) && signet_cli_cmp_read_arguments (self, words, &help, &reason))
    {
      if (help)
        {
          signet_cli_cmp_print_help ();
          return SIGNET_CLI_DONE;
        }
      if (run_beside_loop (self, &reason))
        return self->waiting ? SIGNET_CLI_WAITING : SIGNET_CLI_DONE;
    }
  signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_ERROR, "%s", reason->message);

  return SIGNET_CLI_FAILED;
}

const SignetCliCommand signet_cli_cmp_commands[] = {
  { NULL, "cmp", N_("Speak CMP once, by the options of “openssl cmp”"), run_cmp },
  { NULL, NULL, NULL, NULL },
};
