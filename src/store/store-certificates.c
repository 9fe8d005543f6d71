/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <glib/gi18n-lib.h>

#include "pki/pki-chain.h"

#define COLUMNS                                                                                                        \
  "SELECT id, key_id, authority_id, request_id, role, subject, issuer, subject_cn, issuer_cn, serial, fingerprint,"     \
  " email, purpose, key_spec, key_hash, alt_names, not_before, not_after, added, name, state, der FROM certificates"

static gint64
find_row (SignetStore  *self,
          const char   *fingerprint,
          char        **role,
          GError      **error)
{
  sqlite3_stmt *statement
      = signet_store_prepare (self, error, "SELECT id, role FROM certificates WHERE fingerprint = ?1", "s", fingerprint);
  gint64 id = 0;

  if (statement != NULL && signet_store_step (self, statement, error) == SQLITE_ROW)
    {
      id = sqlite3_column_int64 (statement, 0);
      *role = signet_store_column_text (statement, 1);
    }
  sqlite3_finalize (statement);

  return id;
}

static char *
alt_names_text (SignetCertificate *certificate)
{
  GPtrArray *names = signet_certificate_get_alt_names (certificate);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < names->len; i++)
    {
      const SignetAltName *name = g_ptr_array_index (names, i);
      g_autofree char *value = g_strdelimit (g_strdup (name->value), "\n\r", ' ');

      g_string_append_printf (text, "%s%s:%s", i > 0 ? "\n" : "", name->type, value);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gint64
insert (SignetStore        *self,
        SignetCertificate  *certificate,
        gint64              key,
        gint64              authority,
        gint64              request,
        const char         *role,
        const char         *state,
        const char         *name,
        gint64              now,
        GError            **error)
{
  g_autofree char *alt_names = alt_names_text (certificate);
  gint64 id;

  if (!signet_store_run (self, error,
                         "INSERT INTO certificates (fingerprint, key_id, authority_id, request_id, role, state, name, subject,"
                         " issuer, subject_cn, issuer_cn, serial, email, purpose, key_spec, key_hash, alt_names, not_before,"
                         " not_after, added, der) VALUES"
                         " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
                         "siiisssssssssssssiiib", signet_certificate_get_fingerprint (certificate), key, authority, request,
                         role, state, name, signet_certificate_get_subject (certificate),
                         signet_certificate_get_issuer (certificate), signet_certificate_get_subject_cn (certificate),
                         signet_certificate_get_issuer_cn (certificate), signet_certificate_get_serial (certificate),
                         signet_certificate_get_email (certificate), signet_certificate_get_purpose (certificate),
                         signet_certificate_get_key_spec (certificate), signet_certificate_get_key_id (certificate), alt_names,
                         signet_certificate_get_not_before (certificate), signet_certificate_get_not_after (certificate), now,
                         signet_certificate_get_der (certificate)))
    return 0;
  id = sqlite3_last_insert_rowid (self->db);
  signet_store_note_change (self, "certificate", id);

  return id;
}

static gint64
key_row (SignetStore  *self,
         const char   *hash,
         GError      **error)
{
  sqlite3_stmt *statement = signet_store_prepare (self, error, "SELECT id FROM keys WHERE hash = ?1", "s", hash);
  gint64 id = 0;

  if (statement != NULL && signet_store_step (self, statement, error) == SQLITE_ROW)
    id = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);

  return id;
}

static const char *
title_of (SignetCertificate         *certificate,
          const SignetRequestRecord *request)
{
  if (request != NULL && request->name != NULL && *request->name != '\0')
    return request->name;
  if (signet_certificate_get_email (certificate) != NULL)
    return signet_certificate_get_email (certificate);
  if (signet_certificate_get_subject_cn (certificate) != NULL)
    return signet_certificate_get_subject_cn (certificate);

  return signet_certificate_get_subject (certificate);
}

gint64
signet_store_add_certificate (SignetStore                *self,
                              SignetCertificate          *certificate,
                              const SignetRequestRecord  *request,
                              const char                 *state,
                              gint64                      now,
                              GError                    **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *role = NULL;
  gint64 authority = request != NULL ? request->authority_id : 0;
  gint64 id;
  gint64 key;

  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, 0);

  id = find_row (self, signet_certificate_get_fingerprint (certificate), &role, &reason);
  key = reason == NULL ? key_row (self, signet_certificate_get_key_id (certificate), &reason) : 0;
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return 0;
    }
  signet_store_note_change (self, "key", key);
  if (id == 0)
    return insert (self, certificate, key, authority, request != NULL ? request->id : 0, "own", state,
                   title_of (certificate, request), now, error);

  signet_store_note_change (self, "certificate", id);

  return signet_store_run (self, error,
                           "UPDATE certificates SET role = 'own', state = ?2, key_id = ?3, authority_id = ?4, request_id = ?5"
                           " WHERE id = ?1",
                           "isiii", id, state, key, authority, request != NULL ? request->id : (gint64) 0)
             ? id
             : 0;
}

gboolean
signet_store_add_issuer (SignetStore        *self,
                         SignetCertificate  *certificate,
                         gint64              authority,
                         gint64              now,
                         GError            **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *role = NULL;
  gint64 id;

  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  id = find_row (self, signet_certificate_get_fingerprint (certificate), &role, &reason);
  if (reason != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }

  return id != 0
         || insert (self, certificate, 0, authority, 0, "issuer", "good-for-use",
                    signet_certificate_get_subject_cn (certificate), now, error)
                != 0;
}

gboolean
signet_store_set_certificate_state (SignetStore  *self,
                                    gint64        id,
                                    const char   *state,
                                    GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self) && self->in_transaction, FALSE);

  signet_store_note_change (self, "certificate", id);

  return signet_store_run (self, error, "UPDATE certificates SET state = ?2 WHERE id = ?1", "is", id, state);
}

static SignetCertificateRecord *
read_row (sqlite3_stmt *statement)
{
  SignetCertificateRecord *record = g_new0 (SignetCertificateRecord, 1);

  record->id = sqlite3_column_int64 (statement, 0);
  record->key_id = sqlite3_column_int64 (statement, 1);
  record->authority_id = sqlite3_column_int64 (statement, 2);
  record->request_id = sqlite3_column_int64 (statement, 3);
  record->role = signet_store_column_text (statement, 4);
  record->subject = signet_store_column_text (statement, 5);
  record->issuer = signet_store_column_text (statement, 6);
  record->subject_cn = signet_store_column_text (statement, 7);
  record->issuer_cn = signet_store_column_text (statement, 8);
  record->serial = signet_store_column_text (statement, 9);
  record->fingerprint = signet_store_column_text (statement, 10);
  record->email = signet_store_column_text (statement, 11);
  record->purpose = signet_store_column_text (statement, 12);
  record->key_spec = signet_store_column_text (statement, 13);
  record->key_hash = signet_store_column_text (statement, 14);
  record->alt_names = signet_store_column_strv (statement, 15);
  record->not_before = sqlite3_column_int64 (statement, 16);
  record->not_after = sqlite3_column_int64 (statement, 17);
  record->added = sqlite3_column_int64 (statement, 18);
  record->name = signet_store_column_text (statement, 19);
  record->state = signet_store_column_text (statement, 20);
  record->der = signet_store_column_bytes (statement, 21);

  return record;
}

SignetCertificateRecord *
signet_store_get_certificate (SignetStore  *self,
                              gint64        id,
                              GError      **error)
{
  sqlite3_stmt *statement;
  SignetCertificateRecord *record = NULL;
  int rc;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, COLUMNS " WHERE id = ?1", "i", id);
  rc = statement != NULL ? signet_store_step (self, statement, error) : SQLITE_ERROR;
  if (rc == SQLITE_ROW)
    record = read_row (statement);
  else if (rc == SQLITE_DONE)
    signet_store_not_found (error, _("certificate"), id);
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return record;
}

static GPtrArray *
list (SignetStore  *self,
      const char   *where,
      GError      **error)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_certificate_record_free);
  g_autofree char *sql = g_strconcat (COLUMNS, where, NULL);
  sqlite3_stmt *statement;
  int rc = SQLITE_ERROR;

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error, sql, "");
  while (statement != NULL && (rc = signet_store_step (self, statement, error)) == SQLITE_ROW)
    g_ptr_array_add (records, read_row (statement));
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return rc == SQLITE_DONE ? g_steal_pointer (&records) : NULL;
}

GPtrArray *
signet_store_list_certificates (SignetStore  *self,
                                GError      **error)
{
  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  return list (self, " WHERE role = 'own' ORDER BY id DESC", error);
}

GPtrArray *
signet_store_list_issuers (SignetStore  *self,
                           GError      **error)
{
  g_autoptr (GPtrArray) issuers = g_ptr_array_new_with_free_func (g_object_unref);
  sqlite3_stmt *statement;
  int rc = SQLITE_ERROR;

  g_return_val_if_fail (SIGNET_IS_STORE (self), NULL);

  g_rec_mutex_lock (&self->mutex);
  statement = signet_store_prepare (self, error,
                                    "SELECT der FROM certificates WHERE role <> 'own' UNION SELECT der FROM anchors", "");
  while (statement != NULL && (rc = signet_store_step (self, statement, error)) == SQLITE_ROW)
    {
      g_autoptr (GBytes) der = signet_store_column_bytes (statement, 0);
      SignetCertificate *certificate = signet_certificate_new_from_der (der, error);

      if (certificate == NULL)
        {
          rc = SQLITE_ERROR;
          break;
        }
      g_ptr_array_add (issuers, certificate);
    }
  sqlite3_finalize (statement);
  g_rec_mutex_unlock (&self->mutex);

  return rc == SQLITE_DONE ? g_steal_pointer (&issuers) : NULL;
}

/* A record of a certificate that has no row of its own: an anchor. */
static SignetCertificateRecord *
record_of (SignetCertificate *certificate)
{
  SignetCertificateRecord *record = g_new0 (SignetCertificateRecord, 1);
  g_autofree char *alt_names = alt_names_text (certificate);

  record->role = g_strdup ("anchor");
  record->subject = g_strdup (signet_certificate_get_subject (certificate));
  record->issuer = g_strdup (signet_certificate_get_issuer (certificate));
  record->subject_cn = g_strdup (signet_certificate_get_subject_cn (certificate));
  record->issuer_cn = g_strdup (signet_certificate_get_issuer_cn (certificate));
  record->serial = g_strdup (signet_certificate_get_serial (certificate));
  record->fingerprint = g_strdup (signet_certificate_get_fingerprint (certificate));
  record->email = g_strdup (signet_certificate_get_email (certificate));
  record->purpose = g_strdup (signet_certificate_get_purpose (certificate));
  record->key_spec = g_strdup (signet_certificate_get_key_spec (certificate));
  record->key_hash = g_strdup (signet_certificate_get_key_id (certificate));
  record->alt_names = *alt_names != '\0' ? g_strsplit (alt_names, "\n", -1) : g_new0 (char *, 1);
  record->not_before = signet_certificate_get_not_before (certificate);
  record->not_after = signet_certificate_get_not_after (certificate);
  record->name = g_strdup (signet_certificate_get_subject_cn (certificate));
  record->state = g_strdup ("good-for-use");
  record->der = g_bytes_ref (signet_certificate_get_der (certificate));

  return record;
}

GPtrArray *
signet_store_list_chain (SignetStore  *self,
                         gint64        id,
                         GError      **error)
{
  g_autoptr (SignetCertificateRecord) own = signet_store_get_certificate (self, id, error);
  g_autoptr (SignetCertificate) leaf = own != NULL ? signet_certificate_new_from_der (own->der, error) : NULL;
  g_autoptr (GPtrArray) issuers = leaf != NULL ? signet_store_list_issuers (self, error) : NULL;
  g_autoptr (GPtrArray) chain = NULL;
  GPtrArray *records;

  if (issuers == NULL)
    return NULL;
  chain = signet_chain_order (leaf, issuers);
  records = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_certificate_record_free);
  g_ptr_array_add (records, g_steal_pointer (&own));
  for (guint i = 1; i < chain->len; i++)
    g_ptr_array_add (records, record_of (g_ptr_array_index (chain, i)));

  return records;
}
