/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "cli/cli-output.h"
#include "cli/cli-secret.h"
#include "cli/cli-settings.h"
#include "client/client-presets.h"

#define MAX_FILE (1024 * 1024)
#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

/* A setting by its name in the worker's interface; the option has the same name. */
typedef struct {
  const char *name;
  char type;                    /* of the variant: 's', 'u', 'b' */
  const char *help;
  const char *argument;
} Setting;

static const Setting settings[] = {
  { "name", 's', N_("What you call it; default: its host"), N_("TEXT") },
  { "url", 's', N_("Address, http or https; without one, messages go by file"), N_("URL") },
  { "reference", 's', N_("Reference number that the authority gave with the code"), N_("TEXT") },
  { "anchor-fingerprint", 's', N_("SHA-256 of the root certificate, as the authority told you"), N_("HEX") },
  { "mac", 's', N_("Protection by the code: pbmac1 (default) or password-based (older)"), N_("KIND") },
  { "mac-digest", 's', N_("Digest of that protection; default: SHA256"), N_("NAME") },
  { "mac-iterations", 'u', N_("Iterations of that protection"), N_("NUMBER") },
  { "mac-iteration-limit", 'u', N_("Most iterations that an answer may ask for"), N_("NUMBER") },
  { "recipient", 's', N_("The authority’s own name, as in CN=Issuing CA,O=Example"), N_("NAME") },
  { "profile", 's', N_("Name of the certificate profile to ask for"), N_("TEXT") },
  { "signer-usage", 's', N_("Extended key usage that a signer other than the CA must bear; any: none"), N_("OID") },
  { "timeout", 'u', N_("Seconds for one exchange"), N_("NUMBER") },
  { "size-limit", 'u', N_("Most octets of an answer"), N_("NUMBER") },
  { "time-tolerance", 'u', N_("Seconds that the time in an answer may be off"), N_("NUMBER") },
  { "path-name", 's', N_("Name behind /.well-known/cmp/p/, where the authority gave one"), N_("TEXT") },
  { "code-format", 's', N_("How reference and code are meant: text (default), or cryptlib for its user IDs and passwords"), N_("KIND") },
  { "framing", 's', N_("What an older server puts around messages: none (default), tcp, tcp-base64"), N_("KIND") },
  { "media-type", 's', N_("Media type that an older server wants; default: application/pkixcmp"), N_("TYPE") },
  /* In a settings file only: on the command line they are switches. */
  { "implicit-confirm", 'b', NULL, NULL },
  { "follow-redirects", 'b', NULL, NULL },
  { "operation-labels", 'b', NULL, NULL },
  { "keep-connection", 'b', NULL, NULL },
  { "trailing-slash", 'b', NULL, NULL },
  { "whole-chain", 'b', NULL, NULL },
  { "one-time", 'b', NULL, NULL },
};

G_STATIC_ASSERT (G_N_ELEMENTS (settings) <= SIGNET_CLI_MAX_SETTINGS);

SignetCliSettings *
signet_cli_settings_new (void)
{
  SignetCliSettings *self = g_new0 (SignetCliSettings, 1);

  self->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));
  self->secret_fd = -1;

  return self;
}

void
signet_cli_settings_free (SignetCliSettings *self)
{
  g_hash_table_unref (self->texts);
  for (guint i = 0; i < G_N_ELEMENTS (self->given); i++)
    g_free (self->given[i]);
  g_array_unref (self->entries);
  g_strfreev (self->relaxations);
  g_strfreev (self->anchors);
  g_strfreev (self->intermediates);
  g_free (self->tls_anchors);
  g_free (self->settings_file);
  g_free (self->preset);
  g_strfreev (self->fills);
  g_free (self->signer);
  g_free (self->tls_signer);
  g_free (self->secret_file);
  g_free (self);
}

const GOptionEntry *
signet_cli_settings_entries (SignetCliSettings *self)
{
  const GOptionEntry others[] = {
    { "anchor", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->anchors, N_("Root certificate, PEM or DER; may be given again"),
      N_("FILE") },
    { "accept-root", 0, 0, G_OPTION_ARG_NONE, &self->accept_root,
      N_("Show the root that it sends under the code, and ask whether to trust it"), NULL },
    { "intermediate", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->intermediates, N_("Certificate below the root"), N_("FILE") },
    { "secret-file", 0, 0, G_OPTION_ARG_FILENAME, &self->secret_file, N_("File with the code"), N_("FILE") },
    { "secret-fd", 0, 0, G_OPTION_ARG_INT, &self->secret_fd, N_("Open descriptor to read the code from"), N_("NUMBER") },
    { "sign-with", 0, 0, G_OPTION_ARG_STRING, &self->signer, N_("Certificate that signs requests to it"), N_("ID") },
    { "keep-code", 0, 0, G_OPTION_ARG_NONE, &self->keep_code, N_("The code may be used again: do not delete it"), NULL },
    { "relax", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->relaxations, N_("A check that this authority does not pass; by name"),
      N_("NAME") },
    { "no-implicit-confirm", 0, 0, G_OPTION_ARG_NONE, &self->no_implicit_confirm,
      N_("Confirm each certificate in a message of its own"), NULL },
    { "tls-anchors", 0, 0, G_OPTION_ARG_FILENAME, &self->tls_anchors, N_("PEM of the roots trusted for https; default: the system’s"),
      N_("FILE") },
    { "follow-redirects", 0, 0, G_OPTION_ARG_NONE, &self->follow_redirects, N_("Follow redirects to the same origin"), NULL },
    { "operation-labels", 0, 0, G_OPTION_ARG_NONE, &self->operation_labels, N_("Add the operation’s name to the address"), NULL },
    { "whole-chain", 0, 0, G_OPTION_ARG_NONE, &self->whole_chain,
      N_("Send the root along with the certificate that signs a request"), NULL },
    { "trailing-slash", 0, 0, G_OPTION_ARG_NONE, &self->trailing_slash, N_("End the address with a slash"), NULL },
    { "keep-connection", 0, 0, G_OPTION_ARG_NONE, &self->keep_connection,
      N_("Send the messages of a request over one connection, for servers that need it"), NULL },
    { "tls-certificate", 0, 0, G_OPTION_ARG_STRING, &self->tls_signer,
      N_("Certificate that tells an https server who you are"), N_("ID") },
    { "preset", 0, 0, G_OPTION_ARG_STRING, &self->preset,
      N_("What is known of its system, as listed by authority presets"), N_("NAME") },
    { "fill", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->fills, N_("What stands in the address of the preset, as in host=ca.example.org"),
      N_("NAME=TEXT") },
    { "settings", 0, 0, G_OPTION_ARG_FILENAME, &self->settings_file, N_("Key file with these settings in its group [authority]"),
      N_("FILE") },
  };

  if (self->entries->len > 0)
    return (const GOptionEntry *) (gpointer) self->entries->data;
  for (guint i = 0; i < G_N_ELEMENTS (settings) && settings[i].type != 'b'; i++)
    {
      const GOptionEntry entry = {
        settings[i].name, 0, 0, G_OPTION_ARG_STRING, &self->given[i], settings[i].help, settings[i].argument,
      };

      g_array_append_val (self->entries, entry);
    }
  g_array_append_vals (self->entries, others, G_N_ELEMENTS (others));

  return (const GOptionEntry *) (gpointer) self->entries->data;
}

static gboolean
insert_text (GVariantDict   *dict,
             const Setting  *setting,
             const char     *text,
             GError        **error)
{
  guint64 number;

  switch (setting->type)
    {
    case 'u':
      if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, NULL))
        {
          g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("“%s” is no number for %s"), text, setting->name);
          return FALSE;
        }
      g_variant_dict_insert (dict, setting->name, "u", (guint32) number);
      return TRUE;
    case 'b':
      if (!g_str_equal (text, "true") && !g_str_equal (text, "false"))
        {
          g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("%s must be true or false, not “%s”"), setting->name, text);
          return FALSE;
        }
      g_variant_dict_insert (dict, setting->name, "b", g_str_equal (text, "true"));
      return TRUE;
    default:
      g_variant_dict_insert (dict, setting->name, "s", text);
      return TRUE;
    }
}

/* Files that a settings file names lie beside it. */
static char **
take_files (GKeyFile   *file,
            const char *key,
            const char *folder,
            char      **given)
{
  g_auto (GStrv) names = g_key_file_get_string_list (file, "authority", key, NULL, NULL);

  g_key_file_remove_key (file, "authority", key, NULL);
  if (given != NULL || names == NULL)
    return given;
  for (guint i = 0; names[i] != NULL; i++)
    {
      char *path = g_canonicalize_filename (names[i], folder);

      g_free (names[i]);
      names[i] = path;
    }

  return g_steal_pointer (&names);
}

static gboolean
read_settings_file (SignetCliSettings  *self,
                    GError            **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) reason = NULL;
  g_autofree char *path = g_canonicalize_filename (self->settings_file, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_auto (GStrv) keys = NULL;
  g_auto (GStrv) tls = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &reason)
      || !g_key_file_has_group (file, "authority"))
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("%s cannot be used: %s"), self->settings_file,
                   reason != NULL ? reason->message : _("it has no group [authority]"));
      return FALSE;
    }
  self->anchors = take_files (file, "anchors", folder, self->anchors);
  self->intermediates = take_files (file, "intermediates", folder, self->intermediates);
  tls = take_files (file, "tls-anchors", folder, NULL);
  if (self->tls_anchors == NULL && tls != NULL)
    self->tls_anchors = g_strdup (tls[0]);
  if (self->relaxations == NULL)
    self->relaxations = g_key_file_get_string_list (file, "authority", "relaxations", NULL, NULL);
  g_key_file_remove_key (file, "authority", "relaxations", NULL);

  keys = g_key_file_get_keys (file, "authority", NULL, NULL);
  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    if (!g_hash_table_contains (self->texts, keys[i]))
      g_hash_table_insert (self->texts, g_strdup (keys[i]), g_key_file_get_string (file, "authority", keys[i], NULL));

  return TRUE;
}

static gboolean
insert_texts (SignetCliSettings  *self,
              GVariantDict       *dict,
              GError            **error)
{
  GHashTableIter iter;
  gpointer name;
  gpointer text;

  g_hash_table_iter_init (&iter, self->texts);
  while (g_hash_table_iter_next (&iter, &name, &text))
    {
      guint i = 0;

      while (i < G_N_ELEMENTS (settings) && !g_str_equal (settings[i].name, name))
        i++;
      if (i == G_N_ELEMENTS (settings))
        {
          g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("An authority has no setting “%s”"), (const char *) name);
          return FALSE;
        }
      /* A setting that is taken back. */
      if (self->changing && *(const char *) text == '\0')
        g_variant_dict_insert (dict, name, "s", "");
      else if (!insert_text (dict, &settings[i], text, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
insert_certificates (SignetCliSettings  *self,
                     GVariantDict       *dict,
                     const char         *name,
                     char              **files,
                     GError            **error)
{
  g_autofree char *key = g_strconcat (self->changing ? "add-" : "", name, NULL);
  GVariant *certificates;

  if (files == NULL)
    return TRUE;
  certificates = signet_cli_read_certificates (files, error);
  if (certificates == NULL)
    return FALSE;
  g_variant_dict_insert_value (dict, key, certificates);

  return TRUE;
}

static gboolean
insert_tls_anchors (SignetCliSettings  *self,
                    GVariantDict       *dict,
                    GError            **error)
{
  g_autoptr (GBytes) contents = NULL;
  g_autofree char *text = NULL;

  if (self->tls_anchors == NULL)
    return TRUE;
  contents = signet_cli_read_file (self->tls_anchors, MAX_FILE, error);
  if (contents == NULL)
    return FALSE;
  text = g_strndup (g_bytes_get_data (contents, NULL), g_bytes_get_size (contents));
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("%s is no PEM file"), self->tls_anchors);
      return FALSE;
    }
  g_variant_dict_insert (dict, "tls-anchors", "s", text);

  return TRUE;
}

static void
insert_switches (SignetCliSettings *self,
                 GVariantDict      *dict)
{
  g_autoptr (GStrvBuilder) relaxations = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) known = NULL;

  /* Those of a preset stay. */
  if (g_variant_dict_lookup (dict, "relaxations", "^as", &known))
    g_strv_builder_addv (relaxations, (const char **) known);
  if (self->relaxations != NULL)
    g_strv_builder_addv (relaxations, (const char **) self->relaxations);
  if (self->accept_root)
    g_strv_builder_add (relaxations, "ca-pubs");
  names = g_strv_builder_end (relaxations);
  g_variant_dict_remove (dict, "relaxations");
  if (names[0] != NULL)
    g_variant_dict_insert (dict, self->changing ? "add-relaxations" : "relaxations", "^as", names);
  if (self->no_implicit_confirm)
    g_variant_dict_insert (dict, "implicit-confirm", "b", FALSE);
  if (self->follow_redirects)
    g_variant_dict_insert (dict, "follow-redirects", "b", TRUE);
  if (self->operation_labels)
    g_variant_dict_insert (dict, "operation-labels", "b", TRUE);
  if (self->whole_chain)
    g_variant_dict_insert (dict, "whole-chain", "b", TRUE);
  if (self->trailing_slash)
    g_variant_dict_insert (dict, "trailing-slash", "b", TRUE);
  if (self->keep_connection)
    g_variant_dict_insert (dict, "keep-connection", "b", TRUE);
  if (self->keep_code)
    g_variant_dict_insert (dict, "one-time", "b", FALSE);
}

static void
usage_error (GError      **error,
             const GError *reason)
{
  g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, reason->message);
}

/* NAME=TEXT of each --fill, by name. */
static GHashTable *
split_fills (char               **fills,
             const SignetPreset  *preset,
             GError             **error)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; fills != NULL && fills[i] != NULL; i++)
    {
      const char *equals = strchr (fills[i], '=');
      g_autofree char *name = equals != NULL ? g_strndup (fills[i], (gsize) (equals - fills[i])) : NULL;
      guint k = 0;

      while (k < preset->placeholders->len
             && g_strcmp0 (((SignetPresetPlaceholder *) g_ptr_array_index (preset->placeholders, k))->name, name) != 0)
        k++;
      if (k == preset->placeholders->len)
        {
          g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("The address of %s has no place for “%s”"), preset->name, fills[i]);
          return NULL;
        }
      g_hash_table_insert (values, g_steal_pointer (&name), g_strdup (equals + 1));
    }

  return g_steal_pointer (&values);
}

/* What is known of the system comes first: a settings file and options say it better. */
static gboolean
insert_preset (SignetCliSettings  *self,
               GVariantDict       *dict,
               GError            **error)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (SignetPreset) preset = NULL;
  g_autoptr (GHashTable) values = NULL;
  g_autofree char *url = NULL;
  GVariantIter iter;
  const char *name;
  GVariant *value;

  if (self->preset == NULL)
    {
      if (self->fills != NULL)
        g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("--fill needs a --preset whose address it fills"));
      return self->fills == NULL;
    }
  preset = signet_presets_find (self->preset, &reason);
  if (preset == NULL)
    return usage_error (error, reason), FALSE;
  values = split_fills (self->fills, preset, error);
  if (values == NULL)
    return FALSE;
  if (!g_hash_table_contains (self->texts, "url") && (!self->changing || self->fills != NULL))
    {
      url = signet_preset_make_url (preset, values, &reason);
      if (url == NULL)
        return usage_error (error, reason), FALSE;
      g_variant_dict_insert (dict, "url", "s", url);
    }
  g_variant_iter_init (&iter, preset->settings);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &value))
    g_variant_dict_insert_value (dict, name, value);

  return TRUE;
}

GVariantDict *
signet_cli_settings_read (SignetCliSettings  *self,
                          GError            **error)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (self->given[i] != NULL)
      g_hash_table_insert (self->texts, g_strdup (settings[i].name), g_strdup (self->given[i]));
  if (self->settings_file != NULL && !read_settings_file (self, error))
    return NULL;
  if (!insert_preset (self, dict, error)
      || !insert_texts (self, dict, error)
      || !insert_certificates (self, dict, "anchors", self->anchors, error)
      || !insert_certificates (self, dict, "intermediates", self->intermediates, error)
      || !insert_tls_anchors (self, dict, error))
    return NULL;
  insert_switches (self, dict);

  return g_steal_pointer (&dict);
}

static gboolean
find_certificate (SignetCli     *cli,
                  const char    *text,
                  const char    *setting,
                  GVariantDict  *dict,
                  GError       **error)
{
  g_autoptr (SignetItem) item = NULL;
  SignetCliKind kind;
  gint64 id;

  if (text == NULL)
    return TRUE;
  if (!signet_cli_parse_id (text, "c", &kind, &id, error))
    return FALSE;
  item = signet_cli_lookup (cli, kind, id, error);
  if (item == NULL)
    return FALSE;
  g_variant_dict_insert (dict, setting, "x", id);

  return TRUE;
}

gboolean
signet_cli_settings_find_identity (SignetCli          *cli,
                                   SignetCliSettings  *self,
                                   GVariantDict       *dict,
                                   GError            **error)
{
  return find_certificate (cli, self->signer, "identity", dict, error)
         && find_certificate (cli, self->tls_signer, "tls-identity", dict, error);
}

/* The certificates of a text in PEM; FALSE where a part is damaged. */
static gboolean
add_pem (GVariantBuilder *builder,
         const char      *text)
{
  const char *begin = text;

  while ((begin = strstr (begin, PEM_BEGIN)) != NULL)
    {
      const char *end = strstr (begin, PEM_END);
      g_autofree char *base64 = NULL;
      g_autofree guchar *der = NULL;
      gsize size = 0;

      if (end == NULL)
        return FALSE;
      begin += strlen (PEM_BEGIN);
      base64 = g_strndup (begin, (gsize) (end - begin));
      der = g_base64_decode (base64, &size);
      if (size == 0)
        return FALSE;
      g_variant_builder_add_value (builder, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, der, size, 1));
      begin = end;
    }

  return TRUE;
}

GVariant *
signet_cli_read_certificates (char   **files,
                              GError **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aay"));

  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autoptr (GBytes) contents = signet_cli_read_file (files[i], MAX_FILE, error);
      g_autofree char *text = NULL;
      const guint8 *data;
      gsize size;

      if (contents == NULL)
        return NULL;
      data = g_bytes_get_data (contents, &size);
      text = g_strndup ((const char *) data, size);
      /* DER of a certificate begins with a SEQUENCE; whether it is one, the worker tells. */
      if (size > 0 && data[0] == 0x30)
        {
          g_variant_builder_add_value (&builder, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1));
        }
      else if (strstr (text, PEM_BEGIN) == NULL || !add_pem (&builder, text))
        {
          g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("%s holds no certificate in PEM or DER"), files[i]);
          return NULL;
        }
    }

  return g_variant_builder_end (&builder);
}

gboolean
signet_cli_is_loopback (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress) address = host != NULL ? g_inet_address_new_from_string (host) : NULL;

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);

  return host != NULL && g_ascii_strcasecmp (host, "localhost") == 0;
}

/* A code that a listener on the way could guess at leisure: RFC 9483 §1.5 wants entropy of the strength needed. */
void
signet_cli_warn_of_plain_code (const char  *url,
                               GUnixFDList *fds)
{
  if (url != NULL && g_str_has_prefix (url, "http:") && g_unix_fd_list_get_length (fds) > 0 && signet_cli_secret_is_short (fds)
      && !signet_cli_is_loopback (url))
    g_printerr ("%s\n", _("Warning: the code is short and the address is not encrypted. Whoever sees the messages can try "
                          "codes until one fits. Ask for an https address or a longer code."));
}

/* RFC 9045 §4.1: a code should have no other purpose. */
void
signet_cli_warn_of_shared_code (SignetCli   *cli,
                                gint64       authority,
                                GUnixFDList *fds)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariantIter) others = NULL;
  const char *name;
  gint64 id;

  if (g_unix_fd_list_get_length (fds) == 0)
    return;
  /* What was asked for is done: that nothing could be compared is no failure of it. */
  reply = signet_cli_call (cli, "CompareCode", g_variant_new ("(x)", authority), NULL, NULL);
  if (reply == NULL)
    return;
  g_variant_get (reply, "(a(xs))", &others);
  while (g_variant_iter_next (others, "(x&s)", &id, &name))
    {
      g_autofree char *row = signet_cli_format_id (SIGNET_CLI_KIND_AUTHORITY, id);

      g_printerr (_("Warning: “%s” (%s) has the same code. Whoever runs one of them could speak for you to the other: ask for a code of "
                    "its own.\n"), name, row);
    }
}
