/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "object-row.h"

#include <glib/gi18n.h>

struct _SignetObjectRow
{
  GtkWidget parent;

  GtkWidget *content;
  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *facts;
  GtkWidget *below;
  GtkWidget *beside;
  GtkWidget *status_box;
  GtkImage *status_icon;
  GtkLabel *status;
  SignetTone tone;
  gboolean narrow;
};

G_DEFINE_FINAL_TYPE (SignetObjectRow, signet_object_row, GTK_TYPE_WIDGET)

static void
signet_object_row_dispose (GObject *object)
{
  g_clear_pointer (&SIGNET_OBJECT_ROW (object)->content, gtk_widget_unparent);

  G_OBJECT_CLASS (signet_object_row_parent_class)->dispose (object);
}

static void
signet_object_row_class_init (SignetObjectRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = signet_object_row_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/object-row.ui");
  gtk_widget_class_bind_template_child (widget_class, SignetObjectRow, content);
  gtk_widget_class_bind_template_child (widget_class, SignetObjectRow, icon);
  gtk_widget_class_bind_template_child (widget_class, SignetObjectRow, title);
  gtk_widget_class_bind_template_child (widget_class, SignetObjectRow, facts);
  gtk_widget_class_bind_template_child (widget_class, SignetObjectRow, below);
  gtk_widget_class_bind_template_child (widget_class, SignetObjectRow, beside);
  gtk_widget_class_bind_template_child (widget_class, SignetObjectRow, status_box);
  gtk_widget_class_bind_template_child (widget_class, SignetObjectRow, status_icon);
  gtk_widget_class_bind_template_child (widget_class, SignetObjectRow, status);
}

static void
signet_object_row_init (SignetObjectRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* What a screen reader says of the row: everything that it shows. */
static void
update_label (SignetObjectRow *self)
{
  g_autofree char *label = g_strjoin (", ", gtk_label_get_text (self->title), gtk_label_get_text (self->facts),
                                      gtk_label_get_text (self->status), NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

GtkWidget *
signet_object_row_new (void)
{
  return g_object_new (SIGNET_TYPE_OBJECT_ROW, NULL);
}

void
signet_object_row_set_icon (SignetObjectRow *self,
                            const char      *icon_name)
{
  g_return_if_fail (SIGNET_IS_OBJECT_ROW (self));

  gtk_image_set_from_icon_name (self->icon, icon_name);
}

void
signet_object_row_set_texts (SignetObjectRow *self,
                             const char      *title,
                             const char      *facts)
{
  g_return_if_fail (SIGNET_IS_OBJECT_ROW (self));

  gtk_label_set_text (self->title, title != NULL ? title : "");
  gtk_label_set_text (self->facts, facts != NULL ? facts : "");
  gtk_widget_set_visible (GTK_WIDGET (self->facts), facts != NULL && *facts != '\0');
  update_label (self);
}

void
signet_object_row_set_status (SignetObjectRow *self,
                              const char      *status,
                              SignetTone       tone)
{
  g_return_if_fail (SIGNET_IS_OBJECT_ROW (self));

  if (signet_tone_class (self->tone) != NULL)
    gtk_widget_remove_css_class (self->status_box, signet_tone_class (self->tone));
  self->tone = tone;
  if (signet_tone_class (tone) != NULL)
    gtk_widget_add_css_class (self->status_box, signet_tone_class (tone));
  gtk_label_set_text (self->status, status != NULL ? status : "");
  gtk_image_set_from_icon_name (self->status_icon, signet_tone_icon (tone));
  gtk_widget_set_visible (GTK_WIDGET (self->status_icon), TRUE);
  gtk_widget_set_visible (self->status_box, status != NULL && *status != '\0');
  update_label (self);
}

void
signet_object_row_set_note (SignetObjectRow *self,
                            const char      *note)
{
  signet_object_row_set_status (self, note, SIGNET_TONE_NEUTRAL);
  gtk_widget_set_visible (GTK_WIDGET (self->status_icon), FALSE);
}

void
signet_object_row_set_narrow (SignetObjectRow *self,
                              gboolean         narrow)
{
  g_return_if_fail (SIGNET_IS_OBJECT_ROW (self));

  if (self->narrow == narrow)
    return;
  self->narrow = narrow;
  g_object_ref (self->status_box);
  gtk_box_remove (GTK_BOX (narrow ? self->beside : self->below), self->status_box);
  gtk_box_append (GTK_BOX (narrow ? self->below : self->beside), self->status_box);
  g_object_unref (self->status_box);
  gtk_widget_set_visible (self->below, narrow);
  gtk_widget_set_visible (self->beside, !narrow);
}

const char *
signet_tone_icon (SignetTone tone)
{
  switch (tone)
    {
    case SIGNET_TONE_GOOD:
      return "object-select-symbolic";
    case SIGNET_TONE_PROGRESS:
      return "emblem-synchronizing-symbolic";
    case SIGNET_TONE_WARNING:
      return "alarm-symbolic";
    case SIGNET_TONE_ERROR:
      return "dialog-error-symbolic";
    case SIGNET_TONE_NEUTRAL:
    default:
      return "help-about-symbolic";
    }
}

const char *
signet_tone_class (SignetTone tone)
{
  switch (tone)
    {
    case SIGNET_TONE_GOOD:
      return "success";
    case SIGNET_TONE_WARNING:
      return "warning";
    case SIGNET_TONE_ERROR:
      return "error";
    case SIGNET_TONE_NEUTRAL:
      return "dim-label";
    case SIGNET_TONE_PROGRESS:
    default:
      return NULL;
    }
}
