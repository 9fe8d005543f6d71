/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker-fixture.h"

/* One code, one purpose (RFC 9045 §4.1): which authorities have the same is told, and nothing of the code. */

static gint64
add (WorkerFixture *fixture,
     const char    *name,
     const char    *url,
     const char    *code)
{
  g_auto (GVariantDict) settings = G_VARIANT_DICT_INIT (NULL);
  const char *const relaxations[] = { "ca-pubs", NULL };

  g_variant_dict_insert (&settings, "name", "s", name);
  if (url != NULL)
    g_variant_dict_insert (&settings, "url", "s", url);
  g_variant_dict_insert (&settings, "reference", "s", "4711");
  g_variant_dict_insert (&settings, "relaxations", "^as", relaxations);

  return worker_fixture_add_authority (fixture, g_variant_dict_end (&settings), code);
}

static void
assert_others (WorkerFixture *fixture,
               gint64         authority,
               const char    *wanted)
{
  g_autoptr (GVariant) reply = worker_fixture_must (fixture, "CompareCode", g_variant_new ("(x)", authority), NULL);
  g_autofree char *text = g_variant_print (reply, FALSE);

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_compared (void)
{
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  static const char *const other[] = { "another code", NULL };
  gint64 first = add (fixture, "First", "http://127.0.0.1:1/", "a code of the tests");
  gint64 second = add (fixture, "Second", "http://127.0.0.1:2/", "a code of the tests");
  gint64 third = add (fixture, "Third", "http://127.0.0.1:3/", "a code of the testt");
  gint64 again = add (fixture, "First again", "http://127.0.0.1:1/", "a code of the tests");
  gint64 by_hand = add (fixture, "By hand", NULL, "a code of the tests");
  gint64 without = add (fixture, "Without", "http://127.0.0.1:4/", NULL);

  g_assert_cmpint (first, ==, 1);
  assert_others (fixture, first, "([(5, 'By hand'), (2, 'Second')],)");
  assert_others (fixture, second, "([(5, 'By hand'), (4, 'First again'), (1, 'First')],)");
  assert_others (fixture, third, "([],)");
  assert_others (fixture, again, "([(5, 'By hand'), (2, 'Second')],)");
  assert_others (fixture, by_hand, "([(4, 'First again'), (2, 'Second'), (1, 'First')],)");
  assert_others (fixture, without, "([],)");
  g_variant_unref (worker_fixture_must (fixture, "SetAuthoritySecret", g_variant_new_parsed ("(%x, '', [handle 0])", second), other));
  assert_others (fixture, second, "([],)");
  assert_others (fixture, first, "([(5, 'By hand')],)");
  worker_fixture_must_fail (fixture, "CompareCode", g_variant_new ("(x)", G_GINT64_CONSTANT (99)), NULL, "NotFound", NULL);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/worker/code/tells-which-others-have-the-same/R088", test_compared);

  return g_test_run ();
}
