/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "cli/cli-options.h"

/* How long a row that the worker has just named may take to be read. */
#define ROW_TIMEOUT 30

static const char *
kind_name (char kind)
{
  switch (kind)
    {
    case SIGNET_CLI_KIND_AUTHORITY:
      return _("authority");
    case SIGNET_CLI_KIND_CERTIFICATE:
      return _("certificate");
    case SIGNET_CLI_KIND_KEY:
      return _("key");
    default:
      return _("request");
    }
}

static gboolean
parse_number (const char *text,
              gint64     *number)
{
  return g_ascii_string_to_signed (text, 10, 1, G_MAXINT64, number, NULL) && g_ascii_isdigit (text[0]);
}

gboolean
signet_cli_parse_id (const char     *text,
                     const char     *kinds,
                     SignetCliKind  *kind,
                     gint64         *id,
                     GError        **error)
{
  char letter = g_ascii_tolower (text[0]);

  if (parse_number (text, id) && kinds[1] == '\0')
    {
      *kind = (SignetCliKind) kinds[0];
      return TRUE;
    }
  if (letter != '\0' && strchr ("ackr", letter) != NULL && parse_number (text + 1, id))
    {
      if (strchr (kinds, letter) != NULL)
        {
          *kind = (SignetCliKind) letter;
          return TRUE;
        }
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("“%s” names one %s; needed is one %s, as in “%c1”"),
                   text, kind_name (letter), kind_name (kinds[0]), kinds[0]);
      return FALSE;
    }
  g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE,
               _("“%s” is no ID: r1 is a request, c1 a certificate, k1 a key, a1 an authority"), text);

  return FALSE;
}

char *
signet_cli_format_id (SignetCliKind kind,
                      gint64        id)
{
  return g_strdup_printf ("%c%" G_GINT64_FORMAT, kind, id);
}

GListModel *
signet_cli_model (SignetCli     *cli,
                  SignetCliKind  kind)
{
  switch (kind)
    {
    case SIGNET_CLI_KIND_AUTHORITY:
      return signet_client_get_authorities (cli->client);
    case SIGNET_CLI_KIND_CERTIFICATE:
      return signet_client_get_certificates (cli->client);
    case SIGNET_CLI_KIND_KEY:
      return signet_client_get_keys (cli->client);
    case SIGNET_CLI_KIND_REQUEST:
    default:
      return signet_client_get_requests (cli->client);
    }
}

static void
set_not_found (SignetCliKind   kind,
               gint64          id,
               GError        **error)
{
  g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_NOT_FOUND,
               _("There is no %s %c%" G_GINT64_FORMAT "; “signetctl list” shows what there is"), kind_name ((char) kind), kind, id);
}

SignetItem *
signet_cli_lookup (SignetCli      *cli,
                   SignetCliKind   kind,
                   gint64          id,
                   GError        **error)
{
  SignetItem *item = signet_client_lookup (signet_cli_model (cli, kind), id);

  if (item == NULL)
    set_not_found (kind, id, error);

  return item;
}

typedef struct {
  SignetCliKind kind;
  gint64 id;
} Row;

static gboolean
row_is_there (SignetCli *cli,
              gpointer   user_data)
{
  const Row *row = user_data;
  g_autoptr (SignetItem) item = signet_client_lookup (signet_cli_model (cli, row->kind), row->id);

  return item != NULL;
}

SignetItem *
signet_cli_await (SignetCli      *cli,
                  SignetCliKind   kind,
                  gint64          id,
                  GError        **error)
{
  Row row = { kind, id };

  signet_cli_wait (cli, row_is_there, &row, ROW_TIMEOUT);

  return signet_cli_lookup (cli, kind, id, error);
}

gboolean
signet_cli_find_authority (SignetCli   *cli,
                           const char  *text,
                           gint64      *id,
                           GError     **error)
{
  GListModel *authorities = signet_client_get_authorities (cli->client);
  g_autoptr (SignetItem) named = NULL;
  SignetCliKind kind;
  guint found = 0;

  for (guint i = 0; i < g_list_model_get_n_items (authorities); i++)
    {
      g_autoptr (SignetAuthorityItem) item = g_list_model_get_item (authorities, i);

      if (g_strcmp0 (signet_authority_item_get_record (item)->name, text) == 0)
        {
          found++;
          *id = signet_item_get_id (SIGNET_ITEM (item));
        }
    }
  if (found == 1)
    return TRUE;
  if (found > 1)
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("%u authorities are named “%s”: give its ID, as in “a1”"),
                   found, text);
      return FALSE;
    }
  if (!signet_cli_parse_id (text, "a", &kind, id, NULL))
    {
      g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_NOT_FOUND,
                   _("There is no authority “%s”; “signetctl authority list” shows what there is"), text);
      return FALSE;
    }
  named = signet_cli_lookup (cli, kind, *id, error);

  return named != NULL;
}

gboolean
signet_cli_parse_duration (const char  *text,
                           int         *seconds,
                           GError     **error)
{
  static const struct {
    char unit;
    int seconds;
  } units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
  char *end = NULL;
  guint64 number = g_ascii_isdigit (text[0]) ? g_ascii_strtoull (text, &end, 10) : 0;

  for (guint i = 0; end != NULL && i < G_N_ELEMENTS (units); i++)
    if (*end == units[i].unit && (*end == '\0' || end[1] == '\0') && number <= (guint64) (G_MAXINT / units[i].seconds))
      {
        *seconds = (int) number * units[i].seconds;
        return TRUE;
      }
  g_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_USAGE, _("“%s” is no time: write 90, 90s, 15m, 2h or 3d"), text);

  return FALSE;
}
