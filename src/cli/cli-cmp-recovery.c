/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include <openssl/pem.h>

#include "cli/cli-cmp.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-recovery.h"

/* krr: keys that the authority kept come back, encrypted to -recoverykey. */

#define SEQUENCE 0x30
#define OID_PROTOCOL_ENCR_KEY "1.3.6.1.5.5.7.5.1.6"     /* RFC 4211 §6.6 */

/* DER AttributeTypeAndValue with the key that is to be encrypted to. */
static GBytes *
make_control (SignetKey *key)
{
  g_autoptr (ASN1_OBJECT) type = OBJ_txt2obj (OID_PROTOCOL_ENCR_KEY, 1);
  g_autoptr (GByteArray) parts = g_byte_array_new ();
  g_autoptr (GByteArray) control = g_byte_array_new ();
  GBytes *spki = signet_key_get_public (key);
  unsigned char *der = NULL;
  int size = i2d_ASN1_OBJECT (type, &der);

  g_byte_array_append (parts, der, (guint) size);
  OPENSSL_free (der);
  g_byte_array_append (parts, g_bytes_get_data (spki, NULL), (guint) g_bytes_get_size (spki));
  signet_der_append (control, SEQUENCE, parts->data, parts->len);

  return g_byte_array_free_to_bytes (g_steal_pointer (&control));
}

static SignetKey *
load_recovery_key (SignetCliCmp  *self,
                   GError       **error)
{
  const char *source = signet_cli_cmp_text (self, "recoverykey");

  if (source == NULL)
    {
      signet_cli_cmp_usage (error, _("Nothing says what recovered keys are to be encrypted to: -recoverykey is missing"));
      return NULL;
    }

  return signet_cli_cmp_load_key (self, source, "newkeypass", error);
}

gboolean
signet_cli_cmp_add_recovery_key (SignetCliCmp   *self,
                                 SignetCmpItem  *item,
                                 GError        **error)
{
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (GBytes) control = NULL;

  if (!signet_cli_cmp_given (self, "recoveredout") && !signet_cli_cmp_given (self, "reqout_only"))
    return signet_cli_cmp_usage (error, _("Nothing says where to save the recovered keys: -recoveredout is missing"));
  key = load_recovery_key (self, error);
  if (key == NULL || !signet_cmp_recovery_check_key (key, error))
    return FALSE;
  control = make_control (key);

  return signet_cmp_item_add_control (item, control, error);
}

/* One key and its certificate, behind those that are there. */
static gboolean
write_pair (BIO                *bio,
            SignetKey          *key,
            SignetCertificate  *certificate,
            SignetSecret       *password)
{
  gsize length = 0;
  const guint8 *octets = password != NULL ? signet_secret_get_data (password, &length) : NULL;

  return PEM_write_bio_PKCS8PrivateKey (bio, signet_key_get_pkey (key), password != NULL ? EVP_aes_256_cbc () : NULL,
                                        (const char *) octets, (int) length, NULL, NULL) == 1
         && (certificate == NULL || PEM_write_bio_X509 (bio, signet_certificate_get_x509 (certificate)) == 1);
}

static gboolean
write_history (SignetCliCmp             *self,
               const SignetCmpRecovery  *recovery,
               BIO                      *bio,
               GError                  **error)
{
  g_autoptr (SignetKey) key = load_recovery_key (self, error);
  g_autoptr (SignetSecret) password = NULL;
  SignetCmpRecipient recipient = { .key = key };
  SignetCmpKeySource source = { self->authority, self->extra_in, self->signer_in == NULL, g_get_real_time () / G_USEC_PER_SEC };

  if (key == NULL || !signet_cli_cmp_read_secret (self, "newkeypass", &password, error))
    return FALSE;
  for (guint i = 0; i < recovery->history->len; i++)
    {
      g_autoptr (SignetCertificate) certificate = NULL;
      g_autoptr (SignetKey) recovered
          = signet_cmp_recovery_open (recovery->history->pdata[i], &recipient, &source, &certificate, NULL, error);

      if (recovered == NULL)
        return FALSE;
      if (!write_pair (bio, recovered, certificate, password))
        {
          signet_openssl_set_error (error, SIGNET_CLI_ERROR, SIGNET_CLI_FAILED, _("A recovered key cannot be written"));
          return FALSE;
        }
    }

  return TRUE;
}

gboolean
signet_cli_cmp_take_krp (SignetCliCmp          *self,
                         SignetCmpTransaction  *transaction,
                         GError               **error)
{
  const char *path = signet_cli_cmp_text (self, "recoveredout");
  g_autoptr (SignetCmpRecovery) recovery = signet_cmp_recovery_read (signet_cmp_transaction_get_answer (transaction, NULL), error);
  g_autoptr (BIO) bio = BIO_new (BIO_s_secmem ());
  g_autoptr (GBytes) contents = NULL;
  char *data;
  long size;

  if (recovery == NULL || !write_history (self, recovery, bio, error))
    return FALSE;
  signet_cli_cmp_log (self, SIGNET_CLI_CMP_LOG_INFO, _("%u recovered keys are saved in %s"), recovery->history->len, path);
  size = BIO_get_mem_data (bio, &data);
  contents = g_bytes_new_static (data, (gsize) size);

  return signet_cli_cmp_write (path, contents, 0600, error);
}
