/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client/client-words.h"

/* Dates and times for the sentences: of the local zone, in the person's language. */
char *signet_words_format_local (gint64 time, const char *format);
char *signet_words_short_date (gint64 time, gint64 now);        /* "13 December", with the year where it is far */
int signet_words_julian_day (gint64 time);                      /* days between two are their difference; 0: no date */
