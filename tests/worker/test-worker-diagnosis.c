/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/remake.h"
#include "worker-peer.h"

/* What people complain about with clients of CMP: each complaint is a peer that behaves so, and the exact words in which Signet
 * names the real cause and a next step. */

typedef struct
{
  const char *complaint;
  WorkerPeerHook hook;
  void (*prepare) (WorkerPeer *peer, GVariantDict *settings);   /* (nullable) */
  const char *secret;           /* that the person has entered */
  SignetRequestState state;
  const char *code;
  const char *text;
  const char *next_step;        /* part of the text: what the person can do */
} Complaint;

static void
respond (SoupServerMessage *message,
         guint              status,
         const char        *type,
         const char        *body)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, body, strlen (body));
}

static void
respond_octets (SoupServerMessage *message,
                GBytes            *octets)
{
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/pkixcmp", SOUP_MEMORY_COPY, g_bytes_get_data (octets, NULL),
                                    g_bytes_get_size (octets));
}

static SignetCmpCredentials *
credentials_of (const char *reference,
                const char *code)
{
  g_autoptr (SignetSecret) secret = signet_secret_new (code, strlen (code));

  return signet_cmp_credentials_new_mac (reference, secret);
}

/* PKIStatusInfo {rejection, {@text}, @bit} in an ErrorMsgContent; @bit: 0 to 7, negative: none; @text: (nullable). */
static GBytes *
error_content (const char *text,
               int         bit)
{
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  g_autoptr (GByteArray) outer = g_byte_array_new ();
  guint8 size;

  g_byte_array_append (inner, (const guint8 *) "\x02\x01\x02", 3);
  if (text != NULL)
    {
      const guint8 head[] = { 0x30, (guint8) (strlen (text) + 2), 0x0c, (guint8) strlen (text) };

      g_byte_array_append (inner, head, sizeof head);
      g_byte_array_append (inner, (const guint8 *) text, (guint) strlen (text));
    }
  if (bit >= 0)
    {
      const guint8 bits[] = { 0x03, 0x02, (guint8) (7 - bit), (guint8) (0x80 >> bit) };

      g_byte_array_append (inner, bits, sizeof bits);
    }
  size = (guint8) (inner->len + 2);
  g_byte_array_append (outer, (const guint8 *) "\x30", 1);
  g_byte_array_append (outer, &size, 1);
  size = (guint8) inner->len;
  g_byte_array_append (outer, (const guint8 *) "\x30", 1);
  g_byte_array_append (outer, &size, 1);
  g_byte_array_append (outer, inner->data, inner->len);

  return g_byte_array_free_to_bytes (g_steal_pointer (&outer));
}

/* An error of the authority, protected with @code, whose recipNonce is right or not. */
static gboolean
answer_error (WorkerPeer        *peer,
              SoupServerMessage *message,
              guint              post,
              const char        *reference,
              const char        *code,
              const char        *text,
              int                bit,
              gboolean           wrong_nonce)
{
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  g_autoptr (SignetCmpCredentials) credentials = credentials_of (reference, code);
  g_autoptr (GBytes) content = error_content (text, bit);
  g_autoptr (GBytes) nonce = wrong_nonce ? g_bytes_new_static ("sixteen octets !", 16) : NULL;
  const Remake remake = { .credentials = credentials, .type = SIGNET_CMP_BODY_ERROR, .content = content, .recip_nonce = nonce,
                          .time = WORKER_FIXTURE_START };
  g_autoptr (GBytes) made = remake_message (answer, &remake);

  respond_octets (message, made);

  return TRUE;
}

static gboolean
say_html (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  respond (message, 200, "text/html", "<html><title>Sign in to the guest network</title></html>");

  return TRUE;
}

static gboolean
say_wrong_alias (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  respond (message, 404, "text/html", "<html><title>Error 404</title></html>");

  return TRUE;
}

static gboolean
say_busy (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  respond (message, 503, "text/plain", "");

  return TRUE;
}

static gboolean
say_bad_der (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  respond (message, 400, "text/plain", "Bad Request");

  return TRUE;
}

static gboolean
say_proxy (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  respond (message, 407, "text/html", "<title>Proxy</title>");

  return TRUE;
}

/* EJBCA's errors have no protection. */
static gboolean
say_unprotected (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  OSSL_CMP_CTX *context = OSSL_CMP_SRV_CTX_get0_cmp_ctx (peer->cmp);
  g_autoptr (GBytes) answer = NULL;

  OSSL_CMP_CTX_set1_secretValue (context, (const guchar *) "another", 7);
  OSSL_CMP_SRV_CTX_set_send_unprotected_errors (peer->cmp, 1);
  answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  respond_octets (message, answer);

  return TRUE;
}

/* A server that knows another code protects its error with that. */
static gboolean
say_wrong_code (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  return answer_error (peer, message, post, WORKER_PEER_REFERENCE, "the code that was meant", "PBM check failed", 1, FALSE);
}

static gboolean
say_too_many_rounds (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  return answer_error (peer, message, post, WORKER_PEER_REFERENCE, WORKER_PEER_SECRET, "iteration count", 1, FALSE);
}

static gboolean
say_bad_time (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  return answer_error (peer, message, post, WORKER_PEER_REFERENCE, WORKER_PEER_SECRET, NULL, 3, FALSE);
}

static gboolean
say_other_nonce (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  return answer_error (peer, message, post, WORKER_PEER_REFERENCE, WORKER_PEER_SECRET, "End entity not found", 2, TRUE);
}

static gboolean
say_other_reference (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  return answer_error (peer, message, post, "0815", WORKER_PEER_SECRET, NULL, -1, FALSE);
}

static gboolean
say_outside_window (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  return answer_error (peer, message, post, WORKER_PEER_REFERENCE, WORKER_PEER_SECRET, "Renewal is allowed 30 days before expiry", -1,
                       FALSE);
}

static gboolean
say_no_without_reason (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  return answer_error (peer, message, post, WORKER_PEER_REFERENCE, WORKER_PEER_SECRET, NULL, -1, FALSE);
}

static gboolean
say_other_algorithm (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  return answer_error (peer, message, post, WORKER_PEER_REFERENCE, WORKER_PEER_SECRET, NULL, 0, FALSE);
}

/* A grant from which somebody took the protection: its last part, [0]. */
static gboolean
strip_protection (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  gsize size;
  const guchar *data = g_bytes_get_data (answer, &size);
  const guchar *p = data;
  g_autoptr (GByteArray) bare = g_byte_array_new ();
  const guchar *end;
  long length;
  int tag;
  int class;

  ASN1_get_object (&p, &length, &tag, &class, (long) size);
  end = p;
  for (guint i = 0; i < 2; i++)
    {
      ASN1_get_object (&end, &length, &tag, &class, (long) (data + size - end));
      end += length;
    }
  {
    guint8 head[] = { 0x30, 0x82, (guint8) ((end - p) >> 8), (guint8) (end - p) };
    g_autoptr (GBytes) octets = NULL;

    g_byte_array_append (bare, head, sizeof head);
    g_byte_array_append (bare, p, (guint) (end - p));
    octets = g_byte_array_free_to_bytes (g_steal_pointer (&bare));
    respond_octets (message, octets);
  }

  return TRUE;
}

static void
limit_rounds (WorkerPeer   *peer,
              GVariantDict *settings)
{
  g_variant_dict_insert (settings, "mac-iterations", "u", 1000);
  g_variant_dict_insert (settings, "mac-iteration-limit", "u", 1000);
}

static void
watch_clock (WorkerPeer   *peer,
             GVariantDict *settings)
{
  g_variant_dict_insert (settings, "time-tolerance", "u", 60);
}

static gboolean
say_with_many_rounds (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  g_autoptr (SignetCmpCredentials) credentials = credentials_of (WORKER_PEER_REFERENCE, WORKER_PEER_SECRET);
  const Remake remake = { .credentials = credentials, .iterations = 1001, .time = WORKER_FIXTURE_START };
  g_autoptr (GBytes) made = remake_message (answer, &remake);

  respond_octets (message, made);

  return TRUE;
}

static gboolean
say_signed (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetCertificate) certificate = signet_certificate_new_for_x509 (peer->anchor);
  g_autoptr (SignetCmpCredentials) credentials = NULL;
  Remake remake = { .time = WORKER_FIXTURE_START };
  g_autoptr (GBytes) made = NULL;

  key = signet_key_new_for_pkey (peer->key);
  credentials = signet_cmp_credentials_new_signature (key, certificate, NULL, NULL);
  remake.credentials = credentials;
  made = remake_message (answer, &remake);
  respond_octets (message, made);

  return TRUE;
}

static gboolean
say_at_another_time (WorkerPeer *peer, SoupServerMessage *message, guint post, gpointer user_data)
{
  g_autoptr (GBytes) answer = worker_peer_answer (peer, peer->posts->pdata[post - 1]);
  g_autoptr (SignetCmpCredentials) credentials = credentials_of (WORKER_PEER_REFERENCE, WORKER_PEER_SECRET);
  const Remake remake = { .credentials = credentials, .time = WORKER_FIXTURE_START - 3600 };
  g_autoptr (GBytes) made = remake_message (answer, &remake);

  respond_octets (message, made);

  return TRUE;
}

static const Complaint complaints[] = {
#include "diagnosis-complaints.h"
};

static void
test_complaint (gconstpointer data)
{
  const Complaint *complaint = data;
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GVariant) usual = g_variant_ref_sink (worker_peer_settings (peer));
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (usual);
  g_autoptr (SignetRequestRecord) record = NULL;
  gint64 id;

  peer->hook = complaint->hook;
  if (complaint->prepare != NULL)
    complaint->prepare (peer, &dict);
  id = worker_fixture_create_request (fixture,
                                      worker_fixture_add_authority (fixture, g_variant_dict_end (&dict), complaint->secret), NULL);
  record = worker_fixture_wait (fixture, id, complaint->state);
  worker_fixture_settle (fixture);
  g_assert_cmpstr (record->error_text, ==, complaint->text);
  g_assert_cmpstr (record->error_code, ==, complaint->code);
  if (strstr (record->error_text, complaint->next_step) == NULL)
    g_error ("“%s” names no next step", record->error_text);
}

/* Asked for, not granted, and then the final message fails: here it is confirmed in a message of its own without anybody noticing. */
static void
test_confirm_not_granted (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (SignetRequestRecord) done = NULL;
  gint64 authority = worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);

  peer->implicit = FALSE;
  done = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, NULL), SIGNET_REQUEST_DONE);
  g_assert_cmpuint (peer->posts->len, ==, 2);
  g_assert_cmpuint (peer->confirmed, ==, 1);
  g_assert_null (done->error_text);
}

/* No extension stands in a request twice, whatever was asked for twice. */
static void
test_no_duplicates (void)
{
  static const char *const names[] = { "email:maria@example.org", "email:maria@example.org", NULL };
  static const char *const usages[] = { "emailProtection", "emailProtection", NULL };
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_auto (GVariantDict) changes = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (SignetRequestRecord) done = NULL;
  gint64 authority = worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);
  g_autoptr (SignetCertificateRecord) record = NULL;
  const guchar *data;
  X509 *certificate;
  int seen = 0;

  g_variant_dict_insert (&changes, "alt-names", "^as", names);
  g_variant_dict_insert (&changes, "extended-key-usages", "^as", usages);
  done = worker_fixture_wait (fixture, worker_fixture_create_request (fixture, authority, g_variant_dict_end (&changes)),
                              SIGNET_REQUEST_DONE);
  /* The authority of the tests copies the extensions of the request as they came. */
  record = signet_store_get_certificate (signet_worker_get_store (fixture->worker), done->certificate_id, NULL);
  data = g_bytes_get_data (record->der, NULL);
  certificate = d2i_X509 (NULL, &data, (long) g_bytes_get_size (record->der));
  for (int i = 0; i < X509_get_ext_count (certificate); i++)
    {
      const ASN1_OBJECT *oid = X509_EXTENSION_get_object (X509_get_ext (certificate, i));

      g_assert_cmpint (X509_get_ext_by_OBJ (certificate, oid, X509_get_ext_by_OBJ (certificate, oid, -1)), ==, -1);
      seen++;
    }
  g_assert_cmpint (seen, >=, 3);
  X509_free (certificate);
}

int
main (int    argc,
      char **argv)
{
  g_setenv ("no_proxy", "*", TRUE);
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (complaints); i++)
    {
      g_autofree char *path = g_strdup_printf ("/worker/diagnosis/%s", complaints[i].complaint);

      g_test_add_data_func (path, &complaints[i], test_complaint);
    }
  g_test_add_func ("/worker/diagnosis/implicit-confirmation-not-granted/R190", test_confirm_not_granted);
  g_test_add_func ("/worker/diagnosis/no-extension-twice", test_no_duplicates);

  return g_test_run ();
}
