/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "store/store-private.h"

#include <glib/gi18n-lib.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>
#include "pki/pki-thread.h"

/* A sealed value: format octet, nonce, ciphertext, tag. */
#define SEAL_FORMAT 1
#define NONCE_SIZE 12
#define TAG_SIZE 16
#define OVERHEAD (1 + NONCE_SIZE + TAG_SIZE)
#define SEAL_MAX_SIZE (16 * 1024 * 1024)

static gboolean
add_context (EVP_CIPHER_CTX *context,
             int (*update) (EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int),
             const char     *name,
             const char     *row,
             GBytes         *also)
{
  g_autofree char *label = g_strdup_printf ("signet %s %s", name, row);
  gsize size = 0;
  const guint8 *data = also != NULL ? g_bytes_get_data (also, &size) : NULL;
  int length;

  /* The NUL behind the label keeps it apart from what follows. */
  return size <= G_MAXINT && update (context, NULL, &length, (const guint8 *) label, (int) strlen (label) + 1) == 1
         && (size == 0 || update (context, NULL, &length, data, (int) size) == 1);
}

GBytes *
signet_store_seal_with (SignetSecret *key,
                        const char   *name,
                        const char   *row,
                        GBytes       *also,
                        SignetSecret *plain,
                        GError      **error)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  g_autofree guint8 *sealed = NULL;
  const guint8 *data;
  gsize size;
  int length = 0;

  signet_assert_may_take_time ();
  data = signet_secret_get_data (plain, &size);
  g_return_val_if_fail (size <= SEAL_MAX_SIZE, NULL);
  g_return_val_if_fail (signet_secret_get_size (key) == SIGNET_STORE_KEY_SIZE, NULL);

  sealed = g_malloc (size + OVERHEAD);
  sealed[0] = SEAL_FORMAT;
  if (RAND_bytes (sealed + 1, NONCE_SIZE) != 1
      || EVP_EncryptInit_ex (context, EVP_aes_256_gcm (), NULL, signet_secret_get_data (key, NULL), sealed + 1) != 1
      || !add_context (context, EVP_EncryptUpdate, name, row, also)
      || EVP_EncryptUpdate (context, sealed + 1 + NONCE_SIZE, &length, data, (int) size) != 1
      || EVP_EncryptFinal_ex (context, sealed + 1 + NONCE_SIZE + length, &length) != 1
      || EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, sealed + 1 + NONCE_SIZE + size) != 1)
    {
      signet_openssl_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED, _("A secret could not be sealed"));
      return NULL;
    }

  return g_bytes_new_take (g_steal_pointer (&sealed), size + OVERHEAD);
}

SignetSecret *
signet_store_open_with (SignetSecret *key,
                        const char   *name,
                        const char   *row,
                        GBytes       *also,
                        GBytes       *sealed,
                        GError      **error)
{
  g_autoptr (EVP_CIPHER_CTX) context = EVP_CIPHER_CTX_new ();
  gsize size;
  const guint8 *data = g_bytes_get_data (sealed, &size);
  guint8 tag[TAG_SIZE];
  SignetSecret *plain = NULL;
  guint8 *buffer = NULL;
  gsize plain_size = 0;
  int length = 0;
  gboolean opened = FALSE;

  signet_assert_may_take_time ();
  if (size >= OVERHEAD && size <= SEAL_MAX_SIZE + OVERHEAD && data[0] == SEAL_FORMAT)
    {
      plain_size = size - OVERHEAD;
      buffer = OPENSSL_secure_malloc (plain_size + 1);
      memcpy (tag, data + size - TAG_SIZE, TAG_SIZE);
      opened = buffer != NULL
               && EVP_DecryptInit_ex (context, EVP_aes_256_gcm (), NULL, signet_secret_get_data (key, NULL), data + 1) == 1
               && add_context (context, EVP_DecryptUpdate, name, row, also)
               && EVP_DecryptUpdate (context, buffer, &length, data + 1 + NONCE_SIZE, (int) plain_size) == 1
               && EVP_CIPHER_CTX_ctrl (context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1
               && EVP_DecryptFinal_ex (context, buffer + length, &length) == 1;
    }
  if (opened)
    plain = signet_secret_new (buffer, plain_size);
  else
    signet_openssl_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_TAMPERED,
                              _("What is sealed in the database (%s) was changed, or belongs to another store key"), name);
  OPENSSL_secure_clear_free (buffer, plain_size + 1);

  return plain;
}

static gboolean
require_key (SignetStore  *self,
             GError      **error)
{
  if (self->key != NULL)
    return TRUE;
  g_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_LOCKED,
               _("The store is locked. Unlock the keyring, or enter the passphrase."));
  return FALSE;
}

GBytes *
signet_store_seal (SignetStore  *self,
                   const char   *name,
                   const char   *row,
                   GBytes       *also,
                   SignetSecret *plain,
                   GError      **error)
{
  return require_key (self, error) ? signet_store_seal_with (self->key, name, row, also, plain, error) : NULL;
}

SignetSecret *
signet_store_unseal (SignetStore *self,
                     const char  *name,
                     const char  *row,
                     GBytes      *also,
                     GBytes      *sealed,
                     GError     **error)
{
  return require_key (self, error) ? signet_store_open_with (self->key, name, row, also, sealed, error) : NULL;
}

GBytes *
signet_store_mac (SignetStore *self,
                  const char  *name,
                  GBytes      *data,
                  GError     **error)
{
  g_autofree char *label = g_strdup_printf ("signet mac %s", name);
  guint8 derived[EVP_MAX_MD_SIZE];
  guint8 mac[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  gboolean made;

  if (!require_key (self, error))
    return NULL;
  made = HMAC (EVP_sha256 (), signet_secret_get_data (self->key, NULL), SIGNET_STORE_KEY_SIZE, (const guint8 *) label,
               strlen (label), derived, &length) != NULL
         && HMAC (EVP_sha256 (), derived, (int) length, g_bytes_get_data (data, NULL), g_bytes_get_size (data), mac,
                  &length) != NULL;
  OPENSSL_cleanse (derived, sizeof derived);
  if (!made)
    {
      signet_openssl_set_error (error, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_FAILED, _("A row could not be authenticated"));
      return NULL;
    }

  return g_bytes_new (mac, length);
}
