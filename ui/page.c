/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "page.h"

#define SUBJECT "signet-subject"

typedef struct
{
  GtkWidget *scrolled;
  GtkWidget *heading;
  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *subtitle;
  GtkBox *content;
  GPtrArray *fresh;             /* (nullable) (element-type GtkWidget): what is to stand below the heading, while it is built */
  char *page_title;
} SignetPagePrivate;

G_DEFINE_TYPE_WITH_PRIVATE (SignetPage, signet_page, GTK_TYPE_WIDGET)

static void
signet_page_dispose (GObject *object)
{
  SignetPagePrivate *priv = signet_page_get_instance_private (SIGNET_PAGE (object));

  g_clear_pointer (&priv->scrolled, gtk_widget_unparent);
  g_clear_pointer (&priv->fresh, g_ptr_array_unref);
  g_clear_pointer (&priv->page_title, g_free);

  G_OBJECT_CLASS (signet_page_parent_class)->dispose (object);
}

static void
signet_page_class_init (SignetPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = signet_page_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/page.ui");
  gtk_widget_class_bind_template_child_private (widget_class, SignetPage, scrolled);
  gtk_widget_class_bind_template_child_private (widget_class, SignetPage, heading);
  gtk_widget_class_bind_template_child_private (widget_class, SignetPage, icon);
  gtk_widget_class_bind_template_child_private (widget_class, SignetPage, title);
  gtk_widget_class_bind_template_child_private (widget_class, SignetPage, subtitle);
  gtk_widget_class_bind_template_child_private (widget_class, SignetPage, content);
}

static void
signet_page_init (SignetPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

const char *
signet_page_get_title (SignetPage *self)
{
  SignetPagePrivate *priv = signet_page_get_instance_private (self);

  return priv->page_title;
}

void
signet_page_set_title (SignetPage *self,
                       const char *title)
{
  SignetPagePrivate *priv = signet_page_get_instance_private (self);

  g_free (priv->page_title);
  priv->page_title = g_strdup (title);
}

void
signet_page_set_heading (SignetPage *self,
                         const char *icon_name,
                         const char *title,
                         const char *subtitle)
{
  SignetPagePrivate *priv = signet_page_get_instance_private (self);

  gtk_widget_set_visible (priv->heading, TRUE);
  gtk_image_set_from_icon_name (priv->icon, icon_name);
  gtk_label_set_text (priv->title, title != NULL ? title : "");
  gtk_label_set_text (priv->subtitle, subtitle != NULL ? subtitle : "");
  gtk_widget_set_visible (GTK_WIDGET (priv->subtitle), subtitle != NULL && *subtitle != '\0');
}

void
signet_page_clear (SignetPage *self)
{
  SignetPagePrivate *priv = signet_page_get_instance_private (self);

  g_clear_pointer (&priv->fresh, g_ptr_array_unref);
  priv->fresh = g_ptr_array_new_with_free_func (g_object_unref);
}

void
signet_page_add (SignetPage *self,
                 GtkWidget  *widget)
{
  SignetPagePrivate *priv = signet_page_get_instance_private (self);

  g_return_if_fail (priv->fresh != NULL);

  g_ptr_array_add (priv->fresh, g_object_ref_sink (widget));
}

void
signet_page_set_subject (GtkWidget *widget,
                         GType      kind,
                         gint64     id)
{
  g_object_set_data_full (G_OBJECT (widget), SUBJECT, g_strdup_printf ("%s %" G_GINT64_FORMAT, g_type_name (kind), id), g_free);
}

/* Whether all classes of @one are @other's, but for those that the toolkit gives and takes while a widget is shown. */
static gboolean
has_classes (GtkWidget *one,
             GtkWidget *other)
{
  static const char *const passing[] = { "keyboard-activating", "small", "medium", "large", NULL };
  g_auto (GStrv) classes = gtk_widget_get_css_classes (one);

  for (guint i = 0; classes[i] != NULL; i++)
    if (!gtk_widget_has_css_class (other, classes[i]) && !g_strv_contains (passing, classes[i]))
      return FALSE;

  return TRUE;
}

/* Whether two widgets show the same and do the same, themselves: their children are compared by same (). */
static gboolean
same_itself (GtkWidget *one,
             GtkWidget *other)
{
  if (G_OBJECT_TYPE (one) != G_OBJECT_TYPE (other) || gtk_widget_get_visible (one) != gtk_widget_get_visible (other)
      || !has_classes (one, other) || !has_classes (other, one)
      || g_strcmp0 (g_object_get_data (G_OBJECT (one), SUBJECT), g_object_get_data (G_OBJECT (other), SUBJECT)) != 0)
    return FALSE;
  if (GTK_IS_LABEL (one))
    return g_str_equal (gtk_label_get_label (GTK_LABEL (one)), gtk_label_get_label (GTK_LABEL (other)));
  if (GTK_IS_IMAGE (one))
    return g_strcmp0 (gtk_image_get_icon_name (GTK_IMAGE (one)), gtk_image_get_icon_name (GTK_IMAGE (other))) == 0;
  /* An action says itself whether its button can be pressed, once the button is in the window. */
  if (GTK_IS_ACTIONABLE (one) && gtk_actionable_get_action_name (GTK_ACTIONABLE (one)) != NULL)
    return g_strcmp0 (gtk_actionable_get_action_name (GTK_ACTIONABLE (one)),
                      gtk_actionable_get_action_name (GTK_ACTIONABLE (other))) == 0;

  return gtk_widget_get_sensitive (one) == gtk_widget_get_sensitive (other);
}

static gboolean
same (GtkWidget *one,
      GtkWidget *other)
{
  GtkWidget *child;
  GtkWidget *other_child;

  if (one == other)
    return TRUE;
  if (!same_itself (one, other))
    return FALSE;
  child = gtk_widget_get_first_child (one);
  other_child = gtk_widget_get_first_child (other);
  for (; child != NULL && other_child != NULL;
       child = gtk_widget_get_next_sibling (child), other_child = gtk_widget_get_next_sibling (other_child))
    if (!same (child, other_child))
      return FALSE;

  return child == NULL && other_child == NULL;
}

/* Removes the children from @first up to and without @end. */
static void
remove_until (GtkBox    *content,
              GtkWidget *first,
              GtkWidget *end)
{
  while (first != end)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (first);

      gtk_box_remove (content, first);
      first = next;
    }
}

/* What shows the same as before stays: a button under the finger, the focus, selected text, an open row. */
static void
renew (GtkBox    *content,
       GPtrArray *fresh)
{
  GtkWidget *rest = gtk_widget_get_first_child (GTK_WIDGET (content));
  GtkWidget *last = NULL;

  for (guint i = 0; i < fresh->len; i++)
    {
      GtkWidget *widget = g_ptr_array_index (fresh, i);
      GtkWidget *kept = rest;

      while (kept != NULL && !same (kept, widget))
        kept = gtk_widget_get_next_sibling (kept);
      if (kept != NULL)
        {
          remove_until (content, rest, kept);
          rest = gtk_widget_get_next_sibling (kept);
        }
      else
        gtk_box_insert_child_after (content, widget, last);
      last = kept != NULL ? kept : widget;
    }
  remove_until (content, rest, NULL);
}

AdwPreferencesGroup *
signet_page_add_group (SignetPage *self,
                       const char *title)
{
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), title);
  signet_page_add (self, group);

  return ADW_PREFERENCES_GROUP (group);
}

GtkWidget *
signet_page_add_fact (AdwPreferencesGroup *group,
                      const char          *icon_name,
                      const char          *title,
                      const char          *value)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *label = g_strdup_printf ("%s: %s", title, value != NULL ? value : "");

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), value != NULL ? value : "");
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), title);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_preferences_row_set_title_selectable (ADW_PREFERENCES_ROW (row), TRUE);
  if (icon_name != NULL)
    adw_action_row_set_icon_name (ADW_ACTION_ROW (row), icon_name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  adw_preferences_group_add (group, row);

  return row;
}

GtkWidget *
signet_page_add_buttons (SignetPage *self)
{
  GtkWidget *box = gtk_flow_box_new ();

  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (box), GTK_SELECTION_NONE);
  gtk_flow_box_set_column_spacing (GTK_FLOW_BOX (box), 8);
  gtk_flow_box_set_row_spacing (GTK_FLOW_BOX (box), 8);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (box), 6);
  gtk_widget_set_halign (box, GTK_ALIGN_FILL);
  signet_page_add (self, box);

  return box;
}

GtkWidget *
signet_page_add_button (GtkWidget  *buttons,
                        const char *label,
                        gboolean    suggested,
                        GCallback   clicked,
                        gpointer    data)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  GtkWidget *child;

  gtk_widget_add_css_class (button, "pill");
  if (suggested)
    gtk_widget_add_css_class (button, "suggested-action");
  g_signal_connect_swapped (button, "clicked", clicked, data);
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_flow_box_append (GTK_FLOW_BOX (buttons), button);
  child = gtk_widget_get_parent (button);
  gtk_widget_set_focusable (child, FALSE);

  return button;
}

void
signet_page_rebuild (SignetPage *self)
{
  SignetPagePrivate *priv = signet_page_get_instance_private (self);

  g_return_if_fail (SIGNET_IS_PAGE (self));

  if (SIGNET_PAGE_GET_CLASS (self)->rebuild == NULL)
    return;
  SIGNET_PAGE_GET_CLASS (self)->rebuild (self);
  if (priv->fresh != NULL)
    renew (priv->content, priv->fresh);
  g_clear_pointer (&priv->fresh, g_ptr_array_unref);
}
