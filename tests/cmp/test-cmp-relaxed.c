/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-peer.h"
#include "pki/pki-name.h"

/*
 * What each relaxation that old servers need lets through, and nothing beyond it. Each is shown twice: without it the same answer is
 * refused.
 */

static void
begin (Peer                 *peer,
       SignetCmpRelaxations  relaxations)
{
  peer_init (peer);
  signet_cmp_authority_set_relaxations (peer->authority, relaxations);
  peer_begin (peer, SIGNET_CMP_BODY_IR);
}

static void
leave_unprotected (PeerAnswer *answer,
                   gpointer    data)
{
  g_clear_object (&answer->protector);
}

static void
name_other_reference (PeerAnswer *answer,
                      gpointer    data)
{
  ASN1_OCTET_STRING_free (answer->header->sender_kid);
  answer->header->sender_kid = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (answer->header->sender_kid, (const guint8 *) "another", 7);
}

static GBytes *
refusal (void)
{
  SignetCertResponse *response = peer_response (NULL);

  ASN1_INTEGER_set (response->status->status, SIGNET_CMP_STATUS_REJECTION);

  return peer_cert_rep (response, NULL);
}

/* Whether the answer was taken; @step: what followed. */
static gboolean
take (Peer          *peer,
      GBytes        *content,
      PeerEdit       edit,
      SignetCmpStep *step)
{
  g_autoptr (GBytes) answer = peer_answer (peer, SIGNET_CMP_BODY_IP, content, edit, NULL);
  g_autoptr (GError) error = NULL;

  return signet_cmp_transaction_receive (peer->transaction, answer, peer->now, step, &error);
}

static void
test_unprotected_refusal (void)
{
  for (int relaxed = 0; relaxed < 2; relaxed++)
    {
      Peer peer = { 0 };
      g_autoptr (GBytes) content = refusal ();
      SignetCmpStep step = SIGNET_CMP_STEP_SEND;

      begin (&peer, relaxed ? SIGNET_CMP_RELAX_UNPROTECTED_ERRORS : SIGNET_CMP_RELAX_NONE);
      g_assert_cmpint (take (&peer, content, leave_unprotected, &step), ==, relaxed);
      g_assert_cmpint (step, ==, relaxed ? SIGNET_CMP_STEP_FAILED : SIGNET_CMP_STEP_SEND);
      peer_clear (&peer);
    }
}

/* A certificate is never taken from somebody who proves nothing. */
static void
test_unprotected_grant (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) content = NULL;
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;

  begin (&peer, SIGNET_CMP_RELAX_UNPROTECTED_ERRORS);
  content = peer_grant (&peer);
  g_assert_false (take (&peer, content, leave_unprotected, &step));
  g_assert_null (signet_cmp_transaction_get_certificate (peer.transaction));
  peer_clear (&peer);
}

static void
test_other_reference (void)
{
  for (int relaxed = 0; relaxed < 2; relaxed++)
    {
      Peer peer = { 0 };
      g_autoptr (GBytes) content = NULL;
      SignetCmpStep step;

      begin (&peer, relaxed ? SIGNET_CMP_RELAX_OTHER_REFERENCE : SIGNET_CMP_RELAX_NONE);
      content = peer_grant (&peer);
      g_assert_cmpint (take (&peer, content, name_other_reference, &step), ==, relaxed);
      peer_clear (&peer);
    }
}

static void
test_unverified_certificate (void)
{
  for (int relaxed = 0; relaxed < 2; relaxed++)
    {
      Peer peer = { 0 };
      g_autoptr (X509) certificate = NULL;
      g_autoptr (GBytes) content = NULL;
      SignetCmpStep step;

      begin (&peer, relaxed ? SIGNET_CMP_RELAX_UNVERIFIED_CERTIFICATE : SIGNET_CMP_RELAX_NONE);
      certificate = peer_issue (peer.stranger, peer.key);
      content = peer_cert_rep (peer_response (certificate), NULL);
      g_assert_true (take (&peer, content, NULL, &step));
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
      g_assert_cmpint (signet_cmp_transaction_get_item_failure (peer.transaction, 0) == NULL, ==, relaxed);
      g_assert_cmpint (signet_cmp_transaction_get_remarks (peer.transaction) != NULL, ==, relaxed);
      peer_clear (&peer);
    }
}

static void
test_no_confirm (void)
{
  for (int relaxed = 0; relaxed < 2; relaxed++)
    {
      Peer peer = { 0 };
      g_autoptr (GBytes) content = NULL;
      SignetCmpStep step;

      begin (&peer, relaxed ? SIGNET_CMP_RELAX_NO_CONFIRM : SIGNET_CMP_RELAX_NONE);
      content = peer_grant (&peer);
      g_assert_true (take (&peer, content, NULL, &step));
      g_assert_cmpint (step, ==, relaxed ? SIGNET_CMP_STEP_DONE : SIGNET_CMP_STEP_SEND);
      peer_clear (&peer);
    }
}

static void
test_unprotected_request (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (SignetCmpCredentials) nobody = signet_cmp_credentials_new_none ();
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetCmpTransaction) transaction = NULL;
  g_autoptr (GBytes) octets = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, peer.key, name);
  g_assert_null (signet_cmp_transaction_new (operation, peer.authority, nobody, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
  g_clear_error (&error);

  signet_cmp_authority_set_relaxations (peer.authority, SIGNET_CMP_RELAX_UNPROTECTED_REQUESTS);
  transaction = signet_cmp_transaction_new (operation, peer.authority, nobody, &error);
  g_assert_no_error (error);
  octets = signet_cmp_transaction_next (transaction, peer.now, &error);
  g_assert_no_error (error);
  message = signet_cmp_message_parse (octets, &error);
  g_assert_no_error (error);
  g_assert_null (signet_cmp_message_get_protection (message));
  g_assert_null (signet_cmp_message_get_protection_alg (message));
  peer_clear (&peer);
}

/* What is asked of the header and of extraCerts goes out as it was given, and under the protection. */
static void
test_general_info (void)
{
  static const guint8 number[] = { 0x02, 0x01, 0x2a };
  Peer peer = { 0 };
  g_autoptr (GBytes) value = g_bytes_new_static (number, sizeof number);
  g_autoptr (SignetCertificate) extra = NULL;
  g_autofree char *words = NULL;

  peer_init (&peer);
  extra = signet_certificate_new_for_x509 (peer.stranger->root);
  signet_cmp_authority_add_general_info (peer.authority, "1.3.6.1.4.1.99999.7", value);
  signet_cmp_authority_add_extra_certificate (peer.authority, extra);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  words = signet_cmp_message_print (peer.request);
  g_assert_nonnull (strstr (words, "1.3.6.1.4.1.99999.7"));
  g_assert_true (g_ptr_array_find_with_equal_func (signet_cmp_message_get_extra_certs (peer.request), extra,
                                                   (GEqualFunc) signet_certificate_equal, NULL));
  peer_clear (&peer);
}

/* A refusal for a reason of its own is told to an authority that waits for the confirmation, and is too late after it. */
static void
test_refuse (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step;

  begin (&peer, SIGNET_CMP_RELAX_NONE);
  content = peer_grant (&peer);
  g_assert_true (take (&peer, content, NULL, &step));
  g_assert_true (signet_cmp_transaction_refuse (peer.transaction, 0, "It is the wrong colour.", &error));
  g_assert_no_error (error);
  g_assert_cmpint (signet_cmp_transaction_get_step (peer.transaction), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_CERTCONF);
  g_assert_nonnull (strstr (signet_cmp_transaction_get_item_failure (peer.transaction, 0)->message, "wrong colour"));
  g_assert_false (signet_cmp_transaction_refuse (peer.transaction, 0, "Once more.", &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_STATE);
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/relaxed/unprotected-refusal", test_unprotected_refusal);
  g_test_add_func ("/cmp/relaxed/never-an-unprotected-certificate", test_unprotected_grant);
  g_test_add_func ("/cmp/relaxed/other-reference", test_other_reference);
  g_test_add_func ("/cmp/relaxed/unverified-certificate", test_unverified_certificate);
  g_test_add_func ("/cmp/relaxed/no-confirm", test_no_confirm);
  g_test_add_func ("/cmp/relaxed/unprotected-request/R060", test_unprotected_request);
  g_test_add_func ("/cmp/relaxed/general-info-and-extra-certificates", test_general_info);
  g_test_add_func ("/cmp/relaxed/refuse-for-an-own-reason", test_refuse);

  return g_test_run ();
}
