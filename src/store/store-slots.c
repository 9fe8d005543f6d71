/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <glib/gi18n-lib.h>
#include <libsecret/secret.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

/*
 * The store key lies in slots. "keyring": the Secret Service holds it, under the store's number; the row holds nothing, sealed
 * under it, by which a wrong key is told from the right one.
 * "passphrase": sealed under a key that scrypt makes of the passphrase; the row holds scrypt's parameters.
 */

#define SCRYPT_N 32768
#define SCRYPT_R 8
#define SCRYPT_P 1
#define SCRYPT_MAX_N 1048576
#define SCRYPT_MAX_R 32
#define SCRYPT_MAX_P 16
#define SCRYPT_MAX_MEMORY (G_GUINT64_CONSTANT (256) * 1024 * 1024)
#define SALT_SIZE 16
#define PASSPHRASE_TYPE G_VARIANT_TYPE ("(tttay)")

static const SecretSchema schema = {
  "io.github.signet.StoreKey", SECRET_SCHEMA_NONE, { { "store", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
  0, NULL, NULL, NULL, NULL, NULL, NULL, NULL
};

static char *
store_number (SignetStore *self)
{
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", self->generation);
}

/* ---- passphrase ---- */

static SignetSecret *
stretch (SignetSecret *passphrase,
         guint64       n,
         guint64       r,
         guint64       p,
         GBytes       *salt,
         GError      **error)
{
  g_autoptr (EVP_KDF) kdf = EVP_KDF_fetch (NULL, "SCRYPT", NULL);
  g_autoptr (EVP_KDF_CTX) context = kdf != NULL ? EVP_KDF_CTX_new (kdf) : NULL;
  guint64 memory = 128 * n * r + 128 * r * p + 1024 * 1024;
  guint8 key[SIGNET_STORE_KEY_SIZE];
  gsize size;
  const guint8 *data = signet_secret_get_data (passphrase, &size);
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_PASSWORD, (void *) data, size),
    OSSL_PARAM_construct_octet_string (OSSL_KDF_PARAM_SALT, (void *) g_bytes_get_data (salt, NULL), g_bytes_get_size (salt)),
    OSSL_PARAM_construct_uint64 (OSSL_KDF_PARAM_SCRYPT_N, &n),
    OSSL_PARAM_construct_uint64 (OSSL_KDF_PARAM_SCRYPT_R, &r),
    OSSL_PARAM_construct_uint64 (OSSL_KDF_PARAM_SCRYPT_P, &p),
    OSSL_PARAM_construct_uint64 (OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
    OSSL_PARAM_construct_end (),
  };
  SignetSecret *secret;

  if (context == NULL || EVP_KDF_derive (context, key, sizeof key, parameters) != 1)
    {
      signet_openssl_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED,
                                _("The passphrase could not be used"));
      return NULL;
    }
  secret = signet_secret_new (key, sizeof key);
  OPENSSL_cleanse (key, sizeof key);

  return secret;
}

/* A slot that was replaced or removed opens the store no more: neither from the file nor from its log. */
static gboolean
write_slot (SignetStore  *self,
            const char   *sql,
            const char   *parameters,
            GBytes       *sealed,
            GError      **error)
{
  if (!signet_store_begin (self, error))
    return FALSE;
  if (!signet_store_run (self, error, sql, parameters != NULL ? "sb" : "", parameters, sealed))
    {
      signet_store_rollback (self);
      return FALSE;
    }
  self->wipe_log = TRUE;

  return signet_store_commit (self, error);
}

static gboolean
write_passphrase_slot (SignetStore  *self,
                       SignetSecret *passphrase,
                       GError      **error)
{
  guint8 random[SALT_SIZE];
  g_autoptr (GBytes) salt = NULL;
  g_autoptr (GVariant) parameters = NULL;
  g_autoptr (SignetSecret) key = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autofree char *text = NULL;

  if (RAND_bytes (random, sizeof random) != 1)
    {
      signet_openssl_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED, _("There is no randomness"));
      return FALSE;
    }
  salt = g_bytes_new (random, sizeof random);
  parameters = g_variant_ref_sink (g_variant_new ("(ttt@ay)", (guint64) SCRYPT_N, (guint64) SCRYPT_R, (guint64) SCRYPT_P,
                                                  g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, salt, TRUE)));
  text = g_variant_print (parameters, TRUE);
  key = stretch (passphrase, SCRYPT_N, SCRYPT_R, SCRYPT_P, salt, error);
  if (key == NULL)
    return FALSE;
  sealed = signet_store_seal_with (key, "slot", "passphrase", NULL, self->key, error);

  return sealed != NULL
         && write_slot (self, "INSERT OR REPLACE INTO slots VALUES ('passphrase', ?1, ?2)", text, sealed, error);
}

/* @found: whether there is such a slot. */
static gboolean
open_passphrase_slot (SignetStore  *self,
                      SignetSecret *passphrase,
                      gboolean     *found,
                      GError      **error)
{
  sqlite3_stmt *statement;
  int rc;
  g_autoptr (GVariant) parameters = NULL;
  g_autoptr (GVariant) salt_variant = NULL;
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (GBytes) salt = NULL;
  g_autoptr (SignetSecret) key = NULL;
  guint64 n = 0;
  guint64 r = 0;
  guint64 p = 0;

  statement = signet_store_prepare (self, error, "SELECT parameters, sealed FROM slots WHERE kind = 'passphrase'", "");
  if (statement == NULL)
    return FALSE;
  rc = signet_store_step (self, statement, error);
  *found = rc == SQLITE_ROW;
  if (*found)
    {
      parameters = signet_store_column_variant (statement, 0, PASSPHRASE_TYPE);
      sealed = signet_store_column_bytes (statement, 1);
    }
  sqlite3_finalize (statement);
  if (!*found)
    return rc == SQLITE_DONE;

  if (parameters != NULL)
    g_variant_get (parameters, "(ttt@ay)", &n, &r, &p, &salt_variant);
  if (sealed == NULL || n < 2 || n > SCRYPT_MAX_N || r < 1 || r > SCRYPT_MAX_R || p < 1 || p > SCRYPT_MAX_P
      || 128 * n * r > SCRYPT_MAX_MEMORY)
    {
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED, _("The passphrase's slot in the database is damaged."));
      return FALSE;
    }
  salt = g_variant_get_data_as_bytes (salt_variant);
  key = stretch (passphrase, n, r, p, salt, error);
  if (key == NULL)
    return FALSE;
  self->key = signet_store_open_with (key, "slot", "passphrase", NULL, sealed, NULL);
  if (self->key == NULL)
    g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_WRONG_PASSPHRASE,
                 _("The passphrase is wrong. Nothing was changed."));

  return self->key != NULL;
}

/* ---- Secret Service ---- */

static void
set_no_keyring (GError      **error,
                const GError *reason)
{
  g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NO_KEYRING,
               _("The keyring of this computer cannot be used (%s). Unlock it, or give Signet a passphrase of its own."),
               reason != NULL ? reason->message : _("it does not hold the key of this store"));
}

static gboolean
write_keyring_slot (SignetStore   *self,
                    GCancellable  *cancellable,
                    GError       **error)
{
  g_autofree char *number = store_number (self);
  g_autofree char *encoded = NULL;
  g_autoptr (GError) reason = NULL;
  g_autoptr (SignetSecret) nothing = signet_secret_new ("", 0);
  g_autoptr (GBytes) check = signet_store_seal_with (self->key, "slot", "keyring", NULL, nothing, error);
  g_autofree char *label = g_strdup_printf (_("Key of the Signet store in %s"), self->home);
  gboolean stored;

  if (check == NULL)
    return FALSE;
  encoded = g_base64_encode (signet_secret_get_data (self->key, NULL), SIGNET_STORE_KEY_SIZE);
  stored = secret_password_store_sync (&schema, SECRET_COLLECTION_DEFAULT, label, encoded, cancellable, &reason, "store",
                                       number, NULL);
  OPENSSL_cleanse (encoded, strlen (encoded));
  if (!stored)
    {
      set_no_keyring (error, reason);
      return FALSE;
    }

  return write_slot (self, "INSERT OR REPLACE INTO slots VALUES ('keyring', ?1, ?2)", "", check, error);
}

/* Whether @key is the one that the keyring's slot was written with; what it would seal could not be opened again. */
static gboolean
is_store_key (SignetStore   *self,
              SignetSecret  *key)
{
  sqlite3_stmt *statement
      = signet_store_prepare (self, NULL, "SELECT sealed FROM slots WHERE kind = 'keyring'", "");
  g_autoptr (GBytes) check = NULL;
  g_autoptr (SignetSecret) nothing = NULL;

  if (statement != NULL && signet_store_step (self, statement, NULL) == SQLITE_ROW)
    check = signet_store_column_bytes (statement, 0);
  sqlite3_finalize (statement);
  nothing = check != NULL ? signet_store_open_with (key, "slot", "keyring", NULL, check, NULL) : NULL;

  return nothing != NULL;
}

static gboolean
open_keyring_slot (SignetStore   *self,
                   GCancellable  *cancellable,
                   GError       **error)
{
  g_autofree char *number = store_number (self);
  g_autoptr (GError) reason = NULL;
  g_autoptr (SignetSecret) key = NULL;
  char *encoded = secret_password_lookup_nonpageable_sync (&schema, cancellable, &reason, "store", number, NULL);
  guchar *decoded;
  gsize size = 0;

  if (encoded == NULL)
    {
      set_no_keyring (error, reason);
      return FALSE;
    }
  decoded = g_base64_decode (encoded, &size);
  secret_password_free (encoded);
  key = signet_secret_new_take (decoded, size);
  if (size == SIGNET_STORE_KEY_SIZE && is_store_key (self, key))
    self->key = g_steal_pointer (&key);
  else
    set_no_keyring (error, NULL);

  return self->key != NULL;
}

/* ---- public ---- */

static gboolean
has_slot (SignetStore  *self,
          const char   *kind,
          gboolean     *has,
          GError      **error)
{
  sqlite3_stmt *statement = signet_store_prepare (self, error, "SELECT 1 FROM slots WHERE ?1 IS NULL OR kind = ?1", "s", kind);
  int rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;

  *has = rc == SQLITE_ROW;
  sqlite3_finalize (statement);

  return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* A store whose slots are gone must not get a new key: that would also overwrite the keyring's, and all it sealed were lost. */
static gboolean
is_unused (SignetStore  *self,
           GError      **error)
{
  sqlite3_stmt *statement = signet_store_prepare (
      self, error, "SELECT EXISTS (SELECT 1 FROM keys) OR EXISTS (SELECT 1 FROM authorities) OR EXISTS (SELECT 1 FROM requests)",
      "");
  gboolean read = statement != NULL && signet_store_step (self, statement, error) == SQLITE_ROW;
  gboolean used = read && sqlite3_column_int (statement, 0) != 0;

  sqlite3_finalize (statement);
  if (used)
    g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED,
                 _("The store in “%s” holds sealed rows, but nothing that opens them. Bring back the database from a copy."),
                 self->home);

  return read && !used;
}

static gboolean
make_key (SignetStore   *self,
          SignetSecret  *passphrase,
          GCancellable  *cancellable,
          GError       **error)
{
  if (!is_unused (self, error))
    return FALSE;
  self->key = signet_secret_new_random (SIGNET_STORE_KEY_SIZE);
  if (passphrase != NULL ? write_passphrase_slot (self, passphrase, error) : write_keyring_slot (self, cancellable, error))
    return TRUE;
  g_clear_pointer (&self->key, signet_secret_unref);

  return FALSE;
}

static gboolean
unlock_locked (SignetStore   *self,
               SignetSecret  *passphrase,
               GCancellable  *cancellable,
               GError       **error)
{
  gboolean any = FALSE;
  gboolean found = FALSE;

  if (self->key != NULL)
    return TRUE;
  if (!has_slot (self, NULL, &any, error))
    return FALSE;
  if (!any)
    return make_key (self, passphrase, cancellable, error);
  if (passphrase == NULL)
    return open_keyring_slot (self, cancellable, error);
  if (!open_passphrase_slot (self, passphrase, &found, error))
    return FALSE;
  if (!found)
    g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_WRONG_PASSPHRASE,
                 _("This store has no passphrase: its key is in the keyring. Unlock the keyring and leave the passphrase away."));

  return self->key != NULL;
}

gboolean
signet_store_unlock (SignetStore   *self,
                     SignetSecret  *passphrase,
                     GCancellable  *cancellable,
                     GError       **error)
{
  gboolean unlocked;

  g_return_val_if_fail (SIGNET_IS_STORE (self), FALSE);
  g_return_val_if_fail (self->mode == SIGNET_STORE_WRITE, FALSE);

  g_rec_mutex_lock (&self->mutex);
  unlocked = unlock_locked (self, passphrase, cancellable, error);
  g_rec_mutex_unlock (&self->mutex);

  return unlocked;
}

gboolean
signet_store_is_unlocked (SignetStore *self)
{
  gboolean unlocked;

  g_return_val_if_fail (SIGNET_IS_STORE (self), FALSE);

  g_rec_mutex_lock (&self->mutex);
  unlocked = self->key != NULL;
  g_rec_mutex_unlock (&self->mutex);

  return unlocked;
}

static gboolean
set_passphrase_locked (SignetStore   *self,
                       SignetSecret  *passphrase,
                       GError       **error)
{
  gboolean keyring = FALSE;

  if (self->key == NULL)
    {
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_LOCKED, _("The store is locked; unlock it first."));
      return FALSE;
    }
  if (passphrase != NULL)
    return write_passphrase_slot (self, passphrase, error);
  if (!has_slot (self, "keyring", &keyring, error))
    return FALSE;
  if (!keyring)
    {
      g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED,
                   _("The passphrase is the only way into this store and cannot be removed."));
      return FALSE;
    }

  return write_slot (self, "DELETE FROM slots WHERE kind = 'passphrase'", NULL, NULL, error);
}

gboolean
signet_store_set_passphrase (SignetStore   *self,
                             SignetSecret  *passphrase,
                             GError       **error)
{
  gboolean set;

  g_return_val_if_fail (SIGNET_IS_STORE (self), FALSE);

  g_rec_mutex_lock (&self->mutex);
  set = set_passphrase_locked (self, passphrase, error);
  g_rec_mutex_unlock (&self->mutex);

  return set;
}
