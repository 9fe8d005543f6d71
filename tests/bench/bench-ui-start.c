/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <adwaita.h>
#include <stdlib.h>

#include "application.h"

/*
 * From the start of a process to its first frame: Signet's window on an empty store, against a window of libadwaita with
 * nothing in it, taking turns. Called with "minimal" or "signet" the program is what is measured; it ends with its first frame.
 */

#define ROUNDS 15

static void
on_painted (GdkFrameClock *clock,
            gpointer       application)
{
  _exit (EXIT_SUCCESS);
}

static void
on_window (GtkApplication *application,
           GtkWindow      *window,
           gpointer        user_data)
{
  gtk_widget_realize (GTK_WIDGET (window));
  g_signal_connect (gtk_widget_get_frame_clock (GTK_WIDGET (window)), "after-paint", G_CALLBACK (on_painted), application);
}

static void
on_activate (GtkApplication *application)
{
  GtkWidget *window = adw_application_window_new (application);

  gtk_window_set_default_size (GTK_WINDOW (window), 1100, 760);
  adw_application_window_set_content (ADW_APPLICATION_WINDOW (window), adw_header_bar_new ());
  gtk_window_present (GTK_WINDOW (window));
}

static int
be_measured (const char *what,
             const char *home)
{
  g_autoptr (GApplication) application = NULL;

  if (g_str_equal (what, "signet"))
    application = G_APPLICATION (signet_application_new (home, NULL));
  else
    {
      application = G_APPLICATION (adw_application_new ("org.example.Minimal", G_APPLICATION_NON_UNIQUE));
      g_signal_connect (application, "activate", G_CALLBACK (on_activate), NULL);
    }
  g_signal_connect_after (application, "window-added", G_CALLBACK (on_window), NULL);

  return g_application_run (application, 0, NULL);
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  return (*(const gint64 *) a > *(const gint64 *) b) - (*(const gint64 *) a < *(const gint64 *) b);
}

int
main (int    argc,
      char **argv)
{
  static const char *const what[] = { "minimal", "signet" };
  g_autofree char *home = g_dir_make_tmp ("signet-bench-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", home);
  gint64 times[2][ROUNDS];

  if (argc == 3)
    return be_measured (argv[1], argv[2]);
  for (guint round = 0; round < ROUNDS; round++)
    for (guint i = 0; i < 2; i++)
      {
        g_autoptr (GError) error = NULL;
        gint64 began = g_get_monotonic_time ();
        g_autoptr (GSubprocess) process
            = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, argv[0], what[i], home, NULL);

        g_assert_no_error (error);
        g_assert_true (g_subprocess_wait_check (process, NULL, &error));
        times[i][round] = g_get_monotonic_time () - began;
      }
  for (guint i = 0; i < 2; i++)
    qsort (times[i], ROUNDS, sizeof (gint64), compare);
  g_print ("first frame, median of %d: signet %" G_GINT64_FORMAT " ms, an empty window %" G_GINT64_FORMAT " ms, ratio %.2f\n",
           ROUNDS, times[1][ROUNDS / 2] / 1000, times[0][ROUNDS / 2] / 1000,
           (double) times[1][ROUNDS / 2] / (double) times[0][ROUNDS / 2]);

  return system (command);
}
