/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-announcement.h"
#include "peer-responder.h"
#include "peer-run.h"
#include "pki/pki-name.h"

/*
 * What no server speaks, scripted on Bouncy Castle's classes: challenges for a key's possession, announcements, messages in messages.
 * Usage: test-peers-scripted PEER [KEY]: with a kind of KEY, challenges to such a key alone
 */

#define REFERENCE "4711"
#define SECRET "a secret of some length"

static PeerResponder responder;

static SignetCertificate *
read_from_peer (const char *name)
{
  g_autofree char *path = g_build_filename (responder.folder, name, NULL);

  return peer_read_certificate (path);
}

static void
go_to (PeerRun    *run,
       const char *words)
{
  g_free (run->url);
  run->url = g_strconcat (responder.url, words, NULL);
}

static void
begin (PeerRun  *run,
       gboolean  signature)
{
  g_autoptr (SignetCertificate) anchor = read_from_peer ("ca.pem");

  peer_run_init (run, REFERENCE, SECRET);
  peer_run_trust (run, anchor);
  signet_cmp_authority_set_mac (run->authority, SIGNET_CMP_MAC_PBMAC1);
  signet_cmp_authority_set_mac_parameters (run->authority, "SHA256", 10000);
  if (!signature)
    return;
  go_to (run, "implicit");
  g_assert_cmpint (peer_run_go (run, SIGNET_CMP_BODY_IR), ==, SIGNET_CMP_STEP_DONE);
  peer_run_use_certificate (run);
}

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

/* ---- challenges: RFC 9810 §5.2.8.3.3 ---- */

typedef struct
{
  const char *path;
  gboolean signature;           /* of the message */
  const char *keys[3];          /* whose possession is to be proved */
  const char *words;
  const char *sent;             /* (nullable): what the challenge must not bring out */
} Challenge;

static const Challenge challenges[] = {
  { "ir-challenge/pbmac1/rsa/R308,R314,R318", FALSE, { "rsa:2048" }, "plain", "ir popdecr certConf" },
  { "ir-challenge/pbmac1/ec", FALSE, { "ec:P-256" }, "plain", "ir popdecr certConf" },
  { "ir-challenge/pbmac1/several/R318", FALSE, { "rsa:2048", "ec:P-256", "rsa:2048" }, "plain", "ir popdecr certConf" },
  { "ir-challenge/pbmac1/implicit", FALSE, { "rsa:2048" }, "implicit", "ir popdecr" },
  { "ir-challenge/pbmac1/polling", FALSE, { "rsa:2048" }, "poll-error", "ir pollReq pollReq pollReq popdecr certConf" },
  { "ir-challenge/ecdsa/rsa", TRUE, { "rsa:2048" }, "plain", "ir popdecr certConf" },
  { "ir-challenge/ecdsa/ec", TRUE, { "ec:P-256" }, "plain", "ir popdecr certConf" },
  { "ir-challenge-old/pbmac1/rsa/R314", FALSE, { "rsa:2048" }, "old-challenge", "ir popdecr certConf" },
  { "ir-challenge-old/pbmac1/several", FALSE, { "rsa:2048", "rsa:2048" }, "old-challenge", "ir popdecr certConf" },
  { "ir-challenge-old/ecdsa/rsa", TRUE, { "rsa:2048" }, "old-challenge", "ir popdecr certConf" },
  { "ir-challenge/pbmac1/of-another-sender/R317", FALSE, { "rsa:2048" }, "challenge-sender", NULL },
  { "ir-challenge/pbmac1/with-a-wrong-witness", FALSE, { "rsa:2048" }, "challenge-witness", NULL },
  { "ir-challenge/pbmac1/to-another-key", FALSE, { "rsa:2048" }, "challenge-key", NULL },
  { "ir-challenge/pbmac1/of-a-letter", FALSE, { "rsa:2048" }, "challenge-letter", NULL },
  { "ir-challenge-old/pbmac1/of-another-sender", FALSE, { "rsa:2048" }, "old-challenge+challenge-sender", NULL },
  { "ir-challenge-old/pbmac1/of-a-letter", FALSE, { "rsa:2048" }, "old-challenge+challenge-letter", NULL },
  { "ir-challenge-old/pbmac1/to-another-key", FALSE, { "rsa:2048" }, "old-challenge+challenge-key", NULL },
};

/* What only a newer libcrypto knows. */
static const Challenge newer = { "ir-challenge/pbmac1/ml-kem-768/R308,R314", FALSE, { "ml-kem-768" }, "plain",
                                 "ir popdecr certConf" };

static SignetCmpOperation *
ask_for_challenges (PeerRun         *run,
                    const Challenge *test)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  SignetCmpOperation *operation = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_IR);

  run->more_keys = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < G_N_ELEMENTS (test->keys) && test->keys[i] != NULL; i++)
    {
      SignetKey *key = signet_key_generate (test->keys[i], NULL, NULL, NULL, NULL);
      g_autoptr (SignetCmpItem) item = signet_cmp_item_new (key, subject);

      g_assert_true (signet_cmp_item_add_key_usage (item, test->keys[i][0] == 'e' ? "keyAgreement" : "keyEncipherment", NULL));
      signet_cmp_item_set_popo (item, SIGNET_CMP_POPO_CHALLENGE);
      g_ptr_array_add (run->more_keys, key);
      signet_cmp_operation_add_item (operation, item);
    }

  return operation;
}

static void
test_challenge (gconstpointer data)
{
  const Challenge *test = data;
  PeerRun run = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  guint issued;

  begin (&run, test->signature);
  issued = count ("issued");
  operation = ask_for_challenges (&run, test);
  if (strstr (test->words, "old-challenge") != NULL)
    {
      signet_cmp_authority_set_pvno (run.authority, 2);
      signet_cmp_authority_set_relaxations (run.authority, SIGNET_CMP_RELAX_ENCRYPTED_VALUE);
    }
  go_to (&run, test->words);
  if (test->sent != NULL)
    {
      g_assert_cmpint (peer_run_do (&run, operation), ==, SIGNET_CMP_STEP_DONE);
      g_assert_cmpstr (run.sent->str, ==, test->sent);
      g_assert_cmpuint (count ("issued"), ==, issued + run.more_keys->len);
      for (guint i = 0; i < run.more_keys->len; i++)
        g_assert_cmpstr (signet_certificate_get_key_id (signet_cmp_transaction_get_item_certificate (run.transaction, i)), ==,
                         signet_key_get_id (run.more_keys->pdata[i]));
    }
  else
    {
      /* One sentence for all: whatever was inside, nobody learns it from what follows (§8.2). */
      g_assert_cmpint (peer_run_do (&run, operation), ==, SIGNET_CMP_STEP_FAILED);
      g_assert_cmpstr (run.sent->str, ==, "ir");
      g_assert_error (signet_cmp_transaction_get_failure (run.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
      g_assert_true (g_str_has_prefix (signet_cmp_transaction_get_failure (run.transaction)->message,
                                       "What was sent encrypted cannot be read: "));
      g_assert_cmpuint (count ("issued"), ==, issued);
    }
  peer_run_clear (&run);
}

/* ---- announcements ---- */

typedef struct
{
  const char *path;
  const char *kind;
  SignetCmpBodyType type;
  const char *shown;
} Announced;

static const Announced announcements[] = {
  { "announcement/ecdsa/ckuann/R376,R377,R378", "ckuann", SIGNET_CMP_BODY_CKUANN, "newWithOld" },
  { "announcement/ecdsa/ckuann-of-version-3/R377,R040", "ckuann-new", SIGNET_CMP_BODY_CKUANN, "newWithNew" },
  { "announcement/ecdsa/cann/R381", "cann", SIGNET_CMP_BODY_CANN, "Maria Huber" },
  { "announcement/ecdsa/rann/R379", "rann", SIGNET_CMP_BODY_RANN, "willBeRevokedAt" },
  { "announcement/ecdsa/crlann/R380", "crlann", SIGNET_CMP_BODY_CRLANN, "Bouncy Castle Test CA" },
  { "announcement/pbm/ckuann", "mac-ckuann", SIGNET_CMP_BODY_CKUANN, "newWithOld" },
  { "announcement/pbm/cann", "mac-cann", SIGNET_CMP_BODY_CANN, "Maria Huber" },
  { "announcement/pbm/rann", "mac-rann", SIGNET_CMP_BODY_RANN, "willBeRevokedAt" },
  { "announcement/pbm/crlann", "mac-crlann", SIGNET_CMP_BODY_CRLANN, "Bouncy Castle Test CA" },
};

static GBytes *
get_announcement (PeerRun    *run,
                  const char *kind)
{
  g_autofree char *url = g_strconcat (responder.url, "announce-", kind, NULL);

  return peer_http (run->session, "GET", url, NULL);
}

static void
check_content (const SignetCmpAnnouncement *announcement,
               SignetCertificate           *anchor,
               SignetCertificate           *own)
{
  switch (announcement->type)
    {
    case SIGNET_CMP_BODY_CKUANN:
      g_assert_true ((announcement->links & SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD) != 0);
      g_assert_cmpstr (signet_certificate_get_key_id (announcement->anchor), ==, signet_certificate_get_key_id (anchor));
      g_assert_cmpstr (signet_certificate_get_key_id (announcement->root_update->new_with_new), !=,
                       signet_certificate_get_key_id (anchor));
      break;
    case SIGNET_CMP_BODY_CANN:
      g_assert_cmpstr (signet_certificate_get_key_id (announcement->certificate), ==, signet_certificate_get_key_id (own));
      break;
    case SIGNET_CMP_BODY_RANN:
      g_assert_true (announcement->revoked == own);
      g_assert_cmpint (announcement->status, ==, SIGNET_CMP_STATUS_REVOCATION_WARNING);
      g_assert_cmpint (announcement->will_be_revoked_at, >, announcement->bad_since);
      break;
    default:
      g_assert_cmpuint (announcement->crls->len, ==, 1);
    }
}

/* The last octet of the signature is another: extraCerts follow it, so it is looked for. */
static GBytes *
spoil (GBytes           *octets,
       SignetCmpMessage *message)
{
  GBytes *signature = signet_cmp_message_get_protection (message);
  gsize length = g_bytes_get_size (signature);
  gsize size = g_bytes_get_size (octets);
  guint8 *copy = g_memdup2 (g_bytes_get_data (octets, NULL), size);
  guint8 *found = memmem (copy, size, g_bytes_get_data (signature, NULL), length);

  g_assert_nonnull (found);
  found[length - 1] ^= 1;

  return g_bytes_new_take (copy, size);
}

/* Good as it came; and with its signature spoilt it is still shown, but nothing of it may be used. */
static void
test_announcement (gconstpointer data)
{
  const Announced *test = data;
  PeerRun run = { 0 };
  g_autoptr (SignetCertificate) anchor = read_from_peer ("ca.pem");
  g_autoptr (SignetCertificate) own = NULL;
  g_autoptr (GPtrArray) mine = g_ptr_array_new ();
  g_autoptr (SignetSecret) secret = signet_secret_new (SECRET, strlen (SECRET));
  g_autoptr (SignetCmpCredentials) shared = signet_cmp_credentials_new_mac (REFERENCE, secret);
  g_autoptr (GBytes) octets = NULL;

  begin (&run, TRUE);
  own = g_object_ref (signet_cmp_transaction_get_certificate (run.transaction));
  g_ptr_array_add (mine, own);
  signet_cmp_authority_set_mac (run.authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  octets = get_announcement (&run, test->kind);
  for (guint i = 0; i < 2; i++)
    {
      const SignetCmpAnnouncementContext context = { .authority = run.authority, .credentials = shared, .own = mine,
                                                     .now = run.now };
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) spoilt = NULL;
      g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (octets, &error);
      g_autoptr (SignetCmpAnnouncement) announcement = NULL;
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, test->type);
      announcement = signet_cmp_announcement_check (message, &context, &error);
      g_assert_no_error (error);
      g_assert_true (announcement->authentic == (i == 0));
      g_assert_true (announcement->usable == (i == 0));
      check_content (announcement, anchor, own);
      text = signet_cmp_message_print (message);
      g_assert_nonnull (strstr (text, test->shown));
      spoilt = spoil (octets, message);
      g_bytes_unref (octets);
      octets = g_steal_pointer (&spoilt);
    }
  peer_run_clear (&run);
}

/* ---- messages in messages: RFC 9810 §5.1.3.5 ---- */

static guint
count_in (const char *text,
          const char *word)
{
  guint found = 0;

  for (const char *at = strstr (text, word); at != NULL; at = strstr (at + 1, word))
    found++;

  return found;
}

/* As an answer it is refused (see the mistakes); it is shown, with each message that is inside. */
static void
test_nested (gconstpointer data)
{
  const char *words = data;
  PeerRun run = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) in = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autofree char *text = NULL;
  SignetCmpStep step;

  begin (&run, TRUE);
  peer_run_prepare (&run, SIGNET_CMP_BODY_CR);
  out = signet_cmp_transaction_next (run.transaction, run.now, &error);
  g_assert_no_error (error);
  go_to (&run, words);
  in = peer_http (run.session, "POST", run.url, out);
  message = signet_cmp_message_parse (in, &error);
  g_assert_no_error (error);
  g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, SIGNET_CMP_BODY_NESTED);
  text = signet_cmp_message_print (message);
  g_assert_cmpuint (count_in (text, "certReqId"), ==, strstr (words, "batch") != NULL ? 2 : 1);
  g_assert_true (signet_cmp_transaction_receive (run.transaction, in, run.now, &step, &error));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (run.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_BODY);
  peer_run_clear (&run);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *classpath = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, >=, 2);
  classpath = peer_responder_find (argv[1]);
  peer_responder_start (&responder, classpath, "Responder", REFERENCE, SECRET, NULL);
  if (argc > 2)
    {
      g_assert_cmpstr (argv[2], ==, newer.keys[0]);
      peer_run_add_test (argv[1], newer.path, test_challenge, &newer);
    }
  for (guint i = 0; argc == 2 && i < G_N_ELEMENTS (challenges); i++)
    peer_run_add_test (argv[1], challenges[i].path, test_challenge, &challenges[i]);
  for (guint i = 0; argc == 2 && i < G_N_ELEMENTS (announcements); i++)
    peer_run_add_test (argv[1], announcements[i].path, test_announcement, &announcements[i]);
  if (argc == 2)
    {
      peer_run_add_test (argv[1], "nested-answer/ecdsa/one", test_nested, "as-nested");
      peer_run_add_test (argv[1], "nested-answer/ecdsa/batch", test_nested, "as-nested+batch");
    }
  status = g_test_run ();
  peer_responder_stop (&responder);

  return status;
}
