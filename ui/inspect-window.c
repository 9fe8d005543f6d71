/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "inspect-window.h"

#include <glib/gi18n.h>

static void
show_text (GtkWidget  *widget,
           const char *text)
{
  GtkWidget *window = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *view = gtk_text_view_new ();

  gtk_window_set_title (GTK_WINDOW (window), _("Message"));
  gtk_window_set_default_size (GTK_WINDOW (window), 640, 600);
  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (gtk_widget_get_root (widget)));
  gtk_text_view_set_editable (GTK_TEXT_VIEW (view), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (view), TRUE);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (view), 12);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (view), 12);
  gtk_text_view_set_top_margin (GTK_TEXT_VIEW (view), 12);
  gtk_text_view_set_bottom_margin (GTK_TEXT_VIEW (view), 12);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (view)), text, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, _("The message in words"), -1);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), scrolled);
  adw_window_set_content (ADW_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
}

static void
on_inspected (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GtkWidget) widget = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = signet_client_call_finish (SIGNET_CLIENT (source), result, &error);
  const char *text;

  if (reply == NULL)
    {
      signet_shell_report (signet_shell_of (widget), _("The message cannot be shown"), error);
      return;
    }
  g_variant_get_child (reply, 0, "&s", &text);
  if (gtk_widget_get_root (widget) != NULL)
    show_text (widget, text);
}

void
signet_inspect_message (GtkWidget *widget,
                        GBytes    *octets)
{
  SignetShell *shell = signet_shell_of (widget);

  g_return_if_fail (shell != NULL);

  signet_client_call_async (signet_shell_get_client (shell), "InspectMessage",
                            g_variant_new ("(@ay)", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, octets, TRUE)), NULL,
                            NULL, on_inspected, g_object_ref (widget));
}
