/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-error.h"

G_DEFINE_QUARK (signet-cmp-error-quark, signet_cmp_error)
