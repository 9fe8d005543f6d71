/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-key.h"
#include "pki/pki-thread.h"

static gpointer
make_key (gpointer data)
{
  return signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
}

/* What takes its time is refused on the thread of a main loop, and on no other. */
static void
test_refused (void)
{
#ifdef SIGNET_DEBUG
  if (g_test_subprocess ())
    {
      signet_thread_keep_responsive ();
      make_key (NULL);
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*signet_thread_is_kept_responsive*");
#else
  g_test_skip ("this build has no debug information, and no such checks");
#endif
}

static void
test_elsewhere (void)
{
  g_autoptr (SignetKey) key = NULL;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  signet_thread_keep_responsive ();
  g_assert_true (signet_thread_is_kept_responsive ());
  key = g_thread_join (g_thread_new ("work", make_key, NULL));
  g_assert_nonnull (key);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pki/thread/main-loop-is-not-held-up", test_refused);
  g_test_add_func ("/pki/thread/others-work", test_elsewhere);

  return g_test_run ();
}
