/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-peer-keys.h"

/* Transactions whose protection stands on key agreement: RFC 9810 §5.1.3.2. */

/* PeerEdit: protects by the key agreement of @data, a protector. */
static void
by_agreement (PeerAnswer *answer,
              gpointer    data)
{
  g_set_object (&answer->protector, data);
  ASN1_OCTET_STRING_free (answer->header->sender_kid);
  answer->header->sender_kid = NULL;
}

static void
test_agreement (gconstpointer data)
{
  Peer peer = { 0 };
  SignetKey *own;
  SignetKey *their_key;
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (SignetCertificate) theirs = NULL;
  g_autoptr (SignetCmpCredentials) their_credentials = NULL;
  g_autoptr (SignetCmpProtector) protector = NULL;
  g_autoptr (GBytes) grant = NULL;
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();
  g_autoptr (GError) error = NULL;
  const ASN1_OCTET_STRING *ski;
  const SignetPkiHeader *header;

  peer_init (&peer);
  own = peer_new_key (&peer, data);
  their_key = peer_new_key (&peer, data);
  certificate = peer_certify (peer.ca, own, "Maria Huber", "keyAgreement", NULL);
  theirs = peer_certify (peer.ca, their_key, "RA", "keyAgreement", PEER_USAGE_RA);
  g_clear_object (&peer.credentials);
  peer.credentials = signet_cmp_credentials_new_dh (own, certificate, NULL, theirs, &error);
  their_credentials = signet_cmp_credentials_new_dh (their_key, theirs, NULL, certificate, &error);
  g_assert_no_error (error);
  protector = peer_protector (their_credentials);

  peer_begin (&peer, SIGNET_CMP_BODY_CR);
  header = signet_cmp_message_get_header (peer.request);
  ski = X509_get0_subject_key_id (signet_certificate_get_x509 (theirs));
  g_assert_nonnull (header->recip_kid);
  g_assert_cmpint (ASN1_OCTET_STRING_cmp (header->recip_kid, ski), ==, 0);
  g_assert_cmpint (X509_NAME_cmp (header->recipient->d.directoryName, X509_get_subject_name (signet_certificate_get_x509 (theirs))), ==,
                   0);
  g_assert_true (signet_cmp_protector_verify_mac (protector, peer.request, &error));
  g_assert_no_error (error);
  grant = peer_grant (&peer);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_CP, grant, by_agreement, protector), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_PKICONF, pkiconf, by_agreement, protector), ==, SIGNET_CMP_STEP_DONE);
  peer_clear (&peer);
}

static void
test_revocation_by_agreement (void)
{
  Peer peer = { 0 };
  SignetKey *own;
  SignetKey *their_key;
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (SignetCertificate) theirs = NULL;
  g_autoptr (SignetCmpCredentials) their_credentials = NULL;
  g_autoptr (SignetCmpProtector) protector = NULL;
  g_autoptr (GBytes) accepted = g_bytes_new_static (PEER_RP_ACCEPTED, sizeof PEER_RP_ACCEPTED - 1);
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  own = peer_new_key (&peer, "x25519");
  their_key = peer_new_key (&peer, "x25519");
  certificate = peer_certify (peer.ca, own, "Maria Huber", "keyAgreement", NULL);
  theirs = peer_certify (peer.ca, their_key, "RA", "keyAgreement", PEER_USAGE_RA);
  g_clear_object (&peer.credentials);
  peer.credentials = signet_cmp_credentials_new_dh (own, certificate, NULL, theirs, &error);
  their_credentials = signet_cmp_credentials_new_dh (their_key, theirs, NULL, certificate, &error);
  g_assert_no_error (error);
  protector = peer_protector (their_credentials);
  peer_begin_revocation (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_RR);
  g_assert_true (signet_cmp_protector_verify_mac (protector, peer.request, &error));
  g_assert_no_error (error);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_RP, accepted, by_agreement, protector), ==, SIGNET_CMP_STEP_DONE);
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/cmp/dh-flow/x25519/names-the-recipients-key/R020,R095", "x25519", test_agreement);
  g_test_add_data_func ("/cmp/dh-flow/p-256/names-the-recipients-key/R020,R095", "ec:P-256", test_agreement);
  g_test_add_func ("/cmp/dh-flow/revocation/R232", test_revocation_by_agreement);

  return g_test_run ();
}
