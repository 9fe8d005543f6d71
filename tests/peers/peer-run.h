/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "cmp/cmp-transaction.h"

/* One transaction with a peer over real HTTP, saved, freed and restored between any two steps. */
typedef struct
{
  SoupSession *session;
  char *url;
  SignetCmpAuthority *authority;
  SignetCmpCredentials *credentials;
  SignetKey *key;
  GPtrArray *more_keys;         /* (nullable): further ones that a restored transaction may ask for */
  SignetCmpTransaction *transaction;
  gint64 now;
  GString *sent;                /* the kinds of messages sent, with spaces between */
} PeerRun;

/* Which peer this is, and of what version, its name says: it is part of every path. */
void peer_run_add_test (const char *peer, const char *path, GTestDataFunc function, gconstpointer data);
void peer_run_init (PeerRun *run, const char *reference, const char *secret);
void peer_run_clear (PeerRun *run);
void peer_run_trust (PeerRun *run, SignetCertificate *anchor);
SignetCertificate *peer_read_certificate (const char *path);
GBytes *peer_http (SoupSession *session, const char *method, const char *url, GBytes *body);
/* A request for Maria Huber, from the first message until something else than sending and waiting is due. */
SignetCmpStep peer_run_go (PeerRun *run, SignetCmpBodyType type);
/* The same for any @operation. */
SignetCmpStep peer_run_do (PeerRun *run, SignetCmpOperation *operation);
/* The parts of these: the transaction, and all steps of it that are left. */
void peer_run_prepare (PeerRun *run, SignetCmpBodyType type);
SignetCmpStep peer_run_finish (PeerRun *run);
/* Sends what is due and takes the answer. */
SignetCmpStep peer_run_step (PeerRun *run);
/* From now on the certificate that was issued signs. */
void peer_run_use_certificate (PeerRun *run);
