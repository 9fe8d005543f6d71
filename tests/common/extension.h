/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/x509v3.h>

/* Gives @certificate, which is not signed yet, an extension as openssl's configuration files write it. @issuer: for what an
 * extension takes from it. @value: (nullable): none is added. */
void add_extension (X509 *certificate, X509 *issuer, int nid, const char *value);
