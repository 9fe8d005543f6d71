/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "transfer/transfer.h"

static void
test_paths (void)
{
  static const char *const table[][3] = {
    { "http://ca.example.org", NULL, "http://ca.example.org/.well-known/cmp" },
    { "https://ca.example.org:8443", "initialization", "https://ca.example.org:8443/.well-known/cmp/initialization" },
    { "http://ca.example.org/", NULL, "http://ca.example.org/" },
    { "HTTP://ca.example.org/", "certification", "http://ca.example.org/certification" },
    { "http://ca.example.org/pkix/", NULL, "http://ca.example.org/pkix/" },
    { "http://ca.example.org/pkix/", "certification", "http://ca.example.org/pkix/certification" },
    { "http://h/ejbca/publicweb/cmp/alias", NULL, "http://h/ejbca/publicweb/cmp/alias" },
    { "http://[::1]:829/a%20b", NULL, "http://[::1]:829/a%20b" },
    { "https://h/.well-known/cmp/p/name", "initialization", "https://h/.well-known/cmp/p/name/initialization" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (table[i][0], &error);

      g_assert_no_error (error);
      signet_endpoint_set_label (endpoint, table[i][1]);
      g_assert_cmpstr (signet_endpoint_get_url (endpoint), ==, table[i][2]);
      signet_endpoint_set_label (endpoint, NULL);
      signet_endpoint_set_label (endpoint, table[i][1]);
      g_assert_cmpstr (signet_endpoint_get_url (endpoint), ==, table[i][2]);
    }
}

static void
test_refused (void)
{
  static const char *const table[][2] = {
    { "ca.example.org", "https://host/path" },
    { "", "https://host/path" },
    { "ftp://h/", "only http and https" },
    { "cmp://h/", "only http and https" },
    { "http://", "no host" },
    { "http:///path", "no host" },
    { "http://user:secret@h/", "user name" },
    { "http://h/?a=b", "behind ?" },
    { "http://h/#x", "behind ?" },
    { "http://h:99999/", "https://host/path" },
    { "http://h/%zz", "https://host/path" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (table[i][0], &error);

      g_assert_null (endpoint);
      g_assert_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL);
      g_assert_nonnull (strstr (error->message, table[i][1]));
      g_assert_null (strstr (error->message, "secret"));
    }
}

static void
test_encrypted (void)
{
  g_autoptr (SignetEndpoint) plain = signet_endpoint_new ("http://h/", NULL);
  g_autoptr (SignetEndpoint) encrypted = signet_endpoint_new ("https://h/", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_endpoint_is_encrypted (plain));
  g_assert_true (signet_endpoint_is_encrypted (encrypted));
  g_assert_false (signet_endpoint_set_tls_anchors (encrypted, "no certificate", &error));
  g_assert_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL);
  g_assert_true (signet_endpoint_set_tls_anchors (encrypted, NULL, NULL));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/transfer/endpoint/any-path-and-labels/R406,R407,R408,R411", test_paths);
  g_test_add_func ("/transfer/endpoint/refuses-what-cannot-be-used", test_refused);
  g_test_add_func ("/transfer/endpoint/encryption-and-its-anchors", test_encrypted);

  return g_test_run ();
}
