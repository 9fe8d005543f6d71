/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "worker/worker.h"

/* The methods of io.github.signet.Worker1 but Hello, which belongs to the connection. Takes @invocation over. */
void signet_worker_methods_call (SignetWorker *worker, const char *method, GVariant *parameters,
                                 GDBusMethodInvocation *invocation);
void signet_worker_methods_return_error (GDBusMethodInvocation *invocation, const GError *error);
