/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gio.h>
#include <openssl/pem.h>
#include <string.h>

#include "demo/demo-ca.h"
#include "peer-run.h"

/*
 * The engine against the server in "openssl cmp -port". It gives out one certificate that is made beforehand, so the key is in
 * it; it protects with HMAC-SHA1, which has to be allowed; its signer is an ordinary certificate of its CA.
 */

#define REFERENCE "1234"
#define SECRET "a secret of some length"

typedef struct
{
  char *folder;
  SignetDemoCa *ca;
  GSubprocess *server;
} Peer;

typedef struct
{
  const char *path;
  SignetCmpBodyType type;
  gboolean signature;
  const char *options;          /* of the server */
  const char *sent;
} Case;

static const Case cases[] = {
  { "/peers/openssl/ir/pbm/explicit/R079,R190", SIGNET_CMP_BODY_IR, FALSE, "", "ir certConf" },
  { "/peers/openssl/ir/pbm/implicit/R191", SIGNET_CMP_BODY_IR, FALSE, "-grant_implicitconf", "ir" },
  { "/peers/openssl/ir/pbm/polling/R207", SIGNET_CMP_BODY_IR, FALSE, "-poll_count 2 -check_after 1", "ir pollReq pollReq certConf" },
  { "/peers/openssl/cr/pbm/explicit", SIGNET_CMP_BODY_CR, FALSE, "", "cr certConf" },
  { "/peers/openssl/ir/ecdsa/explicit/R120,R159", SIGNET_CMP_BODY_IR, TRUE, "", "ir certConf" },
  { "/peers/openssl/cr/ecdsa/explicit/R051", SIGNET_CMP_BODY_CR, TRUE, "", "cr certConf" },
  { "/peers/openssl/cr/ecdsa/implicit", SIGNET_CMP_BODY_CR, TRUE, "-grant_implicitconf", "cr" },
  { "/peers/openssl/cr/ecdsa/polling", SIGNET_CMP_BODY_CR, TRUE, "-poll_count 1 -check_after 1", "cr pollReq certConf" },
};

static char *
in_folder (Peer       *peer,
           const char *name)
{
  return g_build_filename (peer->folder, name, NULL);
}

static void
write_certificate (Peer       *peer,
                   const char *name,
                   X509       *x509)
{
  g_autofree char *path = in_folder (peer, name);
  g_autoptr (BIO) bio = BIO_new_file (path, "w");

  g_assert_cmpint (PEM_write_bio_X509 (bio, x509), ==, 1);
}

static X509 *
issue (Peer       *peer,
       SignetKey  *key,
       const char *cn,
       gboolean    person)
{
  X509 *x509 = X509_new ();
  g_autoptr (X509_NAME) name = X509_NAME_new ();
  X509V3_CTX context;
  static int serial = 100;

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *) cn, -1, -1, 0);
  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), serial++);
  X509_gmtime_adj (X509_getm_notBefore (x509), -60);
  X509_gmtime_adj (X509_getm_notAfter (x509), 3600);
  X509_set_subject_name (x509, name);
  X509_set_issuer_name (x509, X509_get_subject_name (peer->ca->issuer));
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  X509V3_set_ctx (&context, peer->ca->issuer, x509, NULL, NULL, 0);
  X509V3_set_ctx_nodb (&context);
  for (int i = 0; i < (person ? 3 : 2); i++)
    {
      static const int nids[] = { NID_subject_key_identifier, NID_key_usage, NID_subject_alt_name };
      static const char *const values[] = { "hash", "digitalSignature", "email:maria@example.org" };
      X509_EXTENSION *extension = X509V3_EXT_conf_nid (NULL, &context, nids[i], values[i]);

      X509_add_ext (x509, extension, -1);
      X509_EXTENSION_free (extension);
    }
  g_assert_cmpint (X509_sign (x509, peer->ca->issuer_key, EVP_sha256 ()), >, 0);

  return x509;
}

static guint
free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();

  return g_socket_listener_add_any_inet_port (listener, NULL, NULL);
}

static void
write_files (Peer      *peer,
             SignetKey *new_key)
{
  g_autoptr (SignetKey) server_key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (X509) server = issue (peer, server_key, "CMP server", FALSE);
  g_autoptr (X509) person = issue (peer, new_key, "Maria Huber", TRUE);
  g_autofree char *path = in_folder (peer, "server.key");
  g_autoptr (BIO) bio = BIO_new_file (path, "w");

  g_assert_cmpint (PEM_write_bio_PrivateKey (bio, signet_key_get_pkey (server_key), NULL, NULL, 0, NULL, NULL), ==, 1);
  write_certificate (peer, "server.pem", server);
  write_certificate (peer, "new.pem", person);
  write_certificate (peer, "root.pem", peer->ca->root);
  write_certificate (peer, "issuer.pem", peer->ca->issuer);
}

/* Looked up, not tried: the server takes one connection at a time and would wait for what this one has to say. */
static void
wait_for_port (guint port)
{
  g_autofree char *needle = g_strdup_printf (":%04X 00000000:0000 0A", port);
  g_autofree char *needle6 = g_strdup_printf (":%04X 00000000000000000000000000000000:0000 0A", port);

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *four = NULL;
      g_autofree char *six = NULL;

      g_file_get_contents ("/proc/net/tcp", &four, NULL, NULL);
      g_file_get_contents ("/proc/net/tcp6", &six, NULL, NULL);
      if ((four != NULL && strstr (four, needle) != NULL) || (six != NULL && strstr (six, needle6) != NULL))
        return;
      g_usleep (20000);
    }
  g_error ("openssl cmp does not listen");
}

static void
start (Peer       *peer,
       PeerRun    *run,
       const Case *test)
{
  g_autoptr (GError) error = NULL;
  guint port = free_port ();
  g_autofree char *command = NULL;
  g_auto (GStrv) words = NULL;
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);

  g_subprocess_launcher_set_cwd (launcher, peer->folder);
  command = g_strdup_printf ("openssl cmp -port %u %s -srv_cert server.pem -srv_key server.key -srv_trusted root.pem"
                             " -srv_untrusted issuer.pem -rsp_cert new.pem -rsp_extracerts issuer.pem %s",
                             port, test->signature ? "" : "-srv_ref " REFERENCE " -srv_secret file:secret", test->options);
  g_assert_true (g_shell_parse_argv (command, NULL, &words, &error));
  peer->server = g_subprocess_launcher_spawnv (launcher, (const char *const *) words, &error);
  g_assert_no_error (error);
  run->url = g_strdup_printf ("http://127.0.0.1:%u/pkix/", port);
  wait_for_port (port);
}

/* Since OpenSSL 3.3 the server puts off its answer to a certConf as often as that to the request. */
static void
assert_sent (const char *sent,
             const char *expected)
{
  const char *rest = sent;

  if (strstr (expected, "pollReq") == NULL)
    g_assert_cmpstr (sent, ==, expected);
  g_assert_true (g_str_has_prefix (sent, expected));
  for (rest += strlen (expected); *rest != '\0'; rest += strlen (" pollReq"))
    g_assert_true (g_str_has_prefix (rest, " pollReq"));
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  Peer peer = { 0 };
  PeerRun run = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCertificate) anchor = NULL;
  g_autofree char *secret = NULL;
  g_autofree char *command = NULL;

  peer.folder = g_dir_make_tmp ("signet-openssl-XXXXXX", NULL);
  peer.ca = signet_demo_ca_open (peer.folder, &error);
  g_assert_no_error (error);
  secret = in_folder (&peer, "secret");
  g_assert_true (g_file_set_contents (secret, SECRET, -1, NULL));
  peer_run_init (&run, REFERENCE, SECRET);
  anchor = signet_certificate_new_for_x509 (peer.ca->root);
  peer_run_trust (&run, anchor);
  signet_cmp_authority_set_mac (run.authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_mac_parameters (run.authority, "SHA256", 1000);
  signet_cmp_authority_set_relaxations (run.authority, SIGNET_CMP_RELAX_SHA1);
  signet_cmp_authority_set_signer_usage (run.authority, "any");
  write_files (&peer, run.key);
  if (test->signature)
    {
      g_autoptr (X509) x509 = issue (&peer, run.key, "Maria at the device maker", TRUE);
      g_autoptr (SignetCertificate) certificate = signet_certificate_new_for_x509 (x509);
      g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);

      g_ptr_array_add (chain, signet_certificate_new_for_x509 (peer.ca->issuer));
      g_clear_object (&run.credentials);
      run.credentials = signet_cmp_credentials_new_signature (run.key, certificate, chain, &error);
      g_assert_no_error (error);
    }
  start (&peer, &run, test);
  g_assert_cmpint (peer_run_go (&run, test->type), ==, SIGNET_CMP_STEP_DONE);
  assert_sent (run.sent->str, test->sent);

  g_subprocess_force_exit (peer.server);
  g_subprocess_wait (peer.server, NULL, NULL);
  g_clear_object (&peer.server);
  peer_run_clear (&run);
  signet_demo_ca_free (peer.ca);
  command = g_strdup_printf ("rm -rf '%s'", peer.folder);
  g_assert_cmpint (system (command), ==, 0);
  g_free (peer.folder);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *program = g_find_program_in_path ("openssl");

  g_test_init (&argc, &argv, NULL);
  if (program == NULL)
    {
      g_print ("1..0 # SKIP openssl is not installed\n");
      return 0;
    }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i], test_case);

  return g_test_run ();
}
