/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "client/client-words-private.h"

/* A certificate's end is spoken of from here on, or in the last third of a short life. */
#define EXPIRES_SOON (30 * 24 * 60 * 60)

static char *
expired_words (const SignetCertificateRecord *certificate,
               gint64                         now)
{
  g_autofree char *date = signet_words_short_date (certificate->not_after, now);
  int days = signet_words_julian_day (now) - signet_words_julian_day (certificate->not_after);

  if (days <= 0)
    {
      g_autofree char *time = signet_words_time (certificate->not_after, now);

      /* Translators: %s is a time such as "14:20" */
      return g_strdup_printf (_("Expired today at %s"), time);
    }

  /* Translators: "Expired 20 days ago (13 December)" */
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Expired %d day ago (%s)", "Expired %d days ago (%s)", (gulong) days),
                          days, date);
}

static char *
expiring_words (const SignetCertificateRecord *certificate,
                gint64                         now)
{
  g_autofree char *date = signet_words_short_date (certificate->not_after, now);
  int days = signet_words_julian_day (certificate->not_after) - signet_words_julian_day (now);

  if (days <= 0)
    {
      g_autofree char *time = signet_words_time (certificate->not_after, now);

      /* Translators: %s is a time such as "14:20" */
      return g_strdup_printf (_("Expires today at %s"), time);
    }

  /* Translators: "Expires in 20 days (13 December)" */
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Expires in %d day (%s)", "Expires in %d days (%s)", (gulong) days),
                          days, date);
}

static gboolean
expires_soon (const SignetCertificateRecord *certificate,
              gint64                         now)
{
  gint64 life = certificate->not_after - certificate->not_before;

  return certificate->not_after - now < MIN (EXPIRES_SOON, life / 3);
}

/* What holds whatever the revocation status: %NULL where the certificate is neither unfit nor out of its time. */
static char *
unfit_words (const SignetCertificateRecord *certificate,
             gint64                         now,
             SignetTone                    *tone)
{
  g_autofree char *date = NULL;

  if (g_strcmp0 (certificate->state, "rejected") == 0)
    {
      *tone = SIGNET_TONE_ERROR;
      return g_strdup (_("Declined · not to be used"));
    }
  if (certificate->not_after < now)
    {
      *tone = SIGNET_TONE_ERROR;
      return expired_words (certificate, now);
    }
  if (g_strcmp0 (certificate->state, "unconfirmed") == 0)
    {
      *tone = SIGNET_TONE_PROGRESS;
      return g_strdup (_("Not yet confirmed to the authority"));
    }
  if (certificate->not_before > now)
    {
      *tone = SIGNET_TONE_NEUTRAL;
      date = signet_words_short_date (certificate->not_before, now);
      /* Translators: %s is a date such as "13 December" */
      return g_strdup_printf (_("Valid from %s"), date);
    }

  return NULL;
}

/**
 * signet_words_certificate_status:
 * @certificate: a certificate
 * @now: seconds since 1970, UTC
 * @tone: (out) (optional): how it is meant, for icon and colour beside the words
 *
 * Never says that a certificate is good whose revocation was not asked about.
 *
 * Returns: (transfer full): the status sentence, such as "Expires in 20 days (13 December)"
 */
char *
signet_words_certificate_status (const SignetCertificateRecord *certificate,
                                 gint64                         now,
                                 SignetTone                    *tone)
{
  SignetTone found = SIGNET_TONE_NEUTRAL;
  char *words;

  g_return_val_if_fail (certificate != NULL, NULL);

  words = unfit_words (certificate, now, &found);
  if (words == NULL && expires_soon (certificate, now))
    {
      found = SIGNET_TONE_WARNING;
      words = expiring_words (certificate, now);
    }
  if (words == NULL)
    {
      g_autofree char *date = signet_words_date (certificate->not_after);

      /* Translators: %s is a date such as "13 December 2026" */
      words = g_strdup_printf (_("Valid until %s · Revocation not checked"), date);
    }
  if (tone != NULL)
    *tone = found;

  return words;
}

char *
signet_words_fingerprint (GBytes *der)
{
  g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, der);
  GString *spaced = g_string_new (NULL);

  for (gsize i = 0; hash[i] != '\0'; i++)
    g_string_append_printf (spaced, "%s%c", i > 0 && i % 4 == 0 ? " " : "", g_ascii_toupper (hash[i]));

  return g_string_free (spaced, FALSE);
}
