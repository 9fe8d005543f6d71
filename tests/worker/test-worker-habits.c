/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "client/client-presets.h"
#include "cmp/cmp-message.h"
#include "common/remake.h"
#include "worker-peer.h"

/* What older servers want of HTTP, through the worker: the settings of one authority lead to it, and to nothing where they are
 * not set. What it looks like on the wire is shown in transfer-habits. */

typedef struct
{
  guint posts;
  char *path;
  char *type;
} Seen;

/* A server behind seven octets and base64, as IBM z/OS has it. */
static gboolean
answer_framed (WorkerPeer        *peer,
               SoupServerMessage *message,
               guint              post,
               gpointer           user_data)
{
  Seen *seen = user_data;
  gsize size;
  const char *body = g_bytes_get_data (peer->posts->pdata[post - 1], &size);
  g_autofree char *text = g_strndup (body, size);
  g_autofree guchar *framed = g_base64_decode (text, &size);
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GByteArray) reply = g_byte_array_new ();
  guint32 length;
  char *encoded;

  g_assert_cmpuint (size, >, 7);
  g_assert_cmpuint (framed[4], ==, 10);
  request = g_bytes_new (framed + 7, size - 7);
  answer = worker_peer_answer (peer, request);
  length = GUINT32_TO_BE ((guint32) g_bytes_get_size (answer) + 3);
  g_byte_array_append (reply, (const guint8 *) &length, 4);
  g_byte_array_append (reply, (const guint8 *) "\x0a\0\x05", 3);
  g_byte_array_append (reply, g_bytes_get_data (answer, NULL), (guint) g_bytes_get_size (answer));
  encoded = g_base64_encode (reply->data, reply->len);
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_TAKE, encoded, strlen (encoded));
  seen->posts++;
  g_free (seen->path);
  g_free (seen->type);
  seen->path = g_strdup (g_uri_get_path (soup_server_message_get_uri (message)));
  seen->type = g_strdup (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Content-Type"));

  return TRUE;
}

static void
test_all_at_once (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
  g_autofree char *origin = g_strndup (peer->url, strlen (peer->url) - 1);
  g_autoptr (SignetRequestRecord) record = NULL;
  Seen seen = { 0 };
  gint64 authority;

  peer->implicit = FALSE;
  peer->hook = answer_framed;
  peer->hook_data = &seen;
  g_variant_dict_insert (&dict, "url", "s", origin);
  g_variant_dict_insert (&dict, "path-name", "s", "My CA");
  g_variant_dict_insert (&dict, "operation-labels", "b", TRUE);
  g_variant_dict_insert (&dict, "trailing-slash", "b", TRUE);
  g_variant_dict_insert (&dict, "framing", "s", "tcp-base64");
  g_variant_dict_insert (&dict, "media-type", "s", "application/pkixcmp-poll");
  authority = worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), WORKER_PEER_SECRET);
  record = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, NULL), SIGNET_REQUEST_DONE);
  g_assert_cmpuint (seen.posts, ==, 2);
  /* The confirmation went where the request went: R409. */
  g_assert_cmpstr (seen.path, ==, "/.well-known/cmp/p/My CA/initialization/");
  g_assert_cmpstr (seen.type, ==, "application/pkixcmp-poll");
  g_free (seen.path);
  g_free (seen.type);
}

static void
test_refused (void)
{
  static const struct { const char *name; const char *value; const char *url; const char *words; } table[] = {
    { "framing", "udp", "http://h/", "“udp” is no framing: choose “none”, “tcp” or “tcp-base64”." },
    { "media-type", "text/html", "http://h/",
      "“text/html” is no media type of CMP. There are: application/pkixcmp, application/pkixcmp-poll, application/x-pkixcmp." },
    { "path-name", "CA", "http://h/pkix/",
      "A name in the path belongs behind /.well-known/cmp, and the address has the path /pkix/. Leave the path out, or write the "
      "name into it." },
  };
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (WorkerPeer) peer = worker_peer_new ();

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);

      g_variant_dict_insert (&dict, "url", "s", table[i].url);
      g_variant_dict_insert (&dict, table[i].name, "s", table[i].value);
      worker_fixture_must_fail (fixture, "AddAuthority",
                                g_variant_new ("(@a{sv}@ah)", g_variant_dict_end (&dict), g_variant_new ("ah", NULL)), NULL,
                                "Invalid", table[i].words);
    }
}

/* The worker takes every setting of every preset. */
static void
test_presets (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) presets = signet_presets_load (&error);

  g_assert_no_error (error);
  for (guint i = 0; i < presets->len; i++)
    {
      const SignetPreset *preset = presets->pdata[i];
      g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
      g_autoptr (SignetAuthorityRecord) record = NULL;
      GVariantIter iter;
      const char *name;
      GVariant *value;
      gint64 id;

      g_variant_iter_init (&iter, preset->settings);
      while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
        g_variant_dict_insert_value (&dict, name, value);
      id = worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), WORKER_PEER_SECRET);
      record = signet_store_get_authority (signet_worker_get_store (fixture->worker), id, &error);
      g_assert_no_error (error);
      g_variant_iter_init (&iter, preset->settings);
      while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
        {
          g_autoptr (GVariant) kept = g_variant_lookup_value (record->settings, name, NULL);

          g_assert_true (kept != NULL && g_variant_equal (kept, value));
        }
    }
}

/* What cryptlib shows as ASASE-A2EAW-DAQCH and 6JJTE-E2WCW-MBQGA-3DJP9 are 9 and 12 octets: those are senderKID and secret. */
static void
test_code_format (void)
{
  static const guint8 kid[] = { 1, 2, 3, 4, 5, 6, 7, 8, 0xe0 };
  static const guint8 secret[] = { 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0xf0 };
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  OSSL_CMP_CTX *context = OSSL_CMP_SRV_CTX_get0_cmp_ctx (peer->cmp);
  g_autoptr (SignetCmpMessage) message = NULL;
  GBytes *sent;

  OSSL_CMP_CTX_set1_referenceValue (context, kid, sizeof kid);
  OSSL_CMP_CTX_set1_secretValue (context, secret, sizeof secret);
  for (guint wrong = 0; wrong < 2; wrong++)
    {
      g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
      g_auto (GVariantDict) request = G_VARIANT_DICT_INIT (NULL);
      g_autoptr (SignetRequestRecord) done = NULL;
      gint64 authority;

      g_variant_dict_insert (&dict, "code-format", "s", "cryptlib");
      /* Small letters are the same; O is none of the letters. */
      g_variant_dict_insert (&dict, "reference", "s", wrong ? "ASASE-A2EAW-DAOCH" : "asase-A2EAW-DAQCH");
      authority = worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), "6JJTE-E2WCW-MBQGA-3DJP9");
      g_variant_dict_insert (&request, "authority", "x", authority);
      g_variant_dict_insert (&request, "subject", "s", "CN=Maria");
      if (wrong)
        worker_fixture_must_fail (fixture, "CreateRequest", g_variant_new ("(@a{sv})", g_variant_dict_end (&request)), NULL, "Invalid",
                                  "The reference is no user ID of cryptlib, which has groups of five as in ABCDE-FGHJK-LMNPQ. Check it, "
                                  "or set code-format to “text”.");
      else
        done = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, NULL), SIGNET_REQUEST_DONE);
    }
  message = signet_cmp_message_parse (peer->posts->pdata[0], NULL);
  sent = signet_cmp_message_get_sender_kid (message);
  g_assert_cmpmem (g_bytes_get_data (sent, NULL), g_bytes_get_size (sent), kid, sizeof kid);
}

/* RFC 9810 §8.10. */
static void
test_special_usages (void)
{
  static const char *const usages[][2] = {
    { "1.3.6.1.5.5.7.3.27", NULL }, { "cmcRA", NULL }, { "1.3.6.1.5.5.7.3.32", NULL },
  };
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (SignetRequestRecord) done = NULL;
  gint64 authority = worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);

  for (guint i = 0; i < G_N_ELEMENTS (usages); i++)
    {
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
      g_autofree char *words = g_strdup_printf ("“%s” lets its holder speak for the authority, so it is asked for only where that is "
                                                "meant: say so by special-usages.", usages[i][0]);

      g_variant_dict_insert (&dict, "authority", "x", authority);
      g_variant_dict_insert (&dict, "subject", "s", "CN=Maria");
      g_variant_dict_insert (&dict, "extended-key-usages", "^as", usages[i]);
      worker_fixture_must_fail (fixture, "CreateRequest", g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)), NULL, "Invalid",
                                words);
    }
  g_assert_cmpuint (peer->posts->len, ==, 0);
  g_variant_dict_insert (&changes, "extended-key-usages", "^as", usages[1]);
  g_variant_dict_insert (&changes, "special-usages", "b", TRUE);
  done = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, g_variant_dict_end (&changes)),
                              SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->issued, ==, 1);
}

/* Rejection for unsupportedVersion, in a message of version 2. */
static gboolean
refuse_version_3 (WorkerPeer        *peer,
                  SoupServerMessage *message,
                  guint              post,
                  gpointer           user_data)
{
  g_autoptr (SignetCmpMessage) request = signet_cmp_message_parse (peer->posts->pdata[post - 1], NULL);
  g_autoptr (SignetSecret) secret = signet_secret_new (WORKER_PEER_SECRET, strlen (WORKER_PEER_SECRET));
  g_autoptr (SignetCmpCredentials) credentials = signet_cmp_credentials_new_mac (WORKER_PEER_REFERENCE, secret);
  g_autoptr (GBytes) content = g_bytes_new_static ("\x30\x0b\x30\x09\x02\x01\x02\x03\x04\x01\x00\x00\x02", 13);
  const Remake remake = { .credentials = credentials, .type = SIGNET_CMP_BODY_ERROR, .content = content,
                          .recip_nonce = signet_cmp_message_get_sender_nonce (request), .time = WORKER_FIXTURE_START };
  g_autoptr (GBytes) made = NULL;

  if (signet_cmp_message_get_pvno (request) != 3)
    return FALSE;
  made = remake_message (peer->posts->pdata[post - 1], &remake);
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, g_bytes_get_data (made, NULL),
                                    g_bytes_get_size (made));

  return TRUE;
}

static gint64
version_of (WorkerPeer *peer,
            guint       post)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (peer->posts->pdata[post], NULL);

  return signet_cmp_message_get_pvno (message);
}

/* What one exchange taught of the version that an authority speaks, the next one knows, also after the worker was ended. */
static void
test_version_is_remembered (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
  g_autoptr (SignetRequestRecord) first = NULL;
  g_autoptr (SignetRequestRecord) second = NULL;
  g_autoptr (SignetAuthorityRecord) record = NULL;
  g_autoptr (GError) error = NULL;
  SignetStore *store = signet_worker_get_store (fixture->worker);
  gint64 authority;

  peer->hook = refuse_version_3;
  g_variant_dict_insert (&dict, "one-time", "b", FALSE);
  authority = worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), WORKER_PEER_SECRET);
  g_assert_true (signet_store_begin (store, &error));
  g_assert_true (signet_store_set_authority_pvno (store, authority, 3, &error));
  g_assert_true (signet_store_commit (store, &error));
  first = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, NULL), SIGNET_REQUEST_DONE);
  worker_fixture_settle (fixture);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  g_assert_cmpint (version_of (peer, 0), ==, 3);
  g_assert_cmpint (version_of (peer, 1), ==, 2);

  worker_fixture_restart (fixture);
  record = signet_store_get_authority (signet_worker_get_store (fixture->worker), authority, &error);
  g_assert_no_error (error);
  g_assert_cmpint (record->pvno, ==, 2);
  second = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, NULL), SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 3);
  g_assert_cmpint (version_of (peer, 2), ==, 2);
}

int
main (int    argc,
      char **argv)
{
  g_setenv ("no_proxy", "*", TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/worker/habits/all-at-once/R406,R409", test_all_at_once);
  g_test_add_func ("/worker/habits/every-preset-is-taken/R479", test_presets);
  g_test_add_func ("/worker/habits/special-usages-only-deliberately/R473", test_special_usages);
  g_test_add_func ("/worker/habits/version-is-remembered/R038,R045,R047", test_version_is_remembered);
  g_test_add_func ("/worker/habits/user-id-and-password-of-cryptlib", test_code_format);
  g_test_add_func ("/worker/habits/refused-in-words", test_refused);

  return g_test_run ();
}
