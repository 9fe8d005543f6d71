/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store-records.h"

/**
 * SignetWorkerNotes:
 *
 * What the worker must remember of a request beside the columns that lists show; written with its row.
 */
typedef struct
{
  gint64 identity_id;           /* certificate that signs; 0: the authority's way */
  char **key_usages;
  char **extended_key_usages;
  GBytes *template;             /* (nullable): CertReqTemplateContent that the request follows */
  gboolean insist;              /* keep what that template does not have */
  guint failures;               /* attempts in a row that brought no answer that could be used */
  guint polls;                  /* how often the authority said "waiting" */
  gint64 polling_since;         /* when it said so first */
  guint renewals;               /* transactions begun again for this request */
  gboolean resent;              /* the first message has left more than once */
  gint64 outgoing;              /* row of the message that next () gives; 0: it was not made yet */
  gint64 answer;                /* row of an answer that is stored and not applied; 0 */
  SignetRequestState before;    /* state to go back to where that answer is refused */
  guint question;               /* number of the last question */
} SignetWorkerNotes;

SignetWorkerNotes *signet_worker_notes_new (void);
SignetWorkerNotes *signet_worker_notes_new_from_variant (GVariant *variant);
GVariant *signet_worker_notes_to_variant (const SignetWorkerNotes *self);
void signet_worker_notes_free (SignetWorkerNotes *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetWorkerNotes, signet_worker_notes_free)
