/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pki/pki-secret.h"

/* What signet-demo-ca says of itself when it is ready. */
typedef struct
{
  char *name;
  char *url;
  char *mac;
  char *reference;
  SignetSecret *secret;
  GBytes *anchor;               /* DER */
} SignetWorkerDemoSettings;
void signet_worker_demo_settings_free (SignetWorkerDemoSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetWorkerDemoSettings, signet_worker_demo_settings_free)

/**
 * SignetWorkerDemo:
 *
 * The demo authority as a child of the worker: its state lies in the store's folder, and it ends with the worker, whose
 * end of a pipe it watches.
 */
#define SIGNET_TYPE_WORKER_DEMO (signet_worker_demo_get_type ())
G_DECLARE_FINAL_TYPE (SignetWorkerDemo, signet_worker_demo, SIGNET, WORKER_DEMO, GObject)

SignetWorkerDemo *signet_worker_demo_new (const char *home);
gboolean signet_worker_demo_is_running (SignetWorkerDemo *self);
/* Starts it on a free port and waits until it is ready. */
void signet_worker_demo_start_async (SignetWorkerDemo *self, GAsyncReadyCallback callback, gpointer user_data);
SignetWorkerDemoSettings *signet_worker_demo_start_finish (SignetWorkerDemo *self, GAsyncResult *result, GError **error);
void signet_worker_demo_stop (SignetWorkerDemo *self);
gboolean signet_worker_demo_remove_state (SignetWorkerDemo *self, GError **error);
