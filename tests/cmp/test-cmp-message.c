/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-random.h"
#include "cmp/cmp-status.h"
#include "cmp/cmp-text.h"
#include "cmp/cmp-transaction.h"

static GBytes *
octets (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

/* A message without protection, made by the builder. */
static SignetCmpMessageBuilder *
new_builder (SignetCmpBodyType  type,
             const char        *content_hex)
{
  g_autoptr (GBytes) content = corpus_hex (content_hex);
  g_autoptr (GBytes) id = octets ("0123456789abcdef");
  SignetCmpMessageBuilder *builder = signet_cmp_message_builder_new (2, type, content);

  signet_cmp_message_builder_set_transaction_id (builder, id);
  signet_cmp_message_builder_set_sender_nonce (builder, id);
  return builder;
}

static SignetCmpMessage *
finish (SignetCmpMessageBuilder *builder)
{
  g_autoptr (GError) error = NULL;
  SignetCmpMessage *message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (message);
  return message;
}

static void
assert_refused (GBytes     *der,
                int         code,
                const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (der, &error);

  g_assert_null (message);
  g_assert_error (error, SIGNET_CMP_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, words);
}

static void
test_corpus (void)
{
  g_autoptr (GPtrArray) corpus = corpus_load ();

  for (guint i = 0; i < corpus->len; i++)
    {
      const CorpusEntry *entry = g_ptr_array_index (corpus, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (entry->octets, &error);
      g_autoptr (GBytes) again = NULL;

      g_test_message ("%s", entry->path);
      if (g_str_equal (entry->expectation, "refused"))
        {
          g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpstr (signet_cmp_body_type_name (signet_cmp_message_get_body_type (message)), ==, entry->expectation);
      again = signet_cmp_message_encode_again (message);
      g_assert_true (g_bytes_equal (again, entry->octets));
    }
}

static void
test_truncated (void)
{
  g_autoptr (GBytes) whole = corpus_load_file ("openssl-testdata/IR_protected_2_extraCerts.der");

  for (gsize size = 0; size < g_bytes_get_size (whole); size++)
    {
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (whole, 0, size);

      assert_refused (part, SIGNET_CMP_ERROR_MALFORMED, "DER");
    }
}

static void
test_trailing (void)
{
  g_autoptr (GBytes) whole = corpus_load_file ("openssl-testdata/IR_unprotected.der");
  g_autoptr (GByteArray) array = g_byte_array_new ();
  g_autoptr (GBytes) longer = NULL;

  g_byte_array_append (array, g_bytes_get_data (whole, NULL), (guint) g_bytes_get_size (whole));
  g_byte_array_append (array, (const guint8 *) "\0", 1);
  longer = g_byte_array_free_to_bytes (g_steal_pointer (&array));
  assert_refused (longer, SIGNET_CMP_ERROR_MALFORMED, "octets follow the end");
}

static void
test_size (void)
{
  gsize size = SIGNET_CMP_MESSAGE_MAX_SIZE + 1;
  g_autoptr (GBytes) large = g_bytes_new_take (g_malloc0 (size), size);

  assert_refused (large, SIGNET_CMP_ERROR_LIMIT, "more than 1048576");
}

/* SEQUENCE in SEQUENCE in …: 40,000 of them would end a decoder that recurses without a bound. */
static void
test_depth (void)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();
  g_autoptr (GBytes) deep = NULL;
  gsize lengths[40000];
  gsize size = 0;

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      lengths[i] = size;
      size += size < 0x80 ? 2 : size < 0x100 ? 3 : size < 0x10000 ? 4 : 5;
    }
  for (guint i = G_N_ELEMENTS (lengths); i > 0; i--)
    signet_der_append_header (array, 0x30, lengths[i - 1]);
  g_assert_cmpuint (array->len, ==, size);
  deep = g_byte_array_free_to_bytes (g_steal_pointer (&array));
  assert_refused (deep, SIGNET_CMP_ERROR_MALFORMED, "nested too deeply");
}

/* libcrypto's decoder takes each of these forms; DER has one. */
static void
test_ber (void)
{
  static const char *const forms[] = {
    "3080300b020102a4023000a4023000b30205000000",          /* indefinite length */
    "308111300b020102a4023000a4023000b3020500",          /* longer length than needed */
    "3018300b020102a4023000a4023000b309240704020000040100",   /* constructed string */
  };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (GBytes) der = corpus_hex (forms[i]);

      assert_refused (der, SIGNET_CMP_ERROR_MALFORMED, "DER");
    }
}

static void
test_smallest (void)
{
  g_autoptr (GBytes) der = corpus_hex ("3011300b020102a4023000a4023000b3020500");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (der, &error);
  gint64 seconds;

  g_assert_no_error (error);
  g_assert_cmpint (signet_cmp_message_get_pvno (message), ==, 2);
  g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, SIGNET_CMP_BODY_PKICONF);
  g_assert_null (signet_cmp_message_get_transaction_id (message));
  g_assert_null (signet_cmp_message_get_sender_nonce (message));
  g_assert_null (signet_cmp_message_get_recip_nonce (message));
  g_assert_null (signet_cmp_message_get_sender_kid (message));
  g_assert_null (signet_cmp_message_get_free_text (message));
  g_assert_null (signet_cmp_message_get_protection_alg (message));
  g_assert_null (signet_cmp_message_get_protection (message));
  g_assert_false (signet_cmp_message_get_time (message, &seconds));
  g_assert_false (signet_cmp_message_get_implicit_confirm (message));
  g_assert_false (signet_cmp_message_get_confirm_wait_time (message, &seconds));
  g_assert_cmpuint (signet_cmp_message_get_extra_certs (message)->len, ==, 0);
}

/* Every tag of PKIBody is known by name; one more is none. */
static void
test_body_tags (void)
{
  for (guint tag = 0; tag <= SIGNET_CMP_BODY_LAST + 1; tag++)
    {
      g_autofree char *hex = g_strdup_printf ("3011300b020102a4023000a4023000%02x02%s", 0xa0 + tag,
                                              tag == SIGNET_CMP_BODY_PKICONF ? "0500" : "3000");
      g_autoptr (GBytes) der = corpus_hex (hex);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (der, &error);

      if (message != NULL)
        {
          g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, tag);
          g_assert_nonnull (signet_cmp_body_type_name (tag));
        }
      else if (tag > SIGNET_CMP_BODY_LAST)
        g_assert_nonnull (strstr (error->message, "none of the 27"));
      else
        g_assert_nonnull (strstr (error->message, signet_cmp_body_type_name (tag)));
    }
  g_assert_null (signet_cmp_body_type_name (SIGNET_CMP_BODY_LAST + 1));
}

static void
test_protection_bits (void)
{
  g_autoptr (GBytes) unused = corpus_hex ("3017300b020102a4023000a4023000b3020500a00403020780");
  g_autoptr (GBytes) whole = corpus_hex ("3017300b020102a4023000a4023000b3020500a00403020080");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (whole, &error);

  g_assert_no_error (error);
  corpus_assert_hex (signet_cmp_message_get_protection (message), "80");
  corpus_assert_hex (signet_cmp_message_get_protected_part (message), "3011300b020102a4023000a4023000b3020500");
  assert_refused (unused, SIGNET_CMP_ERROR_MALFORMED, "whole octets");
}

static void
test_unknown_members (void)
{
  g_autoptr (GBytes) context = corpus_hex ("3015300b020102a4023000a4023000b3020500a2020500");
  g_autoptr (GBytes) repeated = corpus_hex ("301d300b020102a4023000a4023000b3020500a00403020080a00403020080");
  g_autoptr (GBytes) order = corpus_hex ("301b300b020102a4023000a4023000b3020500a1023000a00403020080");

  assert_refused (context, SIGNET_CMP_ERROR_MALFORMED, "neither protection nor extraCerts");
  assert_refused (repeated, SIGNET_CMP_ERROR_MALFORMED, "neither protection nor extraCerts");
  assert_refused (order, SIGNET_CMP_ERROR_MALFORMED, "neither protection nor extraCerts");
}

static void
test_extra_certs_limit (void)
{
  g_autoptr (SignetCertificate) certificate = corpus_load_certificate ("openssl-testdata/Root_CA.crt");
  g_autoptr (GPtrArray) certificates = g_ptr_array_new ();
  g_autoptr (SignetCmpMessageBuilder) builder = new_builder (SIGNET_CMP_BODY_PKICONF, "0500");
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (SignetCmpMessage) refused = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 64; i++)
    g_ptr_array_add (certificates, certificate);
  message = signet_cmp_message_builder_finish (builder, NULL, certificates, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (signet_cmp_message_get_extra_certs (message)->len, ==, 64);

  g_ptr_array_add (certificates, certificate);
  refused = signet_cmp_message_builder_finish (builder, NULL, certificates, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT);
}

static void
test_header_fields (void)
{
  g_autoptr (SignetCmpMessageBuilder) builder = new_builder (SIGNET_CMP_BODY_PKICONF, "0500");
  g_autoptr (GBytes) kid = octets ("1234");
  g_autoptr (GBytes) nonce = octets ("fedcba9876543210");
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autofree char *profile = NULL;
  gint64 seconds;

  signet_cmp_message_builder_set_sender_kid (builder, kid);
  signet_cmp_message_builder_set_recip_nonce (builder, nonce);
  signet_cmp_message_builder_set_time (builder, 1800000000);
  signet_cmp_message_builder_add_implicit_confirm (builder);
  signet_cmp_message_builder_add_confirm_wait_time (builder, 1800000300);
  signet_cmp_message_builder_add_cert_profile (builder, "tls");
  message = finish (builder);

  g_assert_true (g_bytes_equal (signet_cmp_message_get_sender_kid (message), kid));
  g_assert_true (g_bytes_equal (signet_cmp_message_get_recip_nonce (message), nonce));
  g_assert_true (signet_cmp_message_get_implicit_confirm (message));
  g_assert_true (signet_cmp_message_get_confirm_wait_time (message, &seconds));
  g_assert_cmpint (seconds, ==, 1800000300);
  g_assert_true (signet_cmp_message_get_time (message, &seconds));
  g_assert_cmpint (seconds, ==, 1800000000);
  profile = signet_cmp_message_get_cert_profile (message);
  g_assert_cmpstr (profile, ==, "tls");
}

/* Algorithm and protection come together or not at all. */
static void
test_protection_alg (void)
{
  g_autoptr (SignetCmpMessageBuilder) builder = new_builder (SIGNET_CMP_BODY_PKICONF, "0500");
  g_autoptr (GBytes) algorithm = corpus_hex ("300506032b6570");
  g_autoptr (GBytes) bits = octets ("bits");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) plain = finish (builder);
  g_autoptr (SignetCmpMessage) without_algorithm = signet_cmp_message_builder_finish (builder, bits, NULL, &error);
  g_autoptr (SignetCmpMessageBuilder) other = new_builder (SIGNET_CMP_BODY_PKICONF, "0500");
  g_autoptr (SignetCmpMessage) whole = NULL;
  g_autoptr (SignetCmpMessage) without_bits = NULL;

  g_assert_null (signet_cmp_message_get_protection_alg (plain));
  g_assert_null (without_algorithm);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE);
  g_clear_error (&error);

  g_assert_true (signet_cmp_message_builder_set_protection_alg (other, algorithm, &error));
  whole = signet_cmp_message_builder_finish (other, bits, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (signet_cmp_message_get_protection_alg (whole));
  without_bits = signet_cmp_message_builder_finish (other, NULL, NULL, &error);
  g_assert_null (without_bits);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE);
}

/* Draws what is given, then nothing more. */
static gboolean
draw_once (guint8   *buffer,
           gsize     size,
           gpointer  user_data)
{
  gboolean *drawn = user_data;

  if (*drawn)
    return FALSE;
  memset (buffer, 0x5a, size);
  *drawn = TRUE;
  return TRUE;
}

static void
test_random (void)
{
  gboolean drawn = FALSE;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) given = NULL;
  g_autoptr (GBytes) none = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);

  signet_cmp_set_random_for_tests (draw_once, &drawn);
  given = signet_cmp_random_bytes (4, &error);
  g_assert_no_error (error);
  corpus_assert_hex (given, "5a5a5a5a");
  none = signet_cmp_random_bytes (4, &error);
  g_assert_null (none);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED);
  signet_cmp_set_random_for_tests (NULL, NULL);

  for (guint i = 0; i < 10000; i++)
    g_assert_true (g_hash_table_add (seen, signet_cmp_random_bytes (16, NULL)));
}

static gboolean
holds (SignetCmpMessage *message,
       const char       *hexadecimal)
{
  g_autoptr (GBytes) part = corpus_hex (hexadecimal);
  GBytes *der = signet_cmp_message_get_der (message);

  return memmem (g_bytes_get_data (der, NULL), g_bytes_get_size (der), g_bytes_get_data (part, NULL),
                 g_bytes_get_size (part)) != NULL;
}

/* Octets known from elsewhere: implicitConfirm, certProfile "tls", NULL-DN, a time with seconds and no fraction. */
static void
test_header_encoding (void)
{
  g_autoptr (SignetCmpMessageBuilder) builder = new_builder (SIGNET_CMP_BODY_PKICONF, "0500");
  g_autoptr (SignetCmpMessage) message = NULL;

  signet_cmp_message_builder_set_time (builder, 1800000000);
  signet_cmp_message_builder_add_implicit_confirm (builder);
  signet_cmp_message_builder_add_cert_profile (builder, "tls");
  message = finish (builder);
  g_assert_true (holds (message, "300c06082b0601050507040d0500"));
  g_assert_true (holds (message, "301106082b0601050507041530050c03746c73"));
  g_assert_true (holds (message, "020102a4023000a4023000a011180f32303237303131353038303030305a"));
  g_assert_true (holds (message, "b3020500"));
}

static void
test_unknown_info (void)
{
  /* generalInfo with a private OID before implicitConfirm */
  g_autoptr (GBytes) der = corpus_hex ("3034302e020102a4023000a4023000a821301f300f060b2b0601040182370a0b0c0d0500"
                                       "300c06082b0601050507040d0500b3020500");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (der, &error);

  g_assert_no_error (error);
  g_assert_true (signet_cmp_message_get_implicit_confirm (message));
}

static void
test_cert_rep (void)
{
  g_autoptr (SignetCmpMessage) message = corpus_load_message ("siemens-lra-messageflows/CrDelayed/upstream_CERT_REP.PKI");
  g_autoptr (SignetCmpMessage) waiting = corpus_load_message ("openssl-testdata/IP_waitingStatus_PBM.der");
  g_autoptr (GPtrArray) responses = NULL;
  g_autoptr (GPtrArray) waiting_responses = NULL;
  g_autoptr (GPtrArray) ca_pubs = NULL;
  g_autoptr (GError) error = NULL;
  const SignetCmpCertResponse *response;

  g_assert_true (signet_cmp_message_get_cert_rep (message, &responses, &ca_pubs, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (responses->len, ==, 1);
  response = g_ptr_array_index (responses, 0);
  g_assert_cmpint (response->cert_req_id, ==, 0);
  g_assert_cmpint (response->status->status, ==, SIGNET_CMP_STATUS_ACCEPTED);
  g_assert_nonnull (response->certificate);
  g_assert_false (response->has_private_key);
  g_assert_false (response->has_encrypted_certificate);

  g_assert_true (signet_cmp_message_get_cert_rep (waiting, &waiting_responses, NULL, &error));
  response = g_ptr_array_index (waiting_responses, 0);
  g_assert_cmpint (response->status->status, ==, SIGNET_CMP_STATUS_WAITING);
  g_assert_null (response->certificate);
}

/* 65 rejections in one ip: each is small, together they are refused. */
static void
test_cert_rep_bound (void)
{
  g_autoptr (GString) content = g_string_new ("3082028e3082028a");
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GPtrArray) responses = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 65; i++)
    g_string_append (content, "30080201003003020102");
  builder = new_builder (SIGNET_CMP_BODY_IP, content->str);
  message = finish (builder);
  g_assert_false (signet_cmp_message_get_cert_rep (message, &responses, NULL, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
}

static void
test_algorithm_with_rest (void)
{
  g_autoptr (SignetCmpMessageBuilder) builder = new_builder (SIGNET_CMP_BODY_PKICONF, "0500");
  g_autoptr (GBytes) algorithm = corpus_hex ("300506032b6570");
  g_autoptr (GBytes) longer = corpus_hex ("300506032b65700500");
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, algorithm, &error));
  g_assert_no_error (error);
  g_assert_false (signet_cmp_message_builder_set_protection_alg (builder, longer, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED);
}

static void
test_poll (void)
{
  g_autoptr (GBytes) request = signet_cmp_body_poll_req (-1);
  g_autoptr (SignetCmpMessage) real = corpus_load_message ("siemens-lra-messageflows/CrDelayed/downstream_POLL_REP.PKI");
  g_autoptr (GPtrArray) polls = NULL;
  g_autoptr (GError) error = NULL;
  const SignetCmpPollRep *poll;

  corpus_assert_hex (request, "300530030201ff");
  polls = signet_cmp_message_get_poll_reps (real, &error);
  g_assert_no_error (error);
  poll = g_ptr_array_index (polls, 0);
  g_assert_cmpint (poll->cert_req_id, ==, 0);
  g_assert_cmpint (poll->check_after, >, 0);
}

/* checkAfter as it was sent: far, negative, and too large for any clock. */
static void
test_poll_extremes (void)
{
  static const struct {
    const char *content;
    gint64 check_after;
  } cases[] = {
    { "300b30090201000204" "7fffffff", G_MAXINT32 },
    { "30083006020100" "0201fb", -5 },
  };
  g_autoptr (SignetCmpMessageBuilder) builder = new_builder (SIGNET_CMP_BODY_POLLREP,
                                                             "301030" "0e" "020100" "0209" "010000000000000000");
  g_autoptr (SignetCmpMessage) message = finish (builder);
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SignetCmpMessageBuilder) other = new_builder (SIGNET_CMP_BODY_POLLREP, cases[i].content);
      g_autoptr (SignetCmpMessage) read = finish (other);
      g_autoptr (GPtrArray) polls = signet_cmp_message_get_poll_reps (read, NULL);

      g_assert_cmpint (((SignetCmpPollRep *) g_ptr_array_index (polls, 0))->check_after, ==, cases[i].check_after);
    }
  none = signet_cmp_message_get_poll_reps (message, &error);
  g_assert_null (none);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
}

static void
test_error_content (void)
{
  /* rejection, "no", badAlg and badPOP; errorCode 7; errorDetails "why" */
  g_autoptr (SignetCmpMessageBuilder) builder = new_builder (SIGNET_CMP_BODY_ERROR,
                                                             "301a" "300e" "020102" "30040c026e6f" "0303068040" "020107"
                                                             "30050c03776879");
  g_autoptr (SignetCmpMessage) message = finish (builder);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpStatusInfo) status = signet_cmp_message_get_error_content (message, &error);
  g_autofree char *words = signet_cmp_status_info_explain (status);

  g_assert_no_error (error);
  g_assert_cmpint (status->status, ==, SIGNET_CMP_STATUS_REJECTION);
  g_assert_cmphex (status->fail_info, ==, 1u << 0 | 1u << 9);
  g_assert_cmpint (status->error_code, ==, 7);
  g_assert_cmpstr (status->text, ==, "no\nwhy");
  g_assert_nonnull (strstr (words, "rejected the request"));
  g_assert_nonnull (strstr (words, signet_cmp_fail_info_explain (0)));
  g_assert_nonnull (strstr (words, signet_cmp_fail_info_explain (9)));
  g_assert_nonnull (strstr (words, "“no why”"));
}

/* Numbers of worked DER: badAlg 03020780, badPOP 0303060040, duplicateCertReq 03050500000020. */
static void
test_cert_conf (void)
{
  static const struct {
    guint bit;
    const char *hex;
  } cases[] = { { 0, "03020780" }, { 9, "0303060040" }, { 26, "03050500000020" } };
  g_autoptr (GBytes) hash = octets ("hash");
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) plain = signet_cmp_body_cert_conf (0, hash, NULL, NULL, &error);
  g_autoptr (GBytes) with_hash = signet_cmp_body_cert_conf (-1, hash, "SHA256", NULL, &error);
  g_autoptr (GBytes) unknown = NULL;

  g_assert_no_error (error);
  corpus_assert_hex (plain, "300b300904046861736802" "0100");
  corpus_assert_hex (with_hash, "301a301804046861736802" "01ff" "a00d300b0609608648016503040201");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      SignetCmpStatusInfo status = { SIGNET_CMP_STATUS_REJECTION, NULL, 1u << cases[i].bit, -1 };
      g_autoptr (GBytes) rejection = signet_cmp_body_cert_conf (0, hash, NULL, &status, &error);
      g_autoptr (GBytes) bits = corpus_hex (cases[i].hex);

      g_assert_nonnull (memmem (g_bytes_get_data (rejection, NULL), g_bytes_get_size (rejection),
                                g_bytes_get_data (bits, NULL), g_bytes_get_size (bits)));
    }
  unknown = signet_cmp_body_cert_conf (0, hash, "NOSUCHHASH", NULL, &error);
  g_assert_null (unknown);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
}

static void
test_status_names (void)
{
  g_assert_cmpstr (signet_cmp_status_name (SIGNET_CMP_STATUS_GRANTED_WITH_MODS), ==, "grantedWithMods");
  g_assert_cmpstr (signet_cmp_status_name (-1), ==, "unknown");
  g_assert_cmpstr (signet_cmp_status_name (7), ==, "unknown");
  for (guint bit = 0; bit < 27; bit++)
    {
      g_assert_nonnull (signet_cmp_fail_info_name (bit));
      g_assert_cmpuint (strlen (signet_cmp_fail_info_explain (bit)), >, 10);
      for (guint other = 0; other < bit; other++)
        g_assert_cmpstr (signet_cmp_fail_info_explain (bit), !=, signet_cmp_fail_info_explain (other));
    }
  g_assert_cmpstr (signet_cmp_fail_info_name (9), ==, "badPOP");
  g_assert_cmpstr (signet_cmp_fail_info_name (26), ==, "duplicateCertReq");
  for (guint bit = 0; bit < 27; bit++)
    {
      SignetCmpStatusInfo status = { SIGNET_CMP_STATUS_REJECTION, (char *) "Ask Paula.", 1u << bit, 4711 };
      g_autofree char *words = signet_cmp_status_info_explain (&status);

      g_assert_nonnull (strstr (words, signet_cmp_fail_info_explain (bit)));
      g_assert_nonnull (strstr (words, "“Ask Paula.”"));
      g_assert_nonnull (strstr (words, "4711"));
    }
  for (int value = 0; value <= 6; value++)
    {
      SignetCmpStatusInfo status = { value, NULL, 0, -1 };
      g_autofree char *words = signet_cmp_status_info_explain (&status);

      g_assert_null (strstr (words, "not known"));
    }
  g_assert_null (signet_cmp_fail_info_name (27));
  g_assert_null (signet_cmp_fail_info_explain (27));
}

static void
test_text (void)
{
  static const struct {
    const char *given;
    const char *clean;
  } cases[] = {
    { "Grüße 😀", "Grüße 😀" },
    { "a\nb\tc", "a b c" },
    { "a\x1b[31mb", "a\xef\xbf\xbd[31mb" },
    { "abc\xe2\x80\xae""def", "abc\xef\xbf\xbd""def" },          /* right-to-left override */
    { "\xe2\x81\xa6x\xe2\x81\xa9", "\xef\xbf\xbdx\xef\xbf\xbd" },  /* isolates */
    { "a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd" },                  /* no UTF-8 */
  };
  g_autofree char *cut = signet_cmp_text_clean ("ääää", strlen ("ääää"), 5);
  g_autofree char *zero = signet_cmp_text_clean ("a\0b", 3, 100);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *clean = signet_cmp_text_clean (cases[i].given, strlen (cases[i].given), 100);

      g_assert_cmpstr (clean, ==, cases[i].clean);
    }
  g_assert_cmpstr (cut, ==, "ää");
  g_assert_cmpstr (zero, ==, "a\xef\xbf\xbd""b");
}

/* A PKIFreeText of a megabyte comes out as 4 KiB. */
static void
test_text_bound (void)
{
  STACK_OF (ASN1_UTF8STRING) *text = sk_ASN1_UTF8STRING_new_null ();
  ASN1_UTF8STRING *part = ASN1_UTF8STRING_new ();
  g_autofree char *filler = g_strnfill (1000000, 'x');
  g_autofree char *clean = NULL;

  ASN1_STRING_set (part, filler, -1);
  sk_ASN1_UTF8STRING_push (text, part);
  clean = signet_cmp_text_from_free_text (text);
  g_assert_cmpuint (strlen (clean), ==, SIGNET_CMP_TEXT_MAX);
  sk_ASN1_UTF8STRING_pop_free (text, ASN1_UTF8STRING_free);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/message/corpus/decodes-and-encodes-to-the-same-octets", test_corpus);
  g_test_add_func ("/cmp/message/refuses/truncated-at-any-octet/R121", test_truncated);
  g_test_add_func ("/cmp/message/refuses/octets-behind-the-end/R121", test_trailing);
  g_test_add_func ("/cmp/message/refuses/more-than-a-mebioctet/R121", test_size);
  g_test_add_func ("/cmp/message/refuses/deep-nesting/R121", test_depth);
  g_test_add_func ("/cmp/message/refuses/ber/R121", test_ber);
  g_test_add_func ("/cmp/message/refuses/protection-with-unused-bits/R121", test_protection_bits);
  g_test_add_func ("/cmp/message/refuses/unknown-members/R121", test_unknown_members);
  g_test_add_func ("/cmp/message/refuses/more-than-64-extra-certificates/R121", test_extra_certs_limit);
  g_test_add_func ("/cmp/message/reads-the-smallest", test_smallest);
  g_test_add_func ("/cmp/message/knows-the-27-bodies", test_body_tags);
  g_test_add_func ("/cmp/message/header/comes-back-as-set", test_header_fields);
  g_test_add_func ("/cmp/message/header/encodes-as-the-standards-have-it/R013", test_header_encoding);
  g_test_add_func ("/cmp/message/header/protection-and-its-algorithm-together/R016", test_protection_alg);
  g_test_add_func ("/cmp/message/random/by-one-seam-and-never-twice", test_random);
  g_test_add_func ("/cmp/message/header/passes-over-unknown-general-info/R031", test_unknown_info);
  g_test_add_func ("/cmp/message/body/cert-rep", test_cert_rep);
  g_test_add_func ("/cmp/message/body/cert-rep-bound", test_cert_rep_bound);
  g_test_add_func ("/cmp/message/header/takes-one-algorithm-and-nothing-behind", test_algorithm_with_rest);
  g_test_add_func ("/cmp/message/body/poll", test_poll);
  g_test_add_func ("/cmp/message/body/poll-extremes", test_poll_extremes);
  g_test_add_func ("/cmp/message/body/error", test_error_content);
  g_test_add_func ("/cmp/message/body/cert-conf", test_cert_conf);
  g_test_add_func ("/cmp/message/status/names-and-sentences/R132,R133", test_status_names);
  g_test_add_func ("/cmp/message/text/cleaned", test_text);
  g_test_add_func ("/cmp/message/text/bounded", test_text_bound);

  return g_test_run ();
}
