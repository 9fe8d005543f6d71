/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <glib/gi18n-lib.h>

#define COLUMNS \
  "SELECT id, name, kind, url, reference, secret IS NOT NULL, identity_id, settings, created, mac, pvno FROM authorities"

/* What decides whom to trust and where to send: authenticated, so that nobody changes it by editing the file. The anchors are
 * in it as a whole, so that none is taken away either. */
static GBytes *
trusted_part (gint64      id,
              const char *kind,
              const char *url,
              const char *settings,
              GPtrArray  *anchors)
{
  g_autoptr (GChecksum) digest = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GVariant) part = NULL;

  for (guint i = 0; i < anchors->len; i++)
    {
      g_autofree char *one = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, g_ptr_array_index (anchors, i));

      g_checksum_update (digest, (const guchar *) one, -1);
    }
  part = g_variant_ref_sink (g_variant_new ("(xssss)", id, kind != NULL ? kind : "", url != NULL ? url : "", settings,
                                            g_checksum_get_string (digest)));

  return g_variant_get_data_as_bytes (part);
}

static char *
settings_text (GVariant *settings)
{
  g_autoptr (GVariant) empty = NULL;

  if (settings == NULL)
    settings = empty = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));

  return g_variant_print (settings, TRUE);
}

/* (element-type GBytes): DER, in the order they came. With @macs the MAC of each. */
static GPtrArray *
read_anchors (SignetStore  *self,
              gint64        authority,
              GPtrArray    *macs,
              GError      **error)
{
  g_autoptr (GPtrArray) anchors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  sqlite3_stmt *statement
      = signet_store_prepare (self, error, "SELECT der, mac FROM anchors WHERE authority_id = ?1 ORDER BY id", "i", authority);
  int rc = SQLITE_ERROR;

  while (statement != NULL && (rc = signet_store_step (self, statement, error)) == SQLITE_ROW)
    {
      g_ptr_array_add (anchors, signet_store_column_bytes (statement, 0));
      if (macs != NULL)
        g_ptr_array_add (macs, signet_store_column_bytes (statement, 1));
    }
  sqlite3_finalize (statement);

  return rc == SQLITE_DONE ? g_steal_pointer (&anchors) : NULL;
}

/* Over the row as it stands now: to be called after every change of it or of its anchors. */
static gboolean
write_mac (SignetStore  *self,
           gint64        id,
           GError      **error)
{
  sqlite3_stmt *statement
      = signet_store_prepare (self, error, "SELECT kind, url, settings FROM authorities WHERE id = ?1", "i", id);
  g_autoptr (GPtrArray) anchors = read_anchors (self, id, NULL, error);
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) mac = NULL;
  int rc = statement != NULL && anchors != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;

  if (rc == SQLITE_ROW)
    part = trusted_part (id, (const char *) sqlite3_column_text (statement, 0),
                         (const char *) sqlite3_column_text (statement, 1),
                         (const char *) sqlite3_column_text (statement, 2), anchors);
  else if (rc == SQLITE_DONE)
    signet_store_not_found (error, _("authority"), id);
  sqlite3_finalize (statement);
  mac = part != NULL ? signet_store_mac (self, "authority", part, error) : NULL;

  return mac != NULL && signet_store_run (self, error, "UPDATE authorities SET mac = ?2 WHERE id = ?1", "ib", id, mac);
}

static gboolean
write_secret (SignetStore  *self,
              gint64        id,
              SignetSecret *secret,
              GError      **error)
{
  g_autofree char *row = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  g_autoptr (GBytes) sealed = signet_store_seal (self, "authority secret", row, NULL, secret, error);

  return sealed != NULL && signet_store_run (self, error, "UPDATE authorities SET secret = ?2 WHERE id = ?1", "ib", id, sealed);
}

static GBytes *
anchor_part (gint64  authority,
             GBytes *der)
{
  g_autoptr (GVariant) part = g_variant_ref_sink (
      g_variant_new ("(x@ay)", authority, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, der, TRUE)));

  return g_variant_get_data_as_bytes (part);
}

static gboolean
write_anchor (SignetStore  *self,
              gint64        authority,
              GBytes       *der,
              GError      **error)
{
  g_autoptr (GBytes) part = anchor_part (authority, der);
  g_autoptr (GBytes) mac = signet_store_mac (self, "anchor", part, error);

  return mac != NULL
         && signet_store_run (self, error, "INSERT OR IGNORE INTO anchors (authority_id, der, mac) VALUES (?1, ?2, ?3)", "ibb",
                              authority, der, mac);
}

static gboolean
write_anchors (SignetStore  *self,
               gint64        authority,
               GPtrArray    *anchors,
               GError      **error)
{
  for (guint i = 0; anchors != NULL && i < anchors->len; i++)
    if (!write_anchor (self, authority, g_ptr_array_index (anchors, i), error))
      return FALSE;

  return TRUE;
}

gint64
signet_store_add_authority (SignetStore                 *self,
                            const SignetAuthorityRecord *record,
                            SignetSecret                *secret,
                            GError                     **error)
{
  g_autofree char *settings = settings_text (record->settings);
  gint64 id;

  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, 0);

  if (!signet_store_run (self, error,
                         "INSERT INTO authorities (name, kind, url, reference, identity_id, settings, created)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                         "ssssisi", record->name, record->kind, record->url, record->reference, record->identity_id, settings,
                         record->created))
    return 0;
  id = sqlite3_last_insert_rowid (self->db);
  if (!write_anchors (self, id, record->anchors, error) || !write_mac (self, id, error)
      || (secret != NULL && !write_secret (self, id, secret, error)))
    return 0;
  signet_store_note_change (self, "authority", id);

  return id;
}

/* A request is shown with the name of its authority. */
static gboolean
note_requests (SignetStore  *self,
               gint64        authority,
               GError      **error)
{
  sqlite3_stmt *statement = signet_store_prepare (self, error, "SELECT id FROM requests WHERE authority_id = ?1", "i", authority);
  int rc = SQLITE_ERROR;

  while (statement != NULL && (rc = signet_store_step (self, statement, error)) == SQLITE_ROW)
    signet_store_note_change (self, "request", sqlite3_column_int64 (statement, 0));
  sqlite3_finalize (statement);

  return rc == SQLITE_DONE;
}

gboolean
signet_store_update_authority (SignetStore                 *self,
                               const SignetAuthorityRecord *record,
                               GError                     **error)
{
  g_autofree char *settings = settings_text (record->settings);

  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  signet_store_note_change (self, "authority", record->id);

  return signet_store_run (self, error,
                           "UPDATE authorities SET name = ?2, kind = ?3, url = ?4, reference = ?5, identity_id = ?6,"
                           " settings = ?7 WHERE id = ?1",
                           "issssis", record->id, record->name, record->kind, record->url, record->reference,
                           record->identity_id, settings)
         && write_mac (self, record->id, error) && note_requests (self, record->id, error);
}

gboolean
signet_store_remove_authority (SignetStore  *self,
                               gint64        id,
                               GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  self->wipe_log = TRUE;
  if (!signet_store_run (self, error, "DELETE FROM authorities WHERE id = ?1", "i", id))
    return FALSE;
  if (sqlite3_changes (self->db) == 0)
    {
      signet_store_not_found (error, _("authority"), id);
      return FALSE;
    }
  signet_store_note_change (self, "authority", id);

  return TRUE;
}

static void
set_tampered (GError    **error,
              const char *name,
              const char *what)
{
  g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED,
               _("%s of the authority “%s” were changed outside of Signet. It is not used; remove it and add it again."), what,
               name);
}

static gboolean
check_mac (SignetStore *self,
           const char  *name,
           GBytes      *part,
           GBytes      *mac)
{
  g_autoptr (GBytes) expected = signet_store_mac (self, name, part, NULL);

  return expected != NULL && mac != NULL && g_bytes_get_size (mac) == g_bytes_get_size (expected)
         && CRYPTO_memcmp (g_bytes_get_data (mac, NULL), g_bytes_get_data (expected, NULL), g_bytes_get_size (expected)) == 0;
}

static gboolean
load_anchors (SignetStore            *self,
              SignetAuthorityRecord  *record,
              GError                **error)
{
  g_autoptr (GPtrArray) macs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  record->anchors = read_anchors (self, record->id, macs, error);
  if (record->anchors == NULL)
    return FALSE;
  for (guint i = 0; self->key != NULL && i < record->anchors->len; i++)
    {
      g_autoptr (GBytes) part = anchor_part (record->id, g_ptr_array_index (record->anchors, i));

      if (!check_mac (self, "anchor", part, g_ptr_array_index (macs, i)))
        {
          set_tampered (error, record->name, _("The trust anchors"));
          return FALSE;
        }
    }

  return TRUE;
}

static SignetAuthorityRecord *
read_row (SignetStore   *self,
          sqlite3_stmt  *statement,
          GError       **error)
{
  g_autoptr (SignetAuthorityRecord) record = g_new0 (SignetAuthorityRecord, 1);
  g_autoptr (GBytes) mac = signet_store_column_bytes (statement, 9);
  g_autoptr (GBytes) part = NULL;
  const char *settings = (const char *) sqlite3_column_text (statement, 7);

  record->id = sqlite3_column_int64 (statement, 0);
  record->name = signet_store_column_text (statement, 1);
  record->kind = signet_store_column_text (statement, 2);
  record->url = signet_store_column_text (statement, 3);
  record->reference = signet_store_column_text (statement, 4);
  record->has_secret = sqlite3_column_int (statement, 5) != 0;
  record->identity_id = sqlite3_column_int64 (statement, 6);
  record->settings = signet_store_column_variant (statement, 7, G_VARIANT_TYPE_VARDICT);
  record->created = sqlite3_column_int64 (statement, 8);
  record->pvno = sqlite3_column_int64 (statement, 10);
  if (!load_anchors (self, record, error))
    return NULL;
  part = trusted_part (record->id, record->kind, record->url, settings != NULL ? settings : "", record->anchors);
  if (record->settings == NULL || (self->key != NULL && !check_mac (self, "authority", part, mac)))
    {
      set_tampered (error, record->name, _("The settings"));
      return NULL;
    }

  return g_steal_pointer (&record);
}

SignetAuthorityRecord *
signet_store_get_authority (SignetStore  *self,
                            gint64        id,
                            GError      **error)
{
  sqlite3_stmt *statement;
  SignetAuthorityRecord *record = NULL;
  int rc;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, COLUMNS " WHERE id = ?1", "i", id);
  rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;
  if (rc == SQLITE_ROW)
    record = read_row (self, statement, error);
  else if (rc == SQLITE_DONE)
    signet_store_not_found (error, _("authority"), id);
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return record;
}

GPtrArray *
signet_store_list_authorities (SignetStore  *self,
                               GError      **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_authority_record_free);
  sqlite3_stmt *statement;
  int rc = SQLITE_ERROR;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, COLUMNS " ORDER BY id DESC", "");
  while (statement != NULL && (rc = signet_store_step (self, statement, error)) == SQLITE_ROW)
    {
      SignetAuthorityRecord *record = read_row (self, statement, error);

      if (record == NULL)
        {
          rc = SQLITE_ERROR;
          break;
        }
      g_ptr_array_add (records, record);
    }
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return rc == SQLITE_DONE ? g_steal_pointer (&records) : NULL;
}

SignetSecret *
signet_store_get_authority_secret (SignetStore  *self,
                                   gint64        id,
                                   GError      **error)
{
  g_autofree char *row = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  g_autoptr (GBytes) sealed = NULL;
  sqlite3_stmt *statement;
  SignetSecret *secret = NULL;
  int rc;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, "SELECT secret FROM authorities WHERE id = ?1", "i", id);
  rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;
  if (rc == SQLITE_ROW)
    sealed = signet_store_column_bytes (statement, 0);
  sqlite3_finalize (statement);
  if (sealed != NULL)
    secret = signet_store_unseal (self, "authority secret", row, NULL, sealed, error);
  else if (rc == SQLITE_ROW || rc == SQLITE_DONE)
    g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NOT_FOUND,
                 _("There is no code for this authority: it was used up, or never entered. Enter a new one."));
  g_rec_mutex_unlock (&self->mutex);

  return secret;
}

gboolean
signet_store_set_authority_secret (SignetStore  *self,
                                   gint64        id,
                                   const char   *reference,
                                   SignetSecret *secret,
                                   GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  self->wipe_log = TRUE;
  signet_store_note_change (self, "authority", id);

  return (reference == NULL || *reference == '\0'
          || signet_store_run (self, error, "UPDATE authorities SET reference = ?2 WHERE id = ?1", "is", id, reference))
         && write_secret (self, id, secret, error);
}

gboolean
signet_store_delete_authority_secret (SignetStore  *self,
                                      gint64        id,
                                      GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  self->wipe_log = TRUE;
  signet_store_note_change (self, "authority", id);

  return signet_store_run (self, error, "UPDATE authorities SET secret = NULL WHERE id = ?1", "i", id);
}

/* Beside the part that is authenticated: it decides about nobody's trust, and a wrong one costs a further exchange. */
gboolean
signet_store_set_authority_pvno (SignetStore  *self,
                                 gint64        id,
                                 gint64        pvno,
                                 GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  signet_store_note_change (self, "authority", id);

  return signet_store_run (self, error, "UPDATE authorities SET pvno = ?2 WHERE id = ?1", "ii", id, pvno);
}

gboolean
signet_store_set_anchors (SignetStore  *self,
                          gint64        authority,
                          GPtrArray    *anchors,
                          GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  signet_store_note_change (self, "authority", authority);

  return signet_store_run (self, error, "DELETE FROM anchors WHERE authority_id = ?1", "i", authority)
         && write_anchors (self, authority, anchors, error) && write_mac (self, authority, error);
}

gboolean
signet_store_add_anchor (SignetStore        *self,
                         gint64              authority,
                         SignetCertificate  *anchor,
                         GError            **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  signet_store_note_change (self, "authority", authority);

  return write_anchor (self, authority, signet_certificate_get_der (anchor), error) && write_mac (self, authority, error);
}
