/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "demo/demo-issue.h"

/* What clients need to know of the authority, as files of its state folder and in words. */

/* Makes the first code where there is none; writes "anchor.pem" and "secret" (mode 0600). (transfer full): the reference. */
char *signet_demo_state_prepare (SignetDemoStore *store, SignetDemoIdentity *identity, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A random code that a person can type: (transfer full). */
SignetSecret *signet_demo_state_make_code (void);
/* Writes "authority.signet", settings for "signetctl authority add --settings". */
gboolean signet_demo_state_write_settings (SignetDemoStore *store, const char *url, const char *reference, GError **error);
/* The key file that tells a parent process that the service is ready. (transfer full) */
char *signet_demo_state_describe (SignetDemoStore *store, const char *url, const char *reference);
