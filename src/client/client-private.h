/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client/client-lists.h"
#include "client/client.h"

SignetClientLists *signet_client_get_lists (SignetClient *self);
