/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki/pki-thread.h"
#include "worker/worker.h"

#define GRACE 10                /* seconds without a client and without work */
#define SECRET_MAX 4096

typedef struct
{
  SignetWorker *worker;
  GMainLoop *loop;
  int socket_fd;
  gboolean closing;
  int status;
} Program;

static void
complain (const GError *error)
{
  g_printerr ("%s\n", error->message);
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Program *program = user_data;
  g_autoptr (GError) error = NULL;

  if (!signet_worker_close_finish (program->worker, result, &error))
    complain (error);
  g_main_loop_quit (program->loop);
}

static void
end (Program *program)
{
  if (program->closing)
    return;
  program->closing = TRUE;
  signet_worker_close_async (program->worker, on_closed, program);
}

static void
on_finished (SignetWorker *worker,
             gpointer      user_data)
{
  end (user_data);
}

static gboolean
on_signal (gpointer user_data)
{
  end (user_data);

  return G_SOURCE_CONTINUE;
}

static void
on_opened (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Program *program = user_data;
  g_autoptr (GError) error = NULL;
  gboolean listening = FALSE;

  if (signet_worker_open_finish (program->worker, result, &error))
    listening = program->socket_fd >= 0 ? signet_worker_listen_fd (program->worker, program->socket_fd, &error)
                                        : signet_worker_listen (program->worker, &error);
  if (!listening)
    {
      complain (error);
      program->status = EXIT_FAILURE;
      end (program);
      return;
    }
  signet_worker_set_grace (program->worker, GRACE);
}

static int
run (const char   *home,
     SignetSecret *passphrase,
     int           socket_fd)
{
  Program program = { .socket_fd = socket_fd, .status = EXIT_SUCCESS };

  signet_thread_keep_responsive ();
  program.loop = g_main_loop_new (NULL, FALSE);
  program.worker = signet_worker_new (home);
  if (passphrase != NULL)
    signet_worker_set_passphrase (program.worker, passphrase);
  g_signal_connect (program.worker, "finished", G_CALLBACK (on_finished), &program);
  g_unix_signal_add (SIGTERM, on_signal, &program);
  g_unix_signal_add (SIGINT, on_signal, &program);
  signet_worker_open_async (program.worker, NULL, on_opened, &program);
  g_main_loop_run (program.loop);
  g_object_unref (program.worker);
  g_main_loop_unref (program.loop);

  return program.status;
}

/* The client that started this may go any time: its terminal and its end of a pipe go with it. */
static void
detach (void)
{
  umask (0077);
  signal (SIGPIPE, SIG_IGN);
  if (setsid () < 0)
    g_debug ("Already the leader of a group");
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *home = NULL;
  g_autofree char *passphrase_file = NULL;
  int socket_fd = -1;
  const GOptionEntry entries[] = {
    { "home", 0, 0, G_OPTION_ARG_FILENAME, &home, N_("Folder of the store"), N_("DIR") },
    { "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &passphrase_file, N_("Opens the store key by the passphrase in FILE"),
      N_("FILE") },
    { "socket-fd", 0, 0, G_OPTION_ARG_INT, &socket_fd, N_("Serve this socket instead of DIR/worker.sock"), N_("FD") },
    { NULL },
  };
  g_autoptr (GOptionContext) context = NULL;
  g_autoptr (SignetSecret) passphrase = NULL;
  g_autoptr (GError) error = NULL;

  signet_secret_harden_process ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  detach ();

  context = g_option_context_new (NULL);
  g_option_context_set_summary (context, _("The background worker of Signet. It is started by the programs that need it."));
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      complain (error);
      return EXIT_FAILURE;
    }
  if (home == NULL)
    {
      g_printerr ("%s\n", _("Say which store is meant: --home DIR"));
      return EXIT_FAILURE;
    }
  if (passphrase_file != NULL)
    {
      passphrase = signet_secret_new_from_file (passphrase_file, SECRET_MAX, TRUE, &error);
      if (passphrase == NULL)
        {
          complain (error);
          return EXIT_FAILURE;
        }
    }

  return run (home, passphrase, socket_fd);
}
