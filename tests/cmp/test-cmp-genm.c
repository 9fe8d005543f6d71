/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-genm.h"
#include "cmp/cmp-genp.h"
#include "cmp/cmp-made.h"

/*
 * Questions and answers of genm and genp: RFC 9810 §5.3.19, RFC 9483 §4.3. Answers are put together by libcrypto's
 * ASN1_generate_v3(); what is asked is compared with octets written from the standard by hand.
 */

/* A GenRepContent with one item: the last arc of its type, and its value in the language of ASN1_generate_v3. */
static GPtrArray *
answers_of (int         arc,
            const char *value,
            const char *sections)
{
  g_autofree char *text = g_strdup_printf ("[content]\nitem=SEQUENCE:item\n[item]\ntype=OID:1.3.6.1.5.5.7.4.%d\n%s%s\n%s", arc,
                                           value != NULL ? "value=" : "", value != NULL ? value : "", sections != NULL ? sections : "");
  g_autoptr (GBytes) content = made_der ("SEQUENCE:content", text);
  g_autoptr (GError) error = NULL;
  GPtrArray *items = signet_cmp_genm_decode (content, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (items->len, ==, 1);

  return items;
}

static void
assert_content (SignetCmpGenmItem *item,
                const char        *hex)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) wanted = made_octets (hex);

  g_assert_nonnull (item);
  g_ptr_array_add (items, item);
  content = signet_cmp_genm_encode (items);
  g_assert_cmpmem (g_bytes_get_data (content, NULL), g_bytes_get_size (content), g_bytes_get_data (wanted, NULL),
                   g_bytes_get_size (wanted));
}

/* ---- questions ---- */

/* What has no value has none: not even NULL. */
static void
test_questions_without_value (void)
{
  static const SignetCmpInfoType types[] = {
    SIGNET_CMP_INFO_CA_PROT_ENC_CERT, SIGNET_CMP_INFO_SIGN_KEY_PAIR_TYPES, SIGNET_CMP_INFO_ENC_KEY_PAIR_TYPES,
    SIGNET_CMP_INFO_PREFERRED_SYMM_ALG, SIGNET_CMP_INFO_CA_KEY_UPDATE_INFO, SIGNET_CMP_INFO_CURRENT_CRL, SIGNET_CMP_INFO_CA_CERTS,
    SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, SIGNET_CMP_INFO_ROOT_CA_CERT, SIGNET_CMP_INFO_KEM_CIPHERTEXT_INFO,
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpGenmItem) item = signet_cmp_genm_ask (types[i], &error);
      g_autofree char *hex = g_strdup_printf ("300C300A06082B060105050704%02X", types[i]);

      g_assert_no_error (error);
      assert_content (item, hex);
    }
}

static void
test_questions_with_value (void)
{
  const char *tags[] = { "de", "en", NULL };
  g_autoptr (SignetCmpGenmItem) parameters = signet_cmp_genm_ask_key_pair_parameters ("id-ecPublicKey", NULL);
  g_autoptr (SignetCmpGenmItem) languages = signet_cmp_genm_ask_language (tags, NULL);

  assert_content (parameters, "3015301306082B0601050507040A06072A8648CE3D0201");
  assert_content (languages, "3016301406082B060105050704103008" "0C026465" "0C02656E");
}

static void
test_everything (void)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autoptr (GBytes) question = signet_cmp_genm_encode (none);
  g_autoptr (GBytes) content = made_der (
    "SEQUENCE:content", "[content]\none=SEQUENCE:one\ntwo=SEQUENCE:two\nthree=SEQUENCE:three\n[one]\ntype=OID:1.3.6.1.5.5.7.4.4\n"
                        "value=SEQUENCE:aes\n[aes]\nalg=OID:2.16.840.1.101.3.4.1.42\n[two]\ntype=OID:1.3.6.1.5.5.7.4.17\n"
                        "[three]\ntype=OID:1.3.6.1.4.1.99999.7\nvalue=UTF8:anything\n");
  g_autoptr (GPtrArray) items = signet_cmp_genm_decode (content, NULL);

  g_assert_cmpmem (g_bytes_get_data (question, NULL), g_bytes_get_size (question), "\x30\x00", 2);
  g_assert_cmpuint (items->len, ==, 3);
  for (guint i = 0; i < items->len; i++)
    {
      static const char *const wanted[] = { "aes-256-cbc", "The authority has no further certificates.", "0c08616e797468696e67" };
      g_autofree char *words = signet_cmp_genp_describe (g_ptr_array_index (items, i));

      g_assert_cmpstr (words, ==, wanted[i]);
    }
}

static void
test_no_question (void)
{
  static const SignetCmpInfoType types[] = {
    SIGNET_CMP_INFO_IMPLICIT_CONFIRM, SIGNET_CMP_INFO_CONFIRM_WAIT_TIME, SIGNET_CMP_INFO_ORIG_PKI_MESSAGE, SIGNET_CMP_INFO_CERT_PROFILE,
    SIGNET_CMP_INFO_UNSUPPORTED_OIDS, SIGNET_CMP_INFO_CRLS, SIGNET_CMP_INFO_ROOT_CA_KEY_UPDATE, SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP,
    SIGNET_CMP_INFO_REV_PASSPHRASE, SIGNET_CMP_INFO_SUPP_LANG_TAGS,
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_cmp_genm_ask (types[i], &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
      g_assert_cmpint (signet_cmp_info_type_is_header_only (types[i]), ==, i < 4);
    }
}

static void
test_raw (void)
{
  g_autoptr (GBytes) value = made_der ("UTF8:hello", NULL);
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (value, 0, g_bytes_get_size (value) - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpGenmItem) item = signet_cmp_genm_item_new_raw ("1.3.6.1.4.1.99999.7", value, &error);
  g_autoptr (GPtrArray) items = g_ptr_array_new ();
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GPtrArray) back = NULL;
  g_autofree char *words = NULL;

  g_assert_no_error (error);
  assert_content (item, "30143012" "06092B06010401868D1F07" "0C0568656C6C6F");
  g_ptr_array_add (items, item);
  content = signet_cmp_genm_encode (items);
  back = signet_cmp_genm_decode (content, &error);
  g_assert_no_error (error);
  words = signet_cmp_genp_describe (g_ptr_array_index (back, 0));
  g_assert_cmpstr (words, ==, "0c0568656c6c6f");
  g_assert_null (signet_cmp_genm_item_new_raw ("1.3.6.1.4.1.99999.7", cut, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_null (signet_cmp_genm_item_new_raw ("no oid", NULL, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
}

/* ---- which answer belongs to which question ---- */

static void
test_answer_fits (void)
{
  static const struct { int question; int answer; } pairs[] = { { 17, 17 }, { 19, 19 }, { 20, 18 }, { 6, 6 }, { 2, 2 } };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask (pairs[i].question, NULL);
      g_autoptr (GPtrArray) right = answers_of (pairs[i].answer, NULL, NULL);
      g_autoptr (GPtrArray) wrong = answers_of (pairs[i].answer == 17 ? 19 : 17, NULL, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_nonnull (signet_cmp_genm_find_answer (question, right, &error));
      g_assert_no_error (error);
      g_assert_null (signet_cmp_genm_find_answer (question, wrong, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
    }
  g_assert_cmpint (signet_cmp_genm_answer_type (SIGNET_CMP_INFO_CRL_STATUS_LIST), ==, SIGNET_CMP_INFO_CRLS);
  g_assert_cmpint (signet_cmp_genm_answer_type (SIGNET_CMP_INFO_KEY_PAIR_PARAM_REQ), ==, SIGNET_CMP_INFO_KEY_PAIR_PARAM_REP);
}

/* A rootCaCert that comes back as rootCaCert is no answer. */
static void
test_answer_must_not_echo (void)
{
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask (SIGNET_CMP_INFO_ROOT_CA_CERT, NULL);
  g_autoptr (GPtrArray) echo = answers_of (20, NULL, NULL);

  g_assert_null (signet_cmp_genm_find_answer (question, echo, NULL));
}

static void
test_answer_is_unsupported (void)
{
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask (SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, NULL);
  g_autoptr (GPtrArray) items = answers_of (7, "SEQUENCE:oids", "[oids]\na=OID:1.3.6.1.5.5.7.4.3\nb=OID:1.3.6.1.5.5.7.4.19\n");
  g_autoptr (GPtrArray) others = answers_of (7, "SEQUENCE:oids", "[oids]\na=OID:1.3.6.1.5.5.7.4.3\n");
  g_auto (GStrv) oids = signet_cmp_genp_get_oids (g_ptr_array_index (items, 0), NULL);
  const char *wanted[] = { "1.3.6.1.5.5.7.4.3", "1.3.6.1.5.5.7.4.19", NULL };
  g_autoptr (GError) error = NULL;

  g_assert_cmpstrv (oids, wanted);
  g_assert_null (signet_cmp_genm_find_answer (question, items, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "certReqTemplate"));
  g_clear_error (&error);
  g_assert_null (signet_cmp_genm_find_answer (question, others, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
}

static void
test_answer_twice (void)
{
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask (SIGNET_CMP_INFO_CA_CERTS, NULL);
  g_autoptr (GPtrArray) items = answers_of (17, NULL, NULL);
  g_autoptr (GPtrArray) more = answers_of (17, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (items, g_ptr_array_steal_index (more, 0));
  g_assert_null (signet_cmp_genm_find_answer (question, items, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
}

static void
test_too_many_items (void)
{
  g_autoptr (GByteArray) array = g_byte_array_new ();
  g_autoptr (GBytes) item = made_octets ("300A06082B06010505070404");
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 header[] = { 0x30, 0x82, 0x03, 0x0c };           /* 65 items of 12 octets */

  g_byte_array_append (array, header, sizeof header);
  for (guint i = 0; i < 65; i++)
    g_byte_array_append (array, g_bytes_get_data (item, NULL), (guint) g_bytes_get_size (item));
  content = g_byte_array_free_to_bytes (g_steal_pointer (&array));
  g_assert_null (signet_cmp_genm_decode (content, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT);
}

static void
test_malformed_items (void)
{
  static const char *const contents[] = {
    "3003020101", "300430020500", "3002" "3000", "300E300C06082B060105050704040500" "0500", "30800000", "0500",
    "3010300E06082B0601050507040405000500",
  };

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (GBytes) content = made_octets (contents[i]);
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_cmp_genm_decode (content, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
    }
}

/* ---- values ---- */

static SignetCertificate *
a_certificate (gboolean end_entity)
{
  g_autoptr (EVP_PKEY) key = made_key ();
  MadeCertificate what = { .subject = end_entity ? "CN=Someone" : "CN=Some CA", .key = key, .end_entity = end_entity };

  return made_certificate (&what);
}

static GPtrArray *
answers_of_octets (int     arc,
                   GBytes *value)
{
  g_autoptr (SignetCmpGenmItem) item = signet_cmp_genm_item_new ((SignetCmpInfoType) arc, value);
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);

  g_ptr_array_add (items, g_steal_pointer (&item));

  return items;
}

static void
test_ca_certs (void)
{
  g_autoptr (SignetCertificate) first = a_certificate (FALSE);
  g_autoptr (SignetCertificate) second = a_certificate (FALSE);
  g_autoptr (GBytes) value = made_sequence (signet_certificate_get_der (first), signet_certificate_get_der (second), NULL);
  g_autoptr (GPtrArray) items = answers_of_octets (17, value);
  g_autoptr (GPtrArray) nothing = answers_of (17, NULL, NULL);
  g_autoptr (GPtrArray) null = answers_of (17, "NULL", NULL);
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) also_none = NULL;

  g_assert_true (signet_cmp_genp_get_certificates (g_ptr_array_index (items, 0), &found, NULL));
  g_assert_cmpuint (found->len, ==, 2);
  g_assert_true (signet_certificate_equal (g_ptr_array_index (found, 1), second));
  g_assert_true (signet_cmp_genp_get_certificates (g_ptr_array_index (nothing, 0), &none, NULL));
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (signet_cmp_genp_get_certificates (g_ptr_array_index (null, 0), &also_none, NULL));
  g_assert_cmpuint (also_none->len, ==, 0);
}

static void
test_ca_certs_rejected (void)
{
  static const char *const values[] = { "SEQUENCE:none", "SEQUENCE:one", "UTF8:x" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GPtrArray) items = answers_of (17, values[i], "[none]\n[one]\na=INTEGER:1\n");
      g_autoptr (GPtrArray) found = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_false (signet_cmp_genp_get_certificates (g_ptr_array_index (items, 0), &found, &error));
      g_assert_nonnull (error);
      g_assert_null (found);
    }
}

/* caCerts of any number are read up to a bound, and never become anchors by being there. */
static void
test_ca_certs_are_bounded (void)
{
  g_autoptr (SignetCertificate) certificate = a_certificate (FALSE);
  g_autoptr (GByteArray) contents = g_byte_array_new ();
  g_autofree unsigned char *der = NULL;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GError) error = NULL;
  unsigned char *cursor;

  for (guint i = 0; i < 65; i++)
    g_byte_array_append (contents, g_bytes_get_data (signet_certificate_get_der (certificate), NULL),
                         (guint) g_bytes_get_size (signet_certificate_get_der (certificate)));
  der = g_malloc (contents->len + 8);
  cursor = der;
  ASN1_put_object (&cursor, 1, (int) contents->len, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
  memcpy (cursor, contents->data, contents->len);
  value = g_bytes_new (der, (gsize) (cursor - der) + contents->len);
  items = answers_of_octets (17, value);
  g_assert_false (signet_cmp_genp_get_certificates (g_ptr_array_index (items, 0), &found, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT);
}

static void
test_key_pair_types (void)
{
  g_autoptr (GPtrArray) items = answers_of (
    2, "SEQUENCE:types", "[types]\na=SEQUENCE:rsa\nb=SEQUENCE:p256\nc=SEQUENCE:ed\nd=SEQUENCE:unknown\n"
                         "[rsa]\nalg=OID:sha256WithRSAEncryption\nparameters=NULL\n[p256]\nalg=OID:id-ecPublicKey\ncurve=OID:prime256v1\n"
                         "[ed]\nalg=OID:ED25519\n[unknown]\nalg=OID:1.3.6.1.4.1.99999.3\n");
  g_autoptr (GPtrArray) types = signet_cmp_genp_get_key_types (g_ptr_array_index (items, 0), NULL);
  const char *specs[] = { "ec:P-384", "ec:P-256", "rsa:3072", "rsa:2048", "ed25519", "ed448", NULL };
  const char *wanted[] = { "ec:P-256", "rsa:3072", "rsa:2048", "ed25519", NULL };
  g_auto (GStrv) allowed = signet_cmp_key_types_filter (types, specs);
  g_autofree char *words = signet_cmp_key_types_describe (types);

  g_assert_cmpuint (types->len, ==, 4);
  g_assert_cmpstrv (allowed, wanted);
  g_assert_cmpstr (words, ==, "RSA, P-256, Ed25519, 1.3.6.1.4.1.99999.3");
}

static void
test_encryption_key_pair_types (void)
{
  g_autoptr (GPtrArray) items = answers_of (
    3, "SEQUENCE:types", "[types]\na=SEQUENCE:x\nb=SEQUENCE:kem\nc=SEQUENCE:ec\n[x]\nalg=OID:X25519\n"
                         "[kem]\nalg=OID:2.16.840.1.101.3.4.4.2\n[ec]\nalg=OID:ecdsa-with-SHA256\n");
  g_autoptr (GPtrArray) types = signet_cmp_genp_get_key_types (g_ptr_array_index (items, 0), NULL);

  g_assert_true (signet_cmp_key_types_allow (types, "x25519"));
  g_assert_true (signet_cmp_key_types_allow (types, "ml-kem-768"));
  g_assert_true (signet_cmp_key_types_allow (types, "ec:P-521"));
  g_assert_false (signet_cmp_key_types_allow (types, "ml-kem-512"));
  g_assert_false (signet_cmp_key_types_allow (types, "rsa:3072"));
}

static void
test_preferred_algorithm (void)
{
  g_autoptr (GPtrArray) items = answers_of (4, "SEQUENCE:aes", "[aes]\nalg=OID:aes-256-cbc\niv=FORMAT:HEX,OCT:00112233445566778899AABBCCDDEEFF\n");
  g_autoptr (GPtrArray) empty = answers_of (4, NULL, NULL);
  g_autofree char *oid = NULL;
  g_autoptr (GBytes) algorithm = signet_cmp_genp_get_algorithm (g_ptr_array_index (items, 0), &oid, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (algorithm);
  g_assert_cmpstr (oid, ==, "2.16.840.1.101.3.4.1.42");
  g_assert_null (signet_cmp_genp_get_algorithm (g_ptr_array_index (empty, 0), NULL, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
}

static void
test_current_crl (void)
{
  g_autoptr (EVP_PKEY) key = made_key ();
  MadeCrl what = { .issuer = "CN=Some CA", .issuer_key = key };
  g_autoptr (GBytes) crl = made_crl (&what);
  g_autoptr (GPtrArray) items = answers_of_octets (6, crl);
  g_autoptr (GPtrArray) empty = answers_of (6, NULL, NULL);
  g_autoptr (GPtrArray) crls = NULL;
  g_autofree char *words = NULL;

  g_assert_true (signet_cmp_genp_get_crls (g_ptr_array_index (items, 0), &crls, NULL));
  g_assert_cmpuint (crls->len, ==, 1);
  g_assert_true (g_bytes_equal (g_ptr_array_index (crls, 0), crl));
  words = signet_cmp_genp_describe (g_ptr_array_index (items, 0));
  g_assert_cmpstr (words, ==, "Revocation list of “CN=Some CA” of 2027-01-15T07:00:00Z, with 1 certificate");
  g_clear_pointer (&crls, g_ptr_array_unref);
  g_assert_false (signet_cmp_genp_get_crls (g_ptr_array_index (empty, 0), &crls, NULL));
}

static void
test_protocol_encryption_certificate (void)
{
  g_autoptr (SignetCertificate) certificate = a_certificate (TRUE);
  g_autoptr (GPtrArray) items = answers_of_octets (1, signet_certificate_get_der (certificate));
  g_autoptr (GPtrArray) empty = answers_of (1, NULL, NULL);
  g_autoptr (GPtrArray) wrong = answers_of (1, "INTEGER:1", NULL);
  g_autoptr (SignetCertificate) found = NULL;
  SignetCertificate *none = NULL;

  g_assert_true (signet_cmp_genp_get_certificate (g_ptr_array_index (items, 0), &found, NULL));
  g_assert_true (signet_certificate_equal (found, certificate));
  g_assert_true (signet_cmp_genp_get_certificate (g_ptr_array_index (empty, 0), &none, NULL));
  g_assert_null (none);
  g_assert_false (signet_cmp_genp_get_certificate (g_ptr_array_index (wrong, 0), &none, NULL));
}

static gboolean
take_parameters (const char  *value,
                 const char  *sections,
                 GError     **error)
{
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask_key_pair_parameters ("id-ecPublicKey", NULL);
  g_autoptr (GPtrArray) items = answers_of (11, value, sections);
  g_autoptr (GBytes) algorithm = NULL;

  return signet_cmp_genp_get_key_pair_parameters (g_ptr_array_index (items, 0), question, &algorithm, error);
}

static void
test_key_pair_parameters (void)
{
  static const struct { const char *sections; int code; } refused[] = {
    { "[a]\nalg=OID:id-ecPublicKey\ncurve=OID:secp160r1\n", SIGNET_CMP_ERROR_WEAK },
    { "[a]\nalg=OID:id-ecPublicKey\ncurve=SEQUENCE:b\n[b]\nversion=INTEGER:1\n", SIGNET_CMP_ERROR_WEAK },
    { "[a]\nalg=OID:id-ecPublicKey\n", SIGNET_CMP_ERROR_UNSUPPORTED },
    { "[a]\nalg=OID:dsaEncryption\n", SIGNET_CMP_ERROR_CONTENT },
  };
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask_key_pair_parameters ("id-ecPublicKey", NULL);
  g_autoptr (GPtrArray) absent = answers_of (11, NULL, NULL);
  GBytes *none = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (take_parameters ("SEQUENCE:a", "[a]\nalg=OID:id-ecPublicKey\ncurve=OID:secp384r1\n", &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_assert_false (take_parameters ("SEQUENCE:a", refused[i].sections, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, refused[i].code);
      g_clear_error (&error);
    }
  g_assert_true (signet_cmp_genp_get_key_pair_parameters (g_ptr_array_index (absent, 0), question, &none, &error));
  g_assert_null (none);
}

/* DomainParameters (X9.42) of a group by its name in libcrypto, or with a modulus that is no prime. */
static GBytes *
group_algorithm (const char *p,
                 const char *q)
{
  g_autofree char *sections = g_strdup_printf ("[a]\nalg=OID:dhpublicnumber\nparameters=SEQUENCE:b\n[b]\np=INTEGER:0x%s\ng=INTEGER:2\n"
                                               "q=INTEGER:0x%s\n", p, q);

  return made_der ("SEQUENCE:a", sections);
}

static void
test_groups (void)
{
  g_autoptr (BIGNUM) good = BN_get_rfc3526_prime_2048 (NULL);
  g_autoptr (BIGNUM) small = BN_get_rfc2409_prime_1024 (NULL);
  g_autoptr (BIGNUM) half = BN_dup (good);
  g_autoptr (BIGNUM) small_half = BN_dup (small);
  g_autoptr (BIGNUM) bad = BN_dup (good);
  g_autoptr (BIGNUM) huge = BN_new ();
  const struct { const BIGNUM *p; const BIGNUM *q; gboolean good; } cases[] = {
    { good, half, TRUE }, { small, small_half, FALSE }, { bad, half, FALSE }, { huge, half, FALSE },
  };

  BN_rshift1 (half, half);
  BN_rshift1 (small_half, small_half);
  BN_sub_word (bad, 2);
  BN_set_word (huge, 1);
  BN_lshift (huge, huge, 8999);
  BN_add_word (huge, 1);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char *p = BN_bn2hex (cases[i].p);
      char *q = BN_bn2hex (cases[i].q);
      g_autoptr (GBytes) algorithm = group_algorithm (p, q);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (signet_cmp_key_parameters_check (algorithm, &error), ==, cases[i].good);
      if (cases[i].good)
        g_assert_no_error (error);
      else
        g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
      OPENSSL_free (p);
      OPENSSL_free (q);
    }
}

static void
test_language (void)
{
  const char *tags[] = { "de", "en", NULL };
  const char *bad[] = { "de_AT", NULL };
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask_language (tags, NULL);
  static const struct { const char *sections; gboolean good; } cases[] = {
    { "[l]\na=UTF8:en\n", TRUE }, { "[l]\na=UTF8:fr\n", FALSE }, { "[l]\na=UTF8:de\nb=UTF8:en\n", FALSE }, { "[l]\na=UTF8:-\n", FALSE },
    { "[l]\na=INTEGER:1\n", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) items = answers_of (16, "SEQUENCE:l", cases[i].sections);
      g_autofree char *chosen = signet_cmp_genp_get_language (g_ptr_array_index (items, 0), question, NULL);

      g_assert_cmpstr (chosen, ==, cases[i].good ? "en" : NULL);
    }
  g_assert_null (signet_cmp_genm_ask_language (bad, NULL));
  g_assert_null (signet_cmp_genm_ask_language (tags + 2, NULL));
}

static void
test_kem_ciphertext (void)
{
  g_autoptr (GPtrArray) items = answers_of (24, "SEQUENCE:i", "[i]\nkem=SEQUENCE:k\nct=FORMAT:HEX,OCT:0102\n[k]\nalg=OID:1.0.18033.2.2.4\n");
  g_autoptr (GPtrArray) empty = answers_of (24, NULL, NULL);
  g_autoptr (GBytes) kem = NULL;
  g_autoptr (GBytes) ct = NULL;

  g_assert_true (signet_cmp_genp_get_kem_ciphertext (g_ptr_array_index (items, 0), &kem, &ct, NULL));
  g_assert_cmpmem (g_bytes_get_data (ct, NULL), g_bytes_get_size (ct), "\x01\x02", 2);
  g_assert_cmpuint (g_bytes_get_size (kem), >, 5);
  g_assert_false (signet_cmp_genp_get_kem_ciphertext (g_ptr_array_index (empty, 0), &kem, &ct, NULL));
}

/* Text of a peer neither breaks lines nor hides what follows. */
static void
test_words_are_clean (void)
{
  g_autoptr (EVP_PKEY) key = made_key ();
  MadeCertificate what = { .subject = "CN=evil\xe2\x80\xae txt", .key = key };
  g_autoptr (SignetCertificate) certificate = made_certificate (&what);
  g_autoptr (GPtrArray) items = answers_of_octets (1, signet_certificate_get_der (certificate));
  g_autofree char *words = signet_cmp_genp_describe (g_ptr_array_index (items, 0));

  g_assert_null (strstr (words, "\xe2\x80\xae"));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/genm/absent-values-are-absent/R246,R286", test_questions_without_value);
  g_test_add_func ("/cmp/genm/questions-with-a-value", test_questions_with_value);
  g_test_add_func ("/cmp/genm/an-empty-question-takes-any-answer/R245", test_everything);
  g_test_add_func ("/cmp/genm/what-belongs-into-the-header-is-no-question/R259,R256", test_no_question);
  g_test_add_func ("/cmp/genm/private-types-go-and-come-raw/R266", test_raw);
  g_test_add_func ("/cmp/genm/answer/fits-the-question/R247", test_answer_fits);
  g_test_add_func ("/cmp/genm/answer/must-not-echo/R247,R262", test_answer_must_not_echo);
  g_test_add_func ("/cmp/genm/answer/unsupported-oids/R248,R256", test_answer_is_unsupported);
  g_test_add_func ("/cmp/genm/answer/not-twice", test_answer_twice);
  g_test_add_func ("/cmp/genm/answer/not-too-many-items", test_too_many_items);
  g_test_add_func ("/cmp/genm/answer/malformed", test_malformed_items);
  g_test_add_func ("/cmp/genp/ca-certs/R261,R246", test_ca_certs);
  g_test_add_func ("/cmp/genp/ca-certs/malformed", test_ca_certs_rejected);
  g_test_add_func ("/cmp/genp/ca-certs/are-bounded", test_ca_certs_are_bounded);
  g_test_add_func ("/cmp/genp/sign-key-pair-types/R251", test_key_pair_types);
  g_test_add_func ("/cmp/genp/enc-key-pair-types/R252", test_encryption_key_pair_types);
  g_test_add_func ("/cmp/genp/preferred-symm-alg/R253", test_preferred_algorithm);
  g_test_add_func ("/cmp/genp/current-crl/R255", test_current_crl);
  g_test_add_func ("/cmp/genp/ca-prot-enc-cert/R250", test_protocol_encryption_certificate);
  g_test_add_func ("/cmp/genp/key-pair-parameters/R257", test_key_pair_parameters);
  g_test_add_func ("/cmp/genp/weak-groups-are-refused/R257", test_groups);
  g_test_add_func ("/cmp/genp/language/R260", test_language);
  g_test_add_func ("/cmp/genp/kem-ciphertext/R265", test_kem_ciphertext);
  g_test_add_func ("/cmp/genp/words-are-clean", test_words_are_clean);

  return g_test_run ();
}
