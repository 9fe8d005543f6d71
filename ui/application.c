/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "application.h"

#include <glib/gi18n.h>

#include "window.h"

struct _SignetApplication
{
  AdwApplication parent;

  SignetClient *client;
};

G_DEFINE_FINAL_TYPE (SignetApplication, signet_application, ADW_TYPE_APPLICATION)

static void
on_opened (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (SignetApplication) self = user_data;
  g_autoptr (GError) error = NULL;
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (!signet_client_open_finish (SIGNET_CLIENT (source), result, &error) && window != NULL)
    signet_shell_report (SIGNET_SHELL (window), _("Signet could not start its background worker"), error);
}

static SignetWindow *
get_window (SignetApplication *self)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self));
  GtkWidget *window;

  for (GList *l = windows; l != NULL; l = l->next)
    if (SIGNET_IS_WINDOW (l->data))
      return l->data;
  window = signet_window_new (GTK_APPLICATION (self), self->client);
  signet_client_open_async (self->client, NULL, on_opened, g_object_ref (self));

  return SIGNET_WINDOW (window);
}

static void
signet_application_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (get_window (SIGNET_APPLICATION (application))));
}

static void
signet_application_open (GApplication  *application,
                         GFile        **files,
                         int            n_files,
                         const char    *hint)
{
  SignetWindow *window = get_window (SIGNET_APPLICATION (application));

  gtk_window_present (GTK_WINDOW (window));
  for (int i = 0; i < n_files; i++)
    signet_window_import_file (window, files[i]);
}

static void
about (GSimpleAction *action,
       GVariant      *parameter,
       gpointer       user_data)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (user_data));

  adw_show_about_window (window, "application-name", "Signet", "application-icon", APP_ID, "version", PACKAGE_VERSION,
                         "comments", _("Certificates for a person, by the Certificate Management Protocol"), "license-type",
                         GTK_LICENSE_GPL_3_0, "developer-name", _("The Signet maintainers"), NULL);
}

static void
quit (GSimpleAction *action,
      GVariant      *parameter,
      gpointer       user_data)
{
  GList *windows;

  while ((windows = gtk_application_get_windows (GTK_APPLICATION (user_data))) != NULL)
    gtk_window_destroy (windows->data);
}

static void
signet_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = { { "about", about }, { "quit", quit } };
  static const struct
  {
    const char *action;
    const char *keys[3];
  } accels[] = {
    { "win.new-request", { "<Control>n" } },
    { "win.import", { "<Control>i" } },
    { "win.search", { "<Control>f" } },
    { "win.check", { "F5" } },
    { "win.view::overview", { "<Alt>1" } },
    { "win.view::certificates", { "<Alt>2" } },
    { "win.view::requests", { "<Alt>3" } },
    { "win.view::keys", { "<Alt>4" } },
    { "win.view::authorities", { "<Alt>5" } },
    { "win.show-help-overlay", { "<Control>question" } },
    { "window.close", { "<Control>w" } },
    { "app.quit", { "<Control>q" } },
  };

  G_APPLICATION_CLASS (signet_application_parent_class)->startup (application);

  g_action_map_add_action_entries (G_ACTION_MAP (application), entries, G_N_ELEMENTS (entries), application);
  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (application), accels[i].action, accels[i].keys);
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()),
                                    "/io/github/signet/Signet/icons");
}

static void
signet_application_finalize (GObject *object)
{
  g_clear_object (&SIGNET_APPLICATION (object)->client);

  G_OBJECT_CLASS (signet_application_parent_class)->finalize (object);
}

static void
signet_application_class_init (SignetApplicationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_application_finalize;
  G_APPLICATION_CLASS (klass)->startup = signet_application_startup;
  G_APPLICATION_CLASS (klass)->activate = signet_application_activate;
  G_APPLICATION_CLASS (klass)->open = signet_application_open;
}

static void
signet_application_init (SignetApplication *self)
{
}

SignetApplication *
signet_application_new (const char *home,
                        const char *passphrase_file)
{
  SignetApplication *self
      = g_object_new (SIGNET_TYPE_APPLICATION, "application-id", APP_ID, "resource-base-path", "/io/github/signet/Signet",
                      "flags", G_APPLICATION_HANDLES_OPEN | (home != NULL ? G_APPLICATION_NON_UNIQUE : 0), NULL);

  self->client = signet_client_new (home, passphrase_file);

  return self;
}

SignetClient *
signet_application_get_client (SignetApplication *self)
{
  g_return_val_if_fail (SIGNET_IS_APPLICATION (self), NULL);

  return self->client;
}
