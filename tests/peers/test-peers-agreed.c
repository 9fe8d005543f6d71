/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "peer-responder.h"
#include "peer-run.h"
#include "pki/pki-name.h"

/*
 * Protection that stands on a KEM, in all flows of RFC 9810 App. E, and on key agreement, against Bouncy Castle's classes.
 * Usage: test-peers-agreed PEER KEY KIND, such as "bouncycastle rsa:2048 rsa": our kind of KEM key and the peer's.
 */

#define REFERENCE "4711"
#define SECRET "a secret of some length"

static PeerResponder responder;
static const char *key_spec;
static const char *kem_kind;

static SignetCertificate *
read_from_peer (const char *name)
{
  g_autofree char *path = g_build_filename (responder.folder, name, NULL);

  return peer_read_certificate (path);
}

static void
begin (PeerRun *run)
{
  g_autoptr (SignetCertificate) anchor = read_from_peer ("ca.pem");

  peer_run_init (run, REFERENCE, SECRET);
  peer_run_trust (run, anchor);
  signet_cmp_authority_set_mac (run->authority, SIGNET_CMP_MAC_PBMAC1);
  signet_cmp_authority_set_mac_parameters (run->authority, "SHA256", 10000);
}

static void
go_to (PeerRun    *run,
       const char *behaviour)
{
  g_free (run->url);
  run->url = g_strdup_printf ("%s%s+kem-%s", responder.url, behaviour, kem_kind);
}

/* A certificate for a key that does not sign: its key usage says what it is for. */
static SignetKey *
enrol (PeerRun            *run,
       const char         *spec,
       const char         *usage,
       SignetCertificate **certificate)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  SignetKey *key = signet_key_generate (spec, NULL, NULL, NULL, &error);
  g_autoptr (SignetCmpOperation) operation = NULL;

  g_assert_no_error (error);
  run->more_keys = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (run->more_keys, g_object_ref (key));
  operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, key, subject);
  g_assert_true (signet_cmp_operation_add_key_usage (operation, usage, &error));
  go_to (run, "plain");
  g_assert_cmpint (peer_run_do (run, operation), ==, SIGNET_CMP_STEP_DONE);
  *certificate = g_object_ref (signet_cmp_transaction_get_certificate (run->transaction));

  return key;
}

static void
use_kem (PeerRun *run)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (SignetKey) key = enrol (run, key_spec, "keyEncipherment", &certificate);

  g_clear_object (&run->credentials);
  run->credentials = signet_cmp_credentials_new_kem (key, certificate, NULL, &error);
  g_assert_no_error (error);
}

static void
check (PeerRun    *run,
       const char *sent)
{
  g_assert_cmpint (peer_run_go (run, SIGNET_CMP_BODY_CR), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpstr (run->sent->str, ==, sent);
  g_assert_cmpstr (signet_certificate_get_key_id (signet_cmp_transaction_get_certificate (run->transaction)), ==,
                   signet_key_get_id (run->key));
}

/* Fig. 3: the peer encapsulates to our key, and signs. */
static void
test_own_key (void)
{
  PeerRun run = { 0 };

  begin (&run);
  use_kem (&run);
  go_to (&run, "plain");
  check (&run, "genm cr certConf");
  peer_run_clear (&run);
}

/* Fig. 4: we know the peer's key. */
static void
test_known_key (void)
{
  PeerRun run = { 0 };
  g_autoptr (SignetCertificate) kem = read_from_peer ("kem.pem");

  begin (&run);
  signet_cmp_authority_set_kem_certificate (run.authority, kem);
  go_to (&run, "kem");
  check (&run, "cr certConf");
  peer_run_clear (&run);
}

/* Fig. 5: the peer refuses without protection and brings its certificate. */
static void
test_told_key (void)
{
  PeerRun run = { 0 };

  begin (&run);
  go_to (&run, "kem");
  check (&run, "cr cr certConf");
  peer_run_clear (&run);
}

/* A key on either side, a secret for each direction. */
static void
test_both_keys (void)
{
  PeerRun run = { 0 };
  g_autoptr (SignetCertificate) kem = read_from_peer ("kem.pem");

  begin (&run);
  use_kem (&run);
  signet_cmp_authority_set_kem_certificate (run.authority, kem);
  go_to (&run, "kem");
  check (&run, "genm cr certConf");
  peer_run_clear (&run);
}

static void
test_key_agreement (void)
{
  PeerRun run = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCertificate) theirs = read_from_peer ("dh.pem");
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (SignetKey) key = NULL;

  begin (&run);
  key = enrol (&run, "ec:P-256", "keyAgreement", &certificate);
  g_clear_object (&run.credentials);
  run.credentials = signet_cmp_credentials_new_dh (key, certificate, NULL, theirs, &error);
  g_assert_no_error (error);
  go_to (&run, "plain");
  check (&run, "cr certConf");
  peer_run_clear (&run);
}

static void
add (const char *peer,
     const char *path,
     GTestFunc   function)
{
  g_autofree char *full = g_strdup_printf ("/peers/%s/%s", peer, path);

  g_test_add_func (full, function);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *classpath = NULL;
  const char *protection;
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 4);
  key_spec = argv[2];
  kem_kind = argv[3];
  protection = g_str_has_prefix (key_spec, "rsa") ? "kem-rsa" : "kem-ml-kem-768";
  classpath = peer_responder_find (argv[1]);
  peer_responder_start (&responder, classpath, "Responder", REFERENCE, SECRET, kem_kind);
  for (guint i = 0; i < 4; i++)
    {
      static const struct
      {
        const char *name;
        GTestFunc function;
      } cases[] = {
        { "own-key/R098,R105", test_own_key },
        { "known-key/R098,R106", test_known_key },
        { "told-key/R107", test_told_key },
        { "both-keys/R110", test_both_keys },
      };
      g_autofree char *path = g_strdup_printf ("cr/%s/%s", protection, cases[i].name);

      add (argv[1], path, cases[i].function);
    }
  if (g_str_has_prefix (key_spec, "rsa"))
    add (argv[1], "cr/dh/R095", test_key_agreement);
  status = g_test_run ();
  peer_responder_stop (&responder);

  return status;
}
