/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "client/client-words-private.h"

/* A date without its year is understood where it is nearer than this. */
#define YEARLESS (300 * 24 * 60 * 60)

/**
 * signet_words_format_local:
 * @time: seconds since 1970, UTC
 * @format: translated, for g_date_time_format()
 *
 * Returns: (transfer full): the time in the local zone
 */
char *
signet_words_format_local (gint64      time,
                           const char *format)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_local (time);

  /* Only times beyond the year 9999 have no date. */
  return date != NULL ? g_date_time_format (date, format) : g_strdup (_("a time far away"));
}

/**
 * signet_words_short_date:
 * @time: seconds since 1970, UTC
 * @now: likewise
 *
 * Returns: (transfer full): the day, with its year only where that is far
 */
char *
signet_words_short_date (gint64 time,
                         gint64 now)
{
  if (ABS (time - now) < YEARLESS)
    /* Translators: day and month, as in "13 December" */
    return signet_words_format_local (time, _("%-d %B"));

  return signet_words_date (time);
}

/**
 * signet_words_julian_day:
 * @time: seconds since 1970, UTC
 *
 * Returns: a number of the local day, so that differences count days; 0 for a time without a date
 */
int
signet_words_julian_day (gint64 time)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_local (time);
  GDate day;

  if (date == NULL)
    return 0;
  g_date_clear (&day, 1);
  g_date_set_dmy (&day, g_date_time_get_day_of_month (date), g_date_time_get_month (date), g_date_time_get_year (date));

  return (int) g_date_get_julian (&day);
}

/**
 * signet_words_date:
 * @time: seconds since 1970, UTC
 *
 * Returns: (transfer full): the day in the local zone: "13 December 2026"
 */
char *
signet_words_date (gint64 time)
{
  /* Translators: day, month and year, as in "13 December 2026" */
  return signet_words_format_local (time, _("%-d %B %Y"));
}

/**
 * signet_words_time:
 * @time: seconds since 1970, UTC
 * @now: likewise
 *
 * Returns: (transfer full): the time in the local zone, as near as is needed: "14:20", "tomorrow 09:00",
 *   "13 December 09:00"
 */
char *
signet_words_time (gint64 time,
                   gint64 now)
{
  int days = signet_words_julian_day (time) - signet_words_julian_day (now);

  if (days == 0)
    /* Translators: a time of today, as in "14:20" */
    return signet_words_format_local (time, _("%H:%M"));
  if (days == 1)
    return signet_words_format_local (time, _("tomorrow %H:%M"));
  if (days == -1)
    return signet_words_format_local (time, _("yesterday %H:%M"));
  if (ABS (time - now) < YEARLESS)
    /* Translators: as in "13 December 09:00" */
    return signet_words_format_local (time, _("%-d %B %H:%M"));

  /* Translators: as in "13 December 2027 09:00" */
  return signet_words_format_local (time, _("%-d %B %Y %H:%M"));
}
