/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cmp.h>
#include <openssl/err.h>
#include <string.h>

#include "../cmp/cmp-corpus.h"
#include "cmp/cmp-announcement.h"
#include "cmp/cmp-der.h"
#include "cmp/cmp-recovery.h"
#include "fuzz-inputs.h"

/*
 * What libcrypto's decoder takes as a message of version 2 is taken by ours and encoded again alike, or the difference has a name
 * in a table below; and so has what ours takes alone. Inputs are the corpus, a message of each body by OpenSSL's generator, random changes to them, and the files
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
  /* RFC 4211 §6 and §7 demand a value. Only an authority reads them. */
  { "â: field missing", "a control or regInfo without a value" },
};

/* ---- what ours takes alone ---- */

/* Each gives TRUE for a message of another body, which explains nothing. */

static gboolean
reads_certificates (SignetCmpMessage *message)
{
  SignetCmpBodyType type = signet_cmp_message_get_body_type (message);
  g_autoptr (GPtrArray) responses = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpRecovery) recovery = NULL;

  if (type == SIGNET_CMP_BODY_IP || type == SIGNET_CMP_BODY_CP || type == SIGNET_CMP_BODY_KUP || type == SIGNET_CMP_BODY_CCP)
    return signet_cmp_message_get_cert_rep (message, &responses, NULL, NULL);
  if (type != SIGNET_CMP_BODY_KRP)
    return TRUE;
  content = signet_asn1_encode (signet_cmp_message_get_body (message), ASN1_ITEM_rptr (SignetKeyRecRepContent));
  recovery = signet_cmp_recovery_read (content, NULL);
  return recovery != NULL;
}

static gboolean
reads_announcement (SignetCmpMessage *message)
{
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  const SignetCmpAnnouncementContext context = { .authority = authority, .now = 1795521600 };
  g_autoptr (SignetCmpAnnouncement) announcement = NULL;

  if (!signet_cmp_message_is_announcement (message))
    return TRUE;
  announcement = signet_cmp_announcement_check (message, &context, NULL);
  for (guint i = 0; announcement != NULL && i < announcement->bad->len; i++)
    if (strstr (g_ptr_array_index (announcement->bad, i), "announced as a revocation list that is none") != NULL)
      return FALSE;
  return announcement != NULL;
}

static gboolean
has_no_hash_algorithm (SignetCmpMessage *message)
{
  const SignetCertConfirmContent *content = signet_cmp_message_get_body (message);

  if (signet_cmp_message_get_body_type (message) != SIGNET_CMP_BODY_CERTCONF)
    return TRUE;
  for (int i = 0; i < sk_SignetCertStatus_num (content); i++)
    if (sk_SignetCertStatus_value (content, i)->hash_alg != NULL)
      return FALSE;
  return TRUE;
}

/* Why libcrypto refuses what ours takes: by what its error names. What ours only carries is decoded where it is used, and @misused
 * (nullable) says whether that use would take it after all. */
static const struct {
  const char *words;
  const char *name;
  gboolean (*misused) (SignetCmpMessage *message);
} ours_alone[] = {
  { "Field=infoValue.implicitConfirm, Type=OSSL_CMP_ITAV", "implicitConfirm with a value other than NULL, which agrees to nothing",
    signet_cmp_message_get_implicit_confirm },
  { "Field=generalInfo, Type=OSSL_CMP_PKIHEADER", "generalInfo with a value of another type than its name's, which nothing reads", NULL },
  { "Field=value.certConf, Type=OSSL_CMP_PKIBODY", "certConf with the hashAlg of version 3", has_no_hash_algorithm },
  { "Field=controls, Type=OSSL_CRMF_CERTREQUEST", "a control of another syntax than its name's, which only authorities read", NULL },
  { "Field=regInfo, Type=OSSL_CRMF_MSG", "regInfo of another syntax than its name's, which only authorities read", NULL },
  { "Field=popo, Type=OSSL_CRMF_MSG", "a proof in the syntax of version 3, which only authorities read", NULL },
  { "Field=caPubs, Type=OSSL_CMP_CERTREPMESSAGE", "one of the caPubs that is no certificate: refused when read", reads_certificates },
  { "Field=value.certificate, Type=OSSL_CMP_CERTORENCCERT", "a certificate that is none: refused when read", reads_certificates },
  { "Type=OSSL_CMP_KEYRECREPCONTENT", "a certificate of krp that is none: refused when read", reads_certificates },
  { "Field=value.encryptedCert, Type=OSSL_CMP_CERTORENCCERT", "an encrypted certificate that is no EncryptedValue: read when opened", NULL },
  { "Type=OSSL_CMP_CERTIFIEDKEYPAIR", "a private key or publicationInfo in another syntax: read when used", NULL },
  { "Field=value.ckuann, Type=OSSL_CMP_PKIBODY", "ckuann with what is no certificate: refused when read", reads_announcement },
  { "Field=value.cann, Type=OSSL_CMP_PKIBODY", "cann with what is no certificate: refused when read", reads_announcement },
  { "Field=value.crlann, Type=OSSL_CMP_PKIBODY", "crlann with what is no list: refused when read", reads_announcement },
  { "Field=crls, Type=OSSL_CMP_REVREPCONTENT", "rp with what is no revocation list: checked before it is kept", NULL },
  { "Field=value.popdecc, Type=OSSL_CMP_PKIBODY", "a challenge with the encryptedRand of version 3", NULL },
  { "Field=value.genm, Type=OSSL_CMP_PKIBODY", "genm with a value of another type than its name's, which only authorities read", NULL },
  { "Field=value.genp, Type=OSSL_CMP_PKIBODY", "genp with a value of another type than its name's: read when used", NULL },
};

typedef struct {
  guint inputs;
  guint both;
  guint kept;
  guint theirs[G_N_ELEMENTS (differences)];
  guint ours[G_N_ELEMENTS (ours_alone)];
  guint other_version;
} Tally;

/* @refusal: what libcrypto names on its way to what it refuses */
static OSSL_CMP_MSG *
decode_theirs (const guint8  *data,
               gsize          size,
               GString       *refusal)
{
  const unsigned char *cursor = data;
  OSSL_CMP_MSG *message = d2i_OSSL_CMP_MSG (NULL, &cursor, (long) size);
  const char *words;
  int flags;

  while (ERR_get_error_all (NULL, NULL, NULL, &words, &flags) != 0)
    if (flags & ERR_TXT_STRING)
      g_string_append_printf (refusal, "%s\n", words);
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

/* Also what lies in a nested message may be what is meant. */
static gboolean
is_misused (SignetCmpMessage   *message,
            gboolean          (*misused) (SignetCmpMessage *message))
{
  GPtrArray *nested = signet_cmp_message_get_nested (message);

  if (!misused (message))
    return FALSE;
  for (guint i = 0; i < nested->len; i++)
    if (!is_misused (g_ptr_array_index (nested, i), misused))
      return FALSE;
  return TRUE;
}

static void
name_ours (Tally            *tally,
           SignetCmpMessage *ours,
           const char       *refusal,
           const char       *name)
{
  GBytes *der = signet_cmp_message_get_der (ours);
  g_autofree char *text = g_base64_encode (g_bytes_get_data (der, NULL), g_bytes_get_size (der));

  for (guint i = 0; i < G_N_ELEMENTS (ours_alone); i++)
    if (strstr (refusal, ours_alone[i].words) != NULL)
      {
        tally->ours[i]++;
        if (ours_alone[i].misused != NULL && is_misused (ours, ours_alone[i].misused))
          g_error ("%s: %s, but we use it:\n%s", name, ours_alone[i].name, text);
        return;
      }
  g_error ("%s: we take it and libcrypto does not, for a reason without a name: %s%s", name, refusal, text);
}

static void
compare (Tally        *tally,
         const guint8 *data,
         gsize         size,
         const char   *name)
{
  g_autoptr (GString) refusal = g_string_new (NULL);
  g_autoptr (OSSL_CMP_MSG) theirs = decode_theirs (data, size, refusal);
  g_autoptr (GBytes) der = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) ours = signet_cmp_message_parse (der, &error);

  tally->inputs++;
  if (theirs == NULL && ours != NULL)
    name_ours (tally, ours, refusal->str, name);
  if (theirs == NULL)
    return;
  if (!is_version_2 (theirs))
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
                  "%u of another version than 2", kind, tally->inputs, tally->both, tally->kept, tally->other_version);
  for (guint i = 0; i < G_N_ELEMENTS (differences); i++)
    if (tally->theirs[i] > 0)
      g_test_message ("%s: %u taken by libcrypto alone: %s", kind, tally->theirs[i], differences[i].name);
  for (guint i = 0; i < G_N_ELEMENTS (ours_alone); i++)
    if (tally->ours[i] > 0)
      g_test_message ("%s: %u taken by us alone: %s", kind, tally->ours[i], ours_alone[i].name);
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
