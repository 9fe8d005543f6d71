/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "client/client.h"

G_DEFINE_QUARK (signet-client-error-quark, signet_client_error)
