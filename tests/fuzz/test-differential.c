/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cmp.h>
#include <openssl/err.h>
#include <string.h>

#include "../cmp/cmp-corpus.h"
#include "cmp/cmp-der.h"
#include "fuzz-inputs.h"

/*
 * What libcrypto's decoder takes as a message of version 2 is taken by ours and encoded again alike, or the difference has a name
 * in the table below. Inputs are the corpus, a message of each body by OpenSSL's generator, random changes to them, and the files
 * below $SIGNET_DIFFERENTIAL_FOLDER, which a fuzzer may have found. $SIGNET_DIFFERENTIAL_ROUNDS says how many changes to each.
 */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OSSL_CMP_MSG, OSSL_CMP_MSG_free)

#define ROUNDS 60

/* Why ours refuses what libcrypto takes: by what our error says. */
static const struct {
  const char *words;
  const char *name;
} differences[] = {
  /* RFC 9810 §5.1.3 protects DER, RFC 9811 §3.1 and RFC 9483 §6.4.1 send DER; BER has several encodings of one value, so that
   * what was checked need not be what is read. */
  { "(at octet ", "not DER, somewhere inside" },
  /* RFC 5280 §4.1.2.5.2: seconds and Z, nothing else. libcrypto keeps the octets without a look. */
  { "its messageTime is not a time", "messageTime is no time" },
  /* Each algorithm gives whole octets: unused bits would be a second encoding of one protection. */
  { "its protection", "protection with unused bits, or none in it" },
  /* RFC 9810 §5.3.17: PKIConfirmContent is NULL; libcrypto takes a value of any type. */
  { "the syntax of “pkiconf”", "pkiconf with something other than NULL in it" },
  /* A bound on what a peer makes us do; libcrypto has none. */
  { "extra certificates", "more than 64 extraCerts" },
  { "Messages lie inside each other", "nested more than 4 deep" },
  { "carries more than 64 others", "more than 64 nested messages" },
  /* Ours demands of a certificate that its dates and key can be read, as RFC 5280 §4.1 has them. */
  { "of its extraCerts cannot be read", "an extraCert that is no certificate of RFC 5280" },
};

typedef struct {
  guint inputs;
  guint both;
  guint kept;
  guint theirs[G_N_ELEMENTS (differences)];
  guint ours_alone;
  guint other_version;
} Tally;

static OSSL_CMP_MSG *
decode_theirs (const guint8 *data,
               gsize         size)
{
  const unsigned char *cursor = data;
  OSSL_CMP_MSG *message = d2i_OSSL_CMP_MSG (NULL, &cursor, (long) size);

  ERR_clear_error ();
  if (message != NULL && cursor != data + size)
    g_clear_pointer (&message, OSSL_CMP_MSG_free);
  return message;
}

/* pvno by libcrypto's own generic parser, since it has no getter. */
static gboolean
is_version_2 (OSSL_CMP_MSG *message)
{
  unsigned char *der = NULL;
  int size = i2d_OSSL_CMP_MSG (message, &der);
  const guint8 *data = der;
  gsize left = (gsize) MAX (size, 0);
  SignetDerValue value;
  gboolean is_2 = FALSE;

  if (signet_der_read (&data, &left, &value))
    {
      data = value.contents;
      left = value.contents_size;
      if (signet_der_read (&data, &left, &value))
        is_2 = value.contents_size > 3 && memcmp (value.contents, "\x02\x01\x02", 3) == 0;
    }
  OPENSSL_free (der);
  return is_2;
}

/* Where the octets are no canonical encoding (an INTEGER with a needless zero inside a certificate), libcrypto puts others in their
 * place; what we carry as it came stays, since hashes, signatures and the protection go over it. That is the one difference. */
static void
compare_encodings (Tally            *tally,
                   OSSL_CMP_MSG     *theirs,
                   SignetCmpMessage *ours,
                   const char       *name)
{
  g_autoptr (GBytes) again = signet_cmp_message_encode_again (ours);
  GBytes *input = signet_cmp_message_get_der (ours);
  unsigned char *der = NULL;
  int size = i2d_OSSL_CMP_MSG (theirs, &der);
  g_autoptr (GBytes) theirs_again = g_bytes_new (der, (gsize) MAX (size, 0));

  OPENSSL_free (der);
  g_assert_cmpint (size, >, 0);
  g_assert_nonnull (again);
  g_assert_cmpint (OSSL_CMP_MSG_get_bodytype (theirs), ==, signet_cmp_message_get_body_type (ours));
  if (g_bytes_equal (again, theirs_again))
    tally->both++;
  else if (g_bytes_equal (again, input))
    tally->kept++;
  else
    {
      g_autofree char *text = g_base64_encode (g_bytes_get_data (input, NULL), g_bytes_get_size (input));

      g_error ("%s: encoded again in another way than libcrypto does, and not as it came:\n%s", name, text);
    }
}

static void
name_difference (Tally        *tally,
                 const GError *error,
                 const guint8 *data,
                 gsize         size,
                 const char   *name)
{
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (differences); i++)
    if (strstr (error->message, differences[i].words) != NULL)
      {
        tally->theirs[i]++;
        return;
      }
  text = g_base64_encode (data, size);
  g_error ("%s: libcrypto takes it and we do not, for a reason without a name: %s\n%s", name, error->message, text);
}

static void
compare (Tally        *tally,
         const guint8 *data,
         gsize         size,
         const char   *name)
{
  g_autoptr (OSSL_CMP_MSG) theirs = decode_theirs (data, size);
  g_autoptr (GBytes) der = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) ours = signet_cmp_message_parse (der, &error);

  tally->inputs++;
  if (theirs == NULL)
    tally->ours_alone += ours != NULL;
  else if (!is_version_2 (theirs))
    tally->other_version++;
  else if (ours == NULL)
    name_difference (tally, error, data, size, name);
  else
    compare_encodings (tally, theirs, ours, name);
}

static void
compare_with_changes (Tally      *tally,
                      GBytes     *input,
                      const char *name,
                      GRand      *rand)
{
  const char *wanted = g_getenv ("SIGNET_DIFFERENTIAL_ROUNDS");
  guint64 rounds = wanted != NULL ? g_ascii_strtoull (wanted, NULL, 10) : ROUNDS;
  gsize size;
  const guint8 *data = g_bytes_get_data (input, &size);

  compare (tally, data, size, name);
  for (guint64 round = 0; round < rounds; round++)
    {
      g_autoptr (GByteArray) changed = g_byte_array_new ();

      g_byte_array_append (changed, data, (guint) size);
      fuzz_mutate (changed, rand);
      compare (tally, changed->data, changed->len, name);
    }
}

static void
report (const char  *kind,
        const Tally *tally)
{
  g_test_message ("%s: %u inputs, %u taken by both and encoded alike, %u kept by us and changed by libcrypto, "
                  "%u of another version than 2, %u taken by ours alone",
                  kind, tally->inputs, tally->both, tally->kept, tally->other_version, tally->ours_alone);
  for (guint i = 0; i < G_N_ELEMENTS (differences); i++)
    if (tally->theirs[i] > 0)
      g_test_message ("%s: %u taken by libcrypto alone: %s", kind, tally->theirs[i], differences[i].name);
}

static GRand *
new_rand (void)
{
  const char *wanted = g_getenv ("SIGNET_FUZZ_SEED");
  guint32 seed = wanted != NULL ? (guint32) g_ascii_strtoull (wanted, NULL, 10) : g_random_int ();

  g_test_message ("SIGNET_FUZZ_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

static void
test_corpus (void)
{
  g_autoptr (GPtrArray) corpus = corpus_load ();
  g_autoptr (GRand) rand = new_rand ();
  Tally tally = { 0 };

  for (guint i = 0; i < corpus->len; i++)
    {
      const CorpusEntry *entry = g_ptr_array_index (corpus, i);

      compare_with_changes (&tally, entry->octets, entry->path, rand);
    }
  report ("corpus", &tally);
  g_assert_cmpuint (tally.both, >, corpus->len / 2);
}

/* The bodies that nobody's corpus has. */
static const struct {
  SignetCmpBodyType type;
  const char *value;
} bodies[] = {
  { SIGNET_CMP_BODY_IR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.signature" },
  { SIGNET_CMP_BODY_CR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.signatureMac" },
  { SIGNET_CMP_BODY_KUR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.subsequent" },
  { SIGNET_CMP_BODY_KRR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.agree" },
  { SIGNET_CMP_BODY_CCR, "SEQWRAP,SEQUENCE:SignetCertReqMsg.verified" },
  { SIGNET_CMP_BODY_P10CR, "SEQUENCE:SignetCertificationRequest" },
  { SIGNET_CMP_BODY_POPDECC, "SEQWRAP,SEQUENCE:SignetChallenge" },
  { SIGNET_CMP_BODY_POPDECR, "SEQUENCE:SignetPopoDecKeyRespContent" },
  { SIGNET_CMP_BODY_KRP, "SEQUENCE:SignetKeyRecRepContent" },
  { SIGNET_CMP_BODY_RR, "SEQUENCE:SignetRevReqContent" },
  { SIGNET_CMP_BODY_RP, "SEQUENCE:SignetRevRepContent" },
  { SIGNET_CMP_BODY_RANN, "SEQUENCE:SignetRevAnnContent" },
  { SIGNET_CMP_BODY_RANN, "SEQUENCE:SignetRevAnnContent.full" },
  { SIGNET_CMP_BODY_CRLANN, "SEQUENCE:nothing" },
  { SIGNET_CMP_BODY_NESTED, "SEQUENCE:nothing" },
  { SIGNET_CMP_BODY_GENM, "SEQUENCE:key_spec" },
  { SIGNET_CMP_BODY_GENP, "SEQUENCE:key_spec" },
};

static GBytes *
make_message (CONF              *conf,
              SignetCmpBodyType  type,
              const char        *value)
{
  g_autoptr (GBytes) content = corpus_generate (conf, value);
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, type, content);
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  signet_cmp_message_builder_add_implicit_confirm (builder);
  signet_cmp_message_builder_set_time (builder, 1795521600);
  message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);
  g_assert_no_error (error);
  return g_bytes_ref (signet_cmp_message_get_der (message));
}

static void
test_bodies (void)
{
  g_autoptr (GRand) rand = new_rand ();
  CONF *conf = corpus_values_load ();
  Tally tally = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GBytes) message = make_message (conf, bodies[i].type, bodies[i].value);
      guint before = tally.both;

      compare_with_changes (&tally, message, signet_cmp_body_type_name (bodies[i].type), rand);
      if (tally.both == before)
        g_test_message ("%s: libcrypto takes none", bodies[i].value);
    }
  report ("bodies", &tally);
  g_assert_cmpuint (tally.both, >, G_N_ELEMENTS (bodies));
  NCONF_free (conf);
}

static void
test_found (void)
{
  const char *folder = g_getenv ("SIGNET_DIFFERENTIAL_FOLDER");
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  Tally tally = { 0 };

  fuzz_collect (folder, inputs);
  for (guint i = 0; i < inputs->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (inputs, i), &size);

      compare (&tally, data, size, folder);
    }
  report ("found", &tally);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fuzz/differential/corpus-and-mutations", test_corpus);
  g_test_add_func ("/fuzz/differential/every-body-and-mutations", test_bodies);
  if (g_getenv ("SIGNET_DIFFERENTIAL_FOLDER") != NULL)
    g_test_add_func ("/fuzz/differential/found-by-a-fuzzer", test_found);

  return g_test_run ();
}
