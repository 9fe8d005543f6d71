/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cmp-peer-keys.h"
#include "cmp/cmp-genm-item.h"

/* Transactions whose protection stands on a KEM: RFC 9810 App. E. Each step is taken by a transaction that
 * was saved and restored (cmp-peer.h). */

#define OID_KEM_CIPHERTEXT_INFO "1.3.6.1.5.5.7.4.24"
#define WRONG_INTEGRITY (1u << 12)

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
  self->certificate = peer_certify (self->peer.ca, self->key, "RA", "keyEncipherment", PEER_USAGE_RA);
  credentials = signet_cmp_credentials_new_kem (self->key, self->certificate, NULL, &error);
  g_assert_no_error (error);
  self->protector = peer_protector (credentials);
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
    { TRUE, "keyEncipherment", PEER_USAGE_RA, SIGNET_CMP_ERROR_UNTRUSTED },                     /* of another CA */
    { FALSE, "keyEncipherment", NULL, SIGNET_CMP_ERROR_UNTRUSTED },                      /* of somebody who may not speak for it */
    { FALSE, "digitalSignature", PEER_USAGE_RA, SIGNET_CMP_ERROR_UNAUTHENTICATED_ERROR },       /* not for encapsulation: then not meant */
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
      certificate = peer_certify (cases[i].stranger ? server.peer.stranger : server.peer.ca, server.key, "RA", cases[i].usage,
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
  g_autoptr (SignetCertificate) certificate = peer_certify (peer->ca, key, "Maria Huber", "keyEncipherment", NULL);
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
  g_autoptr (SignetCmpProtector) theirs = peer_protector (secret);
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
  g_autoptr (SignetCmpProtector) theirs = peer_protector (secret);
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
  g_autoptr (SignetCmpProtector) theirs = peer_protector (secret);
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

/* ---- revocation ---- */

static void
test_revocation_by_kem (void)
{
  Peer peer = { 0 };
  SignetCertificate *certificate;
  g_autoptr (SignetCmpCredentials) secret = peer_mac_credentials (PEER_SECRET);
  g_autoptr (SignetCmpProtector) theirs = peer_protector (secret);
  g_autoptr (GBytes) accepted = g_bytes_new_static (PEER_RP_ACCEPTED, sizeof PEER_RP_ACCEPTED - 1);
  g_autoptr (GBytes) info = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  certificate = use_kem (&peer, "rsa:2048");
  peer_begin_revocation (&peer);
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
  g_test_add_func ("/cmp/kem-flow/revocation/R232", test_revocation_by_kem);

  return g_test_run ();
}
