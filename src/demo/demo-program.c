/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "demo/demo-error.h"
#include "demo/demo-program.h"
#include "demo/demo-server.h"
#include "demo/demo-state.h"

#define DEFAULT_DAYS 365
#define DEFAULT_CHECK_AFTER 5

typedef struct {
  char *state;
  char *listen;
  int port;
  gboolean expose;
  gboolean https;
  int lifeline;
  int ready;
  char *output;
  char *reference;
  char *secret_file;
  char **issuers;
  int delay;
  int check_after;
  int days;
  SignetDemoPolicy policy;
  SignetDemoStore *store;
  SignetDemoIdentity *identity;
} Program;

static void
program_clear (Program *self)
{
  g_free (self->state);
  g_free (self->listen);
  g_free (self->output);
  g_free (self->reference);
  g_free (self->secret_file);
  g_strfreev (self->issuers);
  g_free (self->policy.reject);
  g_clear_pointer (&self->policy.issuers, g_ptr_array_unref);
  g_clear_pointer (&self->identity, signet_demo_identity_free);
  g_clear_pointer (&self->store, signet_demo_store_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Program, program_clear)

static gboolean
fail_usage (GError     **error,
            const char  *text)
{
  g_set_error_literal (error, SIGNET_DEMO_ERROR, SIGNET_DEMO_ERROR_USAGE, text);

  return FALSE;
}

static gboolean
write_out (int          fd,
           const char  *text,
           GError     **error)
{
  gsize size = strlen (text);

  while (size > 0)
    {
      ssize_t written = write (fd, text, size);

      if (written <= 0)
        {
          g_set_error_literal (error, SIGNET_DEMO_ERROR, SIGNET_DEMO_ERROR_FAILED, _("Nobody reads what the service says"));
          return FALSE;
        }
      text += written;
      size -= (gsize) written;
    }

  return TRUE;
}

/* Others whose certificates may sign requests. */
static gboolean
read_issuers (Program  *self,
              GError  **error)
{
  self->policy.issuers = g_ptr_array_new_with_free_func ((GDestroyNotify) X509_free);
  for (guint i = 0; self->issuers != NULL && self->issuers[i] != NULL; i++)
    {
      g_autoptr (BIO) file = BIO_new_file (self->issuers[i], "r");
      X509 *x509 = file != NULL ? PEM_read_bio_X509 (file, NULL, NULL, NULL) : NULL;

      if (x509 == NULL)
        {
          signet_openssl_set_error (error, SIGNET_DEMO_ERROR, SIGNET_DEMO_ERROR_USAGE, _("%s holds no certificate in PEM"),
                                    self->issuers[i]);
          return FALSE;
        }
      g_ptr_array_add (self->policy.issuers, x509);
    }

  return TRUE;
}

static gboolean
open_state (Program  *self,
            GError  **error)
{
  if (self->state == NULL)
    self->state = g_build_filename (g_get_user_data_dir (), "signet-demo-ca", NULL);
  self->store = signet_demo_store_open (self->state, error);
  self->identity = self->store != NULL ? signet_demo_identity_open (self->store, error) : NULL;

  return self->identity != NULL && read_issuers (self, error);
}

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);

  return G_SOURCE_CONTINUE;
}

static gboolean
lifeline_cb (int          fd,
             GIOCondition condition,
             gpointer     user_data)
{
  g_main_loop_quit (user_data);

  return G_SOURCE_REMOVE;
}

static gboolean
tell (Program     *self,
      const char  *url,
      const char  *reference,
      GError     **error)
{
  g_autofree char *text = NULL;

  if (self->ready >= 0)
    {
      g_autofree char *description = signet_demo_state_describe (self->store, url, reference);
      gboolean written = write_out (self->ready, description, error);

      close (self->ready);
      return written;
    }
  text = g_strdup_printf (_("This authority is for trying only: whoever reads its state can issue in its name.\n\n"
                            "Address:    %s\nReference:  %s\nCode:       in %s/secret\nAnchor:     %s/anchor.pem\n\n"
                            "  signetctl authority add --settings %s/authority.signet --secret-file %s/secret\n\n"),
                          url, reference, self->state, self->state, self->state, self->state);

  return write_out (STDOUT_FILENO, text, error);
}

static gboolean
is_loopback (const char *address)
{
  g_autoptr (GInetAddress) parsed = g_inet_address_new_from_string (address);

  return parsed != NULL && g_inet_address_get_is_loopback (parsed);
}

static gboolean
run_serve (Program  *self,
           char    **words,
           GError  **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (SignetDemoServer) server = NULL;
  g_autofree char *reference = NULL;
  const char *address = self->listen != NULL ? self->listen : "127.0.0.1";

  if (!is_loopback (address) && !self->expose)
    return fail_usage (error, _("This authority is for trying only and listens on this machine alone. --expose lets others reach "
                                "it, at your own risk."));
  if (!open_state (self, error))
    return FALSE;
  reference = signet_demo_state_prepare (self->store, self->identity, error);
  if (reference == NULL)
    return FALSE;
  server = signet_demo_server_new (self->store, self->identity, &self->policy, address, (guint) self->port, self->https, error);
  if (server == NULL
      || !signet_demo_state_write_settings (self->store, signet_demo_server_get_url (server), reference, error)
      || !tell (self, signet_demo_server_get_url (server), reference, error))
    return FALSE;

  g_unix_signal_add (SIGTERM, quit_cb, loop);
  g_unix_signal_add (SIGINT, quit_cb, loop);
  if (self->lifeline >= 0)
    g_unix_fd_add (self->lifeline, G_IO_IN | G_IO_HUP | G_IO_ERR, lifeline_cb, loop);
  g_main_loop_run (loop);

  return TRUE;
}

static gboolean
run_answer (Program  *self,
            char    **words,
            GError  **error)
{
  g_autofree char *contents = NULL;
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;
  gsize size;

  if (self->output == NULL)
    return fail_usage (error, _("Say where the reply goes: --output FILE"));
  if (!g_file_get_contents (words[1], &contents, &size, error) || !open_state (self, error))
    return FALSE;
  request = g_bytes_new_take (g_steal_pointer (&contents), size);
  answer = signet_demo_answer (self->store, self->identity, &self->policy, request, g_get_real_time () / G_USEC_PER_SEC, error);

  return answer != NULL
         && g_file_set_contents (self->output, g_bytes_get_data (answer, NULL), (gssize) g_bytes_get_size (answer), error);
}

static gboolean
run_list (Program  *self,
          char    **words,
          GError  **error)
{
  g_autoptr (GPtrArray) requests = NULL;

  if (!open_state (self, error))
    return FALSE;
  requests = signet_demo_store_list_requests (self->store, error);
  for (guint i = 0; requests != NULL && i < requests->len; i++)
    {
      const SignetDemoRequest *request = requests->pdata[i];

      g_print ("%s  %-9s  %s\n", request->transaction_id, request->state, request->subject);
    }

  return requests != NULL;
}

/* The one request that waits and whose ID begins like this. */
static SignetDemoRequest *
find_waiting (Program     *self,
              const char  *prefix,
              GError     **error)
{
  g_autoptr (GPtrArray) requests = signet_demo_store_list_requests (self->store, error);
  const char *found = NULL;

  if (requests == NULL)
    return NULL;
  for (guint i = 0; i < requests->len; i++)
    {
      const SignetDemoRequest *request = requests->pdata[i];

      if (!g_str_equal (request->state, "received") || !g_str_has_prefix (request->transaction_id, prefix))
        continue;
      if (found != NULL)
        return fail_usage (error, _("More than one request that waits has an ID that begins like this")), NULL;
      found = request->transaction_id;
    }
  if (found == NULL)
    {
      g_set_error (error, SIGNET_DEMO_ERROR, SIGNET_DEMO_ERROR_NOT_FOUND,
                   _("No request with ID %s waits; “signet-demo-ca list” shows what there is"), prefix);
      return NULL;
    }

  return signet_demo_store_get_request (self->store, found, error);
}

static gboolean
set_state (Program     *self,
           const char  *prefix,
           const char  *state,
           GError     **error)
{
  g_autoptr (SignetDemoRequest) request = NULL;

  if (!open_state (self, error) || !signet_demo_store_begin (self->store, error))
    return FALSE;
  request = find_waiting (self, prefix, error);
  if (request == NULL)
    {
      signet_demo_store_rollback (self->store);
      return FALSE;
    }
  g_free (request->state);
  request->state = g_strdup (state);

  return signet_demo_store_put_request (self->store, request, error) && signet_demo_store_commit (self->store, error);
}

static gboolean
run_approve (Program  *self,
             char    **words,
             GError  **error)
{
  return set_state (self, words[1], "approved", error);
}

static gboolean
run_reject (Program  *self,
            char    **words,
            GError  **error)
{
  return set_state (self, words[1], "rejected", error);
}

static gboolean
run_add_code (Program  *self,
              char    **words,
              GError  **error)
{
  g_autoptr (SignetSecret) code = NULL;

  if (self->reference == NULL || self->secret_file == NULL)
    return fail_usage (error, _("Say --reference TEXT and --secret-file FILE: the file’s code is taken, or a new one written to it"));
  if (!open_state (self, error))
    return FALSE;
  if (g_file_test (self->secret_file, G_FILE_TEST_EXISTS))
    {
      code = signet_secret_new_from_file (self->secret_file, 1024, TRUE, error);
    }
  else
    {
      gsize size;
      const guint8 *data;

      code = signet_demo_state_make_code ();
      data = signet_secret_get_data (code, &size);
      if (!g_file_set_contents_full (self->secret_file, (const char *) data, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                     error))
        return FALSE;
    }

  return code != NULL && signet_demo_store_add_code (self->store, self->reference, code, error);
}

static const struct {
  const char *name;
  const char *argument;         /* (nullable): the one that it takes */
  const char *summary;
  gboolean (*run) (Program *self, char **words, GError **error);
} commands[] = {
  { "serve", NULL, N_("Answers over HTTP until it is stopped"), run_serve },
  { "answer", N_("FILE"), N_("Answers one message file into --output"), run_answer },
  { "list", NULL, N_("Lists requests: ID, state, subject"), run_list },
  { "approve", N_("ID"), N_("Lets a request that waits be granted"), run_approve },
  { "reject", N_("ID"), N_("Lets a request that waits be refused"), run_reject },
  { "add-code", NULL, N_("Gives out another --reference with the code in --secret-file"), run_add_code },
};

static GOptionContext *
make_context (Program *self)
{
  const GOptionEntry entries[] = {
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &self->state, N_("Folder of keys, requests and codes"), N_("DIR") },
    { "port", 0, 0, G_OPTION_ARG_INT, &self->port, N_("serve: port; default: a free one"), N_("NUMBER") },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &self->listen, N_("serve: numeric address; default: 127.0.0.1"), N_("ADDRESS") },
    { "expose", 0, 0, G_OPTION_ARG_NONE, &self->expose, N_("serve: allow an address that others reach"), NULL },
    { "https", 0, 0, G_OPTION_ARG_NONE, &self->https, N_("serve: TLS, with a certificate below the demo root"), NULL },
    { "explicit-confirm", 0, 0, G_OPTION_ARG_NONE, &self->policy.explicit_confirm, N_("Want each certificate confirmed"), NULL },
    { "hold", 0, 0, G_OPTION_ARG_NONE, &self->policy.hold, N_("Grant nothing before “approve”"), NULL },
    { "delay", 0, 0, G_OPTION_ARG_INT, &self->delay, N_("Grant only so long after the request"), N_("SECONDS") },
    { "check-after", 0, 0, G_OPTION_ARG_INT, &self->check_after, N_("What a client that polls is told to wait"), N_("SECONDS") },
    { "reject-with", 0, 0, G_OPTION_ARG_STRING, &self->policy.reject, N_("Refuse everything, with these words"), N_("TEXT") },
    { "modify", 0, 0, G_OPTION_ARG_NONE, &self->policy.modify, N_("Grant with a changed name"), NULL },
    { "no-ca-pubs", 0, 0, G_OPTION_ARG_NONE, &self->policy.no_ca_pubs, N_("Do not send the root along"), NULL },
    { "days", 0, 0, G_OPTION_ARG_INT, &self->days, N_("Life of a certificate; default: 365"), N_("NUMBER") },
    { "accept-issuer", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->issuers, N_("Root of others who may sign requests"), N_("FILE") },
    { "output", 0, 0, G_OPTION_ARG_FILENAME, &self->output, N_("answer: file of the reply"), N_("FILE") },
    { "reference", 0, 0, G_OPTION_ARG_STRING, &self->reference, N_("add-code: reference"), N_("TEXT") },
    { "secret-file", 0, 0, G_OPTION_ARG_FILENAME, &self->secret_file, N_("add-code: file with the code"), N_("FILE") },
    { "lifeline-fd", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &self->lifeline, NULL, NULL },
    { "ready-fd", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &self->ready, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };
  GOptionContext *context = g_option_context_new (_("COMMAND [ARGUMENT]"));
  GString *summary = g_string_new (_("A certificate authority on this machine, for trying only.\n\nCommands:"));

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (summary, "\n  %-9s%-6s %s", commands[i].name, commands[i].argument != NULL ? _(commands[i].argument) : "",
                            _(commands[i].summary));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, summary->str);
  g_string_free (summary, TRUE);

  return context;
}

static gboolean
check_numbers (Program  *self,
               GError  **error)
{
  if (self->port < 0 || self->port > G_MAXUINT16)
    return fail_usage (error, _("--port must be between 0 and 65535"));
  if (self->delay < 0 || self->check_after < 0)
    return fail_usage (error, _("--delay and --check-after must not be negative"));
  if (self->days < 1 || self->days > 3650)
    return fail_usage (error, _("--days must be between 1 and 3650"));
  self->policy.delay = (guint) self->delay;
  self->policy.check_after = (guint) self->check_after;
  self->policy.days = (guint) self->days;

  return TRUE;
}

static gboolean
run (Program  *self,
     char   ***words,
     GError  **error)
{
  g_autoptr (GOptionContext) context = make_context (self);

  if (!g_option_context_parse_strv (context, words, error) || !check_numbers (self, error))
    return FALSE;
  for (guint i = 0; (*words)[1] != NULL && i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal ((*words)[1], commands[i].name))
      {
        guint wanted = commands[i].argument != NULL ? 1 : 0;

        if (g_strv_length (*words + 2) != wanted)
          return fail_usage (error, wanted == 0 ? _("This command takes no argument") : _("This command takes one argument"));
        return commands[i].run (self, *words + 1, error);
      }

  return fail_usage (error, _("Say a command: serve, answer, list, approve, reject or add-code; see --help"));
}

int
signet_demo_main (int    argc,
                  char **argv)
{
  g_auto (Program) program = { .lifeline = -1, .ready = -1, .check_after = DEFAULT_CHECK_AFTER, .days = DEFAULT_DAYS };
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = g_new0 (char *, argc + 1);

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  g_set_prgname ("signet-demo-ca");
  for (int i = 0; i < argc; i++)
    words[i] = g_strdup (argv[i]);
  if (run (&program, &words, &error))
    return 0;

  g_printerr ("signet-demo-ca: %s\n", error->message);
  if (error->domain == G_OPTION_ERROR || g_error_matches (error, SIGNET_DEMO_ERROR, SIGNET_DEMO_ERROR_USAGE))
    return 2;

  return g_error_matches (error, SIGNET_DEMO_ERROR, SIGNET_DEMO_ERROR_NOT_FOUND) ? 7 : 1;
}
