/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp-envelope-kit.h"
#include "cmp/cmp-archive.h"
#include "cmp/cmp-asn1-crmf.h"

/* Private keys given away: what the authority gets, read by libcrypto's CMS. */

static const PartyUsage encipher = { .key_usage = "keyEncipherment" };

static SignetCmpAuthority *authority;
static Party *agent;

static X509_NAME *
subject (void)
{
  X509_NAME *name = X509_NAME_new ();

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *) "Maria Huber", -1, -1, 0);
  return name;
}

static SignetKey *
make_key (const char *spec)
{
  g_autoptr (GError) error = NULL;
  SignetKey *key = signet_key_generate (spec, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return key;
}

static SignetCmpArchival
archival_of (SignetKey *key)
{
  return (SignetCmpArchival) { .key = key, .consent = TRUE, .certificate = agent->certificate, .authority = authority };
}

/* EncKeyWithID as libcrypto decrypted it. */
static SignetEncKeyWithId *
decrypt (GBytes      *enveloped,
         SignetKey   *key,
         const char  *password)
{
  g_autoptr (SignetSecret) content = kit_decrypt (enveloped, agent, password);
  SignetEncKeyWithId *decoded;
  g_autoptr (EVP_PKEY) pkey = NULL;
  const guint8 *cursor;
  gsize size;

  g_assert_nonnull (content);
  cursor = signet_secret_get_data (content, &size);
  decoded = d2i_SignetEncKeyWithId (NULL, &cursor, (long) size);
  g_assert_nonnull (decoded);
  pkey = EVP_PKCS82PKEY (decoded->private_key);
  g_assert_cmpint (EVP_PKEY_eq (pkey, signet_key_get_pkey (key)), ==, 1);
  return decoded;
}

/* encryptedKey [4]: { EnvelopedData { id-ct-encKeyWithID } }, with the identifier. */
static void
test_pop (void)
{
  g_autoptr (SignetKey) key = make_key ("rsa:2048");
  g_autoptr (X509_NAME) name = subject ();
  SignetCmpArchival archival = archival_of (key);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) nameless = NULL;
  g_autoptr (GBytes) pop = NULL;
  g_autofree guint8 *octets = NULL;
  g_autoptr (GBytes) enveloped = NULL;
  g_autoptr (SignetEncKeyWithId) content = NULL;
  SignetPopoPrivKey *decoded;
  const guint8 *cursor;
  CMS_ContentInfo *cms;
  static const char type[] = "1.2.840.113549.1.9.16.1.21";
  char text[64];

  g_assert_null (signet_cmp_archival_make_pop (&archival, &nameless));
  g_assert_error (nameless, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);

  archival.name = name;
  pop = signet_cmp_archival_make_pop (&archival, &error);
  g_assert_no_error (error);
  cursor = g_bytes_get_data (pop, NULL);
  decoded = d2i_SignetPopoPrivKey (NULL, &cursor, (long) g_bytes_get_size (pop));
  g_assert_nonnull (decoded);
  g_assert_cmpint (decoded->type, ==, 4);
  SignetPopoPrivKey_free (decoded);

  octets = g_memdup2 (g_bytes_get_data (pop, NULL), g_bytes_get_size (pop));
  octets[0] = 0x30;
  enveloped = g_bytes_new (octets, g_bytes_get_size (pop));
  cms = kit_wrap (enveloped, NID_pkcs7_enveloped);
  OBJ_obj2txt (text, sizeof text, CMS_get0_eContentType (cms), 1);
  g_assert_cmpstr (text, ==, type);
  CMS_ContentInfo_free (cms);
  content = decrypt (enveloped, key, NULL);
  g_assert_nonnull (content->identifier);
  g_assert_cmpint (content->identifier->type, ==, 1);
  g_assert_cmpint (X509_NAME_cmp (content->identifier->value.general_name->d.directoryName, name), ==, 0);
}

static void
test_consent (void)
{
  static const char *const signing[] = { "ed25519", "ed448" };
  static const char *const others[] = { "rsa:2048", "ec:P-256", "x25519" };
  g_autoptr (X509_NAME) name = subject ();

  for (guint i = 0; i < G_N_ELEMENTS (signing); i++)
    {
      g_autoptr (SignetKey) key = make_key (signing[i]);
      SignetCmpArchival archival = archival_of (key);
      g_autoptr (GError) error = NULL;

      archival.name = name;
      g_assert_null (signet_cmp_archival_make_pop (&archival, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
      g_assert_nonnull (strstr (error->message, "sign in your name"));
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (SignetKey) key = make_key (others[i]);
      SignetCmpArchival archival = archival_of (key);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) reason = NULL;
      g_autoptr (GBytes) pop = NULL;

      archival.name = name;
      archival.consent = FALSE;
      g_assert_null (signet_cmp_archival_make_pop (&archival, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
      g_assert_null (signet_cmp_archive_options_new_key (&archival, NULL));
      archival.consent = TRUE;
      pop = signet_cmp_archival_make_pop (&archival, &reason);
      g_assert_no_error (reason);
    }
}

/* encryptedPrivKey [0], with EnvelopedData in its EncryptedKey, read by libcrypto with the password or the agent's key. */
static void
test_archived_key (void)
{
  g_autoptr (SignetKey) key = make_key ("ec:P-256");
  SignetCmpArchival archival = archival_of (key);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) control = NULL;
  g_autoptr (GBytes) enveloped = NULL;
  g_autoptr (SignetPkiArchiveOptions) options = NULL;
  g_autoptr (SignetEncKeyWithId) content = NULL;
  g_autofree guint8 *octets = NULL;
  const ASN1_STRING *value;
  const guint8 *cursor;

  archival.token = "the token of Maria";
  control = signet_cmp_archive_options_new_key (&archival, &error);
  g_assert_no_error (error);
  cursor = g_bytes_get_data (control, NULL);
  options = d2i_SignetPkiArchiveOptions (NULL, &cursor, (long) g_bytes_get_size (control));
  g_assert_nonnull (options);
  g_assert_cmpint (options->type, ==, 0);
  value = options->value.encrypted_priv_key->value.asn1_string;
  octets = g_memdup2 (ASN1_STRING_get0_data (value), ASN1_STRING_length (value));
  g_assert_cmphex (octets[0], ==, 0xa0);
  octets[0] = 0x30;
  enveloped = g_bytes_new (octets, ASN1_STRING_length (value));
  content = decrypt (enveloped, key, NULL);
  g_assert_cmpint (content->identifier->type, ==, 0);
  g_assert_cmpmem (ASN1_STRING_get0_data (content->identifier->value.string), ASN1_STRING_length (content->identifier->value.string),
                   "the token of Maria", 18);
}

static void
test_other_options (void)
{
  g_autoptr (GBytes) parameters = g_bytes_new_static ("seed", 4);
  g_autoptr (GBytes) again = signet_cmp_archive_options_new_parameters (parameters);
  g_autoptr (GBytes) yes = signet_cmp_archive_options_new_remote (TRUE);
  g_autoptr (GBytes) no = signet_cmp_archive_options_new_remote (FALSE);

  corpus_assert_hex (again, "810473656564");
  corpus_assert_hex (yes, "8201ff");
  corpus_assert_hex (no, "820100");
}

/* PrivateKeyInfo: version 0, rsaEncryption or the algorithm's own, no attributes. */
static void
test_private_key_info (void)
{
  static const struct {
    const char *spec;
    int nid;
  } kinds[] = { { "rsa:2048", NID_rsaEncryption }, { "ec:P-256", NID_X9_62_id_ecPublicKey }, { "x25519", NID_X25519 }, { "dh:ffdhe2048", NID_undef } };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (SignetKey) key = make_key (kinds[i].spec);
      SignetCmpArchival archival = archival_of (key);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) enveloped = signet_cmp_archival_seal (&archival, FALSE, &error);
      g_autoptr (SignetEncKeyWithId) content = NULL;
      const ASN1_OBJECT *oid;
      unsigned char *der = NULL;
      int size;

      g_assert_no_error (error);
      content = decrypt (enveloped, key, NULL);
      g_assert_null (content->identifier);
      PKCS8_pkey_get0 (&oid, NULL, NULL, NULL, content->private_key);
      if (kinds[i].nid != NID_undef)
        g_assert_cmpint (OBJ_obj2nid (oid), ==, kinds[i].nid);
      g_assert_null (PKCS8_pkey_get0_attrs (content->private_key));
      size = i2d_PKCS8_PRIV_KEY_INFO (content->private_key, &der);
      g_assert_cmpint (size, >, 16);
      g_assert_cmpmem (der + (der[1] & 0x80 ? 2 + (der[1] & 0x7f) : 2), 3, "\x02\x01\x00", 3);
      OPENSSL_clear_free (der, size);
    }
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  authority = signet_cmp_authority_new ();
  agent = party_new ("rsa:2048", "Archive", NULL, encipher);
  g_test_add_func ("/cmp/archive/key-as-proof/R321", test_pop);
  g_test_add_func ("/cmp/archive/never-without-consent/R322,R323", test_consent);
  g_test_add_func ("/cmp/archive/key-as-control/R356,R357", test_archived_key);
  g_test_add_func ("/cmp/archive/other-choices/R356", test_other_options);
  g_test_add_func ("/cmp/archive/private-key-info/R358", test_private_key_info);
  status = g_test_run ();
  party_free (agent);
  g_clear_object (&authority);
  return status;
}
