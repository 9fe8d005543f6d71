/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The state of a transaction, for the files that are one type together: cmp-transaction.c (its life and what is asked of it),
 * -send.c (what is sent), -receive.c (what is believed and which way it goes), -certificates.c and -answers.c (what the kinds of
 * answer do), -polling.c, -save.c and -restore.c. */

#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-transaction.h"

#define SIGNET_CMP_NONCE_SIZE 16                /* octets: RFC 9483 §3.1 */
#define SIGNET_CMP_WHOLE_MESSAGE (-1)           /* certReqId of a pollReq for an answer that is no CertResponse: RFC 9483 §4.4 */

/* How far one of the things asked for has come. */
typedef struct {
  gint64 id;                                    /* certReqId; 0 where there is none */
  SignetCmpItemState state;
  gboolean polled;                              /* named in the pollReq that was sent last */
  gint64 check_at;                              /* not to be polled for before */
  SignetCmpStatusInfo *status;                  /* (nullable) */
  SignetCertificate *certificate;               /* (nullable) */
  GPtrArray *chain;                             /* its issuers, nearest first */
  SignetKey *key;                               /* (nullable): that the authority made for it */
  gboolean considered;                          /* the person was asked about it, or need not be */
  GError *rejection;                            /* (nullable): why it was refused, by either side */
} SignetCmpProgress;

struct _SignetCmpTransaction
{
  GObject parent;

  SignetCmpOperation *operation;
  SignetCmpAuthority *authority;
  SignetCmpCredentials *credentials;
  SignetCmpProtector *protector;
  GPtrArray *progress;                          /* (element-type SignetCmpProgress): one for each thing asked for */

  SignetCmpStep step;
  GBytes *id;
  SignetCmpBodyType next_body;                  /* of the message to send or just sent: the request's, popdecr, certConf, pollReq */
  GBytes *challenge_response;                   /* (nullable): contents of the popdecr to send */
  SignetCmpBodyType asked_body;                 /* what the final answer is for: the request's or certConf */
  GBytes *outgoing;                             /* (nullable): made and not yet answered */
  SignetCmpMessage *substitute;                 /* (nullable): whose body goes out in place of the own one */
  GBytes *sender_nonce;                         /* (nullable): of @outgoing, or of the last message sent */
  GBytes *request_nonce;                        /* (nullable): of the request itself */
  GBytes *delayed_nonce;                        /* (nullable): of the message whose answer is delayed, RFC 9483 §4.4 */
  GBytes *peer_nonce;                           /* (nullable): senderNonce of the last answer */
  GENERAL_NAME *peer_name;                      /* (nullable): sender of the last answer */
  gboolean polling;
  gboolean poll_whole;                          /* for the whole message, not for single items */
  gint64 wait_until;
  gint64 clock_offset;
  gint64 pvno;                                  /* that the request asks for; a certConf may need more */
  gint64 peer_pvno;                             /* that it is known to speak since an answer said so; 0: not known */
  gboolean retried;                             /* begun anew once, in another way, because it was refused */
  gint64 sent_pvno;                             /* of @outgoing, or of the last message sent; 0: none yet */

  SignetCertificate *signer;                    /* (nullable): of the first answer */
  GPtrArray *signer_path;                       /* (nullable): to an anchor, of who signed the last answer; not saved: found anew */
  GPtrArray *kem_certificates;                  /* whose key is to protect the answers, then what came with it: RFC 9810 App. E Fig. 5 */
  SignetCertificate *new_anchor;                /* (nullable) */
  SignetCertificate *root;                      /* (nullable): offered under MAC protection, not yet trusted */
  SignetCmpQuestion *question;                  /* (nullable) */
  gboolean implicit;                            /* implicitConfirm was granted by the last answer */
  gint64 confirm_until;                         /* confirmWaitTime; 0: none */
  GBytes *answer;                               /* (nullable): contents of @answer_body */
  SignetCmpBodyType answer_body;
  GError *failure;                              /* (nullable) */
  SignetCmpStatusInfo *status;                  /* (nullable) */
  GString *remarks;                             /* on the last answer; not saved: it goes with that answer */
};

SignetCmpQuestion *signet_cmp_question_new (SignetCmpQuestionKind kind, SignetCertificate *certificate, GPtrArray *differences,
                                            gint64 deadline);
void signet_cmp_question_free (SignetCmpQuestion *self);
void signet_cmp_progress_free (SignetCmpProgress *self);
/* Another transaction for the same, with an ID of its own: RFC 9810 §7, §5.2.8.4. %FALSE: no ID could be made. */
gboolean signet_cmp_transaction_begin_again (SignetCmpTransaction *self);
/* One for each thing that the operation asks for, none of them answered. */
void signet_cmp_transaction_start_progress (SignetCmpTransaction *self);
static inline SignetCmpProgress *
signet_cmp_transaction_get_progress (SignetCmpTransaction *self,
                                     guint                 index)
{
  return g_ptr_array_index (self->progress, index);
}

/* ---- cmp-transaction-send.c ---- */

gboolean signet_cmp_transaction_make_outgoing (SignetCmpTransaction *self, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- cmp-transaction-kem.c: KEM-based protection, RFC 9810 App. E ---- */

/* Whether the authority must encapsulate to our key before anything can be protected (Fig. 3). */
gboolean signet_cmp_transaction_awaits_ciphertext (SignetCmpTransaction *self);
/* GenMsgContent that asks for it: (transfer full) */
GBytes *signet_cmp_transaction_ask_for_ciphertext (void);
/* The genp that brings it. %FALSE: another message, which changes nothing. */
gboolean signet_cmp_transaction_receive_ciphertext (SignetCmpTransaction *self, SignetCmpMessage *message,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where the key of a KEM is to protect the answers (Fig. 4): its certificate checked, a new secret in @builder's generalInfo. */
gboolean signet_cmp_transaction_add_ciphertext (SignetCmpTransaction *self, SignetCmpMessageBuilder *builder, gint64 now,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether an unprotected error says that the authority has the key of a KEM (Fig. 5): then the certificate is checked and the request
 * made anew. %FALSE with @error: the certificate is not to be trusted. @taken: (out) */
gboolean signet_cmp_transaction_take_kem_certificate (SignetCmpTransaction *self, SignetCmpMessage *message, gint64 now, gboolean *taken,
                                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- what an authenticated message does ---- */

/* Ends it for a reason that lies in the answer. */
void signet_cmp_transaction_fail (SignetCmpTransaction *self, SignetCmpError code, const char *format, ...) G_GNUC_PRINTF (3, 4);
void signet_cmp_transaction_fail_rejected (SignetCmpTransaction *self, const SignetCmpStatusInfo *status);
void signet_cmp_transaction_remark (SignetCmpTransaction *self, const char *words);
void signet_cmp_transaction_set_status (SignetCmpTransaction *self, const SignetCmpStatusInfo *status);

/* cmp-transaction-certificates.c: ip, cp, kup, ccp; krp. */
void signet_cmp_transaction_receive_cert_rep (SignetCmpTransaction *self, SignetCmpMessage *message, gint64 now);
void signet_cmp_transaction_receive_key_rec_rep (SignetCmpTransaction *self, SignetCmpMessage *message, gint64 now);
/* Decides what follows now that the certificates are there and nobody need be asked: certConf, or finish (). */
void signet_cmp_transaction_conclude (SignetCmpTransaction *self);
/* The next question, or conclude (). */
void signet_cmp_transaction_consider (SignetCmpTransaction *self);
/* What was granted is taken, or was refused by this side. */
void signet_cmp_transaction_settle (SignetCmpTransaction *self);
/* Polls for what is still waiting; else DONE or FAILED. */
void signet_cmp_transaction_finish (SignetCmpTransaction *self);

/* cmp-transaction-proof.c: what comes encrypted, and what that proves. */
void signet_cmp_transaction_receive_challenge (SignetCmpTransaction *self, SignetCmpMessage *message);
/* Whether popdecc may come now: somebody asked to be challenged. */
gboolean signet_cmp_transaction_expects_challenge (SignetCmpTransaction *self);
/* Whether an encrypted certificate proves possession for one of the items, so that it must be confirmed (RFC 9810 §5.2.8.3.2). */
gboolean signet_cmp_transaction_needs_confirmation (SignetCmpTransaction *self);
/* The certificate in @response that @item was encrypted for; %NULL: the transaction has failed. (transfer full) */
SignetCertificate *signet_cmp_transaction_decrypt_certificate (SignetCmpTransaction *self, SignetCmpItem *item,
                                                               const SignetCmpCertResponse *response);
/* The key that the authority made, into @progress; else why its certificate is refused. */
void signet_cmp_transaction_take_central_key (SignetCmpTransaction *self, SignetCmpMessage *message, SignetCmpItem *item,
                                              SignetCmpProgress *progress, const SignetCmpCertResponse *response, gint64 now);
/* The version that the request needs (RFC 9810 §7, RFC 9483 §3.1); 0 with @error where it is known not to be spoken. */
gint64 signet_cmp_transaction_choose_pvno (SignetCmpTransaction *self, GError **error);
/* Where the refusal can be met in another way: begins again. */
gboolean signet_cmp_transaction_try_another_way (SignetCmpTransaction *self, const SignetCmpStatusInfo *status, gint64 pvno);

/* cmp-transaction-sealed.c: the secret part of what is saved. %NULL: there is nothing secret. */
gboolean signet_cmp_transaction_seal (SignetCmpTransaction *self, SignetSecret **sealed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_cmp_transaction_unseal (SignetCmpTransaction *self, SignetSecret *sealed, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* cmp-transaction-answers.c: rp, genp, pkiconf, error. */
void signet_cmp_transaction_receive_rev_rep (SignetCmpTransaction *self, SignetCmpMessage *message);
void signet_cmp_transaction_receive_gen_rep (SignetCmpTransaction *self, SignetCmpMessage *message);
void signet_cmp_transaction_receive_pkiconf (SignetCmpTransaction *self);
void signet_cmp_transaction_receive_error (SignetCmpTransaction *self, SignetCmpMessage *message, gint64 now);

/* cmp-transaction-polling.c */
void signet_cmp_transaction_begin_polling (SignetCmpTransaction *self, gint64 now);
/* One item is not ready: RFC 9810 §5.3.22. */
void signet_cmp_transaction_put_off (SignetCmpTransaction *self, SignetCmpProgress *progress, gint64 now);
void signet_cmp_transaction_receive_poll_rep (SignetCmpTransaction *self, SignetCmpMessage *message, gint64 now);
/* Which items the pollReq made now names. */
void signet_cmp_transaction_choose_polled (SignetCmpTransaction *self, gint64 now);
/* Until when nothing is to be sent: the earliest time at which one of those waiting may be asked about. */
void signet_cmp_transaction_plan_polling (SignetCmpTransaction *self);
