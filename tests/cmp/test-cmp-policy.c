/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/pem.h>

#include "cmp-peer.h"
#include "cmp/cmp-root-successor.h"
#include "cmp/cmp-strength.h"
#include "common/extension.h"
#include "pki/pki-chain.h"
#include "pki/pki-name.h"

/* What is demanded of certificates and keys beyond a right signature: revocation, strength, usage, and what goes into extraCerts. */

#define DAY (24 * 3600)
#define CMC_RA "1.3.6.1.5.5.7.3.28"

/* ---- revocation ---- */

static X509_CRL *
make_crl (X509     *issuer,
          EVP_PKEY *key,
          X509     *revoked,
          gint64    from,
          gint64    until)
{
  X509_CRL *crl = X509_CRL_new ();
  ASN1_TIME *this_update = ASN1_TIME_set (NULL, from);
  ASN1_TIME *next_update = ASN1_TIME_set (NULL, until);

  X509_CRL_set_version (crl, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name (crl, X509_get_subject_name (issuer));
  X509_CRL_set1_lastUpdate (crl, this_update);
  X509_CRL_set1_nextUpdate (crl, next_update);
  if (revoked != NULL)
    {
      X509_REVOKED *entry = X509_REVOKED_new ();

      X509_REVOKED_set_serialNumber (entry, (ASN1_INTEGER *) X509_get0_serialNumber (revoked));
      X509_REVOKED_set_revocationDate (entry, this_update);
      X509_CRL_add0_revoked (crl, entry);
    }
  X509_CRL_sort (crl);
  g_assert_cmpint (X509_CRL_sign (crl, key, EVP_sha256 ()), >, 0);
  ASN1_TIME_free (this_update);
  ASN1_TIME_free (next_update);

  return crl;
}

static GBytes *
encode_crl (X509_CRL *crl)
{
  unsigned char *der = NULL;
  int size = i2d_X509_CRL (crl, &der);
  GBytes *bytes = g_bytes_new (der, (gsize) size);

  OPENSSL_free (der);
  return bytes;
}

/* A registration authority of @ca's, which signs answers. */
static X509 *
make_ra (SignetDemoCa *ca,
         SignetKey    *key)
{
  X509 *x509 = X509_new ();

  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 4711);
  X509_NAME_add_entry_by_txt (X509_get_subject_name (x509), "CN", MBSTRING_UTF8, (const guchar *) "RA", -1, -1, 0);
  X509_set_issuer_name (x509, X509_get_subject_name (ca->issuer));
  X509_gmtime_adj (X509_getm_notBefore (x509), -DAY);
  X509_gmtime_adj (X509_getm_notAfter (x509), DAY);
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  add_extension (x509, ca->issuer, NID_key_usage, "digitalSignature");
  add_extension (x509, ca->issuer, NID_ext_key_usage, CMC_RA);
  add_extension (x509, ca->issuer, NID_subject_key_identifier, "hash");
  g_assert_cmpint (X509_sign (x509, ca->issuer_key, EVP_sha256 ()), >, 0);

  return x509;
}

typedef struct {
  Peer peer;
  SignetKey *ra_key;
  X509 *ra;
} Server;

static void
by_ra (PeerAnswer *answer,
       gpointer    data)
{
  Server *server = data;

  peer_answer_sign (answer, signet_key_get_pkey (server->ra_key), server->ra);
}

static void
by_ca (PeerAnswer *answer,
       gpointer    data G_GNUC_UNUSED)
{
  peer_answer_sign (answer, answer->peer->ca->issuer_key, answer->peer->ca->issuer);
}

static void
server_init (Server *self)
{
  peer_init (&self->peer);
  self->ra_key = peer_new_key (&self->peer, "ec:P-256");
  self->ra = make_ra (self->peer.ca, self->ra_key);
  peer_use_signature (&self->peer);
}

static void
server_clear (Server *self)
{
  X509_free (self->ra);
  peer_clear (&self->peer);
}

static gboolean
take (Server      *server,
      PeerEdit     by,
      const char **words)
{
  g_autoptr (GBytes) grant = NULL;
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step;
  gboolean taken;

  peer_begin (&server->peer, SIGNET_CMP_BODY_CR);
  grant = peer_grant (&server->peer);
  answer = peer_answer (&server->peer, SIGNET_CMP_BODY_CP, grant, by, server);
  taken = signet_cmp_transaction_receive (server->peer.transaction, answer, server->peer.now, &step, &error);
  if (!taken)
    g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  *words = taken ? "" : g_intern_string (error->message);

  return taken;
}

static void
add_crl (Server *server,
         X509   *issuer,
         X509   *revoked,
         gint64  from,
         gint64  until)
{
  SignetDemoCa *ca = server->peer.ca;
  X509_CRL *crl = make_crl (issuer, issuer == ca->issuer ? ca->issuer_key : server->peer.stranger->issuer_key, revoked,
                            server->peer.now + from, server->peer.now + until);
  g_autoptr (GBytes) der = encode_crl (crl);

  signet_cmp_authority_add_crl (server->peer.authority, der);
  X509_CRL_free (crl);
}

/* A list that names the signer; one that does not; none; an old one; one of somebody else. */
static void
test_revocation (void)
{
  static const struct {
    gboolean any;
    gboolean stranger;
    gboolean revoked;
    gint64 until;
    gboolean required;
    gboolean taken;
    const char *words;
  } cases[] = {
    { TRUE, FALSE, TRUE, DAY, FALSE, FALSE, "was revoked" },
    { TRUE, FALSE, TRUE, DAY, TRUE, FALSE, "was revoked" },
    { TRUE, FALSE, FALSE, DAY, TRUE, TRUE, "" },
    { FALSE, FALSE, FALSE, 0, FALSE, TRUE, "" },
    { FALSE, FALSE, FALSE, 0, TRUE, FALSE, "No current revocation list" },
    { TRUE, FALSE, FALSE, -60, TRUE, FALSE, "No current revocation list" },
    { TRUE, TRUE, FALSE, DAY, TRUE, FALSE, "No current revocation list" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Server server = { 0 };
      const char *words;

      server_init (&server);
      signet_cmp_authority_set_revocation_required (server.peer.authority, cases[i].required);
      if (cases[i].any)
        add_crl (&server, cases[i].stranger ? server.peer.stranger->issuer : server.peer.ca->issuer,
                 cases[i].revoked ? server.ra : NULL, -DAY, cases[i].until);
      g_test_message ("case %u", i);
      g_assert_cmpint (take (&server, by_ra, &words), ==, cases[i].taken);
      g_assert_nonnull (strstr (words, cases[i].words));
      server_clear (&server);
    }
}

/* Signed by the CA that issued what it brings: then no list is asked for, though the RA's answer would be refused. */
static void
test_issuer_is_signer (void)
{
  Server server = { 0 };
  const char *words;

  server_init (&server);
  signet_cmp_authority_set_revocation_required (server.peer.authority, TRUE);
  g_assert_false (take (&server, by_ra, &words));
  g_assert_true (take (&server, by_ca, &words));
  server_clear (&server);
}

/* What a signed answer wants trusted is never taken, whatever the settings, and least of all where nobody knows whether its signer's
 * certificate still holds. */
static void
test_ca_pubs (void)
{
  Server server = { 0 };
  X509 *roots[] = { NULL, NULL };
  g_autoptr (X509) certificate = NULL;
  g_autoptr (GBytes) content = NULL;

  for (guint known = 0; known < 2; known++)
    {
      server_init (&server);
      signet_cmp_authority_set_relaxations (server.peer.authority, SIGNET_CMP_RELAX_CA_PUBS | SIGNET_CMP_RELAX_SIGNED_ANSWER_TO_MAC);
      if (known)
        add_crl (&server, server.peer.ca->issuer, NULL, -DAY, DAY);
      peer_begin (&server.peer, SIGNET_CMP_BODY_IR);
      roots[0] = server.peer.stranger->root;
      g_clear_pointer (&certificate, X509_free);
      certificate = peer_issue (server.peer.ca, server.peer.key);
      g_clear_pointer (&content, g_bytes_unref);
      content = peer_cert_rep (peer_response (certificate), roots);
      g_assert_cmpint (peer_receive (&server.peer, SIGNET_CMP_BODY_IP, content, by_ra, &server), ==, SIGNET_CMP_STEP_SEND);
      g_assert_null (signet_cmp_transaction_get_new_anchor (server.peer.transaction));
      g_assert_null (signet_cmp_transaction_get_question (server.peer.transaction));
      g_assert_nonnull (strstr (signet_cmp_transaction_get_remarks (server.peer.transaction), "None of them was taken"));
      server_clear (&server);
    }
}

/* ---- extraCerts ---- */

static void
test_small_messages (void)
{
  for (guint small = 0; small < 2; small++)
    {
      Server server = { 0 };
      g_autoptr (GBytes) grant = NULL;

      server_init (&server);
      signet_cmp_authority_set_small_messages (server.peer.authority, small);
      peer_begin (&server.peer, SIGNET_CMP_BODY_CR);
      g_assert_cmpuint (signet_cmp_message_get_extra_certs (server.peer.request)->len, >, 0);
      grant = peer_grant (&server.peer);
      g_assert_cmpint (peer_receive (&server.peer, SIGNET_CMP_BODY_CP, grant, by_ra, &server), ==, SIGNET_CMP_STEP_SEND);
      peer_take (&server.peer);
      g_assert_cmpint (signet_cmp_message_get_body_type (server.peer.request), ==, SIGNET_CMP_BODY_CERTCONF);
      g_assert_cmpint (signet_cmp_message_get_extra_certs (server.peer.request)->len > 0, ==, !small);
      server_clear (&server);
    }
}

/* The new certificate's issuers, from extraCerts, up to the anchor. */
static void
test_chain (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) grant = NULL;
  g_autoptr (SignetCertificate) issuer = NULL;
  g_autoptr (SignetCertificate) root = NULL;
  GPtrArray *chain;

  peer_init (&peer);
  issuer = signet_certificate_new_for_x509 (peer.ca->issuer);
  root = signet_certificate_new_for_x509 (peer.ca->root);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  grant = peer_grant (&peer);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, grant, NULL, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_restart (&peer);
  chain = signet_cmp_transaction_get_chain (peer.transaction);
  g_assert_cmpuint (chain->len, ==, 2);
  g_assert_true (signet_certificate_equal (g_ptr_array_index (chain, 0), issuer));
  g_assert_true (signet_certificate_equal (g_ptr_array_index (chain, 1), root));
  peer_clear (&peer);
}

/* A self-signed root of @key. @next: (nullable): whose key it announces */
static SignetCertificate *
make_root (SignetKey *key,
           SignetKey *next)
{
  g_autoptr (X509) x509 = X509_new ();
  X509_NAME *name = X509_get_subject_name (x509);

  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 1);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guchar *) "Root", -1, -1, 0);
  X509_set_issuer_name (x509, name);
  X509_gmtime_adj (X509_getm_notBefore (x509), -DAY);
  X509_gmtime_adj (X509_getm_notAfter (x509), DAY);
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  if (next != NULL)
    {
      g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, signet_key_get_public (next));
      g_autofree char *value = g_strconcat ("DER:302f300b06096086480165030402010420", hash, NULL);
      X509_EXTENSION *extension = X509V3_EXT_conf (NULL, NULL, "1.3.6.1.4.1.51483.2.1", value);

      g_assert_nonnull (extension);
      X509_add_ext (x509, extension, -1);
      X509_EXTENSION_free (extension);
    }
  g_assert_cmpint (X509_sign (x509, signet_key_get_pkey (key), EVP_sha256 ()), >, 0);

  return signet_certificate_new_for_x509 (x509);
}

/* PeerEdit: @data comes along in extraCerts. */
static void
bring (PeerAnswer *answer,
       gpointer    data)
{
  g_ptr_array_add (answer->extra_certs, g_object_ref (data));
}

/* The root whose key the present one has announced is recognised among those that come along, and becomes no anchor by that. */
static void
test_successor (void)
{
  for (guint announced = 0; announced < 2; announced++)
    {
      Peer peer = { 0 };
      SignetKey *present;
      SignetKey *next;
      SignetKey *other;
      g_autoptr (SignetCertificate) root = NULL;
      g_autoptr (SignetCertificate) comes = NULL;
      g_autoptr (GBytes) grant = NULL;
      const char *remarks;

      peer_init (&peer);
      present = peer_new_key (&peer, "ec:P-256");
      next = peer_new_key (&peer, "ec:P-256");
      other = peer_new_key (&peer, "ec:P-256");
      root = make_root (present, next);
      comes = make_root (announced ? next : other, NULL);
      g_assert_cmpint (signet_cmp_root_announces (root, comes), ==, announced);
      g_assert_false (signet_cmp_root_announces (comes, root));
      signet_cmp_authority_add_anchor (peer.authority, root);
      peer_begin (&peer, SIGNET_CMP_BODY_IR);
      grant = peer_grant (&peer);
      g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, grant, bring, comes), ==, SIGNET_CMP_STEP_SEND);
      remarks = signet_cmp_transaction_get_remarks (peer.transaction);
      g_assert_cmpint (remarks != NULL && strstr (remarks, "has announced to follow it") != NULL, ==, announced);
      g_assert_null (signet_cmp_transaction_get_new_anchor (peer.transaction));
      peer_clear (&peer);
    }
}

/* ---- strength ---- */

static void
test_strength (void)
{
  static const struct {
    const char *spec;
    const char *digest;
    gboolean enough;
  } cases[] = {
    { "ec:P-256", "SHA256", TRUE },  { "ec:P-384", "SHA256", FALSE }, { "ec:P-384", "SHA384", TRUE }, { "rsa:3072", "SHA256", TRUE },
    { "rsa:3072", "SHA224", FALSE }, { "rsa:2048", "SHA224", TRUE },  { "ed448", "SHA384", FALSE },   { "ec:P-521", "SHA512", TRUE },
  };
  g_autoptr (SignetCmpCredentials) credentials = peer_mac_credentials (PEER_SECRET);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetKey) key = signet_key_generate (cases[i].spec, NULL, NULL, NULL, &error);
      g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
      g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, key, subject);
      g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
      g_autoptr (SignetCmpProtector) protector = NULL;
      g_autofree char *words = NULL;

      g_assert_no_error (error);
      signet_cmp_authority_set_mac_parameters (authority, cases[i].digest, 0);
      protector = signet_cmp_protector_new (credentials, authority, &error);
      words = signet_cmp_strength_advise (operation, credentials, signet_cmp_protector_get_algorithm (protector));
      g_test_message ("%s under %s: %s", cases[i].spec, cases[i].digest, words != NULL ? words : "enough");
      g_assert_cmpint (words == NULL, ==, cases[i].enough);
    }
}

/* A P-256 key signs for a P-384 one: told as well. */
static void
test_strength_of_signature (void)
{
  Peer peer = { 0 };
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  peer_use_signature (&peer);
  for (guint strong = 0; strong < 2; strong++)
    {
      SignetKey *key = peer_new_key (&peer, strong ? "ec:P-384" : "ec:P-256");
      g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (SIGNET_CMP_BODY_CR, key, subject);
      g_autoptr (SignetCmpProtector) protector = signet_cmp_protector_new (peer.credentials, peer.authority, &error);
      g_autofree char *words
          = signet_cmp_strength_advise (operation, peer.credentials, signet_cmp_protector_get_algorithm (protector));

      g_assert_cmpint (words != NULL, ==, strong);
    }
  peer_clear (&peer);
}

static void
test_strength_of_secrets (void)
{
  static const struct {
    const char *secret;
    guint least;
    guint most;
  } cases[] = {
    { "", 0, 0 },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0, 0 },
    { "secret", 0, 40 },
    { "Sommer2026!", 40, 80 },
    { "7KQ2-9XWM-4HTP-6RZB-3VNC", 110, 160 },
    { "correct horse battery staple of mine", 128, 260 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SignetSecret) secret = signet_secret_new (cases[i].secret, strlen (cases[i].secret));
      guint bits = signet_cmp_strength_of_secret (secret);

      g_test_message ("%u bits", bits);
      g_assert_cmpuint (bits, >=, cases[i].least);
      g_assert_cmpuint (bits, <=, cases[i].most);
    }
}

/* A key that the authority shall make: only under a secret that is no weaker, or by setting. */
static void
test_central (void)
{
  static const struct {
    const char *secret;
    SignetCmpRelaxations relaxations;
    gboolean sent;
  } cases[] = {
    { "Sommer2026!", SIGNET_CMP_RELAX_NONE, FALSE },
    { "Sommer2026!", SIGNET_CMP_RELAX_WEAK_SECRET, TRUE },
    { "7KQ2-9XWM-4HTP-6RZB-3VNC-8PLF", SIGNET_CMP_RELAX_NONE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SignetCmpCredentials) credentials = peer_mac_credentials (cases[i].secret);
      g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
      g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
      g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_IR);
      g_autoptr (SignetCmpItem) item = signet_cmp_item_new (NULL, subject);
      g_autoptr (SignetCmpTransaction) transaction = NULL;
      g_autoptr (GBytes) out = NULL;
      g_autoptr (GError) error = NULL;

      signet_cmp_operation_add_item (operation, item);
      signet_cmp_authority_set_relaxations (authority, cases[i].relaxations);
      transaction = signet_cmp_transaction_new (operation, authority, credentials, &error);
      g_assert_no_error (error);
      out = signet_cmp_transaction_next (transaction, 1800000000, &error);
      g_assert_cmpint (out != NULL, ==, cases[i].sent);
      if (!cases[i].sent)
        {
          g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
          g_assert_nonnull (strstr (error->message, "weak-secret"));
        }
    }
}

/* ---- usage ---- */

static void
test_usages (void)
{
  static const struct {
    const char *oid;
    guint32 usage;
    gboolean fits;
  } cases[] = {
    { "2.16.840.1.101.3.4.4.2", KU_KEY_ENCIPHERMENT, TRUE },
    { "2.16.840.1.101.3.4.4.2", KU_KEY_ENCIPHERMENT | KU_DIGITAL_SIGNATURE, FALSE },
    { "2.16.840.1.101.3.4.4.2", KU_DATA_ENCIPHERMENT, FALSE },
    { "2.16.840.1.101.3.4.4.2", KU_KEY_AGREEMENT, FALSE },
    { "2.16.840.1.101.3.4.4.2", UINT32_MAX, TRUE },
    { "2.16.840.1.101.3.4.3.18", KU_DIGITAL_SIGNATURE, TRUE },
    { "2.16.840.1.101.3.4.3.18", KU_KEY_CERT_SIGN | KU_CRL_SIGN, TRUE },
    { "2.16.840.1.101.3.4.3.18", KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT, FALSE },
    { "2.16.840.1.101.3.4.3.18", 0, FALSE },
    { "2.16.840.1.101.3.4.3.20", KU_NON_REPUDIATION, TRUE },
    { "2.16.840.1.101.3.4.3.20", KU_KEY_AGREEMENT, FALSE },
    { "1.2.840.113549.1.1.1", KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ASN1_OBJECT) oid = OBJ_txt2obj (cases[i].oid, 1);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (signet_key_usage_check (oid, cases[i].usage, &error), ==, cases[i].fits);
      if (!cases[i].fits)
        g_assert_error (error, SIGNET_PKI_ERROR, SIGNET_PKI_ERROR_MISMATCH);
    }
}

/* The published certificates keep to it, and their keys have no parameters. Read with any libcrypto. */
static void
test_example_usage (gconstpointer data)
{
  g_autofree char *file = g_test_build_filename (G_TEST_DIST, "data", "keys", (const char *) data, NULL);
  g_autoptr (BIO) bio = BIO_new_file (file, "r");
  g_autoptr (X509) x509 = PEM_read_bio_X509 (bio, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (GError) error = NULL;
  X509_ALGOR *algorithm = NULL;

  g_assert_nonnull (x509);
  certificate = signet_certificate_new_for_x509 (x509);
  X509_PUBKEY_get0_param (NULL, NULL, NULL, &algorithm, X509_get_X509_PUBKEY (x509));
  g_assert_null (algorithm->parameter);
  g_assert_true (signet_certificate_check_key_usage (certificate, &error));
  g_assert_no_error (error);
}

/* A request asks for nothing else either. The key is only named, so that any libcrypto will do. */
static void
test_requested_usage (void)
{
  static const struct {
    guint8 kind;                /* last octets of the OID: 4.2 is ML-KEM-768, 3.18 ML-DSA-65 */
    guint8 number;
    const char *usage;
    gboolean fits;
  } cases[] = {
    { 4, 2, "keyEncipherment", TRUE },
    { 4, 2, "digitalSignature", FALSE },
    { 3, 18, "digitalSignature", TRUE },
    { 3, 18, "keyEncipherment", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint8 spki[] = { 0x30, 0x11, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, cases[i].kind,
                              cases[i].number, 0x03, 0x02, 0x00, 0x01 };
      g_autoptr (GBytes) public_key = g_bytes_new (spki, sizeof spki);
      g_autoptr (SignetCmpCredentials) credentials = peer_mac_credentials (PEER_SECRET);
      g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
      g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
      g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_IR);
      g_autoptr (SignetCmpItem) item = signet_cmp_item_new (NULL, subject);
      g_autoptr (SignetCmpTransaction) transaction = NULL;
      g_autoptr (GBytes) out = NULL;
      g_autoptr (GError) error = NULL;

      signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_RA_VERIFIED);
      signet_cmp_item_set_popo (item, SIGNET_CMP_POPO_RA_VERIFIED);
      g_assert_true (signet_cmp_item_set_public_key (item, public_key, &error));
      g_assert_true (signet_cmp_item_add_key_usage (item, cases[i].usage, &error));
      signet_cmp_operation_add_item (operation, item);
      transaction = signet_cmp_transaction_new (operation, authority, credentials, &error);
      g_assert_no_error (error);
      out = signet_cmp_transaction_next (transaction, 1800000000, &error);
      g_assert_cmpint (out != NULL, ==, cases[i].fits);
      if (!cases[i].fits)
        g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
    }
}

/* A key that is to encipher only signs once, to prove that it is there. */
static void
test_self_signature (void)
{
  Peer peer = { 0 };
  SignetKey *key;
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetCmpOperation) operation = NULL;
  const SignetCertReqMessages *requests;
  const SignetCertReqMsg *request;
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  key = peer_new_key (&peer, "rsa:2048");
  operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, key, subject);
  g_assert_true (signet_cmp_operation_add_key_usage (operation, "keyEncipherment", &error));
  peer_begin_operation (&peer, operation);
  requests = signet_cmp_message_get_body (peer.request);
  request = sk_SignetCertReqMsg_value (requests, 0);
  g_assert_cmpint (request->popo->type, ==, SIGNET_POPO_SIGNATURE);
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/policy/revoked-signer-is-refused/R071", test_revocation);
  g_test_add_func ("/cmp/policy/no-list-needed-where-the-issuer-signs/R073", test_issuer_is_signer);
  g_test_add_func ("/cmp/policy/ca-pubs-of-a-signed-answer/R072", test_ca_pubs);
  g_test_add_func ("/cmp/policy/small-messages/R113", test_small_messages);
  g_test_add_func ("/cmp/policy/chain-from-extra-certs/R117", test_chain);
  g_test_add_func ("/cmp/policy/recognises-the-announced-root/R119", test_successor);
  g_test_add_func ("/cmp/policy/flags-protection-weaker-than-the-key/R385", test_strength);
  g_test_add_func ("/cmp/policy/flags-a-signature-weaker-than-the-key/R385", test_strength_of_signature);
  g_test_add_func ("/cmp/policy/strength-of-secrets/R097", test_strength_of_secrets);
  g_test_add_func ("/cmp/policy/weak-secret/R097", test_central);
  g_test_add_func ("/cmp/policy/key-usage/R391,R392", test_usages);
  g_test_add_data_func ("/cmp/policy/example-certificate/ml-kem/R391", "ML-KEM-768.crt", test_example_usage);
  g_test_add_data_func ("/cmp/policy/example-certificate/ml-dsa/R392", "ML-DSA-65.crt", test_example_usage);
  g_test_add_data_func ("/cmp/policy/example-certificate/slh-dsa/R392", "SLH-DSA-SHA2-128s.crt", test_example_usage);
  g_test_add_func ("/cmp/policy/requested-key-usage/R391,R392", test_requested_usage);
  g_test_add_func ("/cmp/policy/self-signature-of-a-key-that-enciphers/R396", test_self_signature);

  return g_test_run ();
}
