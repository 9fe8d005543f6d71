/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "password-group.h"

#define KEY "signet-password"

GtkEditable *
signet_password_group_add (AdwMessageDialog *dialog,
                           const char       *label)
{
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *row = adw_password_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), label);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  adw_message_dialog_set_extra_child (dialog, group);
  g_object_set_data (G_OBJECT (dialog), KEY, row);

  return GTK_EDITABLE (row);
}

const char *
signet_password_group_get (AdwMessageDialog *dialog)
{
  return gtk_editable_get_text (g_object_get_data (G_OBJECT (dialog), KEY));
}
