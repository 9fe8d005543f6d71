/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

/* The frame of a page about one thing: scrolled, clamped, a heading and groups of rows. */
#define SIGNET_TYPE_PAGE (signet_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (SignetPage, signet_page, SIGNET, PAGE, GtkWidget)

struct _SignetPageClass
{
  GtkWidgetClass parent_class;

  /* Fills the page anew; called when the thing or the time changed. No pointer to a widget may be kept from it, unless the same
   * widget is added again each time. */
  void (*rebuild) (SignetPage *self);
};

const char *signet_page_get_title (SignetPage *self);
void signet_page_set_title (SignetPage *self, const char *title);
void signet_page_set_heading (SignetPage *self, const char *icon_name, const char *title, const char *subtitle);
/* In rebuild (): what stands below the heading is built anew from here. What comes out the same as before is not replaced. */
void signet_page_clear (SignetPage *self);
void signet_page_add (SignetPage *self, GtkWidget *widget);
/* What @widget leads to, so that two that look alike are not taken for each other. */
void signet_page_set_subject (GtkWidget *widget, GType kind, gint64 id);
/* An AdwPreferencesGroup, added. */
AdwPreferencesGroup *signet_page_add_group (SignetPage *self, const char *title);
/* A row of facts: @value selectable; @icon_name nullable. */
GtkWidget *signet_page_add_fact (AdwPreferencesGroup *group, const char *icon_name, const char *title, const char *value);
/* A box for buttons beside each other that wraps in a narrow window, added. */
GtkWidget *signet_page_add_buttons (SignetPage *self);
GtkWidget *signet_page_add_button (GtkWidget *buttons, const char *label, gboolean suggested, GCallback clicked, gpointer data);
/* Shows what is true now; what did not change stays as it is, with its focus. */
void signet_page_rebuild (SignetPage *self);
