/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-crl-update.h"
#include "cmp/cmp-genp.h"
#include "cmp/cmp-made.h"

/* Revocation lists by genm: RFC 9483 §4.3.4. Lists and certificates are made by libcrypto; questions are compared with DER by it. */

#define ISSUER "CN=Some CA"
#define POINT "http://example.org/list.crl"
#define POINT_EXTENSION "crlDistributionPoints=URI:" POINT

typedef struct {
  EVP_PKEY *key;
  SignetCertificate *issuer;
  SignetCertificate *certificate;       /* with a distribution point */
  SignetCertificate *plain;             /* without */
  GPtrArray *issuers;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  MadeCertificate issuer = { 0 };
  MadeCertificate certificate = { 0 };

  self->key = made_key ();
  issuer = (MadeCertificate) { .subject = ISSUER, .key = self->key };
  self->issuer = made_certificate (&issuer);
  certificate = (MadeCertificate) { .subject = "CN=Maria", .issuer = ISSUER, .key = self->key, .end_entity = TRUE };
  self->plain = made_certificate (&certificate);
  certificate.extensions[0] = POINT_EXTENSION;
  self->certificate = made_certificate (&certificate);
  self->issuers = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (self->issuers, g_object_ref (self->issuer));
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  EVP_PKEY_free (self->key);
  g_clear_object (&self->issuer);
  g_clear_object (&self->certificate);
  g_clear_object (&self->plain);
  g_clear_pointer (&self->issuers, g_ptr_array_unref);
}

static GBytes *
a_list (Fixture *self)
{
  MadeCrl what = { .issuer = ISSUER, .issuer_key = self->key };

  return made_crl (&what);
}

/* ---- asking ---- */

#define DPN "[list]\none=SEQUENCE:status\n[status]\nsource=EXP:0,IMPLICIT:0,SEQUENCE:names\n"
#define NAMES "[names]\nuri=IMP:6,IA5:" POINT "\n"
#define DIRECTORY \
  "[list]\none=SEQUENCE:status\n[status]\nsource=EXP:1,SEQUENCE:names\n"
#define DIRECTORY_NAMES \
  "[names]\ndn=EXP:4,SEQUENCE:rdns\n[rdns]\none=SET:rdn\n[rdn]\none=SEQUENCE:cn\n[cn]\ntype=OID:commonName\nvalue=UTF8:Some CA\n"

static void
assert_value (SignetCmpGenmItem *item,
              const char        *sections)
{
  g_autoptr (GBytes) wanted = made_der ("SEQUENCE:list", sections);

  g_assert_nonnull (item);
  g_assert_cmpint (item->type, ==, SIGNET_CMP_INFO_CRL_STATUS_LIST);
  g_assert_cmpmem (g_bytes_get_data (item->value, NULL), g_bytes_get_size (item->value), g_bytes_get_data (wanted, NULL),
                   g_bytes_get_size (wanted));
}

static void
test_ask_by_point (Fixture       *self,
                   gconstpointer  data)
{
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask_crl (self->certificate, NULL, SIGNET_CMP_CRL_SOURCE_BEST, NULL);

  assert_value (question, DPN NAMES);
}

static void
test_ask_by_issuer (Fixture       *self,
                    gconstpointer  data)
{
  g_autoptr (SignetCmpGenmItem) plain = signet_cmp_genm_ask_crl (self->plain, NULL, SIGNET_CMP_CRL_SOURCE_BEST, NULL);
  g_autoptr (SignetCmpGenmItem) by_choice = signet_cmp_genm_ask_crl (self->certificate, NULL, SIGNET_CMP_CRL_SOURCE_ISSUER, NULL);

  assert_value (plain, DIRECTORY DIRECTORY_NAMES);
  assert_value (by_choice, DIRECTORY DIRECTORY_NAMES);
}

static void
test_ask_for_newer (Fixture       *self,
                    gconstpointer  data)
{
  g_autoptr (GBytes) known = a_list (self);
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask_crl (self->certificate, known, SIGNET_CMP_CRL_SOURCE_BEST, NULL);
  g_autoptr (SignetCmpGenmItem) without = signet_cmp_genm_ask_crl (self->certificate, NULL, SIGNET_CMP_CRL_SOURCE_BEST, NULL);

  assert_value (question, DPN "time=UTCTIME:270115070000Z\n" NAMES);
  assert_value (without, DPN NAMES);
}

/* From the list alone: its issuing distribution point, else its issuer. */
static void
test_ask_by_list (Fixture       *self,
                  gconstpointer  data)
{
  MadeCrl what = { .issuer = ISSUER, .issuer_key = self->key, .extensions = { "issuingDistributionPoint=critical,@idp" } };
  g_autoptr (GBytes) plain = a_list (self);
  g_autoptr (GBytes) pointed = NULL;
  g_autoptr (SignetCmpGenmItem) by_issuer = signet_cmp_genm_ask_crl (NULL, plain, SIGNET_CMP_CRL_SOURCE_BEST, NULL);
  g_autoptr (SignetCmpGenmItem) by_point = NULL;

  assert_value (by_issuer, DIRECTORY "time=UTCTIME:270115070000Z\n" DIRECTORY_NAMES);
  what.extensions[0] = "2.5.29.28=critical,DER:3021A01FA01D861B" "687474703A2F2F6578616D706C652E6F72672F6C6973742E63726C";
  pointed = made_crl (&what);
  by_point = signet_cmp_genm_ask_crl (NULL, pointed, SIGNET_CMP_CRL_SOURCE_BEST, NULL);
  assert_value (by_point, DPN "time=UTCTIME:270115070000Z\n" NAMES);
}

static void
test_ask_with_rubbish (Fixture       *self,
                       gconstpointer  data)
{
  g_autoptr (GBytes) rubbish = made_der ("UTF8:x", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (signet_cmp_genm_ask_crl (self->certificate, rubbish, SIGNET_CMP_CRL_SOURCE_BEST, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
}

/* ---- checking ---- */

static void
test_good (Fixture       *self,
           gconstpointer  data)
{
  g_autoptr (GBytes) crl = a_list (self);
  g_autoptr (SignetCmpGenmItem) by_point = signet_cmp_genm_ask_crl (self->certificate, NULL, SIGNET_CMP_CRL_SOURCE_BEST, NULL);
  g_autoptr (SignetCmpGenmItem) by_issuer = signet_cmp_genm_ask_crl (self->plain, NULL, SIGNET_CMP_CRL_SOURCE_BEST, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_crl_check (crl, by_point, self->issuers, NULL, MADE_NOW, &error));
  g_assert_no_error (error);
  g_assert_true (signet_cmp_crl_check (crl, by_issuer, self->issuers, NULL, MADE_NOW, &error));
  g_assert_true (signet_cmp_crl_check (crl, NULL, self->issuers, NULL, MADE_NOW, &error));
}

static void
assert_refused (Fixture       *self,
                const MadeCrl *what,
                int            code)
{
  g_autoptr (GBytes) crl = made_crl (what);
  g_autoptr (SignetCmpGenmItem) question = signet_cmp_genm_ask_crl (self->certificate, NULL, SIGNET_CMP_CRL_SOURCE_BEST, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_cmp_crl_check (crl, question, self->issuers, NULL, MADE_NOW, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, code);
}

static void
test_refused (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (EVP_PKEY) other = made_key ();
  MadeCrl what = { .issuer = ISSUER, .issuer_key = other };

  assert_refused (self, &what, SIGNET_CMP_ERROR_UNTRUSTED);
  what = (MadeCrl) { .issuer = "CN=Stranger", .issuer_key = self->key };
  assert_refused (self, &what, SIGNET_CMP_ERROR_UNTRUSTED);
  what = (MadeCrl) { .issuer = ISSUER, .issuer_key = self->key, .digest = "SHA1" };
  assert_refused (self, &what, SIGNET_CMP_ERROR_WEAK);
  what = (MadeCrl) { .issuer = ISSUER, .issuer_key = self->key, .this_update = MADE_NOW + 3600 };
  assert_refused (self, &what, SIGNET_CMP_ERROR_TIME);
  what = (MadeCrl) { .issuer = ISSUER, .issuer_key = self->key, .next_update = MADE_NOW - 3600 };
  assert_refused (self, &what, SIGNET_CMP_ERROR_TIME);
  what = (MadeCrl) { .issuer = ISSUER, .issuer_key = self->key, .next_update = -1 };
  assert_refused (self, &what, SIGNET_CMP_ERROR_TIME);
  /* A delta, an indirect list, and one about something unknown that is critical. */
  what = (MadeCrl) { .issuer = ISSUER, .issuer_key = self->key, .extensions = { "2.5.29.27=critical,DER:020101" } };
  assert_refused (self, &what, SIGNET_CMP_ERROR_UNSUPPORTED);
  what.extensions[0] = "2.5.29.28=critical,DER:30038401FF";
  assert_refused (self, &what, SIGNET_CMP_ERROR_UNSUPPORTED);
  what.extensions[0] = "1.3.6.1.4.1.99999.9=critical,DER:0500";
  assert_refused (self, &what, SIGNET_CMP_ERROR_UNSUPPORTED);
  /* That of another distribution point: http://example.org/othr.crl */
  what.extensions[0] = "2.5.29.28=critical,DER:3021A01FA01D861B" "687474703A2F2F6578616D706C652E6F72672F6F7468722E63726C";
  assert_refused (self, &what, SIGNET_CMP_ERROR_CONTENT);
}

static void
test_altered (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (GBytes) crl = a_list (self);
  gsize size;
  g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (crl, NULL), g_bytes_get_size (crl));
  g_autoptr (GBytes) altered = NULL;
  g_autoptr (GError) error = NULL;
  guint8 *entry;

  size = g_bytes_get_size (crl);
  /* The serial number that is revoked: INTEGER 99. */
  entry = memmem (copy, size, "\x02\x01\x63", 3);
  g_assert_nonnull (entry);
  entry[2] = 0x62;
  altered = g_bytes_new (copy, size);
  g_assert_false (signet_cmp_crl_check (altered, NULL, self->issuers, NULL, MADE_NOW, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
}

static void
test_issuer_may_not_sign_lists (Fixture       *self,
                                gconstpointer  data)
{
  MadeCertificate what = { .subject = ISSUER, .key = self->key, .extensions = { "keyUsage=critical,keyCertSign" } };
  g_autoptr (GPtrArray) issuers = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GBytes) crl = a_list (self);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (issuers, made_certificate (&what));
  g_assert_false (signet_cmp_crl_check (crl, NULL, issuers, NULL, MADE_NOW, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
}

static void
test_newer_only (Fixture       *self,
                 gconstpointer  data)
{
  MadeCrl first = { .issuer = ISSUER, .issuer_key = self->key, .this_update = MADE_NOW - 7200, .number = 7 };
  MadeCrl second = { .issuer = ISSUER, .issuer_key = self->key, .this_update = MADE_NOW - 3600, .number = 8 };
  MadeCrl back = { .issuer = ISSUER, .issuer_key = self->key, .this_update = MADE_NOW - 1800, .number = 6 };
  g_autoptr (GBytes) older = made_crl (&first);
  g_autoptr (GBytes) newer = made_crl (&second);
  g_autoptr (GBytes) counted_back = made_crl (&back);
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_crl_check (newer, NULL, self->issuers, older, MADE_NOW, &error));
  g_assert_no_error (error);
  g_assert_false (signet_cmp_crl_check (older, NULL, self->issuers, newer, MADE_NOW, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TIME);
  g_clear_error (&error);
  g_assert_false (signet_cmp_crl_check (newer, NULL, self->issuers, newer, MADE_NOW, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TIME);
  g_clear_error (&error);
  g_assert_false (signet_cmp_crl_check (counted_back, NULL, self->issuers, newer, MADE_NOW, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_TIME);
}

static void
test_answers (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (GBytes) crl = a_list (self);
  g_autoptr (GBytes) value = made_sequence (crl, NULL);
  g_autoptr (SignetCmpGenmItem) item = signet_cmp_genm_item_new (SIGNET_CMP_INFO_CRLS, value);
  g_autoptr (SignetCmpGenmItem) nothing = signet_cmp_genm_item_new (SIGNET_CMP_INFO_CRLS, NULL);
  g_autoptr (GPtrArray) crls = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autofree char *words = signet_cmp_genp_describe (nothing);

  g_assert_true (signet_cmp_genp_get_crls (item, &crls, NULL));
  g_assert_cmpuint (crls->len, ==, 1);
  g_assert_true (g_bytes_equal (g_ptr_array_index (crls, 0), crl));
  g_assert_true (signet_cmp_genp_get_crls (nothing, &none, NULL));
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpstr (words, ==, "There is no newer revocation list.");
}

#define ADD(path, test) g_test_add ("/cmp/crl-update/" path, Fixture, NULL, set_up, test, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("asks-by-distribution-point/R280,R281,R285", test_ask_by_point);
  ADD ("asks-by-issuer/R280,R281,R285", test_ask_by_issuer);
  ADD ("asks-for-a-newer-one/R282", test_ask_for_newer);
  ADD ("asks-as-the-list-at-hand-says/R285", test_ask_by_list);
  ADD ("asks-not-with-rubbish", test_ask_with_rubbish);
  ADD ("takes-a-good-list/R284,R264", test_good);
  ADD ("refuses/R284,R255", test_refused);
  ADD ("refuses-an-altered-one/R284", test_altered);
  ADD ("refuses-one-of-who-may-not-sign-lists/R284", test_issuer_may_not_sign_lists);
  ADD ("takes-newer-ones-only/R283", test_newer_only);
  ADD ("absent-means-nothing-newer/R283,R264", test_answers);

  return g_test_run ();
}
