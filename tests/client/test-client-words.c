/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "client/client-words.h"

/* Monday 23 November 2026, 12:00 UTC; the tests run with TZ=UTC. */
#define NOW G_GINT64_CONSTANT (1795435200)
#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

typedef struct
{
  SignetRequestRecord record;
  const char *words;
  SignetTone tone;
  gboolean needs_person;
} RequestCase;

static const RequestCase request_cases[] = {
  { { .state = SIGNET_REQUEST_DRAFT }, "Making the key", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_READY }, "Ready to be sent", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_SENT }, "Sent · waiting for the answer", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_WAITING, .next_check = NOW + 2 * HOUR + 20 * MINUTE },
    "Waiting for approval · next check at 14:20", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_WAITING, .next_check = NOW + 21 * HOUR },
    "Waiting for approval · next check tomorrow 09:00", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_WAITING, .next_check = NOW + 20 * DAY - 3 * HOUR },
    "Waiting for approval · next check 13 December 09:00", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_WAITING, .next_check = NOW - 1 },
    "Waiting for approval · checking now", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_OUTBOX, .pending_body = (char *) "ir" },
    "Send the message to the authority", SIGNET_TONE_WARNING, TRUE },
  { { .state = SIGNET_REQUEST_OUTBOX, .pending_body = (char *) "certConf" },
    "Send the confirmation to the authority", SIGNET_TONE_WARNING, TRUE },
  { { .state = SIGNET_REQUEST_OUTBOX, .pending_body = (char *) "pollReq" },
    "Ask the authority again: send the next message", SIGNET_TONE_WARNING, TRUE },
  { { .state = SIGNET_REQUEST_AWAITING_REPLY, .pending_body = (char *) "ir", .updated = NOW - DAY },
    "Waiting for the reply · import it when it arrives", SIGNET_TONE_PROGRESS, TRUE },
  { { .state = SIGNET_REQUEST_AWAITING_REPLY, .pending_body = (char *) "certConf", .updated = NOW - DAY },
    "Waiting for the final acknowledgement · import it when it arrives", SIGNET_TONE_PROGRESS, TRUE },
  { { .state = SIGNET_REQUEST_ANSWERED }, "Answer received · being checked", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_ASKING },
    "Needs your decision: the certificate differs from what you asked for", SIGNET_TONE_WARNING, TRUE },
  { { .state = SIGNET_REQUEST_CONFIRM }, "Certificate received · confirming it", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_CONFIRM, .retry_at = NOW + HOUR },
    "Certificate received · confirmation sent again: 13:00", SIGNET_TONE_PROGRESS, FALSE },
  { { .state = SIGNET_REQUEST_DONE, .confirmed = NOW - DAY }, "Issued 22 November", SIGNET_TONE_GOOD, FALSE },
  { { .state = SIGNET_REQUEST_DONE }, "Issued", SIGNET_TONE_GOOD, FALSE },
  { { .state = SIGNET_REQUEST_REJECTED }, "Rejected by the authority", SIGNET_TONE_ERROR, FALSE },
  { { .state = SIGNET_REQUEST_FAILED }, "Failed", SIGNET_TONE_ERROR, FALSE },
  { { .state = SIGNET_REQUEST_FAILED, .retry_at = NOW + HOUR }, "Failed · tried again at 13:00", SIGNET_TONE_WARNING, FALSE },
  { { .state = SIGNET_REQUEST_FAILED, .retry_at = NOW + 21 * HOUR },
    "Failed · tried again tomorrow 09:00", SIGNET_TONE_WARNING, FALSE },
  { { .state = SIGNET_REQUEST_FAILED, .retry_at = NOW }, "Failed · trying again now", SIGNET_TONE_WARNING, FALSE },
  { { .state = SIGNET_REQUEST_UNKNOWN }, "Outcome unknown: it may have been issued", SIGNET_TONE_WARNING, TRUE },
  { { .state = SIGNET_REQUEST_UNKNOWN, .next_check = NOW + HOUR },
    "Outcome unknown: it may have been issued · next check at 13:00", SIGNET_TONE_WARNING, FALSE },
  { { .state = SIGNET_REQUEST_CANCELLED }, "Cancelled", SIGNET_TONE_NEUTRAL, FALSE },
};

static void
test_request (void)
{
  gboolean seen[SIGNET_REQUEST_CANCELLED + 1] = { FALSE };

  for (guint i = 0; i < G_N_ELEMENTS (request_cases); i++)
    {
      SignetTone tone;
      gboolean needs_person;
      g_autofree char *words = signet_words_request_status (&request_cases[i].record, NOW, &tone, &needs_person);

      g_assert_cmpstr (words, ==, request_cases[i].words);
      g_assert_cmpint (tone, ==, request_cases[i].tone);
      g_assert_cmpint (needs_person, ==, request_cases[i].needs_person);
      seen[request_cases[i].record.state] = TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (seen); i++)
    g_assert_true (seen[i]);
}

static char *
question_words (const char *kind,
                gint64      deadline)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (NULL);
  SignetRequestRecord record = { .state = SIGNET_REQUEST_ASKING };
  g_autoptr (GVariant) question = NULL;

  g_variant_dict_insert (dict, "kind", "s", kind);
  g_variant_dict_insert (dict, "deadline", "x", deadline);
  question = g_variant_ref_sink (g_variant_dict_end (dict));
  record.question = question;

  return signet_words_request_status (&record, NOW, NULL, NULL);
}

static void
test_question (void)
{
  g_autofree char *root = question_words ("trust-root", 0);
  g_autofree char *changes = question_words ("accept-changes", NOW + HOUR);

  g_assert_cmpstr (root, ==, "Needs your decision: is this the authority’s root certificate?");
  g_assert_cmpstr (changes, ==, "Needs your decision: the certificate differs from what you asked for · until 13:00");
}

static void
test_late_reply (void)
{
  SignetRequestRecord record = { .state = SIGNET_REQUEST_AWAITING_REPLY, .updated = NOW - 15 * DAY };
  SignetTone tone;
  gboolean needs_person;
  g_autofree char *words = signet_words_request_status (&record, NOW, &tone, &needs_person);

  g_assert_cmpstr (words, ==, "No reply for 15 days · ask the authority, or send the message again");
  g_assert_cmpint (tone, ==, SIGNET_TONE_WARNING);
  g_assert_true (needs_person);
}

typedef struct
{
  const char *state;
  gint64 not_before;
  gint64 not_after;
  const char *words;
  SignetTone tone;
} CertificateCase;

static const CertificateCase certificate_cases[] = {
  { "good-for-use", NOW - 345 * DAY, NOW + 20 * DAY, "Expires in 20 days (13 December)", SIGNET_TONE_WARNING },
  { "good-for-use", NOW - 345 * DAY, NOW + 1 * DAY, "Expires in 1 day (24 November)", SIGNET_TONE_WARNING },
  { "good-for-use", NOW - 345 * DAY, NOW + 2 * HOUR, "Expires today at 14:00", SIGNET_TONE_WARNING },
  { "good-for-use", NOW - 345 * DAY, NOW - 2 * HOUR, "Expired today at 10:00", SIGNET_TONE_ERROR },
  { "good-for-use", NOW - 385 * DAY, NOW - 20 * DAY, "Expired 20 days ago (3 November)", SIGNET_TONE_ERROR },
  { "good-for-use", NOW - 385 * DAY, NOW - 1 * DAY, "Expired 1 day ago (22 November)", SIGNET_TONE_ERROR },
  { "good-for-use", NOW - DAY, NOW + 385 * DAY, "Valid until 13 December 2027 · Revocation not checked", SIGNET_TONE_NEUTRAL },
  /* A life of nine days is near its end in its last third. */
  { "good-for-use", NOW - 3 * DAY, NOW + 6 * DAY, "Valid until 29 November 2026 · Revocation not checked", SIGNET_TONE_NEUTRAL },
  { "good-for-use", NOW - 7 * DAY, NOW + 2 * DAY, "Expires in 2 days (25 November)", SIGNET_TONE_WARNING },
  { "good-for-use", NOW + 20 * DAY, NOW + 385 * DAY, "Valid from 13 December", SIGNET_TONE_NEUTRAL },
  { "unconfirmed", NOW - DAY, NOW + 385 * DAY, "Not yet confirmed to the authority", SIGNET_TONE_PROGRESS },
  { "rejected", NOW - DAY, NOW + 385 * DAY, "Declined · not to be used", SIGNET_TONE_ERROR },
};

static void
test_certificate (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (certificate_cases); i++)
    {
      const CertificateCase *wanted = &certificate_cases[i];
      SignetCertificateRecord record = {
        .state = (char *) wanted->state,
        .not_before = wanted->not_before,
        .not_after = wanted->not_after,
      };
      SignetTone tone;
      g_autofree char *words = signet_words_certificate_status (&record, NOW, &tone);

      g_assert_cmpstr (words, ==, wanted->words);
      g_assert_cmpint (tone, ==, wanted->tone);
    }
}

/* Nothing here asks about revocation yet, so nothing may sound as if it had. */
static void
test_never_good_unchecked (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (certificate_cases); i++)
    g_assert_cmpint (certificate_cases[i].tone, !=, SIGNET_TONE_GOOD);
}

static void
test_time (void)
{
  const struct { gint64 time; const char *words; } cases[] = {
    { NOW, "12:00" },
    { NOW + 12 * HOUR, "tomorrow 00:00" },
    { NOW - 13 * HOUR, "yesterday 23:00" },
    { NOW + 2 * DAY, "25 November 12:00" },
    { NOW + 385 * DAY, "13 December 2027 12:00" },
    { G_MAXINT64, "a time far away" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = signet_words_time (cases[i].time, NOW);

      g_assert_cmpstr (words, ==, cases[i].words);
    }
}

static void
assert_takes (char       *words,
              const char *wanted)
{
  g_assert_cmpstr (words, ==, wanted);
  g_free (words);
}

static void
test_kinds (void)
{
  char *kind = NULL;

  assert_takes (signet_words_date (NOW), "23 November 2026");
  assert_takes (signet_words_purpose ("mail"), "E-mail");
  assert_takes (signet_words_purpose ("sign-in"), "Sign-in or VPN");
  assert_takes (signet_words_purpose ("documents"), "Documents");
  assert_takes (signet_words_purpose (NULL), "Other");
  assert_takes (signet_words_key_spec ("rsa:3072"), "RSA 3072");
  assert_takes (signet_words_key_spec ("ec:P-256"), "P-256");
  assert_takes (signet_words_key_spec ("ed25519"), "Ed25519");
  assert_takes (signet_words_key_spec ("ml-dsa-65"), "ML-DSA-65");
  assert_takes (signet_words_key_spec (NULL), "Unknown kind of key");
  assert_takes (signet_words_alt_name ("email:maria@example.org", &kind), "maria@example.org");
  assert_takes (kind, "E-mail address");
  assert_takes (signet_words_alt_name ("1.2.3:x", &kind), "1.2.3:x");
  assert_takes (kind, "Other name");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/words/request/every-state", test_request);
  g_test_add_func ("/client/words/request/question", test_question);
  g_test_add_func ("/client/words/request/late-reply-is-reported/R459", test_late_reply);
  g_test_add_func ("/client/words/certificate/every-state", test_certificate);
  g_test_add_func ("/client/words/certificate/unchecked-is-not-good", test_never_good_unchecked);
  g_test_add_func ("/client/words/time", test_time);
  g_test_add_func ("/client/words/kinds", test_kinds);

  return g_test_run ();
}
