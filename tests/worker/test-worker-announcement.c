/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "worker-peer.h"

/* An announcement that a person opens is checked against each authority they have. */

static GBytes *
announce (WorkerPeer *peer,
          gboolean    protect)
{
  g_autoptr (GBytes) content = worker_peer_get_anchor (peer);
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_CANN, content);
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_for_x509 (peer->anchor);
  g_autoptr (SignetKey) key = signet_key_new_for_pkey (peer->key);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetCmpCredentials) credentials = signet_cmp_credentials_new_signature (key, anchor, NULL, NULL);
  g_autoptr (SignetCmpProtector) protector = signet_cmp_protector_new (credentials, authority, NULL);
  g_autoptr (SignetCmpMessage) message = NULL;
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) bits = NULL;
  g_autoptr (GError) error = NULL;

  signet_cmp_message_builder_set_sender (builder, X509_get_subject_name (peer->anchor));
  if (protect)
    {
      g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (protector), &error));
      part = signet_cmp_message_builder_get_protected_part (builder, &error);
      bits = signet_cmp_protector_protect (protector, part, &error);
    }
  message = signet_cmp_message_builder_finish (builder, bits, NULL, &error);
  g_assert_no_error (error);

  return g_bytes_ref (signet_cmp_message_get_der (message));
}

static void
assert_inspected (WorkerFixture *fixture,
                  GBytes        *message,
                  const char    *beginning,
                  const char    *words)
{
  g_autoptr (GVariant) reply
      = worker_fixture_must (fixture, "InspectMessage",
                             g_variant_new ("(@ay)", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, message, TRUE)), NULL);
  const char *text;

  g_variant_get (reply, "(&sv)", &text, NULL);
  if (!g_str_has_prefix (text, beginning) || strstr (text, words) == NULL)
    g_error ("“%s” and “%s” are not in:\n%s", beginning, words, text);
}

static void
test_inspected (void)
{
  g_autoptr (WorkerPeer) peer = worker_peer_new ();
  g_autoptr (WorkerFixture) fixture = worker_fixture_new (NULL);
  g_autoptr (GBytes) signed_one = announce (peer, TRUE);
  g_autoptr (GBytes) bare = announce (peer, FALSE);

  assert_inspected (fixture, signed_one, "Announcement: not checked, for no authority is known here.", "(cann)");
  worker_fixture_add_authority (fixture, worker_peer_settings (peer), WORKER_PEER_SECRET);
  assert_inspected (fixture, signed_one, "Announcement by “", "who may speak for this authority.");
  assert_inspected (fixture, signed_one, "Announcement by “", "It may be used.");
  assert_inspected (fixture, bare, "Announcement by none of your authorities: ", "It is not protected: anybody may have sent it.");
  assert_inspected (fixture, bare, "Announcement by none of your authorities: ", "It changes nothing.");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/worker/announcement/checked-where-it-is-opened/R376", test_inspected);

  return g_test_run ();
}
