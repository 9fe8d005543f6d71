/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/*
 * The public part of a saved transaction is a GVariant of type a{sv} in little-endian serialisation. "format" is its version;
 * a member that is not there has no value. Nothing in it is secret: private keys and shared secrets stay where they are, and the
 * keys derived from these are derived again.
 *
 * Format 1 knew ir and cr for one certificate, whose template and progress were members of the whole. Since format 2 there are
 * "items", what is asked for, and "progress", how far each has come. Both are restored.
 */
#define SIGNET_CMP_SAVED_FORMAT 2
#define BYTES G_VARIANT_TYPE_BYTESTRING
