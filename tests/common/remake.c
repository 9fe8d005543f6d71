/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "common/remake.h"

#include <string.h>

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"

/* Who says it: by the certificate that is sent along, or by the reference of a code. */
static void
set_sender (SignetCmpMessageBuilder *builder,
            SignetCertificate       *shown,
            const char              *reference)
{
  g_autoptr (GBytes) kid = NULL;

  if (shown != NULL)
    {
      X509 *x509 = signet_certificate_get_x509 (shown);
      const ASN1_OCTET_STRING *id = X509_get0_subject_key_id (x509);

      signet_cmp_message_builder_set_sender (builder, X509_get_subject_name (x509));
      kid = g_bytes_new (ASN1_STRING_get0_data (id), (gsize) ASN1_STRING_length (id));
    }
  else
    kid = g_bytes_new (reference, strlen (reference));
  signet_cmp_message_builder_set_sender_kid (builder, kid);
}

static SignetCmpMessageBuilder *
start (SignetCmpMessage *message,
       const Remake     *remake)
{
  GBytes *content = remake->content != NULL ? remake->content : signet_cmp_message_get_body_content (message);
  SignetCmpBodyType type = remake->content != NULL ? remake->type : signet_cmp_message_get_body_type (message);
  GBytes *nonce = remake->recip_nonce != NULL ? remake->recip_nonce : signet_cmp_message_get_recip_nonce (message);
  SignetCmpMessageBuilder *builder = signet_cmp_message_builder_new (2, type, content);

  signet_cmp_message_builder_set_recipient_name (builder, signet_cmp_message_get_recipient (message));
  signet_cmp_message_builder_set_time (builder, remake->time);
  signet_cmp_message_builder_set_transaction_id (builder, signet_cmp_message_get_transaction_id (message));
  signet_cmp_message_builder_set_sender_nonce (builder, signet_cmp_message_get_sender_nonce (message));
  if (nonce != NULL)
    signet_cmp_message_builder_set_recip_nonce (builder, nonce);
  if (remake->implicit_confirm)
    signet_cmp_message_builder_add_implicit_confirm (builder);
  if (remake->confirm_until != 0)
    signet_cmp_message_builder_add_confirm_wait_time (builder, remake->confirm_until);

  return builder;
}

GBytes *
remake_message (GBytes       *octets,
                const Remake *remake)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (octets, &error);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  SignetCertificate *own = signet_cmp_credentials_get_certificate (remake->credentials);
  SignetCertificate *shown = remake->shown != NULL ? remake->shown : own;
  g_autoptr (GPtrArray) signers = g_ptr_array_new ();
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  g_autoptr (SignetCmpProtector) protector = NULL;
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) protection = NULL;
  g_autoptr (SignetCmpMessage) made = NULL;

  g_assert_no_error (error);
  signet_cmp_authority_set_mac (authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_mac_parameters (authority, "SHA256", remake->iterations != 0 ? remake->iterations : 1000);
  protector = signet_cmp_protector_new (remake->credentials, authority, &error);
  g_assert_no_error (error);
  if (shown != NULL)
    g_ptr_array_add (signers, shown);
  builder = start (message, remake);
  set_sender (builder, shown, signet_cmp_credentials_get_reference (remake->credentials));
  g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (protector), &error));
  part = signet_cmp_message_builder_get_protected_part (builder, &error);
  protection = signet_cmp_protector_protect (protector, part, &error);
  made = signet_cmp_message_builder_finish (builder, protection,
                                            shown != NULL ? signers : signet_cmp_message_get_extra_certs (message), &error);
  g_assert_no_error (error);

  return g_bytes_ref (signet_cmp_message_get_der (made));
}
