/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <locale.h>

#include "client/client-connect.h"
#include "client/client-lists.h"
#include "client/client-private.h"

/* Long enough for a machine that is busy with everything else; a worker never is with anything. */
#define ANSWER_LIMIT 30000      /* milliseconds */

struct _SignetClient
{
  GObject parent_instance;

  char *home;
  char *passphrase_file;
  const char *state;
  GDBusConnection *connection;  /* (nullable): after Hello */
  GDBusConnection *greeting;    /* (nullable): before its answer */
  guint subscription;
  gulong closed_id;
  guint64 generation;
  GQueue opening;               /* of GTask: they wait for the connection */
  gboolean is_opening;
  gboolean tried_again;
  guint answer_limit;           /* milliseconds */
  SignetClientLists *lists;
};

enum
{
  PROP_0,
  PROP_STATE,
  N_PROPS
};

enum
{
  PROGRESS,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SignetClient, signet_client, G_TYPE_OBJECT)

static void begin_open (SignetClient *self);

static void
set_state (SignetClient *self,
           const char   *state)
{
  if (g_strcmp0 (self->state, state) == 0)
    return;
  self->state = g_intern_string (state);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
drop_connection (SignetClient *self)
{
  GDBusConnection **connections[] = { &self->connection, &self->greeting };

  for (guint i = 0; i < G_N_ELEMENTS (connections); i++)
    {
      if (*connections[i] == NULL)
        continue;
      if (self->subscription != 0)
        g_dbus_connection_signal_unsubscribe (*connections[i], self->subscription);
      self->subscription = 0;
      g_clear_signal_handler (&self->closed_id, *connections[i]);
      g_dbus_connection_close (*connections[i], NULL, NULL, NULL);
      g_clear_object (connections[i]);
    }
}

/* Everybody who waited for the connection: with @error, or with what is asked of it. */
static void
end_open (SignetClient *self,
          const GError *error)
{
  GQueue waiting = self->opening;
  GTask *task;

  g_queue_init (&self->opening);
  self->is_opening = FALSE;
  while ((task = g_queue_pop_head (&waiting)) != NULL)
    {
      if (error != NULL)
        g_task_return_error (task, g_error_copy (error));
      else
        g_task_return_boolean (task, TRUE);
      g_object_unref (task);
    }
}

static void
on_closed (GDBusConnection *connection,
           gboolean         vanished,
           GError          *error,
           gpointer         user_data)
{
  SignetClient *self = user_data;

  drop_connection (self);
  set_state (self, "connecting");
  /* Once: where that fails, the next call tries again. */
  if (!self->is_opening)
    begin_open (self);
}

static void
on_signal (GDBusConnection *connection,
           const char      *sender,
           const char      *object_path,
           const char      *interface,
           const char      *name,
           GVariant        *parameters,
           gpointer         user_data)
{
  SignetClient *self = user_data;

  if (g_str_equal (name, "Changed") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(tta(sx))")))
    {
      g_autoptr (GVariant) rows = g_variant_get_child_value (parameters, 2);
      guint64 generation;

      g_variant_get_child (parameters, 0, "t", &generation);
      if (generation != self->generation)
        {
          self->generation = generation;
          signet_client_lists_reload (self->lists);
        }
      else
        signet_client_lists_refresh (self->lists, rows);
    }
  else if (g_str_equal (name, "Progress") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(xds)")))
    {
      gint64 request;
      double fraction;
      const char *text;

      g_variant_get (parameters, "(xd&s)", &request, &fraction, &text);
      g_signal_emit (self, signals[PROGRESS], 0, request, fraction, text);
    }
  else if (g_str_equal (name, "StateChanged") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(s)")))
    {
      const char *state;

      g_variant_get (parameters, "(&s)", &state);
      set_state (self, g_str_equal (state, "locked") ? "locked" : "ready");
    }
}

/* What the worker said, as an error of this module. */
GError *
signet_client_translate_error (const GError *error)
{
  static const struct { const char *name; SignetClientError code; } codes[] = {
    { SIGNET_CLIENT_ERROR_PREFIX "Failed", SIGNET_CLIENT_ERROR_FAILED },
    { SIGNET_CLIENT_ERROR_PREFIX "Version", SIGNET_CLIENT_ERROR_VERSION },
    { SIGNET_CLIENT_ERROR_PREFIX "Locked", SIGNET_CLIENT_ERROR_LOCKED },
    { SIGNET_CLIENT_ERROR_PREFIX "NotFound", SIGNET_CLIENT_ERROR_NOT_FOUND },
    { SIGNET_CLIENT_ERROR_PREFIX "Busy", SIGNET_CLIENT_ERROR_BUSY },
    { SIGNET_CLIENT_ERROR_PREFIX "Invalid", SIGNET_CLIENT_ERROR_INVALID },
  };
  g_autofree char *name = g_dbus_error_get_remote_error (error);
  g_autoptr (GError) plain = g_error_copy (error);

  g_dbus_error_strip_remote_error (plain);
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (codes); i++)
    if (g_str_equal (name, codes[i].name))
      return g_error_new_literal (SIGNET_CLIENT_ERROR, codes[i].code, plain->message);
  if (name != NULL)
    return g_error_new_literal (SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_FAILED, plain->message);
  if (error->domain == SIGNET_CLIENT_ERROR || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_copy (error);

  return g_error_new (SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NO_WORKER, _("The background worker has gone: %s"),
                      error->message);
}

static void
fail_open (SignetClient *self,
           const GError *error)
{
  g_autoptr (GError) translated = NULL;

  if (error != NULL)
    translated = signet_client_translate_error (error);
  else
    translated = g_error_new_literal (SIGNET_CLIENT_ERROR, SIGNET_CLIENT_ERROR_NO_WORKER, _("The background worker has gone."));
  drop_connection (self);
  set_state (self, "lost");
  end_open (self, translated);
}

static void
on_settled (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (SignetClient) self = user_data;

  /* It went while the lists were being read: the next one is asked, and what it says of the store counts. */
  if (self->connection == NULL)
    begin_open (self);
  else
    end_open (self, NULL);
}

static void
on_hello (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (SignetClient) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) info = NULL;
  const char *state = "locked";

  /* It was ending when it let us in: the next one answers. */
  if (reply == NULL && !g_dbus_error_is_remote_error (error) && !self->tried_again)
    {
      self->tried_again = TRUE;
      drop_connection (self);
      begin_open (self);
      return;
    }
  self->tried_again = FALSE;
  if (reply == NULL || self->greeting == NULL)
    {
      fail_open (self, error);
      return;
    }
  self->connection = g_steal_pointer (&self->greeting);
  info = g_variant_get_child_value (reply, 1);
  g_variant_lookup (info, "state", "&s", &state);
  g_variant_lookup (info, "generation", "t", &self->generation);
  set_state (self, g_str_equal (state, "ready") ? "ready" : "locked");
  /* What changed while nobody told is not known: everything is read. */
  signet_client_lists_reload (self->lists);
  signet_client_lists_settle_async (self->lists, on_settled, g_object_ref (self));
}

static void
on_connected (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (SignetClient) self = user_data;
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = signet_client_connect_finish (result, &error);
  const char *locale = setlocale (LC_MESSAGES, NULL);
  int limit = (int) self->answer_limit;

  if (connection == NULL)
    {
      fail_open (self, error);
      return;
    }
  self->greeting = connection;
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  self->closed_id = g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  self->subscription = g_dbus_connection_signal_subscribe (connection, NULL, SIGNET_CLIENT_INTERFACE, NULL, SIGNET_CLIENT_OBJECT_PATH, NULL,
                                                           G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
  g_dbus_connection_start_message_processing (connection);
  g_dbus_connection_call (connection, NULL, SIGNET_CLIENT_OBJECT_PATH, SIGNET_CLIENT_INTERFACE, "Hello",
                          g_variant_new ("(us)", SIGNET_CLIENT_PROTOCOL, locale != NULL ? locale : "C"), G_VARIANT_TYPE ("(sa{sv})"),
                          G_DBUS_CALL_FLAGS_NONE, limit, NULL, on_hello, g_steal_pointer (&self));
}

static void
begin_open (SignetClient *self)
{
  self->is_opening = TRUE;
  set_state (self, "connecting");
  signet_client_connect_async (self->home, self->passphrase_file, self->answer_limit, on_connected, g_object_ref (self));
}

static void
signet_client_dispose (GObject *object)
{
  drop_connection (SIGNET_CLIENT (object));

  G_OBJECT_CLASS (signet_client_parent_class)->dispose (object);
}

static void
signet_client_finalize (GObject *object)
{
  SignetClient *self = SIGNET_CLIENT (object);

  g_clear_object (&self->lists);
  g_free (self->home);
  g_free (self->passphrase_file);

  G_OBJECT_CLASS (signet_client_parent_class)->finalize (object);
}

static void
signet_client_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_STATE:
      g_value_set_string (value, SIGNET_CLIENT (object)->state);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
signet_client_class_init (SignetClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = signet_client_dispose;
  object_class->finalize = signet_client_finalize;
  object_class->get_property = signet_client_get_property;

  properties[PROP_STATE] = g_param_spec_string ("state", NULL, NULL, "connecting", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[PROGRESS] = g_signal_new ("progress", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 3, G_TYPE_INT64, G_TYPE_DOUBLE, G_TYPE_STRING);
}

static void
signet_client_init (SignetClient *self)
{
  self->state = g_intern_static_string ("connecting");
  self->answer_limit = ANSWER_LIMIT;
  g_queue_init (&self->opening);
}

/**
 * signet_client_new:
 * @home: (nullable): folder of the store; %NULL: $SIGNET_HOME, else the user's data directory
 * @passphrase_file: (nullable) (type filename): handed to a worker that is started
 *
 * Returns: (transfer full): a client that is not connected; its lists are empty
 */
SignetClient *
signet_client_new (const char *home,
                   const char *passphrase_file)
{
  SignetClient *self = g_object_new (SIGNET_TYPE_CLIENT, NULL);
  g_autofree char *otherwise = home == NULL ? signet_store_default_home () : NULL;

  self->home = g_canonicalize_filename (home != NULL ? home : otherwise, NULL);
  self->passphrase_file = passphrase_file != NULL ? g_canonicalize_filename (passphrase_file, NULL) : NULL;
  self->lists = signet_client_lists_new (self->home);

  return self;
}

/**
 * signet_client_set_answer_limit:
 * @self: a client that is not connected
 * @milliseconds: that a worker may take to let this client in, once it has accepted its connection
 *
 * One that hangs is given up after that with %SIGNET_CLIENT_ERROR_NO_WORKER. What is asked of it later has another limit.
 */
void
signet_client_set_answer_limit (SignetClient *self,
                                guint         milliseconds)
{
  g_return_if_fail (SIGNET_IS_CLIENT (self));
  g_return_if_fail (milliseconds > 0 && milliseconds <= G_MAXINT);

  self->answer_limit = milliseconds;
}

/**
 * signet_client_get_home:
 * @self: a client
 *
 * Returns: (transfer none): the absolute path of the store's folder
 */
const char *
signet_client_get_home (SignetClient *self)
{
  g_return_val_if_fail (SIGNET_IS_CLIENT (self), NULL);

  return self->home;
}

/**
 * signet_client_get_state:
 * @self: a client
 *
 * Returns: (transfer none): "connecting", "ready", "locked" or "lost"
 */
const char *
signet_client_get_state (SignetClient *self)
{
  g_return_val_if_fail (SIGNET_IS_CLIENT (self), NULL);

  return self->state;
}

/* (transfer none): for the other files of this type. */
SignetClientLists *
signet_client_get_lists (SignetClient *self)
{
  return self->lists;
}

/* (transfer none) (nullable): after Hello. */
GDBusConnection *
signet_client_get_connection (SignetClient *self)
{
  return self->connection;
}

/**
 * signet_client_open_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: called when the worker answers and the lists are filled
 * @user_data: for @callback
 */
void
signet_client_open_async (SignetClient        *self,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  GTask *task;

  g_return_if_fail (SIGNET_IS_CLIENT (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_name (task, "signet_client_open_async");
  if (self->connection != NULL && !self->is_opening)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  g_queue_push_tail (&self->opening, task);
  if (!self->is_opening)
    begin_open (self);
}

/**
 * signet_client_open_finish:
 * @self: a client
 * @result: what the callback got
 * @error: %SIGNET_CLIENT_ERROR_NO_WORKER, %SIGNET_CLIENT_ERROR_VERSION
 *
 * Returns: %FALSE with @error
 */
gboolean
signet_client_open_finish (SignetClient  *self,
                           GAsyncResult  *result,
                           GError       **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * signet_client_get_authorities:
 * @self: a client
 *
 * Returns: (transfer none): a live list of SignetAuthorityItem, newest first
 */
GListModel *
signet_client_get_authorities (SignetClient *self)
{
  g_return_val_if_fail (SIGNET_IS_CLIENT (self), NULL);

  return G_LIST_MODEL (signet_client_lists_get_authorities (self->lists));
}

/**
 * signet_client_get_requests:
 * @self: a client
 *
 * Returns: (transfer none): a live list of SignetRequestItem, newest first
 */
GListModel *
signet_client_get_requests (SignetClient *self)
{
  g_return_val_if_fail (SIGNET_IS_CLIENT (self), NULL);

  return G_LIST_MODEL (signet_client_lists_get_requests (self->lists));
}

/**
 * signet_client_get_certificates:
 * @self: a client
 *
 * Returns: (transfer none): a live list of SignetCertificateItem, role "own", newest first
 */
GListModel *
signet_client_get_certificates (SignetClient *self)
{
  g_return_val_if_fail (SIGNET_IS_CLIENT (self), NULL);

  return G_LIST_MODEL (signet_client_lists_get_certificates (self->lists));
}

/**
 * signet_client_get_keys:
 * @self: a client
 *
 * Returns: (transfer none): a live list of SignetKeyItem, newest first
 */
GListModel *
signet_client_get_keys (SignetClient *self)
{
  g_return_val_if_fail (SIGNET_IS_CLIENT (self), NULL);

  return G_LIST_MODEL (signet_client_lists_get_keys (self->lists));
}

/**
 * signet_client_lookup:
 * @model: one of the client's lists
 * @id: a row
 *
 * Returns: (transfer full) (nullable): the item of a row that is in the list now
 */
SignetItem *
signet_client_lookup (GListModel *model,
                      gint64      id)
{
  g_return_val_if_fail (SIGNET_IS_ITEM_MODEL (model), NULL);

  return signet_item_model_lookup (SIGNET_ITEM_MODEL (model), id);
}
