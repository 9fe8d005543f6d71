/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-peer-keys.h"

#include "cmp/cmp-revocation.h"
#include "common/extension.h"

SignetCertificate *
peer_certify (SignetDemoCa *ca,
              SignetKey    *key,
              const char   *name,
              const char   *usage,
              const char   *extended)
{
  g_autoptr (X509) x509 = X509_new ();
  X509_NAME *subject = X509_get_subject_name (x509);

  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 77);
  X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_UTF8, (const guchar *) name, -1, -1, 0);
  X509_set_issuer_name (x509, X509_get_subject_name (ca->issuer));
  X509_gmtime_adj (X509_getm_notBefore (x509), -3600);
  X509_gmtime_adj (X509_getm_notAfter (x509), 24 * 3600);
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  add_extension (x509, ca->issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension (x509, ca->issuer, NID_key_usage, usage);
  add_extension (x509, ca->issuer, NID_subject_key_identifier, "hash");
  add_extension (x509, ca->issuer, NID_authority_key_identifier, "keyid");
  if (extended != NULL)
    add_extension (x509, ca->issuer, NID_ext_key_usage, extended);
  g_assert_cmpint (X509_sign (x509, ca->issuer_key, EVP_sha256 ()), >, 0);

  return signet_certificate_new_for_x509 (x509);
}

SignetCmpProtector *
peer_protector (SignetCmpCredentials *credentials)
{
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (GError) error = NULL;
  SignetCmpProtector *protector = signet_cmp_protector_new (credentials, authority, &error);

  g_assert_no_error (error);
  return protector;
}

void
peer_begin_revocation (Peer *peer)
{
  g_autoptr (GPtrArray) revocations = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_revocation_free);
  g_autoptr (GBytes) content = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (revocations, signet_cmp_revocation_new (signet_cmp_credentials_get_certificate (peer->credentials),
                                                           SIGNET_CMP_REASON_SUPERSEDED));
  content = signet_cmp_revocation_encode (revocations, &error);
  operation = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_RR, content, &error);
  g_assert_no_error (error);
  g_clear_object (&peer->transaction);
  peer->transaction = signet_cmp_transaction_new (operation, peer->authority, peer->credentials, &error);
  g_assert_no_error (error);
  peer_take (peer);
}
