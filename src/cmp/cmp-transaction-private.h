/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The state of a transaction, for the files that are one type together: cmp-transaction.c (what is sent),
 * cmp-transaction-receive.c, cmp-transaction-save.c. */

#include "cmp/cmp-protection.h"
#include "cmp/cmp-transaction.h"

#define SIGNET_CMP_NONCE_SIZE 16                /* octets: RFC 9483 §3.1 */

struct _SignetCmpTransaction
{
  GObject parent;

  SignetCmpOperation *operation;
  SignetCmpAuthority *authority;
  SignetCmpCredentials *credentials;
  SignetCmpProtector *protector;

  SignetCmpStep step;
  GBytes *id;
  SignetCmpBodyType next_body;                  /* of the message to send or just sent: ir, cr, certConf, pollReq */
  SignetCmpBodyType asked_body;                 /* what the final answer is for: ir, cr or certConf */
  GBytes *outgoing;                             /* (nullable): made and not yet answered */
  GBytes *sender_nonce;                         /* (nullable): of @outgoing, or of the last message sent */
  GBytes *delayed_nonce;                        /* (nullable): of the request whose answer is delayed, RFC 9483 §4.4 */
  GBytes *peer_nonce;                           /* (nullable): senderNonce of the last answer */
  GENERAL_NAME *peer_name;                      /* (nullable): sender of the last answer */
  gboolean polling;
  gint64 poll_id;                               /* certReqId to poll for: 0, or -1 for the whole message */
  gint64 wait_until;
  gint64 clock_offset;
  gint64 sent_pvno;                             /* of @outgoing, or of the last message sent; 0: none yet */

  SignetCertificate *signer;                    /* (nullable): of the first answer */
  SignetCertificate *certificate;               /* (nullable) */
  GPtrArray *chain;                             /* its issuers, nearest first */
  SignetCertificate *new_anchor;                /* (nullable) */
  SignetCertificate *root;                      /* (nullable): offered under MAC protection, not yet trusted */
  SignetCmpQuestion *question;                  /* (nullable) */
  gboolean implicit;                            /* implicitConfirm was granted */
  gint64 confirm_until;                         /* confirmWaitTime; 0: none */
  GError *rejection;                            /* (nullable): why the certificate is refused */
  GError *failure;                              /* (nullable) */
  SignetCmpStatusInfo *status;                  /* (nullable) */
  GString *remarks;                             /* on the last answer; not saved: it goes with that answer */
};

SignetCmpQuestion *signet_cmp_question_new (SignetCmpQuestionKind kind, SignetCertificate *certificate, GPtrArray *differences,
                                            gint64 deadline);
void signet_cmp_question_free (SignetCmpQuestion *self);
/* Decides what follows now that the certificate is there and nobody need be asked: DONE, FAILED, or certConf. */
void signet_cmp_transaction_conclude (SignetCmpTransaction *self);
/* The next question, or conclude (). */
void signet_cmp_transaction_consider (SignetCmpTransaction *self);
