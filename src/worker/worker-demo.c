/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pki/pki-format.h"
#include "worker/worker-demo.h"
#include "worker/worker-error.h"

#define PROGRAM "signet-demo-ca"
#define STATE_FOLDER "demo-ca"
#define GROUP "Authority"
#define READY_MAX 4096          /* octets that it may say */
#define READY_LIMIT 30          /* seconds */
#define LIFELINE_FD 3           /* in the child */
#define READY_FD 4
#define SECRET_MAX 1024
#define ANCHOR_MAX (64 * 1024)

struct _SignetWorkerDemo
{
  GObject parent_instance;

  char *folder;
  GSubprocess *child;
  int lifeline;                 /* our end: the child ends when it is closed */
};

G_DEFINE_FINAL_TYPE (SignetWorkerDemo, signet_worker_demo, G_TYPE_OBJECT)

typedef struct
{
  GString *said;
  GCancellable *cancellable;
  GSource *limit;
  guint8 buffer[512];
} Start;

static void
start_free (gpointer data)
{
  Start *start = data;

  g_string_free (start->said, TRUE);
  g_source_destroy (start->limit);
  g_source_unref (start->limit);
  g_object_unref (start->cancellable);
  g_free (start);
}

static char *
find_program (void)
{
  g_autofree char *built = g_build_filename (BUILD_ROOT, "src", "demo", PROGRAM, NULL);

  if (*BUILD_ROOT != '\0' && g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&built);

  return g_build_filename (LIBEXECDIR, PROGRAM, NULL);
}

static gboolean
read_anchor (SignetWorkerDemoSettings  *settings,
             const char                *path,
             GError                   **error)
{
  g_autofree char *contents = NULL;
  gsize size;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SignetIdentity) identity = NULL;

  if (!g_file_get_contents (path, &contents, &size, error))
    return FALSE;
  bytes = g_bytes_new_take (g_steal_pointer (&contents), size);
  identity = size <= ANCHOR_MAX ? signet_identity_parse (bytes, NULL, error) : NULL;
  if (identity == NULL || identity->certificate == NULL)
    {
      if (error == NULL || *error == NULL)
        g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_FAILED, _("“%s” is no certificate."), path);
      return FALSE;
    }
  settings->anchor = g_bytes_ref (signet_certificate_get_der (identity->certificate));

  return TRUE;
}

static SignetWorkerDemoSettings *
parse_settings (const char  *said,
                GError     **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (SignetWorkerDemoSettings) settings = g_new0 (SignetWorkerDemoSettings, 1);
  g_autofree char *anchor = NULL;
  g_autofree char *secret = NULL;

  if (!g_key_file_load_from_data (file, said, (gsize) -1, G_KEY_FILE_NONE, error))
    return NULL;
  settings->name = g_key_file_get_string (file, GROUP, "Name", NULL);
  settings->mac = g_key_file_get_string (file, GROUP, "Mac", NULL);
  settings->url = g_key_file_get_string (file, GROUP, "Url", error);
  settings->reference = settings->url != NULL ? g_key_file_get_string (file, GROUP, "Reference", error) : NULL;
  secret = settings->reference != NULL ? g_key_file_get_string (file, GROUP, "SecretFile", error) : NULL;
  anchor = secret != NULL ? g_key_file_get_string (file, GROUP, "AnchorFile", error) : NULL;
  if (anchor == NULL || !read_anchor (settings, anchor, error))
    return NULL;
  settings->secret = signet_secret_new_from_file (secret, SECRET_MAX, TRUE, error);
  if (settings->secret == NULL)
    return NULL;

  return g_steal_pointer (&settings);
}

static void
fail_start (GTask        *task,
            const GError *reason)
{
  signet_worker_demo_stop (g_task_get_source_object (task));
  g_task_return_new_error (task, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_FAILED,
                           _("The demo authority did not start: %s"),
                           reason != NULL && !g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                             ? reason->message : _("it gave no answer."));
}

static void
parse_in_thread (GTask        *task,
                 gpointer      source,
                 gpointer      data,
                 GCancellable *cancellable)
{
  GError *error = NULL;
  SignetWorkerDemoSettings *settings = parse_settings (data, &error);

  if (settings != NULL)
    g_task_return_pointer (task, settings, (GDestroyNotify) (void (*) (void)) signet_worker_demo_settings_free);
  else
    g_task_return_error (task, error);
}

static void
on_parsed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  SignetWorkerDemoSettings *settings = g_task_propagate_pointer (G_TASK (result), &error);

  if (settings != NULL)
    g_task_return_pointer (task, settings, (GDestroyNotify) (void (*) (void)) signet_worker_demo_settings_free);
  else
    fail_start (task, error);
}

static void
on_said (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  SignetWorkerDemo *self = g_task_get_source_object (task);
  Start *start = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTask) parse = NULL;
  gssize size = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (size > 0 && start->said->len + (gsize) size <= READY_MAX)
    {
      g_string_append_len (start->said, (const char *) start->buffer, size);
      g_input_stream_read_async (G_INPUT_STREAM (source), start->buffer, sizeof start->buffer, G_PRIORITY_DEFAULT,
                                 start->cancellable, on_said, g_steal_pointer (&task));
      return;
    }

  if (size != 0)
    {
      fail_start (task, error);
      return;
    }
  parse = g_task_new (self, NULL, on_parsed, g_object_ref (task));
  g_task_set_name (parse, "parse_in_thread");
  g_task_set_task_data (parse, g_strdup (start->said->str), g_free);
  g_task_run_in_thread (parse, parse_in_thread);
}

static gboolean
on_limit (gpointer user_data)
{
  g_cancellable_cancel (user_data);

  return G_SOURCE_REMOVE;
}

static gboolean
open_pipes (int      lifeline[2],
            int      ready[2],
            GError **error)
{
  if (!g_unix_open_pipe (lifeline, FD_CLOEXEC, error))
    return FALSE;
  if (g_unix_open_pipe (ready, FD_CLOEXEC, error))
    return TRUE;
  close (lifeline[0]);
  close (lifeline[1]);

  return FALSE;
}

/* Returns our end of the pipe that says it is ready, or -1. */
static int
spawn (SignetWorkerDemo  *self,
       GError           **error)
{
  g_autofree char *program = find_program ();
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  const char *const argv[] = {
    program, "serve", "--state", self->folder, "--port", "0",
    "--lifeline-fd", G_STRINGIFY (LIFELINE_FD), "--ready-fd", G_STRINGIFY (READY_FD), NULL,
  };
  int lifeline[2];
  int ready[2];

  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_FAILED, _("“%s” cannot be made: %s"), self->folder,
                   g_strerror (errno));
      return -1;
    }
  if (!open_pipes (lifeline, ready, error))
    return -1;
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_subprocess_launcher_take_fd (launcher, lifeline[0], LIFELINE_FD);
  g_subprocess_launcher_take_fd (launcher, ready[1], READY_FD);
  self->child = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (self->child == NULL)
    {
      close (lifeline[1]);
      close (ready[0]);
      return -1;
    }
  self->lifeline = lifeline[1];

  return ready[0];
}

static void
signet_worker_demo_dispose (GObject *object)
{
  signet_worker_demo_stop (SIGNET_WORKER_DEMO (object));

  G_OBJECT_CLASS (signet_worker_demo_parent_class)->dispose (object);
}

static void
signet_worker_demo_finalize (GObject *object)
{
  g_free (SIGNET_WORKER_DEMO (object)->folder);

  G_OBJECT_CLASS (signet_worker_demo_parent_class)->finalize (object);
}

static void
signet_worker_demo_class_init (SignetWorkerDemoClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = signet_worker_demo_dispose;
  object_class->finalize = signet_worker_demo_finalize;
}

static void
signet_worker_demo_init (SignetWorkerDemo *self)
{
  self->lifeline = -1;
}

/**
 * signet_worker_demo_settings_free:
 * @self: (transfer full): settings
 */
void
signet_worker_demo_settings_free (SignetWorkerDemoSettings *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->name);
  g_free (self->url);
  g_free (self->mac);
  g_free (self->reference);
  g_clear_pointer (&self->secret, signet_secret_unref);
  g_clear_pointer (&self->anchor, g_bytes_unref);
  g_free (self);
}

/**
 * signet_worker_demo_new:
 * @home: folder of the store
 *
 * Returns: (transfer full): not started
 */
SignetWorkerDemo *
signet_worker_demo_new (const char *home)
{
  SignetWorkerDemo *self = g_object_new (SIGNET_TYPE_WORKER_DEMO, NULL);

  self->folder = g_build_filename (home, STATE_FOLDER, NULL);

  return self;
}

/**
 * signet_worker_demo_is_running:
 * @self: a demo authority
 *
 * Returns: whether it was started and not stopped
 */
gboolean
signet_worker_demo_is_running (SignetWorkerDemo *self)
{
  return self->child != NULL;
}

/**
 * signet_worker_demo_start_async:
 * @self: a demo authority that is not running
 * @callback: called when it answers, or did not start
 * @user_data: for @callback
 */
void
signet_worker_demo_start_async (SignetWorkerDemo    *self,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GInputStream) stream = NULL;
  GError *error = NULL;
  Start *start;
  int ready;

  g_task_set_name (task, "signet_worker_demo_start_async");
  ready = spawn (self, &error);
  if (ready < 0)
    {
      g_task_return_error (task, error);
      return;
    }
  start = g_new0 (Start, 1);
  start->said = g_string_new (NULL);
  start->cancellable = g_cancellable_new ();
  start->limit = g_timeout_source_new_seconds (READY_LIMIT);
  g_source_set_callback (start->limit, on_limit, start->cancellable, NULL);
  g_source_attach (start->limit, g_task_get_context (task));
  g_task_set_task_data (task, start, start_free);
  stream = g_unix_input_stream_new (ready, TRUE);
  g_input_stream_read_async (stream, start->buffer, sizeof start->buffer, G_PRIORITY_DEFAULT, start->cancellable, on_said,
                             g_steal_pointer (&task));
}

/**
 * signet_worker_demo_start_finish:
 * @self: a demo authority
 * @result: what the callback got
 * @error: why it did not start
 *
 * Returns: (transfer full): what it says of itself
 */
SignetWorkerDemoSettings *
signet_worker_demo_start_finish (SignetWorkerDemo  *self,
                                 GAsyncResult      *result,
                                 GError           **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * signet_worker_demo_stop:
 * @self: a demo authority, running or not
 */
void
signet_worker_demo_stop (SignetWorkerDemo *self)
{
  g_return_if_fail (SIGNET_IS_WORKER_DEMO (self));

  if (self->lifeline >= 0)
    close (self->lifeline);
  self->lifeline = -1;
  g_clear_object (&self->child);
}

static gboolean
remove_tree (const char  *path,
             GError     **error)
{
  struct stat info;

  if (g_lstat (path, &info) != 0)
    return errno == ENOENT;
  if (S_ISDIR (info.st_mode))
    {
      g_autoptr (GDir) dir = g_dir_open (path, 0, error);
      const char *name;

      if (dir == NULL)
        return FALSE;
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          if (!remove_tree (child, error))
            return FALSE;
        }
    }
  if (g_remove (path) == 0)
    return TRUE;
  g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_FAILED, _("“%s” cannot be removed: %s"), path,
               g_strerror (errno));

  return FALSE;
}

/**
 * signet_worker_demo_remove_state:
 * @self: a demo authority that was stopped
 * @error: what could not be removed
 *
 * Its certificates, keys and database, all for trying only.
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_demo_remove_state (SignetWorkerDemo  *self,
                                 GError           **error)
{
  return remove_tree (self->folder, error);
}
