/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp-peer.h"
#include "cmp/cmp-encrypted-value.h"

/* Every relaxation has a test in which the strict rule refuses in words and the setting accepts: here, or where the table says.
 * One that is added without a test fails this one. */

static void
relax (Peer       *peer,
       const char *name)
{
  const char *const names[] = { name, NULL };
  SignetCmpRelaxations relaxations = SIGNET_CMP_RELAX_NONE;
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_relaxations_parse (names, &relaxations, &error));
  g_assert_no_error (error);
  signet_cmp_authority_set_relaxations (peer->authority, relaxations);
}

static void
assert_words (const GError   *error,
              SignetCmpError  code,
              const char     *name)
{
  g_assert_error (error, SIGNET_CMP_ERROR, (int) code);
  if (strstr (error->message, name) == NULL)
    g_error ("“%s” does not name the setting %s", error->message, name);
}

/* The key identifier of somebody else, as RSA Certificate Manager repeats that of the request. */
static void
put_other_kid (PeerAnswer *answer,
               gpointer    data)
{
  static const guint8 other[] = "4711, as you said";

  peer_answer_sign (answer, answer->peer->ca->issuer_key, answer->peer->ca->issuer);
  ASN1_OCTET_STRING_free (answer->header->sender_kid);
  answer->header->sender_kid = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (answer->header->sender_kid, other, sizeof other - 1);
}

static void
test_sender_kid (void)
{
  for (guint on = 0; on < 2; on++)
    {
      Peer peer = { 0 };
      g_autoptr (GBytes) content = NULL;
      g_autoptr (GBytes) answer = NULL;
      g_autoptr (GError) error = NULL;
      SignetCmpStep step;

      peer_init (&peer);
      peer_use_signature (&peer);
      if (on)
        relax (&peer, "sender-kid");
      peer_begin (&peer, SIGNET_CMP_BODY_CR);
      content = peer_grant (&peer);
      answer = peer_answer (&peer, SIGNET_CMP_BODY_CP, content, put_other_kid, NULL);
      if (on)
        {
          g_assert_true (signet_cmp_transaction_receive (peer.transaction, answer, peer.now, &step, &error));
          g_assert_no_error (error);
          g_assert_nonnull (signet_cmp_transaction_get_certificate (peer.transaction));
        }
      else
        {
          g_assert_false (signet_cmp_transaction_receive (peer.transaction, answer, peer.now, &step, &error));
          assert_words (error, SIGNET_CMP_ERROR_UNTRUSTED, "sender-kid");
        }
      peer_clear (&peer);
    }
}

static void
test_ra_verified (void)
{
  for (guint on = 0; on < 2; on++)
    {
      Peer peer = { 0 };
      g_autoptr (SignetCmpOperation) operation = NULL;

      peer_init (&peer);
      operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, peer.key, X509_get_subject_name (peer.ca->issuer));
      signet_cmp_item_set_popo (signet_cmp_operation_get_item (operation, 0), SIGNET_CMP_POPO_RA_VERIFIED);
      if (on)
        {
          const SignetCertReqMessages *requests;

          relax (&peer, "ra-verified");
          peer_begin_operation (&peer, operation);
          requests = signet_cmp_message_get_body (peer.request);
          g_assert_cmpint (sk_SignetCertReqMsg_value (requests, 0)->popo->type, ==, SIGNET_POPO_RA_VERIFIED);
        }
      else
        {
          peer_cannot_send (&peer, operation, SIGNET_CMP_ERROR_UNSUPPORTED, "ra-verified");
        }
      peer_clear (&peer);
    }
}

static void
test_update_by_other (void)
{
  for (guint on = 0; on < 2; on++)
    {
      Peer peer = { 0 };
      g_autoptr (X509) other = NULL;
      g_autoptr (SignetCertificate) old = NULL;
      g_autoptr (SignetCmpOperation) operation = NULL;

      peer_init (&peer);
      peer_use_signature (&peer);
      other = peer_issue (peer.ca, peer.key);
      ASN1_INTEGER_set (X509_get_serialNumber (other), 4712);
      g_assert_cmpint (X509_sign (other, peer.ca->issuer_key, EVP_sha256 ()), >, 0);
      old = signet_certificate_new_for_x509 (other);
      operation = signet_cmp_operation_new_update (peer_new_key (&peer, "ec:P-256"), old);
      if (on)
        {
          relax (&peer, "update-by-other");
          peer_begin_operation (&peer, operation);
          g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_KUR);
        }
      else
        {
          peer_cannot_send (&peer, operation, SIGNET_CMP_ERROR_CREDENTIALS, "update-by-other");
        }
      peer_clear (&peer);
    }
}

/* What such a value holds is opened in cmp-encrypted-value; here only whether anybody looks. */
static void
test_encrypted_value (void)
{
  for (guint on = 0; on < 2; on++)
    {
      Peer peer = { 0 };
      g_autoptr (GBytes) value = g_bytes_new_static ("\x30\x00", 2);
      g_autoptr (GError) error = NULL;

      peer_init (&peer);
      if (on)
        relax (&peer, "encrypted-value");
      g_assert_null (signet_cmp_encrypted_value_open (value, &(SignetCmpRecipient) { .key = peer.key }, peer.authority, NULL, &error));
      if (on)
        g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
      else
        assert_words (error, SIGNET_CMP_ERROR_WEAK, "encrypted-value");
      peer_clear (&peer);
    }
}

/* ---- the table ---- */

static const struct
{
  const char *name;
  const char *file;             /* below tests/ */
  const char *test;             /* as it stands there */
} table[] = {
  { "signed-answer-to-mac", "worker/test-worker-settings.c", "\"signed-answer-to-mac/R053\"" },
  { "sender-kid", "cmp/test-cmp-relaxations.c", "\"sender-kid\", test_sender_kid" },
  { "ca-pubs", "worker/test-worker-enrol.c", "ca-pubs" },
  { "no-digital-signature", "worker/test-worker-settings.c", "\"no-digital-signature\"" },
  { "sha1", "worker/test-worker-settings.c", "/sha1" },
  { "signer-change", "worker/test-worker-settings.c", "\"signer-change/R054\"" },
  { "encrypted-value", "cmp/test-cmp-relaxations.c", "\"encrypted-value\", test_encrypted_value" },
  { "ra-verified", "cmp/test-cmp-relaxations.c", "\"ra-verified/R305\", test_ra_verified" },
  { "p10-request-id", "cmp/test-cmp-operations.c", "p10cr/number-zero-by-setting" },
  { "unprotected-errors", "cmp/test-cmp-relaxed.c", "/cmp/relaxed/unprotected-refusal" },
  { "unverified-certificate", "cmp/test-cmp-relaxed.c", "/cmp/relaxed/unverified-certificate" },
  { "no-confirm", "cmp/test-cmp-relaxed.c", "/cmp/relaxed/no-confirm" },
  { "other-reference", "cmp/test-cmp-relaxed.c", "/cmp/relaxed/other-reference" },
  { "unprotected-requests", "cmp/test-cmp-relaxed.c", "/cmp/relaxed/unprotected-request" },
  { "update-by-other", "cmp/test-cmp-relaxations.c", "\"update-by-other\", test_update_by_other" },
  { "weak-secret", "cmp/test-cmp-policy.c", "/cmp/policy/weak-secret" },
  { "kga-by-mac", "cmp/test-cmp-key-package-signer.c", "mac-vouches-only-by-setting" },
  { "key-package-form", "cmp/test-cmp-key-package.c", "other-forms-only-by-setting" },
};

static void
test_table (void)
{
  SignetCmpRelaxations all = SIGNET_CMP_RELAX_NONE;
  const char *name;
  guint n = 0;

  while ((name = signet_cmp_relaxations_get_name (n)) != NULL)
    {
      const char *const names[] = { name, NULL };
      SignetCmpRelaxations one = SIGNET_CMP_RELAX_NONE;
      g_autofree char *path = NULL;
      g_autofree char *source = NULL;
      guint at = 0;

      g_assert_true (signet_cmp_relaxations_parse (names, &one, NULL));
      /* Each its own bit: two that share one would switch each other on. */
      if (one == SIGNET_CMP_RELAX_NONE || (one & (one - 1)) != 0 || (all & one) != 0)
        g_error ("%s has no bit of its own", name);
      all |= one;
      while (at < G_N_ELEMENTS (table) && !g_str_equal (table[at].name, name))
        at++;
      if (at == G_N_ELEMENTS (table))
        g_error ("the relaxation %s has no test", name);
      path = g_build_filename (g_test_get_dir (G_TEST_DIST), table[at].file, NULL);
      if (!g_file_get_contents (path, &source, NULL, NULL) || strstr (source, table[at].test) == NULL)
        g_error ("the test of %s is not in %s", name, path);
      n++;
    }
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (table));
}

static void
test_unknown_name (void)
{
  static const char *const names[] = { "sha1", "everything", NULL };
  SignetCmpRelaxations relaxations;
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_cmp_relaxations_parse (names, &relaxations, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNSUPPORTED);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_assert_nonnull (strstr (error->message, table[i].name));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, function) g_test_add_func ("/cmp/relaxations/" path, function)
  ADD ("sender-kid", test_sender_kid);
  ADD ("ra-verified/R305", test_ra_verified);
  ADD ("update-by-other", test_update_by_other);
  ADD ("encrypted-value", test_encrypted_value);
  ADD ("each-has-a-test-and-a-bit", test_table);
  ADD ("unknown-name-lists-the-others", test_unknown_name);

  return g_test_run ();
}
