/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli-cmp.h"
#include "cli/cli-output.h"
#include "cmp/cmp-envelope.h"

/* -state: a transaction in a file between two runs. What names no secret stands there as it is; the rest is sealed as EnvelopedData
 * under -statepass. */

#define MAGIC "signetctl-cmp-state-1"
#define FORMAT "(sayay)"
#define MAX_STATE (8 * 1024 * 1024)

static GVariant *
octets (GBytes *bytes)
{
  static const guint8 none[] = { 0 };
  gsize size = 0;
  const guint8 *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : none;

  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, data, size, 1);
}

static GBytes *
seal (SignetCliCmp  *self,
      SignetSecret  *content,
      GError       **error)
{
  g_autoptr (SignetSecret) password = NULL;

  if (!signet_cli_cmp_read_secret (self, "statepass", &password, error))
    return NULL;
  if (password == NULL)
    {
      signet_cli_cmp_usage (error, _("What is to be kept in -state holds a secret: give a password for it by -statepass"));
      return NULL;
    }

  return signet_cmp_envelope_seal (SIGNET_CMS_DATA, content, NULL, password, self->authority, SIGNET_CMP_RSA_OAEP, error);
}

gboolean
signet_cli_cmp_state_save (SignetCliCmp          *self,
                           SignetCmpTransaction  *transaction,
                           GError               **error)
{
  const char *path = signet_cli_cmp_text (self, "state");
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (SignetSecret) secret_part = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GBytes) contents = NULL;

  if (path == NULL)
    return TRUE;
  if (!signet_cmp_transaction_save (transaction, &public_part, &secret_part, error))
    return FALSE;
  if (secret_part != NULL)
    {
      sealed = seal (self, secret_part, error);
      if (sealed == NULL)
        return FALSE;
    }
  state = g_variant_ref_sink (g_variant_new ("(s@ay@ay)", MAGIC, octets (public_part), octets (sealed)));
  contents = g_variant_get_data_as_bytes (state);

  return signet_cli_cmp_write (path, contents, 0600, error);
}

static SignetSecret *
unseal (SignetCliCmp  *self,
        GBytes        *sealed,
        GError       **error)
{
  g_autoptr (SignetSecret) password = NULL;
  SignetCmpRecipient recipient = { 0 };

  if (!signet_cli_cmp_read_secret (self, "statepass", &password, error))
    return NULL;
  if (password == NULL)
    {
      signet_cli_cmp_usage (error, _("The secrets in %s are sealed: give the password by -statepass"), signet_cli_cmp_text (self, "state"));
      return NULL;
    }
  recipient.secret = password;

  return signet_cmp_envelope_open (sealed, &recipient, self->authority, NULL, NULL, error);
}

static SignetKey *
load_if_it_is (SignetCliCmp *self,
               const char   *source,
               const char   *password,
               const char   *key_id)
{
  g_autoptr (SignetKey) key = source != NULL ? signet_cli_cmp_load_key (self, source, password, NULL) : NULL;

  return key != NULL && g_str_equal (signet_key_get_id (key), key_id) ? g_steal_pointer (&key) : NULL;
}

/* The keys that options name, by what the saved transaction calls them. */
static SignetKey *
find_key (const char  *key_id,
          gpointer     user_data,
          GError     **error)
{
  SignetCliCmp *self = user_data;
  g_auto (GStrv) more = signet_cli_cmp_items (self, "also_newkey");
  SignetKey *key = load_if_it_is (self, signet_cli_cmp_text (self, "newkey"), "newkeypass", key_id);

  for (guint i = 0; key == NULL && more[i] != NULL; i++)
    key = load_if_it_is (self, more[i], "newkeypass", key_id);
  if (key == NULL)
    key = load_if_it_is (self, signet_cli_cmp_text (self, "key"), "keypass", key_id);
  if (key == NULL)
    signet_cli_cmp_usage (error, _("%s was begun with a key that neither -newkey nor -key names"), signet_cli_cmp_text (self, "state"));

  return key;
}

static gboolean
read_state (SignetCliCmp  *self,
            GBytes       **public_part,
            GBytes       **sealed,
            GError       **error)
{
  const char *path = signet_cli_cmp_text (self, "state");
  g_autoptr (GBytes) contents = signet_cli_read_file (path, MAX_STATE, error);
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) second = NULL;
  const char *magic;

  if (contents == NULL)
    return FALSE;
  state = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (FORMAT), contents, FALSE));
  g_variant_get (state, "(&s@ay@ay)", &magic, &first, &second);
  if (!g_str_equal (magic, MAGIC))
    return signet_cli_cmp_usage (error, _("%s holds no transaction of signetctl cmp"), path);
  *public_part = g_variant_get_data_as_bytes (first);
  *sealed = g_variant_get_data_as_bytes (second);

  return TRUE;
}

gboolean
signet_cli_cmp_state_load (SignetCliCmp          *self,
                           SignetCmpTransaction **transaction,
                           GError               **error)
{
  const char *path = signet_cli_cmp_text (self, "state");
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (SignetSecret) secret_part = NULL;

  *transaction = NULL;
  if (path == NULL || access (path, F_OK) != 0)
    return TRUE;
  if (!read_state (self, &public_part, &sealed, error))
    return FALSE;
  if (g_bytes_get_size (sealed) > 0)
    {
      secret_part = unseal (self, sealed, error);
      if (secret_part == NULL)
        return FALSE;
    }
  *transaction = signet_cmp_transaction_restore (public_part, secret_part, self->authority, self->credentials, find_key, self, error);
  if (*transaction != NULL)
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, _("The transaction in %s goes on"), path);

  return *transaction != NULL;
}

void
signet_cli_cmp_state_remove (SignetCliCmp *self)
{
  const char *path = signet_cli_cmp_text (self, "state");

  if (path != NULL && g_unlink (path) != 0 && errno != ENOENT)
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("%s could not be removed: %s"), path, g_strerror (errno));
}
