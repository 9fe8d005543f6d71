/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-server.h"
#include "pki/pki-name.h"

/* Each kind of request against libcrypto's server, which decodes, checks and answers by itself. */

static void
set_up (Server  *server,
        Peer    *peer,
        gboolean sign)
{
  peer_init (peer);
  if (sign)
    peer_use_signature (peer);
  server_init (server, peer, sign);
}

static void
tear_down (Server *server,
           Peer   *peer)
{
  server_clear (server);
  peer_clear (peer);
}

/* ---- kur ---- */

static void
test_update (void)
{
  Peer peer = { 0 };
  Server server;
  SignetCertificate *old;
  SignetCertificate *granted;
  SignetKey *key;
  g_autoptr (SignetCmpOperation) operation = NULL;

  set_up (&server, &peer, TRUE);
  old = signet_cmp_credentials_get_certificate (peer.credentials);
  key = peer_new_key (&peer, "ec:P-256");
  operation = signet_cmp_operation_new_update (key, old);
  server.polls = 2;
  g_assert_cmpint (server_run (&server, operation), ==, SIGNET_CMP_STEP_DONE);
  granted = signet_cmp_transaction_get_certificate (peer.transaction);
  g_assert_cmpstr (signet_certificate_get_subject (granted), ==, signet_certificate_get_subject (old));
  g_assert_cmpstr (signet_certificate_get_key_id (granted), ==, signet_key_get_id (key));
  g_assert_cmpuint (server.confirmations, ==, 1);
  tear_down (&server, &peer);
}

/* What is in a kur, as libcrypto reads it. */
static void
test_update_fields (void)
{
  Peer peer = { 0 };
  Server server;
  SignetCertificate *old;
  X509 *x509;
  g_autoptr (SignetCmpOperation) operation = NULL;
  const unsigned char *at;
  GBytes *content;
  OSSL_CRMF_MSGS *requests;
  OSSL_CRMF_MSG *request;
  OSSL_CRMF_CERTID *id;
  OSSL_CRMF_CERTTEMPLATE *asked;

  set_up (&server, &peer, TRUE);
  old = signet_cmp_credentials_get_certificate (peer.credentials);
  x509 = signet_certificate_get_x509 (old);
  operation = signet_cmp_operation_new_update (peer_new_key (&peer, "ed25519"), old);
  peer_begin_operation (&peer, operation);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_KUR);
  g_assert_true (signet_certificate_equal (g_ptr_array_index (signet_cmp_message_get_extra_certs (peer.request), 0), old));
  content = signet_cmp_message_get_body_content (peer.request);
  at = g_bytes_get_data (content, NULL);
  requests = d2i_OSSL_CRMF_MSGS (NULL, &at, (long) g_bytes_get_size (content));
  request = sk_OSSL_CRMF_MSG_value (requests, 0);
  asked = OSSL_CRMF_MSG_get0_tmpl (request);
  g_assert_cmpint (X509_NAME_cmp (OSSL_CRMF_CERTTEMPLATE_get0_subject (asked), X509_get_subject_name (x509)), ==, 0);
  g_assert_null (OSSL_CRMF_CERTTEMPLATE_get0_issuer (asked));
  g_assert_null (OSSL_CRMF_CERTTEMPLATE_get0_serialNumber (asked));
  g_assert_null (OSSL_CRMF_CERTTEMPLATE_get0_extensions (asked));
  id = OSSL_CRMF_MSG_get0_regCtrl_oldCertID (request);
  g_assert_nonnull (id);
  g_assert_cmpint (X509_NAME_cmp (OSSL_CRMF_CERTID_get0_issuer (id), X509_get_issuer_name (x509)), ==, 0);
  g_assert_cmpint (ASN1_INTEGER_cmp (OSSL_CRMF_CERTID_get0_serialNumber (id), X509_get0_serialNumber (x509)), ==, 0);
  sk_OSSL_CRMF_MSG_pop_free (requests, OSSL_CRMF_MSG_free);
  tear_down (&server, &peer);
}

/* Subject and alternative names octet for octet, whatever string types they have. */
static void
test_update_keeps_names (void)
{
  Peer peer = { 0 };
  g_autoptr (X509_NAME) name = X509_NAME_new ();
  g_autoptr (X509) x509 = NULL;
  g_autoptr (SignetCertificate) old = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GBytes) expected = NULL;
  g_autoptr (GBytes) sent = NULL;
  X509_EXTENSION *names;
  const STACK_OF (X509_EXTENSION) *extensions;

  peer_init (&peer);
  x509 = peer_issue (peer.ca, peer.key);
  X509_NAME_add_entry_by_txt (name, "O", V_ASN1_T61STRING, (const unsigned char *) "Old Company", -1, -1, 0);
  X509_NAME_add_entry_by_txt (name, "CN", V_ASN1_PRINTABLESTRING, (const unsigned char *) "maria  HUBER", -1, -1, 0);
  X509_set_subject_name (x509, name);
  names = X509V3_EXT_conf_nid (NULL, NULL, NID_subject_alt_name, "email:maria@example.org,DNS:maria.example.org");
  X509_add_ext (x509, names, -1);
  g_assert_cmpint (X509_sign (x509, peer.ca->issuer_key, EVP_sha256 ()), >, 0);
  old = signet_certificate_new_for_x509 (x509);
  operation = signet_cmp_operation_new_update (peer_new_key (&peer, "ec:P-256"), old);
  expected = signet_asn1_encode (X509_get_subject_name (x509), ASN1_ITEM_rptr (X509_NAME));
  sent = signet_asn1_encode (signet_cmp_operation_get_subject (operation), ASN1_ITEM_rptr (X509_NAME));
  g_assert_true (g_bytes_equal (expected, sent));
  extensions = signet_cmp_operation_get_extensions (operation);
  g_assert_cmpint (sk_X509_EXTENSION_num (extensions), ==, 1);
  g_assert_cmpint (ASN1_OCTET_STRING_cmp (X509_EXTENSION_get_data (sk_X509_EXTENSION_value (extensions, 0)),
                                          X509_EXTENSION_get_data (names)), ==, 0);
  X509_EXTENSION_free (names);
  peer_clear (&peer);
}

static void
test_update_credentials (void)
{
  Peer peer = { 0 };
  g_autoptr (X509) other = NULL;
  g_autoptr (SignetCertificate) old = NULL;
  g_autoptr (SignetCmpOperation) of_other = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;
  SignetCertificate *own;

  peer_init (&peer);
  own = peer_use_signature (&peer);
  other = peer_issue (peer.ca, peer.key);
  ASN1_INTEGER_set (X509_get_serialNumber (other), 4712);
  g_assert_cmpint (X509_sign (other, peer.ca->issuer_key, EVP_sha256 ()), >, 0);
  old = signet_certificate_new_for_x509 (other);
  of_other = signet_cmp_operation_new_update (peer_new_key (&peer, "ec:P-256"), old);
  peer_cannot_send (&peer, of_other, SIGNET_CMP_ERROR_CREDENTIALS, "old certificate");
  /* Nor once it has expired: then it is a new one that is needed. */
  operation = signet_cmp_operation_new_update (peer_new_key (&peer, "ec:P-256"), own);
  peer.now += 7200;
  peer_cannot_send (&peer, operation, SIGNET_CMP_ERROR_CREDENTIALS, "Request a new one");
  peer_clear (&peer);
}

static void
test_update_was_done (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GBytes) content = peer_cert_rep (peer_response_for (0, 6, NULL), NULL);

  peer_init (&peer);
  operation = signet_cmp_operation_new (SIGNET_CMP_BODY_KUR, peer.key, X509_get_subject_name (peer.ca->issuer));
  peer_begin_operation (&peer, operation);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_KUP, content, NULL, NULL), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  g_assert_nonnull (strstr (signet_cmp_transaction_get_failure (peer.transaction)->message, "keyUpdateWarning"));
  g_assert_cmpint (signet_cmp_transaction_get_status (peer.transaction)->status, ==, SIGNET_CMP_STATUS_KEY_UPDATE_WARNING);
  peer_clear (&peer);
}

/* ---- p10cr ---- */

static GBytes *
make_request (EVP_PKEY   *key,
              const char *subject,
              const char *alt_name)
{
  X509_REQ *request = X509_REQ_new ();
  STACK_OF (X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null ();
  g_autoptr (X509_NAME) name = signet_name_parse (subject, NULL);
  GBytes *der;

  X509_REQ_set_version (request, 0);
  X509_REQ_set_subject_name (request, name);
  X509_REQ_set_pubkey (request, key);
  sk_X509_EXTENSION_push (extensions, X509V3_EXT_conf_nid (NULL, NULL, NID_subject_alt_name, alt_name));
  X509_REQ_add_extensions (request, extensions);
  sk_X509_EXTENSION_pop_free (extensions, X509_EXTENSION_free);
  g_assert_cmpint (X509_REQ_sign (request, key, EVP_sha256 ()), >, 0);
  der = signet_asn1_encode (request, ASN1_ITEM_rptr (X509_REQ));
  X509_REQ_free (request);

  return der;
}

/* @data: whether the key is at hand */
static void
test_p10 (gconstpointer data)
{
  gboolean with_key = GPOINTER_TO_INT (data);
  Peer peer = { 0 };
  Server server;
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (GBytes) request = make_request (signet_key_get_pkey (key), "CN=Somebody", "DNS:host.example.org");
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GError) error = NULL;

  set_up (&server, &peer, FALSE);
  if (with_key)
    g_ptr_array_add (peer.keys, g_object_ref (key));
  operation = signet_cmp_operation_new_p10 (request, with_key ? key : NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (server_run (&server, operation), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpuint (server.confirmations, ==, 1);
  g_assert_cmpstr (signet_certificate_get_key_id (signet_cmp_transaction_get_certificate (peer.transaction)), ==,
                   signet_key_get_id (key));
  tear_down (&server, &peer);
}

static void
test_p10_fields (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetKey) key = signet_key_generate ("rsa:2048", NULL, NULL, NULL, NULL);
  g_autoptr (GBytes) request = make_request (signet_key_get_pkey (key), "", "email:maria@example.org");
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_p10 (request, NULL, NULL);
  g_autoptr (GBytes) grant = NULL;
  g_autoptr (X509) x509 = NULL;
  g_autoptr (X509_NAME) nobody = X509_NAME_new ();
  X509_EXTENSION *names = X509V3_EXT_conf_nid (NULL, NULL, NID_subject_alt_name, "email:maria@example.org");
  const SignetCertConfirmContent *confirmation;

  peer_init (&peer);
  peer_begin_operation (&peer, operation);
  g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_P10CR);
  g_assert_true (g_bytes_equal (signet_cmp_message_get_body_content (peer.request), request));
  x509 = peer_issue (peer.ca, key);
  X509_set_subject_name (x509, nobody);
  X509_add_ext (x509, names, -1);
  X509_EXTENSION_free (names);
  g_assert_cmpint (X509_sign (x509, peer.ca->issuer_key, EVP_sha256 ()), >, 0);
  grant = peer_cert_rep (peer_response_for (-1, 0, x509), NULL);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_CP, grant, NULL, NULL), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  confirmation = signet_cmp_message_get_body (peer.request);
  g_assert_cmpint (ASN1_INTEGER_get (sk_SignetCertStatus_value (confirmation, 0)->cert_req_id), ==, -1);
  peer_clear (&peer);
}

/* Who answers with 0 is taken where the settings say so, and is confirmed with 0. */
static void
test_p10_number (void)
{
  for (guint allowed = 0; allowed < 2; allowed++)
    {
      Peer peer = { 0 };
      g_autoptr (GBytes) request = NULL;
      g_autoptr (SignetCmpOperation) operation = NULL;
      g_autoptr (GBytes) grant = NULL;
      const SignetCertConfirmContent *confirmation;
      SignetCmpStep step;

      peer_init (&peer);
      request = make_request (signet_key_get_pkey (peer.key), "CN=Maria Huber", "email:maria@example.org");
      operation = signet_cmp_operation_new_p10 (request, peer.key, NULL);
      if (allowed)
        signet_cmp_authority_set_relaxations (peer.authority, SIGNET_CMP_RELAX_P10_REQUEST_ID);
      peer_begin_operation (&peer, operation);
      grant = peer_grant (&peer);
      step = peer_receive (&peer, SIGNET_CMP_BODY_CP, grant, NULL, NULL);
      if (allowed)
        {
          SignetCmpStep answered;

          g_assert_cmpint (step, ==, SIGNET_CMP_STEP_ASK);
          g_assert_true (signet_cmp_transaction_answer (peer.transaction, TRUE, peer.now, &answered, NULL));
          peer_take (&peer);
          confirmation = signet_cmp_message_get_body (peer.request);
          g_assert_cmpint (ASN1_INTEGER_get (sk_SignetCertStatus_value (confirmation, 0)->cert_req_id), ==, 0);
        }
      else
        g_assert_cmpint (step, ==, SIGNET_CMP_STEP_FAILED);
      peer_clear (&peer);
    }
}

static void
test_p10_refused (void)
{
  g_autoptr (SignetKey) key = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (SignetKey) other = signet_key_generate ("ec:P-256", NULL, NULL, NULL, NULL);
  g_autoptr (GBytes) request = make_request (signet_key_get_pkey (key), "CN=Somebody", "DNS:host.example.org");
  g_autofree guint8 *changed = g_memdup2 (g_bytes_get_data (request, NULL), g_bytes_get_size (request));
  g_autoptr (GBytes) spoilt = NULL;
  g_autoptr (GBytes) rest = g_bytes_new_from_bytes (request, 0, g_bytes_get_size (request) - 1);
  g_autoptr (GError) error = NULL;

  changed[20] ^= 1;             /* in the name */
  spoilt = g_bytes_new (changed, g_bytes_get_size (request));
  g_assert_null (signet_cmp_operation_new_p10 (spoilt, NULL, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_null (signet_cmp_operation_new_p10 (rest, NULL, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_MALFORMED);
  g_clear_error (&error);
  g_assert_null (signet_cmp_operation_new_p10 (request, other, &error));
  g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CREDENTIALS);
}

/* ---- rr ---- */

static void
add_details (SignetRevReqContent *content,
             X509                *x509,
             int                  reason)
{
  SignetRevDetails *details = SignetRevDetails_new ();
  ASN1_ENUMERATED *code = ASN1_ENUMERATED_new ();

  details->cert_details->issuer = X509_NAME_dup (X509_get_issuer_name (x509));
  details->cert_details->serial_number = ASN1_INTEGER_dup (X509_get0_serialNumber (x509));
  ASN1_ENUMERATED_set (code, reason);
  X509V3_add1_i2d (&details->crl_entry_details, NID_crl_reason, code, 0, X509V3_ADD_APPEND);
  ASN1_ENUMERATED_free (code);
  sk_SignetRevDetails_push (content, details);
}

static SignetCmpOperation *
make_revocation (X509 *x509,
        guint n)
{
  SignetRevReqContent *content = sk_SignetRevDetails_new_null ();
  g_autoptr (GBytes) der = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpOperation *operation;

  for (guint i = 0; i < n; i++)
    add_details (content, x509, 4);
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetRevReqContent));
  sk_SignetRevDetails_pop_free (content, SignetRevDetails_free);
  operation = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_RR, der, &error);
  g_assert_no_error (error);

  return operation;
}

/* @data: signed with the certificate that is revoked, or under the shared secret. A second time it is revoked already. */
static void
test_revocation (gconstpointer data)
{
  gboolean sign = GPOINTER_TO_INT (data);
  Peer peer = { 0 };
  Server server;
  g_autoptr (X509) x509 = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;
  SignetCmpBodyType body = SIGNET_CMP_BODY_IR;

  set_up (&server, &peer, sign);
  x509 = peer_issue (peer.ca, peer.key);
  operation = make_revocation (x509, 1);
  g_assert_cmpint (server_run (&server, operation), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (peer.transaction, 0), ==, SIGNET_CMP_ITEM_CONFIRMED);
  g_assert_cmpint (X509_NAME_cmp (server.revoked_issuer, X509_get_issuer_name (x509)), ==, 0);
  g_assert_cmpint (ASN1_INTEGER_cmp (server.revoked_serial, X509_get0_serialNumber (x509)), ==, 0);
  g_assert_nonnull (signet_cmp_transaction_get_answer (peer.transaction, &body));
  g_assert_cmpint (body, ==, SIGNET_CMP_BODY_RP);
  g_assert_cmpint (server_run (&server, operation), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_REJECTED);
  g_assert_nonnull (strstr (signet_cmp_transaction_get_failure (peer.transaction)->message, signet_cmp_fail_info_explain (10)));
  tear_down (&server, &peer);
}

static GBytes *
make_rev_rep (const int *statuses,
              guint      n)
{
  SignetRevRepContent *content = SignetRevRepContent_new ();
  GBytes *der;

  for (guint i = 0; i < n; i++)
    {
      SignetPkiStatusInfo *info = SignetPkiStatusInfo_new ();

      ASN1_INTEGER_set (info->status, statuses[i] & 0xff);
      if (statuses[i] > 0xff)
        {
          info->fail_info = ASN1_BIT_STRING_new ();
          ASN1_BIT_STRING_set_bit (info->fail_info, 4, 1);
        }
      sk_SignetPkiStatusInfo_push (content->status, info);
    }
  der = signet_asn1_encode (content, ASN1_ITEM_rptr (SignetRevRepContent));
  SignetRevRepContent_free (content);

  return der;
}

static SignetCmpStep
receive_rev_rep (Peer      *peer,
                 guint      asked,
                 const int *statuses,
                 guint      n)
{
  g_autoptr (X509) x509 = peer_issue (peer->ca, peer->key);
  g_autoptr (SignetCmpOperation) operation = make_revocation (x509, asked);
  g_autoptr (GBytes) content = make_rev_rep (statuses, n);

  peer_begin_operation (peer, operation);

  return peer_receive (peer, SIGNET_CMP_BODY_RP, content, NULL, NULL);
}

static void
test_partial_revocation (void)
{
  static const int statuses[] = { 2, 0 };
  Peer peer = { 0 };

  peer_init (&peer);
  g_assert_cmpint (receive_rev_rep (&peer, 2, statuses, 2), ==, SIGNET_CMP_STEP_DONE);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (peer.transaction, 0), ==, SIGNET_CMP_ITEM_REJECTED);
  g_assert_cmpint (signet_cmp_transaction_get_item_state (peer.transaction, 1), ==, SIGNET_CMP_ITEM_CONFIRMED);
  peer_clear (&peer);
}

static void
test_malformed_revocation (void)
{
  /* 0x100: and a failInfo */
  static const struct { int statuses[2]; guint n; } rows[] = {
    { { 0, 0 }, 2 }, { { 0 }, 0 }, { { 0x100 }, 1 }, { { 3 }, 1 }, { { 6 }, 1 }, { { 7 }, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Peer peer = { 0 };

      peer_init (&peer);
      g_assert_cmpint (receive_rev_rep (&peer, 1, rows[i].statuses, rows[i].n), ==, SIGNET_CMP_STEP_FAILED);
      g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_CONTENT);
      peer_clear (&peer);
    }
}

/* ---- genm ---- */

static void
test_general_message (gconstpointer data)
{
  static const guint8 question[] = { 0x30, 0x0c, 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x04, 0x11 };
  gboolean sign = GPOINTER_TO_INT (data);
  Peer peer = { 0 };
  Server server;
  g_autoptr (GBytes) content = g_bytes_new_static (question, sizeof question);
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpBodyType body = SIGNET_CMP_BODY_IR;

  set_up (&server, &peer, sign);
  operation = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_GENM, content, &error);
  g_assert_no_error (error);
  g_assert_cmpint (server_run (&server, operation), ==, SIGNET_CMP_STEP_DONE);
  g_assert_true (g_bytes_equal (signet_cmp_transaction_get_answer (peer.transaction, &body), content));
  g_assert_cmpint (body, ==, SIGNET_CMP_BODY_GENP);
  g_assert_nonnull (signet_cmp_message_get_protection (peer.request));
  g_assert_cmpint (signet_cmp_message_get_extra_certs (peer.request)->len > 0, ==, sign);
  g_assert_false (signet_cmp_message_get_implicit_confirm (peer.request));
  tear_down (&server, &peer);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cmp/operations/kur/against-libcrypto/R175,R176,R183,R207", test_update);
  g_test_add_func ("/cmp/operations/kur/fields/R175,R176,R178,R179,R359", test_update_fields);
  g_test_add_func ("/cmp/operations/kur/names-octet-for-octet/R177", test_update_keeps_names);
  g_test_add_func ("/cmp/operations/kur/by-the-old-certificate-while-it-is-valid/R176,R180", test_update_credentials);
  g_test_add_func ("/cmp/operations/kur/was-updated-before/R182", test_update_was_done);
  g_test_add_data_func ("/cmp/operations/p10cr/with-key/R171,R172", GINT_TO_POINTER (TRUE), test_p10);
  g_test_add_data_func ("/cmp/operations/p10cr/without-key/R171,R172,R174", GINT_TO_POINTER (FALSE), test_p10);
  g_test_add_func ("/cmp/operations/p10cr/fields/R170,R171,R172", test_p10_fields);
  g_test_add_func ("/cmp/operations/p10cr/number-zero-by-setting/R171,R172", test_p10_number);
  g_test_add_func ("/cmp/operations/p10cr/refuses-what-its-key-did-not-sign/R170", test_p10_refused);
  g_test_add_data_func ("/cmp/operations/rr/mac/R231,R233", GINT_TO_POINTER (FALSE), test_revocation);
  g_test_add_data_func ("/cmp/operations/rr/signature/R227,R233", GINT_TO_POINTER (TRUE), test_revocation);
  g_test_add_func ("/cmp/operations/rr/two-of-which-one/R234", test_partial_revocation);
  g_test_add_func ("/cmp/operations/rr/malformed-answers/R229", test_malformed_revocation);
  g_test_add_data_func ("/cmp/operations/genm/mac/R244", GINT_TO_POINTER (FALSE), test_general_message);
  g_test_add_data_func ("/cmp/operations/genm/signature/R243,R244", GINT_TO_POINTER (TRUE), test_general_message);

  return g_test_run ();
}
