/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/pem.h>

#include "pki/pki-key.h"

/* What a kind of key can do, by FIPS and RFC and not by our own predicates. */
typedef struct {
  const char *spec;
  gboolean signs;
  gboolean enciphers;
  gboolean agrees;
  gboolean encapsulates;
} KindCase;

static const KindCase kind_cases[] = {
  { "rsa:2048", TRUE, TRUE, FALSE, TRUE },
  { "rsa-pss:2048", TRUE, FALSE, FALSE, FALSE },
  { "ec:P-256", TRUE, FALSE, TRUE, FALSE },
  { "ec:P-384", TRUE, FALSE, TRUE, FALSE },
  { "ec:P-521", TRUE, FALSE, TRUE, FALSE },
  { "ed25519", TRUE, FALSE, FALSE, FALSE },
  { "ed448", TRUE, FALSE, FALSE, FALSE },
  { "x25519", FALSE, FALSE, TRUE, FALSE },
  { "x448", FALSE, FALSE, TRUE, FALSE },
  { "dh:ffdhe2048", FALSE, FALSE, TRUE, FALSE },
  { "ml-dsa-44", TRUE, FALSE, FALSE, FALSE },
  { "ml-dsa-65", TRUE, FALSE, FALSE, FALSE },
  { "ml-dsa-87", TRUE, FALSE, FALSE, FALSE },
  { "slh-dsa-sha2-128f", TRUE, FALSE, FALSE, FALSE },
  { "slh-dsa-shake-128f", TRUE, FALSE, FALSE, FALSE },
  { "ml-kem-512", FALSE, FALSE, FALSE, TRUE },
  { "ml-kem-768", FALSE, FALSE, FALSE, TRUE },
  { "ml-kem-1024", FALSE, FALSE, FALSE, TRUE },
};

static gboolean
is_known (const char *spec)
{
  g_auto (GStrv) specs = signet_key_spec_list ();

  return g_strv_contains ((const char *const *) specs, spec);
}

/* PKCS #8 and back: the same key, of the same kind, that can do the same. */
static void
test_kind (gconstpointer data)
{
  const KindCase *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = NULL;
  g_autoptr (SignetKey) again = NULL;
  g_autoptr (SignetSecret) der = NULL;

  if (!is_known (test->spec))
    {
      g_assert_false (signet_key_spec_check (test->spec, &error));
      g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, "newer libcrypto"));
      g_test_skip_printf ("this libcrypto has no %s", test->spec);
      return;
    }
  key = signet_key_generate (test->spec, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (signet_key_get_spec (key), ==, test->spec);
  der = signet_key_to_pkcs8 (key, &error);
  g_assert_no_error (error);
  again = signet_key_new_from_pkcs8 (der, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (signet_key_get_spec (again), ==, test->spec);
  g_assert_cmpstr (signet_key_get_id (again), ==, signet_key_get_id (key));
  g_assert_cmpint (EVP_PKEY_eq (signet_key_get_pkey (key), signet_key_get_pkey (again)), ==, 1);

  g_assert_cmpint (signet_key_can_sign (again), ==, test->signs);
  g_assert_cmpint (signet_key_can_encipher (again), ==, test->enciphers);
  g_assert_cmpint (signet_key_can_agree (again), ==, test->agrees);
  g_assert_cmpint (signet_key_can_encapsulate (again), ==, test->encapsulates);
}

static void
test_spec_of_foreign_keys (void)
{
  static const struct {
    const char *group;
    const char *spec;
  } cases[] = { { "brainpoolP256r1", "ec:brainpoolP256r1" }, { "secp256k1", "ec:secp256k1" }, { "prime256v1", "ec:P-256" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (EVP_PKEY) pkey = EVP_PKEY_Q_keygen (NULL, NULL, "EC", cases[i].group);
      g_autoptr (SignetKey) key = signet_key_new_for_pkey (pkey);

      g_assert_cmpstr (signet_key_get_spec (key), ==, cases[i].spec);
      g_assert_true (signet_key_can_sign (key));
    }
}

static void
test_default (void)
{
  g_auto (GStrv) specs = signet_key_spec_list ();
  g_autofree char *words = signet_key_spec_describe ("rsa-pss:3072");
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (specs[0], ==, "ec:P-256");
  g_assert_cmpstr (words, ==, "RSA 3072 (PSS)");
  g_assert_false (signet_key_spec_check ("dsa:1024", &error));
  g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED);
}

/* ---- known keys of RFC 9881 and RFC 9935 ---- */

static SignetSecret *
load_der (const char *name)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "data", "keys", name, NULL);
  g_autoptr (BIO) bio = BIO_new_file (file, "r");
  unsigned char *data = NULL;
  char *type = NULL;
  char *header = NULL;
  long size = 0;
  SignetSecret *secret;

  g_assert_nonnull (bio);
  g_assert_cmpint (PEM_read_bio (bio, &type, &header, &data, &size), ==, 1);
  secret = signet_secret_new (data, (gsize) size);
  OPENSSL_free (type);
  OPENSSL_free (header);
  OPENSSL_free (data);

  return secret;
}

static SignetKey *
load_key (const char  *family,
          const char  *form,
          GError     **error)
{
  g_autofree char *name = g_strdup_printf ("%s%s.priv", family, form);
  g_autoptr (SignetSecret) der = load_der (name);

  return signet_key_new_from_pkcs8 (der, error);
}

static const char *const families[] = { "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87" };

static gboolean
skip_without (const char *spec)
{
  if (is_known (spec))
    return FALSE;
  g_test_skip_printf ("this libcrypto has no %s", spec);
  return TRUE;
}

/* Each form gives the published public key, and is the same key again after PKCS #8. */
static void
test_forms (gconstpointer data)
{
  static const char *const forms[] = { "-seed", "-expanded", "-both" };
  const char *family = data;
  g_autofree char *spec = g_ascii_strdown (family, -1);
  g_autofree char *file = g_strdup_printf ("%s.pub", family);
  g_autoptr (SignetSecret) published = load_der (file);
  gsize size;
  const guint8 *octets = signet_secret_get_data (published, &size);

  if (skip_without (spec))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetKey) key = load_key (family, forms[i], &error);
      g_autoptr (SignetSecret) der = NULL;
      g_autoptr (SignetKey) again = NULL;

      g_assert_no_error (error);
      g_assert_cmpstr (signet_key_get_spec (key), ==, spec);
      g_assert_cmpmem (g_bytes_get_data (signet_key_get_public (key), NULL), g_bytes_get_size (signet_key_get_public (key)),
                       octets, size);
      der = signet_key_to_pkcs8 (key, &error);
      g_assert_no_error (error);
      again = signet_key_new_from_pkcs8 (der, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (signet_key_get_id (again), ==, signet_key_get_id (key));
    }
}

static void
test_contradictions (gconstpointer data)
{
  const char *family = data;
  guint count = g_str_has_prefix (family, "bad-ML-KEM") ? 4 : 3;

  if (skip_without (g_str_has_prefix (family, "bad-ML-KEM") ? "ml-kem-512" : "ml-dsa-44"))
    return;
  for (guint i = 1; i <= count; i++)
    {
      g_autofree char *form = g_strdup_printf ("-%u", i);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetKey) key = load_key (family, form, &error);

      g_test_message ("%s%s: %s", family, form, error != NULL ? error->message : "taken");
      g_assert_null (key);
      g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED);
    }
}

/* Where libcrypto is too old, the reason is told and not "cannot be read". */
static void
test_too_old (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = NULL;

  if (is_known ("ml-kem-768"))
    {
      g_test_skip ("this libcrypto has ML-KEM");
      return;
    }
  key = load_key ("ML-KEM-768", "-both", &error);
  g_assert_null (key);
  g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_UNSUPPORTED);
  g_assert_cmpstr (error->message, ==, "The private key is of the kind ML-KEM-768, which needs a newer libcrypto than the one on this "
                                       "computer.");
  g_clear_error (&error);
  key = load_key ("ML-DSA-44", "-seed", &error);
  g_assert_null (key);
  g_assert_nonnull (strstr (error->message, "ML-DSA-44"));
}

static void
test_no_key (void)
{
  g_autoptr (SignetSecret) nothing = signet_secret_new ("\x30\x00", 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) key = signet_key_new_from_pkcs8 (nothing, &error);

  g_assert_null (key);
  g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MALFORMED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kind_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/pki/key/%s/comes-back-from-pkcs8-and-can-what-it-can", kind_cases[i].spec);

      g_test_add_data_func (path, &kind_cases[i], test_kind);
    }
  g_test_add_func ("/pki/key/names-other-curves", test_spec_of_foreign_keys);
  g_test_add_func ("/pki/key/default", test_default);
  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      g_autofree char *path = g_strdup_printf ("/pki/key/%s/seed-expanded-and-both-are-one-key/R347", families[i]);

      g_test_add_data_func (path, families[i], test_forms);
    }
  g_test_add_data_func ("/pki/key/ml-kem/refuses-keys-that-contradict-themselves/R347", "bad-ML-KEM-512", test_contradictions);
  g_test_add_data_func ("/pki/key/ml-dsa/refuses-keys-that-contradict-themselves/R347", "bad-ML-DSA-44", test_contradictions);
  g_test_add_func ("/pki/key/says-that-libcrypto-is-too-old", test_too_old);
  g_test_add_func ("/pki/key/refuses-what-is-no-key", test_no_key);

  return g_test_run ();
}
