/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#define SIGNET_DER_MAX_DEPTH 64

/**
 * SignetDerValue:
 * @octets: the whole value, identifier and length included
 * @size: of @octets
 * @contents: behind identifier and length
 * @contents_size: of @contents
 * @tag_class: 0 universal, 1 application, 2 context, 3 private
 * @tag: its number
 *
 * One value in somebody else's octets.
 */
typedef struct {
  const guint8 *octets;
  gsize size;
  const guint8 *contents;
  gsize contents_size;
  guint tag_class;
  guint32 tag;
  gboolean constructed;
} SignetDerValue;

/* Takes the next value off *@data. Strict: definite and shortest length, shortest tag, primitive and constructed as DER
 * has them for the universal types. %FALSE: not such a value, or cut short. */
gboolean signet_der_read (const guint8 **data, gsize *size, SignetDerValue *value);
/* Like signet_der_read (), with the identifier octet that must be there. */
gboolean signet_der_read_expected (const guint8 **data, gsize *size, guint8 identifier, SignetDerValue *value);
/* Exactly one value, strict at every depth down to SIGNET_DER_MAX_DEPTH. On failure @offset is where, @reason why. */
gboolean signet_der_check (const guint8 *data, gsize size, gsize *offset, const char **reason);
/* Appends identifier octet and shortest length of a value with @size octets of contents. */
void signet_der_append_header (GByteArray *array, guint8 identifier, gsize size);
void signet_der_append (GByteArray *array, guint8 identifier, gconstpointer contents, gsize size);
