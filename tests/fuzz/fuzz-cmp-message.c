/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "fuzz.h"

/* What the other end chooses freely goes through here: any octets must give either a message whose every reader works,
 * or an error in words. */

static void
read_typed (SignetCmpMessage *message)
{
  g_autoptr (GPtrArray) responses = NULL;
  g_autoptr (GPtrArray) ca_pubs = NULL;
  g_autoptr (GPtrArray) polls = NULL;
  g_autoptr (SignetCmpStatusInfo) status = NULL;
  g_autofree char *words = NULL;

  switch ((int) signet_cmp_message_get_body_type (message))
    {
    case SIGNET_CMP_BODY_IP:
    case SIGNET_CMP_BODY_CP:
    case SIGNET_CMP_BODY_KUP:
    case SIGNET_CMP_BODY_CCP:
      if (signet_cmp_message_get_cert_rep (message, &responses, &ca_pubs, NULL))
        g_assert_true (responses != NULL && ca_pubs != NULL);
      break;
    case SIGNET_CMP_BODY_POLLREP:
      polls = signet_cmp_message_get_poll_reps (message, NULL);
      break;
    case SIGNET_CMP_BODY_ERROR:
      status = signet_cmp_message_get_error_content (message, NULL);
      if (status != NULL)
        words = signet_cmp_status_info_explain (status);
      break;
    default:
      break;
    }
}

static void
read_all (SignetCmpMessage *message)
{
  GPtrArray *certificates = signet_cmp_message_get_extra_certs (message);
  g_autofree char *profile = signet_cmp_message_get_cert_profile (message);
  g_autofree char *text = signet_cmp_message_print (message);
  g_autoptr (GVariant) tree = signet_cmp_message_to_tree (message);
  g_autoptr (GBytes) again = signet_cmp_message_encode_again (message);
  gint64 seconds;

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpuint (strlen (text), <, 2 * 1024 * 1024);
  g_assert_true (g_variant_is_normal_form (tree));
  g_assert_nonnull (again);
  signet_cmp_message_get_time (message, &seconds);
  signet_cmp_message_get_confirm_wait_time (message, &seconds);
  signet_cmp_message_is_mac_protected (message);
  if (certificates->len > 0)
    {
      g_autoptr (GError) error = NULL;

      if (!signet_cmp_verify_signature (message, g_ptr_array_index (certificates, 0), SIGNET_CMP_RELAX_NONE, &error))
        g_assert_true (error != NULL && g_utf8_validate (error->message, -1, NULL));
    }
  read_typed (message);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  g_autoptr (GBytes) der = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (der, &error);

  if (message == NULL)
    {
      g_assert_nonnull (error);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (signet_cmp_message_get_der (message), der));
  read_all (message);
  return 0;
}
