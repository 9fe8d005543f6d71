/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "worker/worker-internal.h"
#include "worker/worker-service.h"

/* The worker's own files only. */
struct _SignetWorker
{
  GObject parent_instance;

  char *home;
  SignetSecret *passphrase;
  GMainContext *context;
  SignetClock clock;
  gpointer clock_data;
  SignetTransfer *transfer;
  SignetStore *store;
  SignetWorkerService *service;
  SignetWorkerDemo *demo;
  SignetSchedule *schedule;
  GHashTable *jobs;             /* gint64* in the job → SignetWorkerJob */
  GSource *timer;
  guint grace;                  /* seconds; 0: stays whoever is there */
  GSource *grace_timer;
  GTask *closing;
  gboolean resuming;            /* what an earlier worker left is not planned yet */
  guint threads;                /* that use the store for no job */
};

void signet_worker_clear_source (GSource **source);
/* One timer for all that waits: set to the earliest. */
void signet_worker_arm_timer (SignetWorker *self);
/* Ends the process where nobody is there and nothing waits. */
void signet_worker_consider_end (SignetWorker *self);
/* Goes on with closing when nothing is under way any more. */
void signet_worker_finish_closing (SignetWorker *self);
