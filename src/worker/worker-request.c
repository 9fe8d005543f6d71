/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/objects.h>

#include "cmp/cmp-template.h"
#include "pki/pki-key.h"
#include "pki/pki-name.h"
#include "worker/worker-credentials.h"
#include "worker/worker-error.h"
#include "worker/worker-request.h"
#include "worker/worker-settings.h"

#define TEXT_MAX 1024           /* octets of a name */
#define NAMES_MAX 64
#define TEMPLATE_MAX (64 * 1024)
#define USAGES_MAX 32

typedef struct
{
  const char *name;
  const char *type;
} Field;

static const Field fields[] = {
  { "authority", "x" },
  { "name", "s" },
  { "purpose", "s" },
  { "subject", "s" },
  { "alt-names", "as" },
  { "key-spec", "s" },
  { "key", "x" },
  { "operation", "s" },
  { "identity", "x" },
  { "offline", "b" },
  { "key-usages", "as" },
  { "extended-key-usages", "as" },
  { "template", "ay" },
  { "insist", "b" },
  { "special-usages", "b" },
};

static gboolean
check_strings (const char  *name,
               GVariant    *value,
               gsize        max,
               GError     **error)
{
  if (g_variant_n_children (value) > max)
    return signet_worker_invalid (error, _("“%s” has too many values: at most %u."), name, (guint) max);
  for (gsize i = 0; i < g_variant_n_children (value); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

      if (g_variant_get_size (child) > TEXT_MAX)
        return signet_worker_invalid (error, _("A value of “%s” is too long."), name);
    }

  return TRUE;
}

static gboolean
check_field (const char  *name,
             GVariant    *value,
             GError     **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      if (!g_str_equal (fields[i].name, name))
        continue;
      if (!g_variant_is_of_type (value, G_VARIANT_TYPE (fields[i].type)))
        return signet_worker_invalid (error, _("“%s” has the wrong type."), name);
      if (g_str_equal (fields[i].type, "s") && g_variant_get_size (value) > TEXT_MAX)
        return signet_worker_invalid (error, _("“%s” is too long."), name);
      if (g_str_equal (fields[i].type, "ay") && g_variant_get_size (value) > TEMPLATE_MAX)
        return signet_worker_invalid (error, _("“%s” is too long."), name);
      if (g_str_equal (fields[i].type, "as"))
        return check_strings (name, value, g_str_equal (name, "alt-names") ? NAMES_MAX : USAGES_MAX, error);
      return TRUE;
    }

  return signet_worker_invalid (error, _("A request has no field “%s”."), name);
}

static gboolean
check_fields (GVariant  *request,
              GError   **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, request);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    if (!check_field (name, value, error))
      {
        g_variant_unref (value);
        return FALSE;
      }

  return TRUE;
}

/* Names as the store keeps them: read as a person writes them, written in one way. */
static gboolean
parse_names (GVariant             *request,
             SignetRequestRecord  *record,
             GError              **error)
{
  g_autofree char *subject = signet_worker_lookup_text (request, "subject");
  g_autofree const char **texts = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (X509_NAME) name = NULL;
  g_autoptr (GError) reason = NULL;

  name = signet_name_parse (subject != NULL ? subject : "", &reason);
  if (name == NULL)
    return signet_worker_invalid (error, _("The name cannot be read: %s"), reason->message);
  record->subject = signet_name_print (name);

  g_variant_lookup (request, "alt-names", "^a&s", &texts);
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      g_autoptr (GENERAL_NAME) general = signet_alt_name_parse (texts[i], &reason);
      g_autofree char *printed = NULL;

      if (general == NULL)
        return signet_worker_invalid (error, _("“%s” cannot be read: %s"), texts[i], reason->message);
      printed = signet_alt_name_print (general);
      g_strv_builder_add (builder, printed);
    }
  record->alt_names = g_strv_builder_end (builder);
  if (*record->subject == '\0' && *record->alt_names == NULL)
    return signet_worker_invalid (error, _("Say for whom the certificate is: give a name or an address."));

  return TRUE;
}

static gboolean
parse_key (SignetStore          *store,
           GVariant             *request,
           SignetRequestRecord  *record,
           GError              **error)
{
  g_autoptr (GError) reason = NULL;

  if (g_variant_lookup (request, "key", "x", &record->key_id) && record->key_id != 0)
    {
      g_autoptr (SignetKey) key = signet_store_get_key (store, record->key_id, error);

      if (key == NULL)
        return FALSE;
      if (!signet_key_can_sign (key))
        return signet_worker_invalid (error, _("This key cannot sign, so it cannot prove that it is yours."));
      record->key_spec = g_strdup (signet_key_get_spec (key));
      return TRUE;
    }
  record->key_spec = signet_worker_lookup_text (request, "key-spec");
  if (record->key_spec == NULL)
    {
      g_auto (GStrv) specs = signet_key_spec_list ();

      record->key_spec = g_strdup (specs[0]);
    }
  if (!signet_key_spec_check (record->key_spec, &reason))
    return signet_worker_invalid (error, "%s", reason->message);

  return TRUE;
}

static gboolean
parse_purpose (GVariant             *request,
               SignetRequestRecord  *record,
               GError              **error)
{
  static const char *const purposes[] = { "mail", "sign-in", "documents", "other", NULL };

  record->purpose = signet_worker_lookup_text (request, "purpose");
  if (record->purpose == NULL)
    record->purpose = g_strdup ("other");
  if (!g_strv_contains (purposes, record->purpose))
    return signet_worker_invalid (error, _("“%s” is no purpose: choose mail, sign-in, documents or other."), record->purpose);

  return TRUE;
}

/* What certificates of a purpose need in extKeyUsage, where the request does not say: RFC 5280 §4.2.1.12, RFC 9336. */
static char **
default_usages (const char *purpose)
{
  static const struct { const char *purpose; const char *usages[3]; } defaults[] = {
    { "mail", { "emailProtection" } },
    { "sign-in", { "clientAuth" } },
    { "documents", { "1.3.6.1.5.5.7.3.36" } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (g_str_equal (purpose, defaults[i].purpose))
      return g_strdupv ((char **) defaults[i].usages);

  return g_new0 (char *, 1);
}

static gboolean
is_key_usage (const char *usage)
{
  /* RFC 5280 §4.2.1.3 */
  static const char *const names[] = {
    "digitalSignature", "nonRepudiation", "contentCommitment", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly", NULL,
  };

  return g_strv_contains (names, usage);
}

static gboolean
is_extended_key_usage (const char *usage)
{
  g_autoptr (ASN1_OBJECT) object = OBJ_txt2obj (usage, 0);

  return object != NULL;
}

/* Those that let their holder speak for an authority: asked for only where that is meant, RFC 9810 §8.10. */
static gboolean
is_special_usage (const char *usage)
{
  static const char *const special[] = { "1.3.6.1.5.5.7.3.27", "1.3.6.1.5.5.7.3.28", "1.3.6.1.5.5.7.3.32", NULL };
  g_autoptr (ASN1_OBJECT) object = OBJ_txt2obj (usage, 0);
  char oid[128] = "";

  OBJ_obj2txt (oid, sizeof oid, object, 1);

  return g_strv_contains (special, oid);
}

static gboolean
parse_usages (GVariant                   *request,
              const SignetRequestRecord  *record,
              SignetWorkerNotes          *notes,
              GError                    **error)
{
  char **usages = NULL;
  gboolean deliberate = FALSE;

  g_variant_lookup (request, "special-usages", "b", &deliberate);
  if (g_variant_lookup (request, "key-usages", "^as", &usages))
    {
      g_strfreev (notes->key_usages);
      notes->key_usages = g_steal_pointer (&usages);
    }
  g_strfreev (notes->extended_key_usages);
  if (g_variant_lookup (request, "extended-key-usages", "^as", &usages))
    notes->extended_key_usages = usages;
  else
    notes->extended_key_usages = default_usages (record->purpose);

  for (char **usage = notes->key_usages; *usage != NULL; usage++)
    if (!is_key_usage (*usage))
      return signet_worker_invalid (error, _("“%s” is no key usage; digitalSignature is usual."), *usage);
  for (char **usage = notes->extended_key_usages; *usage != NULL; usage++)
    {
      if (!is_extended_key_usage (*usage))
        return signet_worker_invalid (error, _("“%s” is no extended key usage: give its name or object identifier."), *usage);
      if (is_special_usage (*usage) && !deliberate)
        return signet_worker_invalid (error, _("“%s” lets its holder speak for the authority, so it is asked for only where that is "
                                               "meant: say so by special-usages."), *usage);
    }

  return TRUE;
}

static gboolean
parse_operation (SignetStore                  *store,
                 GVariant                     *request,
                 const SignetAuthorityRecord  *authority,
                 gint64                        now,
                 SignetRequestRecord          *record,
                 SignetWorkerNotes            *notes,
                 GError                      **error)
{
  g_autoptr (SignetCmpCredentials) credentials = NULL;

  g_variant_lookup (request, "identity", "x", &notes->identity_id);
  /* Settled here, so that nothing that changes later changes hands within a transaction: RFC 9483 §3.2. */
  notes->identity_id = signet_worker_credentials_choose_identity (store, authority, notes->identity_id, now);
  credentials = signet_worker_credentials_find (store, authority, notes->identity_id, error);
  if (credentials == NULL)
    return FALSE;
  record->operation = signet_worker_lookup_text (request, "operation");
  if (record->operation == NULL)
    record->operation = g_strdup (signet_worker_credentials_choose_operation (store, authority, notes->identity_id));
  if (!g_str_equal (record->operation, "ir") && !g_str_equal (record->operation, "cr"))
    return signet_worker_invalid (error, _("“%s” is no operation: choose ir or cr."), record->operation);

  g_variant_lookup (request, "offline", "b", &record->offline);
  if (authority->url == NULL)
    record->offline = TRUE;

  return TRUE;
}

static gboolean
has_field (GVariant   *request,
           const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (request, name, NULL);

  return value != NULL;
}

/* The authority's template, which decides about the kind of key where the request does not. */
static gboolean
parse_template (GVariant             *request,
                SignetRequestRecord  *record,
                SignetWorkerNotes    *notes,
                GError              **error)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (request, "template", G_VARIANT_TYPE_BYTESTRING);
  g_autoptr (SignetCmpTemplate) template = NULL;
  g_autoptr (GError) reason = NULL;
  g_auto (GStrv) specs = NULL;
  g_auto (GStrv) allowed = NULL;
  g_autofree char *keys = NULL;

  g_variant_lookup (request, "insist", "b", &notes->insist);
  if (value == NULL)
    return TRUE;
  notes->template = g_variant_get_data_as_bytes (value);
  template = signet_cmp_template_parse (notes->template, &reason);
  if (template == NULL)
    return signet_worker_invalid (error, "%s", reason->message);
  if (notes->insist || signet_cmp_key_types_allow (signet_cmp_template_get_key_types (template), record->key_spec))
    return TRUE;
  specs = signet_key_spec_list ();
  allowed = signet_cmp_key_types_filter (signet_cmp_template_get_key_types (template), (const char *const *) specs);
  if (record->key_id == 0 && !has_field (request, "key-spec") && allowed[0] != NULL)
    {
      g_free (record->key_spec);
      record->key_spec = g_strdup (allowed[0]);
      return TRUE;
    }
  keys = signet_cmp_key_types_describe (signet_cmp_template_get_key_types (template));

  return signet_worker_invalid (error, _("The authority certifies other keys than that: %s."), keys);
}

/* "E-mail certificate for maria@example.org" */
static char *
default_title (const SignetRequestRecord *record)
{
  g_autoptr (X509_NAME) name = signet_name_parse (record->subject, NULL);
  g_autofree char *whom = NULL;

  if (*record->alt_names != NULL)
    {
      const char *colon = strchr (*record->alt_names, ':');

      whom = g_strdup (colon != NULL ? colon + 1 : *record->alt_names);
    }
  else
    whom = name != NULL ? signet_name_get_cn (name) : NULL;
  if (whom == NULL)
    whom = g_strdup (record->subject);

  if (g_str_equal (record->purpose, "mail"))
    /* Translators: %s is a name or an e-mail address */
    return g_strdup_printf (_("E-mail certificate for %s"), whom);
  if (g_str_equal (record->purpose, "sign-in"))
    return g_strdup_printf (_("Sign-in certificate for %s"), whom);
  if (g_str_equal (record->purpose, "documents"))
    return g_strdup_printf (_("Certificate for documents of %s"), whom);

  return g_strdup_printf (_("Certificate for %s"), whom);
}

/**
 * signet_worker_request_parse:
 * @store: where authority, key and identity lie
 * @request: a{sv} as CreateRequest takes it
 * @now: seconds since 1970, UTC
 * @record: (out) (transfer full): the row to be made, a draft
 * @notes: (out) (transfer full): what goes with it
 * @error: %SIGNET_WORKER_ERROR_INVALID names the field and says what to do
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_worker_request_parse (SignetStore          *store,
                             GVariant             *request,
                             gint64                now,
                             SignetRequestRecord **record,
                             SignetWorkerNotes   **notes,
                             GError              **error)
{
  g_autoptr (SignetRequestRecord) row = g_new0 (SignetRequestRecord, 1);
  g_autoptr (SignetWorkerNotes) extra = signet_worker_notes_new ();
  g_autoptr (SignetAuthorityRecord) authority = NULL;

  g_return_val_if_fail (g_variant_is_of_type (request, G_VARIANT_TYPE_VARDICT), FALSE);

  if (!check_fields (request, error))
    return FALSE;
  g_variant_lookup (request, "authority", "x", &row->authority_id);
  authority = signet_store_get_authority (store, row->authority_id, error);
  if (authority == NULL)
    return FALSE;
  if (!parse_names (request, row, error)
      || !parse_purpose (request, row, error)
      || !parse_key (store, request, row, error)
      || !parse_template (request, row, extra, error)
      || !parse_usages (request, row, extra, error)
      || !parse_operation (store, request, authority, now, row, extra, error))
    return FALSE;
  row->name = signet_worker_lookup_text (request, "name");
  if (row->name == NULL)
    row->name = default_title (row);
  row->state = SIGNET_REQUEST_DRAFT;
  *record = g_steal_pointer (&row);
  *notes = g_steal_pointer (&extra);

  return TRUE;
}
