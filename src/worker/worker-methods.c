/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "worker/worker-authority.h"
#include "worker/worker-change.h"
#include "worker/worker-endpoint.h"
#include "worker/worker-export.h"
#include "worker/worker-import.h"
#include "worker/worker-inspect.h"
#include "worker/worker-internal.h"
#include "worker/worker-methods.h"
#include "worker/worker-request.h"

/* The methods that read or change the store: each runs in a thread. */

#define SECRET_MAX 4096         /* octets of a code or password */
#define FILE_MAX (1024 * 1024)
#define MESSAGE_MAX (4 * 1024 * 1024)   /* base64 of a message with line ends */

/* Argument @index, of type ah: (transfer full) (nullable) what its descriptor holds. %FALSE with @error. */
static gboolean
read_secret (SignetWorkerCall  *call,
             gsize              index,
             gsize              max,
             gboolean           text,
             SignetSecret     **secret,
             GError           **error)
{
  g_autoptr (GVariant) handles = g_variant_get_child_value (call->parameters, index);
  gint32 handle;
  int fd;

  *secret = NULL;
  if (g_variant_n_children (handles) == 0)
    return TRUE;
  g_variant_get_child (handles, 0, "h", &handle);
  if (call->fds == NULL || g_variant_n_children (handles) > 1)
    {
      g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                           _("A secret is handed over by one file descriptor."));
      return FALSE;
    }
  fd = g_unix_fd_list_get (call->fds, handle, error);
  if (fd < 0)
    return FALSE;
  *secret = signet_secret_new_from_fd (fd, max, text, error);
  close (fd);

  return *secret != NULL;
}

static SignetStore *
store_of (SignetWorkerCall *call)
{
  return signet_worker_get_store (call->worker);
}

static gint64
now_of (SignetWorkerCall *call)
{
  return signet_worker_get_now (call->worker);
}

static GVariant *
unlock (SignetWorkerCall  *call,
        GError           **error)
{
  SignetSecret *read = NULL;
  g_autoptr (SignetSecret) passphrase = NULL;

  if (!read_secret (call, 0, SECRET_MAX, TRUE, &read, error))
    return NULL;
  passphrase = read;
  if (passphrase == NULL)
    {
      g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID, _("A passphrase is needed."));
      return NULL;
    }

  return signet_store_unlock (store_of (call), passphrase, NULL, error) ? g_variant_new ("()") : NULL;
}

static void
after_unlock (SignetWorkerCall *call)
{
  signet_worker_emit_state (call->worker);
  signet_worker_restart_demo (call->worker);
}

static GVariant *
set_passphrase (SignetWorkerCall  *call,
                GError           **error)
{
  SignetSecret *read = NULL;
  g_autoptr (SignetSecret) passphrase = NULL;

  if (!read_secret (call, 0, SECRET_MAX, TRUE, &read, error))
    return NULL;
  passphrase = read;

  return signet_store_set_passphrase (store_of (call), passphrase, error) ? g_variant_new ("()") : NULL;
}

/* Commits what was begun, or takes it back where it did not go well. */
static gboolean
end_change (SignetWorkerCall  *call,
            gboolean           done,
            GError           **error)
{
  if (done)
    return signet_store_commit (store_of (call), error);
  signet_store_rollback (store_of (call));

  return FALSE;
}

static gboolean
check_reference (const char  *reference,
                 gboolean     has_code,
                 GError     **error)
{
  if (!has_code || (reference != NULL && *reference != '\0'))
    return TRUE;
  g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                       _("A code needs the reference that came with it: it says whose code it is."));

  return FALSE;
}

/* That the certificates which an authority's settings name are here. */
static gboolean
check_identities (SignetWorkerCall             *call,
                  const SignetAuthorityRecord  *record,
                  GError                      **error)
{
  gint64 tls_identity = 0;

  if (record->identity_id != 0)
    {
      g_autoptr (SignetCertificateRecord) identity = signet_store_get_certificate (store_of (call), record->identity_id, error);

      if (identity == NULL)
        return FALSE;
    }

  return !g_variant_lookup (record->settings, "tls-identity", "x", &tls_identity)
         || signet_worker_endpoint_check_identity (store_of (call), tls_identity, error);
}

static GVariant *
add_authority (SignetWorkerCall  *call,
               GError           **error)
{
  g_autoptr (GVariant) settings = g_variant_get_child_value (call->parameters, 0);
  g_autoptr (SignetAuthorityRecord) record = signet_worker_authority_parse (settings, error);
  SignetSecret *read = NULL;
  g_autoptr (SignetSecret) secret = NULL;

  if (record == NULL || !read_secret (call, 1, SECRET_MAX, TRUE, &read, error))
    return NULL;
  secret = read;
  if (!check_reference (record->reference, secret != NULL, error) || !check_identities (call, record, error))
    return NULL;
  record->created = now_of (call);
  if (!signet_store_begin (store_of (call), error))
    return NULL;
  call->id = signet_store_add_authority (store_of (call), record, secret, error);

  return end_change (call, call->id != 0, error) ? g_variant_new ("(x)", call->id) : NULL;
}

static guint
count_open (SignetWorkerCall  *call,
            gint64             authority,
            GError           **error)
{
  g_autoptr (GPtrArray) requests = signet_store_list_requests (store_of (call), error);
  guint open = 0;

  for (guint i = 0; requests != NULL && i < requests->len; i++)
    {
      const SignetRequestRecord *request = requests->pdata[i];

      if (request->authority_id == authority
          && (!signet_request_state_is_final (request->state) || request->retry_at != 0))
        open++;
    }

  return open;
}

/* That no request to @record is open: else %FALSE, and @error says @words. */
static gboolean
check_not_under_way (SignetWorkerCall             *call,
                     const SignetAuthorityRecord  *record,
                     const char                   *words,
                     GError                      **error)
{
  g_autoptr (GError) reason = NULL;
  guint open = count_open (call, record->id, &reason);

  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  if (open == 0)
    return TRUE;
  g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY, words);

  return FALSE;
}

/* What began with a code goes on with it: its answers come under that one. */
static gboolean
check_code_unused (SignetWorkerCall             *call,
                   const SignetAuthorityRecord  *record,
                   GError                      **error)
{
  g_autofree char *words
      = g_strdup_printf (_("A request to “%s” is under way with the present code. Wait for its end, or cancel it first."), record->name);

  return check_not_under_way (call, record, words, error);
}

static GVariant *
set_authority_secret (SignetWorkerCall  *call,
                      GError           **error)
{
  g_autoptr (SignetAuthorityRecord) record = NULL;
  SignetSecret *read = NULL;
  g_autoptr (SignetSecret) secret = NULL;
  const char *reference;
  gboolean done;

  g_variant_get_child (call->parameters, 0, "x", &call->id);
  g_variant_get_child (call->parameters, 1, "&s", &reference);
  record = signet_store_get_authority (store_of (call), call->id, error);
  if (record == NULL || !read_secret (call, 2, SECRET_MAX, TRUE, &read, error))
    return NULL;
  secret = read;
  if (record->has_secret && !check_code_unused (call, record, error))
    return NULL;
  if (*reference == '\0')
    reference = record->reference;
  if (!check_reference (reference, secret != NULL, error) || !signet_store_begin (store_of (call), error))
    return NULL;
  if (secret == NULL)
    done = signet_store_delete_authority_secret (store_of (call), call->id, error);
  else
    done = signet_store_set_authority_secret (store_of (call), call->id, reference, secret, error);

  return end_change (call, done, error) ? g_variant_new ("()") : NULL;
}

/* Requests that wait for lack of a code go on. */
static void
after_secret (SignetWorkerCall *call)
{
  signet_worker_resume_all (call->worker);
}

/* Whether two entries are for one service, so that one code for both has one purpose. */
static gboolean
is_same_service (const SignetAuthorityRecord *a,
                 const SignetAuthorityRecord *b)
{
  return a->url != NULL && g_strcmp0 (a->url, b->url) == 0 && g_strcmp0 (a->reference, b->reference) == 0;
}

static GVariant *
compare_code (SignetWorkerCall  *call,
              GError           **error)
{
  SignetStore *store = store_of (call);
  g_autoptr (SignetAuthorityRecord) record = NULL;
  g_autoptr (GPtrArray) others = NULL;
  g_autoptr (SignetSecret) code = NULL;
  GVariantBuilder builder;

  g_variant_get_child (call->parameters, 0, "x", &call->id);
  record = signet_store_get_authority (store, call->id, error);
  others = record != NULL ? signet_store_list_authorities (store, error) : NULL;
  if (others == NULL)
    return NULL;
  if (record->has_secret)
    {
      code = signet_store_get_authority_secret (store, record->id, error);
      if (code == NULL)
        return NULL;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(xs)"));
  for (guint i = 0; code != NULL && i < others->len; i++)
    {
      const SignetAuthorityRecord *other = others->pdata[i];
      g_autoptr (SignetSecret) theirs = NULL;

      if (other->id == record->id || !other->has_secret || is_same_service (record, other))
        continue;
      /* One that was used up a moment ago is no hindrance. */
      theirs = signet_store_get_authority_secret (store, other->id, NULL);
      if (theirs != NULL && signet_secret_equal (code, theirs))
        g_variant_builder_add (&builder, "(xs)", other->id, other->name);
    }

  return g_variant_new ("(a(xs))", &builder);
}

/* What an exchange under way stands on stays as it is until its end. */
static gboolean
check_change (SignetWorkerCall             *call,
              const SignetAuthorityRecord  *record,
              const SignetAuthorityRecord  *changed,
              SignetSecret                 *secret,
              GError                      **error)
{
  g_autofree char *held = signet_worker_change_find_held (record, changed);
  gboolean code = secret != NULL || g_strcmp0 (record->reference, changed->reference) != 0;

  if (held != NULL)
    {
      g_autofree char *words
          = g_strdup_printf (_("A request to “%s” is under way, and its setting “%s” holds until the end of that. Wait for it, or cancel "
                               "the request first."), record->name, held);

      if (!check_not_under_way (call, record, words, error))
        return FALSE;
    }
  if (secret != NULL && g_strcmp0 (record->kind, "demo") == 0)
    {
      g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID, _("The demo authority has a code of its own."));
      return FALSE;
    }
  if (code && record->has_secret && !check_code_unused (call, record, error))
    return FALSE;

  return check_reference (changed->reference, secret != NULL || record->has_secret, error)
         && check_identities (call, changed, error);
}

/* Between begin and commit, so that no request begins with what is being changed. */
static gboolean
write_change (SignetWorkerCall  *call,
              GVariant          *changes,
              const char *const *unset,
              SignetSecret      *secret,
              GError           **error)
{
  SignetStore *store = store_of (call);
  g_autoptr (SignetAuthorityRecord) record = signet_store_get_authority (store, call->id, error);
  g_autoptr (SignetAuthorityRecord) changed = NULL;

  if (record == NULL)
    return FALSE;
  changed = signet_worker_change_apply (record, changes, unset, error);

  return changed != NULL && check_change (call, record, changed, secret, error)
         && signet_store_update_authority (store, changed, error)
         && signet_store_set_anchors (store, changed->id, changed->anchors, error)
         && (changed->pvno == record->pvno || signet_store_set_authority_pvno (store, changed->id, changed->pvno, error))
         && (secret == NULL || signet_store_set_authority_secret (store, changed->id, changed->reference, secret, error));
}

static GVariant *
change_authority (SignetWorkerCall  *call,
                  GError           **error)
{
  g_autoptr (GVariant) changes = g_variant_get_child_value (call->parameters, 1);
  g_autofree const char **unset = NULL;
  SignetSecret *read = NULL;
  g_autoptr (SignetSecret) secret = NULL;

  g_variant_get_child (call->parameters, 0, "x", &call->id);
  g_variant_get_child (call->parameters, 2, "^a&s", &unset);
  if (!read_secret (call, 3, SECRET_MAX, TRUE, &read, error))
    return NULL;
  secret = read;
  if (!signet_store_begin (store_of (call), error))
    return NULL;

  return end_change (call, write_change (call, changes, unset, secret, error), error) ? g_variant_new ("()") : NULL;
}

static GVariant *
remove_authority (SignetWorkerCall  *call,
                  GError           **error)
{
  g_autoptr (SignetAuthorityRecord) record = NULL;
  g_autoptr (GError) reason = NULL;
  gboolean force;
  guint open;

  g_variant_get (call->parameters, "(xb)", &call->id, &force);
  record = signet_store_get_authority (store_of (call), call->id, error);
  if (record == NULL)
    return NULL;
  open = count_open (call, call->id, &reason);
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return NULL;
    }
  if (open != 0 && !force)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_BUSY,
                   g_dngettext (GETTEXT_PACKAGE,
                                "“%s” is still asked for %u certificate. Cancel the request first.",
                                "“%s” is still asked for %u certificates. Cancel the requests first.", open),
                   record->name, open);
      return NULL;
    }
  call->is_demo = g_strcmp0 (record->kind, "demo") == 0;
  if (!signet_store_begin (store_of (call), error))
    return NULL;

  return end_change (call, signet_store_remove_authority (store_of (call), call->id, error), error) ? g_variant_new ("()")
                                                                                                    : NULL;
}

static void
after_remove (SignetWorkerCall *call)
{
  SignetWorkerDemo *demo = signet_worker_get_demo (call->worker);
  g_autoptr (GError) error = NULL;

  if (!call->is_demo)
    return;
  signet_worker_demo_stop (demo);
  if (!signet_worker_demo_remove_state (demo, &error))
    g_message ("%s", error->message);
}

static GVariant *
create_request (SignetWorkerCall  *call,
                GError           **error)
{
  g_autoptr (GVariant) request = g_variant_get_child_value (call->parameters, 0);
  g_autoptr (SignetRequestRecord) record = NULL;
  g_autoptr (SignetWorkerNotes) notes = NULL;
  g_autoptr (GVariant) noted = NULL;

  if (!signet_worker_request_parse (store_of (call), request, now_of (call), &record, &notes, error))
    return NULL;
  noted = g_variant_ref_sink (signet_worker_notes_to_variant (notes));
  record->created = record->updated = now_of (call);
  if (!signet_store_begin (store_of (call), error))
    return NULL;
  call->id = record->id = signet_store_add_request (store_of (call), record, error);
  if (call->id != 0 && !signet_store_update_request (store_of (call), record, noted, error))
    call->id = 0;

  return end_change (call, call->id != 0, error) ? g_variant_new ("(x)", call->id) : NULL;
}

static void
after_create (SignetWorkerCall *call)
{
  signet_worker_job_run_async (signet_worker_get_job (call->worker, call->id),
                               signet_worker_command_new (SIGNET_WORKER_COMMAND_RESUME), NULL, NULL);
}

static GVariant *
octets_result (GBytes *octets)
{
  g_autoptr (GBytes) held = octets;

  return g_variant_new ("(@ay)", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, held, TRUE));
}

static GVariant *
export_certificate (SignetWorkerCall  *call,
                    GError           **error)
{
  const char *format;
  SignetSecret *read = NULL;
  g_autoptr (SignetSecret) password = NULL;
  GBytes *octets;

  g_variant_get_child (call->parameters, 0, "x", &call->id);
  g_variant_get_child (call->parameters, 1, "&s", &format);
  if (!read_secret (call, 2, SECRET_MAX, TRUE, &read, error))
    return NULL;
  password = read;
  octets = signet_worker_export_certificate (store_of (call), call->id, format, password, error);

  return octets != NULL ? octets_result (octets) : NULL;
}

static GVariant *
import_identity (SignetWorkerCall  *call,
                 GError           **error)
{
  SignetSecret *read = NULL;
  g_autoptr (SignetSecret) file = NULL;
  g_autoptr (SignetSecret) password = NULL;
  g_autoptr (GBytes) octets = NULL;
  const guint8 *data;
  gsize size;

  if (!read_secret (call, 0, FILE_MAX, FALSE, &read, error))
    return NULL;
  file = g_steal_pointer (&read);
  if (!read_secret (call, 1, SECRET_MAX, TRUE, &read, error))
    return NULL;
  password = read;
  if (file == NULL)
    {
      g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID, _("A file is needed."));
      return NULL;
    }
  /* The octets stay where they are: in locked memory. */
  data = signet_secret_get_data (file, &size);
  octets = g_bytes_new_static (data, size);
  call->id = signet_worker_import_identity (store_of (call), octets, password, now_of (call), error);

  return call->id != 0 ? g_variant_new ("(x)", call->id) : NULL;
}

/* Argument @index, of type ay. */
static GBytes *
read_message (SignetWorkerCall  *call,
              gsize              index,
              GError           **error)
{
  g_autoptr (GVariant) value = g_variant_get_child_value (call->parameters, index);

  if (g_variant_get_size (value) <= MESSAGE_MAX)
    return g_variant_get_data_as_bytes (value);
  g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID, _("A message has at most %u octets."), MESSAGE_MAX);

  return NULL;
}

static GVariant *
inspect_message (SignetWorkerCall  *call,
                 GError           **error)
{
  g_autoptr (GBytes) contents = read_message (call, 0, error);
  g_autofree char *text = NULL;
  g_autoptr (GVariant) tree = NULL;

  if (contents == NULL || !signet_worker_inspect (store_of (call), contents, now_of (call), &text, &tree, error))
    return NULL;

  return g_variant_new ("(sv)", text, tree);
}

/* The first half of ImportMessage: whose message it is. */
GVariant *
signet_worker_methods_find_import (SignetWorkerCall  *call,
                                   GError           **error)
{
  g_autoptr (GBytes) contents = read_message (call, 1, error);
  gint64 wanted;

  if (contents == NULL)
    return NULL;
  g_variant_get_child (call->parameters, 0, "x", &wanted);
  call->id = signet_worker_import_find_request (store_of (call), wanted, contents, &call->message, error);

  return call->id != 0 ? g_variant_new ("()") : NULL;
}

static const SignetWorkerMethod methods[] = {
  { "Unlock", unlock, after_unlock },
  { "SetPassphrase", set_passphrase, NULL },
  { "AddAuthority", add_authority, NULL },
  { "ChangeAuthority", change_authority, after_secret },
  { "SetAuthoritySecret", set_authority_secret, after_secret },
  { "CompareCode", compare_code, NULL },
  { "RemoveAuthority", remove_authority, after_remove },
  { "CreateRequest", create_request, after_create },
  { "ExportCertificate", export_certificate, NULL },
  { "ImportIdentity", import_identity, NULL },
  { "InspectMessage", inspect_message, NULL },
};

/**
 * signet_worker_methods_find:
 * @name: of a method that runs in a thread
 *
 * Returns: (transfer none) (nullable): the method
 */
const SignetWorkerMethod *
signet_worker_methods_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_str_equal (methods[i].name, name))
      return &methods[i];

  return NULL;
}
