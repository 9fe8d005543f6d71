/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/param_build.h>
#include <string.h>

#include "cmp/cmp-envelope-kit.h"
#include "cmp/cmp-made.h"
#include "cmp/cmp-peer.h"
#include "cmp/cmp-recovery.h"
#include "pki/pki-name.h"

/* What a krp brings: RFC 9810 §5.3.8. Keys are signed and encrypted by libcrypto's CMS, the rest is put together by its encoder. */

#define KEY_PACKAGE "2.16.840.1.101.2.1.2.78.5"
#define N_KEYS 3

static const PartyUsage ca_usage = { .key_usage = "keyCertSign,cRLSign", .ca = TRUE };
static const PartyUsage kga_usage = { .key_usage = "digitalSignature", .extended_key_usage = "1.3.6.1.5.5.7.3.32" };
static const PartyUsage encipher = { .key_usage = "keyEncipherment" };

typedef struct {
  Party *root;
  Party *kga;
  Party *own;                   /* the protocol encryption key */
  Party *kept[N_KEYS];          /* what the authority kept */
  SignetCmpAuthority *authority;
  SignetCmpKeySource source;
  SignetCmpRecipient recipient;
} Fixture;

static void
set_up (Fixture       *self,
        gconstpointer  data)
{
  static const char *const specs[N_KEYS] = { "rsa:2048", "ec:P-256", "ec:P-384" };

  self->root = party_new ("ec:P-256", "Root", NULL, ca_usage);
  self->kga = party_new ("ec:P-256", "Key generation", self->root, kga_usage);
  self->own = party_new ("rsa:2048", "Protocol encryption", NULL, encipher);
  for (guint i = 0; i < N_KEYS; i++)
    {
      g_autofree char *name = g_strdup_printf ("Maria of %u", 2020 + i);

      self->kept[i] = party_new (specs[i], name, self->root, encipher);
    }
  self->authority = signet_cmp_authority_new ();
  signet_cmp_authority_add_anchor (self->authority, self->root->certificate);
  self->source = (SignetCmpKeySource) { .authority = self->authority, .now = g_get_real_time () / G_USEC_PER_SEC };
  self->recipient = (SignetCmpRecipient) { .key = self->own->key };
}

static void
tear_down (Fixture       *self,
           gconstpointer  data)
{
  party_free (self->root);
  party_free (self->kga);
  party_free (self->own);
  for (guint i = 0; i < N_KEYS; i++)
    party_free (self->kept[i]);
  g_object_unref (self->authority);
}

/* EncryptedKey with the package of @key for the protocol encryption key. */
static GBytes *
encrypted_key (Fixture   *self,
               SignetKey *key)
{
  g_autoptr (SignetSecret) package = kit_key_package (key, 1, 1);
  g_autoptr (GBytes) package_signed = kit_sign (package, KEY_PACKAGE, self->kga, EVP_sha256 (), CMS_USE_KEYID);
  g_autoptr (SignetSecret) content = signet_secret_new (g_bytes_get_data (package_signed, NULL), g_bytes_get_size (package_signed));
  g_autoptr (GBytes) enveloped = kit_encrypt_octets (content, SIGNET_CMS_SIGNED_DATA, self->own, EVP_aes_256_cbc (), CMS_USE_KEYID, NULL, NULL);

  return signet_cmp_envelope_tag (enveloped, 0);
}

/* CertifiedKeyPair with the certificate of @of and the key of @with. */
static GBytes *
pair (Fixture     *self,
      const Party *of,
      const Party *with)
{
  g_autoptr (GBytes) certificate = made_tagged (0, signet_certificate_get_der (of->certificate));
  g_autoptr (GBytes) key = with != NULL ? encrypted_key (self, with->key) : NULL;
  g_autoptr (GBytes) tagged = key != NULL ? made_tagged (0, key) : NULL;

  return made_sequence (certificate, tagged, NULL);
}

static GBytes *
status_of (int status)
{
  g_autofree char *sections = g_strdup_printf ("[status]\nstatus=INTEGER:%d\n", status);

  return made_der ("SEQUENCE:status", sections);
}

static GBytes *
make_answer (Fixture *self,
             int      status)
{
  g_autoptr (GBytes) info = status_of (status);
  g_autoptr (GBytes) new_certificate = made_tagged (0, signet_certificate_get_der (self->kga->certificate));
  g_autoptr (GBytes) ca_certs = made_sequence (signet_certificate_get_der (self->root->certificate), NULL);
  g_autoptr (GBytes) ca_certs_tagged = made_tagged (1, ca_certs);
  g_autoptr (GBytes) first = pair (self, self->kept[0], self->kept[0]);
  g_autoptr (GBytes) second = pair (self, self->kept[1], self->kept[1]);
  g_autoptr (GBytes) third = pair (self, self->kept[2], self->kept[2]);
  g_autoptr (GBytes) history = made_sequence (first, second, third, NULL);
  g_autoptr (GBytes) history_tagged = made_tagged (2, history);

  return made_sequence (info, new_certificate, ca_certs_tagged, history_tagged, NULL);
}

static void
test_three_keys (Fixture       *self,
                 gconstpointer  data)
{
  g_autoptr (GBytes) content = make_answer (self, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpRecovery) recovery = signet_cmp_recovery_read (content, &error);

  g_assert_no_error (error);
  g_assert_cmpint (recovery->status->status, ==, SIGNET_CMP_STATUS_ACCEPTED);
  g_assert_true (signet_certificate_equal (recovery->new_sig_cert, self->kga->certificate));
  g_assert_cmpuint (recovery->ca_certs->len, ==, 1);
  g_assert_cmpuint (recovery->history->len, ==, N_KEYS);
  for (guint i = 0; i < N_KEYS; i++)
    {
      g_autoptr (SignetCertificate) certificate = NULL;
      g_autoptr (SignetKey) key = signet_cmp_recovery_open (g_ptr_array_index (recovery->history, i), &self->recipient, &self->source,
                                                            &certificate, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (signet_key_get_id (key), ==, signet_key_get_id (self->kept[i]->key));
      g_assert_true (signet_certificate_equal (certificate, self->kept[i]->certificate));
    }
}

static void
test_wrong_key (Fixture       *self,
                gconstpointer  data)
{
  g_autoptr (GBytes) info = status_of (0);
  g_autoptr (GBytes) mixed = pair (self, self->kept[1], self->kept[2]);
  g_autoptr (GBytes) bare = pair (self, self->kept[1], NULL);
  g_autoptr (GBytes) history = made_sequence (mixed, bare, NULL);
  g_autoptr (GBytes) tagged = made_tagged (2, history);
  g_autoptr (GBytes) content = made_sequence (info, tagged, NULL);
  g_autoptr (SignetCmpRecovery) recovery = signet_cmp_recovery_read (content, NULL);
  SignetCmpRecipient stranger = party_recipient (self->kept[0]);
  g_autoptr (GError) error = NULL;

  stranger.certificate = NULL;
  g_assert_null (signet_cmp_recovery_open (g_ptr_array_index (recovery->history, 0), &self->recipient, &self->source, NULL, NULL, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE);
  g_clear_error (&error);
  g_assert_null (signet_cmp_recovery_open (g_ptr_array_index (recovery->history, 1), &self->recipient, &self->source, NULL, NULL, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
  g_clear_error (&error);
  g_assert_null (signet_cmp_recovery_open (g_ptr_array_index (recovery->history, 0), &stranger, &self->source, NULL, NULL, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
}

/* A root among caCerts makes no key generation authority trusted. */
static void
test_ca_certs_give_no_trust (Fixture       *self,
                             gconstpointer  data)
{
  g_autoptr (GBytes) content = make_answer (self, 0);
  g_autoptr (SignetCmpRecovery) recovery = signet_cmp_recovery_read (content, NULL);
  g_autoptr (SignetCmpAuthority) other = signet_cmp_authority_new ();
  g_autoptr (Party) stranger = party_new ("ec:P-256", "Stranger", NULL, ca_usage);
  SignetCmpKeySource source = { .authority = other, .certificates = recovery->ca_certs, .now = self->source.now };
  g_autoptr (GError) error = NULL;

  signet_cmp_authority_add_anchor (other, stranger->certificate);
  g_assert_null (signet_cmp_recovery_open (g_ptr_array_index (recovery->history, 0), &self->recipient, &source, NULL, NULL, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  g_assert_cmpuint (signet_cmp_authority_get_anchors (other)->len, ==, 1);
}

static void
test_waiting (Fixture       *self,
              gconstpointer  data)
{
  static const int statuses[] = { 2, 3 };

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autoptr (GBytes) full = make_answer (self, statuses[i]);
      g_autoptr (GBytes) info = status_of (statuses[i]);
      g_autoptr (GBytes) bare = made_sequence (info, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetCmpRecovery) recovery = signet_cmp_recovery_read (bare, &error);

      g_assert_no_error (error);
      g_assert_cmpint (recovery->status->status, ==, statuses[i]);
      g_assert_cmpuint (recovery->history->len, ==, 0);
      g_assert_null (signet_cmp_recovery_read (full, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
    }
}

static void
test_malformed (Fixture       *self,
                gconstpointer  data)
{
  static const char *const values[] = { "NULL", "SEQUENCE:none", "SEQUENCE:certificate" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (GBytes) content = made_der (values[i], "[none]\n[certificate]\nstatus=SEQUENCE:status\ncert=EXP:0,INTEGER:1\n"
                                                        "[status]\nstatus=INTEGER:0\n");
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_cmp_recovery_read (content, &error));
      g_assert_nonnull (error);
    }
}

/* ---- the protocol encryption key ---- */

static SignetKey *
dh_key (const char *group)
{
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "DH", NULL);
  g_autoptr (EVP_PKEY) key = NULL;
  OSSL_PARAM parameters[] = { OSSL_PARAM_utf8_string ("group", (char *) group, 0), OSSL_PARAM_END };

  g_assert_cmpint (EVP_PKEY_keygen_init (context), ==, 1);
  g_assert_cmpint (EVP_PKEY_CTX_set_params (context, parameters), ==, 1);
  g_assert_cmpint (EVP_PKEY_generate (context, &key), ==, 1);

  return signet_key_new_for_pkey (key);
}

/* p, with (p - 1) / 2 no prime: p = 23 * k + … would do; here the prime of 2^521 - 1, whose p - 1 has small factors. */
static SignetKey *
small_subgroup_key (void)
{
  g_autoptr (BIGNUM) p = BN_new ();
  g_autoptr (BIGNUM) g = BN_new ();
  g_autoptr (BIGNUM) x = BN_new ();
  g_autoptr (BIGNUM) y = BN_new ();
  BN_CTX *numbers = BN_CTX_new ();
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new ();
  OSSL_PARAM *parameters;
  g_autoptr (EVP_PKEY_CTX) context = EVP_PKEY_CTX_new_from_name (NULL, "DH", NULL);
  g_autoptr (EVP_PKEY) key = NULL;

  BN_set_bit (p, 2203);
  BN_sub_word (p, 1);
  BN_set_word (g, 3);
  BN_set_word (x, 12345678901234567UL);
  BN_mod_exp (y, g, x, p, numbers);
  OSSL_PARAM_BLD_push_BN (builder, "p", p);
  OSSL_PARAM_BLD_push_BN (builder, "g", g);
  OSSL_PARAM_BLD_push_BN (builder, "pub", y);
  OSSL_PARAM_BLD_push_BN (builder, "priv", x);
  parameters = OSSL_PARAM_BLD_to_param (builder);
  g_assert_cmpint (EVP_PKEY_fromdata_init (context), ==, 1);
  g_assert_cmpint (EVP_PKEY_fromdata (context, &key, EVP_PKEY_KEYPAIR, parameters), ==, 1);
  OSSL_PARAM_free (parameters);
  OSSL_PARAM_BLD_free (builder);
  BN_CTX_free (numbers);

  return signet_key_new_for_pkey (key);
}

static void
test_encryption_key (Fixture       *self,
                     gconstpointer  data)
{
  g_autoptr (SignetKey) good = dh_key ("ffdhe2048");
  g_autoptr (SignetKey) bad = small_subgroup_key ();
  g_autoptr (SignetKey) signer = signet_key_generate ("ed25519", NULL, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_recovery_check_key (self->own->key, &error));
  g_assert_true (signet_cmp_recovery_check_key (good, &error));
  g_assert_no_error (error);
  g_assert_false (signet_cmp_recovery_check_key (bad, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_WEAK);
  g_clear_error (&error);
  g_assert_false (signet_cmp_recovery_check_key (signer, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
}

/* ---- krr ---- */

/* As libcrypto reads it: the new signature key in the template, and the key to encrypt to in a control. */
static void
test_request (Fixture       *self,
              gconstpointer  data)
{
  Peer peer = { 0 };
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetCmpItem) item = NULL;
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_KRR);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) control = signet_cmp_recovery_new_control (self->own->key, &error);
  GBytes *content;
  const unsigned char *at;
  OSSL_CRMF_MSGS *requests;
  GBytes *key;

  g_assert_no_error (error);
  peer_init (&peer);
  item = signet_cmp_item_new (peer.key, subject);
  g_assert_true (signet_cmp_item_add_control (item, control, &error));
  g_assert_no_error (error);
  signet_cmp_operation_add_item (operation, item);
  peer.transaction = signet_cmp_transaction_new (operation, peer.authority, peer.credentials, &error);
  g_assert_no_error (error);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_KRR);
  content = signet_cmp_message_get_body_content (peer.request);
  at = g_bytes_get_data (content, NULL);
  requests = d2i_OSSL_CRMF_MSGS (NULL, &at, (long) g_bytes_get_size (content));
  g_assert_nonnull (requests);
  g_assert_cmpint (sk_OSSL_CRMF_MSG_num (requests), ==, 1);
  /* publicKey is [6] IMPLICIT SubjectPublicKeyInfo: all but the tag is as in the key. */
  key = signet_key_get_public (peer.key);
  g_assert_nonnull (memmem (g_bytes_get_data (content, NULL), g_bytes_get_size (content),
                            (const guint8 *) g_bytes_get_data (key, NULL) + 1, g_bytes_get_size (key) - 1));
  sk_OSSL_CRMF_MSG_pop_free (requests, OSSL_CRMF_MSG_free);
  g_assert_nonnull (memmem (g_bytes_get_data (content, NULL), g_bytes_get_size (content), g_bytes_get_data (control, NULL),
                            g_bytes_get_size (control)));
  peer_clear (&peer);
}

static void
test_control (Fixture       *self,
              gconstpointer  data)
{
  g_autoptr (GBytes) control = signet_cmp_recovery_new_control (self->own->key, NULL);
  g_autoptr (GBytes) type = made_der ("OID:1.3.6.1.5.5.7.5.1.6", NULL);
  g_autoptr (GBytes) wanted = made_sequence (type, signet_key_get_public (self->own->key), NULL);
  g_autoptr (SignetKey) signer = signet_key_generate ("ed25519", NULL, NULL, NULL, NULL);

  g_assert_true (g_bytes_equal (control, wanted));
  g_assert_null (signet_cmp_recovery_new_control (signer, NULL));
}

#define ADD(path, test) g_test_add ("/cmp/recovery/" path, Fixture, NULL, set_up, test, tear_down)

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("three-keys/R368,R369", test_three_keys);
  ADD ("a-key-that-does-not-belong/R369", test_wrong_key);
  ADD ("ca-certs-give-no-trust/R370", test_ca_certs_give_no_trust);
  ADD ("nothing-but-the-status-while-waiting/R371", test_waiting);
  ADD ("malformed", test_malformed);
  ADD ("protocol-encryption-key/R373", test_encryption_key);
  ADD ("request/R367", test_request);
  ADD ("request/names-the-key-to-encrypt-to/R367", test_control);

  return g_test_run ();
}
