/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/x509v3.h>

#include "common/extension.h"
#include "common/remake.h"
#include "worker-peer.h"

/* What the settings of an authority lead to, through the worker: each relaxation off and on, one connection, operation labels;
 * and answers of a web server that sound like success. */

#define HOUR (60 * 60)
#define USAGE "1.3.6.1.4.1.32473.1"

/* ---- answers that are signed, by whom the test wants ---- */

typedef struct
{
  SignetCmpCredentials *credentials;
  SignetCertificate *shown;             /* whose key that is */
} Signer;

typedef struct
{
  Signer signers[2];                    /* of the first answer and of the others */
} Signers;

typedef struct
{
  const char *path;
  const char *relaxations[3];           /* that are always there */
  const char *name;                     /* (nullable): the relaxation in question */
  const char *usage;                    /* or the signer-usage */
  const char *extensions[2];            /* keyUsage, extendedKeyUsage (nullable) of the signers */
  gboolean ca;                          /* whether the signers are CAs */
  const char *error_code;               /* without it */
  SignetRequestState state;             /* and where the request is then */
} Case;

static const Case cases[] = {
  { "signed-answer-to-mac/R053", { NULL }, "signed-answer-to-mac", NULL,
    { "digitalSignature,keyCertSign", NULL }, TRUE, "cmp.wrong-protection", SIGNET_REQUEST_UNKNOWN },
  { "no-digital-signature", { "signed-answer-to-mac" }, "no-digital-signature", NULL,
    { "keyCertSign", NULL }, TRUE, "cmp.untrusted", SIGNET_REQUEST_UNKNOWN },
  { "signer-usage/one-of-its-own/R075", { "signed-answer-to-mac" }, NULL, USAGE,
    { "digitalSignature", USAGE }, FALSE, "cmp.untrusted", SIGNET_REQUEST_UNKNOWN },
  { "signer-usage/any", { "signed-answer-to-mac" }, NULL, "any",
    { "digitalSignature", NULL }, FALSE, "cmp.untrusted", SIGNET_REQUEST_UNKNOWN },
  { "signer-change/R054", { "signed-answer-to-mac" }, "signer-change", NULL,
    { "digitalSignature,keyCertSign", NULL }, TRUE, "cmp.untrusted", SIGNET_REQUEST_CONFIRM },
};

static X509 *
make_certificate (WorkerPeer *peer,
                  const Case *test,
                  SignetKey  *key,
                  guint       which,
                  const char *key_usage)
{
  g_autoptr (X509_NAME) name = X509_NAME_new ();
  X509 *x509 = X509_new ();
  g_autofree char *cn = g_strdup_printf ("Signer %u", which);

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *) cn, -1, -1, 0);
  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 10 + which);
  X509_set_subject_name (x509, name);
  X509_set_issuer_name (x509, X509_get_subject_name (peer->anchor));
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  ASN1_TIME_set (X509_getm_notBefore (x509), WORKER_FIXTURE_START - HOUR);
  ASN1_TIME_set (X509_getm_notAfter (x509), WORKER_FIXTURE_START + 100 * HOUR);
  add_extension (x509, peer->anchor, NID_basic_constraints, test->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension (x509, peer->anchor, NID_key_usage, key_usage);
  add_extension (x509, peer->anchor, NID_subject_key_identifier, "hash");
  if (test->extensions[1] != NULL)
    add_extension (x509, peer->anchor, NID_ext_key_usage, test->extensions[1]);
  g_assert_cmpint (X509_sign (x509, peer->key, EVP_sha256 ()), >, 0);

  return x509;
}

/* Our own code does not sign with a certificate that may not sign, so what is shown is another one for the same key. */
static Signer
make_signer (WorkerPeer *peer,
             const Case *test,
             guint       which)
{
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (X509) able = make_certificate (peer, test, key, which, "digitalSignature");
  g_autoptr (X509) shown = make_certificate (peer, test, key, which, test->extensions[0]);
  g_autoptr (SignetCertificate) certificate = signet_certificate_new_for_x509 (able);
  g_autoptr (GError) error = NULL;
  Signer signer = { signet_cmp_credentials_new_signature (key, certificate, NULL, &error), signet_certificate_new_for_x509 (shown) };

  g_assert_no_error (error);

  return signer;
}

static void
signer_clear (Signer *signer)
{
  g_object_unref (signer->credentials);
  g_object_unref (signer->shown);
}

static gboolean
answer_signed (WorkerPeer        *peer,
               SoupServerMessage *message,
               guint              post,
               gpointer           user_data)
{
  Signers *signers = user_data;
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  const Signer *signer = &signers->signers[post == 1 ? 0 : 1];
  const Remake remake = { .credentials = signer->credentials, .shown = signer->shown, .time = WORKER_FIXTURE_START };
  g_autoptr (GBytes) resigned = remake_message (answer, &remake);

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, g_bytes_get_data (resigned, NULL),
                                    g_bytes_get_size (resigned));

  return TRUE;
}

static gint64
start_with (WorkerFixture      *fixture,
            WorkerPeer         *peer,
            const char *const  *relaxations,
            const char         *usage,
            gboolean            keep)
{
  g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
  gint64 authority;

  g_variant_dict_insert (&dict, "relaxations", "^as", relaxations);
  if (usage != NULL)
    g_variant_dict_insert (&dict, "signer-usage", "s", usage);
  if (keep)
    g_variant_dict_insert (&dict, "keep-connection", "b", TRUE);
  authority = worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), WORKER_PEER_SECRET);

  return worker_fixture_create_request (fixture, authority, NULL);
}

/* The same server twice: refused in words where the setting is off, and what it gives taken where it is on. */
static void
test_setting (gconstpointer data)
{
  const Case *test = data;

  for (guint on = 0; on < 2; on++)
    {
      g_autoptr (WorkerPeer) peer = worker_peer_new ();
      g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
      g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
      g_auto (GStrv) relaxations = NULL;
      Signers signers = { { make_signer (peer, test, 0), make_signer (peer, test, 1) } };
      /* Only where that is the question does another one sign later. */
      gboolean change = g_strcmp0 (test->name, "signer-change") == 0;
      Signers used = { { signers.signers[0], signers.signers[change ? 1 : 0] } };
      g_autoptr (SignetRequestRecord) record = NULL;
      gint64 id;

      for (guint i = 0; test->relaxations[i] != NULL; i++)
        g_strv_builder_add (names, test->relaxations[i]);
      if (on == 1 && test->name != NULL)
        g_strv_builder_add (names, test->name);
      relaxations = g_strv_builder_end (names);
      peer->implicit = FALSE;
      peer->hook = answer_signed;
      peer->hook_data = &used;
      id = start_with (fixture, peer, (const char *const *) relaxations, on == 1 ? test->usage : NULL, FALSE);
      record = worker_fixture_wait (fixture, id, on == 1 ? SIGNET_REQUEST_DONE : test->state);
      worker_fixture_settle (fixture);
      g_clear_pointer (&record, signet_request_record_free);
      record = worker_fixture_get_request (fixture, id);
      g_assert_cmpstr (record->error_code, ==, on == 1 ? NULL : test->error_code);
      g_assert_cmpint (record->state, ==, on == 1 ? SIGNET_REQUEST_DONE : test->state);
      signer_clear (&signers.signers[0]);
      signer_clear (&signers.signers[1]);
    }
}

static void
test_sha1 (void)
{
  for (guint on = 0; on < 2; on++)
    {
      static const char *const names[] = { "sha1", NULL };
      g_autoptr (WorkerPeer) peer = worker_peer_new ();
      g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
      g_autoptr (SignetRequestRecord) record = NULL;
      gint64 id;

      OSSL_CMP_CTX_set_option (OSSL_CMP_SRV_CTX_get0_cmp_ctx (peer->cmp), OSSL_CMP_OPT_MAC_ALGNID, NID_hmac_sha1);
      id = start_with (fixture, peer, names + 1 - on, NULL, FALSE);
      record = worker_fixture_wait (fixture, id, on == 1 ? SIGNET_REQUEST_DONE : SIGNET_REQUEST_UNKNOWN);
      g_assert_cmpstr (record->error_code, ==, on == 1 ? NULL : "cmp.weak");
    }
}

/* A root that comes along is not taken, nor asked about, unless that was set; what is set is shown in worker-enrol. */
static void
test_ca_pubs_off (void)
{
  static const char *const none[] = { NULL };
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (SignetAuthorityRecord) authority = NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  gint64 id;

  peer->sends_root = TRUE;
  id = start_with (fixture, peer, none, NULL, FALSE);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  authority = signet_store_get_authority (signet_worker_get_store (fixture->worker), record->authority_id, NULL);
  g_assert_cmpuint (authority->anchors->len, ==, 1);
  /* And with no root at all an authority is not taken. */
  g_variant_dict_insert (&dict, "url", "s", peer->url);
  g_variant_dict_insert (&dict, "reference", "s", WORKER_PEER_REFERENCE);
  worker_fixture_must_fail (fixture, "AddAuthority",
                            g_variant_new ("(@a{sv}@ah)", g_variant_dict_end (&dict), g_variant_new ("ah", NULL)), NULL, "Invalid",
                            NULL);
}

/* What was odd about an answer stands beside it, and stays there. */
static void
test_remark (void)
{
  static const char *const none[] = { NULL };
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerPeer) other = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  gint64 id;

  peer->sends_root = TRUE;
  peer->other_root = other->anchor;
  id = start_with (fixture, peer, none, NULL, FALSE);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  messages = signet_store_list_messages (signet_worker_get_store (fixture->worker), id, NULL);
  g_assert_cmpuint (messages->len, ==, 2);
  for (guint i = 0; i < messages->len; i++)
    {
      const SignetMessageRecord *message = g_ptr_array_index (messages, i);

      g_assert_null (message->note);
      g_assert_cmpint (message->remark != NULL, ==, i == 1);
      if (i == 1)
        g_assert_nonnull (strstr (message->remark, "None of them was taken"));
    }
}

/* ---- one connection ---- */

static gboolean
cut_second (WorkerPeer        *peer,
            SoupServerMessage *message,
            guint              post,
            gpointer           user_data)
{
  guint *ports = user_data;

  ports[post - 1] = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (soup_server_message_get_remote_address (message)));
  if (post == 2)
    {
      g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

      g_io_stream_close (stream, NULL, NULL);
    }

  return post == 2;
}

/* A kept connection that breaks under a confirmation: it went out once, that it may not have arrived is told, and at the time
 * that the schedule says the same octets go out again. */
static void
test_kept_and_lost (void)
{
  static const char *const none[] = { NULL };
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) confirm = NULL;
  g_autoptr (SignetRequestRecord) done = NULL;
  guint ports[8] = { 0 };
  gint64 id;

  peer->implicit = FALSE;
  peer->hook = cut_second;
  peer->hook_data = ports;
  id = start_with (fixture, peer, none, NULL, TRUE);
  confirm = worker_fixture_wait (fixture, id, SIGNET_REQUEST_CONFIRM);
  worker_fixture_settle (fixture);
  g_clear_pointer (&confirm, signet_request_record_free);
  confirm = worker_fixture_get_request (fixture, id);
  g_assert_cmpint (confirm->state, ==, SIGNET_REQUEST_CONFIRM);
  g_assert_cmpstr (confirm->error_code, ==, "transfer.unknown");
  g_assert_cmpint (confirm->retry_at, >, fixture->now);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  g_assert_cmpuint (ports[0], ==, ports[1]);
  worker_fixture_advance (fixture, confirm->retry_at - fixture->now);
  done = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 3);
  g_assert_true (g_bytes_equal (peer->posts->pdata[1], peer->posts->pdata[2]));
  g_assert_cmpuint (peer->confirmed, ==, 1);
}

/* ---- one address for a transaction ---- */

static gboolean
note_path (WorkerPeer        *peer,
           SoupServerMessage *message,
           guint              post,
           gpointer           user_data)
{
  g_ptr_array_add (user_data, g_strdup (g_uri_get_path (soup_server_message_get_uri (message))));

  return FALSE;
}

/* Polls and confirmation go where the request went, label included, with its transactionID and its code: RFC 9483 §4.4, §6.1. */
static void
test_one_address (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *url = g_strconcat (peer->url, "pki", NULL);
  g_autoptr (SignetCmpMessage) first = NULL;
  g_autoptr (SignetRequestRecord) record = NULL;
  gint64 authority;
  gint64 id;

  peer->polls = 1;
  peer->implicit = FALSE;
  peer->hook = note_path;
  peer->hook_data = paths;
  g_variant_dict_insert (&dict, "url", "s", url);
  g_variant_dict_insert (&dict, "operation-labels", "b", TRUE);
  authority = worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), WORKER_PEER_SECRET);
  id = worker_fixture_create_request (fixture, authority, NULL);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_WAITING);
  worker_fixture_settle (fixture);
  worker_fixture_advance (fixture, HOUR);
  g_clear_pointer (&record, signet_request_record_free);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 3);
  first = signet_cmp_message_parse (peer->posts->pdata[0], NULL);
  for (guint i = 0; i < 3; i++)
    {
      static const SignetCmpBodyType types[] = { SIGNET_CMP_BODY_IR, SIGNET_CMP_BODY_POLLREQ, SIGNET_CMP_BODY_CERTCONF };
      g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (peer->posts->pdata[i], NULL);

      g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, types[i]);
      g_assert_cmpstr (paths->pdata[i], ==, "/pki/initialization");
      g_assert_true (g_bytes_equal (signet_cmp_message_get_transaction_id (message), signet_cmp_message_get_transaction_id (first)));
      g_assert_true (g_bytes_equal (signet_cmp_message_get_sender_kid (message), signet_cmp_message_get_sender_kid (first)));
    }
}

/* ---- what HTTP says ---- */

static gboolean
say_accepted (WorkerPeer        *peer,
              SoupServerMessage *message,
              guint              post,
              gpointer           user_data)
{
  soup_server_message_set_status (message, GPOINTER_TO_UINT (user_data), NULL);
  if (GPOINTER_TO_UINT (user_data) != 204)
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "Accepted", 8);

  return TRUE;
}

/* 201, 202 and 204 are successes to a web server; that a certificate was granted they do not say. */
static void
test_other_successes (gconstpointer status)
{
  static const char *const none[] = { NULL };
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  gint64 id;

  peer->hook = say_accepted;
  peer->hook_data = (gpointer) status;
  id = start_with (fixture, peer, none, NULL, FALSE);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_UNKNOWN);
  g_assert_cmpstr (record->error_code, ==, "transfer.not-cmp");
  g_assert_cmpint (record->certificate_id, ==, 0);
}

static gboolean
drop_confirmation (WorkerPeer        *peer,
                   SoupServerMessage *message,
                   guint              post,
                   gpointer           user_data)
{
  if (post == 1)
    return FALSE;
  soup_server_message_set_status (message, 503, NULL);

  return TRUE;
}

/* No pkiConf: the certificate is there and unconfirmed, and the confirmation is offered again, by schedule and at the person's
 * wish. */
static void
test_no_pkiconf (void)
{
  static const char *const none[] = { NULL };
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (SignetCertificateRecord) certificate = NULL;
  g_autoptr (GVariant) reply = NULL;
  gint64 id;

  peer->implicit = FALSE;
  peer->hook = drop_confirmation;
  id = start_with (fixture, peer, none, NULL, FALSE);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_CONFIRM);
  worker_fixture_settle (fixture);
  g_clear_pointer (&record, signet_request_record_free);
  record = worker_fixture_get_request (fixture, id);
  g_assert_cmpstr (record->error_code, ==, "transfer.http");
  g_assert_cmpint (record->retry_at, >, fixture->now);
  certificate = signet_store_get_certificate (signet_worker_get_store (fixture->worker), record->certificate_id, NULL);
  g_assert_cmpstr (certificate->state, ==, "unconfirmed");
  peer->hook = NULL;
  reply = worker_fixture_must (fixture, "CheckRequest", g_variant_new ("(x)", id), NULL);
  g_clear_pointer (&record, signet_request_record_free);
  record = worker_fixture_wait (fixture, id, SIGNET_REQUEST_DONE);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/worker/settings/relaxations/", cases[i].path, NULL);

      g_test_add_data_func (path, &cases[i], test_setting);
    }
  g_test_add_func ("/worker/settings/relaxations/sha1", test_sha1);
  g_test_add_func ("/worker/settings/relaxations/ca-pubs/R161", test_ca_pubs_off);
  g_test_add_func ("/worker/settings/oddities-stand-beside-the-answer/R160", test_remark);
  g_test_add_func ("/worker/settings/keep-connection/lost-under-a-confirmation/R404", test_kept_and_lost);
  g_test_add_func ("/worker/settings/one-address-for-a-transaction/R221,R409", test_one_address);
  g_test_add_data_func ("/worker/http/created-is-no-answer/R401", GUINT_TO_POINTER (201), test_other_successes);
  g_test_add_data_func ("/worker/http/accepted-is-no-answer/R401", GUINT_TO_POINTER (202), test_other_successes);
  g_test_add_data_func ("/worker/http/no-content-is-no-answer/R401", GUINT_TO_POINTER (204), test_other_successes);
  g_test_add_func ("/worker/http/no-pkiconf-leaves-the-certificate-unconfirmed/R203", test_no_pkiconf);

  return g_test_run ();
}
