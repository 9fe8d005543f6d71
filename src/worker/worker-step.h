/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-transaction.h"
#include "store/store.h"
#include "transfer/transfer.h"
#include "worker/worker-error.h"
#include "worker/worker-notes.h"
#include "worker/worker-schedule.h"

/**
 * SignetWorkerStep:
 *
 * One request as the threads that work on it see it: its row, its transaction, and the transitions between states. Each
 * transition changes the state, writes it durably, and only then says what is to be done. Used by one thread at a time;
 * no main loop, no network.
 */
typedef struct
{
  SignetStore *store;
  gint64 id;
  SignetChance chance;
  gpointer chance_data;
  gint64 now;                           /* of this transition: seconds since 1970, UTC */
  SignetRequestRecord *record;          /* (nullable): as of this transition */
  SignetWorkerNotes *notes;             /* (nullable): likewise */
  SignetAuthorityRecord *authority;     /* (nullable): likewise */
  SignetCmpTransaction *transaction;    /* (nullable): dropped whenever memory and disk might differ */
} SignetWorkerStep;

/* What follows from a transition, to be done now that it is durable. */
typedef struct
{
  GBytes *send;                         /* (nullable): octets to bring to @endpoint */
  SignetEndpoint *endpoint;
  gboolean over;                        /* no message of this transaction follows */
  char *make_key;                       /* (nullable): spec of a key to make */
  gint64 due;                           /* when to resume; 0: not by itself */
  GBytes *message;                      /* (nullable): to be handed to the person, as @file_name */
  char *file_name;
  char *words;                          /* (nullable): for the person: what became of a message */
  GError *refusal;                      /* (nullable): why an answer was not taken */
} SignetWorkerOutcome;
void signet_worker_outcome_free (SignetWorkerOutcome *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetWorkerOutcome, signet_worker_outcome_free)

SignetWorkerStep *signet_worker_step_new (SignetStore *store, gint64 id, SignetChance chance, gpointer chance_data);
void signet_worker_step_free (SignetWorkerStep *self);

/* Transitions: (transfer full), or %NULL with @error, and nothing has changed. */
SignetWorkerOutcome *signet_worker_step_resume (SignetWorkerStep *self, gint64 now, GError **error);
SignetWorkerOutcome *signet_worker_step_check (SignetWorkerStep *self, gint64 now, GError **error);
SignetWorkerOutcome *signet_worker_step_cancel (SignetWorkerStep *self, gint64 now, GError **error);
SignetWorkerOutcome *signet_worker_step_answer (SignetWorkerStep *self, guint question, gboolean accept, gint64 now,
                                                GError **error);
SignetWorkerOutcome *signet_worker_step_key_made (SignetWorkerStep *self, SignetKey *key, gint64 now, GError **error);
SignetWorkerOutcome *signet_worker_step_key_failed (SignetWorkerStep *self, const GError *reason, gint64 now, GError **error);
SignetWorkerOutcome *signet_worker_step_receive (SignetWorkerStep *self, GBytes *message, gint64 now, GError **error);
SignetWorkerOutcome *signet_worker_step_send_failed (SignetWorkerStep *self, const GError *reason, gint64 now, GError **error);
SignetWorkerOutcome *signet_worker_step_note_failure (SignetWorkerStep *self, const GError *reason, gint64 now);
SignetWorkerOutcome *signet_worker_step_export (SignetWorkerStep *self, gint64 now, GError **error);
SignetWorkerOutcome *signet_worker_step_import (SignetWorkerStep *self, GBytes *message, gint64 now, GError **error);

/* Between the files that hold the transitions. */
gboolean signet_worker_step_load (SignetWorkerStep *self, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_worker_step_load_transaction (SignetWorkerStep *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_worker_step_begin_transaction (SignetWorkerStep *self, SignetKey *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *signet_worker_step_next (SignetWorkerStep *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_worker_step_keep_outgoing (SignetWorkerStep *self, GBytes *octets, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The changes to @record, @notes and @transaction, and what was written since signet_store_begin (), as one commit. */
gboolean signet_worker_step_commit (SignetWorkerStep *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_worker_step_drop (SignetWorkerStep *self);
void signet_worker_step_abandon (SignetWorkerStep *self);
void signet_worker_step_set_error (SignetWorkerStep *self, const GError *reason);
SignetWorkerOutcome *signet_worker_step_send (SignetWorkerStep *self, GError **error);
SignetWorkerOutcome *signet_worker_step_apply (SignetWorkerStep *self, GError **error);
SignetWorkerOutcome *signet_worker_step_rest (SignetWorkerStep *self);
