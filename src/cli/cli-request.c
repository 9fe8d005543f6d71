/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-records.h"

/* Seconds: for one attempt at an authority, and for the worker's word of a change. */
#define CHECK_TIMEOUT 120
#define CHANGE_TIMEOUT 30

typedef struct {
  char *authority;
  char *subject;
  char **alt_names;
  char *key;
  char *name;
  char *purpose;
  char *operation;
  char *signer;
  char **key_usages;
  char **extended_key_usages;
  char *timeout;
  gboolean offline;
  gboolean template;
  gboolean insist;
  gboolean special_usages;
  gboolean wait;
} RequestOptions;

static void
request_options_clear (RequestOptions *self)
{
  g_free (self->authority);
  g_free (self->subject);
  g_strfreev (self->alt_names);
  g_free (self->key);
  g_free (self->name);
  g_free (self->purpose);
  g_free (self->operation);
  g_free (self->signer);
  g_strfreev (self->key_usages);
  g_strfreev (self->extended_key_usages);
  g_free (self->timeout);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RequestOptions, request_options_clear)

/* How a request stands, as an exit status; what is not DONE has its sentence in @error. */
static SignetCliStatus
status_of_request (const SignetRequestRecord  *record,
                   GError                    **error)
{
  const char *text = record->error_text != NULL ? record->error_text : record->authority_text;
  SignetCliStatus status;

  switch (record->state)
    {
    case SIGNET_REQUEST_DONE:
      return SIGNET_CLI_DONE;
    case SIGNET_REQUEST_REJECTED:
      status = SIGNET_CLI_REJECTED;
      text = text != NULL ? text : _("The authority rejected the request.");
      break;
    case SIGNET_REQUEST_FAILED:
      status = SIGNET_CLI_FAILED;
      text = text != NULL ? text : _("The request failed.");
      break;
    case SIGNET_REQUEST_UNKNOWN:
      status = SIGNET_CLI_UNKNOWN;
      text = text != NULL ? text : _("The outcome is unknown: the request was sent and no answer came. It may have been granted.");
      break;
    case SIGNET_REQUEST_CANCELLED:
      status = SIGNET_CLI_CANCELLED;
      text = _("The request was cancelled.");
      break;
    case SIGNET_REQUEST_ASKING:
      status = SIGNET_CLI_QUESTION;
      text = _("A question waits for you: see “signetctl show”, then “signetctl answer”.");
      break;
    default:
      status = SIGNET_CLI_WAITING;
      text = _("No answer yet. The worker goes on; “signetctl show” tells how it stands.");
      break;
    }
  g_set_error_literal (error, SIGNET_CLI_ERROR, (int) status, text);

  return status;
}

typedef struct {
  gint64 id;
  SignetItem *before;           /* (nullable): an earlier state of the row, which tells nothing new */
  gboolean one_attempt;         /* what came of the next attempt is enough to know */
} Settling;

/* There is no worker, and none can be started: nobody goes on with anything, and nobody would tell. */
static gboolean
is_lost (SignetCli *cli)
{
  return g_str_equal (signet_client_get_state (cli->client), "lost");
}

/* Whether an attempt at the authority has been made, and the next one is at a later time: what is just leaving is due at the
 * time of its own change. Where the row has no such time, a failure alone says that nothing is under way. */
static gboolean
is_attempt_over (const SignetRequestRecord *record)
{
  switch (record->state)
    {
    case SIGNET_REQUEST_WAITING:
      return record->next_check > record->updated;
    case SIGNET_REQUEST_CONFIRM:
      return record->retry_at > record->updated;
    case SIGNET_REQUEST_DRAFT:
    case SIGNET_REQUEST_READY:
    case SIGNET_REQUEST_SENT:
    case SIGNET_REQUEST_ANSWERED:
      return record->error_code != NULL;
    default:
      return FALSE;
    }
}

/* Whether nothing more happens without the person, or nothing more is to be waited for. */
static gboolean
is_settled (SignetCli *cli,
            gpointer   user_data)
{
  const Settling *settling = user_data;
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_requests (cli->client), settling->id);
  const SignetRequestRecord *record;

  if (is_lost (cli))
    return TRUE;
  if (item == NULL)
    return FALSE;
  record = signet_request_item_get_record (SIGNET_REQUEST_ITEM (item));
  switch (record->state)
    {
    case SIGNET_REQUEST_DONE:
    case SIGNET_REQUEST_REJECTED:
    case SIGNET_REQUEST_CANCELLED:
    case SIGNET_REQUEST_OUTBOX:
    case SIGNET_REQUEST_AWAITING_REPLY:
      return TRUE;
    case SIGNET_REQUEST_ASKING:
    case SIGNET_REQUEST_FAILED:
    case SIGNET_REQUEST_UNKNOWN:
      return item != settling->before;
    case SIGNET_REQUEST_DRAFT:
    case SIGNET_REQUEST_READY:
    case SIGNET_REQUEST_SENT:
    case SIGNET_REQUEST_WAITING:
    case SIGNET_REQUEST_ANSWERED:
    case SIGNET_REQUEST_CONFIRM:
    default:
      return settling->one_attempt && item != settling->before && is_attempt_over (record);
    }
}

/* Shows the request after it has settled, and tells by the status how it stands: in JSON, row and error are one object. */
static SignetCliStatus
follow (SignetCli  *cli,
        Settling   *settling,
        int         timeout,
        GError    **error)
{
  g_autoptr (SignetItem) item = NULL;
  g_autoptr (GError) reason = NULL;
  SignetCliStatus status;

  signet_cli_wait (cli, is_settled, settling, timeout);
  if (is_lost (cli))
    {
      g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_NO_WORKER,
                           _("The background worker has gone, and another one cannot be started. The request stays as it is."));
      return SIGNET_CLI_NO_WORKER;
    }
  item = signet_cli_lookup (cli, SIGNET_CLI_KIND_REQUEST, settling->id, error);
  if (item == NULL)
    return SIGNET_CLI_NOT_FOUND;
  status = status_of_request (signet_request_item_get_record (SIGNET_REQUEST_ITEM (item)), &reason);
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_cli_add_item (cli, json, "request", item);
      if (reason != NULL)
        signet_cli_add_error (json, status, reason);
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
  else
    {
      signet_cli_print_item (cli, item);
    }
  if (reason != NULL)
    g_printerr ("signetctl: %s\n", reason->message);

  return status;
}

static gboolean
insert_row (SignetCli      *cli,
            GVariantDict   *dict,
            const char     *name,
            SignetCliKind   kind,
            const char     *text,
            GError        **error)
{
  const char kinds[] = { (char) kind, '\0' };
  g_autoptr (SignetItem) item = NULL;
  gint64 id;

  if (!signet_cli_parse_id (text, kinds, &kind, &id, error))
    return FALSE;
  item = signet_cli_lookup (cli, kind, id, error);
  if (item == NULL)
    return FALSE;
  g_variant_dict_insert (dict, name, "x", id);

  return TRUE;
}

static void
insert_text (GVariantDict *dict,
             const char   *name,
             const char   *text)
{
  if (text != NULL)
    g_variant_dict_insert (dict, name, "s", text);
}

static void
insert_texts (GVariantDict *dict,
              const char   *name,
              char        **texts)
{
  if (texts != NULL)
    g_variant_dict_insert (dict, name, "^as", texts);
}

/* Asks for the authority's template and puts it into @dict; what it says is told beside the output. */
static gboolean
follow_template (SignetCli     *cli,
                 GVariantDict  *dict,
                 gint64         authority,
                 gboolean       insist,
                 GError       **error)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) template = NULL;
  const char *text = "";
  gint64 identity = 0;

  g_variant_dict_lookup (dict, "identity", "x", &identity);
  answer = signet_cli_ask_template (cli, authority, identity, NULL, error);
  if (answer == NULL)
    return FALSE;
  g_variant_lookup (answer, "text", "&s", &text);
  g_printerr ("signetctl: %s\n%s\n", _("What the authority wants in the request:"), text);
  template = g_variant_lookup_value (answer, "template", G_VARIANT_TYPE_BYTESTRING);
  if (template != NULL)
    g_variant_dict_insert_value (dict, "template", template);
  g_variant_dict_insert (dict, "insist", "b", insist);

  return TRUE;
}

/* The dictionary that CreateRequest takes; NULL with @error. */
static GVariant *
make_request (SignetCli             *cli,
              const RequestOptions  *options,
              GError               **error)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (NULL);
  gint64 authority;

  if (!signet_cli_find_authority (cli, options->authority, &authority, error))
    return NULL;
  g_variant_dict_insert (dict, "authority", "x", authority);
  insert_text (dict, "name", options->name);
  insert_text (dict, "purpose", options->purpose);
  insert_text (dict, "subject", options->subject != NULL ? options->subject : "");
  insert_text (dict, "operation", options->operation);
  insert_texts (dict, "alt-names", options->alt_names);
  insert_texts (dict, "key-usages", options->key_usages);
  insert_texts (dict, "extended-key-usages", options->extended_key_usages);
  if (options->special_usages)
    g_variant_dict_insert (dict, "special-usages", "b", TRUE);
  g_variant_dict_insert (dict, "offline", "b", options->offline);
  /* "k1" is a key that is there; everything else says what kind to make. */
  if (options->key != NULL && options->key[0] == 'k' && g_ascii_isdigit (options->key[1]))
    {
      if (!insert_row (cli, dict, "key", SIGNET_CLI_KIND_KEY, options->key, error))
        return NULL;
    }
  else if (options->key != NULL || !options->template)
    {
      insert_text (dict, "key-spec", options->key != NULL ? options->key : "ec:P-256");
    }
  if (options->signer != NULL
      && !insert_row (cli, dict, "identity", SIGNET_CLI_KIND_CERTIFICATE, options->signer, error))
    return NULL;
  if (options->template && !follow_template (cli, dict, authority, options->insist, error))
    return NULL;

  return g_variant_dict_end (dict);
}

static SignetCliStatus
create_request (SignetCli             *cli,
                const RequestOptions  *options,
                int                    timeout,
                GError               **error)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (SignetItem) item = NULL;
  GVariant *request;
  Settling settling = { 0 };

  if (!signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  request = make_request (cli, options, error);
  if (request == NULL)
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "CreateRequest", g_variant_new_tuple (&request, 1), NULL, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  g_variant_get (reply, "(x)", &settling.id);
  if (options->wait)
    return follow (cli, &settling, timeout, error);

  /* What is carried by hand is awaited, so that the next command can export it. */
  if (options->offline)
    signet_cli_wait (cli, is_settled, &settling, timeout);
  item = signet_cli_await (cli, SIGNET_CLI_KIND_REQUEST, settling.id, error);
  if (item == NULL)
    return SIGNET_CLI_FAILED;
  signet_cli_show_item (cli, item);

  return SIGNET_CLI_DONE;
}

static SignetCliStatus
run_request (SignetCli  *cli,
             char      **args,
             GError    **error)
{
  g_auto (GStrv) words = args;
  g_auto (RequestOptions) options = { 0 };
  int timeout = -1;
  const GOptionEntry entries[] = {
    { "authority", 'a', 0, G_OPTION_ARG_STRING, &options.authority, N_("Authority, by ID or name"), N_("ID") },
    { "subject", 's', 0, G_OPTION_ARG_STRING, &options.subject, N_("Name, as in CN=Maria Huber,O=Example"), N_("NAME") },
    { "san", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.alt_names,
      N_("Also valid for: email:…, dns:…, uri:…, ip:…, upn:…; may be given again"), N_("KIND:VALUE") },
    { "key", 'k', 0, G_OPTION_ARG_STRING, &options.key,
      N_("rsa:2048 to rsa:4096, ec:P-256 (default), ec:P-384, ec:P-521, ed25519, ed448; with OpenSSL 3.5 also ml-dsa-44, ml-dsa-65, "
         "ml-dsa-87, slh-dsa-sha2-128s and the like; or a key that is there: k1"), N_("KEY") },
    { "name", 'n', 0, G_OPTION_ARG_STRING, &options.name, N_("What you call it"), N_("TEXT") },
    { "purpose", 'p', 0, G_OPTION_ARG_STRING, &options.purpose, N_("mail, sign-in, documents or other"), N_("PURPOSE") },
    { "key-usage", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.key_usages, N_("As in digitalSignature"), N_("NAME") },
    { "extended-key-usage", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.extended_key_usages,
      N_("As in emailProtection, or an object identifier"), N_("NAME") },
    { "special-usages", 0, 0, G_OPTION_ARG_NONE, &options.special_usages,
      N_("The extended key usage may let its holder speak for the authority (cmcCA, cmcRA, cmKGA)"), NULL },
    { "operation", 0, 0, G_OPTION_ARG_STRING, &options.operation, N_("ir or cr; default: chosen"), N_("NAME") },
    { "sign-with", 0, 0, G_OPTION_ARG_STRING, &options.signer, N_("Certificate that signs the request"), N_("ID") },
    { "template", 0, 0, G_OPTION_ARG_NONE, &options.template, N_("Ask the authority for its template first, and follow it"), NULL },
    { "insist", 0, 0, G_OPTION_ARG_NONE, &options.insist,
      N_("With --template: keep what it does not have or has otherwise, which may be refused"), NULL },
    { "offline", 0, 0, G_OPTION_ARG_NONE, &options.offline, N_("Make messages to carry by hand; see “message export”"), NULL },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &options.wait, N_("Wait until it is issued, refused or needs you"), NULL },
    { "timeout", 't', 0, G_OPTION_ARG_STRING, &options.timeout, N_("Wait no longer than this: 90s, 15m, 2h"), N_("TIME") },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, NULL,
                         _("Makes a key and asks an authority for a certificate for it."), 0, 0, error)
      || (options.timeout != NULL && !signet_cli_parse_duration (options.timeout, &timeout, error)))
    return SIGNET_CLI_USAGE;
  if (options.authority == NULL)
    {
      g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("Say which authority: --authority ID"));
      return SIGNET_CLI_USAGE;
    }
  if (options.subject == NULL && options.alt_names == NULL)
    {
      g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("Say who the certificate is for: --subject, --san"));
      return SIGNET_CLI_USAGE;
    }

  return create_request (cli, &options, timeout, error);
}

/* Opens the store and finds the request that @words[1] names, for commands with one request and nothing to wait for. */
static SignetItem *
find_request (SignetCli   *cli,
              const char  *text,
              GError     **error)
{
  SignetCliKind kind;
  gint64 id;

  if (!signet_cli_parse_id (text, "r", &kind, &id, error) || !signet_cli_open (cli, error))
    return NULL;

  return signet_cli_lookup (cli, kind, id, error);
}

static gboolean
row_changed (SignetCli *cli,
             gpointer   user_data)
{
  SignetItem *before = user_data;
  g_autoptr (SignetItem) item = signet_client_lookup (signet_client_get_requests (cli->client), signet_item_get_id (before));

  return item != before || is_lost (cli);
}

static SignetCliStatus
run_check (SignetCli  *cli,
           char      **args,
           GError    **error)
{
  g_auto (GStrv) words = args;
  g_autofree char *timeout_text = NULL;
  g_autoptr (SignetItem) item = NULL;
  g_autoptr (GVariant) reply = NULL;
  gboolean wait = FALSE;
  int timeout = CHECK_TIMEOUT;
  Settling settling = { 0 };
  const GOptionEntry entries[] = {
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait, N_("Wait until it is issued, refused or needs you"), NULL },
    { "timeout", 't', 0, G_OPTION_ARG_STRING, &timeout_text, N_("Wait no longer than this: 90s, 15m, 2h"), N_("TIME") },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("REQUEST"),
                         _("Asks the authority now how a request stands, rather than at the time planned; also tries again what "
                           "failed. The exit status tells how it stands afterwards."), 1, 1, error)
      || (timeout_text != NULL && !signet_cli_parse_duration (timeout_text, &timeout, error)))
    return SIGNET_CLI_USAGE;
  if (wait && timeout_text == NULL)
    timeout = -1;
  item = find_request (cli, words[1], error);
  if (item == NULL)
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "CheckRequest", g_variant_new ("(x)", signet_item_get_id (item)), NULL, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  settling.id = signet_item_get_id (item);
  settling.before = item;
  settling.one_attempt = !wait;

  return follow (cli, &settling, timeout, error);
}

static SignetCliStatus
run_cancel (SignetCli  *cli,
            char      **args,
            GError    **error)
{
  g_auto (GStrv) words = args;
  g_autoptr (SignetItem) item = NULL;
  g_autoptr (SignetItem) after = NULL;
  g_autoptr (GVariant) reply = NULL;

  if (!signet_cli_parse (cli, &words, NULL, _("REQUEST"),
                         _("Gives a request up. What was sent cannot be taken back: a late answer is still taken."), 1, 1, error))
    return SIGNET_CLI_USAGE;
  item = find_request (cli, words[1], error);
  if (item == NULL)
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "CancelRequest", g_variant_new ("(x)", signet_item_get_id (item)), NULL, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  signet_cli_wait (cli, row_changed, item, CHANGE_TIMEOUT);
  after = signet_cli_lookup (cli, SIGNET_CLI_KIND_REQUEST, signet_item_get_id (item), error);
  if (after == NULL)
    return SIGNET_CLI_FAILED;
  signet_cli_show_item (cli, after);

  return SIGNET_CLI_DONE;
}

static SignetCliStatus
answer_question (SignetCli   *cli,
                 SignetItem  *item,
                 gboolean     accept,
                 GError     **error)
{
  const SignetRequestRecord *record = signet_request_item_get_record (SIGNET_REQUEST_ITEM (item));
  g_autoptr (GVariant) reply = NULL;
  guint32 number;

  if (record->question == NULL || !g_variant_lookup (record->question, "number", "u", &number))
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_BUSY, _("Request r%" G_GINT64_FORMAT " asks nothing"), record->id);
      return SIGNET_CLI_BUSY;
    }
  reply = signet_cli_call (cli, "AnswerQuestion", g_variant_new ("(xub)", record->id, number, accept), NULL, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;

  return SIGNET_CLI_DONE;
}

static SignetCliStatus
run_answer (SignetCli  *cli,
            char      **args,
            GError    **error)
{
  g_auto (GStrv) words = args;
  g_autofree char *timeout_text = NULL;
  g_autoptr (SignetItem) item = NULL;
  g_autoptr (SignetItem) after = NULL;
  gboolean accept = FALSE;
  gboolean refuse = FALSE;
  gboolean wait = FALSE;
  int timeout = -1;
  Settling settling = { 0 };
  const GOptionEntry entries[] = {
    { "accept", 0, 0, G_OPTION_ARG_NONE, &accept, N_("Yes"), NULL },
    { "refuse", 0, 0, G_OPTION_ARG_NONE, &refuse, N_("No"), NULL },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait, N_("Wait until it is issued, refused or needs you again"), NULL },
    { "timeout", 't', 0, G_OPTION_ARG_STRING, &timeout_text, N_("Wait no longer than this: 90s, 15m, 2h"), N_("TIME") },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("REQUEST"),
                         _("Answers the question that a request asks; “signetctl show” tells which."), 1, 1, error)
      || (timeout_text != NULL && !signet_cli_parse_duration (timeout_text, &timeout, error)))
    return SIGNET_CLI_USAGE;
  if (accept == refuse)
    {
      g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("Say either --accept or --refuse"));
      return SIGNET_CLI_USAGE;
    }
  item = find_request (cli, words[1], error);
  if (item == NULL || answer_question (cli, item, accept, error) != SIGNET_CLI_DONE)
    return SIGNET_CLI_FAILED;
  settling.id = signet_item_get_id (item);
  settling.before = item;
  if (wait)
    return follow (cli, &settling, timeout, error);
  signet_cli_wait (cli, row_changed, item, CHANGE_TIMEOUT);
  after = signet_cli_lookup (cli, SIGNET_CLI_KIND_REQUEST, signet_item_get_id (item), error);
  if (after == NULL)
    return SIGNET_CLI_FAILED;
  signet_cli_show_item (cli, after);

  return SIGNET_CLI_DONE;
}

const SignetCliCommand signet_cli_request_commands[] = {
  { NULL, "request", N_("Ask an authority for a certificate"), run_request },
  { NULL, "check", N_("Ask now how a request stands"), run_check },
  { NULL, "answer", N_("Answer the question that a request asks"), run_answer },
  { NULL, "cancel", N_("Give a request up"), run_cancel },
  { NULL, NULL, NULL, NULL },
};
