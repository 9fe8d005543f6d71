/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <string.h>

#include "pki/pki-chain.h"
#include "worker/worker-credentials.h"
#include "worker/worker-error.h"
#include "worker/worker-settings.h"

static SignetCmpCredentials *
by_certificate (SignetStore  *store,
                gint64        identity_id,
                GError      **error)
{
  g_autoptr (SignetCertificateRecord) record = signet_store_get_certificate (store, identity_id, error);
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (GPtrArray) issuers = NULL;
  g_autoptr (GPtrArray) chain = NULL;

  if (record == NULL)
    return NULL;
  if (record->key_id == 0)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                   _("“%s” cannot sign a request: its private key is not here."), record->name);
      return NULL;
    }
  certificate = signet_certificate_new_from_der (record->der, error);
  key = certificate != NULL ? signet_store_get_key (store, record->key_id, error) : NULL;
  issuers = key != NULL ? signet_store_list_issuers (store, error) : NULL;
  if (issuers == NULL)
    return NULL;
  chain = signet_chain_order (certificate, issuers);
  g_ptr_array_remove_index (chain, 0);

  return signet_cmp_credentials_new_signature (key, certificate, chain, error);
}

#define CODE_GROUP 5            /* letters or digits */
#define CODE_MAX 23             /* four groups */

/* cryptlib gives its users a name and a password in groups of five, which stand for octets: five bits a character, no O and 0, I
 * and 1, and a check sum in the first octet, which the rest is without. (transfer full) (nullable): it is no such text. */
static SignetSecret *
decode_groups (const char *text,
               gsize       size)
{
  static const char digits[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  guint8 octets[CODE_MAX] = { 0 };
  guint bits = 0;
  SignetSecret *decoded;

  if (size != 3 * CODE_GROUP + 2 && size != 4 * CODE_GROUP + 3)
    return NULL;
  for (gsize i = 0; i < size; i++)
    {
      const char *digit = strchr (digits, g_ascii_toupper (text[i]));
      guint value;

      if (i % (CODE_GROUP + 1) == CODE_GROUP)
        {
          if (text[i] != '-')
            return NULL;
          continue;
        }
      if (digit == NULL || *digit == '\0')
        return NULL;
      value = (guint) (digit - digits);
      for (guint bit = 0; bit < 5; bit++, bits++)
        octets[bits / 8] |= (guint8) ((value >> (4 - bit) & 1) << (7 - bits % 8));
    }
  decoded = signet_secret_new (octets + 1, (bits + 7) / 8 - 1);
  OPENSSL_cleanse (octets, sizeof octets);

  return decoded;
}

/* The code of an authority whose users have such names and passwords. */
static SignetCmpCredentials *
by_groups (const char    *reference,
           SignetSecret  *code,
           GError       **error)
{
  g_autoptr (SignetSecret) user = decode_groups (reference, strlen (reference));
  g_autoptr (SignetSecret) password = NULL;
  g_autoptr (GBytes) kid = NULL;
  SignetCmpCredentials *credentials;
  gsize size;
  const char *text = (const char *) signet_secret_get_data (code, &size);
  const guint8 *octets;

  password = decode_groups (text, size);
  if (user == NULL || password == NULL)
    {
      g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                           user == NULL ? _("The reference is no user ID of cryptlib, which has groups of five as in ABCDE-FGHJK-LMNPQ. "
                                            "Check it, or set code-format to “text”.")
                                        : _("The code is no password of cryptlib, which has groups of five as in ABCDE-FGHJK-LMNPQ-RSTUV. "
                                            "Check it, or set code-format to “text”."));
      return NULL;
    }
  octets = signet_secret_get_data (user, &size);
  kid = g_bytes_new (octets, size);
  credentials = signet_cmp_credentials_new_mac (reference, password);
  signet_cmp_credentials_set_sender_kid (credentials, kid);

  return credentials;
}

/* Whether a certificate of this computer may sign for a further one: good, with its key, and one whose key signs. */
static gboolean
can_sign (SignetStore                    *store,
          const SignetCertificateRecord  *record,
          gint64                          now)
{
  g_autoptr (SignetCmpCredentials) credentials = NULL;

  if (record->key_id == 0 || g_strcmp0 (record->state, "good-for-use") != 0 || record->not_before > now
      || record->not_after <= now)
    return FALSE;
  credentials = by_certificate (store, record->id, NULL);

  return credentials != NULL;
}

/**
 * signet_worker_credentials_choose_identity:
 * @store: where certificates lie
 * @authority: who is asked
 * @identity_id: row of the certificate that the person named, or 0
 * @now: seconds since 1970, UTC
 *
 * The certificate named, else the one that the authority's settings name, else its code. Where that was used up, the latest
 * certificate of this very authority that can sign, as a further certificate is asked for (RFC 9483 §4.1.2).
 *
 * Returns: row of the certificate that signs, or 0 for the code
 */
gint64
signet_worker_credentials_choose_identity (SignetStore                  *store,
                                           const SignetAuthorityRecord  *authority,
                                           gint64                        identity_id,
                                           gint64                        now)
{
  g_autoptr (GPtrArray) certificates = NULL;
  const SignetCertificateRecord *latest = NULL;

  if (identity_id != 0)
    return identity_id;
  if (authority->identity_id != 0 || authority->has_secret)
    return authority->identity_id;
  certificates = signet_store_list_certificates (store, NULL);
  for (guint i = 0; certificates != NULL && i < certificates->len; i++)
    {
      const SignetCertificateRecord *record = g_ptr_array_index (certificates, i);

      if (record->authority_id == authority->id && (latest == NULL || record->not_before >= latest->not_before)
          && can_sign (store, record, now))
        latest = record;
    }

  return latest != NULL ? latest->id : 0;
}

/**
 * signet_worker_credentials_find:
 * @store: where keys and codes are sealed
 * @authority: who is asked
 * @identity_id: as signet_worker_credentials_choose_identity() gave it
 * @error: %SIGNET_WORKER_ERROR_INVALID says what is missing
 *
 * Returns: (transfer full): the credentials
 */
SignetCmpCredentials *
signet_worker_credentials_find (SignetStore                  *store,
                                const SignetAuthorityRecord  *authority,
                                gint64                        identity_id,
                                GError                      **error)
{
  g_autoptr (SignetSecret) secret = NULL;
  g_autofree char *format = NULL;

  if (identity_id == 0)
    identity_id = authority->identity_id;
  if (identity_id != 0)
    return by_certificate (store, identity_id, error);
  if (!authority->has_secret)
    {
      g_set_error (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID,
                   _("“%s” needs a new code: the last one was used up. Ask your organisation for one, or sign with a "
                     "certificate you hold."),
                   authority->name);
      return NULL;
    }
  secret = signet_store_get_authority_secret (store, authority->id, error);
  if (secret == NULL)
    return NULL;

  if (authority->settings != NULL)
    format = signet_worker_lookup_text (authority->settings, "code-format");
  if (g_strcmp0 (format, "cryptlib") == 0)
    return by_groups (authority->reference, secret, error);

  return signet_cmp_credentials_new_mac (authority->reference, secret);
}

/**
 * signet_worker_credentials_choose_operation:
 * @store: where the certificate lies
 * @authority: who is asked
 * @identity_id: as for signet_worker_credentials_find()
 *
 * A certificate of this very authority asks for a further one by cr; a code, or a certificate of another PKI, enrols by ir
 * (RFC 9483 §4.1.1, §4.1.2).
 *
 * Returns: (transfer none): "ir" or "cr"
 */
const char *
signet_worker_credentials_choose_operation (SignetStore                 *store,
                                            const SignetAuthorityRecord *authority,
                                            gint64                       identity_id)
{
  g_autoptr (SignetCertificateRecord) record = NULL;

  if (identity_id != 0)
    record = signet_store_get_certificate (store, identity_id, NULL);

  return record != NULL && record->authority_id == authority->id ? "cr" : "ir";
}
