/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-message.h"
#include "worker-peer.h"

/* Questions to an authority by general message, through the worker: how they go out, and what comes of each kind of answer. */

#define CERT_REQ_TEMPLATE "1.3.6.1.5.5.7.4.19"
#define CA_CERTS "1.3.6.1.5.5.7.4.17"
#define UNSUPPORTED_OIDS "1.3.6.1.5.5.7.4.7"
/* { certTemplate { [5] NULL-DN } } */
#define OPEN_TEMPLATE "30063004A5023000"

typedef struct
{
  WorkerPeer *peer;
  WorkerFixture *fixture;
  gint64 authority;
} Asked;

static void
set_up (Asked      *self,
        const char *secret)
{
  g_autoptr (GVariant) usual = NULL;
  g_auto (GVariantDict) settings = G_VARIANT_DICT_INIT (NULL);

  self->peer = worker_peer_new ();
  self->fixture = worker_fixture_new (NULL);
  usual = g_variant_ref_sink (worker_peer_settings (self->peer));
  g_variant_dict_init (&settings, usual);
  g_variant_dict_insert (&settings, "operation-labels", "b", TRUE);
  self->authority = worker_fixture_add_authority (self->fixture, g_variant_dict_end (&settings), secret);
}

static void
tear_down (Asked *self)
{
  worker_fixture_free (self->fixture);
  worker_peer_free (self->peer);
}

static GVariant *
arguments (Asked      *self,
           const char *question,
           const char *profile)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  if (profile != NULL)
    g_variant_dict_insert (&options, "profile", "s", profile);

  return g_variant_new ("(xs@a{sv})", self->authority, question, g_variant_dict_end (&options));
}

static gboolean
note_path (WorkerPeer        *peer,
           SoupServerMessage *message,
           guint              post,
           gpointer           user_data)
{
  char **path = user_data;

  g_free (*path);
  *path = g_strdup (g_uri_get_path (soup_server_message_get_uri (message)));

  return FALSE;
}

static void
test_goes_out (void)
{
  Asked self = { 0 };
  g_autofree char *path = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) template = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autofree char *text = NULL;
  const char *words;

  set_up (&self, WORKER_PEER_SECRET);
  self.peer->general_type = CERT_REQ_TEMPLATE;
  self.peer->general_value = OPEN_TEMPLATE;
  self.peer->hook = note_path;
  self.peer->hook_data = &path;
  reply = worker_fixture_must (self.fixture, "AskAuthority", arguments (&self, "certReqTemplate", "smime"), NULL);
  answer = g_variant_get_child_value (reply, 0);
  template = g_variant_lookup_value (answer, "template", G_VARIANT_TYPE_BYTESTRING);
  g_assert_cmpuint (g_variant_get_size (template), ==, strlen (OPEN_TEMPLATE) / 2);
  g_assert_true (g_variant_lookup (answer, "text", "&s", &words));
  g_assert_cmpstr (words, ==, "Name: to be filled in");
  g_assert_cmpstr (path, ==, "/getcertreqtemplate");
  g_assert_cmpuint (self.peer->posts->len, ==, 1);
  message = signet_cmp_message_parse (self.peer->posts->pdata[0], NULL);
  g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, SIGNET_CMP_BODY_GENM);
  text = signet_cmp_message_print (message);
  g_assert_nonnull (strstr (text, "smime"));
  tear_down (&self);
}

static void
test_absent (void)
{
  Asked self = { 0 };
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) template = NULL;
  const char *words;

  set_up (&self, WORKER_PEER_SECRET);
  self.peer->general_type = CERT_REQ_TEMPLATE;
  reply = worker_fixture_must (self.fixture, "AskAuthority", arguments (&self, "certReqTemplate", NULL), NULL);
  answer = g_variant_get_child_value (reply, 0);
  template = g_variant_lookup_value (answer, "template", NULL);
  g_assert_null (template);
  g_assert_true (g_variant_lookup (answer, "text", "&s", &words));
  g_assert_cmpstr (words, ==, "The authority has no requirements for requests.");
  tear_down (&self);
}

/* What is no answer is told in words, and nothing of it is kept. */
static void
test_no_answer (void)
{
  static const struct { const char *type; const char *value; const char *secret; const char *words; } cases[] = {
    { UNSUPPORTED_OIDS, "300A06082B06010505070413", WORKER_PEER_SECRET, "The authority does not know the question certReqTemplate." },
    { CA_CERTS, NULL, WORKER_PEER_SECRET, "The authority's answer has nothing about the question certReqTemplate." },
    { CERT_REQ_TEMPLATE, "0C0178", WORKER_PEER_SECRET, NULL },
    { NULL, NULL, WORKER_PEER_SECRET, NULL },
    { CERT_REQ_TEMPLATE, OPEN_TEMPLATE, "another secret", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Asked self = { 0 };
      g_autoptr (GPtrArray) requests = NULL;
      guint changes;

      set_up (&self, cases[i].secret);
      self.peer->general_type = cases[i].type;
      self.peer->general_value = cases[i].value;
      worker_fixture_settle (self.fixture);
      changes = self.fixture->changed->len;
      worker_fixture_must_fail (self.fixture, "AskAuthority", arguments (&self, "certReqTemplate", NULL), NULL, "Failed", cases[i].words);
      g_assert_cmpuint (self.fixture->changed->len, ==, changes);
      requests = signet_store_list_requests (signet_worker_get_store (self.fixture->worker), NULL);
      g_assert_cmpuint (requests->len, ==, 0);
      tear_down (&self);
    }
}

static void
test_unreachable (void)
{
  Asked self = { 0 };

  set_up (&self, WORKER_PEER_SECRET);
  soup_server_disconnect (self.peer->server);
  worker_fixture_must_fail (self.fixture, "AskAuthority", arguments (&self, "caCerts", NULL), NULL, "Failed", NULL);
  tear_down (&self);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/ask/with-profile-to-its-own-label/R286,R408", test_goes_out);
  g_test_add_func ("/worker/ask/no-requirements/R287", test_absent);
  g_test_add_func ("/worker/ask/no-answer-is-told-and-nothing-kept/R247,R248", test_no_answer);
  g_test_add_func ("/worker/ask/unreachable", test_unreachable);

  return g_test_run ();
}
