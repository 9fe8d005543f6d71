/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "client/client-items.h"
#include "client/client-lists.h"

/* More changed rows than this at once are read as a whole list. */
#define ROWS_MAX 500

/* A reading that failed, mostly because a writer was in the way for too long, is made again: pauses in milliseconds. */
#define TRIES_MAX 6
#define FIRST_PAUSE 100

enum
{
  AUTHORITIES,
  REQUESTS,
  CERTIFICATES,
  KEYS,
  N_LISTS
};

static const char *const tables[N_LISTS] = { "authority", "request", "certificate", "key" };

struct _SignetClientLists
{
  GObject parent_instance;

  char *home;
  SignetStore *store;           /* (nullable) */
  SignetItemModel *models[N_LISTS];
  GHashTable *rows[N_LISTS];    /* set of gint64*: to be read again */
  gboolean whole[N_LISTS];      /* everything is to be read again */
  gboolean reopen;
  gboolean reading;
  GSource *pause;               /* (nullable): before a reading that failed is made again */
  guint failures;               /* readings in a row that failed */
  GQueue settling;              /* of GTask */
};

G_DEFINE_FINAL_TYPE (SignetClientLists, signet_client_lists, G_TYPE_OBJECT)

/* What one reading was asked for, and what it found. */
typedef struct
{
  char *home;
  SignetStore *store;
  gboolean reopen;
  gboolean whole[N_LISTS];
  GHashTable *rows[N_LISTS];
  GPtrArray *items[N_LISTS];    /* (element-type SignetItem) */
  GArray *gone[N_LISTS];        /* of gint64 */
} Reading;

static void read_next (SignetClientLists *self);

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_free (reading->home);
  g_clear_object (&reading->store);
  for (guint i = 0; i < N_LISTS; i++)
    {
      g_clear_pointer (&reading->rows[i], g_hash_table_unref);
      g_clear_pointer (&reading->items[i], g_ptr_array_unref);
      g_clear_pointer (&reading->gone[i], g_array_unref);
    }
  g_free (reading);
}

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

/* ---- in the thread that reads ---- */

static SignetItem *
make_request_item (SignetStore         *store,
                   SignetRequestRecord *record)
{
  g_autoptr (SignetAuthorityRecord) authority = signet_store_get_authority (store, record->authority_id, NULL);

  return signet_request_item_new (record, authority != NULL ? authority->name : NULL);
}

static SignetItem *
make_item (SignetStore *store,
           guint        list,
           gpointer     record)
{
  switch (list)
    {
    case AUTHORITIES:
      return signet_authority_item_new (record);
    case REQUESTS:
      return make_request_item (store, record);
    case CERTIFICATES:
      return signet_certificate_item_new (record);
    case KEYS:
    default:
      return signet_key_item_new (record);
    }
}

static GPtrArray *
list_records (SignetStore  *store,
              guint         list,
              GError      **error)
{
  switch (list)
    {
    case AUTHORITIES:
      return signet_store_list_authorities (store, error);
    case REQUESTS:
      return signet_store_list_requests (store, error);
    case CERTIFICATES:
      return signet_store_list_certificates (store, error);
    case KEYS:
    default:
      return signet_store_list_keys (store, error);
    }
}

/* Names are looked up once, not once a request. */
static GHashTable *
list_authority_names (SignetStore *store)
{
  g_autoptr (GPtrArray) records = signet_store_list_authorities (store, NULL);
  GHashTable *names = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);

  for (guint i = 0; records != NULL && i < records->len; i++)
    {
      const SignetAuthorityRecord *record = records->pdata[i];

      g_hash_table_insert (names, g_memdup2 (&record->id, sizeof record->id), g_strdup (record->name));
    }

  return names;
}

static gboolean
read_list (Reading  *reading,
           guint     list,
           GError  **error)
{
  g_autoptr (GPtrArray) records = list_records (reading->store, list, error);
  g_autoptr (GHashTable) names = NULL;

  if (records == NULL)
    return FALSE;
  if (list == REQUESTS)
    names = list_authority_names (reading->store);
  reading->items[list] = g_ptr_array_new_full (records->len, g_object_unref);
  for (guint i = 0; i < records->len; i++)
    {
      gpointer record = g_steal_pointer (&records->pdata[i]);

      if (list == REQUESTS)
        g_ptr_array_add (reading->items[list],
                         signet_request_item_new (record,
                                                  g_hash_table_lookup (names,
                                                                       &((SignetRequestRecord *) record)->authority_id)));
      else
        g_ptr_array_add (reading->items[list], make_item (reading->store, list, record));
    }
  /* Its records are the items' now. */
  g_ptr_array_set_free_func (records, NULL);

  return TRUE;
}

/* (transfer full) (nullable): a record, or %NULL where the list does not have it (any more). */
static gpointer
get_record (SignetStore  *store,
            guint         list,
            gint64        id,
            GError      **error)
{
  switch (list)
    {
    case AUTHORITIES:
      return signet_store_get_authority (store, id, error);
    case REQUESTS:
      return signet_store_get_request (store, id, error);
    case KEYS:
      return signet_store_get_key_record (store, id, error);
    case CERTIFICATES:
    default:
      {
        SignetCertificateRecord *record = signet_store_get_certificate (store, id, error);

        if (record != NULL && g_strcmp0 (record->role, "own") != 0)
          g_clear_pointer (&record, signet_certificate_record_free);
        return record;
      }
    }
}

static gboolean
read_rows (Reading  *reading,
           guint     list,
           GError  **error)
{
  GHashTableIter iter;
  gpointer key;

  reading->items[list] = g_ptr_array_new_with_free_func (g_object_unref);
  reading->gone[list] = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_hash_table_iter_init (&iter, reading->rows[list]);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      gint64 id = *(gint64 *) key;
      g_autoptr (GError) reason = NULL;
      gpointer record = get_record (reading->store, list, id, &reason);

      if (record != NULL)
        g_ptr_array_add (reading->items[list], make_item (reading->store, list, record));
      else if (reason == NULL || g_error_matches (reason, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NOT_FOUND))
        g_array_append_val (reading->gone[list], id);
      else
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return FALSE;
        }
    }

  return TRUE;
}

static void
read_in_thread (GTask        *task,
                gpointer      source_object,
                gpointer      task_data,
                GCancellable *cancellable)
{
  Reading *reading = task_data;
  GError *error = NULL;

  if (reading->reopen || reading->store == NULL)
    {
      g_clear_object (&reading->store);
      reading->store = signet_store_open (reading->home, SIGNET_STORE_READ, &error);
    }
  for (guint i = 0; reading->store != NULL && error == NULL && i < N_LISTS; i++)
    {
      if (reading->whole[i])
        read_list (reading, i, &error);
      else if (g_hash_table_size (reading->rows[i]) != 0)
        read_rows (reading, i, &error);
    }
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* ---- in the thread of the models ---- */

static void
show (SignetItemModel *model,
      Reading         *reading,
      guint            list)
{
  if (reading->items[list] == NULL)
    return;
  if (reading->whole[list])
    {
      signet_item_model_replace_all (model, reading->items[list]);
      return;
    }
  for (guint i = 0; i < reading->items[list]->len; i++)
    signet_item_model_set (model, reading->items[list]->pdata[i]);
  for (guint i = 0; i < reading->gone[list]->len; i++)
    signet_item_model_remove (model, g_array_index (reading->gone[list], gint64, i));
}

static void
settle (SignetClientLists *self)
{
  GTask *task;

  while (!self->reading && self->pause == NULL && (task = g_queue_pop_head (&self->settling)) != NULL)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

/* What changed is told once: what could not be read stays wanted. */
static void
want_again (SignetClientLists *self,
            Reading           *reading)
{
  GHashTableIter iter;
  gpointer id;

  self->reopen |= reading->reopen;
  for (guint i = 0; i < N_LISTS; i++)
    {
      self->whole[i] |= reading->whole[i];
      g_hash_table_iter_init (&iter, reading->rows[i]);
      while (g_hash_table_iter_next (&iter, &id, NULL))
        g_hash_table_add (self->rows[i], g_memdup2 (id, sizeof (gint64)));
    }
}

static gboolean
on_pause_over (gpointer user_data)
{
  SignetClientLists *self = user_data;

  g_clear_pointer (&self->pause, g_source_unref);
  read_next (self);
  settle (self);

  return G_SOURCE_REMOVE;
}

/* Gives up after a while, until something changes again: whoever waits is not kept waiting for ever. */
static void
try_again_later (SignetClientLists *self,
                 const GError      *reason)
{
  if (++self->failures >= TRIES_MAX || g_error_matches (reason, SIGNET_STORE_ERROR, SIGNET_STORE_ERROR_NOT_FOUND))
    {
      g_message ("Lists cannot be read: %s", reason->message);
      self->failures = 0;
      return;
    }
  g_debug ("Lists are read again: %s", reason->message);
  self->pause = g_timeout_source_new (FIRST_PAUSE << (self->failures - 1));
  g_source_set_callback (self->pause, on_pause_over, g_object_ref (self), g_object_unref);
  g_source_attach (self->pause, g_main_context_get_thread_default ());
}

static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  SignetClientLists *self = SIGNET_CLIENT_LISTS (source);
  Reading *reading = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  self->reading = FALSE;
  g_set_object (&self->store, reading->store);
  for (guint i = 0; i < N_LISTS; i++)
    show (self->models[i], reading, i);
  if (g_task_propagate_boolean (G_TASK (result), &error))
    {
      self->failures = 0;
      read_next (self);
    }
  else
    {
      want_again (self, reading);
      try_again_later (self, error);
    }
  settle (self);
}

static gboolean
is_anything_wanted (SignetClientLists *self)
{
  gboolean wanted = self->reopen;

  for (guint i = 0; i < N_LISTS; i++)
    wanted |= self->whole[i] || g_hash_table_size (self->rows[i]) != 0;

  return wanted;
}

/* One reading at a time, so that an older one never shows over a newer. */
static void
read_next (SignetClientLists *self)
{
  g_autoptr (GTask) task = NULL;
  Reading *reading;

  if (self->reading || self->pause != NULL || !is_anything_wanted (self))
    return;
  self->reading = TRUE;
  reading = g_new0 (Reading, 1);
  reading->home = g_strdup (self->home);
  reading->store = self->store != NULL ? g_object_ref (self->store) : NULL;
  reading->reopen = self->reopen;
  self->reopen = FALSE;
  for (guint i = 0; i < N_LISTS; i++)
    {
      reading->whole[i] = self->whole[i] || g_hash_table_size (self->rows[i]) > ROWS_MAX;
      self->whole[i] = FALSE;
      reading->rows[i] = self->rows[i];
      self->rows[i] = new_set ();
    }
  task = g_task_new (self, NULL, on_read, NULL);
  g_task_set_name (task, "read_next");
  g_task_set_task_data (task, reading, reading_free);
  g_task_run_in_thread (task, read_in_thread);
}

static void
signet_client_lists_finalize (GObject *object)
{
  SignetClientLists *self = SIGNET_CLIENT_LISTS (object);

  for (guint i = 0; i < N_LISTS; i++)
    {
      g_object_unref (self->models[i]);
      g_hash_table_unref (self->rows[i]);
    }
  g_clear_object (&self->store);
  g_free (self->home);

  G_OBJECT_CLASS (signet_client_lists_parent_class)->finalize (object);
}

static void
signet_client_lists_class_init (SignetClientListsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_client_lists_finalize;
}

static void
signet_client_lists_init (SignetClientLists *self)
{
  g_queue_init (&self->settling);
  self->models[AUTHORITIES] = signet_item_model_new (SIGNET_TYPE_AUTHORITY_ITEM);
  self->models[REQUESTS] = signet_item_model_new (SIGNET_TYPE_REQUEST_ITEM);
  self->models[CERTIFICATES] = signet_item_model_new (SIGNET_TYPE_CERTIFICATE_ITEM);
  self->models[KEYS] = signet_item_model_new (SIGNET_TYPE_KEY_ITEM);
  for (guint i = 0; i < N_LISTS; i++)
    self->rows[i] = new_set ();
}

/**
 * signet_client_lists_new:
 * @home: folder of the store
 *
 * Returns: (transfer full): lists with nothing in them
 */
SignetClientLists *
signet_client_lists_new (const char *home)
{
  SignetClientLists *self = g_object_new (SIGNET_TYPE_CLIENT_LISTS, NULL);

  self->home = g_strdup (home);

  return self;
}

/**
 * signet_client_lists_get_authorities:
 * @self: lists
 *
 * Returns: (transfer none): of SignetAuthorityItem
 */
SignetItemModel *
signet_client_lists_get_authorities (SignetClientLists *self)
{
  return self->models[AUTHORITIES];
}

/**
 * signet_client_lists_get_requests:
 * @self: lists
 *
 * Returns: (transfer none): of SignetRequestItem
 */
SignetItemModel *
signet_client_lists_get_requests (SignetClientLists *self)
{
  return self->models[REQUESTS];
}

/**
 * signet_client_lists_get_certificates:
 * @self: lists
 *
 * Returns: (transfer none): of SignetCertificateItem, role "own"
 */
SignetItemModel *
signet_client_lists_get_certificates (SignetClientLists *self)
{
  return self->models[CERTIFICATES];
}

/**
 * signet_client_lists_get_keys:
 * @self: lists
 *
 * Returns: (transfer none): of SignetKeyItem
 */
SignetItemModel *
signet_client_lists_get_keys (SignetClientLists *self)
{
  return self->models[KEYS];
}

/**
 * signet_client_lists_get_store:
 * @self: lists
 *
 * Returns: (transfer full) (nullable): the store, open for reading; %NULL before the first reload
 */
SignetStore *
signet_client_lists_get_store (SignetClientLists *self)
{
  return self->store != NULL ? g_object_ref (self->store) : NULL;
}

/**
 * signet_client_lists_reload:
 * @self: lists
 *
 * Opens the database anew and reads everything.
 */
void
signet_client_lists_reload (SignetClientLists *self)
{
  g_return_if_fail (SIGNET_IS_CLIENT_LISTS (self));

  self->reopen = TRUE;
  for (guint i = 0; i < N_LISTS; i++)
    self->whole[i] = TRUE;
  read_next (self);
}

/**
 * signet_client_lists_refresh:
 * @self: lists
 * @rows: a(sx): table and row of what has changed
 *
 * Reads these rows again, and only these.
 */
void
signet_client_lists_refresh (SignetClientLists *self,
                             GVariant          *rows)
{
  GVariantIter iter;
  const char *table;
  gint64 id;

  g_return_if_fail (SIGNET_IS_CLIENT_LISTS (self));

  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(&sx)", &table, &id))
    for (guint i = 0; i < N_LISTS; i++)
      if (g_str_equal (table, tables[i]))
        {
          g_hash_table_add (self->rows[i], g_memdup2 (&id, sizeof id));
          /* Requests show the name of their authority. */
          self->whole[REQUESTS] |= i == AUTHORITIES;
        }
  read_next (self);
}

/**
 * signet_client_lists_settle_async:
 * @self: lists
 * @callback: called when nothing of what was asked so far is left to be read
 * @user_data: for @callback
 */
void
signet_client_lists_settle_async (SignetClientLists   *self,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_name (task, "signet_client_lists_settle_async");
  g_queue_push_tail (&self->settling, task);
  settle (self);
}

/**
 * signet_client_lists_settle_finish:
 * @self: lists
 * @result: what the callback got
 * @error: never set
 *
 * Returns: %TRUE
 */
gboolean
signet_client_lists_settle_finish (SignetClientLists  *self,
                                   GAsyncResult       *result,
                                   GError            **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
