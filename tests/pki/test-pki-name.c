/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-name.h"

static void
check_round_trip (const char *text,
                  const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) name = signet_name_parse (text, &error);
  g_autofree char *printed = NULL;

  g_assert_no_error (error);
  printed = signet_name_print (name);
  g_assert_cmpstr (printed, ==, expected);
}

static void
check_refused (const char *text,
               const char *says)
{
  g_autoptr (GError) error = NULL;
  X509_NAME *name = signet_name_parse (text, &error);

  g_assert_null (name);
  g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED);
  g_assert_nonnull (strstr (error->message, says));
}

static void
test_round_trip (void)
{
  check_round_trip ("CN=Maria Huber,O=Example", "CN=Maria Huber,O=Example");
  check_round_trip ("cn = Maria Huber , o=Example ", "CN=Maria Huber,O=Example");
  check_round_trip ("/O=Example/CN=Maria Huber", "CN=Maria Huber,O=Example");
  check_round_trip ("CN=Größe\\, klein,O=Müller \\+ Söhne", "CN=Größe\\, klein,O=Müller \\+ Söhne");
  check_round_trip ("CN=J\\C3\\B6rg", "CN=Jörg");
  check_round_trip ("2.5.4.3=a", "CN=a");
  check_round_trip ("CN=a+OU=b,O=c", "OU=b+CN=a,O=c");
  check_round_trip ("email=a@b.example,C=AT", "emailAddress=a@b.example,C=AT");
  check_round_trip ("", "");
}

static void
test_order (void)
{
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=c,OU=b,C=AT", NULL);

  g_assert_cmpint (OBJ_obj2nid (X509_NAME_ENTRY_get_object (X509_NAME_get_entry (name, 0))), ==, NID_countryName);
  g_assert_cmpint (OBJ_obj2nid (X509_NAME_ENTRY_get_object (X509_NAME_get_entry (name, 2))), ==, NID_commonName);
}

static void
test_refused (void)
{
  g_autofree char *huge = g_strnfill (5000, 'a');
  g_autofree char *huge_name = g_strconcat ("CN=", huge, NULL);

  check_refused ("Maria", "position 6");
  check_refused ("CN=", "position 4");
  check_refused ("CN=a,", "position 6");
  check_refused ("XYZ=a", "XYZ");
  check_refused ("CN=a\\", "backslash");
  check_refused ("C=Austria", "Austria");
  check_refused (huge_name, "4096");
  check_refused ("CN=\xff\xfe", "UTF-8");
}

static void
test_alt_names (void)
{
  static const char *const good[][2] = {
    { "email:maria@example.org", "email:maria@example.org" },
    { "maria@example.org", "email:maria@example.org" },
    { "dns:www.example.org", "dns:www.example.org" },
    { "DNS:www.example.org", "dns:www.example.org" },
    { "ip:192.0.2.1", "ip:192.0.2.1" },
    { "ip:2001:db8::1", "ip:2001:db8::1" },
    { "uri:https://example.org/a", "uri:https://example.org/a" },
    { "upn:maria@corp.example", "upn:maria@corp.example" },
    { "dn:CN=Maria,O=Example", "dn:CN=Maria,O=Example" },
  };
  static const char *const bad[] = { "maria", "email:maria", "email:a@b@c", "ip:300.1.1.1", "dns:", "dns:a b", "uri:nothing",
                                     "phone:1", "upn:", "email:a b@c", "" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GENERAL_NAME) name = signet_alt_name_parse (good[i][0], &error);
      g_autofree char *printed = NULL;

      g_assert_no_error (error);
      printed = signet_alt_name_print (name);
      g_assert_cmpstr (printed, ==, good[i][1]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_alt_name_parse (bad[i], &error));
      g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED);
    }
}

static void
test_common_name (void)
{
  g_autoptr (X509_NAME) two = signet_name_parse ("CN=inner,CN=outer,O=x", NULL);
  g_autoptr (X509_NAME) none = signet_name_parse ("O=x", NULL);
  g_autofree char *cn = signet_name_get_cn (two);

  g_assert_cmpstr (cn, ==, "inner");
  g_assert_null (signet_name_get_cn (none));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pki/name/parses-and-prints", test_round_trip);
  g_test_add_func ("/pki/name/encodes-most-significant-first", test_order);
  g_test_add_func ("/pki/name/says-where-it-is-wrong", test_refused);
  g_test_add_func ("/pki/name/alternative-names", test_alt_names);
  g_test_add_func ("/pki/name/common-name", test_common_name);

  return g_test_run ();
}
