/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "worker/worker-step.h"

/* Messages that a person carries: RFC 9483 §6.4.1. */

#define FILE_NAME_MAX 60        /* octets of a title in a file name */

/* A name that every file system takes: "maria-huber-ir.pki" of "Maria Huber". */
static char *
make_file_name (const SignetRequestRecord *record)
{
  g_autofree char *plain = g_str_to_ascii (record->name != NULL ? record->name : "", NULL);
  GString *name = g_string_new (NULL);

  for (const char *c = plain; *c != '\0' && name->len < FILE_NAME_MAX; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (name, g_ascii_tolower (*c));
    else if (name->len > 0 && name->str[name->len - 1] != '-')
      g_string_append_c (name, '-');
  while (name->len > 0 && name->str[name->len - 1] == '-')
    g_string_truncate (name, name->len - 1);
  if (name->len == 0)
    g_string_append (name, "request");
  g_string_append_printf (name, "-%" G_GINT64_FORMAT "-%s.pki", record->id,
                          record->pending_body != NULL ? record->pending_body : "message");

  return g_string_free (name, FALSE);
}

static gboolean
may_be_exported (const SignetRequestRecord  *record,
                 GError                    **error)
{
  if (record->state == SIGNET_REQUEST_OUTBOX || record->state == SIGNET_REQUEST_AWAITING_REPLY)
    return TRUE;
  if (!record->offline)
    g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY,
                 _("The messages of “%s” go directly to the authority."), record->name);
  else
    g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY, _("“%s” has no message to be sent now."),
                 record->name);

  return FALSE;
}

/**
 * signet_worker_step_export:
 * @self: a step
 * @now: seconds since 1970, UTC
 * @error: %SIGNET_WORKER_ERROR_BUSY where no message waits
 *
 * Hands the message that waits over to the person. As often as they want: the octets are the same.
 *
 * Returns: (transfer full): with the message and a name for its file
 */
SignetWorkerOutcome *
signet_worker_step_export (SignetWorkerStep  *self,
                           gint64             now,
                           GError           **error)
{
  g_autoptr (SignetWorkerOutcome) outcome = NULL;
  g_autoptr (GBytes) octets = NULL;
  SignetRequestRecord *record;

  if (!signet_worker_step_load (self, now, error))
    return NULL;
  record = self->record;
  if (!may_be_exported (record, error) || !signet_worker_step_load_transaction (self, error))
    return NULL;
  octets = signet_worker_step_next (self, error);
  if (octets == NULL || !signet_store_begin (self->store, error))
    {
      signet_worker_step_drop (self);
      return NULL;
    }
  if (!signet_worker_step_keep_outgoing (self, octets, error))
    {
      signet_worker_step_abandon (self);
      return NULL;
    }
  record->state = SIGNET_REQUEST_AWAITING_REPLY;
  if (record->sent == 0)
    record->sent = now;
  if (!signet_worker_step_commit (self, error))
    return NULL;

  outcome = signet_worker_step_rest (self);
  outcome->message = g_steal_pointer (&octets);
  outcome->file_name = make_file_name (self->record);

  return g_steal_pointer (&outcome);
}

/* In words, what a reply led to. */
static char *
describe_result (const SignetRequestRecord *record)
{
  switch (record->state)
    {
    case SIGNET_REQUEST_DONE:
      return g_strdup_printf (_("The certificate of “%s” is here."), record->name);
    case SIGNET_REQUEST_OUTBOX:
      if (g_strcmp0 (record->pending_body, "certConf") == 0 && record->error_text != NULL)
        return g_strdup_printf (_("The certificate of “%s” has come. Send the confirmation to the authority. %s"), record->name,
                                record->error_text);
      if (g_strcmp0 (record->pending_body, "certConf") == 0)
        return g_strdup_printf (_("The certificate of “%s” has come. Send the confirmation to the authority."), record->name);
      return g_strdup_printf (_("The authority has not decided about “%s” yet. Ask again later with the next message."),
                              record->name);
    case SIGNET_REQUEST_ASKING:
      return g_strdup_printf (_("“%s” needs your decision."), record->name);
    case SIGNET_REQUEST_REJECTED:
      return g_strdup_printf (_("The authority has rejected “%s”."), record->name);
    case SIGNET_REQUEST_FAILED:
      return g_strdup_printf (_("“%s” has failed: %s"), record->name,
                              record->error_text != NULL ? record->error_text : "");
    default:
      return g_strdup_printf (_("The reply was taken for “%s”."), record->name);
    }
}

/* %TRUE with @words where there is nothing to do: the reply was taken before. */
static gboolean
is_duplicate (SignetWorkerStep  *self,
              GBytes            *message,
              char             **words)
{
  g_autoptr (SignetMessageRecord) known = signet_store_find_message (self->store, self->id, message, NULL);

  if (known == NULL || known->note != NULL)
    return FALSE;
  *words = g_strdup_printf (_("This reply was already taken for “%s”. Nothing has changed."), self->record->name);

  return TRUE;
}

/* Folders hold both, and names are alike. */
static gboolean
is_reply (const SignetRequestRecord  *record,
          GBytes                     *octets,
          GError                    **error)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (octets, error);

  if (message == NULL)
    return FALSE;
  switch (signet_cmp_message_get_body_type (message))
    {
    case SIGNET_CMP_BODY_IR:
    case SIGNET_CMP_BODY_CR:
    case SIGNET_CMP_BODY_CERTCONF:
    case SIGNET_CMP_BODY_POLLREQ:
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                   _("This is the message that goes to the authority for “%s”, not the reply to it."), record->name);
      return FALSE;
    default:
      return TRUE;
    }
}

static gboolean
may_be_answered (const SignetRequestRecord  *record,
                 GError                    **error)
{
  switch (record->state)
    {
    case SIGNET_REQUEST_DRAFT:
    case SIGNET_REQUEST_READY:
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY, _("“%s” was not sent yet."), record->name);
      return FALSE;
    case SIGNET_REQUEST_DONE:
    case SIGNET_REQUEST_REJECTED:
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY,
                   _("“%s” is over: this reply comes too late, or is a forgery."), record->name);
      return FALSE;
    case SIGNET_REQUEST_ASKING:
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY, _("“%s” waits for your decision first."),
                   record->name);
      return FALSE;
    default:
      return TRUE;
    }
}

/**
 * signet_worker_step_import:
 * @self: a step
 * @message: DER of a reply with the transaction ID of this request
 * @now: seconds since 1970, UTC
 * @error: %SIGNET_WORKER_ERROR_INVALID says why it was refused
 *
 * Returns: (transfer full): with words about what became of it
 */
SignetWorkerOutcome *
signet_worker_step_import (SignetWorkerStep  *self,
                           GBytes            *message,
                           gint64             now,
                           GError           **error)
{
  g_autoptr (SignetWorkerOutcome) outcome = NULL;
  char *words = NULL;

  if (!signet_worker_step_load (self, now, error))
    return NULL;
  if (is_duplicate (self, message, &words))
    {
      outcome = signet_worker_step_rest (self);
      outcome->words = words;
      return g_steal_pointer (&outcome);
    }
  if (!is_reply (self->record, message, error) || !may_be_answered (self->record, error))
    return NULL;
  outcome = signet_worker_step_receive (self, message, now, error);
  if (outcome == NULL)
    return NULL;
  if (outcome->refusal == NULL)
    outcome->words = describe_result (self->record);

  return g_steal_pointer (&outcome);
}
