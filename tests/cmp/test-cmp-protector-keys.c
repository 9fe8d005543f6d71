/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-protection.h"

/* Protection that begins with a key: KemBasedMac and DHBasedMac. The peer of these tests is a protector too, in the other role. */

static SignetKey *
new_key (const char *spec)
{
  g_autoptr (GError) error = NULL;
  SignetKey *key = signet_key_generate (spec, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return key;
}

/* A certificate of @key with the key usage @usage (nullable), signed by a key that nobody keeps. */
static SignetCertificate *
certify (SignetKey  *key,
         const char *usage)
{
  g_autoptr (EVP_PKEY) issuer = EVP_PKEY_Q_keygen (NULL, NULL, "EC", "P-256");
  g_autoptr (X509) x509 = X509_new ();
  X509_NAME *name = X509_get_subject_name (x509);
  X509_EXTENSION *extension;

  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 1);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guchar *) "A", -1, -1, 0);
  X509_set_issuer_name (x509, name);
  X509_gmtime_adj (X509_getm_notBefore (x509), 0);
  X509_gmtime_adj (X509_getm_notAfter (x509), 3600);
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  if (usage != NULL)
    {
      extension = X509V3_EXT_conf_nid (NULL, NULL, NID_key_usage, usage);
      X509_add_ext (x509, extension, -1);
      X509_EXTENSION_free (extension);
    }
  g_assert_cmpint (X509_sign (x509, issuer, EVP_sha256 ()), >, 0);
  return signet_certificate_new_for_x509 (x509);
}

static SignetCmpCredentials *
kem_credentials (SignetKey *key)
{
  g_autoptr (SignetCertificate) certificate = certify (key, "keyEncipherment");
  g_autoptr (GError) error = NULL;
  SignetCmpCredentials *credentials = signet_cmp_credentials_new_kem (key, certificate, NULL, &error);

  g_assert_no_error (error);
  return credentials;
}

static SignetCmpProtector *
new_protector (SignetCmpCredentials *credentials)
{
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (GError) error = NULL;
  SignetCmpProtector *protector = signet_cmp_protector_new (credentials, authority, &error);

  g_assert_no_error (error);
  return protector;
}

/* Somebody with a secret, who knows nothing of keys yet. */
static SignetCmpProtector *
new_secret_protector (void)
{
  g_autoptr (SignetSecret) secret = signet_secret_new ("a secret of some length", 23);
  g_autoptr (SignetCmpCredentials) credentials = signet_cmp_credentials_new_mac ("4711", secret);

  return new_protector (credentials);
}

static SignetCmpMessage *
make_message (SignetCmpProtector *protector,
              GBytes             *id)
{
  g_autoptr (GBytes) content = signet_cmp_body_pkiconf ();
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_PKICONF, content);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) protection = NULL;
  SignetCmpMessage *message;

  signet_cmp_message_builder_set_transaction_id (builder, id);
  g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (protector), &error));
  part = signet_cmp_message_builder_get_protected_part (builder, &error);
  protection = signet_cmp_protector_protect (protector, part, &error);
  g_assert_no_error (error);
  message = signet_cmp_message_builder_finish (builder, protection, NULL, &error);
  g_assert_no_error (error);
  return message;
}

static void
assert_verified (SignetCmpProtector *protector,
                 SignetCmpMessage   *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_protector_verify_mac (protector, message, &error));
  g_assert_no_error (error);
}

static void
assert_refused (SignetCmpProtector *protector,
                SignetCmpMessage   *message,
                int                 code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_cmp_protector_verify_mac (protector, message, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, code);
}

static GBytes *
new_id (guint8 last)
{
  guint8 id[16] = { 0 };

  id[15] = last;
  return g_bytes_new (id, sizeof id);
}

static gboolean
skip_without (const char *spec)
{
  if (signet_key_spec_check (spec, NULL))
    return FALSE;
  g_test_skip_printf ("this libcrypto has no %s", spec);
  return TRUE;
}

/* ---- KEM ---- */

/* RFC 9810 App. E Fig. 4: the authority has the key; its messages verify, all of them with one secret. */
static void
test_kem_of_peer (gconstpointer data)
{
  const char *spec = data;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetCmpCredentials) credentials = NULL;
  g_autoptr (SignetCmpProtector) ours = new_secret_protector ();
  g_autoptr (SignetCmpProtector) theirs = NULL;
  g_autoptr (SignetCmpMessage) first = NULL;
  g_autoptr (SignetCmpMessage) second = NULL;
  g_autoptr (GBytes) id = new_id (1);
  g_autoptr (GBytes) other = new_id (2);
  g_autoptr (GBytes) info = NULL;
  g_autoptr (GError) error = NULL;

  if (skip_without (spec))
    return;
  key = new_key (spec);
  credentials = kem_credentials (key);
  theirs = new_protector (credentials);
  info = signet_cmp_protector_encapsulate (ours, signet_key_get_pkey (key), id, &error);
  g_assert_no_error (error);
  g_assert_true (signet_cmp_protector_take_ciphertext (theirs, info, id, &error));
  first = make_message (theirs, id);
  second = make_message (theirs, other);
  assert_verified (ours, first);
  assert_verified (ours, second);

  /* The transaction of the ciphertext is part of the key. */
  g_assert_true (signet_cmp_protector_take_ciphertext (theirs, info, other, &error));
  g_clear_object (&first);
  first = make_message (theirs, id);
  assert_refused (ours, first, SIGNET_CMP_ERROR_BAD_PROTECTION);
}

/* Fig. 3: our key. What is sent can be checked by whoever encapsulated; nothing is sent before that. */
static void
test_kem_of_ours (void)
{
  g_autoptr (SignetKey) key = new_key ("rsa:2048");
  g_autoptr (SignetCmpCredentials) credentials = kem_credentials (key);
  g_autoptr (SignetCmpProtector) ours = new_protector (credentials);
  g_autoptr (SignetCmpProtector) theirs = new_secret_protector ();
  g_autoptr (GBytes) id = new_id (1);
  g_autoptr (GBytes) part = g_bytes_new_static ("x", 1);
  g_autoptr (GBytes) early = NULL;
  g_autoptr (GBytes) info = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_protector_needs_ciphertext (ours));
  early = signet_cmp_protector_protect (ours, part, &error);
  g_assert_null (early);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE);
  g_clear_error (&error);

  info = signet_cmp_protector_encapsulate (theirs, signet_key_get_pkey (key), id, &error);
  g_assert_true (signet_cmp_protector_take_ciphertext (ours, info, id, &error));
  g_assert_no_error (error);
  g_assert_false (signet_cmp_protector_needs_ciphertext (ours));
  message = make_message (ours, id);
  assert_verified (theirs, message);
}

/* Who encapsulated to our key has proved nothing: its MAC under that secret is no answer. Two secrets, one a direction. */
static void
test_kem_directions (void)
{
  g_autoptr (SignetKey) our_key = new_key ("rsa:2048");
  g_autoptr (SignetKey) their_key = new_key ("rsa:2048");
  g_autoptr (SignetCmpCredentials) our_credentials = kem_credentials (our_key);
  g_autoptr (SignetCmpCredentials) their_credentials = kem_credentials (their_key);
  g_autoptr (SignetCmpProtector) ours = new_protector (our_credentials);
  g_autoptr (SignetCmpProtector) theirs = new_protector (their_credentials);
  g_autoptr (SignetCmpProtector) mirror = new_protector (our_credentials);
  g_autoptr (GBytes) id = new_id (1);
  g_autoptr (GBytes) to_us = NULL;
  g_autoptr (GBytes) to_them = NULL;
  g_autoptr (SignetCmpMessage) request = NULL;
  g_autoptr (SignetCmpMessage) answer = NULL;
  g_autoptr (SignetCmpMessage) reflected = NULL;
  g_autoptr (GError) error = NULL;

  to_us = signet_cmp_protector_encapsulate (theirs, signet_key_get_pkey (our_key), id, &error);
  g_assert_true (signet_cmp_protector_take_ciphertext (ours, to_us, id, &error));
  g_assert_true (signet_cmp_protector_take_ciphertext (mirror, to_us, id, &error));
  reflected = make_message (mirror, id);
  assert_refused (ours, reflected, SIGNET_CMP_ERROR_WRONG_PROTECTION);

  to_them = signet_cmp_protector_encapsulate (ours, signet_key_get_pkey (their_key), id, &error);
  g_assert_no_error (error);
  g_assert_false (g_bytes_equal (to_us, to_them));
  g_assert_true (signet_cmp_protector_take_ciphertext (theirs, to_them, id, &error));
  request = make_message (ours, id);
  answer = make_message (theirs, id);
  assert_verified (theirs, request);
  assert_verified (ours, answer);
  assert_refused (ours, reflected, SIGNET_CMP_ERROR_BAD_PROTECTION);
}

/* A ciphertext that is none for the key ends it, one that was changed gives a MAC that is wrong. */
static void
test_kem_corrupt (gconstpointer data)
{
  const char *spec = data;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetKey) other = NULL;
  g_autoptr (SignetCmpCredentials) credentials = NULL;
  g_autoptr (SignetCmpProtector) ours = NULL;
  g_autoptr (SignetCmpProtector) theirs = new_secret_protector ();
  g_autoptr (GBytes) id = new_id (1);
  g_autoptr (GBytes) info = NULL;
  g_autoptr (GBytes) changed = NULL;
  g_autoptr (GBytes) cut = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *octets = NULL;
  gsize size;

  if (skip_without (spec))
    return;
  key = new_key (spec);
  credentials = kem_credentials (key);
  ours = new_protector (credentials);
  info = signet_cmp_protector_encapsulate (theirs, signet_key_get_pkey (key), id, &error);
  g_assert_no_error (error);
  size = g_bytes_get_size (info);
  octets = g_memdup2 (g_bytes_get_data (info, NULL), size);
  octets[size - 1] ^= 1;
  changed = g_bytes_new (octets, size);
  if (signet_cmp_protector_take_ciphertext (ours, changed, id, NULL))
    {
      message = make_message (ours, id);
      assert_refused (theirs, message, SIGNET_CMP_ERROR_BAD_PROTECTION);
    }
  cut = g_bytes_new_from_bytes (info, 0, size - 1);
  g_assert_false (signet_cmp_protector_take_ciphertext (ours, cut, id, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
  g_clear_error (&error);

  /* For a key of 3,072 bits, or the other ML-KEM. */
  other = new_key (g_str_equal (spec, "ml-kem-768") ? "ml-kem-1024" : "rsa:3072");
  g_clear_pointer (&info, g_bytes_unref);
  info = signet_cmp_protector_encapsulate (theirs, signet_key_get_pkey (other), id, &error);
  g_assert_no_error (error);
  g_assert_false (signet_cmp_protector_take_ciphertext (ours, info, id, &error));
  g_assert_true (g_error_matches (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION)
                 || g_error_matches (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED));
}

static void
test_kem_saved (void)
{
  g_autoptr (SignetKey) key = new_key ("rsa:2048");
  g_autoptr (SignetKey) their_key = new_key ("rsa:2048");
  g_autoptr (SignetCmpCredentials) credentials = kem_credentials (key);
  g_autoptr (SignetCmpCredentials) their_credentials = kem_credentials (their_key);
  g_autoptr (SignetCmpProtector) ours = new_protector (credentials);
  g_autoptr (SignetCmpProtector) again = new_protector (credentials);
  g_autoptr (SignetCmpProtector) theirs = new_protector (their_credentials);
  g_autoptr (GBytes) id = new_id (1);
  g_autoptr (GBytes) to_us = NULL;
  g_autoptr (GBytes) to_them = NULL;
  g_autoptr (SignetSecret) nothing = signet_cmp_protector_save_secrets (ours);
  g_autoptr (SignetSecret) saved = NULL;
  g_autoptr (SignetCmpMessage) before = NULL;
  g_autoptr (SignetCmpMessage) after = NULL;
  g_autoptr (SignetCmpMessage) answer = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 *octets;
  gsize size;

  g_assert_null (nothing);
  to_us = signet_cmp_protector_encapsulate (theirs, signet_key_get_pkey (key), id, &error);
  to_them = signet_cmp_protector_encapsulate (ours, signet_key_get_pkey (their_key), id, &error);
  g_assert_true (signet_cmp_protector_take_ciphertext (ours, to_us, id, &error));
  g_assert_true (signet_cmp_protector_take_ciphertext (theirs, to_them, id, &error));
  saved = signet_cmp_protector_save_secrets (ours);
  octets = signet_secret_get_data (saved, &size);
  for (gsize part = 0; part < size; part++)
    {
      g_autoptr (SignetSecret) cut = signet_secret_new (octets, part);

      g_assert_false (signet_cmp_protector_restore_secrets (again, cut, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_SAVED);
      g_clear_error (&error);
    }
  g_assert_true (signet_cmp_protector_restore_secrets (again, saved, &error));
  g_assert_no_error (error);
  before = make_message (ours, id);
  after = make_message (again, id);
  g_assert_true (g_bytes_equal (signet_cmp_message_get_der (before), signet_cmp_message_get_der (after)));
  answer = make_message (theirs, id);
  assert_verified (again, answer);
}

/* ---- DH ---- */

static SignetCmpCredentials *
dh_credentials (SignetKey *own,
                SignetKey *peer,
                GError   **error)
{
  g_autoptr (SignetCertificate) certificate = certify (own, "keyAgreement");
  g_autoptr (SignetCertificate) other = certify (peer, "keyAgreement");

  return signet_cmp_credentials_new_dh (own, certificate, NULL, other, error);
}

static void
test_dh (gconstpointer data)
{
  const char *spec = data;
  g_autoptr (SignetKey) key = new_key (spec);
  g_autoptr (SignetKey) their_key = new_key (spec);
  g_autoptr (SignetKey) stranger = new_key (spec);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpCredentials) credentials = dh_credentials (key, their_key, &error);
  g_autoptr (SignetCmpCredentials) their_credentials = dh_credentials (their_key, key, &error);
  g_autoptr (SignetCmpCredentials) stranger_credentials = dh_credentials (stranger, key, &error);
  g_autoptr (SignetCmpProtector) ours = new_protector (credentials);
  g_autoptr (SignetCmpProtector) theirs = new_protector (their_credentials);
  g_autoptr (SignetCmpProtector) others = new_protector (stranger_credentials);
  g_autoptr (SignetCmpProtector) secret = new_secret_protector ();
  g_autoptr (GBytes) id = new_id (1);
  g_autoptr (SignetCmpMessage) request = make_message (ours, id);
  g_autoptr (SignetCmpMessage) answer = make_message (theirs, id);
  g_autoptr (SignetCmpMessage) forged = make_message (others, id);
  g_autoptr (SignetCmpMessage) other_kind = make_message (secret, id);

  assert_verified (theirs, request);
  assert_verified (ours, answer);
  assert_refused (ours, forged, SIGNET_CMP_ERROR_BAD_PROTECTION);
  assert_refused (ours, other_kind, SIGNET_CMP_ERROR_WRONG_PROTECTION);
  assert_refused (secret, answer, SIGNET_CMP_ERROR_WRONG_PROTECTION);
}

/* ---- credentials ---- */

static void
test_credentials (void)
{
  g_autoptr (SignetKey) rsa = new_key ("rsa:2048");
  g_autoptr (SignetKey) p256 = new_key ("ec:P-256");
  g_autoptr (SignetKey) p384 = new_key ("ec:P-384");
  g_autoptr (SignetCertificate) signs = certify (rsa, "digitalSignature");
  g_autoptr (SignetCertificate) encrypts = certify (rsa, "keyEncipherment");
  g_autoptr (SignetCertificate) any = certify (p256, NULL);
  g_autoptr (SignetCertificate) signs_p256 = certify (p256, "digitalSignature");
  g_autoptr (SignetCmpCredentials) refused = NULL;
  g_autoptr (SignetCmpCredentials) dh = NULL;
  g_autoptr (GError) error = NULL;

  refused = signet_cmp_credentials_new_kem (rsa, signs, NULL, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
  g_clear_error (&error);
  refused = signet_cmp_credentials_new_signature (rsa, encrypts, NULL, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
  g_clear_error (&error);
  refused = signet_cmp_credentials_new_kem (p256, any, NULL, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
  g_clear_error (&error);
  refused = dh_credentials (p256, p384, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
  g_clear_error (&error);
  refused = signet_cmp_credentials_new_dh (p256, any, NULL, signs_p256, &error);
  g_assert_null (refused);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
  g_clear_error (&error);

  dh = signet_cmp_credentials_new_dh (p256, any, NULL, any, &error);
  g_assert_no_error (error);
  g_assert_cmpint (signet_cmp_credentials_get_kind (dh), ==, SIGNET_CMP_CREDENTIALS_DH);
  g_assert_false (signet_cmp_credentials_is_mac (dh));
  g_assert_nonnull (signet_cmp_credentials_get_peer (dh));
}

/* ---- MACs of other kinds under a secret ---- */

static SignetCmpProtector *
secret_protector (SignetCmpMac  mac,
                  const char   *digest,
                  GBytes       *algorithm)
{
  g_autoptr (SignetSecret) secret = signet_secret_new ("a secret of some length", 23);
  g_autoptr (SignetCmpCredentials) credentials = signet_cmp_credentials_new_mac ("4711", secret);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (GError) error = NULL;
  SignetCmpProtector *protector;

  signet_cmp_authority_set_mac (authority, mac);
  signet_cmp_authority_set_mac_parameters (authority, digest, 0);
  protector = algorithm != NULL ? signet_cmp_protector_new_with_algorithm (credentials, authority, algorithm, &error)
                                : signet_cmp_protector_new (credentials, authority, &error);
  g_assert_no_error (error);
  return protector;
}

static void
test_plain (void)
{
  static const struct {
    SignetCmpMac mac;
    const char *digest;
    const char *algorithm;
  } cases[] = {
    { SIGNET_CMP_MAC_HMAC, "SHA256", "300c06082a864886f70d02090500" },
    { SIGNET_CMP_MAC_HMAC, "SHA512", "300c06082a864886f70d020b0500" },
    { SIGNET_CMP_MAC_KMAC, "SHA256", "300b0609608648016503040213" },
    { SIGNET_CMP_MAC_KMAC, "SHA512", "300b0609608648016503040214" },
  };
  g_autoptr (GBytes) id = new_id (1);
  g_autoptr (SignetCmpProtector) pbmac1 = secret_protector (SIGNET_CMP_MAC_PBMAC1, "SHA256", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SignetCmpProtector) ours = secret_protector (cases[i].mac, cases[i].digest, NULL);
      g_autoptr (SignetCmpMessage) message = make_message (ours, id);

      corpus_assert_hex (signet_cmp_protector_get_algorithm (ours), cases[i].algorithm);
      assert_verified (ours, message);
      assert_refused (pbmac1, message, SIGNET_CMP_ERROR_WRONG_PROTECTION);
    }
}

/* A second message with the nonce of the first is refused; the first may come again. */
static void
test_gmac_nonce (void)
{
  g_autoptr (GBytes) algorithm = corpus_hex ("304806092a864886f67d07420d303b04080011223344556677300b0609608648016503040201020203e8"
                                             "301e06096086480165030401093011040c000102030405060708090a0b020110");
  g_autoptr (SignetCmpProtector) theirs = secret_protector (SIGNET_CMP_MAC_PASSWORD_BASED, "SHA256", algorithm);
  g_autoptr (SignetCmpProtector) ours = secret_protector (SIGNET_CMP_MAC_PASSWORD_BASED, "SHA256", NULL);
  g_autoptr (GBytes) id = new_id (1);
  g_autoptr (GBytes) other_id = new_id (2);
  g_autoptr (SignetCmpMessage) first = make_message (theirs, id);
  g_autoptr (SignetCmpMessage) second = make_message (theirs, other_id);

  assert_verified (ours, first);
  assert_verified (ours, first);
  assert_refused (ours, second, SIGNET_CMP_ERROR_WEAK);
}

int
main (int    argc,
      char **argv)
{
  static const char *const kems[] = { "rsa:2048", "ml-kem-768" };
  static const char *const dhs[] = { "x25519", "ec:P-384", "dh:ffdhe2048" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kems); i++)
    {
      g_autofree char *of_peer = g_strdup_printf ("/cmp/protector/kem/%s/verifies-what-the-authority-protects/R098,R102,R104", kems[i]);
      g_autofree char *corrupt = g_strdup_printf ("/cmp/protector/kem/%s/notices-a-changed-ciphertext/R109", kems[i]);

      g_test_add_data_func (of_peer, kems[i], test_kem_of_peer);
      g_test_add_data_func (corrupt, kems[i], test_kem_corrupt);
    }
  g_test_add_func ("/cmp/protector/kem/protects-once-a-ciphertext-is-there/R098", test_kem_of_ours);
  g_test_add_func ("/cmp/protector/kem/one-secret-a-direction/R110", test_kem_directions);
  g_test_add_func ("/cmp/protector/kem/survives-a-restart/R104", test_kem_saved);
  for (guint i = 0; i < G_N_ELEMENTS (dhs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/cmp/protector/dh/%s/rejects-a-strangers-key/R095", dhs[i]);

      g_test_add_data_func (path, dhs[i], test_dh);
    }
  g_test_add_func ("/cmp/protector/credentials-must-be-allowed-what-they-are-for/R069", test_credentials);
  g_test_add_func ("/cmp/protector/plain-mac-by-setting-only/R094", test_plain);
  g_test_add_func ("/cmp/protector/gmac/refuses-a-nonce-used-twice/R083", test_gmac_nonce);

  return g_test_run ();
}
