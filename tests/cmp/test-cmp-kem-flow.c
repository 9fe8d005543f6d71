/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-peer.h"
#include "cmp/cmp-genm-item.h"
#include "cmp/cmp-revocation.h"

/* Transactions whose protection stands on a KEM or on key agreement: RFC 9810 App. E and §5.1.3.2. Each step is taken by a transaction
 * that was saved and restored (cmp-peer.h). */

#define CMC_RA "1.3.6.1.5.5.7.3.28"
#define OID_KEM_CIPHERTEXT_INFO "1.3.6.1.5.5.7.4.24"
#define WRONG_INTEGRITY (1u << 12)

static void
add_extension (X509       *x509,
               X509       *issuer,
               int         nid,
               const char *value)
{
  X509V3_CTX context;
  X509_EXTENSION *extension;

  X509V3_set_ctx (&context, issuer, x509, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  g_assert_nonnull (extension);
  X509_add_ext (x509, extension, -1);
  X509_EXTENSION_free (extension);
}

/* A certificate of @ca for "CN=@name". @extended: (nullable): extended key usage */
static SignetCertificate *
certify (SignetDemoCa *ca,
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

static SignetCmpProtector *
new_protector (SignetCmpCredentials *credentials)
{
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (GError) error = NULL;
  SignetCmpProtector *protector = signet_cmp_protector_new (credentials, authority, &error);

  g_assert_no_error (error);
  return protector;
}

/* The authority with a KEM key of its own. */
typedef struct {
  Peer peer;
  SignetKey *key;
  SignetCertificate *certificate;
  SignetCmpProtector *protector;
} Server;

static void
server_init (Server     *self,
             const char *spec)
{
  g_autoptr (SignetCmpCredentials) credentials = NULL;
  g_autoptr (GError) error = NULL;

  peer_init (&self->peer);
  self->key = peer_new_key (&self->peer, spec);
  self->certificate = certify (self->peer.ca, self->key, "RA", "keyEncipherment", CMC_RA);
  credentials = signet_cmp_credentials_new_kem (self->key, self->certificate, NULL, &error);
  g_assert_no_error (error);
  self->protector = new_protector (credentials);
}

/* Our side has the certificate of the server's key, and whose it is. */
static void
server_make_known (Server *self)
{
  g_autoptr (SignetCertificate) issuer = signet_certificate_new_for_x509 (self->peer.ca->issuer);

  signet_cmp_authority_add_intermediate (self->peer.authority, issuer);
  signet_cmp_authority_set_kem_certificate (self->peer.authority, self->certificate);
}

static void
server_clear (Server *self)
{
  g_clear_object (&self->certificate);
  g_clear_object (&self->protector);
  peer_clear (&self->peer);
}

static GBytes *
header_ciphertext (SignetCmpMessage *message)
{
  const SignetPkiHeader *header = signet_cmp_message_get_header (message);

  for (int i = 0; i < sk_SignetTypeAndValue_num (header->general_info); i++)
    {
      const SignetTypeAndValue *info = sk_SignetTypeAndValue_value (header->general_info, i);
      char oid[64];

      OBJ_obj2txt (oid, sizeof oid, info->type, 1);
      if (g_str_equal (oid, OID_KEM_CIPHERTEXT_INFO))
        return signet_asn1_encode (info->value, ASN1_ITEM_rptr (ASN1_ANY));
    }

  return NULL;
}

/* What the server does with the ciphertext in the request. */
static void
server_take_ciphertext (Server *self)
{
  g_autoptr (GBytes) info = header_ciphertext (self->peer.request);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (info);
  g_assert_nonnull (signet_cmp_message_get_transaction_id (self->peer.request));
  g_assert_true (signet_cmp_protector_take_ciphertext (self->protector, info, signet_cmp_message_get_transaction_id (self->peer.request),
                                                       &error));
  g_assert_no_error (error);
}

/* PeerEdit: protects by the server's KEM key. */
static void
by_kem (PeerAnswer *answer,
        gpointer    data)
{
  Server *server = data;

  g_set_object (&answer->protector, server->protector);
  ASN1_OCTET_STRING_free (answer->header->sender_kid);
  answer->header->sender_kid = NULL;
}

static void
unprotected (PeerAnswer *answer,
             gpointer    data G_GNUC_UNUSED)
{
  g_clear_object (&answer->protector);
}

/* PeerEdit: no protection, and the certificate of the KEM key. @data: SignetCertificate */
static void
with_kem_certificate (PeerAnswer *answer,
                      gpointer    data)
{
  g_clear_object (&answer->protector);
  g_ptr_array_add (answer->extra_certs, g_object_ref (data));
}

static void
finish (Server *server)
{
  g_autoptr (GBytes) grant = peer_grant (&server->peer);
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();

  g_assert_cmpint (peer_receive (&server->peer, SIGNET_CMP_BODY_IP, grant, by_kem, server), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&server->peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (server->peer.request), ==, SIGNET_CMP_BODY_CERTCONF);
  g_assert_null (header_ciphertext (server->peer.request));
  g_assert_cmpint (peer_receive (&server->peer, SIGNET_CMP_BODY_PKICONF, pkiconf, by_kem, server), ==, SIGNET_CMP_STEP_DONE);
}

static gboolean
skip_without (const char *spec)
{
  if (signet_key_spec_check (spec, NULL))
    return FALSE;
  g_test_skip_printf ("this libcrypto has no %s", spec);
  return TRUE;
}

/* Fig. 4: the authority's key is known. The request goes out under the secret with a ciphertext, and all answers stand on that. */
static void
test_known_key (gconstpointer data)
{
  Server server = { 0 };
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;

  if (skip_without (data))
    return;
  server_init (&server, data);
  server_make_known (&server);
  peer_begin (&server.peer, SIGNET_CMP_BODY_IR);
  g_assert_nonnull (signet_cmp_message_get_protection (server.peer.request));
  first = header_ciphertext (server.peer.request);
  server_take_ciphertext (&server);
  finish (&server);

  /* The next operation has another. */
  peer_begin (&server.peer, SIGNET_CMP_BODY_IR);
  second = header_ciphertext (server.peer.request);
  g_assert_false (g_bytes_equal (first, second));
  server_clear (&server);
}

/* An answer under the secret of another operation, or of nobody, is refused. */
static void
test_wrong_secret (void)
{
  Server server = { 0 };
  g_autoptr (GBytes) grant = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step;

  server_init (&server, "rsa:2048");
  server_make_known (&server);
  peer_begin (&server.peer, SIGNET_CMP_BODY_IR);
  server_take_ciphertext (&server);
  peer_begin (&server.peer, SIGNET_CMP_BODY_IR);
  grant = peer_grant (&server.peer);
  answer = peer_answer (&server.peer, SIGNET_CMP_BODY_IP, grant, by_kem, &server);
  g_assert_false (signet_cmp_transaction_receive (server.peer.transaction, answer, server.peer.now, &step, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION);
  g_clear_error (&error);

  signet_cmp_authority_set_kem_certificate (server.peer.authority, NULL);
  peer_begin (&server.peer, SIGNET_CMP_BODY_IR);
  g_assert_null (header_ciphertext (server.peer.request));
  g_clear_pointer (&answer, g_bytes_unref);
  answer = peer_answer (&server.peer, SIGNET_CMP_BODY_IP, grant, by_kem, &server);
  g_assert_false (signet_cmp_transaction_receive (server.peer.transaction, answer, server.peer.now, &step, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WRONG_PROTECTION);
  server_clear (&server);
}

/* Fig. 5: an unprotected error brings the certificate; the request is made again, with a ciphertext. */
static void
test_told_key (gconstpointer data)
{
  Server server = { 0 };
  g_autoptr (GBytes) refusal = peer_error (SIGNET_CMP_STATUS_REJECTION, WRONG_INTEGRITY);
  g_autoptr (GBytes) id = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step;

  if (skip_without (data))
    return;
  server_init (&server, data);
  peer_begin (&server.peer, SIGNET_CMP_BODY_IR);
  id = g_bytes_ref (signet_cmp_message_get_transaction_id (server.peer.request));
  g_assert_null (header_ciphertext (server.peer.request));
  g_assert_cmpint (peer_receive (&server.peer, SIGNET_CMP_BODY_ERROR, refusal, with_kem_certificate, server.certificate), ==,
                   SIGNET_CMP_STEP_SEND);
  peer_take (&server.peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (server.peer.request), ==, SIGNET_CMP_BODY_IR);
  g_assert_true (g_bytes_equal (id, signet_cmp_message_get_transaction_id (server.peer.request)));
  server_take_ciphertext (&server);

  /* Once is enough: who repeats the error is quoted. */
  answer = peer_answer (&server.peer, SIGNET_CMP_BODY_ERROR, refusal, with_kem_certificate, server.certificate);
  g_assert_false (signet_cmp_transaction_receive (server.peer.transaction, answer, server.peer.now, &step, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNAUTHENTICATED_ERROR);
  finish (&server);
  server_clear (&server);
}

/* A certificate that is not to be trusted stops it, wherever it comes from, and the transaction stays as it was. */
static void
test_untrusted_key (void)
{
  static const struct {
    gboolean stranger;
    const char *usage;
    const char *extended;
    int code;
  } cases[] = {
    { TRUE, "keyEncipherment", CMC_RA, SIGNET_CMP_ERROR_UNTRUSTED },                     /* of another CA */
    { FALSE, "keyEncipherment", NULL, SIGNET_CMP_ERROR_UNTRUSTED },                      /* of somebody who may not speak for it */
    { FALSE, "digitalSignature", CMC_RA, SIGNET_CMP_ERROR_UNAUTHENTICATED_ERROR },       /* not for encapsulation: then not meant */
  };
  g_autoptr (GBytes) refusal = peer_error (SIGNET_CMP_STATUS_REJECTION, WRONG_INTEGRITY);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Server server = { 0 };
      g_autoptr (SignetCertificate) certificate = NULL;
      g_autoptr (SignetCmpTransaction) transaction = NULL;
      g_autoptr (GBytes) answer = NULL;
      g_autoptr (GBytes) before = NULL;
      g_autoptr (GBytes) after = NULL;
      g_autoptr (GBytes) nothing = NULL;
      g_autoptr (GError) error = NULL;
      SignetCmpStep step;

      server_init (&server, "rsa:2048");
      certificate = certify (cases[i].stranger ? server.peer.stranger : server.peer.ca, server.key, "RA", cases[i].usage,
                             cases[i].extended);
      peer_begin (&server.peer, SIGNET_CMP_BODY_IR);
      before = signet_cmp_transaction_next (server.peer.transaction, server.peer.now, &error);
      answer = peer_answer (&server.peer, SIGNET_CMP_BODY_ERROR, refusal, with_kem_certificate, certificate);
      g_assert_false (signet_cmp_transaction_receive (server.peer.transaction, answer, server.peer.now, &step, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, cases[i].code);
      g_clear_error (&error);
      after = signet_cmp_transaction_next (server.peer.transaction, server.peer.now, &error);
      g_assert_true (g_bytes_equal (before, after));

      /* Configured, it is no better. */
      signet_cmp_authority_set_kem_certificate (server.peer.authority, certificate);
      transaction = signet_cmp_transaction_new (signet_cmp_transaction_get_operation (server.peer.transaction), server.peer.authority,
                                                server.peer.credentials, &error);
      g_assert_no_error (error);
      nothing = signet_cmp_transaction_next (transaction, server.peer.now, &error);
      g_assert_null (nothing);
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
      server_clear (&server);
    }
}

/* ---- our key: Fig. 3 ---- */

static SignetCertificate *
use_kem (Peer       *peer,
         const char *spec)
{
  SignetKey *key = peer_new_key (peer, spec);
  g_autoptr (SignetCertificate) certificate = certify (peer->ca, key, "Maria Huber", "keyEncipherment", NULL);
  g_autoptr (GError) error = NULL;

  g_clear_object (&peer->credentials);
  peer->credentials = signet_cmp_credentials_new_kem (key, certificate, NULL, &error);
  g_assert_no_error (error);

  return signet_cmp_credentials_get_certificate (peer->credentials);
}

/* GenRepContent with KemCiphertextInfo. @info: (nullable): without value */
static GBytes *
gen_rep (GBytes *info)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);

  g_ptr_array_add (items, signet_cmp_genm_item_new (SIGNET_CMP_INFO_KEM_CIPHERTEXT_INFO, info));

  return signet_cmp_genm_encode (items);
}

static void
by_signature (PeerAnswer *answer,
              gpointer    data G_GNUC_UNUSED)
{
  peer_answer_sign (answer, answer->peer->ca->issuer_key, answer->peer->ca->issuer);
}

/* The one message of a transaction that goes out unprotected: what it holds and what not. */
static void
assert_asks_for_ciphertext (SignetCmpMessage  *message,
                            SignetCertificate *certificate)
{
  g_autoptr (GPtrArray) items = NULL;
  const SignetCmpGenmItem *item;
  GPtrArray *extra = signet_cmp_message_get_extra_certs (message);

  g_assert_cmpint (signet_cmp_message_get_body_type (message), ==, SIGNET_CMP_BODY_GENM);
  g_assert_null (signet_cmp_message_get_protection (message));
  g_assert_null (signet_cmp_message_get_protection_alg (message));
  g_assert_nonnull (signet_cmp_message_get_transaction_id (message));
  g_assert_cmpuint (extra->len, ==, 1);
  g_assert_true (signet_certificate_equal (g_ptr_array_index (extra, 0), certificate));
  items = signet_cmp_genm_decode (signet_cmp_message_get_body_content (message), NULL);
  g_assert_cmpuint (items->len, ==, 1);
  item = g_ptr_array_index (items, 0);
  g_assert_cmpstr (item->oid, ==, OID_KEM_CIPHERTEXT_INFO);
  g_assert_null (item->value);
}

static void
test_own_key (gconstpointer data)
{
  Peer peer = { 0 };
  SignetCertificate *certificate;
  g_autoptr (SignetCmpCredentials) secret = peer_mac_credentials (PEER_SECRET);
  g_autoptr (SignetCmpProtector) theirs = new_protector (secret);
  g_autoptr (GBytes) info = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) grant = NULL;
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();
  g_autoptr (GBytes) id = NULL;
  g_autoptr (GError) error = NULL;

  if (skip_without (data))
    return;
  peer_init (&peer);
  certificate = use_kem (&peer, data);
  peer_begin (&peer, SIGNET_CMP_BODY_CR);
  assert_asks_for_ciphertext (peer.request, certificate);
  id = g_bytes_ref (signet_cmp_message_get_transaction_id (peer.request));
  info = signet_cmp_protector_encapsulate (theirs, X509_get0_pubkey (signet_certificate_get_x509 (certificate)), id, &error);
  g_assert_no_error (error);
  content = gen_rep (info);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_GENP, content, unprotected, NULL), ==, SIGNET_CMP_STEP_SEND);

  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_CR);
  g_assert_true (g_bytes_equal (id, signet_cmp_message_get_transaction_id (peer.request)));
  g_assert_nonnull (signet_cmp_message_get_protection_alg (peer.request));
  g_assert_true (signet_cmp_protector_verify_mac (theirs, peer.request, &error));
  g_assert_no_error (error);
  grant = peer_grant (&peer);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_CP, grant, by_signature, NULL), ==, SIGNET_CMP_STEP_SEND);

  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_CERTCONF);
  g_assert_true (signet_cmp_protector_verify_mac (theirs, peer.request, &error));
  g_assert_no_error (error);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_PKICONF, pkiconf, by_signature, NULL), ==, SIGNET_CMP_STEP_DONE);
  peer_clear (&peer);
}

static void
assert_changes_nothing (Peer              *peer,
                        SignetCmpBodyType  type,
                        GBytes            *content,
                        int                code)
{
  g_autoptr (GBytes) before = signet_cmp_transaction_next (peer->transaction, peer->now, NULL);
  g_autoptr (GBytes) answer = peer_answer (peer, type, content, unprotected, NULL);
  g_autoptr (GBytes) after = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step;

  g_assert_false (signet_cmp_transaction_receive (peer->transaction, answer, peer->now, &step, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, code);
  after = signet_cmp_transaction_next (peer->transaction, peer->now, NULL);
  g_assert_true (g_bytes_equal (before, after));
}

/* Nothing but the ciphertext is taken unprotected, and that only while it is awaited. */
static void
test_own_key_hostile (void)
{
  Peer peer = { 0 };
  SignetCertificate *certificate;
  g_autoptr (SignetCmpCredentials) secret = peer_mac_credentials (PEER_SECRET);
  g_autoptr (SignetCmpProtector) theirs = new_protector (secret);
  g_autoptr (GBytes) grant = NULL;
  g_autoptr (GBytes) info = NULL;
  g_autoptr (GBytes) empty = gen_rep (NULL);
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) refusal = peer_error (SIGNET_CMP_STATUS_REJECTION, WRONG_INTEGRITY);
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  certificate = use_kem (&peer, "rsa:2048");
  peer_begin (&peer, SIGNET_CMP_BODY_CR);
  grant = peer_grant (&peer);
  assert_changes_nothing (&peer, SIGNET_CMP_BODY_CP, grant, SIGNET_CMP_ERROR_WRONG_BODY);
  assert_changes_nothing (&peer, SIGNET_CMP_BODY_GENP, empty, SIGNET_CMP_ERROR_CONTENT);
  assert_changes_nothing (&peer, SIGNET_CMP_BODY_ERROR, refusal, SIGNET_CMP_ERROR_UNAUTHENTICATED_ERROR);

  info = signet_cmp_protector_encapsulate (theirs, X509_get0_pubkey (signet_certificate_get_x509 (certificate)),
                                           signet_cmp_message_get_transaction_id (peer.request), &error);
  content = gen_rep (info);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_GENP, content, unprotected, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  assert_changes_nothing (&peer, SIGNET_CMP_BODY_GENP, content, SIGNET_CMP_ERROR_UNPROTECTED);
  assert_changes_nothing (&peer, SIGNET_CMP_BODY_CP, grant, SIGNET_CMP_ERROR_UNPROTECTED);
  peer_clear (&peer);
}

/* What cannot be decapsulated ends the operation. */
static void
test_own_key_corrupt (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpCredentials) secret = peer_mac_credentials (PEER_SECRET);
  g_autoptr (SignetCmpProtector) theirs = new_protector (secret);
  SignetKey *other;
  g_autoptr (GBytes) info = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  use_kem (&peer, "rsa:2048");
  other = peer_new_key (&peer, "rsa:3072");
  peer_begin (&peer, SIGNET_CMP_BODY_CR);
  info = signet_cmp_protector_encapsulate (theirs, signet_key_get_pkey (other), signet_cmp_message_get_transaction_id (peer.request),
                                           &error);
  content = gen_rep (info);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_GENP, content, unprotected, NULL), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_BAD_PROTECTION);
  peer_clear (&peer);
}

/* Both sides have a key: Fig. 3, then Fig. 4, with a secret for each direction. */
static void
test_both_keys (void)
{
  Server server = { 0 };
  SignetCertificate *certificate;
  g_autoptr (GBytes) info = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) grant = NULL;
  g_autoptr (GError) error = NULL;

  server_init (&server, "rsa:2048");
  certificate = use_kem (&server.peer, "rsa:2048");
  server_make_known (&server);
  peer_begin (&server.peer, SIGNET_CMP_BODY_IR);
  g_assert_null (header_ciphertext (server.peer.request));
  info = signet_cmp_protector_encapsulate (server.protector, X509_get0_pubkey (signet_certificate_get_x509 (certificate)),
                                           signet_cmp_message_get_transaction_id (server.peer.request), &error);
  content = gen_rep (info);
  g_assert_cmpint (peer_receive (&server.peer, SIGNET_CMP_BODY_GENP, content, unprotected, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&server.peer);
  g_assert_true (signet_cmp_protector_verify_mac (server.protector, server.peer.request, &error));
  g_assert_no_error (error);
  server_take_ciphertext (&server);
  finish (&server);
  server_clear (&server);
}

/* ---- key agreement ---- */

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
  certificate = certify (peer.ca, own, "Maria Huber", "keyAgreement", NULL);
  theirs = certify (peer.ca, their_key, "RA", "keyAgreement", CMC_RA);
  g_clear_object (&peer.credentials);
  peer.credentials = signet_cmp_credentials_new_dh (own, certificate, NULL, theirs, &error);
  their_credentials = signet_cmp_credentials_new_dh (their_key, theirs, NULL, certificate, &error);
  g_assert_no_error (error);
  protector = new_protector (their_credentials);

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

/* ---- revocation by such keys ---- */

/* The certificate of our credentials is to be revoked, by a rr that they protect. */
static void
begin_revocation (Peer *peer)
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

#define RP_ACCEPTED "\x30\x07\x30\x05\x30\x03\x02\x01\x00"

static void
test_revocation_by_kem (void)
{
  Peer peer = { 0 };
  SignetCertificate *certificate;
  g_autoptr (SignetCmpCredentials) secret = peer_mac_credentials (PEER_SECRET);
  g_autoptr (SignetCmpProtector) theirs = new_protector (secret);
  g_autoptr (GBytes) accepted = g_bytes_new_static (RP_ACCEPTED, sizeof RP_ACCEPTED - 1);
  g_autoptr (GBytes) info = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  certificate = use_kem (&peer, "rsa:2048");
  begin_revocation (&peer);
  assert_asks_for_ciphertext (peer.request, certificate);
  info = signet_cmp_protector_encapsulate (theirs, X509_get0_pubkey (signet_certificate_get_x509 (certificate)),
                                           signet_cmp_message_get_transaction_id (peer.request), &error);
  content = gen_rep (info);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_GENP, content, unprotected, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_RR);
  g_assert_true (signet_cmp_protector_verify_mac (theirs, peer.request, &error));
  g_assert_no_error (error);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_RP, accepted, by_signature, NULL), ==, SIGNET_CMP_STEP_DONE);
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
  g_autoptr (GBytes) accepted = g_bytes_new_static (RP_ACCEPTED, sizeof RP_ACCEPTED - 1);
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  own = peer_new_key (&peer, "x25519");
  their_key = peer_new_key (&peer, "x25519");
  certificate = certify (peer.ca, own, "Maria Huber", "keyAgreement", NULL);
  theirs = certify (peer.ca, their_key, "RA", "keyAgreement", CMC_RA);
  g_clear_object (&peer.credentials);
  peer.credentials = signet_cmp_credentials_new_dh (own, certificate, NULL, theirs, &error);
  their_credentials = signet_cmp_credentials_new_dh (their_key, theirs, NULL, certificate, &error);
  g_assert_no_error (error);
  protector = new_protector (their_credentials);
  begin_revocation (&peer);
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
  static const char *const specs[] = { "rsa:2048", "ml-kem-768" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autofree char *own = g_strdup_printf ("/cmp/kem-flow/%s/own-key/R016,R025,R050,R098,R104,R105", specs[i]);
      g_autofree char *known = g_strdup_printf ("/cmp/kem-flow/%s/known-key-of-the-authority/R025,R098,R103,R104,R106", specs[i]);
      g_autofree char *told = g_strdup_printf ("/cmp/kem-flow/%s/key-told-by-an-error/R107", specs[i]);

      g_test_add_data_func (own, specs[i], test_own_key);
      g_test_add_data_func (known, specs[i], test_known_key);
      g_test_add_data_func (told, specs[i], test_told_key);
    }
  g_test_add_func ("/cmp/kem-flow/both-sides-have-a-key/R110", test_both_keys);
  g_test_add_func ("/cmp/kem-flow/rejects-another-secret/R103", test_wrong_secret);
  g_test_add_func ("/cmp/kem-flow/stops-at-an-untrusted-key/R107,R108", test_untrusted_key);
  g_test_add_func ("/cmp/kem-flow/takes-nothing-else-unprotected/R055", test_own_key_hostile);
  g_test_add_func ("/cmp/kem-flow/ends-where-nothing-can-be-decapsulated/R109", test_own_key_corrupt);
  g_test_add_data_func ("/cmp/dh-flow/x25519/names-the-recipients-key/R020,R095", "x25519", test_agreement);
  g_test_add_data_func ("/cmp/dh-flow/p-256/names-the-recipients-key/R020,R095", "ec:P-256", test_agreement);
  g_test_add_func ("/cmp/kem-flow/revocation/R232", test_revocation_by_kem);
  g_test_add_func ("/cmp/dh-flow/revocation/R232", test_revocation_by_agreement);

  return g_test_run ();
}
