/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "../cmp/cmp-made.h"
#include "cmp/cmp-announcement.h"
#include "cmp/cmp-mac.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-signature.h"
#include "cmp/cmp-trust.h"
#include "fuzz.h"

/* Protection by whoever wrote the octets: a message, or the AlgorithmIdentifier alone. Nothing here verifies, since nobody else has the
 * secret or a trusted key; what costs time is bounded by the settings. */

#define ITERATION_LIMIT 2000

static SignetSecret *secret;
static SignetKey *key;
static SignetCmpAuthority *authority;
static SignetCmpCredentials *credentials;

static void
set_up (void)
{
  static gsize done;
  g_autoptr (SignetCertificate) root = NULL;
  MadeCertificate what = { .subject = "CN=Root" };

  if (!g_once_init_enter (&done))
    return;
  what.key = made_key ();
  root = made_certificate (&what);
  key = signet_key_new_for_pkey (what.key);
  EVP_PKEY_free (what.key);
  secret = signet_secret_new ("a secret that no input knows", 28);
  credentials = signet_cmp_credentials_new_mac ("4711", secret);
  authority = signet_cmp_authority_new ();
  signet_cmp_authority_add_anchor (authority, root);
  signet_cmp_authority_set_mac_parameters (authority, "SHA256", 1000);
  signet_cmp_authority_set_mac_iteration_limit (authority, ITERATION_LIMIT);
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_SHA1);
  g_once_init_leave (&done, 1);
}

static void
use_mac (SignetCmpMacKey *mac,
         const GError    *error,
         GBytes          *octets)
{
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GError) local_error = NULL;

  if (mac == NULL)
    {
      g_assert_true (error != NULL && g_utf8_validate (error->message, -1, NULL));
      return;
    }
  value = signet_cmp_mac_compute (mac, octets, &local_error);
  g_assert_true (value != NULL || local_error != NULL);
}

static void
use_algorithm (const X509_ALGOR *algorithm,
               GBytes           *octets)
{
  g_autofree char *name = signet_cmp_algorithm_name (algorithm);
  g_autoptr (SignetCmpMacKey) under_secret = NULL;
  g_autoptr (SignetCmpMacKey) agreed = NULL;
  g_autoptr (SignetCmpMacKey) encapsulated = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_utf8_validate (name, -1, NULL));
  under_secret = signet_cmp_mac_key_new (algorithm, secret, ITERATION_LIMIT, SIGNET_CMP_RELAX_SHA1, &error);
  use_mac (under_secret, error, octets);
  g_clear_error (&error);
  agreed = signet_cmp_mac_key_new_dh (algorithm, key, signet_key_get_pkey (key), SIGNET_CMP_RELAX_SHA1, &error);
  use_mac (agreed, error, octets);
  g_clear_error (&error);
  encapsulated = signet_cmp_mac_key_new_kem (algorithm, secret, octets, SIGNET_CMP_RELAX_SHA1, &error);
  use_mac (encapsulated, error, octets);
}

static void
announce (SignetCmpMessage *message)
{
  SignetCmpAnnouncementContext context = { .authority = authority, .credentials = credentials, .now = MADE_NOW };
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpAnnouncement) announcement = signet_cmp_announcement_check (message, &context, &error);
  g_autofree char *words = NULL;

  if (announcement == NULL)
    {
      g_assert_true (error != NULL && g_utf8_validate (error->message, -1, NULL));
      return;
    }
  g_assert_false (announcement->authentic || announcement->usable);
  words = signet_cmp_announcement_explain (announcement);
  g_assert_true (g_utf8_validate (words, -1, NULL));
}

static void
verify (SignetCmpMessage *message)
{
  GPtrArray *certificates = signet_cmp_message_get_extra_certs (message);
  g_autoptr (SignetCmpProtector) protector = signet_cmp_protector_new (credentials, authority, NULL);
  g_autoptr (SignetCertificate) signer = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (signet_cmp_protector_verify_mac (protector, message, &error));
  g_assert_true (error != NULL && g_utf8_validate (error->message, -1, NULL));
  g_clear_error (&error);
  signer = signet_cmp_trust_find_signer (authority, message, NULL, NULL, MADE_NOW, &error);
  g_assert_true (signer == NULL && error != NULL && g_utf8_validate (error->message, -1, NULL));
  for (guint i = 0; i < MIN (certificates->len, 4); i++)
    {
      g_autoptr (GError) reason = NULL;

      if (!signet_cmp_verify_signature (message, g_ptr_array_index (certificates, i), SIGNET_CMP_RELAX_SHA1, &reason))
        g_assert_true (reason != NULL && g_utf8_validate (reason->message, -1, NULL));
    }
  announce (message);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GBytes) octets = g_bytes_new (data, size);
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (X509_ALGOR) algorithm = NULL;

  set_up ();
  message = signet_cmp_message_parse (octets, NULL);
  if (message != NULL)
    {
      verify (message);
      if (signet_cmp_message_get_protection_alg (message) != NULL)
        use_algorithm (signet_cmp_message_get_protection_alg (message), octets);
      return 0;
    }
  algorithm = signet_asn1_decode (data, size, ASN1_ITEM_rptr (X509_ALGOR));
  if (algorithm != NULL)
    use_algorithm (algorithm, octets);
  return 0;
}
