/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-authority.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/rand.h>

#include "demo/demo-ca.h"
#include "demo/demo-database.h"
#include "demo/demo-desk.h"
#include "pki/pki-openssl.h"

#define FIRST_REFERENCE "demo"
#define FIRST_SECRET_OCTETS 15

struct _SignetDemoAuthority
{
  GObject parent;

  char *folder;
  SignetDemoOptions options;
  SignetDemoCa *ca;
  SignetDemoDatabase *database;
};

G_DEFINE_FINAL_TYPE (SignetDemoAuthority, signet_demo_authority, G_TYPE_OBJECT)

static void
signet_demo_authority_finalize (GObject *object)
{
  SignetDemoAuthority *self = SIGNET_DEMO_AUTHORITY (object);

  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->options.reject, g_free);
  g_clear_pointer (&self->options.trusted, g_free);
  g_clear_pointer (&self->ca, signet_demo_ca_free);
  g_clear_pointer (&self->database, signet_demo_database_free);

  G_OBJECT_CLASS (signet_demo_authority_parent_class)->finalize (object);
}

static void
signet_demo_authority_class_init (SignetDemoAuthorityClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_demo_authority_finalize;
}

static void
signet_demo_authority_init (SignetDemoAuthority *self)
{
}

static gboolean
make_first_code (SignetDemoAuthority  *self,
                 GError              **error)
{
  g_autofree char *path = signet_demo_authority_secret_file (self);
  g_autofree char *secret = NULL;
  guint8 random[FIRST_SECRET_OCTETS];

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (RAND_bytes (random, sizeof random) != 1)
    {
      signet_openssl_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("There is no randomness"));
      return FALSE;
    }
  secret = g_base64_encode (random, sizeof random);

  return signet_demo_authority_add_code (self, FIRST_REFERENCE, secret, error)
         && g_file_set_contents_full (path, secret, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                      error);
}

SignetDemoAuthority *
signet_demo_authority_new (const char               *folder,
                           const SignetDemoOptions  *options,
                           GError                  **error)
{
  g_autoptr (SignetDemoAuthority) self = NULL;

  g_return_val_if_fail (folder != NULL, NULL);

  self = g_object_new (SIGNET_TYPE_DEMO_AUTHORITY, NULL);
  self->folder = g_canonicalize_filename (folder, NULL);
  if (options != NULL)
    self->options = *options;
  self->options.reject = g_strdup (self->options.reject);
  self->options.trusted = g_strdup (self->options.trusted);
  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The folder “%s” could not be made."), self->folder);
      return NULL;
    }
  self->ca = signet_demo_ca_open (self->folder, error);
  self->database = self->ca != NULL ? signet_demo_database_open (self->folder, error) : NULL;
  if (self->database == NULL || !make_first_code (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

SignetDemoAuthority *
signet_demo_authority_open (const char               *folder,
                            const SignetDemoOptions  *options,
                            GError                  **error)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (folder != NULL, NULL);

  path = g_build_filename (folder, "ca.pem", NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return signet_demo_authority_new (folder, options, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               _("There is no demo authority in “%s”. Check --state; “serve” and “init” make a new one."), folder);

  return NULL;
}

GBytes *
signet_demo_authority_handle (SignetDemoAuthority  *self,
                              GBytes               *octets,
                              GError              **error)
{
  g_autoptr (GBytes) answer = NULL;
  SignetDemoDesk desk;

  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), NULL);
  g_return_val_if_fail (octets != NULL, NULL);

  desk = (SignetDemoDesk) { self->database, self->ca, &self->options };
  signet_demo_database_run (self->database, "BEGIN IMMEDIATE", "");
  if (signet_demo_database_check (self->database, error))
    {
      g_autoptr (GError) reason = NULL;
      g_autoptr (GError) failure = NULL;

      answer = signet_demo_desk_answer (&desk, octets, &reason);
      if (answer != NULL)
        signet_demo_database_run (self->database, "COMMIT", "");
      if (answer != NULL && signet_demo_database_check (self->database, &failure))
        return g_steal_pointer (&answer);
      /* A database that failed comes first: what else went wrong may follow from it. */
      if (failure == NULL)
        signet_demo_database_check (self->database, &failure);
      signet_demo_database_run (self->database, "ROLLBACK", "");
      signet_demo_database_check (self->database, NULL);
      g_propagate_error (error, failure != NULL ? g_steal_pointer (&failure) : g_steal_pointer (&reason));
    }

  return NULL;
}

gboolean
signet_demo_authority_add_code (SignetDemoAuthority  *self,
                                const char           *reference,
                                const char           *secret,
                                GError              **error)
{
  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), FALSE);

  signet_demo_database_run (self->database, "INSERT OR REPLACE INTO codes VALUES (?1, ?2)", "ss", reference, secret);

  return signet_demo_database_check (self->database, error);
}

gboolean
signet_demo_authority_decide (SignetDemoAuthority  *self,
                              gint64                id,
                              gboolean              approved,
                              GError              **error)
{
  int changed;

  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), FALSE);

  changed = signet_demo_database_run (self->database, "UPDATE transactions SET approved = ?2 WHERE id = ?1", "ii", id,
                                      (gint64) (approved ? 1 : -1));
  if (!signet_demo_database_check (self->database, error))
    return FALSE;
  if (changed == 1)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("There is no request with the number %" G_GINT64_FORMAT "."), id);

  return FALSE;
}

char *
signet_demo_authority_list (SignetDemoAuthority  *self,
                            GError              **error)
{
  g_autofree char *text = NULL;

  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), NULL);

  text = signet_demo_database_read_text (
      self->database,
      "SELECT group_concat (id || char (9) || state || char (9) || lower (hex (transaction_id)) || char (10), '')"
      " FROM (SELECT * FROM transactions ORDER BY id)", "");
  if (!signet_demo_database_check (self->database, error))
    return NULL;

  return text != NULL ? g_steal_pointer (&text) : g_strdup ("");
}

GTlsCertificate *
signet_demo_authority_get_tls_certificate (SignetDemoAuthority  *self,
                                           GError              **error)
{
  g_autofree char *pem = NULL;

  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), NULL);

  pem = signet_demo_ca_issue_for_tls (self->ca, error);

  return pem != NULL ? g_tls_certificate_new_from_pem (pem, -1, error) : NULL;
}

char *
signet_demo_authority_anchor_file (SignetDemoAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), NULL);

  return g_build_filename (self->folder, "anchor.pem", NULL);
}

char *
signet_demo_authority_secret_file (SignetDemoAuthority *self)
{
  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), NULL);

  return g_build_filename (self->folder, "secret", NULL);
}

guint
signet_demo_authority_get_port (SignetDemoAuthority *self)
{
  gint64 port;

  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), 0);

  port = signet_demo_database_read_number (self->database, 0, "SELECT value FROM settings WHERE name = 'port'", "");

  return port > 0 && port <= G_MAXUINT16 ? (guint) port : 0;
}

gboolean
signet_demo_authority_set_port (SignetDemoAuthority  *self,
                                guint                 port,
                                GError              **error)
{
  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), FALSE);

  signet_demo_database_run (self->database, "INSERT OR REPLACE INTO settings VALUES ('port', ?1)", "i", (gint64) port);

  return signet_demo_database_check (self->database, error);
}
