/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pki/pki-error.h"

G_DEFINE_QUARK (signet-pki-error-quark, signet_pki_error)
