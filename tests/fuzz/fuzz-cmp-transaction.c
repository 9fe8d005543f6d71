/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "../cmp/cmp-peer.h"
#include "cmp/cmp-info.h"
#include "cmp/cmp-item.h"
#include "fuzz.h"
#include "pki/pki-name.h"

/*
 * An authority that knows the secret says anything in every state of a transaction. An input is the state, then up to three answers:
 * kind, flags, two octets of length, content. Header and protection are made right around the content, unless the flags say otherwise,
 * so that what is said gets as far as it can.
 */

#define MAX_ANSWERS 3
#define HEADER_SIZE 4
#define MAX_CONTENT (64 * 1024)

enum {
  FLAG_RAW = 1 << 0,                     /* content is the whole message */
  FLAG_UNPROTECTED = 1 << 1,
  FLAG_SIGNED = 1 << 2,
  FLAG_VERSION_3 = 1 << 3,
  FLAG_IMPLICIT_CONFIRM = 1 << 4,
  FLAG_EXTRA_CERTS = 1 << 5,             /* one more than is needed */
};

/* Behind the 27 bodies: answers that only this process can make, since its keys are new. */
enum { KIND_GRANT = 27, KIND_WAITING, KIND_POLL_REP, KIND_REJECTED, KIND_PKICONF, KIND_CHANGED, N_KINDS };

typedef struct {
  GBytes *public_part;
  SignetSecret *sealed_part;
  SignetCmpMessage *request;
  gboolean by_mac;
  SignetCmpTransaction *transaction;             /* (nullable): as it was saved */
} State;

static Peer peer;
static SignetCmpCredentials *credentials[2];     /* by signature, by MAC */
static SignetCmpCredentials *signer;             /* of the authority */
static GBytes *granted;                          /* the contents of KIND_GRANT and KIND_CHANGED, whose certificates are signed once */
static GBytes *changed;
static GArray *states;

static SignetKey *
resolve (const char  *id,
         gpointer     user_data,
         GError     **error)
{
  if (g_str_equal (signet_key_get_id (peer.key), id))
    return g_object_ref (peer.key);
  for (guint i = 0; i < peer.keys->len; i++)
    if (g_str_equal (signet_key_get_id (g_ptr_array_index (peer.keys, i)), id))
      return g_object_ref (g_ptr_array_index (peer.keys, i));
  g_assert_not_reached ();
}

/* ---- states ---- */

static void
keep_state (void)
{
  State state = { .request = g_object_ref (peer.request), .by_mac = signet_cmp_credentials_is_mac (peer.credentials) };

  g_assert_true (signet_cmp_transaction_save (peer.transaction, &state.public_part, &state.sealed_part, NULL));
  g_array_append_val (states, state);
}

static void
begin_and_keep (SignetCmpOperation *operation)
{
  peer_begin_operation (&peer, operation);
  keep_state ();
}

static SignetCmpItem *
new_item (SignetKey    *key,
          SignetCmpPopo popo)
{
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  SignetCmpItem *item = signet_cmp_item_new (key, subject);

  signet_cmp_item_set_popo (item, popo);
  return item;
}

static SignetKey *
get_rsa_key (void)
{
  static SignetKey *key;

  if (key == NULL)
    key = peer_new_key (&peer, "rsa:2048");
  return key;
}

/* Several certificates in one message, the last by challenge. */
static void
begin_several (void)
{
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_CR);
  g_autoptr (SignetCmpItem) first = new_item (peer.key, SIGNET_CMP_POPO_DEFAULT);
  g_autoptr (SignetCmpItem) second = new_item (get_rsa_key (), SIGNET_CMP_POPO_ENCRYPTED_CERTIFICATE);

  signet_cmp_operation_add_item (operation, first);
  signet_cmp_operation_add_item (operation, second);
  begin_and_keep (operation);
}

static void
begin_challenge (void)
{
  g_autoptr (SignetCmpOperation) operation = signet_cmp_operation_new_for_items (SIGNET_CMP_BODY_IR);
  g_autoptr (SignetCmpItem) item = new_item (get_rsa_key (), SIGNET_CMP_POPO_CHALLENGE);

  signet_cmp_operation_add_item (operation, item);
  begin_and_keep (operation);
}

static void
begin_contents (void)
{
  static const guint8 rev_req[] = { 0x30, 0x10, 0x30, 0x0e, 0x30, 0x0c, 0x81, 0x01, 0x11, 0xa3, 0x02, 0x30, 0x00, 0x85,
                                    0x03, 0x02, 0x01, 0x00 };
  static const guint8 gen_msg[] = { 0x30, 0x0c, 0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x04, 0x11 };
  g_autoptr (GBytes) question = g_bytes_new_static (gen_msg, sizeof gen_msg);
  g_autoptr (GBytes) details = g_bytes_new_static (rev_req, sizeof rev_req);
  g_autoptr (SignetCmpOperation) genm = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_GENM, question, NULL);
  g_autoptr (SignetCmpOperation) rr = signet_cmp_operation_new_for_content (SIGNET_CMP_BODY_RR, details, NULL);

  g_assert_nonnull (genm);
  begin_and_keep (genm);
  if (rr != NULL)
    begin_and_keep (rr);
}

/* The same name for a new key, and a cross-certificate: both by signature. */
static void
begin_signed (void)
{
  static const guint8 ecdsa_with_sha256[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
  g_autoptr (GBytes) algorithm = g_bytes_new_static (ecdsa_with_sha256, sizeof ecdsa_with_sha256);
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (SignetCmpOperation) update = signet_cmp_operation_new_update (peer_new_key (&peer, "ec:P-256"),
                                                                          signet_cmp_credentials_get_certificate (peer.credentials));
  g_autoptr (SignetCmpOperation) cross = signet_cmp_operation_new (SIGNET_CMP_BODY_CCR, peer.key, subject);
  SignetCmpItem *item = signet_cmp_operation_get_item (cross, 0);

  begin_and_keep (update);
  signet_cmp_item_set_issuer (item, X509_get_subject_name (peer.ca->issuer));
  signet_cmp_item_set_validity (item, peer.now - 60, peer.now + 3600);
  g_assert_true (signet_cmp_item_set_signing_alg (item, algorithm, NULL));
  begin_and_keep (cross);
}

static void
begin_pkcs10 (void)
{
  X509_REQ *request = X509_REQ_new ();
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Huber", NULL);
  g_autoptr (GBytes) der = NULL;
  g_autoptr (SignetCmpOperation) operation = NULL;

  X509_REQ_set_subject_name (request, subject);
  X509_REQ_set_pubkey (request, signet_key_get_pkey (peer.key));
  g_assert_cmpint (X509_REQ_sign (request, signet_key_get_pkey (peer.key), EVP_sha256 ()), >, 0);
  der = signet_asn1_encode (request, ASN1_ITEM_rptr (X509_REQ));
  X509_REQ_free (request);
  operation = signet_cmp_operation_new_p10 (der, peer.key, NULL);
  g_assert_nonnull (operation);
  begin_and_keep (operation);
}

/* A certificate with another name than was asked for: our side has a question then. */
static GBytes *
grant_changed (void)
{
  g_autoptr (X509) certificate = peer_issue (peer.ca, peer.key);
  g_autoptr (X509_NAME) subject = signet_name_parse ("CN=Maria Meier", NULL);

  X509_set_subject_name (certificate, subject);
  g_assert_cmpint (X509_sign (certificate, peer.ca->issuer_key, EVP_sha256 ()), >, 0);
  return peer_cert_rep (peer_response_for (0, SIGNET_CMP_STATUS_GRANTED_WITH_MODS, certificate), NULL);
}

static GBytes *
make_content (guint8      kind,
              GBytes     *given,
              guint8     *type)
{
  const gint64 ids[] = { 0 };
  const gint64 waits[] = { 60 };

  *type = kind;
  switch (kind)
    {
    case KIND_GRANT:
      *type = (guint8) (signet_cmp_message_get_body_type (peer.request) + 1);
      return g_bytes_ref (granted);
    case KIND_CHANGED:
      *type = (guint8) (signet_cmp_message_get_body_type (peer.request) + 1);
      return g_bytes_ref (changed);
    case KIND_WAITING:
      *type = (guint8) (signet_cmp_message_get_body_type (peer.request) + 1);
      return peer_cert_rep (peer_response_for (0, SIGNET_CMP_STATUS_WAITING, NULL), NULL);
    case KIND_POLL_REP:
      *type = SIGNET_CMP_BODY_POLLREP;
      return peer_poll_rep (ids, waits, 1);
    case KIND_REJECTED:
      *type = SIGNET_CMP_BODY_ERROR;
      return peer_error (SIGNET_CMP_STATUS_REJECTION, 1 << 2);
    case KIND_PKICONF:
      *type = SIGNET_CMP_BODY_PKICONF;
      return signet_cmp_body_pkiconf ();
    default:
      return g_bytes_ref (given);
    }
}

static void
edit (PeerAnswer *answer,
      gpointer    data)
{
  guint flags = GPOINTER_TO_UINT (data);

  if (flags & FLAG_VERSION_3)
    ASN1_INTEGER_set (answer->header->pvno, 3);
  if (flags & FLAG_IMPLICIT_CONFIRM)
    g_assert_true (signet_cmp_info_add (&answer->header->general_info, SIGNET_OID_IT "13", NULL));
  if (!(flags & FLAG_EXTRA_CERTS))
    g_ptr_array_set_size (answer->extra_certs, 0);
  if (flags & FLAG_SIGNED)
    peer_answer_sign_as (answer, signer);
  if (flags & FLAG_UNPROTECTED)
    g_clear_object (&answer->protector);
}

/* A step taken on the way to a state; it must go through. */
static void
go_on (guint8 kind)
{
  guint8 type;
  g_autoptr (GBytes) content = make_content (kind, NULL, &type);
  guint flags = signet_cmp_credentials_is_mac (peer.credentials) ? 0 : FLAG_SIGNED;

  peer_receive (&peer, type, content, edit, GUINT_TO_POINTER (flags));
  signet_cmp_transaction_hurry (peer.transaction);
  peer_take (&peer);
  keep_state ();
}

static void
make_states (void)
{
  static const SignetCmpBodyType kinds[] = { SIGNET_CMP_BODY_IR, SIGNET_CMP_BODY_CR, SIGNET_CMP_BODY_KRR };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      peer_begin (&peer, kinds[i]);
      keep_state ();
    }
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  go_on (KIND_GRANT);                    /* certConf is sent */
  peer_begin (&peer, SIGNET_CMP_BODY_IR);
  go_on (KIND_WAITING);                  /* pollReq is sent */
  go_on (KIND_POLL_REP);                 /* and another */
  begin_several ();
  begin_challenge ();
  begin_contents ();
  begin_pkcs10 ();
  if (!signet_cmp_credentials_is_mac (peer.credentials))
    begin_signed ();
}

static void
set_up (void)
{
  static gsize done;

  if (!g_once_init_enter (&done))
    return;
  peer_init (&peer);
  /* The fewest rounds there may be: an input is to try what is said, not how long a secret is derived. */
  signet_cmp_authority_set_mac (peer.authority, SIGNET_CMP_MAC_PASSWORD_BASED);
  signet_cmp_authority_set_mac_parameters (peer.authority, "SHA256", 100);
  signer = peer_signer (peer.ca->issuer_key, peer.ca->issuer);
  granted = peer_grant (&peer);
  changed = grant_changed ();
  states = g_array_new (FALSE, FALSE, sizeof (State));
  credentials[TRUE] = g_object_ref (peer.credentials);
  make_states ();
  peer_use_signature (&peer);
  credentials[FALSE] = g_object_ref (peer.credentials);
  make_states ();
  g_once_init_leave (&done, 1);
}

/* ---- one input ---- */

static void
assert_saves (void)
{
  g_autoptr (GBytes) public_part = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autoptr (SignetSecret) sealed_part = NULL;
  g_autoptr (SignetSecret) sealed_again = NULL;
  g_autoptr (SignetCmpTransaction) restored = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (signet_cmp_transaction_save (peer.transaction, &public_part, &sealed_part, &error));
  restored = signet_cmp_transaction_restore (public_part, sealed_part, peer.authority, peer.credentials, resolve, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (signet_cmp_transaction_save (restored, &again, &sealed_again, &error));
  g_assert_true (g_bytes_equal (public_part, again));
}

/* What follows an answer that was taken; %FALSE: nothing more is to be sent. */
static gboolean
follow (SignetCmpStep step)
{
  g_autoptr (GBytes) out = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (signet_cmp_transaction_get_step (peer.transaction), ==, step);
  if (step == SIGNET_CMP_STEP_ASK)
    {
      g_assert_nonnull (signet_cmp_transaction_get_question (peer.transaction));
      g_assert_true (signet_cmp_transaction_answer (peer.transaction, TRUE, peer.now, &step, &error));
      if (step == SIGNET_CMP_STEP_ASK)
        return FALSE;
    }
  if (step == SIGNET_CMP_STEP_WAIT)
    {
      g_assert_cmpint (signet_cmp_transaction_get_wait_until (peer.transaction), >=, peer.now);
      signet_cmp_transaction_hurry (peer.transaction);
      step = SIGNET_CMP_STEP_SEND;
    }
  if (step == SIGNET_CMP_STEP_FAILED)
    {
      const GError *failure = signet_cmp_transaction_get_failure (peer.transaction);

      g_assert_true (failure != NULL && g_utf8_validate (failure->message, -1, NULL));
    }
  assert_saves ();
  if (step != SIGNET_CMP_STEP_SEND)
    return FALSE;
  out = signet_cmp_transaction_next (peer.transaction, peer.now, &error);
  if (out == NULL)
    {
      g_assert_nonnull (error);
      return FALSE;
    }
  g_clear_object (&peer.request);
  peer.request = signet_cmp_message_parse (out, &error);
  g_assert_no_error (error);
  return TRUE;
}

/* What the transaction is now. */
static void
save (const State   *state,
      GBytes       **public_part,
      SignetSecret **sealed_part)
{
  if (state->transaction == NULL)
    {
      g_assert_true (signet_cmp_transaction_save (peer.transaction, public_part, sealed_part, NULL));
      return;
    }
  *public_part = g_bytes_ref (state->public_part);
  *sealed_part = state->sealed_part != NULL ? signet_secret_ref (state->sealed_part) : NULL;
}

static void
assert_unchanged (GBytes       *before,
                  SignetSecret *sealed_before)
{
  g_autoptr (GBytes) after = NULL;
  g_autoptr (SignetSecret) sealed = NULL;

  g_assert_true (signet_cmp_transaction_save (peer.transaction, &after, &sealed, NULL));
  g_assert_true (g_bytes_equal (before, after));
  g_assert_cmpint (sealed_before != NULL, ==, sealed != NULL);
  g_assert_true (sealed == NULL || signet_secret_equal (sealed_before, sealed));
}

static gboolean
take_answer (State  *state,
             guint8  kind,
             guint8  flags,
             GBytes *given)
{
  guint8 type;
  g_autoptr (GBytes) content = make_content (kind % N_KINDS, given, &type);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GBytes) before = NULL;
  g_autoptr (SignetSecret) sealed = NULL;
  g_autoptr (GError) error = NULL;
  SignetCmpStep step;

  if (!signet_cmp_credentials_is_mac (peer.credentials))
    flags |= FLAG_SIGNED;
  answer = flags & FLAG_RAW ? g_bytes_ref (given) : peer_answer (&peer, type, content, edit, GUINT_TO_POINTER ((guint) flags));
  save (state, &before, &sealed);
  if (signet_cmp_transaction_receive (peer.transaction, answer, peer.now, &step, &error))
    {
      const char *remarks = signet_cmp_transaction_get_remarks (peer.transaction);

      g_clear_object (&state->transaction);
      g_assert_no_error (error);
      g_assert_true (remarks == NULL || g_utf8_validate (remarks, -1, NULL));
      return follow (step);
    }
  g_assert_true (error != NULL && g_utf8_validate (error->message, -1, NULL));
  assert_unchanged (before, sealed);
  return TRUE;
}

/* A transaction that took nothing is as it was, which assert_unchanged () saw, and serves the next input too: to restore one takes as
 * long as to refuse an answer. */
static void
begin_input (State *state)
{
  g_clear_object (&peer.transaction);
  g_clear_object (&peer.request);
  g_clear_object (&peer.credentials);
  peer.credentials = g_object_ref (credentials[state->by_mac]);
  peer.request = g_object_ref (state->request);
  if (state->transaction == NULL)
    state->transaction = signet_cmp_transaction_restore (state->public_part, state->sealed_part, peer.authority, peer.credentials,
                                                         resolve, NULL, NULL);
  g_assert_nonnull (state->transaction);
  peer.transaction = g_object_ref (state->transaction);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t         size)
{
  State *state;
  gboolean more = TRUE;

  set_up ();
  if (size < 1)
    return 0;
  state = &g_array_index (states, State, data[0] % states->len);
  begin_input (state);
  data++;
  size--;
  for (guint i = 0; more && i < MAX_ANSWERS && size >= HEADER_SIZE; i++)
    {
      size_t wanted = MIN ((size_t) (data[2] << 8 | data[3]), MAX_CONTENT);
      size_t length = MIN (wanted, size - HEADER_SIZE);
      g_autoptr (GBytes) content = g_bytes_new (data + HEADER_SIZE, length);

      more = take_answer (state, data[0], data[1], content);
      data += HEADER_SIZE + length;
      size -= HEADER_SIZE + length;
    }
  return 0;
}
