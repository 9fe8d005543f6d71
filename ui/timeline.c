/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "timeline.h"

#include <glib/gi18n.h>

struct _SignetTimeline
{
  GtkBox parent;
};

G_DEFINE_FINAL_TYPE (SignetTimeline, signet_timeline, GTK_TYPE_BOX)

static const struct
{
  const char *icon;
  const char *class;
  const char *words;            /* for those who see no icon */
} stages[] = {
  [SIGNET_STAGE_DONE] = { "object-select-symbolic", "signet-stage-done", N_("done") },
  [SIGNET_STAGE_NOW] = { "media-record-symbolic", "signet-stage-now", N_("now") },
  [SIGNET_STAGE_LATER] = { "media-record-symbolic", "signet-stage-later", N_("later") },
  [SIGNET_STAGE_ENDED] = { "window-close-symbolic", "signet-stage-ended", N_("ended here") },
};

static void
signet_timeline_class_init (SignetTimelineClass *klass)
{
}

static void
signet_timeline_init (SignetTimeline *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_widget_add_css_class (GTK_WIDGET (self), "card");
  gtk_widget_add_css_class (GTK_WIDGET (self), "signet-timeline");
}

GtkWidget *
signet_timeline_new (void)
{
  return g_object_new (SIGNET_TYPE_TIMELINE, NULL);
}

static GtkWidget *
make_text (const char *text,
           const char *class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, class);

  return label;
}

void
signet_timeline_add (SignetTimeline *self,
                     SignetStage     stage,
                     const char     *title,
                     const char     *words,
                     GtkWidget      *buttons)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *icon;
  g_autofree char *label = NULL;

  g_return_if_fail (SIGNET_IS_TIMELINE (self));

  icon = gtk_image_new_from_icon_name (stages[stage].icon);
  gtk_widget_set_valign (icon, GTK_ALIGN_START);
  gtk_widget_add_css_class (icon, "signet-stage");
  gtk_widget_add_css_class (icon, stages[stage].class);
  gtk_box_append (GTK_BOX (row), icon);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (texts), make_text (title, stage == SIGNET_STAGE_LATER ? "dim-label" : "heading"));
  if (words != NULL && *words != '\0')
    gtk_box_append (GTK_BOX (texts), make_text (words, "dim-label"));
  if (buttons != NULL)
    gtk_box_append (GTK_BOX (texts), buttons);
  gtk_box_append (GTK_BOX (row), texts);
  label = g_strdup_printf ("%s (%s). %s", title, _(stages[stage].words), words != NULL ? words : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_box_append (GTK_BOX (self), row);
}
