/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "peer-responder.h"

char *
peer_responder_find (const char *peer)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  g_autofree char *reason = NULL;
  int status = 0;
  const char *arguments[] = { PEER_PYTHON, PEER_SOURCE_DIR "/peerget.py", "classpath", peer, g_getenv ("SIGNET_BUILD_ROOT"), NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, &reason, &status, &error));
  if (g_spawn_check_wait_status (status, NULL))
    return g_strdup (g_strstrip (output));

  g_strstrip (reason);
  if (g_strcmp0 (g_getenv ("SIGNET_PEERS"), "all") == 0)
    {
      g_print ("Bail out! %s\n", reason);
      exit (1);
    }
  g_print ("1..0 # SKIP %s\n", reason);
  exit (0);
}

void
peer_responder_start (PeerResponder *self,
                      const char    *classpath,
                      const char    *main_class,
                      const char    *reference,
                      const char    *secret,
                      const char    *kem)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *secret_file = NULL;
  g_autoptr (GDataInputStream) output = NULL;

  self->folder = g_dir_make_tmp ("signet-peer-XXXXXX", &error);
  g_assert_no_error (error);
  secret_file = g_build_filename (self->folder, "secret", NULL);
  g_assert_true (g_file_set_contents (secret_file, secret, -1, &error));
  self->process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "java",
                                    "-XX:+UseSerialGC", "-cp", classpath, main_class, self->folder,
                                    reference, secret_file, kem, NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  self->url = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_nonnull (self->url);
}

void
peer_responder_stop (PeerResponder *self)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", self->folder);

  g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->process);
  g_assert_cmpint (system (command), ==, 0);
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->url, g_free);
}
