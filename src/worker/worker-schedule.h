/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* When what waits is looked at again. Pure: the time is an argument, and so is chance. Times are seconds since 1970, UTC. */

/* A number from 0 (included) to 1 (excluded). */
typedef double (*SignetChance) (gpointer user_data);

#define SIGNET_SCHEDULE_SHORTEST 1                      /* seconds between two questions at least */
#define SIGNET_SCHEDULE_LONGEST (7 * 24 * 60 * 60)      /* and at most, whatever checkAfter says: R215 */
#define SIGNET_SCHEDULE_BACK_OFF_FIRST 30
#define SIGNET_SCHEDULE_BACK_OFF_LONGEST (6 * 60 * 60)
#define SIGNET_SCHEDULE_POLL_LIMIT (90 * 24 * 60 * 60)  /* a request is asked about this long: R217 */

gint64 signet_schedule_poll (gint64 now, gint64 not_before, guint polls, SignetChance chance, gpointer user_data);
gint64 signet_schedule_back_off (gint64 now, guint failures, SignetChance chance, gpointer user_data);

/**
 * SignetSchedule:
 *
 * Which request is due when: one entry a request, the earliest at hand in constant time, so that one timer serves all.
 */
typedef struct _SignetSchedule SignetSchedule;

SignetSchedule *signet_schedule_new (void);
void signet_schedule_free (SignetSchedule *self);
void signet_schedule_set (SignetSchedule *self, gint64 id, gint64 when);
void signet_schedule_remove (SignetSchedule *self, gint64 id);
gboolean signet_schedule_next (SignetSchedule *self, gint64 *when);
gboolean signet_schedule_take_due (SignetSchedule *self, gint64 now, gint64 *id);
guint signet_schedule_get_size (SignetSchedule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetSchedule, signet_schedule_free)
