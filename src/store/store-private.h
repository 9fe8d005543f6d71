/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the files of this folder share. */

#include <sqlite3.h>

#include "store/store.h"

struct _SignetStore
{
  GObject parent;

  SignetStoreMode mode;
  char *home;
  sqlite3 *db;
  GRecMutex mutex;              /* one thread at a time; held from begin to commit */
  gboolean in_transaction;
  gboolean wipe_log;            /* something secret was deleted or replaced: it must not stay in the log */
  int lock_fd;
  guint64 generation;
  guint64 counter;
  SignetSecret *key;            /* (nullable): the store key */
  GArray *pending;              /* Change: of the transaction that runs */
  GArray *changes;              /* Change: committed, not yet taken */
};

typedef struct
{
  const char *table;            /* static */
  gint64 row;
} SignetStoreChange;

/* ---- SQL ---- */
void signet_store_set_error (SignetStore *self, GError **error, const char *what);
/* @types: one letter an argument: 'i' gint64, 's' const char * (nullable), 'b' GBytes * (nullable). */
sqlite3_stmt *signet_store_prepare (SignetStore *self, GError **error, const char *sql, const char *types, ...) G_GNUC_WARN_UNUSED_RESULT;
/* SQLITE_ROW or SQLITE_DONE; anything else set @error. */
int signet_store_step (SignetStore *self, sqlite3_stmt *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Prepares, runs to the end, and finalizes: for statements that give no rows. */
gboolean signet_store_run (SignetStore *self, GError **error, const char *sql, const char *types, ...) G_GNUC_WARN_UNUSED_RESULT;
char *signet_store_column_text (sqlite3_stmt *statement, int column);
GBytes *signet_store_column_bytes (sqlite3_stmt *statement, int column);
GVariant *signet_store_column_variant (sqlite3_stmt *statement, int column, const GVariantType *type);
char **signet_store_column_strv (sqlite3_stmt *statement, int column);
char *signet_store_strv_to_text (char **strv);
void signet_store_note_change (SignetStore *self, const char *table, gint64 row);
void signet_store_not_found (GError **error, const char *what, gint64 id);

/* ---- schema ---- */
int signet_store_schema_version (void);
gboolean signet_store_migrate (SignetStore *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- sealing: AES-256-GCM under @key; @name and @row say what it is and are authenticated with it ---- */
#define SIGNET_STORE_KEY_SIZE 32
GBytes *signet_store_seal_with (SignetSecret *key, const char *name, const char *row, GBytes *also, SignetSecret *plain,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetSecret *signet_store_open_with (SignetSecret *key, const char *name, const char *row, GBytes *also, GBytes *sealed,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_store_seal (SignetStore *self, const char *name, const char *row, GBytes *also, SignetSecret *plain,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetSecret *signet_store_unseal (SignetStore *self, const char *name, const char *row, GBytes *also, GBytes *sealed,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* HMAC-SHA-256 under a key derived from the store key. */
GBytes *signet_store_mac (SignetStore *self, const char *name, GBytes *data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
