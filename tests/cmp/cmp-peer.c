/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp/cmp-peer.h"

#include <openssl/rand.h>
#include <string.h>

#include "cmp/cmp-der.h"
#include "pki/pki-name.h"

static SignetDemoCa *
make_ca (void)
{
  g_autofree char *folder = g_dir_make_tmp ("signet-peer-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);
  g_autoptr (GError) error = NULL;
  SignetDemoCa *ca = signet_demo_ca_open (folder, &error);

  g_assert_no_error (error);
  g_assert_cmpint (system (command), ==, 0);

  return ca;
}

SignetCmpCredentials *
peer_mac_credentials (const char *secret)
{
  g_autoptr (SignetSecret) value = signet_secret_new (secret, strlen (secret));

  return signet_cmp_credentials_new_mac (PEER_REFERENCE, value);
}

void
peer_init (Peer *self)
{
  g_autoptr (SignetCertificate) anchor = NULL;

  self->now = g_get_real_time () / G_USEC_PER_SEC;
  self->ca = make_ca ();
  self->issuer = signet_certificate_new_for_x509 (self->ca->issuer);
  self->stranger = make_ca ();
  self->key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  self->keys = g_ptr_array_new_with_free_func (g_object_unref);
  self->authority = signet_cmp_authority_new ();
  signet_cmp_authority_set_mac_parameters (self->authority, "SHA256", 1000);
  anchor = signet_certificate_new_for_x509 (self->ca->root);
  signet_cmp_authority_add_anchor (self->authority, anchor);
  self->credentials = peer_mac_credentials (PEER_SECRET);
}

void
peer_clear (Peer *self)
{
  g_clear_object (&self->transaction);
  g_clear_object (&self->request);
  g_clear_object (&self->credentials);
  g_clear_object (&self->authority);
  g_clear_object (&self->issuer);
  g_clear_object (&self->key);
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  signet_demo_ca_free (self->ca);
  signet_demo_ca_free (self->stranger);
}

static SignetKey *
resolve (const char  *id,
         gpointer     user_data,
         GError     **error)
{
  Peer *self = user_data;

  if (g_str_equal (signet_key_get_id (self->key), id))
    return g_object_ref (self->key);
  for (guint i = 0; i < self->keys->len; i++)
    if (g_str_equal (signet_key_get_id (g_ptr_array_index (self->keys, i)), id))
      return g_object_ref (g_ptr_array_index (self->keys, i));
  g_assert_not_reached ();
}

void
peer_restart (Peer *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (SignetSecret) sealed_part = NULL;
  g_autoptr (SignetSecret) sealed_again = NULL;

  g_assert_true (signet_cmp_transaction_save (self->transaction, &public_part, &sealed_part, &error));
  g_assert_no_error (error);
  g_clear_object (&self->transaction);
  self->transaction = signet_cmp_transaction_restore (public_part, sealed_part, self->authority, self->credentials, resolve,
                                                      self, &error);
  g_assert_no_error (error);
  g_assert_true (signet_cmp_transaction_save (self->transaction, &again, &sealed_again, &error));
  g_assert_true (g_bytes_equal (public_part, again));
  g_assert_cmpint (sealed_part != NULL, ==, sealed_again != NULL);
  g_assert_true (sealed_part == NULL || signet_secret_equal (sealed_part, sealed_again));
}

SignetKey *
peer_new_key (Peer       *self,
              const char *spec)
{
  g_autoptr (GError) error = NULL;
  SignetKey *key = signet_key_generate (spec, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  g_ptr_array_add (self->keys, key);

  return key;
}

SignetCertificate *
peer_use_signature (Peer *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509) x509 = peer_issue (self->ca, self->key);
  g_autoptr (SignetCertificate) certificate = signet_certificate_new_for_x509 (x509);

  g_clear_object (&self->credentials);
  self->credentials = signet_cmp_credentials_new_signature (self->key, certificate, NULL, &error);
  g_assert_no_error (error);

  return signet_cmp_credentials_get_certificate (self->credentials);
}

void
peer_take (Peer *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) again = NULL;

  peer_restart (self);
  out = signet_cmp_transaction_next (self->transaction, self->now, &error);
  g_assert_no_error (error);
  peer_restart (self);
  again = signet_cmp_transaction_next (self->transaction, self->now + 1, &error);
  g_assert_true (g_bytes_equal (out, again));
  g_clear_object (&self->request);
  self->request = signet_cmp_message_parse (out, &error);
  g_assert_no_error (error);
}

void
peer_cannot_send (Peer               *self,
                  SignetCmpOperation *operation,
                  SignetCmpError      code,
                  const char         *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;

  g_clear_object (&self->transaction);
  self->transaction = signet_cmp_transaction_new (operation, self->authority, self->credentials, &error);
  g_assert_no_error (error);
  out = signet_cmp_transaction_next (self->transaction, self->now, &error);
  g_assert_null (out);
  g_assert_error (error, SIGNET_CMP_ERROR, (int) code);
  if (words != NULL && strstr (error->message, words) == NULL)
    g_error ("“%s” lacks “%s”", error->message, words);
}

void
peer_begin_operation (Peer               *self,
                      SignetCmpOperation *operation)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->transaction);
  self->transaction = signet_cmp_transaction_new (operation, self->authority, self->credentials, &error);
  g_assert_no_error (error);
  peer_take (self);
}

void
peer_begin (Peer              *self,
            SignetCmpBodyType  type)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (type, self->key, subject);

  peer_begin_operation (self, operation);
}

X509 *
peer_issue (SignetDemoCa *ca,
            SignetKey    *key)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  X509 *x509 = X509_new ();

  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 4711);
  X509_gmtime_adj (X509_getm_notBefore (x509), -60);
  X509_gmtime_adj (X509_getm_notAfter (x509), 3600);
  X509_set_subject_name (x509, subject);
  X509_set_issuer_name (x509, X509_get_subject_name (ca->issuer));
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  g_assert_cmpint (X509_sign (x509, ca->issuer_key, EVP_sha256 ()), >, 0);

  return x509;
}

static ASN1_TYPE *
certificate_to_any (X509 *certificate)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (certificate, &der);
  const unsigned char *at = der;
  ASN1_TYPE *any = d2i_ASN1_TYPE (NULL, &at, length);

  OPENSSL_free (der);

  return any;
}

SignetCertResponse *
peer_response (X509 *certificate)
{
  SignetCertResponse *response = SignetCertResponse_new ();

  ASN1_INTEGER_set (response->cert_req_id, 0);
  ASN1_INTEGER_set (response->status->status, 0);
  if (certificate != NULL)
    {
      response->certified_key_pair = SignetCertifiedKeyPair_new ();
      response->certified_key_pair->cert_or_enc_cert->type = 0;
      response->certified_key_pair->cert_or_enc_cert->value.certificate = certificate_to_any (certificate);
    }

  return response;
}

SignetCertResponse *
peer_response_for (gint64  id,
                   int     status,
                   X509   *certificate)
{
  SignetCertResponse *response = peer_response (certificate);

  ASN1_INTEGER_set_int64 (response->cert_req_id, id);
  ASN1_INTEGER_set (response->status->status, status);

  return response;
}

GBytes *
peer_poll_rep (const gint64 *ids,
               const gint64 *check_after,
               guint         n)
{
  SignetPollRepContent *content = sk_SignetPollRep_new_null ();
  GBytes *der;

  for (guint i = 0; i < n; i++)
    {
      SignetPollRep *rep = SignetPollRep_new ();
      ASN1_UTF8STRING *reason = ASN1_UTF8STRING_new ();

      ASN1_INTEGER_set_int64 (rep->cert_req_id, ids[i]);
      ASN1_INTEGER_set_int64 (rep->check_after, check_after[i]);
      ASN1_STRING_set (reason, "not yet", -1);
      rep->reason = sk_ASN1_UTF8STRING_new_null ();
      sk_ASN1_UTF8STRING_push (rep->reason, reason);
      sk_SignetPollRep_push (content, rep);
    }
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetPollRepContent));
  sk_SignetPollRep_pop_free (content, SignetPollRep_free);

  return der;
}

GBytes *
peer_error (int     status,
            guint32 fail_info)
{
  SignetErrorMsgContent *content = SignetErrorMsgContent_new ();
  GBytes *der;

  ASN1_INTEGER_set (content->status_info->status, status);
  for (int bit = 0; bit < 27; bit++)
    if ((fail_info & 1u << bit) != 0)
      {
        if (content->status_info->fail_info == NULL)
          content->status_info->fail_info = ASN1_BIT_STRING_new ();
        ASN1_BIT_STRING_set_bit (content->status_info->fail_info, bit, 1);
      }
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetErrorMsgContent));
  SignetErrorMsgContent_free (content);

  return der;
}

GBytes *
peer_cert_rep (SignetCertResponse *response,
               X509 *const        *ca_pubs)
{
  SignetCertRepMessage *rep = SignetCertRepMessage_new ();
  GBytes *content;

  if (rep->response == NULL)
    rep->response = sk_SignetCertResponse_new_null ();
  sk_SignetCertResponse_push (rep->response, response);
  for (guint i = 0; ca_pubs != NULL && ca_pubs[i] != NULL; i++)
    {
      if (rep->ca_pubs == NULL)
        rep->ca_pubs = sk_ASN1_TYPE_new_null ();
      sk_ASN1_TYPE_push (rep->ca_pubs, certificate_to_any (ca_pubs[i]));
    }
  content = signet_asn1_encode (rep, ASN1_ITEM_rptr (SignetCertRepMessage));
  SignetCertRepMessage_free (rep);

  return content;
}

void
peer_cert_rep_add (GBytes             **content,
                   SignetCertResponse  *response)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (*content, &size);
  SignetCertRepMessage *rep = signet_asn1_decode (data, size, ASN1_ITEM_rptr (SignetCertRepMessage));

  g_assert_nonnull (rep);
  sk_SignetCertResponse_push (rep->response, response);
  g_bytes_unref (*content);
  *content = signet_asn1_encode (rep, ASN1_ITEM_rptr (SignetCertRepMessage));
  SignetCertRepMessage_free (rep);
}

GBytes *
peer_grant (Peer *self)
{
  g_autoptr (X509) certificate = peer_issue (self->ca, self->key);

  return peer_cert_rep (peer_response (certificate), NULL);
}

void
peer_answer_sign_as (PeerAnswer           *answer,
                     SignetCmpCredentials *credentials)
{
  g_autoptr (GError) error = NULL;
  SignetCertificate *own = signet_cmp_credentials_get_certificate (credentials);
  X509 *x509 = signet_certificate_get_x509 (own);
  const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id (x509);

  g_clear_object (&answer->protector);
  answer->protector = signet_cmp_protector_new (credentials, answer->peer->authority, &error);
  g_assert_no_error (error);
  ASN1_OCTET_STRING_free (answer->header->sender_kid);
  answer->header->sender_kid = ski != NULL ? ASN1_OCTET_STRING_dup (ski) : NULL;
  X509_NAME_free (answer->header->sender->d.directoryName);
  answer->header->sender->d.directoryName = X509_NAME_dup (X509_get_subject_name (x509));
  g_ptr_array_insert (answer->extra_certs, 0, g_object_ref (own));
}

SignetCmpCredentials *
peer_signer (EVP_PKEY *key,
             X509     *certificate)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetKey) signer = signet_key_new_for_pkey (key);
  g_autoptr (SignetCertificate) own = signet_certificate_new_for_x509 (certificate);
  SignetCmpCredentials *credentials = signet_cmp_credentials_new_signature (signer, own, NULL, &error);

  g_assert_no_error (error);

  return credentials;
}

void
peer_answer_sign (PeerAnswer *answer,
                  EVP_PKEY   *key,
                  X509       *certificate)
{
  g_autoptr (SignetCmpCredentials) credentials = peer_signer (key, certificate);

  peer_answer_sign_as (answer, credentials);
}

static void
set_octets (ASN1_OCTET_STRING **field,
            const void         *data,
            gsize               size)
{
  *field = ASN1_OCTET_STRING_new ();
  ASN1_OCTET_STRING_set (*field, data, (int) size);
}

static void
set_bytes (ASN1_OCTET_STRING **field,
           GBytes             *bytes)
{
  set_octets (field, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static SignetPkiHeader *
make_header (Peer *self)
{
  SignetPkiHeader *header = SignetPkiHeader_new ();
  GENERAL_NAME **names[] = { &header->sender, &header->recipient };
  guint8 nonce[16];

  g_assert_cmpint (RAND_bytes (nonce, sizeof nonce), ==, 1);
  ASN1_INTEGER_set (header->pvno, 2);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GENERAL_NAME_free (*names[i]);
      *names[i] = GENERAL_NAME_new ();
      GENERAL_NAME_set0_value (*names[i], GEN_DIRNAME, X509_NAME_new ());
    }
  set_octets (&header->sender_kid, PEER_REFERENCE, strlen (PEER_REFERENCE));
  set_bytes (&header->transaction_id, signet_cmp_message_get_transaction_id (self->request));
  set_bytes (&header->recip_nonce, signet_cmp_message_get_sender_nonce (self->request));
  set_octets (&header->sender_nonce, nonce, sizeof nonce);

  return header;
}

static void
append (GByteArray *array,
        GBytes     *bytes)
{
  g_byte_array_append (array, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
}

/* SEQUENCE { header, [type] content } */
static GBytes *
encode_part (const SignetPkiHeader *header,
             SignetCmpBodyType      type,
             GBytes                *content)
{
  g_autoptr (GBytes) encoded = signet_asn1_encode (header, ASN1_ITEM_rptr (SignetPkiHeader));
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  GByteArray *outer = g_byte_array_new ();

  append (inner, encoded);
  signet_der_append (inner, (guint8) (0xa0 | type), g_bytes_get_data (content, NULL), g_bytes_get_size (content));
  signet_der_append (outer, 0x30, inner->data, inner->len);

  return g_byte_array_free_to_bytes (outer);
}

static GBytes *
encode_message (GBytes    *part,
                GBytes    *protection,
                GPtrArray *extra_certs)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (part, &size);
  SignetDerValue sequence;
  g_autoptr (GByteArray) inner = g_byte_array_new ();
  g_autoptr (GByteArray) list = g_byte_array_new ();
  g_autoptr (GByteArray) certificates = g_byte_array_new ();
  GByteArray *outer = g_byte_array_new ();

  g_assert_true (signet_der_read (&data, &size, &sequence));
  g_byte_array_append (inner, sequence.contents, (guint) sequence.contents_size);
  if (protection != NULL)
    {
      g_autoptr (GByteArray) bits = g_byte_array_new ();
      g_autoptr (GByteArray) string = g_byte_array_new ();

      g_byte_array_append (string, (const guint8 *) "", 1);
      append (string, protection);
      signet_der_append (bits, 0x03, string->data, string->len);
      signet_der_append (inner, 0xa0, bits->data, bits->len);
    }
  for (guint i = 0; i < extra_certs->len; i++)
    append (list, signet_certificate_get_der (g_ptr_array_index (extra_certs, i)));
  if (extra_certs->len > 0)
    {
      signet_der_append (certificates, 0x30, list->data, list->len);
      signet_der_append (inner, 0xa1, certificates->data, certificates->len);
    }
  signet_der_append (outer, 0x30, inner->data, inner->len);

  return g_byte_array_free_to_bytes (outer);
}

GBytes *
peer_answer (Peer              *self,
             SignetCmpBodyType  type,
             GBytes            *content,
             PeerEdit           edit,
             gpointer           data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetPkiHeader) header = make_header (self);
  g_autoptr (GPtrArray) extra = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (SignetCmpCredentials) credentials = peer_mac_credentials (PEER_SECRET);
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) protection = NULL;
  PeerAnswer answer = { self, header, NULL, extra };

  answer.protector = signet_cmp_protector_new (credentials, self->authority, &error);
  g_assert_no_error (error);
  g_ptr_array_add (extra, g_object_ref (self->issuer));
  if (edit != NULL)
    edit (&answer, data);
  if (answer.protector != NULL)
    {
      GBytes *algorithm = signet_cmp_protector_get_algorithm (answer.protector);

      header->protection_alg = signet_asn1_decode (g_bytes_get_data (algorithm, NULL), g_bytes_get_size (algorithm),
                                                   ASN1_ITEM_rptr (X509_ALGOR));
    }
  part = encode_part (header, type, content);
  protection = answer.protector != NULL ? signet_cmp_protector_protect (answer.protector, part, &error) : NULL;
  g_assert_no_error (error);
  g_clear_object (&answer.protector);

  return encode_message (part, protection, extra);
}

SignetCmpStep
peer_receive (Peer              *self,
              SignetCmpBodyType  type,
              GBytes            *content,
              PeerEdit           edit,
              gpointer           data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) answer = peer_answer (self, type, content, edit, data);
  SignetCmpStep step = SIGNET_CMP_STEP_FAILED;

  peer_restart (self);
  if (!signet_cmp_transaction_receive (self->transaction, answer, self->now, &step, &error))
    g_error ("%s", error->message);
  if (step == SIGNET_CMP_STEP_FAILED)
    g_test_message ("failed: %s", signet_cmp_transaction_get_failure (self->transaction)->message);

  return step;
}
