/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/**
 * SignetDemoDatabase:
 *
 * The database of the demo authority. What fails stays failed: after the first failed statement the others do nothing and
 * read nothing, until signet_demo_database_check () has told what it was. So call-backs, which can report nothing, may use it.
 */
typedef struct _SignetDemoDatabase SignetDemoDatabase;

SignetDemoDatabase *signet_demo_database_open (const char *folder, GError **error);
void signet_demo_database_free (SignetDemoDatabase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetDemoDatabase, signet_demo_database_free)

/* One statement whose ?1, ?2, … are bound in their order to what @types says: 'b' GBytes * (nullable), 's' const char *
 * (nullable), 'i' gint64. Returns: the number of rows changed, -1 where it failed. */
int signet_demo_database_run (SignetDemoDatabase *self, const char *sql, const char *types, ...);
/* The first column of the first row; (nullable): no row, or NULL in it. (transfer full) */
GBytes *signet_demo_database_read (SignetDemoDatabase *self, const char *sql, const char *types, ...);
char *signet_demo_database_read_text (SignetDemoDatabase *self, const char *sql, const char *types, ...);
gint64 signet_demo_database_read_number (SignetDemoDatabase *self, gint64 otherwise, const char *sql, const char *types, ...);
/* %FALSE with what the first failed statement since the last call was told. */
gboolean signet_demo_database_check (SignetDemoDatabase *self, GError **error);
