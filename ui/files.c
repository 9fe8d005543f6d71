/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "files.h"

#include <glib/gi18n.h>

static void
on_saved (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;
  SignetShell *shell = signet_shell_of (widget);
  g_autofree char *name = g_file_get_basename (G_FILE (source));

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    signet_shell_report (shell, _("The file was not saved"), error);
  else if (shell != NULL)
    {
      /* Translators: %s is a file's name */
      g_autofree char *words = g_strdup_printf (_("“%s” saved"), name);

      signet_shell_say (shell, words);
    }
}

static void
on_save_response (GtkNativeDialog *dialog,
                  int              response,
                  gpointer         user_data)
{
  GtkWidget *widget = user_data;
  GBytes *octets = g_object_get_data (G_OBJECT (dialog), "octets");
  gboolean private = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "private"));

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      g_file_replace_contents_bytes_async (file, octets, NULL, FALSE,
                                           G_FILE_CREATE_REPLACE_DESTINATION | (private ? G_FILE_CREATE_PRIVATE : 0), NULL,
                                           on_saved, g_object_ref (widget));
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

void
signet_save_octets (GtkWidget  *widget,
                    const char *title,
                    const char *file_name,
                    GBytes     *octets,
                    gboolean    private)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_root (widget)),
                                                              GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), _("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), file_name);
  g_object_set_data_full (G_OBJECT (dialog), "octets", g_bytes_ref (octets), (GDestroyNotify) g_bytes_unref);
  g_object_set_data (G_OBJECT (dialog), "private", GINT_TO_POINTER (private));
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_save_response), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* A function in a box: a pointer to one fits no pointer to data. */
typedef struct
{
  SignetFileChosen chosen;
} Chosen;

static void
on_open_response (GtkNativeDialog *dialog,
                  int              response,
                  gpointer         user_data)
{
  const Chosen *box = g_object_get_data (G_OBJECT (dialog), "chosen");

  if (response == GTK_RESPONSE_ACCEPT)
    {
      g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));

      box->chosen (user_data, file);
    }
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

void
signet_choose_file (GtkWidget         *widget,
                    const char        *title,
                    const char        *kind,
                    const char *const *patterns,
                    SignetFileChosen   chosen)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (title, GTK_WINDOW (gtk_widget_get_root (widget)),
                                                              GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"), _("_Cancel"));
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) all = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, kind);
  for (guint i = 0; patterns[i] != NULL; i++)
    gtk_file_filter_add_pattern (filter, patterns[i]);
  gtk_file_filter_set_name (all, _("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), all);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_object_set_data_full (G_OBJECT (dialog), "chosen", g_memdup2 (&(Chosen){ chosen }, sizeof (Chosen)), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_open_response), widget, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
