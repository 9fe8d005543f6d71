/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "cli/cli-records.h"
#include "client/client-presets.h"
#include "client/client-words.h"

#define LABEL_WIDTH 16
#define MAX_COLUMNS 4

static gint64
now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* What came from elsewhere must not steer the terminal. */
static char *
printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *clean = g_string_new (NULL);

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar character = g_utf8_get_char (c);

      g_string_append_unichar (clean, g_unichar_iscntrl (character) && character != '\n' ? 0xfffd : character);
    }

  return g_string_free (clean, FALSE);
}

static void
print_fact (const char *label,
            const char *value)
{
  g_autofree char *clean = NULL;
  g_auto (GStrv) lines = NULL;
  glong width = g_utf8_strlen (label, -1);

  if (value == NULL || *value == '\0')
    return;
  clean = printable (value);
  lines = g_strsplit (clean, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    g_print ("%s%*s %s\n", i == 0 ? label : "", (int) MAX (LABEL_WIDTH - (i == 0 ? width : 0), 0), "", lines[i]);
}

static void
print_id (const char    *label,
          SignetCliKind  kind,
          gint64         id)
{
  g_autofree char *text = id != 0 ? signet_cli_format_id (kind, id) : NULL;

  print_fact (label, text);
}

static void
print_time (const char *label,
            gint64      time)
{
  g_autofree char *text = time != 0 ? signet_words_time (time, now ()) : NULL;

  print_fact (label, text);
}

static void
print_alt_names (char **alt_names)
{
  for (guint i = 0; alt_names != NULL && alt_names[i] != NULL; i++)
    {
      g_autofree char *kind = NULL;
      g_autofree char *value = signet_words_alt_name (alt_names[i], &kind);

      print_fact (kind, value);
    }
}

/* Settings that are a number or a text of their own, as "authority add" names them. */
static void
print_value (GVariant   *settings,
             const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (settings, name, NULL);
  g_autofree char *text = NULL;

  if (value == NULL)
    return;
  text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL) : g_variant_print (value, FALSE);
  print_fact (name, text);
}

static void
print_settings (GVariant *settings)
{
  static const char *const plain[] = { "profile", "recipient", "path-name", "timeout", "size-limit", "time-tolerance",
                                       "mac-iteration-limit", "anchor-fingerprint" };
  g_auto (GStrv) sentences = signet_words_settings (settings);
  g_autofree char *told = g_strjoinv ("\n", sentences);
  g_autoptr (GVariant) intermediates = g_variant_lookup_value (settings, "intermediates", G_VARIANT_TYPE ("aay"));
  gboolean one_time = TRUE;
  gint64 identity = 0;

  print_fact (_("Settings"), told);
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    print_value (settings, plain[i]);
  if (g_variant_lookup (settings, "one-time", "b", &one_time) && !one_time)
    print_fact ("one-time", _("no: the code may be used again"));
  if (g_variant_lookup (settings, "tls-identity", "x", &identity))
    print_id ("tls-certificate", SIGNET_CLI_KIND_CERTIFICATE, identity);
  if (g_variant_lookup (settings, "tls-anchors", "&s", &(const char *) { NULL }))
    print_fact ("tls-anchors", _("own ones, not the system’s"));
  for (gsize i = 0; intermediates != NULL && i < g_variant_n_children (intermediates); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (intermediates, i);
      g_autoptr (GBytes) der = g_variant_get_data_as_bytes (child);
      g_autofree char *fingerprint = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, der);

      print_fact (_("Below the root"), fingerprint);
    }
}

static void
print_authority (const SignetAuthorityRecord *record)
{
  print_fact (_("Name"), record->name);
  print_fact (_("Address"), record->url != NULL ? record->url : _("by message only"));
  print_fact (_("Reference"), record->reference);
  print_fact (_("Code"), record->has_secret ? _("kept, sealed") : _("none"));
  print_id (_("Signs with"), SIGNET_CLI_KIND_CERTIFICATE, record->identity_id);
  for (guint i = 0; record->anchors != NULL && i < record->anchors->len; i++)
    {
      g_autofree char *fingerprint = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, g_ptr_array_index (record->anchors, i));

      print_fact (_("Anchor SHA-256"), fingerprint);
    }
  if (record->settings != NULL)
    print_settings (record->settings);
}

static void
print_question (GVariant *question)
{
  const char *kind = "";
  g_autoptr (GVariantIter) differences = NULL;
  const char *name;
  const char *wanted;
  const char *granted;

  if (question == NULL)
    return;
  g_variant_lookup (question, "kind", "&s", &kind);
  print_fact (_("Question"), g_str_equal (kind, "trust-root")
                               ? _("Do you trust the root that the authority sent?")
                               : _("The certificate differs from what was asked for. Accept it?"));
  if (g_variant_lookup (question, "differences", "a(sss)", &differences))
    while (g_variant_iter_next (differences, "(&s&s&s)", &name, &wanted, &granted))
      {
        g_autofree char *text = g_strdup_printf (_("asked: %s\ngranted: %s"), wanted, granted);

        print_fact (name, text);
      }
  {
    g_autoptr (GVariant) certificate = g_variant_lookup_value (question, "certificate", G_VARIANT_TYPE_BYTESTRING);

    if (certificate != NULL && g_variant_get_size (certificate) > 0)
      {
        g_autoptr (GBytes) der = g_variant_get_data_as_bytes (certificate);
        g_autofree char *fingerprint = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, der);

        print_fact (_("SHA-256"), fingerprint);
      }
  }
}

static void
print_request (const SignetRequestRecord *record,
               const char                *authority)
{
  SignetTone tone;
  gboolean needs_person;
  g_autofree char *status = signet_words_request_status (record, now (), &tone, &needs_person);
  g_autofree char *purpose = record->purpose != NULL ? signet_words_purpose (record->purpose) : NULL;
  g_autofree char *key = record->key_spec != NULL ? signet_words_key_spec (record->key_spec) : NULL;

  print_fact (_("Name"), record->name);
  print_fact (_("Status"), status);
  print_fact (_("Authority"), authority);
  print_fact (_("Purpose"), purpose);
  print_fact (_("Subject"), record->subject);
  print_alt_names (record->alt_names);
  print_fact (_("Key type"), key);
  print_id (_("Key"), SIGNET_CLI_KIND_KEY, record->key_id);
  print_id (_("Certificate"), SIGNET_CLI_KIND_CERTIFICATE, record->certificate_id);
  print_time (_("Created"), record->created);
  print_time (_("Sent"), record->sent);
  print_time (_("Received"), record->received);
  print_time (_("Confirmed"), record->confirmed);
  print_time (_("Next check"), record->next_check);
  print_time (_("Tried again"), record->retry_at);
  print_fact (record->authority_text_authentic ? _("Authority says") : _("Unproven answer"), record->authority_text);
  print_fact (_("Problem"), record->error_text);
  print_question (record->question);
  print_fact (_("Transaction"), record->transaction_id);
}

static void
print_certificate (const SignetCertificateRecord *record)
{
  SignetTone tone;
  g_autofree char *status = signet_words_certificate_status (record, now (), &tone);
  g_autofree char *purpose = record->purpose != NULL ? signet_words_purpose (record->purpose) : NULL;
  g_autofree char *key = record->key_spec != NULL ? signet_words_key_spec (record->key_spec) : NULL;
  g_autofree char *from = signet_words_date (record->not_before);
  g_autofree char *until = signet_words_date (record->not_after);
  g_autofree char *validity = g_strdup_printf (_("%s to %s"), from, until);

  print_fact (_("Name"), record->name);
  print_fact (_("Status"), status);
  print_fact (_("Purpose"), purpose);
  print_fact (_("Subject"), record->subject);
  print_alt_names (record->alt_names);
  print_fact (_("Issuer"), record->issuer);
  print_fact (_("Valid"), validity);
  print_fact (_("Key type"), key);
  print_id (_("Key"), SIGNET_CLI_KIND_KEY, record->key_id);
  print_id (_("Request"), SIGNET_CLI_KIND_REQUEST, record->request_id);
  print_fact (_("Serial"), record->serial);
  print_fact (_("SHA-256"), record->fingerprint);
}

static void
print_key (const SignetKeyRecord *record)
{
  g_autofree char *spec = signet_words_key_spec (record->spec);
  g_autofree char *certificates = g_strdup_printf ("%" G_GINT64_FORMAT, record->certificates);

  print_fact (_("Key type"), spec);
  print_fact (_("Origin"), g_strcmp0 (record->origin, "imported") == 0 ? _("imported") : _("made here"));
  print_fact (_("Certificates"), certificates);
  print_id (_("Request"), SIGNET_CLI_KIND_REQUEST, record->request_id);
  print_time (_("Created"), record->created);
  print_fact (_("Key ID"), record->key_hash);
}

void
signet_cli_print_item (SignetCli  *cli,
                       SignetItem *item)
{
  SignetCliKind kind = signet_cli_item_kind (item);

  print_id (_("ID"), kind, signet_item_get_id (item));
  switch (kind)
    {
    case SIGNET_CLI_KIND_AUTHORITY:
      print_authority (signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item)));
      break;
    case SIGNET_CLI_KIND_CERTIFICATE:
      print_certificate (signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item)));
      break;
    case SIGNET_CLI_KIND_KEY:
      print_key (signet_key_item_get_record (SIGNET_KEY_ITEM (item)));
      break;
    case SIGNET_CLI_KIND_REQUEST:
    default:
      print_request (signet_request_item_get_record (SIGNET_REQUEST_ITEM (item)),
                     signet_request_item_get_authority_name (SIGNET_REQUEST_ITEM (item)));
      break;
    }
}

void
signet_cli_print_message (const SignetMessageRecord *message)
{
  g_autofree char *time = signet_words_time (message->time, now ());
  const char *words = message->note != NULL ? message->note : message->remark;
  g_autofree char *text = g_strdup_printf (_("%s, %s, %" G_GINT64_FORMAT " octets%s%s"), message->body_type, time, message->size,
                                           message->note != NULL ? _(", refused: ") : words != NULL ? _(", taken, but: ") : "",
                                           words != NULL ? words : "");

  print_fact (message->sent ? _("Sent") : _("Received"), text);
}

char **
signet_cli_item_header (SignetCliKind kind)
{
  switch (kind)
    {
    case SIGNET_CLI_KIND_AUTHORITY:
      return g_strdupv ((char *[]) { _("ID"), _("Name"), _("Address"), _("Reference"), NULL });
    case SIGNET_CLI_KIND_CERTIFICATE:
      return g_strdupv ((char *[]) { _("ID"), _("Name"), _("Subject"), _("Status"), NULL });
    case SIGNET_CLI_KIND_KEY:
      return g_strdupv ((char *[]) { _("ID"), _("Key type"), _("Certificates"), _("Created"), NULL });
    case SIGNET_CLI_KIND_REQUEST:
    default:
      return g_strdupv ((char *[]) { _("ID"), _("Name"), _("Authority"), _("Status"), NULL });
    }
}

static char **
columns_of (SignetItem *item,
            const char *a,
            const char *b,
            const char *c)
{
  char **columns = g_new0 (char *, MAX_COLUMNS + 1);
  const char *texts[] = { a, b, c };

  columns[0] = signet_cli_format_id (signet_cli_item_kind (item), signet_item_get_id (item));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    columns[i + 1] = texts[i] != NULL ? printable (texts[i]) : g_strdup ("");

  return columns;
}

char **
signet_cli_item_columns (SignetCli  *cli,
                         SignetItem *item)
{
  SignetTone tone;
  gboolean needs_person;

  switch (signet_cli_item_kind (item))
    {
    case SIGNET_CLI_KIND_AUTHORITY:
      {
        const SignetAuthorityRecord *record = signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item));

        return columns_of (item, record->name, record->url, record->reference);
      }
    case SIGNET_CLI_KIND_CERTIFICATE:
      {
        const SignetCertificateRecord *record = signet_certificate_item_get_record (SIGNET_CERTIFICATE_ITEM (item));
        g_autofree char *status = signet_words_certificate_status (record, now (), &tone);

        return columns_of (item, record->name, record->subject, status);
      }
    case SIGNET_CLI_KIND_KEY:
      {
        const SignetKeyRecord *record = signet_key_item_get_record (SIGNET_KEY_ITEM (item));
        g_autofree char *spec = signet_words_key_spec (record->spec);
        g_autofree char *count = g_strdup_printf ("%" G_GINT64_FORMAT, record->certificates);
        g_autofree char *created = signet_words_date (record->created);

        return columns_of (item, spec, count, created);
      }
    case SIGNET_CLI_KIND_REQUEST:
    default:
      {
        const SignetRequestRecord *record = signet_request_item_get_record (SIGNET_REQUEST_ITEM (item));
        g_autofree char *status = signet_words_request_status (record, now (), &tone, &needs_person);

        return columns_of (item, record->name, signet_request_item_get_authority_name (SIGNET_REQUEST_ITEM (item)), status);
      }
    }
}

static void
print_row (char       **row,
           const glong *widths)
{
  for (guint i = 0; row[i] != NULL; i++)
    {
      glong width = g_utf8_strlen (row[i], -1);

      g_print ("%s%*s", row[i], row[i + 1] != NULL ? (int) (widths[i] - width + 2) : 0, "");
    }
  g_print ("\n");
}

void
signet_cli_print_table (char      **header,
                        GPtrArray  *rows)
{
  glong widths[MAX_COLUMNS] = { 0 };

  g_assert (g_strv_length (header) <= MAX_COLUMNS);
  for (guint i = 0; header[i] != NULL; i++)
    {
      widths[i] = g_utf8_strlen (header[i], -1);
      for (guint j = 0; j < rows->len; j++)
        widths[i] = MAX (widths[i], g_utf8_strlen (((char **) rows->pdata[j])[i], -1));
    }
  print_row (header, widths);
  for (guint j = 0; j < rows->len; j++)
    print_row (rows->pdata[j], widths);
}

void
signet_cli_show_item (SignetCli  *cli,
                      SignetItem *item)
{
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_cli_add_item (cli, json, signet_cli_kind_name (signet_cli_item_kind (item)), item);
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
  else
    {
      signet_cli_print_item (cli, item);
    }
}
