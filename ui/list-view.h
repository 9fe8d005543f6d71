/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client/client.h"
#include "object-row.h"

/* Fills @row from @item. */
typedef void (*SignetRowFiller) (SignetObjectRow *row, SignetItem *item, gpointer user_data);
/* Whether @item has @needle (case-folded) in what it can be found by. */
typedef gboolean (*SignetItemMatch) (SignetItem *item, const char *needle);

/* One kind of thing as a list: rows, search, and what stands there instead when there is nothing. */
#define SIGNET_TYPE_LIST_VIEW (signet_list_view_get_type ())
G_DECLARE_FINAL_TYPE (SignetListView, signet_list_view, SIGNET, LIST_VIEW, GtkWidget)

/* Signal "open" (SignetItem): a row was activated; "clear-search". */
GtkWidget *signet_list_view_new (GListModel *model, SignetRowFiller filler, SignetItemMatch match, gpointer user_data);
void signet_list_view_set_empty (SignetListView *self, const char *icon_name, const char *title, const char *description,
                                 GtkWidget *buttons);
void signet_list_view_set_search (SignetListView *self, const char *text);
void signet_list_view_set_narrow (SignetListView *self, gboolean narrow);
/* Fills the rows that are shown again: what they say depends on the time. */
void signet_list_view_refresh (SignetListView *self);
