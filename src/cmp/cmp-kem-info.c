/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-kem-info.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#include "cmp/cmp-asn1-info.h"
#include "cmp/cmp-asn1.h"

#define SAVED_VERSION 1
#define FIELDS 4                                 /* secret and transaction ID, ours and the peer's */
#define FIELD_MAX_SIZE 255
#define SAVED_MAX_SIZE (1 + FIELDS * (1 + FIELD_MAX_SIZE))

void
signet_cmp_kem_secret_clear (SignetCmpKemSecret *self)
{
  g_clear_pointer (&self->secret, signet_secret_unref);
  g_clear_pointer (&self->transaction_id, g_bytes_unref);
}

GBytes *
signet_cmp_kem_make_info (EVP_PKEY      *key,
                          gsize          secret_size,
                          SignetSecret **secret,
                          GError       **error)
{
  g_autoptr (SignetKemCiphertextInfo) info = SignetKemCiphertextInfo_new ();
  g_autoptr (SignetSecret) encapsulated = NULL;
  g_autoptr (GBytes) ciphertext = NULL;
  X509_ALGOR *kem = NULL;
  GBytes *der;

  encapsulated = signet_cmp_kem_encapsulate (key, secret_size, &kem, &ciphertext, error);
  if (encapsulated == NULL)
    return NULL;
  signet_cmp_kem_set_parameters (kem, secret_size);
  X509_ALGOR_free (info->kem);
  info->kem = kem;
  ASN1_OCTET_STRING_set (info->ct, g_bytes_get_data (ciphertext, NULL), (int) g_bytes_get_size (ciphertext));
  der = signet_asn1_encode (info, ASN1_ITEM_rptr (SignetKemCiphertextInfo));
  if (der == NULL)
    signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED, _("No secret could be encapsulated"));
  else
    *secret = g_steal_pointer (&encapsulated);

  return der;
}

SignetSecret *
signet_cmp_kem_open_info (SignetKey  *key,
                          GBytes     *info,
                          gsize       secret_size,
                          GError    **error)
{
  g_autoptr (SignetKemCiphertextInfo) decoded
      = signet_asn1_decode (g_bytes_get_data (info, NULL), g_bytes_get_size (info), ASN1_ITEM_rptr (SignetKemCiphertextInfo));
  g_autoptr (GBytes) ciphertext = NULL;

  if (decoded == NULL)
    {
      signet_openssl_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED,
                                _("The encapsulated secret that came (KemCiphertextInfo) cannot be read"));
      return NULL;
    }
  ciphertext = g_bytes_new (ASN1_STRING_get0_data (decoded->ct), (gsize) ASN1_STRING_length (decoded->ct));

  return signet_cmp_kem_decapsulate (key, decoded->kem, ciphertext, secret_size, error);
}

/* A version, then four fields, each with its size in one octet before it. */
SignetSecret *
signet_cmp_kem_secrets_save (const SignetCmpKemSecret *own,
                             const SignetCmpKemSecret *peer)
{
  const SignetCmpKemSecret *secrets[] = { own, peer };
  guint8 saved[SAVED_MAX_SIZE] = { SAVED_VERSION };
  gsize size = 1;
  SignetSecret *result;

  if (own->secret == NULL && peer->secret == NULL)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      gsize secret_size = 0;
      gsize id_size = 0;
      const guint8 *secret = secrets[i]->secret != NULL ? signet_secret_get_data (secrets[i]->secret, &secret_size) : NULL;
      const guint8 *id = secrets[i]->transaction_id != NULL ? g_bytes_get_data (secrets[i]->transaction_id, &id_size) : NULL;

      g_assert (secret_size <= FIELD_MAX_SIZE && id_size <= FIELD_MAX_SIZE);
      saved[size++] = (guint8) secret_size;
      if (secret_size > 0)
        memcpy (saved + size, secret, secret_size);
      size += secret_size;
      saved[size++] = (guint8) id_size;
      if (id_size > 0)
        memcpy (saved + size, id, id_size);
      size += id_size;
    }
  result = signet_secret_new (saved, size);
  OPENSSL_cleanse (saved, sizeof saved);

  return result;
}

gboolean
signet_cmp_kem_secrets_restore (SignetSecret        *saved,
                                SignetCmpKemSecret  *own,
                                SignetCmpKemSecret  *peer,
                                GError             **error)
{
  SignetCmpKemSecret *secrets[] = { own, peer };
  const guint8 *fields[FIELDS];
  gsize sizes[FIELDS];
  gsize size;
  const guint8 *octets = signet_secret_get_data (saved, &size);
  gsize at = 1;
  gboolean ok = size > 0 && octets[0] == SAVED_VERSION;

  for (guint i = 0; ok && i < FIELDS; i++)
    {
      ok = at < size && octets[at] <= size - at - 1;
      if (ok)
        {
          sizes[i] = octets[at];
          fields[i] = octets + at + 1;
          at += 1 + sizes[i];
        }
    }
  if (!ok || at != size)
    {
      g_set_error_literal (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_SAVED,
                           _("The secrets of the saved transaction cannot be read"));
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      signet_cmp_kem_secret_clear (secrets[i]);
      if (sizes[2 * i] == 0)
        continue;
      secrets[i]->secret = signet_secret_new (fields[2 * i], sizes[2 * i]);
      secrets[i]->transaction_id = g_bytes_new (fields[2 * i + 1], sizes[2 * i + 1]);
    }

  return TRUE;
}
