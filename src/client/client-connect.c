/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>

#include "client/client-connect.h"
#include "client/client.h"

#define WORKER_PROGRAM "signet-worker"
#define SOCKET_NAME "worker.sock"

/* A worker is given this long to open its store and listen; another client's may be ending just now. */
#define START_LIMIT_MS 20000
#define FIRST_PAUSE_MS 10
#define LONGEST_PAUSE_MS 200
#define WORDS_MAX 4096

typedef struct
{
  char *home;
  char *passphrase_file;
  GSubprocess *child;
  gint64 give_up;               /* monotonic, microseconds */
  guint pause;                  /* milliseconds to the next attempt */
  guint answer_limit;           /* milliseconds for a worker that has accepted */
  GCancellable *patience;       /* cancelled when these have passed */
  GSource *limit;               /* (nullable): while it is waited for */
  char *child_words;            /* what it said before it ended without success */
} Attempt;

static void
attempt_free (gpointer data)
{
  Attempt *attempt = data;

  g_free (attempt->home);
  g_free (attempt->passphrase_file);
  g_free (attempt->child_words);
  g_clear_object (&attempt->child);
  g_clear_object (&attempt->patience);
  g_clear_pointer (&attempt->limit, g_source_unref);
  g_free (attempt);
}

static void try_socket (GTask *task);

/* The program beside which this one was built, else the installed one. */
static char *
find_worker (void)
{
  g_autofree char *built = g_build_filename (BUILD_ROOT, "src", "worker", WORKER_PROGRAM, NULL);

  if (*BUILD_ROOT != '\0' && g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&built);

  return g_build_filename (LIBEXECDIR, WORKER_PROGRAM, NULL);
}

static gboolean
on_pause_over (gpointer user_data)
{
  try_socket (g_steal_pointer (&user_data));

  return G_SOURCE_REMOVE;
}

static void
fail_without_worker (GTask *task)
{
  Attempt *attempt = g_task_get_task_data (task);

  if (attempt->child_words != NULL && *attempt->child_words != '\0')
    g_task_return_new_error (task, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NO_WORKER, "%s", attempt->child_words);
  else
    g_task_return_new_error (task, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NO_WORKER,
                             _("The background worker for “%s” does not answer."), attempt->home);
  g_object_unref (task);
}

/* Takes @task over. */
static void
pause_or_fail (GTask *task)
{
  Attempt *attempt = g_task_get_task_data (task);
  g_autoptr (GSource) source = NULL;

  /* A worker that ended with an error may have found another's lock: then that one's socket answers soon, or not at all. */
  if (g_get_monotonic_time () > attempt->give_up)
    {
      fail_without_worker (task);
      return;
    }

  source = g_timeout_source_new (attempt->pause);
  attempt->pause = MIN (attempt->pause * 2, LONGEST_PAUSE_MS);
  g_source_set_callback (source, on_pause_over, task, NULL);
  g_source_attach (source, g_task_get_context (task));
}

static void
on_child_ended (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Attempt *attempt = g_task_get_task_data (task);
  g_autofree char *words = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_subprocess_communicate_utf8_finish (G_SUBPROCESS (source), result, NULL, &words, &error))
    g_debug ("Reading from %s: %s", WORKER_PROGRAM, error->message);
  if (g_subprocess_get_successful (G_SUBPROCESS (source)))
    return;

  if (words != NULL)
    {
      if (strlen (words) > WORDS_MAX)
        words[WORDS_MAX] = '\0';
      attempt->child_words = g_utf8_make_valid (g_strstrip (words), -1);
    }
  /* It will not listen any more; only another worker could, and that one does at once. */
  attempt->give_up = MIN (attempt->give_up, g_get_monotonic_time () + G_USEC_PER_SEC);
}

static gboolean
start_worker (GTask   *task,
              GError **error)
{
  Attempt *attempt = g_task_get_task_data (task);
  g_autofree char *program = find_worker ();
  const char *argv[] = { program, "--home", attempt->home, NULL, NULL, NULL };
  g_autoptr (GSubprocessLauncher) launcher = NULL;

  if (attempt->passphrase_file != NULL)
    {
      argv[3] = "--passphrase-file";
      argv[4] = attempt->passphrase_file;
    }
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_subprocess_launcher_set_cwd (launcher, "/");
  attempt->child = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (attempt->child == NULL)
    return FALSE;
  g_subprocess_communicate_utf8_async (attempt->child, NULL, NULL, on_child_ended, g_object_ref (task));

  return TRUE;
}

static void
on_authenticated (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Attempt *attempt = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_finish (result, &error);

  g_source_destroy (attempt->limit);
  g_clear_pointer (&attempt->limit, g_source_unref);
  if (connection != NULL)
    g_task_return_pointer (task, connection, g_object_unref);
  else if (g_cancellable_is_cancelled (attempt->patience))
    fail_without_worker (g_steal_pointer (&task));
  else
    /* It was ending while it accepted. */
    pause_or_fail (g_steal_pointer (&task));
}

static gboolean
on_limit (gpointer user_data)
{
  Attempt *attempt = user_data;

  g_cancellable_cancel (attempt->patience);

  return G_SOURCE_REMOVE;
}

/* One that accepted and then hangs, or was stopped, would otherwise be waited for without end. */
static void
authenticate (GTask             *task,
              GSocketConnection *stream)
{
  Attempt *attempt = g_task_get_task_data (task);

  attempt->limit = g_timeout_source_new (attempt->answer_limit);
  g_source_set_callback (attempt->limit, on_limit, attempt, NULL);
  g_source_attach (attempt->limit, g_task_get_context (task));
  g_dbus_connection_new (G_IO_STREAM (stream), NULL,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         NULL, attempt->patience, on_authenticated, g_object_ref (task));
}

static void
on_socket (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Attempt *attempt = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) stream = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (stream != NULL)
    {
      authenticate (task, stream);
      return;
    }
  if (attempt->child == NULL)
    {
      g_clear_error (&error);
      if (!start_worker (task, &error))
        {
          g_task_return_new_error (task, SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NO_WORKER,
                                   _("The background worker cannot be started: %s"), error->message);
          return;
        }
    }
  pause_or_fail (g_steal_pointer (&task));
}

/* Takes @task over. */
static void
try_socket (GTask *task)
{
  Attempt *attempt = g_task_get_task_data (task);
  g_autofree char *path = g_build_filename (attempt->home, SOCKET_NAME, NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  /* No proxy stands between two processes of one person. */
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), NULL, on_socket, task);
}

/**
 * signet_client_connect_async:
 * @home: folder of the store
 * @passphrase_file: (nullable): handed to a worker that is started
 * @answer_limit: milliseconds that a worker which accepts may take until it answers
 * @callback: called in the thread-default main context
 * @user_data: for @callback
 *
 * Connects to the worker's socket; where nobody listens, starts a worker and tries again until it does.
 */
void
signet_client_connect_async (const char          *home,
                             const char          *passphrase_file,
                             guint                answer_limit,
                             GAsyncReadyCallback  callback,
                             gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Attempt *attempt = g_new0 (Attempt, 1);

  g_return_if_fail (home != NULL);

  g_task_set_name (task, "signet_client_connect_async");
  attempt->home = g_strdup (home);
  attempt->passphrase_file = g_strdup (passphrase_file);
  attempt->pause = FIRST_PAUSE_MS;
  attempt->answer_limit = answer_limit;
  attempt->patience = g_cancellable_new ();
  attempt->give_up = g_get_monotonic_time () + (gint64) START_LIMIT_MS * 1000;
  g_task_set_task_data (task, attempt, attempt_free);
  try_socket (g_steal_pointer (&task));
}

/**
 * signet_client_connect_finish:
 * @result: what the callback got
 * @error: %SIGNET_CLIENT_ERROR_NO_WORKER
 *
 * Returns: (transfer full): a connection on which Hello was not called yet
 */
GDBusConnection *
signet_client_connect_finish (GAsyncResult  *result,
                              GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
