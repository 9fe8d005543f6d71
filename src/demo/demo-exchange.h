/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <openssl/cmp.h>

#include "cmp/cmp-message.h"
#include "demo/demo-desk.h"

/* What the call-backs of one message work on. */
typedef struct
{
  SignetDemoDesk *desk;
  SignetCmpMessage *message;
  GBytes *id;                           /* transactionID */
  char *reference;                      /* (nullable): of the code that protects the message */
  GBytes *secret;                       /* (nullable): that code */
  gboolean again;                       /* the first request is shown to a new server context once more: nothing new happens */
  gboolean polled;                      /* the first request is looked at again because of a poll */
  gboolean checked;                     /* the protection held, and the message is the transaction's */
  gboolean certificate_sent;
  GBytes *general;                      /* (nullable): GenRepContent to be answered with */
  OSSL_CMP_PKISI *refusal;              /* (nullable): to be answered by an error message */
} SignetDemoExchange;

void signet_demo_exchange_clear (SignetDemoExchange *exchange);
/* What @server asks while it answers, @exchange answers: whether a certificate is issued, is confirmed, has to wait. */
void signet_demo_exchange_attach (SignetDemoExchange *exchange, OSSL_CMP_SRV_CTX *server);
#define OF_TRANSACTION " FROM transactions WHERE transaction_id = ?1"
/* Of this transaction, by a statement whose ?1 is its transactionID: (transfer full) (nullable) */
GBytes *signet_demo_exchange_read (SignetDemoExchange *exchange, const char *sql);
X509 *signet_demo_exchange_read_certificate (SignetDemoExchange *exchange, const char *sql);
/* 0 where there is none. */
gint64 signet_demo_exchange_read_number (SignetDemoExchange *exchange, const char *sql);
/* (transfer full) (nullable) */
OSSL_CMP_MSG *signet_demo_exchange_first_request (SignetDemoExchange *exchange);
/* "rejection" with one bit of PKIFailureInfo: (transfer full) */
OSSL_CMP_PKISI *signet_demo_refuse (int bit, const char *words);
