/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "cmp/cmp-peer.h"
#include "pki/pki-name.h"

/* Which version of the protocol is spoken, and what is learnt of the authority's: RFC 9810 §7. */

#define UNSUPPORTED_VERSION (1u << 22)

static SignetCmpOperation *
make_operation (Peer          *peer,
                SignetCmpPopo  popo)
{
  g_autoptr (X509_NAME) name = signet_name_parse ("CN=Maria Huber", NULL);
  SignetCmpOperation *operation = signet_cmp_operation_new (SIGNET_CMP_BODY_IR, peer->key, name);

  signet_cmp_item_set_popo (signet_cmp_operation_get_item (operation, 0), popo);

  return operation;
}

static void
set_version (PeerAnswer *answer,
             gpointer    data)
{
  ASN1_INTEGER_set (answer->header->pvno, GPOINTER_TO_INT (data));
}

static SignetCmpStep
refuse_version (Peer *peer,
                int   pvno)
{
  g_autoptr (GBytes) content = peer_error (2, UNSUPPORTED_VERSION);

  return peer_receive (peer, SIGNET_CMP_BODY_ERROR, content, set_version, GINT_TO_POINTER (pvno));
}

typedef struct {
  SignetCmpPopo popo;           /* DEFAULT: a signature, which needs nothing new */
  gint64 known;
  gint64 sent;                  /* 0: cannot be */
} Row;

static void
test_choice (gconstpointer data)
{
  const Row *row = data;
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GError) error = NULL;

  peer_init (&peer);
  signet_cmp_authority_set_pvno (peer.authority, row->known);
  operation = make_operation (&peer, row->popo);
  peer.transaction = signet_cmp_transaction_new (operation, peer.authority, peer.credentials, &error);
  if (row->sent != 0)
    {
      g_assert_no_error (error);
      peer_take (&peer);
      g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, row->sent);
    }
  else
    {
      g_assert_error (error, SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_VERSION);
      g_assert_nonnull (strstr (error->message, "version 2 only"));
    }
  peer_clear (&peer);
}

/* The lower version again, if what is asked for can be said in it. */
static void
test_lower (void)
{
  for (guint possible = 0; possible < 2; possible++)
    {
      Peer peer = { 0 };
      g_autoptr (SignetCmpOperation) operation = NULL;
      g_autoptr (GBytes) id = NULL;

      peer_init (&peer);
      if (possible)
        signet_cmp_authority_set_relaxations (peer.authority, SIGNET_CMP_RELAX_ENCRYPTED_VALUE);
      operation = make_operation (&peer, SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE);
      peer_begin_operation (&peer, operation);
      g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 3);
      id = g_bytes_ref (signet_cmp_transaction_get_id (peer.transaction));
      if (possible)
        {
          g_assert_cmpint (refuse_version (&peer, 2), ==, SIGNET_CMP_STEP_SEND);
          peer_take (&peer);
          g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 2);
          g_assert_cmpint (signet_cmp_message_get_body_type (peer.request), ==, SIGNET_CMP_BODY_IR);
          g_assert_false (g_bytes_equal (signet_cmp_message_get_transaction_id (peer.request), id));
          g_assert_null (signet_cmp_message_get_recip_nonce (peer.request));
          /* Once is enough. */
          g_assert_cmpint (refuse_version (&peer, 3), ==, SIGNET_CMP_STEP_FAILED);
        }
      else
        {
          g_assert_cmpint (refuse_version (&peer, 2), ==, SIGNET_CMP_STEP_FAILED);
          g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_VERSION);
          g_assert_nonnull (strstr (signet_cmp_transaction_get_failure (peer.transaction)->message, "encrypted-value"));
        }
      g_assert_cmpint (signet_cmp_transaction_get_peer_pvno (peer.transaction), ==, 2);
      peer_clear (&peer);
    }
}

/* An authority that speaks nothing but version 3; and the exchange then goes on as if begun so. */
static void
test_higher (void)
{
  Peer peer = { 0 };
  g_autoptr (GBytes) grant = NULL;
  g_autoptr (GBytes) pkiconf = signet_cmp_body_pkiconf ();

  peer_init (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 2);
  g_assert_cmpint (refuse_version (&peer, 3), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 3);
  grant = peer_grant (&peer);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_IP, grant, set_version, GINT_TO_POINTER (3)), ==, SIGNET_CMP_STEP_SEND);
  peer_take (&peer);
  g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 3);
  g_assert_cmpint (peer_receive (&peer, SIGNET_CMP_BODY_PKICONF, pkiconf, set_version, GINT_TO_POINTER (3)), ==,
                   SIGNET_CMP_STEP_DONE);
  g_assert_cmpint (signet_cmp_transaction_get_peer_pvno (peer.transaction), ==, 3);
  peer_clear (&peer);
}

/* What one operation learnt is what the next one begins with. */
static void
test_memory (void)
{
  Peer peer = { 0 };
  g_autoptr (SignetCmpOperation) operation = NULL;
  g_autoptr (GBytes) rejection = peer_cert_rep (peer_response_for (0, 2, NULL), NULL);

  peer_init (&peer);
  operation = make_operation (&peer, SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE);
  peer_begin_operation (&peer, operation);
  g_assert_cmpint (signet_cmp_transaction_get_peer_pvno (peer.transaction), ==, 0);
  peer_receive (&peer, SIGNET_CMP_BODY_IP, rejection, set_version, GINT_TO_POINTER (3));
  peer_restart (&peer);
  signet_cmp_authority_set_pvno (peer.authority, signet_cmp_transaction_get_peer_pvno (peer.transaction));
  peer_begin (&peer, SIGNET_CMP_BODY_CR);
  g_assert_cmpint (signet_cmp_message_get_pvno (peer.request), ==, 3);
  peer_clear (&peer);
}

static void
test_1999 (void)
{
  Peer peer = { 0 };

  peer_init (&peer);
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  g_assert_cmpint (refuse_version (&peer, 1), ==, SIGNET_CMP_STEP_FAILED);
  g_assert_error (signet_cmp_transaction_get_failure (peer.transaction), SIGNET_CMP_ERROR, SIGNET_CMP_ERROR_VERSION);
  g_assert_null (signet_cmp_transaction_next (peer.transaction, peer.now, NULL));
  peer_clear (&peer);
}

int
main (int    argc,
      char **argv)
{
  static const struct { const char *path; Row row; } rows[] = {
    { "/cmp/versions/unknown/nothing-new-needed/R039", { SIGNET_CMP_POPO_DEFAULT, 0, 2 } },
    { "/cmp/versions/unknown/enveloped-data-needed/R040", { SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE, 0, 3 } },
    { "/cmp/versions/unknown/encrypted-rand-needed/R040", { SIGNET_CMP_POPO_CHALLENGE, 0, 3 } },
    { "/cmp/versions/knows-3/R038", { SIGNET_CMP_POPO_DEFAULT, 3, 3 } },
    { "/cmp/versions/knows-2/R038", { SIGNET_CMP_POPO_DEFAULT, 2, 2 } },
    { "/cmp/versions/knows-2/enveloped-data-needed/R046", { SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE, 2, 0 } },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_test_add_data_func (rows[i].path, &rows[i].row, test_choice);
  g_test_add_func ("/cmp/versions/refused/lower-again/R045,R046", test_lower);
  g_test_add_func ("/cmp/versions/refused/higher-again/R045", test_higher);
  g_test_add_func ("/cmp/versions/remembered/R038,R047", test_memory);
  g_test_add_func ("/cmp/versions/version-of-1999-ends-it/R048", test_1999);

  return g_test_run ();
}
