/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "transfer/transfer.h"

G_DEFINE_QUARK (signet-transfer-error-quark, signet_transfer_error)
