/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-corpus.h"
#include "cmp/cmp-info.h"

/* Octets that were worked out by hand from the standards, against what our templates and makers give. */

static GBytes *
load (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "known-answers", name, NULL);
  g_autoptr (GError) error = NULL;
  char *data;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (data, size);
}

static void
assert_contains (GBytes     *der,
                 const char *hexadecimal)
{
  g_autoptr (GBytes) part = corpus_hex (hexadecimal);

  g_assert_nonnull (memmem (g_bytes_get_data (der, NULL), g_bytes_get_size (der), g_bytes_get_data (part, NULL),
                            g_bytes_get_size (part)));
}

static SignetCmpMessage *
wrap (SignetCmpBodyType  type,
      GBytes            *content)
{
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, type, content);
  g_autoptr (GError) error = NULL;
  SignetCmpMessage *message;

  signet_cmp_message_builder_add_implicit_confirm (builder);
  signet_cmp_message_builder_add_cert_profile (builder, "tls");
  message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);
  g_assert_no_error (error);
  return message;
}

static void
test_bodies (void)
{
  static const struct {
    SignetCmpBodyType type;
    const char *content;
    const char *body;
  } cases[] = {
    { SIGNET_CMP_BODY_GENM, "300c300a06082b06010505070411", "b50e300c300a06082b06010505070411" },
    { SIGNET_CMP_BODY_GENM, "3000", "b5023000" },
    { SIGNET_CMP_BODY_PKICONF, "0500", "b3020500" },
    { SIGNET_CMP_BODY_POLLREQ, "300530030201ff", "b907300530030201ff" },
    { SIGNET_CMP_BODY_POLLREQ, "30053003020100", "b90730053003020100" },
    { SIGNET_CMP_BODY_POPDECR, "3003020107", "a6053003020107" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) content = corpus_hex (cases[i].content);
      g_autoptr (SignetCmpMessage) message = wrap (cases[i].type, content);
      g_autoptr (GBytes) again = signet_cmp_message_encode_again (message);

      assert_contains (again, cases[i].body);
      assert_contains (again, "a4023000a4023000");                           /* sender and recipient NULL-DN */
      assert_contains (again, "300c06082b0601050507040d0500");               /* implicitConfirm */
      assert_contains (again, "301106082b0601050507041530050c03746c73");     /* certProfile "tls" */
    }
}

static void
assert_popo (SignetPopoType  type,
             int             subsequent,
             const char     *hexadecimal)
{
  g_autoptr (SignetProofOfPossession) popo = SignetProofOfPossession_new ();
  g_autoptr (GBytes) der = NULL;

  popo->type = type;
  if (type == SIGNET_POPO_RA_VERIFIED)
    popo->value.ra_verified = ASN1_NULL_new ();
  else
    {
      popo->value.key_encipherment = SignetPopoPrivKey_new ();
      popo->value.key_encipherment->type = 1;
      popo->value.key_encipherment->value.subsequent_message = ASN1_INTEGER_new ();
      ASN1_INTEGER_set (popo->value.key_encipherment->value.subsequent_message, subsequent);
    }
  der = signet_asn1_encode (popo, ASN1_ITEM_rptr (SignetProofOfPossession));
  corpus_assert_hex (der, hexadecimal);
}

static void
test_proofs (void)
{
  g_autoptr (SignetRand) rand = SignetRand_new ();
  g_autoptr (GBytes) rand_der = NULL;

  assert_popo (SIGNET_POPO_KEY_ENCIPHERMENT, 0, "a203810100");
  assert_popo (SIGNET_POPO_KEY_ENCIPHERMENT, 1, "a203810101");
  assert_popo (SIGNET_POPO_KEY_AGREEMENT, 0, "a303810100");
  assert_popo (SIGNET_POPO_RA_VERIFIED, 0, "8000");

  ASN1_INTEGER_set (rand->integer, 7);
  GENERAL_NAME_set0_value (rand->sender, GEN_DIRNAME, X509_NAME_new ());
  rand_der = signet_asn1_encode (rand, ASN1_ITEM_rptr (SignetRand));
  corpus_assert_hex (rand_der, "3007020107a4023000");
}

/* A key that the authority shall make: its algorithm, and no bits. */
static void
test_key_wanted (void)
{
  g_autoptr (SignetCertTemplate) template = SignetCertTemplate_new ();
  g_autoptr (GBytes) der = NULL;

  template->public_key = SignetPublicKeyInfo_new ();
  X509_ALGOR_set0 (template->public_key->algorithm, OBJ_nid2obj (NID_rsaEncryption), V_ASN1_NULL, NULL);
  der = signet_asn1_encode (template, ASN1_ITEM_rptr (SignetCertTemplate));
  corpus_assert_hex (der, "3014" "a612300d06092a864886f70d0101010500030100");
}

static void
test_reason (void)
{
  ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new ();
  X509_EXTENSION *extension;
  g_autoptr (SignetRevDetails) details = SignetRevDetails_new ();
  g_autoptr (GBytes) der = NULL;

  ASN1_ENUMERATED_set (reason, 0);
  extension = X509V3_EXT_i2d (NID_crl_reason, 0, reason);
  ASN1_ENUMERATED_free (reason);
  details->crl_entry_details = sk_X509_EXTENSION_new_null ();
  sk_X509_EXTENSION_push (details->crl_entry_details, extension);
  der = signet_asn1_encode (details, ASN1_ITEM_rptr (SignetRevDetails));
  corpus_assert_hex (der, "3010" "3000" "300c" "300a0603551d1504030a0100");
}

static const struct {
  const char *file;
  ASN1_ITEM_EXP *item;
} files[] = {
  { "KemBasedMac-AlgorithmIdentifier.der", ASN1_ITEM_ref (X509_ALGOR) },
  { "KemOtherInfo-tid000102.der", ASN1_ITEM_ref (SignetKemOtherInfo) },
  { "PBMAC1-AlgorithmIdentifier.der", ASN1_ITEM_ref (X509_ALGOR) },
  { "PasswordBasedMac-AlgorithmIdentifier.der", ASN1_ITEM_ref (X509_ALGOR) },
  { "rfc9483-appendixA-CertReqTemplateValue.der", ASN1_ITEM_ref (SignetCertReqTemplateContent) },
  { "rfc9483-appendixA-InfoTypeAndValue.der", ASN1_ITEM_ref (SignetTypeAndValue) },
};

static void
test_files (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      const ASN1_ITEM *item = ASN1_ITEM_ptr (files[i].item);
      g_autoptr (GBytes) der = load (files[i].file);
      ASN1_VALUE *value = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), item);
      g_autoptr (GBytes) again = NULL;

      g_test_message ("%s", files[i].file);
      g_assert_nonnull (value);
      again = signet_asn1_encode (value, item);
      g_assert_true (g_bytes_equal (again, der));
      ASN1_item_free (value, item);
    }
}

static void
test_kem_parameters (void)
{
  g_autoptr (GBytes) der = load ("KemBasedMac-AlgorithmIdentifier.der");
  g_autoptr (X509_ALGOR) algorithm
      = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (X509_ALGOR));
  g_autoptr (SignetKemBmParameter) parameter
      = signet_asn1_decode_any (algorithm->parameter, ASN1_ITEM_rptr (SignetKemBmParameter));
  gint64 len;

  g_assert_nonnull (parameter);
  g_assert_true (signet_asn1_get_int64 (parameter->len, &len));
  g_assert_cmpint (len, ==, 32);
  g_assert_null (parameter->kem_context);
  g_assert_cmpint (OBJ_obj2nid (parameter->mac->algorithm), ==, NID_hmacWithSHA256);
}

/* The one value that RFC 9483 writes out: two lines of OU, a name without a value, and the keys that it allows. */
static void
test_request_template (void)
{
  g_autoptr (GBytes) der = load ("rfc9483-appendixA-CertReqTemplateValue.der");
  g_autoptr (SignetCertReqTemplateContent) content
      = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), ASN1_ITEM_rptr (SignetCertReqTemplateContent));
  g_autoptr (GBytes) item = load ("rfc9483-appendixA-InfoTypeAndValue.der");
  g_autoptr (GByteArray) list = g_byte_array_new ();
  g_autoptr (GBytes) body = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autofree char *text = NULL;

  g_assert_cmpint (X509_NAME_entry_count (content->cert_template->subject), ==, 3);
  g_assert_cmpint (sk_X509_EXTENSION_num (content->cert_template->extensions), ==, 3);
  g_assert_null (content->cert_template->public_key);
  g_assert_cmpint (sk_SignetTypeAndValue_num (content->key_spec), ==, 2);

  g_byte_array_append (list, (const guint8 *) "\x30\x81\xb9", 3);
  g_byte_array_append (list, g_bytes_get_data (item, NULL), (guint) g_bytes_get_size (item));
  body = g_bytes_new (list->data, list->len);
  message = wrap (SIGNET_CMP_BODY_GENP, body);
  text = signet_cmp_message_print (message);
  g_assert_nonnull (strstr (text, "certReqTemplate"));
  g_assert_nonnull (strstr (text, "keySpec"));
  g_assert_nonnull (strstr (text, "algorithm: id-ecPublicKey"));
  g_assert_nonnull (strstr (text, "INTEGER: 2048"));
  g_assert_nonnull (strstr (text, "critical"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/known/bodies/R002", test_bodies);
  g_test_add_func ("/cmp/known/proofs-of-possession/R002", test_proofs);
  g_test_add_func ("/cmp/known/key-that-is-to-be-made", test_key_wanted);
  g_test_add_func ("/cmp/known/reason", test_reason);
  g_test_add_func ("/cmp/known/files", test_files);
  g_test_add_func ("/cmp/known/kem-parameters", test_kem_parameters);
  g_test_add_func ("/cmp/known/request-template-of-rfc9483", test_request_template);

  return g_test_run ();
}
