/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client/client.h"

#define SIGNET_TYPE_APPLICATION (signet_application_get_type ())
G_DECLARE_FINAL_TYPE (SignetApplication, signet_application, SIGNET, APPLICATION, AdwApplication)
/* @home, @passphrase_file: (nullable) (type filename): as for signet_client_new (). With @home the application stands alone. */
SignetApplication *signet_application_new (const char *home, const char *passphrase_file);
SignetClient *signet_application_get_client (SignetApplication *self);
