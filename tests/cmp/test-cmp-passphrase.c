/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-encrypted-value.h"
#include "cmp/cmp-envelope-kit.h"
#include "cmp/cmp-genm.h"
#include "cmp/cmp-genp.h"
#include "cmp/cmp-made.h"
#include "cmp/cmp-passphrase.h"
#include "cmp/cmp-peer.h"
#include "cmp/cmp-revocation.h"
#include "pki/pki-name.h"

/* The life of a revocation passphrase, RFC 9810 App. B. What is encrypted is opened by libcrypto's CMS. */

#define NAME "pass-1"

static const PartyUsage encipher = { .key_usage = "keyEncipherment" };
static const PartyUsage sign_only = { .key_usage = "digitalSignature" };
static const PartyUsage ca_usage = { .key_usage = "keyCertSign,cRLSign", .ca = TRUE };

/* EnvelopedData as a SEQUENCE out of an EncryptedKey. */
static GBytes *
untag (GBytes *encrypted_key)
{
  gsize size;
  guint8 *copy = g_memdup2 (g_bytes_get_data (encrypted_key, NULL), g_bytes_get_size (encrypted_key));

  size = g_bytes_get_size (encrypted_key);
  g_assert_cmpint (copy[0], ==, 0xa0);
  copy[0] = 0x30;

  return g_bytes_new_take (copy, size);
}

static void
test_generated (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SignetSecret) passphrase = signet_cmp_passphrase_generate (&error);
      gsize size;
      const guint8 *data = signet_secret_get_data (passphrase, &size);
      guint letters = 0;

      g_assert_no_error (error);
      for (gsize k = 0; k < size; k++)
        letters += data[k] != '-';
      /* 32 letters of 5 bits are 160 bits: more than 128. */
      g_assert_cmpuint (letters, ==, 32);
      g_assert_cmpuint (size, ==, 39);
      g_assert_true (g_hash_table_add (seen, g_strndup ((const char *) data, size)));
    }
}

static void
test_for_certificate (void)
{
  g_autoptr (Party) ca = party_new ("rsa:2048", "Encryption", NULL, encipher);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetSecret) passphrase = kit_secret (KIT_TEXT);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpGenmItem) item = signet_cmp_passphrase_encrypt (passphrase, ca->certificate, NULL, NAME, authority, &error);
  g_autoptr (GBytes) enveloped = NULL;
  g_autoptr (SignetSecret) opened = NULL;
  const guint8 *data;
  gsize size;
  /* localKeyId { "pass-1" } as RFC 2985 §5.5.2 has it */
  static const guint8 attribute[] = { 0x30, 0x15, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x15,
                                      0x31, 0x08, 0x04, 0x06, 'p', 'a', 's', 's', '-', '1' };

  g_assert_no_error (error);
  g_assert_cmpint (item->type, ==, SIGNET_CMP_INFO_REV_PASSPHRASE);
  g_assert_true (signet_cmp_genm_needs_2021 (item->oid, item->value));
  enveloped = untag (item->value);
  opened = kit_decrypt (enveloped, ca, NULL);
  kit_assert_secret (opened, KIT_TEXT);
  data = g_bytes_get_data (enveloped, &size);
  g_assert_nonnull (memmem (data, size, attribute, sizeof attribute));
}

static void
test_for_secret (void)
{
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetSecret) passphrase = kit_secret (KIT_TEXT);
  g_autoptr (SignetSecret) shared = kit_secret ("a secret of some length");
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpGenmItem) item = NULL;
  g_autoptr (SignetSecret) opened = NULL;
  SignetCmpRecipient recipient = { .secret = shared };

  /* libcrypto reads a PasswordRecipientInfo of RFC 3211 only, and not that of RFC 9481 §4.4. */
  signet_cmp_authority_set_mac_parameters (authority, "SHA256", 1000);
  item = signet_cmp_passphrase_encrypt (passphrase, NULL, shared, NAME, authority, &error);
  g_assert_no_error (error);
  g_assert_true (signet_cmp_genm_needs_2021 (item->oid, item->value));
  opened = signet_cmp_encrypted_key_open (item->value, &recipient, authority, NULL, NULL, &error);
  g_assert_no_error (error);
  kit_assert_secret (opened, KIT_TEXT);
}

/* For an old authority the same goes as EncryptedValue, with the name as valueHint, in version 2. */
static void
test_old_form (void)
{
  g_autoptr (Party) ca = party_new ("rsa:2048", "Encryption", NULL, encipher);
  g_autoptr (Party) curve = party_new ("ec:P-256", "Encryption on a curve", NULL, (PartyUsage) { .key_usage = "keyAgreement" });
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  g_autoptr (SignetSecret) passphrase = kit_secret (KIT_TEXT);
  SignetCmpRecipient recipient = party_recipient (ca);
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpGenmItem) item = NULL;
  g_autoptr (SignetEncryptedValue) value = NULL;
  g_autoptr (SignetSecret) opened = NULL;

  signet_cmp_authority_set_relaxations (authority, SIGNET_CMP_RELAX_ENCRYPTED_VALUE);
  item = signet_cmp_passphrase_encrypt (passphrase, ca->certificate, NULL, NAME, authority, &error);
  g_assert_no_error (error);
  g_assert_false (signet_cmp_genm_needs_2021 (item->oid, item->value));
  value = signet_asn1_decode (g_bytes_get_data (item->value, NULL), g_bytes_get_size (item->value), ASN1_ITEM_rptr (SignetEncryptedValue));
  g_assert_nonnull (value);
  g_assert_cmpmem (value->value_hint->data, value->value_hint->length, NAME, strlen (NAME));
  opened = signet_cmp_encrypted_value_open (item->value, &recipient, authority, NULL, &error);
  g_assert_no_error (error);
  kit_assert_secret (opened, KIT_TEXT);
  g_assert_null (signet_cmp_passphrase_encrypt (passphrase, curve->certificate, NULL, NAME, authority, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
}

static void
test_recipient (void)
{
  g_autoptr (Party) root = party_new ("ec:P-256", "Root", NULL, ca_usage);
  g_autoptr (Party) stranger = party_new ("ec:P-256", "Stranger", NULL, ca_usage);
  g_autoptr (Party) good = party_new ("rsa:2048", "Encryption", root, encipher);
  g_autoptr (Party) foreign = party_new ("rsa:2048", "Encryption", stranger, encipher);
  g_autoptr (Party) signer = party_new ("rsa:2048", "Signing", root, sign_only);
  g_autoptr (SignetCmpAuthority) authority = signet_cmp_authority_new ();
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;

  signet_cmp_authority_add_anchor (authority, root->certificate);
  g_assert_true (signet_cmp_passphrase_check_recipient (good->certificate, authority, NULL, now, &error));
  g_assert_no_error (error);
  g_assert_false (signet_cmp_passphrase_check_recipient (foreign->certificate, authority, NULL, now, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
  g_clear_error (&error);
  g_assert_false (signet_cmp_passphrase_check_recipient (signer->certificate, authority, NULL, now, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
  g_clear_error (&error);
  g_assert_false (signet_cmp_passphrase_check_recipient (good->certificate, authority, NULL, now + G_GINT64_CONSTANT (4000000000), &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_UNTRUSTED);
}

/* ---- in messages ---- */

static SignetCmpGenmItem *
encrypted_for_peer (Peer *peer)
{
  g_autoptr (SignetSecret) passphrase = kit_secret (KIT_TEXT);
  g_autoptr (SignetSecret) shared = kit_secret (PEER_SECRET);
  SignetCmpGenmItem *item = signet_cmp_passphrase_encrypt (passphrase, NULL, shared, NAME, peer->authority, NULL);

  g_assert_nonnull (item);

  return item;
}

static void
begin (Peer              *peer,
       SignetCmpBodyType  type,
       GBytes            *content)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_for_content (type, content, &error);

  g_assert_no_error (error);
  g_clear_object (&peer->transaction);
  peer->transaction = signet_cmp_transaction_new (operation, peer->authority, peer->credentials, &error);
  g_assert_no_error (error);
  peer_take (peer);
}

static void
assert_holds (const SignetTypeAndValue *item,
              SignetCmpGenmItem        *wanted)
{
  g_autoptr (GBytes) value = signet_asn1_any_get_der (item->value);

  g_assert_true (g_bytes_equal (value, wanted->value));
}

static void
test_in_genm (void)
{
  Peer peer = { 0 };
  SignetCmpGenmItem *item;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_genm_item_free);
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) acknowledgement = made_der ("SEQUENCE:genp", "[genp]\nitem=SEQUENCE:item\n[item]\ntype=OID:1.3.6.1.5.5.7.4.12\n");
  g_autoptr (GBytes) nothing = made_der ("SEQUENCE:genp", "[genp]\n");
  g_autoptr (GBytes) echo = made_der ("SEQUENCE:genp", "[genp]\nitem=SEQUENCE:item\n[item]\ntype=OID:1.3.6.1.5.5.7.4.12\nvalue=UTF8:x\n");
  GBytes *answers[] = { acknowledgement, nothing, echo };

  peer_init (&peer);
  item = encrypted_for_peer (&peer);
  g_ptr_array_add (items, item);
  content = signet_cmp_genm_encode (items);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      SignetCmpBodyType body = SIGNET_CMP_BODY_GENM;
      g_autoptr (GPtrArray) answered = NULL;
      const SignetCmpGenmItem *answer;

      begin (&peer, SIGNET_CMP_BODY_GENM, content);
      g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 3);
      assert_holds (sk_SignetTypeAndValue_value ((const STACK_OF (SignetTypeAndValue) *) signet_cmp_message_get_body (peer.request), 0), item);
      g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_GENP, answers[i], NULL, NULL), ==, SIGNET_CMP_STEP_DONE);
      answered = signet_cmp_genm_decode (signet_cmp_transaction_get_answer (peer.transaction, &body), NULL);
      answer = signet_cmp_genm_find_answer (item, answered, NULL);
      g_assert_cmpint (answer != NULL && signet_cmp_genp_check_acknowledged (answer, NULL), ==, i == 0);
    }
  peer_clear (&peer);
}

static void
acknowledge (PeerAnswer *answer,
             gpointer    data)
{
  SignetTypeAndValue *item = SignetTypeAndValue_new ();

  ASN1_OBJECT_free (item->type);
  item->type = OBJ_txt2obj (data, 1);
  ASN1_OCTET_STRING_set (answer->header->sender_kid, (const guint8 *) NAME, (int) strlen (NAME));
  answer->header->general_info = sk_SignetTypeAndValue_new_null ();
  sk_SignetTypeAndValue_push (answer->header->general_info, item);
}

/*
 * A rr that the old passphrase protects, named in senderKID as it was in localKeyId, tells a new one in its header; without the
 * authority's acknowledgement the new one is not established.
 */
static void
test_in_header_of_revocation (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpGenmItem) item = NULL;
  g_autoptr (SignetSecret) old = kit_secret (PEER_SECRET);
  g_autoptr (GPtrArray) revocations = g_ptr_array_new_with_free_func ((GDestroyNotify) signet_cmp_revocation_free);
  g_autoptr (X509_NAME) issuer = signet_name_parse ("CN=Some CA", NULL);
  g_autoptr (ASN1_INTEGER) serial = ASN1_INTEGER_new ();
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GBytes) answer = made_der ("SEQUENCE:rp", "[rp]\nstatus=SEQUENCE:statuses\n[statuses]\none=SEQUENCE:status\n[status]\nstatus=INTEGER:0\n");
  GBytes *kid;
  static const struct { const char *oid; gboolean established; } cases[] = {
    { "1.3.6.1.5.5.7.4.12", TRUE }, { "1.3.6.1.5.5.7.4.13", FALSE },
  };

  peer_init (&peer);
  item = encrypted_for_peer (&peer);
  signet_cmp_authority_add_general_info (peer.authority, item->oid, item->value);
  g_clear_object (&peer.credentials);
  peer.credentials = signet_cmp_credentials_new_mac (NAME, old);
  ASN1_INTEGER_set (serial, 99);
  g_ptr_array_add (revocations, signet_cmp_revocation_new_for_serial (issuer, serial, SIGNET_CMP_REASON_KEY_COMPROMISE));
  content = signet_cmp_revocation_encode (revocations, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) octets = NULL;
      g_autoptr (SignetCmpMessage) message = NULL;
      SignetCmpStep step = SIGNET_CMP_STEP_SEND;
      g_autoptr (GError) error = NULL;

      begin (&peer, SIGNET_CMP_BODY_RR, content);
      g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 3);
      kid = signet_cmp_message_get_sender_kid (peer.request);
      g_assert_cmpmem (g_bytes_get_data (kid, NULL), g_bytes_get_size (kid), NAME, strlen (NAME));
      assert_holds (sk_SignetTypeAndValue_value (signet_cmp_message_get_header (peer.request)->general_info, 0), item);
      octets = peer_answer (&peer, SIGNET_CMP_BODY_RP, answer, acknowledge, (gpointer) cases[i].oid);
      g_assert_true (signet_cmp_transaction_receive (peer.transaction, octets, peer.now, &step, &error));
      g_assert_no_error (error);
      g_assert_cmpint (step, ==, SIGNET_CMP_STEP_DONE);
      message = signet_cmp_message_parse (octets, NULL);
      g_assert_cmpint (signet_cmp_passphrase_is_acknowledged (message), ==, cases[i].established);
    }
  peer_clear (&peer);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cmp/passphrase/generated-with-160-bits/R241", test_generated);
  g_test_add_func ("/cmp/passphrase/for-a-certificate/R235,R236,R237", test_for_certificate);
  g_test_add_func ("/cmp/passphrase/for-a-shared-secret/R235,R236", test_for_secret);
  g_test_add_func ("/cmp/passphrase/older-form-in-version-2/R236,R237", test_old_form);
  g_test_add_func ("/cmp/passphrase/not-to-the-wrong-certificate/R239,R250", test_recipient);
  g_test_add_func ("/cmp/passphrase/in-genm/R235,R238,R258", test_in_genm);
  g_test_add_func ("/cmp/passphrase/in-the-header-of-a-revocation/R036,R231,R235,R237,R238,R240", test_in_header_of_revocation);

  return g_test_run ();
}
