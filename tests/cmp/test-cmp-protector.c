/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-protection.h"

static SignetCmpCredentials *
mac_credentials (const char *text)
{
  g_autoptr (SignetSecret) secret = signet_secret_new (text, strlen (text));

  return signet_cmp_credentials_new_mac ("1234", secret);
}

static SignetCmpAuthority *
new_authority (SignetCmpMac mac)
{
  SignetCmpAuthority *authority = signet_cmp_authority_new ();

  signet_cmp_authority_set_mac (authority, mac);
  signet_cmp_authority_set_mac_parameters (authority, "SHA256", 1000);
  return authority;
}

static SignetCmpProtector *
new_protector (const char         *secret,
               SignetCmpAuthority *authority)
{
  g_autoptr (SignetCmpCredentials) credentials = mac_credentials (secret);
  g_autoptr (GError) error = NULL;
  SignetCmpProtector *protector = signet_cmp_protector_new (credentials, authority, &error);

  g_assert_no_error (error);
  return protector;
}

/* A pkiconf protected by @protector. */
static SignetCmpMessage *
make_message (SignetCmpProtector *protector)
{
  g_autoptr (GBytes) content = signet_cmp_body_pkiconf ();
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_PKICONF, content);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) protection = NULL;
  SignetCmpMessage *message;

  g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (protector), &error));
  part = signet_cmp_message_builder_get_protected_part (builder, &error);
  protection = signet_cmp_protector_protect (protector, part, &error);
  g_assert_no_error (error);
  message = signet_cmp_message_builder_finish (builder, protection, NULL, &error);
  g_assert_no_error (error);
  return message;
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

static void
test_wrong_secret (gconstpointer data)
{
  g_autoptr (SignetCmpAuthority) authority = new_authority ((SignetCmpMac) GPOINTER_TO_INT (data));
  g_autoptr (SignetCmpProtector) right = new_protector ("SiemensIT", authority);
  g_autoptr (SignetCmpProtector) same = new_protector ("SiemensIT", authority);
  g_autoptr (SignetCmpProtector) wrong = new_protector ("SiemensIt", authority);
  g_autoptr (SignetCmpMessage) message = make_message (right);
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_message_is_mac_protected (message));
  g_assert_true (signet_cmp_protector_verify_mac (right, message, &error));
  g_assert_true (signet_cmp_protector_verify_mac (same, message, &error));
  g_assert_no_error (error);
  assert_refused (wrong, message, SIGNET_CMP_ERROR_BAD_PROTECTION);
}

/* A MAC cut to nothing or to its beginning is no MAC. */
static void
test_short_mac (void)
{
  g_autoptr (SignetCmpAuthority) authority = new_authority (SIGNET_CMP_MAC_PBMAC1);
  g_autoptr (SignetCmpProtector) protector = new_protector ("SiemensIT", authority);
  g_autoptr (GBytes) content = signet_cmp_body_pkiconf ();
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_PKICONF, content);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) mac = NULL;

  g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (protector), &error));
  part = signet_cmp_message_builder_get_protected_part (builder, &error);
  mac = signet_cmp_protector_protect (protector, part, &error);
  for (gsize size = 0; size < g_bytes_get_size (mac); size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (mac, 0, size);
      g_autoptr (SignetCmpMessage) message = signet_cmp_message_builder_finish (builder, cut, NULL, &error);

      g_assert_no_error (error);
      assert_refused (protector, message, SIGNET_CMP_ERROR_BAD_PROTECTION);
    }
}

static void
test_default (void)
{
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetCmpProtector) protector = new_protector ("SiemensIT", authority);
  GBytes *der = signet_cmp_protector_get_algorithm (protector);
  g_autoptr (X509_ALGOR) algorithm = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der),
                                                         ASN1_ITEM_rptr (X509_ALGOR));

  g_assert_cmpint (signet_cmp_mac_get_kind (algorithm), ==, SIGNET_CMP_MAC_KIND_PBMAC1);
}

static void
test_no_fall_back (void)
{
  g_autoptr (SignetCmpAuthority) pbmac1 = new_authority (SIGNET_CMP_MAC_PBMAC1);
  g_autoptr (SignetCmpAuthority) older = new_authority (SIGNET_CMP_MAC_PASSWORD_BASED);
  g_autoptr (SignetCmpProtector) ours = new_protector ("SiemensIT", pbmac1);
  g_autoptr (SignetCmpProtector) theirs = new_protector ("SiemensIT", older);
  g_autoptr (SignetCmpMessage) message = make_message (theirs);

  assert_refused (ours, message, SIGNET_CMP_ERROR_WRONG_PROTECTION);
}

/* Salt and iterations are the protector's for life, and another's that goes on with its algorithm. */
static void
test_constant (void)
{
  g_autoptr (SignetCmpAuthority) authority = new_authority (SIGNET_CMP_MAC_PASSWORD_BASED);
  g_autoptr (SignetCmpCredentials) credentials = mac_credentials ("SiemensIT");
  g_autoptr (SignetCmpProtector) protector = new_protector ("SiemensIT", authority);
  g_autoptr (SignetCmpProtector) other = new_protector ("SiemensIT", authority);
  g_autoptr (SignetCmpProtector) resumed = NULL;
  g_autoptr (SignetCmpMessage) first = make_message (protector);
  g_autoptr (SignetCmpMessage) second = make_message (protector);
  g_autoptr (SignetCmpMessage) third = NULL;
  g_autoptr (SignetCmpMessage) stranger = make_message (other);
  g_autoptr (GError) error = NULL;

  resumed = signet_cmp_protector_new_with_algorithm (credentials, authority, signet_cmp_protector_get_algorithm (protector), &error);
  g_assert_no_error (error);
  third = make_message (resumed);
  g_assert_true (g_bytes_equal (signet_cmp_message_get_der (first), signet_cmp_message_get_der (second)));
  g_assert_true (g_bytes_equal (signet_cmp_message_get_der (first), signet_cmp_message_get_der (third)));
  g_assert_false (g_bytes_equal (signet_cmp_message_get_der (first), signet_cmp_message_get_der (stranger)));
}

static void
test_settings (void)
{
  g_autoptr (SignetCmpAuthority) authority = new_authority (SIGNET_CMP_MAC_PASSWORD_BASED);
  g_autoptr (SignetCmpMessage) message = corpus_load_message ("openssl-testdata/IP_PBM.der");
  g_autoptr (SignetCmpProtector) protector = new_protector ("insta", authority);
  g_autoptr (GError) error = NULL;

  assert_refused (protector, message, SIGNET_CMP_ERROR_WEAK);
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_SHA1);
  g_assert_true (signet_cmp_protector_verify_mac (protector, message, &error));
  g_assert_no_error (error);
}

static void
test_iteration_limit (void)
{
  g_autoptr (SignetCmpAuthority) authority = new_authority (SIGNET_CMP_MAC_PASSWORD_BASED);
  g_autoptr (SignetCmpMessage) message = corpus_load_message ("openssl-testdata/IP_PBM.der");
  g_autoptr (SignetCmpProtector) protector = new_protector ("insta", authority);

  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_SHA1);
  signet_cmp_authority_set_mac_iteration_limit (authority, 1023);
  assert_refused (protector, message, SIGNET_CMP_ERROR_LIMIT);
}

static void
test_other_credentials (void)
{
  g_autoptr (SignetCmpAuthority) authority = new_authority (SIGNET_CMP_MAC_PBMAC1);
  g_autoptr (SignetCmpCredentials) credentials = mac_credentials ("SiemensIT");
  g_autoptr (GBytes) ed25519 = corpus_hex ("300506032b6570");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpProtector) protector = NULL;

  protector = signet_cmp_protector_new_with_algorithm (credentials, authority, ed25519, &error);
  g_assert_null (protector);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
}

static void
test_not_a_mac (void)
{
  g_autoptr (SignetCmpAuthority) authority = new_authority (SIGNET_CMP_MAC_PBMAC1);
  g_autoptr (SignetCmpProtector) protector = new_protector ("SiemensIT", authority);
  g_autoptr (SignetCmpMessage) unprotected = corpus_load_message ("openssl-testdata/IR_unprotected.der");
  g_autoptr (SignetCmpMessage) is_signed = corpus_load_message ("openssl-testdata/IR_protected.der");
  g_autoptr (SignetCmpMessage) hmac = corpus_load_message ("bc-test-data/invalid-messages/bad-protection");

  assert_refused (protector, unprotected, SIGNET_CMP_ERROR_UNPROTECTED);
  assert_refused (protector, is_signed, SIGNET_CMP_ERROR_WRONG_PROTECTION);
  assert_refused (protector, hmac, SIGNET_CMP_ERROR_WRONG_PROTECTION);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/cmp/protector/pbmac1/rejects-wrong-secret/R089,R057", GINT_TO_POINTER (SIGNET_CMP_MAC_PBMAC1),
                        test_wrong_secret);
  g_test_add_data_func ("/cmp/protector/pbm/rejects-wrong-secret/R079,R057", GINT_TO_POINTER (SIGNET_CMP_MAC_PASSWORD_BASED),
                        test_wrong_secret);
  g_test_add_func ("/cmp/protector/rejects-a-shortened-mac/R057", test_short_mac);
  g_test_add_func ("/cmp/protector/pbmac1-is-the-default/R090", test_default);
  g_test_add_func ("/cmp/protector/never-falls-back-to-the-older-mac/R090", test_no_fall_back);
  g_test_add_func ("/cmp/protector/keeps-its-parameters/R087", test_constant);
  g_test_add_func ("/cmp/protector/takes-sha1-by-setting-only/R066", test_settings);
  g_test_add_func ("/cmp/protector/bounds-iterations-by-setting/R086", test_iteration_limit);
  g_test_add_func ("/cmp/protector/refuses-another-kind-of-credentials", test_other_credentials);
  g_test_add_func ("/cmp/protector/refuses-what-is-no-mac-it-speaks", test_not_a_mac);

  return g_test_run ();
}
