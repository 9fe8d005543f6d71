/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/crmf.h>
#include <string.h>

#include "cmp/cmp-archive.h"
#include "cmp/cmp-control.h"
#include "cmp/cmp-made.h"
#include "cmp/cmp-peer.h"
#include "pki/pki-name.h"

/* Controls and registration information: RFC 4211 §6, §7 and App. A, against what libcrypto makes of a description of them. */

#define CONTROL "1.3.6.1.5.5.7.5.1."

static void
assert_der (GBytes     *der,
            const char *description,
            const char *sections)
{
  g_autoptr (GBytes) expected = made_der (description, sections);

  g_assert_nonnull (der);
  g_assert_cmpmem (g_bytes_get_data (der, NULL), g_bytes_get_size (der), g_bytes_get_data (expected, NULL),
                   g_bytes_get_size (expected));
}

static SignetCmpOperation *
make_operation (Peer              *peer,
                SignetCmpBodyType  type)
{
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=Maria Huber", NULL);

  return signet_cmp_operation_new (type, peer->key, name);
}

/* @control: taken */
static void
add_control (SignetCmpOperation *operation,
             GBytes             *control)
{
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (control);
  g_assert_true (signet_cmp_item_add_control (signet_cmp_operation_get_item (operation, 0), control, &error));
  g_assert_no_error (error);
  g_bytes_unref (control);
}

static void
test_texts (void)
{
  g_autoptr (GBytes) token = signet_cmp_control_new_reg_token ("7-Zürich");
  g_autoptr (GBytes) authenticator = signet_cmp_control_new_authenticator ("mothers name");

  assert_der (token, "SEQUENCE:s", "[s]\na=OID:" CONTROL "1\nb=FORMAT:UTF8,UTF8:7-Zürich\n");
  assert_der (authenticator, "SEQUENCE:s", "[s]\na=OID:" CONTROL "2\nb=UTF8:mothers name\n");
}

/* In a message that libcrypto reads; and a registration token only where one is registered. */
static void
test_in_request (void)
{
  static const SignetCmpBodyType others[] = { SIGNET_CMP_BODY_CR, SIGNET_CMP_BODY_KUR, SIGNET_CMP_BODY_KRR };
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  GBytes *content;
  const unsigned char *at;
  OSSL_CRMF_MSGS *requests;
  ASN1_UTF8STRING *text;

  peer_init (&peer);
  operation = make_operation (&peer, SIGNET_CMP_BODY_IR);
  add_control (operation, signet_cmp_control_new_reg_token ("one-time"));
  add_control (operation, signet_cmp_control_new_authenticator ("long-term"));
  peer_begin_operation (&peer, operation);
  content = signet_cmp_message_get_body_content (peer.request);
  at = g_bytes_get_data (content, NULL);
  requests = d2i_OSSL_CRMF_MSGS (NULL, &at, (long) g_bytes_get_size (content));
  text = OSSL_CRMF_MSG_get0_regCtrl_regToken (sk_OSSL_CRMF_MSG_value (requests, 0));
  g_assert_cmpmem (ASN1_STRING_get0_data (text), ASN1_STRING_length (text), "one-time", 8);
  text = OSSL_CRMF_MSG_get0_regCtrl_authenticator (sk_OSSL_CRMF_MSG_value (requests, 0));
  g_assert_cmpmem (ASN1_STRING_get0_data (text), ASN1_STRING_length (text), "long-term", 9);
  sk_OSSL_CRMF_MSG_pop_free (requests, OSSL_CRMF_MSG_free);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (SignetCmpOperation) other = make_operation (&peer, others[i]);

      add_control (other, signet_cmp_control_new_reg_token ("one-time"));
      peer_cannot_send (&peer, other, SIGNET_CMP_ERROR_CONTENT, "registration token");
    }
  peer_clear (&peer);
}

static void
test_publication (void)
{
  g_autoptr (GENERAL_NAME) place = signet_alt_name_parse ("uri:http://www.example.org/", NULL);
  const SignetCmpPublication good[] = { { SIGNET_CMP_PUBLISH_WEB, place }, { SIGNET_CMP_PUBLISH_DONT_CARE, NULL } };
  const SignetCmpPublication bad[] = { { SIGNET_CMP_PUBLISH_DONT_CARE, place } };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) not_at_all = signet_cmp_control_new_publication (FALSE, NULL, 0, &error);
  g_autoptr (GBytes) anywhere = signet_cmp_control_new_publication (TRUE, NULL, 0, &error);
  g_autoptr (GBytes) there = signet_cmp_control_new_publication (TRUE, good, 2, &error);

  g_assert_no_error (error);
  assert_der (not_at_all, "SEQUENCE:s", "[s]\na=OID:" CONTROL "3\nb=SEQUENCE:p\n[p]\na=INTEGER:0\n");
  assert_der (anywhere, "SEQUENCE:s", "[s]\na=OID:" CONTROL "3\nb=SEQUENCE:p\n[p]\na=INTEGER:1\n");
  assert_der (there, "SEQUENCE:s",
              "[s]\na=OID:" CONTROL "3\nb=SEQUENCE:p\n[p]\na=INTEGER:1\nb=SEQUENCE:l\n[l]\na=SEQUENCE:w\nb=SEQUENCE:d\n"
              "[w]\na=INTEGER:2\nb=IMPLICIT:6C,IA5STRING:http\\://www.example.org/\n[d]\na=INTEGER:0\n");
  g_assert_null (signet_cmp_control_new_publication (FALSE, good, 2, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
  g_clear_error (&error);
  g_assert_null (signet_cmp_control_new_publication (TRUE, bad, 1, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
}

/* Another kind of template goes with an empty certTemplate and nothing else. */
static void
test_alt_template (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) value = made_der ("UTF8:a short one", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) control = signet_cmp_control_new_alt_template ("1.3.6.1.4.1.99999.1", value, &error);
  g_autoptr (SignetCmpOperation) full = NULL;
  g_autoptr (SignetCmpOperation) empty = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_IR);
  g_autoptr (SignetCmpItem) item = signet_cmp_item_new (NULL, NULL);
  const SignetCertReqMsg *message;
  g_autoptr (GBytes) template = NULL;

  g_assert_no_error (error);
  assert_der (control, "SEQUENCE:s",
              "[s]\na=OID:" CONTROL "7\nb=SEQUENCE:t\n[t]\na=OID:1.3.6.1.4.1.99999.1\nb=UTF8:a short one\n");
  peer_init (&peer);
  full = make_operation (&peer, SIGNET_CMP_BODY_IR);
  add_control (full, g_bytes_ref (control));
  peer_cannot_send (&peer, full, SIGNET_CMP_ERROR_CONTENT, "empty");
  signet_cmp_operation_add_item (empty, item);
  add_control (empty, g_bytes_ref (control));
  peer_begin_operation (&peer, empty);
  message = sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) signet_cmp_message_get_body (peer.request), 0);
  template = signet_asn1_encode (message->cert_req->cert_template, ASN1_ITEM_rptr (SignetCertTemplate));
  g_assert_cmpmem (g_bytes_get_data (template, NULL), g_bytes_get_size (template), "\x30\x00", 2);
  peer_clear (&peer);
}

static void
test_archive (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) options = signet_cmp_archive_options_new_remote (TRUE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) control = signet_cmp_control_new_archive_options (options, &error);
  g_autoptr (SignetCmpOperation) operation = NULL;
  const SignetCertReqMsg *message;

  g_assert_no_error (error);
  peer_init (&peer);
  operation = make_operation (&peer, SIGNET_CMP_BODY_CR);
  add_control (operation, g_bytes_ref (control));
  peer_begin_operation (&peer, operation);
  message = sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) signet_cmp_message_get_body (peer.request), 0);
  g_assert_cmpint (OBJ_obj2nid (sk_SignetTypeAndValue_value (message->cert_req->controls, 0)->type), ==,
                   NID_id_regCtrl_pkiArchiveOptions);
  peer_clear (&peer);
}

/* ---- utf8Pairs ---- */

static GPtrArray *
example (void)
{
  static const char *const members[][2] = {
    { "version", "1" },          { "corp_company", "Example, Inc." }, { "org_unit", "Engineering" },       { "mail_firstName", "John" },
    { "mail_lastName", "Smith" }, { "jobTitle", "Team Leader" },      { "mail_email", "john@example.com" },
  };
  GPtrArray *pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_pair_free);

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    g_ptr_array_add (pairs, signet_cmp_pair_new (members[i][0], members[i][1]));

  return pairs;
}

/* RFC 4211 App. A.1 has this. */
#define EXAMPLE \
  "version?1%corp_company?Example, Inc.%org_unit?Engineering%mail_firstName?John%mail_lastName?Smith%jobTitle?Team Leader%" \
  "mail_email?john@example.com%"

static void
test_pairs (void)
{
  g_autoptr (GPtrArray) pairs = example ();
  g_autoptr (GPtrArray) odd = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_pair_free);
  g_autoptr (GPtrArray) read = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = signet_cmp_pairs_print (pairs, &error);
  g_autofree char *escaped = NULL;
  g_autoptr (GBytes) attribute = signet_cmp_reg_info_new_pairs (pairs, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, EXAMPLE);
  assert_der (attribute, "SEQUENCE:s", "[s]\na=OID:1.3.6.1.5.5.7.5.2.1\nb=UTF8:\"" EXAMPLE "\"\n");
  g_ptr_array_add (odd, signet_cmp_pair_new ("why?", "100% sure?"));
  g_ptr_array_add (odd, signet_cmp_pair_new ("empty", ""));
  escaped = signet_cmp_pairs_print (odd, &error);
  g_assert_cmpstr (escaped, ==, "why%3f?100%25 sure%3f%empty?%");
  read = signet_cmp_pairs_parse (escaped, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read->len, ==, 2);
  g_assert_cmpstr (((SignetCmpPair *) read->pdata[0])->name, ==, "why?");
  g_assert_cmpstr (((SignetCmpPair *) read->pdata[0])->value, ==, "100% sure?");
  g_assert_cmpstr (((SignetCmpPair *) read->pdata[1])->value, ==, "");
}

static void
test_pairs_refused (void)
{
  static const char *const names[] = { "", "1st", "\xff" };
  static const char *const texts[] = { "name", "name?value", "?value%", "a?b%c" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_pair_free);
      g_autoptr (GError) error = NULL;

      g_ptr_array_add (pairs, signet_cmp_pair_new (names[i], "value"));
      g_assert_null (signet_cmp_pairs_print (pairs, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
    }
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_cmp_pairs_parse (texts[i], &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
    }
}

/* The names of App. A.1 there and back, and the values of App. A.2 as its examples have them. */
static void
test_names (void)
{
  const char *const *names = signet_cmp_pair_get_names ();
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_pair_free);
  g_autoptr (GPtrArray) read = NULL;
  g_autoptr (X509_NAME) name = signet_name_parse ("OU=Our CA,O=Example,C=US", NULL);
  g_autoptr (X509_NAME) comma = signet_name_parse ("O=Example\\, Inc.", NULL);
  g_autofree char *text = NULL;
  g_autofree char *issuer = signet_cmp_pair_print_name (name, NULL);
  g_autofree char *escaped = signet_cmp_pair_print_name (comma, NULL);
  g_autofree char *until = signet_cmp_pair_print_validity (G_MININT64, 946598400);
  g_autofree char *both = signet_cmp_pair_print_validity (946598400 + 3600, 946598400 + 3661);

  g_assert_cmpuint (g_strv_length ((char **) names), ==, 13);
  for (guint i = 0; names[i] != NULL; i++)
    g_ptr_array_add (pairs, signet_cmp_pair_new (names[i], "x"));
  text = signet_cmp_pairs_print (pairs, NULL);
  read = signet_cmp_pairs_parse (text, NULL);
  g_assert_cmpuint (read->len, ==, 13);
  for (guint i = 0; i < read->len; i++)
    g_assert_cmpstr (((SignetCmpPair *) read->pdata[i])->name, ==, names[i]);
  g_assert_cmpstr (issuer, ==, "XOU=Our CA,O=Example,C=US");
  g_assert_cmpstr (escaped, ==, "XO=Example%2c Inc.");
  g_assert_cmpstr (until, ==, "-19991231");
  g_assert_cmpstr (both, ==, "1999123101-19991231010101");
}

/* What is supplementary goes beside the request, and leaves the request itself as it is; a request is not put in there. */
static void
test_supplementary (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) plain = NULL;
  g_autoptr (SignetCmpOperation) with = NULL;
  g_autoptr (SignetCmpOperation) wrong = NULL;
  g_autoptr (GPtrArray) pairs = example ();
  g_autoptr (GBytes) reg_info = signet_cmp_reg_info_new_pairs (pairs, NULL);
  g_autoptr (GBytes) request = made_der ("SEQUENCE:s", "[s]\na=OID:1.3.6.1.5.5.7.5.2.2\nb=INTEGER:0\n");
  g_autoptr (GBytes) without_it = NULL;
  g_autoptr (GBytes) with_it = NULL;
  const SignetCertReqMsg *message;

  peer_init (&peer);
  plain = make_operation (&peer, SIGNET_CMP_BODY_IR);
  peer_begin_operation (&peer, plain);
  message = sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) signet_cmp_message_get_body (peer.request), 0);
  without_it = signet_asn1_encode (message->cert_req, ASN1_ITEM_rptr (SignetCertRequest));
  with = make_operation (&peer, SIGNET_CMP_BODY_IR);
  g_assert_true (signet_cmp_item_add_reg_info (signet_cmp_operation_get_item (with, 0), reg_info, NULL));
  peer_begin_operation (&peer, with);
  message = sk_SignetCertReqMsg_value ((const SignetCertReqMessages *) signet_cmp_message_get_body (peer.request), 0);
  with_it = signet_asn1_encode (message->cert_req, ASN1_ITEM_rptr (SignetCertRequest));
  g_assert_true (g_bytes_equal (without_it, with_it));
  g_assert_cmpint (sk_SignetTypeAndValue_num (message->reg_info), ==, 1);
  wrong = make_operation (&peer, SIGNET_CMP_BODY_IR);
  g_assert_true (signet_cmp_item_add_reg_info (signet_cmp_operation_get_item (wrong, 0), request, NULL));
  peer_cannot_send (&peer, wrong, SIGNET_CMP_ERROR_CONTENT, "registration authority");
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/control/texts/R352,R353", test_texts);
  g_test_add_func ("/cmp/control/in-a-request/R352,R353", test_in_request);
  g_test_add_func ("/cmp/control/publication/R355", test_publication);
  g_test_add_func ("/cmp/control/another-template-beside-an-empty-one/R361", test_alt_template);
  g_test_add_func ("/cmp/control/archive/R356", test_archive);
  g_test_add_func ("/cmp/control/pairs/R363", test_pairs);
  g_test_add_func ("/cmp/control/pairs-that-are-none/R363", test_pairs_refused);
  g_test_add_func ("/cmp/control/names-and-their-values/R364", test_names);
  g_test_add_func ("/cmp/control/beside-the-request/R365,R366", test_supplementary);

  return g_test_run ();
}
