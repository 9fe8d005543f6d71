/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "demo/demo-authority.h"

/* HTTP in front of a demo authority. */
#define SIGNET_TYPE_DEMO_SERVER (signet_demo_server_get_type ())
G_DECLARE_FINAL_TYPE (SignetDemoServer, signet_demo_server, SIGNET, DEMO_SERVER, GObject)

SignetDemoServer *signet_demo_server_new (SignetDemoAuthority *authority);
/* @address: (nullable): loopback. @port: 0: the port used last if it is free, else any. @tls: (nullable): HTTPS. */
gboolean signet_demo_server_listen (SignetDemoServer *self, const char *address, guint port, GTlsCertificate *tls, GError **error);
/* With the well-known path: (transfer full) */
char *signet_demo_server_get_url (SignetDemoServer *self);
