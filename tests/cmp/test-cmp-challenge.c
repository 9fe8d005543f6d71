/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-asn1.h"
#include "cmp/cmp-challenge.h"

/* popdecc answered by popdecr: the Rand is encrypted by libcrypto. */

static const PartyUsage encipher = { .key_usage = "keyEncipherment" };
static const PartyUsage agree = { .key_usage = "keyAgreement" };

static SignetCmpAuthority *authority;

static GENERAL_NAME *
name_of (const char *cn)
{
  GENERAL_NAME *name = GENERAL_NAME_new ();
  X509_NAME *directory_name = X509_NAME_new ();

  X509_NAME_add_entry_by_txt (directory_name, "CN", MBSTRING_UTF8, (const guint8 *) cn, -1, -1, 0);
  GENERAL_NAME_set0_value (name, GEN_DIRNAME, directory_name);
  return name;
}

static SignetSecret *
make_rand (const char *number,
           const char *sender)
{
  g_autoptr (SignetRand) rand = SignetRand_new ();
  unsigned char *der = NULL;
  BIGNUM *big = NULL;
  SignetSecret *secret;
  int size;

  BN_hex2bn (&big, number);
  BN_to_ASN1_INTEGER (big, rand->integer);
  BN_free (big);
  GENERAL_NAME_free (rand->sender);
  rand->sender = name_of (sender);
  size = i2d_SignetRand (rand, &der);
  secret = signet_secret_new (der, size);
  OPENSSL_free (der);
  return secret;
}

static void
set_witness (SignetChallenge *challenge,
             GBytes          *octets)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  guint size;

  EVP_Digest (g_bytes_get_data (octets, NULL), g_bytes_get_size (octets), digest, &size, EVP_sha256 (), NULL);
  ASN1_OCTET_STRING_set (challenge->witness, digest, (int) size);
}

typedef struct {
  const char *number;                    /* hexadecimal */
  const char *hashed;                    /* what the witness is of, hexadecimal */
  const char *sender;
  gboolean no_owf;
  gboolean deprecated;
} Parts;

static SignetChallenge *
make_challenge (const Parts *parts,
                const Party *party)
{
  SignetChallenge *challenge = SignetChallenge_new ();
  g_autoptr (SignetSecret) plain = make_rand (parts->number, parts->sender);
  g_autoptr (GBytes) hashed = corpus_hex (parts->hashed);
  gsize size;
  const guint8 *octets = signet_secret_get_data (plain, &size);

  if (!parts->no_owf)
    {
      challenge->owf = X509_ALGOR_new ();
      X509_ALGOR_set0 (challenge->owf, OBJ_nid2obj (NID_sha256), V_ASN1_UNDEF, NULL);
    }
  set_witness (challenge, hashed);
  if (parts->deprecated)
    {
      g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new (signet_key_get_pkey (party->key), NULL);
      guint8 encrypted[512];
      gsize length = sizeof encrypted;

      EVP_PKEY_encrypt_init (context);
      EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING);
      g_assert_cmpint (EVP_PKEY_encrypt (context, encrypted, &length, octets, size), ==, 1);
      ASN1_OCTET_STRING_set (challenge->challenge, encrypted, (int) length);
    }
  else
    {
      g_autoptr (GBytes) enveloped = kit_encrypt_octets (plain, SIGNET_CMS_DATA, party, EVP_aes_128_cbc (), 0, NULL, NULL);
      g_autoptr (GBytes) tagged = signet_cmp_envelope_tag (enveloped, 0);
      const guint8 *cursor = g_bytes_get_data (tagged, NULL);

      challenge->encrypted_rand = d2i_ASN1_TYPE (NULL, &cursor, (long) g_bytes_get_size (tagged));
      g_assert_nonnull (challenge->encrypted_rand);
    }
  return challenge;
}

/* DER POPODecKeyChallContent of @first and, where there is one, @second. */
static GBytes *
make_content (SignetChallenge *first,
              SignetChallenge *second)
{
  SignetPopoDecKeyChallContent *challenges = sk_SignetChallenge_new_null ();
  GBytes *content;

  sk_SignetChallenge_push (challenges, first);
  if (second != NULL)
    sk_SignetChallenge_push (challenges, second);
  content = signet_asn1_encode (challenges, ASN1_ITEM_rptr (SignetPopoDecKeyChallContent));
  sk_SignetChallenge_pop_free (challenges, SignetChallenge_free);
  return content;
}

static GBytes *
answer (GBytes       *content,
        gint64        pvno,
        const Party  *first,
        const Party  *second,
        GError      **error)
{
  GENERAL_NAME *sender = name_of ("Authority");
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();
  SignetCmpChallenged challenged = { .pvno = pvno, .sender = sender, .keys = keys, .authority = authority };
  GBytes *octets;

  g_ptr_array_add (keys, first->key);
  if (second != NULL)
    g_ptr_array_add (keys, second->key);
  octets = signet_cmp_challenge_answer (content, &challenged, NULL, error);
  GENERAL_NAME_free (sender);
  g_assert_cmpuint (ERR_peek_error (), ==, 0);
  return octets;
}

static void
assert_answer (const Party *party,
               Parts        parts,
               gint64       pvno,
               const char  *expected)
{
  g_autoptr (GBytes) content = make_content (make_challenge (&parts, party), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) octets = answer (content, pvno, party, NULL, &error);

  g_assert_no_error (error);
  corpus_assert_hex (octets, expected);
}

static void
assert_no_answer (const Party *party,
                  Parts        parts,
                  gint64       pvno,
                  gboolean     unreadable)
{
  g_autoptr (GBytes) content = make_content (make_challenge (&parts, party), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) expected = NULL;
  g_autoptr (GBytes) octets = answer (content, pvno, party, NULL, &error);

  g_assert_null (octets);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
  signet_cmp_envelope_set_unreadable (&expected);
  g_assert_cmpint (g_str_equal (error->message, expected->message), ==, unreadable);
}

/* Each form with its version, and with no other: pvno 3 has encryptedRand, pvno 2 the old challenge. */
static void
test_forms (void)
{
  g_autoptr (Party) party = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  const Parts now = { "07", "020107", "Authority", FALSE, FALSE };
  const Parts old = { "07", "020107", "Authority", FALSE, TRUE };

  assert_answer (party, now, 3, "3003020107");
  assert_answer (party, old, 2, "3003020107");
  assert_no_answer (party, now, 2, FALSE);
  assert_no_answer (party, old, 3, FALSE);
}

static void
test_agreement (void)
{
  g_autoptr (Party) party = party_new ("ec:P-256", "Maria Huber", NULL, agree);
  const Parts parts = { "0123456789ABCDEF", "02080123456789abcdef", "Authority", FALSE, FALSE };
  g_autoptr (GError) error = NULL;
  SignetChallenge *challenge;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) octets = NULL;

  /* libcrypto derives with SHA-1 unless told otherwise. */
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_SHA1);
  assert_answer (party, parts, 3, "300a02080123456789abcdef");
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_NONE);
  challenge = make_challenge (&parts, party);
  content = make_content (challenge, NULL);
  octets = answer (content, 3, party, NULL, &error);
  g_assert_null (octets);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
}

static void
test_witness (void)
{
  static const char *const right[][2] = {
    { "07", "020107" }, { "07", "07" },     { "07", "00000007" }, { "80", "0080" },
    { "80", "80" },     { "80", "02020080" }, { "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcdef" },
  };
  static const char *const wrong[][2] = { { "07", "020108" }, { "07", "" }, { "07", "0007" }, { "0123456789ABCDEF", "0123456789abcdee" } };
  g_autoptr (Party) party = party_new ("rsa:2048", "Maria Huber", NULL, encipher);

  for (guint i = 0; i < G_N_ELEMENTS (right); i++)
    {
      const Parts parts = { right[i][0], right[i][1], "Authority", FALSE, FALSE };
      g_autoptr (GBytes) content = make_content (make_challenge (&parts, party), NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) octets = answer (content, 3, party, NULL, &error);

      g_assert_no_error (error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      const Parts parts = { wrong[i][0], wrong[i][1], "Authority", FALSE, FALSE };

      assert_no_answer (party, parts, 3, TRUE);
    }
}

static void
test_owf_carried (void)
{
  g_autoptr (Party) first = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  g_autoptr (Party) second = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  const Parts named = { "07", "020107", "Authority", FALSE, FALSE };
  const Parts unnamed = { "2A", "02012a", "Authority", TRUE, FALSE };
  g_autoptr (GBytes) both = make_content (make_challenge (&named, first), make_challenge (&unnamed, second));
  g_autoptr (GBytes) swapped = make_content (make_challenge (&unnamed, first), make_challenge (&named, second));
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) reason = NULL;
  g_autoptr (GBytes) octets = answer (both, 3, first, second, &error);
  g_autoptr (GBytes) none = answer (swapped, 3, first, second, &reason);

  g_assert_no_error (error);
  corpus_assert_hex (octets, "300602010702012a");
  g_assert_null (none);
  g_assert_error (reason, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
}

/* In the order of the requests, each by its own key; too many, too few or for another key get nothing. */
static void
test_two (void)
{
  g_autoptr (Party) first = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  g_autoptr (Party) second = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  const Parts one = { "0100", "0100", "Authority", FALSE, FALSE };
  const Parts other = { "05", "05", "Authority", FALSE, FALSE };
  g_autoptr (GBytes) content = make_content (make_challenge (&one, first), make_challenge (&other, second));
  g_autoptr (GBytes) single = make_content (make_challenge (&one, first), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) too_many = NULL;
  g_autoptr (GError) too_few = NULL;
  g_autoptr (GError) swapped = NULL;
  g_autoptr (GBytes) octets = answer (content, 3, first, second, &error);

  g_assert_no_error (error);
  corpus_assert_hex (octets, "300702020100020105");
  g_assert_null (answer (content, 3, first, NULL, &too_many));
  g_assert_error (too_many, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
  g_assert_null (answer (single, 3, first, second, &too_few));
  g_assert_error (too_few, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
  g_assert_null (answer (content, 3, second, first, &swapped));
  g_assert_error (swapped, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
}

static void
test_sender (void)
{
  g_autoptr (Party) party = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  const Parts now = { "07", "020107", "Somebody else", FALSE, FALSE };
  const Parts old = { "07", "020107", "Somebody else", FALSE, TRUE };

  assert_no_answer (party, now, 3, TRUE);
  assert_no_answer (party, old, 2, TRUE);
}

/* The rid names nobody at all, and a request at most: it is passed over. */
static void
test_rid (void)
{
  g_autoptr (Party) party = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  const PartyUsage unnamed = { .key_usage = "keyEncipherment", .no_key_identifier = TRUE };
  /* issuerAndSerialNumber { NULL-DN, number }, as RFC 9810 §5.2.8.3.3 demands */
  g_autoptr (Party) nobody = party_new_for_key (party->key, "", NULL, unnamed);
  const Parts parts = { "07", "020107", "Authority", FALSE, FALSE };

  assert_answer (nobody, parts, 3, "3003020107");
}

/* Whatever else is encrypted to the key: no answer, and always in the same words. */
static void
test_no_oracle (void)
{
  g_autoptr (Party) party = party_new ("rsa:2048", "Maria Huber", NULL, encipher);
  g_autoptr (GError) expected = NULL;
  static const char *const plain[] = { "a letter to Maria", "\x30\x03\x02\x01\x07", "\x02\x01\x07", "\x30\x80" };

  signet_cmp_envelope_set_unreadable (&expected);
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    {
      const Parts parts = { "07", "020107", "Authority", FALSE, FALSE };
      SignetChallenge *challenge = make_challenge (&parts, party);
      g_autoptr (GBytes) enveloped = kit_encrypt (plain[i], party, EVP_aes_128_cbc (), 0, NULL, NULL);
      g_autoptr (GBytes) tagged = signet_cmp_envelope_tag (enveloped, 0);
      const guint8 *cursor = g_bytes_get_data (tagged, NULL);
      g_autoptr (GBytes) content = NULL;
      g_autoptr (GError) error = NULL;

      ASN1_TYPE_free (challenge->encrypted_rand);
      challenge->encrypted_rand = d2i_ASN1_TYPE (NULL, &cursor, (long) g_bytes_get_size (tagged));
      content = make_content (challenge, NULL);
      g_assert_null (answer (content, 3, party, NULL, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
      g_assert_cmpstr (error->message, ==, expected->message);
    }
  for (guint i = 0; i < 16; i++)
    {
      const Parts parts = { "07", "020107", "Authority", FALSE, TRUE };
      SignetChallenge *challenge = make_challenge (&parts, party);
      g_autoptr (GBytes) content = NULL;
      g_autoptr (GError) error = NULL;

      challenge->challenge->data[16 * i] ^= 1;
      content = make_content (challenge, NULL);
      g_assert_null (answer (content, 2, party, NULL, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
      g_assert_cmpstr (error->message, ==, expected->message);
    }
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  authority = signet_cmp_authority_new ();
  g_test_add_func ("/cmp/challenge/form-goes-by-version/R314", test_forms);
  g_test_add_func ("/cmp/challenge/key-agreement", test_agreement);
  g_test_add_func ("/cmp/challenge/witness/R316", test_witness);
  g_test_add_func ("/cmp/challenge/owf-is-carried-forward/R316", test_owf_carried);
  g_test_add_func ("/cmp/challenge/rand-names-the-sender/R317", test_sender);
  g_test_add_func ("/cmp/challenge/two-in-order/R318", test_two);
  g_test_add_func ("/cmp/challenge/rid-says-nothing/R312,R315", test_rid);
  g_test_add_func ("/cmp/challenge/answers-nothing-but-a-rand/R313,R474", test_no_oracle);
  status = g_test_run ();
  g_clear_object (&authority);
  return status;
}
