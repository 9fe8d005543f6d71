/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-authority.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <openssl/cmp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <sqlite3.h>

#include "cmp/cmp-message.h"
#include "cmp/cmp-protection.h"
#include "demo/demo-ca.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_CMP_MSG, OSSL_CMP_MSG_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_CMP_SRV_CTX, OSSL_CMP_SRV_CTX_free)

#define FIRST_REFERENCE "demo"
#define FIRST_SECRET_OCTETS 15
#define BUSY_PATIENCE 10000             /* milliseconds: "approve" comes from another process */

struct _SignetDemoAuthority
{
  GObject parent;

  char *folder;
  SignetDemoOptions options;
  SignetDemoCa *ca;
  sqlite3 *db;
};

G_DEFINE_FINAL_TYPE (SignetDemoAuthority, signet_demo_authority, G_TYPE_OBJECT)

/* What the call-backs of one message work on. */
typedef struct
{
  SignetDemoAuthority *authority;
  GBytes *id;                           /* transactionID */
  gboolean again;                       /* the first request is shown to a new server context once more: nothing new happens */
} Exchange;

static const char schema[]
    = "CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS codes (reference TEXT PRIMARY KEY, secret TEXT NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS transactions ("
      "  id INTEGER PRIMARY KEY, transaction_id BLOB NOT NULL UNIQUE, request BLOB NOT NULL, polls INTEGER NOT NULL,"
      "  approved INTEGER NOT NULL, state TEXT NOT NULL, nonce BLOB);"
      "CREATE TABLE IF NOT EXISTS certificates ("
      "  id INTEGER PRIMARY KEY, transaction_id BLOB NOT NULL UNIQUE, der BLOB NOT NULL);"
      "CREATE TABLE IF NOT EXISTS answers (hash TEXT PRIMARY KEY, answer BLOB NOT NULL) WITHOUT ROWID;";

static void
signet_demo_authority_finalize (GObject *object)
{
  SignetDemoAuthority *self = SIGNET_DEMO_AUTHORITY (object);

  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->options.reject, g_free);
  g_clear_pointer (&self->options.trusted, g_free);
  g_clear_pointer (&self->ca, signet_demo_ca_free);
  if (self->db != NULL)
    sqlite3_close_v2 (self->db);

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

/* ---- database ---- */

static gboolean
set_sql_error (SignetDemoAuthority  *self,
               GError              **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("The demo authority's database in “%s”: %s"), self->folder,
               sqlite3_errmsg (self->db));
  return FALSE;
}

static gboolean
execute (SignetDemoAuthority  *self,
         const char           *sql,
         GError              **error)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK || set_sql_error (self, error);
}

/* One statement with octets and text bound in order: 'b' GBytes *, 's' const char *, 'i' gint64. */
static sqlite3_stmt *
statement (SignetDemoAuthority *self,
           const char          *sql,
           const char          *types,
           ...)
{
  sqlite3_stmt *prepared = NULL;
  va_list arguments;

  if (sqlite3_prepare_v2 (self->db, sql, -1, &prepared, NULL) != SQLITE_OK)
    g_error ("%s: %s", sql, sqlite3_errmsg (self->db));
  va_start (arguments, types);
  for (int i = 0; types[i] != '\0'; i++)
    {
      if (types[i] == 'b')
        {
          GBytes *bytes = va_arg (arguments, GBytes *);

          sqlite3_bind_blob64 (prepared, i + 1, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), SQLITE_TRANSIENT);
        }
      else if (types[i] == 's')
        sqlite3_bind_text (prepared, i + 1, va_arg (arguments, const char *), -1, SQLITE_TRANSIENT);
      else
        sqlite3_bind_int64 (prepared, i + 1, va_arg (arguments, gint64));
    }
  va_end (arguments);

  return prepared;
}

static gboolean
finish (SignetDemoAuthority  *self,
        sqlite3_stmt         *prepared,
        GError              **error)
{
  int rc = sqlite3_step (prepared);

  sqlite3_finalize (prepared);

  return rc == SQLITE_DONE || rc == SQLITE_ROW || set_sql_error (self, error);
}

static GBytes *
read_blob (sqlite3_stmt *prepared)
{
  GBytes *bytes = NULL;

  if (sqlite3_step (prepared) == SQLITE_ROW && sqlite3_column_type (prepared, 0) != SQLITE_NULL)
    bytes = g_bytes_new (sqlite3_column_blob (prepared, 0), (gsize) sqlite3_column_bytes (prepared, 0));
  sqlite3_finalize (prepared);

  return bytes;
}

static gint64
read_number (sqlite3_stmt *prepared,
             gint64        otherwise)
{
  gint64 number = sqlite3_step (prepared) == SQLITE_ROW ? sqlite3_column_int64 (prepared, 0) : otherwise;

  sqlite3_finalize (prepared);

  return number;
}

/* ---- libcrypto's server calls these ---- */

static X509 *
certificate_of (Exchange *exchange)
{
  g_autoptr (GBytes) der = read_blob (statement (exchange->authority, "SELECT der FROM certificates WHERE transaction_id = ?1",
                                                 "b", exchange->id));
  const unsigned char *data = der != NULL ? g_bytes_get_data (der, NULL) : NULL;

  return der != NULL ? d2i_X509 (NULL, &data, (long) g_bytes_get_size (der)) : NULL;
}

static X509 *
issue (Exchange                     *exchange,
       const OSSL_CRMF_CERTTEMPLATE *tmpl)
{
  SignetDemoAuthority *self = exchange->authority;
  X509 *certificate = certificate_of (exchange);
  g_autoptr (GBytes) der = NULL;
  unsigned char *encoded = NULL;
  int length;

  if (certificate != NULL)
    return certificate;
  certificate = signet_demo_ca_issue (self->ca, tmpl, self->options.modify);
  length = certificate != NULL ? i2d_X509 (certificate, &encoded) : 0;
  if (length <= 0)
    return NULL;
  der = g_bytes_new (encoded, (gsize) length);
  OPENSSL_free (encoded);
  if (!finish (self, statement (self, "INSERT INTO certificates (transaction_id, der) VALUES (?1, ?2)", "bb", exchange->id, der),
               NULL))
    g_clear_pointer (&certificate, X509_free);

  return certificate;
}

static void
set_state (Exchange   *exchange,
           const char *state)
{
  finish (exchange->authority,
          statement (exchange->authority, "UPDATE transactions SET state = ?2 WHERE transaction_id = ?1", "bs", exchange->id,
                     state),
          NULL);
}

static gboolean
must_wait (Exchange *exchange)
{
  SignetDemoAuthority *self = exchange->authority;
  gint64 polls = read_number (
      statement (self, "SELECT polls FROM transactions WHERE transaction_id = ?1", "b", exchange->id), 0);
  gint64 approved = read_number (
      statement (self, "SELECT approved FROM transactions WHERE transaction_id = ?1", "b", exchange->id), 0);

  return polls < self->options.poll_count || (self->options.hold && approved == 0);
}

static OSSL_CMP_PKISI *
on_certificate_request (OSSL_CMP_SRV_CTX       *server,
                        const OSSL_CMP_MSG     *request,
                        int                     id,
                        const OSSL_CRMF_MSG    *crm,
                        const X509_REQ         *p10cr,
                        X509                  **certificate,
                        STACK_OF (X509)       **chain,
                        STACK_OF (X509)       **ca_pubs)
{
  Exchange *exchange = OSSL_CMP_SRV_CTX_get0_custom_ctx (server);
  SignetDemoAuthority *self = exchange->authority;

  if (exchange->again)
    {
      *certificate = certificate_of (exchange);
      return OSSL_CMP_STATUSINFO_new (*certificate != NULL ? OSSL_CMP_PKISTATUS_accepted : OSSL_CMP_PKISTATUS_waiting, 0, NULL);
    }
  if (crm == NULL)
    return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_rejection, 1 << OSSL_CMP_PKIFAILUREINFO_badRequest,
                                    "This authority takes ir and cr only.");
  if (self->options.reject != NULL)
    {
      set_state (exchange, "rejected");
      return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_rejection, 1 << OSSL_CMP_PKIFAILUREINFO_notAuthorized,
                                      self->options.reject);
    }
  if (must_wait (exchange))
    {
      set_state (exchange, self->options.hold ? "held" : "waiting");
      return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_waiting, 0, NULL);
    }
  *certificate = issue (exchange, OSSL_CRMF_MSG_get0_tmpl (crm));
  if (*certificate == NULL)
    return OSSL_CMP_STATUSINFO_new (OSSL_CMP_PKISTATUS_rejection, 1 << OSSL_CMP_PKIFAILUREINFO_badCertTemplate,
                                    "A certificate cannot be made of this.");
  set_state (exchange, "issued");
  *chain = sk_X509_new_null ();
  X509_up_ref (self->ca->issuer);
  sk_X509_push (*chain, self->ca->issuer);
  if (self->options.ca_pubs)
    {
      *ca_pubs = sk_X509_new_null ();
      X509_up_ref (self->ca->root);
      sk_X509_push (*ca_pubs, self->ca->root);
    }

  return OSSL_CMP_STATUSINFO_new (self->options.modify ? OSSL_CMP_PKISTATUS_grantedWithMods : OSSL_CMP_PKISTATUS_accepted, 0,
                                  NULL);
}

static int
on_certificate_confirmation (OSSL_CMP_SRV_CTX        *server,
                             const OSSL_CMP_MSG      *request,
                             int                      id,
                             const ASN1_OCTET_STRING *hash,
                             const OSSL_CMP_PKISI    *status)
{
  Exchange *exchange = OSSL_CMP_SRV_CTX_get0_custom_ctx (server);
  g_autoptr (X509) certificate = certificate_of (exchange);
  g_autoptr (ASN1_OCTET_STRING) expected = certificate != NULL ? X509_digest_sig (certificate, NULL, NULL) : NULL;
  g_autofree char *words = g_malloc0 (OSSL_CMP_PKISI_BUFLEN);

  if (expected == NULL || ASN1_OCTET_STRING_cmp (expected, hash) != 0)
    return 0;
  /* Of the status only its text can be had by public means; "rejection" stands in it. */
  if (status != NULL && OSSL_CMP_snprint_PKIStatusInfo (status, words, OSSL_CMP_PKISI_BUFLEN) != NULL
      && strstr (words, "rejection") != NULL)
    set_state (exchange, "refused");
  else
    set_state (exchange, "confirmed");

  return 1;
}

static int
on_poll (OSSL_CMP_SRV_CTX    *server,
         const OSSL_CMP_MSG  *request,
         int                  id,
         OSSL_CMP_MSG       **first,
         int64_t             *check_after)
{
  Exchange *exchange = OSSL_CMP_SRV_CTX_get0_custom_ctx (server);
  SignetDemoAuthority *self = exchange->authority;
  g_autoptr (GBytes) octets = NULL;
  const unsigned char *data;

  finish (self, statement (self, "UPDATE transactions SET polls = polls + 1 WHERE transaction_id = ?1", "b", exchange->id), NULL);
  *first = NULL;
  *check_after = self->options.check_after;
  if (must_wait (exchange))
    return 1;
  octets = read_blob (statement (self, "SELECT request FROM transactions WHERE transaction_id = ?1", "b", exchange->id));
  if (octets == NULL)
    return 0;
  data = g_bytes_get_data (octets, NULL);
  *first = d2i_OSSL_CMP_MSG (NULL, &data, (long) g_bytes_get_size (octets));

  return *first != NULL;
}

static void
on_error (OSSL_CMP_SRV_CTX            *server,
          const OSSL_CMP_MSG          *message,
          const OSSL_CMP_PKISI        *status,
          const ASN1_INTEGER          *code,
          const OSSL_CMP_PKIFREETEXT  *details)
{
  set_state (OSSL_CMP_SRV_CTX_get0_custom_ctx (server), "failed");
}

static int
on_general_message (OSSL_CMP_SRV_CTX           *server,
                    const OSSL_CMP_MSG         *request,
                    const STACK_OF (OSSL_CMP_ITAV) *in,
                    STACK_OF (OSSL_CMP_ITAV)  **out)
{
  return 0;
}

/* ---- one message ---- */

static gboolean
trust_clients (SignetDemoAuthority  *self,
               OSSL_CMP_CTX         *context,
               GError              **error)
{
  g_autoptr (X509_STORE) store = X509_STORE_new ();

  X509_STORE_add_cert (store, self->ca->root);
  if (self->options.trusted != NULL && X509_STORE_load_file (store, self->options.trusted) != 1)
    {
      signet_openssl_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("“%s” holds no certificates"),
                                self->options.trusted);
      return FALSE;
    }

  return OSSL_CMP_CTX_set0_trustedStore (context, g_steal_pointer (&store)) == 1;
}

/* The secret of the reference in senderKID; FALSE only where the message names one that there is not. */
static gboolean
set_credentials (SignetDemoAuthority *self,
                 OSSL_CMP_CTX        *context,
                 SignetCmpMessage    *message)
{
  GBytes *kid = signet_cmp_message_get_sender_kid (message);
  g_autoptr (GBytes) secret = NULL;
  g_autofree char *reference = NULL;
  STACK_OF (X509) *chain = sk_X509_new_null ();

  sk_X509_push (chain, self->ca->root);
  OSSL_CMP_CTX_set1_cert (context, self->ca->issuer);
  OSSL_CMP_CTX_set1_pkey (context, self->ca->issuer_key);
  OSSL_CMP_CTX_set1_untrusted (context, chain);
  sk_X509_free (chain);
  if (!signet_cmp_message_is_mac_protected (message) || kid == NULL)
    return TRUE;
  reference = g_strndup (g_bytes_get_data (kid, NULL), g_bytes_get_size (kid));
  secret = read_blob (statement (self, "SELECT CAST (secret AS BLOB) FROM codes WHERE reference = ?1", "s", reference));
  if (secret == NULL)
    return FALSE;
  OSSL_CMP_CTX_set1_referenceValue (context, (const guint8 *) reference, (int) strlen (reference));
  OSSL_CMP_CTX_set1_secretValue (context, g_bytes_get_data (secret, NULL), (int) g_bytes_get_size (secret));

  return TRUE;
}

/* Brings a new server context to where the last one was: it sees the first request again, whose number it keeps where no
 * public function could set it, and gets the nonce that was sent last. */
static void
continue_transaction (OSSL_CMP_SRV_CTX *server,
                      Exchange         *exchange)
{
  SignetDemoAuthority *self = exchange->authority;
  OSSL_CMP_CTX *context = OSSL_CMP_SRV_CTX_get0_cmp_ctx (server);
  g_autoptr (GBytes) octets
      = read_blob (statement (self, "SELECT request FROM transactions WHERE transaction_id = ?1", "b", exchange->id));
  g_autoptr (GBytes) nonce
      = read_blob (statement (self, "SELECT nonce FROM transactions WHERE transaction_id = ?1", "b", exchange->id));
  const unsigned char *data = octets != NULL ? g_bytes_get_data (octets, NULL) : NULL;
  g_autoptr (OSSL_CMP_MSG) first = octets != NULL ? d2i_OSSL_CMP_MSG (NULL, &data, (long) g_bytes_get_size (octets)) : NULL;
  g_autoptr (OSSL_CMP_MSG) forgotten = NULL;
  g_autoptr (ASN1_OCTET_STRING) string = ASN1_OCTET_STRING_new ();

  if (first == NULL || nonce == NULL)
    return;
  exchange->again = TRUE;
  forgotten = OSSL_CMP_SRV_process_request (server, first);
  exchange->again = FALSE;
  ASN1_OCTET_STRING_set (string, g_bytes_get_data (exchange->id, NULL), (int) g_bytes_get_size (exchange->id));
  OSSL_CMP_CTX_set1_transactionID (context, string);
  ASN1_OCTET_STRING_set (string, g_bytes_get_data (nonce, NULL), (int) g_bytes_get_size (nonce));
  OSSL_CMP_CTX_set1_senderNonce (context, string);
}

static gboolean
note_request (SignetDemoAuthority  *self,
              Exchange             *exchange,
              GBytes               *octets,
              GError              **error)
{
  return finish (self,
                 statement (self,
                            "INSERT OR IGNORE INTO transactions (transaction_id, request, polls, approved, state)"
                            " VALUES (?1, ?2, 0, 0, 'new')",
                            "bb", exchange->id, octets),
                 error);
}

static gboolean
note_answer (SignetDemoAuthority  *self,
             Exchange             *exchange,
             const char           *hash,
             GBytes               *answer,
             GError              **error)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (answer, error);
  GBytes *nonce = message != NULL ? signet_cmp_message_get_sender_nonce (message) : NULL;

  return message != NULL
         && (nonce == NULL
             || finish (self,
                        statement (self, "UPDATE transactions SET nonce = ?2 WHERE transaction_id = ?1", "bb", exchange->id, nonce),
                        error))
         && finish (self, statement (self, "INSERT INTO answers (hash, answer) VALUES (?1, ?2)", "sb", hash, answer), error);
}

static GBytes *
serve (SignetDemoAuthority  *self,
       Exchange             *exchange,
       SignetCmpMessage     *message,
       GError              **error)
{
  g_autoptr (OSSL_CMP_SRV_CTX) server = OSSL_CMP_SRV_CTX_new (NULL, NULL);
  GBytes *octets = signet_cmp_message_get_der (message);
  const unsigned char *data = g_bytes_get_data (octets, NULL);
  g_autoptr (OSSL_CMP_MSG) request = d2i_OSSL_CMP_MSG (NULL, &data, (long) g_bytes_get_size (octets));
  g_autoptr (OSSL_CMP_MSG) response = NULL;
  unsigned char *der = NULL;
  GBytes *answer;
  OSSL_CMP_CTX *context;
  int length;

  OSSL_CMP_SRV_CTX_init (server, exchange, on_certificate_request, NULL, on_general_message, on_error,
                         on_certificate_confirmation, on_poll);
  OSSL_CMP_SRV_CTX_set_grant_implicit_confirm (server, self->options.implicit_confirm);
  context = OSSL_CMP_SRV_CTX_get0_cmp_ctx (server);
  /* libcrypto's default is HMAC-SHA1. */
  OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_OWF_ALGNID, NID_sha256);
  OSSL_CMP_CTX_set_option (context, OSSL_CMP_OPT_MAC_ALGNID, NID_hmacWithSHA256);
  if (!trust_clients (self, context, error))
    return NULL;
  if (!set_credentials (self, context, message))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, _("There is no code with this reference."));
      return NULL;
    }
  if (signet_cmp_message_get_body_type (message) == SIGNET_CMP_BODY_CERTCONF
      || signet_cmp_message_get_body_type (message) == SIGNET_CMP_BODY_POLLREQ)
    continue_transaction (server, exchange);
  response = request != NULL ? OSSL_CMP_SRV_process_request (server, request) : NULL;
  length = response != NULL ? i2d_OSSL_CMP_MSG (response, &der) : 0;
  if (length <= 0)
    {
      signet_openssl_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("The message cannot be answered"));
      return NULL;
    }
  /* What was wrong stands in the answer; libcrypto's queue would otherwise grow. */
  signet_openssl_set_error (NULL, G_IO_ERROR, G_IO_ERROR_FAILED, "served");
  answer = g_bytes_new (der, (gsize) length);
  OPENSSL_free (der);

  return answer;
}

static GBytes *
answer_in_transaction (SignetDemoAuthority  *self,
                       SignetCmpMessage     *message,
                       GError              **error)
{
  g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, signet_cmp_message_get_der (message));
  GBytes *stored = read_blob (statement (self, "SELECT answer FROM answers WHERE hash = ?1", "s", hash));
  Exchange exchange = { self, signet_cmp_message_get_transaction_id (message), FALSE };
  g_autoptr (GBytes) answer = NULL;
  SignetCmpBodyType type = signet_cmp_message_get_body_type (message);

  if (stored != NULL)
    return stored;
  if ((type == SIGNET_CMP_BODY_IR || type == SIGNET_CMP_BODY_CR)
      && !note_request (self, &exchange, signet_cmp_message_get_der (message), error))
    return NULL;
  answer = serve (self, &exchange, message, error);
  if (answer == NULL || !note_answer (self, &exchange, hash, answer, error))
    return NULL;

  return g_steal_pointer (&answer);
}

GBytes *
signet_demo_authority_handle (SignetDemoAuthority  *self,
                              GBytes               *octets,
                              GError              **error)
{
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GBytes) answer = NULL;

  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), NULL);
  g_return_val_if_fail (octets != NULL, NULL);

  message = signet_cmp_message_parse (octets, error);
  if (message == NULL)
    return NULL;
  if (signet_cmp_message_get_transaction_id (message) == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _("The message has no transaction ID."));
      return NULL;
    }
  if (!execute (self, "BEGIN IMMEDIATE", error))
    return NULL;
  answer = answer_in_transaction (self, message, error);
  if (answer == NULL || !execute (self, "COMMIT", error))
    {
      execute (self, "ROLLBACK", NULL);
      return NULL;
    }

  return g_steal_pointer (&answer);
}

/* ---- state ---- */

gboolean
signet_demo_authority_add_code (SignetDemoAuthority  *self,
                                const char           *reference,
                                const char           *secret,
                                GError              **error)
{
  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), FALSE);

  return finish (self, statement (self, "INSERT OR REPLACE INTO codes VALUES (?1, ?2)", "ss", reference, secret), error);
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

gboolean
signet_demo_authority_approve (SignetDemoAuthority  *self,
                               gint64                id,
                               GError              **error)
{
  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), FALSE);

  if (!finish (self, statement (self, "UPDATE transactions SET approved = 1 WHERE id = ?1", "i", id), error))
    return FALSE;
  if (sqlite3_changes (self->db) == 1)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("There is no request with the number %" G_GINT64_FORMAT "."), id);

  return FALSE;
}

char *
signet_demo_authority_list (SignetDemoAuthority  *self,
                            GError              **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  sqlite3_stmt *rows;

  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), NULL);

  rows = statement (self, "SELECT id, state, lower (hex (transaction_id)) FROM transactions ORDER BY id", "");
  while (sqlite3_step (rows) == SQLITE_ROW)
    g_string_append_printf (text, "%" G_GINT64_FORMAT "\t%s\t%s\n", (gint64) sqlite3_column_int64 (rows, 0),
                            sqlite3_column_text (rows, 1), sqlite3_column_text (rows, 2));
  sqlite3_finalize (rows);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

SignetDemoAuthority *
signet_demo_authority_new (const char               *folder,
                           const SignetDemoOptions  *options,
                           GError                  **error)
{
  g_autoptr (SignetDemoAuthority) self = NULL;
  g_autofree char *path = NULL;

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
  if (self->ca == NULL)
    return NULL;
  path = g_build_filename (self->folder, "demo-ca.db", NULL);
  if (sqlite3_open (path, &self->db) != SQLITE_OK || g_chmod (path, 0600) != 0)
    {
      set_sql_error (self, error);
      return NULL;
    }
  sqlite3_busy_timeout (self->db, BUSY_PATIENCE);
  if (!execute (self, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", error) || !execute (self, schema, error)
      || !make_first_code (self, error))
    return NULL;

  return g_steal_pointer (&self);
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
  g_return_val_if_fail (SIGNET_IS_DEMO_AUTHORITY (self), 0);

  return (guint) read_number (statement (self, "SELECT value FROM settings WHERE name = 'port'", ""), 0);
}

void
signet_demo_authority_set_port (SignetDemoAuthority *self,
                                guint                port)
{
  g_return_if_fail (SIGNET_IS_DEMO_AUTHORITY (self));

  finish (self, statement (self, "INSERT OR REPLACE INTO settings VALUES ('port', ?1)", "i", (gint64) port), NULL);
}
