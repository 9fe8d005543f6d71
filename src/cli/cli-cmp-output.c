/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include <openssl/pem.h>

#include "cli/cli-cmp.h"
#include "cli/cli-output.h"

gboolean
signet_cli_cmp_write (const char  *path,
                      GBytes      *contents,
                      int          mode,
                      GError     **error)
{
  return signet_cli_write_file (path, contents, mode, TRUE, error);
}

static gboolean
saves_der (SignetCliCmp *self,
           const char   *option,
           gboolean      by_default)
{
  const char *form = signet_cli_cmp_text (self, option);

  return form == NULL ? by_default : g_ascii_toupper (form[0]) == 'D';
}

gboolean
signet_cli_cmp_write_certificates (SignetCliCmp  *self,
                                   const char    *path,
                                   GPtrArray     *certificates,
                                   GError       **error)
{
  g_autoptr (GBytes) contents = NULL;

  if (saves_der (self, "certform", FALSE))
    {
      g_autoptr (GByteArray) all = g_byte_array_new ();

      if (certificates->len > 1)
        signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_WARNING, _("%s gets %u certificates in DER, one behind the other"), path,
                            certificates->len);
      for (guint i = 0; i < certificates->len; i++)
        {
          GBytes *der = signet_certificate_get_der (certificates->pdata[i]);

          g_byte_array_append (all, g_bytes_get_data (der, NULL), (guint) g_bytes_get_size (der));
        }
      contents = g_byte_array_free_to_bytes (g_steal_pointer (&all));
    }
  else
    {
      char *pem = signet_certificates_to_pem (certificates);

      contents = g_bytes_new_take (pem, strlen (pem));
    }

  return signet_cli_cmp_write (path, contents, 0644, error);
}

/* Where there is nothing, the file says so by being away. */
static gboolean
save_or_delete (SignetCliCmp       *self,
                const char         *option,
                SignetCertificate  *certificate,
                GError            **error)
{
  const char *path = signet_cli_cmp_text (self, option);
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  if (path == NULL)
    return TRUE;
  if (certificate != NULL)
    {
      g_ptr_array_add (one, certificate);
      return signet_cli_cmp_write_certificates (self, path, one, error);
    }
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;

  return signet_cli_cmp_usage (error, _("%s could not be removed, though there is nothing to be in it: %s"), path,
                               g_strerror (errno));
}

static gboolean
save_list (SignetCliCmp  *self,
           const char    *option,
           GPtrArray     *certificates,
           GError       **error)
{
  const char *path = signet_cli_cmp_text (self, option);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  if (path == NULL)
    return TRUE;
  if (certificates != NULL)
    signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, _("%u certificates are saved in %s"), certificates->len, path);

  return signet_cli_cmp_write_certificates (self, path, certificates != NULL ? certificates : none, error);
}

/* Without the root: who trusts it has it. */
static GPtrArray *
issuers_but_root (GPtrArray *chain)
{
  GPtrArray *issuers = g_ptr_array_new ();

  for (guint i = 0; i < chain->len; i++)
    if (!signet_certificate_is_self_issued (chain->pdata[i]))
      g_ptr_array_add (issuers, chain->pdata[i]);

  return issuers;
}

static gboolean
save_certificate (SignetCliCmp          *self,
                  SignetCmpTransaction  *transaction,
                  GError               **error)
{
  SignetCertificate *certificate = signet_cmp_transaction_get_certificate (transaction);
  g_autoptr (GPtrArray) chain = issuers_but_root (signet_cmp_transaction_get_chain (transaction));
  const char *file = signet_cli_cmp_text (self, "certout");
  g_autoptr (GPtrArray) both = g_ptr_array_new ();

  if (certificate == NULL)
    return TRUE;
  if (file == NULL || g_strcmp0 (file, signet_cli_cmp_text (self, "chainout")) != 0)
    return save_list (self, "chainout", chain, error) && save_or_delete (self, "certout", certificate, error);
  g_ptr_array_add (both, certificate);
  for (guint i = 0; i < chain->len; i++)
    g_ptr_array_add (both, chain->pdata[i]);

  return save_list (self, "certout", both, error);
}

/* The certificates for -also_newkey, which follow the first one. */
static gboolean
save_others (SignetCliCmp          *self,
             SignetCmpTransaction  *transaction,
             GError               **error)
{
  g_auto (GStrv) files = signet_cli_cmp_items (self, "also_certout");
  guint n_items = signet_cmp_transaction_get_n_items (transaction);

  for (guint i = 0; files[i] != NULL && i + 1 < n_items; i++)
    {
      SignetCertificate *certificate = signet_cmp_transaction_get_item_certificate (transaction, i + 1);
      g_autoptr (GPtrArray) one = g_ptr_array_new ();

      if (certificate == NULL)
        continue;
      g_ptr_array_add (one, certificate);
      if (!signet_cli_cmp_write_certificates (self, files[i], one, error))
        return FALSE;
    }

  return TRUE;
}

/* PKCS #8 in PEM, encrypted where -newkeypass is given; for its owner alone to read. */
static gboolean
save_key (SignetCliCmp  *self,
          SignetKey     *key,
          GError       **error)
{
  g_autoptr (SignetSecret) password = NULL;
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());
  g_autoptr (GBytes) contents = NULL;
  gsize length = 0;
  const guint8 *octets;
  char *data;
  long size;

  if (!signet_cli_cmp_read_secret (self, "newkeypass", &password, error))
    return FALSE;
  octets = password != NULL ? signet_secret_get_data (password, &length) : NULL;
  if (PEM_write_bio_PKCS8PrivateKey (bio, signet_key_get_pkey (key), password != NULL ? EVP_aes_256_cbc () : NULL, (const char *) octets,
                                     (int) length, NULL, NULL) != 1)
    {
      signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("The key that the authority made cannot be written"));
      return FALSE;
    }
  size = BIO_get_mem_data (bio, &data);
  /* The octets stay in libcrypto's secure memory. */
  contents = g_bytes_new_static (data, (gsize) size);

  return signet_cli_cmp_write (signet_cli_cmp_text (self, "newkeyout"), contents, 0600, error);
}

gboolean
signet_cli_cmp_save (SignetCliCmp          *self,
                     SignetCmpTransaction  *transaction,
                     GError               **error)
{
  SignetKey *key = signet_cmp_transaction_get_n_items (transaction) > 0 ? signet_cmp_transaction_get_item_key (transaction, 0) : NULL;

  /* First what cannot be had again. */
  if (key != NULL && signet_cli_cmp_given (self, "newkeyout") && !save_key (self, key, error))
    return FALSE;

  return save_list (self, "extracertsout", self->extra_in, error) && save_certificate (self, transaction, error)
         && save_others (self, transaction, error)
         && (!signet_cli_cmp_given (self, "cacertsout") || self->ca_pubs == NULL
             || save_list (self, "cacertsout", self->ca_pubs, error))
         && save_or_delete (self, "srvcertout", self->signer_in, error);
}
