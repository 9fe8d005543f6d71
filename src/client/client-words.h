/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/store-records.h"

/* What window and command line say of a row, in the person's language: one place, so that both say the same. Each
 * takes @now (seconds since 1970, UTC) for "in 20 days". (transfer full) */

typedef enum {
  SIGNET_TONE_NEUTRAL,
  SIGNET_TONE_GOOD,
  SIGNET_TONE_PROGRESS,
  SIGNET_TONE_WARNING,
  SIGNET_TONE_ERROR,
} SignetTone;

char *signet_words_request_status (const SignetRequestRecord *request, gint64 now, SignetTone *tone, gboolean *needs_person);
char *signet_words_certificate_status (const SignetCertificateRecord *certificate, gint64 now, SignetTone *tone);
char *signet_words_purpose (const char *purpose);
char *signet_words_key_spec (const char *spec);
char *signet_words_date (gint64 time);                               /* "13 December 2026": local zone */
char *signet_words_time (gint64 time, gint64 now);                   /* "14:20", "tomorrow 09:00", "13 December 09:00" */
char *signet_words_fingerprint (GBytes *der);                        /* SHA-256 for comparing by eye: "0A1B 2C3D …" */
char *signet_words_alt_name (const char *alt_name, char **kind);     /* value and "E-mail address" */
