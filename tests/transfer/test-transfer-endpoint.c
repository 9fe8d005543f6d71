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

/* RFC 9483 §6.1, Table 1, and what has no label. */
static void
test_labels (void)
{
  static const char *const table[][2] = {
    { "ir", "initialization" }, { "cr", "certification" }, { "kur", "keyupdate" }, { "p10cr", "pkcs10" },
    { "rr", "revocation" }, { "caCerts", "getcacerts" }, { "rootCaCert", "getrootupdate" },
    { "certReqTemplate", "getcertreqtemplate" }, { "crlStatusList", "getcrls" }, { "nested", "nested" },
    { "krr", NULL }, { "ccr", NULL }, { "genm", NULL }, { "currentCRL", NULL }, { "", NULL }, { NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_cmpstr (signet_endpoint_label_for_operation (table[i][0]), ==, table[i][1]);
}

/* RFC 9811 §3.4: the four forms of an address. */
static void
test_well_known (void)
{
  static const char *const table[][3] = {
    { NULL, NULL, "http://www.example.com/.well-known/cmp" },
    { NULL, "keyupdate", "http://www.example.com/.well-known/cmp/keyupdate" },
    { "Issuing", NULL, "http://www.example.com/.well-known/cmp/p/Issuing" },
    { "Issuing", "keyupdate", "http://www.example.com/.well-known/cmp/p/Issuing/keyupdate" },
    { "Größe 1/2?", NULL, "http://www.example.com/.well-known/cmp/p/Gr%C3%B6%C3%9Fe%201%2F2%3F" },
  };
  static const char *const refused[][2] = {
    { "http://www.example.com/pkix/", "Issuing" }, { "http://www.example.com/", "Issuing" },
    { "http://www.example.com", "" }, { "http://www.example.com", "." }, { "http://www.example.com", ".." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new ("http://www.example.com", NULL);
      g_autoptr (GError) error = NULL;

      g_assert_true (signet_endpoint_set_path_name (endpoint, table[i][0], &error));
      g_assert_no_error (error);
      signet_endpoint_set_label (endpoint, table[i][1]);
      g_assert_cmpstr (signet_endpoint_get_url (endpoint), ==, table[i][2]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (refused[i][0], NULL);
      g_autofree char *before = g_strdup (signet_endpoint_get_url (endpoint));
      g_autoptr (GError) error = NULL;

      g_assert_false (signet_endpoint_set_path_name (endpoint, refused[i][1], &error));
      g_assert_error (error, SIGNET_TRANSFER_ERROR, SIGNET_TRANSFER_ERROR_URL);
      g_assert_cmpstr (signet_endpoint_get_url (endpoint), ==, before);
    }
}

static void
test_trailing_slash (void)
{
  static const char *const table[][3] = {
    { "http://h/pkix", NULL, "http://h/pkix/" },
    { "http://h/pkix/", NULL, "http://h/pkix/" },
    { "http://h/", NULL, "http://h/" },
    { "http://h", "initialization", "http://h/.well-known/cmp/initialization/" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (SignetEndpoint) endpoint = signet_endpoint_new (table[i][0], NULL);

      signet_endpoint_set_label (endpoint, table[i][1]);
      signet_endpoint_set_trailing_slash (endpoint, TRUE);
      g_assert_cmpstr (signet_endpoint_get_url (endpoint), ==, table[i][2]);
      /* And as it was given without the setting: R407. */
      signet_endpoint_set_label (endpoint, NULL);
      signet_endpoint_set_trailing_slash (endpoint, FALSE);
      if (strchr (table[i][0] + strlen ("http://"), '/') != NULL)
        g_assert_cmpstr (signet_endpoint_get_url (endpoint), ==, table[i][0]);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/transfer/endpoint/any-path-and-labels/R406,R407,R408,R411", test_paths);
  g_test_add_func ("/transfer/endpoint/label-of-each-operation/R408", test_labels);
  g_test_add_func ("/transfer/endpoint/well-known-path-with-a-name/R406", test_well_known);
  g_test_add_func ("/transfer/endpoint/slash-at-the-end", test_trailing_slash);
  g_test_add_func ("/transfer/endpoint/refuses-what-cannot-be-used", test_refused);
  g_test_add_func ("/transfer/endpoint/encryption-and-its-anchors", test_encrypted);

  return g_test_run ();
}
