/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-server.h"
#include "cmp/cmp-signature.h"
#include "cmp/cmp-trust.h"
#include "common/extension.h"
#include "demo/demo-ca.h"
#include "pki/pki-key.h"
#include "pki/pki-name.h"

/* Who may sign answers for an authority: each row is a signer, and whether it is believed. */

typedef struct
{
  const char *path;
  const char *key_usage;        /* (nullable) */
  const char *extended_usage;   /* (nullable) */
  const char *allowed;          /* signer-usage of the authority; (nullable) */
  SignetCmpRelaxations relaxations;
  int days;                     /* of validity; negative: over */
  gboolean stranger;            /* issued by another CA, whose certificates come along */
  gboolean other_name;          /* sender names somebody else */
  const char *words;            /* part of the refusal; %NULL: believed */
} Case;

static const Case cases[] = {
  { "/cmp/trust/registration-authority/R061,R070,R075", "digitalSignature", "1.3.6.1.5.5.7.3.28", NULL, 0, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/delegated-ca/R075", "digitalSignature", "1.3.6.1.5.5.7.3.27", NULL, 0, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/user-of-the-ca/R075", "digitalSignature", "clientAuth", NULL, 0, 1, FALSE, FALSE,
    "none that lets it speak for it" },
  { "/cmp/trust/user-without-usage/R075", "digitalSignature", NULL, NULL, 0, 1, FALSE, FALSE, "none that lets it speak for it" },
  { "/cmp/trust/any-by-setting/R075", "digitalSignature", NULL, "any", 0, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/usage-by-setting/R075", "digitalSignature", "clientAuth", "1.3.6.1.5.5.7.3.2", 0, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/another-usage-than-the-setting/R075", "digitalSignature", "serverAuth", "1.3.6.1.5.5.7.3.2", 0, 1, FALSE, FALSE,
    "none that lets it speak for it" },
  { "/cmp/trust/expired/R070", "digitalSignature", "1.3.6.1.5.5.7.3.28", NULL, 0, -1, FALSE, FALSE, "expired" },
  { "/cmp/trust/without-digital-signature/R070", "keyEncipherment", "1.3.6.1.5.5.7.3.28", NULL, 0, 1, FALSE, FALSE,
    "lacks digitalSignature" },
  { "/cmp/trust/without-digital-signature-by-setting", "keyEncipherment", "1.3.6.1.5.5.7.3.28", NULL,
    SIGNET_CMP_RELAX_NO_DIGITAL_SIGNATURE, 1, FALSE, FALSE, NULL },
  { "/cmp/trust/stranger/R076,R115", "digitalSignature", "1.3.6.1.5.5.7.3.28", NULL, 0, 1, TRUE, FALSE, "not trusted" },
  { "/cmp/trust/sender-is-somebody-else/R074", "digitalSignature", "1.3.6.1.5.5.7.3.28", NULL, 0, 1, FALSE, TRUE,
    "is wrong" },
};

static SignetDemoCa *
make_ca (void)
{
  g_autofree char *folder = g_dir_make_tmp ("signet-trust-XXXXXX", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", folder);
  g_autoptr (GError) error = NULL;
  SignetDemoCa *ca = signet_demo_ca_open (folder, &error);

  g_assert_no_error (error);
  g_assert_cmpint (system (command), ==, 0);

  return ca;
}

static SignetCertificate *
make_signer (SignetDemoCa *ca,
             SignetKey    *key,
             const Case   *test)
{
  g_autoptr (X509) x509 = X509_new ();
  g_autoptr (X509_NAME) name = X509_NAME_new ();

  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *) "Signer", -1, -1, 0);
  X509_set_version (x509, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (x509), 9);
  X509_gmtime_adj (X509_getm_notBefore (x509), -10 * 86400);
  X509_gmtime_adj (X509_getm_notAfter (x509), test->days * 86400L);
  X509_set_subject_name (x509, name);
  X509_set_issuer_name (x509, X509_get_subject_name (ca->issuer));
  X509_set_pubkey (x509, signet_key_get_pkey (key));
  add_extension (x509, ca->issuer, NID_key_usage, test->key_usage);
  add_extension (x509, ca->issuer, NID_ext_key_usage, test->extended_usage);
  g_assert_cmpint (X509_sign (x509, ca->issuer_key, EVP_sha256 ()), >, 0);

  return signet_certificate_new_for_x509 (x509);
}

static SignetCmpMessage *
make_message_with (SignetKey       *key,
                   const X509_NAME *sender,
                   GPtrArray       *extra)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) content = signet_cmp_body_pkiconf ();
  g_autoptr (SignetCmpMessageBuilder) builder = signet_cmp_message_builder_new (2, SIGNET_CMP_BODY_PKICONF, content);
  g_autoptr (GBytes) algorithm = signet_cmp_signature_algorithm_for_key (signet_key_get_pkey (key), NULL, &error);
  g_autoptr (GBytes) part = NULL;
  g_autoptr (GBytes) bits = NULL;
  SignetCmpMessage *message;

  signet_cmp_message_builder_set_sender (builder, sender);
  g_assert_true (signet_cmp_message_builder_set_protection_alg (builder, algorithm, &error));
  part = signet_cmp_message_builder_get_protected_part (builder, &error);
  bits = signet_cmp_signature_make (signet_key_get_pkey (key), algorithm, part, &error);
  g_assert_no_error (error);
  message = signet_cmp_message_builder_finish (builder, bits, extra, &error);
  g_assert_no_error (error);

  return message;
}

static SignetCmpMessage *
make_message (SignetDemoCa      *ca,
              SignetKey         *key,
              SignetCertificate *signer,
              gboolean           other_name)
{
  g_autoptr (GPtrArray) extra = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (extra, g_object_ref (signer));
  g_ptr_array_add (extra, signet_certificate_new_for_x509 (ca->issuer));
  if (!other_name)
    g_ptr_array_add (extra, signet_certificate_new_for_x509 (ca->root));

  return make_message_with (key, X509_get_subject_name (other_name ? ca->root : signet_certificate_get_x509 (signer)), extra);
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (SignetDemoCa) ca = make_ca ();
  g_autoptr (SignetDemoCa) stranger = make_ca ();
  SignetDemoCa *issuer = test->stranger ? stranger : ca;
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) signer = make_signer (issuer, key, test);
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_for_x509 (ca->root);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetCmpMessage) message = make_message (issuer, key, signer, test->other_name);
  g_autoptr (SignetCertificate) found = NULL;
  g_autoptr (GError) error = NULL;

  signet_cmp_authority_add_anchor (authority, anchor);
  signet_cmp_authority_set_signer_usage (authority, test->allowed);
  signet_cmp_authority_set_relaxations (authority, test->relaxations);
  found = signet_cmp_trust_find_signer (authority, message, NULL, NULL, g_get_real_time () / G_USEC_PER_SEC, &error);
  if (test->words == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (signet_certificate_equal (found, signer));
      return;
    }
  g_assert_null (found);
  /* Somebody else's name leads to somebody else's key, under which the signature does not hold. */
  g_assert_error (error, SIGNET_CMP_ERROR, (test->other_name ? SIGNET_CMP_ERROR_BAD_PROTECTION : SIGNET_CMP_ERROR_UNTRUSTED));
  g_assert_nonnull (strstr (error->message, test->words));
}

static void
test_one_signer (void)
{
  const Case *test = &cases[0];
  g_autoptr (SignetDemoCa) ca = make_ca ();
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) signer = make_signer (ca, key, test);
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_for_x509 (ca->root);
  g_autoptr (SignetCertificate) first = signet_certificate_new_for_x509 (ca->issuer);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetCmpMessage) message = make_message (ca, key, signer, FALSE);
  g_autoptr (SignetCertificate) found = NULL;
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  signet_cmp_authority_add_anchor (authority, anchor);
  g_assert_null (signet_cmp_trust_find_signer (authority, message, first, NULL, now, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  g_clear_error (&error);
  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_SIGNER_CHANGE);
  found = signet_cmp_trust_find_signer (authority, message, first, NULL, now, &error);
  g_assert_no_error (error);
  g_assert_nonnull (found);
}

/* Whether @authority believes a message that @key signed in the name of @signer. */
static gboolean
believes (SignetCmpAuthority *authority,
          SignetDemoCa       *ca,
          SignetKey          *key,
          SignetCertificate  *signer)
{
  g_autoptr (SignetCmpMessage) message = make_message (ca, key, signer, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCertificate) found
      = signet_cmp_trust_find_signer (authority, message, NULL, NULL, g_get_real_time () / G_USEC_PER_SEC, &error);

  if (found == NULL)
    g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  else
    g_assert_true (found == signet_cmp_authority_get_signer (authority) || signet_certificate_equal (found, signer));

  return found != NULL;
}

/* A certificate that is given itself, though it has expired and nobody is known who issued it. */
static void
test_given_signer (void)
{
  static const Case expired = { NULL, "digitalSignature", NULL, NULL, 0, -1, FALSE, FALSE, NULL };
  static const Case without_usage = { NULL, "keyEncipherment", NULL, NULL, 0, 1, FALSE, FALSE, NULL };
  g_autoptr (SignetDemoCa) ca = make_ca ();
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetKey) other_key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetCertificate) given = make_signer (ca, key, &expired);
  g_autoptr (SignetCertificate) good = make_signer (ca, other_key, &cases[0]);
  g_autoptr (SignetCertificate) useless = make_signer (ca, key, &without_usage);
  g_autoptr (SignetCertificate) issuer = signet_certificate_new_for_x509 (ca->issuer);
  g_autoptr (SignetCertificate) anchor = signet_certificate_new_for_x509 (ca->root);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();

  g_assert_false (believes (authority, ca, key, given));
  signet_cmp_authority_set_signer (authority, given);
  g_assert_true (believes (authority, ca, key, given));
  /* Another one of its name, whom an anchor would vouch for; another name with its key; a key that may not sign. */
  signet_cmp_authority_add_anchor (authority, anchor);
  g_assert_false (believes (authority, ca, other_key, good));
  g_assert_false (believes (authority, ca, key, issuer));
  signet_cmp_authority_set_signer (authority, useless);
  g_assert_false (believes (authority, ca, key, useless));
  signet_cmp_authority_set_signer (authority, NULL);
  g_assert_true (believes (authority, ca, other_key, good));
}

/* ---- what is remembered of a signer ---- */

/* A signer, whose path was found once, and a later message of its without the certificates that led to it. */
typedef struct {
  SignetDemoCa *ca;
  SignetKey *key;
  SignetCertificate *signer;
  SignetCmpAuthority *authority;
  SignetCmpMessage *later;
  GPtrArray *path;
  gint64 now;
} Memory;

static void
memory_init (Memory *self)
{
  g_autoptr (SignetCertificate) anchor = NULL;
  g_autoptr (SignetCertificate) found = NULL;
  g_autoptr (SignetCmpMessage) first = NULL;
  g_autoptr (GPtrArray) alone = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;

  self->now = g_get_real_time () / G_USEC_PER_SEC;
  self->ca = make_ca ();
  self->key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  self->signer = make_signer (self->ca, self->key, &cases[0]);
  self->authority = signet_cmp_authority_new ();
  anchor = signet_certificate_new_for_x509 (self->ca->root);
  signet_cmp_authority_add_anchor (self->authority, anchor);
  first = make_message (self->ca, self->key, self->signer, FALSE);
  found = signet_cmp_trust_find_signer (self->authority, first, NULL, &self->path, self->now, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (self->path->len, ==, 3);
  g_ptr_array_add (alone, self->signer);
  self->later = make_message_with (self->key, X509_get_subject_name (signet_certificate_get_x509 (self->signer)), alone);
}

static void
memory_clear (Memory *self)
{
  g_object_unref (self->later);
  g_object_unref (self->authority);
  g_object_unref (self->signer);
  g_object_unref (self->key);
  g_clear_pointer (&self->path, g_ptr_array_unref);
  signet_demo_ca_free (self->ca);
}

static void
assert_later (Memory     *self,
              GPtrArray **path,
              gint64      now,
              const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCertificate) found
      = signet_cmp_trust_find_signer (self->authority, self->later, self->signer, path, now, &error);

  if (words == NULL)
    {
      g_assert_no_error (error);
      g_assert_true (signet_certificate_equal (found, self->signer));
      return;
    }
  g_assert_null (found);
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_remembers_path (void)
{
  Memory memory = { 0 };
  g_autoptr (GPtrArray) none = NULL;

  memory_init (&memory);
  assert_later (&memory, &memory.path, memory.now, NULL);
  /* It is the memory that does it. */
  assert_later (&memory, NULL, memory.now, "unable to get");
  assert_later (&memory, &none, memory.now, "unable to get");
  g_assert_null (none);
  memory_clear (&memory);
}

static void
test_remembered_path_expires (void)
{
  Memory memory = { 0 };
  g_autoptr (SignetCertificate) issuer = NULL;

  memory_init (&memory);
  issuer = signet_certificate_new_for_x509 (memory.ca->issuer);
  /* So that nothing but the time is in the way. */
  signet_cmp_authority_add_intermediate (memory.authority, issuer);
  assert_later (&memory, &memory.path, signet_certificate_get_not_after (memory.signer) - 1, NULL);
  assert_later (&memory, &memory.path, signet_certificate_get_not_after (memory.signer), "expired");
  assert_later (&memory, &memory.path, signet_certificate_get_not_before (memory.signer) - 1, "not yet valid");
  /* One above the signer does as well. */
  assert_later (&memory, &memory.path, signet_certificate_get_not_before (issuer) - 1, "not yet valid");
  memory_clear (&memory);
}

static void
test_remembered_path_is_of_one (void)
{
  Memory memory = { 0 };
  g_autoptr (SignetDemoCa) stranger = make_ca ();
  SignetCertificate *other;

  memory_init (&memory);
  /* The same name, the same key, another certificate. */
  other = make_signer (stranger, memory.key, &cases[0]);
  g_object_unref (memory.later);
  memory.later = make_message (stranger, memory.key, other, FALSE);
  g_object_unref (memory.signer);
  memory.signer = other;
  assert_later (&memory, &memory.path, memory.now, "not trusted");
  memory_clear (&memory);
}

static GBytes *
revoke_signer (Memory *self)
{
  g_autoptr (X509_CRL) crl = X509_CRL_new ();
  ASN1_TIME *time = ASN1_TIME_adj (NULL, (time_t) self->now, 0, -60);
  X509_REVOKED *revoked = X509_REVOKED_new ();
  unsigned char *der = NULL;
  GBytes *octets;
  int size;

  X509_CRL_set_version (crl, X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name (crl, X509_get_subject_name (self->ca->issuer));
  X509_CRL_set1_lastUpdate (crl, time);
  X509_REVOKED_set_serialNumber (revoked, X509_get_serialNumber (signet_certificate_get_x509 (self->signer)));
  X509_REVOKED_set_revocationDate (revoked, time);
  X509_CRL_add0_revoked (crl, revoked);
  ASN1_TIME_adj (time, (time_t) self->now, 1, 0);
  X509_CRL_set1_nextUpdate (crl, time);
  ASN1_TIME_free (time);
  g_assert_cmpint (X509_CRL_sign (crl, self->ca->issuer_key, EVP_sha256 ()), >, 0);
  size = i2d_X509_CRL (crl, &der);
  octets = g_bytes_new (der, (gsize) size);
  OPENSSL_free (der);

  return octets;
}

static void
test_remembered_signer_is_revoked (void)
{
  Memory memory = { 0 };
  g_autoptr (SignetCertificate) issuer = NULL;
  g_autoptr (GBytes) crl = NULL;

  memory_init (&memory);
  issuer = signet_certificate_new_for_x509 (memory.ca->issuer);
  signet_cmp_authority_add_intermediate (memory.authority, issuer);
  crl = revoke_signer (&memory);
  signet_cmp_authority_add_crl (memory.authority, crl);
  assert_later (&memory, &memory.path, memory.now, "revoked");
  memory_clear (&memory);
}

/* What is known is taken for the same octets only, and what cannot be read is refused beside it. */
static void
test_known_certificates (void)
{
  Memory memory = { 0 };
  g_autoptr (GPtrArray) known = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GBytes *der;
  g_autoptr (SignetCmpMessage) again = NULL;
  g_autoptr (SignetCmpMessage) other = NULL;
  g_autofree guint8 *copy = NULL;
  g_autoptr (GBytes) changed = NULL;
  g_autoptr (GBytes) broken = NULL;
  gsize size;

  memory_init (&memory);
  der = signet_cmp_message_get_der (memory.later);
  size = g_bytes_get_size (der);
  g_ptr_array_add (known, memory.signer);
  again = signet_cmp_message_parse_knowing (der, known, &error);
  g_assert_no_error (error);
  g_assert_true (signet_cmp_message_get_extra_certs (again)->pdata[0] == memory.signer);
  /* The last octet is one of the certificate's signature. */
  copy = g_memdup2 (g_bytes_get_data (der, NULL), size);
  copy[size - 1] ^= 1;
  changed = g_bytes_new (copy, size);
  other = signet_cmp_message_parse_knowing (changed, known, &error);
  g_assert_no_error (error);
  g_assert_false (signet_certificate_equal (signet_cmp_message_get_extra_certs (other)->pdata[0], memory.signer));
  /* The outermost SEQUENCE of the certificate becomes a SET. */
  copy[size - g_bytes_get_size (signet_certificate_get_der (memory.signer))] = 0x31;
  broken = g_bytes_new (copy, size);
  g_assert_null (signet_cmp_message_parse_knowing (broken, known, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
  memory_clear (&memory);
}

/* The same through a transaction that nobody saved: a second answer is checked at its own time. */
static void
test_transaction_remembers (void)
{
  Peer peer = { 0 };
  Server server = { 0 };
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (X509) x509 = NULL;
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (SignetCmpCredentials) credentials = NULL;
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, key, subject);
  g_autoptr (SignetCmpTransaction) transaction = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;
  guint answers = 0;

  peer_init (&peer);
  peer.now = g_get_real_time () / G_USEC_PER_SEC;
  server_init (&server, &peer, TRUE);
  x509 = peer_issue (peer.ca, key);
  certificate = signet_certificate_new_for_x509 (x509);
  credentials = signet_cmp_credentials_new_signature (key, certificate, NULL, &error);
  g_assert_no_error (error);
  transaction = signet_cmp_transaction_new (operation, peer.authority, credentials, &error);
  for (; step == SIGNET_CMP_STEP_SEND; answers++)
    {
      g_autoptr (GBytes) out = signet_cmp_transaction_next (transaction, peer.now, &error);
      g_autoptr (GBytes) in = server_answer (&server, out);

      if (answers > 0)
        {
          g_assert_false (signet_cmp_transaction_receive (transaction, in, peer.now + 200 * 365 * 86400LL, &step, &error));
          g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
          g_clear_error (&error);
        }
      g_assert_true (signet_cmp_transaction_receive (transaction, in, peer.now, &step, &error));
      g_assert_no_error (error);
    }
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpuint (answers, ==, 2);
  server_clear (&server);
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, &cases[i], test_case);
  g_test_add_func ("/cmp/trust/one-signer-a-transaction/R054", test_one_signer);
  g_test_add_func ("/cmp/trust/signer-that-is-given", test_given_signer);
  g_test_add_func ("/cmp/trust/memory/path-of-a-signer", test_remembers_path);
  g_test_add_func ("/cmp/trust/memory/validity-is-checked-again", test_remembered_path_expires);
  g_test_add_func ("/cmp/trust/memory/of-one-certificate", test_remembered_path_is_of_one);
  g_test_add_func ("/cmp/trust/memory/revoked-meanwhile", test_remembered_signer_is_revoked);
  g_test_add_func ("/cmp/trust/memory/same-octets-same-certificate", test_known_certificates);
  g_test_add_func ("/cmp/trust/memory/in-a-transaction", test_transaction_remembers);

  return g_test_run ();
}
