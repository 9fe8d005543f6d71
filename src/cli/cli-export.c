/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "cli/cli-output.h"
#include "cli/cli-records.h"
#include "cli/cli-secret.h"

#define PEM_COLUMNS 64

typedef struct {
  char *format;
  char *output;
  char *password_file;
  int password_fd;
  gboolean force;
} ExportOptions;

static void
export_options_clear (ExportOptions *self)
{
  g_free (self->format);
  g_free (self->output);
  g_free (self->password_file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ExportOptions, export_options_clear)

static SignetCliStatus
write_result (SignetCli            *cli,
              const ExportOptions  *options,
              GBytes               *contents,
              int                   mode,
              GError              **error)
{
  if (!signet_cli_write_file (options->output, contents, mode, options->force, error))
    return SIGNET_CLI_FAILED;
  /* The octets themselves went to standard output. */
  if (g_str_equal (options->output, "-"))
    return SIGNET_CLI_DONE;
  if (cli->json)
    {
      SignetJson *json = signet_json_new ();

      signet_json_begin_object (json, NULL);
      signet_json_add_string (json, "file", options->output);
      signet_json_add_string (json, "format", options->format);
      signet_json_add_int (json, "size", (gint64) g_bytes_get_size (contents));
      signet_json_end_object (json);
      signet_cli_print_json (json);
    }
  else
    {
      g_print (_("Written: %s\n"), options->output);
    }

  return SIGNET_CLI_DONE;
}

static SignetCliStatus
export_certificate (SignetCli            *cli,
                    gint64                id,
                    const ExportOptions  *options,
                    GError              **error)
{
  gboolean with_key = g_str_has_prefix (options->format, "pkcs12");
  g_autoptr (SignetItem) item = signet_cli_lookup (cli, SIGNET_CLI_KIND_CERTIFICATE, id, error);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) octets = NULL;
  g_autoptr (GBytes) contents = NULL;

  if (item == NULL)
    return SIGNET_CLI_NOT_FOUND;
  fds = with_key ? signet_cli_secret_list (options->password_file, options->password_fd, _("Password for the file"), error)
                 : g_unix_fd_list_new ();
  if (fds == NULL)
    return SIGNET_CLI_FAILED;
  reply = signet_cli_call (cli, "ExportCertificate",
                           g_variant_new ("(xs@ah)", id, options->format, signet_cli_secret_handles (fds)), fds, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  octets = g_variant_get_child_value (reply, 0);
  contents = g_variant_get_data_as_bytes (octets);

  return write_result (cli, options, contents, with_key ? 0600 : 0644, error);
}

static void
append_pem (GString *pem,
            GBytes  *der)
{
  g_autofree char *base64 = g_base64_encode (g_bytes_get_data (der, NULL), g_bytes_get_size (der));

  g_string_append (pem, "-----BEGIN CERTIFICATE-----\n");
  for (const char *line = base64; *line != '\0'; line += MIN (strlen (line), PEM_COLUMNS))
    g_string_append_printf (pem, "%.*s\n", PEM_COLUMNS, line);
  g_string_append (pem, "-----END CERTIFICATE-----\n");
}

/* An authority's anchors: for programs that must recognise what it issues. */
static SignetCliStatus
export_anchors (SignetCli            *cli,
                gint64                id,
                const ExportOptions  *options,
                GError              **error)
{
  g_autoptr (SignetItem) item = signet_cli_lookup (cli, SIGNET_CLI_KIND_AUTHORITY, id, error);
  g_autoptr (GString) pem = g_string_new (NULL);
  g_autoptr (GBytes) contents = NULL;
  const GPtrArray *anchors;

  if (item == NULL)
    return SIGNET_CLI_NOT_FOUND;
  anchors = signet_authority_item_get_record (SIGNET_AUTHORITY_ITEM (item))->anchors;
  if (anchors == NULL || anchors->len == 0)
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_BUSY,
                   _("Authority a%" G_GINT64_FORMAT " has no anchor yet: its root was not seen so far"), id);
      return SIGNET_CLI_BUSY;
    }
  if (g_str_has_prefix (options->format, "pkcs12") || (g_str_equal (options->format, "der") && anchors->len > 1))
    {
      g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("The anchors of an authority are exported as pem"));
      return SIGNET_CLI_USAGE;
    }
  if (g_str_equal (options->format, "der"))
    return write_result (cli, options, anchors->pdata[0], 0644, error);
  for (guint i = 0; i < anchors->len; i++)
    append_pem (pem, anchors->pdata[i]);
  contents = g_bytes_new (pem->str, pem->len);

  return write_result (cli, options, contents, 0644, error);
}

static SignetCliStatus
run_export (SignetCli  *cli,
            char      **args,
            GError    **error)
{
  g_auto (GStrv) words = args;
  g_auto (ExportOptions) options = { .password_fd = -1 };
  SignetCliKind kind;
  gint64 id;
  const GOptionEntry entries[] = {
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options.format, N_("pem (default, with its chain), der, pkcs12 (with key and chain), or pkcs12-pbmac1 (the newer form, RFC 9579)"),
      N_("FORMAT") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, N_("File to write; “-”: standard output"), N_("FILE") },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &options.password_file, N_("File with the password for pkcs12"), N_("FILE") },
    { "password-fd", 0, 0, G_OPTION_ARG_INT, &options.password_fd, N_("Open descriptor to read that password from"), N_("NUMBER") },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options.force, N_("Replace a file that is there"), NULL },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("ID"),
                         _("Writes a certificate (c1), or the anchors of an authority (a1), to a file."), 1, 1, error)
      || !signet_cli_parse_id (words[1], "ca", &kind, &id, error))
    return SIGNET_CLI_USAGE;
  if (options.output == NULL)
    {
      g_set_error_literal (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("Say where to: --output FILE"));
      return SIGNET_CLI_USAGE;
    }
  if (options.format == NULL)
    options.format = g_strdup ("pem");
  if (!g_strv_contains ((const char *const[]) { "pem", "der", "pkcs12", "pkcs12-pbmac1", NULL }, options.format))
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("There is no format “%s”: choose pem, der, pkcs12 or pkcs12-pbmac1"),
                   options.format);
      return SIGNET_CLI_USAGE;
    }
  if (!signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;

  return kind == SIGNET_CLI_KIND_AUTHORITY ? export_anchors (cli, id, &options, error)
                                           : export_certificate (cli, id, &options, error);
}

static SignetCliStatus
run_identity_import (SignetCli  *cli,
                     char      **args,
                     GError    **error)
{
  g_auto (GStrv) words = args;
  g_autofree char *password_file = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GUnixFDList) password = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (SignetItem) item = NULL;
  GVariantBuilder handles;
  int password_fd = -1;
  gboolean ask = FALSE;
  gint64 id;
  const GOptionEntry entries[] = {
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &password_file, N_("File with the password of FILE"), N_("FILE") },
    { "password-fd", 0, 0, G_OPTION_ARG_INT, &password_fd, N_("Open descriptor to read that password from"), N_("NUMBER") },
    { "ask-password", 0, 0, G_OPTION_ARG_NONE, &ask, N_("Ask for that password on the terminal"), NULL },
    G_OPTION_ENTRY_NULL
  };

  if (!signet_cli_parse (cli, &words, entries, _("FILE"),
                         _("Takes a key and its certificate of another PKI, PKCS #12 or PEM, to sign first requests with."),
                         1, 1, error)
      || !signet_cli_open (cli, error))
    return SIGNET_CLI_FAILED;
  fds = signet_cli_file_list (words[1], error);
  if (fds == NULL)
    return SIGNET_CLI_FAILED;
  password = signet_cli_secret_list (password_file, password_fd, ask ? _("Password of the file") : NULL, error);
  if (password == NULL || !signet_cli_secret_append (fds, password, error))
    return SIGNET_CLI_FAILED;
  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  if (g_unix_fd_list_get_length (fds) > 1)
    g_variant_builder_add (&handles, "h", 1);
  reply = signet_cli_call (cli, "ImportIdentity",
                           g_variant_new ("(@ah@ah)", g_variant_new_parsed ("@ah [handle 0]"), g_variant_builder_end (&handles)),
                           fds, error);
  if (reply == NULL)
    return SIGNET_CLI_FAILED;
  g_variant_get (reply, "(x)", &id);
  item = signet_cli_await (cli, SIGNET_CLI_KIND_CERTIFICATE, id, error);
  if (item == NULL)
    return SIGNET_CLI_FAILED;
  signet_cli_show_item (cli, item);

  return SIGNET_CLI_DONE;
}

const SignetCliCommand signet_cli_export_commands[] = {
  { NULL, "export", N_("Write a certificate to a file"), run_export },
  { "identity", "import", N_("Take a key and certificate of another PKI"), run_identity_import },
  { NULL, NULL, NULL, NULL },
};
