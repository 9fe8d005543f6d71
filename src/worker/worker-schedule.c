/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/worker-schedule.h"

/* Up to a tenth is added, so that those who were told the same time by one authority do not come back together. */
#define JITTER 0.1

struct _SignetSchedule
{
  GSequence *entries;         /* of Entry, earliest first */
  GHashTable *by_id;          /* gint64* in the entry → GSequenceIter */
};

typedef struct
{
  gint64 id;
  gint64 when;
} Entry;

static int
compare_entries (gconstpointer a,
                 gconstpointer b,
                 gpointer      user_data)
{
  const Entry *first = a;
  const Entry *second = b;

  if (first->when != second->when)
    return first->when < second->when ? -1 : 1;

  return first->id < second->id ? -1 : first->id > second->id;
}

static gint64
add_jitter (gint64       seconds,
            SignetChance chance,
            gpointer     user_data)
{
  return seconds + (gint64) ((double) seconds * JITTER * chance (user_data));
}

/**
 * signet_schedule_poll:
 * @now: seconds since 1970, UTC
 * @not_before: the time that checkAfter gave, or anything not after @now where it gave none
 * @polls: how often the authority has already said "waiting"
 * @chance: (scope call): where jitter comes from
 * @user_data: for @chance
 *
 * The next pollReq: never before checkAfter has passed (RFC 9810 §5.3.22), with the exception of waits beyond
 * %SIGNET_SCHEDULE_LONGEST, which no person means. Where the authority names no time, or none that makes sense, the
 * questions come ever more slowly: one second apart first, then doubled with every fourth.
 *
 * Returns: seconds since 1970, UTC; always after @now
 */
gint64
signet_schedule_poll (gint64       now,
                      gint64       not_before,
                      guint        polls,
                      SignetChance chance,
                      gpointer     user_data)
{
  gint64 patience = (gint64) SIGNET_SCHEDULE_SHORTEST << MIN (polls / 4, 9);
  gint64 wait = not_before > now ? not_before - now : 0;

  g_return_val_if_fail (chance != NULL, now + SIGNET_SCHEDULE_LONGEST);

  wait = CLAMP (MAX (wait, patience), SIGNET_SCHEDULE_SHORTEST, SIGNET_SCHEDULE_LONGEST);

  return now + add_jitter (wait, chance, user_data);
}

/**
 * signet_schedule_back_off:
 * @now: seconds since 1970, UTC
 * @failures: how many attempts have failed in a row, this one included
 * @chance: (scope call): where jitter comes from
 * @user_data: for @chance
 *
 * Returns: when to try again after a failure: half a minute, then doubled each time up to six hours
 */
gint64
signet_schedule_back_off (gint64       now,
                          guint        failures,
                          SignetChance chance,
                          gpointer     user_data)
{
  guint doublings = failures > 0 ? MIN (failures - 1, 16) : 0;
  gint64 wait = MIN ((gint64) SIGNET_SCHEDULE_BACK_OFF_FIRST << doublings, SIGNET_SCHEDULE_BACK_OFF_LONGEST);

  g_return_val_if_fail (chance != NULL, now + SIGNET_SCHEDULE_BACK_OFF_LONGEST);

  return now + add_jitter (wait, chance, user_data);
}

/**
 * signet_schedule_new:
 *
 * Returns: (transfer full): a schedule with nothing in it
 */
SignetSchedule *
signet_schedule_new (void)
{
  SignetSchedule *self = g_new0 (SignetSchedule, 1);

  self->entries = g_sequence_new (g_free);
  self->by_id = g_hash_table_new (g_int64_hash, g_int64_equal);

  return self;
}

/**
 * signet_schedule_free:
 * @self: (transfer full): a schedule
 */
void
signet_schedule_free (SignetSchedule *self)
{
  g_return_if_fail (self != NULL);

  g_hash_table_unref (self->by_id);
  g_sequence_free (self->entries);
  g_free (self);
}

/**
 * signet_schedule_set:
 * @self: a schedule
 * @id: a request's row
 * @when: when it is due; 0 takes it out
 *
 * Replaces what was planned for @id before.
 */
void
signet_schedule_set (SignetSchedule *self,
                     gint64          id,
                     gint64          when)
{
  Entry *entry;

  g_return_if_fail (self != NULL);

  signet_schedule_remove (self, id);
  if (when == 0)
    return;

  entry = g_new (Entry, 1);
  *entry = (Entry) { id, when };
  g_hash_table_insert (self->by_id, &entry->id, g_sequence_insert_sorted (self->entries, entry, compare_entries, NULL));
}

/**
 * signet_schedule_remove:
 * @self: a schedule
 * @id: a request's row, planned or not
 */
void
signet_schedule_remove (SignetSchedule *self,
                        gint64          id)
{
  GSequenceIter *iter;

  g_return_if_fail (self != NULL);

  iter = g_hash_table_lookup (self->by_id, &id);
  if (iter == NULL)
    return;
  g_hash_table_remove (self->by_id, &id);
  g_sequence_remove (iter);
}

/**
 * signet_schedule_next:
 * @self: a schedule
 * @when: (out): when the earliest is due
 *
 * Returns: %FALSE where nothing is planned
 */
gboolean
signet_schedule_next (SignetSchedule *self,
                      gint64         *when)
{
  GSequenceIter *first;

  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (when != NULL, FALSE);

  first = g_sequence_get_begin_iter (self->entries);
  if (g_sequence_iter_is_end (first))
    return FALSE;
  *when = ((Entry *) g_sequence_get (first))->when;

  return TRUE;
}

/**
 * signet_schedule_take_due:
 * @self: a schedule
 * @now: seconds since 1970, UTC
 * @id: (out): the request
 *
 * Takes out the earliest request if its time has come.
 *
 * Returns: %FALSE where nothing is due
 */
gboolean
signet_schedule_take_due (SignetSchedule *self,
                          gint64          now,
                          gint64         *id)
{
  gint64 when;

  g_return_val_if_fail (id != NULL, FALSE);

  if (!signet_schedule_next (self, &when) || when > now)
    return FALSE;
  *id = ((Entry *) g_sequence_get (g_sequence_get_begin_iter (self->entries)))->id;
  signet_schedule_remove (self, *id);

  return TRUE;
}

/**
 * signet_schedule_get_size:
 * @self: a schedule
 *
 * Returns: how many requests are planned
 */
guint
signet_schedule_get_size (SignetSchedule *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return g_hash_table_size (self->by_id);
}
