/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client/client.h"

/* A client with a store of its own and the real worker's program. */
typedef struct
{
  char *top;
  char *home;
  char *passphrase_file;
  SignetClient *client;
} ClientFixture;

ClientFixture *client_fixture_new (void);
void client_fixture_free (ClientFixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClientFixture, client_fixture_free)
void client_fixture_open (ClientFixture *self);
/* (transfer full): another that is open. */
SignetClient *client_fixture_new_client (ClientFixture *self);
/* Lets everything go but the home, and connects anew: another process, to all intents. */
void client_fixture_renew (ClientFixture *self);
GVariant *client_fixture_call (ClientFixture *self, const char *method, GVariant *arguments, GError **error);
GVariant *client_fixture_must (ClientFixture *self, const char *method, GVariant *arguments);
gint64 client_fixture_add_authority (ClientFixture *self, const char *name);
/* @settings: floating a{sv} */
gint64 client_fixture_add_authority_with_secret (ClientFixture *self, GVariant *settings, const char *secret);
void client_fixture_wait_for_items (GListModel *model, guint n_items);
/* Signal 9, and until the client has noticed. */
void client_fixture_kill_worker (ClientFixture *self);
/* Quit, and until it is gone. */
void client_fixture_end_worker (ClientFixture *self);
void client_fixture_run_until (gboolean (*done) (gpointer user_data), gpointer user_data, const char *what);
