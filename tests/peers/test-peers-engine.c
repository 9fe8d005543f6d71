/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-genm.h"
#include "cmp/cmp-genp.h"
#include "cmp/cmp-recovery.h"
#include "cmp/cmp-revocation.h"
#include "peer-responder.h"
#include "peer-run.h"
#include "pki/pki-name.h"

/*
 * What no option of the command line says or what must live through being saved: the engine against Bouncy Castle's classes, the
 * transaction saved, freed and restored between any two steps. Usage: test-peers-engine PEER
 */

#define REFERENCE "4711"
#define SECRET "a secret of some length"

static PeerResponder responder;

static void
begin (PeerRun *run)
{
  g_autofree char *path = g_build_filename (responder.folder, "ca.pem", NULL);
  g_autoptr (SignetCertificate) anchor = peer_read_certificate (path);

  peer_run_init (run, REFERENCE, SECRET);
  peer_run_trust (run, anchor);
  signet_cmp_authority_set_mac (run->authority, SIGNET_CMP_MAC_PBMAC1);
  signet_cmp_authority_set_mac_parameters (run->authority, "SHA256", 10000);
}

/* How many certificates the peer counts as such, "confirmed" or "issued". */
static guint
count (const char *what)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (GBytes) octets = peer_http (session, "GET", responder.url, NULL);
  g_autofree char *text = g_strndup (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets));
  const char *found = strstr (text, what);

  g_assert_nonnull (found);

  return (guint) g_ascii_strtoull (found + strlen (what) + 1, NULL, 10);
}

static SignetCmpStep
ask (PeerRun            *run,
     SignetCmpOperation *operation,
     const char         *behaviour)
{
  g_free (run->url);
  run->url = g_strconcat (responder.url, behaviour, NULL);

  return peer_run_do (run, operation);
}

/* A certificate that signs from now on, and its key. */
static SignetCertificate *
enrol (PeerRun *run)
{
  g_free (run->url);
  run->url = g_strconcat (responder.url, "implicit", NULL);
  g_assert_cmpint (peer_run_go (run, SIGNET_CMP_BODY_IR), ==, SIGNET_CMP_STEP_DONE);

  return g_object_ref (signet_cmp_transaction_get_certificate (run->transaction));
}

static SignetCmpOperation *
for_keys (PeerRun           *run,
          SignetCmpBodyType  type,
          guint              count)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  SignetCmpOperation *operation = signet_cmp_operation_new_for_items (type);

  g_clear_pointer (&run->more_keys, g_ptr_array_unref);
  run->more_keys = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < count; i++)
    {
      SignetKey *key = signet_key_generate (i % 2 == 0 ? "ec:P-256" : "ed25519", NULL, NULL, NULL, NULL);
      g_autoptr (SignetCmpItem) item = signet_cmp_item_new (key, subject);

      g_ptr_array_add (run->more_keys, key);
      signet_cmp_operation_add_item (operation, item);
    }

  return operation;
}

static void
test_several (gconstpointer data)
{
  const char *const *words = data;
  PeerRun run = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;

  begin (&run);
  operation = for_keys (&run, SIGNET_CMP_BODY_IR, 3);
  g_assert_cmpint (ask (&run, operation, words[0]), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpstr (run.sent->str, ==, words[1]);
  for (guint i = 0; i < 3; i++)
    {
      SignetCertificate *certificate = signet_cmp_transaction_get_item_certificate (run.transaction, i);

      g_assert_nonnull (certificate);
      g_assert_cmpstr (signet_certificate_get_key_id (certificate), ==, signet_key_get_id (run.more_keys->pdata[i]));
    }
  peer_run_clear (&run);
}

static void
test_one_refused (gconstpointer data)
{
  PeerRun run = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;

  begin (&run);
  operation = for_keys (&run, SIGNET_CMP_BODY_CR, 2);
  ask (&run, operation, "reject-last");
  g_assert_cmpstr (run.sent->str, ==, "cr certConf");
  g_assert_cmpint (signet_cmp_transaction_get_item_state (run.transaction, 0), ==, SIGNET_CMP_ITEM_CONFIRMED);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (run.transaction, 1), ==, SIGNET_CMP_ITEM_REJECTED);
  g_assert_null (signet_cmp_transaction_get_item_certificate (run.transaction, 1));
  g_assert_nonnull (strstr (signet_cmp_transaction_get_item_failure (run.transaction, 1)->message, "One less than that."));
  peer_run_clear (&run);
}

static void
test_update (gconstpointer data)
{
  const char *const *words = data;
  PeerRun run = { 0 };
  g_autoptr (SignetCertificate) old = NULL;
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-384", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCmpOperation) operation = NULL;

  begin (&run);
  old = enrol (&run);
  peer_run_use_certificate (&run);
  operation = signet_cmp_operation_new_update (key, old);
  run.more_keys = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (run.more_keys, g_object_ref (key));
  g_assert_cmpint (ask (&run, operation, words[0]), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpstr (run.sent->str, ==, words[1]);
  g_assert_cmpstr (signet_certificate_get_key_id (signet_cmp_transaction_get_certificate (run.transaction)), ==,
                   signet_key_get_id (key));
  g_assert_cmpstr (signet_certificate_get_email (signet_cmp_transaction_get_certificate (run.transaction)), ==,
                   "maria@example.org");
  peer_run_clear (&run);
}

static void
test_cross (gconstpointer data)
{
  static const guint8 ecdsa_with_sha256[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
  PeerRun run = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) issuer = signet_name_parse ("O=Signet Tests,CN=Bouncy Castle Test CA", NULL);
  g_autoptr (GBytes) algorithm = g_bytes_new_static (ecdsa_with_sha256, sizeof ecdsa_with_sha256);
  g_autoptr (SignetCertificate) own = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;
  SignetCmpItem *item;

  begin (&run);
  own = enrol (&run);
  peer_run_use_certificate (&run);
  operation = for_keys (&run, SIGNET_CMP_BODY_CCR, 1);
  item = signet_cmp_operation_get_item (operation, 0);
  signet_cmp_item_set_issuer (item, issuer);
  signet_cmp_item_set_validity (item, run.now, run.now + 86400);
  g_assert_true (signet_cmp_item_set_signing_alg (item, algorithm, &error));
  g_assert_cmpint (ask (&run, operation, "plain"), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpstr (run.sent->str, ==, "ccr certConf");
  g_assert_cmpstr (signet_certificate_get_key_id (signet_cmp_transaction_get_item_certificate (run.transaction, 0)), ==,
                   signet_key_get_id (run.more_keys->pdata[0]));
  peer_run_clear (&run);
}

/* One of two certificates was revoked before: each has a state of its own. */
static void
test_revoke_several (gconstpointer data)
{
  const char *const *words = data;
  PeerRun run = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) both = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_revocation_free);
  g_autoptr (GPtrArray) first = g_ptr_array_new ();
  g_autoptr (SignetCertificate) one = NULL;
  g_autoptr (SignetCertificate) other = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;

  begin (&run);
  one = enrol (&run);
  other = enrol (&run);
  g_ptr_array_add (both, signet_cmp_revocation_new (one, SIGNET_CMP_REASON_SUPERSEDED));
  g_ptr_array_add (both, signet_cmp_revocation_new (other, SIGNET_CMP_REASON_KEY_COMPROMISE));
  g_ptr_array_add (first, both->pdata[0]);
  content = signet_cmp_revocation_encode (first, &error);
  operation = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_RR, content, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ask (&run, operation, "plain"), ==, SIGNET_CMP_STEP_DONE);
  g_clear_object (&operation);
  g_bytes_unref (content);
  content = signet_cmp_revocation_encode (both, &error);
  operation = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_RR, content, &error);
  g_assert_no_error (error);
  ask (&run, operation, words[0]);
  g_assert_cmpstr (run.sent->str, ==, words[1]);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (run.transaction, 0), ==, SIGNET_CMP_ITEM_REJECTED);
  g_assert_cmpint (signet_cmp_transaction_get_item_status (run.transaction, 0)->status, ==, SIGNET_CMP_STATUS_REJECTION);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (run.transaction, 1), ==, SIGNET_CMP_ITEM_CONFIRMED);
  peer_run_clear (&run);
}

static void
test_ask_everything (gconstpointer data)
{
  static const SignetCmpInfoType types[] = {
    SIGNET_CMP_INFO_CA_PROT_ENC_CERT, SIGNET_CMP_INFO_SIGN_KEY_PAIR_TYPES, SIGNET_CMP_INFO_ENC_KEY_PAIR_TYPES,
    SIGNET_CMP_INFO_PREFERRED_SYMM_ALG, SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO, SIGNET_CMP_INFO_CURRENT_CRL,
    SIGNET_CMP_INFO_CA_CERTS, SIGNET_CMP_INFO_ROOT_CA_CERT, SIGNET_CMP_INFO_CERT_REQ_TEMPLATE,
  };
  const char *const *words = data;
  PeerRun run = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) asked = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);
  g_autoptr (GPtrArray) told = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;
  SignetCmpBodyType body;
  GBytes *answer;

  begin (&run);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_ptr_array_add (asked, signet_cmp_genm_ask (types[i], &error));
      g_assert_no_error (error);
    }
  content = signet_cmp_genm_encode (asked);
  operation = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_GENM, content, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ask (&run, operation, words[0]), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpstr (run.sent->str, ==, words[1]);
  answer = signet_cmp_transaction_get_answer (run.transaction, &body);
  g_assert_cmpint (body, ==, SIGNET_CMP_BODY_GENP);
  told = signet_cmp_genm_decode (answer, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < asked->len; i++)
    {
      const SignetCmpGenmItem *item = signet_cmp_genm_find_answer (asked->pdata[i], told, &error);

      g_assert_no_error (error);
      g_assert_true (signet_cmp_genm_item_has_value (item));
    }
  peer_run_clear (&run);
}

/* Two keys of old, and a certificate for the new key, which alone is confirmed: RFC 9810 §5.3.22 item 1. */
static void
test_recover (gconstpointer data)
{
  const char *const *words = data;
  PeerRun run = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetKey) to = signet_key_generate ("rsa:2048", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (SignetCmpRecovery) recovery = NULL;
  SignetCmpRecipient recipient = { .key = to };
  guint confirmed = count ("confirmed");

  begin (&run);
  operation = signet_cmp_operation_new (SIGNET_CMP_BODY_KRR, run.key, subject);
  signet_cmp_item_set_protocol_key (signet_cmp_operation_get_item (operation, 0), to);
  run.more_keys = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (run.more_keys, g_object_ref (to));
  g_assert_cmpint (ask (&run, operation, words[0]), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpstr (run.sent->str, ==, words[1]);
  g_assert_cmpuint (count ("confirmed"), ==, confirmed + (strstr (words[1], "certConf") != NULL ? 1 : 0));
  g_assert_cmpstr (signet_certificate_get_key_id (signet_cmp_transaction_get_item_certificate (run.transaction, 0)), ==,
                   signet_key_get_id (run.key));
  recovery = signet_cmp_recovery_read (signet_cmp_transaction_get_answer (run.transaction, NULL), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (recovery->history->len, ==, 2);
  for (guint i = 0; i < recovery->history->len; i++)
    {
      SignetCmpKeySource source = { run.authority, NULL, TRUE, run.now };
      g_autoptr (SignetCertificate) certificate = NULL;
      g_autoptr (SignetKey) recovered
          = signet_cmp_recovery_open (recovery->history->pdata[i], &recipient, &source, &certificate, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (signet_certificate_get_key_id (certificate), ==, signet_key_get_id (recovered));
    }
  peer_run_clear (&run);
}

typedef struct
{
  const char *path;
  GTestDataFunc function;
  const char *words[2];         /* what the peer shall do, and what is then sent */
} Case;

static const Case cases[] = {
  { "ir/pbmac1/several", test_several, { "plain", "ir certConf" } },
  { "ir/pbmac1/several-implicit", test_several, { "implicit", "ir" } },
  { "ir/pbmac1/several-by-error/R208", test_several, { "poll-error", "ir pollReq pollReq pollReq certConf" } },
  { "cr/pbmac1/one-of-several-refused", test_one_refused, { NULL } },
  { "kur/ecdsa/saved/R175,R176", test_update, { "plain", "kur certConf" } },
  { "kur-polling/ecdsa/saved/R207", test_update, { "poll-ip", "kur pollReq pollReq pollReq certConf" } },
  { "kur-polling/ecdsa/by-error/R208", test_update, { "poll-error", "kur pollReq pollReq pollReq certConf" } },
  { "ccr/ecdsa/R185,R189", test_cross, { NULL } },
  { "rr/pbmac1/several", test_revoke_several, { "plain", "rr" } },
  { "rr-polling/pbmac1/several/R208", test_revoke_several, { "poll-error", "rr pollReq pollReq pollReq" } },
  { "krr/pbmac1/new-certificate/R206,R372", test_recover, { "plain", "krr certConf" } },
  { "krr/pbmac1/new-certificate-implicit", test_recover, { "implicit", "krr" } },
  { "krr-polling/pbmac1/new-certificate/R209,R371", test_recover, { "poll-ip", "krr pollReq pollReq pollReq certConf" } },
  { "genm/pbmac1/everything", test_ask_everything, { "plain", "genm" } },
  { "genm-polling/pbmac1/everything/R208", test_ask_everything, { "poll-error", "genm pollReq pollReq pollReq" } },
};

int
main (int    argc,
      char **argv)
{
  g_autofree char *classpath = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  classpath = peer_responder_find (argv[1]);
  peer_responder_start (&responder, classpath, "Responder", REFERENCE, SECRET, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/peers/%s/%s", argv[1], cases[i].path);

      g_test_add_data_func (path, cases[i].words, cases[i].function);
    }
  status = g_test_run ();
  peer_responder_stop (&responder);

  return status;
}
