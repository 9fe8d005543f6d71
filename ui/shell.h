/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client/client.h"

/* What pages and dialogs ask of the window they are in, whatever the window is. */
#define SIGNET_TYPE_SHELL (signet_shell_get_type ())
G_DECLARE_INTERFACE (SignetShell, signet_shell, SIGNET, SHELL, GtkWidget)

struct _SignetShellInterface
{
  GTypeInterface parent;

  SignetClient *(*get_client) (SignetShell *self);
  void (*show_item) (SignetShell *self, SignetItem *item);
  void (*say) (SignetShell *self, const char *words);
};

/* The shell that @widget is in. */
SignetShell *signet_shell_of (GtkWidget *widget);
SignetClient *signet_shell_get_client (SignetShell *self);
void signet_shell_show_item (SignetShell *self, SignetItem *item);
void signet_shell_show_row (SignetShell *self, GListModel *model, gint64 id);
/* A toast, mirrored in the status line for screen readers. */
void signet_shell_say (SignetShell *self, const char *words);
/* What could not be done, in a dialog that stays until it is read. */
void signet_shell_report (SignetShell *self, const char *what, const GError *error);
