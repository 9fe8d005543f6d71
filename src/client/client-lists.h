/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client/client-models.h"
#include "store/store.h"

/**
 * SignetClientLists:
 *
 * The lists of one store, filled from its database by short reads in a thread, and kept true row by row.
 */
#define SIGNET_TYPE_CLIENT_LISTS (signet_client_lists_get_type ())
G_DECLARE_FINAL_TYPE (SignetClientLists, signet_client_lists, SIGNET, CLIENT_LISTS, GObject)

SignetClientLists *signet_client_lists_new (const char *home);
SignetItemModel *signet_client_lists_get_authorities (SignetClientLists *self);
SignetItemModel *signet_client_lists_get_requests (SignetClientLists *self);
SignetItemModel *signet_client_lists_get_certificates (SignetClientLists *self);
SignetItemModel *signet_client_lists_get_keys (SignetClientLists *self);
/* (transfer full) (nullable): open for reading; %NULL before the first reload. */
SignetStore *signet_client_lists_get_store (SignetClientLists *self);
/* Opens the database anew and reads everything. */
void signet_client_lists_reload (SignetClientLists *self);
/* @rows: a(sx) that have changed. */
void signet_client_lists_refresh (SignetClientLists *self, GVariant *rows);
/* Calls back when nothing of what was asked so far is left to be read. */
void signet_client_lists_settle_async (SignetClientLists *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean signet_client_lists_settle_finish (SignetClientLists *self, GAsyncResult *result, GError **error);
