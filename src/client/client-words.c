/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "client/client-words-private.h"

#define DAY (24 * 60 * 60)

/* A reply that was carried by hand is late after this long: RFC 9483 §6.4 wants loss noticed. */
#define REPLY_LATE (14 * DAY)

static gboolean
same_day (gint64 a,
          gint64 b)
{
  return signet_words_julian_day (a) == signet_words_julian_day (b);
}

/* Appends when the worker will ask again to @what, in the order that each language wants. */
static char *
with_next_check (const char *what,
                 gint64      time,
                 gint64      now)
{
  g_autofree char *when = NULL;

  if (time <= now)
    /* Translators: %s is a status such as "Waiting for approval" */
    return g_strdup_printf (_("%s · checking now"), what);

  when = signet_words_time (time, now);
  if (same_day (time, now))
    /* Translators: a status such as "Waiting for approval", and a time such as "14:20" */
    return g_strdup_printf (_("%s · next check at %s"), what, when);

  /* Translators: a status, and a time such as "tomorrow 09:00" or "13 December 09:00" */
  return g_strdup_printf (_("%s · next check %s"), what, when);
}

static char *
failed_words (const SignetRequestRecord *request,
              gint64                     now,
              SignetTone                *tone)
{
  g_autofree char *when = NULL;

  if (request->retry_at == 0)
    {
      *tone = SIGNET_TONE_ERROR;
      return g_strdup (_("Failed"));
    }

  *tone = SIGNET_TONE_WARNING;
  if (request->retry_at <= now)
    return g_strdup (_("Failed · trying again now"));
  when = signet_words_time (request->retry_at, now);
  if (same_day (request->retry_at, now))
    /* Translators: %s is a time such as "14:20" */
    return g_strdup_printf (_("Failed · tried again at %s"), when);

  /* Translators: %s is a time such as "tomorrow 09:00" */
  return g_strdup_printf (_("Failed · tried again %s"), when);
}

static char *
asking_words (const SignetRequestRecord *request,
              gint64                     now)
{
  const char *kind = NULL;
  const char *words;
  gint64 deadline = 0;
  g_autofree char *when = NULL;

  if (request->question != NULL)
    {
      g_variant_lookup (request->question, "kind", "&s", &kind);
      g_variant_lookup (request->question, "deadline", "x", &deadline);
    }
  if (g_strcmp0 (kind, "trust-root") == 0)
    words = _("Needs your decision: is this the authority’s root certificate?");
  else
    words = _("Needs your decision: the certificate differs from what you asked for");
  if (deadline <= now)
    return g_strdup (words);

  when = signet_words_time (deadline, now);
  /* Translators: a question, and the time by which it must be answered, such as "14:20" or "13 December 09:00" */
  return g_strdup_printf (_("%s · until %s"), words, when);
}

static char *
outbox_words (const SignetRequestRecord *request)
{
  if (g_strcmp0 (request->pending_body, "certConf") == 0)
    return g_strdup (_("Send the confirmation to the authority"));
  if (g_strcmp0 (request->pending_body, "pollReq") == 0)
    return g_strdup (_("Ask the authority again: send the next message"));

  return g_strdup (_("Send the message to the authority"));
}

static char *
awaiting_words (const SignetRequestRecord *request,
                gint64                     now,
                SignetTone                *tone)
{
  gint64 days = (now - request->updated) / DAY;

  if (request->updated != 0 && now - request->updated >= REPLY_LATE)
    {
      *tone = SIGNET_TONE_WARNING;
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE,
                                           "No reply for %d day · ask the authority, or send the message again",
                                           "No reply for %d days · ask the authority, or send the message again",
                                           (gulong) days),
                              (int) days);
    }
  if (g_strcmp0 (request->pending_body, "certConf") == 0)
    return g_strdup (_("Waiting for the final acknowledgement · import it when it arrives"));

  return g_strdup (_("Waiting for the reply · import it when it arrives"));
}

static char *
unknown_words (const SignetRequestRecord *request,
               gint64                     now)
{
  const char *words = _("Outcome unknown: it may have been issued");

  if (request->next_check == 0)
    return g_strdup (words);

  return with_next_check (words, request->next_check, now);
}

static char *
confirm_words (const SignetRequestRecord *request,
               gint64                     now)
{
  g_autofree char *when = NULL;

  if (request->retry_at <= now)
    return g_strdup (_("Certificate received · confirming it"));

  when = signet_words_time (request->retry_at, now);
  /* Translators: %s is a time such as "14:20" or "tomorrow 09:00" */
  return g_strdup_printf (_("Certificate received · confirmation sent again: %s"), when);
}

static char *
done_words (const SignetRequestRecord *request,
            gint64                     now)
{
  gint64 time = request->confirmed != 0 ? request->confirmed : request->received;
  g_autofree char *date = NULL;

  if (time == 0)
    return g_strdup (_("Issued"));

  date = signet_words_short_date (time, now);
  /* Translators: %s is a date such as "13 December" */
  return g_strdup_printf (_("Issued %s"), date);
}

static SignetTone
request_tone (SignetRequestState state)
{
  switch (state)
    {
    case SIGNET_REQUEST_DRAFT:
    case SIGNET_REQUEST_READY:
    case SIGNET_REQUEST_SENT:
    case SIGNET_REQUEST_WAITING:
    case SIGNET_REQUEST_AWAITING_REPLY:
    case SIGNET_REQUEST_ANSWERED:
    case SIGNET_REQUEST_CONFIRM:
      return SIGNET_TONE_PROGRESS;

    case SIGNET_REQUEST_OUTBOX:
    case SIGNET_REQUEST_ASKING:
    case SIGNET_REQUEST_UNKNOWN:
      return SIGNET_TONE_WARNING;

    case SIGNET_REQUEST_DONE:
      return SIGNET_TONE_GOOD;

    case SIGNET_REQUEST_REJECTED:
    case SIGNET_REQUEST_FAILED:
      return SIGNET_TONE_ERROR;

    case SIGNET_REQUEST_CANCELLED:
    default:
      return SIGNET_TONE_NEUTRAL;
    }
}

/* Only the person can go on: hand over a message, bring a reply, answer, or decide about an unknown outcome that is no
 * longer asked about. */
static gboolean
request_needs_person (const SignetRequestRecord *request)
{
  return request->state == SIGNET_REQUEST_OUTBOX
         || request->state == SIGNET_REQUEST_AWAITING_REPLY
         || request->state == SIGNET_REQUEST_ASKING
         || (request->state == SIGNET_REQUEST_UNKNOWN && request->next_check == 0);
}

static char *
request_words (const SignetRequestRecord *request,
               gint64                     now,
               SignetTone                *tone)
{
  switch (request->state)
    {
    case SIGNET_REQUEST_DRAFT:
      return g_strdup (_("Making the key"));
    case SIGNET_REQUEST_READY:
      return g_strdup (_("Ready to be sent"));
    case SIGNET_REQUEST_SENT:
      return g_strdup (_("Sent · waiting for the answer"));
    case SIGNET_REQUEST_WAITING:
      return with_next_check (_("Waiting for approval"), request->next_check, now);
    case SIGNET_REQUEST_OUTBOX:
      return outbox_words (request);
    case SIGNET_REQUEST_AWAITING_REPLY:
      return awaiting_words (request, now, tone);
    case SIGNET_REQUEST_ANSWERED:
      return g_strdup (_("Answer received · being checked"));
    case SIGNET_REQUEST_ASKING:
      return asking_words (request, now);
    case SIGNET_REQUEST_CONFIRM:
      return confirm_words (request, now);
    case SIGNET_REQUEST_DONE:
      return done_words (request, now);
    case SIGNET_REQUEST_REJECTED:
      return g_strdup (_("Rejected by the authority"));
    case SIGNET_REQUEST_FAILED:
      return failed_words (request, now, tone);
    case SIGNET_REQUEST_UNKNOWN:
      return unknown_words (request, now);
    case SIGNET_REQUEST_CANCELLED:
    default:
      return g_strdup (_("Cancelled"));
    }
}

/**
 * signet_words_request_status:
 * @request: a request
 * @now: seconds since 1970, UTC
 * @tone: (out) (optional): how it is meant, for icon and colour beside the words
 * @needs_person: (out) (optional): whether nothing goes on before the person does something
 *
 * Returns: (transfer full): the status sentence, such as "Waiting for approval · next check at 14:20"
 */
char *
signet_words_request_status (const SignetRequestRecord *request,
                             gint64                     now,
                             SignetTone                *tone,
                             gboolean                  *needs_person)
{
  SignetTone found;
  char *words;

  g_return_val_if_fail (request != NULL, NULL);

  found = request_tone (request->state);
  words = request_words (request, now, &found);
  if (tone != NULL)
    *tone = found;
  if (needs_person != NULL)
    *needs_person = request_needs_person (request);

  return words;
}

/**
 * signet_words_purpose:
 * @purpose: (nullable): "mail", "sign-in", "documents", "server", "authority" or anything else
 *
 * Returns: (transfer full): the purpose in words
 */
char *
signet_words_purpose (const char *purpose)
{
  static const struct { const char *name; const char *words; } purposes[] = {
    { "mail", N_("E-mail") },
    { "sign-in", N_("Sign-in or VPN") },
    { "documents", N_("Documents") },
    { "server", N_("Server") },
    { "authority", N_("Certificate authority") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (purposes); i++)
    if (g_strcmp0 (purpose, purposes[i].name) == 0)
      return g_strdup (_(purposes[i].words));

  return g_strdup (_("Other"));
}

/**
 * signet_words_key_spec:
 * @spec: (nullable): as the store has it: "rsa:3072", "ec:P-256", "ed25519"
 *
 * Returns: (transfer full): the kind of key as people write it: "RSA 3072", "P-256", "Ed25519"
 */
char *
signet_words_key_spec (const char *spec)
{
  if (spec == NULL || g_str_equal (spec, "unknown"))
    return g_strdup (_("Unknown kind of key"));
  if (g_str_has_prefix (spec, "rsa:"))
    return g_strdup_printf ("RSA %s", spec + strlen ("rsa:"));
  if (g_str_has_prefix (spec, "ec:"))
    return g_strdup (spec + strlen ("ec:"));
  if (g_str_equal (spec, "ed25519"))
    return g_strdup ("Ed25519");
  if (g_str_equal (spec, "ed448"))
    return g_strdup ("Ed448");

  return g_ascii_strup (spec, -1);
}

/**
 * signet_words_alt_name:
 * @alt_name: a subject alternative name with its prefix: "email:maria@example.org"
 * @kind: (out) (optional) (transfer full): what it is, in words: "E-mail address"
 *
 * Returns: (transfer full): the name itself
 */
char *
signet_words_alt_name (const char  *alt_name,
                       char       **kind)
{
  static const struct { const char *prefix; const char *words; } kinds[] = {
    { "email:", N_("E-mail address") },
    { "dns:", N_("Host name") },
    { "uri:", N_("Web address") },
    { "ip:", N_("IP address") },
    { "dn:", N_("Directory name") },
    { "upn:", N_("Sign-in name") },
  };

  g_return_val_if_fail (alt_name != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (alt_name, kinds[i].prefix))
      {
        if (kind != NULL)
          *kind = g_strdup (_(kinds[i].words));
        return g_strdup (alt_name + strlen (kinds[i].prefix));
      }
  if (kind != NULL)
    *kind = g_strdup (_("Other name"));

  return g_strdup (alt_name);
}
