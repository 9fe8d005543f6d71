/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "subject-text.h"

/* Each subject is taken apart and, with nothing changed, becomes what it was. */
static const struct
{
  const char *subject;
  const char *name;
  const char *organization;
} cases[] = {
  { "CN=Maria Huber,O=Example", "Maria Huber", "Example" },
  { "CN=Maria\\, Huber,OU=Desk,O=A\\+B,C=AT", "Maria, Huber", "A+B" },
  { "O=Example", "", "Example" },
  { "C=AT,L=Wien", "", "" },
  { "", "", "" },
  { "CN=Maria+UID=7,O=Example", "", "Example" },
  { "CN=one,CN=two", "one", "" },
};

static void
test_round_trip (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (SignetSubjectText) text = { 0 };
      g_autofree char *printed = NULL;

      signet_subject_text_parse (&text, cases[i].subject);
      g_assert_cmpstr (text.name, ==, cases[i].name);
      g_assert_cmpstr (text.organization, ==, cases[i].organization);
      printed = signet_subject_text_print (&text, text.name, text.organization);
      g_assert_cmpstr (printed, ==, cases[i].subject);
    }
}

/* Octets may be written in hexadecimal; what makes no text so stays as it is. */
static void
test_escapes (void)
{
  g_auto (SignetSubjectText) text = { 0 };

  signet_subject_text_parse (&text, "CN=J\\C3\\BCrgen,O=\\FF");
  g_assert_cmpstr (text.name, ==, "Jürgen");
  g_assert_cmpstr (text.organization, ==, "");
  g_assert_cmpstr (text.between, ==, "O=\\FF");
  signet_subject_text_parse (&text, "CN=#0C0541");
  g_assert_cmpstr (text.name, ==, "");
  g_assert_cmpstr (text.between, ==, "CN=#0C0541");
}

static void
test_changed (void)
{
  g_auto (SignetSubjectText) text = { 0 };
  g_autofree char *printed = NULL;

  signet_subject_text_parse (&text, "CN=Maria,OU=Desk,O=Example,C=AT");
  printed = signet_subject_text_print (&text, " Maria #1 ", "");
  g_assert_cmpstr (printed, ==, "CN=\\ Maria #1\\ ,OU=Desk,C=AT");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/subject/round-trip", test_round_trip);
  g_test_add_func ("/ui/subject/escapes", test_escapes);
  g_test_add_func ("/ui/subject/changed", test_changed);

  return g_test_run ();
}
