/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <openssl/cmp.h>
#include <openssl/pem.h>
#include <string.h>

#include "cmp/cmp-transaction.h"
#include "demo/demo-authority.h"
#include "pki/pki-name.h"

/*
 * The engine against libcrypto's server, in memory. Between any two steps the transaction is saved, freed and restored.
 */


typedef struct
{
  char *folder;
  SignetDemoOptions options;
  SignetDemoAuthority *demo;
  SignetCmpAuthority *authority;
  SignetCmpCredentials *credentials;
  SignetKey *key;
  SignetCmpTransaction *transaction;
  gint64 now;
  GPtrArray *sent;                      /* (element-type SignetCmpMessage) */
  GPtrArray *received;                  /* (element-type SignetCmpMessage) */
} Fixture;

static SignetKey *
resolve (const char  *id,
         gpointer     user_data,
         GError     **error)
{
  Fixture *fixture = user_data;

  g_assert_cmpstr (id, ==, signet_key_get_id (fixture->key));

  return g_object_ref (fixture->key);
}

/* What a program that was ended and started again does. */
static void
restart (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (SignetSecret) sealed_part = NULL;
  g_autoptr (SignetSecret) sealed_again = NULL;

  g_assert_true (signet_cmp_transaction_save (fixture->transaction, &public_part, &sealed_part, &error));
  g_assert_no_error (error);
  g_clear_object (&fixture->transaction);
  fixture->transaction = signet_cmp_transaction_restore (public_part, sealed_part, fixture->authority, fixture->credentials,
                                                         resolve, fixture, &error);
  g_assert_no_error (error);
  g_assert_true (signet_cmp_transaction_save (fixture->transaction, &again, &sealed_again, &error));
  g_assert_true (g_bytes_equal (public_part, again));
}

static SignetCertificate *
read_certificate (const char *path)
{
  g_autoptr (BIO) bio = BIO_new_file (path, "r");
  g_autoptr (X509) x509 = PEM_read_bio_X509 (bio, NULL, NULL, NULL);

  g_assert_nonnull (x509);

  return signet_certificate_new_for_x509 (x509);
}

static void
use_secret (Fixture    *fixture,
            const char *text)
{
  g_autofree char *path = signet_demo_authority_secret_file (fixture->demo);
  g_autoptr (SignetSecret) secret = text != NULL ? signet_secret_new (text, strlen (text))
                                                 : signet_secret_new_from_file (path, 100, TRUE, NULL);

  g_clear_object (&fixture->credentials);
  fixture->credentials = signet_cmp_credentials_new_mac ("demo", secret);
}

static void
open_demo (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *anchor = NULL;
  g_autoptr (SignetCertificate) certificate = NULL;

  fixture->demo = signet_demo_authority_new (fixture->folder, &fixture->options, &error);
  g_assert_no_error (error);
  anchor = signet_demo_authority_anchor_file (fixture->demo);
  certificate = read_certificate (anchor);
  fixture->authority = signet_cmp_authority_new ();
  signet_cmp_authority_set_mac (fixture->authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_mac_parameters (fixture->authority, "SHA256", 1000);
  signet_cmp_authority_add_anchor (fixture->authority, certificate);
  use_secret (fixture, NULL);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  if (data != NULL)
    fixture->options = *(const SignetDemoOptions *) data;
  fixture->folder = g_dir_make_tmp ("signet-transaction-XXXXXX", NULL);
  fixture->now = g_get_real_time () / G_USEC_PER_SEC;
  fixture->key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  fixture->sent = g_ptr_array_new_with_free_func (g_object_unref);
  fixture->received = g_ptr_array_new_with_free_func (g_object_unref);
  open_demo (fixture);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", fixture->folder);

  g_clear_object (&fixture->transaction);
  g_clear_object (&fixture->demo);
  g_clear_object (&fixture->authority);
  g_clear_object (&fixture->credentials);
  g_clear_object (&fixture->key);
  g_ptr_array_unref (fixture->sent);
  g_ptr_array_unref (fixture->received);
  g_assert_cmpint (system (command), ==, 0);
  g_free (fixture->folder);
}

static void
begin (Fixture           *fixture,
       SignetCmpBodyType  type)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber,O=Example", NULL);
  g_autoptr (GENERAL_NAME) email = signet_alt_name_parse ("maria@example.org", NULL);
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new (type, fixture->key, subject);

  signet_cmp_operation_add_alt_name (operation, email);
  g_assert_true (signet_cmp_operation_add_extended_key_usage (operation, "emailProtection", NULL));
  g_clear_object (&fixture->transaction);
  fixture->transaction = signet_cmp_transaction_new (operation, fixture->authority, fixture->credentials, &error);
  g_assert_no_error (error);
}

/* Every message of ours is one that libcrypto decodes, and encodes to the same octets. */
static void
check_by_libcrypto (GBytes *octets)
{
  gsize size;
  const unsigned char *data = g_bytes_get_data (octets, &size);
  OSSL_CMP_MSG *message = d2i_OSSL_CMP_MSG (NULL, &data, (long) size);
  unsigned char *again = NULL;
  int length;

  g_assert_nonnull (message);
  length = i2d_OSSL_CMP_MSG (message, &again);
  g_assert_cmpmem (again, length, g_bytes_get_data (octets, NULL), size);
  OPENSSL_free (again);
  OSSL_CMP_MSG_free (message);
}

static GBytes *
send_one (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) again = NULL;
  GBytes *in;

  out = signet_cmp_transaction_next (fixture->transaction, fixture->now, &error);
  g_assert_no_error (error);
  restart (fixture);
  again = signet_cmp_transaction_next (fixture->transaction, fixture->now + 100, &error);
  g_assert_true (g_bytes_equal (out, again));
  check_by_libcrypto (out);
  g_ptr_array_add (fixture->sent, signet_cmp_message_parse (out, &error));
  g_assert_no_error (error);
  in = signet_demo_authority_handle (fixture->demo, out, &error);
  g_assert_no_error (error);
  g_ptr_array_add (fixture->received, signet_cmp_message_parse (in, &error));
  g_assert_no_error (error);

  return in;
}

static SignetCmpStep
exchange (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) in = send_one (fixture);
  SignetCmpStep step;

  if (!signet_cmp_transaction_receive (fixture->transaction, in, fixture->now, &step, &error))
    g_error ("%s", error->message);
  restart (fixture);
  g_assert_cmpint (signet_cmp_transaction_get_step (fixture->transaction), ==, step);

  return step;
}

/* Goes on while something is to be sent or waited for. */
static SignetCmpStep
run (Fixture *fixture)
{
  SignetCmpStep step = SIGNET_CMP_STEP_SEND;

  for (guint i = 0; i < 20 && (step == SIGNET_CMP_STEP_SEND || step == SIGNET_CMP_STEP_WAIT); i++)
    {
      if (step == SIGNET_CMP_STEP_WAIT)
        {
          g_assert_null (signet_cmp_transaction_next (
              fixture->transaction, signet_cmp_transaction_get_wait_until (fixture->transaction) - 1, NULL));
          fixture->now = signet_cmp_transaction_get_wait_until (fixture->transaction);
        }
      step = exchange (fixture);
    }

  return step;
}

static SignetCmpBodyType
sent_type (Fixture *fixture,
           guint    index)
{
  return signet_cmp_message_get_body_type (g_ptr_array_index (fixture->sent, index));
}

static void
assert_certificate (Fixture *fixture)
{
  SignetCertificate *certificate = signet_cmp_transaction_get_certificate (fixture->transaction);

  g_assert_cmpint (signet_cmp_transaction_get_step (fixture->transaction), ==, SIGNET_CMP_STEP_DONE);
  g_assert_nonnull (certificate);
  g_assert_cmpstr (signet_certificate_get_key_id (certificate), ==, signet_key_get_id (fixture->key));
  g_assert_cmpstr (signet_certificate_get_email (certificate), ==, "maria@example.org");
  g_assert_cmpuint (signet_cmp_transaction_get_chain (fixture->transaction)->len, ==, 2);
}

static void
test_mac_explicit (Fixture      *fixture,
                   gconstpointer data)
{
  SignetCmpMessage *ir;

  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_DONE);
  assert_certificate (fixture);
  g_assert_cmpuint (fixture->sent->len, ==, 2);
  ir = g_ptr_array_index (fixture->sent, 0);
  g_assert_cmpint (sent_type (fixture, 0), ==, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (sent_type (fixture, 1), ==, SIGNET_CMP_BODY_CERTCONF);
  g_assert_cmpint (signet_cmp_message_get_pvno (ir), ==, 2);
  g_assert_cmpuint (g_bytes_get_size (signet_cmp_message_get_transaction_id (ir)), ==, 16);
  g_assert_null (signet_cmp_message_get_recip_nonce (ir));
  g_assert_true (signet_cmp_message_get_implicit_confirm (ir));
  g_assert_false (signet_cmp_message_get_implicit_confirm (g_ptr_array_index (fixture->sent, 1)));
}

static void
test_headers_go_together (Fixture      *fixture,
                          gconstpointer data)
{
  g_autoptr (X509_NAME) sender = signet_name_parse ("CN=demo", NULL);
  SignetCmpMessage *ir;
  SignetCmpMessage *ip;
  SignetCmpMessage *certconf;

  begin (fixture, SIGNET_CMP_BODY_IR);
  run (fixture);
  ir = g_ptr_array_index (fixture->sent, 0);
  ip = g_ptr_array_index (fixture->received, 0);
  certconf = g_ptr_array_index (fixture->sent, 1);
  g_assert_cmpint (X509_NAME_cmp (signet_cmp_message_get_sender (ir)->d.directoryName, sender), ==, 0);
  g_assert_cmpmem (g_bytes_get_data (signet_cmp_message_get_sender_kid (ir), NULL),
                   g_bytes_get_size (signet_cmp_message_get_sender_kid (ir)), "demo", 4);
  g_assert_true (g_bytes_equal (signet_cmp_message_get_transaction_id (ir), signet_cmp_message_get_transaction_id (certconf)));
  g_assert_true (g_bytes_equal (signet_cmp_message_get_recip_nonce (certconf), signet_cmp_message_get_sender_nonce (ip)));
  g_assert_false (g_bytes_equal (signet_cmp_message_get_sender_nonce (certconf), signet_cmp_message_get_sender_nonce (ir)));
  g_assert_cmpint (GENERAL_NAME_cmp ((GENERAL_NAME *) signet_cmp_message_get_recipient (certconf),
                                     (GENERAL_NAME *) signet_cmp_message_get_sender (ip)), ==, 0);
  g_assert_cmpint (X509_ALGOR_cmp (signet_cmp_message_get_protection_alg (ir), signet_cmp_message_get_protection_alg (certconf)),
                   ==, 0);
  g_assert_cmpuint (signet_cmp_message_get_extra_certs (ir)->len, ==, 0);
}

static void
test_mac_implicit (Fixture      *fixture,
                   gconstpointer data)
{
  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_DONE);
  assert_certificate (fixture);
  g_assert_cmpuint (fixture->sent->len, ==, 1);
}

static void
test_implicit_not_wanted (Fixture      *fixture,
                          gconstpointer data)
{
  signet_cmp_authority_set_implicit_confirm (fixture->authority, FALSE);
  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_DONE);
  g_assert_false (signet_cmp_message_get_implicit_confirm (g_ptr_array_index (fixture->sent, 0)));
  g_assert_cmpuint (fixture->sent->len, ==, 2);
}

static void
test_polling (Fixture      *fixture,
              gconstpointer data)
{
  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_DONE);
  assert_certificate (fixture);
  g_assert_cmpuint (fixture->sent->len, ==, 5);
  for (guint i = 1; i <= 3; i++)
    g_assert_cmpint (sent_type (fixture, i), ==, SIGNET_CMP_BODY_POLLREQ);
  g_assert_cmpint (sent_type (fixture, 4), ==, SIGNET_CMP_BODY_CERTCONF);
  for (guint i = 0; i < 5; i++)
    for (guint k = 0; k < i; k++)
      g_assert_false (g_bytes_equal (signet_cmp_message_get_sender_nonce (g_ptr_array_index (fixture->sent, i)),
                                     signet_cmp_message_get_sender_nonce (g_ptr_array_index (fixture->sent, k))));
}

/* A first certificate under the secret, then one more under its signature. */
static void
sign_with_first (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCertificate) certificate = NULL;
  g_autoptr (GPtrArray) chain = NULL;

  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_DONE);
  certificate = g_object_ref (signet_cmp_transaction_get_certificate (fixture->transaction));
  chain = g_ptr_array_ref (signet_cmp_transaction_get_chain (fixture->transaction));
  g_clear_object (&fixture->credentials);
  fixture->credentials = signet_cmp_credentials_new_signature (fixture->key, certificate, chain, &error);
  g_assert_no_error (error);
  g_ptr_array_set_size (fixture->sent, 0);
  g_ptr_array_set_size (fixture->received, 0);
}

static void
test_signature (Fixture      *fixture,
                gconstpointer data)
{
  SignetCmpMessage *cr;
  GPtrArray *extra;
  SignetCertificate *signer;

  sign_with_first (fixture);
  begin (fixture, SIGNET_CMP_BODY_CR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_DONE);
  assert_certificate (fixture);
  cr = g_ptr_array_index (fixture->sent, 0);
  extra = signet_cmp_message_get_extra_certs (cr);
  signer = signet_cmp_credentials_get_certificate (fixture->credentials);
  g_assert_cmpint (sent_type (fixture, 0), ==, SIGNET_CMP_BODY_CR);
  g_assert_true (signet_certificate_equal (g_ptr_array_index (extra, 0), signer));
  for (guint i = 0; i < extra->len; i++)
    g_assert_false (signet_certificate_is_self_issued (g_ptr_array_index (extra, i)));
  g_assert_cmpint (X509_NAME_cmp (signet_cmp_message_get_sender (cr)->d.directoryName,
                                  X509_get_subject_name (signet_certificate_get_x509 (signer))), ==, 0);
  g_assert_cmpmem (g_bytes_get_data (signet_cmp_message_get_sender_kid (cr), NULL),
                   g_bytes_get_size (signet_cmp_message_get_sender_kid (cr)),
                   ASN1_STRING_get0_data (X509_get0_subject_key_id (signet_certificate_get_x509 (signer))),
                   ASN1_STRING_length (X509_get0_subject_key_id (signet_certificate_get_x509 (signer))));
}

static void
test_rejected (Fixture      *fixture,
               gconstpointer data)
{
  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (fixture->transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  g_assert_nonnull (strstr (signet_cmp_transaction_get_failure (fixture->transaction)->message, "Not on the list."));
  g_assert_cmpuint (fixture->sent->len, ==, 1);
}

static void
test_changes (Fixture      *fixture,
              gconstpointer data)
{
  gboolean accept = data == NULL || ((const SignetDemoOptions *) data)->poll_count == 0;
  g_autoptr (GError) error = NULL;
  const SignetCmpQuestion *question;
  const SignetCmpDifference *difference;
  SignetCmpStep step;

  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_ASK);
  question = signet_cmp_transaction_get_question (fixture->transaction);
  g_assert_cmpint (question->kind, ==, SIGNET_CMP_QUESTION_ACCEPT_CHANGES);
  g_assert_cmpuint (question->differences->len, ==, 1);
  difference = g_ptr_array_index (question->differences, 0);
  g_assert_cmpstr (difference->field, ==, "subject");
  g_assert_cmpstr (difference->requested, ==, "CN=Maria Huber,O=Example");
  g_assert_nonnull (strstr (difference->granted, "Signet Demo Customers"));
  g_assert_true (signet_cmp_transaction_answer (fixture->transaction, accept, fixture->now, &step, &error));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_SEND);
  restart (fixture);
  g_assert_cmpint (run (fixture), ==, accept ? SIGNET_CMP_STEP_DONE : SIGNET_CMP_STEP_FAILED);
  g_assert_cmpint (sent_type (fixture, fixture->sent->len - 1), ==, SIGNET_CMP_BODY_CERTCONF);
  {
    g_autofree char *list = signet_demo_authority_list (fixture->demo, NULL);

    g_assert_nonnull (strstr (list, accept ? "confirmed" : "refused"));
  }
}

static void
test_root_offered (Fixture      *fixture,
                   gconstpointer data)
{
  const SignetCmpQuestion *question;
  g_autofree char *path = signet_demo_authority_anchor_file (fixture->demo);
  g_autoptr (SignetCertificate) anchor = read_certificate (path);
  SignetCmpStep step;

  g_clear_object (&fixture->authority);
  fixture->authority = signet_cmp_authority_new ();
  signet_cmp_authority_set_mac (fixture->authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_relaxations (fixture->authority, SIGNET_CMP_RELAX_CA_PUBS);
  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_ASK);
  question = signet_cmp_transaction_get_question (fixture->transaction);
  g_assert_cmpint (question->kind, ==, SIGNET_CMP_QUESTION_TRUST_ROOT);
  g_assert_true (signet_certificate_equal (question->certificate, anchor));
  g_assert_true (signet_cmp_transaction_answer (fixture->transaction, TRUE, fixture->now, &step, NULL));
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_DONE);
  g_assert_true (signet_certificate_equal (signet_cmp_transaction_get_new_anchor (fixture->transaction), anchor));
}

/* Without the setting, a root that comes along is nobody's anchor. */
static void
test_root_not_wanted (Fixture      *fixture,
                      gconstpointer data)
{
  g_clear_object (&fixture->authority);
  fixture->authority = signet_cmp_authority_new ();
  signet_cmp_authority_set_mac (fixture->authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (fixture->transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CERTIFICATE);
  g_assert_null (signet_cmp_transaction_get_new_anchor (fixture->transaction));
  g_assert_cmpint (sent_type (fixture, 1), ==, SIGNET_CMP_BODY_CERTCONF);
}

static void
test_fingerprint (Fixture      *fixture,
                  gconstpointer data)
{
  g_autofree char *path = signet_demo_authority_anchor_file (fixture->demo);
  g_autoptr (SignetCertificate) anchor = read_certificate (path);

  g_clear_object (&fixture->authority);
  fixture->authority = signet_cmp_authority_new ();
  signet_cmp_authority_set_mac (fixture->authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_anchor_fingerprint (fixture->authority, signet_certificate_get_fingerprint (anchor));
  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_DONE);
  g_assert_true (signet_certificate_equal (signet_cmp_transaction_get_new_anchor (fixture->transaction), anchor));
}

/* What is refused leaves the transaction as it was: the true answer is taken afterwards. */
static void
assert_refused (Fixture        *fixture,
                GBytes         *octets,
                SignetCmpError  code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (GBytes) after = NULL;
  g_autoptr (SignetSecret) sealed = NULL;
  SignetCmpStep step;

  g_assert_true (signet_cmp_transaction_save (fixture->transaction, &before, &sealed, NULL));
  g_assert_false (signet_cmp_transaction_receive (fixture->transaction, octets, fixture->now, &step, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, (int) code);
  g_assert_true (signet_cmp_transaction_save (fixture->transaction, &after, &sealed, NULL));
  g_assert_true (g_bytes_equal (before, after));
}

static void
test_other_transaction (Fixture      *fixture,
                        gconstpointer data)
{
  g_autoptr (GBytes) other = NULL;
  g_autoptr (GBytes) own = NULL;
  SignetCmpStep step;

  begin (fixture, SIGNET_CMP_BODY_IR);
  other = send_one (fixture);
  begin (fixture, SIGNET_CMP_BODY_IR);
  own = send_one (fixture);
  assert_refused (fixture, other, SIGNET_CMP_ERROR_TRANSACTION_ID);
  g_assert_true (signet_cmp_transaction_receive (fixture->transaction, own, fixture->now, &step, NULL));
}

static void
test_old_answer (Fixture      *fixture,
                 gconstpointer data)
{
  g_autoptr (GBytes) ip = NULL;
  g_autoptr (GBytes) pkiconf = NULL;
  SignetCmpStep step;

  begin (fixture, SIGNET_CMP_BODY_IR);
  ip = send_one (fixture);
  g_assert_true (signet_cmp_transaction_receive (fixture->transaction, ip, fixture->now, &step, NULL));
  pkiconf = send_one (fixture);
  assert_refused (fixture, ip, SIGNET_CMP_ERROR_NONCE);
  g_assert_true (signet_cmp_transaction_receive (fixture->transaction, pkiconf, fixture->now, &step, NULL));
  g_assert_cmpint (step, ==, SIGNET_CMP_STEP_DONE);
}

static void
test_flipped_octets (Fixture      *fixture,
                     gconstpointer data)
{
  g_autoptr (GBytes) ip = NULL;
  gsize size;
  const guint8 *octets;
  SignetCmpStep step;
  guint header_and_body;

  begin (fixture, SIGNET_CMP_BODY_IR);
  ip = send_one (fixture);
  octets = g_bytes_get_data (ip, &size);
  /* extraCerts are not covered by the protection: RFC 9483 §3.2. */
  header_and_body = (guint) g_bytes_get_size (signet_cmp_message_get_protected_part (g_ptr_array_index (fixture->received, 0)));
  for (guint i = 0; i < header_and_body; i++)
    {
      guint8 *copy = g_memdup2 (octets, size);
      g_autoptr (GBytes) changed = NULL;

      copy[i] ^= 1 << (i % 8);
      changed = g_bytes_new_take (copy, size);
      g_assert_false (signet_cmp_transaction_receive (fixture->transaction, changed, fixture->now, &step, NULL));
    }
  for (gsize length = 0; length < size; length++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (octets, length);

      g_assert_false (signet_cmp_transaction_receive (fixture->transaction, cut, fixture->now, &step, NULL));
    }
  g_assert_true (signet_cmp_transaction_receive (fixture->transaction, ip, fixture->now, &step, NULL));
}

static void
test_wrong_secret (Fixture      *fixture,
                   gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GBytes) in = NULL;

  use_secret (fixture, "something else");
  begin (fixture, SIGNET_CMP_BODY_IR);
  out = signet_cmp_transaction_next (fixture->transaction, fixture->now, &error);
  in = signet_demo_authority_handle (fixture->demo, out, &error);
  g_assert_no_error (error);
  {
    g_autoptr (SignetCmpMessage) answer = signet_cmp_message_parse (in, NULL);

    g_assert_cmpint (signet_cmp_message_get_body_type (answer), ==, SIGNET_CMP_BODY_ERROR);
    if (signet_cmp_message_get_protection (answer) == NULL)
      assert_refused (fixture, in, SIGNET_CMP_ERROR_UNAUTHENTICATED_ERROR);
    else
      assert_refused (fixture, in, SIGNET_CMP_ERROR_BAD_PROTECTION);
  }
}

static void
test_clock (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr (GBytes) ip = NULL;
  SignetCmpStep step;

  signet_cmp_authority_set_time_tolerance (fixture->authority, 120);
  begin (fixture, SIGNET_CMP_BODY_IR);
  ip = send_one (fixture);
  fixture->now += 3600;
  assert_refused (fixture, ip, SIGNET_CMP_ERROR_TIME);
  fixture->now -= 3600;
  g_assert_true (signet_cmp_transaction_receive (fixture->transaction, ip, fixture->now, &step, NULL));
  g_assert_cmpint (ABS (signet_cmp_transaction_get_clock_offset (fixture->transaction)), <, 60);
}

static void
test_saved_is_checked (Fixture      *fixture,
                       gconstpointer data)
{
  g_autoptr (GBytes) saved = NULL;
  g_autoptr (SignetSecret) sealed = NULL;
  gsize size;
  const guint8 *octets;

  begin (fixture, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (exchange (fixture), ==, SIGNET_CMP_STEP_SEND);
  g_assert_true (signet_cmp_transaction_save (fixture->transaction, &saved, &sealed, NULL));
  octets = g_bytes_get_data (saved, &size);
  for (gsize length = 0; length < size; length += 7)
    {
      g_autoptr (GBytes) cut = g_bytes_new (octets, length);
      g_autoptr (GError) error = NULL;

      g_assert_null (signet_cmp_transaction_restore (cut, NULL, fixture->authority, fixture->credentials, resolve, fixture, &error));
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_SAVED);
    }
  {
    g_autoptr (GVariant) other = g_variant_ref_sink (g_variant_new_parsed ("{'format': <uint32 99>}"));
    g_autoptr (GBytes) newer = g_variant_get_data_as_bytes (other);
    g_autoptr (GError) error = NULL;

    g_assert_null (signet_cmp_transaction_restore (newer, NULL, fixture->authority, fixture->credentials, resolve, fixture, &error));
    g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_SAVED);
  }
}

static void
test_key_kinds (Fixture      *fixture,
                gconstpointer data)
{
  static const char *const specs[] = { "rsa:2048", "ec:P-384", "ec:P-521", "ed25519", "ed448" };

  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_clear_object (&fixture->key);
      fixture->key = signet_key_generate (specs[i], NULL, NULL, NULL, NULL);
      g_ptr_array_set_size (fixture->sent, 0);
      use_secret (fixture, NULL);
      sign_with_first (fixture);
      begin (fixture, SIGNET_CMP_BODY_CR);
      g_assert_cmpint (run (fixture), ==, SIGNET_CMP_STEP_DONE);
      assert_certificate (fixture);
    }
}

int
main (int    argc,
      char **argv)
{
  static const SignetDemoOptions implicit = { .implicit_confirm = TRUE };
  static const SignetDemoOptions polling = { .poll_count = 3, .check_after = 60 };
  static const SignetDemoOptions reject = { .reject = (char *) "Not on the list." };
  static const SignetDemoOptions modify = { .modify = TRUE };
  static const SignetDemoOptions modify_refused = { .modify = TRUE, .poll_count = 1, .check_after = 1 };
  static const SignetDemoOptions ca_pubs = { .ca_pubs = TRUE };
  const struct
  {
    const char *path;
    const SignetDemoOptions *options;
    void (*function) (Fixture *, gconstpointer);
  } tests[] = {
    { "/cmp/transaction/ir/mac/explicit/R021,R028,R032,R039,R079,R149,R159,R190,R202", NULL, test_mac_explicit },
    { "/cmp/transaction/headers-go-together/R007,R011,R019,R022,R027,R029,R052,R087,R096", NULL, test_headers_go_together },
    { "/cmp/transaction/ir/mac/implicit/R191", &implicit, test_mac_implicit },
    { "/cmp/transaction/ir/mac/implicit-not-wanted/R149,R190", &implicit, test_implicit_not_wanted },
    { "/cmp/transaction/ir/mac/polling/R027,R207,R213,R214,R219,R223", &polling, test_polling },
    { "/cmp/transaction/cr/signature/R006,R018,R112,R114,R168", NULL, test_signature },
    { "/cmp/transaction/cr/signature/implicit", &implicit, test_signature },
    { "/cmp/transaction/cr/signature/polling", &polling, test_signature },
    { "/cmp/transaction/every-kind-of-key/R062,R063,R299,R304", &implicit, test_key_kinds },
    { "/cmp/transaction/rejection-ends-without-confirmation/R156", &reject, test_rejected },
    { "/cmp/transaction/changes/accepted/R151,R152", &modify, test_changes },
    { "/cmp/transaction/changes/refused/R126,R200", &modify_refused, test_changes },
    { "/cmp/transaction/root/offered-and-confirmed/R161,R162", &ca_pubs, test_root_offered },
    { "/cmp/transaction/root/not-trusted-by-default/R126,R158,R161", &ca_pubs, test_root_not_wanted },
    { "/cmp/transaction/root/known-by-fingerprint/R118", &ca_pubs, test_fingerprint },
    { "/cmp/transaction/refuses/another-transaction/R022", NULL, test_other_transaction },
    { "/cmp/transaction/refuses/an-old-answer/R123", NULL, test_old_answer },
    { "/cmp/transaction/refuses/every-flipped-octet-and-every-cut/R057,R121", NULL, test_flipped_octets },
    { "/cmp/transaction/refuses/wrong-secret/R056,R057", NULL, test_wrong_secret },
    { "/cmp/transaction/clock-is-looked-at-where-wanted/R014,R015", NULL, test_clock },
    { "/cmp/transaction/saved-state-is-checked", NULL, test_saved_is_checked },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].options, set_up, tests[i].function, tear_down);

  return g_test_run ();
}
