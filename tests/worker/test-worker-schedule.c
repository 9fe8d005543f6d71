/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/worker-schedule.h"

#define NOW G_GINT64_CONSTANT (1800000000)

static double
no_chance (gpointer user_data)
{
  return 0.0;
}

static double
most_chance (gpointer user_data)
{
  return 0.999999;
}

static void
test_poll_never_early (void)
{
  for (guint polls = 0; polls < 100; polls++)
    for (gint64 wait = 1; wait < SIGNET_SCHEDULE_LONGEST; wait = wait * 3 + 1)
      {
        g_assert_cmpint (signet_schedule_poll (NOW, NOW + wait, polls, no_chance, NULL), >=, NOW + wait);
        g_assert_cmpint (signet_schedule_poll (NOW, NOW + wait, polls, most_chance, NULL), >=, NOW + wait);
      }
}

static void
test_poll_bounds (void)
{
  g_assert_cmpint (signet_schedule_poll (NOW, NOW + (G_GINT64_CONSTANT (1) << 31), 0, no_chance, NULL), ==,
                   NOW + SIGNET_SCHEDULE_LONGEST);
  g_assert_cmpint (signet_schedule_poll (NOW, G_MAXINT64, 0, most_chance, NULL), <, NOW + 2 * SIGNET_SCHEDULE_LONGEST);
  g_assert_cmpint (signet_schedule_poll (NOW, NOW - 5, 0, no_chance, NULL), ==, NOW + SIGNET_SCHEDULE_SHORTEST);
  g_assert_cmpint (signet_schedule_poll (NOW, G_MININT64, 0, no_chance, NULL), ==, NOW + SIGNET_SCHEDULE_SHORTEST);
}

/* An authority that says "waiting" for ever and names no time is asked ever more slowly. */
static void
test_poll_patience (void)
{
  gint64 now = NOW;
  guint polls = 0;

  for (; now < NOW + 24 * 60 * 60; polls++)
    now = signet_schedule_poll (now, now, polls, no_chance, NULL);

  g_assert_cmpuint (polls, <, 250);
}

static void
test_back_off (void)
{
  gint64 last = 0;

  for (guint failures = 1; failures < 40; failures++)
    {
      gint64 wait = signet_schedule_back_off (NOW, failures, no_chance, NULL) - NOW;

      g_assert_cmpint (wait, >=, last);
      g_assert_cmpint (wait, <=, SIGNET_SCHEDULE_BACK_OFF_LONGEST);
      last = wait;
    }
  g_assert_cmpint (last, ==, SIGNET_SCHEDULE_BACK_OFF_LONGEST);
  g_assert_cmpint (signet_schedule_back_off (NOW, 1, no_chance, NULL), ==, NOW + SIGNET_SCHEDULE_BACK_OFF_FIRST);
}

static double
own_chance (gpointer user_data)
{
  return g_rand_double (user_data);
}

/* A thousand clients that were told the same minute spread over at least a tenth of the wait. */
static void
test_jitter (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (GHashTable) seconds = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < 1000; i++)
    {
      gint64 when = signet_schedule_poll (NOW, NOW + 600, 0, own_chance, rand);

      g_hash_table_add (seconds, GINT_TO_POINTER (when - NOW));
    }
  g_assert_cmpuint (g_hash_table_size (seconds), >, 50);
}

static void
test_order (void)
{
  g_autoptr (SignetSchedule) schedule = signet_schedule_new ();
  gint64 when;
  gint64 id;

  g_assert_false (signet_schedule_next (schedule, &when));
  signet_schedule_set (schedule, 1, NOW + 30);
  signet_schedule_set (schedule, 2, NOW + 10);
  signet_schedule_set (schedule, 3, NOW + 20);
  signet_schedule_set (schedule, 3, NOW + 40);
  signet_schedule_set (schedule, 4, NOW + 5);
  signet_schedule_set (schedule, 4, 0);
  signet_schedule_remove (schedule, 99);
  g_assert_cmpuint (signet_schedule_get_size (schedule), ==, 3);
  g_assert_true (signet_schedule_next (schedule, &when));
  g_assert_cmpint (when, ==, NOW + 10);
  g_assert_false (signet_schedule_take_due (schedule, NOW + 9, &id));
  g_assert_true (signet_schedule_take_due (schedule, NOW + 30, &id));
  g_assert_cmpint (id, ==, 2);
  g_assert_true (signet_schedule_take_due (schedule, NOW + 30, &id));
  g_assert_cmpint (id, ==, 1);
  g_assert_false (signet_schedule_take_due (schedule, NOW + 30, &id));
  g_assert_cmpuint (signet_schedule_get_size (schedule), ==, 1);
}

static void
test_many (void)
{
  g_autoptr (SignetSchedule) schedule = signet_schedule_new ();
  gint64 last = 0;
  gint64 when;
  gint64 id;

  for (gint64 i = 1; i <= 10000; i++)
    signet_schedule_set (schedule, i, NOW + (i * 7919) % 10007);
  while (signet_schedule_next (schedule, &when))
    {
      g_assert_cmpint (when, >=, last);
      last = when;
      g_assert_true (signet_schedule_take_due (schedule, when, &id));
    }
  g_assert_cmpuint (signet_schedule_get_size (schedule), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/schedule/poll/never-before-check-after/R213", test_poll_never_early);
  g_test_add_func ("/worker/schedule/poll/bounds-what-no-person-means/R215", test_poll_bounds);
  g_test_add_func ("/worker/schedule/poll/slows-down-without-check-after", test_poll_patience);
  g_test_add_func ("/worker/schedule/back-off/doubles-up-to-a-bound", test_back_off);
  g_test_add_func ("/worker/schedule/jitter/spreads-clients", test_jitter);
  g_test_add_func ("/worker/schedule/earliest-first", test_order);
  g_test_add_func ("/worker/schedule/ten-thousand", test_many);

  return g_test_run ();
}
