/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-records.h"
#include "client/client-words.h"

SignetCliKind
signet_cli_item_kind (SignetItem *item)
{
  if (SIGNET_IS_AUTHORITY_ITEM (item))
    return SIGNET_CLI_KIND_AUTHORITY;
  if (SIGNET_IS_CERTIFICATE_ITEM (item))
    return SIGNET_CLI_KIND_CERTIFICATE;
  if (SIGNET_IS_KEY_ITEM (item))
    return SIGNET_CLI_KIND_KEY;

  return SIGNET_CLI_KIND_REQUEST;
}

const char *
signet_cli_kind_name (SignetCliKind kind)
{
  switch (kind)
    {
    case SIGNET_CLI_KIND_AUTHORITY:
      return "authority";
    case SIGNET_CLI_KIND_CERTIFICATE:
      return "certificate";
    case SIGNET_CLI_KIND_KEY:
      return "key";
    case SIGNET_CLI_KIND_REQUEST:
    default:
      return "request";
    }
}

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static char *
id_or_none (SignetCliKind kind,
            gint64        id)
{
  return id != 0 ? signet_cli_format_id (kind, id) : NULL;
}

static void
add_id (SignetJson    *json,
        const char    *key,
        SignetCliKind  kind,
        gint64         id)
{
  g_autofree char *text = id_or_none (kind, id);

  signet_json_add_string (json, key, text);
}

static void
add_octets (SignetJson *json,
            const char *key,
            GBytes     *octets)
{
  g_autofree char *text = octets != NULL ? g_base64_encode (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets)) : NULL;

  signet_json_add_string (json, key, text);
}

static void
add_authority (SignetJson                  *json,
               const SignetAuthorityRecord *record)
{
  signet_json_add_string (json, "name", record->name);
  signet_json_add_string (json, "kind", record->kind);
  signet_json_add_string (json, "url", record->url);
  signet_json_add_string (json, "reference", record->reference);
  signet_json_add_boolean (json, "hasCode", record->has_secret);
  add_id (json, "identity", SIGNET_CLI_KIND_CERTIFICATE, record->identity_id);
  signet_json_begin_array (json, "anchors");
  for (guint i = 0; record->anchors != NULL && i < record->anchors->len; i++)
    {
      GBytes *anchor = g_ptr_array_index (record->anchors, i);
      g_autofree char *fingerprint = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, anchor);

      signet_json_begin_object (json, NULL);
      signet_json_add_string (json, "sha256", fingerprint);
      add_octets (json, "der", anchor);
      signet_json_end_object (json);
    }
  signet_json_end_array (json);
  signet_json_add_variant (json, "settings", record->settings);
  signet_json_add_time (json, "created", record->created);
}

static void
add_request (SignetJson                *json,
             const SignetRequestRecord *record,
             const char                *authority)
{
  SignetTone tone;
  gboolean needs_person;
  g_autofree char *status = signet_words_request_status (record, now (), &tone, &needs_person);

  add_id (json, "authority", SIGNET_CLI_KIND_AUTHORITY, record->authority_id);
  signet_json_add_string (json, "authorityName", authority);
  add_id (json, "key", SIGNET_CLI_KIND_KEY, record->key_id);
  add_id (json, "certificate", SIGNET_CLI_KIND_CERTIFICATE, record->certificate_id);
  signet_json_add_string (json, "name", record->name);
  signet_json_add_string (json, "purpose", record->purpose);
  signet_json_add_string (json, "subject", record->subject);
  signet_json_add_strv (json, "altNames", (const char *const *) record->alt_names);
  signet_json_add_string (json, "keySpec", record->key_spec);
  signet_json_add_string (json, "operation", record->operation);
  signet_json_add_boolean (json, "offline", record->offline);
  signet_json_add_string (json, "state", signet_request_state_name (record->state));
  signet_json_add_string (json, "status", status);
  signet_json_add_boolean (json, "needsPerson", needs_person);
  signet_json_add_time (json, "created", record->created);
  signet_json_add_time (json, "sent", record->sent);
  signet_json_add_time (json, "received", record->received);
  signet_json_add_time (json, "confirmed", record->confirmed);
  signet_json_add_time (json, "updated", record->updated);
  signet_json_add_time (json, "nextCheck", record->next_check);
  signet_json_add_time (json, "retryAt", record->retry_at);
  signet_json_add_string (json, "pendingBody", record->pending_body);
  signet_json_add_string (json, "authorityText", record->authority_text);
  signet_json_add_boolean (json, "authorityTextAuthentic", record->authority_text_authentic);
  signet_json_add_string (json, "errorCode", record->error_code);
  signet_json_add_string (json, "errorText", record->error_text);
  signet_json_add_variant (json, "question", record->question);
  signet_json_add_string (json, "transactionId", record->transaction_id);
}

static void
add_certificate (SignetJson                    *json,
                 const SignetCertificateRecord *record)
{
  SignetTone tone;
  g_autofree char *status = signet_words_certificate_status (record, now (), &tone);

  add_id (json, "key", SIGNET_CLI_KIND_KEY, record->key_id);
  add_id (json, "authority", SIGNET_CLI_KIND_AUTHORITY, record->authority_id);
  add_id (json, "request", SIGNET_CLI_KIND_REQUEST, record->request_id);
  signet_json_add_string (json, "role", record->role);
  signet_json_add_string (json, "name", record->name);
  signet_json_add_string (json, "state", record->state);
  signet_json_add_string (json, "status", status);
  signet_json_add_string (json, "subject", record->subject);
  signet_json_add_string (json, "issuer", record->issuer);
  signet_json_add_string (json, "serial", record->serial);
  signet_json_add_string (json, "sha256", record->fingerprint);
  signet_json_add_string (json, "email", record->email);
  signet_json_add_strv (json, "altNames", (const char *const *) record->alt_names);
  signet_json_add_string (json, "purpose", record->purpose);
  signet_json_add_string (json, "keySpec", record->key_spec);
  signet_json_add_time (json, "notBefore", record->not_before);
  signet_json_add_time (json, "notAfter", record->not_after);
  signet_json_add_time (json, "added", record->added);
  add_octets (json, "der", record->der);
}

static void
add_key (SignetJson            *json,
         const SignetKeyRecord *record)
{
  signet_json_add_string (json, "keySpec", record->spec);
  signet_json_add_string (json, "origin", record->origin);
  signet_json_add_string (json, "keyId", record->key_hash);
  signet_json_add_int (json, "certificates", record->certificates);
  add_id (json, "request", SIGNET_CLI_KIND_REQUEST, record->request_id);
  signet_json_add_time (json, "created", record->created);
}

void
signet_cli_add_item (SignetCli  *cli,
                     SignetJson *json,
                     const char *key,
                     SignetItem *item)
{
  SignetCliKind kind = signet_cli_item_kind (item);

  signet_json_begin_object (json, key);
  add_id (json, "id", kind, signet_item_get_id (item));
  switch (kind)
    {
    case SIGNET_CLI_KIND_AUTHORITY:
      add_authority (json, signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item)));
      break;
    case SIGNET_CLI_KIND_CERTIFICATE:
      add_certificate (json, signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item)));
      break;
    case SIGNET_CLI_KIND_KEY:
      add_key (json, signet_key_item_get_record (SIGNET_KEY_ITEM (item)));
      break;
    case SIGNET_CLI_KIND_REQUEST:
    default:
      add_request (json, signet_request_item_get_record (SIGNET_REQUEST_ITEM (item)),
                   signet_request_item_get_authority_name (SIGNET_REQUEST_ITEM (item)));
      break;
    }
  signet_json_end_object (json);
}

void
signet_cli_add_message (SignetJson                *json,
                        const SignetMessageRecord *message)
{
  signet_json_begin_object (json, NULL);
  signet_json_add_int (json, "id", message->id);
  signet_json_add_string (json, "direction", message->sent ? "sent" : "received");
  signet_json_add_string (json, "body", message->body_type);
  signet_json_add_time (json, "time", message->time);
  signet_json_add_int (json, "size", message->size);
  signet_json_add_string (json, "refused", message->note);
  signet_json_add_string (json, "remark", message->remark);
  signet_json_end_object (json);
}
