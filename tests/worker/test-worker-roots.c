/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-made.h"
#include "worker-peer.h"

/*
 * Roots and issuers from where certificates say that they lie (RFC 9810 §4.4.2.2, RFC 5280 §4.2.2.1): what is believed of what a real
 * server has there, and what of it is kept.
 */

#define ROOT "CN=Root"

typedef struct {
  SoupServer *server;
  char *base;
  GBytes *answer;               /* of every path */
  guint status;
  const char *content_type;
  const char *location;
  SoupServerMessage *held;      /* (nullable): that waits for its answer */
  gboolean holds;
  GPtrArray *paths;             /* (element-type utf8): asked for */
  WorkerFixture *fixture;
  EVP_PKEY *old_key;
  EVP_PKEY *new_key;
  EVP_PKEY *other_key;
  char *access;                 /* extension: where the root's issuers lie */
  SignetCertificate *old;
  gint64 authority;
} Case;

static void
handle (SoupServer        *server,
        SoupServerMessage *message,
        const char        *path,
        GHashTable        *query,
        gpointer           user_data)
{
  Case *self = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  g_ptr_array_add (self->paths, g_strdup (path));
  soup_server_message_set_status (message, self->status, NULL);
  soup_message_headers_replace (headers, "Content-Type", self->content_type);
  if (self->location != NULL)
    soup_message_headers_replace (headers, "Location", self->location);
  if (self->answer != NULL)
    soup_message_body_append_bytes (soup_server_message_get_response_body (message), self->answer);
  if (self->holds)
    {
      self->held = g_object_ref (message);
      soup_server_message_pause (message);
    }
}

static gint64
add_authority (Case       *self,
               gboolean    with_anchor,
               const char *fingerprint)
{
  g_auto (GVariantDict) settings = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder anchors = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aay"));

  g_variant_dict_insert (&settings, "url", "s", "http://127.0.0.1:1/cmp");
  g_variant_dict_insert (&settings, "reference", "s", "4711");
  if (with_anchor)
    {
      g_variant_builder_add_value (&anchors, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING,
                                                                       signet_certificate_get_der (self->old), TRUE));
      g_variant_dict_insert_value (&settings, "anchors", g_variant_builder_end (&anchors));
    }
  else
    g_variant_builder_clear (&anchors);
  if (fingerprint != NULL)
    g_variant_dict_insert (&settings, "anchor-fingerprint", "s", fingerprint);

  return worker_fixture_add_authority (self->fixture, g_variant_dict_end (&settings), "a code of the tests");
}

static void
set_up (Case          *self,
        gconstpointer  data)
{
  MadeCertificate old;
  g_autoptr (GError) error = NULL;
  GSList *uris;

  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, NULL, handle, self, NULL);
  g_assert_true (soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (self->server);
  self->base = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  self->status = 200;
  self->content_type = "application/pkcs7-mime";
  self->paths = g_ptr_array_new_with_free_func (g_free);
  self->old_key = made_key ();
  self->new_key = made_key ();
  self->other_key = made_key ();
  self->access = g_strdup_printf ("authorityInfoAccess=caIssuers;URI:%s/root.p7c", self->base);
  old = (MadeCertificate) { .subject = ROOT, .key = self->old_key, .not_before = MADE_NOW - 100 * MADE_DAY, .extensions = { self->access } };
  self->old = made_certificate (&old);
  self->fixture = worker_fixture_new (NULL);
  worker_fixture_advance (self->fixture, MADE_NOW - WORKER_FIXTURE_START);
  self->authority = add_authority (self, TRUE, NULL);
}

static void
tear_down (Case          *self,
           gconstpointer  data)
{
  worker_fixture_free (self->fixture);
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  g_ptr_array_unref (self->paths);
  g_clear_pointer (&self->answer, g_bytes_unref);
  g_object_unref (self->old);
  EVP_PKEY_free (self->old_key);
  EVP_PKEY_free (self->new_key);
  EVP_PKEY_free (self->other_key);
  g_free (self->access);
  g_free (self->base);
}

/* Certificates up to %NULL, each of which it takes, lie at every place from now on: as a certs-only message by libcrypto. */
static void
lay_down (Case              *self,
          SignetCertificate *first,
          ...)
{
  PKCS7 *message = PKCS7_new ();
  unsigned char *der = NULL;
  va_list arguments;
  int size;

  g_assert_true (PKCS7_set_type (message, NID_pkcs7_signed));
  g_assert_true (PKCS7_content_new (message, NID_pkcs7_data));
  PKCS7_set_detached (message, 1);
  va_start (arguments, first);
  for (SignetCertificate *certificate = first; certificate != NULL; certificate = va_arg (arguments, SignetCertificate *))
    {
      g_assert_true (PKCS7_add_certificate (message, signet_certificate_get_x509 (certificate)));
      g_object_unref (certificate);
    }
  va_end (arguments);
  size = i2d_PKCS7 (message, &der);
  g_clear_pointer (&self->answer, g_bytes_unref);
  self->answer = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);
  PKCS7_free (message);
}

static SignetCertificate *
make_root (Case     *self,
           EVP_PKEY *key,
           EVP_PKEY *issuer_key)
{
  const MadeCertificate what = { .subject = ROOT, .key = key, .issuer_key = issuer_key };

  return made_certificate (&what);
}

static GVariant *
arguments (gint64      authority,
           gboolean    install,
           const char *trust)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (install)
    g_variant_dict_insert (&options, "install", "b", TRUE);
  if (trust != NULL)
    g_variant_dict_insert (&options, "trust", "s", trust);

  return g_variant_new ("(x@a{sv})", authority, g_variant_dict_end (&options));
}

static GVariant *
fetch (Case       *self,
       gboolean    install,
       const char *trust)
{
  g_autoptr (GVariant) reply = worker_fixture_must (self->fixture, "FetchRoots", arguments (self->authority, install, trust), NULL);

  return g_variant_get_child_value (reply, 0);
}

static guint
count (GVariant   *answer,
       const char *name)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (answer, name, NULL);

  return (guint) g_variant_n_children (list);
}

/* The one root that was found. */
static void
assert_root (GVariant          *answer,
             SignetCertificate *certificate,
             gboolean           vouched,
             gboolean           refused,
             gboolean           installed)
{
  g_autoptr (GVariant) roots = g_variant_lookup_value (answer, "roots", NULL);
  g_autoptr (GVariant) root = NULL;
  g_autoptr (GVariant) der = NULL;
  const char *fingerprint;
  gboolean flag;

  g_assert_cmpuint (g_variant_n_children (roots), ==, 1);
  root = g_variant_get_child_value (roots, 0);
  g_assert_true (g_variant_lookup (root, "fingerprint", "&s", &fingerprint));
  g_assert_cmpstr (fingerprint, ==, signet_certificate_get_fingerprint (certificate));
  der = g_variant_lookup_value (root, "certificate", G_VARIANT_TYPE_BYTESTRING);
  g_assert_cmpuint (g_variant_get_size (der), ==, g_bytes_get_size (signet_certificate_get_der (certificate)));
  g_assert_true (g_variant_lookup (root, "vouched", "b", &flag));
  g_assert_cmpint (flag, ==, vouched);
  g_assert_true (g_variant_lookup (root, "refused", "b", &flag));
  g_assert_cmpint (flag, ==, refused);
  g_assert_true (g_variant_lookup (root, "installed", "b", &flag));
  g_assert_cmpint (flag, ==, installed);
}

static void
assert_anchors (Case              *self,
                SignetCertificate *added)
{
  g_autoptr (SignetAuthorityRecord) record = signet_store_get_authority (signet_worker_get_store (self->fixture->worker), self->authority, NULL);

  g_assert_nonnull (record);
  g_assert_cmpuint (record->anchors->len, ==, added != NULL ? 2 : 1);
  if (added != NULL)
    g_assert_true (g_bytes_equal (record->anchors->pdata[1], signet_certificate_get_der (added)));
}

static char *
text_of_place (GVariant *answer,
               guint     index)
{
  g_autoptr (GVariant) places = g_variant_lookup_value (answer, "places", NULL);
  char *text;

  g_variant_get_child (places, index, "(ss)", NULL, &text);

  return text;
}

/* Its predecessor's signature is what a new root is trusted for, and only when the person says so. */
static void
test_vouched (Case          *self,
              gconstpointer  data)
{
  g_autoptr (SignetCertificate) root = make_root (self, self->new_key, self->new_key);
  g_autoptr (GVariant) shown = NULL;
  g_autoptr (GVariant) taken = NULL;
  g_autoptr (GVariant) again = NULL;
  g_autofree char *text = NULL;

  lay_down (self, g_object_ref (self->old), g_object_ref (root), make_root (self, self->new_key, self->old_key),
            make_root (self, self->old_key, self->new_key), NULL);
  shown = fetch (self, FALSE, NULL);
  assert_root (shown, root, TRUE, FALSE, FALSE);
  text = text_of_place (shown, 0);
  g_assert_cmpstr (text, ==, "4 certificates");
  assert_anchors (self, NULL);
  taken = fetch (self, TRUE, NULL);
  assert_root (taken, root, TRUE, FALSE, TRUE);
  assert_anchors (self, root);
  again = fetch (self, TRUE, NULL);
  g_assert_cmpuint (count (again, "roots"), ==, 0);
  assert_anchors (self, root);
  g_assert_cmpuint (self->paths->len, ==, 3);
  g_assert_cmpstr (self->paths->pdata[0], ==, "/root.p7c");
}

/* R270: without a link that holds it is the person who vouches, by the fingerprint. */
static void
test_not_vouched (Case          *self,
                  gconstpointer  data)
{
  g_autoptr (SignetCertificate) root = make_root (self, self->new_key, self->new_key);
  g_autoptr (GVariant) shown = NULL;
  g_autoptr (GVariant) taken = NULL;

  lay_down (self, g_object_ref (root), make_root (self, self->new_key, self->other_key), NULL);
  shown = fetch (self, TRUE, NULL);
  assert_root (shown, root, FALSE, FALSE, FALSE);
  assert_anchors (self, NULL);
  worker_fixture_must_fail (self->fixture, "FetchRoots",
                            arguments (self->authority, TRUE, signet_certificate_get_fingerprint (self->old)), NULL, "NotFound",
                            "No root with this fingerprint was found.");
  worker_fixture_must_fail (self->fixture, "FetchRoots", arguments (self->authority, TRUE, "abc"), NULL, "Invalid", NULL);
  assert_anchors (self, NULL);
  taken = fetch (self, FALSE, signet_certificate_get_fingerprint (root));
  assert_root (taken, root, FALSE, FALSE, TRUE);
  assert_anchors (self, root);
}

/* What does not hold is taken on nobody's word. */
static void
test_refused (Case          *self,
              gconstpointer  data)
{
  const MadeCertificate expired = { .subject = ROOT, .key = self->new_key, .not_before = MADE_NOW - 10 * MADE_DAY, .not_after = MADE_NOW - MADE_DAY };
  const MadeCertificate older = { .subject = ROOT, .key = self->new_key, .not_before = MADE_NOW - 200 * MADE_DAY };
  const MadeCertificate *const cases[] = { &expired, &older };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SignetCertificate) root = made_certificate (cases[i]);
      g_autoptr (GVariant) shown = NULL;

      lay_down (self, g_object_ref (root), make_root (self, self->new_key, self->old_key), NULL);
      shown = fetch (self, TRUE, NULL);
      assert_root (shown, root, FALSE, TRUE, FALSE);
      worker_fixture_must_fail (self->fixture, "FetchRoots",
                                arguments (self->authority, TRUE, signet_certificate_get_fingerprint (root)), NULL, "Failed", NULL);
      assert_anchors (self, NULL);
    }
}

/* A root of another name and key is nothing to this authority. */
static void
test_stranger (Case          *self,
               gconstpointer  data)
{
  const MadeCertificate what = { .subject = "CN=Another", .key = self->other_key };
  g_autoptr (SignetCertificate) root = made_certificate (&what);
  g_autoptr (GVariant) shown = NULL;

  lay_down (self, g_object_ref (root), NULL);
  shown = fetch (self, TRUE, NULL);
  g_assert_cmpuint (count (shown, "roots"), ==, 0);
  worker_fixture_must_fail (self->fixture, "FetchRoots", arguments (self->authority, TRUE, signet_certificate_get_fingerprint (root)),
                            NULL, "NotFound", NULL);
  assert_anchors (self, NULL);
}

static void
keep_own (Case              *self,
          SignetCertificate *certificate)
{
  SignetStore *store = signet_worker_get_store (self->fixture->worker);
  const SignetRequestRecord request = { .authority_id = self->authority };
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_store_begin (store, &error));
  g_assert_cmpint (signet_store_add_certificate (store, certificate, &request, "good-for-use", MADE_NOW, &error), !=, 0);
  g_assert_true (signet_store_commit (store, &error));
  g_assert_no_error (error);
}

/* The person's certificate, issued below the root by "CN=Below" with @key. */
static SignetCertificate *
make_own (Case     *self,
          EVP_PKEY *key)
{
  g_autofree char *access = g_strdup_printf ("authorityInfoAccess=caIssuers;URI:%s/below.cer", self->base);
  const MadeCertificate what = { .subject = "CN=Maria", .issuer = "CN=Below", .key = self->other_key, .issuer_key = key,
                                 .end_entity = TRUE, .extensions = { access } };

  return made_certificate (&what);
}

/* @issuer_key: the root's, or one that is not. It says that more lies elsewhere. */
static SignetCertificate *
make_below (Case       *self,
            EVP_PKEY   *key,
            EVP_PKEY   *issuer_key,
            const char *issuer)
{
  g_autofree char *access = g_strdup_printf ("authorityInfoAccess=caIssuers;URI:%s/further.p7c", self->base);
  const MadeCertificate what = { .subject = "CN=Below", .issuer = issuer, .key = key, .issuer_key = issuer_key, .extensions = { access } };

  return made_certificate (&what);
}

static gboolean
is_kept (Case              *self,
         SignetCertificate *certificate)
{
  g_autoptr (GPtrArray) issuers = signet_store_list_issuers (signet_worker_get_store (self->fixture->worker), NULL);

  return g_ptr_array_find_with_equal_func (issuers, certificate, (GEqualFunc) signet_certificate_equal, NULL);
}

/* What was just fetched is no reason to fetch more. */
static void
assert_nothing_further (Case *self)
{
  for (guint i = 0; i < self->paths->len; i++)
    g_assert_cmpstr (self->paths->pdata[i], !=, "/further.p7c");
}

static void
test_issuer (Case          *self,
             gconstpointer  data)
{
  g_autoptr (SignetCertificate) own = make_own (self, self->new_key);
  g_autoptr (SignetCertificate) below = make_below (self, self->new_key, self->old_key, ROOT);
  g_autoptr (SignetCertificate) forged = make_below (self, self->new_key, self->other_key, ROOT);
  g_autoptr (GVariant) nothing = NULL;
  g_autoptr (GVariant) found = NULL;

  keep_own (self, own);
  lay_down (self, g_object_ref (forged), NULL);
  nothing = fetch (self, TRUE, NULL);
  g_assert_cmpuint (count (nothing, "places"), ==, 2);
  g_assert_cmpuint (count (nothing, "issuers"), ==, 0);
  g_assert_false (is_kept (self, forged));

  /* One certificate, as it lies there most often. */
  g_clear_pointer (&self->answer, g_bytes_unref);
  self->answer = g_bytes_ref (signet_certificate_get_der (below));
  self->content_type = "application/pkix-cert";
  found = fetch (self, FALSE, NULL);
  g_assert_cmpuint (count (found, "issuers"), ==, 1);
  g_assert_cmpuint (count (found, "roots"), ==, 0);
  g_assert_true (is_kept (self, below));
  assert_anchors (self, NULL);
  assert_nothing_further (self);
}

/* An authority known by the fingerprint of its root, which is then found above what it issued. */
static void
test_fingerprint (Case          *self,
                  gconstpointer  data)
{
  g_autoptr (SignetCertificate) own = make_own (self, self->new_key);
  const MadeCertificate what = { .subject = "CN=Top", .key = self->old_key };
  g_autoptr (SignetCertificate) top = made_certificate (&what);
  g_autoptr (SignetCertificate) below = make_below (self, self->new_key, self->old_key, "CN=Top");
  g_autoptr (SignetAuthorityRecord) record = NULL;
  g_autoptr (GVariant) found = NULL;

  self->authority = add_authority (self, FALSE, signet_certificate_get_fingerprint (top));
  keep_own (self, own);
  lay_down (self, g_object_ref (below), g_object_ref (top), NULL);
  found = fetch (self, TRUE, NULL);
  assert_root (found, top, TRUE, FALSE, TRUE);
  g_assert_cmpuint (count (found, "issuers"), ==, 1);
  g_assert_true (is_kept (self, below));
  record = signet_store_get_authority (signet_worker_get_store (self->fixture->worker), self->authority, NULL);
  g_assert_cmpuint (record->anchors->len, ==, 1);
  assert_nothing_further (self);
}

/* Whatever lies there instead is told in words, and changes nothing. */
static void
test_hostile (Case          *self,
              gconstpointer  data)
{
  static const char page[] = "<html><title>Oops</title></html>";
  g_autoptr (GBytes) huge = g_bytes_new_take (g_malloc0 (100000000), 100000000);
  g_autoptr (GBytes) html = g_bytes_new_static (page, strlen (page));
  g_autoptr (GBytes) der = g_bytes_ref (signet_certificate_get_der (self->old));
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (der, 0, 100);
  const struct { GBytes *answer; guint status; const char *words; } cases[] = {
    { html, 200, "This is neither a certificate nor a collection of certificates" },
    { html, 404, "127.0.0.1 answered 404 Not Found." },
    { der, 500, "127.0.0.1 answered 500 Internal Server Error." },
    { der, 302, "127.0.0.1 sends on to another place, which is not followed." },
    { der, 308, "127.0.0.1 sends on to another place, which is not followed." },
    { cut, 200, "This is neither a certificate nor a collection of certificates" },
    { huge, 200, "is larger than 1048576 octets; the rest was not read." },
    { NULL, 200, "This is neither a certificate nor a collection of certificates" },
  };
  guint changes;

  worker_fixture_settle (self->fixture);
  changes = self->fixture->changed->len;
  self->location = "/elsewhere";
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GVariant) answer = NULL;
      g_autofree char *text = NULL;

      g_clear_pointer (&self->answer, g_bytes_unref);
      self->answer = cases[i].answer != NULL ? g_bytes_ref (cases[i].answer) : NULL;
      self->status = cases[i].status;
      answer = fetch (self, TRUE, NULL);
      text = text_of_place (answer, 0);
      if (strstr (text, cases[i].words) == NULL)
        g_error ("“%s” is not in: %s", cases[i].words, text);
      g_assert_cmpuint (count (answer, "roots"), ==, 0);
      g_assert_cmpuint (self->paths->len, ==, i + 1);
      g_assert_cmpstr (self->paths->pdata[i], ==, "/root.p7c");
    }
  assert_anchors (self, NULL);
  g_assert_cmpuint (self->fixture->changed->len, ==, changes);
}

static gboolean
is_held (gpointer user_data)
{
  return ((Case *) user_data)->held != NULL;
}

static gboolean
is_gone (gpointer user_data)
{
  return *(gpointer *) user_data == NULL;
}

/* A worker that is told to end waits for no server; what comes after that finds no store and needs none. */
static void
test_ends_meanwhile (Case          *self,
                     gconstpointer  data)
{
  g_autoptr (SignetCertificate) root = make_root (self, self->new_key, self->new_key);
  SignetWorker *worker = self->fixture->worker;

  lay_down (self, g_object_ref (root), make_root (self, self->new_key, self->old_key), NULL);
  self->holds = TRUE;
  g_dbus_connection_call (self->fixture->client, NULL, "/io/github/signet/Worker1", "io.github.signet.Worker1", "FetchRoots",
                          arguments (self->authority, TRUE, NULL), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
  worker_fixture_run_until (is_held, self, "what is asked of the place");
  g_object_add_weak_pointer (G_OBJECT (worker), (gpointer *) &worker);
  worker_fixture_restart (self->fixture);
  g_assert_nonnull (worker);
  soup_server_message_unpause (self->held);
  worker_fixture_run_until (is_gone, &worker, "the end of the worker that fetched");
  g_clear_object (&self->held);
  assert_anchors (self, NULL);
}

#define ADD(path, function) g_test_add (path, Case, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/worker/roots/shown-and-then-trusted-where-the-present-root-vouches/R278", test_vouched);
  ADD ("/worker/roots/trusted-by-fingerprint-where-nobody-vouches/R278,R270", test_not_vouched);
  ADD ("/worker/roots/expired-and-older-ones-are-refused/R278,R271", test_refused);
  ADD ("/worker/roots/those-of-others-are-passed-over", test_stranger);
  ADD ("/worker/roots/issuers-are-kept-where-they-lead-to-an-anchor/R278", test_issuer);
  ADD ("/worker/roots/the-fingerprint-that-was-entered-vouches/R278", test_fingerprint);
  ADD ("/worker/roots/hostile-servers-change-nothing/R278", test_hostile);
  ADD ("/worker/roots/a-worker-that-ends-waits-for-no-server", test_ends_meanwhile);

  return g_test_run ();
}
