/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-made.h"
#include "cmp/cmp-template.h"
#include "pki/pki-name.h"

/*
 * Templates of authorities: RFC 9483 §4.3.3. The example of its Appendix A is in tests/data/genp, encoded from the text by hand; others
 * are put together by libcrypto's ASN1_generate_v3().
 */

static SignetCmpTemplate *
parse (GBytes *der)
{
  g_autoptr (GError) error = NULL;
  SignetCmpTemplate *template = signet_cmp_template_parse (der, &error);

  g_assert_no_error (error);

  return template;
}

static SignetCmpTemplate *
read_appendix_a (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "genp", "rfc9483-appendix-a.der", NULL);
  g_autofree char *contents = NULL;
  g_autoptr (GBytes) der = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  der = g_bytes_new (contents, size);

  return parse (der);
}

/* A template with @members (in the language of ASN1_generate_v3) in its certTemplate, and @sections that they name. */
static SignetCmpTemplate *
make_template (const char *members,
               const char *key_spec,
               const char *sections)
{
  g_autofree char *text = g_strdup_printf ("[content]\ntemplate=SEQUENCE:template\n%s%s\n[template]\n%s\n%s",
                                           key_spec != NULL ? "keySpec=SEQUENCE:" : "", key_spec != NULL ? key_spec : "", members,
                                           sections != NULL ? sections : "");
  g_autoptr (GBytes) der = made_der ("SEQUENCE:content", text);

  return parse (der);
}

static void
push (STACK_OF (X509_EXTENSION) **extensions,
      const char                 *name,
      const char                 *value)
{
  X509_EXTENSION *extension = X509V3_EXT_conf (NULL, NULL, name, value);

  g_assert_nonnull (extension);
  X509v3_add_ext (extensions, extension, -1);
  X509_EXTENSION_free (extension);
}

static char *
print_alt_names (const STACK_OF (X509_EXTENSION) *extensions)
{
  g_autoptr (GENERAL_NAMES) names = X509V3_get_d2i (extensions, NID_subject_alt_name, NULL, NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++)
    {
      g_autofree char *name = signet_alt_name_print (sk_GENERAL_NAME_value (names, i));

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", name);
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_name (const X509_NAME *name,
             const char      *wanted)
{
  g_autofree char *printed = name != NULL ? signet_name_print (name) : NULL;

  g_assert_cmpstr (printed, ==, wanted);
}

static void
assert_texts (GPtrArray  *texts,
              const char *wanted)
{
  g_autoptr (GPtrArray) copy = g_ptr_array_copy (texts, NULL, NULL);
  g_autofree char *joined = NULL;

  g_ptr_array_set_free_func (copy, NULL);
  g_ptr_array_add (copy, NULL);
  joined = g_strjoinv ("|", (char **) copy->pdata);
  g_assert_cmpstr (joined, ==, wanted);
}

static X509_EXTENSION *
find (const STACK_OF (X509_EXTENSION) *extensions,
      int                              nid)
{
  int at = X509v3_get_ext_by_NID (extensions, nid, -1);

  return at >= 0 ? X509v3_get_ext (extensions, at) : NULL;
}

/* ---- Appendix A ---- */

static void
test_appendix_a_is_read (void)
{
  g_autoptr (SignetCmpTemplate) template = read_appendix_a ();
  GPtrArray *fields = signet_cmp_template_get_fields (template);
  static const struct { SignetCmpTemplatePart part; const char *type; const char *value; } wanted[] = {
    { SIGNET_CMP_TEMPLATE_ISSUER, NULL, NULL },
    { SIGNET_CMP_TEMPLATE_SUBJECT, "CN", NULL },
    { SIGNET_CMP_TEMPLATE_SUBJECT, "OU", "myDept" },
    { SIGNET_CMP_TEMPLATE_SUBJECT, "OU", "myGroup" },
    { SIGNET_CMP_TEMPLATE_ALT_NAME, "dns", "www.myServer.com" },
    { SIGNET_CMP_TEMPLATE_ALT_NAME, "ip", NULL },
    { SIGNET_CMP_TEMPLATE_EXTENSION, "keyUsage", "Digital Signature, Key Agreement" },
    { SIGNET_CMP_TEMPLATE_EXTENSION, "extendedKeyUsage", NULL },
  };

  g_assert_cmpuint (fields->len, ==, G_N_ELEMENTS (wanted));
  for (guint i = 0; i < fields->len; i++)
    {
      const SignetCmpTemplateField *field = g_ptr_array_index (fields, i);

      g_assert_cmpint (field->part, ==, wanted[i].part);
      g_assert_cmpstr (field->type, ==, wanted[i].type);
      g_assert_cmpstr (field->value, ==, wanted[i].value);
      g_assert_true (field->known);
    }
  g_assert_null (signet_cmp_template_get_remarks (template));
  g_assert_null (signet_cmp_template_find (template, SIGNET_CMP_TEMPLATE_SUBJECT, "CN")->value);
  g_assert_null (signet_cmp_template_find (template, SIGNET_CMP_TEMPLATE_SUBJECT, "O"));
}

static void
test_appendix_a_is_applied (void)
{
  g_autoptr (SignetCmpTemplate) template = read_appendix_a ();
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (X509_NAME) issuer = signet_name_parse ("CN=A CA", NULL);
  STACK_OF (X509_EXTENSION) *extensions = NULL;
  SignetCmpTemplateWish wish = { subject, issuer, NULL, FALSE };
  g_autoptr (SignetCmpTemplateResult) result = NULL;
  g_autofree char *names = NULL;

  push (&extensions, "subjectAltName", "IP:192.0.2.1");
  push (&extensions, "extendedKeyUsage", "clientAuth");
  wish.extensions = extensions;
  result = signet_cmp_template_apply (template, &wish);

  assert_name (result->subject, "OU=myGroup,OU=myDept,CN=Maria Huber");
  assert_name (result->issuer, "CN=A CA");
  names = print_alt_names (result->extensions);
  g_assert_cmpstr (names, ==, "dns:www.myServer.com ip:192.0.2.1");
  g_assert_cmpint (sk_X509_EXTENSION_num (result->extensions), ==, 3);
  g_assert_true (X509_EXTENSION_get_critical (find (result->extensions, NID_key_usage)));
  g_assert_false (X509_EXTENSION_get_critical (find (result->extensions, NID_ext_key_usage)));
  g_assert_cmpint (result->not_before, ==, G_MININT64);
  assert_texts (result->missing, "");
  assert_texts (result->deviations, "");
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
}

/* What nothing is known for is left out, and nothing that is empty remains. */
static void
test_empty_places_are_left_out (void)
{
  g_autoptr (SignetCmpTemplate) template = read_appendix_a ();
  SignetCmpTemplateWish wish = { NULL, NULL, NULL, FALSE };
  g_autoptr (SignetCmpTemplateResult) result = signet_cmp_template_apply (template, &wish);
  g_autofree char *names = print_alt_names (result->extensions);

  assert_name (result->subject, "OU=myGroup,OU=myDept");
  assert_name (result->issuer, NULL);
  g_assert_cmpstr (names, ==, "dns:www.myServer.com");
  g_assert_null (find (result->extensions, NID_ext_key_usage));
  assert_texts (result->missing, "CN|Issuer|ip|extendedKeyUsage");
}

static void
test_appendix_a_keys (void)
{
  g_autoptr (SignetCmpTemplate) template = read_appendix_a ();
  GPtrArray *types = signet_cmp_template_get_key_types (template);
  const char *specs[] = { "ec:P-384", "ec:P-256", "rsa:3072", "rsa:2048", "ed25519", NULL };
  g_auto (GStrv) allowed = signet_cmp_key_types_filter (types, specs);
  const char *wanted[] = { "ec:P-256", "rsa:2048", NULL };
  g_autofree char *words = signet_cmp_key_types_describe (types);

  g_assert_cmpstrv (allowed, wanted);
  g_assert_cmpstr (words, ==, "P-256, RSA 2048");
}

/* ---- rules ---- */

#define SUBJECT_OPEN "subject=EXP:5,SEQUENCE:none\n"
#define NONE "[none]\n"

static void
test_names_as_one_likes (void)
{
  g_autoptr (SignetCmpTemplate) template = make_template (SUBJECT_OPEN, NULL, NONE);
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber,O=Example,C=AT", NULL);
  SignetCmpTemplateWish wish = { subject, NULL, NULL, FALSE };
  g_autoptr (SignetCmpTemplateResult) result = signet_cmp_template_apply (template, &wish);

  assert_name (result->subject, "CN=Maria Huber,O=Example,C=AT");
  assert_texts (result->deviations, "");
}

#define FIXED_NAME \
  "subject=EXP:5,SEQUENCE:name\n"
#define FIXED_SECTIONS \
  "[name]\nfirst=SET:organization\nsecond=SET:common\n" \
  "[organization]\nentry=SEQUENCE:organization_entry\n[organization_entry]\ntype=OID:organizationName\nvalue=UTF8:Example\n" \
  "[common]\nentry=SEQUENCE:common_entry\n[common_entry]\ntype=OID:commonName\nvalue=UTF8:\n"

static void
test_nothing_is_added (void)
{
  g_autoptr (SignetCmpTemplate) template = make_template (FIXED_NAME, NULL, FIXED_SECTIONS);
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber,OU=Own,O=Other", NULL);
  STACK_OF (X509_EXTENSION) *extensions = NULL;
  SignetCmpTemplateWish wish = { subject, NULL, NULL, FALSE };
  g_autoptr (SignetCmpTemplateResult) result = NULL;

  push (&extensions, "subjectAltName", "email:maria@example.org");
  wish.extensions = extensions;
  result = signet_cmp_template_apply (template, &wish);
  assert_name (result->subject, "CN=Maria Huber,O=Example");
  g_assert_null (result->extensions);
  assert_texts (result->deviations, "O=Other|OU=Own|subjectAltName");
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
}

static void
test_who_insists_deviates (void)
{
  g_autoptr (SignetCmpTemplate) template = make_template (FIXED_NAME, NULL, FIXED_SECTIONS);
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber,OU=Own,O=Other", NULL);
  STACK_OF (X509_EXTENSION) *extensions = NULL;
  SignetCmpTemplateWish wish = { subject, NULL, NULL, TRUE };
  g_autoptr (SignetCmpTemplateResult) result = NULL;
  g_autofree char *names = NULL;

  push (&extensions, "subjectAltName", "email:maria@example.org");
  wish.extensions = extensions;
  result = signet_cmp_template_apply (template, &wish);
  assert_name (result->subject, "OU=Own,CN=Maria Huber,O=Other");
  names = print_alt_names (result->extensions);
  g_assert_cmpstr (names, ==, "email:maria@example.org");
  assert_texts (result->deviations, "O=Other|OU=Own|subjectAltName");
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
}

#define EXTENSIONS "extensions=IMP:9,SEQUENCE:extensions\n[extensions]\n"

/* Alternative names: more of a kind than there are places, one that is given, one of a kind that has no place. */
static void
test_places_in_alternative_names (void)
{
  /* SEQUENCE { [2] "", [2] "fixed.example.org", [1] "" } */
  g_autoptr (SignetCmpTemplate) template = make_template (
    EXTENSIONS "one=SEQUENCE:names\n[names]\noid=OID:subjectAltName\ncritical=BOOL:TRUE\n"
               "value=FORMAT:HEX,OCT:30178200821166697865642E6578616D706C652E6F72678100\n", NULL, NULL);
  STACK_OF (X509_EXTENSION) *extensions = NULL;
  SignetCmpTemplateWish wish = { NULL, NULL, NULL, FALSE };
  g_autoptr (SignetCmpTemplateResult) result = NULL;
  g_autofree char *names = NULL;

  push (&extensions, "subjectAltName", "DNS:a.example.org,DNS:b.example.org,DNS:fixed.example.org,URI:https://example.org");
  wish.extensions = extensions;
  result = signet_cmp_template_apply (template, &wish);
  names = print_alt_names (result->extensions);
  g_assert_cmpstr (names, ==, "dns:a.example.org dns:fixed.example.org");
  g_assert_true (X509_EXTENSION_get_critical (find (result->extensions, NID_subject_alt_name)));
  assert_texts (result->missing, "email");
  assert_texts (result->deviations, "dns:b.example.org|uri:https://example.org");
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
}

/* An extension of an unknown kind without a value is left out, one with a value is taken over. */
static void
test_unknown_extensions (void)
{
  g_autoptr (SignetCmpTemplate) template = make_template (
    EXTENSIONS "one=SEQUENCE:empty\ntwo=SEQUENCE:full\nthree=SEQUENCE:basic\n"
               "[empty]\noid=OID:1.3.6.1.4.1.99999.1\nvalue=FORMAT:ASCII,OCT:\n"
               "[full]\noid=OID:1.3.6.1.4.1.99999.2\ncritical=BOOL:TRUE\nvalue=FORMAT:HEX,OCT:0500\n"
               "[basic]\noid=OID:basicConstraints\nvalue=FORMAT:HEX,OCT:3000\n", NULL, NULL);
  SignetCmpTemplateWish wish = { NULL, NULL, NULL, FALSE };
  g_autoptr (SignetCmpTemplateResult) result = signet_cmp_template_apply (template, &wish);
  X509_EXTENSION *first;

  g_assert_false (signet_cmp_template_find (template, SIGNET_CMP_TEMPLATE_EXTENSION, "1.3.6.1.4.1.99999.1")->known);
  g_assert_cmpint (sk_X509_EXTENSION_num (result->extensions), ==, 2);
  first = sk_X509_EXTENSION_value (result->extensions, 0);
  g_assert_true (X509_EXTENSION_get_critical (first));
  g_assert_cmpint (X509_EXTENSION_get_data (first)->length, ==, 2);
  /* An empty SEQUENCE is what basicConstraints of an end entity look like. */
  g_assert_nonnull (find (result->extensions, NID_basic_constraints));
  assert_texts (result->missing, "1.3.6.1.4.1.99999.1");
}

static void
test_validity_is_taken_over (void)
{
  g_autoptr (SignetCmpTemplate) template = make_template (
    "validity=IMP:4,SEQUENCE:validity\n[validity]\nbefore=EXP:0,UTCTIME:270115080000Z\nafter=EXP:1,GENTIME:20500101000000Z\n", NULL, NULL);
  SignetCmpTemplateWish wish = { NULL, NULL, NULL, FALSE };
  g_autoptr (SignetCmpTemplateResult) result = signet_cmp_template_apply (template, &wish);

  g_assert_cmpint (result->not_before, ==, 1800000000);
  g_assert_cmpint (result->not_after, ==, 2524608000);
  g_assert_true (signet_cmp_template_has_part (template, SIGNET_CMP_TEMPLATE_NOT_AFTER));
}

/* What no template may have is told and passed over. */
static void
test_forbidden_fields (void)
{
  g_autoptr (SignetCmpTemplate) template = make_template (
    "serial=IMP:1,INTEGER:5\nalg=IMP:2,SEQUENCE:alg\n" SUBJECT_OPEN "key=IMP:6,SEQUENCE:key\nissuer=IMP:7,FORMAT:HEX,BITSTRING:00\n", NULL,
    NONE "[alg]\noid=OID:ED25519\n[key]\nalg=SEQUENCE:alg\nbits=FORMAT:HEX,BITSTRING:00\n");
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  SignetCmpTemplateWish wish = { subject, NULL, NULL, FALSE };
  g_autoptr (SignetCmpTemplateResult) result = signet_cmp_template_apply (template, &wish);

  g_assert_nonnull (strstr (signet_cmp_template_get_remarks (template), "serialNumber, signingAlg, publicKey, issuerUID"));
  g_assert_cmpuint (signet_cmp_template_get_fields (template)->len, ==, 1);
  assert_name (result->subject, "CN=Maria Huber");
  assert_texts (result->deviations, "");
}

static void
test_absent_value (void)
{
  g_autoptr (SignetCmpGenmItem) absent = signet_cmp_genm_item_new (SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, NULL);
  g_autoptr (GBytes) null = made_der ("NULL", NULL);
  g_autoptr (SignetCmpGenmItem) with_null = signet_cmp_genm_item_new (SIGNET_CMP_INFO_CERT_REQ_TEMPLATE, null);
  SignetCmpTemplate *template = (gpointer) 1;
  g_autofree char *words = NULL;

  g_assert_true (signet_cmp_template_read (absent, &template, NULL));
  g_assert_null (template);
  g_assert_true (signet_cmp_template_read (with_null, &template, NULL));
  g_assert_null (template);
  words = signet_cmp_template_describe_item (absent, NULL);
  g_assert_cmpstr (words, ==, "The authority has no requirements for requests.");
}

static void
test_key_specs (void)
{
  static const struct { const char *spec; const char *allowed; const char *refused; } cases[] = {
    { "value=SEQUENCE:p384\n[p384]\nalg=OID:id-ecPublicKey\ncurve=OID:secp384r1\n", "ec:P-384", "ec:P-256" },
    { "value=SEQUENCE:ed\n[ed]\nalg=OID:ED25519\n", "ed25519", "ed448" },
    { "value=SEQUENCE:mldsa\n[mldsa]\nalg=OID:2.16.840.1.101.3.4.3.18\n", "ml-dsa-65", "ml-dsa-44" },
    { "value=SEQUENCE:other\n[other]\nalg=OID:1.3.6.1.4.1.99999.3\n", NULL, "rsa:2048" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *sections = g_strdup_printf (NONE "[keys]\none=SEQUENCE:control\n[control]\ntype=OID:1.3.6.1.5.5.7.5.1.11\n%s",
                                                   cases[i].spec);
      g_autoptr (SignetCmpTemplate) template = make_template (SUBJECT_OPEN, "keys", sections);
      GPtrArray *types = signet_cmp_template_get_key_types (template);

      g_assert_cmpuint (types->len, ==, 1);
      g_assert_true (cases[i].allowed == NULL || signet_cmp_key_types_allow (types, cases[i].allowed));
      g_assert_false (signet_cmp_key_types_allow (types, cases[i].refused));
    }
}

static void
test_key_specs_are_bounded (void)
{
  static const char *const values[] = { "INTEGER:0", "INTEGER:-2048", "INTEGER:99999999", "UTF8:2048" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *sections = g_strdup_printf ("[content]\ntemplate=SEQUENCE:none\nkeys=SEQUENCE:keys\n[none]\n[keys]\n"
                                                   "one=SEQUENCE:control\n[control]\ntype=OID:1.3.6.1.5.5.7.5.1.12\nvalue=%s\n", values[i]);
      g_autoptr (GBytes) der = made_der ("SEQUENCE:content", sections);
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_cmp_template_parse (der, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
    }
}

static void
test_malformed (void)
{
  static const char *const values[] = { "NULL", "SEQUENCE:content", "UTF8:x" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GBytes) der = made_der (values[i], "[content]\na=INTEGER:1\n");
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_cmp_template_parse (der, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
    }
}

static void
test_words (void)
{
  g_autoptr (SignetCmpTemplate) template = read_appendix_a ();
  g_autofree char *words = signet_cmp_template_describe (template);

  g_assert_cmpstr (words, ==,
                   "Issuer: to be filled in\nName, CN: to be filled in\nName, OU: myDept\nName, OU: myGroup\n"
                   "Also valid for, dns: www.myServer.com\nAlso valid for, ip: to be filled in\n"
                   "Extension, keyUsage: Digital Signature, Key Agreement\nExtension, extendedKeyUsage: to be filled in\n"
                   "Keys: P-256, RSA 2048");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/template/appendix-a/every-field-is-read/R263", test_appendix_a_is_read);
  g_test_add_func ("/cmp/template/appendix-a/given-values-stay-and-empty-ones-are-filled/R288,R290,R291,R292,R293",
                   test_appendix_a_is_applied);
  g_test_add_func ("/cmp/template/appendix-a/empty-places-are-left-out/R294", test_empty_places_are_left_out);
  g_test_add_func ("/cmp/template/appendix-a/keys/R296", test_appendix_a_keys);
  g_test_add_func ("/cmp/template/an-empty-name-is-filled-as-one-likes/R290", test_names_as_one_likes);
  g_test_add_func ("/cmp/template/nothing-is-added/R289", test_nothing_is_added);
  g_test_add_func ("/cmp/template/who-insists-deviates-and-is-told/R289,R298", test_who_insists_deviates);
  g_test_add_func ("/cmp/template/places-in-alternative-names/R293", test_places_in_alternative_names);
  g_test_add_func ("/cmp/template/unknown-empty-extensions-are-left-out/R294,R297", test_unknown_extensions);
  g_test_add_func ("/cmp/template/validity-is-taken-over/R297", test_validity_is_taken_over);
  g_test_add_func ("/cmp/template/forbidden-fields-are-told-and-passed-over/R295", test_forbidden_fields);
  g_test_add_func ("/cmp/template/absent-means-no-requirements/R287", test_absent_value);
  g_test_add_func ("/cmp/template/key-specs/R296,R362", test_key_specs);
  g_test_add_func ("/cmp/template/key-specs-are-bounded", test_key_specs_are_bounded);
  g_test_add_func ("/cmp/template/rejects-what-is-no-template", test_malformed);
  g_test_add_func ("/cmp/template/words", test_words);

  return g_test_run ();
}
