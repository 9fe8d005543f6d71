/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-crl-update.h"
#include "cmp/cmp-corpus.h"
#include "cmp/cmp-made.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-revocation.h"
#include "pki/pki-name.h"

/*
 * Contents of rr and rp: RFC 9483 §4.2, RFC 9810 §5.3.9 and §5.3.10. What is asked is compared with DER by libcrypto's
 * ASN1_generate_v3(), and with messages of another implementation; answers are put together by the former.
 */

#define ISSUER_SECTIONS \
  "[rdns]\none=SET:rdn\n[rdn]\none=SEQUENCE:cn\n[cn]\ntype=OID:commonName\nvalue=UTF8:Some CA\n"

static SignetCmpRevocation *
a_revocation (long                      serial,
              SignetCmpRevocationReason reason)
{
  g_autoptr (X509_NAME) issuer = signet_name_parse ("CN=Some CA", NULL);
  g_autoptr (ASN1_INTEGER) number = ASN1_INTEGER_new ();

  ASN1_INTEGER_set (number, serial);

  return signet_cmp_revocation_new_for_serial (issuer, number, reason);
}

static GPtrArray *
revocations_of (SignetCmpRevocation *first,
                SignetCmpRevocation *second)
{
  GPtrArray *revocations = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_revocation_free);

  g_ptr_array_add (revocations, first);
  if (second != NULL)
    g_ptr_array_add (revocations, second);

  return revocations;
}

static void
assert_content (GPtrArray  *revocations,
                const char *sections)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = signet_cmp_revocation_encode (revocations, &error);
  g_autoptr (GBytes) wanted = made_der ("SEQUENCE:content", sections);

  g_assert_no_error (error);
  g_assert_cmpmem (g_bytes_get_data (content, NULL), g_bytes_get_size (content), g_bytes_get_data (wanted, NULL),
                   g_bytes_get_size (wanted));
}

/* ---- rr ---- */

static void
test_every_reason (void)
{
  static const struct { SignetCmpRevocationReason reason; const char *name; } reasons[] = {
    { SIGNET_CMP_REASON_UNSPECIFIED, "unspecified" }, { SIGNET_CMP_REASON_KEY_COMPROMISE, "keyCompromise" },
    { SIGNET_CMP_REASON_CA_COMPROMISE, "cACompromise" }, { SIGNET_CMP_REASON_AFFILIATION_CHANGED, "affiliationChanged" },
    { SIGNET_CMP_REASON_SUPERSEDED, "superseded" }, { SIGNET_CMP_REASON_CESSATION_OF_OPERATION, "cessationOfOperation" },
    { SIGNET_CMP_REASON_CERTIFICATE_HOLD, "certificateHold" }, { SIGNET_CMP_REASON_REMOVE_FROM_CRL, "removeFromCRL" },
    { SIGNET_CMP_REASON_PRIVILEGE_WITHDRAWN, "privilegeWithdrawn" }, { SIGNET_CMP_REASON_AA_COMPROMISE, "aACompromise" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    {
      g_autoptr (GPtrArray) revocations = revocations_of (a_revocation (99, reasons[i].reason), NULL);
      g_autofree char *sections = g_strdup_printf (
        "[content]\none=SEQUENCE:details\n[details]\ntemplate=SEQUENCE:template\nextensions=SEQUENCE:extensions\n"
        "[template]\nserial=IMP:1,INTEGER:99\nissuer=EXP:3,SEQUENCE:rdns\n" ISSUER_SECTIONS
        "[extensions]\none=SEQUENCE:reason\n[reason]\noid=OID:2.5.29.21\nvalue=OCTWRAP,ENUM:%d\n", reasons[i].reason);
      g_autofree char *number = g_strdup_printf ("%d", reasons[i].reason);
      SignetCmpRevocationReason parsed = SIGNET_CMP_REASON_UNSPECIFIED;

      assert_content (revocations, sections);
      g_assert_cmpstr (signet_cmp_revocation_reason_name (reasons[i].reason), ==, reasons[i].name);
      g_assert_true (signet_cmp_revocation_reason_parse (reasons[i].name, &parsed, NULL));
      g_assert_cmpint (parsed, ==, reasons[i].reason);
      g_assert_true (signet_cmp_revocation_reason_parse (number, &parsed, NULL));
      g_assert_cmpint (parsed, ==, reasons[i].reason);
    }
}

static void
test_no_reason (void)
{
  static const char *const texts[] = { "7", "11", "-1", "lost", "" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      SignetCmpRevocationReason reason = SIGNET_CMP_REASON_UNSPECIFIED;
      g_autoptr (GError) error = NULL;

      g_assert_false (signet_cmp_revocation_reason_parse (texts[i], &reason, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
    }
  g_assert_null (signet_cmp_revocation_reason_name (7));
}

static void
test_several (void)
{
  g_autoptr (GPtrArray) revocations = revocations_of (a_revocation (99, SIGNET_CMP_REASON_SUPERSEDED),
                                                      a_revocation (100, SIGNET_CMP_REASON_KEY_COMPROMISE));

  signet_cmp_revocation_set_invalidity_date (g_ptr_array_index (revocations, 1), MADE_NOW);
  assert_content (revocations,
                  "[content]\none=SEQUENCE:first\ntwo=SEQUENCE:second\n"
                  "[first]\ntemplate=SEQUENCE:template_1\nextensions=SEQUENCE:extensions_1\n"
                  "[second]\ntemplate=SEQUENCE:template_2\nextensions=SEQUENCE:extensions_2\n"
                  "[template_1]\nserial=IMP:1,INTEGER:99\nissuer=EXP:3,SEQUENCE:rdns\n"
                  "[template_2]\nserial=IMP:1,INTEGER:100\nissuer=EXP:3,SEQUENCE:rdns\n" ISSUER_SECTIONS
                  "[extensions_1]\none=SEQUENCE:reason_1\n[reason_1]\noid=OID:2.5.29.21\nvalue=OCTWRAP,ENUM:4\n"
                  "[extensions_2]\none=SEQUENCE:reason_2\ntwo=SEQUENCE:date\n[reason_2]\noid=OID:2.5.29.21\nvalue=OCTWRAP,ENUM:1\n"
                  "[date]\noid=OID:2.5.29.24\nvalue=OCTWRAP,GENTIME:20270115080000Z\n");
}

static void
test_bounds (void)
{
  g_autoptr (GPtrArray) revocations = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_revocation_free);
  g_autoptr (GError) error = NULL;

  g_assert_null (signet_cmp_revocation_encode (revocations, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT);
  g_clear_error (&error);
  for (long i = 0; i < SIGNET_CMP_REVOCATION_MAX + 1; i++)
    g_ptr_array_add (revocations, a_revocation (i, SIGNET_CMP_REASON_UNSPECIFIED));
  g_assert_null (signet_cmp_revocation_encode (revocations, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_LIMIT);
}

static void
test_certificate (void)
{
  g_autoptr (EVP_PKEY) key = made_key ();
  MadeCertificate what = { .subject = "CN=Maria", .issuer = "CN=Some CA", .key = key, .end_entity = TRUE, .serial = 99 };
  g_autoptr (SignetCertificate) certificate = made_certificate (&what);
  g_autoptr (GPtrArray) by_certificate = revocations_of (signet_cmp_revocation_new (certificate, SIGNET_CMP_REASON_UNSPECIFIED), NULL);
  g_autoptr (GPtrArray) by_serial = revocations_of (a_revocation (99, SIGNET_CMP_REASON_UNSPECIFIED), NULL);
  g_autoptr (GBytes) first = signet_cmp_revocation_encode (by_certificate, NULL);
  g_autoptr (GBytes) second = signet_cmp_revocation_encode (by_serial, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_bytes_equal (first, second));
  g_assert_true (signet_cmp_revocation_check (g_ptr_array_index (by_certificate, 0), MADE_NOW, &error));
  g_assert_true (signet_cmp_revocation_check (g_ptr_array_index (by_serial, 0), MADE_NOW + 1000 * MADE_DAY, &error));
  g_assert_false (signet_cmp_revocation_check (g_ptr_array_index (by_certificate, 0), MADE_NOW + 101 * MADE_DAY, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TIME);
}

/* What Siemens' LightweightCmpRa sent and was answered: the same content from us, and its rp read. */
static void
test_messages_of_others (void)
{
  g_autoptr (SignetCmpMessage) request = corpus_load_message ("siemens-lra-messageflows/Rr/downstream_REVOCATION_REQ.PKI");
  g_autoptr (SignetCmpMessage) answer = corpus_load_message ("siemens-lra-messageflows/Rr/downstream_REVOCATION_REP.PKI");
  const SignetRevReqContent *asked = signet_cmp_message_get_body (request);
  const SignetRevDetails *details = sk_SignetRevDetails_value (asked, 0);
  ASN1_ENUMERATED *code = X509V3_get_d2i (details->crl_entry_details, NID_crl_reason, NULL, NULL);
  g_autoptr (GPtrArray) revocations = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpRevocationAnswer) read = NULL;
  g_autoptr (GError) error = NULL;

  revocations = revocations_of (signet_cmp_revocation_new_for_serial (details->cert_details->issuer, details->cert_details->serial_number,
                                                                      (SignetCmpRevocationReason) ASN1_ENUMERATED_get (code)), NULL);
  ASN1_ENUMERATED_free (code);
  content = signet_cmp_revocation_encode (revocations, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (content, signet_cmp_message_get_body_content (request)));
  read = signet_cmp_revocation_read (signet_cmp_message_get_body_content (answer), revocations, &error);
  g_assert_no_error (error);
  g_assert_cmpint (((SignetCmpStatusInfo *) g_ptr_array_index (read->statuses, 0))->status, ==, SIGNET_CMP_STATUS_ACCEPTED);
}

/* ---- rp ---- */

static SignetCmpRevocationAnswer *
read_answer (GPtrArray   *revocations,
             const char  *sections,
             GError     **error)
{
  g_autoptr (GBytes) content = made_der ("SEQUENCE:rp", sections);

  return signet_cmp_revocation_read (content, revocations, error);
}

#define STATUS "[rp]\nstatus=SEQUENCE:statuses\n[statuses]\none=SEQUENCE:status\n[status]\nstatus=INTEGER:"

static void
test_statuses (void)
{
  static const struct { const char *sections; SignetCmpRevocationReason reason; const char *words; } cases[] = {
    { STATUS "0\n", SIGNET_CMP_REASON_KEY_COMPROMISE, "The certificate is revoked." },
    { STATUS "0\n", SIGNET_CMP_REASON_CERTIFICATE_HOLD, "The certificate is suspended." },
    { STATUS "0\n", SIGNET_CMP_REASON_REMOVE_FROM_CRL, "The certificate is no longer suspended." },
    { STATUS "4\n", SIGNET_CMP_REASON_SUPERSEDED, "The authority warns that the certificate is about to be revoked." },
    { STATUS "5\n", SIGNET_CMP_REASON_SUPERSEDED, "The authority tells that the certificate was revoked." },
    { STATUS "2\nfail=FORMAT:BITLIST,BITSTRING:10\n", SIGNET_CMP_REASON_SUPERSEDED,
      "The authority refused: the certificate was revoked before, so there is nothing left to do." },
    { STATUS "2\nfail=FORMAT:BITLIST,BITSTRING:4\n", SIGNET_CMP_REASON_SUPERSEDED,
      "The authority refused: it knows no certificate with this number. Check that the certificate is one of this authority." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) revocations = revocations_of (a_revocation (99, cases[i].reason), NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpRevocationAnswer) answer = read_answer (revocations, cases[i].sections, &error);
      g_autofree char *words = NULL;

      g_assert_no_error (error);
      words = signet_cmp_revocation_explain (g_ptr_array_index (revocations, 0), g_ptr_array_index (answer->statuses, 0));
      g_assert_cmpstr (words, ==, cases[i].words);
    }
}

static void
test_malformed (void)
{
  static const char *const answers[] = {
    /* a failInfo beside acceptance; statuses that do not fit; two about one; none */
    STATUS "0\nfail=FORMAT:BITLIST,BITSTRING:4\n", STATUS "3\n", STATUS "6\n", STATUS "99\n",
    "[rp]\nstatus=SEQUENCE:statuses\n[statuses]\none=SEQUENCE:status\ntwo=SEQUENCE:status\n[status]\nstatus=INTEGER:0\n",
    "[rp]\nstatus=SEQUENCE:statuses\n[statuses]\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GPtrArray) revocations = revocations_of (a_revocation (99, SIGNET_CMP_REASON_UNSPECIFIED), NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (read_answer (revocations, answers[i], &error));
      g_assert_cmpint (error->domain, ==, SIGNET_CMP_ERROR);
    }
}

#define TWO_STATUSES \
  "[rp]\nstatus=SEQUENCE:statuses\ncerts=EXP:0,SEQUENCE:certs\n[statuses]\none=SEQUENCE:status\ntwo=SEQUENCE:refused\n" \
  "[status]\nstatus=INTEGER:0\n[refused]\nstatus=INTEGER:2\nfail=FORMAT:BITLIST,BITSTRING:10\n"
#define IDS \
  "[id_99]\nissuer=EXP:4,SEQUENCE:rdns\nserial=INTEGER:99\n[id_100]\nissuer=EXP:4,SEQUENCE:rdns\nserial=INTEGER:100\n" ISSUER_SECTIONS

static void
test_certificates_in_order (void)
{
  g_autoptr (GPtrArray) revocations = revocations_of (a_revocation (99, SIGNET_CMP_REASON_SUPERSEDED),
                                                      a_revocation (100, SIGNET_CMP_REASON_SUPERSEDED));
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpRevocationAnswer) answer = read_answer (
    revocations, TWO_STATUSES "[certs]\none=SEQUENCE:id_99\ntwo=SEQUENCE:id_100\n" IDS, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (answer->statuses->len, ==, 2);
  g_assert_cmpint (((SignetCmpStatusInfo *) g_ptr_array_index (answer->statuses, 1))->status, ==, SIGNET_CMP_STATUS_REJECTION);
  g_assert_null (read_answer (revocations, TWO_STATUSES "[certs]\none=SEQUENCE:id_100\ntwo=SEQUENCE:id_99\n" IDS, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
  g_clear_error (&error);
  g_assert_null (read_answer (revocations, TWO_STATUSES "[certs]\none=SEQUENCE:id_99\n" IDS, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
}

/* Revocation lists that came along are handed out as they are, and used after they were checked only. */
static void
test_lists (void)
{
  g_autoptr (EVP_PKEY) key = made_key ();
  g_autoptr (EVP_PKEY) other = made_key ();
  MadeCertificate ca = { .subject = "CN=Some CA", .key = key };
  MadeCrl what = { .issuer = "CN=Some CA", .issuer_key = key };
  MadeCrl forged = { .issuer = "CN=Some CA", .issuer_key = other };
  g_autoptr (SignetCertificate) issuer = made_certificate (&ca);
  g_autoptr (GPtrArray) issuers = g_ptr_array_new ();
  g_autoptr (GPtrArray) revocations = revocations_of (a_revocation (99, SIGNET_CMP_REASON_SUPERSEDED), NULL);
  g_autoptr (GBytes) good = made_crl (&what);
  g_autoptr (GBytes) bad = made_crl (&forged);
  g_autoptr (GBytes) lists = made_sequence (good, bad, NULL);
  g_autoptr (GBytes) tagged = made_tagged (1, lists);
  g_autoptr (GBytes) status = made_der ("SEQUENCE:statuses", "[statuses]\none=SEQUENCE:status\n[status]\nstatus=INTEGER:0\n");
  g_autoptr (GBytes) content = made_sequence (status, tagged, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpRevocationAnswer) answer = signet_cmp_revocation_read (content, revocations, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (answer->crls->len, ==, 2);
  g_ptr_array_add (issuers, issuer);
  g_assert_true (signet_cmp_crl_check (g_ptr_array_index (answer->crls, 0), NULL, issuers, NULL, MADE_NOW, &error));
  g_assert_false (signet_cmp_crl_check (g_ptr_array_index (answer->crls, 1), NULL, issuers, NULL, MADE_NOW, &error));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/revocation/every-reason/R224,R225,R226", test_every_reason);
  g_test_add_func ("/cmp/revocation/no-reason", test_no_reason);
  g_test_add_func ("/cmp/revocation/several-with-invalidity-date/R234", test_several);
  g_test_add_func ("/cmp/revocation/bounds", test_bounds);
  g_test_add_func ("/cmp/revocation/not-once-expired/R228", test_certificate);
  g_test_add_func ("/cmp/revocation/as-others-do/R225", test_messages_of_others);
  g_test_add_func ("/cmp/revocation/answer/what-each-status-means/R233,R229", test_statuses);
  g_test_add_func ("/cmp/revocation/answer/malformed/R229", test_malformed);
  g_test_add_func ("/cmp/revocation/answer/certificates-in-order/R230", test_certificates_in_order);
  g_test_add_func ("/cmp/revocation/answer/lists/R230", test_lists);

  return g_test_run ();
}
