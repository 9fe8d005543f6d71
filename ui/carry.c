/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "carry.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <libportal-gtk4/portal-gtk4.h>

#include "files.h"

#define MESSAGE_FILE_MAX (2 * 1024 * 1024)      /* octets of a file that may hold a reply in any clothing */

/* What goes out by hand, from the button to its end. */
typedef struct
{
  GtkWidget *widget;
  gint64 id;
  gboolean mail;
} Errand;

static void
errand_free (Errand *self)
{
  g_object_unref (self->widget);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Errand, errand_free)

/* ---- by mail ---- */

static void
on_no_mail_response (AdwMessageDialog *dialog,
                     const char       *response,
                     gpointer          user_data)
{
  const gint64 *id = g_object_get_data (G_OBJECT (dialog), "request");

  if (g_str_equal (response, "save"))
    signet_carry_save (user_data, *id);
}

/* Says why there is no mail, and offers the other way. */
static void
report_no_mail (const Errand *self,
                const GError *error)
{
  SignetShell *shell = signet_shell_of (self->widget);
  g_autofree char *words = NULL;
  GtkWidget *dialog;

  if (shell == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* Translators: %s is what the system said */
  words = g_strdup_printf (_("Save the message as a file and attach it to a mail yourself.\n\n%s"), error->message);
  dialog = adw_message_dialog_new (GTK_WINDOW (shell), _("No mail program could be opened"), words);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "close", _("_Close"), "save", _("_Save Message…"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "save");
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "save", ADW_RESPONSE_SUGGESTED);
  g_object_set_data_full (G_OBJECT (dialog), "request", g_memdup2 (&self->id, sizeof self->id), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_no_mail_response), self->widget, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
on_mailed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (Errand) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!xdp_portal_compose_email_finish (XDP_PORTAL (source), result, &error))
    {
      g_dbus_error_strip_remote_error (error);
      report_no_mail (self, error);
    }
}

/* The mail program reads the attachment when it likes to, so it lies where it may stay. */
static char *
keep_attachment (GBytes      *octets,
                 const char  *file_name,
                 GError     **error)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "signet", NULL);
  g_autofree char *path = g_build_filename (folder, file_name, NULL);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _("The folder %s cannot be made: %s"), folder,
                   g_strerror (errno));
      return NULL;
    }

  return g_file_set_contents (path, g_bytes_get_data (octets, NULL), (gssize) g_bytes_get_size (octets), error)
             ? g_steal_pointer (&path)
             : NULL;
}

static void
compose (Errand     *self,
         const char *path)
{
  g_autoptr (XdpPortal) portal = xdp_portal_new ();
  XdpParent *parent = xdp_parent_new_gtk (GTK_WINDOW (gtk_widget_get_root (self->widget)));
  const char *attachments[] = { path, NULL };

  xdp_portal_compose_email (portal, parent, NULL, NULL, NULL, _("Certificate request"),
                            _("The attached file is a certificate request. Please answer with the reply of your certificate "
                              "service as an attachment."),
                            attachments, XDP_EMAIL_FLAG_NONE, NULL, on_mailed, self);
  xdp_parent_free (parent);
}

/* ---- out ---- */

static void
on_exported (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (Errand) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  g_autoptr (GVariant) octets = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *path = NULL;
  const char *file_name;

  if (reply == NULL)
    {
      signet_shell_report (signet_shell_of (self->widget), _("The message could not be made ready"), error);
      return;
    }
  if (gtk_widget_get_root (self->widget) == NULL)
    return;
  octets = g_variant_get_child_value (reply, 0);
  bytes = g_variant_get_data_as_bytes (octets);
  g_variant_get_child (reply, 1, "&s", &file_name);
  if (!self->mail)
    signet_save_octets (self->widget, _("Save Message"), file_name, bytes, FALSE);
  else if ((path = keep_attachment (bytes, file_name, &error)) != NULL)
    compose (g_steal_pointer (&self), path);
  else
    report_no_mail (self, error);
}

static void
hand_over (GtkWidget *widget,
           gint64     id,
           gboolean   mail)
{
  SignetShell *shell = signet_shell_of (widget);
  Errand *errand;

  g_return_if_fail (shell != NULL);

  errand = g_new0 (Errand, 1);
  errand->widget = g_object_ref (widget);
  errand->id = id;
  errand->mail = mail;
  signet_client_call_async (signet_shell_get_client (shell), "ExportMessage", g_variant_new ("(x)", id), NULL, NULL,
                            on_exported, errand);
}

void
signet_carry_save (GtkWidget *widget,
                   gint64     id)
{
  hand_over (widget, id, FALSE);
}

void
signet_carry_mail (GtkWidget *widget,
                   gint64     id)
{
  hand_over (widget, id, TRUE);
}

/* ---- in ---- */

static void
on_imported (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  SignetShell *shell = signet_shell_of (widget);
  const char *outcome;
  gint64 id;

  if (reply == NULL)
    {
      signet_shell_report (shell, _("The reply was not taken"), error);
      return;
    }
  g_variant_get (reply, "(x&s)", &id, &outcome);
  if (shell == NULL)
    return;
  signet_shell_say (shell, outcome);
  signet_shell_show_row (shell, signet_client_get_requests (SIGNET_CLIENT (source)), id);
}

static void
on_reply_read (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;
  SignetShell *shell = signet_shell_of (widget);
  gsize length = 0;

  if (g_file_load_contents_finish (G_FILE (source), result, &contents, &length, NULL, &error) && length > MESSAGE_FILE_MAX)
    g_set_error (&error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The file is too large to be a reply."));
  if (error != NULL)
    signet_shell_report (shell, _("The file cannot be read"), error);
  else if (shell != NULL)
    signet_client_call_async (
        signet_shell_get_client (shell), "ImportMessage",
        g_variant_new ("(x@ay)", (gint64) 0, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, contents, length, 1)), NULL, NULL,
        on_imported, g_object_ref (widget));
}

void
signet_carry_import_file (GtkWidget *widget,
                          GFile     *file)
{
  g_file_load_contents_async (file, NULL, on_reply_read, g_object_ref (widget));
}

void
signet_carry_import (GtkWidget *widget)
{
  static const char *const patterns[] = { "*.pki", "*.PKI", "*.pem", NULL };

  signet_choose_file (widget, _("Import Reply"), _("Message files"), patterns, signet_carry_import_file);
}
