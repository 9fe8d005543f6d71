/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "demo/demo-reply.h"

#include <string.h>

#include "cmp/cmp-der.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-random.h"

#define NONCE_OCTETS 16
#define ITERATIONS 1000

static SignetCmpProtector *
make_protector (SignetDemoCa  *ca,
                const char    *reference,
                GBytes        *secret,
                GError       **error)
{
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetCmpCredentials) credentials = NULL;

  if (reference != NULL && secret != NULL)
    {
      g_autoptr (SignetSecret) kept = signet_secret_new (g_bytes_get_data (secret, NULL), g_bytes_get_size (secret));

      credentials = signet_cmp_credentials_new_mac (reference, kept);
      signet_cmp_authority_set_mac (authority, SIGNET_CMP_MAC_PASSWORD_BASED);
      signet_cmp_authority_set_mac_parameters (authority, "SHA256", ITERATIONS);
    }
  else
    {
      g_autoptr (SignetKey) key = signet_key_new_for_pkey (ca->issuer_key);
      g_autoptr (SignetCertificate) certificate = signet_certificate_new_for_x509 (ca->issuer);

      credentials = signet_cmp_credentials_new_signature (key, certificate, NULL, error);
      if (credentials == NULL)
        return NULL;
    }

  return signet_cmp_protector_new (credentials, authority, error);
}

static GBytes *
finish (SignetCmpMessageBuilder  *builder,
        SignetDemoCa             *ca,
        const char               *reference,
        GBytes                   *secret,
        GPtrArray                *extra_certs,
        GError                  **error)
{
  g_autoptr (SignetCmpProtector) protector = make_protector (ca, reference, secret, error);
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) protection = NULL;
  g_autoptr (SignetCmpMessage) message = NULL;

  if (protector == NULL
      || !signet_cmp_message_builder_set_protection_alg (builder, signet_cmp_protector_get_algorithm (protector), error))
    return NULL;
  part = signet_cmp_message_builder_get_protected_part (builder, error);
  protection = part != NULL ? signet_cmp_protector_protect (protector, part, error) : NULL;
  message = protection != NULL ? signet_cmp_message_builder_finish (builder, protection, extra_certs, error) : NULL;

  return message != NULL ? g_bytes_ref (signet_cmp_message_get_der (message)) : NULL;
}

/* RFC 9810 §5.1.1: under a MAC senderKID names the secret, else the key. */
static void
set_sender (SignetCmpMessageBuilder *builder,
            SignetDemoCa            *ca,
            const char              *reference)
{
  const ASN1_OCTET_STRING *id = X509_get0_subject_key_id (ca->issuer);
  g_autoptr (GBytes) kid = NULL;

  if (reference != NULL)
    kid = g_bytes_new (reference, strlen (reference));
  else
    kid = g_bytes_new (ASN1_STRING_get0_data (id), (gsize) ASN1_STRING_length (id));
  signet_cmp_message_builder_set_sender (builder, X509_get_subject_name (ca->issuer));
  signet_cmp_message_builder_set_sender_kid (builder, kid);
}

static GBytes *
error_content (const OSSL_CMP_PKISI *status)
{
  unsigned char *der = NULL;
  int length = i2d_OSSL_CMP_PKISI (status, &der);
  GByteArray *content = g_byte_array_new ();

  if (length > 0)
    signet_der_append (content, V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE, der, (gsize) length);
  OPENSSL_free (der);

  return g_byte_array_free_to_bytes (content);
}

static GBytes *
reply (SignetDemoCa       *ca,
       const char         *reference,
       GBytes             *secret,
       SignetCmpMessage   *request,
       SignetCmpBodyType   type,
       GBytes             *content,
       GError            **error)
{
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, type, content);
  g_autoptr (GBytes) nonce = signet_cmp_random_bytes (NONCE_OCTETS, error);
  g_autoptr (GPtrArray) signers = NULL;

  if (nonce == NULL)
    return NULL;
  set_sender (builder, ca, reference);
  signet_cmp_message_builder_set_recipient_name (builder, signet_cmp_message_get_sender (request));
  signet_cmp_message_builder_set_time (builder, g_get_real_time () / G_USEC_PER_SEC);
  signet_cmp_message_builder_set_transaction_id (builder, signet_cmp_message_get_transaction_id (request));
  signet_cmp_message_builder_set_sender_nonce (builder, nonce);
  if (signet_cmp_message_get_sender_nonce (request) != NULL)
    signet_cmp_message_builder_set_recip_nonce (builder, signet_cmp_message_get_sender_nonce (request));
  if (reference == NULL)
    {
      signers = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (signers, signet_certificate_new_for_x509 (ca->issuer));
    }

  return finish (builder, ca, reference, secret, signers, error);
}

GBytes *
signet_demo_reply_error (SignetDemoCa          *ca,
                         const char            *reference,
                         GBytes                *secret,
                         SignetCmpMessage      *request,
                         const OSSL_CMP_PKISI  *status,
                         GError               **error)
{
  g_autoptr (GBytes) content = error_content (status);

  return reply (ca, reference, secret, request, SIGNET_CMP_BODY_ERROR, content, error);
}

GBytes *
signet_demo_reply_general (SignetDemoCa       *ca,
                           const char         *reference,
                           GBytes             *secret,
                           SignetCmpMessage   *request,
                           GBytes             *content,
                           GError            **error)
{
  return reply (ca, reference, secret, request, SIGNET_CMP_BODY_GENP, content, error);
}

GBytes *
signet_demo_reply_add_confirm_wait_time (SignetDemoCa  *ca,
                                         const char    *reference,
                                         GBytes        *secret,
                                         GBytes        *answer,
                                         gint64         seconds,
                                         GError       **error)
{
  g_autoptr (SignetCmpMessage) message = signet_cmp_message_parse (answer, error);
  g_autoptr (SignetCmpMessageBuilder) builder = NULL;
  gint64 time;

  if (message == NULL)
    return NULL;
  builder = signet_cmp_message_builder_new (signet_cmp_message_get_pvno (message), signet_cmp_message_get_body_type (message),
                                            signet_cmp_message_get_body_content (message));
  set_sender (builder, ca, reference);
  signet_cmp_message_builder_set_recipient_name (builder, signet_cmp_message_get_recipient (message));
  if (signet_cmp_message_get_time (message, &time))
    signet_cmp_message_builder_set_time (builder, time);
  signet_cmp_message_builder_set_transaction_id (builder, signet_cmp_message_get_transaction_id (message));
  signet_cmp_message_builder_set_sender_nonce (builder, signet_cmp_message_get_sender_nonce (message));
  signet_cmp_message_builder_set_recip_nonce (builder, signet_cmp_message_get_recip_nonce (message));
  signet_cmp_message_builder_add_confirm_wait_time (builder, seconds);

  return finish (builder, ca, reference, secret, signet_cmp_message_get_extra_certs (message), error);
}
