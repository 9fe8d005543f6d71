/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-main.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "demo/demo-server.h"
#include "pki/pki-secret.h"
#include "transfer/transfer-file.h"

#define EXIT_USAGE 2
#define SECRET_MAX 1024

/* What the command line said. */
typedef struct
{
  SignetDemoOptions options;
  char *state;
  char *listen;
  char *output;
  char *secret_file;
  char *tls_file;
  gboolean https;
  gboolean trying_only;
  gboolean no_implicit_confirm;
  int port;
  int ready_fd;
  int lifeline_fd;
  char **rest;
} Arguments;

static gboolean
parse (Arguments   *arguments,
       int         *argc,
       char      ***argv,
       GError     **error)
{
  const GOptionEntry entries[] = {
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &arguments->state, N_("Folder that keeps keys, codes and requests"), N_("DIR") },
    { "port", 0, 0, G_OPTION_ARG_INT, &arguments->port, N_("Port; 0: the last one, or any that is free"), N_("N") },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &arguments->listen, N_("Address other than loopback"), N_("ADDRESS") },
    { "i-know-this-is-for-trying-only", 0, 0, G_OPTION_ARG_NONE, &arguments->trying_only,
      N_("Needed with --listen for an address that others reach"), NULL },
    { "https", 0, 0, G_OPTION_ARG_NONE, &arguments->https, N_("Serve HTTPS, with a certificate of its own for localhost"), NULL },
    { "tls", 0, 0, G_OPTION_ARG_FILENAME, &arguments->tls_file, N_("PEM with certificate and key to serve HTTPS with instead"), N_("FILE") },
    { "implicit-confirm", 0, 0, G_OPTION_ARG_NONE, &arguments->options.implicit_confirm,
      N_("Grant implicit confirmation (the default is not to)"), NULL },
    { "no-implicit-confirm", 0, 0, G_OPTION_ARG_NONE, &arguments->no_implicit_confirm,
      N_("Insist on a confirmation of each certificate"), NULL },
    { "poll-count", 0, 0, G_OPTION_ARG_INT, &arguments->options.poll_count, N_("Let each request wait for N polls"), N_("N") },
    { "check-after", 0, 0, G_OPTION_ARG_INT, &arguments->options.check_after, N_("Seconds between polls"), N_("SECONDS") },
    { "confirm-wait", 0, 0, G_OPTION_ARG_INT, &arguments->options.confirm_wait,
      N_("Tell that a confirmation is awaited for so long (confirmWaitTime)"), N_("SECONDS") },
    { "hold", 0, 0, G_OPTION_ARG_NONE, &arguments->options.hold, N_("Issue nothing before “approve ID” or “reject ID”"), NULL },
    { "reject", 0, 0, G_OPTION_ARG_STRING, &arguments->options.reject, N_("Refuse every request with these words"), N_("TEXT") },
    { "modify", 0, 0, G_OPTION_ARG_NONE, &arguments->options.modify, N_("Grant with another organisation than asked for"), NULL },
    { "ca-pubs", 0, 0, G_OPTION_ARG_NONE, &arguments->options.ca_pubs, N_("Send the root in caPubs"), NULL },
    { "trusted", 0, 0, G_OPTION_ARG_FILENAME, &arguments->options.trusted,
      N_("PEM of other CAs whose certificates may sign requests"), N_("FILE") },
    { "ready-fd", 0, 0, G_OPTION_ARG_INT, &arguments->ready_fd, N_("Descriptor that is told how to reach the authority"), N_("FD") },
    { "lifeline-fd", 0, 0, G_OPTION_ARG_INT, &arguments->lifeline_fd, N_("End when this descriptor closes"), N_("FD") },
    { "output", 0, 0, G_OPTION_ARG_FILENAME, &arguments->output, N_("Where “answer” writes"), N_("FILE") },
    { "secret-file", 0, 0, G_OPTION_ARG_FILENAME, &arguments->secret_file, N_("Where “code add” reads the secret"), N_("FILE") },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments->rest, NULL, N_("COMMAND") },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
      context, _("A certification authority for trying Signet. For trying only: whoever reaches it gets certificates.\n\n"
                 "Commands:\n"
                 "  serve                 Answer over HTTP on this computer\n"
                 "  init                  Only make keys, certificates and the first code\n"
                 "  answer FILE           Answer one message file\n"
                 "  list                  Requests and their state\n"
                 "  approve ID            Let a held request go on\n"
                 "  reject ID             Refuse a held request\n"
                 "  code add REFERENCE    Another reference, with the secret from --secret-file"));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);

  return g_option_context_parse (context, argc, argv, error);
}

static void
arguments_clear (Arguments *arguments)
{
  g_free (arguments->state);
  g_free (arguments->listen);
  g_free (arguments->output);
  g_free (arguments->secret_file);
  g_free (arguments->tls_file);
  g_free (arguments->options.reject);
  g_free (arguments->options.trusted);
  g_strfreev (arguments->rest);
}

static int
report (GError *error)
{
  g_printerr ("signet-demo-ca: %s\n", error->message);
  return EXIT_FAILURE;
}

/* ---- serve ---- */

static gboolean
is_loopback (const char *address)
{
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (address);

  return inet != NULL && g_inet_address_get_is_loopback (inet);
}

static gboolean
write_ready (int          fd,
             const char  *text,
             GError     **error)
{
  gsize length = strlen (text);
  gsize written = 0;

  while (written < length)
    {
      gssize n = write (fd, text + written, length - written);

      if (n < 0 && errno != EINTR)
        {
          int saved = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), _("The ready message could not be written: %s"),
                       g_strerror (saved));
          return FALSE;
        }
      written += n > 0 ? (gsize) n : 0;
    }

  return TRUE;
}

static gboolean
announce (SignetDemoAuthority  *authority,
          SignetDemoServer     *server,
          gboolean              tls_anchor,
          int                   ready_fd,
          GError              **error)
{
  g_autofree char *url = signet_demo_server_get_url (server);
  g_autofree char *anchor = signet_demo_authority_anchor_file (authority);
  g_autofree char *secret = signet_demo_authority_secret_file (authority);
  g_autofree char *tls_line = tls_anchor ? g_strdup_printf ("TlsAnchorFile=%s\n", anchor) : g_strdup ("");
  g_autofree char *tls_option = tls_anchor ? g_strdup_printf (" --tls-anchors '%s'", anchor) : g_strdup ("");
  g_autofree char *settings = NULL;

  settings = g_strdup_printf ("[Authority]\nName=%s\nUrl=%s\nAnchorFile=%s\n%sReference=demo\nSecretFile=%s\nMac=password-based\n",
                              _("Demo Authority"), url, anchor, tls_line, secret);
  g_printerr ("%s\n  signetctl authority add --name '%s' --url %s --anchor '%s'%s --reference demo --secret-file '%s' "
              "--mac password-based\n",
              _("This authority is for trying only. To let Signet know it:"), _("Demo Authority"), url, anchor, tls_option,
              secret);
  if (!write_ready (ready_fd >= 0 ? ready_fd : STDOUT_FILENO, settings, error))
    return FALSE;
  if (ready_fd >= 0)
    close (ready_fd);

  return TRUE;
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_lifeline (int          fd,
             GIOCondition condition,
             gpointer     loop)
{
  char buffer[64];

  if ((condition & G_IO_IN) != 0 && read (fd, buffer, sizeof buffer) > 0)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (loop);

  return G_SOURCE_REMOVE;
}

static gboolean
start (Arguments            *arguments,
       SignetDemoAuthority **authority,
       SignetDemoServer    **server,
       GError              **error)
{
  g_autoptr (GTlsCertificate) tls = NULL;

  *authority = signet_demo_authority_new (arguments->state, &arguments->options, error);
  if (*authority == NULL)
    return FALSE;
  if (arguments->tls_file != NULL)
    tls = g_tls_certificate_new_from_file (arguments->tls_file, error);
  else if (arguments->https)
    tls = signet_demo_authority_get_tls_certificate (*authority, error);
  if (tls == NULL && (arguments->tls_file != NULL || arguments->https))
    return FALSE;
  *server = signet_demo_server_new (*authority);

  return signet_demo_server_listen (*server, arguments->listen, (guint) arguments->port, tls, error)
         && announce (*authority, *server, arguments->https && arguments->tls_file == NULL, arguments->ready_fd, error);
}

static int
serve (Arguments *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetDemoAuthority) authority = NULL;
  g_autoptr (SignetDemoServer) server = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  if (arguments->listen != NULL && !is_loopback (arguments->listen) && !arguments->trying_only)
    {
      g_printerr (_("signet-demo-ca: %s can be reached from other computers, and whoever reaches this authority gets "
                    "certificates. If you want that, add --i-know-this-is-for-trying-only.\n"),
                  arguments->listen);
      return EXIT_USAGE;
    }
  if (!start (arguments, &authority, &server, &error))
    return report (error);

  g_unix_signal_add (SIGTERM, on_signal, loop);
  g_unix_signal_add (SIGINT, on_signal, loop);
  if (arguments->lifeline_fd >= 0)
    g_unix_fd_add (arguments->lifeline_fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_lifeline, loop);
  g_main_loop_run (loop);

  return EXIT_SUCCESS;
}

/* ---- the other commands ---- */

static int
init (Arguments *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetDemoAuthority) authority = signet_demo_authority_new (arguments->state, NULL, &error);

  return authority != NULL ? EXIT_SUCCESS : report (error);
}

static int
answer (Arguments *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetDemoAuthority) authority = signet_demo_authority_open (arguments->state, &arguments->options, &error);
  g_autofree char *contents = NULL;
  g_autoptr (GBytes) raw = NULL;
  g_autoptr (GBytes) message = NULL;
  g_autoptr (GBytes) reply = NULL;
  gsize length;

  if (authority == NULL || !g_file_get_contents (arguments->rest[1], &contents, &length, &error))
    return report (error);
  raw = g_bytes_new_take (g_steal_pointer (&contents), length);
  message = signet_message_file_decode (raw, &error);
  reply = message != NULL ? signet_demo_authority_handle (authority, message, &error) : NULL;
  if (reply == NULL
      || !g_file_set_contents_full (arguments->output, g_bytes_get_data (reply, NULL), (gssize) g_bytes_get_size (reply),
                                    G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error))
    return report (error);

  return EXIT_SUCCESS;
}

static int
list (Arguments *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetDemoAuthority) authority = signet_demo_authority_open (arguments->state, NULL, &error);
  g_autofree char *text = authority != NULL ? signet_demo_authority_list (authority, &error) : NULL;

  if (text == NULL)
    return report (error);
  g_print ("%s", text);

  return EXIT_SUCCESS;
}

static int
decide (Arguments *arguments,
        gboolean   approved)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetDemoAuthority) authority = signet_demo_authority_open (arguments->state, NULL, &error);
  gint64 id;

  if (authority == NULL || !g_ascii_string_to_signed (arguments->rest[1], 10, 1, G_MAXINT64, &id, &error)
      || !signet_demo_authority_decide (authority, id, approved, &error))
    return report (error);

  return EXIT_SUCCESS;
}

static int
add_code (Arguments *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetDemoAuthority) authority = signet_demo_authority_open (arguments->state, NULL, &error);
  g_autoptr (SignetSecret) secret = NULL;

  if (authority != NULL)
    secret = signet_secret_new_from_file (arguments->secret_file, SECRET_MAX, TRUE, &error);
  if (secret == NULL
      || !signet_demo_authority_add_code (authority, arguments->rest[2], (const char *) signet_secret_get_data (secret, NULL),
                                          &error))
    return report (error);

  return EXIT_SUCCESS;
}

static int
run (Arguments *arguments)
{
  char **rest = arguments->rest;
  guint n = rest != NULL ? g_strv_length (rest) : 0;

  if (arguments->state == NULL)
    {
      g_printerr (_("signet-demo-ca: --state DIR is missing. Try --help.\n"));
      return EXIT_USAGE;
    }
  if (arguments->port < 0 || arguments->port > G_MAXUINT16 || arguments->options.poll_count < 0
      || arguments->options.check_after < 0 || arguments->options.confirm_wait < 0)
    {
      g_printerr (_("signet-demo-ca: a number is out of range. Try --help.\n"));
      return EXIT_USAGE;
    }
  if (arguments->no_implicit_confirm)
    arguments->options.implicit_confirm = FALSE;
  if (n == 1 && g_str_equal (rest[0], "serve"))
    return serve (arguments);
  if (n == 1 && g_str_equal (rest[0], "init"))
    return init (arguments);
  if (n == 2 && g_str_equal (rest[0], "answer") && arguments->output != NULL)
    return answer (arguments);
  if (n == 1 && g_str_equal (rest[0], "list"))
    return list (arguments);
  if (n == 2 && g_str_equal (rest[0], "approve"))
    return decide (arguments, TRUE);
  if (n == 2 && g_str_equal (rest[0], "reject"))
    return decide (arguments, FALSE);
  if (n == 3 && g_str_equal (rest[0], "code") && g_str_equal (rest[1], "add") && arguments->secret_file != NULL)
    return add_code (arguments);
  g_printerr (_("signet-demo-ca: there is no such command. Try --help.\n"));

  return EXIT_USAGE;
}

int
signet_demo_main (int    argc,
                  char **argv)
{
  g_autoptr (GError) error = NULL;
  Arguments arguments = { .ready_fd = -1, .lifeline_fd = -1, .options = { .check_after = 5 } };
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  if (parse (&arguments, &argc, &argv, &error))
    status = run (&arguments);
  else
    {
      report (error);
      status = EXIT_USAGE;
    }
  arguments_clear (&arguments);

  return status;
}
