/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-transaction-private.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <string.h>

#include "cmp/cmp-item-private.h"

/*
 * The part of a saved transaction that is to be sealed: an octet with the version, then entries of an octet for the kind, two for the
 * number of the item, four for the length, and the octets. Written straight into the secure heap.
 */
#define VERSION 1
#define HEADER_SIZE 7
#define MAX_SIZE (1024 * 1024)

typedef enum {
  KIND_CENTRAL_KEY = 1,         /* PKCS #8 of a key that the authority made */
  KIND_PROTOCOL_KEY = 2,        /* PKCS #8 of a key that the answer is encrypted to */
  KIND_CHALLENGE_RESPONSE = 3,  /* contents of a popdecr that is not made yet */
  KIND_PROTECTION = 4,          /* signet_cmp_protector_save_secrets () */
} Kind;

typedef struct {
  Kind kind;
  guint item;
  SignetSecret *octets;
} Entry;

static void
clear_entry (gpointer data)
{
  signet_secret_unref (((Entry *) data)->octets);
}

static gboolean
add_key (GArray     *entries,
         Kind        kind,
         guint       item,
         SignetKey  *key,
         GError    **error)
{
  Entry entry = { kind, item, NULL };

  if (key == NULL)
    return TRUE;
  entry.octets = signet_key_to_pkcs8 (key, error);
  if (entry.octets == NULL)
    return FALSE;
  g_array_append_val (entries, entry);

  return TRUE;
}

static gboolean
collect (SignetCmpTransaction  *self,
         GArray                *entries,
         GError               **error)
{
  for (guint i = 0; i < self->progress->len; i++)
    {
      SignetCmpItem *item = signet_cmp_operation_get_item (self->operation, i);

      if (!add_key (entries, KIND_CENTRAL_KEY, i, signet_cmp_transaction_get_progress (self, i)->key, error)
          || (item != NULL && !add_key (entries, KIND_PROTOCOL_KEY, i, signet_cmp_item_get_protocol_key (item), error)))
        return FALSE;
    }
  if (self->protector != NULL)
    {
      Entry entry = { KIND_PROTECTION, 0, signet_cmp_protector_save_secrets (self->protector) };

      if (entry.octets != NULL)
        g_array_append_val (entries, entry);
    }
  if (self->challenge_response != NULL)
    {
      Entry entry = { KIND_CHALLENGE_RESPONSE, 0, NULL };

      entry.octets = signet_secret_new (g_bytes_get_data (self->challenge_response, NULL),
                                        g_bytes_get_size (self->challenge_response));
      g_array_append_val (entries, entry);
    }

  return TRUE;
}

gboolean
signet_cmp_transaction_seal (SignetCmpTransaction  *self,
                             SignetSecret         **sealed,
                             GError               **error)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, TRUE, sizeof (Entry));
  gsize size = 1;
  guint8 *buffer;
  guint8 *at;

  *sealed = NULL;
  g_array_set_clear_func (entries, clear_entry);
  if (!collect (self, entries, error))
    return FALSE;
  if (entries->len == 0)
    return TRUE;
  for (guint i = 0; i < entries->len; i++)
    size += HEADER_SIZE + signet_secret_get_size (g_array_index (entries, Entry, i).octets);
  buffer = at = OPENSSL_secure_malloc (size);
  *at++ = VERSION;
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);
      gsize length;
      const guint8 *octets = signet_secret_get_data (entry->octets, &length);
      guint8 header[HEADER_SIZE] = { (guint8) entry->kind, (guint8) (entry->item >> 8), (guint8) entry->item,
                                     (guint8) (length >> 24), (guint8) (length >> 16), (guint8) (length >> 8), (guint8) length };

      memcpy (at, header, sizeof header);
      memcpy (at + sizeof header, octets, length);
      at += sizeof header + length;
    }
  *sealed = signet_secret_new (buffer, size);
  OPENSSL_secure_clear_free (buffer, size);

  return TRUE;
}

/* ---- back ---- */

static gboolean
set_broken (GError **error)
{
  g_set_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_SAVED,
               _("The sealed part of the saved request cannot be read. Ask the authority what became of it."));
  return FALSE;
}

static gboolean
take_key (SignetCmpTransaction *self,
          guint                 kind,
          guint                 index,
          SignetSecret         *pkcs8)
{
  SignetCmpItem *item = signet_cmp_operation_get_item (self->operation, index);
  g_autoptr (SignetKey) key = signet_key_new_from_pkcs8 (pkcs8, NULL);

  if (index >= self->progress->len || item == NULL || key == NULL)
    return FALSE;
  if (kind == KIND_CENTRAL_KEY)
    g_set_object (&signet_cmp_transaction_get_progress (self, index)->key, key);
  else
    signet_cmp_item_take_protocol_key (item, key);

  return TRUE;
}

static gboolean
take_entry (SignetCmpTransaction *self,
            guint                 kind,
            guint                 index,
            const guint8         *octets,
            gsize                 length)
{
  g_autoptr (SignetSecret) secret = signet_secret_new (octets, length);

  switch (kind)
    {
    case KIND_CENTRAL_KEY:
    case KIND_PROTOCOL_KEY:
      return take_key (self, kind, index, secret);
    case KIND_CHALLENGE_RESPONSE:
      g_clear_pointer (&self->challenge_response, g_bytes_unref);
      self->challenge_response = g_bytes_new (octets, length);
      return TRUE;
    case KIND_PROTECTION:
      return self->protector != NULL && signet_cmp_protector_restore_secrets (self->protector, secret, NULL);
    default:
      return FALSE;
    }
}

/* Whether all keys are there that the public part speaks of. */
static gboolean
is_complete (SignetCmpTransaction *self)
{
  for (guint i = 0; i < self->progress->len; i++)
    {
      const SignetCmpProgress *progress = signet_cmp_transaction_get_progress (self, i);
      SignetCmpItem *item = signet_cmp_operation_get_item (self->operation, i);

      if (item != NULL && signet_cmp_item_is_central (item) && progress->key == NULL
          && (progress->state == SIGNET_CMP_ITEM_CONFIRMED
              || (progress->state == SIGNET_CMP_ITEM_GRANTED && progress->rejection == NULL)))
        return FALSE;
    }

  return self->next_body != SIGNET_CMP_BODY_POPDECR || self->outgoing != NULL || self->step != SIGNET_CMP_STEP_SEND
         || self->challenge_response != NULL;
}

gboolean
signet_cmp_transaction_unseal (SignetCmpTransaction  *self,
                               SignetSecret          *sealed,
                               GError               **error)
{
  gsize size = 0;
  const guint8 *data = sealed != NULL ? signet_secret_get_data (sealed, &size) : NULL;
  gsize at = 1;

  if (size > MAX_SIZE || (size > 0 && data[0] != VERSION))
    return set_broken (error);
  while (at < size)
    {
      const guint8 *header = data + at;
      gsize length;

      if (size - at < HEADER_SIZE)
        return set_broken (error);
      length = (gsize) header[3] << 24 | (gsize) header[4] << 16 | (gsize) header[5] << 8 | header[6];
      if (size - at - HEADER_SIZE < length
          || !take_entry (self, header[0], (guint) header[1] << 8 | header[2], header + HEADER_SIZE, length))
        return set_broken (error);
      at += HEADER_SIZE + length;
    }

  return is_complete (self) || set_broken (error);
}
