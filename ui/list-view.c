/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "list-view.h"

#include <glib/gi18n.h>

struct _SignetListView
{
  GtkWidget parent;

  GtkWidget *stack;
  GtkListView *list;
  AdwStatusPage *empty;
  GListModel *model;
  GtkFilterListModel *filtered;
  GtkCustomFilter *filter;
  SignetRowFiller filler;
  SignetItemMatch match;
  gpointer user_data;
  char *needle;
  gboolean narrow;
  GHashTable *rows;             /* SignetObjectRow that are bound now → GtkListItem */
};

G_DEFINE_FINAL_TYPE (SignetListView, signet_list_view, GTK_TYPE_WIDGET)

enum
{
  OPEN,
  CLEAR_SEARCH,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
update_page (SignetListView *self)
{
  const char *page = "list";

  if (g_list_model_get_n_items (self->model) == 0)
    page = "empty";
  else if (g_list_model_get_n_items (G_LIST_MODEL (self->filtered)) == 0)
    page = "no-hit";
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), page);
}

static void
on_activate (GtkListView    *list,
             guint           position,
             SignetListView *self)
{
  g_autoptr (SignetItem) item = g_list_model_get_item (G_LIST_MODEL (self->filtered), position);

  if (item != NULL)
    g_signal_emit (self, signals[OPEN], 0, item);
}

static void
on_clear (GtkButton      *button,
          SignetListView *self)
{
  g_signal_emit (self, signals[CLEAR_SEARCH], 0);
}

static void
on_setup (GtkSignalListItemFactory *factory,
          GtkListItem              *list_item,
          SignetListView           *self)
{
  gtk_list_item_set_child (list_item, signet_object_row_new ());
}

static void
on_bind (GtkSignalListItemFactory *factory,
         GtkListItem              *list_item,
         SignetListView           *self)
{
  SignetObjectRow *row = SIGNET_OBJECT_ROW (gtk_list_item_get_child (list_item));

  g_hash_table_insert (self->rows, row, list_item);
  signet_object_row_set_narrow (row, self->narrow);
  self->filler (row, gtk_list_item_get_item (list_item), self->user_data);
}

static void
on_unbind (GtkSignalListItemFactory *factory,
           GtkListItem              *list_item,
           SignetListView           *self)
{
  g_hash_table_remove (self->rows, gtk_list_item_get_child (list_item));
}

static gboolean
filter_item (gpointer item,
             gpointer user_data)
{
  SignetListView *self = user_data;

  return self->needle == NULL || self->match (item, self->needle);
}

static void
signet_list_view_dispose (GObject *object)
{
  SignetListView *self = SIGNET_LIST_VIEW (object);

  if (self->filtered != NULL)
    g_signal_handlers_disconnect_by_data (self->filtered, self);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_object (&self->filtered);
  g_clear_object (&self->filter);
  g_clear_object (&self->model);
  g_clear_pointer (&self->needle, g_free);
  g_clear_pointer (&self->rows, g_hash_table_unref);

  G_OBJECT_CLASS (signet_list_view_parent_class)->dispose (object);
}

static void
signet_list_view_class_init (SignetListViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = signet_list_view_dispose;
  signals[OPEN] = g_signal_new ("open", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                SIGNET_TYPE_ITEM);
  signals[CLEAR_SEARCH]
      = g_signal_new ("clear-search", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/signet/Signet/list-view.ui");
  gtk_widget_class_bind_template_child (widget_class, SignetListView, stack);
  gtk_widget_class_bind_template_child (widget_class, SignetListView, list);
  gtk_widget_class_bind_template_child (widget_class, SignetListView, empty);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_clear);
}

static void
signet_list_view_init (SignetListView *self)
{
  self->rows = g_hash_table_new (NULL, NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
signet_list_view_new (GListModel      *model,
                      SignetRowFiller  filler,
                      SignetItemMatch  match,
                      gpointer         user_data)
{
  SignetListView *self = g_object_new (SIGNET_TYPE_LIST_VIEW, NULL);
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkNoSelection) selection = NULL;

  self->model = g_object_ref (model);
  self->filler = filler;
  self->match = match;
  self->user_data = user_data;
  self->filter = gtk_custom_filter_new (filter_item, self, NULL);
  self->filtered = gtk_filter_list_model_new (g_object_ref (model), g_object_ref (GTK_FILTER (self->filter)));
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->filtered)));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), self);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  g_object_unref (factory);
  g_signal_connect_swapped (self->filtered, "items-changed", G_CALLBACK (update_page), self);
  g_signal_connect_swapped (self->model, "items-changed", G_CALLBACK (update_page), self);
  update_page (self);

  return GTK_WIDGET (self);
}

void
signet_list_view_set_empty (SignetListView *self,
                            const char     *icon_name,
                            const char     *title,
                            const char     *description,
                            GtkWidget      *buttons)
{
  g_return_if_fail (SIGNET_IS_LIST_VIEW (self));

  adw_status_page_set_icon_name (self->empty, icon_name);
  adw_status_page_set_title (self->empty, title);
  adw_status_page_set_description (self->empty, description);
  adw_status_page_set_child (self->empty, buttons);
}

void
signet_list_view_set_search (SignetListView *self,
                             const char     *text)
{
  g_return_if_fail (SIGNET_IS_LIST_VIEW (self));

  g_clear_pointer (&self->needle, g_free);
  if (text != NULL && *text != '\0')
    self->needle = g_utf8_casefold (text, -1);
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
  update_page (self);
}

void
signet_list_view_set_narrow (SignetListView *self,
                             gboolean        narrow)
{
  GHashTableIter iter;
  gpointer row;

  g_return_if_fail (SIGNET_IS_LIST_VIEW (self));

  self->narrow = narrow;
  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    signet_object_row_set_narrow (row, narrow);
}

void
signet_list_view_refresh (SignetListView *self)
{
  GHashTableIter iter;
  gpointer row;
  gpointer list_item;

  g_return_if_fail (SIGNET_IS_LIST_VIEW (self));

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, &row, &list_item))
    self->filler (row, gtk_list_item_get_item (list_item), self->user_data);
}
