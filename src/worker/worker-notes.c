/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/worker-notes.h"

/**
 * signet_worker_notes_new:
 *
 * Returns: (transfer full): notes of a request that has just been made
 */
SignetWorkerNotes *
signet_worker_notes_new (void)
{
  SignetWorkerNotes *self = g_new0 (SignetWorkerNotes, 1);

  self->key_usages = g_new0 (char *, 1);
  self->extended_key_usages = g_new0 (char *, 1);

  return self;
}

static void
lookup_strings (GVariantDict   *dict,
                const char     *name,
                char         ***strings)
{
  char **found = NULL;

  if (!g_variant_dict_lookup (dict, name, "^as", &found))
    return;
  g_strfreev (*strings);
  *strings = found;
}

/**
 * signet_worker_notes_new_from_variant:
 * @variant: (nullable): what signet_worker_notes_to_variant() made, by this release or an earlier one
 *
 * Returns: (transfer full): the notes; what is not there is as in new ones
 */
SignetWorkerNotes *
signet_worker_notes_new_from_variant (GVariant *variant)
{
  SignetWorkerNotes *self = signet_worker_notes_new ();
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (variant);
  g_autoptr (GVariant) template = NULL;
  guint32 before = SIGNET_REQUEST_DRAFT;

  lookup_strings (&dict, "key-usages", &self->key_usages);
  lookup_strings (&dict, "extended-key-usages", &self->extended_key_usages);
  template = g_variant_dict_lookup_value (&dict, "template", G_VARIANT_TYPE_BYTESTRING);
  if (template != NULL)
    self->template = g_variant_get_data_as_bytes (template);
  g_variant_dict_lookup (&dict, "insist", "b", &self->insist);
  g_variant_dict_lookup (&dict, "identity", "x", &self->identity_id);
  g_variant_dict_lookup (&dict, "failures", "u", &self->failures);
  g_variant_dict_lookup (&dict, "polls", "u", &self->polls);
  g_variant_dict_lookup (&dict, "polling-since", "x", &self->polling_since);
  g_variant_dict_lookup (&dict, "renewals", "u", &self->renewals);
  g_variant_dict_lookup (&dict, "resent", "b", &self->resent);
  g_variant_dict_lookup (&dict, "outgoing", "x", &self->outgoing);
  g_variant_dict_lookup (&dict, "answer", "x", &self->answer);
  g_variant_dict_lookup (&dict, "before", "u", &before);
  g_variant_dict_lookup (&dict, "question", "u", &self->question);
  self->before = MIN (before, SIGNET_REQUEST_CANCELLED);

  return self;
}

/**
 * signet_worker_notes_to_variant:
 * @self: notes
 *
 * Returns: (transfer floating): a{sv}
 */
GVariant *
signet_worker_notes_to_variant (const SignetWorkerNotes *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "key-usages", "^as", self->key_usages);
  g_variant_dict_insert (&dict, "extended-key-usages", "^as", self->extended_key_usages);
  if (self->template != NULL)
    g_variant_dict_insert_value (&dict, "template", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, self->template, TRUE));
  g_variant_dict_insert (&dict, "insist", "b", self->insist);
  g_variant_dict_insert (&dict, "identity", "x", self->identity_id);
  g_variant_dict_insert (&dict, "failures", "u", self->failures);
  g_variant_dict_insert (&dict, "polls", "u", self->polls);
  g_variant_dict_insert (&dict, "polling-since", "x", self->polling_since);
  g_variant_dict_insert (&dict, "renewals", "u", self->renewals);
  g_variant_dict_insert (&dict, "resent", "b", self->resent);
  g_variant_dict_insert (&dict, "outgoing", "x", self->outgoing);
  g_variant_dict_insert (&dict, "answer", "x", self->answer);
  g_variant_dict_insert (&dict, "before", "u", (guint32) self->before);
  g_variant_dict_insert (&dict, "question", "u", self->question);

  return g_variant_dict_end (&dict);
}

/**
 * signet_worker_notes_free:
 * @self: (transfer full): notes
 */
void
signet_worker_notes_free (SignetWorkerNotes *self)
{
  g_return_if_fail (self != NULL);

  g_strfreev (self->key_usages);
  g_strfreev (self->extended_key_usages);
  g_clear_pointer (&self->template, g_bytes_unref);
  g_free (self);
}
