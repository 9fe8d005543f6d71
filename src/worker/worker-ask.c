/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/worker-ask.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-genm.h"
#include "cmp/cmp-genp.h"
#include "cmp/cmp-template.h"
#include "worker/worker-authority.h"
#include "worker/worker-credentials.h"
#include "worker/worker-endpoint.h"
#include "worker/worker-settings.h"

/*
 * A question that a person waits for: one genm and its genp. It changes nothing at the authority, so nothing of it is written; who
 * does not get an answer asks again.
 */

#define ROUNDS_MAX 8            /* messages until the answer has come */
#define WAIT_MAX 20             /* seconds from one to the next: a person waits */

typedef struct
{
  gint64 authority_id;
  gint64 identity_id;
  char *profile;                /* (nullable) */
  SignetCmpGenmItem *question;
  SignetCmpTransaction *transaction;
  SignetEndpoint *endpoint;
  GBytes *message;              /* to be sent, or the answer to it */
  gint64 wait;                  /* seconds before the next message */
  guint rounds;
  GVariant *answer;             /* (nullable): until it has come */
} Asking;

static void
asking_free (gpointer data)
{
  Asking *self = data;

  g_free (self->profile);
  g_clear_pointer (&self->question, signet_cmp_genm_item_free);
  g_clear_object (&self->transaction);
  g_clear_object (&self->endpoint);
  g_clear_pointer (&self->message, g_bytes_unref);
  g_clear_pointer (&self->answer, g_variant_unref);
  g_free (self);
}

/* ---- answers ---- */

static const char *
part_name (SignetCmpTemplatePart part)
{
  switch (part)
    {
    case SIGNET_CMP_TEMPLATE_SUBJECT:
      return "subject";
    case SIGNET_CMP_TEMPLATE_ISSUER:
      return "issuer";
    case SIGNET_CMP_TEMPLATE_NOT_BEFORE:
      return "not-before";
    case SIGNET_CMP_TEMPLATE_NOT_AFTER:
      return "not-after";
    case SIGNET_CMP_TEMPLATE_ALT_NAME:
      return "alt-name";
    case SIGNET_CMP_TEMPLATE_EXTENSION:
    default:
      return "extension";
    }
}

static GVariant *
fields_of (const SignetCmpTemplate *template)
{
  GPtrArray *fields = signet_cmp_template_get_fields (template);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sssbb)"));
  for (guint i = 0; i < fields->len; i++)
    {
      const SignetCmpTemplateField *field = fields->pdata[i];

      g_variant_builder_add (&builder, "(sssbb)", part_name (field->part), field->type != NULL ? field->type : "",
                             field->value != NULL ? field->value : "", field->value != NULL, field->known);
    }

  return g_variant_builder_end (&builder);
}

static gboolean
answer_template (const SignetCmpGenmItem  *item,
                 GVariantDict             *dict,
                 GError                  **error)
{
  g_autoptr (SignetCmpTemplate) template = NULL;
  g_auto (GStrv) specs = NULL;
  g_auto (GStrv) allowed = NULL;
  g_autofree char *keys = NULL;

  if (!signet_cmp_template_read (item, &template, error))
    return FALSE;
  if (template == NULL)
    return TRUE;
  specs = signet_key_spec_list ();
  allowed = signet_cmp_key_types_filter (signet_cmp_template_get_key_types (template), (const char *const *) specs);
  keys = signet_cmp_key_types_describe (signet_cmp_template_get_key_types (template));
  g_variant_dict_insert_value (dict, "template",
                               g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, signet_cmp_template_get_der (template), TRUE));
  g_variant_dict_insert_value (dict, "fields", fields_of (template));
  g_variant_dict_insert (dict, "key-specs", "^as", allowed);
  g_variant_dict_insert (dict, "keys", "s", keys);
  if (signet_cmp_template_get_remarks (template) != NULL)
    g_variant_dict_insert (dict, "remarks", "s", signet_cmp_template_get_remarks (template));

  return TRUE;
}

static gboolean
answer_certificates (const SignetCmpGenmItem  *item,
                     GVariantDict             *dict,
                     GError                  **error)
{
  g_autoptr (GPtrArray) certificates = NULL;
  GVariantBuilder builder;

  if (!signet_cmp_genp_get_certificates (item, &certificates, error))
    return FALSE;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aay"));
  for (guint i = 0; i < certificates->len; i++)
    g_variant_builder_add_value (&builder, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING,
                                                                     signet_certificate_get_der (certificates->pdata[i]), TRUE));
  g_variant_dict_insert_value (dict, "certificates", g_variant_builder_end (&builder));

  return TRUE;
}

static gboolean
read_answer (Asking  *self,
             GError **error)
{
  SignetCmpBodyType body = SIGNET_CMP_BODY_GENP;
  g_autoptr (GPtrArray) items = signet_cmp_genm_decode (signet_cmp_transaction_get_answer (self->transaction, &body), error);
  const SignetCmpGenmItem *item = items != NULL ? signet_cmp_genm_find_answer (self->question, items, error) : NULL;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *text = NULL;

  if (item == NULL)
    return FALSE;
  if (self->question->type == SIGNET_CMP_INFO_CERT_REQ_TEMPLATE ? !answer_template (item, &dict, error)
                                                                 : !answer_certificates (item, &dict, error))
    return FALSE;
  text = signet_cmp_genp_describe (item);
  g_variant_dict_insert (&dict, "text", "s", text);
  self->answer = g_variant_ref_sink (g_variant_dict_end (&dict));

  return TRUE;
}

/* ---- in a thread ---- */

static SignetCmpOperation *
make_operation (Asking  *self,
                GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  g_autoptr (GBytes) content = NULL;

  g_ptr_array_add (items, self->question);
  content = signet_cmp_genm_encode (items);

  return signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_GENM, content, error);
}

static SignetEndpoint *
make_endpoint (Asking                       *self,
               SignetStore                  *store,
               const SignetAuthorityRecord  *authority,
               GError                      **error)
{
  g_autoptr (SignetRequestRecord) place = g_new0 (SignetRequestRecord, 1);

  /* What stands for a body type in the table of operation labels: RFC 9483 §6.1. */
  place->operation = g_strdup (signet_cmp_info_type_to_name (self->question->type));

  return signet_worker_endpoint_new (store, authority, place, error);
}

static gboolean
begin (Asking        *self,
       SignetStore   *store,
       gint64         now,
       GError       **error)
{
  g_autoptr (SignetAuthorityRecord) record = signet_store_get_authority (store, self->authority_id, error);
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (SignetCmpAuthority) authority = NULL;
  g_autoptr (SignetCmpCredentials) credentials = NULL;

  if (record == NULL)
    return FALSE;
  if (record->url == NULL)
    return signet_worker_invalid (error, _("“%s” has no address, so it cannot be asked anything."), record->name);
  self->identity_id = signet_worker_credentials_choose_identity (store, record, self->identity_id, now);
  credentials = signet_worker_credentials_find (store, record, self->identity_id, error);
  authority = credentials != NULL ? signet_worker_authority_to_cmp (record, error) : NULL;
  operation = authority != NULL ? make_operation (self, error) : NULL;
  if (operation == NULL)
    return FALSE;
  if (self->profile != NULL && *self->profile != '\0')
    signet_cmp_authority_set_profile (authority, self->profile);
  self->endpoint = make_endpoint (self, store, record, error);
  if (self->endpoint == NULL)
    return FALSE;
  self->transaction = signet_cmp_transaction_new (operation, authority, credentials, error);

  return self->transaction != NULL;
}

/* What follows from the answer in @self->message. */
static gboolean
receive (Asking  *self,
         gint64   now,
         GError **error)
{
  g_autoptr (GBytes) octets = g_steal_pointer (&self->message);
  SignetCmpStep step = SIGNET_CMP_STEP_FAILED;

  if (!signet_cmp_transaction_receive (self->transaction, octets, now, &step, error))
    return FALSE;
  switch (step)
    {
    case SIGNET_CMP_STEP_DONE:
      return read_answer (self, error);
    case SIGNET_CMP_STEP_FAILED:
      g_propagate_error (error, g_error_copy (signet_cmp_transaction_get_failure (self->transaction)));
      return FALSE;
    case SIGNET_CMP_STEP_WAIT:
      self->wait = MAX (1, signet_cmp_transaction_get_wait_until (self->transaction) - now);
      signet_cmp_transaction_hurry (self->transaction);
      break;
    case SIGNET_CMP_STEP_SEND:
    case SIGNET_CMP_STEP_ASK:
    default:
      break;
    }
  if (++self->rounds < ROUNDS_MAX && self->wait <= WAIT_MAX)
    return TRUE;

  return signet_worker_invalid (error, _("The authority wants time to answer this question. Ask again later."));
}

static void
step_in_thread (GTask        *task,
                gpointer      source_object,
                gpointer      task_data,
                GCancellable *cancellable)
{
  Asking *self = g_task_get_task_data (G_TASK (task_data));
  SignetWorker *worker = source_object;
  gint64 now = signet_worker_get_now (worker);
  GError *error = NULL;
  gboolean good;

  self->wait = 0;
  good = self->transaction == NULL ? begin (self, signet_worker_get_store (worker), now, &error) : receive (self, now, &error);
  if (good && self->answer == NULL)
    {
      self->message = signet_cmp_transaction_next (self->transaction, now, &error);
      good = self->message != NULL;
    }
  if (good)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* ---- in the worker's thread ---- */

static void take_step (GTask *task);

static void
on_answered (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Asking *self = g_task_get_task_data (task);
  GError *error = NULL;
  GBytes *answer = signet_transfer_send_finish (SIGNET_TRANSFER (source), result, &error);

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_clear_pointer (&self->message, g_bytes_unref);
  self->message = answer;
  take_step (g_steal_pointer (&task));
}

static gboolean
on_due (gpointer user_data)
{
  GTask *task = user_data;
  Asking *self = g_task_get_task_data (task);
  SignetWorker *worker = g_task_get_source_object (task);

  signet_transfer_send_async (signet_worker_get_transfer (worker), self->endpoint, self->message, NULL, on_answered,
                              g_object_ref (task));

  return G_SOURCE_REMOVE;
}

static void
on_stepped (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Asking *self = g_task_get_task_data (task);
  g_autoptr (GSource) timer = NULL;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_error (task, error);
  else if (self->answer != NULL)
    g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("(@a{sv})", self->answer)), (GDestroyNotify) g_variant_unref);
  else
    {
      timer = g_timeout_source_new_seconds ((guint) self->wait);
      g_source_set_callback (timer, on_due, g_object_ref (task), g_object_unref);
      g_source_attach (timer, signet_worker_get_context (SIGNET_WORKER (source)));
    }
}

/* Takes @task. */
static void
take_step (GTask *task)
{
  g_autoptr (GTask) step = g_task_new (g_task_get_source_object (task), NULL, on_stepped, task);

  g_task_set_name (step, "take_step");
  g_task_set_task_data (step, g_object_ref (task), g_object_unref);
  signet_worker_run_in_thread (g_task_get_source_object (task), step, step_in_thread);
}

void
signet_worker_ask_async (SignetWorker        *self,
                         GVariant            *parameters,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GVariant) options = NULL;
  const char *name;
  SignetCmpInfoType type;
  Asking *asking;

  g_task_set_name (task, "signet_worker_ask_async");
  asking = g_new0 (Asking, 1);
  g_task_set_task_data (task, asking, asking_free);
  g_variant_get (parameters, "(x&s@a{sv})", &asking->authority_id, &name, &options);
  type = signet_cmp_info_type_from_name (name);
  if (type != SIGNET_CMP_INFO_CERT_REQ_TEMPLATE && type != SIGNET_CMP_INFO_CA_CERTS)
    {
      g_task_return_new_error (task, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                               _("“%s” is no question: choose certReqTemplate or caCerts."), name);
      return;
    }
  asking->question = signet_cmp_genm_item_new (type, NULL);
  g_variant_lookup (options, "identity", "x", &asking->identity_id);
  asking->profile = signet_worker_lookup_text (options, "profile");
  take_step (g_steal_pointer (&task));
}

GVariant *
signet_worker_ask_finish (SignetWorker  *self,
                          GAsyncResult  *result,
                          GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
