/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include "cli/cli-cmp.h"
#include "cli/cli-output.h"

#define MAX_OBJECTS 4096        /* of one source */
#define MAX_CSR (256 * 1024)    /* octets */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (UI_METHOD, UI_destroy_method)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_STORE_INFO, OSSL_STORE_INFO_free)

/* What one opened source is read for. */
typedef struct {
  SignetSecret *password;       /* (nullable) */
  gboolean asked;               /* libcrypto wanted it */
} Source;

/* pem_password_cb */
static int
give_password (char *buffer,
               int   size,
               int   writing,
               void *user_data)
{
  Source *source = user_data;
  gsize length;
  const guint8 *data = signet_secret_get_data (source->password, &length);

  source->asked = TRUE;
  if (length > (gsize) size)
    return -1;
  memcpy (buffer, data, length);

  return (int) length;
}

/* The one object of that type among @name's; or all that @take wants. */
typedef gboolean (*Take) (OSSL_STORE_INFO *info, gpointer user_data);

static gboolean
check_scheme (const char  *name,
              GError     **error)
{
  if (g_ascii_strncasecmp (name, "http:", 5) != 0 && g_ascii_strncasecmp (name, "https:", 6) != 0)
    return TRUE;

  return signet_cli_cmp_usage (error, _("%s: nothing is loaded from the network; fetch it, check it and name the file"), name);
}

static gboolean
read_source (SignetCliCmp  *self,
             const char    *name,
             const char    *password,
             Take           take,
             gpointer       user_data,
             GError       **error)
{
  Source source = { NULL, FALSE };
  g_autoptr (SignetSecret) secret = NULL;
  g_autoptr (UI_METHOD) given = NULL;
  const UI_METHOD *method;
  OSSL_STORE_CTX *store;
  guint objects = 0;

  if (!check_scheme (name, error)
      || (password != NULL && !signet_cli_cmp_read_secret (self, password, &secret, error)))
    return FALSE;
  source.password = secret;
  if (secret != NULL)
    given = UI_UTIL_wrap_read_pem_callback (give_password, 0);
  method = given != NULL ? given : self->batch ? UI_null () : UI_OpenSSL ();

  ERR_clear_error ();
  store = OSSL_STORE_open_ex (name, NULL, signet_cli_cmp_text (self, "propquery"), method, &source, NULL, NULL, NULL);
  if (store == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("%s cannot be opened"), name);
      return FALSE;
    }
  while (!OSSL_STORE_eof (store) && objects++ < MAX_OBJECTS)
    {
      g_autoptr (OSSL_STORE_INFO) info = OSSL_STORE_load (store);

      if (info == NULL && OSSL_STORE_error (store))
        {
          if (OSSL_STORE_eof (store))
            break;
          continue;
        }
      if (info != NULL && take (info, user_data))
        break;
    }
  OSSL_STORE_close (store);

  return TRUE;
}

static gboolean
set_missing (const char  *name,
             const char  *what,
             GError     **error)
{
  signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("%s holds no %s that can be read"), name, what);

  return FALSE;
}

static gboolean
take_key (OSSL_STORE_INFO *info,
          gpointer         user_data)
{
  EVP_PKEY **key = user_data;

  if (OSSL_STORE_INFO_get_type (info) == OSSL_STORE_INFO_PKEY)
    *key = OSSL_STORE_INFO_get1_PKEY (info);

  return *key != NULL;
}

SignetKey *
signet_cli_cmp_load_key (SignetCliCmp  *self,
                         const char    *source,
                         const char    *password,
                         GError       **error)
{
  g_autoptr (EVP_PKEY) pkey = NULL;

  if (!read_source (self, source, password, take_key, &pkey, error))
    return NULL;
  if (pkey == NULL)
    {
      set_missing (source, _("private key"), error);
      return NULL;
    }
  ERR_clear_error ();

  return signet_key_new_for_pkey (pkey);
}

static gboolean
take_any_key (OSSL_STORE_INFO *info,
              gpointer         user_data)
{
  EVP_PKEY **key = user_data;

  if (OSSL_STORE_INFO_get_type (info) == OSSL_STORE_INFO_PUBKEY)
    *key = OSSL_STORE_INFO_get1_PUBKEY (info);

  return take_key (info, user_data);
}

EVP_PKEY *
signet_cli_cmp_load_public_key (SignetCliCmp  *self,
                                const char    *source,
                                const char    *password,
                                GError       **error)
{
  EVP_PKEY *pkey = NULL;

  if (!read_source (self, source, password, take_any_key, &pkey, error))
    return NULL;
  if (pkey == NULL)
    set_missing (source, _("key"), error);
  else
    ERR_clear_error ();

  return pkey;
}

static gboolean
take_certificate (OSSL_STORE_INFO *info,
                  gpointer         user_data)
{
  if (OSSL_STORE_INFO_get_type (info) == OSSL_STORE_INFO_CERT)
    g_ptr_array_add (user_data, signet_certificate_new_for_x509 (OSSL_STORE_INFO_get0_CERT (info)));

  return FALSE;
}

GPtrArray *
signet_cli_cmp_load_certificates (SignetCliCmp  *self,
                                  const char    *source,
                                  const char    *password,
                                  GError       **error)
{
  g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func (g_object_unref);

  if (!read_source (self, source, password, take_certificate, certificates, error))
    return NULL;
  if (certificates->len == 0)
    {
      set_missing (source, _("certificate"), error);
      return NULL;
    }
  ERR_clear_error ();

  return g_steal_pointer (&certificates);
}

SignetCertificate *
signet_cli_cmp_load_certificate (SignetCliCmp  *self,
                                 const char    *source,
                                 const char    *password,
                                 GError       **error)
{
  g_autoptr (GPtrArray) certificates = signet_cli_cmp_load_certificates (self, source, password, error);

  return certificates != NULL ? g_object_ref (certificates->pdata[0]) : NULL;
}

void
signet_cli_cmp_add_all (GPtrArray *to,
                        GPtrArray *from)
{
  for (guint i = 0; from != NULL && i < from->len; i++)
    g_ptr_array_add (to, g_object_ref (from->pdata[i]));
}

GPtrArray *
signet_cli_cmp_load_list (SignetCliCmp  *self,
                          const char    *name,
                          const char    *password,
                          GError       **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);
  g_auto (GStrv) sources = signet_cli_cmp_items (self, name);

  for (guint i = 0; sources[i] != NULL; i++)
    {
      g_autoptr (GPtrArray) some = signet_cli_cmp_load_certificates (self, sources[i], password, error);

      if (some == NULL)
        {
          g_prefix_error (error, "-%s: ", name);
          return NULL;
        }
      signet_cli_cmp_add_all (all, some);
    }

  return g_steal_pointer (&all);
}

static gboolean
take_crl (OSSL_STORE_INFO *info,
          gpointer         user_data)
{
  X509_CRL **crl = user_data;

  if (OSSL_STORE_INFO_get_type (info) == OSSL_STORE_INFO_CRL)
    *crl = OSSL_STORE_INFO_get1_CRL (info);

  return *crl != NULL;
}

X509_CRL *
signet_cli_cmp_load_crl (SignetCliCmp  *self,
                         const char    *source,
                         GError       **error)
{
  X509_CRL *crl = NULL;

  if (!read_source (self, source, NULL, take_crl, &crl, error))
    return NULL;
  if (crl == NULL)
    set_missing (source, _("CRL"), error);
  else
    ERR_clear_error ();

  return crl;
}

/* libcrypto's stores know no PKCS #10. */
X509_REQ *
signet_cli_cmp_load_csr (const char  *source,
                         GError     **error)
{
  g_autoptr (GBytes) contents = signet_cli_read_file (source, MAX_CSR, error);
  g_autoptr (BIO) bio = NULL;
  X509_REQ *csr;

  if (contents == NULL)
    return NULL;
  ERR_clear_error ();
  bio = BIO_new_mem_buf (g_bytes_get_data (contents, NULL), (int) g_bytes_get_size (contents));
  csr = PEM_read_bio_X509_REQ (bio, NULL, NULL, NULL);
  if (csr == NULL)
    {
      const guint8 *cursor = g_bytes_get_data (contents, NULL);

      csr = d2i_X509_REQ (NULL, &cursor, (long) g_bytes_get_size (contents));
    }
  if (csr == NULL)
    set_missing (source, _("PKCS #10 request"), error);
  else
    ERR_clear_error ();

  return csr;
}
