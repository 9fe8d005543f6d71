/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "client/client-models.h"

struct _SignetItemModel
{
  GObject parent_instance;

  GType item_type;
  GPtrArray *items;             /* (element-type SignetItem): by falling id */
};

static GType
signet_item_model_get_item_type (GListModel *model)
{
  return SIGNET_ITEM_MODEL (model)->item_type;
}

static guint
signet_item_model_get_n_items (GListModel *model)
{
  return SIGNET_ITEM_MODEL (model)->items->len;
}

static gpointer
signet_item_model_get_item (GListModel *model,
                            guint       position)
{
  SignetItemModel *self = SIGNET_ITEM_MODEL (model);

  return position < self->items->len ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
signet_item_model_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = signet_item_model_get_item_type;
  iface->get_n_items = signet_item_model_get_n_items;
  iface->get_item = signet_item_model_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (SignetItemModel, signet_item_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, signet_item_model_list_model_init))

/* Where @id stands, or where it would. */
static guint
find_place (SignetItemModel *self,
            gint64           id,
            gboolean        *found)
{
  guint low = 0;
  guint high = self->items->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (signet_item_get_id (self->items->pdata[middle]) > id)
        low = middle + 1;
      else
        high = middle;
    }
  *found = low < self->items->len && signet_item_get_id (self->items->pdata[low]) == id;

  return low;
}

static int
compare_items (gconstpointer a,
               gconstpointer b)
{
  gint64 first = signet_item_get_id (*(SignetItem *const *) a);
  gint64 second = signet_item_get_id (*(SignetItem *const *) b);

  return first > second ? -1 : first < second;
}

static void
signet_item_model_finalize (GObject *object)
{
  g_ptr_array_unref (SIGNET_ITEM_MODEL (object)->items);

  G_OBJECT_CLASS (signet_item_model_parent_class)->finalize (object);
}

static void
signet_item_model_class_init (SignetItemModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_item_model_finalize;
}

static void
signet_item_model_init (SignetItemModel *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * signet_item_model_new:
 * @item_type: what its items are
 *
 * Returns: (transfer full): an empty model
 */
SignetItemModel *
signet_item_model_new (GType item_type)
{
  SignetItemModel *self = g_object_new (SIGNET_TYPE_ITEM_MODEL, NULL);

  self->item_type = item_type;

  return self;
}

/**
 * signet_item_model_replace_all:
 * @self: a model
 * @items: (element-type SignetItem): what it holds from now on, in any order
 */
void
signet_item_model_replace_all (SignetItemModel *self,
                               GPtrArray       *items)
{
  guint removed;

  g_return_if_fail (SIGNET_IS_ITEM_MODEL (self));
  g_return_if_fail (items != NULL);

  removed = self->items->len;
  g_ptr_array_set_size (self->items, 0);
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add (self->items, g_object_ref (items->pdata[i]));
  g_ptr_array_sort (self->items, compare_items);
  if (removed != 0 || self->items->len != 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, removed, self->items->len);
}

/**
 * signet_item_model_set:
 * @self: a model
 * @item: a new snapshot of a row, known or new
 */
void
signet_item_model_set (SignetItemModel *self,
                       SignetItem      *item)
{
  gboolean found;
  guint place;

  g_return_if_fail (SIGNET_IS_ITEM_MODEL (self));
  g_return_if_fail (SIGNET_IS_ITEM (item));

  place = find_place (self, signet_item_get_id (item), &found);
  if (found)
    {
      g_object_unref (self->items->pdata[place]);
      self->items->pdata[place] = g_object_ref (item);
    }
  else
    g_ptr_array_insert (self->items, (int) place, g_object_ref (item));
  g_list_model_items_changed (G_LIST_MODEL (self), place, found ? 1 : 0, 1);
}

/**
 * signet_item_model_remove:
 * @self: a model
 * @id: a row, known or not
 */
void
signet_item_model_remove (SignetItemModel *self,
                          gint64           id)
{
  gboolean found;
  guint place;

  g_return_if_fail (SIGNET_IS_ITEM_MODEL (self));

  place = find_place (self, id, &found);
  if (!found)
    return;
  g_ptr_array_remove_index (self->items, place);
  g_list_model_items_changed (G_LIST_MODEL (self), place, 1, 0);
}

/**
 * signet_item_model_lookup:
 * @self: a model
 * @id: a row
 *
 * Returns: (transfer full) (nullable): its item, where it is in the model now
 */
SignetItem *
signet_item_model_lookup (SignetItemModel *self,
                          gint64           id)
{
  gboolean found;
  guint place;

  g_return_val_if_fail (SIGNET_IS_ITEM_MODEL (self), NULL);

  place = find_place (self, id, &found);

  return found ? g_object_ref (self->items->pdata[place]) : NULL;
}
