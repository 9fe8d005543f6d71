/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "cmp/cmp-asn1.h"
#include "cmp/cmp-message-private.h"
#include "cmp/cmp-protection.h"
#include "cmp/cmp-transaction.h"
#include "demo/demo-ca.h"

/*
 * An authority of the tests that says whatever a test wants, with a CA behind it and the secret that our side has. Its messages
 * are put together from the templates, not by the builder that our own messages come from.
 */

#define PEER_REFERENCE "4711"
#define PEER_SECRET "a secret of some length"

typedef struct {
  SignetDemoCa *ca;
  SignetCertificate *issuer;            /* @ca's, as it goes with answers */
  SignetDemoCa *stranger;               /* another CA, that nobody trusts */
  SignetKey *key;
  GPtrArray *keys;                      /* (element-type SignetKey): more that a saved transaction may name */
  SignetCmpAuthority *authority;        /* with @ca's root as anchor */
  SignetCmpCredentials *credentials;
  SignetCmpTransaction *transaction;    /* (nullable) */
  SignetCmpMessage *request;            /* (nullable): what our side sent last */
  gint64 now;
} Peer;

/* An answer about to be protected: right as it is, and the test's to spoil. */
typedef struct {
  Peer *peer;
  SignetPkiHeader *header;
  SignetCmpProtector *protector;        /* (nullable): unprotected, as is its header then */
  GPtrArray *extra_certs;               /* (element-type SignetCertificate) */
} PeerAnswer;

typedef void (*PeerEdit) (PeerAnswer *answer, gpointer data);

void peer_init (Peer *self);
void peer_clear (Peer *self);
/* Credentials of whoever knows @secret. */
SignetCmpCredentials *peer_mac_credentials (const char *secret);
/* Signs in place of the MAC: @key with @certificate. */
void peer_answer_sign (PeerAnswer *answer, EVP_PKEY *key, X509 *certificate);
/* The same in two steps, for who signs often. (transfer full) */
SignetCmpCredentials *peer_signer (EVP_PKEY *key, X509 *certificate);
void peer_answer_sign_as (PeerAnswer *answer, SignetCmpCredentials *credentials);
/* A transaction for "CN=Maria Huber", and its first message in @request. */
void peer_begin (Peer *self, SignetCmpBodyType type);
/* A transaction for @operation, and its first message in @request. */
void peer_begin_operation (Peer *self, SignetCmpOperation *operation);
/* What a program that was ended and started again does: peer_take () and peer_receive () do it between any two steps. */
void peer_restart (Peer *self);
/* What our side sends now becomes @request. */
void peer_take (Peer *self);
/* Our side can send no such thing: @code and @words (nullable) of the error say why. */
void peer_cannot_send (Peer *self, SignetCmpOperation *operation, SignetCmpError code, const char *words);
SignetKey *peer_new_key (Peer *self, const char *spec);                              /* (transfer none): among @keys */
/* Our side signs with a certificate of @ca for @key. (transfer none): that certificate, owned by the credentials. */
SignetCertificate *peer_use_signature (Peer *self);

/* A certificate for @key and "CN=Maria Huber". (transfer full) */
X509 *peer_issue (SignetDemoCa *ca, SignetKey *key);
/* One CertResponse, accepted, with @certificate (nullable). (transfer full) */
SignetCertResponse *peer_response (X509 *certificate);
/* CertRepMessage: takes @response; @ca_pubs up to %NULL. (transfer full) */
GBytes *peer_cert_rep (SignetCertResponse *response, X509 *const *ca_pubs);
void peer_cert_rep_add (GBytes **content, SignetCertResponse *response);
/* The same with certReqId and status; @certificate: (nullable). */
SignetCertResponse *peer_response_for (gint64 id, int status, X509 *certificate);
/* pollRep: for each of @ids seconds to wait, and “not yet”. */
GBytes *peer_poll_rep (const gint64 *ids, const gint64 *check_after, guint n);
/* error with this status. */
GBytes *peer_error (int status, guint32 fail_info);
/* The octets of an answer to @request. @edit: (nullable) */
GBytes *peer_answer (Peer *self, SignetCmpBodyType type, GBytes *content, PeerEdit edit, gpointer data);
/* peer_answer () received by our side, which must take it. */
SignetCmpStep peer_receive (Peer *self, SignetCmpBodyType type, GBytes *content, PeerEdit edit, gpointer data);
/* ip, cp with a certificate as asked for. (transfer full) */
GBytes *peer_grant (Peer *self);
