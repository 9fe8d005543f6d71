/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client/client.h"

/**
 * SignetItemModel:
 *
 * A list model of #SignetItem, newest row first. Rows are replaced, added and taken out in place, so that a view keeps
 * its selection and its place.
 */
#define SIGNET_TYPE_ITEM_MODEL (signet_item_model_get_type ())
G_DECLARE_FINAL_TYPE (SignetItemModel, signet_item_model, SIGNET, ITEM_MODEL, GObject)

SignetItemModel *signet_item_model_new (GType item_type);
void signet_item_model_replace_all (SignetItemModel *self, GPtrArray *items);
void signet_item_model_set (SignetItemModel *self, SignetItem *item);
void signet_item_model_remove (SignetItemModel *self, gint64 id);
SignetItem *signet_item_model_lookup (SignetItemModel *self, gint64 id);
