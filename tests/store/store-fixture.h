/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store.h"

/* A store in a folder of its own, open for writing and unlocked by a passphrase. */
typedef struct
{
  char *home;
  SignetSecret *passphrase;
  SignetStore *store;           /* NULL while closed */
} StoreFixture;

#define STORE_FIXTURE_PASSPHRASE "open sesame"
#define STORE_FIXTURE_CODE "SiemensIT"

void store_fixture_set_up (StoreFixture *self, gconstpointer data);
void store_fixture_tear_down (StoreFixture *self, gconstpointer data);
void store_fixture_open (StoreFixture *self);
void store_fixture_close (StoreFixture *self);
void store_fixture_begin (StoreFixture *self);
void store_fixture_commit (StoreFixture *self);

/* Edits the closed database as somebody does who has the file, but not the store key. */
void store_fixture_edit (StoreFixture *self, const char *sql);
/* Whether the octets stand anywhere in the home's files. */
gboolean store_fixture_contains (StoreFixture *self, gconstpointer octets, gsize size);

/* One row of each kind, by the store's own functions. */
SignetCertificate *store_fixture_make_certificate (SignetKey *key);
gint64 store_fixture_add_authority (StoreFixture *self, guint anchors);
gint64 store_fixture_add_key (StoreFixture *self);
gint64 store_fixture_add_request (StoreFixture *self, gint64 authority, gint64 key);

#define STORE_ADD(path, function) \
  g_test_add (path, StoreFixture, NULL, store_fixture_set_up, function, store_fixture_tear_down)
