/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-authority.h"
#include "cmp/cmp-credentials.h"
#include "cmp/cmp-operation.h"

/**
 * SignetCmpStep:
 * @SIGNET_CMP_STEP_SEND: signet_cmp_transaction_next () gives what to send, and an answer is awaited
 * @SIGNET_CMP_STEP_WAIT: nothing before signet_cmp_transaction_get_wait_until (); then next () gives a pollReq
 * @SIGNET_CMP_STEP_ASK: signet_cmp_transaction_get_question () awaits signet_cmp_transaction_answer ()
 * @SIGNET_CMP_STEP_DONE: over, with what was asked for: of several things at least one, see
 *   signet_cmp_transaction_get_item_state (). Certificates are there, and confirmed where that was needed
 * @SIGNET_CMP_STEP_FAILED: over, for the reason that signet_cmp_transaction_get_failure () gives
 */
typedef enum {
  SIGNET_CMP_STEP_SEND,
  SIGNET_CMP_STEP_WAIT,
  SIGNET_CMP_STEP_ASK,
  SIGNET_CMP_STEP_DONE,
  SIGNET_CMP_STEP_FAILED,
} SignetCmpStep;

/**
 * SignetCmpItemState:
 * @SIGNET_CMP_ITEM_ASKED: no answer about it yet
 * @SIGNET_CMP_ITEM_WAITING: the authority wants to be asked again: polling (RFC 9810 §5.3.22)
 * @SIGNET_CMP_ITEM_GRANTED: a certificate is there, not confirmed yet
 * @SIGNET_CMP_ITEM_CONFIRMED: done: the certificate confirmed, or what was asked for carried out
 * @SIGNET_CMP_ITEM_REJECTED: the authority said no
 * @SIGNET_CMP_ITEM_REFUSED: the certificate that came was refused by this side
 *
 * Where one of the things stands that were asked for in one message.
 */
typedef enum {
  SIGNET_CMP_ITEM_ASKED,
  SIGNET_CMP_ITEM_WAITING,
  SIGNET_CMP_ITEM_GRANTED,
  SIGNET_CMP_ITEM_CONFIRMED,
  SIGNET_CMP_ITEM_REJECTED,
  SIGNET_CMP_ITEM_REFUSED,
} SignetCmpItemState;

typedef enum {
  SIGNET_CMP_QUESTION_ACCEPT_CHANGES,   /* the certificate differs from the request */
  SIGNET_CMP_QUESTION_TRUST_ROOT,       /* a root that came under MAC protection: is it the one? */
} SignetCmpQuestionKind;

/* One difference between request and certificate, in words: @field "subject", @requested "CN=a", @granted "CN=b". */
typedef struct {
  char *field;
  char *requested;
  char *granted;
} SignetCmpDifference;

/**
 * SignetCmpQuestion:
 * @item: which of the things asked for it is about; that a root came with
 * @certificate: the new certificate, or the root
 * @differences: (element-type SignetCmpDifference): empty for a root
 * @deadline: seconds since 1970 by which the answer must have been given, before confirmWaitTime; 0: none
 * @accept_by_default: what the deadline's passing means
 */
typedef struct {
  SignetCmpQuestionKind kind;
  guint item;
  SignetCertificate *certificate;
  GPtrArray *differences;
  gint64 deadline;
  gboolean accept_by_default;
} SignetCmpQuestion;

/**
 * SignetCmpTransaction:
 *
 * One CMP transaction as a value: it eats received octets, yields octets to send, and can be written to disk between any
 * two messages. No I/O, no clock, no thread of its own; used by one thread at a time.
 */
#define SIGNET_TYPE_CMP_TRANSACTION (signet_cmp_transaction_get_type ())
G_DECLARE_FINAL_TYPE (SignetCmpTransaction, signet_cmp_transaction, SIGNET, CMP_TRANSACTION, GObject)

SignetCmpTransaction *signet_cmp_transaction_new (SignetCmpOperation *operation, SignetCmpAuthority *authority,
                                                  SignetCmpCredentials *credentials, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The octets to send: made once, the same until an answer was received. @now: seconds since 1970, UTC, for messageTime.
 * (transfer full) */
GBytes *signet_cmp_transaction_next (SignetCmpTransaction *self, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whoever plans the questions has decided that the wait is over, as when the person does not want to wait: next () gives
 * the pollReq at once. */
void signet_cmp_transaction_hurry (SignetCmpTransaction *self);

/**
 * signet_cmp_transaction_receive:
 * @step: (out): what follows
 *
 * Takes one answer. %FALSE with @error: the message was refused (malformed, another transaction's, not verified) and the
 * transaction is as it was, still awaiting its answer. %TRUE: the message was authenticated; a refusal by the authority or
 * contents that break the protocol make @step %SIGNET_CMP_STEP_FAILED, or lead to certConf with "rejection" first.
 */
gboolean signet_cmp_transaction_receive (SignetCmpTransaction *self, GBytes *octets, gint64 now, SignetCmpStep *step,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_cmp_transaction_answer (SignetCmpTransaction *self, gboolean accept, gint64 now, SignetCmpStep *step,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The certificate of @index that is there must not be taken, for a @reason that the engine does not know: it is refused, and the
 * authority told so where it still waits for the confirmation. %FALSE with %SIGNET_CMP_ERROR_STATE: too late. */
gboolean signet_cmp_transaction_refuse (SignetCmpTransaction *self, guint index, const char *reason,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The next message has the body of @message (nullable: its own again), under a header and protection of this transaction: for trying out
 * stored messages. */
void signet_cmp_transaction_substitute (SignetCmpTransaction *self, SignetCmpMessage *message);
/* Takes transactionID and senderNonce (either nullable) for those of the message that was sent last, where another one than that was
 * really sent: for trying out stored messages, and nothing else. No check is left that an answer belongs to the request. */
void signet_cmp_transaction_adopt (SignetCmpTransaction *self, GBytes *id, GBytes *sender_nonce);

SignetCmpStep signet_cmp_transaction_get_step (SignetCmpTransaction *self);
gint64 signet_cmp_transaction_get_wait_until (SignetCmpTransaction *self);
const SignetCmpQuestion *signet_cmp_transaction_get_question (SignetCmpTransaction *self);   /* (nullable) */
const GError *signet_cmp_transaction_get_failure (SignetCmpTransaction *self);               /* (nullable) */
/* The last status that an authenticated message carried. */
const SignetCmpStatusInfo *signet_cmp_transaction_get_status (SignetCmpTransaction *self);   /* (nullable) */
/* What the last answer had that it should not have, and what became of that, in words: (nullable). It is told after receive ()
 * and is not saved. */
const char *signet_cmp_transaction_get_remarks (SignetCmpTransaction *self);
/* transactionID, 16 octets. Another one once the authority refused the first request for its version or its kind of proof, and it is
 * made again in another way. */
GBytes *signet_cmp_transaction_get_id (SignetCmpTransaction *self);
SignetCmpBodyType signet_cmp_transaction_get_pending_body (SignetCmpTransaction *self);      /* of what next () gives */
SignetCmpOperation *signet_cmp_transaction_get_operation (SignetCmpTransaction *self);       /* (transfer none) */

/* What was asked for in one message: certificates, or RevDetails; one for a genm. @index: below n_items, in their order. */
guint signet_cmp_transaction_get_n_items (SignetCmpTransaction *self);
SignetCmpItemState signet_cmp_transaction_get_item_state (SignetCmpTransaction *self, guint index);
const SignetCmpStatusInfo *signet_cmp_transaction_get_item_status (SignetCmpTransaction *self, guint index);   /* (nullable) */
SignetCertificate *signet_cmp_transaction_get_item_certificate (SignetCmpTransaction *self, guint index);      /* (nullable) */
GPtrArray *signet_cmp_transaction_get_item_chain (SignetCmpTransaction *self, guint index);  /* issuers, nearest first */
/* The key that the authority made for it (RFC 9483 §4.1.6); with the certificate. Saved only in the sealed part. (nullable) */
SignetKey *signet_cmp_transaction_get_item_key (SignetCmpTransaction *self, guint index);
/* Why it was rejected or refused. */
const GError *signet_cmp_transaction_get_item_failure (SignetCmpTransaction *self, guint index);               /* (nullable) */
/* The version of the protocol that the authority speaks, as this exchange has taught, for signet_cmp_authority_set_pvno () of the
 * next one (RFC 9810 §7); 0: nothing was learnt. */
gint64 signet_cmp_transaction_get_peer_pvno (SignetCmpTransaction *self);
/* DER of the body of the last answer that was authenticated and is the answer itself (ip, cp, kup, ccp, krp, rp, genp), and
 * which body it is: for the readers of krp, rp and genp. */
GBytes *signet_cmp_transaction_get_answer (SignetCmpTransaction *self, SignetCmpBodyType *body);               /* (nullable) */

/* The first item's. Once received and checked; before DONE it is not yet confirmed. */
SignetCertificate *signet_cmp_transaction_get_certificate (SignetCmpTransaction *self);      /* (nullable) */
GPtrArray *signet_cmp_transaction_get_chain (SignetCmpTransaction *self);                    /* issuers, nearest first */
/* Until when the authority waits for the confirmation of that certificate, by its own clock (confirmWaitTime, RFC 9810
 * §5.1.1.2): seconds since 1970; 0: it does not say. */
gint64 signet_cmp_transaction_get_confirm_until (SignetCmpTransaction *self);
/* A root that the person confirmed, or that matched the anchor fingerprint: to be kept as anchor. */
SignetCertificate *signet_cmp_transaction_get_new_anchor (SignetCmpTransaction *self);       /* (nullable) */
/* messageTime of the last authenticated message less @now then, in seconds; 0 where unknown: R015. */
gint64 signet_cmp_transaction_get_clock_offset (SignetCmpTransaction *self);

/* Two parts, each with its format version: @public_part names no secret; @sealed_part (nullable) is for sealing only. */
gboolean signet_cmp_transaction_save (SignetCmpTransaction *self, GBytes **public_part, SignetSecret **sealed_part,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Finds a private key again by signet_key_get_id (). (transfer full), %NULL with @error. */
typedef SignetKey *(*SignetCmpKeyResolver) (const char *key_id, gpointer user_data, GError **error);
SignetCmpTransaction *signet_cmp_transaction_restore (GBytes *public_part, SignetSecret *sealed_part,
                                                      SignetCmpAuthority *authority, SignetCmpCredentials *credentials,
                                                      SignetCmpKeyResolver resolver, gpointer user_data,
                                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The one seam through which nonces, IDs and salts come; tests replace it to replay an exchange octet for octet. */
typedef gboolean (*SignetCmpRandom) (guint8 *buffer, gsize size, gpointer user_data);
void signet_cmp_set_random_for_tests (SignetCmpRandom random, gpointer user_data);
