/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>

#include "cmp-corpus.h"
#include "cmp/cmp-info.h"

/* Values that OpenSSL's generator makes from text (tests/data/asn1/types.cnf), against our templates. */

#define VALUE(type) { #type, ASN1_ITEM_ref (type), NULL }
#define VARIANT(type, variant) { #type "." variant, ASN1_ITEM_ref (type), NULL }
/* A CHOICE that is not the sequence of its section. */
#define TAGGED(type, variant, value) { #type "." variant, ASN1_ITEM_ref (type), value }

static const struct {
  const char *name;
  ASN1_ITEM_EXP *item;
  const char *value;
} messages[] = {
  VALUE (SignetCertificationRequest),
  VALUE (SignetChallenge),
  VARIANT (SignetChallenge, "v3"),
  VALUE (SignetPopoDecKeyChallContent),
  VALUE (SignetRand),
  VALUE (SignetPopoDecKeyRespContent),
  VALUE (SignetCertRepMessage),
  VALUE (SignetKeyRecRepContent),
  VARIANT (SignetKeyRecRepContent, "full"),
  VALUE (SignetRevReqContent),
  VALUE (SignetRevRepContent),
  VARIANT (SignetRevRepContent, "full"),
  VALUE (SignetCaKeyUpdContent),
  TAGGED (SignetCaKeyUpdContent, "v3", "EXPLICIT:0,SEQUENCE:SignetRootCaKeyUpdateContent"),
  TAGGED (SignetCaKeyUpdContent, "v3full", "EXPLICIT:0,SEQUENCE:SignetRootCaKeyUpdateContent.full"),
  VALUE (SignetRevAnnContent),
  VARIANT (SignetRevAnnContent, "full"),
}, crmf[] = {
  VALUE (SignetCertTemplate),
  VARIANT (SignetCertTemplate, "full"),
  VALUE (SignetCertReqMsg),
  VARIANT (SignetCertReqMsg, "agree"),
  VARIANT (SignetCertReqMsg, "subsequent"),
  VARIANT (SignetCertReqMsg, "signature"),
  VARIANT (SignetCertReqMsg, "signatureMac"),
  VARIANT (SignetCertReqMsg, "verified"),
  VALUE (SignetCertId),
  VALUE (SignetPkiPublicationInfo),
  VARIANT (SignetPkiPublicationInfo, "dont"),
  VALUE (SignetEncryptedValue),
  VARIANT (SignetEncryptedValue, "full"),
  VALUE (SignetEncryptedKey),
  TAGGED (SignetEncryptedKey, "enveloped", "IMPLICIT:0,SEQUENCE:enveloped"),
  TAGGED (SignetPkiArchiveOptions, "value", "EXPLICIT:0,SEQUENCE:SignetEncryptedValue"),
  TAGGED (SignetPkiArchiveOptions, "enveloped", "EXPLICIT:0,IMPLICIT:0,SEQUENCE:enveloped"),
  TAGGED (SignetPkiArchiveOptions, "parameters", "IMPLICIT:1,OCTETSTRING:parameters"),
  TAGGED (SignetPkiArchiveOptions, "yes", "IMPLICIT:2,BOOLEAN:true"),
  TAGGED (SignetPkiArchiveOptions, "no", "IMPLICIT:2,BOOLEAN:false"),
  VALUE (SignetEncKeyWithId),
  VARIANT (SignetEncKeyWithId, "string"),
  VARIANT (SignetEncKeyWithId, "name"),
}, values[] = {
  VALUE (SignetUnsupportedOids),
  VALUE (SignetUtf8Strings),
  VALUE (SignetCaKeyUpdAnnContent),
  VALUE (SignetRootCaKeyUpdateContent),
  VARIANT (SignetRootCaKeyUpdateContent, "full"),
  VALUE (SignetCertReqTemplateContent),
  VARIANT (SignetCertReqTemplateContent, "full"),
  VALUE (SignetCrlStatusList),
  VALUE (SignetOobCertHash),
  VALUE (SignetPbmParameter),
  VALUE (SignetPbmac1Params),
  VALUE (SignetDhbmParameter),
  VALUE (SignetKemBmParameter),
  VALUE (SignetKemCiphertextInfo),
  VALUE (SignetKemOtherInfo),
};

static void
check_value (CONF            *conf,
             const char      *name,
             const ASN1_ITEM *item,
             const char      *value)
{
  g_autofree char *sequence = g_strconcat ("SEQUENCE:", name, NULL);
  g_autoptr (GBytes) der = corpus_generate (conf, value != NULL ? value : sequence);
  g_autoptr (GBytes) longer = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (GByteArray) array = g_byte_array_new ();
  void *decoded = signet_asn1_decode (g_bytes_get_data (der, NULL), g_bytes_get_size (der), item);

  g_test_message ("%s", name);
  g_assert_nonnull (decoded);
  again = signet_asn1_encode (decoded, item);
  g_assert_cmpmem (g_bytes_get_data (again, NULL), g_bytes_get_size (again), g_bytes_get_data (der, NULL),
                   g_bytes_get_size (der));
  ASN1_item_free (decoded, item);

  /* One octet more is no value of the type, nor is the same under another tag. */
  g_byte_array_append (array, g_bytes_get_data (der, NULL), (guint) g_bytes_get_size (der));
  g_byte_array_append (array, (const guint8 *) "", 1);
  g_assert_null (signet_asn1_decode (array->data, array->len, item));
  array->data[0] = 0x7f;
  g_assert_null (signet_asn1_decode (array->data, array->len - 1, item));
  ERR_clear_error ();
}

static void
test_messages (void)
{
  CONF *conf = corpus_values_load ();

  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    check_value (conf, messages[i].name, ASN1_ITEM_ptr (messages[i].item), messages[i].value);
  NCONF_free (conf);
}

static void
test_crmf (void)
{
  CONF *conf = corpus_values_load ();

  for (guint i = 0; i < G_N_ELEMENTS (crmf); i++)
    check_value (conf, crmf[i].name, ASN1_ITEM_ptr (crmf[i].item), crmf[i].value);
  NCONF_free (conf);
}

static void
test_values (void)
{
  CONF *conf = corpus_values_load ();

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    check_value (conf, values[i].name, ASN1_ITEM_ptr (values[i].item), values[i].value);
  NCONF_free (conf);
}

/* A certificate that comes encrypted, the key made for it, and what stands beside them. */
static void
test_cert_rep (void)
{
  CONF *conf = corpus_values_load ();
  g_autoptr (GBytes) content = corpus_generate (conf, "SEQUENCE:ccp");
  g_autoptr (GBytes) encrypted = corpus_generate (conf, "IMPLICIT:0,SEQUENCE:enveloped");
  g_autoptr (GBytes) publication = corpus_generate (conf, "SEQUENCE:SignetPkiPublicationInfo");
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (3, SIGNET_CMP_BODY_CCP, content);
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GPtrArray) responses = NULL;
  g_autoptr (GError) error = NULL;
  const SignetCmpCertResponse *response;

  message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (signet_cmp_message_get_cert_rep (message, &responses, NULL, &error));
  g_assert_no_error (error);
  response = g_ptr_array_index (responses, 0);
  g_assert_null (response->certificate);
  g_assert_true (response->has_encrypted_certificate && response->has_private_key);
  g_assert_true (g_bytes_equal (response->encrypted_certificate, encrypted));
  g_assert_true (g_bytes_equal (response->private_key, encrypted));
  g_assert_true (g_bytes_equal (response->publication_info, publication));
  g_assert_cmpmem (g_bytes_get_data (response->rsp_info, NULL), g_bytes_get_size (response->rsp_info), "Version?1%", 10);
  NCONF_free (conf);
}

/* Values of any type in generalInfo, of which exactly one is taken. */
static void
test_general_info (void)
{
  CONF *conf = corpus_values_load ();
  g_autoptr (GBytes) content = corpus_generate (conf, "NULL");
  g_autoptr (GBytes) value = corpus_generate (conf, "SEQUENCE:SignetKemCiphertextInfo");
  g_autoptr (GBytes) bad = g_bytes_new_static ("\x05\x00\x05\x00", 4);
  g_autoptr (GBytes) kid = g_bytes_new_static ("kid", 3);
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (3, SIGNET_CMP_BODY_PKICONF, content);
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (SignetKemCiphertextInfo) info = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_message_builder_add_info (builder, SIGNET_OID_IT "24", value, &error));
  g_assert_true (signet_cmp_message_builder_add_info (builder, "1.2.3.4", NULL, &error));
  g_assert_no_error (error);
  g_assert_false (signet_cmp_message_builder_add_info (builder, SIGNET_OID_IT "24", bad, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (signet_cmp_message_builder_add_info (builder, "no.oid", value, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_FAILED);
  g_clear_error (&error);
  signet_cmp_message_builder_set_recip_kid (builder, kid);

  message = signet_cmp_message_builder_finish (builder, NULL, NULL, &error);
  g_assert_no_error (error);
  info = signet_asn1_decode_any (signet_cmp_info_get (signet_cmp_message_get_header (message)->general_info, SIGNET_OID_IT "24"),
                                 ASN1_ITEM_rptr (SignetKemCiphertextInfo));
  g_assert_nonnull (info);
  g_assert_cmpmem (info->ct->data, (gsize) info->ct->length, "ciphertext", 10);
  g_assert_null (signet_cmp_info_get (signet_cmp_message_get_header (message)->general_info, "1.2.3.4"));
  g_assert_cmpmem (signet_cmp_message_get_header (message)->recip_kid->data, 3, "kid", 3);
  NCONF_free (conf);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/asn1/message-types-of-another-encoder/R002", test_messages);
  g_test_add_func ("/cmp/asn1/crmf-types-of-another-encoder/R002", test_crmf);
  g_test_add_func ("/cmp/asn1/info-types-of-another-encoder/R002", test_values);
  g_test_add_func ("/cmp/asn1/encrypted-certificate-and-key", test_cert_rep);
  g_test_add_func ("/cmp/asn1/general-info-of-any-type", test_general_info);

  return g_test_run ();
}
