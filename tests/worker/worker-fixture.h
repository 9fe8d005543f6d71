/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "worker/worker-internal.h"

/* A worker in this process with a home, a clock and a client of its own, over a socketpair: same interface, same code. */
typedef struct
{
  char *home;
  gint64 now;                   /* what the worker's clock says; moved by tests only */
  SignetTransfer *transfer;     /* (nullable): instead of HTTP */
  SignetWorker *worker;
  GDBusConnection *client;
  GPtrArray *changed;           /* (element-type utf8): "table row" of every Changed heard */
  guint progress;               /* Progress heard */
} WorkerFixture;

#define WORKER_FIXTURE_START G_GINT64_CONSTANT (1795435200)     /* 23 November 2026, 12:00 UTC */

WorkerFixture *worker_fixture_new (SignetTransfer *transfer);
void worker_fixture_free (WorkerFixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkerFixture, worker_fixture_free)
/* Closes the worker as SIGTERM does, and opens another on the same home. */
void worker_fixture_restart (WorkerFixture *self);
/* The same without a worker in between. */
void worker_fixture_stop (WorkerFixture *self);
void worker_fixture_start (WorkerFixture *self);
void worker_fixture_advance (WorkerFixture *self, gint64 seconds);

/* Another end of a new socketpair with the worker, before Hello. */
GDBusConnection *worker_fixture_connect (WorkerFixture *self);
/* @arguments: floating; @secrets: (nullable): become descriptors in their order. (transfer full) */
GVariant *worker_fixture_call (WorkerFixture *self, const char *method, GVariant *arguments, const char *const *secrets,
                               GError **error);
/* The same, which must succeed. */
GVariant *worker_fixture_must (WorkerFixture *self, const char *method, GVariant *arguments, const char *const *secrets);
/* Must fail with io.github.signet.Error.@name and these words: (nullable): any. */
void worker_fixture_must_fail (WorkerFixture *self, const char *method, GVariant *arguments, const char *const *secrets,
                               const char *name, const char *words);

gint64 worker_fixture_add_authority (WorkerFixture *self, GVariant *settings, const char *secret);
/* @changes: (nullable): a{sv} over the usual request */
gint64 worker_fixture_create_request (WorkerFixture *self, gint64 authority, GVariant *changes);
SignetRequestRecord *worker_fixture_get_request (WorkerFixture *self, gint64 id);
SignetRequestRecord *worker_fixture_wait (WorkerFixture *self, gint64 id, SignetRequestState state);
/* Until nothing is under way. */
void worker_fixture_settle (WorkerFixture *self);
/* Runs the loop until @done (): fails the test after half a minute. */
void worker_fixture_run_until (gboolean (*done) (gpointer user_data), gpointer user_data, const char *what);
