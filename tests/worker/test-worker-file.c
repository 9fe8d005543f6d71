/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>

#include "../client/client-fixture.h"
#include "cmp/cmp-message.h"
#include "pki/pki-format.h"

/* A whole exchange by message files. Each step has a worker and a client of its own; the answers are made by
 * signet-demo-ca from file to file. */

typedef struct
{
  ClientFixture *person;
  char *state;                  /* the demo authority's folder */
} Exchange;

static char *
run_demo (Exchange   *self,
          const char *first,
          ...) G_GNUC_NULL_TERMINATED;

static char *
run_demo (Exchange   *self,
          const char *first,
          ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  char *out = NULL;
  int status;
  va_list args;

  g_ptr_array_add (argv, g_build_filename (g_getenv ("SIGNET_BUILD_ROOT"), "src", "demo", "signet-demo-ca", NULL));
  g_ptr_array_add (argv, g_strdup ("--state"));
  g_ptr_array_add (argv, g_strdup (self->state));
  va_start (args, first);
  for (const char *argument = first; argument != NULL; argument = va_arg (args, const char *))
    g_ptr_array_add (argv, g_strdup (argument));
  va_end (args);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (g_spawn_check_wait_status (status, &error));

  return out;
}

static GVariant *
make_settings (Exchange *self,
               gboolean  implicit)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *path = g_build_filename (self->state, "anchor.pem", NULL);
  g_autofree char *pem = NULL;
  gsize size;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SignetIdentity) identity = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *anchor;

  g_assert_true (g_file_get_contents (path, &pem, &size, NULL));
  bytes = g_bytes_new (pem, size);
  identity = signet_identity_parse (bytes, NULL, &error);
  g_assert_no_error (error);
  anchor = g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, signet_certificate_get_der (identity->certificate), TRUE);
  g_variant_dict_insert (&dict, "name", "s", "By hand");
  g_variant_dict_insert (&dict, "reference", "s", "demo");
  g_variant_dict_insert (&dict, "mac", "s", "password-based");
  g_variant_dict_insert (&dict, "one-time", "b", FALSE);
  g_variant_dict_insert (&dict, "implicit-confirm", "b", implicit);
  g_variant_dict_insert_value (&dict, "anchors", g_variant_new_array (G_VARIANT_TYPE_BYTESTRING, &anchor, 1));

  return g_variant_dict_end (&dict);
}

static Exchange *
exchange_new (gboolean implicit)
{
  Exchange *self = g_new0 (Exchange, 1);
  g_autofree char *path = NULL;
  g_autofree char *secret = NULL;

  self->person = client_fixture_new ();
  self->state = g_build_filename (self->person->top, "demo", NULL);
  g_free (run_demo (self, "init", NULL));
  path = g_build_filename (self->state, "secret", NULL);
  g_assert_true (g_file_get_contents (path, &secret, NULL, NULL));
  g_strstrip (secret);
  client_fixture_add_authority_with_secret (self->person, make_settings (self, implicit), secret);

  return self;
}

static void
exchange_free (Exchange *self)
{
  client_fixture_free (self->person);
  g_free (self->state);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Exchange, exchange_free)

static SignetRequestItem *
get_item (Exchange *self,
          gint64    id)
{
  return SIGNET_REQUEST_ITEM (signet_client_lookup (signet_client_get_requests (self->person->client), id));
}

typedef struct
{
  Exchange *exchange;
  gint64 id;
  SignetRequestState state;
} Wanted;

static gboolean
has_state (gpointer user_data)
{
  Wanted *wanted = user_data;
  g_autoptr (SignetRequestItem) item = get_item (wanted->exchange, wanted->id);

  return item != NULL && signet_request_item_get_record (item)->state == wanted->state;
}

static void
wait_for (Exchange           *self,
          gint64              id,
          SignetRequestState  state)
{
  Wanted wanted = { self, id, state };

  client_fixture_open (self->person);
  client_fixture_run_until (has_state, &wanted, signet_request_state_name (state));
}

static gint64
create_request (Exchange   *self,
                const char *subject)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) reply = NULL;
  gint64 id;

  g_variant_dict_insert (&dict, "authority", "x", G_GINT64_CONSTANT (1));
  g_variant_dict_insert (&dict, "subject", "s", subject);
  g_variant_dict_insert (&dict, "key-spec", "s", "ec:P-256");
  reply = client_fixture_must (self->person, "CreateRequest", g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
  g_variant_get (reply, "(x)", &id);
  wait_for (self, id, SIGNET_REQUEST_OUTBOX);

  return id;
}

/* The message that waits, as it lies on the person's memory stick. */
static GBytes *
export_message (Exchange   *self,
                gint64      id,
                const char *body)
{
  g_autoptr (GVariant) reply = client_fixture_must (self->person, "ExportMessage", g_variant_new ("(x)", id));
  g_autoptr (GVariant) octets = g_variant_get_child_value (reply, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (octets);
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autofree char *ending = g_strconcat ("-", body, ".pki", NULL);
  const char *name;

  /* Exactly one message, nothing around it: parse () takes nothing else. */
  message = signet_cmp_message_parse (bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (signet_cmp_body_type_name (signet_cmp_message_get_body_type (message)), ==, body);
  g_variant_get_child (reply, 1, "&s", &name);
  g_assert_true (g_str_has_suffix (name, ending));
  wait_for (self, id, SIGNET_REQUEST_AWAITING_REPLY);
  client_fixture_end_worker (self->person);

  return g_steal_pointer (&bytes);
}

static GBytes *
ask_authority (Exchange   *self,
               GBytes     *message,
               const char *option)
{
  g_autofree char *in = g_build_filename (self->person->top, "request.pki", NULL);
  g_autofree char *out = g_build_filename (self->person->top, "reply.pki", NULL);
  g_autofree char *contents = NULL;
  gsize size;

  g_assert_true (g_file_set_contents (in, g_bytes_get_data (message, NULL), (gssize) g_bytes_get_size (message), NULL));
  g_free (run_demo (self, "answer", in, "--output", out, option, NULL));
  g_assert_true (g_file_get_contents (out, &contents, &size, NULL));

  return g_bytes_new (contents, size);
}

static GVariant *
import_arguments (gint64  request,
                  GBytes *reply)
{
  return g_variant_new ("(x@ay)", request, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, reply, TRUE));
}

static void
import_reply (Exchange   *self,
              gint64      wanted,
              gint64      id,
              GBytes     *reply,
              const char *words)
{
  g_autoptr (GVariant) result = client_fixture_must (self->person, "ImportMessage", import_arguments (wanted, reply));
  const char *outcome;
  gint64 found;

  g_variant_get (result, "(x&s)", &found, &outcome);
  g_assert_cmpint (found, ==, id);
  g_assert_cmpstr (outcome, ==, words);
}

static void
import_refused (Exchange          *self,
                gint64             wanted,
                GBytes            *reply,
                SignetClientError  code,
                const char        *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) result = client_fixture_call (self->person, "ImportMessage", import_arguments (wanted, reply), &error);

  g_assert_null (result);
  g_assert_error (error, SIGNET_CLIENT_ERROR, (int) code);
  if (words != NULL)
    g_assert_cmpstr (error->message, ==, words);
}

static void
test_confirmation (void)
{
  g_autoptr (Exchange) exchange = exchange_new (FALSE);
  gint64 id = create_request (exchange, "CN=Maria Huber");
  g_autoptr (GBytes) request = export_message (exchange, id, "ir");
  g_autoptr (GBytes) reply = ask_authority (exchange, request, "--no-implicit-confirm");
  g_autoptr (GBytes) confirmation = NULL;
  g_autoptr (GBytes) acknowledgement = NULL;
  g_autoptr (SignetRequestItem) item = NULL;

  import_reply (exchange, 0, id, reply,
                "The certificate of “Certificate for Maria Huber” has come. Send the confirmation to the authority.");
  wait_for (exchange, id, SIGNET_REQUEST_OUTBOX);
  client_fixture_end_worker (exchange->person);
  confirmation = export_message (exchange, id, "certConf");
  acknowledgement = ask_authority (exchange, confirmation, "--no-implicit-confirm");
  import_reply (exchange, id, id, acknowledgement, "The certificate of “Certificate for Maria Huber” is here.");
  wait_for (exchange, id, SIGNET_REQUEST_DONE);
  item = get_item (exchange, id);
  g_assert_cmpint (signet_request_item_get_record (item)->certificate_id, !=, 0);
  g_assert_cmpuint (g_list_model_get_n_items (signet_client_get_certificates (exchange->person->client)), ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (signet_client_get_keys (exchange->person->client)), ==, 1);
}

static void
test_polling (void)
{
  g_autoptr (Exchange) exchange = exchange_new (TRUE);
  gint64 id = create_request (exchange, "CN=Maria Huber");
  g_autoptr (GBytes) request = export_message (exchange, id, "ir");
  g_autoptr (GBytes) waiting = ask_authority (exchange, request, "--poll-count=1");
  g_autoptr (GBytes) poll = NULL;
  g_autoptr (GBytes) reply = NULL;

  import_reply (exchange, 0, id, waiting,
                "The authority has not decided about “Certificate for Maria Huber” yet. Ask again later with the next "
                "message.");
  client_fixture_end_worker (exchange->person);
  poll = export_message (exchange, id, "pollReq");
  reply = ask_authority (exchange, poll, "--implicit-confirm");
  import_reply (exchange, 0, id, reply, "The certificate of “Certificate for Maria Huber” is here.");
  wait_for (exchange, id, SIGNET_REQUEST_DONE);
}

static void
test_duplicate (void)
{
  g_autoptr (Exchange) exchange = exchange_new (FALSE);
  gint64 id = create_request (exchange, "CN=Maria Huber");
  g_autoptr (GBytes) request = export_message (exchange, id, "ir");
  g_autoptr (GBytes) again = export_message (exchange, id, "ir");
  g_autoptr (GBytes) reply = ask_authority (exchange, request, "--no-implicit-confirm");

  /* The same octets, as often as they are wanted. */
  g_assert_true (g_bytes_equal (request, again));
  import_reply (exchange, 0, id, reply,
                "The certificate of “Certificate for Maria Huber” has come. Send the confirmation to the authority.");
  import_reply (exchange, 0, id, reply,
                "This reply was already taken for “Certificate for Maria Huber”. Nothing has changed.");
  wait_for (exchange, id, SIGNET_REQUEST_OUTBOX);
}

static GBytes *
with_octet (GBytes *octets)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();
  gsize size;
  const guint8 *data = g_bytes_get_data (octets, &size);

  g_byte_array_append (array, data, (guint) size);
  g_byte_array_append (array, (const guint8 *) "\n", 1);

  return g_byte_array_free_to_bytes (g_steal_pointer (&array));
}

static void
test_wrong_files (void)
{
  g_autoptr (Exchange) exchange = exchange_new (TRUE);
  gint64 first = create_request (exchange, "CN=Maria Huber");
  gint64 second = create_request (exchange, "CN=Karl Huber");
  g_autoptr (GBytes) request = export_message (exchange, first, "ir");
  g_autoptr (GBytes) reply = ask_authority (exchange, request, "--implicit-confirm");
  g_autoptr (GBytes) longer = with_octet (reply);
  g_autoptr (GBytes) text = g_bytes_new_static ("Dear Maria, here is your certificate", 36);

  import_refused (exchange, second, reply, SIGNET_CLIENT_ERROR_INVALID,
                  "This reply belongs to “Certificate for Maria Huber”, not to the request that is shown.");
  import_refused (exchange, 0, request, SIGNET_CLIENT_ERROR_INVALID,
                  "This is the message that goes to the authority for “Certificate for Maria Huber”, not the reply to it.");
  import_refused (exchange, 0, longer, SIGNET_CLIENT_ERROR_INVALID, NULL);
  import_refused (exchange, 0, text, SIGNET_CLIENT_ERROR_INVALID, NULL);
  /* None of it has done any harm. */
  import_reply (exchange, first, first, reply, "The certificate of “Certificate for Maria Huber” is here.");
}

/* Another person's reply, made for another store. */
static void
test_of_nobody (void)
{
  g_autoptr (Exchange) exchange = exchange_new (TRUE);
  g_autoptr (Exchange) other = exchange_new (TRUE);
  gint64 id = create_request (other, "CN=Maria Huber");
  g_autoptr (GBytes) request = export_message (other, id, "ir");
  g_autoptr (GBytes) reply = ask_authority (other, request, "--implicit-confirm");

  import_refused (exchange, 0, reply, SIGNET_CLIENT_ERROR_NOT_FOUND, NULL);
}

/* A reply that was changed on the way is refused, and the true one taken after it. */
static void
test_forged (void)
{
  g_autoptr (Exchange) exchange = exchange_new (TRUE);
  gint64 id = create_request (exchange, "CN=Maria Huber");
  g_autoptr (GBytes) request = export_message (exchange, id, "ir");
  g_autoptr (GBytes) reply = ask_authority (exchange, request, "--implicit-confirm");
  gsize size;
  gconstpointer data = g_bytes_get_data (reply, &size);
  guint8 *copy = g_memdup2 (data, size);
  g_autoptr (GBytes) forged = NULL;

  /* Within the protected part: a digit of the subject. */
  for (gsize i = 0; i + 5 < size; i++)
    if (memcmp (copy + i, "Huber", 5) == 0)
      copy[i] = 'P';
  forged = g_bytes_new_take (copy, size);
  g_assert_false (g_bytes_equal (forged, reply));
  import_refused (exchange, 0, forged, SIGNET_CLIENT_ERROR_INVALID, NULL);
  wait_for (exchange, id, SIGNET_REQUEST_AWAITING_REPLY);
  import_reply (exchange, 0, id, reply, "The certificate of “Certificate for Maria Huber” is here.");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/file/confirmation-in-a-further-round/R455,R456,R457", test_confirmation);
  g_test_add_func ("/worker/file/polling-in-a-further-round", test_polling);
  g_test_add_func ("/worker/file/duplicate-does-no-harm", test_duplicate);
  g_test_add_func ("/worker/file/wrong-files-are-told-apart/R458", test_wrong_files);
  g_test_add_func ("/worker/file/reply-of-nobody", test_of_nobody);
  g_test_add_func ("/worker/file/forged-reply", test_forged);

  return g_test_run ();
}
