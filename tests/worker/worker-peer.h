/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>
#include <openssl/cmp.h>

#include "worker-fixture.h"

#define WORKER_PEER_REFERENCE "4711"
#define WORKER_PEER_SECRET "a secret of the tests"

typedef struct _WorkerPeer WorkerPeer;
/* Answers instead of the authority: %TRUE where it did. */
typedef gboolean (*WorkerPeerHook) (WorkerPeer *self, SoupServerMessage *message, guint post, gpointer user_data);

/* An authority on libcrypto's CMP server behind a real SoupServer on loopback, whose behaviour a test chooses. */
struct _WorkerPeer
{
  SoupServer *server;
  char *url;
  OSSL_CMP_SRV_CTX *cmp;
  EVP_PKEY *key;
  X509 *anchor;

  /* ---- chosen by the test ---- */
  gboolean implicit;            /* grants implicit confirmation */
  guint polls;                  /* how often it says "waiting"; %G_MAXUINT: for ever */
  gint64 check_after;
  gboolean rejects;
  guint fail_bit;               /* with rejects: a bit of PKIFailureInfo */
  gboolean waits_with_reason;   /* says "waiting" with that bit, which it must not */
  gboolean changes;             /* grants another subject than was asked for */
  gboolean sends_root;          /* caPubs */
  X509 *other_root;             /* (nullable) (unowned): sent in place of the anchor */
  const char *general_type;     /* (nullable): infoType that a genm is answered with; %NULL: refused */
  const char *general_value;    /* (nullable): its value: DER in hexadecimal */
  WorkerPeerHook hook;
  gpointer hook_data;

  /* ---- seen by the test ---- */
  GPtrArray *posts;             /* (element-type GBytes): bodies, in their order */
  guint issued;
  guint confirmed;

  guint waited;
  OSSL_CMP_MSG *held;
};

WorkerPeer *worker_peer_new (void);
void worker_peer_free (WorkerPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WorkerPeer, worker_peer_free)
/* Floating a{sv} for AddAuthority: this peer's address and anchor. */
GVariant *worker_peer_settings (WorkerPeer *self);
/* What the authority says to @message; (nullable): nothing. (transfer full) */
GBytes *worker_peer_answer (WorkerPeer *self, GBytes *message);
/* From now on it takes what certificates of its own sign, and signs, in place of the secret. */
void worker_peer_use_signatures (WorkerPeer *self);
/* DER of the anchor. */
GBytes *worker_peer_get_anchor (WorkerPeer *self);
