/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gunixfdlist.h>

#include "worker/worker.h"

typedef struct _SignetWorkerCall SignetWorkerCall;

/* In a thread: the tuple of results, floating, or %NULL with @error. */
typedef GVariant *(*SignetWorkerMethodInThread) (SignetWorkerCall *call, GError **error);
/* After it succeeded, in the worker's thread, before the answer leaves. */
typedef void (*SignetWorkerMethodAfter) (SignetWorkerCall *call);

/* One call of a method of io.github.signet.Worker1. */
struct _SignetWorkerCall
{
  SignetWorker *worker;
  GDBusMethodInvocation *invocation;    /* (nullable): answered already */
  GVariant *parameters;
  GUnixFDList *fds;                     /* (nullable) */
  SignetWorkerMethodInThread in_thread;
  SignetWorkerMethodAfter after;        /* (nullable) */
  gint64 id;                            /* row that the method made or named */
  gboolean is_demo;                     /* that row is the demo authority */
  GBytes *message;                      /* (nullable): that is imported */
};

typedef struct
{
  const char *name;
  SignetWorkerMethodInThread in_thread;
  SignetWorkerMethodAfter after;
} SignetWorkerMethod;

const SignetWorkerMethod *signet_worker_methods_find (const char *name);
GVariant *signet_worker_methods_find_import (SignetWorkerCall *call, GError **error);

/* Every method but Hello, which belongs to the connection. Takes @invocation over. */
void signet_worker_dispatch (SignetWorker *worker, const char *method, GVariant *parameters,
                             GDBusMethodInvocation *invocation);
