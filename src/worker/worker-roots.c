/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "worker/worker-roots.h"

#include <glib/gi18n-lib.h>

#include "cmp/cmp-root-update.h"
#include "pki/pki-chain.h"
#include "pki/pki-issuers.h"
#include "transfer/transfer-fetch.h"
#include "worker/worker-authority.h"
#include "worker/worker-error.h"
#include "worker/worker-settings.h"

/*
 * Roots and issuers from where caIssuers says (RFC 5280 §4.2.2.1, RFC 9810 §4.4.2.2). Addresses are taken from certificates only that
 * the authority is trusted by or that were checked when they came: what was just fetched names no further place, so that no server
 * leads this machine about. What lies there is believed for its signatures alone: an issuer is kept where it completes a path to an
 * anchor; a root becomes one where the present root vouches for it, or the person for its fingerprint.
 */

#define PLACES_MAX 8
#define TIMEOUT 15              /* seconds a place */

typedef struct
{
  char *address;
  GBytes *octets;               /* (nullable): nothing came */
  char *outcome;                /* in words */
} Place;

typedef struct
{
  SignetCertificate *certificate;
  SignetCertificate *replaces;  /* (nullable): anchor that it follows */
  gboolean vouched;
  gboolean refused;
  gboolean installed;
  char *text;
} Root;

typedef struct
{
  gint64 authority_id;
  gboolean install;
  char *trust;                  /* (nullable): fingerprint that the person compared */
  SignetCmpAuthority *authority;
  GPtrArray *own;               /* (element-type SignetCertificate): that it issued to the person */
  GPtrArray *known;             /* (element-type SignetCertificate): issuers that are here */
  GPtrArray *places;            /* (element-type Place) */
  guint fetched;
  GPtrArray *heap;              /* (element-type SignetCertificate): what lay there */
  GPtrArray *roots;             /* (element-type Root) */
  GPtrArray *issuers;           /* (element-type SignetCertificate): newly kept */
} Search;

static void
place_free (gpointer data)
{
  Place *self = data;

  g_free (self->address);
  g_clear_pointer (&self->octets, g_bytes_unref);
  g_free (self->outcome);
  g_free (self);
}

static void
root_free (gpointer data)
{
  Root *self = data;

  g_object_unref (self->certificate);
  g_clear_object (&self->replaces);
  g_free (self->text);
  g_free (self);
}

static void
search_free (gpointer data)
{
  Search *self = data;

  g_free (self->trust);
  g_clear_object (&self->authority);
  g_clear_pointer (&self->own, g_ptr_array_unref);
  g_clear_pointer (&self->known, g_ptr_array_unref);
  g_clear_pointer (&self->places, g_ptr_array_unref);
  g_clear_pointer (&self->heap, g_ptr_array_unref);
  g_clear_pointer (&self->roots, g_ptr_array_unref);
  g_clear_pointer (&self->issuers, g_ptr_array_unref);
  g_free (self);
}

static gboolean
contains (GPtrArray         *certificates,
          SignetCertificate *certificate)
{
  return g_ptr_array_find_with_equal_func (certificates, certificate, (GEqualFunc) signet_certificate_equal, NULL);
}

static void
append (GPtrArray *certificates,
        GPtrArray *others)
{
  for (guint i = 0; i < others->len; i++)
    if (!contains (certificates, others->pdata[i]))
      g_ptr_array_add (certificates, g_object_ref (others->pdata[i]));
}

/* ---- where to look ---- */

static gboolean
load_own (Search       *self,
          SignetStore  *store,
          GError      **error)
{
  g_autoptr (GPtrArray) records = signet_store_list_certificates (store, error);

  self->own = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const SignetCertificateRecord *record = records->pdata[i];
      SignetCertificate *certificate;

      if (record->authority_id != self->authority_id)
        continue;
      certificate = signet_certificate_new_from_der (record->der, error);
      if (certificate == NULL)
        return FALSE;
      g_ptr_array_add (self->own, certificate);
    }

  return records != NULL;
}

static void
add_places (Search            *self,
            SignetCertificate *certificate)
{
  g_auto (GStrv) addresses = signet_certificate_get_ca_issuers (certificate);

  for (guint i = 0; addresses[i] != NULL && self->places->len < PLACES_MAX; i++)
    {
      gboolean there = FALSE;

      for (guint k = 0; k < self->places->len && !there; k++)
        there = g_str_equal (((Place *) self->places->pdata[k])->address, addresses[i]);
      if (!there)
        {
          Place *place = g_new0 (Place, 1);

          place->address = g_strdup (addresses[i]);
          g_ptr_array_add (self->places, place);
        }
    }
}

static gboolean
look_up (Search       *self,
         SignetStore  *store,
         GError      **error)
{
  g_autoptr (SignetAuthorityRecord) record = signet_store_get_authority (store, self->authority_id, error);
  GPtrArray *anchors;

  self->places = g_ptr_array_new_with_free_func (place_free);
  self->authority = record != NULL ? signet_worker_authority_to_cmp (record, error) : NULL;
  if (self->authority == NULL || !load_own (self, store, error))
    return FALSE;
  self->known = signet_store_list_issuers (store, error);
  if (self->known == NULL)
    return FALSE;
  append (self->known, signet_cmp_authority_get_intermediates (self->authority));

  anchors = signet_cmp_authority_get_anchors (self->authority);
  for (guint i = 0; i < anchors->len; i++)
    add_places (self, anchors->pdata[i]);
  for (guint i = 0; i < self->own->len; i++)
    {
      g_autoptr (GPtrArray) chain = signet_chain_order (self->own->pdata[i], self->known);

      if (!signet_certificate_is_self_issued (chain->pdata[chain->len - 1]))
        add_places (self, chain->pdata[chain->len - 1]);
    }

  return TRUE;
}

/* ---- what was found ---- */

static void
read_places (Search *self)
{
  self->heap = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < self->places->len; i++)
    {
      Place *place = self->places->pdata[i];
      g_autoptr (GError) reason = NULL;
      g_autoptr (GPtrArray) certificates = place->octets != NULL ? signet_issuers_read (place->octets, &reason) : NULL;

      if (certificates != NULL)
        {
          append (self->heap, certificates);
          place->outcome = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u certificate", "%u certificates", certificates->len),
                                            certificates->len);
        }
      else if (reason != NULL)
        place->outcome = g_strdup (reason->message);
    }
}

static Root *
add_root (Search            *self,
          SignetCertificate *certificate)
{
  Root *root = g_new0 (Root, 1);

  root->certificate = g_object_ref (certificate);
  g_ptr_array_add (self->roots, root);

  return root;
}

static gboolean
is_new (Search            *self,
        SignetCertificate *certificate)
{
  if (contains (signet_cmp_authority_get_anchors (self->authority), certificate))
    return FALSE;
  for (guint i = 0; i < self->roots->len; i++)
    if (signet_certificate_equal (((Root *) self->roots->pdata[i])->certificate, certificate))
      return FALSE;

  return TRUE;
}

/* RFC 9810 §4.4.2.2: what one of the anchors vouches for. */
static void
judge_updates (Search *self,
               gint64  now)
{
  GPtrArray *anchors = signet_cmp_authority_get_anchors (self->authority);

  for (guint i = 0; i < anchors->len; i++)
    {
      SignetCertificate *old = anchors->pdata[i];
      g_autoptr (SignetCmpRootUpdate) update = signet_cmp_root_update_pick (old, self->heap);
      SignetCmpRootUpdateLinks links = 0;
      g_autoptr (GError) reason = NULL;
      Root *root;

      if (update == NULL || !is_new (self, update->new_with_new))
        continue;
      root = add_root (self, update->new_with_new);
      root->replaces = g_object_ref (old);
      root->refused = !signet_cmp_root_update_check (update, old, anchors, now, &links, &reason);
      root->vouched = !root->refused && (links & SIGNET_CMP_ROOT_UPDATE_NEW_WITH_OLD) != 0;
      root->text = g_strdup (root->refused ? reason->message : _("The root that is trusted now vouches for it."));
    }
}

/* Nobody vouches for a root that signed itself; what can be looked at is whether it could be one. */
static void
judge_root (Search            *self,
            SignetCertificate *certificate,
            gint64             now)
{
  const char *wanted = signet_cmp_authority_get_anchor_fingerprint (self->authority);
  g_autoptr (GPtrArray) alone = g_ptr_array_new ();
  g_autoptr (GPtrArray) chain = NULL;
  g_autoptr (GError) reason = NULL;
  Root *root = add_root (self, certificate);

  g_ptr_array_add (alone, certificate);
  if (signet_certificate_is_ca (certificate) && X509_self_signed (signet_certificate_get_x509 (certificate), 1) == 1)
    chain = signet_chain_build (certificate, NULL, alone, now, &reason);
  else
    g_set_error_literal (&reason, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNTRUSTED, _("It is no root of an authority, or did not sign itself."));
  signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, "root");
  root->refused = chain == NULL;
  root->vouched = !root->refused && g_strcmp0 (wanted, signet_certificate_get_fingerprint (certificate)) == 0;
  if (root->refused)
    root->text = g_strdup (reason->message);
  else if (root->vouched)
    root->text = g_strdup (_("It has the fingerprint that was entered for this authority."));
  else
    root->text = g_strdup (_("Nobody vouches for it: compare its fingerprint with one that your authority gave you by another way."));
}

/* Ends of paths of what the authority issued, and roots of the name of one that is trusted. */
static void
judge_others (Search *self,
              gint64  now)
{
  GPtrArray *anchors = signet_cmp_authority_get_anchors (self->authority);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);

  append (all, self->heap);
  append (all, self->known);
  for (guint i = 0; i < self->own->len; i++)
    {
      g_autoptr (GPtrArray) chain = signet_chain_order (self->own->pdata[i], all);
      SignetCertificate *last = chain->pdata[chain->len - 1];

      if (chain->len > 1 && signet_certificate_is_self_issued (last) && contains (self->heap, last) && is_new (self, last))
        judge_root (self, last, now);
    }
  for (guint i = 0; i < self->heap->len; i++)
    {
      SignetCertificate *candidate = self->heap->pdata[i];
      gboolean named = FALSE;

      for (guint k = 0; k < anchors->len && !named; k++)
        named = g_str_equal (signet_certificate_get_subject (candidate), signet_certificate_get_subject (anchors->pdata[k]));
      if (named && is_new (self, candidate) && X509_self_signed (signet_certificate_get_x509 (candidate), 1) == 1)
        judge_root (self, candidate, now);
    }
  signet_openssl_set_error (NULL, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_FAILED, "root");
}

/* ---- what is kept ---- */

static gboolean
install_roots (Search       *self,
               SignetStore  *store,
               GError      **error)
{
  gboolean named = self->trust == NULL;

  for (guint i = 0; i < self->roots->len; i++)
    {
      Root *root = self->roots->pdata[i];
      gboolean is_named = g_strcmp0 (self->trust, signet_certificate_get_fingerprint (root->certificate)) == 0;

      named = named || is_named;
      if (is_named && root->refused)
        {
          g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_FAILED, root->text);
          return FALSE;
        }
      if (root->refused || (!is_named && !(self->install && root->vouched)))
        continue;
      if (!signet_store_add_anchor (store, self->authority_id, root->certificate, error))
        return FALSE;
      root->installed = TRUE;
      signet_cmp_authority_add_anchor (self->authority, root->certificate);
    }
  if (!named)
    g_set_error_literal (error, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_NOT_FOUND, _("No root with this fingerprint was found."));

  return named;
}

static gboolean
keep_issuers (Search       *self,
              SignetStore  *store,
              gint64        now,
              GError      **error)
{
  GPtrArray *anchors = signet_cmp_authority_get_anchors (self->authority);
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);

  append (all, self->known);
  append (all, self->heap);
  for (guint i = 0; anchors->len > 0 && i < self->own->len; i++)
    {
      g_autoptr (GPtrArray) chain = signet_chain_build (self->own->pdata[i], all, anchors, now, NULL);

      for (guint k = 1; chain != NULL && k < chain->len; k++)
        {
          SignetCertificate *issuer = chain->pdata[k];

          if (contains (self->known, issuer) || contains (anchors, issuer) || contains (self->issuers, issuer))
            continue;
          if (!signet_store_add_issuer (store, issuer, self->authority_id, now, error))
            return FALSE;
          g_ptr_array_add (self->issuers, g_object_ref (issuer));
        }
    }

  return TRUE;
}

static gboolean
judge (Search       *self,
       SignetStore  *store,
       gint64        now,
       GError      **error)
{
  self->roots = g_ptr_array_new_with_free_func (root_free);
  self->issuers = g_ptr_array_new_with_free_func (g_object_unref);
  read_places (self);
  judge_updates (self, now);
  judge_others (self, now);
  if (!signet_store_begin (store, error))
    return FALSE;
  if (!install_roots (self, store, error) || !keep_issuers (self, store, now, error))
    {
      signet_store_rollback (store);
      return FALSE;
    }

  return signet_store_commit (store, error);
}

static void
describe_certificate (GVariantDict      *dict,
                      SignetCertificate *certificate)
{
  g_variant_dict_insert_value (dict, "certificate",
                               g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, signet_certificate_get_der (certificate), TRUE));
  g_variant_dict_insert (dict, "subject", "s", signet_certificate_get_subject (certificate));
  g_variant_dict_insert (dict, "fingerprint", "s", signet_certificate_get_fingerprint (certificate));
}

static GVariant *
make_answer (Search *self)
{
  g_auto (GVariantDict) answer = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder roots = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GVariantBuilder issuers = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GVariantBuilder places = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ss)"));

  for (guint i = 0; i < self->roots->len; i++)
    {
      const Root *root = self->roots->pdata[i];
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

      describe_certificate (&dict, root->certificate);
      if (root->replaces != NULL)
        g_variant_dict_insert (&dict, "replaces", "s", signet_certificate_get_fingerprint (root->replaces));
      g_variant_dict_insert (&dict, "vouched", "b", root->vouched);
      g_variant_dict_insert (&dict, "refused", "b", root->refused);
      g_variant_dict_insert (&dict, "installed", "b", root->installed);
      g_variant_dict_insert (&dict, "text", "s", root->text);
      g_variant_builder_add_value (&roots, g_variant_dict_end (&dict));
    }
  for (guint i = 0; i < self->issuers->len; i++)
    {
      g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

      describe_certificate (&dict, self->issuers->pdata[i]);
      g_variant_builder_add_value (&issuers, g_variant_dict_end (&dict));
    }
  for (guint i = 0; i < self->places->len; i++)
    {
      const Place *place = self->places->pdata[i];

      g_variant_builder_add (&places, "(ss)", place->address, place->outcome);
    }
  g_variant_dict_insert_value (&answer, "roots", g_variant_builder_end (&roots));
  g_variant_dict_insert_value (&answer, "issuers", g_variant_builder_end (&issuers));
  g_variant_dict_insert_value (&answer, "places", g_variant_builder_end (&places));

  return g_variant_new ("(@a{sv})", g_variant_dict_end (&answer));
}

/* ---- threads ---- */

static void
look_up_in_thread (GTask        *task,
                   gpointer      source_object,
                   gpointer      task_data,
                   GCancellable *cancellable)
{
  Search *self = g_task_get_task_data (G_TASK (task_data));
  GError *error = NULL;

  if (look_up (self, signet_worker_get_store (source_object), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
judge_in_thread (GTask        *task,
                 gpointer      source_object,
                 gpointer      task_data,
                 GCancellable *cancellable)
{
  Search *self = g_task_get_task_data (G_TASK (task_data));
  SignetWorker *worker = source_object;
  GError *error = NULL;
  gboolean good = judge (self, signet_worker_get_store (worker), signet_worker_get_now (worker), &error);

  signet_worker_publish (worker);
  if (good)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Takes @task. */
static void
go_on_in_thread (GTask               *task,
                 GTaskThreadFunc      function,
                 GAsyncReadyCallback  callback)
{
  g_autoptr (GTask) step = g_task_new (g_task_get_source_object (task), NULL, callback, task);

  g_task_set_name (step, "signet_worker_roots_async");
  g_task_set_task_data (step, g_object_ref (task), g_object_unref);
  signet_worker_run_in_thread (g_task_get_source_object (task), step, function);
}

static void
on_judged (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_pointer (task, g_variant_ref_sink (make_answer (g_task_get_task_data (task))), (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

static void fetch_next (GTask *task);

static void
on_fetched (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Search *self = g_task_get_task_data (task);
  Place *place = self->places->pdata[self->fetched++];
  g_autoptr (GError) reason = NULL;

  place->octets = signet_transfer_fetch_finish (result, &reason);
  if (place->octets == NULL)
    place->outcome = g_strdup (reason->message);
  fetch_next (g_steal_pointer (&task));
}

/* Takes @task. */
static void
fetch_next (GTask *task)
{
  Search *self = g_task_get_task_data (task);
  const Place *place;

  if (self->fetched == self->places->len)
    {
      go_on_in_thread (task, judge_in_thread, on_judged);
      return;
    }
  place = self->places->pdata[self->fetched];
  signet_transfer_fetch_async (place->address, SIGNET_ISSUERS_MAX_SIZE, TIMEOUT, NULL, on_fetched, task);
}

static void
on_looked_up (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    fetch_next (g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

void
signet_worker_roots_async (SignetWorker        *self,
                           GVariant            *parameters,
                           GAsyncReadyCallback  callback,
                           gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GVariant) options = NULL;
  g_autofree char *typed = NULL;
  g_autoptr (GError) reason = NULL;
  Search *search = g_new0 (Search, 1);

  g_task_set_name (task, "signet_worker_roots_async");
  g_task_set_task_data (task, search, search_free);
  g_variant_get (parameters, "(x@a{sv})", &search->authority_id, &options);
  g_variant_lookup (options, "install", "b", &search->install);
  typed = signet_worker_lookup_text (options, "trust");
  search->trust = typed != NULL ? signet_fingerprint_parse (typed, &reason) : NULL;
  if (reason != NULL)
    {
      g_task_return_new_error (task, SIGNET_WORKER_ERROR, SIGNET_WORKER_ERROR_INVALID, "%s", reason->message);
      return;
    }
  go_on_in_thread (g_steal_pointer (&task), look_up_in_thread, on_looked_up);
}

GVariant *
signet_worker_roots_finish (SignetWorker  *self,
                            GAsyncResult  *result,
                            GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
