/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-challenge.h"

#include <glib/gi18n-lib.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-cms-crypto.h"
#include "pki/pki-thread.h"

#define CHALLENGES_MAX 100
#define INTEGER_MAX_SIZE 64              /* octets of the number that is guessed */
#define RSA_MAX_SIZE 2048
#define ENCODING_MAX_SIZE (INTEGER_MAX_SIZE + 4)
#define SHORT_SIZE 4

#define PVNO_2 2
#define PVNO_3 3

typedef struct {
  SignetPopoDecKeyChallContent *challenges;
} Content;

static void
content_clear (Content *content)
{
  sk_SignetChallenge_pop_free (content->challenges, SignetChallenge_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Content, content_clear)

typedef struct {
  SignetPopoDecKeyRespContent *numbers;
} Answer;

static void
answer_clear (Answer *answer)
{
  sk_ASN1_INTEGER_pop_free (answer->numbers, ASN1_INTEGER_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

/* What RSA alone encrypted, pvno 2: how long it is nobody says, so that libcrypto takes the padding off. That it failed and that it was
 * no Rand are the same to the outside. */
static SignetSecret *
open_deprecated (const ASN1_OCTET_STRING  *challenge,
                 EVP_PKEY                 *key,
                 GError                  **error)
{
  g_autoptr (EVP_PKEY_CTX) context = NULL;
  guint8 octets[RSA_MAX_SIZE];
  gsize size = sizeof octets;
  SignetSecret *secret = NULL;

  if (!EVP_PKEY_is_a (key, "RSA") || (gsize) EVP_PKEY_get_size (key) > sizeof octets)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED,
                         _("The authority sent a challenge of protocol version 2, which is spoken with RSA keys only"));
      return NULL;
    }
  context = EVP_PKEY_CTX_new_from_pkey (NULL, key, NULL);
  if (context != NULL && EVP_PKEY_decrypt_init (context) == 1 && EVP_PKEY_CTX_set_rsa_padding (context, RSA_PKCS1_PADDING) > 0
      && EVP_PKEY_decrypt (context, octets, &size, ASN1_STRING_get0_data (challenge), (gsize) ASN1_STRING_length (challenge)) == 1)
    secret = signet_secret_new (octets, size);
  OPENSSL_cleanse (octets, sizeof octets);
  ERR_clear_error ();
  if (secret == NULL)
    signet_cmp_envelope_set_unreadable (error);
  return secret;
}

/* Which of the two forms there is goes by pvno: RFC 9810 §5.2.8.3.3. */
static SignetSecret *
open_challenge (const SignetChallenge      *challenge,
                const SignetCmpChallenged  *challenged,
                SignetKey                  *key,
                GPtrArray                  *remarks,
                GError                    **error)
{
  const SignetCmpRecipient recipient = { .key = key };
  const ASN1_STRING *encrypted;
  g_autoptr (GBytes) der = NULL;

  if (challenged->pvno == PVNO_2 && challenge->encrypted_rand == NULL && ASN1_STRING_length (challenge->challenge) > 0)
    return open_deprecated (challenge->challenge, signet_key_get_pkey (key), error);
  if (challenged->pvno != PVNO_3 || challenge->encrypted_rand == NULL || ASN1_STRING_length (challenge->challenge) > 0)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT,
                         _("The challenge does not have the form that goes with the message's protocol version"));
      return NULL;
    }
  encrypted = challenge->encrypted_rand->value.asn1_string;
  der = g_bytes_new (ASN1_STRING_get0_data (encrypted), (gsize) ASN1_STRING_length (encrypted));
  return signet_cmp_envelope_open (der, &recipient, challenged->authority, NULL, remarks, error);
}

static gboolean
is_digest_of (const EVP_MD            *owf,
              const guint8            *octets,
              gsize                    size,
              const ASN1_OCTET_STRING *witness)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  guint length = 0;

  return EVP_Digest (octets, size, digest, &length, owf, NULL) == 1 && (guint) ASN1_STRING_length (witness) == length
         && CRYPTO_memcmp (digest, ASN1_STRING_get0_data (witness), length) == 0;
}

/*
 * witness = owf (INTEGER). Which octets of it, RFC 9810 does not say: those of its DER, its contents alone, or of the number without a
 * sign, as it is or filled up to four octets, are all met with.
 */
static gboolean
check_witness (const ASN1_INTEGER      *number,
               const EVP_MD            *owf,
               const ASN1_OCTET_STRING *witness)
{
  g_autoptr (GBytes) der = signet_asn1_encode (number, ASN1_ITEM_rptr (ASN1_INTEGER));
  gsize size;
  const guint8 *octets = g_bytes_get_data (der, &size);
  guint8 filled[SHORT_SIZE] = { 0 };
  gsize plain = (gsize) ASN1_STRING_length (number);
  const guint8 *magnitude = ASN1_STRING_get0_data (number);

  /* Two octets of header: INTEGER_MAX_SIZE is below what takes more. */
  if (is_digest_of (owf, octets, size, witness) || is_digest_of (owf, octets + 2, size - 2, witness)
      || is_digest_of (owf, magnitude, plain, witness))
    return TRUE;
  if (plain > sizeof filled)
    return FALSE;
  memcpy (filled + sizeof filled - plain, magnitude, plain);
  return is_digest_of (owf, filled, sizeof filled, witness);
}

static ASN1_INTEGER *
read_rand (SignetSecret               *plain,
           const SignetChallenge      *challenge,
           const EVP_MD               *owf,
           const SignetCmpChallenged  *challenged,
           GError                    **error)
{
  gsize size;
  const guint8 *data = signet_secret_get_data (plain, &size);
  g_autoptr (SignetRand) rand = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetRand));

  ERR_clear_error ();
  if (rand != NULL && ASN1_STRING_length (rand->integer) <= INTEGER_MAX_SIZE
      && GENERAL_NAME_cmp (rand->sender, (GENERAL_NAME *) challenged->sender) == 0
      && check_witness (rand->integer, owf, challenge->witness))
    return g_steal_pointer (&rand->integer);
  signet_cmp_envelope_set_unreadable (error);
  return NULL;
}

/* The one-way function, which the first Challenge names and later ones may leave out: RFC 9810 App. F. */
static gboolean
read_owf (const SignetChallenge  *challenge,
          EVP_MD                **owf,
          GError                **error)
{
  EVP_MD *named;

  if (challenge->owf == NULL)
    return *owf != NULL || signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("The first challenge names no one-way function"));
  switch (OBJ_obj2nid (challenge->owf->algorithm))
    {
    case NID_sha1:                       /* of which only one-wayness is asked */
    case NID_sha224:
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
    case NID_sha3_256:
    case NID_sha3_384:
    case NID_sha3_512:
      named = EVP_MD_fetch (NULL, OBJ_nid2sn (OBJ_obj2nid (challenge->owf->algorithm)), NULL);
      break;
    default:
      named = NULL;
    }
  if (named == NULL)
    return signet_cms_refuse (error, SIGNET_CMP_ERROR_UNSUPPORTED, _("The challenge names a one-way function that is not known here"));
  EVP_MD_free (*owf);
  *owf = named;
  return TRUE;
}

GBytes *
signet_cmp_challenge_answer (GBytes                     *content,
                             const SignetCmpChallenged  *challenged,
                             GPtrArray                  *remarks,
                             GError                    **error)
{
  g_auto (Content) decoded = { NULL };
  g_auto (Answer) answer = { sk_ASN1_INTEGER_new_null () };
  g_autoptr (EVP_MD) owf = NULL;
  int count;

  g_return_val_if_fail (content != NULL, NULL);
  g_return_val_if_fail (challenged != NULL && challenged->keys != NULL && challenged->sender != NULL, NULL);

  signet_assert_may_take_time ();
  decoded.challenges
    = signet_asn1_decode (g_bytes_get_data (content, NULL), g_bytes_get_size (content), ASN1_ITEM_rptr (SignetPopoDecKeyChallContent));
  count = sk_SignetChallenge_num (decoded.challenges);
  if (count < 1 || count > CHALLENGES_MAX || (guint) count != challenged->keys->len)
    {
      signet_cms_refuse (error, SIGNET_CMP_ERROR_CONTENT, _("The authority sent %d challenges for %u keys"), MAX (count, 0), challenged->keys->len);
      return NULL;
    }
  for (int i = 0; i < count; i++)
    {
      const SignetChallenge *challenge = sk_SignetChallenge_value (decoded.challenges, i);
      g_autoptr (SignetSecret) plain = NULL;
      ASN1_INTEGER *number;

      if (!read_owf (challenge, &owf, error))
        return NULL;
      plain = open_challenge (challenge, challenged, g_ptr_array_index (challenged->keys, (guint) i), remarks, error);
      if (plain == NULL)
        return NULL;
      number = read_rand (plain, challenge, owf, challenged, error);
      if (number == NULL)
        return NULL;
      sk_ASN1_INTEGER_push (answer.numbers, number);
    }
  return signet_asn1_encode (answer.numbers, ASN1_ITEM_rptr (SignetPopoDecKeyRespContent));
}
