/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-signature.h"
#include "cmp/cmp-trust.h"
#include "demo/demo-ca.h"
#include "pki/pki-key.h"

/* Who may sign answers for an authority: each row is a signer, and whether it is believed. */

typedef struct
{
  const char *path;
  const char *key_usage;        /* (nullable) */
  const char *extended_usage;   /* (nullable) */
  const char *allowed;          /* signer-usage of the authority; (nullable) */
  SignetCmpRelaxations relaxations;
  int days;                     /* of validity; negative: over */
  gboolean stranger;            /* issued by another CA, whose certificates come along */
  gboolean other_name;          /* sender names somebody else */
  const char *words;            /* part of the refusal; %NULL: believed */
} Case;

static const Case cases[] = {
  { "/cmp/trust/registration-authority/R061,R070,R075", "digitalSignature", "1.3.6.1.5.5.7.3.28", NULL, 0, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/delegated-ca/R075", "digitalSignature", "1.3.6.1.5.5.7.3.27", NULL, 0, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/user-of-the-ca/R075", "digitalSignature", "clientAuth", NULL, 0, 1, FALSE, FALSE,
    "none that lets it speak for it" },
  { "/cmp/trust/user-without-usage/R075", "digitalSignature", NULL, NULL, 0, 1, FALSE, FALSE, "none that lets it speak for it" },
  { "/cmp/trust/any-by-setting/R075", "digitalSignature", NULL, "any", 0, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/usage-by-setting/R075", "digitalSignature", "clientAuth", "1.3.6.1.5.5.7.3.2", 0, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/another-usage-than-the-setting/R075", "digitalSignature", "serverAuth", "1.3.6.1.5.5.7.3.2", 0, 1, FALSE, FALSE,
    "none that lets it speak for it" },
  { "/cmp/trust/expired/R070", "digitalSignature", "1.3.6.1.5.5.7.3.28", NULL, 0, -1, FALSE, FALSE, "expired" },
  { "/cmp/trust/without-digital-signature/R070", "keyEncipherment", "1.3.6.1.5.5.7.3.28", NULL, 0, 1, FALSE, FALSE,
    "lacks digitalSignature" },
  { "/cmp/trust/without-digital-signature-by-setting", "keyEncipherment", "1.3.6.1.5.5.7.3.28", NULL,
    SIGNET_CMP_RELAX_NO_DIGITAL_SIGNATURE, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/stranger/R076,R115", "digitalSignature", "1.3.6.1.5.5.7.3.28", NULL, 0, 1, TRUE, FALSE, "not trusted" },
  { "/cmp/trust/sender-is-somebody-else/R074", "digitalSignature", "1.3.6.1.5.5.7.3.28", NULL, 0, 1, FALSE, TRUE,
    "is wrong" },
};

static SignetDemoCa *
make_ca (void)
{
  g_autofree char *folder = g_dir_make_tmp ("signet-trust-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);
  g_autoptr (GError) error = NULL;
  SignetDemoCa *ca = signet_demo_ca_open (folder, &error);

  g_assert_no_error (error);
  g_assert_cmpint (system (command), ==, 0);

  return ca;
}

static void
add_extension (X509       *x509,
               X509       *issuer,
               int         nid,
               const char *value)
{
  X509V3_CTX context;
  X509_EXTENSION *extension;

  if (value == NULL)
    return;
  X509V3_set_ctx (&context, issuer, x509, NULL, NULL, 0);
  X509V3_set_ctx_nodb (&context);
  extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  g_assert_nonnull (extension);
  X509_add_ext (x509, extension, -1);
  X509_EXTENSION_free (extension);
}

static SignetCertificate *
make_signer (SignetDemoCa *ca,
             SignetKey    *key,
             const Case   *test)
{
  g_autoptr (X509) x509 = X509_new ();
  g_autoptr (X509_NAME) name = X509_NAME_new ();

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *) "Signer", -1, -1, 0);
  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 9);
  X509_gmtime_adj (X509_getm_notBefore (x509), -10 * 86400);
  X509_gmtime_adj (X509_getm_notAfter (x509), test->days * 86400L);
  X509_set_subject_name (x509, name);
  X509_set_issuer_name (x509, X509_get_subject_name (ca->issuer));
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  add_extension (x509, ca->issuer, NID_key_usage, test->key_usage);
  add_extension (x509, ca->issuer, NID_ext_key_usage, test->extended_usage);
  g_assert_cmpint (X509_sign (x509, ca->issuer_key, EVP_sha256 ()), >, 0);

  return signet_certificate_new_for_x509 (x509);
}

static SignetCmpMessage *
make_message (SignetDemoCa      *ca,
              SignetKey         *key,
              SignetCertificate *signer,
              gboolean           other_name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = signet_cmp_body_pkiconf ();
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_PKICONF, content);
  g_autoptr (GBytes) algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), &error);
  g_autoptr (GPtrArray) extra = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) bits = NULL;
  SignetCmpMessage *message;

  signet_cmp_message_builder_set_sender (
      builder, X509_get_subject_name (other_name ? ca->root : signet_certificate_get_x509 (signer)));
  g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, algorithm, &error));
  part = signet_cmp_message_builder_get_protected_part (builder, &error);
  bits = signet_cmp_signature_make (signet_key_get_pkey (key), algorithm, part, &error);
  g_assert_no_error (error);
  g_ptr_array_add (extra, g_object_ref (signer));
  g_ptr_array_add (extra, signet_certificate_new_for_x509 (ca->issuer));
  if (!other_name)
    g_ptr_array_add (extra, signet_certificate_new_for_x509 (ca->root));
  message = signet_cmp_message_builder_finish (builder, bits, extra, &error);
  g_assert_no_error (error);

  return message;
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (SignetDemoCa) ca = make_ca ();
  g_autoptr (SignetDemoCa) stranger = make_ca ();
  SignetDemoCa *issuer = test->stranger ? stranger : ca;
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) signer = make_signer (issuer, key, test);
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_for_x509 (ca->root);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetCmpMessage) message = make_message (issuer, key, signer, test->other_name);
  g_autoptr (SignetCertificate) found = NULL;
  g_autoptr (GError) error = NULL;

  signet_cmp_authority_add_anchor (authority, anchor);
  signet_cmp_authority_set_signer_usage (authority, test->allowed);
  signet_cmp_authority_set_relaxations (authority, test->relaxations);
  found = signet_cmp_trust_find_signer (authority, message, NULL, g_get_real_time () / G_USEC_PER_SEC, &error);
  if (test->words == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (signet_certificate_equal (found, signer));
      return;
    }
  g_assert_null (found);
  /* Somebody else's name leads to somebody else's key, under which the signature does not hold. */
  g_assert_error (error, SIGNET_CMP_ERROR, (test->other_name ? SIGNET_CMP_ERROR_BAD_PROTECTION : SIGNET_CMP_ERROR_UNTRUSTED));
  g_assert_nonnull (strstr (error->message, test->words));
}

static void
test_one_signer (void)
{
  const Case *test = &cases[0];
  g_autoptr (SignetDemoCa) ca = make_ca ();
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) signer = make_signer (ca, key, test);
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_for_x509 (ca->root);
  g_autoptr (SignetCertificate) first = signet_certificate_new_for_x509 (ca->issuer);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetCmpMessage) message = make_message (ca, key, signer, FALSE);
  g_autoptr (SignetCertificate) found = NULL;
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  signet_cmp_authority_add_anchor (authority, anchor);
  g_assert_null (signet_cmp_trust_find_signer (authority, message, first, now, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  g_clear_error (&error);
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_SIGNER_CHANGE);
  found = signet_cmp_trust_find_signer (authority, message, first, now, &error);
  g_assert_no_error (error);
  g_assert_nonnull (found);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i], test_case);
  g_test_add_func ("/cmp/trust/one-signer-a-transaction/R054", test_one_signer);

  return g_test_run ();
}
