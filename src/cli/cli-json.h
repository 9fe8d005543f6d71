/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * SignetJson:
 *
 * Writes one JSON text (RFC 8259), a value after the other. What is written is valid whatever the values hold: strings
 * that are no UTF-8 are mended, control characters escaped, numbers that JSON does not know become null. @key is %NULL
 * for an element of an array and for the outermost value.
 */
typedef struct _SignetJson SignetJson;

SignetJson *signet_json_new (void);
void signet_json_free (SignetJson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetJson, signet_json_free)

void signet_json_begin_object (SignetJson *self, const char *key);
void signet_json_end_object (SignetJson *self);
void signet_json_begin_array (SignetJson *self, const char *key);
void signet_json_end_array (SignetJson *self);
void signet_json_add_string (SignetJson *self, const char *key, const char *value);  /* @value: (nullable): null */
void signet_json_add_int (SignetJson *self, const char *key, gint64 value);
void signet_json_add_boolean (SignetJson *self, const char *key, gboolean value);
void signet_json_add_double (SignetJson *self, const char *key, double value);
/* Seconds since 1970 as "2026-12-13T09:00:00Z"; 0: null. */
void signet_json_add_time (SignetJson *self, const char *key, gint64 seconds);
void signet_json_add_strv (SignetJson *self, const char *key, const char *const *values);   /* @values: (nullable): [] */
/* Octets become base64, dictionaries with string keys objects, other containers arrays. @value: (nullable): null */
void signet_json_add_variant (SignetJson *self, const char *key, GVariant *value);
/* The text, with a line end, once every object and array is ended. (transfer full) */
char *signet_json_finish (SignetJson *self);
