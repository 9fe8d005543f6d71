/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/err.h>

#include "cmp/cmp-challenge.h"
#include "cmp/cmp-key-package.h"
#include "fuzz.h"

/* Every reader of what comes encrypted takes the octets: with a key or secret for which some of the corpus is encrypted, and for what is
 * inside without the encryption. An error must be in words, and libcrypto's queue empty. */

#define NOW 1800000000                   /* seconds since 1970 */
#define ITERATION_LIMIT 2000

typedef struct {
  SignetKey *rsa;
  SignetKey *ec;
  SignetSecret *secret;
  SignetCmpAuthority *authority;
  SignetCertificate *certificate;
  GENERAL_NAME *sender;
} Keys;

static SignetKey *
load_key (const char *name)
{
  g_autofree char *path = g_build_filename (FUZZ_DATA, "cms", "seed-keys", name, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetSecret) der = signet_secret_new_from_file (path, 65536, FALSE, &error);
  SignetKey *key;

  g_assert_no_error (error);
  key = signet_key_new_from_pkcs8 (der, &error);
  g_assert_no_error (error);
  return key;
}

/* A certificate that names nobody, for what must belong to one. */
static SignetCertificate *
make_certificate (SignetKey *key)
{
  g_autoptr (X509) x509 = X509_new ();

  X509_gmtime_adj (X509_getm_notBefore (x509), 0);
  X509_gmtime_adj (X509_getm_notAfter (x509), 0);
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  X509_sign (x509, signet_key_get_pkey (key), EVP_sha256 ());
  return signet_certificate_new_for_x509 (x509);
}

static const Keys *
get_keys (void)
{
  static Keys keys;

  if (keys.rsa != NULL)
    return &keys;
  keys.rsa = load_key ("rsa.pk8");
  keys.ec = load_key ("ec.pk8");
  keys.secret = signet_secret_new ("a secret", 8);
  keys.authority = signet_cmp_authority_new ();
  keys.certificate = make_certificate (keys.ec);
  keys.sender = GENERAL_NAME_new ();
  GENERAL_NAME_set0_value (keys.sender, GEN_DIRNAME, X509_NAME_new ());
  signet_cmp_authority_set_mac_iteration_limit (keys.authority, ITERATION_LIMIT);
  signet_cmp_authority_add_anchor (keys.authority, keys.certificate);
  signet_cmp_authority_set_relaxations (keys.authority, SIGNET_CMP_RELAX_ENCRYPTED_VALUE | SIGNET_CMP_RELAX_SHA1);
  return &keys;
}

static void
check (gpointer  result,
       GError   *error)
{
  g_assert_cmpint (result != NULL, ==, error == NULL);
  g_assert_true (error == NULL || g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (ERR_peek_error (), ==, 0);
}

static void
read_encrypted (const Keys *keys,
                GBytes     *octets)
{
  const SignetCmpRecipient recipients[] = { { .key = keys->rsa }, { .key = keys->ec }, { .secret = keys->secret } };
  const SignetCmpKeySource source = { .authority = keys->authority, .now = NOW };

  for (guint i = 0; i < G_N_ELEMENTS (recipients); i++)
    {
      g_autoptr (GPtrArray) remarks = g_ptr_array_new_with_free_func (g_free);
      g_autofree char *type = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) reason = NULL;
      g_autoptr (SignetSecret) content = NULL;
      g_autoptr (SignetKey) key = NULL;

      content = signet_cmp_encrypted_key_open (octets, &recipients[i], keys->authority, &type, remarks, &error);
      check (content, error);
      key = signet_cmp_central_key_open (octets, &recipients[i], keys->certificate, &source, remarks, &reason);
      check (key, reason);
    }
}

static void
read_certificate (const Keys *keys,
                  GBytes     *octets)
{
  const SignetCmpRecipient recipient = { .key = keys->rsa };
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCertificate) certificate
    = signet_cmp_encrypted_certificate_open (octets, &recipient, keys->authority, NULL, &error);

  check (certificate, error);
}

static void
read_challenge (const Keys *keys,
                GBytes     *octets)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new ();
  SignetCmpChallenged challenged = { .sender = keys->sender, .keys = array, .authority = keys->authority };

  g_ptr_array_add (array, keys->rsa);
  for (challenged.pvno = 2; challenged.pvno <= 3; challenged.pvno++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) answer = signet_cmp_challenge_answer (octets, &challenged, NULL, &error);

      check (answer, error);
    }
}

static void
read_plain (const Keys   *keys,
            const guint8 *data,
            gsize         size)
{
  const SignetCmpKeySource source = { .authority = keys->authority, .now = NOW };
  g_autoptr (SignetSecret) plain = signet_secret_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) reason = NULL;
  g_autoptr (SignetKey) packed = signet_cmp_key_package_open (plain, &source, NULL, &error);
  g_autoptr (SignetKey) bare = NULL;

  check (packed, error);
  bare = signet_cmp_key_package_read (plain, NULL, &reason);
  g_assert_cmpint (bare != NULL, ==, reason == NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  const Keys *keys = get_keys ();
  g_autoptr (GBytes) octets = g_bytes_new (data, size);

  read_encrypted (keys, octets);
  if (size > 0)
    {
      g_autoptr (GBytes) tagged = signet_cmp_envelope_tag (octets, 0);

      read_encrypted (keys, tagged);
      read_certificate (keys, tagged);
    }
  read_challenge (keys, octets);
  read_plain (keys, data, size);
  return 0;
}
