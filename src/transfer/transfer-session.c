/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "transfer/transfer-session.h"

SoupSession *
signet_transfer_session_new (guint idle_timeout)
{
  SoupSession *session = soup_session_new_with_options ("user-agent", "Signet/" PACKAGE_VERSION,
                                                        "timeout", 0,
                                                        "idle-timeout", idle_timeout,
                                                        NULL);

  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);

  return session;
}

static gboolean
time_is_up (gpointer user_data)
{
  SignetTransferLimit *self = user_data;

  self->timed_out = TRUE;
  g_cancellable_cancel (self->cancellable);

  return G_SOURCE_REMOVE;
}

static void
outer_cancelled_cb (GCancellable *outer,
                    gpointer      user_data)
{
  g_cancellable_cancel (user_data);
}

void
signet_transfer_limit_begin (SignetTransferLimit *self,
                             GCancellable        *outer,
                             guint                seconds)
{
  self->cancellable = g_cancellable_new ();
  if (outer != NULL)
    {
      self->outer = g_object_ref (outer);
      self->outer_handler = g_cancellable_connect (outer, G_CALLBACK (outer_cancelled_cb), g_object_ref (self->cancellable),
                                                   g_object_unref);
    }
  self->timer = g_timeout_source_new_seconds (seconds);
  g_source_set_callback (self->timer, time_is_up, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

gboolean
signet_transfer_limit_is_given_up (const SignetTransferLimit *self)
{
  return self->outer != NULL && g_cancellable_is_cancelled (self->outer);
}

void
signet_transfer_limit_clear (SignetTransferLimit *self)
{
  if (self->outer != NULL)
    g_cancellable_disconnect (self->outer, self->outer_handler);
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->outer);
}
